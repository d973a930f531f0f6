"""A record says which chapters and pages read its table, and it is true."""

import json
import re
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[1]
CODE = PROJECT / "src/newroles/book"
# pages that are written from data: the modules that read the tables
PAGES = {
    "roles/index": ("role_sources.py", "passports.py", "passport_pages.py", "role_list_pages.py"),
    "trust_types/index": ("trust_types.py", "trust_type_pages.py"),
    "roles_coded": ("pages.py",),
    "guidance/evidence": ("guidance_pages.py",),
}
READS = re.compile(r"(?:load_open|load_published|\.published)\(")
NAMES = re.compile(r'"([a-z0-9_]+)"')


def readers() -> dict[str, list[str]]:
    """Which chapter, in the order of the contents, and then which page names a table where it reads tables?"""
    found: dict[str, list[str]] = {}
    for chapter in re.findall(r"file: notebooks/(\w+)", (PROJECT / "_toc.yml").read_text()):
        cells = json.loads((PROJECT / f"notebooks/{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
        code = "\n".join(
            "".join(c["source"]) for c in cells if c["cell_type"] == "code" and READS.search("".join(c["source"]))
        )
        for name in set(NAMES.findall(code)):
            found.setdefault(name, []).append(chapter)
    for page, modules in PAGES.items():
        lines = [line for module in modules for line in (CODE / module).read_text().splitlines() if READS.search(line)]
        for name in set(NAMES.findall("\n".join(lines))):
            found.setdefault(name, []).append(page)
    return found


@pytest.mark.parametrize("kind", ["published", "open"])
def test_a_record_names_everyone_who_reads_its_table(kind):
    read_by = readers()
    records = sorted((PROJECT / "data" / kind).glob("*.yml"))
    said = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["used_by"] for path in records}
    assert said == {name: read_by.get(name, []) for name in said}
    assert any(said.values())

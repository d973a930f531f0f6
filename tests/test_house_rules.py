"""Rules of the house that a machine can keep."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
ROOMS = (
    "boundary_work",
    "coding",
    "contexts",
    "datasets",
    "disclosure",
    "effects",
    "exchange",
    "few_clusters",
    "figures",
    "guidance",
    "jurisdiction",
    "networks",
    "overview",
    "roles",
    "simulate",
    "skill_mix",
)
SOURCES = sorted((PROJECT / "src").rglob("*.py"))


def tool(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_code_is_formatted_and_lints_clean():
    tool("ruff", "check", "--quiet", "src", "tests", "benchmarks")
    tool("ruff", "format", "--check", "--quiet", "src", "tests", "benchmarks")


def test_types_hold():
    tool("mypy", "--no-error-summary")


def test_rooms_import_one_way():
    tool("importlinter.cli", "lint")


def test_only_the_datasets_room_opens_data_files():
    readers = re.compile(r"pd\.read_|pandas\.read_|openpyxl\.load_workbook")
    elsewhere = [p for p in SOURCES if "datasets" not in p.parts and readers.search(p.read_text(encoding="utf-8"))]
    assert not elsewhere


def test_no_room_holds_a_stub():
    stubs = re.compile(r"\bTODO\b|\bFIXME\b|NotImplementedError")
    assert not [p for p in SOURCES if stubs.search(p.read_text(encoding="utf-8"))]


def test_public_docstrings_have_a_first_line_that_ends():
    """Every public function, class and module says in one line what it answers."""
    bare = []
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if not ast.get_docstring(tree) and path.stat().st_size:
            bare.append(path.name)
        if path.parent.name == "newroles" or path.parent.name in ROOMS:
            for node in tree.body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                    first = (ast.get_docstring(node) or "").split("\n")[0]
                    if not first.rstrip().endswith((".", "?", ":", ".)")):
                        bare.append(f"{path.name}:{node.name}")
    allowed = {"cli.py:main"}
    assert not set(bare) - allowed


# Dependencies --------------------------------------------------------------------------------------------------------------


def locked() -> dict[str, str]:
    """Package and version as Python 3.11 installs them."""
    pins = {}
    for line in (PROJECT / "requirements.lock").read_text().splitlines():
        pin = re.match(r"([a-z0-9][a-z0-9.-]*)==([^ ;]+)(?: ; (.*?))? \\$", line)
        if pin and not (pin[3] and re.search(r"python_full_version >= '3\.1[2-9]", pin[3])):
            pins[pin[1]] = pin[2]
    return pins


def test_every_pin_has_a_hash_and_no_host():
    text = (PROJECT / "requirements.lock").read_text()
    assert "://" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert len(blocks) > 100
    assert all("--hash=sha256:" in block for block in blocks)


def test_environment_agrees_with_the_lock():
    environment = yaml.safe_load((PROJECT / "environment.yml").read_text())
    by_pip = next(item["pip"] for item in environment["dependencies"] if isinstance(item, dict))
    pinned = dict(entry.split("==") for entry in by_pip if "==" in entry)
    card = {"jupyter-book", "pandas", "statsmodels", "seaborn", "networkx", "papermill", "pytest"}
    assert set(pinned) == card
    assert pinned == {name: locked()[name] for name in card}
    assert "python=3.11" in environment["dependencies"]


def test_jupyter_book_is_the_pinned_one():
    assert locked()["jupyter-book"] == "1.0.4.post1"
    assert "jupyter-book==1.0.4.post1" in (PROJECT / "pyproject.toml").read_text()


# Chapters ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_chapter_is_clean_and_follows_the_pattern(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    ids = [cell.id for cell in book.cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in ids), "cell ids are words, so that a change shows"
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code), "strip outputs before committing"
    assert book.cells[0].cell_type == "markdown"
    assert re.match(r"(\(.+\)=\n)?# ", book.cells[0].source)
    assert book.metadata.kernelspec.name == "python3"
    tags = [cell.metadata.get("tags", []) for cell in code]
    assert sum("parameters" in t for t in tags) == 1
    assert any("remove-cell" in t for t in tags), "a claims cell asserts every directional sentence"
    assert "assert" in code[-1].source
    assert "save()" in code[-1].source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_chapter_holds_choices_and_calls_not_machinery(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        machinery = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda, ast.Try, ast.With)
        found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, machinery)]
        assert not found, f"{cell.id}: {found} belongs in the package"
        assert not re.search(r"warnings\.(filter|simplefilter)|sys\.path|np\.random\.seed|!pip|%pip", cell.source)


QUOTED = (
    r"```\{bibliography.*?```",  # directives without prose
    r"\{(finding|cite:[pt]+|numref|eq|term|ref|doc)\}`[^`]*`",  # findings, citations, references
    r"\$\$.*?\$\$|\$[^$\n]+\$",  # formulas
    r"`[^`\n]*`",  # code
    r"\]\([^)]*\)",  # link targets
    r"https?://\S+",
    r"^\(.*\)=$",  # labels
    r"\b(19|20)\d\d(-\d\d)?(-\d\d)?\b",  # dates
    r"\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November|December)\b",
    r"\bPhase [1-4]\b|\bNIHR152665\b|\bChao[12]\b|\bband \d[a-d]?\b",  # names
)


def typed_numbers(prose: str) -> list[str]:
    """Digits that are neither findings, citations, dates nor names."""
    for pattern in QUOTED:
        prose = re.sub(pattern, " ", prose, flags=re.DOTALL | re.MULTILINE if ".*?" in pattern else re.MULTILINE)
    return re.findall(r"\S*\d\S*", prose)


def test_the_search_for_typed_numbers_finds_them():
    assert typed_numbers("In 14,842 adverts, 62% named one.") == ["14,842", "62%"]
    assert not typed_numbers(
        "In November 2020 {finding}`adverts-read` adverts {cite:p}`nhsjobs2020` on 6 November 2020, Phase 1, $x_1$."
    )


@pytest.mark.parametrize("path", [*NOTEBOOKS, PROJECT / "book/index.md"], ids=lambda p: p.stem)
def test_no_number_in_prose_is_typed_by_hand(path):
    if path.suffix == ".md":
        texts = {path.name: path.read_text(encoding="utf-8")}
    else:
        texts = {
            cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"
        }
    grids = r"^:{3,}.*$|^:gutter.*$|^```\{.*$"
    typed = {
        name: found
        for name, text in texts.items()
        if (found := typed_numbers(re.sub(grids, "", text, flags=re.MULTILINE)))
    }
    assert not typed


def test_every_chapter_of_the_contents_exists_and_every_notebook_is_in_it():
    from newroles.book.plan import chapters

    assert [c.path for c in chapters(PROJECT)]
    assert {c.path for c in chapters(PROJECT)} == set(NOTEBOOKS)


# The repository ------------------------------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    return [PROJECT / name for name in done.stdout.split("\0") if name and (PROJECT / name).is_file()]


def test_nothing_names_a_package_host_or_a_place_on_somebodys_machine():
    # written in pieces, so that this file doesn't name them either
    hosts = ["python" + "hosted", "pypi" + ".org", "npmjs" + ".", "deb." + "debian"]
    places = re.compile(r"(?<![\w.])/(work|farm|root|home|Users)/\w")
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        assert not [host for host in hosts if host in text], path
        assert not places.search(text), path


def test_the_workflow_is_valid_and_only_calls_the_makefile():
    path = PROJECT / ".github/workflows/book.yml"
    tool("check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path))
    jobs = yaml.safe_load(path.read_text())["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands == ["make book", "make test", "make slow-tests"]


def test_the_contract_of_citation_and_version_is_one():
    import newroles

    assert yaml.safe_load((PROJECT / "CITATION.cff").read_text())["version"] == newroles.__version__
    assert f'version = "{newroles.__version__}"' in (PROJECT / "pyproject.toml").read_text()


def test_the_readme_names_only_targets_that_exist():
    makefile = (PROJECT / "Makefile").read_text()
    readme = (PROJECT / "README.md").read_text()
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_cell_ends_by_printing_what_it_recorded(path):
    """The last expression of a cell is shown on the page: a finding recorded there would be printed as Python writes it."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and not source.rstrip().endswith(";") and (body := ast.parse(source).body):
            last = ast.unparse(body[-1]) if isinstance(body[-1], ast.Expr) else ""
            assert not last.startswith("findings.record("), f"{path.stem}: end the cell {cell['id']} with a semicolon"


def test_notebooks_are_plain_json_with_one_trailing_line():
    for path in NOTEBOOKS:
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n", path

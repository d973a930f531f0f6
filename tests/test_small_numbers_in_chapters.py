"""Chapters made from a real study show no count of organisations or posts below its rule, in no file that they write."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import papermill
import pytest

from newroles.datasets.places import data_folder, project_folder
from newroles.findings import COUNTED

# columns that count organisations or posts; those of counts of methods, codes or kinds aren't
COUNTS = {"x", "x_suggested", "count", "responded", "posts", "introduced", "at_risk", "number"}


@pytest.fixture
def real_study(tmp_path: Path) -> Path:
    """The example's tables under a real study's name and rule."""
    folder = tmp_path / "study"
    shutil.copytree(data_folder() / "example_study", folder)
    meta = (folder / "study.yml").read_text(encoding="utf-8")
    meta = re.sub(
        r"(?m)^kind: invented$", "kind: real\ndisclosure_profile: threshold_10\nethics_reference: REF-1", meta
    )
    (folder / "study.yml").write_text(meta, encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("chapter", ["phase1_new_roles", "phase2_national_overview"])
def test_no_small_count_is_written(real_study, tmp_path, monkeypatch, chapter):
    figures, findings = tmp_path / "figures", tmp_path / "findings"
    monkeypatch.setenv("NEWROLES_FIGURES", str(figures))
    monkeypatch.setenv("NEWROLES_CHAPTER", chapter)
    monkeypatch.setenv("NEWROLES_FINDINGS", str(findings))
    notebook = str(project_folder() / f"notebooks/{chapter}.ipynb")
    made = papermill.execute_notebook(
        notebook, None, parameters={"study": str(real_study)}, kernel_name="python3", progress_bar=False
    )
    pages = [
        "".join(o["data"]["text/html"])
        for c in made.cells
        for o in c.get("outputs", [])
        if "text/html" in o.get("data", {})
    ]
    of_study = {
        name for page in pages if "Study data" in page for name in re.findall(r'id="(?:fig|tab)-([\w-]+)"', page)
    }
    hidden = 0
    for path in sorted(figures.glob("*.csv")):
        if path.stem not in of_study:
            continue
        table = pd.read_csv(path)
        for column in COUNTS & set(table.columns):
            counts = pd.to_numeric(table[column], errors="coerce").dropna()
            assert counts.ge(10).all(), f"{path.name}, {column}: {counts[counts < 10].tolist()}"
            hidden += int(table.get(f"{column}_status", pd.Series(dtype=str)).eq("hidden").sum())
    assert of_study
    assert hidden or chapter == "phase1_new_roles"
    recorded = json.loads((findings / f"{chapter}.json").read_text(encoding="utf-8"))
    for found in recorded:
        if found["evidence_kind"] == "study" and found["unit"] in COUNTED and isinstance(found["value"], int | float):
            assert found["value"] >= 10, found["id"]

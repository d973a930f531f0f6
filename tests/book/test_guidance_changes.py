"""Edit the example study, and exactly the advice that rests on what changed says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from newroles.book.execute import execute
from newroles.book.plan import chapters
from newroles.datasets import load_published, load_study
from newroles.datasets.places import data_folder, project_folder
from newroles.findings import load_findings
from newroles.guidance import STATUSES, judged, load_recommendations, load_reviewed, standing, write_reviewed
from newroles.guidance.review import shown_parts

CHAPTER = "phase3_tasks"


@pytest.mark.slow
def test_a_row_less_in_the_example_marks_the_advice_that_rests_on_it_and_no_other(built_book: Path, tmp_path: Path):
    edited = tmp_path / "example_study"
    shutil.copytree(data_folder() / "example_study", edited)
    lines = (edited / "tasks.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    header, last = lines[0].strip().split(","), lines[-1].strip().split(",")
    one = next(line for line in lines[1:] if line.split(",")[header.index("wave")] == last[header.index("wave")])
    (edited / "tasks.csv").write_text("".join(line for line in lines if line != one), encoding="utf-8")
    chapter = next(each for each in chapters(project_folder()) if each.name == CHAPTER)
    execute([chapter], {CHAPTER: {"study": str(edited)}}, tmp_path / "work", jobs=1)

    before = load_findings(built_book / "findings")
    after = before | load_findings(tmp_path / "work/findings")
    guidance, facts = load_recommendations(), load_published("guidance_evidence")
    path = write_reviewed(guidance, before, facts, load_study("example_study"), tmp_path / "reviewed.yml")
    advice = judged(guidance, after, facts, load_reviewed(path), load_study(edited), strict=False)

    moved = {f"finding:{id}" for id, finding in after.items() if shown_parts(finding) != shown_parts(before[id])}
    rests_on_it = {each.id for each in guidance if moved & set(each.cites())}
    assert rests_on_it
    assert len(rests_on_it) < len(guidance)
    assert {each.id for each in guidance if advice.changed(each.id)} == rests_on_it
    assert all((standing(advice, each.id) == STATUSES["changed"]) == (each.id in rests_on_it) for each in guidance)

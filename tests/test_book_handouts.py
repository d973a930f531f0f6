"""What is handed round: every file of the index is there, the index is all that there is, and no task is named that a rule protects."""

import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pypdf import PdfReader

import guidance_examples as example
from newroles.book.handouts import INDEX, Handout, read_handouts, write_handouts
from newroles.datasets import Study
from newroles.errors import InputError
from newroles.guidance import AUDIENCES, CASE_ROLES, Guidance, Judged, Reviewed, judged, load_recommendations
from newroles.guidance.baseline_reading import read_workbook

TASKS = pd.DataFrame(
    {"task": ["care_planning", "first_assessment"] * 2, "team": "a", "wave": [1, 1, 2, 2], "role": "nurse"}
)


def study(kind: str = "invented", tables: dict[str, pd.DataFrame] | None = None, **meta: object) -> Study:
    """The study of the example, with tables, as it would have been loaded."""
    about = {"place": "nowhere", "period": "never", **meta}
    return Study(Path("nowhere"), example.STUDY["title"], kind, about, pd.DataFrame(), tables or {})


def look_up(guidance: Guidance) -> Judged:
    return judged(guidance, example.findings(), example.facts(), Reviewed(), example.STUDY, example.TODAY)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Judged:
    return look_up(load_recommendations(example.write_folder(tmp_path_factory.mktemp("tiny"))))


@pytest.fixture(scope="module")
def alone(tiny) -> Judged:
    """Only the advice of the one role, so that there is little to make."""
    own = tiny.guidance.collections[1]
    card = replace(own.recommendations[0], needs=(), who_acts=("trust_leaders",), helps=("new_roles",))
    return look_up(Guidance((replace(own, recommendations=(card,)),)))


@pytest.fixture(scope="module")
def written(tiny, tmp_path_factory) -> tuple[Path, list[Handout]]:
    folder = tmp_path_factory.mktemp("handouts") / "guidance"
    return folder, write_handouts(tiny, study(tables={"tasks": TASKS}), folder, jobs=2)


def text_of(pdf: Path) -> str:
    """What a reader of the PDF sees, in one line, ligatures taken apart."""
    text = " ".join(page.extract_text() for page in PdfReader(pdf).pages)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_index_lists_every_file_and_no_other(written):
    folder, found = written
    paths = [each.path for each in found]
    assert paths == sorted(set(paths))
    assert files_in(folder) == {*paths, INDEX}
    assert all((folder / each.path).stat().st_size == each.bytes > 0 for each in found)


def test_the_index_is_read_back_as_it_was_written(written):
    folder, found = written
    assert read_handouts(folder) == found
    assert isinstance(found[0].shown, int)


def test_there_is_a_file_of_each_kind_for_each_reader(written):
    """Briefings for those whom advice names; packs and workbooks for every case-study role, since advice for all holds there."""
    _, found = written
    of_kind = {
        kind: {(each.role, each.audience) for each in found if each.kind == kind} for kind in {e.kind for e in found}
    }
    role = "peer_support_worker"
    assert of_kind["briefing"] == {(r, a) for r in ("", role) for a in ("", *AUDIENCES)} - {("", "")}
    assert of_kind["infographic svg"] == of_kind["infographic png"] == {(role, ""), *(("", a) for a in AUDIENCES)}
    for kind in ("workbook", "agenda", "cards", "map", "slides"):
        assert of_kind[kind] == {("", ""), *((role, "") for role in CASE_ROLES)}
    assert of_kind["chooser"] == {("", "")}


def test_pages_and_recommendations_are_counted(written):
    folder, found = written
    for each in found:
        if each.path.endswith(".pdf"):
            assert len(PdfReader(folder / each.path).pages) == each.pages, each.path
        assert 0 <= each.shown <= each.recommendations, each.path
    cards = {each.role: each.recommendations for each in found if each.kind == "cards"}
    assert cards == {"": 3, **dict.fromkeys(CASE_ROLES, 3), "peer_support_worker": 4}


def test_a_workbook_and_the_chooser_can_be_used(written, tiny):
    folder, _ = written
    rows = read_workbook(folder / "workbooks" / "peer-support-worker-baseline.xlsx")
    assert set(rows["recommendation"]) == {each.id for each in tiny.guidance}
    page = (folder / "chooser.html").read_text(encoding="utf-8")
    assert all(each.action in page for each in tiny.guidance)
    assert example.STUDY["title"] in page
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page), "it is one file, which asks no network"


def test_the_map_suggests_tasks_and_says_whose(written):
    folder, found = written
    path = next(each.path for each in found if each.kind == "map" and each.role == "peer_support_worker")
    said = text_of(folder / path)
    assert "Care planning" in said
    assert f"Tasks named in the study “{example.STUDY['title']}”." in said


@pytest.mark.parametrize(
    "about",
    [
        {"kind": "real"},  # the strictest rule, since none is named
        {"disclosure_profile": "threshold_10"},
        {"disclosure_profile": {"below": 6, "zeros": "shown"}},
    ],
)
def test_under_a_small_number_rule_no_task_of_the_study_is_named(alone, tmp_path, about):
    found = write_handouts(alone, study(tables={"tasks": TASKS}, **about), tmp_path)
    assert [each.role for each in found if each.kind == "map"] == ["peer_support_worker"]
    for each in found:
        content = (tmp_path / each.path).read_bytes()
        said = text_of(tmp_path / each.path) if each.path.endswith(".pdf") else content.decode("utf-8", "ignore")
        for task in TASKS["task"].unique():
            assert task.replace("_", " ") not in said.lower(), each.path
            assert task not in said, each.path
        assert "Tasks named in the study" not in said, each.path


def test_advice_for_one_role_only_makes_nothing_for_everyone(alone, tmp_path):
    """A book of another study may have left out all that was for everyone."""
    found = write_handouts(alone, study(), tmp_path)
    assert {each.role for each in found if each.kind in ("workbook", "cards")} == {"peer_support_worker"}
    assert files_in(tmp_path) == {*(each.path for each in found), INDEX}


def test_no_advice_gives_an_index_of_nothing(tmp_path):
    assert write_handouts(look_up(Guidance(())), study(), tmp_path / "new" / "folder") == []
    assert files_in(tmp_path) == {f"new/folder/{INDEX}"}
    assert read_handouts(tmp_path / "new" / "folder") == []


def test_without_an_index_there_is_nothing(tmp_path):
    assert read_handouts(tmp_path) == []


def test_however_many_are_made_at_a_time_the_files_are_the_same(alone, tmp_path):
    one, many = (write_handouts(alone, study(), tmp_path / str(jobs), jobs=jobs) for jobs in (1, 3))
    assert one == many
    for each in one:
        assert (tmp_path / "1" / each.path).read_bytes() == (tmp_path / "3" / each.path).read_bytes(), each.path


def test_none_at_a_time_is_refused(alone, tmp_path):
    with pytest.raises(InputError, match="jobs=0"):
        write_handouts(alone, study(), tmp_path / "new", jobs=0)
    assert not (tmp_path / "new").exists()

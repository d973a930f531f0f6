"""`newroles guidance baseline`: what a team's workbook scores and what has moved, in the terminal, and refusals in plain words."""

from pathlib import Path

import openpyxl
import pytest

import guidance_examples as example
from newroles.cli import main
from newroles.guidance import Reviewed, judged, load_recommendations
from newroles.guidance.baseline_workbook import BASELINE, LISTS, write_workbook

SECRET = "Only the ward knows this"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """A workbook for peer support workers that nobody has typed into: eight items in rows 2 to 9."""
    home = tmp_path_factory.mktemp("baseline")
    guidance = load_recommendations(example.write_folder(home))
    whole = judged(guidance, example.findings(), example.facts(), Reviewed(), example.STUDY, example.TODAY)
    return write_workbook(whole, "peer_support_worker", home / "fresh.xlsx")


@pytest.fixture
def filled(tmp_path, fresh):
    """A function that saves a copy with these scores in the first rows, and maybe other cells."""

    def fill(name, scores, sheet=BASELINE, **cells):
        book = openpyxl.load_workbook(fresh)
        for row, score in enumerate(scores, 2):
            book[BASELINE][f"E{row}"] = score
        for place, value in cells.items():
            book[sheet][place] = value
        path = tmp_path / name
        book.save(path)
        return str(path)

    return fill


def test_scores_are_counted_by_moment_and_by_who_acts(filled, capsys):
    assert main(["guidance", "baseline", filled("now.xlsx", [2, 1, 0, 2], F2=SECRET, G2=SECRET, H2=SECRET)]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[:5] == [
        "Baseline for Peer Support Worker: 8 items, 4 of them scored.",
        "",
        "By moment:",
        "  Before the role arrives: 2 in place, 1 partly, 1 not yet (50% of the scored in place)",
        "  In the first three months: 0 in place, 0 partly, 0 not yet, 2 not scored",
    ]
    assert "  Trust leaders: 1 in place, 1 partly, 0 not yet, 2 not scored (50% of the scored in place)" in said
    assert "Since" not in said
    assert SECRET not in said  # what people typed stays in the workbook


def test_progress_since_an_earlier_workbook(filled, capsys):
    before, now = filled("spring.xlsx", [0, 2, 1, None, 2]), filled("autumn.xlsx", [2, 1, 1, 0, None])
    assert main(["guidance", "baseline", now, "--before", before]) == 0
    said = capsys.readouterr().out.splitlines()
    start = next(at for at, line in enumerate(said) if line.startswith("Since "))
    assert said[start].startswith(
        "Since spring.xlsx: Of 3 items scored both times, 1 moved forward, 1 moved back and 1 stayed where it was."
    )
    assert said[start + 1 :] == [
        "  back (2 to 1): The supervisor has hours set aside.",
        "  no longer scored (2 to blank): A supervisor is named for each post.",
        "  forward (0 to 2): A supervisor is named for each post.",
        "  newly scored (blank to 0): The supervisor has hours set aside.",
    ]


def test_a_moment_or_a_reader_that_was_typed_over_is_still_counted(filled, capsys):
    assert (
        main(["guidance", "baseline", filled("now.xlsx", [2, 2, 2], A2="Next week", A3=None, C2="The ward; Educators")])
        == 0
    )
    said = capsys.readouterr().out
    assert (
        "  Before the role arrives: 1 in place, 0 partly, 0 not yet, 1 not scored (100% of the scored in place)" in said
    )
    assert "  Next week: 1 in place" in said
    assert "  Not said: 1 in place" in said
    assert "  The ward: 1 in place" in said


def test_nothing_scored_and_nothing_moved_is_said(fresh, capsys):
    assert main(["guidance", "baseline", str(fresh), "--before", str(fresh)]) == 0
    said = capsys.readouterr().out
    assert "8 items, 0 of them scored." in said
    assert "% of the scored" not in said
    assert said.rstrip().splitlines()[-1].startswith("Since fresh.xlsx: ")


def test_one_item_is_said_in_the_singular(tmp_path, capsys):
    everyone = example.files()["everyone.yml"]
    card = {**everyone["recommendations"][0], "readiness": ["A supervisor is named."]}
    home = example.write_folder(tmp_path, {"everyone.yml": {**everyone, "recommendations": [card]}})
    whole = judged(
        load_recommendations(home), example.findings(), example.facts(), Reviewed(), example.STUDY, example.TODAY
    )
    path = write_workbook(whole, "all", tmp_path / "one.xlsx")
    assert main(["guidance", "baseline", str(path)]) == 0
    assert capsys.readouterr().out.startswith("Baseline for every role: 1 item, 0 of them scored.")


def refused(capsys, *arguments) -> str:
    assert main(["guidance", "baseline", *arguments]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        ([3], "cell E2: '3', expected 0, 1, 2 or blank"),
        (["yes"], "cell E2: 'yes', expected"),
        ([0.5], "'0.5', expected"),
    ],
)
def test_a_score_that_is_none_is_named_with_its_cell(filled, capsys, scores, says):
    said = refused(capsys, filled("now.xlsx", scores))
    assert said.startswith("now.xlsx:")
    assert says in said


def test_what_was_typed_is_repeated_short_and_on_one_line(filled, capsys):
    said = refused(capsys, filled("now.xlsx", ["x\u202e" + "y" * 5000]))
    assert "\u202e" not in said
    assert len(said) < 300


def test_what_is_no_workbook_is_refused(tmp_path, filled, capsys):
    assert "There is no workbook" in refused(capsys, str(tmp_path / "gone.xlsx"))
    assert "There is no workbook" in refused(capsys, str(tmp_path))
    text = tmp_path / "text.xlsx"
    text.write_text("Not a workbook")
    assert "text.xlsx can't be read as a workbook" in refused(capsys, str(text))
    other = openpyxl.Workbook()
    other.save(tmp_path / "other.xlsx")
    assert "other.xlsx has no sheet 'Baseline'" in refused(capsys, str(tmp_path / "other.xlsx"))
    assert "There is no workbook" in refused(capsys, filled("now.xlsx", []), "--before", str(tmp_path / "gone.xlsx"))


def test_a_workbook_whose_hidden_lists_were_emptied_is_refused(fresh, tmp_path, capsys):
    book = openpyxl.load_workbook(fresh)
    for row in book[LISTS].iter_rows():
        for cell in row:
            if row[0].value == "item":
                cell.value = None
    book[BASELINE].delete_rows(2, 20)
    book.save(tmp_path / "empty.xlsx")
    assert "the list of items is gone" in refused(capsys, str(tmp_path / "empty.xlsx"))


def test_workbooks_of_two_roles_cannot_be_compared(filled, capsys):
    other = filled("other.xlsx", [], sheet=LISTS, B1="nursing_associate")
    said = refused(capsys, filled("now.xlsx", []), "--before", other)
    assert said.startswith(
        "The workbooks are for different roles: before nursing_associate, after peer_support_worker."
    )
    assert len(said.splitlines()) == 1

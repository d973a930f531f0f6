"""Can a team score a baseline workbook, have it read back, and see what has moved?"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import time
import zipfile

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import range_boundaries

import guidance_examples
from newroles.errors import InputError
from newroles.guidance import AUDIENCES, WHEN
from newroles.guidance.baseline_reading import compare_baselines, progress_in_words, read_workbook, summary_of
from newroles.guidance.baseline_workbook import BASELINE, SUMMARY, write_workbook
from newroles.guidance.pack_words import KINDS
from newroles.tables import BADGES

ITEMS = [
    f"{id} {number}"
    for id, number in itertools.product(
        ("psw-not-alone", "name-the-supervisor", "watch-who-carries-the-work", "look-again-at-tasks"), (1, 2)
    )
]  # the role's own advice first, then everyone's, by moment
LETTERS = {
    "When": "A",
    "Who acts": "C",
    "Score": "E",
    "Evidence": "F",
    "Gap": "G",
    "Owner": "H",
    "By when": "I",
    "Done": "J",
    "Item": "P",
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A workbook for peer support workers that nobody has typed into."""
    home = tmp_path_factory.mktemp("baseline")
    return write_workbook(
        guidance_examples.judged_example(home),
        "peer_support_worker",
        home / "fresh.xlsx",
        address=lambda id: f"https://example.org/guidance.html#{id}",
    )


@pytest.fixture
def filled(tmp_path, fresh):
    """A function that types values into cells of the sheet Baseline and saves a copy, as Excel would."""
    numbers = itertools.count()

    def fill(cells, sheet=BASELINE, change=None):
        book = openpyxl.load_workbook(fresh)
        for place, value in cells.items():
            book[sheet][place] = value
        if change:
            change(book)
        path = tmp_path / f"filled_{next(numbers)}.xlsx"
        book.save(path)
        return path

    return fill


# What is written ------------------------------------------------------------------------------------------------------------


def test_sheets_and_one_row_an_item(fresh):
    book = openpyxl.load_workbook(fresh)
    assert book.sheetnames == ["Read me", "Baseline", "Summary", "Decisions", "Evidence", "lists"]
    assert book["lists"].sheet_state == "hidden"
    sheet = book[BASELINE]
    assert [cell.value for cell in sheet["P"]][1:] == ITEMS
    assert sheet["A2"].value == "Before the role arrives"
    assert sheet["B2"].value == "Start with two or more peer support workers in a team."
    assert sheet["C2"].value == "Trust leaders; Commissioners and national bodies; Educators"
    assert sheet["K2"].value == "Peer Support Worker"
    assert sheet["K4"].value == "Everyone"
    assert sheet["N6"].value == "Published; Invented example"
    assert sheet["O2"].hyperlink.target == "https://example.org/guidance.html#psw-not-alone"
    assert all(sheet[f"E{row}"].value is None for row in range(2, 10))


def test_the_generic_workbook_holds_the_advice_for_everyone_only(tmp_path):
    path = write_workbook(guidance_examples.judged_example(tmp_path), "all", tmp_path / "all.xlsx")
    read = read_workbook(path)
    assert set(read["role"]) == {"all"}
    assert read["item"].tolist() == ITEMS[2:]
    assert openpyxl.load_workbook(path)[BASELINE]["O2"].value is None  # no address, no link


def test_decisions_hold_each_recommendation_and_evidence_each_piece(fresh):
    book = openpyxl.load_workbook(fresh)
    decisions = list(book["Decisions"].iter_rows(min_row=2, values_only=True))
    assert [row[8] for row in decisions] == list(dict.fromkeys(item.rsplit(" ", 1)[0] for item in ITEMS))
    assert decisions[0][7] == "Agree who supervises a new role before the post is advertised."  # what comes first
    evidence = pd.DataFrame(book["Evidence"].values)
    evidence.columns = evidence.iloc[0]
    evidence = evidence.iloc[1:]
    assert len(evidence) == 8  # 2 + 1 for and against psw-not-alone, 1, 2 + 1, 1
    against = evidence[evidence["Side"] == "Against"]
    assert against["Recommendation id"].tolist() == ["psw-not-alone", "watch-who-carries-the-work"]
    assert evidence["Kind of evidence"].value_counts().to_dict() == {"Published": 5, "Invented example": 3}
    assert evidence.loc[evidence["Source"] == "Invented review 2022", "Where to find it"].tolist() == [
        "https://example.org/review"
    ]
    assert set(evidence["Since we last read it"]) == {"not reviewed yet"}


def test_kinds_of_evidence_are_named_as_on_the_badges():
    assert {kind: words for kind, (_, words) in BADGES.items()} == KINDS


def test_it_says_whose_advice_it_is_and_what_is_invented(fresh, tmp_path):
    told = " ".join(str(cell) for row in openpyxl.load_workbook(fresh)["Read me"].values for cell in row if cell)
    assert "It is not the NIHR study's guidance or recommendations." in told
    assert "Rows marked Invented example" in told
    assert "We found nothing on pay." in told
    files = guidance_examples.files()
    kept = [each for each in files["everyone.yml"]["recommendations"] if each["id"] == "name-the-supervisor"]
    files["everyone.yml"]["recommendations"] = kept
    path = write_workbook(guidance_examples.judged_example(tmp_path, files), "all", tmp_path / "published.xlsx")
    assert "Invented" not in " ".join(
        str(cell) for row in openpyxl.load_workbook(path)["Read me"].values for cell in row
    )


def test_it_can_be_filled_in_by_keyboard_and_read_by_a_screen_reader(fresh):
    book = openpyxl.load_workbook(fresh)
    sheet = book[BASELINE]
    lists = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert lists["E2:E9"].formula1 == '"0,1,2"'
    assert lists["J2:J9"].formula1 == '"yes,no"'
    assert lists["I2:I9"].type == "date"
    assert all(rule.errorStyle in (None, "stop") for rule in lists.values())
    for name, table, ref in (
        (BASELINE, "baseline_items", "A1:P9"),
        ("Decisions", "decisions", "A1:I5"),
        ("Evidence", "evidence_pieces", "A1:G9"),
    ):
        assert book[name].tables[table].ref == ref
        assert book[name].freeze_panes is not None
        assert not book[name].merged_cells.ranges
        assert book[name].page_setup.orientation == "landscape"
        assert book[name].page_setup.paperSize == 9
        assert book[name].print_title_rows == "$1:$1"
    assert not book[SUMMARY].merged_cells.ranges


def contrast(one: str, two: str) -> float:
    """WCAG's ratio of two colours given as RRGGBB."""

    def light(colour):
        parts = [int(colour[-6:][at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_scores_keep_their_number_and_differ_in_lightness_not_only_in_colour(fresh):
    rules = [rule for each in openpyxl.load_workbook(fresh)[BASELINE].conditional_formatting for rule in each.rules]
    fills = [rule.dxf.fill.bgColor.rgb for rule in rules]
    assert len(fills) == 3
    assert all(contrast(rule.dxf.font.color.rgb, fill) >= 7 for rule, fill in zip(rules, fills, strict=True))
    assert contrast(fills[0], fills[2]) > 3
    assert contrast(fills[1], fills[2]) > 3
    assert rules[0].formula == ["AND(ISNUMBER(E2),E2=0)"]  # a blank isn't nought


def test_texts_that_look_like_formulas_stay_texts(tmp_path):
    files = guidance_examples.files()
    danger = ['=HYPERLINK("https://example.org","x")', "+1+1", "-1+1", "@SUM(A1)"]
    card = files["everyone.yml"]["recommendations"][0]
    card["readiness"], card["action"], card["measure"] = danger[:3], danger[3], danger[0]
    path = write_workbook(guidance_examples.judged_example(tmp_path, files), "all", tmp_path / "danger.xlsx")
    book = openpyxl.load_workbook(path)
    assert [book[BASELINE][f"D{row}"].value for row in (2, 3, 4)] == danger[:3]
    for sheet in book:
        for row in sheet.iter_rows():
            formulas = [cell.coordinate for cell in row if cell.data_type == "f"]
            assert not formulas or sheet.title == SUMMARY
    assert read_workbook(path)["readiness"].tolist()[:3] == danger[:3]


def test_the_same_content_is_the_same_file_and_holds_no_macro(tmp_path, fresh):
    again = guidance_examples.judged_example(tmp_path)
    paths = []
    for name in ("one.xlsx", "two.xlsx"):
        paths.append(write_workbook(again, "all", tmp_path / name))
        time.sleep(0.6)  # openpyxl's own stamp has seconds, and two halves make one
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with zipfile.ZipFile(fresh) as parts:
        assert not [name for name in parts.namelist() if "vba" in name.lower() or "externalLink" in name]


def test_a_workbook_that_somebody_may_have_filled_in_is_left_alone(tmp_path, fresh):
    before = fresh.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        write_workbook(guidance_examples.judged_example(tmp_path), "all", fresh)
    assert fresh.read_bytes() == before


def test_an_unknown_role_is_named(tmp_path):
    with pytest.raises(InputError, match="Did you mean 'peer_support_worker'"):
        write_workbook(guidance_examples.judged_example(tmp_path), "peer_suport_worker", tmp_path / "x.xlsx")


# Formulas -------------------------------------------------------------------------------------------------------------------


class Evaluator:
    """Works out the few forms of formula that the sheet Summary uses; anything else is an error."""

    def __init__(self, book):
        self.book = book

    def value(self, sheet, place):
        text = self.book[sheet][place].value
        if not (isinstance(text, str) and text.startswith("=")):
            return text
        if counted := re.fullmatch(r"=COUNTIFS\((.*)\)", text):
            return self._countifs(counted[1])
        if rest := re.fullmatch(r"=(B\d+)-SUM\((\w+):(\w+)\)", text):
            return self.value(sheet, rest[1]) - self._sum(sheet, rest[2], rest[3])
        share = re.fullmatch(r'=IF\(SUM\((\w+):(\w+)\)=0,"not scored yet",(\w+)/SUM\(\1:\2\)\)', text)
        assert share, f"a formula that the test doesn't know: {text}"
        whole = self._sum(sheet, share[1], share[2])
        return self.value(sheet, share[3]) / whole if whole else "not scored yet"

    def _sum(self, sheet, first, last):
        return sum(self.value(sheet, cell.coordinate) for row in self.book[sheet][f"{first}:{last}"] for cell in row)

    def _countifs(self, text):
        pairs = re.findall(r'Baseline!([$A-Z0-9:]+),("[^"]*"|\d)', text)
        assert ",".join(f"Baseline!{cells},{wanted}" for cells, wanted in pairs) == text
        columns = [[self._meets(cell[0], wanted) for cell in self._cells(cells)] for cells, wanted in pairs]
        return sum(all(row) for row in zip(*columns, strict=True))

    def _cells(self, cells):
        left, top, right, bottom = range_boundaries(cells.replace("$", ""))
        return self.book[BASELINE].iter_rows(min_col=left, max_col=right, min_row=top, max_row=bottom, values_only=True)

    @staticmethod
    def _meets(value, wanted):
        """As spreadsheets do: a number meets an equal number and no blank; a text may hold * and ?."""
        if not wanted.startswith('"'):
            return value == int(wanted) and value is not None
        pattern = re.escape(wanted.strip('"')).replace(r"\*", ".*").replace(r"\?", ".")
        return isinstance(value, str) and re.fullmatch(pattern, value, re.IGNORECASE) is not None


def summary_sheet(path):
    """Every row of the sheet Summary with its formulas worked out: name to items, 0, 1, 2, not scored, share."""
    book = openpyxl.load_workbook(path)
    known = Evaluator(book)
    names = {
        cell.value: cell.row
        for cell in book[SUMMARY]["A"]
        if cell.value in {*WHEN.values(), *AUDIENCES.values(), "All items"}
    }
    return {name: [known.value(SUMMARY, f"{letter}{row}") for letter in "BCDEFG"] for name, row in names.items()}


def test_formulas_count_what_python_counts(filled):
    scores = {"E2": 0, "E3": 1, "E4": 2, "E5": 2, "E6": 0, "E7": 2, "E8": 1}  # the eighth item isn't scored
    path = filled(scores)
    shown, read = summary_sheet(path), read_workbook(path)
    assert list(shown) == [*WHEN.values(), *AUDIENCES.values(), "All items"]
    assert shown["All items"] == [8, 2, 2, 3, 1, pytest.approx(3 / 7)]
    assert shown["Before the role arrives"] == [4, 1, 1, 2, 0, 0.5]  # by hand: E2 to E5
    assert shown["Team managers"] == [4, 1, 0, 3, 0, 0.75]  # by hand: E4 to E7
    counted = pd.concat([summary_of(read, by).set_axis(["name", *"bcdefg"], axis=1) for by in ("when", "who_acts")])
    assert len(counted) == len(WHEN) + len(AUDIENCES)
    for row in counted.itertuples(index=False):
        assert shown[row.name] == pytest.approx(list(row)[1:])


def test_no_audience_is_counted_under_anothers_name():
    """The sheet Summary finds an audience by its name inside a list of names."""
    assert not [
        (one, other) for one, other in itertools.permutations(AUDIENCES.values(), 2) if one.lower() in other.lower()
    ]


def test_nothing_scored_is_said_and_not_called_nought(fresh):
    assert summary_sheet(fresh)["All items"] == [8, 0, 0, 0, 8, "not scored yet"]
    assert summary_of(read_workbook(fresh))["share"].isna().all()


def test_a_score_of_nought_counts_and_a_blank_does_not(filled):
    assert summary_sheet(filled({"E2": 0}))["All items"] == [8, 1, 0, 0, 7, 0.0]


def test_counts_by_another_column_are_refused(fresh):
    with pytest.raises(InputError, match="by when or by who_acts; got 'whom'"):
        summary_of(read_workbook(fresh), by="whom")


# Reading back ---------------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_what_is_read(filled):
    typed = {
        "E2": 2, "F2": " Minutes of 3 May ", "G2": "None", "H2": "Team manager", "I2": dt.datetime(2027, 1, 31), "J2": "Yes",
        "E3": "1", "I3": "2027-02-01", "J3": "no", "E4": 0.0, "E5": " ",
    }  # fmt: skip
    read = read_workbook(filled(typed))
    assert read["score"].tolist()[:4] == [2, 1, 0, pd.NA]
    first = read.iloc[0]
    assert first[["evidence", "gap", "owner", "by_when", "done"]].tolist() == [
        "Minutes of 3 May",
        "None",
        "Team manager",
        "2027-01-31",
        "yes",
    ]
    assert first["recommendation"] == "psw-not-alone"
    assert read.loc[1, ["by_when", "done"]].tolist() == ["2027-02-01", "no"]
    assert read["role"].unique().tolist() == ["peer_support_worker"]
    assert read.loc[2:, ["evidence", "by_when", "done"]].isna().all(axis=None)


def test_a_sorted_sheet_with_moved_columns_reads_the_same(filled):
    def shuffle(book):
        sheet = book[BASELINE]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        rows = [[row[-1], *row[:-1]] for row in [rows[0], *reversed(rows[1:])]]  # Item first, and from the bottom up
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column).value = value

    scores = {"E2": 2, "E9": 1}
    one, two = (read_workbook(filled(scores, change=change)).set_index("item") for change in (None, shuffle))
    pd.testing.assert_frame_equal(one, two.loc[one.index])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"E2": 3}, "sheet Baseline, cell E2: '3', expected 0, 1, 2 or blank."),
        ({"E5": -1}, "sheet Baseline, cell E5: '-1', expected 0, 1, 2 or blank."),
        ({"E5": 1.5}, "sheet Baseline, cell E5: '1.5', expected 0, 1, 2 or blank."),
        ({"E3": "partly"}, "sheet Baseline, cell E3: 'partly', expected 0, 1, 2 or blank."),
        ({"E3": True}, "sheet Baseline, cell E3: 'True', expected 0, 1, 2 or blank."),
        ({"E3": "=1+1"}, "sheet Baseline, cell E3: '=1+1', expected a value: this formula has no stored result."),
        ({"J4": "maybe"}, "sheet Baseline, cell J4: 'maybe', expected yes, no or blank."),
        (
            {"I4": "next spring"},
            "sheet Baseline, cell I4: 'next spring', expected a date such as 2027-01-31, or blank.",
        ),
        ({"P2": "psw-not-alnoe 1"}, "sheet Baseline, cell P2: 'psw-not-alnoe 1', expected 'psw-not-alone 1'."),
        ({"P2": None}, "sheet Baseline, cell P2: nothing, expected 'psw-not-alone 1'."),
        (
            {"P3": "psw-not-alone 1"},
            "sheet Baseline, cell P3: 'psw-not-alone 1', expected each item once: delete the copy.",
        ),
        (
            {"P10": "of our own 1"},
            "sheet Baseline, cell P10: 'of our own 1', expected an item that the workbook came with.",
        ),
        (
            dict.fromkeys([f"{letter}2" for letter in "ABCDEFGHIJKLMNOP"]),
            "sheet Baseline: no row for 'psw-not-alone 1'.",
        ),
    ],
)
def test_bad_input_is_named_by_sheet_cell_value_and_what_was_expected(filled, cells, said):
    with pytest.raises(InputError) as stopped:
        read_workbook(filled(cells))
    assert said in str(stopped.value)
    assert ".xlsx:" in str(stopped.value)


def test_all_that_is_wrong_is_said_at_once(filled):
    with pytest.raises(InputError) as stopped:
        read_workbook(filled({"E2": 3, "E3": "many", "J4": "perhaps"}))
    assert len(str(stopped.value).splitlines()) == 4


def rename_sheet(book):
    book[BASELINE].title = "Base line"


def rename_column(book):
    book[BASELINE]["E1"] = "Scores"


def repeat_column(book):
    book[BASELINE]["Q1"] = "Score"


def lose_the_role(book):
    book["lists"]["B1"] = None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rename_sheet, r"has no sheet 'Baseline'.*Did you mean 'Base line'"),
        (rename_column, r"sheet Baseline, row 1: there is no column 'Score'. Did you mean 'Scores'"),
        (repeat_column, r"sheet Baseline, cell Q1: the column 'Score' is there twice"),
        (lose_the_role, r"sheet lists: the role is gone from cell B1"),
    ],
)
def test_a_workbook_that_was_taken_apart_is_refused(filled, change, said):
    with pytest.raises(InputError, match=said):
        read_workbook(filled({}, change=change))


def test_what_is_no_workbook_is_refused(tmp_path):
    with pytest.raises(InputError, match="There is no workbook"):
        read_workbook(tmp_path / "none.xlsx")
    (tmp_path / "text.xlsx").write_text("0,1,2")
    with pytest.raises(InputError, match=r"text.xlsx can't be read as a workbook"):
        read_workbook(tmp_path / "text.xlsx")


# Comparing ------------------------------------------------------------------------------------------------------------------


def test_what_has_moved_between_two_readings(filled):
    before = read_workbook(filled({"E2": 0, "E3": 2, "E4": 1, "E5": 1}))
    after = read_workbook(filled({"E2": 2, "E3": 1, "E4": 1, "E6": 0}))
    moved = compare_baselines(before, after).set_index("item")
    assert moved["change"].tolist() == [
        "forward",
        "back",
        "same",
        "no_longer_scored",
        "newly_scored",
        "same",
        "same",
        "same",
    ]
    assert moved.loc["psw-not-alone 1", ["before", "after"]].tolist() == [0, 2]
    assert progress_in_words(moved) == (
        "Of 3 items scored both times, 1 moved forward, 1 moved back and 1 stayed where it was. "
        "Besides: 1 newly scored and 1 no longer scored."
    )


def test_items_that_only_one_of_two_editions_has_are_said(filled):
    both = read_workbook(filled({"E2": 1, "E3": 1}))
    moved = compare_baselines(both.iloc[:-1], both.iloc[1:]).set_index("item")["change"]
    assert moved["look-again-at-tasks 2"] == "only_after"
    assert moved["psw-not-alone 1"] == "only_before"
    assert (moved.drop([ITEMS[0], ITEMS[-1]]) == "same").all()


def test_nothing_scored_twice_is_said(fresh):
    read = read_workbook(fresh)
    assert progress_in_words(compare_baselines(read, read)) == "No item was scored both times."


def test_workbooks_of_different_roles_are_not_compared(fresh, tmp_path):
    other = read_workbook(write_workbook(guidance_examples.judged_example(tmp_path), "all", tmp_path / "all.xlsx"))
    with pytest.raises(InputError, match="before all, after peer_support_worker"):
        compare_baselines(other, read_workbook(fresh))

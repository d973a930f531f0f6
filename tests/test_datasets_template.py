"""Can an analyst fill in the workbook, have it checked, and load it?"""

from __future__ import annotations

import datetime as dt

import openpyxl
import pandas as pd
import pytest

from newroles.datasets import check_study, load_study, read_workbook, write_template
from newroles.datasets.schemas import TABLES, table_schema
from newroles.errors import InputError

ABOUT = {
    "title": "Filled workbook",
    "kind": "invented",
    "place": "Nowhere",
    "period": "2023",
    "licence": "CC0-1.0",
    "counts_as_new.rule": "either",
    "counts_as_new.within_years": 5,
}
TRUST = ["X1", "Invented Trust", "London", None, "nhs", "yes", 1200]
REPORT = ["q1", "X1", "interview", "Peer worker", dt.datetime(2023, 2, 1), 2019, 3, 2.5, 3, "community", "yes", None]


@pytest.fixture(scope="module")
def blank_template(tmp_path_factory):
    return write_template(tmp_path_factory.mktemp("template") / "study.xlsx")


@pytest.fixture
def filled(tmp_path, blank_template):
    """A function that fills in the template: about the study, one trust, one report, as Excel would store what is typed."""

    def fill(report=REPORT, trust=TRUST, about=ABOUT):
        book = openpyxl.load_workbook(blank_template)
        for row in book["study"].iter_rows(min_row=2):
            row[1].value = about.get(row[0].value)
        for sheet, values in (("trusts", trust), ("reports", report)):
            for column, value in enumerate(values, start=1):
                book[sheet].cell(3, column).value = value
        path = tmp_path / "filled.xlsx"
        book.save(path)
        return path

    return fill


def test_one_sheet_a_table_with_headings_notes_and_example(blank_template):
    book = openpyxl.load_workbook(blank_template)
    assert book.sheetnames == ["Read me", "study", *TABLES, "lists"]
    assert book["lists"].sheet_state == "hidden"
    for table in TABLES:
        sheet, fields = book[table], table_schema(table).fields
        assert [cell.value for cell in sheet[1]] == [field.name for field in fields]
        assert [cell.value for cell in sheet[2]] == [field.example for field in fields]
        assert all(field.description in cell.comment.text for cell, field in zip(sheet[1], fields, strict=True))
        assert sheet.freeze_panes == "B2"


def drop_down(book, table, column):
    letter = openpyxl.utils.get_column_letter(table_schema(table).columns.index(column) + 1)
    for rule in book[table].data_validations.dataValidation:
        if f"{letter}3" in rule.sqref:
            sheet, cells = rule.formula1.lstrip("=").split("!")
            return [row[0].value for row in book[sheet][cells.replace("$", "")]]
    return None


def test_drop_downs(blank_template):
    book = openpyxl.load_workbook(blank_template)
    assert drop_down(book, "trusts", "sector") == ["nhs", "vcse", "independent", "local_authority"]
    assert drop_down(book, "trusts", "responded") == ["yes", "no"]
    assert drop_down(book, "trusts", "region")[0] == "North East and Yorkshire"
    assert "peer_support_worker" in drop_down(book, "teams", "new_role"), "from the codebook roles"
    assert drop_down(book, "reports", "trust")[0] == "T01", "the ids typed into the sheet trusts"
    assert drop_down(book, "reports", "title") is None


def test_no_cell_is_a_formula(blank_template):
    book = openpyxl.load_workbook(blank_template)
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_example_rows_are_never_data(blank_template):
    problems = check_study(blank_template)
    assert {"trusts", "reports"} <= set(problems.loc[problems["problem"].str.contains("compulsory"), "table"])


def test_a_filled_workbook_is_checked_and_loaded(filled):
    path = filled()
    assert check_study(path).empty
    study = load_study(path)
    assert study.meta["counts_as_new"] == {"rule": "either", "within_years": 5}
    assert study.tables == ["trusts", "reports"]
    report = study.reports.iloc[0]
    assert report["reported_on"] == pd.Timestamp("2023-02-01"), "a real Excel date"
    assert (report["introduced"], report["headcount"], report["band"]) == ("2019", 3, "3")


def test_problems_name_the_sheets_row(filled):
    path = filled(report=[*REPORT[:6], "three", *REPORT[7:]])
    problem = check_study(path).iloc[0]
    assert (problem.table, problem.row, problem.column, problem.value) == ("reports", 3, "headcount", "three")


def test_a_formula_without_a_result_is_not_taken_for_blank(filled):
    path = filled(report=[*REPORT[:6], "=1+2", *REPORT[7:]])
    problem = check_study(path).iloc[0]
    assert (problem.row, problem.column) == (3, "headcount")
    assert "without a stored result" in problem.problem


def test_a_misspelt_sheet(filled):
    path = filled()
    book = openpyxl.load_workbook(path)
    book["reports"].title = "Report"
    book.save(path)
    problems = check_study(path)
    assert list(problems["problem"]) == ["misspelt sheet name"]


def test_a_workbook_becomes_a_study_folder(filled, tmp_path):
    path = filled()
    folder = read_workbook(path, tmp_path / "study")
    assert sorted(file.name for file in folder.iterdir()) == ["reports.csv", "study.yml", "trusts.csv"]
    assert check_study(folder).empty
    pd.testing.assert_frame_equal(load_study(folder).reports, load_study(path).reports)


def test_nothing_is_overwritten(filled, tmp_path):
    path = filled()
    before = path.read_bytes()
    with pytest.raises(InputError, match="left as it is"):
        write_template(path)
    assert path.read_bytes() == before
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "trusts.csv").write_text("mine")
    with pytest.raises(InputError, match="isn't empty"):
        read_workbook(path, tmp_path / "full")
    assert (tmp_path / "full" / "trusts.csv").read_text() == "mine"


def test_names_that_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match=r"name it study\.xlsx"):
        write_template(tmp_path / "study.csv")
    with pytest.raises(InputError, match="no folder"):
        write_template(tmp_path / "nowhere" / "study.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_workbook(tmp_path):
    path = tmp_path / "study.xlsx"
    path.write_text("trust,name\n")
    assert "can't be read as a workbook" in check_study(path)["problem"].iloc[0]
    with pytest.raises(InputError, match="can't be read as a workbook"):
        read_workbook(path, tmp_path / "out")

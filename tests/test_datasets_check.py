"""Does `check_study` find each fault, say where it is, and say how to mend it?

Each test breaks the smallest valid study (`tiny_study` in conftest.py) in one way. Row numbers are those of a spreadsheet,
in which the header is row 1: report r1 stands in row 2.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from newroles.datasets import check_study, describe_problems, load_study
from newroles.datasets.schemas import TABLES, table_schema

REPORTS_HEADER = (
    "report,trust,source,title,reported_on,introduced,headcount,wte,band,setting,counted_as_new,rationale\n"
)


@pytest.fixture
def two_tables(tiny_study):
    """The smallest valid study with its compulsory tables alone."""
    for table in set(TABLES) - {"trusts", "reports"}:
        (tiny_study / f"{table}.csv").unlink()
    return tiny_study


def edit(study: Path, file: str, old: str, new: str) -> None:
    path = study / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


def the_only(problems: pd.DataFrame) -> pd.Series:
    assert len(problems) == 1, problems.to_string()
    return problems.iloc[0]


def place(problem: pd.Series) -> tuple:
    return tuple(None if pd.isna(problem[key]) else problem[key] for key in ("table", "row", "column", "value"))


def test_all_is_well(tiny_study):
    problems = check_study(tiny_study)
    assert problems.empty
    assert list(problems.columns) == ["table", "row", "column", "value", "problem", "hint", "severity"]


@pytest.mark.parametrize("table", ["trusts", "reports"])
def test_missing_compulsory_table(two_tables, table):
    (two_tables / f"{table}.csv").unlink()
    problems = check_study(two_tables).query("table == @table")
    assert "compulsory" in the_only(problems).problem
    assert f"{table}.csv" in the_only(problems).hint


def test_the_other_tables_may_be_absent(two_tables):
    assert check_study(two_tables).empty


def test_unknown_and_missing_column(two_tables):
    edit(two_tables, "reports.csv", "introduced,headcount,wte", "introduced,head_count,wte")
    problems = check_study(two_tables)
    assert list(problems["column"]) == ["head_count", "headcount"]
    assert "did you mean 'headcount'?" in problems["hint"][0]
    assert "missing" in problems["problem"][1]
    assert set(problems["row"]) == {1}


def test_column_name_given_twice(tiny_study):
    edit(tiny_study, "teams.csv", "team,trust,setting", "team,trust,trust")
    problems = check_study(tiny_study)
    assert "two columns have the same name" in problems.loc[problems["value"] == "trust", "problem"].item()


@pytest.mark.parametrize(
    ("old", "new", "column", "value", "severity", "hint"),
    [
        # whole numbers
        (",12,9.6,", ",twelve,9.6,", "headcount", "twelve", "error", "write 12"),
        (",12,9.6,", ",12.5,9.6,", "headcount", "12.5", "error", "count people"),
        (",12,9.6,", ",12.0,9.6,", "headcount", "12.0", "warning", "write 12"),
        (",12,9.6,", ",n/a,9.6,", "headcount", "n/a", "error", "leave the cell blank"),
        (",12,9.6,", ",-,9.6,", "headcount", "-", "error", "leave the cell blank"),
        (",12,9.6,", ",<8,9.6,", "headcount", "<8", "error", "leave the cell blank"),
        (",12,9.6,", ",-12,,", "headcount", "-12", "error", "check the number"),
        (",12,9.6,", ",Jan-12,9.6,", "headcount", "Jan-12", "error", "turned the number into a date"),
        (",12,9.6,", ",#####,9.6,", "headcount", "#####", "error", "widen the column"),
        (",12,9.6,", ",1E+05,9.6,", "headcount", "1E+05", "error", "in full"),
        # numbers
        (",12,9.6,", ",12,nine,", "wte", "nine", "error", "write 9"),
        (",12,9.6,", ',12,"9,6",', "wte", "9,6", "error", "write 9.6"),
        (",12,9.6,", ',2000,"1,200.5",', "wte", "1,200.5", "error", "write 1200.5"),
        (",12,9.6,", ",12,9.6 WTE,", "wte", "9.6 WTE", "error", "write 9.6"),
        (",12,9.6,", ",12,#DIV/0!,", "wte", "#DIV/0!", "error", "mend the formula"),
        (",12,9.6,", ",12,NaN,", "wte", "NaN", "error", "leave the cell blank"),
        (",12,9.6,", ",12,80%,", "wte", "80%", "error", "write the share, 0.8"),
        # dates
        ("2023-02-01", "31/12/2023", "reported_on", "31/12/2023", "error", "write 2023-12-31"),
        ("2023-02-01", "12/31/2023", "reported_on", "12/31/2023", "error", "write 2023-12-31"),
        ("2023-02-01", "2023-31-12", "reported_on", "2023-31-12", "error", "2023-12-31"),
        ("2023-02-01", "03/04/2023", "reported_on", "03/04/2023", "error", "write 2023-04-03"),
        ("2023-02-01", "45291", "reported_on", "45291", "error", "write 2023-12-31"),
        ("2023-02-01", "Jan-23", "reported_on", "Jan-23", "error", "2023-01-01 if January 2023 is meant"),
        ("2023-02-01", "1st Feb 2023", "reported_on", "1st Feb 2023", "error", "write 2023-02-01"),
        ("2023-02-01", "#####", "reported_on", "#####", "error", "widen the column"),
        ("2023-02-01", "2023-02-30", "reported_on", "2023-02-30", "error", "look the day up"),
        ("2023-02-01", "2023-02-01 00:00:00", "reported_on", "2023-02-01 00:00:00", "error", "write the day alone"),
        ("2023-02-01", "tbc", "reported_on", "tbc", "error", "can't be blank"),
        ("2023-02-01", "0203-02-01", "reported_on", "0203-02-01", "error", "check the year"),
        (",2019,12", ",2019/20,12", "introduced", "2019/20", "error", "write the year in which it began, 2019"),
        (",2019,12", ",04/2019,12", "introduced", "04/2019", "error", "write 2019-04"),
        (",2019,12", ",2019-13,12", "introduced", "2019-13", "error", "only the year"),
        (",2019,12", ",2019.0,12", "introduced", "2019.0", "error", "write 2019"),
        # words from a list
        (",9.6,3,", ",9.6,Band 3,", "band", "Band 3", "error", "write 3"),
        (",9.6,3,", ",9.6,8A,", "band", "8A", "error", "write 8a"),
        ("T01,interview,", "T01,interveiw,", "source", "interveiw", "error", "did you mean 'interview'?"),
        (",yes,RAT-PRO", ",Yes,RAT-PRO", "counted_as_new", "Yes", "error", "did you mean 'yes'?"),
        # ids
        ("r1,T01", "r1,T01 ", "trust", "T01 ", "error", "write 'T01'"),
        ("r1,T01", "r1,\u00a0T01", "trust", "\u00a0T01", "error", "write 'T01'"),
        ("r1,T01", "1E+05,T01", "report", "1E+05", "error", "format the column as text"),
        ("r1,T01", "r1,T1", "trust", "T1", "error", "did you mean 'T01'?"),
        ("r1,T01", ",T01", "report", None, "error", "fill in"),
        # free text
        ("Peer Support Worker (Band 3)", "<script>alert(1)</script>", "title", None, "warning", "never run"),
        ("Peer Support Worker (Band 3)", "=HYPERLINK(1)", "title", "=HYPERLINK(1)", "warning", "never run"),
        ("Peer Support Worker (Band 3)", "+44 nurse", "title", "+44 nurse", "warning", "never run"),
        ("Peer Support Worker (Band 3)", "@nurse", "title", "@nurse", "warning", "never run"),
        ("Peer Support Worker (Band 3)", "-nurse", "title", "-nurse", "warning", "never run"),
        ("Peer Support Worker (Band 3)", "#NAME?", "title", "#NAME?", "error", "mend it in Excel"),
        ("Peer Support Worker (Band 3)", "   ", "title", "   ", "error", "fill it in"),
    ],
)
def test_a_wrong_cell(two_tables, old, new, column, value, severity, hint):
    edit(two_tables, "reports.csv", old, new)
    problem = the_only(check_study(two_tables))
    assert (problem.table, problem.row, problem.column, problem.severity) == ("reports", 2, column, severity)
    if value is not None:
        assert problem.value == value
    assert hint in problem.hint


def test_ambiguous_date_says_both_meanings(two_tables):
    edit(two_tables, "reports.csv", "2023-02-01", "03/04/2023")
    problem = the_only(check_study(two_tables))
    assert "3 April or 4 March" in problem.problem
    assert "2023-04-03" in problem.hint
    assert "2023-03-04" in problem.hint


@pytest.mark.parametrize(
    ("table", "old", "new", "column", "hint"),
    [
        ("trusts", "vcse,no,", "vcse,maybe,", "responded", "write yes or no"),
        ("trusts", "vcse,no,", "vcse,N,", "responded", "write no"),
        ("trusts", "One,Midlands", "One,Midland", "region", "did you mean 'Midlands'?"),
        ("trusts", "One,Midlands", "One,", "region", "allowed: North East and Yorkshire"),
        ("people", "1,p2,A1", "1,Jo Bloggs,A1", "person", "never a name"),
        ("events", "e1,p1,2023-04-03T09:00:00", "e1,p1,03/04/2023 09:00", "start", "2023-04-03T09:30:00"),
        ("events", "e1,p1,2023-04-03T09:00:00", "e1,p1,2023-04-03T09:00:00Z", "start", "without a zone"),
        ("events", "09:30:00", "08:30:00", "start", "swapped"),
        ("segments", "interview,0,120", "interview,200,120", "start", "swapped"),
        ("segments", "interview,0,120", "interview,-1,120", "start", "check the number"),
        ("ties", "1,p2,p1", "1,p2,p2", "source", "remove the row"),
        ("ties", "1,p2,p1", "1,p9,p1", "source", "people has p1, p2"),
        ("ties", "1,p2,p1", "2,p2,p1", "source", "add a row for it to people with this wave"),
        ("ties", "works_with,2", "works_with,-2", "weight", "check the number"),
        ("contexts", "A1,team", "A9,team", "unit", "teams has A1, A2"),
        ("contexts", "A1,team", "A1,trust", "unit", "add it to trusts, or mend it here (trusts has T01, T02, T03)"),
        ("codings", "s1,segment,coder_1", "s2,segment,coder_1", "unit", "segments has s1"),
        ("codings", "collaborative,1", "colaborative,1", "code", "did you mean 'collaborative'?"),
        (
            "codings",
            "own_forms,s1,segment,coder_1",
            "own_form,s1,segment,coder_1",
            "codebook",
            "did you mean 'own_forms'?",
        ),
        ("outcomes", "satisfaction,2023-Q1", "satisfaction,Q1 2023", "period", "2023-Q1"),
        ("title_decisions", "2020-01-01,2022-12-31", "2023-01-01,2022-12-31", "valid_from", "swapped"),
    ],
)
def test_a_wrong_cell_of_another_table(tiny_study, table, old, new, column, hint):
    edit(tiny_study, f"{table}.csv", old, new)
    problems = check_study(tiny_study)
    found = problems[(problems["table"] == table) & (problems["column"] == column)]
    assert (found["severity"] == "error").all()
    assert found["hint"].str.contains(hint, regex=False).any(), problems.to_string()


def test_headcount_below_the_floor_of_wte(two_tables):
    # 4.2 WTE need at least 5 people: exactly 5 stand in the valid study, 4 are too few
    edit(two_tables, "reports.csv", ",5,4.2,", ",4,4.2,")
    problem = the_only(check_study(two_tables))
    assert place(problem) == ("reports", 3, "headcount", "4")
    assert "at least 5" in problem.hint


def test_introduced_after_it_was_reported(two_tables):
    edit(two_tables, "reports.csv", ",2020-09,", ",2023-04,")
    problem = the_only(check_study(two_tables))
    assert place(problem) == ("reports", 3, "introduced", "2023-04")
    assert problem.severity == "error"


def test_a_year_is_not_read_as_its_last_day(two_tables):
    # reported in March 2023, introduced "in 2023": not known to be later, so nothing is said
    edit(two_tables, "reports.csv", ",2020-09,", ",2023,")
    assert check_study(two_tables).empty


def test_planned_roles_may_come_later(two_tables):
    edit(two_tables, "reports.csv", "2023-05-02,,", "2023-05-02,2024,")
    assert the_only(check_study(two_tables)).severity == "warning"


def test_duplicate_key_names_both_rows(tiny_study):
    edit(tiny_study, "trusts.csv", "T02,", "T01,")
    problem = check_study(tiny_study).query("table == 'trusts'").iloc[0]
    assert place(problem) == ("trusts", 3, "trust", "T01")
    assert "rows 2 and 3" in problem.problem


def test_duplicate_key_of_several_columns(tiny_study):
    path = tiny_study / "ties.csv"
    path.write_text(path.read_text() + "1,p1,p2,advice,3\n")
    problem = the_only(check_study(tiny_study))
    assert place(problem) == ("ties", 4, "wave, source, target, relation", "1, p1, p2, advice")
    assert "rows 2 and 4" in problem.problem


def test_decisions_that_overlap(tiny_study):
    path = tiny_study / "title_decisions.csv"
    path.write_text(path.read_text() + "ward buddy,nursing_associate,2022-06-01,,coder_1,2023-06-01,Now a role\n")
    problem = the_only(check_study(tiny_study))
    assert place(problem) == ("title_decisions", 4, "title", "ward buddy")
    assert "rows 3 and 4" in problem.problem


def test_decisions_one_after_the_other_are_fine(tiny_study):
    path = tiny_study / "title_decisions.csv"
    path.write_text(path.read_text() + "ward buddy,nursing_associate,2023-01-01,,coder_1,2023-06-01,Now a role\n")
    assert check_study(tiny_study).empty


def test_a_role_that_does_a_task_and_gave_it_up(tiny_study):
    rows = ["1,A1,care_planning,registered_nurse,does", "1,A1,care_planning,registered_nurse,claims"]
    path = tiny_study / "tasks.csv"
    path.write_text("\n".join(["wave,team,task,role,position", *rows, ""]))
    assert check_study(tiny_study).empty, "to claim what one does is no contradiction"
    rows += ["2,A1,care_planning,registered_nurse,gave_up", "1,A1,care_planning,registered_nurse,gave_up"]
    path.write_text("\n".join(["wave,team,task,role,position", *rows, ""]))
    problem = the_only(check_study(tiny_study))
    assert place(problem) == ("tasks", 5, "position", "gave_up")
    assert problem.problem == "rows 2 and 5 say both does and gave_up"


def test_ties_without_people(tiny_study):
    for table in ("people", "events"):
        (tiny_study / f"{table}.csv").unlink()
    problems = check_study(tiny_study)
    assert set(problems["column"]) == {"source", "target"}
    assert problems["hint"].str.contains("people.csv").all()
    assert (problems["severity"] == "error").all()


def test_people_without_teams_are_a_warning(tiny_study):
    for table in ("teams", "tasks", "contexts", "outcomes", "events", "segments", "codings"):
        (tiny_study / f"{table}.csv").unlink()
    assert the_only(check_study(tiny_study)).severity == "warning"


# codebooks


def test_unknown_role_where_the_codebook_is_named(tiny_study):
    book = "{id: roles, title: Roles, version: '1', codes: [{id: peer_support_worker, name: Peer Support Worker}]}"
    (tiny_study / "few_roles.yml").write_text(book)
    edit(tiny_study, "study.yml", "codebooks: [own_forms.yml]", "codebooks: [own_forms.yml, few_roles.yml]")
    edit(tiny_study, "teams.csv", "peer_support_worker", "peer_suport_worker")
    problems = check_study(tiny_study).query("table == 'teams'")
    assert list(problems["value"]) == ["peer_suport_worker", "physician_associate"]
    assert "did you mean 'peer_support_worker'?" in problems["hint"].iloc[0]


def test_each_of_several_rationales_is_checked(two_tables):
    book = "{id: rationale, title: R, version: '1', codes: [{id: RAT-PRO, name: Proactive}, {id: RAT-DEF, name: Defensive}]}"
    (two_tables / "rationale.yml").write_text(book)
    edit(two_tables, "study.yml", "[own_forms.yml]", "[own_forms.yml, rationale.yml]")
    problem = the_only(check_study(two_tables))
    assert place(problem) == ("reports", 3, "rationale", "RAT-STAFF")


def test_codebook_that_does_not_exist(tiny_study):
    edit(tiny_study, "study.yml", "[own_forms.yml]", "[own_form.yml]")
    problems = check_study(tiny_study)
    assert place(problems.iloc[0])[:3] == ("study.yml", None, "codebooks")
    assert problems.query("table == 'codings'").empty, "one fault, one problem"
    assert "own_form.yml" in problems["problem"].iloc[0]


def test_codebook_outside_the_study_folder(two_tables):
    (two_tables / "own_forms.yml").rename(two_tables.parent / "own_forms.yml")
    edit(two_tables, "study.yml", "[own_forms.yml]", "[../own_forms.yml]")
    assert "must lie in the study folder" in check_study(two_tables)["problem"].iloc[0]


# files


def rewrite(path: Path, encode) -> None:
    path.write_bytes(encode(path.read_text(encoding="utf-8")))


def test_cp1252_text(two_tables):
    edit(two_tables, "trusts.csv", "Invented Trust Two", "Trust de Sévigné")
    edit(two_tables, "trusts.csv", "vcse,no,", "vcse,perhaps,")
    rewrite(two_tables / "trusts.csv", lambda text: text.encode("cp1252"))
    problems = check_study(two_tables)
    assert place(problems.iloc[0]) == ("trusts", 3, None, "Trust de Sévigné")
    assert "UTF-8" in problems["hint"][0]
    assert place(problems.iloc[1]) == ("trusts", 4, "responded", "perhaps"), "the rest must be checked all the same"


def test_byte_order_mark_is_a_note(two_tables):
    rewrite(two_tables / "trusts.csv", lambda text: text.encode("utf-8-sig"))
    assert the_only(check_study(two_tables)).severity == "note"
    assert list(load_study(two_tables).trusts["trust"]) == ["T01", "T02", "T03"]


def test_windows_line_ends_are_a_note(two_tables):
    rewrite(two_tables / "trusts.csv", lambda text: text.replace("\n", "\r\n").encode())
    assert the_only(check_study(two_tables)).severity == "note"
    assert load_study(two_tables).trusts["wte"].iloc[0] == 2400.5


def test_utf16_text(two_tables):
    rewrite(two_tables / "trusts.csv", lambda text: text.encode("utf-16"))
    assert "UTF-16" in the_only(check_study(two_tables)).problem


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_empty_file(tiny_study, content):
    (tiny_study / "ties.csv").write_text(content, encoding="utf-8")
    problem = the_only(check_study(tiny_study))
    assert problem.table == "ties"
    assert "empty" in problem.problem
    assert "wave,source,target,relation,weight" in problem.hint


def test_header_only(two_tables):
    (two_tables / "reports.csv").write_text(REPORTS_HEADER)
    problem = the_only(check_study(two_tables))
    assert (problem.table, problem.severity) == ("reports", "error")
    assert "no rows" in problem.problem


def test_header_only_of_a_table_that_may_be_absent(tiny_study):
    (tiny_study / "competencies.csv").write_text("role,competency,weight\n")
    assert the_only(check_study(tiny_study)).severity == "warning"


@pytest.mark.parametrize("name", ["report.csv", "Reports.CSV", "reports .csv", "REPORTS.csv"])
def test_misspelt_file_name(two_tables, name):
    edit(two_tables, "reports.csv", ",12,9.6,", ",dozen,9.6,")
    (two_tables / "reports.csv").rename(two_tables / name)
    problems = check_study(two_tables)
    assert list(problems["table"]) == [name, "reports"], "the file must be checked as the table it was meant to be"
    assert "reports.csv" in problems["hint"][0]


def test_other_files_are_a_note(two_tables):
    (two_tables / "minutes.docx").write_bytes(b"PK")
    (two_tables / "scans").mkdir()
    (two_tables / ".DS_Store").write_bytes(b"")
    problems = check_study(two_tables)
    assert list(problems["table"]) == ["minutes.docx", "scans"]
    assert set(problems["severity"]) == {"note"}


def test_workbook_instead_of_csv(tiny_study):
    (tiny_study / "ties.csv").rename(tiny_study / "ties.xlsx")
    problem = the_only(check_study(tiny_study))
    assert "ties.csv" in problem.hint
    assert "newroles template" in problem.hint


def test_workbook_renamed_to_csv(tiny_study):
    (tiny_study / "ties.csv").write_bytes(b"PK\x03\x04 and so on")
    assert "renamed" in the_only(check_study(tiny_study)).problem


def test_both_csv_and_parquet(tiny_study):
    pd.read_csv(tiny_study / "ties.csv").to_parquet(tiny_study / "ties.parquet")
    problem = the_only(check_study(tiny_study))
    assert "ties.csv and ties.parquet" in problem.problem
    assert problem.severity == "error"


def test_broken_parquet(tiny_study):
    (tiny_study / "ties.csv").unlink()
    (tiny_study / "ties.parquet").write_bytes(b"PAR1 but not really")
    assert "can't be read" in the_only(check_study(tiny_study)).problem


def test_missing_folder(tiny_study):
    problem = the_only(check_study(tiny_study.parent / "tiny_studdy"))
    assert "no such folder" in problem.problem
    assert "tiny_study" in problem.hint


def test_a_file_instead_of_a_folder(tiny_study):
    assert "folder" in the_only(check_study(tiny_study / "trusts.csv")).hint


# rows


def test_row_with_too_many_cells(two_tables):
    edit(two_tables, "reports.csv", "Peer Support Worker (Band 3)", "Worker, Peer Support")
    problem = the_only(check_study(two_tables))
    assert (problem.table, problem.row) == ("reports", 2)
    assert "13 cells" in problem.problem
    assert "quotation marks" in problem.hint


def test_row_with_too_few_cells(two_tables):
    edit(two_tables, "trusts.csv", "vcse,no,", "vcse")
    problem = the_only(check_study(two_tables))
    assert (problem.table, problem.row) == ("trusts", 4)
    assert "5 cells" in problem.problem


def test_unclosed_quotation_mark(two_tables):
    edit(two_tables, "reports.csv", "Nursing Associate", '"Nursing Associate')
    edit(two_tables, "reports.csv", ",2,2,7,", ",two,2,7,")
    problems = check_study(two_tables)
    assert (problems["table"][0], problems["row"][0]) == ("reports", 3)
    assert "never closed" in problems["problem"][0]
    assert place(problems.iloc[1]) == ("reports", 4, "headcount", "two"), "later rows must be checked all the same"


def test_a_quoted_cell_may_span_lines(two_tables):
    edit(two_tables, "reports.csv", "Nursing Associate", '"Nursing\nAssociate, ""trainee"""')
    edit(two_tables, "reports.csv", ",2,2,7,", ",two,2,7,")
    # a spreadsheet shows the two lines as one row, so r3 stays in row 4
    assert place(the_only(check_study(two_tables))) == ("reports", 4, "headcount", "two")


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separator(tiny_study, mark, name):
    path = tiny_study / "people.csv"
    path.write_text(path.read_text().replace(",", mark))
    problem = the_only(check_study(tiny_study))
    assert name in problem.problem


def test_blank_rows_are_left_out(two_tables):
    edit(two_tables, "trusts.csv", "T02,", "\n,,,,,,\nT02,")
    assert the_only(check_study(two_tables)).severity == "note"
    assert len(load_study(two_tables).trusts) == 3


def test_all_problems_at_once(tiny_study):
    edit(tiny_study, "reports.csv", ",12,9.6,", ",dozen,9.6,")
    edit(tiny_study, "reports.csv", "2023-03-31", "31/03/2023")
    edit(tiny_study, "trusts.csv", "vcse,no,", "vcse,perhaps,")
    (tiny_study / "Outcomes.csv").write_text("x")
    (tiny_study / "outcomes.csv").unlink()
    edit(tiny_study, "study.yml", "kind: invented", "kind: imagined")
    assert list(check_study(tiny_study)["table"])[:5] == ["study.yml", "Outcomes.csv", "trusts", "reports", "reports"]


# study.yml


@pytest.mark.parametrize(
    ("old", "new", "column", "hint"),
    [
        ("kind: invented", "kind: inventd", "kind", "Did you mean 'invented'?"),
        ("kind: invented", "kind: real", "ethics_reference", "why none was needed"),
        ("place: Nowhere in particular\n", "", "place", "add a line"),
        ("licence:", "license:", "license", "did you mean 'licence'?"),
        ("rule: declared", "rule: declare", "counts_as_new.rule", "Did you mean 'declared'?"),
        ("within_years: 5", "within_years: five", "counts_as_new.within_years", "a number such as 5"),
        ("within_years: 5", "within: 5", "counts_as_new.within", "within_years"),
        ("{rule: declared, within_years: 5}", "declared", "counts_as_new", "{rule: declared"),
        ("title: Tiny", "title: <b>Tiny</b>", "title", "never run"),
        ("title: Tiny", "title: 'Tiny", None, "mend study.yml"),
        ("kind: invented", "kind: invented\nkind: real", None, "mend study.yml"),
        ("codebooks: [own_forms.yml]", "codebooks: {a: b}", "codebooks", "codebooks: [roles, rationale]"),
    ],
)
def test_wrong_study_yml(two_tables, old, new, column, hint):
    edit(two_tables, "study.yml", old, new)
    problems = check_study(two_tables).query("table == 'study.yml'")
    here = problems[problems["column"].isna() if column is None else problems["column"] == column]
    assert here["hint"].str.contains(hint, regex=False).any(), problems.to_string()


def test_no_study_yml(two_tables):
    (two_tables / "study.yml").rename(two_tables / "study.yaml")
    assert "rename it to study.yml" in the_only(check_study(two_tables)).hint
    (two_tables / "study.yaml").unlink()
    assert (check_study(two_tables).iloc[0][["table", "severity"]] == ["study.yml", "error"]).all()


# never raises


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200), table=st.sampled_from(TABLES))
@example(content=b'trust,name\n"', table="trusts")
@example(content=b"\x00", table="trusts")
@example(content=b",,,\n", table="reports")
@example(content=b"\xff\xfe\x00", table="ties")
@example(content="wave,source,target,relation,weight\n²,٣,p1,advice,٤\n".encode(), table="ties")
def test_never_raises_on_any_bytes(tiny_study, content, table):
    before = (tiny_study / f"{table}.csv").read_bytes()
    (tiny_study / f"{table}.csv").write_bytes(content)
    try:
        assert (check_study(tiny_study)["severity"] == "error").any()
    finally:
        (tiny_study / f"{table}.csv").write_bytes(before)


ODD_CELLS = [
    "",
    " ",
    "NA",
    "1E+999",
    "-0",
    "9" * 30,
    "0000-00-00",
    "99/99/9999",
    "2023-W01",
    "=1+1",
    '"',
    "<!--",
    "#REF!",
]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_never_raises_on_any_cell(tiny_study, data):
    table = data.draw(st.sampled_from(TABLES))
    path = tiny_study / f"{table}.csv"
    before = path.read_bytes()
    frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    column = data.draw(st.sampled_from(table_schema(table).columns))
    text = data.draw(st.one_of(st.sampled_from(ODD_CELLS), st.text(max_size=12)))
    frame.loc[0, column] = text
    path.write_bytes(frame.to_csv(index=False, lineterminator="\n").encode("utf-8", "surrogatepass"))
    try:
        problems = check_study(tiny_study)
        assert problems["hint"].str.len().gt(0).all()
        if (problems["severity"] != "error").all():
            load_study(tiny_study)
    finally:
        path.write_bytes(before)


def test_the_same_problem_in_many_rows_is_said_once_with_all_its_rows():
    problem = {
        "table": "reports",
        "column": "trust",
        "value": "X9",
        "problem": "isn't there",
        "hint": "mend it",
        "severity": "error",
    }
    found = pd.DataFrame([{**problem, "row": row} for row in (4, 7, 8, 9)] + [{**problem, "row": 5, "value": "X8"}])
    said = describe_problems(found)
    assert "rows 4, 7 to 9, column trust 'X9': isn't there" in said
    assert "row 5, column trust 'X8': isn't there" in said
    assert "5 errors" in said


def test_a_value_cannot_move_the_cursor_of_who_reads_the_list():
    row = {
        "table": "reports",
        "row": 2,
        "column": "title",
        "value": "\x1b[2Ja\nb",
        "problem": "odd",
        "hint": "",
        "severity": "error",
    }
    assert "\x1b" not in describe_problems(pd.DataFrame([row]))
    assert "' [2Ja b'" in describe_problems(pd.DataFrame([row]))


# who took part


def test_a_report_of_an_organisation_that_took_no_part_is_an_error(tiny_study):
    edit(tiny_study, "reports.csv", "r3,T02,questionnaire", "r3,T03,questionnaire")
    problem = the_only(check_study(tiny_study))
    assert place(problem) == ("reports", 4, "trust", "T03")
    assert problem["severity"] == "error"
    assert problem["problem"] == "trusts says that this organisation didn't take part, yet here is a report of it"
    assert "write yes under responded" in problem["hint"]


def test_if_nobody_took_part_it_is_said_once(tiny_study):
    text = (tiny_study / "trusts.csv").read_text(encoding="utf-8").replace(",yes,", ",no,")
    (tiny_study / "trusts.csv").write_text(text, encoding="utf-8")
    problem = the_only(check_study(tiny_study))
    assert place(problem) == ("trusts", None, "responded", None)
    assert problem["severity"] == "error"
    assert "nobody took part" in problem["problem"]


def test_a_blank_answer_is_not_taken_for_a_no(tiny_study):
    edit(
        tiny_study,
        "trusts.csv",
        "T02,Invented Trust Two,London,Invented ICB B,nhs,yes,",
        "T02,Invented Trust Two,London,Invented ICB B,nhs,,",
    )
    assert place(the_only(check_study(tiny_study)))[:3] == ("trusts", 3, "responded")


def test_a_report_from_a_day_to_come_is_a_warning(tiny_study):
    edit(tiny_study, "reports.csv", "2023-03-31", "2093-03-31")
    problem = the_only(check_study(tiny_study))
    assert place(problem) == ("reports", 3, "reported_on", "2093-03-31")
    assert (problem["problem"], problem["severity"]) == ("reported_on is a day that hasn't come yet", "warning")

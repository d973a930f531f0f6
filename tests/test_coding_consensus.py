"""Do several coders' answers come to one coding that hides no tie, and does the adjudicators' list come back whole?"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.coding.consensus import consensus, consensus_as_codings, count_answers
from newroles.coding.disagreements import disagreements, read_adjudications, write_disagreements
from newroles.datasets import load_codebook, typed_table
from newroles.datasets.sheets import harmless, read_sheet
from newroles.errors import InputError

NONE = ["nothing"]
CODES = ["warm", "glad", "odd"]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    codes = (
        "[{id: warm, name: Warm}, {id: glad, name: Glad}, {id: odd, name: '=1+1'}, {id: nothing, name: None applies}]"
    )
    path = tmp_path_factory.mktemp("book") / "tone.yml"
    path.write_text(f"{{id: tone, title: Tone, version: '1', codes: {codes}}}", encoding="utf-8")
    return load_codebook(path)


def codings(*rows: str) -> pd.DataFrame:
    """Each row: unit coder code value [round]; the value ? is blank."""
    parts = [row.split() for row in rows]
    table = pd.DataFrame([part[:4] for part in parts], columns=["unit", "coder", "code", "value"])
    table["value"] = [float("nan") if value == "?" else float(value) for value in table["value"]]
    table["round"] = [int(part[4]) if len(part) > 4 else 1 for part in parts]
    return typed_table("codings", table.assign(codebook="tone", unit_kind="segment", coded_on=None))


# Ann, Bo and Cy. s1: two of three say warm. s2: one says warm, one that nothing applies. s3: Bo and Cy skipped it.
# s4: Bo says outright that glad doesn't apply, Cy can't tell. s5: both say that nothing applies. s6: all differ.
THREE = codings(
    *("s1 ann warm 1", "s1 bo warm 1", "s1 cy glad 1"),
    *("s2 ann warm 1", "s2 bo nothing 1"),
    *("s3 ann odd 1",),
    *("s4 ann glad 1", "s4 bo glad 0", "s4 cy glad ?"),
    *("s5 ann nothing 1", "s5 cy nothing 1"),
    *("s6 ann warm 1", "s6 bo glad 1", "s6 cy odd 1"),
)


def audit_of(book, rows=THREE, **choices):
    audit = consensus(rows, book, none_codes=NONE, **choices).audit
    return {(row["unit"], row["code"]): (row["decision"], row["how"]) for row in audit.to_dict("records")}


# Counting -------------------------------------------------------------------------------------------------------------


def test_answers_are_counted_among_those_who_coded_the_unit(book):
    found = count_answers(THREE, book).set_index(["unit", "code"])
    assert found.loc[("s1", "warm"), ["given_by", "not_given_by", "n_coders"]].to_list() == ["ann; bo", "cy", 3]
    assert found.loc[("s2", "warm"), ["given_by", "not_given_by", "n_coders"]].to_list() == ["ann", "bo", 2]
    assert found.loc[("s3", "odd"), ["n_gave", "n_coders"]].to_list() == [1, 1]  # who skipped the unit isn't counted
    assert found.loc[("s4", "glad"), ["given_by", "not_given_by", "could_not_tell_by"]].to_list() == ["ann", "bo", "cy"]


def test_the_last_round_of_each_coder_counts_unless_one_is_named(book):
    rows = codings("s1 ann warm 1 1", "s1 bo glad 1 1", "s1 bo warm 1 2")
    latest = count_answers(rows, book)
    assert latest[["code", "n_gave", "n_coders"]].values.tolist() == [["warm", 2, 2]]  # Bo's glad was round 1
    first = count_answers(rows, book, round=1)
    assert first[["code", "n_gave", "n_coders"]].values.tolist() == [["warm", 1, 2], ["glad", 1, 2]]
    assert count_answers(rows, book, round=2)["n_coders"].to_list() == [1]


# Rules ----------------------------------------------------------------------------------------------------------------


def test_majority_by_hand(book):
    assert audit_of(book) == {
        ("s1", "warm"): ("kept", "majority"),
        ("s1", "glad"): ("dropped", "majority"),
        ("s2", "warm"): ("open", "tie"),
        ("s2", "nothing"): ("open", "none applies"),  # follows from warm, which is open
        ("s3", "odd"): ("kept", "agreed"),
        ("s4", "glad"): ("open", "tie"),
        ("s5", "nothing"): ("kept", "agreed"),
        ("s6", "warm"): ("dropped", "majority"),
        ("s6", "glad"): ("dropped", "majority"),
        ("s6", "odd"): ("dropped", "majority"),
        ("s6", "nothing"): ("open", "split"),  # each gave another code, so nobody found that none applies
    }


def test_none_applies_only_where_most_coders_or_adjudicators_found_it(book):
    most = codings("s1 ann nothing 1", "s1 bo warm 1", "s1 cy nothing 1")
    assert audit_of(book, most)["s1", "nothing"] == ("kept", "none applies")
    # none of the codes has a majority, but two of three coders found that some code applies
    two_codes = codings("s1 ann warm 1", "s1 bo glad 1", "s1 cy nothing 1")
    assert audit_of(book, two_codes)["s1", "nothing"] == ("open", "split")
    unsure = codings("s1 ann warm 1", "s1 bo glad ?", "s1 cy nothing 1", "s1 di nothing 1", "s1 di warm 0")
    assert audit_of(book, unsure)["s1", "nothing"] == ("open", "split")  # two of four
    ruled_out = codings("s1 ann warm 0", "s1 bo warm 0")  # an empty set without the code that says so
    assert audit_of(book, ruled_out)["s1", "nothing"] == ("kept", "none applies")
    listed = disagreements(two_codes, book, none_codes=NONE)
    assert audit_of(book, two_codes, rule="adjudicated", adjudications=decide(listed, s1_warm="no", s1_glad="no"))[
        "s1", "nothing"
    ] == ("kept", "none applies")


def test_a_blank_answer_is_no_vote_and_makes_no_majority(book):
    assert audit_of(book, codings("s1 ann warm 1", "s1 bo warm ?"))["s1", "warm"] == ("open", "no majority")
    assert audit_of(book, codings("s1 ann warm ?", "s1 bo warm ?"))["s1", "warm"] == ("open", "could not tell")
    two_of_three = codings("s1 ann warm 1", "s1 bo warm 1", "s1 cy warm ?")
    assert audit_of(book, two_of_three)["s1", "warm"] == ("kept", "majority")


def test_unanimous_by_hand(book):
    found = audit_of(book, rule="unanimous")
    kept = {key for key, (decision, _) in found.items() if decision == "kept"}
    assert kept == {("s3", "odd"), ("s5", "nothing")}
    assert {found[unit, "nothing"] for unit in ("s1", "s2", "s4", "s6")} == {("open", "split")}
    unsure = codings("s1 ann warm 1", "s1 bo warm ?")
    assert audit_of(book, unsure, rule="unanimous") == {("s1", "warm"): ("open", "could not tell")}


def decide(table: pd.DataFrame, **decisions: str) -> pd.DataFrame:
    """Adjudications of a list: decisions by unit_code, all by Di on one day; the rest undecided."""
    keys = table["unit"] + "_" + table["code"]
    return table.assign(
        decision=keys.map(decisions).astype("str"),
        decided_by=keys.map(dict.fromkeys(decisions, "di")).astype("str"),
        decided_on=pd.Timestamp("2023-06-05"),
        reason="read again",
    )


def test_adjudicated_by_hand_agreed_codes_stand_undecided_ones_stay_open(book):
    listed = disagreements(THREE, book, none_codes=NONE)
    table = decide(listed, s1_warm="yes", s1_glad="yes", s2_warm="no", s6_warm="no", s6_glad="no")
    result = consensus(THREE, book, "adjudicated", table, none_codes=NONE)
    found = {(row["unit"], row["code"]): (row["decision"], row["how"]) for row in result.audit.to_dict("records")}
    assert found["s1", "warm"] == found["s1", "glad"] == ("kept", "adjudicated")
    assert found["s2", "warm"] == ("dropped", "adjudicated")
    assert found["s2", "nothing"] == ("kept", "none applies")
    assert found["s3", "odd"] == ("kept", "agreed")
    assert found["s4", "glad"] == found["s6", "odd"] == ("open", "undecided")
    assert ("s6", "nothing") not in found  # odd may yet be kept
    trail = result.audit.set_index(["unit", "code"])[["gave", "of", "rule", "decided_by", "decided_on", "reason"]]
    assert trail.loc[("s1", "warm")].to_list() == [2, 3, "adjudicated", "di", pd.Timestamp("2023-06-05"), "read again"]
    assert trail.loc[("s3", "odd"), ["decided_by", "decided_on", "reason"]].isna().all()
    assert trail.loc[("s4", "glad"), ["decided_by", "decided_on", "reason"]].isna().all()
    assert result.coding[["unit", "code"]].values.tolist() == [
        ["s1", "warm"], ["s1", "glad"], ["s2", "nothing"], ["s3", "odd"], ["s5", "nothing"],
    ]  # fmt: skip


def test_adjudications_settle_a_majority_s_ties_and_nothing_else(book):
    table = decide(disagreements(THREE, book, none_codes=NONE), s1_warm="no", s2_warm="yes", s4_glad="no")
    found = audit_of(book, adjudications=table)
    assert found["s1", "warm"] == ("kept", "majority")
    assert found["s2", "warm"] == ("kept", "adjudicated")
    assert found["s4", "glad"] == ("dropped", "adjudicated")


def test_the_consensus_is_rows_of_the_codings_with_open_ones_blank(book):
    rows = consensus_as_codings(consensus(THREE, book, none_codes=NONE).audit, round=3)
    assert rows.dtypes.to_dict() == THREE.dtypes.to_dict()
    assert set(rows["coder"]) == {"consensus"}
    assert set(rows["round"]) == {3}
    values = rows.set_index(["unit", "code"])["value"]
    assert values[["s1"]].to_list() == [1, 0]
    assert pd.isna(values["s2", "warm"])
    assert set(rows["unit"]) == set(THREE["unit"])
    settled = rows[~rows["unit"].isin(rows.loc[rows["value"].isna(), "unit"])]
    again = consensus(settled, book, none_codes=NONE)  # one coder's work: it stands as it is
    assert again.coding["code"].to_list() == consensus(THREE, book, none_codes=NONE).coding["code"].to_list()


ANSWERS = st.dictionaries(
    st.tuples(st.sampled_from(["s1", "s2"]), st.sampled_from(["ann", "bo", "cy"]), st.sampled_from(CODES)),
    st.sampled_from(["0", "1", "?"]),
    min_size=1,
)


@settings(max_examples=8, deadline=None)
@given(answers=ANSWERS, order=st.randoms(use_true_random=False), rule=st.sampled_from(["majority", "unanimous"]))
def test_the_order_of_rows_and_the_names_of_coders_change_nothing(book, answers, order, rule):
    rows = [f"{unit} {coder} {code} {value}" for (unit, coder, code), value in answers.items()]
    shuffled = order.sample(rows, len(rows))
    names = dict(zip(["ann", "bo", "cy"], order.sample(["x", "y", "z"], 3), strict=True))
    renamed = codings(*shuffled).assign(coder=lambda table: table["coder"].map(names))
    one, other = (consensus(table, book, rule, none_codes=NONE) for table in (codings(*rows), renamed))
    pd.testing.assert_frame_equal(one.audit, other.audit)
    pd.testing.assert_frame_equal(one.coding, other.coding)


@settings(max_examples=8, deadline=None)
@given(answers=ANSWERS, decisions=st.lists(st.sampled_from(["yes", "no"]), min_size=6, max_size=6))
def test_with_every_decision_made_nothing_is_open_and_each_is_carried_out(book, answers, decisions):
    rows = codings(*(f"{unit} {coder} {code} {value}" for (unit, coder, code), value in answers.items()))
    listed = disagreements(rows, book, none_codes=NONE)
    table = listed.assign(decision=decisions[: len(listed)], decided_by="di")
    audit = consensus(rows, book, "adjudicated", table, none_codes=NONE).audit
    assert "open" not in set(audit["decision"])
    carried = audit[audit["how"] == "adjudicated"].merge(table, on=["unit", "code"], suffixes=("", "_made"))
    assert len(carried) == len(listed)
    assert (carried["decision"] == carried["decision_made"].map({"yes": "kept", "no": "dropped"})).all()
    # without any, exactly the listed pairs are open
    blank = consensus(rows, book, "adjudicated", listed, none_codes=NONE).audit
    still = blank[(blank["decision"] == "open") & ~blank["code"].isin(NONE)]
    assert still[["unit", "code"]].values.tolist() == listed[["unit", "code"]].values.tolist()


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (codings("s1 ann warmth 1"), "gives? 'warmth'.*Did you mean 'warm'"),
        (codings("s1 ann warm 3"), r"value 3\) of coder 'ann' for unit 's1'.*ratings have no consensus"),
        (codings("s1 ann warm 1", "s1 ann warm 0"), "is there twice"),
        (codings("s1 ann warm 1", "s1 ann nothing 1"), "none applies, yet the same coder gave"),
        (codings("s1 ann warm 1").assign(codebook="tune"), "No coding uses the codebook 'tone'. Did you mean 'tune'"),
        (codings("s1 ann warm 1").assign(unit_kind="report"), "No 'segment' was coded"),
    ],
)
def test_codings_that_have_no_consensus_are_refused(book, rows, message):
    with pytest.raises(InputError, match=message):
        consensus(rows, book, none_codes=NONE)


def test_impossible_choices_are_refused(book):
    table = decide(disagreements(THREE, book, none_codes=NONE), s2_warm="yes")
    for choices, message in [
        ({"rule": "majorty"}, "Did you mean 'majority'"),
        ({"rule": "adjudicated"}, "needs adjudications"),
        ({"rule": "unanimous", "adjudications": table}, "takes no adjudications"),
        ({"round": 4}, r"no round 4.*Rounds: 1\."),
        ({"adjudications": table.assign(decision="maybe")}, "yes, no or blank.*'maybe'"),
        ({"adjudications": table.assign(unit="s9")}, "unit 's9'"),
        ({"adjudications": pd.concat([table, table])}, "decide twice on unit 's1'"),
        ({"adjudications": table.drop(columns="reason")}, "no column 'reason'"),
    ]:
        with pytest.raises(InputError, match=message):
            consensus(THREE, book, none_codes=NONE, **choices)
    with pytest.raises(InputError, match="'none' isn't in the codebook"):
        consensus(THREE, book, none_codes=["none"])


# The list, out and in -------------------------------------------------------------------------------------------------

SEGMENTS = pd.DataFrame(
    {
        "segment": [f"s{n}" for n in range(1, 7)],
        "team": ["A1", "A1", None, "A2", "A2", "A2"],
        "document": ["interview_01"] * 6,
        "start": pd.array([0, 100, 200, None, 400, 500], dtype="Int64"),
        "end": pd.array([90, 190, 290, None, 490, 590], dtype="Int64"),
        "on": pd.to_datetime(["2023-04-03"] * 5 + [None]),
    }
)


@pytest.fixture
def listed(book):
    return disagreements(THREE, book, none_codes=NONE, segments=SEGMENTS)


def test_the_list_holds_what_coders_differ_on_and_where_to_find_it(listed):
    assert listed[["unit", "code"]].values.tolist() == [
        ["s1", "warm"], ["s1", "glad"], ["s2", "warm"], ["s4", "glad"], ["s6", "warm"], ["s6", "glad"], ["s6", "odd"],
    ]  # fmt: skip
    assert listed.loc[2, ["code_name", "given_by", "not_given_by", "document", "start", "team"]].to_list() == [
        "Warm", "ann", "bo", "interview_01", 100, "A1",
    ]  # fmt: skip
    assert listed[["decision", "decided_by", "decided_on", "reason"]].isna().all(axis=None)


def test_units_without_a_place_are_named(book):
    with pytest.raises(InputError, match="no row for 's1'"):
        disagreements(THREE, book, segments=SEGMENTS[1:])


def test_when_all_agree_the_list_is_empty_and_still_goes_out_and_in(book, tmp_path):
    none_differ = disagreements(codings("s1 ann warm 1", "s1 bo warm 1"), book)
    assert none_differ.empty
    for name in ("empty.xlsx", "empty.csv"):
        assert read_adjudications(write_disagreements(none_differ, tmp_path / name), none_differ).empty


def test_the_workbook_guides_its_reader_and_runs_nothing(listed, tmp_path):
    wild = listed.assign(team=["=cmd()", "+1", "-2", "@x", "'quoted", "plain", "bell\x07"])
    workbook = openpyxl.load_workbook(write_disagreements(wild, tmp_path / "list.xlsx"))
    sheet = workbook["disagreements"]
    assert sheet.freeze_panes == "D2"
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"yes,no"']
    assert "decided_by" in " ".join(cell.value for cell in workbook["Read me"]["A"])
    assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    shades = {cell.value: sheet.cell(2, cell.column).fill.fgColor.rgb for cell in sheet[1]}
    assert shades["given_by"] != shades["decision"]
    assert read_sheet(tmp_path / "list.xlsx", ["team"])["team"].to_list()[:5] == ["=cmd()", "+1", "-2", "@x", "'quoted"]


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "-", "'", "'a", "plain", "@x", "+44"])
def test_text_that_looks_like_a_formula_comes_back_as_it_was(listed, tmp_path, text):
    assert not harmless(text).startswith(("=", "+", "-", "@"))
    for name in ("list.csv", "list.xlsx"):
        path = write_disagreements(listed.assign(reason=text), tmp_path / name)
        assert set(read_sheet(path, ["reason"])["reason"]) == {text}


def test_the_csv_runs_nothing(listed, tmp_path):
    text = write_disagreements(listed, tmp_path / "list.csv").read_text("utf-8-sig")
    assert ",'=1+1," in text
    assert ",=1+1" not in text


def test_a_list_that_somebody_may_have_filled_in_is_never_overwritten(listed, tmp_path):
    for name in ("list.csv", "list.xlsx"):
        path = write_disagreements(listed, tmp_path / name)
        before = path.read_bytes()
        with pytest.raises(InputError, match="exists already"):
            write_disagreements(listed, path)
        assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["list.csv", "list.xlsx"]
    with pytest.raises(InputError, match=r"\.xlsx.*or \.csv"):
        write_disagreements(listed, tmp_path / "list.ods")


def fill(path: Path, cells: dict[tuple[int, str], object]) -> Path:
    """Type into a list as a person would: {(spreadsheet row, column): value}."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["disagreements"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for (row, column), value in cells.items():
        sheet.cell(row, columns[column]).value = value
    workbook.save(path)
    return path


FILLED = {
    (2, "decision"): "yes", (2, "decided_by"): "di", (2, "decided_on"): dt.datetime(2023, 6, 5), (2, "reason"): "Clear – it says so",
    (3, "decision"): "No", (3, "decided_by"): "di", (3, "decided_on"): "2023-06-06",
    (4, "decision"): " YES ", (4, "decided_by"): "ed",
}  # fmt: skip


def check_filled(read: pd.DataFrame) -> None:
    assert read[["unit", "code", "decision", "decided_by"]].fillna("").values.tolist()[:4] == [
        ["s1", "warm", "yes", "di"], ["s1", "glad", "no", "di"], ["s2", "warm", "yes", "ed"], ["s4", "glad", "", ""],
    ]  # fmt: skip
    assert read["decided_on"].to_list()[:2] == [pd.Timestamp("2023-06-05"), pd.Timestamp("2023-06-06")]
    assert read["reason"].to_list()[0] == "Clear – it says so"
    assert read["decided_on"][2:].isna().all()
    assert len(read) == 7


def test_a_filled_workbook_comes_back_and_carries_into_the_consensus(book, listed, tmp_path):
    read = read_adjudications(fill(write_disagreements(listed, tmp_path / "list.xlsx"), FILLED), listed)
    check_filled(read)
    audit = consensus(THREE, book, "adjudicated", read, none_codes=NONE).audit
    assert audit["how"].value_counts()[["adjudicated", "undecided"]].to_list() == [3, 4]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_the_workbook_comes_back_after_libreoffice_saved_it(listed, tmp_path):
    wild = listed.assign(team=["=cmd()", "+1", "-2", "@x", "'=q", "plain", "007"])
    path = fill(write_disagreements(wild, tmp_path / "list.xlsx"), FILLED)
    (tmp_path / "saved").mkdir()
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(tmp_path / "saved"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    saved = tmp_path / "saved" / "list.xlsx"
    check_filled(read_adjudications(saved, wild))
    assert read_sheet(saved, ["team"])["team"].to_list() == wild["team"].to_list()
    assert openpyxl.load_workbook(saved)["disagreements"].data_validations.dataValidation


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ","), ("cp1252", ";"), ("utf-16", "\t"), ("utf-8", ";")]
)
def test_a_csv_comes_back_however_a_spreadsheet_saved_it(listed, tmp_path, encoding, separator):
    path = write_disagreements(listed, tmp_path / "list.csv")
    table = read_sheet(path, ["decision"])
    for (row, column), value in FILLED.items():
        table.loc[row, column] = value.date().isoformat() if isinstance(value, dt.datetime) else value
    table = table.assign(my_notes="").sort_values(["code", "unit"])  # sorted, with a column more
    path.write_text(table.to_csv(index=False, sep=separator, lineterminator="\r\n"), encoding=encoding, newline="")
    check_filled(read_adjudications(path, listed))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({(2, "decision"): "maybe", (2, "decided_by"): "di"}, "row 2, column decision: 'maybe'; expected yes, no or a blank"),
        ({(2, "decision"): "y", (2, "decided_by"): "di"}, "column decision: 'y'.*Write yes"),
        ({(3, "decision"): "no"}, "row 3, column decided_by: blank, although the decision is 'no'"),
        ({(2, "decided_on"): "5/6/23"}, "row 2, column decided_on: '5/6/23'.*write 2023-06-05"),
        ({(2, "decided_on"): "soon"}, "column decided_on: 'soon' is not a date"),
        ({(2, "unit"): "s11"}, "row 2, column unit: 's11' isn't in the list.*Did you mean 's1'"),
        ({(2, "code"): "warmth"}, "row 2, column code: 'warmth' isn't in the list.*Did you mean 'warm'"),
        ({(3, "code"): "warm"}, r"(?s)row 3, columns unit and code: 's1' and 'warm' stand in row 2.*unit 's1', code 'glad'"),
        ({(3, "given_by"): "bo"}, "row 3, column given_by: 'bo', but the codings now say 'cy'"),
        ({(2, "reason"): "=A1"}, "formula without a stored result"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(listed, tmp_path, cells, message):
    path = fill(write_disagreements(listed, tmp_path / "list.xlsx"), cells)
    with pytest.raises(InputError, match=message) as error:
        read_adjudications(path, listed)
    assert "list.xlsx" in str(error.value)


def test_deleted_rows_are_missed(listed, tmp_path):
    path = write_disagreements(listed, tmp_path / "list.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook["disagreements"].delete_rows(4)
    workbook.save(path)
    with pytest.raises(InputError, match="1 of 7 rows of the list are missing: unit 's2', code 'warm'"):
        read_adjudications(path, listed)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "unit,code\ns1,warm\n", "there is no column 'decision'"),
        ("a.csv", 'unit,code,decision,decided_by,decided_on,reason\ns1,warm,yes,di,,"open\n', "row 2: a quotation mark"),
        ("a.csv", "unit,code,decision,decided_by,decided_on,reason\ns1,warm,yes,di,,so, well\n", "row 2: 'well' stands beyond"),
        ("a.csv", "unit,unit,code,decision,decided_by,decided_on,reason\n", "'unit' stands there twice"),
        ("a.csv", "", "there is no column 'unit'"),
        ("a.xlsx", "not a workbook", "can't be read as a workbook"),
        ("a.ods", "", "expected a .csv or .xlsx"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_are_named(listed, tmp_path, name, content, message):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        read_adjudications(tmp_path / name, listed)
    assert name in str(error.value)


def test_a_missing_file_is_named(listed, tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_adjudications(tmp_path / "gone.csv", listed)

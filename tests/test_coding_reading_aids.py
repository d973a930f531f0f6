"""Do the reading aids count what a person would count by hand, and do suppressed counts stay unknown?"""

from __future__ import annotations

import shutil
from itertools import combinations, permutations, product

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from newroles.coding.consensus import consensus, consensus_as_codings
from newroles.coding.cooccurrence import code_cooccurrence, cooccurrence_from_pairs
from newroles.coding.framework import (
    framework_cells,
    framework_matrix,
    read_framework_summaries,
    write_framework_matrix,
)
from newroles.coding.reading_aids import code_by_attribute, code_matrix, code_use_over_time
from newroles.coding.saturation import expected_codes, new_information, saturation
from newroles.datasets import load_codebook, load_open, typed_table
from newroles.errors import InputError


def codings(rows: list[tuple[str, str, float]], **columns: object) -> pd.DataFrame:
    """One coder's rows of a study's table: unit, code, value."""
    table = pd.DataFrame(rows, columns=["unit", "code", "value"])
    fixed = {"codebook": "tone", "unit_kind": "segment", "coder": "ann", "coded_on": None, "round": 1}
    return typed_table("codings", table.assign(**fixed | columns))


# four extracts of two interviews, one without a team; s4 has no code, s3's "odd" was ruled out, s2's "glad" unclear
CODED = codings(
    [
        ("s1", "warm", 1), ("s1", "glad", 1), ("s2", "warm", 1), ("s2", "glad", np.nan), ("s3", "glad", 1), ("s3", "odd", 0),
        ("s4", "nothing", 1),
    ]
)  # fmt: skip
SEGMENTS = typed_table(
    "segments",
    pd.DataFrame(
        {
            "segment": ["s1", "s2", "s3", "s4"],
            "team": ["A1", "A1", None, "A2"],
            "document": ["d1", "d1", "d2", "d2"],
            "method": "interview",
            "start": [0, 50, None, 10],
            "end": [40, 90, None, 20],
            "actor_role": None,
            "target_role": None,
            "on": ["2023-01-31", "2023-01-05", "2023-03-01", None],
        }
    ),
)
NONE = ["nothing"]


def test_units_by_codes_by_hand():
    table = code_matrix(CODED, NONE)
    assert table.astype(int).to_dict("index") == {
        "s1": {"glad": 1, "warm": 1},
        "s2": {"glad": 0, "warm": 1},
        "s3": {"glad": 1, "warm": 0},
        "s4": {"glad": 0, "warm": 0},  # coded: nothing applies
    }
    assert list(code_matrix(CODED, NONE, codes=["odd", "warm"]).columns) == ["odd", "warm"]
    assert "nothing" in code_matrix(CODED)


def test_a_unit_coded_twice_is_refused_but_shared_out_units_are_not():
    both = pd.concat([CODED, codings([("s1", "warm", 1)], coder="bo")])
    with pytest.raises(InputError, match=r"Unit 's1' was coded more than once \(ann in round 1, bo in round 1\)"):
        code_matrix(both)
    with pytest.raises(InputError, match="ann in round 1, ann in round 2"):
        code_matrix(pd.concat([CODED, codings([("s1", "warm", 1)], round=2)]))
    with pytest.raises(InputError, match="more than one codebook: mood, tone"):
        code_matrix(pd.concat([CODED, codings([("s9", "warm", 1)], codebook="mood")]))
    assert len(code_matrix(pd.concat([CODED, codings([("s9", "warm", 1)], coder="bo")]))) == 5


def test_a_consensus_can_be_read(tmp_path):
    path = tmp_path / "tone.yml"
    path.write_text("{id: tone, title: Tone, version: '1', codes: [{id: warm, name: W}, {id: glad, name: G}]}")
    two = pd.concat([codings([("s1", "warm", 1)]), codings([("s1", "warm", 1), ("s1", "glad", 1)], coder="bo")])
    agreed = consensus_as_codings(consensus(two, load_codebook(path)).audit)
    assert code_matrix(agreed).to_dict("index") == {"s1": {"warm": True}}


# Attributes and time --------------------------------------------------------------------------------------------------


def test_codes_by_attribute_with_denominators():
    table = code_by_attribute(CODED, SEGMENTS, "team", NONE).set_index(["code", "team"])
    assert table["n"].to_dict() == {
        ("glad", "(not stated)"): 1, ("glad", "A1"): 1, ("glad", "A2"): 0,
        ("warm", "(not stated)"): 0, ("warm", "A1"): 2, ("warm", "A2"): 0,
    }  # fmt: skip
    assert table.loc["warm", "of"].to_dict() == {"(not stated)": 1, "A1": 2, "A2": 1}
    # 1 of 2, Wilson by hand: centre (1/2 + z2/4) / (1 + z2/2) = 1/2, half width z sqrt(1/8 + z2/16) / (1 + z2/2), z2 = 3.8415
    half = 1.959964 * np.sqrt(1 / 8 + 3.841459 / 16) / (1 + 3.841459 / 2)
    assert table.loc[("glad", "A1"), ["low", "high"]].to_list() == pytest.approx([0.5 - half, 0.5 + half], abs=1e-5)


def test_attributes_that_do_not_fit_are_refused():
    for attributes, attribute, message in [
        (SEGMENTS, "teem", "no column 'teem'. Did you mean 'team'"),
        (SEGMENTS[1:], "team", "1 coded units aren't in the attributes, first 's1'"),
        (pd.concat([SEGMENTS, SEGMENTS]), "team", "two rows for 's1'"),
        (SEGMENTS.rename(columns={"segment": "segmnt"}), "team", "Did you mean 'segmnt'"),
    ]:
        with pytest.raises(InputError, match=message):
            code_by_attribute(CODED, attributes, attribute)


def test_use_over_time_shows_empty_months_and_undated_extracts():
    table = code_use_over_time(CODED, SEGMENTS, "month", NONE)
    warm = table[table["code"] == "warm"]
    assert warm["period"].dt.strftime("%Y-%m-%d").fillna("").to_list() == ["2023-01-01", "2023-02-01", "2023-03-01", ""]
    assert warm["n"].to_list() == [2, 0, 0, 0]
    assert warm["of"].to_list() == [2, 0, 1, 1]
    assert warm["share"].fillna(-1).to_list() == [1, -1, 0, 0]
    weeks = code_use_over_time(CODED, SEGMENTS, "week", NONE)
    assert set(weeks["period"].dropna().dt.day_name()) == {"Monday"}
    assert code_use_over_time(CODED, SEGMENTS, "year", NONE)["of"].to_list() == [3, 3, 1, 1]
    undated = code_use_over_time(CODED, SEGMENTS.assign(on=pd.NaT), "month", NONE)
    assert undated[["n", "of"]].values.tolist() == [[2, 4], [2, 4]]
    with pytest.raises(InputError, match="Did you mean 'month'"):
        code_use_over_time(CODED, SEGMENTS, "months")


# Framework matrix -----------------------------------------------------------------------------------------------------


def test_framework_matrix_by_hand():
    table = framework_matrix(CODED, SEGMENTS, "team", none_codes=NONE)
    assert table.index.name == "team"
    assert table.to_dict("index") == {
        "(not stated)": {"glad": 1, "warm": 0}, "A1": {"glad": 1, "warm": 2}, "A2": {"glad": 0, "warm": 0},
    }  # fmt: skip
    assert framework_matrix(CODED, SEGMENTS, "document", ["odd", "warm"]).to_numpy().tolist() == [[0, 2], [0, 0]]
    with pytest.raises(InputError, match="Did you mean 'team'"):
        framework_matrix(CODED, SEGMENTS, "teams")


@pytest.fixture
def filled_matrix(tmp_path):
    """The matrix as written, with three summaries typed in."""
    cells = framework_cells(CODED, SEGMENTS, "team", none_codes=NONE)
    path = write_framework_matrix(cells, tmp_path / "matrix.xlsx", SEGMENTS)
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["framework"]
    columns = {cell.value: cell.column for cell in sheet[1]}
    cases = {cell.value: cell.row for cell in sheet["A"]}
    for case, code, text in [
        ("A1", "warm", "Kind words – often"),
        ("A2", "glad", "=SUM(1)"),
        ("(not stated)", "glad", "One"),
    ]:
        cell = sheet.cell(cases[case], columns[f"{code}: summary"])
        cell.value, cell.data_type = text, "s"
    workbook.save(path)
    return path


def summaries_of(path) -> dict[tuple[str, str], str]:
    typed = read_framework_summaries(path)
    return dict(zip(zip(typed["case"], typed["code"], strict=True), typed["summary"], strict=True))


TYPED = {("A1", "warm"): "Kind words – often", ("A2", "glad"): "=SUM(1)", ("(not stated)", "glad"): "One"}


def test_summaries_survive_a_second_export_even_when_their_extracts_are_gone(filled_matrix, tmp_path):
    assert summaries_of(filled_matrix) == TYPED
    fewer = CODED[CODED["unit"] != "s3"]  # the case "(not stated)" has no coded extract any more
    typed = read_framework_summaries(filled_matrix)
    cells = framework_cells(fewer, SEGMENTS, "team", none_codes=NONE, summaries=typed)
    assert cells.set_index(["case", "code"])["n"].to_dict() == {
        ("A1", "glad"): 1, ("A1", "warm"): 2, ("A2", "glad"): 0, ("A2", "warm"): 0, ("(not stated)", "glad"): 0,
    }  # fmt: skip
    assert cells.set_index(["case", "code"])["segments"].dropna().to_dict() == {
        ("A1", "glad"): "s1",
        ("A1", "warm"): "s1; s2",
    }
    again = write_framework_matrix(cells, tmp_path / "again.xlsx", SEGMENTS)
    assert summaries_of(again) == TYPED


def test_counts_lead_to_their_extracts_and_nothing_runs(filled_matrix):
    workbook = openpyxl.load_workbook(filled_matrix)
    sheet, extracts = workbook["framework"], workbook["extracts"]
    links = {cell.hyperlink.location: cell.value for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert sorted(links.values()) == [1, 1, 2]
    row = int(next(place for place, count in links.items() if count == 2).split("!A")[1])
    assert [[cell.value for cell in extracts[n]] for n in (row, row + 1)] == [
        ["A1", "warm", "s1", "d1", "0", "40"], ["A1", "warm", "s2", "d1", "50", "90"],
    ]  # fmt: skip
    assert sheet.freeze_panes == "B2"
    assert not [cell for each in workbook for row in each.iter_rows() for cell in row if cell.data_type == "f"]


def test_headings_carry_the_codebook(tmp_path):
    book = load_codebook("boundary_work")
    rows = codings([("s1", "BW-COMP", 1)], codebook="boundary_work")
    path = write_framework_matrix(framework_cells(rows, SEGMENTS), tmp_path / "m.xlsx", SEGMENTS, book)
    assert book.name("BW-COMP") in openpyxl.load_workbook(path)["framework"]["B1"].comment.text


def test_a_matrix_that_somebody_broke_is_refused_with_the_place(filled_matrix, tmp_path):
    def broken(change):
        workbook = openpyxl.load_workbook(filled_matrix)
        change(workbook["framework"])
        shutil.rmtree(tmp_path / "broken", ignore_errors=True)
        (tmp_path / "broken").mkdir()
        workbook.save(tmp_path / "broken" / "matrix.xlsx")
        return read_framework_summaries(tmp_path / "broken" / "matrix.xlsx")

    for change, message in [
        (lambda sheet: sheet.__setitem__("A1", "squad"), "expected what a case is.*found 'squad'"),
        (lambda sheet: sheet.__setitem__("A2", None), "row 2, column glad: summary: a summary in a row without a case"),
        (lambda sheet: sheet.__setitem__("A2", "A1"), "row 3, column team: 'A1' stands there twice"),
    ]:
        with pytest.raises(InputError, match=message):
            broken(change)
    typed = read_framework_summaries(filled_matrix)
    with pytest.raises(InputError, match="by team, not by document"):
        framework_cells(CODED, SEGMENTS, "document", summaries=typed)
    with pytest.raises(InputError, match="two summaries for case"):
        framework_cells(CODED, SEGMENTS, "team", summaries=pd.concat([typed, typed]))
    with pytest.raises(InputError, match="exists already"):
        write_framework_matrix(framework_cells(CODED, SEGMENTS), filled_matrix, SEGMENTS)


# Co-occurrence --------------------------------------------------------------------------------------------------------


def from_matrix(marks: np.ndarray) -> pd.DataFrame:
    """A coding in which unit u has code c where the matrix has a 1; every unit is coded."""
    rows = [(f"s{u:02}", f"c{c}", float(mark)) for u, row in enumerate(marks) for c, mark in enumerate(row)]
    return codings(rows)


def test_cooccurrence_by_hand():
    # 10 units: a in 6, b in 5, both in 4, c in 2 and never with b
    marks = np.array([[1, 1, 0]] * 4 + [[1, 0, 1]] * 2 + [[0, 1, 0]] + [[0, 0, 0]] * 3)
    table = code_cooccurrence(from_matrix(marks)).set_index(["code_a", "code_b"])
    ab = table.loc[("c0", "c1")]
    assert ab[["n_a", "n_b", "n_both", "n"]].to_list() == [6, 5, 4, 10]
    assert ab[["expected", "jaccard", "lift"]].to_list() == pytest.approx([3.0, 4 / 7, 4 / 3])
    assert table.loc[("c1", "c2"), ["n_both", "jaccard", "lift"]].to_list() == [0, 0, 0]
    assert not table["suppressed"].any()


def test_a_pair_that_never_differs_from_its_total_is_no_way_round():
    # c1 is only ever with c0, 3 times: its total would give the pair away, so it is blank as well
    marks = np.array([[1, 1]] * 3 + [[1, 0]] * 7 + [[0, 0]] * 10)
    row = code_cooccurrence(from_matrix(marks), threshold=5).iloc[0]
    assert row[["n_b", "n_both", "expected", "jaccard", "lift"]].isna().all()
    assert row["n_a"] == 10
    assert row["suppressed"]


def test_a_count_that_totals_force_gets_a_further_blank():
    # 9 and 5 of 10 units: at least 4 have both, and a blank below 5 would say exactly 4
    marks = np.array([[1, 1]] * 4 + [[1, 0]] * 5 + [[0, 1]])
    row = code_cooccurrence(from_matrix(marks), threshold=5).iloc[0]
    assert np.isnan(row["n_both"])
    assert row[["n_a", "n_b"]].isna().sum() == 1
    # with one total unknown, both may as well be 3: one unit less has that code
    assert np.isnan(row["expected"])


def possible_range(
    table: pd.DataFrame, names: list[str], n: int, small: set, threshold: int, pair
) -> tuple[float, float]:
    """Between which values can a hidden count lie, by linear programming over every way units can have these codes?

    Whoever solves it knows all that is shown, and even which blanks are small counts.
    """
    kinds = np.array(list(product([0, 1], repeat=len(names))))
    shown, values, low_rows, bounds = [np.ones(len(kinds))], [float(n)], [], []
    single = {
        **dict(zip(table["code_a"], table["n_a"], strict=True)),
        **dict(zip(table["code_b"], table["n_b"], strict=True)),
    }
    cells = {(a,): single[a] for a in names} | {
        (a, b): v for a, b, v in table[["code_a", "code_b", "n_both"]].itertuples(index=False, name=None)
    }
    for codes, value in cells.items():
        has = kinds[:, [names.index(code) for code in codes]].all(axis=1).astype(float)
        if not np.isnan(value):
            shown.append(has)
            values.append(value)
        elif codes in small:
            low_rows += [has, -has]
            bounds += [threshold - 1.0, -1.0]
    target = kinds[:, [names.index(code) for code in pair]].all(axis=1).astype(float)
    extra = {"A_ub": np.array(low_rows), "b_ub": bounds} if low_rows else {}
    ends = [linprog(sign * target, A_eq=np.array(shown), b_eq=values, **extra) for sign in (1, -1)]
    assert all(end.success for end in ends)
    return ends[0].fun, -ends[1].fun


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 1)] * 4), min_size=6, max_size=30),
    st.lists(st.integers(1, 3), min_size=30, max_size=30),
    st.integers(3, 6),
)
def test_no_hidden_count_can_be_solved_for(kinds, times, threshold):
    marks = np.repeat(np.array(kinds), times[: len(kinds)], axis=0)
    rows = from_matrix(marks)
    try:
        table = code_cooccurrence(rows, threshold)
    except InputError:  # refused rather than shown: too few units
        return
    names = sorted({*table["code_a"], *table["code_b"]})
    true = {(a, b): n for a, b, n in code_cooccurrence(rows)[["code_a", "code_b", "n_both"]].itertuples(index=False)}
    totals = {(f"c{c}",): int(total) for c, total in enumerate(marks.sum(axis=0))}
    small = {codes for codes, count in (true | totals).items() if 1 <= count < threshold}
    for codes in small & set(true):
        assert table.loc[(table["code_a"] == codes[0]) & (table["code_b"] == codes[1]), "suppressed"].item()
        low, high = possible_range(table, names, len(marks), small, threshold, codes)
        assert high - low >= 1 - 1e-6, (codes, true[codes])
    hidden = table["n_both"].isna() | table["n_a"].isna() | table["n_b"].isna()
    assert table.loc[hidden, ["jaccard", "lift"]].isna().all(axis=None)
    assert table.loc[table["n_a"].isna() | table["n_b"].isna(), "expected"].isna().all()


def test_the_solver_would_notice_a_table_that_blanks_only_small_counts():
    marks = np.array([[1, 1]] * 4 + [[1, 0]] * 5 + [[0, 1]])
    naive = code_cooccurrence(from_matrix(marks)).assign(n_both=np.nan)
    assert possible_range(naive, ["c0", "c1"], 10, {("c0", "c1")}, 5, ("c0", "c1")) == pytest.approx((4, 4))


def test_what_cannot_be_hidden_is_refused():
    marks = np.array([[1, 1]] * 4)
    with pytest.raises(InputError, match=r"'c0' with 'c1' can't be hidden among so few units \(1\)"):
        code_cooccurrence(from_matrix(marks[:1]), threshold=3)  # 1 is all that it can be
    assert code_cooccurrence(from_matrix(marks), threshold=5)["suppressed"].all()
    with pytest.raises(InputError, match="at least 3"):
        code_cooccurrence(from_matrix(marks), threshold=2)


def test_the_real_feedback_reads_like_any_cooccurrence():
    table = cooccurrence_from_pairs(
        load_open("feedback_theme_pairs"), load_open("feedback_themes"), "local_mental_health"
    )
    assert list(table.columns) == list(code_cooccurrence(CODED).columns)
    row = table.set_index(["code_a", "code_b"]).loc[("manner of staff", "listening, understanding and involving")]
    # by hand from feedback_themes.csv: 177 and 168 of 898 comments, 50 with both
    assert row[["n_a", "n_b", "n_both", "n"]].to_list() == [177, 168, 50, 898]
    assert row["expected"] == pytest.approx(177 * 168 / 898, abs=0.005)
    assert row["jaccard"] == pytest.approx(50 / 295)
    assert row["lift"] == pytest.approx(50 / (177 * 168 / 898), abs=0.0005)
    assert table.loc[table["suppressed"], ["n_both", "jaccard", "lift"]].isna().all(axis=None)
    with pytest.raises(InputError, match="Did you mean 'local_mental_health'"):
        cooccurrence_from_pairs(load_open("feedback_theme_pairs"), load_open("feedback_themes"), "local_mental_helth")


# Saturation -----------------------------------------------------------------------------------------------------------

# six documents, one extract each: new codes 2, 1, 0, 1, 0, 0 in the order of coding, which is d6 first, then d1 to d5
IN_ORDER = ["d6", "d1", "d2", "d3", "d4", "d5"]
CODES_OF = {"d6": "ab", "d1": "bc", "d2": "", "d3": "ad", "d4": "c", "d5": "ab"}


def six_documents(**columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [(f"s{d}", code or "nothing", 1.0) for d in sorted(CODES_OF) for code in (CODES_OF[d] or [""])]
    table = codings(rows)
    day = {f"s{d}": pd.Timestamp("2023-05-01") + pd.Timedelta(days=place) for place, d in enumerate(IN_ORDER)}
    table = table.assign(**{"coded_on": table["unit"].map(day)} | columns)
    return table, pd.DataFrame({"segment": [f"s{d}" for d in CODES_OF], "document": list(CODES_OF)})


def test_saturation_in_the_order_of_coding():
    curve = saturation(*six_documents(), rng=np.random.default_rng(1), none_codes=NONE)
    assert curve["document"].to_list() == IN_ORDER
    assert curve["new_codes"].to_list() == [2, 1, 0, 1, 0, 0]
    assert curve["cumulative_codes"].to_list() == [2, 3, 3, 4, 4, 4]
    assert curve["number"].to_list() == [1, 2, 3, 4, 5, 6]


def test_without_days_documents_stand_as_in_the_codings():
    table, segments = six_documents(coded_on=pd.NaT)
    assert saturation(table, segments, none_codes=NONE)["document"].to_list() == sorted(CODES_OF)


def test_random_orders_have_the_mean_and_range_of_all_orders():
    codes = [set(CODES_OF[d]) for d in IN_ORDER]
    all_curves = np.array([[len(set().union(*order[: k + 1])) for k in range(6)] for order in permutations(codes)])
    curve = saturation(*six_documents(), "random", 4000, np.random.default_rng(3), NONE)
    assert curve["cumulative_codes"].to_numpy() == pytest.approx(all_curves.mean(axis=0), abs=0.06)
    assert curve["low"].to_list() == np.quantile(all_curves, 0.025, axis=0).tolist()
    assert curve["high"].to_list() == np.quantile(all_curves, 0.975, axis=0).tolist()
    assert curve["document"].isna().all()
    again = saturation(*six_documents(), "random", 4000, np.random.default_rng(3), NONE)
    pd.testing.assert_frame_equal(curve, again)
    # the mean has a closed form that needs the totals alone: a in 3 of 6, b in 3, c in 2, d in 1
    exact = expected_codes(pd.Series({"a": 3, "b": 3, "c": 2, "d": 1}), 6, range(1, 7))
    assert exact["cumulative_codes"].to_numpy() == pytest.approx(all_curves.mean(axis=0))
    assert exact["new_codes"].sum() == pytest.approx(4)


def test_new_information_by_hand():
    # base: 4 codes in the first 4 documents of the curve 2 3 3 4 | 4 4; one run of documents 5 and 6 adds nothing
    curve = saturation(*six_documents(), rng=np.random.default_rng(1), none_codes=NONE)
    runs = new_information(curve)
    assert runs[["run", "first", "last", "new_codes", "base_codes", "share", "documents_needed"]].values.tolist() == [
        [1, 5, 6, 0, 4, 0, 4]
    ]
    # base of 2 documents: 3 codes; runs 3-4, 4-5, 5-6 add 1, 1, 0: 33 %, 33 %, 0
    runs = new_information(curve, base_size=2)
    assert runs["share"].to_list() == pytest.approx([1 / 3, 1 / 3, 0])
    assert runs["reached"].to_list() == [False, False, True]
    assert set(runs["documents_needed"]) == {4}
    assert new_information(curve, base_size=2, threshold=0.34)["documents_needed"].to_list() == [2, 2, 2]
    assert new_information(curve[:4], base_size=2)["documents_needed"].isna().all()
    assert new_information(curve[:5]).empty
    with pytest.raises(InputError, match="at least 1 document"):
        new_information(curve, run_length=0)


def test_saturation_refuses_what_it_cannot_do():
    with pytest.raises(InputError, match="Did you mean 'random'"):
        saturation(*six_documents(), "randm")
    with pytest.raises(InputError, match="at least 2"):
        saturation(*six_documents(), n_orders=1)
    for counts, sizes in [([1, np.nan], [1]), ([7], [1]), ([1.5], [1]), ([1], [7])]:
        with pytest.raises(InputError):
            expected_codes(pd.Series(counts), 6, sizes)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abcd")), min_size=1, max_size=6), st.integers(0, 99))
def test_a_curve_rises_to_all_codes_within_its_range(documents, seed):
    rows = [(f"s{i}", code, 1.0) for i, codes in enumerate(documents) for code in (sorted(codes) or ["nothing"])]
    segments = pd.DataFrame({"segment": [f"s{i}" for i in range(len(documents))], "document": range(len(documents))})
    segments["document"] = segments["document"].astype("str")
    curve = saturation(codings(rows), segments, "random", 20, np.random.default_rng(seed), NONE)
    assert curve["cumulative_codes"].is_monotonic_increasing
    assert curve["cumulative_codes"].iloc[-1] == len(set().union(*documents))
    assert (curve["low"] <= curve["high"]).all()
    assert curve["new_codes"].sum() == pytest.approx(curve["cumulative_codes"].iloc[-1])


def test_every_pair_of_codes_has_one_row():
    marks = np.ones((3, 4))
    table = code_cooccurrence(from_matrix(marks))
    assert list(zip(table["code_a"], table["code_b"], strict=True)) == list(combinations(["c0", "c1", "c2", "c3"], 2))

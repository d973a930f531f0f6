"""Truth tables and set scores: R's QCA row by row, rows and contradictions by hand, and every score that can't be one.

Known answers: R 4.2.2 with QCA 3.23 (tests/reference/qca; published tables in ../shared).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.boundary_work.truth_table import truth_table
from newroles.errors import InputError
from qca_cases import CASES, LIPSET_CONDITIONS, lipset, qca_case


@pytest.mark.parametrize("name", CASES)
def test_every_row_of_r(name: str, request: pytest.FixtureRequest) -> None:
    case = qca_case(name, request)
    full = truth_table(case.data, case.outcome, case.conditions, incl_cut=case.incl_cut).full().reset_index()
    expected = case.table("truth_table")
    whole = ["row", *case.conditions, "n"]
    assert full[whole].to_numpy().tolist() == expected[whole].to_numpy().tolist()
    assert full["out"].astype(str).tolist() == expected["OUT"].tolist()
    np.testing.assert_allclose(full["incl"], expected["incl"], atol=1e-9)
    np.testing.assert_allclose(full["pri"], expected["PRI"], atol=1e-9)


def test_lipset_as_published() -> None:
    # R QCA 3.23, truthTable(LF, "SURV", incl.cut = 0.8): rows 22 and 32 pass, nine of 32 observed
    found = truth_table(lipset(), "SURV", LIPSET_CONDITIONS)
    assert found.table.index.tolist() == [1, 2, 5, 6, 22, 23, 24, 31, 32]
    assert found.table.query("out == 1")["cases"].to_dict() == {22: ("FI", "IE"), 32: ("BE", "CZ", "NL", "UK")}
    assert found.table.loc[[22, 32], "incl"].round(4).tolist() == [0.8043, 0.9042]
    assert found.contradictions.empty
    assert "18 cases" in found.notes.set_index("about").loc["cases and conditions", "note"]


TEAMS = pd.DataFrame(
    {"A": [1, 1, 1, 0, 0, 0.5], "B": [1, 1, 0, 0, 0, 1], "Y": [1, 0, 1, 0.2, 0.4, 1]},
    index=["t1", "t2", "t3", "t4", "t5", "t6"],
)


def test_cut_offs_and_unobserved_rows_by_hand() -> None:
    # row A*B: t1 1, t2 1, t6 .5; consistency (1 + 0 + .5) / 2.5 = .6; t6 belongs to no row but counts here
    found = truth_table(TEAMS, "Y", ["A", "B"], incl_cut=0.6, n_cut=2)
    assert found.table.index.tolist() == [1, 3, 4]
    assert found.table["n"].tolist() == [2, 1, 2]
    assert found.table["out"].tolist() == [0, "?", 1]
    assert found.table["incl"].tolist() == pytest.approx([0.6 / 2, 1, 0.6])
    assert found.ambiguous == ("t6",)
    assert "t6" in found.notes.set_index("about").loc["scores of 0.5", "note"]
    full = found.full()
    assert full.loc[2, ["n", "out", "cases"]].tolist() == [0, "?", ()]
    assert np.isnan(full.loc[2, "incl"])
    assert truth_table(TEAMS, "Y", ["A", "B"], incl_cut=0.61).table.loc[4, "out"] == 0


def test_a_row_that_is_as_consistent_with_the_negation_falls_to_the_pri_cut() -> None:
    # row A: min(x, y) .5 + .5 + .1 = 1.1 of x 1.12, and min(x, y, 1 - y) is the same 1.1: consistency .982, PRI 0
    data = pd.DataFrame({"A": [0.51, 0.51, 0.1], "Y": [0.5, 0.5, 0.1]})
    loose, strict = (truth_table(data, "Y", ["A"], pri_cut=cut).table.loc[2] for cut in (0, 0.5))
    assert loose["incl"] == pytest.approx(1.1 / 1.12)
    assert loose["pri"] == pytest.approx(0)
    assert (loose["out"], strict["out"]) == (1, 0)


def test_contradictions_name_the_cases_on_both_sides() -> None:
    found = truth_table(TEAMS, "Y", ["A", "B"]).contradictions
    assert found.index.tolist() == [4]
    assert found.loc[4, ["with_outcome", "without_outcome"]].tolist() == [("t1",), ("t2",)]
    negated = truth_table(TEAMS, "~Y", ["A", "B"]).contradictions
    assert negated.loc[4, ["with_outcome", "without_outcome"]].tolist() == [("t2",), ("t1",)]


def test_cases_are_named_by_a_column_or_the_index() -> None:
    named = TEAMS.reset_index(names="case")
    assert truth_table(named, "Y", ["A", "B"]).table["cases"].tolist() == [("t4", "t5"), ("t3",), ("t1", "t2")]
    repeated = truth_table(named.assign(case=["t1", "t1", "t3", "t4", "t5", "t6"]), "Y", ["A", "B"])
    assert "t1" in repeated.notes.set_index("about").loc["cases", "note"]


def test_columns_named_by_numbers_conditions_called_team_and_rounding_errors_are_read() -> None:
    expected = truth_table(TEAMS, "Y", ["A", "B"]).table
    numbered = truth_table(TEAMS.rename(columns={"A": 0, "B": 1, "Y": 2}), "2", [0, 1]).table
    assert numbered["cases"].tolist() == expected["cases"].tolist()
    called = truth_table(TEAMS.rename(columns={"A": "team"}), "Y", ["team", "B"]).table
    assert called["cases"].tolist() == expected["cases"].tolist()
    over = truth_table(TEAMS.assign(B=TEAMS["B"] * (1 + 1e-15) - 1e-17), "Y", ["A", "B"])
    assert over.scores.x.max() == 1
    assert over.scores.x.min() == 0


def test_what_does_not_vary_is_noted_and_stops_only_when_nothing_does() -> None:
    notes = truth_table(TEAMS.assign(B=1), "Y", ["A", "B"]).notes
    assert "'B' doesn't vary" in notes.set_index("about").loc["B", "note"]
    notes = truth_table(TEAMS.assign(Y=0.9), "Y", ["A", "B"]).notes
    assert "above 0.5" in notes.set_index("about").loc["Y", "note"]
    with pytest.raises(InputError, match="No condition varies"):
        truth_table(TEAMS.assign(A=1, B=0), "Y", ["A", "B"])


BAD = {
    "above one": (
        TEAMS.assign(A=[1, 1, 1.2, 0, 0, 0]),
        "Y",
        ["A", "B"],
        r"Case 't3', column 'A': the set score is 1.2",
    ),
    "below zero": (TEAMS.assign(Y=[1, -0.1, 1, 0, 0, 0]), "Y", ["A", "B"], r"Case 't2', column 'Y'.*-0.1"),
    "blank": (TEAMS.assign(B=[1, None, 1, 0, None, 0]), "Y", ["A", "B"], r"'t2', column 'B'.*blank.*2 such scores"),
    "words": (TEAMS.assign(B=["high"] * 6), "Y", ["A", "B"], r"'t1', column 'B'.*'high'"),
    "digits in words": (TEAMS.assign(B=["1"] * 6), "Y", ["A", "B"], r"'t1', column 'B'.*'1'"),
    "unknown outcome": (TEAMS, "Yy", ["A", "B"], "Did you mean 'Y'"),
    "unknown condition": (TEAMS, "Y", ["A", "b"], "Did you mean 'B'"),
    "outcome as condition": (TEAMS, "~Y", ["A", "Y"], "is the outcome and among the conditions"),
    "twice": (TEAMS, "Y", ["A", "B", "A"], "'A' is named twice"),
    "none": (TEAMS, "Y", [], "No condition is named"),
    "negated condition": (TEAMS, "Y", ["A", "~B"], "name the set itself, 'B'"),
    "a sign in a name": (TEAMS.rename(columns={"A": "A*B"}), "Y", ["A*B", "B"], "can't stand in a formula"),
    "a column of the table": (TEAMS.rename(columns={"A": "incl"}), "Y", ["incl", "B"], "rename the condition"),
    "no cases": (TEAMS.iloc[:0], "Y", ["A", "B"], "There are no cases"),
    "all at one half": (TEAMS.assign(A=0.5), "Y", ["A", "B"], "belongs to no configuration"),
    "two columns of a name": (TEAMS[["A", "A", "Y"]], "Y", ["A"], "has the column 'A' twice"),
    "a case without a name": (
        TEAMS.assign(case=["t1", None, "t3", "t4", "t5", "t6"]),
        "Y",
        ["A"],
        "A case has no name",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_scores_and_names(name: str) -> None:
    data, outcome, conditions, message = BAD[name]
    with pytest.raises(InputError, match=message):
        truth_table(data, outcome, conditions)


@pytest.mark.parametrize(
    "cuts", [{"incl_cut": 0}, {"incl_cut": 1.1}, {"n_cut": 0}, {"n_cut": 1.5}, {"n_cut": np.nan}, {"pri_cut": -0.1}]
)
def test_bad_cut_offs(cuts: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(cuts))):
        truth_table(TEAMS, "Y", ["A", "B"], **cuts)


def test_at_most_twelve_conditions() -> None:
    rng = np.random.default_rng(7)
    data = pd.DataFrame(rng.random((20, 14)), columns=[f"c{i}" for i in range(13)] + ["Y"])
    assert len(truth_table(data, "Y", [f"c{i}" for i in range(12)]).full()) == 4096
    with pytest.raises(InputError, match="at most 12"):
        truth_table(data, "Y", [f"c{i}" for i in range(13)])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(3, 15))
def test_each_case_stands_in_one_row_and_negation_mirrors_it(seed: int, k: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    names = list("ABCD")[:k]
    data = pd.DataFrame(rng.integers(0, 11, (n, k + 1)) / 10, columns=[*names, "Y"])
    data.iloc[0, 0], data.iloc[1, 0] = 0.2, 0.8
    data.iloc[0, 1:] = data.iloc[1, 1:] = 0.9
    found, negated = (truth_table(data, outcome, names) for outcome in ("Y", "~Y"))
    cases = [case for row in found.table["cases"] for case in row]
    assert sorted([*cases, *found.ambiguous]) == list(range(n))
    assert found.table["n"].tolist() == [len(row) for row in found.table["cases"]]
    assert set(found.ambiguous) == set(data.index[(data[names] == 0.5).any(axis=1)])
    assert found.table["cases"].tolist() == negated.table["cases"].tolist()
    # a row's consistencies with Y and with ~Y come to 1 at least, since min(x, y) + min(x, 1 - y) is x or more
    assert (found.table["incl"] + negated.table["incl"] >= 1 - 1e-9).all()

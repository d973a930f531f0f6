"""Calibration: anchors become set scores as R's QCA and Ragin's book have them, and doubtful sets and cases are named.

Known answers: R 4.2.2, QCA 3.23, calibrate(type = "fuzzy", logistic = TRUE) and type = "crisp"; Ragin's per capita incomes
(2008, chapter 5), by hand.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from newroles.boundary_work.calibration import calibrate, calibrate_cases
from newroles.errors import InputError


def test_direct_and_crisp_scores_are_those_of_r(shared: Path):
    """R 4.2.2, QCA 3.23: thresholds e=10, c=30, i=60, with idm .95 and .9, and crisp at 30."""
    expected = pd.read_csv(shared / "reference" / "qca" / "calibration_direct" / "expected_calibrated.csv")
    raw = expected["x"].astype(float)
    assert np.allclose(calibrate(raw, (10, 30, 60)), expected["direct_logistic"], atol=1e-9)
    assert np.allclose(calibrate(raw, (10, 30, 60), full=0.9), expected["direct_logistic_idm09"], atol=1e-9)
    assert calibrate(raw, 30, "crisp").tolist() == expected["crisp30"].tolist()


def test_ragin_developed_countries_by_hand():
    """Crossover 5,000, in at 20,000 and out at 2,500 with log-odds of 3: scalars 3 / 15,000 and 3 / 2,500.

    17,090: 12,090 x .0002 = 2.418, so .918; 9,800: .96, so .723; 4,670: -330 x .0012 = -.396, so .402; 2,980: -2.424, so .081.
    """
    scores = calibrate(pd.Series([17090, 9800, 4670, 2980]), (2500, 5000, 20000), full=float(expit(3)))
    assert scores.round(3).tolist() == [0.918, 0.723, 0.402, 0.081]


def test_one_rate_holds_on_both_sides_by_hand():
    """logistic, anchors 0, 1, 4 with full .9: the rate is 2 ln 9 / 4, so 0 has log-odds -ln 9 / 2, a share of 1 / (1 + 3)."""
    scores = calibrate(pd.Series([0.0, 1.0, 2.0, np.nan]), (0, 1, 4), "logistic", full=0.9)
    assert np.allclose(scores, [0.25, 0.5, 0.75, np.nan], equal_nan=True)


def test_a_threshold_counts_as_in_unless_above_is_asked_for():
    raw = pd.Series([0.5, 0.51, np.nan])
    assert calibrate(raw, [0.5], "crisp").tolist()[:2] == [1, 1]
    assert calibrate(raw, 0.5, "crisp_above").tolist()[:2] == [0, 1]
    assert calibrate(raw, 0.5, "crisp").isna().tolist() == [False, False, True]


def test_a_value_that_is_the_threshold_but_for_rounding_is_the_threshold():
    """0.1 + 0.2 and 0.7 - 0.4 are 0.3 for a reader; for a computer one lies above it and one below."""
    values = pd.Series([0.1 + 0.2, 0.7 - 0.4, 0.301])
    assert calibrate(values, 0.3, "crisp").tolist() == [1, 1, 1]
    assert calibrate(values, 0.3, "crisp_above").tolist() == [0, 0, 1]
    for points in ((0.1, 0.3, 0.6), (0.6, 0.3, 0.1)):
        assert (calibrate(values, points) == 0.5).tolist() == [True, True, False]


anchors = st.tuples(*[st.floats(0.1, 50)] * 2, st.floats(-100, 100)).map(
    lambda t: (t[2], t[2] + t[0], t[2] + t[0] + t[1])
)


@given(points=anchors, values=st.lists(st.floats(-300, 300), min_size=2, max_size=8), falling=st.booleans())
def test_scores_follow_the_raw_values_and_the_anchors(points, values, falling):
    """Monotone within 0 to 1; anchors have .05, .5 and .95; falling anchors give the negated set's mirror image."""
    raw = pd.Series(sorted([*values, *points]))
    asked = tuple(reversed(points)) if falling else points
    for method in ("direct", "logistic"):
        scores = calibrate(raw, asked, method)
        assert scores.between(0, 1).all()
        assert (scores.diff().dropna() * (-1 if falling else 1) >= 0).all()
        assert np.allclose(calibrate(-raw, tuple(-p for p in asked), method), scores)
    assert np.allclose(calibrate(pd.Series(asked), asked), [0.05, 0.5, 0.95])
    assert calibrate(pd.Series([asked[1]]), asked, "logistic").tolist() == [0.5]


def test_the_table_says_what_calibrating_did():
    """Ten teams: one of ten in (skewed), one at the crossover, all in; and the blank team is named, never filled."""
    cases = pd.DataFrame(
        {
            "team": [f"T{i:02d}" for i in range(11)],
            "vacancy": [0.05] * 9 + [0.30, None],
            "led": [3.0, 2.0, 4.0] + [2.5] * 4 + [3.5] * 4,
            "share": [0.9] * 11,
        }
    )
    recipe = {
        "short": {"anchors": 0.12, "method": "crisp", "column": "vacancy", "unit": "share of posts"},
        "led": {"anchors": (2, 3, 4)},
        "mostly": {"anchors": 0.5, "method": "crisp_above", "column": "share"},
    }
    found = calibrate_cases(cases, recipe)
    assert found.left_out.values.tolist() == [["T10", "vacancy"]]
    assert "T10" not in found.sets.index
    assert found.ambiguous.values.tolist() == [["T00", "led", 3.0]]
    table = found.table.set_index("condition")
    assert table["n"].tolist() == [10] * 3
    assert table["blank"].tolist() == [1, 0, 0]
    assert table["in_set"].tolist() == [0.1, 0.4, 1.0]
    assert table["at_half"].tolist() == [0, 1, 0]
    assert table["note"].tolist() == [
        "skewed: fewer than 20% of cases are in the set",
        "1 case is neither in nor out",
        "all cases are in the set",
    ]
    assert table.loc["short", ["column", "unit", "crossover", "max"]].tolist() == [
        "vacancy",
        "share of posts",
        0.12,
        0.3,
    ]
    assert table.loc["led", ["out", "crossover", "in"]].tolist() == [2, 3, 4]
    assert np.isnan(table.loc["short", "out"])


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"a": {"anchors": (1, 3, 2)}}, "Anchors of a: .*aren't in order"),
        ({"a": {"anchors": (1, 1, 2)}}, "aren't in order"),
        ({"a": {"anchors": (1, np.nan, 2)}}, "blank or endless"),
        ({"a": {"anchors": 3}}, "got 1; the method direct expects three"),
        ({"a": {"anchors": (1, 2, 3), "method": "crisp"}}, "expects one threshold"),
        ({"a": {"anchors": 3, "method": "crips"}}, "Did you mean 'crisp'"),
        ({"a": {"anchor": 3}}, "unknown key 'anchor'. Did you mean 'anchors'"),
        ({"a": {"method": "crisp"}}, "no anchors"),
        ({"agred": {"anchors": 3, "column": "agred"}}, "no column 'agred'. Did you mean 'agreed'"),
        ({"agreed": {"anchors": 3, "method": "crisp"}}, "'agreed' of case T2 is 'high'"),
        ({"b": {"anchors": 3, "method": "crisp"}}, "No case has a value of every set"),
        ({}, "recipe is empty"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_by_name(recipe, message):
    cases = pd.DataFrame({"a": [1, 2], "agreed": [3, "high"], "b": [None, None]}, index=["T1", "T2"])
    with pytest.raises(InputError, match=message):
        calibrate_cases(cases, recipe)


def test_two_rows_of_a_case_endless_values_and_impossible_membership_are_refused():
    with pytest.raises(InputError, match="Case T1 has more than one row"):
        calibrate_cases(pd.DataFrame({"team": ["T1", "T1"], "a": [1, 2]}), {"a": {"anchors": (1, 2, 3)}})
    with pytest.raises(InputError, match="expected a number"):
        calibrate(pd.Series([np.inf], name="a"), (1, 2, 3))
    with pytest.raises(InputError, match="more than 0.5"):
        calibrate(pd.Series([1.0]), (1, 2, 3), full=0.5)

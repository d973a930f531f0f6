"""Robustness, Fiss's chart and the limits of few cases: small tables by hand, R's Lipset solutions, and every order of outcomes.

Formulas of fit: Oana and Schneider 2021, doi 10.1177/00491241211036158, as in R SetMethods, rob.fit.
"""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from newroles.boundary_work.calibration import calibrate
from newroles.boundary_work.case_limits import case_limits, chance_without_contradiction, condition_limits
from newroles.boundary_work.core_and_peripheral import core_and_peripheral, settled_core
from newroles.boundary_work.formulas import formula_scores, literals
from newroles.boundary_work.minimisation import minimise
from newroles.boundary_work.robustness import at_cuts, robustness_grid, sensitivity_ranges, term_stability
from newroles.boundary_work.truth_table import truth_table
from newroles.errors import InputError


def table(**rows: str) -> pd.DataFrame:
    """Crisp cases: by name of a configuration such as a1b0, the outcomes of its cases, such as "110"."""
    listed = [
        (f"{name}_{i}", int(name[1]), int(name[3]), int(y)) for name, ys in rows.items() for i, y in enumerate(ys)
    ]
    return pd.DataFrame(listed, columns=["case", "a", "b", "y"])


# a holds in seven cases, of which six have the outcome; five of the seven have b too, where one of the five lacks it
SEVEN = table(a1b1="11110", a1b0="11", a0b1="0", a0b0="0")


# --- the grid -------------------------------------------------------------------------------------------------------


def test_what_is_left_of_the_base_solution_by_hand():
    """At .8 the solution is a: consistency 6/7, coverage 1. At .9 a*b (4/5) falls away: a*~b, consistency 1, coverage 2/6."""
    grid = robustness_grid(SEVEN, "y", ["a", "b"], incl_cuts=[0.9], n_cuts=[])
    base, other = grid.iloc[0], grid.iloc[1]
    assert (base["solutions"], other["solutions"]) == (("a",), ("a*~b",))
    assert base[["set_coincidence", "rf_cov", "rf_cons", "same"]].tolist() == [1, 1, 1, True]
    assert other[["set_coincidence", "rf_cov", "rf_cons"]].astype(float).tolist() == pytest.approx(
        [2 / 7, 2 / 6, 6 / 7]
    )
    assert other["lost"] == tuple(f"a1b1_{i}" for i in range(5))
    assert [other["gained"], other["terms_lost"], other["terms_in_all"]] == [(), ("a",), ()]
    assert grid["sufficient"].tolist() == [2, 1]


def test_a_term_of_one_tied_model_only_is_in_some():
    """Without the one case of a*~b, a alone explains as much as b alone: two models, and b is in one of them."""
    cases = table(a1b1="11", a1b0="0", a0b0="00")
    grid = robustness_grid(cases, "y", ["a", "b"], incl_cuts=[], n_cuts=[2, 3], include="?")
    assert grid["solutions"].tolist() == [("b",), ("a", "b"), ()]
    assert grid["terms_in_some"].tolist() == [(), ("b",), ()]
    assert grid["terms_lost"].tolist() == [(), (), ("b",)]
    assert grid["models"].tolist() == [1, 2, 0]
    assert "No configuration has out 1" in grid["why"].iloc[2]
    assert grid["rf_cov"].isna().tolist() == [False, False, True]
    assert term_stability(grid).values.tolist() == [["b", 0.0, 0.5, 0.5, 2]]


def fuzzy(seed: int, n: int = 20, k: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    raw = pd.DataFrame(rng.normal(3, 1, (n, k)).round(2), columns=list("abcdef")[:k], index=[f"t{i}" for i in range(n)])
    return raw.assign(y=(raw["a"] + rng.normal(0, 0.7, n)).round(2))


def test_each_cell_is_what_truth_table_and_minimise_give_for_its_choice():
    raw = fuzzy(2)
    recipe = {name: {"anchors": (2, 3.001, 4)} for name in "abcy"}
    shifts = {"b": [-0.3, 0.4], "y": [0.25]}
    grid = robustness_grid(
        raw, "~y", list("abc"), recipe, incl_cuts=[0.7, 0.9], n_cuts=[2], pri_cuts=[0.6], shifts=shifts, include="?"
    )
    assert len(grid) == 4 * 3 * 2 * 2
    assert grid["base"].tolist() == [True] + [False] * 47
    for row in grid.itertuples():
        moved = {name: 3.001 + (row.shift if name == row.set else 0) for name in raw}
        sets = pd.DataFrame({name: calibrate(raw[name], (m - 1.001, m, m + 0.999)) for name, m in moved.items()})
        alone = truth_table(sets, "~y", list("abc"), row.incl_cut, row.n_cut, row.pri_cut)
        assert row.solutions == tuple(" + ".join(model) for model in minimise(alone, "?").models)
        assert row.sufficient == alone.table["out"].tolist().count(1)
    assert grid["same"].nunique() == 2


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6), incl=st.floats(0.5, 1), n=st.integers(1, 4), pri=st.sampled_from([0.0, 0.4, 0.8]))
def test_other_cuts_are_those_of_a_new_truth_table(seed: int, incl: float, n: int, pri: float):
    sets = fuzzy(seed).sub(1).div(4).clip(0, 1)
    loose = truth_table(sets, "y", list("abc"))
    pd.testing.assert_frame_equal(
        at_cuts(loose, incl, n, pri).table, truth_table(sets, "y", list("abc"), incl, n, pri).table
    )


def test_a_choice_that_leaves_nothing_to_compare_says_so():
    raw = fuzzy(3)
    recipe = {name: {"anchors": 3, "method": "crisp"} for name in "ay"}
    grid = robustness_grid(raw, "y", ["a"], recipe, incl_cuts=[], n_cuts=[], shifts={"a": [50]})
    assert grid["why"].str.startswith("No condition varies").tolist() == [False, True]
    assert grid["models"].tolist()[1] == 0
    assert sensitivity_ranges(grid)["changes_at_high"].tolist()[-1] == 50


def test_ranges_end_before_the_first_change_on_either_side():
    """Same at .75 and .85, another solution at .7 and .9; .95 is the same again, but beyond a change."""
    cuts = {0.8: True, 0.7: False, 0.75: True, 0.85: True, 0.9: False, 0.95: True}
    rows = [("", 0.0, cut, 1, 0.0, same) for cut, same in cuts.items()]
    rows += [("", 0.0, 0.8, 2, 0.0, True), ("", 0.0, 0.9, 2, 0.0, False)]
    rows += [("a", shift, 0.8, 1, 0.0, shift > -1) for shift in (-1.0, 0.5)] + [("a", 0.5, 0.9, 1, 0.0, False)]
    grid = pd.DataFrame(rows, columns=["set", "shift", "incl_cut", "n_cut", "pri_cut", "same"])
    none = pd.Series([()] * len(grid))
    grid = grid.assign(base=[True] + [False] * (len(grid) - 1), terms_in_all=none, terms_in_some=none, terms_lost=none)
    found = sensitivity_ranges(grid).set_index("choice")
    assert found.loc["incl_cut"].tolist() == [0.8, 0.75, 0.85, 0.7, 0.9, 5]
    assert found.loc["n_cut", ["low", "high", "tried"]].tolist() == [1, 2, 1]
    assert found.loc["anchors of a", ["low", "high", "changes_at_low", "tried"]].tolist() == [0, 0.5, -1, 2]
    assert np.isnan(found.loc["anchors of a", "changes_at_high"])


def test_two_hundred_choices_take_less_than_ten_seconds():
    raw = fuzzy(4, 40, 5)
    recipe = {name: {"anchors": (2, 3.001, 4)} for name in raw}
    shifts = {name: [-0.5, -0.25, 0.25, 0.5] for name in "abcde"}
    started = time.perf_counter()
    grid = robustness_grid(raw, "y", list("abcde"), recipe, incl_cuts=[0.7, 0.75, 0.85, 0.9], n_cuts=[2], shifts=shifts)
    assert len(grid) == 210
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"shifts": {"a": [1]}}, "they need the recipe"),
        ({"recipe": {"a": {"anchors": 3}}, "shifts": {"agred": [1]}}, "no set 'agred' in the recipe"),
        ({"incl_cuts": [1.5]}, None),
        ({"incl_cut": 1.5}, "incl_cut=1.5"),
        ({"outcome": "z"}, "outcome 'z' is no column"),
    ],
)
def test_impossible_choices_are_refused_as_the_base_or_said_in_their_row(choices, message):
    asked = {"outcome": "y", "conditions": ["a", "b"]} | choices
    if message is None:
        assert "incl_cut=1.5" in robustness_grid(SEVEN, **asked)["why"].iloc[-1]
        return
    with pytest.raises(InputError, match=message):
        robustness_grid(SEVEN, **asked)


def test_another_table_is_no_grid():
    with pytest.raises(InputError, match="isn't a grid"):
        term_stability(SEVEN)


# --- formulas and the chart -----------------------------------------------------------------------------------------


def test_membership_in_a_formula_by_hand():
    """min(.6, 1 - .3) = .6 against .2 for the first case; 1 - .9 = .1 against .4 for the second."""
    sets = pd.DataFrame({"a": [0.6, 0.8], "b": [0.3, 0.9], "c": [0.2, 0.4]})
    assert formula_scores(sets, "a*~b + c").round(9).tolist() == [0.6, 0.4]
    assert formula_scores(sets, []).tolist() == [0, 0]
    for wrong, message in (("a*d", "'d', no column"), ("a*~a", "named twice"), ("a*", "blank")):
        with pytest.raises(InputError, match=message):
            formula_scores(sets, wrong)


def test_lipset_core_and_periphery(shared: Path):
    """R's solutions (QCA 3.23, LF at .8): DEV*~IND + URB*STB is parsimonious; the rest of the intermediate terms is periphery."""
    data = pd.read_csv(shared / "reference" / "qca" / "lipset_fuzzy_LF_incl08" / "input_data.csv")
    conditions = ["DEV", "URB", "LIT", "IND", "STB"]
    rows = truth_table(data, "SURV", conditions, 0.8)
    chart = core_and_peripheral(minimise(rows, "?", "DEV,URB,LIT,IND,STB"), minimise(rows, "?"), conditions)
    parts = {
        term: {row.condition: (row.presence, row.part) for row in own.itertuples() if row.presence}
        for term, own in chart.groupby("term")
    }
    core, periphery = ("present", "core"), ("present", "peripheral")
    assert parts == {
        "DEV*URB*LIT*STB": {"DEV": periphery, "URB": core, "LIT": periphery, "STB": core},
        "DEV*LIT*~IND*STB": {"DEV": core, "LIT": periphery, "IND": ("absent", "core"), "STB": periphery},
    }
    assert chart["condition"].tolist() == conditions * 2
    fit = (
        chart.drop_duplicates("term").set_index("term").loc["DEV*URB*LIT*STB", ["incl", "pri", "cov_raw", "cov_unique"]]
    )
    assert fit.astype(float).round(4).tolist() == [0.9007, 0.8788, 0.4683, 0.3779]


def solution(*models: list[str], outcome: str = "y") -> SimpleNamespace:
    rows = [(i, term, 1.0, 1.0, 0.5, 0.5) for i, model in enumerate(models, 1) for term in model]
    fit = pd.DataFrame(rows, columns=["model", "term", "incl", "pri", "cov_raw", "cov_unique"])
    return SimpleNamespace(models=list(models), fit=fit, outcome=outcome)


def test_tied_models_have_a_chart_for_each_pair_and_only_shared_core_is_settled():
    """a*b*c is within a and within b in two parsimonious models; with a*b + b*c both terms count together; a*d is within neither b."""
    chart = core_and_peripheral(solution(["a*b*c", "a*d"]), solution(["a"], ["b"], ["a*b", "b*c"]))
    assert chart.groupby("parsimonious_model").size().tolist() == [8, 8, 8]
    core = chart[chart["part"] == "core"].groupby(["term", "parsimonious_model"])["condition"].agg("".join)
    assert core.to_dict() == {("a*b*c", 1): "a", ("a*b*c", 2): "b", ("a*b*c", 3): "abc", ("a*d", 1): "a"}
    settled = settled_core(chart).set_index(["term", "condition"])[["charts", "core_in"]]
    assert settled.loc["a*b*c"].values.tolist() == [[3, 2], [3, 2], [3, 1]]
    assert settled.loc["a*d"].values.tolist() == [[3, 1], [3, 0]]


@pytest.mark.parametrize(
    ("one", "other", "conditions", "message"),
    [
        (solution(["a"]), solution(["a"], outcome="~y"), None, "of two outcomes, 'y' and '~y'"),
        (solution(), solution(["a"]), None, "The solution has no model"),
        (solution(["a"]), solution(), None, "parsimonious solution has no model"),
        (solution(["a*b"]), solution(["a"]), ["a"], "names the condition 'b'"),
    ],
)
def test_solutions_that_make_no_chart_are_refused(one, other, conditions, message):
    with pytest.raises(InputError, match=message):
        core_and_peripheral(one, other, conditions)


# --- few cases ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "k", "share"), [(1, 1, 0.5), (3, 1, 0.3), (4, 2, 0.3), (6, 2, 0.5), (4, 3, 0.9)])
def test_chance_of_an_orderly_table_over_every_placing_of_the_cases(n: int, k: int, share: float):
    total = 0.0
    for cells in itertools.product(range(2**k), repeat=n):
        total += np.prod([share**m + (1 - share) ** m for m in np.bincount(cells, minlength=2**k) if m])
    assert chance_without_contradiction(n, k, share) == pytest.approx(total / 2 ** (k * n))


def test_more_conditions_make_order_likelier_and_more_cases_less_likely():
    limits = condition_limits(28, up_to=8)
    assert (limits["chance_without_contradiction"].diff().dropna() > 0).all()
    assert limits["supported"].tolist() == [True] * 5 + [False] * 3
    assert limits["expected_observed"].iloc[0] == pytest.approx(2)
    assert chance_without_contradiction(500, 12) < chance_without_contradiction(60, 12) < 1


def test_shuffles_find_the_exact_chance():
    """y = a: of the 6 ways to deal out two outcomes, a, ~a, b and ~b are as short; the two exclusive ors need four conditions."""
    data = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "y": [1, 1, 0, 0]})
    found = case_limits(data, "y", ["a", "b"], draws=600, rng=np.random.default_rng(1))
    low, high = binom.ppf([1e-4, 1 - 1e-4], 600, 4 / 6)
    assert low <= found["as_good"] <= high
    assert found["without_contradiction"] == 1
    assert found["p"] == (found["as_good"] + 1) / 601
    assert not found["supported"]
    assert "4 cases lie in 4 of the 4 configurations of 2 conditions." in found["sentence"]
    assert "can't support these conditions" in found["sentence"]


def test_shuffles_go_the_way_of_the_whole_analysis():
    """With each shuffled outcome put into the table and analysed anew, the count is the same; p ranks the count, once it was the count.

    Solutions good in different ways aren't as good as each other: of random outcomes of 30 cases and 4 conditions, 18% passed at 5%.
    """
    data = fuzzy(8, 12).sub(1).div(4).clip(0, 1)
    found = case_limits(data, "~y", list("abc"), 0.75, draws=25, include="?", rng=np.random.default_rng(3))

    def fit(y):
        rows = truth_table(data.assign(y=1 - y), "~y", list("abc"), 0.75)
        models = minimise(rows, "?")
        if not models.models:
            return None, rows
        whole = models.fit[(models.fit["model"] == 1) & (models.fit["term"] == "solution")].iloc[0]
        return (whole["incl"], whole["cov_raw"], sum(len(literals(term)) for term in models.models[0])), rows

    rng, y = np.random.default_rng(3), 1 - data["y"].to_numpy()
    (incl, cov, length), _ = fit(y)
    assert found[["incl", "cov", "length"]].tolist() == pytest.approx([incl, cov, length])
    drawn = [fit(rng.permutation(y)) for _ in range(25)]
    every = [(incl, cov, length), *(other for other, _ in drawn if other is not None)]
    as_good = [
        sum(o[0] >= one[0] - 1e-9 and o[1] >= one[1] - 1e-9 and o[2] <= one[2] for o in every) - 1 for one in every
    ]
    calm = sum(rows.contradictions.empty for _, rows in drawn)
    assert (found["as_good"], found["without_contradiction"]) == (as_good[0], calm / 25)
    assert found["p"] == sum(each <= as_good[0] for each in as_good) / 26


def test_a_shift_that_ends_on_a_value_takes_it_in():
    """0.1 + 0.02 isn't 0.12 for a computer: the teams at 0.12 fell out of the set, and the solution changed."""
    cases = pd.DataFrame({"v": [0.05, 0.08, 0.12, 0.2, 0.3, 0.12], "w": [0, 0, 1, 1, 1, 1], "y": [0, 0, 1, 1, 1, 1]})
    recipe = {"v": {"anchors": 0.1, "method": "crisp"}, **{name: {"anchors": 0.5, "method": "crisp"} for name in "wy"}}
    grid = robustness_grid(cases, "y", ["v", "w"], recipe, incl_cuts=[], n_cuts=[], shifts={"v": [0.02, 0.03]})
    assert grid["same"].tolist() == [True, True, False]


def test_without_a_solution_nothing_is_claimed():
    data = pd.DataFrame({"a": [1, 1, 0, 0], "y": [1, 0, 1, 0]})
    found = case_limits(data, "y", ["a"], draws=5)
    assert np.isnan(found["p"])
    assert not found["supported"]
    assert (found["models"], found["contradictions"]) == (0, 2)
    assert "There is no solution" in found["sentence"]


@pytest.mark.parametrize("wrong", [{"draws": 0}, {"level": 1.0}])
def test_impossible_shuffles_are_refused(wrong):
    with pytest.raises(InputError, match="at least one draw"):
        case_limits(SEVEN, "y", ["a", "b"], **wrong)


def test_impossible_limits_are_refused():
    for n, k, share in ((0, 1, 0.5), (5, 0, 0.5), (5, 13, 0.5), (5, 2, 1.0)):
        with pytest.raises(InputError, match="Expected one case or more"):
            chance_without_contradiction(n, k, share)

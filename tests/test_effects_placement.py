"""Placement tests: which placements there are, what each would have shown, p values, and the effects not refused.

Known answers: every placement by itertools and every effect by plain loops over groups and periods; the test's own definition
for its interval (values subtracted, test done again); uniform p values under the null in simulation.
"""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from newroles.effects.group_time import group_time_effects
from newroles.effects.placement import placement_test
from newroles.effects.placements import distinct_orders, placements
from newroles.errors import InputError

COLUMNS = ("y", "unit", "time", "start")
ONE = np.zeros(6, dtype=int)


def drawn(
    units: int = 6, periods: int = 4, seed: int = 1, starts: tuple[float, ...] = (2, 4, np.nan), missing: float = 0.0
) -> pd.DataFrame:
    """A panel of noise and an effect of 1, two units to each trust; perhaps with gaps."""
    rng = np.random.default_rng(seed)
    panel = pd.DataFrame(
        {"unit": np.repeat(np.arange(units), periods), "time": np.tile(np.arange(1, periods + 1), units)}
    )
    panel["start"] = np.array(starts)[panel["unit"] % len(starts)]
    panel["trust"] = "X" + (panel["unit"] // 2).astype(str)
    panel["half"] = np.where(panel["unit"] < units // 2, "first", "second")
    panel["y"] = rng.normal(size=len(panel)) + (panel["time"] >= panel["start"]) + panel["unit"]
    return panel[rng.random(len(panel)) >= missing].reset_index(drop=True)


def shown(panel: pd.DataFrame, starts: dict[Any, float], control: str = "never") -> tuple[float, dict[Any, float]]:
    """The simple average effect had units started so, and what each unit adds to it, by loops over groups and periods."""
    cells = panel.set_index(["unit", "time"])["y"].to_dict()
    times = sorted(panel["time"].unique())
    effects, weights, adds = [], [], []
    for g in sorted({s for s in starts.values() if not np.isnan(s)}):
        base = max(t for t in times if t < g)
        for t in [t for t in times if t >= g]:
            change = {u: cells[u, t] - cells[u, base] for u in starts if (u, t) in cells and (u, base) in cells}
            own = [u for u in change if starts[u] == g]
            others = [u for u in change if np.isnan(starts[u]) or (control == "not_yet" and starts[u] > t)]
            if own and others:
                means = np.mean([change[u] for u in own]), np.mean([change[u] for u in others])
                effects.append(means[0] - means[1])
                weights.append(sum(s == g for s in starts.values()))
                add = {u: (change[u] - means[0]) / len(own) for u in own}
                adds.append(add | {u: -(change[u] - means[1]) / len(others) for u in others})
    share = np.array(weights) / sum(weights)
    moves = {u: sum(w * add.get(u, 0) for w, add in zip(share, adds, strict=True)) for u in starts}
    return float(share @ effects), moves


def actual(panel: pd.DataFrame) -> dict[Any, float]:
    return panel.groupby("unit")["start"].first().to_dict()


def every(panel: pd.DataFrame) -> list[dict[Any, float]]:
    """Every distinct way in which the same starts could have fallen to other units."""
    starts = actual(panel)
    orders = {tuple(-1 if np.isnan(s) else s for s in order) for order in permutations(starts.values())}
    return [dict(zip(starts, (np.nan if s == -1 else s for s in order), strict=True)) for order in sorted(orders)]


# --- which placements there are ---------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_distinct_orders_are_all_and_none_twice(values: list[int]) -> None:
    found = [tuple(order) for order in distinct_orders(values).tolist()]
    assert len(found) == len(set(found))
    assert set(found) == set(permutations(values))


def test_dates_move_only_within_strata() -> None:
    dates, strata = np.array([0, 1, 1, 0, 0, 2]), np.array([0, 0, 0, 1, 1, 1])
    found, exact = placements(dates, np.arange(6), strata)
    expected = {(*a, *b) for a in permutations([0, 1, 1]) for b in permutations([0, 0, 2])}
    assert exact
    assert len(found) == 9
    assert {tuple(row) for row in found.tolist()} == expected


def test_a_cluster_takes_all_dates_of_another_of_its_size_in_any_order() -> None:
    dates, clusters = np.array([0, 1, 2, 2, 1, 0]), np.array([0, 0, 1, 1, 2, 3])
    found, exact = placements(dates, clusters, ONE, among="clusters")
    pairs = {(*a, *b) for x, y in permutations([(0, 1), (2, 2)]) for a in permutations(x) for b in permutations(y)}
    assert exact
    assert {tuple(row) for row in found.tolist()} == {(*p, *s) for p in pairs for s in permutations([1, 0])}
    assert len(found) == 8, "none twice"


@pytest.mark.parametrize("among", ["units", "clusters"])
def test_drawn_placements_are_all_equally_likely(among: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dates, clusters = np.array([0, 1, 1, 2, 2, 2]), np.array([0, 0, 1, 1, 2, 2])
    all_of_them = {tuple(row) for row in placements(dates, clusters, ONE, among)[0].tolist()}
    monkeypatch.setattr("newroles.effects.placements.ALL_PLACEMENTS", 5)
    found, exact = placements(dates, clusters, ONE, among, draws=6000, rng=np.random.default_rng(1))
    counts = Counter(tuple(row) for row in found.tolist())
    assert not exact
    assert set(counts) == all_of_them
    assert stats.chisquare(list(counts.values())).pvalue > 1e-4


def test_dates_that_cannot_be_placed_otherwise_are_refused() -> None:
    with pytest.raises(InputError, match="Dates can't be placed in any other way: units of a stratum"):
        placements(np.array([0, 0, 1]), np.arange(3), np.array([0, 0, 1]))
    with pytest.raises(InputError, match="among: unknown 'trusts'. Valid names: clusters, units"):
        placements(np.array([0, 1]), np.arange(2), np.zeros(2, dtype=int), among="trusts")
    with pytest.raises(InputError, match="draws: 9 are too few"):
        placements(np.arange(12), np.arange(12), np.zeros(12, dtype=int), draws=9)


# --- what each placement would have shown ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("control", "missing"), [("never", 0.0), ("not_yet", 0.0), ("never", 0.1), ("not_yet", 0.1)])
def test_each_placement_shows_the_effect_and_the_error_that_loops_give(control: str, missing: float) -> None:
    panel = drawn(seed=7, missing=missing)
    test = placement_test(panel, *COLUMNS, control=control, statistic="plain")
    others = [shown(panel, starts, control)[0] for starts in every(panel)]
    assert len(others) == 90
    assert_allclose(np.sort(test.estimates), np.sort(others), atol=1e-12)
    own, moves = shown(panel, actual(panel), control)
    assert test.summary["estimate"] == pytest.approx(own)
    assert test.summary["p_two_sided"] == pytest.approx(np.mean(np.abs(others) >= abs(own) - 1e-9))
    assert test.summary["p_high"] == pytest.approx(np.mean(np.array(others) >= own - 1e-9))
    assert test.summary["p_low"] == pytest.approx(np.mean(np.array(others) <= own + 1e-9))
    assert test.summary["se"] == pytest.approx(np.sqrt(6 / 5 * sum(m**2 for m in moves.values())))


def test_studentised_statistics_divide_by_errors_clustered_by_trust() -> None:
    panel = drawn(units=7, seed=3)
    test = placement_test(panel, *COLUMNS, cluster="trust")
    expected = []
    for starts in every(panel):
        estimate, moves = shown(panel, starts)
        sums = [moves[2 * i] + moves.get(2 * i + 1, 0) for i in range(4)]
        expected.append(estimate / np.sqrt(4 / 3 * sum(s**2 for s in sums)))
    assert len(expected) == 210
    assert_allclose(np.sort(test.statistics), np.sort(expected), atol=1e-9)
    own = test.summary["statistic"]
    assert test.summary["p_two_sided"] == pytest.approx(np.mean(np.abs(expected) >= abs(own) - 1e-9))


@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_the_estimate_is_the_simple_average_of_group_time_effects(control: str) -> None:
    panel = drawn(units=30, periods=6, missing=0.1, starts=(2, 4, 5, np.nan, np.nan))
    test = placement_test(panel, *COLUMNS, control=control, draws=99, rng=np.random.default_rng(1))
    simple = group_time_effects(panel, *COLUMNS, control=control).aggregate("simple").iloc[0]
    assert test.summary["estimate"] == pytest.approx(simple["estimate"])
    assert not test.summary["exact"]
    again = placement_test(panel, *COLUMNS, control=control, draws=99, rng=np.random.default_rng(1))
    pd.testing.assert_series_equal(test.summary, again.summary)


def test_drawing_gives_nearly_what_all_placements_give(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = drawn(units=8, seed=3, starts=(2, np.nan))
    exact = placement_test(panel, *COLUMNS).summary
    monkeypatch.setattr("newroles.effects.placements.ALL_PLACEMENTS", 5)
    monkeypatch.setattr("newroles.effects.placement._AT_ONCE", 10_000)  # several blocks give the same as one
    found = placement_test(panel, *COLUMNS, draws=2000, rng=np.random.default_rng(1)).summary
    assert (exact["placements"], found["placements"]) == (70, 2000)
    p = exact["p_two_sided"]
    assert found["p_two_sided"] == pytest.approx(p, abs=4.5 * np.sqrt(p * (1 - p) / 2000))
    assert found["estimate"] == pytest.approx(exact["estimate"])


# --- the interval, the null ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statistic", ["plain", "studentised"])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_the_interval_holds_the_effects_that_the_test_does_not_refuse(statistic: str, missing: float) -> None:
    panel = drawn(units=8, periods=5, seed=2, missing=missing)
    test = placement_test(panel, *COLUMNS, statistic=statistic, level=0.9).summary
    treated = panel["time"] >= panel["start"]
    assert test["low"] < test["estimate"] < test["high"]
    for end, outside in ((test["low"], -1), (test["high"], 1)):
        for step, kept in ((-outside, True), (outside, False)):
            less = panel.assign(y=panel["y"] - (end + step * 1e-4) * treated)
            p = placement_test(less, *COLUMNS, statistic=statistic).summary["p_two_sided"]
            assert (p > 0.1 + 1e-9) == kept


def test_with_too_few_placements_nothing_is_refused() -> None:
    test = placement_test(drawn(starts=(2, np.nan), units=4), *COLUMNS, statistic="plain")  # six placements
    assert test.summary["placements"] == 6
    assert test.summary["p_two_sided"] >= 2 / 6
    assert (test.summary["low"], test.summary["high"]) == (-np.inf, np.inf)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), scale=st.floats(0.1, 50), shift=st.floats(-99, 99))
def test_units_periods_and_scale_change_no_p(seed: int, scale: float, shift: float) -> None:
    panel = drawn(seed=seed)
    moved = panel.assign(y=scale * panel["y"] + shift * panel["unit"] + panel["time"] ** 2)
    one, other = (placement_test(p, *COLUMNS, statistic="plain").summary for p in (panel, moved))
    assert one["p_two_sided"] == other["p_two_sided"]
    assert other["estimate"] == pytest.approx(scale * one["estimate"], abs=1e-7)


@pytest.mark.parametrize("statistic", ["plain", "studentised"])
def test_without_any_effect_one_test_in_ten_has_a_p_of_a_tenth(statistic: str) -> None:
    """Teams of a trust share their months, and dates fell at random: the test holds its level all the same."""
    rng = np.random.default_rng(5)
    small = []
    for _ in range(60):
        panel = drawn(units=6)
        of_trust = rng.normal(size=(3, 4)).repeat(2, axis=0).ravel()
        panel["y"] = of_trust + rng.normal(size=24) / 2
        panel["start"] = rng.permutation([2, 2, 4, np.nan, np.nan, np.nan]).repeat(4)
        found = placement_test(panel, *COLUMNS, cluster="trust", statistic=statistic, among="units").summary
        small.append(found["p_two_sided"] <= 0.1)
    assert stats.binomtest(sum(small), 60, 0.1).pvalue > 1e-3


# --- bad input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({}, {"statistic": "student"}, "statistic: unknown 'student'. Did you mean 'studentised'"),
        ({}, {"control": "always"}, "control: unknown 'always'"),
        ({}, {"within": "third"}, "no column 'third'"),
        ({}, {"within": "time"}, "unit '0' has no one value of 'time'"),
        (
            {},
            {"within": "half", "cluster": "trust", "among": "clusters"},
            "Cluster 'X1' has units in more than one 'half'",
        ),
        ({"start": 9.0}, {}, "nobody is treated"),
        ({"start": 2.0}, {}, "Every unit is treated at some time.*Use control='not_yet'"),
        ({"start": 2.0}, {"control": "not_yet"}, "Dates can't be placed in any other way"),
        ({"trust": "X"}, {"cluster": "trust"}, "no standard error here"),
        ({}, {"level": 0}, "The level must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_tested_is_refused_by_name(change: dict[str, Any], options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        placement_test(drawn().assign(**change), *COLUMNS, **options)


def test_strata_and_units_treated_throughout_are_respected() -> None:
    panel = drawn(units=7, starts=(2, np.nan))
    panel["start"] = panel["start"].mask(panel["unit"] == 6, 1.0)
    panel["half"] = np.where(panel["unit"] < 4, "first", "second")
    test = placement_test(panel, *COLUMNS, within="half", statistic="plain")
    assert test.summary["placements"] == 6 * 2
    assert test.left_out.values.tolist() == [[6, "treated from the first period on", 4]]


# --- with covariates ----------------------------------------------------------------------------------------------------


def with_trends(units: int = 6, seed: int = 3, effect: float = 1.0) -> tuple[pd.DataFrame, list[str]]:
    """Units whose trends differ by a characteristic that goes with an early start; that characteristic times each period."""
    panel = drawn(units, seed=seed)
    x = panel["start"].fillna(6).rsub(6) + np.random.default_rng(seed).normal(size=units)[panel["unit"]]
    panel["y"] += x * panel["time"] + (effect - 1) * (panel["time"] >= panel["start"])
    names = [f"x in {time}" for time in sorted(panel["time"].unique())[1:]]
    for time, name in zip(sorted(panel["time"].unique())[1:], names, strict=True):
        panel[name] = x * (panel["time"] == time)
    return panel, names


def freed(panel: pd.DataFrame, values: pd.Series, names: list[str]) -> pd.Series:
    """Residuals of a regression on a dummy for each unit and period, and covariates."""
    dummies = pd.get_dummies(panel[["unit", "time"]].astype("str"), drop_first=True, dtype=float).assign(one=1.0)
    return sm.OLS(values.astype(float), np.column_stack([dummies, panel[names]])).fit().resid


@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_with_covariates_every_placement_is_that_of_residuals_by_plain_loops(control: str) -> None:
    panel, names = with_trends()
    rest = panel.assign(y=freed(panel, panel["y"], names))
    of_effect = panel.assign(y=freed(panel, panel["time"] >= panel["start"], names))
    kept, _ = shown(of_effect, actual(panel), control)
    expected = [shown(rest, starts, control)[0] / kept for starts in every(panel)]
    found = placement_test(panel, *COLUMNS, statistic="plain", control=control, covariates=names)
    own = shown(rest, actual(panel), control)[0] / kept
    assert found.summary["estimate"] == pytest.approx(own)
    assert_allclose(sorted(found.estimates), sorted(expected), atol=1e-9)
    assert found.summary["p_two_sided"] == pytest.approx(np.mean(np.abs(expected) >= abs(own) - 1e-9))


@pytest.mark.parametrize("statistic", ["plain", "studentised"])
def test_with_covariates_the_interval_holds_what_the_test_does_not_refuse(statistic: str) -> None:
    panel, names = with_trends(9)
    options: dict[str, Any] = {"statistic": statistic, "covariates": names, "level": 0.8}
    low, high = placement_test(panel, *COLUMNS, **options).summary[["low", "high"]]
    assert low < high
    inside = [(low + 1e-3, True), (high - 1e-3, True)] if statistic == "studentised" else []
    for effect, kept in [*inside, (low - 1e-3, False), (high + 1e-3, False)]:
        less = panel.assign(y=panel["y"] - effect * (panel["time"] >= panel["start"]))
        assert (placement_test(less, *COLUMNS, **options).summary["p_two_sided"] > 0.2) == kept, effect


def test_a_constant_effect_is_found_whole_where_trends_differ_by_a_covariate() -> None:
    panel, names = with_trends(60, effect=5.0)
    options: dict[str, Any] = {"draws": 199, "rng": np.random.default_rng(1)}
    plain = placement_test(panel, *COLUMNS, **options).summary
    adjusted = placement_test(panel, *COLUMNS, covariates=names, **options).summary
    assert adjusted["estimate"] == pytest.approx(5, abs=1.2)
    assert abs(plain["estimate"] - 5) > 2
    more = placement_test(
        panel.assign(y=panel["y"] + 3 * (panel["time"] >= panel["start"])), *COLUMNS, covariates=names
    )
    assert more.summary["estimate"] - adjusted["estimate"] == pytest.approx(3)


def test_covariates_that_are_the_treatment_are_refused() -> None:
    panel = drawn(12)
    panel["same"] = (panel["time"] >= panel["start"]).astype(float)
    with pytest.raises(InputError, match="explain all of the treatment"):
        placement_test(panel, *COLUMNS, covariates=["same"])

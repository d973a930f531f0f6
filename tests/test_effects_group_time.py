"""Group-time average effects: against R did 2.1.2, by hand, by plain loops, against planted effects, and under bad input.

The reference results hold estimates and analytic standard errors. The standard error of the overall effect by group is left
out of them, since R did 2.1.2 and its three ports in Python disagree; the ports' value stands in a test of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from newroles.effects.estimators import METHODS, NotEstimableError, difference_in_differences
from newroles.effects.group_time import GroupTimeEffects, group_time_effects
from newroles.effects.multiplier import cluster_sums, largest_draws
from newroles.errors import InputError
from newroles.simulate.outcomes import MEASURES, OutcomesSpec, draw_outcomes
from newroles.simulate.teams import TeamsSpec

COLUMNS = ("y", "unit", "time", "start")
CASES = {
    "mpdta_nevertreated_nocov": ("lemp", "countyreal", "year", "first.treat"),
    "mpdta_nevertreated_lpop_dr": ("lemp", "countyreal", "year", "first.treat"),
    "mpdta_notyet_nocov_universal": ("lemp", "countyreal", "year", "first.treat"),
    "staggered_trusts51": ("y", "trust", "period", "first"),
}


def of_case(folder: Path) -> tuple[GroupTimeEffects, dict[str, Any]]:
    """The effects of a reference case, with the choices that its case.json names."""
    panel, said = pd.read_csv(folder / "input_panel.csv"), json.loads((folder / "case.json").read_text())["expected"]
    outcome, unit, time, start = CASES[folder.name]
    panel[start] = panel[start].where(panel[start] > 0)  # 0 is never there
    control = {"nevertreated": "never", "notyettreated": "not_yet"}[said["control_group"]]
    covariates = ["lpop"] if "lpop" in said["covariates"] else None
    base, method = said["base_period"], said["est_method"]
    return group_time_effects(panel, outcome, unit, time, start, control, covariates, method, base), said


@pytest.fixture(scope="module")
def trusts51(reference: Path) -> GroupTimeEffects:
    return of_case(reference / "did/staggered_trusts51")[0]


def drawn(
    units: int = 60, periods: int = 6, seed: int = 1, missing: float = 0.0, never: bool = True, effect: float = 1.0
) -> pd.DataFrame:
    """A panel with trends in common, one covariate, two or three groups, and the same effect from the start on."""
    rng = np.random.default_rng(seed)
    groups = np.array([3.0, 4.0, 6.0, *([np.nan] if never else [])])
    start = np.repeat(groups[np.arange(units) % len(groups)], periods)
    time = np.tile(np.arange(1.0, periods + 1), units)
    unit = np.repeat(np.arange(units), periods)
    y = rng.normal(size=units)[unit] + rng.normal(size=periods)[time.astype(int) - 1] + rng.normal(size=len(unit))
    panel = pd.DataFrame({"unit": unit, "time": time, "start": start, "y": y + effect * (time >= start)})
    panel["x"] = rng.normal(size=units)[unit] + 0.1 * time
    panel["trust"] = unit // 4
    return panel[rng.random(len(panel)) >= missing].reset_index(drop=True)


# --- known answers --------------------------------------------------------------------------------------------------


def equals_r_did(folder: Path) -> None:
    """R did 2.1.2 (att_gt, aggte), DRDID 1.0.6; estimates and standard errors, blanks where R has blanks."""
    found, said = of_case(folder)
    expected = pd.read_csv(folder / "expected_att_gt.csv")
    keys = found.table[["group", "time"]].to_numpy()
    assert_allclose(keys, expected[["group", "time"]].to_numpy())
    assert_allclose(found.table[["estimate", "se"]], expected[["att", "se"]], rtol=0, atol=1e-6)
    for kind in ("dynamic", "group", "calendar"):
        expected = pd.read_csv(folder / f"expected_{kind}.csv")
        table = found.aggregate(kind)
        assert_allclose(table[["key", "estimate", "se"]][1:], expected[["e", "att", "se"]], rtol=0, atol=1e-6)
        assert_allclose(table["estimate"][0], said[f"{kind}_overall"], atol=1e-6)
        if kind != "group":
            assert_allclose(table["se"][0], said[f"{kind}_overall_se"], atol=1e-6)
    simple = found.aggregate("simple")
    assert_allclose(simple[["estimate", "se"]].to_numpy()[0], [said["simple_att"], said["simple_se"]], atol=1e-6)
    assert found.left_out.empty


def test_equals_r_did(reference: Path):
    equals_r_did(reference / "did" / "staggered_trusts51")


@pytest.mark.parametrize("case", [case for case in CASES if case != "staggered_trusts51"])
def test_equals_r_did_on_data_of_other_packages(case: str, shared: Path):
    equals_r_did(shared / "reference" / "did" / case)


def test_se_over_groups_is_that_of_the_ports(trusts51: GroupTimeEffects):
    """csdid 0.4.3, differences 0.3.0 and moderndid 0.4.1: .1137; R did 2.1.2, which takes group sizes by cell, .1092."""
    assert round(trusts51.aggregate("group")["se"][0], 4) == 0.1137


@pytest.mark.parametrize(
    ("case", "p"), [("mpdta_nevertreated_nocov", 0.16812), ("mpdta_nevertreated_lpop_dr", 0.23267)]
)
def test_pretest_equals_r_did(shared: Path, case: str, p: float):
    """The p values that the vignette "Getting started with the did package" prints for these data."""
    found = of_case(shared / "reference/did" / case)[0].pretest(rng=np.random.default_rng(1))
    assert round(found["p_wald"], 5) == p
    assert found["df"] == 5
    # one draw of the largest |t| among five: near the normal's, and far from a certain answer
    alone = 2 * stats.norm.sf(found["largest_t"])
    assert alone < found["p_largest_t"] < 5 * alone + 0.05


def test_tables_have_the_columns_that_are_promised(trusts51: GroupTimeEffects):
    assert list(trusts51.table) == ["group", "time", "estimate", "se", "low", "high", "n"]
    assert list(trusts51.aggregate("dynamic")) == ["kind", "key", "estimate", "se", "low", "high"]
    assert list(trusts51.comparisons) == ["group", "time", "base", "treated", "comparison", "after"]
    assert trusts51.table["group"].dtype == trusts51.table["time"].dtype == "int64"
    row = trusts51.table.iloc[4]
    assert_allclose([row["low"], row["high"]], row["estimate"] + np.array([-1, 1]) * stats.norm.ppf(0.975) * row["se"])


# --- two groups, two periods ----------------------------------------------------------------------------------------


def test_two_by_two_by_hand():
    """Changes 4, 6 of the treated, 1, 3, 2 of the others: 5 - 2 = 3; se^2 = (1+1)/2^2 + (1+1+0)/3^2."""
    change, treated = np.array([4.0, 6, 1, 3, 2]), np.array([True, True, False, False, False])
    effect, influence = difference_in_differences(change, treated)
    assert effect == 3
    assert_allclose((influence**2).sum() / 25, 2 / 4 + 2 / 9)


@pytest.mark.parametrize("method", METHODS)
def test_a_covariate_of_two_kinds_by_hand(method: str):
    """Models with one 0/1 covariate are saturated, so all methods give the difference by kind, weighted as the treated are.

    Kind 0: treated change 5, others 1, 3: 3. Kind 1: treated 4, 8, others 2, 4, 6: 2. Two of three treated are of kind 1.
    """
    kind = np.array([0, 0, 0, 1, 1, 1, 1, 1], dtype=float)
    treated = np.array([True, False, False, True, True, False, False, False])
    change = np.array([5.0, 1, 3, 4, 8, 2, 4, 6])
    effect, influence = difference_in_differences(change, treated, kind[:, np.newaxis], method)
    assert_allclose(effect, (3 + 2 * 2) / 3, atol=1e-9)
    assert abs(influence.mean()) < 1e-9


def test_a_covariate_that_says_nothing_changes_nothing():
    """Balanced on both sides: every method falls back on the plain difference, its influence function too."""
    change = np.random.default_rng(1).normal(size=40)
    treated, x = np.repeat([True, False], 20), np.tile([0.0, 1.0], 20)[:, np.newaxis]
    change -= np.where(x[:, 0] == 1, 1, 0) * (change[1::2].mean() - change[::2].mean())
    for half in (treated, ~treated):  # no slope on either side
        change[half] -= np.where(
            x[half, 0] == 1, change[half & (x[:, 0] == 1)].mean(), change[half & (x[:, 0] == 0)].mean()
        )
    change += 2 * treated
    plain, own = difference_in_differences(change, treated)
    for method in METHODS:
        effect, influence = difference_in_differences(change, treated, x, method)
        assert_allclose(effect, plain, atol=1e-12)
        assert_allclose(influence, own, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_influence_is_what_one_more_such_unit_would_move(method: str):
    """(n + 1) x (effect with a copy of unit i - effect) tends to unit i's influence."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=(800, 2))
    treated = rng.random(800) < 1 / (1 + np.exp(-x[:, 0]))
    change = x @ [1, -1] + rng.normal(size=800) + treated
    effect, influence = difference_in_differences(change, treated, x, method)
    some = np.arange(0, 800, 40)
    moved = []
    for i in some:
        more = np.append(np.arange(800), i)
        moved.append(801 * (difference_in_differences(change[more], treated[more], x[more], method)[0] - effect))
    assert_allclose(moved, influence[some], atol=0.05 * np.abs(influence[some]).max())
    assert np.corrcoef(moved, influence[some])[0, 1] > 0.9995


def test_doubly_robust_is_right_when_either_model_is():
    """True effect 1. The logit or the regression lacks a square; whichever does is wrong by itself, and dr is right."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=6000)
    for curved in ("outcome", "treatment"):
        in_outcome, in_treatment = (x**2 * (curved == part) for part in ("outcome", "treatment"))
        treated = rng.random(6000) < 1 / (1 + np.exp(1 - 0.5 * x - 0.5 * in_treatment))
        # regression on x is right without a square; the logit's error shows where x matters to the outcome's mean
        change = treated + 2 * x + in_outcome + rng.normal(size=6000)
        off = {}
        for method in METHODS:
            effect, influence = difference_in_differences(change, treated, x[:, np.newaxis], method)
            off[method] = abs(effect - 1) / (np.sqrt((influence**2).sum()) / 6000)
        right, wrong = ("ipw", "reg") if curved == "outcome" else ("reg", "ipw")
        assert max(off["dr"], off[right]) < 3
        assert off[wrong] > 3


@pytest.mark.parametrize("method", METHODS)
def test_what_cant_be_estimated_says_so(method: str):
    treated, x = np.repeat([True, False], 10), np.arange(20.0)
    change = np.arange(20.0) % 3
    with pytest.raises(NotEstimableError, match="same for all"):
        difference_in_differences(change, treated, np.full((20, 1), 7.1), method)
    with pytest.raises(NotEstimableError, match="collinear"):
        difference_in_differences(change, treated, np.column_stack([x % 4, 2 * (x % 4) + 1]), method)
    if method != "reg":
        with pytest.raises(NotEstimableError, match="no overlap"):
            difference_in_differences(change, treated, x[:, np.newaxis], method)


# --- against plain loops --------------------------------------------------------------------------------------------


def by_loops(panel: pd.DataFrame, control: str, base: str, anticipation: int = 0) -> dict[tuple[float, float], tuple]:
    """Each 2x2 from the definition: means of changes, and variances with n (not n - 1) below."""
    y = {(row.unit, row.time): row.y for row in panel.itertuples()}
    start = {row.unit: row.start for row in panel.itertuples()}
    periods, found = sorted(panel["time"].unique()), {}
    for g in sorted({s for s in start.values() if s == s}):
        for t in periods if base == "universal" else periods[1:]:
            last = [p for p in periods if p + anticipation < g][-1]
            b = last if base == "universal" or t >= g - anticipation else [p for p in periods if p < t][-1]
            changes: dict[bool, list[float]] = {True: [], False: []}
            for unit, s in start.items():
                never = s != s
                if (unit, t) not in y or (unit, b) not in y:
                    continue
                if s == g:
                    changes[True].append(y[unit, t] - y[unit, b])
                elif never or (control == "not_yet" and s > max(t, b) + anticipation):
                    changes[False].append(y[unit, t] - y[unit, b])
            se = np.sqrt(sum(np.var(c) / len(c) for c in changes.values())) if b != t else np.nan
            found[g, t] = (np.mean(changes[True]) - np.mean(changes[False]), se, len(changes[True] + changes[False]))
    return found


@pytest.mark.parametrize("base", ["varying", "universal"])
@pytest.mark.parametrize("control", ["never", "not_yet"])
@pytest.mark.parametrize("anticipation", [0, 1])
def test_equals_plain_loops_with_gaps(control: str, base: str, anticipation: int):
    panel = drawn(missing=0.15)
    expected = by_loops(panel, control, base, anticipation)
    table = group_time_effects(panel, *COLUMNS, control, base=base, anticipation=anticipation).table
    assert_allclose(table[["group", "time"]], list(expected))
    assert_allclose(table[["estimate", "se", "n"]], list(expected.values()), atol=1e-12)


def test_periods_may_have_gaps():
    """Periods 1, 2, 4, 7, 9, 11: the base is the last period there is before the start, and event times are differences."""
    panel = drawn()
    panel["time"] = panel["time"].map(dict(zip(range(1, 7), (1, 2, 4, 7, 9, 11), strict=True)))
    panel["start"] = panel["start"].map({3: 3, 4: 7, 6: 10})
    found = group_time_effects(panel, *COLUMNS)
    assert_allclose(found.table[["estimate", "se", "n"]], list(by_loops(panel, "never", "varying").values()))
    bases = found.comparisons[found.comparisons["after"]].groupby("group")["base"].unique()
    assert bases.map(list).to_dict() == {3: [2], 7: [4], 10: [9]}
    # since 3: from 2 on; since 7 and since 10: from 2 on too
    events = {
        2 - 3,
        4 - 3,
        7 - 3,
        9 - 3,
        11 - 3,
        2 - 7,
        4 - 7,
        0,
        9 - 7,
        11 - 7,
        2 - 10,
        4 - 10,
        7 - 10,
        9 - 10,
        11 - 10,
    }
    assert found.aggregate("dynamic")["key"].dropna().tolist() == sorted(events)


# --- averages -------------------------------------------------------------------------------------------------------


def test_averages_by_hand():
    """Effects of two groups (2 and 1 in 3 of those treated) by definition, from the table's own cells."""
    panel = drawn(units=40)
    panel = panel[panel["start"] != 4]
    panel = panel[~panel["unit"].isin([2, 6, 10, 14, 18])]  # five of the ten that start at 6
    found = group_time_effects(panel, *COLUMNS)
    cell = found.table.set_index(["group", "time"])["estimate"]
    means = {kind: found.aggregate(kind).set_index("key")["estimate"] for kind in ("dynamic", "group", "calendar")}
    assert_allclose(means["group"][3], cell[3].loc[3:].mean())
    assert_allclose(means["group"].iloc[0], (2 * cell[3].loc[3:].mean() + cell[6, 6]) / 3)
    assert_allclose(means["dynamic"][0], (2 * cell[3, 3] + cell[6, 6]) / 3)
    assert_allclose(means["dynamic"][-1], (2 * cell[3, 2] + cell[6, 5]) / 3)
    assert_allclose(means["dynamic"][-3], cell[6, 3])
    assert_allclose(means["dynamic"].iloc[0], means["dynamic"].loc[0:].mean())
    assert_allclose(means["calendar"][6], (2 * cell[3, 6] + cell[6, 6]) / 3)
    assert_allclose(means["calendar"].iloc[0], means["calendar"].loc[3:].mean())
    sizes = pd.Series([2, 2, 2, 2, 1])
    assert_allclose(found.aggregate()["estimate"][0], np.average([*cell[3].loc[3:], cell[6, 6]], weights=sizes))


@pytest.mark.parametrize("kind", ["simple", "dynamic", "group", "calendar"])
def test_influence_of_averages_is_what_one_more_such_unit_would_move(kind: str):
    """Sizes of groups are sampled too: a further unit of a group moves averages also by weighing its group more."""
    panel = drawn(units=240, effect=3.0)
    panel["y"] += 2 * (panel["start"] == 3) * (panel["time"] >= 3)  # groups differ, so that their sizes matter
    found = group_time_effects(panel, *COLUMNS)
    table, influence = found.influence_of(kind)
    some = [0, 1, 2, 3, 44, 45, 46, 47]
    moved = []
    for i in some:
        copy = panel[panel["unit"] == i].assign(unit=1000)
        more = group_time_effects(pd.concat([panel, copy]), *COLUMNS).aggregate(kind)
        moved.append(241 * (more["estimate"] - table["estimate"]).to_numpy())
    assert_allclose(np.array(moved), influence[some], atol=0.04 * np.abs(influence[some]).max())


def test_event_times_can_be_limited_and_balanced():
    found = group_time_effects(drawn(), *COLUMNS)
    cell = found.table.set_index(["group", "time"])["estimate"]
    assert found.aggregate("dynamic", min_e=-2, max_e=1)["key"].dropna().tolist() == [-2, -1, 0, 1]
    assert_allclose(found.aggregate("simple", max_e=0)["estimate"][0], (cell[3, 3] + cell[4, 4] + cell[6, 6]) / 3)
    balanced = found.aggregate("dynamic", balance=2).set_index("key")["estimate"]
    assert balanced.index.dropna().tolist() == [-2, -1, 0, 1, 2]
    assert_allclose(balanced[2], (cell[3, 5] + cell[4, 6]) / 2)
    assert_allclose(
        balanced[0], (cell[3, 3] + cell[4, 4]) / 2
    )  # without the group that is seen in its first period only
    with pytest.raises(InputError, match="No effect from the start on is left"):
        found.aggregate("dynamic", max_e=-1)
    with pytest.raises(InputError, match="with kind='dynamic'"):
        found.aggregate("simple", balance=1)
    with pytest.raises(InputError, match="There is no average 'event'"):
        found.aggregate("event")
    with pytest.raises(InputError, match="are for averages"):
        found.influence_of("group_time", max_e=1)


# --- planted effects ------------------------------------------------------------------------------------------------

QUIET = OutcomesSpec(
    **{name: dict.fromkeys(MEASURES, 0.0) for name in ("team_sd", "trust_sd", "trust_month_sd", "noise_sd")},
    missing=0,
    late_start=0,
)


@pytest.fixture(scope="module")
def quiet() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Forty invented teams over 30 months without anything random in the outcomes, and the truth about them."""
    rng = np.random.default_rng(1)
    vacancy = np.round(rng.normal(0.12, 0.04, 40), 3)
    start = pd.Series(rng.choice([6, 12, 18], 40), dtype="Int64").mask(
        pd.Series(rng.random(40) < 0.5 - 4 * (vacancy - 0.12))
    )
    teams = pd.DataFrame({"team": [f"T{i:04d}" for i in range(40)], "trust": [f"X{i % 14:03d}" for i in range(40)]})
    teams["follow"], teams["start_month"] = "panel", start
    rates = pd.Series(vacancy, index=teams["team"])
    table, truth = draw_outcomes(teams, rates, TeamsSpec(), QUIET, rng)
    table = table.merge(teams, left_on="unit", right_on="team").assign(vacancy=table["unit"].map(rates))
    table["month"] = table["period"].rank(method="dense") - 1
    return table.astype({"start_month": float}), truth


@pytest.mark.parametrize("measure", ["continuity", "waiting_weeks", "role_clarity", "supervision_hours"])
@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_planted_effects_are_recovered(quiet: tuple[pd.DataFrame, dict[str, Any]], measure: str, control: str):
    """Nothing random but rounding: every cell and every average is the planted one."""
    table, truth = quiet[0][quiet[0]["measure"] == measure], quiet[1]["measures"][measure]
    found = group_time_effects(table, "value", "unit", "month", "start_month", control, cluster="trust")
    rounding = 2.01 * 10.0 ** -MEASURES[measure][3]
    after = found.table[found.comparisons["after"]]
    planted = [value for cohort in truth["att"].values() for value in cohort.values()]
    assert_allclose(after["estimate"], planted, atol=rounding)
    assert_allclose(found.aggregate()["estimate"][0], truth["aggregates"]["simple"], atol=rounding)
    before = found.table[~found.comparisons["after"]]
    assert_allclose(before["estimate"], 0, atol=rounding)


@pytest.mark.parametrize("method", ["reg", "dr"])
def test_a_trend_that_goes_with_vacancies_is_taken_out(quiet: tuple[pd.DataFrame, dict[str, Any]], method: str):
    """Burnout grows faster where posts are empty: wrong by the planted bias without vacancies, right with them."""
    table, truth = quiet[0][quiet[0]["measure"] == "burnout"], quiet[1]["measures"]["burnout"]
    columns = ("value", "unit", "month", "start_month")
    plain = group_time_effects(table, *columns).aggregate()["estimate"][0]
    adjusted = group_time_effects(table, *columns, covariates=["vacancy"], method=method).aggregate()["estimate"][0]
    bias, simple = truth["vacancy_bias"]["simple"], truth["aggregates"]["simple"]
    assert abs(bias) > 0.2
    assert_allclose(plain, simple + bias, atol=0.1)  # values have one decimal
    assert_allclose(adjusted, simple, atol=0.1)


# --- clusters -------------------------------------------------------------------------------------------------------


def test_se_of_clusters_from_sums_of_influence():
    panel = drawn()
    alone, trusts = (group_time_effects(panel, *COLUMNS, cluster=c) for c in (None, "trust"))
    assert_allclose(trusts.table["estimate"], alone.table["estimate"])
    sums = pd.DataFrame(alone.influence).groupby(np.arange(60) // 4).sum()
    assert_allclose(trusts.table["se"], np.sqrt((sums**2).sum()) / 60)
    assert_allclose(group_time_effects(panel, *COLUMNS, cluster="unit").table["se"], alone.table["se"])


def test_copies_of_a_unit_in_its_cluster_tell_nothing_new():
    """Three copies of every unit, clustered: the se of the units themselves; not clustered it falls by the root of 3."""
    panel = drawn()
    copies = pd.concat([panel.assign(copy=k, own=panel["unit"], unit=panel["unit"] + 100 * k) for k in range(3)])
    once = group_time_effects(panel, *COLUMNS, covariates=["x"])
    thrice = group_time_effects(copies, *COLUMNS, covariates=["x"], cluster="own")
    for kind in ("simple", "dynamic", "group"):
        columns = ["estimate", "se"]
        assert_allclose(thrice.aggregate(kind)[columns], once.aggregate(kind)[columns], rtol=1e-7)
    unclustered = group_time_effects(copies, *COLUMNS, covariates=["x"])
    assert_allclose(unclustered.table["se"] * np.sqrt(3), once.table["se"], rtol=1e-7)


def test_intervals_of_t_are_wider_with_few_clusters():
    panel = drawn()
    normal, t = (group_time_effects(panel, *COLUMNS, cluster="trust", interval=i) for i in ("normal", "t"))
    wider = (t.table["high"] - t.table["estimate"]) / (normal.table["high"] - normal.table["estimate"])
    assert_allclose(wider, stats.t.ppf(0.975, 14) / stats.norm.ppf(0.975))
    bands = [found.bands(rng=np.random.default_rng(1))["critical"][0] for found in (normal, t)]
    assert_allclose(bands[1] / bands[0], stats.t.ppf(0.975, 14) / stats.norm.ppf(0.975))


def test_effects_whose_units_are_all_in_one_cluster_have_no_se():
    panel = drawn()
    panel["trust"] = np.where(panel["start"] == 4, 99, panel["trust"])
    found = group_time_effects(panel, *COLUMNS, cluster="trust")
    lone = found.table["group"] == 4
    assert found.table.loc[lone, ["se", "low", "high"]].isna().all(axis=None)
    assert found.table.loc[~lone, "se"].notna().all()
    assert found.table["estimate"].notna().all()
    assert (found.left_out["what"] == "se").sum() == lone.sum()
    assert "all treated units are in one cluster" in found.left_out["why"][0]
    by_group = found.aggregate("group").set_index("key")["se"]
    assert np.isnan(by_group[4])
    assert by_group[3] > 0
    assert found.bands("group_time", rng=np.random.default_rng(1)).loc[~lone, "low"].notna().all()
    assert found.pretest(rng=np.random.default_rng(1))["estimates"] == 1 + 4


# --- bands and the test of trends before ----------------------------------------------------------------------------


def test_bands_are_wider_than_intervals_and_come_again_with_the_seed(trusts51: GroupTimeEffects):
    for weights in ("mammen", "rademacher"):
        bands = trusts51.bands("dynamic", rng=np.random.default_rng(1), weights=weights)
        assert bands["key"].notna().all()
        critical = bands["critical"].iloc[0]
        # thirteen estimates: beyond one, short of Bonferroni with a margin for weights that aren't normal
        assert stats.norm.ppf(0.975) < critical < stats.norm.ppf(1 - 0.025 / 13) + 0.4
        assert_allclose(bands["high"] - bands["estimate"], critical * bands["se"])
        again = trusts51.bands("dynamic", rng=np.random.default_rng(1), weights=weights)
        pd.testing.assert_frame_equal(bands, again)
    one = trusts51.bands("simple", rng=np.random.default_rng(1))
    assert len(one) == 1
    assert stats.norm.ppf(0.975) <= one["critical"][0] < 2.25
    assert len(trusts51.bands("group_time", rng=np.random.default_rng(1))) == len(trusts51.table)
    assert trusts51.bands("dynamic", rng=np.random.default_rng(1), min_e=0)["key"].min() == 0


def test_bands_cover_all_effects_at_once():
    """Of 60 samples of 200 units: all fifteen effects lie inside the 90 % bands in some 52, inside their own intervals in fewer."""
    both, alone = 0, 0
    for seed in range(60):
        found = group_time_effects(drawn(units=200, seed=seed), *COLUMNS, level=0.9)
        after = found.comparisons["after"].to_numpy()
        truth = after * 1.0
        band = found.bands("group_time", draws=199, rng=np.random.default_rng(seed))
        both += bool(((band["low"] <= truth) & (truth <= band["high"])).all())
        alone += bool(((found.table["low"] <= truth) & (truth <= found.table["high"])).all())
    assert 44 <= both <= 59  # 52, give or take three standard errors
    assert alone < 30


def test_largest_draws_have_the_moments_of_their_weights():
    """One estimate, one cluster each: |w| itself. Mammen's weights are 1.618 with probability .2764 and else .618 in size."""
    draws = largest_draws(np.eye(1), np.ones(1), 20_000, np.random.default_rng(1))
    assert set(np.round(draws, 3)) == {0.618, 1.618}
    assert abs((draws > 1).mean() - (np.sqrt(5) - 1) / (2 * np.sqrt(5))) < 0.01
    with pytest.raises(InputError, match="There are no weights 'webb'"):
        largest_draws(np.eye(1), np.ones(1), 999, weights="webb")
    with pytest.raises(InputError, match="draws: expected"):
        largest_draws(np.eye(1), np.ones(1), 10)


def test_cluster_sums_keep_the_order_of_numbers():
    values = np.array([[1.0], [2.0], [4.0], [8.0]])
    assert cluster_sums(values, np.array([1, 0, 1, 0])).ravel().tolist() == [10, 5]
    assert cluster_sums(values, np.array([2, 0, 3, 1])).ravel().tolist() == [2, 8, 1, 4]


def test_pretest_sees_trends_that_differ_and_is_silent_without_enough_clusters():
    panel = drawn()
    panel["y"] += panel["time"] * 1.5 * (panel["start"] == 6)
    for kind in ("group_time", "dynamic"):
        found = group_time_effects(panel, *COLUMNS).pretest(kind, rng=np.random.default_rng(1))
        assert found["p_wald"] < 0.001
        assert found["p_largest_t"] < 0.01
    few = group_time_effects(panel.assign(trust=panel["unit"] // 12), *COLUMNS, cluster="trust")
    blank = few.pretest(rng=np.random.default_rng(1))
    assert blank[["wald", "p_wald"]].isna().all()
    assert 0 < blank["p_largest_t"] <= 1
    with pytest.raises(InputError, match="No test for 'calendar'"):
        few.pretest("calendar")
    late = panel[panel["time"].isin([2, 3])].assign(start=lambda d: d["start"].where(d["start"] == 3))
    with pytest.raises(InputError, match="there is nothing to test"):
        group_time_effects(late, *COLUMNS).pretest()


# --- properties -----------------------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 99),
    size=st.floats(-50, 50).filter(lambda s: abs(s) > 0.01),
    control=st.sampled_from(["never", "not_yet"]),
    method=st.sampled_from(METHODS),
)
def test_levels_names_and_units_of_measurement_dont_matter(seed: int, size: float, control: str, method: str):
    panel = drawn(seed=seed, missing=0.05)
    rng = np.random.default_rng(seed + 1)
    options: dict[str, Any] = {"control": control, "covariates": ["x"], "method": method, "cluster": "trust"}
    own = group_time_effects(panel, *COLUMNS, **options)
    levels = 10 * rng.normal(size=60)[panel["unit"]] + 10 * rng.normal(size=7)[panel["time"].astype(int)]
    names = np.array([f"team {i}" for i in rng.permutation(60)])[panel["unit"]]
    other = panel.assign(y=size * (panel["y"] + levels), unit=names, x=3 - 7 * panel["x"])
    found = group_time_effects(other.sample(frac=1, random_state=seed), *COLUMNS, **options)
    scale = [size, abs(size)]
    assert_allclose(found.table[["estimate", "se"]], own.table[["estimate", "se"]] * scale, atol=1e-6 * abs(size))
    for kind in ("simple", "dynamic"):
        ours, theirs = (e.aggregate(kind)[["estimate", "se"]] for e in (own, found))
        assert_allclose(theirs, ours * scale, atol=1e-6 * abs(size))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 99), more=st.floats(-5, 5), control=st.sampled_from(["never", "not_yet"]))
def test_a_constant_effect_more_is_found_in_every_cell_after_and_in_none_before(seed: int, more: float, control: str):
    panel = drawn(seed=seed, missing=0.05)
    changed = panel.assign(y=panel["y"] + more * (panel["time"] >= panel["start"]))
    own, found = (group_time_effects(p, *COLUMNS, control) for p in (panel, changed))
    assert_allclose(found.table["estimate"] - own.table["estimate"], more * own.comparisons["after"], atol=1e-9)
    assert_allclose(found.table["se"], own.table["se"])
    rise = found.aggregate("calendar")["estimate"] - own.aggregate("calendar")["estimate"]
    assert_allclose(rise, more, atol=1e-9)


def test_anticipation_compares_with_the_last_clean_period():
    """Outcomes fall by 2 in the period before the start: a base there makes the effect 3; one before it, the true 1."""
    panel = drawn(units=400)
    panel["y"] -= 2 * (panel["time"] == panel["start"] - 1)
    fooled = group_time_effects(panel, *COLUMNS).aggregate()
    honest = group_time_effects(panel, *COLUMNS, anticipation=1)
    assert abs(fooled["estimate"][0] - 3) < 0.4
    assert abs(honest.aggregate()["estimate"][0] - 1) < 0.4
    before = honest.aggregate("dynamic").set_index("key")["estimate"]
    assert abs(before[-1] + 2) < 0.4
    assert (honest.comparisons.query("after")["base"] == honest.comparisons.query("after")["group"] - 2).all()


# --- what is left out, and bad input --------------------------------------------------------------------------------


def why(found: GroupTimeEffects, what: str) -> dict[Any, str]:
    rows = found.left_out[found.left_out["what"] == what]
    return dict(zip(rows["which"], rows["why"], strict=True))


def test_units_that_cant_serve_are_named():
    panel = drawn()
    panel.loc[panel["unit"] == 0, "start"] = 1
    panel.loc[panel["unit"] == 1, "y"] = np.nan
    panel.loc[(panel["unit"] == 2) & (panel["time"] > 1), "y"] = np.nan
    panel.loc[panel["unit"] == 3, "start"] = 7
    panel.loc[(panel["unit"] == 4) & (panel["time"] == 2), "y"] = np.nan
    found = group_time_effects(panel, *COLUMNS)
    assert "in or before the first period (1)" in why(found, "unit")[0]
    assert "blank in all its periods" in why(found, "unit")[1]
    assert "in one period only" in why(found, "unit")[2]
    assert "after the last period (6): counts as never treated" in why(found, "start")[3]
    assert "not observed in its base period (2): in no effect after its start" in why(found, "unit")[4]
    clean = drawn()
    clean = clean[~clean["unit"].isin([0, 1, 2]) & ~((clean["unit"] == 4) & (clean["time"] == 2))]
    expected = group_time_effects(clean, *COLUMNS)
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_a_group_of_one_unit_is_left_out_by_name_and_still_compared_with():
    panel = drawn()
    panel.loc[panel["unit"] == 2, "start"] = 5
    found = group_time_effects(panel, *COLUMNS, control="not_yet")
    assert 5 not in set(found.table["group"])
    assert "one unit only (2)" in why(found, "group")[5]
    before = found.comparisons.set_index(["group", "time"])["comparison"]
    assert before[3, 4] == 30  # 15 never, 14 that start at 6, and unit 2
    assert before[3, 5] == 29


def test_a_measure_that_exists_only_after_introduction_is_named():
    panel = drawn()
    panel = panel[(panel["start"] != 4) | (panel["time"] >= 4)]
    found = group_time_effects(panel, *COLUMNS)
    assert set(found.table["group"]) == {3, 6}
    assert "no outcome in its base period (3)" in why(found, "group")[4]
    nobody = panel[panel["start"].isna() | (panel["time"] >= panel["start"])]
    with pytest.raises(InputError, match="No effect can be estimated. Left out: no outcome in its base period"):
        group_time_effects(nobody[nobody["time"] < 6], *COLUMNS)


def test_effects_without_anyone_to_compare_are_named():
    panel = drawn()
    gap = panel[~(panel["start"].isna() & (panel["time"] == 5))]
    found = group_time_effects(gap, *COLUMNS)
    assert set(why(found, "effect")) == {f"group {g}, time {t}" for g in (3, 4, 6) for t in (5, 6)} - {
        "group 3, time 6",
        "group 4, time 6",
    }
    assert "no unit to compare with is observed" in found.left_out["why"].iloc[0]
    constant = group_time_effects(
        panel.assign(x=np.where(panel["time"] < 3, panel["x"], 1.0)), *COLUMNS, covariates=["x"]
    )
    assert set(why(constant, "effect").values()) == {"a covariate is the same for all units compared"}
    assert set(constant.table["group"]) == {3, 4, 6}


def test_without_a_never_treated_unit_the_last_group_is_the_comparison():
    """As R did has it: the last group gets no effects, and periods from its start on aren't used."""
    panel = drawn(never=False)
    found = group_time_effects(panel, *COLUMNS, control="not_yet")
    assert set(found.table["group"]) == {3, 4}
    assert found.table["time"].max() == 5
    assert "serves as the comparison only" in why(found, "group")[6]
    assert list(why(found, "period")) == [6]
    same = panel.assign(start=panel["start"].where(panel["start"] < 6))
    expected = group_time_effects(same[same["time"] < 6], *COLUMNS, control="not_yet")
    pd.testing.assert_frame_equal(found.table, expected.table)


def test_bad_input_is_refused_with_its_place():
    panel = drawn()

    def refused(changed: pd.DataFrame, says: str, *columns: str, **options: Any) -> None:
        with pytest.raises(InputError, match=says):
            group_time_effects(changed, *(columns or COLUMNS), **options)

    refused(panel, "no column 'yy'. Did you mean 'y'", "yy", "unit", "time", "start")
    refused(panel.iloc[:0], "no rows")
    refused(panel.assign(y=np.nan), "'y' is blank in all 360 rows")
    refused(panel.assign(y=np.where(panel.index == 7, np.inf, panel["y"])), "'y', row 7: .*no finite number")
    refused(pd.concat([panel, panel[8:10]]), "unit 1 has more than one row in time 3 .2 rows too many")
    refused(panel.assign(time=panel["time"].map("2021-0{:.0f}".format)), "Number periods in their order")
    refused(panel.assign(time=pd.to_datetime(panel["time"])), "Number periods in their order")
    refused(panel.assign(time=panel["time"].where(panel.index != 3)), "1 rows have a blank 'time'")
    refused(
        panel.assign(start=np.where(panel.index == 3, 5, panel["start"])), "Unit 0 has more than one start.*3 and 5"
    )
    refused(
        panel.assign(start=np.where(panel.index == 3, np.nan, panel["start"])), "3 and blank.*on and off isn't handled"
    )
    refused(panel.assign(start=panel["start"].fillna(0)), "15 units have 0 as their start.*Leave the start blank")
    refused(panel.dropna(), "use control='not_yet'")
    refused(panel.assign(start=4), "none is not yet treated", control="not_yet")
    refused(panel.assign(start=np.nan), "there is no effect to estimate")
    refused(panel.assign(start=1), "All 60 units were treated in or before the first period")
    refused(panel[panel["time"] == 2], "No unit has 'y' in two periods")
    refused(panel.assign(trust=1), "All units are in one 'trust'", cluster="trust")
    refused(panel.assign(trust=np.where(panel.index == 3, 9, 1)), "Unit 0 has more than one cluster", cluster="trust")
    refused(
        panel.assign(trust=panel["trust"].where(panel["unit"] != 3)), "'trust' is blank for unit 3", cluster="trust"
    )
    refused(panel.assign(x="rural"), "'x', row 0: 'rural' is no finite number", covariates=["x"])
    refused(panel, "expected a list of columns such as", covariates="x")
    refused(panel, "no control 'notyet'. Did you mean 'not_yet'", control="notyet")
    refused(panel, "no method 'drdid'", method="drdid")
    refused(panel, "no base 'long'", base="long")
    refused(panel, "no interval 'z'", interval="z")
    refused(panel, "level: expected", level=95)
    refused(panel, "anticipation: expected", anticipation=-1)


def test_a_cell_without_scatter_leaves_the_band_of_the_others_alone():
    """Both units of a group change by the same, as do those never treated: its standard error is nought, and says nothing."""
    rows = [(f"u{i}", t, 1.0 * t, 2.0 if i < 2 else np.nan) for i in range(4) for t in range(4)]
    rng = np.random.default_rng(1)
    rows += [(f"v{i}", t, 1.0 * t + rng.normal(), 3.0) for i in range(6) for t in range(4)]
    panel = pd.DataFrame(rows, columns=["unit", "time", "y", "start"])
    found = group_time_effects(panel, "y", "unit", "time", "start")
    assert found.table["se"].eq(0).any()
    bands = found.bands("group_time", 200, np.random.default_rng(2))
    critical = (bands["high"] - bands["estimate"]) / bands["se"]
    assert critical[bands["se"] > 0].min() > 1.959
    assert found.pretest("group_time", 199, np.random.default_rng(3))["estimates"] == 2

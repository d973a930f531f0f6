"""What pre-trends can show, how far trends may differ, one trust less, many measures at once, and kinds named in advance.

Known answers: one period before, where Roth's (2022) and Rambachan and Roth's (2023) quantities have closed forms (by hand below);
a direct search for the shortest interval; all signs written out; coverage over repeated draws.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats
from statsmodels.stats.multitest import multipletests

from newroles.datasets import load_codebook
from newroles.effects.by_kind import by_kind, halves
from newroles.effects.event_study import EventStudy, event_study, event_study_of
from newroles.effects.group_time import group_time_effects
from newroles.effects.honest import breakdown, folded_quantile, honest_bounds
from newroles.effects.many_measures import holm_adjusted, many_measures, step_down
from newroles.effects.panel import Panel
from newroles.effects.sensitivity import alternative_measures, leave_one_out, pretrends
from newroles.errors import InputError

# invented: four periods before and three after, estimates that hang together
EVENTS = (-5, -4, -3, -2, 0, 1, 2)
SPREAD = 0.04 * (0.5 * np.eye(7) + 0.5 * 0.8 ** np.abs(np.subtract.outer(EVENTS, EVENTS)))
STUDY = event_study(EVENTS, [0.1, -0.1, 0.05, 0.1, 1.0, 1.2, 1.4], SPREAD)
ONE = event_study([-2, -1, 0], [0.3, 0, 1.0], np.array([[0.04, 0, 0.01], [0, 0, 0], [0.01, 0, 0.09]]))


def invented(rng: np.random.Generator, teams: int = 24, effect: float = 1.0, noise: float = 0.3) -> Panel:
    """Teams in trusts of two, eight periods, a third starting at 4, a third at 6, a third never."""
    start = np.resize([4.0, 6.0, np.nan], teams)
    unit = np.repeat(np.arange(teams), 8)
    table = pd.DataFrame({"unit": [f"T{i:02d}" for i in unit], "trust": [f"X{i // 2:02d}" for i in unit]})
    table["time"], table["start"] = np.tile(np.arange(1, 9), teams), start[unit]
    table["setting"] = np.where(unit % 4 < 2, "ward", "community")
    size = np.where(table["setting"].eq("ward"), effect, 0.0)
    table["value"] = (
        unit * 0.1
        + table["time"] * 0.2
        + size * (table["time"] >= table["start"])
        + noise * rng.standard_normal(len(table))
    )
    return Panel("service_users", "experience", "year", table, pd.DataFrame())


# --- event studies -----------------------------------------------------------------------------------------------------


def test_the_covariance_of_group_time_effects_is_that_of_their_averages() -> None:
    made = invented(np.random.default_rng(1))
    effects = group_time_effects(made.table, "value", "unit", "time", "start", base="universal", cluster="trust")
    study = event_study_of(effects)
    shown = effects.aggregate("dynamic").dropna(subset=["key", "se"])
    assert study.events == tuple(shown["key"])
    assert_allclose(study.se, shown["se"])
    assert study.clusters == 12
    # the mean of the events after is what the dynamic average is over all
    overall = effects.aggregate("dynamic").iloc[0]
    weights = study.weights()
    assert_allclose(
        [weights @ study.estimate, weights @ study.covariance @ weights], [overall["estimate"], overall["se"] ** 2]
    )
    varying = group_time_effects(made.table, "value", "unit", "time", "start", cluster="trust")
    with pytest.raises(InputError, match="base='universal'"):
        event_study_of(varying)


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ([-3, -2, 0, 2], "Event 1 is missing between -3 and 2"),
        ([0, 1, 2, 3], "needs an estimate before the reference"),
        ([-5, -4, -3, -2], "one from the start on"),
        ([-2, -2, 0, 1], "each once"),
    ],
)
def test_events_that_make_no_study_are_refused(events: list[int], says: str) -> None:
    with pytest.raises(InputError, match=says):
        event_study(events, np.ones(4), np.eye(4))


def test_a_study_without_a_known_spread_is_refused() -> None:
    with pytest.raises(InputError, match="square covariance"):
        event_study([-2, 0], [1, 2], np.eye(3))
    with pytest.raises(InputError, match="Nothing is known of event -2"):
        event_study([-2, 0], [np.nan, 2], np.eye(2))
    with pytest.raises(InputError, match="symmetric, with variances above 0"):
        event_study([-2, 0], [1, 2], np.zeros((2, 2)))
    with pytest.raises(InputError, match=r"no event 7 from the start on; there are \[0, 1, 2\]"):
        STUDY.weights({7: 1})
    assert STUDY.window(-3, 1).events == (-3, -2, 0, 1)


# --- pre-trends ------------------------------------------------------------------------------------------------------------


def test_power_and_bias_with_one_period_before_by_hand() -> None:
    found = pretrends(ONE, draws=200_000, rng=np.random.default_rng(1)).power.set_index(["test", "power"])
    # one estimate before, se 0.2, at lever -1: power of |N(-g / 0.2, 1)| > 1.96; the joint test is the same test
    shift = optimize.brentq(lambda b: stats.norm.sf(1.96 - b) + stats.norm.cdf(-1.96 - b) - 0.8, 0, 9)
    for test, tolerance in (("any period", 0.01), ("joint", 1e-4)):
        assert found.loc[(test, 0.8), "slope"] == pytest.approx(0.2 * shift, rel=tolerance)
        assert found.loc[(test, 0.8), "bias"] == pytest.approx(0.2 * shift, rel=tolerance)
    # passed: a truncated normal before, and the estimate after follows with 0.01 / 0.04 of it
    truncated = stats.truncnorm(-1.96 + shift, 1.96 + shift).mean() * 0.2
    assert found.loc[("any period", 0.8), "bias_if_passed"] == pytest.approx(0.2 * shift + 0.25 * truncated, abs=0.005)


def test_the_joint_test_with_one_period_is_a_t_test() -> None:
    study = EventStudy(ONE.events, ONE.estimate, ONE.covariance, clusters=9)
    joint = pretrends(study, rng=np.random.default_rng(1)).joint
    assert joint["p_two_sided"] == pytest.approx(2 * stats.t.sf(0.3 / 0.2, 8))
    assert joint["method"] == "Hotelling's F"


def test_too_few_clusters_give_no_joint_test_and_say_why() -> None:
    found = pretrends(EventStudy(EVENTS, STUDY.estimate, SPREAD, clusters=5), rng=np.random.default_rng(1))
    assert np.isnan(found.joint["p_two_sided"])
    assert found.joint["method"] == "no joint test: 4 periods before are too many for 5 clusters"
    assert found.power.query("test == 'joint'")["slope"].isna().all()
    assert len(found.bias) == 2 * 2 * 3


def test_a_found_slope_has_its_power_in_draws() -> None:
    slope = pretrends(STUDY, rng=np.random.default_rng(1)).power.set_index(["test", "power"])["slope"]
    rng = np.random.default_rng(2)
    drawn = rng.multivariate_normal(np.zeros(4), SPREAD[:4, :4], 20_000)
    levers = np.array(EVENTS[:4]) + 1
    shown = (np.abs(drawn + slope["any period", 0.5] * levers) > 1.96 * STUDY.se[:4]).any(axis=1).mean()
    assert shown == pytest.approx(0.5, abs=0.015)
    moved = drawn + slope["joint", 0.8] * levers
    wald = np.einsum("di,ij,dj->d", moved, np.linalg.inv(SPREAD[:4, :4]), moved)
    assert (wald > stats.chi2.ppf(0.95, 4)).mean() == pytest.approx(0.8, abs=0.015)
    with pytest.raises(InputError, match="powers: 0.02 can't be reached"):
        pretrends(STUDY, powers=[0.02], rng=rng)


# --- honest bounds -----------------------------------------------------------------------------------------------------------


def test_relative_bounds_by_hand() -> None:
    table = honest_bounds(ONE, m=[0, 1, 2]).set_index("m")
    # the step before is 0.3, and one step leads to event 0; U = 0.3 + z(0.025 / 2) x 0.2; se 0.3
    usual, split = stats.norm.isf(0.025), stats.norm.isf(0.0125)
    assert_allclose(table.loc[1, ["bound_low", "bound_high"]].astype(float), [0.7, 1.3])
    assert_allclose(table.loc[0, ["low", "high"]].astype(float), [1 - usual * 0.3, 1 + usual * 0.3])
    assert_allclose(table.loc[2, "high"], 1 + 2 * (0.3 + split * 0.2) + split * 0.3)
    # steps add up: with events 0 and 1, the mean moves by 1 for the first step and by a half for the second
    two = event_study([-2, 0, 1], [0.3, 1, 2], 0.01 * np.eye(3))
    assert_allclose(honest_bounds(two, m=[1])["bound_high"], [1.5 + 1.5 * 0.3])
    assert_allclose(honest_bounds(two, m=[1], target={1: 1.0})["bound_high"], [2 + 2 * 0.3])


def test_smooth_bounds_with_one_period_before_by_hand() -> None:
    table = honest_bounds(ONE, "smooth", [0, 0.5])
    # the line through 0.3 at -2 and 0 at -1 is at -0.3 at 0: the effect is 1.3, give or take m
    assert_allclose(table["bound_low"], [1.3, 0.8])
    assert_allclose(table["bound_high"], [1.3, 1.8])
    # the only affine estimate with bounded bias is 1.3; its variance is 0.04 + 0.09 + 2 x 0.01
    sd = 0.15**0.5
    assert_allclose(
        table["high"] - table["low"], [2 * 1.959964 * sd, 2 * sd * folded_quantile(0.5 / sd, 0.05)], rtol=1e-6
    )
    assert_allclose(table["high"] + table["low"], 2.6)


def test_no_affine_estimate_gives_a_shorter_interval() -> None:
    levers = np.array(EVENTS, dtype=float) + 1
    bends = np.arange(-3, 3)  # where a line can bend, in periods from the reference
    curves = np.array([[max(x - b, 0) if b >= 0 else max(b - x, 0) for b in bends] for x in levers])
    weights = np.array([0, 0, 0, 0, 1, 1, 1]) / 3
    for m in (0.02, 0.1):

        def half(free: np.ndarray, m: float = m) -> float:
            v = weights.copy()
            v[:3] = free
            v[3] = v @ levers - v[3] * levers[3]  # a straight line cancels: its lever is -1
            sd = float(np.sqrt(v @ SPREAD @ v))
            return float(folded_quantile(m * np.abs(v @ curves).sum() / sd, 0.05)) * sd

        best = min(
            optimize.minimize(
                half, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxfev": 4000}
            ).fun
            for start in (np.zeros(3), np.full(3, 0.2))
        )
        row = honest_bounds(STUDY, "smooth", [m]).iloc[0]
        assert (row["high"] - row["low"]) / 2 == pytest.approx(best, rel=2e-3)


def test_estimates_that_curve_too_much_have_no_identified_set() -> None:
    row = honest_bounds(STUDY, "smooth", [0.01]).iloc[0]
    assert np.isnan(row["bound_low"])
    assert row["note"] == "the estimates before curve more than m themselves"
    assert row["low"] < row["high"]


def test_intervals_hold_the_effect_when_trends_differ_as_much_as_allowed() -> None:
    rng = np.random.default_rng(3)
    steps = np.array(EVENTS, dtype=float) + 1
    truth = np.where(steps > 0, 1.0, 0.0)
    chance = rng.multivariate_normal(np.zeros(7), SPREAD, 4000)
    # smooth: a bend of 0.1 at the reference; the interval's centre is affine, so it is had from unit estimates
    bent = 0.3 * steps + 0.1 * np.clip(steps, 0, None)

    def centre(estimate: np.ndarray) -> float:
        row = honest_bounds(EventStudy(EVENTS, estimate, SPREAD), "smooth", [0.1]).iloc[0]
        return float(row["low"] + row["high"]) / 2

    affine = np.array([centre(one) for one in np.eye(7)])
    row = honest_bounds(STUDY, "smooth", [0.1]).iloc[0]
    held = np.abs((truth + bent + chance) @ affine - 1.0) <= (row["high"] - row["low"]) / 2
    assert held.mean() == pytest.approx(0.95, abs=0.02) or held.mean() > 0.95
    usual = np.abs(((truth + bent + chance) @ STUDY.weights()) - 1.0) <= 1.96 * np.sqrt(
        STUDY.weights() @ SPREAD @ STUDY.weights()
    )
    assert usual.mean() < 0.3  # parallel trends taken for granted fail
    # relative: steps of 0.3 before and after, all the same way, m = 1
    trend = 0.3 * steps
    rows = [honest_bounds(EventStudy(EVENTS, truth + trend + each, SPREAD), m=[1]).iloc[0] for each in chance[:300]]
    assert np.mean([row["low"] <= 1.0 <= row["high"] for row in rows]) >= 0.95


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 10), st.floats(-3, 3))
def test_scale_changes_units_alone_and_more_allowed_is_wider(scale: float, shift: float) -> None:
    estimate = STUDY.estimate + np.where(np.array(EVENTS) >= 0, shift, 0)
    one = honest_bounds(EventStudy(EVENTS, estimate, SPREAD), m=[0, 1, 2])
    other = honest_bounds(EventStudy(EVENTS, scale * estimate, scale**2 * SPREAD), m=[0, 1, 2])
    columns = ["estimate", "bound_low", "bound_high", "low", "high"]
    assert_allclose(other[columns], scale * one[columns], rtol=1e-8, atol=1e-8 * scale)
    assert (one["high"] - one["low"]).is_monotonic_increasing


def test_at_the_breakdown_value_the_interval_touches_nought() -> None:
    for restriction in ("relative", "smooth"):
        found = breakdown(STUDY, restriction)
        row = honest_bounds(STUDY, restriction, [found["breakdown"]]).iloc[0]
        assert row["low"] == pytest.approx(0, abs=0.01)
        assert found["bound_breakdown"] > found["breakdown"]
    small = EventStudy(EVENTS, STUDY.estimate / 20, SPREAD)
    assert breakdown(small)["breakdown"] == 0
    assert breakdown(small)["sentence"] == "The interval has nought in it even if parallel trends hold."


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(InputError, match="there is no 'smoth'. Did you mean 'smooth'"):
        honest_bounds(STUDY, "smoth")
    with pytest.raises(InputError, match="m: -1 is impossible"):
        honest_bounds(STUDY, m=[-1])
    with pytest.raises(
        InputError, match="4 periods before the reference are too many for a covariance from 7 clusters"
    ):
        honest_bounds(EventStudy(EVENTS, STUDY.estimate, SPREAD, clusters=7), "smooth")
    wide = honest_bounds(EventStudy(EVENTS, STUDY.estimate, SPREAD, clusters=9), m=[0]).iloc[0]
    assert (wide["high"] - wide["low"]) == pytest.approx(
        2 * stats.t.isf(0.025, 8) * np.sqrt(STUDY.weights() @ SPREAD @ STUDY.weights())
    )


# --- one trust less, other measures ----------------------------------------------------------------------------------------------


def test_leaving_a_trust_out_shows_what_hangs_on_it() -> None:
    panel = pd.DataFrame({"trust": list("AABBCC"), "unit": list("abcdef"), "value": [5.0, 5, -1, -1, -1, -1]})

    def estimate(rows: pd.DataFrame) -> pd.Series:
        if "B" not in set(rows["trust"]):
            raise InputError("B is needed")
        mean = rows["value"].mean()
        return pd.Series({"estimate": mean, "low": mean - 0.5, "high": mean + 0.5, "n": len(rows)})

    table = leave_one_out(panel, estimate).set_index("left_out")
    assert table.loc["A", ["estimate", "shift", "turns", "loses", "units"]].tolist() == [-1, -2, True, False, 2]
    assert table.loc["C", ["estimate", "turns"]].tolist() == [2, False]
    assert table.loc["B", "note"] == "can't be estimated without it: B is needed"
    assert not table.loc["B", "turns"]
    with pytest.raises(InputError, match="has no column 'trsut'. Did you mean 'trust'"):
        leave_one_out(panel, estimate, by="trsut")
    with pytest.raises(InputError, match="2 values of 'trust'"):
        leave_one_out(panel[panel["trust"] != "A"], estimate)


def test_measures_stand_side_by_side_in_standard_deviations() -> None:
    made = invented(np.random.default_rng(1), noise=0.0)
    waits = Panel("service_users", "waiting_weeks", "year", made.table, made.left_out)

    def simple(rows: pd.DataFrame) -> pd.DataFrame:
        return group_time_effects(rows, "value", "unit", "time", "start").aggregate("simple")

    table = alternative_measures([made, waits], simple, load_codebook("effects")).set_index("measure")
    sd = np.std(0.1 * np.arange(24), ddof=1)  # teams differ by 0.1 each before period 4
    assert table["sd_before"].tolist() == pytest.approx([sd, sd])
    assert table["standardised"].to_numpy() == pytest.approx((table["estimate"] / sd).to_numpy())
    assert table.loc["experience", "better"] == -table.loc["waiting_weeks", "better"]  # a longer wait is worse
    with pytest.raises(InputError, match="no 'waits'"):
        alternative_measures(
            [Panel("service_users", "waits", "year", made.table, made.left_out)], simple, load_codebook("effects")
        )


# --- many measures ---------------------------------------------------------------------------------------------------------------


def test_holm_by_hand_and_the_step_down_over_all_signs() -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((8, 2)) + np.array([2.0, 0.2])
    mean = x.mean(axis=0)
    parts = pd.DataFrame((x - mean) / 8, columns=["a", "b"])
    table = step_down(pd.Series(mean, index=["a", "b"]), parts, 40_000, rng).set_index("name")
    p = table["p_two_sided"]
    assert table.loc["a", "p_holm"] == pytest.approx(min(2 * p["a"], 1))
    assert table.loc["b", "p_holm"] == pytest.approx(max(2 * p["a"], p["b"]))
    # all 2^8 signs on the centred parts; the smaller |t| is judged by itself
    signs = np.array(list(product([-1, 1], repeat=8)))
    centred = (x - mean) / 8
    drawn = signs @ centred
    t_drawn = np.abs(drawn) / np.sqrt((centred**2).sum(axis=0) - drawn**2 / 8)
    t = np.abs(mean) / np.sqrt((centred**2).sum(axis=0))
    first = (t_drawn.max(axis=1) >= t[0] - 1e-12).mean()
    assert table.loc["a", "p_step_down"] == pytest.approx(first, abs=0.01)
    assert table.loc["b", "p_step_down"] == pytest.approx(max(first, (t_drawn[:, 1] >= t[1] - 1e-12).mean()), abs=0.01)


def test_holm_is_that_of_statsmodels() -> None:
    p = [0.04, 0.01, 0.03, 0.2, 0.01, 1.0, 0.9, 0.0005]
    assert_allclose(holm_adjusted(p), multipletests(p, method="holm")[1])


def test_a_measure_twice_costs_holm_but_not_the_step_down() -> None:
    rng = np.random.default_rng(5)
    parts = pd.Series(rng.standard_normal(30))
    parts -= parts.mean()
    value = 2.3 * float(np.sqrt((parts**2).sum()))
    once = step_down(pd.Series({"a": value}), parts.to_frame("a"), 4999, np.random.default_rng(1))
    twice = step_down(
        pd.Series({"a": value, "b": value}), pd.DataFrame({"a": parts, "b": parts}), 4999, np.random.default_rng(1)
    )
    assert twice["p_step_down"].tolist() == [once["p_step_down"][0]] * 2
    assert twice["p_holm"][0] == pytest.approx(2 * once["p_holm"][0])


def test_false_alarms_among_measures_that_hang_together_are_held_down() -> None:
    rng = np.random.default_rng(6)
    alarms = 0
    for _ in range(300):
        x = rng.standard_normal((14, 1)) + rng.standard_normal((14, 5))
        parts = pd.DataFrame((x - x.mean(axis=0)) / 14)
        found = step_down(pd.Series(x.mean(axis=0)), parts, 199, rng)
        alarms += found["p_step_down"].min() <= 0.05
    assert alarms / 300 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_unknown_estimates_count_in_no_correction() -> None:
    parts = pd.DataFrame({"a": [1.0, -1.0, 0.5, -0.5], "b": [0.0] * 4})
    table = step_down(pd.Series({"a": 4.0, "b": 1.0}), parts, 99, np.random.default_rng(1))
    assert table["p_holm"][0] == table["p_two_sided"][0]
    assert table.loc[1, ["se", "p_two_sided", "p_holm", "p_step_down"]].isna().all()
    with pytest.raises(InputError, match="names of the estimates"):
        step_down(pd.Series({"b": 1.0, "a": 1.0}), parts)
    with pytest.raises(InputError, match="98 are too few"):
        step_down(pd.Series({"a": 1.0, "b": 1.0}), parts, 98)


def test_measures_of_a_study_keep_their_own_interval() -> None:
    made = invented(np.random.default_rng(1))
    effects = group_time_effects(made.table, "value", "unit", "time", "start", cluster="trust")
    trusts = made.table.drop_duplicates("unit").set_index("unit")["trust"]
    table = many_measures({"a": effects, "b": effects}, trusts, 199, np.random.default_rng(1))
    row = effects.aggregate("simple").iloc[0]
    assert_allclose(
        table.loc[0, ["estimate", "se", "low", "high"]].astype(float),
        row[["estimate", "se", "low", "high"]].astype(float),
    )
    with pytest.raises(InputError, match="'T23' has none"):
        many_measures({"a": effects}, trusts.drop("T23"), 199)


# --- kinds named in advance ----------------------------------------------------------------------------------------------------------


def test_a_difference_between_kinds_is_found_once_and_mirrored() -> None:
    made = invented(np.random.default_rng(1), effect=2.0, noise=0.05)
    table = by_kind(made, {"setting": ["ward", "community"]}, draws=999, rng=np.random.default_rng(1))
    ward, community = table.iloc[0], table.iloc[1]
    assert [ward["estimate"], community["estimate"], ward["difference"]] == pytest.approx([2, 0, 2], abs=0.1)
    assert community["difference"] == -ward["difference"]
    assert ward["p_holm"] == ward["p_two_sided"] == community["p_two_sided"]  # one question, asked once
    assert ward["difference_low"] == pytest.approx(-community["difference_high"])
    assert (ward["teams"], ward["note"]) == (8, "")


def test_kinds_too_few_or_absent_are_shown_without_estimate_and_others_are_not_looked_at() -> None:
    made = invented(np.random.default_rng(1))
    table = by_kind(made, {"setting": ["ward", "crisis"]}, draws=199, rng=np.random.default_rng(1))
    assert table["kind"].tolist() == ["ward", "crisis"]
    assert table.loc[1, "note"] == "0 adopters of this kind; 4 are needed"
    assert table.loc[1, ["estimate", "difference", "p_holm"]].isna().all()
    with pytest.raises(InputError, match="No kind is stated"):
        by_kind(made, {})
    with pytest.raises(InputError, match="no column 'climate'"):
        by_kind(made, {"climate": ["good"]})
    with pytest.raises(InputError, match="is there twice"):
        by_kind(made, {"setting": ["ward", "ward"]})


def test_the_difference_has_the_standard_error_of_a_shared_comparison() -> None:
    made = invented(np.random.default_rng(2), effect=1.0)
    table = by_kind(made, {"setting": ["ward", "community"]}, draws=199, rng=np.random.default_rng(1))
    # comparison teams cancel when both kinds have the same cohorts: the same as comparing adopters of either kind by cohort and
    # time, weighted alike
    adopters = made.table.dropna(subset=["start"])
    wide = adopters.pivot_table("value", "unit", "time")
    about = adopters.drop_duplicates("unit").set_index("unit")
    gaps = []
    for start in (4, 6):
        for time in range(start, 9):
            change = wide[time] - wide[start - 1]
            mean = change[about["start"].eq(start)].groupby(about["setting"]).mean()
            gaps.append(mean["ward"] - mean["community"])
    assert table.loc[0, "difference"] == pytest.approx(np.mean(gaps))


def test_halves_of_a_scale() -> None:
    table = halves(pd.DataFrame({"team": list("abcd"), "climate": [1, 2, 3, None]}), "climate")
    assert table["climate"].fillna("-").tolist() == [
        "at or below the median",
        "at or below the median",
        "above the median",
        "-",
    ]
    with pytest.raises(InputError, match="no column 'climat'"):
        halves(table, "climat")

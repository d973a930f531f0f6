"""Second opinions on effects: two-way fixed effects and what it is made of, Sun-Abraham, imputation, and one table of all.

Known answers: R 4.2.2 with fixest 0.11.2, bacondecomp 0.1.1, didimputation 0.3.0 and clubSandwich 0.6.0 (tests/reference/did);
else a dummy for each unit and period in statsmodels, plain loops, and the effects planted in the invented study.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from newroles.datasets import load_study
from newroles.datasets.places import data_folder
from newroles.effects.bacon import bacon, bacon_by_kind
from newroles.effects.few_trusts import few_trusts
from newroles.effects.group_time import group_time_effects
from newroles.effects.imputation import imputation
from newroles.effects.opinions import second_opinions
from newroles.effects.panel_rows import read_panel
from newroles.effects.placement import placement_test
from newroles.effects.sun_abraham import sun_abraham
from newroles.effects.two_way import independent, two_way_fixed_effects
from newroles.errors import InputError
from newroles.few_clusters import cr2

COLUMNS = ("y", "unit", "time", "start")
R_COLUMNS = ("y", "trust", "period", "first")


def read_case(folder: Path, start: str, never: int) -> tuple[pd.DataFrame, dict[str, Any]]:
    panel = pd.read_csv(folder / "input_panel.csv")
    panel[start] = panel[start].astype(float).replace(never, np.nan)
    return panel, json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


@pytest.fixture(scope="module")
def trusts51(reference: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    return read_case(reference / "did" / "staggered_trusts51_other", "first", 0)


def drawn(
    units: int = 12, periods: int = 5, seed: int = 1, starts: tuple[float, ...] = (3, 4, np.nan), missing: float = 0.0
) -> pd.DataFrame:
    """A panel of noise and effects that grow, with one covariate; two units to each trust; perhaps with gaps."""
    rng = np.random.default_rng(seed)
    panel = pd.DataFrame(
        {"unit": np.repeat(np.arange(units), periods), "time": np.tile(np.arange(1, periods + 1), units)}
    )
    panel["start"] = np.array(starts)[panel["unit"] % len(starts)]
    panel["trust"] = "X" + (panel["unit"] // 2).astype(str)
    panel["x"] = rng.normal(size=len(panel))
    since = (panel["time"] - panel["start"] + 1).clip(lower=0).fillna(0)
    panel["y"] = rng.normal(size=len(panel)) + since + panel["unit"] / 3 + panel["time"] ** 2 / 9 + panel["x"]
    return panel[rng.random(len(panel)) >= missing].reset_index(drop=True)


def dummies(panel: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """A column for the treatment, and for each unit and each period but the first."""
    treated = (panel["time"] >= panel["start"]).astype(float).rename("treated")
    wide = pd.get_dummies(panel[["unit", "time"]].astype("str"), dtype=float).drop(columns="time_1")
    return pd.concat([treated, wide], axis=1), panel["y"]


# --- two-way fixed effects -------------------------------------------------------------------------------------------


def test_two_way_fixed_effects_and_their_errors_equal_fixest_and_clubsandwich(trusts51: Any) -> None:
    panel, expected = trusts51
    found = two_way_fixed_effects(panel, *R_COLUMNS, rng=np.random.default_rng(1), draws=199).set_index("method")
    assert_allclose(found["estimate"], expected["twfe_coef"], rtol=1e-9)
    assert found.loc["CR1", "se"] == pytest.approx(expected["twfe_se_cluster_fixest"], rel=1e-9)
    assert found.loc["CR2", "se"] == pytest.approx(expected["cr2_se"], rel=1e-8)
    assert found.loc["CR2", "df"] == pytest.approx(expected["cr2_df_satterthwaite"], rel=1e-8)
    assert found.loc["CR2", "p"] == pytest.approx(expected["cr2_p"], rel=1e-6)
    # counting a dummy for each trust among the coefficients gives CR1S, which the reference has too
    rows, units, periods = 510, 51, 10
    with_dummies = found.loc["CR1", "se"] * np.sqrt((rows - periods - 1) / (rows - units - periods))
    assert with_dummies == pytest.approx(expected["cr1s_se"], rel=1e-9)
    assert found.loc["wild cluster bootstrap", "p"] == pytest.approx(1 / 200)


def test_with_gaps_covariates_and_trusts_they_equal_a_regression_with_dummies() -> None:
    panel = drawn(missing=0.2)
    x, y = dummies(panel)
    x.insert(1, "x", panel["x"])
    fit = sm.OLS(y, x).fit()
    clustered = fit.get_robustcov_results("cluster", groups=pd.factorize(panel["trust"])[0])
    found = two_way_fixed_effects(panel, *COLUMNS, cluster="trust", covariates=["x"]).set_index("method")
    reduced = cr2(fit, panel["trust"]).iloc[0]
    assert_allclose(
        found.loc["CR2", ["estimate", "se", "df"]].astype(float), reduced[["estimate", "se", "df"]].astype(float)
    )
    n, swept = len(panel), 12 - 1  # units nest in trusts: they aren't counted, but for the intercept
    expected = clustered.bse[0] * np.sqrt((n - x.shape[1]) / (n - x.shape[1] + swept))
    assert found.loc["CR1", "se"] == pytest.approx(expected)
    assert found.loc["CR1", "df"] == 5
    assert (found["clusters"] == 6).all()


def test_columns_that_add_nothing_are_found() -> None:
    a, b = np.array([1.0, 0, 2]), np.array([0.0, 1, 1])
    assert independent(np.column_stack([a, 2 * a, b, a + b, 0 * a])) == [0, 2]


# --- what it is made of -----------------------------------------------------------------------------------------------


def test_the_decomposition_equals_bacondecomp(trusts51: Any, reference: Path) -> None:
    panel, expected = trusts51
    table = pd.read_csv(reference / "did" / "staggered_trusts51_other" / "expected_bacon.csv").set_index("type")
    pairs = bacon(panel, *R_COLUMNS)
    kinds = bacon_by_kind(pairs).set_index("kind")
    names = {
        "treated vs never": "Treated vs Untreated",
        "earlier vs later": "Earlier vs Later Treated",
        "later vs earlier": "Later vs Earlier Treated",
    }
    for ours, theirs in names.items():
        assert_allclose(
            kinds.loc[ours, ["weight", "estimate"]].astype(float), table.loc[theirs, ["weight", "average"]], rtol=1e-9
        )
    assert (pairs["weight"] * pairs["estimate"]).sum() == pytest.approx(expected["bacon_weighted_sum"], rel=1e-9)
    assert kinds["forbidden"].to_dict() == {
        "treated vs never": False,
        "earlier vs later": False,
        "later vs earlier": True,
    }


@settings(max_examples=25, deadline=None)
@given(
    starts=st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0, 9.0, np.nan]), min_size=3, max_size=7),
    seed=st.integers(0, 99),
)
def test_weights_add_up_to_one_and_the_parts_to_the_regression(starts: list[float], seed: int) -> None:
    """Always treated (start 0 or 1), never treated (blank, or after the end) and cohorts in any mixture."""
    panel = drawn(units=len(starts), periods=4, seed=seed, starts=tuple(starts))
    groups = {0.0 if s <= 1 else 9.0 if np.isnan(s) else s for s in starts}
    if len(groups) < 2:
        with pytest.raises(InputError, match="no pair of groups"):
            bacon(panel, *COLUMNS)
        return
    if groups == {0.0, 9.0}:  # nobody changes
        with pytest.raises(InputError, match="no pair of groups"):
            bacon(panel, *COLUMNS)
        return
    pairs = bacon(panel, *COLUMNS)
    x, y = dummies(panel)
    regression = np.linalg.lstsq(x.to_numpy(), y.to_numpy(), rcond=None)[0][0]
    assert pairs["weight"].sum() == pytest.approx(1)
    assert (pairs["weight"] > 0).all()
    assert (pairs["weight"] * pairs["estimate"]).sum() == pytest.approx(regression, abs=1e-9)


def test_a_panel_with_gaps_has_no_decomposition() -> None:
    panel = drawn().drop(index=7)
    with pytest.raises(InputError, match=r"1 of 60 unit-periods are absent or blank, first of unit '1'"):
        bacon(panel, *COLUMNS)


# --- Sun and Abraham --------------------------------------------------------------------------------------------------


def test_sun_abraham_equals_fixest(trusts51: Any, reference: Path) -> None:
    panel, expected = trusts51
    table = pd.read_csv(reference / "did" / "staggered_trusts51_other" / "expected_sunab_event.csv")
    found = sun_abraham(panel, *R_COLUMNS)
    assert found.events["key"].tolist() == [int(term.split("::")[1]) for term in table["term"]]
    assert_allclose(found.events[["estimate", "se"]], table[["estimate", "se"]], rtol=1e-8, atol=1e-10)
    assert_allclose(
        found.overall[["estimate", "se"]].astype(float), [expected["sunab_att"], expected["sunab_att_se"]], rtol=1e-9
    )


def test_sun_abraham_with_a_covariate_equals_fixest(shared: Path) -> None:
    folder = shared / "reference" / "did" / "fixest_base_stagg_sunab"
    panel, expected = read_case(folder, "year_treated", 10000)
    table = pd.read_csv(folder / "expected_event.csv").iloc[1:]  # the first row is the covariate
    found = sun_abraham(panel, "y", "id", "year", "year_treated", covariates=["x1"])
    assert found.events["key"].tolist() == [int(term.split("::")[1]) for term in table["term"]]
    assert_allclose(found.events[["estimate", "se"]], table[["estimate", "se"]], rtol=1e-8)
    assert_allclose(found.overall[["estimate", "se"]].astype(float), [expected["att"], expected["att_se"]], rtol=1e-9)


def test_without_gaps_each_cohort_is_compared_with_those_never_treated_by_plain_means() -> None:
    panel = drawn(seed=3)
    means = panel.pivot_table(index="start", columns="time", values="y", dropna=False)
    never = panel[panel["start"].isna()].groupby("time")["y"].mean()
    gap = {g: means.loc[g] - never - (means.loc[g, g - 1] - never[g - 1]) for g in (3.0, 4.0)}
    found = sun_abraham(panel, *COLUMNS).events.set_index("key")["estimate"]
    assert found[-2] == pytest.approx((gap[3.0][1] + gap[4.0][2]) / 2)
    assert found[1] == pytest.approx((gap[3.0][4] + gap[4.0][5]) / 2)
    assert found[2] == pytest.approx(gap[3.0][5])


def test_where_nobody_is_never_treated_the_last_cohort_is_compared_with_until_it_starts() -> None:
    panel = drawn(starts=(2, 3, 5), units=9)
    found = sun_abraham(panel, *COLUMNS)
    as_never = panel[panel["time"] < 5].assign(start=lambda p: p["start"].mask(p["start"] == 5))
    pd.testing.assert_frame_equal(found.table, sun_abraham(as_never, *COLUMNS).table)
    assert (found.left_out["reason"] == "from period 5 on nobody is untreated").all()
    assert found.left_out["rows"].tolist() == [1] * 9
    assert found.clusters == 9


def test_another_reference_period_moves_all_event_times_alike_within_a_cohort() -> None:
    panel = drawn(starts=(4, np.nan))
    usual = sun_abraham(panel, *COLUMNS).events.set_index("key")["estimate"]
    earlier = sun_abraham(panel, *COLUMNS, reference=-2).events.set_index("key")["estimate"]
    assert_allclose(earlier[[-3, 0, 1]], usual[[-3, 0, 1]] - usual[-2])
    assert earlier[-1] == pytest.approx(-usual[-2])


def test_a_cohort_not_seen_at_the_reference_is_named_and_the_others_stand() -> None:
    panel = drawn()
    gone = panel[~((panel["start"] == 4) & (panel["time"] < 4))]
    found = sun_abraham(gone, *COLUMNS)
    assert found.left_out["reason"].tolist() == [
        "start 4, event time 0: nothing to compare with",
        "start 4, event time 1: nothing to compare with",
    ]
    others = sun_abraham(panel[panel["start"] != 4], *COLUMNS)
    assert found.overall["estimate"] == pytest.approx(others.overall["estimate"])


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({}, {"reference": 0}, "reference: 0 isn't before the start"),
        ({}, {"reference": -7}, r"no treated unit is seen at event time -7. Seen before the start: \[-1, -2, -3\]"),
        ({"start": 9.0}, {}, "nobody is treated"),
        ({"start": 3.0}, {}, "start together and none is never treated"),
        ({"start": 1.0}, {}, "treated from the first period on"),
        ({"trust": "X"}, {"cluster": "trust"}, "All units are in one trust"),
    ],
)
def test_sun_abraham_says_what_is_wrong(change: dict[str, Any], options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        sun_abraham(drawn().assign(**change), *COLUMNS, **options)


# --- imputation -------------------------------------------------------------------------------------------------------


def test_imputation_equals_didimputation(trusts51: Any) -> None:
    panel, expected = trusts51
    overall = imputation(panel, *R_COLUMNS).overall
    assert overall["estimate"] == pytest.approx(expected["imputation_att"], abs=1e-6)  # fixest sweeps to 1e-6
    assert overall["se"] == pytest.approx(expected["imputation_se"], abs=1e-6)
    assert overall["n"] == 199


def by_loops(panel: pd.DataFrame, cluster: str) -> dict[float | str, tuple[float, float]]:
    """Estimates and conservative standard errors with dense matrices and loops, from Borusyak et al., equations 6 to 8."""
    x, y = dummies(panel)
    z = x.drop(columns="treated").assign(x=panel["x"]).to_numpy()
    treated = x["treated"].to_numpy() == 1
    tau = y.to_numpy() - z @ np.linalg.lstsq(z[~treated], y[~treated], rcond=None)[0]
    since = (panel["time"] - panel["start"]).to_numpy()
    answers: dict[float | str, tuple[float, float]] = {}
    for key in [*np.unique(since[treated]), "overall"]:
        w = treated / treated.sum() if key == "overall" else (since == key) / (since == key).sum()
        v = w.copy()
        v[~treated] = -z[~treated] @ np.linalg.pinv(z[~treated].T @ z[~treated]) @ z[treated].T @ w[treated]
        deviation = tau.copy()
        for cell, rows in panel[treated].groupby(["start", "time"]).groups.items():
            at = np.array(rows)
            if (v[at] ** 2).sum() > 0:
                deviation[at] -= (v[at] ** 2 * tau[at]).sum() / (v[at] ** 2).sum()
            assert cell[1] >= cell[0]
        sums = [sum(v[i] * deviation[i] for i in rows) for rows in panel.groupby(cluster).groups.values()]
        answers[key] = float(w @ tau), float(np.sqrt(sum(s**2 for s in sums)))
    return answers


@pytest.mark.parametrize("cluster", ["unit", "trust"])
def test_with_gaps_a_covariate_and_trusts_imputation_equals_plain_loops(cluster: str) -> None:
    panel = drawn(units=15, missing=0.15, seed=4)
    found = imputation(panel, *COLUMNS, cluster=cluster, covariates=["x"])
    for key, (estimate, se) in by_loops(panel, cluster).items():
        line = found.overall if key == "overall" else found.events.set_index("key").loc[key]
        assert (line["estimate"], line["se"]) == pytest.approx((estimate, se))


def test_treated_rows_that_untreated_ones_say_nothing_about_are_named() -> None:
    panel = drawn(starts=(3, 4), units=6)  # from period 4 on nobody is untreated
    found = imputation(panel, *COLUMNS)
    assert found.left_out["rows"].tolist() == [2] * 6
    assert found.events["key"].tolist() == [0]
    late = drawn()
    no_past = late[~((late["unit"] == 0) & (late["time"] < 3))]  # unit 0 starts at 3 and isn't seen before
    assert imputation(no_past, *COLUMNS).left_out[["unit", "rows"]].values.tolist() == [[0, 3]]
    rest = imputation(late[late["unit"] != 0], *COLUMNS)
    assert imputation(no_past, *COLUMNS).overall["estimate"] == pytest.approx(rest.overall["estimate"])
    with pytest.raises(InputError, match="No treated row can be filled in"):
        imputation(drawn(starts=(3,)), *COLUMNS)


# --- bad input, for all of them ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: p.rename(columns={"start": "begin"}), "no column 'start'"),
        (lambda p: p.iloc[:0], "no rows"),
        (lambda p: pd.concat([p, p.iloc[[8]]]), "1 unit-periods come more than once, first unit '1' in time 4"),
        (
            lambda p: p.assign(start=p["start"].mask((p["unit"] == 3) & (p["time"] > 3), 2.0)),
            r"unit '3' has more than one start \(2.0, 3.0\)",
        ),
        (lambda p: p.assign(trust=p["trust"].mask(p.index == 4, "X9")), "unit '0' is in more than one 'trust'"),
        (lambda p: p.assign(trust=p["trust"].mask(p.index == 4)), "1 of 60 rows have no 'trust'"),
        (lambda p: p.assign(time=p["time"].astype("str") + "-Q"), "Column 'time' holds '1-Q': expected numbers"),
        (lambda p: p.assign(y=p["y"].mask(p.index == 2, np.inf)), "Column 'y' holds an infinite value"),
        (lambda p: p.assign(y=np.nan), "No row has a value of 'y'"),
        (lambda p: p[p["time"] == 1], r"1 period\(s\): at least two"),
    ],
)
def test_a_panel_that_cannot_be_read_is_refused_by_name(change: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_panel(change(drawn()), *COLUMNS, cluster="trust")


def test_blank_outcomes_and_units_treated_throughout_are_left_out_and_named() -> None:
    panel = drawn()
    panel.loc[[0, 1, 7], "y"] = np.nan
    panel["start"] = panel["start"].mask(panel["unit"] == 3, 1.0)
    rows = read_panel(panel, *COLUMNS, keep_always=False)
    assert rows.left_out.values.tolist() == [
        [0, "no outcome", 2],
        [1, "no outcome", 1],
        [3, "treated from the first period on", 5],
    ]
    assert len(rows.outcome) == 52
    assert 3 not in rows.units
    later = panel.assign(start=panel["start"].fillna(99))  # a start after the last period is none
    assert np.isnan(read_panel(later, *COLUMNS).start).sum() == 4


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({"start": 3.0}, {}, "explain the treatment fully"),
        ({"x": 1.0}, {"covariates": ["x"]}, "Covariate 'x' doesn't vary within units"),
        ({"trust": "X"}, {"cluster": "trust"}, "All units are in one trust"),
        ({}, {"level": 95}, "The level must lie between 0 and 1"),
    ],
)
def test_two_way_fixed_effects_say_what_is_wrong(change: dict[str, Any], options: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        two_way_fixed_effects(drawn().assign(**change), *COLUMNS, **options)


# --- few trusts -------------------------------------------------------------------------------------------------------


def test_few_trusts_reads_one_estimate_in_each_way() -> None:
    panel = drawn(units=16, seed=2)
    effects = group_time_effects(panel, *COLUMNS, cluster="trust")
    test = placement_test(panel, *COLUMNS, cluster="trust", rng=np.random.default_rng(1), draws=199)
    found = few_trusts(effects, test).set_index("method")
    simple = effects.aggregate("simple").iloc[0]
    alone = group_time_effects(panel, *COLUMNS).aggregate("simple").iloc[0]
    assert_allclose(found["estimate"], simple["estimate"])
    assert found.loc["clusters, normal", "se"] == pytest.approx(simple["se"])
    assert found.loc["units, normal", "se"] == pytest.approx(alone["se"])
    assert found.loc["clusters, t", "se"] == pytest.approx(simple["se"] * np.sqrt(8 / 7))
    assert found.loc["placement", "p"] == test.summary["p_two_sided"]
    # all 2^8 sign vectors, one after the other
    _, influence = effects.influence_of("simple")
    sums = pd.Series(influence[:, 0] / 16).groupby(effects.units["cluster"].to_numpy()).sum().to_numpy()
    own = abs(simple["estimate"]) / np.sqrt(8 / 7 * (sums**2).sum())
    larger = 0
    for signs in product([-1, 1], repeat=8):
        moved = np.array(signs) * sums
        larger += abs(moved.sum()) / np.sqrt(8 / 7 * ((moved - moved.mean()) ** 2).sum()) >= own - 1e-9
    assert found.loc["wild, clusters", "p"] == (1 + larger) / 257
    assert found.loc["wild, clusters", "draws"] == 256


def test_webb_weights_come_near_to_signs_and_few_clusters_have_no_end() -> None:
    effects = group_time_effects(drawn(units=40, seed=5), *COLUMNS)
    signs, webb = (few_trusts(effects, weights=w, rng=np.random.default_rng(1)).iloc[3] for w in ("rademacher", "webb"))
    reach = signs["high"] - signs["estimate"]
    assert webb["high"] - webb["estimate"] == pytest.approx(reach, rel=0.06)
    assert reach == pytest.approx(2.02 * signs["se"], rel=0.06)  # t with 39 degrees of freedom
    few = group_time_effects(drawn(units=4, starts=(3, np.nan)), *COLUMNS)
    assert few_trusts(few).iloc[3]["high"] == np.inf  # 16 sign vectors, of which two are always as large
    with pytest.raises(InputError, match="weights: unknown 'web'. Did you mean 'webb'"):
        few_trusts(effects, weights="web")


# --- all in one table -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def example() -> Any:
    study = load_study(data_folder() / "example_study")
    truth = yaml.safe_load((data_folder() / "example_study.truth.yml").read_text(encoding="utf-8"))
    outcomes = study.outcomes[study.outcomes["measure"].isin(["continuity", "burnout"])]
    panel = outcomes.merge(study.teams, left_on="unit", right_on="team")
    months = {month: i for i, month in enumerate(sorted(panel["period"].unique()))}
    panel["time"], panel["start"] = panel["period"].map(months), panel["introduced"].map(months)
    return panel, truth["outcomes"]["measures"]


@pytest.mark.parametrize("measure", ["continuity", "burnout"])
def test_in_the_invented_study_two_way_fixed_effects_have_the_wrong_sign_and_the_others_do_not(
    example: Any, measure: str
) -> None:
    panel, truth = example
    planted = truth[measure]["aggregates"]["simple"]
    # what an unconditional comparison finds on average: burnout grows faster where posts are empty
    due = planted + truth[measure]["vacancy_bias"]["simple"]
    found = second_opinions(
        panel[panel["measure"] == measure], "value", "unit", "time", "start", cluster="trust", draws=199,
        rng=np.random.default_rng(1),
    ).set_index("estimator")  # fmt: skip
    regression = found.loc["two-way fixed effects"]
    assert regression["estimate"] * planted < 0
    assert regression["estimate"] == pytest.approx(
        truth[measure]["two_way_fixed_effects"]["all"], abs=2 * regression["se"]
    )
    assert not regression["low"] <= due <= regression["high"]
    assert "28 % of its weight on comparisons with units treated already, were there no gaps" in regression["note"]
    others = found.drop(index="two-way fixed effects")
    assert found.loc["placement test", "n"] == found.loc["Callaway and Sant'Anna, never treated", "n"]
    assert ((others["low"] <= due) & (due <= others["high"])).all()
    assert (others["estimate"] * planted > 0).all()
    assert found["estimand"].notna().all()


def test_planted_effects_are_found_with_baseline_covariates_where_trends_differ_by_them() -> None:
    """Trends rise with x, and so does the readiness to start: no noise but that, so each estimator must be exact."""
    panel = drawn(units=24, periods=6, starts=(3, 4, 5, np.nan))
    base = panel.groupby("unit")["x"].transform("first") + panel["start"].fillna(0)
    since = (panel["time"] - panel["start"]).where(panel["time"] >= panel["start"])
    panel["x"], panel["y"] = base, panel["unit"] + panel["time"] + 2 * base * panel["time"] + 1 + since.fillna(-1)
    n = since.notna().sum()
    found = second_opinions(panel, *COLUMNS, covariates=["x"], draws=99, rng=np.random.default_rng(1)).set_index(
        "estimator"
    )
    planted = (1 + since).mean()
    for name in ("imputation", "Sun and Abraham"):
        assert found.loc[name, "estimate"] == pytest.approx(planted)
        assert found.loc[name, "n"] == n
    bare = placement_test(panel, *COLUMNS, draws=99, rng=np.random.default_rng(1)).summary["estimate"]
    assert abs(bare - planted) > 1
    assert abs(found.loc["placement test", "estimate"] - planted) < 0.5, "it takes covariates into account"


def test_an_estimator_that_cannot_be_used_says_why_and_the_others_stand() -> None:
    panel = drawn(starts=(2, 3, 5), units=12)
    found = second_opinions(panel, *COLUMNS, draws=99, rng=np.random.default_rng(1)).set_index("estimator")
    assert "not possible here" in found.loc["Callaway and Sant'Anna, never treated", "note"]
    assert np.isnan(found.loc["Callaway and Sant'Anna, never treated", "estimate"])
    assert found["estimate"].notna().sum() == 5
    assert "not yet treated compared with" in found.loc["placement test", "note"]
    with pytest.raises(InputError, match="come more than once"):
        second_opinions(pd.concat([panel, panel]), *COLUMNS)

"""Effects estimated here and by packages that others wrote: pyfixest 0.60 and diff-diff 3.13, on invented panels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from newroles.effects.bacon import bacon
from newroles.effects.event_study import event_study
from newroles.effects.group_time import group_time_effects
from newroles.effects.honest import honest_bounds
from newroles.effects.imputation import imputation
from newroles.effects.sun_abraham import sun_abraham
from newroles.effects.two_way import two_way_fixed_effects

pytestmark = pytest.mark.filterwarnings("ignore")  # the peers' own
COLUMNS = ("y", "unit", "time", "start")


@pytest.fixture(scope="module")
def pyfixest():
    return pytest.importorskip("pyfixest")


@pytest.fixture(scope="module")
def diff_diff():
    return pytest.importorskip("diff_diff")


def staggered(units: int = 120, periods: int = 7, missing: float = 0.0, seed: int = 7) -> pd.DataFrame:
    """Units in trusts of four, starting in 3, 5, 6 or never; effects that grow; a covariate that goes with the trend."""
    rng = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1, periods + 1), units)
    x = rng.normal(size=units)
    start = rng.choice([3.0, 5.0, 6.0, np.nan], units, p=[0.25, 0.25, 0.2, 0.3])
    panel = pd.DataFrame({"unit": unit, "trust": unit // 4, "time": time, "start": start[unit], "x": x[unit]})
    since = (panel["time"] - panel["start"]).fillna(-1)
    shocks = rng.normal(size=(units // 4, periods))[panel["trust"], panel["time"] - 1]
    panel["z"] = rng.normal(size=len(panel)) + 0.2 * panel["time"]  # varies within units
    panel["y"] = x[unit] * (1 + 0.1 * time) + shocks + (since >= 0) * (1 + 0.5 * since) + rng.normal(size=len(panel))
    panel["treated"] = (since >= 0).astype(int)
    panel["first"] = panel["start"].fillna(0).astype(int)
    return panel[rng.random(len(panel)) >= missing].reset_index(drop=True)


@pytest.mark.parametrize("missing", [0.0, 0.15], ids=["balanced", "gaps"])
@pytest.mark.parametrize("covariates", [[], ["z"]], ids=["plain", "adjusted"])
@pytest.mark.parametrize("cluster", ["unit", "trust"])
def test_two_way_fixed_effects_as_pyfixest_has_them(pyfixest, missing, covariates, cluster):
    panel = staggered(missing=missing)
    formula = f"y ~ {' + '.join(['treated', *covariates])} | unit + time"
    rule = pyfixest.ssc(k_adj=True, k_fixef="nonnested", G_adj=True, G_df="min")
    theirs = pyfixest.feols(formula, panel, vcov={"CRV1": cluster}, ssc=rule, fixef_rm="none").tidy().loc["treated"]
    ours = two_way_fixed_effects(panel, *COLUMNS, cluster=cluster, covariates=covariates, draws=99).iloc[0]
    assert_allclose(ours["estimate"], theirs["Estimate"], rtol=1e-6)
    assert_allclose([ours["se"], ours["p"]], [theirs["Std. Error"], theirs["Pr(>|t|)"]], rtol=1e-5)


def test_sun_abraham_as_pyfixest_has_it(pyfixest):
    panel = staggered()  # the peer stops at a panel with gaps
    fit = pyfixest.event_study(panel, "y", "unit", "time", "first", cluster="unit", estimator="saturated")
    theirs = fit.aggregate()
    ours = sun_abraham(panel, *COLUMNS).table.dropna(subset="key").set_index("key")["estimate"]
    theirs.index = theirs.index.astype(float)
    shared = ours.index.intersection(theirs.index)
    assert len(shared) >= 8
    assert_allclose(ours[shared], theirs.loc[shared, "Estimate"].astype(float), atol=1e-6)


@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
@pytest.mark.parametrize(("control", "named"), [("never", "never_treated"), ("not_yet", "not_yet_treated")])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_group_time_effects_as_diff_diff_has_them(diff_diff, method, control, named, base):
    panel = staggered()
    peer = diff_diff.CallawaySantAnna(control_group=named, estimation_method=method, base_period=base)
    theirs = peer.fit(panel, *COLUMNS[:3], first_treat="first", covariates=["x"]).group_time_effects
    ours = group_time_effects(panel, *COLUMNS, control=control, covariates=["x"], method=method, base=base).table
    assert set(theirs) <= set(zip(ours["group"], ours["time"], strict=True))
    cells = [theirs.get((g, t)) for g, t in zip(ours["group"], ours["time"], strict=True)]
    known = ours[[cell is not None for cell in cells]]
    found = [(cell["effect"], cell["se"]) for cell in cells if cell is not None]
    # its doubly robust estimates agree to three digits; ours equal R's to 1e-6 (test_effects_group_time)
    near = 5e-4 if method == "dr" else 2e-6
    assert_allclose(known[["estimate", "se"]].fillna(0), np.nan_to_num(found), atol=near)
    assert base == "universal" or len(known) == len(ours)


def test_imputation_as_diff_diff_has_it(diff_diff):
    panel = staggered(missing=0.1)
    theirs = diff_diff.ImputationDiD(cluster="trust").fit(panel, *COLUMNS[:3], first_treat="first")
    ours = imputation(panel, *COLUMNS, cluster="trust").table.set_index("key")
    assert_allclose(ours["estimate"].iloc[-1], theirs.overall_att, atol=1e-6)


def test_the_decomposition_as_diff_diff_has_it(diff_diff):
    panel = staggered()
    theirs = diff_diff.BaconDecomposition(weights="exact").fit(panel, *COLUMNS[:3], first_treat="first")
    ours = bacon(panel, *COLUMNS)
    overall = float((ours["estimate"] * ours["weight"]).sum())
    assert_allclose(overall, theirs.twfe_estimate, atol=1e-6)
    pairs = sorted(round(c.estimate, 6) for c in theirs.comparisons)
    assert_allclose(sorted(ours["estimate"].round(6)), pairs, atol=2e-6)


@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 3), (4, 2)])
def test_bounds_and_smooth_intervals_as_diff_diff_has_them(diff_diff, before, after):
    """Its relative interval is another one (conditional, where ours is Bonferroni's), so only the sets are compared."""
    rng, theirs = np.random.default_rng(before), diff_diff.honest_did
    factor = rng.normal(size=(before + after, before + after))
    spread, weights = 0.02 * factor @ factor.T + 0.01 * np.eye(before + after), np.full(after, 1 / after)
    value = np.concatenate([rng.normal(0, 0.3, before), 1 + rng.normal(0, 0.3, after)])
    ours = event_study([*range(-1 - before, -1), *range(after)], value, spread)
    parts = value[:before], value[before:]
    for m in (0, 0.05, 0.3):
        expected = theirs._compute_optimal_flci(*parts, spread, weights, before, after, m)
        found = honest_bounds(ours, "smooth", m=[m])[["low", "high"]].iloc[0].astype(float)
        assert_allclose(found, expected, atol=2e-3)  # around the best centre the length hardly changes
        assert_allclose(found["high"] - found["low"], expected[1] - expected[0], rtol=1e-4)
    for m in (0.5, 1, 2):
        expected = theirs._solve_rm_bounds_union(*parts, weights, before, m)
        assert_allclose(
            honest_bounds(ours, m=[m])[["bound_low", "bound_high"]].iloc[0].astype(float), expected, atol=1e-6
        )

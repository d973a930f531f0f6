"""How long do group-time effects take, with simultaneous bands, against a plain loop that fits each model by statsmodels?

Not a test: run with `make benchmark`. Aims: 500 units in 5 periods, doubly robust, and 1,000 multiplier bootstraps well
under a second; 5,000 teams in 60 months, twelve groups, compared with those not yet treated and adjusted for a covariate,
under 30 seconds and 2 GB. The Python packages for this method aren't requirements, so the peer is written here: a logit and
a least-squares fit per effect (estimates only, no standard errors), and bootstraps one after the other.
"""

from __future__ import annotations

import resource

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from newroles.effects.group_time import GroupTimeEffects, group_time_effects

DRAWS = 1_000


def invented(units: int, periods: int, starts: list[float], seed: int = 2021) -> pd.DataFrame:
    """Units that start in one of `starts` or never, with a covariate that goes with both start and trend."""
    rng = np.random.default_rng(seed)
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(1.0, periods + 1), units)
    x = rng.normal(size=units)
    never = rng.random(units) < 1 / (1 + np.exp(1 + 0.5 * x))
    start = np.where(never, np.nan, rng.choice(starts, units))[unit]
    y = rng.normal(size=units)[unit] + 0.1 * time * x[unit] + rng.normal(size=len(unit)) + (time >= start)
    return pd.DataFrame({"unit": unit, "time": time, "start": start, "x": x[unit], "y": y})


def with_bands(panel: pd.DataFrame, control: str) -> tuple[GroupTimeEffects, pd.DataFrame]:
    effects = group_time_effects(panel, "y", "unit", "time", "start", control, ["x"])
    return effects, effects.bands("group_time", draws=DRAWS, rng=np.random.default_rng(1))


@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_five_hundred_units(benchmark, control: str) -> None:
    panel = invented(500, 5, [2.0, 4.0, 5.0])
    effects, bands = benchmark.pedantic(with_bands, args=(panel, control), rounds=5, warmup_rounds=1)
    assert len(bands) == len(effects.table) == 12


def test_five_thousand_teams_in_sixty_months(benchmark) -> None:
    panel = invented(5_000, 60, [float(month) for month in range(7, 55, 4)])
    effects, _ = benchmark.pedantic(with_bands, args=(panel, "not_yet"), rounds=1)
    benchmark.extra_info["peak_megabytes_of_the_process"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert len(effects.table) == 12 * 59


def test_five_hundred_units_by_a_plain_loop(benchmark) -> None:
    panel = invented(500, 5, [2.0, 4.0, 5.0])
    found = benchmark.pedantic(plain_loop, args=(panel,), rounds=1)
    ours = group_time_effects(panel, "y", "unit", "time", "start", covariates=["x"]).table
    np.testing.assert_allclose(found, ours["estimate"], atol=1e-6)


def plain_loop(panel: pd.DataFrame) -> list[float]:
    """Each doubly robust effect from its own logit and regression; then the cost of bootstrapping a vector for each."""
    rng, found = np.random.default_rng(1), []
    wide = panel.pivot_table(index="unit", columns="time", values="y")
    start, x = panel.groupby("unit")["start"].first(), sm.add_constant(panel.groupby("unit")[["x"]].first())
    for g in sorted(start.dropna().unique()):
        for t in wide.columns[1:]:
            change = wide[t] - wide[g - 1 if t >= g else t - 1]
            among = start.isna() | (start == g)
            d, design = (start == g)[among].astype(float), x[among]
            p = sm.Logit(d, design).fit(disp=0).predict()
            rest = change[among] - sm.OLS(change[among][d == 0], design[d == 0]).fit().predict(design)
            found.append(np.average(rest[d == 1]) - np.average(rest[d == 0], weights=(p / (1 - p))[d == 0]))
            for _ in range(DRAWS):
                (rng.choice([-1.0, 1.0], len(rest)) * rest).mean()
    return found

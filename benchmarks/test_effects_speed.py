"""How long do group-time effects take, with simultaneous bands, against the fastest of the packages for the same method?

Not a test: run with `make benchmark`. Aims: 500 units in 5 periods, doubly robust, and 1,000 multiplier bootstraps within
twice the time of the peer; 5,000 teams in 60 months, twelve groups, compared with those not yet treated and adjusted for a
covariate, under 30 seconds and 2 GB. The peer is diff-diff 3.13 (MIT), the fastest of the permissively licensed packages
tried (the others: csdid 0.4 and moderndid 0.2).
"""

from __future__ import annotations

import resource

import numpy as np
import pandas as pd
import pytest

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


@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_five_hundred_units_by_diff_diff(benchmark, control: str) -> None:
    diff_diff = pytest.importorskip("diff_diff")
    panel = invented(500, 5, [2.0, 4.0, 5.0])
    theirs = panel.assign(first=panel["start"].fillna(0).astype(int), time=panel["time"].astype(int))

    def peer() -> dict[tuple[int, int], dict[str, float]]:
        named = {"never": "never_treated", "not_yet": "not_yet_treated"}[control]
        estimator = diff_diff.CallawaySantAnna(control_group=named, estimation_method="dr", n_bootstrap=DRAWS, seed=1)
        return estimator.fit(theirs, "y", "unit", "time", "first", covariates=["x"]).group_time_effects

    found = benchmark.pedantic(peer, rounds=5, warmup_rounds=1)
    ours = group_time_effects(panel, "y", "unit", "time", "start", control, ["x"]).table
    shown = [found[(g, t)]["effect"] for g, t in zip(ours["group"], ours["time"], strict=True)]
    # csdid agrees with ours to eight digits, this peer to three
    np.testing.assert_allclose(shown, ours["estimate"], atol=2e-3)

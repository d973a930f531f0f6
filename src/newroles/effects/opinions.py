"""Do other estimators say the same? One table in which each names the average that it estimates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.effects.bacon import bacon
from newroles.effects.event_effects import EventEffects
from newroles.effects.group_time import group_time_effects
from newroles.effects.imputation import imputation
from newroles.effects.panel_rows import PanelRows, read_panel
from newroles.effects.placement import placement_test
from newroles.effects.sun_abraham import sun_abraham
from newroles.effects.two_way import two_way_fixed_effects
from newroles.errors import InputError

COLUMNS = ["estimator", "estimand", "estimate", "se", "low", "high", "p", "n", "note"]
ALL_TREATED = "average over treated unit-periods"
BY_SIZE = "average over treated groups and periods, by number of units"
REGRESSION = "a weighted average in which some effects may count negatively"


def second_opinions(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    cluster: str | None = None,
    covariates: Sequence[str] | None = None,
    among: str = "units",
    within: str | None = None,
    draws: int = 999,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Do other estimators say the same, and what does each of them average?

    `panel`: one row per unit and period; columns as in `read_panel`: `outcome`, `unit`, `time`, `start` (first treated
    period, blank for never), `cluster` (of units, such as trusts). `covariates`: numbers known at the outset, read in each
    unit's first row: trends may differ with them (doubly robust in group-time effects, times each period in the others).
    `among`, `within`, `draws`, `rng`: of the placement test. `level`: of the intervals.

    Returns one row per estimator: estimator, estimand (which average), estimate, se, low, high, p, n (treated unit-periods
    behind it), note. Group-time, imputation and Sun-Abraham intervals use t with clusters - 1 degrees of freedom (their se
    as they are published); two-way fixed effects CR2 and Satterthwaite's; the placement row the interval of constant effects
    not refused, and its p. The note on two-way fixed effects says how much of its weight rests on comparisons with units
    that are treated already. An estimator that can't be used here has blanks and says why.

    Raises InputError as `read_panel`, and for covariates that aren't numbers.

    Source: see the functions named in each row's estimator: `group_time_effects`, `imputation`, `sun_abraham`,
    `two_way_fixed_effects`, `bacon`, `placement_test`.

    >>> panel = pd.DataFrame({"team": np.repeat(list("abcdef"), 3), "month": [1, 2, 3] * 6})
    >>> panel["start"] = np.repeat([2, 2, 3, 3, np.nan, np.nan], 3)
    >>> panel["y"] = [1, 3, 4, 2, 5, 6, 2, 2, 5, 1, 2, 4, 1, 1, 2, 3, 2, 4]
    >>> found = second_opinions(panel, "y", "team", "month", "start", rng=np.random.default_rng(1))
    >>> found[["estimator", "estimate"]].round(2).values.tolist()[3:5]
    [['Sun and Abraham', 2.17], ['two-way fixed effects', 2.0]]
    """
    columns = (outcome, unit, time, start, cluster)
    rows = read_panel(panel, *columns, covariates)
    names = list(covariates or [])
    known = panel.copy()
    first = panel.sort_values(time).groupby(unit)[names].first() if names else None
    each: list[str] = []
    if first is not None:
        extra = {}
        for i, name in enumerate(names):
            held = panel[unit].map(first[name]).to_numpy(dtype=float)
            known[name] = held
            for period in rows.periods[1:]:
                extra[f"{name} x period {period:g} ({i})"] = held * (panel[time].to_numpy(dtype=float) == period)
        each = list(extra)
        known = pd.concat([known, pd.DataFrame(extra, index=known.index)], axis=1)
    rng = np.random.default_rng() if rng is None else rng
    df = len(rows.clusters) - 1.0

    def group_time(control: str) -> dict[str, Any]:
        found = group_time_effects(known, *columns[:4], control=control, covariates=names or None, cluster=cluster)
        average = found.aggregate("simple").iloc[0]
        n = int(found.comparisons.loc[found.comparisons["after"], "treated"].sum())
        left = f"left out: {len(found.left_out)} (group_time_effects names them)" if len(found.left_out) else ""
        return _line(average, df, level, n) | {"note": left}

    def event_study(estimate: Callable[..., EventEffects]) -> dict[str, Any]:
        found = estimate(known, *columns, covariates=each or None)
        lost = int(found.left_out["rows"].sum()) if len(found.left_out) else 0
        return _line(found.overall, df, level, int(found.overall["n"])) | {
            "note": f"rows left out: {lost}" if lost else ""
        }

    def regression() -> dict[str, Any]:
        table = two_way_fixed_effects(known, *columns, covariates=each or None, rng=rng, level=level)
        line = table[table["method"] == "CR2"].iloc[0]
        held: dict[str, Any] = {name: line[name] for name in ("estimate", "se", "low", "high", "p")}
        return held | {"n": int(rows.treated.sum()), "note": _forbidden(rows)}

    def placement() -> dict[str, Any]:
        held = placement_test(
            known, *columns, among=among, within=within, control=_control(rows), draws=draws, rng=rng, level=level,
            covariates=each or None,
        ).summary  # fmt: skip
        how = f"{'all' if held['exact'] else 'drawn'} {held['placements']} placements among {among}"
        base = "never treated" if _control(rows) == "never" else "not yet treated"
        return {name: held[name] for name in ("estimate", "se", "low", "high")} | {
            "p": held["p_two_sided"], "n": held["n"], "note": f"{how}; {base} compared with",
        }  # fmt: skip

    asked: list[tuple[str, str, Callable[[], dict[str, Any]]]] = [
        ("Callaway and Sant'Anna, never treated", BY_SIZE, lambda: group_time("never")),
        ("Callaway and Sant'Anna, not yet treated", BY_SIZE, lambda: group_time("not_yet")),
        ("imputation", ALL_TREATED, lambda: event_study(imputation)),
        ("Sun and Abraham", ALL_TREATED, lambda: event_study(sun_abraham)),
        ("two-way fixed effects", REGRESSION, regression),
        ("placement test", BY_SIZE, placement),
    ]
    lines = [{"estimator": name, "estimand": estimand} | _or_why(call) for name, estimand, call in asked]
    table = pd.DataFrame(lines).reindex(columns=COLUMNS)
    return table.astype(dict.fromkeys(("estimate", "se", "low", "high", "p"), float) | {"n": "Int64"})


def _or_why(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What an estimator finds, or why it can't be used here."""
    try:
        return call()
    except InputError as reason:
        return {"note": f"not possible here: {reason}"}


def _line(found: pd.Series, df: float, level: float, n: int) -> dict[str, Any]:
    """An estimate with its t interval and p."""
    estimate, se = float(found["estimate"]), float(found["se"])
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * se
    p = float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 else np.nan
    return {"estimate": estimate, "se": se, "low": estimate - reach, "high": estimate + reach, "p": p, "n": n}


def _control(rows: PanelRows) -> str:
    return "never" if np.isnan(rows.start).any() else "not_yet"


def _forbidden(rows: PanelRows) -> str:
    """How much of two-way fixed effects' weight rests on units treated already? As if the panel had no gaps."""
    names = np.arange(len(rows.units))
    grid = pd.DataFrame({"unit": np.repeat(names, len(rows.periods)), "time": np.tile(rows.periods, len(names))})
    grid["start"], grid["none"] = np.repeat(rows.start, len(rows.periods)), 0.0
    pairs = bacon(grid, "none", "unit", "time", "start")
    share = 100 * pairs.loc[pairs["forbidden"], "weight"].sum()
    gaps = "" if len(rows.outcome) == len(grid) else ", were there no gaps"
    return f"{share:.0f} % of its weight on comparisons with units treated already{gaps}"

"""How often does an estimator find an effect of introductions that never happened? Placebo dates on real units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from newroles.datasets.intervals import wilson
from newroles.effects.comparisons import WidePanel, read_panel
from newroles.effects.placebo_fits import group_time_fits, two_way_fits
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats

ESTIMATORS: Mapping[str, str] = {
    "two_way_ols": "Two-way fixed effects, ordinary errors",
    "two_way_cr1": "Two-way fixed effects, clustered (CR1)",
    "two_way_cr2": "Two-way fixed effects, clustered (CR2)",
    "group_time": "Group-time effects, clustered",
    "placement": "Group-time effects, placement test",
}
STORIES: Mapping[str, str] = {
    "chance": "Dates dealt out at random",
    "few": "Dates dealt out at random among {units} providers",
    "size": "Larger providers start, and first",
    "change_before": "Providers that had just improved start, and first",
    "level_before": "Providers that did well start, and first",
    "course": "Providers that rise throughout start, and first",
}
_START = "placebo start"
_AT_ONCE = 2_000_000  # numbers held at a time


def placebo_test(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    cohorts: Mapping[float, float],
    estimators: Sequence[str] = tuple(ESTIMATORS),
    draws: int = 200,
    rng: np.random.Generator | None = None,
    *,
    leaning: str = "",
    pull: float = 1.0,
    units: int | None = None,
    placements: int = 999,
    level: float = 0.95,
) -> pd.DataFrame:
    """How often does each estimator report an effect where there is none?

    `panel`: one row per unit and period, balanced or not, of real outcomes: `outcome`, `unit`, `time` (numbers). `cohorts`:
    first treated period -> share of units that get it as a placebo; the rest never start. Nothing was introduced, so the true
    effect is nil for every unit and every set of dates; an alarm is p below 1 - `level`. `estimators`: keys of `ESTIMATORS`.
    `draws`: sets of dates, by `rng`. `units`: so many units, drawn anew each time; left out, all.

    `leaning`: a column with one number a unit, and blank for units to leave out: dates then follow it. Units are lined up by
    `pull` x its standardised rank + a random (Gumbel) number, and those in front start first. `pull` 0 is chance; with
    1, a unit one standard deviation ahead is e times as likely to come next.

    The placement test compares each set's studentised effect with those of `placements` sets dealt out at random among the same
    units, the same ones for all draws while the units are the same. It can't cry wolf too often when dates are random: that
    is how it is made. So only its results with a `leaning` are news.

    Returns one row per estimator: estimator, name, share (of draws with an alarm; blank where no set could be estimated), low,
    high (Wilson, at `level`; how far more draws might move the share, for these units), alarms, draws (sets that could be
    estimated), estimate (mean over draws), sd (of estimates over draws), units (in each draw), method.

    Raises InputError for unusable columns, cohorts that don't fit the periods or leave fewer than two units in one or
    untreated, unknown estimators, too few draws, and a leaning that changes within a unit.

    Source: Bertrand, Duflo and Mullainathan 2004, doi 10.1162/003355304772839588, who dealt out placebo laws.

    >>> rng = np.random.default_rng(1)
    >>> rows = pd.DataFrame({"team": np.repeat(np.arange(20), 4), "year": [1, 2, 3, 4] * 20, "y": rng.normal(size=80)})
    >>> found = placebo_test(rows, "y", "team", "year", {3: 0.3, 4: 0.2}, ["group_time"], draws=100, rng=rng)
    >>> found[["estimator", "draws", "units"]].values.tolist(), bool(found["low"].iloc[0] < 0.1)
    ([['group_time', 100, 20]], True)
    """
    _check_choices(estimators, draws, placements, level, pull)
    rng = np.random.default_rng() if rng is None else rng
    wide, score = _read(panel, outcome, unit, time, leaning)
    among = len(wide.units) if units is None else units
    if not 4 <= among <= len(wide.units):
        raise InputError(
            f"units: {among} can't be drawn from {len(wide.units)} units: expected 4 to {len(wide.units)}."
        )
    deal = _deal(cohorts, wide.periods, among)
    chosen = np.tile(np.arange(among), (draws, 1))
    if among < len(wide.units):
        chosen = rng.permuted(np.tile(np.arange(len(wide.units)), (draws, 1)), axis=1)[:, :among]
    starts = _dealt(deal, None if score is None else score[chosen], pull, draws, rng)
    estimates, p = _p_values(wide, chosen, starts, estimators, placements, rng)
    rows = []
    for name in estimators:
        known = np.isfinite(p[name])
        alarms = int((p[name][known] < 1 - level - 1e-12).sum())
        kept = estimates[name][known]
        row: dict[str, Any] = {"estimator": name, "name": ESTIMATORS[name]}
        row |= {"share": alarms / len(kept) if len(kept) else np.nan, "alarms": alarms, "draws": len(kept)}
        row |= {"estimate": kept.mean() if len(kept) else np.nan, "sd": kept.std(ddof=1) if len(kept) > 1 else np.nan}
        rows.append(row | {"units": among, "method": f"{draws} sets of placebo dates; Wilson interval"})
    table = pd.DataFrame(rows)
    table["low"], table["high"] = wilson(table["share"], table["draws"], level)
    order = ["estimator", "name", "share", "low", "high", "alarms", "draws", "estimate", "sd", "units", "method"]
    return table[order]


def false_alarms(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    cohorts: Mapping[float, float],
    size: str,
    few: int = 20,
    draws: int = 200,
    rng: np.random.Generator | None = None,
    pull: float = 1.0,
    level: float = 0.95,
    stories: Sequence[str] = tuple(STORIES),
) -> pd.DataFrame:
    """Which stories of how dates came about make which estimators cry wolf?

    Arguments as in `placebo_test`; `size`: the column of a unit's size, read in its first period; `few`: units of the
    story "few" (all, where there aren't more). `stories`: keys of `STORIES`; what dates follow is told by `unit_histories`.

    Returns the rows of `placebo_test` with story and story_name before them.

    Raises InputError as `placebo_test`, and for an unknown story.

    >>> rng = np.random.default_rng(1)
    >>> rows = pd.DataFrame({"team": np.repeat(np.arange(20), 4), "year": [1, 2, 3, 4] * 20, "y": rng.normal(size=80), "n": 9})
    >>> found = false_alarms(rows, "y", "team", "year", {3: 0.4}, "n", draws=100, rng=rng, stories=["chance", "course"])
    >>> found[["story", "estimator"]].iloc[[0, -1]].values.tolist()
    [['chance', 'two_way_ols'], ['course', 'placement']]
    """
    for story in stories:
        if story not in STORIES:
            raise InputError(f"There is no story '{story}'. {did_you_mean(str(story), STORIES)}")
    if not cohorts:
        raise InputError("No cohort: give at least one first treated period and the share of units that start in it.")
    told = unit_histories(panel, outcome, unit, time, min(cohorts), size)
    rng = np.random.default_rng() if rng is None else rng
    tables = []
    for story in stories:
        leaning = "" if story in ("chance", "few") else story
        units = min(few, panel[unit].nunique()) if story == "few" else None
        found = placebo_test(
            told, outcome, unit, time, cohorts, draws=draws, rng=rng, leaning=leaning, pull=pull, units=units, level=level,
            placements=199 if story == "few" else 999,
        )  # fmt: skip
        found.insert(0, "story_name", STORIES[story].format(units=units))
        found.insert(0, "story", story)
        tables.append(found)
    return pd.concat(tables, ignore_index=True)


def unit_histories(
    panel: pd.DataFrame, outcome: str, unit: str, time: str, before: float, size: str = ""
) -> pd.DataFrame:
    """How did each unit stand and move before the first start, and over all periods?

    `before`: the first start. Returns the panel's rows with one number a unit in each of: level_before (mean outcome before),
    change_before (last outcome before less the first; blank with fewer than two), course (slope of the outcome over all
    periods, by least squares; the future included, which nobody who gives out dates knows), and size (the
    column `size` in the unit's first row, if one is named).

    Raises InputError for missing columns.

    >>> rows = pd.DataFrame({"team": ["a"] * 3, "year": [1, 2, 3], "y": [1.0, 3, 8]})
    >>> unit_histories(rows, "y", "team", "year", 3)[["level_before", "change_before", "course"]].iloc[0].tolist()
    [2.0, 2.0, 3.5]
    """
    for name in [outcome, unit, time, *([size] if size else [])]:
        if name not in panel.columns:
            raise InputError(f"The panel has no column '{name}'. {did_you_mean(name, map(str, panel.columns))}")
    rows = panel.dropna(subset=[outcome]).sort_values([unit, time])
    earlier = rows[rows[time] < before].groupby(unit)[outcome]
    by_unit = rows.groupby(unit)
    centred = rows[time] - by_unit[time].transform("mean")
    slope = (centred * rows[outcome]).groupby(rows[unit]).sum() / (centred**2).groupby(rows[unit]).sum().replace(
        0, np.nan
    )
    made = {
        "level_before": earlier.mean(),
        "change_before": (earlier.last() - earlier.first()).where(earlier.size() > 1),
        "course": slope,
    }
    if size:
        made["size"] = by_unit[size].first()
    return panel.drop(columns=list(made), errors="ignore").join(pd.DataFrame(made), on=unit)


def _check_choices(estimators: Sequence[str], draws: int, placements: int, level: float, pull: float) -> None:
    if isinstance(estimators, str) or not estimators:
        raise InputError(f"estimators: expected a list of some of {', '.join(ESTIMATORS)}, not {estimators!r}.")
    for name in estimators:
        if name not in ESTIMATORS:
            raise InputError(f"There is no estimator '{name}' here. {did_you_mean(str(name), ESTIMATORS)}")
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    if draws < 20 or placements < 99:
        raise InputError(f"{draws} draws and {placements} placements: expected 20 and 99 or more.")
    if not 0 <= pull < np.inf:
        raise InputError(f"pull: expected a number from 0 (chance) upwards, not {pull!r}.")


def _read(panel: pd.DataFrame, outcome: str, unit: str, time: str, leaning: str) -> tuple[WidePanel, Floats | None]:
    """The panel laid out, and the standardised rank of each unit's leaning."""
    if not leaning:
        return read_panel(panel.assign(**{_START: np.nan}), outcome, unit, time, _START), None
    if leaning not in panel.columns:
        raise InputError(f"The panel has no column '{leaning}'. {did_you_mean(leaning, map(str, panel.columns))}")
    if not pd.api.types.is_numeric_dtype(panel[leaning]):
        raise InputError(f"'{leaning}' holds words: expected one number for each {unit}.")
    if (varies := panel.groupby(unit)[leaning].nunique().gt(1)).any():
        raise InputError(
            f"{unit} '{varies.idxmax()}' has more than one '{leaning}': expected one number for each {unit}."
        )
    known = panel[panel[leaning].notna()]
    if known.empty:
        raise InputError(f"'{leaning}' is blank for every {unit}: there is nothing that dates could follow.")
    wide = read_panel(known.assign(**{_START: np.nan}), outcome, unit, time, _START)
    rank = stats.rankdata(known.groupby(unit)[leaning].first().loc[wide.units])
    return wide, (rank - rank.mean()) / max(float(rank.std()), 1e-12)


def _deal(cohorts: Mapping[float, float], periods: Floats, n_units: int) -> Floats:
    """The start of each of n units, earliest first, infinite for never."""
    if not cohorts:
        raise InputError("No cohort: give at least one first treated period and the share of units that start in it.")
    parts = []
    for start, share in sorted(cohorts.items()):
        if not periods[0] < start <= periods[-1]:
            raise InputError(
                f"cohorts: {start:g} isn't after the first period ({periods[0]:g}) and up to the last ({periods[-1]:g}): "
                "an effect needs a period before and one after."
            )
        if not 0 < share < 1 or round(share * n_units) < 2:
            raise InputError(
                f"cohorts: a share of {share:g} of {n_units} units gives {start:g} fewer than 2: give it more."
            )
        parts.append(np.full(round(share * n_units), float(start)))
    treated = np.concatenate(parts)
    if n_units - len(treated) < 2:
        raise InputError(
            f"cohorts: {len(treated)} of {n_units} units would start: at least 2 must be left to compare with."
        )
    return np.concatenate([treated, np.full(n_units - len(treated), np.inf)])


def _dealt(deal: Floats, score: Floats | None, pull: float, draws: int, rng: np.random.Generator) -> Floats:
    """Dates for every draw: draws x units."""
    ahead = rng.gumbel(size=(draws, len(deal))) + (0.0 if score is None else pull * score)
    starts = np.empty((draws, len(deal)))
    np.put_along_axis(starts, (-ahead).argsort(axis=1), np.broadcast_to(deal, starts.shape), axis=1)
    return starts


def _p_values(
    wide: WidePanel,
    chosen: npt.NDArray[np.integer],
    starts: Floats,
    estimators: Sequence[str],
    placements: int,
    rng: np.random.Generator,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Estimates and p values by estimator, one for each draw."""
    everyone = chosen.shape[1] == len(wide.units)
    estimates: dict[str, list[Floats]] = {name: [] for name in estimators}
    p: dict[str, list[Floats]] = {name: [] for name in estimators}
    reference: Floats | None = None
    at_once = max(_AT_ONCE // (chosen.shape[1] * len(wide.periods) ** 2), 1)
    for first in range(0, len(starts), at_once):
        part = slice(first, first + at_once)
        outcome = wide.outcome if everyone else wide.outcome[chosen[part]]
        if any(name.startswith("two_way") for name in estimators):
            two = two_way_fits(outcome, starts[part], wide.periods)
            for name, se, df in (
                ("two_way_ols", two.se_ols, two.df_ols),
                ("two_way_cr1", two.se_cr1, two.df_cr1),
                ("two_way_cr2", two.se_cr2, two.df_cr2),
            ):
                if name in estimators:
                    estimates[name].append(two.estimate)
                    p[name].append(2 * stats.t.sf(np.abs(_divided(two.estimate, se)), df))
        group_time = group_time_fits(outcome, starts[part], wide.periods)
        if "group_time" in estimators:
            estimates["group_time"].append(group_time.estimate)
            p["group_time"].append(2 * stats.norm.sf(np.abs(_divided(group_time.estimate, group_time.se))))
        if "placement" in estimators:
            t = np.abs(_divided(group_time.estimate, group_time.se_given))
            if everyone:
                if reference is None:
                    reference = _reference(wide.outcome, starts[0], wide.periods, placements, rng)
                counts = np.array([(reference >= each * (1 - 1e-9)).sum() for each in t])
            else:
                own = zip(t, starts[part], outcome, strict=True)
                counts = np.array(
                    [(_reference(y, s, wide.periods, placements, rng) >= each * (1 - 1e-9)).sum() for each, s, y in own]
                )
            estimates["placement"].append(group_time.estimate)
            p["placement"].append(np.where(np.isfinite(t), (1 + counts) / (1 + placements), np.nan))
    return {k: np.concatenate(v) for k, v in estimates.items()}, {k: np.concatenate(v) for k, v in p.items()}


def _reference(outcome: Floats, dates: Floats, periods: Floats, placements: int, rng: np.random.Generator) -> Floats:
    """|t| of the same dates dealt out at random among the same units; one that can't be estimated counts as large."""
    dealt = rng.permuted(np.tile(dates, (placements, 1)), axis=1)
    fits = group_time_fits(outcome, dealt, periods)
    return np.nan_to_num(np.abs(_divided(fits.estimate, fits.se_given)), nan=np.inf)


def _divided(estimate: Floats, se: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(se > 1e-12 * np.nanmax(np.abs(se), initial=0.0), estimate / se, np.nan), dtype=float)

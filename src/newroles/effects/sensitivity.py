"""Would we have seen it? What a look at the periods before can and can't show, and whether a result hangs on one trust."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

from newroles.datasets import Codebook
from newroles.effects.event_study import EventStudy
from newroles.effects.panel import Panel
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats

Estimate = Callable[[pd.DataFrame], Any]
_SHOWN = ["estimate", "low", "high", "p_two_sided", "n"]


@dataclass(frozen=True, eq=False)
class PreTrends:
    """What the periods before the start show, and what they would have shown.

    `table`: one row per event before the reference: event, estimate, se, low, high, p_two_sided.
    `joint`: the hypothesis that all are nought: statistic, df, df_within, p_two_sided, method.
    `power`: one row per test and power: test (any period, joint), power, slope (a linear departure, per period, that the test
    would have found with that probability), bias (what this slope adds to the mean effect), bias_if_passed (the same, given that
    the test found nothing; blank for joint).
    `bias`: the same by event from the start on: test, power, event, estimate, bias, bias_if_passed.
    """

    table: pd.DataFrame
    joint: pd.Series
    power: pd.DataFrame
    bias: pd.DataFrame


def pretrends(
    study: EventStudy,
    level: float = 0.95,
    powers: Sequence[float] = (0.5, 0.8),
    draws: int = 20_000,
    rng: np.random.Generator | None = None,
) -> PreTrends:
    """Did teams differ in trend before their role came, and would we have seen it if they had?

    `study`: as `event_study` gives it. `level`: of the intervals and both tests. `powers`: chances of finding a linear departure.
    `draws`, `rng`: samples from the joint normal distribution of the estimates, for the test of any period.

    Two tests: "any period" finds a departure when the interval of some event before the reference excludes nought, which is how
    event studies are commonly read; "joint" is Wald's test of all of them, with Hotelling's F when the covariance rests on few
    clusters, and blank when these are no more than the periods before. A departure of slope g shifts the estimate of event e by
    g x (e - reference); this is also its bias from the start on. A study that passed the test is a selected one: its expected bias
    then is bias_if_passed, which can be larger or smaller.

    Returns PreTrends. A test that finds nothing is no evidence of parallel trends when the bias it would miss is as large as the
    effect.

    Raises InputError for a level or power outside 0 to 1, and a power no greater than the chance that the test finds something
    where there is nothing.

    Source: Roth 2022, doi 10.1257/aeri.20210236 (slope by power, bias and its conditional expectation); Hotelling's T2.

    >>> import numpy as np
    >>> from newroles.effects.event_study import event_study
    >>> found = pretrends(event_study([-3, -2, -1, 0], [0.1, 0.2, 0, 1.0], 0.04 * np.eye(4) * [1, 1, 0, 1]), rng=np.random.default_rng(1))
    >>> found.power.round(2)[["test", "power", "slope", "bias"]].values.tolist()[1]
    ['any period', 0.8, 0.26, 0.26]
    """
    if not 0 < level < 1:
        raise InputError(f"level: {level} lies outside 0 to 1.")
    rng = np.random.default_rng() if rng is None else rng
    places, z = study.before, stats.norm.ppf((1 + level) / 2)
    value, se = study.estimate[places], study.se[places]
    table = pd.DataFrame({
        "event": [study.events[place] for place in places], "estimate": value, "se": se, "low": value - z * se,
        "high": value + z * se, "p_two_sided": 2 * stats.norm.sf(np.abs(value) / se),
    })  # fmt: skip
    lever = np.array(study.events, dtype=float) - study.reference
    joint = _joint(study, places)
    chance = rng.multivariate_normal(np.zeros(len(lever)), study.covariance, draws, method="svd")
    slopes: dict[str, tuple[list[float], Floats | None]] = {
        "any period": _slopes_any(chance[:, places], lever[places], z * se, powers, level),
        "joint": (_slopes_joint(study, lever, joint, level, powers), None),
    }
    summary, by_event = [], []
    weights = study.weights()
    for test, (found, bounds) in slopes.items():
        for power, slope in zip(powers, found, strict=True):
            if bounds is None or np.isnan(slope):
                shifted = np.full(len(lever), np.nan)
            else:
                passed = (bounds[:, 0] < slope) & (slope < bounds[:, 1])
                shifted = slope * lever + chance[passed].mean(axis=0)
            about = {"test": test, "power": power}
            summary.append(
                {**about, "slope": slope, "bias": slope * weights @ lever, "bias_if_passed": weights @ shifted}
            )
            by_event += [
                {**about, "event": study.events[place], "estimate": study.estimate[place], "bias": slope * lever[place],
                 "bias_if_passed": shifted[place]} for place in study.after
            ]  # fmt: skip
    return PreTrends(table, joint, pd.DataFrame(summary), pd.DataFrame(by_event))


def _joint(study: EventStudy, places: list[int]) -> pd.Series:
    """Wald's test that all estimates before are nought; Hotelling's F with few clusters; blank where it can't be had."""
    q, spread = len(places), study.covariance[np.ix_(places, places)]
    value = study.estimate[places]
    blank = {"statistic": np.nan, "df": q, "df_within": np.nan, "p_two_sided": np.nan}
    few = study.clusters is not None and study.clusters <= q + 1
    if few or np.linalg.cond(spread) > 1e12:
        why = (
            f"{q} periods before are too many for {study.clusters} clusters"
            if few
            else "estimates before are collinear"
        )
        return pd.Series({**blank, "method": f"no joint test: {why}"})
    wald = float(value @ np.linalg.solve(spread, value))
    if study.clusters is None:
        return pd.Series(
            {"statistic": wald, "df": q, "df_within": np.inf, "p_two_sided": stats.chi2.sf(wald, q), "method": "Wald"}
        )
    within = study.clusters - q
    f = wald * within / (q * (study.clusters - 1))
    p = float(stats.f.sf(f, q, within))
    return pd.Series({"statistic": f, "df": q, "df_within": within, "p_two_sided": p, "method": "Hotelling's F"})


def _slopes_any(
    chance: Floats, lever: Floats, half: Floats, powers: Sequence[float], level: float
) -> tuple[list[float], Floats]:
    """The slope that some interval would show, by power; and between which slopes each draw passes.

    With errors z, the estimates are z + g x lever; all of |z + g x lever| <= half where g lies between two bounds.
    """
    ends = np.stack([(-half - chance) / lever, (half - chance) / lever])
    low, high = ends.min(axis=0).max(axis=1), ends.max(axis=0).min(axis=1)
    false_alarms = 1 - float(((low < 0) & (high > 0)).mean())
    found = []
    top = 2 * float(np.nanmax(np.abs(ends)))
    for power in powers:
        if not false_alarms < power < 1:
            raise InputError(
                f"powers: {power} can't be reached by a slope; the test finds something in {false_alarms:.0%} of panels where "
                "there is nothing. Expected a chance above that and below 1."
            )
        share = optimize.brentq(lambda s, p=power: 1 - ((low < s * top) & (s * top < high)).mean() - p, 0.0, 1.0)
        found.append(float(share * top))
    return found, np.column_stack([low, high])


def _slopes_joint(
    study: EventStudy, lever: Floats, joint: pd.Series, level: float, powers: Sequence[float]
) -> list[float]:
    """The slope that the joint test would show, by power: blank where there is no joint test."""
    if np.isnan(joint["p_two_sided"]):
        return [np.nan] * len(powers)
    places = study.before
    spread = study.covariance[np.ix_(places, places)]
    unit = float(lever[places] @ np.linalg.solve(spread, lever[places]))
    q, within = int(joint["df"]), float(joint["df_within"])

    def chance(slope: float) -> float:
        shift = slope**2 * unit
        if np.isinf(within):
            return float(stats.ncx2.sf(stats.chi2.ppf(level, q), q, shift))
        return float(stats.ncf.sf(stats.f.ppf(level, q, within), q, within, shift))

    top = 1.0 / np.sqrt(unit)
    while chance(top) < max(powers):
        top *= 2
    return [float(top * optimize.brentq(lambda s, p=power: chance(s * top) - p, 1e-9, 1.0)) for power in powers]


def leave_one_out(panel: pd.DataFrame, estimate: Estimate, by: str = "trust", unit: str = "unit") -> pd.DataFrame:
    """Does a result hang on one trust? The estimate again without each in turn.

    `panel`: one row per unit and period, with the columns `by` and `unit` and what `estimate` needs. `estimate`: takes such a
    table and returns a number, or a Series or one-row table with estimate (and low, high, p_two_sided, n).

    Returns a row for all (left_out blank), then one per value of `by`, those that move the estimate most first: left_out, units
    (how many went with it), estimate, low, high, p_two_sided, n (those that `estimate` gives), shift (from the estimate of all),
    turns (the sign differs), loses (the interval of all excludes nought and this one doesn't), note (why there is none).

    Raises InputError for columns that aren't there, fewer than three values of `by`, and an estimate of all that can't be had.

    >>> panel = pd.DataFrame({"trust": list("AABBCC"), "unit": list("abcdef"), "value": [1.0, 1, 2, 2, -4, 1]})
    >>> leave_one_out(panel, lambda rows: rows["value"].mean())[["left_out", "estimate", "turns"]].values.tolist()
    [[nan, 0.5, False], ['C', 1.5, False], ['B', -0.25, True], ['A', 0.25, False]]
    """
    for name in (by, unit):
        if name not in panel:
            raise InputError(f"The panel has no column '{name}'. {did_you_mean(name, map(str, panel.columns))}")
    every = sorted(panel[by].dropna().unique())
    if len(every) < 3:
        raise InputError(
            f"The panel has {len(every)} values of '{by}': with fewer than three, nothing can be left out."
        )
    whole = _one_row(estimate(panel))
    rows = [{"left_out": None, "units": 0, **whole, "note": ""}]
    for name in every:
        gone = panel[by].eq(name)
        row = {"left_out": name, "units": panel.loc[gone, unit].nunique(), "note": ""}
        try:
            row |= _one_row(estimate(panel[~gone]))
        except InputError as problem:
            row |= {"estimate": np.nan, "note": f"can't be estimated without it: {problem}"}
        rows.append(row)
    table = pd.DataFrame(rows)
    table["left_out"] = table["left_out"].astype("str").where(table["left_out"].notna())
    table["shift"] = table["estimate"] - whole["estimate"]
    table["turns"] = np.sign(table["estimate"]) * np.sign(whole["estimate"]) < 0
    if {"low", "high"} <= set(table):
        excludes = (table["low"] > 0) | (table["high"] < 0)
        table["loses"] = (
            bool(excludes.iloc[0]) & ~excludes & table["low"].notna()
        )  # without an interval it can't be told
    order = np.lexsort([-table["shift"].abs().fillna(np.inf), table["left_out"].notna()])
    shown = ["left_out", "units", *[c for c in _SHOWN if c in table], "shift", "turns"]
    return table.iloc[order].reset_index(drop=True)[[*shown, *(["loses"] if "loses" in table else []), "note"]]


def alternative_measures(panels: Iterable[Panel], estimate: Estimate, codebook: Codebook | None = None) -> pd.DataFrame:
    """Does the conclusion depend on which measure is taken? The same estimate for each, in units that can be set side by side.

    `panels`: of the measures. `estimate`: as for `leave_one_out`, of a panel's table. `codebook`: says which end of a measure is
    better.

    Returns one row per measure, in the order given: group, measure, estimate, low, high, n (those that `estimate` gives), teams,
    sd_before (standard deviation between teams' means before the first start), standardised, standardised_low and
    standardised_high (over sd_before), better (standardised, turned so that more is better; blank where neither end is), note (why
    there is no estimate). Measures of one domain that point apart are a finding, not a choice.

    Raises InputError for a measure that the codebook doesn't have.
    """
    rows = []
    ends = {} if codebook is None else dict(zip(codebook.codes["id"], codebook.codes["better"], strict=True))
    for panel in panels:
        if codebook is not None and panel.measure not in ends:
            raise InputError(
                f"The codebook '{codebook.id}' has no '{panel.measure}'. {did_you_mean(panel.measure, ends)}"
            )
        before = panel.table[~(panel.table["time"] >= panel.table["start"].min() - panel.anticipation)]
        sd = float(before.groupby("unit")["value"].mean().std())
        row: dict[str, Any] = {"group": panel.group, "measure": panel.measure, "note": ""}
        row |= {"teams": panel.table["unit"].nunique(), "sd_before": sd}
        try:
            row |= _one_row(estimate(panel.table))
        except InputError as problem:
            row |= {"estimate": np.nan, "note": str(problem)}
        for name, of in (("standardised", "estimate"), ("standardised_low", "low"), ("standardised_high", "high")):
            row[name] = row[of] / sd if of in row and sd > 0 else np.nan
        row["better"] = row["standardised"] * {"higher": 1.0, "lower": -1.0}.get(str(ends.get(panel.measure)), np.nan)
        rows.append(row)
    columns = [
        "group",
        "measure",
        "estimate",
        "low",
        "high",
        "n",
        "teams",
        "sd_before",
        "standardised",
        "standardised_low",
    ]
    return pd.DataFrame(rows).reindex(columns=[*columns, "standardised_high", "better", "note"])


def _one_row(result: Any) -> dict[str, float]:
    """An estimate as a row, from a number, a Series or a table of one row."""
    if isinstance(result, pd.DataFrame):
        if len(result) != 1:
            raise InputError(f"estimate must give one row; it gave {len(result)}.")
        result = result.iloc[0]
    if isinstance(result, pd.Series):
        if "estimate" not in result:
            raise InputError(
                f"estimate must give a number or a row with estimate; it gave {', '.join(map(str, result.index))}."
            )
        return {name: result[name] for name in _SHOWN if name in result}
    return {"estimate": float(result)}

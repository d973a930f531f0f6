"""Who is compared with whom? Cohorts, gaps, and how alike adopters and never-adopters were before any role came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from newroles.effects.panel import NEVER, Panel
from newroles.effects.periods import KINDS, name_period
from newroles.errors import InputError, did_you_mean

ALL = "all"
_COHORTS = ["cohort", "adopter", "teams", "trusts", "first", "last", "cells", "known", "missing"]
_COHORTS += ["missing_before", "missing_after", "n_median", "n_lowest"]
_BALANCE = ["name", "comparison", "adopters", "sd_adopters", "n_adopters", "never", "sd_never", "n_never"]
_BALANCE += ["difference", "standardised", "by_chance"]
_LONGER = {"month": ("quarter", "year"), "quarter": ("year",)}
_IN_ONE = {("month", "quarter"): 3, ("month", "year"): 12, ("quarter", "year"): 4}


def describe_panel(panel: Panel) -> pd.DataFrame:
    """How many teams of each cohort are followed, from when to when, and how much of them is missing?

    `panel`: as `panel_of` gives it.

    Returns one row per cohort (by start; never last), then a row for all: cohort, adopter, teams, trusts, first and last (period
    with a value), cells (teams x periods from the panel's first to its last), known, missing (share of the cells without a
    value), missing_before and missing_after (that share before and from the start on; before only for never), n_median and
    n_lowest (people behind a value; blank where no n is known). What was left out is in the panel's `left_out`.

    >>> from newroles.datasets import load_study
    >>> from newroles.effects.panel import panels
    >>> table = describe_panel(panels(load_study("example_study"))["burnout"])
    >>> table[["cohort", "adopter", "teams", "trusts"]].values.tolist()[-2:]
    [['never', 'never', 12, 8], ['all', '', 40, 14]]
    """
    table = panel.table
    if table.empty:
        raise InputError(f"The panel of {panel.measure} has no rows: nothing can be described. Its left_out says why.")
    low, high = int(table["time"].min()), int(table["time"].max())
    starts = table.groupby("cohort")["start"].first()
    order = [*starts.drop(NEVER, errors="ignore").sort_values().index, *([NEVER] if NEVER in starts else [])]
    rows = []
    for cohort in [*order, ALL]:
        here = table if cohort == ALL else table[table["cohort"].eq(cohort)]
        teams = here.drop_duplicates("unit")
        before = (teams["start"].fillna(high + 1) - low).sum()
        cells, after = len(teams) * (high - low + 1), (high + 1 - teams["start"].fillna(high + 1)).sum()
        touched = int(here["time"].ge(here["start"]).sum())
        rows.append({
            "cohort": cohort, "adopter": "" if cohort == ALL else teams["adopter"].iloc[0], "teams": len(teams),
            "trusts": int(teams["trust"].nunique()), "first": name_period(here["time"].min(), panel.kind),
            "last": name_period(here["time"].max(), panel.kind), "cells": cells, "known": len(here),
            "missing": 1 - len(here) / cells, "missing_before": 1 - (len(here) - touched) / before,
            "missing_after": 1 - touched / after if after else np.nan,
            "n_median": here["n"].median(), "n_lowest": here["n"].min(),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=_COHORTS)


def balance_table(panel: Panel, characteristics: pd.DataFrame | None = None) -> pd.DataFrame:
    """How alike were teams that got the role, early or late, and teams that never did, before it came to any of them?

    `panel`: as `panel_of` gives it. `characteristics`: one row per team: team, and further columns; of words, each becomes a
    share per word. The panel's covariates and settings are there without it.

    Baseline are the periods before the first start (less the anticipation). Each team counts once: with the mean of its known
    values there, and with their slope per period where it has two or more.

    Returns one row per name and comparison (adopters, early, late; each against never): name (value, trend before, a covariate, or
    "setting: ..."), comparison, adopters, sd_adopters, n_adopters (teams where it is known), never, sd_never, n_never,
    difference, standardised (difference over the root of the mean variance of the two groups; blank where neither varies) and
    by_chance (the standard deviation of the standardised difference if roles came at random: with few teams, large differences
    are to be expected). No p values: balance is a matter of these teams, not of a population.

    Raises InputError for a panel without adopters or without never-adopters, and a team that is there twice.

    Source: Austin 2009, doi 10.1002/sim.3697.

    >>> from newroles.effects.panel import panel_of
    >>> outcomes = pd.DataFrame({"unit": [*"aaabbb"], "group": "new_roles", "measure": "pay", "value": [1.0, 3, 9, 2, 2, 2],
    ...     "period": ["2021-02", "2021-03", "2021-04"] * 2})
    >>> teams = pd.DataFrame({"team": ["a", "b"], "trust": "X", "introduced": ["2021-04", None]})
    >>> table = balance_table(panel_of(outcomes, teams, "new_roles", "pay"))
    >>> table.query("comparison == 'adopters'")[["name", "adopters", "never", "difference"]].values.tolist()
    [['value', 2.0, 2.0, 0.0], ['trend before', 2.0, 0.0, 2.0]]
    """
    if characteristics is not None:
        panel = panel.with_columns(characteristics)
    table, known = panel.table, panel.table["start"].dropna()
    if known.empty or len(known) == len(table):
        kind = "adopters" if known.empty else "never-adopters"
        raise InputError(f"The panel of {panel.measure} has no {kind}, so there is nobody to compare with.")
    before = table[table["time"] < known.min() - panel.anticipation]
    held = before.groupby("unit")
    centred = before["time"] - held["time"].transform("mean")
    slope = (centred * before["value"]).groupby(before["unit"]).sum() / (centred**2).groupby(
        before["unit"]
    ).sum().replace(0, np.nan)
    teams = table.drop_duplicates("unit").set_index("unit")
    columns = {"value": held["value"].mean().reindex(teams.index), "trend before": slope.reindex(teams.index)}
    own = {"unit", "trust", "time", "period", "start", "cohort", "adopter", "value", "n", "new_role"}
    for name in [column for column in table if column not in own and teams[column].notna().any()]:
        if pd.api.types.is_numeric_dtype(teams[name]):
            columns[str(name)] = teams[name].astype("float64")
        else:
            words = sorted(teams[name].dropna().astype("str").unique())
            columns |= {f"{name}: {w}": teams[name].eq(w).where(teams[name].notna()).astype("float64") for w in words}
    groups = {
        "adopters": teams["start"].notna(),
        "early": teams["adopter"].eq("early"),
        "late": teams["adopter"].eq("late"),
    }
    rows = [
        {"name": name, "comparison": group, **_difference(values[inside].dropna(), values[teams["start"].isna()].dropna())}
        for name, values in columns.items() for group, inside in groups.items() if inside.any()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=_BALANCE)


def _difference(one: pd.Series, other: pd.Series) -> dict[str, float]:
    sd_one, sd_other = one.std(), other.std()
    spread = np.sqrt((sd_one**2 + sd_other**2) / 2)
    difference = one.mean() - other.mean()
    return {
        "adopters": one.mean(), "sd_adopters": sd_one, "n_adopters": len(one),
        "never": other.mean(), "sd_never": sd_other, "n_never": len(other), "difference": difference,
        "standardised": difference / spread if spread > 0 else np.nan,
        "by_chance": np.sqrt(1 / len(one) + 1 / len(other)) if len(one) and len(other) else np.nan,
    }  # fmt: skip


def in_longer_periods(panel: Panel, kind: str = "quarter") -> Panel:
    """What is the panel by quarter or year? Fewer, steadier values, and fewer gaps.

    `panel`: of months or quarters. `kind`: quarter or year.

    Each value is the plain mean of a team's known values in the longer period (n: their sum, blank where none is known). A start
    within a longer period makes the whole of it the first one with the role, so a part of it was without: effects there are
    diluted. Periods of which the panel has only a part are kept. Anticipation becomes the longer periods that hold it.

    Returns Panel. Teams that have no longer period before their start are left out, by name.

    Raises InputError for a kind that isn't longer than the panel's.

    >>> from newroles.effects.panel import panel_of
    >>> outcomes = pd.DataFrame({"unit": [*"aaabbb"], "group": "new_roles", "measure": "pay", "value": [1.0, 3, 9, 2, 2, 2],
    ...     "period": ["2021-02", "2021-03", "2021-04"] * 2})
    >>> teams = pd.DataFrame({"team": ["a", "b"], "trust": "X", "introduced": ["2021-04", None]})
    >>> in_longer_periods(panel_of(outcomes, teams, "new_roles", "pay")).table[["unit", "period", "value"]].values.tolist()
    [['a', '2021-Q1', 2.0], ['a', '2021-Q2', 9.0], ['b', '2021-Q1', 2.0], ['b', '2021-Q2', 2.0]]
    """
    if kind not in KINDS:
        raise InputError(f"There is no kind of period '{kind}'. {did_you_mean(kind, KINDS)}")
    if kind not in _LONGER.get(panel.kind, ()):
        raise InputError(f"A panel by {panel.kind} can't be put into periods of a {kind}.")
    many = _IN_ONE[panel.kind, kind]
    ahead = int(np.ceil(panel.anticipation / many))
    table = panel.table.assign(time=panel.table["time"] // many, start=panel.table["start"] // many)
    same = [column for column in table if column not in ("time", "period", "value", "n")]
    held = table.groupby(["unit", "time"], as_index=False)
    rows = held.agg({"value": "mean", **dict.fromkeys(same[1:], "first")})
    rows["n"] = held["n"].sum(min_count=1)["n"]
    names = {number: name_period(number, kind) for number in rows["time"].unique()}
    cohorts = {number: name_period(number, kind) for number in rows["start"].dropna().unique()}
    rows["period"] = rows["time"].map(names).astype("str")
    rows["cohort"] = pd.Series([cohorts.get(start, NEVER) for start in rows["start"]], rows.index, dtype="str")
    late = rows["start"] - ahead <= rows.groupby("unit")["time"].transform("min")
    lost = rows[late].groupby("unit").size().reset_index(name="values")
    lost = lost.assign(group=panel.group, measure=panel.measure, reason=f"no whole {kind} before the role came")
    left_out = pd.concat([panel.left_out, lost[panel.left_out.columns]], ignore_index=True)
    rows = rows[~late].reset_index(drop=True)[list(panel.table.columns)]
    return replace(panel, kind=kind, table=rows, left_out=left_out, anticipation=ahead)

"""What is a two-way fixed-effects estimate made of? Every pair of groups, its comparison and its weight."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

from newroles.effects.panel_rows import PanelRows, read_panel
from newroles.errors import InputError
from newroles.few_clusters import Floats

TREATED_NEVER = "treated vs never"
EARLIER_LATER = "earlier vs later"
LATER_EARLIER = "later vs earlier"
LATER_ALWAYS = "treated vs always"
FORBIDDEN = (LATER_EARLIER, LATER_ALWAYS)


def bacon(panel: pd.DataFrame, outcome: str, unit: str, time: str, start: str) -> pd.DataFrame:
    """Which comparisons make up the two-way fixed-effects estimate, and how much does each weigh?

    `panel`: one row per unit and period, each unit in every period; columns as in `read_panel`.

    Returns one row per pair of groups: kind, treated (start of those whose change is counted), control (start of those
    compared with; blank: never), weight (the weights add up to 1), estimate (their difference in differences), forbidden
    (whether units that are treated already serve as the comparison). Kinds: "treated vs never"; "earlier vs later" (the
    later not yet treated); "later vs earlier" (the earlier treated already, so that a change in their effect is
    subtracted); "treated vs always" (treated since the first period or before: treated already, too). The sum of weight x
    estimate is the two-way fixed-effects estimate.

    Raises InputError as `read_panel`, for a panel with gaps (the decomposition is of a balanced one), and when all start
    together or none does.

    Source: Goodman-Bacon 2021, doi 10.1016/j.jeconom.2021.03.014, theorem 1.

    >>> panel = pd.DataFrame({"team": list("aaabbb"), "month": [1, 2, 3] * 2, "start": [2] * 3 + [3] * 3})
    >>> panel["y"] = [1.0, 2, 5, 1, 1, 2]
    >>> bacon(panel, "y", "team", "month", "start").iloc[:, :-1].round(6).values.tolist()
    [['earlier vs later', 2.0, 3.0, 0.5, 1.0], ['later vs earlier', 3.0, 2.0, 0.5, -2.0]]
    """
    rows = read_panel(panel, outcome, unit, time, start)
    if rows.covariates.shape[0] != len(rows.units) * len(rows.periods):
        gaps = len(rows.units) * len(rows.periods) - len(rows.outcome)
        seen = np.bincount(rows.unit)
        raise InputError(
            f"{gaps} of {len(rows.units) * len(rows.periods)} unit-periods are absent or blank, first of {unit} "
            f"'{rows.units[int((seen < len(rows.periods)).argmax())]}': the decomposition needs each unit in every "
            "period. Leave out units with gaps, or the periods in which they have them."
        )
    found = pd.DataFrame(_pairs(rows), columns=["kind", "treated", "control", "weight", "estimate"])
    if found.empty:
        raise InputError("All units start together, or none does: no pair of groups can be compared.")
    found["weight"] /= found["weight"].sum()
    found["forbidden"] = found["kind"].isin(FORBIDDEN)
    order = {kind: i for i, kind in enumerate((TREATED_NEVER, EARLIER_LATER, *FORBIDDEN))}
    return found.sort_values(
        ["kind", "treated", "control"], key=lambda c: c.map(order) if c.name == "kind" else c, ignore_index=True
    )


def bacon_by_kind(decomposition: pd.DataFrame) -> pd.DataFrame:
    """How much of a two-way fixed-effects estimate comes from each kind of comparison, and what does each say?

    `decomposition`: as `bacon` gives it. Returns one row per kind: kind, forbidden, pairs, weight, estimate (the mean of
    the kind's comparisons by their weights).

    >>> pairs = pd.DataFrame({"kind": ["a", "a"], "forbidden": False, "weight": [0.75, 0.25], "estimate": [1.0, 3.0]})
    >>> bacon_by_kind(pairs).values.tolist()
    [['a', False, 2, 1.0, 1.5]]
    """
    parts = decomposition.assign(part=decomposition["weight"] * decomposition["estimate"])
    grouped = parts.groupby(["kind", "forbidden"], sort=False)
    table = grouped.agg(pairs=("weight", "size"), weight=("weight", "sum"), part=("part", "sum")).reset_index()
    table["estimate"] = table["part"] / table["weight"]
    return table.drop(columns="part")


def _pairs(rows: PanelRows) -> list[tuple[str, float, float, float, float]]:
    """All comparisons: kind, treated, control, weight (not yet divided by their sum), estimate."""
    first, n_periods = rows.periods[0], len(rows.periods)
    values = np.zeros((len(rows.units), n_periods))
    values[rows.unit, rows.period] = rows.outcome
    # all that are treated from the first period on are one group
    begin = np.where(rows.start <= first, -np.inf, rows.start)
    groups = {float(g): begin == g for g in np.unique(begin[~np.isnan(begin)])}
    size = {g: float(members.sum()) for g, members in groups.items()}
    means = {g: values[members].mean(axis=0) for g, members in groups.items()}
    share = {g: float((rows.periods >= g).mean()) for g in groups}  # of periods treated
    after = {g: rows.periods >= g for g in groups}
    found: list[tuple[str, float, float, float, float]] = []
    never = np.isnan(begin)
    whole = np.ones(n_periods, dtype=bool)
    for g in groups:
        if never.any() and np.isfinite(g):
            weight = size[g] * never.sum() * share[g] * (1 - share[g])
            gap = _change(means[g] - values[never].mean(axis=0), after[g], whole)
            found.append((TREATED_NEVER, g, np.nan, weight, gap))
    for g, other in permutations(groups, 2):
        if not np.isfinite(g):
            continue
        if g < other:
            weight = size[g] * size[other] * (share[g] - share[other]) * (1 - share[g])
            window, kind = ~after[other], EARLIER_LATER
        else:
            weight = size[g] * size[other] * share[g] * (share[other] - share[g])
            window, kind = after[other], LATER_EARLIER if np.isfinite(other) else LATER_ALWAYS
        named = other if np.isfinite(other) else float(first)
        found.append((kind, g, named, weight, _change(means[g] - means[other], after[g], window)))
    return found


def _change(gap: Floats, after: np.ndarray, window: np.ndarray) -> float:
    """How much does a gap between two groups' means grow from before to after, within a window of periods?"""
    return float(gap[after & window].mean() - gap[~after & window].mean())

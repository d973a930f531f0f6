"""What is the effect on average: over all, by time since the start, by group, by period? Averages of group-time effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats

KINDS = ("simple", "dynamic", "group", "calendar")


@dataclass(frozen=True, eq=False)
class Cells:
    """Group-time effects as arrays: a row per group and time.

    group, time, estimate: by cell. influence: units x cells. start: first treated period by unit (infinite: never).
    known: False where a cell has no standard error (a base period, or one unit only). periods: of the panel.
    """

    group: Floats
    time: Floats
    estimate: Floats
    influence: Floats
    start: Floats
    known: np.ndarray
    periods: Floats


@dataclass(frozen=True, eq=False)
class Averages:
    """Averages of cells: key (NaN: overall), estimate, influence (units x averages), known (False: no standard error)."""

    key: Floats
    estimate: Floats
    influence: Floats
    known: np.ndarray


def averages(
    cells: Cells, kind: str, min_e: float | None = None, max_e: float | None = None, balance: float | None = None
) -> Averages:
    """Which average effect does each event time, group or period have, and what is it over all?

    `kind`: "simple", all cells from the start on, by size of group; "dynamic", by event time (periods since the start), over
    groups by size, and overall the plain mean of event times 0 and later; "group", the plain mean of each group's
    cells from its start on, and overall by size of group; "calendar", by period over the groups treated by then, by size, and
    overall the plain mean of periods. `min_e`, `max_e`: only cells with event times in this range. `balance`, of dynamic:
    only groups with an estimate at every period up to so long after their start, and event times up to it.

    The first row is over all. Influence functions hold the sampling of the groups' sizes too.

    Raises InputError for another kind, a balance of another kind than dynamic, and when no cell is left.

    Source: Callaway and Sant'Anna 2021, doi 10.1016/j.jeconom.2020.12.001, section 3.2 (their theta with W, es, bal, sel and c).
    """
    if kind not in KINDS:
        raise InputError(f"There is no average '{kind}'. {did_you_mean(str(kind), KINDS)}")
    if balance is not None and (kind != "dynamic" or balance < 0):
        raise InputError(f"balance={balance!r}: expected a number of periods, 0 or more, with kind='dynamic'.")
    event = cells.time - cells.group
    use = np.ones(len(event), dtype=bool)
    if min_e is not None:
        use &= event >= min_e
    if max_e is not None:
        use &= event <= max_e
    if balance is not None:
        span = cells.periods[-1] - cells.periods[0]
        use &= _balanced(cells, balance) & (event <= balance) & (event >= balance - span)
    after = use & (event >= 0)
    if not after.any():
        raise InputError(
            f"No effect from the start on is left to average (min_e={min_e}, max_e={max_e}, balance={balance})."
        )
    if kind == "simple":
        return _joined(cells, [_by_size(cells, after)])
    if kind == "group":
        groups = np.unique(cells.group[after])
        rows = [_plain_mean(cells, after & (cells.group == g)) for g in groups]
        return _joined(cells, [_sizes_of_groups(cells, rows, groups), *rows], groups)
    key = event if kind == "dynamic" else cells.time
    keys = np.unique(key[use if kind == "dynamic" else after])
    rows = [_by_size(cells, (use if kind == "dynamic" else after) & (key == k)) for k in keys]
    counted = [row for row, k in zip(rows, keys, strict=True) if kind == "calendar" or k >= 0]
    return _joined(cells, [_mean_of_rows(counted), *rows], keys)


@dataclass(frozen=True, eq=False)
class _Row:
    """An average: its estimate, weights on cells, and what the sampling of group sizes adds to its influence function."""

    estimate: float
    weights: Floats
    of_sizes: Floats


def _share(cells: Cells, groups: Floats) -> Floats:
    """Size of each of these groups, as a share of all units."""
    order = np.sort(cells.start)
    return (np.searchsorted(order, groups, "right") - np.searchsorted(order, groups, "left")) / len(order)


def _of_sizes(cells: Cells, groups: Floats, estimates: Floats, average: float, total: float) -> Floats:
    """With weights p_g / total, a unit of group g moves the average by the sum of (estimate - average) / total over g's."""
    known, place = np.unique(groups, return_inverse=True)
    push = np.bincount(place, weights=(estimates - average) / total)
    at = np.searchsorted(known, cells.start).clip(max=len(known) - 1)
    return np.where(known[at] == cells.start, push[at], 0.0)


def _by_size(cells: Cells, use: np.ndarray) -> _Row:
    """The average of some cells by size of group."""
    groups, estimates = cells.group[use], cells.estimate[use]
    sizes = _share(cells, groups)
    average = float(sizes @ estimates / sizes.sum())
    weights = np.zeros(len(use))
    weights[use] = sizes / sizes.sum()
    return _Row(average, weights, _of_sizes(cells, groups, estimates, average, float(sizes.sum())))


def _plain_mean(cells: Cells, use: np.ndarray) -> _Row:
    weights = use / use.sum()
    return _Row(float(weights @ cells.estimate), weights, np.zeros(len(cells.start)))


def _mean_of_rows(rows: list[_Row]) -> _Row:
    return _Row(
        float(np.mean([row.estimate for row in rows])),
        np.mean([row.weights for row in rows], axis=0),
        np.mean([row.of_sizes for row in rows], axis=0),
    )


def _sizes_of_groups(cells: Cells, rows: list[_Row], groups: Floats) -> _Row:
    """The average of groups' averages by size of group."""
    sizes, estimates = _share(cells, groups), np.array([row.estimate for row in rows])
    average = float(sizes @ estimates / sizes.sum())
    weights = (sizes / sizes.sum()) @ np.array([row.weights for row in rows])
    return _Row(average, weights, _of_sizes(cells, groups, estimates, average, float(sizes.sum())))


def _balanced(cells: Cells, balance: float) -> np.ndarray:
    """Cells of groups that have an estimate at each of the panel's periods from their start until `balance` later."""
    event = cells.time - cells.group
    long_enough = cells.periods[-1] - cells.group >= balance
    groups, place = np.unique(cells.group, return_inverse=True)
    have = np.bincount(place[(event >= 0) & (event <= balance)], minlength=len(groups))
    need = np.array([((cells.periods >= g) & (cells.periods <= g + balance)).sum() for g in groups])
    return np.asarray(long_enough & (have == need)[place])


def _joined(cells: Cells, rows: list[_Row], keys: Floats | None = None) -> Averages:
    weights = np.array([row.weights for row in rows])
    influence = cells.influence @ weights.T + np.array([row.of_sizes for row in rows]).T
    return Averages(
        np.concatenate([[np.nan], np.array([]) if keys is None else keys]),
        np.array([row.estimate for row in rows]),
        influence,
        (weights[:, cells.known] != 0).any(axis=1),
    )

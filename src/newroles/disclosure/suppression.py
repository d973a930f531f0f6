"""Which further cells must be hidden, so that none of the hidden ones can be worked out from the sums?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import block_diag, csr_array, eye_array, hstack, lil_array

from newroles.disclosure.cells import Sums
from newroles.disclosure.profiles import Profile
from newroles.errors import InputError

_TINY = 1e-6


class CannotProtectError(InputError):
    """A table with a hidden count that can be worked out whatever else is hidden."""


_LAST_RESORT = 10.0  # how much dearer than the largest count it is to hide a zero, which tells most about a place


@dataclass(frozen=True)
class Observer:
    """What somebody knows who wants to work out hidden counts, and how unsure they must stay.

    low, high: between which counts each cell lies for all they know. may_hide: we could hide it
    besides. open_low, open_high: between which counts it would lie if we hid it.
    """

    low: np.ndarray
    high: np.ndarray
    may_hide: np.ndarray
    open_low: np.ndarray
    open_high: np.ndarray


def hidden_cells(sums: Sums, profile: Profile, strict: bool) -> tuple[np.ndarray, np.ndarray]:
    """Which cells does the rule hide, and which must be hidden besides?

    strict: implied totals are known, come what may; else one may be withheld where nothing else helps.

    Returns two arrays of True and False: hidden by the rule (a place per cell); hidden besides, because a hidden count
    could be worked out without (a place per cell, then one per implied total).

    Two observers are kept in the dark. The first knows the printed cells, the sums and that counts aren't negative: every
    cell hidden by the rule must keep a range at least as wide as the rule's limit (so cells hidden together never add up
    to a number that the rule would hide), every other hidden cell a range of at least 1. The second knows besides which
    cells the rule hid, hence that they are small and the others aren't: no hidden cell may be left with one possible count.

    Raises CannotProtectError when no choice of cells can do this.

    Source: for each cell the cheapest pair of tables that an observer can't tell apart, by linear programming; its cells
    are then hidden too. Our own heuristic, of the kind that Kelly, Golden and Assad (1992), Cell suppression: disclosure
    protection for sensitive tabular data, Networks 22: 397-417, describe.
    """
    counts = np.array([cell.count for cell in sums.cells])
    missing = np.isnan(counts)
    by_rule = np.array([profile.hides(cell.count) and not cell.empty_by_design for cell in sums.cells], dtype=bool)
    besides = np.zeros(len(counts) + len(sums.implied), dtype=bool)
    if not by_rule.any() or not sums.equations:
        return by_rule, besides
    known = np.concatenate([np.where(missing, 0, counts), sums.implied])
    matrix = _matrix(sums, len(known))
    summed = (abs(matrix).sum(axis=0) > 0)[: len(counts)]  # a cell that is part of no sum can't be worked out
    smallest, largest = profile.hidden_range
    for knows_the_rule in (False, True):
        if knows_the_rule and smallest == largest:
            break  # the rule itself leaves one possible count
        spread_low, spread_high = known.copy(), known.copy()
        while True:
            hidden = by_rule | besides[: len(counts)]
            required = np.where(by_rule & (not knows_the_rule), max(profile.below, 1), 1)
            spread = (spread_high - spread_low)[: len(counts)]
            narrow = summed & hidden & (spread < required - _TINY)
            if not narrow.any():
                break
            cell = int(np.flatnonzero(narrow)[np.argmax(required[narrow])])
            observer = _observer(sums, profile, known, by_rule, besides, knows_the_rule, strict)
            tables, opened = _cheapest_pair(
                matrix, known, len(counts), observer, cell, np.flatnonzero(narrow), required
            )
            if tables is None:
                raise CannotProtectError(
                    f"{sums.cells[cell].name}: the count is hidden, but it can be worked out from the totals whatever else "
                    "is hidden. Merge rows or columns, or don't say assume_known=True: then totals that the table doesn't "
                    "print are taken as known where that can be."
                )
            besides |= opened
            spread_low = np.minimum(spread_low, tables.min(axis=0))
            spread_high = np.maximum(spread_high, tables.max(axis=0))
    return by_rule, besides


def _observer(
    sums: Sums,
    profile: Profile,
    known: np.ndarray,
    by_rule: np.ndarray,
    besides: np.ndarray,
    knows_the_rule: bool,
    strict: bool,
) -> Observer:
    n, size = len(sums.cells), len(known)
    low, high = known.copy(), known.copy()
    may_hide = np.zeros(size, dtype=bool)
    open_low, open_high = np.zeros(size), np.full(size, np.inf)
    smallest, largest = profile.hidden_range
    for i, count in enumerate(known):
        small = bool(by_rule[i]) if i < n else profile.hides(count)
        if knows_the_rule:
            if small:
                open_low[i], open_high[i] = smallest, largest
            elif count:
                open_low[i] = profile.below
        if i < n and (sums.cells[i].missing or sums.cells[i].empty_by_design):
            continue  # known to be what it is, at worst
        if small or besides[i]:
            low[i], high[i] = open_low[i], open_high[i]
            continue
        low[i], high[i] = profile.possible(count)
        may_hide[i] = i < n or not strict
    return Observer(low, high, may_hide, open_low, open_high)


def _cheapest_pair(
    matrix: csr_array,
    known: np.ndarray,
    printed: int,
    observer: Observer,
    cell: int,
    narrow: np.ndarray,
    required: np.ndarray,
) -> tuple[np.ndarray | None, np.ndarray]:
    """Two tables that look alike when as little as possible is hidden besides, and differ enough in this cell.

    As far as it costs nothing, they differ in the other narrow cells too, which spares solving for each of them.
    """
    size, n = len(known), len(narrow)
    price = np.where(known > 0, 1 + known, _LAST_RESORT * (1 + known.max()))
    price[printed:] = _LAST_RESORT**3 * (1 + known.max())
    # per table: the counts as far as they look the same, and how far each goes up or down beyond that
    up, down = np.zeros(size), np.zeros(size)
    may = observer.may_hide
    up[may] = np.maximum(observer.open_high[may] - observer.high[may], 0)
    down[may] = np.maximum(observer.low[may] - observer.open_low[may], 0)
    least = np.concatenate([observer.low, np.zeros(2 * size)])
    most = np.concatenate([observer.high, up, down])
    # which of the two tables has the larger count is fixed for this cell, and for the others drawn (always alike)
    larger = np.random.default_rng(0).choice([-1.0, 1.0], size=n)
    larger[narrow == cell] = 1.0
    pick = csr_array((larger, (np.arange(n), narrow)), shape=(n, size))
    first_less_second = hstack([pick, pick, -pick, -pick, -pick, pick])
    gaps = np.full(n, -np.inf)
    gaps[narrow == cell] = required[cell]
    one = hstack([matrix, matrix, -matrix])
    found = linprog(
        np.concatenate([np.tile(np.concatenate([np.zeros(size), price, price]), 2), np.full(n, -1 / (1 + n))]),
        A_ub=hstack([-first_less_second, eye_array(n)], format="csr"),
        b_ub=np.zeros(n),
        A_eq=hstack([block_diag([one, one]), csr_array((2 * matrix.shape[0], n))], format="csr"),
        b_eq=np.tile(matrix @ known, 2),
        bounds=np.column_stack([np.concatenate([least, least, gaps]), np.concatenate([most, most, required[narrow]])]),
        method="highs",
    )
    if found.status != 0:
        return None, np.zeros(size, dtype=bool)
    same, plus, minus = found.x[: 6 * size].reshape(2, 3, size).transpose(1, 0, 2)
    opened = ((plus > _TINY) | (minus > _TINY)).any(axis=0)
    return same + plus - minus, opened


def _matrix(sums: Sums, size: int) -> csr_array:
    equations = sums.resolved()
    matrix = lil_array((len(equations), size))
    for row, (parts, total) in enumerate(equations):
        matrix[row, parts] = 1
        matrix[row, total] = -1
    return matrix.tocsr()

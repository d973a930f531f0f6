"""How else could introduction dates have been placed? All the ways there are, or a random sample of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import factorial, prod

import numpy as np

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Integers

# with at most so many distinct placements, all are used and none is drawn
ALL_PLACEMENTS = 20_000
AMONG = ("units", "clusters")


def placements(
    dates: Integers,
    clusters: Integers,
    strata: Integers,
    among: str = "units",
    draws: int = 999,
    rng: np.random.Generator | None = None,
) -> tuple[Integers, bool]:
    """How else could dates have been placed among units: every way, or a sample?

    `dates`: the date of each unit (counted from 0; never is a date, too); `clusters`, `strata`: which it is in. `among`:

    - "units": dates change places between units of a stratum;
    - "clusters": a cluster takes all the dates of another cluster with as many units in the same stratum, and its units
      take them in any order.

    Returns placements (one row each: a date for each unit) and whether they are all there are, the actual one among them
    (at most 20,000 distinct ones). Otherwise `draws` random ones, for which `rng` is needed.

    Raises InputError for an unknown `among`, when dates can't be placed in any other way, and too few draws.

    >>> placements(np.array([0, 1, 1]), np.array([0, 1, 2]), np.zeros(3, dtype=int))[0].tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    if among not in AMONG:
        raise InputError(f"among: unknown '{among}'. {did_you_mean(among, AMONG)}")
    # with clusters, whole patterns move between clusters of a stratum and size, then dates within each cluster
    groups = _units_by(strata) if among == "units" else _clusters_by(clusters, strata)
    total = prod(_ways(dates, group) for group in groups)
    if total == 1:
        where = "units of a stratum" if among == "units" else "clusters of a size and stratum, or units of a cluster,"
        raise InputError(
            f"Dates can't be placed in any other way: {where} all have the same dates. "
            "Widen or drop the strata (within), or move dates among units."
        )
    if total <= ALL_PLACEMENTS:
        return _every(dates, groups, total), True
    if draws < 99:
        raise InputError(f"draws: {draws} are too few for a p value: expected 99 or more.")
    rng = np.random.default_rng() if rng is None else rng
    drawn = np.tile(dates, (draws, 1))
    for group in groups:
        patterns = np.broadcast_to(dates[group], (draws, *group.shape))
        order = rng.permuted(np.tile(np.arange(len(group)), (draws, 1)), axis=1)
        moved = np.take_along_axis(patterns, order[:, :, np.newaxis], axis=1)
        drawn[:, group.ravel()] = rng.permuted(moved, axis=2).reshape(draws, -1)
    return drawn, False


def distinct_orders(values: Sequence[int] | Integers) -> Integers:
    """In which distinct orders can these values stand? One row each.

    >>> distinct_orders([3, 5, 5]).tolist()
    [[3, 5, 5], [5, 3, 5], [5, 5, 3]]
    """
    known, counts = np.unique(np.asarray(values), return_counts=True)
    n = len(values)
    if len(known) == 1:
        return np.full((1, n), known[0])
    chosen = np.array(list(combinations(range(n), int(counts[0]))))
    free = np.ones((len(chosen), n), dtype=bool)
    np.put_along_axis(free, chosen, False, axis=1)
    places = np.nonzero(free)[1].reshape(len(chosen), -1)
    rest = distinct_orders(np.repeat(known[1:], counts[1:]))
    orders = np.full((len(chosen), len(rest), n), known[0])
    np.put_along_axis(orders, np.repeat(places[:, np.newaxis], len(rest), axis=1), rest[np.newaxis], axis=2)
    return orders.reshape(-1, n)


def _units_by(strata: Integers) -> list[Integers]:
    """Positions of units by stratum; each unit is a row by itself."""
    return [np.flatnonzero(strata == s)[:, np.newaxis] for s in np.unique(strata)]


def _clusters_by(clusters: Integers, strata: Integers) -> list[Integers]:
    """Positions of units by stratum and size of cluster: clusters x units."""
    groups: dict[tuple[int, int], list[Integers]] = {}
    for c in np.unique(clusters):
        own = np.flatnonzero(clusters == c)
        groups.setdefault((int(strata[own[0]]), len(own)), []).append(own)
    return [np.array(rows) for _, rows in sorted(groups.items())]


def _pattern_numbers(dates: Integers, group: Integers) -> tuple[Integers, Integers]:
    """The distinct patterns of dates among a group's rows, and which each row has."""
    patterns, which = np.unique(np.sort(dates[group], axis=1), axis=0, return_inverse=True)
    return patterns, np.asarray(which).ravel()


def _orders(values: Integers) -> int:
    return factorial(len(values)) // prod(factorial(int(c)) for c in np.unique(values, return_counts=True)[1])


def _ways(dates: Integers, group: Integers) -> int:
    """In how many distinct ways can the dates of a group be placed?"""
    patterns, which = _pattern_numbers(dates, group)
    return _orders(which) * prod(_orders(patterns[w]) for w in which)


def _every(dates: Integers, groups: list[Integers], total: int) -> Integers:
    """Every distinct placement: groups are independent of each other."""
    every = np.tile(dates, (total, 1))
    repeat = 1
    for group in groups:
        patterns, which = _pattern_numbers(dates, group)
        orders = [distinct_orders(pattern) for pattern in patterns]
        ways = np.concatenate([_crossed([orders[w] for w in arranged]) for arranged in distinct_orders(which)])
        reach = total // (repeat * len(ways))
        every[:, group.ravel()] = np.tile(np.repeat(ways, reach, axis=0), (repeat, 1))
        repeat *= len(ways)
    return every


def _crossed(parts: list[Integers]) -> Integers:
    """Every combination of one row of each part, side by side."""
    crossed = parts[0]
    for part in parts[1:]:
        crossed = np.hstack([np.repeat(crossed, len(part), axis=0), np.tile(part, (len(crossed), 1))])
    return crossed

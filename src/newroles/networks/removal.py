"""What falls apart in a network when a role, or one person, is absent?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from newroles.errors import InputError
from newroles.networks.network import RoleNetwork

MEASURES = ("reachable", "distance", "components", "largest_component", "across_lost")
_SLACK = 1e-9
_CELLS = 2**18  # so many numbers at a time
_ROWS = 512  # so many rows whose bits are counted at a time


def removal(
    network: RoleNetwork,
    by: str = "role",
    draws: int = 200,
    rng: np.random.Generator | None = None,
    *,
    across: str = "role",
    weighted: bool = False,
) -> pd.DataFrame:
    """What falls apart when all people of a role, or one person, are absent, beside the absence of others at random?

    by: `role` or another column of people, each of whose groups is taken out in turn; `person`: each person.
    draws, rng: how many sets of as many people, drawn from the whole network, are taken out for comparison; where no more
    sets than that exist, and always for single persons, all of them are.
    across: the column of people whose groups have the boundaries that ties cross. weighted: ties across by weight.

    Returns one row per group (or person) and measure: name, removed (people taken out), measure, as_it_is, value, change
    (value less as_it_is), random (mean), random_low and random_high (the middle 95%), all three of the change when people
    are taken out at random; p_low and p_high, the share of those sets with as low, or as high, a change: (1 + count) /
    (sets + 1) when sets are drawn, count / sets when all are tried. Every measure is about the people who stay; as_it_is
    is taken among the same people while the others are still there:

    - reachable: share of ordered pairs of whom the first reaches the second, along the direction of ties if directed
    - distance: mean number of ties on the shortest way, over the pairs within reach
    - components, largest_component: groups of people connected at all (direction aside), and people in the largest
    - across_lost: share of all ties across the boundaries that go with the people who leave (as_it_is 0)

    Blank: distance without a pair in reach, reachable with fewer than two who stay, across_lost without ties across, and
    what follows from these; a set at random that leaves a measure blank is left out of its comparison. Raises InputError
    when `by` or `across` is no column, or blank for somebody, and when draws isn't a whole number above 0.

    Source: attack against failure at random as in Albert, Jeong & Barabási 2000, doi 10.1038/35019019, with sets of the
    same size.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd", "dot"], "role": ["liaison", "nurse", "nurse", "peer"]})
    >>> ties = pd.DataFrame({"source": ["ann", "ann", "ann", "bea"], "target": ["bea", "cyd", "dot", "cyd"]})
    >>> table = removal(build(people, ties, directed=False)).query("name == 'liaison'")
    >>> table[["measure", "as_it_is", "value"]].round(2).values.tolist()[:3]
    [['reachable', 1.0, 0.33], ['distance', 1.67, 1.0], ['components', 1.0, 2.0]]
    """
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 1:
        raise InputError(f"draws must be a whole number of 1 or more, not {draws!r}. 200 is a usual choice.")
    n = len(network)
    if by == "person":
        names = network.people["person"].tolist()
        sets = [np.array([person]) for person in range(n)]
    else:
        codes, names = network.groups(by)
        sets = [np.flatnonzero(codes == code) for code in range(len(names))]
    across_codes = network.groups(across)[0]
    rng = np.random.default_rng(0) if rng is None else rng
    groups = _marks(sets, n)
    at_random: dict[int, tuple[np.ndarray, bool]] = {}
    for size in dict.fromkeys(map(len, sets)):
        every = size == 1 or comb(n, size) <= draws
        some = combinations(range(n), size) if every else (rng.choice(n, size, replace=False) for _ in range(draws))
        at_random[size] = _marks(some, n), every
    whole = _Whole(network, across_codes, weighted, [groups, *(marks for marks, _ in at_random.values())])
    known: dict[bytes, np.ndarray] = {}

    def changes(mark: np.ndarray) -> np.ndarray:
        key = mark.tobytes()
        if key not in known:
            known[key] = whole.without(mark)
        return known[key]

    chance: dict[int, np.ndarray] = {}
    rows = []
    for name, people, mark in zip(names, sets, groups, strict=True):
        size = len(people)
        found = changes(mark)
        marks, every = at_random[size]
        if size not in chance:
            chance[size] = np.array([np.diff(changes(one), axis=0)[0] for one in marks])
        drawn = chance[size]
        for number, measure in enumerate(MEASURES):
            before, after = found[:, number]
            rows.append([name, size, measure, before, after, *_against(after - before, drawn[:, number], every)])
    columns = ["name", "removed", "measure", "as_it_is", "value", "change"]
    columns += ["random", "random_low", "random_high", "p_low", "p_high"]
    return pd.DataFrame(rows, columns=columns)


def _marks(sets: Iterable[Iterable[int]], n: int) -> np.ndarray:
    """Sets of people, a row each, as bits: bit i of the row's whole numbers of 64 bits says whether person i is in it."""
    words = -(-n // 64)
    rows = []
    for people in sets:
        bits = np.zeros(64 * words, dtype=bool)
        bits[np.asarray(people)] = True
        rows.append(np.packbits(bits, bitorder="little").view("<u8"))
    return np.array(rows, dtype="<u8").reshape(len(rows), words)


def _members(mark: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.unpackbits(mark.view(np.uint8), bitorder="little"))


class _Whole:
    """The network before anybody leaves: who is within reach of whom, how far, and the ties across.

    marks: the sets of people who will leave. Distances are counted while they are found, and never held for all pairs.
    """

    def __init__(self, network: RoleNetwork, codes: np.ndarray, weighted: bool, marks: list[np.ndarray]) -> None:
        self.matrix = network.binary
        n = len(network)
        leaving = {mark.tobytes(): mark for some in marks for mark in some}
        # nobody is among the pairs of one person alone
        several = {key: mark for key, mark in leaving.items() if np.bitwise_count(mark).sum() > 1}
        self.place = {key: place for place, key in enumerate(several)}
        self.pairs_among, self.sums_among = (np.zeros(len(several), dtype=np.int64) for _ in range(2))
        # pairs within reach, and the sum of their distances, by either end
        self.pairs, self.sums = (np.zeros((2, n), dtype=np.int64) for _ in range(2))
        for distance, first, reached in _waves(self.matrix):
            words = slice(first // 64, first // 64 + reached.shape[1])
            new = np.zeros((2, n), dtype=np.int64)
            new[0, first : first + 64 * reached.shape[1]] = _by_bit(reached)[: n - first]
            new[1] = np.bitwise_count(reached).sum(axis=1)
            self.pairs += new
            self.sums += distance * new
            for place, mark in enumerate(several.values()):
                among = int(np.bitwise_count(reached[_members(mark)] & mark[words]).sum())
                self.pairs_among[place] += among
                self.sums_among[place] += distance * among
        self.part = connected_components(self.matrix, directed=True, connection="weak")[1]
        source, target = network.positions
        crosses = codes[source] != codes[target]
        self.source, self.target = source[crosses], target[crosses]
        self.worth = network.weights[crosses] if weighted else np.ones(int(crosses.sum()))

    def without(self, mark: np.ndarray) -> np.ndarray:
        """Each measure among those who stay, while the others are still there (first row) and without them (second)."""
        people = _members(mark)
        stays = np.ones(self.matrix.shape[0], dtype=bool)
        stays[people] = False
        stay = np.flatnonzero(stays)
        rest = self.matrix[stay][:, stay]
        parts = connected_components(rest, directed=True, connection="weak")[1]
        place = self.place.get(mark.tobytes())
        among = (0, 0) if place is None else (self.pairs_among[place], self.sums_among[place])
        # pairs with either end among those who leave are taken off
        pairs, sums = (
            counts[0].sum() - counts[:, people].sum() + twice
            for counts, twice in zip((self.pairs, self.sums), among, strict=True)
        )
        lost = ~(stays[self.source] & stays[self.target])
        across = self.worth[lost].sum() / self.worth.sum() if len(self.worth) else np.nan
        return np.array(
            [
                [*_reach(pairs, sums, len(stay)), *_pieces(self.part[stay]), 0.0 if len(self.worth) else np.nan],
                [*_reach(*_reached(rest), len(stay)), *_pieces(parts), across],
            ]
        )


def _waves(matrix: sparse.csr_array) -> Iterator[tuple[int, int, np.ndarray]]:
    """Whom does each person reach first in 1, 2, 3 ... ties?

    64 starting persons at a time are the bits of one whole number, so that one "or" follows the ties of all of them.
    Yields the number of ties, the first of some starting persons, and for each person (row) which of these reach them.
    """
    n = matrix.shape[0]
    back = matrix.T.tocsr()  # row: whom the ties come from
    tied = np.flatnonzero(np.diff(back.indptr))
    if not len(tied):
        return
    words = -(-n // 64)
    step = max(1, _CELLS // max(matrix.nnz, n))
    for begin in range(0, words, step):
        first = 64 * begin
        starts = np.arange(first, min(n, 64 * (begin + step)))
        seen = np.zeros((n, min(step, words - begin)), dtype="<u8")
        seen[starts, (starts - first) // 64] = np.uint64(1) << (starts % 64).astype(np.uint64)
        front, distance = seen.copy(), 0
        while True:
            distance += 1
            reached = np.zeros_like(seen)
            reached[tied] = np.bitwise_or.reduceat(front[back.indices], back.indptr[tied], axis=0)
            front = reached & ~seen
            if not front.any():
                break
            yield distance, first, front
            seen |= front


def _by_bit(rows: np.ndarray) -> np.ndarray:
    """In how many rows does each bit stand?"""
    counts = np.zeros(64 * rows.shape[1], dtype=np.int64)
    for first in range(0, len(rows), _ROWS):
        bits = np.unpackbits(rows[first : first + _ROWS].view(np.uint8), axis=1, bitorder="little")
        counts += bits.sum(axis=0, dtype=np.int64)
    return counts


def _reached(matrix: sparse.csr_array) -> tuple[int, int]:
    """Ordered pairs within reach, and the sum of their distances."""
    pairs = sums = 0
    for distance, _, reached in _waves(matrix):
        new = int(np.bitwise_count(reached).sum())
        pairs, sums = pairs + new, sums + distance * new
    return pairs, sums


def _reach(pairs: int, sums: int, n: int) -> tuple[float, float]:
    """Share of ordered pairs within reach, and how far on average these are."""
    return pairs / (n * (n - 1)) if n > 1 else np.nan, sums / pairs if pairs else np.nan


def _pieces(part: np.ndarray) -> tuple[float, float]:
    sizes = np.bincount(part) if len(part) else np.zeros(1, dtype=int)
    return float(np.count_nonzero(sizes)), float(sizes.max())


def _against(change: float, drawn: np.ndarray, every: bool) -> list[float]:
    """The change, and where it stands among those of sets taken out at random."""
    drawn = drawn[~np.isnan(drawn)]
    if np.isnan(change) or not len(drawn):
        return [change, *[np.nan] * 5]
    low, high = np.quantile(drawn, [0.025, 0.975])
    one = 0 if every else 1
    as_low = (one + (drawn <= change + _SLACK).sum()) / (one + len(drawn))
    as_high = (one + (drawn >= change - _SLACK).sum()) / (one + len(drawn))
    return [change, drawn.mean(), low, high, as_low, as_high]

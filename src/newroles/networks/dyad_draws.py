"""How sure is a change between two waves, if pairs of people are drawn anew and the people stay?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.networks.two_waves import SUMS, Wave, measured

_STEP = 2**12  # so many pairs at a time
_COUNTS = (0, 1, 4)  # which of SUMS are counts
_POSSIBLE, _WITHIN = 3, 4  # and where, beside these, it stands whether a pair can be tied, and is of one group


def dyad_bootstrap(one: Wave, two: Wave, names: list[str], draws: int, rng: np.random.Generator) -> np.ndarray:
    """Changes of the measures: draws x measures, the same pairs of people drawn in both waves."""
    pairs = _pairs(one, two)
    size = pairs.tied + int(pairs.untied.sum())
    totals = np.empty((2, draws if size else 0, len(SUMS) + 3))
    for draw in range(totals.shape[1]):
        tied = int(rng.binomial(size, pairs.tied / size))
        times = np.concatenate(
            [
                np.bincount(rng.integers(0, max(pairs.tied, 1), tied), minlength=pairs.tied),
                rng.multinomial(size - tied, pairs.untied / max(pairs.untied.sum(), 1)),
            ]
        )
        totals[:, draw] = pairs.totals(times)
    return measured(totals[1], names) - measured(totals[0], names)


@dataclass(frozen=True)
class _Pairs:
    """Pairs of people who can be tied in at least one wave: those who are, one by one, then the others, by kind.

    counts: pairs x waves x what a pair adds to the totals (ties, ties across, returned ties, possible ties, those within a
    group), 0, 1 or 2 of each. weight: pairs x waves. untied: how many pairs there are of each of the nine kinds. people: of
    each wave.
    """

    counts: np.ndarray
    weight: np.ndarray
    tied: int
    untied: np.ndarray
    people: tuple[int, int]

    def totals(self, times: np.ndarray) -> np.ndarray:
        """The totals of each wave in a row, as `measured` takes them, when each pair counts so many times."""
        counts, weight = np.zeros(self.counts.shape[1:]), np.zeros((2, 2))
        for first in range(0, len(times), _STEP):
            some = slice(first, first + _STEP)
            counts += np.tensordot(times[some].astype(float), self.counts[some], axes=1)
            heavy = times[some, np.newaxis] * self.weight[some]
            weight += np.stack([heavy.sum(axis=0), (heavy * (self.counts[some, :, 1] > 0)).sum(axis=0)], axis=1)
        return np.column_stack([counts[:, :2], weight, counts[:, 2], self.people, counts[:, 3:]])


def _pairs(one: Wave, two: Wave) -> _Pairs:
    persons = pd.Index(one.persons).union(pd.Index(two.persons), sort=False)
    n, codes, kinds = len(persons), [], []
    for wave in (one, two):
        at = persons.get_indexer(pd.Index(wave.persons))
        source, target = at[wave.source], at[wave.target]
        codes.append(np.minimum(source, target) * n + np.maximum(source, target))
        place = np.full(n, -1)
        place[at] = wave.place
        both = place.copy()  # place and group
        both[at] += wave.group * (int(wave.place.max(initial=0)) + 1)
        kinds.append((place, both))
    tied = np.unique(np.concatenate(codes))
    counts, weight = np.zeros((len(tied) + 9, 2, 5), dtype=np.int8), np.zeros((len(tied) + 9, 2))
    state = np.empty((2, len(tied)), dtype=np.int8)
    for k, (wave, code, (place, both)) in enumerate(zip((one, two), codes, kinds, strict=True)):
        where = np.searchsorted(tied, code)
        for at_count, at_sum in enumerate(_COUNTS):
            counts[: len(tied), k, at_count] = np.bincount(where, weights=wave.value(at_sum), minlength=len(tied))
        weight[: len(tied), k] = np.bincount(where, weights=wave.value(SUMS.index("weight")), minlength=len(tied))
        low, high = tied // n, tied % n
        possible = (place[low] == place[high]) & (place[low] >= 0)
        state[k] = possible * 1 + (possible & (both[low] == both[high]))
        # the nine kinds of pairs: not possible, across, within in the one wave, and each of these in the other
        every = np.concatenate([state[k], np.indices((3, 3))[k].ravel()])
        counts[:, k, _POSSIBLE], counts[:, k, _WITHIN] = 2 * (every > 0), 2 * (every == 2)
    untied = _of_each_kind(kinds) - np.bincount(state[0] * 3 + state[1], minlength=9)
    untied[0] = 0  # who can't be tied in either wave is no pair
    return _Pairs(counts, weight, len(tied), untied, (len(one.persons), len(two.persons)))


def _of_each_kind(kinds: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Pairs that are not possible, across a boundary, within a group in one wave, by the same in the other."""
    at_least = np.zeros((4, 4), dtype=np.int64)
    everybody = np.zeros(len(kinds[0][0]), dtype=np.int64)
    for i, one in enumerate((everybody, *kinds[0])):
        for j, two in enumerate((everybody, *kinds[1])):
            there = (one >= 0) & (two >= 0)
            size = np.unique(one[there] * (int(two.max(initial=0)) + 1) + two[there], return_counts=True)[1]
            at_least[i, j] = (size * (size - 1) // 2).sum()
    return np.diff(np.diff(at_least, axis=0), axis=1).ravel()

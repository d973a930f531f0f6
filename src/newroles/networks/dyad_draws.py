"""How sure is a change between two waves, if pairs of people are what is drawn? Pairs drawn anew, the people staying."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.networks.two_waves import Wave, measured

_PAIRS = 2**12  # so many pairs at a time
_COUNTS = ("ties", "ties_across", "returned", "pairs", "pairs_within")  # of one pair in one wave: 0, 1 or 2 of each


def dyad_bootstrap(one: Wave, two: Wave, names: list[str], draws: int, rng: np.random.Generator) -> np.ndarray:
    """Changes of the measures: draws x measures, the same pairs of people drawn in both waves.

    A pair is two people who could be tied in at least one wave. Pairs with a tie are drawn one by one, all others as so
    many of each kind.
    """
    persons = pd.Index(one.persons).union(pd.Index(two.persons), sort=False)
    waves = one, two
    where = [persons.get_indexer(pd.Index(wave.persons)) for wave in waves]
    pairs, counts, weight = _tied(waves, where, len(persons))
    across = counts[:, :, 1] > 0
    kinds = _possible(waves, where, len(persons))  # pairs by what they could be in the one wave and in the other
    kinds -= np.bincount(_kind(counts[:, 0]) * 3 + _kind(counts[:, 1]), minlength=9)
    ways = 1 if not one.directed else 2
    size = len(pairs) + int(kinds.sum())
    found = np.empty((draws if size else 0, len(names)))
    for draw in range(len(found)):
        tied = int(rng.binomial(size, len(pairs) / size))
        times = np.bincount(rng.integers(0, max(len(pairs), 1), tied), minlength=len(pairs)).astype(float)
        sums, weights = np.zeros((2, len(_COUNTS))), np.zeros((2, 2))
        for first in range(0, len(pairs), _PAIRS):
            some = slice(first, first + _PAIRS)
            sums += np.tensordot(times[some], counts[some], axes=1)
            heavy = times[some, np.newaxis] * weight[some]
            weights += np.stack([heavy.sum(axis=0), (heavy * across[some]).sum(axis=0)], axis=1)
        others = rng.multinomial(size - tied, kinds / max(kinds.sum(), 1)).reshape(3, 3) * ways
        totals = []
        for k, wave in enumerate(waves):
            ties, ties_across, returned, possible, within = sums[k]
            _, possible_across, possible_within = others.sum(axis=1 - k)
            both = 1 if one.directed else 2  # the totals of an undirected network count each pair from either end
            pairs_now = possible + possible_across + possible_within, within + possible_within
            totals.append([[*(both * np.array([ties, ties_across, *weights[k], returned])), len(wave.persons), *(both * np.array(pairs_now))]])
        found[draw] = (measured(np.array(totals[1]), names) - measured(np.array(totals[0]), names))[0]
    return found

"""How sure is a change between two waves? People, units or pairs drawn anew, and waves exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd
from scipy.stats import t

from newroles.networks.two_waves import SUMS, Wave, WaveByUnit, measured

_EXACT_UP_TO = 12  # so many exchangeable units and fewer: every exchange is tried
_CELLS = 2**13  # so many numbers at a time, and more where there are more ties


def jackknife(
    one: WaveByUnit, two: WaveByUnit, names: list[str], change: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Change -/+ t times the standard error from leaving out each unit; blank with fewer than three units."""
    blank, units = np.full(len(names), np.nan), len(one.people)
    if units < 3:
        return blank, blank
    first, second = (measured(wave.totals(1.0 - np.eye(units)), names) for wave in (one, two))
    left = second - first
    error = np.sqrt((units - 1) / units * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    reach = t.ppf((1 + level) / 2, units - 1) * error
    return change - reach, change + reach


def bootstrap(one: WaveByUnit, two: WaveByUnit, names: list[str], draws: int, rng: np.random.Generator) -> np.ndarray:
    """Changes of the measures: draws x measures, the same units drawn in both waves."""
    units, found = len(one.people), []
    for size in _batches(draws, units, one.sums[0].nnz + two.sums[0].nnz):
        weights = rng.multinomial(units, np.full(units, 1 / units), size=size).astype(float)
        found.append(measured(two.totals(weights), names) - measured(one.totals(weights), names))
    return np.vstack(found) if found else np.empty((0, len(names)))


def percentiles(changes: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The percentile interval of each column; blank where fewer than half of the draws have a value."""
    low, high = np.full(changes.shape[1], np.nan), np.full(changes.shape[1], np.nan)
    for k in range(changes.shape[1]):
        known = changes[np.isfinite(changes[:, k]), k]
        if len(changes) and len(known) * 2 >= len(changes):
            low[k], high[k] = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return low, high


def exchange(
    one: Wave, two: Wave, names: list[str], permutations: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """The two-sided p value of each measure's change, by exchanging the waves of pairs of units; and how many people.

    one, two: the waves with the people who were there both times alone, in one order.
    """
    steady = [
        person
        for k, person in enumerate(one.persons)
        if one.labels[one.group[k]] == two.labels[two.group[k]] and one.unit[k] == two.unit[k]
    ]
    one, two = one.only(steady), two.only(steady)
    sums, differ = _differences(one, two)
    if not len(differ) or not permutations:
        return np.full(len(names), np.nan), len(steady)
    rest = one.totals()[:, len(SUMS) :]

    def changes(swapped: np.ndarray) -> np.ndarray:
        """rows of 0 and 1 (exchanged) x pairs -> rows x measures"""
        moved = swapped @ differ
        around = np.repeat(rest, len(swapped), axis=0)
        first, second = np.hstack([sums[0] + moved, around]), np.hstack([sums[1] - moved, around])
        return measured(second, names) - measured(first, names)

    observed = np.abs(changes(np.zeros((1, len(differ))))[0])
    exact = len(differ) <= _EXACT_UP_TO
    count, tried = np.zeros(len(names)), np.zeros(len(names))
    for swapped in _every_exchange(len(differ)) if exact else _random_exchanges(permutations, len(differ), rng):
        found = np.abs(changes(swapped))
        tried += np.isfinite(found).sum(axis=0)
        count += (found >= observed * (1 - 1e-9) - 1e-12).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = count / tried if exact else (1 + count) / (1 + tried)
    return np.where(np.isfinite(observed), p, np.nan), len(steady)


def _differences(one: Wave, two: Wave) -> tuple[list[np.ndarray], np.ndarray]:
    """`SUMS` of each wave, and for each pair of units with a tie in either wave: the second wave less the first."""
    units = pd.Index(pd.unique(pd.Series(one.unit, dtype=object)))
    number = units.get_indexer(pd.Index(one.unit)).astype(np.int64)
    codes = []
    for wave in (one, two):
        ends = number[wave.source], number[wave.target]
        codes.append(np.minimum(*ends) * max(len(units), 1) + np.maximum(*ends))
    pairs = np.unique(np.concatenate(codes))
    differ, sums = np.zeros((len(pairs), len(SUMS))), []
    for sign, wave, code in ((-1, one, codes[0]), (1, two, codes[1])):
        at = np.searchsorted(pairs, code)
        values = [np.bincount(at, weights=wave.value(k), minlength=len(pairs)) for k in range(len(SUMS))]
        sums.append(np.array([value.sum() for value in values]))
        for k, value in enumerate(values):
            differ[:, k] += sign * value
    return sums, differ


def _every_exchange(pairs: int) -> Iterator[np.ndarray]:
    yield np.array(list(product((0.0, 1.0), repeat=pairs)))


def _random_exchanges(permutations: int, pairs: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    for size in _batches(permutations, pairs, pairs):
        yield rng.integers(0, 2, size=(size, pairs)).astype(float)


def _batches(draws: int, width: int, ties: int) -> Iterator[int]:
    """So many draws at a time that an array of them isn't much larger than one of the ties."""
    size = max(1, (_CELLS + ties // 4) // max(width, 1))
    for start in range(0, draws, size):
        yield min(size, draws - start)

"""Before and after: how a network changes between two waves, and how sure that can be said."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import t

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import RoleNetwork

# each measure: what it is called in a sentence, and whether it needs a directed network
MEASURES = {
    "partners": "mean number of partners",
    "partners_across": "mean number of partners in another group",
    "share_across": "share of ties that cross the boundary",
    "weight_across": "share of tie weight that crosses the boundary",
    "ei": "E-I index",
    "density_within": "share of possible ties within a group that exist",
    "density_across": "share of possible ties across groups that exist",
    "log_odds_ratio": "log of the odds of a tie within a group over the odds across groups",
    "reciprocity": "share of ties that are returned",
}
_SUMS = ("ties", "ties_across", "weight", "weight_across", "returned")
_FEW = 20  # fewer units than this: the jackknife in place of the bootstrap
_EXACT_UP_TO = 12  # so many exchangeable units and fewer: every exchange is tried


def change(
    before: RoleNetwork,
    after: RoleNetwork,
    by: str = "role",
    measures: list[str] | None = None,
    within: str | None = None,
    unit: str | None = None,
    draws: int = 1000,
    permutations: int = 999,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """How much did working across a boundary change between two waves, and is it more than chance?

    before, after: two waves of one relation, both directed or both undirected. by: the column whose groups make the
    boundary. measures: names of MEASURES; all that fit by default. within: a column (team); only pairs of people with the
    same value there can be tied, other ties are left out. unit: a column (team) whose values are drawn and exchanged as
    wholes; persons are drawn and pairs of persons exchanged by default. draws, permutations, rng, level: of the interval
    and the test.

    The interval is the percentile interval of a bootstrap that draws persons (or whole units) with replacement, the same
    persons in both waves; pairs made of two copies of one person have no tie to show and count nowhere [1]. Fewer than 20
    units are too few for that: then it is the change -/+ t times the standard error from leaving out each unit in turn,
    blank with fewer than three. The p value
    exchanges the waves of each pair of persons (or of units) at random among people who were there both times in the same
    group, and counts how often the change is at least as large either way: (1 + count) / (R + 1), or the exact share when
    12 or fewer units can be exchanged. Exchanging single pairs takes their changes as independent of one another; where
    teams change as wholes, unit="team" is the honest test, and few teams can then show little.

    Returns one row per measure: measure, before, after, change, low, high (of the change), interval (bootstrap or
    jackknife), p_two_sided, n_before, n_after, n_both, n_tested (people; tested are those who were there both times in the
    same group and unit, of whom alone the p value speaks), and where the change comes from: left (people who had gone by the
    second wave), stayed (people there both times), joined (people who came), which add up to the change. Blank where a
    measure can't be computed.

    Raises InputError for unknown measures, for reciprocity of an undirected network and for waves of different kinds.

    [1] Snijders and Borgatti 1999, Connections 22(2), 161-170 (there, such pairs are filled in with others).

    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> from newroles.networks import build
    >>> first = build(people, pd.DataFrame({"source": list("ac"), "target": list("bd")}), directed=False)
    >>> second = build(people, pd.DataFrame({"source": list("aab"), "target": list("bcd")}), directed=False)
    >>> change(first, second, measures=["share_across"], draws=50).loc[0, ["before", "after", "change"]].tolist()
    [0.0, 0.6666666666666666, 0.6666666666666666]
    """
    rng = rng if rng is not None else np.random.default_rng(0)
    if before.directed != after.directed:
        raise InputError("One wave is directed and the other isn't. Build both the same way.")
    names = _measures(measures, before.directed)
    if not 0 < level < 1:
        raise InputError(f"level is a share between 0 and 1, such as 0.95; it is {level}.")
    for name, number in (("draws", draws), ("permutations", permutations)):
        if not isinstance(number, (int, np.integer)) or number < 0:
            raise InputError(f"{name} is a whole number of 0 or more; it is {number!r}.")
    one, two = _Wave.of(before, by, within, unit), _Wave.of(after, by, within, unit)
    both = sorted(set(one.persons) & set(two.persons), key=str)
    all_one, all_two = _measure(one.totals(), names, one), _measure(two.totals(), names, two)
    stay_one, stay_two = one.only(both), two.only(both)
    stayed_before, stayed_after = _measure(stay_one.totals(), names, one), _measure(stay_two.totals(), names, two)
    units = pd.Index(pd.unique(pd.Series([*one.unit, *two.unit], dtype=object)))
    few = unit is not None and len(units) < _FEW
    if few:
        low, high = _jackknife(one, two, names, units, all_two[0] - all_one[0], level)
    else:
        low, high = _percentiles(_bootstrap(one, two, names, units, draws, rng), level)
    p, tested = _exchange(stay_one, stay_two, names, permutations, rng)
    return pd.DataFrame(
        {
            "measure": names,
            "before": all_one[0],
            "after": all_two[0],
            "change": all_two[0] - all_one[0],
            "low": low,
            "high": high,
            "interval": "jackknife" if few else "bootstrap",
            "p_two_sided": p,
            "n_before": len(one.persons),
            "n_after": len(two.persons),
            "n_both": len(both),
            "n_tested": tested,
            "left": stayed_before[0] - all_one[0],
            "stayed": stayed_after[0] - stayed_before[0],
            "joined": all_two[0] - stayed_after[0],
        }
    )


def _measures(measures: list[str] | None, directed: bool) -> list[str]:
    if measures is None:
        return [name for name in MEASURES if directed or name != "reciprocity"]
    for name in measures:
        if name not in MEASURES:
            raise InputError(f"There is no measure {name!r}. {did_you_mean(name, MEASURES)}")
    if not directed and "reciprocity" in measures:
        raise InputError("Every tie of an undirected network is returned: reciprocity needs a directed network.")
    if not measures:
        raise InputError("No measure was asked for: name one or more, or leave measures out.")
    return list(measures)


@dataclass(frozen=True)
class _Wave:
    """One wave as sums over pairs: what is drawn or exchanged as a whole is a unit."""

    persons: list[Hashable]
    group: np.ndarray  # of each person
    labels: list[Hashable]
    place: np.ndarray  # number of the value of `within` of each person, 0 without
    unit: list[Hashable]  # of each person
    source: np.ndarray  # of each ordered pair that is tied
    target: np.ndarray
    values: np.ndarray  # ordered pairs x _SUMS
    directed: bool

    @classmethod
    def of(cls, network: RoleNetwork, by: str, within: str | None, unit: str | None) -> _Wave:
        group, labels = network.groups(by)
        place = network.groups(within)[0] if within is not None else np.zeros(len(network), dtype=int)
        units = list(network.people["person"])
        if unit is not None:
            number, named = network.groups(unit)
            units = [named[k] for k in number]
        tied = network.adjacency.tocoo()
        source, target, weight = tied.row, tied.col, tied.data
        same_place = place[source] == place[target]
        source, target, weight = source[same_place], target[same_place], weight[same_place]
        n = len(network)
        code = source.astype(np.int64) * n + target
        returned = np.isin(code, target.astype(np.int64) * n + source)
        across = group[source] != group[target]
        ones = np.ones(len(weight))
        values = np.column_stack([ones, across * ones, weight, across * weight, returned * ones])
        return cls(
            list(network.people["person"]), group, labels, place, units, source, target, values, network.directed
        )

    def only(self, persons: list[Hashable]) -> _Wave:
        """This wave with these people alone."""
        new = np.full(len(self.persons), -1)
        kept = pd.Index(self.persons).get_indexer(pd.Index(persons))
        new[kept] = np.arange(len(kept))
        inside = (new[self.source] >= 0) & (new[self.target] >= 0)
        return _Wave(
            [self.persons[k] for k in kept], self.group[kept], self.labels, self.place[kept], [self.unit[k] for k in kept],
            new[self.source[inside]], new[self.target[inside]], self.values[inside], self.directed,
        )  # fmt: skip

    def totals(self) -> np.ndarray:
        """One row: the sums of _SUMS, then people, possible ordered pairs, and those of them within a group."""
        return self.weighted(np.ones((1, len(self.persons))), np.arange(len(self.persons)))

    def weighted(self, weights: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """The totals when unit u counts weights[:, u] times: one row per row of weights.

        A pair of two units counts the product of their weights, a pair within a unit as often as the unit is there.
        """
        n_units = weights.shape[1]
        shape = (n_units, n_units)
        rows, columns = unit[self.source], unit[self.target]
        found = []
        for k in range(len(_SUMS)):
            matrix = sparse.csr_array((self.values[:, k], (rows, columns)), shape=shape)
            inner = matrix.diagonal()
            found.append(((weights @ matrix) * weights).sum(axis=1) - (weights**2) @ inner + weights @ inner)
        people = np.bincount(unit, minlength=n_units)
        found.append(weights @ people)
        n_places = int(self.place.max(initial=0)) + 1
        for code in (self.place, self.group * n_places + self.place):
            kind = np.unique(code, return_inverse=True)[1]
            members = sparse.csr_array(
                (np.ones(len(unit)), (unit, kind)), shape=(n_units, int(kind.max(initial=0)) + 1)
            )
            inner = members.multiply(members).sum(axis=1)
            at_home = inner - people
            found.append(((weights @ members) ** 2).sum(axis=1) - (weights**2) @ inner + weights @ at_home)
        return np.column_stack(found)


def _measure(totals: np.ndarray, names: list[str], wave: _Wave) -> np.ndarray:
    """The measures of each row of totals: rows x measures, blank where the denominator is 0."""
    ties, across, weight, weight_across, returned, people, pairs, pairs_within = totals.T
    within, pairs_across = ties - across, pairs - pairs_within
    with np.errstate(divide="ignore", invalid="ignore"):
        # an undirected tie is there twice, once for each of its ends, as a directed one is for source or target
        every = {
            "partners": ties / people,
            "partners_across": across / people,
            "share_across": across / ties,
            "weight_across": weight_across / weight,
            "ei": (across - within) / ties,
            "density_within": within / pairs_within,
            "density_across": across / pairs_across,
            "log_odds_ratio": np.log(within / (pairs_within - within)) - np.log(across / (pairs_across - across)),
            "reciprocity": returned / ties,
        }
    values = np.column_stack([every[name] for name in names])
    return np.where(np.isfinite(values), values, np.nan)


def _jackknife(
    one: _Wave, two: _Wave, names: list[str], units: pd.Index, change: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Change -/+ t times the standard error from leaving out each unit; blank with fewer than three units."""
    blank = np.full(len(names), np.nan)
    if len(units) < 3:
        return blank, blank
    without = 1.0 - np.eye(len(units))
    first, second = (
        _measure(wave.weighted(without, units.get_indexer(pd.Index(wave.unit, dtype=object))), names, wave)
        for wave in (one, two)
    )
    left = second - first
    error = np.sqrt((len(units) - 1) / len(units) * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    reach = t.ppf((1 + level) / 2, len(units) - 1) * error
    return change - reach, change + reach


def _bootstrap(
    one: _Wave, two: _Wave, names: list[str], units: pd.Index, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Changes of the measures: draws x measures, the same units drawn in both waves."""
    numbers = [units.get_indexer(pd.Index(wave.unit, dtype=object)) for wave in (one, two)]
    found = []
    for size in _batches(draws, len(units)):
        weights = rng.multinomial(len(units), np.full(len(units), 1 / len(units)), size=size).astype(float)
        first, second = (
            _measure(wave.weighted(weights, number), names, wave)
            for wave, number in zip((one, two), numbers, strict=True)
        )
        found.append(second - first)
    return np.vstack(found) if found else np.empty((0, len(names)))


def _percentiles(changes: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """The percentile interval of each column; blank where fewer than half of the draws have a value."""
    low, high = np.full(changes.shape[1], np.nan), np.full(changes.shape[1], np.nan)
    for k in range(changes.shape[1]):
        known = changes[np.isfinite(changes[:, k]), k]
        if len(changes) and len(known) * 2 >= len(changes):
            low[k], high[k] = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return low, high


def _exchange(
    one: _Wave, two: _Wave, names: list[str], permutations: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """The two-sided p value of each measure's change, by exchanging the waves of pairs of units; and how many people."""
    steady = [
        person
        for k, person in enumerate(one.persons)
        if one.labels[one.group[k]] == two.labels[two.group[k]] and one.unit[k] == two.unit[k]
    ]
    one, two = one.only(steady), two.only(steady)
    units = pd.Index(pd.unique(pd.Series(one.unit, dtype=object)))
    number = units.get_indexer(pd.Index(one.unit))
    codes = []
    for wave in (one, two):
        ends = np.sort(np.column_stack([number[wave.source], number[wave.target]]), axis=1).astype(np.int64)
        codes.append(ends[:, 0] * max(len(units), 1) + ends[:, 1])
    pairs = np.unique(np.concatenate(codes))
    if not len(pairs) or not permutations:
        return np.full(len(names), np.nan), len(steady)
    sums = [
        sparse.csr_array(
            (np.ones(len(code)), (np.searchsorted(pairs, code), np.arange(len(code)))), shape=(len(pairs), len(code))
        )
        @ wave.values
        for wave, code in zip((one, two), codes, strict=True)
    ]
    rest = one.totals()[:, len(_SUMS) :]

    def changes(swapped: np.ndarray) -> np.ndarray:
        """rows of 0 and 1 (exchanged) x pairs -> rows x measures"""
        first = swapped @ (sums[1] - sums[0]) + sums[0].sum(axis=0)
        second = swapped @ (sums[0] - sums[1]) + sums[1].sum(axis=0)
        around = np.repeat(rest, len(swapped), axis=0)
        return _measure(np.hstack([second, around]), names, two) - _measure(np.hstack([first, around]), names, one)

    observed = np.abs(changes(np.zeros((1, len(pairs))))[0])
    exact = len(pairs) <= _EXACT_UP_TO
    count, tried = np.zeros(len(names)), np.zeros(len(names))
    for swapped in _every_exchange(len(pairs)) if exact else _random_exchanges(permutations, len(pairs), rng):
        found = np.abs(changes(swapped))
        tried += np.isfinite(found).sum(axis=0)
        count += (found >= observed * (1 - 1e-9) - 1e-12).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = count / tried if exact else (1 + count) / (1 + tried)
    return np.where(np.isfinite(observed), p, np.nan), len(steady)


def _every_exchange(pairs: int) -> Iterator[np.ndarray]:
    yield np.array(list(product((0.0, 1.0), repeat=pairs)))


def _random_exchanges(permutations: int, pairs: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    for size in _batches(permutations, pairs):
        yield rng.integers(0, 2, size=(size, pairs)).astype(float)


def _batches(draws: int, width: int) -> Iterator[int]:
    """So many draws at a time that an array of them stays under some 4 MB."""
    size = max(1, 500_000 // max(width, 1))
    for start in range(0, draws, size):
        yield min(size, draws - start)

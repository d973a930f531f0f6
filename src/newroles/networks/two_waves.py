"""Two waves of a network as sums over pairs of people, and the measures that are ratios of these sums."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

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
SUMS = ("ties", "ties_across", "weight", "weight_across", "returned")


def chosen(measures: list[str] | None, directed: bool) -> list[str]:
    """The names of these measures, all that fit by default. Raises InputError for those that there aren't."""
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


def measured(totals: np.ndarray, names: list[str]) -> np.ndarray:
    """The measures of each row of totals: rows x measures, blank where the denominator is 0.

    totals: `SUMS`, then people, possible ordered pairs, and those of them within a group.
    """
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


@dataclass(frozen=True)
class Wave:
    """One wave: its people and its ties, each tie once. What is drawn or exchanged as a whole is a unit."""

    persons: list[Hashable]
    group: np.ndarray  # of each person
    labels: list[Hashable]
    place: np.ndarray  # number of the value of `within` of each person, 0 without
    unit: list[Hashable]  # of each person
    source: np.ndarray  # of each tie
    target: np.ndarray
    across: np.ndarray  # True: the two are of different groups
    weight: np.ndarray
    returned: np.ndarray  # True: there is a tie back
    directed: bool

    @classmethod
    def of(cls, network: RoleNetwork, by: str, within: str | None, unit: str | None) -> Wave:
        """This wave, without ties between places."""
        group, labels = network.groups(by)
        place = network.groups(within)[0] if within is not None else np.zeros(len(network), dtype=int)
        units = list(network.people["person"])
        if unit is not None:
            number, named = network.groups(unit)
            units = [named[k] for k in number]
        source, target = network.positions
        kept = place[source] == place[target]
        source, target, weight = (
            ends if kept.all() else ends[kept]
            for ends in (source.astype(np.int32), target.astype(np.int32), network.weights)
        )
        returned = np.ones(len(source), dtype=bool)
        if network.directed:
            n = len(network)
            returned = np.isin(source.astype(np.int64) * n + target, target.astype(np.int64) * n + source)
        across = group[source] != group[target]
        persons = list(network.people["person"])
        return cls(
            persons, group, labels, place, units, source, target, across, weight, returned, network.directed
        )  # fmt: skip

    def only(self, persons: list[Hashable]) -> Wave:
        """This wave with these people alone."""
        new = np.full(len(self.persons), -1, dtype=np.int32)
        kept = pd.Index(self.persons).get_indexer(pd.Index(persons))
        new[kept] = np.arange(len(kept))
        inside = (new[self.source] >= 0) & (new[self.target] >= 0)
        return Wave(
            [self.persons[k] for k in kept], self.group[kept], self.labels, self.place[kept], [self.unit[k] for k in kept],
            new[self.source[inside]], new[self.target[inside]], self.across[inside], self.weight[inside],
            self.returned[inside], self.directed,
        )  # fmt: skip

    def value(self, k: int) -> np.ndarray:
        """What each tie adds to the k-th of `SUMS`. An undirected one is there twice, once for each of its ends."""
        what, where = SUMS[k].removesuffix("_across"), self.across if SUMS[k].endswith("_across") else True
        each = {"ties": True, "weight": self.weight, "returned": self.returned}[what]
        found = np.full(len(self.source), 1.0 if self.directed else 2.0)
        found *= each
        found *= where
        return found

    def totals(self) -> np.ndarray:
        """One row of totals, as `measured` takes them."""
        pairs = [
            _pairs_alike(code) for code in (self.place, self.group * (int(self.place.max(initial=0)) + 1) + self.place)
        ]
        return np.array([[*(self.value(k).sum() for k in range(len(SUMS))), len(self.persons), *pairs]], dtype=float)


def _pairs_alike(code: np.ndarray) -> int:
    """Ordered pairs of different people with the same number."""
    size = np.unique(code, return_counts=True)[1]
    return int((size * (size - 1)).sum())


class WaveByUnit:
    """One wave as sums over pairs of units, ready to be drawn many times. unit: the number of each person's unit."""

    def __init__(self, wave: Wave, unit: np.ndarray, n_units: int) -> None:
        rows, columns = (unit.astype(np.int32)[ends] for ends in (wave.source, wave.target))
        self.sums: list[sparse.csr_array] = []
        for k in range(len(SUMS)):
            matrix = sparse.csr_array((wave.value(k), (rows, columns)), shape=(n_units, n_units))
            if k:  # the same places as of the first
                first = self.sums[0]
                matrix = sparse.csr_array((matrix.data, first.indices, first.indptr), shape=matrix.shape)
            self.sums.append(matrix)
        self.people = np.bincount(unit, minlength=n_units)
        n_places = int(wave.place.max(initial=0)) + 1
        self.members = []
        for code in (wave.place, wave.group * n_places + wave.place):
            kind = np.unique(code, return_inverse=True)[1]
            shape = n_units, int(kind.max(initial=0)) + 1
            self.members.append(sparse.csr_array((np.ones(len(unit)), (unit, kind)), shape=shape))

    def totals(self, weights: np.ndarray) -> np.ndarray:
        """The totals when unit u counts weights[:, u] times: one row per row of weights.

        A pair of two units counts the product of their weights, a pair within a unit as often as the unit is there.
        """
        found = []
        squared = weights**2
        for matrix in self.sums:
            inner = matrix.diagonal()
            both = weights @ matrix
            both *= weights
            found.append(both.sum(axis=1) - squared @ inner + weights @ inner)
        found.append(weights @ self.people)
        for members in self.members:
            inner = members.multiply(members).sum(axis=1)
            found.append(((weights @ members) ** 2).sum(axis=1) - squared @ inner + weights @ (inner - self.people))
        return np.column_stack(found)

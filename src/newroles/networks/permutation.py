"""Could a pattern of ties come about if roles were dealt out by chance? Labels are shuffled, freely or within teams."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from math import comb
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import RoleNetwork
from newroles.networks.rewiring import check_swaps, rewirings

# so many distinct ways of dealing out the labels are enumerated, no more
MOST_ASSIGNMENTS = 20_000
# statistics this near to the one observed are the same number, reached in another order of adding
SAME = 1e-9
# bytes that one batch of permutations may take: of few ties a third of it, and so much more for each tie
_BATCH_BYTES, _BYTES_PER_TIE = 1_500_000, 64

Permutations = int | Literal["exact"]
Statistic = Callable[[RoleNetwork], float | Mapping[str, float]]


def permuted_groups(
    codes: np.ndarray,
    n_permutations: int,
    within: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
    batch: int = 32,
) -> Iterator[np.ndarray]:
    """Who belongs to which group, if groups were dealt out by chance?

    codes: the number of each person's group. n_permutations: how many are drawn. within: the number of each person's
    stratum (team, trust); groups are dealt out only among the people of a stratum, so each keeps its make-up. rng: for
    the same draws twice (None: a generator with seed 0). batch: how many are held at once.

    Yields arrays of permutations x people, `batch` rows or fewer, all arrangements equally likely. Raises InputError for
    a number of permutations below 0, or strata that aren't one per person.

    Each person gets a random number of at least 20 bits; sorting these, one row per permutation, is the shuffle.

    >>> groups, teams = np.array([0, 0, 1, 1, 1, 0]), np.array([0, 0, 0, 0, 1, 1])
    >>> for drawn in permuted_groups(groups, 2, within=teams, rng=np.random.default_rng(1)):
    ...     print(drawn[:, :4].sum(axis=1), drawn[:, 4:].sum(axis=1))
    [2 2] [1 1]
    """
    codes = np.asarray(codes)
    for tokens in permuted_positions(len(codes), n_permutations, within, rng, batch):
        yield codes[tokens]


def permuted_positions(
    n: int,
    n_permutations: int,
    within: np.ndarray | None = None,
    rng: np.random.Generator | None = None,
    batch: int = 32,
) -> Iterator[np.ndarray]:
    """Whose label does each person get? As `permuted_groups`, with the position of the label's owner."""
    check_permutations(n_permutations)
    rng = np.random.default_rng(0) if rng is None else rng
    strata = np.zeros(n, dtype=np.int64) if within is None else np.asarray(within)
    if len(strata) != n:
        raise InputError(f"within: {len(strata)} strata for {n} people; each person needs one.")
    number = np.unique(strata, return_inverse=True)[1].reshape(n).astype(np.uint64)
    owner_bits, stratum_bits = max(n, 2).bit_length(), int(number.max(initial=0)).bit_length()
    random_bits = np.uint64(64 - owner_bits - stratum_bits)
    fixed = (number << np.uint64(64 - stratum_bits) if stratum_bits else number) | np.arange(n, dtype=np.uint64)
    place = np.argsort(number, kind="stable")
    for start in range(0, n_permutations, batch):
        rows = min(batch, n_permutations - start)
        key = rng.integers(0, 1 << int(random_bits), (rows, n), dtype=np.uint64)
        key <<= np.uint64(owner_bits)
        key |= fixed
        key.sort(axis=1)
        key &= np.uint64((1 << owner_bits) - 1)
        owners = key.view(np.int64)
        if stratum_bits:
            owners = owners[:, np.argsort(place)]
        yield owners


def number_of_assignments(codes: np.ndarray, within: np.ndarray | None = None) -> int:
    """In how many distinct ways can these labels be dealt out (among the people of a stratum, where there are strata)?"""
    ways = 1
    for people in _strata(codes, within):
        left = len(people)
        for size in np.unique(codes[people], return_counts=True)[1].tolist():
            ways *= comb(left, size)
            left -= size
    return ways


def all_assignments(codes: np.ndarray, within: np.ndarray | None = None) -> np.ndarray:
    """Every distinct way of dealing out these labels: assignments x people.

    Raises InputError when there are more than 20,000.
    """
    codes = np.asarray(codes)
    ways = number_of_assignments(codes, within)
    if ways > MOST_ASSIGNMENTS:
        raise InputError(
            f"permutations='exact': there are {ways:,} ways of dealing out these labels, more than {MOST_ASSIGNMENTS:,}. "
            "Give a number of permutations to draw instead, such as permutations=999."
        )
    found = np.zeros((1, len(codes)), dtype=np.int64)
    for people in _strata(codes, within):
        dealt = _dealt_out(codes[people])
        found = np.repeat(found, len(dealt), axis=0)
        found[:, people] = np.tile(dealt, (len(found) // len(dealt), 1))
    return found


def mixing_draws(
    network: RoleNetwork,
    codes: np.ndarray,
    n_groups: int,
    weighted: bool,
    permutations: Permutations,
    within: np.ndarray | None,
    rng: np.random.Generator | None,
) -> Iterator[np.ndarray]:
    """Role mixing matrices under permuted labels: arrays of draws x groups x groups, in batches.

    With Z the people x groups table of 0 and 1, a mixing matrix is Z'AZ: a whole batch is one product of the sparse
    matrix of ties with as many columns as groups and draws, and one of small dense matrices.
    """
    n = len(network)
    once = network.adjacency if weighted else network.binary
    if not network.directed:
        once = sparse.csr_array(sparse.triu(once))
    belongs = np.eye(n_groups)
    for groups in labellings(network, codes, permutations, within, rng, n * (16 * n_groups + 24)):
        z = belongs.take(groups.T, axis=0)  # people x draws x groups
        reached = (once @ z.reshape(n, -1)).reshape(z.shape)
        mixing = np.matmul(z.transpose(1, 2, 0), reached.transpose(1, 0, 2))
        yield mixing if network.directed else mixing + mixing.transpose(0, 2, 1)


def labellings(
    network: RoleNetwork,
    codes: np.ndarray,
    permutations: Permutations,
    within: np.ndarray | None,
    rng: np.random.Generator | None,
    bytes_each: int,
) -> Iterator[np.ndarray]:
    """Permuted labels, or all distinct ones, in batches small beside the network. bytes_each: what work on one takes."""
    room = min(_BATCH_BYTES, _BATCH_BYTES // 3 + _BYTES_PER_TIE * len(network.ties))
    batch = int(min(64, max(1, room // max(bytes_each, 1))))
    if permutations == "exact":
        every = all_assignments(codes, within)
        return (every[start : start + batch] for start in range(0, len(every), batch))
    return permuted_groups(codes, check_permutations(permutations), within, rng, batch)


def check_permutations(permutations: Permutations) -> int:
    """The number of permutations to draw, 0 for "exact". Raises InputError unless it is a whole number or "exact"."""
    if permutations == "exact":
        return 0
    if isinstance(permutations, bool) or not isinstance(permutations, (int, np.integer)) or permutations < 0:
        raise InputError(
            f"permutations: a whole number of 0 or more, or 'exact', was expected; this is {permutations!r}."
        )
    return int(permutations)


def somebody(network: RoleNetwork) -> None:
    """Raises InputError when there is nobody in this network."""
    if not len(network):
        raise InputError("There is nobody in this network. Build it from people, one row each.")


class Tally:
    """How often was a permuted statistic as low, as high, as far from its expectation as the one observed?

    observed, expected: arrays of one shape. `add` takes draws x that shape; blank draws aren't counted.
    """

    def __init__(self, observed: np.ndarray, expected: np.ndarray, permutations: Permutations) -> None:
        self.observed, self.expected = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
        self.exact, self.any = permutations == "exact", permutations == "exact" or permutations > 0
        self._slack = SAME * (np.abs(self.observed) + np.abs(self.expected)) + 1e-12
        shape = self.observed.shape
        self.n, self.low, self.high, self.far, self._square = (np.zeros(shape) for _ in range(5))

    def add(self, draws: np.ndarray) -> None:
        away = np.abs(draws - self.expected)
        self.n += np.isfinite(draws).sum(axis=0)
        self.low += (draws <= self.observed + self._slack).sum(axis=0)
        self.high += (draws >= self.observed - self._slack).sum(axis=0)
        self.far += (away >= np.abs(self.observed - self.expected) - self._slack).sum(axis=0)
        self._square += np.nansum(away**2, axis=0)

    @property
    def sd(self) -> np.ndarray:
        """Standard deviation of the draws around the expectation; blank without draws."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.sqrt(self._square / self.n))

    def p(self) -> dict[str, np.ndarray]:
        """p_low, p_high and p_two_sided: (1 + count) / (draws + 1), or count / all when every assignment was seen."""
        one = 0.0 if self.exact else 1.0
        blank = ~np.isfinite(self.observed) | (self.n == 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            named = {"p_low": self.low, "p_high": self.high, "p_two_sided": self.far}
            return {name: np.where(blank, np.nan, (one + count) / (one + self.n)) for name, count in named.items()}


def null_distribution(
    network: RoleNetwork,
    statistic: Statistic,
    null: str = "labels",
    draws: int = 999,
    by: str = "role",
    within: str | None = None,
    swaps_per_tie: float = 3.0,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Which values would a measure take if chance alone had been at work?

    statistic: a function that takes a network and returns a number, or a mapping of names to numbers (such as a row of
    a result). null: "labels" deals out the values of the column `by` anew among people, within the strata of the column
    `within` if there is one; the ties stay as they are. "rewiring" keeps every person's label and number of ties sent
    and received, and changes who is tied to whom (`swaps_per_tie`: see `degree_preserving`).

    Returns one row per draw: draw (0 is the network itself), then value, or one column per name. Summarise it with
    `compare_with_null`. Raises InputError for an unknown null, strata with rewiring, draws below 1, swaps_per_tie that
    can't be made, and a statistic that returns no number.

    Source: label permutation as in quadratic assignment, Hubert and Schultz 1976, British Journal of
    Mathematical and Statistical Psychology 29, 190-241;
    rewiring as in Maslov and Sneppen 2002, doi 10.1126/science.1065103.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": list("ac"), "target": list("bd")}), directed=False)
    >>> def within_role(network):
    ...     source, target = network.positions
    ...     groups, _ = network.groups("role")
    ...     return (groups[source] == groups[target]).sum()
    >>> table = null_distribution(network, within_role, draws=99)
    >>> float(table["value"].iloc[0]), sorted(set(table["value"])), len(table)
    (2.0, [0.0, 2.0], 100)
    """
    if null not in ("labels", "rewiring"):
        raise InputError(f"null: {null!r} isn't known. {did_you_mean(null, ['labels', 'rewiring'])}")
    if not callable(statistic):
        raise InputError(f"statistic is a function of a network that returns a number, not {statistic!r}.")
    check_swaps(swaps_per_tie)
    somebody(network)
    if null == "rewiring" and within is not None:
        raise InputError("within: strata belong to null='labels'; rewiring keeps each person's number of ties instead.")
    if check_permutations(draws) < 1:
        raise InputError(f"draws: 1 or more were expected; this is {draws!r}.")
    rows = [_named(statistic(network))]
    if null == "rewiring":
        rows += [_named(statistic(drawn)) for drawn in rewirings(network, draws, swaps_per_tie, rng)]
    else:
        strata = None if within is None else network.groups(within)[0]
        network.groups(by)  # says what is wrong with the column, if anything is
        values = network.people[by].array
        for owners in permuted_positions(len(network), draws, strata, rng):
            rows += [_named(statistic(_relabelled(network, by, values.take(owner)))) for owner in owners]
    table = pd.DataFrame(rows).astype(float)
    table.insert(0, "draw", np.arange(len(table)))
    return table


def compare_with_null(distribution: pd.DataFrame) -> pd.DataFrame:
    """How far is a measure from what chance alone would give?

    distribution: one row per draw as `null_distribution` returns it; row 0 is the network itself.

    Returns one row per statistic: statistic, observed, expected (mean of the draws), sd, z (blank when sd is 0), p_low,
    p_high and p_two_sided (as far from the mean or farther), each (1 + count) / (draws + 1), and draws. Draws in which
    the statistic is blank aren't counted. Raises InputError without a column draw, without rows, and for columns that
    don't hold numbers.

    >>> compare_with_null(pd.DataFrame({"draw": range(4), "value": [3.0, 1.0, 2.0, 3.0]})).round(3).values.tolist()
    [['value', 3.0, 2.0, 1.0, 1.0, 1.0, 0.5, 0.75, 3]]
    """
    if "draw" not in distribution or not len(distribution):
        raise InputError(
            "distribution: a table with one row per draw and the column draw was expected, as null_distribution returns it; this "
            f"has {len(distribution)} rows and the columns {', '.join(map(str, distribution.columns))}."
        )
    words = [name for name in distribution.columns if distribution[name].dtype.kind not in "biuf"]
    if words:
        raise InputError(
            f"distribution: the column {words[0]} doesn't hold numbers. Leave it out, or make numbers of it."
        )
    rows = []
    for name in distribution.columns.drop("draw"):
        observed, draws = distribution[name].iloc[0], distribution[name].iloc[1:].dropna().to_numpy()
        expected, sd = (draws.mean(), draws.std(ddof=1)) if len(draws) > 1 else (np.nan, np.nan)
        tally = Tally(np.array(observed), np.array(expected), len(draws))
        tally.add(draws)
        z = (observed - expected) / sd if sd > 0 else np.nan
        p = {key: float(value) for key, value in tally.p().items()}
        rows.append(
            {"statistic": name, "observed": observed, "expected": expected, "sd": sd, "z": z, **p, "draws": len(draws)}
        )
    return pd.DataFrame(rows)


def _named(value: float | Mapping[str, float]) -> dict[str, float]:
    named = value if isinstance(value, (Mapping, pd.Series)) else {"value": value}
    try:
        numbers = {str(key): float(number) for key, number in named.items() if not isinstance(number, str)}
    except (TypeError, ValueError):
        numbers = {}
    if len(numbers) < max(len(named), 1) or "draw" in numbers:
        raise InputError(
            "The statistic must return a number, or a mapping of names (other than draw) to numbers. For the network itself or "
            f"one drawn it returned {value!r}. A number that can't be given is nan."
        )
    return numbers


def _relabelled(network: RoleNetwork, by: str, values: Any) -> RoleNetwork:
    """The same ties between people with other labels; what was worked out from the ties alone is handed on."""
    other = RoleNetwork(network.people.assign(**{by: values}), network.ties, network.directed, network.left_out)
    for name in ("positions", "weights", "adjacency", "binary"):
        if name in network.__dict__:
            other.__dict__[name] = network.__dict__[name]
    return other


def _strata(codes: np.ndarray, within: np.ndarray | None) -> list[np.ndarray]:
    """The positions of the people of each stratum."""
    if within is None:
        return [np.arange(len(codes))]
    number = np.unique(within, return_inverse=True)[1]
    order = np.argsort(number, kind="stable")
    return list(np.split(order, np.flatnonzero(np.diff(number[order])) + 1))


def _dealt_out(codes: np.ndarray) -> np.ndarray:
    """Every distinct order of these labels: label by label, all ways of choosing its places among those left."""
    labels, sizes = np.unique(codes, return_counts=True)
    dealt = np.full((1, len(codes)), -1, dtype=np.int64)
    for label, size in zip(labels, sizes.tolist(), strict=True):
        free = np.nonzero(dealt < 0)[1].reshape(len(dealt), -1)  # assignments x places left
        chosen = np.array(list(combinations(range(free.shape[1]), size)), dtype=np.int64)
        places = free[:, chosen].reshape(-1, size)
        dealt = np.repeat(dealt, len(chosen), axis=0)
        np.put_along_axis(dealt, places, label, axis=1)
    return dealt

"""Do ties cross the boundaries between roles, or stay within them? The E-I index, with what chance would give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.errors import InputError, did_you_mean
from newroles.networks.mixing import (
    expected_mixing,
    mixing_counts,
    relabelling_variance,
    ties_moments,
)
from newroles.networks.network import RoleNetwork
from newroles.networks.permutation import (
    Permutations,
    Tally,
    check_permutations,
    labellings,
    mixing_draws,
    permuted_positions,
    somebody,
)

_LEVELS = ("network", "role", "person")


def ei_index(
    network: RoleNetwork,
    by: str = "role",
    level: str = "network",
    weighted: bool = False,
    permutations: Permutations = 0,
    rng: np.random.Generator | None = None,
    *,
    within: str | None = None,
) -> pd.DataFrame:
    """Do ties cross the boundary between roles more than they stay within it, and more than chance would have it?

    by: a column of the network's people. level: "network"; "role": ties that a role's people send or receive; "person":
    ties that a person sends or receives (in a directed network both count, so a tie both ways counts twice; in an
    undirected one each tie counts once). weighted: sum the weights of ties; False counts ties, as UCINET does, which
    ignores values. permutations: so many times roles are dealt out anew among the people, and the ties stay; "exact" goes
    through all distinct ways (20,000 at most). within: a column of the people (team, trust) within which roles are dealt
    out. rng: for the same p twice (None: a generator with seed 0).

    Returns one row for the network, or per role, or per person: name; internal and external ties (or weights);
    ei = (external - internal) / (external + internal), from -1 (all within) to 1 (all across), blank without ties;
    expected: under label permutation, in closed form. For a person it is what chance gives somebody of their role: the
    others' roles are dealt out, theirs is kept. For a role it is the index of the expected sums;
    sd: under label permutation; in closed form for the network (without `within`) and for persons, otherwise from the
    permutations; p_low, p_high: how likely chance gives as low, as high an index; p_two_sided: as far from the
    expectation. (1 + count) / (permutations + 1), or the share of all ways when "exact"; blank without permutations;
    z: (ei - expected) / sd, blank when sd is 0;
    rescaled: the index of densities, (d_e - d_i) / (d_e + d_i), where d is ties (weights) over pairs of people who could
    be tied: 0 where a tie across is as likely as one within, whatever the sizes of roles. Blank where there is no
    possible pair of one kind: a role of one has none within it, a network of one role none across.

    Raises InputError for an unknown column or level, people without a value, and unusable permutations.

    Source: Krackhardt and Stern 1988, doi 10.2307/2786835; by person, Everett and Borgatti 2012,
    doi 10.1016/j.socnet.2012.06.002; rescaling by densities as in R's egor::EI.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": list("abc"), "target": list("bca")}))
    >>> found = ei_index(network, permutations="exact")
    >>> found[["name", "internal", "external", "ei", "expected", "p_low"]].round(3).values.tolist()
    [['network', 1, 2, 0.333, 0.333, 1.0]]
    >>> ei_index(network, level="person")[["name", "internal", "external", "ei"]].values.tolist()
    [['a', 1, 1, 0.0], ['b', 1, 1, 0.0], ['c', 0, 2, 1.0], ['d', 0, 0, nan]]
    """
    if level not in _LEVELS:
        raise InputError(f"level: {level!r} isn't known. {did_you_mean(level, _LEVELS)}")
    check_permutations(permutations)
    somebody(network)
    codes, labels = network.groups(by)
    strata = None if within is None else network.groups(within)[0]
    if level == "person":
        return _of_persons(network, codes, len(labels), weighted, permutations, strata, rng)
    k, n = len(labels), len(network)
    sums = _sums_of_network if level == "network" else _sums_of_roles
    internal, external = sums(mixing_counts(network, codes, k, weighted), network.directed)
    expected = _index(*sums(expected_mixing(network, codes, k, weighted, strata), network.directed))
    tally = Tally(_index(internal, external), expected, permutations)
    if tally.any:
        for draws in mixing_draws(network, codes, k, weighted, permutations, strata, rng):
            tally.add(_index(*sums(draws, network.directed)))
    size = np.bincount(codes, minlength=k).astype(float)
    if level == "network":
        possible = np.array([(size * (size - 1)).sum()]), np.array([(size * (n - size)).sum()])
        sd = _sd_of_network(network, size, weighted) if strata is None else tally.sd
        names: list[object] = ["network"]
    else:
        possible = size * (size - 1), 2 * size * (n - size)
        sd, names = tally.sd, list(labels)
    return _table(names, internal, external, possible, sd, tally, weighted)


def _sums_of_network(mixing: np.ndarray, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Internal and external sums of mixing matrices (the last two axes), each undirected tie once."""
    internal = np.trace(mixing, axis1=-2, axis2=-1)[..., np.newaxis]
    external = mixing.sum(axis=(-2, -1))[..., np.newaxis] - internal
    return (internal, external) if directed else (internal / 2, external / 2)


def _sums_of_roles(mixing: np.ndarray, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    internal = np.diagonal(mixing, axis1=-2, axis2=-1)
    incident = mixing.sum(axis=-1) + mixing.sum(axis=-2)
    external = incident - 2 * internal
    return (internal, external) if directed else (internal / 2, external / 2)


def _index(internal: np.ndarray, external: np.ndarray) -> np.ndarray:
    total = internal + external
    return np.asarray((external - internal) / np.where(total > 0, total, np.nan))


def _sd_of_network(network: RoleNetwork, size: np.ndarray, weighted: bool) -> np.ndarray:
    """In closed form: the sum of ties among pairs of the same role, over all relabellings."""
    n, ties = len(network), ties_moments(network, weighted)
    total = float((network.adjacency if weighted else network.binary).sum())
    if n < 2 or total == 0:
        return np.array([np.nan])
    pairs, triples = (size * (size - 1)).sum(), (size * (size - 1) * (size - 2)).sum()
    labels = np.array([pairs, pairs, triples, triples, triples, pairs**2 - 2 * pairs - 4 * triples])
    mean = total * pairs / (n * (n - 1))
    return np.array([2 * float(np.sqrt(relabelling_variance(ties, labels, n, mean))) / total])


def _of_persons(
    network: RoleNetwork,
    codes: np.ndarray,
    k: int,
    weighted: bool,
    permutations: Permutations,
    strata: np.ndarray | None,
    rng: np.random.Generator | None,
) -> pd.DataFrame:
    """The index of each person; chance keeps the person's own role and deals out those of the others."""
    n = len(network)
    matrix = network.adjacency if weighted else network.binary
    contacts = ((matrix + matrix.T) if network.directed else matrix).tocsr()
    contacts.sort_indices()
    ego = np.repeat(np.arange(n, dtype=np.int32), np.diff(contacts.indptr))
    alter, weight = contacts.indices, contacts.data
    total = np.bincount(ego, weights=weight, minlength=n)
    same = codes[ego] == codes[alter]
    internal = np.bincount(ego[same], weights=weight[same], minlength=n)
    size = np.bincount(codes, minlength=k).astype(float)
    everywhere = np.zeros(n, dtype=np.int64) if strata is None else strata
    mean, variance = _moments_of_persons(codes, k, everywhere, ego, contacts)
    per_total = np.where(total > 0, total, np.nan)
    tally = Tally(1 - 2 * internal / per_total, 1 - 2 * mean / per_total, permutations)
    if tally.any:
        for own in _draws_of_persons(network, codes, strata, permutations, rng, ego, alter, weight):
            tally.add(1 - 2 * own / per_total)
    possible = size[codes] - 1, n - size[codes]
    sd = 2 * np.sqrt(variance) / per_total
    names = network.people["person"].tolist()
    return _table(names, internal, total - internal, possible, sd, tally, weighted)


def _moments_of_persons(
    codes: np.ndarray, k: int, strata: np.ndarray, ego: np.ndarray, contacts: sparse.csr_array
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each person's ties to their own role, when the others' roles are dealt out within strata.

    In each stratum a person's contacts are drawn without replacement from the people there other than themselves.
    """
    n, s = len(codes), int(strata.max(initial=0)) + 1
    pool = np.bincount(strata, minlength=s)
    alike = np.bincount(strata * k + codes, minlength=s * k)
    # each person's contacts in each stratum: their weights and squared weights (which may round to 0)
    ends = ego, strata.astype(np.int32)[contacts.indices]
    cells, squares = (sparse.csr_array((worth, ends), shape=(n, s)) for worth in (contacts.data, contacts.data**2))
    person, stratum = np.repeat(np.arange(n), np.diff(cells.indptr)), cells.indices
    sum_1, sum_2 = cells.data, squares.data
    own = strata[person] == stratum
    others = pool[stratum] - own
    share = (alike[stratum * k + codes[person]] - own) / others
    spread = share * (1 - share) * (sum_2 - (sum_1**2 - sum_2) / np.maximum(others - 1, 1))
    mean = np.bincount(person, weights=share * sum_1, minlength=n)
    return mean, np.maximum(np.bincount(person, weights=spread, minlength=n), 0.0)


def _draws_of_persons(
    network: RoleNetwork,
    codes: np.ndarray,
    strata: np.ndarray | None,
    permutations: Permutations,
    rng: np.random.Generator | None,
    ego: np.ndarray,
    alter: np.ndarray,
    weight: np.ndarray,
) -> Iterator[np.ndarray]:
    """Each person's ties to their own role under permuted labels, in rows: blank where a draw gave them another role.

    Drawn permutations are mended instead: whoever got the person's label swaps it for the one the person got.
    """
    n = len(network)
    small = codes.astype(np.int32)  # one of these for each tie is held, and another for each draw in turn
    label = small[ego]
    if permutations == "exact":
        for batch in labellings(network, small, permutations, strata, rng, 64 * n):
            for drawn in batch:
                same = label == drawn[alter]
                own = np.bincount(ego[same], weights=weight[same], minlength=n)
                yield np.where(drawn == codes, own, np.nan)[np.newaxis]
        return
    everybody, pairs = np.arange(n), ego.astype(np.int64) * n + alter  # sorted, as the contacts are
    for owners in permuted_positions(n, permutations, strata, rng, batch=8):
        for owner in owners:
            drawn = small[owner]
            same = label == drawn[alter]
            own = np.bincount(ego[same], weights=weight[same], minlength=n)
            holder = np.empty(n, dtype=np.int64)
            holder[owner] = everybody  # who got this person's label
            if len(pairs):
                key = everybody * n + holder
                at = np.minimum(np.searchsorted(pairs, key), len(pairs) - 1)
                own -= np.where((pairs[at] == key) & (drawn != codes), weight[at], 0.0)
            yield own[np.newaxis]


def _table(
    names: list[object],
    internal: np.ndarray,
    external: np.ndarray,
    possible: tuple[np.ndarray, np.ndarray],
    sd: np.ndarray,
    tally: Tally,
    weighted: bool,
) -> pd.DataFrame:
    ei, expected = tally.observed, tally.expected
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (ei - expected) / sd
        inside, outside = internal / possible[0], external / possible[1]
        rescaled = (outside - inside) / (outside + inside)
    if not weighted:
        internal, external = internal.round().astype(np.int64), external.round().astype(np.int64)
    return pd.DataFrame(
        {
            "name": names,
            "internal": internal,
            "external": external,
            "ei": ei,
            "expected": expected,
            "sd": np.where(np.isfinite(ei), sd, np.nan),
            **tally.p(),
            "z": np.where(np.isfinite(z), z, np.nan),
            "rescaled": np.where(np.isfinite(rescaled), rescaled, np.nan),
        }
    )

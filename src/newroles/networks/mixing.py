"""Who is tied to whom, role by role, and is it more or less than chance would give?"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.networks.network import RoleNetwork, returned
from newroles.networks.permutation import Permutations, Tally, check_permutations, mixing_draws, somebody


def mixing_matrix(network: RoleNetwork, by: str = "role", weighted: bool = True) -> pd.DataFrame:
    """How many ties, or how much of them, go from each role to each role?

    by: a column of the network's people; values may be anything that sorts, also tuples such as (role, band). weighted:
    sum the weights of ties; False counts ties.

    Returns roles x roles: senders in rows (named `from`), receivers in columns (`to`), in sorted order; a role without
    ties has zeros. In an undirected network the table is symmetric and its diagonal counts each tie twice, so that a row
    sums to the ties of the role's people.

    Raises InputError for an unknown column, or people without a value there.

    Source: Newman 2003, doi 10.1103/PhysRevE.67.026126 (before division by the sum).

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abc"), "role": ["nurse", "nurse", "peer"]})
    >>> ties = pd.DataFrame({"source": list("aab"), "target": list("bcc"), "weight": [1, 2, 4]})
    >>> mixing_matrix(build(people, ties)).to_dict("index")
    {'nurse': {'nurse': 1.0, 'peer': 6.0}, 'peer': {'nurse': 0.0, 'peer': 0.0}}
    """
    codes, labels = network.groups(by)
    table = mixing_counts(network, codes, len(labels), weighted)
    names = [pd.Index(labels, name=end, tupleize_cols=False) for end in ("from", "to")]
    return pd.DataFrame(table if weighted else table.round().astype(np.int64), index=names[0], columns=names[1])


def mixing(
    network: RoleNetwork,
    by: str = "role",
    weighted: bool = True,
    permutations: Permutations = 0,
    within: str | None = None,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Which pairs of roles are tied more, or less, than if roles had been dealt out by chance?

    by, weighted: as in `mixing_matrix`; with weights, expectation and p are those of the sum of weights.
    permutations: so many times the roles are dealt out anew among the people, and the ties stay; "exact" goes through
    all distinct ways (20,000 at most). within: a column of the people (team, trust) within which roles are dealt out:
    chance then has the same teams. rng: for the same p twice (None: a generator with seed 0).

    Returns one row per pair of roles, each direction in a directed network and each pair once in an undirected one:
    from, to;
    ties, weight: their number and summed weight (in an undirected network each tie counts once);
    possible: pairs of people who could be tied, all of them taken to have answered; density: ties / possible;
    expected: mean over all ways of dealing out roles, in closed form, of weight (of ties when not weighted);
    sd: in closed form too without `within`, otherwise from the permutations; z: (observed - expected) / sd;
    odds_ratio: odds of a tie in this pair of roles against the odds in all others; infinite when all possible ties are
    there, blank when either has no possible pair, or when nothing is left to compare;
    p_low, p_high: how likely chance gives as little, as much; p_two_sided: as far from the expectation. (1 + count) /
    (permutations + 1), or the share of all ways when "exact"; blank without permutations.

    A role with one member has no possible tie within it, and blank density. Without ties all is 0 or blank.

    Raises InputError for an unknown column, people without a value, and permutations that aren't a number of 0 or more.

    Source: expectation and variance of a sum over pairs under relabelling, Mantel 1967 (Cancer Research 27, 209-220);
    p as in Phipson and Smyth 2010, doi 10.2202/1544-6115.1585.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": list("abc"), "target": list("bad")}))
    >>> mixing(network, permutations="exact")[["from", "to", "ties", "possible", "expected", "p_high"]].round(3)
        from     to  ties  possible  expected  p_high
    0  nurse  nurse     2         2       0.5   0.167
    1  nurse   peer     0         4       1.0   1.000
    2   peer  nurse     0         4       1.0   1.000
    3   peer   peer     1         2       0.5   0.333
    """
    check_permutations(permutations)
    somebody(network)
    codes, labels = network.groups(by)
    k = len(labels)
    strata = None if within is None else network.groups(within)[0]
    observed = mixing_counts(network, codes, k, weighted)
    expected = expected_mixing(network, codes, k, weighted, strata)
    tally = Tally(observed, expected, permutations)
    if tally.any:
        for draws in mixing_draws(network, codes, k, weighted, permutations, strata, rng):
            tally.add(draws)
    sd = tally.sd if strata is not None else np.sqrt(_variances(network, codes, k, weighted))
    counts = mixing_counts(network, codes, k, weighted=False)
    sums = mixing_counts(network, codes, k, weighted=True)
    size = np.bincount(codes, minlength=k).astype(float)
    possible = np.outer(size, size) - np.diag(size)
    once = np.ones((k, k))
    if not network.directed:
        once = once - np.eye(k) / 2
        counts, sums, possible, expected, sd, observed = (
            each * once for each in (counts, sums, possible, expected, sd, observed)
        )
    one, two = np.nonzero(once if network.directed else np.triu(once))
    table = _pairs(labels, one, two)
    table["ties"] = counts[one, two].round().astype(np.int64)
    table["weight"] = sums[one, two]
    table["possible"] = possible[one, two].round().astype(np.int64)
    with np.errstate(invalid="ignore", divide="ignore"):
        table["density"] = counts[one, two] / np.where(possible[one, two] > 0, possible[one, two], np.nan)
        table["expected"], table["sd"] = expected[one, two], sd[one, two]
        z = (observed - expected)[one, two] / sd[one, two]
    table["z"] = np.where(np.isfinite(z), z, np.nan)
    table["odds_ratio"] = _odds_ratios(table["ties"].to_numpy(float), table["possible"].to_numpy(float))
    for name, p in tally.p().items():
        table[name] = p[one, two]
    return table


def mixing_counts(network: RoleNetwork, codes: np.ndarray, k: int, weighted: bool) -> np.ndarray:
    """The role mixing matrix as an array; an undirected network's ties in both directions."""
    source, target = network.positions
    weights = network.weights if weighted else None
    table = np.bincount(codes[source] * k + codes[target], weights=weights, minlength=k * k).reshape(k, k).astype(float)
    return table if network.directed else table + table.T


def expected_mixing(
    network: RoleNetwork, codes: np.ndarray, k: int, weighted: bool, strata: np.ndarray | None = None
) -> np.ndarray:
    """The mean mixing matrix over all ways of dealing out labels, within strata where there are any.

    A tie within a stratum of n people, n_k of role k, joins k and l with chance n_k n_l / (n (n - 1)), n_k (n_k - 1) for
    k = l; a tie between two strata with the product of their shares of k and l.
    """
    strata = np.zeros(len(network), dtype=np.int64) if strata is None else strata
    s = int(strata.max(initial=0)) + 1
    source, target = strata[network.positions[0]], strata[network.positions[1]]
    weights = network.weights if weighted else np.ones(len(source))
    members = np.bincount(strata * k + codes, minlength=s * k).reshape(s, k).astype(float)
    size = members.sum(axis=1)
    share = members / np.maximum(size, 1)[:, np.newaxis]
    inside = np.bincount(source[source == target], weights=weights[source == target], minlength=s)
    per_pair = inside / np.maximum(size * (size - 1), 1)
    across = source != target
    between = sparse.csr_array((weights[across], (source[across], target[across])), shape=(s, s))
    expected = (
        members.T @ (per_pair[:, np.newaxis] * members) - np.diag(per_pair @ members) + share.T @ (between @ share)
    )
    return np.asarray(expected if network.directed else expected + expected.T)


def ties_moments(network: RoleNetwork, weighted: bool) -> np.ndarray:
    """Six sums over pairs of ties that the variance under relabelling needs, by how many people the two ties share.

    The tie itself; the tie back; same sender; same receiver; one's receiver is the other's sender; nobody in common.
    """
    matrix = network.adjacency if weighted else network.binary
    sent, received = matrix.sum(axis=1), matrix.sum(axis=0)
    itself = float(matrix.data @ matrix.data)
    back = sum(float(both.sum()) for _, both in returned(matrix)) if network.directed else itself
    total = float(matrix.sum())
    same_sender, same_receiver = float(sent @ sent) - itself, float(received @ received) - itself
    chain = float(sent @ received) - back
    none = total**2 - itself - back - same_sender - same_receiver - 2 * chain
    return np.array([itself, back, same_sender, same_receiver, chain, none])


def relabelling_variance(ties: np.ndarray, labels: np.ndarray, n: int, mean: np.ndarray | float) -> np.ndarray:
    """Variance of the summed ties among pairs of people marked by their labels, over all n! relabellings.

    ties: as `ties_moments`; labels: the same six sums over the marked pairs, along the first axis.
    """
    two, three = n * (n - 1), n * (n - 1) * (n - 2)
    ways = np.array([two, two, three, three, three / 2, three * (n - 3)], dtype=float)
    usable = ways > 0
    square = np.tensordot(ties[usable] / ways[usable], labels[usable], axes=1)
    variance = np.asarray(square - np.square(mean))
    return np.where(variance > 1e-12 * np.square(mean), variance, 0.0)  # below that it is 0, and rounding


def _variances(network: RoleNetwork, codes: np.ndarray, k: int, weighted: bool) -> np.ndarray:
    """Variance of each cell of the mixing matrix when all labels are dealt out freely."""
    n = len(network)
    size = np.bincount(codes, minlength=k).astype(float)
    senders, receivers = size[:, np.newaxis] * np.ones(k), np.ones((k, 1)) * size
    apart = senders * receivers
    zero = np.zeros((k, k))
    labels = np.stack([apart, zero, apart * (receivers - 1), apart * (senders - 1), zero, zero])
    pairs, triples = size * (size - 1), size * (size - 1) * (size - 2)
    labels[:, range(k), range(k)] = np.stack([pairs, pairs, triples, triples, triples, np.zeros(k)])
    total = apart - np.diag(size)
    labels[5] = total**2 - labels[:4].sum(axis=0) - 2 * labels[4]
    return relabelling_variance(
        ties_moments(network, weighted), labels, n, expected_mixing(network, codes, k, weighted)
    )


def _pairs(labels: list[Hashable], one: np.ndarray, two: np.ndarray) -> pd.DataFrame:
    names = pd.Index(labels, tupleize_cols=False)
    return pd.DataFrame({"from": names.take(one), "to": names.take(two)})


def _odds_ratios(ties: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """Odds of a tie in each row against those in all other rows."""
    other_ties, other_possible = ties.sum() - ties, possible.sum() - possible
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((ties * (other_possible - other_ties)) / ((possible - ties) * other_ties))

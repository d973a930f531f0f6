"""What does a model of a network miss? Networks drawn from it are held beside the one observed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.errors import InputError
from newroles.networks.ergm import DyadModel
from newroles.networks.qap import Integers, Tally


def goodness_of_fit(model: DyadModel, draws: int = 200, rng: np.random.Generator | None = None) -> pd.DataFrame:
    """In which respects does the network observed look like networks drawn from the model, and in which doesn't it?

    model: as `ergm` returns it. draws: how many networks are drawn (20 or more). rng: with the same seed the same are drawn (None: seed 0).

    Only ties among the pairs that the model was fitted to count. Compared are, by `statistic` and `level`:
      ties; mutual pairs (directed)
      ties from role to role: one level for each pair of roles
      people by ties sent, by ties received (undirected: by ties): how many people have 0, 1, 2 ... ties
      ties by shared partners: how many ties join two people whom 0, 1, 2 ... third persons link too (source to third
      person to target)
      transitive triples and cyclic triples (undirected: triangles)
    The last level of a count ends with "+" and holds everything above.

    Statistics that have a term of their own fit by construction. Terms of an `ergm` concern two people at a time, so
    nothing in it makes friends of friends tied: where shared partners or triples observed lie far above those drawn,
    people work in clusters that roles and returned ties don't explain, and the standard errors of the model, which
    suppose independent pairs, are too small.

    Returns one row per statistic and level: statistic, level, observed, mean (of those drawn), low and high (the central
    95% of them), p_two_sided (twice the smaller of the shares as low and as high, (1 + count) / (draws + 1)) and within
    (whether observed lies from low to high). Raises InputError for too few draws.

    Source: Hunter, Goodreau and Handcock 2008, doi 10.1198/016214507000000446.

    >>> from newroles.networks import build
    >>> from newroles.networks.ergm import ergm
    >>> people = pd.DataFrame({"person": list("abcdefghijklmnop"), "role": ["nurse", "peer"] * 8})
    >>> ties = pd.DataFrame({"source": list("aaabbceeeffgiiijjkmmmnno"), "target": list("bcdcddfghghhjklkllnopopp")})
    >>> groups_of_four = build(people, ties, directed=False)
    >>> fit = goodness_of_fit(ergm(groups_of_four, ["edges"]), 99, np.random.default_rng(1))
    >>> fit.loc[fit["statistic"].isin(["ties", "triangles"]), ["statistic", "observed", "mean", "within"]].round(1)
        statistic  observed  mean  within
    0        ties      24.0  24.1    True
    13  triangles      16.0   4.7   False
    """
    if draws < 20:
        raise InputError(f"draws: {draws} networks are too few to say what is usual: expected 20 or more.")
    rng = np.random.default_rng(0) if rng is None else rng
    numbers, groups = model.network.groups(model.by)
    tallest = [int(model.observed.sum(axis=axis).max()) for axis in (0, 1)]
    shared = int(_shared_partners(model.observed).max(initial=0))
    directed = model.network.directed
    names = _names([str(group) for group in groups], tallest, shared, directed)

    def counted(adjacency: sparse.csr_array) -> np.ndarray:
        return _counted(adjacency, numbers, len(groups), tallest, shared, directed)

    observed = counted(model.observed)
    tally = Tally(observed)
    drawn = np.empty((draws, len(names)))
    for row in drawn:
        row[:] = counted(model.simulate(rng))
    tally.add(drawn)
    p = tally.p_values(exact=False)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    return pd.DataFrame(names, columns=["statistic", "level"]).assign(
        observed=observed,
        mean=drawn.mean(axis=0),
        low=low,
        high=high,
        p_two_sided=np.minimum(1, 2 * np.minimum(p["p_low"], p["p_high"])),
        within=(observed >= low) & (observed <= high),
    )


def _names(groups: list[str], tallest: list[int], shared: int, directed: bool) -> list[tuple[str, str]]:
    """Statistic and level, in the order in which `_counted` gives them."""
    sent = "people by ties sent" if directed else "people by ties"
    names = [("ties", "")] + ([("mutual pairs", "")] if directed else [])
    names += [
        ("ties from role to role" if directed else "ties between roles", f"{a} > {b}" if directed else f"{a} + {b}")
        for at, a in enumerate(groups)
        for b in (groups if directed else groups[at:])
    ]
    names += [(sent, level) for level in _levels(tallest[1])]
    names += [("people by ties received", level) for level in _levels(tallest[0])] if directed else []
    names += [("ties by shared partners", level) for level in _levels(shared)]
    return names + ([("transitive triples", ""), ("cyclic triples", "")] if directed else [("triangles", "")])


def _levels(most: int) -> list[str]:
    """0 to the most observed, and more."""
    return [str(level) for level in range(most + 1)] + [f"{most + 1}+"]


def _counted(
    adjacency: sparse.csr_array, numbers: Integers, groups: int, tallest: list[int], shared: int, directed: bool
) -> np.ndarray:
    source, target = adjacency.nonzero()
    mixing = np.bincount(numbers[source] * groups + numbers[target], minlength=groups**2).reshape(groups, groups)
    partners = _shared_partners(adjacency)
    sent, received = (np.asarray(adjacency.sum(axis=axis)).astype(int) for axis in (1, 0))
    if directed:
        cyclic = (adjacency.multiply((adjacency @ adjacency).T)).sum() / 3
        parts = [
            [len(source), adjacency.multiply(adjacency.T).sum() / 2],
            mixing.ravel(),
            _histogram(sent, tallest[1]),
            _histogram(received, tallest[0]),
            _histogram(partners, shared),
            [partners.sum(), cyclic],
        ]
    else:
        once = mixing - np.diag(np.diag(mixing) // 2)
        parts = [
            [len(source) / 2],
            once[np.triu_indices(groups)],
            _histogram(sent, tallest[1]),
            _histogram(partners, shared) / 2,
            [partners.sum() / 6],
        ]
    return np.concatenate([np.asarray(part, dtype=float) for part in parts])


def _shared_partners(adjacency: sparse.csr_array) -> Integers:
    """For each tie, in the order of the matrix: to how many people does its source have a tie who have one to its target?"""
    paths = sparse.csr_array(adjacency @ adjacency).multiply(adjacency).tocsr()
    source, target = adjacency.nonzero()
    if not len(source):
        return np.zeros(0, dtype=np.intp)
    found = paths[source, target]
    return (found.toarray() if sparse.issparse(found) else np.asarray(found)).astype(np.intp).ravel()


def _histogram(values: Integers, most: int) -> np.ndarray:
    """How many are 0, 1 ... most, and above."""
    return np.bincount(np.minimum(values, most + 1), minlength=most + 2)

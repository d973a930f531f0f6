"""Which pairs of people have a tie, and how likely is it that it is returned? Random graph models of independent pairs.

An exponential random graph model gives each pair of people a chance of having no tie, one, or both, which depends on who
the two are. As long as no term joins three people, pairs are independent of each other and the likelihood is exact: no
simulation, no approximation, the same answer every time. `newroles.networks.goodness` shows what such a model misses.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import norm

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import RoleNetwork
from newroles.networks.pair_likelihood import Maximum, maximised
from newroles.networks.qap import Floats, Integers, Square, square_arrays

TERMS = ("edges", "mutual", "match", "match_by", "mix", "sender", "receiver", "activity")
_DIRECTED, _UNDIRECTED = {"mutual", "sender", "receiver"}, {"activity"}


@dataclass(frozen=True, eq=False)
class DyadModel:
    """What makes a tie likely, in a network whose pairs are independent?

    table: one row per term: term, estimate (log-odds), se, z, p (two-sided), low, high, note. An estimate is infinite where
    no pair of that kind has a tie, or each has one, and blank where there is no such pair; the note says so.
    log_likelihood, aic, bic: of the finite estimates, given the infinite ones; bic counts the possible ties as rows.
    pairs: pairs of people used. left_out: one row per reason: reason, pairs, ties (of the network, left out with them).
    network: the one that was fitted.
    """

    table: pd.DataFrame
    log_likelihood: float
    aic: float
    bic: float
    pairs: int
    left_out: pd.DataFrame
    network: RoleNetwork
    by: str
    _ends: tuple[Integers, Integers] = field(repr=False)
    _kind: Integers = field(repr=False)
    _state: Integers = field(repr=False)
    _chances: Floats = field(repr=False)

    @property
    def observed(self) -> sparse.csr_array:
        """The ties among the pairs used: people x people, 1.0 where there is one."""
        return self._adjacency(self._state)

    def simulate(self, rng: np.random.Generator | None = None) -> sparse.csr_array:
        """A network drawn from the model: people x people, 1.0 where there is a tie, none among pairs not used.

        rng: None draws the same network each time (seed 0); give one generator to all draws for different ones.
        """
        rng = np.random.default_rng(0) if rng is None else rng
        below = self._chances.cumsum(axis=1)[:, :-1]
        drawn = (rng.random(len(self._kind))[:, np.newaxis] >= below[self._kind]).sum(axis=1)
        return self._adjacency(drawn)

    def _adjacency(self, state: Integers) -> sparse.csr_array:
        i, j = self._ends
        there, back = (state % 2 == 1, state >= 2) if self.network.directed else (state == 1, state == 1)
        rows, columns = np.concatenate([i[there], j[back]]), np.concatenate([j[there], i[back]])
        n = len(self.network)
        return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))


def ergm(
    network: RoleNetwork,
    terms: Sequence[str] = ("edges", "mutual", "match"),
    by: str = "role",
    covariates: Mapping[str, Square] | None = None,
    possible: str | Square | None = None,
    level: float = 0.95,
) -> DyadModel:
    """What makes a tie between two people likely, everything else named held fixed?

    network: weights are ignored, a tie is there or not. by: the column of its people that the terms are about.
    terms: some of
      edges     how likely a tie is at all (log-odds, when everything else is 0)
      mutual    a tie, if there is one back (directed networks)
      match     two people of one role
      match_by  likewise, one term for each role
      mix       one term for each pair of roles (source > target; undirected: role + role)
      sender    ties sent by people of a role, against a first one (directed); receiver: ties received, likewise
      activity  ties of people of a role, against a first one (undirected; twice where both are of it)
    With edges, mix too is against a first pair of roles. "First" is the first in order whose ties are neither none nor all.
    covariates: by name, square tables or arrays (see `newroles.networks.matrices`), row = source, each
    with a term of its own: log-odds per unit. Symmetric ones when the network is undirected.
    possible: who could be tied at all: a column of people (pairs with the same team, say), or a symmetric square table or
    array of True and False. None: everybody with everybody.
    level: of the intervals (estimate -/+ normal quantile x se).

    People who didn't answer (column responded) have no known ties to others, which isn't the same as no ties: of a directed
    network only pairs are used in which both answered, of an undirected one those in which one did. What one person alone
    told of a directed pair isn't used: it would make edges, sender and receiver a little surer and says nothing of mutual.
    Leaving it out is safe as long as those who didn't answer are tied as others of whom the terms say the same; where
    many didn't, look at `sensitivity` and `share_across_bounds`. Covariates that are blank leave out a pair too. What was
    left out is counted.

    A directed pair has four states, none, one way, the other way and both, with weights 1, exp(x), exp(y) and
    exp(x + y + mutual); x sums terms of the tie from one to the other, y of the tie back. An undirected pair has two.
    The likelihood is the product over pairs, maximised by Newton's method.

    Returns a DyadModel. Raises InputError for unknown terms, directed terms of an undirected network and the other way
    round, no ties or no pair without, terms that follow from each other, and estimates without an end that no single term
    explains (all ties within roles, say).

    Source: Holland and Leinhardt 1981, doi 10.1080/01621459.1981.10477598; terms as in the R package ergm (nodematch,
    nodemix, nodeofactor, nodeifactor, nodefactor, edgecov).

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": list("abcdef"), "role": ["nurse"] * 3 + ["peer"] * 3})
    >>> ties = pd.DataFrame({"source": list("aabcddef"), "target": list("bcaaefda")})
    >>> ergm(build(people, ties), ["edges", "match"]).table[["term", "estimate", "se"]].round(3)
        term  estimate     se
    0  edges    -2.833  1.029
    1  match     3.170  1.184
    """
    terms = _checked(network, terms)
    if not 0 < level < 1:
        raise InputError(f"level: expected a share between 0 and 1, found {level}.")
    numbers, groups = network.groups(by)
    names, matrices = _covariates(network, covariates, terms)
    i, j, left_out = _pairs(network, possible, matrices)
    if not len(i):
        why = ", ".join(f"{row.pairs} {row.reason}" for row in left_out.itertuples())
        raise InputError(
            f"No pair of people is left to model: the network has {len(network)} people"
            + (f", and of their pairs are {why}." if why else ". Two or more are needed.")
        )
    state = _states(network, i, j)
    # pairs that are alike in everything are counted together
    keys = pd.DataFrame(
        np.column_stack([numbers[i], numbers[j], *(m[i, j] for m in matrices), *(m[j, i] for m in matrices)])
    )
    kind = keys.groupby(list(keys.columns), sort=False).ngroup().to_numpy()
    first = np.unique(kind, return_index=True)[1]
    ways = 2 if network.directed else 1
    counts = np.bincount(kind * 2**ways + state, minlength=len(first) * 2**ways).reshape(len(first), -1).astype(float)
    ties = int((counts @ _TIES[ways]).sum())
    if ties in (0, len(i) * ways):
        raise InputError(
            f"Of {len(i)} pairs of people {'none is tied' if not ties else 'all are tied in every way'}: there is nothing to "
            "tell likely ties by."
        )
    columns = _columns(terms, numbers[i][first], numbers[j][first], groups, counts, ways)
    columns |= {name: (m[i, j][first], m[j, i][first]) for name, m in zip(names, matrices, strict=True)}
    statistics = np.zeros((len(first), 2**ways, len(columns)))
    for k, (name, (there, back)) in enumerate(columns.items()):
        if name == "mutual":
            statistics[:, 3, k] = 1
            continue
        statistics[:, 1, k] = there
        if ways == 2:
            statistics[:, 2, k], statistics[:, 3, k] = back, there + back
    fit = maximised(statistics, counts, list(columns))
    free = int(np.isfinite(fit.estimate).sum())
    return DyadModel(
        table=_table(list(columns), fit, level),
        log_likelihood=fit.log_likelihood,
        aic=2 * free - 2 * fit.log_likelihood,
        bic=float(np.log(len(i) * ways) * free - 2 * fit.log_likelihood),
        pairs=len(i),
        left_out=left_out,
        network=network,
        by=by,
        _ends=(i, j),
        _kind=kind.astype(np.intp),
        _state=state,
        _chances=fit.chances,
    )


# how many ties a pair has in each of its states, by how many it could have
_TIES = {1: np.array([0, 1]), 2: np.array([0, 1, 1, 2])}


def _checked(network: RoleNetwork, terms: Sequence[str]) -> list[str]:
    terms = [terms] if isinstance(terms, str) else list(terms)
    for term in terms:
        if term not in TERMS:
            raise InputError(f"terms: {term!r} is unknown. {did_you_mean(str(term), TERMS)}")
        if term in (_UNDIRECTED if network.directed else _DIRECTED):
            here, instead = ("a directed", "sender and receiver") if network.directed else ("an undirected", "activity")
            hint = f" Take {instead}." if term != "mutual" else " Every tie of it is mutual."
            raise InputError(f"terms: {term!r} has no meaning in {here} network.{hint}")
    if len(set(terms)) < len(terms):
        raise InputError(f"terms: {', '.join(terms)} names a term twice.")
    return terms


def _covariates(
    network: RoleNetwork, covariates: Mapping[str, Square] | None, terms: list[str]
) -> tuple[list[str], list[Floats]]:
    """The names of covariates, and their matrices in the network's order of people."""
    if not covariates:
        if not terms:
            raise InputError("terms: none given, and no covariates.")
        return [], []
    if taken := set(covariates) & set(TERMS):
        raise InputError(f"covariates: {min(taken)!r} is the name of a term. Give it another name.")
    matrices = []
    for name, matrix in covariates.items():
        cells = _aligned(network, name, matrix)
        if not network.directed and not np.array_equal(cells, cells.T, equal_nan=True):
            raise InputError(f"{name} is not symmetric, but the network is undirected.")
        matrices.append(cells)
    return list(covariates), matrices


def _aligned(network: RoleNetwork, name: str, matrix: Square) -> Floats:
    """A square table or array in the network's order of people, its diagonal 0."""
    persons = pd.Index(network.people["person"]).rename(None)
    whole = pd.DataFrame(np.zeros((len(persons),) * 2), index=persons, columns=persons)
    if isinstance(matrix, pd.DataFrame):
        cells = square_arrays({"the network": whole, name: matrix})[0][name]
    else:
        cells = square_arrays({"the network": whole.to_numpy(), name: matrix})[0][name]
    return np.where(np.eye(len(persons), dtype=bool), 0.0, cells)


def _pairs(
    network: RoleNetwork, possible: str | Square | None, covariates: list[Floats]
) -> tuple[Integers, Integers, pd.DataFrame]:
    """The pairs of people used, i before j, and why others aren't: reason, pairs, ties."""
    n = len(network)
    if possible is None or isinstance(possible, str):
        blocks = np.zeros(n, dtype=np.intp) if possible is None else network.groups(possible)[0]
        members = [np.flatnonzero(blocks == block) for block in range(blocks.max(initial=-1) + 1)]
        corners = [np.triu_indices(len(rows), 1) for rows in members]
        none = np.empty(0, dtype=np.intp)
        i, j = (
            np.concatenate([none, *(rows[corner[end]] for rows, corner in zip(members, corners, strict=True))])
            for end in (0, 1)
        )
    else:
        allowed = _aligned(network, "possible", possible)
        if not np.isin(allowed, (0, 1)).all() or (allowed != allowed.T).any():
            raise InputError("possible: expected True and False alone, the same for the two cells of a pair.")
        i, j = np.nonzero(np.triu(allowed, 1))
    told = [("not possible", n * (n - 1) // 2 - len(i), len(network.ties) - _number_of_ties(network, i, j))]
    answered = network.answered
    blank = np.zeros(len(i), dtype=bool)
    for cells in covariates:
        blank |= np.isnan(cells[i, j]) | np.isnan(cells[j, i])
    silent = ~(answered[i] & answered[j]) if network.directed else ~(answered[i] | answered[j])
    for reason, out in (("not answered", silent), ("a covariate is blank", blank & ~silent)):
        told.append((reason, int(out.sum()), _number_of_ties(network, i[out], j[out])))
    used = ~(silent | blank)
    left = pd.DataFrame([row for row in told if row[1]], columns=["reason", "pairs", "ties"])
    return i[used], j[used], left.astype({"pairs": "int64", "ties": "int64"})


def _states(network: RoleNetwork, i: Integers, j: Integers) -> Integers:
    """0 no tie, 1 from i to j, 2 from j to i, 3 both; of an undirected network 0 or 1."""
    n = len(network)
    source, target = network.positions
    if not network.directed:
        return np.isin(i * n + j, np.minimum(source, target) * n + np.maximum(source, target)).astype(np.intp)
    tied = source * n + target
    return np.isin(i * n + j, tied).astype(np.intp) + 2 * np.isin(j * n + i, tied)


def _number_of_ties(network: RoleNetwork, i: Integers, j: Integers) -> int:
    return int(_TIES[2 if network.directed else 1][_states(network, i, j)].sum())


_Columns = dict[str, tuple[Floats, Floats]]


def _columns(terms: list[str], a: Integers, b: Integers, groups: list[Hashable], counts: Floats, ways: int) -> _Columns:
    """By the name of each term: what it adds to a tie from a to b, and to one from b to a, in each kind of pair."""
    which = range(len(groups))
    found: _Columns = {}
    for term in terms:
        levels: _Columns = {}
        if term in ("edges", "mutual"):
            levels = {term: (np.ones(len(a)), np.ones(len(a)))}
        elif term == "match":
            levels = {term: ((a == b).astype(float), (a == b).astype(float))}
        elif term == "match_by":
            levels = {f"match: {groups[g]}": _twice((a == g) & (b == g)) for g in which}
        elif term == "mix" and ways == 2:
            for g, h in product(which, which):
                forth, reverse = (a == g) & (b == h), (b == g) & (a == h)
                levels[f"mix: {groups[g]} > {groups[h]}"] = forth.astype(float), reverse.astype(float)
        elif term == "mix":
            for g, h in combinations_with_replacement(which, 2):
                levels[f"mix: {groups[g]} + {groups[h]}"] = _twice(((a == g) & (b == h)) | ((a == h) & (b == g)))
        elif term == "activity":
            levels = {f"activity: {groups[g]}": _twice(1.0 * (a == g) + (b == g)) for g in which}
        else:
            x, y = (a, b) if term == "sender" else (b, a)
            levels = {f"{term}: {groups[g]}": ((x == g).astype(float), (y == g).astype(float)) for g in which}
        if term in ("sender", "receiver", "activity") or (term == "mix" and "edges" in terms):
            levels = _without_first(levels, counts, ways)
        found |= levels
    return found


def _twice(values: NDArray[Any]) -> tuple[Floats, Floats]:
    return values.astype(float), values.astype(float)


def _without_first(levels: _Columns, counts: Floats, ways: int) -> _Columns:
    """All but the first that has ties and pairs without: what the others are compared with."""
    for name, (there, back) in levels.items():
        ties = counts[:, 1] @ (there > 0) + (
            counts[:, 2] @ (back > 0) + counts[:, 3] @ ((there > 0) * 1 + (back > 0)) if ways == 2 else 0
        )
        pairs = counts.sum(axis=1) @ ((there > 0) * 1 + ((back > 0) if ways == 2 else 0))
        if 0 < ties < pairs:
            return {other: values for other, values in levels.items() if other != name}
    return dict(list(levels.items())[1:])


def _table(names: list[str], fit: Maximum, level: float) -> pd.DataFrame:
    z = fit.estimate / fit.se
    width = norm.ppf((1 + level) / 2) * fit.se
    return pd.DataFrame(
        {
            "term": names, "estimate": fit.estimate, "se": fit.se, "z": z, "p": 2 * norm.sf(np.abs(z)),
            "low": fit.estimate - width, "high": fit.estimate + width, "note": fit.notes,
        }
    )  # fmt: skip

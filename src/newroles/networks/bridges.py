"""Who holds the ties between two sides, whose contacts don't know one another, who lies on the shortest ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.errors import InputError
from newroles.networks.network import RoleNetwork

_CELLS = 2**18  # so many numbers at a time


def bridges(network: RoleNetwork, between: Sequence[str] = ("new", "existing"), by: str = "role_kind") -> pd.DataFrame:
    """Who holds the ties between two kinds of people, and who would lose the other side without them?

    between: two values of the column `by` of people, the two sides. People of neither side, and their ties, are left out.
    In a directed network a tie in either direction is a tie across; two people with ties both ways are partners once.

    Returns one row per person of either side, those with most ties across first: person, role (where people have one), the
    column `by`, ties_across, partners (people of the other side tied to this one), share_of_across (of all ties across;
    adds up to 1 on either side), share_of_own (of the person's ties to people of both sides), only_link_of_people (people
    of the other side who know nobody else on this one), and, where people have a role, only_link_of_roles (roles of the
    other side whose people know nobody else on this one) and only_link_of_own_role (True: no colleague in the same role
    has a tie across). Blank: shares of nothing. Raises InputError when `between` isn't two different values that occur.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd"], "role_kind": ["existing", "existing", "new"]})
    >>> network = build(people, pd.DataFrame({"source": ["ann", "ann"], "target": ["bea", "cyd"]}), directed=False)
    >>> bridges(network)[["person", "ties_across", "share_of_across", "only_link_of_people"]].values.tolist()
    [['ann', 1, 1.0, 1], ['cyd', 1, 1.0, 1], ['bea', 0, 0.0, 0]]
    """
    codes, labels = network.groups(by)
    sides = list(between)
    if len(sides) != 2 or sides[0] == sides[1]:
        raise InputError(f"between needs two different values of {by}, for example ('new', 'existing'), not {sides!r}.")
    for wanted in sides:
        if wanted not in labels:
            have = ", ".join(map(str, labels)) or "nothing"
            raise InputError(f"Nobody in this network has {by} {wanted!r}, so there is no such side. It has: {have}.")
    side = np.full(len(network), -1)
    for number, label in enumerate(sides):
        side[codes == labels.index(label)] = number
    source, target = network.positions
    n = len(network)
    inside = (side[source] >= 0) & (side[target] >= 0)
    across = inside & (side[source] != side[target])
    ends = np.concatenate([source[across], target[across]])
    others = np.concatenate([target[across], source[across]])
    pairs = np.unique(ends * n + others)
    person, partner = pairs // max(n, 1), pairs % max(n, 1)
    partners = np.bincount(person, minlength=n)
    ties = np.bincount(ends, minlength=n)
    own = np.bincount(np.concatenate([source[inside], target[inside]]), minlength=n)
    on_side = np.flatnonzero(side >= 0)
    columns: dict[Any, Any] = {"person": network.people["person"].to_numpy()}
    if "role" in network.people:
        columns["role"] = network.people["role"].to_numpy()
    columns[by] = network.people[by].to_numpy()
    columns |= {
        "ties_across": ties,
        "partners": partners,
        "share_of_across": _share(ties, np.full(n, across.sum())),
        "share_of_own": _share(ties, own),
        "only_link_of_people": np.bincount(partner[partners[person] == 1], minlength=n),
    }
    if "role" in network.people:
        roles = network.groups("role")[0]
        # each role of a side, and the people of the other side it is tied to
        known = np.unique(np.stack([roles[person] * 2 + side[person], partner]), axis=1)
        alone = np.bincount(known[0], minlength=2 * n + 2)[known[0]] == 1
        columns["only_link_of_roles"] = np.bincount(known[1][alone], minlength=n)
        linked = np.bincount((roles * 2 + side)[(ties > 0) & (side >= 0)], minlength=2 * n + 2)
        columns["only_link_of_own_role"] = (ties > 0) & (linked[roles * 2 + np.maximum(side, 0)] == 1)
    table = pd.DataFrame(columns).iloc[on_side]
    return table.sort_values("ties_across", ascending=False, kind="stable").reset_index(drop=True)


def structural_holes(network: RoleNetwork, weighted: bool = False) -> pd.DataFrame:
    """How far do each person's contacts know one another, so that little goes through this person alone?

    weighted: False counts every tie as 1, as R igraph's constraint() does without weights; True uses the weights.
    A contact is somebody tied in either direction; ties of a pair in both directions are added.

    Returns one row per person: person, role (where people have one), contacts, effective_size (contacts less what they
    share with one another, 1 to contacts), efficiency (effective_size / contacts, 0 to 1) and constraint (high where few
    contacts, tied to one another, hold all of a person's time: about 0 to 1, a little above 1 for some with two
    contacts). Blank for people without ties.

    Source: Burt 1992, Structural Holes, chapter 2; as in networkx's constraint and effective_size.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd"]})
    >>> network = build(people, pd.DataFrame({"source": ["ann", "ann"], "target": ["bea", "cyd"]}), directed=False)
    >>> structural_holes(network)[["person", "effective_size", "constraint"]].values.tolist()
    [['ann', 2.0, 0.5], ['bea', 1.0, 1.0], ['cyd', 1.0, 1.0]]
    """
    matrix = network.adjacency if weighted else network.binary
    mutual = (matrix + matrix.T).tocsr() if network.directed else matrix
    n = len(network)
    contacts = np.diff(mutual.indptr).astype(np.int64)
    total, strongest = mutual.sum(axis=1), np.zeros(n)
    some = contacts > 0
    strongest[some] = np.maximum.reduceat(mutual.data, mutual.indptr[:-1][some]) if some.any() else 0.0
    share = _with(mutual, mutual.data / np.repeat(total, contacts))
    marginal = _with(mutual, mutual.data / strongest[mutual.indices])  # of the other's strongest tie
    constraint, redundancy = np.zeros(n), np.zeros(n)
    for rows in _rows(mutual):
        ties = share[rows]
        tied = ties != 0
        through = (ties @ share).multiply(tied)  # over a third person, to contacts only
        constraint[rows] = (ties + through).power(2).sum(axis=1)
        redundancy[rows] = (ties @ marginal).multiply(tied).sum(axis=1)
    blank = np.where(contacts > 0, 1.0, np.nan)
    columns: dict[Any, Any] = {"person": network.people["person"]}
    if "role" in network.people:
        columns["role"] = network.people["role"]
    effective = (contacts - redundancy) * blank
    return pd.DataFrame(
        columns
        | {
            "contacts": contacts,
            "effective_size": effective,
            "efficiency": effective / np.maximum(contacts, 1),
            "constraint": constraint * blank,
        }
    )


def betweenness(network: RoleNetwork, normalised: bool = True) -> pd.DataFrame:
    """On how many of the shortest ways between two others does each person lie?

    Ways follow the direction of ties in a directed network; weights are left aside. Where a pair has several shortest ways
    each counts in part. normalised: as a share of all pairs of other people (ordered pairs in a directed network);
    otherwise the number of pairs.

    Returns one row per person: person, role (where people have one), betweenness. Blank when normalised in a network of
    fewer than three, which has no pair of others.

    Source: Freeman 1977, doi 10.2307/3033543; counted as in Brandes 2001, doi 10.1080/0022250X.2001.9990249. Equal to
    networkx's betweenness_centrality.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd"]})
    >>> network = build(people, pd.DataFrame({"source": ["ann", "ann"], "target": ["bea", "cyd"]}), directed=False)
    >>> betweenness(network).values.tolist()
    [['ann', 1.0], ['bea', 0.0], ['cyd', 0.0]]
    """
    n = len(network)
    ahead, back = network.binary.T.tocsr(), network.binary
    score = np.zeros(n)
    step = max(1, _CELLS // max(n, 1))
    for first in range(0, n, step):
        starts = np.arange(first, min(first + step, n))
        at = np.arange(len(starts))
        ways = np.zeros((n, len(starts)))  # shortest ways from each start to each person
        ways[starts, at] = 1
        far = np.full(ways.shape, -1, dtype=np.int32)
        far[starts, at] = 0
        front, distance = ways.copy(), 0
        while front.any():
            distance += 1
            front = np.where(far < 0, ahead @ front, 0)
            far[front > 0] = distance
            ways += front
        carried = np.zeros_like(ways)  # pairs whose ways lead on from here
        safe = np.maximum(ways, 1)
        for level in range(distance - 1, 0, -1):
            sent = np.where(far == level, (1 + carried) / safe, 0)
            carried += np.where(far == level - 1, (back @ sent) * ways, 0)
        carried[starts, at] = 0
        score += carried.sum(axis=1)
    if not network.directed:
        score /= 2
    if normalised:
        pairs = (n - 1) * (n - 2) / (1 if network.directed else 2)
        score = score / pairs if pairs > 0 else np.full(n, np.nan)
    columns: dict[Any, Any] = {"person": network.people["person"]}
    if "role" in network.people:
        columns["role"] = network.people["role"]
    return pd.DataFrame(columns | {"betweenness": score})


def _with(matrix: sparse.csr_array, values: np.ndarray) -> sparse.csr_array:
    """The same places, holding these."""
    return sparse.csr_array((values, matrix.indices, matrix.indptr), shape=matrix.shape)


def _rows(matrix: sparse.csr_array) -> Iterator[slice]:
    """Blocks of rows whose product with the matrix has few enough entries."""
    most = _CELLS // 32 + matrix.nnz // 4
    contacts = np.diff(matrix.indptr)
    over = np.concatenate([[0], np.cumsum(matrix @ contacts.astype(float) if matrix.nnz else contacts)])
    n, first = len(contacts), 0
    while first < n:
        last = int(np.searchsorted(over, over[first] + most, side="right")) - 1
        last = min(max(last, first + 1), n)
        yield slice(first, last)
        first = last


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)

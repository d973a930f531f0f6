"""Do formal and informal relations run along the same lines, and which of them cross which boundary, in which direction?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.mixing import mixing_counts
from newroles.networks.network import RoleNetwork, build


def reciprocity(network: RoleNetwork, by: str = "role") -> pd.DataFrame:
    """Are ties across a role boundary returned as often as ties within?

    network: a directed one. by: a column of its people.

    Returns three rows: where (all, within, across); ties; returned (ties whose receiver sends one back); reciprocity =
    returned / ties, blank without ties; pairs (of people, of this kind), mutual, one_way and untied pairs; same_state =
    (mutual + untied) / pairs, the share of pairs in which both do the same, blank without pairs. All people are taken
    to have answered. Weights play no part.

    Raises InputError for an undirected network, an unknown column, or people without a value.

    Source: edgewise and dyadic reciprocity as in R's sna::grecip; Wasserman and Faust 1994, doi
    10.1017/CBO9780511815478.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abc"), "role": ["nurse", "nurse", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": list("aba"), "target": list("bac")}))
    >>> reciprocity(network)[["where", "ties", "returned", "reciprocity"]].round(3).values.tolist()
    [['all', 3, 2, 0.667], ['within', 2, 2, 1.0], ['across', 1, 0, 0.0]]
    """
    if not network.directed:
        raise InputError("Reciprocity needs a directed network: in an undirected one every tie is returned.")
    codes, labels = network.groups(by)
    source, target = network.positions
    n = len(network)
    returned = np.isin(source * n + target, target * n + source)
    within = codes[source] == codes[target]
    size = np.bincount(codes, minlength=len(labels))
    everywhere, inside = n * (n - 1) // 2, int((size * (size - 1)).sum()) // 2
    rows = []
    for where, ties, pairs in (
        ("all", np.ones(len(source), dtype=bool), everywhere),
        ("within", within, inside),
        ("across", ~within, everywhere - inside),
    ):
        sent, mutual = int(ties.sum()), int((ties & returned).sum()) // 2
        untied = pairs - (sent - mutual)
        rows.append(
            {
                "where": where,
                "ties": sent,
                "returned": 2 * mutual,
                "reciprocity": 2 * mutual / sent if sent else np.nan,
                "pairs": pairs,
                "mutual": mutual,
                "one_way": sent - 2 * mutual,
                "untied": untied,
                "same_state": (mutual + untied) / pairs if pairs else np.nan,
            }
        )
    return pd.DataFrame(rows)


def permeability(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    by: str = "role",
    relations: Sequence[str] | None = None,
    wave: int | None = None,
    directed: bool = True,
    within: str | None = None,
) -> pd.DataFrame:
    """Which role boundaries do ties cross easily, and in which relation?

    people, ties, wave, directed: as in `build`; ties with a column relation. by: a column of people. relations: which
    (None: all, in the order in which they come). All people are taken to have answered. within: a column of people; only
    pairs with the same value there count, tied or not. Where people work in teams, say within="team": otherwise densities
    mostly tell which roles share a team.

    Returns one row per relation and pair of roles: relation, one, other (roles); ties (between them, both directions),
    one_to_other, other_to_one (blank when undirected), possible (pairs of people who could be tied, in a directed network
    once in each direction), density (ties / possible; blank without possible pairs), density_one and density_other (within
    each of the roles; blank for a role without pairs, such as a role of one), and permeability: density over the mean of
    the densities within. 1: ties across are as likely as within; 0: none crosses; above 1: more across than within. Blank
    when neither role has ties within, or neither can; where only one role can have them, the mean is that role's. Weights
    play no part.

    Raises InputError for tables without the columns, unknown relations or people, and people without a value.

    Source: our own ratio, from the densities of a blockmodel (Wasserman and Faust 1994, doi 10.1017/CBO9780511815478,
    chapter 10).

    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> ties = pd.DataFrame({"source": list("abcd"), "target": list("badc"), "relation": "advice"})
    >>> ties.loc[4] = ["a", "c", "advice"]
    >>> permeability(people, ties)[["one", "other", "ties", "density", "permeability"]].values.tolist()
    [['nurse', 'peer', 1, 0.125, 0.125]]
    """
    found = []
    for relation, network in _networks(people, ties, relations, wave, directed).items():
        codes, labels = network.groups(by)
        k = len(labels)
        places = np.zeros(len(network), dtype=np.int64) if within is None else network.groups(within)[0]
        table = mixing_counts(_ties_within(network, places), codes, k, weighted=False)
        members = np.zeros((k, places.max(initial=0) + 1))
        np.add.at(members, (codes, places), 1)
        pairs = (members * (members - 1)).sum(axis=1)
        inside = np.where(pairs > 0, np.diag(table) / np.where(pairs > 0, pairs, 1), np.nan)
        one, two = np.triu_indices(k, 1)
        possible = (members @ members.T)[one, two] * (2 if directed else 1)
        crossing = table[one, two] + (table[two, one] if directed else 0)
        blank = np.full(len(one), np.nan)
        names = pd.Index(labels)
        rows = pd.DataFrame(
            {
                "relation": relation,
                "one": names.take(one),
                "other": names.take(two),
                "ties": crossing.round().astype(np.int64),
                "one_to_other": table[one, two] if directed else blank,
                "other_to_one": table[two, one] if directed else blank,
                "possible": possible.round().astype(np.int64),
                "density": crossing / np.where(possible > 0, possible, np.nan),
                "density_one": inside[one],
                "density_other": inside[two],
            }
        )
        usual = rows[["density_one", "density_other"]].mean(axis=1)
        rows["permeability"] = (rows["density"] / usual).where(usual > 0)
        found.append(rows)
    return pd.concat(found, ignore_index=True)


def overlap_of_relations(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    relations: Sequence[str] | None = None,
    wave: int | None = None,
    directed: bool = True,
) -> pd.DataFrame:
    """Do relations run between the same people: does supervision, say, follow the advice that people really seek?

    people, ties, wave, directed: as in `build`; ties with a column relation. relations: two or more (None: all, in the
    order in which they come).

    Returns one row per pair of relations: a, b; ties_a, ties_b; overlap (ties that are in both, in the same
    direction); jaccard (overlap / ties in either, blank when neither has any); share_of_a (of a's ties those that are
    b's too) and share_of_b; hamming (pairs tied in one only, each direction apart); correlation (product-moment, over all
    pairs of different people; blank when one relation has no tie or all); reversed (ties of a that run along a tie of b
    the other way round; in an undirected network the same as overlap). Weights play no part.

    Raises InputError for tables without the columns, unknown relations or people, and fewer than two relations.

    Source: Jaccard and Hamming as usual; the correlation is the one that quadratic assignment tests (Krackhardt 1987,
    doi 10.1016/0378-8733(87)90012-8).

    >>> people = pd.DataFrame({"person": list("abc")})
    >>> ties = pd.DataFrame({"source": list("abab"), "target": list("bcbc")}).assign(relation=["advice"] * 2 + ["handover"] * 2)
    >>> ties.loc[3, ["source", "target"]] = ["c", "b"]
    >>> overlap_of_relations(people, ties)[["a", "b", "overlap", "jaccard", "hamming", "reversed"]].round(3).values.tolist()
    [['advice', 'handover', 1, 0.333, 2, 1]]
    """
    networks = _networks(people, ties, relations, wave, directed)
    if len(networks) < 2:
        raise InputError(f"An overlap needs two relations or more; there is {', '.join(networks) or 'none'}.")
    codes = {relation: _tie_codes(network) for relation, network in networks.items()}
    n = len(next(iter(networks.values())))
    possible = n * (n - 1) // (1 if directed else 2)
    rows = []
    for a, b in combinations(networks, 2):
        ties_a, ties_b = len(codes[a]), len(codes[b])
        overlap = len(np.intersect1d(codes[a], codes[b], assume_unique=True))
        backwards = codes[b] % n * n + codes[b] // n if directed else codes[b]
        spread = ties_a * (possible - ties_a) * ties_b * (possible - ties_b)
        rows.append(
            {
                "a": a,
                "b": b,
                "ties_a": ties_a,
                "ties_b": ties_b,
                "overlap": overlap,
                "jaccard": overlap / (ties_a + ties_b - overlap) if ties_a + ties_b else np.nan,
                "share_of_a": overlap / ties_a if ties_a else np.nan,
                "share_of_b": overlap / ties_b if ties_b else np.nan,
                "hamming": ties_a + ties_b - 2 * overlap,
                "correlation": (possible * overlap - ties_a * ties_b) / spread**0.5 if spread else np.nan,
                "reversed": len(np.intersect1d(codes[a], backwards, assume_unique=True)),
            }
        )
    return pd.DataFrame(rows)


def _networks(
    people: pd.DataFrame, ties: pd.DataFrame, relations: Sequence[str] | None, wave: int | None, directed: bool
) -> dict[str, RoleNetwork]:
    """One network per relation, of the same people."""
    if "relation" not in ties:
        raise InputError(
            f"The table ties needs the column relation to compare relations. It has: {', '.join(map(str, ties.columns))}."
        )
    if relations is None:
        relations = list(ties["relation"].dropna().unique())
    elif isinstance(relations, str):
        relations = [relations]
    if not len(relations):
        raise InputError("There are no relations to look at: the table ties has no rows with a relation.")
    return {relation: build(people, ties, wave=wave, relation=relation, directed=directed) for relation in relations}


def _ties_within(network: RoleNetwork, places: np.ndarray) -> RoleNetwork:
    """The network without ties between two places."""
    source, target = network.positions
    return replace(network, ties=network.ties[places[source] == places[target]].reset_index(drop=True))


def _tie_codes(network: RoleNetwork) -> np.ndarray:
    source, target = network.positions
    return np.asarray(source.astype(np.int64) * len(network) + target)

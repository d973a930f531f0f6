"""How far do people of the same role keep to themselves? Assortativity, Coleman's index and odds ratios, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.ei import ei_index
from newroles.networks.mixing import mixing_counts
from newroles.networks.network import RoleNetwork
from newroles.networks.permutation import Permutations, somebody


def assortativity(network: RoleNetwork, by: str = "role", weighted: bool = False) -> float:
    """Do ties join people of the same role more than the numbers of ties of each role would have it?

    by: a column of the network's people, taken as names whatever they are. weighted: each tie counts as much as its
    weight.

    Returns (sum e_rr - sum a_r b_r) / (1 - sum a_r b_r): e is the role mixing matrix divided by its sum, a and b its row
    and column sums. 1 when all ties stay within roles, 0 as by chance given how many ties each role sends and receives.
    Blank (NaN) without ties, or when all ties start and end in one role.

    Raises InputError for an unknown column, or people without a value there.

    Source: Newman 2003, doi 10.1103/PhysRevE.67.026126, equation 2 (directed networks aren't made symmetric first).

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> ties = pd.DataFrame({"source": list("abc"), "target": list("bcd"), "weight": [1, 1, 2]})
    >>> network = build(people, ties, directed=False)
    >>> round(assortativity(network), 3), round(assortativity(network, weighted=True), 3)
    (0.333, 0.467)
    """
    codes, labels = network.groups(by)
    table = mixing_counts(network, codes, len(labels), weighted)
    total = table.sum()
    if total == 0:
        return float("nan")
    chance = float(table.sum(axis=1) @ table.sum(axis=0)) / total**2
    return float((np.trace(table) / total - chance) / (1 - chance)) if 1 - chance > 1e-12 else float("nan")


def assortativity_numeric(network: RoleNetwork, by: str = "degree", weighted: bool = False) -> float:
    """Do ties join people who are alike in a number, such as band, years of experience, or number of ties?

    by: a column of numbers of the network's people; "degree", where there is no such column, is the number of ties (in a
    directed network those that the sender sends and those that the receiver receives). weighted: each tie counts as much
    as its weight.

    Returns the product-moment correlation over ties between the sender's and the receiver's number, from -1 to 1; in an
    undirected network each tie counts in both directions. Blank (NaN) without ties, or when the numbers don't vary.

    Raises InputError for an unknown column, and for blank cells or cells that aren't numbers.

    Source: Newman 2003, doi 10.1103/PhysRevE.67.026126 (scalar characteristics; degree).

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "band": [4, 5, 7, 8]})
    >>> network = build(people, pd.DataFrame({"source": list("abc"), "target": list("bcd")}))
    >>> round(assortativity_numeric(network, "band"), 3)
    0.929
    """
    source, target = network.positions
    n = len(network)
    if isinstance(by, str) and by == "degree" and by not in network.people:
        sent, received = np.bincount(source, minlength=n).astype(float), np.bincount(target, minlength=n).astype(float)
        x, y = (sent, received) if network.directed else (sent + received, sent + received)
    else:
        x = y = _numbers(network, by)
    weight = network.weights if weighted else np.ones(len(source))
    one, two = x[source], y[target]
    if not network.directed:
        one, two, weight = np.concatenate([one, two]), np.concatenate([two, one]), np.tile(weight, 2)
    if weight.sum() == 0:
        return float("nan")
    one, two = one - np.average(one, weights=weight), two - np.average(two, weights=weight)
    spread = float(np.sqrt((weight @ one**2) * (weight @ two**2)))
    scale = float(weight.sum()) * max(1.0, float(np.abs(x).max()) * float(np.abs(y).max()))
    return float(weight @ (one * two)) / spread if spread > 1e-14 * scale else float("nan")


def coleman(network: RoleNetwork, by: str = "role") -> pd.DataFrame:
    """Which roles choose their own kind more, or less, than their share of the people?

    by: a column of the network's people.

    Returns one row per role: name, members, internal (ties sent to the own role), sent (all ties sent), expected (sent x
    (members - 1) / (people - 1)) and coleman: 0 when internal is as expected; above, the part of the way to all ties
    within, which is 1; below, the part of the way to none, which is -1. Blank for a role that sends no tie, that
    has one member (who can't have ties within it), or to which everybody belongs. Weights play no part. In an undirected
    network each tie counts as sent by both.

    Raises InputError for an unknown column, or people without a value there.

    Source: Coleman 1958, Human Organization 17(4), 28-36; as in Bojanowski and Corten 2014,
    doi 10.1016/j.socnet.2014.04.001.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": list("aabc"), "target": list("bcab")}))
    >>> coleman(network)[["name", "internal", "sent", "expected", "coleman"]].values.tolist()
    [['nurse', 2, 3, 1.0, 0.5], ['peer', 0, 1, 0.3333333333333333, -1.0]]
    """
    codes, labels = network.groups(by)
    k, n = len(labels), len(network)
    table = mixing_counts(network, codes, k, weighted=False)
    members = np.bincount(codes, minlength=k)
    internal, sent = np.diag(table), table.sum(axis=1)
    expected = sent * (members - 1) / max(n - 1, 1)
    room = np.where(internal >= expected, sent - expected, expected)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where((room > 0) & (members > 1), (internal - expected) / room, np.nan)
    return pd.DataFrame(
        {
            "name": labels,
            "members": members,
            "internal": internal.round().astype(np.int64),
            "sent": sent.round().astype(np.int64),
            "expected": expected,
            "coleman": index,
        }
    )


def odds_ratio_within(network: RoleNetwork, by: str = "role") -> float:
    """How many times higher are the odds of a tie within a role than across roles?

    by: a column of the network's people. Every pair of people counts as one that could be tied, in a directed network
    once in each direction; all are taken to have answered. Weights play no part.

    Returns the odds ratio: 1 when a tie within a role is as likely as one across; infinite when no tie crosses, or all
    possible ones within are there. Blank (NaN) when there are no pairs of one kind, or nothing to compare.

    Raises InputError for an unknown column, or people without a value there.

    Source: Moody 2001, doi 10.1086/338954; as in Bojanowski and Corten 2014, doi 10.1016/j.socnet.2014.04.001.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> odds_ratio_within(build(people, pd.DataFrame({"source": list("ab"), "target": list("bc")}), directed=False))
    3.0
    """
    codes, labels = network.groups(by)
    table = mixing_counts(network, codes, len(labels), weighted=False)
    size = np.bincount(codes, minlength=len(labels)).astype(float)
    possible_within = float((size * (size - 1)).sum())
    possible_across = len(network) * (len(network) - 1) - possible_within
    within = float(np.trace(table))
    across = float(table.sum()) - within
    if possible_within == 0 or possible_across == 0:
        return float("nan")
    above, below = within * (possible_across - across), across * (possible_within - within)
    return above / below if below else float("inf") if above else float("nan")


def gamix(network: RoleNetwork, by: str = "role", weighted: bool = False) -> float:
    """How much do roles, each counting the same whatever its size, keep to themselves?

    by: a column of the network's people. weighted: sum the weights of ties.

    Returns Gupta, Anderson and May's Q = (sum over roles of the share of their ties that they send to their own role - 1)
    / (number of roles - 1): 1 when all keep to themselves, 0 when all roles send the same shares, -1 / (roles - 1) when
    none has a tie within. Blank (NaN) when a role sends no tie, or there is only one.

    R's netseg 1.0 differs: it takes the half of the mixing matrix above the diagonal for both halves, and counts a tie
    within a role of an undirected network once. Here directed networks keep both directions, and a tie within a role is
    one that both its people have.

    Raises InputError for an unknown column, or people without a value there.

    Source: Gupta, Anderson and May 1989, AIDS 3(12), 807-817.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> gamix(build(people, pd.DataFrame({"source": list("aacd"), "target": list("bcda")})))
    0.0
    """
    codes, labels = network.groups(by)
    return _gamix(mixing_counts(network, codes, len(labels), weighted))


def _gamix(mixing: np.ndarray) -> float:
    sent = mixing.sum(axis=1)
    if len(mixing) < 2 or (sent == 0).any():
        return float("nan")
    return float(((np.diag(mixing) / sent).sum() - 1) / (len(mixing) - 1))


def segregation(
    network: RoleNetwork,
    by: Sequence[str] = ("role", "band", "team"),
    permutations: Permutations = 0,
    within: str | None = None,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Which line divides people more: role, band or team?

    by: columns of the network's people; each is taken as names. permutations, within, rng: as in `ei_index`.

    Returns one row per column: by, groups (how many); ei, expected, sd, z, p_low, p_high and rescaled as in `ei_index`;
    ei_weighted (with weights); assortativity and assortativity_weighted; coleman (mean of `coleman` over groups, each
    counting as many times as it sends ties); odds_ratio_within. The lower E-I and the higher the others, the more a
    line divides; groups of different sizes are best compared by z, rescaled or the odds ratio. Blank as in these
    functions.

    Raises InputError for unknown columns, people without a value there, and unusable permutations.

    Source: as named in the functions; compared in Bojanowski and Corten 2014, doi 10.1016/j.socnet.2014.04.001.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": list("nnpp"), "team": list("xyxy")})
    >>> network = build(people, pd.DataFrame({"source": list("abc"), "target": list("bad")}))
    >>> segregation(network, ["role", "team"])[["by", "groups", "ei", "coleman"]].values.tolist()
    [['role', 2, -1.0, 1.0], ['team', 2, 1.0, -1.0]]
    """
    columns = [by] if isinstance(by, str) or not isinstance(by, Iterable) else list(by)
    somebody(network)
    unknown = [column for column in columns if not isinstance(column, str) or column not in network.people]
    if unknown:
        raise InputError(
            f"The people of this network have no column {unknown[0]!r}. {did_you_mean(str(unknown[0]), network.people.columns)}"
        )
    rows = []
    for column in columns:
        ei = ei_index(network, column, permutations=permutations, rng=rng, within=within).iloc[0]
        by_group = coleman(network, column).dropna(subset="coleman")
        rows.append(
            {
                "by": column,
                "groups": len(network.groups(column)[1]),
                **ei[["ei", "expected", "sd", "z", "p_low", "p_high", "rescaled"]],
                "ei_weighted": ei_index(network, column, weighted=True)["ei"].iloc[0],
                "assortativity": assortativity(network, column),
                "assortativity_weighted": assortativity(network, column, weighted=True),
                "coleman": np.average(by_group["coleman"], weights=by_group["sent"]) if len(by_group) else np.nan,
                "odds_ratio_within": odds_ratio_within(network, column),
            }
        )
    return pd.DataFrame(rows)


def _numbers(network: RoleNetwork, by: str) -> np.ndarray:
    if not isinstance(by, str) or by not in network.people:
        raise InputError(
            f"The people of this network have no column {by!r}. {did_you_mean(str(by), [*network.people.columns, 'degree'])}"
        )
    values = pd.to_numeric(network.people[by], errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(values)
    if bad.any():
        first = int(np.argmax(bad))
        raise InputError(
            f"{by}: {int(bad.sum())} of {len(network)} people have no number there (first: "
            f"{network.people['person'].iloc[first]}, {network.people[by].iloc[first]!r}). Fill the cells in, or use "
            "assortativity for names."
        )
    return values

"""How mixed are the people someone works with? Diversity of roles among each person's ties."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import RoleNetwork

_DIRECTIONS = ("both", "sent", "received")


def role_diversity(
    network: RoleNetwork, by: str = "role", weighted: bool = False, direction: str = "both"
) -> pd.DataFrame:
    """How many roles does each person work with, and how evenly?

    by: a column of the network's people. weighted: sum the weights of ties; False counts ties. direction: "both" (sent
    plus received; a tie both ways counts twice), "sent" or "received"; in an undirected network they are the same.

    Returns one row per person, in the order of the network's people: person, the person's own value (named as `by`),
    ties (or their summed weight), roles (how many different ones the ties reach), blau: 1 - sum of squared shares of
    roles among the ties, the chance that two ties drawn at random (the same one may come twice) reach different
    roles; iqv: blau / (1 - 1 / K), where K is the number of roles in the network: 1 when all roles are reached
    equally. Isolates have blank blau and iqv, and 0 roles; with one role in the network iqv is blank.

    Raises InputError for an unknown column or direction, or people without a value.

    Source: Blau 1977, Inequality and Heterogeneity; index of qualitative variation as in Agresti and Agresti 1978,
    doi 10.2307/270810.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": list("aab"), "target": list("bcc")}))
    >>> role_diversity(network)[["person", "ties", "roles", "blau", "iqv"]].values.tolist()
    [['a', 2, 2, 0.5, 1.0], ['b', 2, 2, 0.5, 1.0], ['c', 2, 1, 0.0, 0.0], ['d', 0, 0, nan, nan]]
    """
    if direction not in _DIRECTIONS:
        raise InputError(f"direction: {direction!r} isn't known. {did_you_mean(direction, _DIRECTIONS)}")
    codes, labels = network.groups(by)
    n, k = len(network), len(labels)
    matrix = network.adjacency if weighted else network.binary
    if network.directed and direction != "sent":
        matrix = matrix.T if direction == "received" else matrix + matrix.T
    belongs = sparse.csr_array((np.ones(n), (np.arange(n), codes)), shape=(n, k))
    reached = sparse.csr_array(matrix @ belongs)  # people x roles, as many entries as roles that somebody reaches
    reached.sum_duplicates()
    person = np.repeat(np.arange(n), np.diff(reached.indptr))
    ties = np.bincount(person, weights=reached.data, minlength=n)
    squares = np.bincount(person, weights=(reached.data / ties[person]) ** 2, minlength=n)
    blau = np.where(ties > 0, np.maximum(1 - squares, 0.0), np.nan)
    return pd.DataFrame(
        {
            "person": network.people["person"],
            by: network.people[by],
            "ties": ties if weighted else ties.round().astype(np.int64),
            "roles": np.bincount(person, minlength=n),
            "blau": blau,
            "iqv": blau / (1 - 1 / k) if k > 1 else np.full(n, np.nan),
        }
    )

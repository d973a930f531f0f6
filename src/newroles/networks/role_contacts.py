"""How much do the roles of a team work together? One row per team and pair of its roles, those without a tie too."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.network import RoleNetwork


def contacts_in_teams(
    network: RoleNetwork, by: str = "role", unit: str = "team", value: str = "density"
) -> pd.DataFrame:
    """How much do the roles of each team work with each other?

    network: one wave of one relation. by: the column of roles; unit: the column of teams; ties between two teams are left out.
    value: what stands in the column contacts: "density" (ties over pairs of people who could be tied), "weight" (summed weight
    over the same pairs) or "ties" (their number).

    Returns one row per team and unordered pair of its roles: team (named as `unit`), role_a, role_b (in the order of the
    network's labels), contacts, ties, weight, possible (pairs of people; in a directed network both ways). Pairs without ties are
    there with 0; pairs within a role aren't.

    Raises InputError for an unknown value or column, and people without a role or team.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abc"), "role": ["nurse", "nurse", "peer"], "team": "t"})
    >>> ties = pd.DataFrame({"source": ["a", "a"], "target": ["b", "c"]})
    >>> contacts_in_teams(build(people, ties, directed=False)).values.tolist()
    [['t', 'nurse', 'peer', 0.5, 1, 1.0, 2]]
    """
    if value not in ("density", "weight", "ties"):
        raise InputError(f"value: {value!r} isn't known. Valid are density, weight and ties.")
    (role, roles), (team, teams) = network.groups(by), network.groups(unit)
    k = len(roles)
    size = np.zeros((len(teams), k))
    np.add.at(size, (team, role), 1)
    source, target = network.positions
    inside = team[source] == team[target]
    one, two = role[source[inside]], role[target[inside]]
    cell = (team[source[inside]], np.minimum(one, two), np.maximum(one, two))
    ties, weight = np.zeros((len(teams), k, k)), np.zeros((len(teams), k, k))
    np.add.at(ties, cell, 1)
    np.add.at(weight, cell, network.weights[inside])
    first, second = np.triu_indices(k, 1)
    there = (size[:, first] > 0) & (size[:, second] > 0)
    t, p = np.nonzero(there)
    a, b = first[p], second[p]
    possible = size[t, a] * size[t, b] * (2 if network.directed else 1)
    counts = {"ties": ties[t, a, b], "weight": weight[t, a, b] / possible, "density": ties[t, a, b] / possible}
    return pd.DataFrame(
        {
            unit: [teams[each] for each in t],
            "role_a": [roles[each] for each in a],
            "role_b": [roles[each] for each in b],
            "contacts": counts[value],
            "ties": ties[t, a, b].astype("int64"),
            "weight": weight[t, a, b],
            "possible": possible.astype("int64"),
        }
    )

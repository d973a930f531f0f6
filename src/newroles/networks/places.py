"""Where in the network people of each role stand: partners, core, constraint, diversity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.bridges import bridges, structural_holes
from newroles.networks.core_periphery import core_periphery
from newroles.networks.diversity import role_diversity
from newroles.networks.network import RoleNetwork


def places_in_network(
    network: RoleNetwork, by: str = "role", of: str = "role", rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """Which place in the network do people of each group have: how many partners, in the core, how constrained, how mixed?

    by: the groups that are compared; of: the column whose values a person's partners are mixed over (roles).

    Returns one row per group: the column `by`, people, partners (mean), in_core (people in the core of `core_periphery`, ideal
    star; blank where no core can be told), constraint (Burt's, mean over people with ties), effective_size (likewise) and
    diversity (index of qualitative variation of partners over `of`, mean over people with ties).
    """
    numbers, labels = network.groups(by)
    holes, mixed = structural_holes(network), role_diversity(network, of)
    try:
        core = set(core_periphery(network, rng=rng).core)
    except InputError:
        core = None
    people = network.people["person"]
    each = pd.DataFrame(
        {
            by: [labels[number] for number in numbers],
            "partners": holes["contacts"].to_numpy(dtype=float),
            "in_core": people.isin(core).to_numpy(dtype=float) if core is not None else np.nan,
            "constraint": holes["constraint"].to_numpy(dtype=float),
            "effective_size": holes["effective_size"].to_numpy(dtype=float),
            "diversity": mixed["iqv"].to_numpy(dtype=float),
        }
    )
    grouped = each.groupby(by, as_index=False)
    table = grouped.agg(
        people=("partners", "size"),
        partners=("partners", "mean"),
        in_core=("in_core", lambda values: values.sum(min_count=1)),
        constraint=("constraint", "mean"),
        effective_size=("effective_size", "mean"),
        diversity=("diversity", "mean"),
    )
    return table.assign(in_core=table["in_core"].round().astype("Int64"))


def bridges_in_counts(
    network: RoleNetwork, between: tuple[str, str] = ("new", "existing"), by: str = "role_kind"
) -> dict[str, int]:
    """How many people of the second kind know somebody of the first, and how many of them through one person alone?

    Returns linked (people of the second kind with a partner of the first), through_one (of them, with just one) and others
    (people of the second kind in all); all 0 where one of the kinds isn't there.
    """
    here = set(network.people[by])
    if not set(between) <= here:
        return {"linked": 0, "through_one": 0, "others": int((network.people[by] == between[1]).sum())}
    table = bridges(network, between, by)
    second = table[table[by] == between[1]]
    return {
        "linked": int(second["partners"].gt(0).sum()),
        "through_one": int(second["partners"].eq(1).sum()),
        "others": len(second),
    }

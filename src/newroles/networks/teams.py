"""The same change, team by team."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.network import RoleNetwork


def share_across_by_team(
    before: RoleNetwork, after: RoleNetwork, by: str = "role", unit: str = "team", enough: int = 0
) -> pd.DataFrame:
    """In each team, which share of ties crossed the boundary before, and which after?

    before, after: two waves of one relation. by: the column whose groups make the boundary; unit: the column whose values are
    the teams. Ties between two teams are left out. enough: teams with fewer people than that in a wave, or fewer ties, are
    left out (a small-number rule asks for it).

    Returns one row per team that is there in both waves: the column `unit`, before, after, change, ties_before, ties_after,
    people_before, people_after. Shares are blank where a team has no tie. Raises InputError when one wave is directed and the
    other isn't, for an unknown column, and people without a value there.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": list("abc"), "role": ["nurse", "nurse", "peer"], "team": "t"})
    >>> one = build(people, pd.DataFrame({"source": ["a"], "target": ["b"]}), directed=False)
    >>> two = build(people, pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]}), directed=False)
    >>> share_across_by_team(one, two)[["team", "before", "after"]].values.tolist()
    [['t', 0.0, 0.5]]
    """
    if before.directed != after.directed:
        raise InputError(
            f"before is {_kind(before)} and after is {_kind(after)}: their shares of ties aren't of the same kind. Build both with "
            "the same directed=."
        )
    first, second = (_shares(wave, by, unit) for wave in (before, after))
    table = first.add_suffix("_before").join(second.add_suffix("_after"), how="inner")
    counts = ["people_before", "people_after", "ties_before", "ties_after"]
    table = table[(table[counts] >= enough).all(axis=1)].rename(
        columns={"share_before": "before", "share_after": "after"}
    )
    table["change"] = table["after"] - table["before"]
    return table.rename_axis(unit).reset_index()[
        [unit, "before", "after", "change", "ties_before", "ties_after", "people_before", "people_after"]
    ]


def _kind(network: RoleNetwork) -> str:
    return "directed" if network.directed else "undirected"


def _shares(network: RoleNetwork, by: str, unit: str) -> pd.DataFrame:
    group, (place, labels) = network.groups(by)[0], network.groups(unit)
    source, target = network.positions
    inside = place[source] == place[target]
    ties = np.bincount(place[source][inside], minlength=len(labels))
    across = np.bincount(place[source][inside & (group[source] != group[target])], minlength=len(labels))
    with np.errstate(invalid="ignore"):
        share = across / np.where(ties, ties, np.nan)
    return pd.DataFrame(
        {"share": share, "ties": ties, "people": np.bincount(place, minlength=len(labels))},
        index=pd.Index(labels, tupleize_cols=False),
    )

"""Who stayed, left and came between two waves, and which ties lasted."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.network import RoleNetwork


def turnover(before: RoleNetwork, after: RoleNetwork, by: str = "role") -> pd.DataFrame:
    """Who stayed, left and came, and which ties were kept, ended and begun?

    Returns one row per group of the column `by` in either wave and one row "all": group; people_before, stayed, left,
    joined, people_after; ties (with at least one end in the group; people who changed group count where they were) before
    and after: ties_before, kept, ended (between two who stayed), lost_with_leavers, ties_after, begun (between two who
    stayed), with_joiners; jaccard = kept / (kept + ended + begun): how many of the ties between people who stayed last.
    Blank where nobody could have kept a tie.

    >>> from newroles.networks import build
    >>> def wave(persons, source, target):
    ...     people = pd.DataFrame({"person": persons, "role": "nurse"})
    ...     return build(people, pd.DataFrame({"source": source, "target": target}), directed=False)
    >>> counts = turnover(wave(list("abc"), list("ab"), list("bc")), wave(list("abd"), list("aa"), list("bd")))
    >>> counts.loc[0, ["stayed", "left", "joined", "kept", "lost_with_leavers", "with_joiners"]].tolist()
    [2, 1, 1, 1, 1, 1]
    """
    if before.directed != after.directed:
        raise InputError("One wave is directed and the other isn't. Build both the same way.")
    tables = []
    for wave in (before, after):
        numbers, labels = wave.groups(by)
        tables.append(pd.Series(pd.Index(labels).take(numbers), index=wave.people["person"]))
    was, now = tables
    groups: list[Hashable] = sorted(set(was) | set(now), key=str)
    first, second = _tie_set(before), _tie_set(after)
    rows = []
    for group in [*groups, None]:
        inside = [set(known.index if group is None else known.index[known == group]) for known in tables]
        here = [{tie for tie in ties if not inside[k].isdisjoint(tie)} for k, ties in enumerate((first, second))]
        settled = [
            {tie for tie in ties if all(person in was.index and person in now.index for person in tie)} for ties in here
        ]
        kept = len(settled[0] & second)
        ended, begun = len(settled[0] - second), len(settled[1] - first)
        rows.append(
            {
                "group": "all" if group is None else group,
                "people_before": len(inside[0]),
                "stayed": len(inside[0] & set(now.index)),
                "left": len(inside[0] - set(now.index)),
                "joined": len(inside[1] - set(was.index)),
                "people_after": len(inside[1]),
                "ties_before": len(here[0]),
                "kept": kept,
                "ended": ended,
                "lost_with_leavers": len(here[0]) - len(settled[0]),
                "ties_after": len(here[1]),
                "begun": begun,
                "with_joiners": len(here[1]) - len(settled[1]),
                "jaccard": kept / (kept + ended + begun) if kept + ended + begun else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _tie_set(network: RoleNetwork) -> set[tuple[Hashable, Hashable]]:
    pairs = zip(network.ties["source"], network.ties["target"], strict=True)
    if network.directed:
        return set(pairs)
    return {(low, high) for low, high in (sorted(pair, key=str) for pair in pairs)}

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
    persons = pd.Index(before.people["person"]).union(pd.Index(after.people["person"]), sort=False)
    labels = [wave.groups(by)[1] for wave in (before, after)]
    groups: list[Hashable] = sorted({*labels[0], *labels[1]}, key=str)
    group = np.full((2, len(persons)), -1)  # of each person in each wave, -1 for somebody who isn't there
    ends, codes = [], []
    for k, wave in enumerate((before, after)):
        place = persons.get_indexer(pd.Index(wave.people["person"]))
        group[k, place] = np.array([groups.index(label) for label in labels[k]])[wave.groups(by)[0]]
        source, target = (place[end] for end in wave.positions)
        ends.append((source, target))
        low, high = (source, target) if wave.directed else (np.minimum(source, target), np.maximum(source, target))
        codes.append(low * len(persons) + high)
    stays = (group[0] >= 0) & (group[1] >= 0)
    last = [np.isin(code, other, assume_unique=True) for code, other in (codes, codes[::-1])]

    def people(k: int, some: np.ndarray) -> np.ndarray:
        """So many of these people in each group of a wave, and in all."""
        inside = group[k][some & (group[k] >= 0)]
        return np.append(np.bincount(inside, minlength=len(groups)), len(inside))

    def ties(k: int, some: np.ndarray | bool) -> np.ndarray:
        """So many of these ties of a wave with an end in each group, and in all."""
        one, other = (group[k][end[some]].ravel() for end in ends[k])
        count = np.bincount(one, minlength=len(groups)) + np.bincount(other[other != one], minlength=len(groups))
        return np.append(count, len(one))

    settled = [stays[source] & stays[target] for source, target in ends]
    everybody = np.ones(len(persons), dtype=bool)
    kept = ties(0, settled[0] & last[0])
    ended, begun = (ties(k, settled[k] & ~last[k]) for k in (0, 1))
    lasting = kept + ended + begun
    return pd.DataFrame(
        {
            "group": [*groups, "all"],
            "people_before": people(0, everybody),
            "stayed": people(0, stays),
            "left": people(0, ~stays),
            "joined": people(1, ~stays),
            "people_after": people(1, everybody),
            "ties_before": ties(0, True),
            "kept": kept,
            "ended": ended,
            "lost_with_leavers": ties(0, ~settled[0]),
            "ties_after": ties(1, True),
            "begun": begun,
            "with_joiners": ties(1, ~settled[1]),
            "jaccard": np.divide(kept, lasting, out=np.full(len(kept), np.nan), where=lasting > 0),
        }
    )

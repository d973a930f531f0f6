"""On whom roles border most, with ties named as ties, in sentences that are right whatever was found."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from newroles.jurisdiction.overlap import need
from newroles.phrases import lower_case

_COLUMNS = ["role_a", "role_b", "estimate", "low", "high", "nearest", "tied"]
_ALIKE = 1e-9  # overlaps this near to one another are the same, added up in another order
_MOST_NAMED = 3


def nearest_with_ties(intervals: pd.DataFrame) -> pd.DataFrame:
    """Which other role is nearest to each role, and are there several that are equally near?

    intervals: as `overlap_intervals` gives them.

    Returns one row per role and nearest other: role_a, role_b, estimate, low, high, nearest (as given) and tied (how many
    others are equally near, itself counted: 1 where nobody else is). A role that overlaps with nobody has no row. The largest
    overlap first.

    Raises InputError for a missing column.

    >>> table = pd.DataFrame({"role_a": "new", "role_b": ["nurse", "doctor"], "estimate": 0.5, "low": 0.2, "high": 0.7})
    >>> nearest_with_ties(table.assign(nearest=0.5))[["role_b", "tied"]].values.tolist()
    [['nurse', 2], ['doctor', 2]]
    """
    need(intervals, _COLUMNS[:-1])
    known = intervals.assign(estimate=intervals["estimate"].astype(float))
    known = known[known["estimate"] > 0]
    most = known.groupby("role_a", sort=False)["estimate"].transform("max")
    found = known[known["estimate"] >= most - _ALIKE]
    found = found.assign(tied=found.groupby("role_a", sort=False)["role_b"].transform("size").astype(int))
    return found.sort_values("estimate", ascending=False, kind="stable")[_COLUMNS].reset_index(drop=True)


def closest_in_words(nearest: pd.DataFrame, names: Mapping[str, str], listed: bool = True) -> str:
    """Which roles overlap most, in a sentence with {value} and, unless several pairs do equally, {interval}?

    nearest: as `nearest_with_ties` gives it, of case-study roles and existing ones. names: what roles are called. listed:
    whether there are competencies at all.

    >>> nearest = pd.DataFrame({"role_a": ["a", "b"], "role_b": ["c", "c"], "estimate": [0.5, 0.4], "tied": 1})
    >>> closest_in_words(nearest, {"a": "Associate", "b": "Buddy", "c": "Clerk"})[:77]
    'Of the case-study roles and the existing ones, associate and clerk overlap mo'
    """
    if not listed:
        return "This study says nothing about competencies, so its roles can't be compared."
    if nearest.empty:
        return "No case-study role shares a competency with an existing role, as far as this study says."
    top = nearest[nearest["estimate"] >= nearest["estimate"].max() - _ALIKE]
    pairs = [
        f"{lower_case(names[a])} and {lower_case(names[b])}" for a, b in zip(top["role_a"], top["role_b"], strict=True)
    ]
    start = "Of the case-study roles and the existing ones,"
    if len(top) == 1:
        return (
            f"{start} {pairs[0]} overlap most ({{value}}, interval {{interval}}); they were picked for overlapping most, for "
            "which the interval doesn't allow."
        )
    if len(top) > _MOST_NAMED:
        return f"{start} {len(top)} pairs overlap most, one as much as the other ({{value}} each)."
    return f"{start} these pairs overlap most, one as much as the other ({{value}} each): {'; '.join(pairs)}."


def sure_in_words(nearest: pd.DataFrame) -> tuple[str, int, int]:
    """For how many roles is one other role nearest and mostly stays so, in a sentence with {value} and {n}; and both numbers?

    nearest: as `nearest_with_ties` gives it.

    >>> nearest = pd.DataFrame({"role_a": ["a", "b", "b"], "role_b": ["c", "c", "d"], "nearest": [0.9, 0.5, 0.5], "tied": [1, 2, 2]})
    >>> sure_in_words(nearest)[1:]
    (1, 2)
    """
    roles = nearest["role_a"].nunique()
    if not roles:
        return "So no role is named the nearest to another.", 0, 0
    alone = nearest[nearest["tied"].eq(1)]
    tied = roles - alone["role_a"].nunique()
    sure = int(np.sum(alone["nearest"] >= 0.5))
    said = (
        "For {value} of {n} case-study roles the nearest existing role stays the nearest in at least half of the draws."
    )
    if tied:
        several = (
            "one of them has several existing roles that are" if tied == 1 else f"{tied} of them have several that are"
        )
        said += f" {several[0].upper()}{several[1:]} equally near, so that none is the nearest."
    return said, sure, roles

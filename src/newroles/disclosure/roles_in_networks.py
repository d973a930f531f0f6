"""Roles with few people in a network are counted together, before anything is computed from it."""

from __future__ import annotations

import pandas as pd

from newroles.disclosure.profiles import Profile
from newroles.errors import InputError


def pool_small_roles(people: pd.DataFrame, rule: Profile, by: str = "role", kind: str = "role_kind") -> pd.DataFrame:
    """Which roles have enough people to be shown on their own, and what are the others called together?

    people: one row per person and wave (or one wave without the column `wave`), with the columns `by` and `kind`. rule: the
    study's small-number rule, `profile_of(study)`. A role is small when in some wave it has people, but fewer than the rule
    asks for; under a rule that hides nothing no role is.

    Returns the people with small roles renamed: "other new roles" and "other existing roles" (by the column `kind`), or
    "other roles" for both where one of them would be small again; if that is too, the role with the fewest people joins it
    until it isn't. When fewer people than the rule asks for are there in all, everybody is in "other roles": then nothing by
    role can be shown.

    >>> from newroles.disclosure import PROFILES
    >>> people = pd.DataFrame({"person": range(25), "role": ["nurse"] * 12 + ["doctor"] * 10 + ["peer"] * 3,
    ...     "role_kind": ["existing"] * 22 + ["new"] * 3})
    >>> pool_small_roles(people, PROFILES["threshold_10"])["role"].value_counts().to_dict()
    {'other roles': 13, 'nurse': 12}
    >>> pool_small_roles(people, PROFILES["none"])["role"].nunique()
    3
    """
    for column in (by, kind):
        if column not in people:
            raise InputError(f"The table people needs the column {column} to count small roles together.")
    enough = rule.enough
    if not enough:
        return people
    waves = people["wave"] if "wave" in people else pd.Series(0, index=people.index)

    def fewest(roles: pd.Series) -> pd.Series:
        """People of each role in the wave in which it has fewest, waves without it apart."""
        return roles.groupby([waves, roles]).size().groupby(level=1).min()

    roles = people[by].astype("object")
    small = fewest(roles).loc[lambda counts: counts < enough].index
    pooled = roles.where(~roles.isin(small), "other " + people[kind].astype(str) + " roles")
    others = [name for name in pooled.unique() if name not in set(roles)]
    if (fewest(pooled).reindex(others) < enough).any():
        pooled = pooled.where(~pooled.isin(others), "other roles")
    while (fewest(pooled).get("other roles", enough)) < enough and (pooled != "other roles").any():
        rest = pooled[pooled != "other roles"].value_counts()
        pooled = pooled.where(pooled != rest.index[-1], "other roles")
    return people.assign(**{by: pooled.astype("str")})

"""Roles joined to families, so that many roles can be looked at together."""

from __future__ import annotations

import pandas as pd

from newroles.errors import InputError

NEW, OTHER = "new roles", "other roles"


def with_families(people: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    """To which family of roles does each person belong?

    people: with the columns role and role_kind (new, existing). register: one row per role with id and family, as
    `load_register().roles`.

    Returns the people with the column `family`: "new roles" for everybody whose role_kind is new, else the register's family
    in words, or "other roles" where the register doesn't know the role. Raises InputError for a column that is absent and a
    role that the register names twice.

    >>> people = pd.DataFrame({"person": [1, 2, 3], "role": ["peer", "nurse", "robot"], "role_kind": ["new", "existing", "existing"]})
    >>> with_families(people, pd.DataFrame({"id": ["nurse"], "family": ["nursing"]}))["family"].tolist()
    ['new roles', 'nursing', 'other roles']
    """
    for column in ("role", "role_kind"):
        if column not in people:
            raise InputError(f"The table people needs the column {column} to join roles to families.")
    for column in ("id", "family"):
        if column not in register:
            raise InputError(f"The register needs the column {column} to join roles to families.")
    twice = register["id"].duplicated()
    if twice.any():
        raise InputError(
            f"The register names the role {register.loc[twice, 'id'].iloc[0]!r} more than once. Each role needs one row, with one family."
        )
    named = (
        register.set_index("id")["family"]
        .astype(str)
        .str.replace("_", " ")
        .str.replace("pharmacy allied", "pharmacy, allied")
    )
    family = people["role"].map(named).fillna(OTHER)
    return people.assign(family=family.mask(people["role_kind"] == "new", NEW).astype("str"))

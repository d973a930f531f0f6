"""What passports are written from, read once: a register of roles, and the published and open tables by name."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from newroles.datasets import Codebook, load_codebook, load_open, load_published
from newroles.roles import Register, aliases, load_register


@dataclass(frozen=True)
class RoleSources:
    """Everything that passports are written from, read once: a register of roles and, by name, the tables of the project.

    own_register: whether the register is a study's, in place of the project's.
    """

    register: Register
    own_register: bool = False
    project_register: Register = field(default_factory=load_register)

    def published(self, name: str) -> pd.DataFrame:
        """The published table of this name."""
        if name not in self._tables:
            self._tables[name] = load_published(name)
        return self._tables[name]

    def open(self, name: str) -> pd.DataFrame:
        """The open table of this name."""
        if f"open/{name}" not in self._tables:
            self._tables[f"open/{name}"] = load_open(name)
        return self._tables[f"open/{name}"]

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def kinds(self) -> Codebook:
        """The project's codebook of kinds of skill-mix change, with which role_type_codings was made."""
        return load_codebook("skill_mix_change")

    @cached_property
    def source_names(self) -> dict[str, str]:
        """Address to short name, for every source that a published table names."""
        names: dict[str, str] = {}
        for table in (
            "role_facts",
            "role_features",
            "role_figures",
            "boundary_pairs",
            "role_evidence",
            "role_settings",
            "evidence_numbers",
            "role_aliases",
            "workforce_trends",
            "precedent_roles",
        ):
            for addresses, called in self.published(table)[["source", "source_name"]].itertuples(index=False):
                names.update(zip(addresses.split("; "), called.split("; "), strict=True))
        return names

    def aliases_of(self, role: str) -> pd.DataFrame:
        """Every title of a role, as `newroles.roles.aliases` gives them."""
        register = self.register_of(role)
        known = self._tables.get(f"aliases/{id(register)}")
        if known is None:
            known = self._tables[f"aliases/{id(register)}"] = aliases(register)
        return known[known["role"] == role]

    def register_of(self, role: str) -> Register:
        """The register that describes this role: the one in force, else the project's. Raises InputError if neither."""
        return self.register if role in self.register.ids else self.project_register

    def name(self, role: str) -> str:
        """What a role is called, or, if no register knows it, its id in words."""
        known = self.register_of(role)
        return known.name(role) if role in known.ids else role.replace("_", " ").capitalize()


def entry(role: str, register: Register) -> dict[str, Any]:
    """What does the register hold about this role?

    Returns its row as a dictionary; None where the register says nothing. Raises InputError for an unknown role.

    >>> entry("nursing_associate", load_register())["band"]
    '4'
    """
    register.require(role)
    row = register.roles[register.roles["id"] == role].iloc[0].to_dict()
    return {str(key): None if pd.api.types.is_scalar(value) and pd.isna(value) else value for key, value in row.items()}


def standing(role: str, register: Register) -> str:
    """Is this role new, of the earlier wave, or an existing role?

    >>> standing("gateway_worker", load_register())
    'earlier wave'
    """
    new = entry(role, register)["new"]
    return "new" if new is True else "earlier wave" if new == "earlier_wave" else "existing"

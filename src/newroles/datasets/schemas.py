"""The shape of a study folder: one Frictionless Table Schema a table, the source of all that checks or describes it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from newroles.errors import InputError, did_you_mean

# the order in which tables are listed everywhere: what is compulsory first, then as the chapters meet them
TABLES = (
    "trusts",
    "reports",
    "title_decisions",
    "codings",
    "segments",
    "teams",
    "contexts",
    "people",
    "ties",
    "events",
    "tasks",
    "competencies",
    "outcomes",
)


@dataclass(frozen=True)
class Field:
    """One column: its type and what its cells may hold. `several` is the mark between codes where a cell holds many."""

    name: str
    title: str
    type: str
    description: str
    example: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    pattern_hint: str | None = None
    unit: str | None = None
    is_id: bool = False
    partial_date: bool = False
    codebook: str | None = None
    several: str | None = None
    true_words: tuple[str, ...] = ()
    false_words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """Columns of this table whose values must occur in columns of another table."""

    columns: tuple[str, ...]
    table: str
    other_columns: tuple[str, ...]


@dataclass(frozen=True)
class TableSchema:
    """One table: columns in order, key, references to other tables, and rules between cells (see `rules`)."""

    name: str
    title: str
    description: str
    one_row_is: str
    compulsory: bool
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    rules: tuple[dict[str, Any], ...] = field(repr=False)

    @property
    def columns(self) -> list[str]:
        """The columns' names, in order."""
        return [f.name for f in self.fields]

    def field(self, name: str) -> Field:
        """The column of this name. Raises InputError when the table has none."""
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise InputError(f"The table {self.name} has no column '{name}'. {did_you_mean(name, self.columns)}")


@lru_cache
def _read_descriptor(table: str) -> dict[str, Any]:
    text = (resources.files("newroles.datasets") / "schemas" / f"{table}.yml").read_text(encoding="utf-8")
    descriptor: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return descriptor


def table_descriptor(table: str) -> dict[str, Any]:
    """How is this table described in Frictionless terms? A copy of its Table Schema file.

    Raises InputError when a study folder has no such table.

    >>> table_descriptor("ties")["primaryKey"]
    ['wave', 'source', 'target', 'relation']
    """
    if table not in TABLES:
        raise InputError(f"A study folder has no table '{table}'. {did_you_mean(table, TABLES)}")
    return copy.deepcopy(_read_descriptor(table))


@lru_cache
def table_schema(table: str) -> TableSchema:
    """Which columns does this table have, and what may each hold?

    Raises InputError when a study folder has no such table.

    >>> table_schema("reports").field("headcount").type
    'integer'
    """
    descriptor = table_descriptor(table)
    ours = descriptor["newroles"]
    return TableSchema(
        name=descriptor["name"],
        title=descriptor["title"],
        description=descriptor["description"],
        one_row_is=ours["one_row_is"],
        compulsory=ours["compulsory"],
        fields=tuple(_field(entry) for entry in descriptor["fields"]),
        key=tuple(descriptor["primaryKey"]),
        references=tuple(
            Reference(tuple(entry["fields"]), entry["reference"]["resource"], tuple(entry["reference"]["fields"]))
            for entry in descriptor.get("foreignKeys", [])
        ),
        rules=tuple(ours["rules"]),
    )


def _field(entry: dict[str, Any]) -> Field:
    constraints = entry.get("constraints", {})
    ours = entry.get("newroles", {})
    return Field(
        name=entry["name"],
        title=entry["title"],
        type=entry["type"],
        description=entry["description"],
        example=entry["example"],
        required=constraints.get("required", False),
        allowed=tuple(constraints.get("enum", ())),
        suggestions=tuple(ours.get("suggestions", ())),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        pattern=constraints.get("pattern"),
        pattern_hint=ours.get("pattern_hint"),
        unit=ours.get("unit"),
        is_id=ours.get("id", False),
        partial_date=ours.get("partial_date", False),
        codebook=ours.get("codebook"),
        several=ours.get("several"),
        true_words=tuple(entry.get("trueValues", ())),
        false_words=tuple(entry.get("falseValues", ())),
    )

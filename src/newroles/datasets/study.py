"""A study, checked and loaded: its tables as attributes, in the types that their schemas give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets.check import inspect_study
from newroles.datasets.codebooks import load_codebook
from newroles.datasets.schemas import TABLES, table_schema
from newroles.errors import InputError, did_you_mean

_SHOWN = 5


class StudyError(InputError):
    """A study that can't be loaded, with the first of its problems. `problems` has all, as check_study gives them."""

    def __init__(self, message: str, problems: pd.DataFrame) -> None:
        super().__init__(message)
        self.problems = problems


class AbsentTableError(InputError, AttributeError):
    """A table that the study doesn't have (or no study has)."""


@dataclass(frozen=True, eq=False)
class Study:
    """One study. Its tables are attributes, one for each file: `study.trusts`, `study.reports`, `study.ties`, ...

    `kind` is invented, open or real; `meta` holds the cleaned keys of study.yml; `problems` the warnings and notes of
    check_study. Every use of a table gives a copy, so
    that no analysis can change what another sees.
    """

    path: Path
    title: str
    kind: str
    meta: Mapping[str, Any] = field(repr=False)
    problems: pd.DataFrame = field(repr=False)
    _tables: Mapping[str, pd.DataFrame] = field(repr=False)

    @property
    def tables(self) -> list[str]:
        """The names of the tables that this study has."""
        return list(self._tables)

    @property
    def evidence_kind(self) -> str:
        """The badge under everything made from this study: `invented` if it says that it is, else `study`."""
        return "invented" if self.kind == "invented" else "study"

    @property
    def introduction(self) -> str:
        """What a reader must know before the first number of this study."""
        invented = "The study is invented: nothing made from it is a finding about any real organisation. "
        return (invented if self.kind == "invented" else "") + (
            f"The tables are those of “{self.title}” ({self.meta['place']}; {self.meta['period']})."
        )

    def own_codebooks(self) -> dict[str, Path]:
        """The codebooks that lie in the study's own folder, by id."""
        files = [self.path / name for name in self.meta["codebooks"] if name.endswith((".yml", ".yaml"))]
        return {load_codebook(file).id: file for file in files if file.is_file()}

    def codebook(self, id: str) -> str | Path:
        """Where the codebook of this id is read from: the study's own file if it brings one, else the project's by name."""
        return self.own_codebooks().get(id, id)

    def has(self, table: str) -> bool:
        """Does the study have this table?

        Raises InputError for a name that is no table of any study.
        """
        if table not in TABLES:
            raise InputError(f"A study folder has no table '{table}'. {did_you_mean(table, TABLES)}")
        return table in self._tables

    def __getattr__(self, name: str) -> pd.DataFrame:
        tables = self.__dict__.get("_tables", {})
        if name in tables:
            return tables[name].copy()
        if name in TABLES:
            raise AbsentTableError(
                f"The study '{self.title}' has no table {name}: add {name}.csv to its folder "
                f"({table_schema(name).one_row_is} a row). It has {', '.join(tables)}."
            )
        if name.startswith("_"):
            raise AttributeError(name)
        raise AbsentTableError(
            f"A study has no '{name}'. {did_you_mean(name, [*TABLES, 'title', 'kind', 'meta', 'path'])}"
        )


def load_study(path: str | Path) -> Study:
    """What does this study hold? Its tables, checked and typed.

    `path`: a study folder, a filled workbook (.xlsx), or the name of a study that comes with the project
    (`example_study`). Tables may be CSV (UTF-8, with or without byte-order mark, either kind of line end) or Parquet.

    Returns a Study. Whole numbers are int64, or Int64 in columns that may have blanks; other numbers float64; dates
    datetime64; yes and no bool; everything else text. Blank is missing (NaN, NaT, NA), never zero.

    Raises StudyError when `check_study` finds an error; warnings and notes don't hinder.

    >>> study = load_study("example_study")
    >>> study.kind, len(study.trusts), study.has("ties")
    ('invented', 51, True)
    """
    inspection = inspect_study(path)
    problems = inspection.problems
    errors = problems[problems["severity"] == "error"]
    if len(errors):
        raise StudyError(_sentence(errors, path), problems)
    tables = {table: frame.reset_index(drop=True) for table, frame in inspection.tables.items()}
    meta = inspection.meta
    return Study(
        path=inspection.path, title=meta["title"], kind=meta["kind"], meta=meta, problems=problems, _tables=tables
    )


def _sentence(errors: pd.DataFrame, path: str | Path) -> str:
    shown = errors.head(_SHOWN)
    places = shown["table"] + (", row " + shown["row"].astype("str")).fillna("")
    places += (", column " + shown["column"]).fillna("") + (" ('" + shown["value"] + "')").fillna("")
    lines = "  " + places + ": " + shown["problem"] + "; " + shown["hint"]
    more = f"\n  and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
    count = "1 problem" if len(errors) == 1 else f"{len(errors)} problems"
    listing = "\n".join(lines)
    return f"The study {path} can't be loaded: {count}.\n{listing}{more}\nRun `newroles check {path}` to see them all."

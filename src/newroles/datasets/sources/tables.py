"""What an open table is, and how it is written: a CSV that is the same to the byte each time, and its record."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import yaml

from newroles.datasets.places import data_folder
from newroles.datasets.sources.files import SourceFile
from newroles.datasets.yaml_files import read_yaml

OGL = "Open Government Licence v3.0"
OGL_SENTENCE = "Contains public sector information licensed under the Open Government Licence v3.0."
RETRIEVED = "2026-11"


@dataclass(frozen=True)
class Column:
    """One column: name, type (string, integer, number, boolean), what it holds, unit, and decimals when written."""

    name: str
    type: str
    description: str
    unit: str | None = None
    decimals: int = 4


@dataclass(frozen=True)
class OpenTable:
    """One table of data/open/, declared: who builds it, from which source files, and all that its record says."""

    name: str
    title: str
    builder: Callable[..., pd.DataFrame]
    inputs: Mapping[str, SourceFile]
    one_row_is: str
    period: str
    place: str
    source: tuple[Mapping[str, str], ...]
    licence: str
    attribution: str
    columns: tuple[Column, ...]
    known_problems: tuple[str, ...] = ()
    retrieved: str = RETRIEVED
    needs_register: bool = field(default=False)


def csv_text(frame: pd.DataFrame, table: OpenTable) -> str:
    """The table as CSV text: declared columns in order, fixed decimals, blank for not known, line feeds only."""
    expected = [column.name for column in table.columns]
    if list(frame.columns) != expected:
        raise RuntimeError(
            f"Builder of '{table.name}' gave the columns {list(frame.columns)}; its declaration has {expected}."
        )
    written = pd.DataFrame({column.name: _as_text(frame[column.name], column) for column in table.columns})
    return written.to_csv(index=False, lineterminator="\n")


def _as_text(values: pd.Series, column: Column) -> list[str]:
    if column.type == "number":
        return [
            "" if pd.isna(v) else f"{_no_minus_zero(float(v), column.decimals):.{column.decimals}f}" for v in values
        ]
    if column.type == "integer":
        return ["" if pd.isna(v) else str(int(v)) for v in values]
    if column.type == "boolean":
        return ["" if pd.isna(v) else str(bool(v)).lower() for v in values]
    return ["" if pd.isna(v) else str(v) for v in values]


def _no_minus_zero(value: float, decimals: int) -> float:
    """-0.00001 to four decimals is 0.0000, not -0.0000; adding zero turns minus zero into zero."""
    return float(np.round(value, decimals)) + 0.0


def record_text(table: OpenTable, text: str, rows: int, inputs: list[dict[str, str]]) -> str:
    """The record (YAML) that stands beside the CSV: what it is, whose, how it was made, what columns mean."""
    record: dict[str, Any] = {
        "title": table.title,
        "kind": "open",
        "one_row_is": table.one_row_is,
        "period": table.period,
        "place": table.place,
        "source": [dict(citation) for citation in table.source],
        "licence": table.licence,
        "attribution": table.attribution,
        "retrieved": table.retrieved,
        "inputs": inputs,
        "builder": f"{table.builder.__module__}.{table.builder.__name__}",
        "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest(),
        "rows": rows,
        "columns": [_column_record(column) for column in table.columns],
        "known_problems": list(table.known_problems),
        "used_by": _used_by(table.name),
    }
    return yaml.safe_dump(record, sort_keys=False, allow_unicode=True, width=120)


def _used_by(name: str) -> list[str]:
    """Who reads a table is said by its record, not by its source: a table that is built again keeps it."""
    path = data_folder() / "open" / f"{name}.yml"
    return list(read_yaml(path)["used_by"]) if path.is_file() else []


def _column_record(column: Column) -> dict[str, str]:
    said = {"name": column.name, "type": column.type}
    if column.unit:
        said["unit"] = column.unit
    return said | {"description": column.description}

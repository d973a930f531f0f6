"""The same schemas for others: a Frictionless data package of a study, and the data dictionary."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets.check import find_study
from newroles.datasets.problems import Problems
from newroles.datasets.schemas import TABLES, table_descriptor, table_schema
from newroles.datasets.study_files import find_table_files
from newroles.datasets.study_meta import check_meta
from newroles.datasets.yaml_files import read_yaml
from newroles.errors import InputError


def datapackage(study_path: str | Path) -> dict[str, Any]:
    """How would a Frictionless tool describe this study? The content of its `datapackage.json`.

    `study_path`: a study folder, or the name of a study in the project's data folder. The descriptor has one resource a
    table that is there, with its schema, number of bytes and SHA-256 hash; references to absent tables are left out.
    What Frictionless can't say (headcount and WTE, codes of codebooks) stands under `newroles` in each schema.

    Raises InputError when the folder or its study.yml can't be read.

    >>> [resource["path"] for resource in datapackage("example_study")["resources"]][:3]
    ['trusts.csv', 'reports.csv', 'title_decisions.csv']
    """
    folder = find_study(study_path)
    if not folder.is_dir():
        raise InputError(f"There is no study folder {study_path}.")
    meta = check_meta(read_yaml(folder / "study.yml"), "study.yml", Problems())
    files = find_table_files(folder, [], Problems())
    resources = [_resource(table, files[table], set(files)) for table in TABLES if table in files]
    return {
        "name": re.sub(r"[^a-z0-9._-]+", "-", meta["title"].lower()).strip("-") or "study",
        "title": meta["title"],
        "description": meta["about"] or f"{meta['place']}, {meta['period']}. Kind of data: {meta['kind']}.",
        "licenses": [{"name": meta["licence"]}],
        "newroles": {key: meta[key] for key in ("kind", "place", "period", "counts_as_new", "codebooks")},
        "resources": resources,
    }


def _resource(table: str, path: Path, present: set[str]) -> dict[str, Any]:
    schema = table_descriptor(table)
    references = [ref for ref in schema.pop("foreignKeys", []) if ref["reference"]["resource"] in present]
    if references:
        schema["foreignKeys"] = references
    content = path.read_bytes()
    is_csv = path.suffix == ".csv"
    described = {
        "name": table,
        "title": schema["title"],
        "description": f"One row is {schema['newroles']['one_row_is']}. {schema['description']}",
        "type": "table",
        "path": path.name,
        "format": "csv" if is_csv else "parquet",
        "mediatype": "text/csv" if is_csv else "application/vnd.apache.parquet",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }
    return {**described, "encoding": "utf-8"} if is_csv else described


def data_dictionary() -> pd.DataFrame:
    """What does each column of a study folder mean?

    Returns one row a column, in the order of the tables: table, column, type, required (yes, no), allowed (the values
    or range, blank when free), unit (blank when none), example, description.

    >>> data_dictionary().query("column == 'headcount'")[["type", "required", "allowed"]].to_dict("records")
    [{'type': 'integer', 'required': 'no', 'allowed': '0 or more'}]
    """
    rows = [
        {
            "table": table,
            "column": field.name,
            "type": field.type,
            "required": "yes" if field.required else "no",
            "allowed": _allowed(table, field.name),
            "unit": field.unit,
            "example": field.example,
            "description": field.description,
        }
        for table in TABLES
        for field in table_schema(table).fields
    ]
    return pd.DataFrame(rows).astype("str")


def _allowed(table: str, column: str) -> str | None:
    schema = table_schema(table)
    field = schema.field(column)
    references = [f"{ref.table}.{ref.other_columns[-1]}" for ref in schema.references if ref.columns[-1] == column]
    if field.allowed:
        return ", ".join(field.allowed)
    if field.codebook:
        return f"codes of the codebook {field.codebook}"
    if references:
        return f"values of {', '.join(references)}"
    if field.partial_date:
        return "a year, a year and month, or a day"
    if field.minimum is not None:
        return f"{field.minimum:g} or more"
    if field.type == "boolean":
        return "yes, no"
    return field.pattern_hint

"""From a folder of source files to the tables of data/open/ and their records."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from newroles.datasets.places import data_folder
from newroles.datasets.sources.files import SourceFile, file_hash, read_source
from newroles.datasets.sources.notices import notices_text
from newroles.datasets.sources.registry import OPEN_TABLES
from newroles.datasets.sources.tables import OpenTable, csv_text, record_text
from newroles.errors import InputError, did_you_mean


def list_sources(from_folder: str | Path | None = None) -> pd.DataFrame:
    """Which open tables can be built, from which source files, and are those files there?

    Returns one row per table: table, title, inputs (files relative to the sources folder, "; " between), licence,
    and found (whether all inputs are in `from_folder`; blank when no folder was named).

    >>> list_sources().set_index("table").loc["job_adverts", "inputs"]
    'nhs_jobs_2020_role_counts/role_keyword_counts_2020-11.csv'
    """
    rows = []
    for table in OPEN_TABLES.values():
        paths = [source.path for source in table.inputs.values()]
        found = pd.NA if from_folder is None else all((Path(from_folder) / path).is_file() for path in paths)
        rows.append(
            {
                "table": table.name,
                "title": table.title,
                "inputs": "; ".join(paths),
                "licence": table.licence,
                "found": found,
            }
        )
    return pd.DataFrame(rows).astype({"found": "boolean"})


def build(
    from_folder: str | Path, to_folder: str | Path | None = None, only: Iterable[str] | None = None
) -> list[Path]:
    """What do the open tables say, computed afresh from the publishers' files?

    Reads the source files in `from_folder`, and writes one CSV and one record (.yml) per table into `to_folder`
    (default: the project's data/open/), with LICENSES.md beside them. The same files give the same bytes.
    Nothing is written unless every table asked for could be computed.

    Files that would not change are left untouched. Returns the path of each table's CSV, in the order of the registry.

    Raises InputError for an unknown table name, a missing folder, a source file that is missing or lacks a column (the
    message names the file and the columns expected), and files from which a table can't be computed. Values aren't
    judged: a file that was cut off between two rows is taken as it is, and only its sha256 in the new record tells.
    """
    source_folder = Path(from_folder)
    if not source_folder.is_dir():
        raise InputError(
            f"No folder of source files at {source_folder}. Expected a folder with one subfolder per source."
        )
    names = list(OPEN_TABLES) if only is None else list(only)
    for name in names:
        if name not in OPEN_TABLES:
            raise InputError(f"No open table is called '{name}'. {did_you_mean(name, OPEN_TABLES)}")
    wanted = [OPEN_TABLES[name] for name in OPEN_TABLES if name in set(names)]
    register = _register() if any(table.needs_register for table in wanted) else None
    frames: dict[str, pd.DataFrame] = {}
    texts: dict[str, str] = {}
    for table in wanted:
        for source in table.inputs.values():
            if source.path not in frames:
                frames[source.path] = read_source(source_folder, source)
        inputs = {parameter: frames[source.path].copy() for parameter, source in table.inputs.items()}
        try:
            built = table.builder(**inputs, **({"register": register} if table.needs_register else {}))
        except InputError:
            raise
        except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
            files = ", ".join(source.path for source in table.inputs.values())
            raise InputError(
                f"The table {table.name} can't be computed from {files} ({type(error).__name__}: {error}). A file is damaged, cut off "
                "or holds rows twice: compare it with the sha256 in the table's record, and fetch it again. Nothing was written."
            ) from error
        text = csv_text(built, table)
        texts[f"{table.name}.csv"] = text
        texts[f"{table.name}.yml"] = record_text(table, text, len(built), _input_hashes(table, source_folder))
    texts["LICENSES.md"] = notices_text(OPEN_TABLES.values())
    target = data_folder() / "open" if to_folder is None else Path(to_folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write_if_changed(target / name, text)
    return [target / f"{table.name}.csv" for table in wanted]


def _register() -> list[dict[str, Any]]:
    """The codes of the role register, as its YAML holds them."""
    path = data_folder() / "codebooks" / "roles.yml"
    if not path.is_file():
        raise InputError(f"The register of roles is missing: expected {path} with a list under 'codes'.")
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["codes"])


def _input_hashes(table: OpenTable, source_folder: Path) -> list[dict[str, str]]:
    unique: dict[str, SourceFile] = {source.path: source for source in table.inputs.values()}
    return [{"file": path, "sha256": file_hash(source_folder / path)} for path in sorted(unique)]


def _write_if_changed(path: Path, text: str) -> None:
    data = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    os.replace(partial, path)

"""Putting changed tables into a study folder: only when the study still passes its check, and with the old ones kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from newroles.datasets import Study, check_study, describe_problems, typed_table
from newroles.datasets.reading import text_of_values
from newroles.errors import InputError

# what segments and codings refer to, and what any study needs; no other table refers to those two
_CONCERNED = ("trusts", "reports", "teams", "segments", "codings")


def save_tables(study: Study, tables: Mapping[str, pd.DataFrame]) -> list[Path]:
    """Which files of the study hold these tables now?

    `study`: loaded, so that it passed its check. `tables`: its segments, its codings or both, whole; one that the study has
    already is replaced in its own format (CSV or Parquet), a new one is written as CSV. They are checked first, with the
    tables that they refer to. Each file is then replaced at once, never half; the old one is kept beside it as
    `<file>.before`, in place of what an earlier replacement kept there.

    Returns the files written, in the order of `tables` (put a table before those that refer to it).

    Raises InputError, with nothing written, when the study isn't a folder or would no longer pass its check.
    """
    if not study.path.is_dir():
        raise InputError(f"{study.path} isn't a study folder: tables can be added to a folder only, not to a workbook.")
    targets = {name: _file_of(study, name) for name in tables}
    try:
        # inside the study's folder (hidden, so that no check minds it): replacing is safe on the same disk only
        with tempfile.TemporaryDirectory(prefix=".newroles-", dir=study.path) as staging:
            staged = Path(staging)
            _link_the_rest(study, staged, {path.name for path in targets.values()})
            for name, table in tables.items():
                _write_table(typed_table(name, table), staged / targets[name].name)
            found = check_study(staged)
            errors = found[found["severity"] == "error"]
            if len(errors):
                raise InputError(
                    f"No table was written: the study {study.path} would no longer pass its check.\n"
                    f"{describe_problems(errors)}"
                )
            for target in targets.values():
                if target.exists():
                    shutil.copymode(target, staged / target.name)
                    kept = staged / f"{target.name}.before"
                    shutil.copy2(target, kept)
                    os.replace(kept, target.with_name(kept.name))
                os.replace(staged / target.name, target)
    except OSError as error:
        raise InputError(f"{study.path} can't be written to: {error.strerror or error}.") from error
    return list(targets.values())


def write_private(path: Path, text: str) -> None:
    """Put text that only its owner may read where it belongs, whole or not at all, in place of what was there."""
    try:
        with tempfile.NamedTemporaryFile(  # such files are readable by their owner alone
            "w", encoding="utf-8-sig", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as temporary:
            temporary.write(text)
        os.replace(temporary.name, path)
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror or error}.") from error


def _file_of(study: Study, table: str) -> Path:
    parquet = study.path / f"{table}.parquet"
    return parquet if parquet.is_file() else study.path / f"{table}.csv"


def _link_the_rest(study: Study, staged: Path, replaced: set[str]) -> None:
    """What the check of the new tables needs, without copying it where the disk allows."""
    books = [Path(name) for name in study.meta["codebooks"] if (study.path / name).is_file()]
    files = [_file_of(study, table).relative_to(study.path) for table in _CONCERNED if study.has(table)]
    for file in [Path("study.yml"), *files, *books]:
        if file.name in replaced:
            continue
        source, target = (study.path / file).resolve(), staged / file
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except OSError:  # another disk, or one without links
            shutil.copyfile(source, target)


def _write_table(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
        return
    text = text_of_values(table).to_csv(index=False, lineterminator="\n")
    path.write_text(text, encoding="utf-8", newline="\n")

"""Which file of a study folder is which table, and what to say about files that are nearly one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from newroles.datasets.problems import Complaint, Problems
from newroles.datasets.schemas import TABLES
from newroles.errors import nearest

READ = (".csv", ".parquet")
_OTHER_TABLES = (".xlsx", ".xls", ".xlsm", ".ods", ".tsv", ".txt", ".tab", ".json", ".numbers")
_SIMILAR = 75.0  # out of 100: report.csv is reports.csv, but people_old.csv is another file


def find_table_files(folder: Path, named: Iterable[str], problems: Problems) -> dict[str, Path]:
    """Which file holds which table? A misspelt name is reported, and its file read on as the table it must be.

    `named`: other files that belong to the study (study.yml, its own codebooks). Returns the file of each table found.
    """
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith((".", "~$")))
    found: dict[str, Path] = {}
    for each in TABLES:
        here = [f"{each}{ending}" for ending in READ if f"{each}{ending}" in names]
        if len(here) == 2:
            hint = "keep the newer and delete the other; only the CSV file was checked"
            problems.add(each, Complaint(f"there are both {here[0]} and {here[1]}", hint))
        if here:
            found[each] = folder / here[0]
    known = {*named, *(f"{each}{ending}" for each in found for ending in READ)}
    for name in names:
        if name in known:
            continue
        path = folder / name
        if (table := _meant(path, found)) is None:
            what = "folder" if path.is_dir() else "file"
            hint = _stray_hint(path)
            problems.add(name, Complaint(f"a {what} that isn't part of a study folder: it is not read", hint, "note"))
        elif path.suffix.strip().lower() in READ:
            right = f"{table}{path.suffix.strip().lower()}"
            problems.add(name, Complaint("misspelt file name", f"rename it to {right}"), value=name)
            found[table] = path
        else:
            hint = f'in Excel choose File, Save As, "CSV UTF-8 (Comma delimited)" and save the sheet as {table}.csv'
            hint += "; or put all tables into the workbook of `newroles template` and check that file"
            problems.add(name, Complaint("tables are read from CSV or Parquet files only", hint), value=name)
    return found


def find_meta_file(folder: Path, problems: Problems) -> Path | None:
    """Where does the study describe itself? study.yml, or a file whose name is nearly that, which is reported."""
    if (folder / "study.yml").is_file():
        return folder / "study.yml"
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.strip().lower() in {"study.yml", "study.yaml", "study.yml.txt", "study.txt"}:
            problems.add(path.name, Complaint("misspelt file name", "rename it to study.yml"), value=path.name)
            return path
    hint = "add a text file study.yml with the lines title, kind, place, period and licence"
    problems.add("study.yml", Complaint("the study folder has no study.yml", hint))
    return None


def _meant(path: Path, found: dict[str, Path]) -> str | None:
    """Which table that isn't there was this file probably meant to be?"""
    ending = path.suffix.strip().lower()
    if path.is_dir() or ending not in (*READ, *_OTHER_TABLES):
        return None
    absent = [table for table in TABLES if table not in found]
    stem = path.stem.strip().lower().replace(" ", "_")
    if ending in READ:
        return nearest(stem, absent, at_least=_SIMILAR)
    return stem if stem in absent else None


def _stray_hint(path: Path) -> str:
    if path.suffix.lower() in {".xlsx", ".xlsm"}:
        return "to check a filled workbook, run `newroles check` on the workbook itself; else move it elsewhere"
    if path.suffix.lower() in READ:
        guess = nearest(path.stem, TABLES)
        return (
            f"if it was meant to be {guess}, rename it to {guess}.csv; else move it elsewhere" if guess else "move it"
        )
    return "nothing to do, unless it was meant to be one of the tables"

"""Is this study ready to be analysed? Every problem at once, in plain English, with the row and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets.cells import read_column
from newroles.datasets.places import data_folder
from newroles.datasets.problems import Complaint, Problems
from newroles.datasets.reading import RawTable, read_csv_file, text_of_values
from newroles.datasets.rules import Folder, check_rules
from newroles.datasets.schemas import TABLES, table_schema
from newroles.datasets.study_files import find_meta_file, find_table_files
from newroles.datasets.study_meta import check_meta, load_study_books
from newroles.datasets.workbook import STUDY, read_sheets
from newroles.datasets.yaml_files import read_yaml
from newroles.errors import InputError, nearest


@dataclass(frozen=True, eq=False)
class Inspection:
    """A study as far as it could be read: what it says about itself, its typed tables, and its problems."""

    path: Path
    meta: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    problems: pd.DataFrame


def check_study(path: str | Path) -> pd.DataFrame:
    """What is wrong with this study, and how can each thing be mended?

    `path`: a study folder, a filled workbook (.xlsx), or the name of a study in the project's data folder.

    Returns one row a problem, in the order in which one would mend them; no rows when all is well.

    - table: the table or file; row: the number that a spreadsheet shows (the header is 1; blank for a whole file);
      column; value: as it stands in the file;
    - problem: what is wrong; hint: what was expected and how to mend it, with the nearest valid value if there is one;
    - severity: error (the study can't be loaded), warning (it can, but look) or note (nothing to do).

    Never raises on bad data: a missing folder or an unreadable file is a problem like any other.

    >>> check_study("no_such_folder")[["problem", "severity"]].to_dict("records")
    [{'problem': 'there is no such folder or file', 'severity': 'error'}]
    """
    return inspect_study(path).problems


def inspect_study(path: str | Path) -> Inspection:
    """What does this study hold, and what is wrong with it? Its tables are fit for use when no problem is an error."""
    place, problems = find_study(path), Problems()
    meta: dict[str, Any] = {}
    tables: dict[str, pd.DataFrame] = {}
    if not place.exists():
        problems.add(str(path), _no_such_place(place))
    elif place.is_dir():
        meta, tables = _inspect_folder(place, problems)
    elif place.suffix.lower() in {".xlsx", ".xlsm"}:
        meta, tables = _inspect_workbook(place, problems)
    else:
        hint = "name the folder that holds study.yml and the tables, or a filled workbook (.xlsx)"
        problems.add(place.name, Complaint("not a study folder", hint))
    return Inspection(place, meta, tables, problems.frame(TABLES))


def find_study(path: str | Path) -> Path:
    """Where does this study lie? The path itself, or the study of that name in the project's data folder."""
    place = Path(path)
    if place.exists() or len(place.parts) != 1:
        return place
    try:
        shipped = data_folder() / place
    except InputError:
        return place
    return shipped if (shipped / "study.yml").is_file() else place


def _no_such_place(place: Path) -> Complaint:
    around = place.parent
    names = [entry.name for entry in around.iterdir()] if around.is_dir() else []
    guess = nearest(place.name, names)
    hint = (
        f"did you mean {around / guess}?"
        if guess
        else "check the path; a study folder holds study.yml, trusts.csv, ..."
    )
    return Complaint("there is no such folder or file", hint)


def _inspect_folder(folder: Path, problems: Problems) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    meta_file = find_meta_file(folder, problems)
    content: dict[str, Any] = {}
    if meta_file is not None:
        try:
            content = read_yaml(meta_file)
        except InputError as error:
            problems.add("study.yml", Complaint(str(error), "mend study.yml and check again"))
            meta_file = None
    meta = check_meta(content, "study.yml", problems) if meta_file is not None else {}
    named = [*meta.get("codebooks", []), "study.yml", *([meta_file.name] if meta_file else [])]
    files = find_table_files(folder, named, problems)
    raws = {table: _read_file(path, table, problems) for table, path in files.items()}
    return meta, _inspect_tables(raws, meta, folder, "study.yml", problems)


def _inspect_workbook(path: Path, problems: Problems) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    content, raws = read_sheets(path, problems)
    if content is None and not raws:
        if not len(problems):
            problems.add(path.name, Complaint("no table with rows in it", "fill in the sheets trusts and reports"))
        return {}, {}
    if content is None:
        hint = "add it from a fresh `newroles template`: title, kind, place, period, licence"
        problems.add(STUDY, Complaint(f"the workbook has no sheet {STUDY}", hint))
    meta = check_meta(content, STUDY, problems) if content is not None else {}
    return meta, _inspect_tables(dict(raws), meta, path.parent, STUDY, problems)


def _read_file(path: Path, table: str, problems: Problems) -> RawTable | None:
    try:
        if path.suffix.strip().lower() == ".csv":
            return read_csv_file(path, table, problems)
        frame = pd.read_parquet(path).reset_index(drop=True)
    except Exception as error:  # a broken file can raise nearly anything
        hint = "save the table again; is it open in another program, or a file of another kind?"
        problems.add(table, Complaint(f"{path.name} can't be read ({type(error).__name__})", hint))
        return None
    frame.index = pd.Index(range(2, len(frame) + 2), name="row")
    cells = text_of_values(frame)
    cells.columns = pd.Index([str(name) for name in frame.columns], dtype="object")
    return RawTable(table, cells)


def _inspect_tables(
    raws: Mapping[str, RawTable | None], meta: Mapping[str, Any], folder: Path, meta_name: str, problems: Problems
) -> dict[str, pd.DataFrame]:
    add, ending = ("fill in the sheet", "") if meta_name == STUDY else ("add the file", ".csv")
    for table in TABLES:
        schema = table_schema(table)
        if schema.compulsory and table not in raws:
            complaint = Complaint(
                "the study lacks this compulsory table",
                f"{add} {table}{ending}: {schema.one_row_is} a row, with the columns {', '.join(schema.columns)}",
            )
            problems.add(table, complaint)
    books, unreadable_books = load_study_books(list(meta.get("codebooks", [])), folder, meta_name, problems)
    typed = {table: _typed_table(raw, problems) for table, raw in raws.items() if raw is not None}
    unreadable = {table for table, raw in raws.items() if raw is None or not raw.complete}
    # rows of uneven length count as present for other tables, but nothing is said about their own cells
    even = {table: frame.drop(index=raw.uneven) for table, frame in typed.items() if (raw := raws[table]) is not None}
    for table in typed:
        seen = Folder({**typed, table: even[table]}, frozenset(unreadable), books, unreadable_books)
        check_rules(table, seen, problems)
    return {table: typed[table] for table in TABLES if table in typed}


def _typed_table(raw: RawTable, problems: Problems) -> pd.DataFrame:
    """The known columns in the schema's order, each in its type; what doesn't fit is reported and left blank."""
    schema, cells = table_schema(raw.table), raw.cells
    names = list(cells.columns)
    absent = [name for name in schema.columns if name not in names]
    for place, name in enumerate(names, start=1):
        if names.index(name) + 1 < place:
            complaint = Complaint("two columns have the same name", "remove or rename one; only the first was checked")
            problems.add(raw.table, complaint, 1, name or None, name or None)
        elif name not in schema.columns:
            problems.add(raw.table, _unknown_column(name, place, absent, schema.columns), 1, name or None, name or None)
    for name in absent:
        f = schema.field(name)
        hint = f"add the column. {f.description}" + ("" if f.required else " Its cells may all be blank.")
        problems.add(raw.table, Complaint(f"the column {name} is missing", hint), 1, name)
    if cells.empty:
        severity = "error" if schema.compulsory else "warning"
        hint = f"add rows: {schema.one_row_is} a row" + ("" if schema.compulsory else "; or leave the file out")
        problems.add(raw.table, Complaint("the table has a header but no rows", hint, severity))
    first = cells.loc[:, ~cells.columns.duplicated()]
    return pd.DataFrame(
        {
            f.name: read_column(first[f.name], f, raw.table, problems, raw.uneven)
            for f in schema.fields
            if f.name in first
        },
        index=cells.index,
    )


def _unknown_column(name: str, place: int, absent: list[str], columns: list[str]) -> Complaint:
    if not name:
        return Complaint(f"column {place} has no name", "name it, or delete the column if it is empty")
    guess = nearest(name, absent) or nearest(name, columns)
    listing = f"columns of this table: {', '.join(columns)}"
    return Complaint("unknown column", f"did you mean '{guess}'? {listing}" if guess else f"remove it; {listing}")

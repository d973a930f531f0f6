"""A study in one Excel workbook: one sheet a table, as `newroles template` makes it and an analyst fills it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets.problems import Complaint, Problems
from newroles.datasets.reading import RawTable, text_of
from newroles.datasets.schemas import TABLES, table_schema
from newroles.datasets.sheets import values_and_formulas
from newroles.errors import nearest

READ_ME, STUDY, LISTS = "Read me", "study", "lists"


def read_sheets(path: Path, problems: Problems) -> tuple[dict[str, Any] | None, dict[str, RawTable]]:
    """What does this workbook hold? The keys and values of its sheet `study`, and each table that has rows, as text.

    The grey example row of the template is passed over as long as nobody has changed it. A formula counts as the result
    that Excel stored with it; one without a stored result is reported. An unreadable workbook gives (None, {}).
    """
    try:
        values, formulas = values_and_formulas(path)
    except Exception as error:  # a broken workbook can raise nearly anything
        hint = "open it in Excel and save it again as .xlsx; an old .xls file must be saved as .xlsx too"
        problems.add(path.name, Complaint(f"can't be read as a workbook ({type(error).__name__})", hint))
        return None, {}
    meta: dict[str, Any] | None = None
    tables: dict[str, RawTable] = {}
    for sheet in values.worksheets:
        title = sheet.title.strip()
        if title.lower() in {READ_ME.lower(), LISTS}:
            continue
        grid = [[text_of(value) for value in row] for row in sheet.iter_rows(values_only=True)]
        if title.lower() == STUDY:
            meta = _meta(grid)
            continue
        table = _table_of_sheet(title, problems)
        if table is None:
            continue
        _report_empty_formulas(sheet, formulas[sheet.title], table, problems)
        raw = _raw_table(grid, table)
        if raw is not None:
            tables[table] = raw
    return meta, tables


def _table_of_sheet(title: str, problems: Problems) -> str | None:
    if title in TABLES:
        return title
    guess = nearest(title, TABLES, at_least=75)
    if guess is None:
        hint = f"tables: {', '.join(TABLES)}"
        problems.add(title, Complaint("a sheet that isn't a table of a study: it is not read", hint, "note"))
        return None
    problems.add(guess, Complaint("misspelt sheet name", f"rename the sheet to {guess}"), value=title)
    return guess


def _meta(grid: list[list[str | None]]) -> dict[str, Any]:
    """The sheet `study`: a key in the first column, its value in the second; a dot leads to a key inside another."""
    content: dict[str, Any] = {}
    for key, value in ((row[0], row[1]) for row in grid[1:] if len(row) > 1 and row[0]):
        typed: Any = (
            int(value) if value and value.isdecimal() and key in {"counts_as_new.within_years", "seed"} else value
        )
        outer, _, inner = key.partition(".")
        if inner and isinstance(content.setdefault(outer, {}), dict):
            content[outer][inner] = typed
        else:  # also a dotted key beside a plain one of the same name: named as unknown by the check
            content[key] = typed
    return content


def _raw_table(grid: list[list[str | None]], table: str) -> RawTable | None:
    """The rows below the header that hold anything, save an untouched example row."""
    if not grid:
        return None
    width = max((number for number, name in enumerate(grid[0], start=1) if name), default=0)
    example = {f.name: f.example for f in table_schema(table).fields}
    header = [(name or "").strip() for name in grid[0][:width]]
    width = max([width, *(number for row in grid[1:] for number, cell in enumerate(row, start=1) if cell)])
    header += [""] * (width - len(header))
    rows = {
        number: row[:width]
        for number, row in enumerate(grid[1:], start=2)
        if any(row) and {name: cell for name, cell in zip(header, row, strict=False) if name} != example
    }
    if not rows:
        return None
    columns = zip(*rows.values(), strict=True)
    index = pd.Index(list(rows), dtype="int64", name="row")
    cells = pd.concat([pd.Series(list(column), index=index, dtype="str") for column in columns], axis=1)
    cells.columns = pd.Index(header, dtype="object")
    return RawTable(table, cells)


def _report_empty_formulas(values: Any, formulas: Any, table: str, problems: Problems) -> None:
    for row in formulas.iter_rows():
        for cell in row:
            if cell.data_type == "f" and values[cell.coordinate].value is None:
                hint = "open the workbook in Excel and save it, or paste the cell as a value"
                column = str(formulas.cell(1, cell.column).value)
                complaint = Complaint("a formula without a stored result", hint)
                problems.add(table, complaint, cell.row, column, str(cell.value))

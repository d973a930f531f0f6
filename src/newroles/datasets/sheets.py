"""Sheets that a person fills in and hands back: written so that nothing in them runs, read as text whatever saved them."""

from __future__ import annotations

import csv
import io
import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from newroles.datasets.reading import text_of
from newroles.errors import InputError, did_you_mean

_RISKY = re.compile(r"'*[=+\-@\t\r]")  # a spreadsheet would take such text for a formula
_SEPARATORS = (",", ";", "\t")


def read_sheet(path: str | Path, columns: Sequence[str], sheet: str | None = None) -> pd.DataFrame:
    """What stands in this sheet, cell by cell, as text?

    `path`: a .csv file (commas, semicolons or tabs; UTF-8 with or without byte-order mark, UTF-16, or else
    Windows-1252, as older spreadsheets save) or an .xlsx workbook. `columns`: the columns that it must have. `sheet`: the
    workbook's sheet; without it, the one that has the columns.

    Returns all columns that have a heading, as text: dates as 2023-12-31, whole numbers without decimals, outer spaces
    removed, blank cells missing. The index `row` counts as a spreadsheet does; blank rows are left out. An apostrophe
    that `harmless` put before a risky mark is taken off again.

    Raises InputError, naming the file and the row or column, for a file that can't be read, a missing sheet or column, a
    heading given twice, a row with more cells than headings, a quotation mark that never closes, and a formula without a
    stored result.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "decisions.csv")
    ...     _ = path.write_text("unit;decision\\ns1;yes\\n")
    ...     read_sheet(path, ["unit", "decision"]).loc[2].to_list()
    ['s1', 'yes']
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    if path.suffix.lower() == ".xlsx":
        grid = _grid_of_workbook(path, columns, sheet)
    elif path.suffix.lower() == ".csv":
        grid = _grid_of_csv(path, columns)
    else:
        raise InputError(f"{path.name}: expected a .csv or .xlsx file. Save it as one of the two and read that.")
    return _table(grid, columns, path.name)


def harmless(text: str) -> str:
    """Text that no spreadsheet runs: an apostrophe goes in front of what starts like a formula.

    >>> harmless("=1+1"), harmless("plain")
    ("'=1+1", 'plain')
    """
    return f"'{text}" if _RISKY.match(text) else text


def put_text(sheet: Worksheet, row: int, column: int, text: object, **style: Any) -> Cell:
    """Put text into a cell as text, even when it starts like a formula; nothing where it is missing. Returns the cell."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    shown = text_of(text)
    if shown is not None:
        cell.value = ILLEGAL_CHARACTERS_RE.sub(" ", harmless(shown) if shown.startswith("'") else shown)
        cell.data_type = "s"
    for name, value in style.items():
        setattr(cell, name, value)
    return cell


def save_with_instructions(book: Workbook, instructions: Sequence[str], path: str | Path) -> Path:
    """Put a sheet "Read me" behind the others, its first line in bold, and write the workbook. Returns its path.

    Raises InputError as `write_new` does.
    """
    notes = book.create_sheet("Read me")
    notes.column_dimensions["A"].width = 110
    for row, line in enumerate(instructions, start=1):
        put_text(notes, row, 1, line, font=Font(bold=row == 1))
    content = io.BytesIO()
    book.save(content)
    return write_new(path, content.getvalue())


def values_and_formulas(path: Path) -> tuple[Workbook, Workbook]:
    """A workbook twice: with the results that were stored with its formulas, and with the formulas themselves.

    Raises whatever openpyxl does: a broken workbook can raise nearly anything.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of features that hold no data, such as styles
        return openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)


def write_new(path: str | Path, content: bytes) -> Path:
    """Write a file that isn't there yet, whole or not at all. Returns its path.

    Raises InputError when the file exists (somebody may have typed into it) or its folder doesn't.
    """
    path = Path(path)
    exists = f"{path} exists already and is left as it is. Name another file, or move it away first."
    if path.exists():
        raise InputError(exists)
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} to write {path.name} into.")
    partial = path.with_name(f".{path.name}.part")
    partial.write_bytes(content)
    try:
        os.link(partial, path)  # fails rather than overwrites a file that has appeared meanwhile
    except FileExistsError as error:
        raise InputError(exists) from error
    except OSError:  # file systems without hard links
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


Grid = list[list[str | None]]


def _grid_of_workbook(path: Path, columns: Sequence[str], wanted: str | None) -> Grid:
    try:
        values, formulas = values_and_formulas(path)
    except Exception as error:  # a broken workbook can raise nearly anything
        raise InputError(
            f"{path.name} can't be read as a workbook ({type(error).__name__}). Open it and save it again as .xlsx."
        ) from error
    grids = {
        s.title: [[text_of(value) for value in row] for row in s.iter_rows(values_only=True)] for s in values.worksheets
    }
    if wanted is None:
        wanted = max(
            grids, key=lambda title: len(set(columns) & {(c or "").strip() for c in (grids[title] or [[]])[0]})
        )
    elif wanted not in grids:
        raise InputError(f"{path.name} has no sheet '{wanted}'. {did_you_mean(wanted, grids)}")
    for row in formulas[wanted].iter_rows():
        for cell in row:
            if cell.data_type == "f" and values[wanted][cell.coordinate].value is None:
                raise InputError(
                    f"{path.name}, row {cell.row}, column {formulas[wanted].cell(1, cell.column).value}: "
                    f"'{cell.value}' is a formula without a stored result. Type the value itself and save again."
                )
    return grids[wanted]


def _grid_of_csv(path: Path, columns: Sequence[str]) -> Grid:
    text = _decode(path.read_bytes())
    heading = text.splitlines()[0] if text else ""
    separator = max(
        _SEPARATORS, key=lambda mark: len(set(columns) & {name.strip(' "') for name in heading.split(mark)})
    )
    grid: Grid = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            grid.append([cell or None for cell in record])
    except csv.Error as error:
        raise InputError(
            f"{path.name}, row {len(grid) + 1}: a quotation mark is opened and never closed, or stands inside a quoted "
            'cell. Close it, or write it twice ("").'
        ) from error
    return grid


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _table(grid: Grid, columns: Sequence[str], file: str) -> pd.DataFrame:
    heading = [(name or "").strip() for name in grid[0]] if grid else []
    for name in columns:
        if name not in heading:
            raise InputError(f"{file}, row 1: there is no column '{name}'. {did_you_mean(name, filter(None, heading))}")
    twice = sorted({name for name in heading if name and heading.count(name) > 1})
    if twice:
        raise InputError(f"{file}, row 1: the column '{twice[0]}' stands there twice. Delete or rename one of them.")
    places = [place for place, name in enumerate(heading) if name]
    rows: dict[int, list[str | None]] = {}
    for number, row in enumerate(grid[1:], start=2):
        cells = [_clean(cell) for cell in row]
        beyond = next((cell for cell in cells[len(heading) :] if cell), None)
        if beyond:
            raise InputError(
                f"{file}, row {number}: '{beyond}' stands beyond the last heading. Delete it, or put quotation marks "
                "round a value that holds a comma."
            )
        if any(cells):
            rows[number] = [cells[place] if place < len(cells) else None for place in places]
    table = pd.DataFrame(list(rows.values()), columns=[heading[p] for p in places], index=list(rows), dtype="str")
    return table.rename_axis(index="row")


def _clean(cell: str | None) -> str | None:
    text = (cell or "").strip()
    if text.startswith("'") and _RISKY.match(text[1:]):
        text = text[1:]
    return text or None

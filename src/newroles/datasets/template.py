"""The workbook that an analyst fills in: one sheet a table, with notes, drop-downs and an example row."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import yaml
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from newroles.datasets.check import inspect_study
from newroles.datasets.codebooks import list_codebooks, load_codebook
from newroles.datasets.problems import Problems
from newroles.datasets.schemas import TABLES, Field, TableSchema, table_schema
from newroles.datasets.study_meta import KINDS, META_KEYS, REQUIRED_KEYS, RULES
from newroles.datasets.workbook import LISTS, READ_ME, STUDY, read_sheets
from newroles.errors import InputError

_LAST_ROW = 2000  # rows that get drop-downs and formats; rows below are read all the same
_FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-ddThh:mm:ss", "string": "@"}
_BOLD, _GREY = Font(bold=True), Font(italic=True, color="767676")
_HEADER_FILL = PatternFill("solid", fgColor="E8EDEE")
_INSTRUCTIONS = (
    "How to fill in this workbook",
    "One sheet is one table. The sheets trusts and reports are compulsory; leave the others empty if you lack them.",
    "Point at a column's heading to see what it means, its unit and whether it must be filled.",
    "The grey row 2 of each sheet is an example. It is never read as data; type over it or delete it.",
    "Leave a cell blank when something isn't known. Blank and 0 are different things.",
    "Dates are written 2023-12-31. Shares are written 0 to 1. Several codes in one cell are joined by a semicolon.",
    "People appear under pseudonyms only: never names, e-mail addresses or staff numbers.",
    "Tell us about the study in the sheet study, then run: newroles check FILE.xlsx",
)


def write_template(path: str | Path) -> Path:
    """Where can an analyst type in a study? Writes a workbook with one sheet a table, and returns its path.

    The headings carry notes (meaning, type, unit, whether compulsory); cells have drop-downs from the schemas' lists,
    the project's codebooks and the workbook's own ids; row 2 shows an example, which is never read as data.
    `check_study` and `load_study` read the filled workbook as it is.

    Raises InputError when the file exists already or its name doesn't end in .xlsx.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_template(Path(folder, "study.xlsx")).name
    'study.xlsx'
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"A template is an Excel workbook: name it {path.with_suffix('.xlsx').name}.")
    if path.exists():
        raise InputError(f"{path} exists already and is left as it is. Name another file, or move it away first.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {path.parent} to write {path.name} into.")
    book = Workbook()
    read_me = book.active
    assert isinstance(read_me, Worksheet)
    lists = book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    choices = _Lists(lists)
    _write_study_sheet(book.create_sheet(STUDY), choices)
    for table in TABLES:
        _write_table_sheet(book.create_sheet(table), table_schema(table), choices)
    _write_read_me(read_me)
    book.move_sheet(LISTS, offset=len(book.sheetnames))
    partial = path.with_name(f".{path.name}.part")
    book.save(partial)
    try:
        os.link(partial, path)  # fails rather than overwrites a file that has appeared meanwhile
    except FileExistsError as error:
        raise InputError(f"{path} exists already and is left as it is.") from error
    except OSError:  # file systems without hard links
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def read_workbook(path: str | Path, out: str | Path) -> Path:
    """How does a filled workbook become a study folder? Writes study.yml and a CSV file for each sheet with rows.

    The cells are written as they are, problems and all; `check_study(out)` says what to mend. Returns the folder.

    Raises InputError when the workbook can't be read, or the folder exists and isn't empty.
    """
    path, out = Path(path), Path(out)
    if not path.is_file():
        raise InputError(f"There is no workbook {path}.")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} exists already and isn't empty; it is left as it is. Name a new folder.")
    problems = Problems()
    meta, tables = read_sheets(path, problems)
    if meta is None and not tables:
        reasons = inspect_study(path).problems
        raise InputError(f"{path}: {reasons['problem'].iloc[0]}. {reasons['hint'].iloc[0]}.")
    out.mkdir(parents=True, exist_ok=True)
    if meta is not None:
        books = meta.get("codebooks")
        if isinstance(books, str):
            meta = {**meta, "codebooks": [name.strip() for name in books.split(",") if name.strip()]}
        text = yaml.safe_dump(meta, allow_unicode=True, sort_keys=False)
        (out / "study.yml").write_text(text, encoding="utf-8", newline="\n")
    for table, raw in tables.items():
        raw.cells.to_csv(out / f"{table}.csv", index=False, lineterminator="\n", encoding="utf-8")
    return out


class _Lists:
    """Drop-down lists, each a column of the hidden sheet; asked for twice, written once."""

    def __init__(self, sheet: Worksheet) -> None:
        self._sheet = sheet
        self._ranges: dict[tuple[str, ...], str] = {}

    def reference(self, values: tuple[str, ...]) -> str:
        """The cells that hold these values, as a formula."""
        if values not in self._ranges:
            column = len(self._ranges) + 1
            for row, value in enumerate(values, start=1):
                _write_text(self._sheet, row, column, value)
            letter = get_column_letter(column)
            self._ranges[values] = f"={LISTS}!${letter}$1:${letter}${len(values)}"
        return self._ranges[values]


def _write_text(sheet: Worksheet, row: int, column: int, text: str, **style: Any) -> None:
    """Text as text, even when it starts with a mark that a spreadsheet takes for a formula."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    for name, value in style.items():
        setattr(cell, name, value)


def _write_read_me(sheet: Worksheet) -> None:
    sheet.title = READ_ME
    sheet.column_dimensions["A"].width = 26
    sheet.column_dimensions["B"].width = 100
    for row, line in enumerate(_INSTRUCTIONS, start=1):
        _write_text(sheet, row, 1, line, font=_BOLD if row == 1 else Font())
    start = len(_INSTRUCTIONS) + 2
    for column, heading in enumerate(("Sheet", "What it holds"), start=1):
        _write_text(sheet, start, column, heading, font=_BOLD, fill=_HEADER_FILL)
    for row, table in enumerate(TABLES, start=start + 1):
        schema = table_schema(table)
        compulsory = " Compulsory." if schema.compulsory else ""
        _write_text(sheet, row, 1, table)
        text = f"One row is {schema.one_row_is}. {schema.description}{compulsory}"
        _write_text(sheet, row, 2, text, alignment=Alignment(wrap_text=True, vertical="top"))
        sheet.row_dimensions[row].height = 15 * math.ceil(len(text) / 95)  # points; about 95 letters fit a line


def _write_study_sheet(sheet: Worksheet, choices: _Lists) -> None:
    for column, (heading, width) in enumerate((("key", 30), ("value", 50), ("what it means", 110)), start=1):
        _write_text(sheet, 1, column, heading, font=_BOLD, fill=_HEADER_FILL)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    keys: list[str] = []
    for key in META_KEYS:
        keys += ["counts_as_new.rule", "counts_as_new.within_years"] if key == "counts_as_new" else [key]
    for row, key in enumerate(keys, start=2):
        meaning = META_KEYS[key.partition(".")[0]] + (" Must be filled." if key in REQUIRED_KEYS else "")
        _write_text(sheet, row, 1, key, font=_BOLD)
        _write_text(sheet, row, 3, meaning, font=_GREY)
        sheet.cell(row, 2).number_format = "@"
        if values := {"kind": KINDS, "counts_as_new.rule": RULES}.get(key):
            _add_list(sheet, f"B{row}", choices.reference(values), strict=True)


def _write_table_sheet(sheet: Worksheet, schema: TableSchema, choices: _Lists) -> None:
    references = {ref.columns[-1]: (ref.table, ref.other_columns[-1]) for ref in schema.references}
    for number, field in enumerate(schema.fields, start=1):
        letter = get_column_letter(number)
        _write_text(sheet, 1, number, field.name, font=_BOLD, fill=_HEADER_FILL)
        sheet.cell(1, number).comment = Comment(_note(field), "newroles", width=320, height=160)
        _write_text(sheet, 2, number, field.example, font=_GREY)
        sheet.column_dimensions[letter].width = max(12, min(40, len(field.example) + 3), len(field.name) + 3)
        if style := _FORMATS.get(field.type):
            sheet.column_dimensions[letter].number_format = style  # for every cell that is still empty
        values = _choices(field)
        if values:
            strict = bool(field.allowed or field.type == "boolean")
            _add_list(sheet, f"{letter}2:{letter}{_LAST_ROW}", choices.reference(values), strict)
        elif field.name in references:
            other, column = references[field.name]
            other_letter = get_column_letter(table_schema(other).columns.index(column) + 1)
            formula = f"={other}!${other_letter}$2:${other_letter}${_LAST_ROW}"
            _add_list(sheet, f"{letter}2:{letter}{_LAST_ROW}", formula, strict=False)
    example = Comment("An example, never read as data: type over it or delete the row.", "newroles")
    sheet.cell(2, 1).comment = example
    sheet.freeze_panes = "B2"


def _choices(field: Field) -> tuple[str, ...]:
    """What the drop-down of a column offers; nothing when the column is free."""
    if field.type == "boolean":
        return ("yes", "no")
    if field.allowed or field.suggestions:
        return field.allowed or field.suggestions
    if field.codebook in list_codebooks():
        return tuple(load_codebook(str(field.codebook)).ids)
    return ()


def _note(field: Field) -> str:
    kinds = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no"}
    kinds |= {"date": "date, 2023-12-31", "datetime": "date and time, 2023-04-03T09:30:00"}
    lines = [field.description, f"Type: {kinds[field.type]}."]
    lines += [f"Unit: {field.unit}."] if field.unit else []
    lines += [f"Allowed: {', '.join(field.allowed)}."] if field.allowed else []
    lines.append("Must be filled in every row." if field.required else "May be blank.")
    return "\n".join(lines)


def _add_list(sheet: Worksheet, cells: str, formula: str, strict: bool) -> None:
    rule = DataValidation(type="list", formula1=formula, allow_blank=True)
    rule.showErrorMessage = True
    rule.errorStyle = "stop" if strict else "warning"
    rule.errorTitle = "Not in the list"
    rule.error = "Choose a value from the list." if strict else "Not in the list. Keep it only if you are sure."
    sheet.add_data_validation(rule)
    rule.add(cells)

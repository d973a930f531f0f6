"""Codings kept in spreadsheets: long (one row a coding) or wide (one row a unit, one column a coder or a code)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Literal

from newroles.coding.exchange.archives import MAX_TEXT_BYTES, decode_text
from newroles.coding.exchange.databases import iso_time
from newroles.coding.exchange.project import (
    QualitativeProject,
    Report,
    build_project,
    code_path,
    derived_guid,
    split_code_path,
)
from newroles.errors import InputError

Layout = Literal["long", "coders", "codes"]
_UNIT = ("unit", "segment", "document", "source")
_COLUMNS = {
    "code": ("code", "code_path"),
    "coder": ("coder", "rater", "coded_by"),
    "start": ("start",),
    "end": ("end",),
    "text": ("text", "quote", "extract"),
    "value": ("value",),
    "coded_at": ("coded_at", "coded_on", "date"),
}
_YES = {"1", "1.0", "yes", "true", "x", "y"}
_NO = {"0", "0.0", "no", "false", "n"}


def read_codings_csv(
    path: str | Path, layout: Layout | None = None, coder: str | None = None, separator: str = ";"
) -> QualitativeProject:
    """Which codings does this spreadsheet, saved as CSV, hold?

    Takes the path of a CSV file (UTF-8; separated by commas, semicolons or tabs) in one of three layouts:

    - long: one row a coding, with the columns document (or unit, segment, source), code (a path "a/b"; "/" within a name is
      written "\\/") and, if wanted, coder, start, end (end exclusive), text, value (1 applies, 0 does not), coded_at;
    - coders: one row a unit; the first column names it, every other column is a coder, a cell holds the codes given, several
      parted by `separator`;
    - codes: one row a unit; every other column is a code, a cell holds 1, yes, true or x where it applies and 0, no or false where
      the coder decided that it does not. A column coder may say whose row it is, or `coder` says it for the whole file.

    An empty cell of a wide table means "not coded", which is something else than 0 or than a code "none": it makes no row. The
    layout is recognised when none is given: long when there is a column code; codes when all cells are yes or no; else coders.

    Returns a QualitativeProject whose documents have no text. In the wide layouts, and in long tables without start and end, a
    coding is of the whole unit. Columns that aren't used are counted in `.left_behind`.

    Raises InputError, naming row and column, for a file that isn't such a table, or a cell that isn't a position or a yes or no.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "two_coders.csv")
    ...     _ = path.write_text("unit,Ana,Ben\\nu1,role,role\\nu2,task,none\\n")
    ...     read_codings_csv(path).codings[["document", "coder", "code"]].values.tolist()
    [['u1', 'Ana', 'role'], ['u1', 'Ben', 'role'], ['u2', 'Ana', 'task'], ['u2', 'Ben', 'none']]
    """
    path = Path(path)
    header, rows = _read(path)
    if layout not in (None, "long", "coders", "codes"):
        raise InputError(f"There is no layout '{layout}'. Valid layouts: long, coders, codes.")
    report, chosen = Report(), layout or _recognise(header, rows)
    report.note(path.name, f"read as a table of the layout '{chosen}'")
    sheet = _Sheet(path.name, header, rows, report)
    codings = sheet.long(coder) if chosen == "long" else sheet.wide(chosen, coder, separator)
    documents = dict.fromkeys(row["document"] for row in codings) | dict.fromkeys(sheet.units)
    codes = _codes(row["code"] for row in codings)
    if chosen == "codes":
        codes = _codes([*sheet.code_columns, *codes])
    coders = dict.fromkeys(row["coder"] for row in codings if row["coder"])
    return build_project(
        path.stem,
        "spreadsheet",
        {
            "codes": [
                {"code": c, "name": names[-1], "parent": code_path(names[:-1]) if names[1:] else None, "codable": True}
                | {"guid": derived_guid("Code", c)}
                for c, names in codes.items()
            ],
            "documents": [
                {"document": d, "name": d, "guid": derived_guid("TextSource", d), "kind": "text"} for d in documents
            ],
            "codings": [row | {"guid": derived_guid("spreadsheet", *row.values())} for row in codings],
            "users": [{"user": c, "name": c, "guid": derived_guid("User", c)} for c in coders],
        }
        | report.rows(),
    )


class _Sheet:
    def __init__(self, file: str, header: list[str], rows: list[tuple[int, list[str]]], report: Report) -> None:
        self.file, self.header, self.rows, self.report = file, header, rows, report
        self.names = [name.lower() for name in header]
        self.units: list[str] = []
        self.code_columns: list[str] = []

    def long(self, coder: str | None) -> list[dict[str, Any]]:
        """The codings of a long table."""
        at = {key: self._column(names) for key, names in _COLUMNS.items()}
        place = self._column(("document", "source")) if at["start"] is not None else None
        place = self._column(_UNIT) if place is None else place
        if place is None or at["code"] is None:
            missing = "document (or unit)" if place is None else "code"
            raise InputError(f"{self.file}: a long table needs a column {missing}; it has {', '.join(self.header)}.")
        self._report_unused({place, *(n for n in at.values() if n is not None)})
        codings = []
        for number, cells in self.rows:
            given = {key: cells[n] if n is not None else "" for key, n in at.items()}
            if not cells[place] or not given["code"]:
                raise InputError(
                    f"{self.file}, row {number}: each row needs a {self.header[place]} and a code; one is blank."
                )
            start, end = (self._whole(given[key], key, number) for key in ("start", "end"))
            if (start is None) != (end is None) or (start is not None and end is not None and end < start):
                raise InputError(
                    f"{self.file}, row {number}: start '{given['start']}' and end '{given['end']}' make no extract."
                )
            codings.append(
                {
                    "document": cells[place],
                    "start": start,
                    "end": end,
                    "code": code_path(split_code_path(given["code"])),
                    "coder": given["coder"] or coder,
                    "text": given["text"] or None,
                    "value": self._value(given["value"], number) if at["value"] is not None else 1.0,
                    "coded_at": iso_time(given["coded_at"]),
                }
            )
        return codings

    def wide(self, layout: str, coder: str | None, separator: str) -> list[dict[str, Any]]:
        """The codings of a table with one row a unit and a column for each coder or code."""
        place = self._column(_UNIT) or 0
        whose = self._column(_COLUMNS["coder"]) if layout == "codes" else None
        judged = [n for n in range(len(self.header)) if n not in (place, whose)]
        if not judged:
            raise InputError(
                f"{self.file}: a wide table needs a column for each {layout[:-1]} beside '{self.header[place]}'."
            )
        if layout == "codes":
            self.code_columns = [code_path(split_code_path(self.header[n])) for n in judged]
        codings = []
        for number, cells in self.rows:
            if not cells[place]:
                raise InputError(
                    f"{self.file}, row {number}: the column {self.header[place]}, which names the unit, is blank."
                )
            self.units.append(cells[place])
            own: dict[str, Any] = {"document": cells[place], "start": None, "end": None, "text": None, "coded_at": None}
            for n in judged:
                if not cells[n]:
                    continue
                if layout == "codes":
                    by = (cells[whose] if whose is not None else "") or coder
                    value = self._yes_or_no(cells[n], self.header[n], number)
                    code = code_path(split_code_path(self.header[n]))
                    codings.append(own | {"code": code, "coder": by, "value": value})
                else:
                    parts = dict.fromkeys(part.strip() for part in cells[n].split(separator) if part.strip())
                    given = [code_path(split_code_path(part)) for part in parts]
                    codings += [own | {"code": code, "coder": self.header[n], "value": 1.0} for code in given]
        return codings

    def _column(self, names: tuple[str, ...]) -> int | None:
        return next((self.names.index(name) for name in names if name in self.names), None)

    def _report_unused(self, used: set[int]) -> None:
        for n, name in enumerate(self.header):
            if n not in used:
                self.report.lose(f"column '{name}'", self.file, sum(bool(cells[n]) for _, cells in self.rows))

    def _whole(self, cell: str, column: str, row: int) -> int | None:
        if not cell:
            return None
        if not (cell.isascii() and cell.isdigit() and len(cell) < 16):
            raise InputError(
                f"{self.file}, row {row}, column {column}: '{cell}' is no position (a whole number from 0)."
            )
        return int(cell)

    def _value(self, cell: str, row: int) -> float | None:
        if not cell:
            return None
        try:
            return float(cell)
        except ValueError as error:
            raise InputError(f"{self.file}, row {row}, column value: '{cell}' is no number.") from error

    def _yes_or_no(self, cell: str, column: str, row: int) -> float:
        if cell.lower() not in _YES | _NO:
            raise InputError(
                f"{self.file}, row {row}, column {column}: '{cell}' is neither yes (1, yes, true, x) nor no (0, no, false). If the "
                'columns are coders, say layout="coders".'
            )
        return float(cell.lower() in _YES)


def _recognise(header: list[str], rows: list[tuple[int, list[str]]]) -> Layout:
    names = [name.lower() for name in header]
    if any(name in names for name in _COLUMNS["code"]):
        return "long"
    beside = {n for n, name in enumerate(names) if name in _UNIT or name in _COLUMNS["coder"]} or {0}
    marks = {cell.lower() for _, cells in rows for n, cell in enumerate(cells) if cell and n not in beside}
    return "codes" if marks and marks <= _YES | _NO else "coders"


def _codes(paths: Any) -> dict[str, list[str]]:
    """The names of each code and of the codes above it, parents first."""
    found: dict[str, list[str]] = {}
    for path in paths:
        names = split_code_path(path)
        for depth in range(1, len(names) + 1):
            found.setdefault(code_path(names[:depth]), names[:depth])
    return found


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise InputError(f"{path.name} is larger than {MAX_TEXT_BYTES >> 20} MB; such tables are refused.")
        text, _ = decode_text(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f'{path.name} is not UTF-8 text. In Excel choose File, Save As, "CSV UTF-8".') from error
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"{path.name} can't be read as CSV ({error}).") from error
    numbered = [(number, [cell.strip() for cell in cells]) for number, cells in enumerate(table, start=1) if any(cells)]
    if len(numbered) < 2:
        raise InputError(f"{path.name} holds no codings: expected a header row and at least one row below it.")
    header = numbered[0][1]
    twice = {name for name in header if header.count(name) > 1}
    if twice or "" in header:
        raise InputError(
            f"{path.name}: each column needs a name of its own; blank or given twice: {sorted(twice | {''} & set(header))}."
        )
    for number, cells in numbered[1:]:
        if len(cells) != len(header):
            raise InputError(
                f"{path.name}, row {number}: {len(cells)} cells, but the header has {len(header)} columns."
            )
    return header, numbered[1:]

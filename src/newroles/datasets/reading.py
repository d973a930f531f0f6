"""Tables as text, whatever the file is like: encodings, separators, quotes and rows of uneven length."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from newroles.datasets.problems import Complaint, Problems
from newroles.datasets.schemas import table_schema

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright bars"}
_SAVE_AS_UTF8 = 'in Excel choose File, Save As, "CSV UTF-8 (Comma delimited)"'
_REPAIRS = 200


@dataclass
class RawTable:
    """A table as text: `cells` has one column a header cell, blank as missing, indexed by spreadsheet row number.

    `uneven`: rows whose number of cells differs from the header's, so that values may stand under the wrong column.
    `complete`: False when part of the file could not be read at all.
    """

    table: str
    cells: pd.DataFrame
    uneven: list[int] = field(default_factory=list)
    complete: bool = True


def read_csv_file(path: Path, table: str, problems: Problems) -> RawTable | None:
    """What does this CSV file hold, read as forgivingly as can be? None when there is nothing to read."""
    content = path.read_bytes()
    header = ",".join(table_schema(table).columns)
    if not content.strip(b"\xef\xbb\xbf\r\n\t ,;"):
        problems.add(table, Complaint("the file is empty", f"its first row must be: {header}"))
        return None
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        hint = f"open it in Excel and save it as CSV: {_SAVE_AS_UTF8}"
        problems.add(table, Complaint("an Excel workbook that was only renamed to .csv", hint))
        return None
    text = _decode(content, table, problems)
    if "\r" in text:
        hint = "nothing to do: both kinds of line ends are read"
        problems.add(table, Complaint("lines end as on Windows (\\r\\n)", hint, "note"))
    first_line = text.splitlines()[0]
    separator = _separator(first_line, table)
    if separator != ",":
        problems.add(
            table,
            Complaint(
                f"cells are separated by {_SEPARATORS[separator]} instead of commas", f"save again: {_SAVE_AS_UTF8}"
            ),
            row=1,
            value=first_line[:80],
        )
    records, complete = _split(text, separator, table, problems)
    return _tabulate(records, table, complete, problems)


def text_of_values(frame: pd.DataFrame) -> pd.DataFrame:
    """Typed values as the text that a CSV file would hold: ISO dates, yes and no, whole numbers without decimals."""
    return pd.DataFrame(
        {column: pd.Series([text_of(v) for v in frame[column]], index=frame.index, dtype="str") for column in frame}
    )


def text_of(value: object) -> str | None:
    """One value as a CSV cell, None when blank.

    >>> text_of(3.0), text_of(True), text_of(dt.datetime(2023, 12, 31))
    ('3', 'yes', '2023-12-31')
    """
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return str(int(value)) if np.isfinite(value) and value == int(value) else repr(float(value))
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text or None


def _decode(content: bytes, table: str, problems: Problems) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        problems.add(
            table, Complaint("saved as Unicode (UTF-16) text instead of UTF-8", f"save again: {_SAVE_AS_UTF8}")
        )
        return content.decode("utf-16", "replace")
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        hint = "nothing to do: it is left out when the file is read"
        problems.add(table, Complaint("the file starts with a byte-order mark, as Excel writes it", hint, "note"))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    lines = content.splitlines(keepends=True)
    decoded = []
    for number, line in enumerate(lines, start=1):
        try:
            decoded.append(line.decode("utf-8"))
        except UnicodeDecodeError as error:
            decoded.append(line.decode("cp1252", "replace"))
            word = re.search(rb"[^,;\t\"\r\n]*$", line[: error.start + 1])
            start = word.start() if word else 0
            rest = re.split(rb"[,;\t\"\r\n]", line[error.start :])[0]
            shown = (line[start : error.start] + rest).decode("cp1252", "replace")
            problem = f"line {number} isn't UTF-8 text; it looks like Windows-1252 (cp1252), the old Excel encoding"
            hint = f"save the file as UTF-8: {_SAVE_AS_UTF8}"
            problems.add(table, Complaint(problem, hint), row=number, value=shown)
    return "".join(decoded)


def _separator(first_line: str, table: str) -> str:
    known = set(table_schema(table).columns)
    found = {mark: len(known & {name.strip(' "') for name in first_line.split(mark)}) for mark in (",", *_SEPARATORS)}
    best = max(found, key=lambda mark: found[mark])
    return best if found[best] > found[","] else ","


def _split(text: str, separator: str, table: str, problems: Problems) -> tuple[list[list[str]], bool]:
    """The file's rows as cells. One with a stray quotation mark is reported, read without its marks, and so on."""
    lines = list(io.StringIO(text, newline=""))
    records: list[list[str]] = []
    start = 0
    for _ in range(_REPAIRS):
        reader = csv.reader(iter(lines[start:]), delimiter=separator, strict=True)
        begun = 0
        try:
            for record in reader:
                records.append(record)
                begun = reader.line_num
            return records, True
        except csv.Error:
            start += begun
            problems.add(
                table,
                Complaint(
                    "a quotation mark is opened and never closed, or stands in the middle of a quoted cell",
                    'close it, or write a quotation mark inside a quoted cell twice ("")',
                ),
                row=len(records) + 1,
                value=lines[start].strip()[:80],
            )
            records.append(next(csv.reader([lines[start]], delimiter=separator, quoting=csv.QUOTE_NONE)))
            records[-1] = [cell.strip().strip('"') for cell in records[-1]]
            start += 1
    hint = "mend the rows named above and check again"
    problems.add(table, Complaint("too many stray quotation marks: the rest of the file was not read", hint))
    return records, False


def _tabulate(records: list[list[str]], table: str, complete: bool, problems: Problems) -> RawTable | None:
    top = next(number for number, record in enumerate(records) if any(record))
    if top:
        complaint = Complaint(f"the columns' names stand in row {top + 1}", "delete the blank rows above them")
        problems.add(table, complaint, row=1)
    header = [name.strip() for name in records[top]]
    for given, name in zip(records[top], header, strict=True):
        if given != name:
            complaint = Complaint("spaces before or after a column's name", f"write '{name}'")
            problems.add(table, complaint, row=1, column=name, value=given)
    width = len(header)
    rows = list(enumerate(records[top + 1 :], start=top + 2))
    blank_rows = [number for number, record in rows if not any(record)]
    body = [(number, record) for number, record in rows if any(record)]
    if blank_rows:
        shown = ", ".join(map(str, blank_rows[:5])) + (" and more" if len(blank_rows) > 5 else "")
        complaint = Complaint(f"blank rows (row {shown})", "nothing to do: blank rows are left out", "note")
        problems.add(table, complaint, row=blank_rows[0])
    uneven = [number for number, record in body if len(record) != width]
    for number, record in body:
        if len(record) == width:
            continue
        problems.add(table, _uneven(len(record), width), row=number, value=",".join(record)[:80])
        record[width:] = []
        record.extend([""] * (width - len(record)))
    columns = list(zip(*(record for _, record in body), strict=True)) or [()] * width
    index = pd.Index([number for number, _ in body], dtype="int64", name="row")
    series = [pd.Series([cell or None for cell in column], index=index, dtype="str") for column in columns]
    cells = pd.concat(series, axis=1) if series else pd.DataFrame(index=index)
    cells.columns = pd.Index(header, dtype="object")
    return RawTable(table, cells, uneven, complete)


def _uneven(found: int, width: int) -> Complaint:
    if found > width:
        hint = 'put quotation marks round a value that holds a comma ("Nurse, Band 5"), or remove the extra cells'
    else:
        hint = "add the missing commas: a blank cell still needs its comma"
    return Complaint(f"the row has {found} cells, but the header has {width}", hint)

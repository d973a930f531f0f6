"""What is wrong with a study, gathered while it is read: never an exception, always the whole list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from newroles.datasets.schemas import TABLES

COLUMNS = ("table", "row", "column", "value", "problem", "hint", "severity")
SEVERITIES = ("error", "warning", "note")


class Complaint(NamedTuple):
    """What is wrong with one value, and how to mend it."""

    problem: str
    hint: str
    severity: str = "error"


class Problems:
    """A growing list of problems. `row` is the number a spreadsheet shows, in which the header is row 1."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, int | None, str | None, str | None, str, str, str]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self, table: str, complaint: Complaint, row: int | None = None, column: str | None = None, value: object = None
    ) -> None:
        """Note one problem of a table or file, in one row and column when it has them."""
        shown = None if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]
        self._rows.append((table, row, column, shown, *complaint))

    def add_cells(
        self, table: str, column: str, rows: Iterable[int], values: Iterable[object], complaints: Iterable[Complaint]
    ) -> None:
        """Note one problem for each of these cells of a column."""
        for row, value, complaint in zip(rows, values, complaints, strict=True):
            self.add(table, complaint, int(row), column, value)

    def frame(self, table_order: Iterable[str]) -> pd.DataFrame:
        """All problems, one a row: first what concerns the folder, then table by table from the top row down."""
        frame = pd.DataFrame(self._rows, columns=list(COLUMNS))
        frame = frame.astype({name: "Int64" if name == "row" else "str" for name in COLUMNS})
        place = {name: number for number, name in enumerate(table_order)}
        order = frame["table"].map(place).fillna(-1).mask(frame["table"].isin(["study.yml", "study"]), -2)
        ranked = frame.assign(_table=order, _row=frame["row"].fillna(0))
        ranked = ranked.sort_values(["_table", "_row"], kind="stable")
        return ranked[list(COLUMNS)].reset_index(drop=True)


def describe_problems(found: pd.DataFrame) -> str:
    """What is wrong with a study, as a person would say it: file by file, what and where, then how to mend it.

    `found` is what check_study returns. The same problem with the same value in several rows is said once, with all rows.

    >>> print(describe_problems(pd.DataFrame(columns=list(COLUMNS))))
    No problems found.
    """
    if found.empty:
        return "No problems found."
    lines: list[str] = []
    for table in found["table"].unique():
        lines.append(f"{table}.csv" if table in TABLES else str(table))
        same = found[found["table"] == table].fillna({"column": "", "value": "", "hint": ""})
        for (column, value, problem, hint, severity), rows in same.groupby(
            ["column", "value", "problem", "hint", "severity"], sort=False
        ):
            place = [_rows(rows["row"])] * bool(rows["row"].notna().any()) + [f"column {column}"] * bool(column)
            where = ", ".join(place) + (f" '{_printable(value)}'" if value else "")
            mark = "" if severity == "error" else f"[{severity}] "
            lines.append(f"  {mark}{where.strip()}: {problem}" if where.strip() else f"  {mark}{problem}")
            lines.extend([f"      {hint}"] * bool(hint))
        lines.append("")
    counts = {name: int((found["severity"] == name).sum()) for name in SEVERITIES}
    said = [f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items() if count]
    verdict = "Mend the errors before the study can be used." if counts["error"] else "The study can be used."
    return "\n".join([*lines, f"{', '.join(said)}. {verdict}"])


def _rows(numbers: pd.Series) -> str:
    """Rows as a person would list them: 'row 4', 'rows 4, 7 to 9'."""
    rows = sorted(int(number) for number in numbers.dropna())
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    texts = [f"{first}" if first == last else f"{first} to {last}" for first, last in runs]
    return f"row{'s' * (len(rows) > 1)} {', '.join(texts)}"


def _printable(value: object, longest: int = 80) -> str:
    """A value as one short line: what a file holds must not move the cursor or ring the bell."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return text if len(text) <= longest else text[: longest - 1] + "…"

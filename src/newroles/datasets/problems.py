"""What is wrong with a study, gathered while it is read: never an exception, always the whole list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

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
    """What is wrong with a study, as a person would say it: file by file, worst first said in one line at the end.

    `found` is what check_study returns. Each problem takes two lines: where it is and what is wrong, then how to mend it.

    >>> print(describe_problems(pd.DataFrame(columns=list(COLUMNS))))
    No problems found.
    """
    if found.empty:
        return "No problems found."
    lines: list[str] = []
    for table in found["table"].unique():
        lines.append(str(table) if "." in str(table) or table == "study" else f"{table}.csv")
        for problem in found[found["table"] == table].to_dict("records"):
            place = [f"row {problem['row']}"] * bool(pd.notna(problem["row"]))
            place += [f"column {problem['column']}"] * bool(pd.notna(problem["column"]))
            value = f" '{_printable(problem['value'])}'" if pd.notna(problem["value"]) else ""
            where = f"{', '.join(place)}{value}: " if place or value else ""
            mark = "" if problem["severity"] == "error" else f"[{problem['severity']}] "
            lines.append(f"  {mark}{where}{problem['problem']}")
            if pd.notna(problem["hint"]) and problem["hint"]:
                lines.append(f"      {problem['hint']}")
        lines.append("")
    counts = {name: int((found["severity"] == name).sum()) for name in SEVERITIES}
    said = [f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items() if count]
    verdict = "Mend the errors before the study can be used." if counts["error"] else "The study can be used."
    return "\n".join([*lines, f"{', '.join(said)}. {verdict}"])


def _printable(value: object, longest: int = 80) -> str:
    """A value as one short line: what a file holds must not move the cursor or ring the bell."""
    text = "".join(letter if letter.isprintable() else " " for letter in str(value))
    return text if len(text) <= longest else text[: longest - 1] + "…"

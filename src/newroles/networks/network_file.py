"""What a network file holds before it becomes a network: people, ties, and what the file says of itself."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.coding.exchange.archives import MAX_TEXT_BYTES, decode_text
from newroles.errors import InputError

_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)?(\.\d*)?([eE][-+]?\d+)?")
_MISSING = {"", ".", "na", "n/a", "nan"}
_COUNT = re.compile("[0-9]{1,9}")
MOST_PEOPLE = 1_000_000
Tie = tuple[Any, Any, float, str | None, bool]


@dataclass
class NetworkFile:
    """People and ties as a file gives them.

    people: one row per person: person and what else the file says of them.
    ties: source, target, weight, relation (None where the file has only one), mutual (the file calls the tie undirected).
    directed: what the file says of itself; None where it doesn't say, or its ties differ.
    relations: names of the relations that the file has, in its order, ties or not.
    blank: how many cells of a matrix were blank, besides those of people whose whole row was.
    """

    people: pd.DataFrame
    ties: list[Tie]
    directed: bool | None = None
    relations: list[str] = field(default_factory=list)
    blank: int = 0

    def table(self, directed: bool) -> pd.DataFrame:
        """The ties as `build` takes them; in a directed network an undirected tie stands both ways."""
        rows = [tie[:4] for tie in self.ties]
        if directed:
            rows += [
                (target, source, weight, relation) for source, target, weight, relation, mutual in self.ties if mutual
            ]
        return pd.DataFrame(rows, columns=["source", "target", "weight", "relation"])


def path_of(value: object, what: str) -> Path:
    """Where a file stands. Raises InputError for what isn't a path."""
    if not isinstance(value, str | Path) or not str(value).strip() or "\0" in str(value):
        raise InputError(f"{what} is the path of a file, such as 'ward.csv', not {value!r}.")
    return Path(value)


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises InputError for a file that can't be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} can't be read: {error.strerror}.") from error


def read_text(path: Path, encoding: str | None = None) -> str:
    """The text of a file. Raises InputError for a file that is absent, empty, too large or in another encoding."""
    content = read_bytes(path)
    if len(content) > MAX_TEXT_BYTES:
        raise InputError(f"{path.name} is larger than {MAX_TEXT_BYTES >> 20} MB; such files are refused.")
    try:
        text = content.decode(encoding) if encoding else decode_text(content)[0]
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path.name}, line {line} isn't {encoding or 'UTF-8'} text. Save the file as UTF-8, or say its encoding: files from "
            "old Windows programs are often encoding='cp1252'."
        ) from error
    except (LookupError, ValueError, TypeError) as error:
        raise InputError(
            f"There is no encoding {encoding!r}. Usual ones: utf-8, cp1252 (old Windows programs)."
        ) from error
    if not text.strip():
        raise InputError(f"{path.name} is empty.")
    return text


def number(cell: str, where: str) -> float:
    """A tie's weight: a number of 0 or more. Raises InputError that says where it stands."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise InputError(f"{where} has {cell!r}, where a number of 0 or more is needed.")
    return value


def count(word: str) -> int | None:
    """The whole number that this word is, written in up to nine plain digits; None otherwise."""
    return int(word) if _COUNT.fullmatch(word) else None


def is_missing(cell: str) -> bool:
    """Whether a cell of a matrix says nothing: blank, a dot, or NA."""
    return cell.strip().lower() in _MISSING


def typed(cells: Sequence[str | None]) -> pd.Series:
    """Text as whole numbers, numbers or truth values where every cell is one, as text otherwise; blank cells are missing.

    Digits with zeros in front of them ("007") are names, not numbers.
    """
    filled = [cell for cell in cells if cell]
    if filled and all(_WHOLE.fullmatch(cell) for cell in filled):
        return pd.Series([int(cell) if cell else None for cell in cells])
    if filled and all(_NUMBER.fullmatch(cell) and any(c.isdigit() for c in cell) for cell in filled):
        return pd.Series([float(cell) if cell else math.nan for cell in cells])
    if filled and set(filled) <= {"True", "False"}:
        truths = [cell == "True" if cell else None for cell in cells]
        return pd.Series(truths, dtype=object if None in truths else bool)
    return pd.Series([cell or None for cell in cells], dtype="str")


def rows_of(path: Path, text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header of a CSV text, and its rows with their line numbers. Commas, semicolons or tabs part the cells."""
    first = text.lstrip("\r\n").splitlines()[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise InputError(f"{path.name}, line {reader.line_num}: {error}. Look for a stray quotation mark.") from error
    if not rows:
        raise InputError(
            f"{path.name} begins with blank cells only; it needs the names of its columns in the first line."
        )
    (_, header), *rows = rows
    for line, cells in rows:
        if len(cells) != len(header):
            raise InputError(
                f"{path.name}, line {line} has {len(cells)} cells, but the header has {len(header)}. A comma within a cell needs "
                "quotation marks around the cell."
            )
    return header, rows


def in_order(values: Iterable[Any]) -> list[Any]:
    """Each value once, in the order of first appearance."""
    return list(dict.fromkeys(values))


def twice(values: Iterable[Any]) -> list[Any]:
    """The values that come more than once."""
    seen: set[Any] = set()
    return in_order(value for value in values if value in seen or seen.add(value))  # type: ignore[func-returns-value]

"""Opening SQLite databases that come from strangers: for reading only, within limits."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from newroles.coding.exchange.archives import MAX_TEXT_BYTES
from newroles.errors import InputError

_HEADER = b"SQLite format 3\x00"
_SECONDS = 120
_STEPS = 100_000


class Database:
    """A tool's project database, opened read-only; use it in a `with` statement."""

    def __init__(self, path: Path, tool: str) -> None:
        self.path, self.tool = path, tool
        try:
            with path.open("rb") as file:
                header = file.read(len(_HEADER))
        except OSError as error:
            raise InputError(f"{path} can't be read: {error.strerror or error}.") from error
        if header != _HEADER:
            raise InputError(f"{path.name} is not an SQLite database, so it can't be a project of {tool}.")
        for suffix in ("-wal", "-journal"):
            beside = path.with_name(path.name + suffix)
            if beside.is_file() and beside.stat().st_size:
                raise InputError(
                    f"{path.name} has changes that aren't in the file yet ({beside.name} lies beside it). Close the project in "
                    f"{tool} and copy it again."
                )
        address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(address, uri=True)
        except sqlite3.Error as error:
            raise InputError(f"{path.name} can't be opened ({error}).") from error
        self._connection.row_factory = sqlite3.Row
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_TEXT_BYTES)
        deadline = time.monotonic() + _SECONDS
        self._connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
        try:
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self.tables = {row["name"] for row in self._query("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except InputError:
            self._connection.close()
            raise

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def require(self, columns: Mapping[str, Sequence[str]]) -> None:
        """Raises InputError when a table or column that every project of the tool has isn't there."""
        for table, needed in columns.items():
            if table not in self.tables:
                raise InputError(
                    f"{self.path.name} has no table '{table}', so it is not a project of {self.tool}. It has: "
                    f"{', '.join(sorted(self.tables)[:12]) or 'no tables at all'}."
                )
            missing = [column for column in needed if column not in self.columns(table)]
            if missing:
                raise InputError(
                    f"{self.path.name}: the table '{table}' has no column {', '.join(missing)}. Open the project once in a current "
                    f"version of {self.tool}, which brings it up to date."
                )

    def columns(self, table: str) -> list[str]:
        """The columns of a table."""
        return [row["name"] for row in self._query(f'PRAGMA table_info("{table}")')]

    def rows(self, table: str, order: str) -> list[dict[str, Any]]:
        """All rows of a table, as dictionaries, in the order of a column; none when there is no such table."""
        if table not in self.tables:
            return []
        found = self._query(f'SELECT * FROM "{table}" ORDER BY "{order}"')
        return [{key.lower(): row[key] for key in row.keys()} for row in found]  # noqa: SIM118 a Row iterates over values

    def _query(self, statement: str) -> list[sqlite3.Row]:
        try:
            return self._connection.execute(statement).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise InputError(
                f"{self.path.name} is damaged or not a project of {self.tool} ({error}). Copy it again with {self.tool} closed."
            ) from error


def whole_number(value: object) -> int | None:
    """The value as a whole number, None when it isn't one (any column of SQLite can hold anything).

    >>> whole_number("12"), whole_number("12a"), whole_number(None)
    (12, None, None)
    """
    try:
        return int(value) if isinstance(value, (int, str)) else None
    except ValueError:
        return None


def filled_text(value: object) -> str | None:
    """The value as text, None when it is blank."""
    return None if value is None or str(value) == "" else str(value)


def iso_time(value: object) -> str | None:
    """A date and time as SQLite tools write them, in the form of the standard.

    >>> iso_time("2024-05-01 10:20:30")
    '2024-05-01T10:20:30'
    """
    text = filled_text(value)
    return text[:10] + "T" + text[11:] if text is not None and len(text) > 10 and text[10] == " " else text

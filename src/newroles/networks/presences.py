"""Who was there, as numbers: events read once, and the pairs of rows that stand together enumerated in bounded batches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.errors import InputError

MICROSECONDS = 1_000_000
_BATCH = 1 << 18  # so many pairs are enumerated at a time
_LATEST = 9.2e12  # seconds; in microseconds, and the difference of two, still a whole number of 64 bits


@dataclass(frozen=True)
class Presences:
    """Rows of people at encounters, as numbers.

    event, person: number of each row's encounter, and of its person in the order of `persons`.
    persons: the persons, sorted.
    instant: each row's start in microseconds; None where starts aren't asked for.
    """

    event: np.ndarray
    person: np.ndarray
    persons: pd.Index
    instant: np.ndarray | None = None

    def once(self) -> tuple[np.ndarray, np.ndarray]:
        """Each person once per encounter, in the order of encounters: encounter and person."""
        people = max(len(self.persons), 1)
        key = np.sort(self.event * people + self.person)
        key = key[np.diff(key, prepend=-1) > 0]
        return key // people, key % people


def presences(
    table: pd.DataFrame, name: str, event: str = "event", person: str = "person", start: str | None = None
) -> Presences:
    """Which rows does this table hold, as numbers? Raises InputError for a column that is absent or a cell left blank."""
    need(table, [event, person, *([start] if start else [])], name)
    numbers, _ = pd.factorize(table[event])
    persons, labels = pd.factorize(table[person], sort=True)
    for column, found in ((event, numbers), (person, persons)):
        if len(found) and found.min() < 0:
            row = int(np.argmax(found < 0)) + 1
            raise InputError(
                f"The table {name} has {int((found < 0).sum())} rows without a {column} (first: row {row}). Fill the cells in, "
                "or leave these rows out."
            )
    return Presences(
        numbers.astype(np.int64),
        persons.astype(np.int64),
        pd.Index(labels),
        instants(table[start], name) if start else None,
    )


def instants(times: pd.Series, name: str) -> np.ndarray:
    """These times in whole microseconds: dates with times, ISO 8601 text, spans of time since a start, or numbers of seconds.

    Text without a zone is UTC where other rows have a zone. Raises InputError, naming the first row, for a cell that is
    blank or none of these, and for numbers of seconds beyond 9.2e12.
    """
    times = times.reset_index(drop=True)
    if isinstance(times.dtype, pd.CategoricalDtype):
        times = times.astype(times.cat.categories.dtype)
    times = times.infer_objects()
    if times.isna().any():
        row = int(np.argmax(times.isna())) + 1
        raise InputError(
            f"The table {name} has {int(times.isna().sum())} rows without a {times.name} (first: row {row}). Who follows "
            "whom, and within what time, can't be told without it: fill the cells in, or leave these rows out."
        )
    if pd.api.types.is_datetime64_any_dtype(times):
        return _microseconds(times)
    if pd.api.types.is_timedelta64_dtype(times):
        return times.to_numpy(dtype="timedelta64[us]").astype(np.int64)
    if times.dtype.kind in "bO":  # truth values, or cells of several kinds
        odd = np.array([isinstance(time, bool | np.bool_ | pd.Timedelta) for time in times], dtype=bool)
        if odd.any():
            raise _unreadable(times, name, odd)
    seconds = pd.to_numeric(times, errors="coerce").to_numpy(dtype=float)
    numeric = np.isfinite(seconds)
    if numeric.all():
        late = (np.abs(seconds) > _LATEST) | (seconds > seconds.min(initial=np.inf) + _LATEST)
        if late.any():
            row = int(np.argmax(late))
            raise InputError(
                f"Row {row + 1} of the table {name} has the {times.name} {times.tolist()[row]!r}, which is ages from the others, "
                "or from 0, in seconds: at most 9.2e12 (290,000 years) can be told "
                "apart. If these are thousandths of seconds or finer, divide them first."
            )
        return np.round(seconds * MICROSECONDS).astype(np.int64)
    moments = pd.to_datetime(times.astype("str"), format="ISO8601", errors="coerce", utc=True)
    no_date = moments.isna().to_numpy()
    if no_date.any():
        neither = no_date & ~numeric
        raise _unreadable(times, name, neither if neither.any() else ~numeric if no_date[0] else no_date)
    return _microseconds(moments)


def is_number(value: object) -> bool:
    """Whether this is one finite number, not a truth value, a text or a span of time."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return bool(-sys.float_info.max <= value <= sys.float_info.max)


def need(table: pd.DataFrame, columns: list[str], name: str) -> None:
    """Raises InputError when the table lacks one of these columns."""
    missing = [column for column in columns if column not in table]
    if missing:
        have = ", ".join(map(str, table.columns))
        raise InputError(f"The table {name} needs the column {' and '.join(missing)}. It has: {have}.")
    doubled = [column for column in columns if isinstance(table[column], pd.DataFrame)]
    if doubled:
        raise InputError(f"The table {name} has the column {doubled[0]} more than once. Keep one of them.")


def run_starts(values: np.ndarray) -> np.ndarray:
    """Where each run of equal values begins, in values that are sorted."""
    return np.flatnonzero(np.diff(values, prepend=values[:1] - 1))


def batches(later: np.ndarray, breaks: np.ndarray | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each row paired with so many rows right after it: positions of the first and of the second, in bounded batches.

    later: for each row, with how many of the rows after it it is paired.
    breaks: rows where a batch may begin; any row when None. A batch holds a row (or the rows up to the next break) at least.
    """
    pairs, rows, begin = np.cumsum(later), len(later), 0
    while begin < rows:
        done = int(pairs[begin - 1]) if begin else 0
        end = max(int(np.searchsorted(pairs, done + _BATCH, side="right")), begin + 1)
        if breaks is not None and end < rows:
            fitting = int(np.searchsorted(breaks, end, side="right")) - 1
            end = (
                int(breaks[fitting]) if breaks[fitting] > begin else int([*breaks[fitting + 1 : fitting + 2], rows][0])
            )
        here = later[begin:end]
        first = np.repeat(np.arange(begin, end), here)
        if len(first):
            yield first, first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(here) - here, here)
        begin = end


def totals(pair: np.ndarray, *amounts: np.ndarray) -> tuple[np.ndarray, ...]:
    """The distinct pairs, sorted, and each amount added up by pair."""
    if len(pair) > 1 and (pair[1:] < pair[:-1]).any():
        order = np.argsort(pair, kind="stable")
        pair, amounts = pair[order], tuple(amount[order] for amount in amounts)
    begins = run_starts(pair)
    if len(begins) == len(pair):
        return (pair, *amounts)
    return (pair[begins], *(np.add.reduceat(amount, begins) for amount in amounts))


def merged(one: tuple[np.ndarray, ...] | None, other: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
    """Two results of `totals` as one; the second, where there is no first."""
    if one is None or not len(one[0]):
        return other
    pair, *amounts = (np.concatenate(both) for both in zip(one, other, strict=True))
    return totals(pair, *amounts)


def sorted_by(group: np.ndarray, instant: np.ndarray) -> np.ndarray:
    """The order of rows by group (a pair, an encounter) and instant: by one whole number where both fit into one."""
    if not len(group):
        return np.empty(0, dtype=np.int64)
    from_start = instant - instant.min()
    unit = max(int(np.gcd.reduce(from_start)), 1)
    span = int(from_start.max()) // unit + 1
    if (int(group.max()) + 1) * span < 1 << 62:
        return np.argsort(group * span + from_start // unit, kind="stable")
    return np.lexsort((instant, group))


def _unreadable(times: pd.Series, name: str, rows: np.ndarray) -> InputError:
    """What to say of the first of these rows."""
    row = int(np.argmax(rows))
    return InputError(
        f"Row {row + 1} of the table {name} has the {times.name} {times.tolist()[row]!r}. Needed is a date with time, such as "
        "2023-04-03T09:00:00, in every row, or a number of seconds in every row."
    )


def _microseconds(moments: pd.Series) -> np.ndarray:
    if moments.dt.tz is not None:
        moments = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    return moments.to_numpy(dtype="datetime64[us]").astype(np.int64)

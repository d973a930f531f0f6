"""From who was there to who works with whom: pairs at the same encounter, and pairs who share tasks or meetings."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.presences import (
    MICROSECONDS,
    Presences,
    batches,
    is_number,
    merged,
    need,
    presences,
    run_starts,
    sorted_by,
    totals,
)

Engine = Literal["duckdb", "numpy", "spark"]
_WORDS = 62  # bits of a whole number that sums of shares may fill
_HELD = 1 << 24  # so many pairs are held by the numpy engine before they are counted

# One text for DuckDB and Spark. A share is a whole number of parts of `one`, so that sums don't depend on their order.
_SHARED = """
WITH present AS (SELECT DISTINCT event, person FROM presences),
shares AS (
    SELECT event, CAST(round(CAST({one} AS DOUBLE) / (count(*) - 1)) AS BIGINT) AS share
    FROM present GROUP BY event HAVING count(*) > 1
),
pairs AS ({pairs})
SELECT pairs.source, pairs.target, count(*) AS encounters, CAST(sum(shares.share) AS BIGINT) AS share,
    CAST(sum(pairs.starts) AS BIGINT) AS starts
FROM pairs JOIN shares ON pairs.event = shares.event
GROUP BY pairs.source, pairs.target HAVING count(*) >= {minimum} ORDER BY pairs.source, pairs.target
"""
_SAME_ENCOUNTER = """
    SELECT a.event, a.person AS source, b.person AS target, 1 AS starts
    FROM present AS a JOIN present AS b ON a.event = b.event AND a.person < b.person
"""
_WITHIN_WINDOW = """
    SELECT a.event, a.person AS source, b.person AS target, count(*) AS starts
    FROM presences AS a JOIN presences AS b
    ON a.event = b.event AND a.person < b.person AND abs(a.instant - b.instant) <= {window}
    GROUP BY a.event, a.person, b.person
"""


def co_presence(
    events: pd.DataFrame, window: float | None = None, engine: Engine = "duckdb", minimum: int = 1
) -> pd.DataFrame:
    """Who was at the same encounters, and how often?

    events: one row per person present at one encounter: event, person and, with a window, start (dates with times, ISO 8601
    text, timedeltas, or numbers of seconds; text without a zone is UTC where other rows have a zone). Further columns are
    ignored, so pick kinds or teams before.
    window: None takes everybody at the same encounter as together. A number of minutes takes only those whose starts lie at
    most so far apart, within the same encounter.
    engine: which engine counts: "duckdb" (both cores, and spills to disk), "numpy" (the fastest while the table fits in
    memory) or "spark" (needs pyspark and Java; for tables that a cluster holds). They give the same numbers to the last bit.
    minimum: keep pairs with at least so many encounters.

    Returns one row per pair, source < target (as words or numbers sort), each pair once: encounters (encounters at which
    both were), weight_newman (over these encounters, the sum of 1 / (people present - 1)); with a window also starts (pairs
    of rows within the window: more than encounters where people have several rows in an encounter).

    Conventions. Rows that repeat person and encounter count once, save in `starts`. An encounter of one person ties nobody.
    "People present" are all people with a row in the encounter, also those outside the window: a window says who met,
    not how large the encounter was. Shares are added as whole parts of a power of 2 (the 52nd for up to a thousand
    encounters, the 41st for two million), so a weight is the same whatever the engine, the order of rows and the number of
    cores; rounding a share changes it by less than 1e-12.

    Rename a column to weight for a network: `build(people, pairs.rename(columns={"weight_newman": "weight"}),
    directed=False)`.

    Raises InputError for a column that is absent, blank cells, a start that can't be read, a window below 0, a minimum below
    1 and an engine that isn't known or installed.

    Weights after Newman (2001), https://doi.org/10.1103/PhysRevE.64.016132.

    >>> events = pd.DataFrame({
    ...     "event": ["e1", "e1", "e1", "e2", "e2"],
    ...     "person": ["ann", "bob", "cy", "bob", "ann"],
    ...     "start": ["2023-04-03T09:00", "2023-04-03T09:20", "2023-04-03T10:00", "2023-04-04T09:00", "2023-04-04T09:00"],
    ... })
    >>> co_presence(events)
      source target  encounters  weight_newman
    0    ann    bob           2            1.5
    1    ann     cy           1            0.5
    2    bob     cy           1            0.5
    >>> co_presence(events, window=30)
      source target  encounters  weight_newman  starts
    0    ann    bob           2            1.5       2
    """
    if engine not in get_args(Engine):
        raise InputError(f"There is no engine {engine!r}. {did_you_mean(str(engine), get_args(Engine))}")
    if isinstance(minimum, bool) or not isinstance(minimum, int | np.integer) or minimum < 1:
        raise InputError(f"The minimum must be a whole number of encounters, 1 or more, not {minimum!r}.")
    if window is not None and (not is_number(window) or window < 0):
        raise InputError(f"The window must be a number of minutes, 0 or more, or None; not {window!r}.")
    rows = presences(events, "events", start=None if window is None else "start")
    encounters = int(rows.event.max(initial=-1)) + 1
    one = 1 << min(52, _WORDS - encounters.bit_length())
    apart = None
    if window is not None and rows.instant is not None:
        span = int(rows.instant.max() - rows.instant.min()) if len(rows.instant) else 0
        apart = (
            span if window >= span else min(round(float(window) * 60 * MICROSECONDS), span)
        )  # no wider than all times
    if engine == "numpy":
        source, target, met, share, starts = _by_sorting(rows, apart, one, int(minimum))
    else:
        pairs = _SAME_ENCOUNTER if apart is None else _WITHIN_WINDOW.format(window=apart)
        query = _SHARED.format(one=one, pairs=pairs, minimum=int(minimum))
        columns = {"event": rows.event, "person": rows.person}
        if rows.instant is not None:
            columns["instant"] = rows.instant
        ask = _ask_duckdb if engine == "duckdb" else _ask_spark
        source, target, met, share, starts = ask(query, pd.DataFrame(columns))
    table = pd.DataFrame(
        {
            "source": rows.persons.take(source),
            "target": rows.persons.take(target),
            "encounters": met,
            "weight_newman": share / one,
        }
    )
    return table if window is None else table.assign(starts=starts)


def two_mode(table: pd.DataFrame, person: str = "person", to: str = "task", weight: str | None = None) -> pd.DataFrame:
    """Who shares tasks, meetings or caseloads with whom?

    table: one row per person and thing (task, meeting, ward ...) that the person has to do with; repeated rows count once.
    person, to: the columns that name the two.
    weight: a column that says how much (hours, visits; 0 or more; repeated rows are added up). None: all alike.

    Returns one row per pair of persons with something in common, source < target: shared (things in common), weight_newman
    (sum over these of 1 / (people who have to do with the thing - 1)); with a weight also overlap: the sum over these of the
    smaller of the two persons' weights, that is what both can have had in common at most.

    Raises InputError for a column that is absent, blank cells, and weights that are negative, blank or no numbers.

    Weights after Newman (2001), https://doi.org/10.1103/PhysRevE.64.016132; overlap is this package's own convention.

    >>> tasks = pd.DataFrame({
    ...     "person": ["ann", "bob", "cy", "ann", "bob"],
    ...     "task": ["care plan", "care plan", "care plan", "home visit", "home visit"],
    ...     "hours": [4, 1, 2, 3, 5],
    ... })
    >>> two_mode(tasks, weight="hours")
      source target  shared  weight_newman  overlap
    0    ann    bob       2            1.5      4.0
    1    ann     cy       1            0.5      2.0
    2    bob     cy       1            0.5      1.0
    """
    rows = presences(table, "of persons and things", event=to, person=person)
    things = int(rows.event.max(initial=-1)) + 1
    one = 1 << min(52, _WORDS - things.bit_length())
    source, target, shared, share, _ = _by_sorting(rows, None, one, 1)
    result = pd.DataFrame(
        {
            "source": rows.persons.take(source),
            "target": rows.persons.take(target),
            "shared": shared,
            "weight_newman": share / one,
        }
    )
    if weight is None:
        return result
    people = max(len(rows.persons), 1)
    key, amount = totals(rows.event * people + rows.person, _amounts(table, weight))
    held = key % people
    sums: tuple[np.ndarray, ...] = (np.empty(0, np.int64), np.empty(0))
    for first, second in batches(_rows_after(key // people)):
        sums = merged(sums, totals(held[first] * people + held[second], np.minimum(amount[first], amount[second])))
    return result.assign(overlap=sums[1])


def _amounts(table: pd.DataFrame, weight: str) -> np.ndarray:
    need(table, [weight], "of persons and things")
    amounts = pd.to_numeric(table[weight], errors="coerce").to_numpy(dtype=float)
    bad = ~np.isfinite(amounts) | (amounts < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"Row {row + 1} has the {weight} {table[weight].iloc[row]!r}; needed is a number of 0 or more "
            f"({int(bad.sum())} such rows). Mend these cells, or leave weight out."
        )
    return amounts


def _rows_after(event: np.ndarray) -> np.ndarray:
    """How many rows of the same encounter come after each row, in rows sorted by encounter."""
    begins = run_starts(event)
    ends = np.append(begins, len(event))[1:]
    return np.repeat(ends, ends - begins) - np.arange(len(event)) - 1


def _by_sorting(rows: Presences, apart: int | None, one: int, minimum: int) -> tuple[np.ndarray, ...]:
    """The same with numpy: pairs and starts of each encounter, written as whole numbers, sorted and counted.

    A number names the pair and the size of its encounter (with a window, the encounter itself): one sort counts both.
    """
    people = max(len(rows.persons), 1)
    event, person = rows.once()
    size = np.bincount(event, minlength=int(event.max(initial=-1)) + 1)
    shares = np.round(one / np.maximum(np.arange(int(size.max(initial=1)) + 1) - 1, 1)).astype(np.int64)
    result: tuple[np.ndarray, ...] = tuple(np.empty(0, np.int64) for _ in range(3 if apart is None else 4))
    if apart is None:
        sizes, present, later, breaks = len(shares), size[event], _rows_after(event), None
    else:
        assert rows.instant is not None
        order = sorted_by(rows.event, rows.instant)
        event, person = rows.event[order], rows.person[order]
        later, breaks = _rows_within(event, rows.instant[order], apart)
    if max(len(shares), int(event.max(initial=0)) + 1) * people**2 >= 1 << 62:
        raise InputError(
            "There are too many persons and encounters for the numpy engine to number their pairs: take duckdb."
        )
    held = np.empty(min(int(later.sum()), _HELD), dtype=np.int64)
    filled = 0

    def counted() -> tuple[np.ndarray, ...]:
        held[:filled].sort()
        begins = run_starts(held[:filled])
        times = np.diff(begins, append=filled)
        key = held[begins]
        if apart is None:
            pair = key // sizes
            key -= pair * sizes  # what is left is the size of the encounter
            share = shares[key]
            share *= times
            del begins, key
            return merged(result, totals(pair, times, share))
        of = key // people**2
        key -= of * people**2
        return merged(result, totals(key, np.ones_like(times), shares[size[of]], times))

    for first, second in batches(later, breaks):
        if apart is None:
            key = (person[first] * people + person[second]) * sizes + present[first]
        else:
            low, high = np.minimum(person[first], person[second]), np.maximum(person[first], person[second])
            key = ((event[first] * people + low) * people + high)[low != high]
        if filled + len(key) > len(held):
            result = counted()
            filled = 0
        if len(key) > len(held):
            held = np.empty(len(key), dtype=np.int64)
        held[filled : filled + len(key)] = key
        filled += len(key)
    result = counted()
    kept = result[1] >= minimum
    pair, met, share, *starts = result if kept.all() else (column[kept] for column in result)
    return pair // people, pair % people, met, share, starts[0] if starts else met


def _rows_within(event: np.ndarray, instant: np.ndarray, apart: int) -> tuple[np.ndarray, np.ndarray]:
    """How many later rows of the same encounter start within the window; and where encounters begin.

    Gaps wider than the window are drawn in to just wider, and encounters set just wider apart, so that one sorted line of
    instants serves all encounters.
    """
    begins = run_starts(event)
    unit = int(np.gcd.reduce(np.diff(instant))) if len(instant) > 1 else 1
    apart //= max(unit, 1)
    gaps = np.diff(instant, prepend=instant[:1]) // max(unit, 1)
    gaps[begins] = apart + 1
    line = np.cumsum(np.minimum(gaps, apart + 1))
    return np.searchsorted(line, line + apart, side="right") - np.arange(len(line)) - 1, begins


def _ask_duckdb(query: str, rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("presences", rows)
        found = connection.execute(query).fetchnumpy()
    return tuple(np.asarray(column) for column in found.values())


def _ask_spark(query: str, rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise InputError(
            "The engine 'spark' needs the package pyspark, which isn't installed here. Install it (pip install pyspark; it "
            "needs Java too), or take engine='duckdb', which gives the same numbers."
        ) from error
    session: Any = SparkSession.builder.getOrCreate()
    columns = ", ".join(f"{column} BIGINT" for column in rows)
    session.createDataFrame(rows, schema=columns).createOrReplaceTempView("presences")
    try:
        found = session.sql(query).toPandas()
    finally:
        session.catalog.dropTempView("presences")
    return tuple(found[column].to_numpy(dtype=np.int64) for column in found)

"""What must hold between cells: keys, references between tables, codes of codebooks, and the rules of each schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets.codebooks import Codebook
from newroles.datasets.dates import first_day
from newroles.datasets.problems import Complaint, Problems
from newroles.datasets.schemas import TableSchema, table_schema
from newroles.errors import nearest

_COMPARISONS = 2_000_000  # how many pairs of words to compare, at most, when the nearest valid values are looked for


@dataclass(frozen=True)
class Folder:
    """All that rules look at: typed tables by name (indexed by row number), unreadable tables, codebooks by id."""

    tables: Mapping[str, pd.DataFrame]
    unreadable: frozenset[str] = frozenset()
    books: Mapping[str, Codebook] = field(default_factory=dict)
    unreadable_books: frozenset[str] = frozenset()


def check_rules(name: str, folder: Folder, problems: Problems) -> None:
    """What does this table break: its key, its references, the codebooks named in study.yml, or its schema's rules?

    Complaints go to `problems`. Rules whose columns or tables are absent are passed over, since that is said elsewhere.
    """
    table, schema = folder.tables[name], table_schema(name)
    _check_key(table, schema, problems)
    for reference in schema.references:
        if set(reference.columns) <= set(table.columns):
            _check_reference(
                table, schema, reference.columns, reference.table, reference.other_columns, folder, problems
            )
    for column in schema.fields:
        if column.codebook in folder.books and column.name in table.columns:
            texts = table[column.name].dropna()
            if column.several:
                texts = texts.str.split(column.several).explode().str.strip()
            _check_codes(texts, folder.books[str(column.codebook)], schema, column.name, problems)
    for rule in schema.rules:
        _RULES[rule["rule"]](table, schema, rule, folder, problems)


def _check_key(table: pd.DataFrame, schema: TableSchema, problems: Problems) -> None:
    if not set(schema.key) <= set(table.columns):
        return
    required = [column for column in schema.key if schema.field(column).required]
    keys = table[list(schema.key)].dropna(subset=required)
    repeated = keys.duplicated()
    if not repeated.any():
        return
    rows = pd.Series(keys.index, index=keys.index)
    first = rows.groupby([keys[column] for column in schema.key], dropna=False).transform("first")[repeated]
    what, which = " and ".join(schema.key), schema.one_row_is.removeprefix("one ")
    hint = f"each row must be another {which}: remove one, or mend its {schema.key[-1]}"
    for row, original, values in zip(first.index, first, keys[repeated].itertuples(index=False), strict=True):
        value = ", ".join("(blank)" if pd.isna(v) else _shown(v) for v in values)
        problem = f"rows {original} and {row} have the same {what}"
        problems.add(schema.name, Complaint(problem, hint), int(row), ", ".join(schema.key), value)


def _check_reference(
    table: pd.DataFrame,
    schema: TableSchema,
    columns: tuple[str, ...],
    other: str,
    other_columns: tuple[str, ...],
    folder: Folder,
    problems: Problems,
) -> None:
    """Each value (or combination of values) must occur in the other table."""
    given = table[list(columns)].dropna()
    column = columns[-1]
    if given.empty or other in folder.unreadable:
        return
    if other not in folder.tables:
        needed = any(schema.field(name).required for name in columns)
        hint = f"add {other}.csv: {table_schema(other).one_row_is} a row"
        problem = f"{column} refers to the table {other}, which the study doesn't have"
        problems.add(schema.name, Complaint(problem, hint, "error" if needed else "warning"), column=column)
        return
    if not set(other_columns) <= set(folder.tables[other].columns):
        return
    known = folder.tables[other][list(other_columns)].dropna().drop_duplicates()
    there = set(known.itertuples(index=False, name=None))
    lost = given[[values not in there for values in given.itertuples(index=False, name=None)]]
    if lost.empty:
        return
    guesses = _nearest_values(lost[column], known[other_columns[-1]])
    elsewhere = set(known[other_columns[-1]])
    listing = ", ".join(map(str, known[other_columns[-1]].drop_duplicates()[:4])) + (
        ", ..." if len(elsewhere) > 4 else ""
    )
    for row, values in zip(lost.index, lost.itertuples(index=False), strict=True):
        value = values[-1]
        where = "".join(f" with {name} {_shown(v)}" for name, v in zip(columns[:-1], values[:-1], strict=True))
        if columns[1:] and value in elsewhere:
            hint = f"add a row for it to {other} with this {columns[0]}, or mend the {columns[0]}"
        elif guess := guesses.get(value):
            hint = f"did you mean '{guess}'?"
        else:
            hint = f"add it to {other}, or mend it here ({other} has {listing})"
        problems.add(schema.name, Complaint(f"isn't in the table {other}{where}", hint), int(row), column, value)


def _check_codes(codes: pd.Series, book: Codebook, schema: TableSchema, column: str, problems: Problems) -> None:
    unknown = codes[~codes.isin(book.ids)]
    if unknown.empty:
        return
    guesses = _nearest_values(unknown, book.codes["id"])
    by_name = dict(zip(book.codes["name"].str.lower(), book.codes["id"], strict=True))
    for row, code in unknown.items():
        guess = by_name.get(str(code).lower()) or guesses.get(code)
        hint = f"did you mean '{guess}'?" if guess else f"codes: {', '.join(book.ids[:8])}"
        hint += "" if guess or len(book.ids) <= 8 else f" and {len(book.ids) - 8} more"
        problems.add(
            schema.name, Complaint(f"isn't a code of the codebook {book.id}", hint), int(str(row)), column, code
        )


def _nearest_values(values: Iterable[Any], known: Iterable[Any]) -> dict[Any, str | None]:
    """The most similar known value of each distinct value, for as many as can be compared in good time."""
    choices = sorted({str(value) for value in known})
    distinct = list(dict.fromkeys(values))[: max(1, _COMPARISONS // max(1, len(choices)))]
    return {value: nearest(str(value), choices) for value in distinct[:500]}


def _shown(value: object) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(timespec="minutes")
    return str(value)


def _allowed_when(
    table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems
) -> None:
    """A column has a fixed list of values in the rows that match `when`."""
    if not {rule["column"], *rule["when"]} <= set(table.columns):
        return
    matches = pd.Series(True, index=table.index)
    for column, value in rule["when"].items():
        matches &= table[column] == value
    wrong = table.loc[matches & ~table[rule["column"]].isin(rule["values"]), rule["column"]]
    for row, value in wrong.items():
        guess = None if pd.isna(value) else nearest(str(value), rule["values"])
        listing = f"allowed: {', '.join(rule['values'])}"
        complaint = Complaint(
            f"{'blank' if pd.isna(value) else 'not one of the values allowed'}: {rule['because']}",
            f"did you mean '{guess}'? {listing}" if guess else listing,
        )
        problems.add(schema.name, complaint, int(str(row)), rule["column"], value)


def _at_least_rounded_up(
    table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems
) -> None:
    """A count of people is never below the whole-time equivalents rounded up."""
    people, wte = rule["column"], rule["of"]
    if not {people, wte} <= set(table.columns):
        return
    floor = np.ceil(table[wte].astype("float64") - 1e-9)
    wrong = table[table[people].astype("Float64").lt(floor.astype("Float64")).fillna(False)]
    for row, (count, amount) in zip(wrong.index, wrong[[people, wte]].itertuples(index=False), strict=True):
        problem = f"{count} people can't make {amount:g} {wte}: nobody works more than whole time"
        hint = f"write at least {int(np.ceil(amount - 1e-9))}, or mend the {wte}; check whether the two were swapped"
        problems.add(schema.name, Complaint(problem, hint), int(row), people, count)


def _not_after(table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems) -> None:
    """One date or position doesn't come after another. `planned`: rows in which a later date is only a plan."""
    first, last = rule["first"], rule["last"]
    if not {first, last} <= set(table.columns):
        return
    both = table[[first, last]].dropna()
    begins = both[first]
    if schema.field(first).partial_date:
        earliest = {text: first_day(text) for text in begins.unique()}
        begins = pd.to_datetime(begins.map(earliest))
    wrong = both[begins > both[last]]
    planned = pd.Series(False, index=table.index)
    for column, values in rule.get("planned", {}).items():
        planned |= table[column].isin(values) if column in table.columns else False
    for row, (begin, end) in zip(wrong.index, wrong.itertuples(index=False), strict=True):
        problem = f"{first} ({_shown(begin)}) comes after {last} ({_shown(end)})"
        if planned[row]:
            complaint = Complaint(problem, "fine when the role was only planned; else mend one of the two", "warning")
        else:
            complaint = Complaint(problem, "mend one of the two; check whether they were swapped")
        problems.add(schema.name, complaint, int(row), first, _shown(begin))


def _no_overlap(table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems) -> None:
    """Of the rows with one key, at most one is valid on any day. Blank means always, or still."""
    key, first, last = rule["key"], rule["first"], rule["last"]
    if not {key, first, last} <= set(table.columns):
        return
    begins = table[first].fillna(pd.Timestamp(1900, 1, 1))
    ends = table[last].fillna(pd.Timestamp(2100, 12, 31))
    spans = pd.DataFrame({"key": table[key].str.casefold(), "begins": begins, "ends": ends}).dropna()
    for _key, group in spans.sort_values("begins").groupby("key"):
        if len(group) == 1:
            continue
        latest_end, latest_row = group["ends"].iloc[0], group.index[0]
        for row, begin, end in zip(group.index[1:], group["begins"].iloc[1:], group["ends"].iloc[1:], strict=True):
            if begin <= latest_end:
                rows = sorted([int(latest_row), int(row)])
                problem = f"rows {rows[0]} and {rows[1]} both decide this {key} on the same days"
                hint = f"end the earlier with {last} before the later's {first}"
                problems.add(schema.name, Complaint(problem, hint), rows[1], key, table.loc[row, key])
            if end > latest_end:
                latest_end, latest_row = end, row


def _not_both(table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems) -> None:
    """Rows that agree in all other columns of the key never hold both of these two values."""
    column, (one, other) = rule["column"], rule["values"]
    others = [name for name in schema.key if name != column]
    if not {column, *others} <= set(table.columns):
        return
    known = table.dropna(subset=[column, *others])
    where: dict[Any, int] = {}
    for row, key, value in zip(known.index, known[others].itertuples(index=False), known[column], strict=True):
        if value not in (one, other):
            continue
        opposite = where.get((key, other if value == one else one))
        if opposite is not None:
            problem = f"rows {opposite} and {row} say both {one} and {other}"
            hint = f"keep the one that holds for this {' and '.join(others)}"
            problems.add(schema.name, Complaint(problem, hint), int(row), column, value)
        where.setdefault((key, value), int(row))


def _differ(table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems) -> None:
    """Two columns never hold the same value in one row."""
    column, other = rule["column"], rule["other"]
    if not {column, other} <= set(table.columns):
        return
    same = table.loc[table[column].notna() & (table[column] == table[other]), column]
    complaint = Complaint(f"{column} and {other} are the same", "remove the row, or mend one of the two")
    problems.add_cells(schema.name, column, same.index, same, [complaint] * len(same))


def _refers_by_kind(
    table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], folder: Folder, problems: Problems
) -> None:
    """A unit is looked up in the table, or the codebook, that its kind names."""
    column, kind = rule["column"], rule["kind"]
    if not {column, kind} <= set(table.columns):
        return
    for word, target in rule["to"].items():
        units = table.loc[table[kind] == word, [column]].dropna()
        where, what = target.split(".")
        if where != "codebook":
            _check_reference(units, schema, (column,), where, (what,), folder, problems)
        elif what in folder.books:
            _check_codes(units[column], folder.books[what], schema, column, problems)


def _code_of_named_book(
    table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], folder: Folder, problems: Problems
) -> None:
    """Each code belongs to the codebook of its row, which study.yml must name."""
    column, book = rule["column"], rule["book"]
    if not {column, book} <= set(table.columns):
        return
    for id, rows in table.groupby(book, sort=False):
        if id in folder.books:
            _check_codes(rows[column].dropna(), folder.books[str(id)], schema, column, problems)
        elif not folder.unreadable_books:  # else the book may be one of those that could not be read
            guess = nearest(str(id), folder.books)
            hint = f"did you mean '{guess}'?" if guess else f"add '{id}' to the list `codebooks` in study.yml"
            complaint = Complaint("study.yml names no such codebook", hint)
            problems.add_cells(schema.name, book, rows.index, rows[book], [complaint] * len(rows))


def _some_true(table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems) -> None:
    """A column of yes and no says yes at least once."""
    said = table[rule["column"]].dropna() if rule["column"] in table.columns else pd.Series(dtype=bool)
    if len(said) and len(said) == len(table) and not said.astype(bool).any():
        problems.add(schema.name, Complaint(rule["because"], rule["hint"]), column=rule["column"])


def _of_true(
    table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], folder: Folder, problems: Problems
) -> None:
    """The row of another table that a column refers to has a yes under `flag` there (unless all have a no)."""
    column, flag, other = rule["column"], rule["flag"], folder.tables.get(rule["table"], pd.DataFrame())
    if column not in table.columns or not {column, flag} <= set(other.columns) or rule["table"] in folder.unreadable:
        return
    known = other[[column, flag]].dropna()
    yes = known[flag].astype(bool)
    if not yes.any():
        return
    silent = set(known.loc[~yes, column]) - set(known.loc[yes, column])
    wrong = table.loc[table[column].isin(silent), column]
    complaint = Complaint(rule["because"], rule["hint"])
    problems.add_cells(schema.name, column, wrong.index, wrong, [complaint] * len(wrong))


def _not_future(table: pd.DataFrame, schema: TableSchema, rule: dict[str, Any], _: Folder, problems: Problems) -> None:
    """A day on which something was observed has come."""
    column = rule["column"]
    days = table[column].dropna() if column in table.columns else pd.Series(dtype="datetime64[ns]")
    ahead = days[days > pd.Timestamp(dt.date.today())]
    complaint = Complaint(f"{column} is a day that hasn't come yet", "check the year", "warning")
    problems.add_cells(schema.name, column, ahead.index, ahead.map(_shown), [complaint] * len(ahead))


_RULES: dict[str, Callable[[pd.DataFrame, TableSchema, dict[str, Any], Folder, Problems], None]] = {
    "allowed_when": _allowed_when,
    "at_least_rounded_up": _at_least_rounded_up,
    "not_after": _not_after,
    "no_overlap": _no_overlap,
    "not_both": _not_both,
    "differ": _differ,
    "some_true": _some_true,
    "of_true": _of_true,
    "not_future": _not_future,
    "refers_by_kind": _refers_by_kind,
    "code_of_named_book": _code_of_named_book,
}

"""Networks kept in spreadsheets: edge lists and adjacency matrices as CSV."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import RoleNetwork
from newroles.networks.network_file import (
    NetworkFile,
    Tie,
    in_order,
    is_missing,
    number,
    read_text,
    rows_of,
    twice,
    typed,
)

_ENDS = {"source": ("source", "from"), "target": ("target", "to")}


def read_table(path: Path, encoding: str | None = None) -> pd.DataFrame:
    """A table of people kept as CSV, columns that hold only numbers as numbers."""
    header, rows = rows_of(path, read_text(path, encoding))
    if "" in header or twice(header):
        raise InputError(f"{path.name}: each column needs a name of its own; the header is {', '.join(header)}.")
    return pd.DataFrame({column: typed([cells[at] for _, cells in rows]) for at, column in enumerate(header)})


def is_edge_list(path: Path, text: str) -> bool:
    """Whether the header names the two ends of a tie."""
    header = [cell.lower() for cell in rows_of(path, text.lstrip().split("\n")[0])[0]]
    return all(any(name in header for name in names) for names in _ENDS.values())


def read_edges(path: Path, text: str, weight: str = "weight") -> NetworkFile:
    """A CSV with one row per tie: source and target (or from and to), and weight, relation, wave, type where given."""
    header, rows = rows_of(path, text)
    doubled = twice(name.lower() for name in header if name)
    if doubled:
        raise InputError(
            f"{path.name} has more than one column {doubled[0]}; its header is {', '.join(header)}. Keep one of them."
        )
    at = {name.lower(): where for where, name in enumerate(header)}
    if weight != "weight" and weight.lower() not in at:
        raise InputError(f"{path.name} has no column {weight!r} for the weights. {did_you_mean(weight, header)}")
    ends = {end: next((at[name] for name in names if name in at), None) for end, names in _ENDS.items()}
    if None in ends.values():
        raise InputError(
            f"{path.name} has no columns source and target; its header is {', '.join(header)}. An edge list needs both; if it is "
            "a matrix with persons in the first row and the first column, say format='matrix'."
        )
    waves = in_order(cells[at["wave"]] for _, cells in rows) if "wave" in at else []
    if len(waves) > 1:
        raise InputError(
            f"{path.name} has ties of {len(waves)} waves. Keep each wave in a file of its own, or load the study folder and "
            "build the network of one wave."
        )
    ends_of = {}
    for end, where in ends.items():
        assert where is not None
        blank = next((line for line, cells in rows if not cells[where]), None)
        if blank:
            raise InputError(
                f"{path.name}, line {blank} has no {end}. A person without ties belongs in the people table."
            )
        ends_of[end] = [cells[where] for _, cells in rows]
    together = typed(ends_of["source"] + ends_of["target"]).tolist()
    source, target = together[: len(rows)], together[len(rows) :]
    ties: list[Tie] = []
    for row, (line, cells) in enumerate(rows):
        amount = number(cells[at[weight.lower()]], f"{path.name}, line {line}") if weight.lower() in at else 1.0
        relation = cells[at["relation"]] or None if "relation" in at else None
        kind = cells[at["type"]].lower() if "type" in at else ""
        if kind not in ("", "directed", "undirected"):
            raise InputError(f"{path.name}, line {line} has the type {kind!r}; a tie's type is directed or undirected.")
        ties.append((source[row], target[row], amount, relation, kind == "undirected"))
    mutual = {tie[4] for tie in ties}
    directed = None if "type" not in at or len(mutual) != 1 else not mutual.pop()
    people = pd.DataFrame({"person": in_order(together)})
    return NetworkFile(people, ties, directed, in_order(tie[3] for tie in ties if tie[3] is not None))


def read_matrix(path: Path, text: str) -> NetworkFile:
    """A CSV square with persons in the first row and the first column; a cell is the tie from the row's person."""
    header, rows = rows_of(path, text)
    columns, names = header[1:], [cells[0] for _, cells in rows]
    if not columns and not names:
        raise InputError(
            f"{path.name} holds one cell or line, {', '.join(header)[:60]!r}, and no network. Needed are the columns source and "
            "target with one row per tie, or a square matrix with persons in the first row and the first column."
        )
    for labels, where in ((columns, "first row"), (names, "first column")):
        if "" in labels or twice(labels):
            what = f"{twice(labels)[0]!r} twice" if twice(labels) else "a person without a name"
            raise InputError(f"{path.name} has {what} in its {where}. Each person needs a name of their own.")
    if set(columns) != set(names):
        both = set(columns) & set(names)
        odd = [name for name in in_order([*names, *columns]) if name not in both]
        raise InputError(
            f"{path.name} isn't a square matrix of people by people: {len(names)} rows, {len(columns)} columns, and "
            f"{', '.join(odd[:5])} stand{'s' if len(odd) == 1 else ''} in only one of them. For people by tasks or meetings use "
            "two_mode."
        )
    persons = dict(zip(names, typed(names).tolist(), strict=True))
    ties: list[Tie] = []
    silent, blank = set(), 0
    for line, (name, *cells) in rows:
        others = [(to, cell) for to, cell in zip(columns, cells, strict=True) if to != name]
        missing = sum(is_missing(cell) for _, cell in others)
        if missing and missing == len(others):
            silent.add(name)
            continue
        blank += missing
        for to, cell in zip(columns, cells, strict=True):
            if not is_missing(cell) and (amount := number(cell, f"{path.name}, line {line}, column {to!r}")):
                ties.append((persons[name], persons[to], amount, None, False))
    people = pd.DataFrame({"person": list(persons.values())})
    if silent:
        people["responded"] = ["no" if name in silent else "yes" for name in names]
    return NetworkFile(people, ties, blank=blank)


def people_beside(path: Path) -> Path:
    """Where the people of an edge list are kept: the same name with _people."""
    return path.with_name(f"{path.stem}_people.csv")


def write_csv(network: RoleNetwork, path: Path) -> None:
    """Two files: ties at the path, people beside it."""
    kind = "directed" if network.directed else "undirected"
    _write(path, network.ties.assign(type=kind))
    _write(people_beside(path), network.people)


def text_of(value: Any) -> str | None:
    """One cell as text: numbers so that they read back the same, dates as ISO 8601; None where missing."""
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def _write(path: Path, table: pd.DataFrame) -> None:
    rows: Iterable[tuple[Any, ...]] = table.astype(object).itertuples(index=False, name=None)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows([text_of(cell) or "" for cell in row] for row in rows)

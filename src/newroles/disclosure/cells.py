"""The cells of a table of counts and the sums that tie them together, as somebody sees them who wants to subtract."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

ALL = "\0all"  # stands for every label of a key: a total
_TOTAL_WORDS = frozenset({"all", "total", "overall", "grand total"})
Label = tuple[Hashable, ...]


@dataclass(frozen=True)
class Cell:
    """One count: its labels (ALL where it is a total over that key), and how to name it to a reader."""

    labels: Label
    count: float
    name: str
    empty_by_design: bool = False

    @property
    def missing(self) -> bool:
        """Was there no count?"""
        return bool(np.isnan(self.count))


@dataclass
class Sums:
    """Which cells add up to which? Each equation: the places of the parts and the place of their total.

    Places below len(cells) are printed cells; those from there on are `implied` totals: not printed, yet taken as known.
    """

    cells: list[Cell] = field(default_factory=list)
    implied: list[float] = field(default_factory=list)
    implied_names: list[str] = field(default_factory=list)
    equations: list[tuple[list[int], int]] = field(default_factory=list)

    def add_block(self, cells: Sequence[Cell], known: bool) -> None:
        """Add the cells of one table; its totals are printed, or (known) taken as known where they aren't.

        Raises InputError for a printed total that its parts don't add up to.
        """
        first = len(self.cells)
        self.cells.extend(cells)
        place = {cell.labels: first + i for i, cell in enumerate(cells) if not cell.missing}
        keys = range(len(cells[0].labels)) if cells else range(0)
        found: set[tuple[frozenset[int], int]] = set()
        totals = [labels for labels in place if ALL in labels]
        for labels in totals:
            summed = [key for key in keys if labels[key] == ALL]
            # over one key at a time, which may itself rest on printed totals; and over all at once
            for over in [[key] for key in summed] + [summed]:
                parts = [
                    at
                    for other, at in place.items()
                    if all((other[k] != ALL) if k in over else (other[k] == labels[k]) for k in keys)
                ]
                found |= {(frozenset(parts), place[labels])} if parts else set()
        for total, parts in sorted((total, sorted(parts)) for parts, total in found):
            self._check(parts, total, any(cell.missing for cell in cells))
            self.equations.append((parts, total))
        if known:
            self._add_implied(place, keys)

    def _check(self, parts: list[int], total: int, missing: bool) -> None:
        summed = sum(self.cells[part].count for part in parts)
        cell = self.cells[total]
        if summed == cell.count or (summed < cell.count and missing):
            return
        raise InputError(
            f"{cell.name}: the total is {cell.count:g}, but its parts add up to {summed:g}. Counts that overlap have no "
            "total that can be checked: leave the row out, or say with `margins` (rows) or `across` (columns) which "
            "totals there are; margins={} or across='' says that there are none."
        )

    def _add_implied(self, place: Mapping[Label, int], keys: range) -> None:
        groups: dict[Label, list[int]] = defaultdict(list)
        base = {labels: at for labels, at in place.items() if ALL not in labels}
        for size in range(1, len(keys) + 1):
            for over in combinations(keys, size):
                for labels, at in base.items():
                    groups[tuple(ALL if key in over else labels[key] for key in keys)].append(at)
        seen = {frozenset(parts) for parts, _ in self.equations}
        for labels, parts in groups.items():
            if labels in place or len(parts) < 2 or frozenset(parts) in seen:
                continue
            seen.add(frozenset(parts))
            self.implied.append(sum(self.cells[part].count for part in parts))
            self.implied_names.append(", ".join(str(label) for label in labels if label != ALL) or "the whole table")
            self.equations.append((parts, -len(self.implied)))

    def resolved(self) -> list[tuple[list[int], int]]:
        """The equations, with implied totals numbered on from the printed cells."""
        n = len(self.cells)
        return [(parts, total if total >= 0 else n - total - 1) for parts, total in self.equations]


def find_keys(table: pd.DataFrame, left_out: Iterable[Any], by: Sequence[str] | None) -> list[Any]:
    """Which columns say what a row counts? Those named, else the first that tell the rows apart, texts before numbers.

    Raises InputError for an unknown column, or where no columns tell the rows apart.
    """
    for column in by or ():
        if column not in table.columns:
            raise InputError(f"The table has no column '{column}'. {did_you_mean(column, map(str, table.columns))}")
    skip = set(left_out)
    others = [column for column in table.columns if column not in skip]
    is_number = {
        c: pd.api.types.is_numeric_dtype(table[c]) and not pd.api.types.is_bool_dtype(table[c]) for c in others
    }
    whole = [c for c in others if is_number[c] and pd.api.types.is_integer_dtype(table[c])]
    candidates = list(by) if by is not None else [c for c in others if not is_number[c]] + whole
    keys: list[Any] = []
    distinct = min(1, len(table))
    for column in candidates:
        if by is None and distinct == len(table):
            break
        more = len(table[[*keys, column]].drop_duplicates())
        if by is not None or more > distinct:
            keys, distinct = [*keys, column], more
    if distinct < len(table) and (by is not None or candidates):
        twice = table[table.duplicated(keys)].iloc[0] if keys else table.iloc[1]
        where = ", ".join(f"{key} {twice[key]}" for key in keys) or "every row alike"
        raise InputError(
            f"Two rows of the table count the same thing ({where}): a row must be one cell. Name in `by` the columns that "
            "say what is counted, or add up the rows first."
        )
    return keys


def total_label(labels: pd.Series, key: Hashable, margins: Mapping[str, Hashable] | None) -> Hashable | None:
    """Which label of this key marks a total? As given, else one such as Total, All or All regions; None where there is none.

    Raises InputError for two such labels, or one given that isn't there.
    """
    if margins is not None:
        if key not in margins:
            return None
        if margins[str(key)] not in set(labels):
            there = did_you_mean(str(margins[str(key)]), [str(label) for label in labels.unique()])
            raise InputError(f"margins: the column '{key}' has no '{margins[str(key)]}'. {there}")
        return margins[str(key)]
    words = _TOTAL_WORDS | {
        f"{every} {key}{s}".lower().replace("_", " ") for every in ("all", "total") for s in ("", "s")
    }
    found = [label for label in labels.unique() if str(label).strip().lower() in words]
    if len(found) > 1:
        raise InputError(
            f"The column '{key}' has more than one total ({', '.join(map(str, found))}): name the right one in `margins`."
        )
    return found[0] if found else None

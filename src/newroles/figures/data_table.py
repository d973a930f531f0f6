"""The numbers behind a figure as a reader meets them beneath it: names in place of ids, words in place of codes.

The CSV keeps the ids and codes, with which tables can be joined.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

IDS = ("role", "code", "term", "measure", "item")
"""Columns of ids that a column `name` puts into words."""

_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


def in_words(table: pd.DataFrame, names: Mapping[str, str] | None = None) -> tuple[pd.DataFrame, dict[str, str]]:
    """How does a table of results read, with names where it has ids?

    names: what ids are called, where no column says it; also of several in one cell, joined by "; ".
    Returns the table and its headings (column to heading). A column X gives way to X_name, and the first of role, code,
    term, measure and item to name; ids left over are written in words.

    >>> table, headings = in_words(pd.DataFrame({"role": ["care_navigator"], "name": ["Care Navigator"], "how": "by_title"}))
    >>> table.to_dict("records"), headings
    ([{'name': 'Care Navigator', 'how': 'by title'}], {'name': 'Role'})
    """
    order, headings = list(table.columns), {}
    pairs = [(column, f"{column}_name") for column in order if f"{column}_name" in order]
    own = next((column for column in IDS if column in order and f"{column}_name" not in order), None)
    if "name" in order and own:
        pairs.append((own, "name"))
    for id, name in pairs:
        if table[name].isna().any():
            continue
        order.remove(name)
        order[order.index(id)] = name
        headings[name] = id.replace("_", " ").capitalize()
    shown = table[order].copy()
    for column in order:
        if pd.api.types.is_string_dtype(shown[column]) and column not in headings:
            shown[column] = [_words(cell, names or {}) for cell in shown[column]]
    return shown, headings


def _words(cell: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(cell, str):
        return cell
    if cell in names:
        return names[cell]
    parts = cell.split("; ")
    if all(part in names for part in parts):
        return "; ".join(names[part] for part in parts)
    return cell.replace("_", " ") if _CODE.fullmatch(cell) else cell

"""The figure of roles by region: a cell for each, with its count, its share and why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from newroles.errors import InputError
from newroles.figures.cells import NOT_ASKED, Cell, cell_of, draw_cell, key_of, short_names
from newroles.figures.style import (
    MUTED,
    WIDE,
    figure_of,
    figure_width,
    is_narrow,
    need_columns,
    new_axes,
    use_house_style,
    wrapped,
)
from newroles.overview import ALL_REGIONS, REGIONS

_LETTER = 0.075  # inches a character of a name
_LINE = 0.165  # inches a line of a name
_TOTALS = (ALL_REGIONS, "England")


@use_house_style()
def role_region_heat_map(
    table: pd.DataFrame,
    by: str = "role",
    place: str = "region",
    names: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Which roles were reported in which regions, of how many trusts that answered?

    table: one row a role and region, drawn in the order given, as `overview.roles_by_region` returns: role, region,
        count, answered, share (0-1), optionally state and, after `disclosure.protect`, count_status. A role and region
        without a row are drawn as not asked. The region "All regions" stands apart, at the end.
    by, place: the columns of rows and columns, such as code and sector. names: what each role is called; left out, its id
    in words.
    Returns the figure: "3/8" in a cell, shaded by the share; zero, small number, nobody answered and not asked each with
    a look of their own, named beneath.
    Raises InputError when a column is missing, there are no rows, a role and region are there twice, or a state is unknown.

    >>> table = pd.DataFrame({"role": "care_navigator", "region": ["Midlands", "London"], "count": [3, 0],
    ...                       "answered": [8, 5], "share": [0.375, 0.0]})
    >>> [text.get_text() for text in role_region_heat_map(table).axes[0].texts if "/" in text.get_text()]
    ['3/8', '0/5']
    """
    cells = _cells(table, by, place)
    rows = list(dict.fromkeys(name for name, _ in cells))
    places = _in_order(dict.fromkeys(where for _, where in cells))
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.08 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    said = [(names or {}).get(name, str(name).replace("_", " ").capitalize()) for name in rows]
    gap = 0.1 if places[-1] in _TOTALS and len(places) > 1 else 0.0
    left = 0.0 if narrow else min(2.3, max(map(len, said)) * _LETTER + 0.15)
    wide = min((room - left - gap) / len(places), 0.95)
    if wide < 0.36:
        raise InputError(
            f"{len(places)} columns leave each too thin to be read: group the places, or show them as a table."
        )
    labels = [wrapped(text, int((room if narrow else left - 0.1) / _LETTER)) for text in said]
    lines = [text.count("\n") + 1 for text in labels]
    heights = [count * _LINE + 0.36 if narrow else max(0.3, count * _LINE + 0.08) for count in lines]
    heads, explained = _headings(places, wide)
    below = wrapped(explained, int(room / 0.07))
    top = 0.12 + _LINE * max(text.count("\n") + 1 for text in heads)
    bottom = top + sum(heights)
    every = [cells.get((name, where), NOT_ASKED) for name in rows for where in places]
    key = key_of(every, room)
    end = bottom + 0.16 + key.height + (_LINE * (below.count("\n") + 1) + 0.04 if below else 0)
    ax = new_axes(end + 0.08, ax)
    ax.set(xlim=(-0.01, room), ylim=(end, 0))
    ax.axis("off")
    across = [left + i * wide + (gap if where in _TOTALS else 0.0) for i, where in enumerate(places)]
    for x, text in zip(across, heads, strict=True):
        ax.text(x + wide / 2 - 0.02, top - 0.06, text, ha="center", va="bottom", fontsize="small", linespacing=1.05)
    y = top
    for name, text, height in zip(rows, labels, heights, strict=True):
        cell_top = y + height - 0.3 if narrow else y + 0.02
        tall = 0.24 if narrow else height - 0.04
        ax.text(
            0,
            cell_top - 0.04 if narrow else y + height / 2,
            text,
            va="bottom" if narrow else "center",
            linespacing=1.05,
        )
        for x, where in zip(across, places, strict=True):
            cell = cells.get((name, where), NOT_ASKED)
            draw_cell(ax, x, cell_top, wide - 0.04, tall, cell)
            ax.text(x + wide / 2 - 0.02, cell_top + tall / 2, cell.words(), ha="center", va="center", fontsize=8.4)
        y += height
    key.draw(ax, bottom + 0.14)
    if below:
        ax.text(0, bottom + 0.16 + key.height, below, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def _cells(table: pd.DataFrame, by: str, place: str) -> dict[tuple[str, str], Cell]:
    need_columns(table, [by, place, "count", "answered", "share"], "role_region_heat_map", f"a {by} and {place}")
    cells: dict[tuple[str, str], Cell] = {}
    for row in table.to_dict("records"):
        where = (str(row[by]), str(row[place]))
        if where in cells:
            raise InputError(f"{where[0]} in {where[1]} is there twice. One row is one {by} in one {place}.")
        cells[where] = cell_of(row, f"{where[0]} in {where[1]}")
    return cells


def _in_order(places: Iterable[str]) -> list[str]:
    """England's regions in their usual order, others as they come, totals last."""
    usual = [*REGIONS, *_TOTALS]
    named = list(places)
    known = set(named) <= set(usual)
    return sorted(named, key=lambda name: usual.index(name) if known else name in _TOTALS)


def _headings(places: list[str], wide: float) -> tuple[list[str], str]:
    """The places over their columns, and what short labels mean where full names don't fit."""
    full = [wrapped(name, max(4, int(wide / 0.067))) for name in places]
    if all(len(line) * 0.067 <= wide for text in full for line in text.split("\n")):
        return full, ""
    short = short_names(places)
    return short, "; ".join(f"{label} {name}" for label, name in zip(short, places, strict=True) if name not in _TOTALS)

"""Cells that show a count of how many: shaded by the share, and unlike each other where there is none to show.

A zero, a small number that is hidden, a place where nobody answered and a question that nobody asked differ without
colour: an outline, dots, diagonals, a dash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from newroles.errors import InputError, did_you_mean
from newroles.figures.style import ACCENT, INK, MUTED, number, wrapped

STATES = {
    "shown": "",
    "zero": "none of those that answered",
    "hidden": "small number, not shown",
    "missing": "nobody answered",
    "not_asked": "not asked",
}
"""The states of a cell, and what they mean in the key."""

_DEEPEST = 0.5  # the deepest shade lets the ink of a number stand out, on a light page and on a dark one
_SMALL = 0.068  # inches a small character


@dataclass(frozen=True)
class Cell:
    """What a cell shows: its state, and for a count of how many: count, answered (blank when hidden), share (0-1)."""

    state: str
    count: float = float("nan")
    answered: float = float("nan")
    share: float = float("nan")

    def words(self, between: str = "/") -> str:
        """'3/8', or '3' where the denominator may not be shown; nothing in a state without a number."""
        if self.state not in ("shown", "zero"):
            return ""
        return number(self.count) + ("" if pd.isna(self.answered) else f"{between}{number(self.answered)}")


NOT_ASKED = Cell("not_asked")


def cell_of(row: dict[Any, Any], where: str) -> Cell:
    """Which cell is this row of a table of counts: count, answered, share; optionally state and count_status?

    What `newroles.disclosure.protect` says goes before everything else. where: what to call the row in an error.
    Raises InputError for another state, and for a count that is larger than the number that answered.
    """
    said, status = (str(row.get(key) or "") for key in ("state", "count_status"))
    said = "" if said in ("nan", "<NA>", "None") else said
    if said and said not in STATES:
        raise InputError(f"{where}, column 'state': '{said}' is no state. {did_you_mean(said, STATES)}")
    if "hidden" in (said, status):
        return Cell("hidden")
    if said == "not_asked":
        return NOT_ASKED
    count, answered, share = (
        float(row[key]) if pd.notna(row[key]) else float("nan") for key in ("count", "answered", "share")
    )
    if said == "missing" or pd.isna(count) or answered == 0:
        return Cell("missing")
    if "count_status" not in row and count > answered:
        raise InputError(f"{where}: count is {count:g} of {answered:g} answered. A count is of those that answered.")
    return Cell("zero" if count == 0 else "shown", count, answered, share)


def draw_cell(ax: Axes, x: float, y: float, width: float, height: float, cell: Cell) -> None:
    """The box of a cell whose upper left corner is at x, y (y downwards), without words."""
    looks: dict[str, Any] = {"facecolor": "none", "edgecolor": MUTED, "linewidth": 0.8}
    if cell.state == "not_asked":
        ax.plot([x + width * 0.36, x + width * 0.64], [y + height / 2] * 2, color=MUTED, linewidth=1.2)
        return
    if cell.state == "shown" and pd.notna(cell.share):
        shade = 0.08 + (_DEEPEST - 0.08) * min(max(cell.share, 0.0), 1.0)
        ax.add_patch(Rectangle((x, y), width, height, facecolor=ACCENT, alpha=shade, linewidth=0))
    hatch = {"hidden": "....", "missing": "////"}.get(cell.state, "")
    ax.add_patch(Rectangle((x, y), width, height, **looks, hatch=hatch or None))


@dataclass(frozen=True)
class Key:
    """What the shades and the states that occur mean, laid out in inches: each entry's place, boxes and text."""

    entries: list[tuple[float, float, list[Cell], str]]
    height: float

    def draw(self, ax: Axes, top: float) -> None:
        """Draw it into axes in inches, y downwards."""
        for x, y, boxes, text in self.entries:
            for i, box in enumerate(boxes):
                draw_cell(ax, x + 0.24 * i, top + y, 0.19, 0.15, box)
                if box.state == "zero":
                    ax.text(x + 0.095, top + y + 0.078, "0", ha="center", va="center", fontsize=8, color=INK)
            told = ax.text(x + 0.24 * len(boxes) + 0.02, top + y + 0.075, text, va="center", fontsize="small")
            told.set(color=MUTED, linespacing=1.05)


def key_of(cells: Iterable[Cell], room: float, words: Mapping[str, str] | None = None) -> Key:
    """The key of these cells, in so many inches of width. words: what else a state is called."""
    states = {cell.state for cell in cells}
    told: list[tuple[list[Cell], str]] = []
    if "shown" in states:
        ramp = [Cell("shown", 1, 1, share) for share in (0.0, 0.5, 1.0)]
        told.append((ramp, "share of those that answered: few, half, all"))
    said = {**STATES, **(words or {})}
    told += [([Cell(state, 0, 1, 0.0)], said[state]) for state in STATES if state != "shown" and state in states]
    entries, x, y, line = [], 0.0, 0.0, 0.0
    for boxes, text in told:
        text = wrapped(text, int((room - 0.24 * len(boxes) - 0.05) / _SMALL))
        wide = 0.24 * len(boxes) + 0.06 + max(map(len, text.split("\n"))) * _SMALL
        if x and x + wide > room:
            x, y, line = 0.0, y + line, 0.0
        line = max(line, 0.22 + 0.145 * text.count("\n"))
        entries.append((x, y + 0.0725 * text.count("\n"), boxes, text))
        x += wide + 0.12
    return Key(entries, y + line)


SHORT = {
    "North East and Yorkshire": "NEY", "North West": "NW", "Midlands": "Mid", "East of England": "EoE", "London": "Lon",
    "South East": "SE", "South West": "SW", "All regions": "All", "England": "Eng",
    "Bath and North East Somerset, Swindon and Wiltshire": "BSW", "Northamptonshire": "Nhan",
    "Gloucestershire": "Glos", "Somerset": "Som", "Sussex": "Sus", "Devon": "Dev",
}  # fmt: skip


def short_names(places: Sequence[str]) -> list[str]:
    """A short label for each region or board: initials, or the first letters of a single word; no two alike.

    >>> short_names(["North East and Yorkshire", "Kent and Medway", "Sussex", "Kesteven Marsh"])
    ['NEY', 'KM', 'Sus', 'KM2']
    """
    taken: dict[str, int] = {}
    labels = []
    for place in places:
        parts = [part for part in str(place).replace(",", " ").split() if part.lower() not in ("of", "and", "the")]
        label = SHORT.get(str(place)) or (str(place)[:4] if len(parts) < 2 else "".join(part[0] for part in parts))
        taken[label] = taken.get(label, 0) + 1
        labels.append(label if taken[label] == 1 else f"{label}{taken[label]}")
    return labels

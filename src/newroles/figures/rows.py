"""Rows of names with dots, whiskers or bars: the shape that most figures of the book share.

On a page the names stand to the left of the rows; on a phone they stand above them, so that they need no room beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import blended_transform_factory

from newroles.errors import InputError, did_you_mean
from newroles.figures.style import ACCENT, GRID, INK, MUTED, PAPER, WIDE, figure_width, is_narrow, new_axes, wrapped

ABSENT = {"not_known": "not known", "not_asked": "not asked", "suppressed": "suppressed (small number)"}

_BESIDE, _ABOVE = 27, 40  # characters in a line of a name beside its row, and above it
_LINE = 0.185  # inches


@dataclass(frozen=True)
class Rows:
    """Axes made ready for one row a name, the first on top. Heights are in inches where the figure was made here."""

    ax: Axes
    y: np.ndarray
    above: bool
    """Whether the names stand above their rows (on a phone) rather than beside them."""


def rows_of(
    names: Sequence[object],
    ax: Axes | None = None,
    right: Sequence[str] | None = None,
    extra: float = 0.65,
    guides: bool = True,
    named: bool = True,
    above: bool | None = None,
) -> Rows:
    """Make axes with one row a name.

    names: what each row is called. right: a text at the right of each row (a count, an n). extra: inches for the x
    axis.
    guides: a thin line along each row on a phone. named: False leaves out the names beside the rows, in a second panel.
    above: whether names stand above their rows; left out, the width of the axes decides.
    The height follows from the names where the figure is made here; axes that were passed keep theirs.
    """
    if above is None:
        above = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    labels, heights = _laid_out(names, right, above)
    ax = new_axes(float(heights.sum()) + extra, ax)
    ends = heights.cumsum()
    y = ends - 0.11 if above else ends - heights / 2
    ax.set_ylim(float(ends[-1]) + (0.06 if above else 0), 0)
    ax.set_yticks(y, labels if named and not above else [""] * len(labels))
    across = blended_transform_factory(ax.transAxes, ax.transData)
    sides = zip(y, labels, right or [""] * len(labels), strict=True)
    for position, label, text in sides:
        if above:
            ax.text(0, position - 0.11, label, transform=across, ha="left", va="bottom", color=INK)
            ax.text(1, position - 0.11, text, transform=across, ha="right", va="bottom", color=MUTED)
        else:
            ax.text(1.02, position, text, transform=across, ha="left", va="center", color=MUTED)
    if above:
        ax.grid(False, axis="x")
        if guides:
            ax.hlines(y, 0, 1, transform=across, color=GRID, linewidth=0.7, zorder=0.5)
    return Rows(ax, y, above)


def rows_height(names: Sequence[object], above: bool) -> float:
    """How many inches do rows of these names take, without the x axis?"""
    return float(_laid_out(names, None, above)[1].sum())


def _laid_out(names: Sequence[object], right: Sequence[str] | None, above: bool) -> tuple[list[str], np.ndarray]:
    room = max(12, _ABOVE - max(map(len, right or [""])) - bool(right)) if above else _BESIDE
    labels = [wrapped(name, room) for name in names]
    lines = np.array([label.count("\n") + 1 for label in labels])
    return labels, lines * _LINE + (0.27 if above else 0.12)


def why_absent(table: pd.DataFrame, value: str) -> list[str]:
    """Why is there no value in each row? '' where there is one, else not_known, not_asked or suppressed.

    The column `absent` says so, where the table has it; a blank value without a reason is not known. Zero is a value.
    Raises InputError for a reason that isn't one of the three.
    """
    if "absent" in table.columns:
        given = table["absent"].astype("object").where(table["absent"].notna(), "").astype(str).tolist()
    else:
        given = [""] * len(table)
    for row, reason in enumerate(given):
        if reason and reason not in ABSENT:
            raise InputError(f"Row {row + 1}, column 'absent': '{reason}' is no reason. {did_you_mean(reason, ABSENT)}")
    blank = table[value].isna().tolist()
    return [reason or ("not_known" if empty else "") for reason, empty in zip(given, blank, strict=True)]


def mark_absent(rows: Rows, position: float, reason: str) -> None:
    """Say in the row itself that there is no value, and why; where it was suppressed, with a hatched stub."""
    across = blended_transform_factory(rows.ax.transAxes, rows.ax.transData)
    start = 0.01
    if reason == "suppressed":
        stub = Rectangle((0, position - 0.07), 0.06, 0.14, facecolor="none", edgecolor=MUTED, hatch="////")
        rows.ax.add_patch(stub).set_transform(across)
        start = 0.08
    said = rows.ax.text(start, position, ABSENT[reason], transform=across, va="center", fontstyle="italic")
    said.set(color=MUTED, fontsize="small", bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})


def dot(ax: Axes, x: float, y: float, colour: str = ACCENT, marker: object = "o", hollow: bool = False) -> None:
    """One value. A hollow dot is a zero, or a target beside a count: the figure says which."""
    thin = marker in ("*", "P", "X") or (isinstance(marker, tuple) and marker[1] == 1)  # thin arms need more room
    ax.plot(
        [x],
        [y],
        linestyle="none",
        marker=marker,  # type: ignore[arg-type]
        markersize=(7.5 if hollow else 8.5) * (1.35 if thin else 1),
        markerfacecolor=PAPER if hollow else colour,
        markeredgecolor=colour if hollow else PAPER,
        markeredgewidth=1.6 if hollow else 0.9,
        clip_on=False,
        zorder=3,
    )


def whisker(ax: Axes, y: float, low: float, high: float, colour: str = ACCENT) -> None:
    """The interval of one value, as a line with small ends; nothing where an end is blank."""
    if pd.isna(low) or pd.isna(high):
        return
    ax.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)
    ends = ax.plot([low, high], [y, y], linestyle="none", color=colour, zorder=2, clip_on=False)
    ends[0].set(marker="|", markersize=7, markeredgewidth=1.4)

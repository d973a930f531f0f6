"""The figure of Phase 4: for whom there is how much advice, and how sure of it we are."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newroles.errors import InputError
from newroles.figures.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    PAPER,
    figure_of,
    figure_width,
    is_narrow,
    need_columns,
    new_axes,
    use_house_style,
    wrapped,
)

_LOOKS: tuple[dict[str, str], ...] = (
    {"facecolor": ACCENT, "edgecolor": ACCENT},
    {"facecolor": GRID, "edgecolor": ACCENT},
    {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "/////"},
    {"facecolor": PAPER, "edgecolor": MUTED},
)
_SIZE = 0.78  # of a square, where the next one begins at 1
_PER_ROW = 20
_BETWEEN = 0.55  # squares, from one title's to the next
_RIGHT = _PER_ROW + 2.2  # room for the number after a full row
_UNIT, _NARROW_UNIT = 0.225, 0.152  # inches from one square to the next, on a page and on a phone
_NARROW_FIGURE = 5.0  # inches
_NARROW_STEP = 1.25  # squares from one line of a phone's legend to the next
_LINE, _NARROW_LINE = 0.78, 1.15  # squares that a line of a title takes


@use_house_style()
def advice_by_confidence(table: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """For whom is how much advice, and how sure of it are we? A square for each recommendation.

    table: one row for each file of advice and level of confidence, as `guidance.confidence_by_role` gives it: title, confidence, n;
        levels from surest to least, in the order in which they come.
    Returns the figure: a line of squares and their number for each title, surest first, each level with a look of its own, which the
        legend below names; more than twenty squares go on in the next line. On a phone the titles stand above their squares.
    Raises InputError when a column is missing, there are no rows, a number isn't a count, or there are more levels than looks (four).
    """
    need_columns(
        table, ["title", "confidence", "n"], "advice_by_confidence", "a file of advice and level of confidence"
    )
    levels = list(dict.fromkeys(table["confidence"]))
    if len(levels) > len(_LOOKS):
        raise InputError(f"advice_by_confidence can tell {len(_LOOKS)} levels of confidence apart; got {len(levels)}.")
    odd = [n for n in table["n"] if pd.isna(n) or n < 0 or n != int(n)]
    if odd:
        raise InputError(f"advice_by_confidence draws a square for each recommendation; n can't be {odd[0]}.")
    titles = list(dict.fromkeys(table["title"]))
    squares = {title: [level for level in levels for _ in range(_count(table, title, level))] for title in titles}
    narrow = (figure_width() < _NARROW_FIGURE) if ax is None else is_narrow(ax)
    said = {title: wrapped(title, 44 if narrow else 32) for title in titles}
    tops, y = {}, 0.0
    for title in titles:
        lines = (said[title].count("\n") + 1) * (_NARROW_LINE if narrow else _LINE)
        rows = max(-(-len(squares[title]) // _PER_ROW), 1)
        tops[title] = y + (lines if narrow else max(lines - rows, 0) / 2)
        y += (lines + rows if narrow else max(lines, rows)) + _BETWEEN
    columns = 1 if narrow else 2
    end = y + 0.4 + (_NARROW_STEP if narrow else 1) * -(-len(levels) // columns)
    ax = new_axes((_NARROW_UNIT if narrow else _UNIT) * (end + 1), ax)
    for title, own in squares.items():
        for place, level in enumerate(own):
            row, column = divmod(place, _PER_ROW)
            _square(ax, column, tops[title] + row, levels.index(level))
        _write(ax, min(len(own), _PER_ROW) + 0.2, tops[title], f"{len(own):,}")
        if narrow:
            ax.text(0, tops[title] - 0.25, said[title], va="bottom", color=INK)
    for place, level in enumerate(levels):
        line, column = divmod(place, columns)
        at = (column * _PER_ROW / columns, y + 0.4 + line * (_NARROW_STEP if narrow else 1))
        _square(ax, *at, place)
        _write(ax, at[0] + 1.2, at[1], level)
    middles = [tops[title] + _SIZE / 2 for title in titles]
    ax.set_yticks([] if narrow else middles, [] if narrow else [said[title] for title in titles])
    ax.set_xlim(-0.1, _RIGHT)
    ax.set_ylim(end, -0.2)
    ax.set_aspect("equal", anchor="NW")
    ax.set_xticks([])
    ax.grid(False)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return figure_of(ax)


def _write(ax: Axes, x: float, y: float, text: str) -> None:
    """A text beside the square that begins at this height."""
    ax.text(x, y + _SIZE / 2, text, va="center", color=INK, fontsize="small")


def _count(table: pd.DataFrame, title: str, level: str) -> int:
    return int(table.loc[table["title"].eq(title) & table["confidence"].eq(level), "n"].sum())


def _square(ax: Axes, x: float, y: float, level: int) -> None:
    ax.add_patch(Rectangle((x, y), _SIZE, _SIZE, linewidth=1.1, **_LOOKS[level]))  # type: ignore[arg-type]

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
    need_columns,
    new_axes,
    use_house_style,
    wrapped,
)

_HATCHES = ("", "", "////", "....")
_SIZE = 0.78
_PER_ROW = 20


@use_house_style()
def advice_by_confidence(table: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """For whom is how much advice, and how sure of it are we? A square for each recommendation.

    table: one row for each file of advice and level of confidence, as `guidance.confidence_by_role` gives it: title, confidence, n;
        levels from surest to least, in the order in which they come.
    Returns the figure: a line of squares for each title, surest first, each level with a look of its own and its first letter's
        legend below; more than twenty squares go on in the next line.
    Raises InputError when a column is missing, there are no rows, or there are more levels than looks (four).
    """
    need_columns(
        table, ["title", "confidence", "n"], "advice_by_confidence", "a file of advice and level of confidence"
    )
    levels = list(dict.fromkeys(table["confidence"]))
    if len(levels) > len(_HATCHES):
        raise InputError(
            f"advice_by_confidence can tell {len(_HATCHES)} levels of confidence apart; got {len(levels)}."
        )
    titles = list(dict.fromkeys(table["title"]))
    squares = {title: [level for level in levels for _ in range(_count(table, title, level))] for title in titles}
    tops, y = {}, 0.0
    for title in titles:
        tops[title] = y
        y += max(-(-len(squares[title]) // _PER_ROW), 1) + 0.25
    ax = new_axes(0.32 * (y + 2.2), ax)
    for title, own in squares.items():
        for place, level in enumerate(own):
            row, column = divmod(place, _PER_ROW)
            _square(ax, column, tops[title] + row, levels.index(level))
        ax.text(
            min(len(own), _PER_ROW) + 0.35, tops[title] + _SIZE / 2, f"{len(own)}", va="center", color=INK, fontsize=9
        )
    ax.set_yticks([tops[title] + _SIZE / 2 for title in titles], [wrapped(title, 30) for title in titles])
    columns = 2
    for place, level in enumerate(levels):
        line, column = divmod(place, columns)
        at = column * _PER_ROW / columns
        _square(ax, at, y + 0.5 + line, place)
        ax.text(at + 1.1, y + 0.5 + line + _SIZE / 2, level, va="center", color=INK, fontsize=9)
    ax.set_xlim(-0.3, _PER_ROW + 2.0)
    ax.set_ylim(y + 2.4, -0.4)
    ax.set_xticks([])
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return figure_of(ax)


def _count(table: pd.DataFrame, title: str, level: str) -> int:
    return int(table.loc[table["title"].eq(title) & table["confidence"].eq(level), "n"].sum())


def _square(ax: Axes, x: float, y: float, level: int) -> None:
    looks = (
        {"facecolor": ACCENT, "edgecolor": ACCENT},
        {"facecolor": GRID, "edgecolor": ACCENT},
        {"facecolor": PAPER, "edgecolor": MUTED, "hatch": _HATCHES[2]},
        {"facecolor": PAPER, "edgecolor": MUTED},
    )
    ax.add_patch(Rectangle((x, y), _SIZE, _SIZE, linewidth=1.2, **looks[level]))  # type: ignore[arg-type]

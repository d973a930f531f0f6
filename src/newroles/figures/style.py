"""The house style: one look for every figure, at two widths (a page and a phone), for light and dark pages.

Ink, paper and grid are drawn in fixed colours that stand for "whatever the page uses": `svg.inline_svg` swaps them for
CSS variables, so that the same picture is readable on a light and on a dark page.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, MaxNLocator

from newroles.errors import InputError, did_you_mean

INK = "#1f2329"
MUTED = "#59636e"
GRID = "#d5dbe2"
SHADE = "#e9edf1"
PAPER = "#ffffff"
ACCENT = "#0a7d91"

WIDE = 7.4  # inches: 710 CSS pixels, the text column of a page
NARROW = 3.6  # inches: 346 CSS pixels, the text column of a phone 390 pixels wide
_NARROW_AXES = 4.0  # inches: axes narrower than this are drawn the phone's way

_SIGNS = "●○•■□◆◇▲△▼▽◀▶✚✖★†"
_SIGN_FIRST, _SIGN_LAST = re.compile(rf"(?<=(?<!\S)[{_SIGNS}]) (?=\S)"), re.compile(rf"(?<=\S) (?=[{_SIGNS}]$)")

_chosen_width: ContextVar[float | None] = ContextVar("figure width in inches", default=None)


@contextmanager
def use_house_style(width: float | None = None) -> Iterator[None]:
    """Draw what follows in the house style, at this width.

    width: inches; `WIDE` for a page, `NARROW` for a phone. Left out: the width already in use, else `WIDE`.
    Works as a `with` block and as a decorator of a drawing function.

    >>> with use_house_style(NARROW):
    ...     figure_width()
    3.6
    """
    chosen = width or figure_width()
    token = _chosen_width.set(chosen)
    try:
        with mpl.rc_context(_settings(chosen)):
            yield
    finally:
        _chosen_width.reset(token)


def figure_width() -> float:
    """How wide, in inches, is a figure drawn now?"""
    return _chosen_width.get() or WIDE


def _settings(width: float) -> dict[Any, Any]:
    size = 10.0 if width >= _NARROW_AXES else 9.7
    return {
        **sns.axes_style("whitegrid"),
        "figure.figsize": (width, width * 0.6),
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "font.family": "DejaVu Sans",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": size,
        "axes.labelsize": size,
        "xtick.labelsize": size - 0.5,
        "ytick.labelsize": size,
        "text.color": INK,
        "text.parse_math": False,  # a "$" in a job title is a dollar
        "axes.labelcolor": MUTED,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "x",
        "axes.axisbelow": True,
        "grid.color": GRID,
        "grid.linewidth": 0.7,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": MUTED,
        "ytick.labelcolor": INK,
        "xtick.bottom": True,
        "xtick.major.size": 3,
        "ytick.left": False,
        "lines.linewidth": 1.4,
        "hatch.linewidth": 0.7,
        "hatch.color": MUTED,
        "svg.fonttype": "path",
        "svg.hashsalt": "newroles",
    }


def new_axes(height: float, ax: Axes | None = None) -> Axes:
    """Where to draw: the axes that were passed, else the only axes of a new figure of this height (inches)."""
    if ax is not None:
        return ax
    return Figure(figsize=(figure_width(), height), layout="constrained").subplots()


def figure_of(ax: Axes) -> Figure:
    """Which figure do these axes belong to? (The outermost one, where figures are nested.)"""
    figure = ax.get_figure(root=True)
    if not isinstance(figure, Figure):
        raise InputError("These axes belong to no figure: make them with Figure().subplots() or plt.subplots().")
    return figure


def is_narrow(ax: Axes) -> bool:
    """Are these axes so narrow that names belong above the rows rather than beside them?"""
    return float(ax.get_position().width * figure_of(ax).get_figwidth()) < _NARROW_AXES


def need_columns(table: pd.DataFrame, columns: Iterable[str], figure: str, one_row: str) -> None:
    """Can this figure be drawn from this table?

    Raises InputError when the table has no rows, or lacks one of the columns (with the nearest name that it has).
    """
    absent = [column for column in columns if column not in table.columns]
    if absent:
        raise InputError(
            f"The figure {figure} needs the column '{absent[0]}' (one row is {one_row}). The table has others: "
            f"{did_you_mean(absent[0], map(str, table.columns))} Rename or add it before drawing."
        )
    if table.empty:
        raise InputError(
            f"The figure {figure} was given a table without rows (one row is {one_row}). "
            "Say in a sentence that there is nothing to show, instead of drawing it."
        )


def wrapped(text: object, characters: int) -> str:
    """The text in lines of at most so many characters (a longer word stays whole).

    A sign of the key stays with the word that it stands before, or, at the end of the text, behind.

    >>> wrapped("Education mental health practitioner", 22)
    'Education mental\\nhealth practitioner'
    >>> wrapped("○ as it is; ● pooled", 14)
    '○ as it is;\\n● pooled'
    """
    kept = _SIGN_LAST.sub("\u00a0", _SIGN_FIRST.sub("\u00a0", str(text)))
    lines = textwrap.wrap(kept, characters, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace("\u00a0", " ")


def number(value: float, decimals: int = 0) -> str:
    """A number as a reader writes it: thousands with a comma, a real minus sign.

    >>> number(14842), number(-0.25, 1), number(6.25, 1)
    ('14,842', '−0.2', '6.2')
    """
    return f"{value:,.{decimals}f}".replace("-", "−")


def percent_axis(ax: Axes) -> None:
    """Shares from 0 to 1 on the x axis, written as 0% to 100%."""
    ax.set_xlim(0, 1.02)
    ax.set_xticks(np.arange(0, 1.01, 0.25))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))


def count_axis(ax: Axes, largest: float, label: str) -> None:
    """Counts or rates on the x axis: from zero, a little beyond the largest, thousands with a comma."""
    ax.set_xlim(0, largest * 1.06 if largest > 0 else 1)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4 if is_narrow(ax) else 6, integer=largest >= 4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}" if value < 1000 else number(value)))
    ax.set_xlabel(label)


def label_bars(ax: Axes, y: Sequence[float], values: Sequence[float], labels: Sequence[str]) -> None:
    """Write each bar's value just beyond its end."""
    for position, value, label in zip(y, values, labels, strict=True):
        ax.annotate(
            label,
            (0.0 if pd.isna(value) else value, position),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )


def label_points(
    ax: Axes,
    x: Sequence[float],
    y: Sequence[float],
    labels: Sequence[str],
    gap: float = 2.0,
    left_of: Sequence[bool] | None = None,
) -> None:
    """Write a label beside each point, moved up or down so that no two labels overlap.

    A label stands to the right of its point, or to the left where it would leave the axes, or where `left_of` asks for it
    (say, because a line leaves the point to the right) and there is room. gap: points between
    two labels. Call it last: it settles the layout first, since only then is it known how much room there is.
    """
    if not len(labels):
        return
    figure = figure_of(ax)
    figure.draw_without_rendering()
    points = 72 / figure.dpi
    at = ax.transData.transform(np.column_stack([x, y]).astype(float)) * points
    left, right, bottom, top = (edge * points for edge in (ax.bbox.x0, ax.bbox.x1, ax.bbox.y0, ax.bbox.y1))
    placed = []
    for i in np.argsort(-at[:, 1], kind="stable"):
        text = ax.annotate(labels[i], (x[i], y[i]), xytext=(8, 0), textcoords="offset points", fontsize="small")
        text.set(
            verticalalignment="center",
            annotation_clip=False,
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6},
        )
        text.set_in_layout(False)
        text.set_zorder(2.5)  # its paper covers lines, never a point
        box = text.get_window_extent()
        width, height = box.width * points, box.height * points
        to_right = at[i, 0] + 8 + width <= right or at[i, 0] - 8 - width < left
        if left_of is not None and left_of[i] and at[i, 0] - 8 - width >= left:
            to_right = False
        start = at[i, 0] + 8 if to_right else at[i, 0] - 8 - width
        placed.append(_Label(text, start, start + width, height, min(at[i, 1], top - height / 2), at[i, 1], to_right))
    for i, label in enumerate(placed):  # down from the top
        for other in sorted(placed[:i], key=lambda other: -other.middle):
            if label.meets(other, gap):
                label.middle = other.middle - (label.height + other.height) / 2 - gap
    for i, label in reversed(list(enumerate(placed))):  # and up again, where they left the axes
        label.middle = max(label.middle, bottom + label.height / 2)
        for other in sorted(placed[i + 1 :], key=lambda other: other.middle):
            if label.meets(other, gap):
                label.middle = other.middle + (label.height + other.height) / 2 + gap
    for label in placed:
        label.text.set_position((8 if label.to_right else -8, label.middle - label.point))
        label.text.set_horizontalalignment("left" if label.to_right else "right")


@dataclass
class _Label:
    """A label on its way to its place; lengths in points from the figure's lower left corner."""

    text: Annotation
    start: float
    end: float
    height: float
    middle: float
    point: float
    to_right: bool

    def meets(self, other: _Label, gap: float) -> bool:
        apart = abs(self.middle - other.middle) - (self.height + other.height) / 2
        return self.start < other.end and other.start < self.end and apart < gap - 1e-6

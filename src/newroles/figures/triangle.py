"""Pairs of codes as the lower triangle of a square, each name at the end of its row and on top of its column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from newroles.errors import InputError
from newroles.figures.style import INK, MUTED, WIDE, figure_of, figure_width, is_narrow, new_axes, wrapped

_LETTER = 0.074  # inches a character of a name
_LINE = 0.155  # inches a line of a name
_LEAST = (0.2, 0.23)  # inches of a cell, on a phone and on a page, before names go below the triangle
_SMALLEST, _LARGEST = 0.16, 0.5  # inches a cell is wide
MOST = 20  # names; more can't be told apart on a phone


@dataclass(frozen=True)
class Triangle:
    """Axes in inches with a cell for each pair of names; `side` is a cell's width, `bottom` where the names end."""

    ax: Axes
    side: float
    bottom: float

    def cell(self, one: int, other: int, colour: str = "none", alpha: float | None = None, hatch: str = "") -> None:
        """Fill the cell of two names, by their places in the list."""
        x, y, side = min(one, other) * self.side, max(one, other) * self.side, self.side - 0.02
        box = Rectangle((x, y), side, side, facecolor=colour, edgecolor="none", linewidth=0, alpha=alpha)
        if hatch:
            box = Rectangle((x, y), side, side, facecolor="none", edgecolor=MUTED, linewidth=0.5, hatch=hatch)
        self.ax.add_patch(box)

    def write(self, one: int, other: int, text: str, muted: bool = False) -> bool:
        """Print a text in the cell of two names, if it fits; whether it did."""
        if len(text) * 0.068 > self.side - 0.02:
            return False
        x, y = ((place + 0.5) * self.side - 0.01 for place in (min(one, other), max(one, other)))
        said = self.ax.text(x, y, text, ha="center", va="center", fontsize=8.0 if self.side < 0.3 else 8.4)
        said.set_color(MUTED if muted else INK)
        return True


def triangle_of(names: Sequence[str], ax: Axes | None = None, below: float = 0.5) -> Triangle:
    """Make axes with a cell for each pair of names.

    below: inches under the triangle, for a key and a note (from `bottom` on). Where the names don't fit beside cells so
    small, the cells have numbers, and the names stand below, numbered. Raises InputError for more than `MOST` names.
    """
    if len(names) > MOST:
        raise InputError(
            f"A map of pairs is readable with up to {MOST} codes, and these are {len(names)}: choose those that matter to "
            "the reader, and keep the others in the table."
        )
    if ax is None:
        room, narrow = figure_width() - 0.08, figure_width() < WIDE / 2
    else:
        room, narrow = float(ax.get_position().width * figure_of(ax).get_figwidth()), is_narrow(ax)
    count = len(names)
    side, texts = _LARGEST, _beside(names, _LARGEST, room)
    while not texts and side > _LEAST[not narrow]:
        side = round(side - 0.01, 2)
        texts = _beside(names, side, room)
    listed: list[str] = []
    if not texts:
        side = max(_SMALLEST, min(_LARGEST, (room - 0.25) / count))
        listed = [wrapped(f"{i + 1}  {name}", int(room / _LETTER)) for i, name in enumerate(names)]
        texts = [str(i + 1) for i in range(count)]
    bottom = count * side + sum((text.count("\n") + 1) * _LINE + 0.02 for text in listed) + (0.12 if listed else 0)
    ax = new_axes(bottom + below + 0.08, ax)
    ax.set(xlim=(0, room), ylim=(bottom + below, 0))
    ax.axis("off")
    for i, text in enumerate(texts):
        ax.text(i * side + 0.04, (i + 0.5) * side, text, va="center", fontsize=8.6, linespacing=1.0)
    down = count * side + 0.1
    for text in listed:
        ax.text(0, down, text, va="top", fontsize=8.6)
        down += (text.count("\n") + 1) * _LINE + 0.02
    return Triangle(ax, side, bottom)


def _beside(names: Sequence[str], side: float, room: float) -> list[str]:
    """The names as they stand at the ends of rows with cells of this width; none where they don't fit."""
    places = [room - (i + 1) * side for i in range(len(names))]
    texts = [wrapped(name, max(8, int((place - 0.05) / _LETTER))) for name, place in zip(names, places, strict=True)]
    for text, place in zip(texts, places, strict=True):
        lines = text.split("\n")
        if len(lines) * _LINE > side + 0.02 or max(map(len, lines)) * _LETTER > place:
            return []
    return texts

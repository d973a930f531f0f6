"""Names by columns with a mark in each cell; a list in words where the columns would get too thin to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from newroles.figures.style import GRID, INK, MUTED, PAPER, WIDE, figure_of, figure_width, is_narrow, new_axes, wrapped

_ROW, _LINE = 0.27, 0.18  # inches: a row of one line, and each further line
_BESIDE = 34  # characters in a line of a name beside a grid
_LETTER, _SMALL = 0.084, 0.071  # inches a character, bold and small: a little more than the mean

Draw = Callable[[Axes, float, float, str | None, str], None]
"""Draws a mark at x and y: of which entry (None in the key), and which mark."""

Key = Sequence[tuple[str | None, str]]
"""A mark (None: the text has its own sign) and what it means."""


@dataclass(frozen=True)
class Entry:
    """A row of the figure: a name with its id, or a heading (no id)."""

    text: str
    id: str | None


@dataclass(frozen=True)
class Columns:
    """The columns of a grid: their ids, names, and the heading that each stands under."""

    ids: list[str]
    names: list[str]
    headings: list[str]

    @property
    def groups(self) -> list[tuple[str, int, int]]:
        """Each heading with its first column and the one after its last."""
        starts = [i for i, text in enumerate(self.headings) if i == 0 or self.headings[i - 1] != text]
        return [(self.headings[a], a, b) for a, b in zip(starts, [*starts[1:], len(self.headings)], strict=True)]


def grid_or_list(
    entries: Sequence[Entry],
    columns: Columns,
    cells: Sequence[tuple[str, str, str]],
    listed: Sequence[tuple[str, str, str]],
    draw: Draw,
    key: Key,
    list_key: Key = (),
    lonely: str = "",
    ax: Axes | None = None,
) -> Figure:
    """Draw a grid where its columns have room, and else a list.

    entries: the rows. cells: entry, column and mark of each filled cell. listed: entry, mark and words of each line of the
    list. key and list_key: what the marks mean. lonely: what is said of an entry without any mark.
    """
    layout = _layout(entries, columns, key, ax)
    if layout is None:
        return _list(entries, listed, list_key, draw, ax, lonely)
    return _grid(layout, entries, columns, cells, key, draw, ax, lonely)


@dataclass(frozen=True)
class _Layout:
    """How wide, in inches, the names and each column of a grid are, and how many characters a line of each may have."""

    left: float
    wide: float
    letters: int
    turned: int


def _layout(entries: Sequence[Entry], columns: Columns, key: Key, ax: Axes | None) -> _Layout | None:
    """How a grid fits; None where its columns would be too thin for their headings, and a list is better."""
    if figure_width() < WIDE / 2 if ax is None else is_narrow(ax):
        return None
    room = figure_width() if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    names = [line for entry in entries if entry.id for line in wrapped(entry.text, _BESIDE).split("\n")]
    left = max(max(map(len, names)) * _SMALL + 0.25, max((len(text) * _SMALL + 0.4 for _, text in key), default=0))
    wide = min((room - left - 0.1) / len(columns.ids), 0.7)
    thickest = [
        (max(map(len, heading.split()), default=0) * _LETTER, (end - start) * wide)
        for heading, start, end in columns.groups
    ]
    if any(need > have for need, have in thickest):
        return None
    for turned in (15, 23):
        lines = max(wrapped(name, turned).count("\n") + 1 for name in columns.names)
        if wide >= lines * 0.165 + 0.02:
            return _Layout(left, wide, _BESIDE, turned)
    return None


def _grid(
    layout: _Layout,
    entries: Sequence[Entry],
    columns: Columns,
    cells: Sequence[tuple[str, str, str]],
    key: Key,
    draw: Draw,
    ax: Axes | None,
    lonely: str = "",
) -> Figure:
    """Names by columns, a mark in each cell; the key stands in the corner above the names. Units are inches."""
    left, wide = layout.left, layout.wide
    right = left + wide * len(columns.ids)
    turned = [wrapped(name, layout.turned) for name in columns.names]
    above = [wrapped(text, int((end - start) * wide / _LETTER)) for text, start, end in columns.groups]
    lines = max(text.count("\n") + 1 for text in above) if any(above) else 0
    head = max(
        lines * _LINE + 0.2 + max(len(line) for text in turned for line in text.split("\n")) * _SMALL,
        0.21 * len(key) + 0.1,
    )
    texts = [wrapped(entry.text, layout.letters) for entry in entries]
    heights = [
        _ROW + text.count("\n") * 0.15 + (0.1 if entry.id is None else 0)
        for entry, text in zip(entries, texts, strict=True)
    ]
    total = head + sum(heights)
    ax = new_axes(total + 0.1, ax)
    ax.set(xlim=(0, figure_width() - 0.08), ylim=(total, 0))
    ax.axis("off")
    for (_, start, end), text in zip(columns.groups, above, strict=True):
        if not text:
            continue
        edges = [left + start * wide + 0.04, left + end * wide - 0.04]
        ax.text(edges[0], lines * _LINE - 0.02, text, va="bottom", fontweight="bold", fontsize="small")
        ax.plot(edges, [lines * _LINE + 0.04] * 2, color=MUTED, linewidth=1)
    across = {id: left + (i + 0.5) * wide for i, id in enumerate(columns.ids)}
    for x, text in zip(across.values(), turned, strict=True):
        ax.text(x, head - 0.06, text, rotation=90, va="bottom", ha="center", fontsize="small", linespacing=1.05)
    _draw_key(ax, key, draw)
    top, middle = head, {}
    for entry, text, height in zip(entries, texts, heights, strict=True):
        y = top + height / 2
        if entry.id is None:
            ax.text(0, top + height - 0.04, text, va="bottom", fontweight="bold")
        else:
            middle[entry.id] = y
            ax.text(0.08, y, text, va="center", fontsize="small", linespacing=1.1)
            ax.plot([left, right], [y, y], color=GRID, linewidth=0.7, zorder=0.5)
        top += height
    for _, start, _ in columns.groups[1:]:
        ax.plot([left + start * wide] * 2, [head, total], color=GRID, linewidth=1.2, zorder=0.4)
    for name, column, mark in cells:
        draw(ax, across[column], middle[name], name, mark)
    if lonely:
        for name in set(middle) - {name for name, _, _ in cells}:
            said = ax.text(left + 0.1, middle[name], lonely, va="center", fontstyle="italic", fontsize="small")
            said.set(color=MUTED, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8})
    return figure_of(ax)


def _list(
    entries: Sequence[Entry],
    listed: Sequence[tuple[str, str, str]],
    key: Key,
    draw: Draw,
    ax: Axes | None,
    lonely: str = "",
) -> Figure:
    """Each name followed by its marks, in words. Units are inches."""
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    letters = max(16, int((room - 0.35) / 0.081))
    with_heads = any(entry.id is None for entry in entries)
    top = 0.21 * len(key) + (0.08 if key else 0)
    lines: list[tuple[float, str, str | None, str | None, str]] = []  # top, text, id, mark, what it is
    for entry in entries:
        top += 0.16 if entry.id is None else 0.08
        text = wrapped(entry.text, letters)
        lines.append((top, text, entry.id, None, "heading" if entry.id is None or not with_heads else "name"))
        top += _LINE * (text.count("\n") + 1) + 0.03
        own: list[tuple[str | None, str]] = [(mark, said) for name, mark, said in listed if name == entry.id]
        if entry.id is not None and not own and lonely:
            own = [(None, lonely)]
        for mark, said in own:
            text = wrapped(said, letters)
            lines.append((top, text, entry.id, mark, "mark"))
            top += _LINE * (text.count("\n") + 1) + 0.02
    ax = new_axes(top + 0.1, ax)
    ax.set(xlim=(0, room), ylim=(top, 0))
    ax.axis("off")
    _draw_key(ax, key, draw)
    for y, text, id, mark, what in lines:
        bold = "bold" if what == "heading" else "normal"
        ax.text(0.32 if what == "mark" else 0, y, text, va="top", fontweight=bold, linespacing=1.15).set_color(
            MUTED if what == "mark" and mark is None else INK
        )
        if what == "mark" and mark is not None:
            draw(ax, 0.16, y + 0.085, id, mark)
    return figure_of(ax)


def _draw_key(ax: Axes, key: Key, draw: Draw) -> None:
    for i, (mark, text) in enumerate(key):
        if mark is not None:
            draw(ax, 0.16, 0.21 * i + 0.12, None, mark)
        ax.text(0.32 if mark is not None else 0.1, 0.21 * i + 0.12, text, va="center", fontsize="small", color=MUTED)

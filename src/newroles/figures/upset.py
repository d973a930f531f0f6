"""The figure of kinds that occur together: an UpSet plot on a page, turned on its side on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newroles.errors import InputError
from newroles.figures.style import (
    ACCENT,
    INK,
    MUTED,
    SHADE,
    WIDE,
    figure_of,
    figure_width,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)
from newroles.overview.combinations import JOIN, NONE

_SMALL = 0.068  # inches a small character
_LINE = 0.165  # inches a line of text
_STUB = 0.22  # inches of the hatched stub that stands for a hidden count


@dataclass(frozen=True)
class _Together:
    """One combination: its kinds, how many units have it (None: hidden)."""

    kinds: tuple[str, ...]
    count: int | None

    @property
    def label(self) -> str:
        return "?" if self.count is None else number(self.count)


@use_house_style()
def upset_plot(
    table: pd.DataFrame,
    sizes: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    most: int = 12,
    of: str = "trusts",
) -> Figure:
    """Which kinds of skill-mix change occur together, and how often?

    table: one row a combination, drawn in the order given, as `overview.combinations` returns: kinds (joined by "; ", or
        "none"), x, n, N; after `disclosure.protect` also x_status.
    sizes: how many units have each kind, in whatever combination; left out, no sizes are drawn, and none is drawn of a
    kind that is part of a hidden combination, since that could be worked out from it. names: what each kind is called.
    most: combinations drawn; the others are summed in a line beneath. of: what is counted.
    Returns the figure: a row a kind, a column a combination with its kinds as joined dots and its count as a bar (on a
    phone a row a combination). A combination whose count is hidden has a hatched stub.
    It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, a combination is there twice, or kinds of the table
    have no size where sizes are given.

    >>> table = pd.DataFrame({"kinds": ["innovation; delegation", "none"], "x": [3, 1], "n": 4, "N": 6})
    >>> [text.get_text() for text in upset_plot(table).axes[0].texts][-1]
    '4 trusts that answered, of 6. No dots: none of these kinds'
    """
    every = _combinations(table)
    if most < 1:
        raise InputError(f"An UpSet plot shows at least one combination; most is {most}.")
    drawn, others = every[:most], every[most:]
    order = _kinds_in_order(every)
    if not order:
        raise InputError("No unit has any of the kinds, so nothing occurs together: say so in a sentence.")
    missing = [kind for kind in order if sizes is not None and kind not in sizes]
    if missing:
        raise InputError(
            f"The sizes have no '{missing[0]}', a kind of the table. Give the size of every kind, or none."
        )
    secret = {kind for together in every if together.count is None for kind in together.kinds}
    known = {kind: int(size) for kind, size in (sizes or {}).items() if kind not in secret}
    said = [(names or {}).get(kind, kind) for kind in order]
    words = _beneath(table.iloc[0], drawn, others, of)
    if figure_width() < WIDE / 2:
        return _on_its_side(drawn, order, said, known, words)
    return _upright(drawn, order, said, known, words)


def _combinations(table: pd.DataFrame) -> list[_Together]:
    need_columns(table, ["kinds", "x", "n"], "upset_plot", "a combination")
    if table["kinds"].duplicated().any():
        twice = table.loc[table["kinds"].duplicated(), "kinds"].iloc[0]
        raise InputError(f"The combination '{twice}' is there twice. One row is one combination.")
    return [
        _Together(() if kinds == NONE else tuple(str(kinds).split(JOIN)), None if pd.isna(x) else int(x))
        for kinds, x in zip(table["kinds"], table["x"], strict=True)
    ]


def _kinds_in_order(every: Sequence[_Together]) -> list[str]:
    """As the combinations name them: the more frequent before the less."""
    longest_first = sorted(every, key=lambda together: -len(together.kinds))
    order: list[str] = []
    for together in longest_first:
        for i, kind in enumerate(together.kinds):
            if kind not in order:
                after = [order.index(other) for other in together.kinds[i + 1 :] if other in order]
                order.insert(min([len(order), *after]), kind)
    return order


def _beneath(row: pd.Series, drawn: Sequence[_Together], others: Sequence[_Together], of: str) -> str:
    answered = number(row["n"]) if pd.notna(row["n"]) else "some"
    frame = f" that answered, of {number(row['N'])}" if "N" in row.index and pd.notna(row["N"]) else ""
    words = [f"{answered} {of}{frame}"]
    if others:
        counts = [together.count for together in others]
        together = "not shown" if None in counts else number(sum(count or 0 for count in counts))
        plural = "s" if len(others) > 1 else ""
        words.append(f"{len(others)} further combination{plural}, together {together}")
    if any(together.count is None for together in drawn):
        words.append("? and dots: small number, not shown")
    if any(not together.kinds for together in drawn):
        words.append("No dots: none of these kinds")
    return ". ".join(words)


def _upright(
    drawn: Sequence[_Together], order: Sequence[str], said: Sequence[str], sizes: Mapping[str, int], words: str
) -> Figure:
    room = figure_width() - 0.08
    labels = [wrapped(text, 24) for text in said]
    named = max(len(line) for text in labels for line in text.split("\n")) * 0.078 + 0.15
    sized = 1.15 if sizes else 0.0
    left = sized + named
    step = min((room - left) / len(drawn), 0.48)
    heights = [max(0.29, text.count("\n") * _LINE + 0.29) for text in labels]
    tall, head = 1.35, 0.42
    top = head + tall + 0.14
    note = wrapped(words, int(room / _SMALL))
    bottom = top + sum(heights)
    end = bottom + 0.14 + _LINE * (note.count("\n") + 1)
    ax = _inches(room, end)
    ax.text(left, 0.0, "With exactly these kinds", va="top", fontsize="small", color=MUTED)
    if sizes:
        ax.text(0, top - 0.08, "With the kind", va="bottom", fontsize="small", color=MUTED)
    middles = _lanes(ax, top, heights, 0.0, left + step * len(drawn))
    largest = max([together.count or 0 for together in drawn] + [1])
    for text, kind, y in zip(labels, order, middles, strict=True):
        ax.text(left - 0.12, y, text, ha="right", va="center", linespacing=1.05)
        if kind in sizes:
            long = 0.75 * sizes[kind] / max(max(sizes.values()), 1)
            ax.add_patch(Rectangle((0.33, y - 0.07), long, 0.14, facecolor=MUTED, linewidth=0))
            ax.text(0.28, y, number(sizes[kind]), ha="right", va="center", fontsize="small")
    for i, together in enumerate(drawn):
        x = left + (i + 0.5) * step
        long = _STUB if together.count is None else tall * together.count / largest
        _bar(ax, (x - 0.1, head + tall - long), 0.2, long, together.count is None)
        ax.text(x, head + tall - long - 0.04, together.label, ha="center", va="bottom", fontsize="small")
        _dots(ax, [(x, y) for y in middles], [kind in together.kinds for kind in order])
    ax.plot([left, left + step * len(drawn)], [head + tall] * 2, color=MUTED, linewidth=0.8)
    ax.text(0, bottom + 0.1, note, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def _on_its_side(
    drawn: Sequence[_Together], order: Sequence[str], said: Sequence[str], sizes: Mapping[str, int], words: str
) -> Figure:
    room = figure_width() - 0.08
    step = min(0.27, 2.4 / len(order))
    labels = [wrapped(text, 22) for text in said]
    if max(text.count("\n") + 1 for text in labels) * 0.15 > step:
        labels = list(said)
    head = max(len(line) for text in labels for line in text.split("\n")) * _SMALL + 0.1
    sized = 0.22 if sizes else 0.0
    right = step * len(order) + 0.12
    long = room - right - 0.4
    note = wrapped(words + (". Numbers over the dots: with the kind" if sizes else ""), int(room / 0.066))
    row = 0.27
    top = head + sized
    bottom = top + row * len(drawn)
    end = bottom + 0.14 + _LINE * (note.count("\n") + 1)
    ax = _inches(room, end)
    across = [(i + 0.5) * step for i in range(len(order))]
    for x, text, kind in zip(across, labels, order, strict=True):
        ax.text(x, head - 0.06, text, rotation=90, ha="center", va="bottom", fontsize="small", linespacing=1.0)
        if kind in sizes:
            ax.text(x, head + sized / 2 - 0.03, number(sizes[kind]), ha="center", va="center", fontsize="small")
    ax.text(
        right, top - 0.08, wrapped("With exactly these kinds", int(long / _SMALL)), va="bottom", fontsize="small"
    ).set_color(MUTED)
    largest = max([together.count or 0 for together in drawn] + [1])
    for y, together in zip(_lanes(ax, top, [row] * len(drawn), 0.0, room), drawn, strict=True):
        wide = _STUB if together.count is None else long * together.count / largest
        _bar(ax, (right, y - 0.08), wide, 0.16, together.count is None)
        ax.text(right + wide + 0.05, y, together.label, va="center", fontsize="small")
        _dots(ax, [(x, y) for x in across], [kind in together.kinds for kind in order])
    ax.text(0, bottom + 0.1, note, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def _inches(room: float, end: float) -> Axes:
    ax = new_axes(end + 0.08)
    ax.set(xlim=(0, room), ylim=(end, 0))
    ax.axis("off")
    return ax


def _lanes(ax: Axes, top: float, heights: Sequence[float], left: float, right: float) -> list[float]:
    """Every second row on a shaded ground; the middle of each."""
    middles = []
    for i, height in enumerate(heights):
        if i % 2 == 0:
            ax.add_patch(Rectangle((left, top), right - left, height, facecolor=SHADE, linewidth=0, zorder=0))
        middles.append(top + height / 2)
        top += height
    return middles


def _bar(ax: Axes, corner: tuple[float, float], width: float, height: float, hidden: bool) -> None:
    if hidden:
        ax.add_patch(Rectangle(corner, width, height, facecolor="none", edgecolor=MUTED, linewidth=0.8, hatch="...."))
    else:
        ax.add_patch(Rectangle(corner, width, height, facecolor=ACCENT, linewidth=0))


def _dots(ax: Axes, places: Sequence[tuple[float, float]], has: Sequence[bool]) -> None:
    """A dot for each kind that the combination has, joined by a line; a faint ring for each that it hasn't."""
    with_kind = [place for place, there in zip(places, has, strict=True) if there]
    if len(with_kind) > 1:
        ends = (with_kind[0], with_kind[-1])
        ax.plot([x for x, _ in ends], [y for _, y in ends], color=INK, linewidth=1.6, zorder=2.5)
    for (x, y), there in zip(places, has, strict=True):
        ring = ax.plot([x], [y], linestyle="none", marker="o", zorder=2)[0]
        ring.set(markersize=7.5 if there else 4.5, markerfacecolor=INK if there else "none")
        ring.set(markeredgecolor=INK if there else MUTED, markeredgewidth=0.6)

"""The network of roles: who works with whom, within a group and across, round a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from newroles.errors import InputError
from newroles.figures.networks import in_words
from newroles.figures.palette import EXISTING_ROLE_COLOUR, FAMILY_COLOURS, MARKERS
from newroles.figures.style import (
    ACCENT,
    GRID,
    MUTED,
    PAPER,
    WIDE,
    figure_of,
    figure_width,
    is_narrow,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip

_LINE, _LETTER = 0.165, 0.074  # inches: a line of small text, and a character of it
_COLOURS = [*FAMILY_COLOURS.values(), EXISTING_ROLE_COLOUR]


@use_house_style()
def role_network(
    roles: pd.DataFrame,
    pairs: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    highlight: str | None = None,
    weight: str = "weight",
    size: str = "size",
    what: str = "ties",
    ax: Axes | None = None,
) -> Figure:
    """Which roles work with which, within their group and across?

    roles: one row per role, drawn round a circle in the order given: role, group (its members stand together), and the
        column `size` (drawn as the area of the mark). No more groups than there are markers (palette.MARKERS).
    pairs: one row per pair of roles that worked together (no rows: marks alone): role_a, role_b and the column `weight`, drawn as thickness.
    names: what roles and groups are called; left out, the id in words. highlight: a role whose lines stand out; left out,
    the lines between groups do. what: what a line counts, for the key.
    Returns the figure: groups differ by shape as well as colour; names stand beside the circle on a page, below it with
    numbers on a phone.
    Raises InputError when a column is missing, there are no rows, more groups than markers, or a pair names an unknown role.

    >>> roles = pd.DataFrame({"role": ["nurse", "doctor"], "group": ["nursing", "medicine"], "size": [3, 1]})
    >>> pairs = pd.DataFrame({"role_a": ["nurse"], "role_b": ["doctor"], "weight": [2]})
    >>> [text.get_text() for text in role_network(roles, pairs).axes[0].texts][:2]
    ['Nurse', 'Doctor']
    """
    need_columns(roles, ["role", "group", size], "role_network", "a role")
    if len(pairs):
        need_columns(pairs, ["role_a", "role_b", weight], "role_network", "a pair of roles")
    groups = list(dict.fromkeys(roles["group"]))
    if len(groups) > len(MARKERS):
        raise InputError(
            f"{len(groups)} groups can't be told apart by shape and colour; join them to at most {len(MARKERS)}."
        )
    place = {role: i for i, role in enumerate(roles["role"])}
    for role in [*pairs["role_a"], *pairs["role_b"]]:
        if role not in place:
            raise InputError(f"The pairs name the role '{role}', which is not among the roles.")
    if highlight is not None and highlight not in place:
        raise InputError(f"The role '{highlight}' to highlight is not among the roles.")
    said = in_words([*roles["role"], *groups], names)
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    across = 2.7 if narrow else 3.7
    listed = [wrapped(f"{i + 1}  {said[role]}", int(room / _LETTER)) for role, i in place.items()] if narrow else []
    key = _key_lines([(said[group], i) for i, group in enumerate(groups)], room)
    meant = (
        _meaning(pairs[weight], what, said.get(highlight or "", "")) if len(pairs) else f"No {what} between two roles."
    )
    told = wrapped(meant, int(room / (_LETTER - 0.004)))
    top = 0.3
    below = top + across + 0.32
    list_height = sum((text.count("\n") + 1) * _LINE + 0.02 for text in listed) + (0.08 if listed else 0)
    height = below + list_height + 0.22 * len(key) + _LINE * (told.count("\n") + 1) + 0.12
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    angle = _angles(roles["group"].tolist())
    x, y = room / 2 + across / 2 * np.sin(angle), top + across / 2 - across / 2 * np.cos(angle)
    _draw_lines(ax, pairs, weight, place, roles["group"].tolist(), x, y, highlight)
    largest = max(float(roles[size].max()), 1e-9)
    for i, (group, value) in enumerate(zip(roles["group"], roles[size].astype(float), strict=True)):
        _mark(ax, x[i], y[i], groups.index(group), (6.5 if narrow else 7) + 9 * np.sqrt(max(value, 0) / largest))
    if narrow:
        for i in range(len(place)):
            ax.text(
                x[i] + 0.17 * np.sin(angle[i]),
                y[i] - 0.17 * np.cos(angle[i]),
                str(i + 1),
                ha="center",
                va="center",
                fontsize=8,
            )
        down = below
        for text in listed:
            ax.text(0, down, text, va="top", fontsize=8.6)
            down += (text.count("\n") + 1) * _LINE + 0.02
    else:
        names_beside(ax, [said[role] for role in place], x, y, room, across, top)
    down = below + list_height
    for entries in key:
        for start, text, number_of in entries:
            _mark(ax, start + 0.07, down + 0.06, number_of, 7.5)
            ax.text(start + 0.2, down + 0.065, text, va="center", fontsize="small", color=MUTED)
        down += 0.22
    ax.text(0, down + 0.02, told, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def _angles(groups: Sequence[str]) -> np.ndarray:
    """Where round the circle each role stands: evenly, with a gap of half a place between two groups."""
    steps = np.array([0.0] + [1.0 if one == other else 1.5 for one, other in pairwise(groups)])
    at = steps.cumsum()
    turn = at[-1] + (1.0 if groups[0] == groups[-1] else 1.5)
    return 2 * np.pi * at / turn + np.pi / max(turn, 1.0) / 2


def _mark(ax: Axes, x: float, y: float, group: int, size: float) -> None:
    ax.plot(
        [x], [y], linestyle="none", marker=MARKERS[group], markersize=size, markerfacecolor=_COLOURS[group % len(_COLOURS)], markeredgecolor=PAPER,
        markeredgewidth=0.9, zorder=3, clip_on=False,
    )  # fmt: skip


def _draw_lines(
    ax: Axes,
    pairs: pd.DataFrame,
    weight: str,
    place: Mapping[str, int],
    groups: Sequence[str],
    x: np.ndarray,
    y: np.ndarray,
    highlight: str | None,
) -> None:
    """Lines of pairs, those that matter on top."""
    if pairs.empty:
        return
    largest = max(float(pairs[weight].max()), 1e-9)
    for row in pairs.sort_values(weight).to_dict("records"):
        one, other = place[row["role_a"]], place[row["role_b"]]
        if one == other or not row[weight] > 0:
            continue
        marked = highlight in (row["role_a"], row["role_b"]) if highlight else groups[one] != groups[other]
        ax.plot(
            [x[one], x[other]], [y[one], y[other]], color=ACCENT if marked else MUTED, alpha=0.75 if marked else 0.45,
            linewidth=0.6 + 4.4 * float(row[weight]) / largest, solid_capstyle="butt", zorder=2 if marked else 1.5,
            linestyle="-" if marked else (0, (4, 1.5)),
        )  # fmt: skip


def names_beside(
    ax: Axes, texts: Sequence[str], x: np.ndarray, y: np.ndarray, room: float, across: float, top: float
) -> None:
    """Names in two columns beside the circle, joined to their marks; on either side none meets another."""
    letters = int((room - across) / 2 / _LETTER) - 3
    for right in (True, False):
        mine = [i for i in range(len(texts)) if (x[i] >= room / 2) == right]
        mine.sort(key=lambda i: y[i])
        said = {i: wrapped(texts[i], letters) for i in mine}
        tall = {i: (said[i].count("\n") + 1) * 0.155 + 0.05 for i in mine}
        at = {i: float(y[i]) for i in mine}
        for before, i in pairwise(mine):
            at[i] = max(at[i], at[before] + (tall[before] + tall[i]) / 2)
        if mine:
            over = at[mine[-1]] + tall[mine[-1]] / 2 - (top + across + 0.25)
            for before, i in zip(mine[-2::-1], mine[:0:-1], strict=True):
                at[i] -= max(over, 0) if i == mine[-1] else 0
                at[before] = min(at[before], at[i] - (tall[before] + tall[i]) / 2)
        edge = room / 2 + (across / 2 + 0.3) * (1 if right else -1)
        for i in mine:
            ax.plot([x[i], edge], [y[i], at[i]], color=GRID, linewidth=0.8, zorder=1)
            ax.text(
                edge + (0.05 if right else -0.05), at[i], said[i], ha="left" if right else "right", va="center", fontsize=8.8,
                linespacing=1.0,
            )  # fmt: skip


def _key_lines(entries: Sequence[tuple[str, int]], room: float) -> list[list[tuple[float, str, int]]]:
    """The key's entries in lines: where each starts (inches), its text and its group's number."""
    lines: list[list[tuple[float, str, int]]] = [[]]
    x = 0.0
    for text, group in entries:
        wide = 0.2 + len(text) * _LETTER + 0.2
        if lines[-1] and x + wide > room:
            lines.append([])
            x = 0.0
        lines[-1].append((x, text, group))
        x += wide
    return lines


def _meaning(weights: pd.Series, what: str, highlighted: str) -> str:
    marked = f"lines of the {highlighted.lower()}" if highlighted else "lines between groups"
    return (
        f"Solid: {marked}; dashed: others. The thicker a line, the more {what} (up to {number(float(weights.max()))}); the "
        "larger a mark, the more of its own."
    )

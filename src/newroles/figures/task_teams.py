"""Over all teams: in how many is each task contested, nobody's, shared, before and after? Nobody is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newroles.errors import InputError
from newroles.figures.networks import in_words
from newroles.figures.style import (
    ACCENT,
    INK,
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
from newroles.figures.task_map import ALARM, key_places

_LINE, _LETTER = 0.165, 0.076  # inches: a line of small text, and a character of it
_SEGMENTS = {
    "contested": "contested",
    "orphan": "nobody does it",
    "shared": "two or more roles do it",
    "supervised": "one does it, another supervises",
    "sole": "one role does it",
    "not_described": "not spoken of",
}


@use_house_style()
def task_board_of_teams(board: pd.DataFrame, names: Mapping[str, str] | None = None, ax: Axes | None = None) -> Figure:
    """In how many teams is each task contested, nobody's, shared, supervised or one role's, before and after?

    board: one row per task, time and state, as `jurisdiction.board_of_teams` returns: task, when (before, after), state, teams
        (a count; with teams_status after `disclosure.protect`). Tasks are drawn in the order given.
    names: what tasks are called; left out, the id in words.
    Returns the figure: for each task a bar before and one after, all of the same length, its parts the teams in each state with
    their number; states differ by fill, outline and place. A part that isn't shown leaves dots at the end of its bar.
    Raises InputError when a column is missing, there are no rows, or a state is unknown or there twice.

    >>> board = pd.DataFrame({"task": "care", "when": ["before", "after"], "state": ["sole", "contested"], "teams": [3, 3]})
    >>> [text.get_text() for text in task_board_of_teams(board).axes[0].texts][:5]
    ['Before', 'After', 'Care', '3', '3']
    """
    need_columns(board, ["task", "when", "state", "teams"], "task_board_of_teams", "a task, time and state")
    for state in board["state"].unique():
        if state not in _SEGMENTS:
            raise InputError(f"'{state}' is no state of a task: expected one of {', '.join(_SEGMENTS)}.")
    if board.duplicated(["task", "when", "state"]).any():
        raise InputError("A task is there twice with the same time and state. One row is a task, time and state.")
    counts = {(row["task"], row["when"], row["state"]): row for row in board.to_dict("records")}
    tasks = in_words(list(dict.fromkeys(board["task"])), names)
    bars = {(task, when): _parts(counts, task, when) for task in tasks for when in ("before", "after")}
    most = max([sum(teams for _, teams in parts) + hidden for parts, hidden in bars.values()] + [1.0])
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.12 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    left, gap = (0.0, 0.15) if narrow else (2.0, 0.25)
    wide = (room - left - gap) / 2
    texts = {task: wrapped(name, int((room if narrow else left - 0.1) / _LETTER)) for task, name in tasks.items()}
    heights = {
        t: _LINE * (x.count("\n") + 1) + 0.33 if narrow else max(_LINE * (x.count("\n") + 1), 0.22) + 0.09
        for t, x in texts.items()
    }
    shown = [state for state in _SEGMENTS if any(state == part for parts, _ in bars.values() for part, _ in parts)]
    told = [(state, _SEGMENTS[state]) for state in shown] + [("hidden", "not shown: small")] * any(
        hidden for _, hidden in bars.values()
    )
    key = key_places([(0.28, text) for _, text in told], room)
    head, total = 0.28, 0.28 + sum(heights.values()) + 0.1 + 0.22 * (key[-1][1] + 1 if key else 0)
    ax = new_axes(total + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(total, 0))
    ax.axis("off")
    starts = {"before": left, "after": left + wide + gap}
    for when, x in starts.items():
        ax.text(x + wide / 2, 0.12, when.capitalize(), ha="center", va="center", color=MUTED, fontweight="bold")
    y = head
    for task, text in texts.items():
        above = heights[task] - 0.33 if narrow else 0.0
        tall = 0.22 if narrow else heights[task] - 0.09
        ax.text(0, y + (above / 2 if narrow else tall / 2), text, va="center", fontsize=8.8, linespacing=1.05)
        for when, x in starts.items():
            _draw_bar(ax, x, y + above + tall / 2 - 0.09, wide, most, *bars[(task, when)])
        y += heights[task]
    for (state, text), (x, step) in zip(told, key, strict=True):
        _draw_part(ax, x, y + 0.08 + 0.22 * step, 0.22, 0.14, state)
        ax.text(x + 0.28, y + 0.15 + 0.22 * step, text, va="center", fontsize="small", color=MUTED)
    return figure_of(ax)


def _parts(counts: Mapping[Any, Any], task: str, when: str) -> tuple[list[tuple[str, float]], int]:
    """The states of a bar with the number of teams, and how many states are not shown."""
    rows = [(state, counts[(task, when, state)]) for state in _SEGMENTS if (task, when, state) in counts]
    hidden = sum(str(row.get("teams_status") or "") == "hidden" for _, row in rows)
    return [(state, float(row["teams"])) for state, row in rows if pd.notna(row["teams"]) and row["teams"] > 0], hidden


def _draw_bar(
    ax: Axes, x: float, y: float, wide: float, most: float, parts: Sequence[tuple[str, float]], hidden: int
) -> None:
    start = x
    for state, teams in parts:
        long = wide * teams / most
        _draw_part(ax, start, y, long, 0.18, state)
        text = number(teams)
        if long > len(text) * _LETTER + 0.02:
            said = ax.text(start + long / 2, y + 0.09, text, ha="center", va="center", fontsize=8.2)
            bold = state in ("contested", "orphan")
            said.set(color=PAPER if state == "contested" else INK, fontweight="bold" if bold else "normal")
            if state == "not_described":
                said.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.8})
        start += long
    if hidden:
        _draw_part(ax, start, y, x + wide - start, 0.18, "hidden")


def _draw_part(ax: Axes, x: float, y: float, wide: float, tall: float, state: str) -> None:
    fills = {"contested": (ALARM, 1.0), "shared": (ACCENT, 0.45), "supervised": (ACCENT, 0.12), "sole": (MUTED, 0.14)}
    colour, depth = fills.get(state, ("none", None))
    inside = (x + 0.012, y), max(wide - 0.024, 0.01), tall
    ax.add_patch(Rectangle(*inside, facecolor=colour, alpha=depth, linewidth=0))
    look: dict[str, Any] = {"facecolor": "none", "edgecolor": MUTED, "linewidth": 0.7}
    if state == "orphan":
        look.update(edgecolor=INK, linewidth=1.5, linestyle=(0, (2.5, 1.5)))
    elif state in ("hidden", "not_described"):
        look.update(hatch="...." if state == "hidden" else "////", linewidth=0.5)
    elif state == "supervised":
        look.update(edgecolor=ACCENT, linewidth=1.2)
    ax.add_patch(Rectangle(*inside, **look))

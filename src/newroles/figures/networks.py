"""The figures of who works with whom: who meets more than by chance, who stands between, and what changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from newroles.errors import InputError
from newroles.figures.cells import Cell, draw_cell
from newroles.figures.rows import dot, rows_of
from newroles.figures.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
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
_DEEPEST = 0.55  # the deepest shade lets the ink of a number stand out, on a light page and on a dark one
BROKERS = {
    "coordinator": "A→A→A",
    "itinerant": "B→A→B",
    "gatekeeper": "B→A→A",
    "representative": "A→A→B",
    "liaison": "B→A→C",
}
"""The kinds of brokerage, each with the broker (of group A) in the middle."""


@use_house_style()
def mixing_heat_map(
    mixing: pd.DataFrame,
    value: str = "ratio",
    names: Mapping[str, str] | None = None,
    expected: str = "by chance",
    ax: Axes | None = None,
) -> Figure:
    """Which groups work together more, and which less, than by chance?

    mixing: one row per pair of groups: group_a, group_b, and the column `value`, a ratio of observed to expected (1 = as by
        chance; blank: no such pair of people, or not shown, which a column `status` with "hidden" says). Pairs given in one
        order make a triangle with the diagonal; pairs in both orders a square, read from row to column.
    names: what groups are called; left out, the id in words. expected: what the ratio compares with, for the key.
    Returns the figure: the ratio in each cell; above 1 shaded in the accent, below 1 in grey, the deeper the further.
    Raises InputError when a column is missing, there are no rows, or a pair stands there twice.

    >>> mixing = pd.DataFrame({"group_a": ["n", "n", "d"], "group_b": ["n", "d", "d"], "ratio": [1.5, 0.5, None]})
    >>> [text.get_text() for text in mixing_heat_map(mixing).axes[0].texts if "." in text.get_text()][:2]
    ['1.5', '0.5']
    """
    need_columns(mixing, ["group_a", "group_b", value], "mixing_heat_map", "a pair of groups")
    if mixing.duplicated(["group_a", "group_b"]).any():
        raise InputError("A pair of groups stands twice in the table. One row is one pair.")
    groups = list(dict.fromkeys([*mixing["group_a"], *mixing["group_b"]]))
    place = {group: i for i, group in enumerate(groups)}
    pairs = {(a, b) for a, b in zip(mixing["group_a"], mixing["group_b"], strict=True) if a != b}
    square = any((b, a) in pairs for a, b in pairs)
    said = in_words(groups, names)
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    count = len(groups)
    left = 0.3 if narrow else min(2.2, max(map(len, said.values())) * _LETTER + 0.4)
    side = min(0.62, (room - left) / count)
    if side < 0.3:
        raise InputError(f"{count} groups leave cells too small to be read: join groups, or show them as a table.")
    listed = [wrapped(f"{i + 1}  {said[group]}", int(room / _LETTER)) for group, i in place.items()] if narrow else []
    list_height = sum((text.count("\n") + 1) * _LINE + 0.02 for text in listed) + (0.08 if listed else 0)
    states = [_state(row) for row in mixing.to_dict("records")]
    told = [f"Above 1 (blue-green): more often than {expected}; below 1 (grey): less often."]
    if square:
        told.append("From the group of the row to that of the column.")
    key = wrapped(" ".join(told), int(room / (_LETTER - 0.004)))
    absent = [state for state in ("hidden", "missing") if state in states]
    top, tall = 0.28, 0.34 if narrow else 0.36
    bottom = top + count * tall
    height = bottom + 0.12 + list_height + _LINE * (key.count("\n") + 1) + 0.22 * len(absent) + 0.06
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    for i, group in enumerate(groups):
        y, x = top + (i + 0.5) * tall, left + (i + 0.5) * side - 0.02
        ax.text(
            left - 0.08, y, str(i + 1) if narrow else f"{said[group]}  {i + 1}", ha="right", va="center", fontsize=8.8
        )
        ax.text(x, top - 0.06, str(i + 1), ha="center", va="bottom", fontsize=8.4, color=MUTED)
    for row, state in zip(mixing.to_dict("records"), states, strict=True):
        one, other = place[row["group_a"]], place[row["group_b"]]
        if not square:
            one, other = max(one, other), min(one, other)
        x, y = left + other * side, top + one * tall
        if state != "shown":
            draw_cell(ax, x, y, side - 0.03, tall - 0.03, Cell(state))
            continue
        ratio = float(row[value])
        depth = min(abs(np.log2(max(ratio, 0.125))) / 2, 1.0)
        colour = ACCENT if ratio > 1 else MUTED
        ax.add_patch(
            Rectangle(
                (x, y), side - 0.03, tall - 0.03, facecolor=colour, alpha=0.05 + depth * (_DEEPEST - 0.05), linewidth=0
            )
        )
        ax.add_patch(Rectangle((x, y), side - 0.03, tall - 0.03, facecolor="none", edgecolor=GRID, linewidth=0.7))
        ax.text(x + side / 2 - 0.015, y + tall / 2 - 0.01, number(ratio, 1), ha="center", va="center", fontsize=8.6)
    down = bottom + 0.12
    for text in listed:
        ax.text(0, down, text, va="top", fontsize=8.6)
        down += (text.count("\n") + 1) * _LINE + 0.02
    down += 0.08 if listed else 0
    ax.text(0, down, key, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    down += _LINE * (key.count("\n") + 1) + 0.06
    words = {"hidden": "small number, not shown", "missing": "no such pair of people"}
    for state in absent:
        draw_cell(ax, 0, down, 0.19, 0.15, Cell(state))
        ax.text(0.26, down + 0.075, words[state], va="center", fontsize="small", color=MUTED)
        down += 0.22
    return figure_of(ax)


@use_house_style()
def brokerage_profile(
    profile: pd.DataFrame, names: Mapping[str, str] | None = None, by: str = "role", ax: Axes | None = None
) -> Figure:
    """Between whom does each role stand, and more often than by chance?

    profile: one row per role (or other column `by`) and kind of brokerage, in the order to be drawn: role, kind (coordinator,
        itinerant, gatekeeper, representative, liaison), paths (observed) and expected; blank paths are drawn as not shown.
    names: what roles are called; left out, the id in words.
    Returns the figure: a cell for each role and kind with "observed / expected", shaded in the accent where observed exceeds
    expected and in grey where it falls short.
    Raises InputError when a column is missing, there are no rows, a kind is unknown or a role and kind stand there twice.

    >>> profile = pd.DataFrame({"role": "nurse", "kind": ["coordinator", "liaison"], "paths": [4, 9], "expected": [8.0, 3.0]})
    >>> [text.get_text() for text in brokerage_profile(profile).axes[0].texts if "/" in text.get_text()][:2]
    ['4 / 8', '9 / 3']
    """
    need_columns(profile, [by, "kind", "paths", "expected"], "brokerage_profile", f"a {by} and kind of brokerage")
    unknown = [kind for kind in profile["kind"] if kind not in BROKERS]
    if unknown:
        raise InputError(f"'{unknown[0]}' is no kind of brokerage. There are: {', '.join(BROKERS)}.")
    if profile.duplicated([by, "kind"]).any():
        raise InputError(f"A {by} and kind stand twice in the table. One row is one {by} and kind.")
    cells = {(row[by], row["kind"]): row for row in profile.to_dict("records")}
    rows, kinds = list(dict.fromkeys(profile[by])), [kind for kind in BROKERS if kind in set(profile["kind"])]
    said = in_words(rows, names)
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    left = 0.0 if narrow else min(2.4, max(map(len, said.values())) * _LETTER + 0.15)
    wide = min((room - left) / len(kinds), 1.05)
    labels = [wrapped(said[row], int((room if narrow else left - 0.1) / _LETTER)) for row in rows]
    lines = [text.count("\n") + 1 for text in labels]
    tall = [n * _LINE + 0.36 if narrow else max(0.32, n * _LINE + 0.08) for n in lines]
    key = [f"{BROKERS[kind]}: {kind}" for kind in kinds] if narrow else []
    told = wrapped(
        ("; ".join(key) + ". " if key else "")
        + "A is the broker's own group, B and C others; the broker stands in the middle. Paths observed / expected if labels were "
        "dealt out at random; the deeper blue-green, the more than expected; the deeper grey, the fewer.",
        int(room / (_LETTER - 0.004)),
    )
    top = 0.26 if narrow else 0.42
    height = top + sum(tall) + 0.1 + _LINE * (told.count("\n") + 1) + 0.05
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    for i, kind in enumerate(kinds):
        head = BROKERS[kind] if narrow else f"{kind.capitalize()}\n{BROKERS[kind]}"
        ax.text(
            left + (i + 0.5) * wide - 0.02, top - 0.06, head, ha="center", va="bottom", fontsize=8.4, linespacing=1.1
        )
    y = top
    for row, label, n, high in zip(rows, labels, lines, tall, strict=True):
        cell_top = y + n * _LINE + 0.04 if narrow else y
        cell_high = 0.27 if narrow else high - 0.04
        ax.text(
            0,
            y + n * _LINE / 2 + 0.01 if narrow else y + cell_high / 2,
            label,
            va="center",
            fontsize=8.8,
            linespacing=1.0,
        )
        for i, kind in enumerate(kinds):
            _broker_cell(ax, left + i * wide, cell_top, wide - 0.04, cell_high, cells.get((row, kind)))
        y += high
    ax.text(0, y + 0.08, told, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


@use_house_style()
def change_chart(
    changes: pd.DataFrame,
    label: str = "label",
    axis: str = "Share of ties that cross a role boundary",
    times: tuple[str, str] = ("before", "after"),
    share: bool = True,
    ax: Axes | None = None,
) -> Figure:
    """What was it before, and what after?

    changes: one row per thing compared, in the order to be drawn: the column `label`, before, after, and optionally low and
        high (of the change), written at the right. Blank values are left out of the row.
    axis: what is measured. times: what the two times are called. share: values from 0 to 1, written in per cent.
    Returns the figure: a hollow mark for before, a filled one for after, joined by a line.
    Raises InputError when a column is missing or there are no rows.

    >>> changes = pd.DataFrame({"label": ["Team 1"], "before": [0.5], "after": [0.7]})
    >>> change_chart(changes).axes[0].get_yticklabels()[0].get_text()
    'Team 1'
    """
    need_columns(changes, [label, "before", "after"], "change_chart", "a thing compared")
    rows_in = changes.to_dict("records")
    right = [_change_words(row, share) for row in rows_in]
    key = f"○ {times[0]}   ● {times[1]}"
    rows = rows_of([row[label] for row in rows_in], ax, right=right if any(right) else None, extra=0.95)
    for y, row in zip(rows.y, rows_in, strict=True):
        before, after = float(row["before"]), float(row["after"])
        if pd.notna(before) and pd.notna(after):
            rows.ax.plot([before, after], [y, y], color=GRID, linewidth=2.4, zorder=1.5, solid_capstyle="butt")
        if pd.notna(before):
            dot(rows.ax, before, float(y), INK, hollow=True)
        if pd.notna(after):
            dot(rows.ax, after, float(y), ACCENT)
    values = changes[["before", "after"]].to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    if not len(known):
        raise InputError("None of the rows has a value before or after: say so in a sentence instead of drawing it.")
    low, high = float(known.min()), float(known.max())
    gap = max((high - low) * 0.08, 0.02 if share else 0.05)
    rows.ax.set_xlim(
        max(0, low - gap) if low >= 0 else low - gap, min(1.0, high + gap) if share and high <= 1 else high + gap
    )
    rows.ax.xaxis.set_major_locator(MaxNLocator(nbins=4))
    if share:
        rows.ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    rows.ax.set_xlabel(f"{wrapped(axis, 44 if rows.above else 80)}\n{key}")
    return figure_of(rows.ax)


def in_words(ids: Sequence[str], names: Mapping[str, str] | None) -> dict[str, str]:
    """What each id is called: its name, else the id in words with a capital."""
    return {
        str(i): (names or {}).get(i, str(i).replace("_", " ")[:1].upper() + str(i).replace("_", " ")[1:]) for i in ids
    }


def _state(row: Mapping[Hashable, Any]) -> str:
    if str(row.get("status") or "") == "hidden":
        return "hidden"
    values = [row[key] for key in row if key in ("ratio", "value", "odds_ratio", "density")]
    return "missing" if any(pd.isna(value) for value in values) else "shown"


def _broker_cell(ax: Axes, x: float, y: float, wide: float, tall: float, row: Mapping | None) -> None:
    if row is None or pd.isna(row["paths"]):
        draw_cell(ax, x, y, wide, tall, Cell("hidden" if row is not None else "not_asked"))
        return
    paths, expected = float(row["paths"]), float(row["expected"])
    if pd.notna(expected) and expected > 0:
        depth = min(abs(np.log2(max(paths / expected, 0.125))) / 2, 1.0)
        colour = ACCENT if paths > expected else MUTED
        ax.add_patch(
            Rectangle((x, y), wide, tall, facecolor=colour, alpha=0.05 + depth * (_DEEPEST - 0.05), linewidth=0)
        )
    ax.add_patch(Rectangle((x, y), wide, tall, facecolor="none", edgecolor=GRID, linewidth=0.7))
    text = number(paths) if pd.isna(expected) else f"{number(paths)} / {number(expected)}"
    if len(text) * 0.068 > wide:
        text = text.replace(" / ", " /\n")
    ax.text(x + wide / 2, y + tall / 2, text, ha="center", va="center", fontsize=8.4, linespacing=0.95)


def _change_words(row: Mapping[Hashable, Any], share: bool) -> str:
    before, after = float(row["before"]), float(row["after"])
    if pd.isna(before) or pd.isna(after):
        return "not known"
    scale, places = (100, 0) if share else (1, 2)
    low, high = row.get("low"), row.get("high")
    interval = ""
    if low is not None and high is not None and pd.notna(low) and pd.notna(high):
        interval = f" ({_signed(float(low) * scale, places)} to {_signed(float(high) * scale, places)})"
    return f"{_signed((after - before) * scale, places)}{interval}"


def _signed(value: float, places: int) -> str:
    text = number(value, places)
    return text if text.startswith("−") or not float(f"{value:.{places}f}") else f"+{text}"

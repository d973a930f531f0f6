"""The figures of shared work: which roles overlap, on whom a new role borders and by what, and what two roles share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from newroles.errors import InputError, did_you_mean
from newroles.figures.rows import dot, rows_of
from newroles.figures.style import (
    ACCENT,
    GRID,
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
from newroles.figures.triangle import MOST, Triangle, triangle_of

_DEEPEST = 0.55  # the deepest shade lets the ink of a number stand out, on a light page and on a dark one
_FULL = 0.8  # the overlap from which on the shade is deepest
_BAR, _LINE = 0.15, 0.17  # inches: the thickness of a bar, and a line of small text
_LETTER, _SMALL = 0.078, 0.07  # inches a character, and a small one: a little more than the mean
_ON_A_PHONE = 7  # roles; a triangle of more has cells too small for a phone


@use_house_style()
def overlap_matrix(
    pairs: pd.DataFrame,
    order: Sequence[str] | None = None,
    names: Mapping[str, str] | None = None,
    nearest: int = 3,
    ax: Axes | None = None,
) -> Figure:
    """Which roles overlap much, and which little?

    pairs: one row per ordered pair of roles, as `jurisdiction.overlap` returns: role_a, role_b, overlap (0-1, blank: not
        defined).
    order: the roles from top to bottom, such as `jurisdiction.clustered_order` gives; left out, as in the table. names: what
    they are called; left out, the id in words. nearest: how many neighbours a phone shows.
    Returns the figure: the lower triangle of a square with the overlap in hundredths in each cell, the deeper the shade the
    more overlap. On a phone, or with more roles than a triangle has room for, each role is followed by those with which it
    overlaps most, as bars.
    Raises InputError when a column is missing, there are fewer than two roles, or a role of the order isn't in the table.

    >>> pairs = pd.DataFrame({"role_a": ["nurse", "doctor"], "role_b": ["doctor", "nurse"], "overlap": [0.3, 0.3]})
    >>> [text.get_text() for text in overlap_matrix(pairs).axes[0].texts][:3]
    ['Nurse', 'Doctor', '30']
    """
    need_columns(pairs, ["role_a", "role_b", "overlap"], "overlap_matrix", "an ordered pair of roles")
    present = [str(role) for role in pd.unique(pairs["role_a"])]
    roles = present if order is None else list(dict.fromkeys(order))
    for role in roles:
        if role not in present:
            raise InputError(f"No pair of the table has the role '{role}'. {did_you_mean(role, present)}")
    if len(roles) < 2:
        raise InputError("An overlap needs at least two roles.")
    said = _names(roles, names)
    known = pairs.drop_duplicates(["role_a", "role_b"]).set_index(["role_a", "role_b"])["overlap"]
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    if len(roles) > (_ON_A_PHONE if narrow else MOST):
        return _neighbours(known, roles, said, nearest, ax)
    grid = triangle_of([said[role] for role in roles], ax, below=0.72 if narrow else 0.5)
    states = set()
    for j in range(1, len(roles)):
        for i in range(j):
            value = known.get((roles[i], roles[j]), known.get((roles[j], roles[i]), np.nan))
            states.add(_shade(grid, i, j, float(value)))
    _draw_scale(grid, "unknown" in states)
    return figure_of(grid.ax)


@use_house_style()
def bordering_chart(
    borders: pd.DataFrame,
    most: int = 3,
    activities: int = 3,
    names: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """On whom does each role border, and by which activities?

    borders: one row per role, bordering role and shared competency, as `jurisdiction.bordering` and `place_roles` return:
        role, borders_on, overlap (0-1), competency, share (of the overlap, 0-1).
    most: how many bordering roles of each role. activities: how many competencies are named for each, the weightiest
    first. names: what roles and competencies are called; left out, the id in words.
    Returns the figure: under each role a bar for each bordering role, from 0 to 1, its overlap at the end, and below it the
    competencies that carry it. Where more roles or competencies are shared than shown, it says how many.
    Raises InputError when a column is missing, there are no rows, or most or activities is below 1.

    >>> borders = pd.DataFrame({"role": "helper", "borders_on": "nurse", "overlap": 0.4, "competency": ["talks", "walks"],
    ...                         "share": [0.7, 0.3]})
    >>> [text.get_text() for text in bordering_chart(borders).axes[0].texts][:4]
    ['Helper', 'Nurse', '0.40', 'talks, walks']
    """
    need_columns(
        borders,
        ["role", "borders_on", "overlap", "competency", "share"],
        "bordering_chart",
        "a role, a role it borders on and a shared competency",
    )
    if most < 1 or activities < 1:
        raise InputError("At least one bordering role and one competency each must be shown.")
    said = _names([*borders["role"], *borders["borders_on"]], names)
    words = _names(borders["competency"], names, capital=False)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    narrow = room < WIDE / 2
    left = 0.15 if narrow else min(max(len(said[b]) for b in borders["borders_on"]) * _LETTER + 0.3, room * 0.42)
    letters = int((room - left) / _SMALL)
    blocks = _blocks(borders, most, activities, said, words, letters, narrow, int(left / _LETTER))
    height = sum(block.height for block in blocks) + 0.28
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    full = room - left - 0.45
    top = 0.0
    for block in blocks:
        _draw_block(ax, block, top, left, full, narrow)
        top += block.height
    _draw_bar_scale(ax, left, full, height - 0.26)
    return figure_of(ax)


@use_house_style()
def shared_core_chart(
    core: pd.DataFrame,
    pair: tuple[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    most: int = 12,
    ax: Axes | None = None,
) -> Figure:
    """What is at the core of both of two roles, and how much does it weigh in each?

    core: one row per pair of roles and shared competency, as `jurisdiction.shared_core` returns: role_a, role_b,
        competency, weight_a, weight_b (0-1). pair: which two roles; left out, the table must have one pair only.
    names: what roles and competencies are called; left out, the id in words. most: how many competencies.
    Returns the figure: one row a competency with a filled dot for the first role and an open square for the second, joined
    by a line, on an axis from zero.
    Raises InputError when a column is missing, there are no rows, or the pair isn't there or isn't said.

    >>> core = pd.DataFrame({"role_a": ["nurse"], "role_b": "doctor", "competency": "assesses", "weight_a": 0.2, "weight_b": 0.1})
    >>> shared_core_chart(core).axes[0].get_yticklabels()[0].get_text()
    'Assesses'
    """
    need_columns(
        core,
        ["role_a", "role_b", "competency", "weight_a", "weight_b"],
        "shared_core_chart",
        "a pair of roles and a competency",
    )
    found = list(dict.fromkeys(zip(core["role_a"], core["role_b"], strict=True)))
    if pair is None and len(found) > 1:
        raise InputError(f"The table has {len(found)} pairs of roles: choose one, such as pair={found[0]!r}.")
    first, second = found[0] if pair is None else pair
    own = core[core["role_a"].eq(first) & core["role_b"].eq(second)]
    turned = core[core["role_a"].eq(second) & core["role_b"].eq(first)]
    if own.empty and not turned.empty:
        own = turned.rename(columns={"weight_a": "weight_b", "weight_b": "weight_a"})
    if own.empty:
        raise InputError(f"The table has no competency at the core of both '{first}' and '{second}'.")
    own = own.head(most)
    said, words = _names([first, second], names), _names(own["competency"], names)
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    keys = [f"● {said[first]}", f"□ {said[second]}"]
    beside = "   ".join(keys)
    key = "\n".join(wrapped(line, 36) for line in keys) if narrow or len(beside) > 60 else beside
    rows = rows_of([words[name] for name in own["competency"]], ax, extra=0.78 + 0.17 * (key.count("\n") + 1))
    for y, a, b in zip(rows.y, own["weight_a"], own["weight_b"], strict=True):
        rows.ax.plot([a, b], [y, y], color=GRID, linewidth=2.2, zorder=1.5, solid_capstyle="butt")
        dot(rows.ax, float(a), float(y), ACCENT)
        dot(rows.ax, float(b), float(y), INK, "s", hollow=True)
    top = float(max(own["weight_a"].max(), own["weight_b"].max()))
    rows.ax.set_xlim(0, top * 1.08)
    rows.ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    rows.ax.xaxis.set_major_locator(MaxNLocator(nbins=4))
    rows.ax.set_xlabel(f"Share of the role's work\n{key}")
    return figure_of(rows.ax)


class _Block:
    """What stands under one bordering role, or a role's heading, with its height in inches."""

    def __init__(self, name: str, line: str, value: float | None, text: str, height: float) -> None:
        self.name, self.line, self.value, self.text, self.height = name, line, value, text, height


def _blocks(
    borders: pd.DataFrame,
    most: int,
    activities: int,
    said: Mapping[str, str],
    words: Mapping[str, str],
    letters: int,
    narrow: bool,
    beside: int,
) -> list[_Block]:
    blocks = []
    for role in dict.fromkeys(borders["role"]):
        own = borders[borders["role"] == role]
        others = list(dict.fromkeys(own["borders_on"]))
        more = _left_out(own.drop_duplicates("borders_on")["overlap"].tolist(), most)
        heading = wrapped(said[role], 38 if narrow else 80)
        blocks.append(_Block(heading, "heading", None, "", 0.3 + 0.18 * heading.count("\n")))
        for other in others[:most]:
            shared = own[own["borders_on"] == other].nlargest(activities, "share", keep="first")
            left_out = len(own[own["borders_on"] == other]) - len(shared)
            listed = ", ".join(words[name] for name in shared["competency"])
            text = wrapped(listed + (f" and {left_out} more" if left_out > 0 else ""), letters)
            name = wrapped(said[other], 38 if narrow else max(beside, 12))
            above = _LINE * (name.count("\n") + 1) if narrow else 0.0
            height = above + max(
                _BAR + 0.04 + _LINE * (text.count("\n") + 1), 0 if narrow else _LINE * (name.count("\n") + 1)
            )
            blocks.append(
                _Block(name, "bar", float(own.loc[own["borders_on"] == other, "overlap"].iloc[0]), text, height + 0.08)
            )
        if more:
            blocks.append(_Block(more, "more", None, "", 0.22))
    return blocks


def _left_out(overlaps: Sequence[float], most: int) -> str:
    """How many bordering roles aren't drawn, and whether some of them overlap as much as the last one that is."""
    rest = overlaps[most:]
    alike = sum(abs(overlap - overlaps[most - 1]) < 1e-9 for overlap in rest)
    if not rest:
        return ""
    less = len(rest) - alike
    with_less = f"and {less} more with less overlap" if less else ""
    return f"and {alike} more with as much overlap as the last{', ' if less else ''}{with_less}" if alike else with_less


def _draw_block(ax: Axes, block: _Block, top: float, left: float, full: float, narrow: bool) -> None:
    if block.line == "heading":
        ax.text(0, top + 0.08, block.name, va="top", fontweight="bold")
        return
    if block.line == "more":
        ax.text(left, top, block.name, va="top", fontsize="small", fontstyle="italic", color=MUTED)
        return
    value = block.value or 0.0
    if narrow:
        ax.text(left, top, block.name, va="top", linespacing=1.1)
        top += _LINE * (block.name.count("\n") + 1)
        top += 0.02
    else:
        ax.text(0.12, top - 0.01, block.name, va="top", linespacing=1.1)
    ax.add_patch(Rectangle((left, top), full, _BAR, facecolor="none", edgecolor=GRID, linewidth=0.7))
    ax.add_patch(Rectangle((left, top), full * value, _BAR, facecolor=ACCENT, edgecolor="none"))
    ax.text(left + full + 0.06, top + _BAR / 2, number(value, 2), va="center", fontsize="small")
    ax.text(left, top + _BAR + 0.03, block.text, va="top", fontsize="small", color=MUTED, linespacing=1.1)


def _draw_bar_scale(ax: Axes, left: float, full: float, top: float) -> None:
    ax.text(left, top + 0.06, "Bar: overlap, from none (0) to the same (1)", va="top", fontsize="small", color=MUTED)
    ax.plot([left, left + full], [top + 0.02] * 2, color=GRID, linewidth=0.7)


def _neighbours(
    known: pd.Series, roles: Sequence[str], said: Mapping[str, str], nearest: int, ax: Axes | None
) -> Figure:
    """Each role with those with which it overlaps most, as bars: for a phone."""
    rows = [(role, other, known.get((role, other), np.nan)) for role in roles for other in roles if other != role]
    table = pd.DataFrame(rows, columns=["role", "borders_on", "overlap"])
    table = table[table["overlap"] > 0].sort_values("overlap", ascending=False, kind="stable")
    table = table.groupby("role", sort=False).head(nearest)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    left, inside = (room * 0.45, 21) if room < WIDE / 2 else (2.4, 32)
    laid = []
    for role in roles:
        own = table[table["role"] == role]
        laid.append((wrapped(said[role], int(room / (_LETTER + 0.006))), "heading", 0.0))
        laid += [
            (wrapped(said[other], inside), "bar", float(value))
            for other, value in zip(own["borders_on"], own["overlap"], strict=True)
        ]
        if own.empty:
            laid.append(("overlaps with nobody", "none", 0.0))
    heights = [(_LINE + 0.1 if line == "heading" else 0.18) + 0.14 * text.count("\n") for text, line, _ in laid]
    height = sum(heights) + 0.3
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    top, full = 0.0, room - left - 0.42
    for (text, line, value), tall in zip(laid, heights, strict=True):
        if line == "heading":
            ax.text(0, top + 0.1, text, va="top", fontweight="bold", linespacing=1.1)
        else:
            said_text = ax.text(0.12, top, text, va="top", fontsize="small", linespacing=1.1)
            said_text.set(color=MUTED if line == "none" else INK, fontstyle="italic" if line == "none" else "normal")
        if line == "bar":
            ax.add_patch(Rectangle((left, top + 0.02), full, 0.12, facecolor="none", edgecolor=GRID, linewidth=0.7))
            ax.add_patch(Rectangle((left, top + 0.02), full * value, 0.12, facecolor=ACCENT, edgecolor="none"))
            ax.text(left + full + 0.06, top + 0.08, number(value, 2), va="center", fontsize="small")
        top += tall
    key = (
        f"The {nearest} with most overlap; bars from 0 to 1"
        if nearest > 1
        else "The one with most overlap; bar from 0 to 1"
    )
    ax.text(0, top + 0.1, key, va="top", fontsize="small", color=MUTED)
    return figure_of(ax)


def _shade(grid: Triangle, i: int, j: int, value: float) -> str:
    if np.isnan(value):
        grid.cell(i, j, GRID, 0.35)
        grid.write(i, j, "?", muted=True)
        return "unknown"
    grid.cell(i, j, ACCENT, _depth(value))
    grid.write(i, j, f"{100 * value:.0f}")
    return "shown"


def _depth(value: float) -> float:
    return 0.04 + (_DEEPEST - 0.04) * min(value / _FULL, 1.0)


def _draw_scale(grid: Triangle, unknown: bool) -> None:
    """What the shades mean, under the triangle."""
    top, narrow = grid.bottom + 0.1, is_narrow(grid.ax)
    words = "Overlap in hundredths" if narrow else "Overlap in hundredths (0: none; 100: the same)"
    grid.ax.text(0, top, words, va="top", fontsize="small", color=MUTED)
    x = 0.0
    for value in (0.0, 0.2, 0.4, 0.6, 0.8):
        text = f"{100 * value:.0f}" + (" and over" if value == _FULL else "")
        box = Rectangle((x, top + 0.2), 0.18, 0.15, facecolor=ACCENT, alpha=_depth(value), edgecolor="none")
        grid.ax.add_patch(box)
        grid.ax.text(x + 0.23, top + 0.275, text, va="center", fontsize="small")
        x += 0.33 + 0.074 * len(text)
    if unknown:
        x, y = (0.0, top + 0.48) if narrow else (x + 0.1, top + 0.275)
        grid.ax.text(x, y, "? not defined", va="center", fontsize="small", color=MUTED).set_backgroundcolor(PAPER)


def _names(ids: Sequence[str] | pd.Series, names: Mapping[str, str] | None, capital: bool = True) -> dict[str, str]:
    """What each is called: as `names` says, else its id in words."""
    said = {}
    for id in dict.fromkeys(ids):
        text = str((names or {}).get(id, str(id).replace("_", " ")))
        said[str(id)] = text[:1].upper() + text[1:] if capital else text
    return said

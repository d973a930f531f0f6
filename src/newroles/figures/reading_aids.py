"""The figures of reading aids: which codes come together, and whether further documents still add codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from newroles.errors import InputError, did_you_mean
from newroles.figures.palette import MARKERS
from newroles.figures.rows import dot
from newroles.figures.style import (
    ACCENT,
    GRID,
    MUTED,
    WIDE,
    figure_of,
    figure_width,
    is_narrow,
    label_points,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip
from newroles.figures.triangle import Triangle, triangle_of

RARER = "#c1570b"
"""Together more rarely than by chance; `style.ACCENT` stands for more often."""

_FULL = 4.0  # so many times as often as by chance, or as rarely, has the deepest shade
_DEEPEST = 0.55


@use_house_style()
def cooccurrence_map(
    table: pd.DataFrame, codes: Sequence[str] | None = None, of: str = "units", ax: Axes | None = None
) -> Figure:
    """Which codes come together more often, or more rarely, than chance would bring them together?

    table: one row a pair of codes, as `coding.code_cooccurrence` or `coding.cooccurrence_from_pairs` returns: code_a,
        code_b, n_both, n (all units), lift (observed over expected; 1 is chance), suppressed.
    codes: which ones, in this order; left out, all in the order of the table. of: what n counts.
    Returns the figure: the lower triangle of a square, in one colour above 1 and another below, deeper the further from 1
    (up to four times), with the number where there is room. Suppressed pairs are hatched; pairs that never come together
    have the deepest shade and a 0; pairs that the table doesn't have, a point; pairs whose lift isn't known, a question
    mark.
    Raises InputError when a column is missing, there are no rows, a code isn't in the table, or fewer than two or
    more than `triangle.MOST` are to be drawn.

    >>> table = pd.DataFrame({"code_a": ["a"], "code_b": ["b"], "n_both": [6], "n": [60], "lift": [2.0], "suppressed": False})
    >>> [text.get_text() for text in cooccurrence_map(table).axes[0].texts][:3]
    ['a', 'b', '2.0']
    """
    columns = ["code_a", "code_b", "n_both", "n", "lift", "suppressed"]
    need_columns(table, columns, "cooccurrence_map", "a pair of codes")
    present = list(dict.fromkeys([*table["code_a"], *table["code_b"]]))
    shown = present if codes is None else list(dict.fromkeys(codes))
    for code in shown:
        if code not in present:
            raise InputError(f"No pair of the table has the code '{code}'. {did_you_mean(code, present)}")
    if len(shown) < 2:
        raise InputError("A map of pairs needs at least two codes.")
    pairs = {frozenset((row["code_a"], row["code_b"])): row for row in table.to_dict("records")}
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    grid = triangle_of([str(code) for code in shown], ax, below=1.0 if narrow else 0.65)
    states = set()
    for j in range(1, len(shown)):
        for i in range(j):
            states.add(_draw_pair(grid, i, j, pairs.get(frozenset((shown[i], shown[j])))))
    counted = [int(count) for count in table["n"].unique()]
    _draw_scale(grid, states, f"n = {' or '.join(number(count) for count in counted)} {of}")
    return figure_of(grid.ax)


def _draw_pair(grid: Triangle, i: int, j: int, row: dict[Any, Any] | None) -> str:
    if row is None:
        grid.cell(i, j, GRID, 0.35)
        grid.write(i, j, "·", muted=True)
        return "absent"
    if bool(row["suppressed"]):
        grid.cell(i, j, hatch="/////")
        return "suppressed"
    if row["n_both"] == 0 or row["lift"] == 0:
        grid.cell(i, j, RARER, _DEEPEST)
        grid.write(i, j, "0")
        return "shown"
    if pd.isna(row["lift"]):
        grid.cell(i, j, GRID, 0.35)
        grid.write(i, j, "?", muted=True)
        return "unknown"
    lift = float(row["lift"])
    depth = min(abs(np.log(lift)) / np.log(_FULL), 1.0)
    grid.cell(i, j, ACCENT if lift >= 1 else RARER, 0.05 + (_DEEPEST - 0.05) * depth)
    grid.write(i, j, number(lift, 1) if lift < 9.95 else number(lift))
    return "shown"


def _draw_scale(grid: Triangle, states: set[str], counted: str) -> None:
    """What the shades mean, under the triangle: five steps, then what has no shade."""
    top, narrow = grid.bottom + 0.12, is_narrow(grid.ax)
    grid.ax.text(0, top, f"Observed over expected ({counted})", va="top", fontsize="small", color=MUTED)
    steps = [
        ("¼ and under", RARER, 1.0),
        ("½", RARER, 0.5),
        ("1", ACCENT, 0.0),
        ("2", ACCENT, 0.5),
        ("4 and over", ACCENT, 1.0),
    ]
    x = 0.0
    for text, colour, depth in steps:
        _box(grid.ax, x, top + 0.22, {"facecolor": colour, "alpha": 0.05 + (_DEEPEST - 0.05) * depth})
        grid.ax.text(x + 0.24, top + 0.29, text, va="center", fontsize="small")
        x += 0.34 + 0.074 * len(text)
    others = [
        ("suppressed", "suppressed (small number)", {"facecolor": "none", "edgecolor": MUTED, "hatch": "/////"}),
        ("absent", "· not in the table", None),
        ("unknown", "? not known", None),
    ]
    x, y = (0.0, top + 0.51) if narrow else (x + 0.15, top + 0.29)
    for state, text, looks in others:
        if state not in states:
            continue
        wide = len(text) * 0.074 + (0.24 if looks else 0) + 0.15
        if x and x + wide > grid.ax.get_xlim()[1]:
            x, y = 0.0, y + 0.21
        if looks:
            _box(grid.ax, x, y - 0.07, looks)
        grid.ax.text(x + (0.24 if looks else 0), y, text, va="center", fontsize="small", color=MUTED)
        x += wide


def _box(ax: Axes, x: float, y: float, looks: dict[str, Any]) -> None:
    ax.add_patch(Rectangle((x, y), 0.18, 0.14, **{"edgecolor": "none", "linewidth": 0.5, **looks}))


@use_house_style()
def saturation_curve(table: pd.DataFrame, of: str = "documents", ax: Axes | None = None) -> Figure:
    """Do further documents still add codes?

    table: one row a number of documents read, as `coding.saturation` or `coding.expected_codes` returns: number,
        cumulative_codes, low, high (blank: no band); optionally curve (a name for each of several curves).
    of: what `number` counts.
    Returns the figure: codes found so far by documents read, both from zero, each line with its band and its last value.
    Raises InputError when a column is missing, there are no rows, or a curve has a number twice.

    >>> table = pd.DataFrame({"number": [1, 2], "cumulative_codes": [3, 4], "low": [2, 4], "high": [4, 4]})
    >>> [text.get_text() for text in saturation_curve(table).axes[0].texts]
    ['4 codes in 2 documents']
    """
    need_columns(table, ["number", "cumulative_codes", "low", "high"], "saturation_curve", "a number of documents read")
    curves = table["curve"].astype(str) if "curve" in table.columns else pd.Series("", index=table.index)
    table = table.assign(curve=curves)
    twice = table[table.duplicated(["curve", "number"])]
    if len(twice):
        raise InputError(
            f"The number {twice['number'].iloc[0]} is there twice; name each of several curves in 'curve'."
        )
    ax = new_axes(3.3, ax)
    ends: list[tuple[float, float, str]] = []
    for i, (name, curve) in enumerate(table.groupby("curve", sort=False)):
        curve = curve.sort_values("number")
        band = curve[curve["low"].notna() & curve["high"].notna()]
        ax.fill_between(band["number"], band["low"], band["high"], color=ACCENT, alpha=0.2, linewidth=0)
        ax.plot(curve["number"], curve["cumulative_codes"], color=ACCENT, linewidth=1.8, zorder=2)
        last = curve.iloc[-1]
        codes = float(last["cumulative_codes"])
        dot(ax, last["number"], codes, marker=MARKERS[i % len(MARKERS)])
        said = f"{number(codes, 0 if codes.is_integer() else 1)} codes"
        said = f"{str(name)[:1].upper()}{str(name)[1:]}: {said}" if name else f"{said} in {number(last['number'])} {of}"
        ends.append((float(last["number"]), codes, wrapped(said, 18 if is_narrow(ax) else 26)))
    longest = max(len(line) for *_, text in ends for line in text.split("\n"))
    width = float(figure_of(ax).get_figwidth()) - 0.7
    most = float(table["number"].max())
    ax.set_xlabel(f"{of[:1].upper()}{of[1:]} read")
    ax.set_xlim(0, most / max(1 - (longest * 0.078 + 0.2) / width, 0.4))
    ticks = MaxNLocator(nbins=4 if is_narrow(ax) else 6, integer=True).tick_values(0, most)
    ax.set_xticks([tick for tick in np.asarray(ticks) if 0 <= tick <= most])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    ax.spines["bottom"].set_bounds(0, most)
    top = float(np.nanmax([*table["cumulative_codes"].astype(float), *table["high"].astype(float), 1.0]))
    ax.set_ylim(0, top * 1.08)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    banded = table["low"].notna().any()
    note = "\n(band: middle 95% of random orders)" if banded else ""
    ax.set_title(f"Codes found so far{note}", loc="left", fontsize="small", color=MUTED)
    label_points(ax, *map(list, zip(*ends, strict=True)))  # type: ignore[arg-type]
    return figure_of(ax)

"""The figures of contexts and functioning: coefficients with their doubt, pooled means of trusts, lines over the years."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import blended_transform_factory

from newroles.errors import InputError
from newroles.figures.coders import SIGNS
from newroles.figures.rows import Rows, dot, rows_height, rows_of, whisker
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

_MARKS = (("o", ACCENT), ("s", INK))
_BESIDE, _BELOW = (-0.065, 0.065), (0.0, 0.105)  # inches from the row's line, where names stand beside it or above
_REASON = 46  # characters in a line of a reason that stands in its row
_MOST_GROUPS = 12


@use_house_style()
def estimate_rows(
    table: pd.DataFrame,
    label: str,
    group: str = "",
    mark: str = "",
    passes: str = "",
    right: str = "",
    line: str = "interval",
    unit: str = "",
    reference: float | None = 0.0,
    decimals: int = 1,
    right_key: str = "",
) -> Figure:
    """How large is each estimate, how sure is it, and on which side of nought does it lie?

    table: one row an estimate: estimate, low, high (ends of its interval, or of a range; blank: not known), and the columns
        named by the other arguments; optionally note (why there is no estimate).
    label: the column that names a row. group: the column of headings, one panel each, on one axis. mark: the column that
    tells two estimates of one row apart, each with a shape of its own. passes: a column of true and
    false: an estimate that doesn't pass is hollow. right: a column of text for the right side; left out, the numbers.
    line: interval (95%, with ends), or range (a bar, of what other choices give). unit: below the axis. reference: a line
    to compare with; None for none. decimals: of the numbers. right_key: what stands at the right, in words.
    Returns the figure; it makes its own panels, so it takes no `ax`. A row without an estimate says why.
    Raises InputError when a column is missing, there are no rows, a row is there twice, or there are too many panels or
    marks.

    >>> table = pd.DataFrame({"share": ["Nurses"], "estimate": [0.5], "low": [0.1], "high": [0.9]})
    >>> [text.get_text() for text in estimate_rows(table, "share").axes[0].texts]
    ['0.5 (0.1 to 0.9)']
    """
    named = [name for name in (label, group, mark, passes, right) if name]
    need_columns(table, ["estimate", "low", "high", *named], "estimate_rows", "an estimate")
    if line not in ("interval", "range"):
        raise InputError(f"The line is an interval or a range, not '{line}'.")
    key = [name for name in (group, label, mark) if name]
    twice = table[table.duplicated(key)]
    if len(twice):
        raise InputError(f"'{' / '.join(str(twice[name].iloc[0]) for name in key)}' is there twice.")
    groups = list(dict.fromkeys(table[group])) if group else [""]
    if len(groups) > _MOST_GROUPS:
        raise InputError(f"{len(groups)} headings are too many for one figure: draw {_MOST_GROUPS} or fewer.")
    marks = list(dict.fromkeys(table[mark])) if mark else [""]
    if len(marks) > len(_MARKS):
        raise InputError(f"'{mark}' has {len(marks)} values, and a row has room for {len(_MARKS)}.")
    parts = [(str(name), table[table[group].eq(name)] if group else table) for name in groups]
    panels = _panels(parts, label, "" if mark else right, decimals, bool(mark))
    for rows, (_, part) in zip(panels, parts, strict=True):
        for y, name in zip(rows.y, dict.fromkeys(part[label]), strict=True):
            own = part[part[label].eq(name)]
            for row in own.to_dict("records"):
                at = marks.index(row[mark]) if mark else 0
                shift = (_BELOW if rows.above else _BESIDE)[at] if len(marks) > 1 else 0.0
                _draw(rows, y + shift, row, _MARKS[at], line, bool(row[passes]) if passes else True, decimals)
    _axis(panels, table, reference, decimals)
    said = [unit, _mark_key(marks) if mark else "", _line_key(line, bool(passes)), right_key]
    narrow = figure_width() < WIDE / 2
    panels[-1].ax.set_xlabel("\n".join(wrapped(text, 46 if narrow else 88) for text in said if text))
    return figure_of(panels[0].ax)


@use_house_style()
def pooled_caterpillar(
    table: pd.DataFrame, labels: str = "", unit: str = "", percent: bool = True, ax: Axes | None = None
) -> Figure:
    """How do trusts stand, from the lowest to the highest, and how much of that may be chance?

    table: one row a trust: raw, pooled, low, high, as `contexts.pooled_means` and `pool_shares` return. Drawn in the
        order of pooled. Rows without a value aren't drawn and are counted below.
    labels: a column of short names, such as codes; left out, nobody is named. unit: below the axis. percent: whether
    values are shares (0-1).
    Returns the figure: a small hollow dot for the trust's own mean, a filled one for the pooled mean with its interval, and a line at
    the mean of the pooled means.
    Raises InputError when a column is missing or no row has a value.

    >>> table = pd.DataFrame({"trust": ["X1", "X2"], "raw": [0.2, 0.4], "pooled": [0.25, 0.35]})
    >>> ax = pooled_caterpillar(table.assign(low=[0.2, 0.3], high=[0.3, 0.4]), labels="trust").axes[0]
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['X1', 'X2']
    """
    need_columns(
        table, ["raw", "pooled", "low", "high", *([labels] if labels else [])], "pooled_caterpillar", "a trust"
    )
    known = table.dropna(subset=["pooled"]).sort_values("pooled", kind="stable")
    if known.empty:
        raise InputError("No trust has a pooled mean, so there is nothing to draw: say so in a sentence.")
    each = 0.165 if labels else float(np.clip(5.5 / len(known), 0.03, 0.16))
    ax = new_axes(each * len(known) + 1.0, ax)
    y = np.arange(len(known))
    small = each < 0.08
    ax.hlines(y, known["low"], known["high"], color=ACCENT, linewidth=0.7 if small else 1.3, alpha=0.75)
    ax.plot(known["pooled"], y, "o", color=ACCENT, markersize=2.2 if small else 4.5, zorder=3)
    hollow = ax.plot(known["raw"], y, "o", markersize=2.6 if small else 4.5, zorder=2.5)[0]
    hollow.set(markerfacecolor=PAPER, markeredgecolor=INK, markeredgewidth=0.8)
    ax.axvline(float(known["pooled"].mean()), color=MUTED, linewidth=1, linestyle=(0, (4, 3)), zorder=0.8)
    ax.set_ylim(len(known) - 0.3, -0.7)
    ax.set_yticks(y if labels else [], [str(name) for name in known[labels]] if labels else [])
    ax.tick_params(axis="y", labelsize="small")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4 if is_narrow(ax) else 7))
    if percent:
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.4g}%".replace("-", "−")))
    blank = len(table) - len(known)
    said = [
        unit,
        "○ as it is; ● pooled, with 95% interval; dashed: mean of the pooled",
        f"{number(blank)} of {number(len(table))} without a value" if blank else "",
    ]
    ax.set_xlabel("\n".join(wrapped(text, 44 if is_narrow(ax) else 88) for text in said if text))
    return figure_of(ax)


@use_house_style()
def trend_band(
    table: pd.DataFrame,
    line: str = "england",
    line_name: str = "England",
    of: str = "providers",
    ax: Axes | None = None,
) -> Figure:
    """How did a share run over the years, nationally and in the middle half of providers?

    table: one row a year, in order: year, the national share (the column `line`), low, middle, high (quartiles and median
        of providers), n (how many). Shares are 0-1; a blank breaks the line. line_name: what the line is called. of: what
        n counts.
    Returns the figure: a line with its last value, a band from the lower to the upper quartile with the median dotted,
    and the number of providers under each year. The axis doesn't start at zero.
    Raises InputError when a column is missing, there are no rows, or no national share is known.

    >>> table = pd.DataFrame({"year": ["2023-24", "2024-25"], "england": [0.5, 0.51], "n": [150, 145]})
    >>> trend_band(table.assign(low=0.47, middle=0.5, high=0.53)).axes[0].get_title(loc="left")
    '● England: 50.0% in 2023-24, 51.0% in 2024-25'
    """
    need_columns(table, ["year", line, "low", "middle", "high", "n"], "trend_band", "a year")
    if table[line].isna().all():
        raise InputError("No year has a national share, so there is no line to draw: say so in a sentence.")
    ax = new_axes(3.4, ax)
    x = np.arange(len(table))
    shares = table[[line, "low", "middle", "high"]].astype(float)
    ax.fill_between(x, shares["low"], shares["high"], color=ACCENT, alpha=0.18, linewidth=0)
    ax.plot(x, shares["middle"], color=MUTED, linestyle=(0, (1, 2)), linewidth=1.6)
    ax.plot(x, shares[line], color=ACCENT, linewidth=2.2)
    for at, value in zip(x, shares[line], strict=True):
        if pd.notna(value):
            dot(ax, float(at), value)
    narrow = is_narrow(ax)
    step = 2 if narrow and len(table) > 5 else 1
    ticks = [i for i in x if (len(table) - 1 - i) % step == 0]
    years, counts = table["year"].astype(str).tolist(), table["n"].tolist()
    ax.set_xticks(ticks, [f"{years[i]}\n{number(counts[i])}" for i in ticks])
    ax.tick_params(axis="x", labelsize="small")
    ax.set_xlim(-0.3, len(table) - 1 + 0.35)
    low, high = float(np.nanmin(shares)), float(np.nanmax(shares))
    room = max(high - low, 0.01)
    ax.set_ylim(low - 0.25 * room, high + 0.35 * room)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value * 100:.4g}%"))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    ax.set_xlabel(
        wrapped(
            f"Below each year: {of}. Band: their middle half; dotted: their median. The axis doesn't start at zero.",
            44 if narrow else 90,
        )
    )
    known = np.flatnonzero(shares[line].notna())
    ends = dict.fromkeys([int(known[0]), int(known[-1])])
    told = ", ".join(f"{shares[line].iloc[i]:.1%} in {years[i]}" for i in ends)
    ax.set_title(wrapped(f"● {line_name}: {told}", 44 if narrow else 90), loc="left", fontsize="small", color=INK)
    return figure_of(ax)


def _panels(parts: Sequence[tuple[str, pd.DataFrame]], label: str, right: str, decimals: int, many: bool) -> list[Rows]:
    """One panel for each heading, with a row for each label; the panels share the x axis."""
    narrow = figure_width() < WIDE / 2
    names, texts = [], []
    for _, part in parts:
        own = part.drop_duplicates(label)
        if many:
            texts.append([""] * len(own))
        elif right:
            texts.append(["" if pd.isna(text) else str(text) for text in own[right]])
        else:
            texts.append([_value(row, decimals, short=narrow) for row in own.to_dict("records")])
        unknown = own["estimate"].isna() & narrow & (not many)
        rows = zip(own[label], unknown, own.to_dict("records"), strict=True)
        names.append([f"{name}: {_reason(row)}" if blank else str(name) for name, blank, row in rows])
    beside = [[f"{name} {text}" for name, text in zip(*both, strict=True)] for both in zip(names, texts, strict=True)]
    heights = [rows_height(own if narrow else plain, narrow) for own, plain in zip(beside, names, strict=True)]
    headings = sum(bool(heading) for heading, _ in parts)
    figure = Figure(figsize=(figure_width(), sum(heights) + 0.36 * headings + 1.05), layout="constrained")
    axes = figure.subplots(len(parts), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    panels = []
    for ax, (heading, _), called, said in zip(axes, parts, names, texts, strict=True):
        panels.append(rows_of(called, ax, said, above=narrow))
        if heading:
            ax.set_title(wrapped(heading, 38 if narrow else 60), loc="left", fontsize="medium", fontweight="bold")
        if ax is not axes[-1]:
            ax.spines["bottom"].set_visible(False)
            ax.tick_params(bottom=False, labelbottom=False)
    return panels


def _draw(
    rows: Rows, y: float, row: dict[Any, Any], look: tuple[str, str], line: str, passes: bool, decimals: int
) -> None:
    marker, colour = look
    if pd.isna(row["estimate"]):
        if not rows.above:
            across = blended_transform_factory(rows.ax.transAxes, rows.ax.transData)
            said = rows.ax.text(
                0.01, y, wrapped(_reason(row), _REASON), transform=across, va="center", linespacing=1.05
            )
            said.set(color=MUTED, fontsize="small", fontstyle="italic")
            said.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})
        return
    if line == "range" and pd.notna(row["low"]) and pd.notna(row["high"]):
        rows.ax.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=5, alpha=0.35, solid_capstyle="butt")
    else:
        whisker(rows.ax, y, row["low"], row["high"], colour)
    dot(rows.ax, row["estimate"], y, colour, marker, hollow=not passes)


def _axis(panels: Sequence[Rows], table: pd.DataFrame, reference: float | None, decimals: int) -> None:
    """From the lowest to the highest end of a line, the reference included."""
    ends = table[["estimate", "low", "high"]].to_numpy(dtype=float)
    ends = ends[np.isfinite(ends)]
    held = [*ends, *([] if reference is None else [reference])] or [0.0, 1.0]
    room = max(max(held) - min(held), 10.0**-decimals) * 0.04
    for rows in panels:
        rows.ax.set_xlim(min(held) - room, max(held) + room)
        rows.ax.xaxis.set_major_locator(MaxNLocator(nbins=4 if rows.above else 7))
        rows.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}".replace("-", "−")))
        if reference is None:
            continue
        if rows.above:
            rows.ax.vlines(
                [reference] * len(rows.y), rows.y - 0.08, rows.y + 0.08, color=MUTED, linewidth=1, zorder=0.8
            )
        else:
            rows.ax.axvline(reference, color=MUTED, linewidth=1, zorder=0.8)


def _mark_key(marks: Sequence[object]) -> str:
    return "; ".join(f"{SIGNS[_MARKS[i][0]]} {name}" for i, name in enumerate(marks))


def _line_key(line: str, passes: bool) -> str:
    said = "Line: 95% interval" if line == "interval" else "Bar: smallest to largest"
    return f"{said}; filled: holds up after allowing for all" if passes else said


def _value(row: dict[Any, Any], decimals: int, short: bool = False) -> str:
    if pd.isna(row["estimate"]):
        return ""
    ends = [row["estimate"], row["low"], row["high"]]
    told = [number(round(float(end), decimals) + 0.0, decimals) if pd.notna(end) else "" for end in ends]
    return told[0] if short or "" in told else f"{told[0]} ({told[1]} to {told[2]})"


def _reason(row: dict[Any, Any]) -> str:
    note = row.get("note")
    if pd.isna(note) or not note:
        return "not known"
    first = str(note).split("; ")[0].split(": ")[0]
    line, *more = textwrap.wrap(first, 2 * _REASON - 16) or [""]
    return f"not known: {line}{' …' if more else ''}"

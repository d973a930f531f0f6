"""Which trusts lie further from the rest than chance would put them: the funnel plot."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from newroles.errors import InputError, did_you_mean
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
    label_points,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)

_OUTSIDE = {"above": "^", "below": "v"}


@use_house_style()
def funnel_plot(
    table: pd.DataFrame,
    overdispersed: pd.DataFrame | None = None,
    labels: str | None = None,
    n: str = "n",
    share: str = "Share",
    of: str = "people",
    ax: Axes | None = None,
) -> Figure:
    """Which trusts' shares lie further from the overall share than chance would put them, given their size?

    table: one row a trust, as `overview.funnel_limits` returns: `n`, share, target, low_95, high_95 and so on for
        each level, outside; trusts without a share (hidden) are counted
        beneath, not drawn.
    overdispersed: the same trusts by `funnel_limits(..., overdispersion=...)`: its widest limits are added, dashed.
    labels: a column with what to write at trusts outside the limits; None: no trust is named (the default, and the only
    choice for a study). n: as given to funnel_limits. share, of: what the axes show, in words.
    Returns the figure: circles within the narrowest limits, triangles (up or down) beyond them.
    The limits are drawn through the trusts' own sizes, where they are exact.
    Raises InputError when a column is missing, there are no rows, no limits, or `labels` isn't a column.

    >>> units = pd.DataFrame({"n": [12, 50], "share": [0.25, 0.8], "target": 0.6, "low_95": [0.3, 0.4],
    ...                       "high_95": [0.9, 0.8], "outside": ["below 95%", "within"]})
    >>> [text.get_text() for text in funnel_plot(units).axes[0].texts]
    ['overall 60%', '95%']
    """
    need_columns(table, [n, "share", "target", "outside"], "funnel_plot", "a trust")
    levels = _levels(table)
    if labels is not None and labels not in table.columns:
        raise InputError(
            f"The table has no column '{labels}' to name trusts by. {did_you_mean(labels, map(str, table.columns))}"
        )
    drawn = table[table["share"].notna() & table[n].notna()].sort_values(n)
    if drawn.empty:
        raise InputError("No trust's share may be shown or is known: say so in a sentence instead of drawing it.")
    ax = new_axes(3.6 if figure_width() > WIDE / 2 else 3.3, ax)
    widths = [1.0] if len(levels) == 1 else list(np.linspace(1.0, 1.8, len(levels)))
    for level, width in zip(levels, widths, strict=True):
        _limits(ax, drawn, n, level, {"color": MUTED, "linewidth": width})
    if overdispersed is not None:
        need_columns(overdispersed, [n], "funnel_plot (overdispersed)", "a trust")
        look = {"color": INK, "linewidth": 1.1, "linestyle": (0, (4, 2))}
        _limits(ax, overdispersed.sort_values(n), n, _levels(overdispersed)[-1], look)
    target = float(drawn["target"].iloc[0])
    ax.axhline(target, color=GRID, linewidth=1.4, zorder=1)
    for row in drawn.to_dict("records"):
        _draw_trust(ax, row, n)
    _fit(ax, drawn, n)
    _explain(ax, table, n, levels, overdispersed is not None, share, of)
    _label_limits(ax, drawn, n, levels, target)
    if labels is not None:
        outside = drawn[drawn["outside"].ne("within")]
        sizes, shares = (outside[column].astype(float).tolist() for column in (n, "share"))
        label_points(ax, sizes, shares, outside[labels].astype(str).tolist())
    return figure_of(ax)


def _levels(table: pd.DataFrame) -> list[str]:
    levels = [str(column)[4:] for column in table.columns if str(column).startswith("low_")]
    if not levels or any(f"high_{level}" not in table.columns for level in levels):
        raise InputError(
            "The table has no limits (low_95, high_95, ...): make it with newroles.overview.funnel_limits."
        )
    return levels


def _percent(level: str) -> str:
    """'95' and '998' as funnel_limits names its columns: 95%, 99.8%."""
    return f"{level[:2]}.{level[2:]}%" if len(level) > 2 else f"{level}%"


def _draw_trust(ax: Axes, row: dict[Any, Any], n: str) -> None:
    side = str(row["outside"]).split(" ")[0]
    marker = _OUTSIDE.get(side, "o")
    point = ax.plot([row[n]], [row["share"]], linestyle="none", marker=marker, zorder=3, clip_on=False)[0]
    inside = marker == "o"
    point.set(markersize=5.5 if inside else 8, markerfacecolor=ACCENT if inside else INK, alpha=0.85 if inside else 1.0)
    point.set(markeredgecolor=PAPER, markeredgewidth=0.7)


def _limits(ax: Axes, trusts: pd.DataFrame, n: str, level: str, look: dict[str, Any]) -> None:
    for side in ("low", "high"):
        ax.plot(trusts[n].astype(float), trusts[f"{side}_{level}"].astype(float), zorder=1.2, **look)


def _fit(ax: Axes, drawn: pd.DataFrame, n: str) -> None:
    """Axes around all that is drawn; shares stay between 0 and 1, though interpolated limits may not."""
    narrow = is_narrow(ax)
    heights = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in ax.lines])
    bottom, top = max(0.0, float(np.nanmin(heights))), min(1.0, float(np.nanmax(heights)))
    room = (top - bottom) * 0.05 or 0.01
    ax.set_ylim(max(bottom - room, -room), min(top + room, 1 + room))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    fine = top - bottom < 0.08
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.1%}" if fine else f"{value:.0%}"))
    smallest, largest = float(drawn[n].min()), float(drawn[n].max())
    span = max(largest - smallest, largest * 0.1, 1.0)
    ax.set_xlim(max(0.0, smallest - span * 0.06), largest + span * (0.34 if narrow else 0.14))
    ticks = MaxNLocator(nbins=4 if narrow else 7, integer=True).tick_values(smallest, largest)
    ax.set_xticks([tick for tick in np.asarray(ticks) if 0 <= tick <= largest + span * 0.05])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    ax.grid(False)


def _explain(ax: Axes, table: pd.DataFrame, n: str, levels: list[str], dashed: bool, share: str, of: str) -> None:
    said = [f"triangles: beyond {_percent(levels[0])} by exact chances"]
    if dashed:
        said.append(f"dashed: {_percent(levels[-1])} limits that allow for differences between trusts")
    unseen = int((table["share"].isna() | table[n].isna()).sum())
    if unseen:
        said.append(f"{unseen} trust{'s' if unseen > 1 else ''} not shown")
    narrow = is_narrow(ax)
    words = wrapped("; ".join(said), 42 if narrow else 92)
    ax.set_xlabel(f"Number of {of} ({number(len(table) - unseen)} trusts)\n{words}")
    ax.set_title(wrapped(share, 48 if narrow else 100), loc="left", fontsize="small", color=MUTED)


def _label_limits(ax: Axes, drawn: pd.DataFrame, n: str, levels: list[str], target: float) -> None:
    """The target beside its line; the levels at the right end of the upper limits, moved up where they would meet."""
    end = float(drawn[n].max())
    last = drawn.iloc[-1]
    low, high = ax.get_ylim()
    apart = (high - low) * 0.07
    fine = f"{target:.1%}" if high - low < 0.09 else f"{target:.0%}"
    placed: float | None = None
    wanted = [(target, f"overall {fine}", INK)]
    wanted += [(min(float(last[f"high_{level}"]), 1.0), _percent(level), MUTED) for level in levels]
    for height, text, colour in sorted(wanted):
        height = height if placed is None else max(height, placed + apart)
        said = ax.annotate(text, (end, height), xytext=(7, 0), textcoords="offset points", va="center")
        said.set(color=colour, fontsize="small", bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.5})
        placed = height

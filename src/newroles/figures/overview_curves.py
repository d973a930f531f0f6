"""When roles arrived: curves of adoption."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num, num2date
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from newroles.errors import InputError
from newroles.figures.palette import RoleStyle, role_style
from newroles.figures.style import (
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

MOST_CURVES = 4
"""Curves in colour; more can't be told apart."""
_MANY_YEARS = 4 * 366  # days from which on ticks stand at whole years
_LINES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)))


@use_house_style()
def adoption_curves(
    table: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    censored: pd.DataFrame | None = None,
    ax: Axes | None = None,
    register: pd.DataFrame | None = None,
) -> Figure:
    """What share of trusts had each role by each date?

    table: one row a role and date, as `overview.adoption_curve` returns (several put together): role, date, introduced,
        estimate, low, high (shares, 0-1; ends may be blank), undated, n, N. Dates whose estimate is blank (hidden) are
        left out. `overview.arrival_years` returns such a table too.
    names: what each role is called. censored: one row a trust that answered without having the role: role and seen_on (until
    when it is known to be without), as the rows "not_reported" of `overview.arrivals`; marked by small strokes on the
    line, save where dates of the role are hidden. register: see `palette.role_style`.
    Returns the figure: a step line for each role with the share at its end, the first with a band, the others with their
    interval at the end, since bands that overlap can't be told apart; a key beneath names them and says how many trusts
    were still without when they answered. The first four roles have colour and label, further ones are grey.
    Raises InputError when a column is missing, there are no rows, no estimate is known, or a role has a date twice.
    """
    columns = ["role", "date", "introduced", "estimate", "low", "high", "undated", "n", "N"]
    need_columns(table, columns, "adoption_curves", "a role and date")
    if table.duplicated(["role", "date"]).any():
        row = table[table.duplicated(["role", "date"])].iloc[0]
        raise InputError(
            f"The role '{row['role']}' has the date {str(row['date'])[:10]} twice. Draw one study at a time."
        )
    table = table.reset_index(drop=True).assign(date=pd.to_datetime(table["date"]).to_numpy())
    known = table[table["estimate"].notna()]
    if known.empty:
        raise InputError(
            "No estimate is known (small numbers may be hidden): say so in a sentence instead of drawing it."
        )
    if censored is not None and len(censored):
        need_columns(censored, ["role", "seen_on"], "adoption_curves (censored)", "a trust")
    roles = list(dict.fromkeys(table["role"]))
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    ax = new_axes(3.6 + 0.2 * min(len(roles), MOST_CURVES), ax)
    first, last = date2num(known["date"].min()), date2num(known["date"].max())
    start = first - max((last - first) * 0.04, 60)
    ends: list[tuple[float, float, str]] = []
    key: list[tuple[Line2D, str]] = []
    hidden = []
    for i, role in enumerate(roles):
        every = table[table["role"] == role].sort_values("date")
        curve = every[every["estimate"].notna()]
        if curve.empty:
            hidden.append(_name(role, names))
            continue
        x = np.array([start, *date2num(curve["date"])])
        y = np.array([0.0, *curve["estimate"].astype(float)])
        if i >= MOST_CURVES:
            ax.step(x, y, where="post", color=MUTED, linewidth=0.9, alpha=0.6, zorder=1)
            continue
        look = _draw_curve(ax, x, y, curve, role_style(role, register), _LINES[i], band=not ends)
        if censored is not None and len(censored) and len(curve) == len(every):
            _censor_marks(ax, x, y, str(look["color"]), censored.loc[censored["role"] == role, "seen_on"])
        said = f"{_name(role, names)}: {y[-1]:.0%}{_without(every)}"
        key.append((Line2D([], [], **look, linewidth=1.9, linestyle=_LINES[i]), wrapped(said, 40 if narrow else 90)))
        ends.append((float(x[-1]), float(y[-1]), f"{y[-1]:.0%}"))
    _date_axis(ax, start, first, last, ends)
    _title(ax, table, censored is not None, len(roles) - MOST_CURVES, hidden)
    if key:
        looks: dict[str, Any] = {"fontsize": "small", "handlelength": 2.6, "labelspacing": 0.4, "borderpad": 0.1}
        figure_of(ax).legend(*zip(*key, strict=True), loc="outside lower left", frameon=False, **looks)
    if ends:
        label_points(ax, *map(list, zip(*ends, strict=True)))  # type: ignore[arg-type]
    return figure_of(ax)


def _name(role: str, names: Mapping[str, str] | None) -> str:
    return (names or {}).get(role, str(role).replace("_", " ").capitalize())


def _without(every: pd.DataFrame) -> str:
    """'; 11 without', where all counts of the role may be told."""
    introduced, undated, answered = every["introduced"], every["undated"].iloc[0], every["n"].iloc[0]
    if introduced.isna().any() or pd.isna(undated) or pd.isna(answered):
        return ""
    return f"; {int(answered - undated - introduced.sum())} without"


def _draw_curve(
    ax: Axes, x: np.ndarray, y: np.ndarray, curve: pd.DataFrame, style: RoleStyle, line: Any, band: bool
) -> dict[str, Any]:
    """A step line with its marker; its interval as a band, or at the end only. Returns how it looks, for the key."""
    low, high = (np.array([0.0, *curve[end].astype(float).fillna(curve["estimate"])]) for end in ("low", "high"))
    if curve["low"].isna().all():
        pass  # a share without an interval
    elif band:
        ax.fill_between(x, low, high, step="post", color=style.colour, alpha=0.13, linewidth=0)
    else:
        ax.plot([x[-1]] * 2, [low[-1], high[-1]], color=style.colour, linewidth=1.1, zorder=1.8)
    ax.step(x, y, where="post", color=style.colour, linewidth=1.9, linestyle=line, zorder=2)
    look = {"color": style.colour, "marker": style.marker, "markeredgecolor": PAPER, "markersize": 8}
    ax.plot([x[-1]], [y[-1]], zorder=3, **look)  # type: ignore[arg-type]
    return look


def _censor_marks(ax: Axes, x: np.ndarray, y: np.ndarray, colour: str, seen_on: pd.Series) -> None:
    days = np.asarray(date2num(pd.to_datetime(seen_on)))
    days = days[(days >= x[0]) & (days <= x[-1])]
    heights = y[np.searchsorted(x, days, side="right") - 1]
    ax.plot(days, heights, linestyle="none", marker="|", markersize=7, markeredgewidth=0.9, color=colour, zorder=2.2)


def _date_axis(ax: Axes, start: float, first: float, last: float, ends: list[tuple[float, float, str]]) -> None:
    longest = max((len(line) for *_, text in ends for line in text.split("\n")), default=0)
    width = float(figure_of(ax).get_figwidth()) - 0.6
    ax.set_xlim(start, start + (last - start) / (1 - min((longest * 0.072 + 0.25) / width, 0.5)))
    if last - start > _MANY_YEARS:
        most = 4 if is_narrow(ax) else 8
        ticks = np.asarray(AutoDateLocator(minticks=2, maxticks=most).tick_values(num2date(start), num2date(last)))
        ax.set_xticks([tick for tick in ticks if start <= tick <= last + 1])
        ax.xaxis.set_major_formatter(DateFormatter("%Y"))
    else:
        ax.set_xticks([first, last] if last - first > (last - start) * 0.4 else [last])
        ax.xaxis.set_major_formatter(DateFormatter("%b %Y"))
    ax.spines["bottom"].set_bounds(start, last)
    ax.set_ylim(0, 1.02)
    ax.set_yticks(np.arange(0, 1.01, 0.25))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")


def _title(ax: Axes, table: pd.DataFrame, marked: bool, grey: int, hidden: list[str]) -> None:
    answered, frame = table["n"].dropna().unique(), table["N"].dropna().unique()
    words = "Share of trusts that had the role"
    if len(answered) == 1 and len(frame) == 1:
        words += f" ({number(answered[0])} of {number(frame[0])} answered)"
    said = [
        words
        + ("; band, and lines at the ends: intervals" if table["low"].notna().any() else "")
        + ("; without: trusts that had not introduced it when they answered" if table["undated"].notna().any() else "")
    ]
    if marked:
        said.append("strokes: trusts known to be without it until then")
    if grey > 0:
        said.append(f"grey: {grey} further role{'s' if grey > 1 else ''}")
    if table["estimate"].isna().any() and len(hidden) < table["role"].nunique():
        said.append("dates with small numbers are left out")
    if hidden:
        said.append(f"not shown (small numbers): {', '.join(hidden)}")
    text = wrapped("; ".join(said), 50 if is_narrow(ax) else 100)
    ax.set_title(text, loc="left", fontsize="small", color=MUTED, linespacing=1.15)

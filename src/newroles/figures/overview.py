"""The figures of the national overview: what share of trusts has each role, and how much rests on who answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from newroles.errors import InputError
from newroles.figures.palette import RoleStyle, role_style
from newroles.figures.phase1 import role_names
from newroles.figures.rows import Rows, dot, mark_absent, rows_of, whisker
from newroles.figures.style import (
    ACCENT,
    INK,
    MUTED,
    PAPER,
    SHADE,
    WIDE,
    count_axis,
    figure_of,
    figure_width,
    is_narrow,
    need_columns,
    number,
    percent_axis,
    use_house_style,
    wrapped,
)

_BAR = 0.16  # inches: the pale bar of what nobody's answer rules out
_BESIDE = 0.09  # inches between an estimate and its adjusted twin


@use_house_style()
def adoption_chart(
    table: pd.DataFrame,
    ax: Axes | None = None,
    adjusted_by: str = "adjusted for who answered",
    register: pd.DataFrame | None = None,
) -> Figure:
    """What share of all trusts has each role (or kind of role), and how much of it rests on who answered?

    table: one row a role (role) or kind (code), drawn in the order given, as `overview.adoption` returns: x, n, N,
        estimate, low, high, bound_low, bound_high (shares, 0-1); optionally name; adjusted (a second estimate, such as
        the propensity estimate); after `disclosure.protect` x_status, n_status, N_status.
    adjusted_by: what the adjusted estimate is. register: see `palette.role_style`; kinds have one colour.
    Returns the figure: in each row a dot with its interval (hollow at zero), the bounds that hold whatever the other
    trusts would have answered as a pale bar, the adjusted estimate as a hollow diamond beneath, "19 of 31" at the right.
    Raises InputError when a column is missing, there are no rows, or a role is there twice (draw one group at a time).

    >>> table = pd.DataFrame({"role": ["care_navigator"], "x": 19, "n": 31, "N": 51, "estimate": 19 / 31, "low": 0.5,
    ...                       "high": 0.72, "bound_low": 19 / 51, "bound_high": 39 / 51})
    >>> adoption_chart(table).axes[0].get_xlabel().splitlines()[0]
    'Share of all 51 trusts; 31 answered'
    """
    of_roles = "role" in table.columns
    item = "role" if of_roles else "code"
    columns = [item, "x", "n", "N", "estimate", "low", "high", "bound_low", "bound_high"]
    need_columns(table, columns, "adoption_chart", "a role or kind")
    if table[item].duplicated().any():
        twice = table.loc[table[item].duplicated(), item].iloc[0]
        raise InputError(f"'{twice}' is there twice. Draw one group at a time, such as the rows of one region.")
    records = table.to_dict("records")
    names = role_names(table) if of_roles else table.get("name", table["code"]).astype(str).tolist()
    with_adjusted = "adjusted" in table.columns and bool(table["adjusted"].notna().any())
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    key = _key(table, adjusted_by if with_adjusted else "", 44 if narrow else 90)
    lines = sum(text.count("\n") + 1 for _, text in key)
    rows = rows_of(names, ax, [_right(row) for row in records], extra=0.66 + 0.17 * lines)
    rows.ax.tick_params(axis="y", pad=7)
    for y, row in zip(rows.y, records, strict=True):
        style = role_style(row["role"], register) if of_roles else RoleStyle(ACCENT, "o")
        _draw_share(rows, y, row, style, with_adjusted)
    percent_axis(rows.ax)
    rows.ax.set_xlabel(_trusts(table))
    figure_of(rows.ax).legend(
        *zip(*key, strict=True), loc="outside lower left", frameon=False, fontsize="small", handlelength=2.0,
        labelspacing=0.35, borderpad=0.1, labelcolor=MUTED,
    )  # fmt: skip
    return figure_of(rows.ax)


def _draw_share(rows: Rows, y: float, row: dict[Any, Any], style: RoleStyle, with_adjusted: bool) -> None:
    if _hidden(row):
        mark_absent(rows, y, "suppressed")
        return
    if pd.notna(row["bound_low"]) and pd.notna(row["bound_high"]):
        _pale_bar(rows.ax, y, row["bound_low"], row["bound_high"])
    if pd.isna(row["estimate"]):
        if pd.isna(row["bound_low"]):
            mark_absent(rows, y, "not_known")
        return
    whisker(rows.ax, y, row["low"], row["high"], style.colour)
    dot(rows.ax, row["estimate"], y, style.colour, style.marker, hollow=row["x"] == 0)
    if with_adjusted and pd.notna(row.get("adjusted")):
        _diamond(rows.ax, row["adjusted"], y + _BESIDE)


def _pale_bar(ax: Axes, y: float, low: float, high: float) -> None:
    """A range without a best value."""
    looks: dict[str, Any] = {"facecolor": SHADE, "edgecolor": MUTED, "linewidth": 0.6}
    ax.barh(y, high - low, left=low, height=_BAR, zorder=1, **looks)


def _diamond(ax: Axes, x: float, y: float) -> None:
    twin = ax.plot([x], [y], linestyle="none", marker="D", markersize=5, clip_on=False, zorder=3.2)[0]
    twin.set(markerfacecolor=PAPER, markeredgecolor=INK, markeredgewidth=1.1)


def _hidden(row: dict[Any, Any]) -> bool:
    """Is the count of this row, or one that its share rests on, a small number?"""
    withheld = "x_status" in row and pd.isna(row["x"])
    return withheld or "hidden" in [row.get(f"{count}_status") for count in ("x", "n", "N")]


def _right(row: dict[Any, Any]) -> str:
    if _hidden(row):
        return "not shown"
    if pd.notna(row["n"]) and row["n"] == 0:
        return "nobody answered"
    return " of ".join("?" if pd.isna(count) else number(count) for count in (row["x"], row["n"]))


def _trusts(table: pd.DataFrame) -> str:
    """'Share of all 51 trusts; 31 answered', where all rows agree about it."""
    frames, answers = table["N"].dropna().unique(), table["n"].dropna().unique()
    said = f"Share of all {number(frames[0])} trusts" if len(frames) == 1 else "Share of all trusts"
    return f"{said}; {number(answers[0])} answered" if len(answers) == 1 else said


def _key(table: pd.DataFrame, adjusted_by: str, letters: int) -> list[tuple[Line2D, str]]:
    """What each sign means; in ink, since colours tell roles apart."""
    with_intervals = bool(table["low"].notna().any())
    line = {"color": INK, "marker": "o", "markersize": 7, "linewidth": 1.6 if with_intervals else 0}
    diamond = {"color": INK, "linestyle": "none", "marker": "D", "markersize": 5, "markerfacecolor": PAPER}
    bar = {"color": MUTED, "linewidth": 5, "alpha": 0.35}
    signs = [(line, "of those that answered" + (", with its interval" if with_intervals else ""))]
    signs += [(diamond, adjusted_by)] if adjusted_by else []
    with_bounds = bool((table["bound_low"].notna() & table["bound_high"].notna()).any())
    signs += [(bar, "possible, whatever the others would have said")] if with_bounds else []
    return [(Line2D([], [], **looks), wrapped(text, letters)) for looks, text in signs]  # type: ignore[arg-type]


@use_house_style()
def estimates_compared(
    table: pd.DataFrame,
    quantity: str,
    truth: float | None = None,
    share: bool = False,
    decimals: int = 0,
    ax: Axes | None = None,
) -> Figure:
    """How far do several methods agree on one quantity, such as a national total?

    table: one row a method, drawn in the order given: label (the method in words), estimate, low, high (blank: no
        interval), optionally absent (see `rows.why_absent`). A row without estimate but with low and high is a range
        without a best value, such as no-assumption bounds, and is drawn as a pale bar.
    quantity: what is estimated, with its unit, for the axis. truth: its true value, where that is known because the
    study was invented. share: whether values are shares (0-1), written in per cent; decimals: of the numbers at the right.
    Returns the figure: a dot with its interval for each method, the numbers at the right, and a vertical line for the truth.
    Raises InputError when a column is missing, there are no rows, or nothing is known in any.

    >>> table = pd.DataFrame({"label": ["Answers as they are", "Bounds"], "estimate": [31, None], "low": [25, 17], "high": [37, 40]})
    >>> [text.get_text() for text in estimates_compared(table, "Trusts with the role").axes[0].texts]
    ['31 (25 to 37)', '17 to 40']
    """
    need_columns(table, ["label", "estimate", "low", "high"], "estimates_compared", "a method")
    values = table[["estimate", "low", "high"]].to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(values).all():
        raise InputError(
            "None of the methods gives a value: say in a sentence why there is none, instead of drawing it."
        )

    def said(value: float) -> str:
        return f"{number(value * 100, decimals)}%" if share else number(value, decimals)

    right = [_estimate_words(estimate, low, high, said) for estimate, low, high in values]
    rows = rows_of(table["label"].tolist(), ax, right, extra=0.95)
    for y, (estimate, low, high) in zip(rows.y, values, strict=True):
        if np.isnan(estimate) and np.isnan(low):
            mark_absent(rows, y, "not_known")
        elif np.isnan(estimate):
            _pale_bar(rows.ax, y, low, high)
        else:
            whisker(rows.ax, y, low, high)
            dot(rows.ax, estimate, y)
    label = quantity
    known = np.append(values[~np.isnan(values)], [] if truth is None else truth)
    if truth is not None:
        rows.ax.axvline(truth, color=INK, linewidth=1.4, linestyle=(0, (4, 2)), zorder=0.8)
        label += f"\ndashed line: the truth, {said(truth)}, known because the study is invented"
    if share:
        percent_axis(rows.ax)
    else:
        count_axis(rows.ax, float(known.max()), "")
        if known.min() < 0:
            rows.ax.set_xlim(float(known.min()) * 1.06, max(float(known.max()) * 1.06, 0.0))
    rows.ax.set_xlabel("\n".join(wrapped(line, 44 if rows.above else 60) for line in label.split("\n")))
    return figure_of(rows.ax)


def _estimate_words(estimate: float, low: float, high: float, said: Callable[[float], str]) -> str:
    if np.isnan(estimate):
        return "" if np.isnan(low) else f"{said(low)} to {said(high)}"
    return said(estimate) + ("" if np.isnan(low) else f" ({said(low)} to {said(high)})")

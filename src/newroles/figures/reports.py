"""The figures made from a study's reports: how titles matched, how complete the register is, what counts as new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from newroles.errors import InputError, did_you_mean
from newroles.figures.rows import Rows, dot, mark_absent, rows_height, rows_of, whisker, why_absent
from newroles.figures.style import (
    ACCENT,
    INK,
    MUTED,
    WIDE,
    count_axis,
    figure_of,
    figure_width,
    label_bars,
    need_columns,
    number,
    percent_axis,
    use_house_style,
)  # fmt: skip

HOW = {
    "exact": "Exact name in the register",
    "decision": "By a dated decision",
    "suggestion": "Only a suggestion: not counted",
    "none": "No match",
}
METHODS = {
    "chao1": "Chao 1",
    "chao1_plain": "Chao 1, without (n − 1)/n",
    "chao1_bias_corrected": "Chao 1, bias-corrected",
    "chao2": "Chao 2",
    "chao2_bias_corrected": "Chao 2, bias-corrected",
    "jackknife1": "First-order jackknife",
    "jackknife2": "Second-order jackknife",
    "bootstrap": "Bootstrap",
    "ace": "ACE",
    "ace_delta": "ACE, delta-method interval",
    "lincoln_petersen": "Lincoln–Petersen",
    "chapman": "Chapman",
}


@use_house_style()
def title_matching(table: pd.DataFrame, ax: Axes | None = None, of: str = "reports") -> Figure:
    """How were job titles linked to roles, and how many could not be?

    table: one row a way of matching, as `roles.coverage` returns: how (exact, decision, suggestion, none), and a count
    and a share (0-1) of what `of` names: titles, titles_share; reports, reports_share; or weight, weight_share; after
    `disclosure.protect` also, say, reports_status.
    Returns the figure: filled bars for what counts as matched, hatched for suggestions, hollow for no match.
    Raises InputError when a column is missing, there are no rows, or `how` is another word.

    >>> table = pd.DataFrame({"how": ["exact", "none"], "titles": [9, 1], "titles_share": [0.9, 0.1]})
    >>> [text.get_text() for text in title_matching(table, of="titles").axes[0].texts if text.get_text()]
    ['90% (9)', '10% (1)']
    """
    need_columns(table, ["how", of, f"{of}_share"], "title_matching", "a way of matching")
    for how in table["how"]:
        if how not in HOW:
            raise InputError(f"Unknown way of matching '{how}'. {did_you_mean(str(how), HOW)}")
    absent = why_absent(table, f"{of}_share")
    if f"{of}_status" in table.columns:
        absent = [
            "suppressed" if status == "hidden" else why
            for why, status in zip(absent, table[f"{of}_status"], strict=True)
        ]
    rows = rows_of([HOW[how] for how in table["how"]], ax, guides=False)
    for y, reason, row in zip(rows.y, absent, table.to_dict("records"), strict=True):
        if reason:
            mark_absent(rows, y, reason)
            continue
        share = row[f"{of}_share"]
        bar = rows.ax.barh(y, share, height=0.17, edgecolor=ACCENT, linewidth=1)[0]
        bar.set_facecolor(ACCENT if row["how"] in ("exact", "decision") else "none")
        bar.set_hatch("////" if row["how"] == "suggestion" else "")
        label_bars(rows.ax, [y], [share], [f"{share:.0%} ({number(row[of])})"])
    percent_axis(rows.ax)
    rows.ax.set_xlim(0, 1.25)  # room for the label of a bar of 100%
    rows.ax.spines["bottom"].set_bounds(0, 1)
    rows.ax.set_xlabel(f"Share of {of.replace('_', ' ')} (number)")
    return figure_of(rows.ax)


@use_house_style()
def completeness(table: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """How many roles are there, beyond those that were reported?

    table: one row a method, as `roles.completeness` returns: method, observed, estimate, low, high (blank: the method
    gives no interval).
    Returns the figure: a line at the number observed, and each estimate with its interval.
    Raises InputError when a column is missing, there are no rows, or the rows don't agree on the number observed.
    """
    need_columns(table, ["method", "observed", "estimate", "low", "high"], "completeness", "a method of estimation")
    seen = table["observed"].dropna().unique()
    if len(seen) != 1:
        raise InputError(f"The rows give {len(seen)} different numbers of observed roles; draw one register at a time.")
    absent = why_absent(table, "estimate")
    right = [
        "" if reason else _with_interval(row) for reason, row in zip(absent, table.to_dict("records"), strict=True)
    ]
    names = [METHODS.get(str(method), str(method).replace("_", " ").capitalize()) for method in table["method"]]
    rows = rows_of(names, ax, right)
    for y, reason, row in zip(rows.y, absent, table.to_dict("records"), strict=True):
        if reason:
            mark_absent(rows, y, reason)
            continue
        whisker(rows.ax, y, row["low"], row["high"])
        dot(rows.ax, row["estimate"], y)
    largest = np.nanmax([seen[0], *table["estimate"].astype(float), *table["high"].astype(float)])
    if rows.above:  # a tick at each row: a line all the way would run through the names
        rows.ax.vlines(np.full(len(rows.y), seen[0]), rows.y - 0.09, rows.y + 0.09, color=INK, linewidth=1.6, zorder=2)
    else:
        rows.ax.axvline(seen[0], color=INK, linewidth=1.2, zorder=1)
    count_axis(rows.ax, float(largest), f"Roles (line: {number(seen[0])} reported)")
    return figure_of(rows.ax)


def _with_interval(row: dict[Any, Any]) -> str:
    interval = (
        f" ({number(row['low'])}–{number(row['high'])})" if pd.notna(row["low"]) and pd.notna(row["high"]) else ""
    )
    return number(row["estimate"]) + interval


@use_house_style()
def definitions(table: pd.DataFrame, measures: Sequence[str] = ("reports", "roles")) -> Figure:
    """How does the answer change with what counts as new?

    table: one row a definition, as `roles.compare_definitions` returns: definition (in words) and a count per measure
    (reports, roles, trusts, headcount); a column such as reports_unknown counts what the definition can't decide.
    measures: which counts to show, a panel each.
    Returns the figure: a bar a definition, and what can't be decided as a hatched bar beyond it. It makes its own
    panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, or no measure is named.
    """
    if not measures:
        raise InputError("Name at least one measure to show, such as 'reports'.")
    need_columns(table, ["definition", *measures], "definitions", "a definition of new")
    narrow = figure_width() < WIDE / 2
    names = table["definition"].tolist()
    height = rows_height(names, above=narrow) + 0.75
    grid = (len(measures), 1) if narrow else (1, len(measures))
    figure = Figure(figsize=(figure_width(), height * grid[0]), layout="constrained")
    for panel, measure in zip(figure.subplots(*grid, squeeze=False).ravel(), measures, strict=True):
        rows = rows_of(names, panel, guides=False, named=narrow or measure == measures[0], above=narrow)
        open_cases = f"{measure}_unknown"
        asked = open_cases in table.columns
        unknown = table[open_cases].fillna(0) if asked else pd.Series(0, index=table.index)
        _draw_counts(rows, table[measure], unknown)
        count_axis(panel, float(np.nanmax([0.0, *(table[measure] + unknown)])) * (1.55 if asked else 1.15), "")
        panel.set_title(measure.replace("_", " ").capitalize(), loc="left", fontsize="medium", fontweight="bold")
    return figure


def _draw_counts(rows: Rows, counts: pd.Series, unknown: pd.Series) -> None:
    for y, count, unsaid in zip(rows.y, counts, unknown, strict=True):
        if pd.isna(count):
            mark_absent(rows, y, "not_known")
            continue
        rows.ax.barh(y, count, height=0.17, color=ACCENT)
        if unsaid:
            rows.ax.barh(y, unsaid, left=count, height=0.17, facecolor="none", edgecolor=MUTED, hatch="////")
        label_bars(
            rows.ax, [y], [count + unsaid], [number(count) + (f" (+ {number(unsaid)} unknown)" if unsaid else "")]
        )

"""Is what was planted found again? Bias and coverage of methods over repeated simulations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import blended_transform_factory

from newroles.errors import InputError, did_you_mean
from newroles.figures.rows import Rows, dot, rows_height, rows_of, whisker
from newroles.figures.style import INK, MUTED, PAPER, WIDE, figure_width, need_columns, number, use_house_style, wrapped

METHOD_NAMES = {
    "as_answered": "Scaled up as answered",
    "post_stratified": "Weighted by region",
    "raked": "Raked: region and size",
    "propensity": "By chance of answering",
    "hypergeometric": "Hypergeometric interval",
    "wilson": "Wilson, finite frame",
    "bounds": "No-assumption bounds",
    "ols": "Least squares, no clusters",
    "cr1": "CR1, t by trusts",
    "cr2": "CR2, Satterthwaite",
    "random_intercept": "Random intercepts",
    "wild": "Wild cluster bootstrap",
    "no_blanks": "As if nothing were blank",
    "complete_cases": "Complete cases",
    "imputed": "Multiple imputation",
    "never_treated": "With never treated",
    "not_yet_treated": "With not yet treated",
    "adjusted": "Adjusted for vacancy",
    "imputation": "Imputed from untreated",
    "sun_abraham": "Sun and Abraham",
    "placement": "Placement test",
    "two_way": "Two-way fixed effects",
}
QUANTITY_NAMES = {
    "roles_in_trusts": "Roles in trusts",
    "headcount": "Headcount",
    "wte": "Whole-time equivalents",
    "trusts_with": "A role",
}
_BIAS = ["relative_bias", "relative_low", "relative_high"]
_COVERAGE = ["coverage", "coverage_low", "coverage_high"]
_NEEDED = ["quantity", "method", *_BIAS, *_COVERAGE, "replicates"]


def method_name(method: object) -> str:
    """What is this method called in the checks?

    >>> method_name("cr2")
    'CR2, Satterthwaite'
    """
    if method not in METHOD_NAMES:
        raise InputError(f"Unknown method '{method}'. {did_you_mean(str(method), METHOD_NAMES)}")
    return METHOD_NAMES[str(method)]


@use_house_style()
def recovery_chart(table: pd.DataFrame, level: float = 0.95) -> Figure:
    """By which method is what was planted found again, and do its intervals hold it as often as they say?

    table: one row a quantity and method, as `simulate.recover_totals` and `recover_contexts` return, for one kind of
        answers or measurement: quantity, method, relative_bias, relative_low, relative_high (shares of the truth; blank
        where a method has an interval only), coverage, coverage_low, coverage_high (0-1), replicates; optionally role
        and base_share. Drawn in the order given.
    level: of the intervals whose coverage is shown: a line marks it.
    Returns the figure: for each quantity a panel of bias (a line at none) and one of coverage (a line at `level`), with
    Monte Carlo intervals; on a phone one below the other. A hollow dot is a coverage whose Monte Carlo interval lies below
    `level`, or a bias whose interval leaves out none. It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, a method is unknown, or a quantity has a method twice.

    >>> row = {"quantity": "headcount", "method": "propensity", "relative_bias": 0.01, "relative_low": -0.02,
    ...        "relative_high": 0.04, "coverage": 0.94, "coverage_low": 0.9, "coverage_high": 0.97, "replicates": 200}
    >>> [text.get_text() for text in recovery_chart(pd.DataFrame([row])).axes[1].texts]
    ['94% (90 to 97)']
    """
    need_columns(table, _NEEDED, "recovery_chart", "a quantity and a method")
    role = table["role"].astype(str) if "role" in table.columns else pd.Series("", index=table.index)
    told = table.assign(role=role, label=[method_name(method) for method in table["method"]])
    twice = told[told.duplicated(["quantity", "role", "method"])]
    if len(twice):
        raise InputError(
            f"'{twice['quantity'].iloc[0]}' has the method '{twice['method'].iloc[0]}' twice. Draw one kind of answers, "
            "of measurement and of target at a time."
        )
    groups = [(_heading(part.iloc[0]), part) for _, part in told.groupby(["quantity", "role"], sort=False)]
    narrow = figure_width() < WIDE / 2
    bias, coverage = _narrow_panels(groups) if narrow else _wide_panels(groups)
    for (_, part), left, right in zip(groups, bias, coverage, strict=True):
        _draw(left, part, "relative_bias", ("relative_low", "relative_high"), 0.0)
        _draw(right, part, "coverage", ("coverage_low", "coverage_high"), level)
    _axes(
        [rows.ax for rows in bias],
        told[_BIAS],
        0.0,
        "Mean error, share of the truth\n(hollow: more than chance)",
    )
    _axes(
        [rows.ax for rows in coverage],
        told[_COVERAGE],
        level,
        _covered(told, level),
    )
    figure = bias[0].ax.get_figure(root=True)
    assert isinstance(figure, Figure)  # the panels were made here
    return figure


_Groups = list[tuple[str, pd.DataFrame]]


def _wide_panels(groups: _Groups) -> tuple[list[Rows], list[Rows]]:
    heights = [rows_height(part["label"].tolist(), False) for _, part in groups]
    figure = Figure(figsize=(figure_width(), sum(heights) + 0.36 * len(groups) + 0.75), layout="constrained")
    axes = figure.subplots(len(groups), 2, sharex="col", squeeze=False, height_ratios=heights, width_ratios=(1, 1))
    left, right = [], []
    for (heading, part), (ax, other) in zip(groups, axes, strict=True):
        names = part["label"].tolist()
        left.append(rows_of(names, ax, _biases(part), above=False))
        right.append(rows_of(names, other, _coverages(part), named=False, above=False))
        _title(ax, heading, 40)
        for each in (ax, other):
            _bare(each, last=ax is axes[-1, 0])
    return left, right


def _narrow_panels(groups: _Groups) -> tuple[list[Rows], list[Rows]]:
    """All of the bias first, then all of the coverage."""
    heights = [rows_height(part["label"].tolist(), True) for _, part in groups] * 2
    figure = Figure(figsize=(figure_width(), sum(heights) + 0.36 * len(heights) + 1.5), layout="constrained")
    axes = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    found: list[Rows] = []
    for i, (ax, (heading, part)) in enumerate(zip(axes, groups * 2, strict=True)):
        texts = _biases(part, named=True) if i < len(groups) else _coverages(part)
        found.append(rows_of(part["label"].tolist(), ax, texts, above=True))
        _title(ax, f"{heading}: {'mean error' if i < len(groups) else 'coverage'}", 38)
        _bare(ax, last=i in (len(groups) - 1, len(heights) - 1))
    return found[: len(groups)], found[len(groups) :]


def _title(ax: Axes, text: str, room: int) -> None:
    ax.set_title(wrapped(text, room), loc="left", fontsize="medium", fontweight="bold")


def _bare(ax: Axes, last: bool) -> None:
    if not last:
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(bottom=False, labelbottom=False)


def _draw(rows: Rows, part: pd.DataFrame, value: str, ends: tuple[str, str], mark: float) -> None:
    across = blended_transform_factory(rows.ax.transAxes, rows.ax.transData)
    if rows.above:
        rows.ax.vlines([mark] * len(rows.y), rows.y - 0.08, rows.y + 0.08, color=INK, linewidth=1.1, zorder=0.8)
    else:
        rows.ax.axvline(mark, color=INK, linewidth=1.1, zorder=0.8)
    for y, row in zip(rows.y, part.to_dict("records"), strict=True):
        if pd.isna(row[value]):
            if not rows.above:
                said = rows.ax.text(0.02, y, _reason(row), transform=across, va="center", fontstyle="italic")
                said.set(color=MUTED, fontsize="small", bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})
            continue
        low, high = row[ends[0]], row[ends[1]]
        whisker(rows.ax, y, low, high)
        dot(rows.ax, row[value], y, hollow=bool(high < mark or (value == "relative_bias" and low > mark)))


def _axes(panels: Sequence[Axes], values: pd.DataFrame, mark: float, label: str) -> None:
    ends = values.to_numpy(dtype=float).ravel()
    known = np.append(ends[np.isfinite(ends)], mark)
    span = max(float(np.ptp(known)), 0.02)
    for ax in panels:
        ax.set_xlim(float(known.min()) - 0.07 * span, float(known.max()) + 0.07 * span)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=4))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{number(100 * x + 0.0, 1 if span < 0.03 else 0)}%"))
    panels[-1].set_xlabel(label)


def _covered(table: pd.DataFrame, level: float) -> str:
    """What the coverage panel shows, and how often each was drawn."""
    counts = table["replicates"].dropna()
    low, high = int(counts.min()), int(counts.max())
    drawn = number(low) if low == high else f"{number(low)} to {number(high)}"
    return f"{level:.0%} intervals that hold the truth\n({drawn} draws; hollow: too seldom)"


def _biases(part: pd.DataFrame, named: bool = False) -> list[str]:
    """The bias of each row; on a phone (`named`) why there is none, for which the row itself has no room."""
    rows = part.to_dict("records")
    return [_signed(row["relative_bias"]) if pd.notna(row["relative_bias"]) else _reason(row) * named for row in rows]


def _coverages(part: pd.DataFrame) -> list[str]:
    ends = zip(part["coverage"], part["coverage_low"], part["coverage_high"], strict=True)
    return ["" if pd.isna(share) else f"{share:.0%} ({100 * low:.0f} to {100 * high:.0f})" for share, low, high in ends]


def _signed(share: float) -> str:
    """A share of the truth with its sign, at one decimal below a tenth."""
    percent = round(100 * share, 1) + 0.0
    return f"{'+' if percent > 0 else ''}{number(percent, 1)}%"


def _reason(row: dict[Any, Any]) -> str:
    return "interval only" if row["replicates"] else "no estimate"


def _heading(row: pd.Series) -> str:
    quantity = str(row["quantity"])
    words = QUANTITY_NAMES.get(quantity, quantity.replace("_", " ")[:1].upper() + quantity.replace("_", " ")[1:])
    share = row.get("base_share", np.nan)
    return words if pd.isna(share) else f"{words} of about {share:.0%} of trusts"

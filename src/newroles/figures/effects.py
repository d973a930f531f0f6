"""The figures of effects in a study: who is followed, what happened since the role came, and of what a regression is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from newroles.errors import InputError, did_you_mean
from newroles.figures.rows import dot
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

WORSE = "#c1570b"
"""What is worse, or compares wrongly; `style.ACCENT` stands for better, and for what compares rightly."""

GROUP_NAMES = {
    "service_users": "Service users",
    "new_roles": "People in new roles",
    "existing_roles": "People in existing roles",
    "system": "The system",
}
_STATUS = {"before": GRID, "after": ACCENT}
_KINDS: dict[str, tuple[str, str, str]] = {
    "treated vs never": ("o", ACCENT, "against teams without a role"),
    "earlier vs later": ("^", ACCENT, "against teams that get it later"),
    "later vs earlier": ("X", WORSE, "against teams that have it already"),
    "treated vs always": ("D", WORSE, "against teams that had it throughout"),
}


@use_house_style()
def teams_followed(followed: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """Which teams are followed when, and when did their new role come?

    followed: one row per team and period, as `effects.months_followed` returns: team, cohort (never: no role came), period, place (of
        the period, from 0), status (before, after, blank), known and of (measures with a value, of how many). Drawn in its order.
    Returns the figure: a row a team, pale before the role and dark since, gaps where nothing is known, thinner the more measures are
        blank; cohorts apart, each with when the role came and how many teams.
    Raises InputError when a column is missing, there are no rows, or a status is unknown.

    >>> rows = pd.DataFrame({"team": "a", "cohort": "2022-02", "period": ["2022-01", "2022-02"], "place": [0, 1],
    ...                      "status": ["before", "after"], "known": 1, "of": 1})
    >>> [text.get_text() for text in teams_followed(rows).axes[0].get_yticklabels()]
    ['2022-02\\n(1 team)']
    """
    needed = ["team", "cohort", "period", "place", "status", "known", "of"]
    need_columns(followed, needed, "teams_followed", "a team and period")
    for status in followed["status"].unique():
        if status not in ("before", "after", "blank"):
            raise InputError(f"Unknown status '{status}'. {did_you_mean(str(status), ['before', 'after', 'blank'])}")
    cohorts = list(dict.fromkeys(followed["cohort"]))
    teams = followed.drop_duplicates("team").set_index("team")["cohort"]
    each, gap = float(np.clip(5.0 / len(teams), 0.035, 0.14)), 0.09
    heights: dict[str, float] = {}
    top, ticks = 0.0, []
    for cohort in cohorts:
        own = teams.index[teams.eq(cohort)]
        heights |= {team: top + (i + 0.5) * each for i, team in enumerate(own)}
        said = "none came" if cohort == "never" else str(cohort)
        room = max(len(own) * each, 0.36)
        ticks.append((top + len(own) * each / 2, f"{said}\n({len(own)} team{'s' if len(own) != 1 else ''})"))
        top += room + gap
    ax = new_axes(top + 0.75, ax)
    table = followed.sort_values(["team", "place"], kind="stable")
    held = table[["team", "status", "known", "of"]]
    new = held.ne(held.shift()).any(axis=1) | table["place"].diff().ne(1)
    runs = table.groupby(new.cumsum()).agg(
        team=("team", "first"), status=("status", "first"), first=("place", "first"), size=("place", "size"),
        known=("known", "first"), of=("of", "first"),
    )  # fmt: skip
    for status, colour in _STATUS.items():
        drawn = runs[runs["status"].eq(status)]
        middle, tall = (
            drawn["team"].map(heights),
            each * (0.2 + 0.65 * (drawn["known"] / drawn["of"].clip(lower=1)).clip(upper=1)),
        )
        low, high, left, right = (
            middle - tall / 2,
            middle + tall / 2,
            drawn["first"] - 0.5,
            drawn["first"] + drawn["size"] - 0.5,
        )
        corners = np.stack(
            [np.column_stack(each_end) for each_end in ((left, low), (right, low), (right, high), (left, high))], axis=1
        )
        ax.add_collection(PolyCollection(list(corners), facecolors=colour, linewidths=0, zorder=2))
    ax.set_ylim(top - gap, -0.04)
    last = int(followed["place"].max())
    ax.set_xlim(-0.6, last + 0.6)
    ax.set_yticks([at for at, _ in ticks], [text for _, text in ticks])
    names = followed.drop_duplicates("place").set_index("place")["period"]
    shown = [tick for tick in _places(last, 4 if is_narrow(ax) else 6) if tick in names.index]
    ax.set_xticks(shown, [str(names[tick]) for tick in shown])
    ax.grid(False)
    key = [
        Line2D([], [], color=GRID, linewidth=6, label="before"),
        Line2D([], [], color=ACCENT, linewidth=6, label="with the role"),
        Line2D([], [], color=MUTED, linewidth=2, label="thinner: some measures blank; gap: all"),
    ]
    figure = figure_of(ax)
    columns = 1 if is_narrow(ax) else 3
    figure.legend(
        handles=key, loc="outside upper left", ncols=columns, frameon=False, fontsize="small", handlelength=1.2
    )
    return figure


@use_house_style()
def since_arrival_panels(events: pd.DataFrame, period: str = "period") -> Figure:
    """What happened before and after the role came, measure by measure, with groups apart?

    events: one row per measure and period, as `effects.since_arrival` returns: group, measure, name, unit, wish (higher, lower,
        neither), since (periods since the start), estimate, low, high (blank: the period compared with, or no interval).
    period: what one period is called, for the axis.
    Returns the figure: a panel a measure under the heading of its group; bands hold all of a measure at once; hollow before the
        start, filled from it on. On a phone panels stand one below the other. It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, or a measure has a period twice.

    >>> events = pd.DataFrame({"group": "new_roles", "measure": "pay", "name": "Pay", "unit": "hours", "wish": "higher",
    ...     "since": [-1, 0], "estimate": [0.0, 1.0], "low": [None, 0.5], "high": [None, 1.5]})
    >>> since_arrival_panels(events).axes[0].get_title(loc="left")
    'Pay\\nhours; higher is better'
    """
    columns = ["group", "measure", "name", "unit", "wish", "since", "estimate", "low", "high"]
    need_columns(events, columns, "since_arrival_panels", "a measure and period")
    if events.duplicated(["group", "measure", "since"]).any():
        raise InputError("A measure has a period twice. One row is one measure and period.")
    across = 1 if figure_width() < WIDE / 2 else 3
    lines: list[tuple[str, list[pd.DataFrame]]] = []
    for group, rows in events.groupby("group", sort=False):
        own = [part for _, part in rows.groupby("measure", sort=False)]
        for start in range(0, len(own), across):
            heading = GROUP_NAMES.get(str(group), str(group).replace("_", " ")) if not start else ""
            lines.append((heading, own[start : start + across]))
    tall = [1.66 + (0.28 if heading else 0.0) for heading, _ in lines]
    whole = Figure(figsize=(figure_width(), sum(tall) + 0.34), layout="constrained")
    grid = whole.subplots(len(lines), across, squeeze=False, height_ratios=tall)
    span = float(events["since"].min()) - 0.6, float(events["since"].max()) + 0.6
    for axes, (heading, own) in zip(grid, lines, strict=True):
        for place, ax in enumerate(axes):
            if place >= len(own):
                ax.axis("off")
                continue
            _draw_events(ax, own[place].sort_values("since"), span)
            if heading and not place:
                above = {"xy": (0, 1), "xycoords": "axes fraction", "textcoords": "offset points"}
                ax.annotate(heading, xytext=(0, 38), fontweight="bold", annotation_clip=False, **above)
    whole.supxlabel(
        f"{period[:1].upper()}{period[1:]}s since the role came   ○ before  ● with the role",
        fontsize="small",
        color=MUTED,
    )
    return whole


@use_house_style()
def compared_pairs(
    pairs: pd.DataFrame, two_way: float, group_time: float, unit: str = "", ax: Axes | None = None
) -> Figure:
    """Of which comparisons is a regression's estimate made, what does each say, and how much does it weigh?

    pairs: one row per pair of groups, as `effects.bacon` returns: kind, weight (they add up to 1), estimate. two_way: the
        regression's estimate. group_time: that of group-time effects (blank: none). unit: of the measure.
    Returns the figure: weight against estimate, a shape and colour for each kind, comparisons with teams that have the role
        already in another colour, and both estimates as lines.
    Raises InputError when a column is missing, there are no rows, or a kind is unknown.

    >>> pairs = pd.DataFrame({"kind": ["treated vs never"], "weight": [1.0], "estimate": [2.0]})
    >>> compared_pairs(pairs, 2.0, 2.0).axes[0].get_xlabel().split("\\n")[0]
    'Estimate of the comparison'
    """
    need_columns(pairs, ["kind", "weight", "estimate"], "compared_pairs", "a pair of groups")
    for kind in pairs["kind"].unique():
        if kind not in _KINDS:
            raise InputError(f"Unknown kind of comparison '{kind}'. {did_you_mean(str(kind), _KINDS)}")
    ax = new_axes(3.7, ax)
    narrow = is_narrow(ax)
    ax.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    lines = [
        ("two-way fixed effects", two_way, WORSE, (0, (4, 2))),
        ("group-time effects", group_time, ACCENT, "-"),
    ]
    handles: list[Any] = []
    for text, value, colour, style in lines:
        if np.isfinite(value):
            handles.append(ax.axvline(value, color=colour, linewidth=1.6, linestyle=style, zorder=1.5, label=text))
    for kind, rows in pairs.groupby("kind", sort=False):
        marker, colour, text = _KINDS[str(kind)]
        for row in rows.to_dict("records"):
            dot(ax, float(row["estimate"]), float(row["weight"]), colour, marker)
        said = f"{text}: {rows['weight'].sum():.0%}"
        handles.append(Line2D([], [], linestyle="none", marker=marker, markersize=7.5, color=colour, label=said))
    ax.set_ylim(0, float(pairs["weight"].max()) * 1.12)
    ends = [*pairs["estimate"].astype(float), 0.0, *(value for _, value, *_ in lines if np.isfinite(value))]
    room = 0.06 * (max(ends) - min(ends) or 1.0)
    ax.set_xlim(min(ends) - room, max(ends) + room)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5 if narrow else 8))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.4g}".replace("-", "−")))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    ax.set_title("Weight in the regression", loc="left", fontsize="small", color=MUTED)
    ax.set_xlabel("Estimate of the comparison" + (f" ({unit})" if unit else ""))
    figure = figure_of(ax)
    figure.legend(
        handles=handles,
        loc="outside lower left",
        ncols=1 if narrow else 2,
        frameon=False,
        fontsize="small",
        handlelength=1.8,
    )
    return figure


def _draw_events(ax: Axes, rows: pd.DataFrame, span: tuple[float, float]) -> None:
    better = {"higher": "higher is better", "lower": "lower is better"}.get(str(rows["wish"].iloc[0]), "")
    below = "; ".join(text for text in (str(rows["unit"].iloc[0] or ""), better) if text)
    ax.set_title(
        f"{rows['name'].iloc[0]}\n{wrapped(below, 44)}", loc="left", fontsize="small", color=INK, linespacing=1.15
    )
    ax.axhline(0, color=MUTED, linewidth=0.9, zorder=1)
    ax.axvline(-0.5, color=MUTED, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
    known = rows[rows["low"].notna() & rows["high"].notna()]
    ax.vlines(
        known["since"], known["low"].astype(float), known["high"].astype(float), color=ACCENT, linewidth=1.3, zorder=2
    )
    for late in (False, True):
        part = rows[rows["since"].ge(0) == late]
        ax.plot(
            part["since"], part["estimate"].astype(float), linestyle="none", marker="o", markersize=4.6, color=ACCENT,
            markerfacecolor=ACCENT if late else PAPER, markeredgewidth=1.1, zorder=3,
        )  # fmt: skip
    ax.set_xlim(*span)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.3g}".replace("-", "−")))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    ax.tick_params(axis="both", labelsize="small")


def _places(last: int, most: int) -> list[int]:
    """Ticks at equal steps from 0, in halves of a year where that fits."""
    step = next((each for each in (1, 2, 3, 6, 12, 24, 60) if last / each <= most), 120)
    return list(range(0, last + 1, step))

"""The figures of acts at the boundary: of which tone, between whom, when, and what follows a contest."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from newroles.errors import InputError, did_you_mean
from newroles.figures.networks import in_words
from newroles.figures.rows import dot, rows_of, whisker
from newroles.figures.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    PAPER,
    figure_of,
    is_narrow,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip

TONES = ("constructive", "destructive", "depends")
DESTRUCTIVE = "#c1570b"
"""Acts of a destructive tone; `style.ACCENT` stands for constructive ones."""

_HIDDEN = "not shown"


@use_house_style()
def tone_bars(
    profile: pd.DataFrame,
    by: str | Sequence[str] = "family",
    names: Mapping[str, str] | None = None,
    most: int = 15,
    n: str = "n",
    ax: Axes | None = None,
) -> Figure:
    """Between whom, or in which form, are acts more constructive, and where more destructive?

    profile: one row per group and tone, as `boundary_work.tone_profile` returns: the columns `by`, tone (constructive,
        destructive, depends), estimate, low, high (shares of the group's acts, 0-1; blank ends: no interval; blank
        estimate: not shown), and the column `n` (acts of the group).
    by: what a row of the figure is: a column, or several; two are written "one → other", as actor and target are.
    names: what ids are called; left out, the id in words. most: how many groups, those with most acts; the rest is counted.
    Returns the figure: a bar to the right for constructive, a hatched one to the left for destructive, both from zero with
        their intervals; at the right the acts and, behind ◇, the share that depends. Sorted by the difference of the two.
    Raises InputError when a column is missing, there are no rows, a tone is unknown, or a group has a tone twice.

    >>> profile = pd.DataFrame({"family": "talk", "tone": ["constructive", "destructive"], "estimate": [0.6, 0.3],
    ...                         "low": [0.5, 0.2], "high": [0.7, 0.4], "n": 40})
    >>> tone_bars(profile).axes[0].get_yticklabels()[0].get_text()
    'Talk'
    """
    keys = [by] if isinstance(by, str) else list(by)
    need_columns(profile, [*keys, "tone", "estimate", "low", "high", n], "tone_bars", "a group and a tone")
    _refuse_unknown_tones(profile)
    if profile.duplicated([*keys, "tone"]).any():
        raise InputError("A group has a tone twice. One row is one group and tone: draw one profile at a time.")
    groups = _groups(profile, keys, n)
    left_out = max(len(groups) - most, 0)
    groups = sorted(groups, key=lambda group: -group["acts"])[:most]
    groups.sort(key=lambda group: -_net(group["tones"]))
    said = in_words([part for group in groups for part in group["key"]], names)
    labels = [" → ".join(said[part] for part in group["key"]) for group in groups]
    rows = rows_of(labels, ax, right=[_acts_and_depends(group) for group in groups], extra=1.25 if left_out else 1.05)
    for y, group in zip(rows.y, groups, strict=True):
        _draw_tones(rows.ax, float(y), group["tones"])
    if rows.above:  # a line through all rows would cross their names
        rows.ax.vlines([0] * len(rows.y), rows.y - 0.1, rows.y + 0.1, color=MUTED, linewidth=1, zorder=2.5)
    else:
        rows.ax.axvline(0, color=MUTED, linewidth=1, zorder=2.5)
    ends = [abs(float(row[end])) for group in groups for row in group["tones"].values() for end in ("estimate", "high")]
    reach = max([0.2, *(end for end in ends if np.isfinite(end))])
    rows.ax.set_xlim(-min(reach * 1.05, 1.02), min(reach * 1.05, 1.02))
    rows.ax.xaxis.set_major_locator(MaxNLocator(nbins=4 if rows.above else 6, symmetric=True))
    rows.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0%}"))
    more = f"\nand {left_out} more with fewer acts" if left_out else ""
    key = "n: acts; ◇ tone depends on the case; line: interval"
    rows.ax.set_xlabel(f"← destructive      constructive →\nshare of acts\n{key}{more}", linespacing=1.25)
    return figure_of(rows.ax)


@use_house_style()
def tone_over_time(profile: pd.DataFrame, n: str = "n", ax: Axes | None = None) -> Figure:
    """Do acts become more constructive, or more destructive, after the new role has come?

    profile: one row per stretch of time and tone, in order of time, as `boundary_work.tone_over_time` returns: months (such as
        "before 0", "0 to 5"), tone (constructive, destructive; others aren't drawn), estimate, low, high (shares of acts,
        0-1; blank: not known) and the column `n` (acts of the stretch).
    Returns the figure: each tone as a line with its band, the acts of each stretch along the foot, the arrival marked where a
        stretch begins with month 0.
    Raises InputError when a column is missing, there are no rows, a tone is unknown, a stretch has a tone twice, or
        neither tone has an estimate.

    >>> profile = pd.DataFrame({"months": ["before 0", "0 or later"], "tone": "constructive", "estimate": [0.5, 0.6],
    ...                         "low": [0.4, 0.5], "high": [0.6, 0.7], "n": 40})
    >>> [text.get_text() for text in tone_over_time(profile).axes[0].texts]
    ['n 40', '40', 'arrival']
    """
    need_columns(
        profile, ["months", "tone", "estimate", "low", "high", n], "tone_over_time", "a stretch of time and a tone"
    )
    _refuse_unknown_tones(profile)
    if profile.duplicated(["months", "tone"]).any():
        raise InputError("A stretch of time has a tone twice. One row is one stretch and tone.")
    stretches = [str(text) for text in dict.fromkeys(profile["months"])]
    told = profile.assign(at=profile["months"].astype(str).map(stretches.index))
    drawn = told[told["tone"].isin(TONES[:2]) & told["estimate"].notna()]
    if drawn.empty:
        raise InputError("No stretch of time has a share of either tone: say so in a sentence instead of drawing it.")
    ax = new_axes(3.6, ax)
    narrow = is_narrow(ax)
    top = float(np.nanmax(drawn[["estimate", "high"]].to_numpy(dtype=float)))
    for tone, part in drawn.groupby("tone"):
        colour, line, marker = _LOOKS[str(tone)]
        part = part.set_index("at").reindex(range(len(stretches)))  # a stretch without a share leaves a gap
        ax.fill_between(part.index, part["low"], part["high"], color=colour, alpha=0.18, linewidth=0)
        ax.plot(part.index, part["estimate"], color=colour, linewidth=1.8, linestyle=line, zorder=2)
        for x, y in part["estimate"].dropna().items():
            dot(ax, float(x), float(y), colour, marker)  # type: ignore[arg-type]
    for x, counts in enumerate(counts for _, counts in told.groupby("at")[n]):
        text = "–" if counts.isna().all() else number(float(counts.max()))
        said = f"n {text}" if x == 0 else text
        ax.text(x, -0.055 * top, said, ha="center", va="center", fontsize="small", color=MUTED)
    for x, text in enumerate(stretches):
        if x and text.split(" ")[0] == "0":
            ax.axvline(x - 0.5, color=INK, linewidth=1, zorder=1)
            ax.text(x - 0.46, top * 1.16, "arrival", va="center", fontsize="small", color=INK)
    ax.set(ylim=(-0.11 * top, 1.22 * top), xlim=(-0.5, len(stretches) - 0.5))
    ax.set_xticks(range(len(stretches)), [wrapped(text, 9 if narrow else 14) for text in stretches])
    ax.set_yticks([tick for tick in MaxNLocator(nbins=5).tick_values(0, top) if 0 <= tick <= 1.1 * top])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    shown = [f"{_SIGN[tone]} {tone}" for tone in TONES[:2] if tone in set(drawn["tone"])]
    ax.set_title("Share of acts:  " + "   ".join(shown), loc="left", fontsize="small", color=INK)
    ax.set_xlabel(wrapped("Months since the new role came (n: acts; band: interval)", 44 if narrow else 90))
    return figure_of(ax)


@use_house_style()
def what_follows(
    table: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    after: str = "a contest",
    ax: Axes | None = None,
) -> Figure:
    """What follows a contest, and more often than by chance?

    table: one row per answer, in the order to be drawn, as `boundary_work.what_follows` returns: answer, estimate, low,
        high (share of the acts that follow, 0-1; blank: not shown), expected (the share by chance; blank: none); n, if it's there.
    names: what answers are called; left out, the id in words. after: what they follow, for the axis.
    Returns the figure: a filled dot with its interval for what was seen, a hollow diamond for chance.
    Raises InputError when a column is missing, there are no rows, or an answer stands there twice.

    >>> table = pd.DataFrame({"answer": ["repair"], "estimate": [0.2], "low": [0.1], "high": [0.3], "expected": [0.1]})
    >>> what_follows(table).axes[0].get_yticklabels()[0].get_text()
    'Repair'
    """
    need_columns(table, ["answer", "estimate", "low", "high", "expected"], "what_follows", "an answer")
    if table["answer"].duplicated().any():
        raise InputError(
            f"The answer '{table.loc[table['answer'].duplicated(), 'answer'].iloc[0]}' stands there twice."
        )
    said = in_words(list(table["answer"]), names)
    records = table.to_dict("records")
    rows = rows_of([said[row["answer"]] for row in records], ax, right=[_follows(row) for row in records], extra=0.85)
    for y, row in zip(rows.y, records, strict=True):
        if pd.isna(row["estimate"]):
            continue
        if pd.notna(row["expected"]):
            rows.ax.plot(
                [row["expected"], row["estimate"]], [y, y], color=GRID, linewidth=2.4, zorder=1, solid_capstyle="butt"
            )
            dot(rows.ax, float(row["expected"]), float(y), INK, "D", hollow=True)
        whisker(rows.ax, float(y), row["low"], row["high"])
        dot(rows.ax, float(row["estimate"]), float(y))
    values = table[["estimate", "high", "expected"]].to_numpy(dtype=float)
    rows.ax.set_xlim(0, min(max(float(np.nanmax([0.1, *values[np.isfinite(values)]])) * 1.06, 0.1), 1.0))
    rows.ax.xaxis.set_major_locator(MaxNLocator(nbins=4))
    rows.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    counts = sorted(set(table["n"].dropna().astype(int))) if "n" in table.columns else []
    counted = f" (n {number(counts[0])})" if len(counts) == 1 else ""
    rows.ax.set_xlabel(
        wrapped(f"Share of the acts that come next after {after}{counted}", 40 if rows.above else 80)
        + "\n● seen, with interval   ◇ by chance"
    )
    return figure_of(rows.ax)


_LOOKS: dict[str, tuple[str, Any, str]] = {
    "constructive": (ACCENT, "-", "o"),
    "destructive": (DESTRUCTIVE, (0, (4, 1.5)), "s"),
}
_SIGN = {"constructive": "●", "destructive": "■"}


def _refuse_unknown_tones(profile: pd.DataFrame) -> None:
    for tone in profile["tone"].astype(str).unique():
        if tone not in (*TONES, "", "none"):
            raise InputError(f"Column 'tone': '{tone}' is no tone. {did_you_mean(tone, TONES)}")


def _groups(profile: pd.DataFrame, keys: Sequence[str], n: str) -> list[dict[str, Any]]:
    """Each group with its key, its acts and its row of each tone."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in profile.to_dict("records"):
        key = tuple(str(row[column]) for column in keys)
        group = found.setdefault(key, {"key": key, "acts": 0.0, "tones": {}})
        group["acts"] = max(group["acts"], 0.0 if pd.isna(row[n]) else float(row[n]))
        group["tones"][str(row["tone"])] = row
    return list(found.values())


def _share(tones: Mapping[str, Mapping[Hashable, Any]], tone: str) -> float:
    row = tones.get(tone)
    return float("nan") if row is None else float(row["estimate"])


def _net(tones: Mapping[str, Mapping[Hashable, Any]]) -> float:
    return float(np.nan_to_num(_share(tones, "constructive")) - np.nan_to_num(_share(tones, "destructive")))


def _acts_and_depends(group: Mapping[str, Any]) -> str:
    depends = _share(group["tones"], "depends")
    acts = f"n {number(group['acts'])}" if group["acts"] else _HIDDEN
    return acts if pd.isna(depends) else f"{acts} ◇ {depends:.0%}"


def _draw_tones(ax: Axes, y: float, tones: Mapping[str, Mapping[Hashable, Any]]) -> None:
    for tone, side, colour, hatch in (("constructive", 1, ACCENT, None), ("destructive", -1, DESTRUCTIVE, "////")):
        row = tones.get(tone)
        if row is None or pd.isna(row["estimate"]):
            continue
        bar = ax.barh(y, side * float(row["estimate"]), height=0.15, color=colour, linewidth=0, zorder=1.5)
        if hatch:
            for patch in bar.patches:
                patch.set(hatch=hatch, hatchcolor=PAPER)
        if pd.notna(row["low"]) and pd.notna(row["high"]):
            whisker(ax, y, side * float(row["low"]), side * float(row["high"]), INK)


def _follows(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["estimate"]):
        return _HIDDEN
    seen = f"{row['estimate']:.0%}"
    return seen if pd.isna(row["expected"]) else f"{seen}, by chance {row['expected']:.0%}"

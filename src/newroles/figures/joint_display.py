"""The joint display: for each group, what was measured and what is said of each domain, and whether the two agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newroles.errors import InputError, did_you_mean
from newroles.figures.effects import GROUP_NAMES, WORSE
from newroles.figures.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    WIDE,
    figure_of,
    figure_width,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip

VERDICTS = {
    "agree": "= they agree",
    "disagree": "≠ they contradict each other",
    "unclear": "",
    "numbers only": "nobody speaks of it",
    "talk only": "not measured",
}
_SAID = {
    "better": "most say better",
    "worse": "most say worse",
    "divided": "opinions divided",
    "too few": "too few to say which way",
}
_COLOURS = {"better": ACCENT, "worse": WORSE}
_LINE, _SMALL, _LETTER = 0.178, 0.158, 0.068  # inches: a line of text, a small one, a letter of a small one
_GROUPS = ("service_users", "new_roles", "existing_roles")
_REACH = 2.5  # standard deviations on either side


@use_house_style()
def joint_display_chart(display: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """Who gained, who paid, and how sure are we? Measures and talk side by side, a column for each group.

    display: one row per domain and measure, as `effects.display_of_study` returns its table: group, domain, name, measure_name (blank
        without a measure), estimate, low, high, unit, n (teams; blank: not shown), wish, measured, better, worse, mixed (passages; blank:
        not shown), said, verdict, standardised, standardised_low, standardised_high (right is better).
    Returns the figure: a card a domain: the effect with its interval in standard deviations between teams, and in its own unit; the
        passages that say better, both or worse; the verdict. On a phone the groups stand one below the other.
    Raises InputError when a column is missing, there are no rows of the three groups, or a verdict is unknown.

    >>> row = {"group": "new_roles", "domain": "d", "name": "Clarity", "measure_name": None, "said": "better", "better": 5, "worse": 1,
    ...        "mixed": 0, "verdict": "talk only"}
    >>> blank = dict.fromkeys(["estimate", "low", "high", "unit", "n", "wish", "measured", "standardised"])
    >>> rows = pd.DataFrame([row | blank | {"standardised_low": None, "standardised_high": None}])
    >>> "Clarity" in [text.get_text() for text in joint_display_chart(rows).axes[0].texts]
    True
    """
    columns = [
        "group",
        "domain",
        "name",
        "measure_name",
        "estimate",
        "low",
        "high",
        "unit",
        "n",
        "wish",
        "measured",
        "better",
        "worse",
    ]
    columns += ["mixed", "said", "verdict", "standardised", "standardised_low", "standardised_high"]
    need_columns(display, columns, "joint_display_chart", "a domain and measure")
    for verdict in display["verdict"].unique():
        if verdict not in VERDICTS:
            raise InputError(f"Unknown verdict '{verdict}'. {did_you_mean(str(verdict), VERDICTS)}")
    rows = display[display["group"].isin(_GROUPS)]
    if rows.empty:
        raise InputError("No row is about service users, new roles or existing roles: say so in a sentence.")
    groups = [group for group in _GROUPS if rows["group"].eq(group).any()]
    narrow = figure_width() < WIDE / 2
    across = 1 if narrow else len(groups)
    room, gap = figure_width() - 0.06, 0.26
    wide = (room - gap * (across - 1)) / across
    widest = wide if narrow else min(wide, 3.4)
    most = max(float(passages) for passages in [*rows[["better", "mixed", "worse"]].fillna(0).sum(axis=1), 1.0])
    top, deepest, placed = 0.0, 0.0, []
    for i, group in enumerate(groups):
        x, y = (0.0, top) if narrow else (i * (wide + gap), 0.0)
        placed.append((x, y, group))
        y += 0.36
        for _, part in rows[rows["group"].eq(group)].groupby("domain", sort=False):
            y += _card_height(part.to_dict("records"), widest) + 0.12
        top, deepest = y + 0.1, max(deepest, y)
    ax = new_axes(deepest + 0.62, ax)
    ax.set(xlim=(0, room), ylim=(deepest, 0))
    ax.axis("off")
    for x, y, group in placed:
        ax.text(x, y + 0.11, GROUP_NAMES[group], va="center", fontweight="bold")
        ax.plot([x, x + wide], [y + 0.27] * 2, color=INK, linewidth=1.2)
        y += 0.36
        for _, part in rows[rows["group"].eq(group)].groupby("domain", sort=False):
            records = part.to_dict("records")
            tall = _card_height(records, widest)
            _draw_card(ax, x, y, widest, records, most)
            ax.plot([x, x + wide], [y + tall + 0.05] * 2, color=GRID, linewidth=0.7)
            y += tall + 0.12
    figure = figure_of(ax)
    key = (
        "Measured: right is better (higher, where neither end is better), in standard deviations between teams before; ● clear, "
        "○ not clear, line: interval. Said: passages that say better, both, worse."
    )
    figure.supxlabel(wrapped(key, 46 if narrow else 104), x=0.01, ha="left", fontsize="small", color=MUTED)
    return figure


def _card_height(records: list[dict[Any, Any]], wide: float) -> float:
    """Inches of a card: name, each measure with its line of numbers, what is said, the verdict."""
    tall = _LINE * _lines(records[0]["name"], wide, bold=True) + 0.05
    for row in records:
        if isinstance(row["measure_name"], str):
            tall += 0.22 + _SMALL * _lines(_measured(row), wide)
    said = records[0]
    if said["said"]:
        tall += (0.21 if _counted(said) else 0.0) + _SMALL * _lines(_talk(said), wide) + 0.02
    return tall + _SMALL * sum(_lines(text, wide) for text in _verdicts(records)) + 0.03


def _draw_card(ax: Axes, x: float, y: float, wide: float, records: list[dict[Any, Any]], most: float) -> None:
    first = records[0]
    y = _write(ax, x, y, str(first["name"]), wide, bold=True) + 0.05
    for row in records:
        if isinstance(row["measure_name"], str):
            _draw_interval(ax, x, y + 0.1, wide, row)
            y = _write(ax, x, y + 0.22, _measured(row), wide)
    if first["said"]:
        if _counted(first):
            _draw_passages(ax, x, y + 0.03, wide, first, most)
            y += 0.21
        y = _write(ax, x, y + 0.02, _talk(first), wide)
    for text in _verdicts(records):
        y = _write(ax, x, y, text, wide, colour=MUTED)


def _draw_interval(ax: Axes, x: float, y: float, wide: float, row: dict[Any, Any]) -> None:
    """The effect on an axis of standard deviations: a line, nought in the middle."""
    middle, scale = x + wide / 2, (wide / 2 - 0.05) / _REACH
    ax.plot([x + 0.02, x + wide - 0.02], [y, y], color=GRID, linewidth=0.8, zorder=1)
    ax.plot([middle, middle], [y - 0.08, y + 0.08], color=MUTED, linewidth=1.1, zorder=1.5)
    value, low, high = (
        float(row[name]) if pd.notna(row[name]) else np.nan
        for name in ("standardised", "standardised_low", "standardised_high")
    )
    if not np.isfinite(value):
        return
    colour = _COLOURS.get(str(row["measured"]), INK)
    at = middle + scale * float(np.clip(value, -_REACH, _REACH))
    if np.isfinite(low) and np.isfinite(high):
        ends = [middle + scale * float(np.clip(end, -_REACH, _REACH)) for end in (low, high)]
        ax.plot(ends, [y, y], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
    clear = row["measured"] not in ("unclear", "")
    marker = "o" if abs(value) <= _REACH else (">" if value > 0 else "<")
    ax.plot(
        [at],
        [y],
        marker=marker,
        markersize=7,
        color=colour,
        markerfacecolor=colour if clear else "none",
        markeredgewidth=1.5,
        zorder=3,
    )


def _draw_passages(ax: Axes, x: float, y: float, wide: float, row: dict[Any, Any], most: float) -> None:
    """Passages as a bar: better, both, worse; hatched what is worse, so that it isn't told by colour alone."""
    left, scale = x, wide / most
    for way, look in (
        ("better", {"facecolor": ACCENT, "alpha": 0.75}),
        ("mixed", {"facecolor": GRID}),
        ("worse", {"facecolor": WORSE, "alpha": 0.75, "hatch": "////", "edgecolor": "white"}),
    ):
        size = scale * float(row[way])
        if size:
            ax.add_patch(Rectangle((left, y), size, 0.15, linewidth=0, **look))
        left += size


def _write(ax: Axes, x: float, y: float, text: str, wide: float, bold: bool = False, colour: str = INK) -> float:
    """Write lines below y; where they end."""
    size = 9.2 if bold else 8.4
    lines = wrapped(text, _letters(wide, bold)).split("\n")
    for line in lines:
        y += _LINE if bold else _SMALL
        ax.text(x, y, line, va="bottom", fontsize=size, fontweight="bold" if bold else "normal", color=colour)
    return y


def _letters(wide: float, bold: bool = False) -> int:
    return int(wide / (0.086 if bold else _LETTER))


def _lines(text: object, wide: float, bold: bool = False) -> int:
    return wrapped(str(text), _letters(wide, bold)).count("\n") + 1


def _measured(row: dict[Any, Any]) -> str:
    low, high = float(row["low"]), float(row["high"])
    width = high - low
    places = max(0, 1 - int(np.floor(np.log10(width)))) if np.isfinite(width) and width > 0 else 2
    unit = (
        ""
        if str(row["unit"]).startswith(("share", "score", "ordered", "0 or 1")) or not row["unit"]
        else f" {row['unit']}"
    )
    sign = "+" if float(row["estimate"]) > 0 else ""
    interval = f" ({number(low, places)} to {number(high, places)})" if np.isfinite(width) else ""
    teams = "" if pd.isna(row["n"]) else f"; {int(row['n'])} teams"
    way = {"better": ": better", "worse": ": worse", "up": ": higher", "down": ": lower", "unclear": ": unclear"}.get(
        str(row["measured"]), ""
    )
    return f"{row['measure_name']}{way}, {sign}{number(float(row['estimate']), places)}{interval}{unit}{teams}"


def _counted(row: dict[Any, Any]) -> bool:
    return bool(pd.notna(row["better"]) and row["better"] + row["mixed"] + row["worse"] > 0)


def _talk(row: dict[Any, Any]) -> str:
    said = _SAID.get(str(row["said"]), str(row["said"]))
    if pd.isna(row["better"]):
        return f"Said: {said}"
    return f"Said: {int(row['better'])} better, {int(row['mixed'])} both, {int(row['worse'])} worse: {said}"


def _verdicts(records: list[dict[Any, Any]]) -> list[str]:
    """One verdict where the measures of a domain have the same, else one for each, named."""
    given = [_verdict(row) for row in records]
    if len(set(given)) == 1:
        return given[:1]
    return [f"{row['measure_name']}: {text}" for row, text in zip(records, given, strict=True)]


def _verdict(row: dict[Any, Any]) -> str:
    if row["verdict"] != "unclear":
        return VERDICTS[row["verdict"]]
    if row["measured"] in ("up", "down"):
        return "? the measure has no better end"
    unclear = [
        word for word, held in (("measure", row["measured"]), ("talk", row["said"])) if held not in ("better", "worse")
    ]
    return f"? {' and '.join(unclear)} unclear"

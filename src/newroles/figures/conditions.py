"""The figures before a solution: how raw values became sets, and which combinations of conditions there are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newroles.errors import InputError, did_you_mean
from newroles.figures.networks import in_words
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

_LINE, _LETTER, _SMALL = 0.165, 0.077, 0.07  # inches: a line, and a character of the text and of small text
_STRIP, _LABEL = 0.34, 0.17  # inches: the dots of a condition, and a line of labels beside them
MOST_CONDITIONS = 10


@use_house_style()
def calibration_plot(
    table: pd.DataFrame,
    raw: pd.DataFrame,
    sets: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Where do the cases lie on each condition, and where was the line drawn between in and out?

    table: one row per condition, as `boundary_work.calibrate_cases` returns as its table: condition, column, unit, out,
        crossover, in (anchors; out and in blank for a threshold).
    raw: one row per case, named by the index or a column `team` or `case`: the raw columns.
    sets: the same cases (index) with a column a condition: their set scores, 0 to 1. A case that has none isn't drawn.
    names: what conditions are called; left out, the id in words.
    Returns the figure: each condition as a strip of dots on its own scale, filled where a case is more in than out, hollow
        where more out than in, a cross at exactly a half; a line at the crossover, short ticks at the other anchors.
    Raises InputError when a column is missing, there are no rows, or sets and raw values have no case in common.

    >>> table = pd.DataFrame({"condition": ["agreed"], "column": ["agreed"], "unit": [""], "out": [None], "crossover": [3.0],
    ...                       "in": [None]})
    >>> raw = pd.DataFrame({"agreed": [2.0, 4.0]}, index=["T1", "T2"])
    >>> [text.get_text() for text in calibration_plot(table, raw, raw.gt(3).astype(float)).axes[0].texts][:2]
    ['Agreed', '1 of 2 in']
    """
    need_columns(
        table, ["condition", "column", "unit", "out", "crossover", "in"], "calibration_plot", "a calibrated condition"
    )
    named = next((column for column in ("case", "team") if column in raw.columns), None)
    raw = raw if named is None else raw.set_index(named)
    need_columns(raw, table["column"], "calibration_plot (raw)", "a case")
    need_columns(sets, table["condition"], "calibration_plot (sets)", "a case")
    shared = sets.index[sets.index.isin(raw.index)]
    if not len(shared):
        raise InputError("The sets and the raw values have no case in common: name the cases alike in both.")
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    said = in_words(list(table["condition"]), names)
    tall = 2 * _LABEL + _STRIP + 0.42
    key = wrapped(_strip_key(table, sets.loc[shared, table["condition"]]), int(room / (_SMALL - 0.001)))
    rows = table.to_dict("records")
    heads = [_strip_head(row, said[row["condition"]], len(shared), room) for row in rows]
    tops = np.cumsum([0.0, *(tall + _LINE * head.count("\n") for head in heads)])
    height = tops[-1] + _LINE * (key.count("\n") + 1) + 0.1
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    for row, head, top in zip(rows, heads, tops[:-1], strict=True):
        values, scores = raw.loc[shared, row["column"]].astype(float), sets.loc[shared, row["condition"]].astype(float)
        kept = (values.notna() & scores.notna()).to_numpy()
        _strip(ax, row, head, values.to_numpy()[kept], scores.to_numpy()[kept], float(top), room)
    ax.text(0, tops[-1] + 0.05, key, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


@use_house_style()
def truth_table_chart(
    table: pd.DataFrame,
    conditions: Sequence[str] | None = None,
    outcome: str = "the outcome",
    incl_cut: float = 0.8,
    contradictions: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Which combinations of conditions are there, in which cases, and how consistently do they have the outcome?

    table: one row per combination, in the order to be drawn, as `boundary_work.truth_table` returns as its table: a column
        a condition (0 or 1), n (cases; blank: not shown), incl (0-1; blank: none), out (1, 0 or "?"), cases (their ids).
    conditions: which columns are conditions; left out, those to the left of n. outcome: what it is called, for the key.
    incl_cut: the cut-off that the table used, drawn as a tick. contradictions: one row per combination whose cases disagree,
        as `TruthTable.contradictions`: the conditions, with_outcome, without_outcome (ids); the row, and those of its cases
        that differ from its outcome, get ≠. names: what conditions are called; left out, the id in words.
    Returns the figure: a filled circle where a condition is present and a hollow one where it is absent; n, a bar of
        consistency, a mark of the outcome, the cases. On a phone conditions have numbers and cases stand below their row.
    Raises InputError when a column is missing, there are no rows or conditions, more than 10 conditions, or a condition that
        is neither 0 nor 1.

    >>> table = pd.DataFrame({"agreed": [1, 0], "n": [3, 2], "incl": [0.9, 0.2], "out": [1, 0], "cases": [("T1", "T2", "T3"), ("T4", "T5")]})
    >>> [text.get_text() for text in truth_table_chart(table).axes[0].texts if "T" in text.get_text()][:2]
    ['T1, T2, T3', 'T4, T5']
    """
    need_columns(table, ["n", "incl", "out", "cases"], "truth_table_chart", "a combination of conditions")
    columns = _conditions(table, conditions)
    said = in_words(columns, names)
    astray = _astray(contradictions, columns)
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    words = [wrapped(said[column], 11) for column in columns]
    numbered = narrow or len(columns) > 4 or max(len(line) for text in words for line in text.split("\n")) > 13
    wide = min(0.34, (room - 1.75) / len(columns)) if numbered else 0.88
    listed = [wrapped(f"{i + 1}  {said[column]}", int(room / _LETTER)) for i, column in enumerate(columns)]
    heads = [str(i + 1) for i in range(len(columns))] if numbered else words
    n_at = wide * len(columns) + 0.25
    bar_at, bar = n_at + 0.28, 0.62 if narrow else 0.8
    out_at = bar_at + bar + 0.62
    cases_at = 0.15 if narrow else out_at + 0.42
    letters = int((room - cases_at) / _SMALL)
    records = table.to_dict("records")
    differ = [astray.get(tuple(int(row[column]) for column in columns)) for row in records]
    cases = [wrapped(_cases(row, other), letters) for row, other in zip(records, differ, strict=True)]
    lines = [text.count("\n") + 1 if text else 0 for text in cases]
    tall = [0.3 + _LINE * n if narrow else max(0.3, _LINE * n + 0.1) for n in lines]
    told = wrapped(_truth_key(table, outcome, incl_cut, any(differ)), int(room / (_SMALL - 0.001)))
    list_height = sum(_LINE * (text.count("\n") + 1) + 0.02 for text in listed) + 0.1 if numbered else 0.0
    top = list_height + _LINE * max(2, *(text.count("\n") + 1 for text in heads)) + 0.12
    height = top + sum(tall) + 0.1 + _LINE * (told.count("\n") + 1) + 0.05
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    down = 0.0
    for text in listed if numbered else []:
        ax.text(0, down, text, va="top", fontsize=8.8)
        down += _LINE * (text.count("\n") + 1) + 0.02
    headings = [(n_at, "n"), (bar_at + bar / 2, "consist-\nency" if narrow else "consistency"), (out_at, "out-\ncome")]
    across = [(i + 0.5) * wide for i in range(len(columns))]
    for x, text in [*zip(across, heads, strict=True), *headings]:
        ax.text(x, top - 0.08, text, ha="center", va="bottom", fontsize=8.4, color=MUTED, linespacing=1.0)
    if not narrow:
        ax.text(cases_at, top - 0.08, "cases", va="bottom", fontsize=8.4, color=MUTED)
    y = top
    for row, text, high, other in zip(records, cases, tall, differ, strict=True):
        ax.plot([0, room], [y - 0.02] * 2, color=GRID, linewidth=0.7, zorder=0.5)
        middle = y + 0.14 if narrow else y + high / 2 - 0.02
        for x, column in zip(across, columns, strict=True):
            circle(ax, x, middle, int(row[column]) == 1)
        ax.text(n_at, middle, "–" if pd.isna(row["n"]) else number(row["n"]), ha="center", va="center")
        _consistency(ax, bar_at, middle, bar, row, incl_cut)
        _outcome(ax, out_at, middle, str(row["out"]), bool(other))
        at = y + 0.28 if narrow else y + high / 2 - 0.02
        ax.text(
            cases_at, at, text, va="top" if narrow else "center", fontsize="small", color=MUTED if narrow else INK
        ).set_linespacing(1.1)
        y += high
    ax.text(0, y + 0.08, told, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def circle(ax: Axes, x: float, y: float, filled: bool, size: float = 9.0) -> None:
    """A condition that is present (filled) or absent (hollow)."""
    ax.plot(
        [x], [y], linestyle="none", marker="o", markersize=size, markerfacecolor=INK if filled else PAPER, markeredgecolor=INK,
        markeredgewidth=1.2, zorder=3, clip_on=False,
    )  # fmt: skip


def _strip_head(row: Mapping[Hashable, Any], name: str, cases: int, room: float) -> str:
    """A condition's name and unit, wrapped beside how many cases are in it."""
    unit = f" ({row['unit']})" if isinstance(row["unit"], str) and row["unit"] else ""
    return wrapped(name + unit, int(room / _LETTER) - len(f"{number(cases)} of {number(cases)} in"))


def _strip(
    ax: Axes, row: Mapping[Hashable, Any], head: str, values: np.ndarray, scores: np.ndarray, top: float, room: float
) -> None:
    """One condition: its name, its dots on its own scale, its anchors."""
    counted = f"{number(float((scores > 0.5).sum()))} of {number(len(scores))} in"
    ax.text(0, top, head, va="top", fontweight="bold")
    ax.text(room, top, counted, va="top", ha="right", color=MUTED)
    anchors = {key: float(row[key]) for key in ("crossover", "out", "in") if pd.notna(row[key])}
    ends = [*values, *anchors.values()]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    left, right = 0.2, room - 0.2

    def at(value: float) -> float:
        return left + (value - low) / span * (right - left)

    base = top + _LINE * head.count("\n") + 0.22 + _LABEL + _STRIP
    ax.plot([left - 0.1, right + 0.1], [base, base], color=GRID, linewidth=0.9, zorder=0.5)
    for x, y, score in zip(*_stacked([at(value) for value in values], base), scores, strict=True):
        if score == 0.5:
            ax.plot([x], [y], linestyle="none", marker="x", markersize=5, color=INK, markeredgewidth=1.4, zorder=3)
            continue
        ax.plot(
            [x], [y], linestyle="none", marker="o", markersize=5.6 if score > 0.5 else 4.8, markerfacecolor=ACCENT if score > 0.5 else PAPER,
            markeredgecolor=PAPER if score > 0.5 else MUTED, markeredgewidth=0.5 if score > 0.5 else 1.1, zorder=3,
        )  # fmt: skip
    below = [(at(low), _plain(low, span), low), (at(high), _plain(high, span), high)]
    for key, value in anchors.items():
        x = at(value)
        full = key == "crossover"
        ax.plot(
            [x, x], [base - (_STRIP + 0.06 if full else 0.12), base + 0.05], color=INK, linewidth=1.3 if full else 1.0
        )
        if full:
            text = f"{'crossover' if len(anchors) > 1 else 'threshold'} {_plain(value, span)}"
            half = len(text) * _SMALL / 2
            x = min(max(x, half), room - half)
            ax.text(x, base - _STRIP - 0.08, text, ha="center", va="bottom", fontsize="small")
        else:
            below = [(x, f"{key} {_plain(value, span)}", value), *below]
    _labels_below(ax, below, base + 0.07, room)


def _strip_key(table: pd.DataFrame, sets: pd.DataFrame) -> str:
    told = "● a case in the set; ○ out of it" + ("; × neither. " if sets.eq(0.5).any(axis=None) else ". ")
    if table["out"].isna().all():
        return told + "Line: the threshold between in and out."
    return told + "Long line: where a case is as much in as out; short lines: the anchors out and in."


def _stacked(across: Sequence[float], base: float, dot: float = 0.078) -> tuple[list[float], list[float]]:
    """Dots side by side where there is room, one on top of the other where there is none."""
    columns = [round(x / dot) for x in across]
    most = max([columns.count(column) for column in set(columns)], default=1)
    rise = min(dot, (_STRIP - 0.06) / max(most, 1))
    seen: dict[int, int] = {}
    up = []
    for column in columns:
        up.append(base - 0.045 - rise * seen.get(column, 0))
        seen[column] = seen.get(column, 0) + 1
    return list(across), up


def _labels_below(ax: Axes, labels: Sequence[tuple[float, str, float]], top: float, room: float) -> None:
    """Labels under the strip, the first before the others; one that would meet an earlier one moves a line down or is left out."""
    taken: list[tuple[float, float, float]] = []
    told = set()
    for x, text, value in labels:
        if value in told:
            continue
        half = len(text) * _SMALL / 2
        x = min(max(x, half), room - half)
        anchor = " " in text
        for line in (0.0, _LABEL * 0.82) if anchor else (0.0,):
            if all(abs(x - other) > half + wide + 0.05 or line != level for other, wide, level in taken):
                ax.text(x, top + line, text, ha="center", va="top", fontsize="small", color=INK if anchor else MUTED)
                taken.append((x, half, line))
                told.add(value)
                break


def _plain(value: float, span: float) -> str:
    return number(value, 0 if span >= 20 else 1 if span >= 2 else 2)


def _conditions(table: pd.DataFrame, conditions: Sequence[str] | None) -> list[str]:
    found = list(conditions) if conditions is not None else list(table.columns[: list(table.columns).index("n")])
    if not found:
        raise InputError("The truth table has no conditions: they are the columns to the left of n, or say which.")
    if len(found) > MOST_CONDITIONS:
        raise InputError(
            f"{len(found)} conditions leave circles too small to be read (at most {MOST_CONDITIONS}): show a table."
        )
    for column in found:
        if column not in table.columns:
            raise InputError(
                f"The truth table has no condition '{column}'. {did_you_mean(column, map(str, table.columns))}"
            )
        values = pd.to_numeric(table[column], errors="coerce")
        if not values.isin([0, 1]).all():
            raise InputError(
                f"The condition '{column}' of the truth table has {table.loc[~values.isin([0, 1]), column].iloc[0]!r}: "
                "expected 0 (absent) or 1 (present)."
            )
    return found


def _astray(contradictions: pd.DataFrame | None, columns: Sequence[str]) -> dict[tuple[int, ...], dict[str, set]]:
    """By combination of conditions: which cases have the outcome, and which have not, where they disagree."""
    if contradictions is None or contradictions.empty:
        return {}
    sides = ["with_outcome", "without_outcome"]
    need_columns(
        contradictions, [*columns, *sides], "truth_table_chart (contradictions)", "a combination of conditions"
    )
    return {
        tuple(int(row[column]) for column in columns): {"1": set(row[sides[1]]), "0": set(row[sides[0]])}
        for row in contradictions.to_dict("records")
    }


def _cases(row: Mapping[Hashable, Any], other: Mapping[str, set] | None) -> str:
    listed = [row["cases"]] if isinstance(row["cases"], str) else list(row["cases"])
    differ = (other or {}).get(str(row["out"]), set())
    return ", ".join(f"{case}\u00a0≠" if case in differ else str(case) for case in listed)


def _consistency(
    ax: Axes, left: float, middle: float, wide: float, row: Mapping[Hashable, Any], incl_cut: float
) -> None:
    if pd.isna(row["incl"]):
        ax.text(left + wide / 2, middle, "–", ha="center", va="center", color=MUTED)
        return
    colour, shade = (ACCENT, 1.0) if str(row["out"]) == "1" else (MUTED, 0.55)
    full = wide * float(row["incl"])
    ax.add_patch(Rectangle((left, middle - 0.065), full, 0.13, facecolor=colour, alpha=shade, linewidth=0))
    ax.add_patch(Rectangle((left, middle - 0.065), wide, 0.13, facecolor="none", edgecolor=MUTED, linewidth=0.6))
    ax.plot([left + wide * incl_cut] * 2, [middle - 0.1, middle + 0.1], color=INK, linewidth=1.2, zorder=3)
    ax.text(left + wide + 0.05, middle, number(float(row["incl"]), 2), va="center", fontsize="small")


def _outcome(ax: Axes, x: float, middle: float, out: str, contradictory: bool) -> None:
    if out in ("0", "1"):
        circle(ax, x, middle, out == "1")
    else:
        ax.text(x, middle, out, ha="center", va="center", fontweight="bold")
    if contradictory:
        ax.text(x + 0.11, middle, "≠", va="center", fontweight="bold")


def _truth_key(table: pd.DataFrame, outcome: str, incl_cut: float, contradictory: bool) -> str:
    told = (
        f"● present, ○ absent. n: cases. Bar: how consistently cases of the row have {outcome}; tick: the cut-off of "
        f"{number(incl_cut, 2)}."
    )
    told += " ? too few cases to say." if table["out"].astype(str).eq("?").any() else ""
    return told + (" ≠ row whose cases disagree, and the cases that differ from its outcome." if contradictory else "")

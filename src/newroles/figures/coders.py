"""The figures of coders: who drifts from round to round, what they confuse, and whether a conclusion hangs on one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from newroles.errors import InputError
from newroles.figures.agreement import statistic_name
from newroles.figures.palette import MARKERS
from newroles.figures.rows import dot, mark_absent, rows_height, rows_of
from newroles.figures.style import (
    ACCENT,
    INK,
    MUTED,
    WIDE,
    figure_of,
    figure_width,
    is_narrow,
    label_points,
    need_columns,
    new_axes,
    number,
    percent_axis,
    use_house_style,
    wrapped,
)  # fmt: skip
from newroles.figures.triangle import triangle_of

TOGETHER = "All together"
LEFT_OUT = "no code instead"
SIGNS = {"o": "●", "s": "■", "^": "▲", "D": "◆", "v": "▼", "P": "✚", "X": "✖", "<": "◀", ">": "▶"}
"""The markers that a label can repeat."""

_DEEPEST = 0.5  # the deepest shade lets the ink of a number stand out, on a light page and on a dark one
_KEY_LINE, _KEY_LETTER = 0.21, 0.075  # inches


@use_house_style()
def coder_drift(table: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """Does a coder come to agree more, or less, from one round of coding to the next?

    table: one row a round and coder, as `coding.drift` returns (each coder with the others): round, coder (blank: all
        together), statistic, value, low, high, n_units. Agreement with a gold set does as well, in the same columns.
    Returns the figure: a labelled line for each coder, a thick one with its intervals for all together, the units of each
    round under the axis; a coder who never has a value is named there.
    Raises InputError when a column is missing, there are no rows, no value is known, a coder is there twice in a round, or
    the table has several statistics.
    """
    columns = ["round", "coder", "statistic", "value", "low", "high", "n_units"]
    need_columns(table, columns, "coder_drift", "a round and a coder")
    statistics = table["statistic"].dropna().unique()
    if len(statistics) != 1:
        raise InputError(f"One figure shows one statistic; the table has {len(statistics)}: {', '.join(statistics)}.")
    coder = table["coder"].astype("object").where(table["coder"].notna(), "").astype(str)
    table = table.assign(coder=coder)
    twice = table[table.duplicated(["round", "coder"])]
    if len(twice):
        raise InputError(f"Coder '{twice['coder'].iloc[0]}' is there twice in round {twice['round'].iloc[0]}.")
    known = table[table["value"].notna()]
    if known.empty:
        raise InputError("No coder has a value in any round, so there is nothing to draw: say so in a sentence.")
    rounds = list(dict.fromkeys(table["round"]))
    place = {number_: i for i, number_ in enumerate(rounds)}
    ax = new_axes(3.4 if figure_width() >= WIDE / 2 else 3.8, ax)
    ends: list[tuple[float, float, str]] = []
    people = [name for name in dict.fromkeys(known["coder"]) if name]
    markers = dict(zip(people, (MARKERS[1:] * (1 + len(people) // len(MARKERS)))[: len(people)], strict=True))
    for name in ([""] if (known["coder"] == "").any() else []) + people:
        own = known[known["coder"] == name].sort_values("round", key=lambda given: given.map(place))
        x = own["round"].map(place).to_numpy(dtype=float)
        colour, width = (MUTED, 1.1) if name else (ACCENT, 2.4)
        ax.plot(x, own["value"], color=colour, linewidth=width, zorder=1.5)
        if not name:
            between = own["low"].notna() & own["high"].notna()
            ax.vlines(x[between], own["low"][between], own["high"][between], color=ACCENT, linewidth=5, alpha=0.3)
        for at, value in zip(x, own["value"], strict=True):
            dot(ax, at, value, colour, markers.get(name, "o"))
        last = own.iloc[-1]
        sign = SIGNS.get(str(markers.get(name, "o")), "")
        ends.append((x[-1], float(last["value"]), f"{sign} {_coder(name)} {number(last['value'], 2)}".strip()))
    _drift_axes(ax, table, known, rounds, f"{statistic_name(statistics[0])}")
    label_points(ax, *map(list, zip(*ends, strict=True)))  # type: ignore[arg-type]
    return figure_of(ax)


def _drift_axes(ax: Axes, table: pd.DataFrame, known: pd.DataFrame, rounds: list[Any], statistic: str) -> None:
    units = table.groupby("round")["n_units"].max()
    longest = max(len(_coder(name)) for name in known["coder"]) + 7
    room = longest * 0.085 / (figure_width() - 0.7)  # of the axes' width, for the labels at the right
    span = max(len(rounds) - 1, 0.6)
    ax.set_xlim(-0.12 * span, (len(rounds) - 1) + span * room / (1 - min(room, 0.6)) + 0.05 * span)
    ax.set_xticks(range(len(rounds)), [f"Round {name}\n{_units(units.get(name))}" for name in rounds])
    ax.tick_params(axis="x", labelcolor=INK)
    ends = known[["value", "low", "high"]].to_numpy(dtype=float)
    low, high = np.floor((np.nanmin(ends) - 0.05) * 4) / 4, min(np.ceil((np.nanmax(ends) + 0.05) * 4) / 4, 1.0)
    ax.set_ylim(low, high + 0.02 * (high - low))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    title = f"{statistic}\n(1: full agreement; bar: 95% interval)"
    ax.set_title(title, loc="left", fontsize="small", color=MUTED)
    silent = [name for name in dict.fromkeys(table["coder"]) if name not in set(known["coder"])]
    if silent:
        listed = ", ".join(_coder(name) for name in silent)
        ax.set_xlabel(wrapped(f"No value in any round: {listed}", 44 if is_narrow(ax) else 90))


def _units(count: Any) -> str:
    return "n not known" if pd.isna(count) else f"{number(count)} units"


def _coder(name: str) -> str:
    return name.replace("_", " ").capitalize() if name else TOGETHER


@use_house_style()
def confusion_map(
    table: pd.DataFrame, most: int = 10, names: dict[str, str] | None = None, ax: Axes | None = None
) -> Figure:
    """Which code did one coder give where another gave a different one?

    table: one row a pair of codes, as `coding.confusion` returns: code, other_code (blank: the other coder gave no code
        instead), coder_pairs (pairs of coders and units in which it happened).
    most: how many codes to show, those that stood most often against another code. names: what a code is called; left
    out, its id.
    Returns the figure: a square's lower triangle with the counts, deeper shades for larger ones; the first column says how
    often a code stood against none. What isn't shown is counted in the note below.
    Raises InputError when a column is missing, there are no rows, or fewer than two codes are asked for, or
    more than `triangle.MOST` names would stand in it.

    >>> table = pd.DataFrame({"code": ["a"], "other_code": ["b"], "coder_pairs": [7]})
    >>> [text.get_text() for text in confusion_map(table).axes[0].texts][:3]
    ['a', 'b', '7']
    """
    need_columns(table, ["code", "other_code", "coder_pairs"], "confusion_map", "a pair of codes")
    if most < 2:
        raise InputError(f"A map of confusions needs at least 2 codes; most={most}.")
    other = table["other_code"].astype("object").where(table["other_code"].notna(), "").astype(str)
    counts: Counter[frozenset[str]] = Counter()
    against: Counter[str] = Counter()
    alone: Counter[str] = Counter()
    for one, two, number_ in zip(table["code"].astype(str), other, table["coder_pairs"], strict=True):
        counts[frozenset((one, two))] += int(number_)
        for code in (one, two):
            if code:
                (against if two else alone)[code] += int(number_)
    codes = sorted({*against, *alone}, key=lambda code: (-against[code], -alone[code], code))[:most]
    shown = [""] * bool(alone) + codes
    called = {"": LEFT_OUT, **(names or {})}
    in_map = {pair: count for pair, count in counts.items() if pair <= set(shown)}
    total, drawn = sum(counts.values()), sum(in_map.values())
    said = (
        f"{number(drawn)} of {number(total)} times that one code stood against another or none; "
        f"{len(codes)} of {len({*against, *alone})} codes shown"
    )
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    said = wrapped(said, 44 if narrow else 96)
    grid = triangle_of([called.get(code, code) for code in shown], ax, below=0.16 + 0.17 * (said.count("\n") + 1))
    largest = max(in_map.values(), default=1)
    for j in range(1, len(shown)):
        for i in range(j):
            count = counts[frozenset((shown[i], shown[j]))]
            grid.cell(i, j, ACCENT, 0.05 + (_DEEPEST - 0.05) * count / largest if count else 0.0)
            if not grid.write(i, j, number(count), muted=not count) and count:
                grid.write(i, j, "•")
    grid.ax.text(0, grid.bottom + 0.1, said, va="top", fontsize="small", color=MUTED)
    return figure_of(grid.ax)


@use_house_style()
def conclusion_by_choice(table: pd.DataFrame, of: str = "units") -> Figure:
    """Does the conclusion survive other choices: another rule of consensus, or one coder less?

    table: one row a code and choice, in the order to draw: code, choice (such as majority, adjudicated, without coder 1;
        the first is the analysis as published), share (0-1; blank: not known), n (what the share is of); optionally name.
    of: what n counts.
    Returns the figure, a row a code: the first choice filled, the others open with a shape each, on a thin line from the
    smallest share to the largest, which are printed at the right. It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, or a code has the same choice twice.

    >>> table = pd.DataFrame({"code": "a", "choice": ["majority", "adjudicated"], "share": [0.4, 0.46], "n": 50})
    >>> conclusion_by_choice(table, of="acts").axes[1].get_xlabel()
    'Share of 50 acts'
    """
    need_columns(table, ["code", "choice", "share", "n"], "conclusion_by_choice", "a code and a choice")
    twice = table[table.duplicated(["code", "choice"])]
    if len(twice):
        raise InputError(f"The code '{twice['code'].iloc[0]}' has the choice '{twice['choice'].iloc[0]}' twice.")
    choices = [str(choice) for choice in dict.fromkeys(table["choice"])]
    looks = {choice: (ACCENT if i == 0 else INK, MARKERS[i % len(MARKERS)], i > 0) for i, choice in enumerate(choices)}
    codes = list(dict.fromkeys(table["code"]))
    parts = [table[table["code"] == code] for code in codes]
    names = [str(part["name"].iloc[0]) if "name" in part.columns else str(part["code"].iloc[0]) for part in parts]
    right = [_range(part["share"]) for part in parts]
    narrow = figure_width() < WIDE / 2
    key = _key_places([(choice, *looks[choice]) for choice in choices], figure_width() - 0.2)
    heights = [(max(line for *_, line in key) + 1) * _KEY_LINE + 0.08, rows_height(names, narrow) + 0.75]
    figure = Figure(figsize=(figure_width(), sum(heights)), layout="constrained")
    top, main = (part.subplots() for part in figure.subfigures(2, 1, squeeze=False, height_ratios=heights)[:, 0])
    top.set(xlim=(0, figure_width() - 0.1), ylim=(heights[0], 0))
    top.axis("off")
    for choice, colour, marker, hollow, x, line in key:
        dot(top, x + 0.08, (line + 0.5) * _KEY_LINE, colour, marker, hollow)
        top.text(x + 0.2, (line + 0.5) * _KEY_LINE, choice, va="center", fontsize="small")
    rows = rows_of(names, main, right, above=narrow)
    for y, part in zip(rows.y, parts, strict=True):
        shares = part["share"].dropna().astype(float)
        if shares.empty:
            mark_absent(rows, y, "not_known")
            continue
        rows.ax.plot([shares.min(), shares.max()], [y, y], color=MUTED, linewidth=2, zorder=1)
        for row in part.iloc[::-1].to_dict("records"):  # the first choice on top
            if pd.notna(row["share"]):
                dot(rows.ax, row["share"], y, *looks[str(row["choice"])])
    _share_axis(rows.ax, float(table["share"].max()))
    counts = table["n"].dropna()
    low, high = (number(counts.min()), number(counts.max())) if len(counts) else ("?", "?")
    rows.ax.set_xlabel(f"Share of {low if low == high else f'{low} to {high}'} {of}")
    return figure


def _share_axis(ax: Axes, largest: float) -> None:
    """Shares from 0 to the largest, rounded up to a tenth, a quarter, a half or three quarters."""
    percent_axis(ax)
    end = next((end for end in (0.1, 0.25, 0.5, 0.75) if largest <= end), 1.0)
    if end < 1:
        ax.set_xticks(np.linspace(0, end, 4 if end == 0.75 else 6))
    ax.set_xlim(0, end * 1.02)


def _range(shares: pd.Series) -> str:
    known = shares.dropna()
    if known.empty:
        return ""
    low, high = f"{known.min():.0%}", f"{known.max():.0%}"
    blank = f" ({len(shares) - len(known)} not known)" if len(known) < len(shares) else ""
    return (low if low == high else f"{low.rstrip('%')}–{high}") + blank


def _key_places(
    entries: Sequence[tuple[str, str, Any, bool]], width: float
) -> list[tuple[str, str, Any, bool, float, int]]:
    """Each mark of the key with its text, and where it stands: inches from the left, and in which line."""
    placed, x, line = [], 0.0, 0
    for text, *look in entries:
        wide = 0.2 + len(text) * _KEY_LETTER + 0.16
        if x and x + wide > width:
            x, line = 0.0, line + 1
        placed.append((text, *look, x, line))
        x += wide
    return placed  # type: ignore[return-value]

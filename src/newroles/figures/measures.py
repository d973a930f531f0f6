"""The figures of measures that don't fit together: whose they are, and one trust's place on each of them.

Each function takes tables of results and returns the figure; `show` puts it on a page. Nothing is computed here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from newroles.errors import InputError, did_you_mean
from newroles.figures.grids import Columns, Entry, grid_or_list
from newroles.figures.rows import Rows, dot, rows_of, whisker
from newroles.figures.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    figure_of,
    need_columns,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip
from newroles.overview.peers import COULD_CHANGE

ACCESS_WORDS = {
    "in_this_book": "results in this book",
    "open_elsewhere": "published, not in this book",
    "members": "for members only",
    "service_records": "in services' own records",
}
SIDE_WORDS = {"reported_by": "Whose word it is", "level": "Finest level", "speaks_of": "Whom it speaks of"}
_IN_WORDS = {
    "patient_reported_outcomes": "Patient-reported outcomes",
    "regulator_ratings": "Regulators' ratings",
    "new_role_staff": "Staff in new roles",
    "existing_staff": "Staff in existing roles",
}
_SHORT = {"reported_by": "Word", "level": "Level", "speaks_of": "Speaks of"}
_BAR = "#88929d"
_FARTHEST = 4.0  # robust standard deviations; what lies beyond is drawn at the edge


@use_house_style()
def measure_map(table: pd.DataFrame, answers: dict[str, tuple[str, ...]], ax: Axes | None = None) -> Figure:
    """Which families of measures have whose word, at which level, about whom, and where are results open?

    table: one row for each family and answer, as `overview.measure_map` returns: family, side, answer, access.
    answers: for each side, all answers there can be, in the order of the columns (`overview.MEASURE_SIDES`); one that no family
    gives is an empty column, and is named in the key.
    Returns the figure: a filled dot where this book holds results, a ring where others publish them, a diamond where
    members see them, a cross where only services' own records have them. On a phone each family is followed by its
    answers in words.
    Raises InputError when a column is missing, there are no rows, or a side, answer or access is unknown.

    >>> table = pd.DataFrame({"family": ["symptoms"], "side": ["level"], "answer": ["trust"], "access": ["members"]})
    >>> texts = measure_map(table, {"level": ("trust", "team")}).axes[0].texts
    >>> "No measure: team" in [text.get_text() for text in texts]
    True
    """
    need_columns(table, ["family", "side", "answer", "access"], "measure_map", "a family and an answer")
    _refuse_unknown(table, "side", answers)
    _refuse_unknown(table, "access", ACCESS_WORDS)
    columns = Columns(
        [f"{side}:{answer}" for side in answers for answer in answers[side]],
        [in_words(answer) for side in answers for answer in answers[side]],
        [SIDE_WORDS.get(side, in_words(side)) for side in answers for _ in answers[side]],
    )
    for side, part in table.groupby("side"):
        _refuse_unknown(part, "answer", answers[str(side)])
    cells = [(row["family"], f"{row['side']}:{row['answer']}", row["access"]) for row in table.to_dict("records")]
    entries = [Entry(in_words(family), family) for family in dict.fromkeys(table["family"])]
    given = {column for _, column, _ in cells}
    empty = [name for id, name in zip(columns.ids, columns.names, strict=True) if id not in given]
    key: list[tuple[str | None, str]] = [
        (mark, text) for mark, text in ACCESS_WORDS.items() if mark in set(table["access"])
    ]
    if empty:
        said = "No measure: " + ", ".join(name[:1].lower() + name[1:] for name in empty)
        key += [(None, line) for line in wrapped(said, 36).split("\n")]
    listed = [
        (row["family"], row["access"], f"{_SHORT.get(row['side'], in_words(row['side']))}: {in_words(row['answer'])}")
        for row in table.to_dict("records")
    ]
    return grid_or_list(entries, columns, cells, listed, _draw_access, key, key, ax=ax)


@use_house_style()
def trust_dashboard(standing: pd.DataFrame, beside: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """Where does one trust stand among its peers, on each of several measures that don't add up?

    standing: one row a measure of one trust, in the order drawn, as `overview.trust_profile` returns: measure, family,
        name, better, unit, value, position, how_sure, remark.
    beside: one row for each measure and trust, as `overview.beside_peers` returns: is_trust, measure, toward, toward_low,
        toward_high, middle_low, middle_high.
    Returns the figure: measures under their family; peers as pale dots, their middle half as a bar, the trust as a large
    dot (hollow where sampling error could change its position) with its interval; better is to the right, or higher
    where neither is better. Value and position stand at the right in words. What lies more than four robust standard
    deviations away is drawn at the edge as an arrow head.
    Raises InputError when a column is missing, there are no rows, or a measure stands twice.
    """
    needed = ["measure", "family", "name", "better", "unit", "value", "position", "how_sure", "remark"]
    need_columns(standing, needed, "trust_dashboard", "a measure of one trust")
    need_columns(
        beside,
        ["is_trust", "measure", "toward", "toward_low", "toward_high", "middle_low", "middle_high"],
        "trust_dashboard (beside)",
        "a measure of a trust or a peer",
    )
    if standing["measure"].duplicated().any():
        twice = standing.loc[standing["measure"].duplicated(), "measure"].iloc[0]
        raise InputError(f"The measure '{twice}' stands twice in the table: pass the rows of one trust.")
    lines: list[dict | str] = []
    for family, part in standing.groupby("family", sort=False):
        lines += [in_words(str(family)), *part.to_dict("records")]
    rows = rows_of(
        [line if isinstance(line, str) else _named(line) for line in lines],
        ax,
        ["" if isinstance(line, str) else _said(line) for line in lines],
        extra=1.35,
        guides=False,
    )
    for i, (y, line) in enumerate(zip(rows.y, lines, strict=True)):
        if isinstance(line, str):
            label = rows.ax.texts[2 * i] if rows.above else rows.ax.get_yticklabels()[i]
            label.set_fontweight("bold")
        else:
            _draw_row(rows, float(y), line, beside[beside["measure"].eq(line["measure"])])
    rows.ax.set_xlim(-_FARTHEST - 0.3, _FARTHEST + 0.3)
    rows.ax.set_xticks([-4, -2, 0, 2, 4], ["−4", "−2", "peers'\nmedian", "2", "4"])
    width = 38 if rows.above else 66
    rows.ax.set_xlabel(
        wrapped(
            "Robust standard deviations from the peers' median; better is to the right (higher, where neither is better)",
            width,
        )
        + "\n"
        + wrapped("small dots: peers; bar: their middle half; hollow: sampling error could change the position", width)
    )
    return figure_of(rows.ax)


def in_words(id: str) -> str:
    """An id of a family or an answer as a reader meets it.

    >>> in_words("new_role_staff"), in_words("service_performance")
    ('Staff in new roles', 'Service performance')
    """
    return _IN_WORDS.get(id) or str(id).replace("_", " ")[:1].upper() + str(id).replace("_", " ")[1:]


def value_in_words(value: float, unit: str) -> str:
    """A value with its unit's own way of writing it: shares in per cent, ratios with two decimals, counts whole.

    >>> value_in_words(0.244, "share"), value_in_words(0.4596, "ratio"), value_in_words(23345.0, "referrals")
    ('24.4%', '0.46', '23,345')
    """
    if pd.isna(value):
        return ""
    if unit == "share":
        return f"{number(100 * value, 1)}%"
    return number(value, 2 if unit == "ratio" else 0)


def _named(line: dict) -> str:
    better = {"lower": " (lower\xa0is\xa0better)", "higher": " (higher\xa0is\xa0better)"}
    return f"{line['name']}{better.get(line['better'], '')}"


def _said(line: dict) -> str:
    word = str(line["position"]).split(" ")[0]
    value = value_in_words(line["value"], line["unit"])
    return f"{value}, {word}" if value and word in ("better", "worse", "higher", "lower", "within") else value


def _draw_row(rows: Rows, y: float, line: dict, beside: pd.DataFrame) -> None:
    ax = rows.ax
    across = blended_transform_factory(ax.transAxes, ax.transData)
    own, peers = beside[beside["is_trust"]], beside[~beside["is_trust"]]
    placed = peers["toward"].dropna().to_numpy(float)
    if own.empty or pd.isna(own["toward"].iloc[0]) or not str(line["how_sure"]):
        why = line["remark"] if isinstance(line["remark"], str) and line["remark"] else line["position"]
        ax.text(
            0.01, y, wrapped(why, 44), transform=across, va="center", fontstyle="italic", fontsize="small", color=MUTED
        )
        return
    ax.plot([0, 1], [y, y], transform=across, color=GRID, linewidth=0.7, zorder=0.5)
    low, high = np.clip(own[["middle_low", "middle_high"]].iloc[0].to_numpy(float), -_FARTHEST, _FARTHEST)
    ax.barh(y, high - low, left=low, height=0.13, color=_BAR, alpha=0.38, linewidth=0, zorder=0.8)
    ax.plot([0, 0], [y - 0.1, y + 0.1], color=INK, linewidth=1.2, zorder=0.9)
    near = placed[np.abs(placed) <= _FARTHEST]
    ax.plot(near, np.full(len(near), y), linestyle="none", marker="o", markersize=2.6, color=MUTED, zorder=1)
    edge = _FARTHEST + 0.15
    for side, marker in ((-1, "<"), (1, ">")):
        if (side * placed > _FARTHEST).any():
            ax.plot([side * edge], [y], marker=marker, markersize=4, color=MUTED, zorder=1)
    at = own.iloc[0]
    x, low, high = np.clip(at[["toward", "toward_low", "toward_high"]].to_numpy(float), -edge, edge)
    whisker(ax, y, low, high)
    marker = "o" if x == at["toward"] else ("<" if x < 0 else ">")
    dot(ax, x, y, ACCENT, marker, hollow=line["how_sure"] == COULD_CHANGE)


def _draw_access(ax: Axes, x: float, y: float, entry: str | None, mark: str) -> None:
    if mark == "service_records":
        ax.plot([x], [y], linestyle="none", marker="x", markersize=6, color=MUTED, markeredgewidth=1.6, zorder=3)
    else:
        colour = {"in_this_book": ACCENT, "open_elsewhere": INK, "members": MUTED}[mark]
        dot(ax, x, y, colour, "D" if mark == "members" else "o", hollow=mark != "in_this_book")


def _refuse_unknown(table: pd.DataFrame, column: str, known: object) -> None:
    names = list(known)  # type: ignore[call-overload]
    for row, word in enumerate(table[column].astype(str)):
        if word not in names:
            raise InputError(f"Row {row + 1}, column '{column}': unknown '{word}'. {did_you_mean(word, names)}")

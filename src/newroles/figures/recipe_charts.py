"""The figures of a solution: what is at its core, and over which choices it stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
_CORE, _PERIPHERAL = 15.0, 7.5  # points across
_MOST_TERMS = 8
PRESENCE, PARTS = ("present", "absent"), ("core", "peripheral")
_TERMS = ["terms_in_all", "terms_in_some", "terms_lost"]
FIT_WORDS = {"incl": "Consistency", "pri": "PRI", "cov_raw": "Raw coverage", "cov_unique": "Unique coverage"}
KEPT = {
    "all": ("●", "in every model found"),
    "some": ("◐", "in some of several tied models"),
    "none": ("×", "in no model"),
    "": ("–", "no solution"),
}
"""Whether a term of the published solution is found again: its mark, and what the key says."""


@use_house_style()
def fiss_chart(
    chart: pd.DataFrame,
    model: int = 1,
    parsimonious_model: int = 1,
    names: Mapping[str, str] | None = None,
    overall: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Which conditions are at the core of each path to the outcome, and which only go along with it?

    chart: one row per model, parsimonious_model, term and condition, as `boundary_work.core_and_peripheral` returns: these,
        presence (present, absent, or "" where it doesn't matter), part (core, peripheral or ""), and incl, pri, cov_raw,
        cov_unique of the term. Terms and conditions are drawn in order of appearance.
    model, parsimonious_model: which of the tied models; where there are several, the note says so.
    names: what conditions are called; left out, the id in words. overall: the fit of all terms together (incl, cov_raw), written
    below.
    Returns the figure: a column a term. A full circle: the condition is present; a crossed one: it is absent; large: core;
        small: peripheral; an empty place: it doesn't matter. Consistency and coverage stand below.
    Raises InputError when a column is missing, there are no rows, the pair of models isn't there, a presence or part is
        unknown, a term has a condition twice, or there are more than 8 terms.

    Source: Fiss 2011, Building better causal theories, doi 10.5465/amj.2011.60263120.

    >>> chart = pd.DataFrame({"model": 1, "parsimonious_model": 1, "term": "A*~B", "condition": ["A", "B"],
    ...     "presence": ["present", "absent"], "part": ["core", "peripheral"], "incl": 0.91, "pri": 0.8, "cov_raw": 0.5,
    ...     "cov_unique": 0.5})
    >>> [text.get_text() for text in fiss_chart(chart).axes[0].texts if text.get_text()[0] in "AB0"]
    ['A', 'B', '0.91', '0.80', '0.50', '0.50']
    """
    columns = ["model", "parsimonious_model", "term", "condition", "presence", "part", *FIT_WORDS]
    need_columns(chart, columns, "fiss_chart", "a term and a condition")
    charts = len(chart.drop_duplicates(["model", "parsimonious_model"]))
    own = chart[chart["model"].eq(model) & chart["parsimonious_model"].eq(parsimonious_model)]
    if own.empty:
        raise InputError(f"The chart has no model {model} with parsimonious model {parsimonious_model}.")
    terms, conditions = (list(dict.fromkeys(own[column])) for column in ("term", "condition"))
    _refuse_parts(own, terms)
    said = in_words(conditions, names)
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    wide = min(0.8, (room - (1.25 if narrow else 2.0)) / len(terms))
    left = min(room - wide * len(terms), 2.9)
    labels = {key: wrapped(text, int((left - 0.1) / _LETTER)) for key, text in said.items()}
    heights = [max(0.34, _LINE * (labels[c].count("\n") + 1) + 0.1) for c in conditions]
    told = wrapped(_fiss_key(own, overall, charts), int(room / (_SMALL - 0.001)))
    top, foot = 0.3, 0.24
    height = top + sum(heights) + 0.1 + foot * len(FIT_WORDS) + 0.12 + _LINE * (told.count("\n") + 1)
    ax = new_axes(height + 0.1, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    across = {term: left + (i + 0.5) * wide for i, term in enumerate(terms)}
    ax.text(0, top - 0.08, "Path" if narrow else "Condition", va="bottom", color=MUTED, fontsize=8.6)
    for i, x in enumerate(across.values()):
        head = f"{i + 1}" if wide < 0.6 else f"Path {i + 1}"
        ax.text(x, top - 0.08, head, ha="center", va="bottom", color=MUTED, fontsize=8.6)
    cells = {(row["term"], row["condition"]): row for row in own.to_dict("records")}
    edge, y = left + wide * len(terms), top
    for condition, tall in zip(conditions, heights, strict=True):
        ax.plot([0, edge], [y, y], color=GRID, linewidth=0.7, zorder=0.5)
        ax.text(0, y + tall / 2, labels[condition], va="center", linespacing=1.05)
        for term, x in across.items():
            row = cells.get((term, condition))
            if row is not None and row["presence"]:
                _part(ax, x, y + tall / 2, row["presence"] == "present", row["part"] == "core")
        y += tall
    ax.plot([0, edge], [y + 0.03] * 2, color=MUTED, linewidth=0.9)
    y += 0.1
    of_term = own.drop_duplicates("term").set_index("term")
    for column, text in FIT_WORDS.items():
        ax.text(0, y + foot / 2, text, va="center", fontsize=8.8)
        for term, x in across.items():
            value = float(of_term.loc[term, column])
            ax.text(
                x, y + foot / 2, "–" if pd.isna(value) else number(value, 2), ha="center", va="center", fontsize=8.8
            )
        y += foot
    ax.text(0, y + 0.08, told, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


@use_house_style()
def robustness_map(
    grid: pd.DataFrame,
    n_cut: int | None = None,
    pri_cut: float | None = None,
    names: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Over which choices is each term of the published solution found again?

    grid: one row per choice, as `boundary_work.robustness_grid` returns: base (the published choice, or not), set and shift
        (whose anchors were moved, by how much), incl_cut, n_cut, pri_cut, models, terms_in_all, terms_in_some, terms_lost.
    n_cut, pri_cut: which of those tried; left out, those of the base. names: what conditions are called.
    Returns the figure: a panel a term of the base solution, a row a shift of anchors, a column a consistency cut-off; each
        cell with a mark and a shade, the published choice outlined.
    Raises InputError when a column is missing, there are no rows or no base, the base has no term or more than 8, a cut-off
        wasn't tried, or there are more consistency cut-offs than there is room for.

    >>> grid = pd.DataFrame({"base": [True, False], "set": "", "shift": 0.0, "incl_cut": [0.8, 0.9], "n_cut": 1, "pri_cut": 0.0,
    ...     "models": 1, "terms_in_all": [("A*B",), ()], "terms_in_some": [(), ()], "terms_lost": [(), ("A*B",)]})
    >>> [text.get_text() for text in robustness_map(grid).axes[0].texts if text.get_text() in "●×"][:2]
    ['●', '×']
    """
    columns = ["base", "set", "shift", "incl_cut", "n_cut", "pri_cut", "models", *_TERMS]
    need_columns(grid, columns, "robustness_map", "a choice")
    if not grid["base"].any():
        raise InputError("The grid has no base, the published choice with which the others are compared.")
    base = grid[grid["base"].astype(bool)].iloc[0]
    terms = [*base["terms_in_all"], *base["terms_in_some"]]
    if not 0 < len(terms) <= _MOST_TERMS:
        raise InputError(f"The base solution has {len(terms)} terms; a figure can show from 1 to {_MOST_TERMS}.")
    chosen = {
        "n_cut": base["n_cut"] if n_cut is None else n_cut,
        "pri_cut": base["pri_cut"] if pri_cut is None else pri_cut,
    }
    own = grid[(grid[list(chosen)] == pd.Series(chosen)).all(axis=1)]
    if own.empty:
        raise InputError(f"No choice of the grid has {', '.join(f'{key} {value:g}' for key, value in chosen.items())}.")
    here = base.name in own.index
    cuts = sorted(own["incl_cut"].unique())
    shifts = list(dict.fromkeys(zip(own["set"], own["shift"], strict=True)))
    said = in_words([name for name, _ in shifts], names)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    labels = [wrapped(_shifted(said[name], shift), 21 if room < WIDE / 2 else 30) for name, shift in shifts]
    left = 0.12 + max(len(line) for text in labels for line in text.split("\n")) * _SMALL
    wide, gap = min(0.46, (room - left) / len(cuts)), 0.3
    if wide < 0.3:
        raise InputError(f"{len(cuts)} consistency cut-offs leave cells too small to be read: draw fewer.")
    panel = wide * len(cuts)
    beside = max(1, min(int((room - left + gap) / (panel + gap)), len(terms)))
    heads = [
        wrapped(term_in_words(term, names), max(int((panel + gap) / 0.085), 16) if beside > 1 else int(room / 0.085))
        for term in terms
    ]
    head = _LINE * max(text.count("\n") + 1 for text in heads) + 0.12
    tall = [max(0.27, _LINE * (text.count("\n") + 1) + 0.03) for text in labels]
    block = head + sum(tall) + 0.34
    states = {(shift, cut, term): _kept(own, shift, cut, term) for shift in shifts for cut in cuts for term in terms}
    key = [state for state in KEPT if state in states.values()]
    told = "Across: the consistency cut-off; down: anchors moved by so much. Outlined: as published."
    note = wrapped(told, int(room / (_SMALL - 0.001)))
    height = block * -(-len(terms) // beside) + 0.21 * len(key) + _LINE * (note.count("\n") + 1) + 0.1
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    for i, (term, text) in enumerate(zip(terms, heads, strict=True)):
        start, top = left + (i % beside) * (panel + gap), (i // beside) * block
        ax.text(start if beside > 1 else 0, top, text, va="top", fontweight="bold", fontsize=9.2, linespacing=1.05)
        at = top + head
        for shift, label, deep in zip(shifts, labels, tall, strict=True):
            if i % beside == 0:
                ax.text(
                    left - 0.07, at + deep / 2 - 0.015, label, ha="right", va="center", fontsize="small"
                ).set_linespacing(1.0)
            for j, cut in enumerate(cuts):
                published = here and shift == (base["set"], base["shift"]) and bool(cut == base["incl_cut"])
                _kept_cell(ax, (start + j * wide, at, wide - 0.03, deep - 0.03), states[shift, cut, term], published)
            at += deep
        for j, cut in enumerate(cuts):
            ax.text(start + (j + 0.5) * wide - 0.015, at + 0.02, f"{cut:g}", ha="center", va="top", fontsize="small")
    down = block * -(-len(terms) // beside)
    for state in key:
        _kept_cell(ax, (0, down, 0.2, 0.17), state, False)
        ax.text(0.28, down + 0.085, KEPT[state][1], va="center", fontsize="small", color=MUTED)
        down += 0.21
    ax.text(0, down + 0.04, note, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def term_in_words(term: str, names: Mapping[str, str] | None = None) -> str:
    """A term of a solution as a reader says it: what must hold, and what must not.

    >>> term_in_words("role_agreed*~vacancy_rate", {"vacancy_rate": "many vacancies"})
    'role agreed AND NOT many vacancies'
    """
    if names and term in names:
        return names[term]
    parts = []
    for part in term.split("*"):
        condition = part.strip().removeprefix("~").strip()
        word = str((names or {}).get(condition, condition.replace("_", " ")))
        parts.append(f"NOT {word}" if part.strip().startswith("~") else word)
    return " AND ".join(parts)


def _refuse_parts(chart: pd.DataFrame, terms: Sequence[str]) -> None:
    for column, known in (("presence", PRESENCE), ("part", PARTS)):
        for word in chart[column].astype(str).unique():
            if word not in ("", *known):
                raise InputError(f"Column '{column}': unknown '{word}'. {did_you_mean(word, known)}")
    if chart.duplicated(["term", "condition"]).any():
        raise InputError("A term has a condition twice. One row is one term and condition of a pair of models.")
    if len(terms) > _MOST_TERMS:
        raise InputError(f"{len(terms)} terms are more than a figure can show (at most {_MOST_TERMS}): show a table.")


def _part(ax: Axes, x: float, y: float, present: bool, core: bool) -> None:
    size = _CORE if core else _PERIPHERAL
    ax.plot(
        [x], [y], linestyle="none", marker="o", markersize=size, markerfacecolor=INK if present else PAPER, markeredgecolor=INK,
        markeredgewidth=1.3, zorder=3, clip_on=False,
    )  # fmt: skip
    if not present:
        ax.plot(
            [x], [y], linestyle="none", marker="x", markersize=size * 0.64, color=INK, markeredgewidth=1.3, zorder=4,
            clip_on=False,
        )  # fmt: skip


def _fiss_key(chart: pd.DataFrame, overall: Mapping[str, float] | None, charts: int) -> str:
    told = "● present"
    told += "; ⊗ absent" if chart["presence"].eq("absent").any() else ""
    told += "; large: core; small: peripheral; no mark: it doesn't matter."
    if overall:
        measured = [
            f"{FIT_WORDS[key].lower()} {number(value, 2)}" for key, value in overall.items() if key in FIT_WORDS
        ]
        told += f" All paths together: {', '.join(measured).replace('raw coverage', 'coverage')}."
    return told + (f" One of {charts} charts that fit the data equally well." if charts > 1 else "")


def _kept(grid: pd.DataFrame, shift: tuple[str, float], cut: float, term: str) -> str | None:
    """Was the term found under this choice? None: the choice wasn't tried."""
    rows = grid[grid["set"].eq(shift[0]) & grid["shift"].eq(shift[1]) & grid["incl_cut"].eq(cut)]
    if rows.empty:
        return None
    row = rows.iloc[0]
    if not row["models"]:
        return ""
    return "all" if term in row["terms_in_all"] else "some" if term in row["terms_in_some"] else "none"


def _kept_cell(ax: Axes, box: tuple[float, float, float, float], kept: str | None, published: bool) -> None:
    if kept is None:
        return
    x, y, wide, tall = box
    shade = {"all": 0.5, "some": 0.2}.get(kept, 0.0)
    if shade:
        ax.add_patch(Rectangle((x, y), wide, tall, facecolor=ACCENT, alpha=shade, linewidth=0))
    looks: dict[str, Any] = {"edgecolor": INK, "linewidth": 1.8} if published else {"edgecolor": GRID, "linewidth": 0.7}
    ax.add_patch(Rectangle((x, y), wide, tall, facecolor="none", zorder=3 if published else 1, **looks))
    ax.text(x + wide / 2, y + tall / 2, KEPT[kept][0], ha="center", va="center", fontsize=8.8)


def _shifted(name: str, shift: float) -> str:
    return f"{name} {'+' if shift > 0 else '−'}{abs(shift):g}" if shift else "as published"

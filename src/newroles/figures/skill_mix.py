"""The figures of the typology: of which kind each role is, and how our codes lie to the published ones.

On a page they are grids; on a phone, and wherever the columns would get too thin to be read, they are lists in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from newroles.coding.codebooks import RELATIONS
from newroles.datasets import load_codebook
from newroles.errors import InputError, did_you_mean
from newroles.figures.palette import RoleStyle, role_style
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
    use_house_style,
    wrapped,
)  # fmt: skip

AXES = {"role": "Work of people", "interface": "Between services", "none": "No kind"}
"""What each axis of the codebook skill_mix_change asks about, as a heading."""

TYPOLOGIES = {
    "sibbald_2004": "Sibbald and others 2004",
    "nancarrow_borthwick_2005": "Nancarrow and Borthwick 2005",
    "nelson_2018": "Nelson and others 2018",
}
RANKS = {
    "primary": "primary kind",
    "secondary": "secondary kind",
    "given": "a kind, rank not said",
    "": "only the rules proposed it",
}
WORDS = {
    "equal": "equal to",
    "narrower": "narrower than",
    "wider": "wider than",
    "overlaps": "overlaps with",
}
CASE_STUDY = "★"
_ROW, _LINE = 0.27, 0.18  # inches: a row of one line, and each further line
_BESIDE = 34  # characters in a line of a name beside a grid
_LETTER, _SMALL = 0.084, 0.071  # inches a character, bold and small: a little more than the mean


@use_house_style()
def role_types(
    comparison: pd.DataFrame, codes: pd.DataFrame, register: pd.DataFrame | None = None, ax: Axes | None = None
) -> Figure:
    """Of which kinds of skill-mix change is each role, and where did the rules suggest another?

    comparison: one row for each role and code, as `skill_mix.compare_with_proposals` returns: role, code, coded (primary,
        secondary, given where the rank isn't said; blank: only the rules proposed it). A coding without proposals does
        as well, its given_as renamed to coded.
    codes: one row a code, in the order of the columns, such as the codes of a codebook: id, name; optionally axis, whose
        values in a row become a heading.
    register: one row a role: id, name, family, new; optionally case_study. Left out: the project's own.
    Returns the figure: a filled mark for the primary kind, an open one for a secondary, a half-filled one where the rank
    isn't said, the word "rule" where only the rules proposed the kind; roles under their family, case studies with a
    star. On a phone each role is followed by its kinds in words.
    Raises InputError when a column is missing, there are no rows, `coded` holds another word, or a code or role is
    unknown.
    """
    need_columns(comparison, ["role", "code", "coded"], "role_types", "a role and a code")
    need_columns(codes, ["id", "name"], "role_types (codes)", "a code")
    register = load_codebook("roles").codes if register is None else register
    coded = comparison["coded"].astype("object").where(comparison["coded"].notna(), "").astype(str)
    _refuse_unknown(coded, RANKS, "rank in the column 'coded'")
    _refuse_unknown(comparison["code"], codes["id"].tolist(), "code")
    cells = comparison.assign(coded=coded)
    styles = {role: role_style(role, register) for role in cells["role"].unique()}
    about = register.set_index("id")
    families = [str(about.loc[role, "family"]) for role in styles]
    entries: list[_Entry] = []
    for family in dict.fromkeys(families):
        entries.append(_Entry(family.replace("_", " ").capitalize(), None))
        entries += [
            _Entry(_starred(str(about.loc[role, "name"]), about, role), role)
            for role, own in zip(styles, families, strict=True)
            if own == family
        ]
    axes = codes["axis"].astype(str).tolist() if "axis" in codes.columns else [""] * len(codes)
    columns = _Columns(
        codes["id"].tolist(),
        codes["name"].astype(str).tolist(),
        [AXES.get(axis, axis.replace("_", " ").capitalize()) for axis in axes],
    )
    kinds = [rank for rank in RANKS if rank in set(cells["coded"])]
    key: list[tuple[Any, str]] = [(rank, RANKS[rank]) for rank in kinds]
    if any(CASE_STUDY in entry.text for entry in entries):
        key.append((None, f"{CASE_STUDY} case-study role"))

    def draw(at: Axes, x: float, y: float, entry: str | None, mark: Any) -> None:
        style = styles[entry] if entry else RoleStyle(MUTED, "o")
        if mark is not None:
            _draw_rank(at, x, y, str(mark), style)

    found = [(row["role"], row["code"], row["coded"]) for row in cells.to_dict("records")]
    found.sort(key=lambda cell: list(RANKS).index(cell[2]))
    names = dict(zip(codes["id"], codes["name"].astype(str), strict=True))
    in_words = {"primary": "", "given": " (rank not said)", "secondary": " (secondary)", "": " (rules only)"}
    listed = [(role, rank, names[code] + in_words[rank]) for role, code, rank in found]
    layout = _layout(entries, columns, key, ax)
    if layout is None:
        return _list(entries, listed, key, draw, ax)
    return _grid(layout, entries, columns, found, key, draw, ax)


@use_house_style()
def crosswalk(
    table: pd.DataFrame,
    codes: pd.DataFrame | None = None,
    typologies: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """How does each of our codes lie to the codes of the published typologies?

    table: one row for each pair of codes, as `coding.load_crosswalk` returns: code, code_name, other_book, other_code,
        other_name, relation (our code is equal, narrower, wider than the other, or overlaps with it).
    codes: our codes in the order of the rows (id, name), those without an equivalent too. Left out: those of the table.
    typologies: a heading for each other_book; left out, `TYPOLOGIES`, or the id in words.
    Returns the figure: in each cell our code as a disc and the other as a ring, in the way they lie to each other. On a
    phone each of our codes is followed by its relations, in the same signs and in words.
    Raises InputError when a column is missing, there are no rows, or a relation or code is unknown.
    """
    need_columns(
        table,
        ["code", "code_name", "other_book", "other_code", "other_name", "relation"],
        "crosswalk",
        "a code of ours and a published code",
    )
    _refuse_unknown(table["relation"], RELATIONS, "relation")
    headings = {**TYPOLOGIES, **(typologies or {})}
    table = table.assign(
        heading=[headings.get(book, book.replace("_", " ").capitalize()) for book in table["other_book"]]
    )
    if codes is None:
        ours = table.drop_duplicates("code")[["code", "code_name"]].set_axis(["id", "name"], axis=1)
    else:
        need_columns(codes, ["id", "name"], "crosswalk (codes)", "a code of ours")
        _refuse_unknown(table["code"], codes["id"].tolist(), "code")
        ours = codes[["id", "name"]]
    entries = [_Entry(str(name), str(id)) for id, name in zip(ours["id"], ours["name"], strict=True)]
    others = table.drop_duplicates(["other_book", "other_code"])
    books = list(dict.fromkeys(table["other_book"]))
    others = others.sort_values("other_book", key=lambda books_: books_.map(books.index), kind="stable")
    keys = [f"{book} {code}" for book, code in zip(others["other_book"], others["other_code"], strict=True)]
    columns = _Columns(keys, others["other_name"].astype(str).tolist(), others["heading"].tolist())
    key: list[tuple[Any, str]] = [(relation, WORDS[relation]) for relation in RELATIONS]
    key = [(None, "disc: ours; ring: the other"), *(entry for entry in key if entry[0] in set(table["relation"]))]

    def draw(at: Axes, x: float, y: float, entry: str | None, mark: Any) -> None:
        _draw_relation(at, x, y, str(mark))

    layout = _layout(entries, columns, key, ax)
    if layout is None:
        listed = [
            (row["code"], row["relation"], f"{WORDS[row['relation']]} {row['other_name']} ({row['heading']})")
            for row in table.to_dict("records")
        ]
        return _list(entries, listed, [], draw, ax, lonely="no equivalent")
    found = [
        (row["code"], f"{row['other_book']} {row['other_code']}", row["relation"]) for row in table.to_dict("records")
    ]
    return _grid(layout, entries, columns, found, key, draw, ax, lonely="no equivalent")


@dataclass(frozen=True)
class _Entry:
    """A row of the figure: a name with its id, or a heading (no id)."""

    text: str
    id: str | None


@dataclass(frozen=True)
class _Columns:
    """The columns of a grid: their ids, names, and the heading that each stands under."""

    ids: list[str]
    names: list[str]
    headings: list[str]

    @property
    def groups(self) -> list[tuple[str, int, int]]:
        """Each heading with its first column and the one after its last."""
        starts = [i for i, text in enumerate(self.headings) if i == 0 or self.headings[i - 1] != text]
        return [(self.headings[a], a, b) for a, b in zip(starts, [*starts[1:], len(self.headings)], strict=True)]


@dataclass(frozen=True)
class _Layout:
    """How wide, in inches, the names and each column of a grid are, and how many characters a line of each may have."""

    left: float
    wide: float
    letters: int
    turned: int


def _layout(
    entries: Sequence[_Entry], columns: _Columns, key: Sequence[tuple[Any, str]], ax: Axes | None
) -> _Layout | None:
    """How a grid fits; None where its columns would be too thin for their headings, and a list is better."""
    if figure_width() < WIDE / 2 if ax is None else is_narrow(ax):
        return None
    room = figure_width() if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    names = [line for entry in entries if entry.id for line in wrapped(entry.text, _BESIDE).split("\n")]
    left = max(max(map(len, names)) * _SMALL + 0.25, max((len(text) * _SMALL + 0.4 for _, text in key), default=0))
    wide = min((room - left - 0.1) / len(columns.ids), 0.7)
    thickest = [
        (max(map(len, heading.split()), default=0) * _LETTER, (end - start) * wide)
        for heading, start, end in columns.groups
    ]
    if any(need > have for need, have in thickest):
        return None
    for turned in (15, 23):
        lines = max(wrapped(name, turned).count("\n") + 1 for name in columns.names)
        if wide >= lines * 0.165 + 0.02:
            return _Layout(left, wide, _BESIDE, turned)
    return None


def _grid(
    layout: _Layout,
    entries: Sequence[_Entry],
    columns: _Columns,
    cells: Sequence[tuple[str, str, Any]],
    key: Sequence[tuple[Any, str]],
    draw: Any,
    ax: Axes | None,
    lonely: str = "",
) -> Figure:
    """Names by columns, a mark in each cell; the key stands in the corner above the names. Units are inches."""
    left, wide = layout.left, layout.wide
    right = left + wide * len(columns.ids)
    turned = [wrapped(name, layout.turned) for name in columns.names]
    above = [wrapped(text, int((end - start) * wide / _LETTER)) for text, start, end in columns.groups]
    lines = max(text.count("\n") + 1 for text in above) if any(above) else 0
    head = max(
        lines * _LINE + 0.2 + max(len(line) for text in turned for line in text.split("\n")) * _SMALL,
        0.21 * len(key) + 0.1,
    )
    texts = [wrapped(entry.text, layout.letters) for entry in entries]
    heights = [
        _ROW + text.count("\n") * 0.15 + (0.1 if entry.id is None else 0)
        for entry, text in zip(entries, texts, strict=True)
    ]
    total = head + sum(heights)
    ax = new_axes(total + 0.1, ax)
    ax.set(xlim=(0, figure_width() - 0.08), ylim=(total, 0))
    ax.axis("off")
    for (_, start, end), text in zip(columns.groups, above, strict=True):
        if not text:
            continue
        edges = [left + start * wide + 0.04, left + end * wide - 0.04]
        ax.text(edges[0], lines * _LINE - 0.02, text, va="bottom", fontweight="bold", fontsize="small")
        ax.plot(edges, [lines * _LINE + 0.04] * 2, color=MUTED, linewidth=1)
    across = {id: left + (i + 0.5) * wide for i, id in enumerate(columns.ids)}
    for x, text in zip(across.values(), turned, strict=True):
        ax.text(x, head - 0.06, text, rotation=90, va="bottom", ha="center", fontsize="small", linespacing=1.05)
    _draw_key(ax, key, draw)
    top, middle = head, {}
    for entry, text, height in zip(entries, texts, heights, strict=True):
        y = top + height / 2
        if entry.id is None:
            ax.text(0, top + height - 0.04, text, va="bottom", fontweight="bold")
        else:
            middle[entry.id] = y
            ax.text(0.08, y, text, va="center", fontsize="small", linespacing=1.1)
            ax.plot([left, right], [y, y], color=GRID, linewidth=0.7, zorder=0.5)
        top += height
    for _, start, _ in columns.groups[1:]:
        ax.plot([left + start * wide] * 2, [head, total], color=GRID, linewidth=1.2, zorder=0.4)
    for name, column, mark in cells:
        draw(ax, across[column], middle[name], name, mark)
    if lonely:
        for name in set(middle) - {name for name, _, _ in cells}:
            said = ax.text(left + 0.1, middle[name], lonely, va="center", fontstyle="italic", fontsize="small")
            said.set(color=MUTED, bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8})
    return figure_of(ax)


def _list(
    entries: Sequence[_Entry],
    listed: Sequence[tuple[str, Any, str]],
    key: Sequence[tuple[Any, str]],
    draw: Any,
    ax: Axes | None,
    lonely: str = "",
) -> Figure:
    """Each name followed by its marks, in words. Units are inches."""
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    letters = max(16, int((room - 0.35) / 0.081))
    with_heads = any(entry.id is None for entry in entries)
    top = 0.21 * len(key) + (0.08 if key else 0)
    lines: list[tuple[float, str, str | None, Any, str]] = []  # top, text, id, mark, what it is
    for entry in entries:
        top += 0.16 if entry.id is None else 0.08
        text = wrapped(entry.text, letters)
        lines.append((top, text, entry.id, None, "heading" if entry.id is None or not with_heads else "name"))
        top += _LINE * (text.count("\n") + 1) + 0.03
        own = [(mark, said) for name, mark, said in listed if name == entry.id]
        if entry.id is not None and not own and lonely:
            own = [(None, lonely)]
        for mark, said in own:
            text = wrapped(said, letters)
            lines.append((top, text, entry.id, mark, "mark"))
            top += _LINE * (text.count("\n") + 1) + 0.02
    ax = new_axes(top + 0.1, ax)
    ax.set(xlim=(0, room), ylim=(top, 0))
    ax.axis("off")
    _draw_key(ax, key, draw)
    for y, text, id, mark, what in lines:
        bold = "bold" if what == "heading" else "normal"
        ax.text(0.32 if what == "mark" else 0, y, text, va="top", fontweight=bold, linespacing=1.15).set_color(
            MUTED if what == "mark" and mark is None else INK
        )
        if what == "mark" and mark is not None:
            draw(ax, 0.16, y + 0.085, id, mark)
    return figure_of(ax)


def _draw_key(ax: Axes, key: Sequence[tuple[Any, str]], draw: Any) -> None:
    for i, (mark, text) in enumerate(key):
        if mark is not None:
            draw(ax, 0.16, 0.21 * i + 0.12, None, mark)
        ax.text(0.32 if mark is not None else 0.1, 0.21 * i + 0.12, text, va="center", fontsize="small", color=MUTED)


def _draw_rank(ax: Axes, x: float, y: float, rank: str, style: RoleStyle) -> None:
    if not rank:
        word = ax.text(x, y, "rule", va="center", ha="center", fontsize="x-small", fontstyle="italic", color=MUTED)
        word.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.4})
        return
    dot(ax, x, y, style.colour, style.marker, hollow=rank == "secondary")
    if rank == "given":
        ax.lines[-1].set(fillstyle="left", markerfacecoloralt=PAPER, markeredgecolor=style.colour)


def _draw_relation(ax: Axes, x: float, y: float, relation: str) -> None:
    """Our code as a disc, the other as a ring: sizes and shift in points."""
    disc, ring, apart = {"equal": (10, 10, 0), "narrower": (5, 12, 0), "wider": (12, 5, 0), "overlaps": (9, 9, 2.6)}[
        relation
    ]
    for size, shift, ours in ((disc, -apart, True), (ring, apart, False)):
        moved = ax.transData + ScaledTranslation(shift / 72, 0, figure_of(ax).dpi_scale_trans)
        line = ax.plot([x], [y], marker="o", markersize=size, linestyle="none", transform=moved, clip_on=False)[0]
        line.set(markerfacecolor=ACCENT if ours else "none", markeredgecolor="none" if ours else INK)
        line.set(markeredgewidth=1.4, alpha=0.55 if ours else None, zorder=3 if ours else 3.5)


def _starred(name: str, about: pd.DataFrame, role: str) -> str:
    case = "case_study" in about.columns and str(about.loc[role, "case_study"]).lower() in ("true", "yes")
    return f"{name} {CASE_STUDY}" if case else name


def _refuse_unknown(given: pd.Series, known: Any, what: str) -> None:
    for value in given.unique():
        if value not in known:
            raise InputError(f"Unknown {what}: '{value}'. {did_you_mean(str(value), [word for word in known if word])}")

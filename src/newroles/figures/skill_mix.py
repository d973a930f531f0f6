"""The figures of the typology: of which kind each role is, and how our codes lie to the published ones.

On a page they are grids; on a phone, and wherever the columns would get too thin to be read, they are lists in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from newroles.coding.codebooks import RELATIONS
from newroles.datasets import load_codebook
from newroles.errors import InputError, did_you_mean
from newroles.figures.grids import Columns, Entry, grid_or_list
from newroles.figures.palette import RoleStyle, role_style
from newroles.figures.rows import dot
from newroles.figures.style import (
    ACCENT,
    INK,
    MUTED,
    PAPER,
    figure_of,
    need_columns,
    use_house_style,
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

    >>> coded = pd.DataFrame({"role": ["nursing_associate"], "code": ["SMC-DEL"], "coded": ["primary"]})
    >>> texts = role_types(coded, load_codebook("skill_mix_change").codes).axes[0].texts
    >>> "Nursing Associate ★" in [text.get_text() for text in texts]
    True
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
    entries: list[Entry] = []
    for family in dict.fromkeys(families):
        entries.append(Entry(family.replace("_", " ").capitalize(), None))
        entries += [
            Entry(_starred(str(about.loc[role, "name"]), about, role), role)
            for role, own in zip(styles, families, strict=True)
            if own == family
        ]
    axes = codes["axis"].astype(str).tolist() if "axis" in codes.columns else [""] * len(codes)
    columns = Columns(
        codes["id"].tolist(),
        codes["name"].astype(str).tolist(),
        [AXES.get(axis, axis.replace("_", " ").capitalize()) for axis in axes],
    )
    kinds = [rank for rank in RANKS if rank in set(cells["coded"])]
    key: list[tuple[str | None, str]] = [(rank, RANKS[rank]) for rank in kinds]
    if any(CASE_STUDY in entry.text for entry in entries):
        key.append((None, f"{CASE_STUDY} case-study role"))

    def draw(at: Axes, x: float, y: float, entry: str | None, mark: str) -> None:
        style = styles[entry] if entry else RoleStyle(MUTED, "o")
        _draw_rank(at, x, y, mark, style)

    found = [(row["role"], row["code"], row["coded"]) for row in cells.to_dict("records")]
    found.sort(key=lambda cell: list(RANKS).index(cell[2]))
    names = dict(zip(codes["id"], codes["name"].astype(str), strict=True))
    in_words = {"primary": "", "given": " (rank not said)", "secondary": " (secondary)", "": " (rules only)"}
    listed = [(role, rank, names[code] + in_words[rank]) for role, code, rank in found]
    return grid_or_list(entries, columns, found, listed, draw, key, key, ax=ax)


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

    >>> from newroles.coding.codebooks import load_crosswalk
    >>> walk = load_crosswalk(load_codebook("skill_mix_change"))
    >>> "Enhancement" in [text.get_text() for text in crosswalk(walk).axes[0].texts]
    True
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
    entries = [Entry(str(name), str(id)) for id, name in zip(ours["id"], ours["name"], strict=True)]
    others = table.drop_duplicates(["other_book", "other_code"])
    books = list(dict.fromkeys(table["other_book"]))
    others = others.sort_values("other_book", key=lambda books_: books_.map(books.index), kind="stable")
    keys = [f"{book} {code}" for book, code in zip(others["other_book"], others["other_code"], strict=True)]
    columns = Columns(keys, others["other_name"].astype(str).tolist(), others["heading"].tolist())
    key: list[tuple[str | None, str]] = [(relation, WORDS[relation]) for relation in RELATIONS]
    key = [(None, "disc: ours; ring: the other"), *(entry for entry in key if entry[0] in set(table["relation"]))]

    def draw(at: Axes, x: float, y: float, entry: str | None, mark: str) -> None:
        _draw_relation(at, x, y, mark)

    rows = table.to_dict("records")
    found = [(row["code"], f"{row['other_book']} {row['other_code']}", row["relation"]) for row in rows]
    listed = [
        (row["code"], row["relation"], f"{WORDS[row['relation']]} {row['other_name']} ({row['heading']})")
        for row in rows
    ]
    return grid_or_list(entries, columns, found, listed, draw, key, lonely="no equivalent", ax=ax)


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

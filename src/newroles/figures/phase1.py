"""The figures of Phase 1: who took part, which roles there are, and what is known of their numbers.

Each function takes a table of results and returns the figure; `show` puts it on a page. Nothing is computed here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from newroles.errors import InputError
from newroles.figures.palette import role_style
from newroles.figures.rows import dot, mark_absent, rows_of, whisker, why_absent
from newroles.figures.style import (
    MUTED,
    WIDE,
    count_axis,
    figure_of,
    figure_width,
    is_narrow,
    need_columns,
    new_axes,
    number,
    percent_axis,
    use_house_style,
    wrapped,
)  # fmt: skip

_CHANCE = "#88929d"


def role_names(table: pd.DataFrame) -> list[str]:
    """What is each role of the table called? Its column `name`, else its id in words."""
    if "name" in table.columns:
        return table["name"].astype(str).tolist()
    return [str(role).replace("_", " ").capitalize() for role in table["role"]]


@use_house_style()
def participation(table: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """Which share of the trusts of each region took part, and how far could chance alone have moved it?

    table: one row a region, as `overview.participation` returns: region, responded and n (trusts), estimate (share,
    0-1), and chance_low and chance_high (trusts; may be blank). A column `absent` may say why an estimate is blank.
    Returns the figure: a dot for the share (hollow at zero), a grey bar for the chance range, "7 of 8" at the right.
    Raises InputError when a column is missing or there are no rows.

    >>> table = pd.DataFrame({"region": ["Midlands"], "responded": [8], "n": [11], "estimate": [8 / 11],
    ...                       "chance_low": [4], "chance_high": [9]})
    >>> participation(table).axes[0].get_xlabel().splitlines()[0]
    'Trusts that took part'
    """
    need_columns(table, ["region", "responded", "n", "estimate"], "participation", "a region")
    right = [_of(responded, n) for responded, n in zip(table["responded"], table["n"], strict=True)]
    rows = rows_of(table["region"].tolist(), ax, right, extra=0.85)
    with_chance = {"chance_low", "chance_high"} <= set(table.columns)
    absent = why_absent(table, "estimate")
    for y, reason, row in zip(rows.y, absent, table.to_dict("records"), strict=True):
        if reason:
            hidden = "hidden" in (row.get("responded_status"), row.get("n_status"))
            mark_absent(rows, y, "suppressed" if hidden else reason)
            continue
        if with_chance and pd.notna(row["chance_low"]) and row["n"]:
            low, high = row["chance_low"] / row["n"], row["chance_high"] / row["n"]
            rows.ax.barh(y, high - low, left=low, height=0.06, color=_CHANCE, zorder=1)
        dot(rows.ax, row["estimate"], y, hollow=row["estimate"] == 0)
    percent_axis(rows.ax)
    rows.ax.set_xlabel(
        "Trusts that took part" + ("\n(grey bar: where chance alone would put it)" if with_chance else "")
    )
    return figure_of(rows.ax)


@use_house_style()
def adverts(
    table: pd.DataFrame, ax: Axes | None = None, where: str = "titled", register: pd.DataFrame | None = None
) -> Figure:
    """How often does each role appear in job adverts, per 1,000?

    table: one row a role, drawn in the order given, as the open table job_adverts: role, titled (adverts),
    titled_per_1000, titled_low, titled_high (per 1,000; may be blank); likewise described_...; optionally name, and
    absent (why a rate is blank).
    where: "titled" (the role is in the advert's title) or "described" (in its text). register: see
    `palette.role_style`.
    Returns the figure: a dot in the role's colour and marker with its interval, hollow where no advert was found, and
    the count at the right.
    Raises InputError when a column is missing, there are no rows, or a role is not in the register.
    """
    if where not in ("titled", "described"):
        raise InputError(f"Adverts are counted where the role is 'titled' or 'described', not '{where}'.")
    rate, low, high = f"{where}_per_1000", f"{where}_low", f"{where}_high"
    need_columns(table, ["role", where, rate, low, high], "adverts", "a role")
    absent = why_absent(table, rate)
    right = ["" if reason else number(count) for reason, count in zip(absent, table[where], strict=True)]
    rows = rows_of(role_names(table), ax, right, extra=0.85)
    for y, reason, row in zip(rows.y, absent, table.to_dict("records"), strict=True):
        if reason:
            mark_absent(rows, y, reason)
            continue
        style = role_style(row["role"], register)
        whisker(rows.ax, y, row[low], row[high], style.colour)
        dot(rows.ax, row[rate], y, style.colour, style.marker, hollow=row[where] == 0)
    largest = np.nanmax([0.0, *table[rate].astype(float), *table[high].astype(float)])
    count_axis(rows.ax, float(largest), "Per 1,000 adverts\n(right: adverts found; hollow: none)")
    return figure_of(rows.ax)


@use_house_style()
def official_names(table: pd.DataFrame, ax: Axes | None = None, register: pd.DataFrame | None = None) -> Figure:
    """Which roles does the official list of job role names know, and under which name?

    table: one row a role: role, on_list (yes or no, True or False; blank: not looked for), official_name (shown for the
    roles on the list); optionally name. register: see `palette.role_style`.
    Returns the figure: the roles on the list with a filled marker and the official name, the others with a hollow one.
    Raises InputError when a column is missing, on_list holds another word, or a role is not in the register.
    """
    need_columns(table, ["role", "on_list", "official_name"], "official_names", "a role")
    state = _yes_no(table["on_list"])
    lines: list[tuple[str, dict | None, str]] = []
    for answer, heading in (("yes", "On the list"), ("no", "Not on the list"), ("", "Not looked for")):
        part = table.assign(name=role_names(table))[state == answer]
        if len(part):
            lines.append((f"{heading}: {len(part)} of {len(table)}", None, ""))
            lines.extend((str(row["name"]), row, answer) for row in part.to_dict("records"))
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    texts = []
    for text, row, answer in lines:
        known_as = str(row["official_name"]) if row and answer == "yes" and pd.notna(row["official_name"]) else ""
        said = f"as “{known_as}”" if known_as and known_as.casefold() != text.casefold() else ""
        texts.append((wrapped(text, 38), wrapped(said, 38)))
    heights = [
        (name.count("\n") + 1) + (said.count("\n") + 1 if said and narrow else 0) + (0.7 if row is None else 0.35)
        for (name, said), (_, row, _) in zip(texts, lines, strict=True)
    ]
    ax = new_axes(sum(heights) * 0.185 + 0.1, ax)
    ax.set(xlim=(0, 1), ylim=(sum(heights), 0))
    ax.axis("off")
    top = 0.0
    for (name, said), (_, row, answer), height in zip(texts, lines, heights, strict=True):
        first = top + (0.5 if row is None else 0.1)
        if row is None:
            ax.text(0, first, name, va="top", fontweight="bold")
        else:
            style = role_style(row["role"], register)
            dot(ax, 0.02 if not narrow else 0.03, first + 0.42, style.colour, style.marker, hollow=answer != "yes")
            ax.text(0.05 if not narrow else 0.09, first, name, va="top")
            below = first + name.count("\n") + 1.05
            ax.text(0.09 if narrow else 0.53, below if narrow else first, said, va="top", color=MUTED, fontsize="small")
        top += height
    return figure_of(ax)


def _yes_no(answers: pd.Series) -> pd.Series:
    """The answers as 'yes', 'no' or '' (blank), whether they came as words or as True and False."""
    words = (
        answers.astype("object")
        .where(answers.notna(), "")
        .astype(str)
        .str.lower()
        .replace({"true": "yes", "false": "no"})
    )
    odd = words[~words.isin(["yes", "no", ""])]
    if len(odd):
        raise InputError(f"Row {odd.index[0]}, column 'on_list': '{odd.iloc[0]}' is neither yes, no nor blank.")
    return words


def _of(part: float, whole: float) -> str:
    """'7 of 8', with a question mark for a count that isn't known."""
    return " of ".join("?" if pd.isna(count) else number(count) for count in (part, whole))

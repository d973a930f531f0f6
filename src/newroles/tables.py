"""Tables as readers meet them: caption, units, few decimals, kind of evidence and source below, the data as CSV."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import display

from newroles.disclosure import SmallNumbers
from newroles.errors import InputError, did_you_mean

BADGES = {
    "published": ("●", "Published"),
    "open": ("■", "Open data"),
    "invented": ("△", "Invented example"),
    "study": ("◆", "Study data"),
}
"""The kinds of evidence: a mark and a name each, so that colour is never the only signal."""

HEADINGS = {
    "n": "n", "N": "In the frame (N)", "x": "With it", "se": "Standard error", "sd": "Standard deviation",
    "df": "Degrees of freedom", "p": "p", "z": "z", "p_holm": "p after Holm's adjustment", "p_wild": "p by wild bootstrap",
    "p_any": "p allowing for all pairs", "bias_se": "Standard error of the bias", "bound_low": "Lowest possible", "bound_high": "Highest possible",
    "chance_low": "Chance alone, from", "chance_high": "Chance alone, to", "low_95": "95% limit, lower",
    "high_95": "95% limit, upper", "low_998": "99.8% limit, lower", "high_998": "99.8% limit, upper",
    "n_units": "Units", "n_coders": "Coders", "n_peers": "Number of peers", "n_alpha": "n behind alpha", "n_a": "n of a",
    "n_b": "n of b", "n_both": "n of both", "wte": "Whole-time equivalents", "icb": "Integrated care board",
}  # fmt: skip
"""Headings of columns whose names are too short to be read, where a table gives no others."""

OF_A_STUDY = ("invented", "study")
HIDDEN = "small number"
_SENTENCE = 60  # characters: rows that are named by whole sentences get more room
"""What a cell says that is hidden because its count is small."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def show_table(
    table: pd.DataFrame,
    caption: str,
    kind: str,
    source: str,
    name: str,
    units: Mapping[str, str] | None = None,
    decimals: int | Mapping[str, int] = 1,
    shares: Sequence[str] = (),
    headings: Mapping[str, str] | None = None,
    blank: str = "not known",
    note: str = "",
    if_empty: str = "",
    coverage: str = "",
    small_numbers: SmallNumbers | None = None,
    only_in_csv: Sequence[str] = (),
    interval: tuple[str, str] | None = None,
) -> None:
    """Show a table on a page, with its caption, badge, source and data.

    table: the rows as the reader will see them; the first column names each row. caption: what the table shows, a
    sentence.
    kind: published, open, invented or study. source: where the numbers come from, in words. name: lower-case words
    joined by hyphens or underscores, unique on the page: the address is `#tab-NAME`, the file `NAME.csv`. note: a
    remark below the table. if_empty: the sentence shown instead of a table without rows,
    where it may come to that; else an empty table is refused. coverage: how many answered of how many, in words.
    small_numbers: which columns are counts of people, posts or organisations and by which rule they are shown
    (`disclosure.small_numbers`, or NO_COUNTS); a study's table isn't shown without it. The rule is applied here, last and
    once; what it did stands under the table. only_in_csv: columns that the page leaves out, such as ids of segments; one
    that the table doesn't have is passed over. The other arguments: see `html_table`; the CSV keeps both ends of the interval.
    The CSV is written to the folder named by NEWROLES_FIGURES while a book is made, else it travels inside the page.
    Raises InputError when one of these is missing or malformed.
    """
    _check_words(caption=caption, source=source)
    if table.empty and if_empty:
        show_note(if_empty, kind, f"tab-{checked_name(name)}")
        return
    table, done = protected(table, kind, small_numbers, name)
    shown, hidden = without_status(table, small_numbers)
    shown = shown.drop(columns=[column for column in only_in_csv if column in shown])
    body = html_table(
        shown, f"tab-{checked_name(name)}", caption, units, decimals, shares, headings, blank, hidden, interval
    )
    remark = "".join(f'<p class="nr-note">{escape(words)}</p>' for words in (note, done) if words)
    below = f'<div class="nr-evidence">{evidence(kind, source, coverage)}{csv_link(table, name)}</div>'
    html = f'<div class="nr-table" id="tab-{name}">{body}{remark}{below}</div>'
    display({"text/html": html, "text/plain": f"{caption}\n\n{shown.to_string(index=False)}"}, raw=True)


def show_note(text: str, kind: str, id: str = "") -> None:
    """Say on a page what a reader must know about the evidence that follows, beside its badge.

    id: the address of the figure or table that the note stands in for, so that links to it lead somewhere.

    Raises InputError for an unknown kind of evidence or an empty text.
    """
    _check_words(text=text)
    address = f' id="{escape(id)}"' if id else ""
    html = f'<p class="nr-notice"{address}>{badge(kind)} {escape(text)}</p>'
    display({"text/html": html, "text/plain": text}, raw=True)


def html_table(
    table: pd.DataFrame,
    id: str,
    caption: str,
    units: Mapping[str, str] | None = None,
    decimals: int | Mapping[str, int] = 1,
    shares: Sequence[str] = (),
    headings: Mapping[str, str] | None = None,
    blank: str = "not known",
    hidden: Mapping[str, Sequence[bool]] | None = None,
    interval: tuple[str, str] | None = None,
) -> str:
    """The table as accessible HTML: caption, header cells with their scope, numbers to the right, everything escaped.

    units: column to unit, shown in its heading. decimals: for all columns or by column; whole-number columns have none.
    shares: columns of shares (0-1), shown in per cent. headings: column to heading; else the column's name in words.
    blank: what an empty cell says; zero stays 0. hidden: column to its cells that are blank since they are small numbers.
    interval: two columns, low and high, that are read as one, where the first of them stands; its heading is the first's, or
    "Interval".
    Raises InputError for an empty table, a named column that isn't there, or a share outside -1 to 1.

    >>> html = html_table(pd.DataFrame({"region": ["London"], "share": [0.5]}), "t", "Who took part.", shares=["share"])
    >>> '<th scope="row">London</th><td class="nr-number">50.0</td>' in html
    True
    """
    if table.columns.empty or table.empty:
        raise InputError(
            f"The table '{caption}' has no rows or no columns: say so in a sentence instead of showing it."
        )
    if table.columns.has_duplicates:
        raise InputError(
            f"The table '{caption}' has a column twice: {', '.join(table.columns[table.columns.duplicated()])}."
        )
    by_column = dict.fromkeys(table.columns, decimals) if isinstance(decimals, int) else dict(decimals)
    for column in [*(units or {}), *shares, *(headings or {}), *by_column, *(interval or ())]:
        if column not in table.columns:
            raise InputError(
                f"The table '{caption}' has no column '{column}'. {did_you_mean(column, map(str, table.columns))}"
            )
    of_column = {c: _texts(table[c], by_column.get(c, 1), c in shares, caption) for c in table.columns}
    head, cells = [], []
    for column, texts in of_column.items():
        if interval and column == interval[1]:
            continue
        unit = (units or {}).get(column, "%" if column in shares else "")
        heading = (headings or {}).get(column) or _heading(str(column), table.columns)
        if interval and column == interval[0]:
            heading = (headings or {}).get(column) or "Interval"
            texts = [_from_to(low, high, blank) for low, high in zip(texts, of_column[interval[1]], strict=True)]
        css = ' class="nr-number"' if _is_numeric(table[column]) else ""
        head.append(f'<th scope="col"{css}>{escape(heading)}{escape(f" ({unit})") if unit else ""}</th>')
        small = (hidden or {}).get(column, [False] * len(texts))
        words = [HIDDEN if is_small else blank for is_small in small]
        cells.append(
            [
                (escape(text) if text else f'<span class="nr-blank">{escape(word)}</span>', css)
                for text, word in zip(texts, words, strict=True)
            ]
        )
    rows = []
    for row in zip(*cells, strict=True):
        first, rest = row[0], row[1:]
        rows.append(
            f'<tr><th scope="row"{first[1]}>{first[0]}</th>'
            + "".join(f"<td{css}>{text}</td>" for text, css in rest)
            + "</tr>"
        )
    sentences = max((len(text) for text, _ in cells[0]), default=0) > _SENTENCE
    return (
        f'<div class="nr-scroll-table" role="region" tabindex="0" aria-labelledby="{escape(id)}-caption">'
        f'<table class="nr-grid{" nr-sentences" if sentences else ""}">'
        f'<caption id="{escape(id)}-caption"><span>{escape(caption)}</span></caption>'
        f"<thead><tr>{''.join(head)}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _is_numeric(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _texts(values: pd.Series, decimals: int, in_percent: bool, caption: str) -> list[str]:
    """The cells of a column as a reader meets them. Raises InputError for a share outside -1 to 1."""
    if in_percent and (not _is_numeric(values) or (values.abs() > 1).any()):
        raise InputError(
            f"The column '{values.name}' of '{caption}' holds no shares between 0 and 1: leave it out of `shares`."
        )
    texts = [cell_text(value, decimals) for value in (values * 100 if in_percent else values)]
    if not re.fullmatch(r"p(_\w+)?", str(values.name)) or not decimals:
        return texts
    nought, least = f"{0:.{decimals}f}", f"< {10**-decimals:.{decimals}f}"
    return [least if text == nought else text for text in texts]  # a p value is never nought


def _from_to(low: str, high: str, blank: str) -> str:
    """An interval in one cell, on one line; an end that isn't known is said so, and '' where neither is."""
    return f"{low or blank}\u00a0to\u00a0{high or blank}" if low or high else ""


def _heading(column: str, columns: pd.Index) -> str:
    """A column's name in words. Beside a count of all (N), n is of those that answered."""
    if column == "n" and "N" in columns:
        return "Answered (n)"
    words = column.replace("_", " ")
    return HEADINGS.get(column, words[:1].upper() + words[1:])


def cell_text(value: Any, decimals: int = 1) -> str:
    """One cell as a reader meets it; '' for a blank.

    >>> cell_text(0.0), cell_text(14842), cell_text(-2.25), cell_text(True), cell_text(None)
    ('0.0', '14,842', '−2.2', 'yes', '')
    """
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if pd.api.types.is_integer(value):
        return f"{value:,}".replace("-", "−") if abs(int(value)) >= 10_000 else f"{value}".replace("-", "−")  # type: ignore[call-overload]
    if pd.api.types.is_float(value):
        return f"{value:,.{decimals}f}".replace("-", "−")
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, sorted(value) if isinstance(value, set | frozenset) else value))
    return str(value)


def badge(kind: str) -> str:
    """The badge of a kind of evidence, as HTML. Raises InputError for an unknown kind."""
    if kind not in BADGES:
        raise InputError(f"Unknown kind of evidence '{kind}'. {did_you_mean(str(kind), BADGES)}")
    mark, label = BADGES[kind]
    return f'<span class="nr-badge nr-{kind}"><span aria-hidden="true">{mark}</span> {label}</span>'


def evidence(kind: str, source: str, coverage: str = "") -> str:
    """The badge, who answered and the source, as HTML. Raises InputError for an unknown kind or an empty source."""
    _check_words(source=source)
    answered = f'<span class="nr-coverage">{escape(coverage)}</span> ' if coverage else ""
    return f'{badge(kind)} {answered}<span class="nr-source">Source: {escape(source)}</span> '


def protected(
    table: pd.DataFrame, kind: str, small_numbers: SmallNumbers | None, name: str
) -> tuple[pd.DataFrame, str]:
    """A table as it may be shown, and the line that says what was done to its small numbers.

    Raises InputError for a study's table of which nobody said what it counts, and as `disclosure.protect` does.
    """
    if small_numbers is None:
        if kind in OF_A_STUDY:
            raise InputError(
                f"'{name}' is made from a study: say with small_numbers=small_numbers(study, counts=...) which of its columns "
                f"count people, posts or organisations, or with small_numbers=NO_COUNTS that none does."
            )
        return table, ""
    return small_numbers.apply(table)


def without_status(
    table: pd.DataFrame, small_numbers: SmallNumbers | None
) -> tuple[pd.DataFrame, dict[str, list[bool]]]:
    """The columns that a reader sees, and which of their cells are blank because a number is small."""
    counts = [] if small_numbers is None else [c for c in small_numbers.counts if f"{c}_status" in table.columns]
    hidden = {count: table[f"{count}_status"].eq("hidden").tolist() for count in counts}
    for column, on in ((small_numbers.derived if small_numbers else None) or {}).items():
        rests_on = [on] if isinstance(on, str) else list(on)
        any_hidden = [any(of_row) for of_row in zip(*(hidden[c] for c in rests_on if c in hidden), strict=True)]
        hidden[column] = any_hidden or [False] * len(table)
    return table.drop(columns=[f"{count}_status" for count in counts]), hidden


def csv_text(table: pd.DataFrame) -> str:
    """The table as CSV: comma, UTF-8, an empty cell for what isn't known, nothing that a spreadsheet would run.

    Text that begins with = + - @ (or a tab) gets an apostrophe in front, so that a spreadsheet shows it as text.

    >>> csv_text(pd.DataFrame({"title": ["=1+1"], "n": [-2]}))
    "title,n\\n'=1+1,-2\\n"
    """

    def harmless(cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        text = f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
        return text.replace("\r\n", "\n").replace("\r", "\n")  # a bare return would be written without quotes

    safe = table.astype("object").map(harmless)
    return safe.rename(columns=lambda column: harmless(str(column))).to_csv(index=False, lineterminator="\n")


def csv_link(table: pd.DataFrame, name: str) -> str:
    """A link to the table's data: a file beside the book while one is made, else the data inside the link."""
    saved = saved_beside(f"{checked_name(name)}.csv", csv_text(table))
    if saved:
        return f'<a class="nr-data-link" href="{saved}">Data (CSV)</a>'
    packed = base64.b64encode(csv_text(table).encode("utf-8")).decode("ascii")
    address = f"data:text/csv;charset=utf-8;base64,{packed}"
    return f'<a class="nr-data-link" download="{name}.csv" href="{address}">Data (CSV)</a>'


def saved_beside(file: str, text: str) -> str | None:
    """Write a file into the folder that the book collects from a chapter; its address as seen from the chapter's page.

    Returns None, and writes nothing, when no book is being made (NEWROLES_FIGURES isn't set).
    Raises InputError when the folder is named without the chapter (NEWROLES_CHAPTER), or when another figure or table of
    the chapter has written that file.
    """
    folder, chapter = os.environ.get("NEWROLES_FIGURES"), os.environ.get("NEWROLES_CHAPTER")
    if not folder:
        return None
    if not chapter:
        raise InputError("NEWROLES_FIGURES names a folder but NEWROLES_CHAPTER no chapter: set both, or neither.")
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = Path(folder) / file
    if path.is_file() and path.read_bytes() != text.encode("utf-8"):
        raise InputError(f"{chapter} has two figures or tables called '{path.stem}': give one of them another name.")
    path.write_text(text, encoding="utf-8", newline="")
    return f"../_static/figures/{escape(chapter, quote=True)}/{escape(file, quote=True)}"


def checked_name(name: str) -> str:
    """The name, when it can be an address and a file name. Raises InputError otherwise."""
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", name):
        raise InputError(
            f"A name is lower-case words joined by hyphens or underscores, such as 'job-adverts'; got '{name}'."
        )
    return name


def _check_words(**texts: str) -> None:
    for what, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"The {what} is missing: say in words what the reader needs.")

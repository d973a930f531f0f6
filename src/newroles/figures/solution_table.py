"""A solution as a table on a page: each path in words and in notation, how well it fits, its cases, and a way to the acts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
from IPython.display import display

from newroles.disclosure import SmallNumbers
from newroles.errors import InputError, did_you_mean
from newroles.figures.recipe_charts import FIT_WORDS, term_in_words
from newroles.figures.style import need_columns, number
from newroles.tables import checked_name, csv_link, evidence, protected, show_note

WHOLE = "solution"
"""What stands in the column `term` of the row of a model as a whole."""

Link = Callable[[str], str] | Mapping[str, str]
"""Where a term, or a case, leads: an address for each, as a function or a mapping."""

_NEEDED = ["model", "term", *FIT_WORDS, "cases"]


def show_solution(
    fit: pd.DataFrame,
    name: str,
    caption: str,
    kind: str,
    source: str,
    link: Link | None = None,
    case_link: Link | None = None,
    names: Mapping[str, str] | None = None,
    note: str = "",
    if_empty: str = "",
    coverage: str = "",
    small_numbers: SmallNumbers | None = None,
) -> None:
    """Show a solution on a page: its paths, how well each fits, its cases, and links to the acts behind them.

    fit, link, case_link, names: see `solution_html`. name: lower-case words joined by hyphens, unique on the page; the address
    is `#tab-NAME`. caption: what the table shows, a sentence. kind, source, note, if_empty, coverage, small_numbers: as for
    `tables.show_table`; if_empty is the place for a solution's `why`.
    Raises InputError as `solution_html` does, for a missing text, and for a study without small_numbers.
    """
    if not caption.strip():
        raise InputError("The solution has no caption: say in a sentence what its paths lead to.")
    if fit.empty and if_empty:
        show_note(if_empty, kind, f"tab-{checked_name(name)}")
        return
    fit, done = protected(fit, kind, small_numbers, name)
    body = solution_html(fit, f"tab-{checked_name(name)}", caption, link, case_link, names)
    remark = "".join(f'<p class="nr-note">{escape(words)}</p>' for words in (note, done) if words)
    flat = fit.assign(in_words=[_words(str(term), names) for term in fit["term"]])
    for column in ("cases", "contradicting"):
        if column in flat.columns:
            flat[column] = ["; ".join(map(str, cases)) for cases in flat[column]]
    below = f'<div class="nr-evidence">{evidence(kind, source, coverage)}{csv_link(flat, name)}</div>'
    html = f'<div class="nr-table" id="tab-{name}">{body}{remark}{below}</div>'
    display({"text/html": html, "text/plain": f"{caption}\n\n{flat.to_string(index=False)}"}, raw=True)


def solution_html(
    fit: pd.DataFrame,
    id: str,
    caption: str,
    link: Link | None = None,
    case_link: Link | None = None,
    names: Mapping[str, str] | None = None,
) -> str:
    """The table of a solution as accessible HTML: a row a path with its cases below, then all paths together, model by model.

    fit: one row per model and term, then one with the term "solution", as `boundary_work.Solution.fit`: model, term, incl, pri,
        cov_raw, cov_unique (0-1, blank: not defined), cases (tuple); optionally contradicting (those without the outcome).
    link: where a term leads, for example to the list of its acts; case_link: where a case leads. A mapping must know them all.
    names: what conditions are called; left out, the id in words.
    Everything is escaped. A case that contradicts the path has ≠ and, for a screen reader, the words "without the outcome".
    Raises InputError when a column is missing, there are no rows, or a mapping lacks a term or a case.

    >>> fit = pd.DataFrame({"model": [1], "term": ["a*~b"], "incl": [0.91], "pri": [0.8], "cov_raw": [0.5], "cov_unique": [0.5], "cases": [("T1",)]})
    >>> html = solution_html(fit, "t", "Paths to constructive acts.", link={"a*~b": "#path-1"})
    >>> '<a href="#path-1">a AND NOT b</a>' in html
    True
    """
    need_columns(fit, _NEEDED, "solution_html", "a model and term")
    models = list(dict.fromkeys(fit["model"]))
    head = "".join(f'<th scope="col" class="nr-number">{_breakable(text)}</th>' for text in FIT_WORDS.values())
    bodies = []
    for i, model in enumerate(models):
        rows = [_row(row, link, case_link, names) for row in fit[fit["model"] == model].to_dict("records")]
        tied = f"Model {i + 1} of {len(models)} that fit equally well"
        heading = f'<tr><th scope="rowgroup" colspan="5" class="nr-family">{tied}</th></tr>' if len(models) > 1 else ""
        bodies.append(f"<tbody>{heading}{''.join(rows)}</tbody>")
    return (
        f'<div class="nr-scroll-table nr-solution" role="region" tabindex="0" aria-labelledby="{escape(id)}-caption">'
        f'<table class="nr-grid"><caption id="{escape(id)}-caption"><span>{escape(caption)}</span></caption>'
        f'<thead><tr><th scope="col">Path</th>{head}</tr></thead>'
        f"{''.join(bodies)}</table></div>"
    )


def _row(
    row: Mapping[Hashable, Any], link: Link | None, case_link: Link | None, names: Mapping[str, str] | None
) -> str:
    term = str(row["term"])
    words = escape(_words(term, names))
    if term == WHOLE:
        first = f"<strong>{words}</strong>"
    else:
        notation = escape(term).replace("*", "*<wbr>")
        first = f"{_linked(words, term, link, 'term')}<br><code>{notation}</code>"
    numbers = "".join(_number(row[column]) for column in FIT_WORDS)
    against = row.get("contradicting")
    cases = _cases(row["cases"], set(against) if isinstance(against, list | tuple) else set(), case_link)
    return (
        f'<tr class="nr-path"><th scope="row">{first}</th>{numbers}</tr>'
        f'<tr><td colspan="5" class="nr-cases"><span>Cases:</span> {cases}</td></tr>'
    )


def _breakable(heading: str) -> str:
    """A heading whose long words may break on a phone."""
    return heading.replace("istency", "is&shy;tency").replace("erage", "er&shy;age")


def _words(term: str, names: Mapping[str, str] | None) -> str:
    text = "all paths together" if term == WHOLE else term_in_words(term, names)
    return text[:1].upper() + text[1:] if term == WHOLE or names else text


def _number(value: float) -> str:
    text = '<span class="nr-blank">–</span>' if pd.isna(value) else number(float(value), 2)
    return f'<td class="nr-number">{text}</td>'


def _cases(cases: Sequence[object], against: set[object], case_link: Link | None) -> str:
    if not len(cases):
        return '<span class="nr-blank">none</span>'
    mark = ' <span aria-hidden="true">≠</span><span class="visually-hidden"> (without the outcome)</span>'
    return ", ".join(
        _linked(escape(str(case)), str(case), case_link, "case") + (mark if case in against else "") for case in cases
    )


def _linked(words: str, what: str, link: Link | None, kind: str) -> str:
    if link is None:
        return words
    if not callable(link):
        if what not in link:
            raise InputError(f"No address for the {kind} '{what}'. {did_you_mean(what, list(link))}")
        address = link[what]
    else:
        address = link(what)
    return f'<a href="{escape(address, quote=True)}">{words}</a>'

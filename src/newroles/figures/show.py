"""How a figure reaches the reader: on the page with its finding, badge, source, description and data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from newroles.disclosure import SmallNumbers
from newroles.errors import InputError
from newroles.figures.data_table import in_words
from newroles.figures.style import NARROW, WIDE, use_house_style
from newroles.figures.svg import inline_svg, picture_svg
from newroles.tables import (
    BADGES,
    checked_name,
    csv_link,
    evidence,
    html_table,
    protected,
    saved_beside,
    show_note,
    without_status,
)

_MOST_ROWS = 30


def show(
    figure: Figure | Callable[..., Figure],
    *results: Any,
    name: str,
    title: str,
    subtitle: str,
    alt: str,
    source: str,
    kind: str,
    data: pd.DataFrame | None = None,
    if_empty: str = "",
    coverage: str = "",
    small_numbers: SmallNumbers | None = None,
    **choices: Any,
) -> None:
    """Show a figure on a page, readable at any width, in light and dark, by eye and by ear.

    figure: a drawing function with its tables (`results`) and `choices`, as in `show(figures.participation, table,
        ...)`: it is drawn twice, for a page and for a phone, and the page shows the one that fits. Or a finished
        figure, which a phone shows smaller.
    name: lower-case words joined by hyphens or underscores, unique on the page; the address is `#fig-NAME`.
    title: the finding. subtitle: what, where, when and n. alt: the shape of the figure in a sentence or two, for those
    who can't see it. source: where the numbers come from. kind: published, open, invented or study.
    data: the numbers drawn, for the CSV and the table behind the figure; left out, the first of `results`. The table
    says names where it knows them (columns, or the choice `names`), the CSV ids.
    if_empty: the sentence shown instead of a figure without rows, where it may come to that.
    coverage: how many answered of how many, in words; every figure of a survey says so.
    small_numbers: which columns of the first table count people, posts or organisations and by which rule they are
    shown (`disclosure.small_numbers`, or NO_COUNTS); a study's figure isn't shown without it. The rule is applied here,
    before drawing; what it did stands under the figure.

    While a book is made (NEWROLES_FIGURES), NAME.csv and NAME.svg are written for the page to link to; the SVG file
    carries title, subtitle, badge and source. Otherwise the CSV travels inside the page.
    Raises InputError when one of these is missing, the alt text is a file name or no sentence, or there are no data.
    """
    for what, text in (("title", title), ("subtitle", subtitle), ("source", source)):
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"The figure '{name}' has no {what}: say in words what the reader needs.")
    _check_alt(alt, title, name)
    numbers = data if data is not None else next((table for table in results if isinstance(table, pd.DataFrame)), None)
    if numbers is None:
        raise InputError(f"The figure '{name}' comes without its numbers: pass the table that was drawn as `data`.")
    if numbers.empty and if_empty:
        show_note(if_empty, kind, f"fig-{checked_name(name)}")
        return
    if small_numbers is not None and len(small_numbers.counts) and (isinstance(figure, Figure) or data is not None):
        raise InputError(f"The figure '{name}' has counts to protect: pass a drawing function and the table it draws.")
    numbers, done = protected(numbers, kind, small_numbers, name)
    if small_numbers is not None and len(small_numbers.counts):
        place = next(i for i, table in enumerate(results) if isinstance(table, pd.DataFrame))
        results = (*results[:place], numbers, *results[place + 1 :])
    if isinstance(figure, Figure):
        if results or choices:
            raise InputError(
                f"The figure '{name}' is drawn already: pass tables and choices only with a drawing function."
            )
        drawn = {"wide": figure}
    else:
        drawn = {}
        for size, width in (("wide", WIDE), ("narrow", NARROW)):
            with use_house_style(width):
                drawn[size] = figure(*results, **choices)
    words = (title, subtitle, alt, source, coverage, done)
    html = _page_html(drawn, checked_name(name), words, kind, numbers, small_numbers, choices)
    display({"text/html": html, "text/plain": f"{title}\n{alt}"}, raw=True)


def _page_html(
    drawn: dict[str, Figure],
    name: str,
    words: tuple[str, str, str, str, str, str],
    kind: str,
    data: pd.DataFrame,
    small_numbers: SmallNumbers | None,
    choices: Mapping[str, Any],
) -> str:
    title, subtitle, alt, source, coverage, done = words
    pictures = []
    for size, picture in drawn.items():
        hidden = " hidden" if size == "narrow" else ""
        pictures.append(f'<div class="nr-{size}"{hidden}>{inline_svg(picture, f"{name}-{size}", title, alt)}</div>')
    caption = evidence(kind, source, coverage)  # refuses an unknown kind before anything is written
    below = " ".join(part for part in (f"{BADGES[kind][1]}.", coverage, f"Source: {source}", done) if part)
    kept = saved_beside(f"{name}.svg", picture_svg(drawn["wide"], title, subtitle, below, alt))
    picture_link = f' <a class="nr-data-link" href="{kept}">Picture (SVG)</a>' if kept else ""
    what = (
        title if len(data) <= _MOST_ROWS else f"{title} (the first {_MOST_ROWS} of {len(data)} rows; the CSV has all)"
    )
    shown, small = without_status(data.head(_MOST_ROWS), small_numbers)
    names = choices.get("names")
    readable, headings = in_words(shown, names if isinstance(names, Mapping) else None)
    table = html_table(readable, f"fig-{name}-data", what, decimals=3, headings=headings, hidden=small)
    remark = f'<p class="nr-note">{escape(done)}</p>' if done else ""
    responsive = " nr-responsive" if "narrow" in drawn else ""
    return (
        f'<figure class="nr-figure{responsive}" id="fig-{name}">'
        f'<p class="nr-title">{escape(title)}</p><p class="nr-subtitle">{escape(subtitle)}</p>'
        f"{''.join(pictures)}"
        f'<figcaption>{remark}<div class="nr-evidence">{caption}{csv_link(data, name)}{picture_link}</div>'
        f"<details><summary>Description and data as a table</summary><p>{escape(alt)}</p>{table}</details>"
        "</figcaption></figure>"
    )


def _check_alt(alt: str, title: str, name: str) -> None:
    said = alt.strip() if isinstance(alt, str) else ""
    if re.search(r"\.(png|svg|jpe?g|gif|webp|pdf|csv)$", said, flags=re.I):
        raise InputError(
            f"The alt text of the figure '{name}' is a file name ('{said}'): describe what the figure shows."
        )
    if len(said.split()) < 6 or said == title.strip():
        raise InputError(
            f"The figure '{name}' needs alt text: a sentence that says the shape of it to a reader who can't see it, "
            f"such as 'Dot plot: four of seven regions lie above one half, East of England lowest at 1 of 4.' "
            f"It is '{said}'."
        )

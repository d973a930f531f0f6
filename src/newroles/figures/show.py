"""How a figure reaches the reader: on the page with its finding, badge, source, description and data."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from newroles.errors import InputError
from newroles.figures.style import NARROW, WIDE, use_house_style
from newroles.figures.svg import inline_svg, picture_svg
from newroles.tables import BADGES, checked_name, csv_link, evidence, html_table, saved_beside, show_note

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
    **choices: Any,
) -> None:
    """Show a figure on a page, readable at any width, in light and dark, by eye and by ear.

    figure: a drawing function with its tables (`results`) and `choices`, as in `show(figures.participation, table,
        ...)`: it is drawn twice, for a page and for a phone, and the page shows the one that fits. Or a finished
        figure, which a phone shows smaller.
    name: lower-case words joined by hyphens or underscores, unique on the page; the address is `#fig-NAME`.
    title: the finding. subtitle: what, where, when and n. alt: the shape of the figure in a sentence or two, for those
    who can't see it. source: where the numbers come from. kind: published, open, invented or study.
    data: the numbers drawn, for the CSV and the table behind the figure; left out, the first of `results`.
    if_empty: the sentence shown instead of a figure without rows, where it may come to that.

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
        show_note(if_empty, kind)
        return
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
    html = _page_html(drawn, checked_name(name), title, subtitle, alt, source, kind, numbers)
    display({"text/html": html, "text/plain": f"{title}\n{alt}"}, raw=True)


def _page_html(
    drawn: dict[str, Figure], name: str, title: str, subtitle: str, alt: str, source: str, kind: str, data: pd.DataFrame
) -> str:
    pictures = []
    for size, picture in drawn.items():
        hidden = " hidden" if size == "narrow" else ""
        pictures.append(f'<div class="nr-{size}"{hidden}>{inline_svg(picture, f"{name}-{size}", title, alt)}</div>')
    caption = evidence(kind, source)  # refuses an unknown kind before anything is written
    below = f"{BADGES[kind][1]}. Source: {source}"
    kept = saved_beside(f"{name}.svg", picture_svg(drawn["wide"], title, subtitle, below, alt))
    picture_link = f' <a class="nr-data-link" href="{kept}">Picture (SVG)</a>' if kept else ""
    shown = data.head(_MOST_ROWS)
    what = (
        title if len(data) <= _MOST_ROWS else f"{title} (the first {_MOST_ROWS} of {len(data)} rows; the CSV has all)"
    )
    table = html_table(shown, f"fig-{name}-data", what, decimals=3)
    responsive = " nr-responsive" if "narrow" in drawn else ""
    return (
        f'<figure class="nr-figure{responsive}" id="fig-{name}">'
        f'<p class="nr-title">{escape(title)}</p><p class="nr-subtitle">{escape(subtitle)}</p>'
        f"{''.join(pictures)}"
        f'<figcaption><div class="nr-evidence">{caption}{csv_link(data, name)}{picture_link}</div>'
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

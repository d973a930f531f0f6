"""Figures as SVG: the same bytes every time, safe beside other figures on a page, readable on light and dark."""

from __future__ import annotations

import io
import re
from html import escape

import matplotlib as mpl
from matplotlib.figure import Figure

from newroles.figures.palette import EXISTING_ROLE_COLOUR, FAMILY_COLOURS
from newroles.figures.style import ACCENT, GRID, INK, MUTED, PAPER, SHADE, use_house_style, wrapped

VARIABLES = {
    "#000000": "var(--nr-ink, currentColor)",
    INK: "var(--nr-ink, currentColor)",
    MUTED: "var(--nr-muted, currentColor)",
    GRID: "var(--nr-grid, #8b949e55)",
    SHADE: "var(--nr-shade, #8b949e33)",
    PAPER: "var(--nr-paper, var(--jp-layout-color0, #ffffff))",
    ACCENT: f"var(--nr-accent, {ACCENT})",
    EXISTING_ROLE_COLOUR: f"var(--nr-role-existing, {EXISTING_ROLE_COLOUR})",
    **{colour: f"var(--nr-role-{family.replace('_', '-')}, {colour})" for family, colour in FAMILY_COLOURS.items()},
}
"""The fixed colours of the house style, and what a page puts in their place (JupyterLab names its paper itself)."""

_COLOURS = re.compile("|".join(rf"{re.escape(colour)}\b" for colour in VARIABLES), flags=re.I)
_PIXELS_PER_POINT = 96 / 72
_NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_LINES = "stroke-linejoin:round;stroke-linecap:butt"  # what matplotlib asks for in a style sheet of its own


def to_svg(figure: Figure) -> str:
    """The figure as SVG text that is the same every time: no date, no random ids, no comments, no page-wide style."""
    buffer = io.StringIO()
    unsigned = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "newroles"}):
        figure.savefig(buffer, format="svg", metadata=unsigned)  # type: ignore[arg-type]
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<defs>\s*</defs>", "", text, flags=re.S)
    text = re.sub(
        r"\b([1-9]\d*\.\d\d)\d+", r"\1", text
    )  # a hundredth of a point is fine enough; scales below 1 stay as they are
    return re.sub(r"\s*\n\s*", " ", text.replace("DejaVuSans-", "g")).strip()


def inline_svg(figure: Figure, prefix: str, title: str, description: str) -> str:
    """The figure as an element of a page: named and described for screen readers, in the page's own ink.

    prefix: put before every id, so that ids stay unique when several figures share a page.
    """
    body, width, height = _body(to_svg(figure), prefix)
    body = _COLOURS.sub(lambda found: VARIABLES[found.group().lower()], body)
    return (
        f'<svg {_NAMESPACES} role="img" '
        f'aria-labelledby="{prefix}-title {prefix}-desc" viewBox="0 0 {width:g} {height:g}" width="100%" '
        f'style="max-width:{width * _PIXELS_PER_POINT:.0f}px;height:auto;fill:{VARIABLES[INK]};{_LINES}">'
        f'<title id="{prefix}-title">{escape(title)}</title>'
        f'<desc id="{prefix}-desc">{escape(description)}</desc>{body}</svg>'
    )


def picture_svg(figure: Figure, title: str, subtitle: str, evidence: str, description: str) -> str:
    """The figure as a file to keep: title and subtitle drawn above it, kind of evidence and source below, on white."""
    inches = figure.get_figwidth()
    parts = [
        _words([(title, 12.0, "bold"), (subtitle, 9.5, "normal")], inches),
        figure,
        _words([(evidence, 8.5, "normal")], inches),
    ]
    top, width, drawn = 0.0, inches * 72, []
    for i, part in enumerate(parts):
        body, _, height = _body(to_svg(part), f"p{i}")
        drawn.append(f'<g transform="translate(0 {top:g})">{body}</g>')
        top += height
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f"<svg {_NAMESPACES} "
        f'width="{width:g}pt" height="{top:g}pt" viewBox="0 0 {width:g} {top:g}" style="{_LINES}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
        f'<rect width="100%" height="100%" fill="{PAPER}"/>{"".join(drawn)}</svg>\n'
    )


def _body(svg: str, prefix: str) -> tuple[str, float, float]:
    """What is inside the outer <svg>, its ids prefixed, and its width and height in points."""
    opening = svg[: svg.index(">")]
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', opening)
    if box is None:
        raise ValueError("matplotlib wrote an SVG without a viewBox")
    body = svg[svg.index(">") + 1 : svg.rindex("</svg>")]
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'href="#', f'href="#{prefix}-', body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    return body, float(box.group(1)), float(box.group(2))


def _words(lines: list[tuple[str, float, str]], inches: float) -> Figure:
    """A strip of text as wide as the figure: text, size in points and weight, one below the other."""
    with use_house_style(inches):
        blocks = [
            (wrapped(text, int((inches - 0.2) * 72 / (size * 0.64))), size, weight) for text, size, weight in lines
        ]
        heights = [(text.count("\n") + 1) * size * 1.3 for text, size, _ in blocks]
        strip = Figure(figsize=(inches, (sum(heights) + 10) / 72))
        down = 5.0
        for (text, size, weight), height in zip(blocks, heights, strict=True):
            strip.text(
                0.1 / inches,
                1 - down / (sum(heights) + 10),
                text,
                va="top",
                fontsize=size,
                fontweight=weight,
                linespacing=1.3,
            )
            down += height
    return strip

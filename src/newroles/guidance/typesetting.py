"""How do words become a page? Typst sets them as an accessible PDF, an SVG or a PNG, offline and the same every time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib
import typst
from matplotlib.ft2font import FT2Font
from PIL import Image

from newroles.errors import InputError

TEMPLATES = Path(__file__).parent / "typst"
PDF_STANDARD = "ua-1"
"""PDF/UA-1: Typst refuses to write the file when a picture has no alternative text or a heading skips a level."""
PNG_DOTS_PER_INCH = 150
PNG_COLOURS = 128
_NOT_DRAWN = "\u00ad\u200b\u2060"  # hints to the line breaker: no glyph is needed


@dataclass(frozen=True)
class Fitted:
    """What fits: how many things are shown, the PDF that shows them, and its pages."""

    shown: int
    pdf: bytes
    pages: int


class Typesetter:
    """One template, compiled again and again: Typst keeps what it worked out, so that the next page takes milliseconds.

    template: a .typ file that reads its words from the JSON of `briefing` and ends with `pages-taken` (see house.typ).
    The words never become part of the template, so that a `#` or a `$` in them is only a character.
    """

    def __init__(self, template: str | Path) -> None:
        self.template = Path(template) if Path(template).is_absolute() else TEMPLATES / template
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        # without the system's fonts a page looks the same wherever it is made
        self._compiler = typst.Compiler(
            input=str(self.template), root=str(self.template.parent), font_paths=[str(fonts)], ignore_system_fonts=True
        )

    def pdf(self, words: Mapping[str, Any]) -> tuple[bytes, int]:
        """The page as PDF/UA-1, and how many pages it took. Raises InputError for what can't be set or isn't accessible."""
        return self._made(words, format="pdf", pdf_standards=[PDF_STANDARD])

    def svg(self, words: Mapping[str, Any], title: str, description: str) -> tuple[str, int]:
        """The page as SVG with a title and a description for readers who don't see it, and how many pages it took."""
        made, pages = self._made(words, format="svg")
        return described(made.decode("utf-8"), title, description), pages

    def png(self, words: Mapping[str, Any]) -> tuple[bytes, int]:
        """The page as PNG at 150 dots per inch in a few colours, and how many pages it took."""
        made, pages = self._made(words, format="png", ppi=PNG_DOTS_PER_INCH)
        # flat colours: a palette shows them as well as millions do, in a third of the bytes
        image = Image.open(BytesIO(made)).convert("RGB")
        few = image.quantize(PNG_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        small = BytesIO()
        few.save(small, "PNG", dpi=(PNG_DOTS_PER_INCH, PNG_DOTS_PER_INCH))
        return small.getvalue(), pages

    def most_that_fit(
        self, words: Callable[[int], Mapping[str, Any]], most: int, pages: int, guess: int
    ) -> Fitted | None:
        """How many of `most` things can be shown on so many pages? None when the page is too long even without any.

        words: the words of the page that shows this many. guess: where to begin; a good one saves most of the work, as the
        search then goes one, two, four, ... steps away from it before it halves.
        """
        fits, too_many, step, best = -1, most + 1, 1, None
        guess = min(max(guess, 0), most)
        while too_many - fits > 1:
            made, taken = self.pdf(words(guess))
            if taken <= pages:
                fits, best, guess = guess, Fitted(guess, made, taken), guess + step
            else:
                too_many, guess = guess, guess - step
            step *= 2
            if not fits < guess < too_many:
                guess = (fits + too_many) // 2
        return best

    def _made(self, words: Mapping[str, Any], **options: Any) -> tuple[bytes, int]:
        refuse_unknown_characters(words)
        try:
            made = self._compiler.compile(sys_inputs={"briefing": json.dumps(words, ensure_ascii=False)}, **options)
            pages = int(json.loads(self._compiler.query("<pages>", field="value", one=True)))
        except typst.TypstError as error:
            hints = " ".join(getattr(error, "hints", None) or [])
            raise InputError(f"'{words.get('title', '')}' can't be set as a page: {error} {hints}".strip()) from None
        return bytes(made[0] if isinstance(made, list) else made or b""), pages


@cache
def _characters() -> frozenset[str]:
    """The characters that the font can show, both plain and bold."""
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    plain, bold = (set(FT2Font(str(folder / name)).get_charmap()) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"))
    return frozenset({chr(each) for each in plain & bold} | set(_NOT_DRAWN) | {"\n"})


def refuse_unknown_characters(words: Mapping[str, Any]) -> None:
    """Can the font show all of this? A character that it lacks would be an empty box on paper and silent when read aloud.

    Raises InputError naming the character and the text it stands in.

    >>> refuse_unknown_characters({"title": "Caf\u00e9 \u2265 3"})
    """
    for text in _texts(words):
        if lacking := sorted(set(text) - _characters()):
            raise InputError(
                f"The font of the briefings has no character '{lacking[0]}' (U+{ord(lacking[0]):04X}), which stands in "
                f"'{text[:80]}': write it another way."
            )


def _texts(words: Any) -> Iterator[str]:
    if isinstance(words, str):
        yield words
    elif isinstance(words, Mapping):
        for each in words.values():
            yield from _texts(each)
    elif isinstance(words, list | tuple):
        for each in words:
            yield from _texts(each)


def described(svg: str, title: str, description: str) -> str:
    """The SVG with its name and what it says, for screen readers: a drawn letter is no letter to them.

    >>> described("<svg><path/></svg>", "A & B", "Two letters.").split(">")[2:4]
    ['A &amp; B</title', '<desc id="nr-desc"']
    """
    head = f'<title id="nr-title">{escape(title)}</title><desc id="nr-desc">{escape(description)}</desc>'
    named = re.sub(r"<svg\b", '<svg role="img" aria-labelledby="nr-title nr-desc"', svg, count=1)
    opening = re.search(r"<svg\b[^>]*>", named)
    assert opening is not None, "Typst wrote no SVG"
    return named[: opening.end()] + head + named[opening.end() :]

"""How a tool counted positions: code points or UTF-16 units, a line end as one or as two, the byte-order mark or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from newroles.coding.exchange.project import MAX_CHARACTERS, refuse_flood

AS_STORED = "code points, line ends as stored"
# Further ways of counting seen in the wild: (name, \r\n, \n, astral character, offset from a byte-order mark), in widths.
_WAYS: tuple[tuple[str, int, int, int, int], ...] = (
    (AS_STORED, 2, 1, 1, 0),
    ("code points, \\r\\n counted as 1", 1, 1, 1, 0),
    ("UTF-16 units, line ends as stored", 2, 1, 2, 0),
    ("UTF-16 units, \\r\\n counted as 1", 1, 1, 2, 0),
    ("code points, the byte-order mark counted", 2, 1, 1, 1),
    ("code points, \\n counted as 2", 2, 2, 1, 0),
)
WAYS = tuple(way[0] for way in _WAYS)
LINE_ENDS_ONE = WAYS[1]
BYTES = "UTF-8 bytes"
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LEAST_PREFIX = 8


@dataclass(frozen=True)
class Selection:
    """One selection as a file gives it: where it starts and ends by the tool's counting, and its name (often the text)."""

    start: int
    end: int
    name: str | None = None


def refuse_long_extracts(text: str, selections: Sequence[Selection], codings: Sequence[int]) -> None:
    """Raises InputError when the extracts, once for each of their codings, would fill the memory."""
    lengths = (min(max(s.end - s.start, 0), len(text)) * n for s, n in zip(selections, codings, strict=True))
    refuse_flood(sum(lengths), MAX_CHARACTERS, "extracts")


class Ruler:
    """Turns positions counted in one way into indices of the text."""

    def __init__(self, text: str, way: str) -> None:
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        if way == BYTES:
            self._at = np.concatenate([[0], np.cumsum(1 + np.searchsorted([0x80, 0x800, 0x10000], points, "right"))])
            return
        _, windows, line, astral, offset = next(w for w in _WAYS if w[0] == way)
        width = np.where(points > 0xFFFF, astral, 1).astype(np.int64)
        returns = np.zeros(len(points), dtype=bool)
        returns[:-1] = (points[:-1] == 13) & (points[1:] == 10)
        width[returns] = windows - 1
        alone = points == 10
        alone[1:] &= ~returns[:-1]
        width[alone] = line
        self._at = np.concatenate([[0], np.cumsum(width)]) + offset

    def index(self, position: int) -> int | None:
        """The index in the text at this position; None when it lies outside the text or inside a character."""
        found = int(np.searchsorted(self._at, position))
        return found if found < len(self._at) and self._at[found] == position else None

    def span(self, selection: Selection) -> tuple[int, int] | None:
        """Start and end as indices of the text; None when either is impossible or the end comes before the start."""
        start, end = self.index(selection.start), self.index(selection.end)
        return None if start is None or end is None or end < start else (start, end)


def squeeze(text: str) -> str:
    """The text with each run of white space as one space, and characters that XML can't hold replaced."""
    return " ".join(_NOT_XML.sub("\ufffd", text).split())


def possible_ways(text: str, byte_order_mark: bool = False) -> list[str]:
    """In which ways could positions in this text have been counted, so that they differ? The plain way comes first.

    >>> possible_ways("one\\r\\ntwo")
    ['code points, line ends as stored', 'code points, \\\\r\\\\n counted as 1']
    """
    windows, astral = "\r\n" in text, any(ord(c) > 0xFFFF for c in text) if not text.isascii() else False
    applies = (True, windows, astral, windows and astral, byte_order_mark, "\n" in text and "\r" not in text)
    return [way for way, wanted in zip(WAYS, applies, strict=True) if wanted]


def count_matches(text: str, selections: Sequence[Selection], way: str) -> tuple[int, int]:
    """How well do the selections hold the text that their names quote, when positions are counted in this way?

    A name may be the whole text or its beginning (at least 8 characters), and white space may differ; the closer, the more it
    scores. Names that are no quotation never match, so they decide nothing.

    Returns the score, and how many selections match at all.
    """
    ruler, score, matches = Ruler(text, way), 0, 0
    for selection in selections:
        name = squeeze(selection.name or "")
        span = ruler.span(selection) if name else None
        if span is None:
            continue
        extract = text[slice(*span)]
        beginning = name.removesuffix("...").removesuffix("…").rstrip()
        begins = len(beginning) >= _LEAST_PREFIX
        likeness = (extract == name, squeeze(extract) == name, begins and extract.startswith(beginning))
        points = 8 * (extract == selection.name) + 4 * likeness[0] + 2 * likeness[1] + 2 * likeness[2]
        points = points or int(begins and squeeze(extract).startswith(beginning))
        score, matches = score + points, matches + (points > 0)
    return score, matches


def choose_way(text: str, selections: Sequence[Selection], byte_order_mark: bool = False) -> tuple[str | None, int]:
    """In which way were positions counted, to judge by the extracts that the selections quote?

    Returns the way, and how many selections agree with it. The way is None when the quotations don't tell and the possible ways
    differ; where only one way is possible it is that one.

    >>> choose_way("one\\r\\ntwo three", [Selection(4, 7, "two")])
    ('code points, \\\\r\\\\n counted as 1', 1)
    """
    ways = possible_ways(text, byte_order_mark)
    matches = {way: count_matches(text, selections, way) for way in ways}
    best = max(ways, key=lambda way: matches[way][0])
    undecided = len(ways) > 1 and len({score for score, _ in matches.values()}) == 1
    return (None if undecided else best), matches[best][1]

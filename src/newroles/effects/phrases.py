"""How a sentence about effects says a number, a list, or a name within it."""

from __future__ import annotations

import math
from collections.abc import Sequence


def counted(n: int, noun: str) -> str:
    """So many of something: 1 team, 1,200 teams."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(parts: Sequence[str]) -> str:
    """Parts joined by commas and an "and": a, b and c."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def number(value: float, places: int) -> str:
    """A number with a real minus sign, and none before a nought.

    >>> number(-1.25, 1), number(-0.001, 1)
    ('−1.2', '0.0')
    """
    text = f"{value:,.{places}f}"
    return (text.lstrip("-") if float(text.replace(",", "")) == 0 else text).replace("-", "−")


def places_of(low: float, high: float) -> int:
    """How many decimals an estimate with this interval deserves: two digits of the interval's width.

    >>> places_of(0.006, 0.026), places_of(-3.1, -0.5), places_of(float("nan"), 1.0)
    (3, 1, 2)
    """
    width = high - low
    return max(0, 1 - math.floor(math.log10(width))) if math.isfinite(width) and width > 0 else 2


def places_for(value: float) -> int:
    """How many decimals does a number need so that two of its figures show?

    >>> places_for(1.8), places_for(0.034)
    (1, 3)
    """
    return max(0, 1 - math.floor(math.log10(abs(value)))) if math.isfinite(value) and value else 2


def inside(name: str) -> str:
    """A name within a sentence: without its capital, unless it is an acronym."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]

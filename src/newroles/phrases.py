"""How a sentence says a number, a list, a p value, or a name within it: the same in every room."""

from __future__ import annotations

import math
from collections.abc import Sequence


def counted(n: int, noun: str) -> str:
    """So many of something: 1 team, 1,200 teams."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(parts: Sequence[str], word: str = "and") -> str:
    """Parts joined by commas, and the last by a word.

    >>> listed(["a", "b", "c"]), listed(["a", "b"], "or"), listed(["a"])
    ('a, b and c', 'a or b', 'a')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def p_value(p: float) -> str:
    """A p value as it is said: with two decimals, three where it is small.

    >>> p_value(0.0004), p_value(0.004), p_value(0.04)
    ('p < 0.001', 'p = 0.004', 'p = 0.04')
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.01 else f"p = {p:.2f}"


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


def lower_case(name: str) -> str:
    """A name of several words within a sentence: without capitals but for abbreviations.

    >>> lower_case("Registered Nurse"), lower_case("Senior NHS Manager")
    ('registered nurse', 'senior NHS manager')
    """
    return " ".join(word if word.isupper() else word.lower() for word in name.split())

"""What every room says when the input is wrong: an error a researcher can act on."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process


class InputError(ValueError):
    """Input that can't be used: says what is wrong, where, what was expected and how to mend it. The command exits with 2."""


def nearest(word: str, valid: Iterable[str], at_least: float = 60.0) -> str | None:
    """Which valid name did they probably mean?

    Returns the most similar of `valid` (Levenshtein-type ratio of at least `at_least` out of 100), or None.

    >>> nearest("staf_survey", ["staff_survey", "sickness_absence"])
    'staff_survey'
    """
    choices = sorted({str(v) for v in valid})
    best = process.extractOne(str(word), choices, scorer=fuzz.ratio, processor=str.lower, score_cutoff=at_least)
    return best[0] if best else None


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """A sentence that helps after an unknown name: the nearest valid name, then all of them.

    >>> did_you_mean("staf_survey", ["staff_survey", "sickness_absence"])
    "Did you mean 'staff_survey'? Valid names: sickness_absence, staff_survey."
    """
    names = sorted({str(v) for v in valid})
    guess = nearest(word, names)
    listing = f"Valid names: {', '.join(names)}." if names else "There are none."
    return f"Did you mean '{guess}'? {listing}" if guess else listing

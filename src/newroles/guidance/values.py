"""What must a value in a file of recommendations look like? A text, a date, a list of ids: each checked, each refusal with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Collection as AnyOf
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from newroles.errors import InputError, did_you_mean, nearest

_MARKUP = re.compile(r"[<>`]|\*\*|__|\]\(|&(#?\w+;|[lg]t)")
_UNSEEN = (
    "Cc",
    "Cf",
    "Cn",
    "Co",
    "Cs",
    "Zl",
    "Zp",
)  # control, format, unassigned, private, halves of pairs, line and paragraph ends
_BLANKS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0]"
)  # letters and marks that show as nothing
LONGEST_WORD = 60
"""Characters without a space: a longer word runs off a phone, a card and a cell, and is hardly one that was meant."""
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where in the files we are, so that an error can say so."""

    file: str
    id: str = ""
    field: str = ""

    def at(self, field: object) -> Place:
        """The place within this one: a field, or the number of an entry."""
        return replace(self, field=f"{self.field}, {field}" if self.field else str(field))

    def wrong(self, problem: str) -> InputError:
        """The error that says where, what is wrong, and how to mend it."""
        which = f", recommendation '{self.id}'" if self.id else ""
        return InputError(f"{self.file}{which}{f', {self.field}' if self.field else ''}: {problem}")


def as_typed(word: str, most: int = 60) -> str:
    """A word that someone typed, as an error can repeat it: on one line, what doesn't show written out, and not endless.

    >>> as_typed("a\\nb"), as_typed("x" * 90, 3)
    ('a\\\\nb', 'xxx…')
    """
    plain = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in word[:most])
    return plain + "…" * (len(word) > most)


def near(word: str, valid: Iterable[str], most: int = 5) -> str:
    """A sentence that helps after an unknown id, where there may be hundreds: the nearest, and a few that are near.

    >>> near("carry-hlaf", ["carry-half", *(f"id-{n}" for n in range(40))]).split(";")[0]
    "Did you mean 'carry-half'"
    """
    left = sorted(set(valid))
    if len(left) <= 2 * most:
        return did_you_mean(word, left)
    guess, close = nearest(word, left), []
    for _ in range(most):
        each = nearest(word, left, at_least=0)
        if each is None:
            break
        close.append(each)
        left.remove(each)
    if guess is None:
        return f"The nearest are {', '.join(close)}."
    return f"Did you mean '{guess}'; or one of {', '.join(each for each in close if each != guess)}?"


def check_keys(entry: Mapping[str, Any], keys: Iterable[str], place: Place) -> None:
    """Are these the keys, all of them and no others?"""
    expected = list(keys)
    for key in entry:
        if key not in expected:
            raise place.wrong(f"unknown key '{key}'. {did_you_mean(str(key), expected)}")
    missing = [key for key in expected if key not in entry]
    if missing:
        raise place.wrong(
            f'lacks {", ".join(missing)}. Where there is nothing to say, write "" for a text, [] for a list.'
        )


def mapping(value: object, keys: Iterable[str], place: Place) -> dict[str, Any]:
    """A value that has these keys."""
    if not isinstance(value, dict):
        raise place.wrong(f"expected the keys {', '.join(keys)}, each with a value.")
    check_keys(value, keys, place)
    return value


def each_of(value: object, keys: Mapping[str, str], place: Place, read: Callable[[object, Place], T]) -> dict[str, T]:
    """A value that has each of these keys, every one read by the same function."""
    entry = mapping(value, keys, place)
    return {key: read(entry[key], place.at(key)) for key in keys}


def list_of(value: object, place: Place) -> list[Any]:
    """A list, maybe empty."""
    if not isinstance(value, list):
        raise place.wrong("expected a list, such as [one, other]; write [] for none.")
    return value


def text_of(value: object, place: Place, may_be_empty: bool = False) -> str:
    """A text of plain words: one line, without HTML, markdown or characters that don't show."""
    if value is None or isinstance(value, (dict, list, bool, date)):
        if value is None and may_be_empty:
            return ""
        raise place.wrong("expected a text." + ("" if value is not None else " It is empty."))
    text = str(value).strip()
    if not text and not may_be_empty:
        raise place.wrong("expected a text. It is empty.")
    problem = unfit(text)
    if problem:
        raise place.wrong(problem)
    return text


def unfit(text: str) -> str:
    """Why can't this text stand on a page? Blank where it can: one line of plain words, all of which show.

    >>> unfit("Read &lt;this&gt;."), unfit("Read this & that.")
    ("holds '&lt;': texts are plain words, without HTML or markdown.", '')
    """
    odd = next((each for each in text if unicodedata.category(each) in _UNSEEN or _BLANKS.match(each)), None)
    if odd is not None:
        return f"holds what doesn't show, or a control character (U+{ord(odd):04X}); write the text as one line of plain words."
    markup = _MARKUP.search(text)
    if markup:
        return f"holds '{markup[0]}': texts are plain words, without HTML or markdown."
    longest = max(text.split(), key=len, default="")
    if len(longest) > LONGEST_WORD:
        return f"holds a word of {len(longest)} characters ('{longest[:20]}…'); at most {LONGEST_WORD}, so that it fits a page."
    return ""


def one_of(value: object, valid: AnyOf[str], place: Place, what: str) -> str:
    """One of the valid ids."""
    text = text_of(value, place)
    if text not in valid:
        raise place.wrong(f"unknown {what} '{text}'. {did_you_mean(text, valid)}")
    return text


def ids_of(value: object, valid: AnyOf[str], place: Place, what: str, all_allowed: bool = False) -> tuple[str, ...]:
    """A list of valid ids, each once, at least one; `all`, where it is allowed, stands alone."""
    allowed = ["all", *valid] if all_allowed else list(valid)
    ids = tuple(one_of(each, allowed, place, what) for each in list_of(value, place))
    if not ids:
        raise place.wrong(f"names no {what}.")
    if len(set(ids)) < len(ids):
        raise place.wrong(f"names a {what} twice.")
    if "all" in ids and len(ids) > 1:
        raise place.wrong("`all` stands alone: it already takes in the others.")
    return ids


def date_of(value: object, place: Place) -> date:
    """A day, as YAML writes it or as a text: year-month-day."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise place.wrong(f"'{value}' isn't a date; write year-month-day, such as 2027-11-30.") from None

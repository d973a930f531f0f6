"""Does a number still say what the advice needs it to say? The small grammar of `expects`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from newroles.errors import InputError
from newroles.findings import Finding
from newroles.guidance.vocabulary import DIRECTIONS

GRAMMAR = "above X, below X, between X and Y, interval above X, interval below X (shares are 0-1), or said"

_NUMBER = r"([+-]?\d+(?:\.\d+)?)"
_FORMS = (
    ("above", re.compile(rf"above {_NUMBER}")),
    ("below", re.compile(rf"below {_NUMBER}")),
    ("between", re.compile(rf"between {_NUMBER} and {_NUMBER}")),
    ("interval above", re.compile(rf"interval above {_NUMBER}")),
    ("interval below", re.compile(rf"interval below {_NUMBER}")),
    ("said", re.compile("said")),
)


@dataclass(frozen=True)
class Expectation:
    """What a finding must show. form: above, below, between, interval above, interval below or said; limits: its numbers."""

    form: str
    limits: tuple[float, ...] = ()

    def met_by(self, finding: Finding) -> bool | None:
        """Does the finding show it? None: it can't be told, since the number or the interval isn't shown.

        `above` and `below` leave the limit out, `between` takes both limits in. `interval above` asks that the whole interval
        lies above; where its ends are written the wrong way round, neither may lie below. Numbers are compared as recorded, not
        as shown; a difference that is only rounding noise of floating-point arithmetic counts as none.
        """
        if self.form == "said":
            return True
        looked_at = self._looked_at(finding)
        if looked_at is None:
            return None
        first = self.limits[0]
        if self.form.endswith("above"):
            return looked_at > first and not _same(looked_at, first)
        if self.form.endswith("below"):
            return looked_at < first and not _same(looked_at, first)
        last = self.limits[1]
        return first < looked_at < last or _same(looked_at, first) or _same(looked_at, last)

    def _looked_at(self, finding: Finding) -> float | None:
        """The number that is held against the limits: the value, or that end of the interval which could lie beyond them."""
        if not self.form.startswith("interval"):
            return _number(finding.value)
        low, high = _number(finding.low), _number(finding.high)
        if low is None or high is None:
            return low if self.form == "interval above" else high
        return min(low, high) if self.form == "interval above" else max(low, high)


def expectation(text: str) -> Expectation:
    """What does this `expects` of a finding ask for? Raises InputError, with the grammar, when it can't be read.

    >>> expectation("above 0.5")
    Expectation(form='above', limits=(0.5,))
    >>> expectation("between 1 and 3").limits
    (1.0, 3.0)
    >>> expectation("over 0.5")
    Traceback (most recent call last):
    newroles.errors.InputError: 'over 0.5' isn't an expectation. Write above X, below X, between X and Y, interval above X, interval below X (shares are 0-1), or said.
    """  # noqa: E501
    for form, pattern in _FORMS:
        found = pattern.fullmatch(" ".join(text.split()))
        if found:
            limits = tuple(float(number) for number in found.groups())
            if form == "between" and limits[0] >= limits[1]:
                raise InputError(f"'{text}' holds no number: write the smaller one first.")
            return Expectation(form, limits)
    raise InputError(f"'{text}' isn't an expectation. Write {GRAMMAR}.")


def checked_expects(kind: str, text: str) -> str:
    """The `expects` of a fact (one of the directions) or of a finding, as it stands. Raises InputError when it is neither.

    >>> checked_expects("fact", "helps")
    'helps'
    """
    if kind == "finding":
        expectation(text)
    elif text not in DIRECTIONS:
        raise InputError(f"a fact's expects is the direction of its row, one of {', '.join(DIRECTIONS)}; got '{text}'.")
    return text


def _number(part: object) -> float | None:
    """A number, endless ones too (an interval may be open to one side); None for words, for nothing and for not-a-number."""
    if isinstance(part, bool) or not isinstance(part, (int, float)) or math.isnan(part):
        return None
    return part


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)

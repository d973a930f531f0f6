"""Which configurations that nobody observed does a solution lean on, and which of these are easy to accept?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from newroles.boundary_work.implicants import Implicant
from newroles.errors import InputError, did_you_mean

Expectations = str | Sequence[str] | Mapping[str, object] | None
PRESENT, ABSENT, OPEN = ("present", "1"), ("absent", "0"), ("", "-", "none")


def expected_directions(expectations: Expectations, conditions: Sequence[str]) -> dict[str, bool]:
    """In which direction should each condition work, as theory or earlier findings say, if it works at all?

    expectations: "A,~B" or a list of such names (A when present, B when absent; a condition that isn't named has no
    direction), or a mapping of a condition to "present", 1 or True, to "absent", 0 or False, or to None (no direction).

    Raises InputError for an unknown condition, one with two directions, and another value.

    >>> expected_directions("agreed, ~vacancies", ["agreed", "time", "vacancies"])
    {'agreed': True, 'vacancies': False}
    """
    if expectations is None:
        return {}
    if isinstance(expectations, Mapping):
        pairs = [(str(name).strip(), value) for name, value in expectations.items()]
    else:
        parts = expectations.split(",") if isinstance(expectations, str) else [str(part) for part in expectations]
        signs = [part.strip() for part in parts if part.strip()]
        pairs = [(sign.removeprefix("~").strip(), not sign.startswith("~")) for sign in signs]
    found: dict[str, bool] = {}
    for name, value in pairs:
        if name not in conditions:
            raise InputError(
                f"expectations: '{name}' is no condition of the truth table. {did_you_mean(name, conditions)}"
            )
        word = direction(value)
        if word not in PRESENT + ABSENT + OPEN:
            raise InputError(
                f"expectations: '{name}' is {value!r}; expected 'present', 'absent', or None for no direction."
            )
        if word in OPEN:
            continue
        if found.setdefault(name, word in PRESENT) != (word in PRESENT):
            raise InputError(f"expectations: '{name}' is expected both present and absent; name one, or leave it out.")
    return found


def direction(value: object) -> str:
    """A direction as a word: "1" for 1, 1.0, True, "" for None and for a blank of pandas."""
    if value is None or value is pd.NA or value != value:
        return ""
    number = isinstance(value, int | float | np.number | np.bool_) and value in (0, 1)
    return str(int(value)) if number else str(value).strip().lower()  # type: ignore[call-overload]


def easier_term(conservative: Implicant, parsimonious: Implicant, present: int, absent: int) -> Implicant:
    """What is left of a conservative term once the conditions are dropped that expectations and a simpler term allow?

    A condition goes if the simpler term does without it and its expected direction is the other one: if the outcome occurred
    although the condition was against it, it would have occurred with it in favour.
    present, absent: conditions expected to work when present or absent, as bits.

    >>> easier_term(Implicant(0b11, 0b10), Implicant(0b10, 0b10), present=0b11, absent=0)
    Implicant(fixed=2, values=2)
    """
    against = (conservative.values & absent) | (~conservative.values & present)
    kept = conservative.fixed & (parsimonious.fixed | ~against)
    return Implicant(kept, conservative.values & kept)


def easy_rows(
    conservative: Sequence[Implicant],
    parsimonious: Sequence[Implicant],
    present: int,
    absent: int,
    remainders: Sequence[int],
) -> frozenset[int]:
    """Which unobserved configurations may be assumed to have the outcome, for one conservative and one parsimonious model?

    Those within a conservative term once conditions are dropped as in `easier_term`, for each simpler term around it.

    Source: Ragin and Sonnett (2005), Between complexity and parsimony, in Kropp and Minkenberg (eds), Vergleichen in der
    Politikwissenschaft, VS Verlag, 180-197; Dusa (2019), QCA with R, Springer, ch. 8, for several tied models.
    """
    easier = {
        easier_term(one, other, present, absent)
        for one in conservative
        for other in parsimonious
        if other.includes(one)
    }
    return frozenset(row for row in remainders if any(row & term.fixed == term.values for term in easier))

"""What does a formula such as A*~B + C say, and how far does each case belong to it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean


def literals(term: str) -> dict[str, bool]:
    """Which conditions does a term ask for, present (True) or absent (False)?

    term: conditions joined by *, with ~ before one that must be absent. Raises InputError for a condition that is blank or
    named twice.

    >>> literals("agreed*~short")
    {'agreed': True, 'short': False}
    """
    asked: dict[str, bool] = {}
    for part in term.split("*"):
        name = part.strip().removeprefix("~").strip()
        if not name or name in asked:
            raise InputError(f"The term '{term}' has a condition that is {'named twice' if name else 'blank'}.")
        asked[name] = not part.strip().startswith("~")
    return asked


def is_part_of(term: str, other: str) -> bool:
    """Does the other term ask for everything that this term asks for, and perhaps for more?

    >>> is_part_of("agreed", "agreed*~short"), is_part_of("short", "agreed*~short")
    (True, False)
    """
    return literals(term).items() <= literals(other).items()


def formula_scores(sets: pd.DataFrame, terms: Sequence[str] | str) -> np.ndarray:
    """How far does each case belong to a solution? The largest of its terms' scores, each the smallest of its conditions'.

    sets: set scores, a column per condition. terms: a model's terms, or a formula with +. Returns a score per case, in order.
    Raises InputError for a condition that is no column.

    >>> formula_scores(pd.DataFrame({"a": [0.9, 0.2], "b": [0.7, 0.4]}), "a*~b + b").round(1).tolist()
    [0.7, 0.4]
    """
    listed = [part.strip() for part in terms.split("+")] if isinstance(terms, str) else list(terms)
    asked = [literals(term) for term in listed]
    used = dict.fromkeys(name for term in asked for name in term)
    for name in used:
        if name not in sets.columns:
            raise InputError(f"The formula names '{name}', no column. {did_you_mean(name, sets.columns)}")
    column = {name: sets[name].to_numpy(dtype=float) for name in used}
    scores = np.zeros(len(sets))
    for term in asked:
        parts = [column[name] if present else 1 - column[name] for name, present in term.items()]
        scores = np.maximum(scores, np.minimum.reduce(parts))
    return scores

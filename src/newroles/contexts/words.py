"""What was found of pairs of a staff group and an outcome, as a sentence that is right whatever was found."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from newroles.contexts.trusts import SICKNESS, with_names
from newroles.errors import InputError

_LESS_AND_MORE: Mapping[str, tuple[str, str]] = {
    "burnt_out_often": ("fewer staff are often burnt out", "more staff are often burnt out"),
    "valued_by_team": ("fewer staff feel valued by their team", "more staff feel valued by their team"),
    "autonomy": ("fewer staff tell of autonomy", "more staff tell of autonomy"),
    "enough_staff": ("fewer staff say that there are enough of them", "more staff say that there are enough of them"),
    SICKNESS: ("sickness absence is lower", "sickness absence is higher"),
}
# a coefficient of the other date is "much the same size" when it is between these times the first
_ALIKE = (0.75, 4 / 3)


def pairs_in_words(pairs: pd.DataFrame, below: float = 0.05, level: float = 0.95) -> str:
    """Which pairs of a staff group and an outcome hold up once all are allowed for, and in which direction?

    `pairs`: as `fit_pairs` gives it, of one date. `below`: what p_holm must be below. `level`: of the intervals.

    Returns a sentence; each pair that holds up is in it with its direction, size and interval.

    >>> row = {"skill_mix": "doctors", "outcome": "sickness_absence", "date": "2018", "p_holm": 0.01}
    >>> pairs_in_words(pd.DataFrame([row | {"estimate": -1.2, "low": -2.0, "high": -0.4}])).split(": ")[1]
    'where the share of doctors is larger, sickness absence is lower (1.2 points for ten points more; 95% interval 0.4 to 2.0).'
    """
    held = _that_hold(pairs, below)
    count = {0: "None", 1: "One"}.get(len(held), str(len(held)))
    said = f"{count} of {len(pairs)} pairs of a staff group and an outcome in mental health trusts {_holds(len(held))}"
    return f"{said} once we allow for having looked at so many{_relations(held, level)}."


def other_date_in_words(pairs: pd.DataFrame, others: pd.DataFrame, below: float = 0.05, level: float = 0.95) -> str:
    """Does what holds up with the staff groups of one date hold up with those of another?

    `pairs`, `others`: as `fit_pairs` gives them, of two dates. `below`: what p_holm must be below. `level`: of the
    intervals.

    Returns a sentence. Sizes are compared where both dates have shares; a coefficient of change is about another step.

    Raises InputError when a pair that holds up isn't among the others.

    >>> row = {"skill_mix": "doctors", "outcome": "sickness_absence", "date": "2018", "p_holm": 0.01}
    >>> pairs = pd.DataFrame([row | {"estimate": -1.2, "low": -2.0, "high": -0.4}])
    >>> other_date_in_words(pairs, pairs.assign(date="2017", p_holm=0.06, estimate=-1.1))
    "With the shares of 2017 it is much the same size and just doesn't pass (p 0.060, where less than 0.05 is asked)."
    """
    date = str(others["date"].iloc[0])
    start = "With the change in shares" if date == "change" else f"With the shares of {date}"
    held, found = _that_hold(pairs, below), _that_hold(others, below)
    if held.empty:
        count = {0: "none", 1: "one"}.get(len(found), str(len(found)))
        return f"{start} {count} of {len(others)} {_holds(len(found))}{_relations(found, level)}."
    key = ["skill_mix", "outcome"]
    both = held.merge(others, on=key, suffixes=("", "_other"))
    if len(both) < len(held):
        raise InputError(f"A pair that holds up isn't there at the other date ({date}): fit both on the same rows.")
    if len(held) > 1:
        again = int(both["p_holm_other"].lt(below).sum())
        count = {0: "none", 1: "one"}.get(again, str(again))
        return f"{start} {count} of these {len(held)} {_holds(again)} too."
    row = both.iloc[0]
    if pd.isna(row["p_holm_other"]):
        return f"{start} it can't be fitted."
    size = "" if "change" in (date, row["date"]) else _size(row["estimate_other"] / row["estimate"]) + " and "
    p = float(row["p_holm_other"])
    verdict = "holds up too" if p < below else "just doesn't pass" if p < 2 * below else "doesn't pass"
    return f"{start} it {size}{verdict} (p {p:.3f}, where less than {below:.2g} is asked)."


def _that_hold(pairs: pd.DataFrame, below: float) -> pd.DataFrame:
    return pairs[pairs["p_holm"].lt(below)].sort_values("p_holm", kind="stable")


def _holds(count: int) -> str:
    return "holds up" if count < 2 else "hold up"


def _size(ratio: float) -> str:
    if ratio <= 0:
        return "points the other way"
    low, high = _ALIKE
    return "is much the same size" if low <= ratio <= high else "is smaller" if ratio < low else "is larger"


def _relations(held: pd.DataFrame, level: float) -> str:
    named = with_names(held, "skill_mix", "outcome")
    said = "; ".join(_relation(row, level) for _, row in named.iterrows())
    return f": {said}" if said else ""


def _relation(row: pd.Series, level: float) -> str:
    """One pair with its direction; numbers are of the size in that direction."""
    less = row["estimate"] < 0
    name = str(row["outcome_name"]).lower()
    outcome = _LESS_AND_MORE.get(str(row["outcome"]), (f"{name} is lower", f"{name} is higher"))[0 if less else 1]
    size, low, high = (-row["estimate"], -row["high"], -row["low"]) if less else row[["estimate", "low", "high"]]
    share = f"the share of {str(row['skill_mix_name']).lower()}"
    changed = row["date"] == "change"
    where, step = (f"{share} grew more", "one point") if changed else (f"{share} is larger", "ten points")
    return f"where {where}, {outcome} ({size:.1f} points for {step} more; {level:.0%} interval {low:.1f} to {high:.1f})"

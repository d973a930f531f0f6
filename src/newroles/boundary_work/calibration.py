"""How far is each case in a set? Raw values turned into set membership by anchors that somebody chose and can defend."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from newroles.errors import InputError, did_you_mean

METHODS = ("direct", "logistic", "crisp", "crisp_above")
_RECIPE_KEYS = ("anchors", "method", "column", "unit")
# a set that holds fewer than a fifth of the cases, or more than four fifths, can hardly vary with anything
SKEWED = 0.2
# numbers that differ by less than this share of themselves are the same, reached by another calculation: 0.1 + 0.02 and 0.12
_SAME = 1e-9


@dataclass(frozen=True)
class Calibration:
    """Which set scores do the cases have, by which anchors, and what should a reader of them know?

    sets: one row per case (index: the case), one column per set, from 0 to 1, no blanks.
    table: the calibration table, one row per set; see `calibrate_cases`.
    left_out: one row per case and column that was blank: case, column. Such a case is in no row of `sets`.
    ambiguous: one row per case and set with a score of exactly 0.5, neither in nor out: case, condition, raw.
    """

    sets: pd.DataFrame
    table: pd.DataFrame
    left_out: pd.DataFrame
    ambiguous: pd.DataFrame


def calibrate(
    values: pd.Series, anchors: float | Sequence[float], method: str = "direct", full: float = 0.95
) -> pd.Series:
    """How far is each case in the set, from 0 (fully out) to 1 (fully in)?

    values: raw numbers, by case (index). anchors: for direct and logistic three numbers (out, crossover, in), rising, or
    falling for a set that a high value leaves; for crisp and crisp_above one threshold. full: the membership of a case at
    the anchor "in"; one at "out" has 1 - full.

    - direct (Ragin): log-odds of membership change in proportion to the distance from the crossover, with one rate above it
      and another below, so that the three anchors have exactly 1 - full, 0.5 and full;
    - logistic: one rate on both sides, 2 logit(full) between the anchors out and in. The crossover has 0.5; the outer
      anchors have 1 - full and full only when the crossover lies half-way. For anchors of which only the crossover is sure;
    - crisp: 1 at or above the threshold, else 0. crisp_above: 1 above it, else 0, as for "more than half".

    Returns a series of the same index and name; blank stays blank.

    Raises InputError for an unknown method, values that aren't numbers, anchors that are blank, not in order or of the wrong
    number, and a full membership that isn't between 0.5 and 1.

    Source: direct: Ragin 2008, Redesigning Social Inquiry, chapter 5 (who takes log-odds of 3 at the anchors: full of
    0.953); with full of 0.95 as R's QCA::calibrate, type "fuzzy", logistic. The logistic method with one rate is our own.

    >>> calibrate(pd.Series([10, 20, 30, 60]), (10, 30, 60)).round(3).tolist()
    [0.05, 0.187, 0.5, 0.95]
    >>> calibrate(pd.Series([2.0, 3.0]), 3, "crisp").tolist()
    [0.0, 1.0]
    """
    if method not in METHODS:
        raise InputError(f"Unknown method of calibration '{method}'. {did_you_mean(method, METHODS)}")
    if not 0.5 < full < 1:
        raise InputError(
            f"full is the membership at the anchor 'in': expected more than 0.5 and less than 1, got {full}."
        )
    raw = _numbers(values)
    points = _anchors(anchors, method, str(values.name or "the values"))
    x = _snapped(raw.to_numpy(), points[len(points) // 2])
    if method in ("crisp", "crisp_above"):
        inside = x >= points[0] if method == "crisp" else x > points[0]
        scores = np.where(np.isnan(x), np.nan, inside.astype(float))
    else:
        out, crossover, into = points
        rate = 2 * logit(full) / (into - out)
        if method == "direct":
            beyond = (x - crossover) * np.sign(into - out) >= 0
            rate = np.where(beyond, logit(full) / (into - crossover), logit(full) / (crossover - out))
        scores = expit((x - crossover) * rate)
    return pd.Series(scores, index=values.index, name=values.name)


def calibrate_cases(cases: pd.DataFrame, recipe: Mapping[str, Mapping[str, Any]], full: float = 0.95) -> Calibration:
    """Which set scores does each case have, and what did calibrating do to the raw values?

    cases: one row per case, named by a column `case` or `team`, else by the index; raw columns. recipe: by set, its
    anchors and optionally method ("direct"), column (of raw values; the set's own name) and unit (shown). full: as for
    `calibrate`. Cases with a blank in any column asked for are left out and listed; none is filled.

    Returns a `Calibration`. Its table has one row per set: condition, column, unit, method, out, crossover, in (anchors;
    crisp sets have the crossover only), min, median, max (raw), n (cases), in_set (share of cases above 0.5), at_half
    (cases at exactly 0.5), blank (cases left out for this column) and note ("" or what is doubtful: all cases on one
    side, fewer than a fifth of cases on one side, cases at exactly 0.5).

    Raises InputError for a column that isn't there, an unknown key of the recipe, two rows of one case, and as
    `calibrate`; also when no case has all values.

    Source: what a calibration table should show: Ragin 2008, Redesigning Social Inquiry, chapter 5. The note on skewed
    sets is our own rule of thumb.

    >>> cases = pd.DataFrame({"team": ["T1", "T2", "T3"], "agreed": [2.5, 3.4, None], "share": [0.2, 0.6, 0.5]})
    >>> found = calibrate_cases(cases, {"agreed": {"anchors": 3, "method": "crisp"}, "share": {"anchors": (0.2, 0.5, 0.8)}})
    >>> found.sets.round(2).to_dict("index"), found.left_out.values.tolist()
    ({'T1': {'agreed': 0.0, 'share': 0.05}, 'T2': {'agreed': 1.0, 'share': 0.73}}, [['T3', 'agreed']])
    """
    raw = _raw(by_case(cases), recipe)
    blanks = np.argwhere(raw.isna().to_numpy())
    left_out = pd.DataFrame(
        [(raw.index[row], recipe[raw.columns[k]].get("column", raw.columns[k])) for row, k in blanks],
        columns=["case", "column"],
    ).drop_duplicates(ignore_index=True)
    known = raw.dropna()
    if known.empty:
        raise InputError("No case has a value of every set: expected at least one row without blanks.")
    sets = pd.DataFrame(
        {
            name: calibrate(known[name], how["anchors"], how.get("method", "direct"), full)
            for name, how in recipe.items()
        }
    )
    half = np.argwhere(sets.to_numpy() == 0.5)
    ambiguous = pd.DataFrame(
        [(sets.index[row], sets.columns[k], known.iloc[row, k]) for row, k in half],
        columns=["case", "condition", "raw"],
    )
    table = pd.DataFrame([_described(name, how, raw[name], known[name], sets[name]) for name, how in recipe.items()])
    return Calibration(sets, table, left_out, ambiguous)


def by_case(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its cases as index: a column `case`, else `team`, else the index as it is.

    Raises InputError for a case that has two rows.

    >>> by_case(pd.DataFrame({"team": ["T1"], "a": [1]})).index.tolist()
    ['T1']
    """
    named = next((column for column in ("case", "team") if column in table.columns), None)
    table = table if named is None else table.set_index(named)
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()][0]
        raise InputError(f"Case {twice} has more than one row: expected one row per case. Sum its rows up first.")
    return table


def _raw(cases: pd.DataFrame, recipe: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    if not recipe:
        raise InputError("The recipe is empty: expected at least one set with its anchors.")
    raw = {}
    for name, how in recipe.items():
        for key in how:
            if key not in _RECIPE_KEYS:
                raise InputError(f"Recipe of '{name}': unknown key '{key}'. {did_you_mean(key, _RECIPE_KEYS)}")
        if "anchors" not in how:
            raise InputError(f"Recipe of '{name}': no anchors. Expected three numbers (out, crossover, in), or one.")
        column = how.get("column", name)
        if column not in cases.columns:
            raise InputError(
                f"Recipe of '{name}': there is no column '{column}'. {did_you_mean(column, cases.columns)}"
            )
        raw[name] = _numbers(cases[column])
    return pd.DataFrame(raw)


def _described(
    name: str, how: Mapping[str, Any], raw: pd.Series, known: pd.Series, scores: pd.Series
) -> dict[Hashable, Any]:
    method = how.get("method", "direct")
    points = _anchors(how["anchors"], method, name)
    out, crossover, into = points if len(points) == 3 else (np.nan, points[0], np.nan)
    inside, half = float((scores > 0.5).mean()), int((scores == 0.5).sum())
    smaller = min(inside, float((scores < 0.5).mean()))
    notes = []
    if inside == 1 or not (scores > 0.5).any():
        notes.append("all cases are in the set" if inside == 1 else "no case is in the set")
    elif smaller < SKEWED:
        notes.append(f"skewed: fewer than {SKEWED:.0%} of cases are {'in' if inside == smaller else 'out of'} the set")
    if half:
        notes.append(f"{half} {'case is' if half == 1 else 'cases are'} neither in nor out")
    return {
        "condition": name, "column": how.get("column", name), "unit": how.get("unit", ""), "method": method,
        "out": out, "crossover": crossover, "in": into,
        "min": known.min(), "median": known.median(), "max": known.max(),
        "n": len(known), "in_set": inside, "at_half": half, "blank": int(raw.isna().sum()), "note": "; ".join(notes),
    }  # fmt: skip


def _numbers(values: pd.Series) -> pd.Series:
    found = pd.to_numeric(values, errors="coerce").astype(float)
    wrong = (found.isna() & values.notna()) | np.isinf(found)
    if wrong.any():
        case = wrong.index[wrong][0]
        raise InputError(
            f"'{values.name}' of case {case} is '{values[wrong].iloc[0]}': expected a number, or blank where it isn't known."
        )
    return found


def _snapped(x: np.ndarray, crossover: float) -> np.ndarray:
    """The numbers, those that are the crossover but for the last digits being it."""
    return np.where(np.isclose(x, crossover, rtol=_SAME, atol=0), crossover, x)


def _anchors(anchors: float | Sequence[float], method: str, name: str) -> tuple[float, ...]:
    points = tuple(float(each) for each in np.atleast_1d(np.asarray(anchors, dtype=float)))
    wanted = 1 if method in ("crisp", "crisp_above") else 3
    if len(points) != wanted:
        expected = "one threshold" if wanted == 1 else "three (out, crossover, in)"
        raise InputError(f"Anchors of {name}: got {len(points)}; the method {method} expects {expected}.")
    if not np.isfinite(points).all():
        raise InputError(f"Anchors of {name}: {points} has a blank or endless one; expected numbers.")
    if wanted == 3 and not (points[0] < points[1] < points[2] or points[0] > points[1] > points[2]):
        raise InputError(
            f"Anchors of {name}: {points} aren't in order. Expected out < crossover < in, or out > crossover > in for a "
            "set that a high value leaves."
        )
    return points

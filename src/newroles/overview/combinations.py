"""Which kinds of skill-mix change come together, in one trust or in one role."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.overview.adoption import adopters
from newroles.overview.intervals import bounds, finite_population_interval, require_level

NONE = "none"
"""The combination of the units that have none of the kinds."""
JOIN = "; "
"""Stands between the kinds of a combination."""


def combinations(
    memberships: pd.DataFrame,
    units: Iterable[object],
    unit: str = "trust",
    kind: str = "code",
    in_frame: int | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Which kinds occur together in one trust (or one role), and in how many?

    Each unit is counted once, under exactly the kinds that it has; units that were asked and have none of them are a
    combination of their own, "none".

    memberships: one row for each kind that a unit has; columns `unit` and `kind` (a repeated row counts once). units: all
    that could have had a kind: the trusts that answered, the roles that could be coded. in_frame: trusts in the frame,
    where units are those of them that answered; None: units are all there is to speak of, as with roles.

    Returns one row for each combination that occurs, the most frequent first: kinds (joined by "; ", in the order of their
    frequency, or "none"), number_of_kinds, x (units with these kinds and no other), n (units), N (in the frame; blank
    without one), estimate (x / n), low, high (hypergeometric interval for the share of all N), bound_low, bound_high
    (`bounds`; all four blank without a frame) and method. x adds up to n.

    One x can be worked out from n and the others: to protect them, pass this table to `newroles.disclosure.protect` with
    `by=["kinds"]` and `assume_known=True`, and don't show beside it how many units have each kind.

    Raises InputError for a missing column, a unit or kind left blank, a unit listed twice or not among `units`, no
    units, a kind that is called "none" or has a ";", and a frame smaller than the answers.

    Source: exclusive intersections as in Lex and others (2014), IEEE Transactions on Visualization and Computer
    Graphics 20: 1983-1992, https://doi.org/10.1109/TVCG.2014.2346248.

    >>> has = pd.DataFrame({"trust": ["A", "A", "B"], "code": ["innovation", "delegation", "innovation"]})
    >>> combinations(has, ["A", "B", "C"], in_frame=5)[["kinds", "x", "n", "N"]].values.tolist()
    [['none', 1, 3, 5], ['innovation', 1, 3, 5], ['innovation; delegation', 1, 3, 5]]
    """
    require_level(level)
    asked = _units(units, unit)
    known = _memberships(memberships, asked, unit, kind)
    if in_frame is not None and in_frame < len(asked):
        raise InputError(f"The frame is smaller than the answers: {len(asked)} answered, and in_frame is {in_frame}.")
    frequency = known[kind].value_counts()
    order = sorted(frequency.index, key=lambda name: (-frequency[name], name))
    place = {name: i for i, name in enumerate(order)}
    kinds_of = {one: tuple(sorted(names, key=place.__getitem__)) for one, names in known.groupby(unit)[kind]}
    counted: dict[tuple[str, ...], int] = {}
    for one in asked:
        together = kinds_of.get(one, ())
        counted[together] = counted.get(together, 0) + 1
    rows: list[dict[str, Any]] = []
    for together in sorted(counted, key=lambda names: (-counted[names], len(names), [place[name] for name in names])):
        row = {"kinds": JOIN.join(together) or NONE, "number_of_kinds": len(together), "x": counted[together]}
        rows.append(row | _share(counted[together], len(asked), in_frame, level))
    return pd.DataFrame(rows)


def combinations_in_trusts(
    reports: pd.DataFrame, trusts: pd.DataFrame, coding: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """Which kinds of skill-mix change come together in one trust, as far as those that answered can say?

    reports, trusts: see `newroles.overview.adoption`. coding: one row for each role and kind: role, code; kinds that
    shouldn't count, such as unclear, are left out of it beforehand.

    Returns what `combinations` does, and note (blank, or which reports and roles were left out: a trust that has only
    such roles counts under "none"). Raises InputError as `adoption` does, and when no trust answered.

    >>> reports = pd.DataFrame({"trust": ["A", "B"], "role": ["nursing_associate", "physician_associate"]})
    >>> frame = pd.DataFrame({"trust": ["A", "B", "C"], "responded": [True, True, False]})
    >>> coding = pd.DataFrame({"role": ["nursing_associate"], "code": ["delegation"]})
    >>> combinations_in_trusts(reports, frame, coding)[["kinds", "x", "n", "N", "note"]].values.tolist()
    [['none', 1, 2, 3, '1 role without a code left out'], ['delegation', 1, 2, 3, '1 role without a code left out']]
    """
    has, left_out = adopters(reports, trusts, "code", coding)
    trust, code = np.nonzero(has.to_numpy())
    memberships = pd.DataFrame({"trust": has.index[trust], "code": has.columns[code]})
    return combinations(memberships, has.index, in_frame=len(trusts), level=level).assign(note=left_out)


def _units(units: Iterable[object], unit: str) -> list[Any]:
    asked = list(units)
    if not asked:
        raise InputError(f"No {unit} answered, so there are no combinations to count: say so instead.")
    if pd.isna(pd.Series(asked, dtype="object")).any():
        raise InputError(f"A {unit} in `units` is blank: give each its own code.")
    twice = pd.Series(asked, dtype="object").duplicated()
    if twice.any():
        name = asked[int(twice.to_numpy().argmax())]
        raise InputError(f"The {unit} '{name}' is listed twice in `units`: each counts once.")
    return asked


def _memberships(memberships: pd.DataFrame, asked: list[Any], unit: str, kind: str) -> pd.DataFrame:
    for column in (unit, kind):
        if column not in memberships.columns:
            hint = did_you_mean(column, map(str, memberships.columns))
            raise InputError(f"The table of kinds has no column '{column}'. {hint}")
        if memberships[column].isna().any():
            row = int(memberships[column].isna().to_numpy().argmax())
            raise InputError(
                f"Row {row + 1}: the column {column} is blank. A {unit} without any kind has no row; leave it out."
            )
    known = memberships[[unit, kind]].drop_duplicates()
    known = known.assign(**{kind: known[kind].astype(str)})
    strange = [one for one in known[unit] if one not in set(asked)]
    if strange:
        raise InputError(
            f"The {unit} '{strange[0]}' has a kind and isn't in `units`, those that were asked. "
            f"{did_you_mean(str(strange[0]), map(str, asked))}"
        )
    for name in known[kind].unique():
        if name == NONE or ";" in name:
            raise InputError(f"A kind can't be called '{name}': '{NONE}' and ';' have a meaning of their own here.")
    return known


def _share(x: int, n: int, in_frame: int | None, level: float) -> dict[str, Any]:
    if in_frame is None:
        blank = dict.fromkeys(("low", "high", "bound_low", "bound_high"), np.nan)
        return {"n": n, "N": pd.NA, "estimate": x / n, **blank, "method": "complete count"}
    low, high = finite_population_interval(x, n, in_frame, level)
    worst, best = bounds(x, n, in_frame)
    shares = {"estimate": x / n, "low": low / in_frame, "high": high / in_frame}
    method = f"hypergeometric interval, {level:.0%}; no-assumption bounds"
    return {"n": n, "N": in_frame, **shares, "bound_low": worst, "bound_high": best, "method": method}

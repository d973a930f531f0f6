"""Which units are observed when, and which of them may be compared? A panel read, checked and laid out unit by period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats, Integers


@dataclass(frozen=True, eq=False)
class WidePanel:
    """One measure of many units over time: a row per unit, a column per period.

    units: names, in the order of all rows below. periods: numbers, rising. outcome: units x periods, NaN where not
    observed. covariates: units x periods x covariates. start: first treated period by unit, infinite for never. clusters:
    cluster of each unit, counted from 0. left_out: what isn't used, in words: what, which, why.
    """

    units: np.ndarray
    periods: Floats
    outcome: Floats
    covariates: Floats
    start: Floats
    clusters: Integers
    left_out: list[dict[str, Any]] = field(default_factory=list)

    def only(self, units: np.ndarray, periods: np.ndarray | None = None) -> WidePanel:
        """The same for some units and periods (masks)."""
        when = np.ones(len(self.periods), dtype=bool) if periods is None else periods
        return WidePanel(
            self.units[units],
            self.periods[when],
            self.outcome[np.ix_(units, when)],
            self.covariates[np.ix_(units, when)],
            self.start[units],
            np.unique(self.clusters[units], return_inverse=True)[1],
            self.left_out,
        )


def read_panel(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
) -> WidePanel:
    """What was observed of each unit in each period, and when was it first treated?

    `panel`: one row per unit and period, with the columns named: `outcome` (a number), `unit`, `time` (a number), `start` (the first
    treated period; blank for never), `covariates` (numbers) and `cluster` (of the unit). Rows with a blank outcome are left out.

    Raises InputError for columns that aren't there, text or infinite numbers where numbers are needed, blank units or
    times, a unit that has two rows in a period, two starts or two clusters, fewer than two clusters, and no outcome at all.

    >>> rows = pd.DataFrame({"team": list("aabb"), "month": [1, 3, 2, 3], "y": [3, 4, 5, 6], "since": [2, 2, None, None]})
    >>> read_panel(rows, "y", "team", "month", "since").outcome
    array([[ 3., nan,  4.],
           [nan,  5.,  6.]])
    """
    if isinstance(covariates, str):
        raise InputError(
            f"covariates: expected a list of columns such as [{covariates!r}], not the text {covariates!r}."
        )
    for column in [outcome, unit, time, start, *covariates, *([cluster] if cluster is not None else [])]:
        if column not in panel.columns:
            raise InputError(
                f"The panel has no column '{column}'. {did_you_mean(str(column), map(str, panel.columns))}"
            )
    if panel.empty:
        raise InputError("The panel has no rows.")
    for column in (unit, time):
        if panel[column].isna().any():
            raise InputError(
                f"{int(panel[column].isna().sum())} rows have a blank '{column}': fill it in or leave them out."
            )
    y, when = _numbers(panel, outcome), _numbers(panel, time)
    first = _numbers(panel, start, infinite=True)
    codes, names = pd.factorize(panel[unit])
    units = np.asarray(names, dtype=object)
    known = np.isfinite(y)
    if not known.any():
        raise InputError(f"'{outcome}' is blank in all {len(panel)} rows: there is nothing to estimate from.")
    starts = _one_each(np.where(np.isnan(first), np.inf, first), codes, units, "start", start)
    if cluster is None:
        clusters = np.arange(len(units), dtype=np.intp)
    else:
        if panel[cluster].isna().any():
            lost = units[codes[np.flatnonzero(panel[cluster].isna())[0]]]
            raise InputError(
                f"'{cluster}' is blank for unit {lost!r}: say which cluster it belongs to, or leave it out."
            )
        numbers, known_clusters = pd.factorize(panel[cluster])
        clusters = _one_each(numbers, codes, units, "cluster", cluster).astype(np.intp)
        if len(known_clusters) < 2:
            raise InputError(f"All units are in one '{cluster}' ({known_clusters[0]!r}): at least two are needed.")
    _refuse_twice(codes, when, units, unit, time)
    periods = np.unique(when[known])
    place = np.searchsorted(periods, when[known])
    rows = codes[known]
    wide = np.full((len(units), len(periods)), np.nan)
    wide[rows, place] = y[known]
    beside = np.full((len(units), len(periods), len(covariates)), np.nan)
    for k, column in enumerate(covariates):
        beside[rows, place, k] = _numbers(panel, column)[known]
    read = WidePanel(units, periods, wide, beside, starts, clusters)
    return _observed_twice(read, f"'{outcome}'")


def usable(wide: WidePanel, control: str, anticipation: float) -> WidePanel:
    """Whose change can be compared with whose? The panel without units and periods that no comparison can use, each named.

    Units treated in (or, with anticipation, so many periods after) the first period or before have no period before; units
    treated after the last period count as never treated. With control "not_yet" and no unit that is never treated, the
    last group to start serves as the comparison only, and periods from its start on are left out.

    Raises InputError when nobody is left to compare with, or nobody starts.

    >>> rows = pd.DataFrame({"team": ["a", "a", "b", "b"], "month": [1, 2, 1, 2], "y": [3.0, 4, 5, 5], "since": [2, 2, 9, 9]})
    >>> usable(read_panel(rows, "y", "team", "month", "since"), "never", 0).start
    array([ 2., inf])
    """
    if wide.periods[0] > 0 and (wide.start == 0).any():
        raise InputError(
            f"{int((wide.start == 0).sum())} units have 0 as their start, and the first period is {wide.periods[0]:g}. Leave "
            "the start blank where it means never; units treated from before the first period may have that period."
        )
    early = wide.start - anticipation <= wide.periods[0]
    period = f"{wide.periods[0]:g}" + (f" + {anticipation:g} of anticipation" if anticipation else "")
    note(wide, "unit", wide.units[early], f"introduced in or before the first period ({period}): no period before")
    if early.any() and not (~early).any():
        raise InputError(
            f"All {len(early)} units were treated in or before the first period ({period}): none shows a change."
        )
    wide = wide.only(~early)
    late = np.isfinite(wide.start) & (wide.start > wide.periods[-1] + anticipation)
    note(wide, "start", wide.units[late], f"after the last period ({wide.periods[-1]:g}): counts as never treated")
    wide.start[late] = np.inf
    never = np.isinf(wide.start)
    if never.all():
        raise InputError(
            f"No unit starts between the second period and the last ({wide.periods[-1]:g}): there is no effect to estimate."
        )
    if never.any():
        return wide
    if control == "never":
        raise InputError(
            "No unit is never treated, so there is nobody to compare with: use control='not_yet', which compares with units "
            "that start later."
        )
    last = wide.start.max()
    before = wide.periods < last - anticipation
    if (
        (wide.start == last).all()
        or before.sum() < 2
        or not (wide.start[wide.start < last] <= wide.periods[before][-1]).any()
    ):
        raise InputError(
            f"No unit is never treated, and none is not yet treated when others start (the last to start: {last:g}): there is "
            "nobody to compare with."
        )
    note(wide, "group", [last], "the last to start, with nobody to compare it with: serves as the comparison only")
    note(wide, "period", wide.periods[~before], f"all units are treated from {last:g} on: nobody to compare with")
    wide.start[wide.start == last] = np.inf
    return _observed_twice(wide.only(np.ones(len(wide.units), dtype=bool), before), "the outcome")


def note(wide: WidePanel, what: str, which: Sequence[Any] | np.ndarray, why: str) -> None:
    """Add to what is left out: one row for each of `which`."""
    wide.left_out.extend({"what": what, "which": _plain(name), "why": why} for name in which)


def _plain(name: Any) -> Any:
    """Whole numbers as such, and numpy's scalars as Python's."""
    name = name.item() if isinstance(name, np.generic) else name
    return int(name) if isinstance(name, float) and name.is_integer() else name


def _numbers(panel: pd.DataFrame, column: str, infinite: bool = False) -> Floats:
    """A column as floats, or an error that names the first value that is no number."""
    values = panel[column]
    number = values if pd.api.types.is_numeric_dtype(values) else pd.to_numeric(values.astype(object), errors="coerce")
    wrong = (number.isna() & values.notna()).to_numpy()
    out = number.to_numpy(dtype=float, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(values) or isinstance(values.dtype, pd.PeriodDtype):
        wrong = values.notna().to_numpy()
    if not infinite:
        wrong = wrong | np.isinf(out)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"'{column}', row {panel.index[at]}: {values.iloc[at]!r} is no finite number ({int(wrong.sum())} such rows). Number "
            "periods in their order (2021-07 as 0, 2021-08 as 1), and make categories columns of 0 and 1."
        )
    return out


def _one_each(values: np.ndarray, codes: Integers, units: np.ndarray, what: str, column: str) -> np.ndarray:
    """The one value that each unit has in all its rows."""
    each = np.empty(len(units), dtype=values.dtype)
    each[codes[::-1]] = values[::-1]
    if (differs := each[codes] != values).any():
        at = int(np.flatnonzero(differs)[0])
        name = units[codes[at]]
        two = sorted({str(_plain(v)) if np.isfinite(v) else "blank" for v in (each[codes[at]], values[at])})
        told = f" ({two[0]} and {two[1]})" if what == "start" else ""
        more = (
            " Treatment is supposed to start once and to last: switching on and off isn't handled."
            if what == "start"
            else ""
        )
        raise InputError(
            f"Unit {name!r} has more than one {what} in '{column}'{told}: give one for all its rows.{more}"
        )
    return each


def _refuse_twice(codes: Integers, when: Floats, units: np.ndarray, unit: str, time: str) -> None:
    order = np.lexsort((when, codes))
    same = (np.diff(codes[order]) == 0) & (np.diff(when[order]) == 0)
    if same.any():
        at = order[int(np.flatnonzero(same)[0])]
        raise InputError(
            f"{unit} {units[codes[at]]!r} has more than one row in {time} {when[at]:g} ({int(same.sum())} rows too many): expected "
            "one row per unit and period, of one measure and group."
        )


def _observed_twice(wide: WidePanel, outcome: str) -> WidePanel:
    """Without units that are observed in fewer than two periods, which show no change."""
    seen = np.isfinite(wide.outcome).sum(axis=1)
    note(wide, "unit", wide.units[seen == 0], f"{outcome} is blank in all its periods")
    note(wide, "unit", wide.units[seen == 1], f"{outcome} is known in one period only: no change to compare")
    if (seen < 2).all():
        raise InputError(f"No unit has {outcome} in two periods: a change needs a period before and one after.")
    return wide if (seen > 1).all() else wide.only(seen > 1)

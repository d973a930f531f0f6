"""Which rows of a panel can be used, and what is treated when? Read and checked once, for all estimators of a second opinion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats, Integers

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PanelRows:
    """The usable rows of a panel, as arrays: one value per row, and one per unit.

    Per row: outcome; unit, period and cluster counted from 0; treated (the start has come); covariates (rows x names).
    Per unit: units (their names), start (NaN: never in these periods), cluster_of_unit. periods: their numbers, in order.
    left_out: one row per unit and reason: unit, reason, rows.
    """

    outcome: Floats
    unit: Integers
    period: Integers
    cluster: Integers
    treated: Booleans
    covariates: Floats
    covariate_names: tuple[str, ...]
    units: pd.Index
    start: Floats
    cluster_of_unit: Integers
    clusters: pd.Index
    periods: Floats
    left_out: pd.DataFrame

    @property
    def since(self) -> Floats:
        """Periods since the start, by row: negative before, NaN where it never comes."""
        return np.asarray(self.periods[self.period] - self.start[self.unit], dtype=float)

    @property
    def cohorts(self) -> Floats:
        """The starts there are, in order."""
        return np.unique(self.start[~np.isnan(self.start)])


def read_panel(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    cluster: str | None = None,
    covariates: Sequence[str] | None = None,
    keep_always: bool = True,
) -> PanelRows:
    """Which rows of a panel can be used, and what is treated when?

    `panel`: one row per unit and period; `outcome`, `unit`, `time`, `start`: its columns. `time` and `start` are numbers;
    `start` is the first treated period and blank (or infinite) where none comes; a start after the last period counts as
    none. `cluster`: the column of what units belong to (each unit is its own where none is given). `covariates`: columns
    of numbers. `keep_always`: whether units that are treated from the first period on stay.

    Rows without outcome or covariates are left out, and so are units treated from the start unless `keep_always`: they
    are named in `left_out`.

    Raises InputError for unknown columns, repeated unit-periods, two starts or two clusters of a unit, words where
    numbers belong, infinite or all-blank outcomes, blank units, periods or clusters, and fewer than two units or periods.

    >>> panel = pd.DataFrame({"team": list("aabb"), "month": [1, 2, 1, 2], "start": [2, 2, None, None], "y": [1, 3, 1, None]})
    >>> rows = read_panel(panel, "y", "team", "month", "start")
    >>> rows.treated.tolist(), rows.left_out.to_dict("records")
    ([False, True, False], [{'unit': 'b', 'reason': 'no outcome', 'rows': 1}])
    """
    names = list(covariates or [])
    needed = [outcome, unit, time, start, *names, *([cluster] if cluster is not None else [])]
    for name in needed:
        if name not in panel.columns:
            raise InputError(f"The panel has no column '{name}'. {did_you_mean(name, map(str, panel.columns))}")
    if panel.empty:
        raise InputError("The panel has no rows: expected one per unit and period.")
    for name in (unit, time, *([cluster] if cluster is not None else [])):
        if blank := int(panel[name].isna().sum()):
            raise InputError(f"{blank} of {len(panel)} rows have no '{name}': say which it is, or leave them out.")
    y, when, begun = (_numbers(panel, name) for name in (outcome, time, start))
    x = np.column_stack([_numbers(panel, name) for name in names]) if names else np.empty((len(panel), 0))
    begun = np.where(np.isinf(begun), np.nan, begun)
    repeated = panel.duplicated([unit, time])
    if repeated.any():
        first = panel.loc[repeated.to_numpy()].iloc[0]
        raise InputError(
            f"{int(repeated.sum())} unit-periods come more than once, first {unit} '{first[unit]}' in {time} "
            f"{first[time]}: expected one row for each."
        )
    numbers, units = pd.factorize(panel[unit], sort=True)
    by_unit = pd.DataFrame({"unit": numbers, "start": begun}).groupby("unit")["start"]
    start_of = by_unit.first().to_numpy(dtype=float)
    if (mixed := ~_same(begun, start_of[numbers])).any():
        which = panel[unit].to_numpy()[mixed.argmax()]
        found = sorted({str(v) for v in panel.loc[(panel[unit] == which).to_numpy(), start]})
        raise InputError(
            f"{unit} '{which}' has more than one start ({', '.join(found)}): expected the same first treated period, "
            "or blank, in all its rows. An introduction that ends or comes twice can't be estimated here."
        )
    group_names, group_of = _clusters(panel, unit, cluster, numbers, units)
    for name, values in ((outcome, y), (time, when), *zip(names, x.T, strict=True)):
        if np.isinf(values).any():
            raise InputError(f"Column '{name}' holds an infinite value: expected numbers, and blank where not known.")
    no_outcome, no_covariate = np.isnan(y), np.isnan(x).any(axis=1)
    if no_outcome.all():
        raise InputError(f"No row has a value of '{outcome}': there is nothing to estimate.")
    usable = ~(no_outcome | no_covariate)
    if not usable.any():
        raise InputError(f"No row has values of '{outcome}' and all of {', '.join(names)}.")
    always = start_of[numbers] <= when[usable].min()
    reasons = [("no outcome", no_outcome), ("no covariate", no_covariate & ~no_outcome)]
    if not keep_always:
        reasons.append(("treated from the first period on", usable & always))
        usable = usable & ~always
        if not usable.any():
            raise InputError("All units are treated from the first period on: nothing shows how they fared before.")
    left_out = pd.concat(
        [
            pd.DataFrame({"unit": panel[unit].to_numpy()[mask], "reason": reason})
            for reason, mask in reasons
            if mask.any()
        ]
        or [pd.DataFrame({"unit": [], "reason": []})]
    )
    left_out = left_out.groupby(["unit", "reason"], as_index=False).size().rename(columns={"size": "rows"})
    return _compact(
        y[usable], x[usable], tuple(names), numbers[usable], pd.Index(units), start_of, when[usable], group_of,
        group_names, left_out,
    )  # fmt: skip


def _compact(
    y: Floats, x: Floats, names: tuple[str, ...], numbers: Integers, units: pd.Index, start_of: Floats, when: Floats,
    group_of: Integers, group_names: pd.Index, left_out: pd.DataFrame,
) -> PanelRows:  # fmt: skip
    """Units, periods and clusters that still have rows, counted anew from 0."""
    kept, unit = np.unique(numbers, return_inverse=True)
    periods, period = np.unique(when, return_inverse=True)
    if len(kept) < 2 or len(periods) < 2:
        raise InputError(
            f"The usable rows have {len(kept)} unit(s) and {len(periods)} period(s): at least two of each are needed."
        )
    start = np.where(start_of[kept] > periods[-1], np.nan, start_of[kept])
    of_unit, cluster_of_unit = np.unique(group_of[kept], return_inverse=True)
    begun = start[unit]
    return PanelRows(
        outcome=y, unit=unit, period=period, cluster=cluster_of_unit[unit], treated=when >= begun, covariates=x,
        covariate_names=names, units=units[kept], start=start, cluster_of_unit=cluster_of_unit,
        clusters=group_names[of_unit], periods=periods, left_out=left_out,
    )  # fmt: skip


def _clusters(
    panel: pd.DataFrame, unit: str, cluster: str | None, numbers: Integers, units: pd.Index
) -> tuple[pd.Index, Integers]:
    """Clusters' names, and cluster by unit."""
    if cluster is None:
        return pd.Index(units), np.arange(len(units))
    groups, names = pd.factorize(panel[cluster], sort=True)
    of_unit = np.zeros(len(units), dtype=np.intp)
    of_unit[numbers] = groups
    if (moved := of_unit[numbers] != groups).any():
        which = panel[unit].to_numpy()[moved.argmax()]
        raise InputError(f"{unit} '{which}' is in more than one '{cluster}': expected each unit in one.")
    return pd.Index(names), of_unit


def _numbers(panel: pd.DataFrame, name: str) -> Floats:
    """A column as numbers, blank as NaN."""
    given = panel[name]
    try:
        if not (pd.api.types.is_numeric_dtype(given) or given.dtype == object or given.isna().all()):
            raise TypeError(f"{given.dtype} isn't a number")
        values = given.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as problem:
        example = next((v for v in given.dropna() if not isinstance(v, (int, float))), given.dropna().iloc[0])
        raise InputError(f"Column '{name}' holds {example!r}: expected numbers (map periods to whole numbers).") from (
            problem
        )
    return np.asarray(values, dtype=float)


def _same(a: Floats, b: Floats) -> Booleans:
    return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))

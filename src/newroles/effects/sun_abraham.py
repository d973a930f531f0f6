"""What happens before and after a start, cohort by cohort in one regression? Interaction-weighted event study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.effects.absorbed import fit_absorbed, period_columns
from newroles.effects.event_effects import EventEffects, event_table
from newroles.effects.panel_rows import PanelRows, read_panel
from newroles.errors import InputError


def sun_abraham(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    cluster: str | None = None,
    covariates: Sequence[str] | None = None,
    reference: int = -1,
    level: float = 0.95,
) -> EventEffects:
    """How does the outcome differ from the reference period, by time since the start, with cohorts kept apart?

    `panel`: one row per unit and period, balanced or not; columns as in `read_panel`: `outcome`, `unit`, `time`, `start`
    (first treated period, blank for never), `cluster` (of units; each unit its own where none is given), `covariates`
    (which vary within units). `reference`: the event time that others are compared with, before the start. `level`: of the
    intervals.

    One regression with an effect for each unit, one for each period, and one for each cohort at each event time but the
    reference. Cohorts' coefficients are averaged by their rows at that event time; the overall effect averages those
    from 0 on by rows. Units never treated are the comparison; where there are none, the last cohort is, and the periods
    from its start on are left out. Units treated from the first period on are left out.

    Returns `EventEffects`. Standard errors are clustered (CR1 with the rule of R fixest, see `two_way_fixed_effects`) and
    take the shares of cohorts as given; intervals use t with as many degrees of freedom as clusters less one.
    Cohort-periods that nothing can be compared with are named in left_out.

    Raises InputError as `read_panel`, when nobody is treated within the panel, when no cohort is seen at the reference, and
    when all units are in one cluster.

    Source: Sun and Abraham 2021, doi 10.1016/j.jeconom.2020.09.006. Equals R fixest 0.11.2, sunab().

    >>> panel = pd.DataFrame({"team": list("aaabbbccc"), "month": [1, 2, 3] * 3, "start": [2] * 3 + [3] * 3 + [None] * 3})
    >>> panel["y"] = [1.0, 3, 4, 2, 2, 5, 1, 1, 2]
    >>> sun_abraham(panel, "y", "team", "month", "start").table[["key", "estimate", "n"]].round(6).abs().values.tolist()
    [[2.0, 0.0, 1.0], [0.0, 2.0, 2.0], [1.0, 2.0, 1.0], [nan, 2.0, 3.0]]
    """
    if reference >= 0:
        raise InputError(f"reference: {reference} isn't before the start; expected -1, or -2 and so on.")
    rows = _with_comparison(read_panel(panel, outcome, unit, time, start, cluster, covariates, keep_always=False))
    if len(rows.clusters) < 2:
        raise InputError(f"All units are in one {cluster}: at least two are needed to see how clusters vary.")
    since = rows.since
    known = ~np.isnan(since)
    if not rows.treated.any():
        raise InputError(f"No unit's '{start}' lies within the panel's periods: nobody is treated.")
    if not (since == reference).any():
        times = sorted({int(e) for e in since[known & (since < 0)]}, reverse=True)
        raise InputError(
            f"reference: no treated unit is seen at event time {reference}. Seen before the start: {times[:6]}."
        )
    # one column per cohort and event time; those at the reference have none
    own = np.flatnonzero(known & (since != reference))
    pairs = np.column_stack([rows.start[rows.unit[own]], since[own]])
    cells, column = np.unique(pairs, axis=0, return_inverse=True)
    column = column.ravel()
    n_cells = len(cells)
    dummies = sparse.csc_array((np.ones(len(own)), (own, column)), shape=(len(since), n_cells))
    blocks = [dummies, period_columns(rows)]
    if rows.covariates.size:
        blocks.append(sparse.csc_array(rows.covariates))
    fit = fit_absorbed(rows, sparse.hstack(blocks, format="csc"))
    size = np.bincount(column).astype(float)
    found = ~np.isnan(fit.coefficients[:n_cells])
    if not (found & (cells[:, 1] >= 0)).any():
        raise InputError("No effect can be told: units that are treated and those to compare with never meet in time.")
    keys, at = np.unique(cells[found, 1], return_inverse=True)
    weights = np.zeros((len(keys) + 1, fit.coefficients.size))
    weights[at, np.flatnonzero(found)] = size[found]
    late = found & (cells[:, 1] >= 0)
    weights[-1, :n_cells] = np.where(late, size, 0)
    n = weights.sum(axis=1)
    weights /= n[:, np.newaxis]
    se = np.sqrt(np.diag(fit.variance(weights)))
    table = event_table(
        np.append(keys, np.nan), weights @ np.nan_to_num(fit.coefficients), se, n, len(rows.clusters) - 1, level
    )
    return EventEffects(table, _with_cells(rows.left_out, cells[~found], size[~found]), len(rows.clusters))


def _with_comparison(rows: PanelRows) -> PanelRows:
    """Where nobody is never treated, the last cohort is compared with, as long as it isn't treated."""
    if np.isnan(rows.start).any() or len(rows.cohorts) < 2:
        if not np.isnan(rows.start).any():
            raise InputError("All units start together and none is never treated: there is nobody to compare with.")
        return rows
    last = rows.cohorts[-1]
    kept = rows.periods[rows.period] < last
    out = pd.DataFrame({"unit": rows.units[rows.unit[~kept]]}).groupby("unit").size().rename("rows").reset_index()
    out.insert(1, "reason", f"from period {last:g} on nobody is untreated")
    periods = rows.periods[rows.periods < last]
    # a unit all of whose rows go has no part in the rest
    units, unit = np.unique(rows.unit[kept], return_inverse=True)
    clusters, cluster_of_unit = np.unique(rows.cluster_of_unit[units], return_inverse=True)
    start = np.where(rows.start[units] == last, np.nan, rows.start[units])
    return replace(
        rows, outcome=rows.outcome[kept], unit=unit, period=rows.period[kept], cluster=cluster_of_unit[unit],
        treated=rows.treated[kept], covariates=rows.covariates[kept], units=rows.units[units], start=start,
        cluster_of_unit=cluster_of_unit, clusters=rows.clusters[clusters], periods=periods,
        left_out=pd.concat([rows.left_out, out], ignore_index=True) if len(rows.left_out) else out,
    )  # fmt: skip


def _with_cells(left_out: pd.DataFrame, cells: np.ndarray, size: np.ndarray) -> pd.DataFrame:
    """What was left out, and the cohort-periods that can't be told (the unit is blank)."""
    if not len(cells):
        return left_out
    reasons = [f"start {g:g}, event time {e:g}: nothing to compare with" for g, e in cells]
    more = pd.DataFrame({"unit": None, "reason": reasons, "rows": size.astype(int)})
    return pd.concat([left_out, more], ignore_index=True) if len(left_out) else more

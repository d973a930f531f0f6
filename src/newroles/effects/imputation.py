"""What would treated teams have had without the role? Filled in from untreated rows alone, and subtracted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.effects.absorbed import period_columns, sums_by, symmetric_inverse
from newroles.effects.event_effects import EventEffects, event_table
from newroles.effects.panel_rows import Booleans, PanelRows, read_panel
from newroles.errors import InputError
from newroles.few_clusters import Floats

# how far a row may be from what untreated rows determine, after rounding
_KNOWN = 1e-6


def imputation(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    cluster: str | None = None,
    covariates: Sequence[str] | None = None,
    level: float = 0.95,
) -> EventEffects:
    """By how much do treated rows differ from what untreated rows lead one to expect of them?

    `panel`: one row per unit and period, balanced or not; columns as in `read_panel`: `outcome`, `unit`, `time`, `start`
    (first treated period, blank for never), `cluster` (of units; each unit its own where none is given), `covariates`
    (which vary within units). `level`: of the intervals.

    A regression with an effect for each unit, one for each period and the covariates is fitted to rows not yet or never
    treated. It says what each treated row would have been; the effect is the difference. Effects are averaged by row: by
    time since the start, and overall.

    Returns `EventEffects` (event times from 0 on: this estimator's pre-trends are a regression of their own, and
    `group_time_effects` shows them). The variance is the conservative one: an effect's deviation is taken from the
    average of its cohort and period, weighted by squared weights, and summed by cluster. Where a cohort has one unit in a
    period, nothing is left of its deviation and the standard error is too small: with small cohorts, read placement tests
    beside it. Intervals are normal. Treated rows that untreated ones say nothing about are named in left_out.

    Raises InputError as `read_panel`, when nobody is treated or no row is untreated, and when no treated row can be filled
    in.

    Source: Borusyak, Jaravel and Spiess 2024, doi 10.1093/restud/rdae007, theorems 2 and 3, equations 7 and 8. Equals R
    didimputation 0.3.0.

    >>> panel = pd.DataFrame({"team": list("aaabbbccc"), "month": [1, 2, 3] * 3, "start": [2] * 3 + [3] * 3 + [None] * 3})
    >>> panel["y"] = [1.0, 3, 4, 2, 2, 5, 1, 1, 2]
    >>> imputation(panel, "y", "team", "month", "start").table[["key", "estimate", "n"]].round(6).values.tolist()
    [[0.0, 2.0, 2.0], [1.0, 2.0, 1.0], [nan, 2.0, 3.0]]
    """
    rows = read_panel(panel, outcome, unit, time, start, cluster, covariates, keep_always=False)
    if not rows.treated.any():
        raise InputError(f"No unit's '{start}' lies within the panel's periods: nobody is treated.")
    if rows.treated.all():
        raise InputError("No row is untreated: nothing shows how units fare without the role.")
    x = sparse.csr_array(sparse.hstack([period_columns(rows), sparse.csc_array(rows.covariates)]))
    known, effects, back = _impute(rows, x)
    use = np.flatnonzero(rows.treated & known)
    if not len(use):
        raise InputError(
            "No treated row can be filled in: units need rows before their start, and periods untreated ones."
        )
    since = rows.since[use]
    keys, at = np.unique(since, return_inverse=True)
    # treated rows' weights in each average (the last: overall), and what each row of the panel adds to it
    share = sparse.csc_array((np.ones(len(use)), (use, at)), shape=(len(rows.outcome), len(keys)))
    weights = sparse.hstack([share, sparse.csc_array(share.sum(axis=1)[:, np.newaxis])], format="csc")
    n = np.asarray(weights.sum(axis=0)).ravel()
    weights = sparse.csr_array(weights * (1 / n))
    estimate = weights.T @ np.nan_to_num(effects)
    moves = weights.toarray() + back(weights)
    se = _standard_errors(rows, moves, effects, known)
    table = event_table(np.append(keys, np.nan), estimate, se, n, np.inf, level)
    return EventEffects(table, _with_unknown(rows, known), len(rows.clusters))


def _impute(rows: PanelRows, x: sparse.csr_array) -> tuple[Booleans, Floats, Callable[[sparse.csr_array], Floats]]:
    """Which rows do untreated ones determine, how far is each row from its expectation, and how do weights go back?

    Returns known (by row), effects (outcome less what is expected; NaN where not known), and a function from weights of
    treated rows (rows x averages) to what untreated rows then weigh.
    """
    bare, n_units = ~rows.treated, len(rows.units)
    size = np.bincount(rows.unit[bare], minlength=n_units).astype(float)
    per = np.divide(1.0, size, out=np.zeros(n_units), where=size > 0)
    x0, sums = x[bare], sums_by(rows.unit[bare], n_units)
    by_unit = sparse.csr_array(sums @ x0)
    means = sparse.csr_array(by_unit * per[:, np.newaxis])
    gram = (x0.T @ x0).toarray() - (by_unit.T @ means).toarray()
    inverse, _, _ = symmetric_inverse(gram, np.asarray(x0.multiply(x0).sum(axis=0)).ravel())
    y0 = rows.outcome[bare]
    slope = inverse @ (x0.T @ y0 - means.T @ (sums @ y0))
    level_of = per * (sums @ y0) - means @ slope
    expected = x @ slope + level_of[rows.unit]
    # a row is determined where its columns, less its unit's untreated mean, lie in the space of untreated rows
    offset = (x - means[rows.unit]).toarray()
    length = np.sqrt(np.maximum(np.asarray(x.multiply(x).sum(axis=0)).ravel(), 1.0) / len(rows.outcome))
    astray = np.abs((offset - offset @ (inverse @ gram)) / length).max(axis=1, initial=0.0)
    known = (size[rows.unit] > 0) & (astray < _KNOWN)

    def back(weights: sparse.csr_array) -> Floats:
        """- Z0 (Z0'Z0)^-1 Z1'w: what untreated rows weigh in averages of treated rows' effects."""
        by_column, of_units = (x.T @ weights).toarray(), (sums_by(rows.unit, n_units) @ weights).toarray()
        slopes = inverse @ (by_column - means.T @ of_units)
        levels = per[:, np.newaxis] * of_units - means @ slopes
        return -np.asarray((x @ slopes + levels[rows.unit]) * bare[:, np.newaxis], dtype=float)

    return known, np.where(known, rows.outcome - expected, np.nan), back


def _standard_errors(rows: PanelRows, moves: Floats, effects: Floats, known: np.ndarray) -> Floats:
    """Conservative standard errors of averages; moves: what each row adds to each (rows x averages)."""
    use = rows.treated & known
    pairs = np.column_stack([rows.start[rows.unit[use]], rows.period[use]])
    cells, cell = np.unique(pairs, axis=0, return_inverse=True)
    sums = sums_by(np.asarray(cell).ravel(), len(cells))
    squares = moves[use] ** 2
    weight = sums @ squares
    typical = np.divide(
        sums @ (squares * effects[use][:, np.newaxis]), weight, out=np.zeros_like(weight), where=weight > 0
    )
    deviation = np.zeros_like(moves)
    deviation[use] = effects[use][:, np.newaxis] - typical[np.asarray(cell).ravel()]
    bare = ~rows.treated
    deviation[bare] = effects[bare][:, np.newaxis]
    by_cluster = sums_by(rows.cluster, len(rows.clusters)) @ (moves * deviation)
    return np.sqrt((by_cluster**2).sum(axis=0))


def _with_unknown(rows: PanelRows, known: np.ndarray) -> pd.DataFrame:
    """What was left out, and treated rows that untreated ones say nothing about, by unit."""
    lost = rows.treated & ~known
    if not lost.any():
        return rows.left_out
    more = pd.DataFrame({"unit": rows.units[rows.unit[lost]]}).groupby("unit").size().rename("rows").reset_index()
    more.insert(1, "reason", "treated rows that no untreated row of the unit or period speaks of")
    return pd.concat([rows.left_out, more], ignore_index=True) if len(rows.left_out) else more

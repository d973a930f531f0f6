"""What does the usual regression give: an effect for each unit, one for each period, and one number for the new role?

With staggered introductions and effects that change with time, this number compares teams that got the role with teams
that had it already, and can have the wrong sign. It stands here as a warning; `bacon` shows what it is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import sparse, stats

from newroles.effects.absorbed import AbsorbedFit, fit_absorbed, period_columns, sums_by
from newroles.effects.panel_rows import PanelRows, read_panel
from newroles.errors import InputError
from newroles.few_clusters import Floats, cr2, wild_cluster_bootstrap

_TREATED = "treated"


def two_way_fixed_effects(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    cluster: str | None = None,
    covariates: Sequence[str] | None = None,
    rng: np.random.Generator | None = None,
    draws: int = 999,
    level: float = 0.95,
) -> pd.DataFrame:
    """What does a regression on unit effects, period effects and "has the role by now" give, and how sure is it?

    `panel`: one row per unit and period, balanced or not; columns as in `read_panel`: `outcome`, `unit`, `time`, `start`
    (first treated period, blank for never), `cluster` (of units, such as trusts; each unit is its own where none is
    given), `covariates`. Units that are treated throughout stay. `rng`, `draws`: of the wild cluster bootstrap with more
    than 12 clusters (with up to 12, all sign vectors are used and nothing is drawn). `level`: of the intervals.

    Returns three rows, the same estimate read in three ways; method, estimate, se, df, low, high, p, n (rows), units,
    clusters:

    - "CR1": G/(G-1) x (N-1)/(N-K) times the sandwich, K counting the periods and the coefficients but not the units, which
      clusters nest (the rule of R fixest); t with G - 1 degrees of freedom;
    - "CR2": bias-reduced, with Satterthwaite's degrees of freedom (`few_clusters.cr2`);
    - "wild cluster bootstrap": p alone, under no effect for anyone on average (`few_clusters.wild_cluster_bootstrap`).

    The second and third take time and memory with the square of the clusters: thousands of them need a minute.

    Raises InputError as `read_panel`, and when units and periods leave nothing of the treatment to vary, for covariates
    that don't vary within units, fewer than two clusters, or all rows in one.

    Source: equals R fixest 0.11.2 (feols, vcov clustered) and clubSandwich 0.6.0 (CR2). Frisch and Waugh 1933, doi
    10.2307/1907330, for sweeping units out; CR2 is the same with units swept out as with a dummy each, because clusters
    nest units and rows have equal weights (Pustejovsky and Tipton 2018, doi 10.1080/07350015.2016.1247004, theorem 2).

    >>> panel = pd.DataFrame({"team": list("aaabbbccc"), "month": [1, 2, 3] * 3, "start": [2] * 3 + [3] * 3 + [None] * 3})
    >>> panel["y"] = [1.0, 3, 3, 2, 2, 5, 1, 1, 2]
    >>> two_way_fixed_effects(panel, "y", "team", "month", "start")[["method", "estimate", "se"]].round(3).values.tolist()
    [['CR1', 2.0, 0.365], ['CR2', 2.0, 0.408], ['wild cluster bootstrap', 2.0, nan]]
    """
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    rows = read_panel(panel, outcome, unit, time, start, cluster, covariates)
    if len(rows.clusters) < 2:
        raise InputError(f"All units are in one {cluster}: at least two are needed to see how clusters vary.")
    columns = sparse.hstack(
        [sparse.csc_array(rows.treated[:, np.newaxis].astype(float)), rows.covariates, period_columns(rows)],
        format="csc",
    )
    fit = fit_absorbed(rows, columns)
    _refuse_undetermined(fit, rows)
    estimate, groups = float(fit.coefficients[0]), len(rows.clusters)
    first = np.eye(1, columns.shape[1])
    se = float(np.sqrt(fit.variance(first)[0, 0]))
    common = {"estimate": estimate, "n": len(rows.outcome), "units": len(rows.units), "clusters": groups}
    swept = _swept(rows, columns)
    reduced = cr2(swept, rows.cluster, level).iloc[0]
    lines = [
        {"method": "CR1", "se": se, "df": groups - 1.0, **_t_test(estimate, se, groups - 1.0, level)},
        {"method": "CR2", "se": reduced["se"], "df": reduced["df"]}
        | _t_test(estimate, float(reduced["se"]), float(reduced["df"]), level),
        {"method": "wild cluster bootstrap", "se": np.nan, "df": np.nan, "low": np.nan, "high": np.nan}
        | {"p": wild_cluster_bootstrap(swept, rows.cluster, _TREATED, rng, draws)["p_two_sided"]},
    ]
    order = ["method", "estimate", "se", "df", "low", "high", "p", "n", "units", "clusters"]
    return pd.DataFrame([common | line for line in lines])[order]


def _refuse_undetermined(fit: AbsorbedFit, rows: PanelRows) -> None:
    if np.isnan(fit.coefficients[0]):
        raise InputError(
            "Unit and period effects explain the treatment fully: at least one unit must be untreated while another is "
            "treated, and change while another doesn't."
        )
    for name, value in zip(rows.covariate_names, fit.coefficients[1:], strict=False):
        if np.isnan(value):
            raise InputError(f"Covariate '{name}' doesn't vary within units beyond what periods and others explain.")
    if fit.rows - fit.rank - len(rows.units) <= 0:
        raise InputError(f"{fit.rows} rows leave no degrees of freedom for {len(rows.units)} units and their periods.")


def _swept(rows: PanelRows, columns: sparse.csc_array) -> Any:
    """Least squares of the same thing, every column less its unit's mean; periods that add nothing are dropped."""
    dense = np.column_stack([columns.toarray(), rows.outcome])
    size: Floats = np.bincount(rows.unit).astype(float)
    dense -= (sums_by(rows.unit, len(size)) @ dense / size[:, np.newaxis])[rows.unit]
    names = [_TREATED, *rows.covariate_names, *(f"period {p:g}" for p in rows.periods[1:])]
    kept = independent(dense[:, :-1])
    return sm.OLS(dense[:, -1], pd.DataFrame(dense[:, kept], columns=[names[i] for i in kept])).fit()


def independent(columns: Floats) -> list[int]:
    """Which columns add something to those before them? Positions.

    >>> independent(np.array([[1.0, 2, 0], [0, 0, 1], [1, 2, 1]]))
    [0, 2]
    """
    length = np.linalg.norm(columns, axis=0)
    triangle: Floats = np.asarray(np.linalg.qr(columns / np.where(length > 0, length, 1.0), mode="r"))
    rank = np.linalg.matrix_rank(triangle, tol=1e-8)
    if rank == columns.shape[1]:
        return list(range(columns.shape[1]))
    kept: list[int] = []
    for j in range(columns.shape[1]):
        if np.linalg.matrix_rank(triangle[:, [*kept, j]], tol=1e-8) > len(kept):
            kept.append(j)
    return kept


def _t_test(estimate: float, se: float, df: float, level: float) -> dict[str, float]:
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * se
    p = float(2 * stats.t.sf(abs(estimate) / se, df)) if se > 0 else np.nan
    return {"low": estimate - reach, "high": estimate + reach, "p": p}

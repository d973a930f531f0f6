"""Which of many results stand, when many were looked at? Several measures, or several kinds of teams, judged together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from newroles.effects.group_time import GroupTimeEffects
from newroles.errors import InputError
from newroles.few_clusters import Floats, Integers

_COLUMNS = ["name", "estimate", "se", "low", "high", "p_two_sided", "p_holm", "p_step_down", "n"]
_LEAST = 99


def many_measures(
    effects: Mapping[str, GroupTimeEffects],
    clusters: pd.Series | None = None,
    draws: int = 1999,
    rng: np.random.Generator | None = None,
    kind: str = "simple",
) -> pd.DataFrame:
    """Which measures changed, when all measures of a group are judged together?

    `effects`: by measure, as `group_time_effects` gives them. `clusters`: which cluster (a trust, say) each unit is in, indexed by
    unit; without it each unit is its own. `draws`, `rng`, and the p values: as for `step_down`. `kind`: of average.

    Returns one row per measure, in the order given: name, estimate, se, low, high (those of `effects`), p_two_sided, p_holm,
    p_step_down (blank where the average has no se), n (units).

    Raises InputError for no measure, and a unit without a cluster.
    """
    if not effects:
        raise InputError("There is no measure to judge.")
    parts, rows = {}, []
    for name, found in effects.items():
        table, influence = found.influence_of(kind)
        parts[name] = pd.Series(influence[:, 0] / len(influence), index=found.units["unit"].to_numpy())
        rows.append({"name": name, **table.iloc[0][["estimate", "se", "low", "high"]].to_dict(), "n": len(influence)})
    table = pd.DataFrame(rows)
    # an average without a standard error has no p value, whatever its parts add up to
    estimates = table.set_index("name")["estimate"].where(table["se"].notna().to_numpy())
    judged = step_down(estimates, by_cluster(pd.DataFrame(parts), clusters), draws, rng)
    p = judged[["name", "p_two_sided", "p_holm", "p_step_down"]]
    return table.merge(p, on="name", validate="one_to_one")[_COLUMNS]


def by_cluster(influence: pd.DataFrame, clusters: pd.Series | None = None) -> pd.DataFrame:
    """What does each cluster add to the error of each estimate? Units' parts added up; a unit without a part adds nothing.

    `influence`: units x estimates. `clusters`: cluster of each unit, indexed by unit. Blank where no unit of a cluster has a part.

    Raises InputError for a unit without a cluster.

    >>> parts = pd.DataFrame({"a": [1.0, 2, 3]}, index=["T1", "T2", "T3"])
    >>> by_cluster(parts, pd.Series({"T1": "X", "T2": "X", "T3": "Y"}))["a"].tolist()
    [3.0, 3.0]
    """
    if clusters is None:
        return influence
    of = clusters.reindex(influence.index)
    if of.isna().any():
        raise InputError(f"clusters: '{of.index[of.isna()][0]}' has none; say which cluster each unit is in.")
    return influence.groupby(of.to_numpy()).sum(min_count=1)


def step_down(
    estimates: pd.Series,
    influence: pd.DataFrame,
    draws: int = 1999,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Which of these estimates differ from nought, with the chance of any false alarm among them held down?

    `estimates`: by name. `influence`: clusters x names; what each independent cluster adds to the error of each estimate, so
    that the variance is the sum of squares; blank for a cluster that an estimate doesn't rest on. `draws`, `rng`: of the multiplier
    bootstrap.

    Three p values: by itself (t with its own clusters - 1 degrees of freedom); Holm's, which supposes nothing about how estimates hang
    together; and the step-down one, which uses it: the largest |t| is set against the largest of all draws, the next against the
    largest of those left, and so on; p = (1 + count) / (draws + 1), never smaller than that of the estimate before it. In a draw the
    rows of all clusters get a random sign, the same one for all estimates, and t is the sum over its own standard error, taken around
    the mean of the draw, so that its tails are as heavy as few clusters make them. With few clusters signs have few
    combinations: p can't be smaller than 2 / 2^clusters.

    Returns one row per name: name, estimate, se, low, high (by itself, t), p_two_sided, p_holm, p_step_down. Blank where the estimate
    or its variance isn't known: it counts in none of them.

    Raises InputError for names that differ, fewer than two clusters, and fewer than 99 draws.

    Source: Holm 1979, Scandinavian Journal of Statistics 6(2), 65-70; Westfall and Young 1993, Resampling-based multiple testing;
    Romano and Wolf 2005, doi 10.1111/j.1468-0262.2005.00615.x (step-down with the bootstrap).

    >>> parts = pd.DataFrame({"a": [1.0, -1, 1, -1] * 5, "b": [1.0, 1, -1, -1] * 5})
    >>> table = step_down(pd.Series({"a": 18.0, "b": 2.0}), parts, 999, np.random.default_rng(1))
    >>> table[["p_two_sided", "p_holm", "p_step_down"]].round(3).values.tolist()
    [[0.001, 0.001, 0.005], [0.66, 0.66, 0.818]]
    """
    if list(estimates.index) != list(influence.columns):
        raise InputError("The names of the estimates and of their influence differ, or stand in another order.")
    if len(influence) < 2:
        raise InputError("At least two clusters are needed to see how estimates vary.")
    if draws < _LEAST:
        raise InputError(f"draws: {draws} are too few; take {_LEAST} or more.")
    rng = np.random.default_rng() if rng is None else rng
    counted = influence.notna().to_numpy().sum(axis=0)
    parts = influence.fillna(0.0).to_numpy(dtype=float)
    se = np.sqrt((parts**2).sum(axis=0))
    value = estimates.to_numpy(dtype=float)
    known = np.isfinite(value) & (se > 0) & (counted > 1)
    df = np.maximum(counted - 1, 1)
    t = np.where(known, value / np.where(known, se, 1.0), np.nan)
    alone = 2 * stats.t.sf(np.abs(t), df)
    holm, stepped = np.full(len(t), np.nan), np.full(len(t), np.nan)
    if known.any():
        holm[known] = holm_adjusted(alone[known])
        stepped[known] = _stepped(np.abs(t[known]), parts[:, known] / se[known], counted[known], draws, rng)
    reach = stats.t.ppf((1 + level) / 2, df) * np.where(known, se, np.nan)
    return pd.DataFrame({
        "name": list(estimates.index), "estimate": value, "se": np.where(known, se, np.nan), "low": value - reach,
        "high": value + reach, "p_two_sided": alone, "p_holm": holm, "p_step_down": stepped,
    })  # fmt: skip


def holm_adjusted(p: npt.ArrayLike) -> Floats:
    """What are these p values when the chance of any false alarm among them is held down, whatever hangs together?

    The smallest counts as often as there are, the next once less, and so on, none less than the one before. statsmodels has it too
    (multipletests), but clears the memory on every call, which takes longer than all the rest.

    Source: Holm 1979, Scandinavian Journal of Statistics 6(2), 65-70.

    >>> holm_adjusted([0.04, 0.01, 0.03])
    array([0.06, 0.03, 0.06])
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1.0)
    return adjusted


def _stepped(t: Floats, scaled: Floats, counted: Integers, draws: int, rng: np.random.Generator) -> Floats:
    """Step-down p values of the largest |t|: each against the largest draw among itself and those with smaller |t|.

    counted: how many clusters each estimate rests on.
    """
    order = np.argsort(-t)
    signs = rng.integers(0, 2, (draws, len(scaled))) * 2.0 - 1.0
    squared = (signs @ scaled[:, order]) ** 2
    left = np.maximum(
        1 - squared / counted[order], 1e-12
    )  # of the sum of squares, once the mean of the draw is taken off
    drawn = np.sqrt(squared / left)
    largest = np.maximum.accumulate(drawn[:, ::-1], axis=1)[:, ::-1]
    p = (1 + (largest >= t[order] * (1 - 1e-9)).sum(axis=0)) / (draws + 1)
    p = np.maximum(
        p, np.minimum(1.0, 2.0 ** (1.0 - counted[order]))
    )  # so few clusters have no more ways of drawing signs
    stepped = np.empty(len(t))
    stepped[order] = np.maximum.accumulate(p)
    return stepped

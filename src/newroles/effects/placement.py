"""Which effect would have shown if introduction dates had been placed otherwise? Inference by design, for few trusts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.effects.absorbed import fit_absorbed, period_columns
from newroles.effects.panel_rows import PanelRows, read_panel
from newroles.effects.placements import placements
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats, Integers

STATISTICS = ("studentised", "plain")
CONTROLS = ("never", "not_yet")
# statistics this near to the one observed are the same number, reached in another order of adding
_SAME = 1e-9
# numbers held at a time, by placement and unit
_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class PlacementTest:
    """What a placement test found.

    summary: estimate, se, statistic, p_two_sided, p_low, p_high, low, high, placements, exact, n (treated
    unit-periods compared), units, clusters.
    estimates: the simple average effect under each placement; statistics: the same as they were compared.
    left_out: unit, reason, rows.
    """

    summary: pd.Series
    estimates: Floats
    statistics: Floats
    left_out: pd.DataFrame


def placement_test(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    cluster: str | None = None,
    statistic: str = "studentised",
    among: str = "units",
    within: str | None = None,
    control: str = "never",
    draws: int = 999,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
    covariates: Sequence[str] | None = None,
) -> PlacementTest:
    """How often would an effect as large as this show, had the same dates fallen to other teams, if roles changed nothing?

    `panel`: one row per unit and period, balanced or not; columns as in `read_panel`: `outcome`, `unit`, `time`, `start`
    (first treated period, blank for never), `cluster` (of units, such as trusts). `among`: "units" (dates change places
    between units) or "clusters" (a cluster takes the whole set of dates of another with as many units, which they take in
    any order). `within`: a column; dates change places only within its values. `control`: "never" or "not_yet" treated
    units are compared with. `draws`, `rng`: with more than 20,000 distinct placements, so many are drawn; else all are
    used. `level`: of the interval. `covariates`: columns of numbers that vary within units, such as a characteristic times each
    period; see below.

    The estimate is the simple average of group-time effects (base: the last period before the start), as
    `group_time_effects(...).aggregate("simple")` has it without covariates, but that cohorts of one unit count here.
    With `covariates`, outcomes are first freed of what goes with these in a regression on units, periods and them, which doesn't
    know who was treated when: so the test stays exact. What a constant effect would lose by this is given back to the estimate.
    `statistic`: "studentised" divides it by its standard error
    (clustered, weights taken as given) under each placement; "plain" doesn't.

    The null is sharp: no value would differ had dates been placed otherwise, nor would it be missing. The test supposes
    that dates fell as at random: among units (of a stratum), or among clusters. It doesn't suppose parallel trends, large
    numbers, or that teams of a trust are independent. Studentised, it also holds roughly, with many clusters, for the weaker
    null that effects are nil on average.

    Returns a `PlacementTest`. p_two_sided: the share of placements with a statistic as far from nought, of all placements
    (exact), or (1 + count) / (1 + draws); p_high, p_low: as large or larger, as small or smaller. low, high: which
    constant effects the two-sided test doesn't refuse when subtracted from treated rows (plain: exact, with covariates no
    narrower than that; studentised: the outermost on a grid to 20 standard errors, then by halving); infinite where
    placements are too few to refuse any.

    Raises InputError as `read_panel`; for unknown choices, a `within` that changes within a unit (or within a cluster that
    moves whole), nobody treated, nobody to compare with, no other placement, covariates that explain all of the treatment, and
    (studentised) a standard error of nought.

    Source: Fisher's randomisation test, as for clusters in Gail et al. 1996, doi
    10.1002/(SICI)1097-0258(19960615)15:11<1069::AID-SIM220>3.0.CO;2-Q; studentised for staggered introduction in Roth and
    Sant'Anna 2023, doi 10.1086/726581; p values by Phipson and Smyth 2010, doi 10.2202/1544-6115.1585; covariates as in
    Rosenbaum 2002, doi 10.1214/ss/1042727942.

    >>> panel = pd.DataFrame({"team": list("aabbccdd"), "month": [1, 2] * 4, "start": [2] * 4 + [None] * 4})
    >>> panel["y"] = [1.0, 4, 2, 6, 1, 2, 3, 3]
    >>> test = placement_test(panel, "y", "team", "month", "start", statistic="plain")
    >>> test.summary[["estimate", "p_two_sided", "p_high", "placements"]].astype(float).round(3).tolist()
    [3.0, 0.333, 0.167, 6.0]
    """
    for name, value, valid in (("statistic", statistic, STATISTICS), ("control", control, CONTROLS)):
        if value not in valid:
            raise InputError(f"{name}: unknown '{value}'. {did_you_mean(value, valid)}")
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    rows = read_panel(panel, outcome, unit, time, start, cluster, covariates, keep_always=False)
    never = len(rows.cohorts)
    dates = np.where(np.isnan(rows.start), never, np.searchsorted(rows.cohorts, rows.start))
    if never == 0:
        raise InputError(f"No unit's '{start}' lies within the panel's periods: nobody is treated.")
    if control == "never" and not (dates == never).any():
        raise InputError("Every unit is treated at some time: there is no never-treated one. Use control='not_yet'.")
    strata = _strata(panel, unit, within, rows, among)
    placed, exact = placements(dates, rows.cluster_of_unit, strata, among, draws, rng)
    found = _effects(rows, np.vstack([dates, placed]), control)
    if rows.covariate_names:
        found = found.per_unit_of_effect()
    if np.isnan(found.estimate[0]):
        raise InputError("No effect can be told: units that are treated and those to compare with never meet in time.")
    se = found.se(0.0)
    if statistic == "studentised" and not se[0] > _SAME * np.nanmax(np.abs(found.estimate)):
        raise InputError(
            "The estimate has no standard error here (too few units, or outcomes that don't vary): use statistic='plain'."
        )
    plain = statistic == "plain"
    compared = found.estimate if plain else _divided(found.estimate, se)
    own, others = compared[0], np.nan_to_num(compared[1:], nan=np.inf)
    # effects of nought differ from one another by rounding alone, so what is near is judged by what is usual too
    near = _SAME * max(abs(own), float(np.nanmax(np.abs(found.estimate))) if plain else 1.0)
    ends = _plain_interval(found, exact, level) if plain else _studentised_interval(found, exact, level)
    summary = {
        "estimate": found.estimate[0], "se": se[0], "statistic": own,
        "p_two_sided": _share(np.abs(others) >= abs(own) - near, exact),
        "p_low": _share((others <= own + near) | np.isinf(others), exact),
        "p_high": _share(others >= own - near, exact),
        "low": ends[0], "high": ends[1], "placements": len(placed), "exact": exact,
        "n": int(found.treated[0]), "units": len(rows.units), "clusters": len(rows.clusters),
    }  # fmt: skip
    return PlacementTest(pd.Series(summary, dtype=object), found.estimate[1:], compared[1:], rows.left_out)


class _Effects(NamedTuple):
    """By placement (the actual one first): the simple average effect, the effect that a constant effect of 1 would show,

    sums by cluster for the variance (of outcome squared, outcome x effect, effect squared), and how many unit-periods.
    """

    estimate: Floats
    constant: Floats
    squares: Floats
    treated: Floats

    def se(self, effect: float) -> Floats:
        """Standard errors after a constant effect is subtracted from treated rows."""
        y, both, d = self.squares
        return np.sqrt(np.maximum(y - 2 * effect * both + effect**2 * d, 0))

    def per_unit_of_effect(self) -> _Effects:
        """All of it so that a constant effect of 1 shows as 1 under the actual placement, whatever covariates took of it."""
        own = self.constant[0]
        if own < _SAME:
            raise InputError("The covariates explain all of the treatment: nothing is left of it to compare.")
        return _Effects(self.estimate / own, self.constant / own, self.squares / own**2, self.treated)


def _effects(rows: PanelRows, dates: Integers, control: str) -> _Effects:
    """The simple average of group-time effects under each placement (rows of `dates`), by sums that products give."""
    n_units, n_periods = len(rows.units), len(rows.periods)
    values = np.full((2, n_units, n_periods), np.nan)
    values[0, rows.unit, rows.period] = _freed(rows, rows.outcome)
    values[1, rows.unit, rows.period] = _freed(rows, rows.treated.astype(float))
    size = max(_AT_ONCE // max(n_units * 4, n_periods * 8), 1)
    parts = [_effects_of(values, rows, dates[first : first + size], control) for first in range(0, len(dates), size)]
    return _Effects(
        np.concatenate([p.estimate for p in parts]),
        np.concatenate([p.constant for p in parts]),
        np.concatenate([p.squares for p in parts], axis=1),
        np.concatenate([p.treated for p in parts]),
    )


def _freed(rows: PanelRows, values: Floats) -> Floats:
    """Values less what goes with covariates; with these go effects of units and periods, which cancel in every comparison."""
    if not rows.covariate_names:
        return values
    columns = sparse.hstack([sparse.csc_array(rows.covariates), period_columns(rows)], format="csc")
    return fit_absorbed(replace(rows, outcome=values), columns).residual


def _effects_of(values: Floats, rows: PanelRows, dates: Integers, control: str) -> _Effects:
    cohorts, never, n_placed = rows.cohorts, len(rows.cohorts), len(dates)
    has = {h: (dates == h).astype(float) for h in range(never + 1)}
    cells = []
    total, compared = np.zeros(n_placed), np.zeros(n_placed)
    sums = np.zeros((2, n_placed))
    for g, begin in enumerate(cohorts):
        base = int(np.searchsorted(rows.periods, begin)) - 1
        after = np.arange(base + 1, len(rows.periods))
        change = values[:, :, after] - values[:, :, [base]]
        seen = ~np.isnan(change[0])
        change = np.where(seen, change, 0.0)
        # who may be compared with, by period: those never treated, and (not yet) those of later dates until then
        others = [(never, np.ones(len(after), dtype=bool))]
        if control == "not_yet":
            others += [(h, rows.periods[after] < cohorts[h]) for h in range(g + 1, never)]
        treated_n = has[g] @ seen
        control_n = sum(((has[h] @ seen) * until for h, until in others), np.zeros_like(treated_n))
        valid = (treated_n > 0) & (control_n > 0)
        weight = valid * has[g].sum(axis=1, keepdims=True)
        per_treated = np.divide(1.0, treated_n, out=np.zeros_like(treated_n), where=valid)
        per_control = np.divide(1.0, control_n, out=np.zeros_like(treated_n), where=valid)
        treated_mean = [(has[g] @ c) * per_treated for c in change]
        control_mean = [
            sum(((has[h] @ c) * until for h, until in others), np.zeros_like(weight)) * per_control for c in change
        ]
        total += weight.sum(axis=1)
        compared += (treated_n * valid).sum(axis=1)
        for q in range(2):
            sums[q] += (weight * (treated_mean[q] - control_mean[q])).sum(axis=1)
        cells.append((g, change, seen, others, weight, per_treated, per_control, treated_mean, control_mean))
    scale = np.divide(1.0, total, out=np.full(n_placed, np.nan), where=total > 0)
    # what each unit adds to the estimate beyond its group's mean
    moves = np.zeros((2, *dates.shape))
    for g, change, seen, others, weight, per_treated, per_control, treated_mean, control_mean in cells:
        for q in range(2):
            a, b = weight * per_treated, weight * per_control
            moves[q] += has[g] * (a @ change[q].T - (a * treated_mean[q]) @ seen.T)
            for h, until in others:
                at = b * until
                moves[q] -= has[h] * (at @ change[q].T - (at * control_mean[q]) @ seen.T)
    moves *= scale[:, np.newaxis]
    groups = len(rows.clusters)
    member = np.zeros((len(rows.units), groups))
    member[np.arange(len(rows.units)), rows.cluster_of_unit] = 1.0
    y, d = moves @ member
    small = groups / max(groups - 1, 1)
    squares = small * np.stack([(y * y).sum(axis=1), (y * d).sum(axis=1), (d * d).sum(axis=1)])
    return _Effects(sums[0] * scale, sums[1] * scale, squares, compared)


def _divided(estimate: Floats, se: Floats) -> Floats:
    """Estimates by their standard errors; infinite, so as large as any, where a placement has none."""
    usable = se > _SAME * np.nanmax(se)
    return np.divide(estimate, se, out=np.full_like(estimate, np.inf), where=usable)


def _share(as_large: np.ndarray, exact: bool) -> float:
    return float(as_large.mean() if exact else (1 + as_large.sum()) / (1 + len(as_large)))


def _plain_interval(found: _Effects, exact: bool, level: float) -> tuple[float, float]:
    """Constant effects that the plain test doesn't refuse.

    With effect e subtracted, placement r shows a_r - e b_r and the actual one a_0 - e. The first is as large while e lies
    between (a_0 - a_r) / (1 - b_r) and (a_0 + a_r) / (1 + b_r), around a_0: so the ends are order statistics.
    """
    own = found.estimate[0]
    a, b = np.nan_to_num(found.estimate[1:], nan=np.inf), found.constant[1:]
    same = (np.abs(a - own) <= _SAME * max(abs(own), 1e-300)) & (np.abs(b - 1) <= _SAME)
    always = same | np.isinf(a) | ~(np.abs(b) <= 1 + _SAME)
    with np.errstate(divide="ignore", invalid="ignore"):
        roots = np.stack([(own - a) / np.maximum(1 - b, 0), (own + a) / np.maximum(1 + b, 0)])
    roots = np.where(np.isnan(roots), own, roots)
    below, above = np.where(always, -np.inf, roots.min(axis=0)), np.where(always, np.inf, roots.max(axis=0))
    # as many placements as must still be as large for p to stay above 1 - level
    needed = int(np.floor((1 - level) * (len(a) + (0 if exact else 1)) + 1e-9)) + (1 if exact else 0)
    if needed < 1:
        return -np.inf, np.inf
    return float(np.sort(below)[needed - 1]), float(np.sort(above)[-needed])


def _studentised_interval(found: _Effects, exact: bool, level: float) -> tuple[float, float]:
    own, se = found.estimate[0], float(found.se(0.0)[0])
    y, both, d = found.squares

    def kept(effect: float) -> bool:
        spread = np.sqrt(np.maximum(y - 2 * effect * both + effect**2 * d, 0))
        t = np.abs(_divided(found.estimate - effect * found.constant, spread))
        t = np.nan_to_num(t, nan=np.inf, posinf=np.inf)
        return _share(t[1:] >= t[0] * (1 - _SAME), exact) > 1 - level + 1e-12

    ends = []
    for side in (-1.0, 1.0):
        steps = own + side * se * np.linspace(0, 20, 41)
        inside = np.flatnonzero([kept(effect) for effect in steps])
        if len(inside) and inside[-1] == len(steps) - 1:
            ends.append(side * np.inf)
            continue
        last = int(inside[-1]) if len(inside) else 0
        near, far = float(steps[last]), float(steps[last + 1])
        for _ in range(25):
            middle = (near + far) / 2
            near, far = (middle, far) if kept(middle) else (near, middle)
        ends.append((near + far) / 2)
    return ends[0], ends[1]


def _strata(panel: pd.DataFrame, unit: str, within: str | None, rows: PanelRows, among: str) -> Integers:
    """Which stratum is each unit in? All in one where none is named."""
    if within is None:
        return np.zeros(len(rows.units), dtype=np.intp)
    if within not in panel.columns:
        raise InputError(f"The panel has no column '{within}'. {did_you_mean(within, map(str, panel.columns))}")
    held = panel.groupby(unit)[within].agg(["nunique", "count", "size", "first"]).loc[rows.units]
    wrong = (held["nunique"] != 1) | (held["count"] != held["size"])
    if wrong.any():
        raise InputError(
            f"{unit} '{held.index[wrong.to_numpy()][0]}' has no one value of '{within}' in all its rows: "
            "expected each unit in one stratum."
        )
    strata = pd.factorize(held["first"])[0]
    if among == "clusters":
        least, most = np.full(len(rows.clusters), len(strata)), np.full(len(rows.clusters), -1)
        np.minimum.at(least, rows.cluster_of_unit, strata)
        np.maximum.at(most, rows.cluster_of_unit, strata)
        if (least < most).any():
            raise InputError(
                f"Cluster '{rows.clusters[least < most][0]}' has units in more than one '{within}': "
                "clusters that move whole must lie in one stratum each."
            )
    return strata

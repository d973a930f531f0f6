"""What did an introduction change, for each group that started together and each period? Group-time average effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.effects.aggregation import Cells, averages
from newroles.effects.comparisons import WidePanel, note, read_panel, usable
from newroles.effects.estimators import METHODS, NotEstimableError, difference_in_differences
from newroles.effects.multiplier import cluster_sums, largest_draws
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats, Integers

_CHOICES: dict[str, tuple[str, ...]] = {
    "control": ("never", "not_yet"),
    "method": METHODS,
    "base": ("varying", "universal"),
    "interval": ("normal", "t"),
}


@dataclass(frozen=True, eq=False)
class GroupTimeEffects:
    """Average effects on those treated, by group and time, and all that is needed to average and to judge them.

    table: one row per group and time: group (first treated period), time, estimate, se, low, high, n (units compared).
    comparisons: the same rows: group, time, base (the period compared with), treated, comparison (units), after (from the
    start on). left_out: what isn't used: what (unit, start, group, period, effect, se), which, why. units: unit, start
    (blank: never) and cluster (from 0). influence: units x rows of table; with sums by cluster, se^2 is their sum of squares /
    units^2. anticipation, level, interval: as they were chosen.
    """

    table: pd.DataFrame
    comparisons: pd.DataFrame
    left_out: pd.DataFrame
    units: pd.DataFrame
    influence: Floats
    anticipation: float
    level: float
    interval: str
    cells: Cells

    def aggregate(
        self,
        kind: str = "simple",
        min_e: float | None = None,
        max_e: float | None = None,
        balance: float | None = None,
    ) -> pd.DataFrame:
        """What is the effect on average?

        `kind`: "simple" (over all), "dynamic" (by periods since the start), "group" or "calendar" (by period): see
        `aggregation.averages` for the weights, and for `min_e`, `max_e` (range of event times) and `balance` (the same groups
        at every event time up to this one).

        Returns kind, key (event time, group or period; blank for the first row, which is over all), estimate, se, low, high.
        se is blank where every cell averaged has none. Raises InputError for an unknown kind or when nothing is left.
        """
        return self.influence_of(kind, min_e, max_e, balance)[0]

    def influence_of(
        self,
        kind: str = "group_time",
        min_e: float | None = None,
        max_e: float | None = None,
        balance: float | None = None,
    ) -> tuple[pd.DataFrame, Floats]:
        """Which influence function has each average? The table of `aggregate` and an array, units x its rows.

        `kind` may be "group_time" too, for the table of group-time effects itself.
        """
        if kind == "group_time":
            if (min_e, max_e, balance) != (None, None, None):
                raise InputError("min_e, max_e and balance are for averages: choose one with kind, or leave them out.")
            return self.table, self.influence
        found = averages(self.cells, kind, min_e, max_e, balance)
        se = np.where(found.known, _standard_errors(found.influence, self._clusters()), np.nan)
        table = pd.DataFrame({"kind": kind, "key": found.key, "estimate": found.estimate, "se": se})
        reach = _critical(self.interval, self.level, self._clusters()) * table["se"]
        return table.assign(low=table["estimate"] - reach, high=table["estimate"] + reach), found.influence

    def bands(
        self,
        kind: str = "dynamic",
        draws: int = 1000,
        rng: np.random.Generator | None = None,
        weights: str = "mammen",
        min_e: float | None = None,
        max_e: float | None = None,
        balance: float | None = None,
    ) -> pd.DataFrame:
        """Between which values do all effects lie at once, at the level chosen?

        `kind`: as in `aggregate`, or "group_time". `draws`, `rng`, `weights`: of the multiplier bootstrap (see
        `multiplier.largest_draws`), which draws clusters. `min_e`, `max_e`,
        `balance`: as in `aggregate`.

        Returns the rows with a key (all rows, for "simple" and "group_time") with low and high replaced, and critical, the
        number of standard errors on either side: the bootstrap's quantile of the largest |t|, never below the pointwise one
        (with interval "t", times the ratio of t's quantile to the normal one). R did scales draws by their interquartile range;
        here by the analytic se. Groups should have some size: of 300 invented samples with 10, 20 and 100 units in each of
        four groups, the 90 % bands held all 15 effects in 75, 84 and 88 %.
        """
        table, influence = self.influence_of(kind, min_e, max_e, balance)
        rows = table["key"].notna().to_numpy() if "key" in table and len(table) > 1 else np.ones(len(table), dtype=bool)
        table, influence = table[rows].reset_index(drop=True), influence[:, rows]
        known = table["se"].gt(0).to_numpy()
        critical = _critical(self.interval, self.level, self._clusters())
        if known.any():
            sums = cluster_sums(influence[:, known], self._clusters())
            spread = np.sqrt((sums**2).sum(axis=0))
            largest = float(np.quantile(largest_draws(sums, spread, draws, rng, weights), self.level))
            critical *= max(1.0, largest / _critical("normal", self.level, self._clusters()))
        reach = critical * table["se"]
        return table.assign(low=table["estimate"] - reach, high=table["estimate"] + reach, critical=critical)

    def pretest(
        self, kind: str = "group_time", draws: int = 1000, rng: np.random.Generator | None = None
    ) -> pd.Series[Any]:
        """Did treated and comparison units already differ in their change before the start (and its anticipation)?

        `kind`: "group_time", all cells before the start, or "dynamic", their averages by event time. Two tests that
        all are nought: Wald's, read against chi-square (as R did); it is too ready to find differences when there are not many
        more clusters than estimates; and the largest |t| against `draws` of the multiplier bootstrap by `rng`.

        Returns wald, df, p_wald, largest_t, p_largest_t, estimates and clusters. Wald's is blank where the estimates'
        variance can't be inverted, as with no more clusters than estimates. A large p doesn't show that trends are parallel.

        Raises InputError for another kind, or when there is no period to compare before the start.
        """
        if kind not in ("group_time", "dynamic"):
            raise InputError(f"No test for '{kind}'. {did_you_mean(str(kind), ['group_time', 'dynamic'])}")
        table, influence = self.influence_of(kind)
        event = table["time"] - table["group"] if kind == "group_time" else table["key"]
        before = (event < -self.anticipation).to_numpy() & table["se"].gt(0).to_numpy()
        if not before.any():
            raise InputError("No period before the start can be compared with another: there is nothing to test.")
        estimate = table.loc[before, "estimate"].to_numpy()
        sums = cluster_sums(influence[:, before], self._clusters())
        spread = np.sqrt((sums**2).sum(axis=0))
        t = estimate * len(influence) / spread
        scaled = sums / spread
        wald = np.nan
        if len(sums) > len(t) and np.linalg.matrix_rank(scaled, tol=1e-8) == len(t):
            wald = float(t @ np.linalg.solve(scaled.T @ scaled, t))
        largest = float(np.abs(t).max())
        as_large = (largest_draws(sums, spread, draws, rng) >= largest).sum()
        found = {"wald": wald, "df": len(t), "p_wald": float(stats.chi2.sf(wald, len(t))), "largest_t": largest}
        more = {"p_largest_t": (1 + as_large) / (1 + draws), "estimates": len(t), "clusters": len(sums)}
        return pd.Series({**found, **more}, dtype=float)

    def _clusters(self) -> Integers:
        return self.units["cluster"].to_numpy()


def group_time_effects(
    panel: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    start: str,
    control: str = "never",
    covariates: Sequence[str] | None = None,
    method: str = "dr",
    base: str = "varying",
    cluster: str | None = None,
    *,
    anticipation: float = 0,
    level: float = 0.95,
    interval: str = "normal",
) -> GroupTimeEffects:
    """What did starting at g change by period t, on average over the units that started at g?

    `panel`: one row per unit and period: `outcome`, `unit`, `time` (a number), `start` (first treated period; blank: never).
    Treatment lasts once started. `control`: compare with units "never" treated, or also with those "not_yet" treated.
    `base`: before the start, compare each period with the one before ("varying") or, like those after it, with the last
    period before the start ("universal", whose row is nought without se). `covariates`: columns of numbers, read in the
    earlier of the two periods compared: trends are then supposed parallel among units alike in them; `method`: "dr"
    (doubly robust), "reg" or "ipw" (see `estimators`), all the same without covariates. `anticipation`: periods before the start in
    which outcomes may move already; they are compared with the last period before those. `cluster`: a column (trust, say) whose
    units may depend on one another; else units are independent. `level`, `interval`: of low and high, with normal quantiles
    or those of t with clusters - 1 degrees of freedom.

    Each effect uses the units observed in both of its periods (a gap in the base period takes a unit out of all effects after
    its start, which left_out says); averages weigh groups by all their units. With a complete panel this is R did's
    estimator. Standard errors are analytic: influence functions are added up within clusters and
    squared; se = sqrt(sum of squares) / units, without a factor for few clusters. A group of one unit is left out, and an
    effect with all treated or all comparison units in one cluster has no se: nothing shows how they vary.

    Returns GroupTimeEffects: .table, .aggregate(kind), .bands(kind), .pretest(), .left_out and more.

    Raises InputError for unusable columns, duplicated unit-periods, a unit with two starts, nobody to compare with, nobody
    treated after the first period, blank outcomes throughout, or an unknown choice.

    Source: Callaway and Sant'Anna 2021, doi 10.1016/j.jeconom.2020.12.001. Equals R did 2.1.2 (att_gt, aggte, analytic se).

    >>> rows = pd.DataFrame({"team": list("aabbccdd"), "year": [1, 2] * 4, "since": [2] * 4 + [None] * 4})
    >>> rows["days"] = [10, 14, 20, 26, 10, 11, 20, 23]
    >>> group_time_effects(rows, "days", "team", "year", "since").table.round(2).to_dict("records")
    [{'group': 2, 'time': 2, 'estimate': 3.0, 'se': 1.0, 'low': 1.04, 'high': 4.96, 'n': 4}]
    """
    for name, choice in (("control", control), ("method", method), ("base", base), ("interval", interval)):
        if choice not in _CHOICES[name]:
            raise InputError(f"There is no {name} '{choice}'. {did_you_mean(str(choice), _CHOICES[name])}")
    if not 0 < level < 1:
        raise InputError(f"level: expected a number between 0 and 1 such as 0.95, not {level!r}.")
    if not 0 <= anticipation < np.inf:
        raise InputError(f"anticipation: expected a number of periods, 0 or more, not {anticipation!r}.")
    wide = usable(read_panel(panel, outcome, unit, time, start, covariates or (), cluster), control, anticipation)
    if wide.clusters.max() == 0:
        raise InputError(f"All units that can be used are in one '{cluster or unit}': at least two are needed.")
    rows, influence = _all_effects(wide, control, method, base, anticipation)
    if not any(row["after"] for row in rows):
        why = "; ".join(sorted({str(entry["why"]) for entry in wide.left_out}))
        raise InputError(f"No effect can be estimated. Left out: {why}.")
    table = pd.DataFrame(rows)
    group, when, estimate = (table[column].to_numpy(dtype=float) for column in ("group", "time", "estimate"))
    cells = Cells(group, when, estimate, influence, wide.start, table["known"].to_numpy(dtype=bool), wide.periods)
    for column in ("group", "time", "base"):
        if (table[column] % 1 == 0).all():
            table[column] = table[column].astype("int64")
    se = np.where(cells.known, _standard_errors(influence, wide.clusters), np.nan)
    reach = _critical(interval, level, wide.clusters) * se
    table["n"] = table["treated"] + table["comparison"]
    table = table.assign(se=se, low=cells.estimate - reach, high=cells.estimate + reach)
    units = {"unit": wide.units, "start": np.where(np.isinf(wide.start), np.nan, wide.start), "cluster": wide.clusters}
    return GroupTimeEffects(
        table=table[["group", "time", "estimate", "se", "low", "high", "n"]],
        comparisons=table[["group", "time", "base", "treated", "comparison", "after"]],
        left_out=pd.DataFrame(wide.left_out, columns=["what", "which", "why"]),
        units=pd.DataFrame(units),
        influence=influence,
        anticipation=anticipation,
        level=level,
        interval=interval,
        cells=cells,
    )


def _all_effects(
    wide: WidePanel, control: str, method: str, base: str, anticipation: float
) -> tuple[list[dict[str, Any]], Floats]:
    """Each group's effect in each period, one after the other, and the influence functions: units x effects."""
    observed = np.isfinite(wide.outcome)
    with_covariates = observed & np.isfinite(wide.covariates).all(axis=2)
    rows: list[dict[str, Any]] = []
    influences: list[Floats] = []
    for g in np.unique(wide.start[np.isfinite(wide.start)]):
        own = wide.start == g
        last_before = int(np.searchsorted(wide.periods, g - anticipation)) - 1
        if own.sum() == 1:
            note(wide, "group", [g], f"one unit only ({wide.units[own][0]}): nothing shows how units of the group vary")
            continue
        before = f"its base period ({wide.periods[last_before]:g})"
        if not observed[own, last_before].any():
            note(wide, "group", [g], f"no outcome in {before}, the last before its start: nothing to compare with")
            continue
        unseen = wide.units[own & ~observed[:, last_before]]
        note(wide, "unit", unseen, f"not observed in {before}: in no effect after its start")
        for j in range(0 if base == "universal" else 1, len(wide.periods)):
            b = last_before if base == "universal" or wide.periods[j] >= g - anticipation else j - 1
            row = {"group": g, "time": wide.periods[j], "base": wide.periods[b], "after": bool(wide.periods[j] >= g)}
            others = np.isinf(wide.start)
            if control == "not_yet":
                others = (wide.start > wide.periods[max(j, b)] + anticipation) & ~own
            seen = observed[:, j] & observed[:, b] & with_covariates[:, min(j, b)]
            treated, comparison = np.flatnonzero(own & seen), np.flatnonzero(others & seen)
            row |= {"treated": len(treated), "comparison": len(comparison), "estimate": 0.0, "known": False}
            name = f"group {g:g}, time {wide.periods[j]:g}"
            influence = np.zeros(len(wide.units))
            if b != j:
                try:
                    row["estimate"] = _one_effect(wide, treated, comparison, j, b, method, influence)
                except NotEstimableError as reason:
                    note(wide, "effect", [name], str(reason))
                    continue
                row["known"] = _vary(wide.clusters[treated]) and _vary(wide.clusters[comparison])
                if not row["known"]:
                    few = "all treated" if not _vary(wide.clusters[treated]) else "all comparison"
                    note(
                        wide,
                        "se",
                        [name],
                        f"{few} units are in one cluster; se of averages with this effect are too small",
                    )
            rows.append(row)
            influences.append(influence)
    return rows, np.array(influences).reshape(len(rows), len(wide.units)).T


def _one_effect(
    wide: WidePanel, treated: Integers, comparison: Integers, j: int, b: int, method: str, influence: Floats
) -> float:
    """The effect in one period against another; fills in the influence function of the units compared."""
    if not len(treated):
        raise NotEstimableError("no unit of the group is observed in both periods, covariates included")
    if not len(comparison):
        raise NotEstimableError("no unit to compare with is observed in both periods, covariates included")
    among = np.concatenate([treated, comparison])
    change = wide.outcome[among, j] - wide.outcome[among, b]
    is_treated = np.arange(len(among)) < len(treated)
    beside = wide.covariates[among, min(j, b)] if wide.covariates.shape[2] else None
    estimate, own = difference_in_differences(change, is_treated, beside, method)
    influence[among] = own * (len(wide.units) / len(among))  # as a share of all units, not of those compared
    return estimate


def _vary(clusters: Integers) -> bool:
    return bool((clusters != clusters[0]).any())


def _standard_errors(influence: Floats, clusters: Integers) -> Floats:
    variance = (cluster_sums(influence, clusters) ** 2).sum(axis=0) / len(influence) ** 2
    return np.sqrt(variance)


def _critical(interval: str, level: float, clusters: Integers) -> float:
    """How many standard errors reach either end of an interval?"""
    half = 0.5 + level / 2
    return float(stats.norm.ppf(half) if interval == "normal" else stats.t.ppf(half, clusters.max()))

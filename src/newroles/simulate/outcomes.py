"""Outcomes of an invented study, team by team and month by month, before and after a new role arrives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.simulate.parameters import Section, count, effect, parameter, refuse_other_keys, share
from newroles.simulate.teams import TeamsSpec

# whom a measure is about, its lowest and highest value in the codebook `effects`, and decimals as a table shows them
MEASURES: Mapping[str, tuple[str, float, float, int]] = {
    "continuity": ("service_users", 0, 1, 3),
    "waiting_weeks": ("service_users", 0, 104, 1),
    "experience": ("service_users", 0, 10, 2),
    "role_clarity": ("new_roles", 1, 5, 2),
    "intention_to_stay": ("new_roles", 0, 1, 3),
    "burnout": ("existing_roles", 0, 100, 1),
    "supervision_hours": ("existing_roles", 0, 40, 2),
}
GROUPS = ("service_users", "new_roles", "existing_roles")
_UNIT = "the measure's own unit"


def _each(*values: float) -> dict[str, float]:
    return dict(zip(MEASURES, values, strict=True))


@dataclass(frozen=True)
class OutcomesSpec(Section):
    """How do outcomes move by themselves, and what does the arrival of a new role change?

    Mappings have a value for each measure, in the order of `MEASURES`.
    """

    # without a new role
    level: Mapping[str, float] = parameter(_each(0.58, 14, 6.8, 2.8, 0.6, 45, 4), _UNIT, "far from the range's ends")
    team_sd: Mapping[str, float] = parameter(
        _each(0.04, 1.2, 0.4, 0.22, 0.04, 4, 0.4), f"standard deviation in {_UNIT}", "teams differ for good"
    )
    trust_sd: Mapping[str, float] = parameter(
        _each(0.02, 0.8, 0.25, 0.1, 0.02, 2.5, 0.2), f"standard deviation in {_UNIT}", "and so do trusts"
    )
    drift: Mapping[str, float] = effect(
        _each(0.0005, -0.02, 0.004, 0.002, -0.0005, 0.06, -0.004), f"{_UNIT}, per month", "all teams change in common"
    )
    season: Mapping[str, float] = effect(
        _each(0.004, 0.4, 0.05, 0, 0.005, 0.8, 0.05), f"{_UNIT}, at its height in April", "a wave of twelve months"
    )
    trust_month_sd: Mapping[str, float] = parameter(
        _each(0.006, 0.25, 0.06, 0.03, 0.006, 0.6, 0.06),
        f"standard deviation in {_UNIT}",
        "a month is good or bad for a whole trust, so its teams aren't independent",
    )
    trend_per_vacancy: Mapping[str, float] = effect(
        _each(0, 0, 0, 0, 0, 0.15, 0),
        f"{_UNIT}, per month and 0.05 of vacancy rate",
        "burnout grows faster where posts stand empty, and such teams get a new role more readily",
    )
    noise_sd: Mapping[str, float] = parameter(
        _each(0.03, 0.9, 0.35, 0.18, 0.04, 3, 0.25), f"standard deviation in {_UNIT}", "a team's good and bad months"
    )
    # what a new role changes
    onset: Mapping[str, float] = effect(
        _each(-0.06, 0, 0, 0.12, 0.02, 5, 1),
        f"{_UNIT}, in the month of arrival",
        "it costs continuity and time at first",
    )
    per_month: Mapping[str, float] = effect(
        _each(0.01, -0.2, 0, 0.02, 0.003, -0.8, -0.06),
        f"{_UNIT}, per month since",
        "gains come later; experience: none",
    )
    effect_months: int = count(12, "months", "an effect changes for so long, then stays")
    cohort_factor: Mapping[int, float] = effect(
        {6: 1.4, 12: 1.0, 18: 0.6}, "multiplies the effect, by month of arrival", "those who begin early gain most"
    )
    # what a study sees of it
    people: Mapping[str, float] = parameter(
        {"service_users": 60.0, "new_roles": 6.0, "existing_roles": 18.0}, "people, on average", "behind a value", low=1
    )
    new_roles_before: float = parameter(
        3.0, "people, on average", "in new roles of earlier years, as long as the new one hasn't come", low=1
    )
    missing: float = share(0.04, "probability", "a value is blank")
    late_start: float = share(0.1, "probability", "a team's data begin after the panel's first month")
    late_months: int = count(4, "months", "by at most so many", 1)

    def _refuse_contradictions(self) -> None:
        for name in (
            "level", "team_sd", "trust_sd", "drift", "season", "trust_month_sd", "trend_per_vacancy", "noise_sd",
            "onset", "per_month",
        ):  # fmt: skip
            refuse_other_keys(name, getattr(self, name), tuple(MEASURES))
        refuse_other_keys("people", self.people, GROUPS)
        for name, (_, low, high, _) in MEASURES.items():
            if not low <= self.level[name] <= high:
                raise InputError(f"level: {self.level[name]} for '{name}' is impossible: expected {low} to {high}.")


def draw_outcomes(
    teams: pd.DataFrame, vacancy: pd.Series, teams_spec: TeamsSpec, spec: OutcomesSpec, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """How did service users, people in new roles and people in existing roles fare in each team and month?

    `teams`: one row per team (team, trust, follow, start_month), of which case and panel teams are followed;
    `vacancy`: vacancy rate (0-1) by team. In month t of the panel, counted from 0, a measure is

        level + team + trust + drift x t + season x sin(2 pi x months since January / 12) + (trust and month)
        + trend_per_vacancy x (vacancy - mean vacancy of the panel) / 0.05 x t + effect + noise,

    where team, trust, (trust and month) and noise are normal, and the effect, from the month of arrival on (e = 0), is
    cohort_factor of that month x (onset + per_month x min(e, effect_months)). It is 0 before: nobody anticipates.
    Values are cut off at the codebook's range, which the defaults don't reach, and rounded.

    Everywhere a few people hold a new role of earlier years, so measures about people in new roles exist before the
    new one comes, and where none comes; n is small then. n is 1 + Poisson, the same for all measures of one group; it
    changes nothing in the value. A blank value has a blank n. The rows of the first one to `late_months` months of some
    teams are absent, but each team keeps its month before the arrival.

    Returns the `outcomes` table, one row per team, measure and month, and the truth: `cohort_sizes` by month of arrival,
    `never` (teams), `late` (first month, counted from 0, of teams that start late), and `measures`, for each:

    - att: the effect by cohort and month (YYYY-MM), from arrival on;
    - aggregates of it: simple, dynamic (by e, and overall), group, calendar (Callaway & Sant'Anna 2021, section 3,
      doi 10.1016/j.jeconom.2020.12.001), with the real sizes of cohorts;
    - two_way_fixed_effects: what that regression gives for the balanced panel without noise, from the effects and from
      the vacancy trend, and in all; blank when every team is treated from the same month, or none is;
    - vacancy_bias: how far an unconditional comparison with teams that never get a role is off in expectation, given
      these teams; one that adjusts for vacancy isn't. Blank when every team gets one;
    - clipped: how many values would have been out of range.

    Raises InputError when cohort_factor and the cohorts of `teams_spec` differ, and for a team without vacancy rate.

    >>> teams = pd.DataFrame({"team": ["T1", "T2"], "trust": ["X1", "X1"], "follow": ["case", "panel"]})
    >>> teams["start_month"] = pd.array([6, pd.NA], dtype="Int64")
    >>> vacancy = pd.Series({"T1": 0.1, "T2": 0.1})
    >>> table, truth = draw_outcomes(teams, vacancy, TeamsSpec(), OutcomesSpec(), np.random.default_rng(1))
    >>> truth["cohort_sizes"], truth["measures"]["burnout"]["att"]["2022-01"]["2022-02"]
    ({'2022-01': 1}, 5.88)
    """
    if set(spec.cohort_factor) != set(teams_spec.cohorts):
        raise InputError(
            f"cohort_factor has months {sorted(spec.cohort_factor)}, but roles arrive in months "
            f"{sorted(teams_spec.cohorts)} (cohorts): expected a factor for each of these."
        )
    panel = teams[teams["follow"].isin(["case", "panel"])].reset_index(drop=True)
    rates = panel["team"].map(vacancy).to_numpy(dtype=float)
    if np.isnan(rates).any():
        raise InputError(
            f"Team '{panel['team'][np.isnan(rates).argmax()]}' has no vacancy rate: expected one from 0 to 1."
        )
    shortage = (rates - rates.mean()) / 0.05 if len(rates) else rates
    start = panel["start_month"].to_numpy(dtype=float, na_value=np.nan)
    if strange := set(_cohorts(start)) - set(spec.cohort_factor):
        raise InputError(f"start_month: {min(strange)} is none of the cohorts {sorted(spec.cohort_factor)}.")
    months = pd.period_range(pd.Timestamp(teams_spec.first_month), periods=teams_spec.months, freq="M")
    time, trust_at = np.arange(len(months)), panel["trust"].factorize()[0]
    since_january = months.month.to_numpy() - 1
    values = np.empty((len(panel), len(MEASURES), len(months)))
    truth: dict[str, Any] = {}
    for i, (name, (_, low, high, decimals)) in enumerate(MEASURES.items()):
        trend = spec.trend_per_vacancy[name] * shortage[:, np.newaxis] * time
        effects = effect_sizes(start, len(months), spec.onset[name], spec.per_month[name], spec)
        common = spec.drift[name] * time + spec.season[name] * np.sin(2 * np.pi * since_january / 12)
        lasting = spec.team_sd[name] * rng.standard_normal(len(panel))
        of_trusts = rng.standard_normal((trust_at.max(initial=-1) + 1, 1 + len(months)))
        lasting += spec.trust_sd[name] * of_trusts[trust_at, 0]
        passing = spec.trust_month_sd[name] * of_trusts[trust_at, 1:]
        passing += spec.noise_sd[name] * rng.standard_normal((len(panel), len(months)))
        exact = spec.level[name] + lasting[:, np.newaxis] + common + trend + effects + passing
        values[:, i] = exact.clip(low, high).round(decimals)
        truth[name] = _measure_truth(start, effects, trend, months)
        truth[name]["clipped"] = int(((exact < low) | (exact > high)).sum())
    n = _people(start, len(months), spec, rng)
    blank = rng.random(values.shape) < spec.missing
    first = _first_months(start, len(months), spec, rng)
    there = np.broadcast_to(time >= first[:, np.newaxis, np.newaxis], values.shape)
    table = _table(panel["team"], months.strftime("%Y-%m"), values, n, blank, there)
    return table, {
        "cohort_sizes": {f"{months[int(g)]}": int((start == g).sum()) for g in _cohorts(start)},
        "never": int(np.isnan(start).sum()),
        "late": {team: int(month) for team, month in zip(panel["team"], first, strict=True) if month},
        "measures": truth,
    }


def effect_sizes(start: np.ndarray, months: int, onset: float, per_month: float, spec: OutcomesSpec) -> np.ndarray:
    """How large is the effect in each team and month? Teams x months; 0 before arrival and where no role comes."""
    factor = pd.Series(start).map(spec.cohort_factor).to_numpy(dtype=float)
    since = np.arange(months) - start[:, np.newaxis]
    grown = factor[:, np.newaxis] * (onset + per_month * np.minimum(since, spec.effect_months))
    return np.where(since >= 0, grown, 0.0)


def aggregate(att: Mapping[int, np.ndarray], sizes: Mapping[int, int]) -> dict[str, Any]:
    """What do effects by cohort and month come to, on average?

    `att`: by month of arrival, the effects from then to the panel's end; `sizes`: teams by month of arrival. Simple:
    over all treated team-months. Dynamic: by months since arrival, over the cohorts seen so long. Group: by cohort, over
    its months; overall weighted by size. Calendar: by month of the panel, over the cohorts treated by then. Overall
    figures of dynamic and calendar are plain means. Source: Callaway & Sant'Anna 2021, section 3.

    >>> aggregate({1: np.array([1.0, 3.0]), 2: np.array([5.0])}, {1: 1, 2: 3})["simple"]
    3.8
    """
    effects = np.concatenate(list(att.values()))
    cohort = np.repeat(list(att), [len(values) for values in att.values()])
    since = np.concatenate([np.arange(len(values)) for values in att.values()])
    size = np.array([sizes[g] for g in cohort.tolist()], dtype=float)
    averages: dict[str, Any] = {"simple": _plain(np.average(effects, weights=size))}
    for kind, by in (("dynamic", since), ("group", cohort), ("calendar", cohort + since)):
        keys, at = np.unique(by, return_inverse=True)
        means = np.bincount(at, size * effects) / np.bincount(at, size)
        weights = [sizes[g] for g in keys.tolist()] if kind == "group" else None
        averages[kind] = {
            "overall": _plain(np.average(means, weights=weights)),
            "by": dict(zip(keys.tolist(), map(_plain, means), strict=True)),
        }
    return averages


def within_regression(values: np.ndarray, treated: np.ndarray) -> float | None:
    """Which coefficient do two-way fixed effects give? Both arrays: teams x months; none when there is nothing to fit.

    >>> within_regression(np.array([[1.0, 4.0], [1.0, 2.0]]), np.array([[0, 1], [0, 0]]))
    2.0
    """
    centred = treated - treated.mean(axis=1, keepdims=True) - treated.mean(axis=0) + treated.mean()
    spread = float((centred**2).sum())
    return _plain((centred * values).sum() / spread) if spread > 1e-9 else None


def _measure_truth(start: np.ndarray, effects: np.ndarray, trend: np.ndarray, months: pd.PeriodIndex) -> dict[str, Any]:
    cohorts, treated = _cohorts(start), (np.arange(len(months)) >= start[:, np.newaxis]).astype(float)
    if not cohorts:
        return {"att": {}, "aggregates": None, "two_way_fixed_effects": None, "vacancy_bias": None}
    sizes = {g: int((start == g).sum()) for g in cohorts}
    att = {g: effects[start == g][0, g:] for g in cohorts}
    parts = {"effects": effects, "trend": trend, "all": effects + trend}
    regression = {name: within_regression(part, treated) for name, part in parts.items()}
    bias = None
    if np.isnan(start).any():
        without = trend[np.isnan(start)].mean(axis=0)
        differences = {g: trend[start == g].mean(axis=0) - without for g in cohorts}
        bias = _overall(aggregate({g: gap[g:] - gap[g - 1] for g, gap in differences.items()}, sizes))
    return {
        "att": {
            str(months[g]): {str(month): _plain(each) for month, each in zip(months[g:], att[g], strict=True)}
            for g in cohorts
        },
        "aggregates": _dated(aggregate(att, sizes), months),
        "two_way_fixed_effects": None if regression["all"] is None else regression,
        "vacancy_bias": bias,
    }


def _overall(aggregates: dict[str, Any]) -> dict[str, float]:
    return {kind: held if kind == "simple" else held["overall"] for kind, held in aggregates.items()}


def _dated(aggregates: dict[str, Any], months: pd.PeriodIndex) -> dict[str, Any]:
    """Cohorts and months as the table writes them; months since arrival stay numbers."""
    for kind in ("group", "calendar"):
        aggregates[kind]["by"] = {str(months[key]): value for key, value in aggregates[kind]["by"].items()}
    return aggregates


def _cohorts(start: np.ndarray) -> list[int]:
    return [int(g) for g in np.unique(start[~np.isnan(start)])]


def _plain(number: float) -> float:
    return round(float(number), 6) + 0.0


def _people(start: np.ndarray, months: int, spec: OutcomesSpec, rng: np.random.Generator) -> np.ndarray:
    """How many people are behind the values of each group? Teams x groups x months."""
    expected = np.empty((len(start), len(GROUPS), months))
    expected[:] = np.array([spec.people[group] for group in GROUPS])[:, np.newaxis]
    arrived = np.arange(months) >= start[:, np.newaxis]
    new = GROUPS.index("new_roles")
    expected[:, new] = np.where(arrived, expected[:, new], spec.new_roles_before)
    return 1 + rng.poisson(expected - 1)


def _first_months(start: np.ndarray, months: int, spec: OutcomesSpec, rng: np.random.Generator) -> np.ndarray:
    """From which month on are there data of each team? 0 for most."""
    first = rng.integers(1, spec.late_months + 1, len(start)) * (rng.random(len(start)) < spec.late_start)
    return np.minimum(first, np.where(np.isnan(start), months, start) - 1).astype(int)


def _table(
    names: pd.Series, periods: pd.Index, values: np.ndarray, n: np.ndarray, blank: np.ndarray, there: np.ndarray
) -> pd.DataFrame:
    """The `outcomes` table from arrays of teams x measures x months (n: teams x groups x months)."""
    team_at, measure_at, month_at = np.nonzero(there)
    groups = pd.Series([group for group, *_ in MEASURES.values()], dtype="str")
    group_at = np.array([GROUPS.index(group) for group in groups])[measure_at]
    is_blank = blank[there]
    return pd.DataFrame(
        {
            "unit": names.astype("str").take(team_at).array,
            "unit_kind": pd.Series(["team"], dtype="str").take(np.zeros(len(team_at), dtype=int)).array,
            "group": groups.take(measure_at).array,
            "measure": pd.Series([*MEASURES], dtype="str").take(measure_at).array,
            "period": pd.Series(periods, dtype="str").take(month_at).array,
            "value": np.where(is_blank, np.nan, values[there]),
            "n": pd.arrays.IntegerArray(n[team_at, group_at, month_at].astype("int64"), is_blank),
        }
    )

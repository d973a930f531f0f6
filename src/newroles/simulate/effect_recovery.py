"""Are planted effects of new roles found again, by which estimator, and do intervals hold them?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, stats

from newroles.datasets import load_codebook
from newroles.effects import group_time_effects, imputation, placement_test, sun_abraham
from newroles.effects.absorbed import fit_absorbed, period_columns
from newroles.effects.panel_rows import read_panel
from newroles.errors import InputError, did_you_mean
from newroles.simulate.adoption import adoption_probabilities, draw_adoption
from newroles.simulate.contexts import draw_contexts
from newroles.simulate.outcomes import MEASURES, aggregate, draw_outcomes, effect_sizes, within_regression
from newroles.simulate.replicates import KEPT, Floats, in_turn, require_replicates, summarise_errors
from newroles.simulate.spec import StudySpec
from newroles.simulate.teams import draw_introductions, draw_places
from newroles.simulate.trusts import draw_trusts
from newroles.simulate.variants import draw_variants

COVARIATE = "vacancy_rate"
_PER_YEAR = {"month": 12, "quarter": 4}
_COLUMNS = ("unit", "time", "start")
_NO_ROLES = pd.DataFrame({name: pd.Series(dtype="str") for name in ("trust", "role", "kind")})


def recover_effects(
    spec: StudySpec,
    replicates: int = 100,
    measures: Sequence[str] = ("continuity", "waiting_weeks", "burnout"),
    rng: np.random.Generator | None = None,
    placements: int = 199,
    periods: str = "quarter",
    jobs: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Is the planted average effect of a new role found again, by which estimator, and do intervals hold it?

    `spec`: the invented study. Its trusts and teams are drawn once; contexts (vacancy among them), who gets a role and
    when, and outcomes anew, `replicates` times. `measures`: of `outcomes.MEASURES`. `rng`: for the same result twice.
    `placements`: draws of the placement test (0: without it). `periods`: quarter, as the chapter on effects compares them, or
    month. `jobs`: how many processes share the work; the result is the same for any number. `level`: of the intervals.

    Each replicate estimates the average over treated teams and periods, clustered by trust:

    - never_treated, not_yet_treated: `group_time_effects` with either comparison, nothing adjusted for;
    - adjusted: `group_time_effects`, never treated, doubly robust with the team's vacancy rate (as drawn: no blanks);
    - imputation, sun_abraham: these functions, nothing adjusted for;
    - placement: `placement_test` among teams: the same estimate as never_treated, its interval by design;
    - two_way: the coefficient of two-way fixed effects (CR1).

    Intervals use t with trusts - 1 degrees of freedom, but for placement. The truth is the draw's own: planted effects by
    cohort and period, averaged by size. An estimate is refused, and counted, where it can't be had, and where adjusting
    leaves out an effect that can be had without.

    Returns one row per quantity (measure) and method: quantity, method, expected_bias, the columns of `recover_totals` from
    truth on, in the measure's unit (relative ones: shares of the truth). expected_bias is the mean error of the
    method in these teams if nothing were noise and nothing blank: nought for adjusted; the trend of vacancy that a comparison with
    teams never treated takes for an effect; all of it, effects compared with effects included, for two_way; blank for
    not_yet_treated and imputation, where trends enter in another way.

    Raises InputError for fewer than two replicates, an unknown measure or kind of period, too few placements, and a study
    without teams followed over time.

    Source: Morris, White and Crowther 2019, doi 10.1002/sim.8086 (bias, coverage); estimators as in `second_opinions`.

    >>> found = recover_effects(StudySpec(), 2, ["burnout"], np.random.default_rng(1), placements=0)
    >>> found["method"].tolist()[-2:], bool(found["truth"].max() < 0)
    (['sun_abraham', 'two_way'], True)
    """
    require_replicates(replicates, jobs)
    if unknown := [name for name in measures if name not in MEASURES]:
        raise InputError(f"There is no measure '{unknown[0]}'. {did_you_mean(unknown[0], MEASURES)}")
    if not len(measures):
        raise InputError("measures is empty: expected at least one, such as burnout.")
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    if periods not in _PER_YEAR:
        raise InputError(f"periods: unknown '{periods}'. {did_you_mean(periods, _PER_YEAR)}")
    least = max(99, int(np.ceil(1 / (1 - level) - 1e-9)) - 1)
    if placements and placements < least:
        raise InputError(
            f"placements: {placements} are too few for an interval of {level:.0%}: expected {least} or more, or 0."
        )
    if not spec.teams.case_teams + spec.teams.other_panel_teams:
        raise InputError("No team of this study is followed over time: set the number of case or panel teams above 0.")
    rng = np.random.default_rng() if rng is None else rng
    once, *streams = rng.spawn(replicates + 1)
    register = load_codebook("roles").codes
    trusts = draw_trusts(spec, once)
    variants = draw_variants(register, spec, once)
    present = draw_adoption(trusts, variants, adoption_probabilities(trusts, variants, spec), spec, once)
    places = draw_places(trusts, present, register, spec.teams, once)
    names = tuple(dict.fromkeys(measures))
    task = partial(_recover_once, spec, names, trusts, places, register, placements, periods, level)
    found = in_turn(task, streams, jobs)
    tables = []
    for method in found[0]:
        stacked = np.stack([each[method] for each in found])
        # of the draws in which the method could be used, as all else
        expected = np.ma.masked_array(stacked[:, len(KEPT)], np.isnan(stacked[:, 2])).mean(axis=0).filled(np.nan)
        about = pd.DataFrame({"quantity": names, "method": method, "expected_bias": expected})
        tables.append(about.join(summarise_errors(stacked[:, : len(KEPT)])))
    table = pd.concat(tables, ignore_index=True)
    rank = table["quantity"].map({name: i for i, name in enumerate(names)})
    return table.assign(rank=rank).sort_values("rank", kind="stable", ignore_index=True).drop(columns="rank")


def comparable_outcomes(
    outcomes: pd.DataFrame, teams: pd.DataFrame, vacancy: pd.Series, measures: Sequence[str], periods: str
) -> pd.DataFrame:
    """What did each team measure in each period, before and after its role came?

    `outcomes`, `teams`: as `draw_outcomes` and `draw_introductions` give them; `vacancy`: rate by team.

    Returns one row per team and period: unit, time (number of the period), trust, start (first treated period; blank for
    never), vacancy_rate, and a column per measure: the mean of its known values.
    """
    wanted = outcomes[outcomes["measure"].isin(list(measures))]
    month = _months(wanted["period"])
    keys = [wanted["unit"], pd.Series(_numbered(month, periods), wanted.index, name="time"), wanted["measure"]]
    wide = wanted["value"].groupby(keys).mean().unstack("measure").reindex(columns=list(measures)).reset_index()  # noqa: PD010
    start = pd.Series(_numbered(_months(teams["introduced"]), periods), teams["team"])
    return wide.assign(
        trust=wide["unit"].map(teams.set_index("team")["trust"]),
        start=wide["unit"].map(start),
        vacancy_rate=wide["unit"].map(vacancy),
    )


def _months(text: pd.Series) -> Floats:
    """Months since the year 0 of texts like 2021-07; blank where there is none."""
    known = text.where(text.ne(""))
    return np.asarray(12 * known.str[:4].astype(float) + known.str[5:7].astype(float) - 1, dtype=float)


def _numbered(month: Floats, periods: str) -> Floats:
    return np.asarray(month // (12 // _PER_YEAR[periods]), dtype=float)


# One replicate ------------------------------------------------------------------------------------------------------


def _recover_once(
    spec: StudySpec,
    measures: Sequence[str],
    trusts: pd.DataFrame,
    places: pd.DataFrame,
    register: pd.DataFrame,
    placements: int,
    periods: str,
    level: float,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    vacancy = draw_contexts(trusts, places, spec.contexts, rng).indicators[COVARIATE]
    followed = places[places["follow"].isin(["case", "panel"])].reset_index(drop=True)
    # which of a trust's roles it is changes no outcome, so trusts' own roles aren't needed
    teams = draw_introductions(followed, vacancy, _NO_ROLES, register, spec.teams, rng)
    outcomes, _ = draw_outcomes(teams, vacancy, spec.teams, spec.outcomes, rng)
    panel = comparable_outcomes(outcomes, teams, vacancy, measures, periods)
    # numbers for names: the same estimates, sooner
    panel = panel.assign(**{column: panel[column].factorize()[0] for column in ("unit", "trust")})
    columns = [
        _estimate(panel, name, planted_average(teams, vacancy, name, spec, periods), placements, level, rng)
        for name in measures
    ]
    return {method: np.column_stack([each[method] for each in columns]) for method in columns[0]}


def planted_average(
    teams: pd.DataFrame, vacancy: pd.Series, measure: str, spec: StudySpec, periods: str
) -> dict[str, float]:
    """Which average effect was planted, and how far off would comparisons be without any noise?

    `teams`: those followed, with team and start_month; `vacancy`: rate by team. Returns truth, never_treated (error of a
    comparison with teams never treated that ignores vacancy; blank where there are none) and two_way (error of two-way fixed
    effects). Teams treated from the first period on aren't in the truth, which is blank where no others are treated.

    >>> teams = pd.DataFrame({"team": ["T1", "T2"], "start_month": pd.array([18, pd.NA], dtype="Int64")})
    >>> planted_average(teams, pd.Series({"T1": 0.15, "T2": 0.1}), "burnout", StudySpec(), "month")
    {'truth': 0.36, 'never_treated': 0.975, 'two_way': 2.25}
    """
    outcomes, months = spec.outcomes, spec.teams.months
    start = teams["start_month"].to_numpy(dtype=float, na_value=np.nan)
    rates = teams["team"].map(vacancy).to_numpy(dtype=float)
    effects = effect_sizes(start, months, outcomes.onset[measure], outcomes.per_month[measure], outcomes)
    slope = outcomes.trend_per_vacancy[measure] * (rates - rates.mean()) / 0.05
    trend = slope[:, np.newaxis] * np.arange(months)
    # months into periods, whose means are what is compared
    first = 12 * spec.teams.first_month.year + spec.teams.first_month.month - 1
    _, at = np.unique(_numbered(first + np.arange(months, dtype=float), periods), return_inverse=True)
    sums = np.eye(at[-1] + 1)[at]
    effects, trend = (each @ sums / sums.sum(axis=0) for each in (effects, trend))
    treated = ~np.isnan(start)
    own = np.where(treated, at[np.where(treated, start, 0).astype(int)], -1)
    # of teams treated from the first period on nothing can be known
    sizes = {int(g): int((own == g).sum()) for g in np.unique(own[own > 0])}
    if not sizes:
        return {"truth": np.nan, "never_treated": np.nan, "two_way": np.nan}
    truth = aggregate({g: effects[own == g].mean(axis=0)[g:] for g in sizes}, sizes)["simple"]
    has_role = treated[:, np.newaxis] & (np.arange(at[-1] + 1) >= own[:, np.newaxis])
    regression = within_regression(effects + trend, has_role.astype(float))
    off = np.nan
    if not treated.all():
        gaps = {g: trend[own == g].mean(axis=0) - trend[~treated].mean(axis=0) for g in sizes}
        off = aggregate({g: gap[g:] - gap[g - 1] for g, gap in gaps.items()}, sizes)["simple"]
    return {
        "truth": truth,
        "never_treated": off,
        "two_way": np.nan if regression is None else round(regression - truth, 6) + 0.0,
    }


def _estimate(
    panel: pd.DataFrame,
    measure: str,
    planted: Mapping[str, float],
    placements: int,
    level: float,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """Estimate, se, low, high, truth and expected bias, by method."""
    usable = panel.dropna(subset=[measure])
    columns = (measure, *_COLUMNS)
    common: dict[str, Any] = {"cluster": "trust", "level": level, "interval": "t"}
    bare = cache(lambda: group_time_effects(usable, *columns, **common))

    def adjusted() -> Floats:
        found = group_time_effects(usable, *columns, covariates=[COVARIATE], **common)
        if lost := int(bare().comparisons["after"].sum()) - int(found.comparisons["after"].sum()):
            raise InputError(f"{lost} effects can't be had with {COVARIATE}.")
        return _kept(found.aggregate("simple").iloc[0])

    def two_way() -> Floats:
        rows = read_panel(usable, *columns, "trust")
        treated = sparse.csc_array(rows.treated[:, np.newaxis].astype(float))
        fit = fit_absorbed(rows, sparse.hstack([treated, period_columns(rows)], format="csc"))
        se = float(np.sqrt(fit.variance(np.eye(1, len(rows.periods)))[0, 0]))
        return _with_t(float(fit.coefficients[0]), se, len(rows.clusters), level)

    def imputed() -> Floats:
        found = imputation(usable, *columns, "trust", level=level)
        return _with_t(float(found.overall["estimate"]), float(found.overall["se"]), found.clusters, level)

    calls: dict[str, Callable[[], Floats]] = {
        "never_treated": lambda: _kept(bare().aggregate("simple").iloc[0]),
        "not_yet_treated": lambda: _kept(
            group_time_effects(usable, *columns, control="not_yet", **common).aggregate("simple").iloc[0]
        ),
        "adjusted": adjusted,
        "imputation": imputed,
        "sun_abraham": lambda: _kept(sun_abraham(usable, *columns, "trust", level=level).overall),
    }
    if placements:
        calls["placement"] = lambda: _kept(
            placement_test(usable, *columns, "trust", draws=placements, rng=rng, level=level).summary
        )
    calls["two_way"] = two_way
    by_design = planted["never_treated"]
    expected = {"never_treated": by_design, "sun_abraham": by_design, "placement": by_design}
    expected |= {"adjusted": 0.0, "two_way": planted["two_way"]}
    rows = {}
    for method, call in calls.items():
        try:
            found = call()
        except InputError:
            found = np.full(4, np.nan)
        rows[method] = np.append(found, [planted["truth"], expected.get(method, np.nan)])
    return rows


def _kept(found: pd.Series) -> Floats:
    return found[list(KEPT[:4])].to_numpy(dtype=float)


def _with_t(estimate: float, se: float, clusters: int, level: float) -> Floats:
    reach = float(stats.t.ppf(0.5 + level / 2, clusters - 1)) * se
    return np.array([estimate, se, estimate - reach, estimate + reach])

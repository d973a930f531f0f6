"""A study's teams: their contexts as scales, how they function, and what the choice of method does to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.api as sm

from newroles.contexts.constructs import Constructs, constructs
from newroles.contexts.imputation import impute, pool
from newroles.contexts.influence import leave_one_trust_out
from newroles.contexts.models import fit_functioning
from newroles.contexts.outcomes import model_data
from newroles.datasets import Codebook, Study
from newroles.errors import InputError
from newroles.few_clusters.wild import wild_cluster_interval

MEASURES = ("team_functioning", "waiting_standard_met", "complaints", "service_rating")
"""Measures of the codebook `effects` that say how a team functions."""

KINDS: Mapping[str, str] = {"0 or 1": "logistic", "count": "negative_binomial", "ordered": "ordinal"}
"""Which model suits a measure, by how its unit in the codebook begins; linear for all others."""

METHODS: Mapping[str, str] = {
    "independent": "As if teams were independent",
    "cr2": "CR2, Satterthwaite",
    "wild": "Wild cluster bootstrap",
    "random_intercept": "Random intercept",
    "imputed": "Blanks filled (multiple imputation), CR2",
    "complete": "Only teams without blanks, CR2",
}

ESTIMATES = ["term", "name", "method", "estimate", "low", "high", "n", "clusters", "note"]


@dataclass(frozen=True, eq=False)
class TeamContexts:
    """A study's teams in their contexts; every table without rows where the study doesn't tell.

    - teams: one row per team: team, trust, a column per scale (standard deviations from the mean), and per measure;
    - indicators: one row per team (the index), a column per indicator, as measured;
    - scales, items: as `constructs` gives them;
    - measures: one row per measure: measure, name, unit, kind (of model), n (teams with a value);
    - names: of scales, by id;
    - absent: what the study doesn't tell, a sentence; "" when all is there;
    - says_nothing: indicators that are blank, or the same, in every team: they are in no scale.
    """

    teams: pd.DataFrame = field(repr=False)
    indicators: pd.DataFrame = field(repr=False)
    scales: pd.DataFrame = field(repr=False)
    items: pd.DataFrame = field(repr=False)
    measures: pd.DataFrame = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    absent: str
    book: Codebook | None = field(repr=False, default=None)
    says_nothing: tuple[str, ...] = ()


_NOTHING = {
    "teams": ["team", "trust"],
    "scales": ["scale", "name", "indicators", "n", "missing", "alpha", "alpha_low", "alpha_high", "n_alpha", "note"],
    "items": ["scale", "indicator", "reversed", "n", "missing", "mean", "sd", "item_rest", "alpha_without", "note"],
    "measures": ["measure", "name", "unit", "kind", "n"],
}


def team_contexts(
    study: Study, book: Codebook, effects: Codebook, measures: Sequence[str] = MEASURES, at_least: float = 0.5
) -> TeamContexts:
    """In which contexts do a study's teams work, and how do they function?

    `study`: its tables contexts, teams and outcomes are read. `book`: the codebook of contexts, whose topmost codes are the
    scales. `effects`: the codebook of measures. `measures`: those that say how a team functions; of each, a team's last
    period with a value. `at_least`: see `constructs`.

    Returns TeamContexts, without rows and with the reason in `absent` where a table, a measure for teams, or an indicator
    that differs between teams isn't there.

    Raises InputError as `constructs` does for contexts that are there and can't be used.

    >>> from newroles.datasets import load_codebook, load_study
    >>> found = team_contexts(load_study("example_study"), load_codebook("contexts"), load_codebook("effects"))
    >>> len(found.teams), found.scales["scale"].tolist(), found.measures["kind"].tolist()
    (124, ['CTX-CUL', 'CTX-SER', 'CTX-PRO'], ['linear', 'logistic', 'negative_binomial', 'ordinal'])
    """
    lacking = [name for name in ("contexts", "teams", "outcomes") if not study.has(name)]
    if lacking:
        return without_teams(f"The study has no table {' and no table '.join(lacking)}.")
    contexts, teams, outcomes = study.contexts, study.teams, study.outcomes
    of_teams = contexts[contexts["unit_kind"].eq("team")]
    of_teams = _last(of_teams, ["unit", "indicator"], "measured_on")
    if of_teams["value"].notna().sum() == 0:
        return without_teams("The study's contexts tell nothing of teams.")
    of_teams, says_nothing = _that_vary(of_teams)
    if of_teams.empty:
        return without_teams("No indicator of the study's contexts differs between teams.")
    values = outcomes[outcomes["unit_kind"].eq("team") & outcomes["measure"].isin(list(measures))]
    values = _last(values.dropna(subset=["value"]), ["unit", "measure"], "period")
    if values.empty:
        return without_teams(f"The study's outcomes have none of {', '.join(measures)} for teams.")
    scaled: Constructs = constructs(of_teams, book, "team", at_least=at_least)
    known = [name for name in measures if name in set(values["measure"])]
    wide = values.pivot_table("value", "unit", "measure")[known]
    scores = scaled.scores / scaled.scores.std()
    table = teams[["team", "trust"]].merge(scores, left_on="team", right_index=True, how="inner")
    table = table.merge(wide, left_on="team", right_index=True, how="left").reset_index(drop=True)
    codes = effects.codes.set_index("id")
    about = [
        {"measure": name, "name": codes["name"].get(name, name), "unit": str(codes["unit"].get(name, ""))}
        for name in known
    ]
    described = pd.DataFrame(about).assign(n=[int(table[name].notna().sum()) for name in known])
    described["kind"] = [_kind(unit) for unit in described["unit"]]
    indicators = of_teams.pivot_table("value", "unit", "indicator", dropna=False)
    indicators = indicators.reindex(columns=list(dict.fromkeys(of_teams["indicator"])))
    names = dict(zip(scaled.scales["scale"], scaled.scales["name"], strict=True))
    measured = described[_NOTHING["measures"]]
    return TeamContexts(
        table, indicators, scaled.scales, scaled.indicators, measured, names, "", book, tuple(says_nothing)
    )


def effects_by_method(
    found: TeamContexts,
    rng: np.random.Generator,
    measure: str = "team_functioning",
    m: int = 20,
    draws: int = 999,
    level: float = 0.95,
) -> pd.DataFrame:
    """How does functioning go with culture, service and profession, and what does the method change about that?

    `found`: as `team_contexts` gives it. `measure`: a measure whose model is linear. `m`: imputations. `draws`: of the
    wild bootstrap.

    All scales are in one model. Methods: as if teams were independent (too sure: teams of a trust resemble each other);
    CR2; wild cluster bootstrap (the interval that its test doesn't refuse); a random intercept by trust; blanks of
    indicators filled m times, scales made anew each time; and only teams without a blank.

    Returns one row per scale and method: term, name, method (its name in METHODS), estimate (units of the measure per
    standard deviation of the scale), low, high, n (teams), clusters (trusts), note. A method that fails has blanks and
    its reason as note. No rows where the study doesn't tell.

    >>> from newroles.datasets import load_codebook
    >>> teams = pd.DataFrame({"team": range(16), "trust": list("aabbccddeeffgghh")})
    >>> measured = pd.DataFrame({"resources_adequate": [1, 4, 3, 5, 2, 4, 3, 4] * 2, "vacancy_rate": [4, 1, 2, 1, 4, 2, 3, 3] * 2})
    >>> teams["CTX-SER"] = measured["resources_adequate"] - 3.0
    >>> teams["team_functioning"] = 50 + 3.0 * teams["CTX-SER"] + [1, -1, 0, 2, -2, 1, 0, -1, 1, 0, 2, -1, 0, 1, -2, -1]
    >>> none, book = pd.DataFrame(), load_codebook("contexts")
    >>> found = TeamContexts(teams, measured.astype(float), none, none, none, {"CTX-SER": "Service"}, "", book)
    >>> effects = effects_by_method(found, np.random.default_rng(1), m=2, draws=99).set_index("method")
    >>> effects.loc["CR2, Satterthwaite", ["estimate", "low", "high"]].astype(float).round(2).tolist()
    [2.96, 2.14, 3.77]
    """
    if found.teams.empty or measure not in found.teams.columns:
        return pd.DataFrame(columns=ESTIMATES)
    terms = list(found.names)
    data = found.teams
    complete = data[data["team"].isin(found.indicators.dropna().index)]
    ways: dict[str, Callable[[], pd.DataFrame]] = {
        "independent": lambda: fit_functioning(data, measure, terms, None, level=level),
        "cr2": lambda: fit_functioning(data, measure, terms, "trust", level=level, wild=[]),
        "wild": lambda: _wild(data, measure, terms, rng, draws, level),
        "random_intercept": lambda: fit_functioning(data, measure, terms, "trust", "random_intercept", level),
        "imputed": lambda: _imputed(found, measure, m, level, rng),
        "complete": lambda: fit_functioning(complete, measure, terms, "trust", level=level, wild=[]),
    }
    return pd.concat(
        [_terms_of(way, terms, found.names, METHODS[name]) for name, way in ways.items()], ignore_index=True
    )


def effects_by_measure(found: TeamContexts, level: float = 0.95) -> pd.DataFrame:
    """How does each measure of functioning go with culture, service and profession?

    `found`: as `team_contexts` gives it. Each measure has the model that suits its unit, all scales in one model, by trust.

    Returns one row per measure and scale: measure, measure_name, unit, kind, term, name, method, estimate (units,
    log-odds or log rate per standard deviation), low, high, ratio, ratio_low, ratio_high (odds or rate ratio; blank for linear models), n,
    clusters, note. A model that can't be fitted has blanks and its reason as note. No rows where the study doesn't tell.

    >>> teams = pd.DataFrame({"team": range(16), "trust": list("aabbccddeeffgghh"), "CUL": [-2, 1, 0, 2, -1, 1, 0, 1] * 2})
    >>> teams["team_functioning"] = 50 + 3.0 * teams["CUL"] + [1, -1, 0, 2, -2, 1, 0, -1, 1, 0, 2, -1, 0, 1, -2, -1]
    >>> about = {"measure": ["team_functioning"], "name": ["Team functioning"], "unit": ["score 0-100"], "kind": ["linear"]}
    >>> none = pd.DataFrame()
    >>> found = TeamContexts(teams, none, none, none, pd.DataFrame(about), {"CUL": "Culture"}, "")
    >>> effects_by_measure(found)[["measure_name", "name", "estimate", "clusters"]].round(2).values.tolist()
    [['Team functioning', 'Culture', 2.96, 8]]
    """
    tables = []
    terms = list(found.names)
    for about in found.measures.to_dict("records"):
        measure, kind = str(about["measure"]), str(about["kind"])
        way = partial(fit_functioning, found.teams, measure, terms, "trust", kind, level, wild=[])
        fitted = _terms_of(way, terms, found.names)
        fitted = fitted.assign(measure=measure, measure_name=about["name"], unit=about["unit"], kind=kind)
        for end in ("", "_low", "_high"):
            logs = fitted[end.removeprefix("_") or "estimate"].astype(float)
            fitted[f"ratio{end}"] = np.nan if kind == "linear" else np.exp(logs)
        tables.append(fitted)
    columns = ["measure", "measure_name", "unit", "kind", *ESTIMATES, "ratio", "ratio_low", "ratio_high"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def effects_without_each_trust(
    found: TeamContexts, measure: str = "team_functioning", level: float = 0.95
) -> pd.DataFrame:
    """Does what is found for a scale hang on one trust?

    Returns one row per scale: term, name, estimate, low, high (smallest and largest without one trust), turns (trusts
    without which the sign or the verdict of the interval turns; blank where no trust can be left out), n (trusts left out in
    turn), untested (those without which there is no estimate), note (the same in words). Trusts aren't named: it
    is a study's. No rows where the study doesn't tell.

    >>> teams = pd.DataFrame({"team": range(16), "trust": list("aabbccddeeffgghh"), "CUL": [-2, 1, 0, 2, -1, 1, 0, 1] * 2})
    >>> teams["team_functioning"] = 50 + 3.0 * teams["CUL"] + [1, -1, 0, 2, -2, 1, 0, -1, 1, 0, 2, -1, 0, 1, -2, -1]
    >>> about = {"measure": ["team_functioning"], "name": ["Team functioning"], "unit": ["score 0-100"], "kind": ["linear"]}
    >>> none = pd.DataFrame()
    >>> found = TeamContexts(teams, none, none, none, pd.DataFrame(about), {"CUL": "Culture"}, "")
    >>> effects_without_each_trust(found)[["name", "estimate", "low", "high", "turns", "n"]].round(2).values.tolist()
    [['Culture', 2.96, 2.76, 3.12, 0, 8]]
    """
    columns = ["term", "name", "estimate", "low", "high", "turns", "n", "untested", "note"]
    if found.teams.empty or measure not in found.teams.columns:
        return pd.DataFrame(columns=columns)
    try:
        each = leave_one_trust_out(found.teams, measure, list(found.names), "trust", level=level)
    except InputError as error:
        blank = [{"term": term, "name": name, "note": str(error)} for term, name in found.names.items()]
        return pd.DataFrame(blank).reindex(columns=columns)
    each = each[each["term"].isin(list(found.names))]
    made = each.groupby("term", sort=False).agg(
        estimate=("with_all", "first"), low=("estimate", "min"), high=("estimate", "max"),
        turns=("turns", lambda turns: turns.sum(min_count=1)), n=("left_out", "nunique"),
        untested=("estimate", lambda values: int(values.isna().sum())),
    ).reset_index()  # fmt: skip
    made["name"] = made["term"].map(dict(found.names))
    made["note"] = [f"no estimate without {count} of the trusts" if count else "" for count in made["untested"]]
    return made[columns]


def largest_effect(effects: pd.DataFrame, method: str = METHODS["cr2"]) -> pd.Series:
    """Which scale has the largest coefficient, by this method? (Others may be as large: see the intervals.)

    `effects`: as `effects_by_method` gives it. `method`: a name in METHODS.

    Returns the row with the largest estimate, whatever its sign, and `holds_nought` (whether its interval holds nought);
    all None where there is no such estimate.

    >>> effects = pd.DataFrame({"name": ["Culture", "Service"], "method": "CR2, Satterthwaite", "estimate": [2.0, -3.0]})
    >>> largest = largest_effect(effects.assign(low=[1.0, -7.0], high=[3.0, 1.0]))
    >>> largest["name"], largest["holds_nought"]
    ('Service', True)
    """
    own = effects[effects["method"].eq(method)].dropna(subset=["estimate"])
    if own.empty:
        return pd.Series(dict.fromkeys([*ESTIMATES, "holds_nought"]), dtype="object")
    row = own.sort_values("estimate", key=lambda estimates: -estimates.abs(), kind="stable").iloc[0]
    return pd.concat([row, pd.Series({"holds_nought": bool(row["low"] <= 0 <= row["high"])})])


def without_teams(absent: str) -> TeamContexts:
    """What is known of a study's teams where nothing is, for the reason given in a sentence.

    >>> without_teams("The study has no table teams.").teams.empty
    True
    """
    teams, scales, items, measures = (pd.DataFrame(columns=columns) for columns in _NOTHING.values())
    return TeamContexts(teams, pd.DataFrame(), scales, items, measures, {}, absent)


def _that_vary(of_teams: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows of the indicators that differ between teams, and the names of the others."""
    values = pd.to_numeric(of_teams["value"], errors="coerce").groupby(of_teams["indicator"], sort=False)
    span, size = values.max() - values.min(), values.max().abs().clip(lower=1)
    # a value that isn't a number is left for `constructs` to name
    unread = of_teams.loc[
        of_teams["value"].notna() & pd.to_numeric(of_teams["value"], errors="coerce").isna(), "indicator"
    ]
    same = [str(name) for name in span.index[~span.gt(1e-12 * size)] if name not in set(unread)]
    return of_teams[~of_teams["indicator"].isin(same)], same


def _last(rows: pd.DataFrame, key: list[str], when: str) -> pd.DataFrame:
    """The last row of each key, by date."""
    return rows.sort_values(when, kind="stable").drop_duplicates(key, keep="last").sort_index()


def _kind(unit: str) -> str:
    return next((kind for start, kind in KINDS.items() if unit.startswith(start)), "linear")


def _terms_of(
    way: Callable[[], pd.DataFrame], terms: list[str], names: Mapping[str, str], method: str = ""
) -> pd.DataFrame:
    """The rows of the terms of one fit; blank with its reason when it fails."""
    try:
        fit = way()
    except InputError as error:
        fit = pd.DataFrame({"term": terms, "part": "term", "note": str(error), "method": "not fitted"})
    fit = fit[fit["part"].eq("term") & fit["term"].isin(terms)]
    fit = fit.assign(name=fit["term"].map(dict(names))).reindex(columns=ESTIMATES)
    return fit.assign(method=method) if method else fit


def _wild(
    data: pd.DataFrame, measure: str, terms: list[str], rng: np.random.Generator, draws: int, level: float
) -> pd.DataFrame:
    used = model_data(data, measure, terms, "trust")
    fit = sm.OLS(used.numbers(), used.x).fit()
    assert used.clusters is not None  # asked for by name
    rows = []
    for term in terms:
        low, high = wild_cluster_interval(fit, used.clusters, term, rng, draws, level)
        open_ended = np.isinf([low, high]).any()
        note = f"{used.n_clusters} clusters are too few for an interval" if open_ended else used.note
        ends = {"low": np.nan, "high": np.nan} if open_ended else {"low": low, "high": high}
        rows.append({"term": term, "part": "term", "estimate": float(fit.params[term]), **ends, "note": note})
    return pd.DataFrame(rows).assign(n=len(used.x), clusters=used.n_clusters)


def _imputed(found: TeamContexts, measure: str, m: int, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """Indicators filled m times from each other and the measure; scales made and the model fitted each time."""
    names = list(found.indicators.columns)
    base = found.teams[["team", "trust", measure]].dropna(subset=[measure])
    base = base.merge(found.indicators, left_on="team", right_index=True).reset_index(drop=True)
    blanks = [name for name in names if base[name].isna().any()]
    fills = impute(base, blanks, [*names, measure], m, rng=rng) if blanks else [base] * m
    fits = []
    for filled in fills:
        long = filled.melt("team", names, "indicator").rename(columns={"team": "unit"}).assign(unit_kind="team")
        assert found.book is not None  # there is one wherever there are teams
        scores = constructs(long, found.book).scores
        made = filled[["team", "trust", measure]].merge(scores / scores.std(), left_on="team", right_index=True)
        fits.append(fit_functioning(made, measure, list(found.names), "trust", level=level, wild=[]))
    count = int(base[names].isna().to_numpy().sum())
    return pool(fits, level, f"{count} blanks of indicators filled {m} times" if count else "no blanks to fill")

"""Cultural, service and professional contexts of an invented study, and how its teams function in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from newroles.errors import InputError
from newroles.simulate.parameters import Section, effect, parameter, refuse_other_keys, share

CONSTRUCTS: Mapping[str, tuple[str, ...]] = {
    "culture": ("team_climate", "leadership_support", "recovery_fit"),
    "service": ("vacancy_rate", "resources_adequate", "caseload_per_wte"),
    "profession": ("role_agreed", "supervision_time", "career_pathway"),
}
# lowest and highest possible value in the codebook `contexts`, and decimals as a table shows them
INDICATORS: Mapping[str, tuple[float, float, int]] = {
    "team_climate": (1, 5, 2), "leadership_support": (1, 5, 2), "recovery_fit": (1, 5, 2),
    "vacancy_rate": (0, 1, 3), "resources_adequate": (1, 5, 2), "caseload_per_wte": (0, 100, 1),
    "role_agreed": (1, 5, 2), "supervision_time": (0, 20, 1), "career_pathway": (1, 5, 2),
}  # fmt: skip
TRUST_INDICATORS = ("vacancy_rate", "leadership_support")
# what is measured once in every team, and whom it is about; the codebook `effects` has at most so many complaints
FUNCTIONING: Mapping[str, str] = {
    "team_functioning": "existing_roles",
    "waiting_standard_met": "service_users",
    "complaints": "service_users",
    "service_rating": "service_users",
}
RATINGS = (2, 3, 4)
MOST_COMPLAINTS = 500


@dataclass(frozen=True)
class ContextsSpec(Section):
    """What are the contexts of teams like, how well are they measured, and what do they change?"""

    trust_share: float = share(0.3, "share of variance", "teams of one trust resemble each other")
    construct_correlation: float = share(0.3, "correlation", "culture, service and profession go together somewhat")
    indicator_mean: Mapping[str, float] = parameter(
        {
            "team_climate": 3.2, "leadership_support": 3.0, "recovery_fit": 3.3,
            "vacancy_rate": 0.12, "resources_adequate": 2.9, "caseload_per_wte": 24.0,
            "role_agreed": 3.0, "supervision_time": 2.0, "career_pathway": 2.8,
        },
        "the indicator's own unit",
        "conditions at round numbers (support 3, agreed 3, two hours, vacancy 0.12) hold in about half of the teams",
    )  # fmt: skip
    loading: Mapping[str, float] = effect(
        {
            "team_climate": 0.4, "leadership_support": 0.42, "recovery_fit": 0.36,
            "vacancy_rate": -0.03, "resources_adequate": 0.4, "caseload_per_wte": -4.0,
            "role_agreed": 0.4, "supervision_time": 0.38, "career_pathway": 0.38,
        },
        "the indicator's own unit per standard deviation of its construct",
        "vacancies and caseloads are low where the service has what it needs",
    )  # fmt: skip
    noise: Mapping[str, float] = parameter(
        {
            "team_climate": 0.3, "leadership_support": 0.36, "recovery_fit": 0.36,
            "vacancy_rate": 0.0225, "resources_adequate": 0.36, "caseload_per_wte": 3.5,
            "role_agreed": 0.4, "supervision_time": 0.44, "career_pathway": 0.34,
        },
        "standard deviation in the indicator's own unit",
        "an indicator measures its construct imperfectly",
    )  # fmt: skip
    trust_noise: Mapping[str, float] = parameter(
        {"vacancy_rate": 0.008, "leadership_support": 0.1},
        "standard deviation in the indicator's own unit",
        "published figures of a whole trust say something about its teams, not everything",
    )
    measured_on: dt.date = parameter(dt.date(2023, 3, 31), "date", "one day for every indicator")  # noqa: RUF009
    missing: float = share(0.08, "probability", "a surveyed team in a trust of median size leaves an indicator blank")
    missing_odds_per_doubling: float = parameter(
        1.5,
        "odds ratio",
        "larger trusts leave more blank: at random, given size",
        low=0.01,
    )
    # how teams function
    intercept: Mapping[str, float] = effect(
        {"team_functioning": 60.0, "waiting_standard_met": 0.2, "complaints": 1.8},
        "points; log-odds; log of complaints a year",
        "a team with average contexts in an average trust",
    )
    rating_cuts: Mapping[int, float] = effect(
        {2: -2.0, 3: -0.2, 4: 1.9}, "log-odds", "a rating of 2, 3 or 4 begins here; most teams get the middle ones"
    )
    effect_of_culture: Mapping[str, float] = effect(
        {"team_functioning": 5.0, "waiting_standard_met": 0.3, "complaints": -0.25, "service_rating": 0.8},
        "points, log-odds, log rate or log-odds, per standard deviation of culture",
        "culture matters most to how a team functions",
    )
    effect_of_service: Mapping[str, float] = effect(
        {"team_functioning": 3.0, "waiting_standard_met": 0.9, "complaints": -0.3, "service_rating": 0.6},
        "points, log-odds, log rate or log-odds, per standard deviation of service",
        "staff and resources matter most to waiting",
    )
    effect_of_profession: Mapping[str, float] = effect(
        {"team_functioning": 2.0, "waiting_standard_met": 0.2, "complaints": 0.0, "service_rating": 0.4},
        "points, log-odds, log rate or log-odds, per standard deviation of profession",
        "nil for complaints, so that finding no relation can be tested",
    )
    trust_sd: Mapping[str, float] = parameter(
        {"team_functioning": 3.0, "waiting_standard_met": 0.5, "complaints": 0.2, "service_rating": 0.4},
        "standard deviation, in points, log-odds, log rate or log-odds",
        "trusts differ for reasons that no indicator shows",
    )
    functioning_noise: float = parameter(5.0, "standard deviation in points", "team functioning beyond its contexts")
    complaints_dispersion: float = parameter(
        0.3,
        "variance of the rate, as a share of its square",
        "complaints scatter more than a Poisson count; 0 is Poisson",
    )
    respondents: Mapping[str, float] = parameter(
        {"service_users": 90.0, "existing_roles": 14.0}, "people in a team, on average", "who a value rests on", low=1
    )

    def _refuse_contradictions(self) -> None:
        for name in ("indicator_mean", "loading", "noise"):
            refuse_other_keys(name, getattr(self, name), tuple(INDICATORS))
        refuse_other_keys("trust_noise", self.trust_noise, TRUST_INDICATORS)
        refuse_other_keys("intercept", self.intercept, tuple(FUNCTIONING)[:3])
        for name in ("effect_of_culture", "effect_of_service", "effect_of_profession", "trust_sd"):
            refuse_other_keys(name, getattr(self, name), tuple(FUNCTIONING))
        refuse_other_keys("respondents", self.respondents, ("service_users", "existing_roles"))
        for name, (low, high, _) in INDICATORS.items():
            if not low <= self.indicator_mean[name] <= high:
                raise InputError(
                    f"indicator_mean: {self.indicator_mean[name]} for '{name}' is impossible: expected {low} to {high}."
                )
            if not self.loading[name] and not self.noise[name]:
                raise InputError(f"noise: '{name}' has neither loading nor noise, so it would be the same everywhere.")
        if tuple(self.rating_cuts) != RATINGS or sorted(self.rating_cuts.values()) != list(self.rating_cuts.values()):
            raise InputError(f"rating_cuts: expected values for {RATINGS}, none below the one before.")


@dataclass(frozen=True)
class DrawnContexts:
    """Contexts as drawn: what the study measured, and what was really there.

    - indicators: one row per team, a column per indicator, complete, with the decimals that the table shows;
    - constructs: one row per team, columns culture, service, profession: the true scores, mean 0 and variance 1;
    - table: the `contexts` table of a study folder;
    - truth: see `draw_contexts`.
    """

    indicators: pd.DataFrame
    constructs: pd.DataFrame
    table: pd.DataFrame
    truth: dict[str, Any]


def draw_contexts(
    trusts: pd.DataFrame, places: pd.DataFrame, spec: ContextsSpec, rng: np.random.Generator
) -> DrawnContexts:
    """In which contexts does each team work, and what does a study see of them?

    `trusts`: the frame, one row per trust (trust, wte); `places`: one row per team (team, trust, follow).

    A team's culture, service and profession are each sqrt(trust_share) x a score of its trust + sqrt(1 - trust_share)
    x a score of its own; scores have mean 0 and variance 1, those of different constructs correlate by
    `construct_correlation`. Then

        indicator = indicator_mean + loading x construct + normal noise,

    cut off at the codebook's range (rare, and counted). For every trust of the frame, answered or not, there are
    figures of the whole trust, as if public: indicator_mean + loading x the trust's part of the construct +
    `trust_noise`. A value of a surveyed team is blank with log-odds
    logit(missing) + log(missing_odds_per_doubling) x doublings of the median trust's wte; its row stays. Case and panel
    teams are followed closely and have no blanks.

    The truth: by indicator, its `reliability` (share of its variance that is its construct's), the share of its
    variance `between_trusts`, and how many values were `clipped`; `trust_reliability` of figures of whole trusts; by
    construct, `alpha` of the standardised items (Cronbach 1951, doi 10.1007/BF02310555) and `omega`, the squared
    correlation of their mean with the construct; the probability of a blank by trust.

    Raises InputError for a team in a trust that isn't in the frame.

    >>> trusts = pd.DataFrame({"trust": ["X1", "X2"], "wte": [3000.0, 4000.0]})
    >>> places = pd.DataFrame({"team": ["T1", "T2"], "trust": ["X1", "X1"], "follow": ["case", "surveyed"]})
    >>> drawn = draw_contexts(trusts, places, ContextsSpec(), np.random.default_rng(1))
    >>> len(drawn.table), drawn.truth["indicators"]["team_climate"]["reliability"]
    (22, 0.64)
    """
    strangers = places.loc[~places["trust"].isin(trusts["trust"]), "team"]
    if len(strangers):
        raise InputError(f"Team '{strangers.iloc[0]}' is in a trust that isn't in the frame of trusts.")
    home = pd.Index(trusts["trust"]).get_indexer(places["trust"])
    trust_scores = np.sqrt(spec.trust_share) * _correlated(len(trusts), spec, rng)
    scores = trust_scores[home] + np.sqrt(1 - spec.trust_share) * _correlated(len(places), spec, rng)
    construct_of = {name: i for i, names in enumerate(CONSTRUCTS.values()) for name in names}
    of_teams, of_trusts, clipped = {}, {}, {}
    for name in INDICATORS:
        noise = spec.noise[name] * rng.standard_normal(len(places))
        of_teams[name], beyond = _as_reported(name, scores[:, construct_of[name]], noise, spec)
        clipped[name] = beyond
    for name in TRUST_INDICATORS:
        noise = spec.trust_noise[name] * rng.standard_normal(len(trusts))
        of_trusts[name], beyond = _as_reported(name, trust_scores[:, construct_of[name]], noise, spec)
        clipped[name] += beyond
    indicators = pd.DataFrame(of_teams, index=pd.Index(places["team"], name="team"))
    chance = _blank_probability(trusts, spec)
    blank = rng.random(indicators.shape) < chance[home][:, np.newaxis]
    blank &= places["follow"].eq("surveyed").to_numpy()[:, np.newaxis]
    public = pd.DataFrame(of_trusts, index=pd.Index(trusts["trust"], name="trust"))
    table = pd.concat([_long(indicators.mask(blank), "team"), _long(public, "trust")], ignore_index=True)
    return DrawnContexts(
        indicators=indicators,
        constructs=pd.DataFrame(scores, index=indicators.index, columns=list(CONSTRUCTS)),
        table=table.assign(measured_on=pd.Timestamp(spec.measured_on)),
        truth={
            "indicators": {name: {**_quality(name, spec), "clipped": clipped[name]} for name in INDICATORS},
            "trust_reliability": {name: _trust_reliability(name, spec) for name in TRUST_INDICATORS},
            "scales": {name: _scale_quality(name, spec) for name in CONSTRUCTS},
            "blank_probability": {
                str(trust): round(float(each), 6) for trust, each in zip(trusts["trust"], chance, strict=True)
            },
        },
    )


def _correlated(n: int, spec: ContextsSpec, rng: np.random.Generator) -> np.ndarray:
    """Three scores each, of variance 1, every two of which correlate by the same amount."""
    together, apart = rng.standard_normal((n, 1)), rng.standard_normal((n, len(CONSTRUCTS)))
    return np.sqrt(spec.construct_correlation) * together + np.sqrt(1 - spec.construct_correlation) * apart


def _as_reported(name: str, score: np.ndarray, noise: np.ndarray, spec: ContextsSpec) -> tuple[np.ndarray, int]:
    low, high, decimals = INDICATORS[name]
    exact = spec.indicator_mean[name] + spec.loading[name] * score + noise
    return exact.clip(low, high).round(decimals), int(((exact < low) | (exact > high)).sum())


def _blank_probability(trusts: pd.DataFrame, spec: ContextsSpec) -> np.ndarray:
    doublings = np.log2(trusts["wte"].to_numpy(dtype=float) / trusts["wte"].median())
    return expit(logit(spec.missing) + np.log(spec.missing_odds_per_doubling) * doublings)


def _long(wide: pd.DataFrame, unit_kind: str) -> pd.DataFrame:
    """One row per unit and indicator, the indicators of a unit together."""
    return pd.DataFrame(
        {
            "unit": pd.Series(np.repeat(wide.index.to_numpy(), wide.shape[1]), dtype="str"),
            "unit_kind": pd.Series([unit_kind] * wide.size, dtype="str"),
            "indicator": pd.Series([*wide.columns] * len(wide), dtype="str"),
            "value": wide.to_numpy(dtype=float).ravel(),
        }
    )


def _validity(name: str, spec: ContextsSpec) -> float:
    """Correlation of the indicator, reversed if it loads negatively, with its construct."""
    return abs(spec.loading[name]) / float(np.hypot(spec.loading[name], spec.noise[name]))


def _quality(name: str, spec: ContextsSpec) -> dict[str, Any]:
    reliability = _validity(name, spec) ** 2
    return {"reliability": round(reliability, 6), "between_trusts": round(spec.trust_share * reliability, 6)}


def _trust_reliability(name: str, spec: ContextsSpec) -> float:
    of_trust = spec.trust_share * spec.loading[name] ** 2
    total = of_trust + spec.trust_noise[name] ** 2
    return round(of_trust / total, 6) if total else 0.0


def scale_of(construct: str, spec: ContextsSpec) -> tuple[float, float, float]:
    """What is known of a scale? Of the mean of a construct's standardised items: covariance with the construct, variance, mean correlation."""
    validity = np.array([_validity(name, spec) for name in CONSTRUCTS[construct]])
    k = len(validity)
    correlation = (validity.sum() ** 2 - (validity**2).sum()) / (k * (k - 1))
    return float(validity.mean()), float((1 + (k - 1) * correlation) / k), float(correlation)


def _scale_quality(construct: str, spec: ContextsSpec) -> dict[str, float]:
    covariance, variance, correlation = scale_of(construct, spec)
    return {"alpha": round(correlation / variance, 6), "omega": round(covariance**2 / variance, 6)}

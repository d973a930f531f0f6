"""How the teams of an invented study function in their contexts, by known coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from newroles.simulate.contexts import CONSTRUCTS, FUNCTIONING, MOST_COMPLAINTS, ContextsSpec, DrawnContexts, scale_of


def draw_functioning(
    places: pd.DataFrame, drawn: DrawnContexts, spec: ContextsSpec, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """How does each team function, given its true contexts?

    For each measure, a score = intercept + the effects of culture, service and profession (per standard deviation) +
    a normal part of its trust (`trust_sd`). Then

    - team_functioning (existing roles, 0-100): the score + normal noise, cut off at 0 and 100 (rare, and counted);
    - waiting_standard_met (service users): 1 with log-odds of the score, else 0;
    - complaints (service users): negative binomial with log mean of the score and variance
      mean + complaints_dispersion x mean squared, cut off at 500 a year (likewise);
    - service_rating (service users): ordered logit: the score (without intercept) + logistic noise, k where it exceeds
      the cut of k, 1 below all cuts.

    How many people a value rests on (n) is 1 + Poisson; it changes nothing in the value.

    Returns rows of the `outcomes` table, four per team, period: the year of `measured_on`; and the truth: by measure,
    the parameters, as coefficients by construct; the true constructs by team; and, for team functioning,
    `with_scale_means`: the coefficients to be expected from least squares on the mean of each construct's standardised
    items (vacancies and caseloads reversed) in place of the construct itself, per unit and per standard deviation of
    the mean: errors in variables, which leak from one construct into the others.
    """
    coefficients = np.array([_coefficients(name, spec) for name in FUNCTIONING])
    trust_at, known = pd.factorize(places["trust"])
    parts = rng.standard_normal((len(known), len(FUNCTIONING))) * [spec.trust_sd[name] for name in FUNCTIONING]
    intercepts = [spec.intercept.get(name, 0.0) for name in FUNCTIONING]
    scores = drawn.constructs.loc[places["team"]].to_numpy() @ coefficients.T + parts[trust_at] + intercepts
    n = len(places)
    functioning = scores[:, 0] + spec.functioning_noise * rng.standard_normal(n)
    met = rng.random(n) < expit(scores[:, 1])
    expected = np.exp(np.minimum(scores[:, 2], 12))  # far beyond what is possible, and still a number to draw with
    over = spec.complaints_dispersion
    complaints = rng.poisson(np.minimum(expected * rng.gamma(1 / over, over, n), 1e9) if over else expected)
    latent = scores[:, 3] + rng.logistic(size=n)
    rating = 1 + (latent[:, np.newaxis] > list(spec.rating_cuts.values())).sum(axis=1)
    values = [functioning.clip(0, 100).round(1), met, complaints.clip(0, MOST_COMPLAINTS), rating]
    rows = pd.DataFrame(
        {
            "unit": np.repeat(places["team"].to_numpy(), len(FUNCTIONING)),
            "unit_kind": "team",
            "group": [*FUNCTIONING.values()] * n,
            "measure": [*FUNCTIONING] * n,
            "period": str(spec.measured_on.year),
            "value": np.column_stack(values).ravel(),
        }
    ).astype({"unit": "str", "unit_kind": "str", "group": "str", "measure": "str", "period": "str"})
    people = rows["group"].map(spec.respondents).to_numpy(dtype=float)
    rows["n"] = pd.array(1 + rng.poisson(people - 1), dtype="Int64")
    clipped = {
        "team_functioning": int(((functioning < 0) | (functioning > 100)).sum()),
        "complaints": int((complaints > MOST_COMPLAINTS).sum()),
    }
    return rows, _functioning_truth(drawn, spec, clipped)


def _coefficients(measure: str, spec: ContextsSpec) -> list[float]:
    return [float(getattr(spec, f"effect_of_{construct}")[measure]) for construct in CONSTRUCTS]


def _functioning_truth(drawn: DrawnContexts, spec: ContextsSpec, clipped: Mapping[str, int]) -> dict[str, Any]:
    own: dict[str, dict[str, Any]] = {
        "team_functioning": {"noise_sd": spec.functioning_noise, "clipped": clipped["team_functioning"]},
        "waiting_standard_met": {},
        "complaints": {"dispersion": spec.complaints_dispersion, "clipped": clipped["complaints"]},
        "service_rating": {"cuts": dict(spec.rating_cuts)},
    }
    measures = {}
    for name in FUNCTIONING:
        start = {"intercept": spec.intercept[name]} if name in spec.intercept else {}
        effects = dict(zip(CONSTRUCTS, _coefficients(name, spec), strict=True))
        measures[name] = {**start, "coefficients": effects, "trust_sd": spec.trust_sd[name], **own[name]}
    measures["team_functioning"]["with_scale_means"] = _with_scale_means("team_functioning", spec)
    return {"measures": measures, "constructs": drawn.constructs.round(6).to_dict("index")}


def _with_scale_means(measure: str, spec: ContextsSpec) -> dict[str, dict[str, float]]:
    """Population least squares on scale means: the inverse of their covariances, times theirs with the outcome."""
    true = np.full((len(CONSTRUCTS), len(CONSTRUCTS)), spec.construct_correlation)
    np.fill_diagonal(true, 1.0)
    covariance, variance, _ = np.array([scale_of(construct, spec) for construct in CONSTRUCTS]).T
    among = np.outer(covariance, covariance) * true
    np.fill_diagonal(among, variance)
    with_outcome = covariance * (true @ _coefficients(measure, spec))
    expected = np.linalg.lstsq(among, with_outcome, rcond=None)[0]
    units = {"per_unit": expected, "per_standard_deviation": expected * np.sqrt(variance)}
    return {unit: dict(zip(CONSTRUCTS, each.round(6).tolist(), strict=True)) for unit, each in units.items()}

"""Which trust of an invented study has introduced which role, when, and how many people hold it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from newroles.simulate.spec import StudySpec
from newroles.simulate.teams import SETTINGS
from newroles.simulate.trusts import doublings


def adoption_probabilities(trusts: pd.DataFrame, variants: pd.DataFrame, spec: StudySpec) -> pd.DataFrame:
    """How likely is each trust to have introduced each role?

    A role's share in a trust of median size, its odds multiplied by `adoption_odds_per_doubling` for each doubling
    of the trust's size. Returns trusts x roles, 0-1.
    """
    effect = np.log(spec.adoption_odds_per_doubling) * doublings(trusts["wte"], spec).to_numpy()
    chances = expit(logit(variants["base_share"].to_numpy())[np.newaxis, :] + effect[:, np.newaxis])
    return pd.DataFrame(chances, index=pd.Index(trusts["trust"]), columns=pd.Index(variants["role"]))


def expected_headcount(trusts: pd.DataFrame, variants: pd.DataFrame, spec: StudySpec) -> pd.DataFrame:
    """How many people would hold each role in each trust, if it has the role?

    A role's posts in a trust of median size, in proportion to the trust's size, and at least one. Trusts x roles.
    """
    size = (trusts["wte"] / spec.trust_wte_median).to_numpy()
    people = np.maximum(size[:, np.newaxis] * variants["posts"].to_numpy()[np.newaxis, :], 1.0)
    return pd.DataFrame(people, index=pd.Index(trusts["trust"]), columns=pd.Index(variants["role"]))


def draw_adoption(
    trusts: pd.DataFrame, variants: pd.DataFrame, probabilities: pd.DataFrame, spec: StudySpec, rng: np.random.Generator
) -> pd.DataFrame:
    """Which trust really has which role, since when, with how many people?

    Returns one row per role that a trust has, whether or not it answered: trust, role, kind, introduced (date),
    headcount (1 or more), contract (wte per person), band, band_trainee, setting, rationale (codes joined by ";";
    blank: none). Dates follow an S curve from the role's first year to the start of the period: a logistic curve, cut
    off at both ends.
    """
    has = rng.random(probabilities.shape) < probabilities.to_numpy()
    trust_at, role_at = np.nonzero(has)
    present = pd.DataFrame({"trust": probabilities.index[trust_at], "role": probabilities.columns[role_at]})
    present = present.merge(variants[["role", "kind", "since", "band", "band_trainee", "posts"]], on="role", how="left")
    n = len(present)
    present["introduced"] = _introduced(present["since"], spec, rng)
    expected = expected_headcount(trusts, variants, spec).to_numpy()[trust_at, role_at]
    present["headcount"] = 1 + rng.poisson(expected - 1)
    present["contract"] = rng.uniform(spec.contract_low, 1, n).round(3)
    present["setting"] = rng.choice(SETTINGS, n)
    given = rng.random((n, len(spec.rationale_shares))) < np.array(list(spec.rationale_shares.values()))
    codes = np.array(list(spec.rationale_shares))
    present["rationale"] = [";".join(codes[row]) for row in given]
    return present.drop(columns=["since", "posts"])


def _introduced(since: pd.Series, spec: StudySpec, rng: np.random.Generator) -> pd.Series:
    start = pd.to_datetime(since.astype(str) + "-01-01")
    days_open = (pd.Timestamp(spec.period_start) - start).dt.days.to_numpy()
    at_start, at_end = expit(spec.adoption_steepness * (np.array([0.0, 1.0]) - spec.adoption_midpoint))
    quantile = at_start + rng.random(len(since)) * (at_end - at_start)
    position = spec.adoption_midpoint + logit(quantile) / spec.adoption_steepness
    days = np.clip(np.floor(position * days_open), 0, np.maximum(days_open - 1, 0)).astype(int)
    return start + pd.to_timedelta(days, unit="D")

"""The sampling frame of an invented study, and which of its trusts answer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.simulate.spec import StudySpec


def draw_trusts(spec: StudySpec, rng: np.random.Generator) -> pd.DataFrame:
    """Which trusts are in the frame, how large are they, and which of them answered?

    Sizes are log-normal. Each trust answers with odds that grow with its size, given that the planned number of
    trusts answers in its region (conditional Bernoulli sampling; Chen, Dempster & Liu 1994,
    Biometrika 81:457-469, doi 10.1093/biomet/81.3.457).

    Returns the `trusts` table of a study folder, one row per trust, with one column more: `response_probability`,
    0-1, which belongs to the truth and not into the folder.
    """
    rows: list[dict[str, str]] = []
    width = len(str(max(sum(spec.trusts_by_region.values()), 10)))
    for region, n in spec.trusts_by_region.items():
        initials = "".join(word[0] for word in region.split() if word[0].isupper())
        for position in range(n):
            number = f"{len(rows) + 1:0{width}d}"
            rows.append(
                {
                    "trust": f"X{number}",
                    "name": f"Invented Trust {number} ({region})",
                    "region": region,
                    "icb": f"Invented Board {initials}{1 + position * 4 // 5}",
                    "sector": "nhs",
                }
            )
    trusts = pd.DataFrame(rows)
    log_size = rng.normal(np.log(spec.trust_wte_median), spec.trust_wte_spread, len(trusts))
    trusts["wte"] = np.exp(log_size).round().clip(1)
    log_odds = np.log(spec.response_odds_per_doubling) * doublings(trusts["wte"], spec)
    trusts["responded"] = False
    trusts["response_probability"] = 0.0
    for region, wanted in spec.responded_by_region.items():
        members = trusts.index[trusts["region"] == region]
        trusts.loc[members, "responded"] = draw_fixed_number(log_odds[members].to_numpy(), wanted, rng)
        trusts.loc[members, "response_probability"] = inclusion_probabilities(log_odds[members].to_numpy(), wanted)
    return trusts[["trust", "name", "region", "icb", "sector", "responded", "wte", "response_probability"]]


def doublings(wte: pd.Series, spec: StudySpec) -> pd.Series:
    """How many times must the median trust be doubled to be this large? 0 for the median, negative below it."""
    return np.log2(wte / spec.trust_wte_median)


def draw_fixed_number(log_odds: np.ndarray, wanted: int, rng: np.random.Generator) -> np.ndarray:
    """Who is in, when each is in independently with these log odds, given that `wanted` are? Boolean array."""
    tails = [np.append(0.0, np.full(wanted, -np.inf))]
    for each in log_odds[::-1]:
        tails.append(_with_one_more(tails[-1], each))
    tails.reverse()
    chosen = np.zeros(len(log_odds), dtype=bool)
    left = wanted
    for i, uniform in enumerate(rng.random(len(log_odds))):
        if left and np.log(uniform) < log_odds[i] + tails[i + 1][left - 1] - tails[i][left]:
            chosen[i] = True
            left -= 1
    return chosen


def inclusion_probabilities(log_odds: np.ndarray, wanted: int) -> np.ndarray:
    """How likely is each to be among the `wanted`? Exact: they add up to `wanted`.

    >>> inclusion_probabilities(np.zeros(4), 1)
    array([0.25, 0.25, 0.25, 0.25])
    """
    if wanted == 0:
        return np.zeros(len(log_odds))
    heads = [np.append(0.0, np.full(wanted, -np.inf))]
    for each in log_odds:
        heads.append(_with_one_more(heads[-1], each))
    tails = [heads[0]]
    for each in log_odds[::-1]:
        tails.append(_with_one_more(tails[-1], each))
    tails.reverse()
    chances = [
        np.logaddexp.reduce(heads[i][:wanted] + tails[i + 1][:wanted][::-1]) + each - heads[-1][wanted]
        for i, each in enumerate(log_odds)
    ]
    return np.exp(np.array(chances))


def _with_one_more(log_sums: np.ndarray, log_odds: float) -> np.ndarray:
    """Log elementary symmetric sums (of 0, 1, 2, ... members) after one more member may be in."""
    shifted = np.append(-np.inf, log_sums[:-1] + log_odds)
    return np.logaddexp(log_sums, shifted)

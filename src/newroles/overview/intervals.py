"""Intervals for what some trusts of a finite frame report, and for small counts."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from newroles.datasets.intervals import wilson
from newroles.errors import InputError, did_you_mean

POISSON_METHODS = ("exact", "byar")


def finite_population_interval(x: int, n: int, N: int, level: float = 0.95) -> tuple[int, int]:
    """How many of all N trusts have a role, when x of the n that answered have it?

    The interval holds every count K for which finding x in n is not surprising in either direction: both
    one-sided hypergeometric tail probabilities exceed (1 - level) / 2. It is the finite-population analogue of
    Clopper and Pearson's interval, so it covers at least `level` when those who answered are a random sample,
    and it says nothing about who stayed away for a reason (see `bounds`).

    x: trusts with the role among those that answered; n: trusts that answered; N: trusts in the frame.
    Returns (low, high), whole trusts between x and N - (n - x).
    Raises InputError for an impossible input: not 0 <= x <= n <= N, N of 0, or a level outside 0 to 1.

    Source: inversion of the two one-sided hypergeometric tests, the "exact" interval of R's samplingbook::Sprop.

    >>> finite_population_interval(5, 31, 51)
    (5, 14)
    """
    require_possible(x, n, N)
    require_level(level)
    tail = (1 - level) / 2
    possible = np.arange(x, N - (n - x) + 1)
    at_least, at_most = stats.hypergeom.sf(x - 1, N, possible, n), stats.hypergeom.cdf(x, N, possible, n)
    inside = possible[(at_least > tail) & (at_most > tail)]
    return int(inside[0]), int(inside[-1])


def finite_population_wilson(x: int, n: int, N: int, level: float = 0.95) -> tuple[float, float]:
    """What share of all N trusts has a role, by Wilson's interval narrowed for a frame of N trusts?

    Wilson's interval with the normal quantile multiplied by the root of (N - n) / (N - 1): it shrinks to the share
    itself as the answers become a complete count. It is narrower than `finite_population_interval` and covers `level`
    only on average; both take those that answered for a random sample. It doesn't know that x trusts have the role for
    certain, so its low end can lie below x / N, and its high end above the other bound; `adoption` draws both in.

    Returns two shares (0-1); (0, 1) when no trust answered. Raises InputError for an impossible input.

    Source: Wilson (1927), JASA 22: 209-212, https://doi.org/10.1080/01621459.1927.10502953; the correction is that of
    sampling without replacement (Cochran 1977, Sampling Techniques, 3rd edition, chapter 3).

    >>> [round(share, 3) for share in finite_population_wilson(5, 31, 51)]
    [0.096, 0.259]
    """
    require_possible(x, n, N)
    require_level(level)
    if n == 0:
        return 0.0, 1.0
    if n == N:
        return x / n, x / n
    z = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt((N - n) / (N - 1))
    low, high = wilson(x / n, n, float(2 * stats.norm.cdf(z) - 1))
    return float(low), float(high)


def bounds(x: int, n: int, N: int) -> tuple[float, float]:
    """What share of all N trusts has a role, if nothing is assumed about the trusts that didn't answer?

    The low end supposes that none of them has it, the high end that all do. Nothing narrower can be said without an
    assumption. Returns two shares (0-1). Raises InputError for an impossible input.

    Source: the no-assumption bounds of Manski (1989), Anatomy of the Selection Problem, Journal of Human Resources 24:
    343-360.

    >>> [round(share, 3) for share in bounds(5, 31, 51)]
    [0.098, 0.49]
    """
    require_possible(x, n, N)
    return x / N, (x + N - n) / N


def poisson_interval(
    count: int, exposure: float = 1.0, method: str = "exact", level: float = 0.95
) -> tuple[float, float]:
    """Between which rates does the true one lie, when few events were counted?

    count: events; exposure: what they were counted in (people, years, 1,000 posts; 1 for the count itself). method:
    `exact` (Garwood) or `byar` (Byar's approximation, which England's public health statistics use for counts of 10 or
    more; for smaller ones they use the exact interval).
    Returns (low, high), events per unit of exposure; the low end of a count of 0 is 0.
    Raises InputError for a count that isn't whole or is below 0, an exposure that isn't above 0, another method or
    level.

    Source: Garwood (1936), Biometrika 28: 437-442, https://doi.org/10.1093/biomet/28.3-4.437; Breslow and Day (1987),
    Statistical Methods in Cancer Research II, p. 69 (Byar); R's PHEindicatormethods (Byar from 10 events on, exact below).

    >>> [round(rate, 4) for rate in poisson_interval(4, 25)]
    [0.0436, 0.4097]
    """
    if method not in POISSON_METHODS:
        raise InputError(f"There is no Poisson interval '{method}'. {did_you_mean(method, POISSON_METHODS)}")
    require_level(level)
    if not (math.isfinite(count) and count >= 0 and int(count) == count):
        raise InputError(f"A count of events is a whole number, 0 or more; it is {count}.")
    if not (math.isfinite(exposure) and exposure > 0):
        raise InputError(
            f"The exposure (people, years, posts) must be above 0; it is {exposure} for a count of {count}."
        )
    if method == "exact":
        tail = (1 - level) / 2
        low = float(stats.gamma.ppf(tail, count)) if count else 0.0
        high = float(stats.gamma.ppf(1 - tail, count + 1))
    else:
        z = float(stats.norm.ppf((1 + level) / 2))
        low = count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count else 0.0
        more = count + 1
        high = more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3
    return max(low, 0.0) / exposure, high / exposure


def small_count_rates(
    counts: pd.DataFrame,
    count: str = "count",
    exposure: str = "exposure",
    per: float = 1.0,
    method: str = "exact",
    level: float = 0.95,
) -> pd.DataFrame:
    """How high are rates that rest on few events, and how sure are they?

    counts: one row a group, with the columns `count` (events) and `exposure`. per: the rate is for so many units of
    exposure.
    Returns counts with the further columns rate, low, high (per `per`) and method.
    Raises InputError when a column is missing, blank or holds a word, and as `poisson_interval` does.

    Source: see `poisson_interval`.

    >>> table = small_count_rates(pd.DataFrame({"count": [4], "exposure": [25]}), per=100)
    >>> table[["rate", "low", "high"]].round(1).values.tolist()
    [[16.0, 4.4, 41.0]]
    """
    for column in (count, exposure):
        if column not in counts:
            raise InputError(f"The table of counts has no column '{column}'; it has {', '.join(counts.columns)}.")
        if counts[column].isna().any():
            row = int(counts[column].isna().to_numpy().argmax())
            raise InputError(
                f"Row {row + 1} of the counts has no {column}: leave the row out, or write 0 if none was counted."
            )
        numbers = pd.to_numeric(counts[column], errors="coerce")
        if numbers.isna().any():
            row = int(numbers.isna().to_numpy().argmax())
            raise InputError(f"Row {row + 1} of the counts: '{counts[column].iloc[row]}' under {column} is no number.")
        counts = counts.assign(**{column: numbers})
    pairs = zip(counts[count], counts[exposure], strict=True)
    ends = [poisson_interval(events, units, method, level) for events, units in pairs]
    name = "Garwood's exact" if method == "exact" else "Byar's"
    return counts.assign(
        rate=counts[count] / counts[exposure] * per,
        low=[low * per for low, _ in ends],
        high=[high * per for _, high in ends],
        method=f"{name} Poisson interval, {level:.0%}",
    )


def require_level(level: float) -> None:
    """Is this a level of confidence? Raises InputError when it doesn't lie between 0 and 1.

    >>> require_level(0.95)
    """
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")


def require_possible(x: int, n: int, N: int) -> None:
    """Can x of n answering trusts, out of N, be? Raises InputError when not.

    >>> require_possible(5, 31, 51)
    """
    if any(int(v) != v for v in (x, n, N)):
        raise InputError(f"Counts of trusts must be whole numbers; got x={x}, n={n}, N={N}.")
    if N < 1 or not 0 <= x <= n <= N:
        raise InputError(
            f"Impossible counts: x={x} trusts with the role, n={n} that answered, N={N} in the frame; expected "
            "0 <= x <= n <= N and N at least 1."
        )

"""How complete is the register? Estimates of the number of roles that no source has named yet.

What such an estimate can say: with several sources that list roles, the roles that only one source named tell how
many more were probably missed by all. What it can't say: the sources are not independent (an advert follows from a
workforce plan), roles differ in how easily they are named (a role that one trust has once is nearly invisible), and
"role" depends on the register's own splitting and lumping of titles. Roles that differ in visibility, and sources
that copy each other, push these estimates down; Chao's are lower bounds for that reason, when sources are few of many.
When the sources are most of all there are (31 of 51 trusts), drawn once each, the estimates tend to be too high, since a
role that one trust has can't be found again. Nor can more roles of a register be found than it holds. Read the spread
over methods as part of the doubt.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from newroles.errors import InputError

_Z = 1.959963984540054
_COLUMNS = ["method", "observed", "estimate", "se", "low", "high", "n"]
_RARE = 10


def completeness(incidence: pd.DataFrame) -> pd.DataFrame:
    """How many roles are there, given which sources named which roles?

    `incidence` has one row a source (a trust, or a kind of source) and one column a role: 1 where the source named
    the role, 0 where it did not. Columns of zeros are roles nobody named; they count as not observed.

    Returns one row a method: method, observed (roles named at least once), estimate (roles, named or not), se, low,
    high (95 %), n (sources). Methods: chao2, with the factor (n - 1) / n; chao2_bias_corrected, which stays finite
    and stable when few roles were named twice; jackknife1, jackknife2, bootstrap. The interval is log-normal (Chao
    1987), so that it never falls below the roles observed; it is blank for jackknife2, which has no standard error in
    the reference. What the estimates suppose, and which way they err: see the head of this module.

    Raises InputError for fewer than two sources, for no roles at all, and for a cell that is neither 0 nor 1 (naming
    it).

    Source: Chao 1987 (doi 10.2307/2531532); Heltshe and Forrester 1983 (doi 10.2307/2530802); Smith and van Belle
    1984 (doi 10.2307/2530750). Estimates and standard errors as R vegan 2.6-4, specpool(). For jackknife1 that
    subtracts q1 / n where Heltshe and Forrester subtract q1 squared / n, which makes vegan's standard error the
    larger of the two.

    >>> import pandas as pd
    >>> named = pd.DataFrame({"peer": [1, 1, 1], "link": [1, 1, 0], "nurse": [0, 0, 1], "aide": [1, 0, 0]})
    >>> completeness(named).loc[:1, ["method", "estimate"]].round(2).values.tolist()
    [['chao2', 5.33], ['chao2_bias_corrected', 4.33]]
    """
    named = _zeros_and_ones(incidence)
    named = named[:, named.any(axis=0)]
    n, observed = named.shape[0], named.shape[1]
    times = named.sum(axis=0)
    q1, q2 = int((times == 1).sum()), int((times == 2).sum())
    factor = (n - 1) / n
    first = observed + q1 * factor
    second = observed + q1 * (2 * n - 3) / n - q2 * (n - 2) ** 2 / (n * (n - 1))
    missed = (1 - times / n) ** n
    only_here = named[:, times == 1].sum(axis=1)
    variance_first = (float((only_here**2).sum()) - q1 / n) * factor if q1 else 0.0
    both_absent = ((1 - named).T @ (1 - named) / n) ** n - np.outer(missed, missed)
    variance_bootstrap = float((missed * (1 - missed)).sum() + 2 * np.tril(both_absent, -1).sum())
    return _table(
        [
            ("chao2", *_chao(observed, q1, q2, factor)),
            ("chao2_bias_corrected", *_chao_bias_corrected(observed, q1, q2, factor)),
            ("jackknife1", first, variance_first),
            ("jackknife2", second, math.nan),
            ("bootstrap", observed + float(missed.sum()), variance_bootstrap),
        ],
        observed,
        n,
    )


def counts_completeness(counts: Iterable[float]) -> pd.DataFrame:
    """How many roles are there, given how many times each was named?

    `counts` holds one whole number a role: its mentions, for instance the number of trusts that reported it; zeros
    are roles nobody named and count as not observed.

    Returns one row a method: method, observed (roles), estimate (roles, named or not), se, low, high (95 %,
    log-normal: Chao 1987), n (mentions in all). Three forms of Chao's estimator give three numbers on the same
    counts, so each has its name:

    - chao1: with the factor (n - 1) / n on f1 squared / (2 f2), as R iNEXT;
    - chao1_plain: without the factor, as Chao wrote it in 1984 and R SPECIES;
    - chao1_bias_corrected: f1 (f1 - 1) / (2 (f2 + 1)), as R vegan's estimateR; stable when few roles were named
      twice.

    Then ace, the abundance coverage estimator with roles named up to ten times as the rare ones, with the standard
    error that R vegan 2.6-4 prints and no interval: vegan's gradient divides by 1 - n where the coverage divides by
    n, which makes that standard error far too small. ace_delta is the same estimate with the gradient derived again,
    and its interval. Where every mention of a rare role is its only one, coverage is zero and ACE is not defined:
    both rows are blank.

    Raises InputError for a count that is negative, blank or not whole (naming it), and for no mentions at all.

    Source: Chao 1984 (Scandinavian Journal of Statistics 11:265-270); Chao and Lee 1992 (doi
    10.1080/01621459.1992.10475194); Chiu, Wang, Walther and Chao 2014 (doi 10.1111/biom.12200).

    >>> counts_completeness([1, 1, 1, 2, 2, 5]).loc[:2, ["method", "estimate"]].values.tolist()
    [['chao1', 8.0625], ['chao1_plain', 8.25], ['chao1_bias_corrected', 7.0]]
    """
    mentions = _whole_numbers(counts)
    n, observed = int(mentions.sum()), len(mentions)
    times = [int((mentions == i).sum()) for i in range(_RARE + 1)]
    f1, f2 = times[1], times[2]
    corrected = observed + f1 * (f1 - 1) / (2 * (f2 + 1))
    gradient = {1: 1 + (2 * f1 - 1) / (2 * (f2 + 1)), 2: 1 - f1 * (f1 - 1) / (2 * (f2 + 1) ** 2)}
    weights = [(gradient.get(1, 1), f1), (gradient.get(2, 1), f2), (1.0, observed - f1 - f2)]
    variance_corrected = sum(g * g * f for g, f in weights) - sum(g * f for g, f in weights) ** 2 / corrected
    ace, variance_vegan, variance_delta = _ace(np.array(times[1:], dtype=float), observed)
    table = _table(
        [
            ("chao1", *_chao(observed, f1, f2, (n - 1) / n)),
            ("chao1_plain", *_chao(observed, f1, f2, 1.0)),
            ("chao1_bias_corrected", corrected, variance_corrected),
            ("ace", ace, variance_vegan),
            ("ace_delta", ace, variance_delta),
        ],
        observed,
        n,
    )
    table.loc[table["method"] == "ace", ["low", "high"]] = math.nan
    return table


def sample_coverage(counts: Iterable[float]) -> float:
    """What share of all mentions, made or still to come, belongs to roles already named?

    `counts` as in counts_completeness. Returns a number from 0 to 1; 1 - coverage is the chance that the next mention
    is of a role not named before. High coverage can go with many missing roles, if those are rare.

    Raises InputError as counts_completeness does.

    Source: Good 1953 (doi 10.1093/biomet/40.3-4.237) as improved by Chao and Jost 2012 (doi 10.1890/11-1952.1); as R
    iNEXT.

    >>> round(sample_coverage([1, 1, 1, 2, 2, 5]), 4)
    0.777
    """
    mentions = _whole_numbers(counts)
    n = int(mentions.sum())
    f1, f2 = int((mentions == 1).sum()), int((mentions == 2).sum())
    if f1 == 0:
        return 1.0
    unseen = (n - 1) / n * (f1**2 / (2 * f2) if f2 else f1 * (f1 - 1) / 2)
    return 1 - f1 / n * (n * unseen / (n * unseen + f1))


def lincoln_petersen(n1: int, n2: int, m: int) -> pd.Series:
    """How many roles are there, when two sources named n1 and n2 of them and share m?

    Assumes that the sources are independent and that, within a source, every role is as likely to be named: with
    sources that copy each other the answer is too small.

    Returns method, observed, estimate, variance, se, low, high (95 %, log-normal), n (sources: 2).

    Raises InputError for negative or fractional numbers, for m above n1 or n2, and for m = 0, where the estimate is
    infinite (use chapman).

    Source: Seber 1982, The Estimation of Animal Abundance, 2nd ed., section 3.1.

    >>> lincoln_petersen(67, 58, 40)["estimate"]
    97.15
    """
    _check_two_sources(n1, n2, m)
    if m == 0:
        raise InputError("The two sources share no role (m = 0), so this estimate is infinite. Use chapman(n1, n2, m).")
    return _two_sources("lincoln_petersen", n1, n2, m, n1 * n2 / m, n1 * n2 * (n1 - m) * (n2 - m) / m**3)


def chapman(n1: int, n2: int, m: int) -> pd.Series:
    """How many roles are there, when two sources named n1 and n2 of them and share m? Chapman's estimator, less biased.

    Assumptions and returns as lincoln_petersen; also defined when the sources share nothing.

    Raises InputError for negative or fractional numbers, and for m above n1 or n2.

    Source: Chapman 1951 (University of California Publications in Statistics 1:131-160); variance: Seber 1970 (doi
    10.2307/2528976).

    >>> round(chapman(67, 58, 40)["estimate"], 4)
    96.8537
    """
    _check_two_sources(n1, n2, m)
    estimate = (n1 + 1) * (n2 + 1) / (m + 1) - 1
    variance = (n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) ** 2 * (m + 2))
    return _two_sources("chapman", n1, n2, m, estimate, variance)


def lognormal_interval(estimate: float, variance: float, observed: float) -> tuple[float, float]:
    """Between which numbers does the true number of roles lie, given that it can't be below the observed?

    Returns the 95 % limits of Chao 1987 (doi 10.2307/2531532): the number of missing roles is taken as log-normal.
    Blank when the variance is; both limits equal the observed number when nothing is estimated to be missing.

    >>> [round(limit, 1) for limit in lognormal_interval(59.0, 126.0, 41)]
    [46.9, 96.4]
    """
    missing = estimate - observed
    if math.isnan(variance) or math.isnan(estimate):
        return math.nan, math.nan
    if missing <= 0:
        return float(observed), float(observed)
    spread = math.exp(_Z * math.sqrt(math.log1p(max(variance, 0.0) / missing**2)))
    return observed + missing / spread, observed + missing * spread


def _chao(observed: int, f1: int, f2: int, factor: float) -> tuple[float, float]:
    """Chao's estimator from the roles named once and twice, and its variance."""
    if f2 == 0:
        estimate = observed + factor * f1 * (f1 - 1) / 2
        spread = f1 * (2 * f1 - 1) ** 2 / 4 - f1**4 / estimate / 4
        return estimate, max(0.0, factor * (factor * spread + f1 * (f1 - 1) / 2))
    ratio = f1 / f2
    variance = f2 * (factor * ratio**2 / 2 + factor**2 * ratio**3 + factor**2 * ratio**4 / 4)
    return observed + factor * f1**2 / (2 * f2), variance


def _chao_bias_corrected(observed: int, q1: int, q2: int, factor: float) -> tuple[float, float]:
    missing = factor * q1 * (q1 - 1) / (2 * (q2 + 1))
    variance = (
        missing
        + factor**2 * q1 * (2 * q1 - 1) ** 2 / (4 * (q2 + 1) ** 2)
        + factor**2 * q1**2 * q2 * (q1 - 1) ** 2 / (4 * (q2 + 1) ** 4)
    )
    if q2 == 0:
        variance -= factor**2 * q1**4 / (4 * (observed + missing))
    return observed + missing, max(0.0, variance)


def _ace(rare: np.ndarray, observed: int) -> tuple[float, float, float]:
    """ACE from the number of roles named 1, 2, ... 10 times; its variance as vegan prints it and as derived here."""
    times = np.arange(1, _RARE + 1)
    mentions, roles = float(times @ rare), float(rare.sum())
    if roles == 0:
        return float(observed), 0.0, 0.0
    if mentions == rare[0]:
        return math.nan, math.nan, math.nan
    pairs = float((times * (times - 1)) @ rare)

    def estimate_and_gradient(coverage: float, slope: np.ndarray, floor: float) -> tuple[float, np.ndarray]:
        ratio = roles * pairs / (coverage * mentions * (mentions - 1))
        skew = max(ratio - 1, floor)
        growth = ratio * (
            1 / roles
            + times * (times - 1) / pairs
            - slope / coverage
            - times * (2 * mentions - 1) / (mentions * (mentions - 1))
        )
        steps = np.where(skew == ratio - 1, growth, 0.0)
        value = (roles + rare[0] * skew) / coverage
        first = np.eye(_RARE)[0]
        return value, (1 + first * skew + rare[0] * steps) / coverage - value * slope / coverage

    first = np.eye(_RARE)[0]
    value, gradient = estimate_and_gradient(
        1 - rare[0] / mentions, rare[0] * times / mentions**2 - first / mentions, 0.0
    )
    shifted = mentions - 1
    as_vegan = estimate_and_gradient(1 + rare[0] / shifted, first / shifted - rare[0] * times / shifted**2, -math.inf)[
        1
    ]
    total = observed - roles + value
    covariance = np.diag(rare) - np.outer(rare, rare) / total
    return total, max(0.0, float(as_vegan @ covariance @ as_vegan)), max(0.0, float(gradient @ covariance @ gradient))


def _table(results: list[tuple[str, float, float]], observed: int, n: int) -> pd.DataFrame:
    rows = [
        (method, observed, float(estimate), math.sqrt(variance), *lognormal_interval(estimate, variance, observed), n)
        for method, estimate, variance in results
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _two_sources(method: str, n1: int, n2: int, m: int, estimate: float, variance: float) -> pd.Series:
    observed = n1 + n2 - m
    low, high = lognormal_interval(estimate, variance, observed)
    values = [method, observed, estimate, variance, math.sqrt(variance), low, high, 2]
    return pd.Series(
        values, index=["method", "observed", "estimate", "variance", "se", "low", "high", "n"], dtype=object
    )


def _check_two_sources(n1: int, n2: int, m: int) -> None:
    for name, value in {"n1": n1, "n2": n2, "m": m}.items():
        if not float(value).is_integer() or value < 0:
            raise InputError(f"{name} is {value}; it is a number of roles, so a whole number that isn't negative.")
    if m > min(n1, n2):
        raise InputError(f"The sources can't share {m} roles when they name {n1} and {n2}; m is at most {min(n1, n2)}.")


def _zeros_and_ones(incidence: pd.DataFrame) -> np.ndarray:
    if len(incidence) < 2:
        raise InputError(f"Completeness needs at least two sources (rows), and this table has {len(incidence)}.")
    values = incidence.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.argwhere(~np.isin(values, (0.0, 1.0)))
    if len(wrong):
        row, column = wrong[0]
        raise InputError(
            f"Source '{incidence.index[row]}', role '{incidence.columns[column]}': found "
            f"'{incidence.iloc[row, column]}', expected 1 (named) or 0 (not named). {len(wrong)} cell(s) are neither."
        )
    if not values.any():
        raise InputError("No source names any role, so there is nothing to estimate from.")
    return values


def _whole_numbers(counts: Iterable[float]) -> np.ndarray:
    given = pd.Series(list(counts), dtype=object)
    values = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0) & (values == np.floor(values))))
    if len(wrong):
        raise InputError(
            f"Count number {wrong[0] + 1} is '{given.iloc[wrong[0]]}'; a count is a whole number, 0 or more."
        )
    if not values.any():
        raise InputError("All counts are zero: no role is named, so there is nothing to estimate from.")
    return values[values > 0]

"""How many roles did every source miss? Log-linear capture-recapture on which sources named which roles.

The models differ in what they let vary: between sources (t), between roles (h), or in pairs of sources that depend on
each other. Their estimates can differ by a factor of two on the same data while all fit: a good fit speaks about the
roles that were named, never about those that were not. With few sources and rare roles, prefer to show them all.
"""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln
from scipy.stats import chi2

from newroles.errors import InputError

_COLUMNS = ["method", "observed", "estimate", "se", "low", "high", "n", "deviance", "df", "aic", "bic", "note"]
_MOST_SOURCES = 10
_FARTHEST = 1e4


@dataclass(frozen=True)
class _Fit:
    """A Poisson log-linear model of the histories seen."""

    log_missed: float
    variance: float
    coefficients: np.ndarray
    deviance: float
    log_likelihood: float


def capture_histories(incidence: pd.DataFrame) -> pd.DataFrame:
    """How many roles have each pattern of being named and not named?

    `incidence` as in completeness: one row a source, one column a role, 1 or 0.

    Returns one row per pattern that occurs: one column a source (1 or 0), and freq, the number of roles with that
    pattern. Roles that no source named are left out. Raises InputError for a cell that is neither 0 nor 1.

    >>> import pandas as pd
    >>> named = pd.DataFrame({"peer": [1, 1], "link": [1, 0], "aide": [1, 0]}, index=["advert", "esr"])
    >>> capture_histories(named).values.tolist()
    [[1, 1, 1], [1, 0, 2]]
    """
    if not incidence.isin([0, 1]).all(axis=None):
        raise InputError("Every cell must be 1 (the source named the role) or 0 (it did not).")
    patterns = incidence.T.astype(int).set_axis([str(source) for source in incidence.index], axis=1)
    if "freq" in patterns or not patterns.columns.is_unique:
        raise InputError("Each source needs a name of its own, and none may be called 'freq'.")
    patterns = patterns[patterns.any(axis=1)]
    counted = patterns.groupby(list(patterns.columns), as_index=False).size().rename(columns={"size": "freq"})
    return counted.sort_values(list(patterns.columns), ascending=False, ignore_index=True)


def capture_recapture(histories: pd.DataFrame) -> pd.DataFrame:
    """How many roles are there, seen or not, under each of five log-linear models?

    `histories` has one row a pattern: one column a source (1 named, 0 not), and freq, the number of roles with that
    pattern. Patterns that are absent have frequency 0; a row of zeros only (roles nobody named) can't be observed and
    is refused.

    Returns one row a model: method, observed (roles), estimate (roles, named or not), se, low, high (95 %, from the
    profile of the multinomial likelihood; high is blank when the data set no upper limit within 10,000 times the
    observed), n (sources), deviance, df, aic, bic (of the Poisson model), note. Models:

    - m0: sources are equally complete, roles equally visible;
    - mt: sources differ (with two sources: Lincoln-Petersen);
    - mh_chao, mth_chao: roles differ too (sources equal, sources differ); Chao's lower bound, for three sources or
      more. Its terms for roles named by three or more sources can't be negative; negative ones are set to zero, as
      Rcapture does;
    - all_two_way: every pair of sources may depend on each other, for three sources or more; large standard errors.

    An estimate is blank, and the note says why, where no role was named by two sources.

    Raises InputError for fewer than two or more than ten sources, a cell that isn't 0 or 1, a frequency that isn't a
    whole number of 0 or more, a pattern given twice, the row of zeros, or no roles.

    Source: Rivest and Baillargeon 2007 (doi 10.1111/j.1541-0420.2006.00732.x), Baillargeon and Rivest 2007 (doi
    10.18637/jss.v019.i05), Cormack 1992 (profile interval, doi 10.2307/2532315). Agrees with R Rcapture 1.4-4.

    >>> import pandas as pd
    >>> two = pd.DataFrame({"survey": [1, 1, 0], "adverts": [1, 0, 1], "freq": [40, 27, 18]})
    >>> capture_recapture(two)[["method", "estimate"]].round(2).values.tolist()
    [['m0', 97.66], ['mt', 97.15]]
    """
    patterns, freq, sources = _complete(histories)
    times = patterns.sum(axis=1)
    ones = np.ones((len(patterns), 1))
    above = (
        np.column_stack([np.maximum(times - k + 1, 0) for k in range(3, sources + 1)]) if sources > 2 else ones[:, :0]
    )
    pairs = [patterns[:, a] * patterns[:, b] for a, b in itertools.combinations(range(sources), 2)]
    designs = [("m0", np.column_stack([ones, times]), 0), ("mt", np.column_stack([ones, patterns]), 0)]
    if sources > 2:
        designs += [
            ("mh_chao", np.column_stack([ones, times, above]), above.shape[1]),
            ("mth_chao", np.column_stack([ones, patterns, above]), above.shape[1]),
            ("all_two_way", np.column_stack([ones, patterns, *pairs]), 0),
        ]
    shared = bool(freq[times > 1].any())
    rows = [_row(method, design, freq, bounded, sources, shared) for method, design, bounded in designs]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _row(
    method: str, design: np.ndarray, freq: np.ndarray, bounded: int, sources: int, shared: bool
) -> tuple[object, ...]:
    observed = int(freq.sum())
    if not shared:
        note = "no role was named by two sources, so nothing bounds the number of roles"
        return (method, observed, *[math.nan] * 4, sources, *[math.nan] * 4, note)
    fit, design, dropped = _fit_bounded(design, freq, bounded)
    missed = math.exp(fit.log_missed) if fit.log_missed < 500 else math.inf
    se = math.sqrt(missed + missed**2 * fit.variance)
    low, high = _profile_interval(design, freq, missed)
    parameters = design.shape[1]
    note = f"{dropped} negative term(s) set to zero" if dropped else ""
    if missed < 1e-6:
        note = "estimated to miss nothing: read the interval, not the se"
    if not math.isfinite(missed) or se > _FARTHEST * observed:
        return (method, observed, *[math.nan] * 4, sources, *[math.nan] * 4, "too few shared roles for this model")
    return (
        method,
        observed,
        observed + missed,
        se,
        low,
        high,
        sources,
        fit.deviance,
        len(freq) - parameters,
        2 * parameters - 2 * fit.log_likelihood,
        math.log(observed) * parameters - 2 * fit.log_likelihood,
        note,
    )


def _fit(design: np.ndarray, freq: np.ndarray) -> _Fit:
    import statsmodels.api as sm

    with warnings.catch_warnings():
        # A term whose patterns all have frequency 0 goes to minus infinity; the intercept converges all the same.
        warnings.simplefilter("ignore")
        result = sm.GLM(freq, design, family=sm.families.Poisson()).fit(maxiter=200, tol=1e-12)
    expected = np.maximum(result.mu, 1e-300)
    log_likelihood = float((freq * np.log(expected) - expected - gammaln(freq + 1)).sum())
    variance = float(result.cov_params()[0, 0])
    return _Fit(float(result.params[0]), variance, result.params, float(result.deviance), log_likelihood)


def _fit_bounded(design: np.ndarray, freq: np.ndarray, bounded: int) -> tuple[_Fit, np.ndarray, int]:
    """Fit with the last `bounded` terms not negative: the most negative one is dropped until none is."""
    dropped = 0
    while True:
        fit = _fit(design, freq)
        last = fit.coefficients[design.shape[1] - bounded :]
        if not bounded or last.min() >= -1e-10:
            return fit, design, dropped
        design = np.delete(design, design.shape[1] - bounded + int(last.argmin()), axis=1)
        bounded, dropped = bounded - 1, dropped + 1


def _profile_interval(design: np.ndarray, freq: np.ndarray, missed: float) -> tuple[float, float]:
    """The numbers of roles that the multinomial likelihood doesn't reject at 5 %, profiled over the rest."""
    observed = float(freq.sum())
    nobody = np.zeros(design.shape[1])
    nobody[0] = 1
    with_missed = np.vstack([nobody, design])

    def log_likelihood(unseen: float) -> float:
        cells = np.concatenate([[unseen], freq])
        total = observed + unseen
        shares = _expected(with_missed, cells) / total
        seen = cells > 0
        return float(gammaln(total + 1) - gammaln(unseen + 1) + (cells[seen] * np.log(shares[seen])).sum())

    start = math.log(max(missed, 1e-3))
    best = minimize_scalar(lambda log: -log_likelihood(math.exp(log)), bounds=(start - 5, start + 5), method="bounded")
    top = math.exp(best.x)
    cut = max(-best.fun, log_likelihood(0.0)) - chi2.ppf(0.95, 1) / 2
    low = 0.0 if log_likelihood(0.0) >= cut else brentq(lambda unseen: log_likelihood(unseen) - cut, 0.0, top)
    far = top
    while log_likelihood(far) > cut:
        far = far * 2 + 1
        if far > _FARTHEST * observed:
            return observed + low, math.nan
    return observed + low, observed + brentq(lambda unseen: log_likelihood(unseen) - cut, top, far)


def _expected(design: np.ndarray, freq: np.ndarray) -> np.ndarray:
    """Expected frequencies of the Poisson log-linear model, by iteratively reweighted least squares."""
    expected = freq + 0.5
    for _ in range(200):
        root = np.sqrt(expected)
        working = np.log(expected) + (freq - expected) / expected
        coefficients = np.linalg.lstsq(root[:, None] * design, root * working, rcond=None)[0]
        before, expected = expected, np.exp(np.clip(design @ coefficients, -30, 50))
        if np.abs(expected - before).max() < 1e-9 * (1 + freq.sum()):
            break
    return expected


def _complete(histories: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, int]:
    """All patterns but the unseen one, with their frequencies."""
    if "freq" not in histories:
        raise InputError("The table of histories has no column 'freq', the number of roles with each pattern.")
    names = [column for column in histories if column != "freq"]
    if not 2 <= len(names) <= _MOST_SOURCES:
        raise InputError(f"Capture-recapture needs two to {_MOST_SOURCES} sources, and this table has {len(names)}.")
    wrong = ~histories[names].isin([0, 1])
    if wrong.any(axis=None):
        row, column = np.argwhere(wrong.to_numpy())[0]
        found = histories[names].iloc[row, column]
        raise InputError(
            f"Row {row + 1}, source '{names[column]}': found '{found}', expected 1 (named) or 0 (not named)."
        )
    freq = pd.to_numeric(histories["freq"], errors="coerce")
    bad = freq.isna() | (freq < 0) | (freq != freq.round())
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(
            f"Row {row + 1}: freq is '{histories['freq'].iloc[row]}', expected a whole number of roles, 0 or more."
        )
    seen = histories[names].astype(int)
    if seen.duplicated().any():
        raise InputError(
            f"Row {int(seen.duplicated().to_numpy().argmax()) + 1} repeats a pattern of an earlier row; add their freq."
        )
    if (unseen := ~seen.any(axis=1)).any():
        raise InputError(
            f"Row {int(unseen.to_numpy().argmax()) + 1} is all zeros: roles that no source named can't be counted; "
            "drop the row."
        )
    if not freq.sum():
        raise InputError("All frequencies are 0: no role is named, so there is nothing to estimate from.")
    every = np.array(list(itertools.product([1, 0], repeat=len(names)))[:-1], dtype=float)
    given = {tuple(pattern): count for pattern, count in zip(seen.to_numpy().tolist(), freq, strict=True)}
    return every, np.array([given.get(tuple(pattern), 0) for pattern in every.tolist()], dtype=float), len(names)

"""How does the functioning of services go with their contexts? Models by statsmodels, intervals that know of few trusts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from newroles.contexts.design import CONSTANT, separating_terms
from newroles.contexts.outcomes import ModelData, as_counts, as_levels, as_yes_or_no, model_data
from newroles.contexts.random_intercept import fit_random_intercept
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Clusters, Floats, cluster_numbers
from newroles.few_clusters.robust import cr2
from newroles.few_clusters.wild import wild_cluster_bootstrap

COLUMNS = ["term", "part", "estimate", "se", "df", "low", "high", "p_wild", "n", "clusters", "method", "note"]
# below so many degrees of freedom, CR2 intervals can't be relied on (Tipton 2015, doi 10.1037/met0000011)
FEW_DF = 4
# CR1 standard errors come out too small with fewer clusters (Cameron and Miller 2015, doi 10.3368/jhr.50.2.317)
MANY_CLUSTERS = 40


def fit_functioning(
    data: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    clusters: str | None,
    kind: str = "linear",
    level: float = 0.95,
    reml: bool = True,
    rng: np.random.Generator | None = None,
    draws: int = 9999,
    wild: Sequence[str] | None = None,
) -> pd.DataFrame:
    """How does functioning go with its contexts, and how sure is that with so few trusts?

    `data`: one row per unit (a team, say). `outcome`: its column. `terms`: columns, or products as
    "support:supervision"; text becomes dummies. `clusters`: the column that says what a unit belongs to (trust); None
    when rows are independent. `kind`:

    - linear: least squares; coefficients in units of the outcome;
    - logistic: outcome 0 or 1; log-odds;
    - negative_binomial: a count; log rate, variance mean + dispersion x mean squared (dispersion by maximum likelihood,
      then held);
    - ordinal: an ordered categorical or numbers in order; proportional odds, log-odds of a higher level;
    - random_intercept: linear, clusters vary normally; `reml`: restricted likelihood, or else plain maximum likelihood.

    The first three have CR2 standard errors and Satterthwaite degrees of freedom (see `cr2`; with clusters None, those of
    the model); ordinal has CR1 and clusters - 1; random_intercept has the model's, with between-within degrees of freedom
    (clusters less terms that are the same throughout each cluster; rows less clusters and the other terms). `p_wild` is
    from the wild cluster bootstrap (linear only; `rng` and `draws` matter with more than 12 clusters), for the coefficients
    in `wild` (all, if left out).

    Returns one row per coefficient and part of the model: term, part (term, threshold, dispersion or variance),
    estimate, se, df (blank: normal), low, high (at `level`), p_wild, n (rows used), clusters, method, note. What was left
    out, what stands in for the model asked for, and what makes an interval doubtful is in the note. These are relations among units
    as they are, not effects of changing a context.

    Raises InputError for an unknown kind or column, an outcome that is constant or of the wrong sort, collinear terms or
    terms that separate the outcome (by name), or too few rows or clusters for the coefficients.

    Source: Pustejovsky and Tipton 2018, doi 10.1080/07350015.2016.1247004; McCullagh 1980, doi
    10.1111/j.2517-6161.1980.tb01109.x; Schluchter and Elashoff 1990, doi 10.1080/00949659008811295.

    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"trust": np.repeat(range(10), 6), "support": rng.normal(size=60)})
    >>> data["functioning"] = 50 + 4 * data["support"] + rng.normal(size=60) + rng.normal(size=10)[data["trust"]]
    >>> found = fit_functioning(data, "functioning", ["support"], "trust").set_index("term").loc["support"]
    >>> bool(found["low"] < 4 < found["high"]), found["method"]
    (True, 'least squares; CR2, Satterthwaite')
    """
    if kind not in _KINDS:
        raise InputError(f"kind: '{kind}' is unknown. {did_you_mean(kind, _KINDS)}")
    if not 0 < level < 1:
        raise InputError(f"level: {level} is impossible: expected a number between 0 and 1.")
    used = model_data(data, outcome, terms, clusters, constant=kind != "ordinal")
    if kind == "random_intercept":
        table = _random_intercept(used, level, reml, rng, draws, wild)
    elif kind == "linear":
        table = _linear(used, level, rng, draws, wild)
    else:
        table = _KINDS[kind](used, level)
    table["n"] = len(used.x)
    table["clusters"] = pd.array([used.n_clusters if clusters else pd.NA] * len(table), dtype="Int64")
    table["note"] = ["; ".join(filter(None, [used.note, *own])) for own in table["note"]]
    return table.reindex(columns=COLUMNS)


# The kinds of model --------------------------------------------------------------------------------------------------


def _linear(
    used: ModelData, level: float, rng: np.random.Generator | None, draws: int, wild: Sequence[str] | None
) -> pd.DataFrame:
    y = used.numbers()
    fit = sm.OLS(y, used.x).fit()
    if fit.ssr <= 1e-18 * float(((y - y.mean()) ** 2).sum()):
        raise InputError(f"'{used.outcome}' follows from the terms without error: is it one of them in other words?")
    table = _with_cr2(fit, used, level, "least squares")
    if used.clusters is not None:
        tested = used.x.columns if wild is None else [term for term in used.x.columns if term in wild]
        table["p_wild"] = (
            table["term"].map({term: _p_wild(fit, used.clusters, term, rng, draws) for term in tested}).astype(float)
        )
        if used.n_clusters < 6:
            for own in table["note"]:
                own.append(f"with {used.n_clusters} clusters p_wild can't be below {2 / 2**used.n_clusters:g}")
    return table


def _p_wild(fit: Any, clusters: Clusters, term: str, rng: np.random.Generator | None, draws: int) -> float:
    try:
        return float(wild_cluster_bootstrap(fit, clusters, term, rng, draws)["p_two_sided"])
    except InputError:
        return float("nan")  # nothing varies: the row's se is blank too, and its note says so


def _logistic(used: ModelData, level: float) -> pd.DataFrame:
    y = as_yes_or_no(used)
    x = used.x.to_numpy()
    if apart := separating_terms((2 * y - 1)[:, np.newaxis] * x, None, list(used.x.columns)):
        raise InputError(_separation(used.outcome, apart))
    fit = sm.GLM(y, used.x, family=sm.families.Binomial()).fit(maxiter=200, tol=1e-12)
    return _with_cr2(fit, used, level, "logistic regression")


def _negative_binomial(used: ModelData, level: float) -> pd.DataFrame:
    y = as_counts(used)
    x = used.x.to_numpy()
    if apart := separating_terms(-x[y == 0], x[y > 0], list(used.x.columns)) if (y == 0).any() else []:
        raise InputError(_separation(used.outcome, apart))
    poisson = sm.GLM(y, used.x, family=sm.families.Poisson()).fit(maxiter=200, tol=1e-12)
    mean = np.asarray(poisson.fittedvalues)
    # the likelihood rises with dispersion from 0 only if counts scatter more than their mean (score test)
    if ((y - mean) ** 2 - y).sum() <= 0:
        table = _with_cr2(poisson, used, level, "Poisson regression")
        for own in table["note"]:
            own.append("counts scatter no more than a Poisson count: no dispersion, Poisson stands in")
        return table
    start = max(float(((y - mean) ** 2 - y).sum() / (mean**2).sum()), 1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is asked below
        full = sm.NegativeBinomial(y, x).fit(
            start_params=[*poisson.params, start], method="bfgs", disp=False, maxiter=500, gtol=1e-8
        )
        # its last digits: where the gradient is judged by its size, as Newton's step is
        full = sm.NegativeBinomial(y, x).fit(start_params=full.params, method="newton", disp=False, maxiter=50)
    dispersion = float(full.params[-1])
    if not (np.isfinite(dispersion) and dispersion > 0 and full.mle_retvals["converged"]):
        raise InputError(_not_converged("negative binomial"))
    fit = sm.GLM(y, used.x, family=sm.families.NegativeBinomial(alpha=dispersion)).fit(maxiter=200, tol=1e-12)
    table = _with_cr2(fit, used, level, "negative binomial regression")
    extra = {"term": "dispersion", "part": "dispersion", "estimate": dispersion, "se": float(full.bse[-1])}
    return _with_rows(table, [extra], ["standard error is the model's, as if rows were independent"])


def _ordinal(used: ModelData, level: float) -> pd.DataFrame:
    codes, levels = as_levels(used)
    x, names = used.x.to_numpy(), list(used.x.columns)
    cuts = [f"{low}|{high}" for low, high in pairwise(levels)]
    ladder = np.eye(len(cuts))
    below = np.column_stack([-x, ladder[np.minimum(codes, len(cuts) - 1)]])[codes < len(cuts)]
    above = np.column_stack([x, -ladder[np.maximum(codes - 1, 0)]])[codes > 0]
    if apart := separating_terms(np.vstack([below, above]), None, [*names, *cuts], cuts):
        raise InputError(_separation(used.outcome, apart))
    # terms of one size and centre: the optimiser is blind to units
    centre, size = x.mean(axis=0), x.std(axis=0)
    model = OrderedModel(codes, (x - centre) / size, distr="logit")
    options: dict[str, Any] = {"method": "bfgs", "disp": False, "maxiter": 1000, "gtol": 1e-8}
    if used.clusters is not None:
        options |= {"cov_type": "cluster", "cov_kwds": {"groups": used.clusters}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether it converged is asked below
        fit = model.fit(**options)
    gradient = np.abs(model.score(np.asarray(fit.params))).max()
    if not np.isfinite(fit.bse).all() or gradient > 1e-4 * len(codes) ** 0.5:
        raise InputError(_not_converged("ordinal"))
    k = x.shape[1]
    params, covariance = np.asarray(fit.params), np.asarray(fit.cov_params())
    # statsmodels holds the first threshold and the logs of the steps between them
    steps = np.exp(params[k + 1 :])
    back = np.zeros((len(params), len(params)))
    back[:k, :k] = np.diag(1 / size)
    back[k:, :k] = centre / size
    back[k:, k] = 1
    for i, step in enumerate(steps):
        back[k + 1 + i :, k + 1 + i] = step
    slopes = params[:k] / size
    thresholds = params[k] + np.concatenate([[0.0], np.cumsum(steps)]) + centre @ slopes
    estimate, se = np.concatenate([slopes, thresholds]), np.sqrt(np.diag(back @ covariance @ back.T))
    note, df = [], np.nan
    method = "proportional odds; model's standard errors"
    if used.clusters is not None:
        method, df = "proportional odds; CR1, clusters - 1", used.n_clusters - 1.0
        if used.n_clusters < MANY_CLUSTERS:
            note = [f"CR1 with {used.n_clusters} clusters: the interval is probably too narrow"]
    parts = ["term"] * k + ["threshold"] * len(cuts)
    return _tidy([*names, *cuts], parts, estimate, se, np.full(len(se), df), level, method, [[*note] for _ in se])


def _random_intercept(
    used: ModelData,
    level: float,
    reml: bool,
    rng: np.random.Generator | None,
    draws: int,
    wild: Sequence[str] | None,
) -> pd.DataFrame:
    if used.clusters is None:
        raise InputError("kind 'random_intercept' needs clusters: the column that says what a unit belongs to.")
    y, x = used.numbers(), used.x.to_numpy()
    if used.n_clusters == len(y):
        table = _linear(used, level, rng, draws, wild)
        for own in table["note"]:
            own.append("clusters can't be told from units: no random intercept, least squares stands in")
        return table
    numbers, _ = cluster_numbers(used.clusters, len(y))
    fit = fit_random_intercept(y, x, numbers, reml)
    between, residual = fit.between, fit.within
    if between > 1e4 * residual:
        raise InputError(
            f"Beyond the terms, '{used.outcome}' doesn't vary within clusters: model clusters, not their units."
        )
    k = x.shape[1]
    within = np.array([np.abs(x[:, j] - _cluster_means(x[:, j], numbers)).max() > 1e-9 for j in range(k)])
    between_df = max(used.n_clusters - (~within).sum(), 1)
    within_df = max(len(y) - used.n_clusters - within.sum(), 1)
    method = f"random intercept by {'REML' if reml else 'maximum likelihood'}; between-within"
    note = ["variance between clusters is estimated as nought"] if between < 1e-6 * residual else []
    df = np.where(within, within_df, between_df).astype(float)
    notes = [[*note] for _ in range(k)]
    for j, own in enumerate(notes):
        if df[j] < FEW_DF:
            own.append(f"fewer than {FEW_DF} degrees of freedom: the interval can't be relied on")
    table = _tidy(list(used.x.columns), ["term"] * k, fit.estimate, fit.se, df, level, method, notes)
    share = f"{between / (between + residual):.3f} of the variance beyond the terms is between clusters"
    extra = [
        {"term": "between clusters", "part": "variance", "estimate": between},
        {"term": "within clusters", "part": "variance", "estimate": residual},
    ]
    return _with_rows(table, extra, [share])


_KINDS: dict[str, Callable[..., pd.DataFrame]] = {
    "linear": _linear,
    "logistic": _logistic,
    "random_intercept": _random_intercept,
    "ordinal": _ordinal,
    "negative_binomial": _negative_binomial,
}


# Tables and notes ----------------------------------------------------------------------------------------------------


def _with_cr2(fit: Any, used: ModelData, level: float, method: str) -> pd.DataFrame:
    names, k = list(used.x.columns), used.x.shape[1]
    estimate = np.asarray(fit.params)
    if not np.isfinite(estimate).all() or getattr(fit, "converged", True) is False:
        raise InputError(_not_converged(method))
    if used.clusters is None:
        df = np.full(k, float(fit.df_resid) if isinstance(fit.model, sm.OLS) else np.nan)
        method = f"{method}; model's standard errors"
        return _tidy(names, ["term"] * k, estimate, np.asarray(fit.bse), df, level, method, [[] for _ in names])
    robust = cr2(fit, used.clusters, level)
    notes: list[list[str]] = []
    for se, df_of_term in zip(robust["se"], robust["df"], strict=True):
        own = ["one unit per cluster: CR2 is HC2"] if used.n_clusters == len(used.x) else []
        if np.isnan(se):
            own.append("clusters leave nothing to vary: no standard error")
        elif df_of_term < FEW_DF:
            own.append(f"fewer than {FEW_DF} degrees of freedom: the interval can't be relied on")
        notes.append(own)
    se, df = robust["se"].to_numpy(), robust["df"].to_numpy()
    return _tidy(names, ["term"] * k, estimate, se, df, level, f"{method}; CR2, Satterthwaite", notes)


def _tidy(
    names: list[str],
    parts: list[str],
    estimate: Floats,
    se: Floats,
    df: Floats,
    level: float,
    method: str,
    notes: list[list[str]],
) -> pd.DataFrame:
    reach = np.where(np.isnan(df), stats.norm.ppf(0.5 + level / 2), stats.t.ppf(0.5 + level / 2, df)) * se
    numbers = {"estimate": estimate, "se": se, "df": df, "low": estimate - reach, "high": estimate + reach}
    text = {"method": method, "note": pd.Series(notes, dtype="object")}
    return pd.DataFrame({"term": names, "part": parts, **numbers, "p_wild": np.nan, **text})


def _with_rows(table: pd.DataFrame, rows: list[dict[str, Any]], note: list[str]) -> pd.DataFrame:
    more = pd.DataFrame(rows).reindex(columns=table.columns)
    more["method"], more["note"] = table["method"].iloc[0], pd.Series([[*note] for _ in rows], dtype="object")
    numbers = ["estimate", "se", "df", "low", "high", "p_wild"]
    return pd.concat([table, more.astype(dict.fromkeys(numbers, float))], ignore_index=True)


def _cluster_means(values: Floats, numbers: np.ndarray) -> Floats:
    return (np.bincount(numbers, values) / np.bincount(numbers))[numbers]


def _separation(outcome: str, terms: list[str]) -> str:
    if terms == [CONSTANT]:
        return f"'{outcome}' never varies, so nothing can be told of what goes with it."
    named = " with ".join(f"'{term}'" for term in terms)
    verb = "tells" if len(terms) == 1 else "tell"
    return (
        f"{named} {verb} '{outcome}' apart without error (perfect separation), so no finite coefficient fits best. "
        "Leave it out, join its groups, or show the counts instead."
    )


def _not_converged(kind: str) -> str:
    return f"The {kind} model didn't converge: use fewer terms, or put them on similar scales."

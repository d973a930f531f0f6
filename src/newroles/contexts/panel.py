"""What holds between trusts or providers, and what within one of them from year to year? The two needn't agree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from newroles.contexts.design import design
from newroles.contexts.models import fit_functioning
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Floats

_BETWEEN, _WITHIN, _DIFFERENCE = "between", "within", "difference"


def within_between(
    data: pd.DataFrame,
    outcomes: str | Sequence[str],
    terms: Sequence[str],
    clusters: str,
    time: str,
    level: float = 0.95,
) -> pd.DataFrame:
    """Does an outcome go with a term between providers, and within one provider from year to year?

    `data`: one row per provider and year; an unbalanced panel is allowed. `outcomes` (one, or several, each by itself), `terms`: columns of numbers.
    `clusters`: the provider. `time`: the year, of which each has a part of its own.

    Each term is split into its provider's mean and the rest (Mundlak), with the provider's means of the years beside it, so that
    the coefficient within is that of a model with a dummy for each provider and year, also where providers miss years. Least
    squares, CR2 by provider.

    Returns one row per outcome, term and part (within, between, difference = between - within): outcome, term, part, estimate, se, df,
    low, high, n, clusters, method, note. Providers with one year tell of what holds between only.

    Raises InputError as `fit_functioning` does; for a term that never varies within any provider, or a provider that
    is there twice in a year.

    Source: Mundlak 1978, doi 10.2307/1913646; Wooldridge 2019, doi 10.1016/j.jeconom.2018.12.010 (unbalanced panels).

    >>> rows = {"provider": list("aabbccddeeffgghh"), "year": [1, 2] * 8}
    >>> rows["size"] = [1, 2, 3, 5, 5, 6, 7, 9, 2, 4, 4, 5, 6, 8, 8, 9]
    >>> rows["share"] = [10, 9, 14, 11, 17, 17, 21, 18, 12, 11, 15, 15, 20, 17, 23, 21]
    >>> found = within_between(pd.DataFrame(rows), "share", ["size"], "provider", "year")
    >>> found[["part", "estimate"]].round(2).values.tolist()
    [['within', -1.75], ['between', 1.73], ['difference', 3.48]]
    """
    if isinstance(terms, str):
        raise InputError(f"terms: give a list of columns, such as ['{terms}'].")
    names = [outcomes] if isinstance(outcomes, str) else list(outcomes)
    if not names:
        raise InputError("outcomes: give at least one column.")
    return pd.concat([_one_outcome(data, name, terms, clusters, time, level) for name in names], ignore_index=True)


def _one_outcome(
    data: pd.DataFrame, outcome: str, terms: Sequence[str], clusters: str, time: str, level: float
) -> pd.DataFrame:
    for name in (outcome, clusters, time, *terms):
        if name not in data.columns:
            raise InputError(f"The table has no column '{name}'. {did_you_mean(name, map(str, data.columns))}")
    rows = data[[clusters, time, outcome, *terms]].dropna().reset_index(drop=True)
    twice = rows[rows.duplicated([clusters, time])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(
            f"'{first[clusters]}' is there twice in {first[time]}: keep one row per {clusters} and {time}."
        )
    left_out = len(data) - len(rows)
    by = rows[clusters]
    years = _years(rows, time)
    columns = {str(name): years[name] for name in years}
    means = years.groupby(by).transform("mean")
    if (means.std() > 1e-12).any():  # some provider misses a year
        columns |= {f"mean of {name}": means[name] for name in years if means[name].std() > 1e-12}
    controls = [str(name) for name in columns]
    mean_of = {term: rows.groupby(clusters)[term].transform("mean") for term in terms}
    for term in terms:
        rest = rows[term] - mean_of[term]
        if rest.abs().max() <= 1e-9 * max(1.0, float(rows[term].abs().max())):
            raise InputError(
                f"'{term}' never varies within a {clusters}: there is nothing to compare from {time} to {time}."
            )
        columns |= {f"{term}, within": rest, f"{term}, mean": mean_of[term], f"{term}, as it is": rows[term]}
    table = pd.DataFrame(columns).assign(**{outcome: rows[outcome], clusters: by})
    parts = {_WITHIN: "within", _BETWEEN: "mean"}
    split = fit_functioning(
        table, outcome, [*(f"{term}, {part}" for term in terms for part in parts.values()), *controls], clusters,
        level=level, wild=[],
    ).set_index("term")  # fmt: skip
    raw = fit_functioning(
        table, outcome, [*(f"{term}, {part}" for term in terms for part in ("as it is", "mean")), *controls], clusters,
        level=level, wild=[],
    ).set_index("term")  # fmt: skip
    found = []
    for term in terms:
        found += [split.loc[f"{term}, {end}"].to_dict() | {"term": term, "part": part} for part, end in parts.items()]
        found.append(raw.loc[f"{term}, mean"].to_dict() | {"term": term, "part": _DIFFERENCE})
    made = pd.DataFrame(found)[["term", "part", "estimate", "se", "df", "low", "high", "n", "clusters", "note"]]
    made.insert(0, "outcome", outcome)
    if left_out:
        note = f"{left_out} of {len(data)} rows left out for blanks"
        made["note"] = [note + (f"; {own}" if own else "") for own in made["note"]]
    alone = int((rows.groupby(clusters).size() == 1).sum())
    if alone:
        made["note"] = [f"{own}; " * bool(own) + f"{alone} with one {time} only" for own in made["note"]]
    return made.assign(method="least squares, own and mean value apart, with years; CR2, Satterthwaite")


def between_and_within(
    rows: pd.DataFrame,
    rng: np.random.Generator,
    clusters: str = "trust",
    time: str = "year",
    level: float = 0.95,
    draws: int = 1999,
) -> pd.DataFrame:
    """Which outcomes go together between trusts, and which move together within one trust over the years?

    `rows`: one row per trust, outcome and year, as in TrustPanel (trust, outcome, year, value). `draws`, `rng`: samples
    of whole trusts, with replacement, for the intervals.

    Between: the correlation of the trusts' means over the years. Within: the correlation of what is left once the mean
    of the trust and that of the year are taken off. Trusts that miss a year of one of the two are left out of that pair;
    an outcome with one year has no part within.

    Returns one row per pair and part: one, other, part (between, within), estimate (-1 to 1), low, high (percentile
    interval), n (trusts), years, method. Means of trusts carry the chance of those who answered, which draws
    correlations towards nought or, for measures of one survey, towards each other.

    Raises InputError for a trust that is there twice with an outcome in a year, or fewer than two outcomes.

    Source: Snijders and Bosker 2012, Multilevel Analysis, 2nd edition, section 3.6 (the observed parts).

    >>> one = pd.DataFrame({"trust": list("aabbccdd"), "year": [1, 2] * 4, "value": [1.0, 2, 4, 3, 5, 7, 6, 9]})
    >>> rows = pd.concat([one.assign(outcome="a"), one.assign(outcome="b", value=-one["value"])])
    >>> between_and_within(rows, np.random.default_rng(1), draws=99)[["part", "estimate"]].values.tolist()
    [['between', -1.0], ['within', -1.0]]
    """
    for name in (clusters, time, "outcome", "value"):
        if name not in rows.columns:
            raise InputError(f"The table has no column '{name}'. {did_you_mean(name, map(str, rows.columns))}")
    twice = rows[rows.duplicated([clusters, "outcome", time])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(f"'{first[clusters]}' has '{first['outcome']}' twice in {first[time]}.")
    names = list(dict.fromkeys(rows["outcome"]))
    if len(names) < 2:
        raise InputError("There is one outcome only: at least two are needed to see what goes together.")
    wide = {
        name: rows[rows["outcome"].eq(name)].pivot_table("value", clusters, time).dropna() for name in names
    }  # a trust that misses a year falls out here
    found = []
    for one, other in combinations(names, 2):
        shared = wide[one].index.intersection(wide[other].index)
        if len(shared) < 4:
            raise InputError(f"'{one}' and '{other}': {len(shared)} in common have all years; 4 or more are needed.")
        a, b = wide[one].loc[shared].to_numpy(), wide[other].loc[shared].to_numpy()
        weights = np.vstack(
            [np.ones(len(shared)), rng.multinomial(len(shared), np.full(len(shared), 1 / len(shared)), draws)]
        )
        parts = {_BETWEEN: (a.mean(axis=1, keepdims=True), b.mean(axis=1, keepdims=True))}
        if list(wide[one].columns) == list(wide[other].columns) and a.shape[1] > 1:
            parts[_WITHIN] = (a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True))
        for part, (x, y) in parts.items():
            r = _correlations(x, y, weights)
            low, high = np.nanquantile(r[1:], [0.5 - level / 2, 0.5 + level / 2])
            about = {"one": one, "other": other, "part": part, "estimate": r[0], "low": low, "high": high}
            found.append(about | {"n": len(shared), "years": max(a.shape[1], b.shape[1])})
    return pd.DataFrame(found).assign(method=f"Pearson's; {clusters}s resampled, percentile interval")


def _years(rows: pd.DataFrame, time: str) -> pd.DataFrame:
    """A column per year but the first."""
    if len(rows[time].unique()) < 2:
        raise InputError(f"There is one {time} only: nothing can be seen within a unit.")
    return design(pd.DataFrame({time: rows[time].astype("str")}), [time], constant=False)


def _correlations(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Correlation over all cells, columns centred, with each row of weights: x and y are units x times."""
    total = weights.sum(axis=1)

    def product(a: Floats, b: Floats) -> Floats:
        own = weights @ (a * b).sum(axis=1)
        return np.asarray(own - ((weights @ a) * (weights @ b)).sum(axis=1) / total)

    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(product(x, y) / np.sqrt(product(x, x) * product(y, y)))

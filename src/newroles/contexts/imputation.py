"""What if indicators are blank for some units? Fill them several times, fit each time, and carry the doubt along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.contexts.design import columns_of, design
from newroles.contexts.models import COLUMNS, fit_functioning
from newroles.errors import InputError
from newroles.few_clusters.clusters import Floats

# a column more of which is blank than this rests on the imputation model more than on data
MOSTLY_BLANK = 0.5


def multiple_imputation(
    data: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    clusters: str | None,
    kind: str = "linear",
    helpers: Sequence[str] = (),
    m: int = 20,
    cycles: int = 10,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How does functioning go with contexts, if units with a blank indicator are kept and the doubt is carried along?

    `data`, `outcome`, `terms`, `clusters`, `kind`, `level`: as in `fit_functioning`. Blanks in columns of the terms that
    are numbers are filled `m` times by `impute`, from each other, the outcome and the `helpers` (further columns without
    blanks that tell who is blank or what the blank would be, such as the size of the trust; the clusters themselves may
    be one). Rows without outcome, cluster or group are left out. `rng`: for the same result twice.

    Estimates are the mean over the m fits; the variance is that within fits plus (1 + 1/m) that between them; degrees of
    freedom are Barnard and Rubin's, with those of each term's fit as the complete-data ones.

    Returns the table of `fit_functioning`, pooled (p_wild blank), with two more columns: from_blanks (share of the
    variance that is due to blanks, 0-1) and m. Honest if being blank depends on nothing but the columns used
    (missing at random) and relations among them are linear.

    Raises InputError as `fit_functioning` and `impute` do.

    Source: Rubin 1987, doi 10.1002/9780470316696; Barnard and Rubin 1999, doi 10.1093/biomet/86.4.948.

    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"trust": np.repeat(range(12), 8), "support": rng.normal(size=96)})
    >>> data["functioning"] = 50 + 4 * data["support"] + rng.normal(size=96)
    >>> data.loc[::6, "support"] = None
    >>> found = multiple_imputation(data, "functioning", ["support"], "trust", m=5, rng=rng)
    >>> row = found.set_index("term").loc["support"]
    >>> bool(row["low"] < 4 < row["high"]), int(row["n"]), int(row["m"])
    (True, 96, 5)
    """
    if m < 2:
        raise InputError(f"m: {m} is impossible: at least 2 imputations are needed to see how they differ.")
    if isinstance(terms, str):
        raise InputError(f"terms: give a list of columns, such as ['{terms}'].")
    parts = list(dict.fromkeys(name for term in terms for name in columns_of(data, term)))
    for name in (outcome, *([clusters] if clusters else []), *helpers):
        columns_of(data, name)
    numeric = [name for name in parts if pd.api.types.is_numeric_dtype(data[name])]
    must = [outcome, *[name for name in parts if name not in numeric], *([clusters] if clusters else [])]
    kept = data[list(dict.fromkeys([*must, *numeric, *helpers]))].dropna(subset=must).reset_index(drop=True)
    left_out = len(data) - len(kept)
    if kept.empty:
        raise InputError(f"Each of the {len(data)} rows has a blank in one of {', '.join(must)}, which isn't filled.")
    blanks = [name for name in numeric if kept[name].isna().any()]
    rng = np.random.default_rng() if rng is None else rng
    used = list(dict.fromkeys([outcome, *parts, *helpers]))
    filled = impute(kept, blanks, used, m, cycles, rng) if blanks else [kept] * m
    tables = []
    for number, each in enumerate(filled, start=1):
        try:
            tables.append(fit_functioning(each, outcome, terms, clusters, kind, level, wild=[]))
        except InputError as error:
            raise InputError(f"Imputation {number} of {m}: {error}") from error
    notes = [f"{left_out} of {len(data)} rows left out for blanks that aren't filled"] if left_out else []
    share = {name: float(kept[name].isna().mean()) for name in blanks}
    notes += [f"{int(kept[name].isna().sum())} blanks of '{name}' filled" for name in blanks] or ["no blanks to fill"]
    notes += [
        f"'{name}' is mostly blank: it rests on the imputation model" for name in blanks if share[name] > MOSTLY_BLANK
    ]
    return pool(tables, level, "; ".join(notes))


def impute(
    data: pd.DataFrame,
    columns: Sequence[str],
    predictors: Sequence[str],
    m: int = 20,
    cycles: int = 10,
    rng: np.random.Generator | None = None,
) -> list[pd.DataFrame]:
    """What might the blanks have been? The table, filled `m` times by chained normal regressions.

    `data`: one row per unit. `columns`: those to fill (numbers). `predictors`: columns used to fill them, each other
    included; others than `columns` must have no blanks (text becomes dummies, an ordered outcome its place in the order).

    Blanks begin as draws from the values known. Then, `cycles` times, each column is regressed on all others where it
    is known; a residual variance and coefficients are drawn from their posterior (flat prior), and blanks from the
    normal distribution that follows. Values aren't cut off or rounded: that would bias what is estimated from them.

    Returns m tables like `data`, in which only blanks of `columns` have changed.

    Raises InputError for a column that isn't numbers, is entirely blank, or is known in too few rows for its predictors;
    and for a blank in another predictor.

    Source: van Buuren 2018, Flexible Imputation of Missing Data, 2nd edition, sections 3.2 and 4.5.

    >>> data = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6], "y": [2.0, 4, 6, 8, None, 12]})
    >>> [round(float(each.loc[4, "y"]), 3) for each in impute(data, ["y"], ["x"], m=2, rng=np.random.default_rng(1))]
    [10.0, 10.0]
    """
    if m < 1 or cycles < 1:
        raise InputError("m and cycles: expected 1 or more of each.")
    fill = list(columns)
    for name in fill:
        columns_of(data, name)
        if not pd.api.types.is_numeric_dtype(data[name]):
            raise InputError(f"'{name}' isn't a column of numbers: only numbers can be drawn.")
        if not data[name].notna().any():
            raise InputError(f"'{name}' is blank in every row: there is nothing to fill it from.")
    given = [name for name in predictors if name not in fill]
    fixed = _given_columns(data, given)
    known = data[fill].notna().to_numpy()
    values = data[fill].to_numpy(dtype=float, na_value=np.nan)
    for j, name in enumerate(fill):
        needed = fixed.shape[1] + len(fill) + 1
        if known[:, j].sum() < needed:
            raise InputError(
                f"'{name}' is known in {int(known[:, j].sum())} rows, too few to fill it from {needed - 2} others "
                f"(expected {needed} or more): use fewer helpers, or leave it out."
            )
    rng = np.random.default_rng() if rng is None else rng
    made = []
    for _ in range(m):
        full = values.copy()
        for j in range(len(fill)):
            full[~known[:, j], j] = rng.choice(values[known[:, j], j], (~known[:, j]).sum())
        for _ in range(cycles):
            for j in range(len(fill)):
                if not known[:, j].all():
                    others = np.column_stack([fixed, np.delete(full, j, axis=1)])
                    full[~known[:, j], j] = _draw(others, full[:, j], known[:, j], rng)
        made.append(data.assign(**{name: full[:, j] for j, name in enumerate(fill)}))
    return made


def pool(tables: Sequence[pd.DataFrame], level: float = 0.95, note: str = "") -> pd.DataFrame:
    """What do several fits to differently filled tables say together? Rubin's rules.

    `tables`: two or more tables of `fit_functioning` with the same coefficients. `level`: of the intervals. `note`: put
    first in every row's note.

    Returns one row per coefficient: the columns of `fit_functioning`, and from_blanks and m (see `multiple_imputation`).

    Raises InputError for fewer than two tables or different coefficients.

    >>> one = pd.DataFrame({"term": ["x"], "part": "term", "estimate": 1.0, "se": 0.3, "df": 20.0, "n": 30, "clusters": 9})
    >>> two = one.assign(estimate=1.2)
    >>> pool([table.assign(method="", note="") for table in (one, two)])[["estimate", "se", "df"]].round(3).values.tolist()
    [[1.1, 0.346, 7.379]]
    """
    m = len(tables)
    if m < 2:
        raise InputError(f"There are {m} tables to pool: at least 2 are needed to see how they differ.")
    first = tables[0]
    names = list(zip(first["part"], first["term"], strict=True))
    if any(list(zip(each["part"], each["term"], strict=True)) != names for each in tables):
        raise InputError("The fits have different coefficients: a group or a level is missing in some of them.")
    estimates = np.array([each["estimate"].to_numpy(dtype=float) for each in tables])
    within = np.mean([each["se"].to_numpy(dtype=float) ** 2 for each in tables], axis=0)
    complete_df = np.mean([each["df"].to_numpy(dtype=float) for each in tables], axis=0)
    estimate, between = estimates.mean(axis=0), (1 + 1 / m) * estimates.var(axis=0, ddof=1)
    variance = within + between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = between / variance
        df = 1 / (share**2 / (m - 1) + 1 / _seen_df(complete_df, share))
    se = np.sqrt(variance)
    reach = np.where(np.isinf(df), stats.norm.ppf(0.5 + level / 2), stats.t.ppf(0.5 + level / 2, df)) * se
    columns: dict[str, Any] = {
        "estimate": estimate, "se": se, "df": np.where(np.isinf(df), np.nan, df),
        "low": estimate - reach, "high": estimate + reach, "p_wild": np.nan,
        "method": first["method"] + f"; {m} imputations, Rubin", "note": [
            "; ".join(dict.fromkeys(filter(None, [note, *(each["note"].iloc[i] for each in tables)])))
            for i in range(len(names))
        ],
    }  # fmt: skip
    return first.assign(**columns).reindex(columns=COLUMNS).assign(from_blanks=share, m=m)


def _seen_df(complete: Floats, share: Floats) -> Floats:
    """Degrees of freedom that are left of the complete data's; a blank (a normal distribution) is without end."""
    return np.where(np.isnan(complete), np.inf, (complete + 1) / (complete + 3) * complete * (1 - share))


def _given_columns(data: pd.DataFrame, names: Sequence[str]) -> Floats:
    """A constant and the columns that need no filling; one that doesn't vary says nothing and is left away."""
    for name in names:
        columns_of(data, name)
    ordered = {
        name: data[name].cat.codes.where(data[name].notna()).astype(float)
        for name in names
        if isinstance(data[name].dtype, pd.CategoricalDtype) and data[name].cat.ordered
    }
    table = data[list(names)].assign(**ordered) if names else data[[]]
    varying = [name for name in names if len(table[name].unique()) > 1]
    return design(table, varying).to_numpy()


def _draw(others: Floats, values: Floats, known: np.ndarray, rng: np.random.Generator) -> Floats:
    """Draws of a column where it isn't known, from its regression on the others where it is."""
    size = np.sqrt((others**2).mean(axis=0))
    x = others / np.where(size > 0, size, 1.0)
    u, s, vt = np.linalg.svd(x[known], full_matrices=False)
    held = s > 1e-9 * s[0]  # directions that known rows say nothing about are left at nought
    u, s, vt = u[:, held], s[held], vt[held]
    centred = u.T @ values[known]
    residual = values[known] - u @ centred
    df = known.sum() - len(s)
    sigma = np.sqrt(float(residual @ residual) / rng.chisquare(df))
    coefficients = vt.T @ ((centred + sigma * rng.standard_normal(len(s))) / s)
    return x[~known] @ coefficients + sigma * rng.standard_normal((~known).sum())

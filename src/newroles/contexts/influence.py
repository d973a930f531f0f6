"""Does a finding hang on one trust? The model, fitted again without each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from newroles.contexts.models import fit_functioning
from newroles.errors import InputError

LEFT_OUT_COLUMNS = [
    "left_out",
    "rows_left_out",
    "term",
    "estimate",
    "low",
    "high",
    "with_all",
    "change",
    "turns",
    "note",
]


def leave_one_trust_out(
    data: pd.DataFrame,
    outcome: str,
    terms: Sequence[str],
    clusters: str,
    kind: str = "linear",
    level: float = 0.95,
) -> pd.DataFrame:
    """Does a finding hang on one trust? Each coefficient without each trust in turn.

    `data`, `outcome`, `terms`, `clusters` (the trust), `kind`, `level`: as in `fit_functioning`.

    Returns one row per trust left out and coefficient (parts of the model other than terms aren't shown): left_out,
    rows_left_out, term, estimate, low, high, with_all (the estimate from all trusts), change (estimate - with_all), turns
    (whether the estimate changes sign, or its interval comes to hold or no longer holds nought), note. Where the model can't be fitted without a
    trust, or a coefficient needs it (its only unit of a group), estimate, low, high, change and turns are blank and
    the note says why: such a coefficient rests on that trust alone.

    Raises InputError as `fit_functioning` does for all trusts together, or without clusters.

    Source: Belsley, Kuh and Welsch 1980, doi 10.1002/0471725153 (deletion of rows, here of whole clusters).

    >>> rng = np.random.default_rng(1)
    >>> data = pd.DataFrame({"trust": np.repeat(list("abcdef"), 5), "support": rng.normal(size=30)})
    >>> data["functioning"] = 50 + 4 * data["support"] + rng.normal(size=30)
    >>> found = leave_one_trust_out(data, "functioning", ["support"], "trust")
    >>> support = found[found["term"] == "support"]
    >>> support["left_out"].tolist(), bool(support["turns"].any())
    (['a', 'b', 'c', 'd', 'e', 'f'], False)
    """
    if not clusters:
        raise InputError("clusters: say which column names the trust that is to be left out.")
    together = _terms(data, outcome, terms, clusters, kind, level)
    names = list(dict.fromkeys([outcome, *(c for c in data.columns if _is_used(str(c), terms)), clusters]))
    complete = data.dropna(subset=names)
    rows: list[pd.DataFrame] = []
    for trust in pd.unique(complete[clusters]):
        rest = complete[complete[clusters] != trust]
        about = pd.DataFrame({"left_out": trust, "rows_left_out": len(complete) - len(rest), "term": together.index})
        try:
            without = _terms(rest, outcome, terms, clusters, kind, level).reindex(together.index)
            note = np.where(without["estimate"].isna(), f"the term needs '{trust}'", without["note"].fillna(""))
        except InputError as error:
            without = together.assign(estimate=np.nan, low=np.nan, high=np.nan)
            note = np.array([f"can't be fitted without '{trust}': {error}"] * len(together), dtype=object)
        about[["estimate", "low", "high"]] = without[["estimate", "low", "high"]].to_numpy()
        about["with_all"] = together["estimate"].to_numpy()
        about["turns"] = _turns(about, together)
        rows.append(about.assign(note=note))
    table = pd.concat(rows, ignore_index=True)
    table["change"] = table["estimate"] - table["with_all"]
    return table[LEFT_OUT_COLUMNS]


def _terms(
    data: pd.DataFrame, outcome: str, terms: Sequence[str], clusters: str, kind: str, level: float
) -> pd.DataFrame:
    fit = fit_functioning(data, outcome, terms, clusters, kind, level, wild=[])  # p_wild isn't shown
    return fit[fit["part"] == "term"].set_index("term")


def _is_used(column: str, terms: Sequence[str]) -> bool:
    return column in terms or any(column in term.split(":") for term in terms)


def _turns(without: pd.DataFrame, together: pd.DataFrame) -> pd.Series:
    def away(table: pd.DataFrame) -> np.ndarray:
        return ((table["low"] > 0) | (table["high"] < 0)).to_numpy()

    sign = np.sign(without["estimate"].to_numpy()) != np.sign(together["estimate"].to_numpy())
    turns = pd.Series(sign | (away(without) != away(together)), dtype="boolean")
    return turns.mask(without["estimate"].isna())

"""Were there enough documents? New codes a document, and how little the last ones added."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newroles.coding.reading_aids import code_matrix, unit_attribute
from newroles.errors import InputError, did_you_mean

ORDERS = ("as_coded", "random")


def saturation(
    codings: pd.DataFrame,
    segments: pd.DataFrame,
    order: str = "as_coded",
    n_orders: int = 200,
    rng: np.random.Generator | None = None,
    none_codes: Sequence[str] = (),
) -> pd.DataFrame:
    """How many codes did each further document add?

    `codings`, `none_codes`: as for `code_matrix`, with units of the kind segment and their coded_on. `segments`: the
    study's table of that name. `order`: "as_coded" takes documents by the earliest day on which any of their segments was
    coded; documents of the same day stand as in `codings`, and those without any day come last. "random" shows the mean
    over `n_orders` random orders, which is what the curve looks like whatever came first. `rng`: draws the orders; without
    it they differ from call to call.

    Returns one row per document, those without any code too: number (from 1), document (blank for random orders),
    new_codes, cumulative_codes, low, high (where the middle 95 % of `n_orders` random orders have their cumulative codes
    at that number).

    Raises InputError as `code_matrix` does, for an unknown order, fewer than 2 orders, and units that aren't segments of
    the table.

    >>> rows = [("s1", "warm"), ("s1", "glad"), ("s2", "warm")]
    >>> codings = pd.DataFrame(rows, columns=["unit", "code"]).assign(
    ...     codebook="tone", unit_kind="segment", coder="a", round=1, value=1, coded_on=pd.NaT)
    >>> segments = pd.DataFrame({"segment": ["s1", "s2"], "document": ["d1", "d2"]})
    >>> saturation(codings, segments)[["document", "new_codes", "cumulative_codes"]].values.tolist()
    [['d1', 2, 2], ['d2', 0, 2]]
    """
    if order not in ORDERS:
        raise InputError(f"There is no order '{order}'. {did_you_mean(order, ORDERS)}")
    if n_orders < 2:
        raise InputError(f"A range needs at least 2 random orders; n_orders is {n_orders}.")
    marks = code_matrix(codings, none_codes)
    documents = unit_attribute(marks.index, codings, segments, "document")
    has = marks.groupby(documents.to_numpy()).any()
    first = codings.assign(document=codings["unit"].map(documents)).groupby("document", sort=False)["coded_on"].min()
    first = pd.to_datetime(first).sort_values(kind="stable", na_position="last")
    present = has.reindex(first.index).to_numpy()
    rng = np.random.default_rng() if rng is None else rng
    curves = np.array([_cumulative(present[rng.permutation(len(present))]) for _ in range(n_orders)])
    cumulative = _cumulative(present) if order == "as_coded" else curves.mean(axis=0)
    low, high = np.quantile(curves, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            "number": np.arange(1, len(present) + 1),
            "document": pd.Series(first.index if order == "as_coded" else [None] * len(present), dtype="str"),
            "new_codes": np.diff(cumulative, prepend=0),
            "cumulative_codes": cumulative,
            "low": low,
            "high": high,
        }
    )


def new_information(
    curve: pd.DataFrame, base_size: int = 4, run_length: int = 2, threshold: float = 0.05
) -> pd.DataFrame:
    """When did further documents add next to nothing?

    `curve`: as `saturation` returns it. The codes of the first `base_size` documents are the base; after them each
    `run_length` documents in a row are a run, the next one starting one document later. A run's new codes over the codes
    of the base is the share of new information; saturation is reached with the first run whose share is at most
    `threshold` (0.05, or 0 for the strictest).

    Returns one row per run: run (from 1), first, last (numbers of its documents), new_codes, base_codes, share, reached
    (True from the first run at or below the threshold on), documents_needed (before that first run; blank where it never
    comes). No rows where there are too few documents for a run. The share is blank where the base has no code.

    Raises InputError for a base or run of fewer than 1 document and a threshold outside 0 to 1.

    Source: Guest, Namey and Chen 2020, https://doi.org/10.1371/journal.pone.0232076 (base size 4, run length 2 and a
    threshold of 5 % are among the choices that they propose).
    """
    if base_size < 1 or run_length < 1 or not 0 <= threshold <= 1:
        raise InputError(
            "Expected a base and a run of at least 1 document and a threshold from 0 to 1; got "
            f"{base_size}, {run_length} and {threshold}."
        )
    ends = curve["cumulative_codes"].to_numpy(dtype=float)
    n_runs = max(0, len(ends) - base_size - run_length + 1)
    before = ends[base_size - 1 : base_size - 1 + n_runs]
    after = ends[base_size - 1 + run_length :] if n_runs else ends[:0]
    base = float(ends[base_size - 1]) if n_runs else 0.0
    runs = pd.DataFrame({"run": np.arange(1, n_runs + 1)})
    runs["first"] = runs["run"] + base_size
    runs["last"] = runs["first"] + run_length - 1
    runs["new_codes"], runs["base_codes"] = after - before, base
    runs["share"] = runs["new_codes"] / base if base else np.nan
    runs["reached"] = (runs["share"] <= threshold).cummax().astype(bool)
    needed = runs.loc[runs["reached"], "first"].min() - 1 if runs["reached"].any() else None
    return runs.assign(documents_needed=pd.Series([needed] * n_runs, dtype="Int64"))


def expected_codes(counts: pd.Series, n: int, sizes: Sequence[int]) -> pd.DataFrame:
    """How many codes would a random part of the units show, given how many of all units have each code?

    `counts`: one number a code, the units that have it (none blank: leave out codes whose count was suppressed, and say
    so). `n`: all units. `sizes`: sizes of the random part, 0 to n.

    Returns one row per size: number (units drawn), new_codes (on average, by the last unit drawn), cumulative_codes (on
    average), low, high (both blank: a range needs the units themselves, which codes' totals don't hold).

    Raises InputError for blank or impossible counts and sizes.

    Source: the hypergeometric mean of Hurlbert 1971 (https://doi.org/10.2307/1934145), here with units for sampling
    units, that is the sum over codes of the chance that one of its units is among those drawn.

    >>> expected_codes(pd.Series([1, 2]), 2, [1, 2])["cumulative_codes"].tolist()
    [1.5, 2.0]
    """
    have = counts.to_numpy(dtype=float)
    if np.isnan(have).any() or (have < 0).any() or (have > n).any() or (have != np.floor(have)).any():
        raise InputError(f"Each count must be a whole number from 0 to {n}, none blank; got {counts.tolist()}.")
    if not all(0 <= size <= n for size in sizes):
        raise InputError(f"Sizes must lie between 0 and {n}; got {list(sizes)}.")
    drawn = np.asarray(sizes, dtype=int)
    codes, before = _mean_codes(have, n, drawn), _mean_codes(have, n, np.maximum(drawn - 1, 0))
    return pd.DataFrame(
        {"number": drawn, "new_codes": codes - before, "cumulative_codes": codes, "low": np.nan, "high": np.nan}
    )


def _mean_codes(have: NDArray[np.float64], n: int, drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum over codes of the chance that at least one of its units is among those drawn."""
    missed = np.ones((len(drawn), len(have)))
    for place, count in enumerate(have.astype(int)):
        steps = np.arange(count)
        chances = (n - drawn[:, None] - steps).clip(0) / (n - steps)
        missed[:, place] = chances.prod(axis=1)
    return np.asarray((1 - missed).sum(axis=1))


def _cumulative(present: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Codes seen so far, document by document."""
    return np.asarray(np.maximum.accumulate(present, axis=0).sum(axis=1))

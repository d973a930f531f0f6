"""Which rows belong together? Clusters (trusts, say) read once, checked, and counted from 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from newroles.errors import InputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]
Clusters = pd.Series | npt.NDArray[Any] | Sequence[Any]


def cluster_numbers(clusters: Clusters, rows: int, labels: Any = None) -> tuple[Integers, int]:
    """Which cluster is each row of a fit in, counted from 0, and how many clusters are there?

    `clusters`: one value per row of the fit, in its order; or a Series for more rows, which is then read by the fit's
    row `labels` (a fit leaves out rows with blanks). `rows`: the number of rows of the fit.

    Raises InputError when the lengths don't match, a value is blank, or there are fewer than two clusters.

    >>> cluster_numbers(["X1", "X1", "X2"], 3)
    (array([0, 0, 1]), 2)
    """
    given = clusters if isinstance(clusters, pd.Series) else pd.Series(list(clusters))
    if len(given) != rows and isinstance(clusters, pd.Series) and labels is not None:
        by_label = pd.Index(labels)
        if given.index.is_unique and by_label.isin(given.index).all():
            given = given.loc[by_label]
    if len(given) != rows:
        raise InputError(
            f"There are {len(given)} values of clusters and {rows} rows in the fit: give one per row of the fit, "
            "in its order (a fit leaves out rows with blanks)."
        )
    blank = int(given.isna().sum())
    if blank:
        raise InputError(f"{blank} of {rows} rows have no cluster: say which they belong to, or leave them out.")
    numbers, known = pd.factorize(given.to_numpy())
    if len(known) < 2:
        raise InputError(
            f"All {rows} rows are in one cluster ({known[0]!r}): at least two are needed to see how clusters vary."
        )
    return np.asarray(numbers, dtype=np.intp), len(known)


def members(numbers: Integers, clusters: int) -> list[Integers]:
    """Which rows does each cluster have? Positions, by cluster.

    >>> members(np.array([0, 1, 0]), 2)
    [array([0, 2]), array([1])]
    """
    order = np.argsort(numbers, kind="stable")
    return np.split(order, np.cumsum(np.bincount(numbers, minlength=clusters))[:-1])

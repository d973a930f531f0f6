"""Least squares with an effect for each unit, which is swept out exactly instead of estimated. Any panel, balanced or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from newroles.effects.panel_rows import Booleans, PanelRows
from newroles.few_clusters import Floats, Integers

# directions with less than this share of the largest eigenvalue are collinear
_NOUGHT = 1e-10
# how far a coefficient may be from being determined, after rounding
_ESTIMABLE = 1e-6


@dataclass(frozen=True)
class AbsorbedFit:
    """A fit of outcome on columns and an effect for each unit.

    coefficients (NaN where other columns leave it undetermined), bread ((X'MX)^-1, M sweeping out units), residual (by
    row), scores (clusters x columns: sums of column x residual), rank (of the columns, units swept out), rows.
    """

    coefficients: Floats
    bread: Floats
    residual: Floats
    scores: Floats
    rank: int
    rows: int

    @property
    def small_sample(self) -> float:
        """The rule of R fixest for one cluster that nests units: G/(G-1) x (N-1)/(N-K), K: columns and one more.

        Periods count among the columns, units don't (fixest 0.11, cluster.adj and fixef.K = "nested").
        """
        groups = len(self.scores)
        return groups / (groups - 1) * (self.rows - 1) / (self.rows - self.rank - 1)

    def variance(self, combinations: Floats) -> Floats:
        """How far do linear combinations of coefficients vary? Their covariance, CR1; combinations: rows x columns."""
        moves = (combinations @ self.bread) @ self.scores.T
        return np.asarray(self.small_sample * (moves @ moves.T), dtype=float)


def period_columns(rows: PanelRows) -> sparse.csc_array:
    """A column of 0 and 1 for each period but the first: rows x (periods - 1)."""
    n = len(rows.outcome)
    every = sparse.csc_array((np.ones(n), (np.arange(n), rows.period)), shape=(n, len(rows.periods)))
    return sparse.csc_array(every[:, 1:])


def fit_absorbed(rows: PanelRows, columns: sparse.csc_array) -> AbsorbedFit:
    """What goes with each column, once units (each with an effect of its own) are swept out?

    `columns`: one row per row of the panel. Sums by unit are enough: X'MX = X'X - (U'X)' N^-1 (U'X), with U a dummy for
    each unit and N their rows, so nothing larger than columns x columns is inverted and nothing iterates.
    """
    x, y = columns, rows.outcome
    size = np.bincount(rows.unit).astype(float)
    by_unit = sparse.csr_array(sums_by(rows.unit, len(rows.units)) @ x)
    centred = y - (np.bincount(rows.unit, y) / size)[rows.unit]
    gram = (x.T @ x).toarray() - (by_unit.T @ (by_unit * (1 / size)[:, np.newaxis])).toarray()
    bread, estimable, rank = symmetric_inverse(gram, np.asarray((x.multiply(x)).sum(axis=0)).ravel())
    coefficients = bread @ (x.T @ centred)
    left = y - x @ coefficients
    residual = left - (np.bincount(rows.unit, left) / size)[rows.unit]
    weighted = sparse.csr_array(x * residual[:, np.newaxis])
    scores = (sums_by(rows.cluster, len(rows.clusters)) @ weighted).toarray()
    return AbsorbedFit(np.where(estimable, coefficients, np.nan), bread, residual, scores, rank, len(y))


def symmetric_inverse(gram: Floats, lengths: Floats) -> tuple[Floats, Booleans, int]:
    """What is the inverse of a cross-product, which columns does it determine, and what is its rank?

    `gram`: X'MX; `lengths`: the squares of the columns of X, against which remainders are judged.
    """
    size = np.sqrt(np.where(lengths > 0, lengths, 1.0))
    scaled = gram / size / size[:, np.newaxis]
    values, vectors = np.linalg.eigh(scaled)
    kept = values > _NOUGHT * max(values.max(initial=0.0), _NOUGHT)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    missing = 1 - (vectors[:, kept] ** 2).sum(axis=1)  # the part of each coefficient that lies in no kept direction
    return inverse / size / size[:, np.newaxis], missing < _ESTIMABLE, int(kept.sum())


def sums_by(numbers: Integers, n: int) -> sparse.csr_array:
    """What adds up rows by number? An array of n x rows."""
    return sparse.csr_array((np.ones(len(numbers)), (numbers, np.arange(len(numbers)))), shape=(n, len(numbers)))

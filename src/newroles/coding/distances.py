"""How far apart are two ratings? The distances behind Krippendorff's alpha and the weights behind weighted kappas.

All distances are scaled to lie between 0 and 1; alpha doesn't change with the scale.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]


class Metric(Protocol):
    """A distance between categories, used in two ways."""

    def between(self, one: Integers, other: Integers) -> Floats:
        """The distance of each category of `one` from that of `other`."""

    def against(self, shares: Floats) -> Floats:
        """For each category, its mean distance from the categories in `shares` (categories x resamples)."""


class TabledDistance:
    """A distance given by a table of categories x categories."""

    def __init__(self, table: Floats) -> None:
        self.table = table

    def between(self, one: Integers, other: Integers) -> Floats:
        return self.table[one, other]

    def against(self, shares: Floats) -> Floats:
        return self.table @ shares


class DifferentCategory:
    """0 for the same category, 1 for another."""

    def between(self, one: Integers, other: Integers) -> Floats:
        return (one != other).astype(float)

    def against(self, shares: Floats) -> Floats:
        return shares.sum(axis=0) - shares


class SquaredDifference:
    """The square of the difference of values, scaled so that the whole range is 1; needs no table, whatever the values."""

    def __init__(self, values: Floats) -> None:
        self.values = unit_range(values)

    def between(self, one: Integers, other: Integers) -> Floats:
        return (self.values[one] - self.values[other]) ** 2

    def against(self, shares: Floats) -> Floats:
        total, first, second = shares.sum(axis=0), self.values @ shares, self.values**2 @ shares
        values = self.values if shares.ndim == 1 else self.values[:, None]
        return values**2 * total - 2 * values * first + second


def metric(level: str, values: Floats, members: Floats | None) -> Metric:
    """Which distance does Krippendorff's alpha use at this level? (Ordinal distances depend on how often each is used.)

    `values`: the categories as numbers. `members`: for label sets, sets x codes, 1 where the set holds the code.
    """
    if members is not None:
        return TabledDistance(set_distances(members, level))
    if level == "ratio":
        return TabledDistance(_ratio_distances(values))
    return SquaredDifference(values) if level == "interval" else DifferentCategory()


def set_distances(members: Floats, level: str) -> Floats:
    """How far apart is each label set from each other one?

    `members` is sets x codes, 1 where the set holds the code; no set comes twice. `level` is "jaccard" (1 - J, with J
    the codes in both over the codes in either) or "masi" (1 - J * M, with M = 2/3 where one set holds the other, 1/3
    where they overlap otherwise, 0 where they have nothing in common). Each set agrees fully with itself, the empty one
    too; the empty set and any other are at distance 1.

    Source: Passonneau 2006 (Measuring agreement on set-valued items (MASI) for semantic and pragmatic annotation, LREC),
    with exact thirds.
    """
    both = members @ members.T
    size = members.sum(axis=1)
    either = np.add.outer(size, size)
    either -= both
    distances = np.divide(both, np.maximum(either, 1.0, out=either), out=either)
    if level == "masi":
        subset = both == np.minimum.outer(size, size)
        distances *= np.where(subset, 2 / 3, 1 / 3)
    np.subtract(1.0, distances, out=distances)
    np.fill_diagonal(distances, 0.0)
    return distances


def _ratio_distances(values: Floats) -> Floats:
    total = values[:, None] + values[None, :]
    share = np.divide(values[:, None] - values[None, :], total, out=np.zeros_like(total), where=total > 0)
    return share**2


def agreement_weights(values: Floats, shape: str) -> Floats:
    """How much does one category count as agreement with another? 1 for the same, down to 0 for the ends of the scale.

    `shape` is "linear" (1 - |difference| / range) or "quadratic" (with both squared), as R irrCAC's weights.
    """
    difference = np.abs(np.subtract.outer(unit_range(values), unit_range(values)))
    return 1.0 - (difference if shape == "linear" else difference**2)


def unit_range(values: Floats) -> Floats:
    """The values moved and scaled to run from 0 to 1; all 0 when they are all the same."""
    span = np.ptp(values) if len(values) else 0.0
    return (values - values.min()) / span if span > 0 else np.zeros_like(values)

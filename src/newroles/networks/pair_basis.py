"""The pairs that a regression is of, and its predictors, made orthonormal: in not much more memory than they came in."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newroles.errors import InputError
from newroles.networks.qap import Floats, Integers, Square, blocks_of, square_arrays

NOUGHT = 1e-9  # what is left of a predictor, as a share of its length, when the others explain it wholly
ROWS = 4_000  # so many cells at a time: of a QR decomposition, and so on


@dataclass(frozen=True)
class Dyads:
    """The pairs of a regression: terms (intercept and predictors), y (n x n, 0 where not used), and which cells are used.

    Of undirected relations both cells of a pair are, each with weight 1/2.
    """

    terms: list[str]
    y: NDArray[Any]
    used: NDArray[np.bool_]
    directed: bool

    @property
    def weight(self) -> float:
        return 1.0 if self.directed else 0.5

    @property
    def size(self) -> int:
        return round(float(self.used.sum() * self.weight))

    @property
    def once(self) -> Integers:
        """Where in the flattened matrix each pair used stands, once."""
        return np.flatnonzero(self.used if self.directed else np.tril(self.used))


@dataclass(frozen=True)
class Basis:
    """Predictors as combinations of orthonormal ones.

    cells: terms x cells, each row a combination of the predictors (0 on the diagonal), orthonormal over the pairs used; and
    a row for the residual of y where that is needed. alone: terms x terms, row k the unit combination that predictor k has of
    its own, beside the others. inverse: from coefficients of these rows to those of the predictors.
    """

    cells: Floats
    alone: Floats
    inverse: Floats

    @property
    def whole(self) -> Floats:
        return self.cells[: len(self.inverse)]


def dyads_of(
    y: Square,
    xs: Mapping[str, Square],
    directed: bool | None,
    within: Sequence[Hashable] | pd.Series | None,
    spare: int,
) -> tuple[Dyads, Floats]:
    """The pairs used, and the predictors: terms x cells, the first 1 everywhere, all 0 on the diagonal; and spare rows.

    Predictors are copied one by one, and nothing else that is as large is kept: matrices of many people are large.
    """
    if not isinstance(xs, Mapping):
        raise InputError('xs: expected matrices by name, such as {"same_role": matrix}.')
    if clash := {"y", "intercept"} & set(xs):
        raise InputError(f"xs: {min(clash)!r} can't be the name of a predictor.")
    matrices, _ = square_arrays({"y": y, **xs})
    outcome, terms = matrices["y"], ["intercept", *xs]
    n = len(outcome)
    off = ~np.eye(n, dtype=bool)
    used = off & ~np.isnan(outcome)
    reached = off & _reached(used, within)
    for name in xs:
        if blank := int((np.isnan(matrices[name]) & reached).sum()):
            raise InputError(
                f"{name} is blank for {blank} pairs of people who can come to stand where y is known. Fill these cells in with "
                "what is true of the two, also where y is blank, or leave these people out of all matrices."
            )
    if directed is None or not directed:
        odd = [name for name, each in matrices.items() if not _symmetric(each, off if name == "y" else reached)]
        if directed is not None and odd:
            raise InputError(
                f"directed=False: {', '.join(odd)} {'is' if len(odd) == 1 else 'are'} not symmetric. Make each pair's two "
                "cells the same, or leave directed out."
            )
        directed = bool(odd)
    dyads = Dyads(terms, np.where(used, outcome, 0.0), used, directed)
    if dyads.size <= len(terms):
        raise InputError(f"{dyads.size} pairs are known: too few for {len(terms)} terms.")
    for name, matrix in matrices.items():
        least, most = matrix.min(where=used, initial=np.inf), matrix.max(where=used, initial=-np.inf)
        if most - least <= NOUGHT * max(abs(least), abs(most)):
            result = "nothing explains where it differs." if name == "y" else "it explains nothing. Leave it out."
            value = matrix[used][0]
            raise InputError(f"{name} is {value:g} for all pairs of people, so {result}")
    cells = np.empty((len(terms) + spare, n * n))
    cells[0] = 1.0
    for row, name in zip(cells[1:], xs, strict=False):
        square = row.reshape(n, n)
        square[:] = matrices.pop(name)
        square[~reached] = 0.0
    cells[:, :: n + 1] = 0.0
    return dyads, cells


def _reached(used: NDArray[np.bool_], within: Sequence[Hashable] | pd.Series | None) -> NDArray[np.bool_]:
    """Which cells can an order bring to one that is used? Those of people with the same two labels as of a cell used."""
    blocks = blocks_of(len(used), within)
    some = np.zeros((blocks.max() + 1,) * 2, dtype=bool)
    for block, row in enumerate(some):
        row[blocks[used[blocks == block].any(axis=0)]] = True
    return np.asarray(some[blocks][:, blocks])


def _symmetric(matrix: Floats, where: NDArray[np.bool_]) -> bool:
    """Among these cells, all others taken as 0; blanks must have each other's place too."""
    step = max(1, ROWS // len(matrix))
    for first in range(0, len(matrix), step):
        some = slice(first, first + step)
        rows, columns = np.where(where[some], matrix[some], 0.0), np.where(where[:, some], matrix[:, some], 0.0).T
        if not np.array_equal(rows, columns, equal_nan=True):
            return False
    return True


def basis_of(dyads: Dyads, room: Floats) -> Basis:
    """The predictors are made orthonormal in their own place. Raises InputError where one follows from others."""
    used, terms = dyads.used.ravel(), len(dyads.terms)
    cells = room[:terms]
    steps = pieces(used.size)
    length = np.sqrt(np.sum([(cells[:, some][:, used[some]] ** 2).sum(axis=1) for some in steps], axis=0))
    r = np.empty((0, terms))
    for some in steps:
        rows = cells[:, some][:, used[some]].T / length
        _, r = np.linalg.qr(np.concatenate([r, rows]))
    for k in range(1, terms):
        if abs(r[k, k]) <= NOUGHT:
            part = np.linalg.lstsq(r[:, :k], r[:, k], rcond=None)[0]
            others = [dyads.terms[j] for j in range(1, k) if abs(part[j]) > 1e-6]
            raise InputError(
                f"{dyads.terms[k]} follows from {' and '.join(others)}, so their parts can't be told apart. Leave one out."
            )
    inverse = np.linalg.inv(r * np.sqrt(dyads.weight)) / length[:, np.newaxis]
    for some in steps:
        cells[:, some] = inverse.T @ cells[:, some]
    return Basis(room, inverse / np.linalg.norm(inverse, axis=1, keepdims=True), inverse)


def pieces(cells: int) -> list[slice]:
    """So many cells, some at a time."""
    return [slice(first, first + ROWS) for first in range(0, cells, ROWS)]

"""Logistic regressions of one outcome, many at a time: those that `mrqap` refits for each order of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from newroles.networks.qap import Floats

Pairs = Callable[[slice], Floats]
"""Predictors of some pairs, along the last axis: all pairs at once would take more memory than what is given."""

EXACTLY, NEARLY = 1e-10, 1e-6
"""By how much log-odds may still move when Newton's method stops. Each step squares what is left, so that estimates are
then right to many more digits; their variance, taken before the last step, to about as many."""
_STEPS, _FURTHEST = 30, 8.0  # most steps, and the furthest that one goes
_CELLS = 2**14  # so many numbers at a time


def logistic(x: Pairs, y: Floats, start: Floats, still: float = EXACTLY) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Regressions of y on each x (regressions x terms x pairs): coefficients, their variance, and whether it's found.

    start: terms. When ties are separated wholly, log-odds grow by about 1 in every step for ever, so a search that stands
    still has found its end.
    """
    number, terms = x(slice(0, 1)).shape[:2]
    coefficients, converged = np.tile(start, (number, 1)), np.zeros(number, dtype=bool)
    variance = np.full((number, terms, terms), np.nan)
    active = np.arange(number)
    for _ in range(_STEPS):
        slope, curvature = np.zeros((len(active), terms)), np.zeros((len(active), terms, terms))
        for some in _pieces(len(y), number):
            here = _of(x(some), active)
            chance = expit((coefficients[active, np.newaxis] @ here)[:, 0])
            slope += (here @ (y[some] - chance)[..., np.newaxis])[..., 0]
            curvature += (here * (chance * (1 - chance))[:, np.newaxis]) @ here.swapaxes(1, 2)
        inverse = np.linalg.pinv(curvature, hermitian=True)
        step = (inverse @ slope[..., np.newaxis])[..., 0]
        change = np.zeros(len(active))
        for some in _pieces(len(y), number):
            np.maximum(change, np.abs((step[:, np.newaxis] @ _of(x(some), active))[:, 0]).max(axis=1), out=change)
        coefficients[active] += _damped(step, change)
        variance[active] = inverse
        converged[active] = change < still
        active = active[change >= still]
        if not len(active):
            break
    return coefficients, variance, converged


class Beside:
    """Regressions of y on predictors that stay and one that moves: the t of the latter, for many moves.

    stay: predictors x pairs. Where the search begins, with nothing explained by the one that moves, is the same for all
    moves and worked out once.
    """

    def __init__(self, stay: Pairs, y: Floats) -> None:
        self.stay, self.y = stay, y
        self.start = logistic(lambda some: stay(some)[np.newaxis], y, np.zeros(len(stay(slice(0, 1)))))[0][0]
        self.furthest = np.zeros(len(self.start))
        for some in _pieces(len(y), len(self.start)):
            np.maximum(self.furthest, np.abs(stay(some)).max(axis=1), out=self.furthest)

    def t(self, moved: Floats) -> Floats:
        """One t per row of moved (moves x pairs), blank where it isn't found."""
        terms = len(self.start) + 1
        coefficients = np.tile(np.append(self.start, 0.0), (len(moved), 1))
        found = np.full(len(moved), np.nan)
        furthest = np.append(self.furthest, 0.0) * np.ones((len(moved), 1))
        furthest[:, -1] = np.maximum(moved.max(axis=1), -moved.min(axis=1))
        active = np.arange(len(moved))
        for _ in range(_STEPS):
            curvature, slope = np.zeros((len(active), terms, terms)), np.zeros((len(active), terms))
            for some in _pieces(len(self.y), len(moved)):
                stay, here = self.stay(some), _of(moved[:, some], active)
                odds = coefficients[active, :-1] @ stay
                odds += coefficients[active, -1:] * here
                chance = _chances(odds)
                left = self.y[some] - chance
                slope[:, :-1] += left @ stay.T
                slope[:, -1] += np.einsum("bp,bp->b", left, here)
                weight = np.subtract(chance, np.square(chance, out=left), out=chance)
                for k, row in enumerate(stay):
                    curvature[:, k, k:-1] += np.multiply(weight, row, out=left) @ stay[k:].T
                np.multiply(weight, here, out=left)
                curvature[:, :-1, -1] += left @ stay.T
                curvature[:, -1, -1] += np.einsum("bp,bp->b", left, here)
            for k in range(1, terms):
                curvature[:, k, :k] = curvature[:, :k, k]
            inverse = np.linalg.pinv(curvature, hermitian=True)
            step = (inverse @ slope[..., np.newaxis])[..., 0]
            change = (np.abs(step) * furthest[active]).sum(axis=1)  # no log-odds move further
            coefficients[active] += _damped(step, change)
            done = change < NEARLY
            with np.errstate(invalid="ignore", divide="ignore"):
                found[active[done]] = coefficients[active[done], -1] / np.sqrt(inverse[done, -1, -1])
            active = active[~done]
            if not len(active):
                break
        return found


def _pieces(pairs: int, number: int) -> Iterator[slice]:
    step = max(1, _CELLS // max(number, 1))
    return (slice(first, first + step) for first in range(0, pairs, step))


def _of(rows: Floats, active: NDArray[np.intp]) -> Floats:
    return rows if len(active) == len(rows) else rows[active]


def _damped(step: Floats, change: Floats) -> Floats:
    return step * np.minimum(1, _FURTHEST / np.maximum(change, _FURTHEST))[:, np.newaxis]


def _chances(odds: Floats) -> Floats:
    """From log-odds, in their place."""
    np.negative(odds, out=odds)
    with np.errstate(over="ignore"):  # of log-odds far below nought: a chance of nought
        np.exp(odds, out=odds)
    odds += 1
    return np.reciprocal(odds, out=odds)

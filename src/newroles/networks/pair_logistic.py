"""Logistic regressions of one outcome, many at a time: those that `mrqap` refits for each order of people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from newroles.networks.qap import Floats

EXACTLY, NEARLY = 1e-10, 1e-6
"""By how much log-odds may still move when Newton's method stops. Each step squares what is left, so that estimates are
then right to many more digits; their variance, taken before the last step, to about as many."""
_STEPS, _FURTHEST = 30, 8.0  # most steps, and the furthest that one goes


def logistic(x: Floats, y: Floats, start: Floats, still: float = EXACTLY) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Regressions of y on each x (regressions x terms x pairs): coefficients, their variance, and whether it's found.

    When ties are separated wholly, log-odds grow by about 1 in every step for ever, so a search that stands still has
    found its end.
    """
    coefficients, converged = np.tile(start, (len(x), 1)), np.zeros(len(x), dtype=bool)
    variance = np.full((len(x), x.shape[1], x.shape[1]), np.nan)
    active = np.arange(len(x))
    for _ in range(_STEPS):
        here = x if len(active) == len(x) else x[active]
        chance = expit((coefficients[active, np.newaxis] @ here)[:, 0])
        slope = (here @ (y - chance)[..., np.newaxis])[..., 0]
        inverse = np.linalg.pinv((here * (chance * (1 - chance))[:, np.newaxis]) @ here.swapaxes(1, 2), hermitian=True)
        step = (inverse @ slope[..., np.newaxis])[..., 0]
        change = np.abs((step[:, np.newaxis] @ here)[:, 0]).max(axis=1)
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
    moves and worked out once. Sums are made in memory that is kept, as getting it takes longer than filling it.
    """

    def __init__(self, stay: Floats, y: Floats) -> None:
        self.start, inverse, _ = (each[0] for each in logistic(stay[np.newaxis], y, np.zeros(len(stay))))
        chance = expit(self.start @ stay)
        self.left, self.weight = y - chance, chance * (1 - chance)
        self.curvature = np.linalg.pinv(inverse, hermitian=True)
        self.y = y
        self.room = np.empty((2, 0, len(y)))

    def t(self, stay: Floats, moved: Floats) -> Floats:
        """One t per row of moved (moves x pairs), blank where it isn't found. stay: as given at first."""
        terms = len(stay) + 1
        if len(moved) > self.room.shape[1]:
            self.room = np.empty((2, *moved.shape))
        coefficients = np.tile(np.append(self.start, 0.0), (len(moved), 1))
        found = np.full(len(moved), np.nan)
        furthest = np.append(np.abs(stay).max(axis=1), 0.0) * np.ones((len(moved), 1))
        furthest[:, -1] = np.maximum(moved.max(axis=1), -moved.min(axis=1))
        active = np.arange(len(moved))
        for turn in range(_STEPS):
            here = moved if len(active) == len(moved) else moved[active]
            odds, sums = self.room[0, : len(here)], self.room[1, : len(here)]
            curvature, slope = np.empty((len(here), terms, terms)), np.zeros((len(here), terms))
            if turn:
                np.matmul(coefficients[active, :-1], stay, out=odds)
                odds += np.multiply(coefficients[active, -1:], here, out=sums)
                chance = _chances(odds)
                np.subtract(self.y, chance, out=sums)
                slope[:, :-1], slope[:, -1] = sums @ stay.T, np.einsum("bp,bp->b", sums, here)
                weight = np.subtract(chance, np.square(chance, out=sums), out=odds)
                for k, row in enumerate(stay):
                    curvature[:, k, k:-1] = np.multiply(weight, row, out=sums) @ stay[k:].T
                    curvature[:, k:-1, k] = curvature[:, k, k:-1]
            else:
                slope[:, -1], weight = here @ self.left, self.weight
                curvature[:, :-1, :-1] = self.curvature
            np.multiply(weight, here, out=sums)
            curvature[:, -1, :-1] = curvature[:, :-1, -1] = sums @ stay.T
            curvature[:, -1, -1] = np.einsum("bp,bp->b", sums, here)
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


def _damped(step: Floats, change: Floats) -> Floats:
    return step * np.minimum(1, _FURTHEST / np.maximum(change, _FURTHEST))[:, np.newaxis]


def _chances(odds: Floats) -> Floats:
    """From log-odds, in their place."""
    np.negative(odds, out=odds)
    with np.errstate(over="ignore"):  # of log-odds far below nought: a chance of nought
        np.exp(odds, out=odds)
    odds += 1
    return np.reciprocal(odds, out=odds)

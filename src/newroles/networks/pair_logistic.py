"""Logistic regressions of one outcome, many at a time: those that `mrqap` refits for each order of people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

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
_STRIDE = 10_000  # so many pairs at a time


def logistic(
    x: Pairs, y: NDArray[Any], start: Floats, still: float = EXACTLY
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Regressions of y on each x (regressions x terms x pairs): coefficients, their variance, and whether it's found.

    y: pairs, of True and False or 1 and 0. start: terms. When ties are separated wholly, log-odds grow by about 1 in every
    step for ever, so a search that stands still has found its end.
    """
    number, terms = x(slice(0, 1)).shape[:2]
    coefficients, converged = np.tile(start, (number, 1)), np.zeros(number, dtype=bool)
    variance = np.full((number, terms, terms), np.nan)
    active = np.arange(number)
    for _ in range(_STEPS):
        slope, curvature = np.zeros((len(active), terms)), np.zeros((len(active), terms, terms))
        for some in _pieces(len(y)):
            here = _of(x(some), active)
            chance = expit((coefficients[active, np.newaxis] @ here)[:, 0])
            slope += (here @ (y[some] - chance)[..., np.newaxis])[..., 0]
            curvature += (here * (chance * (1 - chance))[:, np.newaxis]) @ here.swapaxes(1, 2)
        inverse = np.linalg.pinv(curvature, hermitian=True)
        step = (inverse @ slope[..., np.newaxis])[..., 0]
        change = np.zeros(len(active))
        for some in _pieces(len(y)):
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

    What stays is parts @ rows (rows x pairs), never made for all pairs at once. Where the search begins, with nothing
    explained by the one that moves, is the same for all moves and worked out once.
    """

    def __init__(self, rows: Floats, y: NDArray[Any], parts: Floats) -> None:
        self.rows, self.y, self.parts = rows, y, parts
        start, variance, _ = logistic(lambda some: (parts @ rows[:, some])[np.newaxis], y, np.zeros(len(parts)))
        self.start, self.curvature = start[0], np.linalg.pinv(variance[0], hermitian=True)
        self.furthest = np.max([np.abs(parts @ rows[:, some]).max(axis=1) for some in _pieces(len(y))], axis=0)

    def t(self, moved: Floats) -> Floats:
        """One t per row of moved (moves x pairs), blank where it isn't found."""
        terms, parts = len(self.start) + 1, self.parts
        coefficients = np.tile(np.append(self.start, 0.0), (len(moved), 1))
        found = np.full(len(moved), np.nan)
        furthest = np.append(self.furthest, 0.0) * np.ones((len(moved), 1))
        furthest[:, -1] = np.maximum(moved.max(axis=1), -moved.min(axis=1))
        active = np.arange(len(moved))
        for turn in range(_STEPS):
            number, rows = len(active), len(self.rows)
            slope, across = np.zeros((number, rows)), np.zeros((number, rows))
            own_slope, own, within = np.zeros(number), np.zeros(number), np.zeros((number, rows, rows))
            for some in _pieces(len(self.y)):
                stay, here = self.rows[:, some], _of(moved[:, some], active)
                odds = (coefficients[active, :-1] @ parts) @ stay
                odds += coefficients[active, -1:] * here
                chance = _chances(odds)
                left = self.y[some] - chance
                own_slope += np.einsum("bp,bp->b", left, here)
                if turn:
                    slope += left @ stay.T
                weight = np.subtract(chance, np.square(chance, out=left), out=chance)
                if turn:
                    for k, row in enumerate(stay):
                        within[:, k, k:] += np.multiply(weight, row, out=left) @ stay[k:].T
                sums = np.multiply(weight, here, out=left)
                across += sums @ stay.T
                own += np.einsum("bp,bp->b", sums, here)
            curvature = np.empty((number, terms, terms))
            curvature[:, -1, :-1] = curvature[:, :-1, -1] = across @ parts.T
            curvature[:, -1, -1] = own
            upper = np.triu(within, 1)
            # at the start the curvature is as found there, and the slope nought
            curvature[:, :-1, :-1] = parts @ (within + upper.swapaxes(1, 2)) @ parts.T if turn else self.curvature
            inverse = np.linalg.pinv(curvature, hermitian=True)
            slopes: Floats = np.column_stack([slope @ parts.T, own_slope])
            step = np.asarray((inverse @ slopes[..., np.newaxis])[..., 0], dtype=float)
            change = (np.abs(step) * furthest[active]).sum(axis=1)  # no log-odds move further
            coefficients[active] += _damped(step, change)
            done = change < NEARLY
            with np.errstate(invalid="ignore", divide="ignore"):
                found[active[done]] = coefficients[active[done], -1] / np.sqrt(inverse[done, -1, -1])
            active = active[~done]
            if not len(active):
                break
        return found


def _pieces(pairs: int) -> Iterator[slice]:
    return (slice(first, first + _STRIDE) for first in range(0, pairs, _STRIDE))


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

"""Which of several relations goes with a relation, the others held fixed? Regression of pairs, tested by moving people.

A pair of people is a row: one relation is explained by others (same role, same team, who supervises whom). Coefficients are
those of an ordinary or a logistic regression; their p values come from letting people change places.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newroles.errors import InputError, did_you_mean
from newroles.networks.pair_basis import NOUGHT, ROWS, Basis, Dyads, basis_of, dyads_of, pieces
from newroles.networks.pair_logistic import NEARLY, Beside, logistic
from newroles.networks.qap import Floats, Integers, Square, Tally, cells_of, relabellings


def mrqap(
    y: Square,
    xs: Mapping[str, Square],
    permutations: int | Literal["exact"] = 1000,
    method: Literal["dsp", "y"] = "dsp",
    rng: np.random.Generator | None = None,
    family: Literal["linear", "logistic"] = "linear",
    directed: bool | None = None,
    within: Sequence[Hashable] | pd.Series | None = None,
) -> pd.DataFrame:
    """Which of several relations goes with a relation between people, the others held fixed?

    y: a square array, or a table with the same persons as rows and columns: row = source, column = target. The diagonal is
    ignored; a blank pair (nobody answered, say) is left out. Of 0 and 1 alone when family is "logistic".
    xs: by name, such matrices, without blanks also where y is blank: people who change places take their cells along, so that
    what stands there comes to pairs that are used, and counts. A pair may be blank only where no order can bring it to one
    that is used (two people of different labels in `within`, when all such pairs are blank in y). Where xs aren't known
    for people who didn't answer, leave these people out of all matrices.
    permutations: how many orders of people are drawn, or "exact" for all of them (up to 40,320: eight people); 0 gives
    coefficients alone. rng: with the same seed the p values come out the same (None: seed 0). within: one label per person (their team,
    say); people then change places only with people of the same label.
    method: "dsp" (double semi-partialling): the part of a predictor that the others don't explain changes places, and is
    put back beside them. "y": the people of y change places. "dsp" stays valid when predictors go together.
    family: "linear" for least squares, "logistic" for the odds of a tie: refitted for each order and term, which takes some
    ten seconds for 1,000 orders of 200 people, where least squares takes half a second.
    directed: False takes each pair once. None decides: undirected when y and all of xs are symmetric.

    What is compared with chance is t (estimate over its usual standard error), computed anew for each order: p_low is the
    share of orders with a t at most as high, p_high at least as high, p_two_sided with |t| at least as large:
    (1 + count) / (permutations + 1), and count / all orders when exact. All terms are tested with the same orders. An
    order for which t can't be computed, or logistic regression doesn't converge, counts on each side. The intercept is
    treated as a predictor that is 1 everywhere, as sna::netlm does; its p values are seldom of interest. In "dsp" the
    predictors are residualised by least squares in both families.

    Returns one row per term (first `intercept`): term, estimate, t, p_low, p_high, p_two_sided, se. In `.attrs`:
    r_squared (linear; of logistic regression log_likelihood), dyads (pairs used), directed, method, permutations and
    not_converged (orders for which a logistic regression didn't converge, for one term or more).

    Raises InputError for matrices that don't fit together, infinite cells, blanks in xs, a predictor that is the same
    everywhere or follows from the others, fewer pairs than terms, and ties that a predictor separates wholly.

    Source: Dekker, Krackhardt and Snijders 2007, doi 10.1007/s11336-007-9016-1; method "y": Krackhardt 1988, doi
    10.1016/0378-8733(88)90004-4.

    >>> rng = np.random.default_rng(1)
    >>> same_role, works_with = rng.integers(0, 2, (2, 12, 12))
    >>> advice = 2 * works_with + rng.normal(size=(12, 12))
    >>> found = mrqap(advice, {"same_role": same_role, "works_with": works_with}, permutations=99, rng=rng)
    >>> found[["term", "estimate", "p_two_sided"]].round(2)
             term  estimate  p_two_sided
    0   intercept     -0.14         0.36
    1   same_role      0.05         0.80
    2  works_with      1.95         0.01
    """
    for name, value, known in (("method", method, ("dsp", "y")), ("family", family, ("linear", "logistic"))):
        if value not in known:
            raise InputError(f"{name}: {value!r} is unknown. {did_you_mean(str(value), known)}")
    dyads, cells = dyads_of(y, xs, directed, within, spare=int(family == "linear"))
    if family == "logistic" and (odd := dyads.y[dyads.used & (dyads.y != 0) & (dyads.y != 1)]).size:
        raise InputError(f"y: logistic regression needs 0 and 1 alone; y has {odd[0]:g}.")
    if family == "logistic":
        dyads = replace(dyads, y=dyads.y == 1)
    basis = basis_of(dyads, cells)
    n = len(dyads.used)
    # a regression has work of its own for each batch, so that larger ones pay as long as they don't take much memory
    batch = ROWS * 4 if family == "linear" else min(ROWS * 20, ROWS * 3 + 2 * n**2)
    draws = relabellings(n, permutations, rng, within, batch)
    fit = (_linear if family == "linear" else _logistic)(dyads, basis, method, draws)
    p = fit.tally.p_values(permutations == "exact")
    table = pd.DataFrame({"term": dyads.terms, "estimate": fit.estimate, "t": fit.tally.observed, **p, "se": fit.se})
    table.attrs = {
        **fit.told, "dyads": dyads.size, "directed": dyads.directed, "method": method, "permutations": fit.tally.count,
    }  # fmt: skip
    return table


@dataclass(frozen=True)
class _Fit:
    """What a regression found, and how often chance does as much."""

    estimate: Floats
    se: Floats
    tally: Tally
    told: dict[Hashable, Any]


def _linear(dyads: Dyads, basis: Basis, method: str, draws: Iterator[Integers]) -> _Fit:
    """Least squares. A permuted predictor enters t through inner products only: with the others, with y and with itself."""
    used, terms, weight = dyads.used.ravel(), len(dyads.terms), dyads.weight
    y, n_used = dyads.y.ravel(), int(dyads.used.sum())
    scores = weight * (basis.whole @ y)  # y is 0 where it isn't used
    mean = y.sum() / n_used
    spread = weight * float((used * (y - mean) ** 2).sum())
    left = basis.cells[-1]
    np.subtract(y, scores @ basis.whole, out=left)
    left[~used] = 0.0
    rss, df = weight * float(left @ left), dyads.size - terms
    if rss <= NOUGHT**2 * spread:
        raise InputError("The predictors explain y wholly, so their standard errors are nought.")
    own = basis.alone @ scores
    tally = Tally(own / np.sqrt(rss / df))
    # the intercept is one number in every cell, so an order doesn't move it; without blanks no length changes either
    complete = n_used == len(dyads.used) * (len(dyads.used) - 1)
    one = float(basis.cells[0, 1])
    intercept = weight * one * basis.cells.sum(axis=1, where=used)
    draw = _t_residualised if method == "dsp" else _t_of_y
    for orders in draws:
        b = len(orders)
        products, lengths = np.zeros((b, terms, terms + 1)), np.zeros((b, terms, terms))
        for some, at in cells_of(orders):
            moved = basis.whole[1:].take(at, axis=1)
            if not complete:
                moved *= used[some]  # pairs that aren't used count nowhere
                lengths[:, 1:, 0] += one * moved.sum(axis=-1).T
                lengths[:, 1:, 1:] += moved.swapaxes(0, 1) @ moved.transpose(1, 2, 0)
            found = moved.reshape((terms - 1) * b, -1) @ basis.cells[:, some].T
            products[:, 1:] += found.reshape(terms - 1, b, terms + 1).swapaxes(0, 1)
        products *= weight
        products[:, 0] = intercept
        lengths *= weight
        lengths[:, 0, 1:] = lengths[:, 1:, 0]
        lengths[:, 0, 0] = weight * one**2 * n_used
        tally.add(draw(products, np.eye(terms) if complete else lengths, basis.alone, scores, rss, df))
    se = np.linalg.norm(basis.inverse, axis=1) * np.sqrt(rss / df)
    return _Fit(basis.inverse @ scores, se, tally, {"r_squared": 1 - rss / spread, "not_converged": 0})


def _t_residualised(products: Floats, lengths: Floats, alone: Floats, scores: Floats, rss: float, df: int) -> Floats:
    """Orders x terms: t of each predictor's own part, moved, beside the other predictors, left where they are.

    products: orders x terms x (terms + 1), of each moved basis matrix with those in place and with the residual of y;
    lengths: of moved basis matrices with each other. All in coordinates of the basis, where predictor k's own part is
    alone[k]: taking that direction out of the basis leaves the other predictors.
    """
    own = alone @ scores
    parts = alone @ products
    ahead = (parts[..., :-1] * alone).sum(axis=-1)
    length = ((alone @ lengths) * alone).sum(axis=-1)
    beside = length - (parts[..., :-1] ** 2).sum(axis=-1) + ahead**2
    with_y = parts[..., -1] + ahead * own
    with np.errstate(invalid="ignore", divide="ignore"):
        t = with_y * np.sqrt(df) / np.sqrt(beside * (rss + own**2) - with_y**2)
    return np.asarray(np.where(beside > NOUGHT * length, t, np.nan))


def _t_of_y(products: Floats, lengths: Floats, alone: Floats, scores: Floats, rss: float, df: int) -> Floats:
    """Orders x terms: t when all predictors are moved together, which is the same as moving y the other way."""
    with_y = products[..., :-1] @ scores + products[..., -1]
    inverse = np.linalg.pinv(lengths, hermitian=True)
    found = (inverse @ with_y[..., np.newaxis])[..., 0]
    error = (rss + scores @ scores - (with_y * found).sum(axis=-1)) / df
    spread = ((alone @ inverse) * alone).sum(axis=-1)
    return np.asarray(found @ alone.T / np.sqrt(error[:, np.newaxis] * spread))


def _logistic(dyads: Dyads, basis: Basis, method: str, draws: Iterator[Integers]) -> _Fit:
    """Maximum likelihood, anew for each order and, in dsp, each term."""
    once, terms, n = dyads.once, len(dyads.terms), len(dyads.used)
    source, target = (end.astype(np.min_scalar_type(n)) for end in np.divmod(once, n))
    rows, y = basis.whole[:, once], dyads.y.ravel()[once]
    del once
    fitted, variance, converged = logistic(lambda some: rows[np.newaxis, :, some], y, np.zeros(terms))
    if not converged[0]:
        raise InputError(_separated(dyads.terms, np.asarray(np.linalg.solve(basis.inverse.T, rows)), y))
    estimate = basis.inverse @ fitted[0]
    se = np.sqrt(np.einsum("ki,ij,kj->k", basis.inverse, variance[0], basis.inverse))
    tally, failed = Tally(estimate / se, NEARLY), 0
    beside = []
    if (
        method == "dsp"
    ):  # for each term the others, as directions of the basis; and what it has of its own, in its place
        others = [np.linalg.svd(own[np.newaxis])[2][1:] for own in basis.alone]
        beside = [Beside(rows, y, rest) for rest in others]
        for some in pieces(n * n):
            basis.whole[:, some] = basis.alone @ basis.whole[:, some]
    for orders in draws:
        at = np.empty((len(orders), len(y)), dtype=np.int32 if n * n < 2**31 else np.int64)
        for some in pieces(len(y)):
            at[:, some] = orders[:, source[some]] * n + orders[:, target[some]]
        t = np.empty((len(orders), terms))
        if method == "y":
            found, variance, converged = logistic(partial(_moved, basis.whole, at), y, np.zeros(terms), NEARLY)
            spread = np.einsum("ki,bij,kj->bk", basis.alone, variance, basis.alone)
            t[:] = np.where(converged[:, np.newaxis], found @ basis.alone.T / np.sqrt(spread), np.nan)
        for k, search in enumerate(beside):
            moved = np.empty((len(orders), len(y)))
            for some in pieces(len(y)):
                moved[:, some] = basis.whole[k].take(at[:, some])
            t[:, k] = search.t(moved)
        failed += int(np.isnan(t).any(axis=1).sum())
        tally.add(t)
    odds = np.concatenate([fitted[0] @ rows[:, some] for some in pieces(len(y))])
    likelihood = float((y * odds - np.logaddexp(0, odds)).sum())
    return _Fit(estimate, se, tally, {"log_likelihood": likelihood, "not_converged": failed})


def _moved(whole: Floats, at: NDArray[Any], some: slice) -> Floats:
    """Orders x terms x pairs."""
    return np.asarray(whole.take(at[:, some], axis=1).swapaxes(0, 1))


def _separated(terms: list[str], predictors: Floats, tied: NDArray[np.bool_]) -> str:
    """Which predictor tells ties from other pairs wholly, so that its coefficient has no end? predictors: terms x pairs."""
    culprits = []
    for name, values in zip(terms[1:], predictors[1:], strict=True):
        x = values.round(9)
        ends = [set(tied[x == end]) for end in (x.min(), x.max())] if len(np.unique(x)) == 2 else []
        apart = x[tied].max() <= x[~tied].min() or x[tied].min() >= x[~tied].max()
        if apart or any(len(end) == 1 for end in ends):
            culprits.append(name)
    who = " and ".join(culprits) or "The predictors together"
    tells = "tells" if len(culprits) == 1 else "tell"
    return (
        f"{who} {tells} ties from other pairs without a mistake (for some value all pairs are tied, or none), so a coefficient "
        "would be infinite. Leave the predictor out, or join it with another."
    )

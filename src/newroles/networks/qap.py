"""Do two relations go together more than chance would have it? Tests that move whole people, rows and columns at once.

Ties that share a person aren't independent, so the usual p values of correlation and regression are wrong for them. The
quadratic assignment procedure keeps each matrix as it is and shuffles which person stands where in one of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import islice, product
from itertools import permutations as arrangements
from math import factorial, prod
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from newroles.errors import InputError

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Square = ArrayLike | pd.DataFrame

ALL = factorial(8)  # "exact" goes through at most so many orders of people
# so many cells of matrices are permuted at once: they stay in the processor's cache, and products of so few aren't shared
# out among processors, who would wait for each other when they have other work
_CELLS = 16_000
# numbers this near to the one observed are the same number, reached in another order of adding
_SAME, _NOUGHT = 1e-9, 1e-12


def qap_correlation(
    x: Square,
    y: Square,
    permutations: int | Literal["exact"] = 1000,
    rng: np.random.Generator | None = None,
    within: Sequence[Hashable] | pd.Series | None = None,
) -> pd.Series:
    """Do two relations join the same people more often than chance would have it?

    x, y: square arrays, or tables with the same persons as rows and columns: row = source, column = target. The diagonal
    is ignored. A pair that is blank in either is left out; blanks of y move with y.
    permutations: how many orders of people are drawn, or "exact" for all of them (up to 40,320: eight people). 0 gives the
    correlation alone.
    rng: a generator; with the same seed the p values come out the same. None: one with seed 0.
    within: one label per person (their team, say): people then change places only with people of the same label.

    The correlation of all pairs of x with those of y is compared with that of x and y after the people of y have changed
    places. p_low is the share of orders with a correlation at most as high, p_high at least as high, p_two_sided at least
    as far from nought: (1 + count) / (permutations + 1), and count / all orders when exact. An order that leaves no
    correlation to compute counts for each.

    Returns estimate, p_low, p_high, p_two_sided and permutations (how many orders). Raises InputError for matrices that
    aren't square or not of the same people, and for one that is the same everywhere.

    Source: Hubert and Schultz 1976, doi 10.1111/j.2044-8317.1976.tb00714.x; Krackhardt 1988, doi
    10.1016/0378-8733(88)90004-4.

    >>> advice = np.array([[0, 1, 1, 0], [0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]])
    >>> trust = np.array([[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    >>> qap_correlation(advice, trust, permutations="exact").round(3).to_dict()
    {'estimate': 0.657, 'p_low': 1.0, 'p_high': 0.083, 'p_two_sided': 0.083, 'permutations': 24.0}
    """
    matrices, _ = square_arrays({"x": x, "y": y})
    fixed, moved = matrices["x"], matrices["y"]
    n = len(fixed)
    off = ~np.eye(n, dtype=bool)
    complete = not ((np.isnan(fixed) | np.isnan(moved)) & off).any()
    # deviations from the mean, in units of the standard deviation: sums of squares lose no digits then
    (here, here_known), (there, there_known) = (_standardised(matrix, off, name) for name, matrix in matrices.items())
    del off
    size = float(np.sqrt((here @ here) * (there @ there)))

    def sums(orders: Integers) -> Floats:
        """As `_correlation` takes them."""
        found = np.zeros((len(orders), 3, 3))
        for some, at in cells_of(orders):
            values, fixed = there.take(at), here[some]
            moved = np.stack([there_known.take(at), values, values**2], axis=1)
            found += moved @ np.stack([here_known[some], fixed, fixed**2]).T
        return found

    def products(orders: Integers) -> Floats:
        """Where all is known, no order changes any other sum."""
        return np.sum([np.einsum("oc,c->o", there.take(at), here[some]) for some, at in cells_of(orders)], axis=0)

    observed = _correlation(sums(np.arange(n)[np.newaxis]))
    if np.isnan(observed[0]):
        raise InputError("The pairs of people known in both x and y are all alike in one of them, or fewer than two.")
    tally = Tally(observed)
    for orders in relabellings(n, permutations, rng, within):
        drawn = products(orders) / size if complete else _correlation(sums(orders))
        tally.add(drawn[:, np.newaxis])
    p = tally.p_values(permutations == "exact")
    return pd.Series({"estimate": observed[0], **{name: p[name][0] for name in p}, "permutations": float(tally.count)})


def _standardised(matrix: Floats, off: NDArray[np.bool_], name: str) -> tuple[Floats, NDArray[np.bool_]]:
    """Deviations from the mean over the standard deviation, 0 where not known; and where it is known. Cell after cell."""
    known = off & ~np.isnan(matrix)
    values = matrix[known]
    mean, spread = (values.mean(), values.std()) if len(values) else (0.0, 0.0)
    if len(values) < 2 or spread <= _NOUGHT * np.abs(values).max():
        raise InputError(f"{name} is the same for all pairs of people, so it goes with nothing.")
    del values
    found = np.where(known, matrix, mean)
    found -= mean
    found /= spread
    return found.ravel(), known.ravel()


def _correlation(sums: Floats) -> Floats:
    """From sums of products, orders x (known, y, y squared) x (known, x, x squared). Blank where one of them doesn't vary."""
    n, sx, sxx = sums[:, 0, 0], sums[:, 0, 1], sums[:, 0, 2]
    sy, sxy, syy = sums[:, 1, 0], sums[:, 1, 1], sums[:, 2, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        vx, vy = sxx - sx**2 / n, syy - sy**2 / n
        found = (sxy - sx * sy / n) / np.sqrt(vx * vy)
    return np.where((vx > _SAME) & (vy > _SAME), found, np.nan)


class Tally:
    """How often is a number drawn as low, as high, and as far from nought as the one observed?"""

    def __init__(self, observed: Floats, same: float = _SAME) -> None:
        self.observed = np.asarray(observed, dtype=float)
        self.slack = same * np.abs(self.observed) + _NOUGHT
        self.count = 0
        self.low, self.high, self.two_sided = (np.zeros(self.observed.shape, dtype=int) for _ in range(3))

    def add(self, drawn: Floats) -> None:
        """Counts these: one row per draw, one column per number observed. What couldn't be computed counts on every side."""
        self.count += len(drawn)
        self.low += (~(drawn > self.observed + self.slack)).sum(axis=0)
        self.high += (~(drawn < self.observed - self.slack)).sum(axis=0)
        self.two_sided += (~(np.abs(drawn) < np.abs(self.observed) - self.slack)).sum(axis=0)

    def p_values(self, exact: bool) -> dict[str, Floats]:
        """p_low, p_high and p_two_sided: shares of all orders if exact, else of those drawn and the one observed."""
        named = {"p_low": self.low, "p_high": self.high, "p_two_sided": self.two_sided}
        if not self.count:
            return {name: np.full(self.observed.shape, np.nan) for name in named}
        if exact:
            return {name: counts / self.count for name, counts in named.items()}
        return {name: (1 + counts) / (1 + self.count) for name, counts in named.items()}


def relabellings(
    n: int,
    permutations: int | Literal["exact"],
    rng: np.random.Generator | None = None,
    within: Sequence[Hashable] | pd.Series | None = None,
    cells: int = _CELLS,
) -> Iterator[Integers]:
    """In which orders do people change places? Batches of rows, each an order of 0 .. n - 1.

    Arguments as in `qap_correlation`. cells: so many cells of matrices in a batch, but no less than one order. The orders
    drawn don't depend on it.
    """
    blocks = blocks_of(n, within)
    people = np.argsort(blocks, kind="stable")
    sizes = np.bincount(blocks)
    batch = max(1, cells // n**2)
    if permutations == "exact":
        total = prod(factorial(int(size)) for size in sizes)
        if total > ALL:
            raise InputError(
                f'permutations="exact": {n} people can change places in {total:.2g} ways, more than {ALL:,}. '
                "Say how many to draw: permutations=1000."
            )
        members = np.split(people, np.cumsum(sizes)[:-1])
        ways = (np.concatenate(way) for way in product(*(arrangements(each) for each in members)))
        while rows := list(islice(ways, batch)):
            orders = np.empty((len(rows), n), dtype=np.intp)
            orders[:, people] = rows
            yield orders
        return
    if isinstance(permutations, bool) or not isinstance(permutations, int | np.integer) or permutations < 0:
        raise InputError(f'permutations: expected a whole number or "exact", found {permutations!r}.')
    rng = np.random.default_rng(0) if rng is None else rng
    for start in range(0, int(permutations), batch):
        keys = rng.random((min(batch, int(permutations) - start), n))
        orders = np.empty(keys.shape, dtype=np.intp)
        orders[:, people] = np.argsort(keys + blocks, axis=1)
        yield orders


def blocks_of(n: int, within: Sequence[Hashable] | pd.Series | None) -> Integers:
    """The number of each person's block; all 0 without blocks."""
    if within is None:
        return np.zeros(n, dtype=np.intp)
    labels = pd.Series(list(within), dtype=object)
    if len(labels) != n or labels.isna().any():
        raise InputError(
            f"within: expected a label for each of the {n} people, found {int(labels.notna().sum())} labels among "
            f"{len(labels)} values."
        )
    blocks = np.asarray(pd.factorize(labels)[0], dtype=np.intp)
    if np.bincount(blocks).max() < 2:
        raise InputError("within: every person has a label of their own, so nobody can change places.")
    return blocks


def cells_of(orders: Integers) -> Iterator[tuple[slice, Integers]]:
    """Where does each cell of a permuted square matrix come from? Some rows at a time.

    Yields which cells of the flattened matrix, and their places before: orders x cells.
    """
    n = orders.shape[1]
    step = max(1, _CELLS // (len(orders) * n))
    for first in range(0, n, step):
        rows = orders[:, first : first + step, np.newaxis] * n + orders[:, np.newaxis, :]
        yield slice(first * n, (first + step) * n), rows.reshape(len(orders), -1)


def square_arrays(named: Mapping[str, Any]) -> tuple[dict[str, Floats], pd.Index | None]:
    """These matrices as square arrays of one size, and their people if tables say who they are.

    Tables are put in the order of the first one's rows. Raises InputError for matrices that aren't square, differ in size
    or people, or hold something else than numbers (blanks are allowed).
    """
    arrays: dict[str, Floats] = {}
    people: pd.Index | None = None
    for name, matrix in named.items():
        if isinstance(matrix, pd.DataFrame):
            if set(matrix.index) != set(matrix.columns) or not matrix.index.is_unique or not matrix.columns.is_unique:
                raise InputError(f"{name}: its rows and its columns must be the same persons, each once.")
            people = matrix.index if people is None else people
            if set(matrix.index) != set(people):
                odd = sorted(map(str, set(matrix.index) ^ set(people)))
                raise InputError(
                    f"{name} has other persons than {next(iter(named))}: {', '.join(odd[:5])} "
                    f"{'is' if len(odd) == 1 else 'are'} in only one of them."
                )
            if not (matrix.index.equals(people) and matrix.columns.equals(people)):
                matrix = matrix.loc[people, people]
        try:
            array = np.asarray(matrix, dtype=float)
        except (TypeError, ValueError) as error:
            raise InputError(f"{name} has cells that aren't numbers: {error}.") from None
        if array.ndim != 2 or array.shape[0] != array.shape[1]:
            raise InputError(f"{name} has the shape {array.shape}: expected a square, people x people.")
        if np.isinf(array).any():
            raise InputError(f"{name} has an infinite cell: expected numbers, or blank where not known.")
        arrays[name] = array
    sizes = {name: len(array) for name, array in arrays.items()}
    if len(set(sizes.values())) > 1:
        raise InputError(
            f"The matrices differ in size: {', '.join(f'{name} has {n} people' for name, n in sizes.items())}."
        )
    if next(iter(sizes.values())) < 3:
        raise InputError("Fewer than three people: nothing can be compared.")
    return arrays, people

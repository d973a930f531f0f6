"""Is there a core of people tied to one another, with everybody else around it?"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import eigsh

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import RoleNetwork

_EXACT_UP_TO = 20  # people; 2^20 cores are a million
_SLACK = 1e-12
_ROWS = 2**13  # so many cells at a time
_WITHOUT_GAIN = 60  # moves that the search goes on without finding better


@dataclass(frozen=True, eq=False)
class CorePeriphery:
    """Who is in the core, and how well does a core and its periphery describe the network?

    core: the persons in the core that fits best, in the order of people. cores: all cores that fit as well (more than one
    only when `exact`); `core` is the smallest of them. fit: correlation of the ties with the ideal pattern, -1 to 1.
    exact: True when every possible core was tried, False when it was searched for and a better one may exist.
    between: what was supposed of pairs of a core and a periphery person. table: one row per person: person, role (where
    people have one), core, coreness (blank in a directed network). blocks: one row per block (core, between, periphery):
    pairs, ties, density; a directed network's pairs are counted in both directions.
    """

    core: list[Hashable]
    fit: float
    exact: bool
    between: str
    cores: list[list[Hashable]]
    table: pd.DataFrame
    blocks: pd.DataFrame


def core_periphery(
    network: RoleNetwork,
    between: str = "ideal_star",
    restarts: int = 20,
    rng: np.random.Generator | None = None,
    *,
    weighted: bool = False,
) -> CorePeriphery:
    """Which people make the core of this network, and how well does a core with a periphery describe it?

    The core is chosen so that the ties (1 or 0; with weighted=True their weights) go together most closely with an ideal
    pattern, over all pairs of different people: every two in the core are tied and no two of the periphery are.
    between: what the pattern says of a core and a periphery person: `ideal_star`, that they are tied; `ignore`, nothing:
    these pairs are left out (the core then tends to be larger and the fit higher: don't compare the two).
    restarts, rng: up to 20 people every possible core is tried. Beyond that the search starts from the best-tied people
    and `restarts` times from a disturbed order, moves one person at a time, also for the worse, and keeps the best; more
    restarts find better cores in some networks, and the result says `exact` False. The time goes with restarts: with 5,000
    people the 20 take some 5 seconds (`ignore`: some 15), so take fewer there.

    Coreness is the principal eigenvector of an undirected network, of length 1: high for people tied to people who are
    high themselves. It is an approximation to the continuous model, which leaves the diagonal out.

    Raises InputError for an unknown `between`, restarts that aren't a whole number of 0 or more, and when no core can be told
    from a periphery: no ties, all pairs tied alike, or too few people (3 for ideal_star, 4 for ignore).

    Source: Borgatti & Everett 2000, doi 10.1016/S0378-8733(99)00019-2; `ignore` is their
    pattern with missing values off the diagonal blocks.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd", "dot"]})
    >>> ties = pd.DataFrame({"source": ["ann", "ann", "ann"], "target": ["bea", "cyd", "dot"]})
    >>> found = core_periphery(build(people, ties, directed=False))
    >>> found.core, round(found.fit, 6), found.exact
    (['ann'], 1.0, True)
    """
    if between not in ("ideal_star", "ignore"):
        raise InputError(f"There is no convention {between!r}. {did_you_mean(between, ['ideal_star', 'ignore'])}")
    if isinstance(restarts, bool) or not isinstance(restarts, int | np.integer) or restarts < 0:
        raise InputError(f"restarts must be a whole number of 0 or more, not {restarts!r}. 20 is usual.")
    matrix = network.adjacency if weighted else network.binary
    n = len(network)
    sums = _both_ways(matrix, network.directed)
    cells = _Cells(sums, _both_ways(matrix.power(2), network.directed) if weighted else sums, between)
    exact = n <= _EXACT_UP_TO
    if exact:
        fit, cores = _try_all(cells)
    else:
        rng = np.random.default_rng(0) if rng is None else rng
        fit, cores = _search(cells, restarts, rng)
    if not cores:
        raise InputError(
            f"No core can be told from a periphery in this network of {n} people and {len(network.ties)} ties: it has too "
            "few people, no ties, or all pairs are tied alike."
        )
    persons = network.people["person"].to_numpy(dtype=object)
    named = sorted((list(persons[core]) for core in cores), key=len)
    core = min(cores, key=lambda chosen: int(chosen.sum()))
    table = {"person": network.people["person"]}
    if "role" in network.people:
        table["role"] = network.people["role"]
    return CorePeriphery(
        core=named[0],
        fit=fit,
        exact=exact,
        between=between,
        cores=named,
        table=pd.DataFrame({**table, "core": core, "coreness": _coreness(network, matrix)}),
        blocks=_blocks(network, core),
    )


def _both_ways(matrix: sparse.csr_array, directed: bool) -> sparse.csr_array:
    """Each cell and the one across the diagonal, added."""
    if directed:
        return (matrix + matrix.T).tocsr()
    return sparse.csr_array((2 * matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)


class _Cells:
    """The sums from which the correlation with the pattern of any core follows. A pair counts in both directions.

    sums, squares: of ties and of their squares, both symmetric; one and the same where all ties are 1.
    """

    def __init__(self, sums: sparse.csr_array, squares: sparse.csr_array, between: str) -> None:
        self.sums, self.squares, self.between = sums, squares, between
        self.n = sums.shape[0]
        self.degree, self.square_degree = sums.sum(axis=1), squares.sum(axis=1)
        self.total, self.square_total = self.degree.sum() / 2, self.square_degree.sum() / 2
        self.matrices = [sums] if squares is sums else [sums, squares]

    def fit(
        self, size: np.ndarray, core: np.ndarray, outside: np.ndarray, core_sq: np.ndarray, outside_sq: np.ndarray
    ) -> np.ndarray:
        """Correlation, from the size of the core and the sums (of ties, of their squares) in core and periphery."""
        inside, around = size * (size - 1.0), (self.n - size) * (self.n - size - 1.0)
        if self.between == "ideal_star":
            cells = np.full_like(inside, self.n * (self.n - 1.0))
            ones, tied, total, square = cells - around, self.total - outside, self.total, self.square_total
        else:
            cells, ones, tied, total, square = inside + around, inside, core, core + outside, core_sq + outside_sq
        spread = (cells * square - total**2) * ones * (cells - ones)
        defined = (spread > _SLACK * np.maximum(cells * square, 1) * cells**2) & (ones > 0) & (ones < cells)
        product = cells * tied - total * ones
        return np.divide(product, np.sqrt(np.where(defined, spread, 1)), out=np.full_like(cells, -2), where=defined)


def _try_all(cells: _Cells) -> tuple[float, list[np.ndarray]]:
    """The best fit of all, and every core that has it. Bit i of a core's number says whether person i is in it."""
    n = cells.n
    size = np.zeros(1 << n, dtype=np.int8)
    sums = np.zeros(1 << n)
    squares = np.zeros(1 << n)
    dense, dense_squares = cells.sums.toarray(), cells.squares.toarray()
    for person in range(n):
        here = 1 << person
        size[here : 2 * here] = size[:here] + 1
        for within, ties in ((sums, dense), (squares, dense_squares)):
            added = np.zeros(1)  # ties of this person with the members of each core of earlier people
            for earlier in range(person):
                added = np.concatenate([added, added + ties[person, earlier]])
            within[here : 2 * here] = within[:here] + added
    best, found = -2.0, np.empty(0, dtype=np.int64)
    step = 1 << 16
    for first in range(0, 1 << n, step):
        some = np.arange(first, min(first + step, 1 << n))
        rest = (1 << n) - 1 - some
        fits = cells.fit(size[some].astype(float), sums[some], sums[rest], squares[some], squares[rest])
        top = fits.max()
        if top > best + _SLACK:
            best, found = float(top), np.empty(0, dtype=np.int64)
        if top >= best - _SLACK:
            found = np.concatenate([found, some[fits >= best - _SLACK]])
    if best < -1.5:
        return best, []
    return best, [(number >> np.arange(n)) & 1 == 1 for number in found]


def _search(cells: _Cells, restarts: int, rng: np.random.Generator) -> tuple[float, list[np.ndarray]]:
    """The best core found from several orders of the people: the best head of the order, then one move at a time."""
    best, chosen = -2.0, None
    for start in range(restarts + 1):
        noise = rng.gumbel(size=cells.n) if start else np.zeros(cells.n)
        order = np.argsort(-(np.log(cells.degree + 0.5) + noise), kind="stable")
        fit, core = _improve(cells, _best_head(cells, order))
        if fit > best + _SLACK:
            best, chosen = fit, core
    return best, [] if chosen is None else [chosen]


def _best_head(cells: _Cells, order: np.ndarray) -> np.ndarray:
    """The core that takes people in this order and stops where the fit is best."""
    place = np.empty(cells.n, dtype=np.int64)
    place[order] = np.arange(cells.n)
    size = np.arange(1, cells.n + 1.0)
    within = [_heads(matrix, place) for matrix in cells.matrices]
    (core, outside), (core_sq, outside_sq) = within[0], within[-1]
    fits = cells.fit(size, core, outside, core_sq, outside_sq)
    return place <= int(fits.argmax())


def _heads(matrix: sparse.csr_array, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sums among the first people of an order, and among those after them, for each number of first people."""
    n = len(place)
    later, earlier = np.zeros(n), np.zeros(n)  # of pairs, by the place of the one and of the other
    step = max(1, _ROWS * n // max(matrix.nnz, 1))
    for first in range(0, n, step):
        rows = matrix[first : first + step]
        one, other = np.repeat(place[first : first + step], np.diff(rows.indptr)), place[rows.indices]
        later += np.bincount(np.maximum(one, other), weights=rows.data, minlength=n)
        earlier += np.bincount(np.minimum(one, other), weights=rows.data, minlength=n)
    later, earlier = later.cumsum() / 2, earlier.cumsum() / 2  # each pair stands twice in the matrix
    return later, earlier[-1] - earlier


class _Waiting:
    """Who hasn't moved yet, and whose move can be the best.

    With `ideal_star` the fit after a move depends on the new size of the core and on the ties in the periphery alone: the
    best to join is whoever has most of these, the best to leave whoever has fewest.
    """

    def __init__(self, cells: _Cells, core: np.ndarray, to_core: np.ndarray) -> None:
        self.cells, self.to_core, self.free = cells, to_core, np.ones(cells.n, dtype=bool)
        apart = cells.degree - to_core
        self.joins, self.leaves = np.where(core, -np.inf, apart), np.where(core, apart, np.inf)

    def best(self) -> np.ndarray:
        """People among whom the best to move is, in their order; nobody when all have moved."""
        if self.cells.between == "ignore":
            return np.flatnonzero(self.free)
        some = sorted((int(self.joins.argmax()), int(self.leaves.argmin())))
        return np.array([person for person in some if self.free[person]], dtype=np.intp)

    def moved(self, person: int) -> None:
        """Somebody has moved, and so `to_core` of those who are tied to this person."""
        ends = self.cells.sums.indptr
        tied = self.cells.sums.indices[ends[person] : ends[person + 1]]
        apart = self.cells.degree[tied] - self.to_core[tied]
        for held, gone in ((self.joins, -np.inf), (self.leaves, np.inf)):
            held[tied] = np.where(np.isfinite(held[tied]), apart, gone)
            held[person] = gone
        self.free[person] = False


def _improve(cells: _Cells, core: np.ndarray) -> tuple[float, np.ndarray]:
    """Move, time and again, the person whose move leaves the best fit, each once a round; keep the best core passed."""
    best, kept = -2.0, core
    while True:
        core, gained, waited = kept.copy(), False, 0
        held = [matrix @ core for matrix in cells.matrices]
        to_core, to_core_sq = held[0], held[-1]
        size = float(core.sum())
        inside, inside_sq = float(to_core @ core) / 2, float(to_core_sq @ core) / 2
        outside = cells.total - float(cells.degree @ core) + inside
        outside_sq = cells.square_total - float(cells.square_degree @ core) + inside_sq
        now = float(cells.fit(*(np.array([x]) for x in (size, inside, outside, inside_sq, outside_sq)))[0])
        best = max(best, now)
        waiting = _Waiting(cells, core, to_core)
        while waited < _WITHOUT_GAIN and len(some := waiting.best()):
            sign = np.where(core[some], -1.0, 1.0)
            moved = (
                size + sign,
                inside + sign * to_core[some],
                outside - sign * (cells.degree[some] - to_core[some]),
                inside_sq + sign * to_core_sq[some],
                outside_sq - sign * (cells.square_degree[some] - to_core_sq[some]),
            )
            fits = cells.fit(*moved)
            at = int(fits.argmax())
            person, fit = int(some[at]), float(fits[at])
            size, inside, outside, inside_sq, outside_sq = (float(values[at]) for values in moved)
            for matrix, ties in zip(cells.matrices, held, strict=True):
                mine = slice(matrix.indptr[person], matrix.indptr[person + 1])
                ties[matrix.indices[mine]] += sign[at] * matrix.data[mine]
            core[person] = ~core[person]
            waiting.moved(person)
            waited += 1
            if fit > best + _SLACK:
                best, kept, gained, waited = fit, core.copy(), True, 0
        if not gained:
            return best, kept


def _coreness(network: RoleNetwork, matrix: sparse.csr_array) -> np.ndarray:
    n = len(network)
    if network.directed or matrix.nnz == 0:
        return np.full(n, np.nan)
    vectors = np.linalg.eigh(matrix.toarray())[1] if n <= 100 else eigsh(matrix, k=1, which="LA", v0=np.ones(n))[1]
    vector = vectors[:, -1]
    vector = vector * np.sign(vector.sum())
    return np.where(np.abs(vector) < _SLACK, 0.0, vector)


def _blocks(network: RoleNetwork, core: np.ndarray) -> pd.DataFrame:
    source, target = network.positions
    both = core[source].astype(int) + core[target]
    k, p = int(core.sum()), int((~core).sum())
    pairs = np.array([k * (k - 1), 2 * k * p, p * (p - 1)]) // (1 if network.directed else 2)
    ties = np.bincount(both, minlength=3)[::-1]
    density = np.divide(ties, pairs, out=np.full(3, np.nan), where=pairs > 0)
    return pd.DataFrame({"block": ["core", "between", "periphery"], "pairs": pairs, "ties": ties, "density": density})

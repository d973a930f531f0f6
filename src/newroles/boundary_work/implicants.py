"""Which are the simplest terms that hold only where the outcome may hold? Prime implicants, exact, by bit arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np


class Implicant(NamedTuple):
    """A term: the conditions that it fixes, and those of them that must hold, as bits (the first condition the highest bit)."""

    fixed: int
    values: int

    def includes(self, other: Implicant) -> bool:
        """Does every configuration of the other term fulfil this one?"""
        return self.fixed & ~other.fixed == 0 and (self.values ^ other.values) & self.fixed == 0

    def holds(self, codes: np.ndarray) -> np.ndarray:
        """Which of these configurations fulfil the term?"""
        return np.asarray((codes & self.fixed) == self.values)


def prime_implicants(positive: Sequence[int], excluded: np.ndarray, k: int) -> tuple[list[Implicant], list[int]]:
    """Which terms hold in some positive configuration, in no excluded one, and can't drop a condition without doing so?

    positive: numbers of the configurations to explain. excluded: one True or False per configuration of k conditions.

    Returns the terms in the order in which they are written, and for each the positive configurations that it covers, as
    a number whose bit i stands for the i-th of `positive`.

    For one positive configuration, write an excluded one as the set of conditions in which they differ. A set of conditions
    may be dropped if none of these sets lies within it: one sweep per condition settles that for all 2^k sets at once. The
    terms are the largest sets that may be dropped.

    >>> terms, covered = prime_implicants([2, 3], np.array([True, True, False, False]), 2)
    >>> [term_text(term, ["A", "B"]) for term in terms], covered
    (['A'], [3])
    """
    if not len(positive):
        return [], []
    codes = np.asarray(positive, dtype=np.int64)
    freed = np.arange(2**k)
    hits = excluded[codes[:, None] ^ freed]
    for bit in range(k):
        pairs = hits.reshape(len(codes), -1, 2, 1 << bit)
        pairs[:, :, 1] |= pairs[:, :, 0]
    prime = ~hits
    for bit in range(k):
        prime.reshape(len(codes), -1, 2, 1 << bit)[:, :, 0] &= hits.reshape(len(codes), -1, 2, 1 << bit)[:, :, 1]
    row, free = np.nonzero(prime)
    keys, which = np.unique(((codes[row] & ~free) << k) | free, return_inverse=True)
    everything = 2**k - 1
    terms = [Implicant(everything & ~key, key >> k) for key in keys.tolist()]
    covered = [0] * len(terms)
    for term, i in zip(which.tolist(), row.tolist(), strict=True):
        covered[term] |= 1 << i
    covered_by = dict(zip(terms, covered, strict=True))
    ordered = in_reading_order(terms, k)
    return ordered, [covered_by[term] for term in ordered]


def in_reading_order(terms: Iterable[Implicant], k: int) -> list[Implicant]:
    """In which order are terms written? Fewest conditions first; then, condition by condition, its absence, presence, neither.

    As R's QCA prints them, one habit of its sorting included: where every term names a condition, the last of those that
    negate it comes after those that don't, so that DEV*URB comes before DEV*~URB.

    >>> [term_text(term, "AB") for term in in_reading_order([Implicant(3, 3), Implicant(3, 1), Implicant(1, 1)], 2)]
    ['B', '~A*B', 'A*B']
    """
    ordered = sorted(terms)
    for bit in (1 << place for place in range(k)):
        ordered.sort(key=partial(literal_order, bit))
        if all(term.fixed & bit for term in ordered):
            negating = [term for term in ordered if not term.values & bit]
            ordered = negating[:-1] + ordered[len(negating) :] + negating[-1:]
    return sorted(ordered, key=lambda term: term.fixed.bit_count())


def literal_order(bit: int, term: Implicant) -> tuple[bool, int]:
    """Where does a term stand by one condition? Its absence first, then its presence, then terms without it."""
    return not term.fixed & bit, term.values & bit


def term_text(term: Implicant, conditions: Sequence[str]) -> str:
    """A term as it is written: "DEV*~URB", conditions in their order.

    >>> term_text(Implicant(0b110, 0b100), ["DEV", "URB", "LIT"])
    'DEV*~URB'
    """
    k = len(conditions)
    literals = []
    for i, condition in enumerate(conditions):
        bit = 1 << (k - 1 - i)
        if term.fixed & bit:
            literals.append(condition if term.values & bit else f"~{condition}")
    return "*".join(literals)


def membership(terms: Sequence[Implicant], x: np.ndarray) -> np.ndarray:
    """How far does each case belong to each term? The smallest of its scores in the literals. Cases x terms."""
    n, k = x.shape
    fixed = np.array([[term.fixed >> (k - 1 - j) & 1 for j in range(k)] for term in terms], dtype=bool).reshape(-1, k)
    values = np.array([[term.values >> (k - 1 - j) & 1 for j in range(k)] for term in terms], dtype=bool).reshape(-1, k)
    found = np.ones((n, len(terms)))
    for j in range(k):
        present, absent = fixed[:, j] & values[:, j], fixed[:, j] & ~values[:, j]
        found[:, present] = np.minimum(found[:, present], x[:, [j]])
        found[:, absent] = np.minimum(found[:, absent], 1 - x[:, [j]])
    return found

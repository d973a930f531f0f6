"""Which sets of terms, as few as can be, cover every positive configuration? All ties, exact, by branch and bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

# covers that are listed, and steps of the search in one part of the chart, before the list is called incomplete
MOST_COVERS = 1_000
MOST_STEPS = 25_000
# steps before a programme is asked for the size
FEW_STEPS = 300
# sums of prices are compared with whole numbers up to this much
SLACK = 1e-6


class Covers(NamedTuple):
    """Covers of equally few terms (tuples of the terms' positions, in order), and whether there are more than listed."""

    covers: list[tuple[int, ...]]
    truncated: bool


def minimal_covers(covered: Sequence[int], most: int = MOST_COVERS) -> Covers:
    """Which sets of terms cover all rows with as few terms as possible? Every tie, unless there are more than `most`.

    covered: for each term the rows that it covers, as the bits of a number; each row is covered by some term.

    Terms that alone cover a row are taken; what is left falls into parts that share no term; within a part the least number of
    terms is found (by integer programming where simple bounds leave it open), then each cover of that size once.

    Returns the covers in ascending order. Source: McCluskey (1956), Minimization of Boolean functions, Bell System Technical
    Journal 35(6), 1417-1444, doi 10.1002/j.1538-7305.1956.tb03835.x; the covers are those of Petrick's method.

    >>> minimal_covers([0b0011, 0b0110, 0b1100, 0b1001]).covers
    [(0, 2), (1, 3)]
    """
    chosen, parts = split(covered)
    listings = [part_covers(part, covered, most) for part in parts]
    ways = product(*(listing.covers for listing in listings))
    found = sorted(tuple(sorted(sum(way, chosen))) for way in islice(ways, most))
    count = 1
    for listing in listings:
        count *= len(listing.covers)
    return Covers(found, count > most or any(listing.truncated for listing in listings))


def split(covered: Sequence[int]) -> tuple[tuple[int, ...], list[dict[int, int]]]:
    """Essential terms, and the parts that are left: for each the rows that still matter, with the terms that cover them.

    A row that must be covered anyway, since some other row has no terms but among its own, is left out.
    """
    everything = 0
    for rows in covered:
        everything |= rows
    candidates = dict.fromkeys(bits(everything), 0)
    for term, rows in enumerate(covered):
        for row in bits(rows):
            candidates[row] |= 1 << term
    essential = {terms for terms in candidates.values() if terms.bit_count() == 1}
    chosen = tuple(sorted(terms.bit_length() - 1 for terms in essential))
    done = 0
    for term in chosen:
        done |= covered[term]
    fewest_first = sorted(
        {terms for row, terms in candidates.items() if not done >> row & 1}, key=lambda t: (t.bit_count(), t)
    )
    needed: list[int] = []
    for terms in fewest_first:
        if not any(other & ~terms == 0 for other in needed):
            needed.append(terms)
    row_of = {terms: row for row, terms in reversed(candidates.items())}
    parts: list[tuple[int, dict[int, int]]] = []
    for terms in needed:
        joined, of_part = terms, {row_of[terms]: terms}
        apart = []
        for mask, part in parts:
            if mask & joined:
                joined, of_part = joined | mask, {**part, **of_part}
            else:
                apart.append((mask, part))
        parts = [*apart, (joined, of_part)]
    return chosen, [dict(sorted(part.items())) for _, part in parts]


def part_covers(part: dict[int, int], covered: Sequence[int], most: int) -> Covers:
    """All covers of one part of the chart with as few terms as can be.

    First by trying sizes upwards for a few steps; where that doesn't settle it, with the size and the prices of a programme.
    """
    prices, best = disjoint_prices(part), greedy_cover(part, covered)
    for size in range(round(sum(prices.values())), len(best) + 1):
        search = Search(part, covered, prices, FEW_STEPS)
        found = list(islice(search.covers(size), most + 1))
        if found or search.gave_up:
            break
    if search.gave_up:
        prices = fair_prices(part)
        if sum(prices.values()) <= len(best) - 1 + SLACK:
            best = smallest_cover(part)
        search = Search(part, covered, prices, MOST_STEPS)
        found = list(islice(search.covers(len(best)), most + 1)) or [best]
    return Covers(sorted(tuple(sorted(cover)) for cover in found[:most]), search.gave_up or len(found) > most)


class Search:
    """Every cover of a part with a given number of terms, once each, as long as the number of steps allows.

    prices: one per row, such that the rows of a term never cost more than 1 together: so many terms, at least, does it
    take to cover the rows that are left as these rows cost.
    """

    def __init__(self, part: dict[int, int], covered: Sequence[int], prices: dict[int, float], most_steps: int) -> None:
        self.rows, self.covered, self.prices = part, covered, prices
        self.steps, self.most_steps = 0, most_steps

    @property
    def gave_up(self) -> bool:
        """Did the search end before it had seen everything?"""
        return self.steps > self.most_steps

    def covers(self, size: int) -> Iterator[tuple[int, ...]]:
        """The covers of `size` terms; stops, and says so in `gave_up`, after too many steps."""
        allowed = 0
        for terms in self.rows.values():
            allowed |= terms
        yield from self.extend(list(self.rows), allowed, size, ())

    def extend(self, left: list[int], allowed: int, size: int, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        """Cover the rows left with at most `size` of the allowed terms. The row with the fewest terms is settled first; a term that
        was tried there is not allowed in what follows, so that no cover comes twice."""
        if not left:
            yield chosen
            return
        self.steps += 1
        if self.gave_up or sum([self.prices[row] for row in left]) > size + SLACK:
            return
        options = sorted([self.rows[row] & allowed for row in left], key=int.bit_count)
        if not options[0] or disjoint(options) > size:
            return
        for term in bits(options[0]):
            allowed &= ~(1 << term)
            done = self.covered[term]
            yield from self.extend([row for row in left if not done >> row & 1], allowed, size - 1, (*chosen, term))
            if self.gave_up:
                return


def disjoint(options: Sequence[int]) -> int:
    """At least how many terms are needed? Rows, taken in this order, of which no two share a term."""
    taken = count = 0
    for terms in options:
        if not terms & taken:
            taken |= terms
            count += 1
    return count


def disjoint_prices(part: dict[int, int]) -> dict[int, float]:
    """Prices of 1 for rows of which no two share a term, and of 0 for the others."""
    taken, prices = 0, {}
    for row, terms in sorted(part.items(), key=lambda item: (item[1].bit_count(), item[0])):
        prices[row] = 0.0 if terms & taken else 1.0
        taken |= 0 if terms & taken else terms
    return prices


def fair_prices(part: dict[int, int]) -> dict[int, float]:
    """The prices that add up to most, by linear programming (the dual of covering with parts of terms)."""
    chart, _ = chart_of(part)
    found = linprog(-np.ones(len(part)), A_ub=chart.T, b_ub=np.ones(chart.shape[1]), bounds=(0, 1))
    prices = np.clip(found.x, 0, 1)
    prices /= max(1.0, float((chart.T @ prices).max()))
    return dict(zip(part, prices.tolist(), strict=True))


def greedy_cover(part: dict[int, int], covered: Sequence[int]) -> tuple[int, ...]:
    """A cover, not always the smallest: again and again the term that covers most of what is left."""
    left = sum(1 << row for row in part)
    terms = sorted({term for options in part.values() for term in bits(options)})
    chosen = []
    while left:
        best = max(terms, key=lambda term: (covered[term] & left).bit_count())
        chosen.append(best)
        left &= ~covered[best]
    return tuple(chosen)


def smallest_cover(part: dict[int, int]) -> tuple[int, ...]:
    """One of the covers with the fewest terms, by integer programming (exact)."""
    chart, terms = chart_of(part)
    every = np.ones(len(terms))
    rows = LinearConstraint(chart, lb=1)
    found = milp(every, integrality=every, bounds=Bounds(0, 1), constraints=rows, options={"mip_rel_gap": 0})
    return tuple(term for term, used in zip(terms, found.x, strict=True) if used > 0.5)


def chart_of(part: dict[int, int]) -> tuple[np.ndarray, list[int]]:
    """The chart as a table: rows x terms, 1 where the term covers the row; and the terms."""
    terms = sorted({term for options in part.values() for term in bits(options)})
    position = {term: i for i, term in enumerate(terms)}
    chart = np.zeros((len(part), len(terms)))
    for i, options in enumerate(part.values()):
        chart[i, [position[term] for term in bits(options)]] = 1
    return chart, terms


def bits(number: int) -> Iterator[int]:
    """Positions of the bits that are set, lowest first."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low

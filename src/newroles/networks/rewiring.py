"""Would as many ties per person, tied otherwise, look the same? Networks rewired at random that keep everybody's degree."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.network import RoleNetwork
from newroles.networks.presences import is_number

# from so many ties on, every tie is in a pair in this share of steps; in the others any number of pairs is drawn, down to
# none, so that each single swap can come about alone
_MANY_TIES, _ALL_TIES = 100, 0.75
_MOST_SWAPS = 100_000


def degree_preserving(
    network: RoleNetwork, rng: np.random.Generator | None = None, swaps_per_tie: float = 3.0
) -> RoleNetwork:
    """Which network could there be if people chose at random, as often as they did choose and were chosen?

    rng: for the same network twice (None: a generator with seed 0). swaps_per_tie: how many swaps are tried, per tie;
    each swap takes two ties a -> b and c -> d and makes a -> d and c -> b of them, so a tie is in twice as many.

    Returns a network of the same people. Each person sends and receives as many ties as before (in an undirected
    network: has as many); nobody is tied to themselves and no tie stands twice. A tie's weight stays with its sender, so
    that what each person sends in all is kept; in an undirected network weights stay with the swapped tie and sums per
    person may change. `left_out` is kept as it was. Networks that can't be changed (a star, all ties there are) come
    back as they are.

    Many swaps are made at once: a random number of ties is matched in random pairs, each pair proposes its swap, and a
    pair is left as it is if any of its two old and two new ties is also an old or new tie elsewhere. Which pairs are
    left doesn't depend on which of their two states they are in, so every step is as likely as its way back, and in the
    long run all networks with these degrees are equally likely. In a directed network swaps alone can't turn a
    circle of three round; between the steps random circles of three without ties back are turned as well.

    Raises InputError for swaps_per_tie of 0 or less, or above 100,000.

    Source: Rao, Jana and Bandyopadhyay 1996, Sankhya A 58, 225-242 (swaps and circles of three); Maslov and Sneppen
    2002, doi 10.1126/science.1065103. Matching many pairs in one step is ours; the tests compare the outcome
    with all networks of a few small degree sequences.

    >>> from newroles.networks.network import build
    >>> people = pd.DataFrame({"person": list("abcd")})
    >>> square = build(people, pd.DataFrame({"source": list("abcd"), "target": list("bcda")}))
    >>> rewired = degree_preserving(square, np.random.default_rng(4))
    >>> sorted(rewired.ties["source"]), sorted(rewired.ties["target"])
    (['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'])
    """
    return next(rewirings(network, 1, swaps_per_tie, rng))


def rewirings(
    network: RoleNetwork, draws: int, swaps_per_tie: float = 3.0, rng: np.random.Generator | None = None
) -> Iterator[RoleNetwork]:
    """Which networks could there be with the same degrees? As `degree_preserving`, so many, each made from the one before.

    Yields networks. At 3 swaps per tie a tie is in six tried swaps between two draws, each with a partner drawn from all
    ties, so in networks of some size draws are nearly independent; where many swaps are impossible (a handful of ties,
    dense networks), take more.
    """
    check_swaps(swaps_per_tie)
    rng = np.random.default_rng(0) if rng is None else rng
    source, target = (end.astype(np.int64) for end in network.positions)
    weights, n, directed = network.weights, len(network), network.directed
    steps = ceil(swaps_per_tie * len(source) / max(_usual_pairs(len(source)), 1)) if len(source) > 1 else 0
    for _ in range(draws):
        for step in range(steps):
            order = rng.permutation(len(source))
            source, target, weights = source.take(order), target.take(order), weights.take(order)
            _swap(source, target, n, directed, rng)
            if directed and (step % 4 == 3 or step == steps - 1):
                _turn_circles(source, target, n, rng)
        yield _rewired(network, source, target, weights)


def check_swaps(swaps_per_tie: float) -> None:
    """Raises InputError when ties can't be swapped so many times each."""
    if not is_number(swaps_per_tie) or not 0 < swaps_per_tie <= _MOST_SWAPS:
        raise InputError(
            f"swaps_per_tie: a number above 0, at most {_MOST_SWAPS:,}, was expected; this is {swaps_per_tie!r}. 3 is usual."
        )


def _rewired(network: RoleNetwork, source: np.ndarray, target: np.ndarray, weights: np.ndarray) -> RoleNetwork:
    if not network.directed:
        source, target = np.minimum(source, target), np.maximum(source, target)
    order = np.argsort(source * len(network) + target)
    persons = network.people["person"].array
    columns = {"source": persons.take(source[order]), "target": persons.take(target[order]), "weight": weights[order]}
    return RoleNetwork(network.people, pd.DataFrame(columns), network.directed, network.left_out)


def _usual_pairs(ties: int) -> float:
    """How many pairs `_swap` draws on average."""
    return (1 + _share_of_full_steps(ties)) / 2 * (ties // 2)


def _share_of_full_steps(ties: int) -> float:
    return _ALL_TIES if ties >= _MANY_TIES else 0.0


def _swap(source: np.ndarray, target: np.ndarray, n: int, directed: bool, rng: np.random.Generator) -> None:
    """Swap the ends of pairs of ties, in place: the first of these ties with the ones after them.

    The ties come in random order. All of them are in pairs mostly, otherwise any number of them down to none.
    """
    ties = len(source)
    pairs = ties // 2 if rng.random() < _share_of_full_steps(ties) else int(rng.integers(0, ties // 2, endpoint=True))
    one, two = slice(0, pairs), slice(pairs, 2 * pairs)
    a, b, c, d = source[one], target[one].copy(), source[two].copy(), target[two].copy()
    if not directed:
        turned = rng.integers(0, 2, pairs, dtype=np.int64)
        both = (c ^ d) * turned  # c and d change places where they are turned
        c ^= both
        d ^= both
    # each tie there is, then the two that each pair proposes
    claimed = np.concatenate(
        [_codes(source, target, n, directed), _codes(a, d, n, directed), _codes(c, b, n, directed)]
    )
    taken = _more_than_once(claimed, n)
    kept = taken[one] | taken[two] | taken[ties : ties + pairs] | taken[ties + pairs :] | (a == d) | (c == b)
    go = ~kept
    np.copyto(target[one], d, where=go)
    np.copyto(source[two], c, where=go)
    np.copyto(target[two], b, where=go)


def _turn_circles(source: np.ndarray, target: np.ndarray, n: int, rng: np.random.Generator) -> None:
    """Turn circles a -> b -> c -> a round where none of the three has a tie back, in place, every other one by chance.

    Paths a -> b -> c are drawn: a tie, then one of the ties that its receiver sends. One that shares two people with
    another one drawn is left alone.
    """
    ties = len(source)
    codes = source * n + target
    order = np.argsort(codes)  # by sender, then receiver
    codes = codes[order]
    sent = np.bincount(source, minlength=n)
    first = np.cumsum(sent) - sent
    one = rng.integers(0, ties, max(1, ties // 10))
    a, b = source[one], target[one]
    which = np.minimum((rng.random(len(one)) * sent[b]).astype(np.int64), np.maximum(sent[b] - 1, 0))
    two = order[np.minimum(first[b] + which, ties - 1)]
    c = np.where(sent[b] > 0, target[two], a)
    pairs_of_people = np.concatenate([_codes(x, y, n, False) for x, y in ((a, b), (b, c), (c, a))])
    alone = ~_more_than_once(pairs_of_people, n).reshape(3, -1).any(axis=0) & (c != a)

    def where(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The tie from x to y, -1 where there is none."""
        at = np.minimum(np.searchsorted(codes, x * n + y), ties - 1)
        return np.where(codes[at] == x * n + y, order[at], -1)

    three = where(c, a)
    go = alone & (rng.random(len(one)) < 0.5) & (three >= 0) & (where(b, a) < 0) & (where(c, b) < 0) & (where(a, c) < 0)
    target[one[go]], target[two[go]], target[three[go]] = c[go], a[go], b[go]


def _codes(x: np.ndarray, y: np.ndarray, n: int, directed: bool) -> np.ndarray:
    """One number per tie; the same both ways when undirected."""
    return np.asarray(x * n + y if directed else np.minimum(x, y) * n + np.maximum(x, y))


def _more_than_once(codes: np.ndarray, n: int) -> np.ndarray:
    """Which of these stand there more than once? Writes over `codes`."""
    found = np.zeros(len(codes), dtype=bool)
    bits = len(codes).bit_length()
    if (n * n).bit_length() + bits < 64:  # code and place in one number: sorting these is faster than argsort
        codes <<= bits
        codes |= np.arange(len(codes))
        codes.sort()
        first = np.flatnonzero((codes[1:] ^ codes[:-1]) >> bits == 0)
        place = (1 << bits) - 1
        found[codes[first] & place] = True
        found[codes[first + 1] & place] = True
    else:
        order = np.argsort(codes)
        first = np.flatnonzero(codes[order[1:]] == codes[order[:-1]])
        found[order[first]] = True
        found[order[first + 1]] = True
    return found

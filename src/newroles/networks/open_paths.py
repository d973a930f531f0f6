"""Paths of two ties whose ends aren't tied themselves, sorted by the roles along them: the engine under brokerage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from newroles.networks.network import RoleNetwork

KINDS = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")
_KIND = np.array([4, 1, 2, -1, 3, -1, -1, 0])  # see kind_of; two of three alike and not the third can't be
_SLACK = 1e-12
_CELLS = 2**20  # so many numbers at a time

_Closed = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def kind_of(own_source: np.ndarray, own_target: np.ndarray, ends_alike: np.ndarray) -> np.ndarray:
    """Which of `KINDS` is a path? own_source: the source has the broker's role; own_target: the target has; ends_alike:
    source and target have the same."""
    return _KIND[4 * own_source + 2 * own_target + ends_alike]


class OpenPaths:
    """The paths of two ties in a network, ready to be sorted into kinds for one or for many ways to deal out the roles.

    All paths over a person follow from how many ties the person has from and to each role; only paths whose ends are tied
    too ("closed"), which don't count, are looked up one by one.
    """

    def __init__(self, network: RoleNetwork, weighted: bool) -> None:
        matrix = network.adjacency.sorted_indices()
        self.n = len(network)
        self.starts, self.target = matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
        self.degree = np.diff(self.starts)
        self.source = np.repeat(np.arange(self.n, dtype=np.int32), self.degree)
        self.root = np.sqrt(matrix.data) if weighted else None
        strength = np.ones(len(self.target)) if self.root is None else self.root
        own = matrix.sqrt() if weighted else network.binary
        back = own.multiply(own.T).tocoo()  # ties that are returned: the path there and back
        self.returned = back.coords[0].astype(np.int64), back.coords[1], back.data
        self.sent = np.bincount(self.source, weights=strength, minlength=self.n)
        self.received = np.bincount(self.target, weights=strength, minlength=self.n)
        self._dust = _SLACK * self.sent * self.received  # what is left of sums of roots that should cancel out
        paths = int((self.degree * np.bincount(self.target, minlength=self.n)).sum())
        self._kept = list(self._look_up()) if paths <= 2 * _CELLS else None

    def bytes_each(self, groups: int) -> int:
        """What one deal takes to work on."""
        return 16 * (len(self.target) + self.n * groups)

    def closed(self) -> Iterable[_Closed]:
        """Paths whose ends are tied: source, broker, target and strength of each, some at a time."""
        return self._look_up() if self._kept is None else self._kept

    def _look_up(self) -> Iterator[_Closed]:
        longest = max(1, 4 * _CELLS // max(self.n, 1))  # rows of the look-up table
        most = min(_CELLS // 4, 4096 + 2 * len(self.target))  # paths at a time: not much more than there are ties
        over = np.zeros(self.n + 1, dtype=np.int64)  # paths from all people before this one
        np.cumsum(np.bincount(self.source, weights=self.degree[self.target], minlength=self.n), out=over[1:])
        first = 0
        while first < self.n:
            last = int(np.searchsorted(over, over[first] + most, side="right")) - 1
            last = min(max(last, first + 1), first + longest, self.n)
            ties = slice(self.starts[first], self.starts[last])
            broker, row = self.target[ties], (self.source[ties] - first) * np.int32(self.n)
            tied = np.zeros((last - first) * self.n, dtype=bool)
            tied[row + broker] = True
            count = self.degree[broker]
            ends = np.cumsum(count, dtype=np.int32)
            second = np.repeat(self.starts[broker] - (ends - count), count)
            second += np.arange(len(second), dtype=np.int32)
            hit = np.flatnonzero(tied[np.repeat(row, count) + self.target[second]])
            tie = np.searchsorted(ends, hit, side="right")
            second = second[hit]
            strength = (
                np.ones(len(hit)) if self.root is None else self.root[tie + self.starts[first]] * self.root[second]
            )
            yield self.source[ties][tie], broker[tie], self.target[second], strength
            first = last

    def of_people(self, codes: np.ndarray, groups: int) -> np.ndarray:
        """Paths that count, by deal, person and kind. codes: deals x people, each person's role."""
        deals, n = codes.shape
        own = np.arange(deals * n).reshape(deals, n) * groups + codes
        received = self._tallied(codes, groups, self.target, self.source)
        sent = self._tallied(codes, groups, self.source, self.target)
        own_in, own_out = received.ravel()[own], sent.ravel()[own]
        alike = np.einsum("dng,dng->dn", received, sent) - own_in * own_out
        person, other, strength = self.returned
        returned = np.bincount(person, weights=strength, minlength=n)
        same = codes[:, person] == codes[:, other]
        at = (np.arange(deals)[:, None] * n + person)[same]
        own_returned = np.bincount(
            at, weights=np.broadcast_to(strength, same.shape)[same], minlength=deals * n
        ).reshape(deals, n)
        other_in, other_out = self.received - own_in, self.sent - own_out
        found = np.stack(
            [
                own_in * own_out - own_returned,
                alike - (returned - own_returned),
                other_in * own_out,
                own_in * other_out,
                other_in * other_out - alike,
            ],
            axis=-1,
        )
        flat = found.reshape(-1)
        base = np.arange(deals)[:, None] * n
        for source, broker, target, weight in self.closed():
            step = max(1, _CELLS // max(deals, 1))
            for some in range(0, len(source), step):
                piece = slice(some, some + step)
                a, v, b = codes[:, source[piece]], codes[:, broker[piece]], codes[:, target[piece]]
                kind = kind_of(a == v, v == b, a == b)
                where = (base + broker[piece]) * len(KINDS) + kind
                worth = np.broadcast_to(weight[piece], where.shape)
                flat -= np.bincount(where.ravel(), weights=worth.ravel(), minlength=len(flat))
        return np.where(np.abs(found) <= self._dust[:, None], 0.0, found)

    def _tallied(self, codes: np.ndarray, groups: int, person: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Ties of each person with each role: deals x people x groups."""
        deals, n = codes.shape
        where = (np.arange(deals)[:, None] * n + person) * groups + codes[:, other]
        worth = None if self.root is None else np.broadcast_to(self.root, where.shape).ravel()
        return np.bincount(where.ravel(), weights=worth, minlength=deals * n * groups).reshape(deals, n, groups) * 1.0

    def between(self, codes: np.ndarray, groups: int) -> np.ndarray:
        """Paths that count, by person, role they come from and role they lead to."""
        received = self._tallied(codes[None, :], groups, self.target, self.source)[0]
        sent = self._tallied(codes[None, :], groups, self.source, self.target)[0]
        found = received[:, :, None] * sent[:, None, :]
        flat = found.reshape(-1)
        person, other, strength = self.returned
        np.subtract.at(flat, (person * groups + codes[other]) * groups + codes[other], strength)
        for source, broker, target, weight in self.closed():
            where = (broker.astype(np.int64) * groups + codes[source]) * groups + codes[target]
            flat -= np.bincount(where, weights=weight, minlength=len(flat))
        return np.where(np.abs(found) <= self._dust[:, None, None], 0.0, found)

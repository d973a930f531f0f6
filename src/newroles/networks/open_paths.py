"""Paths of two ties whose ends aren't tied themselves, sorted by the roles along them: the engine under brokerage."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import sparse

from newroles.networks.network import RoleNetwork, returned

KINDS = ("coordinator", "itinerant", "gatekeeper", "representative", "liaison")
_KIND = np.array([4, 1, 2, -1, 3, -1, -1, 0])  # see kind_of; two of three alike and not the third can't be
_SLACK = 1e-12
_CELLS = 2**13  # so many numbers at a time, and more where there are more ties

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
        matrix = network.adjacency
        self.n = len(network)
        self.starts, self.target = (ends.astype(np.int32, copy=False) for ends in (matrix.indptr, matrix.indices))
        self.degree = np.diff(self.starts)
        self.source = np.repeat(np.arange(self.n, dtype=np.int32), self.degree)
        own = matrix.sqrt() if weighted else network.binary
        self.root = own.data if weighted else None
        self.returned = _returned(own) if network.directed else (
            self.source, self.target, own.data**2 if weighted else own.data
        )  # fmt: skip
        self.sent = np.bincount(self.source, weights=self.root, minlength=self.n).astype(float)
        self.received = np.bincount(self.target, weights=self.root, minlength=self.n).astype(float)
        self._dust = _SLACK * self.sent * self.received  # what is left of sums of roots that should cancel out
        self._kept: list[_Closed] | None = None

    def bytes_each(self, groups: int) -> int:
        """What one deal takes to work on."""
        return 24 * len(self.target) + (32 * groups + 128) * self.n

    def closed(self) -> Iterator[_Closed]:
        """Paths whose ends are tied: source, broker, target and strength of each, some at a time.

        They are looked up at the first call, and kept if there are not many more of them than ties.
        """
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[_Closed] = []
        room = _CELLS + len(self.target) // 4
        for some in self._look_up():
            yield some
            room -= len(some[0])
            kept = [*kept, some] if room >= 0 else []
        self._kept = kept if room >= 0 else None

    def _look_up(self) -> Iterator[_Closed]:
        most = 2 * _CELLS + len(self.target) // 2  # paths at a time
        longest = max(1, 16 * most // max(self.n, 1))  # rows of the look-up table, a byte for each cell
        over = np.zeros(len(self.target) + 1, dtype=np.int64)  # paths over all ties before this one
        np.cumsum(self.degree[self.target], out=over[1:])
        over = over[self.starts]  # paths from all people before this one
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
        back = np.bincount(person, weights=strength, minlength=n)
        base = np.arange(deals)[:, None] * n
        own_back = np.zeros(deals * n)
        step = max(1, (_CELLS + len(person)) // deals)
        for first in range(0, len(person), step):
            piece = slice(first, first + step)
            same = codes[:, person[piece]] == codes[:, other[piece]]
            worth = np.broadcast_to(strength[piece], same.shape)[same]
            own_back += np.bincount((base + person[piece])[same], weights=worth, minlength=deals * n)
        own_back = own_back.reshape(deals, n)
        other_in, other_out = self.received - own_in, self.sent - own_out
        found = np.stack(
            [
                own_in * own_out - own_back,
                alike - (back - own_back),
                other_in * own_out,
                own_in * other_out,
                other_in * other_out - alike,
            ],
            axis=-1,
        )
        flat = found.reshape(-1)
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
        where = codes.take(other, axis=1)
        where += np.multiply(person, groups, dtype=np.int64)
        where += np.arange(deals)[:, None] * n * groups
        worth = None if self.root is None else np.broadcast_to(self.root, where.shape).ravel()
        tallied = np.bincount(where.ravel(), weights=worth, minlength=deals * n * groups)
        return tallied.reshape(deals, n, groups).astype(float, copy=False)

    def between(self, codes: np.ndarray, groups: int) -> Iterator[tuple[int, np.ndarray]]:
        """Paths that count, by person, role they come from and role they lead to.

        Yields the number of a person, and the paths of so many from there on.
        """
        received = self._tallied(codes[None, :], groups, self.target, self.source)[0]
        sent = self._tallied(codes[None, :], groups, self.source, self.target)[0]
        person, other, strength = self.returned
        step = max(1, (2 * _CELLS + len(self.target) // 4) // max(groups**2, 1))
        for first in range(0, self.n, step):
            last = min(first + step, self.n)
            found = received[first:last, :, None] * sent[first:last, None, :]
            flat = found.reshape(-1)
            here = slice(*np.searchsorted(person, [first, last]))
            role = codes[other[here]]
            np.subtract.at(flat, ((person[here] - first) * groups + role) * groups + role, strength[here])
            for source, broker, target, weight in self.closed():
                mine = np.flatnonzero((broker >= first) & (broker < last))
                where = ((broker[mine] - first) * groups + codes[source[mine]]) * groups + codes[target[mine]]
                flat -= np.bincount(where, weights=weight[mine], minlength=len(flat))
            yield first, np.where(np.abs(found) <= self._dust[first:last, None, None], 0.0, found)


def _returned(own: sparse.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Paths there and back: whose, over whom, and their strength."""
    found = [(first, some) for first, some in returned(own) if some.nnz]
    person = [np.repeat(np.arange(first, first + some.shape[0]), np.diff(some.indptr)) for first, some in found]
    nobody = [np.empty(0, dtype=np.int32)]
    return (
        np.concatenate(nobody + person, dtype=np.int32),
        np.concatenate(nobody + [some.indices for _, some in found], dtype=np.int32),
        np.concatenate([np.empty(0)] + [some.data for _, some in found]),
    )

"""Which codes come together in one unit, more or less often than chance would have it, and without small counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newroles.coding.reading_aids import code_matrix
from newroles.errors import InputError, did_you_mean

COLUMNS = ["code_a", "code_b", "n_a", "n_b", "n_both", "n", "expected", "jaccard", "lift", "suppressed"]
Marks = NDArray[np.int64]
_IMPOSSIBLE = 10**9


def code_cooccurrence(
    codings: pd.DataFrame,
    threshold: int | None = None,
    none_codes: Sequence[str] = (),
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Which two codes come together in one unit, and how often would they if they had nothing to do with each other?

    `codings`, `none_codes`, `codes`: as for `code_matrix`; codes that no unit has are left out. `threshold`: the smallest
    count above 0 that may be shown (at least 3); None shows all.

    Returns one row per pair of codes: code_a, code_b, n_a, n_b (units with each), n_both (with both), n (units coded),
    expected (n_a n_b / n), jaccard (n_both over the units with either), lift (n_both / expected; 1 is independence),
    suppressed.

    With a threshold, what is protected are the counts n_both, n_a and n_b from 1 to threshold - 1. They are blank, and
    with them whatever is computed from them. A blank n_both can't be worked out from all that the table shows: for each
    one the function finds another coding of as many units which would give the same table, yet another count from 1 to
    threshold - 1; where only a further blank makes that possible, the count that has to go is blank too. Not protected:
    differences of two shown counts (units with one code and not the other), zeros, and what other tables tell.
    `suppressed` marks rows in which n_both is blank.

    Raises InputError as `code_matrix` does, for a threshold below 3 (a single hidden value is no secret), and where a
    pair can't be protected because there are too few units.

    >>> rows = [("s1", "warm"), ("s1", "glad"), ("s2", "warm"), ("s3", "glad"), ("s4", "warm"), ("s4", "glad")]
    >>> codings = pd.DataFrame(rows, columns=["unit", "code"]).assign(
    ...     codebook="tone", unit_kind="segment", coder="a", round=1, value=1)
    >>> code_cooccurrence(codings)[["n_a", "n_b", "n_both", "expected", "lift"]].round(3).values.tolist()
    [[3.0, 3.0, 2.0, 2.25, 0.889]]
    """
    table = code_matrix(codings, none_codes, codes)
    table = table.loc[:, table.any()]
    marks, names = table.to_numpy(dtype=np.int64), list(table.columns)
    hide_one, hide_pair = _Protection(marks, names, threshold).blanks() if threshold else _nothing_hidden(len(names))
    totals, together = marks.sum(axis=0), marks.T @ marks
    rows = [
        (
            names[a],
            names[b],
            math.nan if hide_one[a] else totals[a],
            math.nan if hide_one[b] else totals[b],
            math.nan if hide_pair[a, b] else together[a, b],
            len(marks),
            bool(hide_pair[a, b]),
        )
        for a, b in combinations(range(len(names)), 2)
    ]
    columns = ["code_a", "code_b", "n_a", "n_b", "n_both", "n", "suppressed"]
    return _with_measures(pd.DataFrame(rows, columns=columns))


def cooccurrence_from_pairs(pairs: pd.DataFrame, themes: pd.DataFrame, service: str) -> pd.DataFrame:
    """Which themes of patient feedback about one service come together? The published pairs, as `code_cooccurrence` shows them.

    `pairs`: the open table feedback_theme_pairs, one row per service and pair of themes: service, theme_a, theme_b, both,
    coded_comments, suppressed. `themes`: feedback_themes, one row per service, sentiment and theme: service, theme,
    theme_comments (the same in each row of a service's theme). `service`: the service to show.

    Returns the columns of `code_cooccurrence`, the codes being themes and the units comments. n_a and n_b are never blank;
    n_both is where it is 1 to 4 (`suppressed`), and jaccard and lift with it. The table has only pairs that the source
    holds: of themes with 5 comments or more each, which chance would bring together at least once. So any two themes
    are there that each have at least the square root of n comments.

    Raises InputError for a service that `pairs` doesn't have.
    """
    chosen = pairs[pairs["service"] == service].reset_index(drop=True)
    if chosen.empty:
        raise InputError(f"No pairs of themes for the service '{service}'. {did_you_mean(service, pairs['service'])}")
    totals = themes[themes["service"] == service].groupby("theme")["theme_comments"].first()
    table = chosen.rename(columns={"theme_a": "code_a", "theme_b": "code_b", "both": "n_both", "coded_comments": "n"})
    return _with_measures(table.assign(n_a=table["code_a"].map(totals), n_b=table["code_b"].map(totals)))


def _with_measures(table: pd.DataFrame) -> pd.DataFrame:
    counts = table[["n_a", "n_b", "n_both"]].astype("float64")
    table = table.assign(**counts, expected=counts["n_a"] * counts["n_b"] / table["n"])
    table["jaccard"] = counts["n_both"] / (counts["n_a"] + counts["n_b"] - counts["n_both"])
    table["lift"] = counts["n_both"] / table["expected"]
    return table.astype({"code_a": "str", "code_b": "str", "n": "int64", "suppressed": "bool"})[COLUMNS]


def _nothing_hidden(k: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    return np.zeros(k, dtype=bool), np.zeros((k, k), dtype=bool)


class _Protection:
    """Which counts must be blank, so that no small one can be worked out?

    The proof that a blank count of the codes a and b is safe is another set of units with the same shown counts. It is
    looked for among small changes to the units there are: a code moves from one unit to another, comes to a unit or goes
    from one, or both codes do. A change costs the shown counts that it would alter, which then have to be blank. Counts
    that are blank because they are small stay between 1 and threshold - 1, so that the proof holds even against somebody
    who knows which blanks those are.
    """

    def __init__(self, marks: Marks, names: Sequence[str], threshold: int) -> None:
        if threshold < 3:
            raise InputError(
                f"The threshold must be at least 3; below that, a blank can only mean 1. It is {threshold}."
            )
        self._names, self._most = names, threshold - 1
        self._units = np.unique(marks, axis=0)  # each set of codes once
        self._n = len(marks)
        self._together = marks.T @ marks  # the diagonal holds the totals of the single codes
        self._small = (self._together >= 1) & (self._together <= self._most)
        self._blank = self._small.copy()

    def blanks(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Blank totals of single codes, and blank counts of pairs."""
        for a, b in np.argwhere(np.triu(self._small, 1)).tolist():
            up, down = self._costs()
            cost, before, after = self._cheapest(a, b, up, down)
            if cost >= _IMPOSSIBLE:
                raise InputError(
                    f"The count of '{self._names[a]}' with '{self._names[b]}' can't be hidden among so few units ({self._n}). "
                    "Choose fewer codes, put codes together, or show no counts."
                )
            self._blank |= after.T @ after != before.T @ before
        pairs = self._blank.copy()
        np.fill_diagonal(pairs, False)
        return np.diag(self._blank).copy(), pairs

    def _costs(self) -> tuple[Marks, Marks]:
        """What it costs to raise or lower each count by 1: nothing where it is blank, but a small one must stay small."""
        shown = np.ones_like(self._together)
        np.fill_diagonal(shown, len(shown))  # without its total a code has no expected count, in any row
        shown[self._blank] = 0
        up = np.where(self._small & (self._together == self._most), _IMPOSSIBLE, shown)
        down = np.where(self._small & (self._together == 1), _IMPOSSIBLE, shown)
        return up, down

    def _cheapest(self, a: int, b: int, up: Marks, down: Marks) -> tuple[int, Marks, Marks]:
        """The cheapest change that alters the count of a with b: its cost, the units concerned before and after."""
        best: tuple[int, Marks, Marks] = (_IMPOSSIBLE, self._units[:0], self._units[:0])
        for x, y in ((a, b), (b, a)):
            for change in (self._move(x, y, up, down), self._come_or_go([x], y, up, down)):
                best = min(best, change, key=lambda candidate: candidate[0])
            if best[0] == 0:
                return best
        return min(best, self._come_or_go([a, b], b, up, down), key=lambda candidate: candidate[0])

    def _move(self, x: int, y: int, up: Marks, down: Marks) -> tuple[int, Marks, Marks]:
        """Code x goes from one unit to another, of which one has y: the total of x stays."""
        others = np.arange(self._units.shape[1]) != x
        rise, fall = up[x] * others, down[x] * others
        giver, taker = self._units[self._units[:, x] == 1], self._units[self._units[:, x] == 0]
        if not len(taker):
            return _IMPOSSIBLE, giver[:0], giver[:0]
        cost = (taker @ rise)[None, :] + (giver @ fall)[:, None] - (giver * (rise + fall)) @ taker.T
        cost[giver[:, y][:, None] == taker[:, y][None, :]] = _IMPOSSIBLE
        u, v = np.unravel_index(np.argmin(cost), cost.shape)
        before = np.stack([giver[u], taker[v]])
        after = before.copy()
        after[:, x] = [0, 1]
        return min(int(cost[u, v]), _IMPOSSIBLE), before, after

    def _come_or_go(self, xs: list[int], y: int, up: Marks, down: Marks) -> tuple[int, Marks, Marks]:
        """All of the codes xs come to one unit, or go from it, so that its count with y changes."""
        best: tuple[int, Marks, Marks] = (_IMPOSSIBLE, self._units[:0], self._units[:0])
        has, lacks = (self._units[:, xs] == 1).all(axis=1), (self._units[:, xs] == 0).all(axis=1)
        with_y = (self._units[:, y] == 1) if y not in xs else np.ones(len(self._units), dtype=bool)
        for chosen, price, state in ((self._units[lacks & with_y], up, 1), (self._units[has & with_y], down, 0)):
            if len(chosen):
                rest = chosen.copy()
                rest[:, xs] = 0
                cost = rest @ price[xs].sum(axis=0) + np.triu(price[np.ix_(xs, xs)]).sum()
                u = int(np.argmin(cost))
                after = chosen[[u]].copy()
                after[:, xs] = state
                best = min(best, (int(cost[u]), chosen[[u]], after), key=lambda candidate: candidate[0])
        return best

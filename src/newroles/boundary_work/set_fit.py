"""How consistent is a set relation, and how much of the outcome does it cover?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from newroles.boundary_work.set_scores import set_scores


class Sufficiency(NamedTuple):
    """Fit of "if the set, then the outcome": consistency, proportional reduction in inconsistency, coverage. Blank for 0/0."""

    incl: np.ndarray
    pri: np.ndarray
    cov: np.ndarray


class Necessity(NamedTuple):
    """Fit of "no outcome without the set": consistency, relevance of necessity, coverage. Blank for 0/0."""

    incl: np.ndarray
    ron: np.ndarray
    cov: np.ndarray


def sufficiency_fit(sets: np.ndarray, y: np.ndarray) -> Sufficiency:
    """How far is each set a subset of the outcome?

    sets: cases x sets; y: the outcome, one score per case. Consistency is the sum of min(x, y) over the sum of x; PRI leaves
    out, above and below the line, what is as much a subset of the negated outcome: the sum of min(x, y, 1 - y); coverage is
    the sum of min(x, y) over the sum of y.

    Source: Ragin (2006), Set relations in social research, Political Analysis 14(3), 291-310, doi 10.1093/pan/mpj019;
    PRI: Schneider and Wagemann (2012), Set-Theoretic Methods for the Social Sciences, Cambridge University Press, ch. 9.

    >>> fit = sufficiency_fit(np.array([[1.0], [0.8], [0.2]]), np.array([1.0, 0.6, 0.4]))
    >>> fit.incl.round(3).tolist(), fit.pri.round(3).tolist(), fit.cov.round(3).tolist()
    ([0.9], [0.857], [0.9])
    """
    outcome = y[:, None]
    both = np.minimum(sets, outcome).sum(axis=0)
    either_way = np.minimum(np.minimum(sets, outcome), 1 - outcome).sum(axis=0)
    size = sets.sum(axis=0)
    return Sufficiency(
        ratio(both, size), ratio(both - either_way, size - either_way), ratio(both, np.full(len(both), y.sum()))
    )


def necessity_fit(sets: np.ndarray, y: np.ndarray) -> Necessity:
    """How far is each set a superset of the outcome, and is it more than a set that holds nearly everything?

    sets: cases x sets; y: the outcome. Consistency is the sum of min(x, y) over the sum of y; relevance of necessity (RoN) the
    sum of 1 - x over the sum of 1 - min(x, y); coverage the sum of min(x, y) over the sum of x.

    Source: RoN: Schneider and Wagemann (2012), Set-Theoretic Methods for the Social Sciences, Cambridge University Press, ch. 9.

    >>> fit = necessity_fit(np.array([[1.0], [0.8], [0.2]]), np.array([1.0, 0.6, 0.4]))
    >>> fit.incl.round(3).tolist(), fit.ron.round(3).tolist(), fit.cov.round(3).tolist()
    ([0.9], [0.833], [0.9])
    """
    smaller = np.minimum(sets, y[:, None])
    both = smaller.sum(axis=0)
    return Necessity(
        ratio(both, np.full(len(both), y.sum())),
        ratio((1 - sets).sum(axis=0), (1 - smaller).sum(axis=0)),
        ratio(both, sets.sum(axis=0)),
    )


def unique_coverage(sets: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How much of the outcome does each term cover that no other term of the model covers?

    sets: cases x terms of one model; y: the outcome. The coverage of the whole model less its coverage without the term.

    >>> unique_coverage(np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([1.0, 1.0])).tolist()
    [0.0, 0.5]
    """
    covered = np.minimum(sets, y[:, None])
    if sets.shape[1] == 1:
        return ratio(covered.sum(axis=0), np.full(1, y.sum()))
    second, most = np.partition(covered, -2, axis=1)[:, -2:].T[:, :, None]
    others = np.where(covered == most, second, most)
    return ratio(np.maximum(covered - others, 0).sum(axis=0), np.full(sets.shape[1], y.sum()))


def sufficiency_single(data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None = None) -> pd.DataFrame:
    """Is any condition, or its absence, sufficient for the outcome by itself?

    data, outcome, conditions: as for `newroles.boundary_work.set_scores.set_scores`.

    Returns one row per condition and then per negated condition: condition ("A", "~A"), incl, pri and cov (0-1; blank where
    no case belongs to the set at all). Raises InputError as `set_scores` does.

    >>> table = pd.DataFrame({"agreed": [1, 0.8, 0.2], "good": [1, 0.6, 0.4]})
    >>> sufficiency_single(table, "good").round(3).to_dict("records")
    [{'condition': 'agreed', 'incl': 0.9, 'pri': 0.857, 'cov': 0.9}, {'condition': '~agreed', 'incl': 0.6, 'pri': 0.0, 'cov': 0.3}]
    """
    scores = set_scores(data, outcome, conditions)
    names, sets = with_negations(scores.conditions, scores.x)
    return pd.DataFrame({"condition": names, **sufficiency_fit(sets, scores.y)._asdict()})


def with_negations(conditions: Sequence[str], x: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Conditions, then their negations: names, and the scores side by side."""
    return [*conditions, *(f"~{condition}" for condition in conditions)], np.hstack([x, 1 - x])


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, blank where the whole is nothing."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 1e-12)

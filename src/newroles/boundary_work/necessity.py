"""Which conditions are necessary: is there no outcome without them?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from newroles.boundary_work.set_fit import necessity_fit, with_negations
from newroles.boundary_work.set_scores import SAME, set_scores
from newroles.errors import InputError

MOST_JOINED = 3


def necessity(data: pd.DataFrame, outcome: str, conditions: Sequence[str] | None = None) -> pd.DataFrame:
    """Is any condition, or its absence, necessary for the outcome?

    data: one row per case with set scores from 0 to 1; outcome: a column, or "~" and a column for its negation; conditions:
    columns (None: all others apart from `case` and `team`). By convention consistency of 0.9 or more makes a claim worth
    looking at, and a low relevance (RoN) says that nearly every case has the condition, so that it tells little.

    Returns one row per condition and then per negated condition: condition ("A", "~A"), incl (consistency), ron (relevance
    of necessity) and cov (coverage), each 0-1; blank where nothing belongs to the set that it is a share of.

    Raises InputError for scores outside 0 to 1, blanks, unknown columns, and the outcome among the conditions.

    Source: Schneider and Wagemann (2012), Set-Theoretic Methods for the Social Sciences, Cambridge University Press, ch. 9.

    >>> table = pd.DataFrame({"agreed": [1, 1, 0], "time": [1, 0, 0], "good": [1, 1, 0]})
    >>> necessity(table, "good").query("condition == 'agreed'").to_dict("records")
    [{'condition': 'agreed', 'incl': 1.0, 'ron': 1.0, 'cov': 1.0}]
    """
    scores = set_scores(data, outcome, conditions)
    names, sets = with_negations(scores.conditions, scores.x)
    return pd.DataFrame({"condition": names, **necessity_fit(sets, scores.y)._asdict()})


def superset_necessity(
    data: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str] | None = None,
    incl_cut: float = 0.9,
    ron_cut: float = 0.5,
) -> pd.DataFrame:
    """Which conditions, or which two or three that can stand in for each other, are necessary for the outcome?

    data, outcome, conditions: as for `necessity`. incl_cut and ron_cut: the least consistency and relevance of a row that
    is kept. A union (A + B, the larger of the scores) is left out where a part of it already passes both, and where it
    holds a condition and its absence.

    Returns one row per expression that passes, fewest conditions first: expression ("A", "A + ~B"), incl, ron and cov. A
    union is only worth claiming where its parts do the same work in theory: with many conditions some always pass.

    Raises InputError as `necessity` does, and for a cut that isn't from 0 to 1.

    >>> table = pd.DataFrame({"time": [1, 0, 0, 0], "leader": [0, 1, 0, 0], "good": [1, 1, 0, 0]})
    >>> superset_necessity(table, "good")["expression"].tolist()
    ['time + leader']
    """
    for name, cut in (("incl_cut", incl_cut), ("ron_cut", ron_cut)):
        if not 0 <= cut <= 1:
            raise InputError(f"{name}={cut}: expected a number from 0 to 1.")
    scores = set_scores(data, outcome, conditions)
    names, sets = with_negations(scores.conditions, scores.x)
    k, rows = len(scores.conditions), []
    found: list[tuple[int, ...]] = []
    for size in range(1, MOST_JOINED + 1):
        tried = [
            parts
            for parts in combinations(range(2 * k), size)
            if len({part % k for part in parts}) == size and not any(set(other) < set(parts) for other in found)
        ]
        tried.sort(key=lambda parts: [(part % k, part) for part in sorted(parts, key=lambda part: part % k)])
        if not tried:
            continue
        fit = necessity_fit(np.column_stack([sets[:, list(parts)].max(axis=1) for parts in tried]), scores.y)
        passed = np.flatnonzero((fit.incl >= incl_cut - SAME) & (fit.ron >= ron_cut - SAME))
        for i in passed.tolist():
            expression = " + ".join(names[part] for part in sorted(tried[i], key=lambda part: part % k))
            rows.append((expression, fit.incl[i], fit.ron[i], fit.cov[i]))
        found += [tried[i] for i in passed.tolist()]
    return pd.DataFrame(rows, columns=["expression", "incl", "ron", "cov"]).astype(
        {"expression": "str", "incl": float, "ron": float, "cov": float}
    )

"""From a study's reports to an estimate of how many roles there are, or to the statement that they are too few to say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.roles.completeness import completeness
from newroles.roles.newness import role_incidence

METHODS = ("chao2", "chao2_bias_corrected", "jackknife1", "jackknife2", "bootstrap")


def estimated_roles(reports: pd.DataFrame, by: str = "trust") -> pd.DataFrame:
    """How many roles do these reports name, and how many may there be?

    `reports` has one row a report, with the columns role (see with_roles) and `by`: what names roles independently, trust or
    source.

    Returns one row a method, as `completeness` does (method, observed, estimate, se, low, high, n), with the further column
    coverage: how likely it is that a further mention would be of a role already named (0-1; for lists of sources, Chao and
    Jost 2012, doi 10.1890/11-1952.1). With fewer than two
    sources, or when no role is named, the estimates and the coverage are blank: not known.

    Raises InputError when a column is missing.

    >>> reports = pd.DataFrame({"trust": ["A", "A", "B"], "role": ["peer_support_worker", "nursing_associate", "nursing_associate"]})
    >>> table = estimated_roles(reports)
    >>> table.loc[table["method"] == "jackknife1", ["observed", "estimate"]].values.tolist()
    [[2.0, 2.5]]
    >>> bool(estimated_roles(reports.iloc[:2])["estimate"].isna().all())
    True
    """
    incidence = role_incidence(reports, by=by)
    named = incidence.sum()
    if len(incidence) < 2 or not named.any():
        blank = {
            "estimate": np.nan,
            "se": np.nan,
            "low": np.nan,
            "high": np.nan,
            "n": len(incidence),
            "coverage": np.nan,
        }
        return pd.DataFrame({"method": METHODS, "observed": int((named > 0).sum())}).assign(**blank)
    return completeness(incidence).assign(coverage=_coverage(named, len(incidence)))


def _coverage(named: pd.Series, sources: int) -> float:
    """named: for each role, how many of the sources named it."""
    q1, q2 = int((named == 1).sum()), int((named == 2).sum())
    if q1 == 0:
        return 1.0
    once, twice = (q1, q2) if q2 else (q1 - 1, 1)
    seen_again = (sources - 1) * once / ((sources - 1) * once + 2 * twice)
    return 1 - q1 / float(named.sum()) * seen_again

"""From a study's reports to an estimate of how many roles there are, or to the statement that they are too few to say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.roles.completeness import completeness, sample_coverage
from newroles.roles.newness import role_incidence

METHODS = ("chao2", "chao2_bias_corrected", "jackknife1", "jackknife2", "bootstrap")


def estimated_roles(reports: pd.DataFrame, by: str = "trust") -> pd.DataFrame:
    """How many roles do these reports name, and how many may there be?

    `reports` has one row a report, with the columns role (see with_roles) and `by`: what names roles independently, trust or
    source.

    Returns one row a method, as `completeness` does (method, observed, estimate, se, low, high, n), with the further column
    coverage: the share of all mentions that belongs to roles already named (see sample_coverage). With fewer than two
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
    return completeness(incidence).assign(coverage=sample_coverage(named[named > 0]))

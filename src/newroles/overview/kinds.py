"""The overview by kind of skill-mix change; a study whose roles nobody coded has empty tables instead of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from newroles.overview.combinations import combinations_in_trusts
from newroles.overview.comparisons import adoption_side_by_side
from newroles.overview.regions import roles_by_region


def kinds_side_by_side(
    reports: pd.DataFrame, trusts: pd.DataFrame, kinds: pd.DataFrame, method: str = "propensity", level: float = 0.95
) -> pd.DataFrame:
    """What share of all trusts has a role of each kind? As `adoption_side_by_side` by code.

    kinds: one row for each role and kind: role, code. Returns no rows where no reported role has a kind.

    >>> reports = pd.DataFrame({"trust": ["A"], "role": ["care_navigator"]})
    >>> frame = pd.DataFrame({"trust": ["A", "B"], "responded": [True, False]})
    >>> kinds_side_by_side(reports, frame, pd.DataFrame({"role": ["care_navigator"], "code": ["liaison"]}))["x"].tolist()
    [1]
    >>> kinds_side_by_side(reports, frame, pd.DataFrame({"role": [], "code": []})).empty
    True
    """
    if not _any(reports, kinds):
        return pd.DataFrame(columns=["code", "x", "n", "N", "estimate", "low", "high", "bound_low", "bound_high"])
    return adoption_side_by_side(reports, trusts, "code", kinds, method=method, level=level)


def kinds_by_region(
    reports: pd.DataFrame, trusts: pd.DataFrame, kinds: pd.DataFrame, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """In how many of the trusts of each region that answered is there a role of each kind? As `roles_by_region` by code.

    kinds: as in `kinds_side_by_side`; likewise no rows where there is nothing to count. A row "All regions" for each kind.
    """
    if not _any(reports, kinds):
        return pd.DataFrame(columns=["code", "region", "count", "answered", "trusts", "share", "state"])
    return roles_by_region(reports, trusts, "code", kinds, only=only, totals=True)


def kinds_together(
    reports: pd.DataFrame, trusts: pd.DataFrame, kinds: pd.DataFrame, level: float = 0.95
) -> pd.DataFrame:
    """Which kinds come together in one trust? As `combinations_in_trusts`; no rows where there is nothing to count."""
    if not _any(reports, kinds) or not trusts["responded"].any():
        return pd.DataFrame(columns=["kinds", "number_of_kinds", "x", "n", "N", "estimate", "low", "high"])
    return combinations_in_trusts(reports, trusts, kinds, level)


def kinds_in_words(combination: str, names: Mapping[str, str]) -> str:
    """A combination of kinds as a reader meets it.

    >>> kinds_in_words("a; b; c", {"a": "Delegation", "b": "Innovation", "c": "Enhancement"})
    'delegation, innovation and enhancement'
    """
    words = [names.get(kind, kind).lower() for kind in combination.split("; ")]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _any(reports: pd.DataFrame, kinds: pd.DataFrame) -> bool:
    return bool(reports["role"].dropna().isin(kinds["role"]).any())

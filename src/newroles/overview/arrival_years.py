"""When roles arrived, by the year, as far as a small-number rule lets it be told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from newroles.overview.adoption import adopters
from newroles.overview.arrival import adoption_curves_of, arrivals
from newroles.overview.small_numbers import Rule, protects, shown_count

COLUMNS = ["role", "date", "introduced", "estimate", "low", "high", "undated", "n", "N", "method"]


def arrival_years(reports: pd.DataFrame, trusts: pd.DataFrame, roles: Sequence[str], rule: Rule) -> pd.DataFrame:
    """What share of the trusts that answered say that they had these roles by the end of each year?

    reports, trusts: as for `newroles.overview.arrivals`. roles: those to tell of; one in so few trusts that the rule hides
    their number has no rows. rule: the study's small-number rule.

    Returns one row for each role and step: role, date (the last day of the year), introduced (trusts since the step
    before, as the rule shows them), estimate (trusts up to this date over those that answered, both as the rule shows
    them), low, high and undated (blank), n, N (answered, in the frame; as shown) and method. Years are put together until no step, and no
    remainder (trusts that give a later date or none), is a count that the rule hides; so neither can be worked out from
    the number of trusts that have the role. The share is a lower one: a trust that gives no date isn't in it.

    Raises InputError as `newroles.overview.arrivals` does.

    >>> from newroles.datasets import load_study
    >>> from newroles.disclosure import PROFILES
    >>> study = load_study("example_study")
    >>> found = arrival_years(study.reports.assign(role="care_navigator"), study.trusts, ["care_navigator"], PROFILES["below_5"])
    >>> bool(found["introduced"].ge(5).all()), sorted(set(found["date"].dt.strftime("%m-%d")))
    (True, ['12-31'])
    """
    has, _ = adopters(reports, trusts)
    n, N = shown_count(len(has), rule), shown_count(len(trusts), rule)
    rows = []
    for role in roles:
        x = int(has[role].sum()) if role in has.columns else 0
        if n is None or rule.hides(x) or x == 0:
            continue
        found = arrivals(reports, trusts, role)
        dated = found.loc[found["state"].eq("dated"), "arrived"].dt.year
        so_far = 0
        for year, introduced in _steps(dated.value_counts().sort_index(), x, rule):
            so_far += introduced
            share = min(rule.shown_as(so_far) / n, 1.0) if n else np.nan
            told = max(rule.shown_as(introduced), rule.below)  # rounded below the limit it would be hidden once more
            rows.append((role, pd.Timestamp(year, 12, 31), told, round(share, 2), n, N))
    table = pd.DataFrame(rows, columns=["role", "date", "introduced", "estimate", "n", "N"])
    table["date"] = pd.to_datetime(table["date"])
    method = "trusts that give a date up to the end of the year, of those that answered"
    return table.assign(low=np.nan, high=np.nan, undated=np.nan, method=method)[COLUMNS]


def arrival_shown(
    reports: pd.DataFrame, trusts: pd.DataFrame, roles: Sequence[str], rule: Rule | None, level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """When did several roles arrive, as far as the study's rule lets it be told?

    Returns what `newroles.overview.adoption_curves_of` does (its second table: None where it has no rows), or, under a rule,
    what `arrival_years` does, and None.

    >>> frame = pd.DataFrame({"trust": ["A"], "responded": [True]})
    >>> reports = pd.DataFrame({"trust": ["A"], "role": ["a"], "introduced": ["2019"], "reported_on": ["2023-05-01"]})
    >>> len(arrival_shown(reports, frame, [], None)[0])
    0
    """
    if rule is not None and protects(rule):
        return arrival_years(reports, trusts, roles, rule), None
    curves, without = adoption_curves_of(reports, trusts, roles, level)
    return curves, None if without.empty else without


def _steps(by_year: pd.Series, x: int, rule: Rule) -> list[tuple[int, int]]:
    """Years put together so that neither a step nor what is left of x is a count that the rule hides."""
    steps: list[tuple[int, int]] = []
    since = 0
    for year, introduced in by_year.items():
        since += int(introduced)
        if since and not rule.hides(since):
            steps.append((int(str(year)), since))
            since = 0
    while steps and rule.hides(x - sum(introduced for _, introduced in steps)):
        steps.pop()
    return steps

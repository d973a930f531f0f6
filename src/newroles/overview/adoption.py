"""How many trusts have each role, or each kind of role: what the answers say, and what they leave open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets.intervals import wilson
from newroles.errors import InputError, did_you_mean
from newroles.overview.frame import checked_frame, group_names, require_answers_in_frame, size_groups
from newroles.overview.intervals import bounds, finite_population_interval, finite_population_wilson, require_level
from newroles.overview.survey import survey_estimates
from newroles.overview.weights import Adjustment, population_counts, post_stratify, rake, response_weights

METHODS = ("hypergeometric", "wilson", "propensity", "post_stratified", "raked")
NO_SPREAD = 1e-9  # shares and standard errors nearer to 0 than this are rounding
_ADJUST_FOR = {"propensity": ("wte",), "post_stratified": ("region",), "raked": ("region", "wte")}


def adoption(
    reports: pd.DataFrame,
    trusts: pd.DataFrame,
    by: str = "role",
    coding: pd.DataFrame | None = None,
    within: str | None = None,
    method: str = "hypergeometric",
    adjust_for: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """What share of all trusts has each role, as far as those that answered can say?

    reports: one row a report: trust and role (see `newroles.roles.with_roles`; reports without a role are left out).
    trusts: the frame, one row a trust: trust, responded and the columns that the choices need. by: `role`; or `code`,
    the kinds of role, when `coding` (one row for each role and code: role, code) says which role is of which kind: a
    trust has a kind when it has a role of it.
    within: a column of the frame, such as region: each group by itself. only: the roles or codes to show, in this
    order, those that nobody reported included; None: all that occur, the most frequent first.

    A trust that answered and doesn't report a role counts as one without it. Where sources miss roles, x is too low, and neither
    interval nor bounds allow for that: they speak of trusts that stayed away.

    method: hypergeometric (see `finite_population_interval`) or wilson (see `finite_population_wilson`) take those that
    answered for a random sample (Wilson's ends are drawn in to the bounds). propensity weights each answer by its chance
    of answering (see `response_weights`), post_stratified and raked by the groups of the frame.
    adjust_for: the columns for these three; None: wte, region, and both. Numbers make three size groups where groups
    are needed.

    Returns one row for each role (and group): `within` (if asked for), role or code, x (trusts that have it among those
    that answered), n (answered), N (in the frame), estimate, low, high (shares of all N trusts, 0-1), bound_low,
    bound_high (`bounds`: nothing assumed), method, note (blank, or which fallback was used and what was left out). A
    group without answers has a blank estimate. The interval of a weighted estimate is Wilson's with the number of
    answers that a simple random sample would need for the same standard error (that number: Korn and Graubard 1998,
    Survey Methodology 24: 193-201, who put it into Clopper and Pearson's interval; in Wilson's: Franco and others 2019,
    Journal of Survey Statistics and Methodology 7: 334-364), kept within the bounds. Where the standard error is nought
    (answers agree within each group) or the weighted share lies outside the bounds (the share is then drawn in to them),
    it is the hypergeometric interval, widened to hold the estimate; the note says so. Always low <= estimate <= high.

    The standard error of a post-stratified share takes the answers for a random sample within each group, as many as
    answered there (what Holt and Smith 1979 argue for; R's survey on a design with these groups as strata), so a region
    that all answered adds nothing. R's postStratify on a simple random sample has one finite-population correction for
    all; raked shares, which no strata fit, keep that.

    Raises InputError for a frame that is empty or lists a trust twice, a report of a trust that the frame lacks or that didn't
    answer, a missing column, an unknown method, and as the weights do (a group of the frame without answers, sizes not
    known).

    >>> reports = pd.DataFrame({"trust": ["A", "B", "B"], "role": ["care_navigator", "care_navigator", "gateway_worker"]})
    >>> frame = pd.DataFrame({"trust": ["A", "B", "C"], "responded": [True, True, False]})
    >>> adoption(reports, frame)[["role", "x", "n", "N", "low", "high"]].round(2).values.tolist()
    [['care_navigator', 2, 2, 3, 0.67, 1.0], ['gateway_worker', 1, 2, 3, 0.33, 0.67]]
    """
    require_level(level)
    if method not in METHODS:
        raise InputError(f"There is no method '{method}' for adoption. {did_you_mean(method, METHODS)}")
    if adjust_for is not None and method not in _ADJUST_FOR:
        raise InputError(
            f"The method {method} adjusts for nothing: leave adjust_for out, or choose propensity, post_stratified or raked."
        )
    checked_frame(trusts, ["trust"] if within is None else ["trust", within])
    if trusts.empty:
        raise InputError("The frame lists no trust, so there is no share to give: add the trusts that were asked.")
    has, left_out = adopters(reports, trusts, by, coding)
    has = _chosen(has, only)
    frame = trusts.set_index("trust")
    groups = group_names(frame[within]) if within else pd.Series("all", index=frame.index)
    answers = frame[frame["responded"]]
    adjustment = adjusted_weights(trusts, method, adjust_for) if method in _ADJUST_FOR else None
    rows: list[dict[str, Any]] = []
    for item in has.columns:
        weighted = _weighted(answers, groups, has[item], adjustment, len(frame), level) if adjustment else {}
        for group in dict.fromkeys(groups):
            in_group = groups[answers.index].eq(group)
            x, n, N = int(has.loc[in_group, item].sum()), int(in_group.sum()), int(groups.eq(group).sum())
            row = {within: group} if within else {}
            row |= {by: item, "x": x, "n": n, "N": N} | _share(x, n, N, method, level, weighted.get(group))
            rows.append(row)
    table = pd.DataFrame(rows)
    words = table["method"] if adjustment is None else adjustment.method + "; " + table["method"]
    table["method"] = words + "; no-assumption bounds"
    if left_out:
        table["note"] = [f"{note}; {left_out}" if note else left_out for note in table["note"]]
    return table


def adopters(
    reports: pd.DataFrame, trusts: pd.DataFrame, by: str = "role", coding: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, str]:
    """Which of the trusts that answered has which role, or kind of role?

    reports, trusts, by, coding: see `adoption`. Returns a table of true and false, one row for each trust that answered
    (in the order of the frame), one column a role or code, the most frequent first; and a sentence on what was left
    out, which may be blank.
    Raises InputError as `adoption` does.

    >>> reports = pd.DataFrame({"trust": ["A", "A"], "role": ["nursing_associate", None]})
    >>> has, left_out = adopters(reports, pd.DataFrame({"trust": ["A", "B"], "responded": [True, True]}))
    >>> has["nursing_associate"].tolist(), left_out
    ([True, False], '1 report without an accepted role left out')
    """
    if "role" not in reports:
        raise InputError("The reports have no column 'role'. Add it with newroles.roles.with_roles(reports, matches).")
    checked_frame(trusts, ["trust"])
    require_answers_in_frame(reports, trusts)
    known = reports.loc[reports["role"].notna(), ["trust", "role"]].drop_duplicates()
    without = int(reports["role"].isna().sum())
    notes = [f"{without} report{'s' if without > 1 else ''} without an accepted role left out"] * (without > 0)
    if by == "code":
        if coding is None or not {"role", "code"} <= set(coding.columns):
            raise InputError(
                "Adoption by code needs `coding`: a table with the columns role and code (see newroles.skill_mix.code_roles)."
            )
        uncoded = known.loc[~known["role"].isin(coding["role"]), "role"].nunique()
        notes += [f"{uncoded} role{'s' if uncoded > 1 else ''} without a code left out"] * (uncoded > 0)
        known = known.merge(coding[["role", "code"]].drop_duplicates(), on="role")[["trust", "code"]].drop_duplicates()
    elif by != "role":
        raise InputError(f"Adoption is counted by role or by code, not by '{by}'. {did_you_mean(by, ['role', 'code'])}")
    has = pd.crosstab(known["trust"], known[by]).gt(0)
    frequency = has.sum().rename("x").rename_axis(by).reset_index().sort_values(["x", by], ascending=[False, True])
    answered = trusts.loc[trusts["responded"], "trust"]
    has = has.reindex(index=answered, columns=frequency[by].tolist()).fillna(False).astype(bool)
    return has.rename_axis(index="trust", columns=by), "; ".join(notes)


def adjusted_weights(
    trusts: pd.DataFrame, method: str = "propensity", adjust_for: Sequence[str] | None = None
) -> Adjustment:
    """Which weights do the answering trusts get, so that they resemble the frame?

    trusts, adjust_for: see `adoption`. method: propensity, post_stratified or raked. Returns an Adjustment for the rows
    of the trusts that answered, indexed by trust. Raises InputError for another method, a missing column, several
    columns to post-stratify by, and as the weights do.

    >>> regions = ["London", "London", "Midlands"]
    >>> frame = pd.DataFrame({"trust": ["A", "B", "C"], "region": regions, "responded": [True, False, True]})
    >>> adjusted_weights(frame, "post_stratified").weight.tolist()
    [2.0, 1.0]
    """
    if method not in _ADJUST_FOR:
        raise InputError(f"There are no weights '{method}'. {did_you_mean(method, _ADJUST_FOR)}")
    columns = list(_ADJUST_FOR[method] if adjust_for is None else adjust_for)
    checked_frame(trusts, ["trust", *columns])
    frame = trusts.set_index("trust")
    if method == "propensity":
        return response_weights(trusts.set_index("trust", drop=False), columns)
    if method == "post_stratified" and len(columns) != 1:
        raise InputError(
            f"Post-stratification takes one column; got {', '.join(columns) or 'none'}. Rake over several."
        )
    for position, column in enumerate(columns):
        if pd.api.types.is_numeric_dtype(frame[column]):
            columns[position] = f"{column}_group"
            frame[columns[position]] = size_groups(trusts, column).to_numpy()
    margins = [population_counts(frame, column) for column in columns]
    answers = frame[frame["responded"]]
    return post_stratify(answers, margins[0]) if method == "post_stratified" else rake(answers, margins)


def _chosen(has: pd.DataFrame, only: Sequence[str] | None) -> pd.DataFrame:
    chosen = has if only is None else has.reindex(columns=list(only), fill_value=False)
    if chosen.columns.empty:
        raise InputError(
            "None of the reports has an accepted role: there is no adoption to count. Decide on the titles first."
        )
    return chosen


def _weighted(
    answers: pd.DataFrame, groups: pd.Series, has: pd.Series, adjustment: Adjustment, N: int, level: float
) -> dict[str, dict[str, Any]]:
    """For each group with answers: its weighted share, the standard error, and what either had to assume."""
    asked = pd.DataFrame({"group": groups[answers.index], "has": has}, index=answers.index)
    agreed = "the weighting explains every answer"
    if adjustment.post_strata is None:
        table = survey_estimates(asked, "has", weight=adjustment, population=N, by="group", level=level)
    else:
        asked["stratum"], asked["weight"] = adjustment.post_strata, adjustment.weight
        answered = asked["stratum"].map(asked["stratum"].value_counts())
        asked["in_frame"] = asked.groupby("stratum")["weight"].transform("sum").round()
        agreed = "answers agree within each group that isn't fully counted"
        if answered.max() > 1:
            choices: dict[str, Any] = {"weight": "weight", "strata": "stratum", "population": "in_frame"}
        else:  # no group has a spread of its own
            choices, agreed = {"weight": "weight"}, "a single answer in each group"
        table = survey_estimates(asked, "has", by="group", level=level, **choices)
        if answered.max() == 1:
            table["se"] = 0.0
    columns = table.set_index("group")[["estimate", "se", "note"]].assign(agreed=agreed)
    return {str(group): dict(columns.loc[group]) for group in columns.index}


def _share(x: int, n: int, N: int, method: str, level: float, weighted: dict[str, Any] | None) -> dict[str, Any]:
    worst, best = bounds(x, n, N)
    exact = f"hypergeometric interval, {level:.0%}"
    ends = tuple(count / N for count in finite_population_interval(x, n, N, level))
    result: dict[str, Any] = {"estimate": x / n if n else np.nan, "low": ends[0], "high": ends[1]}
    result |= {"bound_low": worst, "bound_high": best, "method": exact, "note": "" if n else "no trust answered"}
    if method == "wilson" and n:
        low, high = finite_population_wilson(x, n, N, level)
        result |= {"low": min(max(low, worst), x / n), "high": max(min(high, best), x / n)}
        result["method"] = f"Wilson interval for a finite frame, {level:.0%}"
    if weighted is not None:
        share, se = float(weighted["estimate"]), float(weighted["se"])
        drawn_in = min(max(share, worst), best)
        result["estimate"] = drawn_in
        if 0 < x < n < N and se > NO_SPREAD and abs(share - drawn_in) <= NO_SPREAD:
            low, high = (float(end) for end in wilson(drawn_in, drawn_in * (1 - drawn_in) / se**2, level))
            result |= {"low": min(max(low, worst), drawn_in), "high": max(min(high, best), drawn_in)}
            result |= {"method": f"Wilson interval with the effective number of answers, {level:.0%}"}
            result["note"] = weighted["note"]
        else:
            result["low"], result["high"] = min(ends[0], drawn_in), max(ends[1], drawn_in)
            if n < N:
                why = "all answers agree" if x in (0, n) else weighted["agreed"]
                if abs(share - drawn_in) > NO_SPREAD:
                    why = "the weighted share lies outside what the answers leave possible and is drawn in to it"
                result["note"] = f"{why}: hypergeometric interval instead of a standard error"
    return result

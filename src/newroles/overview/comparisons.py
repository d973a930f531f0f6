"""The same national figure by several methods and definitions, side by side, so that a reader sees what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.overview.adoption import adjusted_weights, adopters, adoption
from newroles.overview.frame import checked_frame, group_names
from newroles.overview.intervals import bounds, finite_population_interval
from newroles.overview.survey import survey_estimates

WEIGHTED = ("post_stratified", "raked", "propensity")
METHOD_NAMES = {
    "as_answered": "Answers as they are",
    "post_stratified": "Weighted by region",
    "raked": "Weighted by region and size",
    "propensity": "Weighted by the chance of answering, by size",
}
"""How each method of weighting is called where readers meet it."""
_SIDE_BY_SIDE = ["x", "n", "N", "estimate", "low", "high", "bound_low", "bound_high", "method", "note"]
_SIDE_BY_SIDE += ["adjusted", "adjusted_low", "adjusted_high", "x_suggested", "adjusted_note"]


def adoption_side_by_side(
    reports: pd.DataFrame,
    trusts: pd.DataFrame,
    by: str = "role",
    coding: pd.DataFrame | None = None,
    suggested: pd.DataFrame | None = None,
    method: str = "propensity",
    only: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """What share of trusts has each role by the answers as they are, by weighted answers, and with titles still undecided?

    reports, trusts, by, coding, only, level: as for `adoption`. suggested: the same reports with a role also where a
    title is only suggested to mean it. method: propensity, post_stratified or raked.

    Returns the rows of `adoption` by the hypergeometric interval with further columns: adjusted, adjusted_low,
    adjusted_high (shares by the weighted method; blank where it can't be had), x_suggested (trusts that would have it if
    every suggestion were right; blank without `suggested`) and adjusted_note (why a weighted estimate is blank).

    No rows where no report has an accepted role (or, by code, no role a code) and `only` doesn't name any.

    Raises InputError as `adoption` does; a weighting that isn't possible (a region without answers, sizes not known)
    leaves blanks and says so.

    >>> reports = pd.DataFrame({"trust": ["A", "B"], "role": ["care_navigator", None]})
    >>> maybe = reports.assign(role="care_navigator")
    >>> frame = pd.DataFrame({"trust": ["A", "B", "C"], "responded": [True, True, False], "wte": [9.0, 5.0, None]})
    >>> found = adoption_side_by_side(reports, frame, suggested=maybe)
    >>> found[["x", "x_suggested", "n", "N"]].values.tolist(), found["adjusted"].tolist()
    ([[1, 2, 2, 3]], [nan])
    """
    if only is None and adopters(reports, trusts, by, coding)[0].columns.empty:
        return pd.DataFrame(columns=[by, *_SIDE_BY_SIDE])
    plain = adoption(reports, trusts, by, coding, only=only, level=level)
    try:
        weighted = adoption(reports, trusts, by, coding, method=method, only=plain[by].tolist(), level=level)
        note = ""
    except InputError as error:
        weighted = plain.assign(estimate=np.nan, low=np.nan, high=np.nan)
        note = str(error)
    table = plain.assign(
        adjusted=weighted["estimate"],
        adjusted_low=weighted["low"],
        adjusted_high=weighted["high"],
        x_suggested=pd.array([pd.NA] * len(plain), dtype="Int64"),
        adjusted_note=note,
    )
    if suggested is not None:
        has = adopters(suggested, trusts, by, coding)[0].sum()
        table["x_suggested"] = table[by].map(has).fillna(0).astype("Int64")
    return table


def roles_in_trusts(
    reports: pd.DataFrame,
    trusts: pd.DataFrame,
    by: str = "role",
    coding: pd.DataFrame | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """How many roles are there in all trusts together, each role counted once in each trust that has it?

    reports, trusts, by, coding, level: as for `adoption`.

    Returns one row a method: method (its name), estimate, low, high (roles in trusts, over all N trusts; the interval as
    in `survey_estimates`), n (answered), N (in the frame) and note (why an estimate is blank or what it needed). The
    first row takes those that answered for a random sample. The observed number is a lower bound whatever is assumed:
    the column observed has it, and no estimate or interval goes below it.

    Raises InputError as `adoption` does.

    >>> reports = pd.DataFrame({"trust": ["A", "A", "B"], "role": ["care_navigator", "gateway_worker", "care_navigator"]})
    >>> frame = pd.DataFrame({"trust": ["A", "B", "C", "D"], "responded": [True, True, False, False],
    ...     "region": ["London", "Midlands", "Midlands", "Midlands"], "wte": [9.0, 5.0, 4.0, 6.0]})
    >>> roles_in_trusts(reports, frame)[["estimate", "observed"]].iloc[:2].values.tolist()
    [[6.0, 3.0], [5.0, 3.0]]
    """
    has, left_out = adopters(reports, trusts, by, coding)
    answers = trusts[trusts["responded"]].set_index("trust")
    answers = answers.assign(roles=has.sum(axis=1))
    if "region" in trusts.columns:
        region = group_names(trusts["region"])
        answers = answers.assign(region=group_names(answers["region"]))
        answers["in_region"] = answers["region"].map(region.value_counts())
    rows: list[dict[str, Any]] = []
    for method, name in METHOD_NAMES.items():
        row: dict[str, Any] = {"method": name, "estimate": np.nan, "low": np.nan, "high": np.nan}
        row |= {
            "observed": int(answers["roles"].sum()),
            "n": len(answers),
            "N": len(trusts),
            "note": left_out,
            "narrow": False,
        }
        try:
            found = _total_roles(answers, trusts, method, level)
            row |= {part: max(float(found[part]), float(row["observed"])) for part in ("estimate", "low", "high")}
            row["note"] = "; ".join(part for part in (str(found["note"]), left_out) if part)
            row["narrow"] = "too narrow" in str(found["method"])
        except InputError as error:
            row["note"] = str(error)
        rows.append(row)
    return pd.DataFrame(rows)


def too_narrow(totals: pd.DataFrame) -> str:
    """Of which methods are the intervals probably too narrow, in a sentence?

    totals: as `roles_in_trusts` returns it.

    >>> totals = pd.DataFrame({"method": ["Answers as they are", "Weighted by region"], "narrow": [False, True]})
    >>> too_narrow(totals.assign(estimate=9.0))
    'The interval of "weighted by region" is probably too narrow: it has many groups for so few answers.'
    """
    if totals.empty or totals["estimate"].isna().all():
        return "So nothing can be said of intervals."
    names = [f'"{method.lower()}"' for method in totals.loc[totals["narrow"], "method"]]
    if not names:
        return "No method has more groups than its answers can carry."
    many = len(names) > 1
    words = " and ".join(names)
    return (
        f"The interval{'s' if many else ''} of {words} {'are' if many else 'is'} probably too narrow: "
        f"{'they have' if many else 'it has'} many groups for so few answers."
    )


def _total_roles(answers: pd.DataFrame, trusts: pd.DataFrame, method: str, level: float) -> pd.Series:
    weight = adjusted_weights(trusts, method) if method in WEIGHTED else None
    if method == "post_stratified" and answers.groupby("region").size().max() > 1:
        # each region's answers, out of the trusts that it has
        strata = {"strata": "region", "population": "in_region"}
        return survey_estimates(answers, "roles", "total", weight=weight, level=level, **strata).iloc[0]
    found = survey_estimates(answers, "roles", "total", weight=weight, population=len(trusts), level=level).iloc[0]
    if method == "post_stratified":
        found["note"] = "a single answer in each region: interval as if answers were not grouped"
    return found


def trusts_by_definition(definitions: pd.DataFrame, trusts: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """What share of all trusts has a new role, under each definition of new?

    definitions: one row a definition: definition (in words) and trusts (those with at least one role that counts), as
    `newroles.roles.compare_definitions` returns. trusts: the frame: trust, responded.

    Returns one row a definition: definition, x, n (answered), N (in the frame), estimate, low, high (shares of all
    trusts; hypergeometric interval), bound_low, bound_high (`bounds`), method. A report that a definition can't decide
    counts as not new.

    Raises InputError for a missing column, and for more trusts with a role than answered.

    >>> frame = pd.DataFrame({"trust": ["A", "B", "C"], "responded": [True, True, False]})
    >>> found = trusts_by_definition(pd.DataFrame({"definition": ["declared"], "trusts": [1]}), frame)
    >>> found[["x", "n", "N", "bound_high"]].round(2).values.tolist()
    [[1.0, 2.0, 3.0, 0.67]]
    """
    for column in ("definition", "trusts"):
        if column not in definitions.columns:
            raise InputError(f"The table of definitions has no column '{column}': make it with compare_definitions.")
    checked_frame(trusts, ["trust"])
    n, N = int(trusts["responded"].sum()), len(trusts)
    rows: list[dict[str, Any]] = []
    for definition, count in zip(definitions["definition"], definitions["trusts"], strict=True):
        x = int(count)
        if x > n:
            raise InputError(
                f"'{definition}': {x} trusts have a new role but only {n} of the frame's trusts answered. "
                f"Count only reports of trusts that answered."
            )
        low, high = finite_population_interval(x, n, N, level) if n else (0, N)
        worst, best = bounds(x, n, N)
        row = {"definition": definition, "x": x, "n": n, "N": N, "estimate": x / n if n else np.nan}
        row |= {"low": low / N, "high": high / N, "bound_low": worst, "bound_high": best}
        rows.append(row | {"method": f"hypergeometric interval, {level:.0%}; no-assumption bounds"})
    return pd.DataFrame(rows)


def posts_by_trust(reports: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """How many posts in these roles does each trust report, and of how many staff?

    reports: one row a report: trust, role and headcount (reports without a role or a headcount are left out). trusts:
    the frame: trust, responded, wte.

    Several sources can report the same posts, so a trust's posts in a role are the largest number that any of its
    reports gives. Returns one row a trust that answered, gave at least one number and whose size is known: trust,
    posts (a whole number), wte (whole), posts never more than wte: `more_posts_than_staff` names the others.

    Raises InputError for a missing column, a number of posts or staff that is negative, infinite or a word, and as
    `adoption` does.

    >>> reports = pd.DataFrame({"trust": ["A", "A", "A"], "role": ["care_navigator"] * 2 + ["gateway_worker"], "headcount": [3, 5, 2]})
    >>> frame = pd.DataFrame({"trust": ["A"], "responded": [True], "wte": [210.4]})
    >>> posts_by_trust(reports, frame).values.tolist()
    [['A', 7, 210]]
    """
    found = _posts_and_staff(reports, trusts)
    return found[found["posts"] <= found["wte"]].reset_index(drop=True)


def more_posts_than_staff(reports: pd.DataFrame, trusts: pd.DataFrame) -> list[str]:
    """Which trusts report more posts in new roles than they have staff, so that `posts_by_trust` leaves them out?

    reports, trusts: as for `posts_by_trust`, with its errors.

    >>> reports = pd.DataFrame({"trust": ["A"], "role": ["care_navigator"], "headcount": [300]})
    >>> more_posts_than_staff(reports, pd.DataFrame({"trust": ["A"], "responded": [True], "wte": [210.4]}))
    ['A']
    """
    found = _posts_and_staff(reports, trusts)
    return found.loc[found["posts"] > found["wte"], "trust"].astype(str).tolist()


def _posts_and_staff(reports: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    for column in ("role", "headcount"):
        if column not in reports.columns:
            raise InputError(f"The reports have no column '{column}', so posts can't be counted.")
    checked_frame(trusts, ["trust", "wte"])
    adopters(reports, trusts)  # the checks of frame and answers
    headcount = _numbers(reports["headcount"], reports["trust"], "headcount")
    known = reports.assign(headcount=headcount).dropna(subset=["role", "headcount"])
    posts = known.groupby(["trust", "role"])["headcount"].max().groupby("trust").sum().astype(float).round()
    size = _numbers(trusts["wte"], trusts["trust"], "wte")
    size = size.set_axis(trusts["trust"])[trusts["responded"].to_numpy(bool)].round()
    found = pd.DataFrame({"posts": posts, "wte": size}).dropna()
    return found[found["wte"] > 0].astype("int64").rename_axis("trust").reset_index()


def _numbers(column: pd.Series, trust: pd.Series, name: str) -> pd.Series:
    """The numbers of a column, blanks as they are; a word, a negative or an infinite number is refused."""
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = (numbers.isna() & column.notna()) | numbers.lt(0) | np.isinf(numbers)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"{name} of trust {trust.iloc[row]} is '{column.iloc[row]}': expected a number of 0 or more, or a blank where it isn't known."
        )
    return numbers

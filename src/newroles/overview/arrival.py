"""When roles arrived: curves of adoption from partial dates, for trusts known only until they answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.datasets.dates import first_day
from newroles.datasets.intervals import clopper_pearson
from newroles.errors import InputError
from newroles.overview.adoption import adopters
from newroles.overview.intervals import require_level
from newroles.overview.turnbull import Floats, Seen, profile_interval, turnbull
from newroles.roles.register import earliest_and_latest

ARRIVAL_COLUMNS = ["trust", "state", "arrived", "arrived_by", "seen_on"]
CURVE_COLUMNS = ["role", "date", "at_risk", "introduced", "estimate", "low", "high", "bound_low", "bound_high"]
CURVE_COLUMNS += ["undated", "n", "N", "method", "note"]
NOUGHT = 1e-9  # shares nearer to 0 or 1 than this are so


def arrivals(reports: pd.DataFrame, trusts: pd.DataFrame, role: str) -> pd.DataFrame:
    """When did each trust that answered introduce this role, and until when do we know that it hadn't?

    reports: one row a report: trust, role, introduced (a year, month or day; may be blank) and reported_on. trusts: the
    frame.
    Returns one row for each trust that answered: trust, state (dated; undated: reported without a date; not_reported),
    arrived (the first day that the earliest date can mean), arrived_by (the last day; of an undated one, when it was
    first reported; both blank when not reported), seen_on (the trust's last report of any role; for a trust without
    reports the study's last). A role planned for after its report hasn't arrived.
    Raises InputError when a column is missing, a date can't be read, and as `adoption` does.

    >>> reports = pd.DataFrame({"trust": ["A", "B"], "role": ["gateway_worker", "care_navigator"],
    ...     "introduced": ["2019", None], "reported_on": pd.to_datetime(["2023-05-01", "2023-06-01"])})
    >>> frame = pd.DataFrame({"trust": ["A", "B"], "responded": [True, True]})
    >>> arrivals(reports, frame, "gateway_worker")["state"].tolist()
    ['dated', 'not_reported']
    """
    for column in ("introduced", "reported_on"):
        if column not in reports:
            raise InputError(f"The reports have no column '{column}', without which nobody knows when a role arrived.")
    has, _ = adopters(reports, trusts)
    try:
        reported = pd.to_datetime(reports["reported_on"], format="ISO8601")
    except ValueError as error:
        raise InputError(f"A date in reported_on can't be read ({error}). Write dates as 2023-06-30.") from error
    if reported.isna().any():
        raise InputError(
            f"{int(reported.isna().sum())} report(s) have no date in reported_on; nothing can be censored there."
        )
    seen = reported.groupby(reports["trust"]).max()
    rows: list[dict[str, Any]] = []
    mine = reports["role"].eq(role).fillna(False)
    for trust in has.index:
        of_trust = mine & reports["trust"].eq(trust)
        rows.append(
            {"trust": trust, "seen_on": seen.get(trust, reported.max())}
            | _earliest(reports[of_trust], reported[of_trust])
        )
    dates = dict.fromkeys(("arrived", "arrived_by", "seen_on"), "datetime64[us]")
    return pd.DataFrame(rows, columns=ARRIVAL_COLUMNS).astype(dates)


def adoption_curve(reports: pd.DataFrame, trusts: pd.DataFrame, role: str, level: float = 0.95) -> pd.DataFrame:
    """What share of trusts had this role by each date?

    A trust that doesn't report the role is known not to have had it until it answered, and not after (right-censored).
    Dates known only to a year or month count from their first day. A trust that reports the role without a date is known
    to have had it by its report, and nothing more (left-censored).

    reports, trusts: see `arrivals`. Returns one row for each date on which a trust introduced the role, and for the
    last report of the study: role, date, at_risk (trusts known to be without it just before), introduced (on that
    date), estimate, low, high (share of trusts, 0-1), bound_low, bound_high (share of all N trusts, whatever those did
    that didn't answer, gave no date or answered before), undated (trusts that report the role without a date), n (trusts
    answered), N (in the frame), method, note.

    When each report has a date, the estimate is one less Kaplan and Meier's, with the log-log interval from Greenwood's
    variance. With undated ones it is Turnbull's (`newroles.overview.turnbull`), of which Kaplan and Meier's is the special
    case, with an interval by profile likelihood. Where only an interval of dates is known, the share counts from its
    end. Neither interval has a finite-population correction, so both are rather wide. Where the estimate is 0 or 1, the
    interval is the exact binomial one of the trusts known at that date: those that surely have the role and those still
    seen without it; the note says how many.

    The estimate always lies within the bounds. Raises InputError as `arrivals` does, and when every answer reports the
    role without a date.

    Source: Kaplan and Meier (1958), JASA 53: 457-481; Kalbfleisch and Prentice (2002), The Statistical Analysis
    of Failure Time Data, 2nd edition (interval), as statsmodels' SurvfuncRight. Turnbull (1974), JASA 69: 169-173, as R's
    survfit; Murphy and van der Vaart (1997), Annals of Statistics 25: 1471-1509 (interval).

    >>> reports = pd.DataFrame({"trust": ["A", "B"], "role": ["gateway_worker", "care_navigator"],
    ...     "introduced": ["2019", None], "reported_on": pd.to_datetime(["2023-05-01", "2023-06-01"])})
    >>> frame = pd.DataFrame({"trust": ["A", "B", "C"], "responded": [True, True, False]})
    >>> curve = adoption_curve(reports, frame, "gateway_worker")
    >>> curve[["at_risk", "introduced", "estimate", "n", "N"]].values.tolist()
    [[2.0, 1.0, 0.5, 2.0, 3.0], [1.0, 0.0, 0.5, 2.0, 3.0]]
    """
    require_level(level)
    known = arrivals(reports, trusts, role)
    dated, undated = known["state"].eq("dated"), known["state"].eq("undated")
    used = known[~undated]
    if used.empty:
        raise InputError(f"No trust's answer says when {role} arrived, or that it hasn't: there is no curve to draw.")
    ends = used["arrived"].fillna(used["seen_on"])
    dates = sorted({*known.loc[dated, "arrived"], known["seen_on"].max()})
    curve = _turnbull_curve(known, dates, level) if undated.any() else _kaplan_meier_curve(used, dates, level)
    table = curve.assign(
        role=role,
        at_risk=[int((ends >= date).sum()) for date in dates],
        introduced=[int((used["arrived"] == date).sum()) for date in dates],
        undated=int(undated.sum()),
        n=len(known),
        N=len(trusts),
        **_curve_bounds(known, dates, len(trusts)),
    )
    return table[CURVE_COLUMNS]


def _kaplan_meier_curve(used: pd.DataFrame, dates: list[pd.Timestamp], level: float) -> pd.DataFrame:
    ends = used["arrived"].fillna(used["seen_on"])
    z = float(stats.norm.ppf((1 + level) / 2))
    without, greenwood = 1.0, 0.0
    rows: list[dict[str, Any]] = []
    for date in dates:
        at_risk, introduced = int((ends >= date).sum()), int((used["arrived"] == date).sum())
        if introduced:
            without *= 1 - introduced / at_risk
            greenwood += introduced / (at_risk * (at_risk - introduced)) if at_risk > introduced else np.inf
        low, high, note = _all_alike(used, date, 1 - without, level)
        if 0 < without < 1:
            half = z * np.sqrt(greenwood) / abs(np.log(without))
            low, high = 1 - without ** np.exp(-half), 1 - without ** np.exp(half)
        rows.append({"date": date, "estimate": 1 - without, "low": low, "high": high, "note": note})
    method = f"Kaplan-Meier, censored when a trust answered; log-log interval, {level:.0%}; no-assumption bounds"
    return pd.DataFrame(rows).assign(method=method)


def _turnbull_curve(known: pd.DataFrame, dates: list[pd.Timestamp], level: float) -> pd.DataFrame:
    def days(state: str, column: str) -> Floats:
        since = known.loc[known["state"].eq(state), column] - dates[0]
        return np.asarray(since / pd.Timedelta(days=1), dtype=np.float64)

    seen = Seen(days("dated", "arrived"), days("undated", "arrived_by"), days("not_reported", "seen_on"))
    times, shares = turnbull(seen)
    rows: list[dict[str, Any]] = []
    for date in dates:
        when = (date - dates[0]) / pd.Timedelta(days=1)
        estimate = min(float(shares[times <= when].sum()), 1.0)
        low, high, note = _all_alike(known, date, estimate, level)
        if not note:
            low, high = profile_interval(seen, when, level)
        rows.append({"date": date, "estimate": estimate, "low": low, "high": high, "note": note})
    method = "Turnbull's estimate, undated ones known by their report, others without it until they answered; profile "
    return pd.DataFrame(rows).assign(method=f"{method}likelihood interval, {level:.0%}; no-assumption bounds")


def _earliest(of_role: pd.DataFrame, reported: pd.Series) -> dict[str, Any]:
    """The state and dates of one trust's reports of one role."""
    spans: list[tuple[Any, Any]] = []
    for text, day in zip(of_role["introduced"], reported, strict=True):
        if pd.isna(text):
            spans.append((pd.NaT, day))
            continue
        try:
            first = pd.Timestamp(first_day(str(text)))
        except ValueError as error:
            raise InputError(
                f"'{text}' under introduced isn't a date. Write a year (2019), month (2019-04) or day."
            ) from error
        if first <= day:  # else still planned when it was reported
            spans.append((first, min(pd.Timestamp(earliest_and_latest(str(text))[1]), day)))
    known = [span for span in spans if not pd.isna(span[0])]
    if known:
        first, last = min(known)  # the earliest that it can have been
        return {"state": "dated", "arrived": first, "arrived_by": last}
    if spans:
        return {"state": "undated", "arrived": pd.NaT, "arrived_by": min(day for _, day in spans)}
    return {"state": "not_reported", "arrived": pd.NaT, "arrived_by": pd.NaT}


def _sure(known: pd.DataFrame, date: pd.Timestamp) -> tuple[int, int]:
    """How many trusts surely have the role on this day, and how many surely don't?"""
    having = known["arrived_by"] <= date
    lacking = (known["arrived"] > date) | (known["state"].eq("not_reported") & (known["seen_on"] >= date))
    return int(having.sum()), int(lacking.sum())


def _curve_bounds(known: pd.DataFrame, dates: list[pd.Timestamp], N: int) -> dict[str, list[float]]:
    sure = [_sure(known, date) for date in dates]
    return {"bound_low": [having / N for having, _ in sure], "bound_high": [1 - lacking / N for _, lacking in sure]}


def _all_alike(known: pd.DataFrame, date: pd.Timestamp, share: float, level: float) -> tuple[float, float, str]:
    """The interval of a share of 0 or 1, which no standard error has; a blank note for other shares."""
    if NOUGHT < share < 1 - NOUGHT:
        return np.nan, np.nan, ""
    counted = known.assign(
        arrived_by=known["arrived"].fillna(known["arrived_by"])
    )  # as the curve does: from the first day
    having, lacking = _sure(counted, date)
    low, high = clopper_pearson(having, having + lacking, level)
    some = (
        f"the {having + lacking} trusts known at this date"
        if having + lacking > 1
        else "the one trust known at this date"
    )
    return float(low), float(high), f"all trusts alike: exact binomial interval of {some}"


def adoption_curves_of(
    reports: pd.DataFrame, trusts: pd.DataFrame, roles: Sequence[str], level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """When did several roles arrive? The curves of `adoption_curve` under one another, and until when trusts were without.

    reports, trusts, level: as for `adoption_curve`. Dates and steps are those of single trusts: under a small-number rule
    show `newroles.overview.arrival_years` instead.

    Returns the curves, their intervals kept within what is possible (roles of which no report gives a date have no rows),
    and one row for each role and trust that answered without it: role, seen_on.

    Raises InputError as `arrivals` does.

    >>> from newroles.datasets import load_study
    >>> study = load_study("example_study")
    >>> held = study.reports.assign(role="care_navigator")
    >>> curves, without = adoption_curves_of(held, study.trusts, ["care_navigator"])
    >>> bool(curves["estimate"].is_monotonic_increasing), list(without.columns)
    (True, ['role', 'seen_on'])
    """
    curves, without = [], []
    for role in roles:
        found = arrivals(reports, trusts, role)
        if not found["state"].eq("dated").any():
            continue
        curve = adoption_curve(reports, trusts, role, level)
        curve["low"] = curve["low"].clip(lower=curve["bound_low"])
        curve["high"] = curve["high"].clip(upper=curve["bound_high"])
        curves.append(curve)
        without.append(found.loc[found["state"].eq("not_reported"), ["seen_on"]].assign(role=role))
    no_curve = pd.DataFrame(columns=["role", "date", "introduced", "estimate", "low", "high", "undated", "n", "N"])
    no_trust = pd.DataFrame({"role": pd.Series(dtype="str"), "seen_on": pd.Series(dtype="datetime64[us]")})
    together = pd.concat(curves, ignore_index=True) if curves else no_curve
    return together, pd.concat(without, ignore_index=True)[["role", "seen_on"]] if without else no_trust

"""When roles arrived: curves of adoption from partial dates, for trusts known only until they answered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.datasets.dates import first_day
from newroles.datasets.intervals import clopper_pearson
from newroles.errors import InputError
from newroles.overview.adoption import adopters
from newroles.overview.intervals import require_level
from newroles.roles.register import earliest_and_latest

ARRIVAL_COLUMNS = ["trust", "state", "arrived", "arrived_by", "seen_on"]


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
    Dates known only to a year or month count from their first day. Reports without a date are left out of the estimate,
    and counted.

    reports, trusts: see `arrivals`. Returns one row for each date on which a trust introduced the role, and for the
    last report of the study: role, date, at_risk (trusts known to be without it just before), introduced (on that
    date), estimate, low, high (share of trusts, 0-1: one less the Kaplan-Meier estimate; log-log interval from
    Greenwood's variance, without finite-population correction, so rather wide), bound_low, bound_high (share of all N
    trusts, whatever those did that didn't answer, gave no date or answered before), undated (trusts that report the
    role without a date), n (trusts answered), N (in the frame), method, note.

    Raises InputError as `arrivals` does, and when every answer reports the role without a date.

    Source: Kaplan and Meier (1958), JASA 53: 457-481; Kalbfleisch and Prentice (2002) (interval). As statsmodels'
    SurvfuncRight.

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
    z, N = float(stats.norm.ppf((1 + level) / 2)), len(trusts)
    without, greenwood = 1.0, 0.0
    rows: list[dict[str, Any]] = []
    for date in dates:
        at_risk = int((ends >= date).sum())
        introduced = int((used["arrived"] == date).sum())
        if introduced:
            without *= 1 - introduced / at_risk
            greenwood += introduced / (at_risk * (at_risk - introduced)) if at_risk > introduced else np.inf
        low, high, note = _interval(without, greenwood, len(used), z, level)
        rows.append(
            {"role": role, "date": date, "at_risk": at_risk, "introduced": introduced, "estimate": 1 - without}
            | {"low": low, "high": high, **_curve_bounds(known, date, N), "note": note}
        )
    table = pd.DataFrame(rows).assign(undated=int(undated.sum()), n=len(known), N=N)
    table["method"] = (
        f"Kaplan-Meier, censored when a trust answered; log-log interval, {level:.0%}; no-assumption bounds"
    )
    return table[[c for c in table.columns if c != "note"] + ["note"]]


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


def _curve_bounds(known: pd.DataFrame, date: pd.Timestamp, N: int) -> dict[str, float]:
    surely_with = known["arrived_by"] <= date
    surely_without = (known["arrived"] > date) | (known["state"].eq("not_reported") & (known["seen_on"] >= date))
    return {"bound_low": float(surely_with.sum()) / N, "bound_high": 1 - float(surely_without.sum()) / N}


def _interval(without: float, greenwood: float, n: int, z: float, level: float) -> tuple[float, float, str]:
    if 0 < without < 1:
        half = z * np.sqrt(greenwood) / abs(np.log(without))
        return 1 - without ** np.exp(-half), 1 - without ** np.exp(half), ""
    low, high = clopper_pearson(0 if without == 1 else n, n, level)
    return float(low), float(high), "all trusts alike: exact binomial interval"

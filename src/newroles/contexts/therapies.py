"""Talking therapies: does the share that recovers go with a provider's size and with how many finish? Eight years."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

NEEDED = ("provider", "year", "referrals", "finished_treatment", "finished_per_referral", "recovery_share")


@dataclass(frozen=True, eq=False)
class TherapiesPanel:
    """Talking therapies providers over the years.

    - rows: one row per provider and year: provider, year, size_doublings (log2 of referrals), finished_tens (finished
      per referral, in tenths, so that 1 is ten percentage points), recovery, improvement (percentage points), referrals, finished_treatment,
      years (how many the provider has here);
    - exclusions: one row per reason: reason, provider_years, providers (that lose a year by it), applied in this order.
    """

    rows: pd.DataFrame = field(repr=False)
    exclusions: pd.DataFrame = field(repr=False)


def therapies_panel(talking_therapies: pd.DataFrame, least_referrals: int = 200) -> TherapiesPanel:
    """Which providers and years of talking therapies can be compared, and which fall out, and why?

    `talking_therapies`: the open table of this name (one row per provider and year). `least_referrals`: in the year.

    Small counts are suppressed and all are rounded to 5 at the source; nothing more is hidden here. A year in which more
    finished than were referred tells of a service that moved or of reporting, and is left out.

    Returns TherapiesPanel. Raises InputError for a missing column, or when nothing remains.

    >>> from newroles.datasets import load_open
    >>> panel = therapies_panel(load_open("talking_therapies"))
    >>> panel.rows["year"].nunique(), len(panel.exclusions)
    (8, 3)
    """
    for name in NEEDED:
        if name not in talking_therapies.columns:
            raise InputError(f"There is no column '{name}'. {did_you_mean(name, map(str, talking_therapies.columns))}")
    rows = talking_therapies
    rules = {
        "a count or share is suppressed or not published": ~rows[list(NEEDED)].isna().any(axis=1),
        f"fewer than {least_referrals} referrals in the year": rows["referrals"]
        .ge(least_referrals)
        .fillna(False)
        .astype(bool),
        "more finished than were referred in the year": rows["finished_per_referral"].le(1).fillna(False).astype(bool),
    }
    out, kept = [], pd.Series(True, index=rows.index)
    for reason, passes in rules.items():
        lost = rows[kept & ~passes]
        out.append({"reason": reason, "provider_years": len(lost), "providers": lost["provider"].nunique()})
        kept &= passes
    rows = rows[kept]
    if rows.empty:
        raise InputError("No provider and year is left to compare: ask for fewer referrals.")
    made = pd.DataFrame(
        {
            "provider": rows["provider"],
            "year": rows["year"],
            "size_doublings": np.log2(rows["referrals"].astype(float)),
            "finished_tens": rows["finished_per_referral"] / 0.1,
            "recovery": 100 * rows["recovery_share"],
            "improvement": 100 * rows["improvement_share"],
            "referrals": rows["referrals"].astype(int),
            "finished_treatment": rows["finished_treatment"].astype(int),
        }
    )
    made["years"] = made.groupby("provider")["year"].transform("size")
    return TherapiesPanel(made.sort_values(["provider", "year"], ignore_index=True), pd.DataFrame(out))


def yearly_spread(talking_therapies: pd.DataFrame, measure: str = "recovery_share") -> pd.DataFrame:
    """How did a share run over the years, in England and in the middle half of providers?

    `talking_therapies`: the open table. `measure`: recovery_share or improvement_share.

    Returns one row per year: year, england (0-1; as published, from each provider's difference to it), low, middle, high (lower
    quartile, median and upper quartile of providers with a known share), n (providers), referrals (of all providers),
    finished_treatment, method.

    Raises InputError for another measure, or providers that disagree about England's share in a year.

    >>> from newroles.datasets import load_open
    >>> yearly_spread(load_open("talking_therapies"))[["year", "england"]].round(3).values.tolist()[0]
    ['2017-18', 0.508]
    """
    against = f"{measure.removesuffix('_share')}_difference"
    for name in (measure, against):
        if name not in talking_therapies.columns:
            raise InputError(f"There is no column '{name}'. {did_you_mean(name, map(str, talking_therapies.columns))}")
    known = talking_therapies.dropna(subset=[measure, against])
    england = known[measure] - known[against]
    spread = england.groupby(known["year"]).agg(["min", "max"])
    apart = spread.index[(spread["max"] - spread["min"]) > 0.001]
    if len(apart):
        raise InputError(f"{measure}: providers disagree about England's share in {apart[0]}.")
    by_year = known.groupby("year")[measure]
    sums = talking_therapies.groupby("year")[["referrals", "finished_treatment"]].sum().astype(int)
    made = {"england": england.groupby(known["year"]).median(), "low": by_year.quantile(0.25)}
    made |= {"middle": by_year.median(), "high": by_year.quantile(0.75), "n": by_year.size()}
    table = pd.DataFrame(made).join(sums).reset_index()
    return table.assign(method="as published; quartiles of providers")

"""Kinds of organisation that run mental health services: what they are, and what published and open tables say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

FEWEST = 5  # a median of fewer trusts says more of one of them than of the type

MEASURES: Mapping[str, str] = {
    "support_share": "Support staff, share of full-time equivalents (June 2018)",
    "burnt_out_often_share": "Often or always burnt out (staff survey)",
    "autonomy_share": "Have autonomy in their work (staff survey)",
    "valued_by_team_share": "Feel valued by their team (staff survey)",
    "enough_staff_share": "Say there are enough staff (staff survey)",
    "work_stress_share": "Unwell from work-related stress (staff survey)",
    "sickness_share": "Days lost to sickness (April 2024 to March 2025)",
}
"""Columns of the open table trust_measures that are shown for a type of trust, in words."""

WHAT_THEY_ARE: Mapping[str, str] = {
    "nhs": "NHS organisations that provide mental health services: most are NHS mental health trusts, some of which also run "
    "community services; a few are trusts of another type with mental health services.",
    "vcse": "Charities, social enterprises and community groups that provide mental health services or employ staff in them, "
    "often under contract to an NHS organisation. Lived experience roles began here.",
    "independent": "Companies and other private bodies that provide mental health care, much of it paid for by the NHS.",
    "local_authority": "Councils, which employ social workers and other staff of mental health services.",
}
"""What an organisation of each sector is, in our words."""

_PUBLISHED: Mapping[str, tuple[str, ...]] = {
    "nhs": (
        "mental health trusts in the study",
        "mental health trusts in the psychiatrists' census",
        "nurses in mental health trusts",
        "doctors in mental health trusts",
        "mental health trusts that answered",
        "children and young people's mental health: NHS",
    ),
    "vcse": ("children and young people's mental health: voluntary sector",),
    "independent": ("children and young people's mental health: independent sector",),
    "local_authority": ("children and young people's mental health: local authorities",),
}

_MEASURES_IN_WORDS = {"wte": "Whole-time equivalents"}


def measure_in_words(row: Mapping[Any, Any]) -> str:
    """What does a row of workforce_trends count, and of whom?

    >>> measure_in_words({"measure": "wte", "group": "voluntary sector"})
    'Whole-time equivalents: voluntary sector'
    """
    measure = str(row["measure"])
    words = _MEASURES_IN_WORDS.get(measure) or measure.replace("_", " ").capitalize().replace("nhs", "NHS")
    return f"{words}: {row['group']}"


def published_about(sector: str, workforce_trends: pd.DataFrame) -> pd.DataFrame:
    """Which published numbers are about organisations of this sector?

    workforce_trends: the published table of that name. Returns its rows for the sector, in the order of the table.

    >>> from newroles.datasets import load_published
    >>> published_about("vcse", load_published("workforce_trends"))["value"].tolist()
    [1497.0, 0.07]
    """
    return workforce_trends[workforce_trends["group"].isin(_PUBLISHED[sector])].reset_index(drop=True)


def staff_by_type(trusts: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """What do open data say of the staff of each type of NHS trust?

    trusts: the open table mental_health_trusts; measures: trust_measures. Staff groups count only where the trust's total
    is comparable between their two dates.
    Returns one row for each type and measure that at least five trusts have: organisation_type, measure (in words), median,
    quarter_low and quarter_high (a quarter of the trusts lie below, a quarter above), n (trusts), trusts (of that type).

    >>> from newroles.datasets import load_open
    >>> table = staff_by_type(load_open("mental_health_trusts"), load_open("trust_measures"))
    >>> table["organisation_type"].unique().tolist(), bool((table["quarter_low"] <= table["median"]).all())
    (['mental health trust'], True)
    """
    joined = trusts[["trust", "organisation_type"]].merge(measures, on="trust", validate="one_to_one")
    joined["support_share"] = joined["support_share"].where(joined["staff_groups_comparable"].eq(True).fillna(False))
    rows = []
    for kind, of_kind in joined.groupby("organisation_type", sort=False):
        for column, words in MEASURES.items():
            values = of_kind[column].dropna()
            if len(values) >= FEWEST:
                low, middle, high = values.quantile([0.25, 0.5, 0.75])
                rows.append([kind, words, middle, low, high, len(values), len(of_kind)])
    columns = ["organisation_type", "measure", "median", "quarter_low", "quarter_high", "n", "trusts"]
    return pd.DataFrame(rows, columns=columns)

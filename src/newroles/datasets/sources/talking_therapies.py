"""NHS Talking Therapies by provider and year: outcomes as shares of our own reckoning, against England."""

from __future__ import annotations

import pandas as pd

from newroles.datasets.intervals import wilson
from newroles.datasets.sources import files
from newroles.datasets.sources.tables import OGL, OGL_SENTENCE, Column, OpenTable
from newroles.datasets.sources.trusts import link_to_trusts


def talking_therapies(therapies: pd.DataFrame, providers: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """How do providers of talking therapies do, year by year, against England, and which are mental health trusts?

    One row per provider and year. Shares are recomputed from counts: recovery among those at caseness when treatment
    began, reliable improvement and reliable recovery likewise by the service's own definitions (see the columns).
    """
    england = _shares(therapies.loc[therapies["org_type"] == "England"]).set_index("reporting_period")
    rows = therapies.loc[therapies["org_type"] == "Provider"]
    rows = rows.sort_values(["reporting_period", "org_code", "org_name"]).drop_duplicates(
        ["reporting_period", "org_code"]
    )
    table = link_to_trusts(_shares(rows), trusts["ods_code"])
    of_provider = providers.set_index("org_code")
    table["provider"], table["year"] = table["org_code"], table["reporting_period"]
    table["provider_name"] = table["provider"].map(of_provider["org_name"])
    home = trusts.set_index("ods_code")["nhser_name"]
    table["region"] = table["provider"].map(of_provider["region_name"]).fillna(table["trust"].map(home))
    table["referrals"], table["finished_treatment"] = (
        table["referrals_received_count"],
        table["finished_course_treatment_count"],
    )
    table["recovery_low"], table["recovery_high"] = wilson(table["recovery_share"], table["caseness"])
    table["recovery_difference"] = table["recovery_share"] - table["year"].map(england["recovery_share"])
    table["improvement_difference"] = table["improvement_share"] - table["year"].map(england["improvement_share"])
    table["years_present"] = table.groupby("provider")["year"].transform("nunique")
    return table.sort_values(["provider", "year"], ignore_index=True)[[column.name for column in _COLUMNS]]


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds shares to counts: `caseness` is those who finished treatment and had been at caseness when it began."""
    finished = rows["finished_course_treatment_count"]
    caseness = (finished - rows["not_at_caseness_count"]).fillna(rows["at_caseness_count"])
    return rows.assign(
        caseness=caseness,
        finished_per_referral=finished / rows["referrals_received_count"],
        recovery_share=rows["recovery_count"] / caseness,
        improvement_share=rows["improvement_count"] / finished,
        reliable_recovery_share=rows["reliable_recovery_count"] / caseness,
    )


_COLUMNS = (
    Column("provider", "string", "Code of the provider."),
    Column("provider_name", "string", "Name of the provider in the list of providers."),
    Column(
        "region",
        "string",
        "NHS England region of the provider; where the list of providers has none, of the trust that runs it.",
    ),
    Column("year", "string", "Financial year, such as 2024-25."),
    Column("referrals", "integer", "Referrals received in the year (published to the nearest 5).", "referrals"),
    Column("finished_treatment", "integer", "Referrals that finished a course of treatment in the year.", "referrals"),
    Column(
        "finished_per_referral",
        "number",
        "finished_treatment over referrals of the same year; not a cohort, so it can exceed 1.",
        "ratio",
    ),
    Column(
        "recovery_share",
        "number",
        "Recovered, of those who finished treatment and were at caseness when it began.",
        "0-1",
    ),
    Column("recovery_low", "number", "Low end of the Wilson 95% interval of recovery_share.", "0-1"),
    Column("recovery_high", "number", "High end of the Wilson 95% interval of recovery_share.", "0-1"),
    Column("recovery_difference", "number", "recovery_share minus England's in the year.", "share points"),
    Column("improvement_share", "number", "Reliably improved, of those who finished treatment.", "0-1"),
    Column("improvement_difference", "number", "improvement_share minus England's in the year.", "share points"),
    Column(
        "reliable_recovery_share",
        "number",
        "Reliably recovered, of those who finished treatment and were at caseness when it began.",
        "0-1",
    ),
    Column("years_present", "integer", "Years, of eight, that hold the provider.", "years"),
    Column("trust", "string", "Mental health trust that runs it, as far as the code tells (see mental_health_trusts)."),
    Column("trust_link", "string", "own code, or site code (the trust's code begins it); blank for other providers."),
)

TABLES = (
    OpenTable(
        name="talking_therapies",
        title="NHS Talking Therapies by provider, 2017-18 to 2024-25",
        builder=talking_therapies,
        inputs={"therapies": files.TALKING_THERAPIES, "providers": files.THERAPY_PROVIDERS, "trusts": files.TRUST_LIST},
        one_row_is="one provider in one financial year",
        period="2017-04 to 2025-03",
        place="England",
        source=(
            {
                "name": "NHS Talking Therapies (IAPT) annual reports, NHS England, as collected by the package nhstt",
                "url": "https://github.com/bennettoxford/nhstt",
            },
        ),
        licence=f"{OGL}; collected by nhstt (MIT, (c) 2025 nhstt authors)",
        attribution=(
            f"{OGL_SENTENCE} NHS Talking Therapies annual reports, NHS England; "
            "collected by nhstt (MIT, (c) 2025 nhstt authors)."
        ),
        columns=_COLUMNS,
        known_problems=(
            (
                "Counts are published to the nearest 5 and small ones are suppressed, so shares of small "
                "providers are rough or blank."
            ),
            "Where the number not at caseness is suppressed, the published number at caseness is the denominator.",
            "A provider that was published twice in a year under two names (TAF90 in 2023-24) is kept once.",
            (
                "The published tables differ in who was seen and how many sessions they had; a difference from "
                "England is not a rank of quality."
            ),
        ),
    ),
)

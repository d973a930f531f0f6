"""Sickness absence and staff groups of mental health trusts, and one wide table of each trust's latest measures."""

from __future__ import annotations

import pandas as pd

from newroles.datasets.sources import files
from newroles.datasets.sources.staff_survey import staff_survey
from newroles.datasets.sources.tables import OGL, OGL_SENTENCE, Column, OpenTable
from newroles.datasets.sources.trusts import TABLES as TRUST_TABLES
from newroles.datasets.sources.trusts import mental_health_trusts

FINANCIAL_YEAR = "2024-25"
BEFORE, AFTER = "2017-SEP", "2018-JUN"
MERGED_WHEN_CHANGED_BY = 0.15

STAFF_GROUPS = {
    "HCHS doctors": "doctors",
    "Nurses & health visitors": "nurses_and_health_visitors",
    "Midwives": "midwives",
    "Ambulance staff": "ambulance_staff",
    "Scientific, therapeutic & technical staff": "scientific_therapeutic_technical",
    "Support to doctors, nurses & midwives": "support_to_doctors_and_nurses",
    "Support to ST&T staff": "support_to_therapeutic_technical",
    "Support to ambulance staff": "support_to_ambulance_staff",
    "Central functions": "central_functions",
    "Hotel, property & estates": "property_and_estates",
    "Managers": "managers",
    "Senior managers": "senior_managers",
    "Unknown": "not_known",
}
PROFESSIONAL = (
    "doctors",
    "nurses_and_health_visitors",
    "midwives",
    "ambulance_staff",
    "scientific_therapeutic_technical",
)
SUPPORT = ("support_to_doctors_and_nurses", "support_to_therapeutic_technical", "support_to_ambulance_staff")
RATIOS = {
    "professional_to_support": (PROFESSIONAL, SUPPORT),
    "nurses_to_support": (("nurses_and_health_visitors", "midwives"), ("support_to_doctors_and_nurses",)),
    "therapists_to_support": (("scientific_therapeutic_technical",), ("support_to_therapeutic_technical",)),
}


def sickness_absence(sickness: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """What share of working days was lost to sickness in each mental health trust, by quarter and over the year?

    One row per trust and period (four quarters and the whole financial year). `sector_share` is all days lost over all
    days available in the trusts of the list in that period.
    """
    ours = sickness.loc[sickness["ORG_CODE"].isin(trusts["ods_code"])]
    month = ours["month"].str[5:7].astype(int)
    quarter = "Q" + (((month - 4) % 12) // 3 + 1).astype(str)
    by_quarter = ours.assign(period=FINANCIAL_YEAR + " " + quarter)
    periods = pd.concat([by_quarter, ours.assign(period=FINANCIAL_YEAR)], ignore_index=True)
    table = (
        periods.groupby(["ORG_CODE", "period"])
        .agg(
            months=("month", "nunique"),
            days_lost=("FTE_DAYS_LOST", "sum"),
            days_available=("FTE_DAYS_AVAILABLE", "sum"),
        )
        .reset_index(names=["trust", "period"])
    )
    table["share"] = table["days_lost"] / table["days_available"]
    of_period = table.groupby("period")
    table["sector_share"] = of_period["days_lost"].transform("sum") / of_period["days_available"].transform("sum")
    table["difference"] = table["share"] - table["sector_share"]
    for days in ("days_lost", "days_available"):
        table[days] = table[days].round()
    return table.sort_values(["trust", "period"], ignore_index=True)


def fte_by_group(staff: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """Full-time equivalents of each trust and staff group at two dates, before and after; absent groups are 0."""
    ours = staff.loc[staff["Organisation code"].isin(trusts["ods_code"])]
    ours = ours.assign(trust=ours["Organisation code"], staff_group=ours["Staff group"].map(STAFF_GROUPS))
    wide = ours.pivot_table(
        index=["trust", "staff_group"], columns="Month", values="FTE", aggfunc="sum", fill_value=0.0
    )
    return wide.rename(columns={BEFORE: "before", AFTER: "after"})[["before", "after"]].reset_index()


def staff_groups(staff: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """What share of each trust's staff is in each staff group, and how did it change over nine months?

    One row per trust and staff group present at either date.
    """
    table = fte_by_group(staff, trusts)
    totals = table.groupby("trust")[["before", "after"]].transform("sum")
    table["share_2017"] = table["before"] / totals["before"]
    table["share_2018"] = table["after"] / totals["after"]
    table["change_points"] = 100 * (table["share_2018"] - table["share_2017"])
    table["fte_2017"], table["fte_2018"] = table["before"].round(), table["after"].round()
    table["sector_share_2018"] = table.groupby("staff_group")["after"].transform("sum") / table["after"].sum()
    table["comparable"] = table["trust"].map(comparable(table))
    order = {group: place for place, group in enumerate(STAFF_GROUPS.values())}
    table["place"] = table["staff_group"].map(order)
    return table.sort_values(["trust", "place"], ignore_index=True)[[column.name for column in _GROUP_COLUMNS]]


def comparable(fte: pd.DataFrame) -> pd.Series:
    """Whether each trust is much the same size at both dates; a larger change is a merger or a transfer, not growth."""
    totals = fte.groupby("trust")[["before", "after"]].sum()
    return (totals["after"] / totals["before"] - 1).abs() <= MERGED_WHEN_CHANGED_BY


def staff_ratios(staff: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """How many professional staff stand beside each support worker, trust by trust, and did that change?

    One row per trust and ratio (of full-time equivalents); blank where there is no support staff.
    """
    fte = fte_by_group(staff, trusts)
    same = comparable(fte)
    parts = []
    for ratio, (above, below) in RATIOS.items():
        over = fte.loc[fte["staff_group"].isin(above)].groupby("trust")[["before", "after"]].sum()
        under = fte.loc[fte["staff_group"].isin(below)].groupby("trust")[["before", "after"]].sum()
        values = over / under.where(under > 0)
        part = pd.DataFrame({"ratio": ratio, "value_2017": values["before"], "value_2018": values["after"]})
        part["change"] = part["value_2018"] - part["value_2017"]
        part["sector_value_2018"] = over["after"].sum() / under["after"].sum()
        part["comparable"] = same
        parts.append(part.rename_axis("trust").reset_index())
    return pd.concat(parts).sort_values(["trust", "ratio"], ignore_index=True)


def trust_measures(
    trusts: pd.DataFrame,
    boards: pd.DataFrame,
    survey: pd.DataFrame,
    sickness: pd.DataFrame,
    staff: pd.DataFrame,
    therapies: pd.DataFrame,
) -> pd.DataFrame:
    """What do we know of each mental health trust, latest first, in one row? For maps and models of context.

    One row a trust: the latest survey year, sickness absence over 2024-25, staff groups of June 2018. Blank: not known.
    """
    known = mental_health_trusts(trusts, boards, survey, sickness, staff, therapies)
    table = known[["trust", "name", "region", "board", "tables_covered"]].set_index("trust")
    asked = staff_survey(survey).set_index(["trust", "year"])
    table["survey_year"] = asked.reset_index().groupby("trust")["year"].max()
    for measure in ("burnt_out_often", "autonomy", "valued_by_team", "enough_staff", "work_stress"):
        shares = asked.loc[asked["measure"] == measure].pivot_table(index="trust", columns="year", values="share")
        latest = shares.ffill(axis=1).iloc[:, -1]
        table[f"{measure}_share"] = latest
        if measure == "burnt_out_often":
            table["burnt_out_change_points"] = 100 * (latest - shares[shares.columns.min()])
    absence = sickness_absence(sickness, trusts).query("period == @FINANCIAL_YEAR").set_index("trust")
    table["sickness_share"], table["absence_months"] = absence["share"], absence["months"]
    groups = staff_groups(staff, trusts)
    support = groups.loc[groups["staff_group"].isin(SUPPORT)].groupby("trust")[["share_2018", "change_points"]].sum()
    table["support_share"] = support["share_2018"]
    table["support_change_points"] = support["change_points"]
    ratios = staff_ratios(staff, trusts).query("ratio == 'professional_to_support'").set_index("trust")
    table["professional_to_support"] = ratios["value_2018"]
    table["staff_groups_comparable"] = ratios["comparable"].reindex(table.index).astype("boolean")
    return table.reset_index()[[column.name for column in _MEASURE_COLUMNS]]


_TRUST = Column("trust", "string", "ODS code of the trust (see mental_health_trusts).")
_COMPARABLE = (
    "Whether the trust's total changed by at most 15% between the dates; otherwise services moved between trusts."
)
_GROUP_COLUMNS = (
    _TRUST,
    Column("staff_group", "string", "Broad staff group of the workforce statistics, in our words."),
    Column("share_2017", "number", "Share of the trust's full-time equivalents, 30 September 2017.", "0-1"),
    Column("share_2018", "number", "Share of the trust's full-time equivalents, 30 June 2018.", "0-1"),
    Column("change_points", "number", "share_2018 minus share_2017.", "percentage points", 2),
    Column("fte_2017", "integer", "Full-time equivalents in September 2017, rounded.", "full-time equivalents"),
    Column("fte_2018", "integer", "Full-time equivalents in June 2018, rounded.", "full-time equivalents"),
    Column("sector_share_2018", "number", "The group's share of all staff of the 50 trusts, June 2018.", "0-1"),
    Column("comparable", "boolean", _COMPARABLE),
)
_MEASURE_COLUMNS = (
    _TRUST,
    Column("name", "string", "Name of the trust."),
    Column("region", "string", "NHS England region."),
    Column("board", "string", "Code of the integrated care board."),
    Column("tables_covered", "integer", "How many of the four trust tables hold it.", "tables"),
    Column("survey_year", "integer", "Latest year of the staff survey that holds the trust.", "year"),
    Column("burnt_out_often_share", "number", "Staff who often or always feel burnt out, latest year.", "0-1"),
    Column("burnt_out_change_points", "number", "That share minus the trust's share in 2021.", "percentage points", 2),
    Column("autonomy_share", "number", "Staff with autonomy in their work (Q3f), latest year.", "0-1"),
    Column("valued_by_team_share", "number", "Staff who feel valued by their team, latest year.", "0-1"),
    Column("enough_staff_share", "number", "Staff who say there are enough staff, latest year.", "0-1"),
    Column("work_stress_share", "number", "Staff unwell from work-related stress, latest year.", "0-1"),
    Column("sickness_share", "number", "Days lost to sickness over days available, April 2024 to March 2025.", "0-1"),
    Column("absence_months", "integer", "Months of that year that hold the trust.", "months"),
    Column("support_share", "number", "Share of full-time equivalents in the three support groups, June 2018.", "0-1"),
    Column("support_change_points", "number", "That share minus the one of September 2017.", "percentage points", 2),
    Column(
        "professional_to_support",
        "number",
        "Professional clinical staff for each support worker, June 2018.",
        "ratio",
        2,
    ),
    Column("staff_groups_comparable", "boolean", _COMPARABLE),
)
_HCHS_SOURCE = {
    "name": "HCHS staff by staff group, nationality and organisation (AH2324), NHS Digital, as kept by TechForUK/my_eu",
    "url": "https://github.com/TechForUK/my_eu",
}
_SICKNESS_SOURCE = {
    "name": "NHS Sickness Absence Rates, NHS England, monthly files of April 2024 to March 2025",
    "url": "https://digital.nhs.uk/data-and-information/publications/statistical/nhs-sickness-absence-rates",
}
_HCHS_ATTRIBUTION = (
    f"{OGL_SENTENCE} HCHS workforce statistics, (c) 2018 Health and Social Care Information Centre (NHS Digital)."
)
_HCHS_PROBLEMS = (
    (
        "Full-time equivalents were adjusted by the publisher against disclosure; a group absent at a date is "
        "taken as none."
    ),
    (
        "Thirteen broad groups only: new roles are not told apart, and scientific, therapeutic and technical "
        "staff are not all registered."
    ),
    (
        "Codes of 2017 and 2018: mergers since have joined trusts (RRE and RW4 already grew by transfer between "
        "the two dates)."
    ),
)
_INPUTS = TRUST_TABLES[0].inputs

TABLES = (
    OpenTable(
        name="sickness_absence",
        title="Sickness absence in mental health trusts, 2024-25, by quarter",
        builder=sickness_absence,
        inputs={"sickness": files.SICKNESS, "trusts": files.TRUST_LIST},
        one_row_is="one trust in one quarter or in the whole financial year",
        period="2024-04 to 2025-03",
        place="England",
        source=(_SICKNESS_SOURCE,),
        licence=OGL,
        attribution=f"{OGL_SENTENCE} NHS Sickness Absence Rates, NHS England.",
        columns=(
            _TRUST,
            Column("period", "string", "Financial year 2024-25, or one of its quarters (Q1 is April to June)."),
            Column(
                "months",
                "integer",
                "Months of the period that hold the trust; fewer than 3 or 12 where a trust opened or closed.",
                "months",
            ),
            Column("days_lost", "integer", "Full-time equivalent days lost to sickness, rounded.", "days"),
            Column("days_available", "integer", "Full-time equivalent days available, rounded.", "days"),
            Column("share", "number", "Days lost over days available (before rounding).", "0-1"),
            Column(
                "sector_share",
                "number",
                "Days lost over days available in all trusts of the table in the period.",
                "0-1",
            ),
            Column("difference", "number", "share minus sector_share.", "share points"),
        ),
        known_problems=(
            "All staff of a trust; no staff group or reason for absence.",
            (
                "RRP and TAF end in October 2024 and G6V2S begins in November; R1C ends in September 2024: "
                "compare by months."
            ),
            (
                "R1A and R1C are typed as community provider trusts in the source and are kept here because the "
                "staff survey counts them with mental health."
            ),
        ),
    ),
    OpenTable(
        name="staff_groups",
        title="Staff groups of mental health trusts, September 2017 and June 2018",
        builder=staff_groups,
        inputs={"staff": files.STAFF_GROUPS, "trusts": files.TRUST_LIST},
        one_row_is="one staff group of one trust",
        period="2017-09 and 2018-06",
        place="England",
        source=(_HCHS_SOURCE,),
        licence=OGL,
        attribution=_HCHS_ATTRIBUTION,
        columns=_GROUP_COLUMNS,
        known_problems=_HCHS_PROBLEMS,
    ),
    OpenTable(
        name="staff_ratios",
        title="Professional staff to support staff in mental health trusts, 2017 and 2018",
        builder=staff_ratios,
        inputs={"staff": files.STAFF_GROUPS, "trusts": files.TRUST_LIST},
        one_row_is="one ratio of one trust",
        period="2017-09 and 2018-06",
        place="England",
        source=(_HCHS_SOURCE,),
        licence=OGL,
        attribution=_HCHS_ATTRIBUTION,
        columns=(
            _TRUST,
            Column(
                "ratio",
                "string",
                "professional_to_support: doctors, nurses, midwives, ambulance, scientific, therapeutic and "
                "technical staff over the three support groups; "
                "nurses_to_support: nurses, health visitors and midwives over support to doctors and nurses; "
                "therapists_to_support: scientific, therapeutic and technical staff over support to them.",
            ),
            Column("value_2017", "number", "Ratio in September 2017.", "ratio", 2),
            Column("value_2018", "number", "Ratio in June 2018.", "ratio", 2),
            Column("change", "number", "value_2018 minus value_2017.", "ratio", 2),
            Column("sector_value_2018", "number", "The ratio over all 50 trusts together, June 2018.", "ratio", 2),
            Column("comparable", "boolean", _COMPARABLE),
        ),
        known_problems=_HCHS_PROBLEMS,
    ),
    OpenTable(
        name="trust_measures",
        title="Latest measures of each mental health trust",
        builder=trust_measures,
        inputs=_INPUTS,
        one_row_is="one mental health trust, with the latest of each measure",
        period="2018-06 (staff groups), 2024 (staff survey; 2023 for R1F3), 2024-04 to 2025-03 (sickness absence)",
        place="England",
        source=(
            {
                "name": "NHS Staff Survey results, NHS England",
                "url": "https://www.nhsstaffsurveys.com/results/results-archive/",
            },
            _SICKNESS_SOURCE,
            _HCHS_SOURCE,
        ),
        licence=OGL,
        attribution=f"{_HCHS_ATTRIBUTION} NHS Staff Survey and NHS Sickness Absence Rates, NHS England.",
        columns=_MEASURE_COLUMNS,
        known_problems=(
            (
                "The measures are of different years, six or more apart: staff groups are no cause of later "
                "survey results."
            ),
            "See staff_survey, sickness_absence, staff_groups and staff_ratios for what each measure can't tell.",
        ),
    ),
)

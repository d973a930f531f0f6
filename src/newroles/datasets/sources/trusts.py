"""Mental health trusts of England: which they are, where they lie, and which open tables know them."""

from __future__ import annotations

import pandas as pd

from newroles.datasets.sources import files
from newroles.datasets.sources.tables import OGL, OGL_SENTENCE, Column, OpenTable

REGIONS = (
    *("North East and Yorkshire", "North West", "Midlands", "East of England"),
    *("London", "South East", "South West"),
)

SECTOR_OF_ACUTE_TRUST = {"R1F3": "mental health sector of an acute trust"}

NOTES = {
    "G6V2S": "Replaced RRP and TAF in November 2024.",
    "RRP": "Replaced by G6V2S in November 2024.",
    "TAF": "Replaced by G6V2S in November 2024.",
    "R1A": "Typed as a community provider trust in the sickness absence file.",
    "R1C": "Typed as a community provider trust in the sickness absence file, which holds it to September 2024 only.",
    "R1F3": (
        "The mental health sector of an acute trust: has a staff survey result of its own to 2023 and nothing else."
    ),
    "RW1": "Called Southern Health NHS Foundation Trust in the sickness absence file until September 2024.",
    "TAJ": "Called Black Country Partnership NHS Foundation Trust in the staff group file.",
}
SUCCESSORS = {"RRP": "G6V2S", "TAF": "G6V2S"}


def mental_health_trusts(
    trusts: pd.DataFrame,
    boards: pd.DataFrame,
    survey: pd.DataFrame,
    sickness: pd.DataFrame,
    staff: pd.DataFrame,
    therapies: pd.DataFrame,
) -> pd.DataFrame:
    """Which organisations are the mental health trusts of England, where are they, and which open tables know them?

    One row a trust (ODS code). A board or region that the list leaves blank is filled from the staff survey's latest
    board name, looked up among the integrated care boards; `filled` says which cells were filled.
    """
    board_names = boards.assign(short=short_board_name(boards["icb_name"])).set_index("icb_ods_code")
    table = pd.DataFrame({"trust": trusts["ods_code"], "name": trusts["name"], "board": trusts["icb_code"]})
    from_survey = board_from_survey(survey, boards)
    no_board = table["board"].isna()
    table["board"] = table["board"].fillna(table["trust"].map(from_survey))
    table["board_name"] = table["board"].map(board_names["short"])
    given_region = trusts["nhser_name"].where(trusts["nhser_name"].isin(REGIONS))
    table["region"] = given_region.fillna(table["board"].map(board_names["nhser_name"]))
    no_region = given_region.isna()
    table["filled"] = [
        "; ".join(name for name, blank in (("board", b), ("region", r)) if blank) or pd.NA
        for b, r in zip(no_board, no_region, strict=True)
    ]
    table["organisation_type"] = (
        table["trust"].map(organisation_types(sickness)).fillna(table["trust"].map(SECTOR_OF_ACUTE_TRUST))
    )
    table["survey_years"] = _count_by(survey, "ODS code", "Year", table["trust"])
    table["absence_months"] = _count_by(sickness, "ORG_CODE", "month", table["trust"])
    table["has_staff_groups"] = table["trust"].isin(staff["Organisation code"])
    linked = link_to_trusts(therapies.loc[therapies["org_type"] == "Provider"], table["trust"])
    table["talking_therapies_years"] = _count_by(linked, "trust", "reporting_period", table["trust"])
    by_own_code = linked.loc[linked["trust_link"] == "own code", "trust"]
    table["talking_therapies_own_code"] = table["trust"].isin(by_own_code)
    known = table[["survey_years", "absence_months", "talking_therapies_years"]].gt(0)
    table["tables_covered"] = known.sum(axis=1) + table["has_staff_groups"]
    table["succeeded_by"] = table["trust"].map(SUCCESSORS)
    table["note"] = table["trust"].map(NOTES)
    return table[[column.name for column in _TRUST_COLUMNS]].sort_values("trust", ignore_index=True)


def short_board_name(names: pd.Series) -> pd.Series:
    """The place an integrated care board is named after, without 'NHS' and 'Integrated Care Board'."""
    return names.str.replace(r"^NHS ", "", regex=True).str.replace(r" Integrated Care Board$", "", regex=True)


def board_from_survey(survey: pd.DataFrame, boards: pd.DataFrame) -> pd.Series:
    """Board code by trust, from the latest board name in the staff survey that is one of the 42 boards of today."""
    codes = pd.Series(boards["icb_ods_code"].to_numpy(), index=short_board_name(boards["icb_name"]))
    named = survey.assign(board=survey["ics_clean"].map(codes)).dropna(subset="board").sort_values("Year")
    return named.groupby("ODS code")["board"].last()


def organisation_types(sickness: pd.DataFrame) -> pd.Series:
    """Type of organisation by trust, in our words, as the sickness absence file last gave it."""
    ours = {"Mental Health": "mental health trust", "Community Provider Trust": "community provider trust"}
    return sickness.sort_values("month").groupby("ORG_CODE")["ORG_TYPE"].last().map(ours)


def link_to_trusts(providers: pd.DataFrame, trusts: pd.Series) -> pd.DataFrame:
    """Which mental health trust runs this provider of talking therapies, as far as its code tells?

    Adds `trust` and `trust_link`: "own code" when the provider's code is the trust's, "site code" when its first three
    characters are (five-character site codes begin with the trust's), blank otherwise.
    """
    known = set(trusts)
    own, site = providers["org_code"].isin(known), providers["org_code"].str[:3].isin(known)
    long_code = providers["org_code"].str.len() == 5
    trust = providers["org_code"].where(own, providers["org_code"].str[:3].where(site & long_code))
    link = (
        pd.Series("own code", index=providers.index, dtype="str")
        .where(own)
        .fillna(pd.Series("site code", index=providers.index, dtype="str").where(site & long_code))
    )
    return providers.assign(trust=trust, trust_link=link)


def _count_by(table: pd.DataFrame, code: str, counted: str, trusts: pd.Series) -> pd.Series:
    return trusts.map(table.groupby(code)[counted].nunique()).fillna(0).astype(int)


_TRUST_COLUMNS = (
    Column("trust", "string", "ODS code of the organisation: the key that joins all trust tables."),
    Column("name", "string", "Name of the organisation."),
    Column("region", "string", "NHS England region, one of seven."),
    Column("board", "string", "Code of the integrated care board that it belongs to."),
    Column("board_name", "string", "Place that the board is named after."),
    Column(
        "organisation_type",
        "string",
        "Type in 2024-25: mental health trust, community provider trust, or mental health sector of an acute trust.",
    ),
    Column("survey_years", "integer", "Years of the NHS Staff Survey, 2021 to 2024, that hold it.", "years"),
    Column(
        "absence_months", "integer", "Months of sickness absence, April 2024 to March 2025, that hold it.", "months"
    ),
    Column("has_staff_groups", "boolean", "Whether the staff group file of 2017 and 2018 holds it."),
    Column(
        "talking_therapies_years",
        "integer",
        "Years of talking therapies, 2017-18 to 2024-25, that hold it or one of its sites.",
        "years",
    ),
    Column(
        "talking_therapies_own_code",
        "boolean",
        "Whether talking therapies are reported under the trust's own code (false: a site's code, or not at all).",
    ),
    Column(
        "tables_covered",
        "integer",
        "How many of the four tables hold it: staff survey, sickness absence, staff groups, talking therapies.",
        "tables",
    ),
    Column(
        "filled",
        "string",
        "Which of board and region were blank in the list and filled by us from the staff survey's board name.",
    ),
    Column("succeeded_by", "string", "Code of the trust that replaced it, where one did by March 2025."),
    Column("note", "string", "What to know before comparing this trust with others."),
)

TABLES = (
    OpenTable(
        name="mental_health_trusts",
        title="Mental health trusts of England and the open tables that know them",
        builder=mental_health_trusts,
        inputs={
            "trusts": files.TRUST_LIST,
            "boards": files.BOARDS,
            "survey": files.STAFF_SURVEY,
            "sickness": files.SICKNESS,
            "staff": files.STAFF_GROUPS,
            "therapies": files.TALKING_THERAPIES,
        },
        one_row_is=(
            "one organisation (52: in the staff survey's mental health group 2021-2024, or typed as mental "
            "health in 2024-25)"
        ),
        period="2017 to 2025 (each count says which years it covers)",
        place="England",
        source=(
            {
                "name": "NHS Staff Survey results, NHS England",
                "url": "https://www.nhsstaffsurveys.com/results/results-archive/",
            },
            {
                "name": "NHS Sickness Absence Rates, NHS England",
                "url": (
                    "https://digital.nhs.uk/data-and-information/publications/statistical/nhs-sickness-absence-rates"
                ),
            },
            {
                "name": (
                    "HCHS staff by staff group, nationality and organisation (AH2324), NHS Digital, as kept by "
                    "TechForUK/my_eu"
                ),
                "url": "https://github.com/TechForUK/my_eu",
            },
            {
                "name": "NHS Talking Therapies annual reports, NHS England, as kept by nhstt",
                "url": "https://github.com/bennettoxford/nhstt",
            },
            {
                "name": "Integrated care boards, April 2023, Office for National Statistics, as kept by FingertipsNext",
                "url": "https://github.com/dhsc-govuk/FingertipsNext",
            },
        ),
        licence=OGL,
        attribution=(
            f"{OGL_SENTENCE} NHS Staff Survey, NHS England; workforce and talking therapies statistics, NHS England "
            "and NHS Digital. "
            "Source: Office for National Statistics licensed under the Open Government Licence v.3.0."
        ),
        columns=_TRUST_COLUMNS,
        known_problems=(
            "The list has 52 organisations over 2021 to 2025, not the number open on one day: RRP and TAF "
            "became G6V2S in November 2024. "
            "The study's frame of 51 trusts is another list; the two need not agree region by region.",
            (
                "One code can mean different services over time: boards and names are those of 2024-25, staff "
                "groups those of 2017 and 2018."
            ),
            (
                "A site code names the trust that reports a talking therapies service; the provider name beside "
                "it may be an older one."
            ),
        ),
    ),
)

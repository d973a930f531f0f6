"""The NHS Staff Survey in mental health trusts: trust by year, against the sector and the year before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.datasets.intervals import wilson
from newroles.datasets.sources import files
from newroles.datasets.sources.tables import OGL, OGL_SENTENCE, Column, OpenTable

MEASURES = {  # ours: (rate, base, question, better when)
    "burnt_out_often": ("Burned_out_rate", "Burned_out_base", "Q12b", "lower"),
    "emotionally_exhausted_often": ("Emotionally_exhausting_rate", "Emotionally_exhausting_base", "Q12a", "lower"),
    "frustrated_often": ("Frustration_rate", "Frustration_base", "Q12c", "lower"),
    "work_stress": ("Stress_rate", "Stress_base", "Q11c", "lower"),
    "autonomy": ("Autonomy_rate", "Autonomy_base", "Q3f", "higher"),
    "enough_staff": ("Enough_staff_rate", "Enough_staff_base", "Q3i", "higher"),
    "time_demands_met": ("Time_demands_meet_rate", "Time_demands_meet_base", "Q3g", "higher"),
    "valued_by_team": ("Membership_rate", "Membership_base", "Q7h", "higher"),
    "role_has_meaning": ("Mastery_meaning_rate", "Mastery_base", "Q6a", "higher"),
    "violence_from_public": ("Physical_public_rate", "Physical_public_base", "Q13, patients and public", "lower"),
    "harassed_by_public": ("Emotional_public_rate", "Emotional_public_base", "Q14, patients and public", "lower"),
    "harassed_by_managers": ("Emotional_manager_rate", "Emotional_manager_base", "Q14, managers", "lower"),
    "harassed_by_colleagues": ("Emotional_colleagues_rate", "Emotional_colleagues_base", "Q14, colleagues", "lower"),
    "discriminated_by_colleagues": (
        "Discrimination_internal_rate",
        "Discrimination_internal_base",
        "Q16, manager or colleagues",
        "lower",
    ),
}


def staff_survey(survey: pd.DataFrame) -> pd.DataFrame:
    """How do staff of each mental health trust fare, year by year, against the sector and against the year before?

    One row per trust, year and measure. `share` is 0-1 of those who answered (`n`), with a Wilson 95% interval;
    `sector_share` is the mean over all mental health trusts of that year, weighted by `n`.
    """
    parts = [
        pd.DataFrame(
            {
                "trust": survey["ODS code"],
                "year": survey["Year"].astype(int),
                "measure": measure,
                "share": survey[rate] / 100,
                "n": survey[base],
            }
        )
        for measure, (rate, base, _, _) in MEASURES.items()
    ]
    table = pd.concat(parts, ignore_index=True).dropna(subset=["share", "n"])
    table["low"], table["high"] = wilson(table["share"], table["n"])
    table["sector_share"] = sector_share(table)
    table["difference"] = table["share"] - table["sector_share"]
    table["change"] = change_since_last_year(table)
    order = {measure: place for place, measure in enumerate(MEASURES)}
    table = table.sort_values(
        ["trust", "year", "measure"], key=lambda values: values.map(order) if values.name == "measure" else values
    )
    return table[[column.name for column in _COLUMNS]].reset_index(drop=True)


def sector_share(table: pd.DataFrame) -> pd.Series:
    """Mean share of each year and measure over its trusts, weighted by the number who answered, row by row."""
    keys = [table["year"], table["measure"]]
    yes = (table["share"] * table["n"]).groupby(keys).transform("sum")
    return yes / table["n"].groupby(keys).transform("sum")


def change_since_last_year(table: pd.DataFrame) -> pd.Series:
    """Share minus the same trust's share of the same measure one year before; blank where that year is missing."""
    before = table[["trust", "measure", "year", "share"]].assign(year=table["year"] + 1)
    joined = table.merge(before, on=["trust", "measure", "year"], how="left", suffixes=("", "_before"))
    return pd.Series((joined["share"] - joined["share_before"]).to_numpy(dtype=np.float64), index=table.index)


_COLUMNS = (
    Column("trust", "string", "ODS code of the trust (see mental_health_trusts)."),
    Column("year", "integer", "Year of the survey.", "year"),
    Column(
        "measure",
        "string",
        "What was asked, with the survey's question: "
        + "; ".join(f"{name} ({question}, better when {better})" for name, (_, _, question, better) in MEASURES.items())
        + ".",
    ),
    Column(
        "share",
        "number",
        "Share of those who answered who said so (often or always, agree or strongly agree, yes, at least once).",
        "0-1",
    ),
    Column("low", "number", "Low end of the Wilson 95% interval.", "0-1"),
    Column("high", "number", "High end of the Wilson 95% interval.", "0-1"),
    Column("n", "integer", "Staff who answered the question.", "people"),
    Column("sector_share", "number", "Mean of all mental health trusts of the table that year, weighted by n.", "0-1"),
    Column("difference", "number", "share minus sector_share.", "share points"),
    Column(
        "change",
        "number",
        "share minus the same trust's share the year before; blank when that is not known.",
        "share points",
    ),
)

TABLES = (
    OpenTable(
        name="staff_survey",
        title="Staff of mental health trusts in the NHS Staff Survey, 2021 to 2024",
        builder=staff_survey,
        inputs={"survey": files.STAFF_SURVEY},
        one_row_is="one measure of one mental health trust in one year",
        period="2021 to 2024",
        place="England, the survey's mental health, learning disability and community group (50 or 51 trusts a year)",
        source=(
            {
                "name": "NHS Staff Survey results, NHS England",
                "url": "https://www.nhsstaffsurveys.com/results/results-archive/",
            },
            {
                "name": "Organisational results as merged by Badgett and others",
                "url": "https://github.com/ebmgt/NHS-Gender",
            },
        ),
        licence=f"{OGL} (NHS England's terms; the survey site's own licence line was not seen)",
        attribution=f"NHS Staff Survey, NHS England. {OGL_SENTENCE}",
        columns=_COLUMNS,
        known_problems=(
            (
                "The survey weights its shares by occupation group; the intervals treat those who answered as a "
                "simple random sample, so they say nothing about who did not answer."
            ),
            "The year-by-year files were merged by others and not checked here against the publisher's.",
            "R1F3 is missing in 2024, and the sector is of all staff of each trust, clinical and not.",
            "All staff of a trust answer, so a measure can't be read as the experience of people in new roles.",
        ),
    ),
)

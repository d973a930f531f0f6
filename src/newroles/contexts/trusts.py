"""Do mental health trusts with another skill mix differ in how their staff fare? Open data, some fifty trusts.

Read with its limits: the skill mix is of 2017 and 2018, the outcomes of 2021 to 2025; trusts are compared, not people; shares of one
whole can't move alone; new roles aren't told apart in the staff groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

SKILL_MIX: Mapping[str, tuple[str, ...]] = {
    "nurses": ("nurses_and_health_visitors",),
    "support_to_clinical": (
        "support_to_doctors_and_nurses",
        "support_to_therapeutic_technical",
        "support_to_ambulance_staff",
    ),
    "scientific_therapeutic": ("scientific_therapeutic_technical",),
    "doctors": ("doctors",),
}
"""Staff groups of the workforce statistics behind each share of the skill mix."""

SURVEY = ("burnt_out_often", "valued_by_team", "autonomy", "enough_staff")
SICKNESS = "sickness_absence"


NAMES: Mapping[str, str] = {
    "nurses": "Nurses and health visitors",
    "support_to_clinical": "Support to clinical staff",
    "scientific_therapeutic": "Scientific, therapeutic and technical staff",
    "doctors": "Doctors",
    "burnt_out_often": "Often burnt out",
    "valued_by_team": "Valued by the team",
    "autonomy": "Autonomy",
    "enough_staff": "Enough staff",
    SICKNESS: "Sickness absence",
}
"""What shares of the skill mix and outcomes are called."""


@dataclass(frozen=True, eq=False)
class TrustPanel:
    """Skill mix and outcomes of trusts, joined.

    - rows: one row per trust, outcome and year: trust, region, size_doublings (log2 of full-time equivalents in June
      2018), outcome, year (text), value (0-1), n (staff who answered; blank for sickness), and each share of the skill
      mix (0-1) as nurses_2017, nurses_2018, nurses_change, ...; change is blank where the trust isn't comparable;
    - exclusions: one row per trust and analysis it falls out of: trust, name, left_out_of, reason.
    """

    rows: pd.DataFrame = field(repr=False)
    exclusions: pd.DataFrame = field(repr=False)


def trust_panel(
    staff_groups: pd.DataFrame,
    staff_survey: pd.DataFrame,
    sickness_absence: pd.DataFrame,
    trusts: pd.DataFrame,
    survey: Sequence[str] = SURVEY,
    without_types: Sequence[str] = (),
) -> TrustPanel:
    """Which trusts can be compared in skill mix and outcomes, and which fall out, and why?

    `staff_groups`, `staff_survey`, `sickness_absence`, `trusts`: the open tables of these names (`trusts` is
    mental_health_trusts). `survey`: the measures of the survey. `without_types`: organisation types to leave out.

    Sickness counts for trusts that the source holds for all twelve months of the year only: absence has seasons.

    Returns TrustPanel. Raises InputError for a measure or a type that the tables don't have.

    >>> from newroles.datasets import load_open
    >>> names = ["staff_groups", "staff_survey", "sickness_absence", "mental_health_trusts"]
    >>> panel = trust_panel(*[load_open(name) for name in names])
    >>> panel.rows["trust"].nunique(), panel.exclusions["trust"].nunique()
    (50, 7)
    """
    for name in survey:
        if name not in set(staff_survey["measure"]):
            raise InputError(f"The survey has no '{name}'. {did_you_mean(name, staff_survey['measure'].unique())}")
    for name in without_types:
        if name not in set(trusts["organisation_type"]):
            raise InputError(f"No trust is a '{name}'. {did_you_mean(name, trusts['organisation_type'].unique())}")
    about = trusts.set_index("trust")
    mix = _skill_mix(staff_groups)
    asked = staff_survey[staff_survey["measure"].isin(survey)]
    answers = pd.DataFrame(
        {
            "trust": asked["trust"],
            "outcome": asked["measure"],
            "year": asked["year"].astype("str"),
            "value": asked["share"],
            "n": asked["n"].astype("Int64"),
        }
    )
    year = sickness_absence[~sickness_absence["period"].str.contains("Q")]
    absent = pd.DataFrame({"trust": year["trust"], "year": year["period"], "value": year["share"]})
    absent = absent[year["months"].eq(12)].assign(outcome=SICKNESS)
    rows = pd.concat([answers, absent], ignore_index=True).astype({"n": "Int64"})
    out = [
        *_reasons(about, ~about.index.isin(mix.index), "all", "no staff groups in 2017 and 2018 under its code"),
        *_reasons(about, about["organisation_type"].isin(list(without_types)), "all", "of another organisation type"),
        *_reasons(
            about, ~about.index.isin(answers["trust"]), "staff survey", "no survey result of its own, 2021 to 2024"
        ),
        *_reasons(
            about, ~about.index.isin(absent["trust"]), SICKNESS, "not in the source for all twelve months of 2024-25"
        ),
        *_reasons(
            about,
            about.index.isin(_incomparable(staff_groups)),
            "change",
            "its total changed by over 15% by transfer of services",
        ),
    ]
    exclusions = pd.DataFrame(out, columns=["trust", "name", "left_out_of", "reason"])
    never = set(exclusions.loc[exclusions["left_out_of"].eq("all"), "trust"])
    exclusions = exclusions[exclusions["left_out_of"].eq("all") | ~exclusions["trust"].isin(never)]
    rows = rows[rows["trust"].isin(about.index) & ~rows["trust"].isin(never)]
    joined = rows.merge(mix, left_on="trust", right_index=True).merge(
        about[["region"]], left_on="trust", right_index=True
    )
    order = ["trust", "region", "size_doublings", "outcome", "year", "value", "n"]
    place = {name: i for i, name in enumerate([*survey, SICKNESS])}
    joined = joined[[*order, *[column for column in mix.columns if column not in order]]]
    return TrustPanel(
        joined.sort_values(
            ["outcome", "trust", "year"],
            ignore_index=True,
            key=lambda column: column.map(place) if column.name == "outcome" else column,
        ),
        exclusions.reset_index(drop=True),
    )


def with_names(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """What are the shares and outcomes in these columns called? The table, with a column `..._name` for each.

    One without a name of its own is called by its id, in words.

    >>> with_names(pd.DataFrame({"outcome": ["enough_staff", "work_stress"]}), "outcome")["outcome_name"].tolist()
    ['Enough staff', 'Work stress']
    """

    def name(id: str) -> str:
        return NAMES.get(id, id.replace("_", " ").capitalize())

    return table.assign(**{f"{column}_name": table[column].map(name) for column in columns})


def _skill_mix(staff_groups: pd.DataFrame) -> pd.DataFrame:
    """One row per trust: size_doublings, and each share at both dates and its change."""
    of_group = {group: mix for mix, groups in SKILL_MIX.items() for group in groups}
    grouped = staff_groups.assign(mix=staff_groups["staff_group"].map(of_group)).dropna(subset=["mix"])
    sums = grouped.pivot_table(["share_2017", "share_2018"], "trust", "mix", aggfunc="sum", fill_value=0.0)
    total = staff_groups.groupby("trust")["fte_2018"].sum()
    made = {"size_doublings": np.log2(total)}
    incomparable = _incomparable(staff_groups)
    for mix in SKILL_MIX:
        made[f"{mix}_2017"], made[f"{mix}_2018"] = sums["share_2017"][mix], sums["share_2018"][mix]
        change = made[f"{mix}_2018"] - made[f"{mix}_2017"]
        made[f"{mix}_change"] = change.mask(change.index.isin(incomparable))
    return pd.DataFrame(made)


def _incomparable(staff_groups: pd.DataFrame) -> list[str]:
    return staff_groups.loc[~staff_groups["comparable"], "trust"].unique().tolist()


def _reasons(about: pd.DataFrame, which: pd.Series | np.ndarray, left_out_of: str, reason: str) -> list[tuple]:
    return [(trust, name, left_out_of, reason) for trust, name in about.loc[np.asarray(which), "name"].items()]

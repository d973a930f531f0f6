"""What do professions around mental health spend their work on? O*NET activities joined to professions, in our words."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from newroles.datasets.sources import activities as pairs
from newroles.datasets.sources import files
from newroles.datasets.sources.activity_words import ACTIVITY_OF, PROFESSIONS
from newroles.datasets.sources.tables import Column, OpenTable
from newroles.errors import InputError, did_you_mean


def profession_activities(activities: pd.DataFrame) -> pd.DataFrame:
    """How much of each profession's work lies in each activity?

    One row per profession and activity. The weights of an occupation (importance times relevance of the tasks under an
    activity) become shares of its total; activities that we call the same are added; a profession of several occupations
    has the mean of their shares, each occupation counting the same.

    Raises InputError when an occupation is missing from the file, or has an activity that we have no word for.
    """
    profession_of = {code: name for name, entry in PROFESSIONS.items() for code in entry.occupations}
    missing = sorted(set(profession_of) - set(activities["soc"]))
    if missing:
        raise InputError(
            f"Source file {files.ACTIVITIES.path}, column 'soc': no rows for {', '.join(missing)}, which the professions "
            "are made of."
        )
    work = activities[activities["soc"].isin(profession_of)]
    work = work.assign(profession=work["soc"].map(profession_of), activity=work["iwa"].map(ACTIVITY_OF))
    unknown = work.loc[work["activity"].isna(), "iwa"]
    if len(unknown):
        raise InputError(
            f"Source file {files.ACTIVITIES.path}, column 'iwa': '{unknown.iloc[0]}' belongs to none of our activities. "
            "Give it a place in activity_words.py."
        )
    work = work.assign(share=work["weight"] / work.groupby("soc")["weight"].transform("sum"))
    joined = {name: len(entry.occupations) for name, entry in PROFESSIONS.items()}
    found = work.groupby(["profession", "activity"], sort=False).agg(
        total=("share", "sum"), occupations_doing=("soc", "nunique"), activities_joined=("iwa", "nunique")
    )
    found = found.reset_index()
    found["occupations_joined"] = found["profession"].map(joined)
    found["share_of_work"] = found["total"] / found["occupations_joined"]
    mean = found.groupby("activity")["share_of_work"].sum() / len(PROFESSIONS)
    found["times_the_mean"] = found["share_of_work"] / found["activity"].map(mean)
    place = {name: i for i, name in enumerate(PROFESSIONS)}
    found = found.sort_values(
        ["profession", "share_of_work", "activity"],
        ascending=[True, False, True],
        key=lambda column: column.map(place) if column.name == "profession" else column,
    )
    found["place"] = found.groupby("profession", sort=False).cumcount() + 1
    return found[[column.name for column in _ACTIVITIES.columns]].reset_index(drop=True)


def profession_occupations(activities: pd.DataFrame, register: list[dict[str, Any]]) -> pd.DataFrame:
    """Which American occupations make up each profession, and to which role of the register does it come closest?

    One row per profession and occupation. Raises InputError for a role that the register doesn't have.
    """
    known = [str(entry["id"]) for entry in register]
    counted = activities.groupby("soc")["iwa"].nunique()
    rows = []
    for name, entry in PROFESSIONS.items():
        if entry.role and entry.role not in known:
            raise InputError(
                f"The profession '{name}' is said to match '{entry.role}', which is not in the register of roles. "
                f"{did_you_mean(entry.role, known)}"
            )
        for code, title in entry.occupations.items():
            rows.append((name, code, title, int(counted.get(code, 0)), entry.role or None, entry.caution or None))
    return pd.DataFrame(rows, columns=[column.name for column in _OCCUPATIONS.columns])


_AMERICAN = (
    "American occupations and scopes of practice: there is no nursing associate, peer support worker or psychological "
    "wellbeing practitioner, and few occupations are of mental health alone."
)
_OURS = "Which occupations make a profession, and which activities are the same, are our judgement; nobody has validated it."

_of_these_occupations = partial(
    OpenTable,
    inputs={"activities": files.ACTIVITIES},
    period="O*NET 29.0",
    place="United States",
    source=pairs.TABLES[0].source,
    licence="CC BY 4.0",
    attribution=pairs.TABLES[0].attribution,
)

_ACTIVITIES = _of_these_occupations(
    name="profession_activities",
    title="What professions around mental health spend their work on",
    builder=profession_activities,
    one_row_is="one profession and one activity that it has",
    columns=(
        Column("profession", "string", "Profession, in our words; see profession_occupations."),
        Column("activity", "string", "Activity, in our words: one or several intermediate work activities of O*NET."),
        Column(
            "share_of_work",
            "number",
            "Weight of the activity over the weight of all activities of the profession.",
            "0-1",
            decimals=5,
        ),
        Column("place", "integer", "Place of the activity within the profession, 1 for the largest share."),
        Column(
            "times_the_mean",
            "number",
            "The share over the mean share of the activity in all professions, those without it counted as 0.",
            decimals=3,
        ),
        Column("activities_joined", "integer", "O*NET activities of the profession that we put under this word."),
        Column("occupations_doing", "integer", "Occupations of the profession that have the activity."),
        Column("occupations_joined", "integer", "Occupations that make up the profession."),
    ),
    known_problems=(
        _AMERICAN,
        _OURS,
        "A weight says how important and how common the tasks under an activity are, as rated by job holders and experts of "
        "different years; it is not time spent.",
        "The weights were computed from O*NET by another team, for another purpose.",
        "Some weights look odd: social and human services assistants are said to examine people and take samples.",
        "Broad activities hide differences: two professions can counsel, and counsel differently.",
    ),
)

_OCCUPATIONS = _of_these_occupations(
    name="profession_occupations",
    title="Which American occupations stand for which profession, and for which role of the register",
    builder=profession_occupations,
    one_row_is="one occupation within one profession",
    columns=(
        Column("profession", "string", "Profession, in our words."),
        Column("occupation_code", "string", "Code of the occupation in the Standard Occupational Classification."),
        Column("occupation_title", "string", "The occupation, in our words."),
        Column("onet_activities", "integer", "Intermediate work activities that the occupation has."),
        Column("role", "string", "Role of the register that comes closest; blank where there is none."),
        Column(
            "caution",
            "string",
            "In what occupation and role differ; blank where we know of nothing beyond the country.",
        ),
    ),
    known_problems=(
        _AMERICAN,
        _OURS,
        "The match rests on titles and definitions, not on a comparison of what people do.",
    ),
    needs_register=True,
)

TABLES = (_ACTIVITIES, _OCCUPATIONS)

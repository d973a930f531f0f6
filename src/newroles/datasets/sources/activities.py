"""How alike is the work of mental health occupations? Shared work activities in the American O*NET database."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from newroles.datasets.sources import files
from newroles.datasets.sources.tables import Column, OpenTable
from newroles.errors import InputError

OCCUPATIONS = {
    "29-1223": "psychiatrist",
    "29-1171": "nurse_practitioner",
    "29-1071": "physician_assistant",
    "29-1141": "registered_nurse",
    "29-2061": "licensed_practical_nurse",
    "29-2053": "psychiatric_technician",
    "31-1133": "psychiatric_aide",
    "31-1131": "nursing_assistant",
    "19-3033": "clinical_or_counselling_psychologist",
    "19-3034": "school_psychologist",
    "21-1018": "mental_health_counsellor",
    "21-1013": "family_therapist",
    "21-1012": "school_counsellor",
    "21-1015": "rehabilitation_counsellor",
    "21-1023": "mental_health_social_worker",
    "21-1022": "health_care_social_worker",
    "21-1093": "social_services_assistant",
    "21-1094": "community_health_worker",
    "29-1122": "occupational_therapist",
    "31-2011": "occupational_therapy_assistant",
    "31-2012": "occupational_therapy_aide",
    "29-1125": "recreational_therapist",
    "29-1051": "pharmacist",
    "29-2052": "pharmacy_technician",
    "29-1215": "family_doctor",
}


def occupation_activities(activities: pd.DataFrame) -> pd.DataFrame:
    """Which occupations around mental health do the same work, judged by the activities they share?

    One row per pair of occupations. Jaccard: activities of both over activities of either. Cosine: of the two lists of
    weights (importance times relevance of the tasks under each activity), 0 nothing shared, 1 the same mix.

    Raises InputError when an occupation that we compare is missing from the file.
    """
    weights = activities.pivot_table(index="soc", columns="iwa", values="weight", fill_value=0.0, aggfunc="sum")
    missing = sorted(set(OCCUPATIONS) - set(weights.index))
    if missing:
        raise InputError(
            f"Source file {files.ACTIVITIES.path}, column 'soc': no rows for {', '.join(missing)}. Expected: "
            + ", ".join(f"{code} ({name})" for code, name in OCCUPATIONS.items())
        )
    rows = []
    for code_a, code_b in combinations(OCCUPATIONS, 2):
        a, b = weights.loc[code_a].to_numpy(), weights.loc[code_b].to_numpy()
        both, only_a, only_b = ((a > 0) & (b > 0)).sum(), ((a > 0) & (b == 0)).sum(), ((a == 0) & (b > 0)).sum()
        rows.append(
            {
                "occupation_a": OCCUPATIONS[code_a],
                "occupation_b": OCCUPATIONS[code_b],
                "shared_activities": both,
                "only_a": only_a,
                "only_b": only_b,
                "jaccard": both / (both + only_a + only_b),
                "cosine": (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()),
            }
        )
    return pd.DataFrame(rows)


TABLES = (
    OpenTable(
        name="occupation_activities",
        title="Work activities shared by pairs of occupations around mental health",
        builder=occupation_activities,
        inputs={"activities": files.ACTIVITIES},
        one_row_is="one pair of occupations",
        period="O*NET 29.0",
        place="United States",
        source=(
            {
                "name": "O*NET 29.0 Database, U.S. Department of Labor",
                "url": "https://www.onetcenter.org/license_db.html",
            },
            {
                "name": "Tomlinson and others (2025), occupation by work activity weights, arXiv 2507.07935",
                "doi": "10.48550/arXiv.2507.07935",
            },
            {"name": "Weights as published", "url": "https://github.com/microsoft/working-with-ai"},
        ),
        licence="CC BY 4.0",
        attribution=(
            "This includes information from the O*NET 29.0 Database by the U.S. Department of Labor, "
            "Employment and Training "
            "Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET(R) is a trademark of "
            "USDOL/ETA. Modified. "
            "USDOL/ETA has not approved, endorsed, or tested these modifications. "
            "Weights: Tomlinson et al. 2025 (arXiv 2507.07935)."
        ),
        columns=(
            Column("occupation_a", "string", "First occupation, in our words."),
            Column("occupation_b", "string", "Second occupation, in our words."),
            Column("shared_activities", "integer", "Work activities that both have.", "activities"),
            Column("only_a", "integer", "Activities of the first alone.", "activities"),
            Column("only_b", "integer", "Activities of the second alone.", "activities"),
            Column("jaccard", "number", "shared_activities over the activities of either.", "0-1"),
            Column("cosine", "number", "Cosine of the two lists of activity weights.", "0-1"),
        ),
        known_problems=(
            (
                "American occupations and scopes of practice: there is no nursing associate, peer support worker "
                "or psychological wellbeing practitioner, and a physician assistant is not a British physician "
                "associate."
            ),
            (
                "Intermediate activities are broad (332 for all work), so two occupations can share one and do "
                "different things under it."
            ),
        ),
    ),
)

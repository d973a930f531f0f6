"""American occupations and their work activities: pairs, professions made of them, and which NHS roles they stand for."""

from __future__ import annotations

import pandas as pd

from newroles.errors import InputError
from newroles.jurisdiction.overlap import PAIR_COLUMNS, complete, need, one_of

_PAIR_MEASURES = ("jaccard", "cosine")

# Our own reading of American occupation titles; blank: no occupation of the NHS corresponds, or only one of another scope.
_COUNTERPARTS = {
    "psychiatrist": ("psychiatrist", ""),
    "nurse_practitioner": ("advanced_practitioner", "advanced practitioners come from several professions"),
    "physician_assistant": ("physician_associate", "another scope of practice than a British physician associate"),
    "registered_nurse": ("registered_nurse", "nurses of all fields, not of mental health alone"),
    "nursing_assistant": ("health_care_assistant", "of all fields, not of mental health alone"),
    "clinical_or_counselling_psychologist": ("practitioner_psychologist", ""),
    "mental_health_counsellor": ("psychological_therapist", "counselling rather than one kind of therapy"),
    "mental_health_social_worker": ("social_worker", ""),
    "occupational_therapist": ("occupational_therapist", "of all fields, not of mental health alone"),
    "pharmacist": ("pharmacist", "of all fields, not of mental health alone"),
    "pharmacy_technician": ("mental_health_pharmacy_technician", "of all fields, not of mental health alone"),
}


def occupation_overlap(activities: pd.DataFrame, measure: str = "cosine") -> pd.DataFrame:
    """How far do occupations overlap in their work activities, where only pairs of occupations are known?

    activities: one row per pair of occupations (occupation_a, occupation_b, shared_activities, only_a, only_b, jaccard,
    cosine), as the open table `occupation_activities` has them. measure: jaccard, activities of both over activities of
    either, without weights; or cosine, of the weights of the activities.

    Returns the same columns as `overlap`, with occupations as roles and activities as competencies. Which activities a
    pair shares is not in that table: shared_core and bordering need a table of competencies.

    Raises InputError for an unknown measure, a missing column, or a pair that is there twice or not at all.

    Source: see the record of the open table; American occupations, so read occupation_counterparts first.

    >>> from newroles.datasets import load_open
    >>> pairs = occupation_overlap(load_open("occupation_activities"))
    >>> pairs.query("role_a == 'registered_nurse' and role_b == 'psychiatrist'")["overlap"].tolist()
    [0.522]
    """
    one_of(measure, _PAIR_MEASURES)
    need(activities, ["occupation_a", "occupation_b", "shared_activities", "only_a", "only_b", measure])
    one_way = pd.DataFrame(
        {
            "role_a": activities["occupation_a"],
            "role_b": activities["occupation_b"],
            "overlap": activities[measure].astype(float),
            "shared": activities["shared_activities"],
            "n": activities[["shared_activities", "only_a", "only_b"]].sum(axis=1),
        }
    )
    other_way = one_way.rename(columns={"role_a": "role_b", "role_b": "role_a"})
    own_a = activities["shared_activities"] + activities["only_a"]
    own_b = activities["shared_activities"] + activities["only_b"]
    own = pd.concat([own_a.set_axis(activities["occupation_a"]), own_b.set_axis(activities["occupation_b"])])
    grouped = own.groupby(level=0, sort=False)
    held, values = grouped.first(), grouped.nunique()
    if (values > 1).any():
        unclear = held.index[values > 1][0]
        raise InputError(f"The occupation '{unclear}' has different numbers of activities in different pairs.")
    itself = pd.DataFrame({"role_a": held.index, "role_b": held.index, "overlap": 1.0, "shared": held, "n": held})
    pairs = pd.concat([one_way, other_way, itself])
    order = {role: place for place, role in enumerate(held.index)}
    complete(pairs, list(order))
    pairs = pairs.sort_values(["role_a", "role_b"], key=lambda roles: roles.map(order), kind="stable")
    return pairs[PAIR_COLUMNS].reset_index(drop=True).astype({"role_a": "str", "role_b": "str"})


def occupation_counterparts(activities: pd.DataFrame) -> pd.DataFrame:
    """Which NHS role comes closest to each occupation of the open table, and where is there none?

    activities: pairs of occupations, as for occupation_overlap.

    Returns one row per occupation: occupation, role (an id of the role register; blank where none corresponds) and
    caution (in what they differ). The mapping is our own judgement, by title, and has not been validated.

    Raises InputError for a missing column.

    >>> from newroles.datasets import load_open
    >>> found = occupation_counterparts(load_open("occupation_activities"))
    >>> len(found), int(found["role"].notna().sum())
    (25, 11)
    """
    need(activities, ["occupation_a", "occupation_b"])
    occupations = pd.unique(pd.concat([activities["occupation_a"], activities["occupation_b"]]))
    none = (None, "no counterpart in the role register")
    rows = [(occupation, *_COUNTERPARTS.get(occupation, none)) for occupation in occupations]
    found = pd.DataFrame(rows, columns=["occupation", "role", "caution"])
    return found.astype("str")


def as_competencies(activities: pd.DataFrame) -> pd.DataFrame:
    """How do the work activities of professions read as competencies of roles?

    activities: one row per profession and activity, with profession, activity and share_of_work (0-1), as the open table
    `profession_activities` has them.

    Returns role (the profession), competency (the activity) and weight (the share), for `overlap` and its kin.

    Raises InputError for a missing column.

    >>> from newroles.datasets import load_open
    >>> work = as_competencies(load_open("profession_activities"))
    >>> work.groupby("role")["weight"].sum().round(3).unique().tolist()
    [1.0]
    """
    need(activities, ["profession", "activity", "share_of_work"])
    words = {"profession": "role", "activity": "competency", "share_of_work": "weight"}
    return activities[list(words)].rename(columns=words)


def register_counterparts(occupations: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """Which profession of the open table stands for each role of the register, and for which roles is there none?

    occupations: one row per profession and occupation (profession, occupation_title, role, caution), as the open table
    `profession_occupations` has them. roles: the register's (id, name).

    Returns one row per role of the register, in its order: role, name, profession (blank: none), occupations (joined
    by "; ") and caution. The mapping is our own judgement, by title and definition, and has not been validated.

    Raises InputError for a missing column.

    >>> from newroles.datasets import load_codebook, load_open
    >>> found = register_counterparts(load_open("profession_occupations"), load_codebook("roles").codes)
    >>> found.set_index("role")["profession"].isna()[["nursing_associate", "peer_support_worker", "psychiatrist"]].tolist()
    [True, True, False]
    """
    need(occupations, ["profession", "occupation_title", "role", "caution"])
    need(roles, ["id", "name"])
    known = occupations.dropna(subset="role").groupby("role", sort=False)
    table = known.agg(
        profession=("profession", "first"), occupations=("occupation_title", "; ".join), caution=("caution", "first")
    )
    listed = roles[["id", "name"]].rename(columns={"id": "role"})
    return listed.merge(table, left_on="role", right_index=True, how="left").reset_index(drop=True)

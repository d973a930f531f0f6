"""What do professions share? Overlap of roles by what they are able to do, and on whom a new role borders."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from newroles.errors import InputError, did_you_mean

MEASURES = ("weighted_jaccard", "cosine")
_PAIR_MEASURES = ("jaccard", "cosine")
_COLUMNS = ["role_a", "role_b", "overlap", "shared", "n"]

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


def overlap(competencies: pd.DataFrame, measure: str = "weighted_jaccard") -> pd.DataFrame:
    """How far do roles overlap in what they are able to do?

    competencies: one row per role and competency, with role, competency and weight (0 or more; no row: weight 0), as in
    a study's `competencies` table; work activities of occupations serve as well.
    measure: weighted_jaccard, the sum over competencies of the smaller of the two weights divided by the sum of the larger
    ones (1: the same weights); or cosine, of the two lists of weights (1: the same mix, whatever the total).

    Returns one row per ordered pair of roles, each role with itself included, so that the rows fill a matrix: role_a,
    role_b, overlap (0-1; blank where it isn't defined, since neither role, or for the cosine one of them, has any weight),
    shared (competencies that both have) and n (competencies that either has). Roles stand in order of first appearance.

    Raises InputError for an unknown measure, a missing column, a blank role or competency, a weight that is blank,
    negative or infinite, or a competency that a role has twice.

    Source: Cha (2007), Comprehensive survey on distance/similarity measures between probability density functions,
    International Journal of Mathematical Models and Methods in Applied Sciences 1(4), 300-307, where the weighted Jaccard
    index is called Ruzicka's.

    >>> from newroles.datasets import load_study
    >>> pairs = overlap(load_study("example_study").competencies)
    >>> pairs.query("role_a == 'nursing_associate' and role_b == 'registered_nurse'")["overlap"].round(6).tolist()
    [0.293649]
    """
    _one_of(measure, MEASURES)
    weights = _weights(competencies)
    w = weights.to_numpy()
    has = (w > 0).astype(int)
    shared = has @ has.T
    held = has.sum(axis=1)
    if measure == "cosine":
        largest = w.max(axis=1, initial=0, keepdims=True)
        scaled = np.divide(w, largest, out=np.zeros_like(w), where=largest > 0)  # so that tiny weights don't vanish
        length = np.sqrt((scaled**2).sum(axis=1))
        alike, either = scaled @ scaled.T, np.outer(length, length)
    else:
        alike = np.array([np.minimum(row, w).sum(axis=1) for row in w]).reshape(len(w), len(w))
        either = np.array([np.maximum(row, w).sum(axis=1) for row in w]).reshape(len(w), len(w))
    values = np.divide(alike, either, out=np.full(alike.shape, np.nan), where=either > 0)
    np.fill_diagonal(values, np.where(held > 0, 1.0, np.nan))
    roles = weights.index.to_numpy()
    return pd.DataFrame(
        {
            "role_a": np.repeat(roles, len(roles)),
            "role_b": np.tile(roles, len(roles)),
            "overlap": np.minimum(values, 1).ravel(),
            "shared": shared.ravel(),
            "n": (held[:, None] + held[None, :] - shared).ravel(),
        }
    ).astype({"role_a": "str", "role_b": "str"})


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
    _one_of(measure, _PAIR_MEASURES)
    _need(activities, ["occupation_a", "occupation_b", "shared_activities", "only_a", "only_b", measure])
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
    _complete(pairs, list(order))
    pairs = pairs.sort_values(["role_a", "role_b"], key=lambda roles: roles.map(order), kind="stable")
    return pairs[_COLUMNS].reset_index(drop=True).astype({"role_a": "str", "role_b": "str"})


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
    _need(activities, ["occupation_a", "occupation_b"])
    occupations = pd.unique(pd.concat([activities["occupation_a"], activities["occupation_b"]]))
    none = (None, "no counterpart in the role register")
    rows = [(occupation, *_COUNTERPARTS.get(occupation, none)) for occupation in occupations]
    found = pd.DataFrame(rows, columns=["occupation", "role", "caution"])
    return found.astype("str")


def shared_core(competencies: pd.DataFrame, at_least: float = 0.5) -> pd.DataFrame:
    """Which competencies are at the core of both of two roles?

    competencies: as for `overlap`. at_least: from which weight a competency belongs to a role's core; 0.5, half of the
    full weight where weights run from 0 to 1: set it for other scales.

    Returns one row per pair of roles and competency in the core of both, each pair once: role_a, role_b, competency,
    weight_a, weight_b; the weightiest first within a pair (by the smaller weight). Pairs that share nothing have no row.

    Raises InputError as `overlap` does, and for a threshold that isn't above 0.

    >>> two = pd.DataFrame({"role": ["nurse", "nurse", "doctor"], "competency": ["assesses", "comforts", "assesses"],
    ...                     "weight": [0.6, 0.9, 0.8]})
    >>> shared_core(two).values.tolist()
    [['nurse', 'doctor', 'assesses', 0.6, 0.8]]
    """
    if not at_least > 0:
        raise InputError(f"The core starts at a weight above 0; got at_least={at_least!r}.")
    weights = _weights(competencies)
    order = {role: place for place, role in enumerate(weights.index)}
    core = competencies.loc[competencies["weight"] >= at_least, ["role", "competency", "weight"]]
    both = core.merge(core, on="competency", suffixes=("_a", "_b"))
    both = both[both["role_a"].map(order) < both["role_b"].map(order)]
    both = both.assign(
        first=both["role_a"].map(order),
        second=both["role_b"].map(order),
        least=-both[["weight_a", "weight_b"]].min(axis=1),
    ).sort_values(["first", "second", "least", "competency"])
    return both[["role_a", "role_b", "competency", "weight_a", "weight_b"]].reset_index(drop=True)


def bordering(
    role: str, competencies: pd.DataFrame, measure: str = "weighted_jaccard", at_least: float = 0.0
) -> pd.DataFrame:
    """On which roles does a role border, and by which competencies?

    role: one of those in competencies (as for `overlap`). at_least: from which overlap two roles border on one another;
    at 0 all that share a competency do.

    Returns one row per bordering role and shared competency: role, borders_on, overlap (of the two roles), competency,
    weight (in the role), weight_there (in the other) and share (0-1): how much of what the two have in common, the
    smaller weights summed, lies in this competency. The role with most overlap first, then the competency with most share.

    Raises InputError as `overlap` does, and for a role that has no competencies.

    >>> from newroles.datasets import load_study
    >>> borders = bordering("nursing_associate", load_study("example_study").competencies)
    >>> borders[["borders_on", "competency"]].iloc[0].tolist()
    ['enrolled_nurse', 'checks_physical_health']
    """
    pairs = overlap(competencies, measure)
    if role not in set(pairs["role_a"]):
        raise InputError(f"There are no competencies of '{role}'. {did_you_mean(role, pairs['role_a'].unique())}")
    has = competencies.loc[competencies["weight"] > 0, ["role", "competency", "weight"]]
    own = has.loc[has["role"] == role, ["competency", "weight"]]
    there = has[has["role"] != role].rename(columns={"role": "borders_on", "weight": "weight_there"})
    near = pairs.loc[(pairs["role_a"] == role) & (pairs["overlap"] >= at_least), ["role_b", "overlap"]]
    borders = own.merge(there, on="competency").merge(near, left_on="borders_on", right_on="role_b")
    common = borders[["weight", "weight_there"]].min(axis=1)
    borders = borders.assign(role=role, share=common / common.groupby(borders["borders_on"]).transform("sum"))
    borders = borders.sort_values(
        ["overlap", "borders_on", "share", "competency"], ascending=[False, True, False, True]
    )
    columns = ["role", "borders_on", "overlap", "competency", "weight", "weight_there", "share"]
    return borders[columns].reset_index(drop=True).astype({"role": "str"})


def clustered_order(pairs: pd.DataFrame) -> list[str]:
    """In which order should the roles of an overlap matrix stand, so that those that overlap stand together?

    pairs: as `overlap` or `occupation_overlap` gives them. An overlap that isn't defined counts as none.

    Returns the roles: leaves of an average-linkage tree of the distances 1 - overlap, in the order that keeps neighbours
    most alike. The order is for reading; it tests nothing.

    Raises InputError for a missing column, or a pair of roles that is there twice or not at all.

    Source: optimal leaf order, Bar-Joseph and others (2001), doi 10.1093/bioinformatics/17.suppl_1.S22.

    >>> listed = pd.DataFrame({"role": ["a", "b", "c", "d"], "competency": ["x", "y", "x", "y"], "weight": [1, 1, 2, 2]})
    >>> clustered_order(overlap(listed)) in (["a", "c", "b", "d"], ["c", "a", "b", "d"], ["a", "c", "d", "b"])
    True
    """
    _need(pairs, ["role_a", "role_b", "overlap"])
    roles = [str(role) for role in pd.unique(pairs["role_a"])]
    _complete(pairs, roles)
    if len(roles) < 3:
        return roles
    table = pairs.set_index(["role_a", "role_b"])["overlap"].fillna(0)
    matrix = table.reindex(pd.MultiIndex.from_product([roles, roles])).to_numpy().reshape(len(roles), len(roles))
    distance = np.clip(1 - (matrix + matrix.T) / 2, 0, None)
    np.fill_diagonal(distance, 0)
    between = squareform(distance, checks=False)
    return [roles[i] for i in leaves_list(optimal_leaf_ordering(linkage(between, "average"), between))]


def _weights(competencies: pd.DataFrame) -> pd.DataFrame:
    """Roles by competencies, 0 where a role doesn't have one."""
    _need(competencies, ["role", "competency", "weight"])
    if competencies.empty:
        raise InputError("There are no competencies: the table has no rows.")
    blank = competencies.index[competencies[["role", "competency"]].isna().any(axis=1)]
    if len(blank):
        raise InputError(f"Row {blank[0]}: a competency needs its role and its name; one of them is blank.")
    if not pd.api.types.is_numeric_dtype(competencies["weight"]):
        raise InputError(
            "The column 'weight' holds no numbers; expected 0 or more (1 where competencies are only listed)."
        )
    weight = competencies["weight"].astype(float)
    wrong = competencies[~((weight >= 0) & np.isfinite(weight))]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            f"Role '{row['role']}', competency '{row['competency']}': the weight {row['weight']} is no number of 0 or more."
        )
    twice = competencies[competencies.duplicated(["role", "competency"])]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(f"Role '{row['role']}' has the competency '{row['competency']}' twice: keep one row of them.")
    wide = competencies.pivot_table(index="role", columns="competency", values="weight", fill_value=0, sort=False)
    return wide.astype(float)


def _complete(pairs: pd.DataFrame, roles: list[str]) -> None:
    twice = pairs[pairs.duplicated(["role_a", "role_b"])]
    if len(twice):
        raise InputError(f"The pair {twice['role_a'].iloc[0]} and {twice['role_b'].iloc[0]} is there twice.")
    there = set(zip(pairs["role_a"], pairs["role_b"], strict=True))
    absent = [(a, b) for a in roles for b in roles if (a, b) not in there]
    if absent or len(there) != len(roles) ** 2:
        a, b = absent[0] if absent else next((a, b) for a, b in sorted(there) if b not in roles)
        raise InputError(f"The pair {a} and {b} is missing: expected every role with every role, itself included.")


def _one_of(measure: str, valid: tuple[str, ...]) -> None:
    if measure not in valid:
        raise InputError(f"'{measure}' is no measure of overlap. {did_you_mean(measure, valid)}")


def _need(table: pd.DataFrame, columns: list[str]) -> None:
    for column in columns:
        if column not in table.columns:
            raise InputError(f"The table has no column '{column}'. {did_you_mean(column, map(str, table.columns))}")

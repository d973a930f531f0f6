"""What do roles share and what sets them apart, and on whom does a new role border?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.errors import nearest as nearest_word
from newroles.jurisdiction.occupations import as_competencies
from newroles.jurisdiction.overlap import as_shares, need, overlap, weights_of

_BORDERS = ["role", "borders_on", "overlap", "of_own", "of_theirs", "competency", "weight", "weight_there", "share"]


def shared_core(competencies: pd.DataFrame, at_least: float = 0.5) -> pd.DataFrame:
    """Which competencies are at the core of both of two roles?

    competencies: as for `overlap`. at_least: from which weight a competency belongs to a role's core; 0.5, half of the
    full weight where weights run from 0 to 1: set it for other scales (0.05 for shares of work, a twentieth of it).

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
    weights = weights_of(competencies)
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


def distinctive(competencies: pd.DataFrame) -> pd.DataFrame:
    """What does each role do more of than the other roles do?

    competencies: as for `overlap`.

    Returns one row per role and competency that it has: role, competency, share (of the role's total weight, 0-1),
    elsewhere (mean share in the other roles, those without it counted as 0; blank where there is no other role), more
    (share minus elsewhere) and others_with (other roles that have it); within a role the largest difference first.

    Raises InputError as `overlap` does.

    >>> two = pd.DataFrame({"role": ["nurse", "nurse", "doctor"], "competency": ["assesses", "comforts", "assesses"],
    ...                     "weight": [0.2, 0.6, 0.8]})
    >>> distinctive(two)[["competency", "more"]].round(3).values.tolist()
    [['comforts', 0.75], ['assesses', -0.75], ['assesses', 0.75]]
    """
    held = as_shares(competencies).rename(columns={"weight": "share"})
    order = {role: place for place, role in enumerate(weights_of(competencies).index)}
    others = len(order) - 1
    by_competency = held.groupby("competency")["share"]
    rest = (by_competency.transform("sum") - held["share"]).clip(lower=0)
    elsewhere = rest / others if others else rest * float("nan")
    held = held.assign(elsewhere=elsewhere, others_with=by_competency.transform("size") - 1)
    held = held.assign(more=held["share"] - held["elsewhere"], place=held["role"].map(order))
    held = held.sort_values(["place", "more", "competency"], ascending=[True, False, True])
    return held[["role", "competency", "share", "elsewhere", "more", "others_with"]].reset_index(drop=True)


def nearest(pairs: pd.DataFrame, roles: Sequence[str] | None = None, most: int = 3) -> pd.DataFrame:
    """With which others does each role overlap most?

    pairs: as `overlap` or `occupation_overlap` gives them. roles: whose neighbours; left out, everybody's. most: how many.

    Returns one row per role and neighbour: role, place (1: most overlap), neighbour, overlap and shared. Ties stand in
    the order of the table; neighbours with no overlap, or one that isn't defined, are left out.

    Raises InputError for a missing column, a role that isn't in the table, or fewer than one neighbour.

    >>> listed = pd.DataFrame({"role": ["a", "b", "c"], "competency": ["x", "x", "y"], "weight": [1, 2, 1]})
    >>> nearest(overlap(listed))[["role", "neighbour", "overlap"]].values.tolist()
    [['a', 'b', 0.5], ['b', 'a', 0.5]]
    """
    need(pairs, ["role_a", "role_b", "overlap", "shared"])
    if most < 1:
        raise InputError(f"At least one neighbour is needed; got most={most}.")
    present = pairs["role_a"].unique()
    for role in roles or []:
        if role not in set(present):
            raise InputError(f"There are no pairs of '{role}'. {did_you_mean(role, present)}")
    wanted = {role: place for place, role in enumerate(present if roles is None else roles)}
    near = pairs[pairs["role_a"].isin(wanted) & (pairs["role_a"] != pairs["role_b"]) & (pairs["overlap"] > 0)]
    near = near.assign(order=near["role_a"].map(wanted)).sort_values(
        ["order", "overlap"], ascending=[True, False], kind="stable"
    )
    near = near.assign(place=near.groupby("role_a", sort=False).cumcount() + 1)
    near = near[near["place"] <= most].rename(columns={"role_a": "role", "role_b": "neighbour"})
    return near[["role", "place", "neighbour", "overlap", "shared"]].reset_index(drop=True)


def bordering(
    role: str | Sequence[str],
    competencies: pd.DataFrame,
    measure: str = "weighted_jaccard",
    at_least: float = 0.0,
    to: Sequence[str] | None = None,
) -> pd.DataFrame:
    """On which roles does a role border, and by which competencies?

    role: one or several of those in competencies (as for `overlap`). at_least: from which overlap two roles border on one
    another; at 0 all that share a competency do. to: which other roles count; left out, all.

    Returns one row per bordering role and shared competency: role, borders_on, overlap (of the two roles), of_own (share
    of the role's weight in competencies that the other has too, 0-1), of_theirs (the same the other way round),
    competency, weight (in the role), weight_there (in the other) and share (0-1): how much of what the two have in common,
    the smaller weights summed, lies in this competency. The role with most overlap first, then the competency with most
    share.

    Raises InputError as `overlap` does, and for a role that has no competencies.

    >>> from newroles.datasets import load_study
    >>> borders = bordering("nursing_associate", load_study("example_study").competencies)
    >>> borders[["borders_on", "competency"]].iloc[0].tolist()
    ['enrolled_nurse', 'checks_physical_health']
    """
    pairs = overlap(competencies, measure)
    asked = [role] if isinstance(role, str) else list(role)
    for name in [*asked, *(to or [])]:
        if name not in set(pairs["role_a"]):
            raise InputError(f"There are no competencies of '{name}'. {did_you_mean(name, pairs['role_a'].unique())}")
    order = {name: place for place, name in enumerate(asked)}
    has = competencies.loc[competencies["weight"] > 0, ["role", "competency", "weight"]].astype({"weight": float})
    total = has.groupby("role")["weight"].sum()
    there = has.rename(columns={"role": "borders_on", "weight": "weight_there"})
    if to is not None:
        there = there[there["borders_on"].isin(list(to))]
    near = pairs.loc[pairs["role_a"].isin(asked) & (pairs["overlap"] >= at_least), ["role_a", "role_b", "overlap"]]
    near = near.set_axis(["role", "borders_on", "overlap"], axis=1)
    borders = has[has["role"].isin(asked)].merge(there, on="competency").merge(near, on=["role", "borders_on"])
    borders = borders[borders["role"] != borders["borders_on"]]
    if borders.empty:
        numbers = pd.DataFrame(columns=_BORDERS).astype(dict.fromkeys(_BORDERS, "float64"))
        return numbers.astype(dict.fromkeys(["role", "borders_on", "competency"], "str"))
    common = borders[["weight", "weight_there"]].min(axis=1)
    pair = [borders["role"], borders["borders_on"]]
    borders = borders.assign(
        share=common / common.groupby(pair).transform("sum"),
        of_own=borders["weight"].groupby(pair).transform("sum") / borders["role"].map(total),
        of_theirs=borders["weight_there"].groupby(pair).transform("sum") / borders["borders_on"].map(total),
        order=borders["role"].map(order),
    )
    borders = borders.sort_values(
        ["order", "overlap", "borders_on", "share", "competency"], ascending=[True, False, True, False, True]
    )
    return borders[_BORDERS].reset_index(drop=True).astype({"role": "str"})


def place_role(
    activities: Sequence[str] | Mapping[str, float],
    professions: pd.DataFrame,
    measure: str = "cosine",
    own: Sequence[str] = (),
) -> pd.DataFrame:
    """On which professions does a new role border, when only a list of its activities is known?

    activities: what the role does, in the words of professions; a mapping gives each a weight. The rest, what is
    returned and what is refused: see `place_roles`. The role is called "new role".

    >>> from newroles.datasets import load_open
    >>> work = load_open("profession_activities")
    >>> place_role(["diagnoses", "prescribes", "interprets_results"], work)["borders_on"].iloc[0]
    'nurse_practitioner'
    """
    table = pd.DataFrame({"role": "new role", "activity": list(activities)})
    if isinstance(activities, Mapping):
        table["weight"] = [float(weight) for weight in activities.values()]
    return place_roles(table, professions, measure, own)


def place_roles(
    activities: pd.DataFrame, professions: pd.DataFrame, measure: str = "cosine", own: Sequence[str] = ()
) -> pd.DataFrame:
    """On which professions do new roles border, when only lists of their activities are known?

    activities: one row per role and activity (role, activity; weight, else each counts the same), in the words of
    professions. professions: one row per profession and activity (profession, activity, share_of_work), as the open table
    `profession_activities` has them. own: activities that a new role has and none of these professions.

    Both are compared as shares of a whole. A list that weighs all alike can't overlap fully with a profession that does
    much of one thing and little of another, so the order of professions says more than the size of an overlap. The cosine
    is the default because the weighted Jaccard index favours professions of few activities when a list is short.

    Returns what `bordering` returns, with the professions as those bordered on.

    Raises InputError as `bordering` and `beside_professions` do.

    >>> from newroles.datasets import load_open, load_published
    >>> found = place_roles(load_published("role_activities"), load_open("profession_activities"), own=["uses_lived_experience"])
    >>> found.query("role == 'physician_associate'")["borders_on"].iloc[0]
    'psychiatrist'
    """
    joined = beside_professions(activities, professions, own)
    asked = joined.loc[joined["role"].isin(activities["role"]), "role"].unique().tolist()
    to = joined.loc[~joined["role"].isin(asked), "role"].unique().tolist()
    return bordering(asked, joined, measure, to=to)


def beside_professions(activities: pd.DataFrame, professions: pd.DataFrame, own: Sequence[str] = ()) -> pd.DataFrame:
    """What do new roles and professions do, in one table that compares them as shares of a whole?

    activities, professions and own: as for `place_roles`.

    Returns role (new roles first, then professions), competency and weight (share of the role's whole, 0-1), for
    `overlap`, `overlap_intervals` and their kin.

    Raises InputError for activities that no profession has and that aren't said to be the role's own, with the nearest
    name that a profession has, and for a role that is called like a profession.

    >>> from newroles.datasets import load_open
    >>> listed = pd.DataFrame({"role": "scribe", "activity": ["keeps_records", "does_office_work"]})
    >>> beside_professions(listed, load_open("profession_activities"))["weight"].iloc[:2].tolist()
    [0.5, 0.5]
    """
    need(activities, ["role", "activity"])
    theirs = as_shares(as_competencies(professions))
    known = sorted(theirs["competency"].unique())
    strange = [name for name in activities["activity"].dropna().unique() if name not in set(known) | set(own)]
    if strange:
        guesses = {name: nearest_word(name, known) for name in strange}
        said = ", ".join(
            f"'{name}'" + (f" (did you mean '{guess}'?)" if guess else "") for name, guess in guesses.items()
        )
        raise InputError(
            f"No profession has {said}. Use the words of the professions, or name it in `own` if it is the role's alone. "
            f"Valid names: {', '.join(known)}."
        )
    ours = as_shares(activities.rename(columns={"activity": "competency"}))
    both = set(ours["role"]) & set(theirs["role"])
    if both:
        raise InputError(f"'{sorted(both)[0]}' is a new role and a profession at once: call one of them differently.")
    return pd.concat([ours, theirs], ignore_index=True)

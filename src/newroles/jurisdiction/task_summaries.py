"""What became of tasks, in tables for a page: counted over teams, task by task, and set against what roles are able to do."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from newroles.datasets.intervals import wilson
from newroles.jurisdiction.overlap import need, overlap
from newroles.jurisdiction.task_change import BECAME, DOUBTS, became_name
from newroles.jurisdiction.task_overlap import UNEXPECTED, overlap_against_competencies, task_overlap, unexpected_pairs

STILL = ("unchanged", "not_described")
"""What becomes of a task that stays as it is, or of which nothing is known."""

STATE_NAMES: Mapping[str, str] = {
    "contested": "Contested",
    "orphan": "Nobody does it",
    "shared": "Two or more roles do it",
    "supervised": "Supervised by another role",
    "sole": "One role does it",
}
"""What the states of a task are called in a table. A task can be in several."""

_FEWEST_ROLES, _FEWEST_PAIRS = 4, 3


def described_twice(tasks: pd.DataFrame) -> bool:
    """Is any team described both in the first wave and in the last, so that there is something to compare?

    tasks: a study's table: wave and team are looked at.

    >>> described_twice(pd.DataFrame({"wave": [1, 2], "team": ["a", "b"]}))
    False
    """
    need(tasks, ["wave", "team"])
    ends = tasks[tasks["wave"].isin([tasks["wave"].min(), tasks["wave"].max()])]
    return bool(ends.groupby("team")["wave"].nunique().gt(1).any())


def changes_counted(change: pd.DataFrame) -> pd.DataFrame:
    """How many tasks changed in which way, and how many of these have to do with the new role?

    change: as `task_change` gives it. A task counts once for each team.

    Returns one row per thing that became of some task, in the order of BECAME: became (its name), means (what it means), tasks
    (how many), share (of all, 0-1) and by_new_role (of these, how many the team's new role took, shares, claims or joins). No rows
    for no tasks.

    Raises InputError for a missing column.

    >>> change = pd.DataFrame({"became": ["shared", "unchanged", "shared"], "by_new_role": [True, False, False]})
    >>> changes_counted(change)[["became", "tasks", "by_new_role"]].values.tolist()
    [['Newly shared', 2, 1], ['Unchanged', 1, 0]]
    """
    need(change, ["became", "by_new_role"])
    counts = change["became"].value_counts()
    taken = change.loc[change["by_new_role"].astype(bool), "became"].value_counts()
    found = [became for became in BECAME if counts.get(became, 0)]
    tasks = np.array([counts[became] for became in found], dtype="int64")
    return pd.DataFrame(
        {
            "became": pd.Series([became_name(became) for became in found], dtype="str"),
            "means": pd.Series([BECAME[became] for became in found], dtype="str"),
            "tasks": tasks,
            "share": tasks / max(len(change), 1),
            "by_new_role": np.array([taken.get(became, 0) for became in found], dtype="int64"),
        }
    )


def tasks_at_the_end(change: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Which tasks are contested, or nobody's, in the later wave, and which changed in most teams?

    change: as `task_change` gives it. level: of the intervals.

    Returns one row per task: task, n (teams in which somebody spoke of it in the later wave), contested and orphan (of these, teams
    in which it is contested, and in which nobody does it; it can be both), changed (of these, teams in which something became of it),
    share (changed of n), low, high (Wilson's interval; blank for no team), commonest (what became of it in most teams of those in
    which something did, by name; two or more that are equally common are joined by "or"; blank where nothing did). Tasks that are
    contested or nobody's in most teams come first, then those that changed in most.

    Raises InputError for a missing column.

    >>> change = pd.DataFrame({"team": ["a", "b"], "task": "care", "became": ["contested", "unchanged"],
    ...     "state_after": ["contested", "sole"], "doers_after": [("nurse", "associate"), ("nurse",)]})
    >>> tasks_at_the_end(change)[["task", "n", "contested", "orphan", "changed", "commonest"]].values.tolist()
    [['care', 2, 1, 0, 1, 'Contested']]
    """
    need(change, ["team", "task", "became", "state_after", "doers_after"])
    told = change["state_after"].ne("")
    flags = change.assign(
        n=told,
        contested=told & change["state_after"].eq("contested"),
        orphan=told & change["doers_after"].map(len).eq(0),
        changed=told & ~change["became"].isin(STILL),
    )
    columns = ["n", "contested", "orphan", "changed"]
    found = flags.groupby("task")[columns].sum().astype("int64").reset_index()
    found["share"] = found["changed"] / found["n"].where(found["n"] > 0)
    found["low"], found["high"] = wilson(found["share"], found["n"], level)
    moved = flags[flags["changed"]].groupby("task")["became"].agg(_commonest)
    found["commonest"] = pd.Series([moved.get(task, None) for task in found["task"]], dtype="str")
    pressing = flags[flags["contested"] | flags["orphan"]].groupby("task").size()
    found["pressing"] = [int(pressing.get(task, 0)) for task in found["task"]]
    order = found.sort_values(["pressing", "changed", "task"], ascending=[False, False, True], ignore_index=True)
    return order.drop(columns="pressing")


def doubts_counted(change: pd.DataFrame) -> pd.DataFrame:
    """Of how many tasks can't the rows tell everything, and what was made of it?

    change: as `task_change` gives it.

    Returns one row per doubt that some task has, in the order of DOUBTS: doubt (in words), tasks, and of all (how many tasks there are).
    No rows where the rows tell everything.

    Raises InputError for a missing column.

    >>> doubts_counted(pd.DataFrame({"doubt": ["", "one_of_several"]}))[["tasks", "of"]].values.tolist()
    [[1, 2]]
    """
    need(change, ["doubt"])
    counts = change["doubt"].value_counts()
    found = [doubt for doubt in DOUBTS if counts.get(doubt, 0)]
    return pd.DataFrame(
        {
            "doubt": pd.Series([DOUBTS[doubt][0].upper() + DOUBTS[doubt][1:] for doubt in found], dtype="str"),
            "tasks": np.array([counts[doubt] for doubt in found], dtype="int64"),
            "of": np.full(len(found), len(change), dtype="int64"),
        }
    )


def tasks_against_competencies(
    tasks: pd.DataFrame,
    wave: int,
    competencies: pd.DataFrame,
    permutations: int = 9999,
    rng: np.random.Generator | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Do roles whose competencies overlap do or contest the same tasks, if a study lets us ask?

    tasks: a study's table, as for `task_map`. wave: which. competencies: as `competencies_of` gives them; may have no rows.
    permutations, rng: as for `overlap_against_competencies`.

    Returns its table, that of `unexpected_pairs`, and why both are empty, in a sentence ("" if they aren't): the study says nothing
    about competencies, or too few roles or pairs of roles have both tasks and competencies.

    Raises InputError as these two do for anything else.

    >>> from newroles.datasets import load_study
    >>> study = load_study("example_study")
    >>> answers, _, why_not = tasks_against_competencies(study.tasks, 3, study.competencies, permutations=9)
    >>> len(answers), why_not
    (2, '')
    >>> tasks_against_competencies(study.tasks, 3, study.competencies.iloc[:0])[2]
    'This study says nothing about competencies, so tasks can not be set against them.'
    """
    nothing = pd.DataFrame(), pd.DataFrame()
    if competencies.empty:
        return *nothing, "This study says nothing about competencies, so tasks can not be set against them."
    pairs, able = task_overlap(tasks, wave), overlap(competencies)
    both = set(pairs["role_a"]) & set(able.loc[able["overlap"].notna(), "role_a"])
    if len(both) < _FEWEST_ROLES:
        return (
            *nothing,
            "Fewer than four roles have both tasks and competencies in this study, too few to compare pairs of them.",
        )
    meeting = pairs[pairs["role_a"].isin(both) & pairs["role_b"].isin(both) & (pairs["role_a"] < pairs["role_b"])]
    if meeting["overlap"].notna().sum() < _FEWEST_PAIRS:
        return (
            *nothing,
            "Too few pairs of roles with competencies meet in a team of this study and do a task there to be compared.",
        )
    return overlap_against_competencies(pairs, able, permutations, rng), unexpected_pairs(pairs, able), ""


def unexpected_listed(unexpected: pd.DataFrame, names: Mapping[str, str], most: int) -> pd.DataFrame:
    """The pairs of roles that stand otherwise than expected, with names: of each kind those that stand out most.

    unexpected: as `unexpected_pairs` gives it, or without rows and columns. names: what roles are called. most: how many pairs in all,
    half of each kind, and more of one where the other has fewer.

    Returns role_a, role_b (names), unexpected ("Contested though unlike", "Apart though alike"), competencies, tasks, contested, teams.

    >>> row = {"role_a": ["a"], "role_b": ["b"], "unexpected": ["apart_though_alike"], "competencies": [0.5], "tasks": [0.0]}
    >>> pairs = pd.DataFrame(row).assign(contested=0, teams=1)
    >>> unexpected_listed(pairs, {"a": "Nurse", "b": "Doctor"}, 12).iloc[0, :3].tolist()
    ['Nurse', 'Doctor', 'Apart though alike']
    """
    listed = unexpected.reindex(
        columns=["role_a", "role_b", "unexpected", "competencies", "tasks", "contested", "teams"]
    )
    place = listed.groupby("unexpected").cumcount()
    listed = listed.loc[place.sort_values(kind="stable").index[:most].sort_values()]
    said = {what: what.replace("_", " ").capitalize() for what in UNEXPECTED}
    return listed.assign(
        role_a=listed["role_a"].map(names),
        role_b=listed["role_b"].map(names),
        unexpected=listed["unexpected"].map(said),
    ).reset_index(drop=True)


def names_for(tasks: pd.DataFrame, names: Mapping[str, str]) -> dict[str, str]:
    """What is each role and each task of a study called: as the register says, or else by its id in words?

    tasks: a study's table, as for `task_map`. names: what is known by id.

    >>> names_for(pd.DataFrame({"task": ["care_plan"], "role": ["night_nurse"]}), {"nurse": "Registered nurse"})
    {'nurse': 'Registered nurse', 'care_plan': 'Care plan', 'night_nurse': 'Night nurse'}
    """
    need(tasks, ["task", "role"])
    missing = {*tasks["task"], *tasks["role"]} - set(names)
    return dict(names) | {id: id.replace("_", " ").capitalize() for id in sorted(missing)}


def _commonest(became: pd.Series) -> str:
    counts = became.value_counts()
    most = [one for one in BECAME if counts.get(one, 0) == counts.max()]
    said = [became_name(most[0]), *(became_name(one)[0].lower() + became_name(one)[1:] for one in most[1:])]
    return " or ".join(said)

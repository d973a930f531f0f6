"""Sentences of the page on tasks that name roles, tasks or a team: which moved between whom, which are contested, who is able to."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from newroles.jurisdiction.overlap import need
from newroles.jurisdiction.task_summaries import STILL
from newroles.jurisdiction.task_words import unexpected_in_words
from newroles.phrases import counted, listed, lower_case, p_value

_MOST_NAMED = 3


def pairs_in_words(pairs: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Between which roles did most tasks move, or become shared or contested, in a sentence?

    pairs: as `change_by_pair` gives it. names: what roles are called.

    >>> pairs = pd.DataFrame({"from_role": ["nurse"], "to_role": ["peer"], "tasks": [1], "unsure": [0]})
    >>> pairs_in_words(pairs, {"nurse": "Nurse", "peer": "Peer worker"})
    'One task moved between two roles, or is now shared or contested by them: from nurse to peer worker.'
    """
    need(pairs, ["from_role", "to_role", "tasks", "unsure"])
    if pairs.empty:
        return "No task moved between roles that are named, or became shared or contested by them."
    top = pairs[pairs["tasks"] == pairs["tasks"].max()]
    most = int(pairs["tasks"].max())
    named = [
        f"from {lower_case(names[a])} to {lower_case(names[b])}"
        for a, b in zip(top["from_role"], top["to_role"], strict=True)
    ]
    unsure = (
        " Where the rows leave open which of several roles it was, each that is possible is counted."
        if pairs["unsure"].sum()
        else ""
    )
    if len(pairs) == 1 and most == 1:
        return f"One task moved between two roles, or is now shared or contested by them: {named[0]}.{unsure}"
    if len(pairs) == 1:
        return f"{most} tasks moved between two roles, or are now shared or contested by them: {named[0]}.{unsure}"
    start = f"Tasks moved, or are newly shared or contested, between {len(pairs)} pairs of roles"
    if most == 1:
        return f"{start}, one task each.{unsure}"
    if len(named) > _MOST_NAMED:
        return f"{start}, at most {most} between two roles.{unsure}"
    each = "" if len(named) == 1 else " each"
    return f"{start}, most {'; '.join(named)} ({most} tasks{each}).{unsure}"


def end_in_words(at_end: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Which tasks are contested, and nobody's, in the largest number of teams in the later wave, in two sentences?

    at_end: as `tasks_at_the_end` gives it. names: what tasks are called.

    >>> at_end = pd.DataFrame({"task": ["a", "b"], "n": [8, 7], "contested": [3, 1], "orphan": 0})
    >>> end_in_words(at_end, {"a": "Care planning", "b": "Group work"})
    'Most widely contested at the end: care planning (in 3 of 8 teams that spoke of it). Every task has somebody who does it.'
    """
    need(at_end, ["task", "n", "contested", "orphan"])
    contested = _widest(at_end, "contested", names)
    orphan = _widest(at_end, "orphan", names)
    return (
        (f"Most widely contested at the end: {contested}. " if contested else "No task is contested at the end. ")
        + (f"Most widely left without anybody to do it: {orphan}." if orphan else "Every task has somebody who does it.")
    )  # fmt: skip


def team_in_words(board: pd.DataFrame) -> str:
    """What a team should talk about: how many of its tasks changed, are contested, and have nobody, as a title?

    board: as `board_of_team` gives it.

    >>> board = pd.DataFrame({"team": "T1", "became": ["shared", "unchanged"], "state_after": ["shared", "contested"],
    ...     "doers_after": [("a", "b"), ("a",)]})
    >>> team_in_words(board)
    'Team T1: 1 of 2 tasks changed; at the end 1 is contested and none has nobody to do it'
    """
    need(board, ["team", "became", "state_after", "doers_after"])
    if board.empty:
        return "No board of a team"
    moved = int((~board["became"].isin(STILL)).sum())
    told = board["state_after"].ne("")
    contested = int(board["state_after"].eq("contested").sum())
    orphan = int((told & board["doers_after"].map(len).eq(0)).sum())
    first = f"{moved or 'none'} of {counted(len(board), 'task')} changed"
    second = f"{contested or 'none'} {'is' if contested in (0, 1) else 'are'} contested"
    third = f"{orphan or 'none'} {'has' if orphan in (0, 1) else 'have'} nobody to do {'it' if orphan in (0, 1) else 'them'}"
    return f"Team {board['team'].iloc[0]}: {first}; at the end {second} and {third}"


def against_competencies_in_words(answers: pd.DataFrame, why_not: str = "", level: float = 0.05) -> str:
    """Do roles whose competencies overlap more do or contest more of the same tasks, in sentences?

    answers, why_not: as `tasks_against_competencies` gives them. level: a p below it is a clear answer.

    >>> answers = pd.DataFrame({"of": ["contested"], "estimate": [0.1], "p_two_sided": [0.3], "roles": 9, "pairs": 30})
    >>> against_competencies_in_words(answers)
    "Whether roles whose competencies overlap more contest more tasks or fewer isn't clear (rank correlation 0.10, p = 0.30; 30 pairs of 9 roles)."
    """
    if why_not:
        return why_not
    need(answers, ["of", "estimate", "p_two_sided", "roles", "pairs"])
    said: list[str] = []
    verbs = {"tasks": ("do {} of the same tasks", "do more of the same tasks or fewer"),
             "contested": ("contest {} tasks", "contest more tasks or fewer")}  # fmt: skip
    for row in answers.to_dict("records"):
        clear, open_ = verbs[str(row["of"])]
        base = f"{row['pairs']} pairs of {row['roles']} roles" if not said else ""
        if pd.isna(row["estimate"]):
            said.append(
                f"Whether roles whose competencies overlap more {open_} can't be told, since on one side all pairs are alike."
            )
            continue
        how = (
            f"(rank correlation {_correlation(row['estimate'])}, {p_value(row['p_two_sided'])}{'; ' + base if base else ''})"
        )  # fmt: skip
        if row["p_two_sided"] < level:
            which = clear.format("more" if row["estimate"] > 0 else "fewer")
            said.append(f"Roles whose competencies overlap more {which} {how}.")
        else:
            said.append(f"Whether roles whose competencies overlap more {open_} isn't clear {how}.")
    return " ".join(said)


def unexpected_pairs_in_words(unexpected: pd.DataFrame, names: Mapping[str, str], why_not: str = "") -> str:
    """Which roles contest a task though unlike, and which do nothing in common though alike, in two sentences?

    unexpected, why_not: as `tasks_against_competencies` gives them. names: what roles are called.

    >>> pairs = pd.DataFrame({"role_a": ["a"], "role_b": ["b"], "unexpected": ["apart_though_alike"]})
    >>> unexpected_pairs_in_words(pairs, {"a": "Nurse", "b": "Doctor"})[-95:]
    'Much in competencies, but neither a task in common nor one that they contest: nurse and doctor.'
    """
    if why_not:
        return ""
    unlike = unexpected_in_words(unexpected, "contested_though_unlike", names)
    alike = unexpected_in_words(unexpected, "apart_though_alike", names)
    return (
        f"Little in common in competencies, but a contested task: {unlike}. "
        f"Much in competencies, but neither a task in common nor one that they contest: {alike}."
    )


def _widest(at_end: pd.DataFrame, what: str, names: Mapping[str, str]) -> str:
    """The tasks of which this is true in most teams, by name if they are few; "" where it is true of none."""
    most = int(at_end[what].max()) if len(at_end) else 0
    top = at_end[at_end[what] == most]
    if not most:
        return ""
    if len(top) > _MOST_NAMED:
        return f"{len(top)} tasks, in {counted(most, 'team')} each"
    teams = [counted(int(n), "team") for n in top["n"]]
    return listed(
        [
            f"{lower_case(names[task])} (in {most} of {n} that spoke of it)"
            for task, n in zip(top["task"], teams, strict=True)
        ]
    )


def _correlation(number: float) -> str:
    return f"{number:.2f}".replace("-", "−")

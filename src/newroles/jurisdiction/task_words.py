"""What became of tasks, in sentences that are right whatever was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from newroles.jurisdiction.overlap import need
from newroles.jurisdiction.task_change import BECAME, became_name
from newroles.phrases import counted, listed, lower_case, p_value

_STILL = ("unchanged", "not_described")
_MOST_NAMED = 3
_POSITION_WORDS = {"doers": "done", "supervisors": "supervised", "claimants": "claimed", "given_up": "given up"}


def changes_in_words(change: pd.DataFrame) -> str:
    """What became of the tasks of the teams compared, in a sentence?

    change: as `task_change` gives it.

    >>> change = pd.DataFrame({"team": ["a", "a", "b"], "task": ["care", "tests", "care"], "became": ["shared", "unchanged", "shared"]})
    >>> changes_in_words(change)
    'Of 3 tasks in 2 teams, 2 changed hands or positions: 2 newly shared.'
    """
    need(change, ["team", "task", "became"])
    counts = change["became"].value_counts()
    teams = change["team"].nunique()
    whole = f"Of {len(change)} tasks in {counted(teams, 'team')}"
    moved = [became for became in BECAME if became not in _STILL and counts.get(became, 0)]
    if not moved:
        return f"{whole}, none changed hands or positions, as far as the teams said."
    each = [
        f"{counts[became]} {lower_case(became_name(became))}" for became in sorted(moved, key=lambda one: -counts[one])
    ]
    unknown = counts.get("not_described", 0)
    more = (
        f" {counted(int(unknown), 'task')} {'was' if unknown == 1 else 'were'} not spoken of afterwards."
        if unknown
        else ""
    )
    return f"{whole}, {sum(int(counts[became]) for became in moved)} changed hands or positions: {listed(each)}.{more}"


def left_out_in_words(compared: pd.DataFrame, waves: tuple[int, int]) -> str:
    """Which teams were left out since they are described in one of two waves only? Empty where none was.

    compared: as `compared_teams` gives it. waves: the two.

    >>> left_out_in_words(pd.DataFrame({"team": ["a", "b"], "compared": [True, False]}), (1, 3))
    'Left out, since it is not described in both wave 1 and wave 3: b.'
    """
    need(compared, ["team", "compared"])
    out = compared.loc[~compared["compared"].astype(bool), "team"].tolist()
    if not out:
        return ""
    are = "it is" if len(out) == 1 else "they are"
    return f"Left out, since {are} not described in both wave {waves[0]} and wave {waves[1]}: {', '.join(out)}."


def doubts_in_words(change: pd.DataFrame) -> str:
    """Of how many tasks can't the rows tell all? Empty where they can.

    change: as `task_change` gives it.

    >>> doubts_in_words(pd.DataFrame({"doubt": ["", "one_of_several", "gave_up_not_said"]}))
    'Of 1 task the rows do not say which of several roles was concerned; of 1 task nobody said that they gave it up.'
    """
    need(change, ["doubt"])
    said = {
        "one_of_several": "the rows do not say which of several roles was concerned",
        "gave_up_not_said": "nobody said that they gave it up",
        "not_described_before": "nobody spoke before, and it counts as one that nobody did",
        "not_described_after": "nobody spoke afterwards, and what became of it is not known",
    }
    counts = change["doubt"].value_counts()
    parts = [
        f"of {counted(int(counts[doubt]), 'task')} {words}" for doubt, words in said.items() if counts.get(doubt, 0)
    ]
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def states_in_words(states: pd.DataFrame) -> str:
    """Are more tasks contested, and nobody's, than before, in a sentence?

    states: as `state_change` gives it.

    >>> rows = {"state": ["contested", "orphan"], "before": [3, 1], "after": [5, 1], "n": 16, "teams": 2, "p": [0.02, 1.0]}
    >>> states_in_words(pd.DataFrame(rows))
    'Of 16 tasks in 2 teams, 3 were contested before and 5 after (p = 0.02); 1 was done by nobody before and 1 after (p = 1.00).'
    """
    need(states, ["state", "before", "after", "n", "teams", "p"])
    said = {"contested": "contested", "orphan": "done by nobody"}
    rows = states[states["state"].isin(said)].to_dict("records")
    parts = [
        f"{row['before']} {'was' if row['before'] == 1 else 'were'} {said[str(row['state'])]} before and {row['after']} after ({p_value(row['p'])})"
        for row in rows
    ]
    return f"Of {states['n'].iloc[0]} tasks in {counted(int(states['teams'].iloc[0]), 'team')}, {'; '.join(parts)}."


def unexpected_in_words(pairs: pd.DataFrame, unexpected: str, names: Mapping[str, str]) -> str:
    """Which pairs of roles are unexpected in this way: the first few by name, and how many more?

    pairs: as `unexpected_pairs` gives it. unexpected: which way. names: what roles are called.

    >>> pairs = pd.DataFrame({"role_a": ["a"], "role_b": ["b"], "unexpected": ["apart_though_alike"]})
    >>> unexpected_in_words(pairs, "apart_though_alike", {"a": "Nurse", "b": "Doctor"})
    'nurse and doctor'
    """
    need(pairs, ["role_a", "role_b", "unexpected"])
    own = pairs[pairs["unexpected"] == unexpected]
    named = [
        f"{lower_case(names[a])} and {lower_case(names[b])}" for a, b in zip(own["role_a"], own["role_b"], strict=True)
    ]
    if not named:
        return "no pair of roles"
    more = len(named) - _MOST_NAMED
    return "; ".join(named[:_MOST_NAMED]) + (
        f"; and {more} more {'pair' if more == 1 else 'pairs'}" if more > 0 else ""
    )


def board_in_words(change: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Who does, supervises, claims and has given up which task before and after, for those who can't see the board?

    change: as `task_change` or `board_of_team` gives it. names: what roles and tasks are called; an id without a name is said in words.

    Returns one row per task, in the order of the board: task, became (as `became_name` says it), before and after (who holds which
    position, in words; "not spoken of" where nobody does), and team before these where there are several.

    >>> from newroles.datasets import load_study
    >>> from newroles.jurisdiction.task_change import task_change
    >>> board_in_words(task_change(load_study("example_study").tasks).query("team == 'T001'"), {})["after"].iloc[0]
    'done by advanced practitioner; given up by registered nurse'
    """
    held = [f"{what}_{when}" for what in _POSITION_WORDS for when in ("before", "after")]
    need(change, ["team", "task", "became", *held])
    order = change["became"].map(list(BECAME).index)
    ordered = change.assign(order=order).sort_values(["team", "order"], kind="stable")
    found = pd.DataFrame(
        {
            "team": ordered["team"],
            "task": [names.get(task, task.replace("_", " ")) for task in ordered["task"]],
            "became": ordered["became"].map(became_name),
            **{when: [_held(row, when, names) for row in ordered.to_dict("records")] for when in ("before", "after")},
        }
    ).reset_index(drop=True)
    return found if len(set(found["team"])) > 1 else found.drop(columns="team")


def _held(row: Mapping[Any, Any], when: str, names: Mapping[str, str]) -> str:
    parts = [
        f"{words} by {listed([lower_case(names.get(role, role.replace('_', ' '))) for role in row[f'{what}_{when}']])}"
        for what, words in _POSITION_WORDS.items()
        if row[f"{what}_{when}"]
    ]
    return "; ".join(parts) or "not spoken of"

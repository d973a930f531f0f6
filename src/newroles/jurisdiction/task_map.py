"""Who does which task in which team, and which tasks are shared, contested or nobody's?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.jurisdiction.overlap import need

POSITIONS = {"does": "doers", "supervises": "supervisors", "claims": "claimants", "gave_up": "given_up"}
"""Where a role can stand towards a task, and the column of a task map that lists the roles that stand there."""

STATES = ("contested", "orphan", "shared", "supervised", "sole")
"""The states of a task. One that is in several is drawn as the first of these: what a team should talk about comes first."""

_TASK_COLUMNS = ("wave", "team", "task", "role", "position")
_KEYS = ("team", "wave", "task")
_LISTS = ("doers", "claimants", "supervisors", "given_up")


def task_map(tasks: pd.DataFrame, wave: int | None = None) -> pd.DataFrame:
    """Who does which task in which team, and which tasks are shared, contested or nobody's?

    tasks: a study's table: one row per wave, team, task, role and position (does, supervises, claims, gave_up). wave: one wave
    only; left out, all of them.

    Returns one row per team, wave and task on which somebody holds a position: doers, claimants, supervisors, given_up (tuples of
    roles in alphabetical order); whether the task is

    - shared: two or more roles do it;
    - contested: a role claims it, and another role claims or does it;
    - orphan: somebody holds a position on it, but nobody does it;
    - supervised: a role supervises it while another one does it;
    - sole: one role does it, and only one;

    and state, the first of contested, orphan, shared, supervised and sole that is true, to be drawn. A task can be in several
    states: shared and contested, say. A task that no row names is not in the map: that nobody spoke of it doesn't say who does it.
    No rows for a table without rows.

    Raises InputError for a missing column, a blank, an unknown position or wave, and a role that does a task and has given it up in
    one wave: of these two, one is wrong. Other pairs of positions are possible: who gave a task up may supervise it or claim it back.

    Source: shared, contested and unclaimed work at the boundary of professions follow Abbott (1988), The System of Professions,
    University of Chicago Press, chapters 2 and 3; that a claim without a rival is no contest is our own convention.

    >>> from newroles.datasets import load_study
    >>> board = task_map(load_study("example_study").tasks, wave=1)
    >>> board.query("team == 'T003' and task == 'crisis_response'")[["claimants", "state"]].values.tolist()
    [[('cypmh_specialist', 'registered_nurse'), 'contested']]
    """
    listed = checked_tasks(tasks)
    if wave is not None:
        listed = listed[listed["wave"] == known_wave(listed, wave)]
    held: dict[tuple, dict[str, list[str]]] = {}
    for team, each, task, role, position in zip(
        *(listed[key].tolist() for key in (*_KEYS, "role", "position")), strict=True
    ):
        held.setdefault((team, each, task), {}).setdefault(POSITIONS[position], []).append(role)
    rows = [(*key, *(tuple(sorted(held[key].get(column, ()))) for column in _LISTS)) for key in sorted(held)]
    board = pd.DataFrame(rows, columns=[*_KEYS, *_LISTS]).astype({"team": "str", "wave": "int64", "task": "str"})
    flags = [states_of(*three) for three in zip(board["doers"], board["claimants"], board["supervisors"], strict=True)]
    for state in STATES:
        board[state] = pd.Series([true[state] for true in flags], index=board.index, dtype=bool)
    first = [next(state for state in STATES if true[state]) for true in flags]
    return board.assign(state=pd.Series(first, index=board.index, dtype="str"))


def states_of(doers: Sequence[str], claimants: Sequence[str], supervisors: Sequence[str]) -> dict[str, bool]:
    """Which states is a task in, on which these roles hold these positions? See `task_map`.

    >>> [state for state, true in states_of(["nurse"], ["associate"], ["nurse"]).items() if true]
    ['contested', 'sole']
    """
    does, claims, supervises = set(doers), set(claimants), set(supervisors)
    return {
        "contested": bool(claims) and len(claims | does) >= 2,
        "orphan": not does,
        "shared": len(does) >= 2,
        "supervised": any(does - {role} for role in supervises),
        "sole": len(does) == 1,
    }


def first_and_last(tasks: pd.DataFrame, before: int | None = None, after: int | None = None) -> tuple[int, int]:
    """Which two waves are compared: these, or the first and the last that there are?

    Raises InputError for an unknown wave, one wave only, and a wave compared with itself or with an earlier one.

    >>> first_and_last(pd.DataFrame({"wave": [1, 2, 3], "team": "t", "task": "a", "role": "nurse", "position": "does"}))
    (1, 3)
    """
    listed = checked_tasks(tasks)
    waves = sorted(listed["wave"].unique().tolist())
    if len(waves) < 2:
        there = f"has wave {waves[0]} only" if waves else "has no rows"
        raise InputError(
            f"The table tasks {there}: a change needs a wave before and one after. Show task_map() instead."
        )
    chosen = [
        waves[0] if before is None else known_wave(listed, before),
        waves[-1] if after is None else known_wave(listed, after),
    ]
    if chosen[0] >= chosen[1]:
        raise InputError(
            f"before={chosen[0]}, after={chosen[1]}: the wave before must come first. Waves: {_waves(waves)}."
        )
    return int(chosen[0]), int(chosen[1])


def known_wave(tasks: pd.DataFrame, wave: int) -> int:
    """The wave, if the table has it; else InputError, with those there are."""
    there = sorted(tasks["wave"].unique().tolist())
    if wave not in there:
        raise InputError(
            f"The table tasks has no wave {wave}. " + (f"Waves: {_waves(there)}." if there else "It has no rows.")
        )
    return wave


def checked_tasks(tasks: pd.DataFrame) -> pd.DataFrame:
    """The rows of a study's tasks, each once. Raises InputError for what `task_map` refuses."""
    need(tasks, _TASK_COLUMNS)
    blank = tasks[list(_TASK_COLUMNS)].isna()
    if blank.to_numpy().any():
        number = int(blank.any(axis=1).to_numpy().argmax())
        column = next(name for name in _TASK_COLUMNS if blank[name].iloc[number])
        raise InputError(f"Row {number + 1} of tasks has no {column}: fill it in, or leave the row out.")
    for position in tasks["position"].unique():
        if position not in POSITIONS:
            where = tasks[tasks["position"] == position].iloc[0]
            raise InputError(
                f"Team {where['team']}, task '{where['task']}', role '{where['role']}': '{position}' is no position. "
                + did_you_mean(position, POSITIONS)
            )
    listed = tasks[list(_TASK_COLUMNS)].drop_duplicates()
    both = listed[listed["position"].isin(["does", "gave_up"])]
    twice = both[both.duplicated(["wave", "team", "task", "role"])]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(
            f"Wave {row['wave']}, team {row['team']}, task '{row['task']}': '{row['role']}' does it and has given it up. Keep the row "
            "that is true of this wave; who still does a part of it does it."
        )
    return listed


def _waves(waves: Sequence[int]) -> str:
    return ", ".join(map(str, waves))

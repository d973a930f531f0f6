"""How many teams saw which change of a task, between which roles, and are more tasks contested or nobody's than before?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pandas as pd

from newroles.datasets.intervals import wilson
from newroles.errors import InputError
from newroles.jurisdiction.overlap import need
from newroles.jurisdiction.task_change import BECAME
from newroles.jurisdiction.task_map import STATES, states_of

MOST_TEAMS = 12
"""Up to so many teams, every way of swapping the waves within teams is gone through; beyond, some are drawn."""

_NOT_DESCRIBED = "not_described"
_BETWEEN = ("handed_over", "supervised", "shared", "contested", "refused")
_BATCH = 1000  # so many ways of swapping are looked at, at once
_SAME = 1e-9


def change_by_task(change: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """In how many teams did each thing become of each task?

    change: as `task_change` gives it. level: of the intervals.

    Returns one row per task and change that some team saw: task, became, teams (how many), n (teams that described the task in
    either wave), share (of these, 0-1), low, high (Wilson's interval). The commonest change of a task first; tasks in alphabetical order.

    Raises InputError for a missing column.

    >>> change = pd.DataFrame({"team": ["a", "b", "c"], "task": "care", "became": ["shared", "shared", "unchanged"]})
    >>> change_by_task(change)[["became", "teams", "n"]].values.tolist()
    [['shared', 2, 3], ['unchanged', 1, 3]]
    """
    need(change, ["team", "task", "became"])
    found = change.groupby(["task", "became"])["team"].nunique().rename("teams").reset_index()
    found["n"] = found["task"].map(change.groupby("task")["team"].nunique()).astype("int64")
    found["share"] = found["teams"] / found["n"]
    found["low"], found["high"] = wilson(found["share"], found["n"], level)
    found["order"] = [list(BECAME).index(became) for became in found["became"]]
    found = found.sort_values(
        ["task", "teams", "order"], ascending=[True, False, True], kind="stable", ignore_index=True
    )
    return found.drop(columns="order")


def change_by_pair(change: pd.DataFrame) -> pd.DataFrame:
    """Between which roles did tasks move, and which do they now share or contest?

    change: as `task_change` gives it.

    Returns one row per pair of roles: from_role, to_role, handed_over, supervised, shared, contested, refused (how many tasks, over
    teams: of the first role to the second, or between them), tasks (their sum), unsure (of these, tasks of which the rows don't say
    between which of several roles; such a task counts with each pair possible, so that the sum of all rows can be more than all tasks),
    teams (how many teams that was). Most tasks first.

    Raises InputError for a missing column.

    >>> change = pd.DataFrame({"team": ["a"], "task": "care", "became": "handed_over", "from_roles": [("nurse",)], "to_roles": [("associate",)]})
    >>> change_by_pair(change)[["from_role", "to_role", "handed_over", "teams"]].values.tolist()
    [['nurse', 'associate', 1, 1]]
    """
    need(change, ["team", "task", "became", "from_roles", "to_roles"])
    moved = change[change["became"].isin(_BETWEEN)]
    named = moved[["team", "became", "from_roles", "to_roles"]].itertuples(index=False, name=None)
    rows = [
        (a, b, team, became, len(source) * len(target) > 1)
        for team, became, source, target in named
        for a, b in product(source, target)
        if a != b
    ]
    long = pd.DataFrame(rows, columns=["from_role", "to_role", "team", "became", "unsure"]).astype({"unsure": bool})
    for became in _BETWEEN:
        long[became] = long["became"].eq(became)
    pairs = long.groupby(["from_role", "to_role"])
    found = pairs[list(_BETWEEN)].sum().astype("int64")
    found["tasks"], found["unsure"], found["teams"] = pairs.size(), pairs["unsure"].sum(), pairs["team"].nunique()
    found = found.reset_index().astype(
        {"tasks": "int64", "unsure": "int64", "teams": "int64", "from_role": "str", "to_role": "str"}
    )
    return found.sort_values(["tasks", "from_role", "to_role"], ascending=[False, True, True], ignore_index=True)


def state_change(
    change: pd.DataFrame, level: float = 0.95, draws: int = 9999, rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """Are more tasks shared, contested, nobody's than before, by more than chance between teams would have it?

    change: as `task_change` gives it. level: of the interval. draws: how many ways of swapping are drawn where there are more than
    12 teams. rng: a generator for these; None: one with seed 0.

    The tasks of a team aren't independent, so that McNemar's test over all tasks would be too sure. What is exchanged is therefore the
    two waves of a whole team: if the new role changed nothing, either wave could as well have been the first.

    Returns one row per state (contested, orphan, shared, supervised, sole; a task can be in several): state, before, after (how many
    tasks), gained, lost (tasks newly in the state, and no longer), n (tasks, over teams), teams, estimate (the change of the share of
    tasks in the state: (after - before) / n), low, high, p (two-sided: the share of all 2^teams ways of swapping the waves within teams
    in which the change is as far from nought), method. A task that nobody spoke of before is in no state then; tasks not described
    after are left out of n.
    low and high are the changes that the same test wouldn't refuse: the outer ones of the changes computed from every
    group of teams. Blank with so few teams that no change could be refused (fewer than six at 95%).

    Raises InputError for a missing column, no tasks to compare, a level not between 0 and 1, or fewer than 1 draw.

    Source: the interval is that of Hartigan (1969), Using subsample values as typical values, Journal of the American Statistical
    Association 64: 1303-1317, doi 10.1080/01621459.1969.10501057; it takes the changes of teams as symmetric round a common one.

    >>> from newroles.datasets import load_study
    >>> from newroles.jurisdiction.task_change import task_change
    >>> found = state_change(task_change(load_study("example_study").tasks)).set_index("state")
    >>> found.loc["contested", ["before", "after"]].tolist()
    [15, 16]
    """
    held = [f"{what}_{when}" for what in ("doers", "claimants", "supervisors") for when in ("before", "after")]
    need(change, ["team", "task", "became", "given_up_before", *held])
    if not 0 < level < 1:
        raise InputError(f"level={level}: a level lies between 0 and 1, such as 0.95.")
    if draws < 1:
        raise InputError(f"draws={draws}: at least one way of swapping must be drawn.")
    known = change[change["became"] != _NOT_DESCRIBED]
    if known.empty:
        raise InputError("No task is described in both waves, so no state can be compared.")
    flags = {when: _flags(known, when) for when in ("before", "after")}
    names, team = np.unique(known["team"].to_numpy(dtype=object).astype(str), return_inverse=True)
    size = np.bincount(team).astype(float)
    exact = len(names) <= MOST_TEAMS
    rows = []
    for state in STATES:
        first, last = flags["before"][state], flags["after"][state]
        differences = np.bincount(team, last.astype(float) - first)
        p, low, high = _swapped(differences, size, level, exact, draws, rng)
        rows.append(
            {
                "state": state, "before": int(first.sum()), "after": int(last.sum()), "gained": int((last & ~first).sum()),
                "lost": int((first & ~last).sum()), "n": len(known), "teams": len(names),
                "estimate": differences.sum() / size.sum(), "low": low, "high": high, "p": p,
                "method": f"waves swapped within teams, {'all ways' if exact else f'{draws} ways drawn'}; {level:.0%}",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def board_of_teams(change: pd.DataFrame) -> pd.DataFrame:
    """In how many teams is each task contested, nobody's, shared, supervised or one role's, before and after?

    change: as `task_change` gives it.

    Returns one row per task, time and state: task, when (before, after), state (contested, orphan, shared, supervised, sole: the first
    that is true; not_described), teams (how many; 0 too). Tasks with most contested or orphan ones after come first. Nobody is named:
    this is the board that may be shown, its counts protected, where a board of one team would point to people.

    Raises InputError for a missing column.

    >>> change = pd.DataFrame({"team": ["a", "b"], "task": "care", "state_before": "sole", "state_after": ["contested", "sole"]})
    >>> board_of_teams(change).query("teams > 0").drop(columns="task").values.tolist()
    [['before', 'sole', 2], ['after', 'contested', 1], ['after', 'sole', 1]]
    """
    need(change, ["team", "task", "state_before", "state_after"])
    states = [*STATES, _NOT_DESCRIBED]
    told = pd.concat(
        [
            change[["team", "task"]].assign(when=when, state=change[f"state_{when}"].replace("", _NOT_DESCRIBED))
            for when in ("before", "after")
        ]
    )
    counts = told.groupby(["task", "when", "state"])["team"].nunique()
    tasks = sorted(
        change["task"].unique(),
        key=lambda task: (*(-counts.get((task, "after", state), 0) for state in STATES[:3]), task),
    )
    keys = pd.MultiIndex.from_product([tasks, ["before", "after"], states], names=["task", "when", "state"])
    found = counts.reindex(keys, fill_value=0).rename("teams").reset_index()
    return found.astype({"task": "str", "when": "str", "state": "str", "teams": "int64"})


def board_of_team(change: pd.DataFrame, team: str, protects: bool = False) -> pd.DataFrame:
    """The changes of one team, for a board of its own; no rows where the study's rule protects small numbers.

    change: as `task_change` gives it. protects: `profile_of(study).protects`. Often one person holds a role in a team, so a
    board with its roles points to people; `board_of_teams` then remains.

    Raises InputError for a missing column, and a team that isn't among those compared.

    >>> change = pd.DataFrame({"team": ["a"], "task": "care", "became": "shared"})
    >>> len(board_of_team(change, "a")), len(board_of_team(change, "a", protects=True))
    (1, 0)
    """
    need(change, ["team"])
    there = sorted(change["team"].unique())
    if team not in there:
        raise InputError(f"The team '{team}' isn't among those compared: {', '.join(there) or 'there are none'}.")
    return change[(change["team"] == team) & (not protects)].reset_index(drop=True)


def _flags(change: pd.DataFrame, when: str) -> dict[str, np.ndarray]:
    """For each state, whether each task is in it: as `task_map` says, and in none where nobody spoke of the task."""
    held = zip(
        change[f"doers_{when}"],
        change[f"claimants_{when}"],
        change[f"supervisors_{when}"],
        change[f"given_up_{when}"],
        strict=True,
    )
    rows = [states_of(d, c, s) if (d or c or s or g) else dict.fromkeys(STATES, False) for d, c, s, g in held]
    return {state: np.array([row[state] for row in rows], dtype=bool) for state in STATES}


def _swapped(
    differences: np.ndarray, size: np.ndarray, level: float, exact: bool, draws: int, rng: np.random.Generator | None
) -> tuple[float, float, float]:
    """p of no change, and the changes that wouldn't be refused: see `state_change`."""
    observed, far, ways = differences.sum(), 0, 0
    typical = []
    for swaps in _swaps(len(size), exact, draws, rng):  # ways x teams: 1 where the waves are swapped
        moved = swaps @ differences
        far += int((np.abs(observed - 2 * moved) >= abs(observed) - _SAME).sum())
        ways += len(swaps)
        some = swaps.any(axis=1)
        typical.append(moved[some] / (swaps[some] @ size))
    values = np.sort(np.concatenate(typical))
    p = far / ways if exact else (far + 1) / (ways + 1)
    outer = int((1 - level) / 2 * (len(values) + 1))
    return (p, float(values[outer - 1]), float(values[-outer])) if outer else (p, np.nan, np.nan)


def _swaps(teams: int, exact: bool, draws: int, rng: np.random.Generator | None) -> Iterator[np.ndarray]:
    if exact:
        yield (np.arange(2**teams)[:, None] >> np.arange(teams)) & 1
        return
    rng = np.random.default_rng(0) if rng is None else rng
    for start in range(0, draws, _BATCH):
        yield rng.integers(0, 2, (min(_BATCH, draws - start), teams))

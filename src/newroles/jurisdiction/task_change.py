"""What became of each task of a team when a new role came: handed over, shared, contested, refused, supervised, taken up, dropped?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.jurisdiction.task_map import checked_tasks, first_and_last, states_of, task_map

BECAME: Mapping[str, str] = {
    "dropped": "done before, and now nobody does it",
    "contested": "newly claimed by two roles, or by one that does it beside another",
    "taken_up": "nobody did it, and now somebody does",
    "handed_over": "one role no longer does it, another newly does",
    "supervised": "one role no longer does it but supervises another that newly does",
    "shared": "another role newly does it beside those that did",
    "refused": "newly claimed by one role that doesn't do it, while others do",
    "narrowed": "one role no longer does it, others that did go on",
    "settled": "contested before and no longer, and somebody does it",
    "other": "another position changed: a supervisor, a claim to what nobody does",
    "unchanged": "the same roles hold the same positions",
    "not_described": "done or claimed before, and not spoken of after",
}
"""What can become of a task. Where several are true, the first of these is meant, and the others stand in `also`."""

DOUBTS: Mapping[str, str] = {
    "not_described_before": "nobody spoke of it before; taken for a task on which nobody held a position",
    "not_described_after": "nobody speaks of it after: who does it isn't known",
    "gave_up_not_said": "who no longer does it doesn't say that they gave it up",
    "one_of_several": "which of several roles was concerned isn't said",
}
"""Where the rows can't tell, and what was made of it."""

HELD = ("doers", "claimants", "supervisors")
_COLUMNS = [
    "team", "task", "became", "from_role", "to_role", "from_roles", "to_roles", "new_role", "by_new_role", "doubt", "also",
    *(f"{what}_{when}" for what in (*HELD, "given_up", "state") for when in ("before", "after")),
]  # fmt: skip


class Held(NamedTuple):
    """Which roles do a task, claim it, supervise it and have given it up, in one wave."""

    doers: frozenset[str] = frozenset()
    claimants: frozenset[str] = frozenset()
    supervisors: frozenset[str] = frozenset()
    given_up: frozenset[str] = frozenset()

    @property
    def contested(self) -> bool:
        return states_of(*map(list, self[:3]))["contested"]


class Change(NamedTuple):
    """What became of a task, from whom to whom, and what remains unsure."""

    became: str
    source: frozenset[str] = frozenset()
    target: frozenset[str] = frozenset()
    doubt: str = ""


def task_change(
    tasks: pd.DataFrame,
    before: int | None = None,
    after: int | None = None,
    new_roles: Mapping[str, str] | pd.Series | None = None,
) -> pd.DataFrame:
    """What became of each task of each team between two waves, and from whom to whom did it go?

    tasks: a study's table, as for `task_map`. before, after: the two waves; left out, the first and the last. new_roles: by team,
    the role that came to it: `study.teams.set_index("team")["new_role"]`.

    Returns one row per team described in both waves and task described in either: team, task, became (a key of BECAME, which says
    what each means), from_role and to_role (one role; empty where there is none or where several are possible), from_roles and
    to_roles (tuples of all that are possible), new_role (empty if not given), by_new_role (it is among to_roles), doubt (a key of
    DOUBTS; empty where the rows tell it all), also (what else is true of the task, a tuple), and the roles' positions and the task's
    state in both waves: doers_before, doers_after and so on.

    Conventions. A task without rows before and with a doer after is taken_up, with a doubt: nobody spoke of it, so probably nobody
    did it. A task with rows before and without any after is not_described: silence doesn't say that a task was dropped.
    From and to: for handed_over and narrowed, who no longer does it and who newly does (or goes on to); supervised: who supervises
    now; shared: who did it, and who joins; contested: the other claimants, or those who do it, and who newly claims; refused: who
    does it, and who claims; taken_up has no from, dropped no to. Teams described in one wave only are left out: `compared_teams`
    names them.

    Raises InputError as `task_map` does; for one wave only, or waves in the wrong order; where no team is described in both.

    Source: our own reading of positions in two waves; handing over, sharing and supervising as ways of settling a jurisdiction follow
    Abbott (1988), The System of Professions, chapter 3.

    >>> from newroles.datasets import load_study
    >>> study = load_study("example_study")
    >>> changes = task_change(study.tasks, 1, 3, study.teams.set_index("team")["new_role"])
    >>> changes.query("team == 'T001' and task == 'prescribing'")[["became", "from_role", "to_role"]].values.tolist()
    [['supervised', 'psychiatrist', 'advanced_practitioner']]
    """
    before, after = first_and_last(tasks, before, after)
    teams = compared_teams(tasks, before, after).query("compared")["team"].tolist()
    if not teams:
        raise InputError(
            f"No team is described both in wave {before} and in wave {after} of the table tasks, so nothing can be compared."
        )
    boards = [
        {(row["team"], row["task"]): row for row in task_map(tasks, wave).to_dict("records")}
        for wave in (before, after)
    ]
    came = _new_roles(new_roles)
    keys = sorted({key for board in boards for key in board if key[0] in teams})
    rows = []
    for team, task in keys:
        there = [board.get((team, task)) for board in boards]
        held = [Held() if row is None else Held(*(frozenset(row[what]) for what in Held._fields)) for row in there]
        found = what_became(held[0], held[1], there[0] is not None, there[1] is not None)
        new_role = came.get(team, "")
        rows.append(
            {
                "team": team,
                "task": task,
                **_from_and_to(found[0], new_role),
                "also": tuple(change.became for change in found[1:]),
                **{
                    f"state_{when}": "" if row is None else row["state"]
                    for when, row in zip(("before", "after"), there, strict=True)
                },
                **{
                    f"{what}_{when}": tuple(sorted(getattr(one, what)))
                    for what in Held._fields
                    for when, one in zip(("before", "after"), held, strict=True)
                },
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


def compared_teams(tasks: pd.DataFrame, before: int | None = None, after: int | None = None) -> pd.DataFrame:
    """Which teams are described in both waves, and which are left out of a comparison?

    tasks: a study's table. before, after: as for `task_change`.

    Returns one row per team of the table: team, tasks_before and tasks_after (how many tasks were described), compared (both above 0).

    >>> tasks = pd.DataFrame({"wave": [1, 2, 2], "team": ["a", "a", "b"], "task": "care", "role": "nurse", "position": "does"})
    >>> compared_teams(tasks)["compared"].tolist()
    [True, False]
    """
    before, after = first_and_last(tasks, before, after)
    listed = checked_tasks(tasks)
    teams = sorted(listed["team"].unique())
    counts = {
        wave: listed[listed["wave"] == wave].groupby("team")["task"].nunique().reindex(teams, fill_value=0)
        for wave in (before, after)
    }
    found = pd.DataFrame(
        {
            "team": pd.Series(teams, dtype="str"),
            "tasks_before": counts[before].to_numpy(),
            "tasks_after": counts[after].to_numpy(),
        }
    )
    return found.assign(compared=(found["tasks_before"] > 0) & (found["tasks_after"] > 0))


def what_became(before: Held, after: Held, described_before: bool = True, described_after: bool = True) -> list[Change]:
    """All that became of one task, that which `task_change` names first at the front: see BECAME.

    >>> [change.became for change in what_became(Held(frozenset({"nurse"})), Held(frozenset({"associate"})))]
    ['handed_over']
    """
    if not described_after:
        return [Change("not_described", source=before.doers or before.claimants, doubt="not_described_after")]
    left, came = before.doers - after.doers, after.doers - before.doers
    found = [*_moves(before, after, left, came), *_claims(before, after)]
    if not found:
        found = [Change("unchanged" if before == after else "other")]
    if not described_before:
        found = [change._replace(doubt=change.doubt or "not_described_before") for change in found]
    return sorted(found, key=lambda change: list(BECAME).index(change.became))


def _moves(before: Held, after: Held, left: frozenset[str], came: frozenset[str]) -> list[Change]:
    """What became of who does a task."""
    if not before.doers:
        return [Change("taken_up", target=came)] if came else []
    if not after.doers:
        return [Change("dropped", source=left, doubt=_unsaid(left, after))]
    found = []
    watching, gone = left & after.supervisors, left - after.supervisors
    if came and watching:
        found.append(Change("supervised", watching, came))
    if came and gone:
        found.append(Change("handed_over", gone, came, _unsaid(gone, after)))
    if came and not left:
        found.append(Change("shared", before.doers, came))
    if left and not came:
        found.append(Change("narrowed", left, after.doers, _unsaid(gone, after)))
    return found


def _claims(before: Held, after: Held) -> list[Change]:
    """What became of who claims a task."""
    newly = after.claimants - before.claimants
    if not after.contested:
        return [Change("settled")] if before.contested and after.doers else []
    outsiders = newly - before.doers
    if len(after.claimants) == 1 and newly and not newly & after.doers:
        return [Change("refused", after.doers, newly)]
    if before.contested and not newly:
        return []
    target = outsiders or newly or after.doers - before.doers
    return [Change("contested", (after.claimants - target) or (after.doers - target), target)]


def _unsaid(left: frozenset[str], after: Held) -> str:
    return "" if left <= after.given_up else "gave_up_not_said"


def _from_and_to(change: Change, new_role: str) -> dict[str, Any]:
    source, target = sorted(change.source), sorted(change.target)
    several = change.became in ("shared", "contested", "refused") and len(source) > 1
    return {
        "became": change.became,
        "from_role": source[0] if len(source) == 1 else "",
        "to_role": target[0] if len(target) == 1 else "",
        "from_roles": tuple(source),
        "to_roles": tuple(target),
        "new_role": new_role,
        "by_new_role": bool(new_role) and new_role in target,
        "doubt": change.doubt or ("one_of_several" if several or (source and len(target) > 1) else ""),
    }


def _new_roles(new_roles: Mapping[str, str] | pd.Series | None) -> dict[str, str]:
    if new_roles is None:
        return {}
    return {str(team): str(role) for team, role in new_roles.items() if pd.notna(role) and str(role)}


def became_name(became: str) -> str:
    """What a change is called in a sentence or a heading. Raises InputError for one that isn't in BECAME.

    >>> became_name("handed_over"), became_name("shared")
    ('Handed over', 'Newly shared')
    """
    names = {
        "shared": "Newly shared", "supervised": "Now under supervision", "refused": "Claimed in vain",
        "narrowed": "Done by fewer", "other": "Other change", "not_described": "Not described after",
    }  # fmt: skip
    if became not in BECAME:
        raise InputError(f"'{became}' is nothing that becomes of a task. {did_you_mean(became, BECAME)}")
    return names.get(became, became.replace("_", " ").capitalize())

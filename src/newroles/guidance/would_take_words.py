"""What a new role would touch in a team like yours, in words for a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from newroles.guidance.would_take import BETWEEN, HAPPENED, TASK_COLUMNS
from newroles.jurisdiction import STATE_NAMES, became_name
from newroles.jurisdiction.overlap import need
from newroles.phrases import counted, listed, lower_case


def would_take_listed(found: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The tasks that a role touched, with names and in words, for a table on a page.

    found: as `would_take` gives it. names: what roles and tasks are called, as `jurisdiction.names_for` gives them; an id without a
    name is said in words.

    Returns task, n, teams, happened ("Handed over in 1, shared in 2"), before (who did it, with the overlap of competencies where
    known), after (who does it, and who supervises), state ("One role does it; then contested").

    >>> row = {"task": ["care_plan"], "compared": [1], "n": [1], "teams": [1], "state_before": [("sole",)], "state_after": [("contested",)]}
    >>> row |= {what: [int(what == "contested")] for what in HAPPENED}
    >>> row |= {"before_roles": [("nurse",)], "after_roles": [("nurse",)], "supervisors": [()], "overlaps": [(0.254,)]}
    >>> would_take_listed(pd.DataFrame(row), {"nurse": "Registered nurse"}).iloc[0, 3:].tolist()
    ['Contested', 'Registered nurse (overlap 0.25)', 'Registered nurse', 'One role does it; then contested']
    """
    need(found, TASK_COLUMNS)
    rows = []
    for row in found.to_dict("records"):
        earlier = [
            _name(other, names) + ("" if alike is None else f" (overlap {alike:.2f})")
            for other, alike in zip(row["before_roles"], row["overlaps"], strict=True)
        ]
        later = [_name(other, names) for other in row["after_roles"]]
        watched = [_name(other, names) for other in row["supervisors"]]
        rows.append(
            {
                "task": _name(row["task"], names),
                "n": row["n"],
                "teams": row["teams"],
                "happened": _happened(row),
                "before": "; ".join(earlier) or "Nobody",
                "after": ("; ".join(later) or "Nobody") + (f"; supervised by {listed(watched)}" if watched else ""),
                "state": _before_and_after(_states(row["state_before"]), _states(row["state_after"])),
            }
        )
    return pd.DataFrame(rows, columns=["task", "n", "teams", "happened", "before", "after", "state"])


def would_take_in_words(
    role: str,
    found: pd.DataFrame,
    boundaries: pd.DataFrame,
    names: Mapping[str, str],
    why_not: str = "",
    most: int = 3,
) -> str:
    """Which tasks and boundaries would this role touch, in two or three sentences that are right whatever was found?

    found, boundaries: as `would_take` and `boundaries_touched` give them. names: what roles and tasks are called. why_not: what
    `cannot_say` says. most: how many tasks and neighbours are named.

    >>> from newroles.guidance.would_take import boundaries_touched, cannot_say, would_take
    >>> nothing = would_take("peer", None, None)
    >>> would_take_in_words("peer", nothing, boundaries_touched("peer"), {"peer": "Peer worker"}, cannot_say("peer", None, None))[-74:]
    'Neither competencies nor published sources name a role that it borders on.'
    """
    sentences = [why_not] if why_not else [_tasks_said(role, found, names, most)]
    if not why_not and len(found) and found["compared"].iloc[0] == 1:
        sentences.append("One team is an example of what can happen, and no forecast.")
    disputed = 0 if why_not else int((found["contested"] + found["refused"]).gt(0).sum())
    if disputed:
        sentences.append(
            f"{counted(disputed, 'task')} {'was' if disputed == 1 else 'were'} contested or claimed in vain."
        )
    by_tasks = boundaries[boundaries[list(BETWEEN)].sum(axis=1).gt(0)]
    if len(by_tasks):
        said = listed([lower_case(_name(other, names)) for other in by_tasks["neighbour"].head(most)])
        sentences.append(f"Most tasks that moved, or are shared or contested, lie between it and: {said}.")
    told = boundaries[boundaries["ground"].ne("")]
    near = boundaries[boundaries["overlap"].gt(0)].sort_values("overlap", ascending=False, kind="stable")
    if len(told):
        said = listed([lower_case(_name(other, names)) for other in told["neighbour"]])
        sentences.append(f"Published sources place it beside: {said}.")
    if len(near):
        first = near.iloc[0]
        sentences.append(
            f"By competencies it is nearest to: {lower_case(_name(first['neighbour'], names))} (overlap {first['overlap']:.2f})."
        )
    if not len(told) and not len(near):
        sentences.append("Neither competencies nor published sources name a role that it borders on.")
    return " ".join(sentences)


def _happened(row: Mapping) -> str:
    found = [what for what in HAPPENED if row[what]]
    said = ["holds a position" if what == "other" else lower_case(became_name(what)) for what in found]
    if row["teams"] > 1:
        said = [f"{words} in {row[what]}" for words, what in zip(said, found, strict=True)]
    text = ", ".join(said)
    return text[:1].upper() + text[1:]


def _states(states: Sequence[str]) -> str:
    said = [STATE_NAMES.get(state, "not spoken of") for state in states]
    text = listed([said[0], *(word[0].lower() + word[1:] for word in said[1:])], "or") if said else "not spoken of"
    return text[0].upper() + text[1:]


def _before_and_after(before: str, after: str) -> str:
    return f"{before}, before and after" if before == after else f"{before}; then {after[0].lower()}{after[1:]}"


def _tasks_said(role: str, found: pd.DataFrame, names: Mapping[str, str], most: int) -> str:
    name = lower_case(_name(role, names))
    if found.empty:
        return f"In the teams that got it, the {name} touched no task of those described."
    said = [
        f"{lower_case(_name(row['task'], names))} ({lower_case(_happened(row))})"
        for row in found.head(most).to_dict("records")
    ]
    teams = int(found["compared"].iloc[0])
    where = (
        "In the one team that got it and is described"
        if teams == 1
        else f"In the {teams} teams that got it and are described"
    )
    among = "" if len(found) <= most else ", among them"
    return f"{where} before and after, the {name} touched {counted(len(found), 'task')}{among}: {listed(said)}."


def _name(id: str, names: Mapping[str, str]) -> str:
    return names.get(id) or id.replace("_", " ").capitalize()

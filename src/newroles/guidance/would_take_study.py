"""What would each new role touch, by one study's teams? The tables of the study, asked role by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from newroles.datasets import Study
from newroles.guidance.would_take import boundaries_touched, cannot_say, would_take
from newroles.guidance.would_take_words import would_take_in_words


@dataclass(frozen=True, eq=False)
class WouldTake:
    """What one role touched in a study's teams.

    tasks: as `would_take` gives them; boundaries: as `boundaries_touched` does, from the study alone; why_not: why the study can't say
    which tasks; blank where it can.
    """

    role: str
    tasks: pd.DataFrame = field(repr=False)
    boundaries: pd.DataFrame = field(repr=False)
    why_not: str


def would_take_in_study(study: Study, role: str, setting: str = "", protects: bool = False) -> WouldTake:
    """Which tasks and boundaries did this role touch in the study's teams, of one setting or all?

    study: with or without the tables tasks, teams and competencies. setting: in the study's words; "" for all. protects: whether its
    small-number rule hides what one person in a team may hold (`disclosure.profile_of(study).protects`).

    Raises InputError for a setting that no team of the study has.
    """
    tasks, teams, competencies = (
        getattr(study, name) if study.has(name) else None for name in ("tasks", "teams", "competencies")
    )
    where = setting or None
    return WouldTake(
        role,
        would_take(role, tasks, teams, competencies, where, protects),
        boundaries_touched(role, tasks, teams, competencies, None, where, protects=protects),
        cannot_say(role, tasks, teams, where, protects),
    )


def would_take_by_role(
    study: Study, roles: Sequence[str], names: Mapping[str, str], protects: bool = False
) -> pd.DataFrame:
    """What would each of these roles touch, in a sentence or two each?

    names: what roles and tasks are called. Returns one row a role: role (its name), said.

    >>> from newroles.datasets import load_study
    >>> would_take_by_role(load_study("example_study"), ["peer_support_worker"], {})["role"].tolist()
    ['peer_support_worker']
    """
    rows = []
    for role in roles:
        found = would_take_in_study(study, role, protects=protects)
        said = would_take_in_words(role, found.tasks, found.boundaries, names, found.why_not)
        rows.append({"role": names.get(role, role), "said": said})
    return pd.DataFrame(rows, columns=["role", "said"])

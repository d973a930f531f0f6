"""What would a new role take: which tasks would it touch in a team like yours, and whose?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.jurisdiction import overlap, task_change
from newroles.jurisdiction.overlap import need
from newroles.jurisdiction.task_summaries import described_twice

HAPPENED = ("taken_up", "handed_over", "supervised", "shared", "contested", "refused", "other")
"""What can happen to a task that a new role touches, as `jurisdiction.BECAME` says; other: it holds a position on it all the same."""

_MOVED = ("handed_over", "supervised")  # these have a direction; sharing and contesting don't
BETWEEN = ("handed_over", "supervised", "shared", "contested", "refused")
"""What can happen to a task between a new role and another: these have two sides."""

TASK_COLUMNS = [
    "task", "compared", "n", "teams", *HAPPENED, "state_before", "state_after", "before_roles", "after_roles", "supervisors", "overlaps",
]  # fmt: skip
_NEIGHBOUR_COLUMNS = [
    "neighbour", "kind", "overlap", "shared_competencies", *BETWEEN, "unsure", "teams", "ground", "source", "source_name", "confidence",
]  # fmt: skip


def would_take(
    role: str,
    tasks: pd.DataFrame | None,
    teams: pd.DataFrame | None,
    competencies: pd.DataFrame | None = None,
    setting: str | None = None,
    protects: bool = False,
) -> pd.DataFrame:
    """Which tasks did this new role touch in the teams that got it, what happened to them, and whose were they before?

    role: its id. tasks, teams, competencies: a study's tables; None where it has none. setting: only teams of this setting, in the
    study's words, for a team like yours; left out, all. protects: `profile_of(study).protects`; under such a rule nothing is told of
    a role in teams, since often one person holds it. The first wave is compared with the last.

    A role touches a task when it takes it up, takes it over, shares, claims or supervises it, or is left with it: it holds a position
    on it afterwards, or the task went between it and another role.

    Returns one row per task touched in some team: task; compared (teams that got the role and are described in both waves, the same
    in every row); n (of these, that spoke of the task in either); teams (of these, in which the role touched it); taken_up,
    handed_over, supervised, shared, contested, refused and other (how many of these teams saw which, and where several are true the
    one that `task_change` names first, so that they add up to teams); state_before and state_after (in these teams, as `task_map`
    names them, "" where nobody spoke of the task), before_roles and after_roles (who did it), supervisors (who supervises it
    afterwards, other than the role), each a tuple, the commonest first; overlaps (of competencies between the role and each of
    before_roles, a tuple in their order; None where not known). Tasks touched in most teams first, contested ones before others. No
    rows where `cannot_say` has a reason.

    Raises InputError for an unknown setting, and as `task_change` does.

    Source: `jurisdiction.task_change` and `jurisdiction.overlap`. What happened elsewhere is no forecast.

    >>> from newroles.datasets import load_study
    >>> study = load_study("example_study")
    >>> found = would_take("nursing_associate", study.tasks, study.teams, study.competencies)
    >>> found.loc[:0, ["task", "handed_over", "shared", "refused"]].values.tolist()
    [['physical_health_checks', 0, 0, 1]]
    """
    if tasks is None or teams is None or cannot_say(role, tasks, teams, setting, protects):
        return _empty(TASK_COLUMNS, {"task"}, {"compared", "n", "teams", *HAPPENED})
    change = _touched(role, tasks, teams, setting)
    alike = _overlaps(role, competencies)
    rows = []
    for task, of_task in change.groupby("task"):
        own = of_task[of_task["touched"]]
        if own.empty:
            continue
        happened = own["happened"].value_counts()
        earlier = _commonest(own["doers_before"], apart_from=role)
        rows.append(
            {
                "task": task,
                "compared": change["team"].nunique(),
                "n": of_task["team"].nunique(),
                "teams": own["team"].nunique(),
                **{what: int(happened.get(what, 0)) for what in HAPPENED},
                "state_before": _commonest([(state,) for state in own["state_before"]]),
                "state_after": _commonest([(state,) for state in own["state_after"]]),
                "before_roles": earlier,
                "after_roles": _commonest(own["doers_after"]),
                "supervisors": _commonest(own["supervisors_after"], apart_from=role),
                "overlaps": tuple(alike.get(other) for other in earlier),
            }
        )
    found = pd.DataFrame(rows, columns=TASK_COLUMNS).astype({"task": "str"})
    disputed = found["contested"] + found["refused"]
    order = found.assign(disputed=disputed).sort_values(
        ["teams", "disputed", "task"], ascending=[False, False, True], ignore_index=True
    )
    return order.drop(columns="disputed")


def boundaries_touched(
    role: str,
    tasks: pd.DataFrame | None = None,
    teams: pd.DataFrame | None = None,
    competencies: pd.DataFrame | None = None,
    published: pd.DataFrame | None = None,
    setting: str | None = None,
    most: int = 5,
    protects: bool = False,
) -> pd.DataFrame:
    """On whose boundary would a new role stand: by tasks in a study's teams, by competencies, and by what is published?

    role, tasks, teams, competencies, setting, protects: as for `would_take`. published: the table `boundary_pairs`. most: how many
    roles that are near by competencies alone are kept.

    Returns one row per neighbour that a task, a published pair or nearness by competencies names: neighbour (id), kind (role, group or
    service), overlap (of competencies, 0-1; blank where not known), shared_competencies (how many both have; blank likewise),
    handed_over and supervised (tasks that went from the neighbour to the new role, over teams), shared, contested and refused (between
    the two), unsure (of these, tasks of which the rows don't say with which of several roles), teams (in which that was), and of the
    published pair: ground, source, source_name, confidence ("" where none is published). Counts are blank where the study can't say.
    Neighbours with most tasks first, then published ones, then by overlap.

    Raises InputError as `would_take` does, and for `most` below 0.

    >>> from newroles.datasets import load_published
    >>> found = boundaries_touched("physician_associate", published=load_published("boundary_pairs"))
    >>> found[["neighbour", "kind"]].values.tolist()
    [['psychiatrist', 'role'], ['trainee_psychiatrist', 'role']]
    """
    if most < 0:
        raise InputError(f"most={most}: how many near roles are kept is 0 or more.")
    change = None
    if tasks is not None and teams is not None and not cannot_say(role, tasks, teams, setting, protects):
        change = _touched(role, tasks, teams, setting)
    moved = _moves(role, change)
    alike = _pairs_of(role, competencies)
    grounds = pd.DataFrame(columns=["bordering", "bordering_kind", "ground", "source", "source_name", "confidence"])
    if published is not None:
        need(published, ["role", *grounds.columns])
        grounds = published.loc[published["role"] == role, grounds.columns]
    near = alike[alike["overlap"] > 0].sort_values("overlap", ascending=False, kind="stable").head(most)
    names = list(dict.fromkeys([*moved["neighbour"], *grounds["bordering"], *near["role_b"]]))
    found = pd.DataFrame({"neighbour": pd.Series(names, dtype="str")})
    found = found.merge(moved, "left", on="neighbour")
    found = found.merge(
        alike.rename(columns={"role_b": "neighbour", "shared": "shared_competencies"}), "left", on="neighbour"
    )
    found = found.merge(
        grounds.rename(columns={"bordering": "neighbour", "bordering_kind": "kind"}), "left", on="neighbour"
    )
    counts = [*BETWEEN, "unsure", "teams"]
    found[counts] = found[counts].fillna(
        0 if change is not None else float("nan")
    )  # a study that can't say has no noughts
    found = found.astype(dict.fromkeys(counts, "Int64") | {"shared_competencies": "Int64", "overlap": "float64"})
    words = ["kind", "ground", "source", "source_name", "confidence"]
    found[words] = found[words].astype("object").where(found[words].notna(), "").astype("str")
    found["kind"] = found["kind"].mask(found["kind"] == "", "role")  # tasks and competencies are held by roles
    order = found.assign(tasks=found[list(BETWEEN)].sum(axis=1), told=found["ground"] != "").sort_values(
        ["tasks", "told", "overlap"], ascending=False, kind="stable", ignore_index=True
    )
    return order[_NEIGHBOUR_COLUMNS]


def cannot_say(
    role: str,
    tasks: pd.DataFrame | None,
    teams: pd.DataFrame | None,
    setting: str | None = None,
    protects: bool = False,
) -> str:
    """Why can't a study say which tasks this role would touch? A sentence; empty where it can.

    The arguments are those of `would_take`. Raises InputError for a missing column or an unknown setting.

    >>> cannot_say("peer_support_worker", None, None)
    'This study has no tables of teams and their tasks, so it cannot say which tasks the role would touch.'
    """
    if tasks is None or teams is None or tasks.empty or teams.empty:
        return "This study has no tables of teams and their tasks, so it cannot say which tasks the role would touch."
    need(teams, ["team", "new_role", "setting"])
    if protects:
        return "Which tasks the role touched isn't told under this study's small-number rule: often one person in a team holds it."
    if not described_twice(tasks):
        return "No team of this study is described before and after, so it cannot say which tasks the role would touch."
    if setting is not None and setting not in set(teams["setting"].dropna()):
        raise InputError(
            f"No team of the study has the setting '{setting}'. {did_you_mean(setting, teams['setting'].dropna())}"
        )
    ends = tasks.loc[tasks["wave"].isin([tasks["wave"].min(), tasks["wave"].max()])]
    twice = ends.groupby("team")["wave"].nunique()
    theirs = _teams_with(role, teams, setting) & set(twice.index[twice > 1])
    if theirs:
        return ""
    where = f" in the setting '{setting}'" if setting else ""
    return f"No team of this study{where} that got the role is described before and after, so it cannot say which tasks the role would touch."


def _touched(role: str, tasks: pd.DataFrame, teams: pd.DataFrame, setting: str | None) -> pd.DataFrame:
    """What became of the tasks of the teams that got the role, which of them it touched, and what happened to these."""
    change = task_change(tasks, new_roles=teams.set_index("team")["new_role"])
    change = change[change["team"].isin(_teams_with(role, teams, setting))]
    named = change["became"].isin(HAPPENED) & _among(role, change, ("from_roles", "to_roles"))
    return change.assign(
        touched=named | _among(role, change, ("doers_after", "claimants_after", "supervisors_after")),
        happened=change["became"].where(named, "other"),
    )


def _among(role: str, change: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Is the role in one of these lists of roles? For each row."""
    there = [any(role in roles for roles in row) for row in zip(*(change[name] for name in columns), strict=True)]
    return pd.Series(there, index=change.index, dtype=bool)


def _teams_with(role: str, teams: pd.DataFrame, setting: str | None) -> set[str]:
    own = teams["new_role"].eq(role)
    return set(teams.loc[own & teams["setting"].eq(setting) if setting is not None else own, "team"])


def _moves(role: str, change: pd.DataFrame | None) -> pd.DataFrame:
    """One row per neighbour: tasks that came from it to the role, or that the two share or contest."""
    rows: list[dict[str, object]] = []
    for each in [] if change is None else change[change["touched"]].to_dict("records"):
        became, source, target = each["became"], each["from_roles"], each["to_roles"]
        if became not in BETWEEN:
            continue
        if role in target:
            others: Sequence[str] = [other for other in source if other != role]
        else:  # it gave a task away, which isn't what it takes
            others = [] if became in _MOVED else [other for other in target if other != role]
        rows += [
            {
                "neighbour": other,
                "team": each["team"],
                "unsure": len(others) > 1,
                **{what: what == became for what in BETWEEN},
            }
            for other in others
        ]
    long = pd.DataFrame(rows, columns=["neighbour", "team", "unsure", *BETWEEN])
    long = long.astype({"neighbour": "str"} | dict.fromkeys(["unsure", *BETWEEN], "int64"))
    grouped = long.groupby("neighbour", sort=False)
    return grouped[[*BETWEEN, "unsure"]].sum().assign(teams=grouped["team"].nunique()).reset_index()


def _pairs_of(role: str, competencies: pd.DataFrame | None) -> pd.DataFrame:
    """Overlap of the role with each other one: role_b, overlap, shared; no rows where its competencies aren't known."""
    if competencies is None or competencies.empty:
        return pd.DataFrame({"role_b": pd.Series(dtype="str"), "overlap": [], "shared": []})
    pairs = overlap(competencies)
    own = pairs[(pairs["role_a"] == role) & (pairs["role_b"] != role)]
    return own[["role_b", "overlap", "shared"]].reset_index(drop=True)


def _overlaps(role: str, competencies: pd.DataFrame | None) -> dict[str, float]:
    pairs = _pairs_of(role, competencies)
    return {
        other: float(value) for other, value in zip(pairs["role_b"], pairs["overlap"], strict=True) if pd.notna(value)
    }


def _commonest(groups: Iterable[Iterable[str]], apart_from: str = "") -> tuple[str, ...]:
    """Names by how many teams have them, the commonest first; in alphabetical order where equally common."""
    counts = Counter(name for group in groups for name in group if name != apart_from or not apart_from)
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def _empty(columns: list[str], texts: set[str], counts: set[str]) -> pd.DataFrame:
    kinds = {name: "str" if name in texts else "int64" if name in counts else "object" for name in columns}
    return pd.DataFrame(columns=columns).astype(kinds)

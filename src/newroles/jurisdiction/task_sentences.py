"""Sentences of the page on tasks, which say what the tables of any study say."""

from __future__ import annotations

import pandas as pd

from newroles.jurisdiction.overlap import need
from newroles.jurisdiction.task_change import BECAME, became_name
from newroles.jurisdiction.task_summaries import STILL
from newroles.phrases import counted, listed, lower_case, p_value

_UNTOLD = "isn't told under this study's small-number rule."
_PRESSING = {"contested": ("contested", "contested"), "orphan": ("done by nobody", "that nobody does")}


def compared_in_words(compared: pd.DataFrame, waves: tuple[int, int], counts: bool = True) -> str:
    """Which waves are compared, in how many of the teams described: the line of coverage under a figure?

    compared: as `compared_teams` gives it. waves: the two. counts: False says no numbers of teams.

    >>> compared_in_words(pd.DataFrame({"compared": [True, False]}), (1, 3))
    'Wave 1 against wave 3: 1 of 2 teams described in either is described in both.'
    """
    need(compared, ["compared"])
    both, either = int(compared["compared"].sum()), len(compared)
    if not counts:
        return f"Wave {waves[0]} against wave {waves[1]}, in the teams described in both."
    verb = "is" if both == 1 else "are"
    return (
        f"Wave {waves[0]} against wave {waves[1]}: {both} of {counted(either, 'team')} described in either {verb} "
        "described in both."
    )


def described_in_words(compared: pd.DataFrame, waves: tuple[int, int], counts: bool = True) -> str:
    """How many teams are described in the last wave: the line of coverage under what is about that wave alone?

    compared, waves, counts: as for `compared_in_words`.

    >>> described_in_words(pd.DataFrame({"tasks_after": [9, 0]}), (1, 3))
    'Wave 3: 1 of 2 teams described in wave 1 or 3.'
    """
    need(compared, ["tasks_after"])
    if not counts:
        return f"Wave {waves[1]}, in the teams described in it."
    there = int((compared["tasks_after"] > 0).sum())
    return f"Wave {waves[1]}: {there} of {counted(len(compared), 'team')} described in wave {waves[0]} or {waves[1]}."


def moved_in_words(change: pd.DataFrame, least: int = 0) -> str:
    """How many tasks changed hands or positions, and in which ways most, in a sentence without a number of teams?

    change: as `task_change` gives it. least: more than 0 where a small-number rule asks for so many; then only the share that changed
    is said, if so many changed and so many didn't, since a task counts once for each team.

    >>> moved_in_words(pd.DataFrame({"became": ["shared", "unchanged", "not_described"]}))[46:]
    '1 changed hands or positions (33%): 1 newly shared. What became of 1 is not known, since nobody spoke of it later.'
    """
    need(change, ["became"])
    counts = change["became"].value_counts()
    ways = [became for became in BECAME if became not in STILL and counts.get(became, 0)]
    ways.sort(key=lambda became: -counts[became])
    moved, n = sum(int(counts[became]) for became in ways), len(change)
    if least:
        share = f"{moved / max(n, 1):.0%} of tasks (each counted once for each team) changed hands or positions."
        return share if min(moved, n - moved) >= least else f"How many tasks changed hands or positions {_UNTOLD}"
    silent = int(counts.get("not_described", 0))
    unknown = (
        f" What became of {silent} is not known, since nobody spoke of {'it' if silent == 1 else 'them'} later."
        if silent
        else ""
    )
    whole = f"Of {counted(n, 'task')} (each counted once for each team)"
    if not moved:
        return f"{whole}, none changed hands or positions, as far as the teams said.{unknown}"
    ways_told = listed(
        [f"{counts[way]} {'in another way' if way == 'other' else lower_case(became_name(way))}" for way in ways]
    )
    return f"{whole}, {moved} changed hands or positions ({moved / n:.0%}): {ways_told}.{unknown}"


def spread_in_words(change: pd.DataFrame) -> str:
    """From how many tasks to how many changed by team, in a sentence?

    change: as `task_change` gives it.

    >>> spread_in_words(pd.DataFrame({"team": ["a", "b", "b"], "became": ["unchanged", "shared", "unchanged"]}))
    'By team the share that changed goes from 0% (a) to 50% (b).'
    """
    need(change, ["team", "became"])
    shares = (~change["became"].isin(STILL)).groupby(change["team"]).mean()
    if len(shares) < 2:
        return "There is one team only, so nothing can be said of how teams differ."
    least, most = float(shares.min()), float(shares.max())
    if least == most:
        return f"It is the same share in every team ({least:.0%})."
    return (
        f"By team the share that changed goes from {least:.0%} ({shares.idxmin()}) to {most:.0%} ({shares.idxmax()})."
    )


def new_roles_in_words(change: pd.DataFrame) -> str:
    """How many of the changes have to do with the new role of the team, in a sentence?

    change: as `task_change` gives it with new_roles.

    >>> new_roles_in_words(pd.DataFrame({"became": ["shared", "refused"], "new_role": "peer", "by_new_role": [True, False]}))
    "In 1 of the 2 tasks that changed it was the team's new role that took the task, joined in it, claimed it or was left with it."
    """
    need(change, ["became", "new_role", "by_new_role"])
    if change["new_role"].eq("").all():
        return "This study doesn't say of any team compared which new role came to it."
    moved = change[~change["became"].isin(STILL)]
    if moved.empty:
        return "So no task went to a new role."
    taken, n = int(moved["by_new_role"].astype(bool).sum()), len(moved)
    verb = "that took the task, joined in it, claimed it or was left with it."
    if n == 1:
        return f"In the one task that changed it was {'' if taken else 'not '}the team's new role {verb}"
    how_many = f"all {n}" if taken == n else f"{taken or 'none'} of the {n}"
    which = f"{how_many} tasks that changed {'it was' if taken else 'was it'}"
    return f"In {which} the team's new role {verb}"


def arrival_in_words(change: pd.DataFrame) -> str:
    """Is the first wave a time before the new role, and is the new role there in the last, in a sentence?

    change: as `task_change` gives it with new_roles.

    >>> change = pd.DataFrame({"team": ["a"], "new_role": "peer", "doers_before": [()], "doers_after": [("peer",)]})
    >>> arrival_in_words(change.assign(**{f"{p}_{w}": [()] for p in ("claimants", "supervisors", "given_up") for w in ("before", "after")}))
    'In the one team whose new role is known, that role holds no position on a task in the first wave and holds one in the last.'
    """
    held = {
        when: [f"{position}_{when}" for position in ("doers", "claimants", "supervisors", "given_up")]
        for when in ("before", "after")
    }
    need(change, ["team", "new_role", *held["before"], *held["after"]])
    known = change[change["new_role"].ne("")]
    if known.empty:
        return "Which team a new role came to isn't said, so the waves can't be told to lie before and after."
    there = {
        when: pd.Series(
            [any(row["new_role"] in row[column] for column in columns) for row in known.to_dict("records")],
            index=known.index,
        ).groupby(known["team"]).any()
        for when, columns in held.items()
    }  # fmt: skip
    n, early, late = len(there["before"]), int(there["before"].sum()), int(there["after"].sum())
    if n == 1:
        first, last = ("a" if early else "no"), ("holds one" if late else "holds none")
        verb = "in the first wave already" if early else "in the first wave"
        return f"In the one team whose new role is known, that role holds {first} position on a task {verb} and {last} in the last."
    before = (
        f"in none of the {n} teams whose new role is known does it hold a position on a task in the first wave"
        if not early
        else f"in {early} of the {n} teams whose new role is known it holds a position on a task in the first wave "
        "already, so that this is no time before it there"
    )
    there_at_last = "all" if late == n else late or "none"
    return f"{before[0].upper()}{before[1:]}; in the last wave it holds one in {there_at_last} of them."


def without_new_role_in_words(change: pd.DataFrame) -> str:
    """Are there teams without a new role to compare with, and how much changed there, in a sentence?

    change: as `task_change` gives it with new_roles.

    >>> change = pd.DataFrame({"team": ["a", "b"], "new_role": ["peer", ""], "became": ["shared", "unchanged"]})
    >>> without_new_role_in_words(change)
    'In teams with a new role 100% of tasks changed (1 of 1), in those without one 0% (0 of 1).'
    """
    need(change, ["team", "new_role", "became"])
    has = change["new_role"].ne("")
    if has.all():
        return "Every team compared has a new role, so what would have changed anyway isn't taken off."
    if not has.any():
        return "No team compared is known to have a new role, so this is change without one, as far as the study says."
    moved = ~change["became"].isin(STILL)
    shares = [f"{moved[own].mean():.0%} {{}}({int(moved[own].sum())} of {int(own.sum())})" for own in (has, ~has)]
    return f"In teams with a new role {shares[0].format('of tasks changed ')}, in those without one {shares[1].format('')}."


def states_title(states: pd.DataFrame, level: float = 0.05) -> str:
    """The finding of a change in how many tasks are contested, and in how many nobody does: more, fewer, or no clear change.

    states: as `state_change` gives it. level: a p below it is a clear change.

    >>> row = {"state": ["contested", "orphan"], "estimate": [0.1, 0.0], "p": [0.01, 1.0], "teams": 8}
    >>> states_title(pd.DataFrame(row))
    'More tasks are contested after than before; no clear change in those that nobody does'
    """
    need(states, ["state", "estimate", "p", "teams"])
    if _too_few(states, level):
        return "Too few teams to tell whether more or fewer tasks are contested, or nobody's, after than before"
    how = {
        state: "" if not p < level else "more" if estimate > 0 else "fewer"
        for state, estimate, p in zip(states["state"], states["estimate"], states["p"], strict=True)
    }
    contested, orphan = how["contested"], how["orphan"]
    if not contested and not orphan:
        return "No clear change in how many tasks are contested, or done by nobody"
    if contested and contested == orphan:
        return f"{contested.capitalize()} tasks are contested, and {contested} are done by nobody, after than before"
    if not orphan:
        return (
            f"{contested.capitalize()} tasks are contested after than before; no clear change in those that nobody does"
        )
    if not contested:
        return f"{orphan.capitalize()} tasks are done by nobody after than before; no clear change in those that are contested"
    return f"{contested.capitalize()} tasks are contested after than before, and {orphan} are done by nobody"


def states_told(states: pd.DataFrame, least: int) -> pd.DataFrame:
    """Which states of tasks had so many tasks before, and as many after? Their rows, shares rounded to two decimals.

    states: as `state_change` gives it. least: what a small-number rule asks for; 0 keeps the table as it is.

    >>> states_told(pd.DataFrame({"state": ["contested", "orphan"], "before": [12, 11], "after": [20, 3]}), 10)["state"].tolist()
    ['contested']
    """
    need(states, ["before", "after"])
    told = states[states[["before", "after"]].min(axis=1) >= least].reset_index(drop=True)
    shares = {name: told[name].astype("float64").round(2) + 0.0 for name in ("estimate", "low", "high") if name in told}
    return told.assign(**shares) if least else told


def pressing_in_words(states: pd.DataFrame, level: float = 0.05, least: int = 0) -> str:
    """How many tasks are contested, and done by nobody, before and after, in sentences without a number of teams?

    states: as `state_change` gives it. level: with so few teams that no p can get below it, that is said. least: more than 0 where a
    small-number rule asks for so many; then only changes of the share are said, of states that had as many tasks before and after.

    >>> row = {"state": ["contested", "orphan"], "before": [3, 1], "after": [5, 1], "n": 16, "teams": 8}
    >>> told = pd.DataFrame(row).assign(estimate=[0.125, 0.0], low=[-0.1, -0.1], high=[0.3, 0.1], p=[0.2, 1.0])
    >>> pressing_in_words(told)[:94]
    'Of 16 tasks 3 were contested before and 5 after (change of the share +12 percentage points, in'
    """
    need(states, ["state", "before", "after", "n", "teams", "estimate", "low", "high", "p"])
    parts: list[str] = []
    told = states_told(states, least).set_index("state")
    for state, row in told.loc[[state for state in _PRESSING if state in told.index]].to_dict("index").items():
        was = "was" if row["before"] == 1 else "were"
        none = f"none {was}" if row["before"] == 0 else f"{row['before']} {was}"
        interval = (
            ""
            if pd.isna(row["low"])
            else f", interval {_points(row['low'])} to {_points(row['high'])}"
        )  # fmt: skip
        moved = f"{_points(row['estimate'])} percentage points{interval}; {p_value(row['p'])})"
        if least:
            parts.append(f"{'that' if parts else 'The share of tasks'} {_PRESSING[str(state)][0]} changed ({moved}")
            continue
        parts.append(
            f"{none} {_PRESSING[str(state)][0]} before and {row['after'] or 'none'} after (change of the share {moved}"
        )
    few = " With so few teams no change could be told from chance." if _too_few(states, level) else ""
    if least and not parts:
        return f"How many tasks are contested, or done by nobody, {_UNTOLD}"
    if least:
        return f"{', and '.join(parts)}.{few}"
    return f"Of {counted(int(states['n'].iloc[0]), 'task')} {'; '.join(parts)}.{few}"


def _too_few(states: pd.DataFrame, level: float) -> bool:
    """Could no swapping of waves within so few teams give a p below the level?"""
    return bool(2.0 ** (1 - int(states["teams"].iloc[0])) >= level)


def _points(share: float) -> str:
    points = round(share * 100)
    return f"{points:+d}".replace("-", "−") if points else "0"

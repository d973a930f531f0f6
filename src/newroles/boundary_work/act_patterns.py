"""Patterns of acts between two roles in a team: contest from both sides, lines kept by one side, third parties in between.

All are counts of what the coded extracts show. An act that nobody saw or told is not in them, so a pair without the reverse
act is a pair in which none was recorded.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.boundary_work.act_network import acts_across, is_of
from newroles.boundary_work.thread import with_agreement
from newroles.errors import InputError

CONTESTING = ("BW-COMP-CON", "BW-COMP-DEF")
COMPETING = ("BW-COMP",)
STANDING_BETWEEN = ("BW-CONF-BUF", "BW-CONF-ARR")
ONE_SIDED = ("BW-HOA",)
"""Codes of the shipped book; a family stands for all its forms. A study with a book of its own names its own codes."""


def mutual_contest(
    acts: pd.DataFrame, forms: pd.DataFrame | None = None, codes: str | Sequence[str] = CONTESTING
) -> pd.DataFrame:
    """Between which roles do both sides contest or defend the line, and in which teams?

    acts: one row per act, as `acts_of_study` gives them. forms: its table of acts and forms, for the coders' agreement behind
    each row. codes: the forms, or families of forms, that contest.

    It is mutual in a team when each of the two roles contests the other there at least once.

    Returns one row per pair of roles with any such act, those mutual in most teams first: role_a, role_b (in alphabetical
    order), a_to_b, b_to_a (acts, in all teams together), teams_both (teams in which it is mutual), teams_one (teams in which
    one side alone was seen to; acts about no one team are in neither), segments; with `forms` also the columns of
    `with_agreement`.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2", "s3"], "team": ["t", "t", "u"], "document": "d", "on": None,
    ...     "actor_role": ["nurse", "peer", "nurse"], "target_role": ["peer", "nurse", "peer"], "tone": "",
    ...     "forms": [("BW-COMP-CON",), ("BW-COMP-DEF",), ("BW-COMP-DEF",)], "families": [("BW-COMP",)] * 3})
    >>> mutual_contest(acts).drop(columns="segments").values.tolist()
    [['nurse', 'peer', 2, 1, ('t',), ('u',)]]
    """
    rows = []
    for (a, b), here in _chosen(acts, codes).groupby(["role_a", "role_b"], sort=True):
        by_team = here.dropna(subset=["team"]).groupby("team")["forward"].nunique()
        both, one = (tuple(sorted(by_team.index[by_team == ways])) for ways in (2, 1))
        forward = int(here["forward"].sum())
        rows.append([a, b, forward, len(here) - forward, both, one, tuple(here["segment"])])
    columns = ["role_a", "role_b", "a_to_b", "b_to_a", "teams_both", "teams_one", "segments"]
    return _ordered(pd.DataFrame(rows, columns=columns), "teams_both", forms)


def one_sided(
    acts: pd.DataFrame,
    forms: pd.DataFrame | None = None,
    form: str | Sequence[str] = ONE_SIDED,
    least: int = 1,
) -> pd.DataFrame:
    """Which roles hoard (or discard, or close a line) towards which others, in teams where the others don't do so back?

    acts, forms: as for `mutual_contest`. form: the code, or codes, to look at, for example "BW-HOA", "BW-DIS" or "BW-CLO".
    least: fewest acts of the pair in a team for the team to count. A pair with one act is one-sided of necessity; with n acts
    that might as well have gone either way it is so with chance 2 / 2^n.

    Returns one row per ordered pair and such act, the most teams first: actor_role, target_role, acts (in the teams below), teams
    (in which only this side was seen to), expected (how many of the teams in which the pair has `least` such acts would be
    one-sided this way, if each act were as likely to go either way), segments; with `forms` also the columns of
    `with_agreement`. Acts about no one team are left out.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2"], "team": "t", "document": "d", "on": None, "actor_role": "nurse",
    ...     "target_role": "peer", "tone": "", "forms": [("BW-HOA",)] * 2, "families": [("BW-ROU",)] * 2})
    >>> one_sided(acts).values.tolist()
    [['nurse', 'peer', 2, ('t',), 0.25, ('s1', 's2')]]
    """
    if isinstance(least, bool) or not isinstance(least, (int, np.integer)) or least < 1:
        raise InputError(f"least: a whole number of acts, 1 or more, was expected; this is {least!r}.")
    chosen = _chosen(acts, form).dropna(subset=["team"])
    each = chosen.groupby(["role_a", "role_b", "team"])["forward"]
    chosen = chosen.assign(n=each.transform("size"), ways=each.transform("nunique"))
    chosen = chosen[chosen["n"] >= least]
    once = chosen.drop_duplicates(["role_a", "role_b", "team"])
    chance = (0.5 ** once["n"]).groupby([once["role_a"], once["role_b"]]).sum()
    rows = []
    for (actor, target), here in chosen[chosen["ways"] == 1].groupby(["actor_role", "target_role"], sort=True):
        expected = float(chance[tuple(sorted([str(actor), str(target)]))])
        rows.append([actor, target, len(here), tuple(sorted(set(here["team"]))), expected, tuple(here["segment"])])
    columns = ["actor_role", "target_role", "acts", "teams", "expected", "segments"]
    return _ordered(pd.DataFrame(rows, columns=columns), "teams", forms)


def buffering(
    acts: pd.DataFrame,
    forms: pd.DataFrame | None = None,
    codes: str | Sequence[str] = STANDING_BETWEEN,
    contest: str | Sequence[str] = COMPETING,
) -> pd.DataFrame:
    """Where two roles compete in a team, does a third one buffer or arrange between them, and before or after they compete?

    acts, forms: as for `mutual_contest`. codes: the forms in which a third party stands between or arranges; contest: the forms,
    or families, that compete.

    A third party's act is one of those forms, in the same team, by a role that is neither of the two, towards one of them. It
    comes after when it follows a competing act of the pair: later in the same document, or of a later day. It comes before when
    it precedes all of them. Otherwise (no contest, no dates, the same day in two documents) the order isn't known. In an
    interview it is the order of telling. That an act comes after doesn't show that it answers. An act towards A stands beside
    every pair of A in the team, so buffers can't be added up over pairs.

    Returns one row per team and pair of roles with any act between the two: team, role_a, role_b, contests (competing acts
    between them; 0 for the pairs to compare with), buffers (third parties' acts), third_parties (their roles), both_sides
    (third parties act towards both of the two), before, after, order_unknown (numbers of buffers), segments (competing and third
    parties' acts), buffer_segments; with `forms` also the columns of `with_agreement`. Acts about no one team are left out.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2"], "team": "t", "document": "d", "place": [0, 1], "on": None, "tone": "",
    ...     "actor_role": ["nurse", "manager"], "target_role": ["peer", "peer"], "forms": [("BW-COMP-DEF",), ("BW-CONF-BUF",)],
    ...     "families": [("BW-COMP",), ("BW-CONF",)]})
    >>> buffering(acts)[["role_a", "role_b", "contests", "buffers", "third_parties", "after"]].values.tolist()
    [['manager', 'peer', 0, 0, (), 0], ['nurse', 'peer', 1, 1, ('manager',), 1]]
    """
    if "place" not in acts:
        raise InputError("acts: there is no column place (order within the document). `acts_of_study` makes it.")
    table = _paired(acts_across(acts).dropna(subset=["team"]))
    table = table.assign(competes=is_of(table, contest), between=is_of(table, codes))
    third = {str(team): here.to_dict("records") for team, here in table[table["between"]].groupby("team")}
    rows = []
    for (team, a, b), pair in table.groupby(["team", "role_a", "role_b"], sort=True):
        contests = [act for act in pair.to_dict("records") if act["competes"]]
        two = {a, b}
        near = [act for act in third.get(str(team), []) if act["target_role"] in two and act["actor_role"] not in two]
        when = [_order(contests, act) for act in near]
        rows.append(
            {
                "team": team,
                "role_a": a,
                "role_b": b,
                "contests": len(contests),
                "buffers": len(near),
                "third_parties": tuple(sorted({act["actor_role"] for act in near})),
                "both_sides": {act["target_role"] for act in near} == two,
                **{name: when.count(name) for name in ("before", "after", "order_unknown")},
                "segments": tuple(act["segment"] for act in (*contests, *near)),
                "buffer_segments": tuple(act["segment"] for act in near),
            }
        )
    columns = ["team", "role_a", "role_b", "contests", "buffers", "third_parties", "both_sides"]
    columns += ["before", "after", "order_unknown", "segments", "buffer_segments"]
    found = pd.DataFrame(rows, columns=columns)
    return found if forms is None else with_agreement(found, forms)


def _paired(acts: pd.DataFrame) -> pd.DataFrame:
    """Acts with the pair they are between, in alphabetical order, and whether they go from its first role to its second."""
    forward = acts["actor_role"] < acts["target_role"]
    first, second = (
        acts["actor_role"].where(forward, acts["target_role"]),
        acts["target_role"].where(forward, acts["actor_role"]),
    )
    return acts.assign(role_a=first, role_b=second, forward=forward)


def _chosen(acts: pd.DataFrame, codes: str | Sequence[str]) -> pd.DataFrame:
    table = acts_across(acts)
    return _paired(table[is_of(table, codes)])


def _order(contests: list[dict[Hashable, Any]], act: dict[Hashable, Any]) -> str:
    """Does this act come after one of these, or before all of them? By place in the same document, else by day."""
    after = []
    for one in contests:
        same = one["document"] == act["document"]
        here, there = (act["place"], one["place"]) if same else (act["on"], one["on"])
        known = pd.notna(here) and pd.notna(there) and here != there
        after.append(here > there if known else None)
    if True in after:
        return "after"
    return "before" if after and None not in after else "order_unknown"


def _ordered(found: pd.DataFrame, teams: str, forms: pd.DataFrame | None) -> pd.DataFrame:
    """The rows with most teams first, then the most acts, then by role."""
    order = pd.DataFrame({"teams": found[teams].map(len), "acts": found["segments"].map(len)}, index=found.index)
    order = order.sort_values(["teams", "acts"], ascending=False, kind="stable")
    found = found.loc[order.index].reset_index(drop=True)
    return found if forms is None else with_agreement(found, forms)

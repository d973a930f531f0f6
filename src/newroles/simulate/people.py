"""The people of an invented study's case teams: who is there in each wave, who joins and leaves, and who answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from newroles.simulate.parameters import Section, count, refuse_other_keys, share
from newroles.simulate.staffing import band_choices, bordering_roles, existing_staff, rank
from newroles.simulate.teams import TeamsSpec

ARRIVAL = 2  # the wave at which the new role comes
KINDS = ("existing", "new", "medical")
COLUMNS = ("wave", "person", "team", "role", "role_kind", "band", "responded")
# what the drawing of ties needs to know, and a study folder doesn't show
INTERNAL = ("rank", "arrived_wave", "trust", "family", "supervised_by", "borders_on")


@dataclass(frozen=True)
class PeopleSpec(Section):
    """How many people work in a case team, how many come and go, and how many answer?"""

    people_per_team: int = count(24, "people", "existing staff of a case team before the new role comes", 2)
    new_posts_share: float = share(
        0.12, "share of people_per_team", "posts in the new role, at least 2, so that it is never one person's network"
    )
    turnover: float = share(0.1, "probability between two waves", "a person leaves the team, whatever their role")
    replaced: float = share(0.8, "probability", "a leaver's post goes to a newcomer; otherwise it stays empty")
    nonresponse: Mapping[str, float] = share(
        {"existing": 0.15, "new": 0.05, "medical": 0.3},
        "probability in each wave",
        "doctors answer least and people in new roles most, so that missing ties aren't spread evenly",
    )

    def _refuse_contradictions(self) -> None:
        refuse_other_keys("nonresponse", self.nonresponse, KINDS)

    @property
    def new_posts(self) -> int:
        """How many people start in the new role, in each case team?"""
        return max(2, round(self.new_posts_share * self.people_per_team))


def draw_people(
    teams: pd.DataFrame, register: pd.DataFrame, teams_spec: TeamsSpec, spec: PeopleSpec, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Who works in which case team in each wave, in which role and band, and who answered?

    `teams`: one row per team, with team, trust, setting, follow and new_role; only those with follow "case" have people.
    `register`: the codes of a role register.

    A team is a list of posts, each with a role and a pay band. The existing posts are there from wave 1
    (`existing_staff`); at wave 2, `new_posts` posts in the new role open. Between two waves each person leaves with
    probability `turnover`; the post then goes to a newcomer with probability `replaced`, or stays empty for good. So the
    expected share of wave 1's posts that are held in wave w is (1 - turnover x (1 - replaced)) ^ (w - 1). Nobody moves
    between teams or changes role. Each person fails to answer in each wave with the probability `nonresponse` of their
    kind: new role, otherwise medical band, otherwise existing.

    Returns the `people` table, one row per person and wave, with further columns that belong to the truth (`INTERNAL`):
    rank (where they stand in the hierarchy), arrived_wave (the first wave in which they are there; 1 for those there
    from the start), trust, family (of the role), supervised_by (a role id; blank when the register names none) and
    borders_on (role ids joined by ";"). Pseudonyms are shuffled, so that they tell neither team nor role.

    The truth: new_posts; staff_before (people in wave 1, by team and role); movement (by team and wave: people, joined
    and left since the wave before); answers (by wave and kind: people, answered).

    >>> from newroles.datasets import load_codebook
    >>> teams = pd.DataFrame({"team": ["T1"], "trust": ["X1"], "setting": ["inpatient"], "follow": ["case"],
    ...                       "new_role": ["peer_support_worker"]})
    >>> register, rng = load_codebook("roles").codes, np.random.default_rng(1)
    >>> people, truth = draw_people(teams, register, TeamsSpec(), PeopleSpec(turnover=0), rng)
    >>> people["wave"].value_counts(sort=False).to_dict(), truth["movement"]["T1"][2]["joined"]
    ({1: 24, 2: 27, 3: 27}, 3)
    """
    case = teams[teams["follow"] == "case"]
    posts = _posts(case, register, spec, rng)
    holder, arrived, rows = np.full(len(posts), -1), np.empty(0, dtype=int), []
    for wave in range(1, teams_spec.waves + 1):
        leaves = rng.random(len(posts)) < (spec.turnover if wave > 1 else 0)
        passed_on = rng.random(len(posts)) < spec.replaced
        opens = (leaves & passed_on & (holder >= 0)) | (posts["opens"] == wave).to_numpy()
        holder[leaves] = -1
        holder[opens] = np.arange(len(arrived), len(arrived) + opens.sum())
        arrived = np.append(arrived, np.full(opens.sum(), wave))
        held = np.flatnonzero(holder >= 0)
        rows.append(posts.iloc[held].assign(wave=wave, person=holder[held], arrived_wave=arrived[holder[held]]))
    people = pd.concat(rows, ignore_index=True)
    width = max(4, len(str(len(arrived))))
    codes = np.array([f"p{number:0{width}d}" for number in rng.permutation(len(arrived)) + 1], dtype=object)
    people["person"] = pd.Series(codes[people["person"]], index=people.index, dtype="str")
    kind = people["role_kind"].mask(people["role_kind"].eq("existing") & people["band"].eq("medical"), "medical")
    people["responded"] = rng.random(len(people)) >= kind.map(dict(spec.nonresponse)).to_numpy(dtype=float)
    people["kind"] = kind
    people = people.sort_values(["wave", "team", "person"], ignore_index=True)
    return people[[*COLUMNS, *INTERNAL]], _truth(people, case["team"].tolist(), spec)


def _posts(case: pd.DataFrame, register: pd.DataFrame, spec: PeopleSpec, rng: np.random.Generator) -> pd.DataFrame:
    """One row per post: team, trust, role, role_kind, band, the wave in which it opens, and what follows from the role."""
    columns = ["team", "trust", "role", "role_kind", "opens"]
    rows: list[tuple[str, str, str, str, int]] = []
    for team, trust, setting, new_role in case[["team", "trust", "setting", "new_role"]].to_numpy().tolist():
        for role, number in existing_staff(new_role, setting, spec.people_per_team, register).items():
            rows += [(team, trust, role, "existing", 1)] * number
        rows += [(team, trust, new_role, "new", ARRIVAL)] * spec.new_posts
    posts = pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[:4], "str") | {"opens": int})
    posts["band"] = _bands(posts["role"], register, rng)
    posts["rank"] = [rank(role, band) for role, band in zip(posts["role"], posts["band"], strict=True)]
    known = register.set_index("id").reindex(columns=["family", "supervised_by"]).astype("object").fillna("")
    for column in known.columns:
        posts[column] = posts["role"].map(known[column]).astype("str")
    posts["supervised_by"] = posts["supervised_by"].where(posts["supervised_by"].isin(register["id"]), "")
    borders = {role: ";".join(bordering_roles(role, register)) for role in posts["role"].unique()}
    posts["borders_on"] = posts["role"].map(borders).astype("str")
    return posts


def _bands(roles: pd.Series, register: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    bands = pd.Series("", index=roles.index, dtype="str")
    for role, members in roles.groupby(roles, sort=True):
        choices = band_choices(str(role), register)
        weights = np.array(list(choices.values()))
        bands[members.index] = rng.choice(list(choices), len(members), p=weights / weights.sum())
    return bands


def _truth(people: pd.DataFrame, teams: list[str], spec: PeopleSpec) -> dict[str, Any]:
    waves = sorted(people["wave"].unique().tolist())
    present = {key: set(rows["person"]) for key, rows in people.groupby(["team", "wave"])}
    movement: dict[str, dict[int, dict[str, int]]] = {}
    for team in teams:
        movement[team], before = {}, present.get((team, 1), set())
        for wave in waves:
            now = present.get((team, wave), set())
            movement[team][wave] = {"people": len(now), "joined": len(now - before), "left": len(before - now)}
            before = now
    first = people[people["wave"] == 1].groupby("team")["role"]
    answers = people.groupby(["wave", "kind"])["responded"].agg(["size", "sum"])
    return {
        "new_posts": spec.new_posts,
        "staff_before": {
            str(team): {str(r): int(n) for r, n in roles.value_counts().sort_index().items()} for team, roles in first
        },
        "movement": movement,
        "answers": {
            wave: {
                str(kind): {"people": int(row["size"]), "answered": int(row["sum"])}
                for kind, row in answers.loc[wave].iterrows()
            }
            for wave in waves
        },
    }

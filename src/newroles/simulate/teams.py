"""The teams of an invented study: which are followed closely, which month by month, and when a new role came to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.special import expit, logit

from newroles.errors import InputError
from newroles.simulate.parameters import Section, count, parameter, refuse_shares_beyond_one, share

SETTINGS = (
    "community", "inpatient", "crisis", "children and young people", "older people", "forensic", "liaison",
    "rehabilitation",
)  # fmt: skip
CHILDREN = "children and young people"
_CHILDRENS_ROLES = ("education_mental_health_practitioner", "childrens_wellbeing_practitioner", "cypmh_specialist")


@dataclass(frozen=True)
class TeamsSpec(Section):
    """How many teams, where, and when does a new role come to them?"""

    case_teams: int = count(8, "teams", "one for each role of the case studies, observed closely in every wave")
    case_teams_per_trust: int = count(2, "teams", "eight case teams lie in four trusts, as in the real design", 1)
    other_panel_teams: int = count(32, "teams", "followed month by month beside the case teams, some forty in all")
    panel_teams_per_trust: int = count(3, "teams", "few trusts, so that clustering matters", 1)
    surveyed_teams_per_trust: int = count(
        4, "teams", "at least so many in every trust that answered; asked once, unless in the panel", 0
    )
    waves: int = count(3, "waves", "before, at and after the role's arrival; further waves follow at the same pace", 2)
    months_between_waves: int = count(6, "months", "from the wave at arrival to the next", 1)
    first_month: dt.date = parameter(dt.date(2021, 7, 1), "date", "the first month of the panel")  # noqa: RUF009
    months: int = count(30, "months", "how long the panel runs", 2)
    cohorts: Mapping[int, float] = share(
        {6: 0.4, 12: 0.35, 18: 0.25},
        "month of the panel, counted from 0: share of teams",
        "roles arrive at different times in different teams",
    )
    never: float = share(0.35, "probability", "a panel team of average vacancy never gets a new role")
    adoption_odds_per_vacancy: float = parameter(
        2.0, "odds ratio per 0.05 of vacancy rate", "teams short of staff get a new role more readily", low=0.01
    )
    surveyed_adopters: float = share(
        0.4, "probability", "a team that is only surveyed has one of its trust's new roles"
    )

    def _refuse_contradictions(self) -> None:
        refuse_shares_beyond_one("cohorts", self.cohorts)
        for month in self.cohorts:
            if isinstance(month, bool) or not isinstance(month, int) or not 1 <= month < self.months:
                raise InputError(
                    f"cohorts: month {month!r} is impossible: expected a whole number from 1 to {self.months - 1}, so "
                    "that the panel has a month before and one after."
                )
        if self.first_month.day != 1:
            raise InputError(f"first_month: {self.first_month} isn't the first day of a month.")

    @property
    def any(self) -> bool:
        """Does the study have teams at all?"""
        return bool(self.case_teams + self.other_panel_teams + self.surveyed_teams_per_trust)


def new_roles_of(register: pd.DataFrame) -> list[str]:
    """Which roles come to teams? The case-study roles of the register, in its order; without any, its new roles.

    Raises InputError for a register with neither.
    """
    wanted = register["case_study"].eq(True) if "case_study" in register.columns else pd.Series(False, register.index)
    wanted = wanted if wanted.any() else register["new"].isin([True, "true"])
    if not wanted.any():
        raise InputError("The register of roles has no new role: teams can't be drawn. Set the numbers of teams to 0.")
    return list(register.loc[wanted, "id"])


def draw_places(
    trusts: pd.DataFrame, present: pd.DataFrame, register: pd.DataFrame, spec: TeamsSpec, rng: np.random.Generator
) -> pd.DataFrame:
    """Which teams are studied, in which trusts that answered?

    `trusts`: the frame, with responded; `present`: one row per role that a trust has (trust, role, kind, introduced).
    Case teams lie in the trusts that have most of the case-study roles, each role in a trust that has it if possible
    (the assignment with fewest exceptions). Other panel teams fill up those trusts and then further ones, drawn at
    random; surveyed teams fill up every trust that answered.

    Returns one row per team: team, trust, setting, follow (case, panel or surveyed), case_role (blank unless a case
    team). Sorted by trust, so that the code of a team doesn't tell how it is followed.
    """
    answered = trusts.loc[trusts["responded"], "trust"].tolist()
    case_roles = new_roles_of(register) if spec.any else []
    wanted = [case_roles[i % len(case_roles)] for i in range(spec.case_teams)]
    has = set(present[["trust", "role"]].itertuples(index=False, name=None))
    order = rng.permutation(answered).tolist()
    order.sort(key=lambda trust: -sum((trust, role) in has for role in set(wanted)))
    homes = order[: -(-spec.case_teams // spec.case_teams_per_trust)]
    slots = [homes[i % len(homes)] for i in range(spec.case_teams)]
    lacks = np.array([[(trust, role) not in has for role in wanted] for trust in slots], dtype=float)
    rows = []
    if spec.case_teams:
        rows += [(slots[i], "case", wanted[j]) for i, j in zip(*linear_sum_assignment(lacks), strict=True)]
    others = [trust for trust in rng.permutation(answered).tolist() if trust not in homes]
    total = spec.case_teams + spec.other_panel_teams
    panel_trusts = [*homes, *others][: max(len(homes), -(-total // spec.panel_teams_per_trust))]
    room = {trust: spec.panel_teams_per_trust - slots.count(trust) for trust in panel_trusts}
    places = [trust for trust, free in room.items() for _ in range(max(free, 0))]
    while len(places) < spec.other_panel_teams:
        places += panel_trusts
    rows += [(trust, "panel", "") for trust in places[: spec.other_panel_teams]]
    for trust in answered:
        held = sum(row[0] == trust for row in rows)
        rows += [(trust, "surveyed", "")] * max(spec.surveyed_teams_per_trust - held, 0)
    teams = pd.DataFrame(rows, columns=["trust", "follow", "case_role"])
    teams = teams.assign(shuffled=rng.random(len(teams))).sort_values(["trust", "shuffled"], ignore_index=True)
    setting = pd.Series(rng.choice(SETTINGS, len(teams)), dtype="str")
    teams["setting"] = setting.where(~teams["case_role"].isin(_CHILDRENS_ROLES), CHILDREN)
    width = max(3, len(str(len(teams))))
    teams.insert(0, "team", [f"T{number:0{width}d}" for number in range(1, len(teams) + 1)])
    return teams[["team", "trust", "setting", "follow", "case_role"]]


def draw_introductions(
    places: pd.DataFrame,
    vacancy: pd.Series,
    present: pd.DataFrame,
    register: pd.DataFrame,
    spec: TeamsSpec,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Which new role came to which team, and when?

    `places`: see `draw_places`; `vacancy`: vacancy rate (0-1) by team; `present`: one row per role that a trust has.
    Every case team gets its role. Another panel team gets one with log-odds
    logit(1 - never) + log(adoption_odds_per_vacancy) x (vacancy - mean vacancy) / 0.05, in a cohort drawn by `cohorts`.
    Its role is one that its trust has, if there is one. Surveyed teams that have a role got it when their trust did.

    Returns `places` with new_role and introduced (YYYY-MM; blank: no new role), start_month (month of the panel,
    counted from 0; missing when the team never got a role or isn't in the panel), and adoption_probability (0-1).
    """
    case_roles, n = new_roles_of(register) if spec.any else [], len(places)
    chance = adoption_probability(places, vacancy, spec)
    adopts = rng.random(n) < chance
    months = rng.choice(list(spec.cohorts), n, p=list(spec.cohorts.values()))
    picks = rng.random(n)
    known = present[present["kind"].eq("new") & present["role"].isin(register["id"])]
    options = {str(trust): group.to_dict("records") for trust, group in known.groupby("trust")}
    role, introduced, start = [""] * n, [""] * n, pd.array([pd.NA] * n, dtype="Int64")
    for i, team in enumerate(places.to_dict("records")):
        local, in_panel = options.get(team["trust"], []), team["follow"] != "surveyed"
        if not adopts[i] or not (in_panel or local):
            continue
        chosen = local[int(picks[i] * len(local))] if local else {"role": case_roles[int(picks[i] * len(case_roles))]}
        role[i] = team["case_role"] or chosen["role"]
        if in_panel:
            start[i] = int(months[i])
            introduced[i] = f"{pd.Timestamp(spec.first_month) + pd.DateOffset(months=int(months[i])):%Y-%m}"
        else:
            introduced[i] = f"{chosen['introduced']:%Y-%m}"
    return places.assign(
        new_role=pd.Series(role, index=places.index, dtype="str"),
        introduced=pd.Series(introduced, index=places.index, dtype="str"),
        start_month=start,
        adoption_probability=chance,
    )


def adoption_probability(places: pd.DataFrame, vacancy: pd.Series, spec: TeamsSpec) -> np.ndarray:
    """How likely is each team to get a new role? 1 for case teams; for surveyed teams, if their trust has one."""
    rates = places["team"].map(vacancy).to_numpy(dtype=float)
    more = np.log(spec.adoption_odds_per_vacancy) * (rates - vacancy.mean()) / 0.05
    chance = expit(logit(1 - spec.never) + more)
    chance = np.where(places["follow"] == "surveyed", spec.surveyed_adopters, chance)
    return np.where(places["follow"] == "case", 1.0, chance)


def wave_months(start_month: int, spec: TeamsSpec) -> dict[int, int]:
    """In which month of the panel does each wave of a case team fall? By wave: a month before arrival, at it, after it.

    >>> wave_months(6, TeamsSpec())
    {1: 5, 2: 6, 3: 12}
    """
    later = {wave: start_month + (wave - 2) * spec.months_between_waves for wave in range(2, spec.waves + 1)}
    return {1: start_month - 1, **later}

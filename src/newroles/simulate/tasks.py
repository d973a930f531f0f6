"""Who does, supervises, claims and has given up which task in an invented team, before and after a new role comes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.simulate.parameters import Section, parameter, refuse_other_keys, share
from newroles.simulate.staffing import band_choices, bordering_roles, existing_staff, rank
from newroles.simulate.teams import TeamsSpec

# Our own list of what mental health teams do, and our own choice of who usually does it: it says nothing about the NHS.
TASKS: Mapping[str, str] = {
    "care_planning": "agreeing a care plan with the person and keeping it up to date",
    "risk_assessment": "judging how safe a person is and what would make them safer",
    "crisis_response": "answering at short notice when somebody gets much worse",
    "discharge_planning": "preparing the move out of the team's care",
    "mental_health_act_decisions": "deciding on leave, renewal and the end of detention",
    "prescribing": "starting, changing and stopping medicines",
    "medication_review": "going through all medicines, their good and their harm",
    "medication_administration": "giving medicines and injections",
    "physical_health_checks": "weight, blood pressure, blood tests and what follows from them",
    "psychological_formulation": "making sense of difficulties together with the person and the team",
    "structured_therapy": "a full course of psychological therapy",
    "brief_intervention": "a few sessions of guided, practical psychological help",
    "group_work": "running groups",
    "family_work": "working with families and carers",
    "sharing_lived_experience": "supporting people by what one has lived through oneself",
    "practical_help": "help with everyday life: money, housing, getting out",
    "school_liaison": "working with schools and colleges",
    "personal_care": "washing, dressing and eating",
}
USUAL_TASKS: Mapping[str, tuple[str, ...]] = {
    "registered_nurse": (
        "care_planning", "risk_assessment", "crisis_response", "medication_administration", "physical_health_checks",
        "personal_care",
    ),
    "health_care_assistant": ("physical_health_checks", "personal_care"),
    "enrolled_nurse": ("medication_administration", "personal_care"),
    "support_worker": ("practical_help", "personal_care"),
    "assistant_psychologist": ("brief_intervention", "group_work"),
    "practitioner_psychologist": ("psychological_formulation", "structured_therapy", "group_work"),
    "psychological_therapist": ("structured_therapy", "brief_intervention", "family_work"),
    "cypmh_specialist": ("care_planning", "risk_assessment", "crisis_response", "brief_intervention", "family_work"),
    "senior_mental_health_lead": ("school_liaison",),
    "psychiatrist": ("mental_health_act_decisions", "prescribing", "medication_review"),
    "trainee_psychiatrist": ("prescribing", "physical_health_checks"),
    "care_coordinator": ("care_planning", "discharge_planning"),
    "occupational_therapist": ("group_work", "practical_help"),
    "social_worker": ("discharge_planning", "family_work"),
    "pharmacist": ("medication_review",),
}  # fmt: skip
ANY_EXISTING_ROLE = ("care_planning", "practical_help")
# the first of these that is in the team may supervise the task, if another role does it
SUPERVISED_BY: Mapping[str, tuple[str, ...]] = {
    "care_planning": ("care_coordinator", "psychiatrist"),
    "risk_assessment": ("psychiatrist",),
    "prescribing": ("psychiatrist",),
    "medication_administration": ("registered_nurse",),
    "physical_health_checks": ("psychiatrist", "registered_nurse"),
    "structured_therapy": ("practitioner_psychologist",),
    "brief_intervention": ("practitioner_psychologist", "cypmh_specialist"),
    "group_work": ("practitioner_psychologist", "occupational_therapist"),
    "family_work": ("psychological_therapist", "social_worker"),
    "practical_help": ("occupational_therapist", "social_worker"),
    "personal_care": ("registered_nurse",),
}
MOVES_INTO: Mapping[str, tuple[str, ...]] = {
    "advanced_practitioner": (
        "risk_assessment", "crisis_response", "prescribing", "medication_review", "physical_health_checks",
    ),
    "clinical_associate_in_psychology": (
        "psychological_formulation", "structured_therapy", "group_work", "risk_assessment", "care_planning",
    ),
    "education_mental_health_practitioner": ("brief_intervention", "group_work", "family_work", "school_liaison"),
    "mental_health_wellbeing_practitioner": ("care_planning", "brief_intervention", "group_work", "practical_help"),
    "approved_responsible_clinician": (
        "mental_health_act_decisions", "risk_assessment", "care_planning", "discharge_planning",
    ),
    "nursing_associate": ("medication_administration", "physical_health_checks", "personal_care", "care_planning"),
    "peer_support_worker": ("sharing_lived_experience", "practical_help", "group_work", "discharge_planning"),
    "physician_associate": (
        "physical_health_checks", "medication_review", "risk_assessment", "discharge_planning",
    ),
}  # fmt: skip
ANY_NEW_ROLE = ("care_planning", "brief_intervention", "practical_help")

POSITIONS = ("does", "supervises", "claims", "gave_up")
FATES = ("handed_over", "shared", "contested", "supervised", "refused")
# fates that aren't drawn by weight: of tasks that nobody did, and of those that the new role leaves alone
OTHER_FATES = ("taken_up", "dropped")

Held = frozenset[tuple[str, str]]  # who holds which position on one task of one team: pairs of role and position


@dataclass(frozen=True)
class TasksSpec(Section):
    """Who does what before a new role comes, and what becomes of the tasks that it moves into?"""

    orphan_before: float = share(0.06, "probability", "a task that those who usually do it have given up by wave 1")
    contested_before: float = share(0.08, "probability", "a task that two existing roles claim in wave 1")
    supervised_before: float = share(0.6, "probability", "a task that a senior role of the team supervises in wave 1")
    fates: Mapping[str, float] = parameter(
        {"handed_over": 0.25, "shared": 0.3, "contested": 0.15, "supervised": 0.2, "refused": 0.1},
        "weight",
        "what becomes of a task that the new role moves into and an existing role did; sharing is commonest",
    )
    dropped: float = share(0.12, "probability", "a sole existing doer gives up a task that the new role leaves alone")
    settled_at_arrival: float = share(0.5, "probability", "a fate shows in the wave at arrival; the others show later")

    def _refuse_contradictions(self) -> None:
        refuse_other_keys("fates", self.fates, FATES)
        if not sum(self.fates.values()):
            raise InputError("fates: all weights are zero; expected at least one above zero.")


class _Luck(NamedTuple):
    """The uniform numbers behind one task of one team: always as many, so that one parameter moves one thing."""

    orphan: float
    contested: float
    holder: float
    rival: float
    supervised: float
    old: float
    fate: float
    shown: float
    later: float


def draw_tasks(
    teams: pd.DataFrame,
    register: pd.DataFrame,
    people_per_team: int,
    teams_spec: TeamsSpec,
    spec: TasksSpec,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Who does, supervises, claims and has given up which task in each case team, wave by wave?

    `teams`: one row per team, with team, setting, follow and new_role; only those with follow `case` are described.
    `register`: the codes of a role register. `people_per_team`: existing staff of a team, see `existing_staff`.

    Before the role comes (wave 1), every existing role of the team does its usual tasks (`USUAL_TASKS`). With
    probability `orphan_before` all of them have given the task up. Otherwise, with probability `contested_before`,
    one that does it, drawn at random, and one other existing role of the team both claim it; and, with probability
    `supervised_before`, the first senior role of the team in `SUPERVISED_BY` supervises it, if another does it.

    Each task that the new role moves into (`MOVES_INTO`) has one fate. The old role is drawn among those that did
    the task, from those on which the new role borders if there are any; for a task to be supervised, it is the one of
    them whose pay bands reach highest. P(fate) = its weight / sum of the weights:

    - handed_over: the new role does it, the old one has given it up;
    - shared: both do it;
    - contested: the old one does it, both claim it;
    - supervised: the new role does it, the old one no longer does it but supervises it;
    - refused: the old one does it, the new role claims it.

    A task that nobody did is taken_up: the new role does it. A task that only one role did, and that the new role
    leaves alone, is dropped with probability `dropped`: its doer gives it up and nobody takes it. Other roles that did
    a task go on as before; claims of before end when a fate shows. A fate shows in wave 2 with probability
    `settled_at_arrival`, else in one of the later waves, each as likely; until then the task stays as it was. By the
    last wave all have shown, so with two waves all show in the second.

    Returns the `tasks` table of a study folder, one row per wave, team, task, role and position, and the truth:

    - fates: by team and task, the fate, the old role (blank when nobody did the task), the new role, the wave in
      which it showed;
    - counts: tasks by fate, over all teams;
    - tallies: by team and wave, how many tasks are shared (two or more roles do it), contested (a role claims it and
      another role claims or does it) and orphan (somebody holds a position on it, but nobody does it).

    Raises InputError for a register without existing roles.

    >>> from newroles.datasets import load_codebook
    >>> team = {"team": "T001", "setting": "inpatient", "follow": "case", "new_role": "nursing_associate"}
    >>> tasks, truth = draw_tasks(
    ...     pd.DataFrame([team]), load_codebook("roles").codes, 24, TeamsSpec(), TasksSpec(), np.random.default_rng(1)
    ... )
    >>> sorted(task for task, end in truth["fates"]["T001"].items() if end["fate"] != "dropped")
    ['care_planning', 'medication_administration', 'personal_care', 'physical_health_checks']
    """
    rows: list[tuple[int, str, str, str, str]] = []
    fates: dict[str, dict[str, dict[str, Any]]] = {}
    for team in teams[teams["follow"] == "case"].itertuples(index=False):
        name, new_role = str(team.team), str(team.new_role)
        staff = list(existing_staff(new_role, str(team.setting), people_per_team, register))
        borders = bordering_roles(new_role, register)
        heights = {role: max(rank(role, band) for band in band_choices(role, register)) for role in staff}
        fates[name] = {}
        for task, uniforms in zip(TASKS, rng.random((len(TASKS), len(_Luck._fields))).tolist(), strict=True):
            luck = _Luck(*uniforms)
            before = _before(task, staff, spec, luck)
            fate, old_role = _fate(task, before, new_role, borders, heights, spec, luck)
            shown = _wave_shown(teams_spec.waves, spec, luck)
            if fate:
                fates[name][task] = {"fate": fate, "old_role": old_role, "new_role": new_role, "wave": shown}
            after = _after(before, fate, old_role, new_role)
            for wave in range(1, teams_spec.waves + 1):
                held = after if wave >= shown else before
                rows += [(wave, name, task, role, position) for role, position in _in_order(held, [*staff, new_role])]
    tasks = pd.DataFrame(rows, columns=["wave", "team", "task", "role", "position"])
    tasks = tasks.astype({"wave": "int64"} | dict.fromkeys(tasks.columns[1:], "str"))
    tasks = tasks.sort_values(["wave", "team"], kind="stable", ignore_index=True)
    ends = [end["fate"] for by_task in fates.values() for end in by_task.values()]
    counts = {fate: ends.count(fate) for fate in (*FATES, *OTHER_FATES)}
    return tasks, {"fates": fates, "counts": counts, "tallies": _tallies(tasks)}


def _before(task: str, staff: Sequence[str], spec: TasksSpec, luck: _Luck) -> Held:
    """Who holds which position on the task before the new role comes?"""
    doers = [role for role in staff if task in USUAL_TASKS.get(role, ANY_EXISTING_ROLE)]
    if luck.orphan < spec.orphan_before:
        return frozenset((role, "gave_up") for role in doers)
    held = {(role, "does") for role in doers}
    if doers and len(staff) > 1 and luck.contested < spec.contested_before:
        holder = _pick(doers, luck.holder)
        held |= {(holder, "claims"), (_pick([role for role in staff if role != holder], luck.rival), "claims")}
    senior = next((role for role in SUPERVISED_BY.get(task, ()) if role in staff), "")
    if senior and set(doers) - {senior} and luck.supervised < spec.supervised_before:
        held.add((senior, "supervises"))
    return frozenset(held)


def _fate(
    task: str,
    before: Held,
    new_role: str,
    borders: Sequence[str],
    heights: Mapping[str, float],
    spec: TasksSpec,
    luck: _Luck,
) -> tuple[str, str]:
    """What becomes of the task, and which existing role does that concern? Blanks: nothing, and nobody."""
    doers = sorted(role for role, position in before if position == "does")
    if task not in MOVES_INTO.get(new_role, ANY_NEW_ROLE):
        return ("dropped", doers[0]) if len(doers) == 1 and luck.fate < spec.dropped else ("", "")
    if not doers:
        return "taken_up", ""
    possible = [fate for fate in FATES if spec.fates[fate] > 0]
    upto = list(accumulate(spec.fates[fate] for fate in possible))
    fate = possible[min(bisect_right(upto, luck.fate * upto[-1]), len(possible) - 1)]
    candidates = [role for role in doers if role in borders] or doers
    return fate, max(candidates, key=heights.__getitem__) if fate == "supervised" else _pick(candidates, luck.old)


def _after(before: Held, fate: str, old: str, new: str) -> Held:
    """Who holds which position on the task once its fate has shown?"""
    if not fate:
        return before
    if fate == "dropped":
        return frozenset({(old, "gave_up")})
    kept = {(role, position) for role, position in before if position != "claims"}
    if fate in ("handed_over", "supervised"):
        kept -= {(old, "does"), (old, "supervises")}
    kept |= {
        "handed_over": {(new, "does"), (old, "gave_up")},
        "shared": {(new, "does")},
        "contested": {(new, "claims"), (old, "claims")},
        "supervised": {(new, "does"), (old, "supervises")},
        "refused": {(new, "claims")},
        "taken_up": {(new, "does")},
    }[fate]
    return frozenset(kept)


def _wave_shown(waves: int, spec: TasksSpec, luck: _Luck) -> int:
    if waves == 2 or luck.shown < spec.settled_at_arrival:
        return 2
    return 3 + int(luck.later * (waves - 2))


def _pick(choices: Sequence[str], uniform: float) -> str:
    return choices[int(uniform * len(choices))]


def _in_order(held: Held, roles: Sequence[str]) -> Iterable[tuple[str, str]]:
    return sorted(held, key=lambda each: (roles.index(each[0]), POSITIONS.index(each[1])))


def _tallies(tasks: pd.DataFrame) -> dict[str, dict[int, dict[str, int]]]:
    """How many tasks of each team are shared, contested and orphan in each wave? Defined in `draw_tasks`."""
    does, claims, role = tasks["position"] == "does", tasks["position"] == "claims", tasks["role"]
    marked = tasks.assign(doers=role.where(does), claimants=role.where(claims), either=role.where(does | claims))
    by_task = marked.groupby(["team", "wave", "task"])[["doers", "claimants", "either"]].nunique()
    tallies = pd.DataFrame(
        {
            "shared": by_task["doers"] >= 2,
            "contested": (by_task["claimants"] >= 1) & (by_task["either"] >= 2),
            "orphan": by_task["doers"] == 0,
        }
    )
    by_wave = tallies.groupby(["team", "wave"]).sum()
    result: dict[str, dict[int, dict[str, int]]] = {str(team): {} for team in tasks["team"].unique()}
    for (team, wave), row in zip(by_wave.index, by_wave.to_dict("records"), strict=True):
        result[str(team)][int(wave)] = {str(name): int(number) for name, number in row.items()}
    return result

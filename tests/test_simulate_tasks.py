"""Invented tasks: who does, supervises, claims and has given up what, before and after a new role comes.

Known answers: small teams of one or two existing roles, worked out by hand from the meaning of each fate; the binomial
distribution for rates; fates and tallies read back from the table by plain loops that know nothing of the generator.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from newroles.datasets import check_study, load_codebook
from newroles.errors import InputError
from newroles.simulate.staffing import existing_staff
from newroles.simulate.tasks import FATES, MOVES_INTO, SUPERVISED_BY, TASKS, USUAL_TASKS, TasksSpec, draw_tasks
from newroles.simulate.teams import CHILDREN, TeamsSpec, draw_introductions, draw_places, new_roles_of

REGISTER = load_codebook("roles").codes
CASE_ROLES = new_roles_of(REGISTER)
# nothing happens before, nothing is dropped, everything shows at once
PLAIN = {"orphan_before": 0, "contested_before": 0, "supervised_before": 0, "dropped": 0, "settled_at_arrival": 1}


def case_teams(*new_roles: str) -> pd.DataFrame:
    """Case teams A1, A2, ... one for each of these roles."""
    settings_ = [CHILDREN if role.startswith("education") else "community" for role in new_roles]
    return pd.DataFrame(
        {
            "team": [f"A{i}" for i in range(1, len(new_roles) + 1)],
            "trust": "T01",
            "setting": settings_,
            "follow": "case",
            "new_role": list(new_roles),
            "introduced": "2022-01",
        }
    )


def small_register(new_role: str, *existing: str) -> pd.DataFrame:
    """A register of one new role that borders on all of these existing roles, which are all there are."""
    rows = [{"id": new_role, "new": True, "borders_on": list(existing)}]
    return pd.DataFrame(rows + [{"id": role, "new": False, "borders_on": [new_role]} for role in existing])


def only(fate: str) -> dict[str, float]:
    return {name: float(name == fate) for name in FATES}


def drawn(
    teams: pd.DataFrame,
    seed: int = 1,
    waves: int = 3,
    people: int = 24,
    register: pd.DataFrame = REGISTER,
    **values: Any,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    spec = TasksSpec.from_values(values)
    return draw_tasks(teams, register, people, TeamsSpec(waves=waves), spec, np.random.default_rng(seed))


def held(tasks: pd.DataFrame, wave: int, team: str = "A1") -> set[tuple[str, str, str]]:
    rows = tasks[(tasks["wave"] == wave) & (tasks["team"] == team)]
    return set(rows[["task", "role", "position"]].itertuples(index=False, name=None))


def by_task(tasks: pd.DataFrame) -> dict[tuple[str, int, str], set[tuple[str, str]]]:
    """By team, wave and task: who holds which position."""
    found: dict[tuple[str, int, str], set[tuple[str, str]]] = defaultdict(set)
    for row in tasks.itertuples(index=False):
        found[row.team, row.wave, row.task].add((row.role, row.position))
    return found


def read_back(before: set[tuple[str, str]], after: set[tuple[str, str]], new: str) -> tuple[str, str]:
    """Which fate do the first and the last wave show, and whom did it concern? Blank: nobody is named by the rows."""
    did = {role for role, position in before if position == "does"}
    for old in sorted(did):
        gave_up = (old, "gave_up") in after
        if gave_up and (new, "does") in after:
            return "handed_over", old
        if gave_up:
            return "dropped", old
        if (old, "does") not in after and (old, "supervises") in after:
            return "supervised", old
        if (old, "claims") in after and (new, "claims") in after:
            return "contested", old
    if (new, "claims") in after:
        return "refused", ""
    if (new, "does") in after:
        return ("shared", "") if did else ("taken_up", "")
    return "", ""


@pytest.fixture(scope="module")
def large() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Enough teams for rates to show: 30 of each case-study role, four waves."""
    return drawn(case_teams(*CASE_ROLES * 30), seed=5, waves=4)


# --- the constants ------------------------------------------------------------------------------------------------


def test_every_task_is_somebodys_and_every_role_has_some() -> None:
    existing = set(REGISTER.loc[REGISTER["new"].eq(False), "id"])
    assert set(USUAL_TASKS) == existing
    assert set(MOVES_INTO) == set(CASE_ROLES)
    named = [task for tasks in [*USUAL_TASKS.values(), *MOVES_INTO.values()] for task in tasks]
    assert set(named) == set(TASKS)
    assert set(SUPERVISED_BY) <= set(TASKS)
    assert {role for roles in SUPERVISED_BY.values() for role in roles} <= existing
    assert all(len(set(tasks)) == len(tasks) > 0 for tasks in [*USUAL_TASKS.values(), *MOVES_INTO.values()])


# --- by hand ------------------------------------------------------------------------------------------------------

# A health care assistant does two tasks. A nursing associate moves into those and into two more, which nobody does.
HCA, NA = "health_care_assistant", "nursing_associate"
TAKEN_UP = {("medication_administration", NA, "does"), ("care_planning", NA, "does")}
BY_HAND = {
    "handed_over": {(NA, "does"), (HCA, "gave_up")},
    "shared": {(NA, "does"), (HCA, "does")},
    "contested": {(NA, "claims"), (HCA, "claims"), (HCA, "does")},
    "supervised": {(NA, "does"), (HCA, "supervises")},
    "refused": {(NA, "claims"), (HCA, "does")},
}
# shared, contested and orphan tasks once the fate has shown: the two tasks taken up are none of these
TALLY_BY_HAND = {"handed_over": (0, 0), "shared": (2, 0), "contested": (0, 2), "supervised": (0, 0), "refused": (0, 2)}


@pytest.mark.parametrize("fate", FATES)
def test_each_fate_leaves_the_positions_that_its_name_says(fate: str) -> None:
    tasks, truth = drawn(case_teams(NA), register=small_register(NA, HCA), waves=2, **PLAIN, fates=only(fate))
    concerned = ("physical_health_checks", "personal_care")
    assert held(tasks, 1) == {(task, HCA, "does") for task in concerned}
    expected = {(task, role, position) for task in concerned for role, position in BY_HAND[fate]}
    assert held(tasks, 2) == expected | TAKEN_UP
    assert truth["counts"] == {**only(fate), fate: 2, "taken_up": 2, "dropped": 0}
    assert truth["fates"]["A1"]["personal_care"] == {"fate": fate, "old_role": HCA, "new_role": NA, "wave": 2}
    assert truth["fates"]["A1"]["care_planning"] == {"fate": "taken_up", "old_role": "", "new_role": NA, "wave": 2}
    shared, contested = TALLY_BY_HAND[fate]
    assert truth["tallies"]["A1"] == {
        1: {"shared": 0, "contested": 0, "orphan": 0},
        2: {"shared": shared, "contested": contested, "orphan": 0},
    }


def test_what_all_have_given_up_before_is_an_orphan_until_the_new_role_takes_it_up() -> None:
    values = PLAIN | {"orphan_before": 1, "contested_before": 1, "supervised_before": 1, "dropped": 1}
    tasks, truth = drawn(case_teams(NA), register=small_register(NA, HCA), waves=2, **values)
    left = {(task, HCA, "gave_up") for task in ("physical_health_checks", "personal_care")}
    assert held(tasks, 1) == left
    assert held(tasks, 2) == left | TAKEN_UP | {("physical_health_checks", NA, "does"), ("personal_care", NA, "does")}
    assert truth["counts"]["taken_up"] == 4
    assert [truth["tallies"]["A1"][wave]["orphan"] for wave in (1, 2)] == [2, 0]


def test_a_dropped_task_is_one_that_nobody_takes() -> None:
    values = PLAIN | {"dropped": 1}
    tasks, truth = drawn(
        case_teams("peer_support_worker"), register=small_register("peer_support_worker", HCA), waves=2, **values
    )
    mine = {(task, "peer_support_worker", "does") for task in MOVES_INTO["peer_support_worker"]}
    dropped = {(task, HCA, "gave_up") for task in ("physical_health_checks", "personal_care")}
    assert held(tasks, 2) == mine | dropped
    assert truth["counts"]["dropped"] == 2
    assert truth["tallies"]["A1"][2]["orphan"] == 2


def test_two_roles_contest_before_until_a_fate_ends_it() -> None:
    """Psychiatrist and pharmacist both do reviews and claim all; a physician associate settles what it moves into."""
    doctor, pharmacist, associate = "psychiatrist", "pharmacist", "physician_associate"
    tasks, truth = drawn(
        case_teams(associate), register=small_register(associate, doctor, pharmacist), waves=2,
        **PLAIN | {"contested_before": 1, "fates": only("shared")},
    )  # fmt: skip
    theirs = ("mental_health_act_decisions", "prescribing", "medication_review")
    claims = {(task, role, "claims") for task in theirs for role in (doctor, pharmacist)}
    does = {(task, doctor, "does") for task in theirs} | {("medication_review", pharmacist, "does")}
    assert held(tasks, 1) == claims | does
    settled = {each for each in claims if each[0] != "medication_review"}
    assert held(tasks, 2) == settled | does | {(task, associate, "does") for task in MOVES_INTO[associate]}
    assert truth["tallies"]["A1"] == {
        1: {"shared": 1, "contested": 3, "orphan": 0},
        2: {"shared": 1, "contested": 2, "orphan": 0},
    }


def test_a_senior_role_supervises_what_another_does() -> None:
    """Nurse and assistant: nurses alone give medicines, so nobody supervises that; both do the other two tasks."""
    register = small_register("peer_support_worker", "registered_nurse", HCA)
    values = PLAIN | {"supervised_before": 1}
    tasks, _ = drawn(case_teams("peer_support_worker"), register=register, waves=2, **values)
    supervised = {row for row in held(tasks, 1) if row[2] == "supervises"}
    assert supervised == {
        (task, "registered_nurse", "supervises") for task in ("personal_care", "physical_health_checks")
    }


def test_the_old_role_is_one_that_the_new_one_borders_on_and_the_highest_if_it_supervises() -> None:
    teams = case_teams(*[NA] * 40)
    _, truth = drawn(teams, **PLAIN, fates=only("shared"))
    old = {fates["physical_health_checks"]["old_role"] for fates in truth["fates"].values()}
    assert old == {"registered_nurse", HCA}, (
        "a trainee psychiatrist does checks too, but a nursing associate borders not on it"
    )
    _, truth = drawn(teams, **PLAIN, fates=only("supervised"))
    assert {fates["personal_care"]["old_role"] for fates in truth["fates"].values()} == {"registered_nurse"}


# --- the truth read back from the table -----------------------------------------------------------------------------


def test_every_fate_is_in_the_table(large: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    tasks, truth = large
    found, new_roles = by_task(tasks), dict(zip(case_teams(*CASE_ROLES * 30)["team"], CASE_ROLES * 30, strict=True))
    counts: Counter[str] = Counter()
    for team, fates in truth["fates"].items():
        for task in TASKS:
            states = [found.get((team, wave, task), set()) for wave in range(1, 5)]
            fate, old = read_back(states[0], states[-1], new_roles[team])
            end = fates.get(task, {"fate": "", "old_role": "", "wave": 5})
            assert fate == end["fate"], (team, task)
            assert old in ("", end["old_role"])
            assert not fate or fate == "taken_up" or (end["old_role"], "does") in states[0]
            last = {position for role, position in states[-1] if role == old}
            assert fate not in ("handed_over", "dropped") or last == {"gave_up"}, "who gave up doesn't supervise either"
            changes = [states[i] != states[i - 1] for i in range(1, 4)]
            assert changes == [wave == end["wave"] for wave in (2, 3, 4)], "once, in the wave in which it showed"
            counts[fate] += bool(fate)
    assert truth["counts"] == {fate: counts[fate] for fate in truth["counts"]}


def test_tallies_are_those_of_the_table(large: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    tasks, truth = large
    tallies: dict[str, dict[int, dict[str, int]]] = {}
    for (team, wave, _), positions in by_task(tasks).items():
        tally = tallies.setdefault(team, {}).setdefault(wave, {"shared": 0, "contested": 0, "orphan": 0})
        does = [role for role, position in positions if position == "does"]
        claims = [role for role, position in positions if position == "claims"]
        tally["shared"] += len(does) > 1
        tally["contested"] += any(other != role for role in claims for other in [*claims, *does])
        tally["orphan"] += not does
    assert truth["tallies"] == tallies


def test_rates_are_obeyed(large: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    tasks, truth = large
    spec, first = TasksSpec(), {key: value for key, value in by_task(tasks).items() if key[1] == 1}
    did = {key: {role for role, position in value if position == "does"} for key, value in first.items()}
    ends = {(team, task): end for team, fates in truth["fates"].items() for task, end in fates.items()}

    def within(k: int, n: int, p: float) -> None:
        assert n > 200
        assert binom.ppf(0.0005, n, p) <= k <= binom.ppf(0.9995, n, p)

    existing = [key for key, positions in first.items() if positions]
    within(sum(not did[key] for key in existing), len(existing), spec.orphan_before)
    done = [key for key in existing if did[key]]
    claimed = [key for key in done if any(position == "claims" for _, position in first[key])]
    within(len(claimed), len(done), spec.contested_before)
    assert all(len({r for r, position in first[key] if position == "claims"}) == 2 for key in claimed)
    nurses = [key for key in done if key[2] == "medication_administration"]
    assert not any(position == "supervises" for key in nurses for _, position in first[key]), "only nurses give them"
    care = [key for key in done if key[2] in ("group_work", "physical_health_checks", "personal_care")]
    within(sum(any(p == "supervises" for _, p in first[key]) for key in care), len(care), spec.supervised_before)
    met = [end["fate"] for end in ends.values() if end["fate"] in FATES]
    for fate, weight in spec.fates.items():
        within(met.count(fate), len(met), weight / sum(spec.fates.values()))
    roles = dict(zip(truth["fates"], CASE_ROLES * 30, strict=True))
    alone = [key for key in done if len(did[key]) == 1 and key[2] not in MOVES_INTO[roles[key[0]]]]
    assert {(key[0], key[2]) for key in alone} >= {key for key, end in ends.items() if end["fate"] == "dropped"}
    within(sum((key[0], key[2]) in ends for key in alone), len(alone), spec.dropped)
    shown = [end["wave"] for end in ends.values()]
    within(shown.count(2), len(shown), spec.settled_at_arrival)
    within(shown.count(3), len(shown) - shown.count(2), 0.5)


# --- what may and what may not be asked for -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"orphan_before": 1.2}, "orphan_before: 1.2 is impossible"),
        ({"dropped": -0.1}, "dropped: -0.1 is impossible"),
        ({"settled_at_arrival": "half"}, "settled_at_arrival: 'half' is impossible"),
        ({"fates": {"handed_over": 1}}, "fates: no value for shared, contested, supervised, refused"),
        ({"fates": {**only("shared"), "handed_ovr": 1}}, "fates: unknown 'handed_ovr'. Did you mean 'handed_over'"),
        ({"fates": {**only("shared"), "refused": -1}}, "fates: -1 for 'refused' is impossible"),
        ({"fates": only("none")}, "fates: all weights are zero"),
        ({"orphans": 0.1}, "Unknown parameter 'orphans'"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        TasksSpec.from_values(values)


def test_a_register_without_existing_roles_is_refused() -> None:
    with pytest.raises(InputError, match="no existing role"):
        drawn(case_teams(NA), register=small_register(NA))


def test_the_same_seed_gives_the_same_tasks_and_another_seed_others() -> None:
    teams = case_teams(*CASE_ROLES)
    first, truth = drawn(teams, seed=3)
    again, same_truth = drawn(teams, seed=3)
    pd.testing.assert_frame_equal(first, again)
    assert truth == same_truth == yaml.safe_load(yaml.safe_dump(truth)), "plain values only"
    assert truth != drawn(teams, seed=4)[1]


def test_one_parameter_moves_one_thing() -> None:
    teams = case_teams(*CASE_ROLES)
    default, truth = drawn(teams)
    refused, other = drawn(teams, fates=only("refused"), dropped=1.0)
    assert held(default, 1) == held(refused, 1)
    assert truth["counts"]["shared"] > 0
    assert other["counts"]["shared"] == 0
    orphans, _ = drawn(teams, orphan_before=0.5)
    gave_up = default["position"].eq("gave_up") & default["wave"].eq(1)
    lost = set(default[gave_up].itertuples(index=False, name=None))
    assert lost < set(orphans.itertuples(index=False, name=None)), "more orphans, and the earlier ones among them"


def test_only_case_teams_are_described_and_none_gives_an_empty_table() -> None:
    trusts = pd.DataFrame({"trust": ["X1", "X2", "X3"], "responded": True})
    present = pd.DataFrame({"trust": "X1", "role": CASE_ROLES, "kind": "new", "introduced": pd.Timestamp("2019-01-01")})
    for case_count in (3, 0):
        spec = TeamsSpec(case_teams=case_count, other_panel_teams=4)
        places = draw_places(trusts, present, REGISTER, spec, np.random.default_rng(1))
        vacancy = pd.Series(0.1, index=places["team"])
        teams = draw_introductions(places, vacancy, present, REGISTER, spec, np.random.default_rng(2))
        tasks, truth = draw_tasks(teams, REGISTER, 24, spec, TasksSpec(), np.random.default_rng(3))
        assert list(tasks.columns) == ["wave", "team", "task", "role", "position"]
        assert tasks["wave"].dtype == "int64"
        assert set(tasks["team"]) == set(truth["fates"]) == set(truth["tallies"])
        assert set(tasks["team"]) == set(teams.loc[teams["follow"] == "case", "team"])
        assert len(truth["fates"]) == case_count


@settings(max_examples=25, deadline=None)
@given(
    role=st.sampled_from(REGISTER.loc[REGISTER["new"].eq(True), "id"].tolist()),
    waves=st.integers(2, 5),
    people=st.sampled_from([1, 2, 3, 8, 24]),
    shares=st.tuples(*[st.sampled_from([0, 0.5, 1])] * 5),
    weights=st.tuples(*[st.integers(0, 2)] * 5).filter(any),
    seed=st.integers(0, 2**32),
)
def test_any_legal_parameters_give_possible_tasks(
    role: str, waves: int, people: int, shares: tuple[float, ...], weights: tuple[int, ...], seed: int
) -> None:
    values = dict(zip(PLAIN, shares, strict=True)) | {"fates": dict(zip(FATES, weights, strict=True))}
    tasks, truth = drawn(case_teams(role), seed, waves, people, **values)
    setting = CHILDREN if role.startswith("education") else "community"
    staff = set(existing_staff(role, setting, people, REGISTER))
    assert not tasks.duplicated().any()
    assert set(tasks["wave"]) == set(range(1, waves + 1))
    assert set(tasks["task"]) <= set(TASKS)
    assert set(tasks.loc[tasks["wave"] == 1, "role"]) <= staff
    assert set(tasks["role"]) <= staff | {role}
    for positions in by_task(tasks).values():
        gave_up = {each for each, position in positions if position == "gave_up"}
        assert not gave_up & {each for each, position in positions if position != "gave_up"}
    for task, end in truth["fates"]["A1"].items():
        assert 2 <= end["wave"] <= waves
        assert end["fate"] in ("taken_up", "dropped") or values["fates"][end["fate"]] > 0
        assert (task, role) in {each[:2] for each in held(tasks, waves)} or end["fate"] == "dropped"
    assert sum(truth["counts"].values()) == len(truth["fates"]["A1"])


def test_a_study_folder_takes_the_table(tiny_study: Path) -> None:
    teams = case_teams("peer_support_worker", "physician_associate")
    tasks, _ = drawn(teams)
    columns = ["team", "trust", "setting", "new_role", "introduced"]
    teams[columns].to_csv(tiny_study / "teams.csv", index=False, lineterminator="\n")
    tasks.to_csv(tiny_study / "tasks.csv", index=False, lineterminator="\n")
    problems = check_study(tiny_study)
    assert problems[problems["table"].isin(["teams", "tasks"])].empty, problems.to_string()

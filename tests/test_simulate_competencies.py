"""Invented competencies: what each role is meant to be able to do, and how far new roles overlap with bordering ones.

Known answers: a register of three roles worked out by hand; every planted overlap recomputed from the templates and
parameters by plain loops; the normal distribution for the noise.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from newroles.datasets import check_study, load_codebook
from newroles.errors import InputError
from newroles.simulate.competencies import (
    ANY_EXISTING_ROLE,
    ANY_NEW_ROLE,
    COMPETENCIES,
    DISTINCTIVE,
    EXISTING,
    RESERVED,
    CompetenciesSpec,
    draw_competencies,
)
from newroles.simulate.tasks import MOVES_INTO

REGISTER = load_codebook("roles").codes
NEW = REGISTER.loc[~REGISTER["new"].eq(False), "id"].tolist()
BORDERS = dict(zip(REGISTER["id"], REGISTER["borders_on"], strict=True))
Weights = dict[str, dict[str, float]]


def drawn(seed: int = 1, register: pd.DataFrame = REGISTER, **values: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    return draw_competencies(register, CompetenciesSpec.from_values(values), np.random.default_rng(seed))


def as_weights(competencies: pd.DataFrame) -> Weights:
    found: Weights = {role: {} for role in REGISTER["id"]}
    for row in competencies.itertuples(index=False):
        found.setdefault(row.role, {})[row.competency] = row.weight
    return found


def new_roles_from(existing: Weights, borrowed: float, floor: float) -> Weights:
    """The rule for new roles, role by role and competency by competency."""
    found: Weights = {}
    for role in NEW:
        lenders = [existing[other] for other in BORDERS[role] if other in existing]
        found[role] = {}
        for competency in COMPETENCIES:
            own = 1.0 if competency in DISTINCTIVE[role] else 0.0
            weight = own
            if lenders:
                mean = sum(lender.get(competency, 0) for lender in lenders) / len(lenders)
                weight = borrowed * mean + (1 - borrowed) * own
            if competency in RESERVED and role not in RESERVED[competency]:
                continue
            if weight >= floor and weight > 0:
                found[role][competency] = weight
    return found


def jaccard(one: dict[str, float], other: dict[str, float]) -> float:
    smaller = larger = 0.0
    for competency in COMPETENCIES:
        smaller += min(one.get(competency, 0), other.get(competency, 0))
        larger += max(one.get(competency, 0), other.get(competency, 0))
    return smaller / larger


# --- the constants ------------------------------------------------------------------------------------------------


def test_templates_and_lists_speak_of_the_same_competencies_and_roles() -> None:
    assert set(EXISTING) == set(REGISTER["id"]) - set(NEW)
    assert set(DISTINCTIVE) == set(NEW)
    templates = [*EXISTING.values(), ANY_EXISTING_ROLE]
    used = {each for template in templates for each in template} | {
        each for own in DISTINCTIVE.values() for each in own
    }
    assert used | set(ANY_NEW_ROLE) == set(COMPETENCIES)
    assert len(set(COMPETENCIES)) == len(COMPETENCIES)
    assert all(0 < weight <= 1 for template in templates for weight in template.values())
    assert set(RESERVED) <= set(COMPETENCIES)
    assert {role for roles in RESERVED.values() for role in roles} <= set(NEW)


def test_nothing_distinctive_is_forbidden_and_no_role_moves_into_a_task_that_it_may_not_do() -> None:
    assert not [(r, own) for r, each in DISTINCTIVE.items() for own in each if r not in RESERVED.get(own, (r,))]
    needs = {
        "prescribing": "prescribes_medicines",
        "mental_health_act_decisions": "takes_mental_health_act_decisions",
        "structured_therapy": "delivers_structured_therapy",
        "medication_administration": "gives_medicines",
    }
    moved = {(role, needs[task]) for role, tasks in MOVES_INTO.items() for task in tasks if task in needs}
    assert moved
    assert not [each for each in moved if each[0] not in RESERVED[each[1]]]


# --- by hand ------------------------------------------------------------------------------------------------------


def test_a_new_role_is_part_borrowed_and_part_its_own_by_hand() -> None:
    """A pharmacy technician borders on pharmacists, who review 1, give medicines .4, lead .4; its own: gives medicines.

    Half borrowed: reviews .5, gives .2 + .5 = .7, leads .2. Smaller weights .5 + .4 + .2 = 1.1, larger 1 + .7 + .4 = 2.1.
    """
    technician = "mental_health_pharmacy_technician"
    register = REGISTER[REGISTER["id"].isin([technician, "pharmacist"])]
    competencies, truth = drawn(register=register, borrowed=0.5, noise=0)
    assert as_weights(competencies)[technician] == {
        "reviews_medicines": 0.5, "gives_medicines": 0.7, "leads_improvement": 0.2,
    }  # fmt: skip
    assert truth["overlap"] == {technician: {"pharmacist": {"planted": 0.52381, "drawn": 0.52381}}}


def test_all_of_ones_own_or_all_borrowed() -> None:
    own, _ = drawn(borrowed=0, noise=0)
    assert {role: set(as_weights(own)[role]) for role in NEW} == {role: set(DISTINCTIVE[role]) for role in NEW}
    lent, truth = drawn(borrowed=1, noise=0)
    assert as_weights(lent)["mental_health_pharmacy_technician"] == EXISTING["pharmacist"]
    assert truth["overlap"]["mental_health_pharmacy_technician"]["pharmacist"]["planted"] == 1.0
    assert as_weights(lent)["peer_support_lead"] == dict.fromkeys(DISTINCTIVE["peer_support_lead"], 1.0), (
        "borders on no existing role, so it has nothing to borrow"
    )


@pytest.mark.parametrize("borrowed", [0.6, 1.0])
def test_what_only_certain_roles_may_do_is_taken_from_the_others(borrowed: float) -> None:
    competencies, _ = drawn(borrowed=borrowed)
    for competency, allowed in RESERVED.items():
        holders = set(competencies.loc[competencies["competency"] == competency, "role"]) & set(NEW)
        assert holders <= set(allowed)
        assert holders


# --- the truth, recomputed --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("borrowed", "floor"), [(0.6, 0.05), (0.35, 0.0), (1.0, 0.3), (0.0, 0.05)])
def test_planted_overlap_follows_from_templates_and_parameters(borrowed: float, floor: float) -> None:
    _, truth = drawn(borrowed=borrowed, floor=floor)
    existing = {
        role: {each: weight for each, weight in template.items() if weight >= floor}
        for role, template in EXISTING.items()
    }
    weights = existing | new_roles_from(existing, borrowed, floor)
    expected = {role: {other: jaccard(weights[role], weights[other]) for other in BORDERS[role]} for role in NEW}
    assert truth["overlap"].keys() == expected.keys()
    for role, others in expected.items():
        planted = {other: overlap["planted"] for other, overlap in truth["overlap"][role].items()}
        assert planted == pytest.approx(others, abs=1e-3), role  # weights are written with three places


def test_drawn_overlap_and_new_roles_follow_from_the_table() -> None:
    competencies, truth = drawn(seed=9, noise=0.1)
    spec, weights = CompetenciesSpec(), as_weights(competencies)
    assert competencies["weight"].between(spec.floor, 1).all()
    existing = {role: held for role, held in weights.items() if role not in NEW}
    again = new_roles_from(existing, spec.borrowed, spec.floor)
    for role in NEW:
        assert weights[role] == pytest.approx(again[role], abs=6e-4)
        for other, overlap in truth["overlap"][role].items():
            assert overlap["drawn"] == pytest.approx(jaccard(weights[role], weights[other]), abs=1e-6)
            assert overlap["drawn"] != overlap["planted"] or not {role, other} & set(EXISTING)


def test_the_noise_has_the_spread_that_was_asked_for() -> None:
    """Weights far enough from 0 and 1 not to be cut off, over 20 draws: their sum of squares is chi-squared."""
    slips = []
    for seed in range(20):
        for role, held in as_weights(drawn(seed, noise=0.05)[0]).items():
            template = EXISTING.get(role, {})
            slips += [held[each] - weight for each, weight in template.items() if 0.3 <= weight <= 0.7]
    scaled = sum((slip / 0.05) ** 2 for slip in slips)
    assert len(slips) > 700
    assert chi2.ppf(0.0005, len(slips)) < scaled < chi2.ppf(0.9995, len(slips))


# --- what may and what may not be asked for -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"borrowed": 1.01}, "borrowed: 1.01 is impossible"),
        ({"noise": -0.1}, "noise: -0.1 is impossible"),
        ({"floor": 2}, "floor: 2 is impossible"),
        ({"borowed": 0.5}, "Unknown parameter 'borowed'. Did you mean 'borrowed'"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        drawn(**values)


def test_the_same_seed_gives_the_same_competencies() -> None:
    first, truth = drawn(seed=4)
    again, same_truth = drawn(seed=4)
    pd.testing.assert_frame_equal(first, again)
    assert truth == same_truth == yaml.safe_load(yaml.safe_dump(truth)), "plain values only"
    other, other_truth = drawn(seed=5)
    assert not first.equals(other)
    planted = [{r: {o: each["planted"] for o, each in others.items()} for r, others in t["overlap"].items()}
               for t in (truth, other_truth)]  # fmt: skip
    assert planted[0] == planted[1], "what is planted doesn't depend on the seed"


def test_overlap_of_roles_without_any_competency_is_missing() -> None:
    register = REGISTER[REGISTER["id"].isin(["mental_health_pharmacy_technician", "pharmacist"])]
    competencies, truth = drawn(register=register, noise=0, floor=1, borrowed=0.5)
    assert as_weights(competencies)["pharmacist"] == {"reviews_medicines": 1.0}
    assert truth["overlap"]["mental_health_pharmacy_technician"]["pharmacist"]["planted"] == 0.0
    bare = pd.DataFrame([{"id": "scribe", "new": True, "borders_on": ["porter"]}, {"id": "porter", "new": False}])
    competencies, truth = drawn(register=bare, noise=0, floor=1, borrowed=0.5)
    assert competencies.empty
    assert truth["overlap"]["scribe"]["porter"] == {"planted": None, "drawn": None}


def test_roles_of_a_register_of_ones_own_have_competencies_too() -> None:
    register = pd.DataFrame([{"id": "scribe", "new": True, "borders_on": ["porter"]}, {"id": "porter", "new": False}])
    competencies, truth = drawn(register=register, noise=0, borrowed=0.5)
    weights = as_weights(competencies)
    assert weights["porter"] == ANY_EXISTING_ROLE
    assert weights["scribe"] == dict.fromkeys(ANY_NEW_ROLE, 0.5) | {
        each: w / 2 for each, w in ANY_EXISTING_ROLE.items()
    }
    assert set(truth["overlap"]) == {"scribe"}


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1), st.floats(0, 3), st.floats(0, 1), st.integers(0, 2**32))
def test_any_legal_parameters_give_possible_weights(borrowed: float, noise: float, floor: float, seed: int) -> None:
    competencies, truth = drawn(seed, borrowed=borrowed, noise=noise, floor=floor)
    assert list(competencies.columns) == ["role", "competency", "weight"]
    assert not competencies.duplicated(["role", "competency"]).any()
    assert competencies["weight"].between(floor, 1).all()
    assert (competencies["weight"] > 0).all()
    overlaps = [value for others in truth["overlap"].values() for each in others.values() for value in each.values()]
    assert all(value is None or 0 <= value <= 1 for value in overlaps)


def test_a_study_folder_takes_the_table(tiny_study: Path) -> None:
    competencies, _ = drawn()
    assert set(competencies["role"]) == set(REGISTER["id"])
    competencies.to_csv(tiny_study / "competencies.csv", index=False, lineterminator="\n")
    problems = check_study(tiny_study)
    assert problems[problems["table"] == "competencies"].empty, problems.to_string()

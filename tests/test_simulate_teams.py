"""Teams of the invented study: where they lie, who works in them, which get a new role, and when."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from newroles.datasets import load_codebook
from newroles.errors import InputError
from newroles.simulate.staffing import band_choices, bordering_roles, existing_staff, rank
from newroles.simulate.teams import (
    CHILDREN,
    TeamsSpec,
    adoption_probability,
    draw_introductions,
    draw_places,
    new_roles_of,
    wave_months,
)

REGISTER = load_codebook("roles").codes
CASE_ROLES = [
    "advanced_practitioner", "clinical_associate_in_psychology", "education_mental_health_practitioner",
    "mental_health_wellbeing_practitioner", "approved_responsible_clinician", "nursing_associate",
    "peer_support_worker", "physician_associate",
]  # fmt: skip


def frame(n: int, answered: int) -> pd.DataFrame:
    return pd.DataFrame({"trust": [f"X{i:03d}" for i in range(n)], "responded": [i < answered for i in range(n)]})


def roles_in(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    table = pd.DataFrame(pairs, columns=["trust", "role"])
    return table.assign(kind="new", introduced=pd.Timestamp("2020-03-05"))


PRESENT = roles_in([(f"X{i:03d}", role) for i in range(31) for k, role in enumerate(CASE_ROLES) if (i + k) % 3])


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    return draw_places(frame(51, 31), PRESENT, REGISTER, TeamsSpec(), np.random.default_rng(1))


def even_vacancy(places: pd.DataFrame) -> pd.Series:
    return pd.Series(np.linspace(0.02, 0.22, len(places)), index=places["team"])


def test_eight_case_teams_lie_in_four_trusts_one_for_each_role(places: pd.DataFrame) -> None:
    case = places[places["follow"] == "case"]
    assert sorted(case["case_role"]) == sorted(CASE_ROLES)
    assert case["trust"].value_counts().tolist() == [2, 2, 2, 2]
    assert (places.loc[places["follow"] != "case", "case_role"] == "").all()


def test_forty_teams_are_followed_each_month_and_every_trust_that_answered_is_surveyed(places: pd.DataFrame) -> None:
    panel = places[places["follow"] != "surveyed"]
    assert (len(panel), panel["trust"].nunique()) == (40, 14)
    assert panel["trust"].value_counts().max() == 3
    assert places["trust"].nunique() == 31
    assert (places["trust"].value_counts() == 4).all()
    assert set(places["trust"]) == set(frame(51, 31).query("responded")["trust"])
    assert places["team"].is_unique


def test_the_childrens_role_works_with_children(places: pd.DataFrame) -> None:
    at = places.set_index("case_role")["setting"]
    assert at["education_mental_health_practitioner"] == CHILDREN


@settings(max_examples=25, deadline=None)
@given(st.sets(st.tuples(st.sampled_from(["X000", "X001"]), st.sampled_from(CASE_ROLES[:4]))), st.integers(0, 99))
def test_roles_lie_in_trusts_that_have_them_as_far_as_possible(has: set[tuple[str, str]], seed: int) -> None:
    """Two trusts, two case teams each: every way to place four roles, tried one by one."""
    spec = TeamsSpec(case_teams=4, other_panel_teams=0, surveyed_teams_per_trust=0)
    drawn = draw_places(frame(2, 2), roles_in(sorted(has)), REGISTER, spec, np.random.default_rng(seed))
    slots = ["X000", "X001", "X000", "X001"]
    best = max(
        sum(pair in has for pair in zip(slots, order, strict=True)) for order in itertools.permutations(CASE_ROLES[:4])
    )
    assert sum(pair in has for pair in zip(drawn["trust"], drawn["case_role"], strict=True)) == best


@pytest.mark.parametrize(
    ("numbers", "teams", "trusts"),
    [
        ({"case_teams": 0, "other_panel_teams": 0, "surveyed_teams_per_trust": 0}, 0, 0),
        ({"case_teams": 1, "other_panel_teams": 0, "surveyed_teams_per_trust": 0}, 1, 1),
        ({"case_teams": 40, "other_panel_teams": 100, "surveyed_teams_per_trust": 0}, 140, 3),
        ({"case_teams": 0, "other_panel_teams": 2, "surveyed_teams_per_trust": 1}, 4, 3),
    ],
)
def test_any_number_of_teams_finds_a_place(numbers: dict[str, int], teams: int, trusts: int) -> None:
    drawn = draw_places(frame(5, 3), PRESENT, REGISTER, TeamsSpec(**numbers), np.random.default_rng(1))
    assert (len(drawn), drawn["trust"].nunique()) == (teams, trusts)


def test_how_likely_a_team_is_to_get_a_role(places: pd.DataFrame) -> None:
    """By hand: odds (1 - never) / never for a team of mean vacancy, times the odds ratio for each 0.05 above it."""
    spec, vacancy = TeamsSpec(never=0.2, adoption_odds_per_vacancy=3), even_vacancy(places)
    found = dict(zip(places["team"], adoption_probability(places, vacancy, spec), strict=True))
    for team, follow in zip(places["team"], places["follow"], strict=True):
        odds = 0.8 / 0.2 * 3 ** ((vacancy[team] - vacancy.mean()) / 0.05)
        by_hand = {"case": 1.0, "panel": odds / (1 + odds), "surveyed": spec.surveyed_adopters}[follow]
        assert math.isclose(found[team], by_hand, rel_tol=1e-9)


def test_teams_get_roles_as_often_as_their_chances_say_and_in_the_cohorts_planned() -> None:
    spec = TeamsSpec(case_teams=0, other_panel_teams=1500, surveyed_teams_per_trust=0, cohorts={4: 0.8, 10: 0.2})
    places = draw_places(frame(51, 31), PRESENT, REGISTER, spec, np.random.default_rng(2))
    teams = draw_introductions(places, even_vacancy(places), PRESENT, REGISTER, spec, np.random.default_rng(3))
    got = teams["start_month"].notna()
    expected = teams["adoption_probability"]
    assert abs(got.sum() - expected.sum()) < 4 * math.sqrt((expected * (1 - expected)).sum())
    assert got[expected > expected.median()].mean() > got[expected < expected.median()].mean() + 0.1
    early = int((teams["start_month"] == 4).sum())
    assert binom.ppf(0.001, got.sum(), 0.8) <= early <= binom.ppf(0.999, got.sum(), 0.8)
    assert set(teams["start_month"].dropna()) == {4, 10}
    # July 2021 and four months are November, ten are May
    assert set(teams.loc[got, "introduced"]) == {"2021-11", "2022-05"}
    assert (teams.loc[~got, ["new_role", "introduced"]] == "").all(axis=None)


def test_a_team_gets_a_role_that_its_trust_has(places: pd.DataFrame) -> None:
    teams = draw_introductions(
        places, even_vacancy(places), PRESENT, REGISTER, TeamsSpec(surveyed_adopters=1), np.random.default_rng(4)
    )
    pairs = set(PRESENT[["trust", "role"]].itertuples(index=False, name=None))
    others = teams[(teams["follow"] != "case") & (teams["new_role"] != "")]
    assert set(others[["trust", "new_role"]].itertuples(index=False, name=None)) <= pairs
    surveyed = teams[teams["follow"] == "surveyed"]
    assert (surveyed["introduced"] == "2020-03").all()
    assert surveyed["start_month"].isna().all()
    case = teams[teams["follow"] == "case"]
    assert (case["new_role"] == case["case_role"]).all()
    assert case["start_month"].notna().all()


def test_nobody_and_everybody_can_get_a_role(places: pd.DataFrame) -> None:
    for never, share in ((1.0, 0.0), (0.0, 1.0)):
        spec = TeamsSpec(never=never)
        teams = draw_introductions(places, even_vacancy(places), PRESENT, REGISTER, spec, np.random.default_rng(5))
        assert teams.loc[teams["follow"] == "panel", "start_month"].notna().mean() == share


def test_waves_fall_before_at_and_after_the_arrival() -> None:
    assert wave_months(6, TeamsSpec(waves=5, months_between_waves=3)) == {1: 5, 2: 6, 3: 9, 4: 12, 5: 15}
    assert wave_months(1, TeamsSpec(waves=2)) == {1: 0, 2: 1}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"waves": 1}, "waves: 1 is impossible: expected a whole number of waves, 2 or more"),
        ({"cohorts": {0: 1.0}}, "month 0 is impossible: expected a whole number from 1 to 29"),
        ({"cohorts": {6: 0.5}}, "add up to 0.5, not to 1"),
        ({"months": 10}, "cohorts: month 12 is impossible"),
        ({"never": 1.2}, "never: 1.2 is impossible"),
        ({"case_teams": -1}, "case_teams: -1 is impossible"),
        ({"first_month": pd.Timestamp("2021-07-02").date()}, "isn't the first day of a month"),
    ],
)
def test_impossible_numbers_of_teams_are_refused(values: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        TeamsSpec.from_values(values)


def test_a_register_without_new_or_without_existing_roles_is_refused() -> None:
    old = REGISTER[~REGISTER["new"].isin([True, "true"])].assign(case_study=False)
    with pytest.raises(InputError, match="no new role"):
        new_roles_of(old)
    with pytest.raises(InputError, match="no existing role"):
        existing_staff("peer_support_worker", "inpatient", 10, REGISTER[REGISTER["new"].isin([True, "true"])])
    assert new_roles_of(REGISTER) == CASE_ROLES


@given(st.sampled_from(CASE_ROLES), st.integers(1, 300), st.sampled_from(["inpatient", CHILDREN]))
def test_a_team_has_the_size_asked_and_the_roles_next_to_the_new_one(role: str, people: int, setting: str) -> None:
    staff = existing_staff(role, setting, people, REGISTER)
    assert sum(staff.values()) == people
    assert min(staff.values()) >= 1
    new = set(REGISTER.loc[REGISTER["new"].isin([True, "true", "earlier_wave"]), "id"])
    assert not new & set(staff)
    if people >= 24:
        assert set(bordering_roles(role, REGISTER)) - new <= set(staff)


def test_bands_and_ranks() -> None:
    # the register says "7 or 8a" of advanced practitioners, and nothing of recovery workers
    assert band_choices("advanced_practitioner", REGISTER) == {"7": 0.5, "8a": 0.5}
    assert band_choices("recovery_worker", REGISTER) == {"4": 1.0}
    for role in REGISTER["id"]:
        assert sum(band_choices(role, REGISTER).values()) == pytest.approx(1)
    assert rank("psychiatrist", "medical") > rank("practitioner_psychologist", "8b") > rank("registered_nurse", "7")
    assert rank("health_care_assistant", "2") < rank("nursing_associate", "4") < rank("registered_nurse", "5")

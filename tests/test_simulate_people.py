"""The people of invented teams: posts, turnover and answers follow their parameters, and the truth can be counted again.

Known answers: team sizes by hand; binomial bounds (scipy.stats.binom) for who leaves, who is replaced and who answers.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from newroles.datasets import load_codebook
from newroles.datasets.schemas import table_schema
from newroles.errors import InputError
from newroles.simulate.people import COLUMNS, INTERNAL, PeopleSpec, draw_people
from newroles.simulate.staffing import band_choices, existing_staff, rank
from newroles.simulate.teams import CHILDREN, TeamsSpec, new_roles_of

REGISTER = load_codebook("roles").codes


def case_teams(number: int = 8) -> pd.DataFrame:
    """So many case teams, two in each trust, and one that isn't followed closely."""
    roles = (new_roles_of(REGISTER) * (1 + number // 8))[:number]
    rows = [
        (f"T{i + 1}", f"X{i // 2 + 1}", CHILDREN if role.startswith("education") else "community", "case", role)
        for i, role in enumerate(roles)
    ]
    rows.append(("T99", "X1", "community", "panel", "peer_support_worker"))
    return pd.DataFrame(rows, columns=["team", "trust", "setting", "follow", "new_role"])


def drawn(seed: int = 1, teams: int = 8, waves: int = 3, **values: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    spec, rng = PeopleSpec(**values), np.random.default_rng(seed)
    return draw_people(case_teams(teams), REGISTER, TeamsSpec(waves=waves), spec, rng)


def likely(successes: int, trials: int, chance: float) -> bool:
    """Within the middle 99.9999% of the binomial distribution?"""
    low, high = binom.interval(1 - 1e-6, trials, chance)
    return bool(low <= successes <= high)


@pytest.fixture(scope="module")
def large() -> tuple[pd.DataFrame, dict[str, Any]]:
    return drawn(people_per_team=400, turnover=0.2, replaced=0.7)


# --- who is there ---------------------------------------------------------------------------------------------------------


def test_without_turnover_teams_only_gain_the_new_role() -> None:
    """By hand: 24 people, then 0.12 x 24 = 2.88, so 3 more."""
    people, truth = drawn(turnover=0)
    sizes = pd.crosstab(people["team"], people["wave"])
    assert truth["new_posts"] == 3
    assert (sizes == [24, 27, 27]).all().all()
    assert set(sizes.index) == {f"T{i}" for i in range(1, 9)}, "only case teams have people"
    came = people[people["wave"].eq(2) & people["arrived_wave"].eq(2)]
    assert came["role_kind"].eq("new").all()
    assert came.groupby("team")["role"].first().tolist() == case_teams()["new_role"].tolist()[:8]


def test_the_first_wave_is_the_staff_before_the_role() -> None:
    people, truth = drawn()
    for team in case_teams().itertuples():
        if team.follow == "case":
            wanted = existing_staff(team.new_role, team.setting, 24, REGISTER)
            assert truth["staff_before"][team.team] == dict(sorted(wanted.items()))
            there = people[people["wave"].eq(1) & people["team"].eq(team.team)]
            assert there["role"].value_counts().to_dict() == wanted


def test_there_are_never_fewer_than_two_new_posts() -> None:
    assert drawn(new_posts_share=0)[1]["new_posts"] == 2
    assert drawn(people_per_team=100, new_posts_share=0.5)[1]["new_posts"] == 50


def test_leavers_and_their_successors_are_as_many_as_planted(large: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    people, _ = large
    by_wave = {wave: rows.set_index("person") for wave, rows in people.groupby("wave")}
    for wave in (2, 3):
        before, now = by_wave[wave - 1], by_wave[wave]
        left = len(set(before.index) - set(now.index))
        came = now[now["arrived_wave"] == wave]
        successors = len(came) - (8 * 48 if wave == 2 else 0)  # 0.12 x 400 new posts in each team
        assert likely(left, len(before), 0.2)
        assert likely(successors, left, 0.7)


def test_a_successor_has_the_post_of_the_leaver() -> None:
    people, _ = drawn(turnover=0.5, replaced=1)
    posts = pd.crosstab([people["team"], people["role"], people["band"]], people["wave"])
    existing = posts[(posts[1] > 0)]
    assert (existing[2] >= existing[1]).all()
    assert (posts[2] == posts[3]).all()


def test_movement_can_be_counted_again(large: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    people, truth = large
    there: dict[tuple[str, int], set[str]] = {}
    for row in people.itertuples():
        there.setdefault((row.team, row.wave), set()).add(row.person)
    for team, waves in truth["movement"].items():
        for wave, said in waves.items():
            now, before = there[team, wave], there.get((team, wave - 1), set())
            assert said["people"] == len(now)
            assert said["joined"] == (sum(person not in before for person in now) if wave > 1 else 0)
            assert said["left"] == sum(person not in now for person in before)


# --- who answers ----------------------------------------------------------------------------------------------------------


def test_answers_come_at_the_planted_rates(large: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    people, truth = large
    for wave, kinds in truth["answers"].items():
        now = people[people["wave"] == wave]
        new = now["role_kind"].eq("new")
        medical = now["band"].eq("medical") & ~new
        groups = {"new": now[new], "medical": now[medical], "existing": now[~new & ~medical]}
        for kind, silent in {"existing": 0.15, "new": 0.05, "medical": 0.3}.items():
            if kind != "new" or wave > 1:
                assert kinds[kind] == {"people": len(groups[kind]), "answered": groups[kind]["responded"].sum()}
                assert likely(len(groups[kind]) - kinds[kind]["answered"], len(groups[kind]), silent)


@pytest.mark.parametrize("rate", [0, 1])
def test_all_or_nobody_may_answer(rate: int) -> None:
    people, _ = drawn(nonresponse={"existing": rate, "new": rate, "medical": rate})
    assert people["responded"].eq(rate == 0).all()


# --- the table ------------------------------------------------------------------------------------------------------------


def test_the_table_is_that_of_a_study_folder() -> None:
    people, truth = drawn()
    schema = table_schema("people")
    assert tuple(people.columns) == (*COLUMNS, *INTERNAL)
    assert tuple(field.name for field in schema.fields) == COLUMNS
    assert people["person"].str.fullmatch(r"p\d{4}").all()
    assert set(people["role"]) <= set(REGISTER["id"])
    assert [row.band in band_choices(row.role, REGISTER) for row in people.itertuples()] == [True] * len(people)
    assert [rank(row.role, row.band) for row in people.itertuples()] == people["rank"].tolist()
    named = people.drop_duplicates("role").set_index("role")
    assert named.loc["physician_associate", ["supervised_by", "borders_on", "family"]].tolist() == [
        "psychiatrist", "psychiatrist;trainee_psychiatrist", "medical",
    ]  # fmt: skip
    assert named.loc["education_mental_health_practitioner", "supervised_by"] == "", "a text, no role of the register"
    assert json.loads(json.dumps(truth))


def test_pseudonyms_tell_neither_team_nor_arrival(large: tuple[pd.DataFrame, dict[str, Any]]) -> None:
    people = large[0].drop_duplicates("person")
    number = people["person"].str[1:].astype(int)
    assert abs(np.corrcoef(number, people["arrived_wave"])[0, 1]) < 5 / np.sqrt(len(people))
    assert abs(np.corrcoef(number, people["team"].str[1:].astype(int))[0, 1]) < 5 / np.sqrt(len(people))


@settings(max_examples=12, deadline=None)
@given(
    st.integers(1, 3), st.integers(2, 5), st.integers(2, 30), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1),
    st.integers(0, 9),
)  # fmt: skip
def test_whatever_the_parameters_a_person_stays_one_person(
    teams: int, waves: int, size: int, turnover: float, replaced: float, new: float, seed: int
) -> None:
    values = {"people_per_team": size, "turnover": turnover, "replaced": replaced, "new_posts_share": new}
    people, truth = drawn(seed, teams, waves, **values)
    assert not people.duplicated(["wave", "person"]).any()
    stays = people.groupby("person").agg(dict.fromkeys(("team", "role", "band", "arrived_wave"), "nunique"))
    assert (stays == 1).all().all()
    spans = people.groupby("person").agg(n=("wave", "size"), first=("wave", "min"), last=("wave", "max"))
    assert (spans["n"] == spans["last"] - spans["first"] + 1).all(), "nobody comes back"
    assert (people["arrived_wave"] == people["person"].map(spans["first"])).all()
    assert (people.loc[people["wave"] == 1, "role_kind"] == "existing").all()
    assert len(truth["movement"]) == teams
    again = drawn(seed, teams, waves, **values)
    pd.testing.assert_frame_equal(people, again[0])
    assert truth == again[1]


def test_a_team_may_empty_or_change_wholly() -> None:
    people, truth = drawn(turnover=1, replaced=0)
    assert people["wave"].max() == 2
    assert people.loc[people["wave"] == 2, "role_kind"].eq("new").all()
    people, truth = drawn(turnover=1, replaced=1)
    assert (people["wave"] == people["arrived_wave"]).all()
    assert truth["movement"]["T1"][3] == {"people": 27, "joined": 27, "left": 27}


def test_without_case_teams_there_is_nobody() -> None:
    people, truth = drawn(teams=0)
    assert people.empty
    assert tuple(people.columns) == (*COLUMNS, *INTERNAL)
    assert truth["movement"] == {}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"people_per_team": 1}, "people_per_team: 1 is impossible"),
        ({"turnover": 1.2}, "turnover: 1.2 is impossible: expected a number from 0 to 1"),
        ({"nonresponse": {"existing": 0.1, "new": 0.1}}, "nonresponse: no value for medical"),
        ({"nonresponse": {"existing": 0.1, "new": 0.1, "medicals": 0.1}}, "Did you mean 'medical'"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        PeopleSpec.from_values(values)

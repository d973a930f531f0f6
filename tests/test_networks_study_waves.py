"""What a study's tables give the chapters: families, waves, relations, teams, sentences."""

import numpy as np
import pandas as pd
import pytest

from newroles.datasets import load_study
from newroles.errors import InputError
from newroles.networks import (
    against_chance_in_words,
    boundary_by_relation,
    build,
    change,
    chosen_relation,
    ei_index,
    first_and_last,
    newcomers_in_words,
    share_across_by_team,
    share_followed,
    teams_with_total,
    with_families,
)
from newroles.roles import load_register


@pytest.fixture(scope="module")
def example():
    study = load_study("example_study")
    return with_families(study.people, load_register().roles), study.ties


def test_families_of_the_example_are_the_register_s_and_new_roles_stand_apart(example):
    people, _ = example
    assert people.groupby("role_kind")["family"].unique()["new"].tolist() == ["new roles"]
    nurses = people.loc[people["role"].eq("registered_nurse"), "family"].unique().tolist()
    assert nurses == ["nursing"]
    with pytest.raises(InputError, match="role_kind"):
        with_families(people.drop(columns="role_kind"), load_register().roles)


def test_waves_need_people_and_ties():
    people, ties = pd.DataFrame({"wave": [1, 2, 3]}), pd.DataFrame({"wave": [2, 3, 4]})
    assert first_and_last(people, ties) == (2, 3)
    with pytest.raises(InputError, match="this study has 1"):
        first_and_last(people, ties.tail(2))


def test_a_relation_that_is_not_there_is_replaced_by_the_commonest(example):
    _, ties = example
    assert chosen_relation(ties, ["advice"]) == "advice"
    assert chosen_relation(ties, ["golf"]) == ties["relation"].value_counts().index[0]
    with pytest.raises(InputError, match="no rows"):
        chosen_relation(ties.iloc[:0], ["advice"])


def test_relations_agree_with_the_index_they_come_from(example):
    people, ties = example
    found = boundary_by_relation(people, ties, 3, permutations=19).set_index("relation")
    assert set(found.index) == set(ties["relation"])
    advice = ei_index(build(people, ties, wave=3, relation="advice"), "role_kind", within="team").iloc[0]
    assert found.loc["advice", "across"] == advice["external"]
    assert found.loc["advice", "expected_across"] == pytest.approx(
        found.loc["advice", "ties"] * (1 + advice["expected"]) / 2
    )
    assert not found.loc["works_with", "directed"]
    assert found.loc["advice", "directed"]


def test_teams_add_up_and_few_are_left_out(example):
    people, ties = example
    before, after = (build(people, ties, wave=wave, relation="works_with", directed=False) for wave in (1, 3))
    teams = share_across_by_team(before, after)
    assert len(teams) == 8
    total = change(before, after, measures=["share_across"], within="team", draws=20, permutations=0)
    assert np.average(teams["after"], weights=teams["ties_after"]) == pytest.approx(total["after"].iloc[0])
    assert share_across_by_team(before, after, enough=10_000).empty
    drawn = teams_with_total(total, teams)
    assert drawn["label"].tolist()[:2] == ["All teams", f"Team {teams['team'].iloc[0]}"]
    assert drawn["low"].notna().tolist() == [True] + [False] * 8


def test_supervision_that_follows_advice_by_hand():
    people = pd.DataFrame({"wave": 1, "person": list("abcd"), "team": ["t", "t", "t", "u"]})
    told = [("a", "b", "supervision"), ("c", "a", "supervision"), ("b", "a", "advice"), ("d", "a", "advice")]
    ties = pd.DataFrame(told, columns=["source", "target", "relation"]).assign(wave=1)
    # within team t: three pairs, one of them tied by advice (a-b); d is of another team
    assert share_followed(people, ties, "supervision", "advice", 1) == {
        "ties": 2,
        "share": 0.5,
        "expected": pytest.approx(1 / 3),
    }
    assert np.isnan(share_followed(people, ties, "referral", "advice", 1)["share"])


def test_sentences_say_what_the_numbers_say():
    fewer = pd.Series({"ei": 0.1, "expected": 0.5, "p_two_sided": 0.01})
    chance, more = fewer.where(fewer.index != "p_two_sided", 0.5), fewer.where(fewer.index != "ei", 0.9)
    assert "In the first wave fewer ties crossed than, in the last as many" in against_chance_in_words(fewer, chance)
    assert against_chance_in_words(more, more).startswith("Both times more ties crossed than if")
    assert "no ties" in against_chance_in_words(fewer * np.nan, fewer)
    rows = pd.DataFrame({"waves_since": [0, 2], "new": [1.0, 2.0], "matched": [3.0, 4.0]})
    assert (
        newcomers_in_words(rows.head(1))
        == "People who came into new roles had 1.0 partners in the wave they came, their matches 3.0."
    )
    assert newcomers_in_words(rows).endswith("2 waves later 2.0 and 4.0.")
    assert "can't be compared" in newcomers_in_words(rows.iloc[:0])

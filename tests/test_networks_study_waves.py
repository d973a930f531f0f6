"""What a study's tables give the chapters: families, waves, relations, teams, sentences."""

import numpy as np
import pandas as pd
import pytest

from newroles.datasets import load_study
from newroles.errors import InputError
from newroles.networks import (
    against_chance_in_words,
    boundary_by_relation,
    brokers_in_words,
    brokers_title,
    build,
    change,
    change_in_words,
    change_title,
    comparison_in_words,
    ei_index,
    gone_in_words,
    mixing_title,
    only_within,
    relation_and_waves,
    relation_in_wave,
    returned_in_words,
    share_across_by_team,
    share_followed,
    stayed_in_words,
    supervision_in_words,
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


def test_a_relation_needs_two_waves_with_people_and_ties(example):
    people, ties = example
    assert relation_and_waves(people, ties, ["advice"]) == ("advice", 1, 3)
    gone = ties[~(ties["relation"].eq("advice") & ties["wave"].gt(1))]
    assert relation_and_waves(people, gone, ["advice"])[0] == "works_with"
    with pytest.raises(InputError, match="two waves"):
        relation_and_waves(people, ties[ties["wave"] == 1], ["advice"])
    assert relation_in_wave(gone, 3, ["advice", "handover"]) == "handover"
    with pytest.raises(InputError, match="no rows of wave 9"):
        relation_in_wave(ties, 9, ["advice"])


def test_ties_between_teams_are_left_out_and_counted(example):
    people, ties = example
    network = build(people, ties, wave=3, relation="works_with", directed=False)
    inside = only_within(network)
    assert len(inside.ties) + inside.left_out["rows"].sum() == len(network.ties)
    team = people[people["wave"].eq(3)].set_index("person")["team"]
    assert (team[inside.ties["source"]].to_numpy() == team[inside.ties["target"]].to_numpy()).all()


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
    assert "in the last the share of ties that crossed is not clearly different" in against_chance_in_words(
        fewer, chance
    )
    assert against_chance_in_words(more, more).startswith("Both times more ties crossed than chance")
    assert "no ties" in against_chance_in_words(fewer * np.nan, fewer)


def test_a_change_is_called_one_only_if_interval_and_test_agree():
    row = pd.Series({"before": 0.5, "after": 0.6, "change": 0.1, "low": 0.05, "high": 0.15, "p_two_sided": 0.01})
    teams = pd.DataFrame({"change": [0.1, 0.2]})
    assert change_title(row, teams, "band") == "More ties cross a band boundary after than before, in every team"
    assert "in every team" not in change_title(row, teams.head(1), "band")
    assert "Fewer" in change_title(row * [1, 1, -1, -1, -1, 1], teams, "band")
    assert change_title(row * [1, 1, 1, np.nan, np.nan, 1], teams, "band").startswith("No clear")
    assert "no interval with so few teams" in change_in_words(row.where(row.index != "low"), "role", "s")
    assert "no team has a tie" in change_in_words(row * np.nan, "role", "s")
    assert stayed_in_words(pd.Series({"p_two_sided": np.nan})) == "Too few people were there both times for a test"


def test_what_a_study_has_not_got_is_said():
    none = pd.DataFrame({"group_a": ["nursing"], "group_b": ["medical"], "ties": [3], "expected": [2.0]})
    assert "new and existing" not in mixing_title(none)
    assert "less often" in mixing_title(none.assign(group_a="new roles", ties=1))
    assert brokers_in_words(pd.DataFrame({"family": ["nursing"], "kind": ["total"]})).startswith("Nobody in a new role")
    profile = pd.DataFrame(
        {"family": ["new roles"], "kind": ["total"], "paths": [1], "expected": [4.0], "p_two_sided": [0.01]}
    )
    assert "less often" in brokers_title(profile)
    assert "neither clearly" in brokers_title(profile.assign(p_two_sided=0.3))
    assert "nobody in a new role" in brokers_title(profile.iloc[:0])
    assert gone_in_words(pd.DataFrame({"measure": ["across_lost"], "value": [np.nan]})).startswith("Nobody")
    assert "no ties of supervision" in supervision_in_words({"ties": 0})
    assert returned_in_words(0.9, "advice").count("enough to fill in") == 1
    people = pd.DataFrame({"wave": 2, "team": ["t", "u"], "role_kind": ["new", "existing"]})
    teams = pd.DataFrame({"team": ["t", "u"], "change": [0.1, 0.04]})
    assert "changed by +10 percentage points on average, in the others by +4" in comparison_in_words(people, teams, 2)
    assert comparison_in_words(people, teams, 2, counts=False).startswith("Some teams")
    assert "without a new role" in comparison_in_words(people.assign(role_kind="existing"), teams, 2)

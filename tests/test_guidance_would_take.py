"""What a new role would touch: three small teams counted by hand, and studies that can't say."""

import pandas as pd
import pytest

from newroles.datasets import load_published, load_study
from newroles.errors import InputError
from newroles.guidance.would_take import BETWEEN, HAPPENED, boundaries_touched, cannot_say, would_take
from newroles.guidance.would_take_words import would_take_in_words, would_take_listed

TEAMS = pd.DataFrame(
    {
        "team": ["a", "b", "c", "d"],
        "trust": "t",
        "setting": ["ward", "ward", "community", "community"],
        "new_role": ["peer", "peer", "peer", None],
        "introduced": None,
    }
)
# a: help goes from the nurse to the peer; care is shared by nurse and doctor with the peer; tests stay; lived is taken up
# b: help goes from the support worker to the peer, who is supervised by the support worker; the peer claims tests in vain
# c: described before only. d: no new role, though help changes hands there too
ROWS = """\
1 a help nurse does
1 a care nurse does
1 a care doctor does
1 a tests nurse does
2 a help peer does
2 a help nurse gave_up
2 a care nurse does
2 a care doctor does
2 a care peer does
2 a tests nurse does
2 a lived peer does
1 b help support does
1 b tests doctor does
2 b help peer does
2 b help support supervises
2 b tests doctor does
2 b tests peer claims
1 c help nurse does
1 d help nurse does
2 d help support does
2 d help nurse gave_up"""
TASKS = pd.DataFrame(
    [line.split() for line in ROWS.splitlines()], columns=["wave", "team", "task", "role", "position"]
).astype({"wave": int})
# peer and support share help alone: min(1, 0.5) / max(1, 0.5) = 0.5 of the union 1 + 0 = 0.5; with the nurse 0.5/2 = 0.25
ABLE = pd.DataFrame(
    [("peer", "helps", 1.0), ("support", "helps", 0.5), ("nurse", "helps", 0.5), ("nurse", "tests", 1.0)],
    columns=["role", "competency", "weight"],
)
PAIRS = pd.DataFrame(
    {
        "role": ["peer", "peer", "scribe"],
        "bordering": ["nurse", "care_team", "nurse"],
        "bordering_name": ["Nurse", "Care team", "Nurse"],
        "bordering_kind": ["role", "group", "role"],
        "ground": ["Frees nurses", "Part of the team", "Writes for nurses"],
        "source": "https://example.org",
        "source_name": "Example",
        "confidence": "A",
    }
)


def test_each_task_is_counted_over_the_teams_that_got_the_role():
    found = would_take("peer", TASKS, TEAMS, ABLE).set_index("task")
    assert found.index.tolist() == ["help", "tests", "care", "lived"]  # two teams; then one, the disputed one first
    assert found[["compared", "n", "teams"]].T.to_dict("list") == {
        "help": [2, 2, 2],
        "tests": [2, 2, 1],  # the peer left it alone in team a
        "care": [2, 1, 1],
        "lived": [2, 1, 1],
    }
    happened = {task: {what for what in HAPPENED if row[what]} for task, row in found.iterrows()}
    assert happened == {
        "help": {"handed_over", "supervised"},
        "tests": {"refused"},
        "care": {"shared"},
        "lived": {"taken_up"},
    }
    assert found[list(HAPPENED)].sum(axis=1).eq(found["teams"]).all()


def test_it_says_whose_the_task_was_how_alike_they_are_and_how_it_stood():
    found = would_take("peer", TASKS, TEAMS, ABLE).set_index("task")
    assert found.loc["help", "before_roles"] == ("nurse", "support")
    assert found.loc["help", "overlaps"] == pytest.approx((0.25, 0.5))
    assert found.loc["care", "before_roles"] == ("doctor", "nurse")
    assert found.loc["care", "overlaps"][0] is None  # nothing is known of what doctors can do
    assert found.loc["help", "supervisors"] == ("support",)
    assert found.loc["tests", "state_before"] == ("sole",)
    assert found.loc["tests", "state_after"] == ("contested",)
    assert found.loc["lived", "before_roles"] == ()
    assert found.loc["lived", "state_before"] == ("",)


def test_a_team_like_yours_has_the_setting_you_name():
    community = TEAMS.assign(setting=["ward", "community", "community", "community"])
    found = would_take("peer", TASKS, community, setting="community")
    assert found["task"].tolist() == ["tests", "help"]
    assert found["compared"].eq(1).all()
    with pytest.raises(InputError, match="'wards'.*Did you mean 'ward'"):
        would_take("peer", TASKS, TEAMS, setting="wards")


def test_a_role_that_was_there_before_holds_its_tasks_without_having_taken_them():
    """A task that nobody's position changed on is the role's all the same: it would touch it."""
    tasks = TASKS[TASKS["team"].eq("d")].replace({"support": "peer"})
    tasks = pd.concat([tasks, pd.DataFrame([(w, "d", "talks", "peer", "does") for w in (1, 2)], columns=tasks.columns)])
    found = would_take("peer", tasks, TEAMS.assign(new_role="peer")).set_index("task")
    assert found.loc["talks", "other"] == 1
    assert found.loc["talks", "before_roles"] == ()  # itself isn't a neighbour
    assert found.loc["help", "handed_over"] == 1


@pytest.mark.parametrize(
    ("tasks", "teams", "how", "reason"),
    [
        (None, TEAMS, {}, "no tables of teams"),
        (TASKS, None, {}, "no tables of teams"),
        (TASKS.iloc[:0], TEAMS, {}, "no tables of teams"),
        (TASKS, TEAMS, {"protects": True}, "small-number rule"),
        (TASKS[TASKS["wave"].eq(1)], TEAMS, {}, "before and after"),
        (TASKS, TEAMS.assign(new_role="scribe"), {}, "got the role"),
        (TASKS, TEAMS, {"setting": "community"}, "in the setting 'community' that got the role"),
    ],
)
def test_a_study_that_cannot_say_gives_no_rows_and_a_reason(tasks, teams, how, reason):
    assert reason in cannot_say("peer", tasks, teams, **how)
    found = would_take("peer", tasks, teams, ABLE, **how)
    assert found.empty
    borders = boundaries_touched("peer", tasks, teams, ABLE, PAIRS, **how)
    assert borders[[*BETWEEN, "unsure", "teams"]].isna().all(axis=None)  # unknown, which isn't nought
    assert set(borders["neighbour"]) == {"nurse", "care_team", "support"}  # what is published and alike remains
    said = would_take_in_words("peer", found, borders, {}, cannot_say("peer", tasks, teams, **how))
    assert said.startswith(cannot_say("peer", tasks, teams, **how))
    assert "Published sources place it beside: nurse and care team." in said
    assert would_take_listed(found, {}).empty


def test_boundaries_join_tasks_competencies_and_what_is_published():
    found = boundaries_touched("peer", TASKS, TEAMS, ABLE, PAIRS).set_index("neighbour")
    by_hand = {  # handed over, supervised, shared, contested, refused, unsure, teams
        "nurse": [1, 0, 1, 0, 0, 1, 1],  # help; care, which may be the doctor's part
        "doctor": [0, 0, 1, 0, 1, 1, 2],  # care in a; tests in b
        "support": [0, 1, 0, 0, 0, 0, 1],
        "care_team": [0, 0, 0, 0, 0, 0, 0],
    }
    assert {who: found.loc[who, [*BETWEEN, "unsure", "teams"]].tolist() for who in found.index} == by_hand
    assert found.index.tolist()[:2] == ["nurse", "doctor"]  # two tasks each; the published pair first
    assert found.loc["nurse", "overlap"] == pytest.approx(0.25)
    assert found.loc["support", "shared_competencies"] == 1
    assert found.loc["nurse", "ground"] == "Frees nurses"
    assert found.loc["doctor", ["ground", "source"]].tolist() == ["", ""]
    assert found["kind"].to_dict() == {"nurse": "role", "doctor": "role", "support": "role", "care_team": "group"}


def test_how_many_near_roles_are_kept():
    assert boundaries_touched("peer", competencies=ABLE, most=1)["neighbour"].tolist() == ["support"]
    assert boundaries_touched("peer", competencies=ABLE, most=0).empty
    with pytest.raises(InputError, match="most=-1"):
        boundaries_touched("peer", most=-1)


def test_the_sentences_say_what_the_tables_say():
    names = {"peer": "Peer Worker", "nurse": "Nurse"}
    found, borders = would_take("peer", TASKS, TEAMS, ABLE), boundaries_touched("peer", TASKS, TEAMS, ABLE, PAIRS)
    said = would_take_in_words("peer", found, borders, names)
    assert said.startswith(
        "In the 2 teams that got it and are described before and after, the peer worker touched 4 tasks, among them: "
        "help (handed over in 1, now under supervision in 1)"
    )
    assert "1 task was contested or claimed in vain." in said
    assert "it is nearest to: support (overlap 0.50)." in said
    assert "forecast" not in said
    one = would_take("peer", TASKS[TASKS["team"].ne("b")], TEAMS, ABLE)
    assert "One team is an example of what can happen, and no forecast." in would_take_in_words(
        "peer", one, borders, names
    )
    row = would_take_listed(found, names).iloc[0]
    assert row["before"] == "Nurse (overlap 0.25); Support (overlap 0.50)"
    assert row["after"] == "Peer Worker; supervised by Support"


def test_a_role_that_touched_nothing_is_said_so():
    teams = TEAMS.assign(new_role=["scribe", None, None, None])
    found = would_take("scribe", TASKS, teams)
    assert found.empty
    assert cannot_say("scribe", TASKS, teams) == ""
    said = would_take_in_words("scribe", found, boundaries_touched("scribe", TASKS, teams), {})
    assert said.startswith("In the teams that got it, the scribe touched no task of those described.")


def test_the_example_study_and_the_published_pairs_go_together():
    study, pairs = load_study("example_study"), load_published("boundary_pairs")
    for role in study.teams["new_role"].dropna().unique():
        found = would_take(role, study.tasks, study.teams, study.competencies)
        borders = boundaries_touched(role, study.tasks, study.teams, study.competencies, pairs)
        assert bool(cannot_say(role, study.tasks, study.teams)) == found.empty  # in the example each touched something
        assert borders["neighbour"].is_unique
        assert set(pairs.loc[pairs["role"].eq(role), "bordering"]) <= set(borders["neighbour"])
        assert role not in set(borders["neighbour"])

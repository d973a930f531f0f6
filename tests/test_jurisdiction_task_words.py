"""What the page on tasks says: tables counted by hand, and sentences that are right with none, one and many."""

from __future__ import annotations

import pandas as pd
import pytest

from newroles import jurisdiction as j
from newroles.datasets import load_study
from newroles.errors import InputError

STUDY = load_study("example_study")
CHANGE = j.task_change(STUDY.tasks, 1, 3, STUDY.teams.set_index("team")["new_role"])
POSITIONS = {"d": "does", "s": "supervises", "c": "claims", "g": "gave_up"}


def rows(*said: str) -> pd.DataFrame:
    """The table tasks from lines such as "1 t care nurse:d peer:dc": wave, team, task, roles with their positions."""
    listed = []
    for line in said:
        wave, team, task, *held = line.split()
        listed += [(int(wave), team, task, one.split(":")[0], POSITIONS[p]) for one in held for p in one.split(":")[1]]
    return pd.DataFrame(listed, columns=["wave", "team", "task", "role", "position"])


def changed(*said: str, new: dict[str, str] | None = None) -> pd.DataFrame:
    return j.task_change(rows(*said), new_roles=new)


TWO_TEAMS = (
    "1 s care nurse:d", "2 s care nurse:d peer:d",
    "1 s tests nurse:d", "2 s tests nurse:g",
    "1 s talks nurse:d", "2 s talks nurse:d",
    "1 t care nurse:d", "2 t care nurse:c peer:c",
    "1 t tests nurse:d",
)  # fmt: skip


# Tables, by hand -----------------------------------------------------------------------------------------------------------


def test_tasks_at_the_end_by_hand():
    """care: shared in s, claimed by two and done by nobody in t; tests: dropped in s, not spoken of in t; talks: in s only."""
    found = j.tasks_at_the_end(changed(*TWO_TEAMS)).set_index("task")
    assert found.index.tolist() == ["care", "tests", "talks"]
    assert found.loc["care", ["n", "contested", "orphan", "changed"]].tolist() == [2, 1, 1, 2]
    assert found.loc["care", "commonest"] == "Dropped or newly shared"
    assert found.loc["tests", ["n", "contested", "orphan", "changed"]].tolist() == [1, 0, 1, 1]
    assert found.loc["talks", ["n", "changed", "share"]].tolist() == [1, 0, 0.0]
    assert pd.isna(found.loc["talks", "commonest"])
    assert found.loc["talks", "high"] == pytest.approx(0.7935, abs=1e-4)  # 1.96^2 / (1 + 1.96^2), Wilson with 0 of 1


def test_a_task_of_which_nobody_spoke_at_the_end_has_no_share():
    found = j.tasks_at_the_end(changed("1 s care nurse:d", "1 s tests nurse:d", "2 s tests nurse:d")).set_index("task")
    assert found.loc["care", "n"] == 0
    assert found.loc["care", ["share", "low", "high"]].isna().all()


def test_every_change_is_counted_once_and_agrees_with_the_counts_by_task():
    counted = j.changes_counted(CHANGE)
    assert counted["tasks"].sum() == len(CHANGE)
    assert counted["share"].sum() == pytest.approx(1)
    by_task = j.change_by_task(CHANGE)
    moved = by_task[~by_task["became"].isin(["unchanged", "not_described"])].groupby("task")["teams"].sum()
    at_end = j.tasks_at_the_end(CHANGE).set_index("task")["changed"]
    assert at_end[at_end > 0].sort_index().to_dict() == moved.to_dict()


def test_the_new_role_is_counted_where_it_takes_or_claims_and_not_where_it_is_met():
    change = changed(
        "1 t care nurse:d", "2 t care nurse:d peer:d", "1 t talks peer:d", "2 t talks nurse:d", new={"t": "peer"}
    )
    counted = j.changes_counted(change).set_index("became")
    assert counted.loc["Newly shared", "by_new_role"] == 1
    assert counted.loc["Handed over", "by_new_role"] == 0


def test_doubts_are_counted_and_none_make_no_rows():
    doubts = j.doubts_counted(changed(*TWO_TEAMS))
    assert doubts[["tasks", "of"]].values.tolist() == [[1, 5], [1, 5]]
    assert doubts["doubt"].str.startswith("Nobody speaks of it after").tolist() == [True, False]  # tests in t
    assert doubts["doubt"].str.startswith("Who no longer does it doesn't say").tolist() == [False, True]  # care in t
    assert j.doubts_counted(changed("1 t care nurse:d", "2 t care nurse:d")).empty


def test_the_first_of_each_kind_are_listed_and_the_rest_of_one_fills_up():
    pairs = pd.DataFrame(
        {"role_a": list("abcde"), "role_b": "z", "competencies": 0.1, "tasks": 0.0, "contested": 0, "teams": 1}
    )
    pairs["unexpected"] = ["contested_though_unlike"] * 4 + ["apart_though_alike"]
    names = dict(zip("abcdez", "ABCDEZ", strict=True))
    assert j.unexpected_listed(pairs, names, 2)["role_a"].tolist() == ["A", "E"]
    assert j.unexpected_listed(pairs, names, 4)["role_a"].tolist() == ["A", "B", "C", "E"]
    assert j.unexpected_listed(pd.DataFrame(), names, 4).empty


def test_a_role_or_task_without_a_name_is_said_in_words():
    names = j.names_for(rows("1 t care_plan night_nurse:d"), {"nurse": "Registered nurse"})
    assert names["night_nurse"] == "Night nurse"
    assert names["care_plan"] == "Care plan"
    assert names["nurse"] == "Registered nurse"


@pytest.mark.parametrize(
    ("said", "true"),
    [
        (("1 s care nurse:d", "2 t care nurse:d"), False),
        (("1 s care nurse:d", "2 s care nurse:d"), True),
        (("1 s care nurse:d", "2 s care nurse:d", "3 t care nurse:d"), False),
        (("1 s care nurse:d",), False),
    ],
)
def test_a_team_must_be_described_in_the_first_wave_and_in_the_last(said, true):
    assert j.described_twice(rows(*said)) is true


# Competencies --------------------------------------------------------------------------------------------------------------


ABLE = pd.DataFrame([(r, c, 1.0) for r, cs in {"nurse": "xy", "peer": "yz", "medic": "x", "aide": "z"}.items() for c in cs],
                    columns=["role", "competency", "weight"])  # fmt: skip


@pytest.mark.parametrize(
    ("tasks", "able", "says"),
    [
        (rows("1 t care nurse:d peer:d"), ABLE.iloc[:0], "says nothing about competencies"),
        (rows("1 t care nurse:d peer:d medic:d"), ABLE, "Fewer than four roles"),
        (rows("1 s care nurse:d peer:d", "1 t care medic:d aide:d"), ABLE, "Too few pairs of roles"),
    ],
)
def test_a_study_that_cannot_be_asked_says_why(tasks, able, says):
    answers, unexpected, why_not = j.tasks_against_competencies(tasks, 1, able, permutations=9)
    assert answers.empty
    assert unexpected.empty
    assert says in why_not
    assert j.against_competencies_in_words(answers, why_not) == why_not
    assert j.unexpected_pairs_in_words(unexpected, {}, why_not) == ""


def test_a_study_that_can_be_asked_gets_both_answers():
    board = rows("1 t care nurse:d peer:d medic:d", "1 t tests aide:d nurse:d medic:d")
    answers, _, why_not = j.tasks_against_competencies(board, 1, ABLE, permutations=9)
    assert why_not == ""
    assert answers["of"].tolist() == ["tasks", "contested"]
    said = j.against_competencies_in_words(answers)
    assert (
        "contest more tasks or fewer can't be told, since on one side all pairs are alike" in said
    )  # nobody claims anything


def answer(of: str, estimate: float, p: float) -> pd.DataFrame:
    return pd.DataFrame({"of": [of], "estimate": [estimate], "p_two_sided": [p], "roles": 9, "pairs": 30})


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (
            answer("tasks", 0.4, 0.01),
            "do more of the same tasks (rank correlation 0.40, p = 0.01; 30 pairs of 9 roles).",
        ),
        (answer("tasks", -0.4, 0.0001), "do fewer of the same tasks (rank correlation −0.40, p < 0.001; 30 pairs"),
        (answer("contested", 0.4, 0.01), "Roles whose competencies overlap more contest more tasks (rank"),
        (answer("contested", 0.4, 0.05), "contest more tasks or fewer isn't clear"),
    ],
)
def test_what_competencies_say_of_tasks(told, says):
    assert says in j.against_competencies_in_words(told)


# Sentences -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("both", "says"),
    [
        ([True], "1 of 1 team described in either is described in both."),
        ([True, False], "1 of 2 teams described in either is described in both."),
        ([True, True], "2 of 2 teams described in either are described in both."),
    ],
)
def test_coverage_with_one_team_and_with_several(both, says):
    compared = pd.DataFrame({"compared": both, "tasks_after": [9] * len(both)})
    assert j.compared_in_words(compared, (1, 3)).endswith(says)
    assert (
        j.compared_in_words(compared, (1, 3), counts=False) == "Wave 1 against wave 3, in the teams described in both."
    )
    assert j.described_in_words(compared, (1, 3)).startswith(f"Wave 3: {len(both)} of {len(both)} team")


@pytest.mark.parametrize(
    ("became", "says"),
    [
        (
            ["unchanged"],
            "Of 1 task (each counted once for each team), none changed hands or positions, as far as the teams said.",
        ),
        (["shared"], "1 changed hands or positions (100%): 1 newly shared."),
        (["shared", "dropped", "dropped"], "3 changed hands or positions (100%): 2 dropped and 1 newly shared."),
        (["not_described"] * 2, "What became of 2 is not known, since nobody spoke of them later."),
    ],
)
def test_what_moved_with_none_one_and_several(became, says):
    assert j.moved_in_words(pd.DataFrame({"became": became})).endswith(says)


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        ([], "So no task went to a new role."),
        ([True], "In the one task that changed it was the team's new role that"),
        ([False], "In the one task that changed it was not the team's new role that"),
        ([False, False], "In none of the 2 tasks that changed was it the team's new role that"),
        ([True, False], "In 1 of the 2 tasks that changed it was the team's new role that"),
        ([True, True], "In all 2 tasks that changed it was the team's new role that"),
    ],
)
def test_the_part_of_new_roles(taken, says):
    change = pd.DataFrame(
        {"became": ["unchanged", *["shared"] * len(taken)], "new_role": "peer", "by_new_role": [False, *taken]}
    )
    assert j.new_roles_in_words(change).startswith(says)
    assert "doesn't say of any team" in j.new_roles_in_words(change.assign(new_role=""))


def test_the_first_wave_is_before_the_new_role_only_where_it_holds_nothing():
    early = changed(
        "1 s care peer:c nurse:d",
        "2 s care nurse:d",
        "1 t care nurse:d",
        "2 t care peer:d",
        new={"s": "peer", "t": "peer"},
    )
    assert j.arrival_in_words(early).startswith(
        "In 1 of the 2 teams whose new role is known it holds a position on a task in the first wave already"
    )
    assert j.arrival_in_words(early).endswith("; in the last wave it holds one in 1 of them.")
    late = early[early["team"] == "t"]
    assert j.arrival_in_words(late).endswith("holds no position on a task in the first wave and holds one in the last.")
    assert j.arrival_in_words(early[early["team"] == "s"]).endswith(
        "a position on a task in the first wave already and holds none in the last."
    )
    assert "isn't said" in j.arrival_in_words(early.assign(new_role=""))
    assert j.arrival_in_words(CHANGE).startswith("In none of the 8 teams")
    assert j.arrival_in_words(CHANGE).endswith("in all of them.")


def test_teams_without_a_new_role_are_set_beside_those_with_one():
    change = changed("1 s care nurse:d", "2 s care peer:d", "1 t care nurse:d", "2 t care nurse:d", new={"s": "peer"})
    assert (
        j.without_new_role_in_words(change)
        == "In teams with a new role 100% of tasks changed (1 of 1), in those without one 0% (0 of 1)."
    )
    assert j.without_new_role_in_words(change[change["team"] == "s"]).startswith("Every team compared has a new role")
    assert j.without_new_role_in_words(change[change["team"] == "t"]).startswith("No team compared is known")


def test_how_teams_differ():
    assert (
        j.spread_in_words(pd.DataFrame({"team": ["a", "b"], "became": "shared"}))
        == "It is the same share in every team (100%)."
    )
    assert "one team only" in j.spread_in_words(pd.DataFrame({"team": ["a"], "became": "shared"}))


def states(contested: tuple[float, float], orphan: tuple[float, float], teams: int = 8) -> pd.DataFrame:
    """Estimate and p of both."""
    return pd.DataFrame(
        {
            "state": ["contested", "orphan"],
            "estimate": [contested[0], orphan[0]],
            "p": [contested[1], orphan[1]],
            "teams": teams,
        }
    )


@pytest.mark.parametrize(
    ("told", "title"),
    [
        (states((0.1, 0.2), (0.1, 1.0)), "No clear change in how many tasks are contested, or done by nobody"),
        (states((0.1, 0.01), (0.1, 0.01)), "More tasks are contested, and more are done by nobody, after than before"),
        (states((0.1, 0.01), (-0.1, 0.01)), "More tasks are contested after than before, and fewer are done by nobody"),
        (states((-0.1, 0.01), (0.1, 0.5)), "Fewer tasks are contested after than before; no clear change in those that nobody does"),
        (states((0.1, 0.5), (-0.1, 0.01)), "Fewer tasks are done by nobody after than before; no clear change in those that are contested"),
        (states((0.1, 0.06), (0.1, 1.0), teams=5), "Too few teams to tell whether more or fewer tasks are contested, or nobody's, after than before"),
        (states((0.1, 0.04), (0.1, 1.0), teams=6), "More tasks are contested after than before; no clear change in those that nobody does"),
    ],
)  # fmt: skip
def test_the_title_says_what_the_test_says(told, title):
    assert j.states_title(told) == title


def test_few_teams_are_called_too_few_exactly_where_no_way_of_swapping_could_be_clear():
    """Every task newly contested in each of 5 teams: p is 2 in 32; in 6 teams 2 in 64."""
    for teams, few in ((5, True), (6, False)):
        said = [f"{wave} t{i} care nurse:d {'peer:c' * (wave == 2)}" for i in range(teams) for wave in (1, 2)]
        told = j.state_change(changed(*said))
        assert j.states_title(told).startswith("Too few" if few else "More tasks are contested")
        assert j.pressing_in_words(told).endswith("no change could be told from chance.") is few


def test_what_is_pressing_with_none_one_and_without_an_interval():
    told = j.state_change(
        changed("1 t care nurse:d", "2 t care nurse:d peer:c", "1 t tests nurse:g", "2 t tests nurse:d")
    )
    said = j.pressing_in_words(told)
    assert said.startswith(
        "Of 2 tasks none were contested before and 1 after (change of the share +50 percentage points; p = 1.00);"
    )
    assert "1 was done by nobody before and none after (change of the share −50 percentage points; p = 1.00)." in said


def test_under_a_rule_shares_are_said_and_no_number_of_tasks():
    """A task counts once for each team, so a number of tasks can be one of teams."""
    lines = [f"{wave} t{i} care nurse:d {'peer:d' * (wave == 2 and i < 12)}" for i in range(30) for wave in (1, 2)]
    change = changed(*lines)
    assert j.moved_in_words(change, 10) == (
        "40% of tasks (each counted once for each team) changed hands or positions."
    )
    assert "isn't told" in j.moved_in_words(change, 13)
    row = {"state": ["contested", "orphan"], "before": [12, 11], "after": [15, 3], "n": 90, "teams": 30, "p": 0.04}
    told = pd.DataFrame(row).assign(estimate=[3 / 90, -8 / 90], low=[0.01, -0.2], high=[0.1, 0.0])
    said = j.pressing_in_words(told, least=10)
    assert said == "The share of tasks contested changed (+3 percentage points, interval +1 to +10; p = 0.04)."
    assert "isn't told" in j.pressing_in_words(told, least=20)
    assert j.states_told(told, 10)["estimate"].tolist() == [0.03]
    assert j.states_told(told, 0) is told or j.states_told(told, 0).equals(told)


def test_changes_of_another_kind_are_counted_in_words():
    assert j.moved_in_words(pd.DataFrame({"became": ["other", "other", "shared"]})).endswith(
        "(100%): 2 in another way and 1 newly shared."
    )


def test_pairs_of_roles_with_none_one_ties_and_many():
    names = {"nurse": "Registered Nurse", "peer": "Peer Worker", "aide": "HCA", "medic": "Medic"}

    def said(*lines: str) -> str:
        return j.pairs_in_words(j.change_by_pair(changed(*lines)), names)

    one = ("1 t care nurse:d", "2 t care peer:d")
    assert said("1 t care nurse:d", "2 t care nurse:d").startswith("No task moved between roles")
    assert (
        said(*one)
        == "One task moved between two roles, or is now shared or contested by them: from registered nurse to peer worker."
    )
    again = ("1 t tests nurse:d", "2 t tests peer:d")
    assert said(*one, *again).startswith(
        "2 tasks moved between two roles, or are now shared or contested by them: from"
    )
    other = ("1 t talks aide:d", "2 t talks peer:d")
    assert (
        said(*one, *other) == "Tasks moved, or are newly shared or contested, between 2 pairs of roles, one task each."
    )
    assert said(*one, *again, *other).endswith("2 pairs of roles, most from registered nurse to peer worker (2 tasks).")
    unsure = said("1 t care nurse:d aide:d", "2 t care nurse:d aide:d peer:d")
    assert unsure.endswith("Where the rows leave open which of several roles it was, each that is possible is counted.")


def test_what_is_contested_at_the_end_with_none_ties_and_many():
    names = {name: name.upper() for name in "abcde"}
    quiet = pd.DataFrame({"task": list("abcd"), "n": 3, "contested": 0, "orphan": 0})
    assert j.end_in_words(quiet, names) == "No task is contested at the end. Every task has somebody who does it."
    assert j.end_in_words(quiet.assign(contested=1), names).startswith(
        "Most widely contested at the end: 4 tasks, in 1 team each."
    )
    two = quiet.assign(contested=[2, 2, 1, 0], orphan=[0, 1, 0, 0], n=[3, 2, 3, 3])
    assert j.end_in_words(two, names) == (
        "Most widely contested at the end: A (in 2 of 3 teams that spoke of it) and B (in 2 of 2 teams that spoke of it). "
        "Most widely left without anybody to do it: B (in 1 of 2 teams that spoke of it)."
    )
    alone = quiet.iloc[:1].assign(n=1, contested=1)
    assert j.end_in_words(alone, names).startswith(
        "Most widely contested at the end: A (in 1 of 1 team that spoke of it)."
    )


def test_the_title_of_a_team_says_what_it_should_talk_about():
    change = changed(*TWO_TEAMS)
    s, t = (j.team_in_words(j.board_of_team(change, team)) for team in "st")
    assert s == "Team s: 2 of 3 tasks changed; at the end none is contested and 1 has nobody to do it"
    assert t == "Team t: 1 of 2 tasks changed; at the end 1 is contested and 1 has nobody to do it"
    both = changed(
        "1 t a nurse:d",
        "2 t a nurse:d",
        "1 t b nurse:c peer:c",
        "2 t b nurse:c peer:c",
        "1 t c x:c y:c",
        "2 t c x:c y:c",
    )
    assert (
        j.team_in_words(both)
        == "Team t: none of 3 tasks changed; at the end 2 are contested and 2 have nobody to do them"
    )
    assert j.team_in_words(j.board_of_team(change, "s", protects=True)) == "No board of a team"


@pytest.mark.parametrize(
    "call",
    [j.moved_in_words, j.tasks_at_the_end, j.changes_counted, j.doubts_counted, j.states_title, j.arrival_in_words, j.described_twice],
)  # fmt: skip
def test_a_table_without_its_columns_is_refused(call):
    with pytest.raises(InputError, match="no column"):
        call(pd.DataFrame({"something": [1]}))

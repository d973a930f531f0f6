"""Who does which task: states and changes by hand, every fate planted in the example study, and what must hold for any table."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, spearmanr

from newroles import jurisdiction as j
from newroles.datasets import load_study
from newroles.datasets.places import data_folder
from newroles.disclosure import protect
from newroles.errors import InputError

POSITIONS = {"d": "does", "s": "supervises", "c": "claims", "g": "gave_up"}
STUDY = load_study("example_study")
CHANGE = j.task_change(STUDY.tasks, 1, 3, STUDY.teams.set_index("team")["new_role"])


def tasks(*waves: str, team: str = "t", task: str = "care") -> pd.DataFrame:
    """One task of a team, wave by wave: tasks("A:d B:c", "A:d") is two waves; a role with several letters, several positions."""
    rows = [
        (wave, team, task, said.split(":")[0], POSITIONS[letter])
        for wave, text in enumerate(waves, 1)
        for said in text.split()
        for letter in said.split(":")[1]
    ]
    return pd.DataFrame(rows, columns=["wave", "team", "task", "role", "position"])


OTHER = tasks("Z:d", "Z:d", task="other")  # so that the team is described in both waves


def became(before: str, after: str) -> pd.Series:
    change = j.task_change(pd.concat([tasks(before, after), OTHER]), 1, 2)
    return change[change["task"] == "care"].iloc[0]


# Known answers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "true", "state"),
    [
        ("A:d", {"sole"}, "sole"),
        ("A:d B:d", {"shared"}, "shared"),
        ("A:dc", {"sole"}, "sole"),  # claims what it alone does: no rival, no contest
        ("A:d B:c", {"sole", "contested"}, "contested"),
        ("A:d B:dc", {"shared", "contested"}, "contested"),
        ("A:c B:c", {"orphan", "contested"}, "contested"),
        ("A:g B:s", {"orphan"}, "orphan"),  # supervising is not doing
        ("A:c", {"orphan"}, "orphan"),
        ("A:d B:s", {"sole", "supervised"}, "supervised"),
        ("A:ds", {"sole"}, "sole"),  # nobody supervises themselves
        ("A:ds B:d", {"shared", "supervised"}, "shared"),
        ("A:d B:g", {"sole"}, "sole"),
    ],
)
def test_states_by_hand(held, true, state):
    row = j.task_map(tasks(held)).iloc[0]
    assert {name for name in j.STATES if row[name]} == true
    assert row["state"] == state


@pytest.mark.parametrize(
    ("before", "after", "what", "source", "target", "doubt"),
    [
        ("A:d", "A:g N:d", "handed_over", "A", "N", ""),
        ("A:d", "N:d", "handed_over", "A", "N", "gave_up_not_said"),
        ("A:d", "A:gs N:d", "supervised", "A", "N", ""),  # gave it up and supervises: it supervises
        ("A:d", "A:s N:d", "supervised", "A", "N", ""),
        ("A:d", "A:d N:d", "shared", "A", "N", ""),
        ("A:d B:d", "A:d B:d N:d", "shared", "AB", "N", "one_of_several"),
        ("A:d B:d", "A:d B:g N:d", "handed_over", "B", "N", ""),
        ("A:d", "A:dc N:c", "contested", "A", "N", ""),
        ("A:d", "A:d N:dc", "contested", "A", "N", ""),
        ("A:dc B:c", "A:dc N:c", "contested", "A", "N", ""),  # contested before too, but by another
        ("A:dc", "A:dc N:d", "contested", "A", "N", ""),  # an old claim that now has a rival
        ("A:d", "A:d N:c", "refused", "A", "N", ""),
        ("A:d B:d", "A:d B:d N:c", "refused", "AB", "N", "one_of_several"),
        ("A:g", "A:g N:d", "taken_up", "", "N", ""),
        ("", "N:d", "taken_up", "", "N", "not_described_before"),
        ("A:d", "A:g", "dropped", "A", "", ""),
        ("A:d", "N:c", "dropped", "A", "", "gave_up_not_said"),
        ("A:d", "", "not_described", "A", "", "not_described_after"),
        ("A:d B:d", "A:g B:d", "narrowed", "A", "B", ""),
        ("A:dc B:c", "A:d", "settled", "", "", ""),
        ("A:d", "A:d B:s", "other", "", "", ""),
        ("A:g", "A:g B:c", "other", "", "", ""),
        ("A:dc B:c", "A:dc B:c", "unchanged", "", "", ""),
        ("A:d B:d", "A:g B:g N:d", "handed_over", "AB", "N", ""),  # both gave up: nothing is unsure
    ],
)
def test_what_became_by_hand(before, after, what, source, target, doubt):
    row = became(before, after)
    assert (row["became"], "".join(row["from_roles"]), "".join(row["to_roles"])) == (what, source, target)
    assert row["doubt"] == doubt
    assert row["from_role"] == (source if len(source) == 1 else "")


def test_what_else_is_true_is_kept():
    row = became("A:dc B:c", "A:g N:d")
    assert (row["became"], row["also"]) == ("handed_over", ("settled",))
    row = became("A:d", "A:g N:dc C:c")
    assert (row["became"], row["also"]) == ("contested", ("handed_over",))


def test_every_planted_fate_is_recovered_with_its_roles_and_no_other_task_changes():
    text = (data_folder() / "example_study.truth.yml").read_text(encoding="utf-8")
    planted = yaml.load(text[text.index("\ntasks:") :].split("\nties:")[0], yaml.SafeLoader)["tasks"]
    found = CHANGE.set_index(["team", "task"])
    early = j.task_change(STUDY.tasks, 1, 2).set_index(["team", "task"])
    moved = {(team, task): end for team, ends in planted["fates"].items() for task, end in ends.items()}
    assert set(found.index[found["became"] != "unchanged"]) == set(moved)
    for key, end in moved.items():
        row = found.loc[key]
        assert row["became"] == end["fate"], key
        assert end["old_role"] in (row["from_roles"] or ("",)), key
        assert row["doubt"] == "one_of_several" or row["from_role"] == end["old_role"], key
        assert row["to_role"] == ("" if end["fate"] == "dropped" else end["new_role"]), key
        assert row["by_new_role"] == (end["fate"] != "dropped")
        assert (early["became"].get(key, "unchanged") != "unchanged") == (end["wave"] == 2), (
            f"{key} shows in wave {end['wave']}"
        )
    states = j.state_change(CHANGE).set_index("state")
    for wave, when in ((1, "before"), (3, "after")):
        tallies = pd.DataFrame({team: waves[wave] for team, waves in planted["tallies"].items()}).sum(axis=1)
        counted = states[when]
        assert counted[["shared", "contested", "orphan"]].to_dict() == tallies.to_dict()


def test_a_change_of_all_teams_is_tested_by_swapping_their_waves():
    """Six teams, one task each, all newly contested: 2 of the 2^6 ways are as far; the interval is the change itself."""
    change = j.task_change(pd.concat([tasks("A:d", "A:dc N:c", team=f"t{i}") for i in range(6)]))
    row = j.state_change(change).set_index("state").loc["contested"]
    assert row[["before", "after", "gained", "lost", "estimate", "low", "high"]].tolist() == [0, 6, 6, 0, 1, 1, 1]
    assert (
        row["p"] == pytest.approx(2 / 64) == pytest.approx(binomtest(6, 6).pvalue)
    )  # McNemar's exact test: one task a team
    few = j.state_change(change[change["team"] < "t5"]).set_index("state").loc["contested"]
    assert few["p"] == 2 / 32
    assert np.isnan(few["low"]), "five teams can't refuse anything at 95%"


def test_the_tasks_of_a_team_count_as_one_when_it_is_tested():
    """Two teams with ten newly contested tasks each: McNemar over tasks says p = 2^-19, over teams it can't be below 1/2."""
    every = [tasks("A:d", "A:dc N:c", team=team, task=f"k{i}") for team in "ab" for i in range(10)]
    assert j.state_change(j.task_change(pd.concat(every))).set_index("state").loc["contested", "p"] == 0.5


def test_the_interval_holds_the_changes_that_the_test_would_not_refuse():
    """By brute force: every change d for which swapping the waves of team changes less d times its tasks gives p above 0.05."""
    gains, sizes = [3, 1, 0, 2, -1, 1, 2], [9, 8, 7, 9, 8, 5, 6]
    rows = [
        tasks(
            *(("A:d", "A:d B:c") if g > 0 else ("A:d B:c", "A:d") if g < 0 else ("A:d", "A:d")),
            team=f"t{t}",
            task=f"k{i}",
        )
        for t, (gain, size) in enumerate(zip(gains, sizes, strict=True))
        for i in range(size)
        for g in [np.sign(gain) if i < abs(gain) else 0]
    ]
    row = j.state_change(j.task_change(pd.concat(rows))).set_index("state").loc["contested"]
    signs = np.array(list(product([-1, 1], repeat=7)))

    def p(d: float) -> float:
        left = np.array(gains) - d * np.array(sizes)
        return float(np.mean(np.abs(signs @ left) >= abs(left.sum()) - 1e-9))

    assert row["p"] == p(0)
    assert p(row["low"] - 1e-6) <= 0.05 < p(row["low"] + 1e-6)
    assert p(row["high"] + 1e-6) <= 0.05 < p(row["high"] - 1e-6)
    drawn = j.task_states.__dict__["_swapped"](np.array(gains, float), np.array(sizes, float), 0.95, False, 9999, None)
    assert drawn == pytest.approx((row["p"], row["low"], row["high"]), abs=0.05)


def test_counts_by_task_and_by_pair_of_roles():
    change = j.task_change(
        pd.concat(
            [
                tasks("A:d", "A:g N:d", team="t1"), tasks("A:d", "A:d N:d", team="t2"), tasks("A:d B:d", "A:d B:d N:d", team="t3"),
                tasks("A:d", "A:dc N:c", team="t3", task="tests"),
            ]
        )
    )  # fmt: skip
    by_task = j.change_by_task(change).set_index(["task", "became"])
    assert by_task.loc[("care", "shared"), ["teams", "n"]].tolist() == [2, 3]
    # Wilson's interval for 2 of 3 by R binom 1.1-1.1, binom.wilson(2, 3): 0.2076600, 0.9385081
    assert by_task.loc[("care", "shared"), ["low", "high"]].tolist() == pytest.approx([0.2076600, 0.9385081], abs=1e-6)
    pairs = j.change_by_pair(change).set_index(["from_role", "to_role"])
    columns = ["handed_over", "shared", "contested", "tasks", "unsure", "teams"]
    assert pairs.loc[("A", "N"), columns].tolist() == [1, 2, 1, 4, 1, 3]
    assert pairs.loc[("B", "N"), columns].tolist() == [0, 1, 0, 1, 1, 1]


def test_overlap_in_tasks_by_hand():
    """Team t: A and B both do care, A does tests too, and A claims what C does. Team u: A and B do nothing in common."""
    table = pd.concat(
        [
            tasks("A:d B:d"),
            tasks("A:d", task="tests"),
            tasks("A:c C:d", task="visits"),
            tasks("A:d", team="u"),
            tasks("B:d", team="u", task="tests"),
        ]
    )
    pairs = j.task_overlap(table, 1).set_index(["role_a", "role_b"])
    assert pairs.loc[("A", "B"), ["shared", "n", "contested", "teams"]].tolist() == [1, 4, 0, 2]
    assert pairs.loc[("A", "B"), "overlap"] == 1 / 4
    assert pairs.loc[("C", "A"), ["overlap", "contested", "teams"]].tolist() == [0, 1, 1]
    assert pairs.loc[("C", "C"), ["overlap", "contested"]].tolist() == [1, 0]
    of_u = j.task_overlap(table, 1, by="team").query("team == 'u'").set_index(["role_a", "role_b"])
    assert of_u.loc[("A", "B"), ["overlap", "n"]].tolist() == [0, 2]
    apart = j.task_overlap(pd.concat([tasks("A:d"), tasks("B:d", team="u")]), 1).set_index(["role_a", "role_b"])
    assert np.isnan(apart.loc[("A", "B"), "overlap"]), "they never meet"
    assert apart.loc[("A", "B"), "n"] == 0


def test_overlap_in_tasks_goes_with_overlap_in_competencies_as_scipy_ranks_it():
    pairs, able = j.task_overlap(STUDY.tasks, 3), j.overlap(STUDY.competencies)
    found = j.overlap_against_competencies(pairs, able, permutations=199).set_index("of")
    both = pairs.merge(able, on=["role_a", "role_b"]).query("role_a < role_b").dropna(subset="overlap_x")
    assert found.loc["tasks", "estimate"] == pytest.approx(spearmanr(both["overlap_x"], both["overlap_y"]).statistic)
    each = both["contested"] / both["teams"]
    assert found.loc["contested", "estimate"] == pytest.approx(spearmanr(each, both["overlap_y"]).statistic)
    assert found["pairs"].tolist() == [len(both)] * 2
    assert found.loc["tasks", "p_high"] <= 0.01, "existing roles do what they are able to do: so was the study drawn"
    odd = j.unexpected_pairs(pairs, able)
    apart = odd[odd["unexpected"] == "apart_though_alike"]
    assert (apart[["tasks", "contested"]] == 0).all(axis=None)
    assert apart["competencies"].min() > odd.loc[odd["unexpected"] == "contested_though_unlike", "competencies"].max()


def test_a_group_of_one_role_each_leaves_nothing_to_swap():
    pairs, able = j.task_overlap(STUDY.tasks, 1), j.overlap(STUDY.competencies)
    alone = j.overlap_against_competencies(pairs, able, permutations=9, within={role: role for role in pairs["role_a"]})
    assert alone[["p_low", "p_high", "p_two_sided"]].eq(1).all(axis=None)


# Who is left out, and who may be shown -------------------------------------------------------------------------------------


def test_a_team_described_once_is_named_and_left_out():
    table = pd.concat([tasks("A:d", "A:d"), tasks("A:d", "", team="gone"), tasks("", "A:d", team="late")])
    compared = j.compared_teams(table, 1, 2)
    assert compared.loc[~compared["compared"], "team"].tolist() == ["gone", "late"]
    assert set(j.task_change(table)["team"]) == {"t"}
    assert j.left_out_in_words(compared, (1, 2)).endswith("wave 1 and wave 2: gone, late.")


def test_a_board_of_teams_counts_each_team_once_and_can_be_protected():
    board = j.board_of_teams(CHANGE)
    teams = CHANGE.groupby("task")["team"].nunique()
    for _, told in board.groupby("when"):
        pd.testing.assert_series_equal(told.groupby("task")["teams"].sum(), teams, check_names=False)
    hidden = protect(board, "teams", "threshold_10", by=["task", "when", "state"], assume_known=False)
    assert hidden["teams"].isna().all()
    assert j.board_of_team(CHANGE, "T001", protects=True).empty
    assert set(j.board_of_team(CHANGE, "T001")["team"]) == {"T001"}


# Bad input -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: j.task_map(tasks("A:d", "A:d"), wave=4), "no wave 4. Waves: 1, 2"),
        (lambda: j.task_map(tasks("A:dg")), "'A' does it and has given it up"),
        (lambda: j.task_map(tasks("A:d").assign(position="dose")), "'dose' is no position. Did you mean 'does'"),
        (lambda: j.task_map(tasks("A:d").drop(columns="role")), "no column 'role'"),
        (lambda: j.task_map(tasks("A:d").assign(role=None)), "Row 1 of tasks has no role"),
        (lambda: j.task_change(tasks("A:d")), "has wave 1 only"),
        (lambda: j.task_change(tasks()), "has no rows"),
        (lambda: j.task_change(tasks("A:d", "A:d"), 2, 1), "the wave before must come first"),
        (lambda: j.task_change(pd.concat([tasks("A:d", team="a"), tasks("", "A:d", team="b")])), "No team is described both"),
        (lambda: j.state_change(CHANGE, level=95), "level=95"),
        (lambda: j.state_change(CHANGE.iloc[:0]), "No task is described in both waves"),
        (lambda: j.board_of_team(CHANGE, "T999"), "'T999' isn't among those compared: T001"),
        (lambda: j.task_overlap(STUDY.tasks, 1, by="trust"), "by='trust'"),
        (lambda: j.overlap_against_competencies(j.task_overlap(tasks("A:d"), 1), j.overlap(STUDY.competencies)), "0 roles have both"),
        (lambda: j.overlap_against_competencies(j.task_overlap(STUDY.tasks, 1), j.overlap(STUDY.competencies), within={}), "has no group"),
        (lambda: j.unexpected_pairs(j.task_overlap(STUDY.tasks, 1), j.overlap(STUDY.competencies), little=2), "little=2"),
        (lambda: j.became_name("shred"), "Did you mean 'shared'"),
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_refused(call, message):
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        call()


def test_no_tasks_make_an_empty_map_with_its_columns():
    empty = j.task_map(tasks())
    assert empty.empty
    assert list(empty.columns) == list(j.task_map(tasks("A:d")).columns)
    assert j.task_overlap(pd.concat([tasks("A:d")]), 1, by="team")["team"].tolist() == ["t"]


# What must hold for any table ----------------------------------------------------------------------------------------------

ROWS = st.sets(
    st.tuples(st.integers(1, 2), st.sampled_from("xy"), st.sampled_from("kl"), st.sampled_from("ABN"), st.sampled_from(sorted(POSITIONS.values()))),
    min_size=1,
).map(lambda rows: {row for row in rows if not (row[4] == "gave_up" and (*row[:4], "does") in rows)})  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 2**31))
def test_any_table_is_classified_and_reading_it_backwards_or_shuffled_agrees(rows, seed):
    table = pd.DataFrame(sorted(rows), columns=["wave", "team", "task", "role", "position"])
    board = j.task_map(table)
    assert not board[["orphan", "sole", "shared"]].sum(axis=1).ne(1).any(), "nobody, one or more do it"
    pd.testing.assert_frame_equal(board, j.task_map(table.sample(frac=1, random_state=seed)))
    both = set(table.loc[table["wave"] == 1, "team"]) & set(table.loc[table["wave"] == 2, "team"])
    if not both:
        return
    change, turned = j.task_change(table), j.task_change(table.assign(wave=3 - table["wave"]))
    there = table.loc[table["team"].isin(both), ["team", "task"]].drop_duplicates()
    assert len(change) == len(turned) == len(there)
    assert change["became"].eq("unchanged").sum() == turned["became"].eq("unchanged").sum()
    for row in change.to_dict("records"):
        assert not set(row["from_roles"]) & set(row["to_roles"])
        if row["became"] in ("shared", "handed_over", "supervised", "taken_up"):
            assert set(row["to_roles"]) <= set(row["doers_after"]) - set(row["doers_before"])
    known = change[change["became"] != "not_described"]
    if len(known):
        states = j.state_change(change)
        assert (states["after"] - states["before"] == states["gained"] - states["lost"]).all()
        assert states["p"].between(0, 1).all()

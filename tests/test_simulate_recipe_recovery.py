"""Recovery of the recipes of boundary work: drawn as acts are drawn, found where they are clear, lost where they aren't."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from newroles.errors import InputError
from newroles.simulate import StudySpec, study
from newroles.simulate.recipe_recovery import (
    FOUND,
    _looked_for,
    _recover_once,
    _shares,
    expected_tones,
    recover_recipes,
)
from newroles.simulate.recipes import TONES

SPEC = StudySpec()
THRESHOLDS = SPEC.acts.thresholds


@cache
def found() -> pd.DataFrame:
    """Five draws of a study of many panel teams, from acts that follow the recipes always to acts that seldom do."""
    many = replace(SPEC, teams=replace(SPEC.teams, other_panel_teams=90, panel_teams_per_trust=6))
    many = replace(many, acts=replace(many.acts, exceptions=0.0))
    return recover_recipes(many, [1.0, 0.55, 0.4], 5, np.random.default_rng(4))


def share_of(sense: str, tone_share: float, solution: str = "parsimonious") -> pd.Series:
    table = found()
    rows = table[(table["found"] == sense) & (table["tone_share"] == tone_share) & (table["solution"] == solution)]
    return rows.set_index("recipe")["share"]


def test_tones_are_expected_as_the_truth_of_the_invented_study_has_them():
    """The truth of `draw_acts` lists each team's conditions, whether it is an exception, and its expected shares of tones."""
    teams = study(replace(SPEC, acts=replace(SPEC.acts, exceptions=0.3)), np.random.default_rng(2)).truth["acts"][
        "teams"
    ]
    conditions = pd.DataFrame({team: each["conditions"] for team, each in teams.items()}).T
    exception = np.array([each["exception"] for each in teams.values()])
    theirs = pd.DataFrame({team: each["expected_tones"] for team, each in teams.items()}).T
    assert exception.any()
    pd.testing.assert_frame_equal(expected_tones(conditions.astype(bool), exception, SPEC.acts), theirs, atol=1e-6)


def test_shares_of_acts_by_hand():
    """Expected .5, .3 and .2; of the numbers .1, .2, .6 and .9 two are below .5, one below .8. A team without acts is blank."""
    expected = pd.DataFrame([[0.5, 0.3, 0.2]] * 2, columns=list(TONES), index=["T1", "T2"])
    shares = _shares(expected, [np.array([0.1, 0.2, 0.6, 0.9]), np.array([])])
    assert shares.loc["T1"].tolist() == [0.5, 0.25, 0.25]
    assert shares.loc["T2"].isna().all()


def crisp(*rows: tuple[int, int, int, int, str]) -> pd.DataFrame:
    """Teams by which conditions hold (in the order of the thresholds), and the tone that most of their acts have."""
    table = pd.DataFrame(
        [
            [least + (0.01 if holds else -0.01) for holds, least in zip(row, THRESHOLDS.values(), strict=False)]
            for row in rows
        ],
        columns=list(THRESHOLDS),
    )
    return table.assign(**{tone: [0.8 if row[-1] == tone else 0.1 for row in rows] for tone in TONES})


def all_teams() -> list[tuple[int, int, int, int, str]]:
    rows = []
    for code in range(16):
        led, agreed, time, vacant = (code >> 3 & 1, code >> 2 & 1, code >> 1 & 1, code & 1)
        good, bad = (agreed and time) or (led and not vacant), not agreed and vacant
        rows.append((led, agreed, time, vacant, "constructive" if good else "destructive" if bad else "depends"))
    return rows


def test_all_sixteen_kinds_of_team_without_noise_give_the_recipes_in_every_sense():
    assert all(_looked_for(crisp(*all_teams()), SPEC.acts, 0.8, 1).values())


def test_one_team_against_a_recipe_and_one_kind_never_seen_lose_it_in_some_senses_only():
    """A team with all conditions that isn't constructive: role_agreed*supervision_time is right in 3 of 4 teams, and only terms
    with more conditions are left. Teams neither agreed nor short of staff, unseen, let the destructive recipe shrink."""
    teams = [(*row[:4], "depends") if row[:4] == (1, 1, 1, 1) else row for row in all_teams()]
    seen = [row for row in teams if row[1] or row[3]]
    senses = _looked_for(crisp(*seen), SPEC.acts, 0.8, 1)
    of = {sense: senses["constructive", "clear_and_supervised", "conservative", sense] for sense in FOUND}
    assert of == {
        "in_every_model": False, "in_some_model": False, "with_more": True, "consistent": False, "whole_solution": False,
    }  # fmt: skip
    shrunk = {key[2:]: value for key, value in senses.items() if key[0] == "destructive"}
    assert [shrunk["conservative", sense] for sense in FOUND] == [True] * 5
    assert [shrunk["parsimonious", sense] for sense in FOUND] == [False, False, False, True, False]


def test_clear_recipes_are_found_and_faint_ones_lost():
    assert (share_of("consistent", 1.0) == 1).all()
    assert (share_of("with_more", 1.0, "conservative") == 1).all()
    assert (share_of("whole_solution", 1.0) >= 0.6).all()
    assert (share_of("consistent", 0.4) == 0).all()
    assert (share_of("whole_solution", 0.4) == 0).all()
    for sense in ("consistent", "whole_solution"):
        assert share_of(sense, 0.55).sum() < share_of(sense, 1.0).sum()


def test_one_row_for_each_recipe_solution_and_sense_with_an_interval_around_the_share():
    table = found()
    assert len(table) == 3 * 3 * 2 * len(FOUND)
    assert not table.duplicated(["tone_share", "recipe", "solution", "found"]).any()
    assert table.eval("0 <= low <= share + 1e-12 and share - 1e-12 <= high <= 1").all()
    assert table.groupby("recipe")["formula"].first().to_dict() == {**SPEC.acts.constructive, **SPEC.acts.destructive}
    assert set(table["replicates"]) == {5}
    stricter = share_of("in_every_model", 0.55) <= share_of("in_some_model", 0.55)
    assert stricter.all()


def test_the_same_luck_gives_the_same_table_and_can_be_sent_to_other_processes():
    one, other = (recover_recipes(SPEC, [0.7], 2, np.random.default_rng(3)) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert pickle.loads(pickle.dumps(_recover_once)) is _recover_once


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"tone_shares": []}, "tone_shares is empty"),
        ({"tone_shares": [1.2]}, "constructive_when_recipe: 1.2 is impossible"),
        ({"replicates": 1}, "1 is too few"),
        ({"jobs": 0}, "expected 1 process"),
        (
            {
                "spec": replace(
                    SPEC, teams=replace(SPEC.teams, case_teams=0, other_panel_teams=0, surveyed_teams_per_trust=0)
                )
            },
            "no teams",
        ),
    ],
)
def test_impossible_requests_are_refused(choices, message):
    with pytest.raises(InputError, match=message):
        recover_recipes(**({"spec": SPEC, "replicates": 2} | choices))

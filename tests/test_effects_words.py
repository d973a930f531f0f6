"""Effects of a study, put together and put into words: what is said must hold of any study.

Known answers: the truth planted in the example study; else by hand below.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import yaml

from newroles.datasets import Study, load_study
from newroles.datasets.places import data_folder
from newroles.effects import check_words, words
from newroles.effects.study_checks import (
    Decomposition,
    decomposed,
    kinds_of_study,
    trends_of_study,
)
from newroles.effects.study_display import display_of_study, effects_codebook
from newroles.effects.study_effects import StudyEffects, comparable_panels, effects_of_study
from newroles.effects.study_events import since_arrival
from newroles.effects.study_teams import balance_of_study, months_followed
from newroles.errors import InputError


@pytest.fixture(scope="module")
def example() -> Study:
    return load_study("example_study")


@pytest.fixture(scope="module")
def found(example: Study) -> StudyEffects:
    return effects_of_study(
        example, effects_codebook(example), covariates=["vacancy_rate", "moon"], draws=99, rng=np.random.default_rng(1)
    )


def changed(study: Study, **tables: pd.DataFrame | None) -> Study:
    """The study with other tables; None takes one out."""
    held = {name: tables.get(name, table) for name, table in study._tables.items()}
    return dataclasses.replace(study, _tables={name: table for name, table in held.items() if table is not None})


# --- the estimates of a study -----------------------------------------------------------------------------------------


def test_planted_effects_are_recovered_and_vacancy_must_be_adjusted_for(found: StudyEffects) -> None:
    truth = yaml.safe_load((data_folder() / "example_study.truth.yml").read_text(encoding="utf-8"))["outcomes"][
        "measures"
    ]
    table = found.table.set_index("measure")
    for measure, row in table.iterrows():
        assert abs(row["estimate"] - truth[measure]["aggregates"]["simple"]) < 3 * row["se"], measure
    burnout = table.loc["burnout"]
    assert abs(burnout["estimate"] - truth["burnout"]["aggregates"]["simple"]) < 0.1 * abs(burnout["estimate"])
    assert burnout["plain"] - burnout["estimate"] > 0.8 * truth["burnout"]["vacancy_bias"]["simple"]
    assert found.notes == ("Estimates aren't adjusted for moon, which this study doesn't have.",)


def test_a_measure_that_cannot_be_read_is_named_and_the_others_go_on(example: Study) -> None:
    outcomes = example.outcomes
    row = outcomes[outcomes["measure"].eq("burnout")].head(1).assign(period="2022")
    panels = comparable_panels(changed(example, outcomes=pd.concat([outcomes, row])), "quarter")
    assert "burnout" not in {measure for _, measure in panels}
    assert len(panels) == 6
    assert panels.left_out.set_index("measure").loc["burnout", "reason"].startswith("outcomes, burnout")


def test_without_anybody_to_compare_with_nothing_is_estimated(example: Study) -> None:
    teams = example.teams
    only = teams[teams["introduced"].eq("2022-01")]["team"]
    study = changed(example, outcomes=example.outcomes[example.outcomes["unit"].isin(only)])
    assert not len(comparable_panels(study, "quarter"))
    assert not len(comparable_panels(changed(example, outcomes=None)))
    with pytest.raises(InputError, match="nobody to compare with"):
        effects_of_study(study)


def test_a_covariate_that_few_teams_have_is_not_used(example: Study) -> None:
    contexts = example.contexts
    few = contexts[~(contexts["indicator"].eq("vacancy_rate") & contexts["unit"].str.endswith(("1", "2", "3")))]
    made = effects_of_study(
        changed(example, contexts=few[few["unit_kind"].eq("team")]), covariates=["vacancy_rate"], draws=99
    )
    assert made.covariates == ()
    assert made.table["adjusted_for"].eq("").all()
    assert "too few teams" in made.notes[0]


def test_teams_are_followed_as_they_were(example: Study, found: StudyEffects) -> None:
    rows = months_followed(found, example)
    assert rows["team"].nunique() == 40
    assert rows["place"].max() == 29
    assert rows["known"].max() == 7
    started = example.teams.set_index("team")["introduced"]
    after = rows[rows["status"].eq("after")]
    assert (after["period"] >= after["team"].map(started).astype("str")).all()
    assert rows.loc[rows["cohort"].eq("never"), "status"].ne("after").all()


def test_vacancy_is_what_adopters_differ_in(example: Study, found: StudyEffects) -> None:
    said = words.balance_in_words(balance_of_study(found, example, ["vacancy_rate", "moon"]))
    assert said.endswith("characteristics: vacancy rate (0.8 standard deviations).")
    assert "none" in words.balance_in_words(pd.DataFrame({"name": ["a"], "standardised": [0.5], "by_chance": [0.3]}))


def test_the_usual_regression_has_the_wrong_sign_for_burnout(found: StudyEffects) -> None:
    parts = decomposed(found, "burnout")
    assert parts.pairs["weight"].sum() == pytest.approx(1)
    assert parts.two_way > 0 > parts.group_time
    said = check_words.decomposed_in_words(parts, "Burnout score")
    assert said.startswith(
        "For burnout score two-way fixed effects give 2.1, group-time effects of the same teams −0.8. 27%"
    )


def test_kinds_that_a_study_cannot_tell_are_named(example: Study, found: StudyEffects) -> None:
    table, lacking = kinds_of_study(found, example, {"kind": ["X"], "moon": ["full"]}, "burnout")
    assert table.empty
    assert lacking == "This study doesn't tell teams apart by kind or moon."
    assert check_words.kinds_in_words(table, lacking, "Burnout") == f"Nothing was compared by kind of team. {lacking}"
    roles = pd.DataFrame({"role": example.teams["new_role"].dropna().unique()})
    roles["code"] = ["X", "Y"] * (len(roles) // 2) + ["X"] * (len(roles) % 2)
    both, _ = kinds_of_study(found, example, {"kind": ["X", "Y"]}, "burnout", roles, 99, np.random.default_rng(1))
    assert both["difference"].iloc[0] == pytest.approx(-both["difference"].iloc[1])


# --- the joint display ------------------------------------------------------------------------------------------------


def test_the_display_turns_lower_is_better_round(example: Study, found: StudyEffects) -> None:
    shown = display_of_study(found, example, effects_codebook(example), n_boot=0).table.set_index("measure")
    wait = shown.loc["waiting_weeks"]
    assert wait["estimate"] < 0 < wait["standardised_low"] < wait["standardised"] < wait["standardised_high"]


def test_under_a_rule_the_display_has_no_counts(example: Study, found: StudyEffects) -> None:
    shown = display_of_study(found, example, effects_codebook(example), enough=10, counts=False, n_boot=0).table
    assert shown[["n", "better", "worse", "mixed", "mentions", "share_better", "teams"]].isna().all(axis=None)
    assert "segments" not in shown
    assert shown["sentence"].eq("").all()
    assert set(shown["domain"]) < {*effects_codebook(example).ids}
    assert "EFF-SU-WORK" not in set(shown["domain"])


def test_without_talk_the_display_says_so(example: Study, found: StudyEffects) -> None:
    made = display_of_study(found, changed(example, segments=None), effects_codebook(example))
    assert made.note == "This study has no coded segments."
    assert made.table["said"].eq("").all()


# --- sentences --------------------------------------------------------------------------------------------------------


def display(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """group, name, measured, said."""
    table = pd.DataFrame(rows, columns=["group", "name", "measured", "said"])
    table["domain"], table["measure_name"] = table["name"], "Measure of " + table["name"]
    same = table["measured"].eq(table["said"])
    table["verdict"] = np.where(same, "agree", np.where(table["said"].eq(""), "numbers only", "disagree"))
    return table


def test_what_contradicts_itself_is_neither_gain_nor_price() -> None:
    rows = display(("service_users", "Access", "better", "worse"), ("new_roles", "Pay", "worse", ""))
    assert words.gained_in_words(rows) == "After a new role came, people in new roles paid in pay (measured)."
    assert words.open_in_words(rows) == "Numbers and talk point opposite ways on access (service users)."
    assert "neither measures nor" in words.gained_in_words(display(("new_roles", "Pay", "unclear", "")))


def test_a_domain_with_two_measures_that_part_is_no_gain() -> None:
    rows = display(("new_roles", "Pay", "better", ""), ("new_roles", "Pay", "worse", ""))
    assert "neither measures nor" in words.gained_in_words(rows)


def test_a_title_says_when_nothing_can_be_set_side_by_side() -> None:
    assert (
        words.display_title(display(("new_roles", "Pay", "better", "")))
        == "On none of 1 domain do measures and talk both point one way"
    )


def events(*rows: tuple[str, int, float, float], wish: str = "higher") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["name", "since", "low", "high"])
    return table.assign(group="g", measure=table["name"], wish=wish, estimate=0.0)


def test_a_path_is_told_by_what_is_better() -> None:
    turned = (("Wait", 0, 1.0, 2.0), ("Wait", 1, -2.0, -1.0))
    assert words.path_in_words(events(*turned)) == "Wait first went the better way, and later the worse."
    assert words.path_in_words(events(*turned, wish="lower")) == "Wait first went the worse way, and later the better."
    assert words.path_in_words(events(*turned, wish="neither")) == "Wait first went higher, and later lower."
    assert words.path_in_words(events(("Wait", 0, -1.0, 2.0))) == "No measure moved clearly in any one period."
    assert words.path_in_words(events(("Wait", 0, 1.0, 2.0))).startswith("No measure first moved clearly one way")
    assert words.path_in_words(events(("Wait", -2, 1.0, 2.0), ("Wait", 0, -2.0, -1.0))).startswith("No measure first")


def test_how_sure_counts_only_what_was_clear() -> None:
    table = pd.DataFrame({"low": [1.0, -1.0], "high": [2.0, 1.0], "p_step_down": [0.01, 0.5], "trusts": 5})
    few = pd.DataFrame({"p_wild": [0.01, 0.01], "p_placement": [np.nan, 0.01]})
    trends = pd.DataFrame({"withstands": [np.nan, 2.0], "note": ["", ""]})
    without = pd.DataFrame({"loses": pd.array([1, 0], dtype="Int64"), "estimate": [1.5, 0.0]})
    said = check_words.sure_in_words(table, few, trends, without)
    assert said.startswith("1 of 2 measures moved clearly. Of these, still clear: yes when all")
    assert "not known had dates fallen" in said  # no placement test was possible: "no" would claim more
    assert "no whichever trust" in said
    assert said.endswith("yes if trends part after the start by half the largest step before it.")
    nothing = check_words.sure_in_words(table.assign(low=-1.0), few, trends, without)
    assert nothing == "None of 2 measures moved clearly, so there is no result to put to further tests."


def test_trends_that_would_not_be_seen_are_said_to_show_little(found: StudyEffects) -> None:
    one = dataclasses.replace(found, table=found.table[found.table["measure"].isin(["burnout", "supervision_hours"])])
    said = check_words.trends_in_words(trends_of_study(one, rng=np.random.default_rng(1)))
    assert "That shows little for burnout score: a straight difference" in said
    none = pd.DataFrame({"estimate": [np.nan]})
    assert check_words.trends_in_words(none).startswith("No measure has periods before the start")


def test_without_forbidden_comparisons_the_regression_is_not_blamed() -> None:
    pairs = pd.DataFrame({"forbidden": [False], "weight": [1.0], "estimate": [2.0]})
    said = check_words.decomposed_in_words(Decomposition(pairs, 2.0, 2.0, 4, 0, ""), "Pay")
    assert said.endswith("No comparison is with teams that had the role already.")
    assert "apart here: why" in check_words.decomposed_in_words(
        Decomposition(pairs.head(0), 2.0, 2.0, 4, 0, "why"), "Pay"
    )


def test_bands_of_a_study_have_the_period_compared_with(found: StudyEffects) -> None:
    rows = since_arrival(found, (-2, 1), 99, np.random.default_rng(1))
    assert sorted(set(rows["since"])) == [-2, -1, 0, 1]
    assert len(rows) == 4 * 7
    assert rows.loc[rows["since"].eq(-1), "estimate"].eq(0).all()
    assert rows.loc[rows["since"].eq(-1), "low"].isna().all()
    assert rows.loc[rows["since"].eq(0), "teams"].eq(28).all()

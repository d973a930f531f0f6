"""Odd panels and odd studies: each test is an error that was found by brute force, with its story in the first line."""

from __future__ import annotations

import dataclasses
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from newroles.datasets import Study, load_study
from newroles.effects import check_words, open_words, placebo_words, words
from newroles.effects.balance import describe_panel
from newroles.effects.event_study import event_study
from newroles.effects.group_time import group_time_effects
from newroles.effects.many_measures import many_measures, step_down
from newroles.effects.panel import panel_of
from newroles.effects.placement import placement_test
from newroles.effects.sensitivity import leave_one_out, pretrends
from newroles.effects.study_checks import Decomposition, kinds_of_study, opinions_by_measure, opinions_of_study
from newroles.effects.study_effects import effects_of_study
from newroles.effects.study_events import study_window
from newroles.effects.study_exclusions import left_out_table
from newroles.errors import InputError

KEYS = ("y", "unit", "time", "start")


def outcomes(**columns: Any) -> pd.DataFrame:
    table = pd.DataFrame({"unit": sorted("abcd" * 3), "period": ["2022-01", "2022-02", "2022-03"] * 4, "value": 4.0})
    return table.assign(**({"unit_kind": "team", "group": "new_roles", "measure": "pay", "n": 20} | columns))


def teams(introduced: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"team": list("abcd"), "trust": "X", "introduced": introduced})


STARTS: list[str | None] = ["2022-02", "2022-03", None, None]


# --- what can't be read is refused with its place ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "starts", "options", "says"),
    [
        ({}, ["soon", None, None, None], {}, "team 'a': 'soon' is no date"),  # was a traceback
        ({}, ["2022-13", None, None, None], {}, "team 'a': '2022-13' is no date"),  # was read as January 2023
        ({}, ["20220201", None, None, None], {}, "'20220201' is no date"),  # was read as a start in some later year
        ({"value": ["high"] + [1] * 11}, STARTS, {}, "'a' in 2022-01, column value: 'high' is no number"),
        ({"n": ["few"] + [1] * 11}, STARTS, {}, "column n: 'few' is no number"),
        ({"n": [np.inf] + [1.0] * 11}, STARTS, {}, "column n: it must be a finite number"),
        ({"unit": [None, *sorted("abcd" * 3)[1:]]}, STARTS, {}, "2022-01, column unit: blank"),  # the row vanished
        ({}, STARTS, {"anticipation": np.nan}, "anticipation: nan is impossible"),
        ({}, STARTS, {"covariates": pd.DataFrame({"x": [1.0]})}, "covariates has no column team"),
        # rows of a team were doubled without a word
        ({}, STARTS, {"covariates": pd.DataFrame({"team": ["a", "a"], "x": 1.0})}, "covariates, column team: 'a' is there twice"),
        ({}, STARTS, {"covariates": pd.DataFrame({"team": ["a"], "x": np.inf})}, "column x: expected finite numbers"),
        ({}, STARTS, {"covariates": pd.DataFrame({"team": ["a"], "value": 1.0})}, "has a column 'value' already"),
    ],
)  # fmt: skip
def test_a_panel_that_cannot_be_read_says_where(columns: Any, starts: Any, options: Any, says: str) -> None:
    with pytest.raises(InputError) as told:
        panel_of(outcomes(**columns), teams(starts), "new_roles", "pay", **options)
    assert says in str(told.value)


def test_a_team_without_a_name_is_not_called_nan() -> None:
    """Two blank teams were said to be 'nan', there twice."""
    with pytest.raises(InputError, match="column team: blank in 2 of 4 rows"):
        panel_of(outcomes(), teams(STARTS).assign(team=["a", "b", None, None]), "new_roles", "pay")


def test_values_of_trusts_are_no_period_before_for_a_team() -> None:
    """A trust with the name of a team lent it its early periods, so a team with a role from the start on was kept."""
    more = outcomes().query("unit == 'a'").assign(unit_kind="trust", period=["2021-01", "2021-02", "2021-03"])
    made = panel_of(pd.concat([outcomes(), more]), teams(["2022-01", "2022-03", None, None]), "new_roles", "pay")
    assert "a" not in set(made.table["unit"])
    assert made.left_out["reason"].str.contains("before or in the measure's first period").any()


def test_an_empty_panel_cannot_be_described() -> None:
    with pytest.raises(InputError, match="no rows: nothing can be described"):
        describe_panel(panel_of(outcomes(value=np.nan), teams(STARTS), "new_roles", "pay"))


def test_a_measure_all_of_whose_teams_fall_out_says_why() -> None:
    """A measure that exists only after introduction was 'none of its teams can be used', and no more."""
    rows = outcomes()[lambda table: table["period"].ge("2022-02") & table["unit"].isin(["a", "b"])]
    made = panel_of(rows, teams(["2022-02", "2022-02", None, None]), "new_roles", "pay")
    assert "first period: nothing to compare with" in made.left_out["reason"].iloc[0]


# --- numbers ------------------------------------------------------------------------------------------------------------


def staggered(trusts: int = 12, seed: int = 1) -> pd.DataFrame:
    rng, units = np.random.default_rng(seed), np.arange(24)
    start = np.where((units // trusts) % 2 == 0, 3.0, np.nan)
    rows = pd.DataFrame({"unit": np.repeat(units, 4), "time": np.tile([1, 2, 3, 4], 24)})
    rows["trust"], rows["start"] = "t" + (rows["unit"] % trusts).astype(str), start[rows["unit"]]
    return rows.assign(y=rng.normal(size=96) + (rows["time"] >= rows["start"]))


def test_a_measure_of_three_trusts_is_judged_by_three_trusts() -> None:
    """Judged beside a measure of 12 trusts it had p = 0.005, while its own interval, by 3 trusts, held nought."""
    every, few = staggered(), staggered(seed=2).query("trust in ['t0', 't1', 't2']")
    found = {
        name: group_time_effects(rows, *KEYS, cluster="trust", interval="t")
        for name, rows in (("every", every), ("few", few))
    }
    trusts = every.drop_duplicates("unit").set_index("unit")["trust"]
    both = many_measures(found, trusts, 999, np.random.default_rng(1)).set_index("name")
    alone = many_measures({"few": found["few"]}, trusts, 999, np.random.default_rng(1)).set_index("name")
    assert both.loc["few", "p_two_sided"] == pytest.approx(alone.loc["few", "p_two_sided"])
    assert both.loc["few", "p_step_down"] >= 0.25  # 2 / 2^3: three trusts have no more ways of drawing signs
    held = (both["low"] < 0) & (both["high"] > 0)
    assert held.eq(both["p_two_sided"] > 0.05).all()


def test_an_estimate_without_a_standard_error_has_no_p() -> None:
    """With all treated teams in one trust the interval was blank and p was 0.0001."""
    rows = staggered().assign(trust=lambda table: table["trust"].where(table["start"].isna(), "one"))
    found = group_time_effects(rows, *KEYS, cluster="trust", interval="t")
    judged = many_measures({"y": found}, rows.drop_duplicates("unit").set_index("unit")["trust"], 99)
    assert judged[["se", "low", "p_two_sided", "p_holm", "p_step_down"]].isna().all(axis=None)


def test_clusters_without_a_part_count_in_no_degree_of_freedom() -> None:
    parts = pd.DataFrame({"a": [1.0, -1, 1, -1], "b": [1.0, -1, np.nan, np.nan]})
    both = step_down(pd.Series({"a": 3.0, "b": 3.0}), parts, 99, np.random.default_rng(1)).set_index("name")
    alone = step_down(pd.Series({"b": 3.0}), parts[["b"]].dropna(), 99, np.random.default_rng(1)).set_index("name")
    assert both.loc["b", ["low", "p_two_sided"]].tolist() == alone.loc["b", ["low", "p_two_sided"]].tolist()


def test_an_effect_of_exactly_nought_ties_with_every_other_nought() -> None:
    """0.1 + 0.1 - 0.2 is not quite 0: placements that tie with an effect of nought were counted as larger or smaller."""
    values = {"a": [1, 2], "b": [3, 3], "c": [1, 1], "d": [2, 3]}
    held = [(unit, time, 0.1 * value) for unit, pair in values.items() for time, value in enumerate(pair)]
    rows = pd.DataFrame(held, columns=["unit", "time", "y"])
    rows["start"] = np.where(rows["unit"].isin(["a", "b"]), 1.0, np.nan)
    change = {unit: held[1] - held[0] for unit, held in values.items()}
    shown = [change[p] + change[q] - change[r] - change[s] for p, q, r, s in permutations(change)]
    found = placement_test(rows, *KEYS, statistic="plain").summary
    assert found["p_two_sided"] == 1
    assert found["p_high"] == pytest.approx(np.mean([value >= 0 for value in shown]))
    assert found["p_low"] == pytest.approx(np.mean([value <= 0 for value in shown]))


@pytest.mark.parametrize("scale", [1e-13, 1e13])
def test_small_units_of_measurement_change_no_slope(scale: float) -> None:
    """The search for a slope stopped at 2e-12, whatever the unit: shares of a billionth had a slope of 0."""
    spread = 0.04 * np.eye(4) * [1, 1, 0, 1]
    for test in ("any period", "joint"):
        one, other = (
            pretrends(event_study([-3, -2, -1, 0], size * np.array([0.1, 0.2, 0, 1]), size**2 * spread), rng=np.random.default_rng(1)).power
            for size in (1.0, scale)
        )  # fmt: skip
        rows = one["test"].eq(test)
        np.testing.assert_allclose(other.loc[rows, "slope"] / scale, one.loc[rows, "slope"], rtol=1e-6)


def test_a_covariate_in_small_units_is_not_constant() -> None:
    """A covariate of the size of 1e-13 was said to be the same for all units."""
    rows = staggered().assign(x=lambda table: (table["unit"] % 5).astype(float))
    one, other = (group_time_effects(rows.assign(x=rows["x"] * size), *KEYS, covariates=["x"]).aggregate() for size in (1, 1e-13))  # fmt: skip
    assert other["estimate"].iloc[0] == pytest.approx(one["estimate"].iloc[0])


def test_an_estimate_of_nought_has_no_sign_to_turn() -> None:
    rows = pd.DataFrame({"trust": list("ABC"), "unit": list("abc"), "value": [-1.0, 0.0, 1.0]})
    assert not leave_one_out(rows, lambda table: table["value"].mean())["turns"].any()


# --- studies ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def burnout() -> Study:
    study = load_study("example_study")
    return changed(study, outcomes=study.outcomes[study.outcomes["measure"].eq("burnout")])


def changed(study: Study, **tables: pd.DataFrame) -> Study:
    return dataclasses.replace(study, _tables={name: tables.get(name, table) for name, table in study._tables.items()})


def effects_of(study: Study) -> Any:
    return effects_of_study(study, draws=99, rng=np.random.default_rng(1))


def test_a_team_alone_in_its_cohort_is_listed(burnout: Study) -> None:
    """The only team with a start in 2022-Q4 was in no effect, and in no list."""
    own = burnout.teams["introduced"].eq("2022-01").to_numpy().nonzero()[0][0]
    dates = burnout.teams["introduced"].mask(np.arange(len(burnout.teams)) == own, "2022-11")
    found = effects_of(changed(burnout, teams=burnout.teams.assign(introduced=dates)))
    told = found.left_out.set_index("unit")["reason"]
    assert told[burnout.teams["team"].iloc[own]] == "too few teams got their role in 2022-Q4 to see how they vary"
    assert (
        found.table["adopters"].iloc[0]
        == found.panels[found.one()].table.dropna(subset=["start"])["unit"].nunique() - 1
    )
    assert "(of one measure or more)" in words.left_out_in_words(found.left_out)


def test_where_nobody_goes_without_a_role_the_last_are_named_as_the_comparison(burnout: Study) -> None:
    """Nine adopters served as the comparison only, and no sentence said so."""
    ever = burnout.teams.loc[burnout.teams["introduced"].ge("2021-08"), "team"]
    found = effects_of(changed(burnout, outcomes=burnout.outcomes[burnout.outcomes["unit"].isin(ever)]))
    assert found.notes == (
        "For burnout nobody goes without a role throughout: teams that got it last (2023-Q1) are compared with only, and no effect can be "
        "had from then on.",
    )
    assert words.coverage_in_words(describe_panel(found.panels[found.one()])).endswith(
        ": all got a new role in that time."
    )


def test_refusals_name_periods_as_the_study_does(burnout: Study) -> None:
    """'The last to start: 8089' was the name of the second quarter of 2022."""
    ever = burnout.teams["introduced"].ge("2021-08")
    rows = burnout.outcomes[burnout.outcomes["unit"].isin(burnout.teams.loc[ever, "team"])]
    dates = burnout.teams["introduced"].mask(ever, "2022-04")
    with pytest.raises(InputError, match=r"burnout: No unit is never treated.*\(the last to start: 2022-Q2\)"):
        effects_of(changed(burnout, outcomes=rows, teams=burnout.teams.assign(introduced=dates)))


def test_a_study_of_one_trust_says_so_and_compares_kinds_by_team(burnout: Study) -> None:
    """Kinds of teams were refused for 'too few teams', because errors were to be added up by the one trust."""
    study = changed(burnout, teams=burnout.teams.assign(trust=burnout.teams["trust"].iloc[0]))
    found = effects_of(study)
    assert found.notes == ("For burnout all teams are of one trust, so errors are added up by team.",)
    kinds, _ = kinds_of_study(found, study, {"team_climate": ["above the median"]}, draws=99)
    assert kinds["estimate"].notna().all()
    assert kinds["p_step_down"].notna().all()


def test_a_measure_of_two_groups_has_two_names(burnout: Study) -> None:
    """The same measure of two groups had one name, and the table of estimators showed the mean of both."""
    rows = burnout.outcomes
    both = pd.concat([rows, rows.assign(group="new_roles", value=5 - rows["value"])], ignore_index=True)
    found = effects_of(changed(burnout, outcomes=both))
    assert found.table["name"].tolist() == ["Burnout (people in existing roles)", "Burnout (people in new roles)"]
    wide = opinions_by_measure(opinions_of_study(found, draws=99, rng=np.random.default_rng(1)))
    assert wide["not_yet"].iloc[0] == pytest.approx(-wide["not_yet"].iloc[1])
    assert abs(wide["not_yet"].iloc[0]) > 0.1


def test_an_event_study_without_errors_says_so() -> None:
    """'No effect from the start on is left to average (min_e=-1, max_e=-1)' stood in the chapter."""
    rows = staggered().assign(trust=lambda table: np.where(table["start"].isna(), "a", "b"))
    found = group_time_effects(rows, *KEYS, base="universal", cluster="trust")
    with pytest.raises(InputError, match="each with a standard error"):
        study_window(found)


def test_a_measure_that_never_moves_is_left_out_by_name(burnout: Study) -> None:
    """A score of 2.5 throughout had the interval 0.00 to 0.00, and bounds asked for 'variances above 0'."""
    rows = burnout.outcomes
    found = effects_of(changed(burnout, outcomes=pd.concat([rows, rows.assign(measure="flat", value=2.5)])))
    assert found.table["measure"].tolist() == ["burnout"]
    told = found.left_out.set_index("measure")["reason"]
    assert told["flat"] == "all known values are the same (2.5): nothing can change"


def test_under_a_rule_no_team_is_listed() -> None:
    """The sentence on adjustment listed the teams whose role came too late, whatever the small-number rule."""
    table = pd.DataFrame({"adjusted_for": [""]})
    note = "The role comes after the last period of pay, which counts as never: T1, T2."
    assert check_words.adjusted_in_words(table, [note]).endswith("T1, T2.")
    assert check_words.adjusted_in_words(table, [note], counts=False).endswith("counts as never.")


def test_what_is_left_out_is_told_by_reason() -> None:
    rows = pd.DataFrame({
        "measure": ["pay", "stress", "calls"], "unit": ["t", "t", None], "reason": ["no value", "no value", "one period"], "values": [0, 0, 3],
    })  # fmt: skip
    assert left_out_table(rows).fillna(-1).values.tolist() == [
        ["pay and stress", "no value", 1, 0],
        ["calls", "one period", -1, 3],
    ]
    assert left_out_table(rows, counts=False)[["teams", "values"]].isna().all(axis=None)


# --- words --------------------------------------------------------------------------------------------------------------


def opinions(*estimates: float) -> pd.DataFrame:
    names = ["imputation", "Sun and Abraham", "two-way fixed effects"]
    return pd.DataFrame({"name": "Pay", "estimator": names, "estimate": estimates})


def test_noughts_and_blanks_agree_on_no_sign() -> None:
    """Estimates of exactly 0 agreed on a sign, one estimator agreed with itself, and a blank regression agreed with all."""
    assert "don't agree" in check_words.opinions_in_words(opinions(0.0, 0.0, 0.0))
    assert "none can be set beside another" in check_words.opinions_in_words(opinions(1.0, np.nan, 1.0))
    assert "can't be had, or finds nought" in check_words.opinions_in_words(opinions(1.0, 2.0, np.nan))
    assert "So does" in check_words.opinions_in_words(opinions(1.0, 2.0, 3.0))
    assert "has the other sign for pay" in check_words.opinions_in_words(opinions(1.0, 2.0, -3.0))


def test_what_cannot_be_left_out_is_no_reassurance() -> None:
    """'No sign hangs on one trust' was said though nothing could be estimated without some of them."""
    rows = pd.DataFrame({"name": ["Pay"], "turns": [0], "loses": [0], "untold": [2]})
    said = check_words.without_in_words(rows)
    assert said.startswith("No sign is seen to hang on one trust")
    assert said.endswith("Without one or another trust pay can't be estimated, or has no interval.")
    assert "seen" not in check_words.without_in_words(rows.assign(untold=0))


def test_titles_of_nothing_claim_nothing() -> None:
    blank = pd.DataFrame({"forbidden": [], "weight": [], "estimate": []})
    assert check_words.decomposed_title(Decomposition(blank, np.nan, np.nan, 0, 0, "")).endswith(
        "can't be taken apart here"
    )
    nothing = pd.DataFrame(columns=["group", "measure", "since", "low", "high"])
    assert words.events_title(nothing) == "No measure can be followed period by period"
    alarms = pd.DataFrame(
        {"story": ["chance"], "estimator": "group_time", "share": np.nan, "low": np.nan, "high": np.nan}
    )
    assert placebo_words.alarms_title(alarms, ["chance"]).startswith("Nothing could be estimated")


def test_a_theme_named_hidden_is_not_a_hidden_count() -> None:
    rows = pd.DataFrame(
        {
            "theme": ["Hidden costs"],
            "sentiment_name": "negative comments",
            "estimate": 30.0,
            "low": 25.0,
            "high": 35.0,
            "n": 9,
        }
    )
    assert "is hidden costs, in 30%" in open_words.themes_in_words(rows)

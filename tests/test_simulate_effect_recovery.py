"""Recovery of planted effects: the same estimates as a study's own way gives, errors as the design lets expect, and refusals.

Known answers: planted averages and their errors by `draw_outcomes` (its own truth, by month), by estimators on panels without
noise (by quarter), and by hand.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from newroles.effects import (
    group_time_effects,
    imputation,
    in_longer_periods,
    panel_of,
    placement_test,
    sun_abraham,
    two_way_fixed_effects,
)
from newroles.errors import InputError
from newroles.figures import method_name
from newroles.simulate import StudySpec, recover_effects
from newroles.simulate.effect_recovery import _estimate, _recover_once, comparable_outcomes, planted_average
from newroles.simulate.outcomes import MEASURES, draw_outcomes

SPEC = StudySpec()
NIL = dict.fromkeys(MEASURES, 0.0)
WHOLE: dict[str, Any] = {"missing": 0, "late_start": 0}
QUIET = replace(SPEC.outcomes, team_sd=NIL, trust_sd=NIL, trust_month_sd=NIL, noise_sd=NIL, **WHOLE)
GROUPS = {name: group for name, (group, *_) in MEASURES.items()}


def some_teams(n: int = 40, seed: int = 3) -> tuple[pd.DataFrame, pd.Series]:
    """Teams in 14 trusts as drawn introductions leave them; a role comes more readily where posts are empty."""
    rng = np.random.default_rng(seed)
    vacancy = rng.normal(0.12, 0.04, n).round(3)
    start = pd.Series(rng.choice([6, 12, 18], n), dtype="Int64").mask(pd.Series(rng.random(n) > 6 * vacancy))
    teams = pd.DataFrame({"team": [f"T{i:02d}" for i in range(n)], "trust": [f"X{i % 14}" for i in range(n)]})
    months = start.map({6: "2022-01", 12: "2022-07", 18: "2023-01"}).astype("object").fillna("").astype("str")
    teams = teams.assign(follow="panel", start_month=start, introduced=months, new_role=months, setting="")
    return teams, pd.Series(vacancy, index=teams["team"])


@cache
def drawn(quiet: bool = False) -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, dict[str, Any]]:
    teams, vacancy = some_teams()
    spec = QUIET if quiet else SPEC.outcomes
    return teams, vacancy, *draw_outcomes(teams, vacancy, SPEC.teams, spec, np.random.default_rng(5))


@pytest.mark.parametrize("periods", ["month", "quarter"])
def test_the_panel_is_the_one_that_a_study_with_these_tables_would_have(periods):
    teams, vacancy, outcomes, _ = drawn()
    ours = comparable_outcomes(outcomes, teams, vacancy, ["continuity", "burnout"], periods)
    as_read = teams.assign(**{name: teams[name].mask(teams[name].eq("")) for name in ("introduced", "new_role")})
    for measure in ("continuity", "burnout"):
        panel = panel_of(outcomes, as_read, GROUPS[measure], measure)
        panel = in_longer_periods(panel) if periods == "quarter" else panel
        theirs = panel.table.set_index(["unit", "time"])
        known = ours.dropna(subset=[measure]).set_index(["unit", "time"]).reindex(theirs.index)
        assert len(known) == ours[measure].notna().sum()
        assert_allclose(known[measure], theirs["value"])
        assert_allclose(known["start"], theirs["start"])
        assert known["trust"].tolist() == theirs["trust"].tolist()


def test_each_method_is_the_public_function_on_this_panel():
    teams, vacancy, outcomes, _ = drawn()
    panel = comparable_outcomes(outcomes, teams, vacancy, ["burnout"], "quarter")
    found = _estimate(
        panel, "burnout", {"truth": 0, "never_treated": 0, "two_way": 0}, 99, 0.9, np.random.default_rng(1)
    )
    columns = ("burnout", "unit", "time", "start")
    known = panel.dropna(subset=["burnout"])
    kept: dict[str, Any] = {"cluster": "trust", "level": 0.9, "interval": "t"}
    regression = two_way_fixed_effects(known, *columns, "trust", level=0.9, draws=99).set_index("method")
    expected = {
        "never_treated": group_time_effects(known, *columns, **kept).aggregate().iloc[0],
        "not_yet_treated": group_time_effects(known, *columns, control="not_yet", **kept).aggregate().iloc[0],
        "adjusted": group_time_effects(known, *columns, covariates=["vacancy_rate"], **kept).aggregate().iloc[0],
        "sun_abraham": sun_abraham(known, *columns, "trust", level=0.9).overall,
        "two_way": regression.loc["CR1"],
        "placement": placement_test(
            known, *columns, "trust", draws=99, rng=np.random.default_rng(1), level=0.9
        ).summary,
    }
    for method, theirs in expected.items():
        assert_allclose(
            found[method][:4], theirs[["estimate", "se", "low", "high"]].to_numpy(dtype=float), err_msg=method
        )
    # its own interval is normal; here it is t with 13 degrees of freedom: 1.7709 standard errors (tables of t)
    imputed = imputation(known, *columns, "trust").overall
    assert_allclose(found["imputation"][:2], imputed[["estimate", "se"]].to_numpy(dtype=float))
    assert found["imputation"][3] - found["imputation"][0] == pytest.approx(1.7709 * imputed["se"], rel=1e-4)
    assert set(found) == {*expected, "imputation"}
    assert len({method_name(method) for method in found}) == 7


@pytest.mark.parametrize("measure", ["continuity", "burnout"])
def test_planted_averages_by_month_are_those_of_the_truth(measure):
    teams, vacancy, _, truth = drawn()
    own = planted_average(teams, vacancy, measure, SPEC, "month")
    told = truth["measures"][measure]
    assert own["truth"] == told["aggregates"]["simple"]
    assert own["never_treated"] == pytest.approx(told["vacancy_bias"]["simple"], abs=2e-6)
    assert own["two_way"] == pytest.approx(told["two_way_fixed_effects"]["all"] - own["truth"], abs=2e-6)


def test_planted_averages_by_quarter_are_those_of_estimators_without_noise():
    """Values have one decimal, so means of many are right to a few hundredths."""
    teams, vacancy, outcomes, _ = drawn(quiet=True)
    own = planted_average(teams, vacancy, "burnout", SPEC, "quarter")
    panel = comparable_outcomes(outcomes, teams, vacancy, ["burnout"], "quarter")
    columns = ("burnout", "unit", "time", "start")
    bare = group_time_effects(panel, *columns).aggregate()["estimate"].iloc[0]
    beside = group_time_effects(panel, *columns, covariates=["vacancy_rate"]).aggregate()["estimate"].iloc[0]
    regression = two_way_fixed_effects(panel, *columns, "trust", draws=99)["estimate"].iloc[0]
    assert own["truth"] == pytest.approx(beside, abs=0.02)
    assert own["never_treated"] == pytest.approx(bare - own["truth"], abs=0.02)
    assert own["two_way"] == pytest.approx(regression - own["truth"], abs=0.02)
    assert min(own["never_treated"], own["two_way"] / 10) > 0.2


def test_cohorts_that_start_within_one_quarter_count_as_one_and_those_of_the_first_quarter_not_at_all():
    """Effects 10 a month for months 3 and 4, so quarter 1 is treated; by hand: means of (10 10 10) and (0 10 10)."""
    outcomes = replace(
        SPEC.outcomes, onset={**NIL, "burnout": 10}, per_month=NIL, cohort_factor={1: 1.0, 3: 1.0, 4: 1.0}
    )
    few = replace(SPEC.teams, months=6, cohorts={1: 0.2, 3: 0.4, 4: 0.4})
    spec = replace(SPEC, outcomes=outcomes, teams=few)
    teams = pd.DataFrame({"team": list("abcd"), "start_month": pd.array([1, 3, 4, pd.NA], dtype="Int64")})
    own = planted_average(teams, pd.Series(0.1, index=list("abcd")), "burnout", spec, "quarter")
    assert own["truth"] == pytest.approx((10 + 20 / 3) / 2, abs=1e-6)
    assert own["never_treated"] == 0
    nobody = planted_average(teams[3:], pd.Series(0.1, index=list("abcd")), "burnout", spec, "quarter")
    assert np.isnan(nobody["truth"])


@cache
def found() -> pd.DataFrame:
    """Eight draws, without the placement test."""
    return recover_effects(SPEC, 8, ["waiting_weeks", "burnout"], np.random.default_rng(2), placements=0)


def rows(measure: str) -> pd.DataFrame:
    return found()[found()["quantity"].eq(measure)].set_index("method")


def test_effects_are_found_where_trends_are_parallel_and_never_by_two_way_fixed_effects():
    waiting = rows("waiting_weeks")
    right = waiting.drop(index="two_way")
    assert (right["bias"].abs() < 4 * right["bias_se"]).all()
    assert (right["coverage"] >= 0.6).all()
    assert waiting.loc["two_way", "coverage"] < 0.2
    for measure in ("waiting_weeks", "burnout"):
        worst = rows(measure).loc["two_way"]
        assert worst["relative_low"] > 0.3
        assert worst["bias"] == pytest.approx(worst["expected_bias"], abs=4 * worst["bias_se"])


def test_what_vacancy_does_to_burnout_is_gone_only_when_it_is_adjusted_for():
    burnout = rows("burnout")
    adjusted, bare = burnout.loc["adjusted"], burnout.loc["never_treated"]
    assert adjusted["expected_bias"] == 0
    assert abs(adjusted["bias"]) < 4 * adjusted["bias_se"]
    assert bare["expected_bias"] > 0.25
    assert bare["bias"] == pytest.approx(bare["expected_bias"], abs=4 * bare["bias_se"])
    assert bare["bias"] - adjusted["bias"] > bare["expected_bias"] / 2
    assert (rows("waiting_weeks").loc[["never_treated", "sun_abraham"], "expected_bias"] == 0).all()


def test_one_row_for_each_measure_and_method_in_the_order_asked():
    table = found()
    assert table["quantity"].drop_duplicates().tolist() == ["waiting_weeks", "burnout"]
    assert rows("waiting_weeks").index.tolist() == rows("burnout").index.tolist()
    assert table["method"].nunique() == 6  # all but the placement test
    assert (table["replicates"] + table["refused"] == 8).all()
    assert table.groupby("quantity")["truth"].max().lt(0).all()


def test_the_same_luck_gives_the_same_table_and_can_be_sent_to_other_processes():
    one, other = (recover_effects(SPEC, 2, ["burnout"], np.random.default_rng(3), 99) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    assert np.isfinite(one.set_index("method").loc["placement", ["bias", "se", "coverage"]].astype(float)).all()
    assert pickle.loads(pickle.dumps(_recover_once)) is _recover_once


def test_where_every_team_gets_a_role_comparisons_with_teams_never_treated_are_refused_and_counted():
    everybody = replace(SPEC, teams=replace(SPEC.teams, never=0.0))
    table = recover_effects(everybody, 2, ["burnout"], np.random.default_rng(1), placements=99).set_index("method")
    assert table.loc[["never_treated", "adjusted", "placement"], "refused"].tolist() == [2, 2, 2]
    assert table.loc["never_treated", ["bias", "coverage", "expected_bias"]].isna().all()
    assert table.loc["not_yet_treated", "replicates"] == 2


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"measures": ["burnot"]}, "no measure 'burnot'. Did you mean 'burnout'"),
        ({"measures": []}, "measures is empty"),
        ({"periods": "quarters"}, "periods: unknown 'quarters'. Did you mean 'quarter'"),
        ({"placements": 98}, "98 are too few for an interval of 95%: expected 99 or more, or 0"),
        ({"placements": 99, "level": 0.999}, "expected 999 or more"),
        ({"level": 95}, "level must lie between 0 and 1"),
        ({"placements": -1}, "placements: -1 are too few"),
        ({"replicates": 1}, "1 is too few"),
        ({"jobs": 0}, "expected 1 process"),
        (
            {"spec": replace(SPEC, teams=replace(SPEC.teams, case_teams=0, other_panel_teams=0))},
            "No team of this study is followed",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(choices, message):
    with pytest.raises(InputError, match=message):
        recover_effects(**{"spec": SPEC, "replicates": 2, "rng": np.random.default_rng(1), **choices})

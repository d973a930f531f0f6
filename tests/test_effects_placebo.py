"""Placebo dates: the fast fits are those of the estimators that the book uses, and alarms are counted rightly."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.datasets import load_open, load_published
from newroles.datasets.intervals import wilson
from newroles.effects import open_words as words
from newroles.effects import placebo_words
from newroles.effects.group_time import group_time_effects
from newroles.effects.placebo import ESTIMATORS, STORIES, false_alarms, placebo_test, unit_histories
from newroles.effects.placebo_fits import group_time_fits, two_way_fits
from newroles.effects.placement import placement_test
from newroles.effects.published_effects import (
    GROUPS,
    NOTHING,
    STRENGTHS,
    evidence_map,
    gaps_in_words,
    published_effects,
    reviews_in_numbers,
    strength_of,
)
from newroles.effects.two_way import two_way_fixed_effects
from newroles.errors import InputError
from newroles.roles import load_register

COHORTS = {3: 0.2, 5: 0.3}


def panel_of(n=24, periods=6, walk=0.0, slope=0.0, blank=0.0, seed=1):
    """Invented outcomes without any effect: noise, with a random walk and trends of units if asked for."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, periods)) * (1 - walk) + walk * rng.normal(size=(n, periods)).cumsum(axis=1)
    y += slope * rng.normal(size=(n, 1)) * np.arange(periods)
    y[rng.random(y.shape) < blank] = np.nan
    rows = pd.DataFrame({"team": np.repeat(np.arange(n), periods), "month": np.tile(np.arange(1, periods + 1), n)})
    return rows.assign(y=y.ravel(), size=np.repeat(rng.integers(5, 99, n), periods)).dropna(subset=["y"])


def wide_of(rows):
    wide = rows.pivot_table(index="team", columns="month", values="y")
    return wide.to_numpy(), wide.columns.to_numpy(float), wide.index.to_numpy()


@pytest.fixture(scope="module")
def unbalanced():
    """Fifteen teams with gaps, and four sets of dates."""
    rows = panel_of(15, blank=0.15, walk=0.5)
    y, periods, teams = wide_of(rows)
    rng = np.random.default_rng(4)
    dates = np.array([3.0] * 4 + [5] * 5 + [np.inf] * 6)
    return rows, y, periods, teams, rng.permuted(np.tile(dates, (4, 1)), axis=1)


def test_group_time_fits_are_those_of_the_estimator_and_of_the_placement_test(unbalanced):
    """The estimator equals R did 2.1.2 in its own tests."""
    rows, y, periods, teams, starts = unbalanced
    fits = group_time_fits(y, starts, periods)
    for k, dates in enumerate(starts):
        dated = rows.assign(start=rows["team"].map(dict(zip(teams, dates, strict=True))))
        whole = group_time_effects(dated, "y", "team", "month", "start").aggregate("simple").iloc[0]
        assert fits.estimate[k] == pytest.approx(whole["estimate"], abs=1e-12)
        assert fits.se[k] == pytest.approx(whole["se"], abs=1e-12)
        placed = placement_test(dated, "y", "team", "month", "start", draws=99, rng=np.random.default_rng(1)).summary
        assert fits.se_given[k] == pytest.approx(placed["se"], abs=1e-12)


def test_two_way_fits_are_those_of_the_regression(unbalanced):
    """CR1 and CR2 equal R fixest and clubSandwich in the estimator's own tests; ordinary errors by a dummy for everything."""
    rows, y, periods, teams, starts = unbalanced
    fits = two_way_fits(y, starts, periods)
    for k, dates in enumerate(starts[:2]):
        dated = rows.assign(start=rows["team"].map(dict(zip(teams, dates, strict=True))))
        found = two_way_fixed_effects(dated, "y", "team", "month", "start", draws=99, rng=np.random.default_rng(1))
        assert fits.estimate[k] == pytest.approx(found["estimate"].iloc[0], abs=1e-10)
        assert [fits.se_cr1[k], fits.se_cr2[k]] == pytest.approx(found["se"].iloc[:2].tolist(), abs=1e-10)
        assert [fits.df_cr1[k], fits.df_cr2[k]] == pytest.approx(found["df"].iloc[:2].tolist(), rel=1e-8)
        ols = smf.ols(
            "y ~ d + C(team) + C(month)", dated.assign(d=(dated["month"] >= dated["start"]).astype(int))
        ).fit()
        assert (fits.se_ols[k], fits.df_ols[k]) == pytest.approx((ols.bse["d"], ols.df_resid))


def test_units_drawn_anew_are_fitted_as_panels_of_their_own(unbalanced):
    _, y, periods, _, _starts = unbalanced
    chosen = np.array([[0, 2, 5, 7, 8, 11], [1, 3, 4, 6, 9, 14]])
    dates = np.tile([3.0, 3, 5, 5, np.inf, np.inf], (2, 1))
    both = (group_time_fits(y[chosen], dates, periods), two_way_fits(y[chosen], dates, periods))
    for k in range(2):
        alone = (group_time_fits(y[chosen[k]], dates[:1], periods), two_way_fits(y[chosen[k]], dates[:1], periods))
        assert both[0].se[k] == pytest.approx(alone[0].se[0])
        assert both[1].se_cr2[k] == pytest.approx(alone[1].se_cr2[0])


def test_dates_that_leave_nothing_to_vary_are_blank():
    """Everybody treated in the same period: the period's effect is the treatment."""
    y, periods, _ = wide_of(panel_of(6, 3))
    assert np.isnan(two_way_fits(y, np.full((1, 6), 2.0), periods).estimate[0])
    assert np.isnan(group_time_fits(y, np.full((1, 6), 2.0), periods).estimate[0])


def test_who_cries_wolf_where_a_units_years_hang_together():
    """Random walks: ordinary errors are far too small (Bertrand and others 2004), clustered ones and placements aren't."""
    found = placebo_test(
        panel_of(60, 10, walk=1.0), "y", "team", "month", {4: 0.3, 7: 0.3}, draws=300, rng=np.random.default_rng(2)
    )
    found = found.set_index("estimator")
    assert found.loc["two_way_ols", "low"] > 0.15
    assert found.loc[["two_way_cr1", "two_way_cr2", "group_time", "placement"], "low"].max() < 0.05
    assert found["draws"].eq(300).all()
    assert list(found.index) == list(ESTIMATORS)
    low, high = wilson(found["alarms"] / 300, 300)
    assert np.allclose(found[["low", "high"]], np.column_stack([low, high]))


def test_noise_without_memory_makes_nobody_cry_wolf():
    found = placebo_test(panel_of(60, 6), "y", "team", "month", COHORTS, draws=300, rng=np.random.default_rng(3))
    assert found["low"].max() < 0.05
    assert found["share"].between(0.01, 0.1).all()
    assert (found["estimate"].abs() < 4 * found["sd"] / 300**0.5).all()


def test_dates_that_follow_the_course_of_units_make_everybody_cry_wolf():
    told = unit_histories(panel_of(60, 6, slope=1.0), "y", "team", "month", 3)
    followed = placebo_test(
        told, "y", "team", "month", COHORTS, draws=100, rng=np.random.default_rng(1), leaning="course", pull=2
    )
    assert followed["low"].min() > 0.5
    assert (followed["estimate"] > 0).all()
    ignored = placebo_test(
        told, "y", "team", "month", COHORTS, draws=100, rng=np.random.default_rng(1), leaning="course", pull=0
    )
    assert ignored.set_index("estimator").loc["group_time", "share"] < 0.2


def test_few_units_are_drawn_and_units_without_a_leaning_are_left_out():
    rows = panel_of(24)
    assert (
        placebo_test(rows, "y", "team", "month", COHORTS, draws=20, units=10, rng=np.random.default_rng(1))["units"]
        .eq(10)
        .all()
    )
    leaning = rows["team"].astype(float).where(rows["team"] < 18)
    found = placebo_test(
        rows.assign(lean=leaning), "y", "team", "month", COHORTS, draws=20, leaning="lean", rng=np.random.default_rng(1)
    )
    assert found["units"].eq(18).all()


def test_the_same_seed_gives_the_same_table_and_every_story_has_every_estimator():
    rows = panel_of(24)
    one, two = (
        false_alarms(rows, "y", "team", "month", COHORTS, "size", few=10, draws=20, rng=np.random.default_rng(7))
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert list(one["story"].unique()) == list(STORIES)
    assert len(one) == len(STORIES) * len(ESTIMATORS)
    assert one.loc[one["story"].eq("few"), "units"].eq(10).all()


def test_histories_by_hand():
    """Team a: 1, 3 before period 3, then 8: level 2, change 2, slope 3.5. Team b has one row before, so no change."""
    rows = pd.DataFrame({"team": list("aaabb"), "year": [1, 2, 3, 2, 3], "y": [1.0, 3, 8, 4, 5], "n": [9, 8, 7, 6, 5]})
    told = unit_histories(rows, "y", "team", "year", 3, "n").drop_duplicates("team").set_index("team")
    assert told.loc["a", ["level_before", "change_before", "course", "size"]].tolist() == [2.0, 2.0, 3.5, 9]
    assert told.loc["b", ["level_before", "course", "size"]].tolist() == [4.0, 1.0, 6]
    assert pd.isna(told.loc["b", "change_before"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "x"}, "no column 'x'"),
        ({"cohorts": {1: 0.3}}, "1 isn't after the first period"),
        ({"cohorts": {9: 0.3}}, "up to the last"),
        ({"cohorts": {}}, "No cohort"),
        ({"cohorts": {3: 0.01}}, "fewer than 2"),
        ({"cohorts": {3: 0.5, 4: 0.5}}, "left to compare with"),
        ({"estimators": ["two_way_cr3"]}, "two_way_cr"),
        ({"estimators": []}, "expected a list"),
        ({"draws": 3}, "20 and 99 or more"),
        ({"units": 99}, "can't be drawn"),
        ({"level": 95}, "between 0 and 1"),
        ({"pull": -1}, "pull"),
        ({"leaning": "months"}, "no column 'months'"),
        ({"leaning": "month"}, "more than one 'month'"),
        ({"leaning": "blank"}, "blank for every"),
        ({"leaning": "word"}, "holds words"),
    ],
)
def test_what_cannot_be_dealt_out_is_refused(changes, message):
    rows = panel_of(24).assign(blank=np.nan, word="a")
    choices = {"outcome": "y", "unit": "team", "time": "month", "cohorts": COHORTS, "draws": 20, **changes}
    with pytest.raises(InputError, match=message):
        placebo_test(rows, rng=np.random.default_rng(1), **choices)


def test_a_team_with_two_rows_in_a_month_is_refused():
    rows = panel_of(24)
    with pytest.raises(InputError, match="more than one row"):
        placebo_test(pd.concat([rows, rows.iloc[:1]]), "y", "team", "month", COHORTS, draws=20)


def test_unknown_stories_are_refused():
    with pytest.raises(InputError, match="There is no story"):
        false_alarms(panel_of(24), "y", "team", "month", COHORTS, "size", draws=20, stories=["luck"])
    with pytest.raises(InputError, match="There is no story"):
        placebo_words.story_in_words(alarms_of(often=1), "luck")


def alarms_of(often, due=0, seldom=0, blank=0, story="chance"):
    """A table of alarms with so many estimators that come too often, as is due, too seldom, and not at all."""
    share = [0.2] * often + [0.05] * due + [0.01] * seldom + [np.nan] * blank
    rows = pd.DataFrame({"estimator": list(ESTIMATORS)[: len(share)], "share": share, "story": story, "units": 20})
    low, high = (
        [0.1] * often + [0.03] * due + [0.0] * seldom + [np.nan] * blank,
        [0.3] * often + [0.1] * due + [0.02] * seldom,
    )
    return rows.assign(low=low, high=high + [np.nan] * blank, estimate=0.04, draws=200)


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        (alarms_of(5), "With dates dealt out at random, alarms come too often from all 5 methods (20%)."),
        (alarms_of(0, blank=2), "With dates dealt out at random, nothing could be estimated."),
        (
            alarms_of(1, 3),
            "With dates dealt out at random, alarms come too often from two-way fixed effects with ordinary errors (20%), "
            "and about as often as is due from the other 3 (5%).",
        ),
        (
            alarms_of(1, 1, 1, story="few"),
            "With dates dealt out at random among 20 providers, alarms come too often from two-way fixed effects with ordinary "
            "errors (20%), and about as often as is due from two-way fixed effects with clustered errors (CR1) (5%), and less often "
            "than is due from two-way fixed effects with clustered errors (CR2) (1%).",
        ),
    ],
)
def test_sentences_on_alarms(alarms, said):
    assert placebo_words.story_in_words(alarms, alarms["story"].iloc[0]) == said


@pytest.mark.parametrize(
    ("alarms", "title"),
    [
        (alarms_of(0, 5), "With dates dealt out at random no method cries wolf too often"),
        (alarms_of(5), "Under every story of how dates came about, every method cries wolf too often"),
        (alarms_of(1, 4), "Too many false alarms under one story: two-way fixed effects with ordinary errors"),
        (alarms_of(3, 2), "3 of 5 methods cry wolf too often under one story or more"),
    ],
)
def test_titles_on_alarms(alarms, title):
    assert placebo_words.alarms_title(alarms, ["chance"]) == title


def test_a_small_negative_mean_is_nought():
    assert "find 0.0 points" in placebo_words.nil_in_words(alarms_of(4).assign(estimate=-0.04), "chance")


# what is published, and what patients say


def test_every_published_design_has_a_strength_and_every_finding_a_row():
    evidence = load_published("role_evidence")
    names = load_register().roles.set_index("id")["name"].to_dict()
    said = published_effects(evidence, names)
    assert len(said) == evidence["group"].isin(list(GROUPS)).sum()
    assert said.notna()["strength_name"].all()
    assert evidence["design"].map(strength_of).isin(list(STRENGTHS)).all()
    known = evidence_map(evidence, ["nursing_associate", "peer_support_worker"], names).set_index("role")
    assert known.loc["nursing_associate", "service_users"] == NOTHING
    # Cooper and others 2024 is an umbrella review
    assert known.loc["peer_support_worker", "service_users"] == "Review of studies"
    assert known.index[-1] == "cross_role"
    reviews = reviews_in_numbers(evidence, load_published("evidence_numbers"), names)
    assert "97%" in reviews["shown"].tolist()
    assert "1 review" in reviews["shown"].tolist()


def test_the_strongest_source_counts_whatever_the_order():
    rows = pd.DataFrame(
        {"role": "a", "group": "new_roles", "finding": "x", "design": ["stated purpose", "review", "survey"]}
    )
    rows = rows.assign(qualifier=None, n=None, n_of=None, year=2020, source="", source_name="", confidence="A")
    for order in ([0, 1, 2], [2, 1, 0]):
        assert evidence_map(rows.iloc[order], ["a"], {"a": "A"})["new_roles"].tolist() == ["Review of studies"]
    silent = evidence_map(rows, ["b", "a"], {"a": "A", "b": "B"})
    assert gaps_in_words(silent, ["b", "a"]).endswith("Of B nothing was found about any group.")


def test_unknown_words_in_the_evidence_are_refused():
    with pytest.raises(InputError, match="umbrella review"):
        strength_of("umbrela review")
    with pytest.raises(InputError, match="no group"):
        published_effects(load_published("role_evidence"), {}, "patients")
    with pytest.raises(InputError, match="has no name"):
        published_effects(load_published("role_evidence"), {})


def test_hidden_counts_of_comments_stay_hidden():
    themes = load_open("feedback_themes")
    for service in words.MENTAL_HEALTH_TRUST:
        shown = words.theme_shares(themes, service, ["very_positive", "negative"], 40)
        hidden = shown["note"].eq(words.HIDDEN)
        assert hidden.any()
        assert shown.loc[hidden, ["comments", "estimate", "low", "high"]].isna().all(axis=None)
        assert shown.loc[~hidden, "comments"].isin([0]).sum() + shown["comments"].ge(5).sum() == (~hidden).sum()
    with pytest.raises(InputError, match="very_positive"):
        words.theme_shares(themes, "forensic", ["very positive"])
    with pytest.raises(InputError, match="There is no service"):
        words.sentiment_shares(themes, ["forensics"])


@settings(max_examples=25, deadline=None)
@given(counts=st.lists(st.integers(0, 400), min_size=5, max_size=5).filter(any))
def test_sentiments_add_up_and_lie_in_their_intervals(counts):
    themes = pd.DataFrame(
        {"service": "forensic", "sentiment": list(words.SENTIMENTS), "theme": "x", "coded_comments": counts}
    )
    shares = words.sentiment_shares(themes, ["forensic"])
    assert shares["estimate"].sum() == pytest.approx(100)
    assert (shares["low"] <= shares["estimate"] + 1e-9).all()
    assert (shares["estimate"] <= shares["high"] + 1e-9).all()
    assert f"Of {sum(counts):,} coded comments" in words.sentiment_in_words(shares, "forensic")


def test_sentences_on_themes_when_counts_are_hidden():
    rows = pd.DataFrame({"theme": ["Staff"] * 2, "sentiment_name": ["good comments", "bad comments"], "n": [9, 8]})
    some = rows.assign(estimate=[20.0, np.nan], low=[10.0, np.nan], high=[30.0, np.nan], note=["", words.HIDDEN])
    assert words.themes_in_words(some).endswith(
        "is staff, in 20% (10% to 30%). In 8 bad comments all counts are hidden."
    )
    assert words.themes_in_words(some.iloc[1:]) == "All counts of the themes shown are hidden."
    assert words.themes_title(some.iloc[1:]) == "The counts of these themes are hidden"
    assert words.hidden_in_words(some.iloc[:1]) == "No count is hidden."

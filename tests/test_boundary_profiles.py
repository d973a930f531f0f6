"""Shares of tones and forms, with intervals that respect teams and documents.

Known answers: by hand below; CR2 and Satterthwaite's degrees of freedom as `newroles.contexts.cr2` has them, which equals R
clubSandwich 0.6.0; Wilson's interval as `newroles.datasets.intervals` has it; draws of known shares for coverage.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from example_acts import example_acts, planted_acts
from newroles.boundary_work.acts import BoundaryActs
from newroles.boundary_work.profiles import (
    form_profile,
    tone_against_prompt,
    tone_by_method,
    tone_over_time,
    tone_profile,
    with_months,
)
from newroles.datasets.intervals import wilson
from newroles.errors import InputError
from newroles.few_clusters.clustered_shares import clustered_shares, satterthwaite
from newroles.few_clusters.robust import cr2

TONES = {"c": "constructive", "d": "destructive", "e": "depends", ".": ""}


def acts_of(teams: dict[str, list[str]], **columns: object) -> pd.DataFrame:
    """Acts by team: one text per document, one letter (c, d, e, or . for none) per act."""
    rows = [
        (team, f"{team}{number}", place, TONES[letter])
        for team, documents in teams.items()
        for number, letters in enumerate(documents)
        for place, letter in enumerate(letters)
    ]
    acts = pd.DataFrame(rows, columns=["team", "document", "place", "tone"])
    acts["segment"] = [f"s{i}" for i in range(len(acts))]
    usual = {"method": "interview", "actor_role": "nurse", "target_role": "doctor", "months_since": 0}
    usual["forms"] = usual["families"] = pd.Series([("x",)] * len(acts), dtype="object")
    return acts.assign(**(usual | columns))


# --- intervals --------------------------------------------------------------------------------------------------------


def test_variance_and_degrees_of_freedom_are_those_of_cr2() -> None:
    """An intercept alone: effective n = p(1-p)/se^2, and the interval is Wilson's with a t quantile in place of z."""
    y, n = np.array([8, 2, 5, 6, 1, 0]), np.array([10, 9, 30, 7, 4, 2])
    rows = np.concatenate([np.r_[np.ones(a), np.zeros(b - a)] for a, b in zip(y, n, strict=True)])
    known = cr2(sm.OLS(rows, np.ones(len(rows))).fit(), np.repeat(np.arange(6), n)).iloc[0]
    found = clustered_shares(y[:, np.newaxis], n)
    assert found.estimate[0] == pytest.approx(known["estimate"])
    assert found.df == pytest.approx(known["df"])
    p = known["estimate"]
    assert found.effective_n[0] == pytest.approx(p * (1 - p) / known["se"] ** 2)
    level = 2 * stats.norm.cdf(stats.t.ppf(0.975, known["df"])) - 1
    assert (found.low[0], found.high[0]) == pytest.approx(
        [float(end) for end in wilson(p, found.effective_n[0], level)]
    )


def test_acts_that_are_each_a_cluster_count_as_themselves_but_one() -> None:
    """By hand: v = p(1-p)/(n-1) with clusters of one, so the effective number is n - 1, with n - 1 degrees of freedom."""
    found = clustered_shares(np.array([[1], [0], [0], [1], [0]]), np.ones(5))
    assert (found.effective_n[0], found.df) == pytest.approx((4, 4))


def test_acts_that_are_all_alike_in_each_team_count_as_teams() -> None:
    """By hand: 4 teams of 10 acts, two all constructive: between-team variance p(1-p)/(m-1), so effective n = 3."""
    found = clustered_shares(np.array([[10], [10], [0], [0]]), np.full(4, 10))
    assert (found.effective_n[0], found.df) == pytest.approx((3, 3))


def test_a_share_of_nought_takes_the_design_effect_of_the_others() -> None:
    """The second kind never occurs. Teams alike: the first has an effective n of 3, so has the second; its interval isn't a point."""
    alike = clustered_shares(np.array([[10, 0], [10, 0], [0, 0], [0, 0]]), np.full(4, 10))
    assert alike.effective_n.tolist() == pytest.approx([3, 3])
    t2 = stats.t.ppf(0.975, 3) ** 2
    assert (alike.low[1], alike.high[1]) == pytest.approx((0, t2 / (3 + t2)))  # Wilson's for 0 of n: z2 / (n + z2)
    nothing_varies = clustered_shares(np.array([[10, 0]] * 4), np.full(4, 10))
    assert nothing_varies.effective_n.tolist() == [4, 4]  # four teams say so, not forty acts


def test_one_cluster_has_a_share_and_no_interval() -> None:
    found = clustered_shares([[3]], [4])
    assert found.estimate.tolist() == [0.75]
    assert np.isnan([found.low[0], found.high[0]]).all()
    assert np.isnan(clustered_shares(np.zeros((0, 2)), []).estimate).all()


def test_alike_clusters_have_one_degree_of_freedom_less_than_their_number() -> None:
    assert satterthwaite(np.full(7, 12.0)) == pytest.approx(6)
    assert satterthwaite(np.array([100.0, 1, 1, 1])) < 1.1  # one team has all the say


@pytest.mark.parametrize("clusters", [8, 20, 35])
def test_intervals_cover_when_teams_differ(clusters: int) -> None:
    """Teams draw their own share around 0.3 (beta-binomial, correlation 0.2); acts 60 or 20 a team, as in the example."""
    rng, p, alike, draws = np.random.default_rng(clusters), 0.3, 0.2, 300
    n = np.where(np.arange(clusters) < clusters // 4, 60, 20)
    own = rng.beta(p * (1 - alike) / alike, (1 - p) * (1 - alike) / alike, (draws, clusters))
    y = rng.binomial(n, own)
    found = [clustered_shares(each[:, np.newaxis], n) for each in y]
    covered = np.mean([each.low[0] <= p <= each.high[0] for each in found])
    assert 0.90 <= covered <= 0.99  # 95 % give or take 3.7 standard errors of 300 draws, below; above, a little wide
    low, high = wilson(y.sum(axis=1) / n.sum(), n.sum())
    assert np.mean((low <= p) & (p <= high)) < 0.75  # acts taken one by one are far too sure


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=8).filter(
        lambda rows: sum(map(sum, rows)) > 0
    )
)
@settings(max_examples=40, deadline=None)
def test_shares_lie_in_their_intervals_whatever_the_order(rows: list[tuple[int, int]]) -> None:
    counts = np.array(rows)
    n = counts.sum(axis=1)
    found, turned = clustered_shares(counts, n), clustered_shares(counts[::-1], n[::-1])
    assert found.estimate.sum() == pytest.approx(1)
    if (n > 0).sum() > 1:
        assert ((found.low <= found.estimate + 1e-12) & (found.estimate <= found.high + 1e-12)).all()
        assert ((found.low >= 0) & (found.high <= 1)).all()
        assert (found.effective_n <= n.sum() + 1e-9).all()
        assert found.low == pytest.approx(turned.low)


def test_impossible_counts_and_levels_are_refused() -> None:
    for counts in ([[5]], [[-1]], [5]):
        with pytest.raises(InputError, match="between 0 and the acts of their cluster"):
            clustered_shares(counts, [4])
    with pytest.raises(InputError, match="level must lie between 0 and 1"):
        clustered_shares([[1]], [4], level=95)


# --- profiles ---------------------------------------------------------------------------------------------------------


def test_tones_by_hand() -> None:
    """Five acts with a tone, one without; two teams are fewer than five, so documents are the clusters."""
    table = tone_profile(acts_of({"A": ["ccd", "."], "B": ["ce"]}))
    assert table[["tone", "estimate", "n", "count"]].values.tolist() == [
        ["constructive", 0.6, 5, 3],
        ["destructive", 0.2, 5, 1],
        ["depends", 0.2, 5, 1],
    ]
    first = table.iloc[0]
    assert first[["teams", "documents", "segments"]].tolist() == [2, 2, ("s0", "s1", "s4")]
    assert first["note"] == "about these 2 teams only: documents are the clusters; 1 without a settled tone"
    known = clustered_shares([[2, 1, 0], [1, 0, 1]], [3, 2])
    assert table["low"].tolist() == pytest.approx(known.low.tolist())


def test_teams_are_the_clusters_once_there_are_five() -> None:
    teams = {name: [letters, letters] for name, letters in zip("ABCDE", ["cc", "cd", "dd", "ce", "cd"], strict=True)}
    table = tone_profile(acts_of(teams))
    known = clustered_shares([[4], [2], [0], [2], [2]], [4] * 5)
    assert table.iloc[0][["low", "high"]].tolist() == pytest.approx([known.low[0], known.high[0]])
    assert (table["note"] == "").all()
    assert "between teams" in table["method"].iloc[0]
    assert "between documents" in tone_profile(acts_of(teams), min_teams=6)["method"].iloc[0]


def test_an_act_counts_once_under_each_of_its_families() -> None:
    held = pd.Series([("f", "g"), ("g",), ("g",)], dtype="object")
    acts = acts_of({"A": ["cdd"]}, families=held, forms=held.map(lambda ids: tuple(id * 2 for id in ids)))
    table = tone_profile(acts, "family").query("tone == 'constructive'")
    assert table[["family", "estimate", "n"]].values.tolist() == [["g", 1 / 3, 3], ["f", 1.0, 1]]
    shares = form_profile(acts, kind="form")
    assert shares[["form", "estimate", "count"]].values.tolist() == [["gg", 1.0, 3], ["ff", pytest.approx(1 / 3), 1]]
    assert shares["note"].iloc[0] == "no interval: all acts are in one document"
    assert shares[["low", "high"]].isna().all(axis=None)
    by_tone = form_profile(acts, "tone").query("family == 'f'")
    assert by_tone[["tone", "estimate"]].values.tolist() == [["destructive", 0.0], ["constructive", 1.0]]


def test_pairs_are_ordered_and_the_largest_comes_first() -> None:
    acts = acts_of(
        {"A": ["cd", "d"]}, actor_role=["nurse", "doctor", "doctor"], target_role=["doctor", "nurse", "nurse"]
    )
    table = tone_profile(acts, ["actor_role", "target_role"]).query("tone == 'destructive'")
    assert table[["actor_role", "target_role", "estimate", "n"]].values.tolist() == [
        ["doctor", "nurse", 1.0, 2],
        ["nurse", "doctor", 0.0, 1],
    ]


def test_a_group_without_a_settled_tone_has_no_share() -> None:
    table = tone_profile(acts_of({"A": ["."], "B": ["c"]}), "team").query("team == 'A'")
    assert table["estimate"].isna().all()
    assert table["note"].iloc[0] == "no share: no acts of a settled tone; 1 without a settled tone"


def test_stretches_of_time_hold_their_first_month() -> None:
    """By hand: -1 | 0, 5 | 6 | 12, 40; one act has no month."""
    months = pd.array([40, -1, 0, 5, 6, 12, None], dtype="Int64")
    acts = acts_of({"A": ["cdccdcc"]}, months_since=months)
    table = tone_over_time(acts).query("tone == 'constructive'")
    assert table[["months", "estimate", "n"]].values.tolist() == [
        ["before 0", 0.0, 1],
        ["0 to 5", 1.0, 2],
        ["6 to 11", 0.0, 1],
        ["12 or later", 1.0, 2],
    ]
    assert with_months(acts, (3, 4))["months"].tolist()[:4] == ["4 or later", "before 3", "before 3", "4 or later"]


def test_methods_are_compared_within_teams_by_hand() -> None:
    """A: 2/2 less 1/2 = 0.5, weight 1; B: 0/1 less 0/1 = 0, weight 1/2. D = 1/3. C was only interviewed."""
    acts = acts_of({"A": ["cc", "cd"], "B": ["d", "d"], "C": ["ccc"]})
    acts["method"] = (
        acts["document"]
        .map({"A0": "interview", "A1": "observation", "B0": "interview", "B1": "observation"})
        .fillna("interview")
    )
    row = tone_by_method(acts).iloc[0]
    assert row[["first", "second", "tone", "n", "teams"]].tolist() == ["interview", "observation", "constructive", 6, 2]
    assert row[["share_first", "share_second", "estimate"]].tolist() == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    v = 2 / 1 * (1**2 * (1 / 2 - 1 / 3) ** 2 + (1 / 2) ** 2 * (0 - 1 / 3) ** 2) / 1.5**2
    half = tone_by_method(acts, level=0.5).iloc[0]
    assert half["high"] == pytest.approx(1 / 3 + stats.t.ppf(0.75, 1) * np.sqrt(v))
    assert row["high"] == 1.0, "a difference of shares is no larger than one"
    assert row["segments"] == ("s0", "s1", "s2")
    alone = tone_by_method(acts[acts["team"].eq("A")]).iloc[0]
    assert np.isnan(alone["low"])
    assert "fewer than two teams" in alone["note"]
    assert tone_by_method(acts[acts["team"].eq("C")]).empty


def test_coders_who_overrule_the_prompt_by_hand() -> None:
    acts = acts_of({"A": ["cd", "c."]})
    rows = [("s0", "x"), ("s1", "x"), ("s2", "x"), ("s3", "x"), ("s0", "y"), ("s1", "z")]
    forms = pd.DataFrame(rows, columns=["segment", "form"]).assign(name="A form")
    forms["prompt"] = forms["form"].map({"x": "constructive", "y": "depends", "z": ""})
    nothing = pd.DataFrame()
    table = tone_against_prompt(BoundaryActs(acts, forms, nothing, nothing, nothing, {}))
    assert table[["form", "estimate", "n", "count", "destructive", "segments"]].values.tolist() == [
        ["y", 1.0, 1, 1, 0, ("s0",)],
        ["x", pytest.approx(1 / 3), 3, 1, 1, ("s1",)],  # s3 has no tone, z prompts none
    ]


def test_bad_input_names_the_culprit() -> None:
    acts = acts_of({"A": ["cd"]})
    with pytest.raises(InputError, match="no column 'actor'.*Did you mean 'actor_role'"):
        tone_profile(acts, "actor")
    with pytest.raises(InputError, match="There are no acts"):
        tone_profile(acts[:0])
    with pytest.raises(InputError, match="no column 'tone'"):
        tone_profile(acts.drop(columns="tone"))
    with pytest.raises(InputError, match="no kind 'families' of form.*Did you mean 'family'"):
        form_profile(acts, kind="families")
    for edges in ((), (6, 0)):
        with pytest.raises(InputError, match="edges are rising whole months"):
            tone_over_time(acts, edges)
    with pytest.raises(InputError, match="no column months_since"):
        tone_over_time(acts.drop(columns="months_since"))


# --- the invented example ---------------------------------------------------------------------------------------------


def test_planted_tones_of_teams_lie_in_their_intervals() -> None:
    """28 teams and three tones, each team by its documents: the planted share lies inside in at least nine of ten."""
    table = tone_profile(example_acts().acts, "team").dropna(subset=["low"])
    planted = [planted_acts()["teams"][row.team]["expected_tones"][row.tone] for row in table.itertuples()]
    inside = (table["low"] <= planted) & (planted <= table["high"])
    assert len(table) > 70
    assert inside.mean() >= 0.9

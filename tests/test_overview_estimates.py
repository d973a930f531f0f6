"""Estimates for all trusts from those that answered: known answers, bad input, and what was planted in invented studies."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit
from statsmodels.duration.survfunc import SurvfuncRight

from newroles.datasets import load_codebook
from newroles.datasets.places import data_folder
from newroles.datasets.yaml_files import read_yaml
from newroles.errors import InputError
from newroles.overview import (
    adjusted_weights,
    adopters,
    adoption,
    adoption_curve,
    arrivals,
    bounds,
    calibrate,
    finite_population_interval,
    finite_population_wilson,
    funnel_limits,
    poisson_interval,
    population_counts,
    post_stratify,
    rake,
    response_by,
    response_weights,
    size_groups,
    small_count_rates,
    spread_between,
    survey_estimates,
)
from newroles.overview.propensity import separated
from newroles.simulate import StudySpec
from newroles.simulate.adoption import adoption_probabilities
from newroles.simulate.trusts import doublings, draw_fixed_number, draw_trusts
from newroles.simulate.variants import draw_variants

# --- known answers ------------------------------------------------------------------------------------------------


def test_finite_population_intervals_equal_r(reference):
    """Own R (phyper): survey/partial_response_finite_population."""
    for row in pd.read_csv(reference / "survey/partial_response_finite_population/expected_intervals.csv").itertuples():
        x, n, N = int(row.x), int(row.n), int(row.N)
        assert finite_population_interval(x, n, N) == (row.hyper_K_lo, row.hyper_K_hi)
        assert finite_population_wilson(x, n, N) == pytest.approx((row.wilson_fpc_lo, row.wilson_fpc_hi), abs=1e-9)
        assert bounds(x, n, N) == pytest.approx((row.bound_p_lo, row.bound_p_hi), abs=1e-9)
        answers = pd.DataFrame({"has": [True] * x + [False] * (n - x)})
        mean = survey_estimates(answers, "has", population=N).iloc[0]
        assert (mean["estimate"], mean["se"]) == pytest.approx((row.p, row.srs_fpc_se), abs=1e-9)


def test_poisson_intervals_equal_r(reference):
    """R stats::poisson.test, and Byar's approximation: survey/poisson_small_counts."""
    for row in pd.read_csv(reference / "survey/poisson_small_counts/expected_intervals.csv").itertuples():
        exact, byar = poisson_interval(row.count, row.exposure), poisson_interval(row.count, method="byar")
        assert exact == pytest.approx((row.exact_lo, row.exact_hi), abs=1e-6)
        assert byar == pytest.approx((row.byar_count_lo, row.byar_count_hi), abs=1e-5)


def test_funnel_limits_equal_spiegelhalters(reference):
    """Own R after Spiegelhalter (2005): survey/funnel_limits, where phi and tau2 are those of case.json."""
    folder = reference / "survey/funnel_limits"
    units, expected = pd.read_csv(folder / "input_units.csv"), pd.read_csv(folder / "expected_limits.csv")
    table = funnel_limits(units, in_frame=51)
    ours = ["share", "target", "z", "low_95", "high_95", "low_998", "high_998"]
    theirs = ["p", "theta", "z", "lo95", "hi95", "lo998", "hi998"]
    assert table[ours].to_numpy() == pytest.approx(expected[theirs].to_numpy(), abs=1e-9)
    # R: pbinom(50, 200, theta) is 0.02396. 19 of 40 lies above the drawn limit, but 1 - pbinom(18, 40, theta) is 0.02622
    assert table.loc[table["outside"].ne("within"), ["n", "outside"]].to_numpy().tolist() == [[200, "below 95%"]]
    assert table[["answered", "N"]].drop_duplicates().to_numpy().tolist() == [[12, 51]]
    spread = spread_between(units)
    assert spread.tolist() == pytest.approx([1.28050817090811, 0.796125098478127, 0, 12], abs=1e-9)
    widened = funnel_limits(units, overdispersion="multiplicative")  # phi winsorised is below 1: nothing to widen
    assert widened[["low_95", "high_95"]].to_numpy() == pytest.approx(
        expected[["normal_lo95", "normal_hi95"]].to_numpy(), abs=1e-9
    )


def test_no_trust_of_three_stands_out_among_three():
    """3 of 3 was "above 99.8%" beside 0 of 3, though half the people make it a chance of 1/8."""
    assert funnel_limits(pd.DataFrame({"x": [3, 0], "n": [3, 3]}))["outside"].tolist() == ["within", "within"]


@given(st.lists(st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_what_stands_out_above_would_stand_out_below_if_counted_the_other_way(pairs):
    units = pd.DataFrame(pairs, columns=["x", "n"])
    target = 0.3
    above = funnel_limits(units, target=target)["outside"].tolist()
    below = funnel_limits(units.assign(x=units["n"] - units["x"]), target=1 - target)["outside"].tolist()
    turned = {"above": "below", "below": "above"}
    assert [" ".join(turned.get(word, word) for word in words.split()) for words in below] == above


def test_the_winsorised_factor_of_chance_is_what_the_docstring_says():
    """Of 4,000 trusts of 40,000 people at one rate: phi about 1, winsorised about 0.68 (0.8 - 2 c f(c) + 0.2 c^2)."""
    x = stats.binom.ppf((np.arange(4000) + 0.5) / 4000, 40_000, 0.4)  # as chance spreads them
    spread = spread_between(pd.DataFrame({"x": x, "n": 40_000}))
    assert spread[["phi", "phi_winsorised"]].tolist() == pytest.approx([1, 0.6787], abs=0.01)
    assert (
        "about 0.68 when chance is all" in funnel_limits(SMALL_UNITS, overdispersion="multiplicative")["method"].iloc[0]
    )


def test_overdispersed_funnel_limits_by_hand():
    """Shares .1 and .9 of 10 each, target .5: z^2 = .16 / .025, so phi is 6.4; nothing winsorised: tau2 = (12.8 - 1) / 40."""
    units = pd.DataFrame({"x": [1, 9], "n": [10, 10]})
    spread = spread_between(units, winsorise=0)
    assert spread.tolist() == pytest.approx([6.4, 6.4, 11.8 / 40, 2])
    width = {
        name: funnel_limits(units, overdispersion=name).eval("high_95 - low_95").iloc[0]
        for name in ("multiplicative", "additive")
    }
    # winsorised at 10%: z is 4/5 as long, so phi is 0.64 * 6.4 = 4.096 and tau2 (2 * 4.096 - 1) / 40 = 0.1798
    assert width["multiplicative"] == pytest.approx(2 * 1.959964 * np.sqrt(0.025 * 4.096), abs=1e-6)
    assert width["additive"] == pytest.approx(2 * 1.959964 * np.sqrt(0.025 + 0.1798), abs=1e-6)


SMALL_UNITS = pd.DataFrame({"x": [3, 7, 9], "n": [12, 18, 25]})


@pytest.fixture(scope="module")
def apistrat(shared):
    """R's survey package, apistrat: 200 schools in three strata. The data are GPL and stay where they are."""
    folder = shared / "reference/survey/apistrat_design"
    margins = [
        pd.read_csv(folder / f"input_margin_{name}.csv").set_axis([column, "N"], axis=1)
        for name, column in (("stype", "stype"), ("schwide", "sch.wide"))
    ]
    tables = {
        name: pd.read_csv(folder / f"expected_{name}.csv")
        for name in ("design", "by_stype", "calibrated", "raked_weights")
    }
    return pd.read_csv(folder / "input_sample.csv"), margins, tables


def both(table: pd.DataFrame) -> list[float]:
    return table[["estimate", "se"]].to_numpy().ravel().tolist()


def test_stratified_estimates_equal_rs_survey(apistrat):
    """R survey 4.1-1, svymean, svytotal, svyratio and svyby on apistrat: survey/apistrat_design."""
    sample, _, tables = apistrat
    design = {"weight": "pw", "strata": "stype", "population": "fpc"}
    parts = [
        survey_estimates(sample, "api00", **design),
        survey_estimates(sample, "enroll", "total", **design),
        survey_estimates(sample, "api00", weight="pw", strata="stype"),
        survey_estimates(sample, "stype", **design),
        survey_estimates(sample, "sch.wide", **design),
        survey_estimates(sample, "comp.imp", "total", **design),
        survey_estimates(sample, "api.stu", "ratio", per="enroll", **design),
    ]
    expected = tables["design"][["estimate", "se"]].to_numpy().ravel()
    ours = np.concatenate([both(part) for part in parts])
    assert ours == pytest.approx(expected, rel=1e-6, abs=1e-6)
    by = survey_estimates(sample, "api00", by="stype", **design).set_index("stype")
    expected = tables["by_stype"].set_index("stype")
    assert by.loc[expected.index, ["estimate", "se"]].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-6)
    assert by["N"].unique().tolist() == [6194]


def test_calibrated_estimates_equal_rs_survey(apistrat):
    """R survey 4.1-1: postStratify by sch.wide, rake over both margins, calibrate on stype and api99."""
    sample, margins, tables = apistrat
    post, raked = post_stratify(sample, margins[1], "pw"), rake(sample, margins, "pw")
    greg = calibrate(sample, [margins[0]], {"api99": 3914069}, "pw")
    assert raked.weight.to_numpy() == pytest.approx(tables["raked_weights"]["weight"].to_numpy(), rel=1e-9)
    wanted = [("api00", "mean", post), ("api00", "mean", raked), ("enroll", "total", raked)]
    wanted += [("api00", "mean", greg), ("enroll", "total", greg)]
    ours = [both(survey_estimates(sample, value, kind, weights, "stype")) for value, kind, weights in wanted]
    assert np.array(ours) == pytest.approx(tables["calibrated"][["estimate", "se"]].to_numpy(), rel=1e-6)


# --- totals, means and weights: rules -----------------------------------------------------------------------------

SIX = pd.DataFrame(
    {
        "trust": list("ABCDEF"),
        "region": ["North", "North", "North", "South", "South", "South"],
        "wte": [1000.0, 2000, 3000, 1500, 2500, 4000],
        "responded": [True, True, False, True, True, False],
    }
)
REPORTS = pd.DataFrame({"trust": ["A", "A", "B", "D", "E"], "role": ["psw", "psw", "na", "psw", None]})


def test_a_complete_count_has_no_sampling_error():
    answers = pd.DataFrame({"region": ["N", "N", "S"], "size": [2, 2, 1], "posts": [3, 5, 8]})
    row = survey_estimates(answers, "posts", "total", strata="region", population="size").iloc[0]
    assert (row["estimate"], row["se"], row["note"]) == (16, 0, "")


def test_a_stratum_with_one_answer_is_named():
    answers = pd.DataFrame({"region": ["N", "N", "S"], "size": [4, 4, 2], "posts": [3.0, 5, 8]})
    row = survey_estimates(answers, "posts", "total", strata="region", population="size").iloc[0]
    # by hand: weighted 6, 10, 16, mean 32/3; N: (1 - 2/4) * 2 * (4 + 4) = 8; S: (1 - 1/2) * (16 - 32/3)^2 = 128/9
    assert row["se"] ** 2 == pytest.approx(8 + 128 / 9)
    assert row["note"] == "a single answer in S: spread taken from the mean of all strata"


@pytest.mark.parametrize(
    ("answers", "choices", "says"),
    [
        ({"posts": [1, None]}, {"population": 9}, "1 of 2 answers have nothing under posts"),
        ({"posts": [1, 2]}, {"population": 1}, "frame is smaller than the answers: 2 trusts answered"),
        ({"posts": [1]}, {"population": 9}, "leave nothing to estimate a standard error"),
        ({"posts": [1, 2]}, {"statistic": "total"}, "needs `population`"),
        ({"posts": [1, 2]}, {"statistic": "mode"}, "no statistic 'mode'"),
        ({"posts": [1, 2]}, {"statistic": "ratio"}, "needs `per`"),
        ({"posts": [1, 2], "w": [0, 0]}, {"statistic": "ratio", "per": "w"}, "nothing to divide by"),
        ({"posts": [1, 2], "w": [1, 0]}, {"weight": "w"}, "must be above 0"),
        ({"posts": [1, 2], "N": [4, 5]}, {"population": "N"}, "different numbers of trusts"),
        ({"post": [1, 2]}, {}, "Did you mean 'post'"),
    ],
)
def test_estimates_that_cant_be_are_refused(answers, choices, says):
    with pytest.raises(InputError, match=says):
        survey_estimates(pd.DataFrame(answers), "posts", **choices)


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_raked_weights_meet_every_margin_and_post_strata_are_one_margin(data):
    cell = st.integers(1, 4)
    pairs = [(r, s) for r in "NS" for s in ("small", "large") for _ in range(data.draw(cell))]
    answers = pd.DataFrame(pairs, columns=["region", "size"])
    north, small = data.draw(st.integers(8, 92)), data.draw(st.integers(8, 92))  # never fewer than answered
    region = pd.DataFrame({"region": ["N", "S"], "N": [north, 100 - north]})
    size = pd.DataFrame({"size": ["small", "large"], "N": [small, 100 - small]})
    weights = rake(answers, [region, size]).weight
    assert weights.groupby(answers["region"]).sum().tolist() == pytest.approx([north, 100 - north])
    assert weights.groupby(answers["size"]).sum()[["small", "large"]].tolist() == pytest.approx([small, 100 - small])
    assert rake(answers, [region]).weight.tolist() == pytest.approx(post_stratify(answers, region).weight.tolist())


@pytest.mark.parametrize(
    ("margin", "says"),
    [
        ({"region": ["North", "Sout"], "N": [3, 3]}, "The frame has no region 'South'.*Did you mean 'Sout'"),
        ({"region": ["North", "South", "London"], "N": [3, 3, 3]}, "No trust answered in the region 'London'"),
        ({"region": ["North", "South"], "N": [3, 0]}, "N above 0"),
        ({"region": ["North", "North", "South"], "N": [1, 2, 3]}, "'North' twice"),
        ({"area": ["North", "South"], "N": [3, 3]}, "no column 'area'"),
        ({"region": ["North"], "count": [3]}, "grouping .* and N"),
    ],
)
def test_margins_that_dont_match_the_answers_are_refused(margin, says):
    with pytest.raises(InputError, match=says):
        post_stratify(SIX[SIX["responded"]], pd.DataFrame(margin))


def test_margins_that_contradict_are_refused():
    answers = pd.DataFrame({"region": ["N", "S"], "size": ["small", "large"]})
    region = pd.DataFrame({"region": ["N", "S"], "N": [6, 4]})
    with pytest.raises(InputError, match="didn't settle"):
        rake(answers, [region, pd.DataFrame({"size": ["small", "large"], "N": [5, 5]})])
    with pytest.raises(InputError, match="region 10, size 9"):
        rake(answers, [region, pd.DataFrame({"size": ["small", "large"], "N": [5, 4]})])
    with pytest.raises(InputError, match="No weights meet"):
        calibrate(answers.assign(x=[1.0, 2]), [region], {"x": 100.0})


def test_few_answers_for_many_groups_are_said():
    answers = SIX[SIX["responded"]]
    assert "2 groups or totals for 4 answers" in post_stratify(answers, population_counts(SIX, "region")).method
    many = pd.concat([answers] * 3, ignore_index=True)
    twelve = population_counts(SIX, "region").assign(N=lambda table: 3 * table["N"])
    assert post_stratify(many, twelve).method == "post-stratified by region"


# --- the chance of answering --------------------------------------------------------------------------------------


def test_the_chance_of_answering_is_the_groups_rate_when_groups_are_all_that_is_known():
    """A saturated logistic regression gives each group its own rate: weights are those of post-stratification."""
    frame = pd.DataFrame({"region": ["N"] * 4 + ["S"] * 6, "responded": [True, True, True, False] + [True, False] * 3})
    weights = response_weights(frame, ["region"])
    assert weights.weight.tolist() == pytest.approx([4 / 3] * 3 + [2] * 3)
    assert "Firth" not in weights.method
    # by hand: each group's variance is n (1 - p) times its mean squared residual, times 6 / (6 - 2) for two terms
    answers = frame[frame["responded"]].assign(posts=[1.0, 2, 3, 4, 4, 10])
    total = survey_estimates(answers, "posts", "total", weights, population=10).iloc[0]
    north = (1 - 0.75) * (4 / 3) ** 2 * 2
    south = (1 - 0.5) * 2**2 * 24
    assert (total["estimate"], total["se"] ** 2) == pytest.approx((44, 1.5 * (north + south)))


def test_separation_is_found_and_named():
    frame = pd.DataFrame({"wte": [1.0, 2, 3, 4], "responded": [False, False, True, True]})
    weights = response_weights(frame)
    assert "Firth's penalty" in weights.method
    assert weights.propensity is not None
    assert weights.propensity.between(0.5, 0.99).all()
    overlapping = np.column_stack([np.ones(4), [1, 2, 3, 4]])
    assert not separated(overlapping, np.array([False, True, False, True]))
    assert separated(overlapping, np.array([True, True, True, False]))


def test_when_all_answered_the_weights_are_one():
    everyone = SIX.assign(responded=True, posts=[1.0, 2, 3, 4, 5, 6])
    weights = response_weights(everyone)
    assert weights.weight.tolist() == [1] * 6
    assert survey_estimates(everyone, "posts", "total", weights, population=6)["se"].item() == 0


@pytest.mark.parametrize(
    ("change", "on", "says"),
    [
        ({"responded": False}, ["wte"], "No trust answered"),
        ({"wte": 5.0}, ["wte"], "same for every trust"),
        ({"wte": [None, 1, 2, 3, 4, 5]}, ["wte"], "no number under wte: A"),
        ({"twice": SIX["wte"] * 2}, ["wte", "twice"], "follows from the other columns"),
        ({"trust": list("AABCDE")}, ["wte"], "more than once: A"),
        ({}, ["beds"], "no column beds"),
    ],
)
def test_a_model_of_answering_that_cant_be_is_refused(change, on, says):
    with pytest.raises(InputError, match=says):
        response_weights(SIX.assign(**change), on)


def test_size_groups_are_cut_in_the_whole_frame():
    assert size_groups(SIX).str[0].astype(int).tolist() == [1, 2, 3, 1, 2, 3]
    with pytest.raises(InputError, match="too few different values"):
        size_groups(SIX.assign(wte=[1.0, 1, 1, 1, 1, 2]))


# --- adoption -----------------------------------------------------------------------------------------------------


def test_adoption_counts_trusts_and_carries_its_coverage():
    table = adoption(REPORTS, SIX)
    assert table[["role", "x", "n", "N"]].to_numpy().tolist() == [["psw", 2, 4, 6], ["na", 1, 4, 6]]
    low, high = finite_population_interval(2, 4, 6)
    assert table.loc[0, ["low", "high"]].tolist() == [low / 6, high / 6]
    assert table.loc[0, ["bound_low", "bound_high"]].tolist() == [2 / 6, 4 / 6]
    assert table["note"].unique().tolist() == ["1 report without an accepted role left out"]
    assert "hypergeometric" in table.loc[0, "method"]


def test_adoption_within_regions_keeps_those_without_answers():
    frame = SIX.assign(responded=[True, True, True, False, False, False])
    table = adoption(REPORTS[:3], frame, within="region", only=["psw", "never_seen"]).set_index(["region", "role"])
    assert table["x"].tolist() == [1, 0, 0, 0]
    assert table.loc[("South", "psw"), ["n", "N", "low", "high", "note"]].tolist() == [0, 3, 0, 1, "no trust answered"]
    assert np.isnan(table.loc[("South", "psw"), "estimate"])


def test_a_trust_has_a_kind_when_it_has_a_role_of_it():
    coding = pd.DataFrame({"role": ["psw", "na", "na"], "code": ["INN", "INN", "DEL"]})
    table = adoption(REPORTS, SIX, by="code", coding=coding)
    assert table[["code", "x"]].to_numpy().tolist() == [["INN", 3], ["DEL", 1]]
    assert "1 role without a code left out" in adopters(REPORTS, SIX, "code", coding[:1])[1]
    with pytest.raises(InputError, match="needs `coding`"):
        adoption(REPORTS, SIX, by="code")


@pytest.mark.parametrize(("method", "columns"), [("propensity", ["wte"]), ("post_stratified", ["region"])])
def test_weighted_adoption_lies_within_the_bounds(method, columns):
    table = adoption(REPORTS, SIX, method=method, adjust_for=columns)
    assert table["estimate"].between(table["low"], table["high"]).all()
    assert (table["low"] >= table["bound_low"]).all()
    assert (table["high"] <= table["bound_high"]).all()
    everyone = adoption(REPORTS, SIX, method=method, adjust_for=columns, only=["never_seen"]).iloc[0]
    assert everyone["note"].startswith("all answers agree: hypergeometric interval")
    assert everyone["high"] == finite_population_interval(0, 4, 6)[1] / 6


def test_post_stratified_adoption_by_hand():
    """North: 1 of 2 answers for 3 trusts; South: 1 of 2 for 5; so (1.5 + 2.5) / 8."""
    frame = pd.concat([SIX, SIX.tail(1).assign(trust=["G"]), SIX.tail(1).assign(trust=["H"])], ignore_index=True)
    table = adoption(REPORTS, frame, method="post_stratified", only=["psw"])
    assert table["estimate"].item() == pytest.approx(0.5)
    assert adjusted_weights(frame, "post_stratified").weight.tolist() == [1.5, 1.5, 2.5, 2.5]


def a_frame(**columns: str) -> pd.DataFrame:
    """Trusts A, B, C ...: one letter a trust in each column; responded: y or n."""
    frame = pd.DataFrame({name: list(letters) for name, letters in columns.items()})
    frame["responded"] = frame["responded"].eq("y")
    return frame.assign(trust=list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(frame)]))


def psw(trusts: str) -> pd.DataFrame:
    return pd.DataFrame({"trust": list(trusts), "role": "psw"})


@pytest.mark.parametrize("method", ["post_stratified", "raked"])
def test_answers_that_agree_in_each_region_leave_doubt(method):
    """Two regions of 5, two answers each, all in the North have the role: low and high were .5, by rounding."""
    frame = a_frame(region="NNNNNSSSSS", responded="yynnnyynnn")
    row = adoption(psw("AB"), frame, method=method, adjust_for=["region"]).iloc[0]
    low, high = finite_population_interval(2, 4, 10)
    assert row[["estimate", "low", "high"]].tolist() == pytest.approx([0.5, low / 10, high / 10])
    why = "answers agree within each group" if method == "post_stratified" else "the weighting explains every answer"
    assert row["note"].startswith(why)
    assert "all answers agree" not in row["note"]


def test_an_impossible_weighted_share_is_drawn_in_with_its_interval():
    """4 of 5 answers, 6 trusts: the raked share was above the 5/6 that are possible; low stood at .85 and high at .83."""
    frame = a_frame(region="NNNNSS", size="aabbab", responded="yyyyyn")
    row = adoption(psw("BCDE"), frame, method="raked", adjust_for=["region", "size"]).iloc[0]
    assert row[["low", "estimate", "high"]].tolist() == pytest.approx([4 / 6, 5 / 6, 5 / 6])  # 4 or 5 of 6 have it
    assert row["note"].startswith("the weighted share lies outside what the answers leave possible")


def test_a_region_that_all_answered_adds_no_doubt():
    """North 10 of 10 and South 4 of 40 answered, half of each have the role: the standard error was .178, by one correction.

    By hand: only the South counts, 40/50 of it, so the variance is .8^2 (1 - 4/40) .25 4/3 / 4 = .048.
    """
    frame = pd.DataFrame({"trust": [f"T{i}" for i in range(50)], "region": ["North"] * 10 + ["South"] * 40})
    frame["responded"] = frame.index < 14
    reports = pd.DataFrame({"trust": [f"T{i}" for i in (0, 1, 2, 3, 4, 10, 11)], "role": "psw"})
    row = adoption(reports, frame, method="post_stratified").iloc[0]
    z2, needed = 1.959964**2, 0.25 / 0.048
    half = 1.959964 * np.sqrt(0.25 / needed + z2 / (4 * needed**2)) / (1 + z2 / needed)
    assert row[["low", "high"]].tolist() == pytest.approx([0.5 - half, 0.5 + half], abs=1e-6)
    answers = frame[frame["responded"]].assign(has=lambda t: t["trust"].isin(reports["trust"]), N=[10] * 10 + [40] * 4)
    stratified = survey_estimates(answers, "has", strata="region", population="N").iloc[0]
    assert stratified[["estimate", "se"]].tolist() == pytest.approx([0.5, np.sqrt(0.048)])


def test_single_answers_of_regions_are_said():
    frame = a_frame(region="NNNNSS", responded="yyynyn")
    assert "a single answer in S" in adoption(psw("AB"), frame, method="post_stratified")["note"].item()
    alone = adoption(psw("A"), a_frame(region="NNSS", responded="ynyn"), method="post_stratified").iloc[0]
    assert alone["note"] == "a single answer in each group: hypergeometric interval instead of a standard error"
    assert alone[["low", "high"]].tolist() == [end / 4 for end in finite_population_interval(1, 2, 4)]


def test_wilsons_interval_stays_within_what_is_certain():
    """5 of 31 answers, 51 trusts: Wilson's low end is .0958, though 5 of 51 (.0980) surely have the role."""
    frame = pd.DataFrame({"trust": [f"T{i}" for i in range(51)], "responded": [i < 31 for i in range(51)]})
    row = adoption(pd.DataFrame({"trust": [f"T{i}" for i in range(5)], "role": "psw"}), frame, method="wilson").iloc[0]
    assert finite_population_wilson(5, 31, 51)[0] < 5 / 51
    assert row["low"] == 5 / 51


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_every_interval_holds_its_estimate_within_the_bounds(data):
    letters = st.tuples(st.sampled_from("NS"), st.sampled_from("ab"), st.sampled_from("yyn"), st.booleans())
    drawn = data.draw(st.lists(letters, min_size=3, max_size=10))
    region, size, responded = ("".join(column) for column in list(zip(*drawn, strict=True))[:3])
    frame = a_frame(region=region, size=size, responded=responded)
    having = [t for t, r, (*_, has) in zip(frame["trust"], frame["responded"], drawn, strict=True) if r and has]
    chosen = {"post_stratified": ["size"], "raked": ["region", "size"], "propensity": ["size"], "wilson": None}
    for method, adjust_for in chosen.items():
        try:
            row = adoption(psw("".join(having)), frame, method=method, adjust_for=adjust_for, only=["psw"]).iloc[0]
        except InputError:
            continue  # a group without answers, sizes all alike and so on
        ends = row[["bound_low", "low", "estimate", "high", "bound_high"]].astype(float)
        if row["n"]:
            assert ends.iloc[1] <= ends.iloc[2] <= ends.iloc[3]
            assert ends.diff().dropna().ge(-1e-12).all()
        if row["n"] < row["N"]:
            assert row["high"] - row["low"] > 1e-6 or row["bound_high"] - row["bound_low"] < 1e-6


@pytest.mark.parametrize(
    ("reports", "choices", "says"),
    [
        ({"trust": ["Z"], "role": ["psw"]}, {}, "aren't in the frame: Z"),
        ({"trust": ["C"], "role": ["psw"]}, {}, "didn't answer: C"),
        ({"trust": ["A"], "title": ["psw"]}, {}, "Add it with newroles.roles.with_roles"),
        ({"trust": ["A"], "role": [None]}, {}, "None of the reports has an accepted role"),
        ({"trust": ["A"], "role": ["psw"]}, {"method": "wilsons"}, "Did you mean 'wilson'"),
        ({"trust": ["A"], "role": ["psw"]}, {"by": "roles"}, "Did you mean 'role'"),
        ({"trust": ["A"], "role": ["psw"]}, {"adjust_for": ["wte"]}, "adjusts for nothing"),
        ({"trust": ["A"], "role": ["psw"]}, {"within": "icb"}, "no column icb"),
    ],
)
def test_adoption_that_cant_be_counted_is_refused(reports, choices, says):
    with pytest.raises(InputError, match=says):
        adoption(pd.DataFrame(reports), SIX, **choices)


def test_trusts_without_a_region_stay_in_the_count_of_response():
    table = response_by(SIX.assign(region=["North", None, None, "South", "South", "South"]))
    assert table[["region", "n"]].to_numpy().tolist() == [["North", 1], ["not known", 2], ["South", 3]]
    with pytest.raises(InputError, match="more than once"):
        response_by(pd.concat([SIX, SIX.head(1)]))


# --- small counts and funnels: bad input --------------------------------------------------------------------------


def test_counts_that_cant_be_are_refused():
    for count, exposure, method in ((-1, 1, "exact"), (1.5, 1, "exact"), (1, 0, "exact"), (1, 1, "normal")):
        with pytest.raises(InputError):
            poisson_interval(count, exposure, method)
    with pytest.raises(InputError, match="Row 2 of the counts has no count"):
        small_count_rates(pd.DataFrame({"count": [1, None], "exposure": [1, 1]}))


@pytest.mark.parametrize(
    ("x", "n", "says"),
    [
        ([1], [2], "two or more"),
        ([1, 3], [2, 2], "Row 2"),
        ([1, None], [2, 2], "Row 2"),
        ([0, 0], [2, 2], "nothing can vary"),
    ],
)
def test_funnels_that_cant_be_are_refused(x, n, says):
    with pytest.raises(InputError, match=says):
        funnel_limits(pd.DataFrame({"x": x, "n": n}))
    with pytest.raises(InputError, match="frame is smaller"):
        funnel_limits(pd.DataFrame({"x": [1, 2], "n": [3, 3]}), in_frame=1)


# --- when roles arrived -------------------------------------------------------------------------------------------


def dated(rows: list[tuple[str, str | None, str | None, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["trust", "role", "introduced", "reported_on"])


def test_arrivals_know_what_a_date_can_mean():
    reports = dated(
        [
            ("A", "psw", "2020", "2023-02-01"),
            ("A", "psw", "2019-06", "2023-03-01"),  # the earliest of a trust's reports counts
            ("B", "psw", None, "2023-01-15"),
            ("D", "psw", "2024", "2023-05-01"),  # planned: hasn't arrived
        ]
    )
    table = arrivals(reports, SIX, "psw").set_index("trust")
    assert table["state"].to_dict() == {"A": "dated", "B": "undated", "D": "not_reported", "E": "not_reported"}
    assert table.loc["A", ["arrived", "arrived_by"]].tolist() == [pd.Timestamp(2019, 6, 1), pd.Timestamp(2019, 6, 30)]
    assert table.loc["B", "arrived_by"] == pd.Timestamp(2023, 1, 15)
    assert table.loc["E", "seen_on"] == pd.Timestamp(2023, 5, 1)  # reported nothing: the study's last day


def test_curve_and_bounds_by_hand():
    """Four answers of six trusts: A in 2019, B undated; D answers without the role in 2021, E has it from 2022."""
    reports = dated(
        [
            ("A", "psw", "2019", "2023-01-01"),
            ("B", "psw", None, "2023-01-01"),
            ("D", "na", "2018", "2021-01-01"),
            ("E", "psw", "2022-05-01", "2023-01-01"),
        ]
    )
    table = adoption_curve(reports, SIX, "psw")
    assert table["at_risk"].tolist() == [3, 1, 0]
    assert table["estimate"].tolist() == pytest.approx([1 / 3, 1, 1])
    # 1 January 2019: nobody surely (A by the end of 2019); D and E surely not. Later D is unknown, B sure from 2023
    assert table["bound_low"].tolist() == pytest.approx([0, 2 / 6, 3 / 6])
    assert table["bound_high"].tolist() == pytest.approx([4 / 6, 1, 1])
    assert table[["undated", "n", "N"]].drop_duplicates().to_numpy().tolist() == [[1, 4, 6]]


def test_curves_equal_statsmodels():
    rng = np.random.default_rng(5)
    n = 30
    frame = pd.DataFrame({"trust": [f"T{i}" for i in range(n)], "responded": True})
    seen = pd.Timestamp(2020, 1, 1) + pd.to_timedelta(rng.integers(0, 1000, n), unit="D")
    came = pd.Timestamp(2018, 1, 1) + pd.to_timedelta(rng.integers(0, 60, n) * 40, unit="D")
    has = np.asarray(came <= seen)
    reports = pd.DataFrame(
        {
            "trust": frame["trust"],
            "role": np.where(has, "psw", "na"),
            "introduced": [str(day.date()) for day in came],
            "reported_on": seen,
        }
    )
    table = adoption_curve(reports, frame, "psw")
    table = table[table["introduced"] > 0]
    theirs = SurvfuncRight((np.where(has, came, seen).astype("datetime64[D]")).astype(float), has.astype(int))
    assert table["estimate"].to_numpy() == pytest.approx(1 - theirs.surv_prob, abs=1e-12)
    middle = table["estimate"].sub(0.4).abs().idxmin()  # the log-log interval, from statsmodels' standard error
    without, se = 1 - table.loc[middle, "estimate"], theirs.surv_prob_se[table.index.get_loc(middle)]
    ends = np.log(-np.log(without)) + np.array([-1, 1]) * 1.959964 * se / (without * abs(np.log(without)))
    assert table.loc[middle, ["low", "high"]].tolist() == pytest.approx((1 - np.exp(-np.exp(ends))).tolist(), abs=1e-6)


def test_curves_that_nobody_can_draw_are_refused():
    everyone = SIX[SIX["trust"] == "A"]
    with pytest.raises(InputError, match="no curve to draw"):
        adoption_curve(dated([("A", "psw", None, "2023-01-01")]), everyone, "psw")
    with pytest.raises(InputError, match="isn't a date"):
        adoption_curve(dated([("A", "psw", "about 2019", "2023-01-01")]), everyone, "psw")
    with pytest.raises(InputError, match="no column 'introduced'"):
        adoption_curve(REPORTS, SIX, "psw")
    nobody = adoption_curve(dated([("A", "na", None, "2023-01-01")]), everyone, "psw").iloc[-1]
    assert (nobody["estimate"], nobody["low"]) == (0, 0)
    assert nobody["note"] == "all trusts alike: exact binomial interval of the one trust known at this date"


def test_a_curve_that_ends_at_one_knows_how_few_trusts_are_left():
    """A has it since 2019, D was last seen without it in 2021, E has it since 2022: low was .29, as if 3 of 3 had it."""
    reports = dated(
        [("A", "psw", "2019", "2023-01-01"), ("D", "na", None, "2021-01-01"), ("E", "psw", "2022", "2023-01-01")]
    )
    table = adoption_curve(reports, SIX[SIX["trust"].isin(list("ADE"))].assign(responded=True), "psw")
    assert table["estimate"].tolist() == pytest.approx([1 / 3, 1, 1])
    assert table["low"].tolist()[1:] == pytest.approx([np.sqrt(0.025)] * 2)  # 2 of 2, by hand: low^2 = .025
    assert table["note"].iloc[1].endswith("of the 2 trusts known at this date")


def test_trusts_without_a_date_count():
    """One trust with a date, three without, one without the role, of five: the curve ended at .5, below its bound of .8."""
    rows = [("A", "psw", "2019", "2023-01-01"), ("F", "na", None, "2023-01-01")]
    rows += [(trust, "psw", None, "2023-01-01") for trust in "BCD"]
    table = adoption_curve(dated(rows), SIX[SIX["trust"] != "E"].assign(responded=True), "psw")
    assert table["estimate"].tolist() == pytest.approx([0.8, 0.8])
    assert table["bound_low"].tolist() == [0, 0.8]
    # by hand: with share s in 2019, the likelihood is s^4 (1 - s); the ends lie 1.92 below its logarithm at .8
    for end in table[["low", "high"]].iloc[0]:
        assert 4 * np.log(end / 0.8) + np.log((1 - end) / 0.2) == pytest.approx(-1.9207, abs=1e-3)
    assert table["method"].str.startswith("Turnbull's estimate").all()


# --- what was planted is found ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def repeated() -> pd.DataFrame:
    """100 national parts: larger trusts answer more often and have more roles. Errors and coverage of two estimators."""
    spec = StudySpec()
    variants = draw_variants(load_codebook("roles").codes, spec, np.random.default_rng(1))
    frame = draw_trusts(spec, np.random.default_rng(1))
    rows = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        frame["wte"] = np.exp(rng.normal(np.log(spec.trust_wte_median), spec.trust_wte_spread, len(frame)))
        log_odds = np.log(spec.response_odds_per_doubling) * doublings(frame["wte"], spec)
        for region, wanted in spec.responded_by_region.items():
            here = frame["region"].eq(region)
            frame.loc[here, "responded"] = draw_fixed_number(log_odds[here].to_numpy(), wanted, rng)
        chances = adoption_probabilities(frame, variants, spec).to_numpy()
        frame["roles"] = (rng.random(chances.shape) < chances).sum(axis=1)
        answers, true = frame[frame["responded"]], frame["roles"].sum()
        for name, weights in {"naive": None, "propensity": response_weights(frame)}.items():
            row = survey_estimates(answers, "roles", "total", weights, population=len(frame)).iloc[0]
            rows.append((name, row["estimate"] - true, row["se"], row["low"] <= true <= row["high"]))
    table = pd.DataFrame(rows, columns=["estimator", "error", "se", "covered"]).groupby("estimator")
    return table.agg(bias=("error", "mean"), sd=("error", "std"), se=("se", "mean"), cover=("covered", "mean"))


def test_weighting_by_the_chance_of_answering_removes_the_planted_bias(repeated):
    """Bias within three standard errors of 0 where size is allowed for, and far beyond three where it isn't."""
    off = repeated["bias"] / (repeated["sd"] / 10)
    assert abs(off["propensity"]) < 3
    assert off["naive"] > 6


def test_intervals_cover_as_often_as_they_say(repeated):
    """Of 100 intervals at 95%, fewer than 89 would be covered less than once in a hundred times (binomial)."""
    assert repeated.loc["propensity", "cover"] >= 0.89
    assert repeated.loc["naive", "cover"] < repeated.loc["propensity", "cover"]
    assert repeated.loc["propensity", "se"] == pytest.approx(repeated.loc["propensity", "sd"], rel=0.25)


def test_the_example_studys_national_total_is_recovered():
    """data/example_study.truth.yml: 420 roles in trusts, 469 by the naive total; larger trusts answered more often."""
    truth = read_yaml(data_folder() / "example_study.truth.yml")
    frame = pd.read_csv(data_folder() / "example_study/trusts.csv", true_values=["yes"], false_values=["no"])
    frame = frame.set_index("trust", drop=False)
    held = pd.Series([trust for trusts in truth["present_in"].values() for trust in trusts]).value_counts()
    answers = frame[frame["responded"]].assign(roles=lambda t: held.reindex(t.index, fill_value=0))
    planted = truth["naive_totals"]["roles_in_trusts"]
    naive = survey_estimates(answers, "roles", "total", population=len(frame)).iloc[0]
    weighted = survey_estimates(answers, "roles", "total", response_weights(frame), population=len(frame)).iloc[0]
    assert naive["estimate"] == pytest.approx(planted["naive"], abs=0.001)
    assert abs(weighted["estimate"] - planted["true"]) < abs(planted["naive"] - planted["true"]) / 2
    assert weighted["low"] <= planted["true"] <= weighted["high"]


def test_shares_of_trusts_are_covered_at_their_level():
    """400 roles, shares from 3% to 90%, a random 31 of 51 answering: the exact interval covers at least 95%, Wilson's about."""
    rng = np.random.default_rng(3)
    N, n = 51, 31
    having = rng.binomial(N, expit(rng.uniform(logit(0.03), logit(0.9), 400)))
    covered = {"exact": 0, "wilson": 0}
    for K in having:
        x = int(rng.hypergeometric(K, N - K, n))
        low, high = finite_population_interval(x, n, N)
        covered["exact"] += low <= K <= high
        low_share, high_share = finite_population_wilson(x, n, N)
        covered["wilson"] += low_share <= K / N <= high_share
    assert covered["exact"] >= 0.95 * 400
    assert 0.90 * 400 <= covered["wilson"] < covered["exact"]

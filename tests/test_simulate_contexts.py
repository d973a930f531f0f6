"""Contexts and functioning of the invented study: what was planted is found by other means, and rates are obeyed.

Known answers: covariance algebra over constructs and items written out here; regressions by statsmodels on a large draw;
the binomial distribution for blanks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binom
from statsmodels.miscmodels.ordinal_model import OrderedModel

from newroles.datasets import check_study, load_codebook
from newroles.datasets.schemas import table_schema
from newroles.errors import InputError
from newroles.simulate.contexts import (
    CONSTRUCTS,
    FUNCTIONING,
    INDICATORS,
    TRUST_INDICATORS,
    ContextsSpec,
    DrawnContexts,
    draw_contexts,
)
from newroles.simulate.folder import as_text
from newroles.simulate.functioning import draw_functioning

FEW_PARTS = dict.fromkeys(FUNCTIONING, 0.0)  # no part of the trust: rows are independent given their contexts
CONDITIONS = {"leadership_support": 3, "role_agreed": 3, "supervision_time": 2, "vacancy_rate": 0.12}


def frame(trusts: int, teams_each: int, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trusts of different sizes; of each one's teams the first is a case team, the second in the panel, the rest surveyed."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"trust": [f"X{i:04d}" for i in range(trusts)]})
    frame["wte"] = np.exp(rng.normal(8, 0.5, trusts)).round()
    follow = np.array(["case", "panel"] + ["surveyed"] * teams_each)[:teams_each]
    places = pd.DataFrame(
        {"trust": np.repeat(frame["trust"].to_numpy(), teams_each), "follow": np.tile(follow, trusts)}
    )
    places.insert(0, "team", [f"T{i:05d}" for i in range(len(places))])
    return frame, places


@pytest.fixture(scope="module")
def large() -> tuple[pd.DataFrame, pd.DataFrame, DrawnContexts]:
    trusts, places = frame(400, 60)
    return trusts, places, draw_contexts(trusts, places, ContextsSpec(), np.random.default_rng(5))


@pytest.fixture(scope="module")
def functioning(large: Any) -> pd.DataFrame:
    """One row per team of the large draw, a column per measure, with no parts of trusts."""
    _, places, drawn = large
    rows, _ = draw_functioning(places, drawn, ContextsSpec(trust_sd=FEW_PARTS), np.random.default_rng(6))
    wide = rows.set_index(["unit", "measure"])["value"].unstack()  # noqa: PD010
    return wide.loc[drawn.constructs.index]


def standardised_items() -> tuple[np.ndarray, np.ndarray]:
    """Correlations among the nine items (reversed if they load negatively), and of them with the three constructs."""
    spec = ContextsSpec()
    among = np.full((3, 3), spec.construct_correlation) + (1 - spec.construct_correlation) * np.eye(3)
    loads = np.zeros((9, 3))
    for i, (name, j) in enumerate((name, j) for j, names in enumerate(CONSTRUCTS.values()) for name in names):
        loads[i, j] = abs(spec.loading[name]) / np.sqrt(spec.loading[name] ** 2 + spec.noise[name] ** 2)
    items = loads @ among @ loads.T
    np.fill_diagonal(items, 1)
    return items, loads @ among


# --- parameters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"trust_share": 1.2}, "trust_share: 1.2 is impossible: expected a number from 0 to 1"),
        ({"missing_odds_per_doubling": 0}, "missing_odds_per_doubling: 0 is impossible"),
        ({"loading": {"team_climat": 0.4}}, "loading: unknown 'team_climat'. Did you mean 'team_climate'"),
        ({"noise": {**ContextsSpec().noise, "role_agreed": -1}}, "noise: -1 for 'role_agreed' is impossible"),
        ({"trust_noise": {"vacancy_rate": 0.1}}, "trust_noise: no value for leadership_support"),
        (
            {"indicator_mean": {**ContextsSpec().indicator_mean, "vacancy_rate": 12}},
            "12 for 'vacancy_rate'.*expected 0 to 1",
        ),
        ({"trust_sd": {"complaints": 1}}, "trust_sd: no value for team_functioning"),
        ({"intercept": {**FEW_PARTS}}, "intercept: unknown 'service_rating'"),
        ({"rating_cuts": {2: 1, 3: 0, 4: 2}}, "rating_cuts: expected values for .2, 3, 4., none below"),
        ({"rating_cuts": {2: 1, 3: 2}}, "rating_cuts"),
        ({"respondents": {"service_users": 0, "existing_roles": 3}}, "respondents: 0 for 'service_users'"),
        ({"climate": 1}, "Unknown parameter 'climate'"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        ContextsSpec.from_values(values)


def test_an_indicator_that_measures_nothing_and_never_varies_is_refused() -> None:
    spec = ContextsSpec()
    with pytest.raises(InputError, match="'team_climate' has neither loading nor noise"):
        ContextsSpec(loading={**spec.loading, "team_climate": 0}, noise={**spec.noise, "team_climate": 0})


def test_a_team_of_no_known_trust_is_refused() -> None:
    trusts, places = frame(2, 2)
    with pytest.raises(InputError, match="Team 'T00002' is in a trust that isn't in the frame"):
        draw_contexts(trusts[:1], places, ContextsSpec(), np.random.default_rng(1))


def test_ranges_are_those_of_the_codebooks() -> None:
    codes = load_codebook("contexts").codes.set_index("id")
    for name, (low, high, _) in INDICATORS.items():
        assert (float(codes.loc[name, "low"]), float(codes.loc[name, "high"])) == (low, high), name
    effects = load_codebook("effects").codes.set_index("id")
    assert dict(effects.loc[list(FUNCTIONING), "group"]) == dict(FUNCTIONING)
    assert float(effects.loc["complaints", "high"]) == 500


# --- what a study sees ----------------------------------------------------------------------------------------------


def test_the_tables_fit_a_study_folder(tiny_study: Path) -> None:
    trusts, places = frame(3, 4)
    drawn = draw_contexts(trusts, places, ContextsSpec(missing=0.5), np.random.default_rng(1))
    rows, _ = draw_functioning(places, drawn, ContextsSpec(), np.random.default_rng(1))
    for name in (
        "reports",
        "title_decisions",
        "codings",
        "segments",
        "people",
        "ties",
        "events",
        "tasks",
        "competencies",
    ):
        (tiny_study / f"{name}.csv").unlink()
    columns = table_schema("reports").columns
    report = pd.DataFrame([["r1", trusts["trust"][0], "interview", "Peer Worker"]], columns=columns[:4])
    report.reindex(columns=columns).assign(reported_on="2023-05-01").to_csv(tiny_study / "reports.csv", index=False)
    trusts["name"], trusts["region"], trusts["responded"] = trusts["trust"], "Midlands", "yes"
    trusts["icb"], trusts["sector"] = "", "nhs"
    tables = {"trusts": trusts, "contexts": drawn.table, "outcomes": rows}
    tables["teams"] = places[["team", "trust"]].assign(setting="community", new_role="", introduced="")
    for name, table in tables.items():
        columns = table_schema(name).columns
        as_text(table[columns]).to_csv(tiny_study / f"{name}.csv", index=False)
        if name in ("contexts", "outcomes"):
            assert list(table.columns) == columns
    meta = (tiny_study / "study.yml").read_text(encoding="utf-8")
    (tiny_study / "study.yml").write_text(meta.replace("[own_forms.yml]", "[contexts, effects]"), encoding="utf-8")
    problems = check_study(tiny_study)
    assert problems[problems["table"].isin(["contexts", "outcomes"])].empty, problems.to_string()
    assert not problems["severity"].eq("error").any(), problems.to_string()


def test_the_table_shows_the_indicators_and_blanks_only_surveyed_teams(large: Any) -> None:
    trusts, places, drawn = large
    of_teams = drawn.table[drawn.table["unit_kind"] == "team"].set_index("unit")
    shown = of_teams["value"].to_numpy().reshape(len(places), len(INDICATORS))
    held = drawn.indicators.to_numpy()
    assert drawn.indicators.notna().all().all()
    assert of_teams["indicator"].tolist()[:9] == list(drawn.indicators.columns) == list(INDICATORS)
    assert np.array_equal(shown[~np.isnan(shown)], held[~np.isnan(shown)])
    closely = places["follow"].isin(["case", "panel"]).to_numpy()
    assert not np.isnan(shown[closely]).any()
    chance = places.loc[~closely, "trust"].map(drawn.truth["blank_probability"])
    blanks, n = np.isnan(shown[~closely]), (~closely).sum() * 9
    assert binom.ppf(1e-5, n, chance.mean()) <= blanks.sum() <= binom.ppf(1 - 1e-5, n, chance.mean())
    # log-odds of a blank on doublings of the median trust: the slope is log 1.5, the level logit 0.08
    doublings = np.log2(places["trust"].map(trusts.set_index("trust")["wte"]) / trusts["wte"].median())[~closely]
    counts = np.column_stack([blanks.sum(axis=1), 9 - blanks.sum(axis=1)])
    fit = sm.GLM(counts, sm.add_constant(doublings.to_numpy()), family=sm.families.Binomial()).fit()
    assert np.all(np.abs(fit.params - [np.log(0.08 / 0.92), np.log(1.5)]) < 4.5 * fit.bse)


def test_whole_trusts_have_figures_whether_or_not_they_have_teams() -> None:
    trusts, places = frame(30, 1)
    drawn = draw_contexts(trusts, places[:5], ContextsSpec(missing=1), np.random.default_rng(2))
    of_trusts = drawn.table[drawn.table["unit_kind"] == "trust"]
    assert of_trusts.groupby("indicator")["unit"].agg(list).to_dict() == {
        name: trusts["trust"].tolist() for name in TRUST_INDICATORS
    }
    assert of_trusts["value"].notna().all()


def test_conditions_hold_in_about_half_of_teams_and_survive_the_table(large: Any) -> None:
    indicators = large[2].indicators
    for name, threshold in CONDITIONS.items():
        holds = indicators[name] >= threshold
        assert 0.44 < holds.mean() < 0.56, name
        assert ((as_text(indicators[[name]])[name].astype(float) >= threshold) == holds).all()
    assert 0.4 < indicators["role_agreed"].corr(indicators["supervision_time"]) < 0.5


# --- what is really there -------------------------------------------------------------------------------------------


def test_constructs_have_the_planted_variance_and_correlation(large: Any) -> None:
    _, places, drawn = large
    scores = drawn.constructs
    assert_allclose(scores.mean(), 0, atol=0.12)  # 400 trusts: standard error 0.03
    assert_allclose(scores.cov(), 0.3 + 0.7 * np.eye(3), atol=0.08)
    # between and within trusts: one-way analysis of variance, 60 teams in each
    by_trust = scores.groupby(places["trust"].to_numpy())
    within = by_trust.var().mean()
    between = by_trust.mean().var() - within / 60
    assert_allclose(within, 0.7, atol=0.03)
    assert_allclose(between, 0.3, atol=0.08)


def test_reliability_of_items_and_scales_follows_from_the_loadings(large: Any) -> None:
    _, places, drawn = large
    items, with_constructs = standardised_items()
    for j, (construct, names) in enumerate(CONSTRUCTS.items()):
        block = items[3 * j : 3 * j + 3, 3 * j : 3 * j + 3]
        truth = drawn.truth["scales"][construct]
        assert truth["alpha"] == pytest.approx(3 / 2 * (1 - np.trace(block) / block.sum()), abs=2e-6)
        squared = with_constructs[3 * j : 3 * j + 3, j].sum() ** 2 / block.sum()
        assert truth["omega"] == pytest.approx(squared, abs=2e-6)
        own = drawn.indicators[list(names)]
        signs = np.sign([ContextsSpec().loading[name] for name in names])
        drawn_items = np.corrcoef((own * signs).T)
        assert truth["alpha"] == pytest.approx(3 / 2 * (1 - 3 / drawn_items.sum()), abs=0.015)
        for name in names:
            squared = own[name].corr(drawn.constructs[construct]) ** 2
            assert drawn.truth["indicators"][name]["reliability"] == pytest.approx(squared, abs=0.02)
            assert drawn.truth["indicators"][name]["between_trusts"] == pytest.approx(
                intraclass_correlation(own[name], places["trust"].to_numpy()), abs=0.05
            )


def intraclass_correlation(values: pd.Series, trust: np.ndarray) -> float:
    """One-way analysis of variance with 60 teams in each trust."""
    groups = values.groupby(trust)
    within = groups.var().mean()
    between = groups.mean().var() - within / 60
    return float(between / (between + within))


def test_figures_of_whole_trusts_say_as_much_about_their_teams_as_planted(large: Any) -> None:
    _, places, drawn = large
    of_trusts = drawn.table[drawn.table["unit_kind"] == "trust"].set_index(["indicator", "unit"])["value"]
    for name, construct in (("vacancy_rate", "service"), ("leadership_support", "culture")):
        means = drawn.constructs[construct].groupby(places["trust"].to_numpy()).mean()
        # a mean of 60 teams is the trust's part with error: 0.3 of 0.3 + 0.7 / 60
        squared = means.corr(of_trusts.loc[name]) ** 2 / (0.3 / (0.3 + 0.7 / 60))
        assert drawn.truth["trust_reliability"][name] == pytest.approx(squared, abs=0.06)


def test_hardly_a_value_is_cut_off_and_those_that_are_get_counted(large: Any) -> None:
    for name, each in large[2].truth["indicators"].items():
        assert each["clipped"] < 0.001 * 24_400, name
    trusts, places = frame(50, 4)
    noise = {**ContextsSpec().noise, "vacancy_rate": 10.0}
    drawn = draw_contexts(trusts, places, ContextsSpec(noise=noise), np.random.default_rng(1))
    at_ends = drawn.indicators["vacancy_rate"].isin([0, 1]).sum()
    assert 150 < at_ends <= drawn.truth["indicators"]["vacancy_rate"]["clipped"] + 1


# --- how teams function ---------------------------------------------------------------------------------------------


def assert_near(estimates: Any, errors: Any, truth: Any) -> None:
    assert np.all(np.abs(np.asarray(estimates) - np.asarray(truth)) < 4.5 * np.asarray(errors)), estimates


def test_linear_and_logistic_regression_find_the_planted_coefficients(large: Any, functioning: pd.DataFrame) -> None:
    scores = sm.add_constant(large[2].constructs.to_numpy())
    linear = sm.OLS(functioning["team_functioning"].to_numpy(), scores).fit()
    assert_near(linear.params, linear.bse, [60, 5, 3, 2])
    assert linear.mse_resid**0.5 == pytest.approx(5, abs=0.12)
    logistic = sm.Logit(functioning["waiting_standard_met"].to_numpy(), scores).fit(disp=False)
    assert_near(logistic.params, logistic.bse, [0.2, 0.3, 0.9, 0.2])


def test_negative_binomial_and_ordered_regression_find_the_planted_coefficients(
    large: Any, functioning: pd.DataFrame
) -> None:
    scores = large[2].constructs.to_numpy()[:6000]
    some = functioning[:6000]
    counts = sm.NegativeBinomial(some["complaints"].to_numpy(), sm.add_constant(scores)).fit(disp=False, maxiter=200)
    assert_near(counts.params, counts.bse, [1.8, -0.25, -0.3, 0, 0.3])
    ordered = OrderedModel(some["service_rating"].astype(int).to_numpy(), scores, distr="logit").fit(
        disp=False, maxiter=200, method="bfgs"
    )
    assert_near(ordered.params[:3], ordered.bse[:3], [0.8, 0.6, 0.4])
    cuts = ordered.model.transform_threshold_params(ordered.params)[1:-1]
    assert_allclose(cuts, [-2, -0.2, 1.9], atol=0.2)


def test_trusts_differ_by_the_planted_amount(large: Any) -> None:
    _, places, drawn = large
    rows, truth = draw_functioning(places, drawn, ContextsSpec(), np.random.default_rng(8))
    assert truth["measures"]["team_functioning"]["trust_sd"] == 3
    values = rows.loc[rows["measure"] == "team_functioning", "value"].to_numpy()
    rest = pd.Series(values - drawn.constructs.to_numpy() @ [5, 3, 2] - 60)
    assert rest.groupby(places["trust"].to_numpy()).mean().std() == pytest.approx((9 + 25 / 60) ** 0.5, rel=0.15)


def test_scale_means_give_the_coefficients_that_the_truth_expects(large: Any, functioning: pd.DataFrame) -> None:
    _, truth = draw_functioning(large[1][:1], large[2], ContextsSpec(), np.random.default_rng(1))
    expected = truth["measures"]["team_functioning"]["with_scale_means"]
    # by algebra over nine items: normal equations of the three means
    items, with_constructs = standardised_items()
    means = np.kron(np.eye(3), np.full(3, 1 / 3))
    exact = np.linalg.solve(means @ items @ means.T, means @ with_constructs @ [5, 3, 2])
    assert_allclose(list(expected["per_unit"].values()), exact, atol=2e-6)
    spreads = np.sqrt(np.diag(means @ items @ means.T))
    assert_allclose(list(expected["per_standard_deviation"].values()), exact * spreads, atol=2e-6)
    # as a naive analyst would
    signs = np.sign([ContextsSpec().loading[name] for name in INDICATORS])
    z = (large[2].indicators - large[2].indicators.mean()) / large[2].indicators.std() * signs
    scales = np.column_stack([z[list(names)].mean(axis=1) for names in CONSTRUCTS.values()])
    naive = sm.OLS(functioning["team_functioning"].to_numpy(), sm.add_constant(scales)).fit()
    assert_allclose(naive.params[1:], list(expected["per_unit"].values()), atol=0.25)
    assert naive.params[3] - 2 > 0.3, "profession takes over some of what culture does"


def test_n_is_the_number_of_people_asked(large: Any) -> None:
    rows, _ = draw_functioning(large[1], large[2], ContextsSpec(), np.random.default_rng(1))
    assert rows["n"].min() >= 1
    means = rows.groupby("group")["n"].mean()
    assert means["service_users"] == pytest.approx(90, abs=0.3)
    assert means["existing_roles"] == pytest.approx(14, abs=0.15)


# --- same seed, extremes --------------------------------------------------------------------------------------------


def test_the_same_state_gives_the_same_contexts_and_another_gives_others() -> None:
    trusts, places = frame(4, 4)
    drawn = [draw_contexts(trusts, places, ContextsSpec(), np.random.default_rng(seed)) for seed in (9, 9, 10)]
    pd.testing.assert_frame_equal(drawn[0].table, drawn[1].table)
    assert drawn[0].truth == drawn[1].truth
    assert not drawn[0].table["value"].equals(drawn[2].table["value"])
    rows = [draw_functioning(places, drawn[0], ContextsSpec(), np.random.default_rng(seed)) for seed in (9, 9, 10)]
    pd.testing.assert_frame_equal(rows[0][0], rows[1][0])
    assert rows[0][1] == rows[1][1]
    assert not rows[0][0]["value"].equals(rows[2][0]["value"])


def test_without_teams_there_are_only_figures_of_trusts() -> None:
    trusts, places = frame(3, 2)
    drawn = draw_contexts(trusts, places[:0], ContextsSpec(), np.random.default_rng(1))
    assert drawn.table["unit_kind"].tolist() == ["trust"] * 6
    rows, truth = draw_functioning(places[:0], drawn, ContextsSpec(), np.random.default_rng(1))
    assert rows.empty
    assert truth["constructs"] == {}


@pytest.mark.parametrize("end", [0, 1])
def test_shares_of_nothing_and_of_everything(end: int) -> None:
    trusts, places = frame(3, 5)
    spec = ContextsSpec(trust_share=end, construct_correlation=end, missing=end, complaints_dispersion=0)
    drawn = draw_contexts(trusts, places, spec, np.random.default_rng(1))
    blanks = drawn.table[drawn.table["unit_kind"] == "team"].groupby("unit")["value"].apply(lambda v: v.isna().mean())
    assert (blanks[places.set_index("team")["follow"].eq("surveyed")[blanks.index]] == end).all()
    if end:
        assert_allclose(drawn.constructs.groupby(places["trust"].to_numpy()).std(), 0, atol=1e-12)
        assert_allclose(drawn.constructs["culture"], drawn.constructs["service"])


def test_far_too_many_complaints_are_cut_off_and_counted() -> None:
    trusts, places = frame(2, 3)
    drawn = draw_contexts(trusts, places, ContextsSpec(), np.random.default_rng(1))
    spec = ContextsSpec(intercept={"team_functioning": 500.0, "waiting_standard_met": 900.0, "complaints": 50.0})
    rows, truth = draw_functioning(places, drawn, spec, np.random.default_rng(1))
    highest = rows.groupby("measure")["value"].min()
    assert highest[["team_functioning", "waiting_standard_met", "complaints"]].tolist() == [100, 1, 500]
    assert truth["measures"]["complaints"]["clipped"] == truth["measures"]["team_functioning"]["clipped"] == 6


@settings(max_examples=15, deadline=None)
@given(
    noise=st.floats(0, 5), loading=st.floats(-3, 3).filter(lambda x: abs(x) > 0.01), between=st.floats(0, 1),
    teams=st.integers(1, 3), seed=st.integers(0, 99),
)  # fmt: skip
def test_every_value_is_possible_whatever_the_parameters(
    noise: float, loading: float, between: float, teams: int, seed: int
) -> None:
    trusts, places = frame(2, teams)
    spec = ContextsSpec(
        noise=dict.fromkeys(INDICATORS, noise), loading=dict.fromkeys(INDICATORS, loading), trust_share=between
    )
    drawn = draw_contexts(trusts, places, spec, np.random.default_rng(seed))
    for name, (low, high, decimals) in INDICATORS.items():
        assert drawn.indicators[name].between(low, high).all()
        assert (drawn.indicators[name] == drawn.indicators[name].round(decimals)).all()
        assert (
            0
            <= drawn.truth["indicators"][name]["between_trusts"]
            <= drawn.truth["indicators"][name]["reliability"]
            <= 1
        )
    for construct in CONSTRUCTS:
        assert 0 < drawn.truth["scales"][construct]["alpha"] <= 1
    rows, truth = draw_functioning(places, drawn, spec, np.random.default_rng(seed))
    assert rows.loc[rows["measure"] == "service_rating", "value"].isin([1, 2, 3, 4]).all()
    assert np.isfinite(list(truth["measures"]["team_functioning"]["with_scale_means"]["per_unit"].values())).all()

"""Contexts on open data and in a study: who is compared, what chance would give, and what is drawn towards the mean."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose

from newroles import contexts
from newroles.contexts.pairs import STEP
from newroles.contexts.random_intercept import deviance_at
from newroles.datasets import Study, load_codebook, load_open, load_study
from newroles.errors import InputError

TABLES = ["staff_groups", "staff_survey", "sickness_absence", "mental_health_trusts"]


@cache
def panel() -> contexts.TrustPanel:
    return contexts.trust_panel(*[load_open(name) for name in TABLES])


@cache
def services() -> pd.DataFrame:
    return contexts.therapies_panel(load_open("talking_therapies")).rows


def invented(trusts: int = 24, years: int = 3, effect: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """Rows of a panel in three regions; the outcome rises by `effect` points per ten points of nurses."""
    rng = np.random.default_rng(seed)
    code = np.repeat(np.arange(trusts), years)
    nurses, doctors = rng.uniform(0.2, 0.4, trusts), rng.uniform(0.02, 0.1, trusts)
    points = 30 + effect * nurses[code] / 0.1 + rng.normal(size=trusts)[code] + rng.normal(size=len(code))
    made = {"trust": [f"X{i:02}" for i in code], "region": np.array(["A", "B", "C"])[code % 3]}
    made |= {
        "size_doublings": rng.normal(12, 1, trusts)[code],
        "outcome": "autonomy",
        "year": [str(y) for y in range(years)] * trusts,
    }
    return pd.DataFrame(made).assign(value=points / 100, n=100, nurses_2018=nurses[code], doctors_2018=doctors[code])


# --- which trusts are compared ---------------------------------------------------------------------------------------


def test_every_trust_of_the_list_is_compared_or_left_out_with_a_reason():
    listed = set(load_open("mental_health_trusts")["trust"])
    out = panel().exclusions
    assert set(panel().rows["trust"]) | set(out.loc[out["left_out_of"].eq("all"), "trust"]) == listed
    assert not set(panel().rows["trust"]) & set(out.loc[out["left_out_of"].eq("all"), "trust"])
    assert dict(zip(out["trust"], out["left_out_of"], strict=True)) == {
        "G6V2S": "all", "R1F3": "all", "R1C": "sickness_absence", "RRP": "sickness_absence", "TAF": "sickness_absence",
        "RRE": "change", "RW4": "change",
    }  # fmt: skip  # the records of the open tables name these for these reasons


def test_shares_are_those_of_the_open_table_by_hand():
    groups = load_open("staff_groups").set_index(["trust", "staff_group"])
    row = panel().rows.query("trust == 'R1A'").iloc[0]
    support = groups.loc["R1A"].reindex(
        ["support_to_doctors_and_nurses", "support_to_therapeutic_technical", "support_to_ambulance_staff"]
    )
    assert row["support_to_clinical_2018"] == pytest.approx(support["share_2018"].sum())
    assert row["nurses_change"] == pytest.approx(0.3407 - 0.3489)
    assert panel().rows.query("trust in ['RRE', 'RW4']")["nurses_change"].isna().all()


def test_a_type_can_be_left_out_and_an_unknown_word_is_refused():
    tables = [load_open(name) for name in TABLES]
    without = contexts.trust_panel(*tables, without_types=["community provider trust"])
    assert without.rows["trust"].nunique() == 48
    with pytest.raises(InputError, match="The survey has no 'autonomi'.*autonomy"):
        contexts.trust_panel(*tables, survey=["autonomi"])
    with pytest.raises(InputError, match="No trust is a 'community'"):
        contexts.trust_panel(*tables, without_types=["community"])


# --- pairs -----------------------------------------------------------------------------------------------------------


def test_a_pair_is_least_squares_with_cr2_by_trust():
    data = (
        panel()
        .rows.query("outcome == 'autonomy'")
        .assign(points=lambda t: 100 * t["value"], share=lambda t: 10 * t["doctors_2018"])
    )
    fit = smf.ols("points ~ share + size_doublings + region + year", data).fit()
    by_hand = contexts.cr2(fit, data["trust"]).set_index("term").loc["share"]
    found = contexts.fit_pairs(data, checks=False).set_index("skill_mix").loc["doctors"]
    assert_allclose(
        found[["estimate", "se", "df"]].astype(float), by_hand[["estimate", "se", "df"]].astype(float), rtol=1e-8
    )
    assert found["n"] == 200
    assert found["clusters"] == 50


def test_holm_counts_all_pairs_of_the_table():
    found = contexts.fit_pairs(invented(effect=8.0), checks=False)
    p = found["p"].sort_values().to_numpy()
    assert_allclose(np.sort(found["p_holm"]), np.maximum.accumulate(np.minimum(p * [2, 1], 1)))  # by hand, two pairs
    nurses = found.set_index("skill_mix").loc["nurses"]
    assert nurses["low"] < 8 < nurses["high"]
    assert nurses["p_holm"] < 0.01


def test_a_pair_that_cannot_be_fitted_says_why_and_the_others_are_fitted():
    data = invented().assign(doctors_2018=0.05)
    found = contexts.fit_pairs(data, checks=False).set_index("skill_mix")
    assert np.isnan(found.loc["doctors", "estimate"])
    assert "0.5 in every row" in found.loc["doctors", "note"]
    assert found.loc["nurses", "p_holm"] == found.loc["nurses", "p"]
    few = contexts.fit_pairs(invented(trusts=6), checks=False)
    assert few["estimate"].isna().all()
    assert few["note"].str.contains("6 clusters").all()
    flat = contexts.fit_pairs(invented().assign(value=0.3), checks=False)
    assert flat["note"].str.contains("doesn't vary").all()


def test_what_would_break_every_pair_is_named_before_anything_is_shuffled():
    flat = invented().assign(value=0.3)
    for ask in (contexts.pairs_without_each, lambda rows: contexts.shuffled_pairs(rows, np.random.default_rng(1))):
        with pytest.raises(InputError, match="'points' is 30.0 in each of the 72 rows"):
            ask(flat)
        with pytest.raises(InputError, match="6 clusters"):
            ask(invented(trusts=6))


def test_a_trust_alone_in_its_region_leaves_the_other_regions_their_estimate():
    alone = invented(effect=8.0)
    alone.loc[alone["trust"].eq("X00"), "region"] = "Z"
    found = contexts.fit_pairs(alone, checks=False).set_index("skill_mix").loc["nurses"]
    rest = contexts.fit_pairs(alone[alone["trust"].ne("X00")], checks=False).set_index("skill_mix").loc["nurses"]
    assert found["estimate"] == pytest.approx(rest["estimate"], abs=0.3)
    assert found["se"] == pytest.approx(rest["se"], rel=0.1)


def test_an_unknown_date_is_refused():
    with pytest.raises(InputError, match="date: '2019' is unknown"):
        contexts.fit_pairs(invented(), "2019")
    with pytest.raises(InputError, match="no shares of 2017"):
        contexts.shuffled_pairs(invented(), np.random.default_rng(1), "2017")


def test_leaving_out_one_trust_equals_a_fit_without_it():
    data = invented(trusts=9, effect=2)
    found = contexts.pairs_without_each(data).set_index("skill_mix").loc["nurses"]
    rest = data[data["trust"].ne(found["most_influential"])]
    without = contexts.fit_pairs(rest, checks=False).set_index("skill_mix").loc["nurses", "estimate"]
    assert found["without_it"] == pytest.approx(without)
    assert found["without_it"] in (pytest.approx(found["low"]), pytest.approx(found["high"]))


def test_shuffling_finds_what_is_planted_and_little_else():
    rng = np.random.default_rng(5)
    found = contexts.shuffled_pairs(invented(effect=8.0), rng, shuffles=199)
    nurses, doctors = found.pairs["p_any"]
    assert nurses == 1 / 200
    assert doctors > 0.1
    data = invented(effect=8.0)
    fit = smf.ols("I(100*value) ~ I(10*nurses_2018) + size_doublings + region + year", data).fit(
        cov_type="cluster", cov_kwds={"groups": data["trust"].factorize()[0]}
    )
    assert found.pairs["t"].iloc[0] == pytest.approx(fit.tvalues["I(10 * nurses_2018)"], rel=1e-8)  # statsmodels' CR1
    assert STEP["2018"] == 0.1


def test_without_any_relation_about_the_nominal_number_is_notable_where_trusts_are_many_and_alike():
    counts = contexts.shuffled_pairs(invented(trusts=60, seed=3), np.random.default_rng(2), shuffles=299).counts.iloc[0]
    assert counts["nominal"] == pytest.approx(0.05 * 2)
    assert 0.6 < counts["expected"] / counts["nominal"] < 1.8


def test_the_simple_test_is_too_ready_where_one_trust_is_unlike_the_others():
    data = invented(trusts=14, seed=3)
    data.loc[data["trust"].eq("X00"), ["nurses_2018", "doctors_2018"]] = [0.9, 0.8]
    counts = contexts.shuffled_pairs(data, np.random.default_rng(2), shuffles=299).counts.iloc[0]
    assert counts["expected"] > 2 * counts["nominal"]


def test_the_p_of_a_pair_without_one_trust_equals_a_fit_without_it():
    data = invented(trusts=9, effect=8.0)
    found = contexts.pair_without_each(data, "nurses", "autonomy", pairs=30).set_index("left_out")
    rest = data[data["trust"].ne("X04")]
    without = contexts.fit_pairs(rest, checks=False).set_index("skill_mix").loc["nurses"]
    assert len(found) == 9
    assert found.loc["X04", "p"] == pytest.approx(without["p"])
    assert found.loc["X04", "estimate"] == pytest.approx(without["estimate"])
    assert found.loc["X04", "p_all"] == pytest.approx(min(1, 30 * without["p"]))
    with pytest.raises(InputError, match="'nurse' isn't in the table.*nurses"):
        contexts.pair_without_each(data, "nurse", "autonomy", pairs=20)


# --- what was found, in words ----------------------------------------------------------------------------------------


def two_pairs(*p_holm: float, date: str = "2018", estimates: tuple[float, float] = (-1.2, 2.0)) -> pd.DataFrame:
    made = {"skill_mix": ["doctors", "nurses"], "outcome": ["sickness_absence", "burnt_out_often"], "date": date}
    made |= {"estimate": estimates, "low": [value - 1 for value in estimates], "p_holm": p_holm}
    return pd.DataFrame(made).assign(high=lambda t: t["estimate"] + 0.5)


def test_pairs_that_hold_up_are_told_with_their_direction_whether_none_one_or_several_do():
    start = "of 2 pairs of a staff group and an outcome in mental health trusts"
    ending = "once we allow for having looked at so many"
    doctors = (
        "where the share of doctors is larger, sickness absence is lower"
        " (1.2 points for ten points more; 95% interval 0.7 to 2.2)"
    )
    nurses = (
        "where the share of nurses and health visitors is larger, more staff are often burnt out"
        " (2.0 points for ten points more; 95% interval 1.0 to 2.5)"
    )
    assert contexts.pairs_in_words(two_pairs(0.05, np.nan)) == f"None {start} holds up {ending}."
    assert contexts.pairs_in_words(two_pairs(0.04, 0.5)) == f"One {start} holds up {ending}: {doctors}."
    assert contexts.pairs_in_words(two_pairs(0.04, 0.01)) == f"2 {start} hold up {ending}: {nurses}; {doctors}."
    changed = contexts.pairs_in_words(two_pairs(0.04, 0.5, date="change"))
    assert "where the share of doctors grew more, sickness absence is lower (1.2 points for one point more;" in changed


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ((0.5, 0.5), {"p_holm": (0.3, 0.9)}, "With the shares of 2017 none of 2 holds up."),
        ((0.5, 0.5), {"p_holm": (0.3, 0.01)}, "With the shares of 2017 one of 2 holds up: where the share of nurses"),
        (
            (0.01, 0.5),
            {"p_holm": (0.02, 0.5)},
            "it is much the same size and holds up too (p 0.020, where less than 0.05",
        ),
        ((0.01, 0.5), {"p_holm": (0.2, 0.5), "estimates": (-0.5, 2.0)}, "it is smaller and doesn't pass (p 0.200,"),
        (
            (0.01, 0.5),
            {"p_holm": (0.06, 0.5), "estimates": (-1.8, 2.0)},
            "it is larger and just doesn't pass (p 0.060,",
        ),
        ((0.01, 0.5), {"p_holm": (0.9, 0.5), "estimates": (0.5, 2.0)}, "it points the other way and doesn't pass"),
        ((0.01, 0.5), {"p_holm": (np.nan, 0.5)}, "With the shares of 2017 it can't be fitted."),
        ((0.01, 0.02), {"p_holm": (0.04, 0.5)}, "With the shares of 2017 one of these 2 holds up too."),
        ((0.01, 0.5), {"p_holm": (0.2, 0.5), "date": "change"}, "With the change in shares it doesn't pass (p 0.200,"),
    ],
)
def test_another_date_is_told_rightly_whatever_holds_up(now, then, said):
    others = two_pairs(*then["p_holm"], date=then.get("date", "2017"), estimates=then.get("estimates", (-1.1, 2.0)))
    assert said in contexts.other_date_in_words(two_pairs(*now), others)


def test_a_pair_that_is_not_there_at_the_other_date_is_refused():
    with pytest.raises(InputError, match="isn't there at the other date"):
        contexts.other_date_in_words(two_pairs(0.01, 0.5), two_pairs(0.5, 0.5, date="2017").iloc[1:])


# --- between and within ----------------------------------------------------------------------------------------------


def test_within_equals_a_model_with_a_dummy_for_each_provider_in_an_unbalanced_panel():
    some = services()[services()["provider"].isin(sorted(services()["provider"].unique())[:40])]
    assert some["provider"].value_counts().std() > 0
    found = contexts.within_between(some, "recovery", ["size_doublings", "finished_tens"], "provider", "year")
    dummies = smf.ols("recovery ~ size_doublings + finished_tens + C(provider) + C(year)", some).fit().params
    within = found[found["part"].eq("within")].set_index("term")["estimate"]
    assert_allclose(within, dummies[within.index], rtol=1e-7)
    parts = found.set_index(["term", "part"])["estimate"].unstack()  # noqa: PD010
    assert_allclose(parts["between"] - parts["within"], parts["difference"], rtol=1e-6)


def test_between_and_within_can_have_opposite_signs():
    rng = np.random.default_rng(1)
    provider, year = np.repeat(np.arange(30), 5), np.tile(np.arange(5), 30)
    mean, own = rng.normal(size=30)[provider] * 3, rng.normal(size=150)
    data = pd.DataFrame({"provider": provider, "year": year, "size": mean + own, "share": 2 * mean - 3 * own})
    data["share"] += rng.normal(0, 0.1, 150)
    found = contexts.within_between(data, "share", ["size"], "provider", "year").set_index("part")["estimate"]
    assert found["within"] == pytest.approx(-3, abs=0.1)
    assert found["between"] > 1


def test_within_between_refuses_what_it_cannot_tell():
    data = pd.DataFrame(
        {"p": list("aabbccddee"), "year": [1, 2] * 5, "y": np.arange(10.0) ** 2, "x": [1, 1, 2, 2, 4, 4, 5, 5, 7, 7]}
    )
    with pytest.raises(InputError, match="'x' never varies within a p"):
        contexts.within_between(data, "y", ["x"], "p", "year")
    with pytest.raises(InputError, match="'a' is there twice in 1"):
        contexts.within_between(data.assign(year=1), "y", ["x"], "p", "year")
    with pytest.raises(InputError, match="no column 'z'"):
        contexts.within_between(data, "z", ["x"], "p", "year")


def test_correlations_between_and_within_by_hand():
    years, rng = ["1", "2", "3"], np.random.default_rng(4)
    a = rng.normal(size=(8, 3))
    b = -a + 5 * a.mean(axis=1, keepdims=True)  # opposite within, alike between
    rows = [
        {"trust": f"X{i}", "year": years[j], "outcome": name, "value": table[i, j]}
        for name, table in (("a", a), ("b", b)) for i in range(8) for j in range(3)
    ]  # fmt: skip
    found = contexts.between_and_within(pd.DataFrame(rows), rng, draws=99).set_index("part")
    assert found.loc["between", "estimate"] == pytest.approx(1)
    assert found.loc["within", "estimate"] == pytest.approx(-1)
    missing = pd.DataFrame(rows[1:])
    assert contexts.between_and_within(missing, rng, draws=99)["n"].tolist() == [7, 7]
    with pytest.raises(InputError, match="'X0' has 'a' twice in 1"):
        contexts.between_and_within(pd.DataFrame([rows[0], *rows]), rng)
    real = panel().rows
    wide = real[real["outcome"].eq("autonomy")].pivot_table("value", "trust", "year").mean(axis=1)
    other = real[real["outcome"].eq("enough_staff")].pivot_table("value", "trust", "year").mean(axis=1)
    told = contexts.between_and_within(real, rng, draws=19).set_index(["one", "other", "part"])
    assert told.loc[("autonomy", "enough_staff", "between"), "estimate"] == pytest.approx(
        np.corrcoef(wide, other)[0, 1]
    )
    assert ("autonomy", "sickness_absence", "within") not in told.index  # one year only


# --- partial pooling -------------------------------------------------------------------------------------------------


def test_pooled_means_are_best_linear_unbiased_predictions(reference: Path):
    data = pd.read_csv(reference / "models/context_functioning_31trusts/input_data.csv").iloc[3:]  # unequal trusts
    means, share = contexts.pooled_means(data, "clarity", "trust", ["support"])
    between, within = share.loc[0, ["between", "within"]].astype(float)
    assert 0.05 < share["icc"].iloc[0] < 0.5
    # by hand, with whole matrices: Robinson 1991, equations 1.2 and 3.1 in their marginal form
    x = np.column_stack([np.ones(len(data)), data["support"] - data["support"].mean()])
    z = (data["trust"].to_numpy()[:, np.newaxis] == data["trust"].unique().astype(object)).astype(float)
    inverse = np.linalg.inv(within * np.eye(len(data)) + between * z @ z.T)
    of_fixed = np.linalg.inv(x.T @ inverse @ x)
    fixed = of_fixed @ x.T @ inverse @ data["clarity"].to_numpy()
    part = between * z.T @ inverse @ (data["clarity"].to_numpy() - x @ fixed)
    at = np.array([1.0, 0.0])[:, np.newaxis] - between * x.T @ inverse @ z
    left = between - between**2 * np.einsum("ij,ik,kj->j", z, inverse, z)
    reach = 1.959964 * np.sqrt(np.einsum("ij,ik,kj->j", at, of_fixed, at) + left)
    found = means.set_index("trust").loc[data["trust"].unique()]
    assert_allclose(found["pooled"], fixed[0] + part, rtol=1e-8)
    assert_allclose(found["high"] - found["pooled"], reach, rtol=1e-5)


def test_the_interval_of_the_share_between_is_where_the_likelihood_has_fallen_enough():
    rows = pd.DataFrame(
        {"trust": np.repeat(list("abcdef"), 3), "y": [1.0, 2, 2, 5, 6, 4, 3, 3, 2, 8, 7, 9, 1, 1, 0, 4, 6, 5]}
    )
    told = contexts.pooled_means(rows, "y", "trust")[1].iloc[0]
    y, g = rows["y"].to_numpy(), np.repeat(np.arange(6), 3)

    def restricted(share: float) -> float:  # by hand: density of contrasts that hold no mean
        contrasts = np.linalg.svd(np.ones((18, 1)))[0][:, 1:]
        v = contrasts.T @ (np.eye(18) + (g[:, None] == g) * share / (1 - share)) @ contrasts
        quadratic = (contrasts.T @ y) @ np.linalg.solve(v, contrasts.T @ y)
        return 17 * np.log(quadratic / 17) + np.linalg.slogdet(v)[1]

    for end in ("low", "high"):
        assert restricted(told[end]) - restricted(told["icc"]) == pytest.approx(3.841459, abs=1e-4)
    assert deviance_at(y, np.ones((18, 1)), g, 0.3) - deviance_at(y, np.ones((18, 1)), g, 0.6) == pytest.approx(
        restricted(0.3) - restricted(0.6)
    )


def test_a_trust_with_fewer_rows_is_drawn_further():
    rng = np.random.default_rng(2)
    trust = np.repeat(np.arange(12), [1, *[6] * 11])
    rows = pd.DataFrame({"trust": trust, "y": rng.normal(size=12)[trust] + rng.normal(size=len(trust))})
    means, _ = contexts.pooled_means(rows, "y", "trust")
    means = means.set_index("trust")
    assert means.loc[0, "shrinkage"] > means["shrinkage"].drop(0).max()
    assert means.loc[0, "high"] - means.loc[0, "low"] > (means["high"] - means["low"]).drop(0).max()


def test_trusts_that_differ_by_chance_alone_are_all_drawn_to_the_mean():
    rows = pd.DataFrame({"trust": list("aabbcc"), "y": [1.0, 3, 3, 1, 1, 3]})
    means, share = contexts.pooled_means(rows, "y", "trust")
    assert_allclose(means["pooled"], 2)
    assert share["icc"].iloc[0] == 0
    assert "nought" in share["note"].iloc[0]


def test_pooling_refuses_what_has_no_chance_in_it():
    rows = pd.DataFrame({"trust": list("aabbcc"), "y": [1.0, 1, 2, 2, 3, 3]})
    with pytest.raises(InputError, match="doesn't vary within"):
        contexts.pooled_means(rows, "y", "trust")
    with pytest.raises(InputError, match="nothing to pool"):
        contexts.pooled_means(rows.assign(y=1.0), "y", "trust")
    with pytest.raises(InputError, match="at least 3"):
        contexts.pooled_means(rows.iloc[:4], "y", "trust")
    with pytest.raises(InputError, match="one row"):
        contexts.pooled_means(rows.iloc[::2], "y", "trust")
    with pytest.raises(InputError, match="from 0 to 1"):
        contexts.pool_shares(pd.DataFrame({"p": [0.1, 0.2, 3.0], "n": 9}), "p", "n")


def test_equal_numbers_are_pooled_as_by_hand():
    table = pd.DataFrame({"p": [0.2, 0.4, 0.6, 0.8, np.nan], "n": [50, 50, 50, 50, 5]})
    found = contexts.pool_shares(table, "p", "n")
    chance = 0.5 * 0.5 / 50
    kept = 1 - chance / np.var([0.2, 0.4, 0.6, 0.8], ddof=1)  # equal variances: REML is the variance less chance
    assert_allclose(found["pooled"].iloc[:4], 0.5 + kept * np.array([-0.3, -0.1, 0.1, 0.3]), rtol=1e-4)
    assert found["pooled"].isna().tolist() == [False] * 4 + [True]


# --- talking therapies -----------------------------------------------------------------------------------------------


def test_every_provider_year_is_kept_or_counted_out():
    table = load_open("talking_therapies")
    found = contexts.therapies_panel(table)
    assert len(found.rows) + found.exclusions["provider_years"].sum() == len(table)
    assert found.rows["finished_tens"].max() <= 10
    assert found.rows["referrals"].min() >= 200
    with pytest.raises(InputError, match="No provider and year is left"):
        contexts.therapies_panel(table, least_referrals=10**9)


def test_providers_that_disagree_about_england_are_refused():
    table = load_open("talking_therapies")
    table.loc[table["recovery_share"].first_valid_index(), "recovery_difference"] += 0.05
    with pytest.raises(InputError, match="disagree about England's share in"):
        contexts.yearly_spread(table)


# --- a study's teams -------------------------------------------------------------------------------------------------


@cache
def study() -> Study:
    return load_study("example_study")


@cache
def example() -> contexts.TeamContexts:
    return contexts.team_contexts(study(), load_codebook("contexts"), load_codebook("effects"))


def test_methods_agree_on_what_was_planted_and_differ_in_their_doubt():
    found = contexts.effects_by_method(example(), np.random.default_rng(1), m=3, draws=199)
    planted = {"CTX-CUL": 4.62, "CTX-SER": 3.00, "CTX-PRO": 2.03}  # example_study.truth.yml, with_scale_means
    held = (found["low"] <= found["term"].map(planted)) & (found["term"].map(planted) <= found["high"])
    assert len(found) == 18
    assert held.all()
    assert found.set_index("method").loc["Blanks filled (multiple imputation), CR2", "n"].eq(124).all()
    largest = contexts.largest_effect(found)
    assert largest["name"] == "Cultural context"
    assert not largest["holds_nought"]


def test_a_wild_interval_ends_where_its_test_refuses():
    data = example().teams.dropna(subset=["CTX-CUL"])
    x = sm.add_constant(data[["CTX-CUL"]])
    fit = sm.OLS(data["team_functioning"], x).fit()
    low, high = contexts.wild_cluster_interval(fit, data["trust"], "CTX-CUL", np.random.default_rng(1), 499)
    for end, away in ((low, -1), (high, 1)):
        p = [
            contexts.wild_cluster_bootstrap(
                sm.OLS(data["team_functioning"] - value * data["CTX-CUL"], x).fit(), data["trust"], "CTX-CUL",
                np.random.default_rng(9), 1999,
            )["p_two_sided"]
            for value in (end - away * 0.3, end + away * 0.3)
        ]  # fmt: skip
        assert p[0] > 0.05 > p[1]
    few = data.groupby("trust").filter(lambda own: own.name in ("X01", "X02", "X03", "X04"))
    fit = sm.OLS(few["team_functioning"], sm.add_constant(few[["CTX-CUL"]])).fit()
    assert np.isinf(contexts.wild_cluster_interval(fit, few["trust"], "CTX-CUL", np.random.default_rng(1))).all()


def test_a_measure_that_contexts_tell_without_error_gets_a_reason_and_no_number():
    found = example()
    apart = found.teams.assign(waiting_standard_met=found.teams["CTX-SER"].gt(0).astype(float))
    table = contexts.effects_by_measure(type(found)(**{**vars(found), "teams": apart}))
    waiting = table[table["measure"].eq("waiting_standard_met")]
    assert waiting["estimate"].isna().all()
    assert waiting["note"].str.contains("perfect separation").all()
    assert table[table["measure"].eq("complaints")]["estimate"].notna().all()


def test_a_study_without_contexts_says_so_and_gives_empty_tables():
    whole = study()
    without = replace(whole, _tables={name: getattr(whole, name) for name in whole.tables if name != "contexts"})
    found = contexts.team_contexts(without, load_codebook("contexts"), load_codebook("effects"))
    assert found.absent == "The study has no table contexts."
    assert contexts.effects_by_method(found, np.random.default_rng(1)).empty
    assert contexts.effects_by_measure(found).empty
    assert contexts.effects_without_each_trust(found).empty
    assert contexts.largest_effect(contexts.effects_by_method(found, np.random.default_rng(1)))["estimate"] is None

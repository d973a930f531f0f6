"""Models of functioning: R's answers, planted coefficients found, and what would break a model is named."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from newroles.contexts import cr2, fit_functioning, leave_one_trust_out, wild_cluster_bootstrap
from newroles.errors import InputError
from newroles.simulate.contexts import CONSTRUCTS, FUNCTIONING, ContextsSpec, draw_contexts
from newroles.simulate.functioning import draw_functioning

TERMS = ["support", "supervision", "role"]
FROM_R = {"role[pa]": "rolepa", "role[peer]": "rolepeer"}


@pytest.fixture
def staff(reference: Path) -> pd.DataFrame:
    """One row per member of staff in 31 trusts (generated): trust, support, supervision, role, clarity, embedded."""
    return pd.read_csv(reference / "models/context_functioning_31trusts/input_data.csv")


@pytest.fixture
def known(reference: Path) -> Any:
    """Expected tables of the 31 trusts, by name, with the terms as index."""
    return lambda name: pd.read_csv(reference / f"models/context_functioning_31trusts/expected_{name}.csv", index_col=0)


@pytest.fixture
def few(reference: Path) -> pd.DataFrame:
    """One row per unit in 11 clusters (generated): cluster, treat, x, y."""
    return pd.read_csv(reference / "models/wild_cluster_g11/input_data.csv")


def teams(trusts: int = 8, each: int = 6, seed: int = 1) -> pd.DataFrame:
    """One row per team: trust, support, staff (1 or 2 groups), score, met (0 or 1), complaints, rating (1 to 3)."""
    rng = np.random.default_rng(seed)
    n = trusts * each
    data = pd.DataFrame({"trust": np.repeat([f"X{i}" for i in range(trusts)], each), "support": rng.normal(size=n)})
    data["setting"] = np.where(np.arange(n) % 2, "ward", "community")
    part = rng.normal(size=trusts)[data["trust"].factorize()[0]]
    data["score"] = 50 + 3 * data["support"] + part + rng.normal(size=n)
    data["met"] = (rng.random(n) < 1 / (1 + np.exp(-data["support"]))).astype(int)
    data["complaints"] = rng.poisson(np.exp(1 - 0.2 * data["support"]) * rng.gamma(2, 0.5, n))
    data["rating"] = np.digitize(data["support"] + rng.logistic(size=n), [-1, 1]) + 1
    return data


# --- known answers --------------------------------------------------------------------------------------------------


def test_cr2_and_its_degrees_of_freedom_equal_clubsandwich(staff: pd.DataFrame, known: Any) -> None:
    """R clubSandwich 0.6.0: lm(clarity ~ support * supervision + role), vcovCR type CR2, Satterthwaite."""
    fit = smf.ols("clarity ~ support * supervision + C(role)", staff).fit()
    names = {"Intercept": "(Intercept)", "C(role)[T.pa]": "rolepa", "C(role)[T.peer]": "rolepeer"}
    ours = cr2(fit, staff["trust"]).replace({"term": names}).set_index("term")
    expected = known("ols_cr").loc[ours.index]
    assert_allclose(ours["estimate"], expected["estimate"], rtol=1e-9)
    assert_allclose(ours["se"], expected["se_cr2"], rtol=1e-8)
    assert_allclose(ours["df"], expected["df_satterthwaite"], rtol=1e-7)


def test_the_linear_model_equals_r_with_p_wild_near_that_of_t(staff: pd.DataFrame, known: Any) -> None:
    terms = [*TERMS, "support:supervision"]
    found = fit_functioning(staff, "clarity", terms, "trust", rng=np.random.default_rng(1)).set_index("term")
    expected = known("ols_cr").loc[[FROM_R.get(term, term) for term in found.index]]
    assert_allclose(found["se"], expected["se_cr2"], rtol=1e-8)
    assert_allclose(found["df"], expected["df_satterthwaite"], rtol=1e-7)
    assert_allclose(found["p_wild"], expected["p_cr2"], atol=0.04)  # two methods, not one: near, not equal
    assert found["n"].eq(177).all()
    assert found["clusters"].eq(31).all()


def test_the_random_intercept_equals_lme4(staff: pd.DataFrame, known: Any) -> None:
    """R lme4 1.1-31: lmer(clarity ~ support * supervision + role + (1 | trust)), REML; icc .199096."""
    terms = [*TERMS, "support:supervision"]
    found = fit_functioning(staff, "clarity", terms, "trust", "random_intercept").set_index("term")
    of_terms = found[found["part"] == "term"]
    expected = known("lmer").loc[[FROM_R.get(term, term) for term in of_terms.index]]
    assert_allclose(of_terms[["estimate", "se"]], expected, rtol=1e-4)
    assert_allclose(
        found.loc[["between clusters", "within clusters"], "estimate"], known("lmer_var")["vcov"], rtol=1e-4
    )
    assert found.loc["between clusters", "note"].startswith("0.199 of the variance")
    # 31 trusts less two terms that are the same throughout a trust; 177 rows less trusts and the four others
    assert found.loc["support", "df"] == 29
    assert found.loc["supervision", "df"] == 142


def test_the_logistic_model_equals_glm_and_its_cr2_stands_near_cr1(staff: pd.DataFrame, known: Any) -> None:
    """R glm(embedded ~ support + supervision + role, binomial); CR2 exceeds R's CR1 by under 6 %."""
    found = fit_functioning(staff, "embedded", TERMS, "trust", "logistic").set_index("term")
    expected = known("logit").loc[[FROM_R.get(term, term) for term in found.index]]
    assert_allclose(found["estimate"], expected["estimate"], rtol=1e-6)
    fit = smf.logit("embedded ~ support + supervision + C(role)", staff).fit(disp=False)
    ours = cr2(fit, staff["trust"]).set_index("term").loc[["Intercept", "support", "supervision"]]
    cr1 = known("logit_cr1").loc[["(Intercept)", "support", "supervision"], "se"].to_numpy()
    assert_allclose(ours["se"], cr1, rtol=0.06)
    assert ours["se"].gt(cr1).all()
    assert_allclose(ours[["se", "df"]], found.loc[["(Intercept)", "support", "supervision"], ["se", "df"]], rtol=1e-6)


def test_ordinal_equals_polr(shared: Path) -> None:
    """R MASS 7.3-58.2: polr(Sat ~ Infl + Type + Cont, weights = Freq, housing)."""
    folder = shared / "reference/models/polr_housing"
    data = pd.read_csv(folder / "input_data.csv")
    data = data.loc[data.index.repeat(data["Freq"])]
    orders = {
        "Sat": ["Low", "Medium", "High"], "Infl": ["Low", "Medium", "High"], "Cont": ["Low", "High"],
        "Type": ["Tower", "Apartment", "Atrium", "Terrace"],
    }  # fmt: skip
    for name, order in orders.items():
        data[name] = pd.Categorical(data[name], order, ordered=True)
    found = fit_functioning(data, "Sat", ["Infl", "Type", "Cont"], None, "ordinal")
    expected = pd.read_csv(folder / "expected_coef.csv")
    assert found["term"].str.replace(r"[\[\]]", "", regex=True).tolist() == expected["term"].tolist()
    assert_allclose(found[["estimate", "se"]], expected[["estimate", "se"]], rtol=1e-3)


def test_negative_binomial_equals_glm_nb(shared: Path) -> None:
    """R MASS 7.3-58.2: glm.nb(Days ~ Eth + Sex + Age + Lrn, quine); theta 1.274893."""
    folder = shared / "reference/models/glmnb_quine"
    found = fit_functioning(
        pd.read_csv(folder / "input_data.csv"), "Days", ["Eth", "Sex", "Age", "Lrn"], None, "negative_binomial"
    )
    expected = pd.read_csv(folder / "expected_negbin.csv")
    assert_allclose(found[["estimate", "se"]][:7], expected[["estimate", "se"]], rtol=1e-4)
    assert 1 / found["estimate"].iloc[7] == pytest.approx(1.27489264581101, rel=1e-4)


def test_maximum_likelihood_equals_lmer(shared: Path) -> None:
    """R lme4 1.1-31: lmer(Reaction ~ Days + (1 | Subject), REML = FALSE)."""
    folder = shared / "reference/models/lmer_sleepstudy"
    data = pd.read_csv(folder / "input_data.csv")
    found = fit_functioning(data, "Reaction", ["Days"], "Subject", "random_intercept", reml=False)
    assert_allclose(
        found[["estimate", "se"]][:2], pd.read_csv(folder / "expected_fixed_ml.csv")[["estimate", "se"]], rtol=1e-4
    )
    assert_allclose(found["estimate"][2:], pd.read_csv(folder / "expected_varcomp_ml.csv")["vcov"], rtol=1e-3)


def test_the_bootstrap_equals_the_enumeration_of_all_2048_signs(few: pd.DataFrame) -> None:
    """Own R enumeration: t .931163804440205, p .4169921875 (854 of 2,048)."""
    fit = smf.ols("y ~ treat + x", few).fit()
    found = wild_cluster_bootstrap(fit, few["cluster"], "treat")
    assert found["t"] == pytest.approx(0.931163804440205, abs=1e-9)
    assert found["p_two_sided"] == 0.4169921875
    assert found["draws"] == 2048


def test_a_random_intercept_agrees_with_statsmodels_where_that_converges() -> None:
    """statsmodels MixedLM: another algorithm, the same likelihood; clusters of different size."""
    data = teams(9, 8).drop([0, 1, 2, 3, 9, 17, 18])
    for reml in (True, False):
        theirs = smf.mixedlm("score ~ support + setting", data, groups=data["trust"]).fit(reml=reml)
        ours = fit_functioning(data, "score", ["support", "setting"], "trust", "random_intercept", reml=reml)
        by_name = ours.set_index("term")["estimate"]
        assert by_name["support"] == pytest.approx(theirs.fe_params["support"], rel=1e-5)
        assert by_name["between clusters"] == pytest.approx(float(theirs.cov_re.iloc[0, 0]), rel=1e-3)
        assert by_name["within clusters"] == pytest.approx(theirs.scale, rel=1e-3)


def test_the_order_of_rows_and_the_names_of_clusters_dont_matter() -> None:
    data = teams()
    mixed = data.sample(frac=1, random_state=1).assign(
        trust=lambda rows: rows["trust"].map(lambda name: f"other {name}")
    )
    for outcome, kind in (
        ("score", "linear"), ("score", "random_intercept"), ("met", "logistic"),
        ("rating", "ordinal"), ("complaints", "negative_binomial"),
    ):  # fmt: skip
        one, two = (fit_functioning(each, outcome, ["support", "setting"], "trust", kind) for each in (data, mixed))
        columns = ["estimate", "se", "df", "low", "high", "p_wild"]
        assert_allclose(one[columns], two[columns], rtol=1e-4)


# --- robust standard errors -----------------------------------------------------------------------------------------


def test_cr2_follows_its_definition_with_dummies_of_the_clusters() -> None:
    """By the definition: eigenvalues of I - H, square roots by pseudo-inverse, p_g = (I - H)_g' A_g X_g M c."""
    data = teams(5, 4)
    fit = smf.ols("score ~ support + C(trust)", data).fit()
    x, e = fit.model.exog, np.asarray(fit.resid)
    inverse = np.linalg.inv(x.T @ x)
    maker = np.eye(len(x)) - x @ inverse @ x.T
    j, vectors, total = fit.model.exog_names.index("support"), [], 0.0
    for trust in data["trust"].unique():
        rows = np.flatnonzero(data["trust"] == trust)
        values, directions = np.linalg.eigh(maker[np.ix_(rows, rows)])
        root = (directions * [v**-0.5 if v > 1e-9 else 0 for v in values]) @ directions.T
        adds = root @ x[rows] @ inverse[:, j]
        total += (adds @ e[rows]) ** 2
        vectors.append(maker[:, rows] @ adds)
    gram = np.array(vectors) @ np.array(vectors).T
    ours = cr2(fit, data["trust"]).set_index("term").loc["support"]
    assert ours["se"] == pytest.approx(total**0.5, rel=1e-9)
    assert ours["df"] == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum(), rel=1e-9)


def test_one_row_per_cluster_is_hc2() -> None:
    data = teams()
    fit = smf.ols("score ~ support", data).fit()
    assert_allclose(cr2(fit, range(len(data)))["se"], fit.HC2_se, rtol=1e-10)
    # units of the terms are arbitrary: a share beside a headcount
    scaled = smf.ols("score ~ support", data.assign(support=data["support"] * 1e7)).fit()
    assert_allclose(cr2(scaled, data["trust"])["df"], cr2(fit, data["trust"])["df"], rtol=1e-8)


def test_weights_of_wls_and_working_weights_of_a_glm_are_used() -> None:
    data = teams()
    fit = smf.glm("complaints ~ support", data, family=sm.families.Poisson()).fit(tol=1e-12)
    weights = np.asarray(fit.fittedvalues)
    last = np.log(weights) + (data["complaints"] - weights) / weights
    step = sm.WLS(last, fit.model.exog, weights=weights).fit()
    columns = ["estimate", "se", "df"]
    assert_allclose(cr2(fit, data["trust"])[columns], cr2(step, data["trust"])[columns], rtol=1e-7)
    poisson = smf.poisson("complaints ~ support", data).fit(disp=False)
    assert_allclose(cr2(poisson, data["trust"])[columns], cr2(fit, data["trust"])[columns], rtol=1e-4)


def test_a_dummy_that_fits_its_cluster_has_no_standard_error() -> None:
    data = teams(4, 3)
    table = cr2(smf.ols("score ~ C(trust)", data).fit(), data["trust"])
    assert table[["se", "df", "low", "high"]].isna().all().all()
    assert table["estimate"].notna().all()


def test_clusters_are_matched_by_row_label_when_the_fit_left_rows_out() -> None:
    data = teams()
    data.loc[3, "support"] = np.nan
    fit = smf.ols("score ~ support", data).fit()
    assert_allclose(cr2(fit, data["trust"])["se"], cr2(fit, data["trust"].drop(3).tolist())["se"])
    with pytest.raises(InputError, match="48 values of clusters and 47 rows in the fit"):
        cr2(fit, data["trust"].tolist())


@pytest.mark.parametrize(
    ("clusters", "says"),
    [([None] + ["a"] * 47, "1 of 48 rows have no cluster"), (["a"] * 48, "All 48 rows are in one cluster")],
)
def test_unusable_clusters_are_refused(clusters: list[Any], says: str) -> None:
    fit = smf.ols("score ~ support", teams()).fit()
    with pytest.raises(InputError, match=says):
        cr2(fit, clusters)
    with pytest.raises(InputError, match=says):
        wild_cluster_bootstrap(fit, clusters, "support")


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
def test_fits_that_cant_be_read_are_refused() -> None:
    data = teams()
    twice = data.assign(again=2 * data["support"] + 1)
    with pytest.raises(InputError, match="'again' follows from 'const', 'support'"):
        cr2(sm.OLS(data["score"], sm.add_constant(twice[["support", "again"]])).fit(), data["trust"])
    with pytest.raises(InputError, match="this is GEE"):
        cr2(smf.gee("score ~ support", "trust", data).fit(), data["trust"])
    with pytest.raises(InputError, match="needs a statsmodels result of OLS or WLS"):
        wild_cluster_bootstrap(smf.logit("met ~ support", data).fit(disp=False), data["trust"], "support")
    with pytest.raises(InputError, match="no term 'suport'. Did you mean 'support'"):
        wild_cluster_bootstrap(smf.ols("score ~ support", data).fit(), data["trust"], "suport")


# --- wild bootstrap -------------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_the_bootstrap_equals_refitting_under_every_sign(seed: int) -> None:
    data = teams(5, 3, seed)
    fit, null = smf.ols("score ~ support + setting", data).fit(), smf.ols("score ~ setting", data).fit()
    numbers = data["trust"].factorize()[0]

    def t_of(y: Any) -> float:
        again = sm.OLS(y, fit.model.exog).fit(cov_type="cluster", cov_kwds={"groups": numbers})
        return float(again.tvalues[fit.model.exog_names.index("support")])

    observed = t_of(data["score"].to_numpy())
    drawn = [
        t_of(np.asarray(null.fittedvalues + null.resid * np.array(signs)[numbers]))
        for signs in product([1, -1], repeat=5)
    ]
    ours = wild_cluster_bootstrap(fit, data["trust"], "support")
    assert ours["t"] == pytest.approx(observed, rel=1e-8)
    assert ours["p_two_sided"] == np.mean(np.abs(drawn) >= abs(observed) * (1 - 1e-9))


def test_above_twelve_clusters_signs_are_drawn_and_a_seed_repeats_them() -> None:
    data = teams(13, 4)
    fit = smf.ols("score ~ setting", data).fit()
    term = "setting[T.ward]"
    one, two, other = (
        wild_cluster_bootstrap(fit, data["trust"], term, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one["draws"] == 9999
    assert one["p_two_sided"] == two["p_two_sided"]
    assert one["p_two_sided"] == pytest.approx(other["p_two_sided"], abs=0.03)
    with pytest.raises(InputError, match="draws: 10 are too few"):
        wild_cluster_bootstrap(fit, data["trust"], term, draws=10)


# --- planted truth --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """1,800 teams of 60 trusts with their true constructs; trusts differ in team functioning alone."""
    frame = pd.DataFrame({"trust": [f"X{i:02d}" for i in range(60)], "wte": 3000.0})
    places = pd.DataFrame({"team": [f"T{i:04d}" for i in range(1800)], "trust": np.repeat(frame["trust"], 30).tolist()})
    places["follow"] = "surveyed"
    spec = ContextsSpec(trust_sd={**dict.fromkeys(FUNCTIONING, 0.0), "team_functioning": 3.0})
    drawn = draw_contexts(frame, places, spec, np.random.default_rng(8))
    rows, _ = draw_functioning(places, drawn, spec, np.random.default_rng(9))
    wide = rows.set_index(["unit", "measure"])["value"].unstack()  # noqa: PD010
    return drawn.constructs.join(wide).join(places.set_index("team")["trust"])


@pytest.mark.parametrize(
    ("outcome", "kind", "truth"),
    [
        ("team_functioning", "linear", {"(Intercept)": 60, "culture": 5, "service": 3, "profession": 2}),
        (
            "team_functioning",
            "random_intercept",
            {
                "(Intercept)": 60,
                "culture": 5,
                "service": 3,
                "profession": 2,
                "between clusters": 9,
                "within clusters": 25,
            },
        ),
        ("waiting_standard_met", "logistic", {"(Intercept)": 0.2, "culture": 0.3, "service": 0.9, "profession": 0.2}),
        (
            "complaints",
            "negative_binomial",
            {"(Intercept)": 1.8, "culture": -0.25, "service": -0.3, "profession": 0, "dispersion": 0.3},
        ),
        (
            "service_rating",
            "ordinal",
            {"culture": 0.8, "service": 0.6, "profession": 0.4, "1|2": -2.0, "2|3": -0.2, "3|4": 1.9},
        ),
    ],
)
def test_planted_coefficients_are_found(
    planted: pd.DataFrame, outcome: str, kind: str, truth: dict[str, float]
) -> None:
    found = fit_functioning(planted, outcome, list(CONSTRUCTS), "trust", kind, level=0.999, draws=99).set_index("term")
    assert list(found.index) == list(truth)
    true = pd.Series(truth, dtype=float)
    sure = found["low"].notna()
    assert sure.sum() >= 4
    assert (found["low"] <= true)[sure].all(), found
    assert (true <= found["high"])[sure].all(), found
    # variances and the dispersion come without an interval: within 40 % with 60 trusts
    assert_allclose(found.loc[~sure, "estimate"], true[~sure], rtol=0.4)


def test_intervals_hold_the_truth_as_often_as_they_say_with_ten_trusts() -> None:
    """A term that is the same throughout each trust, 10 trusts: CR2 95 % intervals hold it in 90 to 99 of 100; plain ones don't."""
    rng = np.random.default_rng(3)
    held, plain = 0, 0
    trust = np.repeat(np.arange(10), 8)
    for _ in range(150):
        x = rng.normal(size=10)[trust]
        y = 1 + 2 * x + rng.normal(size=10)[trust] + rng.normal(size=80)
        fit = sm.OLS(y, sm.add_constant(x)).fit()
        row = cr2(fit, trust).iloc[1]
        held += row["low"] <= 2 <= row["high"]
        low, high = fit.conf_int()[1]
        plain += low <= 2 <= high
    assert 0.9 < held / 150 < 0.99
    assert plain / 150 < 0.75


# --- what a model can't be fitted to --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["linear", "logistic", "random_intercept", "ordinal", "negative_binomial"])
def test_a_constant_outcome_is_refused(kind: str) -> None:
    with pytest.raises(InputError, match="'flat' is 1 in each of the 48 rows.*can't be explained"):
        fit_functioning(teams().assign(flat=1), "flat", ["support"], "trust", kind)


@pytest.mark.parametrize("kind", ["linear", "ordinal"])
def test_collinear_terms_are_named(kind: str) -> None:
    data = teams()
    data["twice"] = 2 * data["support"] - 5
    with pytest.raises(InputError, match=r"'twice' follows from '\(Intercept\)', 'support'"):
        fit_functioning(data, "rating", ["support", "setting", "twice"], "trust", kind)
    data["ward"] = data["setting"].eq("ward")
    with pytest.raises(InputError, match=r"'ward' follows from 'setting\[ward\]'"):
        fit_functioning(data, "rating", ["support", "setting", "ward"], "trust", kind)


def test_perfect_separation_is_named() -> None:
    data = teams()
    data["sure"] = np.where(data["met"] == 1, 7.0, 3.0) + data["support"] / 10
    with pytest.raises(InputError, match="'sure' tells 'met' apart without error"):
        fit_functioning(data, "met", ["support", "sure"], "trust", "logistic")
    # quasi-complete: every ward met the standard, other teams varied
    data["met"] = data["met"].where(data["setting"] != "ward", 1)
    with pytest.raises(InputError, match=r"'setting\[ward\]' tells 'met' apart"):
        fit_functioning(data, "met", ["support", "setting"], "trust", "logistic")
    # two terms of which neither does so alone
    grid = pd.DataFrame(list(product([0.0, 1, 2, 3], repeat=2)), columns=["a", "b"])
    grid["met"] = (grid["a"] + grid["b"] > 2.5).astype(int)
    with pytest.raises(InputError, match="'a' with 'b' tell 'met' apart"):
        fit_functioning(grid, "met", ["a", "b"], None, "logistic")
    grid.loc[0, "met"] = 1
    assert fit_functioning(grid, "met", ["a", "b"], None, "logistic")["se"].lt(10).all()


def test_separation_is_named_in_counts_and_levels_too() -> None:
    data = teams()
    data["complaints"] = data["complaints"].where(data["setting"] != "ward", 0)
    with pytest.raises(InputError, match=r"'setting\[ward\]' tells 'complaints' apart"):
        fit_functioning(data, "complaints", ["support", "setting"], "trust", "negative_binomial")
    data["rating"] = data["rating"].where(data["setting"] != "ward", 3)
    with pytest.raises(InputError, match=r"'setting\[ward\]' tells 'rating' apart"):
        fit_functioning(data, "rating", ["support", "setting"], "trust", "ordinal")


def test_too_few_clusters_are_refused_and_few_are_remarked_on() -> None:
    with pytest.raises(InputError, match="3 clusters .'trust'. are too few for 3 coefficients"):
        fit_functioning(teams(3, 20), "score", ["support", "setting"], "trust")
    found = fit_functioning(teams(4, 12), "score", ["support"], "trust").set_index("term")
    assert "p_wild can't be below 0.125" in found.loc["support", "note"]
    assert "fewer than 4 degrees of freedom" in found.loc["support", "note"]
    assert found.loc["support", "p_wild"] >= 0.125
    assert "CR1 with 8 clusters" in fit_functioning(teams(), "rating", ["support"], "trust", "ordinal")["note"][0]


def test_one_unit_per_cluster_has_a_named_stand_in() -> None:
    data = teams().drop_duplicates("trust")
    found = fit_functioning(data, "score", ["support"], "trust", "random_intercept")
    assert found["method"].eq("least squares; CR2, Satterthwaite").all()
    assert found["note"].str.contains("least squares stands in").all()
    assert found["note"].str.contains("one unit per cluster: CR2 is HC2").all()


def test_counts_without_dispersion_have_a_named_stand_in() -> None:
    data = teams().assign(complaints=[1, 2] * 24)
    found = fit_functioning(data, "complaints", ["support"], "trust", "negative_binomial")
    assert found["method"].str.startswith("Poisson").all()
    assert found["note"].str.contains("Poisson stands in").all()
    assert found["term"].tolist() == ["(Intercept)", "support"]


def test_clusters_that_dont_differ_are_remarked_on() -> None:
    data = teams()
    data["score"] = np.random.default_rng(7).normal(size=48)
    data["score"] -= data.groupby("trust")["score"].transform("mean")
    found = fit_functioning(data, "score", ["support"], "trust", "random_intercept").set_index("term")
    assert "variance between clusters is estimated as nought" in found.loc["support", "note"]
    plain = smf.ols("score ~ support", data).fit()
    assert found.loc["support", "se"] == pytest.approx(plain.bse["support"])
    # the other end: nothing varies within
    with pytest.raises(InputError, match="'score' doesn't vary within clusters"):
        fit_functioning(
            data.assign(score=data["trust"].factorize()[0]), "score", ["support"], "trust", "random_intercept"
        )


def test_blanks_are_left_out_and_counted() -> None:
    data = teams()
    data.loc[[0, 5], "support"] = np.nan
    data.loc[7, "trust"] = None
    found = fit_functioning(data, "score", ["support"], "trust")
    assert found["n"].eq(45).all()
    assert found["note"].str.startswith("3 of 48 rows left out for blanks").all()
    same = fit_functioning(data.drop([0, 5, 7]), "score", ["support"], "trust")
    assert_allclose(found[["estimate", "se", "df"]], same[["estimate", "se", "df"]])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "linaer"}, "kind: 'linaer' is unknown. Did you mean 'linear'"),
        ({"terms": ["suport"]}, "no column 'suport'. Did you mean 'support'"),
        ({"terms": "support"}, "terms: give a list of columns"),
        ({"terms": []}, "at least one column"),
        ({"terms": ["support", "support"]}, "'support' is given twice"),
        ({"terms": ["score"]}, "'score' is the outcome as well"),
        ({"terms": ["trust"]}, "'trust' is the clusters as well"),
        ({"outcome": "scor"}, "Did you mean 'score'"),
        ({"outcome": "setting"}, "'setting' isn't a column of numbers"),
        ({"kind": "logistic"}, "a logistic model needs 0 and 1"),
        ({"kind": "negative_binomial"}, "a count is a whole number from 0"),
        ({"kind": "ordinal"}, "48 levels: an ordinal model is for a few"),
        ({"kind": "random_intercept", "clusters": None}, "needs clusters"),
        ({"outcome": "doubled"}, "'doubled' follows from the terms without error"),
        ({"terms": ["blank"]}, "Each of the 48 rows has a blank"),
        ({"terms": ["same"]}, "'same' is 2 in every row"),
        ({"level": 95}, "level: 95 is impossible"),
    ],
)
def test_what_cant_be_used_is_named(change: dict[str, Any], says: str) -> None:
    data = teams().assign(blank=np.nan, same=2.0)
    data["doubled"] = 2 * data["support"] + 1
    given = {"outcome": "score", "terms": ["support"], "clusters": "trust", "kind": "linear", **change}
    with pytest.raises(InputError, match=says):
        fit_functioning(data, **given)


# --- one trust at a time --------------------------------------------------------------------------------------------


def test_each_row_is_the_fit_without_that_trust() -> None:
    data = teams(6, 5)
    table = leave_one_trust_out(data, "score", ["support", "setting"], "trust").set_index(["left_out", "term"])
    by_hand = fit_functioning(data[data["trust"] != "X2"], "score", ["support", "setting"], "trust").set_index("term")
    whole = fit_functioning(data, "score", ["support", "setting"], "trust").set_index("term")
    row = table.loc[("X2", "support")]
    assert row["estimate"] == pytest.approx(by_hand.loc["support", "estimate"])
    assert row["change"] == pytest.approx(by_hand.loc["support", "estimate"] - whole.loc["support", "estimate"])
    assert row["rows_left_out"] == 5
    assert len(table) == 18


def test_a_finding_that_hangs_on_one_trust_shows() -> None:
    data = teams(8, 6)
    data["score"] = np.random.default_rng(4).normal(size=48)
    far = data["trust"] == "X3"
    data.loc[far, "score"] += 40
    data.loc[far, "support"] += 10
    table = leave_one_trust_out(data, "score", ["support"], "trust")
    support = table[table["term"] == "support"].set_index("left_out")
    assert support["change"].abs().idxmax() == "X3"
    assert abs(support.loc["X3", "estimate"]) < 0.5 < support["with_all"].iloc[0]


def test_a_term_that_needs_a_trust_or_a_model_that_cant_do_without_it_is_blank_and_says_so() -> None:
    data = teams(6, 5)
    data.loc[data["trust"] == "X1", "setting"] = "crisis"
    table = leave_one_trust_out(data, "score", ["setting"], "trust").set_index(["left_out", "term"])
    assert (
        np.isnan(table.loc[("X1", "setting[crisis]"), "estimate"]) or "X1" in table.loc[("X1", "setting[ward]"), "note"]
    )
    few = leave_one_trust_out(teams(3, 8), "score", ["support"], "trust")
    assert few["estimate"].isna().all()
    assert few["turns"].isna().all()
    assert few["note"].str.contains("can't be fitted without 'X[012]': 2 clusters").all()

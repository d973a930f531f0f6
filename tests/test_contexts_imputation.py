"""Blanks filled several times: Rubin's rules by hand, and what a complete-case analysis gets wrong put right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from newroles.contexts import fit_functioning, impute, multiple_imputation, pool
from newroles.errors import InputError


def teams(trusts: int = 20, each: int = 10, seed: int = 1) -> pd.DataFrame:
    """One row per team: trust, wte (doublings), support, agreed (correlates .6), score = 3 support + 1 agreed + noise."""
    rng = np.random.default_rng(seed)
    n = trusts * each
    data = pd.DataFrame({"trust": np.repeat(np.arange(trusts), each), "wte": np.repeat(rng.normal(size=trusts), each)})
    data["support"] = rng.normal(size=n)
    data["agreed"] = 0.6 * data["support"] + 0.8 * rng.normal(size=n)
    data["score"] = (
        3 * data["support"] + data["agreed"] + rng.normal(size=n) + 0.5 * rng.normal(size=trusts)[data["trust"]]
    )
    return data


def a_fit(estimate: float, se: float, df: float = np.nan) -> pd.DataFrame:
    row = {"term": "x", "part": "term", "estimate": estimate, "se": se, "df": df, "n": 9, "clusters": 3}
    return pd.DataFrame([row | {"method": "m", "note": ""}])


def test_rubins_rules_by_hand() -> None:
    """Estimates 1, 2, 3, se 1: within 1, between 4/3 x 1, total 7/3, share 4/7; old df 2 x 49/16 = 6.125.

    Complete-data df 10: seen 11/13 x 10 x 3/7 = 3.626374; together 1 / (1/6.125 + 1/3.626374) = 2.277778.
    """
    found = pool([a_fit(1, 1, 10), a_fit(2, 1, 10), a_fit(3, 1, 10)]).iloc[0]
    assert found["estimate"] == 2
    assert found["se"] == pytest.approx((7 / 3) ** 0.5)
    assert found["from_blanks"] == pytest.approx(4 / 7)
    assert found["df"] == pytest.approx(1 / (1 / 6.125 + 1 / 3.626373626), rel=1e-9)
    assert found["high"] - found["estimate"] == pytest.approx(3.8381 * (7 / 3) ** 0.5, rel=1e-2)  # t of 2.278 df
    endless = pool([a_fit(1, 1), a_fit(2, 1), a_fit(3, 1)]).iloc[0]
    assert endless["df"] == pytest.approx(6.125)


def test_without_a_difference_between_fits_nothing_is_due_to_blanks() -> None:
    found = pool([a_fit(1, 1), a_fit(1, 1)]).iloc[0]
    assert found["from_blanks"] == 0
    assert np.isnan(found["df"])
    assert found["high"] == pytest.approx(1 + 1.959964, abs=1e-6)


def test_only_blanks_change_and_a_seed_repeats_them() -> None:
    data = teams()
    data.loc[::7, "support"] = np.nan
    data.loc[::5, "agreed"] = np.nan
    one, two = (impute(data, ["support", "agreed"], ["score", "wte"], 3, 3, np.random.default_rng(s)) for s in (1, 1))
    for first, second in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(first, second)
        known = data["support"].notna()
        assert_allclose(first.loc[known, "support"], data.loc[known, "support"])
        assert first.notna().all().all()
    assert not np.allclose(one[0]["support"], one[1]["support"])


def test_draws_have_the_conditional_mean_and_spread() -> None:
    """x known to be y / 2 + noise of sd 1: blanks at y = 4 are drawn around 2 with sd 1."""
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"y": rng.normal(0, 3, 4000)})
    data["x"] = data["y"] / 2 + rng.normal(size=4000)
    data.loc[:999, "y"] = 4.0
    data.loc[:999, "x"] = np.nan
    drawn = impute(data, ["x"], ["y"], 1, 1, rng)[0].loc[:999, "x"]
    assert drawn.mean() == pytest.approx(2, abs=0.15)
    assert drawn.std() == pytest.approx(1, abs=0.1)


def test_units_kept_take_away_the_bias_of_leaving_them_out() -> None:
    """Support is blank mostly where the score is high. The truth is 3 and 1; complete cases miss it, imputation doesn't."""
    data = teams(60, 25, seed=5)
    rng = np.random.default_rng(6)
    blank = rng.random(len(data)) < np.where(data["score"] > 1, 0.85, 0.05)
    holes = data.assign(support=data["support"].mask(blank))
    terms = ["support", "agreed"]
    complete = fit_functioning(holes, "score", terms, "trust", level=0.999, draws=99).set_index("term")
    filled = multiple_imputation(holes, "score", terms, "trust", m=8, cycles=4, level=0.999, rng=rng).set_index("term")
    assert not complete.loc["support", "low"] < 3 < complete.loc["support", "high"]
    for term, truth in (("(Intercept)", 0), ("support", 3), ("agreed", 1)):
        assert filled.loc[term, "low"] < truth < filled.loc[term, "high"]
    whole = fit_functioning(data, "score", terms, "trust", draws=99).set_index("term")
    assert filled.loc["support", "se"] > whole.loc["support", "se"]
    assert 0.1 < filled.loc["support", "from_blanks"] < 0.9
    assert filled.loc["support", "df"] < whole.loc["support", "df"]
    assert f"{int(blank.sum())} blanks of 'support' filled" in filled.loc["support", "note"]
    assert filled["n"].eq(1500).all()
    assert filled["m"].eq(8).all()
    assert filled["p_wild"].isna().all()


def test_other_kinds_are_pooled_and_the_clusters_may_help() -> None:
    data = teams()
    data["met"] = (data["score"] + 3 * np.random.default_rng(1).normal(size=200) > 0).astype(int)
    data.loc[::4, "support"] = np.nan
    data["trust"] = data["trust"].map(lambda i: f"X{i:02d}")
    rng = np.random.default_rng(3)
    found = multiple_imputation(data, "met", ["support"], "trust", "logistic", ["agreed", "trust"], 3, 2, rng=rng)
    assert found["method"].eq("logistic regression; CR2, Satterthwaite; 3 imputations, Rubin").all()
    assert found["se"].gt(0).all()
    data["rating"] = pd.Categorical(np.where(data["met"] == 1, "good", "poor"), ["poor", "good"], ordered=True)
    levels = multiple_imputation(data, "rating", ["support"], None, "ordinal", m=3, cycles=2, rng=rng)
    assert levels["part"].tolist() == ["term", "threshold"]


def test_without_blanks_it_is_the_plain_fit() -> None:
    data = teams()
    data.loc[0, "score"] = np.nan
    found = multiple_imputation(data, "score", ["support"], "trust", m=2)
    plain = fit_functioning(data, "score", ["support"], "trust", draws=99)
    assert_allclose(found[["estimate", "se"]], plain[["estimate", "se"]])
    assert found["note"].str.contains("no blanks to fill").all()
    assert found["note"].str.contains("1 of 200 rows left out for blanks that aren't filled").all()


def holed(**columns: Any) -> pd.DataFrame:
    data = teams().assign(**columns)
    data.loc[::4, "support"] = np.nan
    return data


@pytest.mark.parametrize(
    ("data", "options", "says"),
    [
        (holed(), {"m": 1}, "m: 1 is impossible"),
        (holed(), {"cycles": 0}, "cycles: expected 1 or more"),
        (holed(support=np.nan), {}, "'support' is blank in every row"),
        (holed(support=[1.0, 2, 3] + [np.nan] * 197), {}, "'support' is known in 2 rows, too few"),
        (holed(wte=[np.nan] + [1.0, 2] * 99 + [3.0]), {"helpers": ["wte"]}, "'wte' is blank in 1 of 200 rows"),
        (holed(), {"helpers": ["wt"]}, "no column 'wt'. Did you mean 'wte'"),
        (holed(met=1), {"outcome": "met"}, "Imputation 1 of 3: 'met' is 1 in each"),
        (holed(score=np.nan), {}, "Each of the 200 rows has a blank in one of score, trust"),
    ],
)
def test_what_cant_be_filled_is_named(data: pd.DataFrame, options: dict[str, Any], says: str) -> None:
    given = {"outcome": "score", "terms": ["support"], "clusters": "trust", "m": 3, "cycles": 2, **options}
    with pytest.raises(InputError, match=says):
        multiple_imputation(data, **given)


def test_fits_that_differ_arent_pooled() -> None:
    with pytest.raises(InputError, match="There are 1 tables to pool"):
        pool([a_fit(1, 1)])
    with pytest.raises(InputError, match="different coefficients"):
        pool([a_fit(1, 1), a_fit(1, 1).assign(term="y")])
    with pytest.raises(InputError, match="'name' isn't a column of numbers"):
        impute(pd.DataFrame({"name": ["a", None], "y": [1, 2]}), ["name"], ["y"])


def test_a_column_that_is_mostly_blank_is_remarked_on() -> None:
    data = teams()
    data.loc[data.index % 5 > 1, "support"] = np.nan
    found = multiple_imputation(data, "score", ["support"], "trust", m=2, cycles=1, rng=np.random.default_rng(1))
    assert found["note"].str.contains("'support' is mostly blank").all()

"""Agreement between coders: known answers first, then the smallest tables that could break each rule."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from newroles.coding import (
    against_gold,
    agreement,
    agreement_by_unit,
    confusion,
    drift,
    label_sets_from_codes,
    leave_one_coder_out,
    per_code_agreement,
    ratings_from_codings,
    ratings_per_code,
    span_agreement,
)
from newroles.coding.rating_table import LEVELS, read_ratings
from newroles.coding.reliability import STATISTICS
from newroles.coding.resampling import resamples
from newroles.errors import InputError

IRRCAC = {
    "AC": "gwet_ac1",
    "fleiss": "fleiss_kappa",
    "krippendorff": "krippendorff_alpha",
    "conger": "conger_kappa",
    "brennan_prediger": "brennan_prediger",
    "percent_agreement": "percent_agreement",
}


def by_unit(*coders: str, categories: str = "") -> pd.DataFrame:
    """One string a coder, one character a unit; "." is not coded. Digits become numbers."""
    columns = {f"coder{n}": [np.nan if c == "." else c for c in coder] for n, coder in enumerate(coders, start=1)}
    table = pd.DataFrame(columns)
    return table if any(c.isalpha() for coder in coders for c in coder) else table.astype(float)


def from_counts(table: list[list[int]]) -> pd.DataFrame:
    """Ratings of two coders from their two-way table."""
    rows = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return pd.DataFrame(rows, columns=["coder1", "coder2"])


def value(ratings: pd.DataFrame, statistic: str, level: str = "nominal") -> float:
    return float(agreement(ratings, statistic, level, n_boot=0)["value"].iloc[0])


# Krippendorff 2011, Computing Krippendorff's alpha-reliability: four observers, twelve units
KRIPPENDORFF = by_unit("123321412...", "1233224125.3", ".3332342251.", "12332441251.")

# Gwet 2014, four raters: the same units, save that the third rater gave the last unit its only rating
GWET = by_unit("123321412...", "1233224125..", ".33323422513", "12332441251.")

# Fleiss 1971, table 1: the categories (1 depression ... 5 other) that six psychiatrists gave to each of 30 patients
FLEISS = (
    "444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445 "
    "333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"
)


# Published numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_krippendorffs_own_example(level, alpha):
    """Krippendorff 2011; digits beyond his from R irr 0.84.1, kripp.alpha."""
    digits = {"nominal": 0.743421052631579, "ordinal": 0.815387503754881, "interval": 0.849107142857143}
    found = value(KRIPPENDORFF, "krippendorff_alpha", level)
    assert found == pytest.approx(alpha, abs=0.0005)
    assert found == pytest.approx(digits.get(level, 0.797402774711612), abs=1e-12)


def test_gwets_example_of_four_raters():
    """Gwet 2014 and R irrCAC 1.0 (five decimals), with standard errors."""
    expected = {
        "gwet_ac1": (0.77544, 0.14295),
        "fleiss_kappa": (0.76117, 0.15302),
        "krippendorff_alpha": (0.74342, 0.14557),
        "conger_kappa": (0.76282, 0.14917),
        "brennan_prediger": (0.77273, 0.14472),
        "percent_agreement": (0.81818, 0.12561),
    }
    found = agreement(GWET, list(expected), n_boot=0).set_index("statistic")
    for statistic, (estimate, se) in expected.items():
        assert found.loc[statistic, "value"] == pytest.approx(estimate, abs=6e-6), statistic
        assert found.loc[statistic, "se"] == pytest.approx(se, abs=6e-6), statistic
    assert set(found["n_units"]) == {11}  # the twelfth unit has one rating


@pytest.mark.parametrize(
    ("level", "statistic", "estimate", "se"),
    [
        ("ordinal", "gwet_ac2", 0.85874, 0.11733),  # irrCAC weights="linear"
        ("interval", "gwet_ac2", 0.91400, 0.10396),  # weights="quadratic"
        ("interval", "krippendorff_alpha", 0.84911, 0.12913),  # weights="quadratic"
        ("ratio", "krippendorff_alpha", 0.79740, 0.14048),  # weights="ratio"
    ],
)
def test_weighted_coefficients_of_gwets_example(level, statistic, estimate, se):
    """R irrCAC 1.0 on the same four raters."""
    found = agreement(GWET, statistic, level, n_boot=0).iloc[0]
    assert found["value"] == pytest.approx(estimate, abs=6e-6)
    assert found["se"] == pytest.approx(se, abs=6e-6)


def test_fleiss_psychiatrists():
    """Fleiss 1971: kappa .430. The others: R irr 0.84.1 (kappam.fleiss exact=TRUE, kappam.light) and irrCAC 1.0.

    Fleiss published how many psychiatrists gave each category; irr's data name six columns, in which Conger and Light
    see who did. Here the columns are the sorted ratings, as there.
    """
    ratings = pd.DataFrame([[int(c) for c in patient] for patient in FLEISS.split()])
    found = agreement(ratings, n_boot=0).set_index("statistic")
    assert round(found.loc["fleiss_kappa", "value"], 3) == 0.430
    assert found.loc["conger_kappa", "value"] == pytest.approx(0.441808540329333, abs=1e-12)
    assert found.loc["light_kappa", "value"] == pytest.approx(0.459412144434595, abs=1e-12)
    assert found.loc["gwet_ac1", ["value", "se"]].tolist() == pytest.approx([0.44788, 0.05566], abs=6e-6)
    assert found.loc["conger_kappa", "se"] == pytest.approx(0.05079, abs=6e-6)
    counts = np.array([[patient.count(c) for c in "12345"] for patient in FLEISS.split()])
    assert found.loc["fleiss_kappa", "value"] == pytest.approx(statsmodels_fleiss(counts), abs=1e-12)


def test_two_abstractors():
    """Gwet 2014's table of 100 pregnancies; R irrCAC 1.0, functions for two-way tables (which divide by n)."""
    expected = {
        "cohen_kappa": (0.796409402183972, 0.0589107183260815),
        "conger_kappa": (0.796409402183972, 0.0589107183260815),
        "gwet_ac1": (0.849330548231346, 0.0432174675225593),
        "fleiss_kappa": (0.796239696211911, 0.0590547333089573),
        "brennan_prediger": (0.835, 0.046933463541486),
        "krippendorff_alpha": (0.797258497730852, 0.0590547333089573),
    }
    found = agreement(from_counts([[13, 0, 0], [0, 20, 7], [0, 4, 56]]), n_boot=0).set_index("statistic")
    for statistic, pair in expected.items():
        assert found.loc[statistic, ["value", "se"]].tolist() == pytest.approx(pair, abs=1e-9), statistic


def test_ben_and_gerry_with_a_missing_rating():
    """Gwet 2014; R irrCAC 1.0, cac.ben.gerry. Gerry left one of twelve units out."""
    ratings = by_unit("aabbdcccedda", "babbbccce.dd")
    expected = {
        "gwet_ac1": (0.66144, 0.18396),
        "fleiss_kappa": (0.64935, 0.1913),
        "krippendorff_alpha": (0.66489, 0.18007),
        "conger_kappa": (0.65714, 0.17943),
        "brennan_prediger": (0.65909, 0.18527),
        "percent_agreement": (0.72727, 0.15506),
    }
    found = agreement(ratings, n_boot=0).set_index("statistic")
    for statistic, pair in expected.items():
        assert found.loc[statistic, ["value", "se"]].tolist() == pytest.approx(pair, abs=6e-6), statistic
    # Cohen's kappa knows the eleven alone, as statsmodels on their table does
    both = ratings.dropna().apply(lambda column: column.map({c: i for i, c in enumerate("abcde")}))
    counts = np.zeros((5, 5))
    np.add.at(counts, (both["coder1"].to_numpy(), both["coder2"].to_numpy()), 1)
    expected_cohen = cohens_kappa(counts)
    assert found.loc["cohen_kappa", "value"] == pytest.approx(expected_cohen.kappa, abs=1e-12)


def test_eyes_of_7477_women(shared: Path):
    """Weighted kappas of a two-way table: R vcd 1.4-11, Kappa(), asymptotic errors."""
    case = shared / "reference/reliability/vision_weighted_kappa"
    expected = json.loads((case / "case.json").read_text())["expected"]
    ratings = from_counts(pd.read_csv(case / "input_table.csv").set_index("rater1").to_numpy().tolist())
    found = agreement(ratings, ["cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic"], "ordinal", n_boot=0)
    kappas, errors = ["kappa", "kappa_linear", "kappa_quadratic"], ["ase_unweighted_vcd", "ase_linear_vcd"]
    assert found["value"].tolist() == pytest.approx([expected[k] for k in kappas], abs=1e-12)
    assert found["se"].tolist() == pytest.approx([expected[e] for e in [*errors, "ase_quadratic_vcd"]], abs=1e-12)


def test_anxiety_rated_by_three(shared: Path):
    """R irr 0.84.1: icc() in its forms, kendall(correct = TRUE), kripp.alpha with a blank fourth coder."""
    case = shared / "reference/reliability/anxiety_icc_kendall"
    expected = json.loads((case / "case.json").read_text())["expected"]
    forms = pd.read_csv(case / "expected_icc.csv")["icc"].tolist()
    ratings = pd.read_csv(case / "input_ratings.csv", index_col="unit")
    names = ["icc_1", "icc_a1", "icc_ak", "icc_c1", "icc_ck"]
    found = agreement(ratings, level="interval", n_boot=0).set_index("statistic")["value"]
    assert found[names].tolist() == pytest.approx(forms, abs=1e-12)
    assert found["kendall_w"] == pytest.approx(expected["kendall_W_corrected"], abs=1e-12)
    assert found["krippendorff_alpha"] == pytest.approx(expected["kripp_interval"], abs=1e-12)
    assert value(ratings, "krippendorff_alpha", "ordinal") == pytest.approx(expected["kripp_ordinal"], abs=1e-12)
    assert agreement(ratings, "icc", "interval", n_boot=0)["statistic"].tolist() == names[1:]


def test_shrout_and_fleiss():
    """Shrout and Fleiss 1979, tables 2 and 4: six targets, four judges; ICC(1,1) .17, (2,1) .29, (3,1) .71, (2,4) .62, (3,4) .91."""
    ratings = pd.DataFrame([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    found = agreement(ratings, ["icc_1", "icc_a1", "icc_c1", "icc_ak", "icc_ck"], "interval", n_boot=0)["value"]
    assert found.round(2).tolist() == [0.17, 0.29, 0.71, 0.62, 0.91]


# Reference cases -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["random_nominal_a", "random_nominal_b", "random_skewed"])
def test_generated_ratings_agree_with_r(reference: Path, case):
    """R irrCAC 1.0 (five decimals) and irr 0.84.1, kripp.alpha with a blank coder added (full precision)."""
    folder = reference / "reliability" / case
    ratings = pd.read_csv(folder / "input_ratings.csv", index_col="unit")
    found = agreement(ratings, n_boot=0).set_index("statistic")
    for row in pd.read_csv(folder / "expected_coefficients.csv").itertuples():
        got = found.loc[IRRCAC[row.coefficient], ["value", "se"]].tolist()
        assert got == pytest.approx([row.estimate, row.se], abs=6e-6), row.coefficient
    expected = json.loads((folder / "case.json").read_text())["expected"]
    numbers = ratings.apply(lambda column: column.map({c: i for i, c in enumerate("abcde", start=1)}))
    for level in ("nominal", "ordinal", "interval", "ratio"):
        assert value(numbers, "krippendorff_alpha", level) == pytest.approx(expected[f"kripp_{level}"], abs=1e-12)


@pytest.mark.parametrize("case", ["multilabel_masi_a", "multilabel_masi_b"])
def test_generated_label_sets_agree_with_r(reference: Path, case):
    """An R implementation of alpha with set distances; by code, irr 0.84.1 and irrCAC 1.0."""
    folder = reference / "reliability" / case
    codings = pd.read_csv(folder / "input_codings.csv", keep_default_na=False)
    codings["codes"] = [frozenset(codes.split(";")) - {""} for codes in codings["codes"]]
    sets = pd.DataFrame({coder: of_coder.set_index("unit")["codes"] for coder, of_coder in codings.groupby("coder")})
    expected = json.loads((folder / "case.json").read_text())["expected"]
    for level in ("masi", "jaccard"):
        assert value(sets, "krippendorff_alpha", level) == pytest.approx(expected[f"alpha_{level}"], abs=1e-12)
        complete = value(sets.dropna(), "krippendorff_alpha", level)
        assert complete == pytest.approx(expected[f"alpha_{level}_complete_units"], abs=1e-12)
    found = per_code_agreement(sets, n_boot=0).set_index(["code", "statistic"])
    for row in pd.read_csv(folder / "expected_per_code.csv").itertuples():
        alpha, ac1 = found.loc[(row.code, "krippendorff_alpha")], found.loc[(row.code, "gwet_ac1")]
        assert alpha["value"] == pytest.approx(row.alpha_nominal, abs=1e-12)
        assert ac1[["value", "se"]].tolist() == pytest.approx([row.ac1, row.ac1_se], abs=6e-6)
        assert found.loc[(row.code, "percent_agreement"), "value"] == pytest.approx(row.percent_agreement, abs=1e-12)
        assert alpha["prevalence"] == pytest.approx(row.prevalence, abs=1e-12)
    overall = found.loc[("all codes", "krippendorff_alpha")].set_index("level")["value"]
    assert overall.to_dict() == pytest.approx({x: expected[f"alpha_{x}"] for x in ("masi", "jaccard")}, abs=1e-12)


# By hand -------------------------------------------------------------------------------------------------------------


def alpha_by_definition(ratings: pd.DataFrame, distance) -> float:
    """1 - Do / De, pair by pair: Krippendorff 2019, ch. 12, without any algebra."""
    units = [row.dropna().tolist() for _, row in ratings.iterrows()]
    units = [unit for unit in units if len(unit) > 1]
    everything = list(itertools.chain.from_iterable(units))
    n = len(everything)
    observed = sum(sum(distance(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in units)
    expected = sum(distance(a, b) for a, b in itertools.permutations(everything, 2)) / (n - 1)
    return float(1 - observed / expected)


def masi(a: frozenset, b: frozenset) -> float:
    if a == b:
        return 0.0
    alike = len(a & b) / len(a | b)
    return 1 - alike * (2 / 3 if a <= b or b <= a else 1 / 3)


A, B, AB, BC, NONE = frozenset("a"), frozenset("b"), frozenset("ab"), frozenset("bc"), frozenset()


def test_masi_takes_exact_thirds():
    """{a} and {a,b}: J = 1/2, subset, 1 - 1/3 = 2/3. {a,b} and {b,c}: J = 1/3, overlap, 1 - 1/9 = 8/9.

    Two units; the four sets pair up with distances 2/3 (a-ab, twice), 1 (a-bc), 8/9 (ab-bc, twice), 0 (ab-ab).
    """
    ratings = pd.DataFrame({"ann": [A, AB], "bo": [AB, BC]})
    observed = (Fraction(2, 3) + Fraction(8, 9)) * 2
    expected = 2 * (2 * Fraction(2, 3) + 1 + 2 * Fraction(8, 9) + 0) / 3
    assert value(ratings, "krippendorff_alpha", "masi") == pytest.approx(float(1 - observed / expected), abs=1e-14)


def test_no_code_applies_is_a_rating():
    """Two empty sets agree (distance 0); an empty one and any other are at distance 1, for both distances alike."""
    ratings = pd.DataFrame({"ann": [NONE, NONE, A], "bo": [NONE, A, A]})
    for level in ("masi", "jaccard"):
        found = agreement(ratings, ["percent_agreement", "krippendorff_alpha"], level, n_boot=0)
        assert found["n_units"].tolist() == [3, 3]
        # three empty, three a: Do = 2 / 6, De = 18 / 30
        assert found["value"].tolist() == pytest.approx([2 / 3, 1 - (2 / 6) / (18 / 30)], abs=1e-14)
    blank = ratings.astype(object)
    blank.iloc[0, 0] = np.nan
    assert agreement(blank, "percent_agreement", "masi", n_boot=0).loc[0, ["value", "n_units"]].tolist() == [0.5, 2]


def test_the_worked_example_of_a_qualitative_tool():
    """1,000 characters, 50 coded by both, 75 by each alone, 800 by neither: by hand from the two-way table.

    Pe of Cohen is .125 x .125 + .875 x .875 = .78125, of AC1 2 x .125 x .875 = .21875.
    """
    ratings = from_counts([[800, 75], [75, 50]])
    found = agreement(ratings, n_boot=0).set_index("statistic")["value"]
    assert found["percent_agreement"] == pytest.approx(0.85)
    assert found["cohen_kappa"] == pytest.approx((0.85 - 0.78125) / (1 - 0.78125))
    assert found["gwet_ac1"] == pytest.approx((0.85 - 0.21875) / (1 - 0.21875))
    assert found["brennan_prediger"] == pytest.approx(0.7)
    assert found["holsti"] == found["f1"] == pytest.approx(2 * 50 / 250)
    assert found["krippendorff_alpha"] == pytest.approx(1 - 0.15 / (2 * 250 * 1750 / (2000 * 1999)))


def test_holsti_counts_every_code_and_f1_only_shared_units():
    """Ann gave 2 codes in shared units and 1 where bo was absent; bo gave 1; they share 1."""
    binary = by_unit("1101", "100.")
    assert value(binary, "holsti") == pytest.approx(2 * 1 / (3 + 1))
    assert value(binary, "f1") == pytest.approx(2 * 1 / (2 + 1))
    assert value(by_unit("abc", "abd"), "holsti") == pytest.approx(2 * 2 / 6)
    sets = pd.DataFrame({"ann": [AB, NONE, BC], "bo": [B, A, np.nan]}, dtype=object)
    assert value(sets, "holsti", "masi") == pytest.approx(2 * 1 / (4 + 2))
    assert value(sets, "f1", "masi") == pytest.approx(2 * 1 / (2 + 2))


def test_categories_that_nobody_used_count_when_declared():
    """Brennan and Prediger's chance is one over the number of categories: 1/2 as used, 1/4 as declared."""
    ratings = by_unit("aabb", "aaba")
    declared = ratings.astype(pd.CategoricalDtype(list("abcd")))
    assert value(ratings, "brennan_prediger") == pytest.approx((0.75 - 1 / 2) / (1 - 1 / 2))
    assert value(declared, "brennan_prediger") == pytest.approx((0.75 - 1 / 4) / (1 - 1 / 4))


def test_an_ordered_categorical_is_ordinal_by_its_order():
    """The order low, middle, high isn't the alphabet's; the numbers 1, 2, 3 are the same ratings."""
    words = by_unit("lmhhl", "lhhml").replace({"l": "low", "m": "middle", "h": "high"})
    ordered = words.astype(pd.CategoricalDtype(["low", "middle", "high"], ordered=True))
    numbers = by_unit("12331", "13321")
    for statistic in ("krippendorff_alpha", "gwet_ac2", "cohen_kappa_linear", "kendall_w"):
        assert value(ordered, statistic, "ordinal") == pytest.approx(value(numbers, statistic, "ordinal"), abs=1e-14)


def test_one_category_only():
    ratings = by_unit("aaaa", "aaa.", "aaaa")
    found = agreement(ratings, n_boot=20).set_index("statistic")
    agreed = found.loc[["percent_agreement", "holsti"]]
    assert agreed.loc["percent_agreement", ["value", "low", "high"]].tolist() == [1, 1, 1]
    corrected = found.drop(index=agreed.index)
    assert corrected[["value", "se", "low", "high"]].isna().all(axis=None)
    assert set(corrected["note"]) == {"one category only: agreement beyond chance isn't defined"}
    assert not agreed["note"].any()


def test_a_prevalent_category_is_named():
    """95 of 100 ratings are 0: more than 90 %. With 80 of 100 there is no warning."""
    found = agreement(from_counts([[46, 2], [1, 1]]), n_boot=0).set_index("statistic")["note"]
    kappas = ["cohen_kappa", "fleiss_kappa", "conger_kappa", "light_kappa", "krippendorff_alpha"]
    assert found[kappas].str.contains("0 takes 95% of ratings").all()
    assert not found.drop(index=kappas).any()
    assert not agreement(from_counts([[38, 2], [2, 8]]), n_boot=0)["note"].any()


def test_units_coded_once_inflate_the_formula_and_the_note_says_so():
    """All agree, half the units are coded by one coder: nothing varies, yet Gwet's formula (as irrCAC's) varies.

    By hand: 10 contributions of 2 and 10 of 0 have mean 1 and variance 20 / 19; its root over root 20 is .2294 for
    percent agreement. No resample differs from 1.
    """
    found = agreement(by_unit("01" * 10, "01" * 5 + "." * 10), n_boot=100, rng=np.random.default_rng(1))
    found = found.set_index("statistic")
    assert found.loc["percent_agreement", "se"] == pytest.approx(np.sqrt(20 / 19 / 20))
    assert found.loc["gwet_ac1", ["value", "low", "high"]].tolist() == [1, 1, 1]
    assert found.loc["gwet_ac1", "note"].endswith(
        "50% of units have a single rating, which makes this se too large: rely on low and high"
    )
    unsampled = agreement(by_unit("01" * 10, "01" * 5 + "." * 10), ["gwet_ac1"], n_boot=0)["note"].item()
    assert unsampled.endswith("an interval from resamples (n_boot) would say more")  # there is no low and high
    assert found.loc["krippendorff_alpha", "se"] == 0  # alpha leaves such units out
    assert "single rating" not in found.loc["krippendorff_alpha", "note"]


def test_a_code_given_to_one_unit_has_neither_interval_nor_an_se_to_rely_on():
    """One of 20 units has the code, by one of two coders: (19/20)^20 = 36 % of resamples miss it and have no kappa."""
    found = agreement(by_unit("1" + "0" * 19, "0" * 20), ["fleiss_kappa", "gwet_ac1"], rng=np.random.default_rng(1))
    kappa, ac1 = found.set_index("statistic")[["low", "high", "note"]].to_dict("records")
    assert np.isnan(kappa["low"])
    assert "nor is this se to be relied on" in kappa["note"]
    assert not np.isnan(ac1["low"])
    assert "relied on" not in ac1["note"]


def test_a_single_unit_has_no_interval():
    found = agreement(by_unit("a", "b"), ["percent_agreement", "brennan_prediger"], n_boot=20)
    assert found["value"].tolist() == [0, -1]
    assert found[["se", "low", "high"]].isna().all(axis=None)
    assert found["note"].str.startswith("a single unit").all()


def test_nobody_gave_the_code():
    found = agreement(by_unit("0000", "0000"), ["f1", "holsti"], n_boot=0)
    assert found["value"].isna().all()
    assert set(found["note"]) == {"not defined: nobody gave a code"}


def test_all_gives_what_the_ratings_allow():
    two, three = by_unit("1213", "1223"), by_unit("1213", "1223", "1212")
    nominal = set(agreement(two, n_boot=0)["statistic"])
    assert "cohen_kappa" in nominal
    assert not nominal & {"f1", "gwet_ac2", "cohen_kappa_linear", "icc_a1", "kendall_w"}
    assert "cohen_kappa" not in set(agreement(three, n_boot=0)["statistic"])
    assert {"gwet_ac2", "kendall_w"} <= set(agreement(three, level="ordinal", n_boot=0)["statistic"])
    assert {"icc_a1", "icc_ck"} <= set(agreement(three, level="ratio", n_boot=0)["statistic"])
    sets = pd.DataFrame({"ann": [A, B], "bo": [A, NONE]})
    assert agreement(sets, level="masi", n_boot=0)["statistic"].tolist() == [
        "percent_agreement",
        "krippendorff_alpha",
        "holsti",
        "f1",
    ]


# Bad input -----------------------------------------------------------------------------------------------------------

BINARY = by_unit("0110", "0100")


@pytest.mark.parametrize(
    ("ratings", "arguments", "says"),
    [
        (BINARY, {"statistics": "gwet_acl"}, "Did you mean 'gwet_ac1'"),
        (BINARY, {"level": "ordnal"}, "Did you mean 'ordinal'"),
        (BINARY, {"statistics": ["gwet_ac2"]}, "AC1 is the same"),
        (BINARY, {"statistics": ["icc"]}, "icc_a1 can't be computed: it is for level interval, ratio"),
        (by_unit("ab", "aa", "bb"), {"statistics": "cohen_kappa"}, "two coders, and these are 3"),
        (by_unit("ab", "aa"), {"statistics": "f1"}, "needs 1 and 0"),
        (by_unit("12.", ".11"), {"statistics": "icc_a1", "level": "interval"}, "two units that every coder rated"),
        (BINARY, {"n_boot": -1}, "expected a whole number of resamples"),
        (BINARY, {"level": "masi"}, "unit 0, coder 'coder1': 0.0 is not a set of codes"),
        (by_unit("ab", "aa"), {"level": "ordinal"}, "unit 0, coder 'coder1': 'a' is not a number"),
        (by_unit("12", "12") - 2, {"level": "ratio"}, "unit 0, coder 'coder1': -1.0 can't be used"),
        (by_unit("12", "12").replace(2, np.inf), {"level": "interval"}, "unit 1, coder 'coder1': inf"),
        (pd.DataFrame({"a": [1, 2], "b": ["1", "2"]}), {}, "the text '1' stands beside the number 1"),
        (by_unit("1.", ".1"), {}, "No unit was rated by two coders"),
        (by_unit("11", ".."), {}, "these ratings come from 1"),
        (BINARY.set_axis(["a", "a"], axis=1), {}, "Two columns are called 'a'"),
        ([[1, 0]], {}, "ratings is a list"),
        (pd.DataFrame({"a": [{"x"}], "b": [{"x"}]}), {}, "label sets are frozensets"),
    ],
)
def test_what_cannot_be_used_is_named(ratings, arguments, says):
    with pytest.raises(InputError) as problem:
        agreement(ratings, **{"n_boot": 0, **arguments})
    assert says in str(problem.value)


# Resampling ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
def test_a_resample_is_the_statistic_of_the_units_drawn(level):
    """The replicates, computed from sums over rows, equal the statistic of the table with those rows written out."""
    rng = np.random.default_rng(152665)
    if level in ("masi", "jaccard"):
        cells = [A, B, AB, BC, NONE]
        ratings = pd.DataFrame([[cells[i] for i in rng.integers(0, 5, 3)] for _ in range(25)], dtype=object)
    else:
        base = rng.integers(1, 5, 25)
        ratings = pd.DataFrame([np.where(rng.random(25) < 0.6, base, rng.integers(1, 5, 25)) for _ in range(3)]).T
        ratings = ratings.astype(float)
    ratings = ratings.mask(rng.random(ratings.shape) < 0.1)
    for columns in (ratings, ratings[[0, 1]]):
        table = read_ratings(columns, level)
        names = agreement(columns, level=level, n_boot=0)["statistic"].tolist()
        (draws,) = resamples(table.times, 4, rng)
        assert set(draws.sum(axis=0)) == {table.times.sum()}
        for column in draws.T:
            rows = np.repeat(table.codes, column.astype(int), axis=0)
            drawn = pd.DataFrame(
                [[table.categories[c] if c >= 0 else np.nan for c in row] for row in rows], dtype=object
            )
            expected = agreement(drawn, names, level, n_boot=0).set_index("statistic")["value"]
            for name in names:
                found = STATISTICS[name].estimate(table, column[:, None])[0]
                assert found == pytest.approx(expected[name], abs=1e-12), name


def test_both_ways_to_draw_have_the_moments_of_a_multinomial():
    """40 units, in rows of one (drawn unit by unit) or of 20 and 20 (drawn at once): mean 1 or 20, variance n p (1 - p)."""
    rng = np.random.default_rng(7)
    singles = np.concatenate(list(resamples(np.ones(40), 4000, rng)), axis=1)
    pairs = np.concatenate(list(resamples(np.array([20.0, 20.0]), 4000, rng)), axis=1)
    for draws, mean, variance in ((singles, 1, 40 * (1 / 40) * (39 / 40)), (pairs, 20, 10)):
        assert (draws.sum(axis=0) == 40).all()
        assert draws.mean() == pytest.approx(mean)
        assert draws.var(axis=1).mean() == pytest.approx(variance, rel=0.05)


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others():
    first, again, other = (agreement(KRIPPENDORFF, n_boot=200, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert (first["low"] != other["low"]).any()
    assert (first["low"] <= first["value"]).all()
    assert (first["value"] <= first["high"]).all()
    without = agreement(KRIPPENDORFF, n_boot=0)
    assert without[["low", "high"]].isna().all(axis=None)
    assert without.set_index("statistic")["se"].isna().to_dict()["light_kappa"]


def test_bootstrap_and_formula_agree_on_a_large_table():
    """Two roads to one standard error: Gwet's linearisation and the spread of the resamples, 400 units.

    Percent agreement isn't asked: Gwet's formula for it comes out a tenth larger here, where 6 % of units have one rating.
    """
    rng = np.random.default_rng(3)
    base = rng.integers(0, 3, 400)
    ratings = pd.DataFrame([np.where(rng.random(400) < 0.7, base, rng.integers(0, 3, 400)) for _ in range(3)]).T
    ratings = ratings.mask(rng.random(ratings.shape) < 0.15)
    found = agreement(ratings, n_boot=2000, rng=rng).set_index("statistic")
    formula = found.loc[["gwet_ac1", "fleiss_kappa", "conger_kappa", "krippendorff_alpha"]]
    by_bootstrap = (formula["high"] - formula["low"]) / (2 * 1.96)
    assert (by_bootstrap / formula["se"]).between(0.9, 1.1).all()


# Properties ----------------------------------------------------------------------------------------------------------

cells = st.sampled_from([1.0, 2.0, 3.0, np.nan])
tables = st.integers(2, 4).flatmap(
    lambda coders: st.lists(st.lists(cells, min_size=coders, max_size=coders), min_size=3, max_size=8)
)
tables = tables.map(pd.DataFrame).filter(
    lambda t: t.notna().any().sum() >= 2 and (t.notna().sum(axis=1) >= 2).sum() >= 2
)
quick = settings(max_examples=15, deadline=None)


def values(ratings: pd.DataFrame, level: str) -> pd.DataFrame:
    """Every statistic without its note, rounded to what sums in another order leave alike."""
    found = agreement(ratings, level=level, n_boot=0).drop(columns="note").set_index("statistic")
    return found.round(9) + 0.0


@quick
@given(tables, st.randoms(use_true_random=False))
def test_neither_the_order_of_units_or_coders_nor_a_coder_who_coded_nothing_matters(ratings, random):
    expected = values(ratings, "ordinal")
    units, coders = list(ratings.index), list(ratings.columns)
    random.shuffle(units)
    random.shuffle(coders)
    changed = ratings.loc[units, coders].assign(absent=np.nan)
    pd.testing.assert_frame_equal(values(changed, "ordinal"), expected, atol=1e-6)


@quick
@given(tables)
def test_names_of_categories_do_not_matter_when_nominal(ratings):
    renamed = ratings.apply(lambda column: column.map({1.0: "z", 2.0: "q", 3.0: "a"}))
    numbered = ratings + 1  # ones alone would be a code given, with an F1
    pd.testing.assert_frame_equal(values(renamed, "nominal"), values(numbered, "nominal"), atol=1e-6)


@quick
@given(tables)
def test_alpha_is_one_just_when_all_agree_on_more_than_one_category(ratings):
    pairable = ratings[ratings.notna().sum(axis=1) >= 2]
    all_agree = all(len(set(row.dropna())) < 2 for _, row in pairable.iterrows())
    several = len(set(pairable.to_numpy()[pairable.notna().to_numpy()])) > 1
    for level in ("nominal", "ordinal", "interval", "ratio"):
        alpha = value(ratings, "krippendorff_alpha", level)
        assert np.isnan(alpha) == (not several)
        assert (alpha == pytest.approx(1, abs=1e-12)) == (all_agree and several)
        assert np.isnan(alpha) or alpha <= 1


@quick
@given(tables)
def test_alpha_is_its_definition(ratings):
    for level, distance in {
        "nominal": lambda a, b: float(a != b),
        "interval": lambda a, b: (a - b) ** 2,
        "ratio": lambda a, b: ((a - b) / (a + b)) ** 2,
    }.items():
        found = value(ratings, "krippendorff_alpha", level)
        if not np.isnan(found):
            assert found == pytest.approx(alpha_by_definition(ratings, distance), abs=1e-9)
    sets = ratings.apply(lambda column: column.map({1.0: NONE, 2.0: AB, 3.0: BC})).astype(object)
    found = value(sets, "krippendorff_alpha", "masi")
    if not np.isnan(found):
        assert found == pytest.approx(alpha_by_definition(sets, masi), abs=1e-9)


# From codings to ratings ---------------------------------------------------------------------------------------------


def codings(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["unit", "coder", "code", "value"])
    return table.assign(codebook="boundary_work", unit_kind="segment", coded_on="2023-06-01", round=1)


def test_label_sets_keep_no_code_apart_from_not_coded():
    """s1: ann gave two codes, bo said none. s2: ann decided against one, bo didn't look. s3: bo couldn't tell."""
    table = codings(
        ("s1", "ann", "care", 1),
        ("s1", "ann", "risk", 1),
        ("s1", "bo", "BW-NONE", 1),
        ("s2", "ann", "care", 0),
        ("s3", "ann", "none", 1),
        ("s3", "bo", "care", 1),
        ("s3", "bo", "risk", np.nan),
    )
    sets = ratings_from_codings(table)
    assert sets["ann"].tolist() == [{"care", "risk"}, set(), set()]
    assert sets.loc["s1", "bo"] == set()
    assert sets["bo"].isna().tolist() == [False, True, True]
    only = ratings_from_codings(table, codes=["care"])
    assert only.loc["s1", "ann"] == {"care"}
    assert only.loc["s3", "bo"] == {"care"}  # what bo couldn't tell isn't asked
    assert ratings_from_codings(table, none_codes=["none"]).loc["s1", "bo"] == {"BW-NONE"}
    care = ratings_per_code(sets)["care"]
    assert care["ann"].tolist() == [1, 0, 0]
    assert care["bo"].isna().tolist() == [False, True, True]


def test_label_sets_and_codes_go_round():
    sets = pd.DataFrame({"ann": [AB, NONE, np.nan], "bo": [B, BC, A]}, dtype=object)
    again = label_sets_from_codes(ratings_per_code(sets))
    pd.testing.assert_frame_equal(again, sets)


TWO_ROUNDS = pd.concat([codings(("s1", "ann", "care", 1)), codings(("s1", "ann", "care", 1)).assign(round=2)])


@pytest.mark.parametrize(
    ("table", "arguments", "says"),
    [
        (TWO_ROUNDS, {}, "several values of round: 1, 2"),
        (TWO_ROUNDS, {"round": 3}, "No coding has round 3"),
        (TWO_ROUNDS, {"round": 1, "codes": ["cair"]}, "Did you mean 'care'"),
        (codings(("s1", "ann", "care", 3)), {}, "unit 's1' the value"),
        (codings(("s1", "ann", "care", 1), ("s1", "ann", "NONE", 1)), {}, "gave unit 's1' both 'care' and 'NONE'"),
        (TWO_ROUNDS.drop(columns="coder"), {}, "no column coder"),
        (TWO_ROUNDS.iloc[:0], {}, "no codings"),
    ],
)
def test_codings_that_cannot_be_used_are_named(table, arguments, says):
    with pytest.raises(InputError) as problem:
        ratings_from_codings(table, **arguments)
    assert says in str(problem.value)


def test_a_table_of_codings_gives_agreement_by_code():
    """care: ann 1 0, bo 1 1. risk: ann 0 1, bo 0 1. Sets: {care}={care}; {risk} against {care, risk}."""
    table = codings(("s1", "ann", "care", 1), ("s2", "ann", "risk", 1), ("s1", "bo", "care", 1))
    table = pd.concat([table, codings(("s2", "bo", "care", 1), ("s2", "bo", "risk", 1))], ignore_index=True)
    found = per_code_agreement(table, "percent_agreement", n_boot=0)
    assert found[["code", "value"]].values.tolist() == [["care", 0.5], ["risk", 1.0], ["all codes", 0.5]]
    binary = {"care": by_unit("10", "11"), "risk": by_unit("01", "01")}
    assert per_code_agreement(binary, "percent_agreement", n_boot=0)["value"].tolist() == [0.5, 1.0, 0.5]
    binary["risk"].iloc[0, 0] = 2
    with pytest.raises(InputError, match=r"Code 'risk', unit 0, coder 'coder1': 2 is neither 1"):
        per_code_agreement(binary, n_boot=0)


def test_confusion_of_label_sets_pairs_what_each_alone_gave():
    """{a,b} against {b,c}: a stands against c. {a} against nothing: a against blank. Equal sets confuse nothing."""
    sets = pd.DataFrame({"ann": [AB, A, AB, A], "bo": [BC, NONE, AB, A], "cy": [BC, A, np.nan, NONE]}, dtype=object)
    found = confusion(sets)
    # unit 1: ann-bo, ann-cy; unit 2: ann-bo, bo-cy; unit 4: ann-cy, bo-cy
    assert found.values.tolist() == [["a", "", 4, 2, 4 / 6], ["a", "c", 2, 1, 2 / 6]]


# Coders --------------------------------------------------------------------------------------------------------------


def test_the_worst_coder_stands_out_when_left_out():
    found = leave_one_coder_out(by_unit("aabbcc", "aabbcc", "bcacab"), "krippendorff_alpha", n_boot=0)
    assert found.set_index("left_out")["value"].idxmax() == "coder3"
    assert found.set_index("left_out").loc["coder3", "value"] == 1
    assert found["n_coders"].tolist() == [3, 2, 2, 2]
    shy = leave_one_coder_out(by_unit("aabb..", "..bbcc", "aabbcc").iloc[[0, 1, 4, 5]], "percent_agreement", n_boot=0)
    assert "no unit in common" in shy.set_index("left_out").loc["coder3", "note"]
    with pytest.raises(InputError, match="needs at least three"):
        leave_one_coder_out(BINARY)


def test_drift_shows_who_left_the_others():
    """In round 2 coder3 differs from both others in two units of four, who still agree with each other."""
    rounds = {1: by_unit("aabb", "aabb", "aabb"), 2: by_unit("aabb", "aabb", "abab")}
    found = drift(rounds, "percent_agreement", n_boot=0).set_index(["round", "coder"])
    assert found.loc[1, "value"].tolist() == [1, 1, 1, 1]
    assert found.loc[2, "value"].tolist() == pytest.approx([4 / 6, 0.75, 0.75, 0.5])
    assert found.loc[(2, "coder3"), "change"] == -0.5
    with pytest.raises(InputError, match="Round 2: No unit was rated"):
        drift({1: BINARY, 2: by_unit("1.", ".1")})


def test_a_trainee_against_the_gold_set():
    """Code 1: gold u1 u2 u3, trainee u1 u2 u4 (u5 not in the gold set, u6 not coded): 2 both, 1 each alone, 0 neither."""
    ratings = pd.DataFrame({"trainee": [1, 1, 0, 1, 0, np.nan]}, index=[f"u{n}" for n in range(1, 7)])
    gold = pd.Series([1, 1, 1, 0, 0], index=["u1", "u2", "u3", "u4", "u6"])
    found = against_gold(ratings, gold).set_index("code")
    assert found.index.tolist() == ["", "1"]
    row = found.loc["1"]
    assert row[["n_units", "n_gold"]].tolist() == [4, 3]
    assert row[["percent_agreement", "sensitivity", "specificity", "f1"]].tolist() == pytest.approx(
        [0.5, 2 / 3, 0, 2 / 3]
    )
    assert row["cohen_kappa"] == pytest.approx((0.5 - (9 / 16 + 1 / 16)) / (1 - 10 / 16))
    assert found.loc["", "cohen_kappa"] == pytest.approx(row["cohen_kappa"])
    sets = pd.DataFrame({"trainee": [AB, NONE]}, index=["u1", "u2"])
    by_code = against_gold(sets, pd.Series([A, B], index=["u1", "u2"]), "masi").set_index("code")
    assert by_code.loc["", ["percent_agreement", "sensitivity", "specificity"]].tolist() == [0, 0.5, 0.5]
    with pytest.raises(InputError, match="shares no unit"):
        against_gold(ratings, gold.set_axis(list("vwxyz")))


# Units ---------------------------------------------------------------------------------------------------------------


def spans(*rows: tuple[str, int, int, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["document", "start", "end", "coder"]).assign(code="care")


ONE = pd.DataFrame({"document": ["d1"], "length": [1000]})


def test_characters_are_the_two_way_table_of_characters():
    """Ann 0-125, bo 75-200 of 1,000: 50 both, 75 + 75, 800 neither, whatever the cuts."""
    marked = spans(("d1", 0, 125, "ann"), ("d1", 75, 150, "bo"), ("d1", 140, 200, "bo"))
    found = agreement_by_unit(marked, ONE, n_boot=0)
    characters = found[found["unit"] == "character"].set_index("statistic")
    table = agreement(from_counts([[800, 75], [75, 50]]), n_boot=0).set_index("statistic")
    assert characters["value"].to_dict() == pytest.approx(table["value"].to_dict(), abs=1e-12)
    assert set(characters["n_units"]) == {1000}
    assert characters["se"].isna().all()  # characters aren't a sample; documents would be


def test_every_unit_answers_another_question():
    """Two sentences of 100: ann marks 80-120, bo 90-100; both touch the first, ann alone the second. By hand below."""
    documents = pd.DataFrame({"document": ["d1", "d2"], "length": [200, 200], "role": ["peer", "peer"]})
    marked = spans(("d1", 80, 120, "ann"), ("d1", 90, 100, "bo"))
    starts = [0, 100, 0, 100]
    sentences = pd.DataFrame({"document": ["d1", "d1", "d2", "d2"], "start": starts, "end": [s + 100 for s in starts]})
    found = agreement_by_unit(
        marked, documents, {"sentence": sentences}, ["role"], statistics="percent_agreement", thresholds=[0.25, 0.3]
    ).set_index(["unit", "threshold"])["value"]
    assert found.tolist() == pytest.approx([370 / 400, 3 / 4, 2 / 2, 1 / 1, 1.0, 0.0])
    assert [unit for unit, _ in found.index] == ["character", "sentence", "document", "role", "span", "span"]


def test_who_did_not_read_a_document_did_not_reject_the_code():
    marked = spans(("d1", 0, 10, "ann"), ("d1", 0, 10, "bo"), ("d2", 0, 10, "ann"))
    documents = pd.DataFrame({"document": ["d1", "d2"], "length": [10, 10]})
    everybody = agreement_by_unit(marked, documents, statistics="percent_agreement", n_boot=0).set_index("unit")
    read = pd.DataFrame({"document": ["d1", "d1", "d2"], "coder": ["ann", "bo", "ann"]})
    known = agreement_by_unit(marked, documents, readings=read, statistics="percent_agreement", n_boot=0).set_index(
        "unit"
    )
    assert everybody.loc["document", ["value", "n_units"]].tolist() == [0.5, 2]
    assert known.loc["document", ["value", "n_units"]].tolist() == [1.0, 1]


def test_documents_may_be_numbered():
    marked = spans(("d1", 0, 125, "ann"), ("d1", 75, 200, "bo")).assign(document=7)
    found = agreement_by_unit(marked, ONE.assign(document=7), statistics="percent_agreement", n_boot=0)
    assert found.set_index("unit").loc["character", "value"] == 0.85


def test_spans_match_one_to_one_in_the_way_that_gives_most():
    """Ann's 0-100 overlaps both of bo's; taken greedily by bo's first (.5), ann's second span would stay alone."""
    marked = spans(("d1", 0, 100, "ann"), ("d1", 100, 150, "ann"), ("d1", 0, 50, "bo"), ("d1", 50, 150, "bo"))
    found = span_agreement(marked, ONE, [0.3, 0.5, 0.6], n_boot=0)
    # overlaps: ann1-bo1 50/100, ann1-bo2 50/150, ann2-bo2 50/100, ann2-bo1 0
    assert found["value"].tolist() == [1.0, 1.0, 0.0]
    # one span against two that it holds: at most one match
    assert span_agreement(marked.iloc[[0, 2]], ONE, [0.5], n_boot=0)["value"].tolist() == [1.0]
    halves = spans(("d1", 0, 100, "ann"), ("d1", 0, 50, "bo"), ("d1", 50, 100, "bo"))
    assert span_agreement(halves, ONE, [0.5], n_boot=0)["value"].tolist() == pytest.approx([2 / 3])


def test_intervals_by_unit_come_from_documents():
    """Five documents agreed on, five not: resamples of documents spread widely, though characters are many."""
    documents = pd.DataFrame({"document": [f"d{n}" for n in range(10)], "length": 1000})
    agreed = [(f"d{n}", 0, 500, coder) for n in range(5) for coder in ("ann", "bo")]
    not_agreed = [(f"d{n}", 0, 500, "ann") for n in range(5, 10)] + [(f"d{n}", 500, 1000, "bo") for n in range(5, 10)]
    found = agreement_by_unit(
        spans(*agreed, *not_agreed),
        documents,
        statistics="percent_agreement",
        thresholds=[0.5],
        rng=np.random.default_rng(1),
    ).set_index("unit")
    assert found.loc["character", "value"] == 0.5
    # binomial, 10 documents: standard error .5 / sqrt(10)
    assert found.loc["character", "se"] == pytest.approx(0.158, rel=0.1)
    assert found.loc["span", "se"] == pytest.approx(0.158, rel=0.1)
    alone = agreement_by_unit(spans(*agreed[:2]), documents[:1], statistics="percent_agreement", n_boot=10)
    assert alone["note"].str.contains("single document").all()


@pytest.mark.parametrize(
    ("marked", "arguments", "says"),
    [
        (spans(("d9", 0, 5, "ann"), ("d1", 0, 5, "bo")), {}, "row 0: document 'd9' is not in documents"),
        (
            spans(("d1", 0, 5, "ann"), ("d1", 990, 1001, "bo")),
            {},
            "row 1: characters 990 to 1001 of 'd1', which has 1000",
        ),
        (spans(("d1", 5, 5, "ann"), ("d1", 0, 5, "bo")), {}, "row 0: characters 5 to 5"),
        (spans(("d1", 0, 5, "ann"), ("d1", 0, 5.5, "bo")), {}, "row 1: end is 5.5; a whole number"),
        (spans(("d1", 0, 5, "ann")), {}, "the spans come from 1"),
        (spans(("d1", 0, 5, "ann"), ("d1", 0, 5, "bo")).drop(columns="code"), {}, "no column code"),
        (spans(("d1", 0, 5, "ann"), ("d1", 0, 5, "bo")), {"by": ["role"]}, "no column 'role'"),
        (spans(("d1", 0, 5, "ann"), ("d1", 0, 5, "bo")), {"thresholds": [0]}, "threshold 0 is not an overlap"),
        (
            spans(("d1", 0, 5, "ann"), ("d1", 0, 5, "bo")),
            {"readings": pd.DataFrame({"document": ["d1"], "coder": ["ann"]})},
            "coder 'bo' marked document 'd1' but isn't said to have read it",
        ),
    ],
)
def test_spans_that_cannot_be_used_are_named(marked, arguments, says):
    with pytest.raises(InputError) as problem:
        agreement_by_unit(marked, ONE, n_boot=0, **arguments)
    assert says in str(problem.value)

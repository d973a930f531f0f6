"""Completeness estimates against R (vegan, iNEXT, SPECIES, Rcapture), by hand, and on tables that could break them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.roles import (
    capture_histories,
    capture_recapture,
    chapman,
    completeness,
    counts_completeness,
    lincoln_petersen,
    sample_coverage,
)


def case(folder: Path, name: str) -> tuple[dict[str, float], Path]:
    place = folder / "register_completeness" / name
    return json.loads((place / "case.json").read_text())["expected"], place


def stats(path: Path) -> pd.Series:
    return pd.read_csv(path).set_index("stat")["value"]


def by_method(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("method")


# Counts of mentions


def test_counts_equal_vegan_inext_and_species(reference: Path) -> None:
    expected, place = case(reference, "chao1_role_titles")
    counts = pd.read_csv(place / "input_counts.csv")["count"]
    result = by_method(counts_completeness(counts))
    vegan, inext = stats(place / "expected_vegan.csv"), stats(place / "expected_iNEXT.csv")
    corrected, chao1, plain = result.loc["chao1_bias_corrected"], result.loc["chao1"], result.loc["chao1_plain"]
    assert corrected["estimate"] == pytest.approx(vegan["S.chao1"], abs=1e-9)
    assert corrected["se"] == pytest.approx(vegan["se.chao1"], abs=1e-9)
    assert result.loc["ace", "estimate"] == pytest.approx(vegan["S.ACE"], abs=1e-9)
    assert result.loc["ace", "se"] == pytest.approx(vegan["se.ACE"], abs=1e-9)
    assert [chao1["estimate"], chao1["se"], chao1["low"], chao1["high"]] == pytest.approx(
        inext[["chao1", "se", "lower", "upper"]].tolist(), abs=6e-4
    )
    assert sample_coverage(counts) == pytest.approx(inext["sample_coverage"], abs=5e-5)
    assert plain["estimate"] == expected["SPECIES_chao1984"]
    assert plain["se"] == pytest.approx(expected["SPECIES_chao1984_se"], abs=1e-9)
    assert [round(plain["low"]), round(plain["high"])] == expected["SPECIES_ci"]
    assert set(result["observed"]) == {41}
    assert set(result["n"]) == {129}


# R 4.2.2, vegan 2.6-4: estimateR(x)[c("S.chao1", "se.chao1", "S.ACE", "se.ACE")]
ESTIMATE_R = {
    (1, 1, 1, 2, 3, 5, 12): (8.5, 2.5466240628815, 10.36, 1.54740860370098),
    (1, 1, 1, 3, 3, 5, 12): (10.0, 4.44128359824049, 9.9446916719644, 1.45403005098733),
    (1, 1, 1, 2, 2, 3, 4, 4, 7, 9, 11, 15, 30): (14.0, 1.80442577596098, 15.4376123356352, 1.87311467556856),
    (2, 2, 3, 5, 12): (5.0, 0.0, 5.0, 0.894427190999916),
}


@pytest.mark.parametrize("counts", ESTIMATE_R)
def test_bias_corrected_chao1_and_ace_equal_vegan_where_few_roles_are_rare(counts: tuple[int, ...]) -> None:
    chao, chao_se, ace, ace_se = ESTIMATE_R[counts]
    result = by_method(counts_completeness(counts))
    assert result.loc["chao1_bias_corrected", ["estimate", "se"]].tolist() == pytest.approx([chao, chao_se], abs=1e-9)
    assert result.loc["ace", ["estimate", "se"]].tolist() == pytest.approx([ace, ace_se], abs=1e-9)


def test_ace_delta_is_the_standard_error_that_repeated_samples_show() -> None:
    # The story: vegan's standard error of ACE misses the spread of the estimate by half, so its row has no interval.
    rng = np.random.default_rng(1)
    shares = rng.lognormal(0, 1.2, 80)
    draws = [by_method(counts_completeness(rng.multinomial(150, shares / shares.sum()))) for _ in range(150)]
    spread = np.std([draw.loc["ace", "estimate"] for draw in draws])
    assert np.mean([draw.loc["ace_delta", "se"] for draw in draws]) == pytest.approx(spread, rel=0.25)
    assert np.mean([draw.loc["ace", "se"] for draw in draws]) < 0.6 * spread
    assert draws[0].loc["ace", ["low", "high"]].isna().all()


def test_counts_by_hand_when_no_role_was_named_twice() -> None:
    # f1 = 3, f2 = 0, n = 8: missing = 7/8 * 3 * 2 / 2 = 2.625 with the factor, 3 without
    result = by_method(counts_completeness([1, 1, 1, 5]))
    assert result.loc["chao1", "estimate"] == 6.625
    assert result.loc["chao1_plain", "estimate"] == 7.0
    assert result.loc["chao1_bias_corrected", "estimate"] == 7.0


def test_a_register_whose_roles_are_all_named_often_is_complete() -> None:
    result = counts_completeness([5, 6, 7, 20])
    assert (result["estimate"] == 4).all()
    assert result.loc[result["method"] != "ace", ["low", "high"]].eq(4).all(axis=None)
    assert sample_coverage([5, 6, 7, 20]) == 1.0


def test_ace_is_blank_when_every_rare_role_was_named_once() -> None:
    result = by_method(counts_completeness([1, 1, 1]))
    assert result.loc[["ace", "ace_delta"], ["estimate", "se", "low", "high"]].isna().all(axis=None)
    assert result.loc["chao1_bias_corrected", "estimate"] == 6


def test_roles_nobody_named_change_nothing() -> None:
    pd.testing.assert_frame_equal(counts_completeness([1, 1, 2, 3, 0, 0]), counts_completeness([1, 1, 2, 3]))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_no_estimate_from_counts_is_below_the_observed_and_order_is_irrelevant(counts: list[int]) -> None:
    result = counts_completeness(counts)
    known = result["estimate"].notna()
    assert (result.loc[known, "estimate"] >= len(counts) - 1e-9).all()
    inside = result.dropna(subset=["low", "high"])
    assert (inside["low"] <= inside["estimate"] + 1e-9).all()
    assert (inside["estimate"] <= inside["high"] + 1e-9).all()
    assert (inside["low"] >= len(counts) - 1e-9).all()
    pd.testing.assert_frame_equal(result, counts_completeness(counts[::-1]))
    assert 0 <= sample_coverage(counts) <= 1


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ([1, -2], "number 2 is '-2'"),
        ([1, 1.5], "'1.5'"),
        ([1, None], "None"),
        (["many"], "'many'"),
        ([0, 0], "All counts are zero"),
        ([], "zero"),
    ],
)
def test_counts_that_are_no_counts_are_refused_by_name(counts: list[object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        counts_completeness(counts)  # type: ignore[arg-type]


# Sources by roles


def test_incidence_equals_vegan_specpool(reference: Path) -> None:
    _, place = case(reference, "specpool_12_sources")
    result = by_method(completeness(pd.read_csv(place / "input_incidence.csv")))
    vegan = stats(place / "expected_vegan.csv")
    assert set(result["observed"]) == {vegan["Species"]}
    for method, name in {"chao2": "chao", "jackknife1": "jack1", "bootstrap": "boot"}.items():
        assert result.loc[method, ["estimate", "se"]].tolist() == pytest.approx(
            [vegan[name], vegan[f"{name}.se"]], abs=1e-9
        )
    assert result.loc["jackknife2", "estimate"] == pytest.approx(vegan["jack2"], abs=1e-9)
    assert math.isnan(result.loc["jackknife2", "se"])


# R 4.2.2, vegan 2.6-4: specpool(rbind(...)): chao, chao.se, jack1, jack1.se, jack2, boot, boot.se
SPECPOOL = {
    "three sources, nobody names a role twice": (
        [[1, 1, 1, 0, 1, 0], [1, 1, 0, 1, 1, 0], [1, 1, 0, 0, 1, 1]],
        (8, 3.03452357600552, 8, 1.15470053837925, 9, 6.88888888888889, 0.566557723732531),
    ),
    "two sources": (
        [[1, 1, 0, 0, 1, 0, 1], [1, 0, 1, 0, 0, 0, 1]],
        (6.125, 1.85615530061469, 6.5, 1.3228756555323, 6.5, 5.75, 0.82915619758885),
    ),
    "four sources": (
        [[1, 1, 0, 0, 1, 0, 1], [1, 0, 1, 0, 0, 0, 1], [1, 1, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1, 1]],
        (13, 8.83176086632785, 10, 1.5, 11.6666666666667, 8.33203125, 0.772519578407847),
    ),
}


@pytest.mark.parametrize("name", SPECPOOL)
def test_small_incidence_tables_equal_vegan(name: str) -> None:
    rows, (chao, chao_se, jack1, jack1_se, jack2, boot, boot_se) = SPECPOOL[name]
    result = by_method(completeness(pd.DataFrame(rows)))
    expected = [chao, chao_se, jack1, jack1_se, jack2, boot, boot_se]
    found = [*result.loc["chao2", ["estimate", "se"]], *result.loc["jackknife1", ["estimate", "se"]]]
    found += [result.loc["jackknife2", "estimate"], *result.loc["bootstrap", ["estimate", "se"]]]
    assert found == pytest.approx(expected, abs=1e-9)


def test_bias_corrected_chao2_by_hand() -> None:
    # 3 sources; q1 = 3, q2 = 1 of 5 roles: 5 + 2/3 * 3 * 2 / (2 * 2) = 6
    named = pd.DataFrame([[1, 1, 1, 0, 0], [1, 1, 0, 1, 0], [1, 0, 0, 0, 1]])
    assert by_method(completeness(named)).loc["chao2_bias_corrected", "estimate"] == 6


def test_identical_sources_leave_nothing_to_estimate() -> None:
    result = completeness(pd.DataFrame([[1, 1, 0], [1, 1, 0]], columns=["peer", "link", "aide"]))
    assert (result["estimate"] == 2).all()
    assert result.drop(index=3)[["low", "high"]].eq(2).all(axis=None)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=6, max_size=6), min_size=2, max_size=7))
def test_incidence_estimates_ignore_the_order_of_sources_and_roles_and_unnamed_roles(rows: list[list[bool]]) -> None:
    table = pd.DataFrame(rows)
    if not table.any(axis=None):
        with pytest.raises(InputError, match="No source names any role"):
            completeness(table)
        return
    result = completeness(table)
    pd.testing.assert_frame_equal(result, completeness(table.iloc[::-1, ::-1].assign(nobody=0)))
    chao = result[result["method"].isin(["chao2", "chao2_bias_corrected", "jackknife1", "bootstrap"])]
    assert (chao["estimate"] >= chao["observed"] - 1e-9).all()
    assert (chao["low"] >= chao["observed"] - 1e-9).all()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (pd.DataFrame([[1, 0]]), "at least two sources"),
        (
            pd.DataFrame([[1, 2], [0, 1]], index=["advert", "esr"], columns=["peer", "link"]),
            "'advert', role 'link'.*'2'",
        ),
        (pd.DataFrame([[1, None], [0, 1]]), "neither"),
        (pd.DataFrame([["yes", "no"], ["no", "yes"]]), "expected 1"),
        (pd.DataFrame([[0], [0]]), "No source names any role"),
    ],
)
def test_incidence_that_is_no_incidence_is_refused_by_name(table: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        completeness(table)


# Two sources


def test_two_sources_equal_the_closed_forms(reference: Path) -> None:
    expected, _ = case(reference, "lincoln_petersen_chapman")
    numbers = int(expected["n1"]), int(expected["n2"]), int(expected["m"])
    assert lincoln_petersen(*numbers)["estimate"] == pytest.approx(expected["lincoln_petersen"], abs=1e-9)
    found = chapman(*numbers)
    assert found["estimate"] == pytest.approx(expected["chapman"], abs=1e-9)
    assert found["variance"] == pytest.approx(expected["chapman_var"], abs=1e-9)
    assert found["observed"] == 85
    assert found["low"] > 85


def test_two_sources_that_agree_leave_nothing_to_estimate() -> None:
    assert chapman(7, 7, 7)["estimate"] == 7
    assert lincoln_petersen(7, 7, 7)[["low", "high"]].tolist() == [7, 7]


def test_chapman_stands_where_nothing_is_shared() -> None:
    assert chapman(3, 4, 0)["estimate"] == 19  # 4 * 5 / 1 - 1
    with pytest.raises(InputError, match="chapman"):
        lincoln_petersen(3, 4, 0)


@pytest.mark.parametrize("numbers", [(3, 4, 5), (-1, 2, 0), (3.5, 4, 1)])
def test_impossible_numbers_of_two_sources_are_refused(numbers: tuple[float, ...]) -> None:
    with pytest.raises(InputError):
        chapman(*numbers)  # type: ignore[arg-type]


# Capture-recapture

RCAPTURE = {
    "M0": "m0",
    "Mt": "mt",
    "Mh Chao (LB)": "mh_chao",
    "Mth Chao (LB)": "mth_chao",
}


def test_loglinear_models_equal_rcapture(shared: Path) -> None:
    place = shared / "reference" / "register_completeness" / "hiv_four_lists"
    result = by_method(capture_recapture(pd.read_csv(place / "input_histories.csv")))
    expected = pd.read_csv(place / "expected_closedp.csv").set_index("model").loc[list(RCAPTURE)].rename(index=RCAPTURE)
    two_way = pd.read_csv(place / "expected_all_two_way.csv").assign(model="all_two_way").set_index("model")
    expected = pd.concat([expected, two_way])
    for ours, theirs in {
        "estimate": "abundance",
        "se": "stderr",
        "deviance": "deviance",
        "aic": "AIC",
        "bic": "BIC",
    }.items():
        assert result[ours].tolist() == pytest.approx(expected[theirs].tolist(), abs=0.01)
    assert result["df"].tolist() == expected["df"].tolist()
    interval = pd.read_csv(place / "expected_all_two_way_ci.csv").loc[0]
    limits = result.loc["all_two_way", ["low", "high"]].tolist()
    assert limits == pytest.approx([interval["infCL"], interval["supCL"]], abs=0.01)


def test_two_sources_give_lincoln_petersen() -> None:
    histories = pd.DataFrame({"survey": [1, 1, 0], "adverts": [1, 0, 1], "freq": [40, 27, 18]})
    result = by_method(capture_recapture(histories))
    assert list(result.index) == ["m0", "mt"]
    assert result.loc["mt", "estimate"] == pytest.approx(97.15, abs=1e-6)
    assert result.loc["mt", "low"] > 85
    assert result.loc["mt", "low"] < 97.15 < result.loc["mt", "high"]


def test_independent_sources_are_recovered_by_every_model() -> None:
    # 1,000 roles, three independent sources that name half each: every pattern has 125, and 125 are named by none
    patterns = [[a, b, c] for a in (1, 0) for b in (1, 0) for c in (1, 0)][:-1]
    result = capture_recapture(pd.DataFrame(patterns, columns=["a", "b", "c"]).assign(freq=125))
    assert result["estimate"].tolist() == pytest.approx([1000] * 5, abs=1e-4)
    assert (result["low"] < 1000).all()
    assert (result["high"] > 1000).all()
    assert result["deviance"].max() < 1e-6


def test_heterogeneous_roles_raise_chaos_lower_bound_above_m0() -> None:
    # half of 2,000 roles are named with chance 0.8 by each of three sources, half with chance 0.2
    chance = {k: 1000 * (0.8**k * 0.2 ** (3 - k) + 0.2**k * 0.8 ** (3 - k)) for k in (1, 2, 3)}
    patterns = pd.DataFrame([[a, b, c] for a in (1, 0) for b in (1, 0) for c in (1, 0)][:-1], columns=["a", "b", "c"])
    result = by_method(capture_recapture(patterns.assign(freq=patterns.sum(axis=1).map(chance).round())))
    # Chao's bound by hand: f1 = 3 * 160, f2 = 3 * 160 roles; unseen = f1^2 / (3 f2) by (t - 1) / (2 t) = 1/3
    assert result.loc["mh_chao", "estimate"] == pytest.approx(1480 + 480**2 / (3 * 480), abs=1e-4)
    assert result.loc["m0", "estimate"] < result.loc["mh_chao", "estimate"] < 2000


def test_sources_that_share_nothing_give_blanks_and_the_reason() -> None:
    result = capture_recapture(pd.DataFrame({"a": [1, 0], "b": [0, 1], "freq": [5, 6]}))
    assert result["estimate"].isna().all()
    assert result["note"].str.contains("named by two sources").all()
    assert (result["observed"] == 11).all()


def test_absent_patterns_count_as_zero() -> None:
    full = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "c": [1, 1, 1, 1], "freq": [9, 4, 3, 8]})
    zeros = pd.DataFrame({"a": [1, 1, 0], "b": [1, 0, 1], "c": [0, 0, 0], "freq": [0, 0, 0]})
    pd.testing.assert_frame_equal(
        capture_recapture(full), capture_recapture(pd.concat([zeros, full], ignore_index=True))
    )


def test_histories_come_from_the_incidence_table() -> None:
    named = pd.DataFrame([[1, 1, 0, 0], [1, 1, 1, 0]], index=["advert", "esr"], columns=["p", "q", "r", "nobody"])
    histories = capture_histories(named)
    assert histories.to_dict("list") == {"advert": [1, 0], "esr": [1, 1], "freq": [2, 1]}


@pytest.mark.parametrize(
    ("histories", "says"),
    [
        (pd.DataFrame({"a": [1], "b": [1]}), "no column 'freq'"),
        (pd.DataFrame({"a": [1], "freq": [1]}), "two to 10 sources"),
        (pd.DataFrame({"a": [1, 2], "b": [1, 0], "freq": [1, 1]}), "Row 2, source 'a': found '2'"),
        (pd.DataFrame({"a": [1, 0], "b": [1, 1], "freq": [1, -1]}), "Row 2: freq is '-1'"),
        (pd.DataFrame({"a": [1, 1], "b": [1, 1], "freq": [1, 1]}), "Row 2 repeats"),
        (pd.DataFrame({"a": [1, 0], "b": [1, 0], "freq": [1, 4]}), "Row 2 is all zeros"),
        (pd.DataFrame({"a": [1, 0], "b": [1, 1], "freq": [0, 0]}), "All frequencies are 0"),
    ],
)
def test_histories_that_are_no_histories_are_refused_by_row(histories: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        capture_recapture(histories)


def test_sources_without_names_of_their_own_are_refused() -> None:
    with pytest.raises(InputError, match="name of its own"):
        capture_histories(pd.DataFrame([[1], [1]], index=["esr", "esr"]))
    with pytest.raises(InputError, match="1 \\(the source named"):
        capture_histories(pd.DataFrame([[1], [3]], index=["advert", "esr"]))


def test_the_bias_corrected_chao2_equals_its_formula_worked_out_by_hand():
    # four sources; q1 = 3 roles named once, q2 = 2 named twice, two named by all; k = (4 - 1) / 4
    # estimate: 7 + k 3*2 / (2*3) = 7.75
    # variance: k 3*2/(2*3) + k^2 3*5^2/(4*3^2) + k^2 3^2*2*2^2/(4*3^4) = 0.75 + 1.171875 + 0.125 = 2.046875
    # interval: d = 0.75, c = exp(1.959964 sqrt(log(1 + 2.046875 / d^2))) = 11.3349; 7 + d / c to 7 + d c
    table = pd.DataFrame(
        [[1, 0, 0, 1, 1, 1, 1], [0, 1, 0, 1, 0, 1, 1], [0, 0, 1, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1]],
        index=list("ABCD"),
        columns=list("abcdefg"),
    )
    row = completeness(table).set_index("method").loc["chao2_bias_corrected"]
    assert row["estimate"] == pytest.approx(7.75)
    assert row["se"] == pytest.approx(2.046875**0.5)
    assert row["low"] == pytest.approx(7.0662, abs=1e-4)
    assert row["high"] == pytest.approx(15.501, abs=1e-3)


def test_coverage_of_lists_equals_its_formula_worked_out_by_hand():
    # the same table: U = 3*1 + 2*2 + 2*4 = 15 mentions; C = 1 - 3/15 * (3*3) / (3*3 + 2*2) = 1 - 0.2 * 9/13
    from newroles.roles import estimated_roles

    named = {"A": "adefg", "B": "bdfg", "C": "cefg", "D": "fg"}
    reports = pd.DataFrame(
        [(trust, role) for trust, roles in named.items() for role in roles], columns=["trust", "role"]
    )
    assert estimated_roles(reports)["coverage"].iloc[0] == pytest.approx(1 - 0.2 * 9 / 13)
    alone = pd.DataFrame(
        {"trust": ["A", "B"], "role": ["a", "b"]}
    )  # nothing was named twice: C = 1 - (1*1) / (1*1 + 2) = 2/3
    assert estimated_roles(alone)["coverage"].iloc[0] == pytest.approx(1 - 2 / 2 * 1 / 3)

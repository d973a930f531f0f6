"""The same national figure by several methods and definitions, side by side."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

from newroles.datasets import load_codebook, load_published, load_study
from newroles.datasets.places import data_folder
from newroles.errors import InputError
from newroles.overview import (
    adoption,
    adoption_curve,
    adoption_curves_of,
    adoption_side_by_side,
    bounds,
    difference_in_response,
    finite_population_interval,
    funnels,
    kinds_by_region,
    kinds_in_words,
    kinds_side_by_side,
    kinds_together,
    posts_by_trust,
    response_by_group,
    response_by_size,
    roles_in_trusts,
    trusts_by_definition,
    what_answers_carry,
)
from newroles.skill_mix import kinds_of_roles

FRAME = pd.DataFrame(
    {
        "trust": list("ABCDE"),
        "responded": [True, True, True, False, False],
        "region": ["London", "Midlands", "Midlands", "Midlands", "Midlands"],
        "wte": [900.0, 500.0, 400.0, 450.0, 350.0],
    }
)
REPORTS = pd.DataFrame(
    {
        "trust": ["A", "A", "B", "B", "C"],
        "role": ["care_navigator", "gateway_worker", "care_navigator", None, None],
        "headcount": [4, 3, 2, 9, 1],
    }
)


def test_totals_by_hand():
    # A 2 roles, B 1, C none: 3 of 3 answers, 5 in the frame: 3 x 5/3 = 5. By region: London 1 x 2, Midlands 4 x 1/2 = 2; 4 in all
    found = roles_in_trusts(REPORTS, FRAME).set_index("method")
    assert found.loc["Answers as they are", "estimate"] == pytest.approx(5)
    assert found.loc["Weighted by region", "estimate"] == pytest.approx(4)
    assert found["observed"].eq(3).all()
    # D in London: one answer of two there, 2 x 2, and 1/2 of three in the Midlands: 5.5
    alone = FRAME.assign(region=["London", "Midlands", "Midlands", "London", "Midlands"])
    by_region = roles_in_trusts(REPORTS, alone).set_index("method").loc["Weighted by region"]
    assert by_region["estimate"] == pytest.approx(5.5)
    assert "a single answer in London" in by_region["note"]
    assert found.loc["Answers as they are", "note"] == "2 reports without an accepted role left out"
    assert "No trust answered" in found.loc["Weighted by region and size", "note"]
    assert (found[["n", "N"]] == [3, 5]).all(axis=None)


def test_a_weighting_that_can_t_be_had_leaves_a_blank_and_says_why():
    nobody = FRAME.assign(region=["London", "London", "London", "Midlands", "Midlands"])
    found = roles_in_trusts(REPORTS, nobody).set_index("method")
    assert np.isnan(found.loc["Weighted by region", "estimate"])
    assert "Midlands" in found.loc["Weighted by region", "note"]
    assert found.loc["Answers as they are", "estimate"] == pytest.approx(5)
    beside = adoption_side_by_side(REPORTS, FRAME.drop(columns="wte"))
    assert beside["adjusted"].isna().all()
    assert beside["adjusted_note"].str.contains("wte").all()


def test_beside_the_plain_adoption_stand_the_weighted_one_and_the_suggested_titles():
    suggested = REPORTS.assign(
        role=["care_navigator", "gateway_worker", "care_navigator", "gateway_worker", "gateway_worker"]
    )
    found = adoption_side_by_side(REPORTS, FRAME, suggested=suggested, method="post_stratified")
    plain, weighted = adoption(REPORTS, FRAME), adoption(REPORTS, FRAME, method="post_stratified")
    pd.testing.assert_series_equal(found["estimate"], plain["estimate"])
    assert found["adjusted"].tolist() == weighted["estimate"].tolist()
    assert found.set_index("role")["x_suggested"].to_dict() == {"care_navigator": 2, "gateway_worker": 3}


def test_the_example_s_total_is_mended_by_size():
    """data/example_study.truth.yml: 420 roles in trusts, 469 by the naive total."""
    frame = load_study("example_study").trusts
    truth = yaml.safe_load((data_folder() / "example_study.truth.yml").read_text(encoding="utf-8"))
    held = [(trust, role) for role, trusts in truth["present_in"].items() for trust in trusts]
    reports = pd.DataFrame(held, columns=["trust", "role"]).merge(frame.loc[frame["responded"], ["trust"]])
    found = roles_in_trusts(reports, frame).set_index("method")
    true, naive = truth["naive_totals"]["roles_in_trusts"]["true"], truth["naive_totals"]["roles_in_trusts"]["naive"]
    assert found.loc["Answers as they are", "estimate"] == pytest.approx(naive, abs=0.001)
    by_size = found.loc["Weighted by the chance of answering, by size"]
    assert abs(by_size["estimate"] - true) < abs(naive - true) / 2
    assert by_size["low"] <= true <= by_size["high"]


def test_definitions_share_one_frame():
    found = trusts_by_definition(pd.DataFrame({"definition": ["declared", "either"], "trusts": [1, 3]}), FRAME)
    assert found[["x", "n", "N"]].values.tolist() == [[1, 3, 5], [3, 3, 5]]
    assert found.loc[1, ["bound_low", "bound_high"]].tolist() == [3 / 5, 1.0]
    with pytest.raises(InputError, match="4 trusts have a new role but only 3"):
        trusts_by_definition(pd.DataFrame({"definition": ["declared"], "trusts": [4]}), FRAME)
    with pytest.raises(InputError, match="no column 'trusts'"):
        trusts_by_definition(pd.DataFrame({"definition": ["declared"]}), FRAME)


def test_posts_count_each_role_once_however_many_sources_report_it():
    twice = pd.concat([REPORTS, REPORTS.iloc[[0]].assign(headcount=6)], ignore_index=True)
    assert posts_by_trust(twice, FRAME).values.tolist() == [["A", 9, 900], ["B", 2, 500]]
    assert posts_by_trust(REPORTS.assign(headcount=np.nan), FRAME).empty
    with pytest.raises(InputError, match="no column 'headcount'"):
        posts_by_trust(REPORTS.drop(columns="headcount"), FRAME)


def test_kinds_come_from_the_study_s_coders_or_else_from_the_published_reading():
    study, book = load_study("example_study"), load_codebook("skill_mix_change")
    decisions = load_published("role_type_codings")
    own, whose = kinds_of_roles(study, book, decisions)
    assert "coders of the study" in whose
    read, whose = kinds_of_roles(without_codings(study), book, decisions)
    assert "our reading of published descriptions" in whose
    assert read.loc[read["role"].eq("peer_support_worker"), "code"].tolist() == ["SMC-INN"]
    assert not set(read["code"]) & {"SMC-UNCLEAR", "SMC-NONE"}
    assert not set(own["code"]) & {"SMC-UNCLEAR", "SMC-NONE"}
    assert not own.duplicated().any()
    none, whose = kinds_of_roles(without_codings(study), load_codebook("sibbald_2004"), decisions)
    assert none.empty
    assert "no coding" in whose


def without_codings(study):
    kept = {name: getattr(study, name) for name in study.tables if name != "codings"}
    return replace(study, _tables=kept)


def test_what_answers_carry_is_the_interval_of_the_rounded_count():
    found = what_answers_carry(31, 51).set_index("x")
    assert found.index.tolist() == [3, 8, 16, 23, 28]
    assert found.loc[16, ["low", "high"]].tolist() == [end / 51 for end in finite_population_interval(16, 31, 51)]
    assert found.loc[16, ["bound_low", "bound_high"]].tolist() == list(bounds(16, 31, 51))
    everybody = what_answers_carry(51, 51, (0.5,)).iloc[0]
    assert everybody["low"] == everybody["high"] == everybody["estimate"] == 26 / 51
    with pytest.raises(InputError, match="52 of 51"):
        what_answers_carry(52, 51)


def test_groups_of_size_say_what_isn_t_known():
    frame = FRAME.assign(wte=[900.0, None, 400.0, 450.0, 350.0])
    found = response_by_size(frame, groups=2)
    assert found["size"].tolist() == ["350 to 400", "450 to 900", "not known"]
    assert found["responded"].sum() == 3
    assert difference_in_response(found) == "Of the smallest trusts 50% answered, of the largest 50%."
    assert response_by_size(FRAME.assign(wte=500.0))[["size", "responded", "n"]].values.tolist() == [["500", 3, 5]]
    assert len(response_by_size(FRAME.assign(wte=[500.0, 500, 500, 500, 900]))) == 1
    unknown = response_by_size(FRAME.assign(wte=np.nan))
    assert unknown.empty
    assert "doesn't say enough" in difference_in_response(unknown)


def test_groups_of_response_are_those_that_the_frame_has():
    by_both = response_by_group(FRAME.assign(sector=["nhs", "nhs", "vcse", "vcse", None]))
    assert by_both.groupby("by")["n"].sum().eq(5).all()
    assert by_both["group"].tolist()[:3] == ["NHS", "voluntary sector", "not known"]
    assert response_by_group(FRAME.drop(columns="wte")).empty


DATED = pd.DataFrame(
    {
        "trust": ["A", "B", "C"],
        "role": ["care_navigator", "care_navigator", "gateway_worker"],
        "introduced": ["2019", "2021", None],
        "reported_on": pd.to_datetime(["2023-05-01"] * 3),
    }
)


def test_curves_stand_under_one_another_and_roles_without_a_date_have_none():
    curves, without = adoption_curves_of(DATED, FRAME, ["care_navigator", "gateway_worker"])
    alone = adoption_curve(DATED, FRAME, "care_navigator")
    pd.testing.assert_frame_equal(curves.drop(columns=["low", "high"]), alone.drop(columns=["low", "high"]))
    assert (curves["low"] == alone["low"].clip(lower=alone["bound_low"])).all()
    assert (curves["low"] <= curves["estimate"]).all()
    assert (curves["estimate"] <= curves["high"]).all()
    assert without["role"].tolist() == ["care_navigator"]
    none, nobody = adoption_curves_of(DATED, FRAME, ["gateway_worker"])
    assert none.empty
    assert nobody.empty


def test_kinds_follow_roles_and_are_empty_where_nobody_coded():
    kinds = pd.DataFrame({"role": ["care_navigator", "gateway_worker"], "code": ["liaison", "transfer"]})
    assert kinds_side_by_side(REPORTS, FRAME, kinds).set_index("code")["x"].to_dict() == {"liaison": 2, "transfer": 1}
    where = kinds_by_region(REPORTS, FRAME, kinds).set_index(["code", "region"])["count"]
    assert where["liaison", "London"] == 1
    assert where["liaison", "All regions"] == 2
    mixed = kinds_together(REPORTS, FRAME, kinds).set_index("kinds")["x"].to_dict()
    assert mixed == {"liaison": 1, "liaison; transfer": 1, "none": 1}
    nothing = kinds.iloc[:0]
    assert all(make(REPORTS, FRAME, nothing).empty for make in (kinds_side_by_side, kinds_by_region, kinds_together))
    assert kinds_in_words("none", {}) == "none"


def test_a_funnel_needs_three_units_and_something_to_vary():
    units = pd.DataFrame({"posts": [0, 0, 0], "wte": [10, 20, 30]})
    assert funnels(units, "posts", "wte")["plain"].empty
    assert funnels(units.assign(posts=[1, 2, 3]).head(2), "posts", "wte")["wide"].empty
    found = funnels(units.assign(posts=[1, 2, 9]), "posts", "wte")
    assert len(found["plain"]) == len(found["wide"]) == 3

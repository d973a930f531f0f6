"""What the overview tells under a small-number rule: protected counts, and what follows from them; odd but valid studies."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from newroles import figures
from newroles.datasets import load_study
from newroles.disclosure import (
    PROFILES,
    Profile,
    answers_by_group,
    counts_and_blanks,
    counts_by_place,
)
from newroles.errors import InputError
from newroles.overview import (
    adoption,
    adoption_shown,
    adoption_side_by_side,
    answers_for_shares,
    arrival_shown,
    arrival_years,
    arrived,
    commonest_role,
    commonest_title,
    coverage_words,
    definitions_shown,
    difference_in_response,
    first_row,
    kinds_shown,
    left_out_words,
    mixed_kinds,
    more_posts_than_staff,
    moved_by_weighting,
    moved_shares,
    off_the_map,
    on_the_map,
    participation,
    post_stratify,
    posts_by_trust,
    rake,
    response_by,
    response_by_group,
    response_by_size,
    response_shown,
    rests_on,
    roles_by_region,
    roles_in_trusts,
    shares_shown,
    small_count_rates,
    spread_words,
    survey_estimates,
    together_title,
    too_narrow,
    total_words,
    totals_title,
    trusts_by_definition,
    undecided_titles,
    unless_protected,
    weighted_share,
    widest_kind,
    widest_kind_title,
)

TEN, NHS, FIVE, NONE = (PROFILES[name] for name in ("threshold_10", "nhs", "below_5", "none"))
RULES = [TEN, NHS, FIVE, Profile("custom", below=4, zeros_shown=True, round_to=3)]
REGIONS = ["London"] * 14 + ["Midlands"] * 14 + ["South West"] * 4
TRUSTS = [f"T{i:02d}" for i in range(32)]
FRAME = pd.DataFrame(
    {
        "trust": TRUSTS,
        "responded": [i % 8 != 7 for i in range(32)],
        "region": REGIONS,
        "wte": [900.0 + 137 * i for i in range(32)],
    }
)
ANSWERED = FRAME.loc[FRAME["responded"], "trust"].tolist()
DAYS = {"reported_on": "2023-05-01"}


def reports_of(**held):
    """One report for each of the first so many trusts that answered, by role; dates fall in 2015, 2016, ..."""
    rows = [
        {"trust": trust, "role": role, "introduced": f"{2015 + i % 3}", **DAYS}
        for role, many in held.items()
        for i, trust in enumerate(ANSWERED[:many])
    ]
    return pd.DataFrame(rows)


def shown_adoption(rule, weighted_by="propensity", suggested=None, **held):
    reports = reports_of(**held)
    maybe = reports if suggested is None else reports_of(**suggested)
    table = adoption_side_by_side(reports, FRAME, suggested=maybe, method=weighted_by)
    return adoption_shown(table.assign(name=table["role"]), rule, weighted_by)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_two_studies_that_differ_in_hidden_counts_only_are_shown_alike(rule):
    """The proof for the table of roles: what is shown doesn't change when a hidden count does."""
    one = shown_adoption(rule, zebra=rule.below - 1, apple=1, common=20)
    other = shown_adoption(rule, zebra=1, apple=rule.below - 1, common=20)
    assert one["role"].tolist() == other["role"].tolist() == ["common", "apple", "zebra"]
    pd.testing.assert_frame_equal(one.drop(columns="x"), other.drop(columns="x"))
    assert one.loc[1:, ["estimate", "low", "high", "bound_low", "bound_high", "adjusted"]].isna().all(axis=None)
    assert commonest_role(one, rule) == commonest_role(other, rule)
    assert moved_shares(one, rule).equals(moved_shares(other, rule))


def test_roles_that_are_rounded_to_the_same_number_stand_by_name():
    table = shown_adoption(NHS, zebra=22, apple=19, small=3)
    assert table["role"].tolist() == ["apple", "zebra", "small"]
    assert table["x"].tolist()[:2] == [20, 20]
    assert table["estimate"].tolist()[:2] == [20 / 30, 20 / 30]  # 28 answered, rounded to 30
    assert commonest_role(table, NHS).startswith(
        "one of the commonest new roles is the apple, in {value} of the about 30"
    )
    assert table["adjusted"].isna().all()


def test_rounded_shares_are_those_of_rounded_counts():
    table = adoption(reports_of(common=19), FRAME)
    again = adoption(reports_of(common=21), FRAME)  # both 20 to the nearest 5
    pd.testing.assert_frame_equal(shares_shown(table, NHS), shares_shown(again, NHS))
    assert shares_shown(table, TEN).equals(table)
    # 20 of 30 answered (28), of 30 (32): nobody stayed away, as far as rounded counts tell
    assert shares_shown(table, NHS)[["x", "n", "N", "bound_low", "bound_high"]].values.tolist() == [
        [20, 30, 30, 20 / 30, 20 / 30]
    ]


@pytest.mark.parametrize(
    ("x", "with_suggestions", "said"),
    [(12, 13, True), (12, 21, True), (12, 22, False), (12, 12, True), (3, 9, True)],
)
def test_what_only_suggestions_add_is_no_small_count(x, with_suggestions, said):
    table = shown_adoption(TEN, suggested={"role": with_suggestions}, role=x)
    assert table["x_suggested"].isna().tolist() == [said]


def test_weights_of_regions_would_give_regions_away():
    assert shown_adoption(TEN, weighted_by="post_stratified", common=20)["adjusted"].isna().all()
    size = shown_adoption(TEN, common=20)["adjusted"]
    assert size.tolist() == size.round(2).tolist()
    assert shown_adoption(NONE, weighted_by="post_stratified", common=20)["adjusted"].notna().all()


def test_definitions_that_differ_by_few_trusts_are_not_both_shown():
    words = [f"definition {i}" for i in range(5)]
    table = trusts_by_definition(pd.DataFrame({"definition": words, "trusts": [25, 22, 12, 11, 4]}), FRAME)
    shown = definitions_shown(table, TEN)
    assert shown["x"].isna().tolist() == [False, True, False, True, True]
    assert shown["estimate"].isna().tolist() == [False, True, False, True, True]
    # a study whose hidden rows hold other small differences looks alike
    other = table.assign(x=[25, 19, 12, 9, 3])
    columns = ["definition", "x", "n", "N", "estimate", "low", "high"]
    how = counts_and_blanks(
        real(TEN), ["x", "n", "N"], by=["definition"], margins={}, across="", derived=rests_on(TEN, columns[4:])
    )
    (one, said), (two, also) = how.apply(shown[columns]), how.apply(definitions_shown(other, TEN)[columns])
    assert said == also
    pd.testing.assert_frame_equal(one, two)
    assert set(one["x_status"]) == {"shown", "hidden"}


def test_a_kind_never_tells_of_a_role_that_is_hidden():
    reports = pd.concat(
        [
            reports_of(common=12),
            pd.DataFrame([{"trust": t, "role": "rare", "introduced": None, **DAYS} for t in ANSWERED[12:21]]),
        ]
    )
    table = adoption_side_by_side(reports, FRAME)
    by_role = adoption_shown(table.assign(name=table["role"]), TEN)
    kinds = pd.DataFrame({"role": ["common", "rare"], "code": ["both", "both"]})
    by_kind = adoption_side_by_side(reports, FRAME, "code", kinds)
    shown = kinds_shown(by_kind.assign(name="Both"), by_role, kinds, TEN)
    assert by_kind["x"].tolist() == [21]  # 21 less 12 is the hidden 9
    assert shown["x"].isna().all()
    assert shown["estimate"].isna().all()
    assert "rule" in widest_kind(shown)
    assert kinds_shown(by_kind.assign(name="Both"), by_role, kinds, NONE)["x"].tolist() == [21]
    within = adoption_side_by_side(reports_of(common=12, rare=9), FRAME, "code", kinds).assign(name="Both")
    assert kinds_shown(within, by_role, kinds, TEN)["x"].tolist() == [12]  # the rare within the common: tells nothing


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("many", [4, 12, 23, 28])
def test_the_years_of_a_role_leave_no_small_remainder(rule, many):
    found = arrival_years(reports_of(role=many), FRAME, ["role"], rule)
    exact = [sum(1 for i in range(many) if i % 3 == k) for k in range(3)]
    assert found["introduced"].map(lambda count: not rule.hides(count)).all()
    if rule.hides(many):
        assert found.empty
    if len(found) and rule.round_to == 1:
        left = many - int(found["introduced"].sum())
        assert not rule.hides(left)
    assert found["date"].dt.strftime("%m-%d").isin(["12-31"]).all()
    assert found[["low", "high", "undated"]].isna().all(axis=None)
    assert sum(exact) == many


def test_undated_reports_are_part_of_the_remainder():
    reports = reports_of(care_navigator=24)
    reports.loc[:2, "introduced"] = None  # 3 undated, 7 in each year
    assert arrival_years(reports, FRAME, ["care_navigator"], Profile("custom", below=5, zeros_shown=True))[
        "introduced"
    ].tolist() == [7, 7]
    # with 5 undated the last year may be told too
    reports.loc[:4, "introduced"] = None
    shown = arrival_years(reports, FRAME, ["care_navigator"], Profile("custom", below=5, zeros_shown=True))
    assert shown["introduced"].sum() == 24 - 5
    curves, censored = arrival_shown(reports, FRAME, ["care_navigator"], FIVE)
    assert censored is None
    assert "at least {value}" in arrived(curves, {"care_navigator": "Care Navigator"}, FIVE)
    drawn = figures.adoption_curves(curves)
    assert "without" not in drawn.axes[0].get_title(loc="left")
    assert "rule" in arrived(curves.head(0), {}, FIVE)
    assert arrival_shown(reports, FRAME, ["care_navigator"], NONE)[1] is not None


EXAMPLE = load_study("example_study")


def real(rule):
    return replace(EXAMPLE, meta={"disclosure_profile": rule.name, "kind": "real"})


@pytest.mark.parametrize("rule", [TEN, NHS, FIVE], ids=lambda rule: rule.name)
@pytest.mark.parametrize("counts", [(9, 9, 0), (10, 0, 0), (12, 5, 1), (11, 11, 0), (4, 4, 0), (1, 0, 0)])
def test_a_role_by_region_keeps_its_total_and_never_tells_a_single_region(rule, counts):
    by_region = [
        FRAME.loc[FRAME["responded"] & FRAME["region"].eq(r), "trust"] for r in ("London", "Midlands", "South West")
    ]
    have = [trust for trusts, many in zip(by_region, counts, strict=True) for trust in trusts[:many]]
    grid = roles_by_region(pd.DataFrame({"trust": have, "role": "role"}), FRAME, totals=True)
    shown, said = counts_by_place(real(rule), response_by(FRAME)).apply(grid)
    total, cells = shown[shown["region"].eq("All regions")], shown[shown["region"].ne("All regions")]
    assert total["count_status"].eq("hidden").all() == rule.hides(len(have))  # as in the table of roles
    assert not any(rule.hides(count) for count in shown["count"].dropna())
    hidden = cells["count_status"].eq("hidden")
    exact = grid.set_index("region")["count"].fillna(0)
    if total["count"].notna().all() and hidden.any():
        assert hidden.sum() > 1 or rule.round_to > 1
        assert rule.round_to > 1 or exact[cells.loc[hidden, "region"]].sum() >= rule.below
    assert shown.loc[shown["count"].isna(), ["share", "state"]].isna().all(axis=None)
    assert "further" not in said  # not how many of the hidden ones are small
    figures.role_region_heat_map(shown)


def test_a_region_without_answers_looks_like_any_small_one_where_zeros_are_hidden():
    frame = FRAME.assign(responded=FRAME["responded"] & FRAME["region"].ne("South West"))
    reports = pd.DataFrame({"trust": frame.loc[frame["responded"], "trust"].head(12), "role": "role"})
    grid = roles_by_region(reports, frame, totals=True)
    for rule, looks in ((TEN, "hidden"), (NHS, "missing")):
        shown, _ = counts_by_place(real(rule), response_by(frame)).apply(grid)
        assert shown.set_index("region").loc["South West", "count_status"] == looks
    as_it_is, said = counts_by_place(EXAMPLE, response_by(frame)).apply(grid)
    assert as_it_is.equals(grid)
    assert said == ""


def test_who_answered_says_small_number_and_not_not_known():
    shown, _ = answers_by_group(real(TEN), ["region"], chance=True).apply(response_by(FRAME))
    drawn = figures.participation(shown)
    said = [text.get_text() for text in drawn.axes[0].texts]
    assert "suppressed (small number)" in said
    assert "not known" not in said


def test_the_number_that_answered_is_a_count_too():
    few = FRAME.assign(responded=[i < 4 for i in range(32)])
    assert coverage_words(few) == "4 of 32 trusts answered (12%)."
    assert coverage_words(few, TEN) == "Of 32 trusts, few answered; their number isn't shown."
    assert coverage_words(FRAME, NHS) == "About 30 of 30 trusts answered (100%)."
    assert coverage_words(FRAME, TEN) == "28 of 32 trusts answered (88%)."
    assert "few trusts" in coverage_words(FRAME.head(4), TEN)
    assert [answers_for_shares(few, rule) for rule in (NONE, TEN, NHS)] == [4, None, None]
    assert response_shown(response_by(few), TEN)["chance_low"].isna().all()
    assert response_shown(response_by(FRAME), TEN)["chance_low"].notna().all()


def test_size_groups_begin_at_rounded_sizes():
    sizes = {f"{value:,.0f}" for value in FRAME["wte"]}
    exact = " ".join(response_by_size(FRAME)["size"]).replace(" to ", " ").split()
    assert set(exact) <= sizes
    told = response_by_size(FRAME, rule=TEN)
    assert told["size"].tolist() == ["up to 2,000", "2,000 to 4,000", "above 4,000"]
    assert told["n"].sum() == 32
    assert not sizes & set(" ".join(told["size"]).split())
    assert response_by_size(FRAME.assign(wte=3000.0), rule=TEN)["size"].tolist() == ["up to 3,000"]
    groups = response_by_group(FRAME, rule=TEN)[["by", "group", "responded", "n", "estimate"]]
    shown, _ = answers_by_group(real(TEN), ["by", "group"]).apply(groups)
    assert "isn't told" in difference_in_response(shown)
    assert difference_in_response(groups).startswith("Of the smallest trusts 100%") is False


def test_sentences_where_nothing_can_be_said():
    nothing = adoption_side_by_side(pd.DataFrame({"trust": ["T00"], "role": [None]}), FRAME)
    assert nothing.empty
    assert commonest_role(nothing) == "no report names a new role by a title that is settled, so none can be counted."
    assert commonest_title(nothing, "-") == "Trusts with each new role, of those that answered"
    assert first_row(nothing)["estimate"] is None
    assert weighted_share(nothing) == "A weighted share can't be had from this frame."
    assert "could not be weighted" in moved_by_weighting(moved_shares(nothing))
    assert left_out_words(nothing) == ""
    assert (
        left_out_words(pd.DataFrame({"note": ["3 reports left out"]}), TEN)
        == "Reports without an accepted role are left out."
    )
    assert undecided_titles(3, TEN).startswith("Few reports, if any")
    assert widest_kind(nothing) == "none could be counted."
    assert widest_kind_title(nothing).startswith("Trusts with a new role of each kind")
    assert mixed_kinds(nothing, TEN) != mixed_kinds(nothing)
    assert together_title(pd.DataFrame({"x": [3, 3]}), "a and b") == "One of the commonest combinations is a and b"
    assert (
        arrived(pd.DataFrame({"role": [], "date": [], "estimate": []}), {}) == "No report says when a new role came in."
    )
    one = pd.DataFrame({"method": ["As they are"], "estimate": [9.0], "narrow": [False]})
    assert totals_title(one) == "About 9 roles in trusts"
    assert spread_words(one) == "with a single method there is nothing to compare it with"
    assert too_narrow(one.head(0)) == "So nothing can be said of intervals."
    assert "isn't told" in total_words(unless_protected(one, TEN), TEN)
    assert roles_by_region(reports_of(role=1), FRAME, only=[]).empty


def test_places_without_a_tile_are_named_beneath_the_map():
    frame = FRAME.assign(region=[*REGIONS[:28], "Wales", "Wales", None, None])
    grid = roles_by_region(reports_of(role=20), frame, totals=True)
    tiles = pd.DataFrame({"name": ["London", "Midlands"], "column": [0, 1], "row": 0})
    assert off_the_map(grid, tiles) == ["Wales", "not known"]
    drawn = figures.tile_map_of_shares(grid, tiles, off_map=off_the_map(grid, tiles))
    assert any("Not on the map: Wales, not known" in text.get_text() for text in drawn.axes[0].texts)
    assert on_the_map(grid, tiles).equals(grid)
    assert on_the_map(grid, tiles.assign(name=["Scotland", "Wight"])).empty


def test_no_total_goes_below_what_was_observed():
    found = roles_in_trusts(reports_of(role=28, other=28, third=1), FRAME)
    assert found[["estimate", "low", "high"]].ge(57).all(axis=None)


def test_trusts_with_more_posts_than_staff_are_named():
    reports = reports_of(role=2).assign(headcount=[5, 4000])
    assert posts_by_trust(reports, FRAME)["trust"].tolist() == ["T00"]
    assert more_posts_than_staff(reports, FRAME) == ["T01"]


INFINITE = FRAME.assign(wte=[np.inf, *FRAME["wte"].tolist()[1:]])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (lambda: posts_by_trust(reports_of(role=1).assign(headcount=-3), FRAME), "headcount of trust T00 is '-3'"),
        (lambda: posts_by_trust(reports_of(role=1).assign(headcount="few"), FRAME), "headcount of trust T00 is 'few'"),
        (lambda: posts_by_trust(reports_of(role=1).assign(headcount=3), FRAME.drop(columns="wte")), "no column wte"),
        (lambda: posts_by_trust(reports_of(role=1).assign(headcount=3), INFINITE), "wte of trust T00 is 'inf'"),
        (lambda: response_by_size(INFINITE), "wte is infinite for T00"),
        (lambda: adoption(reports_of(role=1).head(0), FRAME.head(0), only=["role"]), "lists no trust"),
        (lambda: survey_estimates(pd.DataFrame({"v": [1.0, np.inf]}), "v"), "Row 2 of the answers: v is infinite"),
        (lambda: survey_estimates(pd.DataFrame({"v": [1.0, 2.0]}), "v", population=float("inf")), "whole number of trusts"),
        (lambda: rake(FRAME, []), "at least one margin"),
        (lambda: post_stratify(FRAME, pd.DataFrame({"region": ["London", "Midlands", "South West"], "N": [14, 14, 3]})),
         "4 trusts answered in the region 'South West', and the frame has 3"),
        (lambda: small_count_rates(pd.DataFrame({"count": ["few"], "exposure": [3]})), "'few' under count is no number"),
        (lambda: participation(pd.DataFrame({"region": ["London"], "participated": [None], "trusts_in_region": [3]})),
         r"Row 1 .*London.* no number under participated"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(asked, says):
    with pytest.raises(InputError, match=says):
        asked()

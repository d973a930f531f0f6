"""What trusts that answered can say about all trusts."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.overview import (
    advertised_roles,
    bounds,
    dated_numbers,
    finite_population_interval,
    national_targets,
    participation,
    region_ranges,
    response_by,
)

# own R (phyper), reference case survey/partial_response_finite_population: x, n, N, low, high, bound low, bound high
HYPERGEOMETRIC = [
    (0, 31, 51, 0, 3, 0, 20 / 51),
    (1, 31, 51, 1, 6, 1 / 51, 21 / 51),
    (5, 31, 51, 5, 14, 5 / 51, 25 / 51),
    (17, 31, 51, 22, 33, 17 / 51, 37 / 51),
    (30, 31, 51, 45, 50, 30 / 51, 50 / 51),
    (31, 31, 51, 48, 51, 31 / 51, 1),
    (12, 40, 51, 12, 19, 12 / 51, 23 / 51),
    (4, 9, 20, 4, 14, 4 / 20, 15 / 20),
]


@pytest.mark.parametrize(("x", "n", "N", "low", "high", "share_low", "share_high"), HYPERGEOMETRIC)
def test_interval_and_bounds_equal_r(x, n, N, low, high, share_low, share_high):
    assert finite_population_interval(x, n, N) == (low, high)
    assert bounds(x, n, N) == pytest.approx((share_low, share_high))


def test_a_complete_count_leaves_no_doubt():
    assert finite_population_interval(5, 51, 51) == (5, 5)
    assert bounds(5, 51, 51) == (5 / 51, 5 / 51)


@pytest.mark.parametrize(("x", "n", "N"), [(6, 5, 10), (-1, 5, 10), (3, 11, 10), (0, 0, 0), (1.5, 5, 10)])
def test_impossible_counts_are_refused(x, n, N):
    with pytest.raises(ValueError, match="x="):
        finite_population_interval(x, n, N)
    with pytest.raises(ValueError, match="x="):
        bounds(x, n, N)


@given(
    st.integers(1, 60).flatmap(
        lambda N: st.integers(0, N).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.just(N)))
    )
)
def test_interval_lies_within_the_bounds_and_mirrors(counts):
    x, n, N = counts
    low, high = finite_population_interval(x, n, N)
    assert bounds(x, n, N)[0] * N - 1e-9 <= low <= high <= bounds(x, n, N)[1] * N + 1e-9
    assert finite_population_interval(n - x, n, N) == (
        N - high,
        N - low,
    )  # having a role and not having it are one question


def test_participation_compares_each_region_with_chance():
    # by hand: 2 of 4 trusts responded. A region of 2 gets 0, 1 or 2 of the two with chances 1/6, 4/6, 1/6.
    table = participation(
        pd.DataFrame({"region": ["North", "South"], "participated": [2, 0], "trusts_in_region": [2, 2]}), level=0.5
    )
    assert table["estimate"].tolist() == [1.0, 0.0]
    assert table[["chance_low", "chance_high"]].to_numpy().tolist() == [[1, 1], [1, 1]]


def test_response_by_counts_what_participation_is_told():
    trusts = pd.DataFrame({"region": ["South", "North", "South"], "responded": [True, False, False]})
    table = response_by(trusts)
    assert table["region"].tolist() == ["South", "North"]
    assert table["responded"].tolist() == [1, 0]
    assert table["n"].tolist() == [2, 1]


def test_a_table_without_the_column_is_named():
    with pytest.raises(InputError, match="no column responded"):
        response_by(pd.DataFrame({"region": ["South"]}))


def test_a_regions_answers_speak_for_all_its_trusts_as_far_as_they_can():
    counts = pd.DataFrame({"region": ["Most", "Few", "None"], "responded": [31, 1, 0], "n": [51, 4, 3]})
    table = region_ranges(counts, share=5 / 31).set_index("region")
    assert table.loc["Most", ["with_role", "low", "high"]].tolist() == [5, 5, 14]  # as R has it, above
    assert table.loc["Most", ["bound_low", "bound_high"]].tolist() == [5, 25]
    assert table.loc["Few", ["with_role", "low", "high"]].tolist() == [0, 0, 3]  # one answer leaves three trusts open
    assert table.loc["None", ["with_role", "low", "high"]].tolist() == [0, 0, 3]  # no answer leaves all open
    with pytest.raises(InputError, match="between 0 and 1"):
        region_ranges(counts, share=2)


ADVERTS = pd.DataFrame({"role": ["b", "a", "x", "c"], "titled": [2, 2, 9, 5], "described": [7, 1, 9, 1]})


def test_roles_are_ordered_by_adverts_and_then_by_name():
    names = pd.Series({"a": "Ann", "b": "Bob", "c": "Cy"})
    assert advertised_roles(ADVERTS, names)["name"].tolist() == ["Cy", "Ann", "Bob"]
    assert advertised_roles(ADVERTS, names, counted="described")["name"].tolist() == ["Bob", "Ann", "Cy"]
    with pytest.raises(InputError, match="Did you mean 'titled'"):
        advertised_roles(ADVERTS, names, counted="title")


def test_only_dated_numbers_of_the_measures_asked_for_are_put_on_the_axis():
    figures = pd.DataFrame(
        [
            ["a", "in_post", "target", 9, "2030", None],
            ["a", "in_post", "count", 3, "2015-04", "2016-03"],
            ["a", "in_post", "count", 4, None, None],
            ["a", "trained", "count", 5, "2019", None],
            ["b", "in_post", "count", 6, "2019", None],
        ],
        columns=["role", "measure", "kind", "value", "date", "period_end"],
    ).assign(qualifier=None, unit="people", period_label="", scope="", source_name="s", confidence="A")
    table = dated_numbers(figures, pd.Series({"a": "Ann"}), {"a": ["in_post"]})
    assert table["value"].tolist() == [3, 9]
    assert table["date"].tolist() == ["2016-03", "2030"]  # a period stands at its end
    with pytest.raises(InputError, match="Did you mean 'in_post'"):
        dated_numbers(figures, pd.Series({"a": "Ann"}), {"a": ["in_posts"]})


def test_a_target_is_said_in_words():
    targets = pd.DataFrame(
        [
            ["Plan", "2019", "target", "in_post", "nurses", 6500.0, "over", "staff", "2024"],
            ["Plan", None, "target", "training_growth", "nurses", 0.4, None, "share", None],
            ["Plan", "2019", "shortfall", "missing", "nurses", 1.0, None, "staff", None],
            ["Plan", "2019", "target", "in_post", "doctors", 1.0, None, "staff", None],
        ],
        columns=["plan", "published", "kind", "measure", "group", "value", "qualifier", "unit", "by_label"],
    ).assign(source_name="s", confidence="A")
    table = national_targets(targets, ["nurses"])
    assert table["target"].tolist() == ["over 6,500 staff", "40%"]
    assert table["plan"].tolist() == ["Plan (2019)", "Plan"]
    assert table["what"].tolist() == ["in post", "training growth"]
    with pytest.raises(InputError, match="Did you mean 'nurses'"):
        national_targets(targets, ["nurse"])


@pytest.mark.parametrize("responded", [[True, None], ["yes", "no"]])
def test_a_blank_or_a_word_is_no_response(responded):
    with pytest.raises(InputError, match="true or false"):
        response_by(pd.DataFrame({"region": ["South", "South"], "responded": responded}))

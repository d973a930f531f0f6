"""What trusts that answered can say about all trusts."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.overview import bounds, finite_population_interval, participation, response_by

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

"""Nulls: labels dealt out by chance, freely and within strata, and ties rewired with everybody's degree kept."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from newroles.errors import InputError
from newroles.networks import (
    RoleNetwork,
    assortativity,
    build,
    compare_with_null,
    degree_preserving,
    ei_index,
    null_distribution,
)
from newroles.networks.permutation import all_assignments, number_of_assignments, permuted_groups
from newroles.networks.rewiring import _more_than_once, rewirings


def circle(n: int, directed: bool = True) -> RoleNetwork:
    ties = pd.DataFrame({"source": range(n), "target": [(i + 1) % n for i in range(n)]})
    return build(pd.DataFrame({"person": range(n)}), ties, directed=directed)


# labels ---------------------------------------------------------------------------------------------------------------------


def test_every_order_of_labels_comes_equally_often() -> None:
    codes = np.array([0, 0, 1, 1, 2])
    drawn = np.concatenate(list(permuted_groups(codes, 6000, rng=np.random.default_rng(2))))
    assert drawn.shape == (6000, 5)
    counts = Counter(map(tuple, drawn.tolist()))
    assert len(counts) == 30  # 5! / (2! 2! 1!)
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_strata_keep_their_own_labels() -> None:
    codes, strata = np.array([0, 1, 2, 0, 1, 1, 2]), np.array([7, 3, 7, 3, 7, 3, 5])
    drawn = np.concatenate(list(permuted_groups(codes, 3000, within=strata, rng=np.random.default_rng(2), batch=7)))
    for stratum in (3, 5, 7):
        inside = drawn[:, strata == stratum]
        assert (np.sort(inside, axis=1) == np.sort(codes[strata == stratum])).all()
    counts = Counter(map(tuple, drawn.tolist()))
    assert len(counts) == number_of_assignments(codes, strata) == 18  # 3! x 3 x 1
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_every_assignment_is_listed_once() -> None:
    codes, strata = np.array([0, 0, 1, 2, 1]), np.array([0, 1, 0, 1, 1])
    for within, ways in ((None, 30), (strata, 12)):
        listed = all_assignments(codes, within)
        assert len(listed) == len(set(map(tuple, listed.tolist()))) == ways
        assert (np.sort(listed, axis=1) == np.sort(codes)).all()


def test_the_same_generator_gives_the_same_draws_whatever_the_batch() -> None:
    codes = np.arange(6) % 2
    one, two = (
        np.concatenate(list(permuted_groups(codes, 10, rng=np.random.default_rng(1), batch=batch))) for batch in (1, 4)
    )
    assert (one == two).all()
    assert list(permuted_groups(codes, 0)) == []


# rewiring -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "draws", "graphs"),
    [
        (circle(3), 100, 2),  # a circle of three and the same one turned round: swaps alone can't get there
        (circle(4), 270, 9),  # permutations of 4 without fixed points: 4! (1 - 1 + 1/2 - 1/6 + 1/24)
        (circle(6, directed=False), 420, 70),  # 60 hexagons and 10 pairs of triangles
    ],
)
def test_all_networks_with_the_same_degrees_come_equally_often(network: RoleNetwork, draws: int, graphs: int) -> None:
    drawn = rewirings(network, draws, swaps_per_tie=6, rng=np.random.default_rng(11))
    counts = Counter(tuple(zip(other.ties["source"], other.ties["target"], strict=True)) for other in drawn)
    assert len(counts) == graphs
    assert chisquare(list(counts.values())).pvalue > 0.001


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 9)), max_size=40),
    st.booleans(),
    st.integers(0, 2**20),
)
def test_degrees_are_kept_and_no_tie_is_doubled(rows: list[tuple], directed: bool, seed: int) -> None:
    network = build(
        pd.DataFrame({"person": list("abcdefgh")}),
        pd.DataFrame([("abcdefgh"[s], "abcdefgh"[t], w) for s, t, w in rows], columns=["source", "target", "weight"]),
        directed=directed,
    )
    other = degree_preserving(network, np.random.default_rng(seed), swaps_per_tie=2)
    # building it again from its ties changes nothing: no self-tie, no tie twice, the same order of ends
    again = build(other.people, other.ties, directed=directed)
    assert again.left_out.empty
    assert (again.adjacency != other.adjacency).nnz == 0
    for axis in (0, 1):
        np.testing.assert_array_equal(network.binary.sum(axis=axis), other.binary.sum(axis=axis))
    assert sorted(network.weights) == sorted(other.weights)
    if directed:
        np.testing.assert_allclose(network.adjacency.sum(axis=1), other.adjacency.sum(axis=1))


def test_a_large_network_is_mixed_well() -> None:
    rng = np.random.default_rng(5)
    pairs = np.unique(rng.integers(0, 300 * 300, 3300))
    ties = pd.DataFrame({"source": pairs // 300, "target": pairs % 300})
    network = build(pd.DataFrame({"person": range(300)}), ties)
    other = degree_preserving(network, rng)
    # as many ties stay as two such networks share by chance: sum over pairs of (sent x received / ties)^2, near m^2 / n^2
    shared = (network.binary * other.binary).sum() / len(network.ties)
    assert shared < 3 * len(network.ties) / 300**2


def test_what_cannot_change_stays() -> None:
    star = build(
        pd.DataFrame({"person": range(5)}), pd.DataFrame({"source": [0] * 4, "target": range(1, 5)}), directed=False
    )
    assert degree_preserving(star).ties.equals(star.ties)
    empty = build(pd.DataFrame({"person": range(3)}), pd.DataFrame({"source": [], "target": []}))
    assert degree_preserving(empty).ties.empty


def test_repeats_are_found_whether_or_not_code_and_place_fit_in_one_number() -> None:
    codes = np.array([5, 9, 5, 1, 7, 9, 9])
    expected = [True, True, True, False, False, True, True]
    assert _more_than_once(codes.copy(), 4).tolist() == expected
    assert _more_than_once(codes.copy(), 2**31).tolist() == expected


# comparing ------------------------------------------------------------------------------------------------------------------


def homophilous() -> RoleNetwork:
    rng = np.random.default_rng(8)
    people = pd.DataFrame({"person": range(40), "role": ["n", "p"] * 20, "team": np.repeat(list("abcd"), 10)})
    s, t = np.meshgrid(range(40), range(40))
    wanted = (s != t) & (rng.random(s.shape) < np.where((s - t) % 2 == 0, 0.25, 0.08))
    return build(people, pd.DataFrame({"source": s[wanted], "target": t[wanted]}))


def test_label_draws_agree_with_the_closed_form() -> None:
    network = homophilous()
    draws = null_distribution(network, lambda net: ei_index(net).loc[0, ["ei", "rescaled"]], draws=150)
    assert list(draws.columns) == ["draw", "ei", "rescaled"]
    found = compare_with_null(draws).set_index("statistic").loc["ei"]
    own = ei_index(network).iloc[0]
    assert found["observed"] == own["ei"]
    assert found["expected"] == pytest.approx(own["expected"], abs=4 * own["sd"] / np.sqrt(150))
    assert found["sd"] == pytest.approx(own["sd"], rel=0.2)
    assert found["p_low"] == 1 / 151
    assert found["p_high"] == 1


def test_homophily_shows_against_rewiring_too() -> None:
    network = homophilous()
    draws = null_distribution(network, assortativity, null="rewiring", draws=40)
    assert draws["draw"].tolist() == list(range(41))
    found = compare_with_null(draws).iloc[0]
    assert found["p_high"] == 1 / 41
    assert abs(found["expected"]) < 0.05  # assortativity is 0 on average when degrees alone decide


def test_strata_in_a_null_distribution() -> None:
    network = homophilous()
    by_team = null_distribution(
        network,
        lambda net: net.people.groupby("team")["role"].apply(lambda r: float((r == "n").sum())),
        draws=5,
        within="team",
    )
    assert (by_team[list("abcd")] == 5).all(axis=None)


def test_a_statistic_that_does_not_vary_has_no_z() -> None:
    table = compare_with_null(pd.DataFrame({"draw": range(4), "value": [2.0, 2.0, 2.0, np.nan]}))
    assert table.loc[0, ["sd", "p_low", "p_high", "p_two_sided", "draws"]].tolist() == [0, 1, 1, 1, 2]
    assert np.isnan(table.loc[0, "z"])


@pytest.mark.parametrize(
    ("statistic", "arguments", "says"),
    [
        (lambda network: None, {}, "must return a number.*None"),
        (lambda network: "3", {}, "must return a number.*'3'"),
        (lambda network: {}, {}, "must return a number"),
        (lambda network: {"draw": 1}, {}, "other than draw"),
        (lambda network: {"a": 1, "b": "x"}, {}, "must return a number"),
        ("density", {}, "statistic is a function"),
        (len, {"swaps_per_tie": -1}, "above 0"),
        (len, {"swaps_per_tie": np.inf}, "above 0"),
        (len, {"by": ["role"]}, "no column .'role'."),
    ],
)
def test_statistics_and_swaps_that_cannot_be_used_are_told(statistic: object, arguments: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        null_distribution(homophilous(), statistic, draws=2, **arguments)  # type: ignore[arg-type]


def test_tables_that_are_no_null_distribution_are_told() -> None:
    for table, says in (
        (pd.DataFrame({"value": [1.0, 2.0]}), "the column draw"),
        (pd.DataFrame({"draw": [], "value": []}), "has 0 rows"),
        (pd.DataFrame({"draw": [0, 1], "value": ["a", "b"]}), "value doesn't hold numbers"),
    ):
        with pytest.raises(InputError, match=says):
            compare_with_null(table)


def test_swaps_per_tie_are_a_number_that_can_be_made() -> None:
    for swaps in (0, -1, np.inf, np.nan, 1e9, True, "3"):
        with pytest.raises(InputError, match="swaps_per_tie"):
            degree_preserving(homophilous(), swaps_per_tie=swaps)  # type: ignore[arg-type]


def test_what_cannot_be_done_is_said() -> None:
    network = homophilous()
    with pytest.raises(InputError, match="Did you mean 'rewiring'"):
        null_distribution(network, assortativity, null="rewire")
    with pytest.raises(InputError, match="strata belong to null='labels'"):
        null_distribution(network, assortativity, null="rewiring", within="team")
    with pytest.raises(InputError, match="draws: 1 or more"):
        null_distribution(network, assortativity, draws=0)
    with pytest.raises(InputError, match="swaps_per_tie"):
        degree_preserving(network, swaps_per_tie=0)
    with pytest.raises(InputError, match="2 strata for 3 people"):
        next(permuted_groups(np.zeros(3, dtype=int), 1, within=np.array([0, 1])))
    with pytest.raises(InputError, match="more than 20,000"):
        all_assignments(np.arange(30))

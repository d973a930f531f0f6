"""Core and periphery: equal to every partition tried in R, and the search finds what trying all cores finds."""

from __future__ import annotations

import importlib
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from newroles.errors import InputError
from newroles.networks import RoleNetwork, build, core_periphery

MODULE = importlib.import_module("newroles.networks.core_periphery")
THEIR_NAME = {"ideal_star": "ideal_star", "ignore": "missing_offdiagonal"}


def case(folder: Path) -> tuple[RoleNetwork, dict]:
    people = pd.read_csv(folder / "input_nodes.csv").rename(columns={"id": "person"})
    expected = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    network = build(
        people, pd.read_csv(folder / "input_edges.csv"), directed=expected["description"].endswith(", directed")
    )
    return network, expected["expected"]


def random_network(n: int, ties: int, seed: int) -> RoleNetwork:
    rng = np.random.default_rng(seed)
    core = rng.random(ties) < 0.5 * (seed % 3)
    source = np.where(core, rng.integers(0, max(3, n // 4), ties), rng.integers(0, n, ties))
    table = {"source": source, "target": rng.integers(0, n, ties), "weight": rng.integers(1, 5, ties)}
    return build(pd.DataFrame({"person": range(n)}), pd.DataFrame(table), directed=bool(seed % 2))


@pytest.mark.parametrize("between", ["ideal_star", "ignore"])
@pytest.mark.parametrize("name", ["cp_u12", "cp_d13"])
def test_equals_all_partitions_tried_in_r(reference: Path, name: str, between: str) -> None:
    """Our own R enumeration of all 2^12 and 2^13 partitions (Borgatti and Everett 2000, both conventions)."""
    network, expected = case(reference / "core_periphery" / name)
    found = core_periphery(network, between)
    assert found.fit == pytest.approx(expected[f"{THEIR_NAME[between]}_correlation"], abs=1e-9)
    assert found.cores == expected[f"{THEIR_NAME[between]}_cores"]
    assert (found.core, found.exact, found.between) == (found.cores[0], True, between)
    assert found.table.loc[found.table["core"], "person"].tolist() == found.core


def test_coreness_equals_r(reference: Path) -> None:
    folder = reference / "core_periphery/cp_u12"
    network, _ = case(folder)
    expected = pd.read_csv(folder / "expected_continuous.csv")["principal_eigenvector"]
    np.testing.assert_allclose(core_periphery(network).table["coreness"], expected, atol=1e-9)


def test_coreness_is_blank_when_directed(reference: Path) -> None:
    network, _ = case(reference / "core_periphery/cp_d13")
    assert core_periphery(network).table["coreness"].isna().all()


def correlation(ties: np.ndarray, core: np.ndarray, between: str) -> float:
    """Plain Pearson correlation over the pairs of different people."""
    both, none = np.logical_and.outer(core, core), ~np.logical_or.outer(core, core)
    cells = ~np.eye(len(core), dtype=bool) & ((both | none) if between == "ignore" else True)
    pattern = (both if between == "ignore" else ~none)[cells].astype(float)
    if pattern.std() == 0 or ties[cells].std() == 0:
        return -2.0
    return float(np.corrcoef(pattern, ties[cells])[0, 1])


@pytest.mark.parametrize("between", ["ideal_star", "ignore"])
@pytest.mark.parametrize(("seed", "weighted"), [(0, False), (1, True), (2, True), (3, False)])
def test_best_of_all_correlations(seed: int, weighted: bool, between: str) -> None:
    network = random_network(7, 18, seed)
    ties = (network.adjacency if weighted else network.binary).toarray()
    cores = [np.isin(range(7), some) for size in range(8) for some in combinations(range(7), size)]
    fits = np.array([correlation(ties, core, between) for core in cores])
    found = core_periphery(network, between, weighted=weighted)
    assert found.fit == pytest.approx(fits.max(), abs=1e-12)
    best = [np.flatnonzero(cores[i]).tolist() for i in np.flatnonzero(fits > fits.max() - 1e-12)]
    assert sorted(found.cores) == sorted(best)
    assert len(found.core) == min(map(len, best))


@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_what_trying_all_finds(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    network = random_network(8 + seed % 5, [14, 30, 50][seed % 3], seed)
    between, weighted = ["ideal_star", "ignore"][seed % 2], seed % 4 > 1
    tried = core_periphery(network, between, weighted=weighted)
    monkeypatch.setattr(MODULE, "_EXACT_UP_TO", 3)
    searched = core_periphery(network, between, weighted=weighted)
    assert (tried.exact, searched.exact) == (True, False)
    assert searched.fit == pytest.approx(tried.fit, abs=1e-12)
    assert searched.core in tried.cores


def test_a_planted_core_among_60_people_is_found() -> None:
    """Eight people all tied to one another and to everybody; nobody else tied: the ideal itself."""
    people = pd.DataFrame({"person": [f"p{i}" for i in range(60)], "role": "nurse"})
    ties = pd.DataFrame(list(combinations(people["person"], 2)), columns=["source", "target"])
    ideal = build(people, ties[ties["source"].isin(people["person"][:8])], directed=False)
    found = core_periphery(ideal, rng=np.random.default_rng(1))
    assert (found.core, round(found.fit, 12), found.exact) == ([f"p{i}" for i in range(8)], 1.0, False)
    assert found.blocks["density"].tolist() == [1, 1, 0]
    assert found.blocks["pairs"].sum() == 60 * 59 / 2
    assert found.table.columns.tolist() == ["person", "role", "core", "coreness"]
    assert found.table["coreness"].pow(2).sum() == pytest.approx(1)


def test_the_same_seed_finds_the_same_core() -> None:
    network = random_network(40, 150, 2)
    one, two = (core_periphery(network, restarts=3, rng=np.random.default_rng(7)) for _ in range(2))
    assert (one.core, one.fit) == (two.core, two.fit)


def test_a_star_has_one_in_its_core_and_ties_by_name() -> None:
    """Two hubs that know the same two others and not each other: each alone fits as well as the other."""
    people = pd.DataFrame({"person": list("ghab")})
    square = build(people, pd.DataFrame({"source": list("gghh"), "target": list("abab")}), directed=False)
    found = core_periphery(square)
    assert len(found.cores) > 1
    assert found.core == min(found.cores, key=len)


def test_order_of_people_changes_nothing() -> None:
    network = random_network(11, 40, 5)
    other = build(network.people.iloc[::-1], network.ties, directed=network.directed)
    one, two = core_periphery(network), core_periphery(other)
    assert one.fit == pytest.approx(two.fit, abs=1e-12)
    assert sorted(map(sorted, one.cores)) == sorted(map(sorted, two.cores))


@pytest.mark.parametrize("between", ["ideal_star", "ignore"])
def test_no_core_where_none_can_be_told(between: str) -> None:
    people = pd.DataFrame({"person": list("abcd")})
    none = pd.DataFrame({"source": [], "target": []})
    all_tied = pd.DataFrame(list(combinations("abcd", 2)), columns=["source", "target"])
    few = build(people.head(2), pd.DataFrame({"source": ["a"], "target": ["b"]}))
    hopeless = [build(people, none), build(people.head(1), none), few, build(people, all_tied, directed=False)]
    for network in hopeless[: 4 if between == "ideal_star" else 3]:
        with pytest.raises(InputError, match="No core can be told"):
            core_periphery(network, between)
    large = build(pd.DataFrame({"person": range(25)}), none)
    with pytest.raises(InputError, match="25 people and 0 ties"):
        core_periphery(large, between)
    with pytest.raises(InputError, match="ideal_star"):
        core_periphery(few, "star")


@pytest.mark.parametrize("restarts", [-1, 1.5, True, "20"])
def test_restarts_are_a_number(restarts: object) -> None:
    network = build(pd.DataFrame({"person": list("abc")}), pd.DataFrame({"source": ["a"], "target": ["b"]}))
    with pytest.raises(InputError, match="restarts must be a whole number of 0 or more"):
        core_periphery(network, restarts=restarts)  # type: ignore[arg-type]

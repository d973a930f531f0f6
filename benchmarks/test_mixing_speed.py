"""How long do nulls for role mixing take, against networkx and against a plain loop over draws?

Not a test: run with `make benchmark`. 2,000 people, 20,000 weighted ties, five roles. Aims: 1,000 label permutations of
the weighted mixing matrix under 0.2 seconds, where networkx (which ignores weights) takes some 11 seconds; 100 networks
rewired with degrees kept 20 times faster than networkx's double_edge_swap. The peers get fewer draws, named in
extra_info with the time scaled to as many as ours; networkx gets one swap per tie, and ours tries three.
"""

from __future__ import annotations

import tracemalloc

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from newroles.networks import RoleNetwork, build, ei_index, mixing
from newroles.networks.rewiring import rewirings

PEOPLE, TIES, PERMUTATIONS, DRAWS = 2_000, 20_000, 1_000, 100


def network_of(people: int, ties: int, directed: bool = True) -> RoleNetwork:
    rng = np.random.default_rng(152665)
    persons = pd.DataFrame({"person": [f"p{i}" for i in range(people)], "role": rng.choice(list("abcde"), people)})
    pairs = np.unique(rng.integers(0, people**2, (ties + ties // 10) * (1 if directed else 2)))
    source, target = pairs // people, pairs % people
    kept = rng.permutation(np.flatnonzero(source < target if not directed else source != target))[:ties]
    named = persons["person"].to_numpy()
    rows = pd.DataFrame({"source": named[source[kept]], "target": named[target[kept]], "weight": rng.random(len(kept))})
    network = build(persons, rows, directed=directed)
    assert network.binary.nnz > ties / 2  # made before the clock runs
    return network


def remember_memory(benchmark, network: RoleNetwork, measure) -> None:
    tracemalloc.start()
    measure()
    benchmark.extra_info["peak_megabytes"] = round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
    tracemalloc.stop()
    given = network.people.memory_usage(deep=True).sum() + network.ties.memory_usage(deep=True).sum()
    benchmark.extra_info["input_megabytes"] = round(int(given) / 1e6, 1)


@pytest.mark.parametrize("weighted", [True, False])
def test_label_permutations_of_mixing(benchmark, weighted: bool) -> None:
    network = network_of(PEOPLE, TIES)
    arguments = {"weighted": weighted, "permutations": PERMUTATIONS, "rng": np.random.default_rng(1)}
    table = benchmark.pedantic(mixing, args=(network,), kwargs=arguments, rounds=9, warmup_rounds=2)
    remember_memory(benchmark, network, lambda: mixing(network, permutations=50))
    assert table["p_high"].notna().all()


def test_label_permutations_of_networkx(benchmark) -> None:
    graph = network_of(PEOPLE, TIES).to_networkx()
    roles = list(nx.get_node_attributes(graph, "role").values())
    rng, permutations = np.random.default_rng(1), 5

    def loop() -> None:
        for _ in range(permutations):
            nx.set_node_attributes(graph, dict(zip(graph, rng.permutation(roles).tolist(), strict=True)), "role")
            nx.attribute_mixing_matrix(graph, "role", normalized=False)

    benchmark.pedantic(loop, rounds=1)
    if benchmark.stats:
        benchmark.extra_info["seconds_for_1000"] = benchmark.stats["mean"] * PERMUTATIONS / permutations


def test_label_permutations_in_a_loop(benchmark) -> None:
    network = network_of(PEOPLE, TIES)
    codes, _ = network.groups()
    source, target = network.positions
    rng = np.random.default_rng(1)

    def loop() -> None:
        for _ in range(PERMUTATIONS):
            drawn = rng.permutation(codes)
            np.bincount(drawn[source] * 5 + drawn[target], weights=network.weights, minlength=25)

    benchmark.pedantic(loop, rounds=3)


@pytest.mark.parametrize("level", ["network", "role", "person"])
def test_label_permutations_of_ei(benchmark, level: str) -> None:
    network = network_of(PEOPLE, TIES)
    arguments = {"level": level, "permutations": PERMUTATIONS}
    table = benchmark.pedantic(ei_index, args=(network,), kwargs=arguments, rounds=3, warmup_rounds=1)
    assert table["p_low"].notna().any()


@pytest.mark.parametrize("directed", [True, False])
def test_rewired_networks(benchmark, directed: bool) -> None:
    network = network_of(PEOPLE, TIES, directed)

    def draw() -> int:
        return sum(1 for _ in rewirings(network, DRAWS))

    assert benchmark.pedantic(draw, rounds=2, warmup_rounds=1) == DRAWS
    remember_memory(benchmark, network, lambda: next(rewirings(network, 1)))


def test_rewired_networks_of_networkx(benchmark) -> None:
    graph = network_of(PEOPLE, TIES, directed=False).to_networkx()
    ties = graph.number_of_edges()
    benchmark.pedantic(
        nx.double_edge_swap, args=(graph,), kwargs={"nswap": ties, "max_tries": 100 * ties, "seed": 1}, rounds=1
    )
    if benchmark.stats:
        benchmark.extra_info["seconds_for_100_draws"] = benchmark.stats["mean"] * DRAWS


def test_a_large_network_stays_within_three_times_its_own_memory(benchmark) -> None:
    network = network_of(50_000, 500_000)
    benchmark.pedantic(mixing, args=(network,), kwargs={"permutations": 20}, rounds=1)
    remember_memory(benchmark, network, lambda: next(rewirings(network, 1)))
    assert benchmark.extra_info["peak_megabytes"] < 3 * benchmark.extra_info["input_megabytes"]

"""How long do brokerage and its relatives take, against loops over networkx and networkx itself?

Not a test: run with `make benchmark`. 1,000 people with 10,000 ties and 5,000 with 100,000, five roles. Aims: brokerage
under 10 and 60 milliseconds. The loop over networkx looks at each person's two-paths one by one, as one would write it
without this package; both are checked to count the same. Betweenness and structural holes are compared with networkx's
own; the core of 20 people is found by trying all 1,048,576.
"""

from __future__ import annotations

import tracemalloc
from collections import Counter

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from newroles.networks import (
    RoleNetwork,
    betweenness,
    brokerage,
    brokerage_by,
    build,
    core_periphery,
    removal,
    structural_holes,
)

SIZES = [(1_000, 10_000), (5_000, 100_000)]
KINDS = ["coordinator", "itinerant", "gatekeeper", "representative", "liaison"]


def network_of(people: int, ties: int) -> RoleNetwork:
    rng = np.random.default_rng(152665)
    persons = pd.DataFrame({"person": [f"p{i}" for i in range(people)], "role": rng.choice(list("abcde"), people)})
    source, target = rng.integers(0, people, (2, ties))
    named = persons["person"].to_numpy()
    network = build(persons, pd.DataFrame({"source": named[source], "target": named[target]}))
    assert network.binary.nnz > ties / 2  # made before the clock runs
    return network


def loop(graph: nx.DiGraph) -> Counter[str]:
    role = nx.get_node_attributes(graph, "role")
    found: Counter[str] = Counter()
    for broker in graph:
        for source in graph.predecessors(broker):
            for target in graph.successors(broker):
                if source != target and not graph.has_edge(source, target):
                    a, v, b = role[source], role[broker], role[target]
                    if a == v:
                        found["coordinator" if v == b else "representative"] += 1
                    elif v == b:
                        found["gatekeeper"] += 1
                    else:
                        found["itinerant" if a == b else "liaison"] += 1
    return found


@pytest.mark.parametrize(("people", "ties"), SIZES)
@pytest.mark.parametrize("weighted", [False, True])
def test_brokerage(benchmark, people: int, ties: int, weighted: bool) -> None:
    network = network_of(people, ties)
    table = benchmark.pedantic(brokerage, args=(network,), kwargs={"weighted": weighted}, rounds=9, warmup_rounds=2)
    tracemalloc.start()
    brokerage(network, weighted=weighted)
    benchmark.extra_info["peak_megabytes"] = round(tracemalloc.get_traced_memory()[1] / 1e6, 1)
    tracemalloc.stop()
    given = network.people.memory_usage(deep=True).sum() + network.ties.memory_usage(deep=True).sum()
    benchmark.extra_info["input_megabytes"] = round(int(given) / 1e6, 1)
    assert len(table) == people


@pytest.mark.parametrize(("people", "ties"), SIZES)
def test_loop_over_networkx(benchmark, people: int, ties: int) -> None:
    network = network_of(people, ties)
    found = benchmark.pedantic(loop, args=(network.to_networkx(),), rounds=1)
    assert brokerage(network)[KINDS].sum().to_dict() == {kind: found[kind] for kind in KINDS}


def test_1000_permutations_of_roles(benchmark) -> None:
    network = network_of(*SIZES[0])
    table = benchmark.pedantic(brokerage_by, args=(network,), rounds=1)
    assert table["p_high"].notna().all()


def test_betweenness(benchmark) -> None:
    table = benchmark.pedantic(betweenness, args=(network_of(*SIZES[0]),), rounds=3)
    assert table["betweenness"].max() < 1


def test_betweenness_by_networkx(benchmark) -> None:
    network = network_of(*SIZES[0])
    values = benchmark.pedantic(nx.betweenness_centrality, args=(network.to_networkx(),), rounds=1)
    np.testing.assert_allclose(betweenness(network)["betweenness"], list(values.values()), atol=1e-12)


def test_structural_holes(benchmark) -> None:
    table = benchmark.pedantic(structural_holes, args=(network_of(*SIZES[1]),), rounds=3)
    assert table["constraint"].max() < 2


def test_constraint_by_networkx(benchmark) -> None:
    network = network_of(*SIZES[1])
    values = benchmark.pedantic(nx.constraint, args=(network.to_networkx(),), rounds=1)
    np.testing.assert_allclose(structural_holes(network)["constraint"], list(values.values()), atol=1e-12)


def test_core_of_20_tried_in_full(benchmark) -> None:
    assert benchmark.pedantic(core_periphery, args=(network_of(20, 80),), rounds=3).exact


def test_core_of_1000_searched(benchmark) -> None:
    assert not benchmark.pedantic(core_periphery, args=(network_of(*SIZES[0]),), rounds=1).exact


def test_removal_of_roles_from_100(benchmark) -> None:
    assert len(benchmark.pedantic(removal, args=(network_of(100, 600),), rounds=1)) == 25

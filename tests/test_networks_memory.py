"""How much memory do questions to a network take? At every size no more than three times what was handed in, and 1 MB.

Handed in are the tables people and ties, both waves' where there are two, or the square arrays of a regression of pairs:
their deep memory as pandas counts it, strings as pyarrow holds them. What is made from them counts, results and the
network's own matrices too; 1 MB is for what doesn't grow with the network, such as a batch of permutations.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from newroles.networks import (
    RoleNetwork,
    brokerage,
    brokerage_between,
    brokerage_by,
    build,
    change,
    core_periphery,
    ei_index,
    mixing,
    mrqap,
    qap_correlation,
    structural_holes,
    turnover,
)
from newroles.networks.rewiring import rewirings

SIZES = [(50, 400), (1_000, 10_000)]


def tables(people: int, ties: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    names = np.array([f"p{number:05d}" for number in range(people)])
    roles = rng.choice(["nurse", "doctor", "peer worker", "psychologist", "social worker"], people)
    source, target = np.divmod(rng.choice(people**2, ties, replace=False), people)
    met = pd.DataFrame({"source": names[source], "target": names[target], "weight": rng.integers(1, 5, ties)})
    return pd.DataFrame({"person": names, "role": roles}), met[source != target]


def assert_within(call: Callable[[], Any], given: int) -> None:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * given + 1_000_000, f"{peak / given:.1f} times what was given"


def size_of(*given: pd.DataFrame) -> int:
    return sum(int(table.memory_usage(deep=True).sum()) for table in given)


QUESTIONS: dict[str, Callable[[RoleNetwork], Any]] = {
    "mixing": lambda network: mixing(network, permutations=20),
    "ei_index": lambda network: ei_index(network, level="person", permutations=8),
    "rewiring": lambda network: next(rewirings(network, 1)),
    "brokerage": brokerage,
    "brokerage, weighted": lambda network: brokerage(network, permutations=8, weighted=True),
    "brokerage_by": lambda network: brokerage_by(network, permutations=8),
    "brokerage_between": brokerage_between,
    "structural_holes": structural_holes,
    "core_periphery": lambda network: core_periphery(network, restarts=0),
}


@pytest.mark.parametrize(("people", "ties"), SIZES)
@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("question", QUESTIONS)
def test_one_network(question: str, directed: bool, people: int, ties: int) -> None:
    given = tables(people, ties, 1)
    QUESTIONS[question](build(*tables(30, 200, 1), directed=directed))  # what is loaded once and for all
    network = build(*given, directed=directed)
    assert_within(lambda: QUESTIONS[question](network), size_of(*given))


COMPARISONS: dict[str, Callable[[RoleNetwork, RoleNetwork], Any]] = {
    "turnover": turnover,
    "change": lambda one, two: change(one, two, draws=20, permutations=20),
    "change, dyads": lambda one, two: change(one, two, draws=2, permutations=2, resample="dyads"),
}


@pytest.mark.parametrize(("people", "ties"), SIZES)
@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("comparison", COMPARISONS)
def test_two_waves(comparison: str, directed: bool, people: int, ties: int) -> None:
    given = [tables(people, ties, seed) for seed in (1, 2)]
    COMPARISONS[comparison](*(build(*tables(30, 200, seed)) for seed in (1, 2)))
    waves = [build(*wave, directed=directed) for wave in given]
    assert_within(lambda: COMPARISONS[comparison](*waves), size_of(*given[0], *given[1]))


@pytest.mark.parametrize("people", [50, 300])
@pytest.mark.parametrize("kind", ["dsp", "y", "blanks", "logistic"])
def test_regression_of_pairs(kind: str, people: int) -> None:
    rng = np.random.default_rng(1)
    y, *xs = rng.normal(size=(4, people, people))
    if kind == "blanks":
        y[:3] = np.nan
    if kind == "logistic":
        y = (y > 0).astype(float)
    arguments = {"method": "y"} if kind == "y" else {"family": "logistic"} if kind == "logistic" else {}
    given = dict(zip("abc", xs, strict=True))

    def asked() -> None:
        mrqap(y, given, permutations=10 if people < 100 else 2, **arguments)  # type: ignore[arg-type]

    asked()
    assert_within(asked, 4 * y.nbytes)


@pytest.mark.parametrize("people", [50, 500])
@pytest.mark.parametrize("blanks", [0, 3])
def test_correlation_of_two_relations(blanks: int, people: int) -> None:
    x, y = np.random.default_rng(1).normal(size=(2, people, people))
    y[:blanks] = np.nan
    qap_correlation(x, y, permutations=2)
    assert_within(lambda: qap_correlation(x, y, permutations=5), 2 * y.nbytes)


@pytest.mark.parametrize(("people", "ties"), [(400, 4_000), (3_000, 30_000)])
@pytest.mark.parametrize("directed", [True, False])
def test_building_a_network_and_its_matrices(directed: bool, people: int, ties: int) -> None:
    given = tables(people, ties, 1)
    assert_within(lambda: build(*given, directed=directed).binary, size_of(*given))

"""How long does a regression of pairs with 1,000 permutations take, against refitting with statsmodels?

Not a test: run with `make benchmark`. 200 people, three predictors, double semi-partialling. statsmodels gets one fit per
term and order, in a Python loop, for 10 orders (named in extra_info, with the time scaled to 1,000). R's sna::netlm, which
does the same, took 341 seconds (scaled from 20 orders), measured elsewhere. The aim is 0.5 seconds on two quiet cores.
"""

from __future__ import annotations

import resource

import numpy as np
import pytest
import statsmodels.api as sm

from newroles.networks import mrqap, qap_correlation

PEOPLE, PERMUTATIONS, LOOPED, LOGISTIC = 200, 1_000, 10, 50


@pytest.fixture(scope="module")
def relations() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    rng = np.random.default_rng(152665)
    x = rng.normal(size=(3, PEOPLE, PEOPLE))
    y = 0.1 * x[0] + 0.05 * x[1] + rng.normal(size=(PEOPLE, PEOPLE))
    return y, {"a": x[0], "b": x[1], "c": x[2]}


def scaled(benchmark, orders: int) -> None:
    if benchmark.stats:
        benchmark.extra_info["orders"] = orders
        benchmark.extra_info["seconds_for_1000"] = benchmark.stats["mean"] * PERMUTATIONS / orders


@pytest.mark.parametrize("method", ["dsp", "y"])
def test_mrqap(benchmark, relations, method: str) -> None:
    y, xs = relations
    arguments = {"permutations": PERMUTATIONS, "method": method, "rng": np.random.default_rng(1)}
    table = benchmark.pedantic(mrqap, args=(y, xs), kwargs=arguments, rounds=3, warmup_rounds=1)
    benchmark.extra_info["peak_megabytes_of_the_process"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert table["p_two_sided"].notna().all()


def test_logistic_mrqap(benchmark, relations) -> None:
    y, xs = relations
    arguments = {"permutations": LOGISTIC, "family": "logistic", "rng": np.random.default_rng(1)}
    table = benchmark.pedantic(mrqap, args=((y > 1) * 1, xs), kwargs=arguments, rounds=1)
    scaled(benchmark, LOGISTIC)
    assert table.attrs["not_converged"] == 0


def test_qap_correlation(benchmark, relations) -> None:
    y, xs = relations
    arguments = {"permutations": PERMUTATIONS, "rng": np.random.default_rng(1)}
    found = benchmark.pedantic(qap_correlation, args=(xs["a"], y), kwargs=arguments, rounds=3, warmup_rounds=1)
    assert found["p_high"] < 0.01


def test_statsmodels_refits(benchmark, relations) -> None:
    y, xs = relations
    off = ~np.eye(PEOPLE, dtype=bool)
    x = np.stack([np.ones_like(y), *xs.values()])

    def looped() -> list[float]:
        rng, found = np.random.default_rng(1), []
        for k in range(len(x)):
            others = np.delete(x, k, axis=0)
            rows = others[:, off].T
            residual = np.zeros_like(y)
            residual[off] = sm.OLS(x[k][off], rows).fit().resid
            for _ in range(LOOPED):
                order = rng.permutation(PEOPLE)
                moved = residual[np.ix_(order, order)][off]
                found.append(float(sm.OLS(y[off], np.column_stack([rows, moved])).fit().tvalues[-1]))
        return found

    values = benchmark.pedantic(looped, rounds=1)
    scaled(benchmark, LOOPED)
    assert len(values) == LOOPED * len(x)

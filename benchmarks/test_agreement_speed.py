"""How long do 1,000 bootstraps of agreement take, against statsmodels and the krippendorff package?

Not a test: run with `make benchmark`. 2,000 units, 4 coders, 12 codes, a tenth of the ratings missing: as 12 tables of 1
and 0, as one table of 12 categories, and as about 1,000 distinct label sets. The others resample in a Python loop; they
get fewer resamples (named in extra_info, with the time scaled to 1,000), and statsmodels, which takes no missing ratings,
gets complete ones. The krippendorff package isn't a requirement: its benchmark is skipped where it isn't installed.
"""

from __future__ import annotations

import resource
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

from newroles.coding import agreement, ratings_per_code

UNITS, CODERS, CODES, N_BOOT = 2_000, 4, 12, 1_000


@pytest.fixture(scope="module")
def label_sets() -> pd.DataFrame:
    """Four coders who reproduce a true set of codes, each code wrongly in 4 % of units; some 1,000 sets occur."""
    rng = np.random.default_rng(152665)
    names = np.array([f"code_{n:02d}" for n in range(CODES)])
    truth = rng.random((UNITS, CODES)) < 0.2
    columns = {}
    for coder in range(CODERS):
        given = truth ^ (rng.random(truth.shape) < 0.04)
        sets = pd.Series([frozenset(names[row]) for row in given], dtype=object)
        columns[f"coder_{coder}"] = sets.mask(rng.random(UNITS) < 0.1)
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def complete() -> pd.DataFrame:
    """One of 12 categories by each coder, the right one in 70 % of units."""
    rng = np.random.default_rng(152665)
    truth = rng.integers(0, CODES, UNITS)
    guess = rng.integers(0, CODES, (CODERS, UNITS))
    right = rng.random((CODERS, UNITS)) < 0.7
    return pd.DataFrame(np.where(right, truth, guess).T.astype(float))


@pytest.fixture(scope="module")
def categories(complete: pd.DataFrame) -> pd.DataFrame:
    return complete.mask(np.random.default_rng(1).random(complete.shape) < 0.1)


def resampled(ratings: np.ndarray, statistic: Callable[[np.ndarray], float], times: int) -> list[float]:
    """The statistic of so many resamples of the rows, one after the other."""
    rng = np.random.default_rng(1)
    return [statistic(ratings[rng.integers(0, len(ratings), len(ratings))]) for _ in range(times)]


def scaled(benchmark, resamples: int, tables: int = 1) -> None:
    if benchmark.stats:
        benchmark.extra_info["resamples"] = resamples
        benchmark.extra_info["seconds_for_1000"] = benchmark.stats["mean"] * N_BOOT / resamples * tables


def test_alpha_of_12_codes(benchmark, label_sets: pd.DataFrame) -> None:
    codes = ratings_per_code(label_sets)

    def all_codes() -> list[pd.DataFrame]:
        rng = np.random.default_rng(1)
        return [agreement(ratings, "krippendorff_alpha", n_boot=N_BOOT, rng=rng) for ratings in codes.values()]

    tables = benchmark.pedantic(all_codes, rounds=3, warmup_rounds=1)
    assert len(tables) == CODES
    assert all(table["low"].notna().all() for table in tables)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_of_12_categories(benchmark, categories: pd.DataFrame, level: str) -> None:
    arguments = {"statistics": "krippendorff_alpha", "level": level, "n_boot": N_BOOT}
    table = benchmark.pedantic(agreement, args=(categories,), kwargs=arguments, rounds=3, warmup_rounds=1)
    assert table["low"].notna().all()


def test_every_statistic_of_12_categories(benchmark, categories: pd.DataFrame) -> None:
    table = benchmark.pedantic(agreement, args=(categories,), kwargs={"n_boot": N_BOOT}, rounds=3, warmup_rounds=1)
    assert len(table) > 6


def test_masi_of_1000_label_sets(benchmark, label_sets: pd.DataFrame) -> None:
    arguments = {"statistics": "krippendorff_alpha", "level": "masi", "n_boot": N_BOOT}
    table = benchmark.pedantic(agreement, args=(label_sets,), kwargs=arguments, rounds=3, warmup_rounds=1)
    benchmark.extra_info["label_sets"] = len({s for c in label_sets for s in label_sets[c].dropna()})
    benchmark.extra_info["peak_megabytes_of_the_process"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert table["low"].notna().all()


def test_statsmodels_fleiss(benchmark, complete: pd.DataFrame) -> None:
    def statistic(rows: np.ndarray) -> float:
        return fleiss_kappa(aggregate_raters(rows)[0])

    values = benchmark.pedantic(resampled, args=(complete.to_numpy(), statistic, 20), rounds=1)
    scaled(benchmark, 20)
    assert len(values) == 20


def test_statsmodels_cohen(benchmark, complete: pd.DataFrame) -> None:
    def statistic(rows: np.ndarray) -> float:
        table = np.zeros((CODES, CODES))
        np.add.at(table, tuple(rows.T.astype(int)), 1)
        return cohens_kappa(table, return_results=False)

    values = benchmark.pedantic(resampled, args=(complete.iloc[:, :2].to_numpy(), statistic, 100), rounds=1)
    scaled(benchmark, 100)
    assert len(values) == 100


def test_krippendorff_package(benchmark, label_sets: pd.DataFrame) -> None:
    krippendorff = pytest.importorskip("krippendorff", reason="the krippendorff package isn't installed")
    ratings = next(iter(ratings_per_code(label_sets).values())).to_numpy()

    def statistic(rows: np.ndarray) -> float:
        return krippendorff.alpha(reliability_data=rows.T, level_of_measurement="nominal")

    values = benchmark.pedantic(resampled, args=(ratings, statistic, 20), rounds=1)
    scaled(benchmark, 20, tables=CODES)
    assert len(values) == 20

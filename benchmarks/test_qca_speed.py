"""How long do all tied minimal models take, against a plain Quine-McCluskey with Petrick's products written here?

Not a test: run with `make benchmark`. Aims: six conditions and 60 cases under 0.05 seconds, eight conditions and 500
cases under 2 seconds, the truth table, all models and their fit included. The outcome is random, the hardest there is: real
truth tables have far fewer terms and ties. R's QCA gives no times in the reference results, so the peer is the textbook's
loop: pairs of terms are merged until none can be, then Petrick's products are multiplied out. It is given the six
conditions only, since eight take it too long.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from newroles.boundary_work.minimisation import Solution, minimise
from newroles.boundary_work.truth_table import truth_table

LETTERS = list("ABCDEFGH")


def cases_of(conditions: int, cases: int, seed: int = 1959) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.integers(0, 2, (cases, conditions + 1)), columns=[*LETTERS[:conditions], "Y"])


def analyse(data: pd.DataFrame, include: str, expectations: str | None = None) -> Solution:
    solution = minimise(truth_table(data, "Y", list(data.columns[:-1])), include, expectations)
    assert len(solution.fit)
    return solution


@pytest.mark.parametrize(("conditions", "cases"), [(6, 60), (8, 500)])
@pytest.mark.parametrize(
    ("include", "expectations"),
    [("", None), ("?", None), ("?", "A,B,C")],
    ids=["conservative", "parsimonious", "intermediate"],
)
def test_all_tied_models(benchmark, conditions: int, cases: int, include: str, expectations: str | None) -> None:
    data = cases_of(conditions, cases)
    solution = benchmark.pedantic(analyse, args=(data, include, expectations), rounds=5, warmup_rounds=1)
    benchmark.extra_info.update(models=len(solution.models), truncated=solution.truncated)


def test_two_hundred_analyses(benchmark) -> None:
    data = cases_of(5, 40)

    def grid() -> list[Solution]:
        return [analyse(data, include) for _ in range(100) for include in ("", "?")]

    benchmark.pedantic(grid, rounds=1)


@pytest.mark.parametrize("include", ["", "?"], ids=["conservative", "parsimonious"])
def test_all_tied_models_of_a_plain_loop(benchmark, include: str) -> None:
    data = cases_of(6, 60)
    table = truth_table(data, "Y", LETTERS[:6]).full()
    rows = {out: [int(row) - 1 for row in table.index[table["out"] == out]] for out in (1, "?")}
    ours = analyse(data, include)
    models = benchmark.pedantic(plain_loop, args=(rows[1], rows["?"] if include else []), rounds=1)
    assert len(models) == len(ours.models)


def plain_loop(positive: list[int], open_rows: list[int]) -> set[frozenset[tuple[int, int]]]:
    """All smallest sets of prime terms (values, dropped): merge pairs, then multiply out."""
    level, prime = {(row, 0) for row in positive + open_rows}, set()
    while level:
        merged, used = set(), set()
        for one, other in combinations(level, 2):
            differs = one[0] ^ other[0]
            if one[1] == other[1] and differs.bit_count() == 1:
                merged.add((one[0] & ~differs, one[1] | differs))
                used |= {one, other}
        prime |= level - used
        level = merged
    products = {frozenset[tuple[int, int]]()}
    for row in positive:
        covering = [term for term in prime if row & ~term[1] == term[0]]
        grown = {product | {term} for product in products for term in covering}
        products = set()
        for product in sorted(grown, key=len):
            if not any(smaller <= product for smaller in products):
                products.add(product)
    least = min(map(len, products))
    return {product for product in products if len(product) == least}

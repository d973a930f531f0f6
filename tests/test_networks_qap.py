"""QAP correlation and regression of pairs: R's sna, all orders of six and seven people, and plain refits one by one.

Known answers: R 4.2.2 with sna 2.7-1 (netlm, netlogit, gcor, qaptest) and our own R enumeration of all orders
(tests/reference/qap, and ../shared for published networks); statsmodels; numpy's lstsq in a loop, below.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.networks import mrqap, qap_correlation
from newroles.networks.matrices import difference, from_ties, receiver, same, sender
from newroles.networks.pair_logistic import Beside
from newroles.networks.qap import relabellings

REFERENCE = Path(__file__).parent / "reference" / "qap"
EXACT = sorted(path.name for path in REFERENCE.glob("qap_exact_*"))
NETLM = sorted(path.name for path in REFERENCE.glob("netlm_*"))
SIDES = {"p_low": "le", "p_high": "ge", "p_two_sided": "abs"}


def matrices(folder: Path) -> dict[str, np.ndarray]:
    """Each column of the case's pairs as a matrix; pairs given once are mirrored."""
    pairs = pd.read_csv(folder / "input_dyads.csv")
    i, j = pairs["i"] - 1, pairs["j"] - 1
    found = {}
    for name in pairs.columns[2:]:
        cells = np.zeros((int(pairs[["i", "j"]].max().max()),) * 2)
        cells[i, j] = pairs[name]
        if (i < j).all():
            cells[j, i] = pairs[name]
        found[name] = cells
    return found


def drawn_by_r(ours: pd.Series, theirs: pd.Series, permutations: int, draws: int) -> None:
    """Within four binomial standard errors of both; sna counts without the order observed."""
    error = np.sqrt(theirs * (1 - theirs) * (1 / permutations + 1 / draws)) + 1 / permutations
    assert ((ours - theirs).abs() <= 4 * error).all(), pd.DataFrame({"ours": ours, "theirs": theirs})


# --- known answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", EXACT)
def test_all_orders_of_a_few_people_give_the_exact_p_values(case: str) -> None:
    xs = matrices(REFERENCE / case)
    y = xs.pop("y")
    said = json.loads((REFERENCE / case / "case.json").read_text(encoding="utf-8"))["expected"]
    table = pd.read_csv(REFERENCE / case / "expected_mrqap.csv")
    for method, column in (("dsp", "dsp_t"), ("y", "yperm_t")):
        found = mrqap(y, xs, permutations="exact", method=method)  # type: ignore[arg-type]
        assert found["term"].tolist() == table["term"].tolist()
        assert found["estimate"].to_numpy() == pytest.approx(table["beta"].to_numpy(), abs=1e-8)
        assert found["t"].to_numpy() == pytest.approx(table["t"].to_numpy(), abs=1e-8)
        assert found.attrs["r_squared"] == pytest.approx(said["r2"], abs=1e-8)
        assert found.attrs["permutations"] == said["n_permutations"]
        for side, suffix in SIDES.items():
            expected = table[f"{column}_{suffix}"]
            assert found[side][expected.notna()].to_numpy() == pytest.approx(expected.dropna().to_numpy(), abs=1e-12)
    r = qap_correlation(xs["x1"], y, permutations="exact")
    assert r["estimate"] == pytest.approx(said["qap_correlation_y_x1"], abs=1e-8)
    for side, suffix in SIDES.items():
        assert r[side] == pytest.approx(said[f"qap_exact_p_{suffix}"], abs=1e-12)


@pytest.mark.parametrize("case", NETLM)
def test_coefficients_are_those_of_sna_and_p_values_near_its_draws(case: str) -> None:
    xs = matrices(REFERENCE / case)
    y, binary = xs.pop("y"), xs.pop("y_binary")
    said = json.loads((REFERENCE / case / "case.json").read_text(encoding="utf-8"))["expected"]
    table = pd.read_csv(REFERENCE / case / "expected_netlm.csv")
    for method, column in (("dsp", "dsp_p"), ("y", "yperm_p")):
        found = mrqap(y, xs, 2000, method, np.random.default_rng(6))  # type: ignore[arg-type]
        assert found["estimate"].to_numpy() == pytest.approx(table["beta"].to_numpy(), abs=1e-7)
        assert found["t"].to_numpy() == pytest.approx(table["t"].to_numpy(), abs=1e-7)
        for side, suffix in SIDES.items():
            drawn_by_r(found[side], table[f"{column}_{suffix}"], 2000, said["mc_reps_netlm"])
    assert qap_correlation(y, xs["x1"], 0)["estimate"] == pytest.approx(said["qap_corr_y_x1"], abs=1e-7)
    table = pd.read_csv(REFERENCE / case / "expected_netlogit.csv")
    found = mrqap(binary, xs, 200, rng=np.random.default_rng(6), family="logistic")
    assert found["estimate"].to_numpy() == pytest.approx(table["beta"].to_numpy(), abs=1e-7)
    # R's glm takes the standard error from the step before the last; ours is that of the estimate itself
    assert found["t"].to_numpy() == pytest.approx(table["t"].to_numpy(), abs=1e-5)
    drawn_by_r(found["p_two_sided"], table["dsp_p_abs"], 200, said["mc_reps_netlogit"])
    assert found.attrs["not_converged"] == 0


def test_friendship_of_managers(shared: Path) -> None:
    """Krackhardt's high-tech managers: R sna 2.7-1, netlm and netlogit."""
    folder = shared / "reference" / "qap" / "hightech_mrqap_friendship"
    xs = matrices(folder)
    y = xs.pop("friendship")
    table = pd.read_csv(folder / "expected_netlm.csv")
    found = mrqap(y, xs, 2000, rng=np.random.default_rng(1))
    assert found["estimate"].to_numpy() == pytest.approx(table["beta"].to_numpy(), abs=1e-7)
    assert found["t"].to_numpy() == pytest.approx(table["t"].to_numpy(), abs=1e-7)
    assert found.attrs["r_squared"] == pytest.approx(0.09478, abs=5e-6)
    for side, suffix in SIDES.items():
        drawn_by_r(found[side], table[f"dsp_p_{suffix}"], 2000, 5000)
    logit = mrqap(y, xs, 0, family="logistic")
    table = pd.read_csv(folder / "expected_netlogit.csv")
    assert logit["estimate"].to_numpy() == pytest.approx(table["beta"].to_numpy(), abs=1e-7)
    assert logit["se"].to_numpy() == pytest.approx(table["se"].to_numpy(), abs=5e-6)
    assert logit["p_two_sided"].isna().all(), "no orders, no p"


def test_marriage_and_business_in_florence(shared: Path) -> None:
    """Padgett's families: .372 in the literature; 50,000 orders in R gave p of .00074."""
    folder = shared / "reference" / "qap" / "padgett_qap_correlation"
    said = json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]
    people = pd.read_csv(folder / "input_nodes.csv").rename(columns={"id": "person"})
    marriage, business = (
        from_ties(people, pd.read_csv(folder / f"input_{name}.csv"), directed=False)
        for name in ("marriage", "business")
    )
    found = qap_correlation(marriage, business, 5000, np.random.default_rng(1))
    assert found["estimate"] == pytest.approx(said["qap_correlation"], abs=1e-8)
    drawn_by_r(found[["p_low"]], pd.Series({"p_low": said["p_le_mc50000"]}), 5000, 50_000)
    drawn_by_r(found[["p_high"]], pd.Series({"p_high": said["p_ge_mc50000"]}), 5000, 50_000)


def test_relations_of_lawyers(shared: Path) -> None:
    """Lazega's law firm, R sna 2.7-1, gcor."""
    folder = shared / "reference" / "networks_multi" / "lazega_multirelation"
    people = pd.read_csv(folder / "input_nodes.csv").rename(columns={"id": "person"})
    ties = pd.read_csv(folder / "input_edges.csv")
    for row in pd.read_csv(folder / "expected_pairs.csv").itertuples():
        r = qap_correlation(*(from_ties(people, ties, relation) for relation in (row.a, row.b)), permutations=0)
        assert r["estimate"] == pytest.approx(row.qap_r, abs=1e-9)


# --- refits one by one ---------------------------------------------------------------------------------------------------------


def ols_t(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    error = y - x @ b
    return np.asarray(b / np.sqrt(error @ error / (len(y) - x.shape[1]) * np.diag(np.linalg.inv(x.T @ x))))


def logit_t(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.asarray(sm.Logit(y, x).fit(disp=0, tol=1e-12).tvalues)


def one_by_one(
    y: np.ndarray, x: np.ndarray, base: np.ndarray, orders: list[tuple[int, ...]], method: str, t_of: Callable[..., Any]
) -> np.ndarray:
    """t of each term (columns) for each order (rows), each by its own refit. x: terms x n x n; base: cells that could be rows."""
    rows, known = [], base & ~np.isnan(y)
    for order in orders:
        at = np.ix_(order, order)
        if method == "y":
            here = base & ~np.isnan(y[at])
            rows.append(t_of(y[at][here], x[:, here].T))
            continue
        t = []
        for k in range(len(x)):
            others = np.delete(x, k, axis=0)
            part = np.linalg.lstsq(others[:, known].T, x[k][known], rcond=None)[0]
            residual = x[k] - np.tensordot(part, others, axes=1)
            t.append(t_of(y[known], np.column_stack([others[:, known].T, residual[at][known]]))[-1])
        rows.append(np.array(t))
    return np.array(rows)


def shares(t: np.ndarray, observed: np.ndarray) -> dict[str, np.ndarray]:
    same_as = 1e-8
    return {
        "p_low": (t <= observed + same_as).mean(axis=0),
        "p_high": (t >= observed - same_as).mean(axis=0),
        "p_two_sided": (np.abs(t) >= np.abs(observed) - same_as).mean(axis=0),
    }


@pytest.mark.parametrize("method", ["dsp", "y"])
@pytest.mark.parametrize("directed", [True, False])
def test_blank_pairs_are_left_out_and_move_with_y(method: str, directed: bool) -> None:
    n = 5
    rng = np.random.default_rng(3)
    y, a, b = rng.normal(size=(3, n, n))
    y[0, 1] = y[3, 2] = np.nan
    if not directed:
        y, a, b = (np.tril(each, -1) + np.tril(each, -1).T for each in (y, a, b))
    base = ~np.eye(n, dtype=bool) if directed else np.tri(n, k=-1, dtype=bool)
    known = base & ~np.isnan(y)
    x = np.stack([np.ones((n, n)), a, b])
    rows = one_by_one(y, x, base, list(itertools.permutations(range(n))), method, ols_t)
    found = mrqap(y, {"a": a, "b": b}, "exact", method)  # type: ignore[arg-type]
    observed = ols_t(y[known], x[:, known].T)
    assert found["t"].to_numpy() == pytest.approx(observed, abs=1e-9)
    for side, expected in shares(rows, observed).items():
        assert found[side].to_numpy() == pytest.approx(expected, abs=1e-12), side
    assert found.attrs["dyads"] == known.sum()
    assert found.attrs["directed"] is directed


@pytest.mark.parametrize("method", ["dsp", "y"])
def test_what_stands_in_xs_where_y_is_blank_counts(method: str) -> None:
    """Cells of a person whose row of y is blank come to other places: 0 and 50 there give different p, each its refits'."""
    rng = np.random.default_rng(8)
    y, a, b = rng.normal(size=(3, 5, 5))
    y[0, 1:4] = np.nan
    base, p = ~np.eye(5, dtype=bool), []
    for filled in (0, 50):
        a[0, 1:4] = filled
        x = np.stack([np.ones((5, 5)), a, b])
        observed = ols_t(y[base & ~np.isnan(y)], x[:, base & ~np.isnan(y)].T)
        rows = one_by_one(y, x, base, list(itertools.permutations(range(5))), method, ols_t)
        found = mrqap(y, {"a": a, "b": b}, "exact", method)  # type: ignore[arg-type]
        assert found["t"].to_numpy() == pytest.approx(observed, abs=1e-9)
        for side, expected in shares(rows, observed).items():
            assert found[side].to_numpy() == pytest.approx(expected, abs=1e-12), side
        p.append(found["p_high"].to_numpy()[1])
    assert p[0] != p[1]
    a[0, 1:4] = np.nan
    with pytest.raises(InputError, match="a is blank for 3 pairs of people who can come to stand where y is known"):
        mrqap(y, {"a": a, "b": b}, "exact", method)  # type: ignore[arg-type]


def test_xs_may_be_blank_between_teams_that_no_order_mixes() -> None:
    rng = np.random.default_rng(2)
    y, a, b = rng.normal(size=(3, 7, 7))
    team = np.array(list("xxxyyyy"))
    apart = team[:, np.newaxis] != team
    y[apart] = np.nan
    blank, filled = (
        mrqap(y, {"a": np.where(apart, fill, a), "b": b}, "exact", within=team.tolist()) for fill in (np.nan, 7.0)
    )
    pd.testing.assert_frame_equal(blank, filled)
    y[0, 3] = 1.0  # one such pair is known: then all can come there
    with pytest.raises(InputError, match="a is blank for 12 pairs"):
        mrqap(y, {"a": np.where(apart, np.nan, a), "b": b}, "exact", within=team.tolist())


def test_the_quick_search_for_one_moved_predictor_finds_what_a_regression_does() -> None:
    """statsmodels' Logit for each; a predictor that separates the ties, and one that follows from the others, have no t."""
    rng = np.random.default_rng(5)
    stay = np.stack([np.ones(300), rng.normal(size=300), rng.integers(0, 2, 300)])
    moved = np.concatenate([rng.normal(size=(20, 300)), rng.exponential(size=(5, 300)) ** 2 * 10])
    y = (rng.random(300) < 1 / (1 + np.exp(2 - stay[1] - moved[0]))).astype(float)
    expected = [logit_t(y, np.column_stack([*stay, row]))[-1] for row in moved]
    found = Beside(stay, y, np.eye(3)).t(np.vstack([moved, 2 * y - 1 + stay[1] / 100]))
    assert np.abs(expected).max() > 4, "far from where the search begins"
    assert found[:-1] == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert np.isnan(found[-1])


@pytest.mark.parametrize("method", ["dsp", "y"])
def test_logistic_regressions_are_refitted_within_teams(method: str) -> None:
    """36 orders keep two teams of three; statsmodels' Logit fits each."""
    rng = np.random.default_rng(8)
    a, b = rng.normal(size=(2, 6, 6))
    y = (rng.random((6, 6)) < 0.5).astype(float)
    orders = [(*p, *q) for p in itertools.permutations(range(3)) for q in itertools.permutations(range(3, 6))]
    x = np.stack([np.ones((6, 6)), a, b])
    off = ~np.eye(6, dtype=bool)
    found = mrqap(y, {"a": a, "b": b}, "exact", method, family="logistic", within=list("xxxyyy"))  # type: ignore[arg-type]
    observed = logit_t(y[off], x[:, off].T)
    assert found["t"].to_numpy() == pytest.approx(observed, abs=1e-6)
    for side, expected in shares(one_by_one(y, x, off, orders, method, logit_t), observed).items():
        assert found[side].to_numpy() == pytest.approx(expected, abs=1e-12), side
    assert found.attrs["permutations"] == 36
    assert found.attrs["log_likelihood"] == pytest.approx(sm.Logit(y[off], x[:, off].T).fit(disp=0).llf)


def test_correlation_with_blanks_is_pairwise() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 5, 5))
    x[0, 1], y[1, 0], y[2, 3] = np.nan, np.nan, np.nan
    off = ~np.eye(5, dtype=bool)

    def r(order: tuple[int, ...]) -> float:
        return float(pd.Series(x[off]).corr(pd.Series(y[np.ix_(order, order)][off])))

    drawn = np.array([[r(order)] for order in itertools.permutations(range(5))])
    found = qap_correlation(x, y, "exact")
    assert found["estimate"] == pytest.approx(r((0, 1, 2, 3, 4)), abs=1e-12)
    for side, expected in shares(drawn, np.array([found["estimate"]])).items():
        assert found[side] == pytest.approx(expected[0], abs=1e-12)


def test_an_order_without_an_answer_counts_on_each_side() -> None:
    """Only where y moves its one tie onto the blank pair of x is nothing left to correlate: 1 order in 6 by hand."""
    x, y = np.zeros((3, 3)), np.zeros((3, 3))
    x[0, 1], x[2, 0], y[0, 1] = 1, np.nan, 1
    found = qap_correlation(x, y, "exact")
    assert found["estimate"] == pytest.approx(1)
    assert found["p_high"] == pytest.approx(2 / 6)
    assert found["p_low"] == pytest.approx(1)


# --- orders ----------------------------------------------------------------------------------------------------------------


def test_exact_orders_are_each_order_once_and_stay_within_blocks() -> None:
    every = np.concatenate(list(relabellings(5, "exact")))
    assert sorted(map(tuple, every.tolist())) == sorted(itertools.permutations(range(5)))
    teams = np.concatenate(list(relabellings(5, "exact", within=["b", "a", "b", "a", "a"])))
    assert len({tuple(order) for order in teams.tolist()}) == len(teams) == 12
    assert {frozenset(order[[0, 2]].tolist()) for order in teams} == {frozenset({0, 2})}


def test_drawn_orders_are_uniform_within_blocks() -> None:
    orders = np.concatenate(list(relabellings(4, 4000, np.random.default_rng(1), list("aabb"))))
    counts = pd.Series(map(tuple, orders.tolist())).value_counts()
    assert set(counts.index) == {(0, 1, 2, 3), (1, 0, 2, 3), (0, 1, 3, 2), (1, 0, 3, 2)}
    assert counts.between(880, 1120).all()  # 1,000 each, four binomial standard errors


def test_the_same_seed_gives_the_same_p_values() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 30, 30))
    first, again = (qap_correlation(x, y, 300, np.random.default_rng(9)) for _ in range(2))
    pd.testing.assert_series_equal(first, again)
    assert not first.equals(qap_correlation(x, y, 300, np.random.default_rng(10)))
    # and without a generator it is that of seed 0
    pd.testing.assert_series_equal(qap_correlation(x, y, 99), qap_correlation(x, y, 99, np.random.default_rng(0)))
    pd.testing.assert_frame_equal(mrqap(y, {"x": x}, 99), mrqap(y, {"x": x}, 99, rng=np.random.default_rng(0)))


# --- properties ------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.permutations(range(5)), st.sampled_from(["dsp", "y"]))
def test_who_comes_first_in_which_unit_changes_nothing(seed: int, order: list[int], method: Any) -> None:
    y, a, b = np.random.default_rng(seed).normal(size=(3, 5, 5)).round(1)
    at = np.ix_(order, order)
    plain = mrqap(y, {"a": a, "b": b}, "exact", method)
    moved = (
        mrqap(1000 * y[at], {"b": b[at], "a": 7 * a[at]}, "exact", method)
        .set_index("term")
        .loc[["intercept", "a", "b"]]
    )
    for column in ("t", *SIDES):
        assert moved[column].to_numpy() == pytest.approx(plain[column].to_numpy(), abs=1e-9)
    assert moved["estimate"].to_numpy() == pytest.approx(plain["estimate"].to_numpy() * [1000, 1000 / 7, 1000])
    turned = mrqap(y, {"a": -a, "b": b}, "exact", method)
    assert turned["p_low"].to_numpy()[1] == pytest.approx(plain["p_high"].to_numpy()[1], abs=1e-12)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000))
def test_regression_on_one_predictor_tests_the_correlation(seed: int) -> None:
    x, y = np.random.default_rng(seed).integers(0, 3, (2, 5, 5))
    off = ~np.eye(5, dtype=bool)
    if np.ptp(x[off]) == 0 or np.ptp(y[off]) == 0 or abs(np.corrcoef(x[off], y[off])[0, 1]) > 1 - 1e-9:
        return
    r, b = qap_correlation(x, y, "exact"), mrqap(y, {"x": x}, "exact").iloc[1]
    assert b["estimate"] == pytest.approx(r["estimate"] * y[off].std() / x[off].std(), abs=1e-9)
    for side in SIDES:
        assert b[side] == pytest.approx(r[side], abs=1e-12)


def test_tables_are_put_in_one_order_of_people() -> None:
    y = pd.DataFrame(np.random.default_rng(1).normal(size=(5, 5)), list("abcde"), list("abcde"))
    x = pd.DataFrame(np.random.default_rng(2).normal(size=(5, 5)), list("abcde"), list("abcde"))
    shuffled = x.loc[list("ecabd"), list("dacbe")]
    pd.testing.assert_frame_equal(mrqap(y, {"x": x}, "exact"), mrqap(y, {"x": shuffled}, "exact"))


# --- bad input ---------------------------------------------------------------------------------------------------------------

OK = np.random.default_rng(4).normal(size=(5, 5))
OTHER = np.random.default_rng(5).normal(size=(5, 5))


@pytest.mark.parametrize(
    ("y", "xs", "more", "message"),
    [
        (OK[:4], {"x": OTHER}, {}, r"y has the shape \(4, 5\)"),
        (OK, {"x": OTHER[:4, :4]}, {}, "y has 5 people, x has 4 people"),
        (OK, {"x": np.ones((5, 5))}, {}, "x is 1 for all pairs"),
        (OK, {"a": OTHER, "b": OTHER.T, "c": OTHER + 2 * OTHER.T + 5}, {}, "c follows from a and b"),
        (np.zeros((5, 5)), {"x": OTHER}, {}, "y is 0 for all pairs"),
        (OTHER * 2 + 1, {"x": OTHER}, {}, "explain y wholly"),
        (OK, {"x": np.where(OTHER > 0, np.nan, OTHER)}, {}, "x is blank for"),
        (np.where(OTHER > 0, np.inf, OK), {"x": OTHER}, {}, "y has an infinite cell"),
        (np.full((5, 5), "a"), {"x": OTHER}, {}, "y has cells that aren't numbers"),
        (OK, {"intercept": OTHER}, {}, "can't be the name"),
        (OK, [OTHER], {}, "matrices by name"),
        (OK, {"x": OTHER}, {"method": "dps"}, "Did you mean 'dsp'"),
        (OK, {"x": OTHER}, {"family": "probit"}, "'probit' is unknown"),
        (OK, {"x": OTHER}, {"family": "logistic"}, "needs 0 and 1 alone"),
        (OK, {"x": OTHER}, {"directed": False}, "y, x are not symmetric"),
        (OK, {"x": OTHER}, {"permutations": 2.5}, "expected a whole number"),
        (OK, {"x": OTHER}, {"within": list("abcde")}, "label of their own"),
        (OK, {"x": OTHER}, {"within": list("abc")}, "expected a label for each of the 5"),
        (np.zeros((9, 9)), {"x": np.arange(81.0).reshape(9, 9)}, {}, "y is 0"),
        (np.arange(81.0).reshape(9, 9) ** 2, {"x": np.arange(81.0).reshape(9, 9)}, {"permutations": "exact"}, "3.6e"),
        (np.arange(4.0).reshape(2, 2), {"x": np.arange(4.0).reshape(2, 2)}, {}, "Fewer than three people"),
        (np.tri(3), {"x": np.tri(3) * 2 + np.eye(3)[::-1], "z": np.eye(3)[[1, 2, 0]], "w": np.eye(3)[[2, 0, 1]],
                     "u": OK[:3, :3], "v": OTHER[:3, :3]}, {}, "too few for 6 terms"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named(y: Any, xs: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        mrqap(y, xs, **({"permutations": 10} | more))


def test_ties_that_a_predictor_separates_are_named() -> None:
    rng = np.random.default_rng(1)
    x = rng.integers(0, 2, (8, 8))
    noise = rng.normal(size=(8, 8))
    for y in (x, np.where(x == 1, 1, rng.integers(0, 2, (8, 8)))):
        with pytest.raises(InputError, match="x tells ties from other pairs without a mistake"):
            mrqap(y, {"x": x, "noise": noise}, 10, family="logistic")


def test_tables_of_other_people_are_refused() -> None:
    y = pd.DataFrame(OK, list("abcde"), list("abcde"))
    with pytest.raises(InputError, match="x has other persons than y: e, f are in only one"):
        mrqap(y, {"x": pd.DataFrame(OTHER, list("abcdf"), list("abcdf"))}, 10)
    with pytest.raises(InputError, match="rows and its columns must be the same persons"):
        qap_correlation(y, pd.DataFrame(OTHER, list("abcde"), list("abcdf")))
    with pytest.raises(InputError, match="x is the same for all pairs"):
        qap_correlation(np.eye(5), OK)


# --- matrices from people ------------------------------------------------------------------------------------------------------

PEOPLE = pd.DataFrame(
    {
        "person": list("abcd"),
        "role": ["nurse", "nurse", "peer", None],
        "band": ["5", "8a", "medical", "7"],
        "years": [1.0, 4.0, np.nan, 2.0],
    }
)


def test_what_two_people_share_and_how_they_differ() -> None:
    nan = np.nan
    assert same(PEOPLE).loc["a"].tolist() == pytest.approx([0, 1, 0, nan], nan_ok=True)
    assert difference(PEOPLE).loc["b"].tolist() == pytest.approx([3, 0, nan, 1], nan_ok=True)
    assert difference(PEOPLE, absolute=False).loc["b"].tolist() == pytest.approx([-3, 0, nan, -1], nan_ok=True)
    assert difference(PEOPLE, "years", absolute=False).loc["a"].tolist() == pytest.approx([0, 3, nan, 1], nan_ok=True)
    ranks = {"5": 5, "7": 7, "8a": 8, "medical": 10}
    assert difference(PEOPLE, "band", order=ranks).loc["a"].tolist() == [0, 3, 5, 2]
    assert difference(PEOPLE, "role", order=["peer", "nurse"]).loc["a"].tolist() == pytest.approx(
        [0, 0, 1, nan], nan_ok=True
    )
    assert sender(PEOPLE, "years").loc["b"].tolist() == [4, 0, 4, 4]
    assert receiver(PEOPLE, "role", "peer").loc["a"].tolist() == pytest.approx([0, 0, 1, nan], nan_ok=True)
    pd.testing.assert_frame_equal(receiver(PEOPLE, "years"), sender(PEOPLE, "years").T)


def test_ties_of_one_relation_and_wave_as_a_matrix() -> None:
    people = pd.DataFrame(
        {"wave": [1, 1, 1, 2], "person": list("abca"), "role": "nurse", "responded": [True, False, False, True]}
    )
    ties = pd.DataFrame(
        {"wave": [1, 1, 2], "source": list("aba"), "target": list("bca"), "relation": "advice", "weight": [2, 3, 1]}
    )
    assert from_ties(people, ties, "advice", 1).to_numpy().tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert from_ties(people, ties, wave=1, directed=False, weighted=True).to_numpy().tolist() == [
        [0, 2, 0],
        [2, 0, 3],
        [0, 3, 0],
    ]
    blank = from_ties(people, ties, "advice", 1, blank_unanswered=True).isna().to_numpy()
    assert blank.tolist() == [[False] * 3, [True, False, True], [True, True, False]]
    blank = from_ties(people, ties, wave=1, directed=False, blank_unanswered=True).isna().to_numpy()
    assert blank.tolist() == [[False] * 3, [False, False, True], [False, True, False]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: same(PEOPLE, "rolle"), "Did you mean 'role'"),
        (lambda: same(PEOPLE.drop(columns="person")), "no column 'person'"),
        (lambda: same(pd.concat([PEOPLE, PEOPLE])), "a stands more than once"),
        (lambda: difference(PEOPLE, "role"), "have no order of their own"),
        (lambda: difference(PEOPLE, "role", order=["doctor"]), "Nobody's role is in the order"),
        (lambda: sender(PEOPLE, "role"), "value='nurse'"),
        (lambda: receiver(PEOPLE, "role", "pear"), "Did you mean 'peer'"),
    ],
)
def test_people_who_cannot_be_compared_are_named(call: Callable[[], pd.DataFrame], message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()

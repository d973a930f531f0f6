"""Minimisation: every tied model of R's QCA, and a slow search over all terms that knows nothing of charts or bits.

Known answers: R 4.2.2 with QCA 3.23 (tests/reference/qca; published tables in ../shared, Lipset's also typed in).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from newroles.boundary_work import covers
from newroles.boundary_work.covers import minimal_covers
from newroles.boundary_work.minimisation import Solution, contradictory_simplifying_assumptions, minimise
from newroles.boundary_work.truth_table import TruthTable, truth_table
from newroles.errors import InputError
from qca_cases import CASES, LIPSET_CONDITIONS, QcaCase, lipset, qca_case

SHARES = ["incl", "pri", "cov_raw", "cov_unique"]


def truth_of(case: QcaCase, negated: bool = False) -> TruthTable:
    return truth_table(case.data, ("~" if negated else "") + case.outcome, case.conditions, incl_cut=case.incl_cut)


@pytest.mark.parametrize("name", CASES)
def test_every_tied_model_of_r(name: str, request: pytest.FixtureRequest) -> None:
    case = qca_case(name, request)
    for prefix, negated in (("", False), ("negated_", True)):
        table = truth_of(case, negated)
        assert minimise(table).models == case.models(prefix + "conservative")
        assert minimise(table, include="?").models == case.models(prefix + "parsimonious")
    table = truth_of(case)
    assert minimise(table, "?").prime_implicants == case.expected["prime_implicants_parsimonious"]
    if "intermediate" in case.expected:
        expectations = case.expected["directional_expectations"]
        assert minimise(table, "?", expectations).models == case.models("intermediate")


@pytest.mark.parametrize("name", CASES)
def test_fit_of_terms_and_models_as_r_has_it(name: str, request: pytest.FixtureRequest) -> None:
    case = qca_case(name, request)
    solutions = {"conservative": minimise(truth_of(case)), "parsimonious": minimise(truth_of(case), "?")}
    if "intermediate" in case.expected:
        solutions["intermediate"] = minimise(truth_of(case), "?", case.expected["directional_expectations"])
    for kind, solution in solutions.items():
        terms = solution.fit.query("term != 'solution'")
        expected = case.table(f"{kind}_terms").rename(
            columns={"inclS": "incl", "PRI": "pri", "covS": "cov_raw", "covU": "cov_unique"}
        )
        matched = terms.merge(expected, on="term", suffixes=("", "_r"), validate="many_to_one")
        assert len(matched) == len(terms)
        # R takes the unique coverage over the terms of all tied models together, so it serves where there is one
        for share in SHARES if len(solution.models) == 1 else SHARES[:3]:
            np.testing.assert_allclose(matched[share], matched[f"{share}_r"], atol=1e-9)
        whole = solution.fit.query("term == 'solution'")
        if len(solution.models) == 1 and kind != "intermediate":
            expected_whole = list(case.expected[f"{kind}_solution_fit"].values())
            np.testing.assert_allclose(whole[SHARES[:3]].to_numpy()[0], expected_whole, atol=1e-9)


def test_lipset_as_published() -> None:
    # R QCA 3.23, minimize() on LC and LF; Dusa (2019), QCA with R, ch. 8
    crisp = truth_table(lipset(crisp=True), "SURV", LIPSET_CONDITIONS, incl_cut=1)
    fuzzy = truth_table(lipset(), "SURV", LIPSET_CONDITIONS)
    everything = ",".join(LIPSET_CONDITIONS)
    assert minimise(crisp).formulas == ["DEV*~URB*LIT*STB + DEV*LIT*IND*STB => SURV"]
    assert minimise(crisp, "?", everything).models == [["DEV*LIT*STB"]]
    assert minimise(fuzzy).models == [["DEV*URB*LIT*IND*STB", "DEV*~URB*LIT*~IND*STB"]]
    found = minimise(fuzzy, "?", everything)
    assert found.models == [["DEV*URB*LIT*STB", "DEV*LIT*~IND*STB"]]
    assert found.pairs.to_dict("records") == [{"conservative": 1, "parsimonious": 1, "models": (1,), "easy": (30,)}]
    assert found.simplifying_assumptions["row"].tolist() == [30, 30]


def test_models_of_equally_many_terms_tie_even_if_one_is_longer() -> None:
    # as R QCA 3.23 keeps them: LF at incl.cut = 0.7, n.cut = 2 has the parsimonious models DEV and LIT*STB
    solution = minimise(truth_table(lipset(), "SURV", LIPSET_CONDITIONS, incl_cut=0.7, n_cut=2), "?")
    assert solution.models == [["DEV"], ["LIT*STB"]]
    fit = solution.fit.set_index(["model", "term"])
    assert fit.loc[(1, "DEV"), "cases"] == ("AU", "BE", "CZ", "FI", "FR", "DE", "IE", "NL", "SE", "UK")
    assert fit.loc[(1, "DEV"), "contradicting"] == ("AU", "DE")
    assert fit.loc[(2, "LIT*STB"), "contradicting"] == ("EE",)
    assert fit.loc[(2, "solution"), "cases"] == fit.loc[(2, "LIT*STB"), "cases"]
    assert fit["cov_unique"].isna().all()  # each model is one term


def test_unique_coverage_is_what_the_rest_of_the_model_lacks(request: pytest.FixtureRequest) -> None:
    case = qca_case("random_fuzzy_5cond", request)
    solution = minimise(truth_of(case, negated=True))
    assert len(solution.models) == 20
    y = 1 - case.data[case.outcome]

    def covered(terms: Sequence[str]) -> float:
        member = [
            pd.concat([1 - case.data[p[1:]] if p[0] == "~" else case.data[p] for p in term.split("*")], axis=1).min(
                axis=1
            )
            for term in terms
        ]
        return float(np.minimum(pd.concat(member, axis=1).max(axis=1), y).sum() / y.sum())

    fit = solution.fit.set_index(["model", "term"])
    for number, model in list(enumerate(solution.models, start=1))[::7]:
        assert fit.loc[(number, "solution"), "cov_raw"] == pytest.approx(covered(model))
        for term in model:
            alone = covered(model) - covered([other for other in model if other != term])
            assert fit.loc[(number, term), "cov_unique"] == pytest.approx(alone, abs=1e-12)


# ------------------------------------------------------------------ a slow search that shares nothing with the package

Row = tuple[int, ...]
Term = tuple[int | None, ...]


def in_term(row: Row, term: Term) -> bool:
    return all(wanted in (None, value) for value, wanted in zip(row, term, strict=True))


def slow_models(positive: list[Row], allowed: list[Row], k: int) -> set[frozenset[Term]]:
    """All smallest sets of prime terms, by trying every set of every size."""
    rows, terms = list(product((0, 1), repeat=k)), list(product((None, 0, 1), repeat=k))
    implicants = [term for term in terms if all(row in allowed for row in rows if in_term(row, term))]
    prime = [
        term
        for term in implicants
        if any(in_term(row, term) for row in positive)
        and not any(o != term and all(a in (None, b) for a, b in zip(o, term, strict=True)) for o in implicants)
    ]
    for size in range(1, len(positive) + 1):
        found = {
            frozenset(chosen)
            for chosen in combinations(prime, size)
            if all(any(in_term(row, term) for term in chosen) for row in positive)
        }
        if found:
            return found
    return set()


def slow_intermediate(
    positive: list[Row], open_rows: list[Row], wanted: dict[int, int], k: int
) -> set[frozenset[Term]]:
    """Easy counterfactuals one by one: within a parsimonious term, and off a conservative one only in the expected direction."""
    found: set[frozenset[Term]] = set()
    for conservative in slow_models(positive, positive, k):
        for parsimonious in slow_models(positive, positive + open_rows, k):
            easy = [
                row
                for row in open_rows
                for c in conservative
                for p in parsimonious
                if in_term(row, p)
                and all(b in (None, a) for a, b in zip(c, p, strict=True))
                and all(c[j] in (None, row[j]) or wanted.get(j) == row[j] for j in range(k))
            ]
            found |= slow_models(positive, positive + easy, k)
    return found


def term_of(text: str, names: str) -> Term:
    signs = {part.removeprefix("~"): int(not part.startswith("~")) for part in text.split("*")}
    return tuple(signs.get(name) for name in names)


def as_terms(solution: Solution, names: str) -> set[frozenset[Term]]:
    models = {frozenset(term_of(term, names) for term in model) for model in solution.models}
    assert len(models) == len(solution.models)
    return models


@st.composite
def truth_tables(draw: st.DrawFn) -> tuple[TruthTable, list[Row], list[Row], str]:
    k = draw(st.integers(1, 4))
    names = "ABCD"[:k]
    out = draw(st.lists(st.sampled_from([0, 1, 1, "?"]), min_size=2**k, max_size=2**k))
    rows = list(product((0, 1), repeat=k))
    observed = [(*row, value) for row, value in zip(rows, out, strict=True) if value != "?"]
    assume(len(observed) > 1)
    data = pd.DataFrame(observed, columns=[*names, "Y"]).astype(int)
    positive = [row for row, value in zip(rows, out, strict=True) if value == 1]
    return truth_table(data, "Y", list(names)), positive, [r for r, v in zip(rows, out, strict=True) if v == "?"], names


@settings(max_examples=50, deadline=None)
@given(truth_tables(), st.dictionaries(st.integers(0, 3), st.integers(0, 1)))
def test_models_are_those_of_a_slow_search(
    drawn: tuple[TruthTable, list[Row], list[Row], str], directions: dict[int, int]
) -> None:
    table, positive, open_rows, names = drawn
    k = len(names)
    wanted = {j: value for j, value in directions.items() if j < k}
    solutions = [minimise(table), minimise(table, "?"), minimise(table, "?", {names[j]: v for j, v in wanted.items()})]
    if not positive:
        assert all(not s.models and "No configuration has out 1" in s.why for s in solutions)
        return
    if len(positive) + len(open_rows) == 2**k:
        assert all(not s.models and "nothing to minimise" in s.why for s in solutions[1:])
        return
    assert as_terms(solutions[0], names) == slow_models(positive, positive, k)
    assert as_terms(solutions[1], names) == slow_models(positive, positive + open_rows, k)
    assert as_terms(solutions[2], names) == slow_intermediate(positive, open_rows, wanted, k)
    for solution in solutions:
        assumed = solution.simplifying_assumptions
        expected = {
            (term, 1 + int("".join(map(str, row)), 2))
            for term in {term for model in solution.models for term in model}
            for row in open_rows
            if in_term(row, term_of(term, names))
        }
        assert set(zip(assumed["term"], assumed["row"], strict=True)) == expected
        assert not (solution.kind == "conservative" and len(assumed))


@pytest.mark.parametrize("few_steps", [covers.FEW_STEPS, 0])
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_covers_are_all_the_smallest_ones(few_steps: int, data: st.DataObject) -> None:
    rows = data.draw(st.integers(1, 7))
    charts = st.lists(st.integers(1, 2**rows - 1), min_size=1, max_size=9)
    chart = data.draw(charts.filter(lambda drawn: np.bitwise_or.reduce(drawn) == 2**rows - 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(covers, "FEW_STEPS", few_steps)  # 0: the size always comes from the programme
        found = minimal_covers(chart)
    sizes = (
        [c for c in combinations(range(len(chart)), n) if np.bitwise_or.reduce([chart[i] for i in c]) == 2**rows - 1]
        for n in range(1, len(chart) + 1)
    )
    assert found.covers == next(covers for covers in sizes if covers)
    assert not found.truncated


def test_too_many_ties_are_said_to_be_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = [0b0011, 0b0110, 0b1100, 0b1001]  # two ties each: four rings by themselves make 16
    chart = [mask << 4 * i for i in range(4) for mask in ring]
    assert len(minimal_covers(chart).covers) == 16
    capped = minimal_covers(chart, most=10)
    assert (len(capped.covers), capped.truncated) == (10, True)
    monkeypatch.setattr(covers, "FEW_STEPS", 0)
    monkeypatch.setattr(covers, "MOST_STEPS", 0)
    ended_early = minimal_covers(chart)
    assert (len(ended_early.covers), ended_early.truncated) == (1, True)
    assert len(ended_early.covers[0]) == 8


# ------------------------------------------------------------------------------------------------ conventions and errors

TEAMS = pd.DataFrame({"A": [1, 1, 0, 0], "B": [1, 0, 1, 0], "Y": [1, 0, 0, 0]}, index=list("abcd"))


def test_only_contradictions_leave_nothing_to_explain() -> None:
    data = pd.concat([TEAMS, TEAMS.assign(Y=1 - TEAMS["Y"])], ignore_index=True)
    table = truth_table(data, "Y", ["A", "B"])
    assert len(table.contradictions) == 4
    found = minimise(table, "?")
    assert found.models == []
    assert "No configuration has out 1 for Y" in found.why
    assert found.fit.empty
    assert found.simplifying_assumptions.empty
    assert list(found.fit) == ["model", "term", *SHARES, "cases", "contradicting"]


def test_all_rows_positive_leave_nothing_to_say() -> None:
    table = truth_table(TEAMS.assign(Y=1), "Y", ["A", "B"])
    assert minimise(table).models == []
    assert "whatever the conditions" in minimise(table).why
    three = truth_table(TEAMS.assign(Y=1).iloc[:3], "Y", ["A", "B"])
    assert minimise(three).models == [["A", "B"]]
    assert minimise(three, "?").models == []


def test_a_row_below_the_frequency_cut_is_open() -> None:
    data = pd.concat([TEAMS, TEAMS.iloc[[0, 3]]], ignore_index=True)
    table = truth_table(data, "Y", ["A", "B"], n_cut=2)
    assert minimise(table).models == [["A*B"]]
    assert minimise(table, "?").models == [["A"], ["B"]]
    both = minimise(table, "?", {"A": "present", "B": None})
    assert both.expectations == {"A": True}
    for same in ({"A": 1.0, "B": np.nan}, {"A": np.True_}, {"A": np.int64(1), "B": pd.NA}):
        assert minimise(table, "?", same).expectations == {"A": True}
    assert both.models == [["A*B"]]  # A*~B would need B to be expected absent, ~A*B needs A expected absent
    assert minimise(table, "?", "~A,~B").models == [["A"], ["B"]]
    assert minimise(table, "?", ["~B"]).models == [["A"], ["A*B"]]


def test_assumptions_made_for_an_outcome_and_for_its_negation() -> None:
    data = TEAMS.iloc[[0, 3]]
    good, bad = (minimise(truth_table(data, y, ["A", "B"]), "?") for y in ("Y", "~Y"))
    found = contradictory_simplifying_assumptions(good, bad)
    assert found["row"].tolist() == [2, 3]
    assert found["terms"].tolist() == [("B",), ("A",)]
    assert found["negated_terms"].tolist() == [("~A",), ("~B",)]
    with pytest.raises(InputError, match="an outcome and its negation"):
        contradictory_simplifying_assumptions(good, good)
    with pytest.raises(InputError, match="different conditions"):
        contradictory_simplifying_assumptions(good, minimise(truth_table(data, "~Y", ["B", "A"]), "?"))


@pytest.mark.parametrize(
    ("include", "expectations", "message"),
    [
        ("!", None, "include='!'"),
        ("", "A", "only serve with include='\\?'"),
        ("?", "A,C", "'C' is no condition"),
        ("?", "A,~A", "both present and absent"),
        ("?", {"A": "perhaps"}, "'perhaps'"),
    ],
)
def test_bad_questions(include: str, expectations: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        minimise(truth_table(TEAMS, "Y", ["A", "B"]), include, expectations)

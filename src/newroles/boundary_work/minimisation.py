"""Which combinations of conditions are enough for the outcome, said as simply as the cases allow? Every tied answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from newroles.boundary_work.counterfactuals import Expectations, easy_rows, expected_directions
from newroles.boundary_work.covers import MOST_COVERS, minimal_covers
from newroles.boundary_work.implicants import Implicant, in_reading_order, membership, prime_implicants, term_text
from newroles.boundary_work.set_fit import sufficiency_fit, unique_coverage
from newroles.boundary_work.set_scores import SAME
from newroles.boundary_work.truth_table import TruthTable
from newroles.errors import InputError

FIT_COLUMNS = ["model", "term", "incl", "pri", "cov_raw", "cov_unique", "cases", "contradicting"]
PAIR_COLUMNS = ["conservative", "parsimonious", "models", "easy"]
# different sets of easy assumptions that are minimised before the list of models is called incomplete
MOST_EASY = 100
Models = list[tuple[Implicant, ...]]


@dataclass(frozen=True)
class Solution:
    """Which models are enough for the outcome, how well do they fit, and what do they assume?

    models: every model of the fewest terms, each a list of terms such as "DEV*~URB" (a model holds where one of its terms does);
    empty where there is nothing to minimise, and `why` then says so. kind: conservative, parsimonious or intermediate.
    include, expectations: as asked, the latter as {condition: present?}. prime_implicants: the terms models are chosen from.
    pairs: for the intermediate solution, one row per conservative and parsimonious model: conservative, parsimonious (their
    numbers), models (tuple of the numbers of the models that follow from them), easy (rows assumed). truncated: True if there
    are, or may be, more models than are listed; `why` says so too.
    """

    truth_table: TruthTable
    kind: str
    include: str
    expectations: dict[str, bool]
    models: list[list[str]]
    prime_implicants: list[str]
    truncated: bool
    why: str
    pairs: pd.DataFrame
    implicants: dict[str, Implicant]

    @property
    def outcome(self) -> str:
        """The outcome analysed: "Y", or "~Y" for its negation."""
        return self.truth_table.outcome

    @property
    def formulas(self) -> list[str]:
        """The models as they are written: "A*~B + C => Y"."""
        return [f"{' + '.join(model)} => {self.outcome}" for model in self.models]

    @cached_property
    def fit(self) -> pd.DataFrame:
        """How well does each model, and each of its terms, fit the cases, and which cases does it account for?

        Returns one row per model and term, then one with the term "solution" for the model as a whole: model (1, 2, ...),
        term, incl (consistency), pri, cov_raw (coverage), cov_unique (what no other term of that model covers; blank for the
        whole model, and for a model of one term), cases (tuple: membership above 0.5) and contradicting (those of them whose
        outcome is below 0.5). Shares are 0-1, blank where no case belongs at all.
        """
        scores = self.truth_table.scores
        terms = sorted({term for model in self.models for term in model})
        place = {term: i for i, term in enumerate(terms)}
        sets = membership([self.implicants[term] for term in terms], scores.x)
        members = [self._members(column) for column in sets.T]
        incl, pri, cov = sufficiency_fit(sets, scores.y)
        rows: list[tuple[object, ...]] = []
        for number, model in enumerate(self.models, start=1):
            at = [place[term] for term in model]
            unique = unique_coverage(sets[:, at], scores.y) if len(at) > 1 else [np.nan]
            for term, i, alone in zip(model, at, unique, strict=True):
                rows.append((number, term, incl[i], pri[i], cov[i], alone, *members[i]))
            whole = sets[:, at].max(axis=1)
            total = sufficiency_fit(whole[:, None], scores.y)
            rows.append((number, "solution", *(float(share[0]) for share in total), np.nan, *self._members(whole)))
        table = pd.DataFrame(rows, columns=FIT_COLUMNS)
        return table.astype(
            {"model": int, "term": "str", "incl": float, "pri": float, "cov_raw": float, "cov_unique": float}
        )

    def _members(self, column: np.ndarray) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """The cases in a set, and those of them that are out of the outcome."""
        scores = self.truth_table.scores
        inside = np.flatnonzero(column > 0.5 + SAME).tolist()
        out = [i for i in inside if scores.y[i] < 0.5 - SAME]
        return tuple(scores.cases[i] for i in inside), tuple(scores.cases[i] for i in out)

    @cached_property
    def simplifying_assumptions(self) -> pd.DataFrame:
        """Which configurations without enough cases does each term take to have the outcome?

        Returns one row per term and such configuration: term, row (its number, as in the truth table), the conditions (0, 1) and
        models (tuple of the numbers of the models that hold the term). No rows for a conservative solution.
        """
        conditions = self.truth_table.conditions
        full = self.truth_table.full()
        open_rows = full.index[full["out"] == "?"].to_numpy()
        held: dict[str, list[int]] = {}
        for number, model in enumerate(self.models, start=1):
            for term in model:
                held.setdefault(term, []).append(number)
        parts = []
        for term, numbers in held.items():
            assumed = open_rows[self.implicants[term].holds(open_rows - 1)]
            part = full.loc[assumed, conditions].reset_index()
            part.insert(0, "term", term)
            parts.append(part.assign(models=pd.Series([tuple(numbers)] * len(part), dtype=object)))
        empty = full.loc[[], conditions].reset_index()
        empty.insert(0, "term", pd.Series(dtype="str"))
        parts.append(empty.assign(models=pd.Series(dtype=object)))
        return pd.concat([part for part in parts if len(part)] or parts[-1:], ignore_index=True)


def minimise(truth_table: TruthTable, include: str = "", expectations: Expectations = None) -> Solution:
    """Which combinations of conditions are enough for the outcome, in every model of the fewest terms?

    truth_table: as `newroles.boundary_work.truth_table.truth_table` makes it; its rows with out 1 are to be covered, those with 0
    mustn't be. include: "" the conservative solution (no assumption about configurations without enough cases, out "?");
    "?" the parsimonious one (whatever assumption makes it shorter). expectations: with "?", the intermediate one, which keeps
    only the easy assumptions; "A,~B" (A works when present, B when absent) or a mapping, see
    `newroles.boundary_work.counterfactuals.expected_directions`.

    Returns a `Solution`: `models`, `fit`, `prime_implicants`, `simplifying_assumptions`, `formulas`, `why`, `truncated`.

    Models tie when they have equally few terms, even if these differ in length, as in R's QCA. Terms stand
    in the order of `newroles.boundary_work.implicants.in_reading_order`, models in the order of their terms. No model, and a sentence in `why`,
    where no row has out 1, or where no row is against so that nothing is left to say. At most 1,000 models are listed; should there
    be more, or the search for ties end early, `truncated` is True. The intermediate solution takes each pair of a
    conservative and a parsimonious model in turn and lists the models of all pairs, each once.

    Raises InputError for another value of include, expectations without include "?", and unknown conditions in them.

    Source: Ragin (1987), The Comparative Method, University of California Press, ch. 7; Dusa (2019), QCA with R, Springer, ch. 8.

    >>> from newroles.boundary_work.truth_table import truth_table
    >>> teams = pd.DataFrame({"agreed": [1, 1, 0, 0], "time": [1, 0, 1, 0], "good": [1, 0, 0, 0]}, index=list("abcd"))
    >>> minimise(truth_table(teams, "good", ["agreed", "time"])).models
    [['agreed*time']]
    """
    if include not in ("", "?"):
        raise InputError(
            f"include={include!r}: expected '' (conservative) or '?' (parsimonious, or intermediate with expectations)."
        )
    conditions = truth_table.conditions
    directions = expected_directions(expectations, conditions)
    if expectations is not None and include == "":
        raise InputError("expectations only serve with include='?': the conservative solution makes no assumption.")
    kind = "conservative" if include == "" else "parsimonious" if expectations is None else "intermediate"
    chart = Chart(truth_table)
    if not chart.positive:
        why = f"No configuration has out 1 for {truth_table.outcome}: there is nothing to explain at these cut-offs."
        return solution(truth_table, kind, include, directions, [], [], False, why)
    assumed = chart.open if include else set()
    if len(chart.positive) + len(assumed) == 2 ** len(conditions):
        why = (
            f"No configuration is against {truth_table.outcome}: the outcome would hold whatever the conditions, and all of "
            "them drop out. There is nothing to minimise at these cut-offs."
        )
        return solution(truth_table, kind, include, directions, [], [], False, why)
    if kind == "intermediate":
        return intermediate(truth_table, chart, directions)
    models, primes, truncated = chart.models(assumed)
    return solution(truth_table, kind, include, directions, models, primes, truncated)


class Chart:
    """The rows of a truth table as numbers: those to be explained, and those that are open."""

    def __init__(self, truth_table: TruthTable) -> None:
        self.k = len(truth_table.conditions)
        out, codes = truth_table.table["out"].tolist(), (truth_table.table.index - 1).tolist()
        self.positive = [code for code, value in zip(codes, out, strict=True) if value == 1]
        negative = {code for code, value in zip(codes, out, strict=True) if value == 0}
        self.open = set(range(2**self.k)) - set(self.positive) - negative

    def models(self, assumed: set[int] | frozenset[int]) -> tuple[Models, list[Implicant], bool]:
        """All models of the fewest terms if these open rows count as positive; the prime implicants; and if some are missing."""
        excluded = np.ones(2**self.k, dtype=bool)
        excluded[self.positive] = False
        excluded[list(assumed)] = False
        primes, covered = prime_implicants(self.positive, excluded, self.k)
        found, truncated = minimal_covers(covered)
        return [tuple(primes[i] for i in cover) for cover in found], primes, truncated


def intermediate(truth_table: TruthTable, chart: Chart, directions: dict[str, bool]) -> Solution:
    """The intermediate solution: for each pair of models, only the assumptions that expectations make easy."""
    conditions = truth_table.conditions
    bit = {condition: 1 << (chart.k - 1 - i) for i, condition in enumerate(conditions)}
    present = sum(bit[name] for name, wanted in directions.items() if wanted)
    absent = sum(bit[name] for name, wanted in directions.items() if not wanted)
    conservative, _, more = chart.models(set())
    parsimonious, _, even_more = chart.models(chart.open)
    truncated = more or even_more or len(conservative) * len(parsimonious) > MOST_COVERS
    numbered = [(c, p) for c in range(len(conservative)) for p in range(len(parsimonious))][:MOST_COVERS]
    seen: dict[frozenset[int], tuple[Models, list[Implicant], bool]] = {}
    models: dict[tuple[Implicant, ...], int] = {}
    pairs: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]] = []
    primes: set[Implicant] = set()
    remainders = sorted(chart.open)
    for c, p in numbered:
        if len(models) >= MOST_COVERS or len(seen) >= MOST_EASY:
            truncated = True
            break
        easy = easy_rows(conservative[c], parsimonious[p], present, absent, remainders)
        if easy not in seen:
            seen[easy] = chart.models(easy)
        listed, terms, cut = seen[easy]
        truncated = truncated or cut
        primes |= set(terms)
        room = MOST_COVERS - len(models)
        new = [model for model in listed if model not in models]
        models |= {model: len(models) + i for i, model in enumerate(new[:room], start=1)}
        truncated = truncated or len(new) > room
        numbers = tuple(models[model] for model in listed if model in models)
        pairs.append((c + 1, p + 1, numbers, tuple(code + 1 for code in sorted(easy))))
    ordered = in_reading_order(primes, chart.k)
    table = pd.DataFrame(pairs, columns=PAIR_COLUMNS)
    return solution(truth_table, "intermediate", "?", directions, list(models), ordered, truncated, pairs=table)


def solution(
    truth_table: TruthTable,
    kind: str,
    include: str,
    expectations: dict[str, bool],
    models: Models,
    primes: Sequence[Implicant],
    truncated: bool,
    why: str = "",
    pairs: pd.DataFrame | None = None,
) -> Solution:
    """The result in words: terms written out, and a sentence where it is not the whole answer."""
    conditions = truth_table.conditions
    written = {term: term_text(term, conditions) for term in [*primes, *(term for model in models for term in model)]}
    if truncated:
        why = f"{len(models)} tied models are listed; there are more, or may be: the ties of this truth table are too many to list."
    return Solution(
        truth_table,
        kind,
        include,
        expectations,
        [[written[term] for term in model] for model in models],
        [written[term] for term in primes],
        truncated,
        why,
        pd.DataFrame(columns=PAIR_COLUMNS) if pairs is None else pairs,
        {text: term for term, text in written.items()},
    )


def contradictory_simplifying_assumptions(solution: Solution, negated: Solution) -> pd.DataFrame:
    """Which unobserved configurations are taken to have the outcome in one solution, and not to have it in the other?

    solution, negated: solutions of the same conditions, for an outcome and for its negation ("Y" and "~Y").

    Returns one row per such configuration: row (its number), the conditions (0, 1), terms and negated_terms (tuples of the terms
    that lean on it). No rows: the two analyses don't contradict each other. Raises InputError for other pairs of solutions.

    Source: Schneider and Wagemann (2012), Set-Theoretic Methods for the Social Sciences, Cambridge University Press, ch. 8.

    >>> from newroles.boundary_work.truth_table import truth_table
    >>> teams = pd.DataFrame({"agreed": [1, 0, 1], "time": [1, 0, 0], "good": [1, 0, 0]}, index=list("abc"))
    >>> good, bad = (minimise(truth_table(teams, y, ["agreed", "time"]), "?") for y in ("good", "~good"))
    >>> good.models, bad.models, len(contradictory_simplifying_assumptions(good, bad))
    ([['time']], [['~time']], 0)
    """
    conditions = solution.truth_table.conditions
    if conditions != negated.truth_table.conditions:
        raise InputError(
            "The two solutions have different conditions: compare an outcome and its negation over the same ones."
        )
    if {solution.outcome.removeprefix("~")} != {
        negated.outcome.removeprefix("~")
    } or solution.outcome == negated.outcome:
        raise InputError(
            f"The outcomes are {solution.outcome} and {negated.outcome}: expected an outcome and its negation, Y and ~Y."
        )
    one, other = solution.simplifying_assumptions, negated.simplifying_assumptions
    both = one[one["row"].isin(other["row"])].drop_duplicates("row").sort_values("row", ignore_index=True)
    leaning = {
        name: table.groupby("row")["term"].agg(tuple) for name, table in (("terms", one), ("negated_terms", other))
    }
    added = {name: pd.Series([rows[row] for row in both["row"]], dtype=object) for name, rows in leaning.items()}
    return both[["row", *conditions]].assign(**added)

"""Would the solution be another one with other cut-offs, or with other anchors of calibration?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from newroles.boundary_work.calibration import by_case, calibrate_cases
from newroles.boundary_work.formulas import formula_scores
from newroles.boundary_work.minimisation import minimise
from newroles.boundary_work.set_fit import Sufficiency, sufficiency_fit
from newroles.boundary_work.set_scores import SAME
from newroles.boundary_work.truth_table import TruthTable, refuse_cuts, truth_table
from newroles.errors import InputError, did_you_mean

CHOICES = ("incl_cut", "n_cut", "pri_cut")
_NEEDED = ("base", "set", "shift", *CHOICES, "same", "terms_in_all", "terms_in_some", "terms_lost")


def robustness_grid(
    cases: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    recipe: Mapping[str, Mapping[str, Any]] | None = None,
    incl_cut: float = 0.8,
    n_cut: int = 1,
    pri_cut: float = 0.0,
    incl_cuts: Sequence[float] = (0.75, 0.8, 0.85, 0.9),
    n_cuts: Sequence[int] = (1, 2),
    pri_cuts: Sequence[float] = (),
    shifts: Mapping[str, Sequence[float]] | None = None,
    include: str = "",
    expectations: Mapping[str, Any] | str | None = None,
) -> pd.DataFrame:
    """Which solution does each other defensible choice give, and how much of the base solution is left in it?

    cases: one row per case, raw values with a recipe (see `calibrate_cases`), or set scores without one. outcome,
    conditions, incl_cut, n_cut, pri_cut, include, expectations: of the base solution, as for `truth_table` and `minimise`.
    incl_cuts, n_cuts, pri_cuts: also tried, in every combination. shifts: by set, what is added to all its anchors, in raw
    units; one set at a time, with every combination of cut-offs. The outcome can be shifted too.

    Returns one row per choice, the base first:

    - base (is it), set ("" or the one shifted), shift, incl_cut, n_cut, pri_cut; cases (analysed), sufficient (rows of the
      truth table with the outcome), models (tied), solutions (tuple of formulas, one per model);
    - same (the same models as the base); terms_in_all, terms_in_some and terms_lost: the base's terms, those of all its tied
      models, that are in every model, in one or more but not all, and in none;
    - set_coincidence: sum of min(b, t) over sum of max(b, t), for memberships b in the base solution and t in this one; rf_cov:
      coverage of min(b, t) over coverage of b; rf_cons: consistency of b over consistency of min(b, t). 1: nothing is lost.
      For the base outcome and the first of tied models; blank where there is no solution or a sum is nought;
    - gained, lost: cases (tuples) in this solution (membership above 0.5) and not in the base, and the reverse;
    - why: "" or what kept this choice from having a solution.

    Raises InputError for shifts without a recipe, a shift of a set that isn't in it, and whatever the base choice is
    refused for; another choice that can't be analysed has its reason in `why`.

    Source: Oana and Schneider 2021, A robustness test protocol for applied QCA, doi 10.1177/00491241211036158; the formulas
    are those of R's SetMethods, rob.fit, with one test solution at a time.

    >>> cases = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "y": [1, 1, 0, 0]}, index=list("stuv"))
    >>> found = robustness_grid(cases, "y", ["a", "b"], incl_cuts=[0.9], n_cuts=[2])
    >>> found[["incl_cut", "n_cut", "solutions", "same"]].values.tolist()
    [[0.8, 1, ('a',), True], [0.8, 2, (), False], [0.9, 1, ('a',), True], [0.9, 2, (), False]]
    """
    shifted = _shifts(shifts, recipe)
    cells = list(product(_values(incl_cut, incl_cuts), _values(n_cut, n_cuts), _values(pri_cut, pri_cuts)))
    rows: list[dict[str, Any]] = []
    base: _Solved | None = None
    for name, shift in shifted:
        sets = by_case(cases) if recipe is None else calibrate_cases(cases, _moved(recipe, name, shift)).sets
        known: dict[Any, _Solved] = {}
        uncut: TruthTable | None = None
        for incl, n, pri in cells:
            try:
                if uncut is None:
                    uncut = truth_table(sets, outcome, list(conditions))
                solved = _solve(at_cuts(uncut, incl, n, pri), include, expectations, known)
            except InputError as refused:
                if base is None:
                    raise
                solved = _Solved([], len(sets), 0, str(refused), np.full(len(sets), np.nan), base.y, base.names)
            base = solved if base is None else base
            place = {"base": not rows, "set": name, "shift": shift, "incl_cut": incl, "n_cut": n, "pri_cut": pri}
            rows.append(place | _compared(base, solved))
    return pd.DataFrame(rows).astype({"set": "str", "why": "str"})


def term_stability(grid: pd.DataFrame) -> pd.DataFrame:
    """How often is each term of the base solution found again under other choices?

    grid: as from `robustness_grid`. Returns one row per term: term, in_all, in_some and lost (shares of the other choices in
    which it is in every tied model, in some, in none; blank without other choices) and n (other choices).

    Raises InputError for a table without the columns of a grid.

    >>> cases = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "y": [1, 1, 0, 0]}, index=list("stuv"))
    >>> term_stability(robustness_grid(cases, "y", ["a", "b"], incl_cuts=[0.9], n_cuts=[2])).values.tolist()
    [['a', 0.3333333333333333, 0.0, 0.6666666666666666, 3]]
    """
    _need(grid)
    base, others = grid[grid["base"]].iloc[0], grid[~grid["base"]]
    kinds = {"in_all": "terms_in_all", "in_some": "terms_in_some", "lost": "terms_lost"}
    terms = sorted({*base["terms_in_all"], *base["terms_in_some"]}, key=lambda term: (term.count("*"), term))
    rows = [
        {"term": term}
        | {kind: others[column].map(lambda listed, t=term: t in listed).mean() for kind, column in kinds.items()}
        | {"n": len(others)}
        for term in terms
    ]
    return pd.DataFrame(rows, columns=["term", *kinds, "n"])


def sensitivity_ranges(grid: pd.DataFrame) -> pd.DataFrame:
    """How far can one choice move, all others as in the base, before the solution becomes another one?

    grid: as from `robustness_grid`; only values that were tried are known. Returns one row per choice (incl_cut, n_cut,
    pri_cut, and "anchors of X" for each shifted set): choice, base (its value; 0 for anchors), low and high (the furthest
    values with the same solution at every value tried in between), changes_at_low and changes_at_high (the nearest values
    tried beyond, with another solution; blank where none was found), tried (values beside the base).

    Raises InputError for a table without the columns of a grid.

    Source: sensitivity ranges: Oana and Schneider 2021, doi 10.1177/00491241211036158.

    >>> cases = pd.DataFrame({"a": [1, 1, 0, 0], "b": [1, 0, 1, 0], "y": [1, 1, 0, 0]}, index=list("stuv"))
    >>> found = sensitivity_ranges(robustness_grid(cases, "y", ["a", "b"], incl_cuts=[0.9], n_cuts=[2]))
    >>> found.loc[:1, ["choice", "low", "high", "changes_at_high"]].values.tolist()
    [['incl_cut', 0.8, 0.9, nan], ['n_cut', 1.0, 1.0, 2.0]]
    """
    _need(grid)
    base = grid[grid["base"]].iloc[0]
    rows = []
    for choice in CHOICES:
        others = [each for each in CHOICES if each != choice]
        fixed = grid[(grid["set"] == "") & (grid[others] == base[others]).all(axis=1)]
        rows.append({"choice": choice} | _range(fixed.set_index(choice)["same"], base[choice]))
    at_base = grid[(grid[list(CHOICES)] == base[list(CHOICES)]).all(axis=1)]
    for name in grid.loc[grid["set"] != "", "set"].unique():
        own = at_base[at_base["set"].isin(["", name])]
        rows.append({"choice": f"anchors of {name}"} | _range(own.set_index("shift")["same"], 0.0))
    return pd.DataFrame(rows)


def at_cuts(
    table: TruthTable, incl_cut: float, n_cut: int = 1, pri_cut: float = 0.0, fit: Sufficiency | None = None
) -> TruthTable:
    """What would a truth table be at other cut-offs, or with another fit of its rows? Without making it anew.

    table: as from `truth_table`, at any cut-offs. incl_cut, n_cut, pri_cut: the new ones. fit: of its rows, such as of a
    shuffled outcome; left out, the table's own. Returns a truth table with another column out (and incl and pri, with a fit).
    Raises InputError for cut-offs that can't be any.

    >>> cases = pd.DataFrame({"a": [1, 1, 0], "y": [1, 0, 0]}, index=list("stu"))
    >>> loose = truth_table(cases, "y", ["a"], incl_cut=0.5)
    >>> loose.table["out"].tolist(), at_cuts(loose, 0.8).table["out"].tolist(), at_cuts(loose, 0.8, 2).table["out"].tolist()
    ([0, 1], [0, 0], ['?', 0])
    """
    refuse_cuts(incl_cut, n_cut, pri_cut)
    incl, pri, n = (table.table[name].to_numpy(dtype=float) for name in ("incl", "pri", "n"))
    own = {} if fit is None else {"incl": fit.incl, "pri": fit.pri}
    incl, pri = own.get("incl", incl), own.get("pri", pri)
    passed = incl >= incl_cut - SAME
    if pri_cut > 0:
        passed &= np.nan_to_num(pri, nan=-1.0) >= pri_cut - SAME
    out = [int(ok) if enough else "?" for ok, enough in zip(passed.tolist(), (n >= n_cut).tolist(), strict=True)]
    rows = table.table.assign(**own, out=pd.Series(out, index=table.table.index, dtype=object))
    return replace(table, table=rows, incl_cut=float(incl_cut), n_cut=int(n_cut), pri_cut=float(pri_cut))


@dataclass(frozen=True)
class _Solved:
    """One choice's solution: its models, and each case's membership in the first of them."""

    models: list[list[str]]
    cases: int
    sufficient: int
    why: str
    membership: np.ndarray
    y: np.ndarray
    names: list[object]


def _solve(found: TruthTable, include: str, expectations: Any, known: dict[Any, _Solved]) -> _Solved:
    out = tuple(found.table["out"])
    if out not in known:
        solution = minimise(found, include=include, expectations=expectations)
        scores = found.scores
        table = pd.DataFrame(scores.x, columns=scores.conditions)
        models = solution.models
        membership = formula_scores(table, models[0]) if models else np.full(len(scores.y), np.nan)
        known[out] = _Solved(models, len(scores.y), out.count(1), solution.why, membership, scores.y, scores.cases)
    return known[out]


def _compared(base: _Solved, other: _Solved) -> dict[str, Any]:
    terms = list(dict.fromkeys(term for model in base.models for term in model))
    holds = {term: [term in model for model in other.models] for term in terms}
    in_all = tuple(term for term in terms if other.models and all(holds[term]))
    in_some = tuple(term for term in terms if any(holds[term]) and term not in in_all)
    # a shift leaves no case out, so both have the same cases in the same order
    b, t = base.membership, other.membership
    inside, now = {name for name, m in zip(base.names, b, strict=True) if m > 0.5}, np.asarray(t > 0.5)
    gained = tuple(name for name, m in zip(other.names, now, strict=True) if m and name not in inside)
    kept = {name for name, m in zip(other.names, now, strict=True) if m}
    core = np.minimum(b, t)
    fit = sufficiency_fit(np.column_stack([b, core]), base.y)
    with np.errstate(invalid="ignore", divide="ignore"):
        both = {
            "set_coincidence": float(core.sum() / np.maximum(b, t).sum()),
            "rf_cov": float(fit.cov[1] / fit.cov[0]),
            "rf_cons": float(fit.incl[0] / fit.incl[1]),
        }
    return {
        "cases": other.cases,
        "sufficient": other.sufficient,
        "models": len(other.models),
        "solutions": tuple(" + ".join(model) for model in other.models),
        "same": {frozenset(model) for model in base.models} == {frozenset(model) for model in other.models},
        "terms_in_all": in_all,
        "terms_in_some": in_some,
        "terms_lost": tuple(term for term in terms if not any(holds[term])),
        **both,
        "gained": gained,
        "lost": tuple(name for name in base.names if name in inside and name not in kept),
        "why": other.why,
    }


def _range(same: pd.Series, base: float) -> dict[str, float]:
    tried = same.groupby(level=0).all().sort_index()
    ends: dict[str, float] = {"base": float(base), "low": float(base), "high": float(base)}
    beyond = {"low": tried[tried.index < base].iloc[::-1], "high": tried[tried.index > base]}
    for side, values in beyond.items():
        ends[f"changes_at_{side}"] = np.nan
        for value, unchanged in values.items():
            if not unchanged:
                ends[f"changes_at_{side}"] = float(value)  # type: ignore[arg-type]
                break
            ends[side] = float(value)  # type: ignore[arg-type]
    return ends | {"tried": len(tried) - 1}


def _values(base: Any, others: Sequence[Any]) -> list[Any]:
    return [base, *sorted({each for each in others if each != base})]


def _shifts(
    shifts: Mapping[str, Sequence[float]] | None, recipe: Mapping[str, Mapping[str, Any]] | None
) -> list[tuple[str, float]]:
    if shifts and recipe is None:
        raise InputError("Shifts move anchors, so they need the recipe of the calibration, and raw values.")
    for name in shifts or {}:
        if name not in (recipe or {}):
            raise InputError(f"shifts: there is no set '{name}' in the recipe. {did_you_mean(name, recipe or {})}")
    listed = [(name, float(shift)) for name, values in (shifts or {}).items() for shift in values if shift != 0]
    return [("", 0.0), *listed]


def _moved(recipe: Mapping[str, Mapping[str, Any]], name: str, shift: float) -> dict[str, Mapping[str, Any]]:
    moved = dict(recipe)
    if name:
        anchors = np.atleast_1d(np.asarray(recipe[name]["anchors"], dtype=float))
        moved[name] = {**recipe[name], "anchors": np.round(anchors + shift, 12).tolist()}  # 0.3 - 0.3 is 0, on any path
    return moved


def _need(grid: pd.DataFrame) -> None:
    missing = [column for column in _NEEDED if column not in grid.columns]
    if missing or not len(grid):
        raise InputError(
            f"This isn't a grid of robustness: no {missing[0] if missing else 'rows'}. Make one with robustness_grid()."
        )

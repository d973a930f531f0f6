"""Which conditions of a solution rest on all the evidence there is, and which only on the cases seen? Fiss's chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from newroles.boundary_work.formulas import is_part_of, literals
from newroles.errors import InputError

_COLUMNS = ["model", "parsimonious_model", "column", "term", "condition", "presence", "part", "within"]
_FIT = ["incl", "pri", "cov_raw", "cov_unique"]


def core_and_peripheral(solution: Any, parsimonious: Any, conditions: Sequence[str] | None = None) -> pd.DataFrame:
    """Which conditions of each term are core, which peripheral, and how well does the term fit?

    solution: a conservative or intermediate `Solution`; parsimonious: the parsimonious one of the same truth table.
    conditions: in the order of the chart's rows; left out, as they first occur in the terms.

    A condition of a term is core when a parsimonious term that the term is a special case of asks for it too (all such terms
    of the model together, when there are several), and peripheral when only the term itself does. With tied models there is a
    chart for each pair of a model and a parsimonious model; a condition that is core in some pairs only is not settled by
    the data, and `settled_core` says so.

    Returns one row per model, parsimonious_model (both counted from 1), term and condition: column (the term's place in the
    chart, from 1), presence ("present", "absent", or "" when it doesn't matter), part ("core", "peripheral" or ""), within (the
    parsimonious terms that the term is a special case of; empty: none, then all its conditions are peripheral), and
    the term's incl, pri, cov_raw and cov_unique.

    Raises InputError for a solution without a model, solutions of two outcomes, and a condition of a term that isn't listed.

    Source: Fiss 2011, Building better causal theories, doi 10.5465/amj.2011.60263120.

    >>> from types import SimpleNamespace as Any
    >>> fit = pd.DataFrame({"model": [1], "term": ["a*~b*c"], "incl": [1.0], "pri": [1.0], "cov_raw": [0.5], "cov_unique": [0.5]})
    >>> chart = core_and_peripheral(Any(models=[["a*~b*c"]], fit=fit, outcome="y"), Any(models=[["a*~b"]], fit=fit, outcome="y"))
    >>> chart[["condition", "presence", "part"]].values.tolist()
    [['a', 'present', 'core'], ['b', 'absent', 'core'], ['c', 'present', 'peripheral']]
    """
    _refuse(solution, parsimonious)
    names = _conditions(solution, conditions)
    rows: list[dict[str, Any]] = []
    for i, model in enumerate(solution.models, 1):
        fits = solution.fit[solution.fit["model"] == i].set_index("term")
        for j, simple in enumerate(parsimonious.models, 1):
            for column, term in enumerate(model, 1):
                within = tuple(each for each in simple if is_part_of(each, term))
                core = {name for each in within for name in literals(each)}
                place = {"model": i, "parsimonious_model": j, "column": column, "term": term}
                fit = {name: float(fits.loc[term, name]) for name in _FIT}
                rows += [place | each | {"within": within} | fit for each in _parts(literals(term), core, names)]
    return pd.DataFrame(rows, columns=[*_COLUMNS, *_FIT])


def settled_core(chart: pd.DataFrame) -> pd.DataFrame:
    """Do all pairs of tied models agree on what is core?

    chart: as from `core_and_peripheral`. Returns one row per term and condition that it asks for, over all models: term,
    condition, presence, charts (pairs of models with this term) and core_in (of these), so that core_in equal to charts is
    settled core, 0 settled periphery, and anything between an open question.

    >>> pairs = pd.DataFrame({"model": 1, "parsimonious_model": [1, 2], "term": "a*b", "condition": "a",
    ...                       "presence": "present", "part": ["core", "peripheral"]})
    >>> settled_core(pairs).values.tolist()
    [['a*b', 'a', 'present', 2, 1]]
    """
    asked = chart[chart["presence"] != ""]
    by = asked.assign(core=asked["part"].eq("core")).groupby(["term", "condition", "presence"], sort=False)["core"]
    return by.agg(charts="size", core_in="sum").reset_index()


def _parts(asked: Mapping[str, bool], core: set[str], names: Sequence[str]) -> list[dict[str, str]]:
    return [
        {
            "condition": name,
            "presence": "" if name not in asked else "present" if asked[name] else "absent",
            "part": "" if name not in asked else "core" if name in core else "peripheral",
        }
        for name in names
    ]


def _conditions(solution: Any, conditions: Sequence[str] | None) -> list[str]:
    used = list(dict.fromkeys(name for model in solution.models for term in model for name in literals(term)))
    listed = used if conditions is None else list(conditions)
    missing = [name for name in used if name not in listed]
    if missing:
        raise InputError(f"The solution names the condition '{missing[0]}', which isn't among those listed: {listed}.")
    return listed


def _refuse(solution: Any, parsimonious: Any) -> None:
    if solution.outcome != parsimonious.outcome:
        raise InputError(
            f"The solutions are of two outcomes, '{solution.outcome}' and '{parsimonious.outcome}': expected two solutions "
            "of the same truth table."
        )
    for which, each in (("solution", solution), ("parsimonious solution", parsimonious)):
        if not each.models:
            raise InputError(f"The {which} has no model, so there is nothing to chart: see its `why`.")

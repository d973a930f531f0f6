"""The national part of an invented study: the frame, the roles, who reports them, and what was planted there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from newroles.simulate.adoption import adoption_probabilities, draw_adoption, expected_headcount
from newroles.simulate.reports import draw_newness_windows, draw_reports, draw_sources, draw_title_decisions
from newroles.simulate.spec import SOURCES, StudySpec
from newroles.simulate.titles import draw_house_titles
from newroles.simulate.trusts import draw_trusts
from newroles.simulate.variants import draw_variants

# one random stream each
PARTS = ("trusts", "variants", "adoption", "house_titles", "sources", "newness", "reports", "title_decisions")


@dataclass(frozen=True)
class National:
    """Tables with their columns of truth: `trusts`, `variants`, `present` (role by trust), `reports`, `decisions`."""

    trusts: pd.DataFrame
    variants: pd.DataFrame
    present: pd.DataFrame
    reports: pd.DataFrame
    decisions: pd.DataFrame
    truth: dict[str, Any]


def draw_national(spec: StudySpec, streams: Mapping[str, np.random.Generator], register: pd.DataFrame) -> National:
    """Which trusts are there, which roles have they, and what did their sources report?

    `streams`: a random stream for each of `PARTS`; `register`: the codes of a role register. What `truth` holds is
    said in `newroles.simulate.study`.
    """
    trusts = draw_trusts(spec, streams["trusts"])
    variants = draw_variants(register, spec, streams["variants"])
    chances = adoption_probabilities(trusts, variants, spec)
    present = draw_adoption(trusts, variants, chances, spec, streams["adoption"])
    present = draw_house_titles(present, variants, spec, streams["house_titles"])
    sources = draw_sources(trusts, spec, streams["sources"])
    newness = draw_newness_windows(trusts, spec, streams["newness"])
    reports = draw_reports(present, sources, newness, spec, streams["reports"])
    decisions = draw_title_decisions(reports, variants, spec, streams["title_decisions"])
    truth = {
        "roles": _roles(variants, present, reports),
        "adoption": _adoption(trusts, variants, chances, present),
        "naive_totals": _naive_totals(trusts, chances, expected_headcount(trusts, variants, spec), present),
        "response_probability": _by_key(trusts, "trust", "response_probability"),
        "newness_years": {str(trust): int(years) for trust, years in newness.items()},
        "sources": _sources(sources, present, reports, spec),
        "sources_held": {str(trust): list(held) for trust, held in sources.groupby("trust")["source"]},
        "present_in": {str(role): list(where) for role, where in present.groupby("role", sort=False)["trust"]},
        "titles": {form: int((reports["form"] == form).sum()) for form in spec.title_forms},
        "reports": _by_key(reports, "report", "role"),
    }
    return National(trusts, variants, present, reports, decisions, truth)


def _by_key(table: pd.DataFrame, key: str, column: str) -> dict[str, Any]:
    values = table[column].round(6) if pd.api.types.is_float_dtype(table[column]) else table[column]
    return {str(name): value for name, value in zip(table[key], values.tolist(), strict=True)}


def _roles(variants: pd.DataFrame, present: pd.DataFrame, reports: pd.DataFrame) -> dict[str, Any]:
    """How many roles could there be, were there, and were reported? By kind, and in all."""
    counted = {
        "possible": variants.groupby("kind")["role"].nunique(),
        "present": present.groupby("kind")["role"].nunique(),
        "present_where_responded": present[present["trust"].isin(reports["trust"])].groupby("kind")["role"].nunique(),
        "reported": reports.groupby("kind")["role"].nunique(),
    }
    kinds = ("new", "earlier_wave", "local", "existing")
    return {
        name: {"all": int(number.sum()), **{kind: int(number.get(kind, 0)) for kind in kinds}}
        for name, number in counted.items()
    }


def _adoption(
    trusts: pd.DataFrame, variants: pd.DataFrame, chances: pd.DataFrame, present: pd.DataFrame
) -> dict[str, dict[str, Any]]:
    """What share of trusts has each role: expected and real, among all and among those that responded?"""
    has = pd.crosstab(present["trust"], present["role"]).reindex_like(chances).fillna(0)
    responded = trusts["responded"].to_numpy()
    weights = trusts["response_probability"].to_numpy()
    table = pd.DataFrame(
        {
            "base_share": variants.set_index("role")["base_share"],
            "posts": variants.set_index("role")["posts"],
            "expected_all": chances.mean(),
            "expected_responded": chances.mul(weights, axis=0).sum() / weights.sum(),
            "all": has.mean(),
            "responded": has[responded].mean(),
        }
    ).round(6)
    kinds = variants.set_index("role")["kind"].to_dict()
    rows = zip(table.index, table.to_dict("records"), strict=True)
    return {role: {"kind": kinds[role], **{str(name): value for name, value in row.items()}} for role, row in rows}


def _naive_totals(
    trusts: pd.DataFrame, chances: pd.DataFrame, people: pd.DataFrame, present: pd.DataFrame
) -> dict[str, dict[str, float]]:
    """How far off is a total scaled up by the response rate, as if those that responded were like the others?

    The expected totals are exact, given the trusts' sizes: each trust weighs what its chance of responding says.
    """
    responded, weights = trusts["responded"].to_numpy(), trusts["response_probability"].to_numpy()
    scale = len(trusts) / responded.sum()
    by_trust = present.groupby("trust")["headcount"].agg(["size", "sum"]).reindex(trusts["trust"]).fillna(0)
    real = {"roles_in_trusts": by_trust["size"], "headcount": by_trust["sum"]}
    expected = {"roles_in_trusts": chances.sum(axis=1), "headcount": (chances * people).sum(axis=1)}
    return {
        name: {
            "true": int(real[name].sum()),
            "naive": round(float(real[name].to_numpy()[responded].sum() * scale), 3),
            "expected_true": round(float(expected[name].sum()), 3),
            "expected_naive": round(float((expected[name].to_numpy() * weights).sum() * scale), 3),
        }
        for name in real
    }


def _sources(
    sources: pd.DataFrame, present: pd.DataFrame, reports: pd.DataFrame, spec: StudySpec
) -> dict[str, dict[str, Any]]:
    """How often did each source have a role to report, and miss it?"""
    possible = sources.merge(present, on="trust")["source"].value_counts()
    reported = reports["source"].value_counts()
    return {
        source: {
            "miss": float(spec.miss[source]),
            "trusts": int((sources["source"] == source).sum()),
            "possible": int(possible.get(source, 0)),
            "missed": int(possible.get(source, 0) - reported.get(source, 0)),
        }
        for source in SOURCES
    }

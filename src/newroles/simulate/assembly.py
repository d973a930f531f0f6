"""One invented study, put together from its parts, and the truth that was planted in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets import load_codebook
from newroles.simulate.adoption import adoption_probabilities, draw_adoption, expected_headcount
from newroles.simulate.reports import draw_newness_windows, draw_reports, draw_sources, draw_title_decisions
from newroles.simulate.spec import SOURCES, StudySpec
from newroles.simulate.titles import draw_house_titles
from newroles.simulate.trusts import draw_trusts
from newroles.simulate.variants import draw_variants

# one random stream each, in this order: append new parts at the end, and the older ones stay as they are
PARTS = ("trusts", "variants", "adoption", "house_titles", "sources", "newness", "reports", "title_decisions")
# columns that belong to the truth
KEPT_APART = {"trusts": ["response_probability"], "reports": ["role", "kind", "form", "house_title"]}

ABOUT = (
    "Every trust, role, report and decision in this folder was drawn at random; nothing in it says anything about a "
    "real organisation or person. Only the names of registered roles and, with the default of 51 trusts, the numbers "
    "of trusts and of responses in each region are real. What was planted lies beside the folder, not in it. Before "
    "you put your own data in, change kind, or the book goes on calling them invented."
)


@dataclass(frozen=True)
class SimulatedStudy:
    """An invented study: `tables` by name, `meta` for its study.yml, and the `truth`, which is kept apart from both."""

    tables: dict[str, pd.DataFrame]
    meta: dict[str, Any]
    truth: dict[str, Any]


def study(spec: StudySpec, rng: np.random.Generator, register: pd.DataFrame | None = None) -> SimulatedStudy:
    """What would a study look like of which we know the truth?

    `register`: the codes of a role register, one row per role; without it, those of the codebook `roles`.

    Returns the tables trusts, reports and title_decisions as a study folder has them, its study.yml, and the truth:

    - spec: every parameter;
    - roles: how many were possible, really present, present where a trust responded, and reported, by kind;
    - adoption: by role, its share in a trust of median size and its posts there; the expected share of trusts that have
      it and the real one, among all trusts and among those that responded;
    - naive_totals: true totals over all trusts, and totals scaled up from those that responded, real and expected;
    - response_probability, newness_years, sources_held: by trust;
    - sources: how many roles each source could have reported, and how many it missed;
    - present_in: the trusts that have each role; titles: reports by form of title; reports: the role behind each one.

    The same spec, register and state of `rng` give the same study.

    >>> simulated = study(StudySpec(), np.random.default_rng(1))
    >>> len(simulated.tables["trusts"]), int(simulated.tables["trusts"]["responded"].sum())
    (51, 31)
    >>> simulated.truth["reports"].keys() == set(simulated.tables["reports"]["report"])
    True
    """
    streams = dict(zip(PARTS, rng.spawn(len(PARTS)), strict=True))
    known = load_codebook("roles").codes if register is None else register
    trusts = draw_trusts(spec, streams["trusts"])
    variants = draw_variants(known, spec, streams["variants"])
    chances = adoption_probabilities(trusts, variants, spec)
    present = draw_adoption(trusts, variants, chances, spec, streams["adoption"])
    present = draw_house_titles(present, variants, spec, streams["house_titles"])
    sources = draw_sources(trusts, spec, streams["sources"])
    newness = draw_newness_windows(trusts, spec, streams["newness"])
    reports = draw_reports(present, sources, newness, spec, streams["reports"])
    decisions = draw_title_decisions(reports, variants, spec, streams["title_decisions"])
    truth = {
        "spec": spec.values(),
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
    tables = {"trusts": trusts, "reports": reports, "title_decisions": decisions}
    return SimulatedStudy(
        tables={name: table.drop(columns=KEPT_APART.get(name, [])) for name, table in tables.items()},
        meta=_meta(spec),
        truth=truth,
    )


def _meta(spec: StudySpec) -> dict[str, Any]:
    n = sum(spec.trusts_by_region.values())
    return {
        "title": "Invented example study",
        "kind": "invented",
        "place": f"Invented: {n} trusts, spread over the regions like England's mental health trusts",
        "period": f"{spec.period_start:%Y-%m} to {spec.period_end:%Y-%m}",
        "licence": "CC0-1.0",
        "codebooks": ["roles", "rationale"],
        "counts_as_new": {"rule": "declared", "within_years": 10},
        "about": ABOUT,
    }


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

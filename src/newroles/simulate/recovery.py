"""Is what was planted found again? National totals of invented studies, drawn many times and estimated each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from newroles.datasets import load_codebook
from newroles.errors import InputError, did_you_mean
from newroles.overview import Adjustment, adjusted_weights
from newroles.simulate.adoption import adoption_probabilities, expected_headcount
from newroles.simulate.national_estimates import Floats, estimate_totals, unweighted_numbers, weighted_numbers
from newroles.simulate.replicates import KEPT, in_turn, require_replicates, summarise_errors
from newroles.simulate.reports import draw_sources
from newroles.simulate.spec import StudySpec
from newroles.simulate.trusts import doublings, draw_fixed_number, draw_trusts
from newroles.simulate.variants import draw_variants

TOTALS = ("roles_in_trusts", "headcount", "wte")
WEIGHTED = ("post_stratified", "raked", "propensity")


def recover_totals(
    spec: StudySpec,
    replicates: int = 200,
    rng: np.random.Generator | None = None,
    roles: Sequence[str] | int | None = None,
    weights: Sequence[str] = WEIGHTED,
    jobs: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Are planted national totals found again, by which method, and do intervals hold them as often as they say?

    `spec`: the invented study. Which roles there are, and how common each is, is drawn once; the sizes of the trusts,
    who answers, who has which role, and what sources leave out are drawn anew `replicates` times. `rng`: for the same
    result twice. `roles`: whose numbers of trusts are estimated beside the totals: ids, or so many roles evenly spread from the
    commonest to the rarest; None: all. `jobs`: how many processes share the work; the result is the same for any number.
    `level`: of the intervals.

    Each replicate is estimated as `survey_estimates` (totals) and `adoption` (roles) would, with the weights of
    `adjusted_weights`: by region (post_stratified; regions are strata too), by region and three size groups (raked), by
    the chance of answering given size (propensity), or with none: as_answered for totals; hypergeometric, wilson and
    bounds for roles. The truth is that of the replicate's own frame.

    Returns one row per quantity, answers and method:

    - quantity: roles_in_trusts (all roles, added up over all trusts), headcount, wte, or trusts_with a role; role,
      base_share (the role's share in a trust of median size; both blank for totals);
    - answers: complete (trusts that answer tell all their roles) or reported (as their sources do, which leave roles out);
    - method; truth (mean); bias (mean error), bias_se (Monte Carlo), bias_low, bias_high; relative_bias, relative_low,
      relative_high (shares of the mean truth; blank when that is nought); sd (of the errors), se (mean of those
      reported; blank for intervals without one);
    - coverage (share of intervals that hold the truth), coverage_low, coverage_high (Wilson's, Monte Carlo);
      replicates (that gave an estimate), refused (that couldn't be weighted, as when a size group has no answer).

    Monte Carlo intervals, all at 95%, say how much the number of replicates leaves open, nothing else.

    Raises InputError for fewer than two replicates or one job, an unknown method, and a role that the study doesn't know.

    Source: Morris, White and Crowther 2019, doi 10.1002/sim.8086 (performance measures and their Monte Carlo errors).

    >>> found = recover_totals(StudySpec(), 4, np.random.default_rng(1), roles=0)
    >>> found["quantity"].unique().tolist(), int(found["replicates"].max())
    (['roles_in_trusts', 'headcount', 'wte'], 4)
    """
    require_replicates(replicates, jobs)
    for name in weights:
        if name not in WEIGHTED:
            raise InputError(f"weights: '{name}' is unknown. {did_you_mean(name, WEIGHTED)}")
    rng = np.random.default_rng() if rng is None else rng
    once, *streams = rng.spawn(replicates + 1)
    variants = draw_variants(load_codebook("roles").codes, spec, once)
    chosen = _chosen(variants, roles)
    places = chosen.index.to_numpy(dtype=np.intp)
    task = partial(_estimate_once, spec, variants, draw_trusts(spec, once), places, tuple(weights), level)
    rows = in_turn(task, streams, jobs)
    columns = pd.DataFrame(
        {
            "quantity": [*TOTALS, *["trusts_with"] * len(places)],
            "role": [*[""] * len(TOTALS), *chosen["role"]],
            "base_share": [*[np.nan] * len(TOTALS), *chosen["base_share"]],
        }
    )
    tables = []
    for answers, method in dict.fromkeys(key for row in rows for key in row):
        stacked = np.stack([row.get((answers, method), np.full((len(KEPT), len(columns)), np.nan)) for row in rows])
        tables.append(columns.assign(answers=answers, method=method).join(summarise_errors(stacked)))
    table = pd.concat(tables, ignore_index=True)
    # a method that a quantity doesn't have, and amounts that sources leave open, have no truth of their own
    table = table[table["truth"].notna()]
    order = table["quantity"].map({name: i for i, name in enumerate((*TOTALS, "trusts_with"))})
    rank = table["role"].map({role: i for i, role in enumerate(chosen["role"])}).fillna(-1)
    return (
        table.assign(o=order, r=rank).sort_values(["o", "r"], kind="stable", ignore_index=True).drop(columns=["o", "r"])
    )


# One replicate ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnFrame:
    """One replicate: trusts (with responded), and for each trust and role if it has it, how many people, and whether a source says so."""

    trusts: pd.DataFrame
    has: npt.NDArray[np.bool_]
    headcount: Floats
    wte: Floats
    reported: npt.NDArray[np.bool_]


def draw_frame(spec: StudySpec, variants: pd.DataFrame, trusts: pd.DataFrame, rng: np.random.Generator) -> DrawnFrame:
    """What is a fresh draw of the national part like: sizes, answers, roles, posts, and what sources leave out?

    `variants`: see `draw_variants`; `trusts`: see `draw_trusts`, of which trust and region are kept. The chances are
    those of `draw_national`; titles, dates and the rest, which no total depends on, are left out.
    """
    frame = trusts[["trust", "region"]].copy()
    size = np.exp(rng.normal(np.log(spec.trust_wte_median), spec.trust_wte_spread, len(frame))).round().clip(1)
    frame["wte"] = size
    log_odds = (np.log(spec.response_odds_per_doubling) * doublings(frame["wte"], spec)).to_numpy()
    answered = np.zeros(len(frame), dtype=bool)
    for region, wanted in spec.responded_by_region.items():
        here = frame["region"].eq(region).to_numpy()
        answered[here] = draw_fixed_number(log_odds[here], wanted, rng)
    frame["responded"] = answered
    chances = adoption_probabilities(frame, variants, spec).to_numpy()
    has = rng.random(chances.shape) < chances
    people = np.where(has, 1.0 + rng.poisson(expected_headcount(frame, variants, spec).to_numpy() - 1), 0.0)
    contract = rng.uniform(spec.contract_low, 1, chances.shape)
    sources = draw_sources(frame, spec, rng)
    missed_by_all = _missed(sources, spec).reindex(frame["trust"]).fillna(1.0).to_numpy()
    reported = has & (rng.random(chances.shape) >= missed_by_all[:, np.newaxis]) & answered[:, np.newaxis]
    return DrawnFrame(frame, has, people, people * contract, reported)


def _missed(sources: pd.DataFrame, spec: StudySpec) -> pd.Series:
    """Chance, by trust, that all of its sources leave out one and the same role."""
    miss = sources["source"].map(spec.miss).astype(float)
    return miss.groupby(sources["trust"]).prod()


def _estimate_once(
    spec: StudySpec,
    variants: pd.DataFrame,
    trusts: pd.DataFrame,
    places: npt.NDArray[np.intp],
    weights: tuple[str, ...],
    level: float,
    rng: np.random.Generator,
) -> dict[tuple[str, str], Floats]:
    return estimate_drawn(draw_frame(spec, variants, trusts, rng), places, weights, level)


def estimate_drawn(
    drawn: DrawnFrame, places: npt.NDArray[np.intp], weights: Sequence[str] = WEIGHTED, level: float = 0.95
) -> dict[tuple[str, str], Floats]:
    """What does each method make of this draw?

    `places`: positions of the roles that are followed. Returns, by answers and method, an array: estimate, se, low,
    high and truth (rows), for each of the totals and then each role; blank where the method has none.
    """
    responded = drawn.trusts["responded"].to_numpy()
    adjustments: dict[str, Adjustment | None] = {"as_answered": None}
    for method in weights:
        try:
            adjustments[method] = adjusted_weights(drawn.trusts, method)
        except InputError:
            continue  # this draw can't be weighted so; counted as refused
    amounts = np.column_stack([drawn.has.sum(axis=1), drawn.headcount.sum(axis=1), drawn.wte.sum(axis=1)])
    has = drawn.has[:, places]
    truth = np.concatenate([amounts.sum(axis=0), has.sum(axis=0)]).astype(float)
    found: dict[tuple[str, str], Floats] = {}
    for answers, seen in (("complete", drawn.has), ("reported", drawn.reported)):
        of_totals = amounts if answers == "complete" else seen.sum(axis=1)[:, np.newaxis]
        for method, adjustment in adjustments.items():
            totals = np.full((4, len(TOTALS)), np.nan)
            totals[:, : of_totals.shape[1]] = estimate_totals(of_totals[responded], len(responded), adjustment, level)
            known = truth.copy()
            known[of_totals.shape[1] : len(TOTALS)] = np.nan
            of_roles: Mapping[str, Floats]
            if adjustment is None:
                of_roles = unweighted_numbers(seen[responded][:, places].sum(axis=0), responded, level)
                nothing = np.full((4, len(places)), np.nan)
                found[answers, method] = np.vstack([np.hstack([totals, nothing]), _only(known, totals=True)])
                for name, roles in of_roles.items():
                    both = np.hstack([np.full((4, len(TOTALS)), np.nan), roles])
                    found[answers, name] = np.vstack([both, _only(known, totals=False)])
            else:
                roles = weighted_numbers(seen[responded][:, places], len(responded), adjustment, level)
                found[answers, method] = np.vstack([np.hstack([totals, roles]), known])
    return found


def _only(truth: Floats, totals: bool) -> Floats:
    kept = truth.copy()
    kept[slice(len(TOTALS), None) if totals else slice(0, len(TOTALS))] = np.nan
    return kept


def _chosen(variants: pd.DataFrame, roles: Sequence[str] | int | None) -> pd.DataFrame:
    """The roles to follow, from the commonest to the rarest."""
    ranked = variants.sort_values("base_share", ascending=False, kind="stable")
    if roles is None:
        return ranked
    if isinstance(roles, int):
        if not 0 <= roles <= len(ranked):
            raise InputError(f"roles: {roles} is impossible: this study knows {len(ranked)} roles.")
        # evenly on the scale of ranks' logarithms: there are few common roles and many rare ones
        if not roles:
            return ranked.iloc[:0]
        return ranked.iloc[np.unique(np.geomspace(1, len(ranked), roles).round().astype(int) - 1)]
    for role in roles:
        if role not in set(variants["role"]):
            raise InputError(f"roles: this study has no role '{role}'. {did_you_mean(role, variants['role'])}")
    return ranked[ranked["role"].isin(list(roles))]

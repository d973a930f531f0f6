"""At which noise are the planted recipes of boundary work no longer found?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from newroles.boundary_work.calibration import calibrate_cases
from newroles.boundary_work.formulas import formula_scores, literals
from newroles.boundary_work.minimisation import minimise
from newroles.boundary_work.set_fit import sufficiency_fit
from newroles.boundary_work.truth_table import truth_table
from newroles.datasets import load_codebook
from newroles.datasets.intervals import wilson
from newroles.errors import InputError
from newroles.simulate.acts import ActsSpec
from newroles.simulate.adoption import adoption_probabilities, draw_adoption
from newroles.simulate.contexts import draw_contexts
from newroles.simulate.recipes import TONES, conditions_of, recipes_that_hold
from newroles.simulate.replicates import Floats, in_turn, require_replicates
from newroles.simulate.spec import StudySpec
from newroles.simulate.teams import draw_introductions, draw_places
from newroles.simulate.trusts import draw_trusts
from newroles.simulate.variants import draw_variants

SOLUTIONS: Mapping[str, str] = {"conservative": "", "parsimonious": "?"}
FOUND = ("in_every_model", "in_some_model", "with_more", "consistent", "whole_solution")
_Found = dict[tuple[float, str, str, str, str], bool]


def recover_recipes(
    spec: StudySpec,
    tone_shares: Sequence[float] = (0.85, 0.75, 0.65, 0.6, 0.55, 0.45),
    replicates: int = 40,
    rng: np.random.Generator | None = None,
    incl_cut: float = 0.8,
    n_cut: int = 1,
    jobs: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """How often does an analysis of conditions find each planted recipe, when acts follow it less and less clearly?

    `spec`: the invented study; its trusts and places are drawn once, contexts, arrivals and tones of acts anew, `replicates`
    times. `tone_shares`: how noisy: the probability that an act in a team with a recipe has the recipe's tone, in place of
    constructive_when_recipe and destructive_when_recipe. The same teams and the same luck serve every one of them. `rng`: for
    the same result twice. `incl_cut`, `n_cut`: of the truth table. `jobs`: how many processes share the work; the result
    is the same for any number. `level`: of the intervals.

    Each replicate goes the analyst's way: the share of acts of each tone by team, as if every act had been coded rightly;
    mostly of a tone is more than half of acts; conditions by the planted thresholds; a truth table for the constructive
    and one for the destructive outcome; and the conservative and the parsimonious solution.

    Returns one row per tone_share, tone, recipe, solution and found: formula (of the recipe), share (of replicates), low, high
    (Wilson), replicates. found says in which sense: in_every_model (the recipe is a term of every tied model),
    in_some_model, with_more (some model has a term that asks for all the recipe does, and perhaps more), consistent (among the
    cases the recipe's own consistency is at least incl_cut; the same for both solutions), whole_solution (some tied model is
    made of all the recipes of this tone and nothing else; the same for all recipes of the tone).

    Raises InputError for fewer than two replicates, no tone share or one outside 0 to 1, a study without teams, and a
    replicate whose teams are too few or too alike for a truth table.

    Source: Wilson (1927), doi 10.1080/01621459.1927.10502953; the acts are distributed as those of `draw_acts`.

    >>> found = recover_recipes(StudySpec(), [0.85], 2, np.random.default_rng(1))
    >>> found["recipe"].unique().tolist()
    ['clear_and_supervised', 'led_and_staffed', 'unclear_and_short']
    """
    require_replicates(replicates, jobs)
    if not len(tone_shares):
        raise InputError("tone_shares is empty: expected at least one probability, such as 0.85.")
    if not spec.teams.any:
        raise InputError("This study has no teams, so there are no acts: set the numbers of teams above 0.")
    noisy = {
        each: replace(spec.acts, constructive_when_recipe=each, destructive_when_recipe=each) for each in tone_shares
    }
    rng = np.random.default_rng() if rng is None else rng
    once, *streams = rng.spawn(replicates + 1)
    register = load_codebook("roles").codes
    trusts = draw_trusts(spec, once)
    variants = draw_variants(register, spec, once)
    present = draw_adoption(trusts, variants, adoption_probabilities(trusts, variants, spec), spec, once)
    places = draw_places(trusts, present, register, spec.teams, once)
    task = partial(_recover_once, spec, noisy, trusts, present, places, register, incl_cut, n_cut)
    found = in_turn(task, streams, jobs)
    keys = pd.MultiIndex.from_tuples(list(found[0]), names=["tone_share", "tone", "recipe", "solution", "found"])
    share = np.mean([list(each.values()) for each in found], axis=0)
    shares = keys.to_frame(index=False).assign(share=share)
    low, high = wilson(shares["share"], replicates, level)
    formulas = {**spec.acts.constructive, **spec.acts.destructive}
    shares.insert(3, "formula", shares["recipe"].map(formulas))
    return shares.assign(low=low, high=high, replicates=replicates)


def expected_tones(conditions: pd.DataFrame, exception: np.ndarray, spec: ActsSpec) -> pd.DataFrame:
    """Which share of each team's acts is expected to be of each tone?

    `conditions`: True or False, a row per team and a column per condition; `exception`: which teams act as if no recipe held.
    Returns teams x tones. See `draw_acts`.

    >>> teams = pd.DataFrame({"leadership_support": [True], "role_agreed": [False], "supervision_time": [False],
    ...                       "vacancy_rate": [False]})
    >>> expected_tones(teams, np.array([False]), ActsSpec()).round(3).to_dict("records")
    [{'constructive': 0.85, 'destructive': 0.075, 'depends': 0.075}]
    """
    recipes = {"constructive": spec.constructive, "destructive": spec.destructive}
    clear = {"constructive": spec.constructive_when_recipe, "destructive": spec.destructive_when_recipe}
    rows = []
    for holds, odd in zip(conditions.to_dict("records"), exception.tolist(), strict=True):
        met = recipes_that_hold(holds, recipes)
        tone = met[0][1] if met and not odd else None
        share = dict.fromkeys(TONES, (1 - clear[tone]) / 2) | {tone: clear[tone]} if tone else spec.tones_without_recipe
        rows.append([share[each] for each in TONES])
    return pd.DataFrame(rows, index=conditions.index, columns=list(TONES), dtype=float)


def _recover_once(
    spec: StudySpec,
    noisy: Mapping[float, ActsSpec],
    trusts: pd.DataFrame,
    present: pd.DataFrame,
    places: pd.DataFrame,
    register: pd.DataFrame,
    incl_cut: float,
    n_cut: int,
    rng: np.random.Generator,
) -> _Found:
    drawn = draw_contexts(trusts, places, spec.contexts, rng)
    teams = draw_introductions(places, drawn.indicators["vacancy_rate"], present, register, spec.teams, rng)
    studied = teams[teams["follow"].isin(["case", "panel"]) & teams["new_role"].ne("")].reset_index(drop=True)
    holds = conditions_of(studied["team"], drawn.indicators, spec.acts.thresholds)
    exception = rng.random(len(studied)) < spec.acts.exceptions
    many = np.where(studied["follow"].eq("case"), spec.acts.case_acts, spec.acts.panel_acts)
    acts = rng.poisson(many)
    luck = [np.sort(rng.random(n)) for n in acts.tolist()]
    indicators = drawn.indicators.loc[holds.index, list(spec.acts.thresholds)]
    found: _Found = {}
    for share, acts_spec in noisy.items():
        cases = indicators.join(_shares(expected_tones(holds, exception, acts_spec), luck))
        found |= {(share, *key): value for key, value in _looked_for(cases, acts_spec, incl_cut, n_cut).items()}
    return found


def _shares(expected: pd.DataFrame, luck: Sequence[Floats]) -> pd.DataFrame:
    """The share of each team's acts that have each tone, for one random number per act; blank for a team without acts."""
    ends = expected.to_numpy().cumsum(axis=1)[:, :2]
    below = np.array([np.searchsorted(numbers, end) for numbers, end in zip(luck, ends, strict=True)])
    total = np.array([len(numbers) for numbers in luck])
    counts = np.diff(np.column_stack([np.zeros_like(total), below, total]), axis=1)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(counts / total[:, np.newaxis], index=expected.index, columns=expected.columns)


def _looked_for(
    cases: pd.DataFrame, spec: ActsSpec, incl_cut: float, n_cut: int
) -> dict[tuple[str, str, str, str], bool]:
    """Is each recipe found, by tone, recipe, solution and sense?"""
    outcomes = {"constructive": spec.constructive, "destructive": spec.destructive}
    anchors: dict[str, dict[str, Any]] = {
        **{name: {"anchors": least, "method": "crisp"} for name, least in spec.thresholds.items()},
        **{tone: {"anchors": 0.5, "method": "crisp_above"} for tone in outcomes},
    }
    sets = calibrate_cases(cases, anchors).sets
    found: dict[tuple[str, str, str, str], bool] = {}
    for tone, recipes in outcomes.items():
        table = truth_table(sets, tone, list(spec.thresholds), incl_cut=incl_cut, n_cut=n_cut)
        planted = {name: frozenset(literals(formula).items()) for name, formula in recipes.items()}
        alone = np.column_stack([formula_scores(sets, [formula]) for formula in recipes.values()])
        consistent = sufficiency_fit(alone, sets[tone].to_numpy()).incl >= incl_cut
        for solution, include in SOLUTIONS.items():
            models = [
                {frozenset(literals(term).items()) for term in model}
                for model in minimise(table, include=include).models
            ]
            whole = any(model == set(planted.values()) for model in models)
            for name, own in zip(planted, consistent.tolist(), strict=True):
                recipe = planted[name]
                senses = (
                    bool(models) and all(recipe in model for model in models),
                    any(recipe in model for model in models),
                    any(recipe <= term for model in models for term in model),
                    own,
                    whole,
                )
                found |= {(tone, name, solution, sense): value for sense, value in zip(FOUND, senses, strict=True)}
    return found

"""What makes a tie between two people of a team likely: one model for a study's relation, with a second opinion."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.ergm import DyadModel, ergm
from newroles.networks.goodness import goodness_of_fit
from newroles.networks.matrices import from_ties, receiver, same, sender
from newroles.networks.mrqap import mrqap
from newroles.networks.network import build

TERMS = {
    "edges": "Any two people",
    "mutual": "A tie back",
    "match": "Same role",
    "works_with": "Work together",
    "supervised_by": "To one's supervisor",
    "from_new": "From somebody in a new role",
    "to_new": "To somebody in a new role",
}
"""The terms of the model, in words."""


def explained_ties(
    people: pd.DataFrame, ties: pd.DataFrame, relation: str, wave: int, within: str = "team", level: float = 0.95
) -> tuple[DyadModel | None, str]:
    """What makes a tie of a directed relation likely, in one wave of a study?

    people, ties: a study's tables. relation: the one to be explained. within: only pairs of people with the same value there
    could be tied.

    The model (`ergm`) has the terms edges, mutual and match (same role), and, where the study knows of them: works_with (a tie
    of that relation either way), supervised_by (target supervises source), from_new and to_new (somebody in a new role sends
    or receives).

    Returns the model and "", or None and why there is none, as a sentence.

    >>> from newroles.datasets import load_study
    >>> study = load_study("example_study")
    >>> model, _ = explained_ties(study.people, study.ties, "advice", 1)
    >>> model.table["term"].tolist()
    ['edges', 'mutual', 'match', 'works_with', 'supervised_by']
    """
    network = build(people, ties, wave=wave, relation=relation)
    try:
        covariates = _covariates(network.people, ties, relation, wave)
        return ergm(network, covariates=covariates, possible=within, level=level), ""
    except InputError as error:
        return None, f"What makes a tie likely can't be estimated in this study. {error}"


def second_opinion(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    relation: str,
    wave: int,
    within: str = "team",
    permutations: int = 999,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Do the same terms go with a tie when people change places within teams, whatever hangs together in a network?

    Arguments as for `explained_ties`; permutations, rng: of `mrqap` (double semi-partialling, linear, people change places
    within the same value of `within`; pairs with different values, and pairs whose sender didn't answer, are blank).

    Returns term, estimate (difference of the share of pairs tied) and p_two_sided, without the intercept; no rows where it
    can't be computed.
    """
    network = build(people, ties, wave=wave, relation=relation)
    here = network.people
    inside = same(here, within).to_numpy(dtype=float, copy=True) == 1
    y = from_ties(here, ties.query("wave == @wave"), relation=relation, blank_unanswered=True)
    xs = {"match": same(here, "role"), **_covariates(here, ties, relation, wave)}
    filled = {name: matrix.where(inside, 0.0) for name, matrix in xs.items()}
    try:
        found = mrqap(
            y.where(inside), filled, permutations=permutations, rng=rng, directed=True, within=here[within].tolist()
        )
    except InputError:
        return pd.DataFrame({"term": [], "estimate": [], "p_two_sided": []})
    return found.loc[found["term"].ne("intercept"), ["term", "estimate", "p_two_sided"]].reset_index(drop=True)


def explanation(model: DyadModel | None, opinion: pd.DataFrame) -> pd.DataFrame:
    """The model and the second opinion as one table.

    model, opinion: as `explained_ties` and `second_opinion` return them.

    Returns one row per term: term, said (in words), estimate, se, low, high (log-odds), odds_ratio and p_permutation; no rows
    without a model.
    """
    columns = ["term", "said", "estimate", "se", "low", "high", "odds_ratio", "p_permutation"]
    if model is None:
        return pd.DataFrame(columns=columns)
    p = opinion.set_index("term")["p_two_sided"]
    table = model.table.assign(
        said=model.table["term"].map(TERMS).fillna(model.table["term"]),
        odds_ratio=np.exp(model.table["estimate"]),
        p_permutation=model.table["term"].map(p),
    )
    return table[columns]


def misfit_in_words(model: DyadModel, draws: int = 100, rng: np.random.Generator | None = None) -> str:
    """Where do networks drawn from the model differ from the one observed? A sentence.

    model: as `explained_ties` returns it.
    """
    fit = goodness_of_fit(model, draws, rng if rng is not None else np.random.default_rng(0))
    triples = fit[fit["statistic"].isin(["transitive triples", "cyclic triples"])]
    sent = fit[fit["statistic"].isin(["people by ties sent", "people by ties received", "ties by shared partners"])]
    inside = (
        f"{int(sent['within'].sum())} of {len(sent)} counts of ties sent, ties received and shared partners lie within the "
        "middle 95% of networks drawn from the model"
    )
    off = triples[~triples["within"]]
    if off.empty:
        return f"{inside}, and so do triples of people."
    more = off.iloc[0]
    side = "more" if more["observed"] > more["mean"] else "fewer"
    return f"{inside}, but there are {side} {more['statistic']} than in these: the intervals are then too narrow."


def _covariates(people: pd.DataFrame, ties: pd.DataFrame, relation: str, wave: int) -> dict[str, pd.DataFrame]:
    """The covariates that this study knows of, by term."""
    here = ties[ties["wave"] == wave]
    known = set(here["relation"])
    found: dict[str, pd.DataFrame] = {}
    if "works_with" in known - {relation}:
        found["works_with"] = from_ties(people, here, relation="works_with", directed=False)
    if "supervision" in known - {relation}:
        found["supervised_by"] = from_ties(people, here, relation="supervision").T
    if "role_kind" in people and people["role_kind"].eq("new").any():
        found["from_new"], found["to_new"] = sender(people, "role_kind", "new"), receiver(people, "role_kind", "new")
    return found

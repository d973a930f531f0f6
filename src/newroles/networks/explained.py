"""What makes a tie between two people of a team likely: one model for a study's relation, with a second opinion."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newroles.errors import InputError
from newroles.networks.ergm import DyadModel, ergm
from newroles.networks.goodness import goodness_of_fit
from newroles.networks.matrices import from_ties, receiver, same, sender
from newroles.networks.mrqap import mrqap
from newroles.networks.network import RoleNetwork, build
from newroles.networks.study_waves import MUTUAL

TERMS = {
    "edges": "Any two people",
    "mutual": "A tie back",
    "match": "Same role",
    "works_with": "Work together",
    "supervised_by": "To one's supervisor",
    "supervision": "One supervises the other",
    "from_new": "From somebody in a new role",
    "to_new": "To somebody in a new role",
    "with_new": "With somebody in a new role",
}
"""The terms of the model, in words."""


def explained_ties(
    people: pd.DataFrame, ties: pd.DataFrame, relation: str, wave: int, within: str = "team", level: float = 0.95
) -> tuple[DyadModel | None, str]:
    """What makes a tie of a relation likely, in one wave of a study?

    people, ties: a study's tables. relation: the one to be explained; those of `MUTUAL` have no direction. within: only pairs
    of people with the same value there could be tied. Only pairs of whom both answered are used, and whose covariates
    are known.

    The model (`ergm`) has the terms edges, mutual and match (same role), and, where the study knows of them: works_with (a tie
    of that relation either way), supervised_by (target supervises source), from_new and to_new (somebody in a new role sends
    or receives). A relation without direction has no mutual; for supervised_by it has supervision (one supervises the other),
    for from_new and to_new with_new (how many of the two are in a new role), so that it doesn't matter who is named first.

    Returns the model and "", or None and why there is none, as a sentence.

    >>> from newroles.datasets import load_study
    >>> study = load_study("example_study")
    >>> model, _ = explained_ties(study.people, study.ties, "advice", 1)
    >>> model.table["term"].tolist()
    ['edges', 'mutual', 'match', 'works_with', 'supervised_by']
    >>> model, _ = explained_ties(study.people, study.ties, "works_with", 3)
    >>> model.table["term"].tolist()
    ['edges', 'match', 'supervision', 'with_new']
    """
    network = build(people, ties, wave=wave, relation=relation, directed=relation not in MUTUAL)
    terms = ["edges", "mutual", "match"] if network.directed else ["edges", "match"]
    try:
        covariates = _covariates(network, ties, relation, wave)
        # of a directed network `ergm` itself takes only pairs of whom both answered
        possible = within if network.directed else _both_answered_within(network, within)
        return ergm(network, terms, covariates=covariates, possible=possible, level=level), ""
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
    """Do the same terms go with a tie when people change places within teams?

    Arguments as for `explained_ties`; permutations, rng: of `mrqap` (double semi-partialling, linear, people change places
    within the same value of `within`).

    The test allows for ties of one person hanging together (somebody who asks many, or is asked by many). It doesn't allow for
    ties that are returned, nor for clusters: unlike the model of `explained_ties` it has no term mutual, so where
    asking goes both ways its other terms take up some of that. Both use the same pairs: those who didn't answer are left
    out before people change places.

    Returns term, estimate (difference of the share of pairs tied), p_two_sided and pairs (pairs of people used), without the
    intercept and terms that are the same for all pairs; no rows where it can't be computed.
    """
    network = build(people, ties, wave=wave, relation=relation, directed=relation not in MUTUAL)
    empty = pd.DataFrame({"term": [], "estimate": [], "p_two_sided": [], "pairs": []})
    try:
        xs = {"match": same(network.people, "role"), **_covariates(network, ties, relation, wave)}
        blank = np.any([matrix.isna() | matrix.isna().T for matrix in xs.values()], axis=0)
        used = _both_answered_within(network, within) & ~blank
        here = np.flatnonzero(used.any(axis=1))
        used = used[np.ix_(here, here)]
        # pairs of two groups are blank, and stay so as people change places within groups
        y, *cells = (
            np.where(used, matrix[np.ix_(here, here)], np.nan)
            for matrix in (network.binary.toarray(), *(matrix.to_numpy() for matrix in xs.values()))
        )
        varied = {name: each for name, each in zip(xs, cells, strict=True) if len(np.unique(each[used])) > 1}
        place = network.people[within].iloc[here].tolist()
        found = mrqap(y, varied, permutations, rng=rng, directed=network.directed, within=place)
    except InputError:
        return empty
    found = found.loc[found["term"].ne("intercept"), ["term", "estimate", "p_two_sided"]].reset_index(drop=True)
    return found.assign(pairs=int(used.sum()) // 2)


def explanation(model: DyadModel | None, opinion: pd.DataFrame) -> pd.DataFrame:
    """The model and the second opinion as one table.

    model, opinion: as `explained_ties` and `second_opinion` return them.

    Returns one row per term: term, said (in words), estimate, se, low, high (log-odds), odds_ratio, p_permutation (blank for
    terms that the second opinion doesn't have: edges and mutual), pairs (of people used, the same in all rows) and note (why
    an estimate is infinite or blank; otherwise ""); no rows without a model.
    """
    columns = ["term", "said", "estimate", "se", "low", "high", "odds_ratio", "p_permutation", "pairs", "note"]
    if model is None:
        return pd.DataFrame(columns=columns)
    p = opinion.set_index("term")["p_two_sided"]
    table = model.table.assign(
        said=model.table["term"].map(TERMS).fillna(model.table["term"]),
        odds_ratio=np.exp(model.table["estimate"]),
        p_permutation=model.table["term"].map(p),
        pairs=model.pairs,
    )
    return table[columns]


def notes_in_words(explained: pd.DataFrame) -> str:
    """What is to be said of terms that couldn't be estimated, each in a sentence that ends with a blank; "" if all could.

    explained: as `explanation` returns it.

    >>> notes_in_words(pd.DataFrame({"said": ["A tie back", "Same role"], "note": ["no tie is returned", ""]}))
    'A tie back: no tie is returned. '
    """
    told = explained[explained["note"].fillna("").ne("")]
    return "".join(f"{row.said}: {str(row.note).rstrip('.')}. " for row in told.itertuples())


def misfit_in_words(model: DyadModel, draws: int = 100, rng: np.random.Generator | None = None) -> str:
    """Where do networks drawn from the model differ from the one observed? A sentence.

    model: as `explained_ties` returns it.
    """
    fit = goodness_of_fit(model, draws, rng if rng is not None else np.random.default_rng(0))
    triples = fit[fit["statistic"].isin(["transitive triples", "cyclic triples", "triangles"])]
    by_person = fit["statistic"].str.startswith("people by ties")
    counts = fit[by_person | fit["statistic"].eq("ties by shared partners")]
    of_what = "ties sent, ties received" if model.network.directed else "people's ties"
    inside = (
        f"{int(counts['within'].sum())} of {len(counts)} counts of {of_what} and shared partners lie within the middle 95% of "
        "networks drawn from the model"
    )
    off = triples[~triples["within"]]
    if off.empty:
        return f"{inside}, and so do triples of people."
    more = off.iloc[0]
    side = "more" if more["observed"] > more["mean"] else "fewer"
    return f"{inside}, but there are {side} {more['statistic']} than in these: the intervals are then too narrow."


def _covariates(network: RoleNetwork, ties: pd.DataFrame, relation: str, wave: int) -> dict[str, pd.DataFrame]:
    """The covariates that this study knows of, by term; symmetric ones of an undirected network."""
    people, here = network.people, ties[ties["wave"] == wave]
    known = set(here["relation"])
    found: dict[str, pd.DataFrame] = {}
    if "works_with" in known - {relation}:
        found["works_with"] = from_ties(people, here, relation="works_with", directed=False)
    if "supervision" in known - {relation}:
        name = "supervised_by" if network.directed else "supervision"
        found[name] = from_ties(people, here, relation="supervision", directed=network.directed).T
    if "role_kind" in people and people["role_kind"].eq("new").any():
        one, other = sender(people, "role_kind", "new"), receiver(people, "role_kind", "new")
        found |= {"from_new": one, "to_new": other} if network.directed else {"with_new": one + other}
    return found


def _both_answered_within(network: RoleNetwork, within: str) -> NDArray[np.bool_]:
    """Which pairs are of people of the same group who both answered? people x people."""
    place, answered = network.groups(within)[0], network.answered
    pairs = (place[:, np.newaxis] == place) & np.outer(answered, answered)
    return np.asarray(pairs & ~np.eye(len(network), dtype=bool))

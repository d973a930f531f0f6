"""Sentences about conditions and paths, right whatever was found; and where each path's acts are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from newroles.boundary_work.formulas import literals
from newroles.boundary_work.team_conditions import Paths, TeamsAsCases

OUTCOME_WORDS: Mapping[str, str] = {
    "constructive": "mostly constructively",
    "destructive": "mostly destructively",
    "~constructive": "otherwise than mostly constructively",
    "~destructive": "otherwise than mostly destructively",
}


def path_in_words(term: str, names: Mapping[str, str]) -> str:
    """A path as it is said of teams. names: of conditions, without "high".

    >>> path_in_words("agreed*timed*~vacant", {"agreed": "agreement", "timed": "supervision", "vacant": "vacancy rate"})
    'high on agreement and supervision, and not on vacancy rate'
    >>> path_in_words("~vacant*~agreed", {"agreed": "agreement", "vacant": "vacancy rate"})
    'not high on vacancy rate or agreement'
    """
    parts = literals(term)
    there = [names.get(name, name.replace("_", " ")) for name, present in parts.items() if present]
    lacking = [names.get(name, name.replace("_", " ")) for name, present in parts.items() if not present]
    if not there:
        return f"not high on {_listed(lacking, 'or')}"
    return f"high on {_listed(there, 'and')}" + (f", and not on {_listed(lacking, 'or')}" if lacking else "")


def paths_in_words(paths: Paths, names: Mapping[str, str], counts: bool = True) -> str:
    """Where do teams act like this, in a sentence or two?

    paths: as `paths_to` returns them. names: of conditions. counts: whether numbers of teams may be told.
    """
    how = OUTCOME_WORDS[paths.outcome]
    if paths.why:
        return f"No combination of conditions leads to teams that act {how}: {_within(paths.why)}"
    first = paths.models[0]
    said = "; or ".join(path_in_words(term, names) for term in first)
    found = f"Teams act {how} where they are {said}."
    if len(paths.models) > 1:
        shared = [term for term in first if all(term in model for model in paths.models)]
        common = f"all of them hold {'; and '.join(path_in_words(term, names) for term in shared)}" if shared else (
            "they have no path in common"
        )  # fmt: skip
        found += f" That is one of {len(paths.models)} models that fit equally well; {common}."
    if not counts:
        return found
    fit = paths.fit
    whole = fit[fit["model"].eq(1) & fit["term"].eq("solution")].iloc[0]
    inside, against = len(whole["cases"]), len(whole["contradicting"])
    assert paths.truth_table is not None
    scores = paths.truth_table.scores
    with_outcome = int((scores.y > 0.5).sum())
    right = inside - against
    return (
        f"{found} So {_is(inside)} {_teams(inside)}, {_of_these(against)}; the paths account for "
        f"{_count(right, with_outcome)} that {'act' if with_outcome != 1 else 'acts'} {how}."
    )


def necessity_in_words(paths: Paths, names: Mapping[str, str], incl_cut: float = 0.9, ron_cut: float = 0.5) -> str:
    """Is any single condition needed? incl_cut, ron_cut: what it takes, consistency and relevance of necessity."""
    how = OUTCOME_WORDS[paths.outcome]
    table = paths.necessity
    if table.empty:
        return f"Whether a condition is needed for acting {how} can't be said."
    needed = table[table["incl"].ge(incl_cut) & table["ron"].ge(ron_cut)]
    if needed.empty:
        return f"No single condition is needed for acting {how}."
    return f"Hardly any team acts {how} unless it is {path_in_words('*'.join(needed['condition']), names)}."


def stability_in_words(paths: Paths, names: Mapping[str, str]) -> str:
    """How often is each path found again under other cut-offs and thresholds?"""
    if paths.stability.empty or paths.stability["n"].iloc[0] == 0:
        return "There is no path to be found again under other choices."
    ordered = paths.stability.sort_values("in_all", ascending=False, kind="stable")
    n = int(ordered["n"].iloc[0])
    parts = [
        f"{path_in_words(str(term), names)} in {_share(in_all)}"
        + (f", and in some of several tied models in {_share(in_some)}" if in_some else "")
        for term, in_all, in_some in zip(ordered["term"], ordered["in_all"], ordered["in_some"], strict=True)
    ]
    others = paths.grid[~paths.grid["base"]]
    alike = others["set_coincidence"].dropna()
    same = f" On average the paths then hold {_share(alike.mean())} of the same teams." if len(alike) else ""
    return (
        f"Of {n} other choices of cut-offs and thresholds, these give the very same path in every model: {'; '.join(parts)}."
        f"{same}"
    )


def opinion_in_words(paths: Paths, counts: bool = True) -> str:
    """Would a plain regression say the same? counts: whether teams may be counted and named."""
    if paths.opinion is None:
        return f"A regression couldn't be set beside it. {paths.no_opinion}".strip()
    if not counts:
        apart = len(paths.opinion.disagreements)
        return f"Regression and solution {'agree on every team' if not apart else 'part on some teams'}."
    return paths.opinion.sentence


def limits_in_words(paths: Paths) -> str:
    """Can so many teams carry so many conditions?"""
    return "There is no solution to put to the test." if paths.limits is None else str(paths.limits["sentence"])


def teams_in_words(found: TeamsAsCases) -> str:
    """How many teams are compared, and why the others aren't?"""
    left = found.cases.left_out
    compared = 0 if found.absent else len(found.sets)
    if found.absent:
        return found.absent
    said = f"{_teams(compared)} can be compared"
    if left.empty:
        return f"{said}, all with coded acts."
    reasons = left["reason"].str.split("; ").explode().value_counts()
    why = "; ".join(f"{reason}: {n}" for reason, n in reasons.items())
    return f"{said}, and {_teams(len(left))} with coded acts can't ({why})."


def paths_of(*outcomes: Paths) -> pd.DataFrame:
    """Which paths are there, and where on the page of acts is each listed?

    Returns one row per outcome and different path of its conservative models: outcome, term, anchor (unique), teams (tuple of
    cases on the path), contradicting (those of them without the outcome).
    """
    rows = []
    for paths in outcomes:
        fit = paths.fit
        if fit.empty:
            continue
        terms = fit[fit["term"].ne("solution")].drop_duplicates("term")
        name = paths.outcome.replace("~", "not-")
        rows += [
            {"outcome": paths.outcome, "term": row.term, "anchor": f"path-{name}-{number}", "teams": row.cases,
             "contradicting": row.contradicting}
            for number, row in enumerate(terms.itertuples(index=False), start=1)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["outcome", "term", "anchor", "teams", "contradicting"])


def links_to_paths(paths: Paths, page: str) -> dict[str, str]:
    """Where does each path of this outcome lead? Term -> address on that page."""
    listed = paths_of(paths)
    return {str(term): f"{page}#{anchor}" for term, anchor in zip(listed["term"], listed["anchor"], strict=True)}


def links_to_teams(found: TeamsAsCases, page: str) -> dict[str, str]:
    """Where are the acts of each team listed? Team -> address on that page."""
    return {str(team): f"{page}#{team_anchor(str(team))}" for team in found.cases.table.index}


def team_anchor(team: str) -> str:
    """The address of a team's acts on their page: its id in letters, figures and hyphens, no two alike.

    >>> team_anchor("T001"), team_anchor("Team A/1")
    ('team-T001', 'team-Team-20-A-2f-1')
    """
    return "team-" + "".join(c if c.isascii() and c.isalnum() else f"-{ord(c):x}-" for c in team)


def _listed(parts: Sequence[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def _teams(n: int) -> str:
    return f"{n} team" if n == 1 else f"{n} teams"


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


def _of_these(against: int) -> str:
    return (
        "none of which acts otherwise"
        if not against
        else f"of which {against} {'acts' if against == 1 else 'act'} otherwise"
    )


def _count(right: int, every: int) -> str:
    return f"all {_teams(every)}" if right == every and every != 1 else f"{right} of the {_teams(every)}"


def _share(share: Any) -> str:
    return f"{100 * float(share):.0f}%"


def _within(sentence: str) -> str:
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]

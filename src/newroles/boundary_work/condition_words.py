"""Sentences about conditions and paths, right whatever was found; and where each path's acts are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from newroles.boundary_work.formulas import literals
from newroles.boundary_work.team_conditions import OUTCOME_WORDS, Paths, TeamsAsCases
from newroles.boundary_work.truth_table import first_few
from newroles.phrases import counted, listed


def path_in_words(term: str, names: Mapping[str, str]) -> str:
    """What holds of the teams on a path, as a clause. names: of conditions, without "high".

    >>> path_in_words("agreed*timed*~vacant", {"agreed": "agreement", "timed": "supervision", "vacant": "vacancy rate"})
    "agreement and supervision are both high, and vacancy rate isn't"
    >>> path_in_words("~vacant*~agreed", {"agreed": "agreement", "vacant": "vacancy rate"})
    'neither vacancy rate nor agreement is high'
    """
    parts = literals(term)
    there = [names.get(name, name.replace("_", " ")) for name, present in parts.items() if present]
    lacking = [names.get(name, name.replace("_", " ")) for name, present in parts.items() if not present]
    high = "high" if not there else ""
    said = []
    if there:
        all_of = {1: "is", 2: "are both"}.get(len(there), "are all")
        said.append(f"{listed(there)} {all_of} high")
    if len(lacking) == 1:
        said.append(f"{lacking[0]} isn't {high}".rstrip())
    elif len(lacking) == 2:
        said.append(f"neither {lacking[0]} nor {lacking[1]} is {high}".rstrip())
    elif lacking:
        said.append(f"none of {listed(lacking)} is {high}".rstrip())
    return ", and ".join(said)


def paths_in_words(paths: Paths, names: Mapping[str, str], counts: bool = True) -> str:
    """Where do teams act like this, in a sentence or two?

    paths: as `paths_to` returns them. names: of conditions. counts: whether numbers of teams may be told.
    """
    how = OUTCOME_WORDS[paths.outcome]
    if paths.why:
        return f"Under which conditions teams act {how} can't be said. {paths.why}"
    first = paths.models[0]
    found = f"Teams act {how} where {_joined(first, names, '; or where ')}."
    if len(paths.models) > 1:
        shared = [term for term in first if all(term in model for model in paths.models)]
        common = "they have no path in common"
        if shared:
            common = f"what all of them say is: where {_joined(shared, names, '; and where ')}"
        found += f" That is one of {len(paths.models)} answers that fit equally well; {common}."
    if not counts:
        return found
    fit = paths.fit
    whole = fit[fit["model"].eq(1) & fit["term"].eq("solution")].iloc[0]
    inside, against = len(whole["cases"]), len(whole["contradicting"])
    assert paths.truth_table is not None
    others = int((paths.truth_table.scores.y > 0.5).sum()) - (inside - against)
    return f"{found} This holds of {counted(inside, 'team')}, {_of_these(inside, against)}; {_beside(others)}."


def necessity_in_words(
    paths: Paths, names: Mapping[str, str], incl_cut: float = 0.9, ron_cut: float = 0.5, counts: bool = True
) -> str:
    """Is any single condition needed? incl_cut, ron_cut: what it takes, consistency and relevance of necessity."""
    how = OUTCOME_WORDS[paths.outcome]
    table = paths.necessity
    if table.empty or paths.truth_table is None:
        return f"Whether a condition is needed for acting {how} can't be said."
    needed = table[table["incl"].ge(incl_cut) & table["ron"].ge(ron_cut)]
    if needed.empty:
        return f"No single condition is needed for acting {how}."
    n = int((paths.truth_table.scores.y > 0.5).sum())
    if n == 1 and counts:
        return f"Only one team acts {how}, too few to say that a condition is needed."
    every = "All" if needed["incl"].ge(1 - 1e-9).all() else "Nearly all"
    which = f"{n} teams" if counts and every == "All" else f"of the {n} teams" if counts else "teams"
    return f"{every} {which} that act {how} do so where {path_in_words('*'.join(needed['condition']), names)}."


def stability_in_words(paths: Paths, names: Mapping[str, str]) -> str:
    """How often is each path found again under other cut-offs and thresholds?"""
    if paths.stability.empty or paths.stability["n"].iloc[0] == 0:
        return "There is no path to be found again under other choices."
    ordered = paths.stability.sort_values("in_all", ascending=False, kind="stable")
    n = int(ordered["n"].iloc[0])
    parts = [
        f"{_share(in_all)} give {'that' if i else 'the path'} where {path_in_words(str(term), names)}{'' if i else ', unchanged'}"
        + (f" ({_share(in_some)} more in some of several answers)" if in_some else "")
        for i, (term, in_all, in_some) in enumerate(
            zip(ordered["term"], ordered["in_all"], ordered["in_some"], strict=True)
        )
    ]
    others = paths.grid[~paths.grid["base"]]
    alike = others["set_coincidence"].dropna()
    same = ""
    if len(alike):
        some = "the paths of those that give any" if len(alike) < len(others) else "their paths"
        same = f" On average {some} hold {_share(alike.mean())} of the same teams."
    return f"Of {n} other choice{'s' if n != 1 else ''} of cut-offs and lines, {'; '.join(parts)}.{same}"


def opinion_in_words(paths: Paths, counts: bool = True) -> str:
    """Would a plain regression say the same? counts: whether teams may be counted and named."""
    if paths.why:
        return "There is no path to set a regression beside."
    if paths.opinion is None:
        return f"A regression couldn't be set beside the paths. {paths.no_opinion if counts else ''}".strip()
    apart, n = paths.opinion.disagreements, len(paths.opinion.cases)
    if apart.empty:
        return f"A regression, asked of each team from what the others show, agrees with the paths on every team{f' ({n})' if counts else ''}."
    if not counts:
        return "A regression, asked of each team from what the others show, parts from the paths on some teams."
    right = apart["right"].value_counts()
    return (
        f"A regression, asked of each team from what the others show, agrees with the paths on {n - len(apart)} of {counted(n, 'team')}. "
        f"They part on {first_few(apart['case'].tolist())}: the paths are right about {right.get('solution', 0) or 'none'} of these, "
        f"the regression about {right.get('regression', 0) or 'none'}."
    )


def limits_in_words(paths: Paths, level: float = 0.95) -> str:
    """Can so many teams carry so many conditions? level: as given to `paths_to`."""
    found = paths.limits
    if found is None:
        return "There is no path to put to the test of chance."
    k, draws, good = (int(found[name]) for name in ("conditions", "draws", "as_good"))
    told = (
        f"{counted(int(found['cases']), 'team')} fill {found['observed']} of the {found['configurations']} combinations that "
        f"{k} condition{'s' if k != 1 else ''} can make. When the outcome was shuffled among them {draws} times, "
        f"{'no shuffle' if not good else '1 shuffle' if good == 1 else f'{good} shuffles'} gave paths as consistent, as far-reaching and as "
        f"short (p = {found['p']:.2g})"
    )
    if found["supported"]:
        return f"{told}: chance alone seldom does as well."
    return (
        f"{told}: of outcomes dealt out by chance alone, more than {_share(1 - level)} stand out as much, so there are too few teams for so many "
        "conditions, or the conditions have little to do with it."
    )


def teams_in_words(found: TeamsAsCases) -> str:
    """How many teams are compared, and why the others aren't?"""
    left = found.cases.left_out
    compared = 0 if found.absent else len(found.sets)
    if found.absent:
        return found.absent
    said = f"{counted(compared, 'team')} can be compared"
    if left.empty:
        return f"{said}, all with coded acts."
    reasons = left["reason"].str.split("; ").explode().value_counts()
    named = [_with_names(str(reason), found.names) for reason in reasons.index]
    why = "; ".join(f"{reason}: {n}" for reason, n in zip(named, reasons, strict=True))
    return f"{said}, and {counted(len(left), 'team')} with coded acts can't ({why})."


def _with_names(reason: str, names: Mapping[str, str]) -> str:
    """A reason why a team is left out, with what its conditions are called."""
    start, lacks, listed = reason.partition("no value of ")
    return start + lacks + ", ".join(names.get(name, name) for name in listed.split(", ")) if lacks else reason


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


def _of_these(inside: int, against: int) -> str:
    if not against:
        return "which acts so" if inside == 1 else "all of which act so"
    right = inside - against
    return f"{right or 'none'} of which {'acts' if right < 2 else 'act'} so"


def _beside(others: int) -> str:
    if not others:
        return "no other team does"
    return f"{others} other{' team does' if others == 1 else ' teams do'} so under other conditions"


def _joined(terms: Sequence[str], names: Mapping[str, str], word: str) -> str:
    return word.join(path_in_words(term, names) for term in terms)


def _share(share: Any) -> str:
    return f"{100 * float(share):.0f}%"

"""Which acts stand behind each path and each team: tables for a page that lists them by id, and sentences about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from newroles.boundary_work.acts import BoundaryActs
from newroles.boundary_work.cases import evidence_behind
from newroles.boundary_work.condition_words import OUTCOME_WORDS, path_in_words, paths_in_words, paths_of, team_anchor
from newroles.boundary_work.team_conditions import Paths, TeamsAsCases, paths_to
from newroles.boundary_work.words import counted
from newroles.datasets import Study

NO_TEAM = "no-team"
"""The address of acts that are about no one team; a team's own address begins otherwise, whatever the team is called."""

_BEHIND = ["outcome", "how", "term", "path", "anchor", "team", "acts", "settled", "of_tone", "documents", "agreement"]
_BEHIND += ["agreement_lowest", "lowest_name", "contradicts"]
_LISTED = ["segment", "team", "document", "method", "on", "months_since", "actor_role", "target_role", "forms", "tone"]
_LISTED += ["coders", "agreement_lowest", "lowest_name"]


def contexts_of(study: Study) -> pd.DataFrame:
    """The study's measured contexts; no rows where it measured none."""
    if study.has("contexts"):
        return study.contexts
    return pd.DataFrame(columns=["unit", "unit_kind", "indicator", "value", "measured_on"])


def paths_to_each(teams: TeamsAsCases, outcomes: Sequence[str], incl_cut: float = 0.8, n_cut: int = 1) -> list[Paths]:
    """Which paths lead to each of these outcomes? As `paths_to` finds them, without the trials of how far to trust them.

    Raises InputError as `paths_to` does.
    """
    least = {"incl_cuts": (), "n_cuts": (), "draws": 1, "n_boot": 1}
    return [paths_to(teams, outcome, incl_cut, n_cut, **least) for outcome in outcomes]  # type: ignore[arg-type]


def act_anchor(segment: str) -> str:
    """The address of an act on the page that lists it, made as a team's is.

    >>> act_anchor("S00001"), act_anchor("Interview 1")
    ('act-S00001', 'act-Interview-20-1')
    """
    return team_anchor(segment).replace("team-", "act-", 1)


def teams_behind(found: BoundaryActs, paths: Sequence[Paths], teams: TeamsAsCases) -> pd.DataFrame:
    """Which teams are on each path, how many acts does each bring, and how well did coders agree on their codes?

    found: the acts of the study. paths: one for each outcome. teams: the cases that the paths were found among.

    Returns one row per path and team: outcome, how (the outcome in words), term, path (in words), anchor (the path's address),
    team, acts, settled (those of a settled tone, of which the outcome is a share), of_tone (those of the tone that the outcome
    is about), documents, agreement (Gwet's AC1, mean over the acts' codes), agreement_lowest, lowest_name (the code that coders
    agreed on least; blank with one coder), contradicts (is the team without the outcome?).
    """
    rows = []
    names = _names(found)
    for path in paths_of(*paths).to_dict("records"):
        outcome, term, against = str(path["outcome"]), str(path["term"]), set(path["contradicting"])
        for each in evidence_behind(found, path["teams"]).to_dict("records"):
            tones = found.acts.loc[found.acts["team"].eq(each["team"]), "tone"]
            rows.append(
                {
                    "outcome": outcome,
                    "how": OUTCOME_WORDS[outcome],
                    "term": term,
                    "path": path_in_words(term, teams.names),
                    "anchor": path["anchor"],
                    **{name: each[name] for name in ("team", "acts", "documents", "agreement", "agreement_lowest")},
                    "settled": int(tones.ne("").sum()),
                    "of_tone": int(tones.eq(outcome.removeprefix("~")).sum()),
                    "lowest_name": names.get(str(each["lowest_code"]), ""),
                    "contradicts": each["team"] in against,
                }
            )
    return pd.DataFrame(rows, columns=_BEHIND)


def acts_listed(found: BoundaryActs) -> pd.DataFrame:
    """Which acts are there, team by team, and on which of its codes did coders agree least?

    Returns one row per act, teams in the order of their ids and those of no one team last, each team's acts in the order of its
    documents: segment, team, document, method, on, months_since, actor_role, target_role, forms (names), tone ("" when none was
    settled), coders, agreement_lowest (Gwet's AC1 of the code, over the whole study), lowest_name (blank with one coder).

    >>> from newroles.boundary_work.acts import acts_of_study
    >>> from newroles.datasets import load_study
    >>> acts_listed(acts_of_study(load_study("example_study"), n_boot=0)).iloc[0][["segment", "forms", "tone", "lowest_name"]].tolist()
    ['S00001', 'Creating', 'destructive', 'Destructive']
    """
    codes = pd.concat([found.forms.rename(columns={"form": "code"}), found.tones])[
        ["segment", "code", "name", "agreement"]
    ]
    least = codes.dropna(subset=["agreement"]).sort_values(["agreement", "code"]).drop_duplicates("segment")
    least = least.set_index("segment")
    names = found.forms.groupby("segment", sort=False)["name"].agg("; ".join)
    segment = found.acts["segment"]
    table = found.acts.assign(
        forms=segment.map(names),
        agreement_lowest=segment.map(least["agreement"]).astype("float64"),
        lowest_name=segment.map(least["name"].astype("object")).astype("object").fillna(""),
    )
    return table.sort_values("team", kind="stable", na_position="last", ignore_index=True)[_LISTED]


def acts_in_words(found: BoundaryActs, counts: bool = True) -> str:
    """How many acts does the study hold, of how many teams and documents, in a sentence? counts: False says no numbers."""
    acts = found.acts
    if acts.empty:
        return "This study holds no act at the boundaries between roles."
    if not counts:
        return "This study holds acts at the boundaries between roles; how many, its small-number rule leaves unsaid."
    teams, alone = acts["team"].nunique(), int(acts["team"].isna().sum())
    said = f"This study holds {counted(len(acts), 'act')} at the boundaries between roles"
    said += f", from {counted(acts['document'].nunique(), 'document')}"
    if not teams:
        return f"{said}; {'it is' if alone == 1 else 'all are'} about no one team."
    but = f"; {alone:,} of them {'is' if alone == 1 else 'are'} about no one team" if alone else ""
    return f"{said} and {counted(teams, 'team')}{but}."


def behind_in_words(found: BoundaryActs, behind: pd.DataFrame) -> str:
    """How many of the acts stand behind a path, in a sentence? behind: as `teams_behind` returns it."""
    if behind.empty:
        return "No path was found, so no act stands behind one."
    paths, teams = behind["anchor"].nunique(), set(behind["team"])
    acts = int(found.acts["team"].isin(teams).sum())
    said = f"Behind the {paths} paths stand" if paths > 1 else "Behind the one path stands" if acts == 1 else (
        "Behind the one path stand"
    )  # fmt: skip
    against = behind.loc[behind["contradicts"], "team"].nunique()
    but = f"; {counted(against, 'team')} on a path {'acts' if against == 1 else 'act'} otherwise" if against else ""
    return f"{said} {counted(acts, 'act')} of {counted(len(teams), 'team')}{but}."


def no_paths_in_words(paths: Sequence[Paths], names: Mapping[str, str]) -> str:
    """To which outcomes does no path lead, and why? "" if there is one to each. names: of conditions."""
    without = [each for each in paths if each.fit.empty]
    if without and len(without) == len(paths) and len({each.why for each in without}) == 1:
        return f"There is no path to list. {without[0].why}".strip()
    return " ".join(paths_in_words(each, names, counts=False) for each in without)


def doubtful_in_words(found: BoundaryActs) -> str:
    """How many acts had one coder alone, and how many no settled tone, in a sentence?"""
    n = len(found.acts)
    if not n:
        return "There is no act to be in doubt about."
    alone, untold = int(found.acts["coders"].eq(1).sum()), int(found.acts["tone"].eq("").sum())
    one, tone = "every act was coded by at least two coders", "every act has a settled tone"
    if alone:
        one = f"{_part(alone, n)} {'were' if 1 < alone < n else 'was'} coded by one coder alone"
    if untold:
        tone = f"{_part(untold, n)} {'have' if untold > 1 else 'has'} no settled tone"
    if untold == n:
        tone = "no act has a settled tone"
    said = f"{one}, and {tone}."
    return said[:1].upper() + said[1:]


def _names(found: BoundaryActs) -> dict[str, str]:
    tones = found.tones.drop_duplicates("code")
    own = found.forms.drop_duplicates("form")
    return dict(zip(own["form"], own["name"], strict=True)) | dict(zip(tones["code"], tones["name"], strict=True))


def _part(n: int, every: int) -> str:
    return "every act" if n == every else f"{n:,} of the {counted(every, 'act')}"

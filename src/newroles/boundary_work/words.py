"""Sentences of the chapter on acts, which say what the numbers of any study say.

Shares are of acts. A sentence has no numbers of acts, teams or documents where `counts` is False, as a small-number rule
may ask for. "Clearly" means that an interval leaves out what it is compared with.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from newroles.boundary_work.code_axes import TONES
from newroles.phrases import counted, listed

UNTOLD = "No act has a settled tone."
TOO_FEW = "Not shown under this study's small-number rule: too few acts, teams or documents lie behind it."


def coverage_in_words(acts: pd.DataFrame, counts: bool = True) -> str:
    """From how many documents and teams are the acts, for the line below a figure?

    >>> acts = pd.DataFrame({"document": ["d", "e"], "team": ["t", "t"]})
    >>> coverage_in_words(acts)
    '2 acts from 2 documents about 1 team.'
    """
    if not counts:
        return "All acts of the study; numbers as far as its small-number rule allows."
    teams = acts["team"].nunique()
    about = f"about {counted(teams, 'team')}" if teams else "about no one team"
    return f"{counted(len(acts), 'act')} from {counted(acts['document'].nunique(), 'document')} {about}."


def left_out_in_words(left_out: pd.DataFrame, counts: bool = True) -> str:
    """How many coded segments are no act, and why mostly?

    left_out: as `BoundaryActs.left_out`.

    >>> left_out_in_words(pd.DataFrame({"reason": ["no form applies", "no actor named"], "count": [43, 1]}))
    '44 coded segments are no act, most of them because of this: no form applies.'
    """
    total = int(left_out["count"].sum())
    if not total:
        return "Every coded segment is an act."
    if not counts:
        return "Some coded segments are no act."
    first = left_out.iloc[0]
    are = f"{counted(total, 'coded segment')} {'is' if total == 1 else 'are'} no act"
    which = "" if len(left_out) == 1 else "most of them " if first["count"] > total / 2 else "mainly "
    return f"{are}, {which}because of this: {first['reason']}."


def agreement_in_words(summary: pd.Series) -> str:
    """How well did coders agree on the codes behind the acts?

    summary: as `agreement_summary` returns it.

    >>> agreement_in_words(pd.Series({"codes": 2, "lowest": 0.5, "lowest_low": 0.3, "lowest_high": 0.7, "lowest_name": "Repair",
    ...     "mean": 0.6333, "not_known": 0}))
    'Of the codes behind the acts coders agreed least on Repair (AC1 0.50, interval 0.30 to 0.70); weighted by acts, the mean AC1 is 0.63.'
    """
    if pd.isna(summary["lowest"]):
        return "No two coders coded the same segments, so how well they would agree isn't known."
    low, high = summary["lowest_low"], summary["lowest_high"]
    interval = "" if pd.isna(low) or pd.isna(high) else f", interval {_coefficient(low)} to {_coefficient(high)}"
    lowest = f"{summary['lowest_name']} (AC1 {_coefficient(summary['lowest'])}{interval})"
    if summary["codes"] == 1:
        return f"One code is behind the acts, {lowest}."
    missing = summary["not_known"]
    rest = f" For {counted(missing, 'code')} it isn't known." if missing else ""
    return (
        f"Of the codes behind the acts coders agreed least on {lowest}; weighted by acts, the mean AC1 is "
        f"{_coefficient(summary['mean'])}.{rest}"
    )


def tone_in_words(profile: pd.DataFrame, title: str) -> str:
    """Of what tone are the acts?

    profile: as `tone_profile` returns it without groups; title: of the study.

    >>> profile = pd.DataFrame({"tone": ["constructive", "destructive", "depends"], "estimate": [0.5, 0.3, 0.2],
    ...     "low": [0.4, 0.2, 0.1], "high": [0.6, 0.4, 0.3], "note": ""})
    >>> tone_in_words(profile, "a study")[:94]
    '50% of acts are constructive (interval 40% to 60%), 30% destructive (20% to 40%), and of 20% ('
    """
    if profile["estimate"].isna().all():
        return f"{UNTOLD[:-1]} ({title})."
    rows = _by_tone(profile)
    said = {tone: f"{rows[tone]['estimate']:.0%}" for tone in TONES}
    bare = profile["low"].isna().all()
    within = {tone: "" if bare else f" ({_interval(rows[tone])})" for tone in TONES}
    first = within["constructive"].replace("(", "(interval ", 1)
    why = "; it has no interval, since all acts are from one place" if bare else ""
    return (
        f"{said['constructive']} of acts are constructive{first}, {said['destructive']} destructive{within['destructive']}, and of "
        f"{said['depends']}{within['depends']} the tone depends on the case ({title}{why})."
    )


def tone_title(profile: pd.DataFrame) -> str:
    """Are acts more often constructive, or destructive, as a finding? profile: as for `tone_in_words`.

    >>> tone_title(pd.DataFrame({"tone": ["constructive", "destructive"], "estimate": [0.5, 0.3], "low": [0.2, 0.1], "high": [0.8, 0.6]}))
    'Acts are not clearly more often constructive than destructive, nor the other way round: 50% against 30%'
    """
    if profile["estimate"].isna().all():
        return UNTOLD[:-1]
    way, rows = _way(profile), _by_tone(profile)
    one, other = ("destructive", "constructive") if way == "destructive" else ("constructive", "destructive")
    shares = f"{rows[one]['estimate']:.0%} against {rows[other]['estimate']:.0%}"
    if profile[["low", "high"]].isna().all(axis=None):
        return f"Whether acts are more often constructive or destructive can't be told without intervals: {shares}"
    if not way:
        return f"Acts are not clearly more often constructive than destructive, nor the other way round: {shares}"
    return f"Acts are more often {one} than {other}: {shares}"


def groups_title(profile: pd.DataFrame, by: str | Sequence[str], one: str, many: str) -> str:
    """In how many groups are acts clearly more constructive, or more destructive, as a finding?

    profile: one row per group and tone; by: the columns of the groups; one, many: what a group and groups are called.

    >>> profile = pd.DataFrame({"family": ["a", "a", "b", "b"], "tone": ["constructive", "destructive"] * 2,
    ...     "estimate": [0.8, 0.1, 0.5, 0.4], "low": [0.6, 0, 0.3, 0.2], "high": [0.9, 0.2, 0.7, 0.6]})
    >>> groups_title(profile, "family", "family of forms", "families of forms")
    'Clearly more constructive than destructive: 1 of 2 families of forms; clearly more destructive: none'
    """
    keys = [by] if isinstance(by, str) else list(by)
    ways = [_way(group) for _, group in profile.groupby(keys, sort=False, observed=True)]
    better, worse = ways.count("constructive"), ways.count("destructive")
    if not ways:
        return f"No {one} has an act of a settled tone"
    if profile[["low", "high"]].isna().all(axis=None):
        which = f"the one {one}" if len(ways) == 1 else f"any of {len(ways)} {many}"
        return f"Whether {which} is clearly more constructive, or more destructive, can't be told without intervals"
    if len(ways) == 1:
        return f"The one {one} is {_more(ways[0])}"
    if not better and not worse:
        return f"None of {len(ways)} {many} is clearly more constructive, or clearly more destructive"
    return (
        f"Clearly more constructive than destructive: {better or 'none'} of {len(ways)} {many}; clearly more destructive: "
        f"{worse or 'none'}"
    )


def forms_in_words(profile: pd.DataFrame, names: Mapping[str, str], every: bool = True) -> str:
    """Which families of forms are commonest?

    profile: as `form_profile` returns it by family, the commonest first; names: of families. every: are all families in it?

    >>> forms_in_words(pd.DataFrame({"family": ["C", "L"], "estimate": [0.6, 0.5]}), {"C": "Competing", "L": "Collaborating"})
    'The commonest families of forms are competing (60% of acts) and collaborating (50%); an act can be of several.'
    """
    if profile.empty:
        return "No family of forms has as many acts as must be for it to be shown."
    said = [(names.get(row["family"], row["family"]).lower(), row["estimate"]) for _, row in profile.head(2).iterrows()]
    if len(said) == 1:
        return f"The {'one' if every else 'commonest'} family of forms is {said[0][0]} ({said[0][1]:.0%} of acts)."
    return (
        f"The commonest families of forms are {said[0][0]} ({said[0][1]:.0%} of acts) and {said[1][0]} ({said[1][1]:.0%}); "
        "an act can be of several."
    )


def prompts_in_words(table: pd.DataFrame) -> str:
    """How often do coders overrule the tone that the codebook prompts?

    table: as `tone_against_prompt` returns it.

    >>> table = pd.DataFrame({"prompt": ["constructive", "depends"], "n": [10, 4], "count": [3, 4]})
    >>> prompts_in_words(table)
    'Where the codebook prompts a constructive tone, 30% of acts got another; where it prompts that it depends, 100%.'
    """
    pooled = {tone: table[table["prompt"] == tone] for tone in TONES}
    prompted = {"constructive": "a constructive tone", "destructive": "a destructive one", "depends": "that it depends"}
    said = [
        f"{prompted[tone]}, {rows['count'].sum() / rows['n'].sum():.0%}"
        for tone, rows in pooled.items()
        if rows["n"].sum()
    ]
    if not said:
        return "No act has both a settled tone and a form for which the codebook prompts one."
    if "tone" not in said[0]:
        said[0] = said[0].replace("one", "tone", 1)
    return f"Where the codebook prompts {said[0]} of acts got another{'; where it prompts '.join(['', *said[1:]])}."


def sides_in_words(profile: pd.DataFrame) -> str:
    """Of what tone are acts from new to existing roles, the other way round, and within each kind?

    profile: as `tone_profile` returns it by actor_kind and target_kind.

    >>> profile = pd.DataFrame({"actor_kind": "new", "target_kind": "existing", "tone": ["constructive", "destructive", "depends"],
    ...     "estimate": [0.5, 0.4, 0.1], "n": 10})
    >>> sides_in_words(profile)
    'Of 10 acts of new roles towards existing ones 50% are constructive and 40% destructive.'
    """
    called = {
        ("new", "existing"): "of new roles towards existing ones",
        ("existing", "new"): "of existing roles towards new ones",
        ("existing", "existing"): "between existing roles",
        ("new", "new"): "between new roles",
    }
    said: list[str] = []
    for (actor, target), name in called.items():
        group = profile[profile["actor_kind"].eq(actor) & profile["target_kind"].eq(target)]
        if group["estimate"].notna().any():
            rows = _by_tone(group)
            first = f"{counted(int(group['n'].iloc[0]), 'act')} {name} {rows['constructive']['estimate']:.0%}"
            are = "" if said else "are "
            said.append(f"of {first} {are}constructive and {rows['destructive']['estimate']:.0%} destructive")
    if said:
        said[0] = said[0].replace("of", "Of", 1)
    return "; ".join(said) + "." if said else UNTOLD


def new_share_title(acts: pd.DataFrame) -> str:
    """Which share of acts has a new role on one side or on both, as a finding? acts: as `with_role_kinds` returns them.

    >>> new_share_title(pd.DataFrame({"actor_kind": ["new", "existing"], "target_kind": ["existing", "existing"]}))
    '50% of acts have a new role on one side at least'
    """
    share = (acts["actor_kind"].eq("new") | acts["target_kind"].eq("new")).mean()
    whole = {0.0: "No act has a new role on either side", 1.0: "Every act has a new role on one side at least"}
    return whole.get(float(share), f"{share:.0%} of acts have a new role on one side at least")


def time_in_words(profile: pd.DataFrame, counts: bool = True) -> str:
    """How does the tone of the first stretch of time compare with that of the last?

    profile: as `tone_over_time` returns it.

    >>> profile = pd.DataFrame({"months": ["before 0"] * 2 + ["6 or later"] * 2, "tone": ["constructive", "destructive"] * 2,
    ...     "estimate": [0.2, 0.7, 0.6, 0.3], "low": [0.1, 0.5, 0.5, 0.2], "high": [0.3, 0.8, 0.7, 0.4], "teams": [3, 3, 8, 8]})
    >>> time_in_words(profile)[:142]
    'Before the month in which the new role came, 20% of acts were constructive (interval 10% to 30%) and 70% destructive (50% to 80%), in 3 teams;'
    """
    known = profile[profile["estimate"].notna()]
    stretches = list(dict.fromkeys(known["months"].astype(str)))
    if not stretches:
        return "Nothing can be said of tone over time."
    said: list[str] = []
    for stretch in dict.fromkeys([stretches[0], stretches[-1]]):
        rows = _by_tone(known[known["months"].astype(str) == stretch])
        better, worse, first = rows["constructive"], rows["destructive"], not said
        spans = [
            "" if pd.isna(row["low"]) else f" ({'interval ' if k == 0 and first else ''}{_interval(row)})"
            for k, row in enumerate((better, worse))
        ]
        of, ending = (" of acts were constructive", " destructive") if first else ("", "")
        n = int(better["teams"])
        teams = f", in {counted(n, 'team') if first else n}" if counts else ""
        share = f"{_month(stretch)}, {better['estimate']:.0%}{of}{spans[0]} and {worse['estimate']:.0%}"
        said.append(f"{share}{ending}{spans[1]}{teams}")
    text = "; ".join(said)
    rest = "" if len(stretches) > 1 else " All acts are of this one stretch, so nothing can be said of change."
    return f"{text[:1].upper()}{text[1:]}.{rest}"


def time_title(profile: pd.DataFrame) -> str:
    """Did tone change over time since the new role came, as a finding? Only if intervals of first and last don't overlap.

    >>> profile = pd.DataFrame({"months": ["before 0"] * 2 + ["6 or later"] * 2, "tone": ["constructive", "destructive"] * 2,
    ...     "estimate": [0.2, 0.7, 0.6, 0.3], "low": [0.1, 0.5, 0.5, 0.2], "high": [0.3, 0.8, 0.7, 0.4], "teams": 8})
    >>> time_title(profile)
    'More constructive acts and fewer destructive acts in the last stretch of time than in the first'
    """
    known = profile[profile["estimate"].notna()]
    stretches = list(dict.fromkeys(known["months"].astype(str)))
    if len(stretches) < 2:
        return "All acts whose month is known are of one stretch of time"
    said = []
    ends = [_by_tone(known[known["months"].astype(str) == stretch]) for stretch in (stretches[0], stretches[-1])]
    for tone in TONES[:2]:
        first, last = (rows[tone] for rows in ends)
        if last["low"] > first["high"] or last["high"] < first["low"]:
            said.append(f"{'more' if last['estimate'] > first['estimate'] else 'fewer'} {tone} acts")
    if not said:
        return "No clear change in tone between the first stretch of time and the last"
    text = listed(said)
    return f"{text[:1].upper()}{text[1:]} in the last stretch of time than in the first"


def _by_tone(profile: pd.DataFrame) -> dict[str, dict[Hashable, Any]]:
    """The rows of one group, by tone."""
    return {str(row["tone"]): row for row in profile.to_dict("records")}


def _way(group: pd.DataFrame) -> str:
    """Is a group clearly more constructive, or more destructive? "" if neither, or if there is no interval."""
    rows = _by_tone(group)
    if not {"constructive", "destructive"} <= set(rows):
        return ""
    one, other = rows["constructive"], rows["destructive"]
    return "constructive" if one["low"] > other["high"] else "destructive" if other["low"] > one["high"] else ""


def _more(way: str) -> str:
    return f"clearly more {way}" if way else "neither clearly more constructive nor clearly more destructive"


def _interval(row: Mapping[Hashable, Any]) -> str:
    return f"{row['low']:.0%} to {row['high']:.0%}"


def _month(stretch: str) -> str:
    """A stretch of time as a sentence says it: before 0 -> before month 0; 12 or later -> from month 12 on."""
    if stretch == "before 0":
        return "before the month in which the new role came"
    if stretch.startswith("before "):
        return f"before month {stretch.removeprefix('before ')}"
    if stretch.endswith(" or later"):
        return f"from month {stretch.removesuffix(' or later')} on"
    return f"in {'months' if ' to ' in stretch else 'month'} {stretch}"


def _coefficient(number: float) -> str:
    return f"{number + 0.0:.2f}".replace("-", "−")

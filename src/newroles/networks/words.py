"""Sentences of the chapters on networks, which say what the numbers of any study say."""

from __future__ import annotations

import pandas as pd

_LINES = {"role": "role", "role_kind": "new-role", "band": "band"}


def boundary_in_words(column: str) -> str:
    """What a boundary between groups of this column is called.

    >>> boundary_in_words("role"), boundary_in_words("shift_pattern")
    ('role', 'shift pattern')
    """
    return _LINES.get(column, column.replace("_", " "))


def change_title(changed: pd.Series, teams: pd.DataFrame, boundary: str, level: float = 0.05) -> str:
    """The finding of a change in the share of ties across: more, fewer, or no clear change.

    changed: the row share_across of `change`; teams: as `share_across_by_team`. A change counts as clear when its interval lies
    on one side of 0 and p is below `level`.

    >>> row = pd.Series({"change": 0.1, "low": 0.05, "high": 0.15, "p_two_sided": 0.2})
    >>> change_title(row, pd.DataFrame({"change": [0.1, 0.1]}), "role")
    'No clear change in how many ties cross a role boundary'
    """
    clear = changed["p_two_sided"] < level and (changed["low"] > 0 or changed["high"] < 0)
    if not clear:
        return f"No clear change in how many ties cross a {boundary_in_words(boundary)} boundary"
    same = len(teams) > 1 and (teams["change"] * changed["change"] > 0).all()
    return (
        f"{'More' if changed['change'] > 0 else 'Fewer'} ties cross a {boundary_in_words(boundary)} boundary after than before"
        f"{', in every team' if same else ''}"
    )


def change_in_words(changed: pd.Series, boundary: str, title: str) -> str:
    """The change in the share of ties across, as a sentence.

    changed: the row share_across of `change`; title: of the study.

    >>> row = pd.Series({"before": 0.79, "after": 0.88, "change": 0.09, "low": 0.06, "high": 0.11})
    >>> change_in_words(row, "role", "a study")[67:]
    'against 79% in the first: a change of +9 percentage points (interval +6 to +11; a study).'
    """
    if pd.isna(changed["change"]):
        return f"In one of the waves no team has a tie, so nothing can be said of change ({title})."
    interval = (
        "no interval with so few teams"
        if pd.isna(changed["low"])
        else f"interval {_points(changed['low'])} to {_points(changed['high'])}"
    )
    return (
        f"{changed['after']:.0%} of ties within teams crossed a {boundary_in_words(boundary)} boundary in the last wave, against "
        f"{changed['before']:.0%} in the first: a change of {_points(changed['change'])} percentage points ({interval}; {title})."
    )


def stayed_in_words(changed: pd.Series) -> str:
    """What the test of a change is about: people who were there both times.

    >>> stayed_in_words(pd.Series({"n_tested": 160, "stayed": 0.08, "p_two_sided": 0.008}))
    'Among people there both times the change is +8 percentage points; exchanging the waves team by team gives one as large with probability 0.008'
    """
    if pd.isna(changed["p_two_sided"]):
        return "Too few people were there both times for a test"
    return (
        f"Among people there both times the change is {_points(changed['stayed'])} percentage points; exchanging the waves team by "
        f"team gives one as large with probability {changed['p_two_sided']:.3f}"
    )


def against_chance_in_words(first: pd.Series, last: pd.Series, level: float = 0.05) -> str:
    """Did more or fewer ties cross than by chance, in the first wave and in the last, as a sentence?

    first, last: rows of `ei_index` with permutations. level: a two-sided p below it counts as a difference from chance.

    >>> row = pd.Series({"ei": 0.2, "expected": 0.5, "p_two_sided": 0.01})
    >>> against_chance_in_words(row, row.where(row.index != "ei", 0.4))[:70]
    'Both times fewer ties crossed than chance within teams would have it: '
    """
    if pd.isna(first["ei"]) or pd.isna(last["ei"]):
        return "In one of the waves there are no ties, so they can't be set against chance."
    said = [_against(wave, level) for wave in (first, last)]
    where = f"Both times {said[0]}" if said[0] == said[1] else f"In the first wave {said[0]}; in the last {said[1]}"
    return (
        f"{where}: an E-I index of {first['ei']:.2f} (expected {first['expected']:.2f}) in the first wave and of "
        f"{last['ei']:.2f} ({last['expected']:.2f}) in the last."
    )


def mixing_title(pairs: pd.DataFrame, new: str = "new roles", level: float = 0.1) -> str:
    """Are new and existing roles tied more or less than by chance, as a finding?

    pairs: group_a, group_b, ties, expected. level: a ratio closer to 1 than that counts as the same.

    >>> mixing_title(pd.DataFrame({"group_a": ["new roles"], "group_b": ["nursing"], "ties": [9], "expected": [4.0]}))
    'In the last wave new and existing roles are tied more often than chance would have it'
    """
    both = pairs[pairs["group_a"].eq(new) ^ pairs["group_b"].eq(new)]
    if not both["expected"].sum() > 0:
        return "Which families of roles are tied more or less often than chance would have it"
    ratio = both["ties"].sum() / both["expected"].sum()
    how = "about as often as" if abs(ratio - 1) < level else "more often than" if ratio > 1 else "less often than"
    return f"In the last wave new and existing roles are tied {how} chance would have it"


def comparison_in_words(people: pd.DataFrame, teams: pd.DataFrame, wave: int, counts: bool = True) -> str:
    """Are there teams without a new role to compare with, and what changed there?

    people: a study's table; teams: as `share_across_by_team`; wave: the last. counts: False says no numbers of teams.

    >>> people = pd.DataFrame({"wave": 2, "team": ["t"], "role_kind": ["new"]})
    >>> comparison_in_words(people, pd.DataFrame({"team": ["t"], "change": [0.1]}), 2)
    'Every team has somebody in a new role by the last wave, so what would have changed anyway is not taken off.'
    """
    here = people[people["wave"] == wave]
    with_new = teams["team"].isin(set(here.loc[here["role_kind"] == "new", "team"]))
    if with_new.all():
        return "Every team has somebody in a new role by the last wave, so what would have changed anyway is not taken off."
    if not with_new.any():
        return "No team has anybody in a new role by the last wave, so this is change without a new role."
    changes = teams["change"].groupby(with_new.to_numpy()).mean()
    which = f"{int(with_new.sum())} of {len(teams)}" if counts else "Some"
    return (
        f"{which} teams have somebody in a new role by the last wave; there the share changed by "
        f"{_points(changes[True])} percentage points on average, in the others by {_points(changes[False])}."
    )


def brokers_in_words(profile: pd.DataFrame, by: str = "family", new: str = "new roles") -> str:
    """How often do people in new roles stand between two others, against chance, as a sentence?

    profile: as `brokerage_by` returns it.
    """
    own = profile[profile[by].eq(new)].set_index("kind")
    if own.empty:
        return "Nobody in a new role is in this wave"
    total = own.loc["total"]
    p = f"p = {total['p_two_sided']:.2f}, two-sided" if pd.notna(total["p_two_sided"]) else "not tested"
    return (
        f"On {total['paths']:,.0f} ways somebody in a new role stands between two others; {total['expected']:,.0f} would be expected "
        f"if roles were dealt out anew within teams ({p})"
    )


def brokers_title(profile: pd.DataFrame, by: str = "family", new: str = "new roles", level: float = 0.05) -> str:
    """Do people in new roles stand between others more or less than by chance, as a finding?

    profile: as `brokerage_by` returns it. level: a two-sided p of all kinds together below it counts as a difference.

    >>> table = pd.DataFrame({"family": ["new roles"], "kind": ["total"], "paths": [9], "expected": [4.0], "p_two_sided": [0.01]})
    >>> brokers_title(table)
    'People in new roles stand between others more often than chance would have it'
    """
    own = profile[profile[by].eq(new) & profile["kind"].eq("total")]
    if own.empty:
        return "Which families of roles stand between others, with nobody in a new role"
    row = own.iloc[0]
    if not row["p_two_sided"] < level:
        return "People in new roles stand between others neither clearly more nor less often than chance would have it"
    how = "more" if row["paths"] > row["expected"] else "less"
    return f"People in new roles stand between others {how} often than chance would have it"


def gone_in_words(gone: pd.DataFrame) -> str:
    """What would be missing without everybody in a new role, against as many others, as a sentence?

    gone: the rows of `removal` for new roles.
    """
    lost = gone[gone["measure"].eq("across_lost")]
    if lost.empty or pd.isna(lost["value"].iloc[0]):
        return "Nobody in this wave is in a new role, or no tie crosses a boundary"
    row = lost.iloc[0]
    return (
        f"With them would go {row['value']:.0%} of the ties that cross a role boundary; as many people taken out at random take "
        f"{row['random']:.0%} ({row['random_low']:.0%} to {row['random_high']:.0%})"
    )


def supervision_in_words(followed: dict[str, float]) -> str:
    """Does advice run where supervision does, as a sentence?

    followed: as `share_followed` returns it.

    >>> supervision_in_words({"ties": 10, "share": 0.5, "expected": 0.25})
    'In 50% of the pairs tied by supervision one asks the other for advice; among all pairs of a team it is 25%.'
    """
    if not followed["ties"]:
        return "This study has no ties of supervision in that wave."
    return (
        f"In {followed['share']:.0%} of the pairs tied by supervision one asks the other for advice; among all pairs of a team it is "
        f"{followed['expected']:.0%}."
    )


def answered_in_words(everybody: pd.Series, left_out: int) -> str:
    """Who answered in a wave, and who was left out, as a sentence.

    everybody: the row "all" of `nonresponse`; left_out: as `complete_teams` returns it.

    >>> answered_in_words(pd.Series({"answered": 182, "people": 211}), 0)
    'In the last wave 182 of 211 people answered.'
    """
    what = "1 row of people without role, kind of role or team is" if left_out == 1 else f"{left_out} such rows are"
    rest = f"; {what.replace('such rows', 'rows of people without role, kind of role or team')} left out"
    return f"In the last wave {int(everybody['answered'])} of {int(everybody['people'])} people answered{rest if left_out else ''}."


def parts_in_words(changed: pd.Series) -> str:
    """Through whom the share of ties across changed, as a sentence.

    changed: the row share_across of `change`.

    >>> parts_in_words(pd.Series({"stayed": 0.08, "joined": 0.01, "left": -0.002}))
    'Among people who stayed, the share of ties across moved by +8 percentage points; people who came moved it by +1, those who left by 0.'
    """
    if pd.isna(changed["stayed"]) or pd.isna(changed["joined"]):
        return "Too few people stayed for the change to be parted."
    return (
        f"Among people who stayed, the share of ties across moved by {_points(changed['stayed'])} percentage points; people who came "
        f"moved it by {_points(changed['joined'])}, those who left by {_points(changed['left'])}."
    )


def rewired_in_words(drawn: pd.Series) -> str:
    """Which index chance gives when everybody keeps the number of their partners, as a sentence.

    drawn: values of the E-I index in networks rewired.

    >>> rewired_in_words(pd.Series([0.7, 0.8]))
    'Keeping how many partners everybody has, and changing with whom, gives an index of 0.75 in the last wave (0.70 to 0.80 in most draws).'
    """
    if drawn.isna().all():
        return "There are no ties to rewire."
    low, high = drawn.quantile([0.025, 0.975])
    return (
        f"Keeping how many partners everybody has, and changing with whom, gives an index of {drawn.mean():.2f} in the last wave "
        f"({low:.2f} to {high:.2f} in most draws)."
    )


def new_ties_in_words(pairs: pd.DataFrame, linked: dict[str, int], new: str = "new roles") -> str:
    """How many ties join new and existing roles, and how many people, as a sentence.

    pairs: group_a, group_b and ties; linked: as `bridges_in_counts` returns it.

    >>> table = pd.DataFrame({"group_a": ["new roles", "nursing"], "group_b": ["nursing", "nursing"], "ties": [3, 5]})
    >>> new_ties_in_words(table, {"linked": 2, "through_one": 1, "others": 9})[73:]
    '2 of 9 people in existing roles work with somebody in a new one, 1 of them with one person only.'
    """
    both = pairs[pairs["group_a"].eq(new) ^ pairs["group_b"].eq(new)]
    if not linked["linked"]:
        return "No tie joins somebody in a new role and somebody in an existing one."
    return (
        f"{int(both['ties'].sum())} of {int(pairs['ties'].sum())} ties join somebody in a new role and somebody in an existing one. "
        f"{linked['linked']} of {linked['others']} people in existing roles work with somebody in a new one, {linked['through_one']} of "
        "them with one person only."
    )


def shift_in_words(again: pd.Series) -> str:
    """How far the E-I index moves when as many people again fall silent, as a sentence.

    again: the row of `sensitivity`.

    >>> shift_in_words(pd.Series({"observed": 0.75, "mean": 0.756, "low": 0.7, "high": 0.8, "shift": 0.006, "share_silent": 0.1}))
    'If as many people again, role by role, fell silent, the E-I index would lie between 0.70 and 0.80 in most draws, against 0.75.'
    """
    if pd.isna(again["mean"]):
        return "If as many people again fell silent, there would be no ties left."
    if not again["share_silent"]:
        return "Nobody was silent, so there is nothing to try out."
    return (
        f"If as many people again, role by role, fell silent, the E-I index would lie between {again['low']:.2f} and "
        f"{again['high']:.2f} in most draws, against {again['observed']:.2f}."
    )


def bounds_in_words(limits: pd.DataFrame) -> str:
    """Between which limits the share of ties across lies, as a sentence.

    limits: as `share_across_bounds` returns it, or without rows.

    >>> bounds_in_words(pd.DataFrame({"assumption": ["none"], "low": [0.82], "high": [0.93]}))
    "Whatever those who didn't answer would have said, between 82% and 93% of ties in teams crossed a boundary in the last wave."
    """
    if limits.empty:
        return "There is no tie in the last wave, so no share of ties can be bounded."
    row = limits.iloc[0]
    return (
        f"Whatever those who didn't answer would have said, between {row['low']:.0%} and {row['high']:.0%} of ties in teams crossed "
        "a boundary in the last wave."
    )


def returned_in_words(share: float | None, relation: str) -> str:
    """Can ties of those who didn't answer be filled in from the other side, as a sentence?

    share: of ties between two who answered, those returned; None for a relation without direction.

    >>> returned_in_words(None, "works_with")
    'This relation has no direction.'
    """
    if share is None or pd.isna(share):
        return "This relation has no direction."
    verdict = "too few to fill in" if share < 0.7 else "enough to fill in"
    return (
        f"In a relation with a direction who didn't answer sent nothing. Of the ties ({relation.replace('_', ' ')}) between two who "
        f"answered {share:.0%} are returned: {verdict} what the silent would have sent from what they were sent."
    )


def _against(wave: pd.Series, level: float) -> str:
    if not wave["p_two_sided"] < level:
        return "the share of ties that crossed is not clearly different from chance within teams"
    return f"{'fewer' if wave['ei'] < wave['expected'] else 'more'} ties crossed than chance within teams would have it"


def _points(share: float) -> str:
    text = f"{100 * share:+.0f}"
    return "0" if text in ("+0", "-0") else text.replace("-", "−")

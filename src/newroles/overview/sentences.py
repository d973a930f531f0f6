"""Sentences of the overview that depend on what could be counted, and on what a small-number rule lets be told."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from newroles.overview.small_numbers import Rule, protects

RULE = "this study's small-number rule"


def commonest_role(table: pd.DataFrame, rule: Rule | None = None) -> str:
    """Which new role is the commonest, as a sentence with places for a value and its interval?

    table: one row a role, the commonest first, as `adoption_shown` returns: name, x, n, N, estimate (blank: hidden). No
    role is called the commonest when its count is hidden; of several with the same count, one is named as one of them.

    >>> table = pd.DataFrame({"name": ["Care navigator"], "x": [3], "n": [4], "N": [6], "estimate": [0.75]})
    >>> commonest_role(table).split(";")[0]
    'the commonest new role is the care navigator, in {value} of the 4 trusts that answered'
    """
    if table.empty:
        return "no report names a new role by a title that is settled, so none can be counted."
    first = table.iloc[0]
    if pd.isna(first["estimate"]):
        return f"no new role is in so many trusts that {RULE} lets their number be told."
    about = "about " if rule is not None and rule.round_to > 1 else ""
    which = "the commonest new role is" if _alone(table) else "one of the commonest new roles is"
    named = (
        f"{which} the {str(first['name']).lower()}, in {{value}} of the {about}{int(first['n'])} trusts that answered"
    )
    return f"{named}; if these are like a random draw, that makes {{interval}} of all {about}{int(first['N'])}."


def commonest_title(table: pd.DataFrame, value: str) -> str:
    """The same as the title of a figure. value: the share in words.

    >>> commonest_title(pd.DataFrame({"name": ["Care navigator"], "x": [3], "estimate": [0.75]}), "75%")
    'The commonest new role, the care navigator, is in 75% of the trusts that answered'
    """
    if table.empty or pd.isna(table["estimate"].iloc[0]):
        return "Trusts with each new role, of those that answered"
    which = "The commonest new role, the" if _alone(table) else "One of the commonest new roles, the"
    return f"{which} {str(table['name'].iloc[0]).lower()}, is in {value} of the trusts that answered"


def weighted_share(table: pd.DataFrame, rule: Rule | None = None) -> str:
    """What does weighting make of the commonest role's share, as a sentence with places for a value and its interval?

    >>> weighted_share(pd.DataFrame({"adjusted": [None]}))
    "A weighted share can't be had from this frame."
    """
    if len(table) and pd.notna(table["adjusted"].iloc[0]):
        return "Weighted by the chance of answering, given size, it is {value} ({interval})."
    return (
        f"Weighted shares are left out under {RULE}."
        if protects(rule)
        else "A weighted share can't be had from this frame."
    )


def moved_by_weighting(moved: pd.Series, rule: Rule | None = None) -> str:
    """How far does weighting move shares, as a sentence with a place for the largest distance?

    moved: the distance of each role's weighted share from its plain one; blank where there is none to show.
    """
    if moved.notna().any():
        whose = "role whose number of trusts may be shown" if protects(rule) else "role"
        return f"Weighting answers by their chance of answering moves the share of no {whose} by more than {{value}} percentage points."
    if protects(rule):
        return f"What weighting changes isn't told under {RULE}."
    return "Answers could not be weighted, since the frame doesn't say enough about the trusts."


def undecided_titles(count: int, rule: Rule | None = None) -> str:
    """How many reports use a title that nobody has decided on, as a sentence with places for value and n?

    >>> undecided_titles(12)
    "{value} of {n} reports use a job title that hasn't been matched to a role yet; they aren't counted."
    """
    if rule is not None and protects(rule) and rule.hides(count):
        return "Few reports, if any, use a job title that hasn't been matched to a role yet; they aren't counted."
    about = "About " if rule is not None and rule.round_to > 1 else ""
    return f"{about}{{value}} of {{n}} reports use a job title that hasn't been matched to a role yet; they aren't counted."


def left_out_words(table: pd.DataFrame, rule: Rule | None = None) -> str:
    """What was left out of the counts of roles, as the line under their table; under a rule without numbers.

    >>> left_out_words(pd.DataFrame({"note": ["1 report without an accepted role left out"]}))
    '1 report without an accepted role left out.'
    """
    if protects(rule):
        return "Reports without an accepted role are left out."
    note = str(table["note"].iloc[0]) if len(table) else ""
    return f"{note}." if note else ""


def widest_kind(by_kind: pd.DataFrame) -> str:
    """Which kind of skill-mix change is the most widespread, as a sentence with places for value and interval?"""
    if by_kind.empty:
        return "none could be counted."
    if pd.isna(by_kind["estimate"].iloc[0]):
        return f"none is in so many trusts that {RULE} lets their number be told."
    which = "is the most widespread" if _alone(by_kind) else "is among the most widespread"
    return f"{str(by_kind['name'].iloc[0]).lower()} {which}, in {{value}} of those that answered ({{interval}} of all, on the same condition)."


def widest_kind_title(by_kind: pd.DataFrame) -> str:
    """The same as the title of a figure.

    >>> widest_kind_title(pd.DataFrame({"name": ["Delegation"], "x": [3], "estimate": [0.5]}))
    'Delegation is in the largest share of trusts that answered'
    """
    if by_kind.empty or pd.isna(by_kind["estimate"].iloc[0]):
        return "Trusts with a new role of each kind, of those that answered"
    name = by_kind["name"].iloc[0]
    return (
        f"{name} is in the largest share of trusts that answered"
        if _alone(by_kind)
        else f"No kind is in a larger share of trusts that answered than {str(name).lower()}"
    )


def together_title(together: pd.DataFrame, words: str) -> str:
    """Which combination of kinds is the commonest, as the title of a figure? words: the first combination in words."""
    if together.empty:
        return "No kinds to combine"
    return f"{'The commonest combination is' if _alone(together) else 'One of the commonest combinations is'} {words}"


def mixed_kinds(together: pd.DataFrame, rule: Rule | None = None) -> str:
    """In how many trusts do kinds come together, as a sentence with places for value and n?"""
    if len(together):
        return "{value} of {n} trusts that answered have new roles of at least two kinds."
    if protects(rule):
        return f"How many trusts have new roles of several kinds isn't told under {RULE}."
    return "How many trusts have new roles of several kinds can't be counted, since no reported role has a kind."


def arrived(curves: pd.DataFrame, names: Mapping[str, str], rule: Rule | None = None) -> str:
    """By when did which share of trusts have the role that went furthest, as a sentence with places for its numbers?

    curves: role, date, estimate, as `adoption_curves_of` or, under a rule, `arrival_years` returns. names: of the roles.

    >>> arrived(pd.DataFrame({"role": [], "date": [], "estimate": []}), {})
    'No report says when a new role came in.'
    """
    if curves.empty:
        return (
            f"When roles came in isn't told: no role has so many dates that {RULE} lets them be shown by the year."
            if protects(rule)
            else "No report says when a new role came in."
        )
    last = furthest(curves)
    name = names.get(last["role"], str(last["role"]).replace("_", " ")).lower()
    if rule is not None and protects(rule):
        least = "about" if rule.round_to > 1 else "at least"
        return f"By the end of {last['date']:%Y}, {least} {{value}} of the trusts that answered had the {name}."
    return f"By {last['date']:%Y}, {{value}} of trusts that answered had the {name} (interval {{interval}})."


def furthest(curves: pd.DataFrame) -> pd.Series:
    """The row of a table of curves with the largest share; a row of blanks where there is none."""
    if curves.empty:
        return pd.Series({"role": None, "date": pd.NaT, "estimate": None, "low": None, "high": None, "method": "none"})
    return curves.sort_values("estimate", kind="stable").iloc[-1]


def total_words(totals: pd.DataFrame, rule: Rule | None = None) -> str:
    """What is the number of roles in all trusts, as part of a sentence with places for its value and interval?

    totals: as `roles_in_trusts` returns it, or no rows where it isn't shown.
    """
    if len(totals) and pd.notna(totals["estimate"].iloc[0]):
        return "the total is {value} (interval {interval})"
    if protects(rule):
        return f"a total would count roles in few trusts too, and isn't told under {RULE}"
    return "no total can be had from so few answers"


def spread_words(totals: pd.DataFrame) -> str:
    """How far do the methods differ, as part of a sentence with a place for the value?"""
    known = int(totals["estimate"].notna().sum())
    if known > 1:
        return "the methods differ by {value}"
    return "with a single method there is nothing to compare it with" if known else "nor can methods be compared"


def totals_title(totals: pd.DataFrame) -> str:
    """The title of a figure of totals by method.

    >>> totals_title(pd.DataFrame({"estimate": [10.2, 12.9, None]}))
    'Between 10 and 13 roles in trusts, depending on the method'
    """
    known = totals["estimate"].dropna()
    if known.empty:
        return "Roles in trusts, by method"
    low, high = f"{known.min():.0f}", f"{known.max():.0f}"
    return (
        f"Between {low} and {high} roles in trusts, depending on the method"
        if low != high
        else f"About {low} roles in trusts"
    )


def _alone(table: pd.DataFrame) -> bool:
    """Has the first row a count of its own?"""
    return len(table) < 2 or bool(
        pd.isna(table["x"].iloc[1])
        or table["x"].iloc[0] != table["x"].iloc[1]
        or ("estimate" in table.columns and pd.isna(table["estimate"].iloc[1]))
    )

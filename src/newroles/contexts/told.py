"""What a study's teams may tell under its small-number rule, and sentences that are right whatever was found of them."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from newroles.contexts.functioning import ESTIMATES, METHODS, TeamContexts, largest_effect, without_teams

_COUNTS = ("n", "clusters", "n_alpha")  # of teams and trusts
_TOO_FEW = "rests on too few teams or trusts to be shown"
_FEW_DF = "degrees of freedom"


class Rule(Protocol):
    """What is asked of a small-number rule (`disclosure.Profile` is one)."""

    @property
    def protects(self) -> bool: ...
    def hides(self, count: float) -> bool: ...


def under_rule(found: TeamContexts, rule: Rule) -> TeamContexts:
    """May a study's teams be analysed under its small-number rule?

    `found`: as `team_contexts` gives it. `rule`: the study's, as `disclosure.profile_of` gives it.

    Returns what was found where the rule would show how many teams and how many trusts there are; else TeamContexts
    without rows, which say so in `absent`.

    >>> from newroles.contexts import team_contexts
    >>> from newroles.datasets import load_codebook, load_study
    >>> from newroles.disclosure import PROFILES
    >>> found = team_contexts(load_study("example_study"), load_codebook("contexts"), load_codebook("effects"))
    >>> len(under_rule(found, PROFILES["nhs"]).teams)
    124
    """
    counts = (len(found.teams), found.teams["trust"].nunique())
    if found.absent or not rule.protects or not any(rule.hides(count) for count in counts):
        return found
    return without_teams("The study's measured teams belong to too few trusts for its small-number rule.")


def without_counts(table: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """What may be shown of estimates, beside which stands how many teams and trusts they rest on?

    `table`: one row per estimate, with any of n, clusters and n_alpha (counts of teams or trusts) and note. `rule`: the study's.

    Returns the table as it is under a rule that hides and rounds nothing. Else those columns are left out, and so is what
    a note counts; an estimate that rests on a number which the rule hides is blank, with a note that says so.

    >>> from newroles.disclosure import PROFILES
    >>> table = pd.DataFrame({"name": ["Culture", "Service"], "estimate": [2.0, 1.0], "n": [40, 6], "note": "3 blanks filled"})
    >>> without_counts(table, PROFILES["nhs"]).to_dict("list")
    {'name': ['Culture', 'Service'], 'estimate': [2.0, nan], 'note': ['', 'rests on too few teams or trusts to be shown']}
    """
    if not rule.protects:
        return table
    counts = [name for name in _COUNTS if name in table.columns]
    hidden = np.array(
        [any(pd.notna(count) and rule.hides(float(count)) for count in row) for row in table[counts].to_numpy()],
        dtype=bool,
    )
    shown = table.drop(columns=counts)
    numbers = [name for name in shown.columns if pd.api.types.is_float_dtype(shown[name])]
    shown[numbers] = shown[numbers].mask(np.repeat(hidden[:, np.newaxis], len(numbers), axis=1))
    if "note" in shown.columns:
        said = [_uncounted(note) for note in shown["note"]]
        shown["note"] = np.where(hidden, _TOO_FEW, said)
    return shown


def coverage_in_words(found: TeamContexts, trusts: pd.DataFrame, rule: Rule) -> str:
    """How many trusts have measured teams, of how many that answered, and which indicators say nothing?

    `found`: as `team_contexts` gives it. `trusts`: the study's (trust, responded). `rule`: the study's; under one that hides
    or rounds, no number is named, since the trusts that answered without measured teams may be few.

    >>> from newroles.contexts import team_contexts
    >>> from newroles.datasets import load_codebook, load_study
    >>> from newroles.disclosure import PROFILES
    >>> study = load_study("example_study")
    >>> found = team_contexts(study, load_codebook("contexts"), load_codebook("effects"))
    >>> coverage_in_words(found, study.trusts, PROFILES["none"])
    '31 trusts with measured teams; 31 of 51 trusts answered the study.'
    """
    if rule.protects:
        said = "Trusts with measured teams; how many isn't shown, by the study's small-number rule."
    else:
        answered = int(trusts["responded"].fillna(False).sum())
        measured = found.teams["trust"].nunique()
        said = f"{measured} {'trust' if measured == 1 else 'trusts'} with measured teams; {answered} of {len(trusts)} trusts answered the study."
    if found.says_nothing:
        said += f" Left out, blank or the same in every team: {_listed(found.says_nothing)}."
    return said


def alpha_in_words(scales: pd.DataFrame) -> tuple[str, str]:
    """How well do the indicators of each scale go together: a title, and a sentence on the lowest alpha?

    `scales`: as `constructs` gives them. The sentence has {value} for the lowest alpha, where there is one.

    >>> alpha_in_words(pd.DataFrame({"alpha": [0.81, 0.7, None]}))[0]
    'Indicators of a scale go together at an alpha of 0.70 to 0.81'
    """
    known = scales["alpha"].dropna().astype(float)
    unseen = "How well indicators go together can't be seen"
    if scales.empty:
        return unseen, "There is no scale, and so no alpha."
    if known.empty:
        return unseen, "No scale has an alpha: it takes two indicators of a scale, and teams with both."
    span = f"{known.min():.2f}" if len(known) == 1 else f"{known.min():.2f} to {known.max():.2f}"
    lowest = "The only alpha is {value}." if len(known) == 1 else "The lowest alpha is {value}."
    return f"Indicators of a scale go together at an alpha of {span.replace('-', '−')}", lowest


def largest_in_words(found: TeamContexts, effects: pd.DataFrame, title: str) -> str:
    """Which scale goes most with how teams function, in a sentence with {value} and {interval}?

    `found`: as `team_contexts` gives it. `effects`: as `effects_by_method` does. `title`: the study's.

    >>> effects = pd.DataFrame({"name": ["Culture"], "method": "CR2, Satterthwaite", "estimate": [2.0], "low": [1.0], "high": [3.0]})
    >>> largest_in_words(without_teams(""), effects, "A study")[:66]
    'In the study called A study, culture is the one scale that can be '
    """
    if found.absent:
        return f"In the study called {title}, contexts of teams aren't analysed. {found.absent}"
    if effects.empty:
        return f"The study called {title} tells in which contexts its teams work, but not how well they work together."
    largest = largest_effect(effects)
    if largest["estimate"] is None:
        return (
            f"In the study called {title} the contexts of teams can't be set against how they function with an interval "
            "that allows for few trusts; the figure of methods says why."
        )
    scales = effects["name"].nunique()
    has = f"{str(largest['name']).lower()} has the largest coefficient of the scales set against"
    if scales == 1:
        has = f"{str(largest['name']).lower()} is the one scale that can be set against"
    interval = " (interval {interval})" if pd.notna(largest["low"]) else ""
    return f"In the study called {title}, {has} how teams function: {{value}} points per standard deviation{interval}."


def methods_in_words(effects: pd.DataFrame) -> tuple[str, float | None]:
    """How far does the method move an estimate, at most: a title, and the number?

    `effects`: as `effects_by_method` gives them.

    >>> effects = pd.DataFrame({"name": "Culture", "method": ["CR2, Satterthwaite", "Random intercept"], "estimate": [2.0, 2.5]})
    >>> methods_in_words(effects)
    ('The method moves an estimate by 0.5 points at most, 25% of the smallest coefficient', 0.5)
    """
    known = effects.dropna(subset=["estimate"]) if len(effects) else pd.DataFrame(columns=ESTIMATES)
    if known.empty:
        return "No method gives an estimate", None
    if known.groupby("name")["method"].nunique().max() < 2:
        return "One method only gives an estimate, so methods can't be compared", None
    spans = known.groupby("name")["estimate"].agg(np.ptp)
    most = float(spans.max())
    said = f"The method moves an estimate by {most:.1f} points at most"
    smallest = known.loc[known["method"].eq(METHODS["cr2"]), "estimate"].abs().min()
    part = most / smallest if pd.notna(smallest) and smallest > 0 else np.inf
    return (f"{said}, {part:.0%} of the smallest coefficient" if part < 10 else said), most


def turns_in_words(each: pd.DataFrame) -> tuple[str, str]:
    """Does a finding hang on one trust: a title, and the end of a sentence with {value} and {n}?

    `each`: as `effects_without_each_trust` gives it. What couldn't be tested isn't said to stand.

    >>> turns_in_words(pd.DataFrame({"turns": [0, 2], "untested": [0, 0]}))[0]
    'Some findings hang on one trust'
    """
    tested = each.dropna(subset=["turns"])
    if each.empty:
        return "Nothing to test", "this study has nothing to show of that."
    if tested.empty:
        return (
            "Whether a finding hangs on one trust can't be tested",
            "whether what they tell hangs on one trust can't be tested.",
        )
    doubt = "leaving out any one trust turns {value} of its {n} estimates"
    if len(tested) == 1:
        doubt = f"leaving out one trust {'turns' if tested['turns'].iloc[0] else 'never turns'} its one estimate"
    if tested["turns"].gt(0).any():
        return "Some findings hang on one trust", f"{doubt}."
    if tested["untested"].gt(0).any():
        return "Some estimates need a certain trust", f"{doubt}, and some can't be had without a certain trust."
    return "No finding hangs on one trust", f"{doubt}."


def _uncounted(note: object) -> str:
    """The parts of a note that count nothing."""
    parts = note.split("; ") if isinstance(note, str) else []
    return "; ".join(part for part in parts if _FEW_DF in part or not any(letter.isdigit() for letter in part))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)

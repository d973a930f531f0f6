"""Sentences of the chapter on effects in a study: how far its results hold.

"Clearly" means that an interval leaves out nought.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.effects.study_checks import Decomposition
from newroles.phrases import counted, inside, listed, number, places_for, places_of


def sure_in_words(
    table: pd.DataFrame, few: pd.DataFrame, trends: pd.DataFrame, without: pd.DataFrame, error: float = 0.05
) -> str:
    """How many of the clear results stand when they are looked at more strictly?

    table: of `StudyEffects`; few, trends, without: as `few_trusts_of_study`, `trends_of_study` and `without_each_trust` return them,
    rows as in table. error: the share of false alarms allowed.
    """
    clear = ((table["low"] > 0) | (table["high"] < 0)).to_numpy()
    n = int(clear.sum())
    if not n:
        return f"None of {counted(len(table), 'measure')} moved clearly, so there is no result to put to further tests."
    bears = trends["withstands"].fillna(math.inf).ge(0.5)
    untold = without["untold"].fillna(0) if "untold" in without else pd.Series(0, without.index)
    # what is tested, whether a result stands, and whether that is known
    tests = [
        ("when all measures of a group are judged together", table["p_step_down"] < error, table["p_step_down"].notna()),
        (f"under a wild bootstrap of {'teams' if table['trusts'].eq(1).all() else 'trusts'}", few["p_wild"] < error, few["p_wild"].notna()),
        ("had dates fallen at random to other teams", few["p_placement"] < error, few["p_placement"].notna()),
        ("whichever trust is left out", without["loses"].eq(0) & untold.eq(0), without["loses"].gt(0) | (without["loses"].eq(0) & untold.eq(0))),
        ("if trends part after the start by half the largest step before it", bears, trends["note"].eq("")),
    ]  # fmt: skip
    said = "; ".join(_stands(clear, holds, known, what) for what, holds, known in tests)
    if len(table) == 1:
        return f"The one measure moved clearly. Does it stand? {said[:1].upper()}{said[1:]}."
    return f"{n} of {len(table)} measures moved clearly. Of these, still clear: {said}."


def adjusted_in_words(table: pd.DataFrame, notes: Sequence[str] = (), counts: bool = True) -> str:
    """What does it change to compare teams that are alike in the covariates?

    table: of `StudyEffects`; notes: its notes. counts: whether teams may be listed (a small-number rule asks).

    >>> table = pd.DataFrame({"name": ["Pay"], "adjusted_for": ["vacancy rate"], "estimate": [2.0], "low": [1.0], "high": [3.0],
    ...     "plain": [0.5], "plain_low": [-1.0], "plain_high": [2.0], "se": [0.5]})
    >>> adjusted_in_words(table)
    'Among teams alike in vacancy rate, pay moved by 2.0 (1.0 to 3.0); without that, by 0.5 (−1.0 to 2.0). What can be told of pay depends on it.'
    """
    own = table[table["adjusted_for"].ne("")]
    rest = " ".join(notes if counts else [re.sub(r"(which counts as never): .*", r"\1.", note) for note in notes])
    if own.empty:
        return rest or "Estimates aren't adjusted for anything that teams differed in beforehand."
    shift = ((own["estimate"] - own["plain"]).abs() / own["se"]).fillna(0)
    row = own.iloc[int(shift.to_numpy().argmax())]
    most = "" if len(own) == 1 else ", the largest difference that this makes"
    text = (
        f"Among teams alike in {row['adjusted_for']}, {inside(row['name'])} moved by {_with(row, 'estimate', 'low', 'high')}; without that, by "
        f"{_with(row, 'plain', 'plain_low', 'plain_high')}{most}."
    )
    told = [_way(r["low"], r["high"]) != _way(r["plain_low"], r["plain_high"]) for r in own.to_dict("records")]
    changed = own.loc[told, "name"].map(inside).tolist()
    text += (
        f" What can be told of {listed(changed)} depends on it."
        if changed
        else " Which measures moved clearly doesn't depend on it."
    )
    return f"{text} {rest}".strip()


def opinions_in_words(opinions: pd.DataFrame) -> str:
    """Do the estimators that suit staggered introductions point the same way, and where does the usual regression point another?

    opinions: as `opinions_of_study` returns them.
    """
    two_way = opinions["estimator"].eq("two-way fixed effects")
    placed = opinions["estimator"].eq("placement test")
    alike, same, turned, names = 0, 0, [], list(dict.fromkeys(opinions["name"]))
    if not opinions.loc[~two_way & ~placed, "estimate"].notna().groupby(opinions["name"]).sum().gt(1).any():
        return "No measure has two estimators that suit staggered introductions, so none can be set beside another."
    for name in names:
        own = opinions["name"].eq(name)
        rest = opinions[own & ~two_way & ~placed]
        ways = {float(np.sign(value)) for value in rest["estimate"].dropna()}
        usual = opinions.loc[own & two_way, "estimate"].dropna()
        agree = len(ways) == 1 and 0.0 not in ways and rest["estimate"].count() > 1
        alike += agree
        same += agree and len(usual) == 1 and float(np.sign(usual.iloc[0])) in ways
        if agree and len(usual) and float(np.sign(usual.iloc[0])) == -min(ways):
            turned.append(inside(name))
    if not alike:
        return "The estimators that suit staggered introductions don't agree on the sign of any measure."
    all_of = (
        "every measure"
        if alike == len(names) > 1
        else f"{alike} of {len(names)} measures"
        if len(names) > 1
        else "the one measure"
    )
    text = f"The estimators that suit staggered introductions agree on the sign of {all_of}. "
    if not turned and same < alike:
        return text + (
            "A regression with two-way fixed effects has the same sign where it can be had."
            if same
            else "A regression with two-way fixed effects can't be had, or finds nought."
        )
    if not turned:
        return text + "So does a regression with two-way fixed effects, which doesn't show that it measures the same."
    return text + f"A regression with two-way fixed effects has the other sign for {listed(turned)}."


def decomposed_in_words(parts: Decomposition, name: str) -> str:
    """What is the usual regression's estimate made of, for one measure?"""
    if parts.pairs.empty:
        return f"The two-way fixed-effects estimate of {inside(name)} can't be taken apart here: {parts.note}"
    wrong = parts.pairs[parts.pairs["forbidden"]]
    weight = float(wrong["weight"].sum())
    places = places_for(parts.two_way)
    text = (
        f"For {inside(name)} two-way fixed effects give {number(parts.two_way, places)}, group-time effects of the same teams "
        f"{number(parts.group_time, places)}."
    )
    if not weight:
        return f"{text} No comparison is with teams that had the role already."
    mean = float((wrong["weight"] * wrong["estimate"]).sum() / weight)
    return (
        f"{text} {weight:.0%} of the regression's weight lies on comparisons with teams that had the role already, which by themselves "
        f"say {number(mean, places)}."
    )


def decomposed_title(parts: Decomposition) -> str:
    """Do forbidden comparisons pull the estimate, as a finding?"""
    if parts.pairs.empty:
        return "The usual regression can't be taken apart here"
    weight = float(parts.pairs.loc[parts.pairs["forbidden"].astype(bool), "weight"].sum())
    if not weight:
        return "No comparison is with teams that had the role already"
    return f"{weight:.0%} of the usual regression's weight rests on comparisons with teams that had the role already"


def trends_in_words(trends: pd.DataFrame, error: float = 0.05) -> str:
    """Did trends differ before, and would it have been seen? trends: as `trends_of_study` returns them."""
    known = trends[trends["estimate"].notna()]
    if known.empty:
        return "No measure has periods before the start, with a standard error, in which trends could be looked at."
    tested = known[known["p_before"].notna()]
    seen = tested.loc[tested["p_before"] < error, "name"].map(inside).tolist()
    differed = (
        f"trends before the role came differed in {listed(seen)}"
        if seen
        else "in none did trends before the role came differ clearly"
    )
    rule = f"(joint test, p below {error:g})"
    text = "Too few trusts for a joint test of the trends before."
    if len(tested) == 1:
        text = f"In the one measure that can be tested, trends before the role came {'differed' if seen else 'did not differ clearly'} {rule}."
    elif len(tested):
        text = f"Of {len(tested)} measures that can be tested, {differed} {rule}."
    hidden = known[known["bias"] >= known["estimate"].abs()]["name"].map(inside).tolist()
    power = f"{known['power'].iloc[0]:.0%}"
    if not hidden:
        return f"{text} A straight difference in trend that could explain a whole estimate would have been seen with a chance above {power}."
    which = "every measure" if len(hidden) == len(known) > 1 else listed(hidden)
    shown = f"That shows little for {which}" if len(tested) else f"Little could be shown for {which} anyway"
    return (
        f"{text} {shown}: a straight difference in trend that is seen with a chance of {power} would add as much as "
        "the whole estimate, or more."
    )


def without_in_words(without: pd.DataFrame) -> str:
    """Does any result hang on one trust? without: as `without_each_trust` returns it."""
    known = without[without["turns"].notna()]
    if known.empty:
        return "With fewer than three trusts, none can be left out to see whether a result hangs on it."
    turns = known.loc[known["turns"].gt(0), "name"].map(inside).tolist()
    loses = known.loc[known["loses"].gt(0), "name"].map(inside).tolist()
    sign = f"The sign hangs on one trust for {listed(turns)}" if turns else "No sign hangs on one trust"
    untold = known.loc[known["untold"].gt(0), "name"].map(inside).tolist() if "untold" in known else []
    if untold:
        sign = sign if turns else "No sign is seen to hang on one trust"
    rest = f" Without one or another trust {listed(untold)} can't be estimated, or has no interval." if untold else ""
    if not loses:
        return f"{sign}, and no clear result {'is seen to lose' if untold else 'loses'} its clearness when any one is left out.{rest}"
    return f"{sign}; without one or another trust {listed(loses)} would no longer be clear.{rest}"


def kinds_in_words(kinds: pd.DataFrame, lacking: str, name: str, error: float = 0.05) -> str:
    """Did the effect differ between the kinds named in advance? kinds: as `kinds_named` returns them; lacking: as `kinds_of_study` does."""
    known = kinds[kinds["p_step_down"].notna()] if len(kinds) else kinds
    if kinds.empty:
        return f"Nothing was compared by kind of team. {lacking}".strip()
    refused = len(kinds) - len(kinds[kinds["estimate"].notna()])
    rest = (
        f" {counted(refused, 'kind')} named in advance {'has' if refused == 1 else 'have'} too few teams for a comparison, or none to compare with."
        if refused
        else ""
    )
    if known.empty:
        return f"No kind named in advance can be compared.{rest} {lacking}".strip()
    clear = known[known["p_step_down"] < error]
    said = [
        f"{inside(str(row['by']))} ({number(row['difference'], places_for(row['difference']))} against other teams)"
        for row in clear.to_dict("records")
    ]
    found = f"differed clearly for {listed(said)}" if said else "differed clearly for none of them"
    return f"Of {counted(len(known), 'kind')} compared, the effect on {inside(name)} {found}, all judged together.{rest} {lacking}".strip()


def kinds_named(kinds: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The kinds compared as a reader meets them: what, and which teams; names: of codes of skill-mix change.

    >>> kinds_named(pd.DataFrame({"by": ["X-DEL"], "kind": ["yes"]}), {"X-DEL": "Delegation"})["by"].tolist()
    ['Kind of change: delegation']
    """
    rows = kinds.to_dict("records")
    said = [
        f"Kind of change: {inside(names.get(row['by'], row['by']))}" if row["kind"] == "yes" else in_kind(row)
        for row in rows
    ]
    return kinds.assign(by=pd.Series([text[:1].upper() + text[1:] for text in said], kinds.index, dtype="str"))


def in_kind(row: Any) -> str:
    """What a kind of team is called: 'setting: community', 'team climate above the median'.

    >>> in_kind({"by": "team_climate", "kind": "above the median"})
    'team climate above the median'
    """
    by, kind = str(row["by"]).replace("_", " "), str(row["kind"]).replace("_", " ")
    return by if kind == "yes" else f"{by} {kind}" if "the median" in kind else f"{by}: {kind}"


def _with(row: Any, estimate: str, low: str, high: str) -> str:
    """An estimate with its interval."""
    ends = float(row[low]), float(row[high])
    places = places_of(*ends)
    if not all(map(math.isfinite, ends)):
        return f"{number(row[estimate], places)} (no interval)"
    return f"{number(row[estimate], places)} ({number(ends[0], places)} to {number(ends[1], places)})"


def _way(low: float, high: float) -> str:
    return "up" if low > 0 else "down" if high < 0 else ""


def _stands(clear: Any, holds: pd.Series, known: pd.Series, what: str) -> str:
    """How many of the clear results stand in one test, and of how many it can't be told."""
    stands, told = (clear & part.fillna(False).to_numpy(dtype=bool) for part in (holds, known))
    n, of = int(clear.sum()), int(told.sum())
    if not of:
        return f"not known {what}"
    said = f"{_of_all(int((stands & told).sum()), n)} {what}"
    return said if of == n else f"{said} (of {n - of} not known)"


def _of_all(n: int, of: int) -> str:
    if of == 1:
        return "yes" if n else "no"
    return "all" if n == of else str(n) if n else "none"

"""Sentences of the chapter on effects in a study, which say what the numbers of any study say.

Verbs stay with the design: measures moved, beyond what comparison teams' course suggests, after the role came. "Clearly" means that an
interval leaves out nought. Sentences have no numbers of teams, trusts or passages where `counts` is False.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from newroles.effects.joint_display import GROUPS
from newroles.effects.study_checks import Decomposition

GROUP_NAMES = {**GROUPS, "service_users": "service users"}
_EARNED = ("better", "worse")


def coverage_in_words(balance: pd.DataFrame, counts: bool = True) -> str:
    """Who was followed, for the line below a figure? balance: as `describe_panel` returns it.

    >>> rows = pd.DataFrame({"cohort": ["2022-Q1", "never", "all"], "teams": [5, 4, 9], "trusts": [2, 2, 3], "first": "2021-Q1",
    ...     "last": "2023-Q4"})
    >>> coverage_in_words(rows)
    '9 teams of 3 trusts, 2021-Q1 to 2023-Q4: 5 got a new role, 4 had none in that time.'
    """
    rows = balance.set_index("cohort")
    everybody = rows.loc["all"]
    when = f"{everybody['first']} to {everybody['last']}"
    if not counts:
        return f"All teams that can be compared, {when}; numbers as far as the study's small-number rule allows."
    never = int(rows.loc["never", "teams"]) if "never" in rows.index else 0
    got = int(everybody["teams"]) - never
    without = f"{never or 'none'} had none in that time"
    trusts = counted(int(everybody["trusts"]), "trust")
    return f"{counted(int(everybody['teams']), 'team')} of {trusts}, {when}: {got} got a new role, {without}."


def followed_title(followed: pd.DataFrame) -> str:
    """When did new roles come, as a finding? followed: as `months_followed` returns it.

    >>> rows = pd.DataFrame({"team": ["a", "b", "c"], "cohort": ["2022-Q1", "2022-Q3", "never"], "status": "before"})
    >>> followed_title(rows)
    'New roles came to 2 of 3 teams, at 2 different times'
    """
    teams = followed.drop_duplicates("team")
    adopters = teams[teams["cohort"].ne("never")]
    times = adopters["cohort"].nunique()
    when = "at one time" if times == 1 else f"at {times} different times"
    if len(adopters) == len(teams):
        return f"New roles came to all {len(teams)} teams, {when}"
    return f"New roles came to {len(adopters)} of {len(teams)} teams, {when}"


def left_out_in_words(left_out: pd.DataFrame, counts: bool = True) -> str:
    """How many teams and measures can't be compared, and why mostly? left_out: as `StudyEffects.left_out`.

    >>> left_out_in_words(pd.DataFrame({"measure": ["m", "n"], "unit": ["t", "t"], "reason": "no value is known"}))
    'Left out: 1 team, mostly because of this: no value is known.'
    """
    if left_out.empty:
        return "No team and no measure had to be left out."
    teams = left_out[left_out["unit"].notna()]
    measures = left_out[left_out["unit"].isna()]
    parts = []
    if len(teams):
        parts.append(counted(teams["unit"].nunique(), "team") if counts else "some teams")
    if len(measures):
        parts.append(counted(measures["measure"].nunique(), "whole measure"))
    return f"Left out: {listed(parts)}, mostly because of this: {left_out['reason'].mode().iloc[0]}."


def balance_in_words(balance: pd.DataFrame) -> str:
    """In what did teams with and without a new role differ beforehand, more than chance would bring about?

    balance: as `balance_of_study` returns it. "More than chance": beyond twice the standard deviation of the difference by chance.

    >>> balance_in_words(pd.DataFrame({"name": ["pay", "size"], "standardised": [0.1, -0.9], "by_chance": 0.3}))
    'Before any role came, of 2 characteristics teams that later got one differed from the others by more than chance readily brings about in one: size (−0.9 standard deviations).'
    """
    known = balance.dropna(subset=["standardised", "by_chance"])
    if known.empty:
        return "No team went without a new role throughout, so adopters can't be set against never-adopters beforehand."
    far = known[known["standardised"].abs() > 2 * known["by_chance"]]
    start = f"Before any role came, of {len(known)} characteristics teams that later got one differed from the others by more than chance readily brings about in"
    if far.empty:
        return f"{start} none."
    order = far.loc[far["standardised"].abs().sort_values(ascending=False).index].head(3)
    said = [f"{row['name']} ({number(row['standardised'], 1)} standard deviations)" for _, row in order.iterrows()]
    more = "one" if len(far) == 1 else str(len(far))
    return f"{start} {more}: {listed(said)}{', and others' if len(far) > 3 else ''}."


def gained_in_words(display: pd.DataFrame) -> str:
    """Who gained and who paid, by what was measured and by what is said?

    display: as `joint_display` returns it. A domain counts where one of the two points one way and the other doesn't point against it.

    >>> display = pd.DataFrame({"group": ["service_users", "existing_roles"], "name": ["Access", "Load"], "domain": ["a", "b"],
    ...     "measured": ["better", ""], "said": ["better", "worse"]})
    >>> gained_in_words(display)
    'After a new role came, service users gained in access (measured and said); people in existing roles paid in load (said).'
    """
    parts = []
    for group in [group for group in GROUPS if group in set(display["group"])]:
        rows = display[display["group"].eq(group)]
        ways = {way: [text for text in (_told(part, way) for _, part in rows.groupby("domain", sort=False)) if text] for way in _EARNED}
        verbs = [f"{verb} in {listed(ways[way])}" for way, verb in (("better", "gained"), ("worse", "paid")) if ways[way]]
        if verbs:
            parts.append(f"{GROUPS[group]} {' and '.join(verbs)}")
    if not parts:
        return "After a new role came, neither measures nor what people say point clearly to a gain or a price for anybody."
    return f"After a new role came, {'; '.join(parts)}."


def open_in_words(display: pd.DataFrame) -> str:
    """For whom is nothing clear, where do numbers and talk contradict each other, and what has no better end?

    >>> display = pd.DataFrame({"group": ["service_users"], "domain": ["a"], "name": ["Access"], "measure_name": ["Wait"],
    ...     "measured": ["better"], "said": ["worse"], "verdict": ["disagree"]})
    >>> open_in_words(display)
    'Numbers and talk point opposite ways on access (service users).'
    """
    said = []
    against = display[display["verdict"].eq("disagree")]
    if len(against):
        said.append(f"Numbers and talk point opposite ways on {listed(_of(against))}.")
    agreed = display[display["verdict"].eq("agree")]
    if len(agreed):
        said.append(f"They agree on {listed(_of(agreed))}." if said else f"Numbers and talk agree on {listed(_of(agreed))}.")
    split = display[display["verdict"].ne("disagree") & display["measured"].eq("unclear")]
    if len(split):
        said.append(f"Whether {listed([_low(name) for name in split['measure_name']])} changed can't be told.")
    no_end = display[display["measured"].isin(["up", "down"])]
    for row in no_end.to_dict("records"):
        way = "higher" if row["measured"] == "up" else "lower"
        said.append(f"{row['measure_name']} was clearly {way}, which is better or worse for {GROUPS[row['group']]} by nobody's rule.")
    return " ".join(said) or "Nothing was both measured and told."


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
    tests = [
        ("when all measures of a group are judged together", (table["p_step_down"] < error).to_numpy()),
        ("under a wild bootstrap of trusts", (few["p_wild"] < error).to_numpy()),
        ("had dates fallen at random to other teams", (few["p_placement"] < error).to_numpy()),
        ("whichever trust is left out", (without["loses"].eq(0) & without["estimate"].notna()).fillna(False).to_numpy(dtype=bool)),
        ("if trends may bend after the start by half the largest step before it", (trends["withstands"].fillna(math.inf).ge(0.5) & trends["note"].eq("")).to_numpy()),
    ]  # fmt: skip
    said = [f"{_of_all(int((clear & stands).sum()), n)} {what}" for what, stands in tests]
    are = "1 measure" if len(table) == 1 else f"{n} of {len(table)} measures"
    return f"{are} moved clearly. Of these, {said[0]} {'stands' if said[0].startswith('the one') else 'stand'} {''}".replace("  ", " ").rstrip() if False else (
        f"{are} moved clearly; still clear: {'; '.join(said)}."
    )


def path_in_words(events: pd.DataFrame) -> str:
    """Which measures first moved one way and later the other? events: as `since_arrival` returns them.

    >>> events = pd.DataFrame({"measure": "m", "name": "Pay", "wish": "higher", "since": [-1, 0, 1], "estimate": [0, -2.0, 2.0],
    ...     "low": [None, -3.0, 1.0], "high": [None, -1.0, 3.0]})
    >>> path_in_words(events)
    'Pay first went the worse way, and later the better.'
    """
    turned, steady = [], []
    for _, rows in events[events["since"].ge(0)].groupby(["group", "measure"] if "group" in events else ["measure"], sort=False):
        rows = rows.sort_values("since")
        up, down = rows.loc[rows["low"] > 0, "since"], rows.loc[rows["high"] < 0, "since"]
        row = rows.iloc[0]
        if len(up) and len(down):
            first = "up" if up.min() < down.min() else "down"
            ways = {"up": ("higher", "lower"), "down": ("lower", "higher")}[first]
            if row["wish"] in ("higher", "lower"):
                better = ways[0] == row["wish"]
                turned.append((row["name"], "the better way" if better else "the worse way", "the worse" if better else "the better"))
            else:
                turned.append((row["name"], ways[0], ways[1]))
        elif len(up) or len(down):
            steady.append(row["name"])
    if not turned and not steady:
        return "No measure moved clearly in any one period."
    said = [
        f"{_join([_low(name) for name, *way in turned if tuple(way) == pair])} first went {pair[0]}, and later {pair[1]}"
        for pair in dict.fromkeys((first, then) for _, first, then in turned)
    ]
    text = "; ".join(said)
    text = f"{text[:1].upper()}{text[1:]}." if text else "No measure first moved clearly one way and then the other."
    return text


def events_title(events: pd.DataFrame) -> str:
    """In how many measures does some period after the start differ clearly, and how many already before?

    >>> events = pd.DataFrame({"group": "g", "measure": ["m", "m"], "since": [-2, 0], "low": [-1.0, 1.0], "high": [1.0, 2.0]})
    >>> events_title(events)
    'Some period with the role differs clearly in 1 of 1 measures, and some period before it in none'
    """
    clear = events[(events["low"] > 0) | (events["high"] < 0)]
    keys, of = ["group", "measure"], len(events.drop_duplicates(["group", "measure"]))
    after = len(clear[clear["since"].ge(0)].drop_duplicates(keys))
    before = len(clear[clear["since"].lt(0)].drop_duplicates(keys))
    return f"Some period with the role differs clearly in {after or 'none'} of {of} measures, and some period before it in {before or 'none'}"


def display_title(display: pd.DataFrame) -> str:
    """Of how many domains do numbers and talk both point one way, and do they agree?

    >>> display_title(pd.DataFrame({"domain": ["a", "b"], "verdict": ["agree", "talk only"], "measured": ["better", ""]}))
    'Measures and talk agree on 1 of 2 domains and contradict each other on none; on the rest, one of them is silent or unclear'
    """
    by = {verdict: display.loc[display["verdict"].eq(verdict), "domain"].nunique() for verdict in ("agree", "disagree")}
    total = display["domain"].nunique()
    rest = "" if sum(by.values()) >= total else "; on the rest, one of them is silent or unclear"
    return f"Measures and talk agree on {by['agree'] or 'none'} of {total} domains and contradict each other on {by['disagree'] or 'none'}{rest}"


def adjusted_in_words(table: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """What does it change to compare teams that are alike in the covariates?

    table: of `StudyEffects`; notes: its notes.

    >>> table = pd.DataFrame({"name": ["Pay"], "adjusted_for": ["vacancy rate"], "estimate": [2.0], "low": [1.0], "high": [3.0],
    ...     "plain": [0.5], "plain_low": [-1.0], "plain_high": [2.0], "se": [0.5]})
    >>> adjusted_in_words(table)
    'Among teams alike in vacancy rate, pay moved by 2.0 (1.0 to 3.0); without that, by 0.5 (−1.0 to 2.0). What can be told of pay depends on it.'
    """
    own = table[table["adjusted_for"].ne("")]
    rest = " ".join(notes)
    if own.empty:
        return rest or "Estimates aren't adjusted for anything that teams differed in beforehand."
    shift = ((own["estimate"] - own["plain"]).abs() / own["se"]).fillna(0)
    row = own.loc[shift.idxmax()]
    most = "" if len(own) == 1 else ": the largest difference that this makes"
    text = (
        f"Among teams alike in {row['adjusted_for']}, {_low(row['name'])} moved by {_with(row, 'estimate', 'low', 'high')}; without that, by "
        f"{_with(row, 'plain', 'plain_low', 'plain_high')}{most}."
    )
    told = [_way(r["low"], r["high"]) != _way(r["plain_low"], r["plain_high"]) for r in own.to_dict("records")]
    changed = own.loc[told, "name"].map(_low).tolist()
    text += f" What can be told of {listed(changed)} depends on it." if changed else " What can be told of any measure doesn't depend on it."
    return f"{text} {rest}".strip()


def opinions_in_words(opinions: pd.DataFrame) -> str:
    """Do the estimators that suit staggered introductions point the same way, and where does the usual regression point another?

    opinions: as `opinions_of_study` returns them.
    """
    two_way = opinions["estimator"].eq("two-way fixed effects")
    placed = opinions["estimator"].eq("placement test")
    alike, turned, names = 0, [], list(dict.fromkeys(opinions["name"]))
    for name in names:
        own = opinions["name"].eq(name)
        rest = opinions[own & ~two_way & ~placed]
        ways = {value > 0 for value in rest["estimate"].dropna()}
        usual = opinions.loc[own & two_way, "estimate"].dropna()
        alike += len(ways) == 1
        if len(ways) == 1 and len(usual) and (usual.iloc[0] > 0) not in ways:
            turned.append(_low(name))
    if not alike:
        return "The estimators that suit staggered introductions don't agree on the sign of any measure."
    all_of = "every measure" if alike == len(names) > 1 else f"{alike} of {counted(len(names), 'measure')}"
    text = f"The estimators that suit staggered introductions agree on the sign of {all_of}. "
    if not turned:
        return text + "So does a regression with two-way fixed effects, which doesn't show that it measures the same."
    return text + f"A regression with two-way fixed effects has the other sign for {listed(turned)}."


def decomposed_in_words(parts: Decomposition, name: str) -> str:
    """What is the usual regression's estimate made of, for one measure?"""
    if parts.pairs.empty:
        return f"The two-way fixed-effects estimate of {_low(name)} can't be taken apart here: {parts.note}"
    wrong = parts.pairs[parts.pairs["forbidden"]]
    weight = float(wrong["weight"].sum())
    places = _places(parts.two_way)
    text = f"For {_low(name)} two-way fixed effects give {number(parts.two_way, places)}, group-time effects of the same teams {number(parts.group_time, places)}."
    if not weight:
        return f"{text} No comparison is with teams that had the role already."
    mean = float((wrong["weight"] * wrong["estimate"]).sum() / weight)
    return (
        f"{text} {weight:.0%} of the regression's weight lies on comparisons with teams that had the role already, which by themselves "
        f"say {number(mean, places)}."
    )


def decomposed_title(parts: Decomposition) -> str:
    """Do forbidden comparisons pull the estimate, as a finding?"""
    weight = float(parts.pairs.loc[parts.pairs["forbidden"], "weight"].sum())
    if not weight:
        return "No comparison is with teams that had the role already"
    return f"{weight:.0%} of the usual regression's weight rests on comparisons with teams that had the role already"


def trends_in_words(trends: pd.DataFrame, error: float = 0.05) -> str:
    """Did trends differ before, and would it have been seen? trends: as `trends_of_study` returns them."""
    known = trends[trends["estimate"].notna()]
    if known.empty:
        return "No measure has enough periods before the start to look at trends there."
    tested = known[known["p_before"].notna()]
    seen = tested.loc[tested["p_before"] < error, "name"].map(_low).tolist()
    differed = f"trends before the role came differed in {listed(seen)}" if seen else "in none did trends before the role came differ"
    text = (
        f"Of {counted(len(tested), 'measure')} that can be tested, {differed} (joint test, p below {error:g})."
        if len(tested)
        else "Too few trusts for a joint test of the trends before."
    )
    hidden = known[known["bias"] >= known["estimate"].abs()]["name"].map(_low).tolist()
    power = f"{known['power'].iloc[0]:.0%}"
    if not hidden:
        return f"{text} A straight difference in trend that could explain a whole estimate would have been seen with a chance above {power}."
    which = "every measure" if len(hidden) == len(known) > 1 else listed(hidden)
    return (
        f"{text} That shows little for {which}: a straight difference in trend that is seen with a chance of {power} would add as much as "
        "the whole estimate, or more."
    )


def without_in_words(without: pd.DataFrame) -> str:
    """Does any result hang on one trust? without: as `without_each_trust` returns it."""
    known = without[without["turns"].notna()]
    if known.empty:
        return "With fewer than three trusts, none can be left out to see whether a result hangs on it."
    turns = known.loc[known["turns"].gt(0), "name"].map(_low).tolist()
    loses = known.loc[known["loses"].gt(0), "name"].map(_low).tolist()
    sign = f"The sign hangs on one trust for {listed(turns)}" if turns else "No sign hangs on one trust"
    if not loses:
        return f"{sign}, and no clear result loses its clearness when any one is left out."
    return f"{sign}; without one or another trust {listed(loses)} would no longer be clear."


def kinds_in_words(kinds: pd.DataFrame, lacking: str, name: str, error: float = 0.05) -> str:
    """Did the effect differ between the kinds named in advance? kinds, lacking: as `kinds_of_study` returns them."""
    known = kinds[kinds["p_step_down"].notna()] if len(kinds) else kinds
    if kinds.empty:
        return f"Nothing was compared by kind of team. {lacking}".strip()
    refused = len(kinds) - len(kinds[kinds["estimate"].notna()])
    rest = f" {counted(refused, 'kind')} named in advance {'has' if refused == 1 else 'have'} too few teams for a comparison." if refused else ""
    if known.empty:
        return f"No kind named in advance can be compared.{rest} {lacking}".strip()
    clear = known[known["p_step_down"] < error]
    said = [f"{in_kind(row)} ({number(row['difference'], _places(row['difference']))} against other teams)" for row in clear.to_dict("records")]
    found = f"differed clearly for {listed(said)}" if said else "differed clearly for none of them"
    return f"Of {counted(len(known), 'kind')} compared, the effect on {_low(name)} {found}, all judged together.{rest} {lacking}".strip()


def in_kind(row: Any) -> str:
    """What a kind of team is called: 'setting: community', 'team climate above the median'.

    >>> in_kind({"by": "team_climate", "kind": "above the median"})
    'team climate above the median'
    """
    by, kind = str(row["by"]).replace("_", " "), str(row["kind"]).replace("_", " ")
    return by if kind == "yes" else f"{by} {kind}" if "the median" in kind else f"{by}: {kind}"


def counted(n: int, noun: str) -> str:
    """So many of something: 1 team, 1,200 teams."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def listed(parts: Sequence[str]) -> str:
    """Parts joined by commas and an "and": a, b and c."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def number(value: float, places: int) -> str:
    """A number with a real minus sign, and none before a nought.

    >>> number(-1.25, 1), number(-0.001, 1)
    ('−1.2', '0.0')
    """
    text = f"{value:,.{places}f}"
    return (text.lstrip("-") if float(text.replace(",", "")) == 0 else text).replace("-", "−")


def places_of(low: float, high: float) -> int:
    """How many decimals an estimate with this interval deserves: two digits of the interval's width.

    >>> places_of(0.006, 0.026), places_of(-3.1, -0.5), places_of(float("nan"), 1.0)
    (3, 1, 2)
    """
    width = high - low
    return max(0, 1 - math.floor(math.log10(width))) if math.isfinite(width) and width > 0 else 2


def _places(value: float) -> int:
    return max(0, 1 - math.floor(math.log10(abs(value)))) if math.isfinite(value) and value else 2


def _with(row: Any, estimate: str, low: str, high: str) -> str:
    """An estimate with its interval."""
    ends = float(row[low]), float(row[high])
    places = places_of(*ends)
    if not all(map(math.isfinite, ends)):
        return f"{number(row[estimate], places)} (no interval)"
    return f"{number(row[estimate], places)} ({number(ends[0], places)} to {number(ends[1], places)})"


def _way(low: float, high: float) -> str:
    return "up" if low > 0 else "down" if high < 0 else ""


def _told(rows: pd.DataFrame, way: str) -> str:
    """A domain that goes this way, with who says so; "" if none does, or one says the opposite."""
    other = "worse" if way == "better" else "better"
    measured, said = set(rows["measured"]), set(rows["said"])
    if way not in measured | said or other in measured | said:
        return ""
    who = " and ".join(word for word, held in (("measured", measured), ("said", said)) if way in held)
    return f"{_low(rows['name'].iloc[0])} ({who})"


def _of(rows: pd.DataFrame) -> list[str]:
    return [f"{_low(row['name'])} ({GROUPS[row['group']]})" for row in rows.drop_duplicates("domain").to_dict("records")]


def _of_all(n: int, of: int) -> str:
    if of == 1:
        return "it" if n else "not it"
    return "all" if n == of else str(n) if n else "none"


def _join(names: Sequence[str]) -> str:
    return listed(names) if names else ""


def _low(name: str) -> str:
    """A name within a sentence: without its capital, unless it is an acronym."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]

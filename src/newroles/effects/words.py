"""Sentences of the chapter on effects in a study: who was followed, what changed for whom, what people say.

Verbs stay with the design: measures moved, beyond what comparison teams' course suggests, after the role came. "Clearly" means that an
interval leaves out nought. Sentences have no numbers of teams, trusts or passages where `counts` is False.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.effects.joint_display import GROUPS
from newroles.phrases import counted, inside, listed, number

_EARNED = ("better", "worse")
_COUNTS = (
    "teams",
    "trusts",
    "adopters",
    "n",
    "n_adopters",
    "n_never",
    "turns",
    "loses",
    "documents",
    "mentions",
    "note",
)


def coverage_in_words(balance: pd.DataFrame, counts: bool = True) -> str:
    """Who was followed, for the line below a figure? balance: as `describe_panel` returns it.

    >>> rows = pd.DataFrame({"cohort": ["2022-Q1", "never", "all"], "teams": [5, 4, 9], "trusts": [2, 2, 3], "first": "2021-Q1",
    ...     "last": "2023-Q4"})
    >>> coverage_in_words(rows)
    '9 teams of 3 trusts, 2021-Q1 to 2023-Q4: 5 got a new role, 4 had none in that time.'
    """
    rows: Any = balance.set_index("cohort")
    everybody = rows.loc["all"]
    when = f"{everybody['first']} to {everybody['last']}"
    if not counts:
        return f"All teams that can be compared, {when}; numbers as far as the study's small-number rule allows."
    never = int(rows.loc["never", "teams"]) if "never" in rows.index else 0
    got = int(everybody["teams"]) - never
    told = f"{got} got a new role, {never} had none in that time" if never else "all got a new role in that time"
    trusts = counted(int(everybody["trusts"]), "trust")
    return f"{counted(int(everybody['teams']), 'team')} of {trusts}, {when}: {told}."


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
    'Left out: 1 team (of one measure or more), because of this: no value is known.'
    """
    if left_out.empty:
        return "No team and no measure had to be left out."
    teams = left_out[left_out["unit"].notna()]
    measures = left_out[left_out["unit"].isna()]
    parts = []
    if len(teams):
        which = counted(teams["unit"].nunique(), "team") if counts else "some teams"
        parts.append(f"{which} (of one measure or more)")
    if len(measures):
        parts.append(counted(measures["measure"].nunique(), "whole measure"))
    why = str(left_out["reason"].mode().iloc[0]).rstrip(".")
    return f"Left out: {listed(parts)}, {'mostly because of this' if len(set(left_out['reason'])) > 1 else 'because of this'}: {why}."


def balance_in_words(balance: pd.DataFrame) -> str:
    """In what did teams with and without a new role differ beforehand, more than is usual by chance?

    balance: as `balance_of_study` returns it. What is usual: the standard deviation of the difference by chance.

    >>> rows = pd.DataFrame({"name": ["pay", "size"], "standardised": [0.1, -0.9], "by_chance": 0.3})
    >>> balance_in_words(rows)[-99:]
    'more than twice what is usual by chance in 1 of 2 characteristics: size (−0.9 standard deviations).'
    """
    known = balance.dropna(subset=["standardised", "by_chance"])
    if known.empty:
        return "No team went without a new role throughout, so adopters can't be set against never-adopters beforehand."
    far = known[known["standardised"].abs() > 2 * known["by_chance"]]
    start = (
        "Before any role came, teams that later got one differed from those that never did by more than twice what is usual by "
        f"chance in {len(far) or 'none'} of {counted(len(known), 'characteristic')}"
    )
    if far.empty:
        return f"{start}."
    order = far.loc[far["standardised"].abs().sort_values(ascending=False).index].head(3)
    said = [
        f"{inside(row['name'])} ({number(row['standardised'], 1)} standard deviations)" for _, row in order.iterrows()
    ]
    return f"{start}: {listed([*said, 'others'] if len(far) > 3 else said)}."


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
        ways = {
            way: [text for text in (_told(part, way) for _, part in rows.groupby("domain", sort=False)) if text]
            for way in _EARNED
        }
        verbs = [
            f"{verb} in {listed(ways[way])}" for way, verb in (("better", "gained"), ("worse", "paid")) if ways[way]
        ]
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
        said.append(
            f"They agree on {listed(_of(agreed))}." if said else f"Numbers and talk agree on {listed(_of(agreed))}."
        )
    split = display[display["verdict"].ne("disagree") & display["measured"].eq("unclear")]
    if len(split):
        said.append(f"Whether {listed([inside(name) for name in split['measure_name']])} changed can't be told.")
    no_end = display[display["measured"].isin(["up", "down"])]
    for row in no_end.to_dict("records"):
        way = "higher" if row["measured"] == "up" else "lower"
        said.append(
            f"{row['measure_name']} was clearly {way}, and the codebook calls neither end better for {GROUPS[row['group']]}."
        )
    return " ".join(said) or "Nowhere do numbers and talk both point one way."


def path_in_words(events: pd.DataFrame) -> str:
    """Which measures first moved one way and later the other? events: as `since_arrival` returns them.

    >>> events = pd.DataFrame({"measure": "m", "name": "Pay", "wish": "higher", "since": [-1, 0, 1], "estimate": [0, -2.0, 2.0],
    ...     "low": [None, -3.0, 1.0], "high": [None, -1.0, 3.0]})
    >>> path_in_words(events)
    'Pay first went the worse way, and later the better.'
    """
    turned, steady = [], 0
    for _, rows in events[events["since"].ge(0)].groupby(
        ["group", "measure"] if "group" in events else ["measure"], sort=False
    ):
        rows = rows.sort_values("since")
        up, down = rows.loc[rows["low"] > 0, "since"], rows.loc[rows["high"] < 0, "since"]
        row = rows.iloc[0]
        if len(up) and len(down):
            first = "up" if up.min() < down.min() else "down"
            ways = {"up": ("higher", "lower"), "down": ("lower", "higher")}[first]
            if row["wish"] in ("higher", "lower"):
                better = ways[0] == row["wish"]
                turned.append(
                    (
                        row["name"],
                        "the better way" if better else "the worse way",
                        "the worse" if better else "the better",
                    )
                )
            else:
                turned.append((row["name"], ways[0], ways[1]))
        elif len(up) or len(down):
            steady += 1
    if not turned and not steady:
        return "No measure moved clearly in any one period."
    said = [
        f"{listed([inside(name) for name, *way in turned if tuple(way) == pair])} first went {pair[0]}, and later {pair[1]}"
        for pair in dict.fromkeys((first, then) for _, first, then in turned)
    ]
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else "No measure first moved clearly one way and later the other."


def events_title(events: pd.DataFrame) -> str:
    """In how many measures does some period after the start differ clearly, and how many already before?

    >>> events = pd.DataFrame({"group": "g", "measure": ["m", "m"], "since": [-2, 0], "low": [-1.0, 1.0], "high": [1.0, 2.0]})
    >>> events_title(events)
    'The one measure differs clearly in some period with the role, and in none before it'
    """
    clear = events[(events["low"] > 0) | (events["high"] < 0)]
    keys, of = ["group", "measure"], len(events.drop_duplicates(["group", "measure"]))
    after = len(clear[clear["since"].ge(0)].drop_duplicates(keys))
    before = len(clear[clear["since"].lt(0)].drop_duplicates(keys))
    if not of:
        return "No measure can be followed period by period"
    if of == 1:
        return f"The one measure differs clearly in {'some' if after else 'no'} period with the role, and in {'some' if before else 'none'} before it"
    return f"Some period with the role differs clearly in {after or 'none'} of {of} measures, and some period before it in {before or 'none'}"


def display_title(display: pd.DataFrame) -> str:
    """Of how many domains do numbers and talk both point one way, and do they agree?

    >>> display_title(pd.DataFrame({"domain": ["a", "b"], "verdict": ["agree", "talk only"], "measured": ["better", ""]}))
    'Measures and talk agree on 1 of 2 domains and contradict each other on none; on the rest, one of them is silent or unclear'
    """
    by = {verdict: display.loc[display["verdict"].eq(verdict), "domain"].nunique() for verdict in ("agree", "disagree")}
    total = display["domain"].nunique()
    if not sum(by.values()):
        return f"On none of {counted(total, 'domain')} do measures and talk both point one way"
    rest = "" if sum(by.values()) >= total else "; on the rest, one of them is silent or unclear"
    return f"Measures and talk agree on {by['agree'] or 'none'} of {total} domains and contradict each other on {by['disagree'] or 'none'}{rest}"


def uncounted(table: pd.DataFrame, columns: Sequence[str], counts: bool = True) -> pd.DataFrame:
    """These columns of a table, those that count teams, trusts or rows of teams, and notes that may, blank where `counts` is False.

    >>> uncounted(pd.DataFrame({"name": ["Pay"], "teams": [4], "p": [0.1]}), ["name", "teams"], False).values.tolist()
    [['Pay', nan]]
    """
    shown = table[list(columns)]
    return shown if counts else shown.assign(**{name: np.nan for name in shown.columns if name in _COUNTS})


def _told(rows: pd.DataFrame, way: str) -> str:
    """A domain that goes this way, with who says so; "" if none does, or one says the opposite."""
    other = "worse" if way == "better" else "better"
    measured, said = set(rows["measured"]), set(rows["said"])
    if way not in measured | said or other in measured | said:
        return ""
    who = " and ".join(word for word, held in (("measured", measured), ("said", said)) if way in held)
    return f"{inside(rows['name'].iloc[0])} ({who})"


def _of(rows: pd.DataFrame) -> list[str]:
    return [
        f"{inside(row['name'])} ({GROUPS[row['group']]})" for row in rows.drop_duplicates("domain").to_dict("records")
    ]

"""Which estimators cry wolf, and when? Sentences and titles on placebo dates that are right whatever was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from newroles.effects.placebo import STORIES
from newroles.errors import InputError, did_you_mean
from newroles.phrases import listed

IN_WORDS: Mapping[str, str] = {
    "two_way_ols": "two-way fixed effects with ordinary errors",
    "two_way_cr1": "two-way fixed effects with clustered errors (CR1)",
    "two_way_cr2": "two-way fixed effects with clustered errors (CR2)",
    "group_time": "group-time effects with clustered errors",
    "placement": "the placement test",
}
VERDICTS = {"often": "too often", "due": "about as often as is due", "seldom": "less often than is due"}


def with_verdicts(alarms: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Does an estimator cry wolf too often: does the interval of its false alarms lie above, around or below what is due?

    `alarms`: as `false_alarms` or `placebo_test` return it. Returns it with due (1 - level), verdict (often, due, seldom; blank
    where no share is known), and percent, percent_low, percent_high.

    >>> with_verdicts(pd.DataFrame({"share": [0.2], "low": [0.1], "high": [0.3]}))["verdict"].tolist()
    ['often']
    """
    due = 1 - level
    verdict = np.select(
        [alarms["share"].isna(), alarms["low"] > due, alarms["high"] < due], ["", "often", "seldom"], "due"
    )
    percents = {
        f"percent{end}": 100 * alarms[name] for end, name in (("", "share"), ("_low", "low"), ("_high", "high"))
    }
    return alarms.assign(due=due, verdict=verdict, **percents)


def story_in_words(alarms: pd.DataFrame, story: str, level: float = 0.95) -> str:
    """Which estimators cry wolf too often under a story of how dates came about, in a sentence?

    `alarms`: as `false_alarms` returns it.

    >>> rows = pd.DataFrame({"story": "chance", "estimator": ["two_way_ols", "group_time"], "share": [0.2, 0.05], "draws": 200})
    >>> said = story_in_words(rows.assign(low=[0.15, 0.03], high=[0.26, 0.09], units=50), "chance")
    >>> said.split(", and ")[0]
    'With dates dealt out at random, alarms come too often from two-way fixed effects with ordinary errors (20%)'
    """
    own = with_verdicts(alarms[alarms["story"].eq(story)], level)
    if own.empty:
        raise InputError(f"There is no story '{story}' here. {did_you_mean(story, alarms['story'].unique())}")
    when = _story_clause(story, int(own["units"].iloc[0]))
    if own["verdict"].eq("").all():
        return f"{when}, nothing could be estimated."
    known = own[own["verdict"].ne("")]
    if len(known) > 1 and known["verdict"].eq(known["verdict"].iloc[0]).all():
        verdict = VERDICTS[known["verdict"].iloc[0]]
        return f"{when}, alarms come {verdict} from all {len(known)} methods ({_range(known['share'])})."
    parts: list[str] = []
    held = [verdict for verdict in VERDICTS if known["verdict"].eq(verdict).any()]
    for verdict in held:
        such = known[known["verdict"].eq(verdict)]
        if parts and verdict == held[-1] and len(such) > 1:
            names = [f"the other {len(such)} ({_range(such['share'])})"]
        else:
            names = [f"{IN_WORDS[row['estimator']]} ({row['share']:.0%})" for row in such.to_dict("records")]
        parts.append(f"{VERDICTS[verdict]} from {listed(names)}")
    return f"{when}, alarms come {', and '.join(parts)}."


def alarms_title(alarms: pd.DataFrame, stories: Sequence[str], level: float = 0.95) -> str:
    """Under how many stories does which share of the methods cry wolf too often, as the title of a figure?

    `alarms`: as `false_alarms` returns it; `stories`: those that are drawn.

    >>> rows = pd.DataFrame({"story": ["chance", "course"], "estimator": "group_time", "share": [0.05, 0.9], "units": 9})
    >>> rows = rows.assign(low=[0.03, 0.8], high=[0.1, 0.95])
    >>> alarms_title(rows, ["chance"])
    'With dates dealt out at random no method cries wolf too often'
    >>> alarms_title(rows, ["chance", "course"])
    'Under 1 of 2 stories of how dates came about, every method cries wolf too often'
    """
    judged = with_verdicts(alarms[alarms["story"].isin(stories)], level)
    if judged["verdict"].eq("").all():
        return "Nothing could be estimated under these stories of how dates came about"
    often = judged["verdict"].eq("often")
    if not often.any():
        if set(stories) <= {"chance", "few"}:
            return "With dates dealt out at random no method cries wolf too often"
        return "Under none of these stories of how dates came about a method cries wolf too often"
    every = often.groupby(judged["story"]).all()
    if every.any():
        which = "every story" if every.all() else f"{int(every.sum())} of {len(every)} stories"
        return f"Under {which} of how dates came about, every method cries wolf too often"
    if often.sum() == 1:
        return f"Too many false alarms under one story: {IN_WORDS[judged.loc[often, 'estimator'].iloc[0]]}"
    by = judged.loc[often, "estimator"].unique()
    if len(by) <= 2:
        return f"Too many false alarms: {listed([IN_WORDS[name] for name in by])}"
    return f"{len(by)} of {judged['estimator'].nunique()} methods cry wolf too often under one story or more"


def nil_in_words(alarms: pd.DataFrame, story: str, estimator: str = "group_time", unit: str = "points") -> str:
    """How large is the effect that an estimator finds on average where there is none, in a sentence?

    `alarms`: as `false_alarms` returns it. `unit`: of the outcome.

    >>> rows = pd.DataFrame({"story": ["chance"], "estimator": ["group_time"], "estimate": [-1.94], "units": [9]})
    >>> nil_in_words(rows, "chance")
    'With dates dealt out at random, group-time effects with clustered errors find −1.9 points on average, and the truth is nil.'
    """
    own = alarms[alarms["story"].eq(story) & alarms["estimator"].eq(estimator)]
    if own.empty or pd.isna(own["estimate"].iloc[0]):
        return f"What {IN_WORDS[estimator]} find then isn't known."
    row = own.iloc[0]
    found = f"{row['estimate']:.1f}".replace("-", "−").replace("−0.0", "0.0")
    when = _story_clause(story, int(row["units"]))
    return f"{when}, {IN_WORDS[estimator]} find {found} {unit} on average, and the truth is nil."


def units_in_words(covered: str, alarms: pd.DataFrame) -> str:
    """How many units does each story have, after a sentence on all of them? `alarms`: as `false_alarms` returns it.

    >>> units_in_words("9 providers.", pd.DataFrame({"story": ["few", "course"], "units": [5, 9]}))
    '9 providers. A story uses 5 to 9 of them: those drawn for it, or with the history that it needs.'
    """
    least, most = int(alarms["units"].min()), int(alarms["units"].max())
    if least == most:
        return covered
    return f"{covered} A story uses {least} to {most} of them: those drawn for it, or with the history that it needs."


def _story_clause(story: str, units: int) -> str:
    clause = {
        "chance": "With dates dealt out at random",
        "few": f"With dates dealt out at random among {units} providers",
        "size": "Where larger providers start, and first",
        "change_before": "Where providers start that had just improved",
        "level_before": "Where providers start that did well before",
        "course": "Where providers start that rise throughout",
    }
    return clause.get(story, STORIES.get(story, story))


def _range(shares: pd.Series) -> str:
    low, high = f"{shares.min():.0%}", f"{shares.max():.0%}"
    return low if low == high else f"{low} to {high}"

"""What do patients' coded comments say? Tables of shares with intervals, and sentences that are right whatever was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets.intervals import wilson
from newroles.errors import InputError, did_you_mean

MENTAL_HEALTH_TRUST: Mapping[str, str] = {
    "local_mental_health": "Local mental health services",
    "forensic": "Forensic services",
    "community_health": "Community health services",
}
"""Services of the one mental health and community trust in the open table of themes."""
SENTIMENTS: Mapping[str, str] = {
    "very_positive": "Very positive",
    "positive": "Positive",
    "neutral": "Neutral",
    "negative": "Negative",
    "very_negative": "Very negative",
}
HIDDEN = "hidden: small number"


def sentiment_shares(
    themes: pd.DataFrame, services: Sequence[str] = tuple(MENTAL_HEALTH_TRUST), level: float = 0.95
) -> pd.DataFrame:
    """Which share of the coded comments on a service has which sentiment?

    `themes`: the open table feedback_themes. `services`: of it. `level`: of Wilson's intervals, as if comments were drawn at
    random from all that might have been written, which they weren't.

    Returns one row per service and sentiment, both in order: service, service_name, sentiment, sentiment_name, estimate, low, high (per cent
    of comments), comments, n (coded comments on the service).

    Raises InputError for a service without comments.

    >>> from newroles.datasets import load_open
    >>> table = sentiment_shares(load_open("feedback_themes"), ["forensic"])
    >>> bool(np.isclose(table["estimate"].sum(), 100)), table["n"].iloc[0] == table["comments"].sum()
    (True, np.True_)
    """
    each = themes.drop_duplicates(["service", "sentiment"]).set_index(["service", "sentiment"])["coded_comments"]
    rows = []
    for service in services:
        held = _of_service(themes, service)
        counts = [int(each.get((service, sentiment), 0)) for sentiment in SENTIMENTS]
        if not sum(counts) or held.empty:
            raise InputError(f"There is no coded comment on '{service}'.")
        for (sentiment, name), count in zip(SENTIMENTS.items(), counts, strict=True):
            row = {"service": service, "service_name": MENTAL_HEALTH_TRUST.get(service, service.replace("_", " "))}
            rows.append(row | {"sentiment": sentiment, "sentiment_name": name, "comments": count, "n": sum(counts)})
    table = pd.DataFrame(rows)
    return _with_interval(table, level)


def theme_shares(
    themes: pd.DataFrame, service: str, sentiments: Sequence[str], most: int = 12, level: float = 0.95
) -> pd.DataFrame:
    """In which share of the comments of a sentiment does each of a service's commonest themes come up?

    `themes`: the open table feedback_themes. `sentiments`: one or two of `SENTIMENTS`. `most`: how many themes, by all comments on
    the service. `level`: of Wilson's intervals. Counts that the table hides stay hidden, and aren't worked out from others.

    Returns one row per theme and sentiment: theme (capital first), sentiment, sentiment_name, estimate, low, high (per cent of the
    sentiment's comments; blank where hidden), comments, n, theme_comments, note (why an estimate is blank).

    Raises InputError for an unknown service or sentiment, and when no theme has a total.

    >>> from newroles.datasets import load_open
    >>> table = theme_shares(load_open("feedback_themes"), "local_mental_health", ["very_negative"], 2)
    >>> len(table), bool(table["n"].nunique() == 1)
    (2, True)
    """
    for sentiment in sentiments:
        if sentiment not in SENTIMENTS:
            raise InputError(f"There is no sentiment '{sentiment}'. {did_you_mean(str(sentiment), SENTIMENTS)}")
    rows = _of_service(themes, service)
    totals = rows.drop_duplicates("theme").set_index("theme")["theme_comments"].dropna().astype(int)
    common = totals.sort_values(ascending=False, kind="stable").index[:most]
    if not len(common):
        raise InputError(f"No theme of '{service}' has a total that may be shown.")
    chosen = rows[rows["theme"].isin(common) & rows["sentiment"].isin(sentiments)].copy()
    place = {theme: i for i, theme in enumerate(common)}
    order = chosen["theme"].map(place) * 10 + chosen["sentiment"].map({s: i for i, s in enumerate(sentiments)})
    chosen = chosen.assign(order=order).sort_values("order", kind="stable")
    hidden = chosen["suppressed"].astype(bool)
    table = pd.DataFrame(
        {
            "theme": chosen["theme"].str.capitalize(),
            "sentiment": chosen["sentiment"],
            "sentiment_name": chosen["sentiment"].map(SENTIMENTS).str.lower() + " comments",
            "comments": chosen["comments"].astype(float).where(~hidden),
            "n": chosen["coded_comments"].astype(int),
            "theme_comments": chosen["theme_comments"].astype(int),
            "note": np.where(hidden, HIDDEN, ""),
        }
    ).reset_index(drop=True)
    return _with_interval(table, level)


def sentiment_in_words(shares: pd.DataFrame, service: str) -> str:
    """How many comments on a service praise and how many complain, in a sentence? `shares`: as `sentiment_shares` returns.

    >>> rows = pd.DataFrame({"service": "x", "service_name": "Wards", "sentiment": list(SENTIMENTS), "comments": [3, 1, 0, 4, 2]})
    >>> sentiment_in_words(rows, "x")
    'Of 10 coded comments on wards, 40% (17% to 69%) are positive or very positive and 60% (31% to 83%) negative or very negative.'
    """
    own = shares[shares["service"].eq(service)].set_index("sentiment")
    n = int(own["comments"].sum())
    praise, complaint = (
        _share_in_words(int(own.loc[[kind, f"very_{kind}"], "comments"].sum()), n) for kind in ("positive", "negative")
    )
    name = _lower(own["service_name"].iloc[0])
    return f"Of {n:,} coded comments on {name}, {praise} are positive or very positive and {complaint} negative or very negative."


def themes_in_words(shares: pd.DataFrame) -> str:
    """Which theme comes up most in the comments of each sentiment, in a sentence? `shares`: as `theme_shares` returns.

    >>> rows = pd.DataFrame({"theme": ["Staff", "Waiting"], "sentiment": "negative", "sentiment_name": "negative comments"})
    >>> themes_in_words(rows.assign(estimate=[20.0, 30], low=[15.0, 25], high=[25.0, 35], n=100))
    'Among the themes shown, the one that comes up most in 100 negative comments is waiting, in 30% (25% to 35%).'
    """
    told, hidden = [], []
    for name, own in shares.groupby("sentiment_name", sort=False):
        known = own.dropna(subset=["estimate"])
        if known.empty:
            hidden.append(f"In {own['n'].iloc[0]:,} {name} all counts are hidden.")
            continue
        top = known.iloc[int(known["estimate"].argmax())]
        what = f"{top['theme'][0].lower()}{top['theme'][1:]}, in {top['estimate']:.0f}% ({top['low']:.0f}% to {top['high']:.0f}%)"
        told.append(f"in {top['n']:,} {name} is {what}")
    if not told:
        return "All counts of the themes shown are hidden."
    words = "Among the themes shown, the one that comes up most " + ", and ".join(told) + "."
    return " ".join([words, *hidden])


def praise_title(shares: pd.DataFrame) -> str:
    """Do comments on services praise more than they complain, as the title of a figure? `shares`: as `sentiment_shares` returns.

    >>> rows = pd.DataFrame({"service": "x", "sentiment": list(SENTIMENTS), "comments": [3, 1, 0, 4, 2]})
    >>> praise_title(rows)
    'Comments praise more than they complain in 0 of 1 service'
    """
    counts = shares.pivot_table(index="service", columns="sentiment", values="comments", aggfunc="sum")
    more = (counts["positive"] + counts["very_positive"]) > (counts["negative"] + counts["very_negative"])
    if more.all() and len(more) > 1:
        return "Comments on all these services praise more often than they complain"
    return f"Comments praise more than they complain in {int(more.sum())} of {len(more)} service{'s' if len(more) > 1 else ''}"


def themes_title(shares: pd.DataFrame) -> str:
    """Which theme comes up most in each sentiment, as the title of a figure? `shares`: as `theme_shares` returns.

    >>> rows = pd.DataFrame({"theme": ["Staff", "Waiting"], "sentiment_name": "negative comments", "estimate": [20.0, 30]})
    >>> themes_title(rows)
    'Waiting comes up most in negative comments'
    """
    known = shares.dropna(subset=["estimate"])
    if known.empty:
        return "The counts of these themes are hidden"
    tops = [
        (str(own.iloc[int(own["estimate"].argmax())]["theme"]), str(name))
        for name, own in known.groupby("sentiment_name", sort=False)
    ]
    first, *others = tops
    rest = "".join(f"; {theme[0].lower()}{theme[1:]} in {name}" for theme, name in others)
    return f"{first[0]} comes up most in {first[1]}{rest}"


def hidden_in_words(shares: pd.DataFrame) -> str:
    """How many of the shares are hidden, as the line under a figure? `shares`: as `theme_shares` returns.

    >>> hidden_in_words(pd.DataFrame({"note": ["", HIDDEN]}))
    '1 of 2 counts is hidden at the source table, because it is small or would give a small one away.'
    """
    n = int(shares["note"].eq(HIDDEN).sum())
    if not n:
        return "No count is hidden."
    verb, it, they = ("is", "it", "is") if n == 1 else ("are", "they", "are")
    return f"{n} of {len(shares)} counts {verb} hidden at the source table, because {it} {they} small or would give a small one away."


def _of_service(themes: pd.DataFrame, service: str) -> pd.DataFrame:
    known = themes["service"].unique()
    if service not in known:
        raise InputError(f"There is no service '{service}'. {did_you_mean(service, map(str, known))}")
    return themes[themes["service"].eq(service)]


def _with_interval(table: pd.DataFrame, level: float) -> pd.DataFrame:
    share = table["comments"] / table["n"].where(table["n"] > 0)
    low, high = wilson(share, table["n"], level)
    ends: dict[str, Any] = {"estimate": 100 * share, "low": 100 * low, "high": 100 * high}
    return table.assign(**ends)


def _share_in_words(count: int, n: int) -> str:
    low, high = wilson(count / n, n)
    return f"{count / n:.0%} ({float(low):.0%} to {float(high):.0%})"


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]

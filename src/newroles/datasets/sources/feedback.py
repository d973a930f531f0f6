"""What people wrote about: themes of patient feedback by service and sentiment, and which themes come together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newroles.datasets.sources import files
from newroles.datasets.sources.feedback_words import OTHER_SERVICE, SENTIMENTS, SERVICES, THEMES
from newroles.datasets.sources.tables import Column, OpenTable

SMALLEST_SHOWN = 5
Counts = NDArray[np.int64]


def coded_comments(feedback: pd.DataFrame) -> pd.DataFrame:
    """The comments that were given a theme and a sentiment: service, sentiment, and each theme as 0 or 1."""
    themes = feedback[list(THEMES)].rename(columns=THEMES).fillna(0).astype(int)
    service = feedback["Service type 1"].map(SERVICES).fillna(OTHER_SERVICE)
    sentiment = feedback["Comment sentiment"].map(SENTIMENTS)
    table = pd.concat([service.rename("service"), sentiment.rename("sentiment"), themes], axis=1)
    return table.loc[sentiment.notna() & (themes.sum(axis=1) > 0)].reset_index(drop=True)


def feedback_themes(feedback: pd.DataFrame) -> pd.DataFrame:
    """What did people comment on, in each service, when they were pleased and when they were not?

    One row per service, sentiment and theme that the service has. Counts of 1 to 4 are blank (`suppressed`), and with
    them whatever cells would give them away next to the theme's total over all sentiments, `theme_comments`. A theme
    with fewer than 5 comments in a service has neither counts nor a total there.
    """
    comments = coded_comments(feedback)
    themes = list(THEMES.values())
    groups = pd.MultiIndex.from_product([sorted(set(comments["service"])), SENTIMENTS.values()])
    counts = comments.groupby(["service", "sentiment"])[themes].sum().reindex(groups, fill_value=0)
    long = counts.rename_axis(["service", "sentiment"]).reset_index()
    table = long.melt(id_vars=["service", "sentiment"], var_name="theme", value_name="comments")
    table = in_order(table)
    table["theme_comments"] = table.groupby(["service", "theme"])["comments"].transform("sum")
    table = table.loc[table["theme_comments"] > 0].reset_index(drop=True)
    sizes = comments.groupby(["service", "sentiment"]).size()
    table["coded_comments"] = [sizes.get(key, 0) for key in zip(table["service"], table["sentiment"], strict=True)]
    table["suppressed"], total_shown = suppress(table)
    table["comments"] = table["comments"].where(~table["suppressed"])
    table["theme_comments"] = table["theme_comments"].where(total_shown)
    table["share"] = table["comments"] / table["coded_comments"].where(table["coded_comments"] > 0)
    return table[[column.name for column in THEME_COLUMNS]]


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Services by name, sentiments from the most positive, themes as the coding framework lists them."""
    places = {name: place for place, name in enumerate([*SENTIMENTS.values(), *THEMES.values()])}
    return table.sort_values(
        ["service", "sentiment", "theme"],
        key=lambda values: values if values.name == "service" else values.map(places),
        ignore_index=True,
    )


def suppress(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Which cells must be blank, and beside which may the theme's total stand?

    `table`: one row per service, sentiment and theme: comments, coded_comments. Returns two columns of True and False.
    """
    hidden = pd.Series(False, index=table.index)
    total_shown = pd.Series(False, index=table.index)
    for _, theme in table.groupby(["service", "theme"]):
        counts, sizes = theme["comments"].to_numpy(), theme["coded_comments"].to_numpy()
        hidden[theme.index], total_shown[theme.index] = protect_theme(counts, sizes)
    return hidden, total_shown


def protect_theme(counts: Counts, sizes: Counts) -> tuple[NDArray[np.bool_], bool]:
    """Which of a theme's counts by sentiment must be blank, and may their total be shown?

    `counts`: comments with the theme, `sizes`: comments in all, both by sentiment. Below 5 comments in all everything is
    blank. Otherwise counts of 1 to 4 are, and then one cell after another (the smallest count first, zeros last) until
    each of the small counts could be another one from 1 to 4, even for a reader who knows which blanks are small. Where
    that can't be reached, everything is blank.

    >>> hidden, total_shown = protect_theme(np.array([1, 1, 0, 7, 40]), np.array([50, 50, 50, 50, 50]))
    >>> hidden.tolist(), total_shown  # next to a total of 49, the two blanks alone could only be 1 and 1
    ([True, True, False, True, False], True)
    """
    small = (counts > 0) & (counts < SMALLEST_SHOWN)
    hidden = small.copy()
    can_go = sorted(np.flatnonzero(~small & (sizes > 0)), key=lambda cell: (counts[cell] == 0, counts[cell]))
    if counts.sum() >= SMALLEST_SHOWN:
        while gives_away(counts, sizes, hidden, small) and can_go:
            hidden[can_go.pop(0)] = True
        if not gives_away(counts, sizes, hidden, small):
            return hidden, True
    return np.ones(len(counts), dtype=bool), False


def gives_away(counts: Counts, sizes: Counts, hidden: NDArray[np.bool_], small: NDArray[np.bool_]) -> bool:
    """Does the sum of the hidden cells leave only one value to any small one?"""
    low = np.where(small, 1, 0)[hidden]
    high = np.where(small, np.minimum(SMALLEST_SHOWN - 1, sizes), sizes)[hidden]
    total = counts[hidden].sum()
    least = np.maximum(low, total - (high.sum() - high))
    most = np.minimum(high, total - (low.sum() - low))
    return bool((least == most)[small[hidden]].any())


def feedback_theme_pairs(feedback: pd.DataFrame) -> pd.DataFrame:
    """Which themes come together in one comment more often than chance would have it?

    One row per service and pair of themes that chance alone would bring together at least once, and whose totals
    feedback_themes shows (`theme_comments`). `expected` is the count if the two were independent, `lift` both / expected,
    `phi` the correlation of the two marks. Pairs counted 1 to 4 times are blank (`suppressed`).
    """
    comments = coded_comments(feedback)
    themes = feedback_themes(feedback)
    shown = themes.loc[themes["theme_comments"].notna()].groupby("service")["theme"].agg(set)
    parts = [
        pairs_of_service(str(service), of_service, [theme for theme in THEMES.values() if theme in shown[service]])
        for service, of_service in comments.groupby("service")
        if service in shown.index
    ]
    table = pd.concat(parts, ignore_index=True)
    table["suppressed"] = table["both"].between(1, SMALLEST_SHOWN - 1)
    table[["both", "lift", "phi"]] = table[["both", "lift", "phi"]].where(~table["suppressed"])
    return table[[column.name for column in _PAIR_COLUMNS]]


def pairs_of_service(service: str, comments: pd.DataFrame, themes: list[str]) -> pd.DataFrame:
    """Each pair of these themes that is common enough to judge in one service, before any count is suppressed."""
    marks = comments[themes].to_numpy()
    n, totals, together = len(marks), marks.sum(axis=0), marks.T @ marks
    rows = []
    for a, b in combinations(range(len(themes)), 2):
        expected = totals[a] * totals[b] / n
        if expected < 1:
            continue
        spread = np.sqrt(float(totals[a]) * totals[b] * (n - totals[a]) * (n - totals[b]))
        covered = together[a, b] * n - totals[a] * totals[b]
        rows.append(
            {
                "service": service,
                "theme_a": themes[a],
                "theme_b": themes[b],
                "both": together[a, b],
                "expected": expected,
                "lift": together[a, b] / expected,
                "phi": covered / spread if spread else np.nan,
                "coded_comments": n,
            }
        )
    return pd.DataFrame(rows, columns=[column.name for column in _PAIR_COLUMNS if column.name != "suppressed"])


SERVICE = Column(
    "service",
    "string",
    (
        "Service commented on: local mental health, forensic and community health of a mental health and "
        "community trust; 111, patient transport and see-and-convey of an ambulance trust."
    ),
)
THEME_COLUMNS = (
    SERVICE,
    Column("sentiment", "string", "Sentiment the coder gave the comment: very_positive to very_negative."),
    Column("theme", "string", "Theme of the coding framework, in our words."),
    Column("comments", "integer", "Comments coded with the theme; blank where suppressed.", "comments"),
    Column("share", "number", "comments over coded_comments.", "0-1"),
    Column(
        "coded_comments", "integer", "Comments of the service and sentiment that have at least one theme.", "comments"
    ),
    Column(
        "theme_comments",
        "integer",
        (
            "Comments of the service coded with the theme, of whatever sentiment; blank below 5, and where the total "
            "would give a small count away."
        ),
        "comments",
    ),
    Column(
        "suppressed",
        "boolean",
        (
            "Whether the count is left blank to protect people: 1 to 4 comments, a cell that would give such a one "
            "away, or any cell of a theme without a total."
        ),
    ),
)
_PAIR_COLUMNS = (
    SERVICE,
    Column("theme_a", "string", "First theme."),
    Column("theme_b", "string", "Second theme."),
    Column("both", "integer", "Comments coded with both; blank where suppressed.", "comments"),
    Column(
        "expected",
        "number",
        "Comments with both if the themes were independent, by their totals (theme_comments in feedback_themes).",
        "comments",
        2,
    ),
    Column("lift", "number", "both over expected; 1 is independence.", "ratio", 3),
    Column("phi", "number", "Correlation of the two marks.", "-1 to 1"),
    Column("coded_comments", "integer", "Comments of the service that have at least one theme.", "comments"),
    Column("suppressed", "boolean", "Whether the count (1 to 4 comments) is left blank to protect people."),
)
SOURCE = (
    {
        "name": (
            "Patient experience qualitative data categorisation, Nottinghamshire Healthcare and The Strategy "
            "Unit, coding framework v6"
        ),
        "url": "https://github.com/The-Strategy-Unit/pxtextmining",
    },
)
LICENCE = "MIT, (c) 2021 NHS England"
ATTRIBUTION = (
    "Computed from coded comments of the pxtextmining project, MIT licence, (c) 2021 NHS England; the full notice is in "
    "LICENSES.md."
)
PERIOD = "framework of 2023-08"
PLACE = "England: one mental health and community trust, one ambulance trust"
PROBLEMS = (
    (
        "Friends and Family Test comments of two English trusts that agreed to share them; people choose to "
        "comment, so shares describe comments, not service users."
    ),
    (
        "One coding a comment, by the coders of one project led from one provider: nothing is known here about agreement "
        "between coders, and another team might code otherwise."
    ),
    (
        "Answers to several questions (what was good, what could be better); comments are counted, and one person may have "
        "answered up to three."
    ),
    (
        "Comments that could not be labelled, or got no theme or no sentiment, are left out. Nothing in them is "
        "about new roles."
    ),
)

TABLES = (
    OpenTable(
        name="feedback_themes",
        title="Themes of patient feedback by service and sentiment",
        builder=feedback_themes,
        inputs={"feedback": files.FEEDBACK},
        one_row_is="one theme of the comments of one sentiment about one service",
        period=PERIOD,
        place=PLACE,
        source=SOURCE,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        columns=THEME_COLUMNS,
        known_problems=PROBLEMS,
    ),
    OpenTable(
        name="feedback_theme_pairs",
        title="Themes of patient feedback that come together",
        builder=feedback_theme_pairs,
        inputs={"feedback": files.FEEDBACK},
        one_row_is="one pair of themes in the comments about one service",
        period=PERIOD,
        place=PLACE,
        source=SOURCE,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        columns=_PAIR_COLUMNS,
        known_problems=PROBLEMS,
    ),
)

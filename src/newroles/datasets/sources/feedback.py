"""What people wrote about: themes of patient feedback by service and sentiment, and which themes come together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from newroles.datasets.sources import files
from newroles.datasets.sources.feedback_words import OTHER_SERVICE, SENTIMENTS, SERVICES, THEMES
from newroles.datasets.sources.tables import Column, OpenTable

SMALLEST_SHOWN = 5


def coded_comments(feedback: pd.DataFrame) -> pd.DataFrame:
    """The comments that were given a theme and a sentiment: service, sentiment, and each theme as 0 or 1."""
    themes = feedback[list(THEMES)].rename(columns=THEMES).fillna(0).astype(int)
    service = feedback["Service type 1"].map(SERVICES).fillna(OTHER_SERVICE)
    sentiment = feedback["Comment sentiment"].map(SENTIMENTS)
    table = pd.concat([service.rename("service"), sentiment.rename("sentiment"), themes], axis=1)
    return table.loc[sentiment.notna() & (themes.sum(axis=1) > 0)].reset_index(drop=True)


def feedback_themes(feedback: pd.DataFrame) -> pd.DataFrame:
    """What did people comment on, in each service, when they were pleased and when they were not?

    One row per service, sentiment and theme that the service has. Counts of 1 to 4 are blank (`suppressed`); when one
    cell alone of a service's theme is blank, the next smallest is blanked too, so that no sum gives it away.
    """
    comments = coded_comments(feedback)
    themes = list(THEMES.values())
    groups = pd.MultiIndex.from_product([sorted(set(comments["service"])), SENTIMENTS.values()])
    counts = comments.groupby(["service", "sentiment"])[themes].sum().reindex(groups, fill_value=0)
    long = counts.rename_axis(["service", "sentiment"]).reset_index()
    table = long.melt(id_vars=["service", "sentiment"], var_name="theme", value_name="comments")
    table = in_order(table)
    table = table.loc[table.groupby(["service", "theme"])["comments"].transform("sum") > 0].reset_index(drop=True)
    sizes = comments.groupby(["service", "sentiment"]).size()
    table["coded_comments"] = [sizes.get(key, 0) for key in zip(table["service"], table["sentiment"], strict=True)]
    table["suppressed"] = suppress(table["comments"], [table["service"], table["theme"]])
    table["comments"] = table["comments"].where(~table["suppressed"])
    table["share"] = table["comments"] / table["coded_comments"].where(table["coded_comments"] > 0)
    return table[[column.name for column in _THEME_COLUMNS]]


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Services by name, sentiments from the most positive, themes as the coding framework lists them."""
    places = {name: place for place, name in enumerate([*SENTIMENTS.values(), *THEMES.values()])}
    return table.sort_values(
        ["service", "sentiment", "theme"],
        key=lambda values: values if values.name == "service" else values.map(places),
        ignore_index=True,
    )


def suppress(counts: pd.Series, groups: list[pd.Series]) -> pd.Series:
    """Which cells must be left blank, so that neither they nor a sum over their group gives a count of 1 to 4 away?

    A group with one small cell loses its next smallest cell too (a zero one only if there is no other).
    """
    hidden = (counts > 0) & (counts < SMALLEST_SHOWN)
    for _, cells in counts.groupby(groups):
        if hidden[cells.index].sum() == 1 and len(cells) > 1:
            others = cells[~hidden[cells.index]]
            above_zero = others[others > 0]
            smallest = above_zero if len(above_zero) else others
            hidden |= hidden.index == smallest.idxmin()
    return hidden.astype(bool)


def feedback_theme_pairs(feedback: pd.DataFrame) -> pd.DataFrame:
    """Which themes come together in one comment more often than chance would have it?

    One row per service and pair of themes that each have at least 5 comments there and that chance alone would bring
    together at least once. `expected` is the count if the two were independent, `lift` both / expected, `phi` the
    correlation of the two marks. Pairs counted 1 to 4 times are blank (`suppressed`).
    """
    comments = coded_comments(feedback)
    parts = [pairs_of_service(str(service), of_service) for service, of_service in comments.groupby("service")]
    table = pd.concat(parts, ignore_index=True)
    table["suppressed"] = table["both"].between(1, SMALLEST_SHOWN - 1)
    table[["both", "lift", "phi"]] = table[["both", "lift", "phi"]].where(~table["suppressed"])
    return table[[column.name for column in _PAIR_COLUMNS]]


def pairs_of_service(service: str, comments: pd.DataFrame) -> pd.DataFrame:
    """Each pair of themes of one service that is common enough to judge, before any count is suppressed."""
    marks = comments[list(THEMES.values())].to_numpy()
    n, totals, together = len(marks), marks.sum(axis=0), marks.T @ marks
    names = list(THEMES.values())
    common = [place for place in range(len(names)) if totals[place] >= SMALLEST_SHOWN]
    rows = []
    for a, b in combinations(common, 2):
        expected = totals[a] * totals[b] / n
        if expected < 1:
            continue
        spread = np.sqrt(float(totals[a]) * totals[b] * (n - totals[a]) * (n - totals[b]))
        covered = together[a, b] * n - totals[a] * totals[b]
        rows.append(
            {
                "service": service,
                "theme_a": names[a],
                "theme_b": names[b],
                "both": together[a, b],
                "expected": expected,
                "lift": together[a, b] / expected,
                "phi": covered / spread if spread else np.nan,
                "coded_comments": n,
            }
        )
    return pd.DataFrame(rows)


_THEME_COLUMNS = (
    Column(
        "service",
        "string",
        (
            "Service commented on: local mental health, forensic and community health of a mental health and "
            "community trust; 111, patient transport and see-and-convey of an ambulance trust."
        ),
    ),
    Column("sentiment", "string", "Sentiment the coder gave the comment: very_positive to very_negative."),
    Column("theme", "string", "Theme of the coding framework, in our words."),
    Column("comments", "integer", "Comments coded with the theme; blank where suppressed.", "comments"),
    Column("share", "number", "comments over coded_comments.", "0-1"),
    Column(
        "coded_comments", "integer", "Comments of the service and sentiment that have at least one theme.", "comments"
    ),
    Column(
        "suppressed",
        "boolean",
        (
            "Whether the count is left blank to protect people: 1 to 4 comments, or a cell that would give such "
            "a one away."
        ),
    ),
)
_PAIR_COLUMNS = (
    _THEME_COLUMNS[0],
    Column("theme_a", "string", "First theme."),
    Column("theme_b", "string", "Second theme."),
    Column("both", "integer", "Comments coded with both; blank where suppressed.", "comments"),
    Column("expected", "number", "Comments with both if the themes were independent.", "comments", 2),
    Column("lift", "number", "both over expected; 1 is independence.", "ratio", 3),
    Column("phi", "number", "Correlation of the two marks.", "-1 to 1"),
    Column("coded_comments", "integer", "Comments of the service that have at least one theme.", "comments"),
    Column("suppressed", "boolean", "Whether the count (1 to 4 comments) is left blank to protect people."),
)
_SOURCE = (
    {
        "name": (
            "Patient experience qualitative data categorisation, Nottinghamshire Healthcare and The Strategy "
            "Unit, coding framework v6"
        ),
        "url": "https://github.com/The-Strategy-Unit/pxtextmining",
    },
)
_PROBLEMS = (
    (
        "Friends and Family Test comments of two English trusts that agreed to share them; people choose to "
        "comment, so shares describe comments, not service users."
    ),
    "One coder a comment: nothing is known here about agreement between coders.",
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
        period="framework of 2023-08",
        place="England: one mental health and community trust, one ambulance trust",
        source=_SOURCE,
        licence="MIT, (c) 2021 NHS England",
        attribution=(
            "Computed from coded comments of the pxtextmining project, MIT licence, (c) 2021 NHS England; the "
            "full notice is in LICENSES.md."
        ),
        columns=_THEME_COLUMNS,
        known_problems=_PROBLEMS,
    ),
    OpenTable(
        name="feedback_theme_pairs",
        title="Themes of patient feedback that come together",
        builder=feedback_theme_pairs,
        inputs={"feedback": files.FEEDBACK},
        one_row_is="one pair of themes in the comments about one service",
        period="framework of 2023-08",
        place="England: one mental health and community trust, one ambulance trust",
        source=_SOURCE,
        licence="MIT, (c) 2021 NHS England",
        attribution=(
            "Computed from coded comments of the pxtextmining project, MIT licence, (c) 2021 NHS England; the "
            "full notice is in LICENSES.md."
        ),
        columns=_PAIR_COLUMNS,
        known_problems=_PROBLEMS,
    ),
)

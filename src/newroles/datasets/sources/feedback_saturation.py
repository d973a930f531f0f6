"""How many comments does one have to read? Themes found among the first so many, in random order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import hypergeom

from newroles.datasets.sources import files
from newroles.datasets.sources.feedback import (
    ATTRIBUTION,
    LICENCE,
    PERIOD,
    PLACE,
    PROBLEMS,
    SERVICE,
    SOURCE,
    coded_comments,
    feedback_themes,
)
from newroles.datasets.sources.feedback_words import OTHER_SERVICE, THEMES
from newroles.datasets.sources.tables import Column, OpenTable

ORDERS = 1000
SEED = 20230831  # the framework's date
STEPS = (10, 12, 15, 20, 25, 30, 40, 50, 60, 80)  # a tenfold in ten steps of about a quarter


def feedback_saturation(feedback: pd.DataFrame) -> pd.DataFrame:
    """How many themes would somebody have met after so many comments about a service, read in random order?

    One row per service and number of comments read. `expected_codes` is exact (hypergeometric); `low` and `high` hold
    the middle 95 % of 1,000 random orders drawn with a fixed seed. Comments of no known service are left out.

    A curve tells how many themes have 1, 2, 3 or 4 comments, but not which. It would tell where all themes without a
    total in feedback_themes were equally common; such a service is left out. Nor is there a curve of all services
    together: some theme's total over all of them could be picked out, and its hidden part with it.

    Source: the expectation is Hurlbert (1971), Ecology 52: 577-586, https://doi.org/10.2307/1934145, with comments for
    sampling units.
    """
    comments = coded_comments(feedback)
    themes = feedback_themes(feedback)
    without_total = themes.loc[themes["theme_comments"].isna()].groupby("service")["theme"].agg(set)
    rng = np.random.default_rng(SEED)
    parts = []
    for service, of_service in comments.loc[comments["service"] != OTHER_SERVICE].groupby("service"):
        marks = of_service[list(THEMES.values())]
        if not singles_out(marks[[theme for theme in marks if theme in without_total.get(service, ())]].sum()):
            parts.append(saturation_curve(marks.to_numpy(), rng).assign(service=service))
    return pd.concat(parts, ignore_index=True)[[column.name for column in _COLUMNS]]


def singles_out(hidden_totals: pd.Series) -> bool:
    """Would a list of these totals, without names, still tell each theme's total, as all are the same?

    >>> [singles_out(pd.Series(totals)) for totals in ([1, 1], [3], [1, 2], [])]
    [True, True, False, False]
    """
    return len(set(hidden_totals)) == 1


def saturation_curve(marks: NDArray[np.int64], rng: np.random.Generator) -> pd.DataFrame:
    """The curve of one service; `marks`: one row a comment, one column a theme, 0 or 1."""
    marks = marks[:, marks.any(axis=0)]
    n, sizes = len(marks), reading_sizes(len(marks))
    found = codes_in_random_orders(marks, sizes, rng)
    low, high = np.quantile(found, [0.025, 0.975], axis=0, method="inverted_cdf")  # whole numbers: never between two
    return pd.DataFrame(
        {
            "comments_read": sizes,
            "comments": n,
            "expected_codes": expected_codes(marks.sum(axis=0), n, sizes),
            "low": low,
            "high": high,
            "codes_in_all": marks.shape[1],
        }
    )


def reading_sizes(n: int) -> NDArray[np.int64]:
    """Numbers of comments at which to look: each up to 6, 8, 10, then about a quarter more each time, and all `n`.

    >>> reading_sizes(35).tolist()
    [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 35]
    """
    steps = {step * 10**power for power in range(len(str(n))) for step in STEPS}
    return np.array(sorted({*range(1, 7), 8, *steps, n} & set(range(1, n + 1))), dtype=np.int64)


def expected_codes(totals: NDArray[np.int64], n: int, sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """On average over all orders, how many themes have a comment among the first so many of `n`?

    >>> expected_codes(np.array([1, 2]), 2, np.array([1, 2])).round(9).tolist()
    [1.5, 2.0]
    """
    missed = hypergeom.pmf(0, n, totals[None, :], sizes[:, None])
    return np.asarray((1 - missed).sum(axis=1))


def codes_in_random_orders(
    marks: NDArray[np.int64], sizes: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Themes among the first so many comments, in `ORDERS` random orders: one row an order, one column a size."""
    theme, comment = np.nonzero(marks.T)
    begins = np.searchsorted(theme, np.arange(marks.shape[1]))
    found = np.empty((ORDERS, len(sizes)), dtype=np.int64)
    for order in range(ORDERS):
        place = rng.permutation(len(marks))  # comment i is read after place[i] others
        first = np.minimum.reduceat(place[comment], begins)
        found[order] = (first[:, None] < sizes).sum(axis=0)
    return found


_COLUMNS = (
    SERVICE,
    Column("comments_read", "integer", "Comments read, taken at random from those of the service.", "comments"),
    Column("comments", "integer", "Comments of the service that have at least one theme.", "comments"),
    Column(
        "expected_codes",
        "number",
        "Themes that at least one of the comments read has, on average over all orders of reading (exact).",
        "themes",
        2,
    ),
    Column(
        "low", "integer", f"Themes met in the order at 2.5 % of {ORDERS} random ones (simulated, fixed seed).", "themes"
    ),
    Column("high", "integer", "The same at 97.5 %; low to high hold the middle 95 % of the orders.", "themes"),
    Column("codes_in_all", "integer", "Themes that any comment of the service has.", "themes"),
)

TABLES = (
    OpenTable(
        name="feedback_saturation",
        title="Themes of patient feedback met after so many comments",
        builder=feedback_saturation,
        inputs={"feedback": files.FEEDBACK},
        one_row_is="one number of comments read about one service, in random order",
        period=PERIOD,
        place=PLACE,
        source=(
            *SOURCE,
            {
                "name": "Hurlbert SH (1971), The nonconcept of species diversity, Ecology 52: 577-586 (the formula)",
                "doi": "10.2307/1934145",
            },
        ),
        licence=LICENCE,
        attribution=ATTRIBUTION,
        columns=_COLUMNS,
        known_problems=(
            "In which order the comments were written or coded isn't known; the curve is that of random orders.",
            (
                "Comments are short (half of those with an answer have at most 50 characters) and have 1.2 to 1.7 themes on "
                "average, so the number of comments can't be read as a number of interviews or documents."
            ),
            (
                "The themes are those of the framework's sixth version: the curve tells when each of them was "
                "met, not when readers would have stopped finding new ones. Not all are about staff."
            ),
            (
                "low and high tell how much the order of reading matters for these very comments, not how other comments "
                "would differ; at the last size all orders agree."
            ),
            (
                "The curve gives away how many themes of a service have 1, 2, 3 or 4 comments, which feedback_themes hides "
                "theme by theme. That was accepted: it doesn't tell which theme, as the hidden totals of each service "
                "differ; and the source is published comment by comment under its licence."
            ),
            "Comments of other or unstated services are left out; services aren't put together.",
            *PROBLEMS,
        ),
    ),
)

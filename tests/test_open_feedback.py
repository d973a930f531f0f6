"""The open tables of patient feedback: no hidden count can be worked out from them, and the curve is the exact one."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from newroles.coding.cooccurrence import cooccurrence_from_pairs
from newroles.coding.saturation import expected_codes as expected_codes_of_coding
from newroles.datasets import load_open
from newroles.datasets.places import data_folder
from newroles.datasets.sources import files
from newroles.datasets.sources.feedback import (
    coded_comments,
    feedback_theme_pairs,
    feedback_themes,
    protect_theme,
)
from newroles.datasets.sources.feedback_saturation import (
    codes_in_random_orders,
    expected_codes,
    feedback_saturation,
    saturation_curve,
)
from newroles.datasets.sources.feedback_words import NO_THEME, THEMES
from newroles.datasets.sources.registry import OPEN_TABLES
from newroles.datasets.sources.tables import csv_text

SERVICES = ("local_mental_health", "forensic", "community_health", "nhs_111", "patient_transport")
SERVICES = (*SERVICES, "ambulance_see_and_convey")
Grid = NDArray[np.float64]


@pytest.fixture(scope="module")
def feedback(shared) -> pd.DataFrame:
    return files.read_source(shared / "sources", files.FEEDBACK)


# A reader who solves for what is hidden --------------------------------------------------------------------------------


def possible_counts(
    themes: pd.DataFrame,
    pairs: pd.DataFrame,
    small: pd.Series | None = None,
    all_totals: tuple[float, float] = (0, np.inf),
) -> pd.DataFrame:
    """Between which whole numbers must each blank count of one service lie? Intervals, narrowed until nothing moves.

    What the reader knows: sums of sentiments are totals; each comment has a theme; a pair can't be more than its themes
    in any sentiment, nor two themes more than their comments; among three themes, those of a with b and of a with c
    overlap in no more than b with c; blank pairs are 1 to 4; blank totals too. `small`: which blank cells are known to be
    1 to 4. `all_totals`: between what the totals of all themes add up to, as the curve tells.
    One row a blank: what (cell or pair), of (theme and sentiment, or both themes), low, high.
    """
    themes = themes.assign(small=small).sort_values(["sentiment", "theme"])
    names, sentiments = sorted(set(themes["theme"])), sorted(set(themes["sentiment"]))
    k, shape = len(names), (len(sentiments), len(names))  # the table holds each theme with each sentiment
    shown, size, total = (
        themes[column].to_numpy(dtype="float64", na_value=np.nan).reshape(shape)
        for column in ("comments", "coded_comments", "theme_comments")
    )
    size, total, hidden = size[:, :1], total[0], np.isnan(shown)
    # a zero is only hidden where no larger count is left to hide
    least = np.where((shown > 0).any(axis=0), 1, 0)
    low, high = np.where(hidden, np.minimum(least, size), shown), np.where(hidden, size, shown)
    if small is not None:
        known = themes["small"].to_numpy(dtype=bool).reshape(shape)
        low, high = np.where(known, 1, np.where(hidden, 0, low)), np.where(known, np.minimum(4, high), high)
    n = size.sum()
    itself, other = np.arange(k), ~np.eye(k, dtype=bool)
    a, b = (pairs[column].map(names.index).to_numpy(dtype=int) for column in ("theme_a", "theme_b"))
    both, blank = pairs["both"].to_numpy(dtype="float64", na_value=np.nan), pairs["both"].isna().to_numpy()
    pair_low, pair_high = np.zeros((k, k)), np.full((k, k), float(n))  # totals on the diagonal
    for i, j in ((a, b), (b, a)):
        pair_low[i, j], pair_high[i, j] = np.where(blank, 1, both), np.where(blank, 4, both)
    pair_low[itself, itself] = np.where(np.isnan(total), 1, total)
    pair_high[itself, itself] = np.where(np.isnan(total), 4, total)
    before = None
    while before is None or any(
        (old != new).any() for old, new in zip(before, (low, high, pair_low, pair_high), strict=True)
    ):
        before = tuple(bounds.copy() for bounds in (low, high, pair_low, pair_high))
        low = np.maximum(low, pair_low[itself, itself] - (high.sum(axis=0) - high))
        high = np.minimum(high, pair_high[itself, itself] - (low.sum(axis=0) - low))
        pair_low[itself, itself] = np.maximum(pair_low[itself, itself], low.sum(axis=0))
        pair_high[itself, itself] = np.minimum(pair_high[itself, itself], high.sum(axis=0))
        totals_low, totals_high = pair_low[itself, itself], pair_high[itself, itself]
        pair_low[itself, itself] = np.maximum(totals_low, all_totals[0] - (totals_high.sum() - totals_high))
        pair_high[itself, itself] = np.minimum(totals_high, all_totals[1] - (totals_low.sum() - totals_low))
        low = np.maximum(low, size - (high.sum(axis=1, keepdims=True) - high))
        most = np.minimum(high[:, :, None], high[:, None, :])  # sentiment by theme by theme
        fewest = np.maximum(0, low[:, :, None] + low[:, None, :] - size[:, :, None])
        pair_high = np.where(other, np.minimum(pair_high, most.sum(axis=0)), pair_high)
        pair_low = np.where(other, np.maximum(pair_low, fewest.sum(axis=0)), pair_low)
        low = np.maximum(low, np.where(other, pair_low - (most.sum(axis=0) - most), 0).max(axis=2))
        room = pair_high - (fewest.sum(axis=0) - fewest) + size[:, :, None] - low[:, None, :]
        high = np.minimum(high, np.where(other, room, n).min(axis=2))
        for c in range(k):
            pair_high = np.minimum(pair_high, np.diag(pair_high)[:, None] - pair_low[:, [c]] + pair_high[[c], :])
            pair_high = np.minimum(pair_high, pair_high.T)
            pair_low = np.maximum(pair_low, pair_low[:, [c]] + pair_low[[c], :] - pair_high[c, c])
        together = max(np.diag(pair_low).sum(), all_totals[0]) - n  # at least so many, by Bonferroni's inequality
        missing = together - (np.triu(pair_high, 1).sum() - pair_high)
        pair_low = np.where(other, np.maximum(pair_low, missing), pair_low)
    rows = [
        *[("cell", (names[t], sentiments[s]), low[s, t], high[s, t]) for s, t in np.argwhere(hidden & (size > 0))],
        *[
            ("pair", (names[x], names[y]), pair_low[x, y], pair_high[x, y])
            for x, y in zip(a[blank], b[blank], strict=True)
        ],
    ]
    return pd.DataFrame(rows, columns=["what", "of", "low", "high"])


def of_service(table: pd.DataFrame, service: str) -> pd.DataFrame:
    return table[table["service"] == service].reset_index(drop=True)


def made_up(rows: Sequence[tuple[int, int, Sequence[str]]]) -> pd.DataFrame:
    """Made-up comments on 111 as in the source's file: so many comments of a sentiment (1 to 5) with these themes."""
    theirs = {ours: name for name, ours in THEMES.items()}
    comments = [(sentiment, themes) for times, sentiment, themes in rows for _ in range(times)]
    table = pd.DataFrame(0, index=range(len(comments)), columns=[*NO_THEME, *THEMES])
    for row, (_, themes) in enumerate(comments):
        table.loc[row, [theirs[theme] for theme in themes]] = 1
    return table.assign(**{"Service type 1": "111", "Comment sentiment": [float(mark) for mark, _ in comments]})


MANNER, TIMELINESS, GRATITUDE, TRANSPORT = "manner of staff", "timeliness", "gratitude in general", "transport"
# manner: 1, 1, 0, 7, 40; timeliness 60 of sentiment 5; transport: 1, 1, 1, 1, 0; gratitude: the rest, and 6 with manner
MADE_UP = made_up(
    [
        (1, 1, [MANNER]), (1, 2, [MANNER]), (7, 4, [MANNER]), (34, 5, [MANNER]), (6, 5, [MANNER, GRATITUDE]),
        (60, 5, [TIMELINESS]), (20, 1, [GRATITUDE]), (20, 2, [GRATITUDE]), (20, 3, [GRATITUDE]), (20, 4, [GRATITUDE]),
        (1, 1, [TRANSPORT]), (1, 2, [TRANSPORT]), (1, 3, [TRANSPORT]), (1, 4, [TRANSPORT]),
    ]
)  # fmt: skip


def true_cells(feedback: pd.DataFrame, themes: pd.DataFrame) -> pd.Series:
    """What the comments say in each row of feedback_themes, blank or not."""
    keys = ["service", "sentiment", "theme"]
    counts = coded_comments(feedback).groupby(keys[:2])[list(THEMES.values())].sum().reset_index()
    long = counts.melt(keys[:2], var_name="theme").set_index(keys)["value"]
    return pd.Series(long.reindex(pd.MultiIndex.from_frame(themes[keys]), fill_value=0).to_numpy(), index=themes.index)


# No small count is shown, and none can be worked out ---------------------------------------------------------------------


def test_no_count_below_five_is_shown():
    themes, pairs = load_open("feedback_themes"), load_open("feedback_theme_pairs")
    assert set(themes["service"]) == {*SERVICES, "other_or_not_stated"}
    for counts in (themes["comments"], themes["theme_comments"], pairs["both"]):
        assert not counts.between(1, 4).any()
    assert themes["comments"].isna().equals(themes["suppressed"])
    assert pairs.loc[pairs["suppressed"], ["both", "lift", "phi"]].isna().all(axis=None)
    without_total = themes["theme_comments"].isna()
    assert themes.loc[without_total, "suppressed"].all()
    named = set(zip(themes["service"][~without_total], themes["theme"][~without_total], strict=True))
    assert set(zip(pairs["service"], pairs["theme_a"], strict=True)) <= named
    assert set(zip(pairs["service"], pairs["theme_b"], strict=True)) <= named


@pytest.mark.parametrize("service", [*SERVICES, "other_or_not_stated"])
def test_no_hidden_count_can_be_worked_out_from_the_tables_together(service):
    names = ("feedback_themes", "feedback_theme_pairs", "feedback_saturation")
    themes, pairs, curve = (of_service(load_open(name), service) for name in names)
    # themes in one comment, on average, times comments; rounded to two decimals
    around = (
        [(curve["expected_codes"].iloc[0] + half) * curve["comments"].iloc[0] for half in (-0.005, 0.005)]
        if len(curve)
        else []
    )
    blanks = possible_counts(
        themes, pairs, all_totals=(np.ceil(around[0]), np.floor(around[1])) if around else (0, np.inf)
    )
    assert set(blanks["what"]) == {"cell", "pair"}
    assert (blanks["low"] < blanks["high"]).all()


def test_not_even_by_a_reader_who_knows_which_blanks_are_small(feedback):
    themes, pairs = load_open("feedback_themes"), load_open("feedback_theme_pairs")
    truth = true_cells(feedback, themes)
    small = truth.between(1, 4) & themes["theme_comments"].notna()  # elsewhere all is blank, and blanks tell nothing
    together = coded_comments(feedback)
    for service in themes["service"].unique():
        here = themes["service"] == service
        sum_of_totals = float(truth[here].sum())
        blanks = possible_counts(themes[here], of_service(pairs, service), small[here], (sum_of_totals, sum_of_totals))
        keys = zip(themes["theme"][here], themes["sentiment"][here], strict=True)
        real: dict[tuple[str, str], float] = dict(zip(keys, truth[here], strict=True))
        marks = of_service(together, service)
        real |= {(a, b): (marks[a] * marks[b]).sum() for a, b in blanks.loc[blanks["what"] == "pair", "of"]}
        values = blanks["of"].map(real)
        assert values.between(blanks["low"], blanks["high"]).all()  # the reader reasons soundly
        assert (blanks["low"] < blanks["high"])[values.between(1, 4)].all()


def test_the_old_layout_gave_counts_away():
    """`expected` led to totals, totals to cells; and a theme without pairs was known to have at most 4 comments."""
    truth = feedback_themes(MADE_UP).assign(comments=lambda table: true_cells(MADE_UP, table))
    small = truth["comments"].between(1, 4)
    old = truth.assign(comments=truth["comments"].mask(small))  # no theme has one small count only
    pairs = feedback_theme_pairs(MADE_UP)
    n = int(pairs["coded_comments"].iloc[0])
    expected = pairs.set_index(["theme_a", "theme_b"])["expected"].round(2)[(MANNER, TIMELINESS)]
    solutions = [total for total in range(n + 1) if round(total * 60 / n, 2) == expected]  # timeliness: 60, all shown
    assert solutions == [49]
    totals = {MANNER: 49, TIMELINESS: 60, GRATITUDE: 86}
    blanks = possible_counts(old.assign(theme_comments=old["theme"].map(totals)), pairs, small).set_index("of")
    worked_out = blanks.index[blanks["low"] == blanks["high"]]
    assert set(worked_out) == {
        *((MANNER, sentiment) for sentiment in ("very_positive", "positive")),
        *((TRANSPORT, sentiment) for sentiment in ("very_positive", "positive", "neutral", "negative")),
    }
    now = feedback_themes(MADE_UP)
    blanks = possible_counts(now, pairs, small & now["theme_comments"].notna())
    assert len(blanks) == 3 + 5
    assert (blanks["low"] < blanks["high"]).all()


@pytest.mark.parametrize(
    ("counts", "hidden", "total_shown"),
    [
        ([6, 0, 9, 40, 5], [], True),
        ([3, 10, 40, 0, 0], [0, 1], True),  # alone it would be the total less the others
        ([2, 3, 40, 0, 0], [0, 1], True),  # 2 + 3, 3 + 2, 1 + 4, 4 + 1
        ([1, 1, 40, 7, 0], [0, 1, 3], True),  # 1 + 1 only
        ([4, 4, 40, 0, 0], [0, 1, 2], True),  # 4 + 4 only
        ([4, 4, 0, 0, 0], [0, 1, 2], True),  # nothing above zero is left to go with them
        ([1, 1, 2, 0, 0], [0, 1, 2, 3, 4], False),  # fewer than 5 in all
        ([1, 1, 1, 1, 1], [0, 1, 2, 3, 4], False),  # a total of 5 would say it all
    ],
)
def test_what_goes_with_small_counts(counts, hidden, total_shown):
    blank, shown = protect_theme(np.array(counts), np.full(5, 50))
    assert (np.flatnonzero(blank).tolist(), shown) == (hidden, total_shown)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=5))
def test_beside_a_total_each_small_count_could_be_another(counts):
    counts, sizes = np.array(counts), np.full(len(counts), 14)
    blank, shown = protect_theme(counts, sizes)
    small = (counts > 0) & (counts < 5)
    assert blank[small].all()
    if shown and small.any():
        # all ways to fill the blanks: small ones 1 to 4, others 0 to 14; how many give the same sum is counted, not bounded
        ways = {}
        for cell in np.flatnonzero(small):
            rest = [range(1, 5) if small[x] else range(15) for x in np.flatnonzero(blank) if x != cell]
            sums = {0}
            for values in rest:
                sums = {one + value for one in sums for value in values}
            ways[cell] = [value for value in range(1, 5) if counts[blank].sum() - value in sums]
        assert all(len(values) > 1 for values in ways.values())


def test_the_curve_tells_no_theme_from_another(feedback):
    """Were the rarest and the commonest of a service's hidden themes swapped, all three tables would be the same."""
    themes, comments = feedback_themes(feedback), coded_comments(feedback)
    theirs = {ours: name for name, ours in THEMES.items()}
    swapped = feedback.copy()
    services = coded_service(feedback)
    for service, names in themes[themes["theme_comments"].isna()].groupby("service")["theme"].unique().items():
        totals = comments.loc[comments["service"] == service, list(names)].sum().sort_values()
        rare, commoner = totals.index[0], totals.index[-1]
        assert totals[rare] < totals[commoner] < 5
        here = services == service
        swapped.loc[here, [theirs[rare], theirs[commoner]]] = feedback.loc[
            here, [theirs[commoner], theirs[rare]]
        ].to_numpy()
    assert not coded_comments(swapped).equals(comments)
    for name in ("feedback_themes", "feedback_theme_pairs", "feedback_saturation"):
        text = csv_text(OPEN_TABLES[name].builder(swapped), OPEN_TABLES[name])
        assert text == (data_folder() / "open" / f"{name}.csv").read_text(encoding="utf-8")


def coded_service(feedback: pd.DataFrame) -> pd.Series:
    """The service of every row of the source, by the builder's own words: each row is made to count."""
    always = feedback.assign(**{"Comment sentiment": 1.0, next(iter(THEMES)): 1})
    return coded_comments(always)["service"].set_axis(feedback.index)


def test_a_service_whose_hidden_totals_are_all_the_same_has_no_curve():
    assert len(feedback_themes(MADE_UP).query("theme_comments.isna()")["theme"].unique()) == 1  # transport, 4 comments
    two = pd.concat([MADE_UP, made_up([(2, 5, ["records"])])], ignore_index=True)
    other = two.assign(**{"Service type 1": "Forensic"})
    curves = feedback_saturation(pd.concat([MADE_UP, other], ignore_index=True))
    assert curves["service"].unique().tolist() == ["forensic"]
    assert curves["codes_in_all"].unique().tolist() == [5]


# Two themes together ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_all_pairs_of_a_service_s_commoner_themes_have_what_cooccurrence_needs(service):
    themes = of_service(load_open("feedback_themes"), service)
    table = cooccurrence_from_pairs(load_open("feedback_theme_pairs"), load_open("feedback_themes"), service)
    assert table[["n_a", "n_b", "expected"]].notna().all(axis=None)
    assert (table["n_both"].isna() == table["suppressed"]).all()
    n = themes.drop_duplicates("sentiment")["coded_comments"].sum()
    assert (table["n"] == n).all()
    totals = themes.groupby("theme")["theme_comments"].first()
    commoner = totals.index[(totals >= np.sqrt(n)).fillna(value=False)]
    assert len(commoner) >= 5
    assert (table["code_a"].isin(commoner) & table["code_b"].isin(commoner)).sum() == comb(len(commoner), 2)
    published = of_service(load_open("feedback_theme_pairs"), service)
    assert table[["expected", "lift"]].to_numpy() == pytest.approx(
        published[["expected", "lift"]].to_numpy(), abs=0.0051, nan_ok=True
    )


# The curve of themes met ------------------------------------------------------------------------------------------------


def test_expected_codes_by_hand():
    # 4 comments, themes with 1, 1 and 2: the first two miss them with chances 3/6, 3/6 and 1/6
    assert expected_codes(np.array([1, 1, 2]), 4, np.array([1, 2, 3, 4])) == pytest.approx([1, 11 / 6, 2.5, 3])


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(1, n), min_size=1, max_size=8)))
)
def test_expected_codes_are_those_of_the_coding_room(drawn):
    n, totals = drawn
    sizes = np.unique(np.linspace(1, n, 7).astype(int))
    theirs = expected_codes_of_coding(pd.Series(totals), n, sizes.tolist())["cumulative_codes"]
    assert expected_codes(np.array(totals), n, sizes) == pytest.approx(theirs.to_numpy(), abs=1e-9)


@pytest.mark.parametrize("service", SERVICES)
def test_the_open_curve_is_the_coding_room_s(service, feedback):
    marks = of_service(coded_comments(feedback), service)[list(THEMES.values())]
    totals = marks.sum()[lambda counts: counts > 0]
    curve = of_service(load_open("feedback_saturation"), service)
    theirs = expected_codes_of_coding(totals, len(marks), curve["comments_read"].tolist())
    assert curve["expected_codes"].to_numpy() == pytest.approx(theirs["cumulative_codes"].to_numpy(), abs=0.005001)
    assert (curve["codes_in_all"] == len(totals)).all()
    assert (curve["comments"] == len(marks)).all()


def test_curves_rise_from_one_comment_to_all():
    table = load_open("feedback_saturation")
    assert set(table["service"]) == set(SERVICES)
    for _, curve in table.groupby("service"):
        assert 24 <= len(curve) <= 40
        for column in ("comments_read", "expected_codes"):
            assert (curve[column].diff().dropna() > 0).all()
        assert curve["low"].is_monotonic_increasing
        assert curve["high"].is_monotonic_increasing
        assert curve["expected_codes"].between(curve["low"], curve["high"]).all()
        last = curve.iloc[-1]
        assert last["comments_read"] == last["comments"]
        assert last["low"] == last["high"] == last["expected_codes"] == last["codes_in_all"]


def test_random_orders_agree_with_the_exact_mean_and_a_range_counted_by_hand():
    # 20 comments; theme a in all, theme b in the last alone: 5 of 20 orders in a hundred have b among the first 5
    marks = np.column_stack([np.ones(20, dtype=int), np.arange(20) == 19]).astype(int)
    sizes = np.array([1, 5, 20])
    found = codes_in_random_orders(marks, sizes, np.random.default_rng(3))
    assert found.mean(axis=0) == pytest.approx([1.05, 1.25, 2], abs=4 * np.sqrt(0.25 * 0.75 / 1000))
    curve = saturation_curve(marks, np.random.default_rng(3)).set_index("comments_read")
    # b is met in 5 % of orders after one comment, more than 2.5 %: high is 2; after 20 in all orders
    assert curve.loc[[1, 5, 20], ["low", "high"]].to_numpy().tolist() == [[1, 2], [1, 2], [2, 2]]

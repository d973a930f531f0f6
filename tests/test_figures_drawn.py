"""The drawing functions: nothing clipped, nothing overlapping, and zero, blank and missing each to be seen."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from drawn_text import shown
from newroles import figures
from newroles.datasets import load_codebook, load_open, load_published
from newroles.errors import InputError
from newroles.figures.growth import year_fraction
from newroles.figures.style import NARROW, PAPER, WIDE, figure_of, label_points, new_axes, use_house_style, wrapped

WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW])
REGIONS = [
    "North East and Yorkshire",
    "North West",
    "Midlands",
    "East of England",
    "London",
    "South East",
    "South West",
]

# took part and asked: the published counts of Phase 1, but for an invented zero (London) and blank (South East)
PARTICIPATION = pd.DataFrame(
    {
        "region": REGIONS,
        "responded": [7, 2, 8, 1, 0, np.nan, 3],
        "n": [8, 5, 11, 4, 10, 7, 6],
        "estimate": [7 / 8, 2 / 5, 8 / 11, 1 / 4, 0, np.nan, 3 / 6],
        "chance_low": [3, 1, 4, 1, np.nan, 2, 1],
        "chance_high": [7, 5, 9, 4, np.nan, 6, 6],
    }
)
TILES = pd.DataFrame({"name": REGIONS, "column": [2, 1, 1, 2, 2, 1, 0], "row": [0, 0, 1, 1, 2, 2, 2]})
REGISTER = load_codebook("roles").codes


def invented_adverts() -> pd.DataFrame:
    """Every role of the register: a count, a zero, a blank, one suppressed, one not asked, then counts."""
    counts = np.arange(len(REGISTER))[::-1].astype(float)
    counts[[1, 2, 3, 4]] = [0, np.nan, np.nan, np.nan]
    table = pd.DataFrame({"role": REGISTER["id"], "name": REGISTER["name"], "titled": counts, "absent": ""})
    table.loc[[3, 4], "absent"] = ["suppressed", "not_asked"]
    rate = table["titled"] / 14.842
    return table.assign(titled_per_1000=rate, titled_low=rate * 0.8, titled_high=rate * 1.3 + 0.2)


def numbers(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["role", "measure", "value", "date", "kind"])


GROWTH = numbers(
    ("peer_support_worker", "in_post", 48, "2015-04", "count"),
    ("peer_support_worker", "in_post", 862, "2019", "count"),
    ("peer_support_worker", "in_post", 4730, "2023/24", "target"),
    ("peer_support_worker", "in_post", 6500, "2037-03", "target"),
    ("peer_support_worker", "in_post", 900, "2019-07-02", "forecast"),
    ("peer_support_worker", "per_trust", 0, "2019", "range_low"),
    ("peer_support_worker", "per_trust", 40, "2019", "range_high"),
).assign(qualifier=["", None, "", "over", "about", "", "more than"])

MATCHING = pd.DataFrame(
    {
        "how": ["exact", "decision", "suggestion", "none"],
        "reports": [512, 0, 40, 31],
        "reports_share": [1.0, 0, 0.06, np.nan],
    }
)
COMPLETENESS = pd.DataFrame(
    {
        "method": ["chao2", "chao2_bias_corrected", "jackknife2", "bootstrap", "another_method"],
        "observed": 43,
        "estimate": [52.3, 51, 60.2, 48, np.nan],
        "low": [46.4, 45, np.nan, np.nan, np.nan],
        "high": [71.1, 69, np.nan, np.nan, np.nan],
    }
)
DEFINITIONS = pd.DataFrame(
    {
        "definition": ["Declared new by the trust", "New in the register", "Either, and introduced within 5 years"],
        "reports": [310, 402, 0],
        "reports_unknown": [20, np.nan, 150],
        "roles": [33, np.nan, 22],
    }
)


def official() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "role": REGISTER["id"],
            "name": REGISTER["name"],
            "on_list": ["yes", "no", None] * (len(REGISTER) // 3) + ["no"] * (len(REGISTER) % 3),
            "official_name": "Support, Time, Recovery Worker",
        }
    )


DRAWN = {
    "participation": lambda: figures.participation(PARTICIPATION),
    "tile_map": lambda: figures.tile_map(PARTICIPATION.drop(index=0), TILES),
    "adverts": lambda: figures.adverts(invented_adverts()),
    "official_names": lambda: figures.official_names(official()),
    "growth": lambda: figures.growth_and_targets(GROWTH),
    "matching": lambda: figures.title_matching(MATCHING),
    "completeness": lambda: figures.completeness(COMPLETENESS),
    "definitions": lambda: figures.definitions(DEFINITIONS),
    "participation, one row": lambda: figures.participation(PARTICIPATION.iloc[[4]]),
    "tile_map, one tile": lambda: figures.tile_map(PARTICIPATION.iloc[[4]], TILES.iloc[[4]]),
    "adverts, one role without any": lambda: figures.adverts(invented_adverts().iloc[[1]]),
    "adverts, nothing known": lambda: figures.adverts(invented_adverts().iloc[[2]]),
    "official_names, one row": lambda: figures.official_names(official().iloc[[0]]),
    "growth, one number": lambda: figures.growth_and_targets(GROWTH.iloc[[0]]),
    "growth, a zero": lambda: figures.growth_and_targets(GROWTH.iloc[[5]]),
    "growth, log": lambda: figures.growth_and_targets(GROWTH.iloc[:5], scale="log"),
    "growth, two roles": lambda: figures.growth_and_targets(
        pd.concat([GROWTH, numbers(("nursing_associate", "registered", 10881, "2024-03-31", "count"))])
    ),
    "matching, one row": lambda: figures.title_matching(MATCHING.iloc[[3]]),
    "completeness, one row": lambda: figures.completeness(COMPLETENESS.iloc[[4]]),
    "definitions, one row": lambda: figures.definitions(DEFINITIONS.iloc[[2]], measures=("roles",)),
    "open adverts": lambda: figures.adverts(load_open("job_adverts")),
    "open role names": lambda: figures.official_names(load_open("official_role_names")),
    "published numbers": lambda: figures.growth_and_targets(
        load_published("role_figures").query("role == 'peer_support_worker' and measure == 'in_post'")
    ),
}


@WIDTHS
@pytest.mark.parametrize("name", DRAWN)
def test_no_text_is_clipped_and_none_overlaps(name, width):
    with use_house_style(width):
        figure = DRAWN[name]()
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in shown(figure)]
    assert boxes
    assert min(text.get_fontsize() for text in shown(figure)) >= 8  # points; a phone shows them at their size
    edge = figure.bbox
    for said, box in boxes:
        inside = box.x0 >= edge.x0 - 1 and box.y0 >= edge.y0 - 1 and box.x1 <= edge.x1 + 1 and box.y1 <= edge.y1 + 1
        assert inside, f"{said!r} leaves the figure: {box} in {edge}"
    for (one, a), (other, b) in combinations(boxes, 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 1 or down < 1.5, f"{one!r} overlaps {other!r} by {across:.1f} x {down:.1f} pixels"


@WIDTHS
def test_a_figure_has_the_width_that_was_asked_for(width):
    with use_house_style(width):
        assert figures.participation(PARTICIPATION).get_figwidth() == pytest.approx(width)
    assert figures.participation(PARTICIPATION).get_figwidth() == pytest.approx(WIDE)


def test_axes_that_are_passed_are_drawn_on():
    figure = Figure(figsize=(6, 4))
    ax = figure.subplots()
    for draw in (
        lambda: figures.participation(PARTICIPATION, ax),
        lambda: figures.tile_map(PARTICIPATION, TILES, ax),
        lambda: figures.adverts(invented_adverts(), ax),
        lambda: figures.official_names(official(), ax),
        lambda: figures.growth_and_targets(GROWTH, ax),
        lambda: figures.title_matching(MATCHING, ax),
        lambda: figures.completeness(COMPLETENESS, ax),
    ):
        assert draw() is figure
    assert figure.get_figwidth() == 6


def hollow(figure: Figure) -> list[bool]:
    """Whether each dot of the first axes is hollow, in drawing order."""
    dots = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "", "|", None)]
    return [to_hex(line.get_markerfacecolor()) == PAPER for line in dots]


def said(figure: Figure) -> list[str]:
    return [text.get_text() for text in shown(figure)]


def test_zero_and_blank_look_different():
    figure = figures.participation(PARTICIPATION)
    assert hollow(figure) == [False, False, False, False, True, False]  # London is a zero; the South East has no dot
    assert "not known" in said(figure)
    assert "0 of 10" in said(figure)
    assert "? of 7" in said(figure)


def test_suppressed_and_not_asked_are_said_in_words():
    figure = figures.adverts(invented_adverts())
    assert {"not known", "not asked", "suppressed (small number)"} <= set(said(figure))
    assert hollow(figure)[:2] == [False, True]
    assert [patch.get_hatch() for patch in figure.axes[0].patches] == ["////"]


def test_a_reason_that_is_none_of_the_three_is_refused():
    table = invented_adverts()
    table.loc[0, "absent"] = "supressed"
    with pytest.raises(InputError, match=r"Row 1, column 'absent'.*Did you mean 'suppressed'"):
        figures.adverts(table)


def test_a_role_keeps_its_colour_and_marker():
    figure = figures.adverts(invented_adverts().iloc[[6]])
    style = figures.role_style(REGISTER["id"].iloc[6])
    dot = figure.axes[0].lines[-1]
    assert (to_hex(dot.get_markerfacecolor()), dot.get_marker()) == (style.colour, style.marker)


def test_bars_and_rates_start_at_zero():
    for draw in ("adverts", "matching", "completeness", "definitions", "growth", "participation"):
        figure = DRAWN[draw]()
        for ax in figure.axes:
            low = ax.get_ylim()[0] if draw == "growth" else ax.get_xlim()[0]
            assert low == 0, draw


def test_targets_are_hollow_and_counts_of_one_measure_are_joined():
    figure = figures.growth_and_targets(GROWTH)
    joined = [line for line in figure.axes[0].lines if line.get_linestyle() == "-" and line.get_linewidth() < 2]
    assert [list(line.get_ydata()) for line in joined] == [[48, 862]]
    assert hollow(figure)[-7:] == [False, False, True, True, True, False, False]
    assert "over 6,500 in post (target)" in said(figure)  # two measures in one panel: each label names its own


def test_a_number_without_a_date_is_left_out():
    table = pd.concat([GROWTH, numbers(("peer_support_worker", "in_post", 5, None, "count"))])
    assert len(said(figures.growth_and_targets(table))) == len(said(figures.growth_and_targets(GROWTH)))
    with pytest.raises(InputError, match=r"both a value and a date"):
        figures.growth_and_targets(table.iloc[[-1]])


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2019", 2019.5),
        (2019, 2019.5),
        ("2019-01", 2019 + 0.5 / 12),
        ("2023/24", 2024.25),  # ends on 31 March 2024
        ("1999/00", 2000.25),
        ("2020-01-01", 2020.0),
        (pd.Timestamp("2020-12-31"), 2020 + 365 / 366),
    ],
)
def test_dates_lie_where_they_should(day, year):
    assert year_fraction(day) == pytest.approx(year)


@pytest.mark.parametrize("day", ["2023/25", "2019-13", "31/12/2019", "soon", "2019-02-30"])
def test_other_dates_are_refused(day):
    with pytest.raises(InputError, match="no date"):
        year_fraction(day)


def test_a_dollar_in_a_title_is_a_dollar():
    table = PARTICIPATION.iloc[[0]].assign(region="Worth $5 and $6_x")
    assert "Worth $5 and $6_x" in said(figures.participation(table))
    figures.participation(table).draw_without_rendering()


@pytest.mark.parametrize(
    ("text", "characters", "lines"),
    [
        ("○ as it is; ● pooled", 13, ["○ as it is;", "● pooled"]),
        ("● England: half", 9, ["● England:", "half"]),
        ("Nursing Associate ★", 17, ["Nursing", "Associate ★"]),
        ("see the note †", 12, ["see the", "note †"]),
        ("a ● b", 40, ["a ● b"]),
        ("at 3●4 of 5", 6, ["at 3●4", "of 5"]),  # inside a word it is no sign of a key
    ],
)
def test_a_sign_of_the_key_stays_with_its_word(text, characters, lines):
    assert wrapped(text, characters).split("\n") == lines


def test_labels_at_one_place_are_moved_apart_and_stay_inside():
    ax = new_axes(2.5)
    ax.set(xlim=(0, 10), ylim=(0, 10))
    label_points(ax, [9.8] * 6, [0.1] * 6, ["a rather long label"] * 6)
    figure_of(ax).draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in ax.texts]
    for a, b in combinations(boxes, 2):
        assert min(a.y1, b.y1) - max(a.y0, b.y0) < 0.5
    assert min(box.y0 for box in boxes) >= ax.bbox.y0 - 1
    assert max(box.x1 for box in boxes) <= ax.bbox.x1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.participation(PARTICIPATION.drop(columns="estimate")), "needs the column 'estimate'"),
        (lambda: figures.participation(PARTICIPATION.iloc[:0]), "without rows"),
        (lambda: figures.tile_map(PARTICIPATION, TILES.iloc[:6]), "No tile for the region 'South West'"),
        (lambda: figures.adverts(invented_adverts(), where="title"), "'titled' or 'described'"),
        (
            lambda: figures.adverts(invented_adverts().assign(role="nurse_associate")),
            "Did you mean 'nursing_associate'",
        ),
        (lambda: figures.official_names(official().assign(on_list="maybe")), "'maybe' is neither yes, no nor blank"),
        (lambda: figures.growth_and_targets(GROWTH.assign(kind="aim")), "Unknown kind of number 'aim'"),
        (lambda: figures.growth_and_targets(GROWTH, scale="logarithmic"), "linear or log"),
        (lambda: figures.growth_and_targets(GROWTH, scale="log"), "can't show 0"),
        (lambda: figures.title_matching(MATCHING.assign(how="exactly")), "Did you mean 'exact'"),
        (lambda: figures.completeness(COMPLETENESS.assign(observed=range(5))), "5 different numbers"),
        (lambda: figures.definitions(DEFINITIONS, measures=("trusts",)), "needs the column 'trusts'"),
        (lambda: figures.definitions(DEFINITIONS, measures=()), "at least one measure"),
        (
            lambda: figures.growth_and_targets(
                GROWTH.assign(role=["nursing_associate"] + ["peer_support_worker"] * 6), new_axes(2)
            ),
            "One pair of axes shows one role",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()

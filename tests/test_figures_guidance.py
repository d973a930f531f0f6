"""The figure of advice: as many squares as recommendations, surest first, readable on a page and on a phone."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newroles.errors import InputError
from newroles.figures.guidance import advice_by_confidence
from newroles.figures.style import NARROW, WIDE, use_house_style
from newroles.guidance import CONFIDENCE

LEVELS = list(CONFIDENCE.values())


def table(**counts: tuple[int, ...]) -> pd.DataFrame:
    """Titles (their underscores spaces) with the number of recommendations at each level."""
    rows = [
        (title.replace("_", " "), level, n)
        for title, own in counts.items()
        for level, n in zip(LEVELS, own, strict=False)
    ]
    return pd.DataFrame(rows, columns=["title", "confidence", "n"])


TWO = table(For_everyone=(2, 0, 19, 4), Nursing_associate=(0, 1, 0, 2))


def squares(figure: Figure) -> list[Rectangle]:
    """The squares that were drawn, in order; those of the legend come last."""
    return [patch for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]


def looks(square: Rectangle) -> tuple:
    return (square.get_facecolor(), square.get_edgecolor(), square.get_hatch())


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("n", [0, 1, 19, 20, 21, 40, 41])
def test_as_many_squares_as_recommendations_twenty_to_a_line(n: int, width: float) -> None:
    with use_house_style(width):
        figure = advice_by_confidence(table(For_everyone=(0, n)))
    drawn = squares(figure)[:-2]  # two levels, so two squares in the legend
    assert len(drawn) == n
    lines: dict[float, list[float]] = {}
    for each in drawn:
        lines.setdefault(round(each.get_y(), 6), []).append(each.get_x())
    assert [len(line) for line in lines.values()] == [20] * (n // 20) + [n % 20] * (n % 20 > 0)
    assert all(line == list(range(len(line))) for line in lines.values())
    assert str(n) in texts(figure)


def test_each_title_has_its_own_squares_surest_first() -> None:
    figure = advice_by_confidence(TWO)
    drawn = squares(figure)
    legend = [looks(each) for each in drawn[-4:]]
    assert len(set(legend)) == 4  # each level can be told from the others
    by_hand = [0] * 2 + [2] * 19 + [3] * 4 + [1] * 1 + [3] * 2
    assert [legend.index(looks(each)) for each in drawn[:-4]] == by_hand
    assert texts(figure) == ["25", "3", *LEVELS]
    axis = figure.axes[0]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["For everyone", "Nursing associate"]


def test_levels_differ_by_more_than_colour() -> None:
    """In grey, too: by how dark the fill is, or by a hatch."""
    fills = [
        (round(0.3 * r + 0.59 * g + 0.11 * b, 1), square.get_hatch())
        for square in squares(advice_by_confidence(TWO))[-4:]
        for r, g, b, _ in [square.get_facecolor()]
    ]
    assert len(set(fills)) == 4


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_overlaps_and_nothing_runs_off(width: float) -> None:
    long = table(
        For_everyone=(3, 20, 1, 14),
        Multi_Professional_Approved_or_Responsible_Clinician_in_all_settings=(1, 1, 1, 1),
        Youth_intensive_psychological_practitioner_of_all_ages=(0, 0, 0, 20),
        None_at_all=(0, 0, 0, 0),
    )
    with use_house_style(width):
        figure = advice_by_confidence(long)
    figure.draw_without_rendering()
    axis = figure.axes[0]
    labels = [label for label in (*axis.get_yticklabels(), *axis.texts) if label.get_text()]
    written = [label.get_window_extent() for label in labels]
    drawn = [square.get_window_extent() for square in squares(figure)]
    page = figure.bbox
    for box in (*written, *drawn):
        assert box.x0 >= page.x0 - 1
        assert box.x1 <= page.x1 + 1
        assert box.y0 >= page.y0 - 1
        assert box.y1 <= page.y1 + 1
    for one, other in itertools.combinations(written, 2):
        assert not one.overlaps(other)
    for text, square in itertools.product(written, drawn):
        assert not text.overlaps(square)
    assert all(square.width == pytest.approx(square.height, rel=0.02) for square in drawn)
    assert drawn[0].width > 7  # points at 72 to the inch would be about as many: large enough to count


def test_on_a_phone_titles_stand_above_their_squares() -> None:
    with use_house_style(NARROW):
        figure = advice_by_confidence(TWO)
    figure.draw_without_rendering()
    axis = figure.axes[0]
    assert not axis.get_yticklabels()
    titles = [text for text in axis.texts if text.get_text() in set(TWO["title"])]
    firsts = [square for square in squares(figure)[:-4] if square.get_x() == 0]
    for title, first in zip(titles, [firsts[0], firsts[-1]], strict=True):
        assert title.get_window_extent().y0 >= first.get_window_extent().y1


def test_levels_without_any_advice_stay_in_the_legend() -> None:
    figure = advice_by_confidence(table(For_everyone=(0, 1, 0, 0)))
    assert texts(figure) == ["1", *LEVELS]
    assert len(squares(figure)) == 1 + 4


def test_rows_of_one_title_may_come_in_parts() -> None:
    parts = pd.concat([TWO, TWO.iloc[[0]]])
    assert len(squares(advice_by_confidence(parts))) == len(squares(advice_by_confidence(TWO))) + 2


def test_it_can_be_drawn_on_axes_of_ones_own() -> None:
    own = Figure(figsize=(7, 3)).subplots()
    assert advice_by_confidence(TWO, ax=own) is own.figure
    assert len(squares(own.figure)) == 28 + 4


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (TWO.drop(columns="n"), "needs the column 'n'"),
        (TWO.rename(columns={"title": "titel"}), "Did you mean 'titel'"),
        (TWO.iloc[:0], "without rows"),
        (TWO.assign(n=-1), "n can't be -1"),
        (TWO.assign(n=0.5), "n can't be 0.5"),
        (TWO.assign(n=None), "n can't be"),
        (TWO.assign(confidence=[f"level {n % 5}" for n in range(len(TWO))]), "can tell 4 levels .* apart; got 5"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(given: pd.DataFrame, says: str) -> None:
    with pytest.raises(InputError, match=says):
        advice_by_confidence(given)


def test_the_table_that_is_given_stays_as_it_was() -> None:
    before = TWO.copy()
    advice_by_confidence(TWO)
    pd.testing.assert_frame_equal(TWO, before)

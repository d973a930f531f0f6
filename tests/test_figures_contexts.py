"""The figures of contexts: nothing clipped or overlapping at both widths, and doubt, blanks and marks to be seen."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from drawn_text import assert_readable
from newroles import figures
from newroles.errors import InputError
from newroles.figures.style import NARROW, PAPER, WIDE, use_house_style

WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW])
MIXES = ["Nurses and health visitors", "Scientific, therapeutic and technical staff", "Doctors"]
WHY = "4 clusters ('trust') are too few for 12 coefficients: clusters vary in 3 independent ways at most. Use fewer terms."

PAIRS = pd.DataFrame(
    {
        "outcome": np.repeat(["Often burnt out", "Sickness absence in the whole financial year, all staff"], 3),
        "mix": MIXES * 2,
        "estimate": [2.1, -1.8, np.nan, 0.0, -12.34, 0.5],
        "low": [-1.6, -8.5, np.nan, -0.5, -15.0, np.nan],
        "high": [5.9, 4.9, np.nan, 0.5, -9.0, np.nan],
        "passes": [False, False, False, False, True, False],
        "note": ["", "", WHY, "", "", ""],
        "said": [f"without a trust: {i}.0" for i in range(6)],
    }
)
PAIRED = pd.DataFrame(
    {
        "pair": np.repeat(["Often burnt out and enough staff", "Autonomy and sickness absence"], 2)[:3],
        "part": ["between trusts", "within a trust", "between trusts"],
        "estimate": [-0.72, -0.59, -0.2],
        "low": [-0.82, -0.7, -0.6],
        "high": [-0.57, -0.47, 0.2],
    }
)
MEANS = pd.DataFrame({"trust": [f"X{i:02}" for i in range(50)], "raw": np.linspace(0.2, 0.4, 50)})
MEANS = MEANS.assign(pooled=0.3 + (MEANS["raw"] - 0.3) * 0.9, low=MEANS["raw"] - 0.02, high=MEANS["raw"] + 0.02)
MEANS.loc[3, ["raw", "pooled", "low", "high"]] = np.nan
YEARS = pd.DataFrame(
    {"year": [f"20{i}-{i + 1}" for i in range(17, 25)], "england": np.linspace(0.5, 0.51, 8), "n": 150}
)
YEARS = YEARS.assign(low=YEARS["england"] - 0.03, middle=YEARS["england"], high=YEARS["england"] + 0.03)

DRAWN = {
    "grouped": lambda: figures.estimate_rows(
        PAIRS, "mix", group="outcome", passes="passes", unit="Percentage points per ten points of the share"
    ),
    "one row": lambda: figures.estimate_rows(PAIRS.iloc[[0]], "mix"),
    "nothing known": lambda: figures.estimate_rows(PAIRS.iloc[[2]], "mix"),
    "range with words": lambda: figures.estimate_rows(
        PAIRS,
        "mix",
        group="outcome",
        right="said",
        line="range",
        right_key="Right: the trust left out and the estimate without it",
    ),
    "paired": lambda: figures.estimate_rows(PAIRED, "pair", mark="part", decimals=2, unit="Correlation"),
    "no reference": lambda: figures.estimate_rows(PAIRS.iloc[[0, 1]], "mix", reference=None),
    "caterpillar": lambda: figures.pooled_caterpillar(MEANS, unit="Staff who often or always feel burnt out"),
    "caterpillar, named": lambda: figures.pooled_caterpillar(MEANS, labels="trust"),
    "caterpillar, one": lambda: figures.pooled_caterpillar(MEANS.iloc[[0]]),
    "trend": lambda: figures.trend_band(YEARS),
    "trend, two years, one blank": lambda: figures.trend_band(YEARS.iloc[:2].assign(england=[np.nan, 0.5])),
}


@WIDTHS
@pytest.mark.parametrize("name", DRAWN)
def test_no_text_is_clipped_and_none_overlaps(name, width):
    with use_house_style(width):
        figure = DRAWN[name]()
    assert_readable(figure)


def dots(ax) -> list:
    return [line for line in ax.lines if line.get_marker() in ("o", "s")]


def test_an_estimate_that_does_not_pass_is_hollow_and_a_blank_one_says_why():
    figure = DRAWN["grouped"]()
    first, second = figure.axes
    assert [to_hex(line.get_markerfacecolor()) == PAPER for line in dots(first)] == [True, True]  # the third has no dot
    assert [to_hex(line.get_markerfacecolor()) == PAPER for line in dots(second)] == [True, False, True]
    assert any("too few for 12" in " ".join(text.get_text().split()) for text in first.texts)
    assert "filled: holds up after allowing for all" in " ".join(second.get_xlabel().split())
    assert [text.get_text() for text in second.texts] == ["0.0 (−0.5 to 0.5)", "−12.3 (−15.0 to −9.0)", "0.5"]


def test_what_stands_at_the_right_is_said_below():
    label = DRAWN["range with words"]().axes[-1].get_xlabel()
    assert label.endswith("Bar: smallest to largest\nRight: the trust left out and the estimate without it")


def test_a_long_reason_ends_in_an_ellipsis():
    texts = [" ".join(text.get_text().split()) for text in DRAWN["nothing known"]().axes[0].texts]
    assert not any("..." in text for text in texts)
    long = PAIRS.iloc[[2]].assign(
        note="a reason that goes on for so long that nobody would want to read it in a row of a figure at all"
    )
    said = " ".join(" ".join(text.get_text().split()) for text in figures.estimate_rows(long, "mix").axes[0].texts)
    assert said.endswith(" …")


@WIDTHS
def test_two_marks_of_a_row_have_two_shapes_and_a_key(width):
    with use_house_style(width):
        ax = DRAWN["paired"]().axes[0]
    assert [line.get_marker() for line in dots(ax)] == ["o", "s", "o"]
    assert "● between trusts; ■ within a trust" in ax.get_xlabel().replace("\n", " ")
    heights = [float(line.get_ydata()[0]) for line in dots(ax)]
    assert heights[1] - heights[0] > 0.09  # apart, so that neither hides the other


def test_the_caterpillar_names_nobody_unasked_and_counts_the_blank():
    ax = DRAWN["caterpillar"]().axes[0]
    assert not [text for text in ax.get_yticklabels() if text.get_text()]
    assert "1 of 50 without a value" in ax.get_xlabel()
    assert len(ax.lines[0].get_xdata()) == 49


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="is there twice"):
        figures.estimate_rows(pd.concat([PAIRS, PAIRS.iloc[[0]]]), "mix", group="outcome")
    with pytest.raises(InputError, match="needs the column 'passed'"):
        figures.estimate_rows(PAIRS, "mix", group="outcome", passes="passed")
    with pytest.raises(InputError, match="without rows"):
        figures.estimate_rows(PAIRS.iloc[:0], "mix")
    with pytest.raises(InputError, match="room for 2"):
        figures.estimate_rows(PAIRS.iloc[:3].assign(row="one"), "row", mark="mix")
    with pytest.raises(InputError, match="No trust has a pooled mean"):
        figures.pooled_caterpillar(MEANS.iloc[[3]])
    with pytest.raises(InputError, match="no line to draw"):
        figures.trend_band(YEARS.assign(england=np.nan))

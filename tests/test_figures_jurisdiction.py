"""The figures of shared work: on real and hard tables, nothing clipped, nothing overlapping, every number to be read."""

from itertools import combinations

import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from drawn_text import shown
from newroles import figures, jurisdiction
from newroles.datasets import load_open, load_published
from newroles.errors import InputError
from newroles.figures.jurisdiction import _DEEPEST
from newroles.figures.style import ACCENT, INK, NARROW, PAPER, WIDE, use_house_style

DARK, DARK_INK, DARK_ACCENT = "#14181e", "#dbe1e7", "#3fb1c5"  # the dark page and what the style sheet puts in place
ACTIVITIES = load_open("profession_activities")
WORK = jurisdiction.as_competencies(ACTIVITIES)
PAIRS = jurisdiction.overlap(WORK)
ORDER = jurisdiction.clustered_order(PAIRS)
PLACED = jurisdiction.place_roles(load_published("role_activities"), ACTIVITIES, own=["uses_lived_experience"])
CORE = jurisdiction.shared_core(WORK, 0.05)
NURSES = CORE[CORE["role_a"].eq("registered_nurse") & CORE["role_b"].eq("practical_nurse")]
LONG = {"psychiatrist": "Psychiatrist of a very long name that goes on and on", "nursing_associate": "Associate " * 8}


def few(*roles: str) -> pd.DataFrame:
    return PAIRS[PAIRS["role_a"].isin(roles) & PAIRS["role_b"].isin(roles)]


def more_than_fit() -> pd.DataFrame:
    table = pd.DataFrame({"role": [f"role_{i}" for i in range(23)], "competency": "x", "weight": range(1, 24)})
    return jurisdiction.overlap(
        pd.concat([table, pd.DataFrame({"role": ["alone"], "competency": ["y"], "weight": [1]})])
    )


FOUR = few("psychiatrist", "registered_nurse", "social_worker", "pharmacist")
UNKNOWN = FOUR.assign(
    overlap=FOUR["overlap"].mask(FOUR["role_a"].eq("psychiatrist") | FOUR["role_b"].eq("psychiatrist"))
)
ONE = PLACED[PLACED["role"].eq("nursing_associate")]
DRAWN = {
    "matrix": lambda: figures.overlap_matrix(PAIRS, ORDER),
    "matrix, long names": lambda: figures.overlap_matrix(FOUR, names=LONG),
    "matrix, two": lambda: figures.overlap_matrix(few("psychiatrist", "pharmacist")),
    "matrix, not defined": lambda: figures.overlap_matrix(UNKNOWN),
    "matrix, more than fit": lambda: figures.overlap_matrix(more_than_fit(), nearest=1),
    "borders": lambda: figures.bordering_chart(PLACED),
    "borders, one row": lambda: figures.bordering_chart(ONE.iloc[[0]]),
    "borders, long names": lambda: figures.bordering_chart(ONE, most=2, activities=9, names={**LONG, "practical_nurse": "Nurse " * 12}),
    "borders, full and none": lambda: figures.bordering_chart(ONE.iloc[[0, -1]].assign(overlap=[1.0, 0.0])),
    "core": lambda: figures.shared_core_chart(NURSES),
    "core, one row": lambda: figures.shared_core_chart(NURSES.iloc[[0]], names=LONG),
    "core, the same weight": lambda: figures.shared_core_chart(NURSES.assign(weight_b=NURSES["weight_a"]), names={"registered_nurse": "Nurse " * 9}),
}  # fmt: skip


def said(figure: Figure) -> list[str]:
    return [text.get_text() for text in shown(figure)]


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["page", "phone"])
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_is_clipped_overlaps_or_is_too_small(name, width):
    with use_house_style(width):
        figure = DRAWN[name]()
    texts = shown(figure)
    boxes = [text.get_window_extent() for text in texts]
    edge = figure.bbox
    for text, box in zip(texts, boxes, strict=True):
        inside = edge.x0 - 1 <= box.x0 and box.x1 <= edge.x1 + 1 and edge.y0 - 1 <= box.y0 and box.y1 <= edge.y1 + 1
        assert inside, f"'{text.get_text()}' is clipped"
        assert text.get_fontsize() >= 7.5, text.get_text()
    for (one, a), (other, b) in combinations(zip(texts, boxes, strict=True), 2):
        apart = a.x1 <= b.x0 + 1.5 or b.x1 <= a.x0 + 1.5 or a.y1 <= b.y0 + 1.5 or b.y1 <= a.y0 + 1.5
        assert apart, f"'{one.get_text()}' overlaps '{other.get_text()}'"


def test_each_pair_has_its_overlap_in_hundredths():
    order = ["pharmacist", "psychiatrist", "registered_nurse", "social_worker"]
    words = said(figures.overlap_matrix(FOUR, order))
    known = FOUR.set_index(["role_a", "role_b"])["overlap"]
    expected = [f"{100 * known[pair]:.0f}" for pair in combinations(order, 2)]
    assert sorted(text for text in words if text.isdigit()) == sorted([*expected, "0", "20", "40", "60"])  # and the key
    assert words[:4] == ["Pharmacist", "Psychiatrist", "Registered nurse", "Social worker"]


def test_what_is_not_defined_differs_from_nothing_in_common():
    words = said(figures.overlap_matrix(UNKNOWN))
    assert words.count("?") == 3
    assert "? not defined" in words
    apart = pd.DataFrame({"role": ["a", "b"], "competency": ["x", "y"], "weight": [1, 1]})
    words = said(figures.overlap_matrix(jurisdiction.overlap(apart)))
    assert words.count("0") == 2  # the cell and the key
    assert "? not defined" not in words


def test_on_a_phone_each_role_is_followed_by_its_nearest():
    with use_house_style(NARROW):
        texts = shown(figures.overlap_matrix(PAIRS, ORDER, nearest=2))
    near = jurisdiction.nearest(PAIRS, ["psychiatrist"], 2)
    heading = next(
        i for i, text in enumerate(texts) if text.get_text() == "Psychiatrist" and text.get_weight() == "bold"
    )
    own = [text.get_text().replace("\n", " ") for text in texts[heading + 1 : heading + 5]]
    assert own[::2] == [name.replace("_", " ").capitalize() for name in near["neighbour"]]
    assert own[1::2] == [f"{value:.2f}" for value in near["overlap"]]
    with use_house_style(NARROW):
        assert "overlaps with nobody" in said(figures.overlap_matrix(more_than_fit()))


def test_bars_are_as_long_as_the_overlap_and_named_by_what_carries_it():
    figure = figures.bordering_chart(ONE, most=2, activities=2, names={"keeps_records": "writes things down"})
    top = ONE.drop_duplicates("borders_on").head(2)
    bars = [patch.get_width() for patch in figure.axes[0].patches if isinstance(patch, Rectangle)]
    frames, filled = bars[::2], bars[1::2]
    assert [length / frames[0] for length in filled] == pytest.approx(top["overlap"].tolist())
    words = said(figure)
    assert f"{top['overlap'].iloc[0]:.2f}" in words
    carried = ONE[ONE["borders_on"].eq("practical_nurse")]
    assert f"writes things down, tests and samples and {len(carried) - 2} more" in words
    assert f"and {ONE['borders_on'].nunique() - 2} more with less overlap" in words


def test_bordering_roles_beyond_a_tie_are_counted_as_such():
    borders = pd.DataFrame({"role": "new", "borders_on": ["a", "b", "c", "d"], "overlap": [0.5, 0.4, 0.4, 0.1]})
    borders = borders.assign(competency="talks", share=1.0)
    words = said(figures.bordering_chart(borders, most=2))
    assert "and 1 more with as much overlap as the last, and 1 more with less overlap" in words
    assert "and 1 more with less overlap" in said(figures.bordering_chart(borders, most=3))


def test_the_core_of_two_roles_may_be_asked_for_either_way_round():
    figure = figures.shared_core_chart(CORE, ("practical_nurse", "registered_nurse"))
    label = figure.axes[0].get_xlabel()
    assert label.index("Practical nurse") < label.index("Registered nurse")
    first = figure.axes[0].lines[0].get_xdata()
    assert list(first) == pytest.approx([NURSES["weight_b"].iloc[0], NURSES["weight_a"].iloc[0]])
    assert figure.axes[0].get_xlim()[0] == 0


def test_numbers_can_be_read_on_the_deepest_shade():
    """WCAG 2.2: 4.5 to 1 for text."""

    def light(colour) -> float:
        return sum(w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
                   for w, c in zip((0.2126, 0.7152, 0.0722), colour, strict=True))  # fmt: skip

    for page, ink, accent in ((PAPER, INK, ACCENT), (DARK, DARK_INK, DARK_ACCENT)):
        shade = [_DEEPEST * a + (1 - _DEEPEST) * p for a, p in zip(to_rgb(accent), to_rgb(page), strict=True)]
        low, high = sorted((light(shade), light(to_rgb(ink))))
        assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: figures.overlap_matrix(PAIRS.drop(columns="overlap")), "needs the column 'overlap'"),
        (lambda: figures.overlap_matrix(PAIRS.iloc[:0]), "without rows"),
        (lambda: figures.overlap_matrix(PAIRS, ["psychiatris"]), "Did you mean 'psychiatrist'"),
        (lambda: figures.overlap_matrix(PAIRS, ["psychiatrist"]), "at least two roles"),
        (lambda: figures.bordering_chart(PLACED.drop(columns="share")), "needs the column 'share'"),
        (lambda: figures.bordering_chart(PLACED.iloc[:0]), "without rows"),
        (lambda: figures.bordering_chart(PLACED, most=0), "At least one bordering role"),
        (lambda: figures.shared_core_chart(CORE), "pairs of roles: choose one"),
        (lambda: figures.shared_core_chart(CORE, ("psychiatrist", "nobody")), "core of both 'psychiatrist' and 'nobody'"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_words(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_given_axes_are_drawn_into():
    ax = Figure(figsize=(7, 6), layout="constrained").subplots()
    for draw in (
        lambda: figures.overlap_matrix(FOUR, ax=ax),
        lambda: figures.bordering_chart(ONE, ax=ax),
        lambda: figures.shared_core_chart(NURSES, ax=ax),
    ):
        ax.clear()
        assert draw() is ax.get_figure()

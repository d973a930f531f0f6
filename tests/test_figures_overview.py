"""The pictures of the national overview: on real tables and hard ones, nothing clipped, every state to be seen."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from drawn_text import shown
from newroles import disclosure, figures, overview, roles, skill_mix
from newroles.datasets import load_codebook, load_open, load_published, load_study
from newroles.errors import InputError
from newroles.figures.cells import STATES, Cell, cell_of, short_names
from newroles.figures.style import INK, NARROW, PAPER, WIDE, use_house_style

WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW])
BOOK = load_codebook("skill_mix_change")
KIND_NAMES = dict(zip(BOOK.codes["id"], BOOK.codes["name"], strict=True))
REGISTER = roles.load_register().roles
NAMES = dict(zip(REGISTER["id"], REGISTER["name"], strict=True))
TILES = load_open("region_tiles")
REGIONS, BOARDS = (TILES[TILES["level"] == level] for level in ("region", "board"))


def _example() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reports with roles, and the frame, of the invented example study."""
    study = load_study("example_study")
    matches = roles.match_titles(study.reports["title"], study.title_decisions, on=study.reports["reported_on"])
    return roles.with_roles(study.reports, matches), study.trusts


REPORTS, TRUSTS = _example()
KINDS = skill_mix.coding_from_decisions(load_published("role_type_codings"), BOOK).query("state == 'kind'")
ADOPTION = overview.adoption(REPORTS, TRUSTS).head(6)
ADJUSTED = ADOPTION.assign(adjusted=ADOPTION["estimate"] * 0.9, name=ADOPTION["role"].map(NAMES))
BY_KIND = overview.adoption(REPORTS, TRUSTS, by="code", coding=KINDS)
PLACES = overview.roles_by_region(REPORTS, TRUSTS, only=ADOPTION["role"].tolist(), totals=True)
KIND_PLACES = overview.roles_by_region(
    REPORTS, TRUSTS, by="code", coding=KINDS, only=["SMC-INN", "SMC-SUB-VER", "SMC-LIA"]
)
TOGETHER = overview.combinations_in_trusts(REPORTS, TRUSTS, KINDS)
SIZES = dict(zip(BY_KIND["code"], BY_KIND["x"], strict=True))
CURVES = pd.concat(overview.adoption_curve(REPORTS, TRUSTS, role) for role in ADOPTION["role"][:5])
WITHOUT = pd.concat(
    overview.arrivals(REPORTS, TRUSTS, role).query("state == 'not_reported'").assign(role=role)
    for role in ADOPTION["role"][:2]
)
UNITS = pd.DataFrame({"trust": [f"Invented {i}" for i in range(30)], "n": np.arange(30) * 29 + 40})
UNITS["x"] = (UNITS["n"] * (0.3 + 0.12 * np.sin(np.arange(30)))).astype(int)
METHODS = pd.DataFrame(
    [("Answers as they are", 31, 27, 36), ("Weighted by the chance of answering", 28, 22, 34), ("Bounds", np.nan, 20, 40)],
    columns=["label", "estimate", "low", "high"],
)  # fmt: skip


def one_region(**looks: object) -> dict:
    return {"role": "peer_support_worker", "region": "London", "count": 3, "answered": 8, "share": 0.375} | looks


def every_state() -> pd.DataFrame:
    """A count, a zero, a hidden one, nobody answered, not asked; two regions have no row."""
    blank = {"count": pd.NA, "share": np.nan}
    rows = [
        one_region(),
        one_region(region="Midlands", count=0, share=0.0),
        one_region(region="South East", count_status="hidden", **blank),
        one_region(region="South West", answered=0, **blank),
        one_region(region="North West", state="not_asked", **blank),
    ]
    return pd.DataFrame(rows)


def many_boards() -> pd.DataFrame:
    rows = [
        {"role": "peer_support_worker", "icb": name, "count": i % 12, "answered": 12, "share": i % 12 / 12}
        for i, name in enumerate(BOARDS["name"])
    ]
    return pd.DataFrame(rows[:-3])


def hidden_shares(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The first rows as they come from `protect`: no count, no share, x_status hidden."""
    blank = [
        column
        for column in table.columns
        if column in ("x", "estimate", "low", "high", "bound_low", "bound_high", "adjusted")
    ]
    part = table.assign(x=table["x"].astype("Int64"), x_status="shown")
    part.loc[part.index[:rows], blank] = pd.NA
    part.loc[part.index[:rows], "x_status"] = "hidden"
    return part


DRAWN = {
    "adoption": lambda: figures.adoption_chart(ADJUSTED, adjusted_by="weighted by the chance of answering"),
    "adoption, kinds": lambda: figures.adoption_chart(BY_KIND.assign(name=BY_KIND["code"].map(KIND_NAMES))),
    "adoption, hidden": lambda: figures.adoption_chart(hidden_shares(ADJUSTED, 2)),
    "adoption, one row": lambda: figures.adoption_chart(BY_KIND.iloc[[0]]),
    "adoption, nobody": lambda: figures.adoption_chart(nobody()),
    "estimates": lambda: figures.estimates_compared(METHODS, "Trusts with peer support workers", truth=29),
    "estimates, shares": lambda: figures.estimates_compared(METHODS.assign(estimate=0.6, low=0.5, high=0.72), "Share of trusts", share=True),
    "estimates, one row": lambda: figures.estimates_compared(METHODS.iloc[[2]], "Trusts", truth=60.5, decimals=1),
    "regions": lambda: figures.role_region_heat_map(PLACES, names=NAMES),
    "regions, every state": lambda: figures.role_region_heat_map(every_state()),
    "regions, one row": lambda: figures.role_region_heat_map(every_state().iloc[[0]]),
    "regions, other places": lambda: figures.role_region_heat_map(every_state().assign(region=["Wessex Marches", "Kesteven", "b", "c", "d"])),
    "maps": lambda: figures.tile_map_of_shares(KIND_PLACES, REGIONS, by="code", names=KIND_NAMES),
    "maps, every state": lambda: figures.tile_map_of_shares(every_state(), REGIONS, names={"peer_support_worker": "A long name " * 4}),
    "maps, many answers": lambda: figures.tile_map_of_shares(pd.DataFrame([one_region(role=r, count=118, answered=1204) for r in "ab"]), REGIONS),
    "maps, boards": lambda: figures.tile_map_of_shares(many_boards(), BOARDS, place="icb"),
    "maps, one tile": lambda: figures.tile_map_of_shares(pd.DataFrame([one_region()]), REGIONS.query("name == 'London'")),
    "together": lambda: figures.upset_plot(TOGETHER, SIZES, KIND_NAMES),
    "together, few shown": lambda: figures.upset_plot(TOGETHER, SIZES, KIND_NAMES, most=3),
    "together, hidden": lambda: figures.upset_plot(hidden_shares(TOGETHER, 2), SIZES, KIND_NAMES),
    "together, one row": lambda: figures.upset_plot(TOGETHER.iloc[[2]], None, {"SMC-INN": "A long name of a kind of change"}, of="roles"),
    "together, many": lambda: figures.upset_plot(pd.DataFrame({"kinds": [*"abcdefghijklm", "none"], "x": 1000, "n": 14000})),
    "curves": lambda: figures.adoption_curves(CURVES, NAMES, WITHOUT),
    "curves, one role": lambda: figures.adoption_curves(CURVES[CURVES["role"] == CURVES["role"].iloc[0]], NAMES),
    "curves, one date": lambda: figures.adoption_curves(CURVES.iloc[[0]]),
    "curves, two dates": lambda: figures.adoption_curves(CURVES.iloc[[0, 1]].assign(date=["2023-01-01", "2023-09-30"])),
    "funnel": lambda: figures.funnel_plot(overview.funnel_limits(UNITS), overview.funnel_limits(UNITS, overdispersion="additive"), of="staff"),
    "funnel, labelled": lambda: figures.funnel_plot(overview.funnel_limits(UNITS.iloc[::4]), labels="trust"),
    "funnel, two": lambda: figures.funnel_plot(overview.funnel_limits(UNITS.head(2), levels=[0.9])),
}  # fmt: skip

# hard tables are hardest on a phone; drawing them at both widths would double the time
BOTH_WIDTHS = (
    "adoption",
    "estimates",
    "regions",
    "maps",
    "maps, boards",
    "together",
    "together, many",
    "curves",
    "funnel",
)


def nobody() -> pd.DataFrame:
    """A role that nobody reported, and one in a region where nobody answered."""
    none = {"x": 0, "n": 31, "N": 51, "estimate": 0.0, "low": 0.0, "high": 0.06, "bound_low": 0.0, "bound_high": 0.39}
    silent = {"x": 0, "n": 0, "N": 4, "low": 0.0, "high": 1.0, "bound_low": 0.0, "bound_high": 1.0}
    return pd.DataFrame([{"role": "gateway_worker"} | none, {"role": "care_navigator"} | silent])


def said(figure: Figure) -> list[str]:
    figure.set_layout_engine("none")  # what is said doesn't hang on where it stands
    return [text.get_text() for text in shown(figure)]


def narrow(name: str) -> Figure:
    with use_house_style(NARROW):
        return DRAWN[name]()


def marks(figure: Figure, marker: str) -> list:
    return [line for line in figure.axes[0].lines if line.get_marker() == marker]


def boxes(figure: Figure, least: float = 0.3) -> list[tuple[bool, str | None]]:
    """Filled or not, and hatch, of every box on the first axes that is at least so wide."""
    return [
        (bool(patch.get_alpha()), patch.get_hatch()) for patch in figure.axes[0].patches if patch.get_width() > least
    ]


@pytest.mark.parametrize(
    ("name", "width"),
    [(name, width) for name in DRAWN for width in (WIDE, NARROW) if width == NARROW or name in BOTH_WIDTHS],
)
def test_no_text_is_clipped_and_none_overlaps(name, width):
    with use_house_style(width):
        figure = DRAWN[name]()
    assert figure.get_figwidth() == pytest.approx(width)
    texts = [(text.get_text(), text.get_fontsize(), Text.get_window_extent(text)) for text in shown(figure)]
    assert texts
    edge = figure.bbox
    for words, size, box in texts:
        assert size >= 7.5, words
        inside = box.x0 >= edge.x0 - 1 and box.y0 >= edge.y0 - 1 and box.x1 <= edge.x1 + 1 and box.y1 <= edge.y1 + 1
        assert inside, f"{words!r} leaves the figure: {box} in {edge}"
    for (one, _, a), (other, _, b) in combinations(texts, 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across < 1 or down < 1.5, f"{one!r} overlaps {other!r} by {across:.1f} x {down:.1f} pixels"
    for patch in figure.axes[0].patches:
        box = patch.get_window_extent()
        assert edge.x0 <= box.x0 <= box.x1 <= edge.x1 + 1
        assert edge.y0 - 1 <= box.y0 <= box.y1 <= edge.y1 + 1


def test_axes_that_are_passed_are_drawn_on():
    figure = Figure(figsize=(7, 5), layout="constrained")
    ax = figure.subplots()
    for draw in (
        lambda: figures.adoption_chart(ADJUSTED, ax),
        lambda: figures.estimates_compared(METHODS, "Trusts", ax=ax),
        lambda: figures.role_region_heat_map(PLACES, ax=ax),
        lambda: figures.adoption_curves(CURVES, ax=ax),
        lambda: figures.funnel_plot(overview.funnel_limits(UNITS), ax=ax),
    ):
        ax.clear()
        assert draw() is figure
    assert figure.get_figwidth() == 7


# cells ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("looks", "state", "words"),
    [
        ({}, "shown", "3/8"),
        ({"count": 0, "share": 0.0}, "zero", "0/8"),
        ({"answered": 0, "count": pd.NA}, "missing", ""),
        ({"answered": 0, "count": 0}, "missing", ""),  # nobody answered: a zero would be a claim
        ({"count": pd.NA, "count_status": "hidden", "state": "zero"}, "hidden", ""),  # the rule goes before the state
        ({"count": pd.NA, "count_status": "missing"}, "missing", ""),
        ({"state": "not_asked"}, "not_asked", ""),
        ({"answered": pd.NA, "share": np.nan}, "shown", "3"),
    ],
)
def test_a_row_says_what_its_cell_is(looks, state, words):
    cell = cell_of(one_region(**looks), "London")
    assert (cell.state, cell.words()) == (state, words)


def test_a_count_above_those_that_answered_and_an_unknown_state_are_refused():
    with pytest.raises(InputError, match="count is 9 of 8"):
        cell_of(one_region(count=9), "London")
    with pytest.raises(InputError, match="'hiden' is no state"):
        cell_of(one_region(state="hiden"), "London")
    assert cell_of(one_region(count=10, count_status="shown"), "London").words() == "10/8"  # rounded counts may pass it


def test_short_names_differ_on_the_map_of_boards():
    labels = short_names(BOARDS["name"].tolist())
    assert len(set(labels)) == len(labels) == 42
    assert max(map(len, labels)) <= 5


@pytest.mark.parametrize(("name", "least"), [("regions, every state", 0.35), ("maps, every state", 0.35)])
def test_every_state_looks_different_without_colour(name, least):
    looks = boxes(narrow(name), least)
    # count: an outline over a fill; zero: an outline alone; hidden: dots; nobody answered: diagonals; not asked: no box
    assert looks.count((True, None)) == 1
    assert looks.count((False, "....")) == 1
    assert looks.count((False, "////")) == 1
    dashes = [line for line in narrow(name).axes[0].lines if line.get_marker() in ("None", "")]
    assert len(dashes) == (1 if name.startswith("regions") else 3) + 1  # two more regions on the map; one in the key
    words = " ".join(said(narrow(name)))
    for state in ("zero", "hidden", "missing"):
        assert STATES[state] in words
    assert "not asked" in words


def test_only_states_that_occur_are_explained():
    words = " ".join(said(DRAWN["regions, one row"]()))
    assert "nobody answered" not in words
    assert "not shown" not in words


# regions ----------------------------------------------------------------------------------------------------------------------


def test_cells_say_how_many_of_how_many_and_totals_stand_apart():
    figure = figures.role_region_heat_map(PLACES, names=NAMES)
    words = said(figure)
    row = PLACES.iloc[0]
    assert f"{row['count']}/{row['answered']}" in words
    assert words.index("South\nWest") < words.index("All\nregions")
    assert {"NEY", "EoE", "All"} <= set(said(narrow("regions")))
    assert "NEY North East and Yorkshire" in " ".join(" ".join(said(narrow("regions"))).split())


def test_a_role_and_region_twice_and_too_many_columns_are_refused():
    with pytest.raises(InputError, match="in London is there twice"):
        figures.role_region_heat_map(pd.DataFrame([one_region(), one_region()]))
    many = pd.DataFrame([one_region(region=f"r{i}") for i in range(30)])
    with pytest.raises(InputError, match="30 columns"):
        figures.role_region_heat_map(many)


# maps -------------------------------------------------------------------------------------------------------------------------


def test_each_kind_has_a_map_with_all_tiles():
    words = said(figures.tile_map_of_shares(KIND_PLACES, REGIONS, by="code", names=KIND_NAMES))
    kinds = KIND_PLACES["code"].nunique()
    assert words.count("NEY") == words.count("Lon") == kinds
    row = KIND_PLACES.iloc[0]
    assert f"{row['count']} of {row['answered']}" in words
    assert {KIND_NAMES[code] for code in KIND_PLACES["code"]} <= {" ".join(word.split()) for word in words}


def test_totals_are_not_on_the_map_and_homeless_places_are_refused():
    assert "All regions" not in said(figures.tile_map_of_shares(PLACES, REGIONS))
    with pytest.raises(InputError, match=r"No tile for the region 'Londn'.*London"):
        figures.tile_map_of_shares(pd.DataFrame([one_region(region="Londn")]), REGIONS)
    with pytest.raises(InputError, match="No tile for the region 'Londn'.*South East London"):
        figures.tile_map_of_shares(pd.DataFrame([one_region(region="Londn")]), BOARDS)
    with pytest.raises(InputError, match="only totals"):
        figures.tile_map_of_shares(PLACES[PLACES["region"] == "All regions"], REGIONS)
    with pytest.raises(InputError, match="is there twice"):
        figures.tile_map_of_shares(pd.DataFrame([one_region(), one_region()]), REGIONS)


def test_the_shade_and_the_bar_grow_with_the_share():
    table = pd.DataFrame([one_region(), one_region(region="Midlands", count=6, share=0.75)])
    patches = figures.tile_map_of_shares(table, REGIONS).axes[0].patches
    shades = [patch.get_alpha() for patch in patches if patch.get_alpha() and patch.get_width() > 0.3]
    bars = sorted(patch.get_width() for patch in patches if patch.get_height() < 0.1 and patch.get_linewidth() == 0)
    assert len(shades) == len(bars) == 2
    assert max(shades) <= 0.5
    assert bars[1] == pytest.approx(2 * bars[0])


# adoption ---------------------------------------------------------------------------------------------------------------------


def test_dots_intervals_bounds_and_adjusted_estimates_stand_where_the_table_says():
    figure = figures.adoption_chart(ADJUSTED)
    ax = figure.axes[0]
    bars = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches]
    assert bars == [pytest.approx(pair) for pair in ADJUSTED[["bound_low", "bound_high"]].to_numpy()]
    diamonds = [line for line in marks(figure, "D") if line.get_markersize() == 5]
    assert [line.get_xdata()[0] for line in diamonds] == pytest.approx(ADJUSTED["adjusted"].tolist())
    assert all(to_hex(line.get_markerfacecolor()) == PAPER for line in diamonds)
    row = ADJUSTED.iloc[0]
    assert f"{row['x']} of 31" in said(figure)
    assert ax.get_xlabel() == "Share of all 51 trusts; 31 answered"


def test_a_hidden_share_is_hatched_and_a_zero_is_hollow():
    words = said(DRAWN["adoption, hidden"]())
    assert words.count("not shown") == words.count("suppressed (small number)") == 2
    hatched = [patch for patch in DRAWN["adoption, hidden"]().axes[0].patches if patch.get_hatch()]
    assert len(hatched) == 2
    words = said(DRAWN["adoption, nobody"]())
    assert {"0 of 31", "nobody answered"} <= set(words)
    assert "adjusted for who answered" not in words
    zero = figures.adoption_chart(nobody().head(1)).axes[0].lines
    assert to_hex([line for line in zero if line.get_markersize() > 7][-1].get_markerfacecolor()) == PAPER


def test_several_groups_at_once_are_refused():
    by_region = overview.adoption(REPORTS, TRUSTS, within="region", only=["peer_support_worker"])
    with pytest.raises(InputError, match="one group at a time"):
        figures.adoption_chart(by_region)


def test_the_truth_is_a_line_only_where_it_is_known():
    figure = DRAWN["estimates"]()
    line = next(line for line in figure.axes[0].lines if line.get_linestyle() == "--")
    assert list(line.get_xdata()) == [29, 29]
    assert "the truth, 29" in figure.axes[0].get_xlabel()
    without = figures.estimates_compared(METHODS, "Trusts")
    assert "--" not in {line.get_linestyle() for line in without.axes[0].lines}
    assert {"31 (27 to 36)", "20 to 40"} <= set(said(without))
    with pytest.raises(InputError, match="None of the methods"):
        figures.estimates_compared(METHODS.assign(estimate=np.nan, low=np.nan, high=np.nan), "Trusts")


# together ---------------------------------------------------------------------------------------------------------------------


def test_dots_say_which_kinds_come_together():
    table = pd.DataFrame({"kinds": ["a; b", "a; c", "none"], "x": [5, 3, 2], "n": 10, "N": 20})
    figure = figures.upset_plot(table, {"a": 8, "b": 5, "c": 3})
    dots = [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in marks(figure, "o")
        if to_hex(line.get_markerfacecolor()) == INK
    ]
    columns, rows = sorted({x for x, _ in dots}), sorted({y for _, y in dots})
    assert sorted((columns.index(x), rows.index(y)) for x, y in dots) == [(0, 0), (0, 1), (1, 0), (1, 2)]
    words = said(figure)
    assert words[-1] == "10 trusts that answered, of 20. No dots: none of these kinds"
    assert words.count("8") == 1  # how many have a, whatever else they have


def test_further_combinations_are_summed_and_hidden_ones_not():
    table = pd.DataFrame({"kinds": ["a", "b", "c"], "x": pd.array([5, 3, 2], dtype="Int64"), "n": 10})
    assert "2 further combinations, together 5" in said(figures.upset_plot(table, most=1))[-1]
    table.loc[2, "x"] = pd.NA
    assert "together not shown" in said(figures.upset_plot(table, most=1))[-1]
    assert "small number, not shown" in said(figures.upset_plot(table))[-1]


@WIDTHS
def test_no_size_is_shown_from_which_a_hidden_combination_could_be_worked_out(width):
    table = pd.DataFrame({"kinds": ["a", "a; b", "c"], "x": pd.array([15, pd.NA, 14], dtype="Int64"), "n": 31})
    with use_house_style(width):
        words = said(figures.upset_plot(table, {"a": 17, "b": 2, "c": 14}))
    assert not {"17", "2"} & set(words)
    assert words.count("14") == 2


def test_what_cannot_be_drawn_together_is_refused():
    table = pd.DataFrame({"kinds": ["a", "none"], "x": [5, 3], "n": 8})
    with pytest.raises(InputError, match="no 'a'"):
        figures.upset_plot(table, {"b": 5})
    with pytest.raises(InputError, match="is there twice"):
        figures.upset_plot(table.assign(kinds="a"))
    with pytest.raises(InputError, match="none of the kinds|has any of the kinds"):
        figures.upset_plot(table.iloc[[1]])
    with pytest.raises(InputError, match="most is 0"):
        figures.upset_plot(table, most=0)


# curves and funnels -----------------------------------------------------------------------------------------------------------


def test_curves_are_labelled_at_their_end_with_those_still_without():
    role = CURVES["role"].iloc[0]
    curve = CURVES[CURVES["role"] == role]
    words = [" ".join(text.split()) for text in said(figures.adoption_curves(CURVES, NAMES, WITHOUT))]
    # by hand: of 31 that answered, those that gave no date and those that introduced it are not without
    without = 31 - curve["undated"].iloc[0] - curve["introduced"].sum()
    assert without == WITHOUT["role"].eq(role).sum()
    assert f"{NAMES[role]}: {curve['estimate'].iloc[-1]:.0%}; {without} without" in words
    assert any("31 of 51 answered" in text and "grey: 1 further role" in text for text in words)
    assert f"{curve['estimate'].iloc[-1]:.0%}" in said(narrow("curves"))


def test_each_censored_trust_is_marked_on_its_line_and_each_line_has_a_stroke_of_its_own():
    figure = figures.adoption_curves(CURVES, NAMES, WITHOUT)
    strokes = marks(figure, "|")
    four = CURVES["role"].unique()[:4]
    assert [len(line.get_xdata()) for line in strokes] == [WITHOUT["role"].eq(role).sum() for role in four]
    assert len(strokes[0].get_xdata()) > 5
    with_gap = CURVES.assign(estimate=CURVES["estimate"].mask(CURVES["introduced"] == 1))
    assert (
        len(marks(figures.adoption_curves(with_gap, NAMES, WITHOUT), "|")) < 4
    )  # a trust's day could tell a hidden count
    steps = [line for line in figure.axes[0].lines if line.get_drawstyle() == "steps-post" and line.get_linewidth() > 1]
    assert len({str(line._dash_pattern) for line in steps}) == len(steps) == 4


def test_a_role_whose_numbers_are_hidden_is_named_not_drawn():
    role = CURVES["role"].iloc[0]
    hidden = CURVES.assign(estimate=CURVES["estimate"].mask(CURVES["role"] == role))
    words = " ".join(" ".join(said(figures.adoption_curves(hidden, NAMES))).split())
    assert f"not shown (small numbers): {NAMES[role]}" in words
    assert f"{NAMES[role]}:" not in words
    some = CURVES.iloc[:3].assign(estimate=[0.1, np.nan, 0.3], introduced=[3, pd.NA, 3])
    words = " ".join(" ".join(said(figures.adoption_curves(some, NAMES))).split())
    assert "dates with small numbers are left out" in words
    assert f"{NAMES[role]}: 30%; " not in words  # the counts of other dates don't add up to those still without
    with pytest.raises(InputError, match="No estimate is known"):
        figures.adoption_curves(CURVES.assign(estimate=np.nan))
    with pytest.raises(InputError, match="twice"):
        figures.adoption_curves(pd.concat([CURVES, CURVES]))


def test_trusts_outside_the_limits_are_triangles_and_nameless():
    limits = overview.funnel_limits(UNITS)
    figure = figures.funnel_plot(limits)
    assert len(marks(figure, "^")) == limits["outside"].str.startswith("above").sum() > 0
    assert len(marks(figure, "v")) == limits["outside"].str.startswith("below").sum() > 0
    assert len(marks(figure, "o")) == limits["outside"].eq("within").sum()
    assert not any("Invented" in text for text in said(figure))
    named = {text for text in said(DRAWN["funnel, labelled"]()) if "Invented" in text}
    few = overview.funnel_limits(UNITS.iloc[::4])
    assert named == set(few.loc[few["outside"] != "within", "trust"])


def test_a_funnel_counts_what_it_hides_and_needs_limits():
    limits = overview.funnel_limits(UNITS)
    hidden = limits.assign(share=limits["share"].mask(limits["n"] < 120))
    assert "3 trusts not shown" in figures.funnel_plot(hidden).axes[0].get_xlabel()
    assert "27 trusts" in figures.funnel_plot(hidden).axes[0].get_xlabel()
    with pytest.raises(InputError, match="no limits"):
        figures.funnel_plot(limits.drop(columns=["high_95"]))
    with pytest.raises(InputError, match="no column 'trst'"):
        figures.funnel_plot(limits, labels="trst")


def test_tables_that_were_protected_can_be_drawn():
    """Whatever rule a study names, its tables reach the figures through `protect`."""
    places = PLACES[PLACES["role"] == ADOPTION["role"].iloc[1]]
    for rule in ("threshold_10", "nhs"):
        kept = disclosure.protect(
            places, "count", rule, margins={"region": "All regions"}, derived={"share": "count", "state": "count"}
        )
        words = " ".join(said(figures.role_region_heat_map(kept, names=NAMES)))
        assert "small number, not shown" in words
        figures.tile_map_of_shares(kept, REGIONS)
        shares = dict.fromkeys(("estimate", "low", "high", "bound_low", "bound_high"), "x")
        together = disclosure.protect(TOGETHER, "x", rule, by=["kinds"], assume_known=True, derived=shares)
        assert "?" in said(figures.upset_plot(together, SIZES, KIND_NAMES))
    assert Cell("hidden").words() == ""

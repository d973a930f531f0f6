"""The figures and the page of measures by trust: nothing clipped, every state to be seen, everything escaped, no total."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from drawn_text import assert_readable, shown
from newroles import figures, overview
from newroles.datasets import load_open, load_published
from newroles.errors import InputError
from newroles.figures.measures import ACCESS_WORDS, value_in_words
from newroles.figures.style import ACCENT, NARROW, PAPER, WIDE, use_house_style

FAMILIES = load_published("measure_families")
TRUSTS = load_open("mental_health_trusts")
TABLES = {name: load_open(name) for name in ("staff_survey", "sickness_absence", "staff_groups", "talking_therapies")}
VALUES = overview.trust_values(TRUSTS, FAMILIES, **TABLES)
PROFILE = overview.trust_profile(VALUES, TRUSTS, np.random.default_rng(1996), draws=200)
SOME = TRUSTS[TRUSTS["region"].isin(["London", "East of England"])]  # enough for the page
OF_SOME = PROFILE[PROFILE["trust"].isin(SOME["trust"])]
MAP = overview.measure_map(FAMILIES)
SIDES = overview.MEASURE_SIDES


def dashboard(trust: str, rows: slice = slice(None), **choices) -> Figure:
    standing = PROFILE[PROFILE["trust"].eq(trust)].iloc[rows]
    return figures.trust_dashboard(standing, overview.beside_peers(VALUES, TRUSTS, trust), **choices)


def long_names() -> Figure:
    standing = PROFILE[PROFILE["trust"].eq("TAF")].assign(
        name="Share of those asked who say something rather long about it"
    )
    return figures.trust_dashboard(standing, overview.beside_peers(VALUES, TRUSTS, "TAF"))


BEYOND_EDGE = "trust of seven months, beyond the edge"
DRAWN = {
    "map": lambda: figures.measure_map(MAP, SIDES),
    "map, one cell": lambda: figures.measure_map(MAP.iloc[[0]], SIDES),
    BEYOND_EDGE: lambda: dashboard("TAF"),
    "trust with nothing to compare": lambda: dashboard("G6V2S"),
    "one measure": lambda: dashboard("RT1", slice(4, 5)),
    "long names": long_names,
}


# small tables are hardest on a phone, wide ones at both widths
@pytest.mark.parametrize(
    ("name", "width"),
    [(name, NARROW) for name in DRAWN] + [(name, WIDE) for name in ("map", "long names", BEYOND_EDGE)],
)
def test_no_text_is_clipped_and_none_overlaps(name, width):
    with use_house_style(width):
        figure = DRAWN[name]()
    assert figure.get_figwidth() == pytest.approx(width)
    assert_readable(figure)


@pytest.fixture(scope="module")
def with_all() -> Figure:
    return dashboard("RT1")


def words_of(figure: Figure) -> list[str]:
    figure.set_layout_engine("none")
    return [text.get_text() for text in shown(figure)]


def large_dots(figure: Figure) -> list:
    return [
        line
        for line in figure.axes[0].lines
        if to_hex(line.get_markeredgecolor()) in (ACCENT, PAPER) and line.get_markersize() > 7
    ]


def test_empty_columns_are_named_and_access_has_a_sign_each():
    words = words_of(figures.measure_map(MAP, SIDES))
    key = [text for text in words if text in ACCESS_WORDS.values()]
    assert len(key) == MAP["access"].nunique()
    said = " ".join(" ".join(words).split())
    assert "No measure: team, staff in new roles, staff in existing roles" in said
    signs = set()
    for access in ACCESS_WORDS:
        figure = figures.measure_map(MAP.iloc[[0]].assign(access=access), SIDES)
        drawn = [line for line in figure.axes[0].lines if line.get_marker() not in ("None", "", None)]
        signs.add((drawn[-1].get_marker(), to_hex(drawn[-1].get_markerfacecolor()) == PAPER))
    assert len(signs) == 4  # told apart without colour


def test_on_a_phone_the_map_is_a_list():
    with use_house_style(NARROW):
        words = words_of(figures.measure_map(MAP, SIDES))
    assert {"Patient-reported outcomes", "Level: Person", "Word: Service user"} <= set(words)


def test_a_trust_is_a_dot_where_it_can_be_placed_and_a_reason_where_not(with_all):
    nothing = dashboard("G6V2S")
    of_rt1 = PROFILE[PROFILE["trust"].eq("RT1")]
    assert len(large_dots(with_all)) == len(of_rt1) == 11
    hollow = [to_hex(line.get_markerfacecolor()) == PAPER for line in large_dots(with_all)]
    assert hollow == of_rt1["how_sure"].eq("sampling error could change this").tolist()
    assert large_dots(nothing) == []
    words = words_of(nothing)
    assert words.count("not in the staff survey of 2024") == 4
    assert "4.5%" in words  # the value of five months is said, and not placed


def test_values_and_positions_are_said_in_words(with_all):
    words = words_of(with_all)
    assert {"23,345, within", "48.6%, worse", "4.7%, better", "0.46, higher"} <= set(words)


def test_better_is_to_the_right():
    """Burnt out: TAF's staff more often than its peers', where lower is better; support staff beyond the edge: an arrow head."""
    taf = PROFILE[PROFILE["trust"].eq("TAF") & PROFILE["how_sure"].ne("")].set_index("measure")
    drawn = dict(zip(taf.index, large_dots(dashboard("TAF")), strict=True))
    assert taf.loc["burnt_out_often", "value"] > taf.loc["burnt_out_often", "peer_high"]
    assert drawn["burnt_out_often"].get_xdata()[0] < 0
    assert drawn["support_staff_share"].get_marker() == ">"
    assert drawn["burnt_out_often"].get_marker() == "o"


def test_figures_refuse_tables_that_they_would_misread():
    with pytest.raises(InputError, match="unknown 'shire'"):
        figures.measure_map(MAP.iloc[[0]].assign(answer="shire"), SIDES)
    with pytest.raises(InputError, match="needs the column 'access'"):
        figures.measure_map(MAP.drop(columns="access"), SIDES)
    with pytest.raises(InputError, match="stands twice"):
        figures.trust_dashboard(PROFILE, overview.beside_peers(VALUES, TRUSTS, "RT1"))
    with pytest.raises(InputError, match="without rows"):
        figures.trust_dashboard(PROFILE.iloc[:0], overview.beside_peers(VALUES, TRUSTS, "RT1"))


def test_axes_that_are_passed_are_drawn_on():
    figure = Figure(figsize=(7, 9))
    ax = figure.subplots()
    assert dashboard("RT1", slice(2), ax=ax) is figure


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.0, "share", "0.0%"),
        (1.0, "share", "100.0%"),
        (0.125, "ratio", "0.12"),
        (23345.0, "referrals", "23,345"),
        (np.nan, "share", ""),
    ],
)
def test_values_in_words(value, unit, said):
    assert value_in_words(value, unit) == said


# the page of all trusts ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page() -> ElementTree.Element:
    return ElementTree.fromstring(
        f"<page>{figures.trusts_html(OF_SOME, SOME, 'trusts')}</page>"
    )  # well formed, or it fails


def test_each_trust_opens_by_itself_and_all_are_closed(page):
    details = page.findall("details")
    assert len(details) == len(SOME)
    assert {one.get("name") for one in details} == {"trusts"}
    assert not any("open" in one.attrib for one in details)
    summaries = [" ".join("".join(one.find("summary").itertext()).split()) for one in details]
    assert "North London NHS Foundation Trust (0 of 11 measures compared)" in summaries
    assert "Cambridgeshire and Peterborough NHS Foundation Trust (11 of 11 measures compared)" in summaries
    assert [one.text for one in page.findall("p")] == SOME["region"].drop_duplicates().tolist()


def test_tables_can_be_read_by_ear(page):
    ids = [caption.get("id") for caption in page.iter("caption")]
    assert len(set(ids)) == len(SOME)
    assert [box.get("aria-labelledby") for box in page.iter("div")] == ids
    assert all(box.get("tabindex") == "0" for box in page.iter("div"))
    assert all(head.get("scope") in ("col", "row", "rowgroup") for head in page.iter("th"))
    assert all(strip.get("aria-hidden") == "true" for strip in page.iter("svg"))


def test_a_row_says_what_its_strip_shows(page):
    one = next(t for t in page.findall("details") if t.find("summary").text.startswith("Cambridgeshire"))
    rows = ["|".join(" ".join("".join(cell.itertext()).split()) for cell in row) for row in one.iter("tr")]
    assert (
        "Days lost to sickness (lower is better, 2024-25)|4.7%|5.0% to 6.2%|better than the middle half (complete count)"
        in rows
    )
    recovered = next(row for row in rows if row.startswith("Recovered"))
    assert recovered.endswith(
        "|48.6% (47.6% to 49.6%)|48.9% to 51.7%|worse than the middle half (sampling error could change this)"
    )
    assert sum(1 for _ in one.iter("svg")) == 11
    for strip in page.iter("svg"):
        at, bar = strip.find("circle"), strip.find("rect")
        assert 5 <= float(at.get("cx")) <= 95
        assert 5 <= float(bar.get("x")) <= float(bar.get("x")) + float(bar.get("width")) <= 95.1


def test_what_is_not_known_says_why(page):
    one = next(t for t in page.findall("details") if t.find("summary").text.startswith("North London"))
    text = " ".join("".join(one.itertext()).split())
    assert "Mental Health NHS Trust and Camden and Islington NHS Foundation Trust in November 2024." in text
    assert "not known: not in the staff survey of 2024" in text
    assert "not compared: covers 5 of 12 months" in text
    assert list(one.iter("svg")) == []


def test_no_row_adds_measures_up(page):
    for one in page.findall("details"):
        rows = [head for head in one.iter("th") if head.get("scope") == "row"]
        assert len(rows) == 11
        assert not re.search(r"\b(total|overall|score|rank)\b", "".join(one.itertext()).lower())


def test_codes_in_a_remark_become_the_names_of_trusts():
    both = TRUSTS[TRUSTS["trust"].isin(["G6V2S", "RRP", "TAF"])]
    html = figures.trusts_html(PROFILE[PROFILE["trust"].isin(both["trust"])], both, "trusts")
    names = both.set_index("trust")["name"]
    assert f"Replaced {names['RRP']} and {names['TAF']} in November 2024." in html
    assert f"Replaced by {names['G6V2S']} in November 2024." in html


def test_names_are_escaped():
    bad = '<script>alert("x")</script> & sons'
    rows = PROFILE[PROFILE["trust"].eq("RT1")].assign(name=bad, remark=bad)
    trusts = TRUSTS[TRUSTS["trust"].eq("RT1")].assign(name=bad, region=bad, note=bad)
    html = figures.trusts_html(rows, trusts, "t")
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") >= 4


def test_a_studys_trusts_are_not_shown_by_name():
    for kind in ("invented", "study"):
        with pytest.raises(InputError, match="never from a study"):
            figures.show_trusts(PROFILE, TRUSTS, "trusts", "Trusts.", "somewhere", kind=kind)
    with pytest.raises(InputError, match="'RT1' is in one of the tables only"):
        figures.trusts_html(PROFILE, TRUSTS[TRUSTS["trust"].ne("RT1")], "trusts")


def test_show_puts_title_evidence_and_data_on_the_page(monkeypatch):
    seen: list[dict] = []
    monkeypatch.setattr("newroles.figures.dashboard.display", lambda bundle, raw: seen.append(bundle))
    figures.show_trusts(
        PROFILE, TRUSTS, "trusts", "52 trusts by region.", "NHS England", coverage="40 of 52 trusts have every measure"
    )
    html = seen[0]["text/html"]
    assert 'id="tab-trusts" aria-labelledby="tab-trusts-title"' in html
    assert "40 of 52 trusts have every measure" in html
    assert "Open data" in html
    assert "Data (CSV)" in html

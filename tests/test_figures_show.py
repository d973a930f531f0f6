"""What `show` puts on a page: described, escaped, with ids of its own, the same every time, its data beside it."""

import base64
import importlib
import re
from collections import Counter
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest

from newroles import figures
from newroles.disclosure import NO_COUNTS
from newroles.errors import InputError
from newroles.figures.style import use_house_style
from newroles.figures.svg import inline_svg, to_svg

TABLE = pd.DataFrame(
    {"region": ["Midlands", "London"], "responded": [8, 5], "n": [11, 10], "estimate": [8 / 11, 0.5]},
)
WORDS = {
    "name": "participation",
    "title": "Most trusts of the Midlands took part",
    "subtitle": "Trusts that took part in an invented study, two regions, n = 21",
    "alt": "Dot plot of two regions: the Midlands at 8 of 11, London at 5 of 10.",
    "source": "An invented table",
    "kind": "invented",
    "small_numbers": NO_COUNTS,
}
VOID = {"br", "img", "input", "hr", "meta", "link"}


class Page(HTMLParser):
    """Every element of a piece of HTML, its text, and whether its tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.said: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


@pytest.fixture
def shown(monkeypatch):
    """Show a figure and return what the notebook would keep: {mime type: text}."""
    outputs = []
    module = importlib.import_module("newroles.figures.show")
    monkeypatch.setattr(module, "display", lambda data, raw: outputs.append(data))
    monkeypatch.delenv("NEWROLES_FIGURES", raising=False)

    def run(*positional, **changes):
        figures.show(*(positional or (figures.participation, TABLE)), **{**WORDS, **changes})
        return outputs[-1]

    return run


def test_a_figure_says_what_it_is(shown):
    output = shown()
    assert output["text/plain"] == f"{WORDS['title']}\n{WORDS['alt']}"
    page = Page(output["text/html"])
    ids = {attributes["id"]: tag for tag, attributes in page.elements if "id" in attributes}
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]
    assert len(pictures) == 2  # for a page and for a phone
    for picture in pictures:
        assert picture["role"] == "img"
        assert [ids[name] for name in picture["aria-labelledby"].split()] == ["title", "desc"]
    assert page.elements[0] == ("figure", {"class": "nr-figure nr-responsive", "id": "fig-participation"})
    assert page.said.count(WORDS["alt"]) == 3  # twice as <desc>, once to be read behind the figure
    assert " Invented example" in page.said


def test_one_picture_is_hidden_where_no_style_sheet_chooses(shown):
    divisions = [attributes for tag, attributes in Page(shown()["text/html"]).elements if tag == "div"]
    assert ["hidden" in a for a in divisions if a.get("class") in ("nr-wide", "nr-narrow")] == [False, True]


def test_ids_are_unique_when_figures_share_a_page(shown):
    html = shown()["text/html"] + shown(name="participation-again")["text/html"]
    ids = Counter(attributes["id"] for _, attributes in Page(html).elements if "id" in attributes)
    assert len(ids) > 50
    assert not [name for name, times in ids.items() if times > 1]
    wanted = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', html))
    assert {first or second for first, second in wanted} <= set(ids)


def test_the_same_figure_is_the_same_bytes(shown):
    assert shown()["text/html"] == shown()["text/html"]
    assert to_svg(figures.participation(TABLE)) == to_svg(figures.participation(TABLE))


def test_nothing_from_data_or_words_becomes_markup(shown):
    bad = '<script>alert("x")</script>&<b onclick=x>'
    table = TABLE.assign(region=[bad, "--><img src=x>"])
    words = {"title": bad, "subtitle": bad, "alt": f"{bad} is a long enough text here", "source": bad}
    html = shown(figures.participation, table, **words)["text/html"]
    page = Page(html)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "b", "img"}
    assert "<!--" not in html
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert bad in page.said


def test_a_page_wide_style_never_leaks_out_of_a_figure(shown):
    assert "style" not in {tag for tag, _ in Page(shown()["text/html"]).elements}


def test_ink_follows_the_page(shown):
    svg = inline_svg(figures.participation(TABLE), "p", "title", "description")
    assert "var(--nr-ink" in svg
    assert "var(--nr-accent" in svg
    assert not re.search(r"(fill|stroke): *#(1f2329|59636e|d5dbe2|ffffff|000000)\b", svg)


def test_glyphs_keep_their_size():
    """Numbers are shortened, but a scale of 0.015625 must not become 0.015: glyphs shrank by 4%."""
    assert "scale(0.015625)" in to_svg(figures.participation(TABLE))


def test_a_finished_figure_works_as_well(shown):
    with use_house_style():
        figure = figures.participation(TABLE)
    page = Page(shown(figure, data=TABLE)["text/html"])
    assert [tag for tag, _ in page.elements].count("svg") == 1
    with pytest.raises(InputError, match="drawn already"):
        shown(figure, TABLE)
    with pytest.raises(InputError, match="without its numbers"):
        shown(figure)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alt": ""}, "needs alt text"),
        ({"alt": None}, "needs alt text"),
        ({"alt": "A dot plot"}, "needs alt text"),
        ({"alt": "fig 1 of the study by region final.png"}, "is a file name"),
        ({"alt": WORDS["title"]}, "needs alt text"),
        ({"title": " "}, "has no title"),
        ({"subtitle": ""}, "has no subtitle"),
        ({"source": ""}, "has no source"),
        ({"kind": "opened"}, "Did you mean 'open'"),
        ({"name": "Fig 1"}, "lower-case words joined"),
        ({"name": "../x"}, "lower-case words joined"),
    ],
)
def test_a_figure_without_its_words_is_refused(shown, change, message):
    with pytest.raises(InputError, match=message):
        shown(**change)


@pytest.mark.parametrize("word", ["alt", "title", "subtitle", "source", "kind", "name"])
def test_every_word_is_asked_for(shown, word):
    with pytest.raises(TypeError, match=word):
        figures.show(figures.participation, TABLE, **{key: value for key, value in WORDS.items() if key != word})


def test_the_data_travel_in_the_page_when_no_book_is_made(shown):
    (link,) = [a for tag, a in Page(shown()["text/html"]).elements if tag == "a"]
    assert link["download"] == "participation.csv"
    text = base64.b64decode(link["href"].removeprefix("data:text/csv;charset=utf-8;base64,")).decode("utf-8")
    assert text.splitlines()[0] == "region,responded,n,estimate"
    assert text.splitlines()[2] == "London,5,10,0.5"


def test_a_book_gets_the_data_and_the_picture_as_files(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("NEWROLES_FIGURES", str(tmp_path / "figures"))
    monkeypatch.setenv("NEWROLES_CHAPTER", "phase1_new_roles")
    html = shown(title="Up & <down>")["text/html"]
    links = [a["href"] for tag, a in Page(html).elements if tag == "a"]
    assert links == [
        "../_static/figures/phase1_new_roles/participation.csv",
        "../_static/figures/phase1_new_roles/participation.svg",
    ]
    assert (
        (tmp_path / "figures" / "participation.csv")
        .read_bytes()
        .startswith(b"region,responded,n,estimate\nMidlands,8,")
    )
    picture = ElementTree.parse(tmp_path / "figures" / "participation.svg").getroot()
    assert picture[0].text == "Up & <down>"
    assert picture[1].text == WORDS["alt"]
    assert "var(" not in (tmp_path / "figures" / "participation.svg").read_text(encoding="utf-8")


def test_nothing_is_written_for_a_figure_that_is_refused(shown, monkeypatch, tmp_path):
    monkeypatch.setenv("NEWROLES_FIGURES", str(tmp_path))
    monkeypatch.setenv("NEWROLES_CHAPTER", "phase1_new_roles")
    with pytest.raises(InputError):
        shown(kind="opened")
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv("NEWROLES_CHAPTER")
    with pytest.raises(InputError, match="set both"):
        shown()


def test_a_long_table_is_cut_and_says_so(shown):
    table = pd.concat([TABLE] * 20, ignore_index=True).assign(region=[f"Invented region {i}" for i in range(40)])
    html = shown(figures.participation, table)["text/html"]
    assert html.count('<th scope="row"') == 30
    assert "the first 30 of 40 rows; the CSV has all" in html


def test_choices_reach_the_drawing_function(shown):
    seen = []

    def draw(table, ax=None, where="a"):
        seen.append((where, figures.style.figure_width()))
        return figures.participation(table)

    shown(draw, TABLE, where="b")
    assert seen == [("b", figures.WIDE), ("b", figures.NARROW)]


def test_a_figure_without_rows_gives_the_sentence_for_that_case(shown, monkeypatch):
    told = []
    monkeypatch.setattr(importlib.import_module("newroles.figures.show"), "show_note", lambda *said: told.append(said))
    figures.show(figures.participation, TABLE.head(0), if_empty="Nobody took part.", **WORDS)
    assert told == [("Nobody took part.", "invented", "fig-participation")]
    with pytest.raises(InputError):
        shown(figures.participation, TABLE.head(0))

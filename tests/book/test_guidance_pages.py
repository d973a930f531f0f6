"""The advice in the built book: walked down to its sources and back up, chosen from, and handed round."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from newroles.book.handouts import read_handouts
from newroles.cli import main
from newroles.guidance import load_recommendations

pytestmark = pytest.mark.browser
SEED = 2026  # another seed takes other ten
CHAPTER = "notebooks/phase3_tasks.html"


@pytest.fixture(scope="module")
def page(browser, address):
    """A page of the book; what went wrong on it, and what it asked others for, is collected in `page.trouble`."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.trouble = []
    opened.on("request", lambda r: None if r.url.startswith(address) else opened.trouble.append(r.url))
    opened.on("pageerror", lambda e: opened.trouble.append(str(e)))
    yield opened
    context.close()


def read(book: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((book / page).read_text(encoding="utf-8"), "html.parser")


def card_page(file: str) -> str:
    return f"book/guidance/{Path(file).stem}.html"


TEN = random.Random(SEED).sample(list(load_recommendations()), 10)


@pytest.mark.parametrize("each", TEN, ids=lambda each: each.id)
def test_a_recommendation_is_walked_down_to_its_source_and_back(page, address, each):
    """By clicks alone: card, evidence, figure or table with its record and source; and up again to the same card."""
    own = f"{address}/{card_page(each.file)}"
    one_of_each = {evidence.kind: evidence for evidence in each.rests_on}
    for evidence in one_of_each.values():
        page.goto(f"{own}#rec-{each.id}", wait_until="load")
        card = page.locator(f"#rec-{each.id}")
        assert each.action in card.locator("h2, h3, h4").first.inner_text()
        card.locator("summary").click()
        card.locator(f'a[href*="evidence.html#{evidence.kind}-{evidence.id}"]').first.click()
        page.wait_for_url(f"**/book/guidance/evidence.html#{evidence.kind}-{evidence.id}")
        entry = page.locator(f"#{evidence.kind}-{evidence.id}")
        assert entry.is_visible()
        about = page.locator(f"#{evidence.kind}-{evidence.id} + dd")
        links = about.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        outside = [link for link in links if link.startswith("http")]
        tables = [link for link in links if re.search(r"data_catalogue|study_folder|codebooks/|register", link)]
        assert tables, "the table and its record"
        assert outside if evidence.kind == "fact" else any("notebooks/" in link for link in links)
        about.locator("summary").click()
        about.locator(f'a[href$="#rec-{each.id}"]').first.click()
        page.wait_for_url(f"**/{card_page(each.file)}#rec-{each.id}")
        assert page.locator(f"#rec-{each.id}").is_visible()
    assert not page.trouble


def test_every_card_leads_to_all_its_evidence_and_each_piece_back(built_book):
    entries = read(built_book, "book/guidance/evidence.html").select("dl.nr-evidence-list > dt")
    back = {str(dt["id"]): _ends(dt.find_next_sibling("dd"), "#rec-") for dt in entries}
    stems = dict.fromkeys(each.file for each in load_recommendations())
    cards = {str(card["id"]): card for file in stems for card in read(built_book, card_page(file)).select(".nr-advice")}
    for each in load_recommendations():
        links = _ends(cards[f"rec-{each.id}"], "evidence.html#")
        assert links == {key.replace(":", "-") for key in each.cites()}, each.id
        assert all(each.id in back[link] for link in links), each.id


def _ends(part: Tag, mark: str) -> set[str]:
    """What links in a part of a page lead to, after a mark in their address."""
    addresses = [str(link["href"]) for link in part.find_all("a", href=True)]
    return {address.partition(mark)[2] for address in addresses if mark in address}


def test_links_of_evidence_lead_to_figures_tables_and_records_that_are_there(built_book):
    home = "book/guidance/evidence.html"
    anchors: dict[str, set[str]] = {}
    soup = read(built_book, home)
    entries = soup.select("dl.nr-evidence-list > dt")
    cited = {key for each in load_recommendations() for key in each.cites()}
    assert {str(entry["id"]) for entry in entries} == {key.replace(":", "-") for key in cited}
    for link in soup.select("dl.nr-evidence-list a[href]"):
        parts = urlsplit(urljoin(f"https://book/{home}", str(link["href"])))
        if parts.netloc != "book":
            continue
        target = parts.path.lstrip("/")
        if target not in anchors:
            anchors[target] = set(re.findall(r'\sid="([^"]*)"', (built_book / target).read_text(encoding="utf-8")))
        assert not parts.fragment or parts.fragment in anchors[target], link


def test_a_chapter_ends_with_the_advice_that_rests_on_it(built_book):
    found = json.loads((built_book / "findings/phase3_tasks.json").read_text(encoding="utf-8"))
    ids = {finding["id"] for finding in found}
    expected = {
        each.id for each in load_recommendations() for key in each.cites() if key.removeprefix("finding:") in ids
    }
    section = read(built_book, CHAPTER).find(id="advice-on-this-chapter")
    assert isinstance(section, Tag)
    links = [str(link["href"]) for link in section.select("a[href*='#rec-']")]
    assert {link.partition("#rec-")[2] for link in links} == expected
    assert expected


def test_choosing_a_role_shortens_the_list_and_nothing_leaves_the_page(page, address):
    page.goto(f"{address}/book/guidance/chooser.html", wait_until="load")
    every = page.locator(".nr-choice:visible").count()
    assert every == len(load_recommendations())
    page.locator(".nr-chooser select").first.focus()
    page.keyboard.type("Nursing")
    page.keyboard.press("Tab")
    fewer = page.locator(".nr-choice:visible").count()
    assert fewer == len(load_recommendations().for_role("nursing_associate"))
    assert not page.trouble


def test_without_scripts_the_whole_list_stands_there(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/book/guidance/chooser.html", wait_until="load")
    assert page.locator(".nr-choice:visible").count() == len(load_recommendations())
    context.close()


def test_everything_that_is_handed_round_is_there_and_is_what_it_says(built_book):
    folder = built_book / "_static/guidance"
    found = read_handouts(folder)
    starts = {".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<svg", ".xlsx": b"PK", ".html": b"<!DOCTYPE html>"}
    for each in found:
        content = (folder / each.path).read_bytes().replace(b"<!doctype", b"<!DOCTYPE")
        assert content.startswith(starts[Path(each.path).suffix]), each.path
        assert len(content) == each.bytes
        assert each.kind != "briefing" or 1 <= each.pages <= 2, each.path
    named = {
        str(a["href"])
        for a in read(built_book, "book/guidance/hand_round.html").select("main a[href*='_static/guidance/']")
    }
    assert {link.partition("_static/guidance/")[2] for link in named} == {each.path for each in found}


def test_the_terminal_walks_the_same_way(built_book, capsys):
    for each in TEN[:3]:
        assert main(["thread", each.id, "--book", str(built_book)]) == 0
        said = capsys.readouterr().out
        assert all(evidence.id in said for evidence in each.rests_on)
        assert "source" in said
        key = each.rests_on[0].key
        assert main(["thread", key, "--book", str(built_book)]) == 0
        assert each.id in capsys.readouterr().out

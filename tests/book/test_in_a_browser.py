"""What a reader can do with the built book: read it from a folder, search, follow numbers, use the keyboard."""

import csv
import io
import re
import shutil

import numpy as np
import pytest
import yaml
from bs4 import BeautifulSoup

from newroles import simulate
from newroles.book import run
from newroles.datasets.places import project_folder
from newroles.simulate import StudySpec, regional_shape, write

pytestmark = pytest.mark.browser
CHAPTER = "notebooks/phase1_new_roles.html"
VIEWS = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def test_it_reads_from_a_folder_too(browser, built_book):
    page = browser.new_page()
    trouble = []
    page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: trouble.append(str(e)))
    page.goto((built_book / CHAPTER).as_uri(), wait_until="load")
    assert page.locator("figure.nr-figure svg:visible").count() >= 6
    page.goto((built_book / "search.html").as_uri() + "?q=nursing+associate")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    page.wait_for_timeout(500)
    assert page.locator("#search-results li").count() >= 3
    assert not trouble
    page.close()


def test_without_scripts_everything_is_still_there(browser, address):
    context = browser.new_context(java_script_enabled=False, viewport=VIEWS["wide"])
    page = context.new_page()
    page.goto(f"{address}/{CHAPTER}")
    assert page.locator("figure.nr-figure svg:visible").count() >= 6
    page.goto(f"{address}/book/methods.html")
    assert page.locator("math").count() >= 8
    context.close()


def test_maths_are_drawn(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/book/methods.html")
    sizes = page.eval_on_selector_all("div.math math", "all => all.map(m => m.getBoundingClientRect().height)")
    assert len(sizes) >= 4
    assert min(sizes) > 15
    page.close()


def test_search_finds_a_role(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/search.html?q=nursing+associate")
    page.wait_for_selector("#search-results li a[href*='phase1_new_roles']", timeout=20_000)
    page.close()


def test_every_figure_and_table_says_what_it_is_and_gives_its_data(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/{CHAPTER}")
    figures = page.locator("figure.nr-figure, .nr-table")
    assert figures.count() >= 10
    badges = set()
    for i in range(figures.count()):
        figure = figures.nth(i)
        badges.add(figure.locator(".nr-badge").first.inner_text().split(maxsplit=1)[1])
        link = figure.locator("a.nr-data-link").first.get_attribute("href")
        response = page.request.get(f"{address}/notebooks/{link}" if not link.startswith("data:") else link)
        assert response.ok, link
        rows = list(csv.reader(io.StringIO(response.text())))
        assert len(rows) >= 2, link
        assert len({len(row) for row in rows}) == 1, link
    assert badges == {"Published", "Open data", "Invented example"}
    page.close()


def test_the_answer_stands_first_and_its_numbers_lead_to_their_figures(browser, address):
    page = browser.new_page(viewport=VIEWS["wide"])
    page.goto(f"{address}/{CHAPTER}")
    first = page.locator("main article section p").first
    assert re.search(r"\d", first.inner_text())
    link = first.locator("a:has(.finding)").first
    target = link.get_attribute("href")
    assert target.startswith("#fig-")
    assert page.locator(f"figure{target}").count() == 1
    page.close()


def test_two_clicks_lead_from_a_path_to_the_acts_behind_it(browser, address):
    """From a term of the solution to its teams, and from a team to the ids of its extracts; and back again."""
    page = browser.new_page(viewport=VIEWS["phone"])
    page.goto(f"{address}/notebooks/phase3_conditions.html")
    page.locator("#tab-paths-constructive .nr-path a").first.click()
    page.wait_for_url("**/phase3_acts_behind.html#path-constructive-1")
    team = page.locator("section:target table a").first
    named = team.inner_text()
    team.click()
    acts = page.locator("section:target th[id^='act-'] code")
    assert page.locator("section:target h3").inner_text().startswith(f"{named}: {acts.count()} acts")
    assert acts.count() >= 10
    assert all(re.fullmatch(r"S\d{5}", text) for text in acts.all_inner_texts())
    assert 0 <= acts.first.bounding_box()["y"] < VIEWS["phone"]["height"]
    page.locator("section:target p a").first.click()
    page.locator("section:target a", has_text="Back to the paths").click()
    page.wait_for_url("**/phase3_conditions.html#tab-paths-constructive")
    page.close()


def test_the_keyboard_shows_where_it_is(browser, address):
    page = browser.new_page(viewport=VIEWS["wide"])
    page.goto(f"{address}/{CHAPTER}")
    unmarked = []
    for _ in range(40):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return [e.outerHTML.slice(0, 90), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none'] }"""
        )
        if not shown[1]:
            unmarked.append(shown[0])
    assert not unmarked
    page.close()


@pytest.mark.slow
def test_a_real_study_is_not_called_invented_and_its_text_is_never_run(browser, first_phase, tmp_path):
    study = tmp_path / "our_study"
    shutil.copytree(project_folder() / "data/example_study", study)
    settings = yaml.safe_load((study / "study.yml").read_text())
    assert settings["kind"] == "invented"
    ours = {
        "kind": "real",
        "title": "Our <b onmouseover=hacked=1>study</b>",
        "place": "Our region",
        "about": "Ours.",
        "ethics_reference": "1",
        "disclosure_profile": "none",  # titles that few trusts use are listed, so that the page has them to show
    }
    (study / "study.yml").write_text(yaml.safe_dump({**settings, **ours}))
    reports = list(csv.DictReader((study / "reports.csv").open(encoding="utf-8", newline="")))
    hostile = ["<script>hacked = 1</script>", "<img src=x onerror=hacked=1>", "=HYPERLINK(1)", "{finding}`x`", "$x_1$"]
    for row, report in enumerate(reports[: 20 * len(hostile)]):  # often enough to be among the titles that are listed
        report["title"] = hostile[row % len(hostile)]
    with (study / "reports.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, reports[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(reports)
    report = run(study, tmp_path / "book", project=first_phase)
    assert any("web-page code" in warning for warning in report.manifest["warnings"])
    page = browser.new_page()
    page.goto((report.book / CHAPTER).as_uri())
    words = page.locator("main").inner_text()
    assert "invented" not in words.lower()
    assert not {badge for badge in page.locator(".nr-badge").all_inner_texts() if "nvented" in badge}
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.locator("main b[onmouseover], main img[onerror]").count() == 0
    assert "<img src=x onerror=hacked=1>" in words  # shown as the text it is
    page.goto((report.book / "book/about_run.html").as_uri())
    assert page.evaluate("typeof hacked") == "undefined"
    page.close()


@pytest.mark.slow
def test_the_smallest_study_makes_a_book_too(browser, tiny_study, first_phase, tmp_path):
    """Three trusts and four reports: too few to estimate from, which the chapter says instead of stopping."""
    out = run(tiny_study, tmp_path / "book", project=first_phase).book
    page = browser.new_page()
    page.goto((out / CHAPTER).as_uri())
    words = page.locator("main").inner_text()
    assert "Every title has a role." in words
    assert "nan" not in words.lower().split()
    page.close()


@pytest.mark.slow
def test_the_first_phase_runs_on_another_study_without_an_edit(first_phase, tmp_path):
    """Another seed and shape: three regions, twelve trusts, no table of ties."""
    shape = regional_shape(12, ["London", "Midlands", "South West"])
    study = write(simulate.study(StudySpec(**shape), np.random.default_rng(77)), tmp_path / "another")
    (study / "ties.csv").unlink()
    report = run(study, tmp_path / "book", project=first_phase)
    words = BeautifulSoup((report.book / CHAPTER).read_text(encoding="utf-8"), "html.parser").find("main").get_text(" ")
    answered = sum(shape["responded_by_region"].values())
    assert f"reports from {answered} trusts" in " ".join(words.split())
    assert "nan" not in words.lower().split()

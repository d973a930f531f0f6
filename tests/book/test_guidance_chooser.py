"""The chooser in a browser: by keyboard to a printed checklist, without scripts, on a phone, and with nothing leaving the page."""

import copy
import csv
import io
import itertools
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

import guidance_examples as examples
from newroles.datasets.places import project_folder
from newroles.guidance import load_recommendations
from newroles.guidance.chooser import ANCHOR, chooser, chooser_page
from newroles.guidance.judging import judged
from newroles.guidance.review import Reviewed
from newroles.guidance.vocabulary import role_names
from newroles.tables import badge

pytestmark = pytest.mark.browser
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE, PHONE, SMALL = ({"width": width, "height": 900} for width in (1280, 390, 320))
SUPERVISOR, ALONE, BAND = "name-the-supervisor", "psw-not-alone", "settle-the-band"
CARRIES, TASKS = "watch-who-carries-the-work", "look-again-at-tasks"


def cards() -> dict:
    """The tiny guidance, and one more recommendation for everyone before the role arrives, with an odd action."""
    files = examples.files()
    more = copy.deepcopy(files["everyone.yml"]["recommendations"][0])
    more |= {"id": BAND, "action": '=Settle "the band", and pay & hours', "readiness": ["The band is settled."]}
    files["everyone.yml"]["recommendations"].append(more)
    return files


@pytest.fixture(scope="session")
def chooser_file(tmp_path_factory) -> Path:
    """A page of the chooser that stands by itself, as the code writes it, with a heading and a link before it."""
    home = tmp_path_factory.mktemp("chooser")
    guidance = load_recommendations(examples.write_folder(home, cards()))
    whole = judged(guidance, examples.findings(), examples.facts(), Reviewed(), examples.STUDY, examples.TODAY)
    body = chooser(whole, role_names(), lambda each: f"cards.html#rec-{each.id}", badge, level=2)
    assets = project_folder() / "src/newroles/book/assets"
    path = home / "chooser.html"
    path.write_text(
        chooser_page(
            '<p id="elsewhere"><a href="#elsewhere">A link of the page</a></p>' + body,
            "Where to begin with a new role",
            [(assets / "chooser.css").read_text(encoding="utf-8")],
            [(assets / "chooser.js").read_text(encoding="utf-8")],
        ),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def open_page(browser, chooser_file):
    """Opens the chooser; what it asked of a network, and what went wrong on it, is collected and must be nothing."""
    contexts, trouble = [], []

    def opened(hash="", viewport=WIDE, **how):
        context = browser.new_context(viewport=viewport, accept_downloads=True, **how)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: None if r.url.startswith(("file:", "blob:")) else trouble.append(r.url))
        page.on("console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: trouble.append(str(e)))
        page.goto(chooser_file.as_uri() + hash)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not trouble


def listed(page) -> list[str]:
    """The recommendations that are seen, in their order."""
    return [item.get_attribute("data-id") for item in page.locator(".nr-choice >> visible=true").all()]


def score(page, id: str, *scores: int) -> None:
    for field, value in zip(page.locator(f"#{ANCHOR}{id} .nr-score").all(), scores, strict=True):
        field.locator("input").nth(value).check()


def decide(page, id: str, decision: str, reason: str = "") -> None:
    page.locator(f"#{ANCHOR}{id} .nr-decision input[value={decision}]").check()
    if reason:
        page.locator(f"#why-{id}").fill(reason)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def tab_to(page, selector: str, most: int = 60) -> None:
    """Press Tab until this has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{most} Tabs did not lead to {selector}")


def until(page, expression: str) -> None:
    """Wait until this is true on the page (the page's own policy forbids Playwright's way of waiting)."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never true: {expression}")


# With the keyboard ---------------------------------------------------------------------------------------------------------


def test_by_keyboard_alone_from_the_first_question_to_a_printed_checklist(open_page):
    page = open_page()
    page.evaluate("window.printed = 0; window.print = () => { window.printed += 1 }; 0")
    tab_to(page, "#choose-role")
    page.keyboard.type("Peer")
    tab_to(page, "#choose-setting", most=1)
    page.keyboard.type("Comm")
    tab_to(page, "input[name=when]", most=1)
    page.keyboard.press("ArrowDown")
    until(page, "document.querySelector('.nr-count').textContent.startsWith('3 of 5 apply')")
    assert page.locator(".nr-count").inner_text() == (
        "3 of 5 apply: Peer Support Worker; community mental health team; before it arrives."
    )
    assert listed(page) == [SUPERVISOR, BAND, ALONE]
    tab_to(page, f"[name=score-{SUPERVISOR}-0]")
    page.keyboard.press("Space")  # not yet
    tab_to(page, f"[name=score-{SUPERVISOR}-1]", most=1)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")  # partly
    tab_to(page, f"[name=decision-{SUPERVISOR}]", most=1)
    page.keyboard.press("ArrowRight")  # we will do this
    tab_to(page, f"[name=decision-{BAND}]")
    page.keyboard.press("ArrowLeft")  # from the first to the last: not for us
    tab_to(page, f"#why-{BAND}", most=1)
    page.keyboard.type("Settled <nationally>.")
    tab_to(page, "[data-nr=order]")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.matches('.nr-bar')"), "the reader is led back to the top of the list"
    assert listed(page) == [SUPERVISOR, ALONE, BAND]
    tab_to(page, "[data-nr=print]")
    page.keyboard.press("Enter")
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    paper = page.locator("body").inner_text()
    assert paper.index("Checklist for a new role") < paper.index("Date") < paper.index("3 of 5 apply")
    assert "A supervisor is named for each post.\nNot yet" in paper
    assert "The supervisor has hours set aside.\nPartly" in paper
    assert "We will do this" in paper
    assert "Not for us\nWhy: Settled <nationally>." in paper.replace("\n\n", "\n")
    assert "readiness is 1 of 4" in paper
    for screen_only in ("Which role?", "Download", "A link of the page", "Worth looking", "evidence, and what speaks"):
        assert screen_only not in paper
    assert not page.locator(".nr-ask, .nr-buttons, .nr-card, h1").locator("visible=true").count()


def test_the_focus_goes_down_the_page_and_is_always_seen(open_page):
    page = open_page("#choices&when=before")
    seen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e), outlined = s.outlineStyle !== 'none';
                return [e.getBoundingClientRect().top + scrollY, outlined && parseFloat(s.outlineWidth) >= 2, e.outerHTML.slice(0, 80)] }"""
            )
        )
        if page.evaluate("document.activeElement.matches('[data-nr=again]')"):
            break
    assert page.evaluate("document.activeElement.matches('[data-nr=again]')")
    assert not [html for _, outlined, html in seen if not outlined]
    tops = [top for top, _, _ in seen]
    assert all(later >= earlier - 40 for earlier, later in itertools.pairwise(tops))  # beside one another at most


def test_everything_to_be_pressed_is_large_enough(open_page):
    page = open_page(viewport=PHONE)
    decide(page, BAND, "not")
    small = page.eval_on_selector_all(
        ".nr-chooser :is(input, select, textarea, button, a)",
        """all => all.filter(e => e.checkVisibility()).map(e => [e.getBoundingClientRect(), e.outerHTML.slice(0, 90)])
        .filter(([box]) => box.width < 24 || box.height < 24).map(([, html]) => html)""",
    )
    assert not small


# Without scripts -----------------------------------------------------------------------------------------------------------


def test_without_scripts_the_whole_list_stands_there(open_page):
    page = open_page(java_script_enabled=False)
    assert listed(page) == [SUPERVISOR, BAND, ALONE, CARRIES, TASKS]
    text = page.locator("main").inner_text()
    for words in (
        "Scripts are off",
        "Team managers; supervisors",
        "Fairly confident",
        "The band is settled.",
        "Invented example",
    ):
        assert words in text
    assert text.count("The evidence, and what speaks against it") == 5
    assert not page.locator("input, select, button, textarea").locator("visible=true").count()
    page.emulate_media(media="print")
    assert "Where nobody is named, support depends on goodwill." in page.locator("main").inner_text()


# Access --------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("viewport", [WIDE, PHONE, SMALL], ids=["1280", "390", "320"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_is_accessible(open_page, viewport, scheme):
    page = open_page("#choices&role=peer_support_worker", viewport=viewport, color_scheme=scheme)
    score(page, SUPERVISOR, 0, 1)
    decide(page, ALONE, "not", "w" * 200)
    press(page, "Put least in place first")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
    assert not [(each["id"], node["target"]) for each in found for node in each["nodes"]]


def test_without_scripts_or_choices_the_list_is_accessible_too(open_page, chooser_file):
    """axe is itself a script, so the list is looked at without ours."""
    page = open_page()
    text = re.sub(r"<script>.*</script>", "", chooser_file.read_text(encoding="utf-8"), flags=re.S)
    page.set_content(text)
    assert not page.locator(".nr-on").count()
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
    assert not [(each["id"], node["target"]) for each in found for node in each["nodes"]]


def test_the_count_is_read_out_when_it_changes_and_only_then(open_page):
    page = open_page()
    assert page.locator(".nr-count").get_attribute("role") == "status"
    page.evaluate(
        "window.said = []; new MutationObserver(() => said.push(document.querySelector('.nr-count').textContent))"
        ".observe(document.querySelector('.nr-count'), {childList: true, characterData: true, subtree: true})"
    )
    score(page, SUPERVISOR, 0, 0)
    page.select_option("#choose-role", "nursing_associate")
    assert page.evaluate("said") == ["4 of 5 apply: Nursing Associate; any setting; all moments."]


# What is listed, in which order, and why -----------------------------------------------------------------------------------


def test_role_setting_and_moment_choose_what_is_listed(open_page):
    page = open_page()
    assert listed(page) == [SUPERVISOR, BAND, ALONE, CARRIES, TASKS]
    page.select_option("#choose-role", "other")
    assert listed(page) == [SUPERVISOR, BAND, CARRIES, TASKS]
    page.select_option("#choose-setting", "older_adults")
    assert listed(page) == [SUPERVISOR, BAND, TASKS]
    page.locator("input[name=when][value=first_three_months]").check()
    assert listed(page) == []
    assert page.locator(".nr-none").is_visible()
    assert not page.locator(".nr-moment h2").locator("visible=true").count()
    page.select_option("#choose-setting", "inpatient_ward")
    assert listed(page) == [CARRIES]
    assert not page.locator(".nr-none").is_visible()


def test_lowest_readiness_comes_first_and_what_waits_comes_after(open_page):
    page = open_page()
    score(page, SUPERVISOR, 1, 2)  # three of four points
    score(page, BAND, 0)
    score(page, ALONE, 0, 0)  # lowest of all, and waits for the supervisor
    press(page, "Put least in place first")
    assert listed(page)[:3] == [BAND, SUPERVISOR, ALONE]
    first = [id for id in listed(page) if page.locator(f"#{ANCHOR}{id} .nr-first").is_visible()]
    assert first == [BAND, SUPERVISOR]  # what waits, and what isn't scored, isn't called worth looking at first
    assert "(not in place yet)" in page.locator(f"#{ANCHOR}{ALONE} .nr-need").inner_text()
    score(page, SUPERVISOR, 2, 2)
    assert "(in place)" in page.locator(f"#{ANCHOR}{ALONE} .nr-need").inner_text()
    assert listed(page)[:3] == [BAND, SUPERVISOR, ALONE], "nothing moves while it is being scored"
    press(page, "Put least in place first")
    assert listed(page)[:3] == [BAND, ALONE, SUPERVISOR]  # nothing to wait for any more; what is in place comes last
    decide(page, BAND, "not")
    press(page, "Put least in place first")
    assert listed(page)[:3] == [ALONE, SUPERVISOR, BAND]


def test_unclear_advice_is_never_called_worth_looking_at_first(open_page):
    page = open_page("#choices&when=after")
    score(page, TASKS, 0, 0)
    for id in (CARRIES, SUPERVISOR):
        page.locator("input[name=when][value='']").check()
        score(page, id, 2, 2)
    press(page, "Put least in place first")
    assert page.locator(f"#{ANCHOR}{TASKS} dd[data-part=strength]").inner_text() == "Unclear"
    assert not page.locator(f"#{ANCHOR}{TASKS} .nr-first").is_visible()


def test_each_says_why_it_is_on_the_list(open_page):
    page = open_page("#choices&role=peer_support_worker&setting=community_team")
    because = page.locator(f"#{ANCHOR}{ALONE} .nr-because")
    assert because.inner_text() == (
        "On the list because it names the role (Peer Support Worker), for the setting (Community mental health team) and for "
        "this moment (before the role arrives); what is in place isn't scored yet."
    )
    page.locator(f"#{ANCHOR}{ALONE} .nr-score").first.locator("input").nth(1).check()
    assert because.inner_text().endswith("readiness is 1 of 4 (1 of 2 items scored).")
    assert "it is for every role, for every setting" in page.locator(f"#{ANCHOR}{SUPERVISOR} .nr-because").inner_text()


# The address ---------------------------------------------------------------------------------------------------------------


def choose_much(page):
    page.select_option("#choose-role", "peer_support_worker")
    page.locator("input[name=when][value=before]").check()
    score(page, ALONE, 2, 0)
    page.locator(f"#{ANCHOR}{SUPERVISOR} .nr-score").nth(1).locator("input").nth(1).check()
    decide(page, SUPERVISOR, "do")
    decide(page, BAND, "not", "100% paid & settled; see #3 + <b>")
    until(page, f"location.hash.includes('why.{BAND}')")


def chosen(page) -> dict[str, str]:
    checked = page.eval_on_selector_all(
        "input:checked", "all => Object.fromEntries(all.map(e => [e.name, e.value]).filter(e => e[1] !== ''))"
    )
    return {
        **checked,
        "role": page.locator("#choose-role").input_value(),
        "reason": page.locator(f"#why-{BAND}").input_value(),
    }


def test_choices_stay_after_a_reload_and_travel_in_a_link(open_page):
    page = open_page()
    choose_much(page)
    before = chosen(page)
    assert before == {
        "when": "before",
        f"score-{ALONE}-0": "2",
        f"score-{ALONE}-1": "0",
        f"score-{SUPERVISOR}-1": "1",
        f"decision-{SUPERVISOR}": "do",
        f"decision-{BAND}": "not",
        "role": "peer_support_worker",
        "reason": "100% paid & settled; see #3 + <b>",
    }
    assert "?" not in page.url, "what stands after the # is never sent"
    page.reload()
    assert chosen(page) == before
    other = open_page("#" + page.url.split("#", 1)[1])
    assert chosen(other) == before
    assert listed(other) == [SUPERVISOR, ALONE, BAND]


def test_an_address_that_is_mistyped_or_of_another_edition_does_no_harm(open_page):
    page = open_page(
        f"#choices&role=wizard&setting=%3Cimg%3E&when=never&is.no-such=22&is.{BAND}=29x7.maybe&is.{ALONE}=9-&why.{BAND}="
        + "x" * 999
    )
    assert listed(page) == [SUPERVISOR, BAND, ALONE, CARRIES, TASKS]
    assert page.locator("select option:checked").all_inner_texts() == ["Any role", "Any setting"]
    found = chosen(page)
    assert len(found.pop("reason")) == 300
    assert found == {f"score-{BAND}-0": "2", "role": ""}


def test_links_on_the_page_leave_the_choices_alone(open_page):
    page = open_page()
    choose_much(page)
    before = chosen(page)
    page.get_by_text("A link of the page").click()
    until(page, "location.hash.startsWith('#choices')")
    page.locator(f"#{ANCHOR}{ALONE} .nr-need a").click()
    assert page.evaluate("document.activeElement.id") == f"{ANCHOR}{SUPERVISOR}"
    page.get_by_role("link", name="Order, print or keep").click()
    assert page.evaluate("document.activeElement.id") == "choose-keep"
    page.reload()
    assert chosen(page) == before


def test_a_link_to_what_another_moment_holds_shows_all_moments(open_page):
    page = open_page("#choices&when=after")
    page.locator(f"#{ANCHOR}{TASKS} .nr-need a").click()
    assert page.evaluate("document.activeElement.id") == f"{ANCHOR}{CARRIES}"
    assert CARRIES in listed(page)
    assert page.locator(".nr-count").inner_text().startswith("5 of 5 apply")


def test_start_again_clears_everything_and_back_brings_it_back(open_page):
    page = open_page()
    choose_much(page)
    before = chosen(page)
    press(page, "Start again")
    assert chosen(page) == {"role": "", "reason": ""}
    assert page.evaluate("location.hash") == ""
    assert page.evaluate("document.activeElement.id") == "choose-role"
    assert page.locator(".nr-count").inner_text().startswith("Everything is cleared")
    page.go_back()
    until(page, "document.querySelector('#choose-role').value === 'peer_support_worker'")
    assert chosen(page) == before
    page.go_forward()
    until(page, "document.querySelector('#choose-role').value === ''")


# What is taken along -------------------------------------------------------------------------------------------------------


def test_the_checklist_comes_as_csv(open_page):
    page = open_page()
    choose_much(page)
    with page.expect_download() as waiting:
        press(page, "Download as CSV")
    download = waiting.value
    assert re.fullmatch(r"checklist-peer-support-worker-\d{4}-\d\d-\d\d\.csv", download.suggested_filename)
    raw = Path(download.path()).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "so that Excel reads it as UTF-8"
    rows = {row["recommendation"]: row for row in csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))}
    assert list(rows) == [SUPERVISOR, ALONE, BAND] == listed(page)
    assert [row["place"] for row in rows.values()] == ["1", "2", "3"]
    assert rows[BAND]["action"] == '\'=Settle "the band", and pay & hours'  # a spreadsheet would run it
    assert rows[BAND]["reason"] == "100% paid & settled; see #3 + <b>"
    assert {id: row["decision"] for id, row in rows.items()} == {
        SUPERVISOR: "We will do this",
        ALONE: "Not decided",
        BAND: "Not for us",
    }
    assert {id: (row["readiness"], row["out_of"]) for id, row in rows.items()} == {
        SUPERVISOR: ("1", "4"),
        ALONE: ("2", "4"),
        BAND: ("", "2"),
    }
    assert rows[ALONE]["items"] == (
        "A supervisor is named for each post. [in place] The supervisor has hours set aside. [not yet]"
    )
    assert rows[ALONE]["comes_after"] == SUPERVISOR
    assert {row["role"] for row in rows.values()} == {"Peer Support Worker"}
    assert all(row["moment"] == "Before the role arrives" for row in rows.values())


def test_what_is_not_answered_prints_as_boxes_to_tick(open_page):
    page = open_page("#choices&role=peer_support_worker&when=before")
    page.emulate_media(media="print")
    paper = page.locator(f"#{ANCHOR}{SUPERVISOR}")
    text = paper.inner_text()
    assert text.count("Not yet") == text.count("In place") == 2
    assert "We will do this" in text
    assert "Not decided" not in text
    assert paper.locator("input").locator("visible=true").count() == 8  # three for each of two items, and two to decide
    assert page.locator(".nr-lines").inner_text().split("\n")[-1] == "Date"
    light = page.eval_on_selector_all(".nr-chooser *", "all => new Set(all.map(e => getComputedStyle(e).color)).size")
    assert light == 1, "paper needs no colour"

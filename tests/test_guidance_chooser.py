"""The chooser as HTML: every recommendation once, in order, escaped, with its address; and the page that holds it."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup

import guidance_examples as examples
from newroles.datasets.places import project_folder
from newroles.errors import InputError
from newroles.guidance import load_recommendations
from newroles.guidance.cards import Guidance
from newroles.guidance.chooser import ANCHOR, chooser, chooser_page
from newroles.guidance.judging import judged
from newroles.guidance.review import Reviewed, load_reviewed, write_reviewed
from newroles.guidance.vocabulary import CASE_ROLES, SETTINGS, role_names
from newroles.tables import badge

ODD = 'Ask "who" & why: a \\ b, 2 > 1; it\'s <ours>'
ASSETS = project_folder() / "src/newroles/book/assets"


def shown(folder, changed=None, reviewed=None, findings=None):
    """The tiny guidance, its evidence looked up."""
    guidance = load_recommendations(examples.write_folder(folder, changed))
    found = examples.findings() if findings is None else findings
    return judged(guidance, found, examples.facts(), reviewed or Reviewed(), examples.STUDY, examples.TODAY)


def soup(judged_, **how):
    address = how.pop("address", lambda each: f"cards.html#rec-{each.id}")
    return BeautifulSoup(chooser(judged_, role_names(), address, badge, **how), "html.parser")


def test_every_recommendation_stands_there_once_by_moment_and_then_as_the_files_have_it(tmp_path):
    found = soup(shown(tmp_path))
    assert [item["data-id"] for item in found.select(".nr-choice")] == [
        "name-the-supervisor",
        "psw-not-alone",
        "watch-who-carries-the-work",
        "look-again-at-tasks",
    ]
    assert [heading.text for heading in found.select(".nr-moment > h3")] == [
        "Before the role arrives",
        "In the first three months",
        "After that",
    ]
    ids = [each["id"] for each in found.select("[id]")]
    assert len(ids) == len(set(ids))


def test_each_says_who_acts_how_strongly_how_surely_for_whom_and_why(tmp_path):
    item = soup(shown(tmp_path)).select_one(f"#{ANCHOR}watch-who-carries-the-work")
    said = dict(zip([dt.text for dt in item.select("dt")], [dd.text for dd in item.select("dd")], strict=True))
    assert said == {
        "Who acts": "Team managers; trust leaders",
        "Strength": "Could",
        "How sure we are": "Fairly confident",  # one moderate concern, by the rule of `confidence_level`
        "Roles": "Every role",
        "Settings": "Inpatient ward; community mental health team",
        "Comes after": "Agree who supervises a new role before the post is advertised.",
    }
    assert item.select_one(".nr-why").text == "Where nobody is named, support depends on goodwill."
    assert [li.text for li in item.select(".nr-ready > li")] == [
        "A supervisor is named for each post.",
        "The supervisor has hours set aside.",
    ]


def test_links_lead_to_the_card_and_to_what_comes_first(tmp_path):
    found = soup(shown(tmp_path), address=lambda each: f'a "b".html?x=1&y=2#{each.id}')
    item = found.select_one(f"#{ANCHOR}psw-not-alone")
    assert item.select_one(".nr-card a")["href"] == 'a "b".html?x=1&y=2#psw-not-alone'
    first = item.select_one(".nr-need a")["href"]
    assert first == f"#{ANCHOR}name-the-supervisor"
    assert len(found.select(first)) == 1


def test_a_file_that_is_mailed_without_the_book_has_no_links_that_lead_nowhere(tmp_path):
    found = soup(shown(tmp_path), address=lambda each: "")
    links = {link["href"] for link in found.select("a")}
    assert len(links) == 3  # what comes first, twice the same, another one, and the way to the buttons
    assert all(found.select_one(link) for link in links)


def test_odd_characters_are_shown_and_never_read_as_html(tmp_path):
    """Files refuse angle brackets, and texts put in by another way must be harmless too."""
    whole = shown(tmp_path)
    card = whole.guidance["name-the-supervisor"]
    for field in ("action", "why"):
        object.__setattr__(card, field, ODD)
    object.__setattr__(card, "readiness", (ODD, "Plain."))
    whole.left_out.loc[0] = ["some-card", ODD]
    names = {**role_names(), "peer_support_worker": ODD}
    found = BeautifulSoup(chooser(whole, names, lambda each: f"#{ODD}", badge), "html.parser")
    item = found.select_one(f"#{ANCHOR}name-the-supervisor")
    assert item.select_one(".nr-action").text == item.select_one(".nr-why").text == ODD
    assert item.select_one(".nr-ready li").text == ODD
    assert item.select_one(".nr-card a")["href"] == f"#{ODD}"
    assert found.select_one('option[value="peer_support_worker"]').text == ODD
    assert ODD in found.select_one(".nr-left-out").text
    assert not found.select("ours")


def test_only_what_rests_on_invented_evidence_bears_the_badge(tmp_path):
    found = soup(shown(tmp_path))
    bears = {item["data-id"] for item in found.select(".nr-choice") if item.select_one(".nr-badge.nr-invented")}
    assert bears == {"watch-who-carries-the-work", "look-again-at-tasks"}


def test_evidence_that_has_changed_is_said_of_exactly_what_cites_it(tmp_path):
    first = shown(tmp_path)
    path = tmp_path / "reviewed.yml"
    write_reviewed(first.guidance, first.findings, first.facts, examples.STUDY, path)
    moved = {**examples.findings(), "carry-half": examples.finding("carry-half", value=0.66)}
    found = soup(shown(tmp_path / "again", reviewed=load_reviewed(path), findings=moved))
    assert [item["data-id"] for item in found.select(".nr-choice") if item.select_one(".nr-changed")] == [
        "watch-who-carries-the-work"
    ]


def test_the_questions_offer_every_role_and_setting_and_stay_hidden_without_a_script(tmp_path):
    found = soup(shown(tmp_path))
    values = [option["value"] for option in found.select("#choose-role option")]
    assert values == ["", *CASE_ROLES, "other"]
    assert [option["value"] for option in found.select("#choose-setting option")] == ["", *SETTINGS]
    hidden = {part.get("data-nr") or part.get("data-part") for part in found.select("[hidden]")}
    assert hidden == {"form", "bar", "none", "keep", "first", "because"}
    assert not [part for part in found.select(".nr-moment, .nr-choice, dl, .nr-ready") if part.has_attr("hidden")]
    assert "every recommendation stands here" in found.select_one("noscript").text


def test_a_role_of_the_register_that_only_a_recommendation_names_is_offered_too(tmp_path):
    changed = examples.files()
    changed["peer_support_worker.yml"]["recommendations"][0]["roles"] = ["peer_support_worker", "peer_support_lead"]
    found = soup(shown(tmp_path, changed))
    assert [option["value"] for option in found.select("#choose-role option")][-2:] == ["peer_support_lead", "other"]
    assert (
        found.select_one(f"#{ANCHOR}psw-not-alone dd[data-part=roles]").text == "Peer Support Worker; Peer Support Lead"
    )


def test_what_another_study_leaves_out_is_said(tmp_path):
    first = shown(tmp_path)
    path = tmp_path / "reviewed.yml"
    write_reviewed(first.guidance, first.findings, first.facts, examples.STUDY, path)
    theirs = {"title": "Another study", "kind": "real"}
    known = {id: each for id, each in examples.findings().items() if each.evidence_kind != "invented"}
    other = judged(first.guidance, known, examples.facts(), load_reviewed(path), theirs, date(2026, 11, 22))
    found = soup(other)
    assert not found.select(f"#{ANCHOR}look-again-at-tasks")
    assert "Look again at tasks" in found.select_one(".nr-left-out").text


def test_headings_can_stand_deeper_and_an_empty_list_is_refused(tmp_path):
    whole = shown(tmp_path)
    assert [heading.name for heading in soup(whole, level=2).select(":is(h2, h3)")][:2] == ["h2", "h3"]
    with pytest.raises(InputError, match="level 2 to 5; got 6"):
        soup(whole, level=6)
    object.__setattr__(whole, "guidance", Guidance(()))
    with pytest.raises(InputError, match="guidance is empty"):
        soup(whole)


def test_the_page_of_its_own_asks_nothing_of_any_network():
    styles, scripts = [(ASSETS / "chooser.css").read_text()], [(ASSETS / "chooser.js").read_text()]
    page = BeautifulSoup(chooser_page("<p>List</p>", ODD, styles, scripts, intro=ODD), "html.parser")
    assert page.title.text == page.h1.text == ODD
    assert page.select_one("main > p").text == ODD
    assert "default-src 'none'" in page.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
    assert not page.select("[src], link, form[action]")
    assert page.html["lang"] == "en-GB"


@pytest.mark.parametrize(("styles", "scripts"), [(["a{}</STYLE>"], []), ([], ["'</script>'"])])
def test_a_style_or_script_that_would_end_its_element_is_refused(styles, scripts):
    with pytest.raises(InputError, match="which would end it"):
        chooser_page("", "Title", styles, scripts)


def test_the_script_has_no_way_to_send_or_keep_anything():
    """The browser test watches the network; this one reads the script for what it must not even hold."""
    text = (ASSETS / "chooser.js").read_text() + (ASSETS / "chooser.css").read_text()
    words = r"\b(fetch|XMLHttpRequest|sendBeacon|WebSocket|EventSource|localStorage|sessionStorage|indexedDB|cookie|import|innerHTML)\b|https?:|url\("
    assert not re.findall(words, text)

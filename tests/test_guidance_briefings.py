"""Briefings to hand round: accessible, one to two pages, the same every time, and true to the recommendations."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

import guidance_examples as examples
from newroles.errors import InputError
from newroles.guidance import AUDIENCES, WHEN, Guidance, judged, load_recommendations, load_reviewed
from newroles.guidance.advice_for import advice_for
from newroles.guidance.briefing_words import briefing_source, title_of
from newroles.guidance.briefings import briefing_name, write_briefings
from newroles.guidance.edition import Source, edition_of
from newroles.guidance.infographics import description_of, infographic_source
from newroles.guidance.typesetting import TEMPLATES, Typesetter
from newroles.guidance.vocabulary import role_names

MADE = "Made for a test."
ODD = 'Ask # why $5 *costs* _more_ @once \\ than "one" [thing] = a ~ b // and #panic("boom").'


def look_up(guidance, findings=None, reviewed=None, study=examples.STUDY):
    nothing = Path("no such file.yml")
    return judged(
        guidance, findings or examples.findings(), examples.facts(), reviewed or load_reviewed(nothing), study,
        examples.TODAY, strict=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return look_up(load_recommendations(examples.write_folder(tmp_path_factory.mktemp("tiny"))))


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Forty recommendations for everyone, two for a role: more than two pages hold."""
    files = examples.files()
    cards = files["everyone.yml"]["recommendations"]
    words = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    for number in range(37):
        name = f"{words[number % 10]}-{words[number // 10]}"
        cards.append(
            examples._card(
                f"do-{name}", action=f"Do the {name} thing that a team agreed to do before it went on to the next.",
                plain=f"Do the {name} thing.", when=list(WHEN)[number % 3], strength=["should", "could"][number % 2],
                helps=["service_users"],
            )
        )  # fmt: skip
    own = files["peer_support_worker.yml"]["recommendations"]
    own.append(
        {**own[0], "id": "psw-meet-others", "action": "Let peer support workers meet each other.", "when": "after"}
    )
    return look_up(load_recommendations(examples.write_folder(tmp_path_factory.mktemp("many"), files)))


@pytest.fixture(scope="module")
def written(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("briefings")
    return folder, write_briefings(tiny, folder, role_names(), MADE)


@pytest.fixture(scope="module")
def many_written(many, tmp_path_factory):
    folder = tmp_path_factory.mktemp("many-briefings")
    readers = ("", "team_managers", "service_users_and_carers")
    names = [
        briefing_name(role, reader) for role in ("", "peer_support_worker") for reader in readers if role or reader
    ]
    return folder, write_briefings(many, folder, role_names(), MADE, only=names)


def text_of(pdf: Path | bytes) -> str:
    """What a reader of the PDF sees, in one line, ligatures taken apart."""
    reader = PdfReader(BytesIO(pdf) if isinstance(pdf, bytes) else pdf)
    text = " ".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text))


# ---- what there is


def test_there_is_a_briefing_for_each_role_each_audience_and_each_pair(written):
    folder, index = written
    pdfs = index[index["kind"] == "pdf"]
    roles = ["", "peer_support_worker"]
    expected = {(role, audience) for role in roles for audience in ["", *AUDIENCES]} - {("", "")}
    assert set(zip(pdfs["role"], pdfs["audience"], strict=True)) == expected
    pictures = index[index["kind"].isin(["svg", "png"])]
    assert len(pictures) == 2 * (1 + len(AUDIENCES))  # one role, each audience, no pairs
    assert {each.name for each in folder.iterdir()} == set(index["path"])
    assert all((folder / row.path).stat().st_size == row.bytes for row in index.itertuples())


def test_a_pair_without_advice_has_no_file_and_a_note_that_says_so(tiny, tmp_path):
    only_leaders = tuple(
        replace(each, recommendations=tuple(replace(one, who_acts=("trust_leaders",), helps=("new_roles",)) for one in each.recommendations))
        for each in tiny.guidance.collections
    )  # fmt: skip
    index = write_briefings(look_up(Guidance(only_leaders)), tmp_path, role_names(), MADE)
    pair = index[(index["role"] == "peer_support_worker") & (index["audience"] == "educators")].iloc[0]
    assert (pair["kind"], pair["path"], pair["pages"]) == ("none", "", 0)
    assert pair["note"] == "No advice asks anything of educators where peer support workers come in."
    assert not (tmp_path / f"{briefing_name('peer_support_worker', 'educators')}.pdf").exists()
    # people in new roles are asked nothing either, but the advice says that it helps them
    expecting = index[(index["role"] == "peer_support_worker") & (index["audience"] == "new_role_staff")].iloc[0]
    assert expecting["kind"] == "pdf"
    assert "What you can expect of others" in text_of(tmp_path / expecting["path"])


def test_some_can_be_written_alone_and_an_unknown_name_is_refused(tiny, tmp_path):
    index = write_briefings(tiny, tmp_path, role_names(), MADE, only=["for-educators"])
    assert list(index["path"]) == ["for-educators.pdf", "for-educators.svg", "for-educators.png"]
    with pytest.raises(InputError, match="no briefing 'for-educator'. Did you mean 'for-educators'"):
        write_briefings(tiny, tmp_path, role_names(), MADE, only=["for-educator"])


def test_a_role_without_a_name_is_refused(tiny, tmp_path):
    with pytest.raises(InputError, match="'peer_support_worker' has advice but no name"):
        write_briefings(tiny, tmp_path, {"nursing_associate": "Nursing Associate"}, MADE)


# ---- the page


def test_every_pdf_is_tagged_named_and_in_british_english(written):
    folder, index = written
    for row in index[index["kind"] == "pdf"].itertuples():
        reader = PdfReader(folder / row.path)
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"], row.path
        assert root["/Lang"] == "en-GB"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
        assert reader.metadata.title == title_of(
            edition_of(look_up(Guidance(())), role_names(), ""), row.role, row.audience
        )
        assert "/CreationDate" not in reader.metadata  # a date would make every build another file
        assert all("/FontFile" in str(_descriptor(font)) for font in _fonts(reader)), "a font isn't embedded"


def _fonts(reader: PdfReader) -> list[Mapping]:
    return [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]


def _descriptor(font: Mapping) -> object:
    return list(font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object())


def test_headings_boxes_and_lists_are_structure_and_not_only_looks(written):
    folder, _ = written
    reader = PdfReader(folder / "peer-support-worker.pdf")
    kinds = [element["/S"] for element in _elements(reader.trailer["/Root"]["/StructTreeRoot"]) if "/S" in element]
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") >= 5
    assert {"/H3", "/L", "/LI", "/Table", "/TH", "/TD", "/Link"} <= set(kinds)


def _elements(node):
    node = node.get_object()
    if isinstance(node, list):
        for each in node:
            yield from _elements(each)
    elif isinstance(node, Mapping):
        yield node
        if "/K" in node:
            yield from _elements(node["/K"])


@pytest.mark.parametrize(("alt", "refused"), [("", True), (', alt: "A square."', False)])
def test_a_picture_without_a_description_stops_the_build(alt, refused, tiny, tmp_path):
    (tmp_path / "house.typ").write_text((TEMPLATES / "house.typ").read_text())
    (tmp_path / "square.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
    )
    plain = (TEMPLATES / "briefing.typ").read_text()
    (tmp_path / "picture.typ").write_text(plain.replace("#pages-taken", f'#image("square.svg"{alt})\n#pages-taken'))
    page = Typesetter(tmp_path / "picture.typ")
    words = briefing_source(edition_of(tiny, role_names(), MADE), advice_for(tiny.guidance, "peer_support_worker"))
    if refused:
        with pytest.raises(InputError, match="Peer support workers: a briefing.*alt"):
            page.pdf(words)
    else:
        assert page.pdf(words)[0].startswith(b"%PDF")


def test_no_briefing_takes_more_than_two_pages_and_no_infographic_more_than_one(many_written, written):
    for folder, index in (many_written, written):
        assert index.loc[index["kind"] != "pdf", "pages"].eq(1).all()
        for row in index[index["kind"] == "pdf"].itertuples():
            assert len(PdfReader(folder / row.path).pages) == row.pages <= 2


def test_a_recommendation_too_long_for_two_pages_is_named(tiny, tmp_path):
    endless = replace(tiny.guidance["name-the-supervisor"], why="It goes on and on. " * 900)
    everyone = replace(tiny.guidance.collections[0], recommendations=(endless,))
    with pytest.raises(InputError, match="for-team-managers.pdf.*'name-the-supervisor' in everyone.yml"):
        write_briefings(look_up(Guidance((everyone,))), tmp_path, role_names(), MADE, only=["for-team-managers"])


def test_the_same_advice_makes_the_same_bytes(tiny, written, tmp_path):
    folder, _ = written
    names = ["peer-support-worker", "for-service-users-and-carers"]
    again = write_briefings(tiny, tmp_path, role_names(), MADE, only=names)
    assert len(again) == 6
    for path in again["path"]:
        assert (tmp_path / path).read_bytes() == (folder / path).read_bytes(), path


# ---- what it says


@pytest.mark.parametrize("role", ["", "peer_support_worker"])
@pytest.mark.parametrize("audience", ["", "team_managers", "service_users_and_carers"])
def test_every_action_is_on_the_page_or_counted_as_more(role, audience, many, many_written):
    if not (role or audience):
        return
    folder, index = many_written
    advice = advice_for(many.guidance, role, audience)
    plain = audience == "service_users_and_carers"
    text = text_of(folder / f"{briefing_name(role, audience)}.pdf")
    row = index[(index["role"] == role) & (index["audience"] == audience) & (index["kind"] == "pdf")].iloc[0]
    there = [each for each in advice.clear if f". {each.plain if plain else each.action} " in text]
    assert there == list(advice.clear[: row["shown"]])
    left = len(advice.clear) - row["shown"]
    assert left > 0, "the example should not fit"
    assert f"And {left} more in the book" in text
    assert row["recommendations"] == len(advice)


def test_advice_for_the_role_comes_first_and_every_moment_has_a_say(many, many_written):
    folder, _ = many_written
    text = text_of(folder / "peer-support-worker.pdf")
    assert "Start with two or more peer support workers in a team." in text
    assert "Let peer support workers meet each other." in text
    assert all(heading in text for heading in WHEN.values())


def test_moments_take_turns_among_equals(many):
    advice = advice_for(many.guidance, audience="team_managers")
    strong = [each.when for each in advice.act if each.strength == "should" and each.generic]
    assert strong[:6] == ["before", "first_three_months", "after"] * 2
    ranks = [["should", "could", "unclear"].index(each.strength) for each in advice.act]
    assert ranks == sorted(ranks)


def test_all_that_is_for_a_reader_is_there_once(many):
    for role in ("", "peer_support_worker"):
        for audience in AUDIENCES:
            advice = advice_for(many.guidance, role, audience)
            chosen = many.guidance.for_role(role) if role else many.guidance.recommendations
            asked = {each.id for each in chosen if audience in each.who_acts}
            assert {each.id for each in advice.act} == asked
            assert not asked & {each.id for each in advice.expect}
            assert sorted(each.id for each in (*advice.clear, *advice.unclear)) == sorted(
                each.id for each in advice.all
            )


def test_the_answer_counts_what_there_is(tiny):
    edition = edition_of(tiny, role_names(), MADE)
    role = briefing_source(edition, advice_for(tiny.guidance, "peer_support_worker"))
    assert role["answer"] == [
        "4 pieces of advice apply where peer support workers come in: 2 before the role arrives, 1 in the first three months "
        "and 1 after that. 1 of these is about peer support workers; the rest hold for every new role.",
        "Begin here: Start with two or more peer support workers in a team.",
        "How sure it is: 2 “should”, 1 “could” and 1 “unclear”; for 2 of them we also found something that speaks against "
        "it; 2 draw on the invented example study.",
    ]
    pair = briefing_source(edition, advice_for(tiny.guidance, "peer_support_worker", "colleagues"))
    assert pair["answer"][0].startswith(
        "1 piece of advice asks something of you: 1 after that. 3 more say what you can expect"
    )


def test_service_users_read_the_plain_version(written):
    folder, _ = written
    text = text_of(folder / "for-service-users-and-carers.pdf")
    assert "After a year, check who does which job." in text
    assert "Look again at who does which task" not in text


def test_what_isnt_known_and_what_speaks_against_it_are_said(written):
    folder, _ = written
    text = text_of(folder / "peer-support-worker.pdf")
    assert "We found nothing on pay." in text
    assert "Unclear whether it helps: Look again at who does which task" in text
    assert "But: Good supervision may do as much." in text
    assert "How sure: fairly confident. The statement was read in an abstract." in text


def test_invented_evidence_is_called_invented_wherever_it_is_used(written):
    folder, _ = written
    text = text_of(folder / "for-team-managers.pdf")
    assert "In part from the invented example study" in text
    assert "invented example This book, finding carry-half" in text
    assert "It is no finding about the NHS." in text
    svg = (folder / "for-team-managers.svg").read_text(encoding="utf-8")
    assert "(Invented example, in part)" in ElementTree.fromstring(svg).find("{*}desc").text
    # supervisors are asked one thing, which rests on published evidence only
    assert (
        "invented example"
        not in text_of(folder / "for-supervisors.pdf").replace("invented example study” ", "").lower()
    )


def test_findings_of_a_real_study_are_not_called_invented(tiny, tmp_path):
    findings = {
        id: replace(each, evidence_kind="study") if each.evidence_kind == "invented" else each
        for id, each in examples.findings().items()
    }
    real = look_up(tiny.guidance, findings, study={"title": "A real study", "kind": "real"})
    write_briefings(real, tmp_path, role_names(), MADE, only=["for-team-managers"])
    text = text_of(tmp_path / "for-team-managers.pdf")
    assert "In part from the study’s own data" in text
    assert "invented example" not in text


def test_evidence_that_changed_since_the_review_is_marked(tiny, tmp_path):
    from newroles.guidance import write_reviewed

    path = tmp_path / "reviewed.yml"
    write_reviewed(tiny.guidance, examples.findings(), examples.facts(), examples.STUDY, path)
    moved = {**examples.findings(), "carry-half": examples.finding("carry-half", value=0.6)}
    now = look_up(tiny.guidance, moved, load_reviewed(path))
    edition = edition_of(now, role_names(), MADE)
    marked = [each.id for each in now.guidance if any("changed since" in words for words in edition.notices[each.id])]
    assert marked == ["watch-who-carries-the-work"]
    write_briefings(now, tmp_path, role_names(), MADE, only=["for-team-managers"])
    assert text_of(tmp_path / "for-team-managers.pdf").count("Evidence changed since last review") == 1


def test_it_says_whose_advice_it_is_and_how_it_was_made(written):
    folder, index = written
    for row in index[index["kind"] == "pdf"].itertuples():
        text = text_of(folder / row.path)
        assert "These are not the recommendations of the NIHR study." in text
        assert "Version 1.0 of the advice, last changed on 22 November 2026." in text
        assert MADE in text


def test_odd_characters_are_only_characters(tiny, tmp_path):
    odd = replace(tiny.guidance["name-the-supervisor"], action=ODD, why=ODD)
    everyone = replace(tiny.guidance.collections[0], about=ODD, recommendations=(odd,))
    write_briefings(look_up(Guidance((everyone,))), tmp_path, role_names(), ODD, only=["for-team-managers"])
    text = text_of(tmp_path / "for-team-managers.pdf")
    assert f"1. {ODD} " in text
    assert f"Why: {ODD}" in text
    description = ElementTree.parse(tmp_path / "for-team-managers.svg").getroot().find("{*}desc").text
    assert ODD in description


def test_a_character_that_the_font_lacks_is_named(tiny, tmp_path):
    odd = replace(tiny.guidance["name-the-supervisor"], action="Hire 護 first.")
    everyone = replace(tiny.guidance.collections[0], recommendations=(odd,))
    with pytest.raises(InputError, match=r"no character '護' \(U\+8B77\).*Hire"):
        write_briefings(look_up(Guidance((everyone,))), tmp_path, role_names(), MADE, only=["for-team-managers"])


def test_only_web_addresses_become_links(written):
    folder, _ = written
    reader = PdfReader(folder / "peer-support-worker.pdf")
    links = {note.get_object()["/A"]["/URI"] for page in reader.pages for note in page.get("/Annots", [])}
    assert links
    assert all(link.startswith("https://example.org/") for link in links)


def test_a_doi_can_be_typed_from_paper():
    assert Source("A", "https://doi.org/10.1186/s12916-024-03260-y", "").doi == "doi:10.1186/s12916-024-03260-y"
    assert Source("A", "https://example.org/review", "").doi == ""


# ---- the picture


def test_a_drawing_can_be_read_aloud(written):
    folder, index = written
    for path in index.loc[index["kind"] == "svg", "path"]:
        root = ElementTree.parse(folder / path).getroot()
        assert root.get("role") == "img"
        named = [root.find(f"{{*}}{part}") for part in ("title", "desc")]
        assert root.get("aria-labelledby") == " ".join(each.get("id") for each in named)
        assert all(each.text for each in named)


def test_the_description_has_every_card_and_the_number_left_out(many):
    edition = edition_of(many, role_names(), MADE)
    advice = advice_for(many.guidance, "peer_support_worker")
    words = infographic_source(edition, advice, (1, 2, 3))
    said = description_of(words)
    assert [len(moment["cards"]) for moment in words["moments"]] == [1, 2, 3]
    for moment, when in zip(words["moments"], WHEN, strict=True):
        left = sum(each.when == when for each in advice.all) - len(moment["cards"])
        assert f"And {left} more in the book." == moment["more"]
        assert all(card["action"] in said for card in moment["cards"])


def test_a_picture_is_a_light_page_of_paper(many_written):
    folder, index = many_written
    for row in index[index["kind"] == "png"].itertuples():
        assert row.bytes < 400_000
        with Image.open(folder / row.path) as image:
            assert image.size == (1240, 1754)  # A4 at 150 dots per inch


def test_a_moment_without_advice_says_so(tiny):
    edition = edition_of(tiny, role_names(), MADE)
    words = infographic_source(edition, advice_for(tiny.guidance, audience="supervisors"))
    assert [moment["more"] for moment in words["moments"]] == [
        "",
        "No advice for this moment.",
        "No advice for this moment.",
    ]


# ---- how much fits


class PagesByCount(Typesetter):
    """Takes a page for each `per_page` things; counts how often it is asked."""

    def __init__(self, per_page: int) -> None:
        self.per_page, self.asked = per_page, 0

    def pdf(self, words):
        self.asked += 1
        return str(words["n"]).encode(), -(-words["n"] // self.per_page)


@given(most=st.integers(0, 60), per_page=st.integers(1, 30), pages=st.integers(1, 3), guess=st.integers(0, 70))
def test_as_many_as_fit_and_not_one_more(most, per_page, pages, guess):
    page = PagesByCount(per_page)
    fitted = page.most_that_fit(lambda n: {"n": n}, most, pages, guess)
    assert (fitted.shown, fitted.pdf) == (min(most, per_page * pages), str(fitted.shown).encode())
    assert fitted.pages <= pages


def test_a_good_guess_needs_two_pages_only():
    page = PagesByCount(4)
    assert page.most_that_fit(lambda n: {"n": n}, 40, 2, 8).shown == 8
    assert page.asked == 2  # that eight fit, and that nine don't


def test_nothing_fits_when_the_page_is_too_long_without_anything():
    class Endless(PagesByCount):
        def pdf(self, words):
            return b"", 3

    assert Endless(1).most_that_fit(lambda n: {"n": n}, 5, 2, 3) is None


def test_dates_are_the_latest_of_the_files_that_speak(tiny):
    later = ({"version": "1.1", "date": date(2027, 1, 5), "change": "Second."},)
    everyone, psw = tiny.guidance.collections
    edition = edition_of(look_up(Guidance((replace(everyone, changes=later), psw))), role_names(), MADE)
    assert edition.version("peer_support_worker") == "Version 1.0 of the advice, last changed on 5 January 2027."

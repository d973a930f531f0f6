"""Can a workshop be held with what is printed: minutes that add up, every card there, a map that fits, slides that hold?"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

import guidance_examples
from newroles.datasets import load_study
from newroles.errors import InputError
from newroles.guidance import CASE_ROLES, WHEN
from newroles.guidance.baseline_workbook import ordered
from newroles.guidance.judging import judged
from newroles.guidance.pack_words import NOT_THE_STUDY, badges, notices
from newroles.guidance.review import Reviewed
from newroles.guidance.typesetting import Typesetter
from newroles.guidance.vocabulary import role_names
from newroles.guidance.workshop import cards_source, map_source, task_names, write_workshop_pack
from newroles.guidance.workshop_agenda import LEGEND, MINUTES, STEPS, neighbours, people_to_ask
from newroles.guidance.workshop_slides import MOST_ON_A_SLIDE, slides
from newroles.jurisdiction.task_map import POSITIONS

ODD = 'Ask #let x = 1 and $y$, *bold* _it_ @ref \\ "quoted" [a](b) & co; 100 % `code` ~ // <b>bold</b>'
TASKS = ("Care planning", "Prescribing")


def example(folder, change=None):
    files = guidance_examples.files()
    if change:
        change(files)
    return guidance_examples.judged_example(folder, files)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return example(tmp_path_factory.mktemp("guidance"))


@pytest.fixture(scope="module")
def pack(tiny, tmp_path_factory):
    """The folder of a pack for peer support workers, and its table by kind."""
    home = tmp_path_factory.mktemp("pack")
    made = write_workshop_pack(
        tiny, home, role="peer_support_worker", tasks=TASKS, tasks_from="From our own list.", made="Made by hand."
    )
    return home, made.set_index("kind")


def text_of(pdf) -> str:
    """The words of a PDF on one line, with hyphens and spaces as they were."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(pdf).pages))


def with_cards(number):
    """Changes the files so that there are so many recommendations for everyone before the role arrives."""

    def change(files):
        cards = files["everyone.yml"]["recommendations"]
        cards += [
            {**cards[0], "id": f"copy-{n}", "action": f"Do thing {n} before the post is advertised."}
            for n in range(number - 3)
        ]

    return change


# The pack -------------------------------------------------------------------------------------------------------------------


def test_the_pack_has_four_files_named_after_the_role(pack):
    home, made = pack
    assert made.index.tolist() == ["agenda", "cards", "map", "slides"]
    assert made["file"].tolist() == [
        f"workshop_peer_support_worker_{name}" for name in ("agenda.pdf", "cards.pdf", "map.pdf", "slides.html")
    ]
    assert all((home / row.file).stat().st_size == row.bytes for row in made.itertuples())
    for name in made["file"][:3]:
        assert len(PdfReader(home / name).pages) == made.set_index("file").loc[name, "pages"]


@pytest.mark.parametrize("kind", ["agenda", "cards", "map"])
def test_each_pdf_is_accessible_and_says_whose_advice_it_is(pack, kind):
    home, made = pack
    reader = PdfReader(home / made.loc[kind, "file"])
    root = reader.trailer["/Root"]
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert NOT_THE_STUDY in text_of(home / made.loc[kind, "file"])
    assert {font for page in reader.pages for font in page["/Resources"]["/Font"]}  # words, not a picture of words


def test_the_same_content_is_the_same_bytes(pack, tiny, tmp_path):
    home, made = pack
    write_workshop_pack(
        tiny, tmp_path, role="peer_support_worker", tasks=TASKS, tasks_from="From our own list.", made="Made by hand."
    )
    assert all((tmp_path / name).read_bytes() == (home / name).read_bytes() for name in made["file"])


@pytest.mark.parametrize("role", [*CASE_ROLES, "all"])
def test_there_is_a_pack_for_every_role(tiny, tmp_path, role):
    made = write_workshop_pack(tiny, tmp_path, role=role)
    assert made["pages"].gt(0).all()
    assert made.set_index("kind").loc["cards", "cards"] == (4 if role == "peer_support_worker" else 3)


@pytest.mark.slow
def test_packs_made_side_by_side_are_those_made_one_by_one(tmp_path):
    """The book makes several at a time: a typesetter shared between threads would count another pack's pages."""
    judgement = example(tmp_path, with_cards(9))

    def make(how):
        def one(role):
            return write_workshop_pack(judgement, tmp_path / how, role=role)

        return one

    roles = ["all", *CASE_ROLES] * 2
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(make("beside"), roles))
    for role, made in zip(roles[:9], beside[:9], strict=True):
        alone = make("alone")(role)
        assert made.equals(alone)
        assert all(
            (tmp_path / "beside" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
            for name in alone["file"]
        )


def test_an_unknown_role_is_named(tiny, tmp_path):
    with pytest.raises(InputError, match="Did you mean 'nursing_associate'"):
        write_workshop_pack(tiny, tmp_path, role="nurse_associate")


def test_odd_characters_are_printed_and_never_run(tiny, tmp_path):
    """What the files refuse (HTML, links) is tried too, so that the handouts don't rely on it."""
    first = replace(tiny.guidance["name-the-supervisor"], action=ODD, plain=f"{ODD} Indeed.", why=ODD)
    cards = BytesIO(Typesetter("workshop_cards.typ").pdf(cards_source(tiny, "all", [first], ODD))[0])
    assert text_of(cards).count(ODD) == 3
    tasks = BytesIO(Typesetter("workshop_map.typ").pdf(map_source(tiny, "all", ["#x $y$ *z*"], ODD, ""))[0])
    assert "#x $y$ *z*" in text_of(tasks)
    assert ODD in text_of(tasks)
    page, _ = slides(tiny, "all", [first], ODD, ODD)
    assert "<b>" not in page
    read = BeautifulSoup(page, "html.parser")
    assert read.select_one("li[data-recommendation]").get_text().count(ODD) == 1
    made = write_workshop_pack(tiny, tmp_path, made=ODD).set_index("kind")
    assert ODD in text_of(tmp_path / made.loc["agenda", "file"])


# The agenda -----------------------------------------------------------------------------------------------------------------


def test_the_minutes_add_up_and_every_step_is_printed(pack):
    assert sum(step.minutes for step in STEPS) == MINUTES == 90
    words = text_of(pack[0] / pack[1].loc["agenda", "file"])
    begin = 0
    for step in STEPS:
        assert f"{step.minutes} min from minute {begin} {step.name}" in words
        assert all(note in words for note in step.notes)
        begin += step.minutes


def test_the_room_holds_the_roles_next_to_the_new_one():
    near = neighbours("peer_support_worker")
    assert near
    assert set(near) <= set(role_names().values())
    assert any(near[0].lower() in line for line in people_to_ask("peer_support_worker"))
    assert neighbours("all") == []
    assert not any("None" in line or "[" in line for role in role_names() for line in people_to_ask(role))


def test_many_cards_come_with_a_warning(tmp_path):
    few, many = (text_of(BytesIO(agenda(tmp_path / str(n), n))) for n in (12, 13))
    assert "more than a team can sort" not in few
    assert "more than a team can sort" in many
    assert "There are 13 cards: 11 before the role arrives, 1 in the first three months and 1 after that." in many


def agenda(folder, cards):
    folder.mkdir()
    made = write_workshop_pack(example(folder, with_cards(cards)), folder).set_index("kind")
    return (folder / made.loc["agenda", "file"]).read_bytes()


# The cards ------------------------------------------------------------------------------------------------------------------


def test_every_recommendation_has_a_card_with_all_that_a_team_needs(pack, tiny):
    words = text_of(pack[0] / pack[1].loc["cards", "file"])
    for each in tiny.guidance.for_role("peer_support_worker"):
        for part in (each.action, each.plain, each.why, each.id, WHEN[each.when]):
            assert words.count(part) >= 1
    assert words.count("Yes No Later") == words.count("because") == 4
    assert "Rests on the invented example study" in words
    assert "Rests in part on the invented example study" in words
    assert "Against it: In the example, help was offered as well." in words


@pytest.mark.parametrize(("cards", "pages"), [(3, 1), (4, 1), (5, 2), (9, 3)])
def test_four_cards_go_on_a_page(tmp_path, cards, pages):
    judgement = example(tmp_path, with_cards(cards))
    made = write_workshop_pack(judgement, tmp_path).set_index("kind")
    assert made.loc["cards", ["pages", "cards"]].tolist() == [pages, cards]


def test_a_wordy_card_is_set_smaller_and_one_too_wordy_is_named(tiny):
    source = cards_source(tiny, "all", ordered(tiny, "all"), "")
    source["cards"][0]["plain"] = "Ask them all. " * 40
    assert Typesetter("workshop_cards.typ").pdf(source)[1] == 1
    source["cards"][0]["plain"] = "Ask them all. " * 200
    with pytest.raises(InputError, match="the card name-the-supervisor has too many words"):
        Typesetter("workshop_cards.typ").pdf(source)


def test_a_changed_piece_of_evidence_is_said_on_the_card(tiny):
    assert notices(tiny, "name-the-supervisor") == []
    reviewed = Reviewed("Tiny invented study", "invented", {}, {"supervision-named-most": "0" * 64})
    args = (
        guidance_examples.findings(),
        guidance_examples.facts(),
        reviewed,
        guidance_examples.STUDY,
        guidance_examples.TODAY,
    )
    moved = judged(tiny.guidance, *args)
    assert notices(moved, "name-the-supervisor") == ["Evidence changed since last review"]
    source = cards_source(moved, "all", ordered(moved, "all"), "")
    assert "Evidence changed since last review" in source["cards"][0]["badges"]
    assert badges(moved, "name-the-supervisor") == []


def test_invented_evidence_is_called_so_on_whichever_side_it_stands(tmp_path):
    def change(files):
        card = files["everyone.yml"]["recommendations"][0]
        card["against"] = [{"finding": "acts-said", "expects": "said", "why": "In the example it was otherwise."}]

    judgement = example(tmp_path, change)
    assert badges(judgement, "name-the-supervisor") == ["Against it: the invented example study"]
    assert badges(judgement, "watch-who-carries-the-work") == ["Rests in part on the invented example study"]
    assert badges(judgement, "look-again-at-tasks") == ["Rests on the invented example study"]
    assert badges(judgement, "psw-not-alone") == []


# The map --------------------------------------------------------------------------------------------------------------------


def test_letters_are_the_positions_of_the_task_map():
    assert [word.replace(" ", "_") for word, _ in LEGEND.values()] == list(POSITIONS)
    assert all(word.startswith(letter.lower()) for letter, (word, _) in LEGEND.items())


def test_the_map_holds_tasks_roles_legend_and_room_to_write(pack):
    words = text_of(pack[0] / pack[1].loc["map", "file"])
    for part in (
        *TASKS,
        "Peer Support Worker",
        "Who does what today",
        "Who would do what with the new role",
        "our own list",
    ):
        assert part in words
    assert all(meaning in words for _, meaning in LEGEND.values())


@settings(deadline=None, max_examples=40)
@given(
    tasks=st.lists(st.text(alphabet="abc ", min_size=1, max_size=45), max_size=30),
    role=st.sampled_from([*CASE_ROLES, "all"]),
)
def test_the_map_is_one_page_for_each_time_however_many_tasks(map_setter, tiny, tasks, role):
    source = map_source(tiny, role, tasks, "somewhere", "")
    assert map_setter.pdf(source)[1] == 2
    assert source["tasks"].count("") >= 3
    assert len(source["roles"]) == 8


@pytest.fixture(scope="module")
def map_setter():
    return Typesetter("workshop_map.typ")


def test_tasks_of_a_study_are_suggested_by_name():
    names = task_names(load_study("example_study").tasks)
    assert "Care planning" in names
    assert "Mental Health Act decisions" in names
    assert len(names) == len(set(names)) <= 18


# The slides -----------------------------------------------------------------------------------------------------------------


def soup(judgement, role="all"):
    page, count = slides(judgement, role, ordered(judgement, role), "Version 1.0.", "")
    return BeautifulSoup(page, "html.parser"), count


def test_slides_have_one_heading_each_and_name_their_sections(tiny):
    page, count = soup(tiny, "peer_support_worker")
    sections = page.select("section.slide")
    assert len(sections) == count
    assert len(page.select("h1")) == 1
    for number, section in enumerate(sections, start=1):
        heading = section.select_one("h1, h2")
        assert heading["id"] == section["aria-labelledby"] == f"heading-{number}"
    assert page.html["lang"] == "en-GB"
    assert sections[0].h1.get_text() == "Getting ready for a peer support worker"


def test_articles_are_right(tiny):
    assert soup(tiny, "advanced_practitioner")[0].h1.get_text() == "Getting ready for an advanced practitioner"
    assert soup(tiny)[0].h1.get_text() == "Getting ready for any new role"


def test_the_page_needs_nothing_from_anywhere(pack):
    text = (pack[0] / pack[1].loc["slides", "file"]).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//cdn|@import|url\(|fetch\(|XMLHttp|\bsrc=|\bhref=", text)
    assert "default-src 'none'" in text


def test_each_moment_shows_the_strongest_and_counts_the_rest(tmp_path):
    def change(files):
        with_cards(10)(files)
        files["everyone.yml"]["recommendations"][0]["strength"] = "could"

    page, _ = soup(example(tmp_path, change))
    section = next(
        each for each in page.select("section") if each.h2 and each.h2.get_text() == "Before the role arrives"
    )
    shown = [each["data-recommendation"] for each in section.select("li")]
    assert len(shown) == MOST_ON_A_SLIDE
    assert "name-the-supervisor" not in shown
    assert "And 4 more on the cards." in section.get_text()
    assert all(each.strong.get_text().endswith("Should") for each in section.select("li"))


def test_what_is_unclear_or_unknown_has_its_slide_and_the_invented_is_called_so(tiny):
    page, _ = soup(tiny, "peer_support_worker")
    section = next(each for each in page.select("section") if each.h2 and "settle" in each.h2.get_text())
    words = section.get_text()
    assert [each["data-recommendation"] for each in section.select("li")] == ["look-again-at-tasks"]
    assert "We found nothing on pay." in words
    assert "Of 4 recommendations, 2 have evidence that points the other way or limits it." in words
    assert section.select_one(".badge").get_text() == "Rests on the invented example study"

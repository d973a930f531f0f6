"""Is the school grade right, and does the build stop at a plain version that isn't plain?"""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import guidance_examples
from newroles.errors import InputError
from newroles.guidance import load_recommendations
from newroles.guidance.readability import clear_english, hard_to_read, readability, sentences, syllables, unexplained

# Counted by saying them aloud; British spellings, compounds and possessives among them, since the dictionary is American.
KNOWN_SYLLABLES = {
    "work": 1, "worked": 1, "wanted": 2, "roles": 1, "changes": 2, "supervisor": 4, "supervise": 3, "psychiatrist": 4,
    "peer": 1, "colleague": 2, "colleagues": 2, "advertise": 3, "practitioner": 4, "responsibility": 6, "carer": 2,
    "organisation": 5, "recognise": 3, "behaviour": 3, "programme": 2, "neighbourhood": 3, "specialised": 3,
    "well-being": 3, "skill-mix": 2, "team's": 1, "nurse's": 2, "adverts": 2, "i": 1, "the": 1, "don't": 1,
}  # fmt: skip


@pytest.mark.parametrize(("word", "count"), KNOWN_SYLLABLES.items())
def test_syllables_of_known_words(word, count):
    assert syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"), {"blorts": 1, "snoffed": 1, "frabbles": 2, "zilted": 2, "brimple": 2}.items()
)
def test_syllables_of_words_that_no_dictionary_has(word, count):
    assert syllables(word) == count


def test_grades_against_known_ones():
    """By hand: 6 words, 1 sentence, 6 syllables; and the example of Wikipedia's article on the formula (13 words, 24 syllables: 11.3)."""
    assert readability("The cat sat on the mat.")["grade"] == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    platypus = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert round(readability(platypus)["grade"], 1) == 11.3


def test_what_makes_a_text_hard_is_named():
    found = readability("Ask first. Then agree on responsibility for supervision with the organisation!")
    assert found["sentences"] == 2
    assert found["words"] == 11
    assert found["longest_sentence"] == 9
    assert found["hard_words"] == ("responsibility", "organisation", "supervision")


def test_a_text_without_words_has_no_grade():
    assert math.isnan(readability("… 2.5!")["grade"])


def test_sentences_end_at_marks_and_lines_but_not_inside_numbers():
    assert sentences("Wait 2.5 days. Why?\nBecause it helps") == ["Wait 2.5 days.", "Why?", "Because it helps"]
    assert sentences('She said "wait." Then she left.') == ['She said "wait.', "Then she left."]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The NHS and your GP in the UK.", ()),
        ("Ask the CMHT.", ("CMHT",)),
        ("Ask all MHWPs.", ("MHWP",)),
        ("A mental health and wellbeing practitioner (MHWP) helps. The MHWP listens.", ()),
        ("Two peer support workers (PSWs) help. A PSW listens.", ()),
        ("CBT (cognitive behavioural therapy) helps.", ()),
        ("Ask the team (PSW).", ("PSW",)),
        ("A&E, PhD and WTE.", ("A&E", "PhD", "WTE")),
        ("Tell others, e.g. carers, etc.", ("e.g.", "etc.")),
        ("I ask. A nurse asks. The Mental Health Act asks.", ()),
    ],
)
def test_abbreviations_that_nobody_spelled_out(text, found):
    assert unexplained(text) == found


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text):
    found = readability(text)
    assert found["words"] >= 0
    assert found["longest_sentence"] <= found["words"]


@given(
    st.lists(
        st.sampled_from(["Ask the team.", "Name one person.", "Agree on the supervision of everybody."]), min_size=1
    )
)
def test_more_of_the_same_sentence_is_no_harder(parts):
    once, twice = (readability(" ".join(text))["grade"] for text in (parts, parts * 2))
    assert once == pytest.approx(twice)


# The check of the build -----------------------------------------------------------------------------------------------------


def guidance_with(tmp_path, plain):
    files = guidance_examples.files()
    files["everyone.yml"]["recommendations"][0]["plain"] = plain
    return load_recommendations(guidance_examples.write_folder(tmp_path, files))


def test_plain_versions_pass(tmp_path):
    guidance = load_recommendations(guidance_examples.write_folder(tmp_path))
    assert clear_english(guidance) == []
    assert hard_to_read(guidance).empty
    assert len(hard_to_read(guidance, grade=-5)) == len(guidance)


def test_a_plain_version_above_the_limit_stops_the_build(tmp_path):
    hard = "Operationalise accountability arrangements through multidisciplinary deliberation about supervisory responsibility."
    with pytest.raises(InputError) as stopped:
        clear_english(guidance_with(tmp_path, f"Ask first. {hard}"))
    said = str(stopped.value)
    assert said.startswith("everyone.yml, name-the-supervisor, plain: grade ")
    assert f'"{hard}"' in said
    assert "above 9" in said
    assert "the longest has 9 words" in said
    assert "accountability" in said


def test_an_abbreviation_stops_the_build_however_easy_the_text(tmp_path):
    with pytest.raises(
        InputError, match=r"everyone.yml, name-the-supervisor, plain: grade -?\d.*Spell out PSW on first use"
    ):
        clear_english(guidance_with(tmp_path, "Ask the PSW."))


def test_between_aim_and_limit_it_warns(tmp_path):
    text = "Decide together with colleagues who will support the new worker before you advertise the position."
    assert 8 < readability(text)["grade"] <= 11
    aim, limit = readability(text)["grade"] - 0.5, readability(text)["grade"] + 0.5
    warnings = clear_english(guidance_with(tmp_path, text), aim=aim, limit=limit)
    assert len(warnings) == 1
    assert warnings[0].startswith("everyone.yml, name-the-supervisor, plain: grade")
    assert "Hardest sentence" in warnings[0]

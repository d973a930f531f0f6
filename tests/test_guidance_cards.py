"""Recommendations as data: what is refused, how it is said, and what evidence is expected to say."""

import itertools
import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import guidance_examples as example
from newroles.errors import InputError
from newroles.guidance import (
    Guidance,
    load_recommendations,
)
from newroles.guidance.expectations import expectation
from newroles.guidance.loading import circle_of
from newroles.guidance.values import unfit


@pytest.fixture
def guidance(tmp_path) -> Guidance:
    return load_recommendations(example.write_folder(tmp_path))


# Reading the files ---------------------------------------------------------------------------------------------------------


def test_the_example_is_read_in_reading_order(guidance):
    ids = ["name-the-supervisor", "watch-who-carries-the-work", "look-again-at-tasks", "psw-not-alone"]
    assert [each.id for each in guidance.recommendations] == ids
    assert [collection.role for collection in guidance.collections] == ["all", "peer_support_worker"]
    first, last = guidance["name-the-supervisor"], guidance["psw-not-alone"]
    assert (first.generic, last.generic) == (True, False)
    assert (last.file, last.review_by) == ("peer_support_worker.yml", date(2027, 11, 30))
    assert last.against[0].key == "fact:supervision-named-most"
    assert first.confidence["methodological_limitations"].concern == "moderate"


def test_advice_is_found_by_role_and_by_audience(guidance):
    assert [each.id for each in guidance.for_role("peer_support_worker", generic=False)] == ["psw-not-alone"]
    assert len(guidance.for_role("peer_support_worker")) == 4
    assert len(guidance.for_role("nursing_associate")) == 3 == len(guidance.for_role("all"))
    assert [each.id for each in guidance.for_audience("educators")] == ["psw-not-alone"]
    with pytest.raises(InputError, match="Did you mean 'educators'"):
        guidance.for_audience("educator")
    with pytest.raises(InputError, match="Did you mean 'peer_support_worker'"):
        guidance.for_role("peer_support_workers")
    with pytest.raises(InputError, match="Did you mean 'psw-not-alone'"):
        guidance["psw-not-alon"]


def test_roles_come_in_the_order_of_the_case_studies(tmp_path):
    files = example.files()
    other = {**files["peer_support_worker.yml"], "role": "nursing_associate", "recommendations": []}
    home = example.write_folder(tmp_path, {"nursing_associate.yml": other, **files})
    roles = [collection.role for collection in load_recommendations(home).collections]
    assert roles == ["all", "nursing_associate", "peer_support_worker"]


def test_a_long_file_for_everyone_can_be_two(tmp_path):
    files = example.files()
    first, *rest = files["everyone.yml"]["recommendations"]
    home = example.write_folder(
        tmp_path,
        {
            **files,
            "everyone.yml": {**files["everyone.yml"], "recommendations": [first]},
            "everyone_later.yml": {**files["everyone.yml"], "recommendations": rest},
        },
    )
    assert len(load_recommendations(home)) == 4


# each row: the field of the second recommendation that is changed, its value, the field that is named, a word of how to mend it
FACT = {"fact": "supervision-takes-time", "expects": "mixed", "why": "It says so."}
REFUSED = [
    ("action", "Ask who " * 25 + "A", "action", "201 characters long; at most 200"),
    ("action", "  ", "action", "empty"),
    ("action", None, "action", "empty"),
    ("plain", "Ask <b>now</b>.", "plain", "without HTML"),
    ("plain", "a > b", "plain", "without HTML"),
    ("plain", "Ask &lt;them&gt;.", "plain", "without HTML"),
    ("why", "This is **bold**.", "why", "without HTML or markdown"),
    ("why", "One\ntwo", "why", r"control character \(U\+000A\)"),
    ("why", "Right to left \u202e here", "why", r"control character \(U\+202E\)"),
    ("why", ["a"], "why", "expected a text"),
    ("why", "Ask &lt;script&gt; them.", "why", "holds '&lt;'"),
    ("why", "Ask &ltscript&gt them.", "why", "without HTML"),
    ("why", "Ask &#60;b&#62;.", "why", "without HTML"),
    ("why", "Ask &#x3c;b.", "why", "without HTML"),
    ("why", "Ask __now__.", "why", "without HTML or markdown"),
    ("why", "Ask [them](javascript:alert(1)).", "why", "without HTML or markdown"),
    ("why", "Ask\u200bthem", "why", r"doesn't show.*U\+200B"),  # zero width
    ("why", "Ask\u2060them", "why", r"U\+2060"),
    ("why", "Ask\ufeffthem", "why", r"U\+FEFF"),
    ("why", "Ask\u00adthem", "why", r"U\+00AD"),  # a soft hyphen
    ("why", "Ask\u3164them", "why", r"U\+3164"),  # a letter that is blank
    ("why", "Ask\ufe0fthem", "why", r"U\+FE0F"),
    ("why", "Ask\u2028them", "why", r"U\+2028"),  # the line separator of JavaScript
    ("why", "Ask\u0000them", "why", r"U\+0000"),
    ("why", "Ask\x1b[31mthem", "why", r"U\+001B"),  # a colour for the terminal
    ("readiness", ["A supervisor\u200b is named."], "readiness, 1", r"U\+200B"),
    ("why", "Ask " + "x" * 61, "why", r"a word of 61 characters \('xxxxxxxxxxxxxxxxxxxx…'\)"),
    ("needs", ["name-the-supervisor", "name-the-supervisor"], "needs", "names a recommendation twice"),
    ("who_acts", ["managers"], "who_acts", "Did you mean 'team_managers'"),
    ("who_acts", [], "who_acts", "names no audience"),
    ("who_acts", "supervisors", "who_acts", "expected a list"),
    ("who_acts", ["supervisors", "supervisors"], "who_acts", "twice"),
    ("when", "later", "when", "unknown moment 'later'"),
    ("roles", ["peer_suport_worker"], "roles", "Did you mean 'peer_support_worker'"),
    ("roles", ["all", "nursing_associate"], "roles", "`all` stands alone"),
    ("roles", ["nursing_associate"], "roles", "belongs in nursing_associate.yml"),
    ("types", ["SMC-ENC"], "types", "Did you mean 'SMC-ENH'"),
    ("types", ["SMC-UNCLEAR"], "types", "unknown type of change"),
    ("settings", ["ward"], "settings", "unknown setting 'ward'"),
    ("helps", ["system"], "helps", "unknown group 'system'"),
    ("helps", ["all"], "helps", "unknown group 'all'"),
    ("strength", "must", "strength", "unknown strength 'must'"),
    ("needs", ["name-a-supervisor"], "needs", "Did you mean 'name-the-supervisor'"),
    ("needs", ["look-again-at-tasks"], "needs", "circle: .*look-again-at-tasks needs watch-who-carries-the-work"),
    ("needs", ["watch-who-carries-the-work"], "needs", "watch-who-carries-the-work needs watch-who-carries-the-work"),
    ("rests_on", [], "rests_on", "no evidence at all"),
    ("rests_on", [FACT, FACT], "rests_on, 2", "'supervision-takes-time' is named twice"),
    ("rests_on", [{**FACT, "finding": "carry-half"}], "rests_on, 1", "not both"),
    ("rests_on", [{"expects": "mixed", "why": "It says so."}], "rests_on, 1", "names neither"),
    ("rests_on", [{"fact": "a", "expects": "mixed"}], "rests_on, 1", "lacks why"),
    ("rests_on", [{**FACT, "expects": "above 3"}], "rests_on, 1, expects", "direction of its row"),
    ("rests_on", [{"finding": "a", "expects": "helps", "why": "b"}], "rests_on, 1, expects", "isn't an expectation"),
    ("rests_on", [{"finding": "a", "expects": "above", "why": "b"}], "rests_on, 1, expects", "isn't an expectation"),
    ("rests_on", [{"finding": "a", "expects": "between 3 and 3", "why": "b"}], "rests_on, 1, expects", "smaller one first"),
    ("rests_on", ["fact"], "rests_on, 1", "expected {fact"),
    ("against", "none", "against", "expected a list"),
    ("confidence", {}, "confidence", "lacks methodological_limitations"),
    ("confidence", "high", "confidence", "expected the keys"),
    ("evidence_to_decision", {"prioirty": {}}, "evidence_to_decision", "Did you mean 'priority'"),
    ("readiness", [], "readiness", "1 to 3"),
    ("readiness", ["a", "b", "c", "d"], "readiness", "got 4"),
    ("readiness", ["a", "a"], "readiness", "different things"),
    ("review_by", "30 November 2027", "review_by", "isn't a date"),
    ("review_by", "2027-02-30", "review_by", "isn't a date"),
    ("review_by", "20271130", "review_by", "isn't a date"),
    ("review_by", date(2026, 11, 21), "review_by", "before the last review"),
    ("reviewed_on", True, "reviewed_on", "isn't a date"),
    ("colour", "red", "", "unknown key 'colour'"),
    ("id", "Watch who", "id", "lower-case words joined by hyphens"),
    ("id", "one-two-three-four-five-six-seven", "id", "at most 6"),
    ("id", "psw-not-alone", "id", "everyone.yml too"),
    ("id", "name-the-supervisor", "id", "twice in this file"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "named", "mend"), REFUSED, ids=lambda part: str(part)[:24])
def test_what_is_wrong_is_said_with_file_id_and_field(tmp_path, field, value, named, mend):
    files = example.files()
    changed = files["everyone.yml"]["recommendations"][1]
    if field == "needs" and value == ["look-again-at-tasks"]:
        changed["needs"] = []  # the circle is then of two
    changed[field] = value
    with pytest.raises(InputError, match=mend) as refused:
        load_recommendations(example.write_folder(tmp_path, files))
    said = str(refused.value)
    if field != "id":
        assert said.startswith(f"everyone.yml, recommendation '{_named_in(said)}'")
    assert f", {named}" in said if named else True


def _named_in(said: str) -> str:
    """The recommendation that an error names; a circle may be told from either of its ends."""
    name = said.split("'")[1]
    assert name in ("watch-who-carries-the-work", "look-again-at-tasks")
    return name


@pytest.mark.parametrize("field", list(example.files()["everyone.yml"]["recommendations"][0]))
def test_no_field_can_be_left_out(tmp_path, field):
    files = example.files()
    del files["everyone.yml"]["recommendations"][0][field]
    with pytest.raises(InputError, match=rf"everyone.yml.*({field}|- id:)"):
        load_recommendations(example.write_folder(tmp_path, files))


def test_the_parts_of_confidence_and_judgements_are_checked(tmp_path):
    files = example.files()
    files["everyone.yml"]["recommendations"][0]["confidence"]["relevance"]["concern"] = "small"
    with pytest.raises(InputError, match="confidence, relevance, concern: unknown concern 'small'"):
        load_recommendations(example.write_folder(tmp_path, files))
    files = example.files()
    files["everyone.yml"]["recommendations"][0]["evidence_to_decision"]["equity"]["evidence"] = ["carry-half"]
    with pytest.raises(InputError, match=r'evidence_to_decision, equity, evidence: .*write "fact:some-id"'):
        load_recommendations(example.write_folder(tmp_path, files))


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("nurse.yml", {"role": "nurse"}, "unknown role 'nurse'"),
        ("advice.yml", {"role": "all"}, "`all` is for everyone.yml"),
        ("nursing_associate.yml", {}, "the file of 'peer_support_worker' is peer_support_worker.yml"),
        ("nursing_associate.yml", {"role": "nursing_associate"}, "psw-not-alone.*which isn't among its roles"),
        ("peer_support_worker.yml", {"nothing_for": ""}, "nothing_for: the role has 1 recommendations of its own"),
        ("peer_support_worker.yml", {"title": ""}, "title: expected a text"),
        ("peer_support_worker.yml", {"changes": [{"version": "1.0"}]}, "changes, 1: lacks date, change"),
        ("peer_support_worker.yml", {"recommendations": None}, "recommendations: expected a list"),
        ("peer_support_worker.yml", {"recommendations": ["a"]}, "recommendation 1: expected an entry"),
    ],
)
def test_a_file_that_is_not_as_it_should_be(tmp_path, name, changes, says):
    files = example.files()
    own = {**files.pop("peer_support_worker.yml"), **changes}
    with pytest.raises(InputError, match=rf"{name}.*{says}"):
        load_recommendations(example.write_folder(tmp_path, {**files, name: own}))


def test_a_folder_without_recommendations_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"expected everyone\.yml"):
        load_recommendations(tmp_path)


@given(st.dictionaries(st.integers(0, 7), st.sets(st.integers(0, 7), max_size=3), max_size=8))
def test_a_circle_is_found_exactly_when_there_is_one(edges):
    needs = {str(a): [str(b) for b in sorted(bs)] for a, bs in edges.items()}
    needs = {a: [b for b in bs if b in needs] for a, bs in needs.items()}
    circle = circle_of(needs)
    if circle:
        assert circle[0] == circle[-1]
        assert len(circle) > 1
        assert all(b in needs[a] for a, b in itertools.pairwise(circle))
    else:  # then the needs can be put in order: take away what needs nothing until nothing is left (Kahn 1962)
        left = {a: set(bs) for a, bs in needs.items()}
        while left:
            free = {a for a, bs in left.items() if not bs & set(left)}
            assert free
            left = {a: bs for a, bs in left.items() if a not in free}


# What evidence must say ----------------------------------------------------------------------------------------------------

NUMBERS = st.floats(-1000, 1000, allow_nan=False).map(lambda number: round(number, 3))


@given(NUMBERS, NUMBERS)
def test_above_and_below_are_as_arithmetic_has_it(limit, value):
    found = example.finding("a", value=value, low=value - 1, high=value + 1, unit="points")
    assert expectation(f"above {limit:f}").met_by(found) is (value > limit)
    assert expectation(f"below {limit:f}").met_by(found) is (value < limit)
    assert expectation(f"interval above {limit:f}").met_by(found) is (round(value - 1, 3) > limit)
    assert expectation(f"interval below {limit:f}").met_by(found) is (round(value + 1, 3) < limit)
    assert expectation(f"between {limit:f} and {limit + 5:f}").met_by(found) is (limit <= value <= round(limit + 5, 3))


def test_rounding_noise_at_the_limit_decides_nothing():
    """0.1 + 0.2 is a little more than 0.3 to a computer."""
    found = example.finding("a", value=0.1 + 0.2, low=0.3, high=0.4)
    assert expectation("above 0.3").met_by(found) is False
    assert expectation("between 0.1 and 0.3").met_by(found) is True
    assert expectation("above 0.2999").met_by(found) is True  # 30% as shown, but held against what was recorded


@pytest.mark.parametrize("value", ["fewer than 10", None, float("nan")])
def test_a_number_that_is_not_shown_tells_nothing(value):
    assert expectation("above 5").met_by(example.finding("a", value=value, low=None, high=None)) is None


@given(st.text(max_size=20))
def test_an_expectation_is_read_or_refused_with_the_grammar(text):
    try:
        assert expectation(text).form
    except InputError as error:
        assert "above X" in str(error) or "smaller one first" in str(error)  # noqa: PT017


def test_words_that_are_odd_but_plain_are_kept(tmp_path):
    """R&D, a fraction, an accent written in two parts, a word of sixty characters and an emoji are no reason to stop."""
    odd = f"R&D costs ½ of it; 5 * 2 is 10; cafe\u0301s, {'x' * 59}, 🙂 and snake_case at AT&T."
    files = example.files()
    files["everyone.yml"]["recommendations"][1]["why"] = odd
    assert load_recommendations(example.write_folder(tmp_path, files))["watch-who-carries-the-work"].why == odd


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "L", "P", "Zs"]), max_size=12))
def test_a_text_that_is_let_through_shows_as_one_line(text):
    """What passes has no character that a terminal, a page or JavaScript takes for an order."""
    if not unfit(text):
        assert len(text.splitlines()) <= 1
        assert not set(text) & set("<>`\u200b\u200e\u202e\ufeff\x1b")
        text.encode("utf-8")


@pytest.mark.parametrize("name", ["nursing_associate.yaml", "nursing_associate.YML"])
def test_a_file_that_would_go_unread_is_refused(tmp_path, name):
    home = example.write_folder(tmp_path)
    (home / name).write_text("title: Nobody reads this")
    with pytest.raises(InputError, match=rf"{name}: rename it to nursing_associate.yml"):
        load_recommendations(home)


@pytest.mark.parametrize(
    ("expects", "parts", "met"),
    [
        ("above 0.5", {"value": 0.5}, False),  # the limit itself is not above it
        ("below 0.5", {"value": 0.5}, False),
        ("between 0.5 and 0.6", {"value": 0.5}, True),
        ("between 0.4 and 0.5", {"value": 0.5}, True),
        ("above 0", {"value": 0}, False),
        ("above -0", {"value": 0}, False),
        ("below 0", {"value": -0.0}, False),
        ("above 0", {"value": 1e-9}, True),
        ("interval above 0.5", {"low": 0.5}, False),
        ("interval below 0.7", {"high": 0.7}, False),
        ("interval above 0.6", {"low": 0.7, "high": 0.55}, False),  # written the wrong way round
        ("interval below 0.6", {"low": 0.7, "high": 0.55}, False),
        ("interval above 0.5", {"low": 0.7, "high": 0.55}, True),
        ("interval above 0", {"low": -math.inf}, False),  # open to that side
        ("interval below 1", {"high": math.inf}, False),
        ("interval above 0", {"high": None}, True),
        ("interval below 1", {"low": None}, True),
        ("interval below 1", {"high": None}, None),
        ("interval above 0", {"low": "not shown", "high": None}, None),
        ("above 0", {"value": True}, None),
        ("above 0.5", {"value": "0.9"}, None),  # a text is no number
        ("said", {"value": None}, True),
    ],
)
def test_at_the_limit_and_beyond_sense(expects, parts, met):
    assert expectation(expects).met_by(replace(example.finding("a", value=0.6), **parts)) is met


# What is shipped -----------------------------------------------------------------------------------------------------------


def test_the_shipped_recommendations_are_sound_and_enough():
    """At least 25 for everyone, and for each case-study role three, or a sentence that says why not."""
    from newroles.datasets import load_published
    from newroles.guidance import CASE_ROLES

    shipped = load_recommendations()
    assert sum(each.generic for each in shipped) >= 25
    homes = {each.role: each for each in shipped.collections}
    for role in CASE_ROLES:
        assert len(shipped.for_role(role, generic=False)) >= 3 or homes[role].nothing_for
    facts = load_published("guidance_evidence")
    says = facts.set_index("fact")["direction"]
    for each in shipped:
        assert {key.removeprefix("fact:") for key in each.cites() if key.startswith("fact:")} <= set(says.index), (
            each.id
        )
        for piece in (*each.rests_on, *each.against):
            assert piece.kind == "finding" or piece.expects == says[piece.id], (each.id, piece.id)

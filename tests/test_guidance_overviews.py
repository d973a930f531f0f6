"""The overviews of advice: counted by hand in the tiny guidance, in ties, with one card and with none; and in words, one or many."""

import copy
from types import SimpleNamespace

import pandas as pd
import pytest

import guidance_examples as example
from newroles.datasets import load_study
from newroles.guidance import (
    CONFIDENCE,
    JUDGEMENTS,
    Guidance,
    Reviewed,
    by_context,
    by_role,
    confidence_by_role,
    first_in_words,
    helped_in_words,
    judged,
    load_recommendations,
    silences,
    silences_in_words,
    sure_in_words,
    sure_title,
    to_do_first,
    would_take_by_role,
    would_take_in_study,
)

PSW = "peer_support_worker.yml"


def look_up(guidance):
    return judged(guidance, example.findings(), example.facts(), Reviewed(), example.STUDY, example.TODAY)


@pytest.fixture
def of_files(tmp_path):
    """A function that judges the guidance of these files."""
    return lambda files: look_up(load_recommendations(example.write_folder(tmp_path, files)))


@pytest.fixture
def tiny(of_files):
    return of_files(example.files())


@pytest.fixture
def one(of_files):
    """A single card, for everyone."""
    everyone = example.files()["everyone.yml"]
    return of_files({"everyone.yml": {**everyone, "recommendations": everyone["recommendations"][:1]}})


@pytest.fixture
def none():
    return look_up(Guidance(()))


def concerns(methods="none", relevance="none", coherence="none", adequacy="none"):
    names = ("methodological_limitations", "relevance", "coherence", "adequacy")
    return {
        name: {"concern": concern, "reason": "Because."}
        for name, concern in zip(names, (methods, relevance, coherence, adequacy), strict=True)
    }


def generic(*changes):
    """The file for everyone with a card for each of these changes; evidence for it is one fact unless given."""
    files = example.files()
    card = files["everyone.yml"]["recommendations"][0]
    files["everyone.yml"]["recommendations"] = [{**copy.deepcopy(card), **each} for each in changes]
    files[PSW]["recommendations"][0]["needs"] = []
    return files


TWO_PIECES = [
    {"fact": "supervision-named-most", "expects": "helps", "why": "It says so."},
    {"fact": "supervision-takes-time", "expects": "mixed", "why": "It says so too."},
]


# What comes first ----------------------------------------------------------------------------------------------------------


def test_first_comes_what_holds_everywhere(tiny):
    """Of the four cards one is for particular settings, one for a role, and one isn't settled by its evidence."""
    table = to_do_first(tiny)
    assert table.to_dict("records") == [
        {
            "id": "name-the-supervisor", "when": "Before the role arrives",
            "action": "Agree who supervises a new role before the post is advertised.", "who": "Team managers, Supervisors",
            "strength": "Should", "confidence": "Fairly confident", "rests_on": "published", "pieces": 1, "against": 0,
        }
    ]  # fmt: skip


def test_moments_then_strength_then_sureness_then_evidence_then_the_files_order(of_files):
    after = {"when": "after"}
    found = of_files(
        generic(
            {"id": "late-sure", **after, "confidence": concerns()},
            {"id": "could-sure", "strength": "could", "confidence": concerns()},
            {"id": "should-little", "confidence": concerns("serious")},
            {"id": "should-tie-one", "confidence": concerns("moderate")},
            {"id": "should-more", "confidence": concerns("moderate"), "rests_on": TWO_PIECES},
            {"id": "should-tie-two", "confidence": concerns("minor", "minor")},
            {"id": "not-settled", "strength": "unclear", "confidence": concerns()},
            {"id": "one-setting", "settings": ["inpatient_ward"]},
            {"id": "one-kind-of-change", "types": ["SMC-SUB"]},
        )
    )
    before = ["should-more", "should-tie-one", "should-tie-two", "should-little", "could-sure"]
    assert list(to_do_first(found)["id"]) == [*before, "late-sure"]
    assert list(to_do_first(found, most=2)["id"]) == [*before[:2], "late-sure"]  # for each moment
    assert to_do_first(found, most=0).empty
    assert list(to_do_first(found).index) == list(range(6))


def test_what_comes_first_is_said_and_only_what_should_be_done_before(of_files):
    found = of_files(
        generic(
            {"id": "a", "action": "Name a supervisor. Release their time."},
            {"id": "b", "action": "NHS bodies agree what is new."},
            {"id": "c", "strength": "could", "action": "Ask twice."},
            {"id": "d", "when": "after", "action": "Ask again."},
        )
    )
    table = to_do_first(found)
    assert first_in_words(table) == "Before a role arrives: name a supervisor; NHS bodies agree what is new."
    assert first_in_words(table, most=1) == "Before a role arrives: name a supervisor."
    assert first_in_words(table[table["strength"].eq("Could")]) == (
        "Nothing is founded well enough to come first for everyone."
    )


# For whom, and how sure ----------------------------------------------------------------------------------------------------


def test_confidence_is_counted_for_each_file_with_its_noughts(of_files):
    files = generic(
        {"id": "a", "confidence": concerns()},
        {"id": "b", "confidence": concerns("serious")},
        {"id": "c", "confidence": concerns("serious")},
    )
    table = confidence_by_role(of_files(files))
    assert list(table["confidence"]) == [*CONFIDENCE.values()] * 2
    assert list(table["title"]) == ["For everyone"] * 4 + ["Peer support workers"] * 4
    assert list(table["n"]) == [1, 0, 0, 2, 0, 1, 0, 0]  # the card of the role: one moderate concern
    assert sure_in_words(table) == (
        "Of 4 recommendations, we are confident of 1, are fairly confident of 1 and have little confidence in 2."
    )
    assert sure_title(table) == "Of 4 pieces of advice we are at least fairly confident of 2"


def test_a_role_with_none_of_its_own_keeps_its_row(of_files):
    files = example.files()
    files[PSW]["recommendations"] = []
    found = of_files(files)
    assert by_role(found).to_dict("records") == [
        {"role": "Peer support workers", "n": 0, "first": "", "confidence": "", "unknown": "We found nothing on pay."}
    ]
    assert confidence_by_role(found).query("role != 'all'")["n"].tolist() == [0, 0, 0, 0]


def test_advice_for_two_roles_counts_for_both_and_the_surest_is_first(of_files):
    files = example.files()
    card = files[PSW]["recommendations"][0]
    shared = {**card, "id": "shared", "action": "Meet others.", "roles": ["peer_support_worker", "nursing_associate"]}
    files[PSW]["recommendations"] = [
        {**card, "id": "could-be-sure", "strength": "could", "confidence": concerns()},
        {**shared, "confidence": concerns("moderate", "moderate")},
        {**card, "id": "little", "confidence": concerns("serious")},
    ]
    files["nursing_associate.yml"] = {
        **files[PSW],
        "title": "Nursing associates",
        "role": "nursing_associate",
        "recommendations": [],
    }
    table = by_role(of_files(files)).set_index("role")
    assert table["n"].to_dict() == {"Nursing associates": 1, "Peer support workers": 3}
    assert list(table["first"]) == ["Meet others.", "Meet others."]
    assert list(table["confidence"]) == ["Limited confidence"] * 2


def test_advice_for_one_place_is_counted_there_and_for_several_in_each(tiny):
    """One card for everyone names two settings and two kinds of change, the role's card one of each."""
    assert by_context(tiny).to_dict("records") == [
        {"place": "Community mental health team", "n": 2, "files": "For everyone (1), Peer support workers (1)"},
        {"place": "Inpatient ward", "n": 1, "files": "For everyone (1)"},
        {"place": "Where it is substitution", "n": 1, "files": "For everyone (1)"},
        {"place": "Where it is delegation", "n": 1, "files": "For everyone (1)"},
        {"place": "Where it is diversification", "n": 1, "files": "Peer support workers (1)"},
    ]


# Where nothing is known ----------------------------------------------------------------------------------------------------


def test_silences_are_counted_by_hand(tiny):
    """Every card cites evidence on priority and on the two groups of staff, and on nothing else."""
    table = silences(tiny)
    assert table["n"].eq(4).all()
    counts = table.set_index("question")["silent"].to_dict()
    cited = {JUDGEMENTS[key] for key in ("priority", "new_roles", "existing_roles")}
    assert counts == {name: 0 if name in cited else 4 for name in JUDGEMENTS.values()}
    assert list(table["share"]) == [1.0] * 5 + [0.0] * 3
    assert list(table["question"])[:2] == [JUDGEMENTS["service_users"], JUDGEMENTS["equity"]]  # ties keep their order
    assert silences_in_words(table) == (
        "For 4 of 4 recommendations we found no evidence on effects on service users, for as many none on equity, acceptability, "
        "feasibility or resources; on effects on people in existing roles some was found for every one."
    )


@pytest.mark.parametrize(
    ("silent", "n", "said"),
    [
        ([], [], "There is no advice whose gaps could be counted."),
        ([0, 0], [0, 0], "There is no advice whose gaps could be counted."),
        ([0, 0], [3, 3], "For every recommendation some evidence was found on every question."),
        ([2, 2], [3, 3], "For 2 of 3 recommendations we found no evidence on equity, and for as many none on any other question."),
        ([1], [1], "For 1 of 1 recommendation we found no evidence on equity."),
        ([1, 0], [1, 1], "For 1 of 1 recommendation we found no evidence on equity; on its priority some was found for every one."),
    ],
)  # fmt: skip
def test_silences_in_words_for_ties_one_and_none(silent, n, said):
    questions = ["Equity", "Is it a priority?"][: len(silent)]
    assert silences_in_words(pd.DataFrame({"question": questions, "silent": silent, "n": n})) == said


def test_whom_advice_helps_is_counted_for_each_group():
    cards = [
        SimpleNamespace(helps=groups) for groups in (("new_roles",), ("new_roles", "service_users"), ("new_roles",))
    ]
    assert helped_in_words(cards) == (
        "Of 3 recommendations, 1 is meant to help service users, 3 are meant to help people in new roles and none are meant to help "
        "people in existing roles; one can be meant for several groups."
    )


def test_whom_the_tiny_guidance_helps(tiny):
    said = helped_in_words(tiny.guidance.recommendations)
    assert said.startswith(
        "Of 4 recommendations, 1 is meant to help service users, 3 are meant to help people in new roles and 3 are"
    )


# One card, and none --------------------------------------------------------------------------------------------------------


def test_one_card_is_said_in_the_singular(one):
    assert len(to_do_first(one)) == 1
    assert sure_in_words(confidence_by_role(one)) == "Of 1 recommendation, we are fairly confident of 1."
    assert sure_title(confidence_by_role(one)) == "Of 1 piece of advice we are at least fairly confident of 1"
    assert helped_in_words(one.guidance.recommendations).startswith("Of 1 recommendation, none are meant")
    assert silences_in_words(silences(one)).startswith("For 1 of 1 recommendation we found no evidence on")
    assert by_role(one).empty
    assert by_context(one).empty


def test_no_advice_is_said_and_its_tables_have_their_columns(none):
    assert list(to_do_first(none)) == [
        "id",
        "when",
        "action",
        "who",
        "strength",
        "confidence",
        "rests_on",
        "pieces",
        "against",
    ]
    assert list(confidence_by_role(none)) == ["title", "role", "confidence", "n"]
    assert list(by_role(none)) == ["role", "n", "first", "confidence", "unknown"]
    assert list(by_context(none)) == ["place", "n", "files"]
    assert all(make(none).empty for make in (to_do_first, confidence_by_role, by_role, by_context))
    assert silences(none)["silent"].eq(0).all()
    assert silences(none)["share"].isna().all()  # unknown, which isn't nought
    assert first_in_words(to_do_first(none)) == "Nothing is founded well enough to come first for everyone."
    assert helped_in_words(()) == "There is no advice."
    assert sure_in_words(confidence_by_role(none)) == "There is no advice to be sure of."
    assert sure_title(confidence_by_role(none)) == "There is no advice to be sure of"
    assert silences_in_words(silences(none)) == "There is no advice whose gaps could be counted."


# What a role would touch, asked of a whole study ---------------------------------------------------------------------------


def test_a_study_is_asked_role_by_role():
    study = load_study("example_study")
    roles = ["peer_support_worker", "no_such_role"]
    table = would_take_by_role(study, roles, {"peer_support_worker": "Peer support worker"})
    assert list(table["role"]) == ["Peer support worker", "no_such_role"]
    got = study.teams.loc[study.teams["new_role"].eq("peer_support_worker"), "team"]
    waves = study.tasks[study.tasks["team"].isin(got)].groupby("team")["wave"].nunique()
    twice = int(waves.gt(1).sum())
    there = f"In the {twice} teams that got it" if twice > 1 else "In the one team that got it"
    assert table["said"].iloc[0].startswith(there)
    assert table["said"].iloc[1].startswith("No team of this study that got the role is described before and after")
    assert would_take_by_role(study, [], {}).empty


def test_under_a_small_number_rule_no_task_is_named():
    study = load_study("example_study")
    found = would_take_in_study(study, "peer_support_worker", protects=True)
    assert found.tasks.empty
    assert "small-number rule" in found.why_not
    tasks = {name.replace("_", " ") for name in study.tasks["task"]}
    said = would_take_by_role(study, ["peer_support_worker"], {}, protects=True)["said"].iloc[0]
    assert not [task for task in tasks if task in said.lower()]


def test_a_study_without_tables_of_tasks_says_so():
    bare = SimpleNamespace(has=lambda name: False)
    found = would_take_in_study(bare, "peer_support_worker")
    assert found.tasks.empty
    assert found.boundaries.empty
    assert found.why_not.startswith("This study has no tables of teams and their tasks")


def test_what_rests_on_an_invented_study_even_in_part_is_no_headline(tiny):
    table = to_do_first(tiny)
    assert "agree who supervises" in first_in_words(table)
    mixed = table.assign(rests_on="published, invented example")
    assert first_in_words(mixed) == "Nothing is founded well enough to come first for everyone."

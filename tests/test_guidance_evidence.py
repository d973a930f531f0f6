"""Evidence held against a book: what is there, what changed since the review, what stops a build, and how it is told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import guidance_examples as example
from newroles.errors import InputError
from newroles.guidance import (
    CONFIDENCE,
    Component,
    Guidance,
    Reviewed,
    confidence_in_words,
    confidence_level,
    evidence_table,
    how_it_stands,
    judged,
    load_recommendations,
    load_reviewed,
    recommendations_table,
    standing,
    write_reviewed,
)

ANOTHER = {"title": "Another study", "kind": "real"}


@pytest.fixture
def guidance(tmp_path) -> Guidance:
    return load_recommendations(example.write_folder(tmp_path))


def review(guidance, path, findings=None, facts=None) -> Reviewed:
    write_reviewed(
        guidance, findings or example.findings(), example.facts() if facts is None else facts, example.STUDY, path
    )
    return load_reviewed(path)


def look_up(guidance, findings=None, facts=None, reviewed=None, study=example.STUDY, today=example.TODAY, **more):
    return judged(
        guidance,
        example.findings() if findings is None else findings,
        example.facts() if facts is None else facts,
        reviewed or Reviewed(),
        study,
        today,
        **more,
    )


# Evidence held against a book ----------------------------------------------------------------------------------------------


def test_evidence_is_found_and_nothing_is_reviewed_at_first(guidance):
    found = look_up(guidance)
    assert set(found.evidence["status"]) == {"new"}
    assert found.kinds("watch-who-carries-the-work") == ("published", "invented")
    assert found.kinds("psw-not-alone") == ("published",)
    assert found.kinds("watch-who-carries-the-work", "against") == ("invented",)
    assert not found.changed("psw-not-alone")
    assert found.left_out.empty
    row = found.evidence.set_index(["recommendation", "id"]).loc[("watch-who-carries-the-work", "carry-half")]
    assert (row["is"], row["figure"], row["chapter"]) == (
        "62% (55% to 70%), n = 400",
        "carry",
        "phase3_who_works_with_whom",
    )
    assert set(found.behind_judgements["side"]) == {"priority", "new_roles", "existing_roles"}


def test_what_was_reviewed_comes_back(guidance, tmp_path):
    known = review(guidance, tmp_path / "reviewed.yml")
    assert (known.title, known.kind) == ("Tiny invented study", "invented")
    assert list(known.findings) == ["acts-said", "carry-half", "tasks-moved", "trusts-took-part"]
    assert known.findings["carry-half"] == {
        "statement": "Half of the contacts rest on few people.", "value": "62%", "low": "55%", "high": "70%", "n": "400",
    }  # fmt: skip
    found = look_up(guidance, reviewed=known)
    assert set(found.evidence["status"]) == {"as_reviewed"}
    assert set(found.behind_judgements["status"]) == {"as_reviewed"}


def test_the_same_evidence_gives_the_same_file(guidance, tmp_path):
    review(guidance, tmp_path / "one.yml")
    backwards = dict(reversed(example.findings().items()))
    shuffled = example.facts().iloc[::-1].astype({"n": "float64"})  # a column's type isn't what a fact says
    again = write_reviewed(guidance, backwards, shuffled, example.STUDY, tmp_path / "two.yml")
    assert again.read_bytes() == (tmp_path / "one.yml").read_bytes()
    assert yaml.safe_load(again.read_text())["study"] == example.STUDY


def test_a_review_of_what_is_not_there_writes_nothing(guidance, tmp_path):
    with pytest.raises(InputError, match=r"Nothing was written.*finding:carry-half"):
        write_reviewed(guidance, {}, example.facts(), example.STUDY, tmp_path / "reviewed.yml")
    assert not (tmp_path / "reviewed.yml").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("study: {title: a}", "lacks inputs, findings, facts"),
        ("{study: {title: a}, inputs: {}, findings: {}, facts: {}}", "study: lacks kind"),
        ("{study: {title: a, kind: b}, inputs: {}, findings: [], facts: {}}", "newroles guidance reviewed"),
        (
            "{study: {title: a, kind: b}, inputs: {}, findings: {x: {value: 1}}, facts: {}}",
            "findings, x: lacks statement",
        ),
    ],
)
def test_a_malformed_review_is_refused(tmp_path, content, says):
    path = tmp_path / "reviewed.yml"
    path.write_text(content)
    with pytest.raises(InputError, match=rf"reviewed.yml.*{says}"):
        load_reviewed(path)


CITES = {
    "carry-half": {"watch-who-carries-the-work"},
    "acts-said": {"watch-who-carries-the-work"},
    "tasks-moved": {"look-again-at-tasks"},
    "trusts-took-part": {"psw-not-alone"},
    "adverts-counted": set(),
}


@pytest.mark.parametrize("id", CITES)
def test_a_changed_finding_marks_exactly_what_rests_on_it(guidance, tmp_path, id):
    known = review(guidance, tmp_path / "reviewed.yml")
    findings = example.findings()
    findings[id] = replace(findings[id], statement=findings[id].statement + " Reworded.")
    found = look_up(guidance, findings, reviewed=known)
    assert {each.id for each in guidance if found.changed(each.id)} == CITES[id]
    assert {each.id for each in guidance if standing(found, each.id) != "as reviewed"} == CITES[id]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_changes_marks_exactly_what_cites_it(tmp_path_factory, data):
    """Any wiring of recommendations to evidence, any set of pieces that change."""
    base = load_recommendations(example.write_folder(tmp_path_factory.mktemp("wired")))
    facts, findings = example.facts(), example.findings()
    whole = [*(f"fact:{id}" for id in facts["fact"]), *(f"finding:{id}" for id in findings)]
    wired = []
    for each in base:
        for_it = data.draw(st.sets(st.sampled_from(whole), min_size=1))
        lines = {
            name: replace(line, evidence=tuple(sorted(data.draw(st.sets(st.sampled_from(whole), max_size=2)))))
            for name, line in each.evidence_to_decision.items()
        }
        pieces = tuple(_evidence(key, facts, findings) for key in sorted(for_it))
        wired.append(replace(each, rests_on=pieces[:2], against=pieces[2:], evidence_to_decision=lines))
    guidance = Guidance((replace(base.collections[0], recommendations=tuple(wired)),))
    known = review(guidance, tmp_path_factory.mktemp("known") / "reviewed.yml")
    moved = data.draw(st.sets(st.sampled_from(whole)))
    for key in moved:
        kind, _, id = key.partition(":")
        if kind == "fact":
            facts.loc[facts["fact"].eq(id), "year"] = 1999
        else:
            findings[id] = replace(findings[id], n=(findings[id].n or 0) + 1)
    found = look_up(guidance, findings, facts, known)
    assert {each.id for each in guidance if found.changed(each.id)} == {
        each.id for each in guidance if moved & set(each.cites())
    }


def _evidence(key, facts, findings):
    from newroles.guidance import Evidence

    kind, _, id = key.partition(":")
    if kind == "fact":
        return Evidence(kind, id, facts.set_index("fact").loc[id, "direction"], "It says so.")
    return Evidence(kind, id, "said" if findings[id].value is None else "above -1", "It says so.")


@pytest.mark.parametrize(
    ("column", "value"), [("says", "Else."), ("source", "https://example.org/2"), ("n", 7), ("confidence", "C")]
)
def test_a_changed_fact_is_noticed(guidance, tmp_path, column, value):
    known = review(guidance, tmp_path / "reviewed.yml")
    facts = example.facts()
    facts.loc[facts["fact"].eq("psw-alone-is-hard"), column] = value
    found = look_up(guidance, facts=facts, reviewed=known)
    assert [each.id for each in guidance if found.changed(each.id)] == ["psw-not-alone"]


def test_other_columns_of_a_fact_may_change(guidance, tmp_path):
    known = review(guidance, tmp_path / "reviewed.yml")
    found = look_up(guidance, facts=example.facts().assign(place="Elsewhere"), reviewed=known)
    assert set(found.evidence["status"]) == {"as_reviewed"}


def test_was_and_is_are_told(guidance, tmp_path):
    known = review(guidance, tmp_path / "reviewed.yml")
    findings = {**example.findings(), "carry-half": example.finding("carry-half", value=0.58)}
    findings["acts-said"] = replace(findings["acts-said"], statement="Help was offered in one team.")
    rows = look_up(guidance, findings, reviewed=known).evidence.set_index("id")
    assert tuple(rows.loc["carry-half", ["was", "is"]]) == ("62% (55% to 70%), n = 400", "58% (55% to 70%), n = 400")
    assert tuple(rows.loc["acts-said", ["was", "is"]]) == (
        "Help was offered in several teams.",
        "Help was offered in one team.",
    )


OPPOSITE = example.finding("carry-half", value=0.3, low=0.2, high=0.4)


def test_the_opposite_stops_the_build_of_the_reviewed_study(guidance):
    findings = {**example.findings(), "carry-half": OPPOSITE}
    with pytest.raises(
        InputError, match=r"everyone.yml, recommendation 'watch-who-carries-the-work', rests_on.*'above 0.5'.*30%"
    ):
        look_up(guidance, findings)


def test_an_interval_that_takes_in_the_limit_is_the_opposite(guidance):
    findings = {**example.findings()}
    findings["tasks-moved"] = replace(findings["tasks-moved"], low=-1)
    with pytest.raises(InputError, match="'interval above 0'"):
        look_up(guidance, findings)


def test_an_absent_finding_stops_the_build_with_its_nearest(guidance):
    findings = example.findings()
    findings["carry-halves"] = findings.pop("carry-half")
    with pytest.raises(InputError, match="no finding 'carry-half'. Did you mean 'carry-halves'"):
        look_up(guidance, findings)


def test_evidence_of_a_judgement_must_exist_too(guidance):
    facts = example.facts()
    facts = facts[facts["fact"].ne("supervision-takes-time")]
    with pytest.raises(InputError, match="existing_roles: there is no fact 'supervision-takes-time'"):
        look_up(guidance, facts=facts)


def test_a_fact_that_says_something_else_is_always_refused(guidance):
    facts = example.facts()
    facts.loc[0, "direction"] = "no_difference"
    for study in (example.STUDY, ANOTHER):
        with pytest.raises(
            InputError, match="expects that the fact 'supervision-named-most' says 'helps'.*'no_difference'"
        ):
            look_up(guidance, facts=facts, study=study)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("source", None, "no source"),
        ("source_name", "", "no source"),
        ("source", "https://a.example; https://b.example", "2 addresses in source, 1 names"),
        ("fact", "supervision-takes-time", "is there twice"),
    ],
)
def test_a_fact_needs_a_source_and_an_id_of_its_own(guidance, column, value, says):
    facts = example.facts()
    facts.loc[0, column] = value
    with pytest.raises(InputError, match=says):
        look_up(guidance, facts=facts)


def test_a_sentence_is_said_and_a_number_is_more(guidance):
    findings = example.findings()
    findings["acts-said"] = replace(findings["acts-said"], value=4)
    with pytest.raises(InputError, match="'acts-said' is a number"):
        look_up(guidance, findings)
    findings = {**example.findings(), "carry-half": example.finding("carry-half", value=None, low=None, high=None)}
    with pytest.raises(InputError, match="'carry-half' has no number; write 'said'"):
        look_up(guidance, findings)
    findings = example.findings()
    findings["tasks-moved"] = replace(findings["tasks-moved"], low=None, high=None)
    with pytest.raises(InputError, match="'tasks-moved' has no interval"):
        look_up(guidance, findings)


def test_a_hidden_number_is_hidden_not_opposite(guidance, tmp_path):
    known = review(guidance, tmp_path / "reviewed.yml")
    findings = {
        **example.findings(),
        "carry-half": example.finding("carry-half", value="fewer than 10", low=None, high=None),
    }
    found = look_up(guidance, findings, reviewed=known)
    assert found.evidence.set_index("id").loc["carry-half", "status"] == "hidden"
    assert found.changed("watch-who-carries-the-work")
    known = review(guidance, tmp_path / "reviewed.yml", findings)
    assert not look_up(guidance, findings, reviewed=known).changed("watch-who-carries-the-work")


def test_a_date_of_review_that_has_passed_needs_a_note(guidance, tmp_path):
    late = date(2027, 12, 1)
    with pytest.raises(InputError, match=r"name-the-supervisor', review_by: 2027-11-30 has passed"):
        look_up(guidance, today=late)
    assert look_up(guidance, today=late - timedelta(days=1)).overdue == ()  # the day itself is in time
    files = example.files()
    for file in files.values():
        for card in file["recommendations"]:
            card["review_note"] = "Waiting for the trial's results."
    assert look_up(load_recommendations(example.write_folder(tmp_path / "noted", files)), today=late).overdue == ()


def test_another_study_shows_statuses_and_leaves_out_what_rests_on_the_first_alone(guidance, tmp_path):
    known = review(guidance, tmp_path / "reviewed.yml")
    findings = {
        "carry-half": replace(OPPOSITE, evidence_kind="study"),
        "trusts-took-part": example.findings()["trusts-took-part"],
    }
    found = look_up(guidance, findings, reviewed=known, study=ANOTHER, today=date(2028, 1, 1))
    assert list(found.left_out["recommendation"]) == ["look-again-at-tasks"]
    assert "Tiny invented study" in found.left_out["reason"].iloc[0]
    assert "look-again-at-tasks" not in found.guidance
    statuses = found.evidence.set_index(["recommendation", "id"])["status"]
    assert statuses["watch-who-carries-the-work", "carry-half"] == "opposite"
    assert statuses["watch-who-carries-the-work", "acts-said"] == "absent"
    assert statuses["psw-not-alone", "trusts-took-part"] == "as_reviewed"
    assert found.overdue == ("name-the-supervisor", "watch-who-carries-the-work", "psw-not-alone")


def test_a_finding_of_another_study_with_the_same_id_does_not_carry_the_advice(guidance, tmp_path):
    known = review(guidance, tmp_path / "reviewed.yml")
    findings = {id: replace(each, evidence_kind="study") for id, each in example.findings().items()}
    found = look_up(guidance, findings, reviewed=known, study=ANOTHER)
    # trusts-took-part is the study's own too then, but a published fact stands beside it
    assert list(found.left_out["recommendation"]) == ["look-again-at-tasks"]


def test_who_needed_what_was_left_out_needs_what_that_needed(tmp_path):
    files = example.files()
    first, second, third = files["everyone.yml"]["recommendations"]
    first["needs"], second["needs"], third["needs"] = ["look-again-at-tasks"], ["name-the-supervisor"], []
    third["rests_on"], first["rests_on"] = first["rests_on"], third["rests_on"]
    guidance = load_recommendations(example.write_folder(tmp_path, files))
    known = review(guidance, tmp_path / "reviewed.yml")
    shown = look_up(guidance, {}, reviewed=known, study=ANOTHER).guidance
    assert "name-the-supervisor" not in shown
    assert shown["watch-who-carries-the-work"].needs == ("look-again-at-tasks",)


def test_whose_findings_they_are_must_be_said(guidance):
    with pytest.raises(InputError, match="its title and kind"):
        look_up(guidance, study={"title": "Ours"})


# In words ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("concerns", "level"),
    [
        ("none none none none", "confident"),
        ("none none none minor", "confident"),
        ("minor none none minor", "fairly"),
        ("moderate none none none", "fairly"),
        ("moderate minor minor minor", "fairly"),
        ("moderate moderate none none", "limited"),
        ("moderate moderate moderate moderate", "limited"),
        ("serious none none none", "little"),
    ],
)
def test_the_rule_of_confidence(guidance, concerns, level):
    card = guidance["name-the-supervisor"]
    parts = dict(zip(card.confidence, (Component(c, "Because") for c in concerns.split()), strict=True))
    assert confidence_level(replace(card, confidence=parts)) == level


@given(st.lists(st.sampled_from(["none", "minor", "moderate", "serious"]), min_size=4, max_size=4), st.integers(0, 3))
def test_more_concern_never_makes_surer(concerns, which):
    order, grades = list(CONFIDENCE), ["none", "minor", "moderate", "serious"]
    worse = [*concerns]
    worse[which] = grades[min(grades.index(concerns[which]) + 1, 3)]
    levels = [order.index(confidence_level(_with_concerns(each))) for each in (concerns, worse)]
    assert levels[1] >= levels[0]


def _with_concerns(concerns):
    from types import SimpleNamespace

    return SimpleNamespace(confidence={str(n): Component(each, "Because") for n, each in enumerate(concerns)})


def test_confidence_is_said_with_its_reasons_worst_first(guidance):
    said = confidence_in_words(guidance["name-the-supervisor"])
    assert said.startswith(
        "We are fairly confident that the evidence carries this advice. Moderate concern about how the studies"
    )
    assert said.endswith("No concern about how well the evidence hangs together: The sources agree.")
    assert "CERQual" not in said


def test_how_it_stands_counts_right(guidance, tmp_path):
    said = how_it_stands(look_up(guidance))
    assert "There are 4 recommendations: 3 for every new role and 1 for particular roles." in said
    assert "3 rest on published evidence and 2 rest on the invented example study" in said
    assert "1 rests on the invented example alone" in said
    assert "For 2 of them we name evidence that points the other way" in said
    assert "4 cite evidence that nobody has reviewed yet" in said
    assert "The role Peer Support Worker has 1 recommendation of its own. We found nothing on pay." in said
    assert "The role Nursing Associate has none of its own." in said
    known = review(guidance, tmp_path / "reviewed.yml")
    assert "No evidence has changed" in how_it_stands(look_up(guidance, reviewed=known))
    findings = {**example.findings(), "carry-half": example.finding("carry-half", n=401)}
    assert "Evidence behind 1 of them has changed" in how_it_stands(look_up(guidance, findings, reviewed=known))
    said = how_it_stands(look_up(guidance, {}, reviewed=known, study=ANOTHER))
    assert "1 recommendation is left out here, since what it rests on" in said
    assert "invented" not in said


def test_nothing_left_is_said_too(guidance, tmp_path):
    only = replace(guidance.collections[0], recommendations=(replace(guidance["look-again-at-tasks"], needs=()),))
    bare = replace(only.recommendations[0], evidence_to_decision={})
    alone = Guidance((replace(only, recommendations=(bare,)),))
    known = review(alone, tmp_path / "reviewed.yml")
    found = look_up(alone, {}, reviewed=known, study=ANOTHER)
    assert how_it_stands(found).startswith("There are no recommendations for this study. 1 recommendation is left out")
    assert recommendations_table(found).empty
    assert evidence_table(found).empty


def test_tables_have_one_row_each(guidance):
    found = look_up(guidance)
    cards = recommendations_table(found).set_index("recommendation")
    assert list(cards.index) == [each.id for each in guidance]
    assert cards.loc["watch-who-carries-the-work", "kinds_of_evidence"] == "published, invented example"
    assert cards.loc["psw-not-alone", "for"] == "Peer Support Worker"
    assert cards.loc["psw-not-alone", "confidence"] == "Fairly confident"
    assert set(cards["status"]) == {"not reviewed yet"}
    assert "status" not in recommendations_table(guidance)
    pieces = evidence_table(found)
    assert len(pieces) == sum(len(each.rests_on) + len(each.against) for each in guidance)
    assert set(pieces["side"]) == {"for", "against"}
    assert not pieces.isna().any().any()

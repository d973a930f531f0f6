"""Whatever is wrong with advice or its evidence is said in the terminal: exit code 2, one line with file, id and reason, nothing written."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import guidance_examples as example
from newroles.cli import main
from newroles.datasets.places import data_folder
from newroles.errors import InputError
from newroles.guidance import Guidance, Reviewed, judged, load_recommendations, load_reviewed, standing, write_reviewed

ANOTHER = {"title": "Another study", "kind": "real"}
CARRIES, TASKS = "watch-who-carries-the-work", "look-again-at-tasks"


# Statuses at the edges -----------------------------------------------------------------------------------------------------


@pytest.fixture
def guidance(tmp_path) -> Guidance:
    return load_recommendations(example.write_folder(tmp_path))


@pytest.fixture
def reviewed(guidance, tmp_path) -> Reviewed:
    return load_reviewed(
        write_reviewed(guidance, example.findings(), example.facts(), example.STUDY, tmp_path / "reviewed.yml")
    )


def look_up(guidance, reviewed=None, strict=False, facts=None, **changed):
    """The example's guidance with some findings changed (None: taken away); names of findings have underscores here."""
    findings = example.findings()
    for name, parts in changed.items():
        id = name.replace("_", "-")
        findings[id] = None if parts is None else replace(findings[id], **parts)
    there = {id: each for id, each in findings.items() if each is not None}
    facts = example.facts() if facts is None else facts
    return judged(guidance, there, facts, reviewed or Reviewed(), example.STUDY, example.TODAY, strict=strict)


HIDDEN = {"value": "fewer than 10", "low": None, "high": None}


@pytest.mark.parametrize(
    ("changed", "status"),
    [(HIDDEN, "hidden"), ({"value": 0.3, "low": 0.2, "high": 0.4}, "opposite"), (None, "absent")],
)
def test_what_nobody_reviewed_is_neither_changed_nor_as_reviewed(guidance, changed, status):
    found = look_up(guidance, carry_half=changed)
    assert found.statuses[CARRIES, "rests_on", "finding:carry-half"] == status
    assert not found.changed(CARRIES)
    assert standing(found, CARRIES) == "not reviewed yet"


@pytest.mark.parametrize("changed", [HIDDEN, {"value": 0.3, "low": 0.2, "high": 0.4}, None, {"n": 401}])
def test_what_was_reviewed_and_went_is_changed(guidance, reviewed, changed):
    found = look_up(guidance, reviewed, carry_half=changed)
    assert standing(found, CARRIES) == "evidence changed since last review"
    assert [each.id for each in guidance if found.changed(each.id)] == [CARRIES]


def test_one_new_piece_beside_reviewed_ones_is_new_and_marks_nothing_else(guidance, reviewed):
    known = Reviewed(
        **{**vars(reviewed), "findings": {k: v for k, v in reviewed.findings.items() if k != "carry-half"}}
    )
    found = look_up(guidance, known, carry_half=HIDDEN)
    assert [each.id for each in guidance if found.not_reviewed(each.id)] == [CARRIES]
    assert not any(found.changed(each.id) for each in guidance)


def test_decimals_that_are_not_shown_change_nothing(guidance, reviewed):
    found = look_up(guidance, reviewed, carry_half={"value": 0.6203, "low": 0.5512})
    assert not any(found.changed(each.id) for each in guidance)


@pytest.mark.parametrize("expects", ["below 50", "between 0 and 60", "interval below 70", "above -5"])
def test_a_share_in_per_cent_is_refused_and_not_met(guidance, expects, tmp_path):
    """0.62 is below 50, and so is every share: the check would pass whatever the chapter found."""
    files = example.files()
    files["everyone.yml"]["recommendations"][1]["rests_on"][0]["expects"] = expects
    asked = load_recommendations(example.write_folder(tmp_path / "asked", files))
    with pytest.raises(
        InputError, match=rf"everyone.yml, recommendation '{CARRIES}', rests_on: .*is a share, from 0 to 1"
    ):
        look_up(asked, strict=True)
    look_up(asked, strict=True, carry_half={"unit": "points"})  # the same limits for a number of another unit


def test_words_hide_a_number_only_where_a_small_number_rule_can(guidance):
    """A published finding in words was never a number; a study's own may have been hidden."""
    look_up(guidance, strict=True, carry_half=HIDDEN)
    with pytest.raises(InputError, match="'trusts-took-part' has no number; write 'said'"):
        look_up(guidance, strict=True, trusts_took_part={"value": "most trusts"})


def test_an_interval_the_wrong_way_round_is_held_against_both_ends(guidance):
    with pytest.raises(InputError, match="'interval above 0'"):
        look_up(guidance, strict=True, tasks_moved={"low": 18, "high": -7})


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("says", "Read <b>this</b>.", "says: holds '<'"),
        ("says", "Read &lt;script&gt;.", "says: holds '&lt;'"),
        ("says", "Read\u200bthis.", r"says: holds .*U\+200B"),
        ("says", "x" * 90, "says: holds a word of 90 characters"),
        ("says", " ", "says: expected a text"),
        ("source_name", "A <i>survey</i>", "source_name: holds '<'"),
        ("source", "javascript:alert(1)", "isn't a web address"),
        ("source", 'https://example.org/"onclick="alert(1)', "isn't a web address"),
        ("source", "example.org/survey", "isn't a web address"),
    ],
)
def test_a_published_statement_is_plain_words_with_a_web_address(guidance, column, value, says):
    facts = example.facts()
    facts.loc[0, column] = value
    with pytest.raises(InputError, match=rf"guidance_evidence.csv, fact 'supervision-named-most'.*{says}"):
        look_up(guidance, facts=facts)


# In the terminal -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project that holds the example's advice and facts, the register, and a book with its findings; already reviewed."""
    data = tmp_path / "data"
    example.write_folder(data)
    shutil.copytree(data_folder() / "codebooks", data / "codebooks")
    shutil.copytree(data_folder() / "published", data / "published", ignore=lambda *_: ["guidance_evidence.csv"])
    (tmp_path / "_toc.yml").write_text("root: a")
    book = tmp_path / "_build" / "book"
    (book / "findings").mkdir(parents=True)
    (book / "manifest.json").write_text(json.dumps({"study": example.STUDY, "inputs": {}}))
    (book / "findings" / "all.json").write_text(json.dumps([vars(each) for each in example.findings().values()]))
    write_facts(tmp_path, example.facts())
    monkeypatch.setenv("NEWROLES_PROJECT", str(tmp_path))
    assert main(["guidance", "reviewed"]) == 0
    return tmp_path


def write_facts(project, facts):
    facts.to_csv(project / "data" / "published" / "guidance_evidence.csv", index=False, lineterminator="\n")


def kept(project) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def refused(project, capsys, *arguments) -> str:
    """What a command says that comes to 2: one line, no traceback, and no file is other than it was."""
    before = kept(project)
    capsys.readouterr()
    assert main(list(arguments)) == 2
    said = capsys.readouterr()
    assert kept(project) == before
    assert "Traceback" not in said.err + said.out
    return said.err.strip() or said.out.strip().splitlines()[-1]


def change(project, file="everyone.yml", number=1, **fields):
    path = project / "data" / "recommendations" / file
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["recommendations"][number].update(fields)
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize(
    "command", [["guidance", "check"], ["guidance", "reviewed"], ["thread", CARRIES]], ids=" ".join
)
@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"plain": "Ask <script>alert(1)</script> them."}, "plain: holds '<'"),
        ({"plain": "Ask &lt;script&gt; them."}, "plain: holds '&lt;'"),
        ({"why": "Ask\u200bthem."}, "why: holds what doesn't show"),
        ({"why": "Ask\u0007them."}, "why: holds what doesn't show"),
        ({"why": "x" * 5000}, "why: holds a word of 5000 characters"),
        ({"needs": [CARRIES]}, f"needs: goes round in a circle: {CARRIES} needs {CARRIES}"),
        ({"needs": [TASKS]}, "goes round in a circle"),
        ({"roles": ["peer_worker"]}, "roles: unknown role 'peer_worker'"),
        ({"rests_on": []}, "rests_on: no evidence at all"),
        ({"review_by": "2025-01-01"}, "review_by: 2025-01-01 lies before the last review"),
        ({"review_by": "soon"}, "review_by: 'soon' isn't a date"),
        ({"strength": None}, "strength: expected a text"),
        ({"rests_on": [{"fact": "no-such-fact", "expects": "helps", "why": "x"}]}, "rests_on: there is no fact 'no-such-fact'"),
        ({"rests_on": [{"fact": "supervision-takes-time", "expects": "helps", "why": "x"}]}, "expects that the fact"),
    ],
    ids=lambda part: str(part)[:30],
)  # fmt: skip
def test_what_is_wrong_in_a_file_stops_every_command(project, capsys, command, fields, says):
    change(project, **fields)
    said = refused(project, capsys, *command)
    assert says in said
    assert said.startswith("everyone.yml")
    assert "\n" not in said


@pytest.mark.parametrize("command", ["check", "reviewed"])
@pytest.mark.parametrize(
    ("finding", "says"),
    [
        (None, "rests_on: there is no finding 'carry-half'"),
        ({"value": 0.5, "low": 0.4, "high": 0.6}, "to be 'above 0.5', but it is 50% (40% to 60%)"),  # at the limit
        ({"value": None, "low": None, "high": None}, "'carry-half' has no number"),
    ],
)
def test_evidence_that_fails_stops_the_check_and_the_review(project, capsys, command, finding, says):
    findings = example.findings()
    changed = findings.pop("carry-half")
    if finding is not None:
        findings["carry-half"] = replace(changed, **finding)
    (project / "_build" / "book" / "findings" / "all.json").write_text(json.dumps([vars(f) for f in findings.values()]))
    said = refused(project, capsys, "guidance", command)
    assert said.startswith(f"everyone.yml, recommendation '{CARRIES}', rests_on")
    assert says in said
    assert "\n" not in said


def test_a_date_of_review_that_passed_stops_the_check(project, capsys):
    change(project, review_by="2026-01-31", reviewed_on="2025-01-31")
    said = refused(project, capsys, "guidance", "check")
    assert said.startswith(f"everyone.yml, recommendation '{CARRIES}', review_by: 2026-01-31 has passed")
    change(project, review_by="2026-01-31", reviewed_on="2025-01-31", review_note="A trial is about to report.")
    assert main(["guidance", "check"]) == 0


def test_an_id_of_two_files_names_both(project, capsys):
    change(project, "peer_support_worker.yml", 0, id=CARRIES)
    said = refused(project, capsys, "guidance", "check")
    assert (
        said
        == f"peer_support_worker.yml, recommendation '{CARRIES}', id: the id is used in everyone.yml too; give one of them another."
    )


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("nurse.yml", "title: [", "nurse.yml, line 2: not valid YAML"),
        ("nurse.yml", "", "nurse.yml: expected lines of `key: value`, found an empty file"),
        ("nurse.yml", "- a", "nurse.yml: expected lines of `key: value`, found a list"),
        ("nurse.yml", "title: a\ntitle: b", "nurse.yml, line 2: not valid YAML (the key 'title' is written twice)"),
        ("nurse.yml", "a: &a [*a]", "nurse.yml"),
        ("nurse.yml", 'title: "\\ud800"', "nurse.yml, line 1: not valid YAML"),  # half of a pair
        ("nurse.yml", b"title: \xff", "nurse.yml, line 1: not UTF-8"),
        ("nurse.yaml", "title: a", "nurse.yaml: rename it to nurse.yml"),
        ("reviewed.yml", "study: []", "reviewed.yml: lacks inputs, findings, facts"),
        ("reviewed.yml", "{study: x, inputs: {}, findings: {}, facts: {}}", "reviewed.yml, study: expected the keys"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(project, capsys, name, content, says):
    path = project / "data" / "recommendations" / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert says in refused(project, capsys, "guidance", "check")


def test_facts_that_are_wrong_are_told_a_line_each(project, capsys):
    facts = example.facts()
    facts.loc[0, "source"] = None
    facts.loc[1, "source"] = "ftp://example.org"
    write_facts(project, facts)
    said = refused(project, capsys, "guidance", "check").splitlines()
    assert [line.split(":")[0] for line in said] == [
        "guidance_evidence.csv, fact 'supervision-named-most'",
        "guidance_evidence.csv, fact 'supervision-takes-time'",
        "guidance_evidence.csv, fact 'supervision-takes-time', source",
    ]


@pytest.mark.parametrize(
    "content", ["[]", "{}", "not json", '{"study": "x"}', '{"study": {"title": "a", "kind": "b"}, "inputs": []}']
)
def test_a_manifest_that_says_nothing_is_refused(project, capsys, content):
    (project / "_build" / "book" / "manifest.json").write_text(content)
    assert "doesn't say whose study the book is about" in refused(project, capsys, "guidance", "check")


@pytest.mark.parametrize("content", ["{}", "[1]", "[{}]", "not json", '[{"id": "a"}]'])
def test_findings_that_are_none_are_refused(project, capsys, content):
    (project / "_build" / "book" / "findings" / "more.json").write_text(content)
    if content == "{}":  # no findings are no error
        assert main(["guidance", "check"]) == 0
    else:
        assert "more.json is not a file of findings" in refused(project, capsys, "guidance", "check")


@pytest.mark.parametrize("id", ["", ":", "finding:", "no-such-thing", "<script>", "x" * 5000, "\u202e", "a\nb"])
def test_an_id_that_is_none_has_one_line(project, capsys, id):
    said = refused(project, capsys, "thread", "--", id)
    assert said.startswith("There is no ")
    assert len(said) < 700
    assert "\u202e" not in said
    assert "\n" not in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_review_that_cannot_be_written_says_so(project, capsys):
    folder = project / "data" / "recommendations"
    folder.chmod(0o555)
    try:
        assert "can't be used" in refused(project, capsys, "guidance", "reviewed")
    finally:
        folder.chmod(0o755)

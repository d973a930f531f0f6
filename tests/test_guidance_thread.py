"""The thread: from a recommendation down to its sources and from a finding back up, in tables and in the terminal."""

import functools
import itertools
import json
import shutil
from pathlib import Path

import pytest
import yaml

import guidance_examples as example
from newroles.cli import main
from newroles.datasets.places import data_folder
from newroles.errors import InputError
from newroles.guidance import (
    Guidance,
    Reviewed,
    judged,
    load_recommendations,
    load_reviewed,
    table_records,
    thread,
    thread_in_words,
    write_reviewed,
)

ANOTHER = {"title": "Another study", "kind": "real"}
OPPOSITE = example.finding("carry-half", value=0.3, low=0.2, high=0.4)
RECORDS = functools.cache(table_records)  # read once, and not before a test asks


@pytest.fixture
def guidance(tmp_path) -> Guidance:
    return load_recommendations(example.write_folder(tmp_path))


def walked(guidance, id, findings=None, records=None):
    found = judged(
        guidance,
        findings or example.findings(),
        example.facts(),
        Reviewed(),
        example.STUDY,
        example.TODAY,
        strict=False,
    )
    return thread(id, found, RECORDS() if records is None else records)


def test_a_recommendation_is_walked_down_to_its_sources(guidance):
    steps = walked(guidance, "psw-not-alone")
    assert list(steps.columns) == ["step", "how", "kind", "id", "says", "address"]
    assert tuple(steps.iloc[0][["step", "kind", "id"]]) == (0, "recommendation", "psw-not-alone")
    assert steps["address"].iloc[0] == "book/guidance/peer_support_worker.html#rec-psw-not-alone"
    pieces = steps[steps["step"].eq(1)]
    assert list(pieces["id"]) == [
        "psw-alone-is-hard", "trusts-took-part", "supervision-named-most", "supervision-takes-time",
    ]  # fmt: skip
    assert list(pieces["how"]) == [
        "rests on (not reviewed yet)", "rests on (not reviewed yet)", "against it (not reviewed yet)",
        "on “Effects on people in existing roles”",
    ]  # fmt: skip


def test_every_piece_of_evidence_ends_at_a_source_with_an_address(guidance):
    for each in guidance:
        steps = walked(guidance, each.id)
        starts = [*steps.index[steps["step"].eq(1)], len(steps)]
        for start, end in itertools.pairwise(starts):
            below = steps.iloc[start:end]
            assert below["kind"].iloc[-1] == "source"
            assert below["address"].iloc[-1]
            assert {"fact", "finding"} & {below["kind"].iloc[0]}
            assert "table" in set(below["kind"])


def test_no_step_goes_down_by_more_than_one(guidance):
    """So that the indented text shows on what each line hangs."""
    for id in (*(each.id for each in guidance), *example.findings(), *example.facts()["fact"]):
        for records in (RECORDS(), {}):
            steps = walked(guidance, id, records=records)["step"]
            assert steps.diff().dropna().le(1).all(), id


def test_a_finding_is_walked_up_and_down(guidance):
    steps = walked(guidance, "trusts-took-part")
    up = steps[steps["step"].eq(-1)]
    assert list(up["id"]) == ["psw-not-alone"]
    assert list(up["how"]) == ["rests on it"]
    kinds = list(steps.loc[steps["step"].ge(0), "kind"])
    assert kinds == ["finding", "figure", "chapter", "table", "record", "source"]
    by_kind = steps.set_index("kind")
    assert by_kind.loc["figure", "address"] == "notebooks/phase1_new_roles.html#fig-participation"
    assert by_kind.loc["table", "address"] == "book/data_catalogue.html#table-phase1-participation"
    assert by_kind.loc["record", "id"] == "data/published/phase1_participation.yml"
    assert by_kind.loc["source", "address"].startswith("https://")


def test_up_from_a_fact_each_recommendation_comes_once_with_all_its_uses(guidance):
    steps = walked(guidance, "fact:supervision-takes-time")
    up = steps[steps["step"].eq(-1)].set_index("id")["how"]
    assert list(up.index) == [each.id for each in guidance]
    assert up["watch-who-carries-the-work"] == "rests on it and uses it on “Effects on people in existing roles”"
    assert up["psw-not-alone"] == "uses it on “Effects on people in existing roles”"
    sources = steps[steps["kind"].eq("source")]
    assert list(sources["address"]) == ["https://example.org/time", "https://example.org/more"]
    assert list(sources["says"]) == ["Invented interviews 2020 (confidence A)", "Invented report (confidence A)"]
    assert steps.set_index("kind").loc["fact", "address"] == "book/guidance/evidence.html#fact-supervision-takes-time"


def test_down_and_up_agree(guidance):
    """What a recommendation is walked down to is exactly what is walked back up to it."""
    down = {(each.id, id) for each in guidance for id in walked(guidance, each.id).query("step == 1")["id"]}
    evidence = [*example.findings(), *example.facts()["fact"]]
    up = {(id, key) for key in evidence for id in walked(guidance, key).query("step == -1")["id"]}
    assert down == up


def test_several_tables_of_a_study_each_lead_to_the_study(guidance):
    steps = walked(guidance, "acts-said")
    tables = steps[steps["kind"].eq("table")]
    assert list(tables["address"]) == ["book/study_folder.html#study-segments", "book/study_folder.html#study-codings"]
    records = steps[steps["kind"].eq("record")]
    assert set(records["says"]) == {"Tiny invented study (invented)"}
    assert steps.loc[steps["kind"].eq("source"), "says"].str.contains("about no real organisation").all()


@pytest.mark.parametrize(
    ("table", "kind", "id", "address"),
    [
        ("codebook roles", "published", "codebook roles", "book/register.html"),
        ("codebook effects", "published", "codebook effects", "book/codebooks/effects.html"),
        ("none: drawn for this page", "invented", "none", ""),
        ("job_adverts", "open", "job_adverts", "book/data_catalogue.html#table-job-adverts"),
        ("no_such_table", "open", "no_such_table", ""),
        # a table of a study in name only: the finding is of open data
        ("outcomes", "open", "outcomes", ""),
    ],
)
def test_whatever_a_finding_calls_its_table(guidance, table, kind, id, address):
    findings = {
        **example.findings(),
        "odd-one": example.finding("odd-one", table=table, evidence_kind=kind, figure=None),
    }
    steps = walked(guidance, "odd-one", findings)
    row = steps[steps["kind"].eq("table")].iloc[0]
    assert (row["id"], row["address"]) == (id, address)
    assert row["says"]


def test_an_absent_finding_ends_the_walk_and_says_so(guidance):
    findings = example.findings()
    del findings["tasks-moved"]
    steps = walked(guidance, "look-again-at-tasks", findings)
    assert "not there any more in this book" in steps.set_index("id").loc["tasks-moved", "says"]
    assert steps.set_index("id").loc["tasks-moved", "how"] == "rests on (not there any more)"


def test_an_id_of_two_things_asks_which(guidance):
    findings = {**example.findings(), "psw-not-alone": example.finding("psw-not-alone")}
    with pytest.raises(InputError, match="write recommendation:psw-not-alone or finding:psw-not-alone"):
        walked(guidance, "psw-not-alone", findings)
    assert walked(guidance, "finding:psw-not-alone", findings)["kind"].iloc[0] == "finding"
    assert walked(guidance, "recommendation:psw-not-alone", findings)["kind"].iloc[0] == "recommendation"


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("cary-half", "Did you mean 'carry-half'"),
        ("psw-alone-is-herd", "Did you mean 'psw-alone-is-hard'"),
        ("finding:psw-alone-is-hard", "There is no finding 'psw-alone-is-hard'"),
        ("findings:carry-half", "Did you mean 'finding'"),
        ("", "no recommendation, finding or fact ''"),
    ],
)
def test_an_unknown_id_gets_its_nearest(guidance, id, says):
    with pytest.raises(InputError, match=says):
        walked(guidance, id)


def test_a_recommendation_that_was_left_out_says_why(guidance, tmp_path):
    path = write_reviewed(guidance, example.findings(), example.facts(), example.STUDY, tmp_path / "reviewed.yml")
    found = judged(guidance, {}, example.facts(), load_reviewed(path), ANOTHER, example.TODAY)
    with pytest.raises(InputError, match="left out of this book. It rests only on findings"):
        thread("look-again-at-tasks", found, {})


def test_the_text_is_indented_and_holds_every_step(guidance):
    steps = walked(guidance, "watch-who-carries-the-work")
    said = thread_in_words(steps)
    for row in steps.to_dict("records"):
        assert row["says"] in said
        assert row["address"] in said
    lines = said.splitlines()
    assert lines[0].startswith("recommendation watch-who-carries-the-work: Ask")
    assert "  rests on (not reviewed yet): finding carry-half: " in said
    assert "\n    shown in: figure carry\n" in said


# The command ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A tiny project with the example's recommendations, its facts and a book with its findings."""
    data = tmp_path / "data"
    example.write_folder(data)
    shutil.copytree(data_folder() / "codebooks", data / "codebooks")
    (data / "published").mkdir()
    facts = example.facts()
    facts.to_csv(data / "published" / "guidance_evidence.csv", index=False, lineterminator="\n")
    types = {"n": "integer", "year": "integer", "mental_health": "boolean"}
    record = {
        **dict.fromkeys(["period", "place", "licence", "attribution", "retrieved"], "any"),
        "title": "Statements", "kind": "published", "one_row_is": "one statement", "source": [], "sha256": "", "rows": len(facts),
        "columns": [{"name": name, "type": types.get(name, "string"), "description": "any"} for name in facts],
        "known_problems": [], "used_by": [],
    }  # fmt: skip
    (data / "published" / "guidance_evidence.yml").write_text(yaml.safe_dump(record))
    (tmp_path / "_toc.yml").write_text("root: a")
    write_book(tmp_path, example.findings())
    monkeypatch.setenv("NEWROLES_PROJECT", str(tmp_path))
    return tmp_path


def write_book(project, findings, study=example.STUDY):
    book = project / "_build" / "book"
    (book / "findings").mkdir(parents=True, exist_ok=True)
    (book / "manifest.json").write_text(json.dumps({"study": study}))
    (book / "findings" / "all.json").write_text(json.dumps([vars(each) for each in findings.values()]))


def test_the_thread_is_walked_in_the_terminal(project, capsys):
    assert main(["thread", "carry-half"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("rests on it: recommendation watch-who-carries-the-work")
    assert "figure carry" in said
    assert main(["thread", "fact:psw-alone-is-hard", "--book", str(project / "_build" / "book")]) == 0
    assert "https://example.org/review" in capsys.readouterr().out


def test_the_command_helps_with_an_unknown_id(project, capsys):
    assert main(["thread", "cary-half"]) == 2
    assert "Did you mean 'carry-half'" in capsys.readouterr().err


def test_check_reviewed_and_check_again(project, capsys):
    assert main(["guidance", "check"]) == 0
    assert "4 cite evidence that nobody has reviewed yet" in capsys.readouterr().out
    assert main(["guidance", "reviewed"]) == 0
    assert "4 recommendations" in capsys.readouterr().out
    assert (project / "data" / "recommendations" / "reviewed.yml").is_file()
    write_book(project, {**example.findings(), "carry-half": example.finding("carry-half", value=0.58)})
    assert main(["guidance", "check"]) == 0
    said = capsys.readouterr().out
    assert "carry-half: evidence changed since last review; was 62% (55% to 70%), n = 400, is 58%" in said
    write_book(project, {**example.findings(), "carry-half": OPPOSITE})
    assert main(["guidance", "check"]) == 2
    said = capsys.readouterr().out
    assert "carry-half: now says the opposite" in said
    assert "1 thing would stop the build:" in said
    assert main(["guidance", "reviewed"]) == 2
    write_book(project, {**example.findings(), "carry-half": OPPOSITE}, ANOTHER)
    assert main(["guidance", "check"]) == 0
    assert "look-again-at-tasks: left out" in capsys.readouterr().out


def test_a_folder_that_is_no_book_is_refused(project, capsys):
    assert main(["guidance", "check", "--book", str(project)]) == 2
    assert "is no book that was made" in capsys.readouterr().err
    (project / "_build" / "book" / "manifest.json").write_text("{}")
    assert main(["thread", "carry-half"]) == 2
    assert "doesn't say whose study" in capsys.readouterr().err

"""A team brings its coding in, settles its differences in a spreadsheet and carries them on, by the command alone."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from coding_tools import atlas_style, nvivo_style, qualcoder, spreadsheet_style, taguette
from newroles.cli import main
from newroles.coding import consensus, disagreements, ratings_from_codings, read_refi_codebook
from newroles.coding.importing import import_coding
from newroles.coding.workflow import (
    adjudicate,
    agreement_panel,
    describe_agreement,
    export_codebook,
    split_adjudications,
    study_codebook,
    study_consensus,
    with_adjudications,
    write_study_disagreements,
    write_study_framework,
)
from newroles.datasets import Codebook, Study, load_study, typed_table
from newroles.errors import InputError
from tiny import TINY_CODEBOOK, TINY_META, TINY_TABLES

BOOK = "own_forms"


def coding(*arguments: object) -> int:
    return main(["coding", *map(str, arguments), "--codebook", BOOK])


def write_study(folder: Path, tables: list[str]) -> Path:
    """The tiny study with these of its tables, so that it is checked at once."""
    folder.mkdir()
    (folder / "study.yml").write_text(TINY_META)
    (folder / "own_forms.yml").write_text(TINY_CODEBOOK)
    for table in tables:
        (folder / f"{table}.csv").write_text(TINY_TABLES[table])
    return folder


# u1: all agree. u2: two against one. u3: two coders, a tie. u4: one coder only.
TEAM = """\
unit,Ana,Ben,Cy
u1,collaborative,collaborative,collaborative
u2,collaborative,collaborative,competitive
u3,collaborative,competitive,
u4,competitive,,
"""
# as `newroles coding import` writes it (the first test of the differences sees to that)
CODED = [("s1", "111"), ("s2", "110"), ("s3", "10"), ("s4", "0")]


def write_coded(folder: Path) -> Path:
    """The study with the codings of TEAM, and the key to its coders beside it."""
    study = write_study(folder / "small_study", ["trusts", "reports"])
    lines = ["codebook,unit,unit_kind,coder,code,value,coded_on,round"]
    for unit, answers in CODED:
        for coder, answer in enumerate(answers, start=1):
            code = "collaborative" if answer == "1" else "competitive"
            lines.append(f"{BOOK},{unit},segment,coder_{coder},{code},1,,1")
    (study / "codings.csv").write_text("\n".join(lines) + "\n")
    places = [f"s{n},,u{n},document,,,,," for n in range(1, 5)]
    heading = "segment,team,document,method,start,end,actor_role,target_role,on"
    (study / "segments.csv").write_text("\n".join([heading, *places]) + "\n")
    (folder / "small_study.coders.csv").write_text("coder,name\ncoder_1,Ana\ncoder_2,Ben\ncoder_3,Cy\n")
    return study


def copied(study: Study, folder: Path) -> Study:
    """A copy of a loaded study that a test may change, without loading it again."""
    shutil.copytree(study.path, folder / "small_study")
    for key in study.path.parent.glob("*.coders.csv"):
        shutil.copy(key, folder)
    return replace(study, path=folder / "small_study")


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Study:
    return load_study(write_study(tmp_path_factory.mktemp("bare") / "small_study", ["trusts", "reports"]))


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Study:
    tables = ["trusts", "reports", "teams", "segments", "codings"]
    return load_study(write_study(tmp_path_factory.mktemp("small") / "small_study", tables))


@pytest.fixture(scope="module")
def team(tmp_path_factory) -> tuple[Study, Codebook]:
    """The study of TEAM and its codebook, to look at only."""
    study = load_study(write_coded(tmp_path_factory.mktemp("team")))
    return study, study_codebook(study, BOOK)


@pytest.fixture
def bare_study(bare, tmp_path) -> Study:
    """A study in which nothing was coded yet."""
    return copied(bare, tmp_path)


@pytest.fixture
def small_study(small, tmp_path) -> Study:
    """One segment, coded by coder_1 and coder_2, whom no key names."""
    return copied(small, tmp_path)


@pytest.fixture
def coded(team, tmp_path) -> Study:
    """The study of TEAM, to change."""
    return copied(team[0], tmp_path)


def bring(study: Study, file: Path, **options) -> tuple[str, Study]:
    """What the import says, and the study after it, which passes its check."""
    report = import_coding(file, study, study_codebook(study, BOOK), **options)
    return str(report), load_study(study.path) if report.files else study


def rows(study: Study, table: str) -> list[list[str]]:
    cells = pd.read_csv(study.path / f"{table}.csv", dtype="str", keep_default_na=False)
    return cells.to_numpy().tolist()


# In: three tools, one study -----------------------------------------------------------------------------------------


def test_nvivo_atlas_and_a_spreadsheet_give_the_same_study_and_the_same_agreement(bare, tmp_path, capsys):
    makers = [nvivo_style, atlas_style, spreadsheet_style]
    studies, panels = [], []
    for number, make in enumerate(makers):
        path = Path(shutil.copytree(bare.path, tmp_path / f"copy_{number}"))
        assert coding("import", make(tmp_path), "--study", path, "--method", "interview") == 0
        said = capsys.readouterr().out
        assert "1 document, 2 segments, 4 codings by 2 coders" in said
        assert f"copy_{number}.coders.csv" in said
        assert ("column 'Colour'; sheet.csv; 4" in said) == (number == 2)
        studies.append(load_study(path))  # which refuses a study that doesn't pass its check
        panels.append(agreement_panel(studies[-1], study_codebook(bare, BOOK), n_boot=0))
    # the extracts' places by hand in test_coding_exchange.py
    assert rows(studies[0], "segments") == [
        ["s1", "", "Interview 1", "interview", "14", "32", "", "", ""],
        ["s2", "", "Interview 1", "interview", "34", "48", "", "", ""],
    ]
    assert [[row[1], row[3], row[4], row[5]] for row in rows(studies[0], "codings")] == [
        ["s1", "coder_1", "collaborative", "1"],
        ["s1", "coder_2", "collaborative", "1"],
        ["s2", "coder_1", "competitive", "1"],
        ["s2", "coder_2", "collaborative", "1"],
    ]
    for table in ("segments.csv", "codings.csv"):
        assert len({(study.path / table).read_bytes() for study in studies}) == 1
    for panel in panels:
        pd.testing.assert_frame_equal(panel, panels[0])
    # by hand: they agree on one of two extracts, whatever the code
    shares = panels[0][panels[0]["statistic"] == "percent_agreement"].set_index("code")["value"]
    assert shares.to_dict() == {"all codes": 0.5, "collaborative": 0.5, "competitive": 0.5}
    assert panels[0]["n_units"].eq(2).all()
    assert coding("agreement", "--study", studies[0].path) == 0
    printed = capsys.readouterr().out
    assert "2 of 2 units (segment) were coded by at least two" in printed
    assert re.search(r"^all codes +percent_agreement +0\.50 +0\.00 +1\.00 +2 +2$", printed, re.MULTILINE)
    assert re.search(r"^\[1\] .+", printed, re.MULTILINE)


def test_the_names_of_coders_stay_out_of_the_study_and_are_known_again(bare_study, tmp_path):
    sheet, key = tmp_path / "one.csv", tmp_path / "small_study.coders.csv"
    sheet.write_text("unit,Ana Nym,=Ben\nu1,collaborative,competitive\n")
    _, study = bring(bare_study, sheet)
    assert key.read_text(encoding="utf-8-sig") == "coder,name\ncoder_1,'=Ben\ncoder_2,Ana Nym\n"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert not [path for path in study.path.iterdir() if b"Nym" in path.read_bytes() or b"Ben" in path.read_bytes()]
    # Ana has two names, as tools differ: the key says so, and both are one coder
    key.write_text(key.read_text(encoding="utf-8-sig") + "coder_2,AN\n")
    sheet.write_text("unit,AN,Cy\nu2,collaborative,collaborative\n")
    said, study = bring(study, sheet)
    assert [(row[1], row[3]) for row in rows(study, "codings")] == [
        *[("s1", "coder_1"), ("s1", "coder_2"), ("s2", "coder_2"), ("s2", "coder_3")]
    ]
    assert "coder_3,Cy" in key.read_text(encoding="utf-8-sig")
    assert "doesn't name" not in said


def test_what_was_there_is_kept_and_a_second_import_adds_nothing(small_study, tmp_path):
    folder = small_study.path
    before = {table: (folder / table).read_bytes() for table in ("segments.csv", "codings.csv")}
    sheet = spreadsheet_style(tmp_path)
    said, study = bring(small_study, sheet)
    # coders that no key names are taken for others, and it is said
    assert "coders whom small_study.coders.csv doesn't name (coder_1, coder_2)" in said
    assert {row[3] for row in rows(study, "codings")} == {"coder_1", "coder_2", "coder_3", "coder_4"}
    for table, content in before.items():
        assert (folder / f"{table}.before").read_bytes() == content
        assert (folder / table).read_bytes().startswith(content)
    assert [row[0] for row in rows(study, "segments")] == ["s1", "s2", "s3"]  # s1 was the study's own
    after = (folder / "codings.csv").read_bytes()
    said, study = bring(study, sheet)
    assert "0 of the segments and 0 of the codings are new" in said
    assert (folder / "codings.csv").read_bytes() == after
    # a later round is new, and uses the same segments
    _, study = bring(study, sheet, round=2)
    assert len(rows(study, "segments")) == 3
    assert [row[7] for row in rows(study, "codings")] == ["1"] * 6 + ["2"] * 4


def test_units_of_a_spreadsheet_that_are_segments_of_the_study_are_those(small_study, tmp_path):
    sheet = tmp_path / "new_coder.csv"
    sheet.write_text("unit,collaborative,competitive\ns1,x,0\n")
    _, study = bring(small_study, sheet, coder="Dee")
    assert [row[:2] for row in rows(study, "segments")] == [["s1", "A1"]]
    assert [row[1:6] for row in rows(study, "codings")[2:]] == [
        ["s1", "segment", "coder_3", "collaborative", "1"],
        ["s1", "segment", "coder_3", "competitive", "0"],
    ]
    sheet.write_text("unit,collaborative\ns1,x\ns11,x\n")
    with pytest.raises(InputError, match="'s11' isn't a segment of the study.*Did you mean 's1'"):
        bring(study, sheet, coder="Eve")


def test_qualcoder_and_taguette_come_in_with_what_they_leave_behind(bare_study, tmp_path):
    said, study = bring(bare_study, qualcoder(tmp_path / "study.qda", new=True))
    assert "media file; clip.mp3; 1" in said
    assert "'forms/good/Collaborative/sharing' (1 coding): no code of own_forms has this id or name" in said
    assert rows(study, "codings")[0][6] == "2024-05-01"
    tags, mapping = taguette(tmp_path / "tags.sqlite3"), tmp_path / "map.csv"
    mapping.write_text("code;becomes\nshared;collaborative\nvs. them;competitive\nforms;leave out\n")
    said, study = bring(study, tags, project="roles", mapping=mapping)
    assert "left out by the mapping" in said
    assert {row[4] for row in rows(study, "codings")} == {"collaborative", "competitive"}


def test_the_mapping_s_skeleton_goes_out_is_filled_and_completes_the_import(bare_study, tmp_path):
    sheet, skeleton = tmp_path / "team.csv", tmp_path / "team.csv.mapping.csv"
    sheet.write_text("unit,Ana\nu1,collaborative\nu2,competetive turf\nu3,=other\n")
    said, study = bring(bare_study, sheet, write_mapping=True)
    assert "Did you mean competitive?" in said
    assert str(skeleton) in said
    assert [row[1] for row in rows(study, "codings")] == ["s1"]
    lines = skeleton.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("code,becomes,suggestion")
    assert lines[2].startswith("'=other,,")  # nothing in it runs
    filled = "\n".join([lines[0], lines[1].replace(",,", ",competitive,", 1), lines[2].replace(",,", ",leave out,", 1)])
    skeleton.write_text(filled, encoding="utf-8")
    _, study = bring(study, sheet, mapping=skeleton)
    assert [(row[1], row[4]) for row in rows(study, "codings")] == [("s1", "collaborative"), ("s2", "competitive")]


def test_parquet_tables_stay_parquet(small_study, tmp_path):
    for table in ("segments", "codings"):
        getattr(small_study, table).to_parquet(small_study.path / f"{table}.parquet", index=False)
        (small_study.path / f"{table}.csv").unlink()
    _, study = bring(small_study, spreadsheet_style(tmp_path))
    assert not (study.path / "codings.csv").exists()
    assert (study.path / "codings.parquet.before").exists()
    assert len(study.codings) == 6


# Differences: out, filled in, back, and carried on ------------------------------------------------------------------

# in the order of the list: u2 collaborative and competitive, u3 collaborative and competitive
DECIDED = ["", "", "yes", "no"]


def fill(path: Path, decisions: list[str]) -> Path:
    book = openpyxl.load_workbook(path)
    sheet = book["disagreements"]
    at = {cell.value: cell.column for cell in sheet[1]}
    for number, decision in enumerate(decisions, start=2):
        if decision:
            sheet.cell(number, at["decision"]).value = decision
            sheet.cell(number, at["decided_by"]).value = "di"
            sheet.cell(number, at["decided_on"]).value = "2023-07-01"
            sheet.cell(number, at["reason"]).value = "Read again"
    book.save(path)
    return path


def outcome(study: Study, rule: str | None = None) -> dict[tuple[str, str], tuple[str, str]]:
    audit = study_consensus(study, study_codebook(study, BOOK), rule=rule).audit
    return {(row["unit"], row["code"]): (row["decision"], row["how"]) for row in audit.to_dict("records")}


BEFORE = {
    ("s1", "collaborative"): ("kept", "agreed"),
    ("s2", "collaborative"): ("kept", "majority"),
    ("s2", "competitive"): ("dropped", "majority"),
    ("s3", "collaborative"): ("open", "tie"),
    ("s3", "competitive"): ("open", "tie"),
    ("s4", "competitive"): ("kept", "agreed"),
}
AFTER = BEFORE | {
    ("s3", "collaborative"): ("kept", "adjudicated"),
    ("s3", "competitive"): ("dropped", "adjudicated"),
}


def test_the_team_s_sheet_gives_these_codings(bare_study, team, tmp_path):
    (tmp_path / "team.csv").write_text(TEAM)
    said, study = bring(bare_study, tmp_path / "team.csv")
    assert "A segment without a coding by somebody counts as not coded by them" in said
    for table in ("segments", "codings"):
        assert rows(study, table) == rows(team[0], table)


def test_the_list_goes_out_is_filled_comes_back_and_the_consensus_changes_accordingly(coded, tmp_path, capsys):
    assert outcome(coded) == BEFORE
    book, listed, second = study_codebook(coded, BOOK), tmp_path / "list.xlsx", tmp_path / "second.csv"
    assert coding("disagreements", "--study", coded.path, "--out", listed) == 0
    assert "lists 4 differences on 2 units (0 settled already)" in capsys.readouterr().out
    codings = coded.path / "codings.csv"
    before = codings.read_bytes()
    assert coding("adjudicate", fill(listed, DECIDED), "--study", coded.path) == 0
    assert "holds 2 decisions of 4; 2 are still open" in (said := capsys.readouterr().out)
    assert "list.xlsx: keep it" in said
    assert (coded.path / "codings.csv.before").read_bytes() == before
    assert codings.read_text().removeprefix(before.decode()) == (
        "own_forms,s3,segment,adjudication,collaborative,1,2023-07-01,1\n"
        "own_forms,s3,segment,adjudication,competitive,0,2023-07-01,1\n"
    )
    settled = load_study(coded.path)
    assert outcome(settled, "majority") == AFTER
    # by itself, once anything is settled: what isn't decided is open, whatever the majority, so that decisions can overrule it
    undecided = {("s2", code): ("open", "undecided") for code in ("collaborative", "competitive")}
    assert outcome(settled) == AFTER | undecided
    # what was settled is no coder: agreement and the list of differences stay what they were
    pd.testing.assert_frame_equal(agreement_panel(settled, book, n_boot=0), agreement_panel(coded, book, n_boot=0))
    assert "lists 4 differences on 2 units (2 settled already)" in write_study_disagreements(settled, book, second)
    # a list in which an earlier decision is blank leaves it; a new decision replaces its own
    text = second.read_text(encoding="utf-8-sig").replace("yes,adjudication,2023-07-01", ",,")
    second.write_text(text.replace("no,adjudication", "yes,ed"))
    assert "1 earlier decisions, blank in this list, stay" in adjudicate(second, settled, book)
    assert outcome(load_study(coded.path), "majority") == AFTER | {("s3", "competitive"): ("kept", "adjudicated")}
    assert [row[3] for row in rows(coded, "codings")].count("adjudication") == 2


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_the_list_comes_back_after_libreoffice_saved_it(coded, tmp_path):
    listed, saved = tmp_path / "list.xlsx", tmp_path / "saved"
    assert coding("disagreements", "--study", coded.path, "--out", listed) == 0
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for target in ("ods", "xlsx"):  # through LibreOffice's own format and back
        command = ["soffice", profile, "--headless", "--convert-to", target, "--outdir", saved, fill(listed, DECIDED)]
        if target == "xlsx":
            command[-1] = saved / "list.ods"
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert coding("adjudicate", saved / "list.xlsx", "--study", coded.path) == 0
    assert outcome(load_study(coded.path), "majority") == AFTER


def test_the_framework_matrix_keeps_what_was_typed(coded, tmp_path, capsys):
    first, second, book = tmp_path / "first.xlsx", tmp_path / "second.xlsx", study_codebook(coded, BOOK)
    assert coding("framework", "--study", coded.path, "--by", "document", "--out", first) == 0
    assert "4 rows (one a document) and 2 themes, by the rule 'majority'. 2 answers" in capsys.readouterr().out
    workbook = openpyxl.load_workbook(first)
    sheet = workbook["framework"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(max_col=4)] == [
        ["document", "collaborative: extracts", "collaborative: summary", "competitive: extracts"],
        ["u1", 1, None, 0],
        ["u2", 1, None, 0],
        ["u3", 0, None, 0],  # a tie is open, so it counts for neither
        ["u4", 0, None, 1],
    ]
    sheet["C3"] = "Two teams plan together"
    workbook.save(first)
    write_study_disagreements(coded, book, tmp_path / "list.xlsx")
    adjudicate(fill(tmp_path / "list.xlsx", DECIDED), coded, book)
    said = write_study_framework(load_study(coded.path), book, second, "document", first, "majority")
    assert "Summaries kept: 1" in said
    sheet = openpyxl.load_workbook(second)["framework"]
    assert (sheet["B4"].value, sheet["C3"].value) == (1, "Two teams plan together")


def test_the_codebook_goes_out_and_is_not_written_over(team, tmp_path):
    out = tmp_path / "forms.qdc"
    assert "holds the 2 codes of own_forms" in export_codebook(*team, out)
    assert read_refi_codebook(out).codes["name"].to_list() == ["Collaborative", "Competitive"]
    content = out.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        export_codebook(*team, out)
    assert out.read_bytes() == content


# The rule about adjudications -----------------------------------------------------------------------------------------


def table(*given: str) -> pd.DataFrame:
    """Each row: unit coder code value round; the value ? is blank."""
    cells = [row.split() for row in given]
    made = pd.DataFrame(cells, columns=["unit", "coder", "code", "value", "round"]).replace({"value": {"?": None}})
    typed = {"value": "float64", "round": "int64"}
    return typed_table("codings", made.assign(codebook=BOOK, unit_kind="segment", coded_on=None).astype(typed))


def test_a_decision_stands_until_a_coder_codes_the_unit_again():
    rows = table(
        *("s1 a collaborative 1 1", "s1 b competitive 1 1", "s1 adjudication collaborative 1 1"),
        *("s2 a collaborative 1 1", "s2 b competitive 1 2", "s2 adjudication collaborative 0 1"),  # b coded again
        *("s3 a collaborative 1 1", "s3 adjudication collaborative 0 1", "s3 adjudication collaborative 1 2"),
        *("s4 a collaborative 1 1", "s4 adjudication collaborative ? 1"),
    )
    own, settled = split_adjudications(rows)
    assert "adjudication" not in set(own["coder"])
    assert settled[["unit", "decision", "round"]].fillna("").values.tolist() == [
        ["s1", "yes", 1],
        ["s3", "yes", 2],
        ["s4", "", 1],
    ]
    assert settled["reason"].isna().all()


def test_adjudications_are_never_counted_as_a_coder(team):
    book = team[1]
    own = table("s1 a collaborative 1 1", "s1 b competitive 1 1", "s2 a competitive 1 1")
    both = pd.concat([own, table("s1 adjudication collaborative 1 1", "s2 adjudication collaborative 1 1")])
    pd.testing.assert_frame_equal(disagreements(both, book), disagreements(own, book))
    assert list(ratings_from_codings(both).columns) == ["a", "b"]
    pd.testing.assert_frame_equal(consensus(both, book).audit, consensus(own, book).audit)


def test_what_goes_in_comes_out_and_twice_is_once(team):
    book = team[1]
    own = table("s1 a collaborative 1 1", "s1 b competitive 1 2", "s2 a collaborative 1 1")
    decided = pd.DataFrame(
        {"unit": ["s1", "s1", "s2"], "code": ["collaborative", "competitive", "collaborative"]}
    ).assign(decision=["no", "yes", None], decided_by="di", decided_on=pd.Timestamp("2023-07-01"), reason="x")
    once = with_adjudications(own, decided, book)
    assert once.loc[once["coder"] == "adjudication", "round"].to_list() == [2, 2]  # the unit's last
    pd.testing.assert_frame_equal(with_adjudications(once, decided, book), once)
    back, settled = split_adjudications(once)
    pd.testing.assert_frame_equal(back, own)
    assert settled[["unit", "code", "decision"]].values.tolist() == decided.iloc[:2, :3].values.tolist()
    with pytest.raises(InputError, match="No coder coded the segment 's9'"):
        with_adjudications(own, decided.assign(unit="s9"), book)


def test_a_decision_against_the_majority_stands(team):
    """Not so under the rule of the majority alone, which settles it before anybody is asked."""
    against = pd.DataFrame({"unit": ["s2"], "code": ["collaborative"], "decision": ["no"], "decided_on": [pd.NaT]})
    settled = replace(team[0], _tables={"codings": with_adjudications(team[0].codings, against, team[1])})
    assert outcome(settled)["s2", "collaborative"] == ("dropped", "adjudicated")
    assert outcome(settled, "majority")["s2", "collaborative"] == ("kept", "majority")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (
            ["s1 a collaborative 1 1", "s1 adjudication collaborative 2 1"],
            "unit 's1', round 1, has a value other than 1, 0",
        ),
        (["s1 adjudication collaborative 1 1", "s1 adjudication collaborative 1 1"], "is there twice"),
    ],
)
def test_impossible_adjudications_are_named(bad, message):
    with pytest.raises(InputError, match=message):
        split_adjudications(table(*bad))


# What can't be used is said, and nothing is written -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "options", "words"),
    [
        ("none.csv", None, {}, ["There is no file", "none.csv"]),
        ("team.xlsx", "x", {}, ["team.xlsx", "CSV UTF-8"]),
        ("book.qdc", "x", {}, ["book.qdc", "codebook without codings", "REFI-QDA"]),
        ("old.nvp", "x", {}, ["old.nvp", ".qdpx", "NVivo"]),
        ("t.csv", "unit,Ana\nu1,warm\n", {}, ["t.csv", "none of its 1 coding", "'warm'", "--write-mapping"]),
        ("t.csv", "unit,code,coder,value\nu1,collaborative,A,2x\n", {}, ["t.csv, row 2, column value: '2x'"]),
        (
            "t.csv",
            "unit,code,coder,value\nu1,collaborative,A,1e999\n",
            {},
            ["No table was written", "codings.csv", "inf"],
        ),
        ("t.csv", "unit,Ana\nu1,collaborative\n", {"method": "interveiw"}, ["Did you mean 'interview'"]),
        ("t.csv", "unit,Ana\nu1,collaborative\n", {"round": 0}, ["round", "'0'", "smallest value allowed"]),
        ("t.csv", "unit,Ana\nu1,collaborative\n", {"project": "1"}, ["t.csv", "--project"]),
        ("t.qdpx", "x", {"layout": "long"}, ["t.qdpx", "--layout"]),
        ("t.csv", "unit,Ana\nu1,\n", {}, ["t.csv", "no codings"]),
    ],
)
def test_files_that_cannot_be_brought_in(team, tmp_path, name, content, options, words):
    if content is not None:
        (tmp_path / name).write_text(content)
    before = {path.name: path.read_bytes() for path in team[0].path.iterdir()}
    with pytest.raises(InputError) as error:
        import_coding(tmp_path / name, *team, key=tmp_path / "who.csv", **options)
    assert all(word in str(error.value) for word in words), error.value
    assert {path.name: path.read_bytes() for path in team[0].path.iterdir()} == before


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("code,becomes\ncolaborative,competitive\n", "row 2, column code: 'colaborative' isn't a code of the project. Did you mean"),
        ("code,becomes\ncollaborative,competetive\n", "row 2, column becomes: 'competetive' isn't in own_forms"),
        ("code,becomes\n,competitive\n", "row 2, column code: blank"),
        ("code,becomes\ncollaborative,\ncollaborative,competitive\ncollaborative,leave out\n", "row 4, column code"),
        ("code,to\ncollaborative,competitive\n", "row 1: there is no column 'becomes'"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_named_by_row(team, tmp_path, mapping, words):
    (tmp_path / "map.csv").write_text(mapping)
    (tmp_path / "t.csv").write_text("unit,Ana\ns1,collaborative\n")
    with pytest.raises(InputError, match=f"^map.csv, {words}"):
        import_coding(tmp_path / "t.csv", *team, mapping=tmp_path / "map.csv")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("coder,name\ncoder_1,\n", "row 2, column name: blank"),
        ("coder,name\nadjudication,Ana\n", "row 2, column coder: 'adjudication'"),
        ("coder,name\ncoder_1,Ana\ncoder_2,Ana\n", "row 3, column name: 'Ana'"),
    ],
)
def test_a_wrong_key_is_named_by_row(team, tmp_path, key, words):
    (tmp_path / "who.csv").write_text(key)
    (tmp_path / "t.csv").write_text("unit,Ana\ns1,collaborative\n")
    with pytest.raises(InputError, match=f"^who.csv, {words}"):
        import_coding(tmp_path / "t.csv", *team, key=tmp_path / "who.csv")


@pytest.mark.parametrize(("key", "words"), [("small_study/who.csv", "kept apart"), ("who.txt", "expected a .csv file")])
def test_the_names_have_no_other_place(team, tmp_path, key, words):
    (tmp_path / "t.csv").write_text("unit,Ana\ns1,collaborative\n")
    with pytest.raises(InputError, match=words):
        import_coding(tmp_path / "t.csv", *team, key=team[0].path.parent / key)


def test_a_coder_who_says_yes_in_one_file_and_no_in_another_is_named(team, tmp_path):
    (tmp_path / "again.csv").write_text("unit,coder,collaborative\ns1,Ana,no\n")
    said = "coder_1 has collaborative on s1 in round 1 with the value 1 in the study and 0 in this file.*--round 2"
    with pytest.raises(InputError, match=said):
        bring(team[0], tmp_path / "again.csv")


@pytest.mark.parametrize(
    ("function", "arguments", "words"),
    [
        (write_study_disagreements, ["here.xlsx", "segmnt"], "Did you mean 'segment'"),
        (write_study_disagreements, ["here.xlsx", "segment", 7], "round '7'"),
        (write_study_disagreements, ["here.doc"], "ends in .xlsx"),
        (describe_agreement, ["segment", 7], "round '7'"),
        (write_study_framework, ["here.xlsx", "taem"], "Did you mean 'team'"),
        (write_study_framework, ["here.csv"], "here.xlsx"),
        (write_study_framework, ["here.xlsx", "team", None, "majorty"], "Did you mean 'majority'"),
        (export_codebook, ["here.qdpx"], "here.qdpx: a project holds the words"),
        (export_codebook, ["here.txt"], "here.txt: expected a name that ends in .qdc"),
    ],
)
def test_wrong_choices_are_named(team, function, arguments, words):
    with pytest.raises(InputError, match=words):
        function(*team, *arguments)
    assert not Path("here.xlsx").exists()


def test_lists_that_cannot_be_read_back_are_named_and_change_nothing(coded, team, tmp_path, capsys):
    before = (coded.path / "codings.csv").read_bytes()
    listed = tmp_path / "list.xlsx"
    write_study_disagreements(*team, listed)
    assert coding("adjudicate", listed, "--study", coded.path) == 2
    assert "list.xlsx, column decision: blank in every row" in capsys.readouterr().err
    with pytest.raises(InputError, match="row 3, column decision: 'perhaps'; expected yes, no"):
        adjudicate(fill(listed, ["", "perhaps"]), coded, team[1])
    with pytest.raises(InputError, match="There is no file nowhere.xlsx"):
        adjudicate("nowhere.xlsx", coded, team[1])
    with pytest.raises(InputError, match="exists already"):
        write_study_disagreements(*team, listed)
    assert (coded.path / "codings.csv").read_bytes() == before


def test_a_study_that_cannot_take_codings_says_why(bare, team, tmp_path, capsys):
    assert main(["coding", "agreement", "--study", str(bare.path), "--codebook", "own_form"]) == 2
    assert "names no codebook 'own_form'. Did you mean 'own_forms'" in capsys.readouterr().err
    with pytest.raises(InputError, match="no codings yet"):
        describe_agreement(bare, team[1])
    assert coding("import", "team.csv", "--study", tmp_path / "elsewhere") == 2
    assert "no such folder" in capsys.readouterr().err
    workbook = replace(team[0], path=team[0].path / "study.xlsx")
    (tmp_path / "t.csv").write_text("unit,Ana\ns1,collaborative\ns1,competitive\n")
    with pytest.raises(InputError, match="not to a workbook"):
        bring(workbook, tmp_path / "t.csv", key=tmp_path / "who.csv")


def test_one_coder_alone_has_nothing_to_agree_on_or_settle(bare_study, team, tmp_path):
    (tmp_path / "t.csv").write_text("unit,Ana\nu1,collaborative\n")
    _, study = bring(bare_study, tmp_path / "t.csv")
    with pytest.raises(InputError, match="agreement needs a second coder"):
        describe_agreement(study, team[1])
    assert "no two coders coded the same one" in write_study_disagreements(study, team[1], tmp_path / "d.csv")


def test_ratings_are_no_codes(team):
    plain = team[0].codings
    rated, primary = plain.copy(), plain.copy()
    rated.loc[0, "value"] = 3
    with pytest.raises(InputError, match="coder_1 gave collaborative to the segment 's1' in round 1 with the value 3"):
        describe_agreement(replace(team[0], _tables={"codings": rated}), team[1])
    primary["value"] = primary["value"].replace(1, 2)  # a primary code is a code that applies
    tables = [replace(team[0], _tables={"codings": table}) for table in (plain, primary)]
    assert describe_agreement(tables[0], team[1]) == describe_agreement(tables[1], team[1])

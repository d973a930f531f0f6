"""From a result to its segments, to the coders' agreement behind it, and to the extract itself.

Known answers: by hand beside each table; the example study's own rows.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from newroles.boundary_work.act_network import pair_table
from newroles.boundary_work.acts import acts_of_study
from newroles.boundary_work.thread import (
    agreement_behind,
    agreement_summary,
    locate,
    segments_behind,
    with_agreement,
)
from newroles.cli import main
from newroles.coding.extracts import describe_extracts, words_of
from newroles.datasets import load_study
from newroles.errors import InputError


def coded(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["segment", "form", "agreement"])
    return table.assign(name="Form " + table["form"], agreement_low=table["agreement"] - 0.1, agreement_high=0.99)


FORMS = coded(("s1", "con", 0.7), ("s2", "con", 0.7), ("s2", "rep", 0.4), ("s3", "one", np.nan))
TONES = coded(("s1", "des", 0.2), ("s2", "dep", 0.9)).rename(columns={"form": "code"})


# --- agreement ---------------------------------------------------------------------------------------------------------------


def test_segments_come_back_once_each_in_their_order() -> None:
    table = pd.DataFrame({"segments": [("s2", "s1"), (), ("s1", "s3")]})
    assert segments_behind(table) == ("s2", "s1", "s3")
    assert segments_behind(table.iloc[0]) == ("s2", "s1")
    assert segments_behind(["s1", ("s2",), "s1"]) == segments_behind(pd.Series(["s1", "s2"])) == ("s1", "s2")
    with pytest.raises(InputError, match="no column segments"):
        segments_behind(pd.DataFrame({"n": [1]}))


def test_agreement_behind_a_result_by_hand() -> None:
    """con in two acts at 0.7, rep in one at 0.4: lowest 0.4, mean (0.7 + 0.7 + 0.4) / 3 = 0.6."""
    behind = agreement_behind(FORMS, ("s2", "s1"))
    assert behind[["form", "acts", "segments"]].values.tolist() == [["con", 2, ("s2", "s1")], ["rep", 1, ("s2",)]]
    found = agreement_summary(FORMS, ("s2", "s1"))
    assert found[["acts", "codes", "lowest", "lowest_low", "lowest_form", "not_known"]].tolist() == pytest.approx(
        [2, 2, 0.4, 0.3, "rep", 0]
    )
    assert found["mean"] == pytest.approx(0.6)
    assert "2 acts rest on 2 codes" in found["sentence"]
    assert "Form rep (AC1 0.40, 0.30 to 0.99)" in found["sentence"]


def test_a_result_on_tone_rests_on_the_codes_of_tone_too() -> None:
    """0.7, 0.7, 0.4, 0.2 and 0.9 over two acts: lowest 0.2, mean 0.58."""
    found = agreement_summary(FORMS, ("s1", "s2"), TONES)
    assert (found["acts"], found["codes"], found["lowest_form"], round(found["mean"], 2)) == (2, 4, "des", 0.58)


def test_one_coder_alone_leaves_agreement_blank_and_says_so() -> None:
    found = agreement_summary(FORMS, "s3")
    assert pd.isna(found["lowest"])
    assert pd.isna(found["mean"])
    assert found["not_known"] == 1
    assert found["sentence"] == "1 act rests on 1 code. No second coder, so agreement isn't known."
    assert agreement_summary(FORMS, ("s1", "s3"))["sentence"].endswith("For 1 code agreement isn't known.")


def test_every_row_of_a_table_gets_what_its_own_summary_says() -> None:
    table = pd.DataFrame({"segments": [("s1", "s2"), ("s3",), (), ("s2", "s3")]}, index=[7, 7, 8, 9])
    found = with_agreement(table, FORMS, TONES)
    assert found.index.tolist() == [7, 7, 8, 9]
    for (_, row), ids in zip(found.iterrows(), table["segments"], strict=True):
        own = agreement_summary(FORMS, ids, TONES)
        assert row["agreement_lowest"] == pytest.approx(own["lowest"], nan_ok=True)
        assert row["agreement_mean"] == pytest.approx(own["mean"], nan_ok=True)


@pytest.mark.parametrize(
    ("forms", "ids", "said"),
    [
        (FORMS, ["s22"], "'s22' has no code.*Did you mean 's2'"),
        (FORMS.drop(columns="name"), ["s1"], "no column name"),
        (coded(("s1", "con", 0.7), ("s2", "con", 0.6)), ["s1"], "the code con 2 figures"),
    ],
)
def test_a_thread_that_is_cut_is_named(forms, ids, said) -> None:
    with pytest.raises(InputError, match=said):
        agreement_behind(forms, ids)


def test_from_a_pair_of_roles_in_the_example_study_to_the_extracts_behind_it() -> None:
    study = load_study("example_study")
    found = acts_of_study(study, n_boot=0)
    row = with_agreement(pair_table(found.acts), found.forms, found.tones).iloc[0]
    places = locate(study.segments, segments_behind(row))
    assert len(places) == row["acts"]
    assert set(places["actor_role"]) == {row["actor_role"]}
    assert set(places["target_role"]) == {row["target_role"]}
    assert row["agreement_lowest"] == agreement_summary(found.forms, row, found.tones)["lowest"]
    first = places.iloc[0]
    said = describe_extracts(study, [first["segment"]])
    own = study.codings[study.codings["unit"] == first["segment"]]
    for part in (first["document"], f"characters {first['start']} to {first['end']}", first["team"], *own["code"]):
        assert str(part) in said, part
    for coder in set(own["coder"]) - {"adjudication"}:
        assert f"{coder}, round {own['round'].max()}" in said


# --- the extract -------------------------------------------------------------------------------------------------------------

TEXT = "\ufeffÉ😀 One\r\nof us said: “Only a nurse may.”\r\n"
WORDS = "“Only a nurse may.”"


@pytest.fixture
def study(tiny_study: Path) -> Path:
    """The tiny study, in which s1 lies where WORDS stand in TEXT, two coders differ and one difference is settled."""
    start = TEXT.removeprefix("\ufeff").index(WORDS)
    segments = tiny_study / "segments.csv"
    segments.write_text(segments.read_text().replace(",0,120,", f",{start},{start + len(WORDS)},"))
    with (tiny_study / "codings.csv").open("a") as codings:
        codings.write("own_forms,s1,segment,adjudication,competitive,1,2023-07-01,1\n")
        codings.write("own_forms,s1,segment,adjudication,collaborative,0,2023-07-01,1\n")
    return tiny_study


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "safe_store"
    folder.mkdir()
    (folder / "interview_01.txt").write_bytes(TEXT.encode("utf-8"))
    return folder


def test_the_command_says_where_it_lies_who_coded_it_and_what_was_settled(study, capsys) -> None:
    assert main(["extract", "s1", "--study", str(study)]) == 0
    said = capsys.readouterr().out
    for part in (
        "s1: document interview_01 (interview), characters 20 to 39",
        "team A1, 2023-04-03; peer_support_worker -> registered_nurse",
        "coder_1, round 1: Collaborative (collaborative)",
        "coder_2, round 1: Competitive (competitive)",
        "settled: Competitive (competitive, adjudicated); dropped: Collaborative",
    ):
        assert part in said, (part, said)
    assert "words" not in said
    assert "adjudication, round" not in said


def test_the_words_are_cut_by_code_points_and_shown_on_the_screen_alone(study, texts, capsys) -> None:
    """A byte-order mark isn't counted, an emoji is one character, a line end of Windows is two."""
    before = sorted((path, path.stat().st_mtime_ns) for folder in (study, texts) for path in folder.rglob("*"))
    assert main(["extract", "s1", "--study", str(study), "--texts", str(texts)]) == 0
    assert capsys.readouterr().out.endswith(f"words, from interview_01.txt:\n{WORDS}\n")
    assert before == sorted((path, path.stat().st_mtime_ns) for folder in (study, texts) for path in folder.rglob("*"))


def test_ids_and_texts_that_are_not_there_end_with_two_and_a_plain_sentence(study, texts, capsys) -> None:
    (texts / "interview_01.txt").rename(texts / "interview_1.txt")
    for arguments, said in (
        (["s11"], "no segment 's11'. Did you mean 's1'?"),
        (["s1", "--texts", str(texts)], "has no interview_01.txt"),
        (["s1", "--texts", str(texts / "nowhere")], "isn't a folder"),
    ):
        assert main(["extract", *arguments, "--study", str(study)]) == 2
        shown = capsys.readouterr()
        assert said in shown.err
        assert not shown.out
    (study / "segments.csv").unlink()
    (study / "codings.csv").unlink()
    assert main(["extract", "s1", "--study", str(study)]) == 2
    assert "segments" in capsys.readouterr().err


def test_a_segment_that_nobody_coded_says_so(study, capsys) -> None:
    (study / "codings.csv").unlink()
    assert main(["extract", "s1", "--study", str(study)]) == 0
    assert "not coded yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"document": "../secret"}, "leads out of"),
        ({"document": "link"}, "leads out of"),
        ({"document": "latin"}, "isn't UTF-8"),
        ({"end": 999}, "another version"),
        ({"start": None}, "doesn't say where"),
    ],
)
def test_nothing_is_read_outside_the_folder_or_cut_from_another_text(texts, change, said) -> None:
    secret = texts.parent / "secret.txt"
    secret.write_text("SECRET " * 9)
    os.symlink(secret, texts / "link.txt")
    (texts / "latin.txt").write_bytes("é".encode("latin-1") * 60)
    place = pd.Series({"segment": "s1", "document": "interview_01", "start": 20, "end": 39})
    assert words_of(place, texts) == WORDS
    with pytest.raises(InputError, match=said) as refused:
        words_of(pd.Series(place.to_dict() | change), texts)
    assert "SECRET" not in str(refused.value)

"""Do the tree, the comparison of versions and the crosswalk of a codebook say what the book says, whoever wrote it?"""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.coding.codebooks import codebook_tree, codes_for_no_kind, diff_codebooks, load_crosswalk
from newroles.datasets import Codebook, list_codebooks, load_codebook
from newroles.errors import InputError

OLD = """\
id: tone
title: Tone, made up for tests
version: "1"
codes:
  - {id: warm, name: Warm, definition: Friendly words., include: Thanks.}
  - {id: glad, name: Glad, parent: warm, colours: [red, blue]}
  - {id: cold, name: Cold}
  - {id: icy, name: Icy, parent: cold, exclude: Silence.}
"""
# renamed: warm; redefined: warm; include gone: warm; moved: glad; new key: cold; removed: icy; added: mild
NEW = """\
id: tone
title: Tone, made up for tests
version: "2"
codes:
  - {id: cold, name: Cold, heard: true}
  - {id: warm, name: Warm words, definition: Friendly words or gestures.}
  - {id: glad, name: Glad, parent: cold, colours: [red, blue]}
  - {id: mild, name: Mild}
"""
OTHER = """\
id: temper
title: Temper, made up for tests
version: "1"
codes:
  - {id: good, name: Good}
  - {id: bad, name: Bad}
"""
WALK = """\
crosswalk:
  - {code: warm, other_book: temper, other_code: good, relation: equal, reason: Taken over.}
  - {code: cold, other_book: temper, other_code: bad, relation: wider, reason: Silence counts too.}
"""


def book(folder, text, name="tone.yml") -> Codebook:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_codebook(path)


def test_the_tree(tmp_path):
    tree = codebook_tree(book(tmp_path, OLD))
    assert tree.to_dict("list") == {
        "code": ["warm", "glad", "cold", "icy"],
        "name": ["Warm", "Glad", "Cold", "Icy"],
        "level": [1, 2, 1, 2],
        "path": ["Warm", "Warm / Glad", "Cold", "Cold / Icy"],
        "n_children": [1, 0, 1, 0],
    }


def test_the_tree_puts_a_code_under_its_parent_wherever_the_book_has_it(tmp_path):
    tree = codebook_tree(book(tmp_path, NEW))
    assert tree["path"].tolist() == ["Cold", "Cold / Glad", "Warm words", "Mild"]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_tree_holds_every_code_once_and_right_after_its_parents_line(tmp_path_factory, data):
    size = data.draw(st.integers(1, 12))
    parents = [data.draw(st.integers(-1, place - 1)) for place in range(size)]  # of an earlier code, or -1 for none
    order = data.draw(st.permutations(range(size)))
    codes = pd.DataFrame({"id": [f"c{i}" for i in order], "name": [f"n{i}" for i in order]})
    codes["parent"] = pd.Series([f"c{parents[i]}" if parents[i] >= 0 else None for i in order], dtype="str")
    made = Codebook("made", "Made", "1", "", "", codes, pd.DataFrame(), tmp_path_factory.getbasetemp())
    tree = codebook_tree(made)
    assert sorted(tree["code"]) == sorted(codes["id"])
    assert tree["n_children"].sum() == (tree["level"] > 1).sum()
    assert (tree["path"].str.count(" / ") + 1 == tree["level"]).all()
    for (_, above), (_, row) in zip(tree.iloc[:-1].iterrows(), tree.iloc[1:].iterrows(), strict=True):
        assert row["level"] <= above["level"] + 1
        assert (row["level"] == above["level"] + 1) == row["path"].startswith(above["path"] + " / ")


def test_what_changed(tmp_path):
    changes = diff_codebooks(book(tmp_path, OLD), book(tmp_path, NEW, "tone_2.yml"))
    assert list(changes.columns) == ["code", "what", "before", "after"]
    assert changes.values.tolist() == [
        ["cold", "heard", "", "True"],
        ["warm", "renamed", "Warm", "Warm words"],
        ["warm", "definition", "Friendly words.", "Friendly words or gestures."],
        ["warm", "include", "Thanks.", ""],
        ["glad", "moved", "warm", "cold"],
        ["mild", "added", "", "Mild"],
        ["icy", "removed", "Icy", ""],
    ]


def test_what_changed_the_other_way_round(tmp_path):
    old, new = book(tmp_path, OLD), book(tmp_path, NEW, "tone_2.yml")
    there, back = diff_codebooks(old, new), diff_codebooks(new, old)
    swapped = back.rename(columns={"before": "after", "after": "before"})
    swapped["what"] = swapped["what"].replace({"added": "removed", "removed": "added"})
    key = ["code", "what", "before", "after"]
    assert sorted(there[key].values.tolist()) == sorted(swapped[key].values.tolist())


@pytest.mark.parametrize("name", list_codebooks())
def test_nothing_changed_and_the_tree_is_whole_for_every_shipped_book(name):
    shipped = load_codebook(name)
    assert diff_codebooks(shipped, shipped).empty
    assert sorted(codebook_tree(shipped)["code"]) == sorted(shipped.ids)


def test_a_crosswalk_reads_the_other_book_from_beside_its_own(tmp_path):
    book(tmp_path, OTHER, "temper.yml")
    walk = load_crosswalk(book(tmp_path, OLD + WALK))
    assert walk.values.tolist() == [
        ["warm", "Warm", "temper", "good", "Good", "equal", "Taken over."],
        ["cold", "Cold", "temper", "bad", "Bad", "wider", "Silence counts too."],
    ]


def test_a_crosswalk_takes_the_other_book_that_is_given(tmp_path):
    other = book(tmp_path, OTHER.replace("name: Good", "name: Fine"), "elsewhere.yml")
    assert load_crosswalk(book(tmp_path, OLD + WALK), {"temper": other})["other_name"].tolist() == ["Fine", "Bad"]


def test_a_book_without_a_crosswalk_compares_itself_with_none(tmp_path):
    walk = load_crosswalk(book(tmp_path, OLD))
    assert walk.empty
    assert list(walk.columns) == [
        "code", "code_name", "other_book", "other_code", "other_name", "relation", "reason",
    ]  # fmt: skip


def test_the_shipped_crosswalk():
    ours = load_codebook("skill_mix_change")
    walk = load_crosswalk(ours)
    assert len(walk) == len(ours.crosswalk)
    row = walk[(walk["code"] == "SMC-DEL") & (walk["other_book"] == "sibbald_2004")].iloc[0]
    assert (row["other_name"], row["relation"]) == ("Delegation", "equal")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("code: warm,", "code: wram,", "'wram', which isn't in 'tone'. Did you mean 'warm'"),
        ("other_code: bad", "other_code: bud", "'bud', which isn't in 'temper'. Did you mean 'bad'"),
        ("relation: wider", "relation: broader", "'broader' is no relation of cold to bad. "),
        (
            "code: cold, other_book: temper, other_code: bad",
            "code: warm, other_book: temper, other_code: good",
            "twice",
        ),
        ("other_book: temper, other_code: bad", "other_book: tempers, other_code: bad", "no tempers.yml beside it"),
    ],
)
def test_a_broken_crosswalk(tmp_path, old, new, message):
    assert WALK.count(old) == 1
    book(tmp_path, OTHER, "temper.yml")
    broken = book(tmp_path, OLD + WALK.replace(old, new))
    with pytest.raises(InputError, match="tone") as caught:
        load_crosswalk(broken)
    assert message in str(caught.value)


def test_codes_for_no_kind_by_custom_and_by_name(tmp_path):
    text = OLD.replace("id: icy", "id: tone_none").replace("id: glad", "id: anyone")
    own = book(tmp_path, text)
    assert codes_for_no_kind(own).to_dict() == {"tone_none": "none"}  # anyone ends in the same letters and isn't one
    assert codes_for_no_kind(own, unclear=["cold"]).to_dict() == {"cold": "unclear", "tone_none": "none"}
    assert codes_for_no_kind(own, none=[]).empty
    with pytest.raises(InputError, match="no code 'cool'. Did you mean 'cold'"):
        codes_for_no_kind(own, unclear=["cool"])

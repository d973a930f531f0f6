"""Are codebooks read as they stand, and refused when they can't be relied on?"""

from __future__ import annotations

import pandas as pd
import pytest

from newroles.datasets import list_codebooks, load_codebook
from newroles.errors import InputError

BOOK = """\
id: forms
title: Forms of boundary act
version: "1.1"
about: Invented for tests.
licence: CC0-1.0
changes:
  - {version: "1.1", date: 2023-06-01, change: Split one code in two.}
codes:
  - {id: competitive, name: Competitive, definition: One side defends or claims ground.}
  - {id: claiming, name: Claiming, parent: competitive, since: 2019, names: [{name: Claim, from: 2020}]}
  - {id: defending, name: Defending, parent: competitive}
  - {id: joint, name: Joint}
"""


def write(tmp_path, text):
    path = tmp_path / "forms.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_codebook(tmp_path):
    book = load_codebook(write(tmp_path, BOOK))
    assert (book.id, book.title, book.version, book.licence) == ("forms", "Forms of boundary act", "1.1", "CC0-1.0")
    assert book.ids == ["competitive", "claiming", "defending", "joint"]
    assert book.name("claiming") == "Claiming"
    assert book.children("competitive") == ["claiming", "defending"]
    assert book.children("joint") == []
    assert book.changes.to_dict("records") == [
        {"version": "1.1", "date": "2023-06-01", "change": "Split one code in two."}
    ]


def test_further_keys_become_columns(tmp_path):
    codes = load_codebook(write(tmp_path, BOOK)).codes.set_index("id")
    assert codes.loc["claiming", "names"] == [{"name": "Claim", "from": 2020}]
    assert codes.loc["claiming", "since"] == "2019"
    assert pd.isna(codes.loc["joint", "parent"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("parent: competitive}\n  - {id: joint", "parent: competitve}\n  - {id: joint", "Did you mean 'competitive'"),
        ("id: joint", "id: claiming", "'claiming' is given to two codes"),
        (", name: Joint", "", "code 'joint' has no name"),
        ("{id: joint, ", "{", "code number 4 has no id"),
        ("id: joint", "id: no", "quote it"),
        ("name: Competitive,", "name: Competitive, parent: claiming,", "competitive under claiming under competitive"),
        ("id: joint", "id: joint, id: apart", "written twice"),
        ("title: Forms of boundary act\n", "", "lacks title"),
        ("codes:\n", "codes: 3\nothers:\n", "must be a list"),
        ("title: Forms", "title: Forms: two", "line 2"),
    ],
)
def test_a_broken_codebook(tmp_path, old, new, message):
    assert BOOK.count(old) == 1
    with pytest.raises(InputError, match="forms.yml") as caught:
        load_codebook(write(tmp_path, BOOK.replace(old, new)))
    assert message in str(caught.value)


CROSSWALK = "crosswalk:\n  - {code: joint, other_book: tone, other_code: warm, relation: equal, reason: The same.}\n"


def test_a_crosswalk_becomes_a_table(tmp_path):
    walk = load_codebook(write(tmp_path, BOOK + CROSSWALK)).crosswalk
    assert walk.values.tolist() == [["joint", "tone", "warm", "equal", "The same."]]
    without = load_codebook(write(tmp_path, BOOK)).crosswalk
    assert without.empty
    assert list(without.columns) == list(walk.columns)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CROSSWALK.replace("relation: equal, ", ""), "entry number 1 of the crosswalk has no relation"),
        (
            CROSSWALK.replace("reason: The same", "reasons: The same, reason: So"),
            "key 'reasons'. Did you mean 'reason'",
        ),
        ("crosswalk: joint\n", "`crosswalk` must be a list"),
    ],
)
def test_a_broken_crosswalk(tmp_path, text, message):
    with pytest.raises(InputError, match="forms.yml") as caught:
        load_codebook(write(tmp_path, BOOK + text))
    assert message in str(caught.value)


def test_unknown_names(tmp_path):
    with pytest.raises(InputError, match="no codebook 'rolls'"):
        load_codebook("rolls")
    with pytest.raises(InputError, match="no codebook file"):
        load_codebook(tmp_path / "none.yml")
    with pytest.raises(InputError, match="no code 'clamming'. Did you mean 'claiming'"):
        load_codebook(write(tmp_path, BOOK)).name("clamming")


@pytest.mark.parametrize("name", list_codebooks())
def test_the_projects_codebooks(name):
    book = load_codebook(name)
    assert book.id == name
    assert book.licence
    assert len(book.changes), "a codebook says what changed and when"
    assert book.codes["definition"].notna().all()

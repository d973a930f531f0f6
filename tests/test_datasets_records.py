"""Does every table of the book have a record that is true, and do the loaders give what the record promises?"""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest
import yaml

from newroles.datasets import (
    data_catalogue,
    list_tables,
    load_open,
    load_published,
    load_record,
    verify_record,
)
from newroles.errors import InputError

CSV = "region,trusts,rate,since,seen\nMidlands,11,0.727,2023-01-31,yes\nLondon,,0.5,,no\n"
RECORD = {
    "title": "Made-up table",
    "kind": "open",
    "one_row_is": "one region",
    "period": "2023",
    "place": "England",
    "source": [{"name": "Nobody", "url": "https://example.org"}],
    "licence": "CC0-1.0",
    "attribution": "None needed.",
    "retrieved": "2023-06",
    "inputs": [{"file": "folder/file.csv", "sha256": "0" * 64}],
    "builder": "newroles.datasets.sources.nowhere.build",
    "sha256": hashlib.sha256(CSV.encode()).hexdigest(),
    "rows": 2,
    "columns": [
        {"name": "region", "type": "string", "description": "Region."},
        {"name": "trusts", "type": "integer", "unit": "trusts", "description": "Trusts in it."},
        {"name": "rate", "type": "number", "description": "Share that took part."},
        {"name": "since", "type": "date", "description": "Since when."},
        {"name": "seen", "type": "boolean", "description": "Whether it was seen."},
    ],
    "known_problems": [],
    "used_by": ["phase1_made_up"],
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one open table."""
    for folder in ("published", "open", "codebooks"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "phase1_made_up.ipynb").write_text("{}")
    (tmp_path / "_toc.yml").write_text("")
    (tmp_path / "data/open/made_up.csv").write_text(CSV, newline="\n")
    (tmp_path / "data/open/made_up.yml").write_text(yaml.safe_dump(RECORD, sort_keys=False))
    monkeypatch.setenv("NEWROLES_PROJECT", str(tmp_path))
    return tmp_path


def change(project, **changes):
    content = {key: value for key, value in {**RECORD, **changes}.items() if value is not ...}
    (project / "data/open/made_up.yml").write_text(yaml.safe_dump(content, sort_keys=False))


EVERY_TABLE = [(kind, name) for kind in ("published", "open") for name in list_tables(kind)]


@pytest.mark.parametrize(("kind", "name"), EVERY_TABLE)
def test_every_record_is_true(kind, name):
    assert verify_record(kind, name) == []
    frame = (load_published if kind == "published" else load_open)(name)
    assert len(frame) == load_record(kind, name).rows


def test_a_true_record(project):
    assert verify_record("open", "made_up") == []
    assert list_tables("open") == ["made_up"]
    assert load_record("open", "made_up").columns["unit"].tolist()[1] == "trusts"


def test_types_come_from_the_record(project):
    table = load_open("made_up")
    types = {"region": "str", "trusts": "Int64", "rate": "float64", "since": "datetime64[us]", "seen": "bool"}
    assert dict(table.dtypes.astype(str)) == types
    assert table["trusts"].tolist() == [11, pd.NA]


def test_the_catalogue(project):
    assert data_catalogue().to_dict("records") == [
        {
            "kind": "open",
            "name": "made_up",
            "title": "Made-up table",
            "one_row_is": "one region",
            "period": "2023",
            "place": "England",
            "rows": 2,
            "licence": "CC0-1.0",
            "used_by": "phase1_made_up",
        }
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"rows": 3}, "rows is 3, but the file has 2"),
        ({"columns": RECORD["columns"][:4]}, "columns are"),
        ({"columns": [{**c, "type": "integer"} for c in RECORD["columns"]]}, "column region should be of type integer"),
        ({"columns": [{**c, "type": "text"} for c in RECORD["columns"]]}, "unknown type 'text'"),
        ({"columns": [{**c, "description": ""} for c in RECORD["columns"]]}, "column rate has no description"),
        ({"licence": ""}, "licence is blank"),
        ({"licence": ...}, "lacks licence"),
        ({"license": "CC0-1.0"}, "unknown key 'license'. Did you mean 'licence'"),
        ({"kind": "published"}, "lies in open/"),
        ({"source": [{"name": "Nobody"}]}, "url or doi"),
        ({"used_by": ["phase9"]}, "phase9"),
    ],
)
def test_a_record_that_is_not_true(project, changes, message):
    change(project, **changes)
    assert message in " | ".join(verify_record("open", "made_up"))


def test_windows_line_ends_are_refused(project):
    (project / "data/open/made_up.csv").write_bytes(CSV.replace("\n", "\r\n").encode())
    assert any("\\n at the end of every line" in problem for problem in verify_record("open", "made_up"))


def test_a_table_without_record_and_a_record_without_table(project):
    (project / "data/open/lonely.csv").write_text("a\n1\n")
    (project / "data/open/made_up.csv").unlink()
    assert "lonely.yml is missing" in verify_record("open", "lonely")[0]
    assert "made_up.csv is missing" in verify_record("open", "made_up")[0]


def test_unknown_names(project):
    with pytest.raises(InputError, match="no open table 'madeup'. Did you mean 'made_up'"):
        load_open("madeup")
    with pytest.raises(InputError, match="no published table"):
        load_published("made_up")
    with pytest.raises(InputError, match="Did you mean 'published'"):
        list_tables("publised")

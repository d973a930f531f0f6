"""Do the schemas say the same to Frictionless, an independent reader of Table Schemas, as to our own checker?"""

from __future__ import annotations

import json

import pytest
from frictionless import Schema, validate

from newroles.datasets import check_study, data_dictionary, datapackage
from newroles.datasets.cells import read_cell
from newroles.datasets.rules import _RULES
from newroles.datasets.schemas import TABLES, table_descriptor, table_schema
from newroles.errors import InputError


def frictionless_errors(study):
    path = study / "datapackage.json"
    path.write_text(json.dumps(datapackage(study)), encoding="utf-8")
    report = validate(str(path))
    path.unlink()
    return report.flatten(["rowNumber", "fieldName", "type", "message"])


def test_frictionless_accepts_what_we_accept(tiny_study):
    assert check_study(tiny_study).empty
    assert frictionless_errors(tiny_study) == []


def test_references_to_absent_tables_are_left_out(tiny_study):
    for table in ("teams", "tasks", "contexts", "outcomes", "events", "segments", "codings"):
        (tiny_study / f"{table}.csv").unlink()
    descriptor = datapackage(tiny_study)
    assert [resource["name"] for resource in descriptor["resources"]] == [
        t for t in TABLES if (tiny_study / f"{t}.csv").exists()
    ]
    assert frictionless_errors(tiny_study) == []


@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("reports", ",12,9.6,", ",dozen,9.6,"),
        ("reports", ",12,9.6,", ",-12,,"),
        ("reports", "2023-02-01", "01/02/2023"),
        ("reports", "T01,interview,", "T01,gossip,"),
        ("reports", ",2019,12", ",2019-13,12"),
        ("reports", "r2,T01", "r1,T01"),
        ("reports", "r2,T01", "r2,T09"),
        ("reports", "r2,T01", "r2,"),
        ("trusts", "vcse,no,", "vcse,perhaps,"),
        ("ties", "1,p1,p2", "1,p1,p9"),
        ("ties", "1,p2,p1", "2,p2,p1"),
        ("outcomes", "2023-Q1", "2023-Q5"),
        ("events", "e1,p1,2023-04-03T09:00:00", "e1,p1,early"),
    ],
)
def test_both_refuse_the_same_row(tiny_study, table, old, new):
    path = tiny_study / f"{table}.csv"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    ours = check_study(tiny_study).query("severity == 'error'")
    theirs = frictionless_errors(tiny_study)
    assert set(ours["row"]) == {error[0] for error in theirs}


@pytest.mark.parametrize("table", TABLES)
def test_schemas_are_valid_and_their_examples_obey_them(table):
    assert Schema.from_descriptor(table_descriptor(table)).field_names == table_schema(table).columns
    for field in table_schema(table).fields:
        value, complaints = read_cell(field.example, field)
        assert complaints == [], f"{table}.{field.name}"
        assert value is not None


@pytest.mark.parametrize("table", TABLES)
def test_keys_references_and_rules_name_what_exists(table):
    schema = table_schema(table)
    assert set(schema.key) <= set(schema.columns)
    for reference in schema.references:
        assert set(reference.columns) <= set(schema.columns)
        assert set(reference.other_columns) <= set(table_schema(reference.table).columns)
    for rule in schema.rules:
        assert rule["rule"] in _RULES
        named = [
            rule[part] for part in ("column", "of", "other", "first", "last", "key", "kind", "book") if part in rule
        ]
        assert set(named) <= set(schema.columns)


def test_the_thirteen_tables_have_the_columns_of_the_design(shared):
    design = (shared / "design.md").read_text(encoding="utf-8")
    section = design.split("## A study folder")[1].split("\n## ")[0]
    rows = [line.split("|")[1:4] for line in section.splitlines() if line.startswith("| `")]
    assert [row[0].strip(" `") for row in rows if row[0].strip(" `") in TABLES] == [row[0].strip(" `") for row in rows]
    for name, one_row_is, columns in rows:
        schema = table_schema(name.strip(" `"))
        assert schema.one_row_is == one_row_is.strip()
        outside_brackets = "".join(part.split(")")[-1] for part in columns.split("("))
        assert schema.columns == [column.strip() for column in outside_brackets.split(",")]


def test_the_dictionary_explains_every_column():
    dictionary = data_dictionary()
    assert len(dictionary) == sum(len(table_schema(table).columns) for table in TABLES)
    assert dictionary["description"].str.len().gt(10).all()
    sector = dictionary.query("table == 'trusts' and column == 'sector'").iloc[0]
    assert sector["allowed"] == "nhs, vcse, independent, local_authority"


def test_no_folder():
    with pytest.raises(InputError, match="no study folder"):
        datapackage("nowhere_at_all")

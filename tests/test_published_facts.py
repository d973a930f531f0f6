"""The facts typed from publications: sums as printed, a source in every row, nothing from memory, records that fit."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
import yaml
from pybtex.database import BibliographyData, parse_file

PROJECT = Path(__file__).resolve().parents[1]
PUBLISHED = PROJECT / "data" / "published"
CODEBOOKS = PROJECT / "data" / "codebooks"
BIBLIOGRAPHY = PROJECT / "book" / "references.bib"

REGIONS = [
    "North East and Yorkshire", "North West", "Midlands", "East of England", "London", "South East", "South West",
]  # fmt: skip
TABLES = sorted(path.stem for path in PUBLISHED.glob("*.csv"))
DATE_COLUMNS = ["date", "period_end", "by_date", "achieved_on", "valid_from", "valid_to", "published"]
RECORD_KEYS = [
    "title", "kind", "one_row_is", "period", "place", "source", "licence", "attribution", "retrieved", "sha256", "rows",
    "columns", "known_problems", "used_by",
]  # fmt: skip
NOT_A_ROLE = {"all", "cross_role"}


def table(name: str) -> pd.DataFrame:
    """Text as typed: only an empty cell is blank, so the abbreviation NA stays a title."""
    return pd.read_csv(PUBLISHED / f"{name}.csv", dtype="str", keep_default_na=False)


def record(name: str) -> dict:
    return yaml.safe_load((PUBLISHED / f"{name}.yml").read_text(encoding="utf-8"))


def codebook(name: str) -> dict:
    return yaml.safe_load((CODEBOOKS / f"{name}.yml").read_text(encoding="utf-8"))


def cited(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per source of a row: address and short name."""
    found: list[tuple[str, str]] = []
    for side in ("", "_a", "_b"):
        if f"source{side}" not in rows:
            continue
        for addresses, names in zip(rows[f"source{side}"], rows[f"source_name{side}"], strict=True):
            found += zip(addresses.split("; "), names.split("; "), strict=True)
    return pd.DataFrame(found, columns=["address", "name"])


def iso(text: str) -> date:
    """First day of an ISO year, year-month or day; ValueError for anything else."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        raise ValueError(f"not an ISO year, year-month or day: {text!r}")
    parts = [int(part) for part in text.split("-")]
    return date(*parts, *[1] * (3 - len(parts)))


def registered_roles() -> set[str]:
    return {code["id"] for code in codebook("roles")["codes"]}


def test_every_table_is_there_and_no_other() -> None:
    assert sorted(path.stem for path in PUBLISHED.glob("*.csv")) == TABLES
    assert sorted(path.stem for path in PUBLISHED.glob("*.yml")) == TABLES


def test_participation_is_as_the_briefing_prints_it() -> None:
    # "Early findings briefing": 7/8, 2/5, 8/11, 1/4, 5/10, 5/7, 3/6, total 31/51
    rows = table("phase1_participation")
    took_part, trusts = rows["participated"].astype(int), rows["trusts_in_region"].astype(int)
    assert rows["region"].tolist() == REGIONS
    assert (took_part.sum(), trusts.sum()) == (31, 51)
    # 7 / 8 = 87.5, 2 / 5 = 40.0, 8 / 11 = 72.7, 1 / 4 = 25.0, 5 / 10 = 50.0, 5 / 7 = 71.4, 3 / 6 = 50.0
    assert (100 * took_part / trusts).round(1).tolist() == [87.5, 40.0, 72.7, 25.0, 50.0, 71.4, 50.0]


def test_headlines_agree_with_participation_and_with_each_other() -> None:
    facts = table("phase1_headlines").set_index("fact")
    value = pd.to_numeric(facts["value"].replace("", None))
    rows = table("phase1_participation")
    assert value["trusts_took_part"] == rows["participated"].astype(int).sum()
    assert value["trusts_in_england"] == rows["trusts_in_region"].astype(int).sum()
    assert value["structured_interviews"] + value["questionnaires"] == value["trusts_took_part"]
    assert value["share_took_part"] == pytest.approx(31 / 51, abs=0.0005)
    assert value["case_study_roles"] == len(table("case_study_roles")) == 8
    hedges = facts.loc[["roles_reported_briefing", "roles_reported_school_page"], ["value", "qualifier"]]
    assert hedges.to_numpy().tolist() == [["80", "almost"], ["80", "over"]]


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source_and_a_confidence_and_nothing_is_from_memory(name: str) -> None:
    rows = table(name)
    assert not rows.empty
    assert not rows.duplicated().any()
    assert set(rows["confidence"]) <= {"A", "B", "C"}
    sources = cited(rows)
    assert sources["name"].str.strip().ne("").all()
    for address in sources["address"]:
        assert urlsplit(address).scheme in ("http", "https"), address
        assert urlsplit(address).netloc, address
        assert " " not in address


def test_a_source_has_one_name_and_one_address_throughout() -> None:
    sources = pd.concat([cited(table(name)) for name in TABLES]).drop_duplicates()
    assert sources.loc[sources.duplicated("address", keep=False) | sources.duplicated("name", keep=False)].empty


@pytest.mark.parametrize("name", TABLES)
def test_cells_are_trimmed_and_hold_no_email_address(name: str) -> None:
    rows = table(name)
    for column in rows:
        assert (rows[column] == rows[column].str.strip()).all(), column
        assert not rows[column].str.contains(r"[^\s/]+@\S+\.\w", regex=True).any(), column


@pytest.mark.parametrize("name", TABLES)
def test_roles_are_in_the_register(name: str) -> None:
    rows = table(name)
    column = next((c for c in ("role", "applies_to") if c in rows), None)
    if column is not None:
        assert set(rows[column]) - NOT_A_ROLE <= registered_roles()


def test_bordering_roles_are_in_the_register_and_differ_from_the_new_role() -> None:
    rows = table("boundary_pairs")
    assert set(rows["bordering_kind"]) == {"role", "group", "service"}
    is_role = rows["bordering_kind"] == "role"
    assert set(rows.loc[is_role, "bordering"]) <= registered_roles()
    assert not set(rows.loc[~is_role, "bordering"]) & registered_roles()
    assert (rows["role"] != rows["bordering"]).all()
    assert not rows.duplicated(["role", "bordering"]).any()
    assert set(rows["role"]) == set(table("case_study_roles")["role"])


@pytest.mark.parametrize("name", TABLES)
def test_dates_are_iso_and_periods_run_forward(name: str) -> None:
    rows = table(name)
    for column in set(DATE_COLUMNS) & set(rows):
        for text in rows.loc[rows[column] != "", column]:
            assert date(1980, 1, 1) <= iso(text) <= date(2040, 1, 1), (column, text)
    for start, end in [("date", "period_end"), ("valid_from", "valid_to")]:
        if {start, end} <= set(rows):
            both = rows[(rows[start] != "") & (rows[end] != "")]
            assert all(iso(s) < iso(e) for s, e in zip(both[start], both[end], strict=True))


@pytest.mark.parametrize("text", ["2024/25", "31-03-2024", "2024-13", "2024-02-30", "c. 2025", "03/2024", ""])
def test_other_ways_of_writing_a_date_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        iso(text)


@pytest.mark.parametrize("name", ["role_figures", "workforce_targets", "workforce_trends", "evidence_numbers"])
def test_numbers_are_numbers_and_shares_are_shares(name: str) -> None:
    rows = table(name)
    value = pd.to_numeric(rows["value"])
    assert value.notna().all()
    assert (value >= 0).all()
    assert rows["unit"].ne("").all()
    growth = rows.get("measure", pd.Series("", index=rows.index)).str.contains("growth")
    assert value[rows["unit"].str.startswith("share") & ~growth].between(0, 1).all()
    assert not rows["unit"].str.contains("per ?cent|%").any()


def test_ranges_have_both_ends_in_order() -> None:
    rows = table("role_figures")
    assert set(rows["kind"]) == {"count", "target", "forecast", "range_low", "range_high"}
    ends = rows[rows["kind"].str.startswith("range_")].assign(value=lambda t: pd.to_numeric(t["value"]))
    wide = ends.pivot_table(index=["role", "measure", "period_label"], columns="kind", values="value")
    assert len(wide) == 3  # nursing associates and peer workers per trust; apprentices' ethnicity
    assert (wide["range_low"] < wide["range_high"]).all()
    high = pd.to_numeric(table("workforce_targets")["value_high"].replace("", None))
    low = pd.to_numeric(table("workforce_targets")["value"])
    assert (low < high)[high.notna()].all()


@pytest.mark.parametrize(
    ("role", "measure", "kind", "label", "value"),
    [  # "Pen portrait: peer support worker" and "Pen portrait: nursing associate"
        ("peer_support_worker", "in_post", "count", "2015/16", 48),
        ("peer_support_worker", "in_post", "count", "2019", 862),
        ("peer_support_worker", "in_post", "target", "end of 2023/24", 4730),
        ("nursing_associate", "trusts_giving_numbers", "count", "Phase 1", 15),
        ("nursing_associate", "in_post_per_trust", "range_low", "Phase 1", 2),
        ("nursing_associate", "in_post_per_trust", "range_high", "Phase 1", 120),
    ],
)
def test_role_figures_are_as_the_pen_portraits_print_them(
    role: str, measure: str, kind: str, label: str, value: float
) -> None:
    figures = table("role_figures").set_index(["role", "measure", "kind", "period_label"])["value"].sort_index()
    assert pd.to_numeric(figures.loc[[(role, measure, kind, label)]]).tolist() == [value]


def test_each_cell_of_the_wide_role_table_is_a_sourced_fact() -> None:
    wide, facts = table("case_study_roles"), table("role_facts")
    assert not facts.duplicated(["role", "fact"]).any()
    assert set(facts["role"]) == set(wide["role"])
    value = facts.set_index(["role", "fact"])["value"]
    in_both = [c for c in wide if c in set(facts["fact"])]
    assert {"introduced", "band_in_training", "band_qualified", "regulated", "training", "origin"} <= set(in_both)
    for row in wide.to_dict("records"):
        for fact in in_both:
            assert row[fact] == value.get((row["role"], fact), ""), (row["role"], fact)


def test_aliases_keep_the_abbreviation_that_looks_like_a_blank() -> None:
    rows = table("role_aliases")
    assert rows.loc[rows["alias"] == "NA", "role"].tolist() == ["nursing_associate"]
    assert not rows.duplicated(["role", "alias", "kind"]).any()
    names = table("case_study_roles").set_index("role")["name"]
    assert (rows["name"] == rows["role"].map(names)).all()


def test_what_was_only_remembered_stays_out() -> None:
    # names, dates and definitions that no source confirmed when the tables were typed
    aliases = table("role_aliases")
    assert "MPAC" not in set(aliases["alias"])
    former = aliases[(aliases["alias"] == "Physician Assistant") & (aliases["kind"] == "former_name")]
    assert (former[["valid_from", "valid_to"]] == "").all(axis=None)
    typologies = table("published_typologies")
    unread = typologies[typologies["typology"] == "nancarrow2005"]
    assert len(unread) == 4
    assert unread["definition"].eq("").all()
    assert typologies.loc[typologies["typology"] == "sibbald2004", "definition"].ne("").all()
    # the study's own five kinds were never read as text, so no list may pose as them
    assert set(typologies["typology"]) == {"sibbald2004", "nancarrow2005"}
    targets = table("workforce_targets")
    assert not ((targets["group"] == "nursing associates") & (targets["value"] == "10500")).any()


def test_conflicts_name_two_different_claims() -> None:
    rows = table("conflicts")
    assert not rows["topic"].duplicated().any()
    assert (rows["claim_a"] != rows["claim_b"]).all()
    assert (rows[["claim_a", "claim_b", "we_use", "why"]] != "").all(axis=None)


@pytest.mark.parametrize(
    ("book", "name", "text"),
    [("rationale", "rationales", "rationale"), ("data_quality", "data_quality_problems", "problem")],
)
def test_codebook_and_published_table_say_the_same(book: str, name: str, text: str) -> None:
    rows, codes = table(name), codebook(book)["codes"]
    assert rows["code"].tolist() == [code["id"] for code in codes]
    assert rows["name"].tolist() == [code["name"] for code in codes]
    assert rows[text].tolist() == [code["definition"] for code in codes]
    assert rows["confidence"].tolist() == [code["confidence"] for code in codes]
    assert [cell.split("; ") for cell in rows["source"]] == [code["source"] for code in codes]


@pytest.mark.parametrize("name", ["rationale", "data_quality"])
def test_codebooks_are_whole_and_their_parents_exist(name: str) -> None:
    book = codebook(name)
    assert book["id"] == name
    assert {change["version"] for change in book["changes"]} >= {book["version"]}
    codes = {code["id"]: code for code in book["codes"]}
    assert len(codes) == len(book["codes"])
    needed = ("name", "definition", "include", "exclude", "example", "source", "since", "confidence")
    for code in codes.values():
        assert all(code[key] for key in needed), code["id"]
        if code["parent"] is not None:
            assert codes[code["parent"]]["parent"] is None, "two levels are enough, and rule out a circle"


def test_examples_of_the_codebooks_say_that_they_are_invented() -> None:
    codes = [code for name in ("rationale", "data_quality") for code in codebook(name)["codes"]]
    real = {code["id"] for code in codes if not code["example"].startswith("Invented: ")}
    assert real == {"DQ-PARTIAL"}  # repeats the pen portrait: fifteen trusts gave numbers


@pytest.mark.parametrize("name", TABLES)
def test_record_fits_its_file(name: str) -> None:
    content, data = record(name), (PUBLISHED / f"{name}.csv").read_bytes()
    rows = table(name)
    assert list(content) == RECORD_KEYS
    assert content["kind"] == "published"
    assert content["sha256"] == hashlib.sha256(data).hexdigest()
    assert content["rows"] == len(rows)
    assert [column["name"] for column in content["columns"]] == list(rows)
    assert all(column["description"] for column in content["columns"])
    assert content["known_problems"]
    listed = {source.get("url") or f"https://doi.org/{source['doi']}" for source in content["source"]}
    assert listed == set(cited(rows)["address"])
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert not data.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", TABLES)
def test_columns_hold_the_type_their_record_states(name: str) -> None:
    rows = table(name)
    for column in record(name)["columns"]:
        filled = rows.loc[rows[column["name"]] != "", column["name"]]
        if column["type"] == "integer":
            assert filled.str.fullmatch(r"-?\d+").all(), column["name"]
        elif column["type"] == "number":
            assert pd.to_numeric(filled).notna().all(), column["name"]
        elif column["type"] == "boolean":
            assert filled.isin(["true", "false"]).all(), column["name"]
        else:
            assert column["type"] == "string"


@pytest.fixture(scope="module")
def references() -> BibliographyData:
    return parse_file(str(BIBLIOGRAPHY))  # pybtex refuses a repeated key


def test_references_parse_and_can_be_found_again(references: BibliographyData) -> None:
    assert len(references.entries) > 40
    dois = []
    for key, entry in references.entries.items():
        fields = entry.fields
        assert entry.persons.get("author"), key
        assert fields["title"], key
        can_be_found = ({"doi"}, {"url"}, {"journal", "volume", "pages"}, {"publisher", "year"})
        assert any(needed <= {name.lower() for name in fields} for needed in can_be_found), key
        if "doi" in fields:
            assert re.fullmatch(r"10\.\d{4,9}/\S+", fields["doi"]), key
            dois.append(fields["doi"].lower())
        assert "year" not in fields or re.fullmatch(r"\d{4}", fields["year"]), key
    assert len(dois) == len(set(dois))


def test_references_cover_the_typologies_and_every_citation_in_the_book(references: BibliographyData) -> None:
    assert set(table("published_typologies")["typology"]) <= set(references.entries)
    pages = [*(PROJECT / "book").glob("**/*.md"), *(PROJECT / "notebooks").glob("*.ipynb")]
    citations = {
        key.strip()
        for page in pages
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.read_text(encoding="utf-8"))
        for key in keys.split(",")
    }
    assert citations <= set(references.entries)

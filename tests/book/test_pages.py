"""Pages written from data hold all of it."""

import json
import re

import pytest
import yaml
from bs4 import BeautifulSoup

from newroles.datasets import list_codebooks, list_tables, load_codebook, load_published, load_record
from newroles.datasets.places import project_folder
from newroles.datasets.schemas import TABLES, table_schema
from newroles.simulate import StudySpec, describe_spec, planted, read_truth


def plain(text):
    """A text without the typographer's quotation marks and line breaks."""
    return " ".join(text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"').split())


@pytest.fixture
def page(built_book):
    def read(name):
        return BeautifulSoup((built_book / name).read_text(encoding="utf-8"), "html.parser").find("main")

    return read


def test_the_catalogue_has_every_table_with_its_source_licence_and_columns(page):
    catalogue = page("book/data_catalogue.html")
    for kind in ("published", "open"):
        for name in list_tables(kind):
            section = catalogue.find(id=f"table-{name.replace('_', '-')}")
            record = load_record(kind, name)
            words = plain(section.get_text(" "))
            assert plain(record.title) in words
            assert plain(record.licence) in words
            assert all(section.find("td", string=column) for column in record.columns["name"]), name
            assert section.select("a.reference.external"), f"{name}: no link to a source"


def test_the_dictionary_has_every_table_and_column_of_a_study(page):
    dictionary = page("book/study_folder.html")
    for table in TABLES:
        section = dictionary.find(id=f"study-{table.replace('_', '-')}")
        assert [cell.get_text(strip=True) for cell in section.select("tbody tr td:first-child")] == [
            field.name for field in table_schema(table).fields
        ]


def test_the_register_has_every_role_with_its_sources(page):
    register = page("book/register.html")
    codes = load_codebook("roles").codes
    for role in codes.to_dict("records"):
        section = register.find(id=f"roles-{role['id'].replace('_', '-')}")
        assert plain(section.find(["h2", "h3"]).get_text().rstrip("#")) == role["name"]
        assert {link["href"] for link in section.select("a.reference.external")} >= set(role["sources"] or [])


@pytest.mark.parametrize("name", sorted(set(list_codebooks()) - {"roles"}))
def test_each_codebook_has_a_page_with_its_tree_and_crosswalk(page, name):
    main, book = page(f"book/codebooks/{name}.html"), load_codebook(name)
    for code in book.codes.to_dict("records"):
        section = main.find(id=f"{name}-{code['id']}".replace("_", "-").lower())
        assert plain(section.find(["h2", "h3", "h4"]).get_text().rstrip("#")) == plain(code["name"])
        assert plain(code["definition"] or "") in plain(section.get_text(" "))
        if isinstance(code["parent"], str):
            assert section.parent["id"] == f"{name}-{code['parent']}".replace("_", "-").lower()
    shown = main.find(id="crosswalk")
    assert (len(shown.select("tbody tr")) if shown else 0) == len(book.crosswalk)


def test_each_role_that_was_coded_has_its_reason_and_its_sources(page):
    main = page("book/roles_coded.html")
    for row in load_published("role_type_codings").to_dict("records"):
        section = main.find(id=f"coded-{row['role']}".replace("_", "-"))
        assert plain(row["reason"]) in plain(section.get_text(" "))
        assert {link["href"] for link in section.select("a.reference.external")} >= set(row["source"].split("; "))


def test_how_the_example_was_made_names_every_parameter_and_is_badged(page):
    main = page("book/how_the_example_was_made.html")
    words = main.get_text(" ")
    assert main.select_one(".nr-badge.nr-invented")
    cells = {cell.get_text(strip=True) for cell in main.select("td:first-child")}
    assert set(describe_spec(StudySpec())["parameter"]) <= cells
    for row in planted(read_truth(project_folder() / "data/example_study")).to_dict("records"):
        assert plain(row["planted"]) in plain(words)
        assert plain(row["value"]) in plain(words)


def test_the_page_about_the_run_says_what_the_manifest_says(page, built_book):
    manifest = json.loads((built_book / "manifest.json").read_text())
    words = page("book/about_run.html").get_text(" ")
    for told in (manifest["study"]["title"], manifest["commit"][:7], manifest["python"], *manifest["inputs"].values()):
        assert told in words
    assert f"Version {yaml.safe_load((project_folder() / 'CITATION.cff').read_text())['version']}" in words
    assert set(manifest["chapters"]) == {path.stem for path in (project_folder() / "notebooks").glob("*.ipynb")}
    assert manifest["left_out"] == {}
    assert manifest["rows"]["reports"] == 487
    assert manifest["study"]["seed"] == 2023


def test_a_chapter_can_be_taken_away_whole(built_book):
    """The executed chapter and its findings lie in the book, without a trace of where they were made."""
    notebook = (built_book / "executed/phase1_new_roles.ipynb").read_text()
    findings = json.loads((built_book / "findings/phase1_new_roles.json").read_text())
    assert {finding["evidence_kind"] for finding in findings} == {"published", "open", "invented"}
    assert str(built_book.parent) not in notebook
    shown = set(
        BeautifulSoup((built_book / "notebooks/phase1_new_roles.html").read_text(), "html.parser").select(
            "figure.nr-figure"
        )
    )
    named = {figure["id"].removeprefix("fig-") for figure in shown}
    assert {finding["figure"] for finding in findings if finding["figure"]} <= named


def test_no_page_shows_a_blank_as_a_program_writes_it(built_book):
    for path in [*built_book.glob("book/*.html"), *built_book.glob("notebooks/*.html")]:
        text = path.read_text(encoding="utf-8")
        if not re.search(r"\b(nan|NaN|None|NaT)\b|&lt;NA&gt;", text):
            continue  # reading a page takes a second
        soup = BeautifulSoup(text, "html.parser").find("main")
        words = " ".join(cell.get_text(" ") for cell in soup.select("td, dd, .nr-title, .nr-subtitle, .finding"))
        words = re.sub(r"\bNone of (?=\w)", "", words)  # how a sentence begins
        assert not {"nan", "NaN", "None", "NaT", "<NA>", "nan%"} & set(words.replace(",", " ").split()), path.name


@pytest.mark.parametrize("chapter", ["phase2_national_overview", "phase2_contexts"])
def test_every_figure_of_a_survey_says_who_answered(page, chapter):
    figures = page(f"notebooks/{chapter}.html").select("figure.nr-figure")
    assert len(figures) >= 8
    silent = [
        f["id"]
        for f in figures
        if not (f.select_one(".nr-coverage") and f.select_one(".nr-coverage").get_text(strip=True))
    ]
    assert not silent


def test_each_role_has_a_passport_with_what_is_known_of_it(page):
    index = page("book/roles/index.html")
    codes = load_codebook("roles").codes
    new = codes[codes["new"].astype(str).str.lower().eq("true")]
    numbers, evidence = load_published("role_figures"), load_published("role_evidence")
    for role in new["id"]:
        assert index.find("a", href=lambda href, role=role: href and href.startswith(f"{role}.html")), role
        passport = page(f"book/roles/{role}.html")
        headings = {plain(h.get_text().rstrip("#")) for h in passport.select("h2")}
        assert {"Names over time", "Kind of change", "Boundaries", "Numbers"} <= headings, role
        words = plain(passport.get_text(" "))
        for row in numbers[numbers["role"].eq(role)].to_dict("records"):
            assert f"{float(row['value']):,.0f}" in words or str(row["value"]) in words, (role, row["value"])
        for finding in evidence.loc[evidence["role"].eq(role), "finding"]:
            assert plain(finding) in words, role

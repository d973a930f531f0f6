"""Every recommendation that is shipped can be walked down to a source and back up, and each address leads to a page of the book."""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import replace

import nbformat
import pytest
import yaml

import guidance_examples as example
from newroles.book.guidance_pages import EVIDENCE_PAGE, anchor_of, card_page
from newroles.datasets import list_tables, load_published
from newroles.datasets.places import project_folder
from newroles.datasets.schemas import TABLES
from newroles.findings import Finding
from newroles.guidance import (
    Judged,
    Reviewed,
    judged,
    load_recommendations,
    load_reviewed,
    table_records,
    thread,
    write_reviewed,
)
from newroles.guidance.expectations import expectation

SHIPPED = load_recommendations()
IDS = [each.id for each in SHIPPED]
CITED = sorted({key for each in SHIPPED for key in each.cites()})
STUDY = {"title": "Invented example study", "kind": "invented"}
RECORDS = functools.cache(table_records)
FACTS = functools.cache(lambda: load_published("guidance_evidence"))


@functools.cache
def recorded() -> dict[str, list[tuple[str, str | None, set[str]]]]:
    """Where the chapters record each finding: chapter, the figure where it is written out, and the chapter's figures and tables."""
    found: dict[str, list[tuple[str, str | None, set[str]]]] = {}
    for path in sorted((project_folder() / "notebooks").glob("*.ipynb")):
        cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        calls = [node for node in ast.walk(ast.parse("\n".join(cells))) if isinstance(node, ast.Call)]
        names = {str(value) for call in calls for value in [_word(call, "name")] if value}
        for call in calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "record" and call.args:
                id = call.args[0].value if isinstance(call.args[0], ast.Constant) else ""
                found.setdefault(str(id), []).append((path.stem, _word(call, "figure"), names))
    return found


def _word(call: ast.Call, keyword: str) -> str | None:
    given = next((each.value for each in call.keywords if each.arg == keyword), None)
    return given.value if isinstance(given, ast.Constant) else None


@functools.cache
def findings() -> dict[str, Finding]:
    """A finding for each id that is cited, where its chapter records it, with a number that is expected of it."""
    made = {}
    for id in (key.removeprefix("finding:") for key in CITED if key.startswith("finding:")):
        chapter, figure, _ = recorded()[id][0]
        number = _what_all_expect(id)
        parts = {"value": number, "low": number, "high": number, "unit": "points", "chapter": chapter, "figure": figure}
        made[id] = example.finding(id, table="people, job_adverts, codebook roles", **parts)
    return made


def _what_all_expect(id: str) -> float | None:
    """A number with which all advice that cites a finding would stand; none where it need only be said."""
    pieces = [piece for each in SHIPPED for piece in (*each.rests_on, *each.against)]
    asked = [expectation(piece.expects) for piece in pieces if piece.key == f"finding:{id}"]
    above = [each.limits[0] for each in asked if each.form.endswith("above")]
    below = [each.limits[0] for each in asked if each.form.endswith("below")]
    return max(above) + 0.01 if above else min(below) - 0.01 if below else None


@functools.cache
def shipped() -> Judged:
    return judged(SHIPPED, findings(), FACTS(), Reviewed(), STUDY, example.TODAY, strict=True)


@functools.cache
def walked(id: str):
    return thread(id, shipped(), RECORDS())


@functools.cache
def pages() -> set[str]:
    """The pages of the table of contents."""

    def files(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            yield from [str(node["file"])] if "file" in node else []
        for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from files(each)

    toc = yaml.safe_load((project_folder() / "_toc.yml").read_text(encoding="utf-8"))
    return {toc["root"], *files(toc)}


@pytest.mark.parametrize("key", [key for key in CITED if key.startswith("finding:")])
def test_each_finding_that_is_cited_is_recorded_by_one_chapter(key):
    places = recorded().get(key.removeprefix("finding:"), [])
    assert len(places) == 1, places
    chapter, figure, names = places[0]
    assert f"notebooks/{chapter}" in pages()
    assert figure is None or figure in names


@pytest.mark.parametrize("id", IDS)
def test_down_to_every_piece_of_evidence_and_from_each_back_up(id):
    steps = walked(id)
    below = {f"{row.kind}:{row.id}" for row in steps[steps["step"].eq(1)].itertuples()}
    assert below == set(SHIPPED[id].cites())
    for key in below:
        up = walked(key)
        assert id in set(up.loc[up["step"].eq(-1), "id"])
        end = up.iloc[-1]
        assert end["kind"] in ("source", "record")
        assert end["address"], "the last step leads somewhere"


@pytest.mark.parametrize("key", CITED)
def test_up_from_evidence_comes_nothing_that_does_not_cite_it(key):
    up = walked(key)
    found = list(up.loc[up["step"].eq(-1), "id"])
    assert found == [each.id for each in SHIPPED if key in each.cites()]


@pytest.mark.parametrize("id", [*IDS, *CITED])
def test_each_address_is_a_page_of_the_book_with_that_anchor_or_the_web(id):
    for row in walked(id).itertuples():
        if re.match(r"https?://", row.address):
            assert row.kind == "source"
        elif row.address:
            assert _leads_somewhere(row.address), row.address


def _leads_somewhere(address: str) -> bool:
    page, _, anchor = address.partition("#")
    page = page.removesuffix(".html")
    if page not in pages():
        return False
    if anchor.startswith("rec-"):
        each = SHIPPED[anchor.removeprefix("rec-")]
        written = (project_folder() / f"{page}.md").read_text(encoding="utf-8")
        return page == card_page(each) and f"{{guidance-cards}} {page.rsplit('/')[-1]}\n" in written
    if page == EVIDENCE_PAGE:
        return anchor in {anchor_of(key) for key in CITED}
    if page == "book/data_catalogue":
        return anchor.removeprefix("table-").replace("-", "_") in {
            *list_tables("published"),
            *list_tables("open"),
        }
    if page == "book/study_folder":
        return not anchor or anchor.removeprefix("study-").replace("-", "_") in TABLES
    if anchor.startswith("fig-"):
        return any(anchor == f"fig-{figure}" for places in recorded().values() for _, figure, _ in places)
    return not anchor


def test_a_source_of_a_fact_is_its_own_and_all_of_them():
    for row in FACTS().to_dict("records"):
        steps = walked(f"fact:{row['fact']}")
        assert list(steps.loc[steps["kind"].eq("source"), "address"]) == [
            each.strip() for each in row["source"].split(";")
        ]


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory) -> Reviewed:
    path = tmp_path_factory.mktemp("reviewed") / "reviewed.yml"
    return load_reviewed(write_reviewed(SHIPPED, findings(), FACTS(), STUDY, path))


@pytest.mark.slow
@pytest.mark.parametrize("key", CITED)
def test_one_changed_piece_of_evidence_marks_exactly_the_cards_that_cite_it(key, reviewed):
    """Every real finding and fact in turn: its n changes, and nothing else does."""
    kind, _, id = key.partition(":")
    facts, found = FACTS(), dict(findings())
    if kind == "fact":
        facts = facts.assign(says=facts["says"].where(facts["fact"].ne(id), "It says something else."))
    else:
        found[id] = replace(found[id], n=12_345)
    marked = judged(SHIPPED, found, facts, reviewed, STUDY, example.TODAY)
    citing = {each.id for each in SHIPPED if key in each.cites()}
    assert citing
    assert {each.id for each in SHIPPED if marked.changed(each.id)} == citing
    assert not any(marked.not_reviewed(each.id) for each in SHIPPED)


def test_the_cards_of_a_role_are_on_its_page():
    """`roles` of a card and the file that it lies in agree, and no page is without its file."""
    stems = {page.rsplit("/", 1)[1] for page in pages() if page.startswith("book/guidance/")}
    assert stems - {"chooser", "hand_round", "evidence"} == {
        each.file.removesuffix(".yml") for each in SHIPPED.collections
    }

"""The plan of a run: contents, needs, and choices that can't be misspelt."""

import json
from pathlib import Path

import pytest

from newroles.book.plan import chapters, check_parameters, choose, left_out, parse_parameters, read_toc, waves
from newroles.datasets import load_study
from newroles.errors import InputError


def notebook(
    parameters: str = "within_years = 5\nstudy = 'example_study'\n",
    needs: tuple[str, ...] = (),
    tagged: int = 1,
    requires: tuple[dict, ...] = (),
) -> str:
    cells = [
        {
            "cell_type": "code",
            "id": f"p{i}",
            "metadata": {"tags": ["parameters"]},
            "source": parameters,
            "outputs": [],
            "execution_count": None,
        }
        for i in range(tagged)
    ]
    return json.dumps(
        {
            "cells": cells,
            "metadata": {"newroles": {"needs": list(needs), "requires": list(requires)}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nparts:\n- chapters:\n  - file: one\n    sections:\n    - file: two\n- chapters:\n  - file: three\n"
    )
    (tmp_path / "index.md").write_text("# Front\n")
    for name, needs in (("one", ()), ("two", ("one",)), ("three", ())):
        (tmp_path / f"{name}.ipynb").write_text(notebook(needs=needs))
    return tmp_path


def test_contents_are_read_in_order_with_sections(book):
    assert read_toc(book) == ["index", "one", "two", "three"]
    assert [chapter.name for chapter in chapters(book)] == ["one", "two", "three"]


def test_chapters_wait_only_for_what_they_need(book):
    assert [[c.name for c in wave] for wave in waves(chapters(book))] == [["one", "three"], ["two"]]


def test_a_chapter_brings_what_it_needs(book):
    assert [c.name for c in choose(chapters(book), ["two"])] == ["one", "two"]
    assert [c.name for c in choose(chapters(book), ["three.ipynb"])] == ["three"]
    with pytest.raises(InputError, match="Did you mean 'three'"):
        choose(chapters(book), ["thre"])


def test_a_circle_of_needs_is_named(book):
    (book / "one.ipynb").write_text(notebook(needs=("two",)))
    with pytest.raises(InputError, match="circle: one, two"):
        waves(chapters(book))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: (b / "two.ipynb").unlink(), "names two, but there is neither"),
        (lambda b: (b / "two.ipynb").write_text("{"), "can't be read as a notebook"),
        (lambda b: (b / "two.ipynb").write_text(notebook(tagged=0)), "0 cells tagged"),
        (
            lambda b: (b / "two.ipynb").write_text(notebook(parameters="x = len('a')")),
            "line 1: a parameter is one name",
        ),
        (lambda b: (b / "two.ipynb").write_text(notebook(needs=("won",))), "Did you mean 'one'"),
        (lambda b: (b / "_toc.yml").unlink(), "_toc.yml is missing"),
        (lambda b: (b / "_toc.yml").write_text("- file: one"), "not a table of contents"),
    ],
)
def test_a_broken_book_says_what_is_broken(book, change, message):
    change(book)
    with pytest.raises(InputError, match=message):
        chapters(book)


def test_values_are_read_as_what_they_look_like():
    assert parse_parameters(["n=5", "share=0.5", "on=true", "name=abc", "years=[3, 5]", "none=null"]) == {
        "n": 5, "share": 0.5, "on": True, "name": "abc", "years": [3, 5], "none": None,
    }  # fmt: skip
    for wrong in ("n", "=5", "1n=5"):
        with pytest.raises(InputError, match="name=value"):
            parse_parameters([wrong])


def test_a_misspelt_parameter_stops_the_run(book):
    with pytest.raises(InputError, match="Did you mean 'within_years'"):
        check_parameters(chapters(book), {"within_year": 3})


def test_a_value_of_another_type_stops_the_run(book):
    with pytest.raises(InputError, match="is a int, such as 5; got 'five'"):
        check_parameters(chapters(book), {"within_years": "five"})
    with pytest.raises(InputError, match="got True"):
        check_parameters(chapters(book), {"within_years": True})
    assert check_parameters(chapters(book), {"within_years": 3})["two"] == {"within_years": 3}


def test_a_value_that_is_no_value_is_named(book):
    with pytest.raises(InputError, match="The value of 'level' can't be read"):
        parse_parameters(["level=[1,"])
    with pytest.raises(InputError, match="got None"):
        check_parameters(chapters(book), {"within_years": None})


@pytest.mark.parametrize(
    ("requires", "says"),
    [
        ({"table": "codings"}, ""),
        (
            {"table": "codings", "where": {"codebook": "own_forms", "unit_kind": "segment"}, "distinct": {"coder": 2}},
            "",
        ),
        (
            {"table": "codings", "where": {"codebook": "own_forms"}, "distinct": {"coder": 3}},
            "The table codings, codebook own_forms has 2 different coder: at least 3 are needed.",
        ),
        (
            {"table": "codings", "where": {"codebook": "effects"}},
            "This study's table codings has no such rows: expected codebook effects.",
        ),
        ({"table": "ties"}, "This study has no table ties (one tie in one wave a row)."),
        (
            {"table": "codings", "where": {"codebook": "own_forms"}, "enough_for": "agreement"},
            "The table codings, codebook own_forms isn't enough: in no round did two coders code the same two units, and give "
            "more than one set of codes between them.",
        ),
        (
            {"table": "codings", "where": {"codebook": "own_forms"}, "enough_for": "acts"},
            "The table codings, codebook own_forms can't be used: study.yml of my_study names no codebook 'boundary_work'. "
            "Valid names: own_forms. Add it to the list codebooks there, or name one of these.",
        ),
    ],
)
def test_a_chapter_is_left_out_of_a_study_that_cannot_fill_it(book, tiny_study, requires, says):
    (tiny_study / "ties.csv").unlink()
    (book / "one.ipynb").write_text(notebook(requires=(requires,)))
    found = left_out(chapters(book), load_study(tiny_study))
    assert found.get("one", "").replace(str(tiny_study), "my_study") == says
    assert found.get("two", "") == ("It rests on the chapter one, which is left out." if says else "")
    assert "three" not in found


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ({"tabel": "ties"}, "one.ipynb: newroles.requires in its metadata"),
        ({"table": "tie"}, "Did you mean 'ties'"),
        ({"table": "ties", "enough_for": "agreemnt"}, "Did you mean 'agreement'"),
    ],
)
def test_a_requirement_that_cannot_be_read_is_refused(book, requires, message):
    (book / "one.ipynb").write_text(notebook(requires=(requires,)))
    with pytest.raises(InputError, match=message):
        chapters(book)

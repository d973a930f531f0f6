"""The worked examples on the pages about methods give what they say, and each card says what proves it."""

import doctest
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted((PROJECT / "book").glob("methods*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_worked_examples_give_what_they_say(page):
    result = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_there_are_worked_examples():
    assert sum(page.read_text(encoding="utf-8").count(">>> ") for page in PAGES) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_test_file_and_function_that_a_card_names_is_there(page):
    text = page.read_text(encoding="utf-8")
    for path in set(re.findall(r"`(tests/[\w/.]+)`", text)):
        assert (PROJECT / path).exists(), path
    for name in set(re.findall(r"`newroles\.([\w.]+)`", text)):
        room, *rest = name.split(".")
        found = __import__(f"newroles.{room}", fromlist=["_"])
        for part in rest:
            found = getattr(found, part, None) or __import__(f"{found.__name__}.{part}", fromlist=["_"])

"""The commands about recommendations: `newroles thread` and `newroles guidance`. Thin: each calls one function and prints its answer."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any


def add_guidance(commands: Any, named: Callable[[str], str], show: Callable[[str], None]) -> None:
    """Add them to the command's parser.

    commands: where commands are added; named: what a place must be called; show: how a text is printed.
    """
    book = argparse.ArgumentParser(add_help=False)
    book.add_argument("--book", type=named, metavar="DIR", help="a book that was made (default: _build/book)")
    walk = "walk from a recommendation down to its sources, and from a finding back up"
    thread = commands.add_parser("thread", parents=[book], help=walk)
    thread.add_argument("id", metavar="ID", help="a recommendation, finding or fact; finding:ID where two share an id")
    thread.set_defaults(do=lambda given: _of_a_book(given, "thread_of_book", show))
    guidance = commands.add_parser("guidance", help="hold the recommendations against the evidence of a book")
    what = guidance.add_subparsers(required=True, metavar="check|reviewed|baseline")
    check = what.add_parser("check", parents=[book], help="list evidence that changed, is absent or says the opposite")
    check.set_defaults(do=lambda given: _of_a_book(given, "check_against_book", show))
    record = "record the evidence as it is now, once every recommendation has been read again"
    reviewed = what.add_parser("reviewed", parents=[book], help=record)
    reviewed.set_defaults(do=lambda given: _of_a_book(given, "record_review", show))
    baseline = what.add_parser("baseline", help="say what a filled-in baseline workbook scores, and what has moved")
    baseline.add_argument("file", type=named, metavar="FILE.xlsx", help="a workbook that a team has filled in")
    baseline.add_argument("--before", type=named, metavar="EARLIER.xlsx", help="the same team's workbook, earlier on")
    baseline.set_defaults(do=lambda given: _baseline(given, show))


def _of_a_book(given: argparse.Namespace, ask: str, show: Callable[[str], None]) -> int:
    from newroles.guidance import from_a_book

    answer = getattr(from_a_book, ask)(given.book, *([given.id] if "id" in given else []))
    show(answer.said)
    return 0 if answer.sound else 2


def _baseline(given: argparse.Namespace, show: Callable[[str], None]) -> int:
    from newroles.guidance.baseline_words import baseline_in_words

    show(baseline_in_words(given.file, given.before))
    return 0

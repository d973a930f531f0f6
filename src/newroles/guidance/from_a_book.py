"""What does a book that was made say about the recommendations? The thread, the check and the record of a review."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets import load_published
from newroles.datasets.places import project_folder
from newroles.errors import InputError
from newroles.findings import findings_folder, load_findings
from newroles.guidance.facts import FACTS_TABLE
from newroles.guidance.judging import STATUSES, Judged, judged
from newroles.guidance.loading import load_recommendations
from newroles.guidance.review import Reviewed, input_files, load_reviewed, reviewed_path, study_identity, write_reviewed
from newroles.guidance.statements import how_it_stands
from newroles.guidance.thread import thread, thread_in_words
from newroles.phrases import counted

_MANIFEST = "manifest.json"


def judged_in_book(
    book: Path | str | None = None,
    *,
    strict: bool | None = None,
    reviewed: Reviewed | None = None,
    today: date | None = None,
) -> Judged:
    """The project's recommendations, their evidence looked up in a book that was made.

    book: its folder, `_build/book` of the project unless given. strict, today: see `judged`; strict, unless given, for a book
    made from the very files that were reviewed. reviewed: the project's, unless given. Raises InputError when the folder is no
    book, or for what `judged` refuses.
    """
    made_from = _manifest(book)
    before = load_reviewed() if reviewed is None else reviewed
    title, kind = study_identity(made_from["study"])
    return judged(
        load_recommendations(),
        load_findings(_home(book) / "findings"),
        load_published(FACTS_TABLE),
        before,
        {"title": title, "kind": kind},
        today,
        strict=before.same_inputs(made_from) if strict is None else strict,
    )


def judged_so_far(study: object) -> Judged:
    """The recommendations, held against what the other chapters of the book that is being made have found.

    study: the one that the book is about. Where a chapter is opened by itself, findings are looked for where it would leave its
    own; those that aren't there count as absent, and nothing is refused.
    """
    folder = findings_folder()
    found = load_findings(folder) if folder.is_dir() else {}
    return judged(load_recommendations(), found, load_published(FACTS_TABLE), load_reviewed(), study, strict=False)


def _home(book: Path | str | None) -> Path:
    return project_folder() / "_build" / "book" if book is None else Path(book)


def _manifest(book: Path | str | None) -> dict[str, Any]:
    """What a book was made from. Raises InputError when the folder is no book."""
    manifest = _home(book) / _MANIFEST
    if not manifest.is_file() or not (_home(book) / "findings").is_dir():
        raise InputError(
            f"{_home(book)} is no book that was made: expected {_MANIFEST} and findings/ in it. Run `make book`, or name one with --book."
        )
    try:
        made_from = json.loads(manifest.read_text(encoding="utf-8"))
        study_identity(made_from["study"])
        input_files(made_from)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{manifest} doesn't say whose study the book is about: make the book again.") from None
    return made_from


@dataclass(frozen=True)
class Answer:
    """What a command says, and whether a build with this book would go on."""

    said: str
    sound: bool = True


def thread_of_book(book: Path | str | None, id: str) -> Answer:
    """The thread of a recommendation, a finding or a fact in a book, as a text. Raises InputError for an unknown id."""
    return Answer(thread_in_words(thread(id, judged_in_book(book, strict=False))))


def check_against_book(book: Path | str | None = None, today: date | None = None) -> Answer:
    """Does the evidence of a book still carry the recommendations?

    Everything that is not as it was reviewed is listed: was, is. What stops a build is listed last.
    """
    found = judged_in_book(book, strict=False, today=today)
    stops = found.problems if load_reviewed().same_inputs(_manifest(book)) else ()
    lines = [how_it_stands(found)]
    rows = pd.concat([found.evidence, found.behind_judgements])
    for row in rows[~rows["status"].isin(["as_reviewed", "new"])].to_dict("records"):
        was = f"; was {row['was']}, is {row['is']}" if row["was"] and row["was"] != row["is"] else ""
        lines.append(
            f"{row['recommendation']}, {row['side']}, {row['kind']}:{row['id']}: {STATUSES[row['status']]}{was}"
        )
    lines += [f"{row['recommendation']}: left out. {row['reason']}" for row in found.left_out.to_dict("records")]
    if stops:
        lines += ["", f"{counted(len(stops), 'thing')} would stop the build:", *stops]
    return Answer("\n".join(lines), not stops)


def record_review(book: Path | str | None = None, path: Path | str | None = None) -> Answer:
    """Record the evidence of a book as reviewed, and say so. Raises InputError when it doesn't carry the recommendations."""
    found = judged_in_book(book, strict=True, reviewed=Reviewed())
    written = write_reviewed(
        found.guidance,
        found.findings,
        found.facts,
        dict(zip(("title", "kind"), found.study, strict=True)),
        path or reviewed_path(),
        input_files(_manifest(book)),
    )
    return Answer(
        f"The evidence behind {counted(len(found.guidance), 'recommendation')}, as it stands in the book of "
        f"“{found.study[0]}”, is recorded as reviewed in {written}."
    )

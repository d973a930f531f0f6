"""What pages written from data show of the study that the book is made for: read once a build, always with its badge."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from newroles.book.linked_nodes import Cell, kind_badge, linked_table, paragraph, particulars_list
from newroles.book.role_sources import RoleSources, standing
from newroles.book.study_numbers import StudyNumbers, read_study

HIDDEN = "not shown: the number is too small"
NOTHING_ASSUMED = "Nothing assumed about those that didn't answer"
_EXISTING = (
    "The study's register counts this as an existing role. That some organisations report it says nothing about how many "
    "have it, so no numbers are shown."
)
_EARLIER_WAVE = (
    "This role is not counted as new. The numbers are of organisations in which a report of new roles names it; others may "
    "have it and not have named it, since it isn't new to them."
)


def study_of(app: Sphinx) -> StudyNumbers:
    """The study that this book is made for: named by NEWROLES_STUDY, else the example study.

    Its own register of roles, if it brings one, is in the folder named by NEWROLES_CODEBOOKS.
    """
    if not hasattr(app, "newroles_study"):
        own = Path(os.environ.get("NEWROLES_CODEBOOKS", "")) / "roles.yml"
        register = own if "NEWROLES_CODEBOOKS" in os.environ and own.is_file() else None
        app.newroles_study = read_study(os.environ.get("NEWROLES_STUDY") or "example_study", register)  # type: ignore[attr-defined]
    return app.newroles_study  # type: ignore[attr-defined]


def role_sources(app: Sphinx) -> RoleSources:
    """What passports are written from, with the register that is in force for this study."""
    if not hasattr(app, "newroles_role_sources"):
        study = study_of(app)
        app.newroles_role_sources = RoleSources(study.register, study.own_register)  # type: ignore[attr-defined]
    return app.newroles_role_sources  # type: ignore[attr-defined]


def role_in_study(app: Sphinx, role: str) -> list[nodes.Node]:
    """How many organisations report a role, with which bands, in which settings and since when."""
    numbers = study_of(app)
    top = introduction(numbers)
    if role not in numbers.register.ids:
        return [top, paragraph("The study's register doesn't have this role, so none of its reports counts for it.")]
    stands = standing(role, numbers.register)
    if stands == "existing":
        return [top, paragraph(_EXISTING)]
    table, line = numbers.adoption_of(role)
    row = table.iloc[0].to_dict()
    details, done = numbers.reported_details(role)
    rows: list[list[Cell]] = [
        [
            f"{each['what']} ({'organisations' if each['what'] == 'Introduced' else 'reports'})",
            each["value"],
            f"{each['number']:,}",
        ]
        for each in details.to_dict("records")
    ]
    notes = [method_in_words(row["method"]), row["note"], line]
    nothing_reported = pd.notna(row["x"]) and row["x"] == 0
    return [
        top,
        *([paragraph(_EARLIER_WAVE)] if stands == "earlier wave" else []),
        particulars_list(adoption_fields(row)),
        paragraph(" ".join(sentence(note) for note in notes if note)),
        *([linked_table(["Reported", "Value", "Number"], rows)] if rows else []),
        *([paragraph(done)] if done and not nothing_reported else []),
    ]


def introduction(numbers: StudyNumbers) -> nodes.paragraph:
    """Whose numbers follow, beside the badge."""
    return paragraph(kind_badge(numbers.study.evidence_kind), numbers.study.introduction)


def adoption_fields(row: dict[Any, Any]) -> list[tuple[str, list[Cell]]]:
    """One row of adoption in words: who reports it, what share of all that makes, and what stays open."""
    share, interval = percent(row["estimate"]), between(row["low"], row["high"])
    open_ends = between(row["bound_low"], row["bound_high"])
    return [
        (
            "Report it",
            [f"{count(row, 'x')} of {count(row, 'n')} organisations that answered; the frame has {count(row, 'N')}"],
        ),
        ("Share of all", [f"{share}; 95% interval {interval}" if interval else share]),
        (
            NOTHING_ASSUMED,
            [
                f"{open_ends}: the lowest if none of those that didn't answer has it, the highest if all have it"
                if open_ends
                else HIDDEN
            ],
        ),
    ]


def method_in_words(method: str) -> str:
    """How shares were estimated, with the bounds in plain words.

    >>> method_in_words("hypergeometric interval, 95%; no-assumption bounds")
    "hypergeometric interval, 95%; bounds with nothing assumed about those that didn't answer"
    """
    return method.replace("no-assumption bounds", f"bounds with {NOTHING_ASSUMED[:1].lower()}{NOTHING_ASSUMED[1:]}")


def count(row: dict[Any, Any], column: str) -> str:
    """A count in words: hidden and not known are two different things, and neither is zero."""
    if pd.notna(row[column]):
        return f"{row[column]:,}"
    return "(too few to show)" if row.get(f"{column}_status") == "hidden" else "(not known)"


def percent(share: float) -> str:
    """A share in per cent, or why there is none."""
    return HIDDEN if pd.isna(share) else f"{share:.0%}"


def between(low: float, high: float) -> str:
    """An interval in per cent; '' where it is not shown."""
    return "" if pd.isna(low) or pd.isna(high) else f"{low:.0%} to {high:.0%}"


def sentence(text: str) -> str:
    """The text with a capital at its beginning and a stop at its end."""
    return text and text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")

"""Pages of kinds of organisation written from data; never a page of one real organisation."""

from __future__ import annotations

from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newroles.book.linked_nodes import (
    Cell,
    book_link,
    kind_badge,
    linked_table,
    paragraph,
    section,
    source_links,
    words,
)
from newroles.book.passport_pages import RolePages
from newroles.book.study_numbers import SECTORS, StudyNumbers
from newroles.book.study_pages import (
    NOTHING_ASSUMED,
    between,
    count,
    introduction,
    method_in_words,
    sentence,
    study_of,
)
from newroles.book.trust_types import FEWEST, WHAT_THEY_ARE, measure_in_words, published_about, staff_by_type

TRUST_TYPES = "book/trust_types"


def trust_type_stubs() -> dict[str, str]:
    """Which file belongs to each sector, and what does it hold? File name to text."""
    return {f"{sector}.md": f"# {name}\n\n```{{trust-type}} {sector}\n```\n" for sector, name in SECTORS.items()}


class TrustType(RolePages):
    """{trust-type} SECTOR: what organisations of a sector are, what the study has of them, what is published, open data."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        sector = self.arguments[0]
        if sector not in SECTORS:
            raise self.error(f"There is no sector '{sector}': expected one of {', '.join(SECTORS)}.")
        return [
            paragraph(WHAT_THEY_ARE[sector]),
            section("In the study", *self._study(sector)),
            section("What is published", *self._published(sector)),
            section("Staff in open data", *self._open(sector)),
        ]

    def _study(self, sector: str) -> list[nodes.Node]:
        numbers = study_of(self.env.app)
        table, line = numbers.answers_by_sector()
        row = table[table["sector"] == sector].iloc[0].to_dict()
        top = introduction(numbers)
        if pd.notna(row["frame"]) and row["frame"] == 0:
            return [top, paragraph("The study's frame has no organisation of this kind.")]
        organisations = "organisation" if pd.notna(row["frame"]) and row["frame"] == 1 else "organisations"
        answered = (
            f"Of {count(row, 'frame')} {organisations} of this kind in the frame, {count(row, 'answered')} answered. "
        )
        return [
            top,
            paragraph(answered + sentence(line)),
            section("New roles they report", *_reported(numbers, sector, "role", self)),
            section("Kinds of new role they report", *_reported(numbers, sector, "code", self)),
        ]

    def _published(self, sector: str) -> list[nodes.Node]:
        table = published_about(sector, self.sources.published("workforce_trends"))
        rows: list[list[Cell]] = [
            [
                measure_in_words(row),
                _number(row),
                words(row["period_label"], "undated"),
                [words(row["note"]), *([". "] if words(row["note"]) else []), *source_links(row)],
            ]
            for row in table.to_dict("records")
        ]
        return [
            linked_table(["What", "Number", "When", "Remark and source"], rows),
            paragraph(
                kind_badge("published"), "Which new roles these organisations have was found in no publication by kind."
            ),
        ]

    def _open(self, sector: str) -> list[nodes.Node]:
        sources = self.sources
        if sector != "nhs":
            return [paragraph("The open tables of this book hold NHS organisations only.")]
        trusts = sources.open("mental_health_trusts")
        staff = staff_by_type(trusts, sources.open("trust_measures"))
        out: list[nodes.Node] = []
        for kind, number in trusts["organisation_type"].value_counts().items():
            mine = staff[staff["organisation_type"] == kind]
            counted = f"{number} organisation{'' if number == 1 else 's'} of this type in the open tables. "
            content: list[nodes.Node] = [
                paragraph(f"{counted}With fewer than {FEWEST}, no middle value is given: it would be one trust's.")
            ]
            if len(mine):
                rows: list[list[Cell]] = [
                    [
                        row["measure"],
                        f"{row['median']:.1%}",
                        f"{row['quarter_low']:.1%} to {row['quarter_high']:.1%}",
                        str(row["n"]),
                    ]
                    for row in mine.to_dict("records")
                ]
                content = [
                    paragraph(
                        f"{counted}For each measure: the middle trust, and between which values half of them lie."
                    ),
                    linked_table(["Measure", "Middle trust", "Half of them between", "Trusts"], rows),
                ]
            name = str(kind)
            out.append(section(name[:1].upper() + name[1:], *content))
        where = book_link(self, "trust_measures in the data catalogue", "book/data_catalogue", "table-trust-measures")
        note = "Each trust's latest year of the staff survey, 2021 to 2024. Source: "
        return [*out, paragraph(kind_badge("open"), note, where, ".")]


class TrustTypeIndex(SphinxDirective):
    """{trust-types}: the kinds of organisation, how many are in the study's frame, and how many of them answered."""

    def run(self) -> list[nodes.Node]:
        numbers = study_of(self.env.app)
        table, line = numbers.answers_by_sector()
        rows: list[list[Cell]] = [
            [
                [book_link(self, SECTORS[row["sector"]], f"{TRUST_TYPES}/{row['sector']}")],
                WHAT_THEY_ARE[row["sector"]],
                count(row, "frame"),
                count(row, "answered"),
            ]
            for row in table.to_dict("records")
        ]
        shown = linked_table(["Kind", "What they are", "In the frame", "Answered"], rows)
        return [introduction(numbers), shown, *([paragraph(line, classes=["nr-note"])] if line else [])]


def _reported(numbers: StudyNumbers, sector: str, by: str, page: RolePages) -> list[nodes.Node]:
    """The new roles, or kinds of them, that organisations of a sector report: a table, and how it was made."""
    table, line = numbers.adoption_in_sector(sector, by)
    badge, whose = kind_badge(numbers.study.evidence_kind), numbers.whose_kinds if by == "code" else ""
    if table.empty:
        why = " ".join(sentence(text) for text in ("None whose number can be shown", whose, line) if text)
        return [paragraph(badge, why)]
    rows: list[list[Cell]] = [
        [
            [page.role_link(row["role"])] if by == "role" else numbers.kinds_book.name(row["code"]),
            count(row, "x"),
            "" if pd.isna(row["estimate"]) else f"{row['estimate']:.0%}",
            between(row["low"], row["high"]),
            between(row["bound_low"], row["bound_high"]),
        ]
        for row in table.to_dict("records")
    ]
    shown = [bool(any(row[position] for row in rows)) for position in range(5)]
    headings = [
        "Role" if by == "role" else "Kind",
        "Report it",
        "Of those that answered",
        "95% interval, all",
        NOTHING_ASSUMED,
    ]
    method = f"{method_in_words(str(table['method'].iloc[0]))}, from none of them to all of them"
    told = " ".join(sentence(text) for text in (whose, method, words(table["note"].iloc[0]), line) if text)
    return [
        linked_table(
            [heading for heading, keep in zip(headings, shown, strict=True) if keep],
            [[cell for cell, keep in zip(row, shown, strict=True) if keep] for row in rows],
        ),
        paragraph(badge, told, classes=["nr-note"]),
    ]


def _number(row: dict[Any, Any]) -> str:
    number = f"{row['value']:.0%}" if row["unit"] == "share" else f"{row['value']:,.0f} {row['unit']}"
    return f"{words(row['qualifier'])} {number}".strip()

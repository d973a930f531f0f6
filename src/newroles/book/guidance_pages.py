"""Pages of advice, written from data: the cards, the evidence behind them, the chooser, what can be handed round."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newroles import datasets
from newroles.book.linked_nodes import (
    Cell,
    Piece,
    book_link,
    kind_badge,
    linked_table,
    paragraph,
    particulars_list,
    section,
)
from newroles.findings import findings_folder, load_findings
from newroles.guidance import (
    AUDIENCES,
    COMPONENTS,
    CONCERN,
    CONFIDENCE,
    GROUPS,
    JUDGEMENTS,
    SETTINGS,
    STATUSES,
    STRENGTH,
    WHEN,
    Collection,
    Judged,
    Recommendation,
    confidence_level,
    judged,
    load_recommendations,
    load_reviewed,
    standing,
)
from newroles.guidance.vocabulary import change_types, role_names
from newroles.phrases import inside, listed

EVIDENCE_PAGE = "book/guidance/evidence"


def judged_for_pages() -> Judged:
    """The recommendations and how their evidence stands in the findings that this book is made with."""
    return _judged(str(findings_folder()), os.environ.get("NEWROLES_ABOUT_RUN", ""))


@cache
def _judged(findings: str, about_run: str) -> Judged:
    reviewed = load_reviewed()
    study = {"title": reviewed.title, "kind": reviewed.kind}
    if about_run and Path(about_run).is_file():
        study = json.loads(Path(about_run).read_text(encoding="utf-8"))["study"]
    found = load_findings(findings) if Path(findings).is_dir() else {}
    return judged(
        load_recommendations(), found, datasets.load_published("guidance_evidence"), reviewed, study, strict=False
    )


def card_page(recommendation: Recommendation) -> str:
    """On which page of the book is its card?"""
    return f"book/guidance/{Path(recommendation.file).stem}"


class GuidancePages(SphinxDirective):
    """What pages of advice share: links to cards and to pieces of evidence."""

    @property
    def advice(self) -> Judged:
        return judged_for_pages()

    def card_link(self, id: str) -> nodes.Node:
        each = self.advice.guidance[id]
        return book_link(self, each.action, card_page(each), f"rec-{id}")

    def evidence_link(self, key: str, text: str) -> nodes.Node:
        return book_link(self, text, EVIDENCE_PAGE, anchor_of(key))


def anchor_of(key: str) -> str:
    """The anchor of `fact:some-id` or `finding:some-id` on the page of evidence."""
    return key.replace(":", "-")


class GuidanceCards(GuidancePages):
    """{guidance-cards} everyone: every recommendation of one file as a card, by moment."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        shown = {Path(each.file).stem: each for each in self.advice.guidance.collections}
        all_files = {Path(each.file).stem: each for each in load_recommendations().collections}
        stem = self.arguments[0]
        collection = shown.get(stem) or all_files[stem]
        out: list[nodes.Node] = [paragraph(collection.about, f" Version {collection.version}.")]
        if collection.nothing_for:
            out.append(paragraph(nodes.strong("", "What we couldn't advise on: "), collection.nothing_for))
        out += self._left_out(all_files[stem])
        if stem not in shown:
            return out
        for when, name in WHEN.items():
            cards = [self._card(each) for each in collection.recommendations if each.when == when]
            if cards:
                out.append(section(name, *cards, anchor=f"{stem}-{when}"))
        return out

    def _left_out(self, collection: Collection) -> list[nodes.Node]:
        ids = {each.id for each in collection.recommendations}
        rows = self.advice.left_out
        return [
            paragraph("Left out of this copy: ", row["recommendation"], f". {row['reason']}")
            for row in rows[rows["recommendation"].isin(ids)].to_dict("records")
        ]

    def _card(self, each: Recommendation) -> nodes.section:
        who = listed([inside(AUDIENCES[who]) for who in each.who_acts])
        head = paragraph(
            *(kind_badge(kind) for kind in self.advice.kinds(each.id, "rests_on")),
            nodes.strong("", f"{STRENGTH[each.strength]}. "),
            f"{CONFIDENCE[confidence_level(each)]}. Who acts: {who}.",
            classes=["nr-advice-head"],
        )
        content: list[nodes.Node] = [head, paragraph(each.why)]
        if self.advice.changed(each.id) or self.advice.not_reviewed(each.id):
            notice = standing(self.advice, each.id)
            content.append(paragraph(f"{notice[:1].upper()}{notice[1:]}.", classes=["nr-advice-changed"]))
        content += opened_by("Evidence, doubts, and how to tell", self._particulars(each), *self._to_decision(each))
        made = section(each.action, *content, anchor=f"rec-{each.id}")
        made["classes"] += ["nr-advice"]
        return made

    def _particulars(self, each: Recommendation) -> nodes.definition_list:
        fields: list[tuple[str, Sequence[Cell]]] = [
            ("In plain words", [each.plain]),
            ("For", [applies_to(each)]),
            ("Helps", [f"{_capital(listed([inside(GROUPS[group]) for group in each.helps]))}."]),
            ("It rests on", self._pieces(each.id, "rests_on")),
            ("Against it", self._pieces(each.id, "against") or ["We found nothing that speaks against it."]),
            ("How sure we are", [confidence_lines(each)]),
        ]
        if each.needs:
            fields.append(("Comes after", [[self.card_link(need)] for need in each.needs]))
        fields += [
            ("To have in place", list(each.readiness)),
            ("How to tell", [each.measure]),
            ("What would change this", [each.would_change]),
            ("Reviewed", [f"{each.reviewed_on}, again by {each.review_by}. {each.review_note}".strip()]),
        ]
        return particulars_list(fields, "nr-advice-fields")

    def _pieces(self, id: str, side: str) -> list[Cell]:
        rows = self.advice.evidence
        rows = rows[rows["recommendation"].eq(id) & rows["side"].eq(side)]
        return [self._piece(row) for row in rows.to_dict("records")]

    def _piece(self, row: Mapping) -> list[Piece]:
        key = f"{row['kind']}:{row['id']}"
        said: list[Piece] = [self.evidence_link(key, row["statement"] or row["id"]), f" {row['why']}"]
        if row["evidence_kind"] not in ("published", ""):
            said.insert(0, kind_badge(row["evidence_kind"]))
        if row["status"] not in ("as_reviewed", "new"):
            was = f" (was: {row['was']}; is: {row['is']})" if row["was"] and row["was"] != row["is"] else ""
            said.append(nodes.strong("", f" {STATUSES[row['status']].capitalize()}{was}."))
        return said

    def _to_decision(self, each: Recommendation) -> list[nodes.Node]:
        statements = self.advice.behind_judgements
        own = statements[statements["recommendation"].eq(each.id)]
        said = {f"{row['kind']}:{row['id']}": row["statement"] for row in own.to_dict("records")}
        rows: list[list[Cell]] = []
        for name, judgement in each.evidence_to_decision.items():
            links: list[Piece] = []
            for key in judgement.evidence:
                links += ["; "] * bool(links) + [self.evidence_link(key, said.get(key) or key)]
            rows.append([JUDGEMENTS[name], judgement.line, links or "none"])
        table = linked_table(["Question", "What we make of it", "Evidence"], rows)
        return [paragraph(nodes.strong("", "From evidence to decision")), table]


def opened_by(summary: str, *content: nodes.Node) -> list[nodes.Node]:
    """What a reader opens to dig deeper; there for search and print too."""
    return [
        nodes.raw("", f'<details class="nr-folded"><summary>{summary}</summary>', format="html"),
        *content,
        nodes.raw("", "</details>", format="html"),
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def applies_to(each: Recommendation) -> str:
    """For which roles, kinds of change and settings a recommendation is, in words.

    >>> from newroles.guidance import load_recommendations
    >>> applies_to(next(each for each in load_recommendations() if each.roles == each.types == each.settings == ("all",)))
    'Every new role, in every setting.'
    """
    roles = "every new role" if each.generic else listed([role_names()[role] for role in each.roles])
    kinds = (
        ""
        if each.types == ("all",)
        else f", where it is {listed([inside(change_types()[t]) for t in each.types], 'or')}"
    )
    places = "every setting" if each.settings == ("all",) else listed([inside(SETTINGS[s]) for s in each.settings])
    return _capital(f"{roles}{kinds}, in {places}.")


def confidence_lines(each: Recommendation) -> list[Piece]:
    """The statement of confidence: our word for it, then each component with its reason."""
    pieces: list[Piece] = [nodes.strong("", f"{CONFIDENCE[confidence_level(each)]}. ")]
    for name, component in each.confidence.items():
        pieces += [nodes.emphasis("", f"{COMPONENTS[name]}"), f": {CONCERN[component.concern]}. {component.reason} "]
    return pieces

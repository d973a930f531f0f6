"""The evidence behind advice, written from data: each piece with its source, and the way from a chapter up to the advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from newroles import datasets
from newroles.book.guidance_pages import EVIDENCE_PAGE, GuidancePages, anchor_of, card_page, judged_for_pages, opened_by
from newroles.book.linked_nodes import Cell, Piece, book_link, kind_badge, linked_table, paragraph, section
from newroles.book.plan import chapters
from newroles.datasets.places import project_folder
from newroles.datasets.schemas import TABLES
from newroles.guidance import JUDGEMENTS, Judged
from newroles.guidance.vocabulary import role_names

_SIDES = {"rests_on": "Rests on it", "against": "Has it against it"}


class GuidanceEvidence(GuidancePages):
    """{guidance-evidence}: every statement and finding that advice cites, where it comes from, and what rests on it."""

    def run(self) -> list[nodes.Node]:
        cited: dict[str, dict[str, list[str]]] = {}
        for each in self.advice.guidance:
            for key, sides in each.cites().items():
                for side in sides:
                    cited.setdefault(key, {}).setdefault("judgements" if side in JUDGEMENTS else side, []).append(
                        each.id
                    )
        facts = self.advice.facts.set_index("fact")
        by_role: dict[str, list[nodes.Node]] = {}
        for key in sorted(key for key in cited if key.startswith("fact:")):
            row = facts.loc[facts.index == key.removeprefix("fact:")].iloc[0]
            roles = str(row["roles"]).split("; ")
            home = "New roles in general" if roles == ["all"] else role_names().get(roles[0], roles[0])
            by_role.setdefault(home, []).append(self._fact(key, row, cited[key]))
        findings = sorted(key for key in cited if key.startswith("finding:"))
        order = ["New roles in general", *sorted(name for name in by_role if name != "New roles in general")]
        out: list[nodes.Node] = [
            section(
                "Findings of this book",
                nodes.definition_list(
                    "", *(self._finding(k, cited[k]) for k in findings), classes=["nr-evidence-list"]
                ),
                anchor="findings-cited",
            )
        ]
        for name in order:
            entries = nodes.definition_list("", *by_role[name], classes=["nr-evidence-list"])
            out.append(section(f"Published: {name}", entries, anchor=f"published-{name}"))
        return out

    def _entry(
        self, key: str, title: Sequence[Piece], lines: Sequence[Cell], cited: Mapping[str, list[str]]
    ) -> nodes.definition_list_item:
        term = nodes.term("", "", *(nodes.Text(part) if isinstance(part, str) else part for part in title))
        term["ids"].append(anchor_of(key))
        said: list[nodes.Node] = [paragraph(*([line] if isinstance(line, str) else line)) for line in lines]
        return nodes.definition_list_item("", term, nodes.definition("", *said, *self._used_by(cited)))

    def _used_by(self, cited: Mapping[str, list[str]]) -> list[nodes.Node]:
        names = {**_SIDES, "judgements": "Weighs it in its decision"}
        lines: list[nodes.Node] = []
        for side, name in names.items():
            links: list[Piece] = []
            for id in dict.fromkeys(cited.get(side, [])):
                links += ["; "] * bool(links) + [self.card_link(id)]
            if links:
                lines.append(paragraph(nodes.emphasis("", f"{name}: "), *links))
        n = len({id for ids in cited.values() for id in ids})
        return opened_by(f"Advice that cites it ({n})", *lines)

    def _fact(self, key: str, row: pd.Series, cited: Mapping[str, list[str]]) -> nodes.definition_list_item:
        n = "" if pd.isna(row["n"]) else f", {int(row['n']):,} {row['n_of']}"
        about = f"{str(row['design'])[:1].upper()}{str(row['design'])[1:]}{n}"
        about += "".join(f", {row[part]}" for part in ("place", "year") if not pd.isna(row[part]))
        pairs = zip(str(row["source_name"]).split("; "), str(row["source"]).split("; "), strict=True)
        links: list[Piece] = []
        for name, address in pairs:
            links += ["; "] * bool(links) + [nodes.reference("", name, refuri=address)]
        lines: list[Cell] = [
            f"{about}. {'In mental health' if row['mental_health'] else 'Not in mental health services alone'}. "
            f"We read it as: {str(row['direction']).replace('_', ' ')}.",
            [
                "Source: ",
                *links,
                f" (confidence {row['confidence']}). A row of ",
                self._table_link("guidance_evidence"),
                ".",
            ],
        ]
        return self._entry(key, [kind_badge("published"), str(row["says"])], lines, cited)

    def _finding(self, key: str, cited: Mapping[str, list[str]]) -> nodes.definition_list_item:
        id = key.removeprefix("finding:")
        found = self.advice.findings.get(id)
        if found is None:
            return self._entry(key, [id], ["This copy of the book doesn't have this finding."], cited)
        page = f"notebooks/{found.chapter}"
        where: list[Piece] = [
            "Recorded in ",
            book_link(self, f"“{_chapter_titles().get(found.chapter, found.chapter)}”", page),
        ]
        if found.figure:
            where += [", shown in ", book_link(self, "this figure", page, f"fig-{found.figure}")]
        tables: list[Piece] = []
        for name in (part.strip() for part in found.table.split(",")):
            tables += [", "] * bool(tables) + [self._table_link(name)]
        lines: list[Cell] = [
            [*where, f". {found.method[:1].upper()}{found.method[1:]}."],
            ["Computed from ", *tables, "."],
        ]
        return self._entry(key, [kind_badge(found.evidence_kind), found.statement], lines, cited)

    def _table_link(self, name: str) -> nodes.Node:
        """A table by name: its record in the catalogue, its page if it is a codebook, or the columns of a study's table."""
        word, _, rest = name.partition(" ")
        if word == "codebook":
            page = "book/register" if rest == "roles" else f"book/codebooks/{rest}"
            return book_link(self, f"the codebook {rest.replace('_', ' ')}", page)
        if any(name in datasets.list_tables(kind) for kind in ("published", "open")):
            return book_link(self, f"the table {name}", "book/data_catalogue", f"table-{name.replace('_', '-')}")
        if name in TABLES:
            return book_link(self, f"the study's table {name}", "book/study_folder", f"study-{name.replace('_', '-')}")
        return nodes.Text(name)


@cache
def _chapter_titles() -> dict[str, str]:
    return {chapter.name: chapter.title for chapter in chapters(project_folder())}


class AdviceOnChapter(SphinxPostTransform):
    """At the end of each chapter: the advice that rests on what it found, so that the thread can be followed upwards."""

    default_priority = 6

    def run(self, **kwargs: Any) -> None:
        folder, _, chapter = self.env.docname.rpartition("/")
        body = next(self.document.findall(nodes.section), None)
        if folder != "notebooks" or body is None or EVIDENCE_PAGE not in self.env.found_docs:
            return
        advice = judged_for_pages()
        found = cited_findings(advice, chapter)
        if not found:
            return
        rows: list[list[Cell]] = []
        for id, recommendations in found.items():
            links: list[Piece] = []
            for each in recommendations:
                card = advice.guidance[each]
                links += ["; "] * bool(links) + [book_link(self, card.action, card_page(card), f"rec-{each}")]
            said = book_link(self, advice.findings[id].statement, EVIDENCE_PAGE, anchor_of(f"finding:{id}"))
            rows.append([[said], links])
        table = linked_table(["Finding", "Advice that cites it"], rows)
        body += section("Advice that rests on this chapter", table, anchor="advice-on-this-chapter")


def cited_findings(advice: Judged, chapter: str) -> dict[str, list[str]]:
    """Which findings of a chapter does advice cite, and which recommendations are these? Finding to recommendations, by id."""
    found: dict[str, list[str]] = {}
    for each in advice.guidance:
        for key in each.cites():
            kind, _, id = key.partition(":")
            if kind == "finding" and id in advice.findings and advice.findings[id].chapter == chapter:
                found.setdefault(id, []).append(each.id)
    return found

"""The chooser, and the list of what can be handed round, as pages of the book."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes

from newroles.book.guidance_pages import GuidancePages, card_page
from newroles.book.handouts import Handout, read_handouts
from newroles.book.linked_nodes import Cell, Piece, linked_table, paragraph, section
from newroles.guidance import AUDIENCES, CASE_ROLES, Recommendation
from newroles.guidance.chooser import chooser
from newroles.guidance.vocabulary import role_names
from newroles.phrases import inside
from newroles.tables import badge

HANDOUTS = "guidance"  # the folder of handouts under the site's _static
_PACK = {"workbook": "Workbook", "agenda": "Agenda", "cards": "Cards", "map": "Map", "slides": "Slides"}
_HEADINGS = ("Baseline (Excel)", "Agenda (PDF)", "Cards (PDF)", "Map of tasks (PDF)", "Slides (HTML)")


class GuidanceChooser(GuidancePages):
    """{guidance-chooser}: role, setting, moment and what is in place, and a checklist; the whole list where scripts are off."""

    def run(self) -> list[nodes.Node]:
        if not len(self.advice.guidance):
            return [paragraph("This copy of the book has no advice to choose from.")]
        here = self.env.docname

        def address(each: Recommendation) -> str:
            page = self.env.app.builder.get_relative_uri(here, card_page(each))
            return f"{page}#rec-{each.id}"

        up = "../" * here.count("/")
        body = chooser(self.advice, role_names(), address, badge, level=2)
        return [nodes.raw("", f'{body}<script src="{up}_static/chooser.js" defer></script>', format="html")]


class GuidanceHandouts(GuidancePages):
    """{guidance-handouts}: every briefing, infographic, workbook and workshop pack of this copy, with links."""

    def run(self) -> list[nodes.Node]:
        folder = Path(self.env.srcdir) / "book" / "_static" / HANDOUTS
        found = read_handouts(folder)
        if not found:
            return [paragraph("This copy was built without them: use make book.")]
        by = {(each.kind, each.role, each.audience): each for each in found}
        roles = ["", *dict.fromkeys(each.role for each in found if each.role in CASE_ROLES)]
        names = {"": "Every role", **{role: role_names()[role] for role in roles if role}}
        briefings: list[list[Cell]] = []
        for role in roles:
            links: list[Piece] = []
            for audience, said in {"": "All readers", **AUDIENCES}.items():
                if ("briefing", role, audience) in by:
                    links += [", "] * bool(links) + [
                        self._link(by["briefing", role, audience], said if not links else inside(said), names[role])
                    ]
            briefings.append([names[role], links or "none"])
        files: list[list[Cell]] = [
            [names[role], *([self._link(by.get((kind, role, "")), word, names[role])] for kind, word in _PACK.items())]
            for role in roles
        ]
        pictures: list[list[Cell]] = [
            [
                name,
                *(
                    [self._link(by.get((f"infographic {kind}", role, audience)), kind.upper(), name)]
                    for kind in ("svg", "png")
                ),
            ]
            for role, audience, name in [(role, "", names[role]) for role in roles if role]
            + [("", audience, said) for audience, said in AUDIENCES.items()]
        ]
        alone = by.get(("chooser", "", ""))
        return [
            section(
                "Briefings of one or two pages",
                paragraph("A briefing for each role, each reader, and each pair of them for which there is advice."),
                linked_table(["Role", "Briefing for"], briefings),
            ),
            section("Infographics of one page", linked_table(["For", "Vector", "Picture"], pictures)),
            section(
                "Workbooks and workshop packs",
                paragraph(
                    "The workbook scores what is in place, before and later. A pack has an agenda for ninety minutes, cards to print "
                    "and sort, a map of tasks to fill in, and slides that open in a browser."
                ),
                linked_table(["For", *(word for word in _HEADINGS)], files),
            ),
            section(
                "The chooser as one file",
                paragraph(
                    "To keep or to mail: ",
                    self._link(alone, "chooser.html", "the chooser"),
                    ". It asks nothing of any network.",
                ),
            ),
        ]

    def _link(self, each: Handout | None, word: str, about: str) -> nodes.Node:
        if each is None:
            return nodes.Text("none")
        up = "../" * self.env.docname.count("/")
        size = f"{each.bytes / 1000:,.0f} kB"
        link = nodes.reference("", word, internal=False, refuri=f"{up}_static/{HANDOUTS}/{each.path}")
        pages = f", {each.pages} page{'s' * (each.pages != 1)}" if each.pages else ""
        link["reftitle"] = f"{about}: {each.kind}{pages}, {size}"
        return link

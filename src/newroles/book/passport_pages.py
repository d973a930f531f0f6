"""Pages of roles written from data: a passport for each new role."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newroles.book.linked_nodes import (
    Cell,
    Piece,
    address_links,
    book_link,
    kind_badge,
    linked_table,
    paragraph,
    particulars_list,
    section,
    source_links,
    words,
)
from newroles.book.pages import folded
from newroles.book.passports import (
    GROUPS,
    borders,
    conflicts_about,
    kinds_of_change,
    names_over_time,
    national_numbers,
    particulars,
)
from newroles.book.role_sources import RoleSources, entry, standing
from newroles.book.study_pages import role_in_study, role_sources
from newroles.roles import Register, load_register

ROLES = "book/roles"
NOT_FOUND = "not found in the sources that we read"
SURENESS = (
    "The letter after a source says how sure we are: A read in the source itself, B read at second hand, C our inference. "
    "Where nothing stands behind a statement it comes from the register, whose sources close the page."
)
_STANDINGS = {
    "new": "A new role",
    "earlier wave": "New in the national programmes of 2004 to 2006, and not counted as new here",
    "existing": "An existing role",
}


def stubs(register: Register | None = None) -> dict[str, str]:
    """Which file belongs to each role that has a passport, and what does it hold?

    Returns file name to text, for the new roles of the register and those of the earlier wave; existing roles share one
    page. register: the project's, unless given.

    >>> sorted(stubs())[0], len(stubs())
    ('advanced_practitioner.md', 27)
    """
    known = load_register() if register is None else register
    return {
        f"{role}.md": f"# {known.name(role)}\n\n```{{role-passport}} {role}\n```\n"
        for role in known.ids
        if standing(role, known) != "existing"
    }


def write_stubs(folder: Path) -> list[Path]:
    """Write the page of each role that has a passport into a folder (book/roles); returns the files."""
    written = []
    for name, text in stubs().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


class RolePages(SphinxDirective):
    """What the directives about roles share: the sources, and links from one role to another."""

    @property
    def sources(self) -> RoleSources:
        return role_sources(self.env.app)

    def role_link(self, role: str, text: str = "") -> nodes.Node:
        """A role's name, linked to its page where it has one."""
        text = text or self.sources.name(role)
        project = self.sources.project_register
        if role not in project.ids:
            return nodes.Text(text)
        if standing(role, project) == "existing":
            return book_link(self, text, f"{ROLES}/existing", nodes.make_id(f"existing-{role}"))
        return book_link(self, text, f"{ROLES}/{role}")

    def border_rows(self, role: str) -> list[list[Cell]]:
        return [
            [
                [self.role_link(row["bordering"], row["name"])] if row["is_role"] else row["name"],
                words(row["ground"], "named in the register, no source for the pair"),
                source_links(row),
            ]
            for row in borders(role, self.sources).to_dict("records")
        ]


class RolePassport(RolePages):
    """{role-passport} ROLE: everything that the project knows of one role, and what the study says of it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        role, sources = self.arguments[0], self.sources
        if role not in sources.project_register.ids:
            raise self.error(f"The register has no role '{role}': write the pages anew with write_stubs.")
        register = sources.register_of(role)
        absent = "The register of this study doesn't have this role. What follows is from the project's own register."
        return [
            *([paragraph(absent)] if role not in sources.register.ids else []),
            paragraph(str(entry(role, register)["definition"])),
            self._box(role),
            paragraph(kind_badge("published"), SURENESS),
            section("Names over time", *self._names(role)),
            section("Kind of change", *self._kinds(role)),
            section("Boundaries", *self._boundaries(role)),
            section("Numbers", *self._numbers(role)),
            section("Evidence by who is affected", *self._evidence(role)),
            *self._conflicts(role),
            section("In the study", *role_in_study(self.env.app, role)),
            section("Guidance", guidance(role)),
            section("Sources of the register", *self._register_sources(role)),
        ]

    def _box(self, role: str) -> nodes.definition_list:
        sources = self.sources
        described = entry(role, sources.register_of(role))
        stands = _STANDINGS[standing(role, sources.register_of(role))]
        case = "; one of the eight roles of the New Roles study's case studies" if described.get("case_study") else ""
        kinds = kinds_of_change(role, sources).sort_values("primary", ascending=False, kind="stable")
        change = [f"{row['name']}{'' if row['primary'] == 'yes' else ' (also)'}" for row in kinds.to_dict("records")]
        fields: list[tuple[str, Sequence[Cell]]] = [
            ("Standing", [stands + case]),
            ("Family", [str(described["family"]).replace("_", " ").capitalize()]),
            ("Kind of change", ["; ".join(change) or "not coded: no published description was read"]),
        ]
        for heading, said in particulars(role, sources).groupby("heading", sort=False):
            fields.append((str(heading), [_with_source(row) for row in said.to_dict("records")]))
        beside = borders(role, sources)
        links: list[Piece] = []
        for row in beside[beside["is_role"]].to_dict("records"):
            links += [", "] * bool(links) + [self.role_link(row["bordering"])]
        fields.append(("Borders on", [links or [nodes.emphasis("", NOT_FOUND)]]))
        return particulars_list(fields, "nr-passport")

    def _names(self, role: str) -> list[nodes.Node]:
        rows: list[list[Cell]] = [
            [
                row["title"],
                row["kind"],
                in_use(row),
                [words(row["remark"]), *([". "] if words(row["remark"]) else []), *source_links(row)],
            ]
            for row in names_over_time(role, self.sources).to_dict("records")
        ]
        return [linked_table(["Title", "Kind", "In use", "Remark and source"], rows)]

    def _kinds(self, role: str) -> list[nodes.Node]:
        book = book_link(self, "Our codebook of skill-mix change", "book/codebooks/skill_mix_change")
        kinds = kinds_of_change(role, self.sources)
        if kinds.empty:
            return [paragraph(book, " was not applied to this role: no published description of it was read.")]
        rows: list[list[Cell]] = [
            [row["name"], "primary" if row["primary"] == "yes" else "also", row["reason"], source_links(row)]
            for row in kinds.to_dict("records")
        ]
        return [
            paragraph(book, " has the definitions. One reader coded; every code is our inference."),
            linked_table(["Kind", "Rank", "Reason", "Source of the description"], rows),
        ]

    def _boundaries(self, role: str) -> list[nodes.Node]:
        rows = self.border_rows(role)
        if not rows:
            return [paragraph(f"Bordering roles were {NOT_FOUND}.")]
        return [
            linked_table(["Borders on", "What a source says of the pair", "Source"], rows),
            paragraph("No published figure says how strong any of these borders is.", classes=["nr-note"]),
        ]

    def _numbers(self, role: str) -> list[nodes.Node]:
        numbers = national_numbers(role, self.sources.published("role_figures"))
        rows: list[list[Cell]] = [
            [
                row["what"][:1].upper() + row["what"][1:],
                f"{row['number']} {row['unit']}".strip(),
                words(row["when"], "undated"),
                ", ".join(part for part in (words(row["scope"]), words(row["place"])) if part),
                [words(row["note"]), *([". "] if words(row["note"]) else []), *source_links(row)],
            ]
            for row in numbers.to_dict("records")
        ]
        shown: list[nodes.Node] = [paragraph(kind_badge("published"), f"National numbers were {NOT_FOUND}.")]
        if rows:
            note = "Compare only numbers with the same unit and scope."
            headings = ["What", "Number", "When", "Scope and place", "Remark and source"]
            shown = [linked_table(headings, rows), paragraph(kind_badge("published"), note)]
        return [*shown, *self._open_numbers(role)]

    def _open_numbers(self, role: str) -> list[nodes.Node]:
        adverts, names = self.sources.open("job_adverts"), self.sources.open("official_role_names")
        said = []
        for row in adverts[adverts["role"] == role].to_dict("records"):
            caution = f" {row['caution']}" if words(row["caution"]) else ""
            said.append(
                f"Of {row['adverts']:,} NHS job adverts of {row['month']}, {row['titled']:,} "
                f"{'has' if row['titled'] == 1 else 'have'} the role in the title ({row['titled_per_1000']:.1f} in 1,000; 95% "
                f"interval {row['titled_low']:.1f} to {row['titled_high']:.1f}) and {row['described']:,} in the "
                f"description.{caution}"
            )
        for row in names[names["role"] == role].to_dict("records"):
            said.append(
                f"The official list of job role names of September 2021 has it as {row['official_name']}."
                if row["on_list"]
                else "The official list of job role names of September 2021 doesn't have it."
            )
        where = book_link(self, "Data catalogue", "book/data_catalogue", "table-job-adverts")
        return [paragraph(kind_badge("open"), f"{' '.join(said)} Source: ", where, ".")] if said else []

    def _evidence(self, role: str) -> list[nodes.Node]:
        found = self.sources.published("role_evidence")
        found, out = found[found["role"] == role], []
        for group, title in GROUPS.items():
            of_group = found[found["group"] == group]
            content: nodes.Node = paragraph("We looked in the sources of this book and found nothing.")
            if len(of_group):
                rows = [evidence_row(row) for row in of_group.to_dict("records")]
                content = linked_table(["What the source says", "Kind of study", "Source"], rows)
            out.append(section(title, content, anchor=f"evidence-{group}"))
        sizes = self.sources.published("evidence_numbers")
        sizes = sizes[sizes["role"] == role]
        if len(sizes):
            lines: list[list[Cell]] = [
                [
                    f"{row['study']}{', ' + row['year'] if words(row['year']) else ''}",
                    row["what_it_counts"],
                    size_text(row),
                    source_links(row),
                ]
                for row in sizes.astype({"year": "str"}).to_dict("records")
            ]
            table = linked_table(["Study", "What it counts", "Number", "Source"], lines)
            out += folded(
                f"How large these studies are ({len(lines)} number{'' if len(lines) == 1 else 's'})", table[0]
            )
        general = book_link(self, "the page of all roles", f"{ROLES}/index", "evidence-about-new-roles-in-general")
        return [*out, paragraph("Findings about new roles in general stand on ", general, ".")]

    def _conflicts(self, role: str) -> list[nodes.Node]:
        conflicts = conflicts_about(role, self.sources)
        if conflicts.empty:
            return []
        rows: list[list[Cell]] = [
            [
                [f"{row['claim_a']}. ", *source_links(row, "_a")],
                [f"{row['claim_b']}. ", *source_links(row, "_b")],
                f"{row['we_use']}. {row['why']}.",
            ]
            for row in conflicts.drop(columns="confidence").to_dict("records")
        ]
        return [section("Where sources disagree", linked_table(["One source", "Another", "We use, and why"], rows))]

    def _register_sources(self, role: str) -> list[nodes.Node]:
        register = self.sources.register_of(role)
        described = entry(role, register)
        links = address_links(list(map(str, described["sources"])), self.sources.source_names)
        note = words(described.get("note"))
        in_register = book_link(self, register.title, "book/register", nodes.make_id(f"roles-{role}"))
        return [
            paragraph(
                in_register,
                f", version {register.version}; confidence {words(described.get('confidence'), 'not stated')}. ",
                note,
            ),
            paragraph(*links) if links else paragraph("The register names no source for this role."),
        ]


def guidance(role: str) -> nodes.paragraph:
    """What the book advises about a role."""
    return paragraph("No guidance on this role has been written yet.")


def in_use(row: dict[Any, Any]) -> str:
    """From when to when a title was in use, as far as known.

    >>> in_use({"valid_from": "2003", "valid_to": "2014"}), in_use({"valid_from": None, "valid_to": None})
    ('2003 to 2014', 'not dated')
    """
    start, end = words(row["valid_from"]), words(row["valid_to"])
    return f"{start} to {end}" if start and end else f"from {start}" if start else f"to {end}" if end else "not dated"


def evidence_row(row: dict[Any, Any]) -> list[Cell]:
    """One finding as a line of a table: what, how it was found, where."""
    size = "; " + f"{words(row['qualifier'])} {row['n']:,} {row['n_of']}".strip() if words(row["n"]) else ""
    year = f"; {row['year']}" if words(row["year"]) else ""
    design = str(row["design"])
    return [row["finding"], design[:1].upper() + design[1:] + size + year, source_links(row)]


def size_text(row: dict[Any, Any]) -> str:
    """The size of a study with the source's hedge and unit; shares in per cent."""
    number = f"{row['value']:.0%}" if row["unit"] == "share" else f"{row['value']:,.0f} {row['unit']}"
    return f"{words(row['qualifier'])} {number}".strip()


def _with_source(row: dict[Any, Any]) -> list[Piece]:
    links = source_links(row)
    text = words(row["text"])
    return [text, *([" · "] if links else []), *links] if text else [nodes.emphasis("", NOT_FOUND)]

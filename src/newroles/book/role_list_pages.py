"""Pages that list roles, written from data: the existing roles that new ones border on, and a table of all."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from docutils import nodes

from newroles.book.linked_nodes import Cell, kind_badge, linked_table, paragraph, particulars_list, section, words
from newroles.book.passport_pages import SURENESS, RolePages, evidence_row
from newroles.book.passports import GROUPS, names_over_time, role_index
from newroles.book.role_sources import entry, standing


class ExistingRoles(RolePages):
    """{existing-roles}: the existing roles of the register, their names, and the new roles that border on them."""

    def run(self) -> list[nodes.Node]:
        register, out = self.sources.project_register, []
        for role in [role for role in register.ids if standing(role, register) == "existing"]:
            described = entry(role, register)
            titles = dict.fromkeys(names_over_time(role, self.sources)["title"])
            names = [title for title in titles if title != register.name(role)]
            rows = self.border_rows(role)
            table = linked_table(["New or bordering role", "What a source says of the pair", "Source"], rows)
            out.append(
                section(
                    register.name(role),
                    paragraph(str(described["definition"])),
                    paragraph(f"Also called: {', '.join(names)}.") if names else paragraph("No other names."),
                    table if rows else paragraph("No role of the register borders on it."),
                    anchor=f"existing-{role}",
                )
            )
        return out


class RoleIndex(RolePages):
    """{role-index}: every role of the register in force, what is known of each, and findings about new roles in general."""

    def run(self) -> list[nodes.Node]:
        table, sources = role_index(self.sources), self.sources
        rows: list[list[Cell]] = [
            [
                [self.role_link(row["role"])],
                row["family"],
                f"{row['standing']}{', case study' if row['case_study'] else ''}",
                words(row["kinds"], "not coded"),
                _known(row["numbers"], row["evidence"]),
            ]
            for row in table.to_dict("records")
        ]
        headings = ["Role", "Family", "Standing", "Kind of change", "What is known"]
        out: list[nodes.Node] = [linked_table(headings, rows), *self._own(table)]
        general = sources.published("role_evidence")
        general = general[general["role"] == "cross_role"]
        lines = [[GROUPS[row["group"]], *evidence_row(row)] for row in general.to_dict("records")]
        found = linked_table(["About", "What the source says", "Kind of study", "Source"], lines)
        return [
            *out,
            section("Evidence about new roles in general", paragraph(kind_badge("published"), SURENESS), found),
        ]

    def _own(self, table: pd.DataFrame) -> list[nodes.Node]:
        """Roles that only the study's own register has: what it says of each."""
        register = self.sources.register
        own = [role for role in register.ids if role not in self.sources.project_register.ids]
        if not self.sources.own_register:
            return []
        said = f"The table is that of the study's own register ({register.title}, version {register.version})."
        if not own:
            return [paragraph(said)]
        fields: list[tuple[str, Sequence[Cell]]] = [
            (register.name(role), [words(entry(role, register).get("definition"), "no definition")]) for role in own
        ]
        title = "Roles that only the study's register has"
        return [paragraph(said), section(title, particulars_list(fields), anchor="own-roles")]


def _known(numbers: int, findings: int) -> str:
    counted = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in ((numbers, "number"), (findings, "finding")) if n]
    return ", ".join(counted) or "nothing found"

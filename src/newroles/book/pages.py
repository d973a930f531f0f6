"""Pages written from data: the data catalogue, the data dictionary, a codebook, the page about the run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newroles import datasets
from newroles.coding.codebooks import codebook_tree, load_crosswalk
from newroles.datasets.places import project_folder


def data_table(headings: list[str], rows: list[list[str]], classes: str = "") -> nodes.table:
    group = nodes.tgroup("", cols=len(headings))
    group += [nodes.colspec("", colwidth=1) for _ in headings]
    head, body = nodes.thead(), nodes.tbody()

    def line(cells: list[str]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", cell)) for cell in cells))

    head += line(headings)
    body += [line(cells) for cells in rows]
    group += [head, body]
    return nodes.table("", group, classes=["nr-data", *classes.split()])


def folded(summary: str, table: nodes.table) -> list[nodes.Node]:
    """A table behind its summary: there for search, print and those who want it."""
    return [
        nodes.raw("", f'<details class="nr-folded"><summary>{summary}</summary>', format="html"),
        nodes.container("", table, classes=["nr-scroll"]),
        nodes.raw("", "</details>", format="html"),
    ]


def _field(name: str, *value: nodes.Node) -> nodes.definition_list_item:
    return nodes.definition_list_item("", nodes.term("", name), nodes.definition("", nodes.paragraph("", "", *value)))


def _linked(text: str) -> list[nodes.Node]:
    """A text with its addresses as links and its `code` as code."""

    def node(part: str) -> nodes.Node:
        if part.startswith("http"):
            return nodes.reference("", part, refuri=part)
        return nodes.literal("", part[1:-1]) if part.startswith("`") else nodes.Text(part)

    return [node(part) for part in re.split(r"(https?://[^\s;,]+|`[^`]+`)", text) if part]


class DataCatalogue(SphinxDirective):
    """Every table of one kind, written from the record beside it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        out: list[nodes.Node] = []
        for name in datasets.list_tables(self.arguments[0]):
            record = datasets.load_record(self.arguments[0], name)
            section = nodes.section(
                "", nodes.title("", record.title), ids=[f"table-{name.replace('_', '-')}"], names=[name]
            )
            sources: list[nodes.Node] = []
            for source in record.source:
                sources += [nodes.Text("; ")] * bool(sources) + [nodes.Text(f"{source.get('name', '')} ")]
                sources += _linked(
                    str(source.get("url") or (f"https://doi.org/{source['doi']}" if source.get("doi") else ""))
                )
            fields = [
                _field("Name", nodes.literal("", name), nodes.Text(f", {record.rows:,} rows")),
                _field("One row is", nodes.Text(record.one_row_is)),
                _field("Period and place", nodes.Text(f"{record.period}; {record.place}")),
                _field("Source", *sources),
                _field(
                    "Licence and attribution", nodes.Text(f"{record.licence.rstrip('.')}. {record.attribution or ''}")
                ),
                _field("Retrieved", nodes.Text(str(record.retrieved))),
                _field("Used by", nodes.Text(", ".join(record.used_by) or "no chapter yet")),
            ]
            section += nodes.definition_list("", *fields, classes=["nr-fields"])
            if record.known_problems:
                section += nodes.paragraph("", "Known problems")
                section += nodes.bullet_list(
                    "", *(nodes.list_item("", nodes.paragraph("", text)) for text in record.known_problems)
                )
            rows = [
                [c["name"], c["type"] + (f", {c['unit']}" if c["unit"] else ""), c["description"]]
                for c in record.columns.fillna("").to_dict("records")
            ]
            section += folded(f"Columns ({len(rows)})", data_table(["Column", "Type and unit", "What it holds"], rows))
            out.append(section)
        return out


class CodebookPage(SphinxDirective):
    """A whole codebook: what it is for, its changes, each code with all that is said of it, its crosswalk."""

    required_arguments = 1
    hidden = ("id", "name", "parent")

    def run(self) -> list[nodes.Node]:
        own = Path(os.environ.get("NEWROLES_CODEBOOKS", "")) / f"{self.arguments[0]}.yml"
        brought = "NEWROLES_CODEBOOKS" in os.environ and own.is_file()
        book = datasets.load_codebook(own if brought else self.arguments[0])
        facts = [_field("Version", nodes.Text(book.version)), _field("Licence", nodes.Text(book.licence))]
        facts += [
            _field(f"Change in {change['version']} ({change['date']})", *_linked(str(change["change"])))
            for change in book.changes.to_dict("records")
        ]
        own_book = "This is the study's own codebook, in place of the one that comes with the project."
        top: list[nodes.Node] = [
            *([nodes.paragraph("", own_book)] if brought else []),
            nodes.paragraph("", "", *_linked(book.about)),
            nodes.definition_list("", *facts, classes=["nr-fields"]),
        ]
        entries = {str(code["id"]): code for code in book.codes.to_dict("records")}
        sections: dict[str, nodes.section] = {}
        for row in codebook_tree(book).to_dict("records"):
            sections[row["code"]] = self._code(book.id, entries[row["code"]])
            parent = entries[row["code"]]["parent"]
            (top if parent is None or parent != parent else sections[str(parent)]).append(sections[row["code"]])
        return [*top, *_crosswalk(book)]

    def _code(self, book: str, code: dict[Any, Any]) -> nodes.section:
        anchor = nodes.make_id(f"{book}-{code['id']}")
        section = nodes.section("", nodes.title("", str(code["name"])), ids=[anchor], names=[anchor])
        said = [("Id", str(code["id"]))]
        said += [(str(key), text) for key, value in code.items() if key not in self.hidden and (text := _said(value))]
        fields = [_field(key.replace("_", " ").capitalize(), *_linked(text)) for key, text in said]
        section += nodes.definition_list("", *fields, classes=["nr-fields"])
        return section


def _crosswalk(book: datasets.Codebook) -> list[nodes.Node]:
    """How the codes of this book lie to those of others, if it says so."""
    if book.crosswalk.empty:
        return []
    rows = [
        [
            row["code_name"],
            f"{row['relation']}",
            f"{row['other_name']} ({row['other_book'].replace('_', ' ').title()})",
            row["reason"],
        ]
        for row in load_crosswalk(book).to_dict("records")
    ]
    section = nodes.section("", nodes.title("", "Crosswalk"), ids=["crosswalk"], names=["crosswalk"])
    section += nodes.paragraph(
        "",
        "How each code lies to the codes of other books: it is equal to the other, narrower or wider than it, or overlaps with it.",
    )
    section += nodes.container(
        "", data_table(["Our code", "is", "Published code", "Reason"], rows), classes=["nr-scroll"]
    )
    return [section]


def _said(value: Any) -> str:
    """A value of a codebook as a reader meets it; '' for a blank."""
    if isinstance(value, list):
        return "; ".join(_said(part) for part in value)
    if isinstance(value, dict):
        period = " to ".join(str(value[key]) for key in ("from", "to") if value.get(key))
        words = [str(part) for key, part in value.items() if key not in ("from", "to") and part]
        return ": ".join(words) + (
            f" ({'until ' if not value.get('from') and period else ''}{period})" if period else ""
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        ""
        if value is None or value != value
        else str(value).replace("_", " ")
        if str(value).isidentifier()
        else str(value)
    )


class RolesCoded(SphinxDirective):
    """{roles-coded}: which kind each role was coded as, why, and where the description stands."""

    def run(self) -> list[nodes.Node]:
        book, register = datasets.load_codebook("skill_mix_change"), datasets.load_codebook("roles")
        out: list[nodes.Node] = []
        for role, rows in datasets.load_published("role_type_codings").groupby("role", sort=False):
            anchor = nodes.make_id(f"coded-{role}")
            section = nodes.section("", nodes.title("", register.name(str(role))), ids=[anchor], names=[anchor])
            fields = []
            for row in rows.to_dict("records"):
                rank = "primary" if row["primary"] == "yes" else "also"
                said: list[nodes.Node] = [nodes.Text(f"{row['reason']} Source: ")]
                pairs = zip(row["source_name"].split("; "), row["source"].split("; "), strict=True)
                for i, (name, address) in enumerate(pairs):
                    said += [nodes.Text("; ")] * bool(i) + [nodes.reference("", name, refuri=address)]
                fields.append(_field(f"{book.name(row['code'])} ({rank})", *said))
            section += nodes.definition_list("", *fields, classes=["nr-fields"])
            out.append(section)
        return out


class DataDictionary(SphinxDirective):
    """Every table of a study folder and its columns, written from the schemas."""

    def run(self) -> list[nodes.Node]:
        dictionary = datasets.data_dictionary()
        out: list[nodes.Node] = []
        for table in dictionary["table"].unique():
            columns = dictionary[dictionary["table"] == table]
            section = nodes.section(
                "", nodes.title("", str(table)), ids=[f"study-{table}".replace("_", "-")], names=[f"study {table}"]
            )
            rows = [
                [str(row[name]) for name in ("column", "type", "required", "allowed", "description")]
                for row in columns.fillna("").to_dict("records")
            ]
            section += nodes.container(
                "", data_table(["Column", "Type", "Needed", "Allowed", "What it holds"], rows), classes=["nr-scroll"]
            )
            out.append(section)
        return out


class AboutRun(SphinxDirective):
    """What this copy of the book was made from."""

    def run(self) -> list[nodes.Node]:
        named = os.environ.get("NEWROLES_ABOUT_RUN")
        if not named or not Path(named).is_file():
            return [
                nodes.paragraph(
                    "", "This copy was built by Jupyter Book alone, so there is no record of a run: use make book."
                )
            ]
        about = json.loads(Path(named).read_text(encoding="utf-8"))
        study = about["study"]
        kind = {"invented": "invented, with a known truth"}.get(study["kind"], study["kind"])
        facts = [
            ["Made", about["made"]],
            ["Study", f"{study['title']} ({kind}); folder {study['folder']}"],
            ["Sources of the book", f"commit {about['commit'] or 'not known'}"],
            ["Python", about["python"]],
            ["Packages", ", ".join(f"{name} {version}" for name, version in about["packages"].items())],
            ["Warnings", "; ".join(about["warnings"]) or "none"],
            *[[f"Left out: {name}", reason] for name, reason in about["left_out"].items()],
            ["Cite as", _citation(about)],
        ]
        chapters = [[name, f"{seconds:.1f}"] for name, seconds in about["chapters"].items()]
        parameters = [
            [
                chapter,
                name,
                json.dumps(value),
                "changed for this run" if name in about["parameters_given"] else "as published",
            ]
            for chapter, values in about["parameters"].items()
            for name, value in values.items()
        ]
        inputs = [[name, sha256] for name, sha256 in about["inputs"].items()]
        rows = [[name, f"{count:,}"] for name, count in about["rows"].items()]
        parts = [
            ("This copy", ["What", "Value"], facts),
            ("Choices", ["Chapter", "Parameter", "Value", "Status"], parameters),
            ("Chapters executed", ["Chapter", "Seconds"], chapters),
            ("Tables of the study", ["Table", "Rows"], rows),
            ("Input files", ["File", "SHA-256"], inputs),
        ]
        out: list[nodes.Node] = []
        for title, headings, body in parts:
            section = nodes.section("", nodes.title("", title), ids=[nodes.make_id(title)], names=[title.lower()])
            section += nodes.container("", data_table(headings, body), classes=["nr-scroll"])
            out.append(section)
        return out


def _citation(about: dict[str, Any]) -> str:
    """How this copy is cited: who, what and which version, so that a reader finds the same one again."""
    cited = yaml.safe_load((project_folder() / "CITATION.cff").read_text(encoding="utf-8"))
    who = "; ".join(
        author.get("name") or f"{author['family-names']}, {author['given-names']}" for author in cited["authors"]
    )
    commit = f", commit {about['commit'][:10]}" if about["commit"] else ""
    return (
        f"{who} ({about['made'][:4]}). {cited['title']}. Version {cited['version']}{commit}. Made {about['made'][:10]}."
    )

"""What Jupyter Book needs to render this book offline and for everyone.

Maths become MathML at build time (no script, read aloud by screen readers); `{finding}` quotes a named number; directives write
the data catalogue, the data dictionary and the page about the run; the theme's accessibility gaps are mended in the built pages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from newroles import datasets
from newroles.datasets.places import project_folder
from newroles.errors import InputError, did_you_mean
from newroles.findings import PARTS, Finding, findings_folder, load_findings

logger = logging.getLogger(__name__)
ASSETS = Path(__file__).with_name("assets")


# Maths ---------------------------------------------------------------------------------------------------------------------


def inline_maths(self: Any, node: nodes.math) -> None:
    self.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def block_maths(self: Any, node: nodes.math_block) -> None:
    self.body.append(
        self.starttag(
            node, "div", CLASS="math notranslate nohighlight", tabindex="0", role="region", **{"aria-label": "Formula"}
        )
    )
    if node.get("number"):
        self.body.append(f'<span class="eqno">({node["number"]})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(tex2mathml(node.astext(), as_block=True) + "</div>")
    raise nodes.SkipNode


# Findings ------------------------------------------------------------------------------------------------------------------


class pending_finding(nodes.General, nodes.Inline, nodes.Element):
    """A number that is filled in once every chapter has been read."""


class FindingRole(SphinxRole):
    """{finding}`id` or {finding}`id.part`: part is value (default), low, high, interval, n or statement."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        name, _, part = self.text.partition(".")
        node = pending_finding(name=name, part=part or "value")
        self.set_source_info(node)
        return [node], []


class FillFindings(SphinxPostTransform):
    """Replace each pending finding by its number, linked to the figure that shows it."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        for node in list(self.document.findall(pending_finding)):
            node.replace_self(self._number(node))

    def _number(self, node: pending_finding) -> nodes.Node:
        found = _findings(self.app)
        name, part = node["name"], node["part"]
        if name not in found:
            logger.warning("no chapter recorded the finding '%s'. %s", name, did_you_mean(name, found), location=node)
            return nodes.problematic("", f"[{name}]")
        if part not in PARTS:
            logger.warning("a finding has no part '%s'. %s", part, did_you_mean(part, PARTS), location=node)
            return nodes.problematic("", f"[{name}.{part}]")
        finding = found[name]
        shown = nodes.inline("", finding.text(part), classes=["finding", f"finding-{finding.evidence_kind}"])
        address = self._figure(finding)
        if address is None:
            return shown
        return nodes.reference(
            "", "", shown, internal=True, refuri=address, reftitle=f"{finding.method}; table {finding.table}"
        )

    def _figure(self, finding: Finding) -> str | None:
        home = next((doc for doc in self.env.found_docs if doc.rsplit("/", 1)[-1] == finding.chapter), None)
        if home is None or not finding.figure:
            return None
        here = self.env.docname
        page = "" if home == here else self.app.builder.get_relative_uri(here, home)
        return f"{page}#fig-{finding.figure}"


def _findings(app: Sphinx) -> dict[str, Finding]:
    if not hasattr(app, "newroles_findings"):
        try:
            found = load_findings(findings_folder())
        except InputError as error:
            logger.warning("%s", error)
            found = {}
        app.newroles_findings = found  # type: ignore[attr-defined]
    return app.newroles_findings  # type: ignore[attr-defined]


# Pages written from data ---------------------------------------------------------------------------------------------------


def _table(headings: list[str], rows: list[list[str]], classes: str = "") -> nodes.table:
    group = nodes.tgroup("", cols=len(headings))
    group += [nodes.colspec("", colwidth=1) for _ in headings]
    head, body = nodes.thead(), nodes.tbody()

    def line(cells: list[str]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", cell)) for cell in cells))

    head += line(headings)
    body += [line(cells) for cells in rows]
    group += [head, body]
    return nodes.table("", group, classes=["nr-data", *classes.split()])


def _folded(summary: str, table: nodes.table) -> list[nodes.Node]:
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
            section += _folded(f"Columns ({len(rows)})", _table(["Column", "Type and unit", "What it holds"], rows))
            out.append(section)
        return out


class CodebookPage(SphinxDirective):
    """A whole codebook: what it is for, its changes, and each code with all that is said of it."""

    required_arguments = 1
    hidden = ("id", "name", "parent")

    def run(self) -> list[nodes.Node]:
        book = datasets.load_codebook(self.arguments[0])
        facts = [_field("Version", nodes.Text(book.version)), _field("Licence", nodes.Text(book.licence))]
        facts += [
            _field(f"Change in {change['version']} ({change['date']})", nodes.Text(str(change["change"])))
            for change in book.changes.to_dict("records")
        ]
        out: list[nodes.Node] = [
            nodes.paragraph("", "", *_linked(book.about)),
            nodes.definition_list("", *facts, classes=["nr-fields"]),
        ]
        for code in book.codes.to_dict("records"):
            anchor = nodes.make_id(f"{book.id}-{code['id']}")
            section = nodes.section("", nodes.title("", str(code["name"])), ids=[anchor], names=[anchor])
            said = [("Id", str(code["id"]))]
            said += [
                (str(key), text) for key, value in code.items() if key not in self.hidden and (text := _said(value))
            ]
            fields = [_field(key.replace("_", " ").capitalize(), *_linked(text)) for key, text in said]
            section += nodes.definition_list("", *fields, classes=["nr-fields"])
            out.append(section)
        return out


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
                "", _table(["Column", "Type", "Needed", "Allowed", "What it holds"], rows), classes=["nr-scroll"]
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
            section += nodes.container("", _table(headings, body), classes=["nr-scroll"])
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


# The theme -----------------------------------------------------------------------------------------------------------------


def without_thebe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Live code needs a server elsewhere; its scripts would only put an error on every page."""

    def unwanted(entry: Any) -> bool:
        inline = (getattr(entry, "attributes", None) or {}).get("body") or ""
        return "thebe" in str(getattr(entry, "filename", entry) or "").lower() or "THEBE" in inline

    for files in ("script_files", "css_files"):
        context[files] = [entry for entry in context.get(files, []) if not unwanted(entry)]


# opened from a folder, a page may not fetch others: search then lists its hits without an excerpt instead of failing on each
SEARCH_FROM_A_FOLDER = "if (location.protocol === 'file:') DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;"

MENDED = (
    # the name that is read aloud begins with the words that are seen (WCAG 2.5.3)
    (re.compile(r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"'), r"\1"),
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),
    (re.compile(r'(<i class="theme-switch [^>]*data-mode="\w+")\s+title="[^"]*"'), r'\1 aria-hidden="true"'),
    # the book's title belongs to a landmark
    (
        re.compile(r'<div class="sidebar-primary-items__start sidebar-primary__section">'),
        '<div class="sidebar-primary-items__start sidebar-primary__section" role="region" aria-label="Book navigation">',
    ),
    # the list of references is a list of list items (doc-biblioentry is deprecated)
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    # tables that scroll sideways can be reached by keyboard (WCAG 2.1.1)
    (
        re.compile(r'<div class="nr-scroll docutils container">'),
        '<div class="nr-scroll" role="region" tabindex="0" aria-label="Table">',
    ),
)


def mend_pages(app: Sphinx, failure: Exception | None) -> None:
    if failure or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in out.rglob("*.html"):
        text = before = path.read_text(encoding="utf-8")
        for pattern, instead in MENDED:
            text = pattern.sub(instead, text)
        if text != before:
            path.write_text(text, encoding="utf-8")
    for source_map in (out / "_static").rglob("*.map"):  # a third of the site's size, for nobody who reads it
        source_map.unlink()
    for style in sorted(ASSETS.glob("*.css")):
        shutil.copy(style, out / "_static" / style.name)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (inline_maths, None), (block_maths, None))
    app.add_role("finding", FindingRole())
    app.add_node(pending_finding)
    app.add_post_transform(FillFindings)
    app.add_directive("data-catalogue", DataCatalogue)
    app.add_directive("codebook", CodebookPage)
    app.add_directive("data-dictionary", DataDictionary)
    app.add_directive("about-run", AboutRun)
    app.add_css_file("book.css", priority=900)
    app.add_js_file(None, body=SEARCH_FROM_A_FOLDER, priority=600)
    app.add_css_file("newroles.css", priority=901)
    app.connect("html-page-context", without_thebe, priority=990)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}

"""What Jupyter Book needs to render this book offline and for everyone.

Maths become MathML at build time (no script, read aloud by screen readers); `{finding}` quotes a named number; the theme's
accessibility gaps are mended in the built pages. Directives that write pages from data are in `newroles.book.pages`.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from newroles.book.example_pages import PlantedTruth, StudyParameters
from newroles.book.guidance_evidence_pages import AdviceOnChapter, GuidanceEvidence
from newroles.book.guidance_handout_pages import GuidanceChooser, GuidanceHandouts
from newroles.book.guidance_pages import GuidanceCards
from newroles.book.pages import AboutRun, CodebookPage, DataCatalogue, DataDictionary, RolesCoded
from newroles.book.passport_pages import RolePassport
from newroles.book.role_list_pages import ExistingRoles, RoleIndex
from newroles.book.trust_type_pages import TrustType, TrustTypeIndex
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
    # the arrows that unfold the contents say what they do
    (
        re.compile(r'<summary>(?=<span class="toctree-toggle")'),
        '<summary aria-label="Show or hide the pages of this part">',
    ),
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
    for asset in (*ASSETS.glob("*.css"), *ASSETS.glob("*.js")):
        shutil.copy(asset, out / "_static" / asset.name)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_html_math_renderer("mathml", (inline_maths, None), (block_maths, None))
    app.add_role("finding", FindingRole())
    app.add_node(pending_finding)
    app.add_post_transform(FillFindings)
    app.add_post_transform(AdviceOnChapter)
    app.add_directive("data-catalogue", DataCatalogue)
    app.add_directive("codebook", CodebookPage)
    app.add_directive("data-dictionary", DataDictionary)
    app.add_directive("roles-coded", RolesCoded)
    app.add_directive("about-run", AboutRun)
    app.add_directive("role-passport", RolePassport)
    app.add_directive("existing-roles", ExistingRoles)
    app.add_directive("role-index", RoleIndex)
    app.add_directive("trust-type", TrustType)
    app.add_directive("trust-types", TrustTypeIndex)
    app.add_directive("guidance-cards", GuidanceCards)
    app.add_directive("guidance-evidence", GuidanceEvidence)
    app.add_directive("guidance-chooser", GuidanceChooser)
    app.add_directive("guidance-handouts", GuidanceHandouts)
    app.add_directive("study-parameters", StudyParameters)
    app.add_directive("planted-truth", PlantedTruth)
    app.add_css_file("book.css", priority=900)
    app.add_js_file(None, body=SEARCH_FROM_A_FOLDER, priority=600)
    app.add_css_file("newroles.css", priority=901)
    app.add_css_file("chooser.css", priority=902)
    app.connect("html-page-context", without_thebe, priority=990)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": "1"}

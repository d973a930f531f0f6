"""Pieces of a page whose words are links: a table with sources, a list of particulars, a section, a link inside the book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pandas as pd
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from newroles.book.pages import data_table
from newroles.tables import badge

PUBLISHERS = {
    "api.parliament.uk": "Hansard",
    "babcp.com": "British Association for Behavioural and Cognitive Psychotherapies",
    "barnetcepn.org.uk": "Barnet Community Education Provider Network",
    "bps.org.uk": "British Psychological Society",
    "cypiapt.com": "CYP IAPT programme",
    "dauk.substack.com": "Doctors' Association UK",
    "devontraininghub.co.uk": "Devon Training Hub",
    "dokumen.tips": "Great expectations (a copy)",
    "eprints.ncl.ac.uk": "Newcastle University repository",
    "github.com/stochastictalk": "NHS job adverts, open data set",
    "healthbusinessuk.net": "Health Business",
    "healthcareers.nhs.uk": "NHS Health Careers",
    "healthjobs.bmj.com": "BMJ Careers",
    "hee.nhs.uk": "Health Education England",
    "instituteforapprenticeships.org": "Institute for Apprenticeships",
    "jobs.nhs.uk": "NHS Jobs, an advert",
    "managementinpractice.com": "Management in Practice",
    "ncltraininghub.org": "North Central London Training Hub",
    "nhscareers.nhs.uk": "NHS Careers",
    "northantstraininghub.nhs.uk": "Northamptonshire Training Hub",
    "prospects.ac.uk": "Prospects",
    "vdocuments.us": "Competence framework for mental health peer support workers (a copy)",
}
"""Who publishes a site, or, for copies of documents, what stands there: for sources that no published table names."""

Piece: TypeAlias = str | nodes.Node
Cell: TypeAlias = str | Sequence[Piece]


def pieces(cell: Cell) -> list[nodes.Node]:
    """Words and links as nodes."""
    parts = [cell] if isinstance(cell, str) else cell
    return [nodes.Text(part) if isinstance(part, str) else part for part in parts]


def paragraph(*words: Piece, classes: Sequence[str] = ()) -> nodes.paragraph:
    """One paragraph of words and links."""
    return nodes.paragraph("", "", *pieces(words), classes=list(classes))


def linked_table(headings: list[str], rows: Sequence[Sequence[Cell]], classes: str = "") -> nodes.container:
    """A table whose cells may hold links; it scrolls sideways where it must."""
    table = data_table(headings, [["" for _ in row] for row in rows], classes)
    entries = [entry for row in table.findall(nodes.row) for entry in row.children][len(headings) :]
    for entry, cell in zip(entries, [cell for row in rows for cell in row], strict=True):
        entry[0].children.clear()
        entry[0].extend(pieces(cell))
    return nodes.container("", table, classes=["nr-scroll"])


def particulars_list(fields: Sequence[tuple[str, Sequence[Cell]]], classes: str = "") -> nodes.definition_list:
    """Headings, each with what is said of it; several statements are several paragraphs."""
    items = [
        nodes.definition_list_item(
            "",
            nodes.term("", heading),
            nodes.definition("", *(nodes.paragraph("", "", *pieces(cell)) for cell in said)),
        )
        for heading, said in fields
    ]
    return nodes.definition_list("", *items, classes=["nr-fields", *classes.split()])


def section(title: str, *content: nodes.Node, anchor: str = "") -> nodes.section:
    """A section of the page under its heading."""
    name = nodes.make_id(anchor or title)
    return nodes.section("", nodes.title("", title), *content, ids=[name], names=[name])


def kind_badge(kind: str) -> nodes.raw:
    """The badge of a kind of evidence, to stand in a paragraph."""
    return nodes.raw("", badge(kind) + " ", format="html")


def source_links(row: Any, side: str = "") -> list[Piece]:
    """A row's sources as links under their short names, and how sure the row is; nothing where it names none."""
    addresses, names = row.get(f"source{side}"), row.get(f"source_name{side}")
    if not isinstance(addresses, str):
        return []
    links: list[Piece] = []
    for address, name in zip(addresses.split("; "), names.split("; "), strict=True):
        links += ["; "] * bool(links) + [nodes.reference("", name, refuri=address)]
    sure = row.get("confidence")
    return [*links, f" ({sure})"] if isinstance(sure, str) else links


def address_links(addresses: Sequence[str], names: dict[str, str]) -> list[Piece]:
    """Addresses as links, under the short name that a table gives them, else the publisher's (see `publisher`)."""
    links: list[Piece] = []
    for address in addresses:
        links += ["; "] * bool(links) + [nodes.reference("", names.get(address) or publisher(address), refuri=address)]
    return links


def publisher(address: str) -> str:
    """Who publishes what stands at an address: the name, the identifier of an article, or else the site.

    >>> publisher("https://www.bps.org.uk/wider-psychological-workforce"), publisher("https://doi.org/10.1000/182")
    ('British Psychological Society', 'doi:10.1000/182')
    """
    parts = urlsplit(address)
    site = parts.netloc.lower().removeprefix("www.")
    if site in ("doi.org", "dx.doi.org"):
        return f"doi:{parts.path.lstrip('/')}"
    of_one = f"{site}/{parts.path.strip('/').split('/')[0]}"
    return PUBLISHERS.get(of_one) or PUBLISHERS.get(site) or site


def book_link(directive: SphinxDirective | SphinxPostTransform, text: str, page: str, anchor: str = "") -> nodes.Node:
    """A link to another page of the book; the bare words where this copy of the book doesn't have the page."""
    here = directive.env.docname
    if page not in directive.env.found_docs:
        return nodes.Text(text)
    address = "" if page == here else directive.env.app.builder.get_relative_uri(here, page)
    if page == here and not anchor:
        return nodes.Text(text)
    return nodes.reference("", text, internal=True, refuri=address + (f"#{anchor}" if anchor else ""))


def words(value: Any, blank: str = "") -> str:
    """A cell in words; `blank` for one that is empty."""
    return blank if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) or value == "" else str(value)

"""Pieces of a page whose words are links: a table with sources, a list of particulars, a section, a link inside the book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pandas as pd
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from newroles.book.pages import data_table
from newroles.tables import badge

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
    """Addresses as links, under the short name that a table gives them or else the site's name."""
    links: list[Piece] = []
    for address in addresses:
        site = urlsplit(address).netloc.removeprefix("www.")
        links += ["; "] * bool(links) + [nodes.reference("", names.get(address, site), refuri=address)]
    return links


def book_link(directive: SphinxDirective, text: str, page: str, anchor: str = "") -> nodes.Node:
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

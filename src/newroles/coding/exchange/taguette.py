"""Reading projects of Taguette."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from html import unescape
from pathlib import Path
from typing import Any

from newroles.coding.exchange.code_tree import CodeNode, code_rows
from newroles.coding.exchange.databases import Database, filled_text, iso_time, whole_number
from newroles.coding.exchange.positions import BYTES, Ruler, Selection, refuse_long_extracts, squeeze
from newroles.coding.exchange.project import Labels, QualitativeProject, Report, build_project, derived_guid
from newroles.errors import InputError

_NEEDED = {
    "projects": ("id", "name"),
    "documents": ("id", "name", "project_id", "contents"),
    "tags": ("id", "project_id", "path"),
    "highlights": ("id", "document_id", "start_offset", "end_offset"),
    "highlight_tags": ("highlight_id", "tag_id"),
}
_TAG = re.compile(r"<!--|</?[A-Za-z][^\s/>]*|<[!?]")
_TAG_MARK = re.compile("[>\"']")


def read_taguette(path: str | Path, project: str | int | None = None) -> QualitativeProject:
    """Which tags, documents and highlights does this Taguette project hold, and what does the import leave behind?

    Takes the path of an SQLite database: a project as Taguette exports it, or the database of an installation, and, when that
    holds several projects, the name or number of the one wanted. The file is opened for reading only.

    Returns a QualitativeProject. Taguette counts the UTF-8 bytes of the document's text without its HTML tags; positions are
    translated to code points of that text (paragraphs follow each other as there, without a line end of their own) and checked
    against the snippets it keeps. A tag "a.b" stands under the tag "a" when there is one, otherwise its name keeps the dot. The
    coder is the user whose change gave the highlight the tag, to judge by the project's history; blank when that is lost.

    Raises InputError when the file is no Taguette database, or holds several projects and none was chosen.

    >>> read_taguette("nowhere.sqlite3")
    Traceback (most recent call last):
      ...
    newroles.errors.InputError: nowhere.sqlite3 can't be read: No such file or directory.

    Source: the database itself, as Taguette creates it (github.com/remram44/taguette, versions 0.1 to 1.5).
    """
    with Database(Path(path), "Taguette") as database:
        database.require(_NEEDED)
        if "commands" in database.tables:
            database.require({"commands": ("project_id", "payload")})
        return _Reader(database, _choose_project(database, project)).project()


def _choose_project(database: Database, wanted: str | int | None) -> dict[str, Any]:
    projects = database.rows("projects", "id")
    found = [row for row in projects if wanted is None or wanted in (row["id"], row["name"])]
    if len(found) == 1:
        return found[0]
    listing = ", ".join(f"{row['id']}: '{row['name']}'" for row in projects) or "none"
    asked = "holds" if wanted is None else f"has {len(found)} projects called '{wanted}'; it holds"
    raise InputError(f"{database.path.name} {asked} these projects: {listing}. Name one by its number: project=1.")


class _Reader:
    def __init__(self, database: Database, row: dict[str, Any]) -> None:
        self.database, self.row, self.report = database, row, Report()

    def project(self) -> QualitativeProject:
        tags = self._own("tags")
        codes, paths = code_rows(_nodes(tags), self.report)
        history = _History(self._own("commands"))
        documents, codings = self._documents(paths, history)
        coders = dict.fromkeys(row["coder"] for row in codings if row["coder"])
        rows: dict[str, list[dict[str, Any]]] = {
            "codes": codes,
            "documents": documents,
            "codings": codings,
            "users": [{"user": c, "name": c, "guid": derived_guid("User", c), "id": c} for c in coders],
        }
        self.report.lose("description of the project", count=int(filled_text(self.row.get("description")) is not None))
        return build_project(str(self.row["name"]), "Taguette", rows | self.report.rows())

    def _own(self, table: str) -> list[dict[str, Any]]:
        return [row for row in self.database.rows(table, "id") if row["project_id"] == self.row["id"]]

    def _documents(
        self, paths: dict[Hashable, str], history: _History
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        rows = self._own("documents")
        labels = Labels(str(row["name"]) for row in rows)
        highlights: dict[Any, list[dict[str, Any]]] = {}
        for row in self.database.rows("highlights", "start_offset"):
            highlights.setdefault(row["document_id"], []).append(row)
        tags: dict[Any, list[Any]] = {}
        for row in self.database.rows("highlight_tags", "tag_id"):
            tags.setdefault(row["highlight_id"], []).append(row["tag_id"])
        documents, codings = [], []
        for row in rows:
            name, own = labels.label(str(row["name"])), highlights.get(row["id"], [])
            text = self._text(str(row["contents"] or ""), own, name)
            documents.append(
                {
                    "document": name,
                    "name": str(row["name"]),
                    "guid": derived_guid("Taguette", "document", row["id"], row["name"]),
                    "kind": "text",
                    "text": text,
                    "description": filled_text(row.get("description")),
                }
            )
            self.report.lose("formatted version of a text", name)
            refuse_long_extracts(text, [_selection(h) for h in own], [len(tags.get(h["id"], [])) for h in own])
            ruler = Ruler(text, BYTES)
            for highlight in own:
                given = tags.get(highlight["id"], [])
                span = ruler.span(_selection(highlight))
                if span is None:
                    what = "coding whose positions lie outside the text or inside a character"
                    self.report.lose(what, name, len(given))
                    continue
                self.report.lose("extract without a code", name, int(not given))
                selection = derived_guid("Taguette", "highlight", highlight["id"], name, span)
                for tag in given:
                    if tag not in paths:
                        self.report.lose("coding with a tag that isn't in the project", name)
                        continue
                    coder, when = history.giver(highlight["id"], tag)
                    codings.append(
                        {
                            "document": name,
                            "start": span[0],
                            "end": span[1],
                            "code": paths[tag],
                            "coder": coder,
                            "text": text[slice(*span)],
                            "value": 1.0,
                            "coded_at": when,
                            "guid": derived_guid("Taguette", "coding", selection, paths[tag]),
                            "selection": selection,
                        }
                    )
        return documents, codings

    def _text(self, contents: str, highlights: list[dict[str, Any]], name: str) -> str:
        """The text as Taguette counts it; white space before it counts or not, whichever agrees with more of the snippets."""
        whole = _plain(contents)
        best, agree = whole.lstrip(" \t\n\f"), -1
        quoted = [(_selection(h), squeeze(_plain(str(h["snippet"])))) for h in highlights if h.get("snippet")]
        for text in dict.fromkeys([best, whole]):
            ruler = Ruler(text, BYTES)
            spans = [(ruler.span(selection), words) for selection, words in quoted]
            matches = sum(span is not None and squeeze(text[slice(*span)]) == words for span, words in spans)
            if matches > agree:
                best, agree = text, matches
        if agree < len(quoted):
            self.report.note(name, f"only {agree} of {len(quoted)} extracts equal the snippets that Taguette keeps")
        return best


class _History:
    """Who gave which tag to which highlight, from the project's list of commands."""

    def __init__(self, commands: list[dict[str, Any]]) -> None:
        self._given: dict[Any, dict[Any, tuple[str | None, str | None]]] = {}
        self._last: dict[Any, tuple[str | None, str | None]] = {}
        for command in commands:
            try:
                payload = json.loads(command["payload"])
            except (TypeError, ValueError, RecursionError):
                continue
            if not isinstance(payload, dict) or payload.get("type") != "highlight_add":
                continue
            highlight, tags = whole_number(payload.get("highlight_id", payload.get("id"))), payload.get("tags")
            if highlight is None or not isinstance(tags, list):
                continue
            who = (filled_text(command.get("user_login")), iso_time(command.get("date")))
            before = self._given.get(highlight, {})
            kept = {whole_number(tag) for tag in tags}
            self._given[highlight] = {tag: before.get(tag, who) for tag in kept}
            self._last[highlight] = who

    def giver(self, highlight: object, tag: object) -> tuple[str | None, str | None]:
        """The user who gave the tag and when; after a merge of tags, the last who touched the highlight; blank when unknown."""
        return self._given.get(highlight, {}).get(tag) or self._last.get(highlight) or (None, None)


def _plain(html: str) -> str:
    """The text of HTML as a browser holds it: without tags and comments, line ends as \\n, the first one after <pre> dropped.

    One pass, so that no input takes long.
    """
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    parts: list[str] = []
    at = 0
    while at < len(html):
        opening = _TAG.search(html, at)
        parts.append(unescape(html[at : opening.start() if opening else len(html)]))
        if opening is None:
            break
        at = _end_of_tag(html, opening.end())
        if opening[0].lower() == "<pre" and html.startswith("\n", at):
            at += 1
    return "".join(parts)


def _end_of_tag(html: str, at: int) -> int:
    """The position after the tag or comment whose beginning ends here; the end of the text when it never closes."""
    if html.startswith("<!--", at - 4):
        closing = html.find("-->", at)
        return len(html) if closing < 0 else closing + 3
    while found := _TAG_MARK.search(html, at):
        if found[0] == ">":
            return found.end()
        closing = html.find(found[0], found.end())
        if closing < 0:
            break
        at = closing + 1
    return len(html)


def _selection(highlight: dict[str, Any]) -> Selection:
    ends = [whole_number(highlight[key]) for key in ("start_offset", "end_offset")]
    start, end = (-1 if number is None else number for number in ends)
    return Selection(start, end)


def _nodes(tags: list[dict[str, Any]]) -> list[CodeNode]:
    by_path = {str(tag["path"]): tag["id"] for tag in tags}
    nodes = []
    for tag in tags:
        path, parent = str(tag["path"]), tag.get("parent_id")
        name = path
        if parent is None:
            cuts = [
                n for n, character in enumerate(path) if character == "." and path[:n] in by_path and n + 1 < len(path)
            ]
            if cuts:
                parent, name = by_path[path[: cuts[-1]]], path[cuts[-1] + 1 :]
        guid = derived_guid("Taguette", "tag", path)
        nodes.append(CodeNode(tag["id"], name, parent, filled_text(tag.get("description")), guid=guid))
    return nodes

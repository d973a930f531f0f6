"""Reading projects of QualCoder."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

from newroles.coding.exchange.code_tree import CodeNode, code_rows
from newroles.coding.exchange.databases import Database, filled_text, iso_time, whole_number
from newroles.coding.exchange.positions import AS_STORED, Ruler, Selection, choose_way, refuse_long_extracts
from newroles.coding.exchange.project import Labels, QualitativeProject, Report, build_project, derived_guid
from newroles.errors import InputError

_NEEDED = {
    "source": ("id", "name", "fulltext"),
    "code_name": ("cid", "name"),
    "code_text": ("cid", "fid", "pos0", "pos1", "owner"),
}
_NEEDED_IF_THERE = {
    "code_cat": ("catid", "name"),
    "cases": ("caseid", "name"),
    "case_text": ("caseid", "fid", "pos0", "pos1"),
    "attribute_type": ("name",),
    "attribute": ("name", "attr_type", "value", "id"),
    "coder_names": ("name",),
}
_LOST_TABLES = {
    "code_image": ("imid", "coding of a region of a picture or page"),
    "code_av": ("avid", "coding of a stretch of sound or video"),
    "annotation": ("anid", "annotation"),
    "journal": ("jid", "journal entry"),
    "graph": ("grid", "graph"),
}
_TYPES = {"numeric": "Float", "character": "Text"}


def read_qualcoder(path: str | Path) -> QualitativeProject:
    """Which codes, documents and codings does this QualCoder project hold, and what does the import leave behind?

    Takes the path of the project's folder (its name ends in .qda) or of the database data.qda in it. Versions of the database
    from v1 to v17 are read: columns that an older one lacks are blank. The file is opened for reading only; QualCoder must be
    closed.

    Returns a QualitativeProject. Categories are codes that can't be given (codable is false), a code under a category has the
    path "category/code"; a coder is the owner of a coding; a case has the documents that are linked to it as a whole. Positions
    are checked against the text that QualCoder keeps with each coding, and recounted where it counted UTF-16 units.

    Raises InputError when the path holds no QualCoder database, or one that is damaged or open elsewhere.

    >>> read_qualcoder("nowhere.qda")
    Traceback (most recent call last):
      ...
    newroles.errors.InputError: There is no QualCoder project at nowhere.qda: expected a folder with the file data.qda in it, or that file.

    Source: the database itself, as QualCoder creates it (github.com/ccbogel/QualCoder, database versions v1 to v17).
    """
    path = Path(path)
    database_path = path / "data.qda" if path.is_dir() else path
    if not database_path.is_file():
        raise InputError(
            f"There is no QualCoder project at {path}: expected a folder with the file data.qda in it, or that file."
        )
    with Database(database_path, "QualCoder") as database:
        database.require(_NEEDED | {t: c for t, c in _NEEDED_IF_THERE.items() if t in database.tables})
        name = (path if path.is_dir() else path.parent if path.name == "data.qda" else path).name.removesuffix(".qda")
        return _Reader(database).project(name)


class _Reader:
    def __init__(self, database: Database) -> None:
        self.database, self.report = database, Report()

    def project(self, name: str) -> QualitativeProject:
        codes, paths = code_rows(self._nodes(), self.report)
        documents = self._documents()
        codings = self._codings(paths, documents)
        cases, case_sources = self._cases(documents)
        variables, values = self._variables(cases, documents)
        for table, (order, what) in _LOST_TABLES.items():
            self.report.lose(what, count=len(self.database.rows(table, order)))
        coders = [row["coder"] for row in codings if row["coder"]]
        coders += [str(row["name"]) for row in self.database.rows("coder_names", "name")]
        rows: dict[str, list[dict[str, Any]]] = {
            "codes": codes,
            "documents": list(documents.values()),
            "codings": codings,
            "users": [{"user": c, "name": c, "guid": derived_guid("User", c)} for c in dict.fromkeys(coders)],
            "variables": variables,
            "cases": [row | value for row in cases.values() for value in values.get(("case", row["case"]), [{}])],
            "case_sources": case_sources,
            "document_variables": [
                {"document": holder} | value
                for (kind, holder), found in values.items()
                if kind == "file"
                for value in found
            ],
        }
        version = next((str(row.get("databaseversion")) for row in self.database.rows("project", "date")), "unknown")
        return build_project(name, f"QualCoder, database {version}", rows | self.report.rows())

    def _nodes(self) -> list[CodeNode]:
        nodes = []
        for row in self.database.rows("code_cat", "catid"):
            above = row.get("supercatid")
            key = ("category", row["catid"])
            guid = derived_guid("QualCoder", "category", row["name"])
            parent: Hashable = None if above is None else ("category", above)
            nodes.append(CodeNode(key, str(row["name"]), parent, filled_text(row.get("memo")), None, False, guid))
        for row in self.database.rows("code_name", "cid"):
            code, category = row.get("supercid"), row.get("catid")
            parent = None if category is None else ("category", category)
            if code is not None:
                parent = ("code", code)
            guid, memo = derived_guid("QualCoder", "code", row["name"]), filled_text(row.get("memo"))
            nodes.append(
                CodeNode(("code", row["cid"]), str(row["name"]), parent, memo, filled_text(row.get("color")), guid=guid)
            )
        return nodes

    def _documents(self) -> dict[int, dict[str, Any]]:
        rows = self.database.rows("source", "id")
        labels = Labels(str(row["name"]) for row in rows)
        documents = {}
        for row in rows:
            kind, text = _kind(row), row["fulltext"]
            document = {
                "document": labels.label(str(row["name"])),
                "name": str(row["name"]),
                "guid": derived_guid("QualCoder", "source", row["name"]),
                "kind": kind,
                "text": None if text is None or (text == "" and kind != "text") else str(text),
                "description": filled_text(row.get("memo")),
            }
            if kind != "text" and document["text"] is not None:
                document["text_guid"] = derived_guid("text of", document["guid"])
            if kind != "text":
                self.report.lose("media file", document["document"] or "")
            if row.get("av_text_id") is not None:
                self.report.lose("link from a recording to its transcript", document["document"] or "")
            documents[row["id"]] = document
        return documents

    def _codings(self, paths: dict[Hashable, str], documents: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
        found: dict[int, list[dict[str, Any]]] = {}
        for row in self.database.rows("code_text", "pos0"):
            if row["fid"] not in documents:
                self.report.lose("coding of a document that isn't in the project")
            else:
                found.setdefault(row["fid"], []).append(row)
        codings = []
        for fid, document in documents.items():
            rows, text, name = found.get(fid, []), document["text"] or "", document["document"]
            spans = [Selection(_position(r["pos0"]), _position(r["pos1"]), filled_text(r.get("seltext"))) for r in rows]
            refuse_long_extracts(text, spans, [1] * len(spans))
            way, matches = choose_way(text, spans)
            if rows and way not in (None, AS_STORED):
                self.report.note(name, f"positions counted as {way}: {matches} of {len(rows)} quotations agree")
            ruler = Ruler(text, way or AS_STORED)
            for row, selection in zip(rows, spans, strict=True):
                span, code = ruler.span(selection), paths.get(("code", row["cid"]))
                if code is None or span is None:
                    what = (
                        "with a code that isn't in the project"
                        if code is None
                        else "whose positions lie outside the text"
                    )
                    self.report.lose(f"coding {what}", name)
                    continue
                self.report.lose("memo on a coding", name, int(filled_text(row.get("memo")) is not None))
                self.report.lose("mark that a coding is important", name, int(bool(row.get("important"))))
                coder = filled_text(row["owner"])
                codings.append(
                    {
                        "document": name,
                        "start": span[0],
                        "end": span[1],
                        "code": code,
                        "coder": coder,
                        "text": text[slice(*span)],
                        "value": 1.0,
                        "coded_at": iso_time(row.get("date")),
                        "guid": derived_guid("QualCoder", "coding", name, span, code, coder),
                        "selection": derived_guid("QualCoder", "extract", name, span, coder),
                    }
                )
        return codings

    def _cases(self, documents: dict[int, dict[str, Any]]) -> tuple[dict[int, dict[str, Any]], list[dict[str, Any]]]:
        cases = {}
        for row in self.database.rows("cases", "caseid"):
            guid = derived_guid("QualCoder", "case", row["name"])
            cases[row["caseid"]] = {"case": str(row["name"]), "guid": guid, "description": filled_text(row.get("memo"))}
        held: dict[tuple[str, str], None] = {}
        for row in self.database.rows("case_text", "id"):
            case, document = cases.get(row["caseid"]), documents.get(row["fid"])
            if case is None or document is None:
                self.report.lose("link between a case and a document of which one is missing")
                continue
            start, end = _position(row["pos0"]), _position(row["pos1"])
            if start <= 0 and (document["text"] is None or end <= 0 or end >= len(document["text"]) - 1):
                held[str(case["case"]), document["document"]] = None
            else:
                self.report.lose("stretch of a document attached to a case", str(case["case"]))
        return cases, [{"case": case, "document": document} for case, document in held]

    def _variables(
        self, cases: dict[int, dict[str, Any]], documents: dict[int, dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], dict[tuple[str, str], list[dict[str, Any]]]]:
        kinds = {str(row["name"]): row for row in self.database.rows("attribute_type", "name")}
        values: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.database.rows("attribute", "attrid"):
            kind, name, value = str(row["attr_type"]), str(row["name"]), filled_text(row["value"])
            holder = {"case": cases, "file": documents}.get(kind, {}).get(row["id"])
            if value is None:
                continue
            if holder is None:
                self.report.lose(f"attribute of a {kind}")
                continue
            kinds.setdefault(name, {})
            key = (kind, str(holder["case" if kind == "case" else "document"]))
            values.setdefault(key, []).append({"variable": name, "value": value})
        variables = [
            {
                "variable": name,
                "guid": derived_guid("QualCoder", "attribute", name),
                "type": _TYPES.get(str(row.get("valuetype")), "Text"),
                "description": filled_text(row.get("memo")),
            }
            for name, row in kinds.items()
        ]
        return variables, values


def _position(value: object) -> int:
    """A position, -1 where the cell holds no whole number (which no text has)."""
    number = whole_number(value)
    return -1 if number is None else number


def _kind(row: dict[str, Any]) -> str:
    place = (filled_text(row.get("mediapath")) or "").replace("\\", "/").lower()
    for words, kind in (
        (("images:", "/images/"), "picture"),
        (("audio:", "/audio/"), "audio"),
        (("video:", "/video/"), "video"),
    ):
        if place.startswith(words):
            return kind
    return "pdf" if place.endswith(".pdf") else "text"

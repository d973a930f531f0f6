"""Writing REFI-QDA projects (.qdpx) that other tools can open."""

from __future__ import annotations

import os
import re
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

import newroles
from newroles.coding.exchange.positions import squeeze
from newroles.coding.exchange.project import QualitativeProject, Report, derived_guid
from newroles.coding.exchange.refi_codes import DATE_TIME, complete_codes, write_codes, xml_text
from newroles.coding.exchange.refi_qda_read import VARIABLE_TYPES
from newroles.coding.exchange.refi_sources import KINDS
from newroles.errors import InputError, did_you_mean

ORIGIN = f"newroles {newroles.__version__}"
_ELEMENTS = {kind: tag for tag, kind in KINDS.items()}
_HOLDERS = {"pdf": "Representation", "picture": "TextDescription", "audio": "Transcript", "video": "Transcript"}
_FORMS = {
    "Boolean": "true|false",
    "Integer": r"[+-]?\d+",
    "Float": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "Date": r"\d{4}-\d\d-\d\d",
    "DateTime": DATE_TIME.pattern,
}
_LONGEST_NAME = 1000


def write_refi_qda(project: QualitativeProject, path: str | Path) -> pd.DataFrame:
    """Can this project be opened in NVivo, ATLAS.ti, MAXQDA or QualCoder? Writes it as a REFI-QDA archive (.qdpx).

    Takes a project (guids that are blank are derived from names, always the same) and the path of the file to write; a file
    that is there already is replaced once the new one is complete.

    Texts are stored as UTF-8 with their line ends as they are, positions are code points with exclusive ends, and each extract
    is named by its text, so that a reader can check. The same project always makes the same bytes.

    Returns what the format can't hold, one row a kind and place: what, where, count. (That a code does not apply, a value of 0,
    has no place in it; nor has a media file, which the project doesn't hold either.)

    Raises InputError when a coding, case or set names a code, document or variable that the project doesn't have, when a position
    lies outside its text, or when a name has characters that XML can't hold.

    Source: REFI-QDA standard 1.5, schema Project.xsd 1.0 (www.qdasoftware.org).

    >>> from tempfile import TemporaryDirectory
    >>> from newroles.coding.exchange.project import build_project
    >>> from newroles.coding.exchange.refi_qda_read import read_refi_qda
    >>> project = build_project("demo", "", {
    ...     "documents": [{"document": "Memo", "text": "A new role."}],
    ...     "codings": [{"document": "Memo", "start": 2, "end": 10, "code": "role", "coder": "Ana"}]})
    >>> with TemporaryDirectory() as folder:
    ...     _ = write_refi_qda(project, Path(folder, "demo.qdpx"))
    ...     read_refi_qda(Path(folder, "demo.qdpx")).codings[["code", "coder", "text"]].values.tolist()
    [['role', 'Ana', 'new role']]
    """
    path = Path(path)
    writer = _Writer(project, path.name)
    root = writer.project()
    files = {"project.qde": xml_bytes(root)} | writer.files
    _write_archive(files, path)
    rows = writer.report.rows()["left_behind"]
    return pd.DataFrame(rows, columns=["what", "where", "count"])


class _Writer:
    def __init__(self, project: QualitativeProject, where: str) -> None:
        self.where, self.report = where, Report()
        self.files: dict[str, bytes] = {}
        self._project = project
        self._codings = project.codings[~(project.codings["value"] == 0).fillna(False)]
        zeros = len(project.codings) - len(self._codings)
        self.report.lose("decision that a code does not apply", count=zeros)
        self._codes = complete_codes(_with_used(project.codes, "code", [self._codings["code"]]))
        self._documents = _filled(project.documents, "document", "TextSource")
        users = _with_used(project.users, "user", [self._codings["coder"]])
        self._users = _filled(users, "user", "User")
        nameless = self._users["name"].isna() & self._users["id"].isna() & (self._users["user"] != self._users["guid"])
        self._users["name"] = self._users["name"].mask(nameless, self._users["user"])
        used = [project.cases["variable"], project.document_variables["variable"]]
        self._variables = _filled(_with_used(project.variables, "variable", used), "variable", "Variable")
        self._code_guids = _guids(self._codes, "code")
        self._document_guids = _guids(self._documents, "document")
        self._user_guids = _guids(self._users, "user")
        self._variable_guids = _guids(self._variables, "variable")
        self._types = dict(zip(self._variables["variable"], self._variables["type"], strict=True))

    def project(self) -> Element:
        """The element `Project`, its children in the order of the schema, none of them empty."""
        name = self._text(self._project.name or "project", "the project's name")
        root = Element("Project", {"xmlns": "urn:QDA-XML:project:1.0", "name": name, "origin": ORIGIN})
        self._add_users(SubElement(root, "Users"))
        write_codes(SubElement(root, "CodeBook"), self._codes, self.where)
        self._add_variables(SubElement(root, "Variables"))
        self._add_cases(SubElement(root, "Cases"))
        self._add_sources(SubElement(root, "Sources"))
        self._add_sets(SubElement(root, "Sets"))
        for child in [child for child in root if len(child) == 0]:
            root.remove(child)
        return root

    def _add_users(self, users: Element) -> None:
        for row in _records(self._users):
            given = {"guid": row["guid"], "name": row["name"], "id": row["id"]}
            SubElement(users, "User", self._attributes(given, f"the user {row['user']}"))

    def _add_variables(self, variables: Element) -> None:
        for row in _records(self._variables):
            kind = row["type"] if row["type"] in VARIABLE_TYPES else "Text"
            given = {"guid": row["guid"], "name": row["variable"], "typeOfVariable": kind}
            element = SubElement(variables, "Variable", self._attributes(given, f"the variable {row['variable']}"))
            self._describe(element, row["description"], f"the variable {row['variable']}")

    def _add_cases(self, cases: Element) -> None:
        held = self._project.case_sources.groupby("case", sort=False)["document"].agg(list).to_dict()
        table = _with_used(self._project.cases, "case", [self._project.case_sources["case"]])
        for case, rows in table.groupby("case", sort=False):
            what, first = f"the case {case}", _records(rows)[0]
            given = {"guid": first["guid"] or derived_guid("Case", case), "name": str(case)}
            element = SubElement(cases, "Case", self._attributes(given, what))
            self._describe(element, first["description"], what)
            self._add_values(element, _records(rows), what)
            for document in held.get(str(case), []):
                guid = self._find(self._document_guids, document, "document", what)
                SubElement(element, "SourceRef", {"targetGUID": guid})

    def _add_values(self, element: Element, rows: list[dict[str, Any]], what: str) -> None:
        for row in rows:
            if row["variable"] is None:
                continue
            variable = self._find(self._variable_guids, row["variable"], "variable", what)
            value = SubElement(element, "VariableValue")
            SubElement(value, "VariableRef", {"targetGUID": variable})
            kind = self._types[row["variable"]]
            form = _FORMS.get(str(kind))
            tag = f"{kind}Value" if form and re.fullmatch(form, row["value"] or "", re.ASCII) else "TextValue"
            SubElement(value, tag).text = self._text(row["value"] or "", what)

    def _add_sources(self, sources: Element) -> None:
        codings = {str(name): _records(rows) for name, rows in self._codings.groupby("document", sort=False)}
        values = {
            str(name): _records(rows) for name, rows in self._project.document_variables.groupby("document", sort=False)
        }
        parts: dict[str, list[dict[str, Any]]] = {}
        rows = _records(self._documents)
        for named in [*codings, *values]:
            self._find(self._document_guids, named, "document", "a coding or a variable")
        for row in rows:
            if row["part_of"] is not None:
                self._find(self._document_guids, row["part_of"], "document", f"the transcript {row['document']}")
                parts.setdefault(row["part_of"], []).append(row)
        for row in rows:
            if row["part_of"] is None:
                self._add_source(sources, row, parts.get(row["document"], []), codings, values)

    def _add_source(
        self,
        sources: Element,
        row: dict[str, Any],
        parts: list[dict[str, Any]],
        codings: dict[str, list[dict[str, Any]]],
        values: dict[str, list[dict[str, Any]]],
    ) -> None:
        kind, what = row["kind"] or "text", f"the document {row['document']}"
        if kind not in _ELEMENTS:
            raise InputError(f"{self.where}: {what} has the kind '{kind}'. {did_you_mean(kind, _ELEMENTS)}")
        given = {"guid": row["guid"], "name": row["name"]}
        element = SubElement(sources, _ELEMENTS[kind], self._attributes(given, what))
        self._describe(element, row["description"], what)
        own = codings.get(row["document"], [])
        spans = [coding for coding in own if not pd.isna(coding["start"])]
        if kind == "text":
            self._add_text(element, row, row["guid"], spans)
        elif spans or row["text"] is not None or row["text_guid"] is not None:
            guid = row["text_guid"] or derived_guid("text of", row["guid"])
            self._add_text(SubElement(element, _HOLDERS[kind], {"guid": guid}), row, guid, spans)
        for part in parts:
            about = codings.get(part["document"], [])
            attributes = self._attributes(
                {"guid": part["guid"], "name": part["name"]}, f"the transcript {part['document']}"
            )
            positioned = [coding for coding in about if not pd.isna(coding["start"])]
            self._add_text(SubElement(element, "Transcript", attributes), part, part["guid"], positioned)
            lost = len(about) - len(positioned)
            self.report.lose("coding of a whole transcript that is one of several", part["document"], lost)
        for coding in own:
            if pd.isna(coding["start"]):
                self._add_coding(element, coding, what)
        self._add_values(element, values.get(row["document"], []), what)

    def _add_text(self, holder: Element, row: dict[str, Any], guid: str, spans: list[dict[str, Any]]) -> None:
        text, what = row["text"], f"the document {row['document']}"
        if text is not None:
            # a reader takes one byte-order mark off: a text that begins with that character needs a second
            try:
                self.files[f"sources/{guid}.txt"] = ("\ufeff" + text if text.startswith("\ufeff") else text).encode(
                    "utf-8"
                )
            except UnicodeEncodeError as error:
                raise InputError(
                    f"{self.where}: {what} has half a character pair at position {error.start}."
                ) from error
            holder.set("plainTextPath", f"internal://{guid}.txt")
        selections: dict[tuple[str, int, int], list[dict[str, Any]]] = {}
        for coding in spans:
            start, end = int(coding["start"]), int(coding["end"]) if not pd.isna(coding["end"]) else -1
            if not 0 <= start <= end or (text is not None and end > len(text)):
                raise InputError(
                    f"{self.where}: {what} has a coding from {start} to {coding['end']}, but "
                    f"{'the text has ' + format(len(text), ',') + ' characters' if text is not None else 'the end comes first'}."
                )
            selection = coding["selection"] or derived_guid("selection", guid, start, end)
            selections.setdefault((selection, start, end), []).append(coding)
        used: set[str] = set()
        points: list[Element] = []
        for (selection, start, end), codings in selections.items():
            own = selection if selection not in used else derived_guid("selection", selection, start, end)
            used.add(own)
            name = text[start:end] if text is not None else codings[0]["text"]
            attributes = {"guid": own} | ({"name": squeeze(name)[:_LONGEST_NAME]} if name else {})
            if holder.tag == "Transcript":
                ends = {"fromSyncPoint": (own, "from", start), "toSyncPoint": (own, "to", end)}
                for key, parts in ends.items():
                    attributes[key] = derived_guid(*parts)
                    points.append(Element("SyncPoint", {"guid": attributes[key], "position": str(parts[2])}))
                element = SubElement(holder, "TranscriptSelection", attributes)
            else:
                places = {"startPosition": str(start), "endPosition": str(end)}
                element = SubElement(holder, "PlainTextSelection", attributes | places)
            for coding in codings:
                self._add_coding(element, coding, what)
        first = [n for n, child in enumerate(holder) if child.tag == "TranscriptSelection"]
        for point in reversed(points):
            holder.insert(first[0], point)

    def _add_coding(self, element: Element, coding: dict[str, Any], what: str) -> None:
        code = self._find(self._code_guids, coding["code"], "code", what)
        parts = (what, coding["code"], coding["coder"], coding["start"], coding["end"])
        attributes = {"guid": coding["guid"] or derived_guid("Coding", *parts)}
        if coding["coder"] is not None:
            attributes["creatingUser"] = self._user_guids[coding["coder"]]
        if coding["coded_at"] is not None:
            if DATE_TIME.fullmatch(coding["coded_at"]):
                attributes["creationDateTime"] = coding["coded_at"]
            else:
                self.report.lose("date of a coding that isn't a date and time", coding["document"])
        SubElement(SubElement(element, "Coding", attributes), "CodeRef", {"targetGUID": code})

    def _add_sets(self, sets: Element) -> None:
        kinds = {"code": ("MemberCode", self._code_guids), "document": ("MemberSource", self._document_guids)}
        for name, table in self._project.sets.groupby("set", sort=False):
            rows, what = _records(table), f"the set {name}"
            given = {"guid": rows[0]["guid"] or derived_guid("Set", name), "name": str(name)}
            element = SubElement(sets, "Set", self._attributes(given, what))
            self._describe(element, rows[0]["description"], what)
            for kind, (tag, guids) in kinds.items():
                for row in rows:
                    if row["kind"] == kind:
                        SubElement(element, tag, {"targetGUID": self._find(guids, row["member"], kind, what)})

    def _find(self, guids: dict[str, str], name: str, kind: str, what: str) -> str:
        if name not in guids:
            raise InputError(
                f"{self.where}: {what} names the {kind} '{name}', which isn't in the project's table of them."
            )
        return guids[name]

    def _describe(self, element: Element, text: str | None, what: str) -> None:
        if text is not None:
            SubElement(element, "Description").text = self._text(text, what)

    def _attributes(self, given: dict[str, str | None], what: str) -> dict[str, str]:
        return {key: self._text(value, what) for key, value in given.items() if value is not None}

    def _text(self, text: str, what: str) -> str:
        return xml_text(text, f"{self.where}: {what}")


def xml_bytes(root: Element) -> bytes:
    """The XML file with this root. Line ends inside texts are kept by writing \\r as a character reference.

    >>> xml_bytes(Element("Codes"))
    b"<?xml version='1.0' encoding='utf-8'?>\\n<Codes />"
    """
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content.replace(b"\r", b"&#13;")


def replace_file(content: bytes, path: Path) -> None:
    """Writes a file so that it is there whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
            temporary.write(content)
        os.replace(temporary.name, path)
    except OSError as error:
        raise InputError(f"{path} can't be written: {error.strerror or error}.") from error


def _write_archive(files: dict[str, bytes], path: Path) -> None:
    with tempfile.SpooledTemporaryFile(max_size=1 << 24) as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        buffer.seek(0)
        replace_file(buffer.read(), path)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows with None for what is blank."""
    return [{str(k): None if pd.isna(v) else v for k, v in row.items()} for row in table.to_dict("records")]


def _guids(table: pd.DataFrame, key: str) -> dict[str, str]:
    return dict(zip(table[key], table["guid"], strict=True))


def _with_used(table: pd.DataFrame, key: str, uses: Iterable[pd.Series]) -> pd.DataFrame:
    """The table, and a row for each name that is used elsewhere without standing in it."""
    used = pd.concat([use.dropna() for use in uses], ignore_index=True).drop_duplicates()
    missing = used[~used.isin(table[key])]
    return pd.concat([table, pd.DataFrame({key: missing.astype("str")})], ignore_index=True) if len(missing) else table


def _filled(table: pd.DataFrame, key: str, tag: str) -> pd.DataFrame:
    twice = table.loc[table[key].duplicated(), key]
    if len(twice):
        raise InputError(
            f"The {key} '{twice.iloc[0]}' stands twice in the table of them; each needs a name of its own."
        )
    guids = [
        guid if pd.notna(guid) else derived_guid(tag, name)
        for guid, name in zip(table["guid"], table[key], strict=True)
    ]
    return table.assign(guid=guids)

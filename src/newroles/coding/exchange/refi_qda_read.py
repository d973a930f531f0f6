"""Reading REFI-QDA projects (.qdpx, .qde), the exchange format of NVivo, ATLAS.ti, MAXQDA, QualCoder and others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from newroles.coding.exchange.archives import MAX_XML_BYTES, Archive, parse_xml
from newroles.coding.exchange.project import Labels, QualitativeProject, Report, build_project, normal_guid
from newroles.coding.exchange.refi_codes import element_text, guid_of, read_codes, refuse_twice
from newroles.coding.exchange.refi_sources import KINDS, Sources
from newroles.errors import InputError

VARIABLE_TYPES = ("Text", "Boolean", "Integer", "Float", "Date", "DateTime")
NAMESPACE = "urn:QDA-XML:project:1.0"

# What no table holds, by element: what to call it in `left_behind`.
_LOST_ELEMENTS = {
    "Note": "memo",
    "NoteRef": "attachment of a memo",
    "Link": "link between items (NVivo's annotations are links from an extract to a memo)",
    "Graph": "graph or map",
    "SelectionRef": "extract attached to a case",
    "MemberNote": "memo in a set",
}
_LOST_ATTRIBUTES = {
    "path": "media file",
    "richTextPath": "formatted version of a text",
    "modifiedDateTime": "date of the last change",
    "modifyingUser": "user who made the last change",
    "timeStamp": "time of a point in a transcript",
}
_LOST_DESCRIPTIONS = {
    "Project": "description of the project",
    "Representation": "description of the text of a PDF",
    "TextDescription": "description of the text of a picture",
    "Transcript": "description of a transcript",
}
_KNOWN = {
    *("Project", "Users", "User", "CodeBook", "Codes", "Code", "Variables", "Variable", "Cases", "Case", "Sources"),
    *(
        "Notes",
        "Links",
        "Sets",
        "Set",
        "Graphs",
        "Description",
        "PlainTextContent",
        "Representation",
        "TextDescription",
    ),
    *("Transcript", "SyncPoint", "PlainTextSelection", "TranscriptSelection", "Coding", "CodeRef", "VariableValue"),
    *(
        "VariableRef",
        "SourceRef",
        "MemberCode",
        "MemberSource",
        "TextValue",
        "BooleanValue",
        "IntegerValue",
        "FloatValue",
    ),
    *("DateValue", "DateTimeValue", "PDFSelection", "PictureSelection", "AudioSelection", "VideoSelection"),
    *KINDS,
    *_LOST_ELEMENTS,
}


def read_refi_qda(path: str | Path) -> QualitativeProject:
    """Which codes, documents and codings does this REFI-QDA project hold, and what does the import leave behind?

    Takes the path of a .qdpx archive (NVivo, ATLAS.ti, MAXQDA, QualCoder and others export it), or of a bare .qde file,
    whose documents then come without text where it lies in other files.

    Returns a QualitativeProject. A coder is the user who made the Coding. Guids are given in lower case without braces; a code
    with the name of a sibling gets a number. Positions are code points of the text as stored, end exclusive: files whose
    writer counted otherwise (\\r\\n as 1, UTF-16 units, the byte-order mark) are recognised by the extracts they quote, each
    decision is in `.notes`, and positions are translated. Everything that the tables can't hold is counted in `.left_behind`,
    as paragraph 7 of the standard asks; so are single codings that can't be used (unknown code, positions outside the text).

    Raises InputError when the file is no REFI-QDA project, is damaged, or is dangerous to open (names that point outside the
    archive, zip bombs, document types, codes nested without end), or when two codes, documents or users share a guid.

    Source: REFI-QDA standard 1.5 (www.qdasoftware.org). Its prose calls the end "last character"; its examples, and the
    programs, exclude it.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "demo.qde")
    ...     _ = path.write_text("<Project name='demo' xmlns='urn:QDA-XML:project:1.0'><Users><User name='Ana' "
    ...         "guid='6B1F0C52-1111-4A6E-9C1D-000000000001'/></Users></Project>")
    ...     read_refi_qda(path).users["user"].to_list()
    ['Ana']
    """
    path = Path(path)
    if path.suffix.lower() == ".qde":
        try:
            size = path.stat().st_size
            if size > MAX_XML_BYTES:
                raise InputError(f"{path.name} is larger than {MAX_XML_BYTES >> 20} MB; such files are refused.")
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path} can't be read: {error.strerror or error}.") from error
        return _read_project(content, path.name, None)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    with Archive(path) as archive:
        member = _project_file(archive)
        return _read_project(archive.read(member, MAX_XML_BYTES), f"{archive.name}, {member}", archive)


def _project_file(archive: Archive) -> str:
    def left_by_macos(member: str) -> bool:
        return "__MACOSX" in member.split("/") or member.rpartition("/")[2].startswith("._")

    found = [m for m in archive.members if m.lower().endswith(".qde") and not left_by_macos(m)]
    if not found:
        raise InputError(f"{archive.name} holds no project file (a file ending in .qde): it is not a REFI-QDA project.")
    if len(found) > 1:
        raise InputError(
            f"{archive.name} holds {len(found)} project files ({', '.join(sorted(found)[:3])}); one is expected."
        )
    return found[0]


def _read_project(content: bytes, where: str, archive: Archive | None) -> QualitativeProject:
    root = parse_xml(content, where)
    if root.tag != "Project":
        hint = " It is a codebook: use read_refi_codebook." if root.tag == "CodeBook" else ""
        raise InputError(f"{where}: its outermost element is <{root.tag}>, but a project begins with <Project>.{hint}")
    report, origin = Report(), root.get("origin") or ""
    if root.get("xmlns") != NAMESPACE:
        report.note(where, f"the namespace is '{root.get('xmlns')}' instead of '{NAMESPACE}'; read as the latter")
    users = _users(root, where)
    codes = read_codes(root.find("CodeBook/Codes"), where, report)
    variables = _variables(root, where, report)
    sources = Sources(root.find("Sources"), archive, origin, where, report)
    code_at = {row["guid"]: row["code"] for row in codes}
    user_at = {row["guid"]: row["user"] for row in users}
    variable_at = {row["guid"]: row["variable"] for row in variables}
    codings = sources.coding_rows(code_at, user_at)
    known = set(user_at.values())
    strangers = dict.fromkeys(row["coder"] for row in codings if row["coder"] is not None and row["coder"] not in known)
    users += [{"user": guid, "guid": guid} for guid in strangers]
    cases, case_sources = _cases(root, variable_at, sources, report)
    rows: dict[str, list[dict[str, Any]]] = {
        "codes": codes,
        "documents": [text.row for text in sources.texts],
        "codings": codings,
        "users": users,
        "variables": variables,
        "cases": cases,
        "case_sources": case_sources,
        "document_variables": [
            {"document": text.document} | value
            for text in sources.texts
            for value in _values(text.source, variable_at, text.document, report)
        ],
        "sets": _sets(root, code_at, sources, report),
    }
    _report_the_rest(root, sources, report)
    return build_project(root.get("name") or "", origin, rows | report.rows())


def _users(root: Element, where: str) -> list[dict[str, Any]]:
    elements = root.findall("Users/User")
    names = [e.get("name") or e.get("id") or guid_of(e, n) for n, e in enumerate(elements)]
    labels, rows = Labels(names), []
    for number, (element, name) in enumerate(zip(elements, names, strict=True)):
        own: dict[str, Any] = {"name": element.get("name"), "id": element.get("id"), "guid": guid_of(element, number)}
        rows.append({"user": labels.label(name)} | own)
    refuse_twice((row["guid"] or "" for row in rows), "users", where)
    return rows


def _variables(root: Element, where: str, report: Report) -> list[dict[str, Any]]:
    elements = root.findall("Variables/Variable")
    labels, rows = Labels(e.get("name") or "" for e in elements), []
    for number, element in enumerate(elements):
        label, kind = labels.label(element.get("name") or ""), element.get("typeOfVariable")
        if kind not in VARIABLE_TYPES:
            report.note(label, f"the type of this variable is '{kind}', which the standard doesn't have; read as Text")
        rows.append(
            {
                "variable": label,
                "guid": guid_of(element, number),
                "type": kind if kind in VARIABLE_TYPES else "Text",
                "description": element_text(element, "Description"),
            }
        )
    refuse_twice((row["guid"] or "" for row in rows), "variables", where)
    return rows


def _values(holder: Element, variables: dict[str, str], where: str, report: Report) -> Iterator[dict[str, Any]]:
    for element in holder.findall("VariableValue"):
        reference = element.find("VariableRef")
        guid = normal_guid(reference.get("targetGUID") or "") if reference is not None else ""
        if guid not in variables:
            report.lose("value of a variable that isn't defined", where)
            continue
        given = [child.text or "" for child in element if child.tag != "VariableRef"]
        yield {"variable": variables[guid], "value": given[0] if given else None}


def _cases(
    root: Element, variables: dict[str, str], sources: Sources, report: Report
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    elements = root.findall("Cases/Case")
    names = [element.get("name") or guid_of(element, number) for number, element in enumerate(elements)]
    labels = Labels(names)
    cases: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = []
    for number, (element, name) in enumerate(zip(elements, names, strict=True)):
        label = labels.label(name)
        own: dict[str, Any] = {
            "case": label,
            "guid": guid_of(element, number),
            "description": element_text(element, "Description"),
        }
        values = list(_values(element, variables, label, report))
        cases.extend(own | value for value in values or [{}])
        report.lose("code attached to a case", label, len(element.findall("CodeRef")))
        for reference in element.findall("SourceRef"):
            document = sources.by_guid.get(normal_guid(reference.get("targetGUID") or ""))
            if document is None:
                report.lose("document of a case that isn't in the project", label)
            else:
                held.append({"case": label, "document": document})
    return cases, held


def _sets(root: Element, codes: dict[str, str], sources: Sources, report: Report) -> list[dict[str, Any]]:
    elements = root.findall("Sets/Set")
    labels, rows = Labels(e.get("name") or "" for e in elements), []
    kinds = {"MemberCode": ("code", codes), "MemberSource": ("document", sources.by_guid)}
    for number, element in enumerate(elements):
        label = labels.label(element.get("name") or "")
        own = {"set": label, "guid": guid_of(element, number), "description": element_text(element, "Description")}
        members = []
        for child in element:
            kind, known = kinds.get(child.tag, ("", {}))
            member = known.get(normal_guid(child.get("targetGUID") or child.get("guid") or ""))
            if member is not None:
                members.append(own | {"kind": kind, "member": member})
            elif kind:
                report.lose(f"{kind} in a set that isn't in the project", label)
        rows.extend(members or [own])
    return rows


def _report_the_rest(root: Element, sources: Sources, report: Report) -> None:
    """Counts every element and attribute that no table holds, with the document it belongs to."""
    labels = {id(text.source): text.document for text in sources.texts}
    waiting: list[tuple[Element, str, str]] = [(root, "", "the project")]
    while waiting:
        element, above, where = waiting.pop()
        where = labels.get(id(element), where)
        if element.tag in _LOST_ELEMENTS:
            report.lose(_LOST_ELEMENTS[element.tag], where)
        elif element.tag not in _KNOWN:
            report.lose(f"element <{element.tag}>, which the standard doesn't have", where)
        elif element.tag == "Description" and (above.endswith("Selection") or above in _LOST_DESCRIPTIONS):
            report.lose(_LOST_DESCRIPTIONS.get(above, "description of an extract"), where)
        for attribute, what in _LOST_ATTRIBUTES.items():
            if element.get(attribute):
                report.lose(what, where)
        if element.tag == "Note":
            report.lose("coding of a memo", where, len(list(element.iter("Coding"))))
        elif element.tag != "Graph":
            waiting.extend((child, element.tag, where) for child in element)

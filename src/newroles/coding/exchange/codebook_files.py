"""Codebooks to and from other tools: REFI-QDA codebooks (.qdc) and the project's own codebooks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

from newroles.coding.exchange.archives import MAX_XML_BYTES, parse_xml
from newroles.coding.exchange.code_tree import CodeNode, code_rows
from newroles.coding.exchange.project import (
    Labels,
    QualitativeProject,
    Report,
    build_project,
    derived_guid,
    normal_guid,
)
from newroles.coding.exchange.refi_codes import complete_codes, element_text, guid_of, read_codes, write_codes, xml_text
from newroles.coding.exchange.refi_qda_write import ORIGIN, replace_file, xml_bytes
from newroles.datasets import Codebook
from newroles.errors import InputError

NAMESPACE = "urn:QDA-XML:codebook:1.0"
_PARTS = {"include": "Include: ", "exclude": "Exclude: ", "example": "Example: "}


def read_refi_codebook(path: str | Path) -> QualitativeProject:
    """Which codes does this REFI-QDA codebook (.qdc) hold?

    Takes the path of a .qdc file, as NVivo, ATLAS.ti, MAXQDA and others export it.

    Returns a QualitativeProject with `.codes` and `.sets`, and `.left_behind` and `.notes` about the import; its other tables are
    empty.

    Raises InputError when the file is no codebook, is damaged or dangerous (see `read_refi_qda`), or two codes share a guid.

    Source: REFI-QDA standard 1.5, schema Codebook.xsd 1.0 (www.qdasoftware.org).
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_XML_BYTES:
            raise InputError(f"{path.name} is larger than {MAX_XML_BYTES >> 20} MB; such files are refused.")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror or error}.") from error
    root, report = parse_xml(content, path.name), Report()
    if root.tag != "CodeBook":
        hint = " It is a whole project: use read_refi_qda." if root.tag == "Project" else ""
        raise InputError(
            f"{path.name}: its outermost element is <{root.tag}>, but a codebook begins with <CodeBook>.{hint}"
        )
    if root.get("xmlns") != NAMESPACE:
        report.note(path.name, f"the namespace is '{root.get('xmlns')}' instead of '{NAMESPACE}'; read as the latter")
    codes = read_codes(root.find("Codes"), path.name, report)
    code_at = {row["guid"]: row["code"] for row in codes}
    elements, sets = root.findall("Sets/Set"), []
    labels = Labels(element.get("name") or "" for element in elements)
    for number, element in enumerate(elements):
        label = labels.label(element.get("name") or "")
        own = {"set": label, "guid": guid_of(element, number), "description": element_text(element, "Description")}
        guids = [normal_guid(m.get("guid") or m.get("targetGUID") or "") for m in element.findall("MemberCode")]
        report.lose("code in a set that isn't in the codebook", label, sum(guid not in code_at for guid in guids))
        members = [own | {"kind": "code", "member": code_at[guid]} for guid in guids if guid in code_at]
        sets.extend(members or [own])
    known = {"CodeBook", "Codes", "Code", "Sets", "Set", "Description", "MemberCode"}
    for element in root.iter():
        if element.tag not in known:
            report.lose(f"element <{element.tag}>, which a codebook doesn't have", path.name)
    return build_project(path.stem, root.get("origin") or "", {"codes": codes, "sets": sets} | report.rows())


def write_refi_codebook(codes: Codebook | QualitativeProject | pd.DataFrame, path: str | Path) -> None:
    """Can this codebook be opened in NVivo, ATLAS.ti or MAXQDA? Writes it as a REFI-QDA codebook (.qdc).

    Takes one of the project's codebooks (`load_codebook`), a QualitativeProject, or a table of codes with at least the column
    code (a path "a/b"), and the path of the file to write, which is replaced if it is there. The definition of a codebook's code
    goes into its description, with what to include, what to exclude and the example in paragraphs of their own.

    Raises InputError for an empty codebook (the standard asks for at least one code), a broken tree, or names that XML can't hold.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_refi_codebook(pd.DataFrame({"code": ["role/nurse"]}), Path(folder, "roles.qdc"))
    ...     read_refi_codebook(Path(folder, "roles.qdc")).codes["code"].to_list()
    ['role', 'role/nurse']
    """
    path = Path(path)
    sets = codes.sets if isinstance(codes, QualitativeProject) else None
    table = _table_of(codes)
    if table.empty:
        raise InputError(f"{path.name}: there are no codes to write, and a REFI-QDA codebook needs at least one.")
    table = complete_codes(table)
    root = Element("CodeBook", {"xmlns": NAMESPACE, "origin": ORIGIN})
    write_codes(root, table, path.name)
    if sets is not None:
        _write_sets(root, sets, dict(zip(table["code"], table["guid"], strict=True)), path.name)
    replace_file(xml_bytes(root), path)


def codes_of_codebook(codebook: Codebook) -> pd.DataFrame:
    """What would this codebook of ours look like in a tool for qualitative analysis?

    Returns a table as `QualitativeProject.codes`: code (a path of names), name, guid, parent, description, color, codable. A guid
    is made from the codebook's id and the code's id, so it stays the same when names or versions change.

    >>> from newroles.datasets import load_codebook
    >>> codes_of_codebook(load_codebook("rationale"))["code"].to_list()[:2]
    ['Defensive', 'Proactive']
    """
    nodes = [
        CodeNode(
            key=row["id"],
            name=row["name"],
            parent=None if pd.isna(row["parent"]) else row["parent"],
            description=_description(row),
            guid=derived_guid("codebook", codebook.id, row["id"]),
        )
        for row in codebook.codes.to_dict("records")
    ]
    rows, _ = code_rows(nodes, Report())
    return build_project(codebook.title, "", {"codes": rows}).codes


def codebook_table(codes: pd.DataFrame, codebook: Codebook | None = None) -> pd.DataFrame:
    """Which entries of a codebook of ours do these codes of another tool make?

    Takes a table as `QualitativeProject.codes`, and, where the codes were first exported from a codebook of ours, that codebook,
    so that codes are recognised by guid and keep their ids.

    Returns one row a code: id, name, definition, include, exclude, example, parent (an id; blank at the top). Other codes get their
    name in snake case as id, with a number where two would be the same.

    >>> codebook_table(complete_codes(pd.DataFrame({"code": ["Role/Peer worker"]})))["id"].to_list()
    ['role', 'peer_worker']
    """
    known = {} if codebook is None else {derived_guid("codebook", codebook.id, code): code for code in codebook.ids}
    records = codes.to_dict("records")
    taken = {known[row["guid"]] for row in records if row["guid"] in known}
    ids: dict[str, str] = {}
    for row in records:
        slug = known.get(row["guid"]) or re.sub(r"\W+", "_", row["name"].lower()).strip("_") or "code"
        free, number = slug, 2
        while row["guid"] not in known and free in taken:
            free, number = f"{slug}_{number}", number + 1
        taken.add(free)
        ids[row["code"]] = free
    entries = []
    for row in records:
        parent = None if pd.isna(row["parent"]) else ids[row["parent"]]
        entries.append(
            {"id": ids[row["code"]], "name": row["name"], "parent": parent} | _split_description(row["description"])
        )
    columns = ["id", "name", "definition", "include", "exclude", "example", "parent"]
    return pd.DataFrame({c: pd.Series([entry.get(c) for entry in entries], dtype="str") for c in columns})


def _table_of(codes: Codebook | QualitativeProject | pd.DataFrame) -> pd.DataFrame:
    if isinstance(codes, Codebook):
        return codes_of_codebook(codes)
    table = codes.codes if isinstance(codes, QualitativeProject) else codes
    if "code" not in table:
        raise InputError(f"A table of codes needs a column 'code' (a path); this one has {', '.join(map(str, table))}.")
    return table


def _write_sets(root: Element, sets: pd.DataFrame, guids: dict[str, str], where: str) -> None:
    chosen = sets[sets["kind"].fillna("code") == "code"]
    if chosen.empty:
        return
    parent = SubElement(root, "Sets")
    for name, rows in chosen.groupby("set", sort=False):
        guid = rows["guid"].iloc[0]
        element = SubElement(parent, "Set", {"guid": guid if pd.notna(guid) else derived_guid("Set", name)})
        element.set("name", xml_text(str(name), f"{where}: the set {name}"))
        description = rows["description"].iloc[0]
        if pd.notna(description):
            SubElement(element, "Description").text = xml_text(description, f"{where}: the set {name}")
        for member in rows["member"].dropna():
            if member not in guids:
                raise InputError(
                    f"{where}: the set '{name}' names the code '{member}', which isn't in the table of codes."
                )
            SubElement(element, "MemberCode", {"guid": guids[member]})


def _description(row: dict[Any, Any]) -> str | None:
    parts = [row["definition"]] + [label + row[key] if pd.notna(row[key]) else None for key, label in _PARTS.items()]
    return "\n\n".join(part.strip() for part in parts if pd.notna(part)) or None


def _split_description(description: object) -> dict[str, str | None]:
    if not isinstance(description, str):
        return {}
    found: dict[str, str | None] = {}
    for key, label in reversed(_PARTS.items()):
        before, mark, after = f"\n\n{description}".rpartition(f"\n\n{label}")
        if mark:
            found[key], description = after, before.removeprefix("\n\n")
    return found | {"definition": description or None}

"""The codes of a REFI-QDA file, read from XML and written to it: the same in a codebook and in a project."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pandas as pd

from newroles.coding.exchange.archives import MAX_DEPTH
from newroles.coding.exchange.project import (
    MAX_PATH_CHARACTERS,
    Labels,
    Report,
    code_path,
    derived_guid,
    normal_guid,
    refuse_flood,
    split_code_path,
)
from newroles.errors import InputError

_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
DATE_TIME = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DEEPEST = MAX_DEPTH - 10
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def element_text(element: Element, tag: str) -> str | None:
    """The text of the first child of this name, None when absent or empty."""
    child = element.find(tag)
    return None if child is None else (child.text or None)


def guid_of(element: Element, *otherwise: object) -> str:
    """The element's guid in the normal form, or one derived from `otherwise` when it has none."""
    given = element.get("guid")
    return normal_guid(given) if given and given.strip() else derived_guid(element.tag, *otherwise)


def refuse_twice(guids: Iterable[str], what: str, where: str) -> None:
    """Raises InputError when two things have one guid, so that references to it could mean either."""
    seen: set[str] = set()
    for guid in guids:
        if guid in seen:
            raise InputError(
                f"{where}: two {what} have the same guid {guid}, so it can't be told which of them a coding means. Export the "
                "project again from the tool it came from."
            )
        seen.add(guid)


def read_codes(codes: Element | None, where: str, report: Report) -> list[dict[str, Any]]:
    """The rows of the table `codes`, parents before children, in the book's order."""
    rows: list[dict[str, Any]] = []
    top: list[str] = []
    waiting = _with_labels([] if codes is None else codes.findall("Code"), top)
    total = 0
    while waiting:
        element, names = waiting.pop()
        path, name = code_path(names), element.get("name") or ""
        total += len(path)
        refuse_flood(total, MAX_PATH_CHARACTERS, "paths of the codes")
        if names[-1] != name:
            report.note(path, f"a sibling has the same name '{name}'; this one is told apart by a number")
        rows.append(
            {
                "code": path,
                "name": name,
                "guid": guid_of(element, path),
                "parent": code_path(names[:-1]) if len(names) > 1 else None,
                "description": element_text(element, "Description"),
                "color": _colour(element.get("color"), path, report),
                "codable": _codable(element.get("isCodable"), path, report),
            }
        )
        waiting.extend(_with_labels(element.findall("Code"), names))
    refuse_twice((row["guid"] for row in rows), "codes", where)
    return rows


def write_codes(parent: Element, codes: pd.DataFrame, where: str) -> None:
    """Adds `Codes` with these codes to an element; nothing when there are none (an empty list is not valid)."""
    if codes.empty:
        return
    elements: dict[str | None, Element] = {None: SubElement(parent, "Codes")}
    for row in _parents_first(codes, where):
        if len(split_code_path(row["code"])) > _DEEPEST:
            raise InputError(f"{where}: codes are nested more than {_DEEPEST} deep, which no reader accepts.")
        above = row["parent"] if pd.notna(row["parent"]) else None
        codable = pd.isna(row["codable"]) or bool(row["codable"])
        attributes = {
            "guid": row["guid"],
            "name": xml_text(row["name"], f"{where}: the name of the code {row['code']}"),
            "isCodable": "true" if codable else "false",
        }
        if pd.notna(row["color"]) and _COLOUR.fullmatch(row["color"]):
            attributes["color"] = row["color"]
        element = elements[row["code"]] = SubElement(elements[above], "Code", attributes)
        if pd.notna(row["description"]):
            SubElement(element, "Description").text = xml_text(row["description"], f"{where}: the code {row['code']}")


def complete_codes(codes: pd.DataFrame) -> pd.DataFrame:
    """The codes with every blank filled in that can be told from the path: name, guid, parent and codes above them.

    >>> complete_codes(pd.DataFrame({"code": ["role/nurse"]}))[["code", "name", "parent"]].fillna("").values.tolist()
    [['role', 'role', ''], ['role/nurse', 'nurse', 'role']]
    """
    rows: dict[str, dict[str, Any]] = {row["code"]: _named(row) for row in codes.to_dict("records")}
    full: dict[str, dict[str, Any]] = {}
    for code in rows:
        names = split_code_path(code)
        for depth in range(1, len(names) + 1):
            path = code_path(names[:depth])
            full.setdefault(path, rows.get(path, {"code": path, "codable": True}))
    for path, row in full.items():
        names = split_code_path(path)
        filled = {
            "name": names[-1],
            "guid": derived_guid("Code", path),
            "parent": code_path(names[:-1]) if len(names) > 1 else None,
        }
        for column, value in filled.items():
            if pd.isna(row.get(column)):
                row[column] = value
        for column in ("description", "color", "codable"):
            row.setdefault(column, None)
    columns = ["code", "name", "guid", "parent", "description", "color", "codable"]
    return pd.DataFrame(list(full.values()), columns=columns, dtype="object")


def xml_text(text: str, what: str) -> str:
    """The text, when XML can hold it. Raises InputError for control characters and halves of a pair."""
    found = _NOT_XML.search(text)
    if found:
        raise InputError(
            f"{what} has the character U+{ord(found[0]):04X}, which XML can't hold. Take it out and write again."
        )
    return text


def _with_labels(elements: list[Element], above: list[str]) -> list[tuple[Element, list[str]]]:
    """These siblings with their names from the top, last first (ready to be popped)."""
    labels = Labels(element.get("name") or "" for element in elements)
    return [(element, [*above, labels.label(element.get("name") or "")]) for element in elements][::-1]


def _parents_first(codes: pd.DataFrame, where: str) -> Iterator[dict[str, Any]]:
    rows = [_named(row) for row in codes.to_dict("records")]
    known, missing = set(codes["code"]), codes["code"].duplicated()
    if missing.any():
        raise InputError(
            f"{where}: the code '{codes.loc[missing, 'code'].iloc[0]}' stands twice in the table of codes."
        )
    children: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        parent = row["parent"] if pd.notna(row["parent"]) else None
        if parent is not None and parent not in known:
            raise InputError(f"{where}: the parent '{parent}' of the code '{row['code']}' isn't in the table of codes.")
        children.setdefault(parent, []).append(row)
    waiting, done = children.get(None, [])[::-1], 0
    while waiting:
        row = waiting.pop()
        done += 1
        yield row
        waiting.extend(children.get(row["code"], [])[::-1])
    if done < len(rows):
        raise InputError(f"{where}: some codes are their own ancestors, so no tree can be written.")


def _named(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(column): value for column, value in row.items()}


def _colour(given: str | None, path: str, report: Report) -> str | None:
    if given and not _COLOUR.fullmatch(given):
        report.lose("colour not written as #RRGGBB", path)
        return None
    return given or None


def _codable(given: str | None, path: str, report: Report) -> bool:
    if given is None:
        report.note(path, "isCodable is missing; taken as true")
    return given is None or given.strip().lower() in {"true", "1"}

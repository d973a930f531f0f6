"""A project of a tool for qualitative analysis as plain tables, the same whichever tool it came from."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from newroles.errors import InputError

# The columns of each table, with their types. "str" is text (blank as missing), "Int64" and "Float64" are numbers that may
# be missing, "boolean" is yes or no.
TABLES: dict[str, dict[str, str]] = {
    "codes": {
        "code": "str",
        "name": "str",
        "guid": "str",
        "parent": "str",
        "description": "str",
        "color": "str",
        "codable": "boolean",
    },
    "documents": {
        "document": "str",
        "name": "str",
        "guid": "str",
        "kind": "str",
        "text": "str",
        "text_guid": "str",
        "part_of": "str",
        "description": "str",
    },
    "codings": {
        "document": "str",
        "start": "Int64",
        "end": "Int64",
        "code": "str",
        "coder": "str",
        "text": "str",
        "value": "Float64",
        "coded_at": "str",
        "guid": "str",
        "selection": "str",
    },
    "users": {"user": "str", "name": "str", "guid": "str", "id": "str"},
    "variables": {"variable": "str", "guid": "str", "type": "str", "description": "str"},
    "cases": {"case": "str", "guid": "str", "description": "str", "variable": "str", "value": "str"},
    "case_sources": {"case": "str", "document": "str"},
    "document_variables": {"document": "str", "variable": "str", "value": "str"},
    "sets": {"set": "str", "guid": "str", "description": "str", "kind": "str", "member": "str"},
    "left_behind": {"what": "str", "where": "str", "count": "Int64"},
    "notes": {"where": "str", "note": "str"},
}

# No study comes near these; a small hostile file can be made to swell beyond them (one long name on a million codings).
MAX_CHARACTERS = 400_000_000
MAX_PATH_CHARACTERS = 50_000_000

_OURS = uuid.UUID("5d5f3a3e-8f0b-5c1c-9e0e-6b0f6a1d2c4b")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, eq=False)
class QualitativeProject:
    """What a project of NVivo, ATLAS.ti, MAXQDA, QualCoder, Taguette or a spreadsheet holds, as tables.

    `codes`: one row a code, in the book's order. code (its path, the names from the top joined by "/"; a "/" or "\\" inside
    a name is written "\\/" or "\\\\"), name, guid, parent (a path, blank at the top), description, color, codable.

    `documents`: one row a source. document (its name, made unique), name, guid, kind (text, pdf, picture, audio, video,
    transcript), text (the plain text with its line ends as stored, without byte-order mark; blank when none is held),
    text_guid, part_of (the document that a further transcript belongs to), description.

    `codings`: one row for each code that one coder gave to one extract. document, start and end (code points from 0, end
    exclusive, so `text[start:end]` is the extract; both blank when the whole document was coded), code (a path), coder,
    text, value (1, or 0 where a table says that the code does not apply), coded_at, guid, selection.

    `users`: user (the name, made unique), name, guid, id. `variables`: variable, guid, type, description. `cases`: one row for
    each variable of a case, or one with blank variable: case, guid, description, variable, value. `case_sources`: case,
    document. `document_variables`: document, variable, value (tools that attach variables to sources). `sets`: one row a
    member: set, guid, description, kind (code, document), member.

    `left_behind`: what the file held that isn't in these tables, and so is lost: what, where, count. `notes`: decisions taken
    while reading, such as how line ends were counted: where, note.
    """

    name: str
    origin: str
    codes: pd.DataFrame = field(repr=False)
    documents: pd.DataFrame = field(repr=False)
    codings: pd.DataFrame = field(repr=False)
    users: pd.DataFrame = field(repr=False)
    variables: pd.DataFrame = field(repr=False)
    cases: pd.DataFrame = field(repr=False)
    case_sources: pd.DataFrame = field(repr=False)
    document_variables: pd.DataFrame = field(repr=False)
    sets: pd.DataFrame = field(repr=False)
    left_behind: pd.DataFrame = field(repr=False)
    notes: pd.DataFrame = field(repr=False)


def build_project(name: str, origin: str, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> QualitativeProject:
    """Which tables do these rows make? One table for each of TABLES; absent tables and columns are blank.

    Raises InputError when the texts in all cells add up to more than 400 million characters.

    >>> project = build_project("demo", "by hand", {"users": [{"user": "Ana"}]})
    >>> list(project.users.columns), len(project.codings)
    (['user', 'name', 'guid', 'id'], 0)
    """
    tables, total = {}, 0
    for table, columns in TABLES.items():
        records = list(rows.get(table, ()))
        cells = {column: [record.get(column) for record in records] for column in columns}
        total += sum(len(value) for column in cells.values() for value in column if isinstance(value, str))
        refuse_flood(total, MAX_CHARACTERS, "names and extracts")
        tables[table] = pd.DataFrame({c: pd.Series(cells[c], dtype=kind) for c, kind in columns.items()})
    return QualitativeProject(name=name, origin=origin, **tables)


def refuse_flood(characters: int, limit: int, what: str) -> None:
    """Raises InputError when texts that a file repeats would fill the memory."""
    if characters > limit:
        raise InputError(
            f"The {what} of this project add up to more than {limit // 1_000_000} million characters; it is refused as damaged or "
            "hostile. If it is neither, export it in parts."
        )


class Report:
    """Collects what an import leaves behind and the decisions it takes."""

    def __init__(self) -> None:
        self._lost: Counter[tuple[str, str]] = Counter()
        self._notes: dict[tuple[str, str], None] = {}

    def lose(self, what: str, where: str = "", count: int = 1) -> None:
        """Say that `count` things of this kind, at this place, are not in the tables."""
        if count:
            self._lost[what, where] += count

    def note(self, where: str, note: str) -> None:
        """Say which decision was taken here (told once)."""
        self._notes[where, note] = None

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of `left_behind` and `notes`."""
        lost = [{"what": what, "where": where, "count": n} for (what, where), n in self._lost.items()]
        return {"left_behind": lost, "notes": [{"where": where, "note": note} for where, note in self._notes]}


def code_path(names: Sequence[str]) -> str:
    r"""What is the path of the code with these names from the top? "/" and "\" inside a name are escaped by "\".

    >>> print(code_path(["role", "nurse/doctor"]))
    role/nurse\/doctor
    """
    return "/".join(name.replace("\\", "\\\\").replace("/", "\\/") for name in names)


def split_code_path(path: str) -> list[str]:
    r"""Which names, from the top, make this path? The inverse of `code_path`.

    >>> split_code_path("role/nurse\\/doctor")
    ['role', 'nurse/doctor']
    """
    names = [""]
    escaped = False
    for character in path:
        if escaped or character not in "\\/":
            names[-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            names.append("")
    return names


class Labels:
    """Gives each thing a label of its own: its name, or "name (2)" for the next thing of that name."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = set(names)
        self._used: set[str] = set()
        self._next: dict[str, int] = {}

    def label(self, name: str) -> str:
        """The label of the next thing called `name`; no thing's label is another thing's name."""
        label, number = name, self._next.get(name, 2)
        while label in self._used or (label != name and label in self._names):
            label, number = f"{name} ({number})", number + 1
        self._next[name] = number
        self._used.add(label)
        return label


def derived_guid(*parts: object) -> str:
    """A guid that is always the same for the same words, for things that have none of their own."""
    return str(uuid.uuid5(_OURS, "\x1f".join(str(part) for part in parts)))


def normal_guid(text: str) -> str:
    """Which guid is this, whatever its case and braces? What isn't a guid gets one derived from it.

    >>> normal_guid("{6B1F0C52-1111-4A6E-9C1D-000000000001}")
    '6b1f0c52-1111-4a6e-9c1d-000000000001'
    """
    guid = text.strip().strip("{}").lower()
    return guid if _GUID.fullmatch(guid) else derived_guid("id", guid)


def document_attributes(project: QualitativeProject) -> pd.DataFrame:
    """What is known about each document, whether the tool attached it to the document or to its case?

    Takes a project. Tools differ: MAXQDA attaches variables to documents, Quirkos and NVivo to cases.

    Returns one row for each document, variable and value: document, variable, value, attached_to (document or the case's
    name).

    >>> project = build_project("demo", "by hand", {
    ...     "cases": [{"case": "P1", "variable": "region", "value": "London"}],
    ...     "case_sources": [{"case": "P1", "document": "Interview 1"}]})
    >>> document_attributes(project).iloc[0].to_list()
    ['Interview 1', 'region', 'London', 'P1']
    """
    own = project.document_variables.assign(attached_to="document")
    held = project.cases.dropna(subset=["variable"]).merge(project.case_sources, on="case")
    through = held.assign(attached_to=held["case"])[["document", "variable", "value", "attached_to"]]
    return pd.concat([own, through], ignore_index=True).drop_duplicates(ignore_index=True)

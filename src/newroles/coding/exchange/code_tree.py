"""Codes that name their parent, as a tree with paths."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from newroles.coding.exchange.project import MAX_PATH_CHARACTERS, Labels, Report, code_path, derived_guid, refuse_flood


@dataclass(frozen=True)
class CodeNode:
    """One code as a tool stores it: its own key, its parent's key (None at the top)."""

    key: Hashable
    name: str
    parent: Hashable | None = None
    description: str | None = None
    color: str | None = None
    codable: bool = True
    guid: str | None = None


def code_rows(nodes: Sequence[CodeNode], report: Report) -> tuple[list[dict[str, Any]], dict[Hashable, str]]:
    """The rows of the table `codes`, parents before children, and the path of each key.

    A code whose parent isn't there, or that is its own ancestor, is put at the top, and the report says so.

    >>> code_rows([CodeNode(1, "nurse", 2), CodeNode(2, "role")], Report())[1]
    {2: 'role', 1: 'role/nurse'}
    """
    keys = {node.key for node in nodes}
    children: dict[Hashable | None, list[CodeNode]] = {}
    for node in nodes:
        if node.parent is not None and node.parent not in keys:
            report.note(node.name, "the code above it isn't in the file; it stands at the top")
        children.setdefault(node.parent if node.parent in keys else None, []).append(node)
    rows: list[dict[str, Any]] = []
    paths: dict[Hashable, str] = {}
    _walk(children.get(None, []), children, rows, paths)
    for node in nodes:
        if node.key not in paths:
            report.note(node.name, "the code is its own ancestor; it stands at the top")
            _walk([node], children, rows, paths)
    return rows, paths


def _walk(
    top: Iterable[CodeNode],
    children: dict[Hashable | None, list[CodeNode]],
    rows: list[dict[str, Any]],
    paths: dict[Hashable, str],
) -> None:
    waiting = _labelled(list(top), [])
    used = {row["code"] for row in rows}
    total = sum(len(path) for path in used)
    while waiting:
        node, names = waiting.pop()
        if node.key in paths:
            continue
        path = code_path(names)
        while path in used:
            names = [*names[:-1], names[-1] + " (2)"]
            path = code_path(names)
        used.add(path)
        total += len(path)
        refuse_flood(total, MAX_PATH_CHARACTERS, "paths of the codes")
        paths[node.key] = path
        rows.append(
            {
                "code": path,
                "name": node.name,
                "guid": node.guid or derived_guid("Code", path),
                "parent": code_path(names[:-1]) if len(names) > 1 else None,
                "description": node.description or None,
                "color": node.color,
                "codable": node.codable,
            }
        )
        waiting.extend(_labelled(children.get(node.key, []), names))


def _labelled(nodes: list[CodeNode], above: list[str]) -> list[tuple[CodeNode, list[str]]]:
    labels = Labels(node.name for node in nodes)
    return [(node, [*above, labels.label(node.name)]) for node in nodes][::-1]

"""GraphML read and written, GEXF written: networks as XML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

from newroles.coding.exchange.archives import MAX_XML_BYTES, parse_xml
from newroles.errors import InputError, did_you_mean
from newroles.networks.matrix_files import text_of
from newroles.networks.network import RoleNetwork
from newroles.networks.network_file import NetworkFile, Tie, in_order, number, read_bytes

_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_TYPES: dict[str, Any] = {
    "string": str,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": lambda text: _TRUTH[text.strip().lower()],
}
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def read_graphml(path: Path, person: str | None = None, weight: str = "weight") -> NetworkFile:
    """The people and ties of a GraphML file, with the attributes of people as columns of their types."""
    content = read_bytes(path)
    if not content.strip() or len(content) > MAX_XML_BYTES:
        raise InputError(f"{path.name} is {'larger than 128 MB' if content.strip() else 'empty'}.")
    root = parse_xml(content, path.name)
    graphs = root.findall("graph")
    if root.tag != "graphml" or len(graphs) != 1:
        raise InputError(f"{path.name} holds {len(graphs)} graphs of GraphML; needed is one.")
    graph = graphs[0]
    if graph.find("hyperedge") is not None or graph.find("node/graph") is not None:
        raise InputError(
            f"{path.name} has ties of more than two people, or groups with a graph inside; these aren't read."
        )
    nodes, edges = _Keys(path, root, "node"), _Keys(path, root, "edge")
    if weight != "weight" and weight not in edges.names:
        raise InputError(f"{path.name}: edges have no attribute {weight!r}. {did_you_mean(weight, edges.names)}")
    if graph.get("edgedefault", "directed") not in ("directed", "undirected"):
        raise InputError(f"{path.name}: edgedefault is directed or undirected, not {graph.get('edgedefault')!r}.")
    known = {node.get("id", ""): nodes.values(node, f"node {node.get('id')!r}") for node in graph.findall("node")}
    if len(known) < len(graph.findall("node")) or "" in known:
        raise InputError(f"{path.name}: two nodes have the same id, or one has none.")
    people = pd.DataFrame({name: _column([row.get(name) for row in known.values()]) for name in nodes.names})
    names = dict(zip(known, _names(path, list(known), people, person), strict=True))
    people = people.drop(columns=[person or "person"], errors="ignore")
    people.insert(0, "person", pd.Series(list(names.values()), index=people.index if len(people.columns) else None))
    ties: list[Tie] = []
    mutual = set()
    for edge in graph.findall("edge"):
        ends = [edge.get("source", ""), edge.get("target", "")]
        where = f"{path.name}, edge {ends[0]!r} to {ends[1]!r}"
        if not set(ends) <= set(names):
            raise InputError(f"{where}: there is no node {next(end for end in ends if end not in names)!r}.")
        values = edges.values(edge, where)
        amount = number(str(values[weight]), where) if weight in values else 1.0
        if edge.get("directed", "true") not in _TRUTH:
            raise InputError(f"{where}: directed is true or false, not {edge.get('directed')!r}.")
        undirected = not _TRUTH.get(edge.get("directed", ""), graph.get("edgedefault") != "undirected")
        relation = values.get("relation")
        ties.append((names[ends[0]], names[ends[1]], amount, None if relation is None else str(relation), undirected))
        mutual.add(undirected)
    by_default = graph.get("edgedefault") != "undirected"
    directed = by_default if not mutual else not mutual.pop() if len(mutual) == 1 else None
    return NetworkFile(people, ties, directed, in_order(tie[3] for tie in ties if tie[3] is not None))


def write_graphml(network: RoleNetwork, path: Path) -> None:
    """People as nodes with their attributes and types, ties as edges with their weight."""
    people, ids = _ready(network, path)
    declared = [
        f'  <key id={quoteattr(f"p{at}")} for="node" attr.name={_attribute(str(name))} attr.type="{_type(people[name])}"/>'
        for at, name in enumerate(people)
    ]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *declared,
        '  <key id="w" for="edge" attr.name="weight" attr.type="double"/>',
        f'  <graph edgedefault="{"directed" if network.directed else "undirected"}">',
    ]
    for name, row in zip(ids, people.astype(object).itertuples(index=False, name=None), strict=True):
        cells = (
            f'<data key="p{at}">{escape(text, _LINE_ENDS)}</data>'
            for at, text in enumerate(map(_text, row))
            if text is not None
        )
        lines.append(f"    <node id={_attribute(name)}>{''.join(cells)}</node>")
    for source, target, weight in _edges(network, ids):
        edge = f"    <edge source={_attribute(source)} target={_attribute(target)}>"
        lines.append(f'{edge}<data key="w">{weight!r}</data></edge>')
    path.write_text("\n".join([*lines, "  </graph>", "</graphml>", ""]), encoding="utf-8", newline="\n")


def write_gexf(network: RoleNetwork, path: Path) -> None:
    """As Gephi reads it: people as nodes with their attributes, ties as edges with their weight."""
    people, ids = _ready(network, path)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">',
        f'  <graph mode="static" defaultedgetype="{"directed" if network.directed else "undirected"}">',
        '    <attributes class="node" mode="static">',
        *(
            f'      <attribute id="{at}" title={_attribute(str(name))} type="{_type(people[name])}"/>'
            for at, name in enumerate(people)
        ),
        "    </attributes>",
        "    <nodes>",
    ]
    for name, row in zip(ids, people.astype(object).itertuples(index=False, name=None), strict=True):
        cells = "".join(
            f'<attvalue for="{at}" value={_attribute(text)}/>'
            for at, text in enumerate(map(_text, row))
            if text is not None
        )
        node = f"      <node id={_attribute(name)} label={_attribute(name)}>"
        lines.append(f"{node}{f'<attvalues>{cells}</attvalues>' if cells else ''}</node>")
    lines += ["    </nodes>", "    <edges>"]
    for at, (source, target, weight) in enumerate(_edges(network, ids)):
        ends = f"source={_attribute(source)} target={_attribute(target)}"
        lines.append(f'      <edge id="{at}" {ends} weight="{weight!r}"/>')
    lines += ["    </edges>", "  </graph>", "</gexf>", ""]
    path.write_text("\n".join(lines), encoding="utf-8", newline="\n")


class _Keys:
    """The attributes that a GraphML file declares for its nodes or edges."""

    def __init__(self, path: Path, root: Element, of: str) -> None:
        self.path = path
        self.keys = {key.get("id"): key for key in root.findall("key") if key.get("for", "all") in (of, "all")}
        self.names = in_order(self.name(key) for key in self.keys.values())
        for key in self.keys.values():
            if key.get("attr.name") and key.get("attr.type", "string") not in _TYPES:
                raise InputError(
                    f"{path.name}: the attribute {self.name(key)!r} has the unknown type {key.get('attr.type')!r}."
                )

    @staticmethod
    def name(key: Element) -> str:
        return key.get("attr.name") or key.get("id") or ""

    def values(self, element: Element, where: str) -> dict[str, Any]:
        given = {data.get("key"): data.text or "" for data in element.findall("data")}
        defaults = {
            key: default.text or "" for key, of in self.keys.items() if (default := of.find("default")) is not None
        }
        values = {}
        for key, text in (defaults | given).items():
            if key not in self.keys:
                raise InputError(f"{self.path.name}, {where}: the attribute {key!r} isn't declared by a <key>.")
            kind = self.keys[key].get("attr.type", "string")
            try:
                values[self.name(self.keys[key])] = _TYPES[kind](text)
            except (ValueError, KeyError) as error:
                raise InputError(
                    f"{self.path.name}, {where}: {self.name(self.keys[key])} is {text!r}, which isn't of the type {kind}."
                ) from error
        return values


def _names(path: Path, ids: list[str], people: pd.DataFrame, person: str | None) -> list[Any]:
    """What people are called: an attribute when asked for, else the attribute person when all have one, else the id."""
    if person is None and ("person" not in people or people["person"].isna().any()):
        return ids
    if person is not None and person not in people:
        raise InputError(f"{path.name}: nodes have no attribute {person!r}. They have: {', '.join(people.columns)}.")
    return people[person or "person"].tolist()


def _column(values: list[Any]) -> pd.Series:
    text = all(value is None or isinstance(value, str) for value in values)
    return pd.Series(values, dtype="str") if text else pd.Series(values)


def _ready(network: RoleNetwork, path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The attributes to write, and each person's id; persons who aren't text get an attribute `person` that keeps their type."""
    persons = network.people["person"].tolist()
    ids = [str(person) for person in persons]
    words = all(isinstance(person, str) for person in persons)
    people = network.people.drop(columns="person") if words else network.people
    cells = (text for column in people for text in map(_text, people[column].astype(object)) if text is not None)
    bad = next((text for text in (*ids, *map(str, people.columns), *cells) if _FORBIDDEN.search(text)), None)
    if bad is not None:
        raise InputError(f"{path.name} can't hold {bad!r}: XML allows no control characters. Mend this name first.")
    return people, ids


def _edges(network: RoleNetwork, ids: list[str]) -> list[tuple[str, str, float]]:
    source, target = network.positions
    return [(ids[s], ids[t], float(w)) for s, t, w in zip(source, target, network.weights, strict=True)]


def _type(column: pd.Series) -> str:
    """What GraphML and GEXF call the type of a column."""
    values = column.dropna()
    if len(values) and all(isinstance(value, bool | np.bool_) for value in values):
        return "boolean"
    if pd.api.types.is_integer_dtype(column):
        return "long"
    return "double" if pd.api.types.is_float_dtype(column) else "string"


def _text(value: Any) -> str | None:
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return text_of(value)


def _attribute(text: str) -> str:
    return quoteattr(text, _LINE_ENDS)

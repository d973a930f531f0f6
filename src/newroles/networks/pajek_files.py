"""Pajek's networks (.net) and partitions (.clu)."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from newroles.errors import InputError
from newroles.networks.network_file import MOST_PEOPLE, NetworkFile, Tie, count, number, twice

_WORD = re.compile(r'"([^"]*)"|(\S+)')
_TIES = ("*arcs", "*edges", "*arcslist", "*edgeslist", "*matrix")


def read_pajek(path: Path, text: str) -> NetworkFile:
    """The people and ties of a Pajek network: arcs are directed, edges undirected; several relations where it has them."""
    names: list[str] = []
    ties: list[Tie] = []
    relations: list[str] = []
    section, relation, row = "", None, 0
    directed: set[bool] = set()
    given: set[int] = set()
    for line, content in enumerate(text.splitlines(), start=1):
        words = [quoted if plain is None else plain for quoted, plain in _split(content)]
        where = f"{path.name}, line {line}"
        if not words or words[0].startswith("%"):
            continue
        if words[0].startswith("*") and not content.lstrip().startswith('"'):
            _complete(path, section, row, len(names))
            section, relation, row = words[0].lower().split(":")[0], _relation(words), 0
            if section == "*vertices":
                names = _announced(words, where, names)
            elif section in _TIES and names:
                directed.add(section not in ("*edges", "*edgeslist"))
                if relation and relation not in relations:
                    relations.append(relation)
            elif section != "*network":
                raise InputError(
                    f"{where}: {words[0]} isn't read. Needed is one network: *Vertices, then *Arcs, *Edges, *Arcslist, *Edgeslist "
                    "or *Matrix. Save the network alone (a partition goes into a .clu file)."
                )
        elif section == "*vertices":
            vertex = _vertex(words[0], len(names), where)
            if vertex in given:
                raise InputError(
                    f"{where} gives vertex {words[0]} a second time. Each person needs one line; take one of the two."
                )
            given.add(vertex)
            names[vertex] = words[1] if words[1:] else words[0]
        elif section == "*matrix":
            if len(words) != len(names) or row == len(names):
                raise InputError(
                    f"{where} has {len(words)} numbers in row {row + 1} of a matrix of {len(names)} people."
                )
            cells = (number(word, where) for word in words)
            ties += [(row, to, amount, relation, False) for to, amount in enumerate(cells) if amount]
            row += 1
        elif section in _TIES:
            ends = [_vertex(word, len(names), where) for word in (words if section.endswith("list") else words[:2])]
            if len(ends) < 2:
                raise InputError(f"{where} names one person only; a tie needs two.")
            weighted = not section.endswith("list") and words[2:] and not words[2][:1].isalpha()
            amount = number(words[2], where) if weighted else 1.0
            ties += [(ends[0], end, amount, relation, section.startswith("*edges")) for end in ends[1:]]
        elif section != "*network":
            raise InputError(f"{where}: a Pajek network begins with *Vertices and the number of people.")
    _complete(path, section, row, len(names))
    if not names:
        raise InputError(f"{path.name} has no *Vertices, so it isn't a Pajek network.")
    if twice(names):
        raise InputError(
            f"{path.name}: two vertices are called {twice(names)[0]!r}. Each person needs a label of their own."
        )
    return NetworkFile(
        pd.DataFrame({"person": pd.Series(names, dtype="str")}),
        [(names[source], names[target], *rest) for source, target, *rest in ties],  # type: ignore[misc]
        directed.pop() if len(directed) == 1 else None,
        relations,
    )


def read_partition(path: Path, text: str, people: int) -> list[int]:
    """The class of each vertex, in their order."""
    lines = [(line, words) for line, words in enumerate(text.splitlines(), start=1) if words.split()]
    first, rest = lines[0], [word for _, content in lines[1:] for word in content.split()]
    announced = first[1].split()
    if announced[0].lower() != "*vertices" or announced[1:] != [str(people)] or len(rest) != people:
        raise InputError(
            f"{path.name} doesn't fit: a partition of these {people} people is the line *Vertices {people} and then {people} "
            f"whole numbers. It begins with {first[1].strip()!r} and has {len(rest)} more words."
        )
    for line, content in lines[1:]:
        if not all(re.fullmatch("-?[0-9]{1,9}", word) for word in content.split()):
            raise InputError(f"{path.name}, line {line} has {content.strip()!r}, where whole numbers are needed.")
    return [int(word) for word in rest]


def _split(content: str) -> list[tuple[str, str | None]]:
    return [(match[1] or "", match[2]) for match in _WORD.finditer(content)]


def _relation(words: list[str]) -> str | None:
    """The relation that a heading such as *Arcs :2 "advice" names."""
    joined = " ".join(words)
    found = re.match(r"\*\w+\s*:\s*(\d+)\s*(.*)", joined)
    return None if found is None else found[2].strip() or f"relation {found[1]}"


def _complete(path: Path, section: str, rows: int, people: int) -> None:
    if section == "*matrix" and rows < people:
        raise InputError(f"{path.name}: a matrix of {people} people ends after {rows} rows; it isn't square.")


def _announced(words: list[str], where: str, names: list[str]) -> list[str]:
    if names:
        raise InputError(f"{where} begins a second network. Save each network in a file of its own.")
    if len(words) > 2 and words[2] != words[1]:
        raise InputError(
            f"{where} is a two-mode network (people by something else): read it as a table and use two_mode."
        )
    people = count(words[1]) if len(words) > 1 else None
    if not people or people > MOST_PEOPLE:
        raise InputError(f"{where}: *Vertices needs the number of people, from 1 to {MOST_PEOPLE:,}.")
    return [str(vertex) for vertex in range(1, people + 1)]


def _vertex(word: str, people: int, where: str) -> int:
    vertex = count(word)
    if not vertex or vertex > people:
        shown = word if len(word) < 40 else f"{word[:40]}..."
        raise InputError(f"{where} has {shown!r}, which isn't a vertex: they are numbered from 1 to {people}.")
    return vertex - 1

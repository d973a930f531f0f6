"""UCINET's DL files: full and half matrices, edge lists and node lists, one relation or several."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.network_file import MOST_PEOPLE, NetworkFile, Tie, count, is_missing, number, twice

_TOKEN = re.compile(r'"([^"]*)"|([^\s,="]+)')
_FORMATS = {
    "fullmatrix": "fullmatrix",
    "fm": "fullmatrix",
    "lowerhalf": "lowerhalf",
    "lh": "lowerhalf",
    "upperhalf": "upperhalf",
    "uh": "upperhalf",
    "edgelist1": "edgelist1",
    "el1": "edgelist1",
    "nodelist1": "nodelist1",
    "nl1": "nodelist1",
    "nodelist1b": "nodelist1b",
    "nl1b": "nodelist1b",
}
_LISTS = {"row": "row", "column": "column", "col": "column", "matrix": "matrix", "level": "matrix"}


@dataclass(frozen=True)
class _Token:
    text: str
    line: int
    quoted: bool

    @property
    def word(self) -> str:
        return "" if self.quoted else self.text.lower().rstrip(":")


@dataclass
class _Header:
    """What stands before DATA: in a DL file."""

    sizes: dict[str, int] = field(default_factory=dict)
    format: str = "fullmatrix"
    diagonal: bool = True
    labels: dict[str, list[str]] = field(default_factory=dict)
    embedded: set[str] = field(default_factory=set)
    data_at: int = 0

    @property
    def matrices(self) -> int:
        return self.sizes.get("nm", 1)


def read_dl(path: Path, text: str) -> NetworkFile:
    """The people and ties of a DL file, one relation per matrix."""
    header = _read_header(path, text)
    relations = header.labels.get("matrix", [])
    if header.matrices > 1 and not relations:
        relations = [f"relation {matrix + 1}" for matrix in range(header.matrices)]
    names = relations if relations else [None]
    reader = _MatrixReader if header.format.endswith(("matrix", "half")) else _ListReader
    read = reader(path, header, text)
    ties = [tie for name in names for tie in read.matrix(name)]
    read.finish()
    everywhere = set.intersection(*read.silent) if read.silent else set()  # did not answer in any matrix
    people = pd.DataFrame({"person": pd.Series(read.persons(), dtype="str")})
    if everywhere:
        people["responded"] = ["no" if person in everywhere else "yes" for person in people["person"]]
    halves = header.format in ("lowerhalf", "upperhalf")
    return NetworkFile(people, ties, False if halves else None, list(relations), read.blank)


def _tokens(text: str, line: int = 1) -> list[_Token]:
    found, at = [], 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        found.append(_Token(match[1] if match[2] is None else match[2], line, match[2] is None))
    return found


def _read_header(path: Path, text: str) -> _Header:
    # the data follow the first DATA: that is a word of its own; only what stands before is read as header
    data = re.search(r"(?im)(?<![^\s,=])data\s*:", text)
    if data is None:
        raise InputError(f"{path.name} has no line 'data:', after which the ties of a DL file stand.")
    before = re.sub(r"(?i)\b(labels|embedded)[ \t]*:", r"\1: ", text[: data.start()])
    tokens, header = _tokens(before), _Header(data_at=data.end())
    if not tokens or tokens[0].word != "dl":
        raise InputError(f"{path.name} doesn't begin with the word DL, as a file of UCINET's DL language does.")
    at = 1
    while at < len(tokens):
        token, following = tokens[at], [t for t in tokens[at + 1 : at + 2] if t.text != ":"]
        where = f"{path.name}, line {token.line}"
        value = following[0].text if following else ""
        if token.word in ("n", "nr", "nc", "nm"):
            size, most = count(value), min(MOST_PEOPLE, len(text)) if token.word == "nm" else MOST_PEOPLE
            if not size or size > most:
                shown = value if len(value) < 40 else f"{value[:40]}..."
                raise InputError(
                    f"{where}: {token.text.upper()} needs a whole number from 1 to {most:,}, not {shown!r}. More than "
                    "that is refused, since it can't be in this file."
                )
            header.sizes[token.word] = size
            at += 2
        elif token.word == "format":
            if value.lower().rstrip(":") not in _FORMATS:
                raise InputError(
                    f"{where}: the format {value!r} isn't read. {did_you_mean(value, set(_FORMATS.values()))} Export the network "
                    "as a full matrix or an edge list; people by tasks or meetings belong in two_mode."
                )
            header.format = _FORMATS[value.lower().rstrip(":")]
            at += 2
        elif token.word == "diagonal" and value.lower() in ("present", "absent"):
            header.diagonal = value.lower() == "present"
            at += 2
        elif token.word == "title":
            at += 2
        elif token.word in _LISTS or token.word == "labels":
            at = _read_labels(path, header, tokens, at)
        else:
            known = ["N", "NM", "FORMAT", "DIAGONAL", "LABELS", "ROW LABELS", "COLUMN LABELS", "MATRIX LABELS", "DATA"]
            raise InputError(
                f"{where}: {token.text!r} isn't a word of the DL language. {did_you_mean(token.text, known)}"
            )
    n = {header.sizes[size] for size in ("n", "nr", "nc") if size in header.sizes}
    if len(n) != 1:
        what = "doesn't say how many people there are (N=)" if not n else "has a matrix that isn't square"
        raise InputError(
            f"{path.name} {what}. A network needs people by people; people by tasks or meetings: two_mode."
        )
    header.sizes["n"] = n.pop()
    row, column = header.labels.get("row"), header.labels.get("column")
    if row and column and row != column:
        raise InputError(
            f"{path.name}: row labels and column labels differ, so this isn't a matrix of people by people."
        )
    return header


def _read_labels(path: Path, header: _Header, tokens: list[_Token], at: int) -> int:
    """Reads a list of labels, or that they are embedded; returns where the header goes on."""
    token = tokens[at]
    kind = _LISTS.get(token.word, "both")
    if kind != "both":
        at += 1
        if at >= len(tokens) or tokens[at].word != "labels":
            raise InputError(f"{path.name}, line {token.line}: after {token.text!r} the word LABELS is needed.")
    at += 1
    kinds = ["row", "column"] if kind == "both" else [kind]
    if at < len(tokens) and tokens[at].word == "embedded":
        header.embedded.update(kinds)
        return at + 1
    if at < len(tokens) and tokens[at].text == ":":
        at += 1
    size = "nm" if kind == "matrix" else "n"
    wanted = header.sizes.get(size) or header.sizes.get("nr" if kind == "row" else "nc")
    if wanted is None:
        raise InputError(f"{path.name}, line {token.line}: {size.upper()}= must stand before the labels.")
    labels = [label.text for label in tokens[at : at + wanted]]
    if len(labels) < wanted or twice(labels):
        what = f"{twice(labels)[0]!r} twice" if twice(labels) else f"{len(labels)} labels"
        raise InputError(
            f"{path.name}, line {token.line} has {what}, but {wanted} different ones are needed. A label with spaces in it needs "
            "quotation marks."
        )
    for kind in kinds:
        header.labels[kind] = labels
    return at + wanted


class _Reader:
    """What both kinds of data have in common: persons, and what was blank."""

    def __init__(self, path: Path, header: _Header) -> None:
        self.path, self.header, self.n = path, header, header.sizes["n"]
        self.names = [*(header.labels.get("row") or header.labels.get("column") or [])]
        self.blank = 0
        self.silent: list[set[str]] = []

    def persons(self) -> list[str]:
        """Everybody, also those whom a file with embedded labels counts but doesn't name."""
        unnamed = (f"unnamed {missing}" for missing in range(1, self.n - len(self.names) + 1))
        return [*self.names, *unnamed]


class _MatrixReader(_Reader):
    """Full and half matrices: numbers in the order of rows, however they are broken into lines."""

    def __init__(self, path: Path, header: _Header, text: str) -> None:
        super().__init__(path, header)
        self.cells = _tokens(text[header.data_at :], text.count("\n", 0, header.data_at) + 1)
        self.at = 0
        if not self.names and not header.embedded:
            self.names = [str(person) for person in range(1, self.n + 1)]

    def matrix(self, relation: str | None) -> list[Tie]:
        embedded = self.header.embedded
        columns = [self.next().text for _ in range(self.n)] if "column" in embedded else self.names
        if columns:
            self.name(columns)
        rows: list[list[_Token]] = []
        labels = []
        for row in range(self.n):
            if "row" in embedded:
                labels.append(self.next().text)
            rows.append([self.next() for _ in self.columns_of(row)])
        if labels:
            self.name(labels)
        ties: list[Tie] = []
        silent = set()
        for row, cells in enumerate(rows):
            person = self.names[row]
            others = [cell for to, cell in zip(self.columns_of(row), cells, strict=True) if to != row]
            missing = sum(is_missing(cell.text) for cell in others)
            if missing and missing == len(others) and self.header.format == "fullmatrix":
                silent.add(person)
                continue
            self.blank += missing
            for to, cell in zip(self.columns_of(row), cells, strict=True):
                where = f"{self.path.name}, line {cell.line}, row {person!r}"
                if not is_missing(cell.text) and (amount := number(cell.text, where)):
                    ties.append((person, self.names[to], amount, relation, self.header.format != "fullmatrix"))
        self.silent.append(silent)
        return ties

    def columns_of(self, row: int) -> list[int]:
        first = row if self.header.format == "upperhalf" else 0
        last = row if self.header.format == "lowerhalf" else self.n - 1
        return [to for to in range(first, last + 1) if self.header.diagonal or to != row]

    def name(self, labels: list[str]) -> None:
        if not self.names:
            self.names = labels
        if labels != self.names or twice(labels):
            odd = (
                next((one for one, other in zip(labels, self.names, strict=True) if one != other), None)
                or twice(labels)[0]
            )
            raise InputError(f"{self.path.name}: the label {odd!r} isn't where it is in the other lists of labels.")

    def next(self) -> _Token:
        if self.at == len(self.cells):
            raise InputError(
                f"{self.path.name} ends before its matrix does: {self.header.matrices} of {self.n} by {self.n} (diagonal "
                f"{'present' if self.header.diagonal else 'absent'}) are announced, and only {len(self.cells)} entries stand there."
            )
        self.at += 1
        return self.cells[self.at - 1]

    def finish(self) -> None:
        if self.at < len(self.cells):
            cell = self.cells[self.at]
            raise InputError(
                f"{self.path.name}, line {cell.line}: {cell.text!r} comes after the last cell of the matrix. N, NM or DIAGONAL "
                "doesn't fit the data."
            )


class _ListReader(_Reader):
    """Edge lists and node lists: one line per tie or per person; a line with ! begins the next relation."""

    def __init__(self, path: Path, header: _Header, text: str) -> None:
        super().__init__(path, header)
        first = text.count("\n", 0, header.data_at) + 1
        lines = enumerate(text[header.data_at :].split("\n"), start=first)
        self.parts: list[list[tuple[int, list[str]]]] = [[]]
        for line, content in lines:
            cells = [token.text for token in _tokens(content)]
            if cells == ["!"]:
                self.parts.append([])
            elif cells:
                self.parts[-1].append((line, cells))
        self.at = 0
        if not self.names and not header.embedded:
            self.names = [str(person) for person in range(1, self.n + 1)]
        self.known = set(self.names)

    def matrix(self, relation: str | None) -> list[Tie]:
        lines = self.parts[self.at] if self.at < len(self.parts) else []
        self.at += 1
        ties: list[Tie] = []
        for row, (line, cells) in enumerate(lines):
            if self.header.format == "edgelist1":
                if len(cells) not in (2, 3):
                    raise InputError(
                        f"{self.path.name}, line {line} needs two persons and, where wanted, a number: {cells}."
                    )
                weight = number(cells[2], f"{self.path.name}, line {line}") if cells[2:] else 1.0
                targets = cells[1:2]
            else:
                weight, targets = 1.0, cells[1:]
            if self.header.format == "nodelist1b":
                if cells[0] != str(len(targets)) or row >= self.n:
                    raise InputError(
                        f"{self.path.name}, line {line} announces {cells[0]} persons and names {len(targets)}."
                    )
                source = self.names[row]
            else:
                source = self.person(cells[0], line)
            ties += [(source, self.person(target, line), weight, relation, False) for target in targets]
        return ties

    def person(self, label: str, line: int) -> str:
        if self.header.embedded:
            if label not in self.known:
                self.known.add(label)
                self.names.append(label)
            if len(self.names) > self.n:
                raise InputError(f"{self.path.name}, line {line}: {label!r} is person {self.n + 1}, but N={self.n}.")
            return label
        place = count(label)
        if place and place <= self.n:
            return self.names[place - 1]
        raise InputError(
            f"{self.path.name}, line {line}: {label!r} isn't a number from 1 to {self.n}. If the data name people by their "
            "labels, the header needs LABELS EMBEDDED."
        )

    def finish(self) -> None:
        if len(self.parts) != self.header.matrices:
            raise InputError(
                f"{self.path.name} announces {self.header.matrices} relations (NM) and holds {len(self.parts)}, parted by lines "
                "with an exclamation mark."
            )

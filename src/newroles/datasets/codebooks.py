"""Codebooks: versioned lists of codes with definitions, read from `data/codebooks/` or from a study folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets.places import data_folder
from newroles.datasets.yaml_files import as_text, read_yaml
from newroles.errors import InputError, did_you_mean

CODE_KEYS = (
    "id",
    "name",
    "definition",
    "include",
    "exclude",
    "example",
    "parent",
    "source",
    "since",
    "confidence",
)
CROSSWALK_KEYS = ("code", "other_book", "other_code", "relation", "reason")
_BOOK_KEYS = ("id", "title", "version", "codes")


def _no_crosswalk() -> pd.DataFrame:
    return pd.DataFrame({key: pd.Series(dtype="str") for key in CROSSWALK_KEYS})


@dataclass(frozen=True, eq=False)
class Codebook:
    """One codebook.

    `codes` has one row a code: id, name, definition, include, exclude, example, parent, source, since, confidence
    (text, blank when not given), then a column for every further key that some code has, its values as they stand.
    `changes` has one row a version: version, date, change. `crosswalk` has one row for each pair of a code of this book
    and a code of another that the book compares: code, other_book, other_code, relation, reason (text); no rows when the
    book compares none.
    """

    id: str
    title: str
    version: str
    about: str
    licence: str
    codes: pd.DataFrame = field(repr=False)
    changes: pd.DataFrame = field(repr=False)
    path: Path = field(repr=False)
    crosswalk: pd.DataFrame = field(repr=False, default_factory=_no_crosswalk)

    @property
    def ids(self) -> list[str]:
        """The codes' ids, in the book's order."""
        return list(self.codes["id"])

    def name(self, id: str) -> str:
        """What is this code called?

        Raises InputError when the book has no such code.
        """
        self._row(id)
        return str(self.codes.loc[self.codes["id"] == id, "name"].iloc[0])

    def children(self, id: str) -> list[str]:
        """Which codes stand directly under this one? Their ids, in the book's order.

        Raises InputError when the book has no such code.
        """
        self._row(id)
        return list(self.codes.loc[self.codes["parent"] == id, "id"])

    def _row(self, id: str) -> None:
        if id not in set(self.codes["id"]):
            raise InputError(f"The codebook '{self.id}' has no code '{id}'. {did_you_mean(id, self.ids)}")


def list_codebooks() -> list[str]:
    """Which codebooks come with the project? Their names, in alphabetical order."""
    return sorted(path.stem for path in (data_folder() / "codebooks").glob("*.yml"))


def load_codebook(name_or_path: str | Path) -> Codebook:
    """What codes does this codebook have, and what do they mean?

    Takes the name of a codebook of the project (`roles`) or the path of a YAML file with the keys id, title, version,
    about, licence, changes (version, date, change), codes (id, name, definition, include, exclude, example, parent,
    source, since, confidence and any further keys) and, if the book compares itself with others, crosswalk (code,
    other_book, other_code, relation, reason).

    Returns a Codebook.

    Raises InputError for an unknown name, and, naming the file and the code, for a code without id or name, an id given
    twice, a parent that isn't in the book, codes that are their own ancestors, or a crosswalk entry that lacks a key.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> codes = "[{id: warm, name: Warm}, {id: glad, name: Glad, parent: warm}]"
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "tone.yml")
    ...     _ = path.write_text(f"{{id: tone, title: Tone, version: '1', codes: {codes}}}")
    ...     book = load_codebook(path)
    >>> book.ids, book.name("glad"), book.children("warm")
    (['warm', 'glad'], 'Glad', ['glad'])
    """
    path = Path(name_or_path)
    if path.suffix not in {".yml", ".yaml"}:
        name, path = str(name_or_path), data_folder() / "codebooks" / f"{name_or_path}.yml"
        if not path.is_file():
            raise InputError(f"There is no codebook '{name}'. {did_you_mean(name, list_codebooks())}")
    elif not path.is_file():
        raise InputError(f"There is no codebook file {path}.")
    content = read_yaml(path)
    missing = [key for key in _BOOK_KEYS if not content.get(key)]
    if missing:
        raise InputError(f"{path.name}: the codebook lacks {', '.join(missing)}. It needs {', '.join(_BOOK_KEYS)}.")
    entries = content["codes"]
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{path.name}: `codes` must be a list in which each code has at least an id and a name.")
    codes = _codes_table(entries, path.name)
    _refuse_broken_tree(codes, path.name)
    changes = pd.DataFrame(content.get("changes") or [], columns=["version", "date", "change"])
    return Codebook(
        id=str(content["id"]),
        title=str(content["title"]),
        version=str(content["version"]),
        about=as_text(content.get("about")) or "",
        licence=as_text(content.get("licence")) or "",
        codes=codes,
        changes=changes.map(as_text),
        path=path,
        crosswalk=_crosswalk_table(content.get("crosswalk"), path.name),
    )


def _crosswalk_table(entries: object, file: str) -> pd.DataFrame:
    if entries is None:
        return _no_crosswalk()
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{file}: `crosswalk` must be a list of entries with {', '.join(CROSSWALK_KEYS)}.")
    for number, entry in enumerate(entries, start=1):
        for key in CROSSWALK_KEYS:
            if not as_text(entry.get(key)):
                raise InputError(f"{file}: entry number {number} of the crosswalk has no {key}.")
        if unknown := [str(key) for key in entry if key not in CROSSWALK_KEYS]:
            raise InputError(
                f"{file}: entry number {number} of the crosswalk has the key '{unknown[0]}'. "
                f"{did_you_mean(unknown[0], CROSSWALK_KEYS)}"
            )
    columns = {key: pd.Series([as_text(entry[key]) for entry in entries], dtype="str") for key in CROSSWALK_KEYS}
    return pd.DataFrame(columns)


def _codes_table(entries: list[dict[str, Any]], file: str) -> pd.DataFrame:
    for number, entry in enumerate(entries, start=1):
        for key in ("id", "name"):
            given = entry.get(key)
            if isinstance(given, bool):
                raise InputError(f"{file}: the {key} of code number {number} reads as true or false; quote it.")
            if given is None or not str(given).strip():
                which = f"code '{entry['id']}'" if key == "name" else f"code number {number}"
                raise InputError(f"{file}: {which} has no {key}.")
    further = list(dict.fromkeys(key for entry in entries for key in entry if key not in CODE_KEYS))
    texts = {key: pd.Series([as_text(entry.get(key)) for entry in entries], dtype="str") for key in CODE_KEYS}
    others = {key: pd.Series([entry.get(key) for entry in entries], dtype="object") for key in further}
    return pd.DataFrame({**texts, **others})


def _refuse_broken_tree(codes: pd.DataFrame, file: str) -> None:
    twice = codes.loc[codes["id"].duplicated(), "id"]
    if len(twice):
        raise InputError(f"{file}: the id '{twice.iloc[0]}' is given to two codes; each code needs its own.")
    parents = {code: parent for code, parent in zip(codes["id"], codes["parent"], strict=True) if pd.notna(parent)}
    for code, parent in parents.items():
        if parent not in set(codes["id"]):
            raise InputError(
                f"{file}: the parent '{parent}' of code '{code}' isn't in the book. {did_you_mean(parent, codes['id'])}"
            )
    for code in parents:
        loop = _ancestors(code, parents)
        if code in loop:
            raise InputError(f"{file}: codes can't be their own ancestors: {' under '.join([code, *loop])}.")


def _ancestors(code: str, parents: dict[str, str]) -> list[str]:
    """The codes above this one, nearest first, until the top or until one comes round again."""
    line: list[str] = []
    while (above := parents.get(line[-1] if line else code)) is not None and above not in line:
        line.append(above)
        if above == code:
            break
    return line

"""Published and open tables by name, each with its record: source, licence, hash, columns, known problems."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets.places import data_folder, project_folder
from newroles.datasets.yaml_files import as_text, read_yaml
from newroles.errors import InputError, did_you_mean

KINDS = ("published", "open")
COLUMN_TYPES = ("string", "integer", "number", "boolean", "date")
_OPEN_ONLY = ("inputs", "builder")
_TEXTS = ("title", "kind", "one_row_is", "period", "place", "licence", "attribution", "retrieved", "builder", "sha256")
_MAY_BE_EMPTY = ("known_problems", "used_by")
_TRUE, _FALSE = {"yes", "true", "True", "Yes"}, {"no", "false", "False", "No"}


@dataclass(frozen=True, eq=False)
class Record:
    """What is known about one data file: the keys of the `.yml` beside it.

    `columns` has one row a column of the file: name, type, unit, description. Only open tables have `inputs` and a
    `builder`.
    """

    name: str
    title: str
    kind: str
    one_row_is: str
    period: str
    place: str
    source: list[dict[str, str]]
    licence: str
    attribution: str
    retrieved: str
    inputs: list[dict[str, str]]
    builder: str
    sha256: str
    rows: int
    columns: pd.DataFrame = field(repr=False)
    known_problems: list[str]
    used_by: list[str]


RECORD_KEYS = tuple(f.name for f in fields(Record) if f.name != "name")


def list_tables(kind: str) -> list[str]:
    """Which tables of this kind (published or open) are there? Their names, in alphabetical order.

    Raises InputError for another kind.
    """
    if kind not in KINDS:
        raise InputError(f"There are no '{kind}' tables. {did_you_mean(kind, KINDS)}")
    folder = data_folder() / kind
    return sorted({path.stem for pattern in ("*.csv", "*.yml") for path in folder.glob(pattern)})


def load_record(kind: str, name: str) -> Record:
    """Where does this table come from, under what licence, and what does each column mean?

    Raises InputError for an unknown kind or name, and for a record that can't be read or lacks a key.

    >>> load_record("published", "phase1_participation").rows
    7
    """
    path = _table_path(kind, name, ".yml")
    content = read_yaml(path)
    missing = [key for key in RECORD_KEYS if key not in content and not (key in _OPEN_ONLY and kind == "published")]
    if missing:
        raise InputError(f"{kind}/{path.name}: the record lacks {', '.join(missing)}.")
    columns = content["columns"]
    if not isinstance(columns, list) or not all(isinstance(column, dict) and "name" in column for column in columns):
        raise InputError(f"{kind}/{path.name}: `columns` must be a list: name, type and description of each column.")
    values: dict[str, Any] = {key: content.get(key) for key in RECORD_KEYS}
    for key in ("source", "inputs", "known_problems", "used_by"):
        values[key] = list(values[key] or [])
    for key in _TEXTS:
        values[key] = as_text(values[key]) or ""
    if not isinstance(values["rows"], int):
        raise InputError(f"{kind}/{path.name}: `rows` must be a whole number, found '{values['rows']}'.")
    table = pd.DataFrame(columns).reindex(columns=["name", "type", "unit", "description"]).map(as_text)
    return Record(name=name, **{**values, "columns": table.astype("str")})


def load_published(name: str) -> pd.DataFrame:
    """Which facts were typed from publications under this name? Each row has its source and confidence.

    Returns the table with the types of its record: integers with blanks as `Int64`, dates as `datetime64`. What one
    row is and what each column means is in `load_record("published", name)`.

    Raises InputError for an unknown name, listing the valid ones.

    >>> int(load_published("phase1_participation")["participated"].sum())
    31
    """
    return _load("published", name)


def load_open(name: str) -> pd.DataFrame:
    """Which numbers did our builders compute from open data under this name?

    Returns the table with the types of its record: integers with blanks as `Int64`, dates as `datetime64`. What one
    row is and what each column means is in `load_record("open", name)`.

    Raises InputError for an unknown name, listing the valid ones.

    >>> load_open("staff_servey")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    newroles.errors.InputError: There is no open table 'staff_servey'. Did you mean 'staff_survey'? Valid names: ...
    """
    return _load("open", name)


def data_catalogue() -> pd.DataFrame:
    """Which published and open tables does the book stand on?

    Returns one row a table: kind, name, title, one_row_is, period, place, rows, licence, used_by (chapters, joined by
    ", ").

    >>> sorted(data_catalogue()["kind"].unique())
    ['open', 'published']
    """
    records = [load_record(kind, name) for kind in KINDS for name in list_tables(kind)]
    columns = ["kind", "name", "title", "one_row_is", "period", "place", "rows", "licence"]
    rows = [[getattr(record, column) for column in columns] + [", ".join(record.used_by)] for record in records]
    return pd.DataFrame(rows, columns=[*columns, "used_by"]).astype({"rows": "int64"})


def verify_record(kind: str, name: str) -> list[str]:
    """Does the record still describe its file? One sentence for each thing that doesn't agree.

    Compares hash, number of rows, columns and their types with the file, and looks for missing or unknown keys, a
    source without an address, a column without a description, and chapters that don't exist.

    >>> verify_record("published", "phase1_participation")
    []
    """
    try:
        record = load_record(kind, name)
        table_path = _table_path(kind, name, ".csv")
    except InputError as error:
        return [str(error)]
    content = read_yaml(_table_path(kind, name, ".yml"))
    problems = [f"unknown key '{key}'. {did_you_mean(key, RECORD_KEYS)}" for key in content if key not in RECORD_KEYS]
    expected = [key for key in RECORD_KEYS if kind == "open" or key not in _OPEN_ONLY]
    problems += [f"{key} is blank" for key in expected if not content.get(key) and key not in (*_MAY_BE_EMPTY, "rows")]
    if record.kind != kind:
        problems.append(f"kind is '{record.kind}', but the file lies in {kind}/")
    for source in record.source:
        if not isinstance(source, dict) or not source.get("name") or not (source.get("url") or source.get("doi")):
            problems.append(f"a source needs a name and a url or doi: {source}")
    problems += _compare_with_file(record, table_path)
    project = project_folder()
    pages = {path.stem for path in (project / "notebooks").glob("*.ipynb")}
    pages |= {
        path.relative_to(project / "book").with_suffix("").as_posix() for path in (project / "book").rglob("*.md")
    }
    strays = [page for page in record.used_by if page not in pages]
    problems += [
        f"used_by names '{page}', which is neither a chapter in notebooks/ nor a page in book/" for page in strays
    ]
    return problems


def _compare_with_file(record: Record, path: Path) -> list[str]:
    problems: list[str] = []
    content = path.read_bytes()
    if (actual := hashlib.sha256(content).hexdigest()) != record.sha256:
        problems.append(f"sha256 is {record.sha256 or 'blank'}, but the file's is {actual}")
    if b"\r" in content or content.startswith(b"\xef\xbb\xbf") or not content.endswith(b"\n"):
        problems.append("the file must be UTF-8 without a byte-order mark, with \\n at the end of every line")
    try:
        texts = _read_texts(path)
    except InputError as error:
        return [*problems, str(error)]
    if len(texts) != record.rows:
        problems.append(f"rows is {record.rows}, but the file has {len(texts)}")
    if list(texts.columns) != list(record.columns["name"]):
        return [*problems, f"columns are {list(record.columns['name'])}, but the file's are {list(texts.columns)}"]
    for column, type_, description in record.columns[["name", "type", "description"]].itertuples(index=False):
        if pd.isna(description) or not description:
            problems.append(f"column {column} has no description")
        try:
            _typed(texts[column], str(type_), path.name)
        except InputError as error:
            problems.append(str(error))
    return problems


def _load(kind: str, name: str) -> pd.DataFrame:
    record = load_record(kind, name)
    path = _table_path(kind, name, ".csv")
    texts = _read_texts(path)
    if list(texts.columns) != list(record.columns["name"]):
        raise InputError(
            f"{kind}/{path.name}: its columns are {', '.join(texts.columns)}, but its record says "
            f"{', '.join(record.columns['name'])}."
        )
    types = zip(record.columns["name"], record.columns["type"], strict=True)
    return pd.DataFrame({column: _typed(texts[column], type_, f"{kind}/{path.name}") for column, type_ in types})


def _table_path(kind: str, name: str, suffix: str) -> Path:
    names = list_tables(kind)
    if name not in names:
        raise InputError(f"There is no {kind} table '{name}'. {did_you_mean(str(name), names)}")
    path = data_folder() / kind / f"{name}{suffix}"
    if not path.is_file():
        raise InputError(f"{kind}/{path.name} is missing: every table in {kind}/ needs both a .csv and a .yml record.")
    return path


def _read_texts(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""], encoding="utf-8")
    except (ValueError, UnicodeError) as error:
        raise InputError(f"{path.name} isn't a readable CSV file: {error}") from error


def _typed(texts: pd.Series, type_: str, file: str) -> pd.Series:
    """The column in the type that its record names."""
    blank = texts.isna()
    typed: pd.Series
    if type_ == "string":
        return texts
    if type_ == "date":
        typed = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    elif type_ == "boolean":
        words = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
        typed = texts.map(words).astype("boolean")
        typed = typed if blank.any() or typed.isna().any() else typed.astype("bool")
    elif type_ in {"number", "integer"}:
        typed = pd.to_numeric(texts, errors="coerce").astype("float64")
        if type_ == "integer":
            typed = typed.where(typed % 1 == 0).astype("Int64")
            typed = typed if typed.isna().any() else typed.astype("int64")
    else:
        guess = did_you_mean(type_, COLUMN_TYPES)
        raise InputError(f"{file}: column {texts.name} has the unknown type '{type_}'. {guess}")
    wrong = typed.isna() & ~blank
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            f"{file}: column {texts.name} should be of type {type_}; row {row + 2} holds '{texts.iloc[row]}'."
        )
    return typed

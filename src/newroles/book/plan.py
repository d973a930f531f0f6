"""Which chapters does the book have, what do they need, and which choices can be made in them?"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from newroles.boundary_work import has_acts
from newroles.coding import comparable_rounds
from newroles.datasets import Study
from newroles.datasets.schemas import table_schema
from newroles.effects import comparable_panels
from newroles.errors import InputError, did_you_mean
from newroles.jurisdiction import described_twice
from newroles.networks import comparable_waves

CHECKS: Mapping[str, tuple[Callable[[pd.DataFrame, Study], object], str]] = {
    "agreement": (
        lambda rows, _: comparable_rounds(rows),
        "in no round did two coders code the same two units, and give more than one set of codes between them",
    ),
    "acts": (
        lambda _, study: study.has("segments") and has_acts(study),
        "no extract has a form of boundary work and two different roles, by what the coders came to",
    ),
    "effects": (
        lambda _, study: comparable_panels(study),
        "no measure of teams is known before and after a new role came, and of teams to compare with",
    ),
    "described_twice": (
        lambda rows, _: described_twice(rows),
        "no team is described both in the first wave and in the last",
    ),
    "two_waves": (
        lambda rows, study: study.has("people") and comparable_waves(study.people, rows),
        "no relation has ties within teams in two waves",
    ),
}
"""What a chapter's rows may have to be enough for: a function of them and the study that tells (anything but empty: yes), and why they aren't."""


@dataclass(frozen=True)
class Requirement:
    """What a chapter can't do without: rows of a table of the study, with these values, of so many different others.

    table: its name; where: column to value; distinct: column to how many different values there must be; enough_for:
    what the rows must be enough for (a key of CHECKS), where that can't be said by counting.
    """

    table: str
    where: Mapping[str, Any] = field(default_factory=dict)
    distinct: Mapping[str, int] = field(default_factory=dict)
    enough_for: str = ""

    def lacking(self, study: Study) -> str:
        """Why this study doesn't meet the requirement, as a sentence; "" if it does."""
        if not study.has(self.table):
            return f"This study has no table {self.table} ({table_schema(self.table).one_row_is} a row)."
        rows = getattr(study, self.table)
        for column, value in self.where.items():
            rows = rows[rows[column] == value]
        such = "".join(f", {column} {value}" for column, value in self.where.items())
        if rows.empty:
            return f"This study's table {self.table} has no such rows: expected{such.removeprefix(',')}."
        for column, least in self.distinct.items():
            if (n := rows[column].nunique()) < least:
                return f"The table {self.table}{such} has {n} different {column}: at least {least} are needed."
        if not self.enough_for:
            return ""
        is_enough, why_not = CHECKS[self.enough_for]
        try:
            return "" if is_enough(rows, study) else f"The table {self.table}{such} isn't enough: {why_not}."
        except InputError as problem:
            return f"The table {self.table}{such} can't be used: {problem}"


@dataclass(frozen=True)
class Chapter:
    """One notebook of the table of contents.

    name: the file's stem; path: the source notebook; title: its first heading; needs: chapters whose findings it can't do
    without (the notebook's metadata `newroles.needs`); after: whether it comes after all others that don't, to read what they
    found (`newroles.after: all`); requires: what the study must hold for it (`newroles.requires`);
    parameters: the choices of its `parameters` cell with their defaults; cells: code cells, for the progress bar.
    """

    name: str
    path: Path
    needs: tuple[str, ...] = ()
    after: bool = False
    requires: tuple[Requirement, ...] = ()
    title: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cells: int = 0


def read_toc(project: Path) -> list[str]:
    """Every page of `_toc.yml` in reading order, as the paths written there (without endings).

    Raises InputError when the file is missing or isn't a table of contents.
    """
    path = project / "_toc.yml"
    try:
        toc = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing: the book needs a table of contents.") from None
    if not isinstance(toc, dict) or "root" not in toc:
        raise InputError(f"{path} is not a table of contents: expected the keys format, root and parts or chapters.")

    def pages(node: Any) -> list[str]:
        if isinstance(node, list):
            return [page for item in node for page in pages(item)]
        if not isinstance(node, dict):
            return []
        own = [node["file"]] if "file" in node else []
        return own + [page for key in ("parts", "chapters", "sections") for page in pages(node.get(key, []))]

    return [toc["root"], *pages(toc)]


def chapters(project: Path) -> list[Chapter]:
    """The notebooks of the table of contents, in reading order.

    Raises InputError when a page is missing, a notebook can't be read, or a chapter needs one that isn't in the book.
    """
    found = []
    for page in read_toc(project):
        notebook = project / f"{page}.ipynb"
        if notebook.is_file():
            found.append(_read_chapter(notebook))
        elif not (project / f"{page}.md").is_file():
            raise InputError(f"_toc.yml names {page}, but there is neither {page}.md nor {page}.ipynb in {project}.")
    names = [chapter.name for chapter in found]
    for chapter in found:
        for need in chapter.needs:
            if need not in names:
                raise InputError(
                    f"{chapter.path.name} needs the chapter '{need}', which is not in _toc.yml. {did_you_mean(need, names)}"
                )
    return found


def _read_chapter(path: Path) -> Chapter:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(f"{path} can't be read as a notebook ({type(error).__name__}: {error}).") from None
    tagged = [cell for cell in code if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise InputError(f"{path.name} has {len(tagged)} cells tagged 'parameters'; a chapter has exactly one.")
    ours = notebook.get("metadata", {}).get("newroles", {})
    try:
        requires = tuple(Requirement(**each) for each in ours.get("requires", ()))
    except TypeError as error:
        raise InputError(f"{path.name}: newroles.requires in its metadata can't be read: {error}.") from None
    for each in requires:
        table_schema(each.table)
        if each.enough_for not in ("", *CHECKS):
            raise InputError(f"{path.name}: newroles.requires: {did_you_mean(each.enough_for, CHECKS)}")
    headings = [line[2:].strip() for cell in notebook["cells"] for line in _lines(cell) if line.startswith("# ")]
    return Chapter(
        name=path.stem,
        path=path,
        needs=tuple(ours.get("needs", ())),
        after=_is_after(ours.get("after"), path),
        requires=requires,
        title=headings[0] if headings else path.stem,
        parameters=_literals("".join(tagged[0]["source"]), path),
        cells=len(code),
    )


def _is_after(value: Any, path: Path) -> bool:
    if value not in (None, "all"):
        raise InputError(f"{path.name}: newroles.after in its metadata is {value!r}; it can only be 'all'.")
    return value == "all"


def _lines(cell: Mapping[str, Any]) -> list[str]:
    return "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else []


def left_out(book: Sequence[Chapter], study: Study) -> dict[str, str]:
    """Which chapters can't be made from this study, and why? By name, in a sentence; also those that need such a one."""
    told: dict[str, str] = {}
    for wave in waves(book):
        for chapter in wave:
            lacking = [each.lacking(study) for each in chapter.requires]
            lacking += [f"It rests on the chapter {need}, which is left out." for need in chapter.needs if need in told]
            if any(lacking):
                told[chapter.name] = next(filter(None, lacking))
    return told


def _literals(source: str, path: Path) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for statement in ast.parse(source).body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
        try:
            if not isinstance(target, ast.Name):
                raise ValueError
            values[target.id] = ast.literal_eval(statement.value)  # type: ignore[attr-defined]
        except ValueError:
            raise InputError(
                f"{path.name}, parameters cell, line {statement.lineno}: a parameter is one name and one literal value, such as years = 5."
            ) from None
    return values


def choose(book: Sequence[Chapter], only: Sequence[str]) -> list[Chapter]:
    """The chapters to execute: all of them, or those named and what they need.

    Raises InputError for a name that isn't a chapter.
    """
    by_name = {chapter.name: chapter for chapter in book}
    if not only:
        return list(book)
    wanted: set[str] = set()
    todo = [Path(name).stem for name in only]
    while todo:
        name = todo.pop()
        if name not in by_name:
            raise InputError(f"There is no chapter '{name}'. {did_you_mean(name, by_name)}")
        if name not in wanted:
            wanted.add(name)
            todo.extend(by_name[name].needs)
    return [chapter for chapter in book if chapter.name in wanted]


def waves(book: Sequence[Chapter]) -> list[list[Chapter]]:
    """Groups of chapters that can run side by side, each after those it needs.

    Needs outside `book` count as met; those that come after all others make the last groups. Raises InputError for chapters
    that need each other.
    """
    left, done, order = list(book), set[str](), []
    inside = {chapter.name for chapter in book}
    while left:
        ready = [chapter for chapter in left if all(need in done or need not in inside for need in chapter.needs)]
        ready = [chapter for chapter in ready if not chapter.after] or (
            [] if any(not chapter.after for chapter in left) else ready
        )
        if not ready:
            raise InputError(
                f"These chapters need each other in a circle: {', '.join(chapter.name for chapter in left)}."
            )
        order.append(ready)
        done |= {chapter.name for chapter in ready}
        left = [chapter for chapter in left if chapter.name not in done]
    return order


def parse_parameters(pairs: Sequence[str]) -> dict[str, Any]:
    """`name=value` texts as values: numbers, true and false, null, lists, otherwise text.

    Raises InputError for a text without a name or a sign of equality.
    """
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.isidentifier():
            raise InputError(f"A parameter is given as name=value, for example within_years=5; got '{pair}'.")
        try:
            values[name] = yaml.safe_load(value) if value else ""
        except yaml.YAMLError:
            raise InputError(
                f"The value of '{name}' can't be read: '{value}'. Put it in quotation marks if it is a text."
            ) from None
    return values


def check_parameters(book: Sequence[Chapter], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """For each chapter, those of the given parameters that it has.

    Raises InputError for a name that no chapter has, and for a value whose type differs from the default's.
    """
    known = {name for chapter in book for name in chapter.parameters} - {"study"}
    for name in given:
        if name not in known:
            raise InputError(f"No chapter has a parameter '{name}'. {did_you_mean(name, known)}")
    for_chapter: dict[str, dict[str, Any]] = {}
    for chapter in book:
        for_chapter[chapter.name] = {
            name: _as_default(name, value, chapter) for name, value in given.items() if name in chapter.parameters
        }
    return for_chapter


def _as_default(name: str, value: Any, chapter: Chapter) -> Any:
    default = chapter.parameters[name]
    if default is None or type(value) is type(default):
        return value
    if isinstance(default, float) and type(value) is int:
        return float(value)
    if isinstance(default, (list, tuple)) and isinstance(value, list):
        return value
    raise InputError(
        f"The parameter '{name}' of {chapter.name} is a {type(default).__name__}, such as {default!r}; got {value!r} ({type(value).__name__})."
    )

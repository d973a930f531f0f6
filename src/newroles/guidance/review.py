"""What did the evidence say when the recommendations were last reviewed? Kept in reviewed.yml, compared at every build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from newroles.datasets.yaml_files import read_yaml
from newroles.errors import InputError
from newroles.findings import Finding
from newroles.guidance.cards import Guidance
from newroles.guidance.loading import recommendations_folder
from newroles.guidance.values import Place, mapping

COMPARED = ("statement", "value", "low", "high", "n")
"""The parts of a finding that are compared, as the book shows them."""

HASHED = ("says", "direction", "source", "n", "year", "confidence")
"""The columns of a published fact whose change asks for another look at the advice."""

NOT_KNOWN = "not known"

_HEADER = """\
# The evidence as it stood when every recommendation was last reviewed.
# Written by `newroles guidance reviewed`; don't edit it by hand.
"""


@dataclass(frozen=True)
class Reviewed:
    """The evidence at the last review. Empty: nothing was reviewed yet.

    title, kind: of the study whose findings were read; findings: id to what was shown then; facts: id to the hash of its
    row; inputs: the study's files to their sha256.
    """

    title: str = ""
    kind: str = ""
    findings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        """Was anything reviewed?"""
        return bool(self.title or self.findings or self.facts)

    def same_inputs(self, manifest: Mapping[str, Any]) -> bool:
        """Was a book made from the very files that were reviewed, with the choices as published? True when nothing was.

        manifest: of the book: study (title, kind), inputs (path to sha256) and parameters_given.
        """
        if not self.anything:
            return True
        same = study_identity(manifest["study"]) == (self.title, self.kind)
        return same and input_files(manifest) == dict(self.inputs) and not manifest.get("parameters_given")


def input_files(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The files of the study that a book was made from, by name, each with its sha256."""
    return {Path(name).name: str(sha256) for name, sha256 in manifest.get("inputs", {}).items()}


def shown_parts(finding: Finding) -> dict[str, str]:
    """A finding as the book shows it: statement, value, low, high and n as texts."""
    return {part: finding.text(part) for part in COMPARED}


def in_numbers(parts: Mapping[str, str]) -> str:
    """What a finding says, in its numbers; in its sentence where it has none.

    >>> in_numbers({"statement": "Half of it.", "value": "50%", "low": "40%", "high": "60%", "n": "90"})
    '50% (40% to 60%), n = 90'
    """
    if parts["value"] == NOT_KNOWN:
        return parts["statement"]
    known = NOT_KNOWN not in (parts["low"], parts["high"])
    interval = f" ({parts['low']} to {parts['high']})" if known else ""
    return f"{parts['value']}{interval}" + ("" if parts["n"] == NOT_KNOWN else f", n = {parts['n']}")


def fact_hash(row: Mapping[str, Any]) -> str:
    """The sha256 of what a published fact says: its statement, direction, source, n, year and confidence."""
    return hashlib.sha256(json.dumps([_plain(row[column]) for column in HASHED]).encode()).hexdigest()


def rows_by_id(facts: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The rows of the published facts by their ids."""
    return {str(row["fact"]): {str(key): value for key, value in row.items()} for row in facts.to_dict("records")}


def _plain(value: Any) -> str:
    """A cell as text that doesn't depend on the type that a column of whole numbers happens to have."""
    if pd.isna(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def cited(guidance: Guidance, kind: str) -> list[str]:
    """Which facts (or findings) does any recommendation cite? Their ids, in alphabetical order."""
    keys = {key for recommendation in guidance for key in recommendation.cites()}
    return sorted(key.removeprefix(f"{kind}:") for key in keys if key.startswith(f"{kind}:"))


def write_reviewed(
    guidance: Guidance,
    findings: Mapping[str, Finding],
    facts: pd.DataFrame,
    study: object,
    path: Path | str | None = None,
    inputs: Mapping[str, str] | None = None,
) -> Path:
    """Record the evidence as it is now, after every recommendation has been read again.

    study: whose findings they are: a study, or a mapping with title and kind. path: `reviewed.yml` of the project unless given.
    inputs: the study's files to their sha256 (`input_files`).
    The same evidence gives the same file. Raises InputError when something cited isn't there.
    """
    title, kind = study_identity(study)
    rows = rows_by_id(facts)
    missing = [f"fact:{id}" for id in cited(guidance, "fact") if id not in rows]
    missing += [f"finding:{id}" for id in cited(guidance, "finding") if id not in findings]
    if missing:
        raise InputError(f"Nothing was written: the evidence {', '.join(missing)} is cited, but isn't there.")
    content = {
        "study": {"title": title, "kind": kind},
        "inputs": dict(sorted((inputs or {}).items())),
        "findings": {id: shown_parts(findings[id]) for id in cited(guidance, "finding")},
        "facts": {id: fact_hash(rows[id]) for id in cited(guidance, "fact")},
    }
    target = reviewed_path() if path is None else Path(path)
    draft = target.with_suffix(".yml.new")
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
    draft.write_bytes((_HEADER + text).encode())
    draft.replace(target)
    return target


def reviewed_path() -> Path:
    """Where the project keeps the evidence of the last review."""
    return recommendations_folder() / "reviewed.yml"


def load_reviewed(path: Path | str | None = None) -> Reviewed:
    """What did the evidence say at the last review? Empty when there is no such file, since nothing was reviewed then.

    path: `reviewed.yml` of the project unless given. Raises InputError when the file is malformed.
    """
    source = reviewed_path() if path is None else Path(path)
    if not source.is_file():
        return Reviewed()
    place = Place(source.name)
    content = mapping(read_yaml(source), ("study", "inputs", "findings", "facts"), place)
    study = mapping(content["study"], ("title", "kind"), place.at("study"))
    found: dict[str, Mapping[str, str]] = {}
    for id, parts in _entries(content["findings"], place.at("findings")).items():
        entry = mapping(parts, COMPARED, place.at("findings").at(id))
        found[str(id)] = {part: str(entry[part]) for part in COMPARED}
    hashes = {str(id): str(hash) for id, hash in _entries(content["facts"], place.at("facts")).items()}
    inputs = {str(name): str(sha256) for name, sha256 in _entries(content["inputs"], place.at("inputs")).items()}
    return Reviewed(str(study["title"]), str(study["kind"]), found, hashes, inputs)


def _entries(value: object, place: Place) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise place.wrong("expected ids, each with what was reviewed. Write the file anew: newroles guidance reviewed.")
    return value


def study_identity(study: object) -> tuple[str, str]:
    """Title and kind of a study: of one that was loaded, or of a mapping with these keys, such as a book's manifest holds.

    >>> study_identity({"title": "Ours", "kind": "real"})
    ('Ours', 'real')
    """
    if isinstance(study, Mapping):
        title, kind = study.get("title"), study.get("kind")
    else:
        title, kind = getattr(study, "title", None), getattr(study, "kind", None)
    if not title or not kind:
        raise InputError("Whose findings are these? Give the study, or its title and kind.")
    return str(title), str(kind)

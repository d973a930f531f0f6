"""What a study says about itself: the keys of study.yml and what each may hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from newroles.datasets.codebooks import Codebook, list_codebooks, load_codebook
from newroles.datasets.problems import Complaint, Problems
from newroles.datasets.yaml_files import as_text
from newroles.errors import InputError, did_you_mean, nearest

KINDS = ("invented", "open", "real")
RULES = ("declared", "register", "either")
META_KEYS: Mapping[str, str] = {
    "title": "The study's title, as the book shows it.",
    "kind": "invented (made up, for trying out), open (openly licensed data) or real (a study's own data).",
    "place": "Where the organisations lie.",
    "period": "When the data were collected, such as 2023-01 to 2023-06.",
    "licence": "Under which terms the data may be used.",
    "ethics_reference": "The ethics approval; needed when kind is real.",
    "disclosure_profile": "The name of the small-number rule with which results are shown.",
    "codebooks": "The codebooks used: names of the project's own, or .yml files in the study folder.",
    "counts_as_new": "What counts as new: rule (declared, register or either) and within_years (a number or blank).",
    "about": "Anything else a reader should know, in a sentence or two.",
    "seed": "The seed from which an invented study was made.",
}
REQUIRED_KEYS = ("title", "kind", "place", "period", "licence")
_TEXT_KEYS = (*REQUIRED_KEYS, "ethics_reference", "disclosure_profile", "about")


def check_meta(content: Mapping[str, Any], file: str, problems: Problems) -> dict[str, Any]:
    """What does the study say about itself? Its known keys with cleaned values; complaints go to `problems`."""
    for key in content:
        if key not in META_KEYS:
            guess = nearest(key, META_KEYS)
            hint = f"did you mean '{guess}'? " if guess else ""
            problems.add(file, Complaint("unknown key", f"{hint}valid keys: {', '.join(META_KEYS)}"), column=key)
    meta: dict[str, Any] = {key: as_text(content.get(key)) or "" for key in _TEXT_KEYS}
    for key in REQUIRED_KEYS:
        if not meta[key]:
            problems.add(file, Complaint(f"{key} is missing", f"add a line `{key}: ...`. {META_KEYS[key]}"), column=key)
    for key in _TEXT_KEYS:
        if isinstance(content.get(key), list | dict):
            problems.add(file, Complaint("expected a text", f"write `{key}: some words`"), column=key, value=meta[key])
        elif "<" in meta[key]:
            complaint = Complaint("looks like web-page code", "it will be shown as text, never run", "warning")
            problems.add(file, complaint, column=key, value=meta[key])
    if meta["kind"] and meta["kind"] not in KINDS:
        complaint = Complaint("not a kind of study", did_you_mean(meta["kind"], KINDS))
        problems.add(file, complaint, column="kind", value=meta["kind"])
    if meta["kind"] == "real" and not meta["ethics_reference"]:
        complaint = Complaint("a real study needs its ethics reference", "write it, or why none was needed")
        problems.add(file, complaint, column="ethics_reference")
    meta["codebooks"] = _codebook_names(content.get("codebooks"), file, problems)
    meta["counts_as_new"] = _counts_as_new(content.get("counts_as_new"), file, problems)
    seed = content.get("seed")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        problems.add(file, Complaint("expected a whole number", "write `seed: 1`"), column="seed", value=seed)
    meta["seed"] = seed
    return meta


def _codebook_names(given: object, file: str, problems: Problems) -> list[str]:
    names = [part.strip() for part in given.split(",")] if isinstance(given, str) else given
    if names is None:
        return []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        complaint = Complaint("expected a list of codebooks", "write `codebooks: [roles, rationale]`")
        problems.add(file, complaint, column="codebooks", value=given)
        return []
    return [name for name in names if name]


def _counts_as_new(given: object, file: str, problems: Problems) -> dict[str, Any]:
    chosen: dict[str, Any] = {"rule": "declared", "within_years": None}
    if given is None:
        return chosen
    if not isinstance(given, dict):
        complaint = Complaint("expected a rule", "write `counts_as_new: {rule: declared, within_years: 5}`")
        problems.add(file, complaint, column="counts_as_new", value=given)
        return chosen
    for key, value in given.items():
        if value is None:
            continue
        where = f"counts_as_new.{key}"
        if key not in chosen:
            problems.add(file, Complaint("unknown key", did_you_mean(str(key), chosen)), column=where, value=value)
        elif key == "rule" and value not in RULES:
            problems.add(file, Complaint("not a rule", did_you_mean(str(value), RULES)), column=where, value=value)
        elif key == "within_years" and (not isinstance(value, int) or value is True or value < 0):
            complaint = Complaint("expected a whole number of years", "write a number such as 5, or leave it blank")
            problems.add(file, complaint, column=where, value=value)
        else:
            chosen[key] = value
    return chosen


def load_study_books(
    names: list[str], folder: Path, file: str, problems: Problems
) -> tuple[dict[str, Codebook], frozenset[str]]:
    """Which codebooks does the study use? By id; and the names of those that could not be read."""
    books: dict[str, Codebook] = {}
    unreadable: set[str] = set()
    for name in names:
        own = name.endswith((".yml", ".yaml"))
        path = folder / name
        try:
            if own and not path.resolve().is_relative_to(folder.resolve()):
                raise InputError("A study's own codebook must lie in the study folder.")
            book = load_codebook(path if own else name)
        except InputError as error:
            unreadable.add(Path(name).stem)
            valid = f"project codebooks: {', '.join(list_codebooks())}; or a .yml file in the study folder"
            problems.add(file, Complaint(str(error).replace(str(path), name), valid), column="codebooks", value=name)
            continue
        if book.id in books:
            complaint = Complaint(f"two codebooks have the id '{book.id}'", "name only one of them")
            problems.add(file, complaint, column="codebooks", value=name)
        books[book.id] = book
    return books, frozenset(unreadable)

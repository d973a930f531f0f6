"""Named numbers: recorded by chapters, quoted in prose, cited by guidance, compared between runs."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from newroles.datasets.places import project_folder
from newroles.errors import InputError, did_you_mean

EVIDENCE_KINDS = ("published", "open", "invented", "study")
PARTS = ("value", "low", "high", "interval", "n", "statement")
OF_A_STUDY = ("invented", "study")
COUNTED = ("trusts", "organisations", "people", "posts", "staff", "teams", "reports")
"""Units whose counts fall under a study's small-number rule."""


class SmallNumberRule(Protocol):
    """What findings need to know of a small-number rule (`newroles.disclosure.Profile` is one)."""

    @property
    def below(self) -> int: ...
    @property
    def round_to(self) -> int: ...
    def hides(self, count: float) -> bool: ...
    def shown_as(self, count: float) -> int: ...


@dataclass(frozen=True)
class Finding:
    """One named number and where it came from.

    id: lower case with hyphens, unique in the book; statement: a sentence in which {value}, {low}, {high}, {interval} and
    {n} are filled in; value, low, high, n: the number, its interval and its denominator (None: not known); unit: `share`
    (0-1, shown in per cent) or the thing counted ("trusts"); decimals: how many are shown; method: how it was computed;
    evidence_kind: published, open, invented (a study that says so) or study; table: the table it rests on; rows: how many
    of its rows; figure: the figure that shows it; chapter: where it was recorded.
    """

    id: str
    statement: str
    value: float | str | None
    low: float | None
    high: float | None
    n: int | None
    unit: str
    decimals: int
    method: str
    evidence_kind: str
    table: str
    rows: int | None
    figure: str | None
    chapter: str

    def text(self, part: str = "value") -> str:
        """The number as prose shows it: rounded once, with a thousands comma, shares in per cent.

        Raises InputError for a part that findings don't have.
        """
        if part not in PARTS:
            raise InputError(f"A finding has no part '{part}'. {did_you_mean(part, PARTS)}")
        if part == "statement":
            return self.statement
        if part == "interval" and (self.low is None or self.high is None):
            return "not shown"
        if part == "interval":
            return f"{self.text('low').removesuffix('%')} to {self.text('high')}"
        number = getattr(self, part)
        return _shown(number, unit="count" if part == "n" else self.unit, decimals=0 if part == "n" else self.decimals)


class Findings:
    """What did a chapter find? A chapter makes one, records into it, and saves it at its end.

    rule: the small-number rule of the study whose findings are recorded, `disclosure.profile_of(study)`. Under one that
    hides small counts, a finding of a study whose value or n counts trusts, people, posts or teams, or whose value
    is a share of them, says "fewer than 10" instead where the count is hidden, and has no interval then.

    >>> findings = Findings("phase1_new_roles")
    >>> _ = findings.record("trusts-took-part", "{value} of {n} trusts took part.", value=31, n=51, unit="trusts",
    ...     method="complete count", evidence_kind="published", table="phase1_participation")
    >>> findings["trusts-took-part"].statement
    '31 of 51 trusts took part.'
    """

    def __init__(self, chapter: str, rule: SmallNumberRule | None = None) -> None:
        self.chapter = chapter
        self.rule = rule
        self._found: dict[str, Finding] = {}

    def record(
        self,
        id: str,
        statement: str,
        *,
        value: float | str | None,
        unit: str,
        method: str,
        evidence_kind: str,
        table: str,
        low: float | None = None,
        high: float | None = None,
        n: int | None = None,
        decimals: int = 0,
        rows: int | None = None,
        figure: str | None = None,
        as_written: bool = False,
    ) -> Finding:
        """Name a number. Returns the finding, its statement filled in.

        as_written: the statement is a whole sentence, in which nothing is filled in; a name in it may hold braces.

        Raises InputError when the id is taken or badly formed, the kind of evidence is unknown, the interval doesn't hold the
        value, or the statement asks for a part that isn't there.
        """
        if not id or id != id.lower() or not all(part.isalnum() for part in id.split("-")):
            raise InputError(
                f"A finding's id is lower-case words joined by hyphens, for example trusts-took-part; got '{id}'."
            )
        if id in self._found:
            raise InputError(f"The finding '{id}' is recorded twice in {self.chapter}: give the second another id.")
        if evidence_kind not in EVIDENCE_KINDS:
            raise InputError(
                f"Unknown kind of evidence '{evidence_kind}' for '{id}'. {did_you_mean(evidence_kind, EVIDENCE_KINDS)}"
            )
        numbers = {name: _plain(number) for name, number in (("value", value), ("low", low), ("high", high), ("n", n))}
        if self.rule is not None and evidence_kind in OF_A_STUDY:
            numbers = _protected(numbers, unit, self.rule)
            rows = None if rows is None or self.rule.hides(rows) else self.rule.shown_as(rows)
        if all(isinstance(numbers[k], (int, float)) for k in ("value", "low", "high")) and not (
            numbers["low"] - 1e-9 <= numbers["value"] <= numbers["high"] + 1e-9  # type: ignore[operator]
        ):
            raise InputError(f"The interval of '{id}' ({low} to {high}) does not hold its value {value}.")
        found = Finding(
            id=id, statement="", unit=unit, decimals=decimals, method=method, evidence_kind=evidence_kind, table=table,
            rows=None if rows is None else int(rows), figure=figure, chapter=self.chapter, **numbers,  # type: ignore[arg-type]
        )  # fmt: skip
        parts = {part: found.text(part) for part in ("value", "low", "high", "interval", "n")}
        try:
            sentence = statement if as_written else statement.format(**parts)
        except (KeyError, IndexError) as error:
            raise InputError(
                f"The statement of '{id}' asks for {{{error.args[0]}}}; it can ask for {', '.join(parts)}."
            ) from None
        found = Finding(**{**asdict(found), "statement": sentence})
        self._found[id] = found
        return found

    def __getitem__(self, id: str) -> Finding:
        if id not in self._found:
            raise InputError(f"No finding '{id}' in {self.chapter}. {did_you_mean(id, self._found)}")
        return self._found[id]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)

    def save(self, folder: str | Path | None = None) -> None:
        """Write `<chapter>.json` to the folder, or else where the pages of the book look for it (`findings_folder`)."""
        target = findings_folder() if folder is None else Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        path = target / f"{self.chapter}.json"
        draft = path.with_suffix(".json.new")
        draft.write_text(json.dumps([asdict(f) for f in self], indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(path)


def findings_folder() -> Path:
    """Where findings are kept: the folder named by NEWROLES_FINDINGS while a book is made, else `_build/findings`."""
    named = os.environ.get("NEWROLES_FINDINGS")
    return Path(named) if named else project_folder() / "_build" / "findings"


def load_findings(folder: str | Path) -> dict[str, Finding]:
    """Every finding of a run, by id. Raises InputError when two chapters use one id, or a file can't be read."""
    found: dict[str, Finding] = {}
    for path in sorted(Path(folder).glob("*.json")):
        try:
            entries: list[Mapping] = json.loads(path.read_text(encoding="utf-8"))
            of_chapter = [Finding(**entry) for entry in entries]
        except (json.JSONDecodeError, TypeError) as error:
            raise InputError(f"{path.name} is not a file of findings ({error}): run the chapter again.") from None
        for finding in of_chapter:
            if finding.id in found:
                raise InputError(
                    f"The finding '{finding.id}' is recorded by {found[finding.id].chapter} and by {finding.chapter}."
                )
            found[finding.id] = finding
    return found


def _plain(number: object) -> float | int | str | None:
    """Numpy scalars as Python numbers, not-a-number as None: what JSON can hold."""
    if number is None or isinstance(number, str):
        return number
    if hasattr(number, "item"):
        number = number.item()
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise InputError(f"A finding holds a number, a text or None; got {number!r}.")
    return None if isinstance(number, float) and math.isnan(number) else number


def _protected(
    numbers: dict[str, float | int | str | None], unit: str, rule: SmallNumberRule
) -> dict[str, float | int | str | None]:
    """The parts of a finding as a small-number rule lets them be seen: of a count, or of a share of n counted things."""
    value, n = numbers["value"], numbers["n"]
    is_count = unit in COUNTED
    if not (rule.below or rule.round_to > 1):
        return numbers
    if not isinstance(value, (int, float)):  # words in place of a hidden count
        if not isinstance(n, (int, float)) or not (is_count or unit == "share"):
            return numbers
        return {**numbers, "n": f"fewer than {rule.below}" if rule.hides(n) else rule.shown_as(n)}
    if isinstance(n, str) or not (is_count or (unit == "share" and n is not None)):
        return numbers
    count = round(value if is_count else value * (n or 0))
    few = f"fewer than {rule.below}"
    few_in_all = n is not None and rule.hides(n)
    if few_in_all or rule.hides(count):
        words = few if is_count else "the share of a small number"
        return {"value": words, "low": None, "high": None, "n": few if few_in_all else n}
    if rule.round_to == 1:
        return numbers
    base = None if n is None else rule.shown_as(n)
    # a share may come from a model, so it isn't made anew from rounded counts
    said = rule.shown_as(count) if is_count else "a share of rounded counts"
    return {"value": said, "low": None, "high": None, "n": base}


def _shown(number: float | str | None, unit: str, decimals: int) -> str:
    if number is None:
        return "not known"
    if isinstance(number, str):
        return number
    if unit == "share":
        return f"{number * 100:.{decimals}f}%"
    return f"{number:,.{decimals}f}"

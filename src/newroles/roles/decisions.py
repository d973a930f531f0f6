"""Decisions that a title means a role: dated, with who decided and why, and never against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.roles.register import Register, earliest_and_latest
from newroles.roles.wording import TitleParts, normalise_title, without_status

DECISION_COLUMNS = ["title", "role", "valid_from", "valid_to", "decided_by", "decided_on", "reason"]


@dataclass(frozen=True)
class _Decision:
    line: int
    title: str
    role: str | None
    start: pd.Timestamp
    end: pd.Timestamp

    def overlaps(self, other: _Decision) -> bool:
        return not (self.start > other.end or other.start > self.end)

    def covers(self, day: pd.Timestamp) -> bool:
        return not (self.start > day or self.end < day)


@dataclass(frozen=True)
class Decisions:
    """The decisions of a study, by title in one spelling."""

    by_title: dict[str, list[_Decision]]

    @classmethod
    def read(cls, table: pd.DataFrame | None, register: Register) -> Decisions:
        """Take the table title_decisions in, refusing what can't be followed.

        `table` has one row a decision: title, role (blank: not a role of the register), valid_from, valid_to (both
        included; blank: open), and who, when and why. Raises InputError, with the rows as a spreadsheet numbers them
        (header is 1), for a missing column, a blank title, an unknown role, an unreadable date, an end before the
        start, and for two decisions about one title with different roles and a day in common.
        """
        if table is None:
            return cls({})
        for column in ("title", "role"):
            if column not in table:
                raise InputError(f"title_decisions has no column '{column}'. It needs {', '.join(DECISION_COLUMNS)}.")
        by_title: dict[str, list[_Decision]] = {}
        for line, row in enumerate(table.to_dict("records"), start=2):
            decision = _read_row(line, row, register)
            others = by_title.setdefault(normalise_title(decision.title), [])
            for other in others:
                if other.role != decision.role and other.overlaps(decision):
                    raise InputError(
                        f"title_decisions, rows {other.line} and {line}: '{other.title}' means {_shown(other.role)} in "
                        f"one and {_shown(decision.role)} in the other, on the same dates. Keep one, or end one before "
                        "the other starts (valid_from, valid_to)."
                    )
            others.append(decision)
        return cls(by_title)

    def look_up(self, parts: TitleParts, day: pd.Timestamp | None) -> dict[str, object] | None:
        """What was decided about this title: about all of it, else about its words without band, place and status."""
        if not self.by_title:
            return None
        head = parts.segments[0] if parts.segments else ""
        core, trainee, grade = without_status(head)
        for words in dict.fromkeys([parts.whole, parts.stated, " ".join(parts.segments), head, core]):
            held = [d for d in self.by_title.get(words, []) if words and (day is None or d.covers(day))]
            if not held:
                continue
            answer: dict[str, object] = {"role": held[0].role, "matched_as": words, "trainee": trainee, "grade": grade}
            answer["trainee"] = trainee or parts.says_trainee
            roles = list(dict.fromkeys(decision.role for decision in held))
            if len(roles) == 1:
                return answer | {
                    "how": "decision",
                    "note": "" if held[0].role else "decided: not a role of the register",
                }
            note = (
                f"decided differently for different dates ({', '.join(map(_shown, roles))}): give the date of the title"
            )
            role = next(role for role in roles if role)
            return answer | {"role": role, "how": "suggestion", "score": 100 / len(roles), "note": note}
        return None


def _read_row(line: int, row: dict[Any, Any], register: Register) -> _Decision:
    title, role = _text(row["title"]), _text(row["role"]) or None
    if not normalise_title(title):
        raise InputError(
            f"title_decisions, row {line}: the title is blank. Write the title as it stands in the reports."
        )
    if role is not None and role not in register.ids:
        raise InputError(
            f"title_decisions, row {line}: the register has no role '{role}'. {did_you_mean(role, register.ids)}"
        )
    try:
        start = earliest_and_latest(row.get("valid_from"))[0]
        end = earliest_and_latest(row.get("valid_to"))[1]
    except InputError as error:
        raise InputError(f"title_decisions, row {line}: {error}") from error
    if start > end:
        raise InputError(f"title_decisions, row {line}: valid_to ({end.date()}) is before valid_from ({start.date()}).")
    return _Decision(line, title, role, start, end)


def _text(value: object) -> str:
    return "" if value is None or (not isinstance(value, str) and pd.isna(value)) else str(value).strip()  # type: ignore[call-overload]


def _shown(role: str | None) -> str:
    return role or "no role of the register"

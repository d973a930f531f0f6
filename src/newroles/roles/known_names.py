"""The register's names, looked up: which role has this name on that date, and which name does this text resemble?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from newroles.roles.register import Register, aliases
from newroles.roles.wording import TitleParts, without_status


@dataclass(frozen=True)
class _Reading:
    """One way to read a title: the role's words, and what is left of the title."""

    words: str
    place: tuple[str, ...] = ()
    trainee: bool = False
    grade: str = ""


class KnownNames:
    """The register's names, ready to be looked up."""

    def __init__(self, register: Register) -> None:
        table = aliases(register)
        self._by_alias = {alias: rows.to_dict("records") for alias, rows in table.groupby("alias", sort=False)}
        full = table[table["kind"].isin(["name", "former_name"])].drop_duplicates("alias")
        self._full, self._roles = list(full["alias"]), list(full["role"])

    def look_up(self, parts: TitleParts, day: pd.Timestamp | None) -> dict[str, object] | None:
        """The role whose name this is; several candidates, when it may mean more than one; None when it is no name."""
        readings = _readings(parts)
        found = [(reading, rows) for reading in readings if (rows := self._in_force(reading.words, day))]
        if not found:
            return self._out_of_use(readings, day)
        reading, rows = found[0]
        roles = list(dict.fromkeys(row["role"] for row in rows))
        pieces = [piece for piece in reading.place if (named := self._named(piece, day)) and named not in roles]
        spelt_out = [named for piece in reading.place if (named := self._named(piece, day)) in roles]
        also = list(dict.fromkeys(row["also"] for row in rows if row["also"]))
        doubtful = len(roles) > 1 or bool(also)
        answer: dict[str, object] = {
            "role": roles[0],
            "matched_as": reading.words,
            "kind": rows[0]["kind"],
            "place": "; ".join(reading.place),
        }
        answer |= {"trainee": reading.trainee or rows[0]["kind"] == "trainee", "grade": reading.grade}
        if pieces:
            others = [str(self._named(piece, day)) for piece in pieces]
            note = f"the title names more than one role: {', '.join([*roles, *others])}"
            return answer | {"how": "suggestion", "score": 100 / (len(roles) + len(others)), "note": note}
        if doubtful and spelt_out:
            return answer | {"role": spelt_out[0], "how": "exact", "score": 100.0}
        if doubtful:
            note = f"'{reading.words}' may mean {', '.join([*roles, *also])}: needs a decision"
            return answer | {"how": "suggestion", "score": 100 / (len(roles) + bool(also)), "note": note}
        return answer | {"how": "exact", "score": 100.0}

    def doubt(
        self, decided: dict[str, object] | None, parts: TitleParts, day: pd.Timestamp | None
    ) -> dict[str, object] | None:
        """A decision about part of a title, only a suggestion where the rest of the title names another role."""
        if decided is None or decided["how"] != "decision" or decided["matched_as"] in {parts.whole, parts.stated}:
            return decided
        rest = {named for piece in (*parts.segments[1:], *parts.bracketed) if (named := self._named(piece, day))}
        if not rest - {decided["role"]}:
            return decided
        note = f"decided for '{decided['matched_as']}', but the title also names {', '.join(sorted(rest))}"
        return decided | {"how": "suggestion", "role": decided["role"] or min(rest), "score": 50.0, "note": note}

    def _out_of_use(self, readings: list[_Reading], day: pd.Timestamp | None) -> dict[str, object] | None:
        """The role that once had, or later got, this name."""
        for reading in readings:
            if day is not None and (rows := self._by_alias.get(reading.words)):
                note = f"'{reading.words}' wasn't in use for this role on {day.date()}: needs a decision"
                return {
                    "how": "suggestion",
                    "role": rows[0]["role"],
                    "score": 50.0,
                    "matched_as": reading.words,
                    "note": note,
                }
        return None

    def resembling(self, words: list[str], at_least: float) -> list[dict[str, object]]:
        """For each text, the role whose name resembles it most, if any does enough."""
        if not words or not self._full:
            return [{"how": "none"} for _ in words]
        best = self._resemblance(words)
        top = best.argmax(axis=1)
        return [
            {
                "how": "suggestion",
                "role": self._roles[k],
                "matched_as": self._full[k],
                "kind": "name",
                "score": round(float(scores[k]), 1),
            }
            if text and scores[k] >= at_least
            else {"how": "none"}
            for text, k, scores in zip(words, top, best, strict=True)
        ]

    def nearest(self, words: str, how_many: int) -> list[tuple[str, float]]:
        """The most similar roles with their resemblance, best first."""
        scores = pd.Series(self._resemblance([words])[0]).groupby(self._roles, sort=False).max()
        scores = scores[scores >= 40].sort_values(ascending=False, kind="stable").head(how_many)
        return [(str(role), round(float(score), 1)) for role, score in scores.items()]

    def _resemblance(self, words: list[str]) -> np.ndarray:
        """Mean of the likeness of all words and of the words in common, 0-100: typos and additions keep it high."""
        in_order = process.cdist(words, self._full, scorer=fuzz.token_sort_ratio)
        in_common = process.cdist(words, self._full, scorer=fuzz.token_set_ratio)
        return (in_order + in_common) / 2

    def _in_force(self, words: str, day: pd.Timestamp | None) -> list[dict[Any, Any]]:
        return [row for row in self._by_alias.get(words, []) if day is None or _covers(row, day)]

    def _named(self, piece: str, day: pd.Timestamp | None) -> str | None:
        """The one role that a piece of a title names, if it is an unambiguous name."""
        roles: set[str] = set()
        for words in (piece, without_status(piece)[0]):
            rows = self._in_force(words, day)
            roles |= {str(row["role"]) for row in rows if not row["ambiguous"]}
        return roles.pop() if len(roles) == 1 else None


def _covers(row: dict[Any, Any], day: pd.Timestamp) -> bool:
    return not (row["valid_from"] > day or row["valid_to"] < day)


def _readings(parts: TitleParts) -> list[_Reading]:
    """The ways to read a title, from all of it to its first piece only."""
    texts: list[tuple[str, tuple[str, ...]]] = [(parts.stated, ())]
    for last in range(len(parts.segments), 0, -1):
        texts.append((" ".join(parts.segments[:last]), (*parts.segments[last:], *parts.bracketed)))
    readings = []
    for words, place in texts:
        core, trainee, grade = without_status(words)
        readings.append(_Reading(words, place, parts.says_trainee))
        readings.append(_Reading(core, place, trainee or parts.says_trainee, grade))
    return list(dict.fromkeys(reading for reading in readings if reading.words))


@lru_cache(maxsize=8)
def known_names(register: Register) -> KnownNames:
    """The names of this register, prepared once."""
    return KnownNames(register)

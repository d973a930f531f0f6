"""What a parameter of an invented study is: a default, a unit, a reason, and what is possible."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Self

import pandas as pd

from newroles.errors import InputError, did_you_mean


def parameter(
    default: Any, unit: str, why: str, low: float = 0, high: float = math.inf, whole: bool = False, text: bool = False
) -> Any:
    """A field of a specification: its default (or what makes it), unit, one-line reason and what is possible."""
    notes = {"unit": unit, "why": why, "low": low, "high": high, "whole": whole, "text": text}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=notes)
    return (
        field(default_factory=default, metadata=notes) if callable(default) else field(default=default, metadata=notes)
    )


def share(default: Any, unit: str, why: str) -> Any:
    """A parameter from 0 to 1."""
    return parameter(default, unit, why, high=1)


def count(default: Any, unit: str, why: str, low: int = 0) -> Any:
    """A parameter that is a whole number."""
    return parameter(default, unit, why, low=low, whole=True)


def effect(default: Any, unit: str, why: str) -> Any:
    """A parameter that may be negative."""
    return parameter(default, unit, why, low=-math.inf)


@dataclass(frozen=True)
class Section:
    """The parameters of one part of an invented study. Impossible values are refused with InputError."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not isinstance(value, Section):
                _refuse_impossible(each, value)
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        """What single values can't show: a part with such rules says them here."""

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """A specification from named values, such as those of a command line or of a truth file.

        The values of a part come as a mapping of their own. Raises InputError for an unknown name, with the nearest
        valid one.
        """
        known = {each.name: each for each in fields(cls)}
        given = dict(values)
        for name, value in given.items():
            if name not in known:
                raise InputError(f"Unknown parameter '{name}'. {did_you_mean(name, list(known))}")
            kind = known[name].default_factory
            if isinstance(kind, type) and issubclass(kind, Section) and isinstance(value, Mapping):
                given[name] = kind.from_values(value)
        return cls(**given)

    def values(self) -> dict[str, Any]:
        """Every parameter by name, those of a part in a mapping of their own: `from_values` takes them back."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


def describe_spec(spec: Section, part: str = "") -> pd.DataFrame:
    """Which parameters made this study, in which unit, and why?

    `part`: only those of this part of the study, such as `outcomes`.

    Returns one row per parameter: part (blank for those of trusts and reports), parameter, value (as text), unit,
    reason. Raises InputError for an unknown part.
    """
    parts: dict[str, Section] = {"": spec}
    parts |= {each.name: value for each in fields(spec) if isinstance(value := getattr(spec, each.name), Section)}
    if part and part not in parts:
        raise InputError(
            f"An invented study has no part '{part}'. {did_you_mean(part, [name for name in parts if name])}"
        )
    rows = [
        {"part": name, "parameter": each.name, "value": _as_text(value), **each.metadata}
        for name, held in parts.items()
        for each in fields(held)
        if name.startswith(part) and not isinstance(value := getattr(held, each.name), Section)
    ]
    table = pd.DataFrame(rows).rename(columns={"why": "reason"})
    return table[["part", "parameter", "value", "unit", "reason"]]


def refuse_other_keys(name: str, values: Mapping[str, float], keys: tuple[str, ...]) -> None:
    """A mapping must have exactly these keys. Raises InputError naming the one that is unknown or lacking."""
    for key in values:
        if key not in keys:
            raise InputError(f"{name}: unknown '{key}'. {did_you_mean(key, keys)}")
    lacking = [key for key in keys if key not in values]
    if lacking:
        raise InputError(f"{name}: no value for {', '.join(lacking)}; expected one for each of {', '.join(keys)}.")


def refuse_shares_beyond_one(name: str, values: Mapping[Any, float]) -> None:
    """Shares of one whole must add up to 1. Raises InputError with their sum."""
    if abs(sum(values.values()) - 1) > 1e-9:
        raise InputError(f"{name}: the shares add up to {sum(values.values()):g}, not to 1.")


def _refuse_impossible(each: Field[Any], value: Any) -> None:
    notes = each.metadata
    if each.type == "dt.date":
        if not isinstance(value, dt.date):
            raise InputError(f"{each.name}: {value!r} is not a date: expected one such as {each.default}.")
        return
    if isinstance(value, Mapping) and not value:
        raise InputError(f"{each.name}: no values given; expected at least one.")
    wanted = "a text" if notes["text"] else "a whole number" if notes["whole"] else "a number"
    if not notes["text"] and math.isfinite(notes["low"]):
        wanted += " from 0 to 1" if notes["high"] == 1 else f" of {notes['unit']}, {notes['low']} or more"
    for key, number in value.items() if isinstance(value, Mapping) else [(None, value)]:
        if notes["text"]:
            possible = isinstance(number, str) and bool(number)
        else:
            is_number = isinstance(number, int if notes["whole"] else int | float) and not isinstance(number, bool)
            possible = is_number and notes["low"] <= number <= notes["high"] and math.isfinite(number)
        if not possible:
            where = f" for {key!r}" if key is not None else ""
            raise InputError(f"{each.name}: {number!r}{where} is impossible: expected {wanted}.")


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return value.values()
    return dict(value) if isinstance(value, Mapping) else value


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {part}" for key, part in value.items())
    return str(value)

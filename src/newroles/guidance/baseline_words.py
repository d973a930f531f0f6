"""What does a filled-in baseline workbook say, as a text for the terminal? Counts, and what has moved; nobody's notes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from newroles.guidance.baseline_reading import compare_baselines, progress_in_words, read_workbook, summary_of
from newroles.guidance.values import as_typed
from newroles.guidance.vocabulary import role_names
from newroles.phrases import counted

_BY = {"when": "By moment", "who_acts": "By who acts (an item with several counts for each)"}
_MOVED = ("back", "no_longer_scored", "forward", "newly_scored")  # what asks for a look comes first


def baseline_in_words(path: Path | str, before: Path | str | None = None) -> str:
    """How many items stand where, and what has moved since an earlier workbook of the same team?

    path, before: filled-in workbooks. Evidence, gaps and owners that people typed are left in the workbook.
    Raises InputError for what can't be read, and for workbooks of two roles.
    """
    now = read_workbook(path)
    compared = None if before is None else compare_baselines(read_workbook(before), now)
    role = str(now["role"].iloc[0]) if len(now) else ""
    scored = int(now["score"].notna().sum())
    name = "every role" if role == "all" else role_names().get(role, as_typed(role))
    lines = [f"Baseline for {name}: {counted(len(now), 'item')}, {scored:,} of them scored."]
    for by, heading in _BY.items():
        lines += ["", f"{heading}:", *(f"  {line}" for line in _counts(summary_of(now, by), by))]
    if compared is not None:
        lines += ["", f"Since {Path(str(before)).name}: {progress_in_words(compared)}", *_moves(compared)]
    return "\n".join(lines)


def _counts(summary: pd.DataFrame, by: str) -> list[str]:
    return [
        f"{row[by]}: {row['in_place']} in place, {row['partly']} partly, {row['not_yet']} not yet"
        + (f", {row['not_scored']} not scored" if row["not_scored"] else "")
        + ("" if pd.isna(row["share"]) else f" ({row['share']:.0%} of the scored in place)")
        for row in summary.to_dict("records")
    ]


def _moves(compared: pd.DataFrame) -> list[str]:
    """A line for each item that moved, what went back first."""
    moved = compared[compared["change"].isin(_MOVED)].sort_values(
        "change", key=lambda column: column.map(_MOVED.index), kind="stable"
    )
    return [
        f"  {row['change'].replace('_', ' ')} ({_score(row['before'])} to {_score(row['after'])}): {as_typed(row['readiness'], 200)}"
        for row in moved.to_dict("records")
    ]


def _score(score: object) -> str:
    return "blank" if pd.isna(score) else str(score)  # type: ignore[call-overload]

"""What did a team score, and what has moved since? Filled-in baseline workbooks, read back and compared."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from newroles.datasets.reading import text_of
from newroles.datasets.sheets import values_and_formulas
from newroles.errors import InputError, did_you_mean, nearest
from newroles.guidance.baseline_workbook import BASELINE, BASELINE_COLUMNS, LISTS, SCORES, YES_NO
from newroles.guidance.values import as_typed
from newroles.guidance.vocabulary import AUDIENCES, WHEN
from newroles.phrases import counted, listed

_HEADINGS = tuple(column.heading for column in BASELINE_COLUMNS)
_NAMES = {
    "Item": "item", "When": "when", "Recommendation": "action", "Who acts": "who_acts", "What to have in place": "readiness",
    "Score": "score", "Evidence that we have": "evidence", "Gap, and what we will do": "gap",
    "Owner (a job, not a name)": "owner", "By when": "by_when", "Done": "done",
}  # fmt: skip
_MOST_SHOWN = 20
NOT_SAID = "Not said"
"""Where a cell that says when or by whom was emptied."""
CHANGES = ("forward", "back", "same", "newly_scored", "no_longer_scored", "only_before", "only_after")
"""What can have become of an item between two workbooks."""


def read_workbook(path: str | Path) -> pd.DataFrame:
    """What did the team score and plan? The sheet Baseline of a filled-in workbook.

    Returns one row a readiness item, in the workbook's own order: role, item (the recommendation's id and a number),
    recommendation (its id), when, action, who_acts (names joined by semicolons), readiness, score (0, 1, 2; missing: not
    scored), evidence, gap, owner (texts; missing when blank), by_when (ISO date), done (yes, no or missing).

    Raises InputError when the file can't be read, and, naming the sheet, the cell, the value and what was expected, for a
    missing sheet or column, a score other than 0, 1 or 2, a text in its place, a formula without a stored result, another
    word than yes or no, an unreadable date, and an item that is unknown, missing or there twice.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no workbook {path}.")
    try:
        values, formulas = values_and_formulas(path)
    except Exception as error:  # a broken workbook can raise nearly anything
        raise InputError(
            f"{path.name} can't be read as a workbook ({type(error).__name__}). Open it and save it again as .xlsx."
        ) from error
    for sheet in (BASELINE, LISTS):
        if sheet not in values.sheetnames:
            raise InputError(
                f"{path.name} has no sheet '{sheet}': expected a workbook that newroles made. {did_you_mean(sheet, values.sheetnames)}"
            )
    known = [tuple(map(text_of, row[:2])) for row in values[LISTS].iter_rows(values_only=True)]
    role = next((value for key, value in known if key == "role"), None)
    items = [value for key, value in known if key == "item" and value]
    if not role:
        raise InputError(f"{path.name}, sheet {LISTS}: the role is gone from cell B1. Start from a fresh workbook.")
    if not items:
        raise InputError(f"{path.name}, sheet {LISTS}: the list of items is gone. Start from a fresh workbook.")
    place = _places(values[BASELINE], path.name)
    problems: list[str] = []
    rows = []
    for number in range(2, values[BASELINE].max_row + 1):
        cells = {name: values[BASELINE].cell(number, place[heading]) for heading, name in _NAMES.items()}
        if all(text_of(cell.value) is None for cell in cells.values()):
            continue
        for cell in cells.values():
            formula = formulas[BASELINE][cell.coordinate]
            if formula.data_type == "f" and cell.value is None:
                problems.append(_wrong(cell, formula.value, "a value: this formula has no stored result"))
        rows.append({"role": role} | _row(cells, problems))
    _check_items(rows, items, problems)
    if problems:
        more = [f"and {len(problems) - _MOST_SHOWN} more"] if len(problems) > _MOST_SHOWN else []
        raise InputError("\n".join([f"{path.name}:", *problems[:_MOST_SHOWN], *more]))
    table = pd.DataFrame([{k: v for k, v in row.items() if k != "_cell"} for row in rows])
    texts = {name: "str" for name in table.columns if name != "score"}
    order = ["role", "item", "recommendation", "when", "action", "who_acts", "readiness", "score"]
    return table.astype(texts | {"score": "Int64"})[[*order, "evidence", "gap", "owner", "by_when", "done"]]


def compare_baselines(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """What has moved between two readings of the same team's workbook?

    before, after: as `read_workbook` gives them.

    Returns one row an item of either: item, recommendation, when, readiness, before, after (scores; missing: not scored or
    not there), change: forward, back, same (also when neither was scored), newly_scored, no_longer_scored, only_before (an
    item that the later workbook no longer has) or only_after.

    Raises InputError when the two are for different roles.
    """
    roles = [set(table["role"]) for table in (before, after)]
    if roles[0] != roles[1]:
        raise InputError(
            f"The workbooks are for different roles: before {_named(roles[0])}, after {_named(roles[1])}. Compare two of one role."
        )
    told = pd.concat([after, before]).drop_duplicates("item").set_index("item")
    there = {"before": before.set_index("item")["score"], "after": after.set_index("item")["score"]}
    items = [*after["item"], *(item for item in before["item"] if item not in set(after["item"]))]
    rows = [
        {
            "item": item,
            **told.loc[item, ["recommendation", "when", "readiness"]].to_dict(),
            **{when: scores.get(item, pd.NA) for when, scores in there.items()},
            "change": _change(item, there["before"], there["after"]),
        }
        for item in items
    ]
    columns = ["item", "recommendation", "when", "readiness", "before", "after", "change"]
    return pd.DataFrame(rows, columns=columns).astype({"before": "Int64", "after": "Int64"})


def summary_of(baseline: pd.DataFrame, by: str = "when") -> pd.DataFrame:
    """How many items stand at 0, 1 and 2, by moment or by who acts? What the sheet Summary computes, for other uses.

    baseline: as `read_workbook` gives it. by: `when` or `who_acts` (an item with several who act counts for each).

    Returns one row a moment or audience that has items (what someone typed over one of these comes last): its name, items, not_yet,
    partly, in_place, not_scored, share (of the scored items, those in place; missing when none is scored).

    Raises InputError for another `by`.
    """
    if by not in ("when", "who_acts"):
        raise InputError(f"Counts are by when or by who_acts; got '{by}'. {did_you_mean(by, ('when', 'who_acts'))}")
    each = baseline.assign(**{by: baseline[by].str.split("; ")}).explode(by)
    each[by] = each[by].str.strip().replace("", None).fillna(NOT_SAID)
    known = [*(WHEN if by == "when" else AUDIENCES).values(), NOT_SAID]
    there = set(each[by])
    rows = []
    for name in [*(one for one in known if one in there), *sorted(there - set(known))]:
        scores = each.loc[each[by] == name, "score"]
        counts = [int((scores == score).sum()) for score in SCORES]
        scored = sum(counts)
        share = counts[-1] / scored if scored else None
        rows.append((name, len(scores), *counts, len(scores) - scored, share))
    names = [by, "items", "not_yet", "partly", "in_place", "not_scored", "share"]
    return pd.DataFrame(rows, columns=names).astype({"share": "float64"})


def progress_in_words(compared: pd.DataFrame) -> str:
    """What has moved, in a sentence or two that are right whatever was found?

    compared: as `compare_baselines` gives it.

    >>> compared = pd.DataFrame({"before": [0, 1, 2], "after": [2, 1, 1], "change": ["forward", "same", "back"]})
    >>> progress_in_words(compared)
    'Of 3 items scored both times, 1 moved forward, 1 moved back and 1 stayed where it was.'
    """
    counts = {change: int((compared["change"] == change).sum()) for change in CHANGES}
    both = int((compared["before"].notna() & compared["after"].notna()).sum())
    if not both:
        said = "No item was scored both times."
    else:
        still = both - counts["forward"] - counts["back"]
        parts = [f"{counts['forward']} moved forward", f"{counts['back']} moved back"]
        parts.append(f"{still} stayed where {'it was' if still == 1 else 'they were'}")
        said = f"Of {counted(both, 'item')} scored both times, {listed(parts)}."
    others = {
        "newly_scored": "newly scored", "no_longer_scored": "no longer scored",
        "only_before": "no longer in the workbook", "only_after": "new in the workbook",
    }  # fmt: skip
    more = [f"{counts[change]} {words}" for change, words in others.items() if counts[change]]
    return f"{said} Besides: {listed(more)}." if more else said


def _places(sheet: Worksheet, file: str) -> dict[str, int]:
    """Column numbers by heading. Columns may have been moved; none may be missing or there twice."""
    found: dict[str, int] = {}
    for cell in sheet[1]:
        heading = text_of(cell.value)
        if heading in _HEADINGS and heading in found:
            raise InputError(
                f"{file}, sheet {BASELINE}, cell {cell.coordinate}: the column '{heading}' is there twice."
            )
        if heading:
            found[heading] = cell.column
    for heading in _NAMES:
        if heading not in found:
            raise InputError(
                f"{file}, sheet {BASELINE}, row 1: there is no column '{heading}'. {did_you_mean(heading, found)}"
            )
    return found


def _row(cells: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    text = {name: text_of(cell.value) for name, cell in cells.items()}
    row: dict[str, Any] = {name: (value or "").strip() or None for name, value in text.items()}
    row["recommendation"] = (row["item"] or "").rsplit(" ", 1)[0]
    row["_cell"] = cells["item"]
    row["score"] = _score(cells["score"], problems)
    row["by_when"] = _date(cells["by_when"], problems)
    if row["done"] is not None:
        row["done"] = row["done"].lower()
        if row["done"] not in YES_NO:
            problems.append(_wrong(cells["done"], cells["done"].value, "yes, no or blank"))
    return row


def _score(cell: Any, problems: list[str]) -> int | None:
    value = cell.value
    if isinstance(value, str):  # a number typed into a cell that was formatted as text
        value = value.strip()
        if not value:
            return None
        value = int(value) if value in {str(score) for score in SCORES} else value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value not in SCORES:
        problems.append(_wrong(cell, cell.value, "0, 1, 2 or blank"))
        return None
    return int(value)


def _date(cell: Any, problems: list[str]) -> str | None:
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    try:
        return dt.date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        problems.append(_wrong(cell, value, "a date such as 2027-01-31, or blank"))
        return None


def _check_items(rows: list[dict[str, Any]], items: list[str], problems: list[str]) -> None:
    seen: set[str] = set()
    gone = [item for item in items if item not in {row["item"] for row in rows}]
    for row in rows:
        item = row["item"]
        if item not in items:
            guess = nearest(str(item), gone) or (gone[0] if len(gone) == 1 else None)
            problems.append(
                _wrong(row["_cell"], item, f"'{guess}'" if guess else "an item that the workbook came with")
            )
            gone = [each for each in gone if each != guess]
        elif item in seen:
            problems.append(_wrong(row["_cell"], item, "each item once: delete the copy"))
        seen.add(item)
    problems += [
        f"sheet {BASELINE}: no row for '{item}'. Put it back from a fresh workbook; leave its score blank if it isn't for you."
        for item in gone
    ]


def _wrong(cell: Any, value: object, expected: str) -> str:
    said = "nothing" if value is None else f"'{as_typed(str(value))}'"
    return f"sheet {BASELINE}, cell {cell.coordinate}: {said}, expected {expected}."


def _change(item: str, before: pd.Series, after: pd.Series) -> str:
    if item not in after.index:
        return "only_before"
    if item not in before.index:
        return "only_after"
    one, two = before[item], after[item]
    if pd.isna(one) or pd.isna(two):
        return "same" if pd.isna(one) and pd.isna(two) else "newly_scored" if pd.isna(one) else "no_longer_scored"
    return "same" if one == two else "forward" if two > one else "back"


def _named(roles: set[str]) -> str:
    return listed(sorted(roles)) if roles else "none"

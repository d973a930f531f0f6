"""Where coders differ: the list that an adjudicator fills in, and its decisions read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from newroles.coding.consensus import ADJUDICATION, count_answers
from newroles.datasets import Codebook
from newroles.datasets.dates import parse_date
from newroles.datasets.reading import text_of, text_of_values
from newroles.datasets.sheets import harmless, put_text, read_sheet, save_with_instructions, write_new
from newroles.errors import InputError, nearest

SHEET = "disagreements"
_PLACES = ["document", "start", "end", "team", "on"]
_SHOWN = 8
_BOLD = Font(bold=True)
_GIVEN, _TO_FILL = PatternFill("solid", fgColor="E8EDEE"), PatternFill("solid", fgColor="FFF7CC")
_WIDTHS = {"code_name": 34, "given_by": 24, "not_given_by": 24, "could_not_tell_by": 20, "decided_by": 16, "reason": 60}
_INSTRUCTIONS = (
    "How to fill in the list of disagreements",
    "One row is one unit and code on which the coders who coded the unit do not all agree.",
    "Grey columns are given: leave them, and all rows, as they are. Sorting and filtering do no harm.",
    "Find the extract by its document and its first and last character, read it again, and fill in the yellow columns.",
    "decision: yes when the code applies to the unit, no when it does not. Leave it blank while it is undecided.",
    "decided_by: who decided, by a code rather than a name. It must be filled wherever there is a decision.",
    "decided_on: the day, written 2023-12-31. It may be blank.",
    "reason: why, in a sentence that a reader of the audit trail understands. It may be blank; name nobody in it.",
    "Codes that say that none applies are not listed: they follow when every other code of the unit is dropped.",
    "Save as .xlsx or .csv, and hand the file back.",
)


def disagreements(
    codings: pd.DataFrame,
    codebook: Codebook,
    unit_kind: str = "segment",
    round: int | None = None,
    none_codes: Sequence[str] = (),
    segments: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """On which units and codes do the coders not all agree, and where is each extract to be found?

    `codings`, `codebook`, `unit_kind`, `round`, `none_codes`: as for `count_answers`. `segments`: the study's table of
    that name, one row an extract; its document, start, end, team and on are put beside each row.

    Returns one row per unit and code that neither all coders of the unit gave nor all ruled out: unit, unit_kind, code,
    code_name, given_by, not_given_by, could_not_tell_by (coders, joined by "; "), n_coders (who coded the unit), n_gave,
    then the place of the extract where segments are passed, then blank columns for the adjudicator: decision (yes or
    no), decided_by, decided_on, reason. "None applies" is no row of its own: a coder who gave it is among those who did
    not give the codes that others gave. A unit coded by one coder only can't be disagreed on.

    Raises InputError as `count_answers` does, and for units that aren't in `segments`.

    >>> from newroles.datasets import load_codebook, typed_table
    >>> rows = [("a", "BW-COMP"), ("b", "BW-NONE")]
    >>> codings = pd.DataFrame(rows, columns=["coder", "code"]).assign(
    ...     codebook="boundary_work", unit="s1", unit_kind="segment", value=1, coded_on=None, round=1)
    >>> found = disagreements(typed_table("codings", codings), load_codebook("boundary_work"), none_codes=["BW-NONE"])
    >>> found[["unit", "code", "given_by", "not_given_by"]].values.tolist()
    [['s1', 'BW-COMP', 'a', 'b']]
    """
    answers = count_answers(codings, codebook, unit_kind, round, none_codes)
    settled = (answers["n_gave"] == answers["n_coders"]) | (answers["n_not_gave"] == answers["n_coders"])
    table = answers[~settled & ~answers["code"].isin(list(none_codes))].drop(columns=["n_not_gave", "n_could_not_tell"])
    if segments is not None:
        table = _with_places(table, segments, unit_kind)
    blanks = {name: pd.Series(dtype="datetime64[us]" if name == "decided_on" else "str") for name in ADJUDICATION}
    return table.assign(**blanks).reset_index(drop=True)


def write_disagreements(table: pd.DataFrame, path: str | Path) -> Path:
    """Where can somebody type in the decisions? Writes the list to a new .csv or .xlsx file, and returns its path.

    `table`: as `disagreements` returns it. The workbook says how to fill it in, has a drop-down of yes and no, and shades
    what is given. Nothing in either file runs as a formula.

    Raises InputError when the file exists already, or its name ends in neither .csv nor .xlsx.
    """
    path = Path(path)
    if path.suffix.lower() == ".csv":
        safe = text_of_values(table).map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
        text = safe.to_csv(index=False, lineterminator="\n")
        return write_new(path, b"\xef\xbb\xbf" + text.encode("utf-8"))  # the mark tells Excel that it is UTF-8
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path.name}: expected a name that ends in .xlsx (a workbook) or .csv.")
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    _fill(sheet, table)
    return save_with_instructions(book, _INSTRUCTIONS, path)


def read_adjudications(path: str | Path, disagreements: pd.DataFrame) -> pd.DataFrame:
    """What did the adjudicators decide, and is the list whole?

    `path`: the filled list, .xlsx or .csv, whichever program saved it. `disagreements`: the list as it was written. Its
    rows may have been sorted and columns added; "Yes" and "YES" are read as yes.

    Returns one row per row of the list, in its order: unit, unit_kind, code, decision (yes, no, blank where undecided),
    decided_by, decided_on (a day, blank where not given), reason.

    Raises InputError that names the file and each row, column and value at fault, what was expected and how to mend it:
    a decision other than yes and no, a decision by nobody, an unreadable day, a unit or code that isn't in the list, a row
    that is there twice, rows that are missing, and rows whose coders are no longer those of the list.
    """
    path = Path(path)
    given = read_sheet(path, ["unit", "code", *ADJUDICATION], SHEET if path.suffix.lower() == ".xlsx" else None)
    problems = [*_wrong_rows(given, disagreements), *_wrong_cells(given)]
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise InputError("\n  ".join([f"{path.name} can't be read as adjudications:", *problems[:_SHOWN], *more]))
    decided = given[["unit", "code", *ADJUDICATION]].assign(
        decision=given["decision"].str.lower(),
        decided_on=pd.to_datetime(given["decided_on"], format="%Y-%m-%d").astype("datetime64[us]"),
    )
    return disagreements[["unit", "unit_kind", "code"]].merge(decided, on=["unit", "code"], how="left")


def _with_places(table: pd.DataFrame, segments: pd.DataFrame, unit_kind: str) -> pd.DataFrame:
    if unit_kind != "segment":
        raise InputError(f"Segments tell where segments lie, not units of the kind '{unit_kind}': leave them out.")
    lost = table.loc[~table["unit"].isin(segments["segment"]), "unit"]
    if len(lost):
        raise InputError(
            f"The segments have no row for '{lost.iloc[0]}', which was coded. Add it to the table segments."
        )
    places = segments[["segment", *_PLACES]].rename(columns={"segment": "unit"})
    return table.merge(places, on="unit", how="left", validate="many_to_one")


def _fill(sheet: Worksheet, table: pd.DataFrame) -> None:
    for number, name in enumerate(table.columns, start=1):
        letter, fill = get_column_letter(number), _TO_FILL if name in ADJUDICATION else _GIVEN
        put_text(sheet, 1, number, name, font=_BOLD, fill=fill)
        sheet.column_dimensions[letter].width = _WIDTHS.get(str(name), max(12, len(str(name)) + 3))
        wrap = Alignment(wrap_text=True, vertical="top")
        look = {"fill": fill, "alignment": wrap, "number_format": "yyyy-mm-dd" if name == "decided_on" else "@"}
        is_number = pd.api.types.is_numeric_dtype(table[name])
        for row, value in enumerate(table[name], start=2):
            if is_number and pd.notna(value):
                sheet.cell(row, number, int(value))
                look["number_format"] = "0"
            cell = put_text(sheet, row, number, None if is_number else value, **look)
            if name == "decided_on" and pd.notna(value):
                cell.value = pd.Timestamp(value).to_pydatetime()
    last = len(table) + 1
    sheet.freeze_panes = sheet.cell(2, list(table.columns).index("code") + 2)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{last}"
    if last == 1:
        return
    choice = DataValidation(type="list", formula1='"yes,no"', allow_blank=True, showErrorMessage=True)
    choice.errorTitle, choice.error = "Not in the list", "Choose yes or no, or leave the cell blank."
    sheet.add_data_validation(choice)
    letter = get_column_letter(list(table.columns).index("decision") + 1)
    choice.add(f"{letter}2:{letter}{last}")


def _wrong_rows(given: pd.DataFrame, listed: pd.DataFrame) -> list[str]:
    """Rows that are missing, there twice, not in the list, or about other coders than the list."""
    expected = {(row["unit"], row["code"]): row for row in listed.to_dict("records")}
    units, codes = sorted({unit for unit, _ in expected}), sorted({code for _, code in expected})
    problems: list[str] = []
    first_row: dict[tuple[str, str], int] = {}
    for number, row in zip(given.index, given.to_dict("records"), strict=True):
        key = (row["unit"], row["code"])
        if key not in expected:
            known = [("unit", row["unit"], units), ("code", row["code"], codes)]
            column, value, valid = next((k for k in known if k[1] not in k[2]), ("code", row["code"], codes))
            guess = nearest(str(value), valid, at_least=60) if pd.notna(value) else None
            hint = f" Did you mean '{guess}'?" if guess and guess != value else ""
            found = "blank" if pd.isna(value) else f"'{value}'"
            what = f"expected a unit and code of the list.{hint} Copy the row from the list as it was written."
            problems.append(f"row {number}, column {column}: {found} isn't in the list; {what}")
        elif key in first_row:
            problems.append(
                f"row {number}, columns unit and code: '{key[0]}' and '{key[1]}' stand in row {first_row[key]} already; "
                "expected one row each. Delete one of the two."
            )
        else:
            first_row[key] = number
            for column in {"given_by", "not_given_by"} & set(given.columns) & set(listed.columns):
                if text_of(row[column]) != text_of(expected[key][column]):
                    problems.append(
                        f"row {number}, column {column}: '{row[column]}', but the codings now say "
                        f"'{expected[key][column]}'. The codings have changed since the list was written: write a new one."
                    )
    missing = [key for key in expected if key not in first_row]
    if missing:
        shown = "; ".join(f"unit '{unit}', code '{code}'" for unit, code in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        problems.append(
            f"{len(missing)} of {len(expected)} rows of the list are missing: {shown}{more}. Put them back, "
            "with a blank decision where there is none."
        )
    return problems


def _wrong_cells(given: pd.DataFrame) -> list[str]:
    problems = []
    for number, row in zip(given.index, given.to_dict("records"), strict=True):
        decision, day = row["decision"], row["decided_on"]
        if pd.notna(decision) and decision.lower() not in {"yes", "no"}:
            meant = {"y": "yes", "n": "no", "1": "yes", "0": "no", "true": "yes", "false": "no"}.get(decision.lower())
            meant = meant or nearest(decision, ["yes", "no"])
            mend = f"Write {meant}." if meant else "Write one of these."
            problems.append(f"row {number}, column decision: '{decision}'; expected yes, no or a blank. {mend}")
        elif pd.notna(decision) and pd.isna(row["decided_by"]):
            problems.append(
                f"row {number}, column decided_by: blank, although the decision is '{decision}'; expected who decided. "
                "Fill it in."
            )
        if pd.notna(day) and (complaint := parse_date(day)[1]):
            problems.append(f"row {number}, column decided_on: '{day}' is {complaint.problem}; {complaint.hint}.")
    return problems

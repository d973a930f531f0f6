"""From the text of a cell to its value: each type's rule, and what to say when the text breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from newroles.datasets.dates import parse_date, parse_datetime, parse_partial_date
from newroles.datasets.problems import Complaint, Problems
from newroles.datasets.schemas import Field
from newroles.errors import nearest

Outcome = tuple[object, list[Complaint]]

_BLANK_WORDS = {"na", "n/a", "n.a.", "n.a", "nan", "null", "none", "nil", "-", "--", ".", "?", "unknown", "not known"}
_BLANK_WORDS |= {"n/k", "nk", "not available", "missing", "tbc", "tbd", "not stated", "not applicable", "#n/a"}
_EXCEL_ERRORS = {"#value!", "#ref!", "#name?", "#div/0!", "#null!", "#num!", "#n/a", "#spill!", "#calc!"}
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_MARKUP = re.compile(r"<\s*[a-zA-Z/!]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_SPOKEN = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_DTYPES = {"integer": "Int64", "number": "float64", "date": "datetime64[us]", "datetime": "datetime64[us]"}


def read_column(texts: pd.Series, field: Field, table: str, problems: Problems, quiet: Iterable[int] = ()) -> pd.Series:
    """What values does this column hold?

    `texts`: the cells as text, blank as missing, indexed by row number; `field`: the column's schema. Complaints go to
    `problems`, save those of the rows in `quiet` (their cells may have slid sideways).

    Returns the values in the field's type with the same index, missing where blank or unreadable: integers as int64,
    or Int64 where blanks are allowed; numbers as float64; dates as datetime64[us]; booleans as bool, or boolean where
    blanks are allowed; text as str.
    """
    codes, distinct = pd.factorize(texts)
    outcomes = [read_cell(str(text), field) for text in distinct]
    for number, (_, complaints) in enumerate(outcomes):
        if complaints:
            rows = texts.index[codes == number].difference(pd.Index(quiet))
            for complaint in complaints:
                problems.add_cells(table, field.name, rows, [distinct[number]] * len(rows), [complaint] * len(rows))
    if field.required:
        blank = texts.index[codes == -1].difference(pd.Index(quiet))
        complaint = Complaint("blank, but this column must be filled in every row", f"fill in: {field.description}")
        problems.add_cells(table, field.name, blank, [None] * len(blank), [complaint] * len(blank))
    values = np.empty(len(distinct) + 1, dtype=object)
    values[:-1] = [value for value, _ in outcomes]
    values[-1] = None
    taken: pd.Series = pd.Series(values[codes], index=texts.index, name=texts.name)
    if field.type == "boolean":
        dtype = "bool" if field.required and not taken.isna().any() else "boolean"
    elif field.type == "integer":
        dtype = "int64" if field.required and not taken.isna().any() else "Int64"
    else:
        dtype = _DTYPES.get(field.type, "str")
    return taken.astype(dtype)  # type: ignore[no-any-return, call-overload]


def read_cell(text: str, field: Field) -> Outcome:
    """What value does this text stand for in this column? The value, None when there is none, and what is wrong."""
    stripped = text.strip().strip(_INVISIBLE).strip()
    if not stripped:
        severity = "error" if field.required else "warning"
        return None, [Complaint("only spaces", "fill it in" if field.required else "leave the cell empty", severity)]
    if stripped.lower() in _EXCEL_ERRORS and field.type != "string":
        return None, [Complaint("an Excel error instead of a value", "mend the formula in Excel, or leave it blank")]
    reader = {"integer": _integer, "number": _number, "boolean": _boolean}.get(field.type)
    if reader:
        return reader(stripped, field)
    if field.type in {"date", "datetime"} or field.partial_date:
        if stripped.lower() in _BLANK_WORDS:
            return None, [_leave_blank(field)]
        parse = parse_partial_date if field.partial_date else parse_date if field.type == "date" else parse_datetime
        value, complaint = parse(stripped)
        return value, [complaint] if complaint else []
    return _text(text, stripped, field)


def _leave_blank(field: Field) -> Complaint:
    kind = {"integer": "a whole number", "number": "a number", "boolean": "yes or no"}.get(field.type, "a date")
    blank = "leave the cell blank when it isn't known"
    hint = f"fill in {kind}: this column can't be blank" if field.required else blank
    return Complaint(f"a word for a missing value where {kind} belongs", hint)


def _integer(text: str, field: Field) -> Outcome:
    if re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        if len(text) > 18:
            return None, [Complaint("the number is too long", "check the cell; a whole number has at most 18 digits")]
        return _within(int(text), text, field)
    if re.fullmatch(r"[+-]?\d{1,15}\.0+", text, re.ASCII):
        whole = text.split(".")[0]
        value, complaints = _within(int(whole), whole, field)
        problem = "a whole number written with decimals, as software does when a column has blanks"
        return value, [*complaints, Complaint(problem, f"write {whole}", "warning")]
    if re.fullmatch(_NUMBER, text):
        if "e" in text.lower():
            return None, [Complaint("Excel has shortened a long number", "write the number out in full")]
        is_people = field.unit == "people"
        hint = "count people; part-time shares belong into the column for WTE" if is_people else "write a whole number"
        return None, [Complaint("not a whole number", hint)]
    return None, [_explain_number(text, field, "a whole number")]


def _number(text: str, field: Field) -> Outcome:
    if re.fullmatch(_NUMBER, text):
        value = float(text)
        if np.isfinite(value):
            return _within(value, text, field)
        return None, [Complaint("the number is too large", "check the cell")]
    return None, [_explain_number(text, field, "a number")]


def _within(value: float, text: str, field: Field) -> Outcome:
    if field.minimum is not None and value < field.minimum:
        return None, [Complaint(f"below the smallest value allowed, {field.minimum:g}", "check the number")]
    if field.maximum is not None and value > field.maximum:
        return None, [Complaint(f"above the largest value allowed, {field.maximum:g}", "check the number")]
    return value, []


def _explain_number(text: str, field: Field, kind: str) -> Complaint:
    if text.lower() in _BLANK_WORDS:
        return _leave_blank(field)
    if re.fullmatch(r"#+", text):
        return Complaint(
            "Excel saved the marks it shows when a column is too narrow; the number is lost",
            "in Excel, widen the column until the number shows, and save again",
        )
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        return Complaint("a comma between thousands", f"write {text.replace(',', '')}")
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        return Complaint("a comma instead of a decimal point", f"write {text.replace(',', '.')}")
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text):
        return Complaint("a percentage", f"write the share, {float(match[1]) / 100:g}")
    if re.fullmatch(r"[<>≤≥]\s*\d+|\*", text):
        return Complaint("a suppressed or bounded number", "leave the cell blank when the number isn't known exactly")
    if match := re.fullmatch(r"(?:£|~|c\.?|about|approx\.?|circa)\s*(\d+(?:\.\d+)?)", text, re.IGNORECASE):
        return Complaint(f"more than a bare number; expected {kind}", f"write {match[1]}")
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*[a-zA-Z ]+", text):
        return Complaint(f"a number with words; expected {kind}", f"write {match[1]}")
    if text.lower() in _SPOKEN:
        return Complaint(f"a number in words; expected {kind}", f"write {_SPOKEN.index(text.lower()) + 1}")
    day, complaint = parse_date(text)
    if day or (complaint and complaint.problem != "not a date"):
        return Complaint(f"a date where {kind} belongs", f"write {kind}; Excel may have turned the number into a date")
    return Complaint(f"not a number; expected {kind}", f"write {kind} such as {field.example}, or leave the cell blank")


def _boolean(text: str, field: Field) -> Outcome:
    if text in field.true_words or text in field.false_words:
        return text in field.true_words, []
    if text.lower() in _BLANK_WORDS:
        return None, [_leave_blank(field)]
    meant = {"y": "yes", "1": "yes", "t": "yes", "n": "no", "0": "no", "f": "no"}.get(text.lower())
    meant = meant or nearest(text, ["yes", "no"])
    return None, [Complaint("expected yes or no", f"write {meant}" if meant else "write yes or no")]


def _text(text: str, stripped: str, field: Field) -> Outcome:
    complaints: list[Complaint] = []
    if stripped.lower() in _EXCEL_ERRORS or re.fullmatch(r"#{3,}", stripped):
        return None, [Complaint("an Excel error or too narrow a column instead of the text", "mend it in Excel")]
    if field.is_id or field.allowed:
        if text != stripped:
            complaints.append(Complaint("spaces before or after the value", f"write '{stripped}'"))
        if re.fullmatch(r"\d+(\.\d+)?[eE]\+\d+", stripped):
            problem = "Excel has turned a long number into scientific notation; the original is lost"
            hint = "format the column as text in Excel and type the value again"
            return stripped, [*complaints, Complaint(problem, hint)]
    if field.allowed and stripped not in field.allowed:
        return None, [*complaints, _not_allowed(stripped, field)]
    if field.pattern and not re.fullmatch(field.pattern, stripped):
        hint = field.pattern_hint or f"write it like {field.example}"
        return stripped, [*complaints, Complaint("not written in the expected form", hint)]
    if _MARKUP.search(stripped):
        complaints.append(
            Complaint("looks like web-page code", "it will be shown as text, never run; remove it", "warning")
        )
    if stripped[0] in "=+-@" and not re.fullmatch(_NUMBER, stripped):
        complaints.append(
            Complaint(
                f"starts with '{stripped[0]}', which a spreadsheet takes for a formula",
                "it will be shown as text, never run; remove the mark if it isn't part of the text",
                "warning",
            )
        )
    return stripped if field.is_id or field.allowed else text, complaints


def _not_allowed(text: str, field: Field) -> Complaint:
    listing = f"allowed: {', '.join(field.allowed)}"
    if field.name == "band":
        bare = re.sub(r"^(afc|agenda for change)?\s*(band|bd?)?\s*|\.0$", "", text.lower())
        if bare in field.allowed:
            return Complaint("not a pay band as expected here", f"write {bare}; {listing}")
    if text.lower() in _BLANK_WORDS and not field.required:
        return Complaint("a word for a missing value", "leave the cell blank when it isn't known")
    meant = nearest(text.replace(" ", "_"), field.allowed)
    return Complaint("not one of the values allowed", f"did you mean '{meant}'? {listing}" if meant else listing)

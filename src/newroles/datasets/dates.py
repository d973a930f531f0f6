"""Dates as people and spreadsheets write them: what was probably meant, and how to write it."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from newroles.datasets.problems import Complaint

EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
_FIRST_EXCEL_DAY = dt.date(1899, 12, 30)
_SERIALS = range(20_000, 73_051)  # 1954 to 2099: a smaller number in a date column is more likely a count or a year
_MONTHS = {name.lower(): n for names in (calendar.month_name, calendar.month_abbr) for n, name in enumerate(names) if n}
_MONTHS["sept"] = 9
_WIDEN = "in Excel, widen the column until the date shows, format it as yyyy-mm-dd and save again"


def parse_date(text: str) -> tuple[dt.date | None, Complaint | None]:
    """Which day is this? An ISO date (2023-12-31), or None and what to write instead.

    >>> parse_date("2023-12-31")[0].year, parse_date("31/12/2023")[1].hint
    (2023, 'write 2023-12-31')
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return _real_day(text)
    return None, _explain(text, "write the day as 2023-12-31, or leave the cell blank when it isn't known")


def parse_partial_date(text: str) -> tuple[str | None, Complaint | None]:
    """When, as precisely as known? The text itself (a year, year and month, or day), or None and what to write instead.

    >>> parse_partial_date("2019-04")[0], parse_partial_date("04/2019")[1].hint
    ('2019-04', 'write 2019-04')
    """
    if re.fullmatch(r"\d{4}", text):
        problem = None if EARLIEST.year <= int(text) <= LATEST.year else _implausible(text)
        return (None, problem) if problem else (text, None)
    if match := re.fullmatch(r"(\d{4})-(\d{2})", text):
        if not 1 <= int(match[2]) <= 12:
            return None, Complaint(f"there is no month {match[2]}", "write year and month as 2019-04, or only the year")
        return (text, None) if EARLIEST.year <= int(match[1]) <= LATEST.year else (None, _implausible(text))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day, complaint = _real_day(text)
        return (text if day else None), complaint
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{4})", text):
        return None, Complaint("the month comes before the year", f"write {match[2]}-{int(match[1]):02d}")
    if match := re.fullmatch(r"(\d{4})\.0+", text):
        return None, Complaint("a year written as a decimal number", f"write {match[1]}")
    if re.fullmatch(r"\d{4}[/-]\d{2,4}", text):
        return None, Complaint("a financial year", f"write the year in which it began, {text[:4]}, or the month itself")
    return None, _explain(text, "write a year (2019), a year and month (2019-04) or a day (2019-04-01)")


def parse_datetime(text: str) -> tuple[dt.datetime | None, Complaint | None]:
    """Which moment is this, in local time? An ISO date with a time, or None and what to write instead.

    >>> parse_datetime("2023-04-03 09:30")[0].hour
    9
    """
    expected = "write day and time as 2023-04-03T09:30:00"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?", text):
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return None, Complaint(f"there is no such day or time as {text}", expected)
        return (moment, None) if EARLIEST <= moment.date() <= LATEST else (None, _implausible(text))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*([Zz]|[+-]\d{2}:?\d{2})", text):
        return None, Complaint("the time names a time zone", f"write local time without a zone: {text[:19]}")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None, Complaint("the time of day is missing", f"write {text}T09:30:00 with the true time")
    if match := re.fullmatch(r"(\d{5})\.(\d+)", text):
        moment = dt.datetime.combine(_FIRST_EXCEL_DAY, dt.time()) + dt.timedelta(days=float(text))
        if int(match[1]) in _SERIALS:
            return None, Complaint("Excel's number for a date and time", f"write {moment:%Y-%m-%dT%H:%M:00}")
    return None, _explain(text, expected)


def first_day(partial: str) -> dt.date:
    """The earliest day that a valid partial date can mean.

    >>> first_day("2019-04").isoformat()
    '2019-04-01'
    """
    return dt.date.fromisoformat(f"{partial}-01-01"[:10])


def _real_day(text: str) -> tuple[dt.date | None, Complaint | None]:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        year, month, number = (int(part) for part in text.split("-"))
        if 12 < month <= 31 and 1 <= number <= 12:
            hint = f"write year, month, day: {year}-{number:02d}-{month:02d}"
            return None, Complaint(f"there is no month {month}", hint)
        return None, Complaint(f"there is no such day as {text}", "look the day up in the source and mend it")
    return (day, None) if EARLIEST <= day <= LATEST else (None, _implausible(text))


def _implausible(text: str) -> Complaint:
    return Complaint(f"{text} lies outside {EARLIEST.year} to {LATEST.year}", "check the year")


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        found = dt.date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def _explain(text: str, expected: str) -> Complaint:
    """Why isn't this an ISO date, and what should be written?"""
    if re.fullmatch(r"#+", text):
        return Complaint("Excel saved the marks it shows when a column is too narrow; the date itself is lost", _WIDEN)
    if re.fullmatch(r"\d{5}", text) and int(text) in _SERIALS:
        day = _FIRST_EXCEL_DAY + dt.timedelta(days=int(text))
        return Complaint("Excel's number for a date", f"write {day}")
    if re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}", text):
        return Complaint("a date with a time of day", f"write the day alone: {text[:10]}")
    year_first = re.fullmatch(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})|(\d{4})(\d{2})(\d{2})", text)
    if year_first and (meant := _day(*(int(part) for part in year_first.groups() if part))):
        return Complaint("not written as year-month-day with hyphens", f"write {meant}")
    if match := re.fullmatch(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4}|\d{2})", text):
        return _day_or_month_first(*(int(part) for part in match.groups()))
    return _with_month_name(text) or Complaint("not a date", expected)


def _day_or_month_first(first: int, second: int, year: int) -> Complaint:
    day_first, month_first = _day(year, second, first), _day(year, first, second)
    if day_first and month_first and day_first != month_first:
        meanings = f"{day_first.day} {day_first:%B} or {month_first.day} {month_first:%B}"
        return Complaint(
            f"the date is in another order and ambiguous: it could be {meanings}",
            f"write {day_first} (day first, as in Britain) or {month_first} (month first)",
        )
    if found := day_first or month_first:
        return Complaint("the date is in another order", f"write {found}")
    return Complaint("there is no such day", "look the day up in the source and write it as 2023-12-31")


def _with_month_name(text: str) -> Complaint | None:
    words = [word for word in re.split(r"[\s,./-]+", re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text.lower())) if word]
    month = next((_MONTHS[word] for word in words if word in _MONTHS), None)
    numbers = [int(word) for word in words if word.isdecimal()]
    if month is None or len(numbers) + 1 != len(words):
        return None
    name = calendar.month_name[month]
    if len(numbers) == 2:
        year_first = numbers[0] > 31
        year, day = numbers if year_first else reversed(numbers)
        if found := _day(year, month, day):
            return Complaint("the month is written as a word", f"write {found}")
        return Complaint("there is no such day", "look the day up in the source and write it as 2023-12-31")
    if len(numbers) == 1 and numbers[0] > 31:
        year = numbers[0] + 2000 if numbers[0] < 100 else numbers[0]
        return Complaint("only a month and a year", f"write the whole day, such as {year}-{month:02d}-01 for the 1st")
    if len(numbers) == 1:
        year = 2000 + numbers[0]
        return Complaint(
            f"Excel has shortened the date: it could be {name} {year} or {numbers[0]} {name} of some year",
            f"write the whole day from the source, such as {year}-{month:02d}-01 if {name} {year} is meant",
        )
    return None

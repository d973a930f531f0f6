"""Which whole number stands for this period? Years, financial years, quarters and months as counted periods."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from newroles.errors import InputError

KINDS = {
    "year": r"\d{4}",
    "financial year": r"\d{4}/\d{2}",
    "quarter": r"\d{4}-Q[1-4]",
    "month": r"\d{4}-(?:0[1-9]|1[0-2])",
    "day": r"\d{4}-(?:0[1-9]|1[0-2])-\d{2}",
}
_DATE = r"\d{4}(?:\.0|-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?: 00:00:00)?)?)?"
_PER_YEAR = {"year": 1, "financial year": 1, "quarter": 4, "month": 12}
_APRIL = 4


def kind_of_period(periods: Iterable[str], what: str = "The periods") -> str:
    """Are these years, financial years, quarters, months or days?

    `what`: whose periods they are, for messages.

    Returns one of KINDS. Raises InputError for a text that is no period, and for periods of more than one kind, naming
    one of each.

    >>> kind_of_period(["2021-07", "2021-08"])
    'month'
    """
    texts = pd.Series(sorted({str(period) for period in periods}), dtype="str")
    if texts.empty:
        raise InputError(f"{what}: there are none.")
    found = {kind: texts[texts.str.fullmatch(pattern)] for kind, pattern in KINDS.items()}
    strange = texts[~texts.isin(pd.concat(list(found.values())))]
    if len(strange):
        raise InputError(
            f"{what}: '{strange.iloc[0]}' is no period. Write a year (2023), a financial year (2023/24), a quarter "
            "(2023-Q1) or a month (2023-04)."
        )
    held = {kind: rows.iloc[0] for kind, rows in found.items() if len(rows)}
    if len(held) > 1:
        named = ", ".join(f"{kind} ('{example}')" for kind, example in held.items())
        raise InputError(
            f"{what} are of different kinds: {named}. Periods of one measure must be of one kind, or before and after "
            "can't be told apart. Write all of them alike, or give each kind a measure of its own."
        )
    return next(iter(held))


def number_periods(periods: pd.Series, kind: str) -> pd.Series:
    """Which whole number is each period, so that the next period is the next number?

    `kind`: as `kind_of_period` gives it; a day counts as its month. A financial year goes by the year in which it begins.

    Raises InputError for a financial year whose two years don't follow each other.

    >>> number_periods(pd.Series(["2021-12", "2022-01"]), "month").diff().tolist()[1]
    1.0
    """
    text = periods.astype("str")
    year = text.str[:4].astype(int)
    if kind == "year":
        return year
    if kind == "financial year":
        wrong = text[(year + 1) % 100 != text.str[5:7].astype(int)]
        if len(wrong):
            begins = int(wrong.iloc[0][:4])
            raise InputError(f"'{wrong.iloc[0]}' is no financial year: write {begins}/{(begins + 1) % 100:02d}.")
        return year
    if kind == "quarter":
        return 4 * year + text.str[6].astype(int) - 1
    return 12 * year + text.str[5:7].astype(int) - 1


def number_dates(dates: pd.Series, kind: str) -> pd.Series:
    """In which numbered period does each date lie: a year, a year and month, or a day?

    `kind`: of the periods (year, financial year, quarter, month). The financial year begins in April.

    Returns a number per date; blank where the date is blank, or says a year only and periods are shorter or begin in April.

    Raises InputError for what is no date, with its row's name where rows have names.

    >>> number_dates(pd.Series(["2022-02", "2022", None]), "financial year").tolist()
    [2021.0, nan, nan]
    """
    text = dates.astype("str").where(dates.notna())
    strange = text.notna() & ~text.str.fullmatch(_DATE, na=False)
    if strange.any():
        what = f"'{text.index[strange][0]}': " if text.index.name else ""
        raise InputError(
            f"{what}'{text[strange].iloc[0]}' is no date. Write a day (2022-03-01), a month (2022-03), a year (2022) or leave it blank."
        )
    year = pd.to_numeric(text.str[:4])
    if kind == "year":
        return year.astype(float)
    month = pd.to_numeric(text.str[5:7].mask(text.str.len() < len("2022-01")))
    if kind == "financial year":
        return (year - (month < _APRIL)).where(month.notna()).astype(float)
    if kind == "quarter":
        return (4 * year + (month - 1) // 3).astype(float)
    return (12 * year + month - 1).astype(float)


def name_period(number: float, kind: str) -> str:
    """What is the period with this number called? The inverse of `number_periods`.

    >>> name_period(24264, "month"), name_period(2021, "financial year"), name_period(8089, "quarter")
    ('2022-01', '2021/22', '2022-Q2')
    """
    year, part = divmod(int(number), _PER_YEAR[kind])
    if kind == "year":
        return str(year)
    if kind == "financial year":
        return f"{year}/{(year + 1) % 100:02d}"
    return f"{year}-Q{part + 1}" if kind == "quarter" else f"{year}-{part + 1:02d}"

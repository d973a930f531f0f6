"""A table of counts as it may be shown: small counts hidden, others with them, the rest rounded if the rule says so."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.disclosure.cells import ALL, Cell, Sums, find_keys, total_label
from newroles.disclosure.profiles import Profile, small_number_rule
from newroles.disclosure.suppression import hidden_cells
from newroles.errors import InputError, did_you_mean

_TOTAL_COLUMNS = ("all", "total", "overall", "grand total")


def protect(
    table: pd.DataFrame,
    counts: str | Sequence[str],
    profile: str | Mapping[str, Any] | Profile,
    *,
    by: Sequence[str] | None = None,
    margins: Mapping[str, Hashable] | None = None,
    across: str | None = None,
    assume_known: bool | None = None,
    empty_by_design: str | None = None,
    derived: Mapping[str, str | Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Which counts of a table may be shown, so that none of the others can be worked out by subtraction?

    table: one row per thing counted, or a cross-tabulation with the rows' names as its index. counts: the column or
    columns of counts of people, posts or organisations (whole numbers of 0 or more; blank where not known).
    profile: a small-number rule by name (threshold_10, nhs, below_5, none), or one of your own: see small_number_rule.
    by: the columns that say what a row counts; found when not given (the first that tell the rows apart).
    margins: key column to the label that marks its totals, such as {"region": "England"}; when not given, labels such as
    Total, All or All regions are; {} says that no row is a total. across: the count column that is the sum of the other
    count columns; when not given, one called total or all is, if there are two others; "" says that there is none.
    assume_known: also protect against totals that the table doesn't print. When not given: for a table with two or more
    keys, columns that add up across being one of them, and for one that pd.crosstab made (their totals usually stand
    elsewhere); not for a list. Where a total that isn't printed would give a count away whatever is hidden, True
    refuses the table; otherwise `.attrs["protection"]["withhold"]` and describe_protection name the totals that must
    not be shown elsewhere either.
    empty_by_design: a column that is True where a count can only be 0; such zeros are shown, and hide nothing.
    derived: column of shares, rates or the like to the count columns it is computed from. They are blanked wherever one of
    those counts is hidden. Under a rule that rounds, a share given as (numerator, denominator) is computed again from
    the rounded counts, and any other derived column is blanked throughout, since it would give exact counts away.

    Returns the table with blanks for the counts that are hidden, and for each count column a column COUNT_status: shown,
    hidden, or missing (not known in the first place). Whether a zero is shown is part of the rule: `threshold_10` and
    `below_5` hide it, `nhs` shows it. Which of the hidden counts are small isn't told. `.attrs["protection"]` has their
    numbers for describe_protection.

    What it doesn't do: it looks at one table at a time, so the same counts shown in two tables cut differently can still
    give one another away; and of a count and its denominator (12 of 13) it doesn't guard the difference, unless that is
    a column as well, with the denominator as `across`.

    Raises InputError for an unknown rule or column, a count that is negative, broken or a text, two rows for one thing, a
    total that its parts don't add up to, a table that was protected before, and where a hidden count can be worked out
    whatever is hidden besides.

    Source: primary and secondary suppression as in Hundepool and others (2012), Statistical Disclosure Control, chapters
    4 and 5, doi 10.1002/9781118348239; the choice of cells: see newroles.disclosure.suppression.hidden_cells.

    >>> table = pd.DataFrame({"region": ["London", "Midlands", "South West", "Total"], "trusts": [3, 12, 40, 55]})
    >>> protect(table, "trusts", "threshold_10")["trusts"].tolist()
    [<NA>, <NA>, 40, 55]
    >>> protect(table, "trusts", "nhs")["trusts"].tolist()
    [<NA>, 10, 40, 55]
    """
    rule = small_number_rule(profile)
    columns: list[Any] = [counts] if isinstance(counts, str) or not isinstance(counts, Sequence) else list(counts)
    rests_on = {column: _as_list(on) for column, on in (derived or {}).items()}
    tabulated = not isinstance(table.index, pd.RangeIndex) and set(table.columns) == set(columns)
    flat = table.reset_index(names=_index_names(table)) if tabulated else table
    _check_columns(flat, columns, rests_on, empty_by_design)
    values = {column: _checked(flat, column) for column in columns}
    statuses = [f"{column}_status" for column in columns]
    keys = find_keys(flat, [*columns, *rests_on, *([empty_by_design] if empty_by_design else [])], by)
    total_column = _total_column(columns, across)
    crossed = tabulated and table.columns.name is not None and len(columns) > 1 and across is None
    additive = total_column is not None or (crossed and assume_known is not False)
    known = assume_known if assume_known is not None else len(keys) + additive > 1

    labels = _labels(flat, keys, margins)
    impossible = flat[empty_by_design].astype(bool).tolist() if empty_by_design else [False] * len(flat)
    sums, places = Sums(), []
    blocks = [columns] if additive else [[column] for column in columns]
    for block in blocks:
        cells = [
            Cell(
                labels=(*of_row, ALL if column == total_column else column) if additive else of_row,
                count=values[column][row],
                name=f"Row {row + 1} ({', '.join(str(flat[key].iloc[row]) for key in keys) or 'of the table'}), column {column}",
                empty_by_design=impossible[row] and values[column][row] == 0,
            )
            for column in block
            for row, of_row in enumerate(labels)
        ]
        places += [(row, column) for column in block for row in range(len(flat))]
        sums.add_block(cells, known)
    small, besides = hidden_cells(sums, rule, strict=assume_known is True)
    besides, withheld = np.split(besides, [len(places)])

    hidden = {column: np.zeros(len(flat), dtype=bool) for column in columns}
    for (row, column), hide in zip(places, small | besides, strict=True):
        hidden[column][row] = hide
    shown = _shown(table, columns, values, hidden, rule)
    for column, status in zip(columns, statuses, strict=True):
        missing = np.isnan(values[column])
        shown[status] = np.select([missing, hidden[column]], ["missing", "hidden"], "shown")
        shown[status] = shown[status].astype("str")
    for column, on in rests_on.items():
        shown[column] = _derived(flat[column], on, shown, hidden, rule)
    shown.attrs["protection"] = {
        "below": rule.below,
        "hidden_words": rule.hidden_words,
        "round_to": rule.round_to,
        "small": int(small.sum()),
        "besides": int(besides.sum()),
        "withhold": [name for name, withhold in zip(sums.implied_names, withheld, strict=True) if withhold],
        "derived": list(map(str, rests_on)),
    }
    return shown


def describe_protection(result: pd.DataFrame) -> str:
    """What was done to the counts of a table before it was shown, in a sentence or two for the line under it?

    result: a table as protect gives it.

    Returns the words: how many counts the rule hid and how many others had to be hidden with them, and the rounding.

    Raises InputError for a table that has not been through protect (or lost its `attrs`: pass it on as it came).

    >>> table = pd.DataFrame({"region": ["London", "Midlands", "South West", "Total"], "trusts": [3, 12, 40, 55]})
    >>> describe_protection(protect(table, "trusts", "nhs"))
    '1 count of 1 to 7 is not shown. Counts are rounded to the nearest 5.'
    """
    done = result.attrs.get("protection")
    if done is None:
        raise InputError("This table doesn't say how it was protected: describe the one that protect returned.")
    small, besides = done["small"], done["besides"]
    sentences = []
    if small:
        words = f"{_counted(small)} {done['hidden_words']}"
        if besides:
            words += (
                f" and {besides} further {'count' if besides == 1 else 'counts'}, from which they could be worked out,"
            )
        sentences.append(f"{words} {'is' if small + besides == 1 else 'are'} not shown.")
        if done["derived"]:
            sentences.append("Neither is what is computed from them.")
    elif done["below"]:
        sentences.append(f"No count is hidden: none is {done['hidden_words']}.")
    if done["round_to"] > 1:
        sentences.append(f"Counts are rounded to the nearest {done['round_to']}.")
        if done["derived"]:
            sentences.append("Shares are those of rounded counts; what can't be computed from these is left out.")
    if done["withhold"]:
        sentences.append(f"Totals that must not be shown elsewhere either: {'; '.join(done['withhold'])}.")
    return " ".join(sentences) or "All counts are shown as they are: no small-number rule was applied."


def _counted(n: int) -> str:
    return f"{n} count" if n == 1 else f"{n} counts"


def _as_list(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _index_names(table: pd.DataFrame) -> list[str]:
    return [
        str(name) if name is not None and name not in table.columns else f"row_{i + 1}"
        for i, name in enumerate(table.index.names)
    ]


def _check_columns(
    table: pd.DataFrame, columns: list[Any], rests_on: Mapping[str, list[str]], empty_by_design: str | None
) -> None:
    if not columns:
        raise InputError("Name in `counts` the columns that hold the counts; there is none.")
    if table.columns.has_duplicates:
        twice = ", ".join(map(str, table.columns[table.columns.duplicated()]))
        raise InputError(f"The table has a column twice: {twice}. Rename one of them.")
    asked = [*columns, *rests_on, *([empty_by_design] if empty_by_design else [])]
    for column in asked:
        if column not in table.columns:
            raise InputError(
                f"The table has no column '{column}'. {did_you_mean(str(column), map(str, table.columns))}"
            )
    for derived, on in rests_on.items():
        for column in on:
            if column not in columns:
                hint = did_you_mean(str(column), map(str, columns))
                raise InputError(f"derived: '{derived}' rests on '{column}', which is not among the counts. {hint}")
    again = [column for column in columns if f"{column}_status" in table.columns]
    if again:
        raise InputError(
            f"The table has a column '{again[0]}_status': it was protected before. Protect once, last, from the exact counts."
        )


def _checked(table: pd.DataFrame, column: Any) -> np.ndarray:
    if not pd.api.types.is_numeric_dtype(table[column]) or pd.api.types.is_bool_dtype(table[column]):
        raise InputError(f"The column '{column}' holds no numbers ({table[column].dtype}): counts are whole numbers.")
    values = table[column].to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(~np.isnan(values) & ((values < 0) | (values != np.floor(values)) | np.isinf(values)))
    if len(wrong):
        raise InputError(
            f"Row {wrong[0] + 1}, column '{column}': {values[wrong[0]]:g} is no count. Expected a whole number of 0 or more; "
            "name shares and rates in `derived` instead."
        )
    return values


def _total_column(columns: list[Any], across: str | None) -> Any:
    if across:
        if across not in columns:
            hint = did_you_mean(across, map(str, columns))
            raise InputError(f"across: '{across}' is not among the counts. {hint}")
        return across
    named = [column for column in columns if str(column).strip().lower() in _TOTAL_COLUMNS]
    return named[0] if across is None and len(named) == 1 and len(columns) > 2 else None


def _labels(table: pd.DataFrame, keys: list[Any], margins: Mapping[str, Hashable] | None) -> list[tuple[Hashable, ...]]:
    for named in margins or {}:
        if named not in keys:
            raise InputError(f"margins: '{named}' is no key of the table. {did_you_mean(named, map(str, keys))}")
    if not keys:
        return [(row,) for row in range(len(table))]
    by_key = []
    for key in keys:
        texts = table[key].astype("object").where(table[key].notna(), "")
        total = total_label(texts, key, margins)
        by_key.append([ALL if total is not None and label == total else label for label in texts])
    return list(zip(*by_key, strict=True))


def _shown(
    table: pd.DataFrame,
    columns: list[Any],
    values: Mapping[Any, np.ndarray],
    hidden: Mapping[Any, np.ndarray],
    rule: Profile,
) -> pd.DataFrame:
    shown = table.copy()
    for column in columns:
        printed = [
            pd.NA if hide or np.isnan(value) else rule.shown_as(value)
            for value, hide in zip(values[column], hidden[column], strict=True)
        ]
        shown[column] = pd.array(printed, dtype="Int64")
    return shown


def _derived(
    exact: pd.Series, on: list[str], shown: pd.DataFrame, hidden: Mapping[Any, np.ndarray], rule: Profile
) -> pd.Series:
    blank = np.any([hidden[column] for column in on], axis=0)
    if rule.round_to == 1:
        return exact.mask(blank)
    if len(on) != 2:
        return exact.mask(np.ones(len(exact), dtype=bool))
    above, below = (shown[column].to_numpy(dtype=float, na_value=np.nan) for column in on)
    shares = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return pd.Series(shares, index=exact.index)

"""The frame: every trust once, whether it answered, and reports that belong to trusts that did."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

NOT_KNOWN = "not known"


def checked_frame(trusts: pd.DataFrame, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Is this a sampling frame: each trust once, and for each whether it answered?

    trusts: one row a trust; columns responded (boolean), the further `columns` asked for and, if there, trust.
    Returns the table as it is.
    Raises InputError when a column is missing, `responded` holds anything but true and false, or a trust is listed
    twice (as when it answered twice).

    >>> len(checked_frame(pd.DataFrame({"trust": ["A", "B"], "responded": [True, False]}), ["trust"]))
    2
    """
    missing = [column for column in (*columns, "responded") if column not in trusts.columns]
    if missing:
        raise InputError(f"The table of trusts has no column {', '.join(missing)}; it has {', '.join(trusts.columns)}.")
    if not pd.api.types.is_bool_dtype(trusts["responded"]) or trusts["responded"].isna().any():
        raise InputError("The column responded must say true or false for each trust; a blank or a word is neither.")
    if "trust" in trusts:
        if trusts["trust"].isna().any():
            row = int(trusts["trust"].isna().to_numpy().argmax())
            raise InputError(f"Row {row + 1} of the trusts has no code in the column trust; give each trust its own.")
        twice = trusts.loc[trusts["trust"].duplicated(), "trust"].unique()
        if len(twice):
            raise InputError(
                f"The frame lists {len(twice)} trust(s) more than once: {', '.join(map(str, twice[:5]))}. Each counts once: "
                "keep one row, and put several answers of a trust into the table of reports."
            )
    return trusts


def require_answers_in_frame(reports: pd.DataFrame, trusts: pd.DataFrame) -> None:
    """Does every report come from a trust of the frame that answered?

    reports: one row a report, with the column trust. trusts: the frame (see `checked_frame`).
    Raises InputError that names the trusts which the frame lacks, or which it says didn't answer: the denominator would
    be too small.

    >>> frame = pd.DataFrame({"trust": ["A"], "responded": [True]})
    >>> require_answers_in_frame(pd.DataFrame({"trust": ["A", "A"]}), frame)
    """
    if "trust" not in reports:
        raise InputError(f"The reports have no column 'trust'; they have {', '.join(map(str, reports.columns))}.")
    if reports["trust"].isna().any():
        raise InputError(f"{int(reports['trust'].isna().sum())} report(s) don't say which trust they are of.")
    strange = sorted(set(reports["trust"]) - set(trusts["trust"]))
    if strange:
        raise InputError(
            f"{len(strange)} trust(s) have reports and aren't in the frame: {', '.join(map(str, strange[:5]))}. Add them to "
            f"the table of trusts or mend the code. {did_you_mean(str(strange[0]), trusts['trust'])}"
        )
    silent = sorted(set(reports["trust"]) & set(trusts.loc[~trusts["responded"], "trust"]))
    if silent:
        raise InputError(
            f"{len(silent)} trust(s) have reports although the frame says that they didn't answer: "
            f"{', '.join(map(str, silent[:5]))}. Write yes under responded, or leave their reports out."
        )


def group_names(column: pd.Series) -> pd.Series:
    """What is each trust's group called, blanks included ("not known")?

    >>> group_names(pd.Series(["London", None])).tolist()
    ['London', 'not known']
    """
    return column.astype("object").where(column.notna(), NOT_KNOWN).astype("str")


def size_groups(trusts: pd.DataFrame, size: str = "wte", groups: int = 3) -> pd.Series:
    """Which trusts of the frame are small, and which large?

    trusts: one row a trust, with the column `size`. groups: how many groups of (as far as ties allow) equally many
    trusts.
    Returns for each row "1 (smallest)" to "3 (largest)", cut at quantiles of the whole frame, those that stayed away
    included.
    Raises InputError when a size is missing, or when there are too few different sizes for so many groups.

    >>> size_groups(pd.DataFrame({"wte": [900, 2000, 5000]})).tolist()
    ['1 (smallest)', '2', '3 (largest)']
    """
    if groups < 2:
        raise InputError(f"Trusts are put into at least 2 size groups; asked for {groups}.")
    sizes = known_numbers(trusts, size)
    edges = sizes.quantile([i / groups for i in range(groups + 1)])
    if edges.nunique() <= groups:
        raise InputError(f"The column {size} has too few different values for {groups} size groups; ask for fewer.")
    names = [str(i + 1) for i in range(groups)]
    names[0], names[-1] = f"{names[0]} (smallest)", f"{names[-1]} (largest)"
    position = np.searchsorted(edges.to_numpy()[1:-1], sizes.to_numpy(), side="left")
    return pd.Series([names[i] for i in position], index=trusts.index, name=f"{size}_group")


def known_numbers(trusts: pd.DataFrame, column: str) -> pd.Series:
    """The numbers in a column of the frame, all of them known.

    Raises InputError when the column is missing or holds a blank, a word or an infinite number; it names the trusts.

    >>> known_numbers(pd.DataFrame({"wte": [900, 2000]}), "wte").tolist()
    [900.0, 2000.0]
    """
    if column not in trusts:
        raise InputError(f"The table of trusts has no column '{column}'. {did_you_mean(column, trusts.columns)}")
    numbers = pd.to_numeric(trusts[column], errors="coerce").astype(float)
    if numbers.isna().any():
        names = trusts["trust"] if "trust" in trusts else pd.Series(range(1, len(trusts) + 1), index=trusts.index)
        blank = [str(name) for name in names[numbers.isna()]]
        raise InputError(
            f"{len(blank)} trust(s) have no number under {column}: {', '.join(blank[:5])}. Weighting needs it for every trust "
            "of the frame, those that didn't answer included: fill it in, or adjust for another column."
        )
    if np.isinf(numbers.to_numpy()).any():
        row = int(np.isinf(numbers.to_numpy()).argmax())
        name = trusts["trust"].iloc[row] if "trust" in trusts else f"row {row + 1}"
        raise InputError(f"{column} is infinite for {name}: write the number, or leave it blank where it isn't known.")
    return numbers

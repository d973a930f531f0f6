"""Which codes did each coder give to each unit? From codings, one row a code, to label sets, one set a coder and unit.

A set can be empty: the coder looked and found that no code applies. A blank cell means that the coder didn't look.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import reduce

import numpy as np
import pandas as pd

from newroles.coding.naming import label, quoted
from newroles.datasets.codings import ADJUDICATOR
from newroles.errors import InputError, did_you_mean

_NEEDED = ("codebook", "unit", "unit_kind", "coder", "code", "value", "round")


def without_adjudications(codings: pd.DataFrame) -> pd.DataFrame:
    """What did the coders themselves decide, without what was settled afterwards?

    `codings`: the study's table. Rows of the coder "adjudication" are no coder's work but decisions made afterwards; they
    are left out here, and so from every count of coders, agreement and list of disagreements.
    """
    return codings[codings["coder"] != ADJUDICATOR]


def ratings_from_codings(
    codings: pd.DataFrame,
    codebook: str | None = None,
    unit_kind: str | None = None,
    round: int | None = None,
    codes: Collection[str] | None = None,
    none_codes: Collection[str] | None = None,
) -> pd.DataFrame:
    """Which set of codes did each coder give to each unit?

    `codings` is the study's table: one row is one code given by one coder to one unit, with codebook, unit, unit_kind,
    coder, code, value, round. Value 1: the code applies; 0: the coder decided that it doesn't, which counts as having
    looked at the unit. `codebook`, `unit_kind` and `round` choose rows and must be given where the table holds several.
    `codes` keeps these codes only; a coder who gave others alone has an empty set. `none_codes` are codes that say "no
    code applies"; by default those whose id is "none" or ends in "-NONE".

    Returns label sets for agreement(..., level="masi" or "jaccard"): one row a unit (in the order of the codings), one
    column a coder (sorted), cells frozensets. Blank where the coder has no row for the unit, or couldn't tell whether
    one of the codes applies (value blank): then the set isn't known. Rows of the coder "adjudication", which say what was
    settled afterwards, are left out.

    Raises InputError for a missing column, a choice that must be made, names that don't occur, values other than 0, 1
    and blank, and a coder who gave a unit both a code and "no code applies".

    >>> import pandas as pd
    >>> codings = pd.DataFrame(
    ...     [["s1", "ann", "delegation", 1], ["s1", "bo", "BW-NONE", 1], ["s2", "ann", "delegation", 0]],
    ...     columns=["unit", "coder", "code", "value"],
    ... ).assign(codebook="skill_mix_change", unit_kind="segment", round=1)
    >>> ratings_from_codings(codings).to_dict("index")
    {'s1': {'ann': frozenset({'delegation'}), 'bo': frozenset()}, 's2': {'ann': frozenset(), 'bo': nan}}
    """
    rows = _of_one(codings, codebook, unit_kind, round)
    none = _none_codes(rows["code"], none_codes)
    wrong = rows[~(rows["value"].isna() | rows["value"].isin([0, 1]))]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            f"codings, row {wrong.index[0]}: coder {quoted(row['coder'])} gave unit {quoted(row['unit'])} the value {label(row['value'])} for "
            f"{quoted(row['code'])}. Label sets need 1 (applies), 0 (doesn't) or blank; for ratings on a scale make a table of units "
            "by coders from the values (pandas pivot) and choose level='ordinal' or 'interval'."
        )
    if codes is not None:
        known = set(rows["code"])
        for code in codes:
            if code not in known:
                raise InputError(f"No coder gave the code {code!r}. {did_you_mean(code, known)}")
    given = rows[rows["value"].eq(1)]
    _refuse_contradictions(given, none)
    kept = given[~given["code"].isin(none)] if codes is None else given[given["code"].isin(set(codes) - none)]
    sets = kept.groupby(["unit", "coder"])["code"].agg(frozenset)
    unsure = rows[rows["value"].isna() & (rows["code"].isin(codes) if codes is not None else True)]
    looked = pd.MultiIndex.from_frame(rows[["unit", "coder"]].drop_duplicates())
    cells = sets.reindex(looked)
    cells = cells.where(cells.notna(), frozenset())  # type: ignore[arg-type]
    cells[looked.isin(pd.MultiIndex.from_frame(unsure[["unit", "coder"]]))] = np.nan
    coders = sorted(rows["coder"].unique())
    table = pd.DataFrame({coder: cells.xs(coder, level="coder") for coder in coders}, dtype=object)
    return table.reindex(pd.Index(rows["unit"].unique(), name="unit")).rename_axis(columns="coder")


def _of_one(codings: pd.DataFrame, codebook: str | None, unit_kind: str | None, round_: int | None) -> pd.DataFrame:
    """The rows of one codebook, kind of unit and round."""
    missing = [column for column in _NEEDED if column not in codings.columns]
    if missing:
        raise InputError(f"The codings have no column {', '.join(missing)}; needed are {', '.join(_NEEDED)}.")
    rows = without_adjudications(codings)
    for column, choice in (("codebook", codebook), ("unit_kind", unit_kind), ("round", round_)):
        held = sorted(rows[column].dropna().unique())
        if choice is None and len(held) > 1:
            raise InputError(
                f"The codings hold several values of {column}: {', '.join(map(str, held))}. "
                f"Say which, for example {column}={quoted(held[0])}."
            )
        if choice is not None:
            if choice not in held:
                raise InputError(
                    f"No coding has {column} {quoted(choice)}. {did_you_mean(str(choice), map(str, held))}"
                )
            rows = rows[rows[column] == choice]
    if rows.empty:
        raise InputError("There are no codings, so there is nothing to compare.")
    return rows


def _none_codes(codes: pd.Series, none_codes: Collection[str] | None) -> set[str]:
    if none_codes is not None:
        return set(none_codes)
    return {code for code in codes.unique() if code.upper() == "NONE" or code.upper().endswith("-NONE")}


def _refuse_contradictions(given: pd.DataFrame, none: set[str]) -> None:
    says_none = given["code"].isin(none)
    both = given[~says_none].merge(given[says_none], on=["unit", "coder"], suffixes=("", "_none"))
    if len(both):
        row = both.iloc[0]
        raise InputError(
            f"Coder {quoted(row['coder'])} gave unit {quoted(row['unit'])} both {quoted(row['code'])} and "
            f"{quoted(row['code_none'])}, which says that no code applies. Ask the coder which is meant and delete the other row."
        )


def ratings_per_code(label_sets: pd.DataFrame, codes: Collection[str] | None = None) -> dict[str, pd.DataFrame]:
    """For each code: who gave it to which unit?

    `label_sets` has one row a unit and one column a coder, cells frozensets, blank where not coded. `codes` is by
    default every code that occurs, sorted; a code may be named that nobody gave.

    Returns for each code a table of the same shape: 1 given, 0 not given, blank where not coded.

    >>> import pandas as pd
    >>> sets = pd.DataFrame({"ann": [frozenset({"a"}), frozenset()], "bo": [frozenset({"a", "b"}), None]})
    >>> ratings_per_code(sets)["a"]
       ann   bo
    0  1.0  1.0
    1  0.0  NaN
    """
    cells = label_sets.to_numpy(dtype=object)
    is_set = np.frompyfunc(lambda cell: isinstance(cell, (set, frozenset)), 1, 1)(cells).astype(bool)
    wrong = np.argwhere(~is_set & label_sets.notna().to_numpy())
    if len(wrong):
        unit, coder = label_sets.index[wrong[0][0]], label_sets.columns[wrong[0][1]]
        raise InputError(
            f"unit {quoted(unit)}, coder {quoted(coder)}: {quoted(cells[tuple(wrong[0])])} is not a set of codes (a frozenset)."
        )
    occurring: set[str] = reduce(set.union, cells[is_set], set())
    per_code = {}
    for code in sorted(occurring, key=str) if codes is None else codes:
        given = np.full(cells.shape, np.nan)
        given[is_set] = [float(code in cell) for cell in cells[is_set]]
        per_code[code] = pd.DataFrame(given, index=label_sets.index, columns=label_sets.columns)
    return per_code


def label_sets_from_codes(per_code: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Which set of codes did each coder give to each unit, when every code has a table of 1 and 0?

    The inverse of ratings_per_code. All tables have the same units and coders (units x coders); a set is blank where
    any of its codes is.

    Raises InputError for no codes at all and for tables that differ in units or coders, naming the code.
    """
    if not per_code:
        raise InputError("There are no codes: a table of 1 and 0 for each code is needed.")
    first = next(iter(per_code.values()))
    for code, table in per_code.items():
        if not (table.index.equals(first.index) and table.columns.equals(first.columns)):
            raise InputError(
                f"Code {code!r}: its table has other units or coders than that of {next(iter(per_code))!r}."
            )
        wrong = ~(table.isna() | table.isin([0, 1])).to_numpy()
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise InputError(
                f"Code {code!r}, unit {quoted(table.index[row])}, coder {quoted(table.columns[column])}: {label(table.iloc[row, column])} is "
                "neither 1 (given) nor 0 (not given)."
            )
    names = np.array(list(per_code), dtype=object)
    given = np.stack([table.to_numpy(dtype=float) for table in per_code.values()])
    cells = np.empty(first.shape, dtype=object)
    for place in np.ndindex(first.shape):
        here = given[(slice(None), *place)]
        cells[place] = np.nan if np.isnan(here).any() else frozenset(names[here == 1])
    return pd.DataFrame(cells, index=first.index, columns=first.columns, dtype=object)

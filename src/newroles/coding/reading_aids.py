"""Reading a coding: which units have which codes, by attribute and over time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from newroles.datasets.intervals import wilson
from newroles.datasets.reading import text_of
from newroles.errors import InputError, did_you_mean

NOT_STATED = "(not stated)"
EVERY = {"week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}


def code_matrix(
    codings: pd.DataFrame, none_codes: Sequence[str] = (), codes: Sequence[str] | None = None
) -> pd.DataFrame:
    """Which codes does each unit have, by one coding of it?

    `codings`: rows of the study's table of that name, of one codebook and one kind of unit, each unit coded once: one
    coder's rows, several coders who shared out the units, or `consensus_as_codings`. Value 1 gives a code; 0 and blank do
    not, but the unit is coded all the same. `none_codes`: codes that say "none applies"; they are no column. `codes`: the
    codes to show, in this order; otherwise those given at least once, by name.

    Returns one row per coded unit (index `unit`, by name), one column per code: True where the unit has it.

    Raises InputError for several codebooks or kinds of unit, and for a unit that was coded more than once (by whom).

    >>> rows = [("s1", "warm", 1), ("s1", "glad", 1), ("s2", "warm", 0)]
    >>> codings = pd.DataFrame(rows, columns=["unit", "code", "value"]).assign(
    ...     codebook="tone", unit_kind="segment", coder="a", round=1)
    >>> code_matrix(codings).to_dict("index")
    {'s1': {'glad': True, 'warm': True}, 's2': {'glad': False, 'warm': False}}
    """
    for column, what in (("codebook", "codebook"), ("unit_kind", "kind of unit")):
        found = sorted(codings[column].unique())
        if len(found) > 1:
            raise InputError(
                f"The codings have more than one {what}: {', '.join(found)}. Choose one, for example "
                f"codings[codings['{column}'] == '{found[0]}']."
            )
    times = codings[["unit", "coder", "round"]].drop_duplicates()
    twice = times[times["unit"].duplicated(keep=False)]
    if len(twice):
        unit = twice["unit"].iloc[0]
        who = [f"{coder} in round {n}" for _, coder, n in twice[twice["unit"] == unit].itertuples(index=False)]
        raise InputError(
            f"Unit '{unit}' was coded more than once ({', '.join(who)}), and {twice['unit'].nunique()} units in all. Pass "
            "one coder's rows of one round, or the consensus as consensus_as_codings gives it."
        )
    given = codings[(codings["value"] == 1) & ~codings["code"].isin(list(none_codes))]
    columns = sorted(given["code"].unique()) if codes is None else list(codes)
    units = pd.Index(sorted(codings["unit"].unique()), name="unit")
    table = pd.crosstab(given["unit"], given["code"]).reindex(index=units, columns=columns, fill_value=0)
    return table.gt(0).rename_axis(columns="code")


def code_by_attribute(
    codings: pd.DataFrame,
    attributes: pd.DataFrame,
    attribute: str,
    none_codes: Sequence[str] = (),
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """How often was each code given to units of each sort, of how many?

    `codings`, `none_codes`, `codes`: as for `code_matrix`. `attributes`: a table with one row a unit, which has the unit in
    a column named after its kind (segment: the study's table segments; report: reports) or in `unit`. `attribute`: the
    column to compare by; a blank is shown as "(not stated)".

    Returns one row per code and value of the attribute, zeros too: code, the attribute, n (units given the code), of
    (units coded), share (0-1), low, high (Wilson, 95 %). The interval takes units as independent: extracts of one document
    are not, so it is too narrow where documents are few.

    Raises InputError as `code_matrix` does, for a column that isn't there, a unit that is twice or not in `attributes`.
    """
    marks = code_matrix(codings, none_codes, codes)
    of_unit = unit_attribute(marks.index, codings, attributes, attribute).map(text_of).fillna(NOT_STATED)
    sizes = of_unit.value_counts().sort_index()
    counts = marks.groupby(of_unit.to_numpy()).sum().reindex(sizes.index)
    table = counts.rename_axis(index=attribute).reset_index().melt(id_vars=attribute, var_name="code", value_name="n")
    table = table[["code", attribute, "n"]].astype({"n": "int64"})
    table["of"] = table[attribute].map(sizes).astype("int64")
    table["share"] = table["n"] / table["of"]
    table["low"], table["high"] = wilson(table["share"], table["of"])
    return table


def code_use_over_time(
    codings: pd.DataFrame,
    segments: pd.DataFrame,
    every: str = "month",
    none_codes: Sequence[str] = (),
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """How often was each code given to what was said or seen in each week, month, quarter or year?

    `codings`, `none_codes`, `codes`: as for `code_matrix`. `segments`: the study's table of that name; its column `on` is
    the day on which the extract was said, seen or written (not the day of its coding). `every`: week (from Monday), month,
    quarter or year.

    Returns one row per period and code, periods without an extract too: period (its first day; blank, at the end, for
    extracts without a day), code, n (extracts given the code), of (extracts coded), share (0-1; blank where of is 0).

    Raises InputError as `code_matrix` does, for another `every`, and for a unit that isn't in `segments`.
    """
    if every not in EVERY:
        raise InputError(f"Periods can't be counted every '{every}'. {did_you_mean(every, EVERY)}")
    marks = code_matrix(codings, none_codes, codes)
    days = pd.to_datetime(unit_attribute(marks.index, codings, segments, "on")).astype("datetime64[us]")
    periods = days.dt.to_period(EVERY[every])
    dated = periods.dropna()
    span = pd.period_range(dated.min(), dated.max(), freq=EVERY[every]) if len(dated) else dated.unique()
    counts = marks.groupby(periods.to_numpy()).sum().reindex(span, fill_value=0)
    sizes = dated.value_counts().reindex(span, fill_value=0)
    starts: list[object] = list(pd.PeriodIndex(span).start_time) if len(dated) else []
    if periods.isna().any():
        counts = pd.concat([counts, marks[periods.isna().to_numpy()].sum().to_frame().T], ignore_index=True)
        sizes = pd.concat([sizes, pd.Series([int(periods.isna().sum())])])
        starts.append(pd.NaT)
    table = pd.DataFrame(
        {
            "period": pd.Series([start for start in starts for _ in marks.columns], dtype="datetime64[us]"),
            "code": list(marks.columns) * len(starts),
            "n": counts.to_numpy().ravel().astype("int64"),
            "of": sizes.repeat(len(marks.columns)).to_numpy().astype("int64"),
        }
    )
    return table.assign(share=table["n"] / table["of"].where(table["of"] > 0))


def unit_attribute(units: pd.Index, codings: pd.DataFrame, attributes: pd.DataFrame, attribute: str) -> pd.Series:
    """What does the table of attributes say of each of these units? Raises InputError as `code_by_attribute` does."""
    kind = str(codings["unit_kind"].iloc[0]) if len(codings) else "unit"
    key = next((name for name in (kind, "unit") if name in attributes.columns), None)
    if key is None:
        raise InputError(
            f"The attributes have no column '{kind}' that names the unit. {did_you_mean(kind, attributes.columns)}"
        )
    if attribute not in attributes.columns:
        raise InputError(f"The attributes have no column '{attribute}'. {did_you_mean(attribute, attributes.columns)}")
    twice = attributes.loc[attributes[key].duplicated(), key]
    if len(twice):
        raise InputError(f"The attributes have two rows for '{twice.iloc[0]}'; expected one row a unit.")
    lost = units.difference(pd.Index(attributes[key]))
    if len(lost):
        raise InputError(
            f"{len(lost)} coded units aren't in the attributes, first '{lost[0]}'. Add them, or leave them out."
        )
    return attributes.set_index(key)[attribute].reindex(units)

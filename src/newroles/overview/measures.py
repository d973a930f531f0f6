"""Measures that don't easily fit together: whose they are, which are open, and what each trust's values are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

MEASURE_SIDES = {
    "reported_by": ("clinician", "service", "regulator", "service_user", "staff"),
    "level": ("person", "team", "service", "trust", "system"),
    "speaks_of": ("service_users", "new_role_staff", "existing_staff", "all_staff", "system"),
}
"""What `measure_map` asks of each measure, and the answers there can be."""

ACCESS = ("in_this_book", "open_elsewhere", "members", "service_records")
"""How results can be had, the most open first."""

BETTER = ("higher", "lower", "neither")

_Z95 = 1.959964
_SURVEYED = ("burnt_out_often", "enough_staff", "autonomy", "valued_by_team")
_SUPPORT = ("support_to_doctors_and_nurses", "support_to_therapeutic_technical", "support_to_ambulance_staff")
_COLUMNS = ["trust", "measure", "value", "low", "high", "n", "period", "comparable", "remark"]


def measure_map(measures: pd.DataFrame) -> pd.DataFrame:
    """Which families of measures have whose word, at which level and about whom, and where are results open?

    measures: the published table measure_families, one row a measure: measure, family, reported_by, level, speaks_of,
    access.
    Returns one row for each family and answer that it has: family, side (reported_by, level or speaks_of), answer,
    measures (how many), in_this_book (how many of them) and access (the most open of theirs). An answer that no measure
    of a family gives has no row.
    Raises InputError for a missing column or an unknown answer.

    >>> rows = pd.DataFrame({"measure": ["a", "b"], "family": ["symptoms"] * 2, "reported_by": ["clinician", "staff"],
    ...     "level": ["trust"] * 2, "speaks_of": ["system"] * 2, "access": ["members", "open_elsewhere"]})
    >>> measure_map(rows).query("side == 'level'")[["answer", "measures", "access"]].values.tolist()
    [['trust', 2, 'open_elsewhere']]
    """
    _need(measures, ["measure", "family", *MEASURE_SIDES, "access"], "measures")
    for column, known in {**MEASURE_SIDES, "access": ACCESS}.items():
        _refuse_unknown(measures, column, known)
    rows = []
    for family, part in measures.groupby("family", sort=False):
        for side, answers in MEASURE_SIDES.items():
            for answer in answers:
                access = part.loc[part[side].eq(answer), "access"]
                if len(access):
                    most_open = min(access, key=ACCESS.index)
                    rows.append((family, side, answer, len(access), int(access.eq(ACCESS[0]).sum()), most_open))
    return pd.DataFrame(rows, columns=["family", "side", "answer", "measures", "in_this_book", "access"])


def measures_by_trust(measures: pd.DataFrame) -> pd.DataFrame:
    """Which of the measures can this book show trust by trust?

    measures: the published table measure_families. Returns its rows for which `trust_values` knows how to find a trust's
    value in an open table, in the same order.
    Raises InputError for a missing column or an unknown direction.

    >>> from newroles.datasets import load_published
    >>> measures_by_trust(load_published("measure_families"))["measure"].head(2).tolist()
    ['talking_therapies_referrals', 'talking_therapies_finished_per_referral']
    """
    _need(measures, ["measure", "family", "name", "better", "unit"], "measures")
    _refuse_unknown(measures, "better", BETTER)
    return measures[measures["measure"].isin(_TABLES)].reset_index(drop=True)


def trust_values(
    trusts: pd.DataFrame,
    measures: pd.DataFrame,
    staff_survey: pd.DataFrame,
    sickness_absence: pd.DataFrame,
    staff_groups: pd.DataFrame,
    talking_therapies: pd.DataFrame,
    survey_year: int | None = None,
    financial_year: str = "2024-25",
) -> pd.DataFrame:
    """What is each trust's value of each measure, of which period, and how sure is it?

    trusts: the open table mental_health_trusts, one row a trust: trust, absence_months (months of the financial year
        that hold it). measures: the published table measure_families. staff_survey, sickness_absence, staff_groups,
        talking_therapies: the open tables of these names.
    survey_year: of the staff survey; None: the latest. A trust that isn't in it has no value, so that all are of one
    year.
    financial_year: of sickness absence and talking therapies.

    Returns one row for each trust and measure, blank or not: trust, measure, family, name, better (higher, lower,
    neither), unit, value, low and high (95% interval for sampling error; blank for complete counts), n (people asked or
    courses finished), period, comparable (false where there is no value, or where it covers part of the year only) and
    remark (why there is no value, or why it isn't compared).
    Several talking therapies services of one trust are put together: counts are added (blank when one is suppressed),
    shares weighted by the courses that each finished, the closest to their denominator that the table has.
    Raises InputError for a missing column, a trust listed twice, or a year that a table doesn't have.

    >>> from newroles.datasets import load_open, load_published
    >>> tables = {name: load_open(name) for name in ("staff_survey", "sickness_absence", "staff_groups", "talking_therapies")}
    >>> values = trust_values(load_open("mental_health_trusts"), load_published("measure_families"), **tables)
    >>> of_one = values[values["trust"].eq("RRP")].set_index("measure")  # a trust that was merged during the year
    >>> of_one.loc[["sickness_absence"], ["period", "comparable", "remark"]].values.tolist()
    [['2024-25', False, 'covers 7 of 12 months']]
    """
    shown = measures_by_trust(measures)
    _need(trusts, ["trust", "absence_months"], "trusts")
    _once(trusts)
    year = int(staff_survey["year"].max()) if survey_year is None else survey_year
    months = trusts.set_index("trust")["absence_months"]
    in_part = months[months.between(1, 11)]
    found: pd.DataFrame = pd.concat(
        [
            _of_survey(staff_survey, year),
            _of_sickness(sickness_absence, financial_year),
            _of_staff_groups(staff_groups),
            _of_talking_therapies(talking_therapies, financial_year, in_part),
        ]
    )
    absent = {
        "staff_survey": f"not in the staff survey of {year}",
        "sickness_absence": f"not in the files of {financial_year}",
        "staff_groups": "not in the file of June 2018",
        "talking_therapies": f"no service under its code in {financial_year}",
    }
    every = trusts[["trust"]].merge(shown[["measure", "family", "name", "better", "unit"]], how="cross")
    table = every.merge(found, on=["trust", "measure"], how="left", validate="one_to_one")
    why = table["measure"].map(_TABLES).map(absent)
    has_row = table["remark"].notna()
    table["remark"] = table["remark"].where(has_row, why)
    table["comparable"] = table["comparable"].eq(True) & table["value"].notna()
    return table


def trust_sizes(sickness_absence: pd.DataFrame, financial_year: str = "2024-25") -> pd.Series:
    """How many full-time equivalents had each trust, on an average day?

    sickness_absence: the open table of that name. Returns a series of full-time equivalents by trust: the days that
    staff were available over the days of the months that hold the trust (365 in twelve).
    Raises InputError when the table has no such year.

    >>> rows = pd.DataFrame({"trust": ["A"], "period": ["2024-25"], "months": [12], "days_available": [730_000]})
    >>> trust_sizes(rows).to_dict()
    {'A': 2000.0}
    """
    rows = _of_year(sickness_absence, "period", financial_year, "sickness_absence").set_index("trust")
    return (rows["days_available"] / (rows["months"] * 365 / 12)).rename("fte").astype(float)


def middle_sized_trust(values: pd.DataFrame, sizes: pd.Series) -> str:
    """Which trust to begin with: the middle-sized one of those that have every measure.

    values: as `trust_values` returns. sizes: by trust, as `trust_sizes` returns.
    Returns its id; of an even number, the smaller of the two in the middle.
    Raises InputError when no trust has every measure.

    >>> values = pd.DataFrame({"trust": list("ABCD"), "comparable": [True, True, True, False]})
    >>> middle_sized_trust(values, pd.Series({"A": 1000.0, "B": 3000.0, "C": 2000.0, "D": 2500.0}))
    'C'
    """
    whole = values.groupby("trust")["comparable"].all()
    sized = sizes[sizes.index.isin(whole.index[whole])].dropna()
    if sized.empty:
        raise InputError("No trust has a comparable value of every measure and a known size: name the trust to show.")
    in_order = sized.sort_values(kind="stable").index
    return str(in_order[(len(in_order) - 1) // 2])


def _of_survey(survey: pd.DataFrame, year: int) -> pd.DataFrame:
    rows = _of_year(survey, "year", year, "staff_survey")
    rows = rows[rows["measure"].isin(_SURVEYED)].rename(columns={"share": "value"})
    return rows.assign(period=str(year), comparable=True, remark="")[_COLUMNS]


def _of_sickness(sickness: pd.DataFrame, year: str) -> pd.DataFrame:
    rows = _of_year(sickness, "period", year, "sickness_absence").rename(columns={"share": "value"})
    whole = rows["months"].ge(12)
    remark = rows["months"].map("covers {} of 12 months".format).where(~whole, "")
    return rows.assign(measure="sickness_absence", low=np.nan, high=np.nan, n=np.nan, comparable=whole, remark=remark)[
        _COLUMNS
    ]


def _of_staff_groups(groups: pd.DataFrame) -> pd.DataFrame:
    _need(groups, ["trust", "staff_group", "share_2018", "fte_2018"], "staff_groups")
    total = groups.groupby("trust")["fte_2018"].sum().astype(float)
    support = groups[groups["staff_group"].isin(_SUPPORT)].groupby("trust")["share_2018"].sum().reindex(total.index)
    parts = {"staff_in_post": total, "support_staff_share": support.fillna(0.0)}
    rows = pd.concat([series.rename("value").reset_index().assign(measure=name) for name, series in parts.items()])
    return rows.assign(low=np.nan, high=np.nan, n=np.nan, period="June 2018", comparable=True, remark="")[_COLUMNS]


def _of_talking_therapies(therapies: pd.DataFrame, year: str, in_part: pd.Series) -> pd.DataFrame:
    rows = _of_year(therapies, "year", year, "talking_therapies")
    found = []
    for trust, part in rows[rows["trust"].notna()].groupby("trust"):
        finished, referrals = _total(part["finished_treatment"]), _total(part["referrals"])
        recovered, improved = _weighted(part, "recovery_share"), _weighted(part, "improvement_share")
        suppressed = "a count of one of its services is suppressed"
        for measure, value, error, n in [
            ("referrals", referrals, np.nan, np.nan),
            ("finished_per_referral", finished / referrals, np.nan, np.nan),
            ("recovery", *recovered, finished),
            ("improvement", *improved, finished),
        ]:
            remark = suppressed if np.isnan(value) else ""
            if not remark and trust in in_part.index:
                remark = f"the trust ran for {in_part[trust]} of 12 months"
            low, high = value - _Z95 * error, value + _Z95 * error
            found.append((trust, f"talking_therapies_{measure}", value, low, high, n, year, not remark, remark))
    return pd.DataFrame(found, columns=_COLUMNS)


def _weighted(part: pd.DataFrame, share: str) -> tuple[float, float]:
    """The share of several services together, weighted by courses finished, and its standard error.

    The error of a recovery share follows from its published interval, which knows its denominator; else from the courses
    finished.
    """
    weight = part["finished_treatment"].astype(float).to_numpy()
    value = part[share].to_numpy(float)
    if np.isnan(weight).any() or np.isnan(value).any():
        return np.nan, np.nan
    if share == "recovery_share":
        errors = (part["recovery_high"] - part["recovery_low"]).to_numpy(float) / (2 * _Z95)
    else:
        errors = np.sqrt(value * (1 - value) / weight)
    weight = weight / weight.sum()
    return float(weight @ value), float(np.sqrt((weight**2) @ (errors**2)))


def _total(counts: pd.Series) -> float:
    """The sum of the counts; blank when one of them is."""
    return float(counts.astype(float).sum(skipna=False))


def _of_year(table: pd.DataFrame, column: str, year: str | int, name: str) -> pd.DataFrame:
    _need(table, ["trust", column], name)
    rows = table[table[column].eq(year)]
    if rows.empty:
        there = sorted({str(value) for value in table[column].dropna()})
        raise InputError(f"The table {name} has nothing of {year}: it has {', '.join(there) or 'no rows'}.")
    return rows


def _once(trusts: pd.DataFrame) -> None:
    twice = trusts.loc[trusts["trust"].duplicated(), "trust"].unique()
    if len(twice):
        raise InputError(
            f"The table of trusts lists {', '.join(map(str, twice[:5]))} more than once: keep one row each."
        )


def _need(table: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            f"The table {name} has no column '{missing[0]}'. {did_you_mean(missing[0], map(str, table.columns))}"
        )


def _refuse_unknown(table: pd.DataFrame, column: str, known: tuple[str, ...]) -> None:
    for row, word in enumerate(table[column].astype(str)):
        if word not in known:
            raise InputError(f"Row {row + 1}, column '{column}': unknown '{word}'. {did_you_mean(word, known)}")


_TABLES = {
    **dict.fromkeys(_SURVEYED, "staff_survey"),
    "sickness_absence": "sickness_absence",
    "staff_in_post": "staff_groups",
    "support_staff_share": "staff_groups",
    **{
        f"talking_therapies_{name}": "talking_therapies"
        for name in ("referrals", "finished_per_referral", "recovery", "improvement")
    },
}
"""Which open table each measure of a trust is found in."""

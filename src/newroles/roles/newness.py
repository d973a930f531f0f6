"""What counts as a new role: because the trust says so, because the register does, or because it came in recently."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.roles.register import Register, earliest_and_latest, load_register
from newroles.roles.titles import accepted_roles
from newroles.roles.wording import normalise_title

RULES = ("declared", "register", "either")
PLANNED = ("advert", "workforce_plan")
"""Sources of reports that may name a role before it comes in."""
_DECLARED = {"yes": True, "no": False, "unsure": pd.NA, "": pd.NA}


def with_roles(reports: pd.DataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """Which role does each report count for?

    `reports` has one row a report (the study's table); `matches` is match_titles(reports["title"], ...), row for row.

    Returns reports with the further column role: the accepted role, blank where none is; suggestions never count.

    Raises InputError when the two tables don't have the same titles in the same order.

    >>> import pandas as pd
    >>> from newroles.roles import match_titles
    >>> reports = pd.DataFrame({"report": ["r1", "r2"], "title": ["EMHP", "Nursing Asociate"]})
    >>> with_roles(reports, match_titles(reports["title"]))["role"].notna().tolist()
    [True, False]
    """
    if len(reports) != len(matches) or list(reports["title"].fillna("")) != list(matches["title"].fillna("")):
        raise InputError(
            "The matches aren't those of these reports: expected match_titles(reports['title'], ...), row for row."
        )
    return reports.assign(role=accepted_roles(matches).set_axis(reports.index))


def role_or_title(reports: pd.DataFrame, matches: pd.DataFrame) -> pd.DataFrame:
    """Which role would each report count for, if each title without a role were a role of its own?

    `reports` has the column role (see with_roles); `matches` is match_titles(reports["title"], ...), row for row.

    Returns reports with role filled in: the accepted role, else "title: " and the title in its plain form; blank where
    it was decided that the title is no role. It counts too many roles, as with_roles counts too few, because several
    spellings may be one local role.

    >>> import pandas as pd
    >>> from newroles.roles import match_titles
    >>> reports = pd.DataFrame({"report": ["r1", "r2", "r3"], "title": ["EMHP", "Music Host", "music host"]})
    >>> matches = match_titles(reports["title"])
    >>> role_or_title(with_roles(reports, matches), matches)["role"].nunique()
    2
    """
    plain = matches["title"].map(normalise_title, na_action="ignore").set_axis(reports.index)
    undecided = ~matches["accepted"].set_axis(reports.index)
    return reports.assign(role=_column(reports, "role").fillna(("title: " + plain).where(undecided)))


def counts_as_new(
    reports: pd.DataFrame,
    register: Register | None = None,
    rule: str = "declared",
    within_years: float | None = None,
    on: object = None,
) -> pd.Series:
    """Does each report count as a new role?

    `reports` has one row a report, with the columns that the choice needs: counted_as_new (yes, no, unsure or blank)
    for declared; role (see with_roles) for register; introduced (a year, month or day) and reported_on for
    within_years.

    - declared: the trust says that it counts the role as new;
    - register: the register does (roles of the 2004 to 2006 wave don't count);
    - either: one of the two does.

    `within_years` asks in addition that the role came in at most so many years before it was reported (or before
    `on`); a role that an advert or a workforce plan (in the column source) names before it comes in is recent.

    Returns one value a report: True, False, or blank where the data don't say: the trust is unsure, the title has no
    accepted role, or the date of introduction is not known, or only to a year that may lie on either side.

    Raises InputError for an unknown rule, a column that the choice needs and the table lacks, another word than yes,
    no or unsure, a role that the register lacks, and an introduction after the report, save in adverts and plans.

    >>> import pandas as pd
    >>> reports = pd.DataFrame({"counted_as_new": ["yes", "no", "unsure"], "introduced": ["2021", None, "2022-03"]})
    >>> counts_as_new(reports, within_years=5, on="2023-06-30").tolist()
    [True, False, <NA>]
    """
    if rule not in RULES:
        raise InputError(f"There is no rule '{rule}' for what counts as new. {did_you_mean(rule, RULES)}")
    said = _declared(reports) if rule != "register" else None
    listed = _registered(reports, load_register() if register is None else register) if rule != "declared" else None
    new = (said | listed) if said is not None and listed is not None else said if said is not None else listed
    assert new is not None
    if within_years is not None:
        new = new & _recent(reports, within_years, on)
    return new.rename("new")


def compare_definitions(
    reports: pd.DataFrame,
    matches: pd.DataFrame,
    register: Register | None = None,
    within_years: Iterable[float | None] = (None, 3, 5, 10),
) -> pd.DataFrame:
    """How does the answer change with what counts as new?

    `reports` has one row a report: trust, title, counted_as_new, introduced, reported_on and, if known, headcount;
    `matches` is match_titles(reports["title"], ...), row for row.

    Returns one row for each rule and each of `within_years` (blank: any time), side by side: definition (in words),
    rule, within_years, reports (that count as new), reports_unknown (the data don't say whether they do), roles
    (different accepted roles among those that count), titles_without_role (different titles among them without an
    accepted role, so not in roles), trusts (different ones with at least one), headcount (sum of the known) and
    headcount_not_known (reports that count and give none). Several sources can report the same post: headcount is of
    reports, not of people.

    Raises InputError as counts_as_new and with_roles do.
    """
    register = load_register() if register is None else register
    known = with_roles(reports, matches)
    rows = []
    for rule in RULES:
        for years in within_years:
            new = counts_as_new(known, register, rule, years)
            counted = known[new.fillna(False).astype(bool)]
            people = pd.to_numeric(counted.get("headcount", pd.Series(pd.NA, counted.index)), errors="coerce")
            rows.append(
                {
                    "definition": _in_words(rule, years),
                    "rule": rule,
                    "within_years": years,
                    "reports": len(counted),
                    "reports_unknown": int(new.isna().sum()),
                    "roles": counted["role"].nunique(),
                    "titles_without_role": counted.loc[counted["role"].isna(), "title"].nunique(),
                    "trusts": counted["trust"].nunique(),
                    "headcount": float(people.sum()),
                    "headcount_not_known": int(people.isna().sum()),
                }
            )
    return pd.DataFrame(rows).astype({"within_years": "Float64"})


def reports_by_newness(
    reports: pd.DataFrame,
    register: Register | None = None,
    rule: str = "declared",
    within_years: float | None = None,
) -> pd.DataFrame:
    """How many reports count as new by one definition, how many don't, and how many can't be decided?

    `reports`, `register`, `rule`, `within_years`: as for counts_as_new, which see also for what it raises.

    Returns three rows: new (yes, no or not known) and reports, which add up to all reports.

    >>> said = pd.DataFrame({"counted_as_new": ["yes", "no", "unsure", "yes"]})
    >>> reports_by_newness(said)["reports"].tolist()
    [2, 1, 1]
    """
    new = counts_as_new(reports, register, rule, within_years)
    known = new.fillna(False).astype(bool)
    counts = [int(known.sum()), int((~known & new.notna()).sum()), int(new.isna().sum())]
    return pd.DataFrame({"new": ["yes", "no", "not known"], "reports": counts})


def role_incidence(reports: pd.DataFrame, by: str = "trust", roles: Iterable[str] | None = None) -> pd.DataFrame:
    """Which source named which role?

    `reports` has one row a report, with the columns role (see with_roles) and `by`: trust, when trusts are the
    sources, or source, when interviews, adverts, plans and so on are. `roles` keeps only these roles, for instance
    the new ones, in this order; a role that nobody named is kept as a column of zeros.

    Returns one row a source, one column a role, 1 where a report of that source has that role and 0 elsewhere, ready
    for completeness. A source whose titles all lack an accepted role stays, as a row of zeros; reports that don't say
    their source are left out.

    Raises InputError when a column is missing.

    >>> import pandas as pd
    >>> reports = pd.DataFrame({"trust": ["A", "A", "B"], "role": ["peer_support_worker", "nursing_associate", None]})
    >>> role_incidence(reports).loc["B"].tolist()
    [0, 0]
    """
    for column in (by, "role"):
        if column not in reports:
            hint = " Add it with with_roles(reports, matches)." if column == "role" else ""
            raise InputError(
                f"The reports have no column '{column}'.{hint} Columns: {', '.join(map(str, reports.columns))}."
            )
    sources = sorted(reports[by].dropna().unique())
    columns = list(dict.fromkeys(reports["role"].dropna())) if roles is None else list(roles)
    named = pd.crosstab(reports[by], reports["role"]).gt(0).astype(int)
    return named.reindex(index=sources, columns=columns, fill_value=0).rename_axis(index=by, columns="role")


def _declared(reports: pd.DataFrame) -> pd.Series:
    words = _column(reports, "counted_as_new").astype("str").fillna("").str.strip().str.lower()
    if not (known := words.isin(_DECLARED)).all():
        row = int((~known).to_numpy().argmax())
        raise InputError(
            f"Report number {row + 1}: counted_as_new is '{words.iloc[row]}'. Write yes, no, unsure or nothing."
        )
    return words.map(_DECLARED).astype("boolean")


def _registered(reports: pd.DataFrame, register: Register) -> pd.Series:
    roles = _column(reports, "role")
    for role in roles.dropna().unique():
        register.require(role)
    return roles.map(register.is_new().to_dict(), na_action="ignore").astype("boolean")


def _recent(reports: pd.DataFrame, within_years: float, on: object) -> pd.Series:
    """Introduced at most so many years before the report: blank where the date isn't known well enough."""
    if within_years < 0:
        raise InputError(f"within_years is {within_years}; write a number of years, 0 or more, or None for any time.")
    introduced = _column(reports, "introduced")
    bounds = {value: earliest_and_latest(value) for value in introduced.dropna().unique()}
    blank = (pd.NaT, pd.NaT)
    first = pd.to_datetime(
        pd.Series([bounds.get(v, blank)[0] for v in introduced], index=reports.index, dtype="datetime64[ns]")
    )
    last = pd.to_datetime(
        pd.Series([bounds.get(v, blank)[1] for v in introduced], index=reports.index, dtype="datetime64[ns]")
    )
    reported = _reported(reports) if on is None else pd.Series(earliest_and_latest(on)[0], index=reports.index)
    planned = reports["source"].isin(PLANNED) if "source" in reports else pd.Series(False, index=reports.index)
    if (late := (first > reported) & ~planned).any():
        row = int(late.to_numpy().argmax())
        raise InputError(
            f"Report number {row + 1}: introduced {introduced.iloc[row]}, which is after it was reported "
            f"({reported.iloc[row].date()}). Correct one of the two dates."
        )
    since = reported - pd.DateOffset(months=round(12 * within_years))
    recent = pd.Series(pd.NA, index=reports.index, dtype="boolean")
    recent[first >= since] = True
    recent[last < since] = False
    return recent


def _reported(reports: pd.DataFrame) -> pd.Series:
    try:
        return pd.to_datetime(_column(reports, "reported_on"), format="ISO8601")
    except ValueError as error:
        raise InputError(f"A date in reported_on can't be read ({error}). Write dates as 2023-06-30.") from error


def _column(reports: pd.DataFrame, column: str) -> pd.Series:
    if column not in reports:
        hint = (
            "Add it with with_roles(reports, matches)."
            if column == "role"
            else "It is a column of the study's reports."
        )
        raise InputError(f"The reports have no column '{column}', which this definition of new needs. {hint}")
    return reports[column]


def _in_words(rule: str, years: float | None) -> str:
    who = {
        "declared": "the trust counts it as new",
        "register": "the register counts it as new",
        "either": "either does",
    }[rule]
    return who if years is None else f"{who}, introduced within {years:g} years"

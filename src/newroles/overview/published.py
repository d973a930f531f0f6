"""Published and open numbers about roles, put in order for a table or a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from newroles.errors import InputError, did_you_mean


def advertised_roles(job_adverts: pd.DataFrame, names: pd.Series, counted: str = "titled") -> pd.DataFrame:
    """Which roles do employers advertise, most often first?

    job_adverts: the open table of that name, one row a role. names: role id to name, for the roles to keep. counted:
    `titled` (the advert's title names the role) or `described` (its description does).
    Returns the rows of those roles with the further columns name and method, ordered by the count and then by name.
    Raises InputError when `counted` is another word.
    """
    if counted not in ("titled", "described"):
        raise InputError(
            f"Adverts are counted by title or description. {did_you_mean(counted, ['titled', 'described'])}"
        )
    kept = job_adverts[job_adverts["role"].isin(names.index)]
    kept = kept.assign(name=kept["role"].map(names), method="exact binomial interval, 95%")
    return kept.sort_values([counted, "name"], ascending=[False, True], ignore_index=True)


def dated_numbers(role_figures: pd.DataFrame, names: pd.Series, measures: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Which published counts, targets and forecasts of a role can be put on a time axis?

    role_figures: the published table of that name, one row a number. names: role id to name. measures: for each role,
    the measures to keep.
    Returns one row a dated number, roles in the order of `measures`, then by date: role, name, measure, kind, value,
    qualifier, unit, date (the period's end where it has one), period_label, scope, source_name, confidence.
    Raises InputError for a role or measure that the table doesn't have.
    """
    parts = []
    for role, wanted in measures.items():
        of_role = role_figures[role_figures["role"] == role]
        for measure in wanted:
            if measure not in set(of_role["measure"]):
                raise InputError(
                    f"No published figure of {role} measures '{measure}'. {did_you_mean(measure, of_role['measure'])}"
                )
        kept = of_role[of_role["measure"].isin(wanted) & of_role["date"].notna() & of_role["value"].notna()]
        parts.append(kept.assign(date=kept["period_end"].fillna(kept["date"])).sort_values("date", kind="stable"))
    table = pd.concat(parts, ignore_index=True)
    table.insert(1, "name", table["role"].map(names))
    columns = [
        "role",
        "name",
        "measure",
        "kind",
        "value",
        "qualifier",
        "unit",
        "date",
        "period_label",
        "scope",
        "source_name",
        "confidence",
    ]
    return table[columns]


def national_targets(workforce_targets: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """Which targets have been set nationally for these groups, in words?

    workforce_targets: the published table of that name, one row a number. groups: the groups of staff to keep, as that
    table names them.
    Returns one row a target: plan (with its year), group, target ("over 6,500 staff"), what (in post, additional staff,
    ...), by, source, confidence. Raises InputError for a group that the table doesn't have.
    """
    known = set(workforce_targets["group"])
    for group in groups:
        if group not in known:
            raise InputError(f"No national target is for '{group}'. {did_you_mean(group, known)}")
    kept = workforce_targets[workforce_targets["group"].isin(groups) & workforce_targets["kind"].eq("target")]
    numbers = [
        f"{value:.0%}" if unit == "share" else f"{value:,.0f} {unit}"
        for value, unit in zip(kept["value"], kept["unit"], strict=True)
    ]
    years = (" (" + kept["published"] + ")").fillna("")
    return pd.DataFrame(
        {
            "plan": kept["plan"] + years,
            "group": kept["group"],
            "target": (kept["qualifier"].fillna("") + " " + pd.Series(numbers, index=kept.index)).str.strip(),
            "what": kept["measure"].str.replace("_", " "),
            "by": kept["by_label"],
            "source": kept["source_name"],
            "confidence": kept["confidence"],
        }
    ).reset_index(drop=True)

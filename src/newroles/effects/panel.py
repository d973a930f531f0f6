"""Which teams are measured when, and since when do they have their role? One tidy panel for each measure of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from newroles.datasets import Study
from newroles.effects.covariates import check_covariates, refuse_twice, team_covariates
from newroles.effects.periods import kind_of_period, name_period, number_dates, number_periods
from newroles.errors import InputError, did_you_mean

COLUMNS = ["unit", "trust", "time", "period", "start", "cohort", "adopter", "value", "n", "setting", "new_role"]
NEVER = "never"
_OUTCOMES = ("unit", "group", "measure", "period", "value")
_LEFT_OUT = ["group", "measure", "unit", "reason", "values"]


@dataclass(frozen=True, eq=False)
class Panel:
    """One measure of one group: its panel, and what was left out of it.

    `table`: one row per team and period with a value: unit, trust, time (whole number; the next period is the next number),
    period (as written), start (first period with the role, as a number; blank for teams that never had one), cohort (that
    period as written, or never), adopter (early, late, never), value, n (people behind it), setting, new_role, and the
    covariates. Early are adopters that started no later than the median adopter.

    `kind`: year, financial year, quarter or month. `anticipation`: so many periods before its start count as touched.
    `left_out`: one row per team, or for the whole measure (unit blank), with the reason: group, measure, unit, reason, values
    (known values that went with it). `notes`: sentences on what to know of what is here.
    """

    group: str
    measure: str
    kind: str
    table: pd.DataFrame
    left_out: pd.DataFrame
    anticipation: int = 0
    covariates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def with_columns(self, teams: pd.DataFrame) -> Panel:
        """The same panel with further columns of its teams.

        `teams`: one row per team, with the column team (or unit) and the new ones. Teams that it lacks get a blank.

        Raises InputError for a team that is there twice, and a column that the panel has already.
        """
        key = "team" if "team" in teams else "unit"
        if key not in teams:
            raise InputError("The table of teams has no column team, so it can't be joined to a panel.")
        refuse_twice(teams, key)
        new = [str(column) for column in teams.columns if column != key]
        if taken := [column for column in new if column in self.table]:
            raise InputError(f"The panel of {self.measure} has a column '{taken[0]}' already: rename the new one.")
        rows = self.table.merge(teams.rename(columns={key: "unit"}), on="unit", how="left", validate="many_to_one")
        return replace(self, table=rows)


class Panels(Mapping[tuple[str, str], Panel]):
    """The panels of a study, by group and measure; a measure's name alone will do where only one group has it.

    `left_out`: that of all panels, and measures that make no panel (see `panels`).
    """

    def __init__(self, held: Mapping[tuple[str, str], Panel], left_out: pd.DataFrame) -> None:
        self._held, self.left_out = dict(held), left_out

    def __getitem__(self, key: tuple[str, str] | str) -> Panel:
        wanted = [key] if isinstance(key, tuple) else [known for known in self._held if known[1] == key]
        if len(wanted) != 1 or wanted[0] not in self._held:
            name = key if isinstance(key, str) else key[1]
            if len(wanted) > 1:
                raise InputError(
                    f"Several groups have '{name}': {', '.join(g for g, _ in wanted)}. Ask for (group, measure)."
                )
            raise InputError(f"There is no panel of {key!r}. {did_you_mean(name, [m for _, m in self._held])}")
        return self._held[wanted[0]]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def panels(
    study: Study,
    covariates: Sequence[str] = (),
    anticipation: int = 0,
    leave_out: Mapping[str, str] | None = None,
) -> Panels:
    """What can be followed over time in this study: one panel for each measure and group, and what can't, by name?

    `study`: with outcomes and teams. `covariates`: indicators of its contexts to stand beside each team's values
    (`team_covariates`). `anticipation`, `leave_out`: as for `panel_of`.

    Returns Panels. A measure that is never known, has values of one period only, or of trusts only, or none of whose teams can
    be used, makes no panel and is listed in `left_out` with a blank unit.

    Raises AbsentTableError without outcomes or teams; InputError as `panel_of` does, and for an unknown indicator.

    >>> from newroles.datasets import load_study
    >>> found = panels(load_study("example_study"))
    >>> len(found), found["burnout"].group, found["burnout"].table["unit"].nunique()
    (7, 'existing_roles', 40)
    """
    outcomes, teams = study.outcomes, study.teams
    beside = team_covariates(study, covariates) if covariates else None
    held: dict[tuple[str, str], Panel] = {}
    lost: list[pd.DataFrame] = []
    for (group, measure), _ in outcomes.groupby(["group", "measure"], sort=False, observed=True):
        panel = panel_of(outcomes, teams, str(group), str(measure), beside, anticipation, leave_out)
        lost.append(panel.left_out)
        if len(panel.table):
            held[str(group), str(measure)] = panel
    return Panels(held, pd.concat(lost, ignore_index=True) if lost else pd.DataFrame(columns=_LEFT_OUT))


def panel_of(
    outcomes: pd.DataFrame,
    teams: pd.DataFrame,
    group: str,
    measure: str,
    covariates: pd.DataFrame | None = None,
    anticipation: int = 0,
    leave_out: Mapping[str, str] | None = None,
) -> Panel:
    """Which teams' values of this measure can be compared before and after their role came?

    `outcomes`, `teams`: the study's tables. `covariates`: one row per team: team, and columns of numbers. `anticipation`:
    so many periods before its start a team may already have changed. `leave_out`: teams to leave out, each with the reason,
    settled before the results are seen: a role that went again (the table teams has one start and no end), a merger.

    A start that is less precise than the periods is not guessed: the team is left out. So are teams of unknown start (a role
    but no date), those that have no value before their start (less the anticipation), those without any value, and those
    without one of the covariates. A start after the last period counts as never, and is in `notes`. Blank values make no row;
    nothing is filled in. A day counts as its month; a start within a period makes that whole period the first one with the
    role. Values of trusts, which have no one start, are left out.

    Returns Panel; its table has no rows when the whole measure was left out.

    Raises InputError for a team that is there twice (two starts, or a role that ended and came back, don't fit the methods), two
    values of a team in one period, a blank team, a negative n, a value or n that is no finite number, a start that is no date, periods
    of different kinds, a measure that isn't there, covariates that aren't one row per team with columns of finite numbers, and a team
    to leave out that the table doesn't have.

    >>> outcomes = pd.DataFrame({"unit": list("AABB"), "unit_kind": "team", "group": "new_roles", "measure": "pay",
    ...     "period": ["2021", "2022"] * 2, "value": [1.0, 2, 3, 4], "n": 5})
    >>> teams = pd.DataFrame({"team": ["A", "B"], "trust": "X", "introduced": ["2022-03", None]})
    >>> panel_of(outcomes, teams, "new_roles", "pay").table[["unit", "time", "start", "adopter"]].values.tolist()[1:3]
    [['A', 2022, 2022.0, 'early'], ['B', 2021, nan, 'never']]
    """
    rows, kind = _values(outcomes, group, measure)
    where = f"{measure} of {group}"
    if not isinstance(anticipation, (int, float)) or not (0 <= anticipation < np.inf and anticipation % 1 == 0):
        raise InputError(f"anticipation: {anticipation} is impossible; expected a whole number of periods, 0 or more.")
    if covariates is not None:
        check_covariates(covariates, COLUMNS)
    about = _teams(teams, kind, leave_out or {})
    rows["reason"] = rows["unit"].map(about["reason"]).where(rows["unit"].isin(about.index), "not in the table teams")
    if "unit_kind" in rows:
        rows["reason"] = rows["reason"].mask(
            rows["unit_kind"].eq("trust"), "a trust: its teams start at different times"
        )
    known = rows["value"].notna()
    seen = rows[known & rows["reason"].eq("")].groupby("unit")["time"].agg(["min", "nunique"])
    first = int(seen["min"].min()) if len(seen) else 0
    start = rows["unit"].map(about["start"])
    own_first = rows["unit"].map(seen["min"])
    later = [
        (own_first.isna(), "no value is known"),
        (start - anticipation <= first, "the role came before or in the measure's first period: nothing to compare with"),
        (start - anticipation <= own_first, "measured only since the role came"),
    ]  # fmt: skip
    if covariates is not None:
        key = covariates.set_index("team")
        blank = key.index[key.isna().any(axis=1)]
        later.append((~rows["unit"].isin(key.index.difference(blank)), f"no {' or '.join(key.columns)} is known"))
    for holds, why in later:
        rows["reason"] = rows["reason"].mask(rows["reason"].eq("") & holds, why)
    whole = _whole(rows, known)
    lost = (
        rows[rows["reason"].ne("")].groupby(["unit", "reason"], sort=False)["value"].count().reset_index(name="values")
    )
    if whole:
        lost = pd.DataFrame({"unit": pd.Series([None], dtype="str"), "reason": whole, "values": int(known.sum())})
    lost = lost.assign(group=group, measure=measure)[_LEFT_OUT].reset_index(drop=True)
    rows = rows[known & rows["reason"].eq("") & (not whole)]
    table = rows[["unit", "time", "period", "value", "n"]].merge(
        about.drop(columns="reason"), left_on="unit", right_index=True, how="left"
    )
    notes = [f"Days of {where} count as their month."] if rows["period"].str.len().eq(10).any() else []
    beyond = table["start"] - anticipation > table["time"].max()
    if beyond.any():
        teams_beyond = ", ".join(sorted(table.loc[beyond, "unit"].unique()))
        notes.append(f"The role comes after the last period of {where}, which counts as never: {teams_beyond}.")
    table = _with_cohorts(table.assign(start=table["start"].mask(beyond)), kind)
    names: tuple[str, ...] = ()
    if covariates is not None:
        names = tuple(str(name) for name in covariates.columns if name != "team")
        table = table.merge(covariates.rename(columns={"team": "unit"}), on="unit", how="left")
    table = table.sort_values(["unit", "time"], ignore_index=True)[[*COLUMNS, *names]]
    return Panel(group, measure, kind, table, lost, int(anticipation), names, tuple(notes))


def _values(outcomes: pd.DataFrame, group: str, measure: str) -> tuple[pd.DataFrame, str]:
    """The rows of one measure, checked, with their periods as numbers, and the kind of period."""
    if missing := [column for column in _OUTCOMES if column not in outcomes]:
        raise InputError(f"outcomes has no column {', '.join(missing)}; needed are {', '.join(_OUTCOMES)} (and n).")
    rows = outcomes[outcomes["group"].eq(group) & outcomes["measure"].eq(measure)].copy()
    if rows.empty:
        of = outcomes.loc[outcomes["measure"].eq(measure), "group"].unique()
        names = of if len(of) else outcomes["measure"].unique()
        raise InputError(f"outcomes has no {measure} of {group}. {did_you_mean(group if len(of) else measure, names)}")
    where = f"outcomes, {measure} of {group}"
    kind = kind_of_period(rows["period"], f"{where}: the periods")
    if rows["unit"].isna().any():
        row = rows[rows["unit"].isna()].iloc[0]
        raise InputError(
            f"{where}, {row['period']}, column unit: blank (rows: {int(rows['unit'].isna().sum())}). Say whose value it is."
        )
    rows["period"] = rows["period"].astype("str")
    rows["time"] = number_periods(rows["period"], kind).astype("int64")
    kind = "month" if kind == "day" else kind
    by = ["unit", "time", *(["unit_kind"] if "unit_kind" in rows else [])]
    twice = rows[rows.duplicated(by, keep=False)]
    if len(twice):
        unit, time = twice.iloc[0][["unit", "time"]]
        held = twice.loc[twice["unit"].eq(unit) & twice["time"].eq(time), "period"].tolist()
        raise InputError(
            f"{where}: '{unit}' has {len(held)} values in one {kind} ({', '.join(held)}). Keep one row each."
        )
    rows["n"] = _as_numbers(rows, "n", where) if "n" in rows else np.nan
    rows["value"] = _as_numbers(rows, "value", where)
    for wrong, what in (
        (rows["n"] < 0, "n: a number of people can't be negative; leave it blank when it isn't known"),
        (np.isinf(rows["n"]), "n: it must be a finite number, or blank"),
        (np.isinf(rows["value"]), "value: it must be a finite number, or blank"),
    ):
        if wrong.any():
            row = rows[wrong].iloc[0]
            column = what.split(":")[0]
            raise InputError(f"{where}, '{row['unit']}' in {row['period']}, column {what}. It is {row[column]:g}.")
    return rows.reset_index(drop=True), kind


def _as_numbers(rows: pd.DataFrame, column: str, where: str) -> pd.Series:
    number = pd.to_numeric(rows[column], errors="coerce").astype("float64")
    if (wrong := number.isna() & rows[column].notna()).any():
        row = rows[wrong].iloc[0]
        raise InputError(f"{where}, '{row['unit']}' in {row['period']}, column {column}: '{row[column]}' is no number.")
    return number


def _teams(teams: pd.DataFrame, kind: str, leave_out: Mapping[str, str]) -> pd.DataFrame:
    """Each team's trust, start and setting, and why it can't be used ("" if it can), indexed by team."""
    if missing := [column for column in ("team", "introduced") if column not in teams]:
        raise InputError(f"teams has no column {', '.join(missing)}; needed are team, introduced (and trust).")
    refuse_twice(teams, "team")
    about = teams.set_index("team").reindex(columns=["trust", "setting", "new_role", "introduced"])
    if strange := [team for team in leave_out if team not in about.index]:
        raise InputError(f"leave_out: teams has no '{strange[0]}'. {did_you_mean(strange[0], about.index)}")
    try:
        about["start"] = number_dates(about["introduced"], kind)
    except InputError as problem:
        raise InputError(f"teams, column introduced, team {problem}") from None
    coarse = about["introduced"].notna() & about["start"].isna()
    undated = about["introduced"].isna() & about["new_role"].notna()
    reason = pd.Series("", index=about.index, dtype="str")
    reason = reason.mask(
        coarse, "introduced ('" + about["introduced"].astype("str") + f"') doesn't say in which {kind}"
    )
    reason = reason.mask(undated, "has a new role, but not since when")
    about["reason"] = reason.mask(
        about.index.isin(list(leave_out)), pd.Series(leave_out, dtype="str").reindex(about.index)
    )
    return about


def _whole(rows: pd.DataFrame, known: pd.Series) -> str:
    """Why does the whole measure make no panel? "" if it does."""
    if not known.any():
        return "no value is known"
    if rows.loc[known, "time"].min() == rows.loc[known, "time"].max():
        return f"values of one period only ({rows.loc[known, 'period'].iloc[0]}): no before and after"
    if rows["reason"].eq("").any():
        return ""
    return f"none of its teams can be used ({'; '.join(dict.fromkeys(rows['reason']))})"


def _with_cohorts(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Cohort and early or late, from each team's start."""
    starts = table.drop_duplicates("unit")["start"].dropna()
    median = starts.median() if len(starts) else np.nan
    early = table["start"] <= median
    names = {start: name_period(start, kind) for start in starts.unique()}
    return table.assign(
        cohort=pd.Series([names.get(start, NEVER) for start in table["start"]], table.index, dtype="str"),
        adopter=pd.Series(
            np.where(table["start"].isna(), NEVER, np.where(early, "early", "late")), table.index, dtype="str"
        ),
    )

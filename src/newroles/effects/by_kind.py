"""For whom did it differ? Effects by kind of role, setting or climate, for the groups that were named in advance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.effects.group_time import GroupTimeEffects, group_time_effects
from newroles.effects.many_measures import by_cluster, step_down
from newroles.effects.panel import Panel
from newroles.errors import InputError, did_you_mean

_COLUMNS = ["by", "kind", "teams", "trusts", "estimate", "low", "high", "rest", "difference", "difference_low"]
_COLUMNS += ["difference_high", "p_two_sided", "p_holm", "p_step_down", "note"]


def by_kind(
    panel: Panel,
    stated: Mapping[str, Sequence[str]],
    control: str = "never",
    covariates: Sequence[str] | None = None,
    min_teams: int = 4,
    draws: int = 1999,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Was the effect another one for this kind of team, role or setting, among the kinds that were named in advance?

    `panel`: as `panel_of` gives it, with a column for each `by` (setting and new_role are there; others come by `with_columns`).
    `stated`: by column, the kinds to compare, as the study's parameters name them before results are seen; no others are looked
    at. `control`, `covariates`: as for `group_time_effects`. `min_teams`: a kind with fewer adopters, or that leaves fewer others, gets
    no estimate. `draws`, `rng`: as for `step_down`.

    For each kind, adopters of that kind are set against the comparison teams of all kinds, and so are all other adopters whose
    kind is known; the difference between the two averages ("simple") counts the comparison teams' share in both. Errors are added
    up by trust (by team where all are of one trust). p values are of the difference, over all kinds of all columns together;
    of two kinds that are all there is, each is the other's rest, and they count once.

    Kinds may also differ in when their role came and how long it is followed, which goes into the difference. A difference between
    kinds that were chosen by nobody is a comparison, not an effect of the kind.

    Returns one row per column and kind, in the order stated: by, kind, teams (adopters in the estimate), trusts (theirs), estimate,
    low, high, rest (the average for the others), difference (estimate - rest), difference_low, difference_high, p_two_sided, p_holm,
    p_step_down, note (why there is no estimate).

    Raises InputError when nothing is stated, for a column that isn't there, and a kind that is stated twice.

    Source of the average and its influence function: Callaway and Sant'Anna 2021, doi 10.1016/j.jeconom.2020.12.001.
    """
    if not stated or not any(len(list(kinds)) for kinds in stated.values()):
        raise InputError("No kind is stated: name in the parameters which kinds to compare, before results are seen.")
    table = panel.table
    rows: list[dict[str, Any]] = []
    parts: dict[str, pd.Series] = {}
    for by, kinds in stated.items():
        if by not in table:
            raise InputError(f"The panel has no column '{by}'. {did_you_mean(by, map(str, table.columns))}")
        if len(set(kinds)) < len(list(kinds)):
            raise InputError(f"stated: a kind of '{by}' is there twice.")
        for kind in kinds:
            row: dict[str, Any] = {"by": by, "kind": str(kind), "note": _too_few(table, by, str(kind), min_teams)}
            if not row["note"]:
                try:
                    row |= _compared(panel, by, str(kind), control, covariates, parts, level, min_teams)
                except InputError as problem:
                    row["note"] = str(problem)
            rows.append(row)
    found = pd.DataFrame(rows).reindex(columns=_COLUMNS)
    found["teams"] = found["teams"].fillna(0).astype("int64")
    found["trusts"] = found["trusts"].fillna(0).astype("int64")
    if not parts:
        return found
    trusts = table.drop_duplicates("unit").set_index("unit")["trust"] if _cluster(table) else None
    names = (found["by"] + ": " + found["kind"]).tolist()
    differences = pd.Series(found["difference"].to_numpy(dtype=float), index=names)
    same = _mirrored(parts, differences)
    known = [name for name in names if name in parts and name not in same]
    influence = by_cluster(pd.DataFrame({name: parts[name] for name in known}), trusts)
    judged = step_down(differences[known], influence, draws, rng, level).set_index("name")
    judged = judged.reindex([same.get(name, name) for name in names]).set_axis(names)
    reach = (judged["high"] - judged["low"]).to_numpy() / 2
    found["difference_low"], found["difference_high"] = found["difference"] - reach, found["difference"] + reach
    for column in ("p_two_sided", "p_holm", "p_step_down"):
        found[column] = judged[column].to_numpy()
    return found


def _too_few(table: pd.DataFrame, by: str, kind: str, min_teams: int) -> str:
    adopters = table[table["start"].notna()].drop_duplicates("unit")
    own = int(adopters[by].astype("str").eq(kind).sum())
    rest = int((adopters[by].notna() & adopters[by].astype("str").ne(kind)).sum())
    if own < min_teams:
        return f"{own} adopters of this kind; {min_teams} are needed"
    return f"{rest} other adopters; {min_teams} are needed" if rest < min_teams else ""


def _compared(
    panel: Panel,
    by: str,
    kind: str,
    control: str,
    covariates: Sequence[str] | None,
    parts: dict[str, pd.Series],
    level: float,
    min_teams: int,
) -> dict[str, Any]:
    """The average of this kind and of the others, and their difference; adds its influence to `parts`."""
    table = panel.table
    is_kind = table[by].astype("str").eq(kind) & table[by].notna()
    adopter = table["start"].notna()
    averages, pieces = [], []
    for those in (is_kind, ~is_kind & table[by].notna()):
        found = group_time_effects(
            table[~adopter | those], "value", "unit", "time", "start", control, covariates, cluster=_cluster(table),
            anticipation=panel.anticipation, level=level,
        )  # fmt: skip
        summary, influence = found.influence_of("simple")
        averages.append((found, float(summary["estimate"].iloc[0]), float(summary["se"].iloc[0])))
        pieces.append(pd.Series(influence[:, 0] / len(influence), index=found.units["unit"].to_numpy()))
    own, estimate, se = averages[0]
    teams = _estimated(own)
    asked = int(table.loc[is_kind & adopter, "unit"].nunique())
    why = f"{asked - len(teams)} of {asked} adopters have no estimate (alone in their cohort, or no value to compare with)"
    if min(len(teams), len(_estimated(averages[1][0]))) < min_teams:
        raise InputError(f"{why}; {min_teams} are needed on either side")
    parts[f"{by}: {kind}"] = pieces[0].sub(pieces[1], fill_value=0.0)
    trusts = table.loc[table["unit"].isin(teams), "trust"].nunique()
    clusters = table[_cluster(table) or "unit"].nunique()
    reach = stats.t.ppf((1 + level) / 2, max(clusters - 1, 1)) * se
    note = why if asked > len(teams) else ""
    return {
        "teams": len(teams), "trusts": trusts, "estimate": estimate, "low": estimate - reach, "high": estimate + reach,
        "rest": averages[1][1], "difference": estimate - averages[1][1], "note": note,
    }  # fmt: skip


def _mirrored(parts: Mapping[str, pd.Series], differences: pd.Series) -> dict[str, str]:
    """Of two kinds that are all there is, each is the other's rest: one question, which counts once."""
    names, same = list(parts), {}
    for place, name in enumerate(names):
        for before in names[:place]:
            turned = parts[name].sub(-parts[before], fill_value=0.0).abs().max() < 1e-9 * parts[name].abs().max()
            if before not in same and turned and np.isclose(differences[name], -differences[before]):
                same[name] = before
    return same


def _cluster(table: pd.DataFrame) -> str | None:
    return "trust" if table["trust"].notna().all() and table["trust"].unique().size > 1 else None


def _estimated(effects: GroupTimeEffects) -> list[Any]:
    """The adopters whose group has an effect from its start on."""
    groups = effects.comparisons.loc[effects.comparisons["after"], "group"].unique()
    return effects.units.loc[effects.units["start"].isin(groups), "unit"].tolist()


def halves(teams: pd.DataFrame, column: str) -> pd.DataFrame:
    """Which teams lie above the median of this number, and which don't? Two kinds from a scale, such as climate.

    `teams`: one row per team: team, and the column.

    Returns team and the column as words (above the median; at or below it), blank where it isn't known. Raises InputError for a
    column that isn't there.

    >>> halves(pd.DataFrame({"team": list("abc"), "climate": [1.0, 2, 3]}), "climate")["climate"].tolist()
    ['at or below the median', 'at or below the median', 'above the median']
    """
    for name in ("team", column):
        if name not in teams:
            raise InputError(
                f"The table of teams has no column '{name}'. {did_you_mean(name, map(str, teams.columns))}"
            )
    value = teams[column].astype("float64")
    words = np.where(value > value.median(), "above the median", "at or below the median")
    return pd.DataFrame(
        {"team": teams["team"], column: pd.Series(words, teams.index, dtype="str").where(value.notna())}
    )

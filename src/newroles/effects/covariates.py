"""What is known of each team's context, and may it stand beside the values of a panel?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from newroles.datasets import Study
from newroles.errors import InputError, did_you_mean


def team_covariates(study: Study, indicators: Sequence[str]) -> pd.DataFrame:
    """What is known of each team's context, for comparing teams that are alike in it?

    `study`: with teams and contexts. `indicators`: ids of its contexts. An indicator that teams have is taken by team, else by the
    team's trust; of several measurements the earliest counts. What was measured after a role came may itself have been
    changed by it: adjusting for it can hide an effect.

    Returns one row per team: team, and a column per indicator; blank where it isn't known.

    Raises InputError for an indicator that the study doesn't have, or one asked for twice.
    """
    teams, contexts = study.teams, study.contexts.dropna(subset=["value"])
    table = teams[["team"]].copy()
    for name in indicators:
        rows = contexts[contexts["indicator"].eq(name)].sort_values("measured_on", kind="stable", na_position="last")
        if rows.empty:
            raise InputError(
                f"contexts has no indicator '{name}'. {did_you_mean(name, contexts['indicator'].unique())}"
            )
        if name in table:
            raise InputError(f"covariates: '{name}' is there twice.")
        by = "team" if rows["unit_kind"].eq("team").any() else "trust"
        value = rows[rows["unit_kind"].eq(by)].drop_duplicates("unit").set_index("unit")["value"]
        table[name] = teams[by].map(value).astype("float64")
    return table


def check_covariates(covariates: pd.DataFrame, taken: Sequence[str]) -> None:
    """Refuse covariates that aren't one row per team with columns of finite numbers, named otherwise than `taken`."""
    if "team" not in covariates:
        raise InputError("The table of covariates has no column team, so it can't be joined to a panel.")
    if len(twice := covariates.loc[covariates["team"].duplicated(), "team"]):
        raise InputError(f"covariates, column team: '{twice.iloc[0]}' is there twice: keep one row for each team.")
    for name in [column for column in covariates if column != "team"]:
        if name in taken:
            raise InputError(f"covariates: a panel has a column '{name}' already: rename it.")
        if not pd.api.types.is_numeric_dtype(covariates[name]) or np.isinf(covariates[name]).any():
            raise InputError(f"covariates, column {name}: expected finite numbers, or blank where it isn't known.")


def refuse_twice(teams: pd.DataFrame, key: str) -> None:
    """Refuse a table of teams with a blank one, or one that is there twice."""
    if teams[key].isna().any():
        raise InputError(
            f"teams, column {key}: blank in {int(teams[key].isna().sum())} of {len(teams)} rows. Name each team."
        )
    twice = teams[teams[key].duplicated(keep=False)]
    if len(twice):
        team = twice.iloc[0][key]
        starts = ", ".join(str(s) for s in twice.loc[twice[key].eq(team)].get("introduced", pd.Series(dtype="str")))
        raise InputError(
            f"teams, column {key}: '{team}' is there twice"
            + (f" (introduced {starts})" if starts else "")
            + ". A team has one "
            "start and keeps its role; for one whose role ended or came twice, keep one row and leave the team out by name."
        )

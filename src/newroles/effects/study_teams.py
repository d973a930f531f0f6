"""Which teams of a study are followed when, and how alike were they before any new role came?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from newroles.datasets import Study
from newroles.effects.balance import balance_table
from newroles.effects.covariates import team_covariates
from newroles.effects.study_effects import StudyEffects, in_words
from newroles.errors import InputError


def months_followed(found: StudyEffects, study: Study) -> pd.DataFrame:
    """In which periods is each team followed, before and after its new role came, and where is nothing known?

    `found`: whose panels' teams are meant. `study`: whose outcomes, in their own periods, are counted.

    Returns one row per team and period: team, cohort (when its role came, or never), period, place (of the period, from 0), status
    (before, after, blank: nothing known), known (measures with a value), of (measures that the team has in any period). Teams by
    cohort (never last), then by name.
    """
    teams = pd.concat([panel.table[["unit", "cohort", "start"]] for panel in found.panels.values()])
    teams = teams.drop_duplicates("unit").sort_values(["start", "unit"], na_position="last").set_index("unit")
    rows = study.outcomes.dropna(subset=["value"])
    rows = rows[rows["unit"].isin(teams.index)]
    rows = rows.assign(period=rows["period"].astype("str"))
    kinds = rows["period"].str.len()
    rows = rows[kinds.eq(kinds.mode().iloc[0])]  # a measure in other periods would tear the columns apart
    periods = sorted(rows["period"].unique())
    counted = rows.groupby(["unit", "period"])["measure"].nunique()
    grid = pd.MultiIndex.from_product([teams.index, periods], names=["team", "period"]).to_frame(index=False)
    known = counted.reindex(pd.MultiIndex.from_frame(grid)).fillna(0).to_numpy(dtype=int)
    introduced = study.teams.drop_duplicates("team").set_index("team")["introduced"].astype("str")
    since = grid["team"].map(introduced.where(teams["start"].notna().reindex(introduced.index, fill_value=False)))
    after = since.notna() & (grid["period"] >= since.fillna("").str.slice(0, len(periods[0])))
    status = np.where(known == 0, "blank", np.where(after, "after", "before"))
    own = rows.groupby("unit")["measure"].nunique()
    return grid.assign(
        cohort=grid["team"].map(teams["cohort"]), place=grid["period"].map({p: i for i, p in enumerate(periods)}),
        status=status, known=known, of=grid["team"].map(own).fillna(0).astype(int),
    )[["team", "cohort", "period", "place", "status", "known", "of"]]  # fmt: skip


def balance_of_study(found: StudyEffects, study: Study, indicators: Sequence[str] = ()) -> pd.DataFrame:
    """How alike were teams with and without a new role before any came: in their measures, settings and contexts?

    `indicators`: of the study's contexts; those that it lacks are passed over.

    Returns one row per name: name, adopters, never (means), difference, standardised, by_chance, n_adopters, n_never (teams), for all
    adopters against never-adopters (as `balance_table`). No rows where no team never got one.
    """
    parts, known = [], set(study.contexts["indicator"]) if study.has("contexts") else set()
    columns = ["name", "adopters", "never", "difference", "standardised", "by_chance", "n_adopters", "n_never"]
    names = found.table.set_index(["group", "measure"])["name"]
    asked = [name for name in dict.fromkeys(indicators) if name in known]
    for place, (key, panel) in enumerate(found.panels.items()):
        own = panel.table.drop(columns=[*panel.covariates, *(["setting"] if place else [])])
        bare = replace(panel, table=own, covariates=())
        try:
            table = balance_table(bare, team_covariates(study, asked) if asked and not place else None)
        except InputError:
            continue
        table = table[table["comparison"].eq("adopters")]
        said = {"value": names[key], "trend before": f"{names[key]}: trend per period"}
        parts.append(table.assign(name=[said.get(name, in_words(name)) for name in table["name"]]))
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    first = table["name"].isin(set(names)) | table["name"].str.endswith(": trend per period")
    return pd.concat([table[first], table[~first]], ignore_index=True)[columns]

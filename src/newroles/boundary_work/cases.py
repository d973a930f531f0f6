"""Which teams are cases, with which conditions and outcomes, and which acts stand behind them?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from newroles.boundary_work.acts import BoundaryActs
from newroles.boundary_work.code_axes import TONES
from newroles.errors import InputError, did_you_mean


class Cases(NamedTuple):
    """Teams as cases.

    `table`: one row per team that is a case, indexed by team: n (acts of a settled tone), constructive, destructive, depends
    (shares of them, 0-1), one column per condition (raw values).
    `left_out`: one row per team with acts that is none: team, reason, n.
    """

    table: pd.DataFrame
    left_out: pd.DataFrame


def cases(
    acts: pd.DataFrame,
    contexts: pd.DataFrame,
    conditions: Sequence[str],
    min_acts: int = 10,
    teams: pd.DataFrame | None = None,
) -> Cases:
    """Which teams can be compared: how constructive and destructive are their acts, and under which conditions?

    `acts`: ACTS. `contexts`: the study's table: unit, unit_kind, indicator, value, measured_on; the last measurement counts.
    `conditions`: indicators of it. `min_acts`: a share of fewer acts says little. `teams`: with team and trust; when it is
    given, a team without a value of its own takes its trust's. Without it only the team's own values count.

    Returns Cases. Teams with too few acts, or without a value of some condition, are left out and named; nothing is filled in.

    Raises InputError for an indicator that the contexts don't have, a condition named twice or none, and a condition that is
    called as one of the other columns.

    >>> acts = pd.DataFrame({"segment": list("abc"), "team": ["A", "A", "B"], "tone": ["constructive", "depends", "depends"]})
    >>> contexts = pd.DataFrame({"unit": ["A"], "unit_kind": "team", "indicator": "vacancy_rate", "value": [0.1],
    ...     "measured_on": "2023-03-31"})
    >>> found = cases(acts, contexts, ["vacancy_rate"], min_acts=1)
    >>> found.table.loc["A"].tolist(), found.left_out.values.tolist()
    ([2.0, 0.5, 0.0, 0.5, 0.1], [['B', 'no value of vacancy_rate', 1]])
    """
    wanted = list(conditions)
    if not wanted or len(set(wanted)) < len(wanted) or {"n", *TONES} & set(wanted):
        raise InputError(
            f"conditions: {', '.join(wanted) or 'none'}. Name one indicator or more, each once, and none called "
            f"{', '.join(('n', *TONES))}."
        )
    for name in wanted:
        if name not in set(contexts["indicator"]):
            raise InputError(f"The contexts have no indicator '{name}'. {did_you_mean(name, contexts['indicator'])}")
    told = acts[acts["team"].notna() & acts["tone"].ne("")]
    every = sorted(acts["team"].dropna().unique())
    n = told["team"].value_counts().reindex(every, fill_value=0).astype("int64")
    counts = pd.crosstab(told["team"], told["tone"]).reindex(index=every, columns=list(TONES), fill_value=0)
    values = _values(contexts, "team").reindex(index=every, columns=wanted)
    if teams is not None:
        of_trusts = _values(contexts, "trust").reindex(columns=wanted)
        trust = teams.drop_duplicates("team").set_index("team")["trust"].reindex(every)
        values = values.fillna(of_trusts.reindex(trust).set_axis(values.index))
    shares = counts.div(n.where(n > 0), axis=0).astype(float)
    table = pd.concat([n.rename("n"), shares, values.astype(float)], axis=1).rename_axis(index="team", columns=None)
    lacks = values.isna()
    reasons = [
        "; ".join(
            [f"fewer than {min_acts} acts of a settled tone"] * bool(n[team] < min_acts)
            + [f"no value of {', '.join(lacks.columns[lacks.loc[team]])}"] * bool(lacks.loc[team].any())
        )
        for team in every
    ]
    out = pd.DataFrame({"team": every, "reason": reasons, "n": n.to_numpy()})
    out = out[out["reason"].ne("")].reset_index(drop=True)
    return Cases(table[~table.index.isin(out["team"])], out)


def evidence_behind(found: BoundaryActs, teams: Iterable[str], tone: str | None = None) -> pd.DataFrame:
    """Which acts stand behind a solution's term, and how well did coders agree on the codes that they rest on?

    `found`: the acts of a study. `teams`: the cases that the term explains. `tone`: only acts of this tone.

    Returns one row per team, in the order given: team, acts, documents, segments (ids, never words), agreement (Gwet's AC1 of
    the codes, mean over the acts' forms and their tone codes), agreement_lowest and lowest_code (the code that coders agree
    on least). A team without such acts has 0 and blanks.

    Raises InputError for a team without acts at all, and an unknown tone.

    >>> from newroles.boundary_work.acts import acts_of_study
    >>> from newroles.datasets import load_study
    >>> row = evidence_behind(acts_of_study(load_study("example_study"), n_boot=0), ["T001"], "constructive").iloc[0]
    >>> row["lowest_code"], row["segments"][:2]
    ('BW-TONE-CON', ('S00003', 'S00004'))
    """
    if tone is not None and tone not in TONES:
        raise InputError(f"There is no tone '{tone}'. {did_you_mean(tone, TONES)}")
    acts = found.acts if tone is None else found.acts[found.acts["tone"] == tone]
    parts = [found.forms.rename(columns={"form": "code"}), found.tones]
    codes = pd.concat(parts)[["segment", "code", "agreement"]].dropna().sort_values(["agreement", "code"])
    rows = []
    for team in teams:
        if team not in set(found.acts["team"]):
            raise InputError(f"The team '{team}' has no acts. {did_you_mean(team, found.acts['team'].dropna())}")
        mine = acts[acts["team"] == team]
        known = codes[codes["segment"].isin(mine["segment"])]
        rows.append(
            {
                "team": team,
                "acts": len(mine),
                "documents": mine["document"].nunique(),
                "segments": tuple(mine["segment"]),
            }
            | {"agreement": float(known["agreement"].mean()) if len(known) else np.nan}
            | {"agreement_lowest": float(known["agreement"].min()) if len(known) else np.nan}
            | {"lowest_code": str(known["code"].iloc[0]) if len(known) else ""}
        )
    columns = ["team", "acts", "documents", "segments", "agreement", "agreement_lowest", "lowest_code"]
    return pd.DataFrame(rows, columns=columns)


def _values(contexts: pd.DataFrame, unit_kind: str) -> pd.DataFrame:
    """The last value of each indicator, units x indicators."""
    rows = contexts[contexts["unit_kind"].eq(unit_kind) & contexts["value"].notna()]
    rows = rows.sort_values("measured_on", kind="stable", na_position="first")
    return rows.pivot_table(index="unit", columns="indicator", values="value", aggfunc="last")

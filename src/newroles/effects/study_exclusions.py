"""What of a study isn't used in its effects, in the words of its own periods: which teams, which periods, and why?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from newroles.effects.group_time import GroupTimeEffects
from newroles.effects.panel import Panel
from newroles.effects.periods import name_period
from newroles.phrases import listed

COLUMNS = ["group", "measure", "unit", "reason", "values"]
_TOLD = ["measures", "reason", "teams", "values"]
_GROUPS = {"service_users": "service users", "new_roles": "people in new roles", "existing_roles": "people in existing roles"}  # fmt: skip


def with_period_names(text: str, panel: Panel) -> str:
    """A message of an estimator, which counts periods, with the names that the study gives them.

    >>> from newroles.datasets import load_study
    >>> from newroles.effects.panel import panels
    >>> with_period_names("the last to start: 24264", panels(load_study("example_study"))["burnout"])
    'the last to start: 2022-01'
    """
    if panel.kind == "year" or panel.table.empty:
        return text
    first, last = panel.table["time"].min(), max(panel.table["time"].max(), panel.table["start"].max())

    def named(found: re.Match[str]) -> str:
        number = int(found.group())
        return name_period(number, panel.kind) if first <= number <= last else found.group()

    return re.sub(r"(?<![\w-])\d{4,}(?![\w-])", named, text)


def not_estimated(panel: Panel, effects: GroupTimeEffects) -> pd.DataFrame:
    """Which teams of a panel are in no effect after their start, and why?

    Returns one row per team: group, measure, unit, reason, values (of it in the panel).
    """
    table, rows = panel.table, []
    teams = table.drop_duplicates("unit").set_index("unit")
    for row in effects.left_out.to_dict("records"):
        why = with_period_names(str(row["why"]), panel)
        if row["what"] == "unit" and row["which"] in teams.index:
            rows.append((row["which"], why))
        elif row["what"] == "group" and "serves as the comparison" not in why:
            own = teams.index[teams["start"].eq(row["which"])]
            when = name_period(row["which"], panel.kind)
            alone = f"too few teams got their role in {when} to see how they vary"  # no count: a small-number rule may ask for none
            rows += [(unit, alone if why.startswith("one unit only") else why) for unit in own]
    found = pd.DataFrame(rows, columns=["unit", "reason"]).drop_duplicates("unit")
    counts = table.groupby("unit")["value"].count()
    found = found.assign(group=panel.group, measure=panel.measure, values=found["unit"].map(counts).astype("int64"))
    return found[COLUMNS].astype({"unit": "str", "reason": "str"})


def notes_of(panels: Iterable[Panel], effects: Iterable[GroupTimeEffects], remarks: Iterable[str]) -> list[str]:
    """What is to be known of the panels as a whole, each sentence once for all measures that it is true of.

    `remarks`: on each measure's estimate, "" for none.
    """
    said: dict[str, list[str]] = {}
    together = list(zip(panels, effects, remarks, strict=True))
    for panel, found, remark in together:
        name = panel.measure.replace("_", " ")
        notes = [note.replace(f"{panel.measure} of {panel.group}", "{}") for note in panel.notes]
        last = found.left_out[found.left_out["what"].eq("group") & found.left_out["why"].str.contains("serves as")]
        for start in last["which"]:
            when = name_period(start, panel.kind)
            notes.append(
                f"For {{}} nobody goes without a role throughout: teams that got it last ({when}) are compared with only, and no "
                "effect can be had from then on."
            )
        trusts = panel.table["trust"]
        if trusts.notna().all() and trusts.unique().size == 1:
            notes.append("For {} all teams are of one trust, so errors are added up by team.")
        if remark:
            notes.append(f"Of {{}} it has to be said: {remark}.")
        for note in notes:
            said.setdefault(note, []).append(name)
    return [
        note.replace("{}", "every measure" if len(names) == len(together) > 1 else listed(list(dict.fromkeys(names))))
        for note, names in said.items()
    ]


def gaps_in_effects(effects: GroupTimeEffects) -> str:
    """How many effects of a measure can't be had, or have no standard error of their own? "" for none."""
    what = effects.left_out["what"].value_counts()
    parts = []
    if lost := int(what.get("effect", 0)):
        parts.append(f"{lost} of its effects by cohort and period can't be had")
    if effects.aggregate()["se"].isna().iloc[0]:
        parts.append("no standard error: too few teams or trusts on one side to see how they vary")
    elif blank := int(what.get("se", 0)):
        parts.append(f"{blank} have no standard error of their own, so that of the average may be too small")
    return "; ".join(parts)


def distinct_names(names: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """Names by group and measure, with the group where two groups have the same measure.

    >>> distinct_names({("new_roles", "stress"): "Stress", ("existing_roles", "stress"): "Stress"})["new_roles", "stress"]
    'Stress (people in new roles)'
    """
    every = list(names.values())
    return {
        key: f"{name} ({_GROUPS.get(key[0], key[0].replace('_', ' '))})" if every.count(name) > 1 else name
        for key, name in names.items()
    }


def left_out_table(left_out: pd.DataFrame, counts: bool = True) -> pd.DataFrame:
    """What isn't used, by reason: which measures, and of how many teams?

    `left_out`: of `StudyEffects`. `counts`: whether numbers of teams and values may be shown (a small-number rule asks).

    Returns one row per reason and set of teams: measures, reason, teams (blank for a whole measure), values.

    >>> rows = pd.DataFrame({"measure": ["pay", "stress"], "unit": ["t", "t"], "reason": "no value is known", "values": 0})
    >>> left_out_table(rows)[["measures", "teams"]].values.tolist()
    [['pay and stress', 1]]
    """
    if left_out.empty:
        return pd.DataFrame(columns=_TOLD)
    whole = left_out["unit"].isna()
    each = left_out.assign(whole=whole).groupby(["measure", "reason", "whole"], sort=False, as_index=False)
    rows = each.agg(teams=("unit", lambda units: tuple(sorted(set(units.dropna())))), values=("values", "sum"))
    found = rows.groupby(["reason", "teams", "whole"], sort=False, as_index=False).agg(
        measures=("measure", lambda names: listed([name.replace("_", " ") for name in dict.fromkeys(names)])),
        values=("values", "sum"),
    )
    number = found["teams"].map(len).astype("Int64").mask(found["whole"].astype(bool))
    table = found.assign(teams=number)[_TOLD]
    return table if counts else table.assign(teams=np.nan, values=np.nan)

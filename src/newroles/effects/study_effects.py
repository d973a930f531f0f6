"""What changed in the teams of a study, measure by measure, after their new role came? One estimate each, chosen in advance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets import Codebook, Study
from newroles.effects.balance import in_longer_periods
from newroles.effects.covariates import team_covariates
from newroles.effects.group_time import GroupTimeEffects, group_time_effects
from newroles.effects.many_measures import many_measures
from newroles.effects.panel import Panel, Panels, panel_of
from newroles.effects.study_exclusions import (
    distinct_names,
    gaps_in_effects,
    left_out_table,
    not_estimated,
    notes_of,
    with_period_names,
)
from newroles.errors import InputError

Key = tuple[str, str]

# a covariate is used when at least so many of the teams followed have it
_KNOWN = 0.9
_LEFT_OUT = ["group", "measure", "unit", "reason", "values"]
_TABLE = [
    "group",
    "measure",
    "name",
    "unit",
    "wish",
    "adjusted_for",
    "estimate",
    "se",
    "low",
    "high",
    "plain",
    "plain_low",
]
_TABLE += ["plain_high", "p", "p_holm", "p_step_down", "teams", "adopters", "trusts", "sd_before", "note"]


@dataclass(frozen=True, eq=False)
class StudyEffects:
    """The estimates of a study's measures, and what they were made from; each by group and measure.

    `panels`: as the estimates use them. `effects`: the estimates that count; `plain`: the same without covariates. `covariates`: those
    used. `control`, `level`: as they were chosen. `left_out`: as `Panels.left_out`, with measures that can't be estimated and teams in no
    effect. `notes`: sentences on covariates and periods.

    `table`: one row per measure: group, measure, name, unit and wish (higher, lower or neither is better; from the codebook, blank
    where it doesn't have the measure; a name that two groups share has the group with it), adjusted_for (covariates in words; "" for
    none), estimate, se, low, high (average over all periods with the role), plain, plain_low, plain_high (without covariates), p,
    p_holm, p_step_down (by itself, and among the measures of its group), teams, adopters, trusts (in the estimate), sd_before
    (standard deviation between teams before the first start), note.
    """

    panels: Mapping[Key, Panel]
    effects: Mapping[Key, GroupTimeEffects]
    plain: Mapping[Key, GroupTimeEffects]
    table: pd.DataFrame
    left_out: pd.DataFrame
    covariates: tuple[str, ...]
    control: str
    level: float
    notes: tuple[str, ...]

    @property
    def control_in_words(self) -> str:
        """With whom are teams compared, and in which?"""
        whom = "have no role yet" if self.control == "not_yet" else "never get one"
        beside = " and ".join(name.replace("_", " ") for name in self.covariates)
        return f"Teams are compared with teams that {whom}{f', alike in {beside}' if beside else ''}."

    def one(self, measure: str = "") -> Key:
        """The group and measure that is asked for, or the first where the study doesn't have it (or none is asked for)."""
        return next((key for key in self.effects if key[1] == measure), next(iter(self.effects)))


def comparable_panels(study: Study, periods: str = "", covariates: Sequence[str] = ()) -> Panels:
    """Which measures of a study can be compared before and after, between teams that got a new role and teams that hadn't one?

    `study`: with outcomes and teams, else there are none. `periods`: quarter or year, to put shorter periods into ("": as they
    are measured). `covariates`: indicators to stand beside each team's values; teams without are left out.

    Returns Panels: those of which a group-time effect without covariates can be had. What can't be used stands in `left_out`; a
    measure whose rows can't be read (periods of two kinds, say) with the reason, so that the others go on.

    >>> from newroles.datasets import load_study
    >>> len(comparable_panels(load_study("example_study"), "quarter"))
    7
    """
    held: dict[Key, Panel] = {}
    lost: list[pd.DataFrame] = []
    if not (study.has("outcomes") and study.has("teams")):
        return Panels({}, pd.DataFrame(columns=_LEFT_OUT))
    outcomes, teams = study.outcomes, study.teams
    beside = team_covariates(study, covariates) if covariates else None
    for key, rows in outcomes.groupby(["group", "measure"], sort=False, observed=True):
        group, measure = map(str, key)
        try:
            panel = panel_of(outcomes, teams, group, measure, beside)
            lost.append(panel.left_out)
            if len(panel.table):
                if (values := panel.table["value"].unique()).size == 1:
                    raise InputError(f"all known values are the same ({values[0]:g}): nothing can change")
                panel = _longer(panel, periods)
                estimated(panel, covariates=())
                held[group, measure] = panel
        except InputError as problem:
            lost.append(_whole(group, measure, str(problem), int(rows["value"].count())))
    return Panels(held, pd.concat(lost, ignore_index=True) if lost else pd.DataFrame(columns=_LEFT_OUT))


def effects_of_study(
    study: Study,
    codebook: Codebook | None = None,
    periods: str = "quarter",
    covariates: Sequence[str] = (),
    control: str = "not_yet",
    level: float = 0.95,
    draws: int = 1999,
    rng: np.random.Generator | None = None,
) -> StudyEffects:
    """What changed after the new role came, for each measure of a study, by a comparison that is the same for all of them?

    `study`: with outcomes and teams. `codebook`: of effects, for names, units and which end is better. `periods`: quarter or year, to
    put shorter periods into; each start is compared with the one period before it, and a month alone makes that comparison shaky.
    `covariates`: indicators of the study's contexts: trends are supposed parallel among teams alike in them. One that the study
    lacks, or that fewer than nine in ten teams have, isn't used, and a measure goes without covariates when some effect can't be had
    with them; the notes say so. `control`, `level`: as for `group_time_effects`. `draws`, `rng`: of the step-down p values.

    Errors are added up by trust and read against t with trusts - 1 degrees of freedom; where all teams are of one trust, by team.

    Returns StudyEffects. Raises InputError when no measure can be estimated.

    Source: Callaway and Sant'Anna 2021, doi 10.1016/j.jeconom.2020.12.001.

    >>> from newroles.datasets import load_study
    >>> found = effects_of_study(load_study("example_study"), draws=99, rng=np.random.default_rng(1)).table.set_index("measure")
    >>> bool(found.loc["waiting_weeks", "high"] < 0)
    True
    """
    bare = comparable_panels(study, periods)
    if not len(bare):
        why = [
            f"{row['measures']}: {row['reason'].rstrip('.')}"
            for row in left_out_table(bare.left_out).to_dict("records")
        ]
        raise InputError(
            "No measure of this study can be compared before and after. "
            f"{'; '.join(dict.fromkeys(why)) or 'There are no outcomes of teams'}."
        )
    used, notes = _usable_covariates(study, bare, covariates)
    beside = comparable_panels(study, periods, used) if used else bare
    panels: dict[Key, Panel] = {}
    effects: dict[Key, GroupTimeEffects] = {}
    plain: dict[Key, GroupTimeEffects] = {}
    adjusted_for, remarks, lost = {}, {}, [bare.left_out]
    for key, panel in bare.items():
        try:
            plain[key] = estimated(panel, (), control, level)
        except InputError as problem:
            lost.append(_whole(*key, str(problem), len(panel.table)))
            continue
        with_them, remark = _adjusted(beside.get(key), plain[key], used, control, level)
        panels[key] = panel if with_them is None else beside[key]
        effects[key] = plain[key] if with_them is None else with_them
        adjusted_for[key] = "" if with_them is None else ", ".join(name.replace("_", " ") for name in used)
        remarks[key] = remark
        lost.append(not_estimated(panels[key], effects[key]))
    if not effects:
        raise InputError(f"No measure of this study can be compared: {lost[-1]['reason'].iloc[0]}")
    named = {key: _named(key, codebook) for key in effects}
    names = distinct_names({key: str(about["name"]) for key, about in named.items()})
    rows = [
        _row(key, panels[key], effects[key], plain[key])
        | {"adjusted_for": adjusted_for[key], "note": "; ".join(filter(None, [remarks[key], gaps_in_effects(effects[key])]))}
        | named[key] | {"name": names[key]}
        for key in effects
    ]  # fmt: skip
    table = pd.DataFrame(rows).merge(
        _judged(panels, effects, draws, rng), on=["group", "measure"], how="left", validate="one_to_one"
    )
    left_out = pd.concat(lost, ignore_index=True)
    notes += notes_of(panels.values(), effects.values(), table["note"])
    return StudyEffects(panels, effects, plain, table[_TABLE], left_out, tuple(used), control, level, tuple(notes))


def estimated(
    panel: Panel, covariates: Sequence[str] = (), control: str = "not_yet", level: float = 0.95
) -> GroupTimeEffects:
    """The group-time effects of a panel, each against the last period before the start, with errors by trust.

    Where all teams are of one trust, errors are by team. Raises InputError as `group_time_effects`.
    """
    table = panel.table
    cluster = "trust" if table["trust"].notna().all() and table["trust"].unique().size > 1 else None
    try:
        return group_time_effects(
            table, "value", "unit", "time", "start", control, list(covariates) or None, base="universal", cluster=cluster,
            anticipation=panel.anticipation, level=level, interval="t",
        )  # fmt: skip
    except InputError as problem:
        raise InputError(with_period_names(str(problem), panel)) from None


def in_words(measure: str) -> str:
    """What is a measure called that the codebook doesn't have?

    >>> in_words("days_lost")
    'Days lost'
    """
    return measure.replace("_", " ")[:1].upper() + measure.replace("_", " ")[1:]


def _longer(panel: Panel, periods: str) -> Panel:
    """The panel in longer periods, where its own are shorter and something is left to compare."""
    longer = {"quarter": ("month",), "year": ("month", "quarter")}
    if not periods or panel.kind not in longer.get(periods, ()):
        return panel
    made = in_longer_periods(panel, periods)
    return made if made.table["start"].notna().any() else panel


def _usable_covariates(study: Study, bare: Panels, covariates: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which covariates are known for nearly all teams that are followed, and why the others aren't used."""
    followed = sorted({unit for panel in bare.values() for unit in panel.table["unit"]})
    used, notes = [], []
    known = set(study.contexts.dropna(subset=["value"])["indicator"]) if study.has("contexts") else set()
    for name in dict.fromkeys(covariates):
        if name not in known:
            notes.append(f"Estimates aren't adjusted for {name.replace('_', ' ')}, which this study doesn't have.")
            continue
        value = team_covariates(study, [name]).set_index("team")[name].reindex(followed)
        if value.notna().mean() < _KNOWN:
            notes.append(f"Estimates aren't adjusted for {name.replace('_', ' ')}, which too few teams have.")
        elif value.dropna().unique().size < 2:
            notes.append(f"Estimates aren't adjusted for {name.replace('_', ' ')}, in which teams don't differ.")
        else:
            used.append(name)
    return used, notes


def _adjusted(
    panel: Panel | None, plain: GroupTimeEffects, used: Sequence[str], control: str, level: float
) -> tuple[GroupTimeEffects | None, str]:
    """The effects with covariates, where all can be had that can be had without; else why not."""
    if not used:
        return None, ""
    beside = " and ".join(name.replace("_", " ") for name in used)
    try:
        if panel is None:
            raise InputError("")
        found = estimated(panel, used, control, level)
    except InputError:
        return None, f"not adjusted: can't be estimated with {beside}"
    both = [_cells(each) for each in (plain, found)]
    if lost := len(both[0] - both[1]):
        return None, f"not adjusted: {lost} of {len(both[0])} effects can't be had with {beside}"
    if not np.isfinite(found.aggregate()["se"].iloc[0]):
        return None, f"not adjusted: no standard error with {beside}" if plain.aggregate()["se"].notna().iloc[0] else ""
    return found, ""


def _cells(effects: GroupTimeEffects) -> set[tuple[float, float]]:
    after = effects.comparisons[effects.comparisons["after"]]
    return set(zip(after["group"], after["time"], strict=True))


def _row(key: Key, panel: Panel, effects: GroupTimeEffects, plain: GroupTimeEffects) -> dict[str, Any]:
    average, bare = effects.aggregate().iloc[0], plain.aggregate().iloc[0]
    table, units = panel.table, effects.units
    before = table[~(table["time"] >= table["start"].min() - panel.anticipation)]
    groups = effects.comparisons.loc[effects.comparisons["after"], "group"].unique()
    counted = units[units["start"].isna() | units["start"].isin(groups)]
    trusts = table.drop_duplicates("unit").set_index("unit")["trust"].reindex(counted["unit"]).nunique()
    own = {name: float(average[name]) for name in ("estimate", "se", "low", "high")}
    return {
        "group": key[0], "measure": key[1], **own,
        "plain": bare["estimate"], "plain_low": bare["low"], "plain_high": bare["high"],
        "teams": len(counted), "adopters": int(counted["start"].isin(groups).sum()), "trusts": int(trusts),
        "sd_before": float(before.groupby("unit")["value"].mean().std()),
    }  # fmt: skip


def _named(key: Key, codebook: Codebook | None) -> dict[str, Any]:
    codes = None if codebook is None else codebook.codes.set_index("id")
    if codes is None or key[1] not in codes.index or codes.loc[key[1], "axis"] != "measure":
        return {"name": in_words(key[1]), "unit": "", "wish": "neither"}
    code = codes.loc[key[1]]
    return {"name": str(code["name"]), "unit": str(code["unit"]), "wish": str(code["better"])}


def _judged(
    panels: Mapping[Key, Panel], effects: Mapping[Key, GroupTimeEffects], draws: int, rng: np.random.Generator | None
) -> pd.DataFrame:
    """p values of all measures of a group judged together."""
    parts = []
    for group in dict.fromkeys(group for group, _ in effects):
        own = {measure: found for (g, measure), found in effects.items() if g == group}
        teams = pd.concat([panels[group, measure].table[["unit", "trust"]] for measure in own]).drop_duplicates("unit")
        trusts = teams.set_index("unit")["trust"]
        several = trusts.notna().all() and trusts.unique().size > 1
        table = many_measures(own, trusts if several else None, draws, rng)
        parts.append(table.rename(columns={"name": "measure", "p_two_sided": "p"}).assign(group=group))
    return pd.concat(parts, ignore_index=True)[["group", "measure", "p", "p_holm", "p_step_down"]]


def _whole(group: str, measure: str, reason: str, values: int) -> pd.DataFrame:
    row = {"group": group, "measure": measure, "unit": None, "reason": reason, "values": values}
    return pd.DataFrame([row], columns=_LEFT_OUT).astype({"unit": "str"})

"""Does a study's result hold? Other estimators, few trusts, trends before, one trust less, all measures at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from newroles.datasets import Study
from newroles.effects.bacon import bacon
from newroles.effects.by_kind import by_kind, halves
from newroles.effects.covariates import team_covariates
from newroles.effects.few_trusts import few_trusts
from newroles.effects.honest import breakdown, honest_bounds
from newroles.effects.opinions import second_opinions
from newroles.effects.panel import Panel
from newroles.effects.sensitivity import leave_one_out, pretrends
from newroles.effects.study_effects import StudyEffects, estimated
from newroles.effects.study_events import study_window
from newroles.effects.study_exclusions import with_period_names
from newroles.errors import InputError

_OPINIONS = ["group", "measure", "name", "estimator", "estimand", "estimate", "se", "low", "high", "p", "n", "note"]
_TRENDS = [
    "group",
    "measure",
    "name",
    "estimate",
    "periods_before",
    "p_before",
    "power",
    "slope",
    "bias",
    "withstands",
    "unit",
    "note",
]
_WITHOUT = [
    "group",
    "measure",
    "name",
    "estimate",
    "lowest",
    "highest",
    "trusts",
    "turns",
    "loses",
    "moves_most",
    "untold",
    "note",
]


class Decomposition(NamedTuple):
    """Of what a two-way fixed-effects estimate is made, for one measure.

    `pairs`: as `bacon` gives it; no rows, and a `note`, where it can't be had. `two_way`: the estimate of this panel without gaps;
    `group_time`: the group-time average of the same rows. `teams`: in it; `gaps`: teams left out since a period is blank.
    """

    pairs: pd.DataFrame
    two_way: float
    group_time: float
    teams: int
    gaps: int
    note: str


def opinions_of_study(
    found: StudyEffects, among: str = "units", draws: int = 499, rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """Do other estimators say the same of each measure?

    `among`, `draws`, `rng`: of the placement test. Each estimator has the covariates that the measure's own estimate has.

    Returns the rows of `second_opinions`, with group, measure and name.
    """
    rng = np.random.default_rng() if rng is None else rng
    names, parts = found.table.set_index(["group", "measure"]), []
    for key, panel in found.panels.items():
        beside = list(found.covariates) if names.loc[key, "adjusted_for"] else None
        table = second_opinions(
            panel.table, "value", "unit", "time", "start", _cluster(panel), beside, among=among, draws=draws, rng=rng,
            level=found.level,
        )  # fmt: skip
        table["note"] = [with_period_names(note, panel) for note in table["note"].fillna("").astype(str)]
        parts.append(table.assign(group=key[0], measure=key[1], name=str(names.loc[key, "name"])))
    return pd.concat(parts, ignore_index=True)[_OPINIONS]


def opinions_by_measure(opinions: pd.DataFrame) -> pd.DataFrame:
    """What does each estimator say of each measure, side by side? opinions: as `opinions_of_study` returns them.

    Returns one row per measure: name, and the estimates never, not_yet (Callaway and Sant'Anna), imputation, sun_abraham, two_way.

    >>> rows = pd.DataFrame({"name": "Pay", "estimator": ["imputation", "two-way fixed effects"], "estimate": [1.0, -1.0]})
    >>> opinions_by_measure(rows)[["name", "imputation", "two_way"]].values.tolist()
    [['Pay', 1.0, -1.0]]
    """
    columns = {
        "Callaway and Sant'Anna, never treated": "never", "Callaway and Sant'Anna, not yet treated": "not_yet",
        "imputation": "imputation", "Sun and Abraham": "sun_abraham", "two-way fixed effects": "two_way",
    }  # fmt: skip
    known = opinions[opinions["estimator"].isin(list(columns))]
    wide = known.pivot_table(index="name", columns="estimator", values="estimate").rename(columns=columns)
    return wide.reindex(index=list(dict.fromkeys(opinions["name"])), columns=list(columns.values())).reset_index()


def few_trusts_of_study(
    found: StudyEffects, opinions: pd.DataFrame, draws: int = 1999, rng: np.random.Generator | None = None
) -> pd.DataFrame:
    """How sure is each average effect, by each way of allowing for few trusts?

    `opinions`: as `opinions_of_study` gives it, for the placement test. `draws`, `rng`: of the wild bootstrap.

    Returns one row per measure: name, trusts, and p values: p_units (as if teams were independent), p_trusts (normal), p_t (t), p_wild,
    p_placement. Blank where one can't be had.
    """
    rng = np.random.default_rng() if rng is None else rng
    placed = opinions[opinions["estimator"].eq("placement test")].set_index(["group", "measure"])["p"]
    columns = {
        "units, normal": "p_units",
        "clusters, normal": "p_trusts",
        "clusters, t": "p_t",
        "wild, clusters": "p_wild",
    }
    rows = []
    for row in found.table.to_dict("records"):
        key = (row["group"], row["measure"])
        try:
            held = (
                few_trusts(found.effects[key], draws=draws, rng=rng).set_index("method")["p"].rename(columns).to_dict()
            )
        except InputError:
            held = {}
        rows.append({"name": row["name"], "trusts": row["trusts"], **held, "p_placement": placed.get(key, np.nan)})
    return pd.DataFrame(rows).reindex(columns=["name", "trusts", *columns.values(), "p_placement"])


def trends_of_study(
    found: StudyEffects,
    window: Sequence[int] = (-4, 4),
    power: float = 0.8,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Did trends differ before, would it have been seen, and how large a difference would each result withstand?

    `window`: first and last period since the start; fewer where data or trusts don't allow so many. `power`: the chance with which a
    straight difference in trend would have been seen. `rng`: of the test.

    Returns one row per measure: group, measure, name, estimate (mean of the periods with the role within the window), periods_before,
    p_before (joint test), power, slope (difference in trend per period that some interval before the start would have shown with that
    chance), bias (what it would add to the estimate), withstands (times the largest step before that trends may change by after,
    before the interval has nought in it; 0: it has already; blank: more than 20), unit (of measure), note (why nothing is known).
    """
    rng = np.random.default_rng() if rng is None else rng
    rows: list[dict[str, Any]] = []
    for row in found.table.to_dict("records"):
        own: dict[str, Any] = {name: row[name] for name in ("group", "measure", "name", "unit")} | {"note": ""}
        try:
            study = study_window(found.effects[row["group"], row["measure"]], window)
            trends = pretrends(study, found.level, (power,), rng=rng)
            seen = trends.power[trends.power["test"].eq("any period")].iloc[0]
            relative = breakdown(study, level=found.level)
            own |= {
                "estimate": relative["estimate"], "periods_before": len(study.before), "power": power,
                "p_before": trends.joint["p_two_sided"], "slope": seen["slope"], "bias": abs(seen["bias"]),
                "withstands": relative["breakdown"],
            }  # fmt: skip
        except InputError as problem:
            own["note"] = str(problem)
        rows.append(own)
    return pd.DataFrame(rows).reindex(columns=_TRENDS)


def bounds_of_measure(
    found: StudyEffects, measure: str = "", window: Sequence[int] = (-4, 4), m: Sequence[float] = (0, 0.5, 1, 1.5, 2)
) -> pd.DataFrame:
    """Between which values does one measure's effect lie, were trends to differ by so much?

    Returns the rows of `honest_bounds` (relative) with allowed (m in words); none where there is no event study.
    """
    try:
        study = study_window(found.effects[found.one(measure)], window)
    except InputError:
        return pd.DataFrame(columns=["allowed", "m", "estimate", "low", "high"])
    table = honest_bounds(study, m=m, level=found.level)
    said = {0.0: "Trends as in comparison teams", 1.0: "As large a step as before"}
    return table.assign(allowed=[said.get(float(each), f"{each:g} times as large a step") for each in table["m"]])


def withstands_in_words(found: StudyEffects, measure: str = "", window: Sequence[int] = (-4, 4)) -> str:
    """How large a difference in trend does one measure's result withstand, in steps and in bends?

    Returns the sentences of `breakdown` for both restrictions; why there are none, where there is no event study.
    """
    try:
        study = study_window(found.effects[found.one(measure)], window)
        said = " ".join(breakdown(study, way, level=found.level)["sentence"] for way in ("relative", "smooth"))
        name = str(found.table.set_index(["group", "measure"]).loc[found.one(measure), "name"])
        return f"For {name[:1].lower()}{name[1:]}, {said[:1].lower()}{said[1:]}"
    except InputError as problem:
        return f"Nothing can be said of bounds: {problem}"


def without_each_trust(found: StudyEffects) -> pd.DataFrame:
    """Does any measure's result hang on one trust?

    Returns one row per measure: group, measure, name, estimate, lowest and highest (without one trust or another), trusts, turns (trusts
    without which the sign differs), loses (trusts without which the interval has nought in it, where it hadn't), moves_most (the
    trust whose leaving moves it most), untold (trusts without which there is no estimate or, of a clear result, no interval), note (why
    it can't be told).
    """
    rows = []
    for row in found.table.to_dict("records"):
        key = (row["group"], row["measure"])
        panel, beside = found.panels[key], found.covariates if row["adjusted_for"] else ()
        own = {name: row[name] for name in ("group", "measure", "name", "estimate", "trusts")} | {"note": ""}
        try:
            table = leave_one_out(panel.table, _average_of(panel, beside, found.control, found.level))
        except InputError as problem:
            rows.append(own | {"note": str(problem)})
            continue
        each = table[table["left_out"].notna()]
        unknown = int(each["estimate"].isna().sum())
        clear = row["low"] > 0 or row["high"] < 0
        untold = int((each["low"].isna() if clear else each["estimate"].isna()).sum())
        rows.append(own | {
            "lowest": each["estimate"].min(), "highest": each["estimate"].max(), "turns": int(each["turns"].sum()),
            "loses": int(each["loses"].sum()) if "loses" in each else 0, "moves_most": each["left_out"].iloc[0],
            "untold": untold, "note": f"can't be estimated without {unknown} of the trusts" if unknown else "",
        })  # fmt: skip
    table = pd.DataFrame(rows).reindex(columns=_WITHOUT)
    return table.astype({"turns": "Int64", "loses": "Int64", "untold": "Int64"})


def decomposed(found: StudyEffects, measure: str = "") -> Decomposition:
    """Of which comparisons is the two-way fixed-effects estimate of one measure made?

    `measure`: its id (the first where the study doesn't have it). Teams with a blank period are left out, since the decomposition
    is of a panel without gaps, and there are no covariates in it.
    """
    key = found.one(measure)
    panel = found.panels[key]
    counts = panel.table.groupby("unit")["time"].nunique()
    whole = counts.index[counts.eq(panel.table["time"].nunique())]
    rows = panel.table[panel.table["unit"].isin(whole)]
    try:
        pairs = bacon(rows, "value", "unit", "time", "start")
        average = estimated(replace(panel, table=rows), (), found.control, found.level).aggregate()["estimate"].iloc[0]
    except InputError as problem:
        pairs = pd.DataFrame(columns=["kind", "treated", "control", "weight", "estimate", "forbidden"])
        why = with_period_names(str(problem), panel)
        return Decomposition(pairs, np.nan, np.nan, len(whole), len(counts) - len(whole), why)
    two_way = float((pairs["weight"] * pairs["estimate"]).sum())
    return Decomposition(pairs, two_way, float(average), len(whole), len(counts) - len(whole), "")


def kinds_of_study(
    found: StudyEffects,
    study: Study,
    stated: Mapping[str, Sequence[str]],
    measure: str = "",
    roles: pd.DataFrame | None = None,
    draws: int = 1999,
    rng: np.random.Generator | None = None,
) -> tuple[pd.DataFrame, str]:
    """Did one measure's effect differ between the kinds of teams that were named in advance?

    `stated`: by column, the kinds compared: setting or new_role; an indicator of contexts, whose teams are "above the median" or "at
    or below the median"; or kind, with codes of skill-mix change (`roles`: one row per role and code: role, code; a role can have
    several, and each code is compared with the roles that haven't it). `measure`: its id. `draws`, `rng`: as for `by_kind`.

    Returns the table of `by_kind` (no rows when nothing can be compared), and a sentence on columns that the study doesn't have ("" if
    it has all).
    """
    key = found.one(measure)
    panel = found.panels[key]
    lacking: list[str] = []
    usable: dict[str, Sequence[str]] = {}
    adjusted = bool(found.table.set_index(["group", "measure"]).loc[key, "adjusted_for"])
    indicators = set(study.contexts.dropna(subset=["value"])["indicator"]) if study.has("contexts") else set()
    for name, groups in stated.items():
        if name == "kind" and roles is not None and len(roles):
            panel = panel.with_columns(_kinds_of_teams(study.teams, roles, groups))
            usable |= {code: ["yes"] for code in groups}
        elif name in indicators:
            sides = halves(team_covariates(study, [name]), name).rename(columns={name: _half(name)})
            panel, usable[_half(name)] = panel.with_columns(sides), groups
        elif name in ("setting", "new_role") and panel.table[name].notna().any():
            usable[name] = groups
        else:
            lacking.append(name.replace("_", " "))
    said = f"This study doesn't tell teams apart by {' or '.join(lacking)}." if lacking else ""
    empty = pd.DataFrame(
        columns=["by", "kind", "teams", "estimate", "low", "high", "rest", "difference", "p_step_down", "note"]
    )
    if not usable:
        return empty, said
    beside = list(found.covariates) if adjusted else None
    try:
        table = by_kind(panel, usable, found.control, beside, draws=draws, rng=rng, level=found.level)
    except InputError as problem:
        return empty, f"{said} {problem}".strip()
    table["by"] = table["by"].str.removesuffix(_half(""))
    table["note"] = [with_period_names(note, panel) for note in table["note"].astype(str)]
    return table, said


def _half(name: str) -> str:
    return f"{name} (half)"


def _kinds_of_teams(teams: pd.DataFrame, roles: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """One row per team, one column per code: yes or no by the team's role, blank where its kinds aren't known."""
    coded = roles.groupby("role")["code"].agg(set)
    of_team = teams["new_role"].map(coded)
    columns = {
        code: [("yes" if code in held else "no") if isinstance(held, set) else None for held in of_team]
        for code in codes
    }
    return pd.DataFrame({"team": teams["team"], **columns}).astype("str")


def _average_of(panel: Panel, beside: Sequence[str], control: str, level: float) -> Callable[[pd.DataFrame], Any]:
    def average(rows: pd.DataFrame) -> pd.DataFrame:
        return estimated(replace(panel, table=rows), beside, control, level).aggregate()

    return average


def _cluster(panel: Panel) -> str | None:
    trusts = panel.table["trust"]
    return "trust" if trusts.notna().all() and trusts.unique().size > 1 else None

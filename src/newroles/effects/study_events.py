"""What happened before and after the role came, period by period, for the measures of a study?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from newroles.effects.event_study import EventStudy, event_study_of
from newroles.effects.group_time import GroupTimeEffects
from newroles.effects.study_effects import StudyEffects
from newroles.errors import InputError


def since_arrival(
    found: StudyEffects,
    window: Sequence[int] = (-6, 8),
    draws: int = 500,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """What happened before and after the role came, period by period, for each measure?

    `window`: first and last period since the start that is shown. `draws`, `rng`: of the simultaneous bands.

    Returns one row per measure and period: group, measure, name, unit, wish, since (periods since the start), estimate, low, high (all
    of a measure at once lie between them with the level chosen; blank at the period compared with), teams (with the role by
    then; before, those whose estimate it is). No rows of a measure with nothing in the window.
    """
    rng = np.random.default_rng() if rng is None else rng
    about: Any = found.table.set_index(["group", "measure"])
    parts: list[pd.DataFrame] = []
    for key, effects in found.effects.items():
        try:
            bands = effects.bands("dynamic", draws, rng, min_e=min(window), max_e=max(window))
        except InputError:
            continue
        behind = effects.comparisons.assign(since=effects.comparisons["time"] - effects.comparisons["group"])
        inside = behind[behind["since"].between(min(window), max(window))]
        teams = inside.groupby("since")["treated"].sum().to_dict()
        rows = bands.rename(columns={"key": "since"})[["since", "estimate", "low", "high"]]
        held = {"group": key[0], "measure": key[1]} | dict(about.loc[key, ["name", "unit", "wish"]])
        counts = [teams.get(since, 0) for since in rows["since"]]
        parts.append(rows.assign(**held, teams=pd.array(counts, dtype="Int64")))
    columns = ["group", "measure", "name", "unit", "wish", "since", "estimate", "low", "high", "teams"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns].astype({"since": "int64"})


def study_window(effects: GroupTimeEffects, window: Sequence[int] = (-4, 4)) -> EventStudy:
    """The event study within this window, or as much of it as the data and the number of trusts allow.

    No more periods before are taken than a third of the clusters, so that their covariance can be known. Raises InputError when
    there is nothing before the reference or nothing after.
    """
    known = effects.aggregate("dynamic").dropna(subset=["key", "se"])
    keys = known.loc[known["se"].gt(0), "key"].astype(int).tolist()
    reference = int(-1 - effects.anticipation)
    most = max(1, int(effects.units["cluster"].nunique()) // 3)
    first, last = max(min(window), reference - most), max(window)
    while first < reference and first not in keys:
        first += 1
    while last >= 0 and last not in keys:
        last -= 1
    if first >= reference or last < 0:
        raise InputError(
            "an event study needs a period before the one compared with and one from the start on, each with a standard error."
        )
    return event_study_of(effects, first, last)

"""What happened in the periods before and after a role came, and how do these estimates err together?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.effects.group_time import GroupTimeEffects
from newroles.effects.multiplier import cluster_sums
from newroles.errors import InputError
from newroles.few_clusters import Floats


@dataclass(frozen=True, eq=False)
class EventStudy:
    """Estimates by periods since the start, all set against one period before it, with their joint covariance.

    `events`: whole numbers, rising, without gaps but for the reference. `estimate`: one per event. `covariance`: events x
    events. `clusters`: how many independent units (teams or trusts) the covariance rests on; None when it is known by itself.
    `reference`: the period that the others are set against, -1 when nobody anticipates.
    """

    events: tuple[int, ...]
    estimate: Floats
    covariance: Floats
    clusters: int | None = None
    reference: int = -1

    @property
    def se(self) -> Floats:
        """Standard error of each estimate."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def before(self) -> list[int]:
        """Positions of the events before the reference."""
        return [place for place, event in enumerate(self.events) if event < self.reference]

    @property
    def after(self) -> list[int]:
        """Positions of the events from the start on."""
        return [place for place, event in enumerate(self.events) if event >= 0]

    def window(self, first: int, last: int) -> EventStudy:
        """The events from `first` to `last` only. Raises InputError as `event_study` does."""
        kept = [place for place, event in enumerate(self.events) if first <= event <= last]
        return event_study(
            [self.events[place] for place in kept],
            self.estimate[kept],
            self.covariance[np.ix_(kept, kept)],
            self.clusters,
            self.reference,
        )

    def weights(self, target: str | Mapping[int, float] = "mean") -> Floats:
        """What each event counts in a summary: "mean" (of the events from the start on), or a weight by event.

        Raises InputError for a weight on an event that isn't there or comes before the start.
        """
        values = np.zeros(len(self.events))
        if isinstance(target, str):
            if target != "mean":
                raise InputError(f"target: '{target}' isn't known; write mean, or weights by event such as {{0: 1}}.")
            values[self.after] = 1 / len(self.after)
            return values
        places = {self.events[place]: place for place in self.after}
        for event, weight in target.items():
            if event not in places:
                raise InputError(f"target: there is no event {event} from the start on; there are {sorted(places)}.")
            values[places[event]] = weight
        return values


def event_study(
    events: Iterable[float],
    estimate: Iterable[float],
    covariance: Floats | pd.DataFrame,
    clusters: int | None = None,
    reference: int = -1,
) -> EventStudy:
    """Which estimates, by periods since the start, can be put to the test?

    `events`, `estimate`, `covariance`: as EventStudy has them, in any order; the reference itself (an estimate of 0, variance 0)
    may be among them and is left out. `clusters`, `reference`: see EventStudy.

    Raises InputError for lengths that don't fit, events that aren't whole or come twice, a covariance that isn't one, blank
    estimates, gaps in the events, and no event before the reference or none from the start on.

    >>> study = event_study([-3, -2, -1, 0, 1], [0.1, 0.0, 0.0, 1.0, 1.2], np.diag([0.1, 0.1, 0.0, 0.1, 0.1]))
    >>> study.events, study.before, study.weights()
    ((-3, -2, 0, 1), [0, 1], array([0. , 0. , 0.5, 0.5]))
    """
    keys, values = np.asarray(list(events), dtype=float), np.asarray(list(estimate), dtype=float)
    spread = np.asarray(covariance, dtype=float)
    if values.shape != keys.shape or spread.shape != (len(keys), len(keys)):
        raise InputError(
            f"{len(keys)} events need as many estimates and a square covariance; there are {len(values)} estimates and a "
            f"covariance of {' x '.join(map(str, spread.shape))}."
        )
    if not (keys == np.round(keys)).all() or len(np.unique(keys)) < len(keys):
        raise InputError(f"Events must be whole numbers, each once; they are {', '.join(f'{key:g}' for key in keys)}.")
    order = [place for place in np.argsort(keys) if keys[place] != reference]
    keys, values, spread = keys[order], values[order], spread[np.ix_(order, order)]
    if not (keys < reference).any() or not (keys >= 0).any():
        raise InputError("An event study needs an estimate before the reference period and one from the start on.")
    expected = [event for event in range(int(keys[0]), int(keys[-1]) + 1) if event != reference]
    if gap := sorted(set(expected) - {int(key) for key in keys}):
        raise InputError(
            f"Event {gap[0]} is missing between {keys[0]:g} and {keys[-1]:g}, of which all but the reference are needed: "
            "choose a window without gaps."
        )
    blank = ~(np.isfinite(values) & np.isfinite(spread).all(axis=1))
    if blank.any():
        raise InputError(f"Nothing is known of event {keys[blank][0]:g}, or how it varies: choose a window without it.")
    if np.abs(spread - spread.T).max() > 1e-8 * np.abs(spread).max() or (np.diag(spread) <= 0).any():
        raise InputError(
            "The covariance must be symmetric, with variances above 0. Are all estimates set against one period "
            "(base='universal')?"
        )
    return EventStudy(tuple(int(key) for key in keys), values, spread, clusters, reference)


def event_study_of(
    effects: GroupTimeEffects,
    min_e: float | None = None,
    max_e: float | None = None,
    balance: float | None = None,
) -> EventStudy:
    """What do group-time effects say by periods since the start, and how do these averages err together?

    `effects`: as `group_time_effects` gives them with base="universal". `min_e`, `max_e`, `balance`: as for their `aggregate`; with
    `balance` the same groups stand behind every event from the start on, so that a bend in the path is no change of groups.

    Returns EventStudy, its covariance from influence functions added up by cluster.

    Raises InputError for a varying base, and as `event_study` and `aggregate` do.
    """
    table, influence = effects.influence_of("dynamic", min_e, max_e, balance)
    keys, reference = table["key"].to_numpy(dtype=float)[1:], int(-1 - effects.anticipation)
    at = table.loc[table["key"].eq(reference), "se"]
    if len(at) != 1 or at.notna().any():
        raise InputError(
            "Estimates before the start aren't set against one period. Run group_time_effects(..., base='universal') and "
            f"keep period {reference} in the window."
        )
    sums = cluster_sums(influence[:, 1:], effects.units["cluster"].to_numpy()) / len(influence)
    spread = sums.T @ sums
    unknown = table["se"].isna().to_numpy()[1:] & (keys != reference)
    spread[unknown] = np.nan
    return event_study(keys, table["estimate"].to_numpy()[1:], spread, len(sums), reference)

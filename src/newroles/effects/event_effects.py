"""What does an estimator say by time since the start, and overall? One shape for those that give both."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from scipy import stats

from newroles.errors import InputError
from newroles.few_clusters import Floats


@dataclass(frozen=True)
class EventEffects:
    """Effects by periods since the start, and their average over all treated rows.

    table: one row per event time, and one for the average: kind (event, overall), key (periods since the start; blank
    overall), estimate, se, low, high, n (rows of the panel behind it). left_out: unit, reason, rows. clusters: how many.
    """

    table: pd.DataFrame
    left_out: pd.DataFrame
    clusters: int

    @property
    def events(self) -> pd.DataFrame:
        """The rows by event time."""
        return self.table[self.table["kind"] == "event"].reset_index(drop=True)

    @property
    def overall(self) -> pd.Series:
        """The average over all treated rows: estimate, se, low, high, n."""
        return self.table[self.table["kind"] == "overall"].iloc[0].drop(["kind", "key"])


def event_table(keys: Floats, estimate: Floats, se: Floats, n: Floats, df: float, level: float) -> pd.DataFrame:
    """How do estimates stand in `EventEffects`? The last one is the overall average; df: of the t interval (inf: normal).

    >>> import numpy as np
    >>> table = event_table(np.array([0, np.nan]), np.ones(2), np.array([0.5, 0.5]), np.array([4, 4]), np.inf, 0.95)
    >>> table[["kind", "key", "low"]].round(2).values.tolist()
    [['event', 0.0, 0.02], ['overall', nan, 0.02]]
    """
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    reach = stats.t.ppf(0.5 + level / 2, df) * se
    kind = ["event"] * (len(keys) - 1) + ["overall"]
    columns = {"kind": kind, "key": keys, "estimate": estimate, "se": se, "low": estimate - reach}
    return pd.DataFrame(columns | {"high": estimate + reach, "n": n.astype(int)})

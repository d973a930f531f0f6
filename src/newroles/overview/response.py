"""Who answered: by region, by sector or any other grouping of the frame, compared with chance."""

from __future__ import annotations

import math

import pandas as pd
from scipy import stats

from newroles.errors import InputError
from newroles.overview.frame import checked_frame, group_names
from newroles.overview.intervals import bounds, finite_population_interval, require_level, require_possible


def response_by(trusts: pd.DataFrame, by: str = "region", level: float = 0.95) -> pd.DataFrame:
    """Which share of trusts took part, by region, and how far could chance alone have moved it?

    trusts: one row a trust; columns `by` (region, sector, or any other grouping) and `responded` (boolean). Trusts
    whose group is blank are a group of their own, "not known".
    Returns one row a group, in order of first appearance: `by`, responded (trusts), n (trusts in the frame), estimate
    (share, 0-1; a complete count, without sampling error), chance_low and chance_high (trusts): the central `level`
    range of the number that would respond if the same total had been drawn at random from all trusts (hypergeometric),
    and method.
    Raises InputError when a column is missing, `responded` holds anything but true and false, or a trust is listed
    twice.

    >>> frame = pd.DataFrame({"sector": ["nhs", "nhs", "vcse"], "responded": [True, False, False]})
    >>> response_by(frame, by="sector")[["sector", "responded", "n", "estimate"]].values.tolist()
    [['nhs', 1, 2, 0.5], ['vcse', 0, 1, 0.0]]
    """
    checked_frame(trusts, [by])
    named = trusts.assign(**{by: group_names(trusts[by])})
    counted = named.groupby(by, sort=False).agg(responded=("responded", "sum"), n=("responded", "size")).reset_index()
    return _with_chance(counted, level)


def participation(counts: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """As `response_by`, from published counts: one row a region, columns region, participated, trusts_in_region."""
    missing = [c for c in ("region", "participated", "trusts_in_region") if c not in counts.columns]
    if missing:
        raise InputError(f"The participation table has no column {', '.join(missing)}.")
    counted = counts.rename(columns={"participated": "responded", "trusts_in_region": "n"})[
        ["region", "responded", "n"]
    ]
    return _with_chance(counted.reset_index(drop=True), level)


def region_ranges(counts: pd.DataFrame, share: float = 0.5, level: float = 0.95) -> pd.DataFrame:
    """What can a region's answers say about all its trusts?

    counts: one row a region, as `participation` returns: region, responded, n. share: supposes that this share (0-1) of
    those that took part report a role, rounded to whole trusts.
    Returns one row a region: region, with_role (trusts that took part and have it), responded, n, and what follows for
    the n trusts of the region: low, high (`finite_population_interval`), bound_low, bound_high (`bounds`, in trusts)
    and method.
    Raises InputError when a share lies outside 0 to 1, or for impossible counts.
    """
    if not 0 <= share <= 1:
        raise InputError(f"The share of trusts that report the role lies between 0 and 1; it is {share}.")
    rows = []
    for region, responded, n in counts[["region", "responded", "n"]].itertuples(index=False):
        x = math.floor(share * responded + 0.5)
        low, high = finite_population_interval(x, responded, n, level)
        worst, best = (round(bound * n) for bound in bounds(x, responded, n))
        rows.append((region, x, responded, n, low, high, worst, best))
    columns = ["region", "with_role", "responded", "n", "low", "high", "bound_low", "bound_high"]
    return pd.DataFrame(rows, columns=columns).assign(
        method=f"hypergeometric interval, {level:.0%}; no-assumption bounds"
    )


def _with_chance(counted: pd.DataFrame, level: float) -> pd.DataFrame:
    require_level(level)
    n_frame, n_responded = int(counted["n"].sum()), int(counted["responded"].sum())
    for responded, n in zip(counted["responded"], counted["n"], strict=True):
        require_possible(responded, n, n_frame)
    chance = stats.hypergeom(n_frame, n_responded, counted["n"].to_numpy())
    low, high = chance.interval(level)
    return counted.assign(
        estimate=counted["responded"] / counted["n"],
        chance_low=low.astype(int),
        chance_high=high.astype(int),
        method=f"complete count; central {level:.0%} hypergeometric range",
    )

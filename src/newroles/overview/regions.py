"""Roles by region: of the trusts that answered in each, how many have which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from newroles.overview.adoption import adoption

REGIONS = (
    "North East and Yorkshire", "North West", "Midlands", "East of England", "London", "South East", "South West",
)  # fmt: skip
"""The seven NHS England regions, in the order of every table."""
ALL_REGIONS = "All regions"


def off_the_map(table: pd.DataFrame, tiles: pd.DataFrame, place: str = "region") -> list[str]:
    """Which places of a table of counts by place have no tile on a map, such as "not known"?

    table: as `roles_by_region` returns it. tiles: one row a tile: name.

    >>> off_the_map(pd.DataFrame({"region": ["Wales", "London"]}), pd.DataFrame({"name": ["London"]}))
    ['Wales']
    """
    there = [ALL_REGIONS, *tiles["name"]]
    return [str(name) for name in dict.fromkeys(table[place]) if name not in there]


def on_the_map(table: pd.DataFrame, tiles: pd.DataFrame, place: str = "region") -> pd.DataFrame:
    """The table as it is when any of its places has a tile on the map, else none of its rows.

    >>> len(on_the_map(pd.DataFrame({"region": ["Wales"]}), pd.DataFrame({"name": ["London"]})))
    0
    """
    return table if table[place].isin(tiles["name"]).any() else table.head(0)


def roles_by_region(
    reports: pd.DataFrame,
    trusts: pd.DataFrame,
    by: str = "role",
    coding: pd.DataFrame | None = None,
    only: Sequence[str] | None = None,
    totals: bool = False,
    within: str = "region",
) -> pd.DataFrame:
    """Which roles (or kinds of role) were reported where, of how many trusts that answered?

    reports, trusts, by, coding, only: see `newroles.overview.adoption`. totals: adds for each role a row "All regions". An empty `only` has no rows.
    within: the column of the frame that groups it; icb for integrated care boards.

    Returns one row for each role and region: role (or code), region (`within`; a blank one is "not known"), count (trusts
    that have the role, among those that answered), answered, trusts (in the frame), share (count / answered; blank when
    nobody answered) and state: shown, zero, or missing (nobody answered, so that a count of 0 would say nothing: it is blank).
    The seven regions of England come in their usual order, others as the frame has them. A trust that reports several
    roles counts in the row of each, so the rows of a region don't add up to anything.

    Protect it with `newroles.disclosure.counts_by_place`, which knows that each role's total stands in another table and that
    `state` tells a zero from a small count.
    Raises InputError as `adoption` does.

    >>> reports = pd.DataFrame({"trust": ["A"], "role": ["care_navigator"]})
    >>> places = ["London", "South West", "Midlands"]
    >>> frame = pd.DataFrame({"trust": list("ABC"), "region": places, "responded": [True, False, True]})
    >>> roles_by_region(reports, frame)[["region", "count", "answered", "trusts", "state"]].values.tolist()
    [['Midlands', 0, 1, 1, 'zero'], ['London', 1, 1, 1, 'shown'], ['South West', <NA>, 0, 1, 'missing']]
    """
    if only is not None and not len(only):
        return pd.DataFrame(columns=[by, within, "count", "answered", "trusts", "share", "state"])
    table = adoption(reports, trusts, by, coding, within=within, only=only)
    places = list(dict.fromkeys(table[within]))
    if set(places) <= set(REGIONS):
        places = [region for region in REGIONS if region in places]
    if totals:
        everywhere = adoption(reports, trusts, by, coding, only=only).assign(**{within: ALL_REGIONS})
        table, places = pd.concat([table, everywhere]), [*places, ALL_REGIONS]
    items = {item: i for i, item in enumerate(dict.fromkeys(table[by]))}
    order = table[by].map(items) * len(places) + table[within].map({place: i for i, place in enumerate(places)})
    table = table.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
    nobody = table["n"].eq(0)
    named = table.rename(columns={"x": "count", "n": "answered", "N": "trusts", "estimate": "share"})
    named["count"] = named["count"].astype("Int64").mask(nobody)
    named["state"] = np.select([nobody, table["x"].eq(0)], ["missing", "zero"], "shown")
    return named[[by, within, "count", "answered", "trusts", "share", "state"]]

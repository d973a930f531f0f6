"""What the tables of the overview may tell under a study's small-number rule: protected counts, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from newroles.overview.intervals import bounds, finite_population_interval

SHARES = ("estimate", "low", "high", "bound_low", "bound_high")
ADJUSTED = ("adjusted", "adjusted_low", "adjusted_high")


class Rule(Protocol):
    """What the overview needs to know of a small-number rule (`newroles.disclosure.Profile` is one)."""

    @property
    def below(self) -> int: ...
    @property
    def round_to(self) -> int: ...
    def hides(self, count: float) -> bool: ...
    def shown_as(self, count: float) -> int: ...


def protects(rule: Rule | None) -> bool:
    """Does this rule hide or round anything?

    >>> protects(None)
    False
    """
    return rule is not None and bool(rule.below or rule.round_to > 1)


def shown_count(count: float, rule: Rule | None) -> int | None:
    """A count as the rule lets it be seen; None where it is hidden.

    >>> shown_count(7, None)
    7
    """
    if rule is None or not protects(rule):
        return int(count)
    return None if rule.hides(count) else rule.shown_as(count)


def answers_for_shares(trusts: pd.DataFrame, rule: Rule | None) -> int | None:
    """How many trusts answered, as the denominator that a finding gives for its share?

    trusts: the frame, one row a trust: responded. Returns None where the rule hides the number, and where it rounds: a
    share is then one of two rounded counts, both given in words.

    >>> answers_for_shares(pd.DataFrame({"responded": [True, False]}), None)
    1
    """
    return None if rule is not None and rule.round_to > 1 else shown_count(int(trusts["responded"].sum()), rule)


def unless_protected(table: pd.DataFrame, rule: Rule | None) -> pd.DataFrame:
    """The table, or no rows where a rule hides or rounds counts: for results that no rounding makes safe.

    >>> len(unless_protected(pd.DataFrame({"x": [1]}), None))
    1
    """
    return table.head(0) if protects(rule) else table


def shares_shown(table: pd.DataFrame, rule: Rule | None, level: float = 0.95) -> pd.DataFrame:
    """Shares with their intervals and bounds as far as the rule lets their counts be seen.

    table: x, n, N (counts of trusts) and estimate, low, high, bound_low, bound_high, as `newroles.overview.adoption`
    returns. Returns it with blank shares where one of the three counts is hidden; under a rule that rounds, the counts
    that aren't hidden are rounded and the shares computed again from them. Hidden counts stay in their columns, for
    `newroles.disclosure.protect` to hide.

    >>> table = pd.DataFrame({"x": [1], "n": [2], "N": [3], "estimate": [0.5], "low": [0.3], "high": [0.7]})
    >>> shares_shown(table, None).equals(table)
    True
    """
    if rule is None or not protects(rule):
        return table
    shown = table.copy()
    shares = [column for column in SHARES if column in table.columns]
    hidden = table[["x", "n", "N"]].map(rule.hides).any(axis=1)
    shown.loc[hidden, shares] = np.nan
    if rule.round_to > 1:
        counts = table[["x", "n", "N"]].astype(float)
        for row in shown.index[~hidden]:
            x, n, N = (rule.shown_as(float(counts.loc[row, column])) for column in ("x", "n", "N"))
            # a rounded count below the limit would be hidden once more
            shown.loc[row, ["x", "n", "N"]] = [max(count, rule.below) if count else 0 for count in (x, n, N)]
            low, high = finite_population_interval(x, n, N, level) if N else (np.nan, np.nan)
            worst, best = bounds(x, n, N) if N else (np.nan, np.nan)
            values = (x / n if n else np.nan, low / N if N else np.nan, high / N if N else np.nan, worst, best)
            shown.loc[row, shares] = [dict(zip(SHARES, values, strict=True))[column] for column in shares]
    return shown


def adoption_shown(
    table: pd.DataFrame, rule: Rule | None, weighted_by: str = "propensity", by: str = "role", level: float = 0.95
) -> pd.DataFrame:
    """How many trusts have each role, in an order and with further columns that give no hidden count away?

    table: as `newroles.overview.adoption_side_by_side` returns, with the column name. weighted_by: its method of
    weighting. by: role or code.

    Without a rule the table comes back as it is. Under one: rows whose counts are shown come first, by the count as
    shown and then by name; those with a hidden one follow by name. Shares are as in `shares_shown`. x_suggested is blank
    where it, or the number of trusts that only a suggestion gives the role, is small. Weighted shares are whole per
    cents, and blank where the count is hidden, where counts are rounded, or where the weights are those of regions: from
    these the counts of regions could be worked out.

    >>> adoption_shown(pd.DataFrame({"role": ["a"], "x": [1]}), None)["x"].tolist()
    [1]
    """
    if rule is None or not protects(rule) or table.empty:
        return table
    shown = shares_shown(table, rule, level)
    hidden = shown["estimate"].isna()
    suggested = table["x_suggested"].astype("Float64").to_numpy(float, na_value=np.nan)
    more = suggested - table["x"].to_numpy(float)
    secret = [
        np.isnan(extra) or rule.hides(float(extra)) or rule.hides(float(all_))
        for extra, all_ in zip(more, suggested, strict=True)
    ]
    shown["x_suggested"] = shown["x_suggested"].mask(np.array(secret))
    safe_weights = weighted_by == "propensity" and rule.round_to == 1
    for column in ADJUSTED:
        shown[column] = table[column].astype(float).round(2).mask(hidden | (not safe_weights))
    name = shown["name"] if "name" in shown.columns else shown[by]
    order = pd.DataFrame({"hidden": hidden, "x": -shown["x"].where(~hidden, 0), "name": name.astype(str)})
    return shown.loc[order.sort_values(["hidden", "x", "name"], kind="stable").index].reset_index(drop=True)


def moved_shares(table: pd.DataFrame, rule: Rule | None = None) -> pd.Series:
    """How far is each role's weighted share from its plain one, at most? Blank where there is none to show.

    table: as `adoption_shown` returns it; under a rule its weighted shares are whole per cents, and half of one is added.

    >>> moved_shares(pd.DataFrame({"estimate": [0.5], "adjusted": [0.25]})).tolist()
    [0.25]
    """
    distance = (table["adjusted"].astype(float) - table["estimate"].astype(float)).abs()
    return distance + 0.005 if protects(rule) else distance


def kinds_shown(
    by_kind: pd.DataFrame,
    by_role: pd.DataFrame,
    kinds: pd.DataFrame,
    rule: Rule | None,
    weighted_by: str = "propensity",
    level: float = 0.95,
) -> pd.DataFrame:
    """How many trusts have a role of each kind, where that doesn't say more of a role than the table of roles does?

    by_kind: as `newroles.overview.kinds_side_by_side` returns, with the column name. by_role: the table of roles as it is
    shown (`adoption_shown`). kinds: role, code. As `adoption_shown`; besides, the count of a kind is blank where it would say
    that a role whose own count is hidden is in more than one trust.

    >>> kinds_shown(pd.DataFrame({"code": ["a"], "x": [1]}), pd.DataFrame(), pd.DataFrame(), None)["x"].tolist()
    [1]
    """
    if rule is None or not protects(rule) or by_kind.empty:
        return by_kind
    known = by_role.loc[by_role["estimate"].notna()].set_index("role")["x"].astype(float)
    reported = set(by_role["role"])
    tells = []
    for code, x in zip(by_kind["code"], by_kind["x"], strict=True):
        roles = reported & set(kinds.loc[kinds["code"].eq(code), "role"])
        small = [role for role in roles if role not in known.index]
        least = float(x) - sum(known[role] for role in roles if role in known.index)
        tells.append(bool(small) and least - (len(small) - 1) * max(rule.below - 1, 0) > 1)
    exact = by_kind.assign(x=by_kind["x"].astype("Int64").mask(np.array(tells)))
    shown = adoption_shown(by_kind[~np.array(tells)].reset_index(drop=True), rule, weighted_by, "code", level)
    withheld = exact[np.array(tells)].assign(**dict.fromkeys((*SHARES, *ADJUSTED), np.nan), x_suggested=np.nan)
    if withheld.empty:
        return shown
    together = pd.concat([shown.astype({"x": "Int64"}), withheld.astype({"x_suggested": "Int64"})])
    rank = together["estimate"].isna().astype(int)
    names = together["name"].astype(str).where(rank.eq(1), "")
    order = pd.DataFrame({"rank": rank.to_numpy(), "name": names.to_numpy()}).sort_values(
        ["rank", "name"], kind="stable"
    )
    return together.iloc[order.index].reset_index(drop=True)


def definitions_shown(definitions: pd.DataFrame, rule: Rule | None, level: float = 0.95) -> pd.DataFrame:
    """How many trusts have a new role under each definition of new, as far as differences between definitions may be told?

    definitions: as `newroles.overview.trusts_by_definition` returns. Under a rule a row is blank when its count and that of
    a row above it, which is shown, differ by a small number: one definition often lies within another, so the difference
    counts trusts. Shares are as in `shares_shown`.

    >>> definitions_shown(pd.DataFrame({"definition": ["declared"], "x": [1]}), None)["x"].tolist()
    [1]
    """
    if rule is None or not protects(rule):
        return definitions
    kept: list[int] = []
    near = []
    for x in definitions["x"].astype(int):
        near.append(any(rule.hides(abs(x - other)) for other in kept))
        if not near[-1] and not rule.hides(x):
            kept.append(x)
    shown = shares_shown(definitions, rule, level)
    shares = [column for column in SHARES if column in shown.columns]
    shown.loc[near, shares] = np.nan
    return shown.assign(x=shown["x"].astype("Int64").mask(np.array(near, dtype=bool)))


def rests_on(
    rule: Rule | None, columns: Sequence[str] = (*SHARES, *ADJUSTED), counts: Sequence[str] = ("x", "n", "N")
) -> Mapping[str, Sequence[str]]:
    """Which of a table's counts do its shares rest on? The `derived` of `newroles.disclosure.small_numbers`.

    counts: those that the table has. Under a rule that rounds, only shares of two counts are named, which are computed again:
    `shares_shown` has computed intervals and bounds from rounded counts, and they aren't to be blanked.

    >>> rests_on(None, ["estimate", "low"])
    {'estimate': ['x', 'n'], 'low': ['x', 'n', 'N']}
    """
    two = {"estimate": ["x", "n"], "bound_low": ["x", "N"]}
    rounds = rule is not None and rule.round_to > 1
    named = {column: [c for c in two.get(column, ["x", "n", "N"]) if c in counts] for column in columns}
    return {column: on for column, on in named.items() if not rounds or (column in two and len(on) == 2)}


def first_row(table: pd.DataFrame) -> pd.Series:
    """The first row of a table; one of blanks where it has none.

    >>> first_row(pd.DataFrame({"x": []}))["x"] is None
    True
    """
    return table.iloc[0] if len(table) else pd.Series([None] * len(table.columns), index=table.columns, dtype="object")

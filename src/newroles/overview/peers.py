"""Where a trust stands among its peers on one measure at a time: never on several together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

PEERS = {
    "all": "all other trusts",
    "region": "other trusts of its region",
    "size": "trusts nearest in size",
}
"""Who a trust can be compared with."""

POSITIONS = {
    ("higher", 1): "better than the middle half",
    ("higher", -1): "worse than the middle half",
    ("lower", 1): "worse than the middle half",
    ("lower", -1): "better than the middle half",
    ("neither", 1): "higher than the middle half",
    ("neither", -1): "lower than the middle half",
}
WITHIN = "within the middle half"
NOT_COMPARED = "not compared"
NOT_KNOWN = "not known"
TOO_FEW = "too few peers"

COULD_CHANGE = "sampling error could change this"
BEYOND = "beyond sampling error"
COMPLETE = "complete count"

_Z95 = 1.959964
_MAD_TO_SD = 1.4826  # of a normal distribution


def trust_profile(
    values: pd.DataFrame,
    trusts: pd.DataFrame,
    rng: np.random.Generator,
    peers: str = "all",
    nearest: int = 12,
    fewest: int = 5,
    draws: int = 2000,
) -> pd.DataFrame:
    """Where does each trust stand among its peers, measure by measure, and how sure is that?

    values: one row for each trust and measure, as `trust_values` returns: trust, measure, better, value, low, high,
        comparable. trusts: one row a trust: trust, and region (for peers="region") or fte (for peers="size").
    rng: draws for the interval of the rank. peers: `all` other trusts, those of the same `region`, or the `nearest` in
    size (by ratio). fewest: with fewer comparable peers than this a trust isn't placed. draws: how often.

    Returns values with the further columns peers (in words), n_peers (comparable ones), peer_median, peer_low and
    peer_high (quartiles: the middle half of the peers), robust_z (value minus the peers' median, over 1.4826 times their
    median absolute deviation; blank where more than half of the peers agree), rank (share of peers with a lower value,
    ties as half; 0 lowest, 1 highest), rank_low and rank_high (95% of the ranks when each trust's value is drawn anew
    from its sampling error), position (better or worse than, higher or lower than, or within the middle half; or why
    not) and how_sure: `beyond sampling error` when the whole interval of the rank lies on the same side of the quarter
    marks as the value does, `sampling error could change this`, or `complete count`. Drawing anew spreads
    values that sampling error had spread already, so the intervals err on the wide side.
    No measure changes another one's row, and nothing here adds measures up: they aren't of one thing.
    Raises InputError for a missing column, another kind of peers, or a trust listed twice.

    Source: Goldstein and Spiegelhalter (1996), JRSS A 159: 385-443, https://doi.org/10.2307/2983325; Marshall and
    Spiegelhalter (1998), BMJ 316: 1701, https://doi.org/10.1136/bmj.316.7146.1701 (intervals of ranks).

    >>> values = pd.DataFrame({"trust": list("ABCDEF"), "measure": "burnt_out_often", "better": "lower",
    ...     "value": [.2, .25, .3, .3, .35, .4], "low": np.nan, "high": np.nan, "comparable": True})
    >>> profile = trust_profile(values, values[["trust"]], np.random.default_rng(1))
    >>> profile[["rank", "position"]].values.tolist()[0]
    [0.0, 'better than the middle half']
    """
    _need(values, ["trust", "measure", "better", "value", "low", "high", "comparable"], "values")
    if draws < 100 or fewest < 2:
        raise InputError(f"At least 100 draws and 2 peers are needed; asked for {draws} and {fewest}.")
    everyone = {trust: peers_of(trusts, trust, peers, nearest) for trust in trusts["trust"]}
    unknown = sorted(set(values["trust"]) - set(everyone))
    if unknown:
        raise InputError(f"The trust '{unknown[0]}' has values and isn't in the table of trusts: add it there.")
    parts = [_of_measure(part, everyone, rng, fewest, draws) for _, part in values.groupby("measure", sort=False)]
    return pd.concat(parts).loc[values.index].assign(peers=PEERS[peers])


def beside_peers(
    values: pd.DataFrame, trusts: pd.DataFrame, trust: str, peers: str = "all", nearest: int = 12
) -> pd.DataFrame:
    """How far do one trust and its peers lie from the peers' median, measure by measure?

    values, trusts, peers, nearest: see `trust_profile`. trust: the one to look at.
    Returns one row for each measure and each of them that can be compared: trust, is_trust, measure, family, name,
    better, value, then in robust standard deviations from the peers' median, turned so that positive is better (or
    higher, where neither is better): toward (the value), toward_low and toward_high (its interval), middle_low and
    middle_high (the peers' quartiles). All five are blank where more than half of the peers agree.
    Raises InputError for a missing column, an unknown trust, or another kind of peers.

    >>> values = pd.DataFrame({"trust": list("ABCDEF"), "measure": "burnt_out_often", "family": "staff", "name": "Burnt out",
    ...     "better": "lower", "value": [.2, .25, .3, .3, .35, .4], "low": np.nan, "high": np.nan, "comparable": True})
    >>> beside = beside_peers(values, values[["trust"]], "F")  # 0.1 above the median of 0.3, over 1.4826 x 0.05
    >>> beside.loc[beside["is_trust"], ["toward", "middle_high"]].round(2).values.tolist()
    [[-1.35, 0.67]]
    """
    _need(values, ["trust", "measure", "family", "name", "better", "value", "low", "high", "comparable"], "values")
    others = peers_of(trusts, trust, peers, nearest)
    rows = values[values["comparable"] & values["trust"].isin([trust, *others])].copy()
    rows["is_trust"] = rows["trust"].eq(trust)
    toward = ["toward", "toward_low", "toward_high", "middle_low", "middle_high"]
    rows[toward] = np.nan
    for _, part in rows.groupby("measure"):
        of_peers = part.loc[~part["is_trust"], "value"].to_numpy(float)
        if not len(of_peers):
            continue
        centre, spread = float(np.median(of_peers)), _robust_sd(of_peers)
        sign = -1 if part["better"].iloc[0] == "lower" else 1
        raw = part[["value", "low", "high"]].assign(**dict(zip(("q1", "q3"), _quarters(of_peers), strict=True)))
        in_order = ["value", "low", "high", "q1", "q3"] if sign == 1 else ["value", "high", "low", "q3", "q1"]
        rows.loc[part.index, toward] = (sign * (raw[in_order] - centre) / spread).to_numpy(float)
    columns = ["trust", "is_trust", "measure", "family", "name", "better", "value", *toward]
    return rows[columns].reset_index(drop=True)


def positions_by_measure(profile: pd.DataFrame) -> pd.DataFrame:
    """How many trusts stand inside and outside the middle half of their peers, and for how many could chance decide?

    profile: as `trust_profile` returns. Returns one row a measure, in order: measure, family, name, placed (trusts that
    could be placed), inside and outside (the middle half), beyond_error (their position is beyond sampling error) and
    could_change (sampling error could change it); the last two are blank for complete counts.
    Raises InputError for a missing column.

    >>> profile = pd.DataFrame({"measure": "m", "family": "f", "name": "n", "how_sure": [BEYOND, COULD_CHANGE, ""],
    ...     "position": [WITHIN, "better than the middle half", NOT_KNOWN]})
    >>> positions_by_measure(profile)[["placed", "inside", "outside", "could_change"]].values.tolist()
    [[2, 1, 1, 1]]
    """
    _need(profile, ["measure", "family", "name", "position", "how_sure"], "profile")
    rows = []
    for (measure, family, name), part in profile.groupby(["measure", "family", "name"], sort=False):
        sure = part.loc[part["how_sure"].ne(""), "how_sure"]
        inside = int(part.loc[sure.index, "position"].eq(WITHIN).sum())
        counts: list[int | None] = [int(sure.eq(word).sum()) for word in (BEYOND, COULD_CHANGE)]
        if sure.eq(COMPLETE).any():
            counts = [None, None]
        rows.append((measure, family, name, len(sure), inside, len(sure) - inside, *counts))
    columns = ["measure", "family", "name", "placed", "inside", "outside", "beyond_error", "could_change"]
    return pd.DataFrame(rows, columns=columns).astype({"beyond_error": "Int64", "could_change": "Int64"})


def mixed_by_chance(profile: pd.DataFrame, rng: np.random.Generator, draws: int = 2000) -> pd.DataFrame:
    """How many trusts would be better on one measure and worse on another if measures had nothing to do with each other?

    profile: as `trust_profile` returns. Only trusts that could be placed on every measure count, and only measures of
    which one direction is better. Each measure's positions are dealt out anew among these trusts, measure by measure and
    independently, `draws` times; so each measure keeps as many trusts above and below the middle half as it has.

    Returns one row: trusts (placed on every measure), mixed (of them, better on at least one measure and worse on at least
    one), expected (the mean of the draws), expected_low and expected_high (the middle 95% of the draws).
    Raises InputError for a missing column, fewer than 100 draws, or when no trust could be placed on every measure.

    >>> better, worse = "better than the middle half", "worse than the middle half"
    >>> profile = pd.DataFrame({"trust": list("AABB"), "measure": list("mnmn"), "better": "higher", "how_sure": COMPLETE,
    ...     "position": [better, better, worse, worse]})
    >>> found = mixed_by_chance(profile, np.random.default_rng(1))
    >>> found[["trusts", "mixed"]].values.tolist(), found["expected"].round(1).tolist()  # none, or both, half of the time
    ([[2, 0]], [1.0])
    """
    _need(profile, ["trust", "measure", "better", "position", "how_sure"], "profile")
    if draws < 100:
        raise InputError(f"At least 100 draws are needed; asked for {draws}.")
    whole = profile["how_sure"].ne("").groupby(profile["trust"]).transform("all")
    directed = profile[whole & profile["better"].ne("neither")]
    if directed.empty:
        raise InputError("No trust could be placed on every measure: nothing can be dealt out anew.")
    side = directed["position"].map({POSITIONS["higher", 1]: 1, POSITIONS["higher", -1]: -1}).fillna(0)
    sides = side.set_axis(pd.MultiIndex.from_frame(directed[["trust", "measure"]])).unstack().to_numpy()  # noqa: PD010
    dealt = np.array([_mixed(rng.permuted(sides, axis=0)) for _ in range(draws)])
    low, high = np.quantile(dealt, [0.025, 0.975])
    row = (len(sides), _mixed(sides), float(dealt.mean()), float(low), float(high))
    return pd.DataFrame([row], columns=["trusts", "mixed", "expected", "expected_low", "expected_high"])


def peers_of(trusts: pd.DataFrame, trust: str, peers: str = "all", nearest: int = 12) -> list[str]:
    """Which trusts is this one compared with?

    trusts, peers, nearest: see `trust_profile`. Returns their ids; none for `region` or `size` where its own isn't known.
    Raises InputError for an unknown trust or kind of peers, a missing column, or fewer than one to be `nearest`.

    >>> trusts = pd.DataFrame({"trust": list("ABC"), "fte": [1000, 2000, 2500]})
    >>> peers_of(trusts, "A", "size", nearest=1)
    ['B']
    """
    if peers not in PEERS:
        raise InputError(f"Trusts can't be compared with '{peers}'. {did_you_mean(peers, PEERS)}")
    needed = {"all": [], "region": ["region"], "size": ["fte"]}[peers]
    _need(trusts, ["trust", *needed], "trusts")
    if trusts["trust"].duplicated().any():
        twice = trusts.loc[trusts["trust"].duplicated(), "trust"].iloc[0]
        raise InputError(f"The table of trusts lists '{twice}' more than once: keep one row each.")
    if trust not in set(trusts["trust"]):
        raise InputError(f"There is no trust '{trust}'. {did_you_mean(trust, trusts['trust'])}")
    own, others = trusts[trusts["trust"].eq(trust)].iloc[0], trusts[trusts["trust"].ne(trust)]
    if peers == "region":
        others = others[others["region"].eq(own["region"]) & others["region"].notna()]
    elif peers == "size":
        if nearest < 1:
            raise InputError(f"The nearest in size are at least 1; asked for {nearest}.")
        ratio = (np.log(others["fte"].astype(float)) - np.log(float(own["fte"]))).abs().dropna()
        others = others.loc[ratio.sort_values(kind="stable").index[:nearest]]
    return [str(name) for name in others["trust"]]


def _of_measure(
    rows: pd.DataFrame, everyone: dict[str, list[str]], rng: np.random.Generator, fewest: int, draws: int
) -> pd.DataFrame:
    """The rows of one measure with where each trust stands on it."""
    able = rows["comparable"].to_numpy(bool) & rows["value"].notna().to_numpy()
    value = rows["value"].to_numpy(float)
    error = (rows["high"] - rows["low"]).to_numpy(float) / (2 * _Z95)
    sampled = bool(np.isfinite(error[able]).all()) and bool(able.any())
    drawn = value + np.nan_to_num(error) * rng.standard_normal((draws, len(rows))) if sampled else None
    place = {trust: i for i, trust in enumerate(rows["trust"])}
    better = rows["better"].iloc[0]
    found = []
    for i, trust in enumerate(rows["trust"]):
        others = [place[name] for name in everyone[trust] if name in place and able[place[name]]]
        if not able[i]:
            reason = NOT_KNOWN if np.isnan(value[i]) else NOT_COMPARED
            found.append((len(others), *[np.nan] * 7, reason, ""))
        elif len(others) < fewest:
            found.append((len(others), *[np.nan] * 7, TOO_FEW, ""))
        else:
            found.append((len(others), *_standing(value, drawn, i, others, better)))
    columns = ["n_peers", "peer_median", "peer_low", "peer_high", "robust_z", "rank", "rank_low", "rank_high"]
    return rows.join(pd.DataFrame(found, columns=[*columns, "position", "how_sure"], index=rows.index))


def _standing(value: np.ndarray, drawn: np.ndarray | None, i: int, others: list[int], better: str) -> tuple:
    of_peers = value[others]
    low, median, high = np.quantile(of_peers, [0.25, 0.5, 0.75])
    z = (value[i] - median) / _robust_sd(of_peers)
    rank = _rank(value[i], of_peers)
    side = int(value[i] > high) - int(value[i] < low)
    position = POSITIONS[(better, side)] if side else WITHIN
    if drawn is None:
        return median, low, high, z, rank, np.nan, np.nan, position, COMPLETE
    ranks = _rank(drawn[:, [i]], drawn[:, others])
    rank_low, rank_high = np.quantile(ranks, [0.025, 0.975])
    held = {1: rank_low > 0.75, -1: rank_high < 0.25, 0: rank_low >= 0.25 and rank_high <= 0.75}[side]
    return median, low, high, z, rank, rank_low, rank_high, position, BEYOND if held else COULD_CHANGE


def _mixed(sides: np.ndarray) -> int:
    """Rows that have both 1 and -1."""
    return int(((sides == 1).any(axis=1) & (sides == -1).any(axis=1)).sum())


def _rank(value: np.ndarray, of_peers: np.ndarray) -> np.ndarray:
    """Share of the peers below, ties as half."""
    return (of_peers < value).mean(axis=-1) + 0.5 * (of_peers == value).mean(axis=-1)


def _quarters(values: np.ndarray) -> np.ndarray:
    return np.quantile(values, [0.25, 0.75])


def _robust_sd(values: np.ndarray) -> float:
    """1.4826 times the median absolute deviation; blank when that is 0."""
    spread = float(_MAD_TO_SD * np.median(np.abs(values - np.median(values))))
    return spread if spread > 0 else np.nan


def _need(table: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            f"The table {name} has no column '{missing[0]}'. {did_you_mean(missing[0], map(str, table.columns))}"
        )

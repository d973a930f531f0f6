"""How sure is an average effect when trusts are few? The same estimate read in several ways, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from newroles.effects.group_time import GroupTimeEffects
from newroles.effects.placement import PlacementTest
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats

WEIGHTS = ("rademacher", "webb")
# with at most so many clusters, all sign vectors are used and nothing is drawn
_ALL_SIGNS = 12
_SAME = 1e-9
_WEBB = np.sqrt([0.5, 1.0, 1.5])
COLUMNS = ["method", "estimate", "se", "df", "low", "high", "p", "clusters", "draws"]


def few_trusts(
    effects: GroupTimeEffects,
    placement: PlacementTest | None = None,
    weights: str = "rademacher",
    draws: int = 9999,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """How sure is the simple average effect, by each way of allowing for few trusts?

    `effects`: as `group_time_effects` gives them, with `cluster` where units come in clusters. `placement`: of the same
    panel, to stand in the table. `weights`: of the wild bootstrap, 1 and -1 ("rademacher") or Webb's six points ("webb", for
    fewer than a dozen clusters). `draws`, `rng`: of the bootstrap; up to 12 clusters all sign vectors are used instead.

    Returns one row per method: method, estimate, se, df, low, high, p, clusters, draws:

    - "units, normal": influence functions of single units, as if they were independent;
    - "clusters, normal": their sums by cluster (as `effects` has it);
    - "clusters, t": the same se times the root of G/(G-1), read against t with G - 1 degrees of freedom;
    - "wild, clusters": sums by cluster are multiplied by random weights of mean 0 and variance 1, and t is computed anew;
      p is (1 + those with |t| as large) / (1 + draws), and the interval holds the values that so aren't refused (no end
      where clusters are too few);
    - "placement": p, and the interval of effects not refused, as `placement_test` found them.

    The first four suppose parallel trends and clusters enough for averages to be about normal; the last that dates fell as at
    random. When they differ much, trust the widest.

    Raises InputError for fewer than two clusters, an average without standard error, and unknown weights.

    Source: Callaway and Sant'Anna 2021, doi 10.1016/j.jeconom.2020.12.001 (influence functions); Kline and Santos 2012, doi
    10.1515/2156-6674.1006 (a wild bootstrap of scores); Webb 2023, doi 10.1111/caje.12661 (six points).

    >>> from newroles.effects.group_time import group_time_effects
    >>> rows = pd.DataFrame({"team": list("aabbccdd"), "year": [1, 2] * 4, "since": [2] * 4 + [None] * 4})
    >>> rows["days"] = [10, 14, 20, 26, 10, 11, 20, 23]
    >>> few_trusts(group_time_effects(rows, "days", "team", "year", "since"))[["method", "se", "p"]].round(3).values.tolist()
    [['units, normal', 1.0, 0.003], ['clusters, normal', 1.0, 0.003], ['clusters, t', 1.155, 0.081], ['wild, clusters', 1.155, 0.176]]
    """
    if weights not in WEIGHTS:
        raise InputError(f"weights: unknown '{weights}'. {did_you_mean(weights, WEIGHTS)}")
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    table, influence = effects.influence_of("simple")
    estimate, own = float(table["estimate"].iloc[0]), influence[:, 0] / len(influence)
    sums: Floats = np.asarray(np.bincount(effects.units["cluster"].to_numpy(dtype=np.intp), own), dtype=float)
    groups = len(sums)
    if groups < 2:
        raise InputError("All units are in one cluster: at least two are needed to see how clusters vary.")
    single, clustered = float(np.sqrt(own @ own)), float(np.sqrt(sums @ sums))
    if not clustered > 0 or np.isnan(table["se"].iloc[0]):
        raise InputError(
            "The average effect has no standard error: too few units or clusters vary. See effects.left_out."
        )
    small = clustered * np.sqrt(groups / (groups - 1))
    wild = _wild(estimate, sums, weights, draws, rng, level)
    lines: list[dict[str, Any]] = [
        {"method": "units, normal", "se": single, "df": np.inf, "clusters": len(own)},
        {"method": "clusters, normal", "se": clustered, "df": np.inf, "clusters": groups},
        {"method": "clusters, t", "se": small, "df": groups - 1.0, "clusters": groups},
    ]
    for line in lines:
        line |= _read(estimate, line["se"], line["df"], level)
    lines.append({"method": "wild, clusters", "estimate": estimate, "se": small, "clusters": groups} | wild)
    if placement is not None:
        held = placement.summary
        lines.append(
            {"method": "placement", "estimate": held["estimate"], "low": held["low"], "high": held["high"]}
            | {"p": held["p_two_sided"], "clusters": held["clusters"], "draws": held["placements"]}
        )
    return pd.DataFrame(lines).reindex(columns=COLUMNS)


def _read(estimate: float, se: float, df: float, level: float) -> dict[str, float]:
    reach = float(stats.t.ppf(0.5 + level / 2, df)) * se
    return {"estimate": estimate, "low": estimate - reach, "high": estimate + reach} | {
        "p": float(2 * stats.t.sf(abs(estimate) / se, df))
    }


def _wild(
    estimate: float, sums: Floats, weights: str, draws: int, rng: np.random.Generator | None, level: float
) -> dict[str, float]:
    """A wild bootstrap of sums by cluster: p, low, high and how many draws."""
    groups = len(sums)
    exact = weights == "rademacher" and groups <= _ALL_SIGNS
    if not exact and draws < 99:
        raise InputError(f"draws: {draws} are too few for a p value: expected 99 or more.")
    if exact:
        multiplied = 1.0 - 2.0 * ((np.arange(2**groups)[:, np.newaxis] >> np.arange(groups)) & 1)
    else:
        rng = np.random.default_rng() if rng is None else rng
        multiplied = 1.0 - 2.0 * rng.integers(0, 2, size=(draws, groups))
        if weights == "webb":
            multiplied = multiplied * _WEBB[rng.integers(0, 3, size=(draws, groups))]
    moves = multiplied * (sums - sums.mean())
    total = moves.sum(axis=1)
    factor = groups / (groups - 1)
    spread = np.sqrt(factor * ((moves - total[:, np.newaxis] / groups) ** 2).sum(axis=1))
    t = np.divide(np.abs(total), spread, out=np.full(len(total), np.inf), where=spread > 0)
    se = float(np.sqrt(factor * ((sums - sums.mean()) ** 2).sum()))
    as_large = int((t >= abs(estimate) / se * (1 - _SAME)).sum())
    # scores are centred, so no sign vector gives the data themselves back: they are counted beside the draws
    p = (1 + as_large) / (1 + len(t))
    place = int(np.floor((1 - level) * (1 + len(t)) + 1e-9)) - 1
    reach = float(np.sort(t)[::-1][place]) * se if 0 <= place < len(t) else np.inf
    return {"p": p, "low": estimate - reach, "high": estimate + reach, "draws": len(t)}

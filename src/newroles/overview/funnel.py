"""Funnel limits: which trusts' rates lie further from the overall rate than chance would put them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from newroles.errors import InputError
from newroles.overview.intervals import require_level

OVERDISPERSION = (None, "multiplicative", "additive")
WINSORISED_BY_CHANCE = 0.68  # mean square of a standard normal drawn in to its 10% and 90% quantiles


def funnel_limits(
    units: pd.DataFrame,
    x: str = "x",
    n: str = "n",
    levels: Sequence[float] = (0.95, 0.998),
    target: float | None = None,
    overdispersion: str | None = None,
    in_frame: int | None = None,
) -> pd.DataFrame:
    """Which trusts' shares are too far from the overall share to be chance, given how many people each share is of?

    units: one row a trust, with the columns `x` (those counted) and `n` (of how many). target: the share (0-1) to
    compare with; None: the overall one.
    levels: of the limits. overdispersion: None: exact binomial limits, interpolated; `multiplicative`: normal limits
    widened by the root of the winsorised factor (when it is above 1); `additive`: normal limits with the variance
    between trusts added (see `spread_between`).
    in_frame: trusts in the frame, of which these are some.

    Returns units with the further columns share (x / n), target, z (standardised distance from the target, not
    corrected for overdispersion), low_95, high_95, low_998, high_998 (for each level; shares), outside ("within", or
    the widest limits that the share lies beyond: "above 95%", "below 99.8%"), answered (trusts here), N (in the frame;
    blank when not said) and method.

    What lies outside of exact limits goes by exact tail probabilities, the same on both sides: "above 95%" when so high a
    count or a higher one has a chance below 2.5%, "below 95%" when so low a one or a lower one has. For low counts the
    interpolated limits, which are Spiegelhalter's and are drawn, say the same; the upper ones ask about lower counts only
    and lie up to one count nearer to the target, so a share of a small trust can lie above the line drawn and be within.
    Limits can lie beyond 0 or 1.

    Drawing in the outer tenths takes the winsorised factor to about 0.68 when chance is all (see `spread_between`), so
    `multiplicative` widens nothing until shares vary about half as much again as by chance (a variance 1.5 times as large).

    Raises InputError for fewer than two trusts, impossible or blank counts, a level, or a target of 0 or 1 (nothing can
    vary).

    Source: Spiegelhalter (2005), Statistics in Medicine 24: 1185-1202, https://doi.org/10.1002/sim.1970.

    >>> units = pd.DataFrame({"x": [3, 7, 40], "n": [12, 18, 50]})
    >>> funnel_limits(units)["outside"].tolist()
    ['below 95%', 'within', 'above 95%']
    """
    if overdispersion not in OVERDISPERSION:
        raise InputError(f"Overdispersion is None, 'multiplicative' or 'additive', not '{overdispersion}'.")
    for level in levels:
        require_level(level)
    if in_frame is not None and in_frame < len(units):
        raise InputError(
            f"The frame is smaller than the answers: {len(units)} trusts have counts, and in_frame is {in_frame}."
        )
    counted, out_of, theta = _counts(units, x, n, target)
    share, se = counted / out_of, np.sqrt(theta * (1 - theta) / out_of)
    table = units.assign(share=share, target=theta, z=(share - theta) / se)
    spread = spread_between(units, x, n, target) if overdispersion else None
    outside = np.full(len(units), "within", dtype=object)
    at_most, at_least = stats.binom.cdf(counted, out_of, theta), stats.binom.sf(counted - 1, out_of, theta)
    for level in sorted(levels):
        tail = (1 - level) / 2
        if spread is None:
            low, high = _interpolated(tail, out_of, theta), _interpolated(1 - tail, out_of, theta)
            below, above = at_most < tail, at_least < tail
        else:
            widened = se * np.sqrt(max(1.0, spread["phi_winsorised"]))
            width = widened if overdispersion == "multiplicative" else np.sqrt(se**2 + spread["tau2"])
            low, high = theta + stats.norm.ppf(tail) * width, theta + stats.norm.ppf(1 - tail) * width
            below, above = share < low, share > high
        name = f"{level * 100:g}"
        table[f"low_{name.replace('.', '')}"], table[f"high_{name.replace('.', '')}"] = low, high
        outside[below], outside[above] = f"below {name}%", f"above {name}%"
    if spread is None:
        method = "exact binomial limits, interpolated; outside by exact tail probabilities"
    elif overdispersion == "multiplicative":
        method = (
            f"normal limits, variance times {max(1.0, spread['phi_winsorised']):.2f} (winsorised overdispersion "
            f"{spread['phi_winsorised']:.2f}; about {WINSORISED_BY_CHANCE} when chance is all)"
        )
    else:
        method = f"normal limits, variance between trusts {spread['tau2']:.3g} added"
    return table.assign(outside=outside, answered=len(units), N=np.nan if in_frame is None else in_frame, method=method)


def spread_between(
    units: pd.DataFrame, x: str = "x", n: str = "n", target: float | None = None, winsorise: float = 0.1
) -> pd.Series:
    """Do trusts differ more than chance alone would make them?

    units, x, n, target: see `funnel_limits`. winsorise: the share of trusts at each end whose z is drawn in before the
    winsorised factor is reckoned, so that a few outliers don't hide themselves.

    Returns phi (mean squared z: 1 when chance is all), phi_winsorised, tau2 (variance of the shares between trusts, 0
    or more, by the method of moments from the winsorised factor) and n (trusts).

    phi_winsorised is Spiegelhalter's, not divided by what chance alone gives it: for many trusts of a good size, with a
    tenth drawn in at each end, 0.68 (for z normal and c its 90% quantile, 0.8 - 2 c f(c) + 0.2 c^2, f the density). Read
    it against 0.68, not 1. tau2 takes over this caution: it stays 0 until phi_winsorised is above 1 - 1/n.
    Raises InputError as `funnel_limits` does, and when winsorise isn't from 0 to below 0.5.

    Source: Spiegelhalter (2005), as above; Spiegelhalter et al. (2012), JRSS A 175: 1-47,
    https://doi.org/10.1111/j.1467-985X.2011.01010.x (tau2).

    >>> spread_between(pd.DataFrame({"x": [1, 9], "n": [10, 10]})).round(2).to_dict()
    {'phi': 6.4, 'phi_winsorised': 4.1, 'tau2': 0.18, 'n': 2.0}
    """
    if not 0 <= winsorise < 0.5:
        raise InputError(f"The share to winsorise lies from 0 to below 0.5; it is {winsorise}.")
    counted, out_of, theta = _counts(units, x, n, target)
    variance = theta * (1 - theta) / out_of
    z = (counted / out_of - theta) / np.sqrt(variance)
    drawn_in = np.clip(z, *np.quantile(z, [winsorise, 1 - winsorise]))
    phi, phi_winsorised, w = float(np.mean(z**2)), float(np.mean(drawn_in**2)), 1 / variance
    trusts = len(units)
    tau2 = max(0.0, (trusts * phi_winsorised - (trusts - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    return pd.Series({"phi": phi, "phi_winsorised": phi_winsorised, "tau2": tau2, "n": float(trusts)})


def _counts(units: pd.DataFrame, x: str, n: str, target: float | None) -> tuple[np.ndarray, np.ndarray, float]:
    for column in (x, n):
        if column not in units:
            raise InputError(f"The table has no column '{column}'; it has {', '.join(map(str, units.columns))}.")
    counted = pd.to_numeric(units[x], errors="coerce").to_numpy(float)
    out_of = pd.to_numeric(units[n], errors="coerce").to_numpy(float)
    if len(units) < 2:
        raise InputError(f"A funnel compares trusts: it needs two or more, and there are {len(units)}.")
    sound = (out_of >= 1) & (counted >= 0) & (counted <= out_of) & (counted % 1 == 0) & (out_of % 1 == 0)
    if not sound.all():
        row = int((~sound).argmax())
        raise InputError(
            f"Row {row + 1}: {x} is {units[x].iloc[row]} of {n} {units[n].iloc[row]}. Expected whole numbers, 0 <= {x} <= {n}, {n} at least "
            "1; leave out trusts whose counts aren't known."
        )
    theta = float(counted.sum() / out_of.sum()) if target is None else float(target)
    if not 0 < theta < 1:
        raise InputError(
            f"The share to compare with is {theta:g}: where it is 0 or 1 nothing can vary, and no limits can be drawn."
        )
    return counted, out_of, theta


def _interpolated(tail: float, out_of: np.ndarray, theta: float) -> np.ndarray:
    """The share below which a share of `tail` of all draws would lie, interpolated between whole counts."""
    count = stats.binom.ppf(tail, out_of, theta)
    up_to = stats.binom.cdf(count, out_of, theta)
    excess = (up_to - tail) / stats.binom.pmf(count, out_of, theta)
    return (count - excess) / out_of


def funnels(
    units: pd.DataFrame, x: str, n: str, in_frame: int | None = None, overdispersion: str = "multiplicative"
) -> dict[str, pd.DataFrame]:
    """Each trust against limits of chance, exact and widened for how much trusts differ; nothing where it can't be done.

    units, x, n, in_frame: as for `funnel_limits`. Returns two tables as it returns them: plain (exact limits) and wide
    (with overdispersion). Both have no rows when there are fewer than three trusts or no (or nothing but) events.

    >>> units = pd.DataFrame({"x": [3, 7, 40], "n": [12, 18, 50]})
    >>> found = funnels(units, "x", "n")
    >>> found["plain"]["outside"].tolist(), bool(found["wide"]["high_998"].ge(found["plain"]["high_998"]).all())
    (['below 95%', 'within', 'above 95%'], True)
    """
    events, people = units[x].sum(), units[n].sum()
    if len(units) < 3 or not 0 < events < people:
        none = pd.DataFrame(columns=[*units.columns, "share", "target", "low_95", "high_95", "outside"])
        return {"plain": none, "wide": none}
    wide = funnel_limits(units, x, n, overdispersion=overdispersion, in_frame=in_frame)
    return {"plain": funnel_limits(units, x, n, in_frame=in_frame), "wide": wide}

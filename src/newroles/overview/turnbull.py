"""Shares by date when some dates are known only to lie before a day, and others only after one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from newroles.errors import InputError

Floats = npt.NDArray[np.float64]
_SETTLED = 1e-11  # a full Newton step that gains less than this in log likelihood was the last one needed
_MOST_STEPS = 300
_LEAST = 1e-9  # the least share that an interval looks at
_FIRM = 1e4  # how much more a total that must hold weighs in least squares than an answer


@dataclass(frozen=True)
class Seen:
    """What is known of when things came, times as numbers: `on` exactly then, `by` then or before, `after` that time only.

    Each is a list of times, one a trust; `after` is of those that were still without it at that time.
    """

    on: Floats
    by: Floats
    after: Floats

    def times(self) -> Floats:
        """When can something have come, as far as the likelihood can tell? Each time at its last possible moment."""
        return self._kept(np.unique(np.concatenate([self.on, self.by, [np.inf]])))

    def holds(self, times: Floats) -> npt.NDArray[np.bool_]:
        """Which answers (rows: on, by, after) does which time agree with?"""
        at = times[np.newaxis, :]
        on, by, after = (known[:, np.newaxis] for known in (self.on, self.by, self.after))
        return np.vstack([at == on, at <= by, at > after])

    def _kept(self, times: Floats) -> Floats:
        """Without times that another one serves at least as well: those agree with all the same answers and more."""
        agrees = self.holds(times).T.astype(int)
        common, own = agrees @ agrees.T, agrees.sum(axis=1)
        within = common == own[:, np.newaxis]  # [i, j]: whatever time i agrees with, time j does too
        later = np.arange(len(times))[np.newaxis, :] > np.arange(len(times))[:, np.newaxis]
        beaten = within & ((own[np.newaxis, :] > own[:, np.newaxis]) | later)
        return times[(own > 0) & ~beaten.any(axis=1)]


def turnbull(seen: Seen) -> tuple[Floats, Floats]:
    """When did it come, for what share of trusts, if some are only known to have it by a day and some to be without it?

    seen: what is known of each trust. Returns times and the share that came at each (together 1; the share that hadn't
    come by the last is at infinity): the nonparametric maximum likelihood. Where only an interval is known, the share
    stands at its end. Where nobody's time is known `by` a day only, it is one less Kaplan and Meier's estimate.
    Raises InputError when nothing is known of any trust.

    Source: Turnbull (1974), JASA 69: 169-173, and (1976), JRSS B 38: 290-295; reckoned with the constrained Newton
    method of Wang (2007), JRSS B 69: 185-198, in place of his self-consistent steps, which end at the same shares.

    >>> seen = Seen(on=np.array([2019.0]), by=np.array([2023.0] * 3), after=np.array([2023.0]))
    >>> [found.round(6).tolist() for found in turnbull(seen)]
    [[2019.0, inf], [0.8, 0.2]]
    """
    if not len(seen.on) + len(seen.by) + len(seen.after):
        raise InputError("Nothing is known of any trust, so there is no share by date.")
    times = seen.times()
    return times, most_likely(seen.holds(times), np.zeros(len(times), dtype=int), np.ones(1))[0]


def profile_interval(seen: Seen, when: float, level: float = 0.95) -> tuple[float, float]:
    """Between which shares does that of trusts lie that had it by then, going by the likelihood?

    seen: as for `turnbull`. when: a time. The interval holds each share whose best likelihood is less than half a
    chi-squared quantile (1 degree of freedom) below the best of all; shares stand at the times of `turnbull` and at
    infinity. R's dblcens offers the same kind of interval.

    Returns (low, high). Raises InputError when no time up to `when` is possible.

    Source: Murphy and van der Vaart (1997), Annals of Statistics 25: 1471-1509 (doubly censored data); without `by` it
    is the interval of Thomas and Grunkemeier (1975), JASA 70: 865-871.

    >>> seen = Seen(on=np.array([2019.0]), by=np.array([2023.0] * 3), after=np.array([2023.0]))
    >>> [round(end, 2) for end in profile_interval(seen, 2019)]
    [0.37, 0.99]
    """
    times = np.union1d(seen.times(), [np.inf])
    holds, later = seen.holds(times), (times > when).astype(int)
    if later.all():
        raise InputError(f"Nothing can have come by {when:g}: there is no share to give an interval for.")
    shares, best = most_likely(holds, np.zeros(len(times), dtype=int), np.ones(1))
    came = min(max(float(shares[later == 0].sum()), _LEAST), 1 - _LEAST)
    allowed = float(stats.chi2.ppf(level, 1)) / 2

    def too_unlikely(share: float) -> float:
        return best - most_likely(holds, later, np.array([share, 1 - share]))[1] - allowed

    low, high = 0.0, 1.0
    if too_unlikely(_LEAST) > 0:
        low = float(optimize.brentq(too_unlikely, _LEAST, came, xtol=1e-6))
    if too_unlikely(1 - _LEAST) > 0:
        high = float(optimize.brentq(too_unlikely, came, 1 - _LEAST, xtol=1e-6))
    return low, high


def most_likely(holds: npt.NDArray[np.bool_], part: npt.NDArray[np.int_], totals: Floats) -> tuple[Floats, float]:
    """Which shares make what is known most likely, when the shares of each part of the times have a given total?

    holds: answers x times (which agree). part: the part, 0 onwards, that each time belongs to. totals: one a part.
    Returns the shares, one a time, and the logarithm of their likelihood.

    >>> shares, _ = most_likely(np.array([[True, False], [True, False], [False, True]]), np.zeros(2, dtype=int), np.ones(1))
    >>> shares.round(6).tolist()
    [0.666667, 0.333333]
    """
    rows, often = np.unique(holds, axis=0, return_counts=True)
    agrees, root = rows * totals[part], np.sqrt(often)  # shares are reckoned within their part, each part from 0 to 1
    sums = (part[np.newaxis, :] == np.arange(len(totals))[:, np.newaxis]).astype(float)
    firm = _FIRM * np.sqrt(often.sum())

    def likelihood(shares: Floats) -> float:
        chances = agrees @ shares
        return float(often @ np.log(chances)) if (chances > 0).all() else -np.inf

    shares = (1 / sums.sum(axis=1)) @ sums
    best = likelihood(shares)
    for _ in range(_MOST_STEPS):
        relative = agrees / (agrees @ shares)[:, np.newaxis]
        matrix = np.vstack([root[:, np.newaxis] * relative, firm * sums])
        wanted, _ = optimize.nnls(matrix, np.concatenate([2 * root, np.full(len(totals), firm)]))
        step = wanted * ((1 / (sums @ wanted)) @ sums) - shares
        reach = 1.0
        while (found := likelihood(shares + reach * step)) < best - 1e-13 * abs(best) and reach > 1e-12:
            reach /= 2
        if reach <= 1e-12:
            break
        gain, best, shares = found - best, found, np.maximum(shares + reach * step, 0)
        if gain < _SETTLED and reach == 1:
            break
    return shares * totals[part], best

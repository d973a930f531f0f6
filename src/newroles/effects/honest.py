"""How far may trends differ before a result goes? Bounds and intervals when parallel trends hold only roughly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special, stats

from newroles.effects.event_study import EventStudy
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters import Floats

RESTRICTIONS = ("relative", "smooth")
_COLUMNS = [
    "restriction",
    "m",
    "estimate",
    "bound_low",
    "bound_high",
    "low",
    "high",
    "excludes_nought",
    "method",
    "note",
]
_METHOD = {
    "relative": "conservative: Bonferroni, largest step before and estimate",
    "smooth": "optimal interval of fixed length",
}
_ROUNDS = 60


class _Path(NamedTuple):
    """A path of differences in trend as (slope x steps + curves @ second differences), and the place of each event."""

    steps: Floats  # periods from the reference, by event
    curves: Floats  # events x second differences


def honest_bounds(
    study: EventStudy,
    restriction: str = "relative",
    m: Sequence[float] = (0, 0.5, 1, 1.5, 2),
    target: str | Mapping[int, float] = "mean",
    level: float = 0.95,
    share_before: float = 0.5,
) -> pd.DataFrame:
    """Between which values does an effect lie if trends would have differed by no more than so much?

    `study`: as `event_study` gives it. `target`: the mean of the events from the start on, or weights by event. `m`: how much
    is allowed, a row each. `restriction`:

    - relative: without the role, the difference in trend from one period to the next would have changed after the reference by
      no more than m times its largest step before (m = 1: no worse than was seen before);
    - smooth: the difference in trend changes its slope by no more than m from one period to the next, in the outcome's own unit
      (m = 0: a straight line, carried on from the periods before).

    The reference and the events before it show the difference in trend itself: nobody anticipates. Two answers:

    - bound_low, bound_high: the identified set if the estimates were exact. Relative: largest step before x m on each side. Smooth: a
      linear programme over all paths through the estimates before; blank (with a note) when these curve more than m themselves.
    - low, high: an interval with at least the `level`, for normal estimates of known covariance. Smooth: the optimal interval
      of fixed length (centre an affine estimate that uses the periods before; worst bias taken into account by the folded normal).
      Relative: a conservative one: the largest step before is at most U = the largest of |step| + c se(step), c simultaneous over all
      steps by Bonferroni at `share_before` of the error allowed; the interval is estimate ± (m x U x reach + c se) with c at the
      rest. It is wider than Rambachan and Roth's conditional and hybrid intervals, which aren't made here; at m = 0 it is the usual
      interval. Where the covariance rests on clusters, quantiles are of t with clusters - 1 degrees of freedom (smooth: standard
      errors are widened by the ratio of the two quantiles), which is a rule of thumb.

    Returns one row per m: restriction, m, estimate, bound_low, bound_high, low, high, excludes_nought, method, note.

    Raises InputError for another restriction, an m below 0, a level or share outside 0 to 1, and, with smooth, more periods before
    than half the clusters behind the covariance (choose a window or longer periods).

    Source: Rambachan and Roth 2023, doi 10.1093/restud/rdad018, sections 2.4 (both restrictions) and 4.1 (fixed length).

    >>> import numpy as np
    >>> from newroles.effects.event_study import event_study
    >>> study = event_study([-3, -2, -1, 0], [0.2, 0.1, 0.0, 1.0], 0.01 * np.diag([1, 1, 0, 1]))
    >>> honest_bounds(study, m=[0, 1])[["m", "bound_low", "bound_high", "low", "high"]].round(2).values.tolist()
    [[0.0, 1.0, 1.0, 0.8, 1.2], [1.0, 0.9, 1.1, 0.32, 1.68]]
    >>> honest_bounds(study, "smooth", [0])[["estimate", "bound_low", "bound_high"]].round(2).values.tolist()
    [[1.0, 1.1, 1.1]]
    """
    _check(study, restriction, m, level, share_before)
    rows = [_row(study, restriction, float(each), study.weights(target), level, share_before) for each in m]
    return pd.DataFrame(rows, columns=_COLUMNS)


def breakdown(
    study: EventStudy,
    restriction: str = "relative",
    target: str | Mapping[int, float] = "mean",
    level: float = 0.95,
    share_before: float = 0.5,
    most: float = 20.0,
) -> pd.Series:
    """How large a difference in trend does a result withstand?

    The other arguments: as for `honest_bounds`. `most`: the largest m looked at, with smooth in standard errors of the estimate.

    Returns restriction, estimate, breakdown (the smallest m at which the interval has nought in it; 0 when the usual interval, or with
    smooth the one that carries on a straight line, has it already; blank when it takes more than `most`), bound_breakdown (the
    same for the identified set of exact estimates), and sentence.

    Raises InputError as `honest_bounds` does.

    >>> import numpy as np
    >>> from newroles.effects.event_study import event_study
    >>> study = event_study([-3, -2, -1, 0], [0.2, 0.1, 0.0, 1.0], 0.01 * np.diag([1, 1, 0, 1]))
    >>> breakdown(study)[["breakdown", "bound_breakdown"]].astype(float).round(2).tolist()
    [1.71, 10.0]
    """
    _check(study, restriction, [0], level, share_before)
    weights = study.weights(target)
    top = most
    if restriction == "smooth":
        top = most * float(np.sqrt(weights @ study.covariance @ weights))

    def interval_has_nought(value: float) -> bool:
        _, (low, high) = _ends(study, restriction, value, weights, level, share_before)
        return low <= 0 <= high

    def bounds_have_nought(value: float) -> bool:
        (low, high), _ = _ends(study, restriction, value, weights, level, share_before)
        return low <= 0 <= high

    found = {
        "breakdown": _first_inside(interval_has_nought, top),
        "bound_breakdown": _first_inside(bounds_have_nought, top),
    }
    about = {"restriction": restriction, "estimate": float(weights @ study.estimate), **found}
    return pd.Series({**about, "sentence": _said(restriction, found["breakdown"], most)})


def _check(study: EventStudy, restriction: str, m: Sequence[float], level: float, share_before: float) -> None:
    if restriction not in RESTRICTIONS:
        raise InputError(f"restriction: there is no '{restriction}'. {did_you_mean(restriction, RESTRICTIONS)}")
    if wrong := [each for each in m if not each >= 0]:
        raise InputError(f"m: {wrong[0]} is impossible; a difference allowed is 0 or more.")
    for name, value in (("level", level), ("share_before", share_before)):
        if not 0 < value < 1:
            raise InputError(f"{name}: {value} lies outside 0 to 1.")
    if restriction == "smooth":
        q = len(study.before)
        if study.clusters is not None and 2 * q > study.clusters:
            raise InputError(
                f"{q} periods before the reference are too many for a covariance from {study.clusters} clusters: the interval "
                f"would be too short. Use study.window() with {study.clusters // 2} or fewer of them, or longer periods."
            )


_Ends = tuple[tuple[float, float], tuple[float, float]]


def _row(
    study: EventStudy, restriction: str, m: float, weights: Floats, level: float, share_before: float
) -> dict[str, object]:
    bounds, (low, high) = _ends(study, restriction, m, weights, level, share_before)
    blank = bool(np.isnan(bounds[0]))
    return {
        "restriction": restriction, "m": m, "estimate": float(weights @ study.estimate), "bound_low": bounds[0],
        "bound_high": bounds[1], "low": low, "high": high, "excludes_nought": low > 0 or high < 0,
        "method": _METHOD[restriction], "note": "the estimates before curve more than m themselves" if blank else "",
    }  # fmt: skip


def _ends(study: EventStudy, restriction: str, m: float, weights: Floats, level: float, share_before: float) -> _Ends:
    """The ends of the identified set of exact estimates, and of the interval."""
    if restriction == "smooth":
        return _smooth_bounds(study, weights, m), _fixed_length(study, weights, m, 1 - level)
    estimate = float(weights @ study.estimate)
    se = float(np.sqrt(weights @ study.covariance @ weights))
    step, highest = _steps_before(study, (1 - level) * share_before)
    reach = m * _reach(study, weights)
    rest = (1 - level) * (1 - share_before) if m else 1 - level
    half = reach * highest + _quantile(study, rest / 2) * se
    return (estimate - reach * step, estimate + reach * step), (estimate - half, estimate + half)


def _quantile(study: EventStudy, error: float) -> float:
    """Standard errors on one side: normal, or t with clusters - 1 degrees of freedom where clusters are known."""
    return float(stats.norm.isf(error) if study.clusters is None else stats.t.isf(error, study.clusters - 1))


def _steps_before(study: EventStudy, error: float) -> tuple[float, float]:
    """The largest step between neighbouring periods up to the reference, and what it is at most, but for this error."""
    q = len(study.before)
    steps = np.zeros((q, len(study.events)))
    steps[np.arange(q), np.arange(q)] = -1.0
    steps[np.arange(q - 1), np.arange(1, q)] = 1.0
    size = np.abs(steps @ study.estimate)
    se = np.sqrt(np.einsum("ij,jk,ik->i", steps, study.covariance, steps))
    return float(size.max()), float((size + _quantile(study, error / (2 * q)) * se).max())


def _reach(study: EventStudy, weights: Floats) -> float:
    """How much do steps of one, all the same way, add up to in the target? Each step moves all periods after it."""
    last = study.events[-1]
    by_event = dict(zip(study.events, weights, strict=True))
    tail, total = 0.0, 0.0
    for event in range(last, study.reference, -1):
        tail += by_event.get(event, 0.0)
        total += abs(tail)
    return total


def _path(study: EventStudy) -> _Path:
    """Differences in trend as a slope at the reference and second differences, which are bounded by m."""
    steps = np.array(study.events, dtype=float) - study.reference
    first, last = int(steps.min()), int(steps.max())
    bends = np.arange(first + 1, last)  # a second difference at each period that has a neighbour on either side
    after = np.clip(steps[:, np.newaxis] - bends, 0, None) * (bends >= 0)
    before = np.clip(bends - steps[:, np.newaxis], 0, None) * (bends < 0)
    return _Path(steps, after + before)


def _smooth_bounds(study: EventStudy, weights: Floats, m: float) -> tuple[float, float]:
    """The effect if estimates were exact: a linear programme over the slope and the second differences."""
    path, places = _path(study), study.before
    columns = np.column_stack([path.steps, path.curves])
    limits = [(None, None)] + [(-m, m)] * path.curves.shape[1]
    ends = []
    for sign in (1, -1):
        solved = optimize.linprog(
            sign * (weights @ columns), A_eq=columns[places], b_eq=study.estimate[places], bounds=limits, method="highs"
        )
        if not solved.success:
            return np.nan, np.nan
        ends.append(sign * solved.fun)
    estimate = float(weights @ study.estimate)
    return estimate - ends[1], estimate - ends[0]


def _fixed_length(study: EventStudy, weights: Floats, m: float, error: float) -> tuple[float, float]:
    """The shortest interval of fixed length around an affine estimate, its worst bias taken into account.

    The estimate is v @ estimates, v free before the reference, such that a straight line cancels (else its bias has no bound). The
    worst bias is m x sum |v @ curves|. For each trade-off between bias and variance v minimises v'Sv + price x sum |v @ curves|, by
    reweighted least squares; any v gives an interval that holds, so what isn't quite the best costs length alone.
    """
    path, places = _path(study), study.before
    spread = study.covariance / np.mean(np.diag(study.covariance))
    wider = _quantile(study, error / 2) / float(stats.norm.isf(error / 2))

    def halves(v: Floats) -> Floats:
        sd = wider * np.sqrt(np.einsum("pi,ij,pj->p", v, study.covariance, v))
        bias = m * np.abs(v @ path.curves).sum(axis=1) / sd
        return folded_quantile(bias, error) * sd

    def solved(prices: Floats) -> Floats:
        v, bend = np.tile(weights, (len(prices), 1)), np.zeros((len(prices), path.curves.shape[1]))
        left = np.zeros((len(prices), len(places) + 1, len(places) + 1))
        left[:, :-1, -1] = left[:, -1, :-1] = path.steps[places]
        for _ in range(_ROUNDS if prices.any() else 1):
            quadratic = spread[places] + (path.curves[places] * bend[:, np.newaxis]) @ path.curves.T
            left[:, :-1, :-1] = quadratic[:, :, places]
            right = -np.column_stack([quadratic @ weights, np.full(len(prices), weights @ path.steps)])
            new = np.linalg.solve(left, right[:, :, np.newaxis])[:, :-1, 0]
            moved = np.abs(new - v[:, places]).max()
            v[:, places] = new
            bend = prices[:, np.newaxis] / (np.abs(v @ path.curves) + 1e-7)
            if moved < 1e-9:
                break
        return v

    prices = np.array([0.0, *(np.logspace(-4, 4, 33) if m else [])])
    tried = solved(prices)
    if m:
        best = max(int(np.argmin(halves(tried))), 1)
        finer = np.geomspace(prices[max(best - 1, 1)], prices[min(best + 1, len(prices) - 1)], 33)
        tried = np.concatenate([tried, solved(finer)])
    each = halves(tried)
    half, centre = float(each.min()), float(tried[int(np.argmin(each))] @ study.estimate)
    return centre - half, centre + half


def folded_quantile(bias: npt.ArrayLike, error: float) -> Floats:
    """How far from nought does |N(bias, 1)| stay, but for this error? By halving, for each bias.

    >>> folded_quantile([0, 10], 0.05).round(3)
    array([ 1.96 , 11.645])
    """
    size = np.abs(np.asarray(bias, dtype=float))
    low, high = size, size + stats.norm.isf(error / 2)
    for _ in range(50):
        middle = (low + high) / 2
        far = special.ndtr(size - middle) + special.ndtr(-size - middle) > error
        low, high = np.where(far, middle, low), np.where(far, high, middle)
    return np.asarray(high)


def _first_inside(holds: Callable[[float], bool], top: float) -> float:
    """The smallest value up to `top` at which something holds: nought, or by halving from the first of a grid."""
    if holds(0.0):
        return 0.0
    grid = top * np.linspace(0, 1, 21)[1:] ** 2
    last = 0.0
    for value in grid:
        if holds(value):
            low, high = last, float(value)
            while high - low > 1e-3 * max(high, 1e-12):
                middle = (low + high) / 2
                low, high = (low, middle) if holds(middle) else (middle, high)
            return high
        last = float(value)
    return np.nan


def _said(restriction: str, found: float, most: float) -> str:
    if found == 0:
        usual = "parallel trends hold" if restriction == "relative" else "a straight difference in trend is carried on"
        return f"The interval has nought in it even if {usual}."
    if restriction == "relative":
        if np.isnan(found):
            return f"The interval excludes nought unless steps after are more than {most:g} times the largest before."
        return f"The interval excludes nought unless steps in trend after the start are {found:.2g} times the largest step before."
    if np.isnan(found):
        return "The interval excludes nought for every change of slope that was looked at."
    return f"The interval excludes nought unless the difference in trend changes its slope by {found:.2g} per period."

"""Estimates and standard errors for many sets of introduction dates at once, so that false alarms can be counted quickly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from newroles.few_clusters import Floats

Booleans = npt.NDArray[np.bool_]
# an eigenvalue of 1 - leverage below this is nought, as in few_clusters.cr2
_NOUGHT = 1e-9


@dataclass(frozen=True)
class TwoWayFits:
    """One value per set of dates: estimate, its ordinary standard error (se_ols, with df_ols), se_cr1 (df_cr1) and se_cr2 (df_cr2)."""

    estimate: Floats
    se_ols: Floats
    df_ols: Floats
    se_cr1: Floats
    df_cr1: Floats
    se_cr2: Floats
    df_cr2: Floats


@dataclass(frozen=True)
class GroupTimeFits:
    """One value per set of dates: the simple average effect, its se, and se_given (weights of groups taken as given)."""

    estimate: Floats
    se: Floats
    se_given: Floats


def two_way_fits(outcome: Floats, starts: Floats, periods: Floats) -> TwoWayFits:
    """What does two-way fixed effects give under each set of dates, with three standard errors?

    `outcome`: units x periods (one panel for all sets) or sets x units x periods; NaN where not observed. `starts`: sets x
    units: first treated period, infinite for never. `periods`: their numbers. Each unit is its own cluster.

    The estimate is the outcome regressed on treatment, both swept of units and periods. Returns TwoWayFits, equal for each set to
    `two_way_fixed_effects` (CR1, CR2) and to least squares with a dummy for each unit and period. A set that leaves nothing of
    the treatment to vary is NaN.

    >>> y = np.array([[1.0, 3, 3], [2, 2, 5], [1, 1, 2]])
    >>> fits = two_way_fits(y, np.array([[2.0, 3, np.inf]]), np.array([1.0, 2, 3]))
    >>> float(fits.estimate[0].round(3)), float(fits.se_cr1[0].round(3)), float(fits.se_cr2[0].round(3))
    (2.0, 0.365, 0.408)
    """
    y = np.broadcast_to(outcome, (len(starts), *outcome.shape[-2:]))
    seen = np.isfinite(y)
    n_sets, n_units, n_periods = y.shape
    size = np.maximum(seen.sum(axis=2, keepdims=True), 1)

    def swept(values: Floats) -> Floats:
        """Less the mean of the unit, over the periods in which it is observed."""
        held = np.where(seen, values, 0.0)
        return np.asarray(np.where(seen, held - held.sum(axis=2, keepdims=True) / size, 0.0), dtype=float)

    treated = swept((periods >= starts[:, :, np.newaxis]).astype(float))
    values = swept(y)
    eye = np.eye(n_periods)[1:]
    dummies = np.stack([swept(np.broadcast_to(e, y.shape)) for e in eye], axis=3)  # sets x units x periods x columns
    columns = np.concatenate([dummies, treated[..., np.newaxis]], axis=3)
    flat = columns.reshape(n_sets, n_units * n_periods, n_periods)
    gram = flat.transpose(0, 2, 1) @ flat
    bread = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    product = np.einsum("snk,sn->sk", flat, values.reshape(n_sets, -1))
    coefficients = np.einsum("skl,sl->sk", bread, product)
    left = values - np.einsum("sgtk,sk->sgt", columns, coefficients)
    rank = np.linalg.matrix_rank(gram, tol=1e-9 * gram.max(axis=(1, 2)), hermitian=True)
    rows = seen.sum(axis=(1, 2))
    groups = seen.any(axis=2).sum(axis=1)
    # what each row adds to the estimate, so that estimate = sum of adds x outcome
    adds = np.einsum("sgtk,sk->sgt", columns, bread[:, :, -1])
    varies = (adds**2).sum(axis=(1, 2)) * treated.any(axis=(1, 2)) > 0
    varies &= np.einsum("sgt,sgt->s", adds, treated) > 1 - 1e-6
    df_ols = (rows - groups - rank).astype(float)
    se_ols = np.sqrt((left**2).sum(axis=(1, 2)) / df_ols * bread[:, -1, -1])
    sums = (adds * left).sum(axis=2)
    small = groups / (groups - 1) * (rows - 1) / (rows - rank - 1)
    se_cr2, df_cr2 = _reduced(columns, bread, adds, left)
    found = (coefficients[:, -1], se_ols, df_ols, np.sqrt(small * (sums**2).sum(axis=1)), groups - 1.0, se_cr2, df_cr2)
    return TwoWayFits(*(np.where(varies, each, np.nan) for each in found))


def _reduced(columns: Floats, bread: Floats, adds: Floats, left: Floats) -> tuple[Floats, Floats]:
    """CR2 and Satterthwaite's degrees of freedom of the last column, as `few_clusters.cr2` has them, for all sets.

    P, the products of what clusters add after adjustment, is D - W B W' with D diagonal: its trace and its squares need only
    sums over clusters.
    """
    hat = np.einsum("sgtk,skl,sgul->sgtu", columns, bread, columns, optimize=True)
    values, vectors = np.linalg.eigh(np.eye(hat.shape[-1]) - hat)
    root = np.where(values > _NOUGHT, 1 / np.sqrt(np.where(values > _NOUGHT, values, 1.0)), 0.0)
    turned = np.einsum("sgtu,sgt->sgu", vectors, adds)
    adjusted = np.einsum("sgtu,sgu->sgt", vectors, root * turned)
    variance = ((adjusted * left).sum(axis=2) ** 2).sum(axis=1)
    own = (adjusted**2).sum(axis=2)
    weighted = np.einsum("sgtk,sgt->sgk", columns, adjusted)
    across = bread @ (weighted.transpose(0, 2, 1) @ weighted)
    trace = own.sum(axis=1) - np.trace(across, axis1=1, axis2=2)
    each = np.einsum("sgk,skl,sgl->sg", weighted, bread, weighted, optimize=True)
    squares = (own**2).sum(axis=1) - 2 * (own * each).sum(axis=1) + np.einsum("skl,slk->s", across, across)
    return np.sqrt(variance), trace**2 / squares


def group_time_fits(outcome: Floats, starts: Floats, periods: Floats) -> GroupTimeFits:
    """What is the simple average of group-time effects under each set of dates, against units never treated?

    Arguments as in `two_way_fits`. Returns GroupTimeFits: estimate and se equal to
    `group_time_effects(...).aggregate("simple")`; se_given is the standard error by which `placement_test` divides. Effects
    without a unit on either side are left out, as there; NaN where none is left.

    >>> y = np.array([[1.0, 4], [2, 6], [1, 2], [3, 3]])
    >>> fits = group_time_fits(y, np.array([[2, 2, np.inf, np.inf]]), np.array([1.0, 2]))
    >>> float(fits.estimate[0]), float(fits.se[0].round(3))
    (3.0, 0.5)
    """
    y = np.broadcast_to(outcome, (len(starts), *outcome.shape[-2:]))
    seen = np.isfinite(y)
    usable = seen.sum(axis=2) > 1
    never = usable & np.isinf(starts)
    n_units = usable.sum(axis=1)
    total, weighted = np.zeros(len(y)), np.zeros(len(y))
    pushes = []  # by cohort: who it is, its cells' weights and their estimates
    moves = np.zeros(starts.shape)
    for begin in np.unique(starts[np.isfinite(starts)]):
        own = usable & (starts == begin)
        base = int(np.searchsorted(periods, begin)) - 1
        after = slice(base + 1, len(periods))
        both = seen[:, :, after] & seen[:, :, [base]]
        change = np.where(both, y[:, :, after] - y[:, :, [base]], 0.0)
        sides = [both & who[:, :, np.newaxis] for who in (own, never)]
        counts = [side.sum(axis=1) for side in sides]
        # a group of one unit isn't estimated, nor an effect without a unit on either side
        valid = (counts[0] > 0) & (counts[1] > 0) & (own.sum(axis=1) > 1)[:, np.newaxis]
        means = [
            np.divide((change * side).sum(axis=1), n, out=np.zeros(n.shape), where=n > 0)
            for side, n in zip(sides, counts, strict=True)
        ]
        effect = means[0] - means[1]
        weight = valid * own.sum(axis=1)[:, np.newaxis]
        total += weight.sum(axis=1)
        weighted += (weight * effect).sum(axis=1)
        pushes.append((own, valid, effect))
        for side, n, mean, sign in zip(sides, counts, means, (1.0, -1.0), strict=True):
            per = np.divide(weight, n, out=np.zeros(n.shape), where=valid)
            moves += sign * (side * (change - mean[:, np.newaxis]) * per[:, np.newaxis]).sum(axis=2)
    scale = np.divide(1.0, total, out=np.full(len(y), np.nan), where=total > 0)
    estimate = weighted * scale
    moves *= scale[:, np.newaxis]
    se_given = np.sqrt((moves**2).sum(axis=1))
    for own, valid, effect in pushes:  # sampling might have given groups of other sizes
        push = (valid * (effect - estimate[:, np.newaxis])).sum(axis=1) * scale
        moves += own * push[:, np.newaxis]
    correction = np.sqrt(n_units / np.maximum(n_units - 1, 1))
    return GroupTimeFits(estimate, np.sqrt((moves**2).sum(axis=1)), se_given * correction)

"""At which estimates is the likelihood of independent pairs highest? Newton's method, and what has no end named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from newroles.errors import InputError
from newroles.networks.qap import Floats

_STEPS, _STILL, _ENDLESS = 60, 1e-9, 25.0  # of Newton's method; log-odds beyond which an estimate has no end
_ALIKE = 1e-9


@dataclass(frozen=True)
class Maximum:
    """Estimates, their standard errors and notes, the log-likelihood, and the chances of each state of each kind of pair."""

    estimate: Floats
    se: Floats
    notes: list[str]
    log_likelihood: float
    chances: Floats


def maximised(statistics: Floats, counts: Floats, names: list[str]) -> Maximum:
    """The estimates at which the likelihood is highest; infinite ones first, as they rule out states of pairs.

    statistics: kinds of pairs x states x terms; counts: kinds x states.
    """
    of_kind = counts.sum(axis=1)
    observed = np.einsum("cs,csk->k", counts, statistics)
    allowed = np.ones(counts.shape, dtype=bool)
    estimate, notes = np.full(len(names), np.nan), [""] * len(names)
    pending = list(range(len(names)))
    while pending:
        for k in pending:
            here = statistics[:, :, k]
            least = np.where(allowed, here, np.inf).min(axis=1)
            most = np.where(allowed, here, -np.inf).max(axis=1)
            slack = _ALIKE * max(float(of_kind @ np.abs(here).max(axis=1)), 1e-300)
            if of_kind @ (most - least) <= slack:
                fixed = not allowed.all()
                notes[k] = "can't be told beside the infinite estimates" if fixed else "no pair of people of this kind"
            elif observed[k] - of_kind @ least <= slack:
                estimate[k], notes[k] = -np.inf, "as low as it could be: no such tie"
                allowed &= here <= least[:, np.newaxis] + slack
            elif of_kind @ most - observed[k] <= slack:
                estimate[k], notes[k] = np.inf, "as high as it could be: every such tie"
                allowed &= here >= most[:, np.newaxis] - slack
            else:
                continue
            pending.remove(k)
            break
        else:
            break
    free = np.array(pending, dtype=np.intp)
    part = statistics[:, :, free]
    size = np.abs(part).max(axis=(0, 1)) if len(free) else np.ones(0)
    b, log_likelihood, chances, information = _newton(part / size, counts, allowed, [names[k] for k in free])
    se = np.full(len(names), np.nan)
    estimate[free] = b / size
    if len(free):
        se[free] = np.sqrt(np.diag(np.linalg.inv(information))) / size
    return Maximum(estimate, se, notes, log_likelihood, chances)


def _newton(
    statistics: Floats, counts: Floats, allowed: NDArray[np.bool_], names: list[str]
) -> tuple[Floats, float, Floats, Floats]:
    """Estimates, log-likelihood, chances of the states of each kind of pair, and the information matrix."""
    of_kind = counts.sum(axis=1)
    ruled_out = np.where(allowed, 0.0, -np.inf)

    def at(b: Floats) -> tuple[float, Floats]:
        logs = statistics @ b + ruled_out
        whole = logsumexp(logs, axis=1, keepdims=True)
        return float((counts * np.where(allowed, logs - whole, 0.0)).sum()), np.exp(logs - whole)

    def information_at(chances: Floats) -> Floats:
        mean = np.einsum("cs,csk->ck", chances, statistics)
        apart = (statistics - mean[:, np.newaxis]) * np.sqrt(of_kind[:, np.newaxis] * chances)[..., np.newaxis]
        flat = apart.reshape(-1, len(names))
        return np.asarray(flat.T @ flat)

    b = np.zeros(len(names))
    height, chances = at(b)
    if not names:
        return b, height, chances, np.zeros((0, 0))
    information = information_at(chances)
    _refuse_what_follows(information, names)
    for _ in range(_STEPS):
        slope = np.einsum("cs,csk->k", counts - of_kind[:, np.newaxis] * chances, statistics)
        step = np.linalg.lstsq(information, slope, rcond=None)[0]
        higher, there = at(b + step)
        while higher < height - 1e-10 * abs(height):
            step = step / 2
            higher, there = at(b + step)
        b, height, chances, information = b + step, higher, there, information_at(there)
        if np.abs(step).max() < _STILL:
            return b, height, chances, information
        if np.abs(b).max() > _ENDLESS:
            break
    ends = [name for name, value in zip(names, b, strict=True) if abs(value) > _ENDLESS / 3]
    raise InputError(
        f"The estimates of {' and '.join(ends or names)} have no end: together they tell ties from other pairs without a "
        "mistake. (With edges and match that is so when all ties are within roles.) Leave one of these terms out."
    )


def _refuse_what_follows(information: Floats, names: list[str]) -> None:
    """Raises InputError where a term follows from others."""
    length = np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(information / np.outer(length, length))
    if values[0] < _ALIKE:
        culprits = [name for name, weight in zip(names, vectors[:, 0], strict=True) if abs(weight) > 1e-4]
        raise InputError(
            f"The terms {', '.join(culprits[:6])}{' ...' if len(culprits) > 6 else ''} follow from each other, so their "
            "parts can't be told apart. Leave one out."
        )

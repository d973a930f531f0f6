"""Shares by date from times known exactly, known by a day only, or not come yet."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from statsmodels.duration.survfunc import SurvfuncRight

from newroles.errors import InputError
from newroles.overview import adoption_curve
from newroles.overview.turnbull import Seen, profile_interval, turnbull

MANY = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=1, max_size=25)


def seen(known: list[tuple[int, int]]) -> Seen:
    """Pairs of a time and 0 (exactly then), 1 (by then) or 2 (not yet then)."""
    times, kinds = np.array(known, dtype=float).T
    return Seen(times[kinds == 0], times[kinds == 1], times[kinds == 2])


def by(when: float, found: tuple[np.ndarray, np.ndarray]) -> float:
    times, shares = found
    return float(shares[times <= when].sum())


def test_shares_equal_r():
    """R survival 3.5-3, survfit(Surv(left, right, type = "interval2") ~ 1), whose steps stop some 0.0003 short."""
    exact, left, right = [0, 0, 5, 7, 9, 10, 11], [1, 1, 2, 6, 7, 8, 8, 8], [0, 1, 3, 4]
    found = turnbull(Seen(*(np.array(times, dtype=float) for times in (exact, left, right))))
    r = {0: 0.4149, 1: 0.4152, 4: 0.4152, 5: 0.6073, 7: 0.7533, 9: 0.8355, 10: 0.9178, 11: 1}
    assert [by(when, found) for when in r] == pytest.approx(list(r.values()), abs=4e-4)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_no_other_shares_are_likelier(known):
    """A general optimiser, over every time and the gaps between them, finds nothing likelier."""
    times = np.arange(0, 5.5, 0.5)
    agrees = seen(known).holds(np.append(times, np.inf)).astype(float)

    def unlikelihood(free: np.ndarray) -> float:
        shares = np.exp(free - free.max())
        return -float(np.log(agrees @ (shares / shares.sum()) + 1e-300).sum())

    starts = [np.zeros(agrees.shape[1]), np.log(agrees.sum(axis=0) + 0.01)]
    brute = min(optimize.minimize(unlikelihood, start, method="BFGS").fun for start in starts)
    found, shares = turnbull(seen(known))
    ours = -float(np.log(seen(known).holds(found) @ shares).sum())
    assert ours <= brute + 1e-9
    assert ours == pytest.approx(brute, abs=1e-3)  # the optimiser stops short of shares of 0


@given(MANY)
@settings(max_examples=60, deadline=None)
def test_shares_are_self_consistent_and_meet_the_conditions_of_a_maximum(known):
    found, shares = turnbull(seen(known))
    agrees = seen(known).holds(found).astype(float)
    chances = agrees @ shares
    assert (shares * agrees / chances[:, np.newaxis]).mean(axis=0) == pytest.approx(shares, abs=1e-8)
    assert (agrees / chances[:, np.newaxis]).sum(axis=0).max() <= len(known) + 1e-7
    assert shares.sum() == pytest.approx(1)


@given(MANY.filter(lambda known: any(kind == 0 for _, kind in known)))
@settings(max_examples=30, deadline=None)
def test_without_undated_ones_it_is_kaplan_and_meiers(known):
    known = [(time, 0 if kind == 1 else kind) for time, kind in known]
    theirs = SurvfuncRight(
        np.array([time for time, _ in known], dtype=float), np.array([kind == 0 for _, kind in known])
    )
    found = turnbull(seen(known))
    ours = [by(when, found) for when in theirs.surv_times]
    assert ours == pytest.approx((1 - theirs.surv_prob).tolist(), abs=1e-8)


def test_the_interval_of_a_share_alone_is_the_likelihoods():
    """Three of ten by the day, nobody censored before: ends where 3 log p + 7 log(1 - p) is 1.9207 below the best."""
    low, high = profile_interval(Seen(np.array([1.0, 2, 3]), np.array([]), np.full(7, 5.0)), 4)
    best = 3 * np.log(0.3) + 7 * np.log(0.7)
    for end in (low, high):
        assert 3 * np.log(end) + 7 * np.log(1 - end) == pytest.approx(best - 1.92073, abs=1e-4)
    assert low < 0.3 < high


@pytest.mark.slow
def test_intervals_cover_about_as_often_as_they_say():
    """31 trusts, 30% by the day, a third of those that have it undated: fewer than 137 of 150 has a chance of 1 in 100."""
    rng, covered = np.random.default_rng(0), 0
    for _ in range(150):
        came = np.where(rng.random(31) < 0.6, rng.uniform(0, 10, 31).round(1), 99)
        answered, undated = rng.uniform(7, 11, 31).round(1), rng.random(31) < 1 / 3
        has = came <= answered
        low, high = profile_interval(Seen(came[has & ~undated], answered[has & undated], answered[~has]), 5)
        covered += low <= 0.3 <= high
    assert covered >= 137


@given(
    st.lists(
        st.tuples(st.sampled_from(["dated", "undated", "without", "silent"]), st.integers(0, 6), st.integers(0, 6)),
        min_size=1,
        max_size=9,
    )
)
@settings(max_examples=30, deadline=None)
def test_a_curve_rises_within_its_bounds_and_intervals(trusts):
    frame = pd.DataFrame(
        {"trust": [f"T{i}" for i in range(len(trusts))], "responded": [kind != "silent" for kind, *_ in trusts]}
    )
    rows = [
        (
            f"T{i}",
            "na" if kind == "without" else "psw",
            f"{2010 + came}" if kind == "dated" else None,
            f"{2010 + came + later}-07-01",
        )
        for i, (kind, came, later) in enumerate(trusts)
        if kind != "silent"
    ]
    reports = pd.DataFrame(rows, columns=["trust", "role", "introduced", "reported_on"])
    if {kind for kind, *_ in trusts} <= {"undated", "silent"}:
        return
    table = adoption_curve(reports, frame, "psw")
    assert table["estimate"].is_monotonic_increasing
    slack = 1e-9
    assert (table["bound_low"] <= table["estimate"] + slack).all()
    assert (table["estimate"] <= table["bound_high"] + slack).all()
    assert (table["low"] <= table["estimate"] + slack).all()
    assert (table["estimate"] <= table["high"] + slack).all()


def test_nothing_known_is_refused():
    nothing = np.array([])
    with pytest.raises(InputError, match="Nothing is known"):
        turnbull(Seen(nothing, nothing, nothing))
    with pytest.raises(InputError, match="Nothing can have come by 1"):
        profile_interval(Seen(np.array([2.0]), nothing, nothing), 1)

"""Encounters in an invented study: who was present at which handover, meeting, ward round or joint visit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import poisson

from newroles.errors import InputError
from newroles.simulate.parameters import Section, count, parameter, refuse_other_keys, share
from newroles.simulate.teams import TeamsSpec, wave_months

KINDS = ("handover", "meeting", "ward round", "joint visit")
ROWS_A_BLOCK = 200_000
CELLS_A_BLOCK = 4_000_000  # of encounters x people, so that memory is bounded in large teams
FIRST_START, LAST_START = 8 * 60, 18 * 60  # minutes of the day
LATEST = 10  # minutes: nobody comes later than this, or leaves so much earlier
DTYPES = {
    "event": "str", "person": "str", "start": "datetime64[us]", "end": "datetime64[us]", "kind": "str", "team": "str",
}  # fmt: skip


@dataclass(frozen=True)
class EventsSpec(Section):
    """How many encounters are recorded, of which kinds, and how large are they?"""

    rows: int = count(4000, "rows", "about so many people present at encounters, over all teams and waves")
    extra: float = parameter(1.0, "people", "an encounter has 2 people and a Poisson number with this mean beside them")
    stray: float = share(0.1, "probability", "somebody of the team is there who doesn't work with the host")
    kinds: Mapping[str, float] = parameter(
        {"handover": 0.35, "meeting": 0.3, "ward round": 0.15, "joint visit": 0.2}, "weight", "kinds of encounter"
    )
    minutes: Mapping[str, int] = count(
        {"handover": 20, "meeting": 60, "ward round": 90, "joint visit": 45},
        "minutes",
        "typical length by kind; encounters last half as long to half as long again",
        2,
    )

    def _refuse_contradictions(self) -> None:
        refuse_other_keys("kinds", self.kinds, KINDS)
        refuse_other_keys("minutes", self.minutes, KINDS)
        if not sum(self.kinds.values()):
            raise InputError("kinds: all weights are zero; expected at least one above zero.")


def event_blocks(people: pd.DataFrame, ties: pd.DataFrame, spec: EventsSpec) -> tuple[pd.DataFrame, dict[str, Any]]:
    """How many encounters does each team have in each wave, and in which blocks are they drawn?

    `people` and `ties`: as `draw_people` and `draw_ties` return them, the ties complete. Rows go to teams and waves in
    proportion to their people, leaving out those in which nobody works with anybody; the number of encounters is that
    number of rows over the expected size of an encounter (see `draw_events`), rounded.

    Returns one row per block, in the order in which they are drawn: wave, team, first_event (its number), encounters,
    expected_rows; and the truth: encounters and expected_rows in all, and rows_per_encounter (expected, by wave and team).
    """
    circles = _circles(people, ties)
    staff = sum(len(circle.people) for circle in circles)
    rows: list[tuple[int, str, int, int, float]] = []
    sizes: dict[int, dict[str, float]] = {}
    number = 1
    for circle in circles:
        size = circle.expected_size(spec)
        sizes.setdefault(circle.wave, {})[circle.team] = round(size, 6)
        encounters = round(spec.rows * len(circle.people) / staff / size)
        at_once = max(1, min(int(ROWS_A_BLOCK / size), CELLS_A_BLOCK // len(circle.people)))
        for start in range(0, encounters, at_once):
            n = min(at_once, encounters - start)
            rows.append((circle.wave, circle.team, number, n, n * size))
            number += n
    blocks = pd.DataFrame(rows, columns=["wave", "team", "first_event", "encounters", "expected_rows"])
    truth = {
        "encounters": int(blocks["encounters"].sum()),
        "expected_rows": round(float(blocks["expected_rows"].sum()), 6),
        "rows_per_encounter": sizes,
    }
    return blocks, truth


def draw_events(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    teams: pd.DataFrame,
    teams_spec: TeamsSpec,
    spec: EventsSpec,
    rng: np.random.Generator,
    workers: int = 1,
) -> Iterator[pd.DataFrame]:
    """Who was present at which encounter, when?

    `people`: as `draw_people` returns them; `ties`: the complete table of `draw_ties`, before anything was lost to
    non-response; `teams`: with team and start_month. `workers`: how many blocks are drawn at the same time.

    An encounter of a team and wave has a host, drawn with a probability in proportion to the sum of the weights of their
    works_with ties in the team. Beside the host come 1 + Poisson(extra) of the people they work with there, or all if
    that is fewer, drawn one after the other without replacement by the weight of the tie; and with probability `stray`
    one more member of the team, any of those not yet there alike. So encounters follow works_with, but for pairs of
    guests of one host who don't work with each other. The kind is drawn by `kinds`. Encounters take place on weekdays of
    the four weeks that begin on the first day of the wave's month, and start at any minute from 8:00 to 17:59. They
    last `minutes`, by kind, times a number from 0.5 to 1.5. The host is there from start to end; each other person
    comes up to 10 minutes late and leaves up to 10 minutes early (at most half of the encounter each).

    Yields the `events` table in blocks of some 200,000 rows or fewer: one row per person present at one encounter. Each
    block has a random stream of its own, so that the blocks are the same for any number of workers, and no more than
    twice as many as there are workers are in memory. Without encounters there is one block without rows.

    Raises InputError for fewer than 1 worker.
    """
    if workers < 1:
        raise InputError(f"workers: {workers} is impossible: expected 1 or more.")
    blocks, _ = event_blocks(people, ties, spec)
    width = max(7, len(str(int(blocks["encounters"].sum()))))
    circles = {(circle.wave, circle.team): circle for circle in _circles(people, ties)}
    start_month = teams.set_index("team")["start_month"]
    jobs: list[Callable[[], pd.DataFrame]] = []
    plan = blocks[["wave", "team", "first_event", "encounters"]].to_numpy().tolist()
    for (wave, team, first_event, encounters), stream in zip(plan, rng.spawn(len(plan)), strict=True):
        month = np.datetime64(teams_spec.first_month, "M") + wave_months(int(start_month[team]), teams_spec)[wave]
        numbers = range(first_event, first_event + encounters)
        jobs.append(partial(_draw_block, circles[wave, team], month, numbers, width, spec, stream))
    if not jobs:
        return iter([pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in DTYPES.items()})])
    return _in_order(jobs, workers)


@dataclass(frozen=True)
class _Circle:
    """Who works with whom in one team and wave: people, by pseudonym, and the weights of their ties (people x people)."""

    wave: int
    team: str
    people: np.ndarray
    weights: np.ndarray

    @property
    def host_chances(self) -> np.ndarray:
        return self.weights.sum(axis=1) / self.weights.sum()

    @property
    def partners(self) -> np.ndarray:
        return np.count_nonzero(self.weights, axis=1)

    def expected_size(self, spec: EventsSpec) -> float:
        """How many people does an encounter have, on average? Exact, over hosts and numbers of guests."""
        size = 0.0
        for partners, chance in enumerate(np.bincount(self.partners, weights=self.host_chances)):
            fewer = np.arange(1, partners)
            chances = poisson.pmf(fewer - 1, spec.extra)
            all_come = 1 - chances.sum()
            nobody_left = all_come if partners == len(self.people) - 1 else 0.0
            size += chance * (1 + fewer @ chances + partners * all_come + spec.stray * (1 - nobody_left))
        return float(size)


def _circles(people: pd.DataFrame, ties: pd.DataFrame) -> list[_Circle]:
    """Teams by wave in which somebody works with somebody."""
    ties = ties[ties["relation"] == "works_with"]
    by_wave = dict(list(ties.groupby("wave")))
    circles = []
    for wave, present in people.groupby("wave"):
        named = by_wave.get(wave, ties.iloc[:0])
        team_of = present.set_index("person")["team"]
        home, other = named["source"].map(team_of), named["target"].map(team_of)
        inside = dict(list(named[home == other].groupby(home[home == other])))
        for team, members in present.groupby("team"):
            if team not in inside:
                continue
            codes = pd.Index(members["person"].sort_values())
            a, b = (codes.get_indexer_for(inside[team][end]) for end in ("source", "target"))
            weights = np.zeros((len(codes), len(codes)))
            weights[a, b] = weights[b, a] = inside[team]["weight"]
            circles.append(_Circle(int(str(wave)), str(team), codes.to_numpy(dtype=object), weights))
    return circles


def _draw_block(
    circle: _Circle, month: np.datetime64, numbers: range, width: int, spec: EventsSpec, rng: np.random.Generator
) -> pd.DataFrame:
    """The encounters with these numbers, in the order of their start, all of one team and wave."""
    encounters = len(numbers)
    nobody = len(circle.people)  # a number that no person has
    host = rng.choice(nobody, encounters, p=circle.host_chances)
    present = np.column_stack([host, _guests(circle, host, spec, rng)])
    present = np.column_stack([present, _strays(present, nobody, spec, rng)])
    present.sort(axis=1)
    days = month.astype("datetime64[D]") + np.arange(28)
    days = days[np.is_busday(days)]
    minute = np.sort(rng.integers(0, len(days) * (LAST_START - FIRST_START), encounters))
    day, minute_of_day = np.divmod(minute, LAST_START - FIRST_START)
    begins = days[day].astype("datetime64[m]") + FIRST_START + minute_of_day
    weights = np.array([spec.kinds[kind] for kind in KINDS], dtype=float)
    kind = rng.choice(len(KINDS), encounters, p=weights / weights.sum())
    typical = np.array([spec.minutes[each] for each in KINDS])
    length = np.round(typical[kind] * rng.uniform(0.5, 1.5, encounters)).astype(int)
    most = np.minimum(LATEST, length // 2)[:, np.newaxis]
    late, early = (np.floor(rng.random(present.shape) * (most + 1)).astype(int) for _ in range(2))
    apart = present != host[:, np.newaxis]  # the host is there from start to end
    event, place = np.nonzero(present < nobody)
    came = begins[event] + (late * apart)[event, place]
    left = begins[event] + length[event] - (early * apart)[event, place]
    codes = np.array([f"e{number:0{width}d}" for number in numbers], dtype=object)
    table = {"event": codes[event], "person": circle.people[present[event, place]], "start": came, "end": left}
    return pd.DataFrame({**table, "kind": np.array(KINDS)[kind][event], "team": circle.team}).astype(DTYPES)


def _guests(circle: _Circle, host: np.ndarray, spec: EventsSpec, rng: np.random.Generator) -> np.ndarray:
    """Who comes beside the host, by row. Drawing in turn by weights is taking the first of exponential waiting times.

    Efraimidis & Spirakis 2006, Information Processing Letters 97:181-185, doi 10.1016/j.ipl.2005.11.003.
    """
    most = circle.partners.max()
    partners = np.argsort(-circle.weights, axis=1, kind="stable")[:, :most]
    with np.errstate(divide="ignore"):
        waiting = 1 / np.take_along_axis(circle.weights, partners, axis=1)
    number = np.minimum(1 + rng.poisson(spec.extra, len(host)), circle.partners[host])
    order = np.argsort(rng.standard_exponential((len(host), most)) * waiting[host], axis=1)[:, : number.max(initial=1)]
    guests = np.take_along_axis(partners[host], order, axis=1)
    guests[np.arange(order.shape[1]) >= number[:, np.newaxis]] = len(circle.people)
    return guests


def _strays(present: np.ndarray, nobody: int, spec: EventsSpec, rng: np.random.Generator) -> np.ndarray:
    """One more member of the team, any of those not there alike, or nobody."""
    there = np.sort(present, axis=1)
    absent = nobody - (there < nobody).sum(axis=1)
    stray = np.floor(rng.random(len(there)) * absent).astype(int)
    for person in there.T:
        stray += stray >= person
    return np.where((rng.random(len(there)) < spec.stray) & (absent > 0), stray, nobody)


def _in_order(jobs: list[Callable[[], pd.DataFrame]], workers: int) -> Iterator[pd.DataFrame]:
    """The results of the jobs, one after the other, with up to twice as many under way as there are workers."""
    if workers == 1:
        yield from (job() for job in jobs)
        return
    waiting: deque[Future[pd.DataFrame]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) == 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

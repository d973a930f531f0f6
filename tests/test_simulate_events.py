"""The encounters of invented teams: they follow who works with whom, keep to the schedule, and come in bounded blocks.

Known answers: the expected size of an encounter by a loop over hosts and sizes (scipy.stats.poisson); chances of hosts, guests
and strays by hand for a team of four; binomial bounds.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import binom, poisson

from newroles.datasets import check_study, load_codebook
from newroles.datasets.schemas import table_schema
from newroles.errors import InputError
from newroles.simulate import events as events_module
from newroles.simulate.events import DTYPES, KINDS, ROWS_A_BLOCK, EventsSpec, draw_events, event_blocks
from newroles.simulate.people import COLUMNS, PeopleSpec, draw_people
from newroles.simulate.teams import TeamsSpec, new_roles_of
from newroles.simulate.ties import TiesSpec, draw_ties

REGISTER = load_codebook("roles").codes
TEAMS = pd.DataFrame(
    [
        (f"T{i + 1}", f"X{i // 2 + 1}", "community", "case", role, i + 5)
        for i, role in enumerate(new_roles_of(REGISTER)[:3])
    ],
    columns=["team", "trust", "setting", "follow", "new_role", "start_month"],
)
NO_TASKS = pd.DataFrame(columns=["wave", "team", "task", "role", "position"])
# four people who work with each other but for d with a; b's ties are the strongest
FOUR = pd.DataFrame({"wave": 1, "person": list("abcd"), "team": "T1"})
FOUR_TIES = pd.DataFrame(
    [("a", "b", 5.0), ("a", "c", 1.0), ("b", "c", 2.0), ("b", "d", 3.0), ("c", "d", 1.0)],
    columns=["source", "target", "weight"],
).assign(wave=1, relation="works_with")


def drawn(
    people: pd.DataFrame, ties: pd.DataFrame, workers: int = 1, seed: int = 1, **values: Any
) -> list[pd.DataFrame]:
    rng = np.random.default_rng(seed)
    return list(draw_events(people, ties, TEAMS, TeamsSpec(), EventsSpec(**values), rng, workers))


def likely(successes: int, trials: int, chance: float) -> bool:
    """Within the middle 99.9999% of the binomial distribution?"""
    low, high = binom.interval(1 - 1e-6, trials, chance)
    return bool(low <= successes <= high)


@pytest.fixture(scope="module")
def network() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """People, the ties that were answered, and all ties."""
    rng = np.random.default_rng(6)
    people, _ = draw_people(TEAMS, REGISTER, TeamsSpec(), PeopleSpec(people_per_team=18), rng)
    ties, _, complete = draw_ties(people, NO_TASKS, TEAMS, TiesSpec(), rng)
    return people, ties, complete


@pytest.fixture(scope="module")
def events(network: tuple[pd.DataFrame, ...]) -> pd.DataFrame:
    return pd.concat(drawn(network[0], network[2]), ignore_index=True)


# --- how many ---------------------------------------------------------------------------------------------------------------


def test_expected_rows_are_sums_over_hosts_and_sizes(network: tuple[pd.DataFrame, ...]) -> None:
    people, _, complete = network
    _, truth = event_blocks(people, complete, EventsSpec(extra=3.0, stray=0.4))
    team_of = {(row.wave, row.person): row.team for row in people.itertuples()}
    partners: dict[tuple[int, str], dict[tuple[str, str], float]] = {}
    for tie in complete[complete["relation"] == "works_with"].itertuples():
        if team_of[tie.wave, tie.source] == team_of[tie.wave, tie.target]:
            strengths = partners.setdefault((tie.wave, team_of[tie.wave, tie.source]), {})
            strengths[tie.source, tie.target] = strengths[tie.target, tie.source] = tie.weight
    for (wave, team), strengths in partners.items():
        size = 0.0
        for host in {one for one, _ in strengths}:
            mine = [weight for (one, _), weight in strengths.items() if one == host]
            for extra in range(60):
                guests = min(1 + extra, len(mine))
                somebody_left = guests + 1 < sum(place == team for (w, _), place in team_of.items() if w == wave)
                size += sum(mine) / sum(strengths.values()) * poisson.pmf(extra, 3) * (1 + guests + 0.4 * somebody_left)
        assert truth["rows_per_encounter"][wave][team] == pytest.approx(size, abs=2e-6)


def test_there_are_about_as_many_rows_as_asked_for(network: tuple[pd.DataFrame, ...], events: pd.DataFrame) -> None:
    blocks, truth = event_blocks(network[0], network[2], EventsSpec())
    assert truth["expected_rows"] == pytest.approx(4000, rel=0.01)
    assert events["event"].nunique() == truth["encounters"] == blocks["encounters"].sum()
    deviation = events.groupby("event").size().std() * math.sqrt(truth["encounters"])
    assert abs(len(events) - truth["expected_rows"]) < 5 * deviation


def test_rows_go_to_teams_and_waves_by_their_people(network: tuple[pd.DataFrame, ...]) -> None:
    people, _, complete = network
    blocks, _ = event_blocks(people, complete, EventsSpec(rows=100_000))
    rows = blocks.groupby(["wave", "team"])["expected_rows"].sum()
    shares = people.groupby(["wave", "team"]).size() / len(people)
    assert (rows / 100_000 - shares).abs().max() < 1e-4


# --- who --------------------------------------------------------------------------------------------------------------------


def test_encounters_are_of_people_of_that_team_and_wave(
    network: tuple[pd.DataFrame, ...], events: pd.DataFrame
) -> None:
    people, _, _ = network
    waves = months_of_waves()
    wave = [waves[row.team, f"{row.start:%Y-%m}"] for row in events.itertuples()]
    there = set(people[["wave", "team", "person"]].itertuples(index=False, name=None))
    assert set(zip(wave, events["team"], events["person"], strict=True)) <= there
    assert not events.duplicated(["event", "person"]).any()
    assert events.groupby("event").size().min() >= 2


def months_of_waves() -> dict[tuple[str, str], int]:
    """By hand: wave 1 a month before the role comes, wave 2 when it comes, wave 3 six months later, counted from 2021-07."""
    first = pd.Period("2021-07", "M")
    return {
        (team.team, str(first + team.start_month + later)): wave
        for team in TEAMS.itertuples()
        for wave, later in {1: -1, 2: 0, 3: 6}.items()
    }


def test_who_meets_works_together(network: tuple[pd.DataFrame, ...], events: pd.DataFrame) -> None:
    """Without strays, somebody at each encounter works with all others there; and far more pairs do than by chance."""
    people, _, complete = network
    waves = months_of_waves()
    works = {
        (tie.wave, frozenset((tie.source, tie.target)))
        for tie in complete[complete["relation"] == "works_with"].itertuples()
    }
    both = pairs = 0
    plain = pd.concat(drawn(people, complete, stray=0))
    for (team, _), rows in plain.groupby(["team", "event"]):
        wave = waves[team, f"{rows['start'].iloc[0]:%Y-%m}"]
        present = list(rows["person"])
        tie = {frozenset(pair): (wave, frozenset(pair)) in works for pair in itertools.combinations(present, 2)}
        assert any(all(tie[frozenset((host, other))] for other in present if other != host) for host in present)
        both, pairs = both + sum(tie.values()), pairs + len(tie)
    assert both / pairs > 0.7
    sizes = people.groupby(["wave", "team"]).size()
    assert len(works) / (sizes * (sizes - 1) / 2).sum() < 0.5, "by chance"


def test_hosts_guests_and_strays_come_with_their_chances() -> None:
    """By hand: two people an encounter, so the pair {a, b} meets with 6/24 x 5/6 + 10/24 x 5/10 = 10/24, and so on."""
    rows = pd.concat(drawn(FOUR, FOUR_TIES, rows=20_000, extra=0, stray=0))
    met = Counter(rows.groupby("event")["person"].agg("".join))
    encounters = sum(met.values())
    assert encounters == 10_000
    chances = {pair: 2 * weight / 24 for pair, weight in {"ab": 5, "ac": 1, "bc": 2, "bd": 3, "cd": 1}.items()}
    assert set(met) == set(chances)
    for pair, chance in chances.items():
        assert likely(met[pair], encounters, chance), pair
    rows = pd.concat(drawn(FOUR, FOUR_TIES, rows=20_000, extra=0, stray=1))
    met = Counter(rows.groupby("event")["person"].agg("".join))
    alone = {"abc": "c", "abd": "d", "acd": "d", "bcd": "d"}
    assert set(met) == set(alone), "one more, any of the two that are left"
    expected = (chances["ab"] + chances["ac"] + chances["bc"]) / 2
    assert likely(met["abc"], sum(met.values()), expected)


def test_guests_are_drawn_in_turn_by_weight() -> None:
    """By hand, for host b with ties of 5, 2 and 3 to a, c and d: a pair of guests {a, c} has 5/10 x 2/5 + 2/10 x 5/8."""
    people = FOUR
    ties = FOUR_TIES[FOUR_TIES["source"].eq("b") | FOUR_TIES["target"].eq("b")]
    rows = pd.concat(drawn(people, ties, rows=30_000, extra=1, stray=0))
    met = rows.groupby("event")["person"].agg("".join)
    threes = Counter(met[met.str.len() == 3])
    chances = {"abc": 5 / 10 * 2 / 5 + 2 / 10 * 5 / 8, "abd": 5 / 10 * 3 / 5 + 3 / 10 * 5 / 7}
    chances["bcd"] = 2 / 10 * 3 / 8 + 3 / 10 * 2 / 7
    assert sum(chances.values()) == pytest.approx(1)
    assert set(threes) == set(chances)
    for who, chance in chances.items():
        assert likely(threes[who], sum(threes.values()), chance), who


def test_an_encounter_holds_no_more_than_the_host_works_with() -> None:
    rows = pd.concat(drawn(FOUR, FOUR_TIES, rows=2000, extra=50, stray=0.5))
    sizes = rows.groupby("event").size()
    assert set(sizes) <= {3, 4}
    _, truth = event_blocks(FOUR, FOUR_TIES, EventsSpec(extra=50, stray=0.5))
    by_hand = 14 / 24 * 4 + 10 / 24 * 3.5  # b and c host all others; a and d have one left who may stray in
    assert truth["rows_per_encounter"][1]["T1"] == pytest.approx(by_hand, abs=1e-6)
    everybody = pd.concat(drawn(FOUR.iloc[:2], FOUR_TIES.iloc[:1], rows=100, extra=50, stray=1))
    assert everybody.groupby("event").size().eq(2).all(), "nobody is left to stray in"


# --- when -------------------------------------------------------------------------------------------------------------------


def test_encounters_keep_to_the_schedule(events: pd.DataFrame) -> None:
    """Weekdays of the month's first four weeks, 8 to 18 hours; nobody more than 10 minutes later than the first."""
    first = events.groupby("event")["start"].transform("min")
    last = events.groupby("event")["end"].transform("max")
    assert (events["start"] <= events["end"]).all()
    assert first.dt.day_of_week.max() <= 4
    assert first.dt.day.max() <= 28
    assert first.dt.hour.min() >= 8
    assert first.dt.hour.max() <= 17
    assert set(first.dt.day_of_week) == set(range(5))
    assert (events["start"] - first).max() == pd.Timedelta(minutes=10)
    assert (last - events["end"]).max() == pd.Timedelta(minutes=10)
    assert (events["start"].dt.second == 0).all()
    lengths = (last - first).dt.total_seconds().div(60).groupby(events["kind"]).agg(["min", "max"])
    for kind, typical in {"handover": 20, "meeting": 60, "ward round": 90, "joint visit": 45}.items():
        assert typical // 2 <= lengths.loc[kind, "min"] < lengths.loc[kind, "max"] <= math.ceil(typical * 1.5)
    whole = events["start"].eq(first) & events["end"].eq(last)
    assert whole.groupby(events["event"]).any().all(), "the host stays from start to end"


def test_kinds_come_by_their_weights(events: pd.DataFrame) -> None:
    kinds = events.drop_duplicates("event")["kind"].value_counts()
    for kind, chance in {"handover": 0.35, "meeting": 0.3, "ward round": 0.15, "joint visit": 0.2}.items():
        assert likely(int(kinds[kind]), int(kinds.sum()), chance)
    only = dict.fromkeys(KINDS, 0) | {"meeting": 2}
    assert set(pd.concat(drawn(FOUR, FOUR_TIES, kinds=only, rows=50))["kind"]) == {"meeting"}


# --- blocks -----------------------------------------------------------------------------------------------------------------


def test_the_same_blocks_whatever_the_workers(network: tuple[pd.DataFrame, ...]) -> None:
    people, _, complete = network
    one, three = (drawn(people, complete, workers=workers, rows=6000) for workers in (1, 3))
    assert len(one) == len(three) == 9
    for a, b in zip(one, three, strict=True):
        pd.testing.assert_frame_equal(a, b)
    other = drawn(people, complete, seed=2, rows=6000)
    assert not one[0].equals(other[0])


def test_many_rows_come_in_bounded_blocks() -> None:
    """300,000 rows of one team come in two blocks, with one numbering."""
    blocks, truth = event_blocks(FOUR, FOUR_TIES, EventsSpec(rows=300_000))
    assert len(blocks) == 2
    held = drawn(FOUR, FOUR_TIES, rows=300_000)
    assert max(len(block) for block in held) < 1.05 * ROWS_A_BLOCK
    assert sum(len(block) for block in held) == pytest.approx(truth["expected_rows"], rel=0.01)
    numbers = [block["event"].drop_duplicates().str[1:].astype(int).tolist() for block in held]
    assert numbers[0] + numbers[1] == list(range(1, truth["encounters"] + 1))


@pytest.mark.parametrize("workers", [1, 3])
def test_few_blocks_are_drawn_ahead(
    network: tuple[pd.DataFrame, ...], workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that memory is bounded: nothing before it is asked for, then no more than twice as many blocks as workers."""
    started = []
    draw_block = events_module._draw_block
    monkeypatch.setattr(events_module, "_draw_block", lambda *given: [started.append(1), draw_block(*given)][1])
    blocks = draw_events(
        network[0], network[2], TEAMS, TeamsSpec(), EventsSpec(), np.random.default_rng(1), workers=workers
    )
    assert not started
    for taken, _ in enumerate(blocks, start=1):
        assert len(started) <= taken + 2 * workers - 1
    assert len(started) == taken == 9


def test_large_teams_are_drawn_in_smaller_blocks() -> None:
    people = pd.DataFrame({"wave": 1, "person": [f"p{i:04d}" for i in range(400)], "team": "T1"})
    ties = pd.DataFrame(
        {"wave": 1, "relation": "works_with", "source": people["person"][:-1], "target": "p0399", "weight": 1.0}
    )
    blocks, _ = event_blocks(people, ties, EventsSpec(rows=100_000))
    assert blocks["encounters"].max() == 4_000_000 // 400
    assert (blocks["first_event"].diff().dropna() == blocks["encounters"].iloc[:-1].to_numpy()).all()


@pytest.mark.parametrize(("people", "ties", "rows"), [(FOUR, FOUR_TIES, 0), (FOUR, FOUR_TIES.iloc[:0], 50)])
def test_without_encounters_there_is_one_block_without_rows(
    people: pd.DataFrame, ties: pd.DataFrame, rows: int
) -> None:
    blocks = drawn(people, ties, rows=rows)
    assert [len(block) for block in blocks] == [0]
    assert blocks[0].dtypes.astype(str).to_dict() == DTYPES


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"rows": -1}, "rows: -1 is impossible"),
        ({"stray": 2}, "stray: 2 is impossible: expected a number from 0 to 1"),
        ({"kinds": {"handover": 1}}, "kinds: no value for meeting, ward round, joint visit"),
        ({"kinds": dict.fromkeys(KINDS, 0)}, "kinds: all weights are zero"),
        ({"minutes": dict.fromkeys(KINDS, 1)}, "minutes: 1 for 'handover' is impossible"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        EventsSpec.from_values(values)


def test_no_workers_are_refused() -> None:
    with pytest.raises(InputError, match="workers: 0 is impossible"):
        drawn(FOUR, FOUR_TIES, workers=0)


# --- people, ties and events in one study folder --------------------------------------------------------------------------------


def test_people_ties_and_events_pass_the_check_of_a_study_folder(
    network: tuple[pd.DataFrame, ...], events: pd.DataFrame, tiny_study: Path
) -> None:
    """In place of the tables of the tiny study that name people or teams."""
    for name in ("codings", "segments", "contexts", "tasks", "competencies", "outcomes", "title_decisions"):
        (tiny_study / f"{name}.csv").unlink()
    meta = yaml.safe_load((tiny_study / "study.yml").read_text(encoding="utf-8"))
    (tiny_study / "study.yml").write_text(yaml.safe_dump({**meta, "codebooks": ["roles"]}), encoding="utf-8")
    people, ties, _ = network
    teams = TEAMS.assign(trust="T01", introduced="")[["team", "trust", "setting", "new_role", "introduced"]]
    tables = {"teams": teams, "people": people[list(COLUMNS)], "ties": ties, "events": events}
    for name, table in tables.items():
        assert table.columns.tolist() == [field.name for field in table_schema(name).fields]
        table.to_csv(tiny_study / f"{name}.csv", index=False, date_format="%Y-%m-%dT%H:%M:%S")
    problems = check_study(tiny_study)
    assert problems[problems["table"].isin(tables)].empty, problems.to_string()

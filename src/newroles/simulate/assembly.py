"""One invented study, put together from its parts, and the truth that was planted in it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as dataclass_replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets import Study, load_codebook, typed_table
from newroles.datasets.schemas import TABLES
from newroles.simulate.acts import draw_acts
from newroles.simulate.adjudication import draw_adjudications
from newroles.simulate.coding import draw_codings
from newroles.simulate.competencies import draw_competencies
from newroles.simulate.contexts import draw_contexts
from newroles.simulate.events import draw_events, event_blocks
from newroles.simulate.functioning import draw_functioning
from newroles.simulate.national import PARTS as NATIONAL_PARTS
from newroles.simulate.national import draw_national
from newroles.simulate.outcomes import draw_outcomes
from newroles.simulate.people import draw_people
from newroles.simulate.role_types import draw_role_types
from newroles.simulate.spec import StudySpec
from newroles.simulate.tasks import draw_tasks
from newroles.simulate.teams import draw_introductions, draw_places
from newroles.simulate.ties import draw_ties

# one random stream each, in this order: append new parts at the end, and the older ones stay as they are
PARTS = (
    *NATIONAL_PARTS, "places", "contexts", "introductions", "functioning", "outcomes", "people", "tasks", "ties",
    "events", "competencies", "acts", "role_types", "codings", "adjudication",
)  # fmt: skip
CODEBOOKS = ("roles", "rationale", "skill_mix_change", "boundary_work", "contexts", "effects")
# a longer table is written as Parquet, and events beyond it are drawn block by block while they are written
LARGE = 200_000

ABOUT = (
    "Every trust, role, report, team, person, tie, act and figure in this folder was drawn at random; nothing in it "
    "says anything about a real organisation or person. Only the names of registered roles and, with the default of 51 "
    "trusts, the numbers of trusts and of responses in each region are real. What was planted lies beside the folder, "
    "not in it. Before you put your own data in, change kind, or the book goes on calling them invented."
)


@dataclass(frozen=True, eq=False)
class SimulatedStudy(Study):
    """An invented study, with its tables as attributes like any other, and the `truth`, which is kept apart from it.

    A study of many events has no table `events`: `event_blocks` draws them in turn.
    """

    truth: Mapping[str, Any] = field(repr=False)
    spec: StudySpec = field(repr=False)
    _events: tuple[Any, ...] = field(repr=False)

    def event_blocks(self, workers: int = 1) -> Iterator[pd.DataFrame]:
        """The rows of `events`, some hundred thousand at a time, always the same, however many workers draw them."""
        people, ties, teams, stream = self._events
        for block in draw_events(
            people, ties, teams, self.spec.teams, self.spec.events, copy.deepcopy(stream), workers
        ):
            yield typed_table("events", block)


def study(spec: StudySpec, rng: np.random.Generator, register: pd.DataFrame | None = None) -> SimulatedStudy:
    """What would a study look like of which we know the truth?

    `register`: the codes of a role register, one row per role; without it, those of the codebook `roles`. The folder of
    a study with another register needs that codebook, named in its study.yml in place of `roles`.

    Returns a Study with all thirteen tables (without those that would be empty, when it has no teams), and its truth:

    - spec: every parameter;
    - roles: how many were possible, really present, present where a trust responded, and reported, by kind;
    - adoption: by role, its share in a trust of median size and its posts there; the expected share of trusts that have
      it and the real one, among all trusts and among those that responded;
    - naive_totals: true totals over all trusts, and totals scaled up from those that responded, real and expected;
    - response_probability, newness_years, sources_held: by trust;
    - sources: how many roles each source could have reported, and how many it missed;
    - present_in: the trusts that have each role; titles: reports by form of title; reports: the role behind each one;
    - teams: how each is followed, and how likely it was to get a new role;
    - contexts, functioning, outcomes, people, tasks, ties, events, competencies, acts, codings: what each of the
      functions `draw_...` of that name says that it planted; that of `draw_adjudications` is codings, adjudication.

    The same spec, register and state of `rng` give the same study.

    >>> simulated = study(StudySpec(), np.random.default_rng(1))
    >>> len(simulated.trusts), int(simulated.trusts["responded"].sum()), simulated.has("ties")
    (51, 31, True)
    >>> simulated.truth["reports"].keys() == set(simulated.reports["report"])
    True
    """
    streams = dict(zip(PARTS, rng.spawn(len(PARTS)), strict=True))
    known = load_codebook("roles").codes if register is None else register
    national = draw_national(spec, streams, known)
    tables = {"trusts": national.trusts, "reports": national.reports, "title_decisions": national.decisions}
    truth: dict[str, Any] = {"spec": spec.values(), **national.truth}
    tables["competencies"], truth["competencies"] = draw_competencies(known, spec.competencies, streams["competencies"])
    places = draw_places(national.trusts, national.present, known, spec.teams, streams["places"])
    contexts = draw_contexts(national.trusts, places, spec.contexts, streams["contexts"])
    vacancy = contexts.indicators["vacancy_rate"]
    teams = draw_introductions(places, vacancy, national.present, known, spec.teams, streams["introductions"])
    functioning, truth["functioning"] = draw_functioning(places, contexts, spec.contexts, streams["functioning"])
    panel, truth["outcomes"] = draw_outcomes(teams, vacancy, spec.teams, spec.outcomes, streams["outcomes"])
    staff = spec.people.people_per_team
    people, truth["people"] = draw_people(teams, known, spec.teams, spec.people, streams["people"])
    tasks, truth["tasks"] = draw_tasks(teams, known, staff, spec.teams, spec.tasks, streams["tasks"])
    ties, truth["ties"], true_ties = draw_ties(people, tasks, teams, spec.ties, streams["ties"])
    segments, truth["acts"] = draw_acts(
        teams, contexts.indicators, known, spec.teams, spec.acts, streams["acts"], staff
    )
    _, truth["events"] = event_blocks(people, true_ties, spec.events)
    truth["teams"] = teams[["team", "follow", "adoption_probability"]].set_index("team").round(6).to_dict("index")
    truth["contexts"] = contexts.truth
    tables |= {
        "teams": teams, "contexts": contexts.table, "outcomes": pd.concat([panel, functioning]),
        "people": people, "tasks": tasks, "ties": ties, "segments": segments,
    }  # fmt: skip
    roles = list(national.variants["role"])
    types = draw_role_types(roles, known, spec.coding, streams["role_types"])
    books = {name: known if name == "roles" else load_codebook(name).codes for name in CODEBOOKS}
    reports = national.reports
    codings, truth["codings"] = draw_codings(segments, reports, types, books, spec.coding, streams["codings"])
    settled, truth["codings"]["adjudication"] = draw_adjudications(
        codings, reports, truth["codings"], spec.coding, streams["adjudication"]
    )
    tables["codings"] = pd.concat([codings, settled], ignore_index=True)
    simulated = SimulatedStudy(
        path=Path(),
        title="Invented example study",
        kind="invented",
        meta=_meta(spec),
        problems=pd.DataFrame(),
        _tables={name: typed_table(name, tables[name]) for name in TABLES if name in tables and len(tables[name])},
        truth=truth,
        spec=spec,
        _events=(people, true_ties, teams, streams["events"]),
    )
    return simulated if spec.events.rows > LARGE else _with_events(simulated)


def _with_events(simulated: SimulatedStudy) -> SimulatedStudy:
    events = pd.concat(list(simulated.event_blocks()), ignore_index=True)
    tables = {**simulated._tables, **({"events": events} if len(events) else {})}
    return dataclass_replace(simulated, _tables={name: tables[name] for name in TABLES if name in tables})


def _meta(spec: StudySpec) -> dict[str, Any]:
    n = sum(spec.trusts_by_region.values())
    return {
        "title": "Invented example study",
        "kind": "invented",
        "place": f"Invented: {n} trusts, spread over the regions like England's mental health trusts",
        "period": f"{spec.period_start:%Y-%m} to {spec.period_end:%Y-%m}",
        "licence": "CC0-1.0",
        "codebooks": list(CODEBOOKS),
        "counts_as_new": {"rule": "declared", "within_years": 10},
        "about": ABOUT,
    }

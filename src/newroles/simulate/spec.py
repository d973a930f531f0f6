"""The parameters of an invented study: each with a name, a unit, a default and a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from newroles.datasets import load_published
from newroles.errors import InputError, did_you_mean
from newroles.simulate.acts import ActsSpec
from newroles.simulate.coding import CodingSpec
from newroles.simulate.competencies import CompetenciesSpec
from newroles.simulate.contexts import ContextsSpec
from newroles.simulate.events import EventsSpec
from newroles.simulate.outcomes import OutcomesSpec
from newroles.simulate.parameters import (
    Section,
    count,
    parameter,
    refuse_other_keys,
    refuse_shares_beyond_one,
    share,
)
from newroles.simulate.people import PeopleSpec
from newroles.simulate.tasks import TasksSpec
from newroles.simulate.teams import TeamsSpec
from newroles.simulate.ties import TiesSpec

SOURCES = ("interview", "questionnaire", "advert", "workforce_plan", "esr")
TITLE_FORMS = ("name", "abbreviation", "other_name", "trainee", "local")


def _phase1(column: str) -> dict[str, int]:
    table = load_published("phase1_participation")
    return {str(region): int(number) for region, number in zip(table["region"], table[column], strict=True)}


@dataclass(frozen=True)
class StudySpec(Section):
    """What should the invented study be like?

    Every default but the regional shape is our own choice: it says nothing about the NHS. `describe_spec` lists
    all parameters with unit, value and reason. Impossible values are refused with InputError.

    >>> StudySpec(miss={"interview": 1.5})
    Traceback (most recent call last):
    newroles.errors.InputError: miss: 1.5 for 'interview' is impossible: expected a number from 0 to 1.
    >>> StudySpec.from_values({"typos": 0.1})
    Traceback (most recent call last):
    newroles.errors.InputError: Unknown parameter 'typos'. Did you mean 'typo'? Valid names: acts, ...
    >>> from newroles.simulate import describe_spec
    >>> describe_spec(StudySpec()).set_index("parameter").loc["typo", "unit"]
    'probability'
    """

    # the further parts of the study
    teams: TeamsSpec = field(default_factory=TeamsSpec)
    contexts: ContextsSpec = field(default_factory=ContextsSpec)
    outcomes: OutcomesSpec = field(default_factory=OutcomesSpec)
    people: PeopleSpec = field(default_factory=PeopleSpec)
    tasks: TasksSpec = field(default_factory=TasksSpec)
    ties: TiesSpec = field(default_factory=TiesSpec)
    events: EventsSpec = field(default_factory=EventsSpec)
    competencies: CompetenciesSpec = field(default_factory=CompetenciesSpec)
    acts: ActsSpec = field(default_factory=ActsSpec)
    coding: CodingSpec = field(default_factory=CodingSpec)
    # the frame and who answers
    trusts_by_region: Mapping[str, int] = count(
        lambda: _phase1("trusts_in_region"), "trusts", "the published regional shape of the 51 mental health trusts"
    )
    responded_by_region: Mapping[str, int] = count(
        lambda: _phase1("participated"), "trusts", "the published participation in Phase 1, 31 of 51"
    )
    trust_wte_median: float = parameter(3600.0, "whole-time equivalents", "a large employer", low=100)
    trust_wte_spread: float = parameter(0.45, "standard deviation of log wte", "largest about ten times the smallest")
    response_odds_per_doubling: float = parameter(
        2.5,
        "odds ratio",
        "larger trusts answer more readily, so totals scaled up from those that answered are too high",
        low=0.01,
    )
    # which roles there are, and where
    role_variants: int = count(75, "roles", "new roles of the register plus local variants, within 60 to 90")
    commonest_share: float = share(0.88, "share of trusts", "the commonest role, in a trust of median size")
    popularity_decay: float = parameter(0.75, "power of the rank", "a long tail: many roles in one or two trusts")
    existing_role_share: float = share(0.02, "share of trusts", "an existing role that a trust brings in anew")
    adoption_odds_per_doubling: float = parameter(2.0, "odds ratio", "larger trusts introduce more roles", low=0.01)
    earliest_introduction: int = count(2010, "year", "a role older than this counts from here")
    adoption_midpoint: float = share(0.6, "share of a role's years", "half of its trusts have it by then: an S curve")
    adoption_steepness: float = parameter(8.0, "per share of a role's years", "how sudden the S curve is", low=0.1)
    posts_median: float = parameter(7.0, "people", "posts of one role in a trust of median size", low=1)
    posts_spread: float = parameter(0.9, "standard deviation of log posts", "from one post to about a hundred")
    contract_low: float = parameter(0.7, "wte per person", "shortest mean contract; the longest is 1", 0.1, 1)
    rationale_shares: Mapping[str, float] = share(
        {"RAT-STAFF": 0.45, "RAT-CARE": 0.4, "RAT-CAREER": 0.25, "RAT-DEF": 0.15, "RAT-PRO": 0.2},
        "share of roles in trusts",
        "the general reasons of the codebook `rationale`, several at once",
    )
    # how sources report
    questionnaire_share: float = share(0.16, "share of trusts", "the others are interviewed")
    documents_held: Mapping[str, float] = share(
        {"advert": 0.9, "workforce_plan": 0.8, "esr": 0.85}, "share of trusts", "not every trust shares every document"
    )
    miss: Mapping[str, float] = share(
        {"interview": 0.3, "questionnaire": 0.4, "advert": 0.6, "workforce_plan": 0.5, "esr": 0.55},
        "probability",
        "a source leaves out a role that the trust has, whichever role it is",
    )
    counts_given: Mapping[str, float] = share(
        {"interview": 0.5, "questionnaire": 0.8, "advert": 0.0, "workforce_plan": 0.7, "esr": 0.95},
        "probability",
        "few sources give figures",
    )
    count_error: float = parameter(0.15, "standard deviation of log headcount", "sources disagree on how many")
    period_start: dt.date = parameter(dt.date(2023, 5, 1), "date", "first day of the reports")  # noqa: RUF009
    period_end: dt.date = parameter(dt.date(2023, 12, 15), "date", "last day of the reports")  # noqa: RUF009
    newness_windows: Mapping[int, float] = share(
        {3: 0.4, 6: 0.35, 12: 0.25}, "years: share of trusts", "trusts differ in how long a role stays new"
    )
    unsure: float = share(0.12, "probability", "a source can't say whether the role counts as new")
    # how titles are written
    title_forms: Mapping[str, float] = parameter(
        {"name": 0.45, "abbreviation": 0.18, "other_name": 0.15, "trainee": 0.1, "local": 0.12},
        "weight",
        "what a trust calls the role; forms that a role lacks fall to the others",
    )
    band_in_title: float = share(0.18, "probability", "adverts and payroll write the band into the title")
    team_in_title: float = share(0.2, "probability", "sources name the team with the post")
    odd_case: float = share(0.15, "probability", "capitals or small letters throughout")
    plural: float = share(0.12, "probability", "posts reported together")
    ampersand: float = share(0.5, "probability", "an 'and' written as '&'")
    typo: float = share(0.06, "probability", "one letter dropped, doubled or swapped")
    # what the coders have settled
    decided: float = share(0.6, "share of titles", "unclear titles settled by a dated decision; the rest stay open")

    def _refuse_contradictions(self) -> None:
        if set(self.responded_by_region) != set(self.trusts_by_region):
            raise InputError(
                "responded_by_region and trusts_by_region must name the same regions: "
                f"{sorted(set(self.responded_by_region) ^ set(self.trusts_by_region))} is in one only."
            )
        for region, n in self.trusts_by_region.items():
            if not 0 <= self.responded_by_region[region] <= n or n < 1:
                raise InputError(
                    f"{region}: {self.responded_by_region[region]} of {n} trusts can't have responded: "
                    "expected at least one trust, and no more responses than trusts."
                )
        if sum(self.responded_by_region.values()) < 1:
            raise InputError("responded_by_region: no trust responds; expected at least one.")
        if self.period_end < self.period_start:
            raise InputError(f"period_end {self.period_end} is before period_start {self.period_start}.")
        if self.earliest_introduction >= self.period_start.year:
            raise InputError(
                f"earliest_introduction {self.earliest_introduction} must be before the year of "
                f"period_start, {self.period_start.year}."
            )
        refuse_shares_beyond_one("newness_windows", self.newness_windows)
        if not sum(self.title_forms.values()):
            raise InputError("title_forms: all weights are zero; expected at least one above zero.")
        for name, keys in (
            ("miss", SOURCES),
            ("counts_given", SOURCES),
            ("documents_held", SOURCES[2:]),
            ("title_forms", TITLE_FORMS),
        ):
            refuse_other_keys(name, getattr(self, name), keys)


def regional_shape(trusts: int, regions: list[str] | None = None) -> dict[str, dict[str, int]]:
    """How are so many trusts and their responses spread over the regions as in Phase 1?

    `regions` keeps only these of the seven. Shares are those published; places that don't divide evenly go to the
    largest remainders (Hamilton's method). Returns the two parameters `trusts_by_region` and `responded_by_region` for
    `StudySpec`; each region has at least one trust, and one that responds.

    >>> regional_shape(12, ["London", "Midlands", "South West"])["trusts_by_region"]
    {'Midlands': 5, 'London': 4, 'South West': 3}

    Raises InputError for an unknown region and for fewer trusts than regions.
    """
    frame, answered = _phase1("trusts_in_region"), _phase1("participated")
    for region in regions or []:
        if region not in frame:
            raise InputError(f"Unknown region '{region}'. {did_you_mean(region, frame)}")
    kept = [region for region in frame if regions is None or region in regions]
    if trusts < len(kept):
        raise InputError(f"{trusts} trusts can't fill {len(kept)} regions: ask for at least {len(kept)}.")
    total = sum(frame[region] for region in kept)
    spread = {region: trusts * frame[region] // total for region in kept}
    by_remainder = sorted(kept, key=lambda region: trusts * frame[region] % total, reverse=True)
    for region in by_remainder[: trusts - sum(spread.values())]:
        spread[region] += 1
    for region in kept:
        if not spread[region]:
            spread[max(kept, key=lambda name: spread[name])] -= 1
            spread[region] = 1
    responded = {region: max(1, round(spread[region] * answered[region] / frame[region])) for region in kept}
    return {"trusts_by_region": spread, "responded_by_region": responded}

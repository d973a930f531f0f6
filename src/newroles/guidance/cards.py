"""What is one piece of advice? Recommendations as data: who acts, when, on which evidence, how sure we are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from newroles.errors import InputError, did_you_mean
from newroles.guidance.values import near
from newroles.guidance.vocabulary import AUDIENCES, role_names


@dataclass(frozen=True)
class Evidence:
    """One entry of `rests_on` or `against`.

    kind: `fact` (a row of the published table guidance_evidence) or `finding` (a number or sentence that a chapter of the
    book recorded); id: its id; expects: what it must say for the advice to stand (`newroles.guidance.expectations`); why:
    what it says about this advice.
    """

    kind: str
    id: str
    expects: str
    why: str

    @property
    def key(self) -> str:
        """The evidence as files write it: `fact:some-id` or `finding:some-id`."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Component:
    """One of the four components of a statement of confidence: how much concern (none to serious), and why."""

    concern: str
    reason: str


@dataclass(frozen=True)
class Judgement:
    """One line between evidence and decision, and the evidence behind it (`fact:id`, `finding:id`; none when nothing was found)."""

    line: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Recommendation:
    """One recommendation, as its file gives it. Ids are of `newroles.guidance.vocabulary`, of the register or the typology.

    action: what to do, an imperative; plain: the same in plain English; roles, types, settings: where it applies (`all`, or
    ids); helps: which of the three groups; needs: recommendations that come first; rests_on, against: the evidence for and
    against; confidence: component to concern; evidence_to_decision: judgement to line; readiness: what a team can score 0,
    1 or 2; file: where it is written.
    """

    id: str
    action: str
    plain: str
    why: str
    who_acts: tuple[str, ...]
    when: str
    roles: tuple[str, ...]
    types: tuple[str, ...]
    settings: tuple[str, ...]
    helps: tuple[str, ...]
    strength: str
    needs: tuple[str, ...]
    rests_on: tuple[Evidence, ...]
    against: tuple[Evidence, ...]
    confidence: Mapping[str, Component]
    evidence_to_decision: Mapping[str, Judgement]
    readiness: tuple[str, ...]
    measure: str
    would_change: str
    review_by: date
    review_note: str
    reviewed_on: date
    file: str

    @property
    def generic(self) -> bool:
        """Is it for every role?"""
        return self.roles == ("all",)

    def cites(self) -> dict[str, list[str]]:
        """Which evidence does it cite, and where? `fact:id` or `finding:id` to `rests_on`, `against` or a judgement's name."""
        cited: dict[str, list[str]] = {}
        for side, entries in (("rests_on", self.rests_on), ("against", self.against)):
            for each in entries:
                cited.setdefault(each.key, []).append(side)
        for name, judgement in self.evidence_to_decision.items():
            for key in judgement.evidence:
                cited.setdefault(key, []).append(name)
        return cited


@dataclass(frozen=True)
class Collection:
    """One file of recommendations: for everyone (role `all`) or for one role of the register."""

    title: str
    role: str
    about: str
    version: str
    changes: tuple[Mapping[str, Any], ...]
    nothing_for: str
    recommendations: tuple[Recommendation, ...]
    file: str = field(default="")


@dataclass(frozen=True)
class Guidance:
    """All recommendations, in reading order: for everyone, then by role in the order of the case studies, then other roles.

    `guidance["some-id"]` is one of them.
    """

    collections: tuple[Collection, ...]

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        """Every recommendation, in reading order."""
        return tuple(each for collection in self.collections for each in collection.recommendations)

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self.recommendations)

    def __len__(self) -> int:
        return sum(len(collection.recommendations) for collection in self.collections)

    def __contains__(self, id: object) -> bool:
        return any(each.id == id for each in self)

    def __getitem__(self, id: str) -> Recommendation:
        for each in self:
            if each.id == id:
                return each
        raise InputError(f"There is no recommendation '{id}'. {near(id, (each.id for each in self))}")

    def for_role(self, role: str, generic: bool = True) -> tuple[Recommendation, ...]:
        """What applies to a role: advice for everyone (unless generic is False), then what names the role.

        role: an id of the register, or `all` for the advice for everyone only. Raises InputError for an unknown role.
        """
        if role != "all" and role not in role_names():
            raise InputError(f"There is no role '{role}'. {did_you_mean(role, [*role_names(), 'all'])}")
        for_all = tuple(each for each in self if each.generic)
        if role == "all":
            return for_all
        return (for_all if generic else ()) + tuple(each for each in self if role in each.roles)

    def for_audience(self, audience: str) -> tuple[Recommendation, ...]:
        """What this audience is asked to do. Raises InputError for an unknown audience."""
        if audience not in AUDIENCES:
            raise InputError(f"There is no audience '{audience}'. {did_you_mean(audience, AUDIENCES)}")
        return tuple(each for each in self if audience in each.who_acts)

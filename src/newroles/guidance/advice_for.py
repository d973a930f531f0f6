"""Which advice is for this reader? Recommendations for a role, an audience, or an audience where a role comes in, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from newroles.guidance.cards import Guidance, Recommendation
from newroles.guidance.vocabulary import STRENGTH, WHEN

AFFECTED = {
    "service_users_and_carers": "service_users",
    "new_role_staff": "new_roles",
    "colleagues": "existing_roles",
}
"""Audiences whom advice may help though others act on it: audience to the group that advice says it helps."""

_OF_EVERY_THREE = 2  # advice to act on; the third is what the reader can expect of others


@dataclass(frozen=True)
class Advice:
    """The recommendations for one reader, best first.

    role, audience: whom it is for ("" where it is for all of them); act: to be acted on, by the reader where an audience is
    named; expect: what others are asked to do that helps the reader (only for the audiences of `AFFECTED`).
    """

    role: str
    audience: str
    act: tuple[Recommendation, ...]
    expect: tuple[Recommendation, ...]

    @property
    def clear(self) -> tuple[Recommendation, ...]:
        """All that is more than unclear, in the order in which it is given when not all of it fits."""
        act = [each for each in self.act if each.strength != "unclear"]
        expect = [each for each in self.expect if each.strength != "unclear"]
        mixed: list[Recommendation] = []
        while act or expect:
            mixed += [*act[:_OF_EVERY_THREE], *expect[:1]]
            act, expect = act[_OF_EVERY_THREE:], expect[1:]
        return tuple(mixed)

    @property
    def unclear(self) -> tuple[Recommendation, ...]:
        """Advice that the evidence does not settle."""
        return tuple(each for each in (*self.act, *self.expect) if each.strength == "unclear")

    @property
    def all(self) -> tuple[Recommendation, ...]:
        """Everything there is for this reader."""
        return (*self.act, *self.expect)

    def __len__(self) -> int:
        return len(self.act) + len(self.expect)


def advice_for(guidance: Guidance, role: str = "", audience: str = "") -> Advice:
    """What does the guidance say to this reader?

    role: an id of the register: advice for that role first, then advice for every role. audience: only what it is asked to
    do and, for service users, people in new roles and their colleagues, what it can expect of others. Neither: everything.

    For a role, what names it comes first and what is for every role after that. Within each, and where no role is given,
    `should` comes before `could` before `unclear`, and what is for every role before the rest; among equals the moments take
    turns, so that a page which can't show everything still says something for each. Raises InputError for an unknown role or
    audience.
    """
    chosen = guidance.for_role(role) if role else guidance.recommendations
    ranked = _ranked(chosen, role)
    if not audience:
        return Advice(role, audience, tuple(ranked), ())
    acting = {each.id for each in guidance.for_audience(audience)}
    group = AFFECTED.get(audience)
    return Advice(
        role,
        audience,
        tuple(each for each in ranked if each.id in acting),
        tuple(each for each in ranked if each.id not in acting and group in each.helps),
    )


def _ranked(recommendations: Sequence[Recommendation], role: str) -> list[Recommendation]:
    tiers: dict[tuple[bool, int, bool], list[Recommendation]] = {}
    for each in recommendations:
        elsewhere = bool(role) and role not in each.roles
        tiers.setdefault((elsewhere, list(STRENGTH).index(each.strength), not each.generic), []).append(each)
    turns = (zip_longest(*by_moment(tiers[tier]).values()) for tier in sorted(tiers))
    return [each for rounds in turns for turn in rounds for each in turn if each is not None]


def by_moment(recommendations: Sequence[Recommendation]) -> dict[str, tuple[Recommendation, ...]]:
    """The recommendations by the moment they are for, in the order in which moments come; moments without any are left out."""
    found = {when: tuple(each for each in recommendations if each.when == when) for when in WHEN}
    return {when: each for when, each in found.items() if each}

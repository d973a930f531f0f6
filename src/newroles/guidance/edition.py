"""What do briefings need to know of every recommendation? Looked up once, so that eighty pages don't each ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import Any

from newroles.guidance.cards import Collection, Guidance, Recommendation
from newroles.guidance.judging import Judged
from newroles.guidance.pack_words import notices
from newroles.guidance.statements import CONFIDENCE, confidence_level
from newroles.guidance.vocabulary import CONCERN
from newroles.phrases import lower_case

BADGES = {"invented": "invented example", "study": "study data", "open": "open data"}
"""What a piece of evidence is called on paper; published statements name their source instead."""

_OF_A_STUDY = {"invented": "the invented example study", "study": "the study’s own data"}
_WEB = re.compile(r"https?://[^\s]+$")


@dataclass(frozen=True)
class Source:
    """Where evidence comes from, as a page names it. address: of a web page, or blank; badge: blank for publications."""

    name: str
    address: str
    badge: str

    @property
    def doi(self) -> str:
        """What a reader of paper can type: the DOI, where the address is one."""
        found = re.search(r"\b10\.\d{4,9}/\S+$", self.address)
        return f"doi:{found.group()}" if found else ""


@dataclass(frozen=True)
class Edition:
    """The recommendations of one book, with what is said beside each.

    guidance: those that are shown; roles: role id to name; made: how and from what the briefings were made; kinds: id of a
    recommendation to the kinds of evidence for and against it; notices: to what has become of its evidence since the review;
    confidence: to a few words on how sure it is; sources: `fact:id` or `finding:id` to where it comes from, each source with
    its name, its address and the badge of its kind; none where the evidence isn't there any more.
    """

    guidance: Guidance
    roles: Mapping[str, str]
    made: str
    kinds: Mapping[str, tuple[str, ...]]
    notices: Mapping[str, list[str]]
    confidence: Mapping[str, str]
    sources: Mapping[str, tuple[Source, ...]] = field(repr=False)

    def badges(self, recommendation: str, short: bool = False) -> list[str]:
        """What must be said of the kind of evidence: that it is invented, wholly or in part, or a study's own.

        short: for a picture, where a card is narrow.
        """
        kinds = self.kinds[recommendation]
        words = []
        for kind, name in _OF_A_STUDY.items():
            if kind in kinds and short:
                words.append(BADGES[kind] if kinds == (kind,) else f"{BADGES[kind]}, in part")
            elif kind in kinds:
                words.append(f"from {name} only" if kinds == (kind,) else f"in part from {name}")
        return [f"{each[:1].upper()}{each[1:]}" for each in words]

    def several(self, role: str) -> str:
        """A role's name for several people, as a sentence begins with it."""
        return plural(self.roles[role])

    def collection(self, role: str) -> Collection | None:
        """The file of recommendations for a role, or for everyone where no role is given."""
        return next((each for each in self.guidance.collections if each.role == (role or "all")), None)

    def version(self, role: str) -> str:
        """Which version of the advice is this, and when did it last change? role: whose file; "" for all of them."""
        files = [each for each in self.guidance.collections if each.role in (role, "all") or not role]
        days = [change["date"] for each in files for change in each.changes]
        last = max((day if isinstance(day, date) else date.fromisoformat(str(day)) for day in days), default=None)
        own = self.collection(role) or files[0]
        changed = f", last changed on {day_in_words(last)}" if last else ""
        return f"Version {own.version} of the advice{changed}."


def edition_of(judged: Judged, roles: Mapping[str, str], made: str) -> Edition:
    """What briefings say beside each recommendation: kinds of evidence, confidence, and what has changed.

    judged: recommendations with their evidence resolved; roles: role id to name; made: a sentence on how and from what the
    briefings are made.
    """
    shown = judged.guidance.recommendations
    sources = {f"{row['kind']}:{row['id']}": _sources(row) for row in judged.evidence.to_dict("records")}
    return Edition(
        guidance=judged.guidance,
        roles=roles,
        made=made,
        kinds={each.id: judged.kinds(each.id) for each in shown},
        notices={each.id: [f"{words}." for words in notices(judged, each.id)] for each in shown},
        confidence={each.id: _confidence(each) for each in shown},
        sources=sources,
    )


def _confidence(recommendation: Recommendation) -> str:
    """How sure it is in a few words, and the greatest concern; the book's card gives all four."""
    gravest = max(recommendation.confidence.values(), key=lambda each: list(CONCERN).index(each.concern))
    level = CONFIDENCE[confidence_level(recommendation)].lower()
    return f"{level}." if gravest.concern == "none" else f"{level}. {gravest.reason}"


def _sources(row: Mapping[Any, Any]) -> tuple[Source, ...]:
    """Where one piece of evidence comes from; nothing where it isn't there any more."""
    if row["status"] == "absent":
        return ()
    badge = BADGES.get(row["evidence_kind"], "")
    if row["kind"] == "finding":
        return (Source(f"This book, finding {row['id']}", "", badge),)
    names, addresses = ([part.strip() for part in str(row[column]).split(";")] for column in ("source_name", "source"))
    return tuple(
        Source(name, address if _WEB.match(address) else "", badge)
        for name, address in zip_longest(names, addresses[: len(names)], fillvalue="")
    )


def plural(name: str) -> str:
    """A role's name for several people, as a sentence begins with it.

    >>> plural("Clinical Associate in Psychology"), plural("Peer Support Worker"), plural("CBT Therapist")
    ('Clinical associates in psychology', 'Peer support workers', 'CBT therapists')
    """
    head, joint, tail = lower_case(name).partition(" in ")
    several = f"{head}s{joint}{tail}"
    return several[:1].upper() + several[1:]


def day_in_words(day: date) -> str:
    """A date as prose has it.

    >>> day_in_words(date(2026, 11, 2))
    '2 November 2026'
    """
    return f"{day.day} {day:%B %Y}"

"""What must a card, a slide or a workbook say beside a piece of advice? Its kind of evidence, what has changed, its version."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from newroles.guidance.judging import Judged
from newroles.guidance.vocabulary import role_names
from newroles.phrases import lower_case

NOT_THE_STUDY = "This is the project's own advice, written from published evidence. It is not guidance or a recommendation of the NIHR study."
KINDS = {
    "published": "Published",
    "open": "Open data",
    "invented": "Invented example",
    "study": "Study data",
}
"""How the handouts name a kind of evidence: as the badges of the book do."""
_OF_A_STUDY = {"invented": "the invented example study", "study": "the study's own data"}


def kinds_in_words(judged: Judged, id: str) -> str:
    """On which kinds of evidence does this advice rest? As a workbook says it: "Published; Invented example"."""
    return "; ".join(KINDS[kind] for kind in judged.kinds(id))


def badges(judged: Judged, id: str) -> list[str]:
    """What must be said aloud of the kind of evidence: that it is invented, or a study's own, wholly or in part."""
    rests, against = (judged.kinds(id, side) for side in ("rests_on", "against"))
    how = "Rests on" if len(rests) == 1 else "Rests in part on"
    said = [f"{how} {words}" for kind, words in _OF_A_STUDY.items() if kind in rests]
    return said + [
        f"Against it: {words}" for kind, words in _OF_A_STUDY.items() if kind in against and kind not in rests
    ]


def notices(judged: Judged, id: str) -> list[str]:
    """What has become of the evidence since this advice was last reviewed? Nothing, mostly."""
    states = set(judged.evidence.loc[judged.evidence["recommendation"].eq(id), "status"])
    said = ["Evidence changed since last review"] if judged.changed(id) else []
    said += ["Some evidence now says the opposite"] if "opposite" in states else []
    return said + (["Some evidence is not in this book"] if "absent" in states else [])


def version_in_words(judged: Judged, role: str) -> str:
    """Which version of the advice is this? Of the role's own file, or of the advice for everyone (role `all`).

    Empty when there is no such file.
    """
    for each in judged.guidance.collections:
        if each.role == role:
            last = max((_day(change["date"]) for change in each.changes if "date" in change), default=None)
            when = "" if last is None else f", last changed on {last.day} {last:%B %Y}"
            return f"Version {each.version} of the advice{when}."
    return ""


def role_in_words(role: str) -> str:
    """A role within a sentence; `all` is any new role.

    >>> role_in_words("peer_support_worker"), role_in_words("all")
    ('peer support worker', 'any new role')
    """
    return "any new role" if role == "all" else lower_case(role_names()[role])


def joined(parts: Iterable[str]) -> str:
    """Sentences in a row, empty ones left out."""
    return " ".join(part for part in parts if part)


def _day(day: object) -> date:
    return day if isinstance(day, date) else date.fromisoformat(str(day))

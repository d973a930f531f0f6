"""How sure are we of a piece of advice, and how does the guidance stand as a whole? Sentences and tables for the chapter."""

from __future__ import annotations

import pandas as pd

from newroles.guidance.cards import Guidance, Recommendation
from newroles.guidance.judging import STATUSES, Judged
from newroles.guidance.vocabulary import AUDIENCES, CASE_ROLES, COMPONENTS, CONCERN, ENOUGH, STRENGTH, WHEN, role_names
from newroles.phrases import counted, inside, listed

CONFIDENCE = {
    "confident": "Confident",
    "fairly": "Fairly confident",
    "limited": "Limited confidence",
    "little": "Little confidence",
}
"""Our own words for how sure we are, from surest to least sure. They aren't grades of any published system."""

_WE_ARE = {
    "confident": "We are confident",
    "fairly": "We are fairly confident",
    "limited": "Our confidence is limited",
    "little": "We have little confidence",
}

EVIDENCE_NAMES = {
    "published": "published", "open": "open data", "invented": "invented example", "study": "study data",
}  # fmt: skip
_EVIDENCE_PHRASES = {
    "published": "published evidence",
    "open": "open data",
    "invented": "the invented example study",
    "study": "the study's own data",
}


def confidence_level(recommendation: Recommendation) -> str:
    """How sure are we, by our own rule? An id of `CONFIDENCE`.

    The rule counts the concerns over the four components. Any serious one: little. Two or more moderate ones: limited. One
    moderate one, or two or more minor ones: fairly. At most one minor one: confident. It is this book's rule, written down so
    that others can disagree with it; CERQual leaves the overall judgement to its assessors, and this is no such grade.
    """
    concerns = [each.concern for each in recommendation.confidence.values()]
    if "serious" in concerns:
        return "little"
    if concerns.count("moderate") > 1:
        return "limited"
    return "fairly" if "moderate" in concerns or concerns.count("minor") > 1 else "confident"


def confidence_in_words(recommendation: Recommendation) -> str:
    """How sure are we that the evidence carries this advice, and why? Our statement, the greatest concern first."""
    order = list(CONCERN)
    components = list(recommendation.confidence.items())
    components.sort(key=lambda item: -order.index(item[1].concern))  # the sort keeps the components' order among equals
    because = [
        f"{CONCERN[each.concern].capitalize()} about {inside(COMPONENTS[name])}: {_sentence(each.reason)}"
        for name, each in components
    ]
    return f"{_WE_ARE[confidence_level(recommendation)]} that the evidence carries this advice. {' '.join(because)}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def standing(judged: Judged, recommendation: str) -> str:
    """How a recommendation's evidence stands against the last review, in words."""
    if judged.changed(recommendation):
        return STATUSES["changed"]
    return STATUSES["new"] if judged.not_reviewed(recommendation) else STATUSES["as_reviewed"]


def recommendations_table(guidance: Guidance | Judged) -> pd.DataFrame:
    """All recommendations at a glance.

    Returns one row a recommendation, in reading order: recommendation, action, for, when, who, strength, confidence,
    pieces_of_evidence, against (counts), review_by; with guidance that was judged also kinds_of_evidence and status.
    """
    cards = guidance.guidance if isinstance(guidance, Judged) else guidance
    rows = []
    for each in cards:
        row: dict[str, object] = {
            "recommendation": each.id,
            "action": each.action,
            "for": "everyone" if each.generic else ", ".join(role_names()[role] for role in each.roles),
            "when": WHEN[each.when],
            "who": ", ".join(AUDIENCES[who] for who in each.who_acts),
            "strength": STRENGTH[each.strength],
            "confidence": CONFIDENCE[confidence_level(each)],
            "pieces_of_evidence": len(each.rests_on),
            "against": len(each.against),
            "review_by": each.review_by,
        }
        if isinstance(guidance, Judged):
            row["kinds_of_evidence"] = ", ".join(EVIDENCE_NAMES[kind] for kind in guidance.kinds(each.id))
            row["status"] = standing(guidance, each.id)
        rows.append(row)
    columns = [
        "recommendation", "action", "for", "when", "who", "strength", "confidence", "kinds_of_evidence",
        "pieces_of_evidence", "against", "status", "review_by",
    ]  # fmt: skip
    unknown = () if isinstance(guidance, Judged) else ("kinds_of_evidence", "status")
    return pd.DataFrame(rows, columns=[column for column in columns if column not in unknown])


def evidence_table(judged: Judged) -> pd.DataFrame:
    """All evidence for and against the recommendations, in words.

    Returns one row a piece of evidence and recommendation: recommendation, side (for, against), evidence (`fact:id`,
    `finding:id`), statement, kind_of_evidence, why, status, was (at the last review, where it differs), source (its name; for a
    finding its table), address (of a fact's sources).
    """
    rows = judged.evidence
    is_fact = rows["kind"].eq("fact")
    differs = rows["was"].ne("") & rows["was"].ne(rows["is"])
    return pd.DataFrame(
        {
            "recommendation": rows["recommendation"],
            "side": rows["side"].map({"rests_on": "for", "against": "against"}),
            "evidence": rows["kind"] + ":" + rows["id"],
            "statement": rows["statement"],
            "kind_of_evidence": rows["evidence_kind"].map(EVIDENCE_NAMES).fillna(""),
            "why": rows["why"],
            "status": rows["status"].map(STATUSES),
            "was": rows["was"].where(differs, ""),
            "source": rows["source_name"].where(is_fact, rows["table"]),
            "address": rows["source"],
        }
    )


def how_it_stands(judged: Judged) -> str:
    """How many recommendations are there, on what do they rest, what speaks against them, what has changed, what is missing?"""
    cards = judged.guidance.recommendations
    if not cards:
        return f"There are no recommendations for this study. {_left_out(judged)}".strip()
    n, generic = len(cards), sum(each.generic for each in cards)
    said = [
        f"There {_by(n, 'is', 'are')} {counted(n, 'recommendation')}: {generic:,} for every new role and "
        f"{n - generic:,} for particular roles.",
        _kinds(judged),
        _against(cards),
        _reviewed(judged),
        _left_out(judged),
        _thin(judged),
    ]
    return " ".join(each for each in said if each)


def _by(n: int, one: str, many: str) -> str:
    return one if n == 1 else many


def _kinds(judged: Judged) -> str:
    kinds = [judged.kinds(each.id, "rests_on") for each in judged.guidance]
    resting = {kind: sum(kind in found for found in kinds) for kind in _EVIDENCE_PHRASES}
    parts = [f"{n:,} {_by(n, 'rests', 'rest')} on {_EVIDENCE_PHRASES[kind]}" for kind, n in resting.items() if n]
    if not parts:
        return "None of what they rest on is in this book."
    more = " (one can rest on several kinds)" if any(len(found) > 1 for found in kinds) else ""
    said = f"Of these, {listed(parts)}{more}."
    only = sum(found == ("invented",) for found in kinds)
    if only:
        said += (
            f" {only:,} {_by(only, 'rests', 'rest')} on the invented example alone: "
            f"{_by(only, 'it shows', 'they show')} how advice would follow from a study, and no more."
        )
    return said


def _against(cards: tuple[Recommendation, ...]) -> str:
    found = sum(bool(each.against) for each in cards)
    if not found:
        return "For none of them do we name evidence that points the other way."
    return f"For {found:,} of them we name evidence that points the other way or limits the advice."


def _reviewed(judged: Judged) -> str:
    n = len(judged.guidance)
    changed = sum(judged.changed(each.id) for each in judged.guidance)
    fresh = sum(judged.not_reviewed(each.id) for each in judged.guidance)
    said = []
    if changed:
        said.append(f"Evidence behind {changed:,} of them has changed since they were last reviewed.")
    elif fresh < n:
        said.append("No evidence has changed since they were last reviewed.")
    if fresh:
        said.append(f"{fresh:,} {_by(fresh, 'cites', 'cite')} evidence that nobody has reviewed yet.")
    if judged.overdue:
        said.append(f"The review of {len(judged.overdue):,} is overdue.")
    return " ".join(said)


def _left_out(judged: Judged) -> str:
    n = len(judged.left_out)
    if not n:
        return ""
    verb, they = _by(n, "is", "are"), _by(n, "it rests", "they rest")
    return f"{counted(n, 'recommendation')} {verb} left out here, since what {they} on was found in another study only."


def _thin(judged: Judged) -> str:
    """The case-study roles with fewer than three recommendations of their own, and why."""
    why = {each.role: each.nothing_for for each in judged.guidance.collections}
    own = {role: len(judged.guidance.for_role(role, generic=False)) for role in CASE_ROLES}
    said = [
        f"The role {role_names()[role]} has {counted(n, 'recommendation') if n else 'none'} of its own. {why.get(role, '')}".strip()
        for role, n in own.items()
        if n < ENOUGH
    ]
    return " ".join(said)

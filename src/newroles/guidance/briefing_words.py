"""What does a briefing say? Its title, a three-line answer, what to do, what isn't known and what it rests on, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newroles.guidance.advice_for import Advice, by_moment
from newroles.guidance.cards import Recommendation
from newroles.guidance.edition import BADGES, Edition, Source
from newroles.guidance.vocabulary import AUDIENCES, STRENGTH, WHEN
from newroles.phrases import counted, inside, listed

KICKER = "New roles in mental health services"
NOT_THE_STUDYS = (
    "These are not the recommendations of the NIHR study. They were written for this book, in its own words, from "
    "published evidence and from what the book computes."
)
INVENTED = "What is marked “invented example” comes from made-up data. It is no finding about the NHS."
STRENGTHS = (
    "Should: several independent sources support it and little speaks against it. "
    "Could: worth considering, on less evidence."
)
PLAIN_READERS = ("service_users_and_carers",)
"""Audiences who get the plain version of each recommendation, in larger letters."""
EXPECTED = "What you can expect of others"
OTHERS = "Others are asked to do this. You can ask whether it is done."
_LARGER = 1.16
_MOST_UNKNOWN = 3  # lines of each kind under "what we don't know": more would crowd out what to do


def title_of(edition: Edition, role: str, audience: str) -> str:
    """What is the briefing called? For example "Peer support workers: briefing for team managers"."""
    about = edition.several(role) if role else "New roles"
    return f"{about}: briefing for {inside(AUDIENCES[audience])}" if audience else f"{about}: a briefing"


def briefing_source(edition: Edition, advice: Advice, shown: int | None = None) -> dict[str, Any]:
    """Everything that the page says, as data for the template briefing.typ.

    advice: for which role and audience, and what there is for them (`advice_for`); shown: how many recommendations, the best
    first (None: all).
    """
    chosen = advice.clear[:shown]
    act = [each for each in chosen if each in advice.act]
    expect = [each for each in chosen if each in advice.expect]
    ordered = [each for some in (act, expect) for of_moment in by_moment(some).values() for each in of_moment]
    unknown = _unknown(edition, advice)
    cited = [key for each in ordered for key in _cited(each, advice)] + [key for _, _, keys in unknown for key in keys]
    numbers: dict[Source, int] = {}
    for source in dict.fromkeys(source for key in cited for source in edition.sources.get(key, ())):
        numbers[source] = len(numbers) + 1
    marks = {key: [numbers[source] for source in edition.sources.get(key, ())] for key in cited}
    parts = [(WHEN[when], some) for when, some in by_moment(act).items()]
    if expect:
        parts.append((EXPECTED, tuple(each for each in ordered if each in expect)))
    left = len(advice.clear) - len(chosen)
    collection = edition.collection(advice.role)
    title = title_of(edition, advice.role, advice.audience)
    about = [edition.roles[advice.role]] if advice.role else []
    reader = [AUDIENCES[advice.audience]] if advice.audience else []
    return {
        "title": title,
        "author": "newroles",
        "description": f"{KICKER}. {NOT_THE_STUDYS}",
        "keywords": [KICKER, *about, *reader],
        "scale": _LARGER if _plain(advice) else 1.0,
        "kicker": KICKER,
        "about": collection.about if collection and advice.role else "",
        "answer_heading": "In short",
        "answer": _answer(edition, advice, ordered),
        "parts": [
            {
                "heading": heading,
                "note": OTHERS if heading == EXPECTED else STRENGTHS if number == 0 else "",
                "cards": [_card(edition, each, advice, marks) for each in some],
            }
            for number, (heading, some) in enumerate(parts)
        ],
        "more": f"And {left:,} more in the book, in the chapter “Guidance”." if left else "",
        "ready_heading": "Is it in place?",
        "ready_note": "The first thing to check for each piece of advice above, by its number. Tick one box in each row.",
        "ready_columns": ["No.", "What to check"],
        "scores": ["Not yet", "Partly", "In place"],
        "ready": [{"number": str(number), "item": each.readiness[0]} for number, each in enumerate(ordered, start=1)],
        "unknown_heading": "What we don’t know",
        "unknown": [{"lead": lead, "words": words + _marked(keys, marks)} for lead, words, keys in unknown],
        "sources_heading": "Where this comes from",
        "sources": [
            {"name": each.name, "address": each.address, "doi": each.doi, "badge": each.badge} for each in numbers
        ],
        "note": NOT_THE_STUDYS + (f" {INVENTED}" if any(each.badge == BADGES["invented"] for each in numbers) else ""),
        "made": [edition.version(advice.role), edition.made],
        "footer": f"{title}. Not the recommendations of the NIHR study.",
        "of": "of",
    }


def _plain(advice: Advice) -> bool:
    return advice.audience in PLAIN_READERS


def action_for(each: Recommendation, audience: str) -> str:
    """The action as this audience reads it."""
    return each.plain if audience in PLAIN_READERS else each.action


def _answer(edition: Edition, advice: Advice, ordered: Sequence[Recommendation]) -> list[str]:
    """Three lines: how much there is and when, where to begin, how sure it is."""
    lines = [f"{_how_much(edition, advice)} {_only_this_role(edition, advice)}".strip()]
    if ordered:
        lead = "Begin here" if ordered[0] in advice.act else "First, you can expect this of others"
        lines.append(f"{lead}: {action_for(ordered[0], advice.audience)}")
    return [*lines, _how_sure(edition, advice)]


def _how_much(edition: Edition, advice: Advice) -> str:
    n, expected = len(advice.act), len(advice.expect)
    moments = listed([f"{len(each):,} {inside(WHEN[when])}" for when, each in by_moment(advice.act).items()] or [""])
    if not advice.audience:
        of_role = inside(edition.several(advice.role))
        return f"{counted(n, 'piece')} of advice {'applies' if n == 1 else 'apply'} where {of_role} come in: {moments}."
    says = "says" if expected == 1 else "say"
    if not n:
        return f"{counted(expected, 'piece')} of advice {says} what you can expect of others."
    asked = f"{counted(n, 'piece')} of advice {'asks' if n == 1 else 'ask'} something of you: {moments}."
    return f"{asked} {expected:,} more {says} what you can expect of others." if expected else asked


def _only_this_role(edition: Edition, advice: Advice) -> str:
    """How much of the advice is about this role and no other, where the briefing is for a role."""
    if not advice.role:
        return ""
    here, name = sum(not each.generic for each in advice.all), inside(edition.several(advice.role))
    if not here:
        return f"All of it holds for every new role: none is about {name} alone."
    if here == len(advice):
        return f"All of it is about {name}."
    of_these = f"{here:,} of these {'is' if here == 1 else 'are'} about {name}"
    return f"{of_these}; the rest {'holds' if len(advice) - here == 1 else 'hold'} for every new role."


def _how_sure(edition: Edition, advice: Advice) -> str:
    """Of how much is it said how strongly, how much is disputed, and how much draws on an invented study?"""
    counts = {strength: sum(each.strength == strength for each in advice.all) for strength in STRENGTH}
    text = f"How sure it is: {listed([f'{n:,} “{STRENGTH[strength].lower()}”' for strength, n in counts.items() if n])}"
    disputed = sum(bool(each.against) for each in advice.all)
    if disputed:
        of_all = "all" if disputed == len(advice) else f"{disputed:,}"
        text += f"; for {of_all} of them we also found something that speaks against it"
    invented = sum("invented" in edition.kinds[each.id] for each in advice.all)
    if invented:
        text += f"; {invented:,} {'draws' if invented == 1 else 'draw'} on the invented example study"
    return f"{text}."


def _card(edition: Edition, each: Recommendation, advice: Advice, marks: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    cited = _marked([entry.key for entry in each.rests_on], marks)
    lines = [["Who acts:", _who(each, advice.audience)]]
    if not advice.role and not each.generic:
        lines.insert(0, ["For:", listed([inside(edition.several(role)) for role in each.roles])])
    if not _plain(advice):
        lines.append(["Why:", f"{each.why}{cited}"])
        lines += [["But:", f"{entry.why}{_marked([entry.key], marks)}"] for entry in each.against[:1]]
        lines.append(["How sure:", edition.confidence[each.id]])
    elif cited:
        lines.append(["Where this comes from:", cited.strip()])
    return {
        "action": action_for(each, advice.audience),
        "strength": each.strength,
        "strength_word": STRENGTH[each.strength],
        "lines": lines,
        "badges": edition.badges(each.id),
        "notices": edition.notices[each.id],
    }


def _who(each: Recommendation, reader: str) -> str:
    others = [inside(AUDIENCES[audience]) for audience in each.who_acts if audience != reader]
    if reader not in each.who_acts:
        return listed(others)
    return f"you, with {listed(others)}" if others else "you"


def _cited(each: Recommendation, advice: Advice) -> list[str]:
    """The evidence that a card cites: all that it rests on and, where the card says it, the first that speaks against it."""
    return [entry.key for entry in (*each.rests_on, *(() if _plain(advice) else each.against[:1]))]


def _unknown(edition: Edition, advice: Advice) -> list[tuple[str, str, list[str]]]:
    """What can't be said for this role and what is unclear: a lead, the words, and the evidence that they cite."""
    lines: list[tuple[str, str, list[str]]] = []
    collection = edition.collection(advice.role)
    if advice.role and collection and collection.nothing_for:
        lines.append(("", collection.nothing_for, []))
    for each in advice.unclear[:_MOST_UNKNOWN]:
        words = f"{action_for(each, advice.audience)} What would tell: {inside(each.would_change)}"
        lines.append(("Unclear whether it helps:", words, [entry.key for entry in each.rests_on]))
    left = len(advice.unclear) - _MOST_UNKNOWN
    if left > 0:
        lines.append(("", f"{left:,} more {'is' if left == 1 else 'are'} unclear: see the book.", []))
    return lines


def _marked(keys: Sequence[str], marks: Mapping[str, Sequence[int]]) -> str:
    """The numbers of sources, as a sentence carries them: '[1, 3]' after a space, or '' for none."""
    known = sorted({number for key in keys for number in marks.get(key, ())})
    # spaces that don't break: the numbers stay on one line, with the word before them
    return "\u00a0[" + ",\u00a0".join(map(str, known)) + "]" if known else ""

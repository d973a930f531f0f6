"""What does one page show at a glance? The three moments as columns, the actions as cards, who acts, how strongly it is advised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newroles.guidance.advice_for import Advice, by_moment
from newroles.guidance.briefing_words import INVENTED, KICKER, NOT_THE_STUDYS, action_for
from newroles.guidance.cards import Recommendation
from newroles.guidance.edition import Edition
from newroles.guidance.vocabulary import AUDIENCES, STRENGTH, WHEN
from newroles.phrases import counted, inside, listed

MEANS = {"should": "well supported", "could": "worth considering", "unclear": "the evidence does not settle it"}


def infographic_source(edition: Edition, advice: Advice, cards: Sequence[int] | None = None) -> dict[str, Any]:
    """Everything that the page shows, as data for the template infographic.typ.

    advice: for which role or audience (`advice_for`); cards: how many cards at most under each moment, in
    their order (None: all).
    """
    found = by_moment((*advice.clear, *advice.unclear))
    moments: list[dict[str, Any]] = []
    drawn: list[Recommendation] = []
    for number, (when, heading) in enumerate(WHEN.items()):
        here = found.get(when, ())
        chosen = here[: None if cards is None else cards[number]]
        left = len(here) - len(chosen)
        drawn += chosen
        moments.append({
            "heading": heading,
            "cards": [_card(edition, each, advice) for each in chosen],
            "more": f"And {left:,} more in the book." if left else "" if here else "No advice for this moment.",
        })  # fmt: skip
    invented = any("invented" in edition.kinds[each.id] for each in drawn)
    strengths = [strength for strength in STRENGTH if any(each.strength == strength for each in drawn)]
    return {
        "title": _title(edition, advice),
        "subtitle": _subtitle(edition, advice),
        "author": "newroles",
        "description": "",
        "keywords": [KICKER],
        "kicker": KICKER,
        "moments": moments,
        "legend": [{"strength": each, "word": STRENGTH[each], "means": MEANS[each]} for each in strengths],
        "note": NOT_THE_STUDYS + (f" {INVENTED}" if invented else ""),
        "made": [edition.version(advice.role), edition.made],
    }


def description_of(words: Mapping[str, Any]) -> str:
    """The infographic in words, for readers who don't see it: every card in the order in which it stands."""
    said = [str(words["subtitle"])]
    for moment in words["moments"]:
        cards = [
            f"{number}. {card['strength_word']}: {card['action']} Who acts: {listed([who['name'] for who in card['actors']])}."
            + "".join(f" ({mark})" for mark in (*card["badges"], *card["notices"]))
            for number, card in enumerate(moment["cards"], start=1)
        ]
        said.append(" ".join([f"{moment['heading']}:", *cards, *([moment["more"]] if moment["more"] else [])]))
    return " ".join([*said, words["note"], *words["made"]])


def _title(edition: Edition, advice: Advice) -> str:
    if advice.audience:
        expect = " and to expect" if advice.expect else ""
        return f"{AUDIENCES[advice.audience]}: what to do{expect} when a new role comes"
    return f"{edition.several(advice.role)}: what to do, and when"


def _subtitle(edition: Edition, advice: Advice) -> str:
    if advice.audience:
        expected = f", and {len(advice.expect):,} on what they can expect of others" if advice.expect else ""
        whom = inside(AUDIENCES[advice.audience])
        return f"Chosen from {counted(len(advice.act), 'piece')} of advice that {whom} can act on{expected}"
    here = sum(not each.generic for each in advice.all)
    name = inside(edition.several(advice.role))
    return f"Chosen from {counted(len(advice), 'piece')} of advice: {here:,} about {name}, {len(advice) - here:,} for every new role"


def _card(edition: Edition, each: Recommendation, advice: Advice) -> dict[str, Any]:
    if advice.role:
        scope = "every new role" if each.generic else ""
    else:
        scope = "" if each.generic else listed([inside(edition.several(role)) for role in each.roles])
    return {
        "action": action_for(each, advice.audience),
        "strength": each.strength,
        "strength_word": STRENGTH[each.strength],
        "scope": scope[:1].upper() + scope[1:],
        "actors": [{"id": audience, "name": AUDIENCES[audience]} for audience in each.who_acts],
        "badges": edition.badges(each.id, short=True),
        "notices": edition.notices[each.id],
    }

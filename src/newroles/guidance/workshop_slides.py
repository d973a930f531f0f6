"""What does a team look at together? Slides in one HTML page: keys when scripting is on, a long page when it is off."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from newroles.guidance.cards import Recommendation
from newroles.guidance.judging import Judged
from newroles.guidance.pack_words import NOT_THE_STUDY, badges, joined, notices, role_in_words
from newroles.guidance.vocabulary import AUDIENCES, STRENGTH, WHEN
from newroles.guidance.workshop_agenda import GROUND_RULES, LEGEND, MINUTES, STEPS
from newroles.phrases import counted, inside

_ASSETS = Path(__file__).parent / "slides"
MOST_ON_A_SLIDE = 4
"""Recommendations that a slide shows; the others are on the cards, and the slide says how many."""
_MARKS = {"should": "●", "could": "◐", "unclear": "○"}


def slides(judged: Judged, role: str, chosen: Sequence[Recommendation], version: str, made: str) -> tuple[str, int]:
    """The slides of a workshop as one HTML page, and how many they are.

    chosen: the recommendations in the order of the cards. Within a moment the strongest are shown first, those for the role
    before those for everyone.

    The page holds its own style and script and asks no network for anything: its content-security policy forbids it. Without
    scripting all slides stand below each other, and on paper each has a page.
    """
    name = role_in_words(role)
    parts = [
        (f"Getting ready for {name if role == 'all' else _with_article(name)}", [
            _p(f"A workshop of {MINUTES} minutes."), _p(NOT_THE_STUDY, "small"),
        ]),
        ("What we will do today", [_agenda()]),
        ("How we talk", [_list(GROUND_RULES)]),
        *_moments(judged, chosen),
        ("What the evidence doesn’t settle", _unsettled(judged, role, chosen)),
        ("Who does what today", [_p("In threes. Put letters on the first map."), _legend()]),
        ("Who would do what with the new role", [
            _p("On the second map: a year from now."),
            _list(["Who stops doing it, and what do they do with the time?", "Who supervises, and in which hours?",
                   "Where do two roles want the same task?"]),
        ]),
        ("Sort the cards", [
            _p("Yes, no or later. Always with a because."),
            _list(["A card turned sideways: we disagree.", "A no with a reason is as useful as a yes."]),
        ]),
        ("Decide who and by when", [
            _p("At most five cards. For each:"),
            _list(["Which job acts?", "By when?", "How shall we know that it helped?"]),
        ]),
        ("Before we go", [
            _list(["Read the decisions aloud.", "Set the day on which we look again.", "Did we get what we came for?"]),
            _p(joined([version, made, NOT_THE_STUDY]), "small"),
        ]),
    ]  # fmt: skip
    sections = [_slide(number, heading, body, len(parts)) for number, (heading, body) in enumerate(parts, start=1)]
    title = f"Workshop slides: {name}"
    return _page(title, sections), len(parts)


def _page(title: str, sections: Iterable[str]) -> str:
    style = (_ASSETS / "slides.css").read_text(encoding="utf-8")
    script = (_ASSETS / "slides.js").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(sections)
        + f"\n</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    """The one style or script that the page may use, as its policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode()}'"


def _slide(number: int, heading: str, body: Iterable[str], count: int) -> str:
    level = "h1" if number == 1 else "h2"
    return (
        f'<section id="slide-{number}" class="slide" aria-labelledby="heading-{number}">\n'
        f'<{level} id="heading-{number}" tabindex="-1">{escape(heading)}</{level}>\n'
        + "\n".join(body)
        + f'\n<p class="number">{number} of {count}</p>\n</section>'
    )


def _moments(judged: Judged, chosen: Sequence[Recommendation]) -> list[tuple[str, list[str]]]:
    """One slide a moment that has advice which is more than unclear."""
    parts = []
    for when, name in WHEN.items():
        clear = [each for each in chosen if each.when == when and each.strength != "unclear"]
        first = sorted(clear, key=lambda each: list(STRENGTH).index(each.strength))[:MOST_ON_A_SLIDE]
        if not first:
            continue
        body = ['<ul class="advice">', *(_advice(judged, each) for each in first), "</ul>"]
        if len(clear) > len(first):
            body.append(_p(f"And {len(clear) - len(first)} more on the cards.", "more"))
        parts.append((name, body))
    return parts


def _advice(judged: Judged, each: Recommendation) -> str:
    acts = "; ".join(inside(AUDIENCES[one]) for one in each.who_acts)
    said = "".join(
        f' <span class="badge">{escape(words)}</span>'
        for words in [*badges(judged, each.id), *notices(judged, each.id)]
    )
    return (
        f'<li data-recommendation="{escape(each.id)}"><strong class="strength"><span aria-hidden="true">{_MARKS[each.strength]}'
        f"</span> {STRENGTH[each.strength]}</strong> {escape(each.plain)} "
        f'<span class="beside"><span class="acts">Who acts: {escape(acts)}.</span>{said}</span></li>'
    )


def _unsettled(judged: Judged, role: str, chosen: Sequence[Recommendation]) -> list[str]:
    """What isn't known, what is unclear, and how much of the advice has evidence against it."""
    collection = next((each for each in judged.guidance.collections if each.role == role), None)
    unclear = [each for each in chosen if each.strength == "unclear"]
    opposed = sum(bool(each.against) for each in chosen)
    body = []
    if collection is not None and collection.nothing_for:
        body.append(_p(collection.nothing_for))
    if unclear:
        body += ['<ul class="advice">', *(_advice(judged, each) for each in unclear[:MOST_ON_A_SLIDE]), "</ul>"]
    if len(unclear) > MOST_ON_A_SLIDE:
        body.append(_p(f"And {len(unclear) - MOST_ON_A_SLIDE} more on the cards.", "more"))
    if opposed:
        body.append(_p(_opposed(opposed, len(chosen))))
    body.append(_p("What does your own experience say?"))
    return body


def _opposed(some: int, all_of_them: int) -> str:
    """How much of the advice has something against it, in a sentence for one, some or all."""
    against = "evidence that points the other way or limits it"
    if some == all_of_them:
        return f"All {some} recommendations have {against}." if some > 1 else f"The one recommendation has {against}."
    return f"Of {counted(all_of_them, 'recommendation')}, {some} {'has' if some == 1 else 'have'} {against}."


def _agenda() -> str:
    rows = "".join(f'<tr><th scope="row">{escape(step.name)}</th><td>{step.minutes}</td></tr>' for step in STEPS)
    return f'<table><thead><tr><th scope="col">Step</th><th scope="col">Minutes</th></tr></thead><tbody>{rows}</tbody></table>'


def _legend() -> str:
    rows = "".join(
        f'<tr><th scope="row" class="letter">{letter}</th><td>{escape(meaning)}</td></tr>'
        for letter, (_, meaning) in LEGEND.items()
    )
    head = '<thead><tr><th scope="col">Letter</th><th scope="col">The role</th></tr></thead>'
    return f"<table>{head}<tbody>{rows}</tbody></table>"


def _list(items: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>"


def _p(text: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"

"""Which recommendations might a team look at first? The chooser, as HTML: a whole list that a script filters and orders in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import pandas as pd

from newroles.errors import InputError
from newroles.guidance.advice_for import by_moment
from newroles.guidance.cards import Guidance, Recommendation
from newroles.guidance.judging import Judged
from newroles.guidance.statements import CONFIDENCE, confidence_level
from newroles.guidance.vocabulary import AUDIENCES, CASE_ROLES, SETTINGS, STRENGTH, WHEN
from newroles.phrases import inside

ANCHOR = "choose-"
"""The address of a recommendation within the chooser is this and its id."""

_WHEN_QUESTION = {
    "before": "Before it arrives",
    "first_three_months": "In the first three months",
    "after": "After that",
}
_INVENTED = "invented"


def chooser(
    judged: Judged,
    names: Mapping[str, str],
    address: Callable[[Recommendation], str],
    badge: Callable[[str], str],
    level: int = 3,
) -> str:
    """The chooser, as HTML for a page: role, setting, moment, what is in place, and a checklist to print.

    judged: the guidance that is shown. names: what roles are called, by id. address: where a recommendation's card is, as a link from
    the page of the chooser; "" for no link, in a file that is mailed without the book. badge: the mark of a kind of evidence, as HTML
    (`newroles.tables.badge`). level: of the headings of the three moments.

    With scripting off the page is the whole list, and nothing is hidden. `chooser.js` shows the questions, filters and orders that same
    list, and adds answers to it; without `chooser.css` it is plain but whole.

    Returns HTML in which every text is escaped; only what `badge` gives is taken as it is. Raises InputError for guidance without
    recommendations, and for a level outside 2 to 5.
    """
    groups = by_moment(judged.guidance.recommendations)
    if not groups:
        raise InputError("There is no recommendation to choose from: the guidance is empty.")
    if not 2 <= level <= 5:
        raise InputError(f"The headings of the chooser are of level 2 to 5; got {level}.")
    total = sum(map(len, groups.values()))
    there = {each.id: each for each in judged.guidance.recommendations}
    sections = [
        _section(when, [_item(each, there, judged, names, address, badge, level + 1) for each in found], level)
        for when, found in groups.items()
    ]
    return (
        f'<div class="nr-chooser" id="chooser" data-total="{total}">'
        f"{_form(judged.guidance, names)}{_print_head()}{_bar(total)}"
        '<noscript><p class="nr-chooser-note">Scripts are off in this browser, so every recommendation stands here, in order. '
        "Print the page and tick by hand.</p></noscript>"
        f'{"".join(sections)}<p class="nr-none" data-nr="none" hidden>Nothing on the list is for this choice. Choose another '
        f"moment, or all of them.</p>{_left_out(judged.left_out)}{_keep(level)}</div>"
    )


def chooser_page(
    body: str, title: str, styles: Sequence[str] = (), scripts: Sequence[str] = (), intro: str = ""
) -> str:
    """The chooser as a file of its own, to be mailed or kept: one page that asks nothing of any network.

    body: as `chooser` gives it. styles, scripts: the texts of style sheets and scripts, put into the page. intro: a paragraph.

    The page carries a policy that forbids it to load or send anything. Raises InputError for a style or a script that would end its
    element early.
    """
    for kind, texts in (("style", styles), ("script", scripts)):
        for text in texts:
            if f"</{kind}" in text.lower():
                raise InputError(f"A {kind} of the page holds '</{kind}', which would end it: write it otherwise.")
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>{escape(title)}</title>'
        + "".join(f"<style>{text}</style>" for text in styles)
        + f'</head><body class="nr-page"><main><h1>{escape(title)}</h1>{f"<p>{escape(intro)}</p>" if intro else ""}{body}</main>'
        + "".join(f"<script>{text}</script>" for text in scripts)
        + "</body></html>\n"
    )


# The list ------------------------------------------------------------------------------------------------------------------


def _section(when: str, items: Sequence[str], level: int) -> str:
    return (
        f'<section class="nr-moment" data-when="{when}" aria-labelledby="moment-{when}">'
        f'<h{level} id="moment-{when}">{escape(WHEN[when])}</h{level}><ol class="nr-choices">{"".join(items)}</ol></section>'
    )


def _item(
    each: Recommendation,
    there: Mapping[str, Recommendation],
    judged: Judged,
    names: Mapping[str, str],
    address: Callable[[Recommendation], str],
    badge: Callable[[str], str],
    level: int,
) -> str:
    needs = [there[id] for id in each.needs if id in there]
    flags = badge(_INVENTED) if _INVENTED in judged.kinds(each.id, "rests_on") else ""
    if judged.changed(each.id):
        flags += '<span class="nr-changed">Evidence changed since last review</span>'
    facts = [
        ("Who acts", "who", escape(_list([AUDIENCES[who] for who in each.who_acts]))),
        ("Strength", "strength", escape(STRENGTH[each.strength])),
        ("How sure we are", "confidence", CONFIDENCE[confidence_level(each)]),
        ("Roles", "roles", escape(_roles(each, names))),
        ("Settings", "settings", escape(_settings(each))),
    ]
    if needs:
        facts.append(("Comes after", "needs", "".join(map(_need, needs))))
    said = "".join(f'<dt>{term}</dt><dd data-part="{part}">{html}</dd>' for term, part, html in facts)
    ready = "".join(f"<li>{escape(text)}</li>" for text in each.readiness)
    ids, about = (
        escape(each.id),
        {
            "roles": each.roles,
            "settings": each.settings,
            "needs": [need.id for need in needs],
            "strength": [each.strength],
        },
    )
    data = "".join(f' data-{name}="{escape(" ".join(values))}"' for name, values in about.items())
    return (
        f'<li class="nr-choice" id="{ANCHOR}{ids}" data-id="{ids}"{data}>'
        f'<p class="nr-first" data-part="first" hidden>Worth looking at first</p>'
        f'<h{level} class="nr-action" data-part="action">{escape(each.action)}</h{level}>'
        + (f'<p class="nr-flags">{flags}</p>' if flags else "")
        + f'<p class="nr-why" data-part="why">{escape(each.why)}</p><dl class="nr-about">{said}</dl>'
        f'<p class="nr-because" data-part="because" hidden></p>'
        f'<p class="nr-asked" id="asked-{ids}">Is this in place?</p><ul class="nr-ready" aria-labelledby="asked-{ids}">{ready}</ul>'
        f"{_card(each, address(each))}</li>"
    )


def _card(each: Recommendation, address: str) -> str:
    if not address:
        return ""
    return (
        f'<p class="nr-card"><a href="{escape(address)}">The evidence, and what speaks against it'
        f'<span class="nr-unseen">: {escape(each.action)}</span></a></p>'
    )


def _need(need: Recommendation) -> str:
    return f'<span class="nr-need" data-need="{escape(need.id)}"><a href="#{ANCHOR}{escape(need.id)}">{escape(need.action)}</a></span>'


def _roles(each: Recommendation, names: Mapping[str, str]) -> str:
    return "Every role" if "all" in each.roles else "; ".join(_name(role, names) for role in each.roles)


def _settings(each: Recommendation) -> str:
    return "Every setting" if "all" in each.settings else _list([SETTINGS[setting] for setting in each.settings])


def _list(names: Sequence[str]) -> str:
    """Names as one list, of which only the first keeps its capital; some hold an "and" themselves."""
    return "; ".join([names[0], *map(inside, names[1:])])


def _name(role: str, names: Mapping[str, str]) -> str:
    return names.get(role) or role.replace("_", " ").capitalize()


def _left_out(left_out: pd.DataFrame) -> str:
    """Recommendations that this study can't carry, and why: said, so that nobody misses them in silence."""
    if left_out.empty:
        return ""
    rows = zip(left_out["recommendation"], left_out["reason"], strict=True)
    return (
        '<div class="nr-left-out"><p>Left out with this study:</p><ul>'
        + "".join(
            f"<li>{escape(str(id).replace('-', ' ').capitalize())}: {escape(str(reason))}</li>" for id, reason in rows
        )
        + "</ul></div>"
    )


# The questions, shown by the script -------------------------------------------------------------------------------------------


def _form(guidance: Guidance, names: Mapping[str, str]) -> str:
    """Role, setting and moment. A role that only some recommendation names is offered after the eight of the case studies."""
    named = {role for each in guidance.recommendations for role in each.roles} - {"all", *CASE_ROLES}
    roles = [(role, _name(role, names)) for role in (*CASE_ROLES, *sorted(named))]
    settings = [(setting, name) for setting, name in SETTINGS.items()]
    moments = "".join(_moment(value, text) for value, text in {"": "All moments", **_WHEN_QUESTION}.items())
    return (
        '<form class="nr-ask" data-nr="form" hidden autocomplete="off"><fieldset><legend>Your situation</legend>'
        + _select("role", "Which role?", [("", "Any role"), *roles, ("other", "Another new role")])
        + _select("setting", "Where?", [("", "Any setting"), *settings])
        + f'<fieldset class="nr-field"><legend>When?</legend><div class="nr-options">{moments}</div></fieldset>'
        "</fieldset></form>"
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    listing = "".join(f'<option value="{escape(value)}">{escape(text)}</option>' for value, text in options)
    return (
        f'<div class="nr-field"><label for="choose-{name}">{label}</label>'
        f'<select id="choose-{name}" name="{name}">{listing}</select></div>'
    )


def _moment(value: str, text: str) -> str:
    checked = "" if value else " checked"
    return (
        f'<label class="nr-option"><input type="radio" name="when" value="{value}"{checked}><span>{text}</span></label>'
    )


def _bar(total: int) -> str:
    return (
        '<div class="nr-bar" data-nr="bar" hidden tabindex="-1">'
        f'<p class="nr-count" role="status" data-nr="count">{total} of {total} apply.</p>'
        '<p class="nr-progress" data-nr="progress"></p>'
        '<p class="nr-help">Say of each item whether it is in place, and what you make of the suggestion. These are suggestions, with '
        'their reasons; what to do is for you to decide. <a href="#choose-keep">Order, print or keep the checklist</a></p></div>'
    )


def _print_head() -> str:
    """Only on paper: what the checklist is, and lines to fill in by hand."""
    return (
        '<div class="nr-on-paper"><p class="nr-paper-title">Checklist for a new role</p>'
        "<p>Suggestions that this book draws from the evidence on its cards. No study and no national body has issued them.</p>"
        '<p class="nr-lines"><span>Team</span><span>Filled in by</span><span>Date</span></p></div>'
    )


def _keep(level: int) -> str:
    return (
        f'<section class="nr-keep" id="choose-keep" data-nr="keep" hidden tabindex="-1" aria-labelledby="keep-title">'
        f'<h{level} id="keep-title">Order, print or keep the checklist</h{level}>'
        "<p>Ordering puts first, within each moment, what you scored lowest, and after it what has to wait for something else. "
        "Your choices and reasons stand in this page's address and nowhere else: a bookmark or a link that you share holds them, "
        "and nothing is sent.</p>"
        '<div class="nr-buttons"><button type="button" data-nr="order">Put least in place first</button>'
        '<button type="button" data-nr="print">Print the checklist</button>'
        '<button type="button" data-nr="csv">Download as CSV</button>'
        '<button type="button" data-nr="again">Start again</button></div></section>'
    )

"""What does a team need to talk a new role through? A workshop pack: agenda, cards, a map to fill in, and slides."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.errors import InputError
from newroles.guidance.baseline_workbook import ordered
from newroles.guidance.cards import Recommendation
from newroles.guidance.judging import Judged
from newroles.guidance.pack_words import NOT_THE_STUDY, badges, joined, notices, role_in_words, version_in_words
from newroles.guidance.statements import CONFIDENCE, confidence_level
from newroles.guidance.typesetting import Typesetter
from newroles.guidance.vocabulary import AUDIENCES, STRENGTH, WHEN, role_names
from newroles.guidance.workshop_agenda import BEFORE, LEGEND, MINUTES, STEPS, neighbours, people_to_ask
from newroles.guidance.workshop_slides import slides
from newroles.phrases import counted, inside, listed

CARDS_A_PAGE = 4
_ONE_SITTING = 12
"""Cards that a team can sort in the time that the agenda gives: our guess."""
_TASKS_ON_A_MAP, _ROLES_ON_A_MAP, _EMPTY_ROWS = 18, 8, 3
_MILLIMETRES_FOR_TASKS = 137.0  # of a landscape A4 page, below the heading, the legend and the names of the roles


def write_workshop_pack(
    judged: Judged,
    folder: str | Path,
    *,
    role: str = "all",
    tasks: Sequence[str] = (),
    tasks_from: str = "",
    made: str = "",
) -> pd.DataFrame:
    """What does a team print and show to talk a new role through? Writes four files into a folder.

    role: an id of the register, whose own advice comes first in each moment and is followed by the advice for everyone; `all`:
    the advice for everyone. tasks: names of tasks to put on the map as suggestions (`task_names`); tasks_from: a sentence
    that says where they are from. made: how and when the pack was made, for the small print.

    The PDFs meet PDF/UA-1 and the slides are one page of HTML that asks no network for anything. The same content gives the
    same bytes; files of the same name are written anew.

    Returns one row a file: role, kind (agenda, cards, map, slides), file (its name), pages (slides: how many), bytes, cards (how
    many recommendations it shows).

    Raises InputError for an unknown role, a role without any advice, and a text that can't be set.
    """
    chosen = ordered(judged, role)
    if not chosen:
        raise InputError(f"There is no advice for '{role}': a workshop pack needs at least one recommendation.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    words = {
        "agenda": agenda_source(judged, role, chosen, made),
        "cards": cards_source(judged, role, chosen, made),
        "map": map_source(judged, role, tasks, tasks_from, made),
    }
    rows = []
    for kind, source in words.items():
        content, pages = _setter(kind).pdf(source)
        rows.append((kind, _file(role, f"{kind}.pdf"), content, pages))
    page, count = slides(judged, role, chosen, version_in_words(judged, role), made)
    rows.append(("slides", _file(role, "slides.html"), page.encode("utf-8"), count))
    for _, name, content, _ in rows:
        (folder / name).write_bytes(content)
    shown = {"agenda": 0, "cards": len(chosen), "map": 0, "slides": page.count("<li data-recommendation=")}
    return pd.DataFrame(
        [(role, kind, name, pages, len(content), shown[kind]) for kind, name, content, pages in rows],
        columns=["role", "kind", "file", "pages", "bytes", "cards"],
    )


def task_names(tasks: pd.DataFrame, most: int = _TASKS_ON_A_MAP) -> list[str]:
    """Which tasks could a map suggest? Those that a study's table of tasks names most often, most often first.

    tasks: a study's table, of which the column task is used.

    >>> task_names(pd.DataFrame({"task": ["care_planning", "prescribing", "care_planning"]}))
    ['Care planning', 'Prescribing']
    """
    counts = tasks["task"].value_counts(sort=False).sort_index().sort_values(ascending=False, kind="stable")
    names = (str(task).replace("_", " ").capitalize() for task in counts.index[:most])
    return [name.replace("Mental health act", "Mental Health Act") for name in names]


def agenda_source(judged: Judged, role: str, chosen: Sequence[Recommendation], made: str) -> dict[str, Any]:
    """The words of the agenda, for its template."""
    begins = [0, *accumulate(step.minutes for step in STEPS)]
    moments = {when: sum(each.when == when for each in chosen) for when in WHEN}
    counts = listed([f"{count} {inside(WHEN[when])}" for when, count in moments.items() if count])
    cards = "There is one card" if len(chosen) == 1 else f"There are {len(chosen)} cards"
    many = (
        ""
        if len(chosen) <= _ONE_SITTING
        else " That is more than a team can sort well in one sitting: choose one moment beforehand."
    )
    return {
        **_about(judged, role, f"{MINUTES}-minute workshop: {role_in_words(role)}", made),
        "kicker": "For whoever leads the workshop",
        "about": "A team, the people it serves and those who decide agree who will do what when the role arrives.",
        "people": list(people_to_ask(role)),
        "before": list(BEFORE),
        "steps": [
            {
                "name": step.name, "minutes": f"{step.minutes} min", "clock": f"from minute {begin}", "do": step.do,
                "notes": list(step.notes),
            }
            for step, begin in zip(STEPS, begins, strict=False)
        ],
        "on_the_cards": (
            f"{cards}: {counts}.{many} The mark shows how strongly the advice is put: a full circle for should, half a "
            "circle for could, an empty one for unclear."
        ),
        "on_the_map": (
            "The map has one row a task and one column a role. Letters: "
            + listed([f"{letter} {meaning}" for letter, (_, meaning) in LEGEND.items()])
            + ". The tasks printed on it are suggestions: cross out what doesn't fit, and write in what is missing."
        ),
        "words": {
            "people": "Who should be in the room", "before": "Before the day", "steps": "Step by step",
            "cards": "About the cards", "map": "About the map", "of": "of",
        },
    }  # fmt: skip


def cards_source(judged: Judged, role: str, chosen: Sequence[Recommendation], made: str) -> dict[str, Any]:
    """The words of the cards, for their template: one card a recommendation."""
    return {
        **_about(judged, role, f"Cards to sort: {role_in_words(role)}", made),
        "cards": [
            {
                "id": each.id,
                "action": each.action,
                "plain": each.plain if each.plain != each.action else "",
                "when": WHEN[each.when],
                "acts": "; ".join([AUDIENCES[each.who_acts[0]], *(inside(AUDIENCES[one]) for one in each.who_acts[1:])]) + ".",
                "strength": each.strength,
                "strength_word": STRENGTH[each.strength],
                "why": each.why,
                "sure": CONFIDENCE[confidence_level(each)] + ".",
                "against": _against(each),
                "badges": [*badges(judged, each.id), *notices(judged, each.id)],
            }
            for each in chosen
        ],
        "words": {
            "acts": "Who acts:", "why": "Why:", "sure": "How sure:", "against": "Against it:", "because": "because",
            "choices": ["Yes", "No", "Later"],
        },
    }  # fmt: skip


def map_source(judged: Judged, role: str, tasks: Sequence[str], tasks_from: str, made: str) -> dict[str, Any]:
    """The words of the map to fill in, for its template: tasks down, roles across, twice."""
    suggested = list(dict.fromkeys(tasks))[:_TASKS_ON_A_MAP]
    rows = suggested + [""] * max(_EMPTY_ROWS, 12 - len(suggested))
    near = neighbours(role)
    roles = ["New role:" if role == "all" else role_names()[role], *near]
    roles += [""] * (_ROLES_ON_A_MAP - len(roles))
    high = round(_MILLIMETRES_FOR_TASKS / len(rows), 1)
    note = joined([tasks_from, "Cross out what doesn't fit."]) if suggested else ""
    asks = (
        ("Who does what today", "Put letters where a role stands towards a task today. Leave a square empty where it doesn't."),
        ("Who would do what with the new role", "Now as it would be a year after the role has come. Ring every letter that differs."),
    )  # fmt: skip
    return {
        **_about(judged, role, f"Map of tasks: {role_in_words(role)}", made),
        "maps": [{"title": title, "ask": ask, "note": note, "high": high} for title, ask in asks],
        "legend": [[letter, meaning] for letter, (_, meaning) in LEGEND.items()],
        "roles": roles,
        "new": True,
        "tasks": rows,
        "words": {"task": "Task"},
    }


def _about(judged: Judged, role: str, title: str, made: str) -> dict[str, Any]:
    version = version_in_words(judged, role)
    return {
        "title": title,
        "author": "New Roles analysis book",
        "keywords": ["new professional roles", "mental health services", "workshop"],
        "description": f"{title}. {NOT_THE_STUDY}",
        "footer": joined([f"{title}.", version, NOT_THE_STUDY]),
        "note": NOT_THE_STUDY,
        "made": joined([version, made]),
    }


def _against(each: Recommendation) -> str:
    """What speaks against it, as its card says: the first reason, and how many more there are."""
    if not each.against:
        return ""
    more = len(each.against) - 1
    return each.against[0].why + (f" ({counted(more, 'more reason')} in the book.)" if more else "")


_of_this_thread = threading.local()


def _setter(kind: str) -> Typesetter:
    """One typesetter a template and thread: it keeps what it worked out for the next pack, and can't serve two at a time."""
    if not hasattr(_of_this_thread, kind):
        setattr(_of_this_thread, kind, Typesetter(f"workshop_{kind}.typ"))
    return getattr(_of_this_thread, kind)


def _file(role: str, name: str) -> str:
    return f"workshop_{'any_role' if role == 'all' else role}_{name}"

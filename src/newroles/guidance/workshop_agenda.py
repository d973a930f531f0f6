"""What happens in a workshop about a new role? Ninety minutes in steps: our own design, to be bent to the team."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from newroles.datasets import load_codebook
from newroles.guidance.vocabulary import role_names
from newroles.phrases import listed, lower_case

MINUTES = 90


@dataclass(frozen=True)
class Step:
    """One step of the agenda: its minutes, what everybody does, and what helps whoever leads it."""

    name: str
    minutes: int
    do: str
    notes: tuple[str, ...]


STEPS = (
    Step("Welcome", 8, "Say who we are, which role we talk about, and what today can decide.", (
        "Say what is settled already and what isn't. Nobody forgives being asked about what was decided last month.",
        "Agree that we talk about tasks, not about persons. Names of service users stay out of the room.",
        "Ask what would make these ninety minutes worth it. Write three answers up and come back to them at the end.",
    )),
    Step("What is known", 10, "Hear the advice for each moment, what speaks against it, and what nobody knows.", (
        "Use the slides. Stop at what is unclear: it is where the team's own experience counts most.",
        "Say which advice rests on an invented example, if any does: it shows the method and proves nothing.",
    )),
    Step("Who does what today", 20, "In threes, put letters on the map for the roles that are there now. Then compare.", (
        "Mix roles in each group of three. One map for each group.",
        "Where two maps differ, ring the task. Don't settle it yet: the difference is the finding.",
        "A task with no letter D at all is worth a question: who does it really?",
    )),
    Step("Who would do what with the new role", 15, "On a second map, put the letters as they would be a year from now.", (
        "Ask of each new D: who stops doing it, and what do they do with the time?",
        "Ask of each S: who supervises, and which hours are set aside for it?",
        "If the new role is claimed by two professions, write both letters. Talk about it with the people who aren't here.",
    )),
    Step("Sort the cards", 20, "Deal the cards. Put each under yes, no or later, and write down because of what.", (
        "Deal out the cards of one moment first; go on to the next one only if there is time.",
        "Anybody can turn a card sideways: it means that we disagree. Hear one reason for and one against, then move on.",
        "A no with a reason is as useful as a yes. Keep it: somebody will ask in a year.",
    )),
    Step("Decide who and by when", 12, "Take at most five cards with a yes. For each: which job acts, by when, how we shall know.", (
        "An action that nobody in the room can take is given to a job outside it, and the team manager asks that person.",
        "Score the baseline workbook for these five at least. The rest can follow.",
    )),
    Step("Close", 5, "Read the decisions aloud. Set the day on which we look again. Go back to the three answers.", (
        "Thank people for what they said, above all for what was hard to say.",
        "Within a week, send round the maps, the sorted cards and the decisions to all who were there.",
    )),
)  # fmt: skip
"""The steps of the workshop; their minutes add up to `MINUTES`."""

BEFORE = (
    "Two to three weeks ahead: invite, and say what can be decided and what can't.",
    "A week ahead: send the plain versions of the advice, and ask who needs large print, needs a quiet room or will join online.",
    "Print: the cards, single-sided, cut in four; two maps for every three people; this agenda for whoever leads.",
    "Ask somebody from outside the team to lead, so that the manager can take part.",
    "Pay or thank service users and carers for their time as your organisation's policy says.",
)

GROUND_RULES = (
    "We talk about tasks, not about persons.",
    "One at a time. Everybody speaks once before anybody speaks twice.",
    "We don't have to agree. We write down where we differ.",
    "What is said here stays here; what is decided goes out.",
)

LEGEND = {
    "D": ("does", "does the task"),
    "S": ("supervises", "supervises somebody else who does it"),
    "C": ("claims", "says that the task should be theirs"),
    "G": ("gave up", "used to do it and has handed it over"),
}
"""Letters of the map: where a role stands towards a task, as `newroles.jurisdiction.POSITIONS` has it."""


def people_to_ask(role: str) -> tuple[str, ...]:
    """Who should be in the room? Eight to fourteen people, with the bordering roles that the register names for this one.

    role: an id of the register, or `all`.

    >>> people_to_ask("all")[3]
    'Two or three colleagues from the roles whose work borders on the new one.'
    """
    near = neighbours(role)
    roles = f": {listed([lower_case(one) for one in near], 'or')}" if near else ""
    one = "the new role" if role == "all" else f"this role ({lower_case(role_names()[role])})"
    return (
        "The manager of the team that the role will join.",
        "Whoever will supervise, and whoever can set their time aside.",
        f"Somebody who works in {one}, from another team if need be.",
        f"Two or three colleagues from the roles whose work borders on the new one{roles}.",
        "Two service users or carers, never one alone.",
        "Somebody who can say yes: a service or professional lead.",
    )


def neighbours(role: str, most: int = 5) -> list[str]:
    """Which roles border on this one, by the register? Their names, in the register's order.

    >>> neighbours("peer_support_worker", most=1) != []
    True
    """
    return [role_names()[one] for one in _borders().get(role, ()) if one in role_names()][:most]


@cache
def _borders() -> dict[str, tuple[str, ...]]:
    """Each role of the register and the roles that border on it."""
    codes = load_codebook("roles").codes
    return {
        role: tuple(near) if isinstance(near, list | tuple) else ()
        for role, near in zip(codes["id"], codes["borders_on"], strict=True)
    }

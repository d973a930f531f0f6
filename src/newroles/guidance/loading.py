"""Are the files of recommendations sound? Reads data/recommendations and refuses what can't be used, naming file, id and field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from newroles.datasets.places import data_folder
from newroles.datasets.yaml_files import read_yaml
from newroles.errors import InputError
from newroles.guidance import vocabulary as words
from newroles.guidance.cards import Collection, Component, Evidence, Guidance, Judgement, Recommendation
from newroles.guidance.expectations import checked_expects
from newroles.guidance.values import (
    Place,
    check_keys,
    date_of,
    each_of,
    ids_of,
    list_of,
    mapping,
    near,
    one_of,
    text_of,
)

COLLECTION_KEYS = ("title", "role", "about", "version", "changes", "nothing_for", "recommendations")
RECOMMENDATION_KEYS = tuple(field.name for field in fields(Recommendation) if field.name != "file")
NOT_COLLECTIONS = ("reviewed.yml",)
LONGEST_ACTION = 200
LONGEST_ID = 6
MOST_ITEMS = 3
EVERYONE = "everyone"

_EVIDENCE_KINDS = ("fact", "finding")


def recommendations_folder() -> Path:
    """Where the project keeps its recommendations: `data/recommendations`."""
    return data_folder() / "recommendations"


def load_recommendations(folder: Path | str | None = None) -> Guidance:
    """What do we recommend? Every file of recommendations of a folder, checked, in reading order.

    folder: the project's `data/recommendations` unless given. A file is for everyone (`everyone.yml`, or `everyone_` and more)
    or for the role that it is named after. Whether the evidence exists and says what it should is `judged`'s to check.

    Raises InputError for the first thing that is wrong, naming the file, the recommendation, the field and how to mend it.
    """
    home = recommendations_folder() if folder is None else Path(folder)
    for path in sorted(home.glob("*")):
        if path.suffix != ".yml" and path.suffix.lower() in (
            ".yml",
            ".yaml",
        ):  # it would go unread, and nobody would notice
            raise Place(path.name).wrong(f"rename it to {path.stem}.yml, so that it is read.")
    files = [path for path in sorted(home.glob("*.yml")) if path.name not in NOT_COLLECTIONS]
    if not files:
        raise InputError(
            f"There are no recommendations in {home.name}: expected everyone.yml and a file for each role."
        )
    collections = sorted((_collection(path) for path in files), key=_reading_order)
    guidance = Guidance(tuple(collections))
    _check_ids(guidance)
    _check_needs(guidance)
    _check_gaps(guidance)
    return guidance


def _reading_order(collection: Collection) -> tuple[int, str]:
    order = ("all", *words.CASE_ROLES)
    return (order.index(collection.role) if collection.role in order else len(order), collection.file)


def _collection(path: Path) -> Collection:
    content, place = read_yaml(path), Place(path.name)
    check_keys(content, COLLECTION_KEYS, place)
    role = one_of(content["role"], ["all", *words.role_names()], place.at("role"), "role")
    if role == "all" and path.stem != EVERYONE and not path.stem.startswith(f"{EVERYONE}_"):
        raise place.at("role").wrong("`all` is for everyone.yml; name here the role that the file is named after.")
    if role not in ("all", path.stem):
        raise place.at("role").wrong(f"the file of '{role}' is {role}.yml; rename the file or mend the role.")
    entries = list_of(content["recommendations"], place.at("recommendations"))
    return Collection(
        title=text_of(content["title"], place.at("title")),
        role=role,
        about=text_of(content["about"], place.at("about")),
        version=text_of(content["version"], place.at("version")),
        changes=tuple(_changes(content["changes"], place.at("changes"))),
        nothing_for=text_of(content["nothing_for"], place.at("nothing_for"), may_be_empty=True),
        recommendations=tuple(_recommendation(entry, number, role, place) for number, entry in enumerate(entries, 1)),
        file=path.name,
    )


def _changes(value: object, place: Place) -> Iterable[Mapping[str, Any]]:
    for number, entry in enumerate(list_of(value, place), 1):
        change = mapping(entry, ("version", "date", "change"), place.at(number))
        yield {
            "version": text_of(change["version"], place.at(number).at("version")),
            "date": date_of(change["date"], place.at(number).at("date")),
            "change": text_of(change["change"], place.at(number).at("change")),
        }


def _recommendation(entry: object, number: int, role: str, place: Place) -> Recommendation:
    numbered = place.at(f"recommendation {number}")
    if not isinstance(entry, dict) or "id" not in entry:
        raise numbered.wrong("expected an entry that begins with `- id:`.")
    id = text_of(entry["id"], numbered.at("id"))
    if not re.fullmatch(rf"[a-z0-9]+(-[a-z0-9]+){{0,{LONGEST_ID - 1}}}", id):
        raise numbered.at("id").wrong(
            f"'{id}' isn't an id: lower-case words joined by hyphens, at most {LONGEST_ID}, such as name-the-supervisor."
        )
    here = Place(place.file, id)
    check_keys(entry, RECOMMENDATION_KEYS, here)
    action = text_of(entry["action"], here.at("action"))
    if len(action) > LONGEST_ACTION:
        raise here.at("action").wrong(
            f"{len(action)} characters long; at most {LONGEST_ACTION}. Say less, or make it two."
        )
    roles = ids_of(entry["roles"], words.role_names(), here.at("roles"), "role", all_allowed=True)
    _check_home(roles, role, here.at("roles"))
    rests_on = _evidence(entry["rests_on"], here.at("rests_on"))
    if not rests_on:
        raise here.at("rests_on").wrong(
            "no evidence at all. Name at least one fact or finding, or leave the advice out."
        )
    reviewed_on = date_of(entry["reviewed_on"], here.at("reviewed_on"))
    review_by = date_of(entry["review_by"], here.at("review_by"))
    if review_by < reviewed_on:
        raise here.at("review_by").wrong(
            f"{review_by} lies before the last review on {reviewed_on}; give a later date."
        )
    return Recommendation(
        id=id,
        action=action,
        plain=text_of(entry["plain"], here.at("plain")),
        why=text_of(entry["why"], here.at("why")),
        who_acts=ids_of(entry["who_acts"], words.AUDIENCES, here.at("who_acts"), "audience"),
        when=one_of(entry["when"], words.WHEN, here.at("when"), "moment"),
        roles=roles,
        types=ids_of(entry["types"], words.change_types(), here.at("types"), "type of change", all_allowed=True),
        settings=ids_of(entry["settings"], words.SETTINGS, here.at("settings"), "setting", all_allowed=True),
        helps=ids_of(entry["helps"], words.GROUPS, here.at("helps"), "group"),
        strength=one_of(entry["strength"], words.STRENGTH, here.at("strength"), "strength"),
        needs=_needs(entry["needs"], here.at("needs")),
        rests_on=rests_on,
        against=_evidence(entry["against"], here.at("against")),
        confidence=each_of(entry["confidence"], words.COMPONENTS, here.at("confidence"), _component),
        evidence_to_decision=each_of(
            entry["evidence_to_decision"], words.JUDGEMENTS, here.at("evidence_to_decision"), _judgement
        ),
        readiness=_readiness(entry["readiness"], here.at("readiness")),
        measure=text_of(entry["measure"], here.at("measure")),
        would_change=text_of(entry["would_change"], here.at("would_change")),
        review_by=review_by,
        review_note=text_of(entry["review_note"], here.at("review_note"), may_be_empty=True),
        reviewed_on=reviewed_on,
        file=place.file,
    )


def _check_home(roles: tuple[str, ...], role: str, place: Place) -> None:
    """Advice for everyone lies in everyone.yml, advice for a role in the file of (one of) its roles."""
    if role == "all" and roles != ("all",):
        raise place.wrong(f"this file is for everyone; advice for {', '.join(roles)} belongs in {roles[0]}.yml.")
    if role != "all" and role not in roles:
        raise place.wrong(f"this is the file of '{role}', which isn't among its roles ({', '.join(roles)}).")


def _needs(value: object, place: Place) -> tuple[str, ...]:
    needs = tuple(text_of(each, place) for each in list_of(value, place))
    if len(set(needs)) < len(needs):
        raise place.wrong("names a recommendation twice.")
    return needs


def _readiness(value: object, place: Place) -> tuple[str, ...]:
    items = tuple(text_of(each, place.at(number)) for number, each in enumerate(list_of(value, place), 1))
    if not 1 <= len(items) <= MOST_ITEMS or len(set(items)) < len(items):
        raise place.wrong(
            f"expected 1 to {MOST_ITEMS} different things that a team can score 0, 1 or 2; got {len(items)}."
        )
    return items


def _evidence(value: object, place: Place) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    seen: set[str] = set()
    for number, entry in enumerate(list_of(value, place), 1):
        here = place.at(number)
        if not isinstance(entry, dict):
            raise here.wrong("expected {fact: ..., expects: ..., why: ...}, or finding in place of fact.")
        kinds = [kind for kind in _EVIDENCE_KINDS if kind in entry]
        if len(kinds) != 1:
            raise here.wrong(
                "an entry names either a fact or a finding" + (", not both." if kinds else "; it names neither.")
            )
        check_keys(entry, (kinds[0], "expects", "why"), here)
        expects = text_of(entry["expects"], here.at("expects"))
        try:
            checked_expects(kinds[0], expects)
        except InputError as error:
            raise here.at("expects").wrong(str(error)) from None
        each = Evidence(
            kinds[0], text_of(entry[kinds[0]], here.at(kinds[0])), expects, text_of(entry["why"], here.at("why"))
        )
        if each.key in seen:
            raise here.wrong(
                f"the {each.kind} '{each.id}' is named twice here; say once what it says about this advice."
            )
        seen.add(each.key)
        found.append(each)
    return tuple(found)


def _component(value: object, place: Place) -> Component:
    entry = mapping(value, ("concern", "reason"), place)
    concern = one_of(entry["concern"], words.CONCERN, place.at("concern"), "concern")
    return Component(concern, text_of(entry["reason"], place.at("reason")))


def _judgement(value: object, place: Place) -> Judgement:
    entry = mapping(value, ("line", "evidence"), place)
    keys = tuple(text_of(each, place.at("evidence")) for each in list_of(entry["evidence"], place.at("evidence")))
    for key in keys:
        if not re.fullmatch(r"(fact|finding):[a-z0-9-]+", key):
            raise place.at("evidence").wrong(f'\'{key}\' isn\'t evidence: write "fact:some-id" or "finding:some-id".')
    if len(set(keys)) < len(keys):
        raise place.at("evidence").wrong("the same evidence is named twice.")
    return Judgement(text_of(entry["line"], place.at("line")), keys)


# What holds over all files ------------------------------------------------------------------------------------------------


def _check_ids(guidance: Guidance) -> None:
    seen: dict[str, str] = {}
    for each in guidance:
        if each.id in seen:
            where = f"in {seen[each.id]} too" if seen[each.id] != each.file else "twice in this file"
            raise Place(each.file, each.id, "id").wrong(f"the id is used {where}; give one of them another.")
        seen[each.id] = each.file


def _check_needs(guidance: Guidance) -> None:
    by_id = {each.id: each for each in guidance}
    for each in guidance:
        for need in each.needs:
            if need not in by_id:
                raise Place(each.file, each.id, "needs").wrong(
                    f"there is no recommendation '{need}'. {near(need, by_id)}"
                )
    circle = circle_of({each.id: each.needs for each in guidance})
    if circle:
        raise Place(by_id[circle[0]].file, circle[0], "needs").wrong(
            f"goes round in a circle: {' needs '.join(circle)}. Take one of these needs away."
        )


def _check_gaps(guidance: Guidance) -> None:
    """A role with few recommendations of its own says what could not be advised, so that absence is a finding."""
    for collection in guidance.collections:
        if collection.role == "all" or collection.nothing_for:
            continue
        n = len(guidance.for_role(collection.role, generic=False))
        if n < words.ENOUGH:
            raise Place(collection.file, field="nothing_for").wrong(
                f"the role has {n or 'no'} recommendations of its own, fewer than {words.ENOUGH}; say in a sentence what "
                "could not be advised, and why."
            )


def circle_of(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Which recommendations need one another in a circle? The ids along it, the first again at the end; none: an empty list.

    >>> circle_of({"a": ["b"], "b": ["c"], "c": ["b"]})
    ['b', 'c', 'b']
    >>> circle_of({"a": ["b"], "b": []})
    []
    """
    done: set[str] = set()
    for start in needs:
        path, waiting = [start], [iter(needs[start])]
        while path:
            following = next(waiting[-1], None)
            if following is None:
                done.add(path.pop())
                waiting.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                waiting.append(iter(needs[following]))
    return []

"""Which roles does the official list of job role names know? The register of roles held against 392 official names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rapidfuzz import fuzz

from newroles.datasets.sources import files
from newroles.datasets.sources.tables import Column, OpenTable
from newroles.errors import InputError


@dataclass(frozen=True)
class Decision:
    """One dated decision about a role and the official name nearest to it."""

    official_code: str
    same_role: bool
    decided_on: str
    reason: str


DECISIONS = {
    "health_care_assistant": Decision(
        "R1480", True, "2026-11-21", "The same words: the list writes 'Healthcare' as one word."
    ),
    "recovery_worker": Decision(
        "R1710",
        False,
        "2026-11-21",
        "Support, Time and Recovery is a role of its own (2004 to 2006); a recovery worker need not hold it.",
    ),
    "advanced_practitioner": Decision(
        "R1360",
        False,
        "2026-11-21",
        "A specialist practitioner is a senior post in one profession, not advanced practice.",
    ),
    "community_development_worker": Decision(
        "R9545", False, "2026-11-21", "The community worker of the list is a social worker for children."
    ),
    "psychological_wellbeing_practitioner": Decision(
        "R1310",
        False,
        "2026-11-21",
        "A clinical psychologist is another profession, and the one that supervises this role.",
    ),
    "clinical_associate_in_psychology": Decision(
        "R1310",
        False,
        "2026-11-21",
        "A clinical psychologist is another profession, and the one that supervises this role.",
    ),
    "nursing_associate": Decision(
        "R1543",
        False,
        "2026-11-21",
        "Associate Practitioner - Nurse is an unregistered assistant role; nursing associates are registered.",
    ),
    "mental_health_pharmacist": Decision(
        "R1290", False, "2026-11-21", "The list knows pharmacists in general, not those of mental health."
    ),
    "support_worker": Decision(
        "R1450",
        False,
        "2026-11-21",
        "The list knows support workers of health care and of social care, not one of mental health.",
    ),
    "trainee_psychiatrist": Decision(
        "R0110", False, "2026-11-21", "The list names grades of doctors in training, not their specialty."
    ),
}

FAMILIES: dict[str, tuple[str, ...]] = {  # words (regular expressions) looked for in this order; the first family wins
    "access_roles_for_systems": ("access role",),
    "students_and_trainees": (
        *("student", "trainee", "cadet", "pre-reg", "house officer"),
        r"registrar\b(?!.*level)",
    ),
    "systems_and_information": (
        *("system", "systmone", "network", "desktop", "helpdesk", "end point", "registration authority"),
        *(r"\brts\b", r"\bers\b", r"\betp\b", r"\becs\b", r"\bebs\b", r"\boss\b", r"\bisp\b"),
        *(
            "rbac",
            "dsa ",
            "pacs ",
            "sap ",
            "pas manager",
            "nasp",
            "spine",
            "portal",
            "liquidlogic",
            r"i\.epr",
            "synergy",
        ),
        *("directory of services", "technical codes", "content", "user details", "workgroup", "demographic"),
        *("privacy", "security", "caldicott", "map of medicine", "clinical application", "availability", "ad-hoc"),
    ),
    "dental": ("dental",),
    "medical": (
        *("medical director", "medical officer", "doctor", "psychiatrist", "medical practitioner"),
        *(
            "general practitioner$",
            "associate specialist",
            "staff grade",
            "hospital practitioner",
            "clinical assistant",
        ),
        *(r"\bgp\b", "salaried general", "radiologist", "^consultant$", "^clinical director", "professor"),
        *("senior lecturer", "public health"),
    ),
    "psychological": ("psycholog", "psychotherap", "counsellor"),
    "social_care": (
        *("social", "home care", "home help", "warden", "meals", "day centre", "family", "nursery", "playgroup"),
        *("residential", "intermediate care", "child", "youth worker", "community worker"),
    ),
    "nursing_and_midwifery": (
        *("nurs", "sister", "matron", "midwi", "community practitioner"),
        *("clinical team manager", "community team manager", "ward manager"),
    ),
    "science_and_pharmacy": (
        *("pharmac", "dispenser", "scientist", "technician - (?:ps&t|healthcare)", "medical technical officer"),
    ),
    "clerical": (
        *("clerk", "clerical", "secretary", "receptionist", "administrator", "personal assistant", "officer"),
        *("records", "waiting list", "coder", "call operator"),
    ),
    "assistants_and_support_workers": (
        *("assistant", "associate practitioner", "support worker", "helper", "gateway", "support, time", "porter"),
        *("phlebotomist", "technical instructor", "cytoscreener", "^technician - additional"),
    ),
    "therapies_and_allied_health": (
        *("therap", "dietit", "orthopt", "physio", "paramedic", "radiograph", "orthot", "prosthet", "chiropod"),
        *("audiolog", "speech", "osteopath", "optomet", "play specialist", "odp", "practitioner"),
    ),
    "management_and_other": ("",),
}


def official_role_names(names: pd.DataFrame, register: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Which roles of our register does the official list of 392 job role names know, and under which name?

    One row a role, in the order of the register. A role is on the list when one of its full names is an official name
    (capitals, punctuation and '&' ignored), or when a dated decision of ours says so; a likeness alone never counts.
    `score` is rapidfuzz's ratio (0-100) between the nearest pair of names.

    `names`: one row an official name: code, display. `register`: the codes of the role register.

    Raises InputError when a code that one of our decisions rests on is no longer on the list.
    """
    official = names.sort_values("code").assign(plain=lambda table: table["display"].map(plain_name))
    rows = [_match(role, official) for role in register]
    return pd.DataFrame(rows, columns=[column.name for column in _NAME_COLUMNS])


def _match(role: dict[str, Any], official: pd.DataFrame) -> dict[str, Any]:
    own_names = [role["name"], *(entry["name"] for entry in role.get("names") or [])]
    nearest = _nearest(own_names, official)
    decision = DECISIONS.get(role["id"])
    reason: str | None = None
    decided_on: str | None = None
    if nearest["score"] == 100.0:
        how, on_list = ("name" if nearest["is_first"] else "other name"), True
    elif decision is not None:
        chosen = official.loc[official["code"] == decision.official_code]
        if chosen.empty:
            raise InputError(
                f"Source file {files.OFFICIAL_NAMES.path}, column 'code': {decision.official_code} is gone, "
                f"which the decision of {decision.decided_on} about '{role['id']}' rests on. Decide anew."
            )
        nearest = _likeness(own_names, chosen.iloc[0])
        how, on_list, reason, decided_on = "decision", decision.same_role, decision.reason, decision.decided_on
    else:
        how, on_list = "none", False
    return {
        "role": role["id"],
        "name": role["name"],
        "family": role.get("family"),
        "counts_as_new": {True: "yes", False: "no", "earlier_wave": "earlier wave"}.get(role.get("new", "")),
        "on_list": on_list,
        "matched_by": how,
        "official_name": nearest["display"],
        "official_code": nearest["code"],
        "score": nearest["score"],
        "decided_on": decided_on,
        "reason": reason,
    }


def _nearest(own_names: list[str], official: pd.DataFrame) -> dict[str, Any]:
    """The official name most like any of the role's names; on a tie the earlier own name, then the lower code."""
    likenesses = [_likeness(own_names, row) for _, row in official.iterrows()]
    return max(likenesses, key=lambda likeness: (likeness["score"], likeness["is_first"], -likeness["position"]))


def _likeness(own_names: list[str], official_name: pd.Series) -> dict[str, Any]:
    scores = [fuzz.ratio(plain_name(name), official_name["plain"]) for name in own_names]
    best = max(scores)
    position = scores.index(best)
    return {
        "display": official_name["display"],
        "code": official_name["code"],
        "score": float(best),
        "is_first": position == 0,
        "position": position,
    }


def plain_name(name: str) -> str:
    """A role name in lower case, without punctuation and joining words, so that spellings of one name agree.

    >>> plain_name("Support, Time & Recovery  Worker") == plain_name("Support, Time, Recovery Worker")
    True
    """
    words = re.sub(r"[^a-z0-9]+", " ", name.lower().replace("'", "").replace("’", "")).split()
    return " ".join(word for word in words if word != "and")


def official_role_families(names: pd.DataFrame) -> pd.DataFrame:
    """What kinds of role is the official list made of? Counts of its 392 names by broad family.

    One row a family; families are ours, given by the words of the name (first rule that fits).
    """
    family = names["display"].str.lower().map(role_family)
    counts = family.value_counts()
    table = pd.DataFrame({"family": list(FAMILIES)})
    table["official_names"] = table["family"].map(counts).fillna(0).astype(int)
    table["share"] = table["official_names"] / len(names)
    return table.sort_values(["official_names", "family"], ascending=[False, True], ignore_index=True)


def role_family(official_name: str) -> str:
    """Which broad family does an official role name belong to, by its words?

    >>> role_family("Community Mental Health Nurse")
    'nursing_and_midwifery'
    """
    return next(family for family, words in FAMILIES.items() if re.search("|".join(words), official_name.lower()))


_SOURCE = (
    {
        "name": "UK Core code system SDS job role name, version 2.0.0 (2021-09-10), HL7 UK",
        "url": "https://github.com/NHSDigital/FHIR-R4-UKCORE-STAGING-MAIN",
    },
)
_LICENCE = "Apache License 2.0, (c) 2021+ HL7 UK"
_ATTRIBUTION = (
    "Compared with job role names of the UK Core code system SDSJobRoleName, (c) 2021+ HL7 UK, Apache License 2.0."
)
_LIST_PROBLEM = (
    "The list is for access to national systems (role-based access control), version of September 2021 and "
    "since retired: "
    "a role that is missing from it may still exist in pay and staff records."
)

_NAME_COLUMNS = (
    Column("role", "string", "Id of the role in the register of roles."),
    Column("name", "string", "Name of the role in the register."),
    Column("family", "string", "Family of the role in the register."),
    Column(
        "counts_as_new", "string", "Whether the register counts it as new: yes, no, or earlier wave (2004 to 2006)."
    ),
    Column("on_list", "boolean", "Whether the official list knows the role."),
    Column(
        "matched_by",
        "string",
        "How that was found: name, other name (of the register), decision (ours, dated), or none.",
    ),
    Column("official_name", "string", "The official name that matches or, where none does, that is most alike."),
    Column("official_code", "string", "Code of that official name."),
    Column("score", "number", "Likeness of the two names (rapidfuzz ratio); 100 is the same.", "0-100", 1),
    Column("decided_on", "string", "Date of our decision, where one was needed."),
    Column("reason", "string", "Reason of our decision."),
)

TABLES = (
    OpenTable(
        name="official_role_names",
        title="Roles of the register that the official list of job role names knows",
        builder=official_role_names,
        inputs={"names": files.OFFICIAL_NAMES},
        one_row_is="one role of the register of roles, with the nearest of 392 official names",
        period="2021-09",
        place="United Kingdom",
        source=_SOURCE,
        licence=_LICENCE,
        attribution=_ATTRIBUTION,
        columns=_NAME_COLUMNS,
        known_problems=(
            _LIST_PROBLEM,
            (
                "Assistant Practitioner stands among the radiography codes of the list, so it may have been "
                "meant for that field alone."
            ),
            "A match by name does not show that both mean the same work.",
            "The table depends on the register of roles (data/codebooks/roles.yml) as well as on the list.",
        ),
        needs_register=True,
    ),
    OpenTable(
        name="official_role_families",
        title="The official list of job role names by broad family",
        builder=official_role_families,
        inputs={"names": files.OFFICIAL_NAMES},
        one_row_is="one broad family of job role names",
        period="2021-09",
        place="United Kingdom",
        source=_SOURCE,
        licence=_LICENCE,
        attribution=_ATTRIBUTION,
        columns=(
            Column("family", "string", "Broad family, ours, given by the words of the official name."),
            Column("official_names", "integer", "Official names in the family.", "names"),
            Column("share", "number", "Share of the 392 names.", "0-1"),
        ),
        known_problems=(
            _LIST_PROBLEM,
            (
                "Families follow the words of the names, so a general name (Practitioner, Manager, Technician) "
                "may be in the wrong one."
            ),
        ),
    ),
)

"""Who works in an invented team: how many people of which role, and in which pay bands."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from newroles.errors import InputError
from newroles.simulate.teams import CHILDREN

# our own choice of a plausible team; a role of the register that isn't listed has a small place everywhere
USUAL: Mapping[str, float] = {
    "registered_nurse": 0.3, "health_care_assistant": 0.14, "support_worker": 0.07, "psychiatrist": 0.06,
    "trainee_psychiatrist": 0.04, "practitioner_psychologist": 0.06, "assistant_psychologist": 0.05,
    "psychological_therapist": 0.05, "occupational_therapist": 0.07, "social_worker": 0.08, "care_coordinator": 0.08,
}  # fmt: skip
WITH_CHILDREN: Mapping[str, float] = {
    "cypmh_specialist": 0.25, "psychological_therapist": 0.13, "registered_nurse": 0.17, "social_worker": 0.1,
    "practitioner_psychologist": 0.08, "assistant_psychologist": 0.07, "psychiatrist": 0.06,
    "senior_mental_health_lead": 0.09, "support_worker": 0.05,
}  # fmt: skip
BANDS: Mapping[str, Mapping[str, float]] = {
    "registered_nurse": {"5": 0.5, "6": 0.4, "7": 0.1},
    "health_care_assistant": {"2": 0.4, "3": 0.6},
    "support_worker": {"3": 0.7, "4": 0.3},
    "psychiatrist": {"medical": 1.0},
    "trainee_psychiatrist": {"medical": 1.0},
    "practitioner_psychologist": {"7": 0.4, "8a": 0.4, "8b": 0.2},
    "assistant_psychologist": {"4": 0.5, "5": 0.5},
    "psychological_therapist": {"7": 1.0},
    "occupational_therapist": {"5": 0.3, "6": 0.6, "7": 0.1},
    "social_worker": {"6": 0.8, "7": 0.2},
    "care_coordinator": {"6": 1.0},
    "cypmh_specialist": {"6": 0.5, "7": 0.5},
    "senior_mental_health_lead": {"other": 1.0},
    "pharmacist": {"7": 0.5, "8a": 0.5},
    "peer_support_worker": {"3": 0.5, "4": 0.5},
    "physician_associate": {"7": 1.0},
    "approved_responsible_clinician": {"8a": 0.5, "8b": 0.5},
}
# where a band stands in the hierarchy; medical by role
RANKS: Mapping[str, float] = {
    "2": 2, "3": 3, "4": 4, "5": 5, "6": 6, "7": 7, "8a": 8, "8b": 8.5, "8c": 9, "8d": 9.5, "9": 10, "other": 5,
}  # fmt: skip
MEDICAL_RANKS: Mapping[str, float] = {"psychiatrist": 10, "trainee_psychiatrist": 7}
_ELSEWHERE = 0.01


def existing_staff(new_role: str, setting: str, people: int, register: pd.DataFrame) -> dict[str, int]:
    """How many people of which existing role does a team of this size have before a new role comes?

    `register`: the codes of a role register. Shares are those above; every existing role on which the new one borders
    is there, if the size allows. Places that don't divide evenly go to the largest remainders.

    Returns the number of people by role, at least 1 each, in the register's order.

    Raises InputError for a register without existing roles.

    >>> from newroles.datasets import load_codebook
    >>> staff = existing_staff("peer_support_worker", "inpatient", 24, load_codebook("roles").codes)
    >>> sum(staff.values()), staff["registered_nurse"]
    (24, 7)
    """
    usual = WITH_CHILDREN if setting == CHILDREN else USUAL
    existing = register.loc[~register["new"].isin([True, "true", "earlier_wave"]), "id"].tolist()
    if not existing:
        raise InputError("The register of roles has no existing role: teams can't be staffed. Set case_teams to 0.")
    borders = [role for role in bordering_roles(new_role, register) if role in existing]
    shares = {role: usual.get(role, _ELSEWHERE if role in borders else 0.0) for role in existing}
    if not sum(shares.values()):
        shares = dict.fromkeys(existing, 1.0)
    total = sum(shares.values())
    exact = {role: people * part / total for role, part in shares.items()}
    staff = {role: max(int(number), int(role in borders)) for role, number in exact.items()}
    by_remainder = sorted(existing, key=lambda role: staff[role] - exact[role])
    for step in range(max(0, people - sum(staff.values()))):
        staff[by_remainder[step % len(by_remainder)]] += 1
    while sum(staff.values()) > max(people, 1):
        staff[max(existing, key=lambda role: staff[role])] -= 1
    return {role: number for role, number in staff.items() if number}


def bordering_roles(role: str, register: pd.DataFrame) -> list[str]:
    """On which roles of the register does this role border? Their ids; none when the register doesn't say."""
    rows = register.loc[register["id"] == role]
    listed = rows["borders_on"].iloc[0] if len(rows) and "borders_on" in register.columns else None
    return [str(each) for each in listed if each in set(register["id"])] if isinstance(listed, list) else []


def band_choices(role: str, register: pd.DataFrame) -> dict[str, float]:
    """Which pay bands do people of this role have, with which shares? Of a new role, the register's band."""
    if role in BANDS:
        return dict(BANDS[role])
    rows = register.loc[register["id"] == role]
    named = str(rows["band"].iloc[0]) if len(rows) and "band" in register.columns else ""
    found = [band for band in RANKS if band in named.replace(",", " ").split()]
    return dict.fromkeys(found, 1 / len(found)) if found else {"4": 1.0}


def rank(role: str, band: str) -> float:
    """Where does a person of this role and band stand in the hierarchy? Higher numbers stand higher.

    >>> rank("psychiatrist", "medical") > rank("registered_nurse", "7") > rank("registered_nurse", "5")
    True
    """
    return MEDICAL_RANKS.get(role, 8.0) if band == "medical" else RANKS.get(band, 5.0)

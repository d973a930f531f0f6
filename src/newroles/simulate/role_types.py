"""Which kinds of skill-mix change the roles of an invented study truly are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from newroles.simulate.coding import INTERFACE_CODES, NOTHING, ROLE_CODES, CodingSpec

# our own reading of published descriptions of these roles, for the invented study only
ROLE_TYPES: Mapping[str, tuple[str, ...]] = {
    "advanced_practitioner": ("SMC-ENH",),
    "clinical_associate_in_psychology": ("SMC-DEL",),
    "education_mental_health_practitioner": ("SMC-INN", "SMC-TRA"),
    "mental_health_wellbeing_practitioner": ("SMC-INN",),
    "approved_responsible_clinician": ("SMC-SUB-VER",),
    "nursing_associate": ("SMC-DEL",),
    "peer_support_worker": ("SMC-INN",),
    "physician_associate": ("SMC-SUB-VER",),
    "psychological_wellbeing_practitioner": ("SMC-INN",),
    "childrens_wellbeing_practitioner": ("SMC-INN",),
    "assistant_practitioner": ("SMC-DEL",),
    "non_medical_prescriber": ("SMC-SUB-VER", "SMC-ENH"),
    "first_contact_mental_health_practitioner": ("SMC-LIA", "SMC-REL"),
}


def draw_role_types(
    roles: Iterable[str], register: pd.DataFrame, spec: CodingSpec, rng: np.random.Generator
) -> dict[str, list[str]]:
    """Which kinds of skill-mix change is each role, truly?

    `roles`: ids, registered or local; `register`: the codes of a role register. The roles of the case studies, and a
    few well-known others, are what our own reading of their published descriptions says. An existing role of the
    register changes nothing (SMC-NONE). Any other role gets one kind in proportion to `role_weights`, a second with
    probability `second_type`, and each way in which services meet with its probability in `interface_weights`.

    Returns codes of skill_mix_change by role, for `roles` and every new role of the register, in alphabetical order.
    """
    new = dict(zip(register["id"], register["new"].isin([True, "true", "earlier_wave"]), strict=True))
    weights = np.array([spec.role_weights[code] for code in ROLE_CODES], dtype=float)
    types: dict[str, list[str]] = {}
    for role in sorted({*roles, *(role for role, is_new in new.items() if is_new)}):
        number = 1 + int(rng.random() < spec.second_type)
        drawn = rng.choice(ROLE_CODES, number, replace=False, p=weights / weights.sum()).tolist()
        meets = [code for code in INTERFACE_CODES if rng.random() < spec.interface_weights[code]]
        if not new.get(role, True):
            types[role] = [NOTHING["skill_mix_change"]]
        else:
            types[role] = list(ROLE_TYPES.get(role, (*drawn, *meets)))
    return types

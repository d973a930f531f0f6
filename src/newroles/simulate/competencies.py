"""What each role of an invented study is meant to be able to do, and how far new roles overlap with those they border on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from newroles.simulate.parameters import Section, parameter, share
from newroles.simulate.staffing import bordering_roles

# Our own list and our own weights, 0-1: they are invented and say nothing about real frameworks or job descriptions.
COMPETENCIES = (
    "assesses_mental_state", "assesses_risk", "plans_care", "responds_to_crises", "plans_discharge",
    "takes_mental_health_act_decisions", "prescribes_medicines", "reviews_medicines", "gives_medicines",
    "checks_physical_health", "formulates_psychologically", "delivers_structured_therapy",
    "delivers_brief_interventions", "runs_groups", "works_with_families", "shares_lived_experience",
    "gives_practical_help", "connects_to_community", "works_with_schools", "gives_personal_care", "supervises_others",
    "leads_improvement",
)  # fmt: skip
EXISTING: Mapping[str, Mapping[str, float]] = {
    "registered_nurse": {
        "assesses_mental_state": 0.7, "assesses_risk": 0.8, "plans_care": 0.8, "responds_to_crises": 0.8,
        "plans_discharge": 0.6, "gives_medicines": 0.9, "reviews_medicines": 0.3, "checks_physical_health": 0.6,
        "delivers_brief_interventions": 0.3, "works_with_families": 0.4, "supervises_others": 0.5,
    },
    "health_care_assistant": {
        "checks_physical_health": 0.5, "gives_personal_care": 0.9, "gives_practical_help": 0.5, "runs_groups": 0.3,
    },
    "enrolled_nurse": {"gives_medicines": 0.7, "checks_physical_health": 0.6, "gives_personal_care": 0.7},
    "support_worker": {
        "gives_practical_help": 0.9, "connects_to_community": 0.6, "gives_personal_care": 0.5, "runs_groups": 0.3,
    },
    "assistant_psychologist": {
        "formulates_psychologically": 0.3, "delivers_brief_interventions": 0.7, "runs_groups": 0.7,
        "leads_improvement": 0.3,
    },
    "practitioner_psychologist": {
        "assesses_mental_state": 0.6, "assesses_risk": 0.5, "formulates_psychologically": 1.0,
        "delivers_structured_therapy": 0.9, "runs_groups": 0.4, "works_with_families": 0.4, "supervises_others": 0.8,
        "leads_improvement": 0.6,
    },
    "psychological_therapist": {
        "assesses_risk": 0.4, "formulates_psychologically": 0.7, "delivers_structured_therapy": 1.0,
        "delivers_brief_interventions": 0.4, "runs_groups": 0.4, "works_with_families": 0.6, "supervises_others": 0.4,
    },
    "cypmh_specialist": {
        "assesses_mental_state": 0.6, "assesses_risk": 0.7, "plans_care": 0.7, "responds_to_crises": 0.5,
        "formulates_psychologically": 0.4, "delivers_structured_therapy": 0.5, "delivers_brief_interventions": 0.6,
        "works_with_families": 0.8, "works_with_schools": 0.4, "supervises_others": 0.6,
    },
    "senior_mental_health_lead": {"works_with_schools": 1.0, "works_with_families": 0.5, "leads_improvement": 0.7},
    "psychiatrist": {
        "assesses_mental_state": 1.0, "assesses_risk": 0.8, "plans_care": 0.6, "responds_to_crises": 0.5,
        "takes_mental_health_act_decisions": 0.9, "prescribes_medicines": 1.0, "reviews_medicines": 0.9,
        "checks_physical_health": 0.4, "supervises_others": 0.7, "leads_improvement": 0.5,
    },
    "trainee_psychiatrist": {
        "assesses_mental_state": 0.8, "assesses_risk": 0.6, "responds_to_crises": 0.6, "prescribes_medicines": 0.7,
        "reviews_medicines": 0.5, "checks_physical_health": 0.8, "plans_discharge": 0.4,
    },
    "care_coordinator": {
        "assesses_risk": 0.6, "plans_care": 1.0, "responds_to_crises": 0.4, "plans_discharge": 0.7,
        "works_with_families": 0.5, "gives_practical_help": 0.4, "connects_to_community": 0.6,
    },
    "occupational_therapist": {
        "plans_care": 0.4, "runs_groups": 0.8, "gives_practical_help": 0.8, "connects_to_community": 0.6,
        "supervises_others": 0.4, "plans_discharge": 0.5,
    },
    "social_worker": {
        "assesses_risk": 0.6, "plans_care": 0.6, "plans_discharge": 0.7, "works_with_families": 0.8,
        "gives_practical_help": 0.5, "connects_to_community": 0.5,
    },
    "pharmacist": {"reviews_medicines": 1.0, "gives_medicines": 0.4, "leads_improvement": 0.4},
}  # fmt: skip
ANY_EXISTING_ROLE: Mapping[str, float] = {"plans_care": 0.6, "assesses_risk": 0.5, "gives_practical_help": 0.4}
# what a new role brings of its own, whatever it borders on
DISTINCTIVE: Mapping[str, tuple[str, ...]] = {
    "advanced_practitioner": ("prescribes_medicines", "supervises_others", "leads_improvement"),
    "clinical_associate_in_psychology": ("delivers_structured_therapy", "delivers_brief_interventions"),
    "education_mental_health_practitioner": ("works_with_schools", "delivers_brief_interventions"),
    "mental_health_wellbeing_practitioner": ("delivers_brief_interventions", "connects_to_community"),
    "approved_responsible_clinician": ("takes_mental_health_act_decisions", "leads_improvement"),
    "nursing_associate": ("checks_physical_health", "gives_personal_care"),
    "peer_support_worker": ("shares_lived_experience", "connects_to_community"),
    "physician_associate": ("checks_physical_health", "plans_discharge"),
    "psychological_wellbeing_practitioner": ("delivers_brief_interventions", "assesses_risk"),
    "childrens_wellbeing_practitioner": ("delivers_brief_interventions", "works_with_families"),
    "youth_intensive_psychological_practitioner": ("delivers_brief_interventions", "works_with_families"),
    "high_intensity_therapist": ("delivers_structured_therapy",),
    "assistant_practitioner": ("checks_physical_health", "gives_practical_help"),
    "recovery_worker": ("gives_practical_help", "runs_groups"),
    "social_prescribing_link_worker": ("connects_to_community",),
    "care_navigator": ("connects_to_community", "gives_practical_help"),
    "non_medical_prescriber": ("prescribes_medicines", "reviews_medicines"),
    "mental_health_pharmacist": ("prescribes_medicines", "reviews_medicines"),
    "mental_health_pharmacy_technician": ("gives_medicines",),
    "first_contact_mental_health_practitioner": ("assesses_mental_state", "connects_to_community"),
    "family_ambassador": ("shares_lived_experience", "works_with_families"),
    "peer_support_lead": ("shares_lived_experience", "supervises_others", "leads_improvement"),
    "employment_specialist": ("gives_practical_help", "connects_to_community"),
    "support_time_recovery_worker": ("gives_practical_help", "connects_to_community"),
    "gateway_worker": ("responds_to_crises", "connects_to_community"),
    "carer_support_worker": ("works_with_families", "connects_to_community"),
    "community_development_worker": ("connects_to_community", "leads_improvement"),
}
ANY_NEW_ROLE = ("delivers_brief_interventions", "connects_to_community")
# competencies that only these new roles may take on
RESERVED: Mapping[str, tuple[str, ...]] = {
    "prescribes_medicines": ("advanced_practitioner", "non_medical_prescriber", "mental_health_pharmacist"),
    "takes_mental_health_act_decisions": ("approved_responsible_clinician",),
    "delivers_structured_therapy": (
        "clinical_associate_in_psychology", "approved_responsible_clinician", "high_intensity_therapist",
    ),
    "gives_medicines": (
        "advanced_practitioner", "nursing_associate", "non_medical_prescriber", "mental_health_pharmacist",
        "mental_health_pharmacy_technician",
    ),
    "supervises_others": ("advanced_practitioner", "approved_responsible_clinician", "peer_support_lead"),
}  # fmt: skip


@dataclass(frozen=True)
class CompetenciesSpec(Section):
    """How much do new roles share with the roles they border on?"""

    borrowed: float = share(0.6, "share", "more than half of a new role is what its bordering roles do already")
    noise: float = parameter(
        0.05, "standard deviation of weight", "job descriptions of existing roles differ a little from our template"
    )
    floor: float = share(0.05, "weight", "a competency of less weight isn't written into a framework")


def draw_competencies(
    register: pd.DataFrame, spec: CompetenciesSpec, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """What is each role meant to be able to do, and how much of it?

    `register`: the codes of a role register; all its roles are described, new ones those of the earlier wave among them.

    An existing role has the competencies of a template (`EXISTING`), each with
    weight = template + Normal(0, `noise`), kept within 0 and 1. A new role has

    weight = `borrowed` x mean weight in the existing roles on which it borders + (1 - `borrowed`) x [distinctive]

    where [distinctive] is 1 for the competencies of its own (`DISTINCTIVE`) and 0 for others; one that borders on no
    existing role has weight 1 for its own. What only certain roles may do (`RESERVED`) is then taken from the others.
    All weights are rounded to three places, and those below `floor` left out, those of existing roles before new
    roles borrow from them.

    Returns the `competencies` table of a study folder, one row per role and competency (no row: weight 0), and the
    truth: overlap, by new role and by each role on which it borders, the weighted Jaccard index, that is the sum over
    competencies of the smaller of the two weights, divided by the sum of the larger ones (0-1; missing when neither
    role has any competency): `planted` without the noise, `drawn` with it, as in the table.

    >>> from newroles.datasets import load_codebook
    >>> register = load_codebook("roles").codes
    >>> competencies, truth = draw_competencies(register, CompetenciesSpec(), np.random.default_rng(1))
    >>> sorted(truth["overlap"]["nursing_associate"])
    ['assistant_practitioner', 'health_care_assistant', 'registered_nurse']
    >>> "prescribes_medicines" in set(competencies.loc[competencies["role"] == "physician_associate", "competency"])
    False
    """
    is_new = register["new"].isin([True, "true", "earlier_wave"])
    slips = spec.noise * rng.standard_normal((int((~is_new).sum()), len(COMPETENCIES)))
    borders = {str(role): bordering_roles(role, register) for role in register["id"]}
    drawn = _weights(borders, is_new, spec, slips)
    planted = _weights(borders, is_new, spec, np.zeros_like(slips))
    rows = [
        (role, competency, weight)
        for role, weights in drawn.items()
        for competency, weight in zip(COMPETENCIES, weights.tolist(), strict=True)
        if weight > 0
    ]
    overlap: dict[str, dict[str, dict[str, float | None]]] = {}
    for role in register.loc[is_new, "id"]:
        for other in borders[role]:
            overlap.setdefault(role, {})[other] = {
                "planted": _weighted_jaccard(planted[role], planted[other]),
                "drawn": _weighted_jaccard(drawn[role], drawn[other]),
            }
    competencies = pd.DataFrame(rows, columns=["role", "competency", "weight"])
    return competencies.astype({"role": "str", "competency": "str", "weight": "float64"}), {"overlap": overlap}


def _weights(
    borders: Mapping[str, list[str]], is_new: pd.Series, spec: CompetenciesSpec, slips: np.ndarray
) -> dict[str, np.ndarray]:
    """How much weight (0-1) has each of `COMPETENCIES` in each role? By role, in the register's order."""
    weights = dict.fromkeys(borders, np.zeros(len(COMPETENCIES)))
    existing = [role for role, new in zip(borders, is_new, strict=True) if not new]
    for role, slip in zip(existing, slips, strict=True):
        template = np.array([EXISTING.get(role, ANY_EXISTING_ROLE).get(each, 0.0) for each in COMPETENCIES])
        weights[role] = _written_down(np.where(template > 0, template + slip, 0), spec)
    for role in (each for each in borders if each not in existing):
        own = np.isin(COMPETENCIES, DISTINCTIVE.get(role, ANY_NEW_ROLE)).astype(float)
        lenders = [weights[other] for other in borders[role] if other in existing]
        mixed = spec.borrowed * np.mean(lenders, axis=0) + (1 - spec.borrowed) * own if lenders else own
        allowed = [role in RESERVED.get(each, (role,)) for each in COMPETENCIES]
        weights[role] = _written_down(np.where(allowed, mixed, 0), spec)
    return weights


def _written_down(weights: np.ndarray, spec: CompetenciesSpec) -> np.ndarray:
    rounded = np.clip(weights, 0, 1).round(3)
    return np.where(rounded >= spec.floor, rounded, 0.0)


def _weighted_jaccard(one: np.ndarray, other: np.ndarray) -> float | None:
    either = np.maximum(one, other).sum()
    return round(float(np.minimum(one, other).sum() / either), 6) if either else None

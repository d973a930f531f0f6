"""Which words may a recommendation use? Who acts, when, where, how strongly, how surely: each id and its name."""

from __future__ import annotations

from functools import cache

from newroles.datasets import load_codebook

AUDIENCES = {
    "trust_leaders": "Trust leaders",
    "team_managers": "Team managers",
    "supervisors": "Supervisors",
    "new_role_staff": "People in new roles",
    "colleagues": "Colleagues in existing roles",
    "service_users_and_carers": "Service users and carers",
    "commissioners": "Commissioners and national bodies",
    "educators": "Educators",
}
"""Who acts, and for whom a briefing is written."""

WHEN = {
    "before": "Before the role arrives",
    "first_three_months": "In the first three months",
    "after": "After that",
}
"""The moments, in the order in which they come."""

SETTINGS = {
    "community_team": "Community mental health team",
    "crisis_and_home_treatment": "Crisis and home treatment",
    "inpatient_ward": "Inpatient ward",
    "children_and_young_people": "Children and young people's services",
    "schools_and_colleges": "Schools and colleges",
    "talking_therapies": "NHS Talking Therapies",
    "primary_care": "Primary care and neighbourhoods",
    "forensic_and_secure": "Forensic and secure services",
    "older_adults": "Older adults' services",
}

GROUPS = {
    "service_users": "Service users",
    "new_roles": "People in new roles",
    "existing_roles": "People in existing roles",
}
"""Whom advice helps: the three groups of the study's third phase."""

STRENGTH = {"should": "Should", "could": "Could", "unclear": "Unclear"}
"""How strongly something is advised, in words. Ours: no grading system stands behind it."""

CONCERN = {"none": "no concern", "minor": "minor concern", "moderate": "moderate concern", "serious": "serious concern"}

COMPONENTS = {
    "methodological_limitations": "How the studies were done",
    "relevance": "How near they are to mental health services in England",
    "coherence": "How well the evidence hangs together",
    "adequacy": "How much evidence there is",
}
"""What a statement of confidence weighs: the four components that CERQual names. What we make of them is ours."""

JUDGEMENTS = {
    "priority": "Is it a priority?",
    "service_users": "Effects on service users",
    "new_roles": "Effects on people in new roles",
    "existing_roles": "Effects on people in existing roles",
    "equity": "Equity",
    "acceptability": "Acceptability",
    "feasibility": "Feasibility",
    "resources": "Resources",
}
"""What stands between evidence and a decision, one line each."""

CASE_ROLES = (
    "advanced_practitioner",
    "clinical_associate_in_psychology",
    "education_mental_health_practitioner",
    "mental_health_wellbeing_practitioner",
    "approved_responsible_clinician",
    "nursing_associate",
    "peer_support_worker",
    "physician_associate",
)
"""The roles of the study's case studies, in its own order; there is a file of recommendations for each."""

ENOUGH = 3
"""Where a role has fewer recommendations of its own than this, its file must say why."""

DIRECTIONS = ("helps", "harms", "mixed", "no_difference", "describes", "advises")
"""What a published statement reports about new roles or about the practice in question."""


@cache
def change_types() -> dict[str, str]:
    """Which kinds of skill-mix change can advice be for? The top codes of our typology: id to name.

    >>> change_types()["SMC-SUB"]
    'Substitution'
    """
    codes = load_codebook("skill_mix_change").codes
    top = codes[codes["parent"].isna() & codes["id"].str.fullmatch("SMC-[A-Z]{3}")]
    return dict(zip(top["id"], top["name"], strict=True))


@cache
def role_names() -> dict[str, str]:
    """Which roles can advice be for? Every role of the register: id to name.

    >>> role_names()["peer_support_worker"]
    'Peer Support Worker'
    """
    codes = load_codebook("roles").codes
    return dict(zip(codes["id"], codes["name"], strict=True))

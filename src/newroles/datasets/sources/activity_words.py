"""Our words for American work: which occupations make up a profession, and which activity of ours each of theirs is."""

from __future__ import annotations

from typing import NamedTuple


class Profession(NamedTuple):
    """A profession of the open tables: American occupations by code, the role of the register, and where they differ."""

    occupations: dict[str, str]
    role: str
    caution: str


_ALL_FIELDS = "of all fields of care, not of mental health alone"

PROFESSIONS: dict[str, Profession] = {
    "psychiatrist": Profession({"29-1223": "psychiatrist"}, "psychiatrist", ""),
    "family_doctor": Profession({"29-1215": "family doctor"}, "", "general practitioners are outside the register"),
    "physician_assistant": Profession(
        {"29-1071": "physician assistant"},
        "physician_associate",
        "American physician assistants prescribe, British physician associates don't; of all fields of care",
    ),
    "nurse_practitioner": Profession(
        {"29-1171": "nurse practitioner"},
        "advanced_practitioner",
        "British advanced practitioners come from several professions; " + _ALL_FIELDS,
    ),
    "registered_nurse": Profession({"29-1141": "registered nurse"}, "registered_nurse", _ALL_FIELDS),
    "practical_nurse": Profession(
        {"29-2061": "licensed practical nurse"},
        "enrolled_nurse",
        "second-level nurses both; the enrolled nurse is a role of the past; " + _ALL_FIELDS,
    ),
    "psychiatric_technician": Profession({"29-2053": "psychiatric technician"}, "", "the register has no such role"),
    "health_care_assistant": Profession(
        {"31-1133": "psychiatric aide", "31-1131": "nursing assistant"},
        "health_care_assistant",
        "nursing assistants are of all fields of care",
    ),
    "psychologist": Profession(
        {"19-3033": "clinical or counselling psychologist", "19-3039": "psychologist of another kind"},
        "practitioner_psychologist",
        "the second occupation, mostly neuropsychologists, counts as much as the first",
    ),
    "psychological_therapist": Profession(
        {"21-1018": "mental health counsellor", "21-1013": "marriage and family therapist"},
        "psychological_therapist",
        "counselling, also for addictions, rather than one kind of therapy",
    ),
    "school_counsellor": Profession(
        {"21-1012": "school or careers counsellor"}, "", "careers advice is much of it; the register has no such role"
    ),
    "social_worker": Profession(
        {"21-1023": "mental health social worker", "21-1022": "health care social worker"},
        "social_worker",
        "without the duties of an approved mental health professional, which are English law",
    ),
    "rehabilitation_counsellor": Profession(
        {"21-1015": "rehabilitation counsellor"},
        "employment_specialist",
        "also for people with physical disabilities, and not by Individual Placement and Support",
    ),
    "support_worker": Profession(
        {"21-1093": "social and human services assistant"},
        "support_worker",
        "works in social more than in health services",
    ),
    "community_health_worker": Profession(
        {"21-1094": "community health worker"},
        "",
        "near link workers and community development workers in name; whether in work isn't known",
    ),
    "occupational_therapist": Profession({"29-1122": "occupational therapist"}, "occupational_therapist", _ALL_FIELDS),
    "occupational_therapy_assistant": Profession(
        {"31-2011": "occupational therapy assistant", "31-2012": "occupational therapy aide"},
        "",
        "the register has no such role",
    ),
    "recreational_therapist": Profession({"29-1125": "recreational therapist"}, "", "the register has no such role"),
    "pharmacist": Profession({"29-1051": "pharmacist"}, "pharmacist", _ALL_FIELDS),
    "pharmacy_technician": Profession(
        {"29-2052": "pharmacy technician"}, "mental_health_pharmacy_technician", _ALL_FIELDS
    ),
}

# What a worker of ours does, and the ends of the O*NET element ids of the intermediate work activities put under it.
_GROUPS: dict[str, str] = {
    "collects_information": "1.a.1.I12 1.a.1.I23",
    "assesses_social_needs": "2.a.1.I01",
    "examines_people": "1.b.2.I09",
    "tests_and_samples": "1.b.2.I01 3.a.2.I38 3.a.3.I04 4.c.3.I02",
    "interprets_results": "2.a.4.I06",
    "diagnoses": "2.b.1.I06",
    "evaluates_condition": "2.a.1.I06",
    "monitors_health": "1.a.2.I05",
    "plans_care": "2.b.2.I01",
    "prescribes": "4.c.3.I06",
    "gives_medical_care": "4.a.5.I03 4.a.5.I12",
    "gives_therapeutic_treatment": "4.a.5.I02",
    "counsels": "4.b.6.I10",
    "supports_and_encourages": "4.b.5.I02",
    "helps_with_daily_living": "4.a.5.I09",
    "teaches_life_skills": "4.b.3.I01",
    "explains_illness_and_treatment": "4.a.1.I05 4.b.6.I01",
    "advises_on_wellbeing": "4.b.6.I06",
    "teaches_about_health": "4.b.3.I06",
    "advises_on_learning_and_work": "4.b.6.I07 4.b.3.I02 2.b.2.I15 4.a.2.I07",
    "connects_to_services": "4.a.5.I01",
    "advocates": "4.a.6.I01 4.b.6.I08 4.a.1.I02 4.a.1.I03 1.a.1.I03",
    "acts_in_emergencies": "4.a.5.I05 4.a.5.I07",
    "assists_in_procedures": "4.a.5.I11",
    "moves_and_escorts": "3.a.1.I12 3.a.1.I13",
    "keeps_records": "3.b.6.I11 3.b.6.I06 3.b.6.I08 3.b.6.I14",
    "confers_with_colleagues": "4.a.2.I05 4.a.4.I01",
    "supervises_and_manages": "4.b.4.I01 4.b.4.I06 4.b.4.I08 4.b.4.I09 4.b.4.I12 4.c.2.I02",
    "trains_colleagues": "4.b.3.I04 4.b.3.I05",
    "improves_services": "2.a.1.I02 2.b.1.I04 2.b.2.I10 2.b.4.I03 1.a.2.I11",
    "develops_community_programmes": "2.b.2.I17 4.a.6.I03",
    "researches_and_presents": "1.a.1.I04 1.a.1.I18 1.a.1.I19 2.b.2.I23 3.b.6.I03 3.b.6.I12",
    "keeps_up_to_date": "2.b.3.I01",
    "prepares_medicines": "3.a.1.I01",
    "cares_for_equipment": "2.b.2.I13 3.a.2.I09 3.a.2.I11 3.a.2.I17 3.a.2.I24 3.b.4.I09",
    "keeps_places_safe_and_clean": "1.a.2.I07 1.b.2.I07 2.a.3.I04 3.a.1.I03 3.a.1.I05 3.a.1.I09",
    "manages_supplies": "3.a.1.I10 3.a.2.I37 4.b.6.I02 4.c.3.I01 4.c.3.I03 4.c.3.I05 4.c.3.I07",
    "does_office_work": "2.a.2.I05 2.b.5.I03 3.b.1.I06 4.a.3.I02 4.a.3.I03 4.a.6.I02 4.c.1.I01 4.c.1.I03",
}

ACTIVITY_OF: dict[str, str] = {f"4.A.{end}": activity for activity, ends in _GROUPS.items() for end in ends.split()}
"""Our activity for each intermediate work activity that these occupations have, by its O*NET element id."""

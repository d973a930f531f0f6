"""Our words for the codes of the emergency care observations, and what all their tables' records say."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from newroles.datasets.sources import files
from newroles.datasets.sources.tables import Column, OpenTable

AREAS = ("emergency_department", "observation_area", "both")
NOT_STAFF = {"PT", "AS"}
PSYCHIATRY_RECORDS = {"PSOLIS", "EDYHO"}
PSYCHIATRY_TYPES = {"ED_Y", "MHOA_Y"}

ROLES = {
    "CON": "emergency_consultant",
    "REG": "emergency_registrar",
    "RMO": "emergency_resident_doctor",
    "INT": "emergency_intern",
    "TN": "triage_nurse",
    "N": "emergency_nurse",
    "PLN": "psychiatric_liaison_nurse",
    "YCON": "emergency_psychiatry_consultant",
    "YREG": "emergency_psychiatry_registrar",
    "MCON": "observation_area_psychiatry_consultant",
    "MREG": "observation_area_psychiatry_registrar",
    "MHOACOORD": "observation_area_coordinator",
    "MHOAN": "observation_area_nurse",
    "CP": "clinical_psychologist",
    "DA": "drug_and_alcohol_worker",
    "SHACCS": "self_harm_and_crisis_counsellor",
    "CMH": "community_mental_health_worker",
    "POL": "police",
    "SJA": "ambulance",
}

SERVICES = {
    "ED_DOC": "emergency_medicine",
    "NURSE": "emergency_nursing",
    "ED_Y": "emergency_psychiatry",
    "MHOA_Y": "observation_area",
    "SUPPORT": "psychosocial_support",
    "EXTERNAL": "outside_services",
}

RECORDS = {
    "EDIS": "emergency_department_system",
    "EDYHO": "psychiatry_handover_sheet",
    "EXTREF": "external_reference",
    "FILE": "patient_file",
    "HW": "handwritten_note",
    "MGMTPLAN": "management_plan",
    "MHOAAD": "observation_area_admission_form",
    "MHOAHO": "observation_area_handover_sheet",
    "PSOLIS": "psychiatric_services_system",
    "RISK": "risk_assessment",
}


def emergency_table(
    name: str, title: str, builder: Callable[..., pd.DataFrame], one_row_is: str, columns: tuple[Column, ...]
) -> OpenTable:
    """The declaration of one table computed from the emergency care observations: one source, licence and place."""
    return OpenTable(
        name=name,
        title=title,
        builder=builder,
        inputs={"interactions": files.EMERGENCY_INTERACTIONS, "agents": files.EMERGENCY_AGENTS},
        one_row_is=one_row_is,
        period="2018 (118.5 hours of observation)",
        place="Australia: one tertiary hospital, emergency department and mental health observation area",
        source=(
            {
                "name": "McCullough, Small, Jayawardena and Hood (2024), PLOS Medicine 21(1): e1004241",
                "doi": "10.1371/journal.pmed.1004241",
            },
            {"name": "Interaction data, mhmcc/ED-interaction-mapping", "doi": "10.5281/zenodo.10511734"},
        ),
        licence="MIT, (c) 2023 Michael H McCullough",
        attribution=(
            "Computed from data of McCullough MH, Small M, Jayawardena B, Hood S (2024), PLOS Medicine "
            "21(1): e1004241, "
            "doi 10.1371/journal.pmed.1004241. MIT licence, (c) 2023 Michael H McCullough; the full notice "
            "is in LICENSES.md."
        ),
        columns=columns,
        known_problems=(
            (
                "One Australian hospital, 43 patients and 272 interactions around suicide and self-harm "
                "presentations: an example, not the NHS."
            ),
            (
                "Roles, not people: two nurses are one node. Patients and associates took part but are not staff "
                "and are left out."
            ),
            "Police, ambulance and community mental health belong to other organisations and are kept as roles.",
        ),
    )

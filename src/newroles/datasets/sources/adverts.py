"""New roles in job adverts: how often their titles appeared among the adverts of one month."""

from __future__ import annotations

import pandas as pd

from newroles.datasets.intervals import clopper_pearson
from newroles.datasets.sources import files
from newroles.datasets.sources.tables import Column, OpenTable
from newroles.errors import InputError

ADVERTS = 14_842
MONTH = "2020-11"

ROLE_OF = {
    "advanced_clinical_practitioner": "advanced_practitioner",
    "assistant_or_associate_practitioner": "assistant_practitioner",
    "clinical_associate_psychology": "clinical_associate_in_psychology",
    "first_contact_mh_practitioner": "first_contact_mental_health_practitioner",
}

SEARCHED_FOR = {
    "advanced_practitioner": "advanced clinical, advanced nurse or advanced mental health practitioner",
    "approved_responsible_clinician": "approved clinician or responsible clinician",
    "assistant_practitioner": "assistant practitioner or associate practitioner",
    "care_navigator": "care navigator",
    "childrens_wellbeing_practitioner": (
        "children's wellbeing practitioner, with or without 'and young people's' and 'psychological'"
    ),
    "clinical_associate_in_psychology": "clinical associate in (or of) psychology, or applied psychology",
    "education_mental_health_practitioner": "education mental health practitioner, or EMHP",
    "first_contact_mental_health_practitioner": "first contact followed by mental, or primary care mental health",
    "high_intensity_therapist": "high intensity",
    "mental_health_pharmacist": "pharmacist together with mental health, in either order",
    "non_medical_prescriber": "non-medical prescriber or prescribing",
    "nursing_associate": "nursing associate, which finds trainee nursing associates too",
    "peer_support_worker": (
        "peer support, peer recovery, peer mentor or peer worker; lived experience practitioner or worker"
    ),
    "physician_associate": "physician associate, with or without an apostrophe",
    "psychological_wellbeing_practitioner": "psychological wellbeing practitioner, hyphened or not",
    "recovery_worker": "recovery worker or recovery support worker",
    "social_prescribing_link_worker": "link worker, or social prescribing",
    "support_time_recovery_worker": "support, time and recovery; or STR worker",
}

CAUTIONS = {
    "advanced_practitioner": "Counts every clinical field, not mental health alone.",
    "approved_responsible_clinician": "In descriptions mostly a requirement asked of doctors, not a role offered.",
    "assistant_practitioner": "Counts every clinical field, not mental health alone.",
    "high_intensity_therapist": "The two words also occur in other fields, so adverts are over-counted.",
    "non_medical_prescriber": "A qualification as often as a role: descriptions mention it for many posts.",
    "psychological_wellbeing_practitioner": (
        "The title itself holds a mental health term, so all its adverts count as mental health."
    ),
    "recovery_worker": "'Recovery support worker' is also used in theatres and in substance misuse services.",
    "social_prescribing_link_worker": "'Link worker' is also used for other posts.",
}


def job_adverts(counts: pd.DataFrame) -> pd.DataFrame:
    """How often did each new role's title appear among 14,842 NHS job adverts of November 2020?

    One row a role. Shares are per 1,000 adverts with exact 95% intervals (Clopper and Pearson).

    Raises InputError when the file holds a role that we have no id and no search words for.
    """
    role = counts["role"].replace(ROLE_OF)
    unknown = sorted(set(role) - set(SEARCHED_FOR))
    if unknown:
        raise InputError(
            f"Source file {files.JOB_ADVERTS.path}, column 'role': no id of ours for {', '.join(unknown)}. "
            f"Expected: {', '.join(sorted(SEARCHED_FOR))}."
        )
    table = pd.DataFrame({"role": role, "month": MONTH, "adverts": ADVERTS})
    table["titled"] = counts["title_matches"]
    table["titled_per_1000"] = 1000 * table["titled"] / ADVERTS
    table["titled_low"], table["titled_high"] = (1000 * end for end in clopper_pearson(table["titled"], ADVERTS))
    table["titled_in_mental_health"] = counts["title_matches_with_mh_term"]
    table["titled_by_mental_health_employer"] = counts["title_matches_in_mh_named_org"]
    table["described"] = counts["description_matches"]
    table["described_per_1000"] = 1000 * table["described"] / ADVERTS
    table["described_low"], table["described_high"] = (
        1000 * end for end in clopper_pearson(table["described"], ADVERTS)
    )
    table["searched_for"] = table["role"].map(SEARCHED_FOR)
    table["caution"] = table["role"].map(CAUTIONS)
    return table.sort_values(["titled", "described", "role"], ascending=[False, False, True], ignore_index=True)


TABLES = (
    OpenTable(
        name="job_adverts",
        title="New roles in NHS job adverts, November 2020",
        builder=job_adverts,
        inputs={"counts": files.JOB_ADVERTS},
        one_row_is="one role, counted over the same 14,842 adverts",
        period=MONTH,
        place="England and Wales (NHS Jobs)",
        source=(
            {
                "name": "14,842 NHS Jobs adverts collected by stochastictalk, counted by role for this book",
                "url": "https://github.com/stochastictalk/nhs_jobs_data",
            },
        ),
        licence=(
            "Counts only. The advert texts belong to the advertising employers, carry no open licence and are not kept."
        ),
        attribution=(
            "Counts of adverts on NHS Jobs, posted up to November 2020; adverts collected by stochastictalk "
            "(github.com/stochastictalk/nhs_jobs_data)."
        ),
        columns=(
            Column("role", "string", "Id of the role in the register of roles."),
            Column("month", "string", "Month of the adverts, YYYY-MM."),
            Column("adverts", "integer", "Adverts searched: the denominator of every share.", "adverts"),
            Column("titled", "integer", "Adverts whose job title matches.", "adverts"),
            Column("titled_per_1000", "number", "Adverts whose job title matches.", "per 1,000 adverts", 3),
            Column(
                "titled_low", "number", "Low end of the exact 95% interval of titled_per_1000.", "per 1,000 adverts", 3
            ),
            Column(
                "titled_high",
                "number",
                "High end of the exact 95% interval of titled_per_1000.",
                "per 1,000 adverts",
                3,
            ),
            Column(
                "titled_in_mental_health",
                "integer",
                "Of these, adverts with a mental health term in the title.",
                "adverts",
            ),
            Column(
                "titled_by_mental_health_employer",
                "integer",
                "Of titled, adverts of an organisation whose name says mental health.",
                "adverts",
            ),
            Column("described", "integer", "Adverts whose description matches.", "adverts"),
            Column("described_per_1000", "number", "Adverts whose description matches.", "per 1,000 adverts", 3),
            Column(
                "described_low",
                "number",
                "Low end of the exact 95% interval of described_per_1000.",
                "per 1,000 adverts",
                3,
            ),
            Column(
                "described_high",
                "number",
                "High end of the exact 95% interval of described_per_1000.",
                "per 1,000 adverts",
                3,
            ),
            Column("searched_for", "string", "The words searched for, in lower case, as a person would say them."),
            Column("caution", "string", "What the search over- or under-counts, where we know it."),
        ),
        known_problems=(
            "One month's adverts from one website, not a random sample and not posts: one advert can offer "
            "several posts and one post can be advertised twice. "
            "The intervals treat the adverts as a sample of similar months.",
            (
                "Most matches are outside mental health services: few employers have mental health in their name "
                "and few titles say it."
            ),
            (
                "Roles that came later or are filled through training programmes (mental health and wellbeing "
                "practitioner, clinical associate in psychology) are rarely advertised under the title."
            ),
            "A mention in a description can be a colleague, a manager or a requirement rather than the post on offer.",
        ),
    ),
)

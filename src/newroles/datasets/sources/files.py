"""The source files that the builders read: where each lies, which columns it must have, and how it is checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from newroles.datasets.sources.feedback_words import NO_THEME, THEMES
from newroles.errors import InputError, did_you_mean


@dataclass(frozen=True)
class SourceFile:
    """One CSV file of a publisher: its path inside the sources folder and the columns that a builder needs.

    `text` columns stay text (codes keep their leading zeros); `numbers` become floats, blank where the publisher
    left them blank.
    """

    path: str
    text: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.text + self.numbers


def read_source(from_folder: Path, source: SourceFile) -> pd.DataFrame:
    """What does this source file say, once it is known to have the columns that we need?

    One row per row of the file; only the needed columns; text with single spaces, blanks as missing.

    Raises InputError that names the file and what was expected: file missing or unreadable, empty, a column missing,
    or a word where a number belongs.
    """
    path = Path(from_folder) / source.path
    wanted = f"Expected a CSV file with the columns: {', '.join(source.columns)}."
    if not path.is_file():
        raise InputError(f"Source file missing: {source.path} (looked in {from_folder}). {wanted}")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as problem:
        raise InputError(f"Source file {source.path} can't be read as UTF-8 CSV: {problem}. {wanted}") from problem
    missing = [column for column in source.columns if column not in table.columns]
    if missing:
        hint = did_you_mean(missing[0], table.columns)
        raise InputError(
            f"Source file {source.path} has changed: needed column(s) missing: {', '.join(missing)}. {wanted} "
            f"In place of '{missing[0]}': {hint}"
        )
    if table.empty:
        raise InputError(f"Source file {source.path} has a header but no rows. {wanted}")
    table = table.loc[:, list(source.columns)]
    for column in source.text:
        stripped = table[column].str.strip().str.replace(r"\s+", " ", regex=True)
        table[column] = stripped.where(stripped != "")
    for column in source.numbers:
        table[column] = _to_number(table[column], column, source.path)
    return table


def _to_number(values: pd.Series, column: str, path: str) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    bad = numbers.isna() & values.notna()
    if bad.any():
        position = int(bad.to_numpy().argmax())
        raise InputError(
            f"Source file {path}, row {position + 2}, column '{column}': expected a number, "
            f"found '{values.iloc[position]}'. "
            "Blank cells mean not known; words are not read."
        )
    return numbers


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, by which a record recognises it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


TRUST_LIST = SourceFile(
    "mh_trust_crosswalk/mh_trusts_england.csv",
    text=("ods_code", "name", "icb_code", "nhser_name"),
)
BOARDS = SourceFile(
    "ons_nhs_boundaries/icb_2023_lookup.csv",
    text=("icb_ods_code", "icb_name", "nhser_ods_code", "nhser_name"),
    numbers=("long", "lat"),
)
STAFF_SURVEY = SourceFile(
    "nhs_staff_survey_2021_2024/nss_mental_health_trusts_2021_2024.csv",
    text=("ODS code", "region_clean", "ics_clean"),
    numbers=(
        "Year",
        *("Burned_out_base", "Burned_out_rate", "Emotionally_exhausting_base", "Emotionally_exhausting_rate"),
        *("Frustration_base", "Frustration_rate", "Stress_base", "Stress_rate", "Autonomy_base", "Autonomy_rate"),
        *("Enough_staff_base", "Enough_staff_rate", "Time_demands_meet_base", "Time_demands_meet_rate"),
        *("Membership_base", "Membership_rate", "Mastery_base", "Mastery_meaning_rate"),
        *("Physical_public_base", "Physical_public_rate", "Emotional_public_base", "Emotional_public_rate"),
        *("Emotional_manager_base", "Emotional_manager_rate", "Emotional_colleagues_base", "Emotional_colleagues_rate"),
        *("Discrimination_internal_base", "Discrimination_internal_rate"),
    ),
)
SICKNESS = SourceFile(
    "nhs_sickness_absence_2024_25/nhs_sickness_absence_by_org_2024-04_2025-03.csv",
    text=("ORG_CODE", "ORG_NAME", "ORG_TYPE", "month"),
    numbers=("FTE_DAYS_LOST", "FTE_DAYS_AVAILABLE"),
)
STAFF_GROUPS = SourceFile(
    "nhs_hchs_staff_group_2017_2018/hchs_fte_by_org_staff_group_2017-09_2018-06.csv",
    text=("Month", "Organisation code", "Organisation name", "Staff group"),
    numbers=("FTE",),
)
TALKING_THERAPIES = SourceFile(
    "nhs_talking_therapies_annual/nhstt_totals_2017-18_2024-25.csv",
    text=("reporting_period", "org_type", "org_code", "org_name"),
    numbers=(
        *("referrals_received_count", "finished_course_treatment_count", "at_caseness_count", "not_at_caseness_count"),
        *("recovery_count", "improvement_count", "reliable_recovery_count"),
    ),
)
THERAPY_PROVIDERS = SourceFile(
    "nhs_talking_therapies_annual/providers.csv", text=("org_code", "org_name", "region_name")
)
JOB_ADVERTS = SourceFile(
    "nhs_jobs_2020_role_counts/role_keyword_counts_2020-11.csv",
    text=("role",),
    numbers=("title_matches", "title_matches_with_mh_term", "title_matches_in_mh_named_org", "description_matches"),
)
OFFICIAL_NAMES = SourceFile("uk_core_sds_job_roles/sds_job_role_names.csv", text=("code", "display"))
EMERGENCY_INTERACTIONS = SourceFile(
    "ed_psychiatric_interactions/data.csv", text=("ID", "DATE", "TIME", "AREA", "AGENTS", "STORED", "ACCESSED")
)
EMERGENCY_AGENTS = SourceFile("ed_psychiatric_interactions/agents.csv", text=("ID", "type"))
ACTIVITIES = SourceFile(
    "onet_soc_iwa_29/soc_iwa_weights_health_social_care.csv", text=("soc", "occupation", "iwa"), numbers=("weight",)
)
FEEDBACK = SourceFile(
    "pxtextmining_code_matrix/fft_code_matrix_v6_no_text.csv",
    text=("Trust", "Service type 1"),
    numbers=("Comment sentiment", *NO_THEME, *THEMES),
)

"""All open tables, by name: the one list that building, listing and the notices go by."""

from __future__ import annotations

from newroles.datasets.sources import (
    activities,
    adverts,
    emergency_care,
    feedback,
    feedback_saturation,
    role_names,
    shared_work,
    staff_survey,
    talking_therapies,
    tiles,
    trusts,
    workforce,
)
from newroles.datasets.sources.tables import OpenTable

_MODULES = (
    trusts,
    staff_survey,
    workforce,
    talking_therapies,
    adverts,
    role_names,
    emergency_care,
    feedback,
    feedback_saturation,
    activities,
    shared_work,
    tiles,
)

OPEN_TABLES: dict[str, OpenTable] = {table.name: table for module in _MODULES for table in module.TABLES}

"""Phase 1: the register of roles, titles and what they mean, what counts as new, and how complete the register is."""

from newroles.roles.capture_recapture import capture_histories, capture_recapture
from newroles.roles.completeness import chapman, completeness, counts_completeness, lincoln_petersen, sample_coverage
from newroles.roles.estimates import estimated_roles
from newroles.roles.newness import (
    compare_definitions,
    counts_as_new,
    reports_by_newness,
    role_incidence,
    role_or_title,
    with_roles,
)
from newroles.roles.register import Register, aliases, load_register
from newroles.roles.titles import accepted_roles, coverage, decisions_to_make, match_titles, titles_to_list, unmatched
from newroles.roles.wording import normalise_title, title_parts

__all__ = [
    "Register",
    "accepted_roles",
    "aliases",
    "capture_histories",
    "capture_recapture",
    "chapman",
    "compare_definitions",
    "completeness",
    "counts_as_new",
    "counts_completeness",
    "coverage",
    "decisions_to_make",
    "estimated_roles",
    "lincoln_petersen",
    "load_register",
    "match_titles",
    "normalise_title",
    "reports_by_newness",
    "role_incidence",
    "role_or_title",
    "sample_coverage",
    "title_parts",
    "titles_to_list",
    "unmatched",
    "with_roles",
]

"""Skill-mix change: roles coded with a typology, what their features suggest, profiles, and other typologies.

Start with code_roles() or coding_from_decisions(); profiles() counts, apply_crosswalk() reads the coding in another
typology, propose_types() and compare_with_proposals() set it beside what recorded features suggest.
"""

from newroles.datasets.codings import yes_or_no
from newroles.skill_mix.comparison import compare_with_proposals, count_outcomes
from newroles.skill_mix.crosswalk import apply_crosswalk
from newroles.skill_mix.profiles import profiles, roles_by, roles_by_region
from newroles.skill_mix.proposals import propose_types
from newroles.skill_mix.role_coding import code_roles, coding_from_decisions, role_matrix
from newroles.skill_mix.rules import default_rules
from newroles.skill_mix.study_kinds import kinds_of_roles

__all__ = [
    "apply_crosswalk",
    "code_roles",
    "coding_from_decisions",
    "compare_with_proposals",
    "count_outcomes",
    "default_rules",
    "kinds_of_roles",
    "profiles",
    "propose_types",
    "role_matrix",
    "roles_by",
    "roles_by_region",
    "yes_or_no",
]

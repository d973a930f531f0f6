"""What people do at the line between professions, and the conditions under which it is constructive or destructive."""

from newroles.boundary_work.act_network import act_network, acts_across, pair_table, write_act_network
from newroles.boundary_work.act_patterns import buffering, mutual_contest, one_sided
from newroles.boundary_work.acts import BoundaryActs, acts_of_study, boundary_acts, code_agreement
from newroles.boundary_work.calibration import Calibration, calibrate, calibrate_cases
from newroles.boundary_work.case_limits import case_limits, condition_limits
from newroles.boundary_work.cases import Cases, cases, evidence_behind
from newroles.boundary_work.contact import contest_and_contact, pairs_in_teams
from newroles.boundary_work.core_and_peripheral import core_and_peripheral, settled_core
from newroles.boundary_work.formulas import formula_scores
from newroles.boundary_work.minimisation import Solution, contradictory_simplifying_assumptions, minimise
from newroles.boundary_work.necessity import necessity, superset_necessity
from newroles.boundary_work.profiles import (
    form_profile,
    tone_against_prompt,
    tone_by_method,
    tone_over_time,
    tone_profile,
)
from newroles.boundary_work.robustness import robustness_grid, sensitivity_ranges, term_stability
from newroles.boundary_work.second_opinion import SecondOpinion, second_opinion
from newroles.boundary_work.sequences import transitions, what_follows
from newroles.boundary_work.set_fit import sufficiency_single
from newroles.boundary_work.thread import agreement_behind, agreement_summary, segments_behind, with_agreement
from newroles.boundary_work.truth_table import TruthTable, truth_table

__all__ = [
    "BoundaryActs",
    "Calibration",
    "Cases",
    "SecondOpinion",
    "Solution",
    "TruthTable",
    "act_network",
    "acts_across",
    "acts_of_study",
    "agreement_behind",
    "agreement_summary",
    "boundary_acts",
    "buffering",
    "calibrate",
    "calibrate_cases",
    "case_limits",
    "cases",
    "code_agreement",
    "condition_limits",
    "contest_and_contact",
    "contradictory_simplifying_assumptions",
    "core_and_peripheral",
    "evidence_behind",
    "form_profile",
    "formula_scores",
    "minimise",
    "mutual_contest",
    "necessity",
    "one_sided",
    "pair_table",
    "pairs_in_teams",
    "robustness_grid",
    "second_opinion",
    "segments_behind",
    "sensitivity_ranges",
    "settled_core",
    "sufficiency_single",
    "superset_necessity",
    "term_stability",
    "tone_against_prompt",
    "tone_by_method",
    "tone_over_time",
    "tone_profile",
    "transitions",
    "truth_table",
    "what_follows",
    "with_agreement",
    "write_act_network",
]

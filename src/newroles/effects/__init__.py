"""What changes for service users, for people in new roles and for people in the roles beside them, when a role arrives."""

from newroles.effects.aggregation import Averages, Cells, averages
from newroles.effects.bacon import bacon, bacon_by_kind
from newroles.effects.balance import balance_table, describe_panel, in_longer_periods
from newroles.effects.by_kind import by_kind, halves
from newroles.effects.coded_effects import agreement_on_codes, coded_effects, effect_mentions
from newroles.effects.event_effects import EventEffects, event_table
from newroles.effects.event_study import EventStudy, event_study, event_study_of
from newroles.effects.few_trusts import few_trusts
from newroles.effects.group_time import GroupTimeEffects, group_time_effects
from newroles.effects.honest import breakdown, folded_quantile, honest_bounds
from newroles.effects.imputation import imputation
from newroles.effects.joint_display import joint_display
from newroles.effects.many_measures import by_cluster, holm_adjusted, many_measures, step_down
from newroles.effects.multiplier import cluster_sums, largest_draws
from newroles.effects.opinions import second_opinions
from newroles.effects.panel import Panel, Panels, panel_of, panels, team_covariates
from newroles.effects.placement import PlacementTest, placement_test
from newroles.effects.sensitivity import PreTrends, alternative_measures, leave_one_out, pretrends
from newroles.effects.sun_abraham import sun_abraham
from newroles.effects.two_way import independent, two_way_fixed_effects

__all__ = [
    "Averages",
    "Cells",
    "EventEffects",
    "EventStudy",
    "GroupTimeEffects",
    "Panel",
    "Panels",
    "PlacementTest",
    "PreTrends",
    "agreement_on_codes",
    "alternative_measures",
    "averages",
    "bacon",
    "bacon_by_kind",
    "balance_table",
    "breakdown",
    "by_cluster",
    "by_kind",
    "cluster_sums",
    "coded_effects",
    "describe_panel",
    "effect_mentions",
    "event_study",
    "event_study_of",
    "event_table",
    "few_trusts",
    "folded_quantile",
    "group_time_effects",
    "halves",
    "holm_adjusted",
    "honest_bounds",
    "imputation",
    "in_longer_periods",
    "independent",
    "joint_display",
    "largest_draws",
    "leave_one_out",
    "many_measures",
    "panel_of",
    "panels",
    "placement_test",
    "pretrends",
    "second_opinions",
    "step_down",
    "sun_abraham",
    "team_covariates",
    "two_way_fixed_effects",
]

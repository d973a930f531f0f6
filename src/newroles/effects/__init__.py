"""What changes for service users, for people in new roles and for people in the roles beside them, when a role arrives."""

from newroles.effects.aggregation import Averages, Cells, averages
from newroles.effects.bacon import bacon, bacon_by_kind
from newroles.effects.balance import balance_table, describe_panel, in_longer_periods
from newroles.effects.by_kind import by_kind, halves
from newroles.effects.check_words import (
    adjusted_in_words,
    decomposed_in_words,
    decomposed_title,
    kinds_in_words,
    kinds_named,
    opinions_in_words,
    sure_in_words,
    trends_in_words,
    without_in_words,
)
from newroles.effects.coded_effects import coded_effects, effect_mentions
from newroles.effects.covariates import team_covariates
from newroles.effects.event_effects import EventEffects, event_table
from newroles.effects.event_study import EventStudy, event_study, event_study_of
from newroles.effects.few_trusts import few_trusts
from newroles.effects.group_time import GroupTimeEffects, group_time_effects
from newroles.effects.honest import breakdown, folded_quantile, honest_bounds
from newroles.effects.imputation import imputation
from newroles.effects.joint_display import joint_display
from newroles.effects.many_measures import by_cluster, holm_adjusted, many_measures, step_down
from newroles.effects.multiplier import cluster_sums, largest_draws
from newroles.effects.open_words import (
    MENTAL_HEALTH_TRUST,
    hidden_in_words,
    praise_title,
    sentiment_in_words,
    sentiment_shares,
    theme_shares,
    themes_in_words,
    themes_title,
)
from newroles.effects.opinions import second_opinions
from newroles.effects.panel import Panel, Panels, panel_of, panels
from newroles.effects.placebo import ESTIMATORS, STORIES, false_alarms, placebo_test, unit_histories
from newroles.effects.placebo_fits import group_time_fits, two_way_fits
from newroles.effects.placebo_words import alarms_title, nil_in_words, story_in_words, units_in_words, with_verdicts
from newroles.effects.placement import PlacementTest, placement_test
from newroles.effects.published_effects import (
    GROUPS,
    evidence_map,
    gaps_in_words,
    published_effects,
    purposes_in_words,
    reviews_in_numbers,
    strength_of,
)
from newroles.effects.sensitivity import PreTrends, alternative_measures, leave_one_out, pretrends
from newroles.effects.study_checks import (
    Decomposition,
    bounds_of_measure,
    decomposed,
    few_trusts_of_study,
    kinds_of_study,
    opinions_by_measure,
    opinions_of_study,
    trends_of_study,
    without_each_trust,
    withstands_in_words,
)
from newroles.effects.study_display import StudyDisplay, display_of_study, effects_codebook
from newroles.effects.study_effects import StudyEffects, comparable_panels, effects_of_study
from newroles.effects.study_events import since_arrival
from newroles.effects.study_exclusions import left_out_table
from newroles.effects.study_teams import balance_of_study, months_followed
from newroles.effects.sun_abraham import sun_abraham
from newroles.effects.two_way import independent, two_way_fixed_effects
from newroles.effects.words import (
    balance_in_words,
    coverage_in_words,
    display_title,
    events_title,
    followed_title,
    gained_in_words,
    left_out_in_words,
    open_in_words,
    path_in_words,
    uncounted,
)

__all__ = [
    "ESTIMATORS",
    "GROUPS",
    "MENTAL_HEALTH_TRUST",
    "STORIES",
    "Averages",
    "Cells",
    "Decomposition",
    "EventEffects",
    "EventStudy",
    "GroupTimeEffects",
    "Panel",
    "Panels",
    "PlacementTest",
    "PreTrends",
    "StudyDisplay",
    "StudyEffects",
    "adjusted_in_words",
    "alarms_title",
    "alternative_measures",
    "averages",
    "bacon",
    "bacon_by_kind",
    "balance_in_words",
    "balance_of_study",
    "balance_table",
    "bounds_of_measure",
    "breakdown",
    "by_cluster",
    "by_kind",
    "cluster_sums",
    "coded_effects",
    "comparable_panels",
    "coverage_in_words",
    "decomposed",
    "decomposed_in_words",
    "decomposed_title",
    "describe_panel",
    "display_of_study",
    "display_title",
    "effect_mentions",
    "effects_codebook",
    "effects_of_study",
    "event_study",
    "event_study_of",
    "event_table",
    "events_title",
    "evidence_map",
    "false_alarms",
    "few_trusts",
    "few_trusts_of_study",
    "folded_quantile",
    "followed_title",
    "gained_in_words",
    "gaps_in_words",
    "group_time_effects",
    "group_time_fits",
    "halves",
    "hidden_in_words",
    "holm_adjusted",
    "honest_bounds",
    "imputation",
    "in_longer_periods",
    "independent",
    "joint_display",
    "kinds_in_words",
    "kinds_named",
    "kinds_of_study",
    "largest_draws",
    "leave_one_out",
    "left_out_in_words",
    "left_out_table",
    "many_measures",
    "months_followed",
    "nil_in_words",
    "open_in_words",
    "opinions_by_measure",
    "opinions_in_words",
    "opinions_of_study",
    "panel_of",
    "panels",
    "path_in_words",
    "placebo_test",
    "placement_test",
    "praise_title",
    "pretrends",
    "published_effects",
    "purposes_in_words",
    "reviews_in_numbers",
    "second_opinions",
    "sentiment_in_words",
    "sentiment_shares",
    "since_arrival",
    "step_down",
    "story_in_words",
    "strength_of",
    "sun_abraham",
    "sure_in_words",
    "team_covariates",
    "theme_shares",
    "themes_in_words",
    "themes_title",
    "trends_in_words",
    "trends_of_study",
    "two_way_fits",
    "two_way_fixed_effects",
    "uncounted",
    "unit_histories",
    "units_in_words",
    "with_verdicts",
    "without_each_trust",
    "without_in_words",
    "withstands_in_words",
]

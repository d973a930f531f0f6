"""One function per published figure, in one house style: they take tables of results and draw, and compute nothing.

`show` puts a figure on a page with its badge, source, description and data.
"""

from newroles.figures.act_network import act_network_figure
from newroles.figures.acts_behind import show_acts_of_teams, show_paths_behind
from newroles.figures.agreement import agreement_by_code, agreement_by_unit_panel, agreement_panel, statistic_name
from newroles.figures.boundary_acts import tone_bars, tone_over_time, what_follows
from newroles.figures.coders import coder_drift, conclusion_by_choice, confusion_map
from newroles.figures.conditions import calibration_plot, truth_table_chart
from newroles.figures.contexts import estimate_rows, pooled_caterpillar, trend_band
from newroles.figures.dashboard import show_trusts, trusts_html
from newroles.figures.effects import compared_pairs, since_arrival_panels, teams_followed
from newroles.figures.funnel import funnel_plot
from newroles.figures.growth import growth_and_targets
from newroles.figures.guidance import advice_by_confidence
from newroles.figures.joint_display import joint_display_chart
from newroles.figures.jurisdiction import bordering_chart, overlap_matrix, shared_core_chart
from newroles.figures.measures import measure_map, trust_dashboard
from newroles.figures.networks import brokerage_profile, change_chart, mixing_heat_map
from newroles.figures.overview import adoption_chart, estimates_compared
from newroles.figures.overview_curves import adoption_curves
from newroles.figures.overview_maps import tile_map, tile_map_of_shares
from newroles.figures.palette import RoleStyle, role_style
from newroles.figures.phase1 import adverts, official_names, participation
from newroles.figures.reading_aids import cooccurrence_map, saturation_curve
from newroles.figures.recipe_charts import fiss_chart, robustness_map
from newroles.figures.recipe_recovery import recovery_by_noise
from newroles.figures.recovery import method_name, recovery_chart
from newroles.figures.region_cells import role_region_heat_map
from newroles.figures.reports import completeness, definitions, title_matching
from newroles.figures.role_network import role_network
from newroles.figures.show import show
from newroles.figures.skill_mix import crosswalk, role_types
from newroles.figures.solution_table import show_solution
from newroles.figures.style import NARROW, WIDE, label_bars, label_points, use_house_style
from newroles.figures.task_map import task_board
from newroles.figures.task_teams import task_board_of_teams
from newroles.figures.upset import upset_plot

__all__ = [
    "NARROW",
    "WIDE",
    "RoleStyle",
    "act_network_figure",
    "adoption_chart",
    "adoption_curves",
    "adverts",
    "advice_by_confidence",
    "agreement_by_code",
    "agreement_by_unit_panel",
    "agreement_panel",
    "bordering_chart",
    "brokerage_profile",
    "calibration_plot",
    "change_chart",
    "coder_drift",
    "compared_pairs",
    "completeness",
    "conclusion_by_choice",
    "confusion_map",
    "cooccurrence_map",
    "crosswalk",
    "definitions",
    "estimate_rows",
    "estimates_compared",
    "fiss_chart",
    "funnel_plot",
    "growth_and_targets",
    "joint_display_chart",
    "label_bars",
    "label_points",
    "measure_map",
    "method_name",
    "mixing_heat_map",
    "official_names",
    "overlap_matrix",
    "participation",
    "pooled_caterpillar",
    "recovery_by_noise",
    "recovery_chart",
    "robustness_map",
    "role_network",
    "role_region_heat_map",
    "role_style",
    "role_types",
    "saturation_curve",
    "shared_core_chart",
    "show",
    "show_acts_of_teams",
    "show_paths_behind",
    "show_solution",
    "show_trusts",
    "since_arrival_panels",
    "statistic_name",
    "task_board",
    "task_board_of_teams",
    "teams_followed",
    "tile_map",
    "tile_map_of_shares",
    "title_matching",
    "tone_bars",
    "tone_over_time",
    "trend_band",
    "trust_dashboard",
    "trusts_html",
    "truth_table_chart",
    "upset_plot",
    "use_house_style",
    "what_follows",
]

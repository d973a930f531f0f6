"""One function per published figure, in one house style: they take tables of results and draw, and compute nothing.

`show` puts a figure on a page with its badge, source, description and data.
"""

from newroles.figures.agreement import agreement_by_code, agreement_by_unit_panel, agreement_panel, statistic_name
from newroles.figures.coders import coder_drift, conclusion_by_choice, confusion_map
from newroles.figures.growth import growth_and_targets
from newroles.figures.palette import RoleStyle, role_style
from newroles.figures.phase1 import adverts, official_names, participation, tile_map
from newroles.figures.reading_aids import cooccurrence_map, saturation_curve
from newroles.figures.reports import completeness, definitions, title_matching
from newroles.figures.show import show
from newroles.figures.skill_mix import crosswalk, role_types
from newroles.figures.style import NARROW, WIDE, label_bars, label_points, use_house_style

__all__ = [
    "NARROW",
    "WIDE",
    "RoleStyle",
    "adverts",
    "agreement_by_code",
    "agreement_by_unit_panel",
    "agreement_panel",
    "coder_drift",
    "completeness",
    "conclusion_by_choice",
    "confusion_map",
    "cooccurrence_map",
    "crosswalk",
    "definitions",
    "growth_and_targets",
    "label_bars",
    "label_points",
    "official_names",
    "participation",
    "role_style",
    "role_types",
    "saturation_curve",
    "show",
    "statistic_name",
    "tile_map",
    "title_matching",
    "use_house_style",
]

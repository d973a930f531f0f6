"""One function per published figure, in one house style: they take tables of results and draw, and compute nothing.

`show` puts a figure on a page with its badge, source, description and data.
"""

from newroles.figures.growth import growth_and_targets
from newroles.figures.palette import RoleStyle, role_style
from newroles.figures.phase1 import adverts, official_names, participation, tile_map
from newroles.figures.reports import completeness, definitions, title_matching
from newroles.figures.show import show
from newroles.figures.style import NARROW, WIDE, label_bars, label_points, use_house_style

__all__ = [
    "NARROW",
    "WIDE",
    "RoleStyle",
    "adverts",
    "completeness",
    "definitions",
    "growth_and_targets",
    "label_bars",
    "label_points",
    "official_names",
    "participation",
    "role_style",
    "show",
    "tile_map",
    "title_matching",
    "use_house_style",
]

"""Which colour and marker stands for which role: the same through the whole book.

The colour says the family of the role, the marker tells the roles of a family apart, and existing roles are grey. The
colours keep a contrast of at least 3:1 with a white page and with the pale bars and bands they are drawn on, and stay
apart for readers with protanopia, deuteranopia or tritanopia (Machado, Oliveira and Fernandes 2009,
doi:10.1109/TVCG.2009.113). On a dark page `svg.inline_svg` leaves each colour to a variable of the style sheet, whose
values keep the same promises there; where there is no style sheet, these keep 3:1 with the theme's dark page (#14181e).
The tests compute all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from newroles.datasets import load_codebook
from newroles.errors import InputError, did_you_mean

FAMILY_COLOURS = {
    "nursing": "#298cd3",
    "psychological": "#5857cf",
    "medical": "#d00966",
    "lived_experience": "#d56456",
    "advanced_and_extended": "#01762b",
    "support_and_wellbeing": "#9c8505",
    "pharmacy_allied_and_social": "#a43d9c",
}
EXISTING_ROLE_COLOUR = "#7a828a"

# Ordered so that the first few, which most families need, are the easiest to tell apart. Numbers are
# (corners, 0 for a polygon or 1 for a star, turned by so many degrees), as matplotlib reads them.
MARKERS: tuple[str | tuple[int, int, int], ...] = (
    "o", "s", "^", "D", "v", "P", "X", "<", ">", "d", "*", "p", "h", (4, 1, 0), (6, 1, 0), (3, 1, 0), (4, 1, 45),
    (5, 0, 180), (6, 0, 30), (3, 1, 180), (5, 1, 180), "8", (8, 1, 0), (3, 1, 90), (3, 1, 270), (7, 1, 0), (9, 1, 0),
)  # fmt: skip


@dataclass(frozen=True)
class RoleStyle:
    """How a role is drawn: a colour (shared by its family) and a marker (its own within the family)."""

    colour: str
    marker: str | tuple[int, int, int]


def role_style(role: str, register: pd.DataFrame | None = None) -> RoleStyle:
    """How is this role drawn, everywhere in the book?

    register: one row a role in the order of the register; columns id, family, and new ("false", or False, marks an
        existing role). Left out: the project's own register, the codebook "roles".
    Raises InputError for a role that the register doesn't know, with the nearest one that it does.

    The assignment follows the register's order within each family, so a role added at its end changes no other role.

    >>> register = pd.DataFrame({"id": ["nursing_associate", "nurse"], "family": "nursing", "new": [True, False]})
    >>> role_style("nursing_associate", register)
    RoleStyle(colour='#298cd3', marker='o')
    """
    styles = _project_styles() if register is None else role_styles(register)
    if role not in styles:
        raise InputError(
            f"The role '{role}' is not in the register of roles. {did_you_mean(role, styles)} "
            "Use an id of the register, or add the role at the end of data/codebooks/roles.yml."
        )
    return styles[role]


def role_styles(register: pd.DataFrame) -> dict[str, RoleStyle]:
    """How is each role of the register drawn? See `role_style`.

    Raises InputError when there are more families than colours, or more roles in a family than markers.
    """
    colours = _family_colours(register)
    used: dict[str, int] = {}
    styles = {}
    for role, family, new in zip(register["id"], register["family"], register["new"], strict=True):
        colour = EXISTING_ROLE_COLOUR if str(new).lower() == "false" else colours[str(family)]
        turn = used.get(colour, 0)
        if turn == len(MARKERS):
            raise InputError(
                f"The role '{role}' is number {turn + 1} drawn in the colour of '{family}', and there are "
                f"{len(MARKERS)} markers. Split the family in the register, or extend palette.MARKERS."
            )
        used[colour] = turn + 1
        styles[str(role)] = RoleStyle(colour, MARKERS[turn])
    return styles


def _family_colours(register: pd.DataFrame) -> dict[str, str]:
    """The fixed colours, and for families of another register the colours left over, in order of appearance."""
    present = [str(family) for family in pd.unique(register["family"])]
    colours = {family: colour for family, colour in FAMILY_COLOURS.items() if family in present}
    spare = [colour for family, colour in FAMILY_COLOURS.items() if family not in present]
    others = [family for family in present if family not in FAMILY_COLOURS]
    if len(others) > len(spare):
        raise InputError(
            f"The register has {len(present)} families of roles and the palette {len(FAMILY_COLOURS)} colours: "
            f"{', '.join(present)}. Merge families that a reader needn't tell apart by colour."
        )
    return colours | dict(zip(others, spare, strict=False))


@lru_cache(maxsize=1)
def _project_styles() -> dict[str, RoleStyle]:
    return role_styles(load_codebook("roles").codes)

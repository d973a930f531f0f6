"""Tiles for maps: the seven regions and the 42 integrated care boards as equal squares that keep England's shape."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from newroles.datasets.sources import files
from newroles.datasets.sources.tables import OGL, Column, OpenTable
from newroles.datasets.sources.trusts import REGIONS, short_board_name

EARTH_RADIUS_KM = 6371.0
ENGLAND_KM2 = 130_000.0
STANDARD_PARALLEL = 52.7

REGION_TILES = {  # (column, row), laid by hand so that tiles which touch are regions which touch
    "North West": (1, 0),
    "North East and Yorkshire": (2, 0),
    "Midlands": (1, 1),
    "East of England": (2, 1),
    "South West": (0, 2),
    "South East": (1, 2),
    "London": (2, 2),
}


def region_tiles(boards: pd.DataFrame) -> pd.DataFrame:
    """Where does each region and each integrated care board stand on a map of equal tiles?

    One row a tile: column 0 is the westernmost and row 0 the northernmost of its level. Regions are laid by hand;
    boards by the assignment of their centres to the cells of a square grid that moves them least (squared distance,
    linear sum assignment), where one cell has a 42nd part of England's area.

    Takes the lookup of boards: one row a board, with region and the centre's longitude and latitude (degrees, WGS84).
    """
    code_of_region = boards.groupby("nhser_name")["nhser_ods_code"].first()
    regions = pd.DataFrame(
        {
            "level": "region",
            "code": [code_of_region[name] for name in REGIONS],
            "name": REGIONS,
            "region": REGIONS,
            "column": [REGION_TILES[name][0] for name in REGIONS],
            "row": [REGION_TILES[name][1] for name in REGIONS],
        }
    )
    in_order = boards.sort_values("icb_ods_code", ignore_index=True)
    column, row = assign_to_grid(
        *equal_area(in_order["long"], in_order["lat"]), cell=np.sqrt(ENGLAND_KM2 / len(boards))
    )
    tiles = pd.DataFrame(
        {
            "level": "board",
            "code": in_order["icb_ods_code"],
            "name": short_board_name(in_order["icb_name"]),
            "region": in_order["nhser_name"],
            "column": column,
            "row": row,
        }
    )
    return pd.concat([regions, tiles.sort_values(["row", "column"])], ignore_index=True)


def equal_area(longitude: pd.Series, latitude: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Kilometres east and north under a cylindrical equal-area projection, true to shape in mid-England."""
    squeeze = np.cos(np.radians(STANDARD_PARALLEL))
    east = EARTH_RADIUS_KM * squeeze * np.radians(longitude.to_numpy(dtype=float))
    north = EARTH_RADIUS_KM / squeeze * np.sin(np.radians(latitude.to_numpy(dtype=float)))
    return east, north


def assign_to_grid(east: np.ndarray, north: np.ndarray, cell: float, margin: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Which cell of a square grid does each place get, no two the same, so that they move least in total?

    Returns the columns (from the west) and rows (from the north), both from 0. `cell` is the side of a cell in km.
    """
    x, y = (east - east.mean()) / cell, (north.mean() - north) / cell
    columns = np.arange(np.floor(x.min()) - margin, np.ceil(x.max()) + margin + 1)
    rows = np.arange(np.floor(y.min()) - margin, np.ceil(y.max()) + margin + 1)
    cells = np.array([(column, row) for row in rows for column in columns])
    moved = (x[:, None] - cells[:, 0]) ** 2 + (y[:, None] - cells[:, 1]) ** 2
    _, chosen = linear_sum_assignment(moved)
    laid = cells[chosen].astype(int)
    laid -= laid.min(axis=0)
    return laid[:, 0], laid[:, 1]


def layout_as_text(tiles: pd.DataFrame, level: str = "board") -> str:
    """The layout as a person would sketch it: one line a row, codes in place, dots for sea and gaps.

    >>> west_east = pd.DataFrame({"level": "board", "code": ["QA", "QB"], "column": [0, 2], "row": [0, 0]})
    >>> print(layout_as_text(west_east))
    QA ... QB
    """
    some = tiles.loc[tiles["level"] == level]
    places = {(c, r): code for c, r, code in zip(some["column"], some["row"], some["code"], strict=True)}
    width, height = some["column"].max() + 1, some["row"].max() + 1
    return "\n".join(" ".join(places.get((c, r), "...") for c in range(width)) for r in range(height))


TABLES = (
    OpenTable(
        name="region_tiles",
        title="Tile layout of the seven regions and 42 integrated care boards",
        builder=region_tiles,
        inputs={"boards": files.BOARDS},
        one_row_is="one tile: a region or an integrated care board",
        period="integrated care boards of April 2023, regions of January 2024",
        place="England",
        source=(
            {
                "name": (
                    "Integrated care boards (April 2023), Office for National Statistics, as kept by FingertipsNext"
                ),
                "url": "https://github.com/dhsc-govuk/FingertipsNext",
            },
        ),
        licence=OGL,
        attribution=(
            "Source: Office for National Statistics licensed under the Open Government Licence v.3.0. "
            "Contains OS data (c) Crown copyright and database right 2023. The layout is our own."
        ),
        columns=(
            Column("level", "string", "region or board."),
            Column("code", "string", "Code of the region (Y..) or of the integrated care board (Q..)."),
            Column("name", "string", "Name of the region, or place that the board is named after."),
            Column("region", "string", "NHS England region that it lies in."),
            Column("column", "integer", "Column of the tile within its level, from 0 in the west.", "tiles"),
            Column("row", "integer", "Row of the tile within its level, from 0 in the north.", "tiles"),
        ),
        known_problems=(
            (
                "A tile says neither size nor border: boards are moved from where they lie, most around London, "
                "and neighbours on the grid need not touch on the ground."
            ),
        ),
    ),
)

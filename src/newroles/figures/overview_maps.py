"""Tile maps of England: every region, or every integrated care board, is a tile of the same size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from newroles.errors import InputError, did_you_mean
from newroles.figures.cells import NOT_ASKED, Cell, cell_of, draw_cell, key_of, short_names
from newroles.figures.style import (
    ACCENT,
    GRID,
    MUTED,
    PAPER,
    WIDE,
    figure_of,
    figure_width,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)

_LETTER = 0.076  # inches a character of a panel's name
_LINE = 0.165  # inches a line of it
_LEAST_BAR = 0.55  # inches a tile is wide that has room for a bar
_SHORT_LETTER = 0.066  # inches a character in a tile


@use_house_style()
def tile_map(table: pd.DataFrame, tiles: pd.DataFrame, ax: Axes | None = None) -> Figure:
    """Where in England did trusts take part? Every region is a tile of the same size.

    table: one row a region: region, responded, n, estimate (share, 0-1; blank: not known).
    tiles: one row a tile: name (the region), column and row (row 0 on top).
    Returns the figure: the deeper the shade and the longer the bar, the larger the share. A tile without a row in the
    table, or with a blank share, is hatched.
    Raises InputError when a column is missing, or a region of the table has no tile.
    """
    need_columns(table, ["region", "responded", "n", "estimate"], "tile_map", "a region")
    need_columns(tiles, ["name", "column", "row"], "tile_map (tiles)", "a tile")
    _require_tiles(table["region"], tiles, "region")
    shares = {row["region"]: row for row in table.to_dict("records") if pd.notna(row["estimate"])}
    left, top = tiles["column"].min(), tiles["row"].min()
    across, down = tiles["column"].max() + 1 - left, tiles["row"].max() + 1 - top
    side = min((figure_width() - 0.1) / across, 1.25)
    ax = new_axes(side * down + 0.1, ax)
    ax.set(xlim=(left - 0.02, left + across), ylim=(top + down, top - 0.02))
    ax.set_aspect("equal")
    ax.axis("off")
    for tile in tiles.to_dict("records"):
        _draw_tile(ax, tile["column"], tile["row"], str(tile["name"]), shares.get(tile["name"]), large=side > 1)
    return figure_of(ax)


def _draw_tile(ax: Axes, x: float, y: float, name: str, row: dict[Any, Any] | None, large: bool) -> None:
    small, text = (8.4, 9.5) if large else (8.0, 8.6)
    if row is None:
        looks = {"facecolor": "none", "edgecolor": MUTED, "linewidth": 0.8, "hatch": "//", "hatchcolor": GRID}
        ax.add_patch(Rectangle((x, y), 0.95, 0.95, **looks))  # type: ignore[arg-type]
        ax.text(x + 0.06, y + 0.75, "not known", va="bottom", fontsize=small, fontstyle="italic")
    else:
        share = float(row["estimate"])
        ax.add_patch(Rectangle((x, y), 0.95, 0.95, facecolor="none", edgecolor=MUTED, linewidth=0.8))
        ax.add_patch(Rectangle((x, y), 0.95, 0.95, facecolor=ACCENT, alpha=0.34 * share, linewidth=0))
        _draw_bar(ax, x, y, share, 1.0)
        said = " of ".join("?" if pd.isna(count) else number(count) for count in (row["responded"], row["n"]))
        ax.text(x + 0.06, y + 0.75, said, va="bottom", fontsize=text, fontweight="bold")
    ax.text(x + 0.06, y + 0.06, wrapped(name, 10), va="top", fontsize=small, linespacing=1.1)


def _draw_bar(ax: Axes, x: float, y: float, share: float, side: float) -> None:
    """A share as a bar at the foot of a tile."""
    corner, wide, tall = (x + 0.06 * side, y + 0.8 * side), 0.83 * side, 0.07 * side
    ax.add_patch(Rectangle(corner, wide, tall, facecolor="none", edgecolor=MUTED, linewidth=0.6))
    ax.add_patch(Rectangle(corner, wide * share, tall, facecolor=ACCENT, linewidth=0))


@use_house_style()
def tile_map_of_shares(
    table: pd.DataFrame,
    tiles: pd.DataFrame,
    by: str = "role",
    place: str = "region",
    names: Mapping[str, str] | None = None,
    off_map: Sequence[str] = (),
) -> Figure:
    """Where in England was each role (or kind of role) reported, of how many trusts that answered?

    table: one row a role and region, as `overview.roles_by_region` returns: role, region, count, answered, share (0-1),
        optionally state and, after `disclosure.protect`, count_status. Totals ("All regions") are left out.
    tiles: one row a tile: name (the region or board), column and row (row 0 on top); optionally short (its label).
    by: the column with one map for each value; place: the column that names a tile, such as region or icb. names: what
    each role is called; left out, its id in words. off_map: places without a tile (such as another nation, or "not known"),
    named beneath instead.
    Returns the figure: maps on one scale, a tile labelled in short with "3 of 8", shaded by the share and, where there
    is room, with a bar. Small numbers, places where nobody answered and places that the table lacks differ in their hatch.
    Regions' labels are spelt out beneath; boards have too many, and the table behind the figure names them.
    It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, a place has no tile, or is there twice in a map.

    >>> table = pd.DataFrame({"role": "care_navigator", "region": ["London"], "count": 3, "answered": 8, "share": 0.375})
    >>> tiles = pd.DataFrame({"name": ["London", "South East"], "column": [1, 0], "row": 0})
    >>> sorted(text.get_text() for text in tile_map_of_shares(table, tiles).axes[0].texts)[:4]
    ['3 of 8', 'Care navigator', 'Lon', 'Lon London; SE South East']
    """
    maps = _maps(table[~table[place].isin(list(off_map))] if place in table.columns else table, tiles, by, place)
    named = [str(name) for name in tiles["name"]]
    short = [str(text) for text in tiles["short"]] if "short" in tiles.columns else short_names(named)
    narrow = figure_width() < WIDE / 2
    room = figure_width() - 0.08
    columns, rows = (int(tiles[way].max() - tiles[way].min()) + 1 for way in ("column", "row"))
    beside = min(len(maps), max(1, (2 if narrow else 4) if columns <= 3 else 1))
    side = min((room - 0.18 * (beside - 1)) / beside / columns, 0.8 if columns <= 3 else 0.7)
    wide = side * columns
    said = [wrapped((names or {}).get(name, name.replace("_", " ").capitalize()), int(wide / _LETTER)) for name in maps]
    heads = [
        max(text.count("\n") + 1 for text in said[i : i + beside]) * _LINE + 0.06 for i in range(0, len(said), beside)
    ]
    every = [cell for cells in maps.values() for cell in (cells.get(name, NOT_ASKED) for name in named)]
    key = key_of(every, room, {"not_asked": "not asked, or no trusts there"})
    spelt = "; ".join(f"{label} {name}" for name, label in zip(named, short, strict=True)) if len(named) <= 12 else ""
    elsewhere = f"Not on the map: {', '.join(map(str, off_map))}" if len(off_map) else ""
    below = wrapped(". ".join(part for part in (spelt, elsewhere) if part), int(room / 0.066))
    bottom = sum(heads) + len(heads) * (side * rows + 0.16)
    end = bottom + key.height + _LINE * (below.count("\n") + bool(below)) + 0.1
    ax = new_axes(end + 0.08)
    ax.set(xlim=(-0.01, room), ylim=(end, -0.01))
    ax.axis("off")
    between = " of " if _fits([cell.words(" of ") for cell in every], side) else "/"
    top = 0.0
    for line, head in enumerate(heads):
        for i, name in enumerate(list(maps)[line * beside : (line + 1) * beside]):
            x = i * (wide + 0.18)
            ax.text(x, top, said[line * beside + i], va="top", fontweight="bold", linespacing=1.05)
            for tile, label in zip(tiles.to_dict("records"), short, strict=True):
                at = (
                    x + (tile["column"] - tiles["column"].min()) * side,
                    top + head + (tile["row"] - tiles["row"].min()) * side,
                )
                _draw_small(ax, *at, side, label, maps[name].get(str(tile["name"]), NOT_ASKED), between)
        top += head + side * rows + 0.16
    key.draw(ax, bottom + 0.04)
    if below:
        ax.text(0, bottom + key.height + 0.06, below, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def _maps(table: pd.DataFrame, tiles: pd.DataFrame, by: str, place: str) -> dict[str, dict[str, Cell]]:
    need_columns(table, [by, place, "count", "answered", "share"], "tile_map_of_shares", f"a {by} and {place}")
    need_columns(tiles, ["name", "column", "row"], "tile_map_of_shares (tiles)", "a tile")
    drawn = table[~table[place].isin(["All regions", "England"])]
    if drawn.empty:
        raise InputError("The table has only totals; a map needs a row for each place.")
    _require_tiles(drawn[place], tiles, place)
    maps: dict[str, dict[str, Cell]] = {}
    for row in drawn.to_dict("records"):
        cells = maps.setdefault(str(row[by]), {})
        if str(row[place]) in cells:
            raise InputError(f"{row[by]} in {row[place]} is there twice. One row is one {by} in one {place}.")
        cells[str(row[place])] = cell_of(row, f"{row[by]} in {row[place]}")
    return maps


def _require_tiles(places: pd.Series, tiles: pd.DataFrame, place: str) -> None:
    homeless = sorted(set(places.astype(str)) - set(tiles["name"]))
    if homeless:
        known = list(map(str, tiles["name"]))
        hint = f"Tiles: {', '.join(known)}." if len(known) <= 12 else did_you_mean(homeless[0], known)
        raise InputError(f"No tile for the {place} '{homeless[0]}'. {hint}")


def _fits(texts: list[str], side: float) -> bool:
    return max(map(len, texts)) * _SHORT_LETTER <= side - 0.1


def _draw_small(ax: Axes, x: float, y: float, side: float, label: str, cell: Cell, between: str) -> None:
    """A tile of side inches with its upper left corner at x, y."""
    box = side - 0.03
    draw_cell(ax, x, y, box, box, cell)
    barred = side >= _LEAST_BAR and cell.state in ("shown", "zero") and pd.notna(cell.share)
    if barred:
        _draw_bar(ax, x, y, cell.share, box)
    size = 8.4 if side >= _LEAST_BAR else 8.0
    background = {"facecolor": "none", "edgecolor": "none", "pad": 0.5}
    if cell.state in ("hidden", "missing"):
        background["facecolor"] = PAPER
    middle = x + box / 2
    rows = (0.26, 0.6) if barred else (0.28, 0.7)
    if cell.state == "not_asked":
        rows = (0.24, 0.7)
    ax.text(middle, y + box * rows[0], label, ha="center", va="center", fontsize=size).set_bbox(background)
    if cell.words():
        ax.text(middle, y + box * rows[1], cell.words(between), ha="center", va="center", fontsize=size).set_fontweight(
            "bold"
        )

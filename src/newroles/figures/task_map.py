"""Who does which task in one team, before and after a new role? A board that a team reads in ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from newroles.errors import InputError
from newroles.figures.networks import in_words
from newroles.figures.palette import FAMILY_COLOURS
from newroles.figures.style import (
    ACCENT,
    GRID,
    INK,
    MUTED,
    PAPER,
    WIDE,
    figure_of,
    figure_width,
    is_narrow,
    need_columns,
    new_axes,
    use_house_style,
    wrapped,
)  # fmt: skip
from newroles.jurisdiction import BECAME, became_name

ALARM = FAMILY_COLOURS["medical"]
"""The colour of what is contested."""

_LINE, _LETTER = 0.165, 0.076  # inches: a line of small text, and a character of it
_CHIP, _CAPITAL = 0.2, 0.088  # inches: the height of a chip, and a capital in it
_PRESSING = ("dropped", "contested")
_POSITIONS = ("doers", "supervisors", "claimants", "given_up")


@dataclass(frozen=True)
class _Chip:
    """A role's code with what it does in one task."""

    code: str
    does: bool = False
    supervises: bool = False
    claims: bool = False
    new: bool = False

    @property
    def text(self) -> str:
        return ("▲ " if self.supervises else "") + self.code + (" !" if self.claims else "")

    @property
    def wide(self) -> float:
        return len(self.text) * _CAPITAL + 0.13


@use_house_style()
def task_board(
    change: pd.DataFrame,
    names: Mapping[str, str] | None = None,
    short: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Who does which task in one team, before and after the new role?

    change: the rows of one team of `jurisdiction.task_change` (one row per task): task, became, new_role, and in both waves
        (_before, _after) doers, supervisors, claimants, given_up (tuples of roles) and state.
    names: what roles and tasks are called; left out, the id in words. short: codes of roles; left out, their initials.
    Returns the figure: tasks under what became of them, most pressing first; in each cell the roles, filled where they do the
    task, outlined where they supervise (▲) or claim (!) it, struck through where they gave it up; contested cells and those
    with nobody to do it stand out by outline and words.
    Raises InputError when a column is missing, there are no rows, or the rows are of several teams.

    >>> from newroles.datasets import load_study
    >>> from newroles.jurisdiction.task_change import task_change
    >>> team = task_change(load_study("example_study").tasks).query("team == 'T001'")
    >>> [text.get_text() for text in task_board(team).axes[0].texts][:2]
    ['Before', 'After']
    """
    held = [f"{what}_{when}" for what in (*_POSITIONS, "state") for when in ("before", "after")]
    need_columns(change, ["task", "became", "new_role", *held], "task_board", "a task of a team")
    if change["task"].duplicated().any() or ("team" in change and len(set(change["team"])) > 1):
        raise InputError(
            "The board is of one team: choose one, as jurisdiction.board_of_team does, or draw task_board_of_teams."
        )
    roles = sorted({role for column in held[:-2] for listed in change[column] for role in listed})
    said, tasks = in_words(roles, names), in_words(change["task"].tolist(), names)
    codes = _codes(said) | {role: code for role, code in (short or {}).items() if role in said}
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.12 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    grid = _Grid(narrow, room)
    lines, top = [], 0.28
    for became in [one for one in BECAME if one in set(change["became"])]:
        own = change[change["became"] == became].to_dict("records")
        lines.append(_Line(top, _heading(became, len(own)), became))
        top += 0.32
        for row in own:
            line = grid.line(top, tasks[str(row["task"])], row, codes)
            lines.append(line)
            top += line.height
    key = _key(room, any(change["new_role"].ne("")))
    listed = "; ".join(f"{codes[role]} {said[role].lower()}" for role in sorted(roles, key=codes.__getitem__))
    meant = wrapped(listed, int(room / 0.068))
    total = top + 0.12 + 0.25 * (key[-1][1] + 1) + _LINE * (meant.count("\n") + 1) + 0.1
    ax = new_axes(total + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(total, 0))
    ax.axis("off")
    for when, x in grid.starts.items():
        ax.text(x + grid.wide / 2, 0.12, when.capitalize(), ha="center", va="center", color=MUTED, fontweight="bold")
    for line in lines:
        _draw_line(ax, line, grid)
    for x, step, chip, text in key:
        y = top + 0.16 + 0.25 * step
        _draw_chip(ax, x + 0.02, y, chip)
        ax.text(x + chip.wide + 0.08, y + _CHIP / 2, text, va="center", fontsize="small", color=MUTED)
    ax.text(0, total - 0.06, meant, va="bottom", fontsize=8.4, color=MUTED, linespacing=1.1)
    return figure_of(ax)


@dataclass(frozen=True)
class _Cell:
    """A cell of the board: where it is (inches, y downwards), who is in it, and the task's state."""

    x: float
    y: float
    wide: float
    tall: float
    chips: Sequence[_Chip]
    state: str


@dataclass(frozen=True)
class _Line:
    """A heading or a task on the board, with its cells; text that stands beside or above them."""

    top: float
    text: str
    became: str
    cells: Sequence[_Cell] = ()
    middle: float = 0.0
    height: float = 0.0


class _Grid:
    """The columns of the board, in inches; on a phone the names stand above their cells."""

    def __init__(self, narrow: bool, room: float) -> None:
        self.narrow, self.room = narrow, room
        self.left, self.gap = (0.02, 0.18) if narrow else (1.95, 0.3)
        self.wide = (room - self.left - self.gap - 0.02) / 2
        self.starts = {"before": self.left, "after": self.left + self.wide + self.gap}

    def line(self, top: float, name: str, row: Mapping[Any, Any], codes: Mapping[str, str]) -> _Line:
        """A task: both cells, or, where it is unchanged, one that stands for both."""
        same = row["became"] == "unchanged"
        chips = {when: _chips(row, when, codes) for when in ("before", "after")}
        states = {when: str(row[f"state_{when}"]) for when in ("before", "after")}
        across = (self.wide if self.narrow else 2 * self.wide + self.gap) if same else self.wide
        beside = self.wide if self.narrow else self.left - 0.1
        text = wrapped(name, int((self.room if self.narrow and not same else beside) / _LETTER))
        tall = max(_cell_height(chips[when], states[when], across) for when in chips)
        lines = _LINE * (text.count("\n") + 1)
        above = lines + 0.02 if self.narrow and not same else 0.0
        if not above:
            tall = max(tall, lines)
        y = top + above
        places = {"after" if self.narrow else "before": "after"} if same else {"before": "before", "after": "after"}
        cells = [_Cell(self.starts[at], y, across, tall, chips[when], states[when]) for at, when in places.items()]
        middle = top + (lines if above else tall) / 2
        return _Line(top, text, str(row["became"]), cells, middle, above + tall + (0.1 if above else 0.07))


def _heading(became: str, tasks: int) -> str:
    return f"{became_name(became)} ({tasks})" + (": before and after" if became == "unchanged" else "")


def _draw_line(ax: Axes, line: _Line, grid: _Grid) -> None:
    if not line.cells:
        colour = ALARM if line.became in _PRESSING else INK
        ax.text(0, line.top + 0.19, line.text, va="center", fontweight="bold", color=colour)
        ax.plot([0, grid.room], [line.top + 0.06] * 2, color=GRID, linewidth=0.8)
        return
    ax.text(0, line.middle, line.text, va="center", fontsize=8.8, linespacing=1.05)
    for cell in line.cells:
        _draw_cell(ax, cell.x, cell.y, cell.wide, cell.tall, cell.chips, cell.state)
    if len(line.cells) > 1:
        middle = line.cells[0].y + line.cells[0].tall / 2
        ax.text(grid.starts["after"] - grid.gap / 2, middle, "→", ha="center", va="center", color=INK)


def _chips(row: Mapping[Any, Any], when: str, codes: Mapping[str, str]) -> list[_Chip]:
    """The roles with a position: who does it first, who gave it up last."""
    does, supervises, claims, gave = (row[f"{what}_{when}"] for what in _POSITIONS)
    order = list(dict.fromkeys([*does, *supervises, *claims, *gave]))
    return [
        _Chip(codes[role], role in does, role in supervises, role in claims, role == row["new_role"]) for role in order
    ]


def _placed(chips: Iterable[_Chip], wide: float) -> list[tuple[float, int, _Chip]]:
    """Where each chip starts (inches) and on which line of its cell."""
    placed, x, line = [], 0.06, 0
    for chip in chips:
        if x > 0.06 and x + chip.wide > wide - 0.04:
            x, line = 0.06, line + 1
        placed.append((x, line, chip))
        x += chip.wide + 0.06
    return placed


def _tag(state: str) -> str:
    return {"contested": "contested", "orphan": "nobody does it", "": "not spoken of"}.get(state, "")


def _cell_height(chips: Sequence[_Chip], state: str, wide: float) -> float:
    lines, _ = _lines(chips, state, wide)
    return lines * (_CHIP + 0.04) + 0.05


def _lines(chips: Sequence[_Chip], state: str, wide: float) -> tuple[int, bool]:
    """How many lines a cell has, and whether its words stand on a line of their own."""
    placed, tag = _placed(chips, wide), _tag(state)
    if not placed:
        return 1, False
    last, line, chip = placed[-1]
    own = bool(tag) and last + chip.wide + 0.1 + len(tag) * _LETTER > wide - 0.05
    return line + 1 + own, own


def _draw_cell(ax: Axes, x: float, y: float, wide: float, tall: float, chips: Sequence[_Chip], state: str) -> None:
    look: dict[str, Any] = {"facecolor": "none", "edgecolor": GRID, "linewidth": 0.8}
    if state == "contested":
        ax.add_patch(Rectangle((x, y), wide, tall, facecolor=ALARM, alpha=0.13, linewidth=0))
        look.update(edgecolor=ALARM, linewidth=1.8)
    elif state == "orphan":
        look.update(edgecolor=INK, linewidth=1.4, linestyle=(0, (3, 2)))
    elif state == "shared":
        ax.add_patch(Rectangle((x, y), wide, tall, facecolor=ACCENT, alpha=0.1, linewidth=0))
    ax.add_patch(Rectangle((x, y), wide, tall, **look))
    lines, own = _lines(chips, state, wide)
    first = y + (tall - lines * (_CHIP + 0.04) + 0.04) / 2
    placed = _placed(chips, wide)
    for across, line, chip in placed:
        _draw_chip(ax, x + across, first + line * (_CHIP + 0.04), chip)
    if tag := _tag(state):
        down = first + (lines - 1) * (_CHIP + 0.04) + _CHIP / 2
        start = x + 0.06 if own or not placed else x + placed[-1][0] + placed[-1][2].wide + 0.1
        said = ax.text(start, down, tag, va="center", fontsize=8.4, color=ALARM if state == "contested" else INK)
        said.set(
            fontweight="bold" if state == "contested" else "normal",
            fontstyle="normal" if state == "contested" else "italic",
        )


def _draw_chip(ax: Axes, x: float, y: float, chip: _Chip) -> None:
    held = chip.does or chip.supervises or chip.claims
    fill = (ACCENT if chip.new else MUTED) if chip.does else PAPER
    if held:
        edge = ALARM if chip.claims else (ACCENT if chip.new else MUTED)
        look: dict[str, Any] = {"facecolor": fill, "edgecolor": edge, "linewidth": 2.0 if chip.claims else 1.0}
        corner = "square,pad=0" if chip.new else "round,pad=0,rounding_size=0.08"
        ax.add_patch(FancyBboxPatch((x, y), chip.wide, _CHIP, boxstyle=corner, **look))
    text = ax.text(x + chip.wide / 2, y + _CHIP / 2, chip.text, ha="center", va="center", fontsize=8.2)
    text.set(color=PAPER if chip.does else INK if held else MUTED, fontweight="bold" if chip.does else "normal")
    if not held:
        ax.plot([x + 0.03, x + chip.wide - 0.03], [y + _CHIP / 2] * 2, color=MUTED, linewidth=1.1)


def _codes(said: Mapping[str, str]) -> dict[str, str]:
    """A short code for each role: initials; of those with the same, two letters of the first word and the other initials."""
    parts = {
        role: [
            w for w in name.replace("-", " ").replace("/", " ").split() if w.lower() not in ("of", "and", "the", "in")
        ]
        for role, name in said.items()
    }
    codes = {
        role: words[0][:4].title() if len(words) == 1 else "".join(w[0] for w in words).upper()
        for role, words in parts.items()
    }
    for letters in (2, 3, 4):
        alike = {role for role, code in codes.items() if list(codes.values()).count(code) > 1}
        for role in alike:
            codes[role] = parts[role][0][:letters].title() + "".join(w[0] for w in parts[role][1:]).upper()
    seen: dict[str, int] = {}
    for role, code in codes.items():
        seen[code] = seen.get(code, 0) + 1
        codes[role] = code if seen[code] == 1 else f"{code}{seen[code]}"
    return codes


def _key(room: float, new: bool) -> list[tuple[float, int, _Chip, str]]:
    """What the chips mean: where each stands (inches), on which line."""
    chips = [
        (_Chip("AB", does=True), "does it"), (_Chip("AB", supervises=True), "supervises"), (_Chip("AB", claims=True), "claims it"),
        (_Chip("AB"), "gave it up"),
    ]  # fmt: skip
    if new:
        chips.append((_Chip("AB", does=True, new=True), "the new role"))
    places = key_places([(chip.wide + 0.06, text) for chip, text in chips], room)
    return [(x, line, chip, text) for (x, line), (chip, text) in zip(places, chips, strict=True)]


def key_places(entries: Sequence[tuple[float, str]], room: float) -> list[tuple[float, int]]:
    """Where each entry of a key starts (inches) and on which line, given how much stands before its text."""
    places, x, line = [], 0.0, 0
    for before, text in entries:
        wide = before + len(text) * _LETTER + 0.12
        if x and x + wide > room:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide
    return places

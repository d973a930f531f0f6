"""The network of acts at the boundary: which role acts towards which, how often, and how constructively."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from newroles.errors import InputError, did_you_mean
from newroles.figures.boundary_acts import DESTRUCTIVE
from newroles.figures.networks import in_words
from newroles.figures.role_network import names_beside
from newroles.figures.style import (
    ACCENT,
    INK,
    MUTED,
    PAPER,
    WIDE,
    figure_of,
    figure_width,
    is_narrow,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip

_LINE, _LETTER = 0.165, 0.074  # inches: a line of small text, and a character of it
LOOKS = {
    "constructive": (ACCENT, "-", "more constructive than destructive"),
    "destructive": (DESTRUCTIVE, (0, (4.0, 1.6)), "more destructive"),
    "neither": (MUTED, (0, (1.2, 1.4)), "about as much of either"),
}
"""How an arrow of each net tone looks, and what it is called in the key."""


@use_house_style()
def act_network_figure(
    pairs: pd.DataFrame,
    new_roles: Collection[str] = (),
    names: Mapping[str, str] | None = None,
    most: int = 14,
    least: int = 3,
    even: float = 0.1,
    ax: Axes | None = None,
) -> Figure:
    """Which roles act towards which at the boundary, how often, and of which tone?

    pairs: one row per ordered pair of roles, as `boundary_work.pair_table` returns: actor_role, target_role, acts (blank:
        not shown, and not drawn), net (constructive less destructive acts, as a share of acts, -1 to 1; blank: no tone).
    new_roles: which roles are new (squares; the others are circles). names: what roles are called; left out, the id in words.
    most: how many roles, those with most acts. least: pairs with fewer acts have no arrow. What isn't drawn is counted in the
        note. even: a net tone nearer to zero than this counts as neither.
    Returns the figure: roles round a circle, those with many acts between them side by side; arrows from actor to target, as
        thick as there are acts, in colour and dash by net tone. On a phone roles have numbers, and their names stand below.
    Raises InputError when a column is missing, there are no rows, a pair stands there twice or is a role and itself, a net
        tone lies outside -1 to 1, no pair has as many acts as `least`, most is below 2, or a new role isn't in the table.

    >>> pairs = pd.DataFrame({"actor_role": ["nurse"], "target_role": ["doctor"], "acts": [4], "net": [0.5]})
    >>> sorted(text.get_text() for text in act_network_figure(pairs).axes[0].texts[:2])
    ['Doctor', 'Nurse']
    """
    _refuse(pairs, new_roles, most)
    known = pairs[pairs["acts"].notna() & (pairs["acts"] > 0)]
    acts_of = _acts_of(known)
    kept = acts_of.sort_values(ascending=False, kind="stable").index[:most].tolist()
    inside = known[known["actor_role"].isin(kept) & known["target_role"].isin(kept) & known["acts"].ge(least)]
    if inside.empty:
        raise InputError(f"No pair of roles has {least} acts or more: say so in a sentence instead of drawing it.")
    order = _side_by_side([role for role in kept if role in {*inside["actor_role"], *inside["target_role"]}], inside)
    outside = float(known["acts"].sum() - inside["acts"].sum())
    said = in_words(order, names)
    narrow = figure_width() < WIDE / 2 if ax is None else is_narrow(ax)
    room = figure_width() - 0.1 if ax is None else float(ax.get_position().width * figure_of(ax).get_figwidth())
    across = 2.75 if narrow else 3.7
    listed = [wrapped(f"{i + 1}  {said[role]}", int(room / _LETTER)) for i, role in enumerate(order)] if narrow else []
    tones = [_tone(net, even) for net in inside["net"].astype(float)]
    key = [tone for tone in LOOKS if tone in tones]
    told = wrapped(_meaning(inside["acts"], outside, bool(set(new_roles) & set(order))), int(room / (_LETTER - 0.004)))
    top = 0.3
    below = top + across + 0.32
    list_height = sum((text.count("\n") + 1) * _LINE + 0.02 for text in listed) + (0.08 if listed else 0)
    height = below + list_height + 0.21 * len(key) + _LINE * (told.count("\n") + 1) + 0.14
    ax = new_axes(height + 0.05, ax)
    ax.set(xlim=(0, room), ylim=(height, 0))
    ax.axis("off")
    angle = 2 * np.pi * (np.arange(len(order)) + 0.5) / len(order)
    x, y = room / 2 + across / 2 * np.sin(angle), top + across / 2 - across / 2 * np.cos(angle)
    place = {role: i for i, role in enumerate(order)}
    size = {role: (7.5 if narrow else 8.5) + 8 * float(np.sqrt(acts_of[role] / acts_of[order].max())) for role in order}
    for (row, tone), _ in sorted(
        zip(zip(inside.to_dict("records"), tones, strict=True), inside["acts"], strict=True), key=lambda each: each[1]
    ):
        one, other = place[row["actor_role"]], place[row["target_role"]]
        thick = 0.7 + 3.6 * float(row["acts"]) / float(inside["acts"].max())
        _arrow(ax, (x[one], y[one]), (x[other], y[other]), tone, thick, size[order[one]] / 2, size[order[other]] / 2)
    for role, i in place.items():
        _node(ax, x[i], y[i], role in new_roles, size[role], str(i + 1) if narrow else "")
    down = below
    if narrow:
        for text in listed:
            ax.text(0, down, text, va="top", fontsize=8.6)
            down += (text.count("\n") + 1) * _LINE + 0.02
        down += 0.08
    else:
        names_beside(ax, [said[role] for role in order], x, y, room, across, top)
    for tone in key:
        _arrow(ax, (0, down + 0.07), (0.5, down + 0.07), tone, 2.2, 0, 0, bent=0)
        ax.text(0.58, down + 0.07, LOOKS[tone][2], va="center", fontsize="small", color=MUTED)
        down += 0.21
    ax.text(0, down + 0.02, told, va="top", fontsize="small", color=MUTED, linespacing=1.1)
    return figure_of(ax)


def _refuse(pairs: pd.DataFrame, new_roles: Collection[str], most: int) -> None:
    need_columns(pairs, ["actor_role", "target_role", "acts", "net"], "act_network_figure", "an ordered pair of roles")
    if pairs.duplicated(["actor_role", "target_role"]).any():
        raise InputError("A pair of roles stands twice in the table. One row is one ordered pair of actor and target.")
    own = pairs.loc[pairs["actor_role"] == pairs["target_role"], "actor_role"]
    if len(own):
        raise InputError(f"'{own.iloc[0]}' acts towards itself: a boundary has two sides. Leave such rows out.")
    if (pairs["net"].abs() > 1).any():
        raise InputError("A net tone lies outside -1 to 1. It is constructive less destructive, as a share of acts.")
    if most < 2:
        raise InputError(f"most={most}: a network needs at least two roles.")
    there = {*pairs["actor_role"], *pairs["target_role"]}
    for role in new_roles:
        if role not in there:
            raise InputError(f"The new role '{role}' is in no pair of the table. {did_you_mean(role, sorted(there))}")


def _acts_of(pairs: pd.DataFrame) -> pd.Series:
    """The acts of each role, as actor or target, in order of appearance."""
    both = pd.concat([pairs[["actor_role", "acts"]].set_axis(["role", "acts"], axis=1),
                      pairs[["target_role", "acts"]].set_axis(["role", "acts"], axis=1)])  # fmt: skip
    return both.groupby("role", sort=False)["acts"].sum().astype(float)


def _side_by_side(roles: Sequence[str], pairs: pd.DataFrame) -> list[str]:
    """An order round the circle with heavy pairs next to each other: chains joined end to end, heaviest pair first."""
    unordered: dict[tuple[str, str], float] = {}
    for row in pairs.to_dict("records"):
        one, other = sorted((str(row["actor_role"]), str(row["target_role"])))
        unordered[one, other] = unordered.get((one, other), 0.0) + float(row["acts"])
    chains = {role: [role] for role in roles}
    for (one, other), _ in sorted(unordered.items(), key=lambda item: (-item[1], item[0])):
        first, second = chains[one], chains[other]
        if first is second or one not in (first[0], first[-1]) or other not in (second[0], second[-1]):
            continue
        first = first if first[-1] == one else first[::-1]
        joined = first + (second if second[0] == other else second[::-1])
        chains.update(dict.fromkeys(joined, joined))
    placed: list[str] = []
    for role in roles:
        placed += [] if role in placed else chains[role]
    return placed


def _tone(net: float, even: float) -> str:
    if pd.isna(net) or abs(net) < even:
        return "neither"
    return "constructive" if net > 0 else "destructive"


def _arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    tone: str,
    thick: float,
    near: float,
    far: float,
    bent: float = 0.16,
) -> None:
    """An arrow that bends to its own right, so that the two directions of a pair lie beside each other."""
    colour, line, _ = LOOKS[tone]
    head = 3.4 + 1.3 * thick
    # a dashed shaft would break up its own head: the shaft and the head are drawn one by one
    shaft = FancyArrowPatch(
        start, end, arrowstyle="-", connectionstyle=f"arc3,rad={bent}", shrinkA=near, shrinkB=far + 0.8 * head,
        color=colour, linewidth=thick, linestyle=line, alpha=0.85, zorder=2, capstyle="butt",
    )  # fmt: skip
    tip = FancyArrowPatch(
        start, end, arrowstyle=f"-|>,head_length={head},head_width={head * 0.5}", connectionstyle=f"arc3,rad={bent}",
        mutation_scale=1, shrinkA=near, shrinkB=far, color=colour, linewidth=0, alpha=0.95, zorder=2.2,
    )  # fmt: skip
    ax.add_patch(shaft)
    ax.add_patch(tip)


def _node(ax: Axes, x: float, y: float, new: bool, size: float, text: str) -> None:
    ax.plot(
        [x], [y], linestyle="none", marker="s" if new else "o", markersize=max(size * (0.9 if new else 1.0), 13.5 if text else 0),
        markerfacecolor=INK if new else PAPER, markeredgecolor=INK, markeredgewidth=1.3, zorder=3, clip_on=False,
    )  # fmt: skip
    if text:
        ax.text(x, y, text, ha="center", va="center_baseline", fontsize=8, color=PAPER if new else INK, zorder=4)


def _meaning(acts: pd.Series, outside: float, any_new: bool) -> str:
    new = "Squares: new roles; circles: existing roles. " if any_new else ""
    few, many = number(float(acts.min())), number(float(acts.max()))
    thick = f"{few} acts each" if few == many else f"from {few} to {many} acts"
    rest = f" Not drawn: {number(outside)} acts of rarer pairs and roles." if outside else ""
    return f"{new}Arrows run from who acts to towards whom; the thicker, the more acts ({thick}). Colour: the balance of tones, however sure.{rest}"

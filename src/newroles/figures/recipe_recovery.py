"""Up to which noise is a planted recipe found again?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from newroles.errors import InputError
from newroles.figures.boundary_acts import DESTRUCTIVE
from newroles.figures.palette import MARKERS
from newroles.figures.recipe_charts import term_in_words
from newroles.figures.rows import dot
from newroles.figures.style import (
    ACCENT,
    INK,
    WIDE,
    figure_of,
    figure_width,
    is_narrow,
    label_points,
    need_columns,
    new_axes,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip

_SIGNS = "●■▲◆▼✚"  # the first markers of the palette, as letters
_DASHES = ("-", (0, (4, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))


@use_house_style()
def recovery_by_noise(
    table: pd.DataFrame,
    example: float | None = None,
    names: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """In which share of invented studies is each planted recipe found, the less clearly acts follow it?

    table: one row per recipe and level of noise, as `simulate.recover_recipes` returns, of one solution and one sense of found:
        tone_share (the probability that an act has the tone of its team's recipe), tone (constructive or destructive),
        recipe, formula (such as "a*~b"), share, low, high (of replicates, 0-1), replicates.
    example: the tone share of the example study, marked. names: what conditions are called; left out, the id in words.
    Returns the figure: a line a recipe, each with marker and dash of its own, with Monte Carlo intervals, from the clearest acts
        on the left to the noisiest on the right. On a phone the names stand below.
    Raises InputError when a column is missing, there are no rows, a tone is unknown, a recipe has a level twice, there is only
        one level, or more than six recipes.

    >>> table = pd.DataFrame({"tone_share": [0.8, 0.5], "tone": "constructive", "recipe": "one", "formula": "a*b", "share": [1.0, 0.4],
    ...                       "low": [0.9, 0.2], "high": [1.0, 0.6], "replicates": 40})
    >>> [text.get_text() for text in recovery_by_noise(table).axes[0].texts]
    ['a AND b']
    """
    columns = ["tone_share", "tone", "recipe", "formula", "share", "low", "high", "replicates"]
    need_columns(table, columns, "recovery_by_noise", "a recipe and a level of noise")
    for tone in table["tone"].unique():
        if tone not in ("constructive", "destructive"):
            raise InputError(f"Column 'tone': '{tone}' is no tone of a recipe: expected constructive or destructive.")
    if table.duplicated(["tone_share", "recipe"]).any():
        raise InputError(
            "A recipe has a level of noise twice. Draw one solution, and one sense of found, at a time: select them first."
        )
    if table["tone_share"].nunique() < 2:
        raise InputError("A line needs at least two levels of noise: say the one in a sentence.")
    if table["recipe"].nunique() > len(_SIGNS):
        raise InputError(f"More than {len(_SIGNS)} recipes can't be told apart in one figure: choose some.")
    ax = new_axes(3.7 if figure_width() > WIDE / 2 else 4.2, ax)
    narrow = is_narrow(ax)
    levels = sorted(-table["tone_share"].unique())  # the noisiest on the right
    span = levels[-1] - levels[0]
    parts = list(table.groupby("recipe", sort=False))
    ends = []
    for i, (_, part) in enumerate(parts):
        part = part.sort_values("tone_share", ascending=False)
        colour = DESTRUCTIVE if part["tone"].eq("destructive").all() else ACCENT
        marker = str(MARKERS[i])
        x = (
            -part["tone_share"].to_numpy(dtype=float) + (i - (len(parts) - 1) / 2) * 0.012 * span
        )  # intervals side by side
        ax.plot(x, part["share"], color=colour, linestyle=_DASHES[i % len(_DASHES)], linewidth=1.7, zorder=2)
        ax.vlines(x, part["low"], part["high"], color=colour, linewidth=1.4, zorder=1.8)
        for at, share in zip(x, part["share"], strict=True):
            dot(ax, float(at), float(share), colour, marker)
        ends.append((float(x[-1]), float(part["share"].iloc[-1]), term_in_words(str(part["formula"].iloc[0]), names)))
    share = 0.03  # of the width, for the labels at the ends of lines
    if not narrow:
        ends = [(x, y, wrapped(text, 24)) for x, y, text in ends]
        longest = max(len(line) for *_, text in ends for line in text.split("\n"))
        share = (longest * 0.075 + 0.25) / (float(figure_of(ax).get_figwidth()) - 0.6)
    ax.set_xlim(levels[0] - 0.05 * span, levels[-1] + 1.05 * span * share / (1 - share))
    ax.spines["bottom"].set_bounds(levels[0], levels[-1])
    ax.set_xticks(levels)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{-value:.0%}"))
    ax.set_ylim(-0.03, 1.05)
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    if example is not None:
        ax.axvline(-example, color=INK, linewidth=1, zorder=1)
        ax.text(-example, 1.06, "example study", ha="center", va="bottom", fontsize="small", color=INK)
    counts = sorted(set(table["replicates"].astype(int)))
    drawn = number(counts[0]) if len(counts) == 1 else f"{number(counts[0])} to {number(counts[-1])}"
    told = wrapped(
        f"Acts that have the tone of their team's recipe (up: share of {drawn} invented studies in which it is found)",
        42 if narrow else 90,
    )
    if narrow:  # the lines have no room for names at their ends
        ax.set_xlabel(told + "".join(f"\n{wrapped(f'{_SIGNS[i]} {text}', 42)}" for i, (*_, text) in enumerate(ends)))
    else:
        ax.set_xlabel(told)
        label_points(ax, *map(list, zip(*ends, strict=True)))  # type: ignore[arg-type]
    return figure_of(ax)

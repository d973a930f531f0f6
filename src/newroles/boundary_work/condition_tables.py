"""What an analysis of conditions found, laid out as tables and titles for a page; empty where there is nothing to show."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from newroles.boundary_work.acts import BoundaryActs
from newroles.boundary_work.condition_words import opinion_in_words, path_in_words
from newroles.boundary_work.team_conditions import Paths, TeamsAsCases, within_sentence

MOST_PATHS = 8
"""How many paths a figure can show; a solution of more is told by its table."""
_LINES = ["condition", "unit", "crossover", "min", "median", "max", "in_set", "note"]


def lines_of(found: TeamsAsCases) -> pd.DataFrame:
    """Where was each line drawn, and on which side of it are the teams? One row per condition and outcome, by its title."""
    if found.calibration is None:
        return pd.DataFrame(columns=_LINES)
    return found.table.assign(condition=found.table["condition"].map(found.titles))[_LINES]


def rows_of(paths: Paths) -> pd.DataFrame:
    """The truth table's observed rows, those with the outcome first, then by how many teams they hold; none without a table.

    The column `row` is their number, by which the notes name them.
    """
    if paths.truth_table is None:
        return pd.DataFrame()
    table = paths.truth_table.table
    order = table["out"].map({1: 0, 0: 1}).fillna(2)
    return (
        table.assign(order=order)
        .sort_values(["order", "n"], ascending=[True, False], kind="stable")
        .drop(columns="order")
        .reset_index()
    )


def conditions_in(paths: Paths) -> list[str]:
    """The conditions of the truth table, in its order."""
    return [] if paths.truth_table is None else paths.truth_table.conditions


def contradictions_of(paths: Paths) -> pd.DataFrame | None:
    """The rows whose teams disagree, or None."""
    return None if paths.truth_table is None else paths.truth_table.contradictions


def truth_table_title(paths: Paths) -> str:
    """What the truth table shows, in a line."""
    if paths.truth_table is None:
        return "No combinations to compare"
    table = paths.truth_table.table
    possible, observed = 2 ** len(paths.truth_table.conditions), len(table)
    disagree = len(paths.truth_table.contradictions)
    said = f"{observed} of {possible} combinations of conditions occur"
    if not disagree:
        return f"{said}, and teams that share one agree in the outcome"
    return f"{said}; in {disagree} of them teams disagree in the outcome"


def notes_of(paths: Paths) -> pd.DataFrame:
    """What to know of the truth table: about, note; no rows when there is nothing."""
    return pd.DataFrame(columns=["about", "note"]) if paths.truth_table is None else paths.truth_table.notes


def notes_in_words(paths: Paths) -> str:
    """What to say where there is no note on the truth table."""
    if paths.truth_table is None:
        return "There are no combinations to remark on, for the reason given above."
    return (
        "Nothing calls for a remark: no team sits on a line, and no combination holds teams that differ in the outcome."
    )


def chart_of(paths: Paths) -> pd.DataFrame:
    """The chart of core and peripheral conditions; no rows where there are more paths than a figure can show."""
    many = not paths.chart.empty and int(paths.chart["column"].max()) > MOST_PATHS
    return paths.chart.iloc[:0] if many else paths.chart


def grid_of(paths: Paths) -> pd.DataFrame:
    """The grid of other choices; no rows where its tied models hold more paths than a figure can show."""
    return paths.grid.iloc[:0] if len(paths.stability) > MOST_PATHS else paths.grid


def why_not_drawn(*outcomes: Paths, otherwise: str) -> str:
    """Why a figure or table of these outcomes has no rows, where the page has told each reason before; else `otherwise`."""
    if any(paths.why for paths in outcomes):
        return "There is no path to show, for the reason given above."
    if any(len(paths.stability) > MOST_PATHS for paths in outcomes):
        return f"There are more than {MOST_PATHS} paths, too many to draw."
    return otherwise


def chart_title(paths: Paths) -> str:
    """How many paths there are, and how many of their conditions are at the core, in a line."""
    if paths.chart.empty:
        return "No paths"
    first = paths.chart[paths.chart["model"].eq(1) & paths.chart["parsimonious_model"].eq(1)]
    asked = first[first["presence"].ne("")]
    core, n = int(asked["part"].eq("core").sum()), len(asked)
    number = first["column"].nunique()
    which = f"{number} path{'s' if number != 1 else ''}"
    if core == n:
        return f"{which}, every condition at the core"
    return f"{which}, with {core} of {n} conditions at the core"


def necessity_of(names: Mapping[str, str], *outcomes: Paths) -> pd.DataFrame:
    """Is a condition, or its absence, needed for each outcome? One row each: condition, and incl and ron by outcome."""
    if all(paths.necessity.empty for paths in outcomes):
        return pd.DataFrame()
    parts = [
        paths.necessity.reindex(columns=["condition", "incl", "ron"])
        .set_index("condition")
        .add_prefix(f"{paths.outcome}_")
        for paths in outcomes
    ]
    table = pd.concat(parts, axis=1).astype(float)
    said = [path_in_words(str(term), names) for term in table.index]
    said = [f"{each[:1].upper()}{each[1:]}" for each in said]
    return table.set_axis(said).rename_axis("condition").reset_index()


def grid_in_words(paths: Paths) -> pd.DataFrame:
    """The grid of other choices as plain columns: lists joined by "; "."""
    grid = grid_of(paths)
    if grid.empty:
        return grid
    lists = ["solutions", "terms_in_all", "terms_in_some", "terms_lost", "gained", "lost"]
    table = grid.assign(**{name: ["; ".join(map(str, each)) for each in grid[name]] for name in lists})
    return table.rename(columns={"set": "line_moved", "shift": "moved_by"})


def grid_title(paths: Paths) -> str:
    """How often the very same solution comes out, in a line."""
    others = paths.grid[~paths.grid["base"]] if not paths.grid.empty else paths.grid
    if others.empty:
        return "No other choices were tried"
    return f"{int(others['same'].sum())} of {len(others)} other choices give the very same solution"


def weights_of(paths: Paths, names: Mapping[str, str]) -> pd.DataFrame:
    """The regression's weights, without the intercept: name, estimate, low, high; no rows without a regression."""
    if paths.opinion is None:
        return pd.DataFrame(columns=["name", "estimate", "low", "high"])
    table = paths.opinion.coefficients.iloc[1:]
    said = [names.get(term, term.replace("_", " ")) for term in table["term"]]
    table = table.assign(name=[f"{each[:1].upper()}{each[1:]}" for each in said])
    order = table["estimate"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order, ["name", "estimate", "low", "high"]].reset_index(drop=True)


def weights_title(weights: pd.DataFrame) -> str:
    """Which weights stay clear of zero, in a line."""
    if weights.empty:
        return "No regression"
    clear = weights[weights["low"].gt(0) | weights["high"].lt(0)]
    if clear.empty:
        return "No weight stays clear of zero"
    largest = within_sentence(str(clear["name"].iloc[0]))
    if len(weights) == 1:
        return f"The weight of {largest} stays clear of zero"
    return f"{len(clear)} of {len(weights)} weights stay clear of zero; the largest of them is that of {largest}"


def parted(paths: Paths) -> pd.DataFrame:
    """The teams on which regression and solution part: case, outcome, probability_left_out, solution_in, right."""
    columns = ["case", "outcome", "probability_left_out", "solution_in", "right"]
    if paths.opinion is None:
        return pd.DataFrame(columns=columns)
    table = paths.opinion.disagreements[columns]
    return table.assign(
        **{name: table[name].gt(0.5).map({True: "yes", False: "no"}) for name in ("outcome", "solution_in")}
    )


def parted_in_words(paths: Paths) -> str:
    """What to say where there is no team on which regression and paths part."""
    if paths.opinion is None:
        return opinion_in_words(paths)
    return "There are none." if paths.opinion.disagreements.empty else ""


def tone_agreement(found: BoundaryActs) -> pd.DataFrame:
    """How well do coders agree on each tone? One row per tone code that was kept: name, acts, agreement, agreement_low, _high."""
    kept = ["agreement", "agreement_low", "agreement_high"]
    table = found.tones.groupby(["code", "name"], sort=False).agg(
        acts=("segment", "nunique"), **{k: (k, "first") for k in kept}
    )
    return table.reset_index().drop(columns="code")


def tone_agreement_in_words(table: pd.DataFrame) -> str:
    """How well coders agree on the tones, and on which least, in a sentence."""
    if table.empty:
        return "No act was given a tone."
    known = table.dropna(subset=["agreement"])
    if known.empty:
        return "Too few acts were coded by two coders to know how well they agree on tone."
    least = known.sort_values("agreement", kind="stable").iloc[0]
    lowest, name = f"{least['agreement']:.2f}", f"the tone {str(least['name']).lower()}"
    if len(known) == 1:
        return f"Coders' agreement on {name} (Gwet's AC1) is {lowest}."
    if lowest == f"{known['agreement'].max():.2f}":
        return f"Coders' agreement (Gwet's AC1) is {lowest} on every tone."
    return f"Coders' agreement on tones (Gwet's AC1) is {known['agreement'].max():.2f} at best, and lowest on {name}, {lowest}."

"""The figure of dated numbers: how many people work in a role, and how many there were meant to be."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from newroles.errors import InputError, did_you_mean
from newroles.figures.palette import RoleStyle, role_style
from newroles.figures.phase1 import role_names
from newroles.figures.rows import dot
from newroles.figures.style import (
    figure_of,
    figure_width,
    is_narrow,
    label_points,
    need_columns,
    number,
    use_house_style,
    wrapped,
)

KINDS = ("count", "target", "forecast", "range_low", "range_high")


@use_house_style()
def growth_and_targets(
    table: pd.DataFrame, ax: Axes | None = None, scale: str = "linear", register: pd.DataFrame | None = None
) -> Figure:
    """How many people were counted in a role, when, and which targets were set?

    table: one row a published number, as the published table role_figures: role, measure, value, date (2019, 2019-03,
    2019-03-31, 2023/24 or a date; a year or month is drawn at its middle, a financial year at its end, 31 March), and
    kind (count, target, forecast, range_low, range_high); optionally qualifier ("over", "around"), and name. Rows
    without a value or a date are left out of the picture.
    scale: linear (from zero) or log. register: see `palette.role_style`.
    Returns the figure, one panel a role: counts filled and, where they count the same measure, joined; targets and
    forecasts hollow; the ends of a range joined by a bar. Where a panel shows several measures, the labels name them.
    Raises InputError for an unknown kind, scale or date, a zero on a log scale, several roles for one `ax`, or a role
    that is not in the register.

    >>> counted = pd.DataFrame({"role": "nursing_associate", "measure": "registered", "value": [3000, 10881],
    ...                         "date": ["2020-10", "2024-03-31"], "kind": "count"})
    >>> register = pd.DataFrame({"id": ["nursing_associate"], "family": "nursing", "new": True})
    >>> sorted(text.get_text() for text in growth_and_targets(counted, register=register).axes[0].texts)
    ['10,881', '3,000']
    """
    need_columns(table, ["role", "measure", "value", "date", "kind"], "growth_and_targets", "a published number")
    if scale not in ("linear", "log"):
        raise InputError(f"The scale is linear or log, not '{scale}'.")
    for kind in table["kind"]:
        if kind not in KINDS:
            raise InputError(f"Unknown kind of number '{kind}'. {did_you_mean(str(kind), KINDS)}")
    drawn = table.assign(name=role_names(table))[table["value"].notna() & table["date"].notna()]
    if drawn.empty:
        raise InputError("None of the rows has both a value and a date, so there is nothing to draw on a time axis.")
    drawn = drawn.assign(when=[year_fraction(day) for day in drawn["date"]])
    if scale == "log" and (drawn["value"] <= 0).any():
        raise InputError("A log scale can't show 0: use scale='linear', or leave that row out and say so in the text.")
    roles = drawn["role"].drop_duplicates().tolist()
    if ax is not None:
        if len(roles) > 1:
            raise InputError(f"One pair of axes shows one role; the table has {len(roles)}: {', '.join(roles)}.")
        panels = [ax]
    else:
        figure = Figure(figsize=(figure_width(), 0.4 + 2.3 * len(roles)), layout="constrained")
        panels = list(figure.subplots(len(roles), 1, sharex=True, squeeze=False)[:, 0])
    earliest, latest = drawn["when"].min(), drawn["when"].max()
    margin = max((latest - earliest) * 0.08, 1.0)
    for panel in panels:
        panel.set_xlim(earliest - margin, latest + margin)
        panel.xaxis.set_major_locator(MaxNLocator(nbins=4 if is_narrow(panel) else 7, integer=True))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda year, _: f"{year:.0f}"))
    for panel, role in zip(panels, roles, strict=True):
        _draw_role(panel, drawn[drawn["role"] == role], role_style(role, register), scale, titled=len(roles) > 1)
    for panel, role in zip(panels, roles, strict=True):
        _label(panel, drawn[drawn["role"] == role])
    return figure_of(panels[0])


def year_fraction(day: object) -> float:
    """Where on a time axis, in years, does this date lie?

    A year lies at its middle, a month at its middle, a financial year (2023/24) at its end, a day where it is.
    Raises InputError for anything else.

    >>> year_fraction("2019"), year_fraction("2023/24"), year_fraction(pd.Timestamp("2020-01-01"))
    (2019.5, 2024.25, 2020.0)
    """
    if isinstance(day, date):
        return day.year + (day.timetuple().tm_yday - 1) / 366
    text = str(day).strip()
    if re.fullmatch(r"\d{4}(\.0)?", text):
        return int(text[:4]) + 0.5
    if re.fullmatch(r"\d{4}/\d{2}", text) and (int(text[:4]) + 1) % 100 == int(text[5:]):
        return int(text[:4]) + 1.25
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return int(text[:4]) + (int(text[5:]) - 0.5) / 12
    try:
        return year_fraction(date.fromisoformat(text))
    except ValueError:
        raise InputError(
            f"'{text}' is no date that can be drawn: write 2019, 2019-03, 2019-03-31 or 2023/24."
        ) from None


def _draw_role(ax: Axes, numbers: pd.DataFrame, style: RoleStyle, scale: str, titled: bool) -> None:
    if titled:
        ax.set_title(str(numbers["name"].iloc[0]), loc="left", fontsize="medium", fontweight="bold")
    ax.grid(True, axis="y")
    ax.grid(False, axis="x")
    counts = numbers[numbers["kind"] == "count"]
    for _, same in counts.sort_values("when").groupby("measure", sort=False, dropna=False):
        ax.plot(same["when"], same["value"], color=style.colour, linewidth=1.2)
    ranges = numbers[numbers["kind"].isin(["range_low", "range_high"])]
    for _, ends in ranges.groupby(["measure", "when"], sort=False, dropna=False):
        ax.plot(ends["when"], ends["value"], color=style.colour, linewidth=4, alpha=0.5, solid_capstyle="butt")
    for row in numbers.to_dict("records"):
        dot(ax, row["when"], row["value"], style.colour, style.marker, hollow=row["kind"] in ("target", "forecast"))
    top = float(numbers["value"].max())
    if scale == "log":
        ax.set_yscale("log")
        ax.set_ylim(float(numbers["value"].min()) / 2, top * 2.5)
        ax.yaxis.set_major_locator(LogLocator(base=10, numticks=6))
        ax.yaxis.set_minor_locator(NullLocator())
    else:
        ax.set_ylim(0, top * 1.15 if top > 0 else 1)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def _label(ax: Axes, numbers: pd.DataFrame) -> None:
    several = len(numbers["measure"].unique()) > 1
    said = {"target": " (target)", "forecast": " (forecast)", "range_low": " (lowest)", "range_high": " (highest)"}
    labels = []
    for row in numbers.to_dict("records"):
        qualifier = str(row["qualifier"]) + " " if pd.notna(row.get("qualifier")) and row.get("qualifier") else ""
        value = number(row["value"], 0 if float(row["value"]).is_integer() else 1)
        counted = f" {row['measure'].replace('_', ' ')}" if several else ""
        label = f"{qualifier}{value}{counted}{said.get(row['kind'], '')}"
        labels.append(wrapped(label, 16) if is_narrow(ax) else label)
    counts = numbers[numbers["kind"] == "count"]
    last = counts.groupby("measure", dropna=False)["when"].transform("max").reindex(numbers.index)
    line_goes_on = (numbers["when"] < last).tolist()
    label_points(ax, numbers["when"].tolist(), numbers["value"].astype(float).tolist(), labels, left_of=line_goes_on)

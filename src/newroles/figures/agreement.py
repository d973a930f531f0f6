"""The figures of agreement between coders: every statistic side by side, by code, and by the unit that was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from newroles.errors import InputError, did_you_mean
from newroles.figures.rows import Rows, dot, rows_height, rows_of, whisker
from newroles.figures.style import (
    ACCENT,
    MUTED,
    PAPER,
    WIDE,
    figure_width,
    label_bars,
    need_columns,
    number,
    use_house_style,
    wrapped,
)  # fmt: skip

STATISTIC_NAMES = {
    "percent_agreement": "Percent agreement",
    "holsti": "Holsti",
    "f1": "F1 of codes given",
    "cohen_kappa": "Cohen's kappa",
    "cohen_kappa_linear": "Cohen's kappa, linear weights",
    "cohen_kappa_quadratic": "Cohen's kappa, quadratic weights",
    "fleiss_kappa": "Fleiss' kappa",
    "conger_kappa": "Conger's kappa",
    "light_kappa": "Light's kappa",
    "brennan_prediger": "Brennan–Prediger",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "krippendorff_alpha": "Krippendorff's alpha",
    "icc_1": "ICC(1)",
    "icc_a1": "ICC(A,1)",
    "icc_ak": "ICC(A,k)",
    "icc_c1": "ICC(C,1)",
    "icc_ck": "ICC(C,k)",
    "kendall_w": "Kendall's W",
}
_RAW = ("percent_agreement", "holsti", "f1")
_SCALES = ("icc_1", "icc_a1", "icc_ak", "icc_c1", "icc_ck", "kendall_w")
_SETS = {"masi": "MASI", "jaccard": "Jaccard"}
_GROUPS = ("Raw agreement", "Corrected for chance (0: as by chance)", "Whole label sets", "Ratings on a scale")
_REASON = 46  # characters in a line of a reason that stands in its row


def statistic_name(statistic: object) -> str:
    """What is this statistic called?

    >>> statistic_name("gwet_ac1")
    "Gwet's AC1"
    """
    if statistic not in STATISTIC_NAMES:
        raise InputError(f"Unknown statistic '{statistic}'. {did_you_mean(str(statistic), STATISTIC_NAMES)}")
    return STATISTIC_NAMES[str(statistic)]


@use_house_style()
def agreement_panel(table: pd.DataFrame) -> Figure:
    """How well do coders agree on one coding, by every statistic side by side?

    table: one row a statistic, as `coding.agreement` returns, or the rows of one code (or of all codes) that
    `coding.per_code_agreement` returns: statistic, value, low, high, n_units, n_coders, note (why a value is blank, or
    what to know about it); optionally level, where masi and jaccard compare whole label sets.
    Returns the figure, a panel each for raw agreement, statistics corrected for chance, label sets and ratings on a
    scale, as far as the table has them: a dot with its interval and its value; the reason in words where there is no
    value; a dagger where the table has a note. It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, a statistic is unknown, or one is there twice.

    >>> table = pd.DataFrame({"statistic": ["gwet_ac1"], "value": [0.7], "low": [0.6], "high": [0.8], "n_units": [90],
    ...                       "n_coders": [3], "note": [""]})
    >>> [text.get_text() for text in agreement_panel(table).axes[0].texts]
    ['0.70 (0.60 to 0.80)']
    """
    need_columns(
        table, ["statistic", "value", "low", "high", "n_units", "n_coders", "note"], "agreement_panel", "a statistic"
    )
    level = table["level"].astype(str) if "level" in table.columns else pd.Series("", index=table.index)
    told = table.assign(level=level.where(level.isin(list(_SETS)), ""))
    twice = told[told.duplicated(["statistic", "level"])]
    if len(twice):
        raise InputError(
            f"The statistic '{twice['statistic'].iloc[0]}' is there twice. Draw one coding at a time: one code, one round."
        )
    told["group"] = [_group(row["statistic"], row["level"]) for row in told.to_dict("records")]
    told["label"] = [_label(row["statistic"], row["level"]) for row in told.to_dict("records")]
    groups = [(group, told[told["group"] == group]) for group in _GROUPS if (told["group"] == group).any()]
    panels = _panels([(group, part) for group, part in groups])
    for rows, (_, part) in zip(panels, groups, strict=True):
        _draw_values(rows, part)
    counted = f"{_from_to(told['n_units'])} units, {_from_to(told['n_coders'])} coders"
    _value_axis(panels, told, f"1: full agreement; line: 95% interval\n{counted}{_dagger(told)}")
    return _figure(panels)


@use_house_style()
def agreement_by_code(table: pd.DataFrame, statistic: str = "gwet_ac1") -> Figure:
    """On which codes do coders agree, and how sure can one be about the rare ones?

    table: one row a code and statistic, as `coding.per_code_agreement` returns: code, statistic, value, low, high,
        prevalence (share of ratings that give the code, 0-1; rows without one, such as all codes, are left out), note;
        optionally name, and n_units.
    statistic: which one to draw.
    Returns the figure, codes in the order of their prevalence: bars for prevalence (on a phone in words) beside dots with
    their intervals. It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, or the table hasn't this statistic, or has a code twice.

    >>> table = pd.DataFrame({"code": ["common", "rare"], "statistic": "gwet_ac1", "value": [0.7, 0.9], "low": [0.6, 0.2],
    ...                       "high": [0.8, 1.0], "prevalence": [0.4, 0.02], "note": ""})
    >>> [text.get_text() for text in agreement_by_code(table).axes[0].texts if text.get_text()]
    ['40%', '2%']
    """
    need_columns(
        table,
        ["code", "statistic", "value", "low", "high", "prevalence", "note"],
        "agreement_by_code",
        "a code and a statistic",
    )
    drawn = table[table["statistic"].eq(statistic) & table["prevalence"].notna()]
    if drawn.empty:
        known = table.loc[table["prevalence"].notna(), "statistic"].unique()
        raise InputError(f"The table has no code with the statistic '{statistic}'. {did_you_mean(statistic, known)}")
    if drawn["code"].duplicated().any():
        code = drawn.loc[drawn["code"].duplicated(), "code"].iloc[0]
        raise InputError(f"The code '{code}' is there twice with {statistic}. Draw one coding at a time.")
    drawn = drawn.sort_values("prevalence", ascending=False, kind="stable")
    names = (drawn["name"] if "name" in drawn.columns else drawn["code"]).astype(str).tolist()
    shares = [_percent(share) for share in drawn["prevalence"]]
    drawn = drawn.assign(label=names)
    n = f", {_from_to(drawn['n_units'])} units" if "n_units" in drawn.columns else ""
    label = f"{statistic_name(statistic)}{n}"
    if figure_width() < WIDE / 2:
        right = [
            f"{share} given" if np.isnan(value) else f"{share} given, {number(value, 2)}"
            for share, value in zip(shares, drawn["value"], strict=True)
        ]
        rows = rows_of(_with_reasons(drawn), None, right, extra=0.9)
        _draw_values(rows, drawn)
        _value_axis([rows], drawn, f"{label}\n(right: share of ratings with the code)")
        return _figure([rows])
    figure = Figure(figsize=(figure_width(), rows_height(names, above=False) + 0.9), layout="constrained")
    left, middle = figure.subplots(1, 2, width_ratios=(1, 2.2))
    bars = rows_of(names, left, guides=False, above=False)
    bars.ax.barh(bars.y, drawn["prevalence"], height=0.17, color=ACCENT)
    label_bars(bars.ax, bars.y.tolist(), drawn["prevalence"].tolist(), shares)
    bars.ax.set_xlim(0, float(drawn["prevalence"].max()) * 1.55 or 1)
    bars.ax.set_xticks([])
    bars.ax.spines["bottom"].set_visible(False)
    bars.ax.set_xlabel("Share of ratings\nwith the code")
    rows = rows_of(names, middle, [_value(row) for row in drawn.to_dict("records")], named=False, above=False)
    _draw_values(rows, drawn)
    _value_axis([rows], drawn, f"{label}\n(line: 95% interval){_dagger(drawn)}")
    return figure


@use_house_style()
def agreement_by_unit_panel(
    table: pd.DataFrame, statistics: Sequence[str] | None = None, code: str | None = None
) -> Figure:
    """How does each statistic move with what counts as a unit?

    table: one row a unit, statistic and, for matched spans, threshold, as `coding.agreement_by_unit` returns, drawn in
        the order given: unit, threshold, statistic, value, low, high, n_units, note; code where it has several.
    statistics: which ones, in this order; left out, all. code: whose rows; needed where there are several.
    Returns the figure, a panel a statistic and a row a unit with the number of units; F1 of matched spans has a panel of
    its own, a row for each overlap asked for. It makes its own panels, so it takes no `ax`.
    Raises InputError when a column is missing, there are no rows, a statistic or code isn't in the table, or several codes
    are and none is chosen.
    """
    columns = ["unit", "threshold", "statistic", "value", "low", "high", "n_units", "note"]
    need_columns(table, columns, "agreement_by_unit_panel", "a unit and a statistic")
    if "code" in table.columns:
        codes = table["code"].unique()
        if code is None and len(codes) > 1:
            raise InputError(f"The table has {len(codes)} codes; choose one by code=, such as '{codes[0]}'.")
        if code is not None and code not in codes:
            raise InputError(f"The table has no code '{code}'. {did_you_mean(code, map(str, codes))}")
        table = table if code is None else table[table["code"] == code]
    present = list(dict.fromkeys(table["statistic"]))
    for name in statistics or ():
        if name not in present:
            raise InputError(f"The table has no statistic '{name}'. {did_you_mean(name, present)}")
    groups = []
    for name in statistics or present:
        part = table[table["statistic"] == name]
        spans = part["threshold"].notna()
        if (~spans).any():
            units = part[~spans]
            groups.append((statistic_name(name), units.assign(label=_counted(units["unit"], units["n_units"]))))
        if spans.any():
            of_spans = part[spans]
            said = [f"Overlap of {share:.0%} or more" for share in of_spans["threshold"]]
            heading = (
                f"{'F1' if name == 'f1' else statistic_name(name)} of matched spans (n {_from_to(of_spans['n_units'])})"
            )
            groups.append((heading, of_spans.assign(label=said)))
    panels = _panels(groups)
    for rows, (_, part) in zip(panels, groups, strict=True):
        if not rows.above:
            known = part["value"].notna().to_numpy()
            rows.ax.plot(part["value"][known], rows.y[known], color=ACCENT, linewidth=1, alpha=0.5, zorder=1)
        _draw_values(rows, part)
    drawn = pd.concat([part for _, part in groups])
    _value_axis(panels, drawn, f"1: full agreement; line: 95% interval{_dagger(drawn)}")
    return _figure(panels)


def _panels(groups: Sequence[tuple[str, pd.DataFrame]]) -> list[Rows]:
    """One panel for each heading, with a row for each `label`; the panels share the x axis."""
    narrow = figure_width() < WIDE / 2
    names = [_with_reasons(part) if narrow else part["label"].tolist() for _, part in groups]
    right = [[_value(row, short=narrow) for row in part.to_dict("records")] for _, part in groups]
    beside = [[f"{name} {text}" for name, text in zip(*both, strict=True)] for both in zip(names, right, strict=True)]
    heights = [rows_height(texts if narrow else own, narrow) for texts, own in zip(beside, names, strict=True)]
    figure = Figure(figsize=(figure_width(), sum(heights) + 0.36 * len(groups) + 0.85), layout="constrained")
    axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    panels = []
    for ax, (heading, _), own, texts in zip(axes, groups, names, right, strict=True):
        panels.append(rows_of(own, ax, texts, above=narrow))
        ax.set_title(wrapped(heading, 38 if narrow else 60), loc="left", fontsize="medium", fontweight="bold")
        if ax is not axes[-1]:
            ax.spines["bottom"].set_visible(False)
            ax.tick_params(bottom=False, labelbottom=False)
    return panels


def _draw_values(rows: Rows, table: pd.DataFrame) -> None:
    """A dot and its interval in each row; the reason where there is no value (on a phone it stands in the name)."""
    across = blended_transform_factory(rows.ax.transAxes, rows.ax.transData)
    for y, row in zip(rows.y, table.to_dict("records"), strict=True):
        if pd.notna(row["value"]):
            whisker(rows.ax, y, row["low"], row["high"])
            dot(rows.ax, row["value"], y, hollow=row["value"] == 0)
        elif not rows.above:
            said = rows.ax.text(
                0.01, y, wrapped(_reason(row), _REASON), transform=across, va="center", linespacing=1.05
            )
            said.set(color=MUTED, fontsize="small", fontstyle="italic")
            said.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})


def _value_axis(panels: Sequence[Rows], table: pd.DataFrame, label: str) -> None:
    """From 0, or below where values or intervals are, to 1."""
    ends = table[["value", "low", "high"]].to_numpy(dtype=float)
    lowest = float(np.nanmin([0.0, *ends[~np.isnan(ends)]]))
    start = np.floor(lowest * 4) / 4
    step = 0.25 if start > -0.5 else 0.5
    for rows in panels:
        rows.ax.set_xlim(start, 1.02)
        rows.ax.set_xticks(np.arange(np.ceil(start / step) * step, 1.01, step))
        if start < 0 and not rows.above:
            rows.ax.axvline(0, color=MUTED, linewidth=1, zorder=0.8)
        elif start < 0:
            rows.ax.vlines([0.0] * len(rows.y), rows.y - 0.07, rows.y + 0.07, color=MUTED, linewidth=1, zorder=0.8)
    panels[-1].ax.set_xlabel(label)


def _figure(panels: Sequence[Rows]) -> Figure:
    figure = panels[0].ax.get_figure(root=True)
    assert isinstance(figure, Figure)  # the panels were made here
    return figure


def _group(statistic: str, level: str) -> str:
    statistic_name(statistic)  # refuses an unknown one
    if level in _SETS:
        return _GROUPS[2]
    return _GROUPS[0] if statistic in _RAW else _GROUPS[3] if statistic in _SCALES else _GROUPS[1]


def _label(statistic: str, level: str) -> str:
    if level not in _SETS:
        return statistic_name(statistic)
    if statistic == "percent_agreement":
        return "Identical sets"
    distance = f", {_SETS[level]}" if statistic == "krippendorff_alpha" else ""
    return f"{statistic_name(statistic)}{distance}"


def _reason(row: dict[Any, Any]) -> str:
    note = str(row["note"]) if pd.notna(row["note"]) else ""
    return f"no value: {note.split('; ')[0]}" if note else "no value"


def _with_reasons(table: pd.DataFrame) -> list[str]:
    """The names, with the reason where there is no value: on a phone there is no other place for it."""
    return [
        row["label"] if pd.notna(row["value"]) else f"{row['label']}: {_reason(row)}"
        for row in table.to_dict("records")
    ]


def _value(row: dict[Any, Any], short: bool = False) -> str:
    if pd.isna(row["value"]):
        return ""
    mark = "†" if pd.notna(row["note"]) and row["note"] else ""
    if short or pd.isna(row["low"]) or pd.isna(row["high"]):
        return _two(row["value"]) + mark
    return f"{_two(row['value'])} ({_two(row['low'])} to {_two(row['high'])}){mark}"


def _dagger(table: pd.DataFrame) -> str:
    """What the dagger beside a value says, where there is one."""
    noted = table["note"].fillna("").ne("") & table["value"].notna()
    return "\n†: see the note in the table below" if noted.any() else ""


def _two(value: float) -> str:
    """Two decimals; what rounds to zero has no sign."""
    return number(round(value, 2) + 0.0, 2)


def _counted(units: pd.Series, n: pd.Series) -> list[str]:
    names = [str(unit).replace("_", " ").capitalize() for unit in units]
    return [f"{name} (n {number(count)})" for name, count in zip(names, n, strict=True)]


def _from_to(counts: pd.Series) -> str:
    known = counts.dropna()
    if known.empty:
        return "?"
    low, high = number(known.min()), number(known.max())
    return low if low == high else f"{low} to {high}"


def _percent(share: float) -> str:
    return "under 1%" if 0 < share < 0.005 else f"{share:.0%}"

"""The evidence thread: from a result to the segments it rests on, and to how well coders agreed on the codes behind it.

Results carry segment ids, never words. Where an extract lies, and its words for an analyst with access, is told by
`newroles extract SEGMENT --study FOLDER`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from newroles.coding.extracts import locate
from newroles.errors import InputError, nearest
from newroles.phrases import counted

__all__ = ["agreement_behind", "agreement_summary", "locate", "segments_behind", "with_agreement"]

_FORM_COLUMNS = ["segment", "form", "name", "agreement", "agreement_low", "agreement_high"]


def segments_behind(result: pd.DataFrame | pd.Series | str | Iterable[Any]) -> tuple[str, ...]:
    """On which segments does a result rest?

    result: a table or a row of one with the column segments (tuples of ids), or ids: one, or several, or tuples of them.

    Returns the ids, each once, in the order in which they come. Raises InputError for a table without that column.

    >>> segments_behind(pd.DataFrame({"segments": [("s1", "s2"), ("s2", "s3")]}))
    ('s1', 's2', 's3')
    >>> segments_behind("s1")
    ('s1',)
    """
    if isinstance(result, str):
        return (result,)
    if isinstance(result, pd.DataFrame) or (isinstance(result, pd.Series) and "segments" in result.index):
        if "segments" not in result:
            raise InputError("This table has no column segments, so it doesn't say on which segments it rests.")
        column = result["segments"]
        parts: list[Any] = list(column) if isinstance(result, pd.DataFrame) else [column]
    else:
        parts = list(result)
    found: dict[str, None] = {}
    for each in parts:
        found.update(dict.fromkeys([each] if isinstance(each, str) else map(str, each)))
    return tuple(found)


def agreement_behind(
    forms: pd.DataFrame,
    segments: pd.DataFrame | pd.Series | str | Iterable[Any],
    tones: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Which codes does a result rest on, in how many acts each, and how well did coders agree on them?

    forms: one row per act and code, as `acts_of_study` gives them: segment, form, name, agreement (Gwet's AC1 of the code; blank
    with one coder), agreement_low, agreement_high. segments: anything `segments_behind` takes. tones: its table of acts and
    tones, with the column code; give it when the result rests on the tone of acts, too.

    AC1 counts agreement on where a code isn't as much as on where it is: of a rare code it is high because most segments
    plainly don't have it. Read it beside the acts that the code has.

    Returns one row per code, the most frequent first: form, name, acts, agreement, agreement_low, agreement_high, segments.

    Raises InputError for a column that is absent, a segment that has no code, and a code with two figures of agreement.

    >>> forms = pd.DataFrame({"segment": ["s1", "s2", "s2"], "form": ["con", "con", "rep"], "name": ["Contesting"] * 2 + ["Repair"],
    ...     "agreement": [.7, .7, .5], "agreement_low": [.6, .6, .3], "agreement_high": [.8, .8, .7]})
    >>> agreement_behind(forms, ["s1", "s2"])[["form", "acts", "agreement", "segments"]].values.tolist()
    [['con', 2, 0.7, ('s1', 's2')], ['rep', 1, 0.5, ('s2',)]]
    """
    table = _one_figure_each(forms, tones)
    ids = segments_behind(segments)
    coded = set(forms["segment"])
    for each in ids:
        if each not in coded:
            guess = nearest(each, coded)
            raise InputError(
                f"Segment '{each}' has no code in the table of acts and forms, so nothing can be said of its coders."
                + (f" Did you mean '{guess}'?" if guess else "")
            )
    place = {each: number for number, each in enumerate(ids)}
    rows = table[table["segment"].isin(place)]
    rows = rows.sort_values("segment", key=lambda column: column.map(place), kind="stable")
    if rows.empty:
        return rows.assign(acts=0, segments=None)[[*_FORM_COLUMNS[1:3], "acts", *_FORM_COLUMNS[3:], "segments"]]
    kept = {name: (name, "first") for name in _FORM_COLUMNS[2:]}
    found = rows.groupby("form", sort=True).agg(acts=("segment", "size"), **kept, segments=("segment", tuple))
    found = found.reset_index().sort_values(["acts", "form"], ascending=[False, True], ignore_index=True)
    return found[["form", "name", "acts", *_FORM_COLUMNS[3:], "segments"]]


def agreement_summary(
    forms: pd.DataFrame,
    segments: pd.DataFrame | pd.Series | str | Iterable[Any],
    tones: pd.DataFrame | None = None,
) -> pd.Series:
    """How well did coders agree on the codes behind a result: at worst, and on average?

    forms, segments, tones: as for `agreement_behind`.

    Returns acts, codes, lowest (Gwet's AC1 of the code on which coders agreed least), lowest_low, lowest_high (its interval),
    lowest_form, lowest_name, mean (of the codes, each weighted by its acts), not_known (codes without a figure), sentence.
    Figures are blank when no code has one.

    >>> forms = pd.DataFrame({"segment": ["s1", "s2", "s2"], "form": ["con", "con", "rep"], "name": ["Contesting"] * 2 + ["Repair"],
    ...     "agreement": [.7, .7, .5], "agreement_low": [.6, .6, .3], "agreement_high": [.8, .8, .7]})
    >>> print(agreement_summary(forms, ["s1", "s2"])["sentence"])
    2 acts rest on 2 codes. Coders agreed least on Repair (AC1 0.50, 0.30 to 0.70); weighted by acts, the mean AC1 is 0.63.
    """
    behind, acts = agreement_behind(forms, segments, tones), len(segments_behind(segments))
    known = behind.dropna(subset=["agreement"])
    missing = len(behind) - len(known)
    rest = f"{counted(acts, 'act')} {'rests' if acts == 1 else 'rest'} on {counted(len(behind), 'code')}."
    if known.empty:
        lowest = pd.Series({name: None if name in ("form", "name") else np.nan for name in behind.columns})
        mean, said = np.nan, " No second coder, so agreement isn't known."
    else:
        lowest = known.iloc[int(known["agreement"].argmin())]
        mean = float(np.average(known["agreement"], weights=known["acts"]))
        bounds = [lowest["agreement_low"], lowest["agreement_high"]]
        interval = "" if pd.isna(bounds).any() else f", {bounds[0]:.2f} to {bounds[1]:.2f}"
        said = f" Coders agreed least on {lowest['name']} (AC1 {lowest['agreement']:.2f}{interval}); "
        said += f"weighted by acts, the mean AC1 is {mean:.2f}."
        said += f" For {counted(missing, 'code')} agreement isn't known." if missing else ""
    return pd.Series(
        {
            "acts": acts,
            "codes": len(behind),
            "lowest": lowest["agreement"],
            "lowest_low": lowest["agreement_low"],
            "lowest_high": lowest["agreement_high"],
            "lowest_form": lowest["form"],
            "lowest_name": lowest["name"],
            "mean": mean,
            "not_known": missing,
            "sentence": rest + said,
        }
    )


def with_agreement(results: pd.DataFrame, forms: pd.DataFrame, tones: pd.DataFrame | None = None) -> pd.DataFrame:
    """How well did coders agree on the codes behind each row of a table of results?

    results: any table with the column segments. forms, tones: as for `agreement_behind`.

    Returns the table with agreement_lowest (the lowest AC1 of the codes behind the row), agreement_lowest_form, and
    agreement_mean (weighted by acts); blank where no code has a figure.

    >>> forms = pd.DataFrame({"segment": ["s1", "s2"], "form": ["con", "rep"], "name": ["Contesting", "Repair"],
    ...     "agreement": [.7, .5], "agreement_low": [.6, .3], "agreement_high": [.8, .7]})
    >>> with_agreement(pd.DataFrame({"segments": [("s1",), ("s1", "s2")]}), forms)["agreement_lowest"].tolist()
    [0.7, 0.5]
    """
    table = _one_figure_each(forms, tones)
    if "segments" not in results:
        raise InputError("This table has no column segments, so it doesn't say on which segments it rests.")
    rows = pd.DataFrame({"row": np.arange(len(results)), "segment": [segments_behind(s) for s in results["segments"]]})
    rows = rows.explode("segment").astype({"segment": "str"})  # without rows it would be no text
    behind = rows.merge(table[["segment", "form", "agreement"]], on="segment")
    behind = behind.dropna(subset=["agreement"]).sort_values(["row", "agreement", "form"])
    each = behind.groupby("row")
    found = pd.DataFrame(
        {
            "agreement_lowest": each["agreement"].first(),
            "agreement_lowest_form": each["form"].first(),
            "agreement_mean": each["agreement"].mean(),
        }
    ).reindex(range(len(results)))
    return results.assign(**{str(name): column.to_numpy() for name, column in found.items()})


def _one_figure_each(forms: pd.DataFrame, tones: pd.DataFrame | None) -> pd.DataFrame:
    """The acts and their codes, checked: each act and code once, each code with one figure of agreement."""
    tables = [forms, *([] if tones is None else [tones.rename(columns={"code": "form"})])]
    for each, what in zip(tables, ("forms", "tones"), strict=False):
        lacking = [name for name in _FORM_COLUMNS if name not in each]
        if lacking:
            raise InputError(
                f"The table of acts and {what} has no column {', '.join(lacking)}; `acts_of_study` makes it."
            )
    table = pd.concat([each[_FORM_COLUMNS] for each in tables if len(each)] or [forms[_FORM_COLUMNS]])
    table = table.drop_duplicates(["segment", "form"], ignore_index=True)
    figures = table.groupby("form")["agreement"].nunique()
    if (figures > 1).any():
        code = figures.index[figures > 1][0]
        raise InputError(
            f"The table of acts and forms gives the code {code} {figures[code]} figures of agreement. A code has one, over all "
            "units that were coded; compute it anew for all acts together."
        )
    return table

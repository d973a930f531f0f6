"""Who gained, who paid, and how sure are we? What was measured beside what people say, by group and domain."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets import Codebook
from newroles.errors import InputError, did_you_mean

GROUPS = {
    "service_users": "service users",
    "new_roles": "people in new roles",
    "existing_roles": "people in existing roles",
    "system": "the system",
}
VERDICTS = {
    "agree": "Both point the same way.",
    "disagree": "They point opposite ways.",
    "unclear": "At least one of the two points no way, so they neither agree nor disagree.",
    "numbers only": "Nobody speaks of it, so only the numbers are there.",
    "talk only": "No measure was taken of it, so only what people say is there.",
}
_QUANTITATIVE = ("group", "measure", "estimate", "low", "high", "n")
_CODED = ("group", "domain", "better", "worse", "mixed", "mentions", "share_better", "low", "high", "n")
_COLUMNS = ["group", "domain", "name", "measure", "measure_name", "unit", "estimate", "low", "high", "n", "wish"]
_COLUMNS += ["measured", "better", "worse", "mixed", "mentions", "share_better", "share_low", "share_high", "n_said"]
_COLUMNS += ["said", "verdict", "sentence"]
_HALF = 0.5


def joint_display(
    quantitative: pd.DataFrame, coded: pd.DataFrame, codebook: Codebook, least: int = 5, units: str = "teams"
) -> pd.DataFrame:
    """For each group and domain: what was measured, what is said, do they agree, and what may be concluded?

    `quantitative`: one row per measure: group, measure (its id in the codebook), estimate, low, high, n (of `units`). `coded`: as
    `coded_effects` gives it. `codebook`: says each measure's domain (its parent), its unit, and which end is better. `least`: with
    fewer passages that say better or worse, talk points no way.

    The rule. Measured: better or worse where the interval excludes nought, by the end that the codebook calls better; "up" or "down"
    where it calls neither end so; else unclear. Said: better where the interval of the share that says better, among passages that say
    better or worse, lies above a half; worse where it lies below; else divided; "too few" below `least` or without an interval.
    Verdict: agree and disagree where both point one way; numbers only and talk only where the other side is silent; else
    unclear. An interval that includes nought is not read as no effect, and few passages are not read as silence.

    Returns one row per domain and measure, groups as in GROUPS and domains in the book's order: group, domain, name, measure and
    measure_name (blank without), unit, estimate, low, high, n, wish (higher, lower, neither), measured, better, worse, mixed, mentions,
    share_better, share_low, share_high, n_said, said, verdict, sentence.

    Raises InputError for columns that aren't there, a measure or domain that the codebook doesn't have, one of another group, and a
    measure that is there twice.

    >>> from newroles.datasets import load_codebook
    >>> found = pd.DataFrame({"group": ["service_users"], "measure": ["waiting_weeks"], "estimate": [-1.5], "low": [-2.0],
    ...     "high": [-1.0], "n": [40]})
    >>> told = pd.DataFrame({"group": ["service_users"], "domain": ["EFF-SU-ACC"], "better": [17], "worse": [2], "mixed": [1],
    ...     "mentions": [20], "share_better": [0.89], "low": [0.65], "high": [0.97], "n": [19]})
    >>> joint_display(found, told, load_codebook("effects"))[["measured", "said", "verdict"]].values.tolist()
    [['better', 'better', 'agree']]
    """
    codes = codebook.codes.set_index("id")
    _check(quantitative, coded, codes, codebook.id)
    numbers = quantitative.assign(domain=quantitative["measure"].map(codes["parent"]))
    talk = coded.rename(columns={"low": "share_low", "high": "share_high", "n": "n_said"})
    talk = talk[
        ["group", "domain", "better", "worse", "mixed", "mentions", "share_better", "share_low", "share_high", "n_said"]
    ]
    both = numbers[[*_QUANTITATIVE, "domain"]].merge(talk, on=["group", "domain"], how="outer")
    place = {code: number for number, code in enumerate(codebook.ids)}
    order = np.lexsort([
        both["measure"].map(place).fillna(-1), both["domain"].map(place), both["group"].map({g: i for i, g in enumerate(GROUPS)})
    ])  # fmt: skip
    both = both.iloc[order].reset_index(drop=True)
    both["name"] = both["domain"].map(codes["name"])
    for column, key in (("measure_name", "name"), ("unit", "unit"), ("wish", "better")):
        both[column] = both["measure"].map(codes[key]) if key in codes else None
    for column in ("better", "worse", "mixed", "mentions", "n_said"):
        both[column] = both[column].fillna(0).astype("int64")
    rows = both.to_dict("records")
    both["measured"] = [_measured(row) for row in rows]
    both["said"] = [_said(row, least) for row in rows]
    both["verdict"] = [_verdict(measured, said) for measured, said in zip(both["measured"], both["said"], strict=True)]
    both["sentence"] = [_sentence(row, units) for row in both.to_dict("records")]
    return both[_COLUMNS]


def _check(quantitative: pd.DataFrame, coded: pd.DataFrame, codes: pd.DataFrame, book: str) -> None:
    for name, table, needed in (("quantitative", quantitative, _QUANTITATIVE), ("coded", coded, _CODED)):
        if missing := [column for column in needed if column not in table]:
            raise InputError(f"{name} has no column {', '.join(missing)}; needed are {', '.join(needed)}.")
    for column, table in (("measure", quantitative), ("domain", coded)):
        axis = codes[codes["axis"].eq(column)]
        for code, group in zip(table[column], table["group"], strict=True):
            if code not in axis.index:
                raise InputError(
                    f"The codebook '{book}' has no {column} '{code}'. {did_you_mean(str(code), axis.index)}"
                )
            if axis.loc[code, "group"] != group:
                raise InputError(
                    f"'{code}' is about {axis.loc[code, 'group']} in the codebook '{book}', not about {group}."
                )
            if group not in GROUPS:
                raise InputError(f"There is no group '{group}'. {did_you_mean(str(group), GROUPS)}")
        if twice := table.loc[table[column].duplicated(), column].tolist():
            raise InputError(f"The {column} '{twice[0]}' is there twice: give one row each.")


def _measured(row: Mapping[Hashable, Any]) -> str:
    """Which way does the measure point? "" where there is none."""
    if pd.isna(row["measure"]):
        return ""
    low, high, wish = float(row["low"]), float(row["high"]), row["wish"]
    if not (low > 0 or high < 0):
        return "unclear"
    up = low > 0
    if wish not in ("higher", "lower"):
        return "up" if up else "down"
    return "better" if up == (wish == "higher") else "worse"


def _said(row: Mapping[Hashable, Any], least: int) -> str:
    """Which way does talk point? "" where there is none."""
    if not row["mentions"]:
        return ""
    low, high = float(row["share_low"]), float(row["share_high"])
    if int(row["n_said"]) < least or math.isnan(low):
        return "too few"
    if low > _HALF:
        return "better"
    return "worse" if high < _HALF else "divided"


def _verdict(measured: str, said: str) -> str:
    if not said:
        return "numbers only"
    if not measured:
        return "talk only"
    if {measured, said} <= {"better", "worse"}:
        return "agree" if measured == said else "disagree"
    return "unclear"


def _sentence(row: Mapping[Hashable, Any], units: str) -> str:
    """What a reader may take from the row, with verbs no stronger than a comparison of teams over time."""
    parts = []
    if row["measured"]:
        parts.append(_of_numbers(row, units))
    if row["said"]:
        parts.append(_of_talk(row))
    said = f"{row['name']} ({GROUPS[row['group']]}): {'; '.join(parts)}. "
    if row["measured"] in ("up", "down") and row["said"]:
        return said + "The measure has no better end, so it can neither agree nor disagree with what is said."
    return said + VERDICTS[row["verdict"]]


def _of_numbers(row: Mapping[Hashable, Any], units: str) -> str:
    estimate, low, high = (float(row[name]) for name in ("estimate", "low", "high"))
    if not all(map(math.isfinite, (estimate, low, high))):
        return f"{str(row['measure_name']).lower()} was measured, but can't be compared with an interval"
    places = max(0, 1 - math.floor(math.log10(high - low))) if high > low else 2
    of = (
        f" {row['unit']}"
        if isinstance(row["unit"], str) and not row["unit"].startswith(("share", "score", "ordered"))
        else ""
    )
    people = "" if pd.isna(row["n"]) else f"; {int(row['n'])} {units}"
    interval = f"interval {_figure(low, places)} to {_figure(high, places)}{people}"
    measure = str(row["measure_name"]).lower()
    if row["measured"] == "unclear":
        return f"whether {measure} changed can't be told ({_figure(estimate, places)}{of}, {interval})"
    way = "higher" if estimate > 0 else "lower"
    meant = {"better": ", the better direction", "worse": ", the worse direction"}.get(str(row["measured"]), "")
    return (
        f"after the role came, {measure} was {_figure(abs(estimate), places)}{of} {way} than the comparison teams' course "
        f"would suggest{meant} ({interval})"
    )


def _of_talk(row: Mapping[Hashable, Any]) -> str:
    n, mixed = int(row["n_said"]), int(row["mixed"])
    beside = f", {mixed} more say both" if mixed else ""
    if not n:
        return f"no passage says better or worse{beside}"
    passages = "the one passage that says better or worse" if n == 1 else f"{n} passages that say better or worse"
    few = ", too few to say which way" if row["said"] == "too few" else ""
    if n == 1:
        return f"{passages} says {'better' if row['better'] else 'worse'}{beside}{few}"
    return f"of {passages}, {row['better'] or 'none'} say better and {row['worse'] or 'none'} worse{beside}{few}"


def _figure(value: float, places: int) -> str:
    return f"{value:.{places}f}".replace("-", "−")

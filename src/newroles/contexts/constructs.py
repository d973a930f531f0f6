"""From indicators of culture, service and profession to scales, and how well the indicators of a scale go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from newroles.datasets.codebooks import Codebook
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Floats

NEEDED = ("unit", "unit_kind", "indicator", "value")


@dataclass(frozen=True, eq=False)
class Constructs:
    """Scales made of indicators.

    - scores: one row per unit, a column per scale: the mean of its standardised indicators (standard deviations from
      the mean of the units), higher is better; blank where fewer than `at_least` of the indicators are known;
    - scales: one row per scale: scale, name, indicators (how many), n (units with a score), missing (units without), alpha
      (Cronbach's, of standardised indicators, units with all of them), alpha_low, alpha_high, n_alpha, note;
    - indicators: one row per indicator: scale, indicator, reversed, n, missing, mean, sd (in its own unit), item_rest
      (correlation with the mean of the scale's other indicators), alpha_without (the scale's without this one), note.
    """

    scores: pd.DataFrame = field(repr=False)
    scales: pd.DataFrame = field(repr=False)
    indicators: pd.DataFrame = field(repr=False)


def constructs(
    contexts: pd.DataFrame,
    book: Codebook,
    unit_kind: str = "team",
    scales: Mapping[str, Sequence[str]] | None = None,
    at_least: float = 0.5,
    level: float = 0.95,
) -> Constructs:
    """How does each unit stand in culture, service and profession, and how well is each of them measured?

    `contexts`: one row per unit and indicator (unit, unit_kind, indicator, value; a blank value is not known). `book`: a
    codebook with the indicators (`axis` indicator, `better` higher or lower). `unit_kind`: team or trust. `scales`: the
    indicators of each scale, by its name; otherwise an indicator belongs to the topmost code above it in the book.
    `at_least`: the share of a scale's indicators that must be known for a unit to have a score. `level`: of the interval
    for alpha.

    Each indicator is standardised over the units; those whose book says that lower is better are reversed first; a
    scale is the mean of those known. Alpha and item-rest correlations rest on units with all indicators of the scale.
    Alpha's interval is Feldt's, for normal items that are alike. Alpha says whether indicators go together, not whether
    they measure what their name says.

    Returns Constructs.

    Raises InputError when a column or the kind of unit is missing, an indicator isn't in the book or without a direction
    there, a unit has an indicator twice, a value isn't a number, or an indicator is the same everywhere.

    Source: Cronbach 1951, doi 10.1007/BF02310555; Feldt 1965, doi 10.1007/BF02289499.

    >>> from newroles.datasets import load_codebook
    >>> rows = [("A1", 0.1, 3.0), ("A2", 0.2, 2.0), ("A3", 0.3, 2.5)]
    >>> table = pd.DataFrame(rows, columns=["unit", "vacancy_rate", "resources_adequate"])
    >>> long = table.melt("unit", var_name="indicator").assign(unit_kind="team")
    >>> found = constructs(long, load_codebook("contexts"))
    >>> found.scores.round(2).to_dict("list")
    {'CTX-SER': [1.0, -0.5, -0.5]}
    >>> found.scales[["scale", "indicators", "n_alpha", "alpha"]].round(3).values.tolist()
    [['CTX-SER', 2, 3, 0.667]]
    """
    if not 0 < at_least <= 1:
        raise InputError(f"at_least: {at_least} is impossible: expected a share above 0, up to 1.")
    wide = _by_unit(contexts, unit_kind)
    reverse = _lower_is_better(book, list(wide.columns))
    members = _members(book, list(wide.columns), scales)
    centre, spread = wide.mean(), wide.std()
    flat = [str(name) for name in wide.columns if not spread[name] > 1e-12 * max(1.0, abs(centre[name]))]
    if flat:
        known = int(wide[flat[0]].notna().sum())
        raise InputError(
            f"Indicator '{flat[0]}' doesn't vary over the {known} {unit_kind}s that have it: it can't be part of a scale."
        )
    sign = pd.Series({name: -1.0 if reverse[name] else 1.0 for name in wide.columns})
    standard = (wide - centre) / spread * sign
    scores, scale_rows, indicator_rows = {}, [], []
    for scale, names in members.items():
        items = standard[names]
        enough = items.notna().sum(axis=1) >= max(1, np.ceil(at_least * len(names) - 1e-9))
        scores[scale] = items.mean(axis=1).where(enough)
        title = book.name(scale) if scale in book.ids else scale
        scale_rows.append(_scale_row(scale, title, items, scores[scale], level))
        for name in names:
            described = {"n": int(wide[name].notna().sum()), "missing": int(wide[name].isna().sum())}
            about = {"scale": scale, "indicator": name, "reversed": bool(reverse[name]), **described}
            about |= {"mean": float(centre[name]), "sd": float(spread[name])}
            indicator_rows.append(about | _item_quality(name, items))
    return Constructs(pd.DataFrame(scores, index=wide.index), pd.DataFrame(scale_rows), pd.DataFrame(indicator_rows))


def _by_unit(contexts: pd.DataFrame, unit_kind: str) -> pd.DataFrame:
    """One row per unit, a column per indicator."""
    for name in NEEDED:
        if name not in contexts.columns:
            raise InputError(f"contexts: there is no column '{name}'. {did_you_mean(name, map(str, contexts.columns))}")
    kinds = sorted(contexts["unit_kind"].dropna().unique())
    if unit_kind not in kinds:
        raise InputError(
            f"contexts: no row is about a unit of the kind '{unit_kind}'. {did_you_mean(unit_kind, kinds)}"
        )
    rows = contexts[contexts["unit_kind"] == unit_kind]
    twice = rows[rows.duplicated(["unit", "indicator"])]
    if len(twice):
        first = twice.iloc[0]
        raise InputError(
            f"contexts: {unit_kind} '{first['unit']}' has '{first['indicator']}' more than once. "
            "Choose one date (measured_on) before making scales."
        )
    values = pd.to_numeric(rows["value"], errors="coerce")
    wrong = rows[~np.isfinite(values) & rows["value"].notna()]
    if len(wrong):
        first = wrong.iloc[0]
        raise InputError(
            f"contexts: {unit_kind} '{first['unit']}': '{first['value']}' of '{first['indicator']}' isn't a number."
        )
    in_order = list(dict.fromkeys(rows["indicator"]))
    return rows.assign(value=values).set_index(["unit", "indicator"])["value"].astype(float).unstack()[in_order]  # noqa: PD010


def _lower_is_better(book: Codebook, indicators: list[str]) -> dict[str, bool]:
    axis = book.codes["axis"] if "axis" in book.codes else pd.Series("", book.codes.index)
    better = book.codes["better"] if "better" in book.codes else pd.Series("", book.codes.index)
    direction = dict(zip(book.codes.loc[axis == "indicator", "id"], better[axis == "indicator"], strict=True))
    for name in indicators:
        if name not in direction:
            raise InputError(
                f"The codebook '{book.id}' has no indicator '{name}'. {did_you_mean(name, map(str, direction))}"
            )
        if direction[name] not in ("higher", "lower"):
            raise InputError(f"The codebook '{book.id}' doesn't say of '{name}' if higher or lower is `better`.")
    return {name: direction[name] == "lower" for name in indicators}


def _members(book: Codebook, indicators: list[str], scales: Mapping[str, Sequence[str]] | None) -> dict[str, list[str]]:
    """The indicators of each scale, in the book's order if the book decides."""
    if scales is not None:
        for scale, names in scales.items():
            if isinstance(names, str) or not len(names):
                raise InputError(f"scales: '{scale}' needs a list of indicators.")
            for name in names:
                if name not in indicators:
                    raise InputError(f"scales: no unit has '{name}' of '{scale}'. {did_you_mean(name, indicators)}")
        return {scale: list(names) for scale, names in scales.items()}
    above = dict(zip(book.codes["id"], book.codes["parent"], strict=True))
    members: dict[str, list[str]] = {}
    for name in book.codes["id"]:
        if name in indicators:
            top = name
            while pd.notna(above[top]):
                top = above[top]
            members.setdefault(top, []).append(name)
    return members


def _scale_row(scale: str, title: str, items: pd.DataFrame, scores: pd.Series, level: float) -> dict[str, object]:
    complete = items.dropna().to_numpy()
    n, k = complete.shape
    alpha = _alpha(complete)
    notes = []
    low = high = np.nan
    if k == 1:
        notes.append("one indicator: its reliability can't be seen")
    elif np.isnan(alpha):
        notes.append("too few units have all indicators")
    else:
        # (1 - alpha) / (1 - sample alpha) is distributed as F with n - 1 and (n - 1)(k - 1) degrees of freedom
        df = (n - 1, (n - 1) * (k - 1))
        low, high = (1 - (1 - alpha) * stats.f.ppf(p, *df) for p in (0.5 + level / 2, 0.5 - level / 2))
        if alpha <= 0:
            alpha, low, high = (np.nan if np.isinf(each) else each for each in (alpha, low, high))
            notes.append("indicators don't go together: is one of them turned the wrong way?")
    if k > 1 and n < len(items):
        notes.append(f"alpha rests on {n} of {len(items)} units")
    about = {"scale": scale, "name": title, "indicators": k}
    counts = {"n": int(scores.notna().sum()), "missing": int(scores.isna().sum())}
    quality = {"alpha": alpha, "alpha_low": low, "alpha_high": high, "n_alpha": n}
    return {**about, **counts, **quality, "note": "; ".join(notes)}


def _alpha(complete: Floats) -> float:
    """Cronbach's alpha of standardised items, from the mean of their correlations; blank for one item or too few rows."""
    n, k = complete.shape
    if k < 2 or n < 3 or (np.ptp(complete, axis=0) == 0).any():
        return float("nan")
    correlations = np.corrcoef(complete, rowvar=False)
    total = float(correlations.sum())
    return k / (k - 1) * (1 - k / total) if total > 1e-9 else float("-inf")  # indicators that cancel out


def _item_quality(name: str, items: pd.DataFrame) -> dict[str, object]:
    complete = items.dropna()
    others = complete.drop(columns=name)
    if others.shape[1] == 0 or len(complete) < 3 or (np.ptp(complete.to_numpy(), axis=0) == 0).any():
        return {"item_rest": np.nan, "alpha_without": np.nan, "note": ""}
    rest = others.mean(axis=1)
    if np.ptp(rest.to_numpy()) < 1e-9:  # the others cancel out
        return {"item_rest": np.nan, "alpha_without": _alpha(others.to_numpy()), "note": ""}
    with_rest = float(np.corrcoef(complete[name], rest)[0, 1])
    note = "goes against the rest of its scale" if with_rest < 0 else ""
    return {"item_rest": with_rest, "alpha_without": _alpha(others.to_numpy()), "note": note}

"""The conditions of an invented team, and the recipes: which of them together lead to acts of one tone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean

TONES = ("constructive", "destructive", "depends")


def parse_recipe(name: str, text: str, conditions: Mapping[str, float]) -> dict[str, bool]:
    """Which conditions must hold (True) or not hold (False) for this recipe? `*` joins them, `~` negates.

    Raises InputError for a condition that isn't among `conditions`, is missing, or is given twice.

    >>> parse_recipe("short", "~role_agreed*vacancy_rate", {"role_agreed": 3, "vacancy_rate": 0.12})
    {'role_agreed': False, 'vacancy_rate': True}
    """
    wanted: dict[str, bool] = {}
    for part in text.split("*"):
        condition = part.strip().removeprefix("~").strip()
        if condition not in conditions:
            raise InputError(f"Recipe '{name}': unknown condition '{condition}'. {did_you_mean(condition, conditions)}")
        if condition in wanted:
            raise InputError(f"Recipe '{name}' gives '{condition}' twice: {text}")
        wanted[condition] = not part.strip().startswith("~")
    return wanted


def refuse_unclear_recipes(
    constructive: Mapping[str, str], destructive: Mapping[str, str], thresholds: Mapping[str, float]
) -> None:
    """Each team must know which tone its conditions lead to. Raises InputError naming recipes that can't be told apart."""
    both = set(constructive) & set(destructive)
    if both:
        raise InputError(f"constructive and destructive: '{min(both)}' names a recipe of each; expected two names.")
    ones, others = (
        {name: parse_recipe(name, text, thresholds) for name, text in recipes.items()}
        for recipes in (constructive, destructive)
    )
    for name, one in ones.items():
        for other_name, other in others.items():
            if all(other.get(condition, holds) == holds for condition, holds in one.items()):
                raise InputError(
                    f"The constructive recipe '{name}' and the destructive recipe '{other_name}' can hold together: "
                    "expected a condition that one of them wants and the other wants not (~)."
                )


def conditions_of(teams: Iterable[str], indicators: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Which conditions hold in each team? True where the indicator is at or above its threshold. Teams x conditions.

    `indicators`: a column per indicator, by team (index). Raises InputError for one that is missing or blank.
    """
    for indicator in thresholds:
        if indicator not in indicators.columns:
            raise InputError(f"thresholds: no indicator '{indicator}'. {did_you_mean(indicator, indicators.columns)}")
    measured = indicators.reindex(list(teams))[list(thresholds)]
    for row, column in np.argwhere(measured.isna().to_numpy())[:1]:
        raise InputError(
            f"Team {measured.index[row]} has no value of '{measured.columns[column]}', which the recipes need."
        )
    return measured >= pd.Series(thresholds)


def recipes_that_hold(
    conditions: Mapping[Any, bool], recipes: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str]]:
    """Which recipes does a team with these conditions meet? Pairs of recipe and tone.

    `recipes`: by tone, the recipes that lead to it, by name.

    >>> recipes_that_hold({"a": True, "b": False}, {"constructive": {"one": "a*b"}, "destructive": {"other": "~b"}})
    [('other', 'destructive')]
    """
    return [
        (name, tone)
        for tone, listed in recipes.items()
        for name, text in listed.items()
        if all(conditions[key] is holds for key, holds in parse_recipe(name, text, conditions).items())
    ]

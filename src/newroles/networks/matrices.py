"""What do two people share, and how do they differ? Square tables of people x people, to explain a relation with.

Each function takes people (one row per person with the column person, or the people of a RoleNetwork) and returns a table
with the same persons as rows and columns, in their order: row = source, column = target, 0 on the diagonal, blank where
it can't be said. `newroles.networks.mrqap` and `ergm` take these tables.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import build

# Agenda for Change pay bands from low to high; medical and other posts have no place among them
BANDS = ("1", "2", "3", "4", "5", "6", "7", "8a", "8b", "8c", "8d", "9")


def same(people: pd.DataFrame, column: str = "role") -> pd.DataFrame:
    """Which people have the same role (team, band ...)? 1 for two people who have, 0 for two who haven't.

    people: person and the column. Blank where the column is blank for one of the two. Raises InputError without the
    column, or for a person named twice.

    >>> same(pd.DataFrame({"person": ["a", "b", "c"], "role": ["nurse", "nurse", "peer"]})).loc["a"].to_dict()
    {'a': 0.0, 'b': 1.0, 'c': 0.0}
    """
    values = _column(people, column)
    codes, known = pd.factorize(values)[0], values.notna().to_numpy()
    alike = np.where(np.outer(known, known), codes[:, np.newaxis] == codes, np.nan)
    return _table(people, alike)


def difference(
    people: pd.DataFrame,
    column: str = "band",
    absolute: bool = True,
    order: Sequence[Hashable] | Mapping[Hashable, float] | None = None,
) -> pd.DataFrame:
    """How far apart are people in band (age, years in post ...)?

    people: person and the column, of numbers or of the values of `order`.
    absolute: False gives target less source, so that a tie "upwards" is above 0.
    order: the values from low to high, one step apart, or a number for each. None takes numbers as they are, and pay bands
    (1 to 7, 8a to 8d, 9) as steps of a ladder.

    Blank where one of the two has no place in the order: medical staff among pay bands, say. Raises InputError for a column
    of words without an order, and as `same`.

    >>> people = pd.DataFrame({"person": ["a", "b", "c"], "band": ["7", "8a", "medical"]})
    >>> difference(people, "band", absolute=False).loc["a"].to_dict()
    {'a': 0.0, 'b': 1.0, 'c': nan}
    """
    values = _column(people, column)
    if order is None and not pd.api.types.is_numeric_dtype(values):
        words = set(values.dropna().astype(str))
        if not words & set(BANDS) or not words <= {*BANDS, "medical", "other"}:
            raise InputError(
                f"{column} holds words ({', '.join(sorted(words)[:5])}), which have no order of their own. Say it from low "
                'to high: order=["assistant", "qualified", "lead"].'
            )
        order = BANDS
        values = values.astype(str).where(values.notna())
    if order is None:
        heights = values.astype(float).to_numpy()
    else:
        steps = order if isinstance(order, Mapping) else {value: float(at) for at, value in enumerate(order)}
        heights = values.map(dict(steps)).astype(float).to_numpy()
    if np.isnan(heights).all():
        raise InputError(f"Nobody's {column} is in the order given.")
    apart = heights - heights[:, np.newaxis]
    return _table(people, np.abs(apart) if absolute else apart)


def sender(people: pd.DataFrame, column: str, value: Any = None) -> pd.DataFrame:
    """What is known of the person from whom a tie would come? The same number in each cell of a person's row.

    people: person and the column. value: 1 for people who have it, 0 for others (a role, say). None takes a column of
    numbers as it is. Blank where the column is. Raises InputError for a value that nobody has, words without a value, and
    as `same`.

    >>> people = pd.DataFrame({"person": ["a", "b"], "role_kind": ["new", "existing"]})
    >>> sender(people, "role_kind", "new").to_numpy().tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    return _table(people, np.broadcast_to(_attribute(people, column, value)[:, np.newaxis], (len(people),) * 2))


def receiver(people: pd.DataFrame, column: str, value: Any = None) -> pd.DataFrame:
    """What is known of the person to whom a tie would go? As `sender`, the same number in each cell of a person's column.

    >>> people = pd.DataFrame({"person": ["a", "b"], "role_kind": ["new", "existing"]})
    >>> receiver(people, "role_kind", "new").to_numpy().tolist()
    [[0.0, 0.0], [1.0, 0.0]]
    """
    return _table(people, np.broadcast_to(_attribute(people, column, value), (len(people),) * 2))


def from_ties(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    relation: str | None = None,
    wave: int | None = None,
    directed: bool = True,
    weighted: bool = False,
    blank_unanswered: bool = False,
) -> pd.DataFrame:
    """Who is tied to whom? 1 where there is a tie, or its weight; 0 where there is none.

    people, ties, relation, wave, directed: as in `build`. weighted: True gives weights.
    blank_unanswered: True makes pairs blank about which nobody answered (column responded of people): the row of a person
    who didn't; in an undirected relation, the pairs of two who didn't. To be used for the relation that is explained.
    Raises InputError as `build` does.

    >>> people = pd.DataFrame({"person": ["a", "b"], "role": ["nurse", "peer"], "responded": ["yes", "no"]})
    >>> from_ties(people, pd.DataFrame({"source": ["a"], "target": ["b"]}), blank_unanswered=True)
         a    b
    a  0.0  1.0
    b  NaN  0.0
    """
    network = build(people, ties, wave=wave, relation=relation, directed=directed)
    cells = (network.adjacency if weighted else network.binary).toarray()
    if blank_unanswered:
        silent = ~network.answered
        nobody = np.broadcast_to(silent[:, np.newaxis], cells.shape) if directed else np.outer(silent, silent)
        cells = np.where(nobody, np.nan, cells)
    return _table(network.people, cells)


def _attribute(people: pd.DataFrame, column: str, value: Any) -> NDArray[np.float64]:
    values = _column(people, column)
    if value is None:
        if not pd.api.types.is_numeric_dtype(values):
            raise InputError(
                f"{column} holds words. Say for which the table shall be 1: value={values.dropna().iloc[0]!r}."
            )
        return np.asarray(values, dtype=float)
    if not values.eq(value).any():
        raise InputError(
            f"Nobody's {column} is {value!r}. {did_you_mean(str(value), map(str, values.dropna().unique()))}"
        )
    return np.where(values.notna(), values.eq(value).astype(float), np.nan)


def _column(people: pd.DataFrame, column: str) -> pd.Series:
    for name in ("person", column):
        if name not in people:
            raise InputError(f"The table people has no column {name!r}. {did_you_mean(name, map(str, people.columns))}")
    if twice := people.loc[people["person"].duplicated(), "person"].astype(str).tolist():
        raise InputError(
            f"{twice[0]} stands more than once in the table people ({len(twice)} such rows). Take the rows of one wave."
        )
    return people[column]


def _table(people: pd.DataFrame, cells: NDArray[np.float64]) -> pd.DataFrame:
    persons = pd.Index(people["person"]).rename(None)
    return pd.DataFrame(np.where(np.eye(len(persons), dtype=bool), 0.0, cells), index=persons, columns=persons)

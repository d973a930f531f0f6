"""What did the coders decide? A table of ratings, checked, and with every distinct row kept once.

Every coefficient of agreement here is a function of sums over units, so two units with the same ratings are
interchangeable. Rows that are alike are therefore kept once with the number of units that have them; a resample of the
units is a new set of such numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from newroles.coding.distances import Floats, Integers, Metric, metric
from newroles.coding.naming import quoted
from newroles.errors import InputError, did_you_mean

SET_LEVELS = ("masi", "jaccard")
NUMBER_LEVELS = ("interval", "ratio")
LEVELS = ("nominal", "ordinal", *NUMBER_LEVELS, *SET_LEVELS)


@dataclass(frozen=True)
class RatingTable:
    """Which category each coder gave, for every distinct row of ratings, and how many units have that row.

    `codes`: rows x coders, the index of the category, -1 where not rated. `times`: how many units have the row.
    `values`: the categories as numbers (their place in the order when they aren't numbers). `members`: for label sets,
    categories x codes, 1 where the set holds the code.
    """

    codes: Integers
    times: Floats
    categories: tuple[Hashable, ...]
    values: Floats
    level: str
    coders: tuple[str, ...]
    members: Floats | None = None

    @cached_property
    def rated(self) -> npt.NDArray[np.bool_]:
        return self.codes >= 0

    @cached_property
    def n_ratings(self) -> Floats:
        """Ratings per row."""
        return self.rated.sum(axis=1).astype(float)

    @cached_property
    def pairable(self) -> Floats:
        """1 for a row with at least two ratings, else 0."""
        return (self.n_ratings >= 2).astype(float)

    @cached_property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Rows that every coder rated."""
        return np.asarray(self.rated.all(axis=1))

    @cached_property
    def counts(self) -> sparse.csr_array:
        """Categories x rows: how many coders gave the category."""
        row, coder = np.nonzero(self.rated)
        shape = (len(self.categories), len(self.codes))
        return sparse.csr_array((np.ones(len(row)), (self.codes[row, coder], row)), shape=shape)

    @cached_property
    def coder_counts(self) -> sparse.csr_array:
        """Coders and categories (one after the other) x rows: 1 where the coder gave the category."""
        row, coder = np.nonzero(self.rated)
        place = coder * len(self.categories) + self.codes[row, coder]
        shape = (len(self.coders) * len(self.categories), len(self.codes))
        return sparse.csr_array((np.ones(len(row)), (place, row)), shape=shape)

    @cached_property
    def metric(self) -> Metric:
        """The distance between categories at the level of the ratings."""
        return metric(self.level, self.values, self.members)

    @property
    def n_units(self) -> int:
        """Units that at least two coders rated."""
        return round(float(self.times @ self.pairable))

    @property
    def two_way(self) -> bool:
        """Two coders who both rated every unit: their ratings make a two-way table of counts."""
        return len(self.coders) == 2 and bool(self.complete.all())

    @cached_property
    def category_shares(self) -> Floats:
        """Share of all ratings that each category takes."""
        given = self.counts @ self.times
        return given / given.sum()

    @property
    def binary(self) -> bool:
        """Are the ratings 1 and 0, a code given and not given?"""
        return self.level == "nominal" and all(c in (0, 1) for c in self.categories)

    def pairs(self) -> Iterator[tuple[int, int]]:
        return itertools.combinations(range(len(self.coders)), 2)


def tally(codes: Integers, categories: int, draws: Floats) -> Floats:
    """Categories x resamples: how many units have each category, when `codes` gives the category of each row of `draws`."""
    rows = np.arange(len(codes))
    return sparse.csr_array((np.ones(len(codes)), (codes, rows)), shape=(categories, len(codes))) @ draws


def read_ratings(ratings: pd.DataFrame, level: str, keep_rows: bool = False) -> RatingTable:
    """Which ratings are there, and can they be used at this level of measurement?

    `ratings` has one row a unit and one column a coder, blank where the coder didn't rate. With `keep_rows` rows that
    are alike stay apart (when units carry weights of their own); units without any rating go in either case, and so
    do coders without one.

    Raises InputError for a level that doesn't exist, fewer than two coders, no unit with two ratings, and cells that
    can't stand at the level, naming unit and coder.
    """
    if level not in LEVELS:
        raise InputError(f"There is no level of measurement {level!r}. {did_you_mean(level, LEVELS)}")
    if not isinstance(ratings, pd.DataFrame):
        raise InputError(
            f"ratings is a {type(ratings).__name__}, but a pandas table is needed: one row a unit, one column a coder."
        )
    twice = ratings.columns[ratings.columns.duplicated()]
    if len(twice):
        raise InputError(f"Two columns are called {quoted(twice[0])}: every coder needs one column of their own.")
    blank = ratings.isna()
    ratings = ratings.loc[~blank.all(axis=1), ~blank.all(axis=0)]
    if ratings.shape[1] < 2:
        raise InputError(
            f"Agreement needs two coders; these ratings come from {ratings.shape[1]}. "
            "One column a coder is expected, with at least two columns that aren't blank."
        )
    codes, categories, in_order = _categories(ratings, level)
    if not (np.sum(codes >= 0, axis=1) >= 2).any():
        raise InputError(
            "No unit was rated by two coders, so nothing can be compared. "
            "Check that the coders' units have the same ids (the index of the table)."
        )
    times = np.ones(len(codes))
    if not keep_rows:
        codes, numbers = np.unique(codes, axis=0, return_counts=True)
        times = numbers.astype(float)
    members = _members(categories) if level in SET_LEVELS else None
    numeric = not in_order and all(isinstance(c, (int, float, np.number, np.bool_)) for c in categories)
    values = np.array([float(c) for c in categories] if numeric else range(len(categories)), dtype=float)  # type: ignore[arg-type]
    return RatingTable(codes, times, categories, values, level, tuple(map(str, ratings.columns)), members)


def _categories(ratings: pd.DataFrame, level: str) -> tuple[Integers, tuple[Hashable, ...], bool]:
    """The ratings as indices of sorted categories, the categories, and whether only their order is known.

    Categories that a categorical column declares count even when unused.
    """
    first = ratings.dtypes.iloc[0]
    if isinstance(first, pd.CategoricalDtype) and all(dtype == first for dtype in ratings.dtypes):
        ordered = level == "ordinal" and bool(first.ordered)
        if level == "nominal" or ordered:
            codes = np.column_stack([ratings[c].cat.codes.to_numpy(dtype=np.intp) for c in ratings.columns])
            return codes, tuple(first.categories), ordered
    cells = ratings.to_numpy(dtype=object, copy=True)
    missing = ratings.isna().to_numpy()
    if level in SET_LEVELS:
        cells = _as_sets(cells, missing, ratings)
    elif level != "nominal":
        _check_numbers(cells, missing, ratings, level)
    cells[missing] = None
    try:
        place, found = pd.factorize(cells.ravel(), use_na_sentinel=True)
    except TypeError:
        raise InputError(
            "A cell holds a list or a set: label sets are frozensets, with level='masi' or 'jaccard'."
        ) from None
    _refuse_mixed(found, cells, ratings)
    categories: list[Hashable] = list(found)
    order = sorted(range(len(found)), key=lambda i: _sort_key(categories[i]))
    rank = np.empty(len(found) + 1, dtype=np.intp)
    rank[order] = np.arange(len(found))
    rank[-1] = -1
    codes = np.asarray(rank[place].reshape(cells.shape), dtype=np.intp)
    return codes, tuple(categories[i] for i in order), False


def _sort_key(category: Hashable) -> tuple[float, str]:
    if isinstance(category, (int, float, np.number, np.bool_)):
        return (float(category), "")  # type: ignore[arg-type]
    if isinstance(category, frozenset):
        return (len(category), "\x1f".join(sorted(map(str, category))))
    return (0.0, str(category))


def _cell(ratings: pd.DataFrame, place: npt.NDArray[np.intp]) -> str:
    return f"unit {quoted(ratings.index[place[0]])}, coder {quoted(ratings.columns[place[1]])}"


def _as_sets(
    cells: npt.NDArray[np.object_], missing: npt.NDArray[np.bool_], ratings: pd.DataFrame
) -> npt.NDArray[np.object_]:
    sets = np.frompyfunc(lambda c: isinstance(c, (set, frozenset)), 1, 1)(cells).astype(bool)
    wrong = np.argwhere(~sets & ~missing)
    if len(wrong):
        raise InputError(
            f"{_cell(ratings, wrong[0])}: {quoted(cells[tuple(wrong[0])])} is not a set of codes. Label sets are frozensets, "
            "such as frozenset({'delegation', 'enhancement'}); frozenset() means that the coder found that no code applies."
        )
    return np.frompyfunc(lambda c: frozenset(c) if isinstance(c, set) else c, 1, 1)(cells)


def _check_numbers(
    cells: npt.NDArray[np.object_], missing: npt.NDArray[np.bool_], ratings: pd.DataFrame, level: str
) -> None:
    numeric = np.frompyfunc(lambda c: isinstance(c, (int, float, np.number, np.bool_)), 1, 1)(cells).astype(bool)
    wrong = np.argwhere(~numeric & ~missing)
    if len(wrong):
        mend = " or, in all columns, the same ordered categorical" if level == "ordinal" else ""
        raise InputError(
            f"{_cell(ratings, wrong[0])}: {quoted(cells[tuple(wrong[0])])} is not a number. level={level!r} needs numbers{mend}; "
            "for categories without order use level='nominal'."
        )
    numbers = np.where(missing, 0.0, cells).astype(float)
    wrong = np.argwhere(~np.isfinite(numbers) | ((numbers < 0) & (level == "ratio")))
    if len(wrong):
        expected = "finite numbers from 0 up" if level == "ratio" else "finite numbers"
        raise InputError(
            f"{_cell(ratings, wrong[0])}: {cells[tuple(wrong[0])]} can't be used; level={level!r} needs {expected}."
        )


def _refuse_mixed(found: npt.NDArray[np.object_], cells: npt.NDArray[np.object_], ratings: pd.DataFrame) -> None:
    """The number 1 and the text '1' would be two categories on which nobody agrees."""
    texts = {str(c).strip(): c for c in found if isinstance(c, str)}
    for number in found:
        if isinstance(number, (int, float, np.number)) and not isinstance(number, (bool, np.bool_)):
            text = texts.get(str(number), texts.get(f"{number:g}"))
            if text is not None:
                here = _cell(ratings, np.argwhere(cells == text)[0])
                raise InputError(
                    f"{here}: the text {text!r} stands beside the number {quoted(number)} elsewhere, so the same rating would count "
                    "as two. Give all columns one type, for example with ratings.apply(pandas.to_numeric)."
                )


def _members(categories: tuple[Hashable, ...]) -> Floats:
    """Label sets x codes: 1 where the set holds the code."""
    sets = [c for c in categories if isinstance(c, frozenset)]
    labels = sorted({label for labels in sets for label in labels}, key=lambda label: (str(type(label)), str(label)))
    place = {label: i for i, label in enumerate(labels)}
    members = np.zeros((len(sets), len(labels)))
    for row, labels_here in enumerate(sets):
        members[row, [place[label] for label in labels_here]] = 1.0
    return members

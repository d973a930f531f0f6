"""Which codes do coders agree on, and which do they take for each other?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping

import numpy as np
import pandas as pd

from newroles.coding.label_sets import label_sets_from_codes, ratings_from_codings, ratings_per_code
from newroles.coding.naming import label
from newroles.coding.rating_table import read_ratings
from newroles.coding.reliability import COLUMNS, FAMILIES, STATISTICS, agreement
from newroles.errors import InputError

ALL_CODES = "all codes"


def per_code_agreement(
    ratings: pd.DataFrame | Mapping[str, pd.DataFrame],
    statistics: str | Iterable[str] = "all",
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How well do coders agree on each code, and on all codes of a unit together?

    `ratings` is one of: label sets (one row a unit, one column a coder, cells frozensets); the study's table of codings
    of one codebook, kind of unit and round (see ratings_from_codings); or a table of 1 and 0 for each code, units x
    coders. `statistics`, `n_boot`, `rng` as in agreement().

    Returns one row a code and statistic: code, level, the columns of agreement(), and prevalence (share of ratings that
    give the code, 0 to 1). For each code its ratings are 1 and 0, level nominal. The rows "all codes" compare the sets:
    level masi with the statistics that suit label sets, level jaccard with Krippendorff's alpha, prevalence blank.

    Raises InputError as agreement() does, naming the code.

    >>> import pandas as pd
    >>> a, b, none = frozenset({"a"}), frozenset({"b"}), frozenset()
    >>> sets = pd.DataFrame({"ann": [a, b, none, a], "bo": [a, b, a, a]})
    >>> table = per_code_agreement(sets, ["percent_agreement"], n_boot=0)
    >>> table[["code", "value", "prevalence"]].values.tolist()
    [['a', 0.75, 0.625], ['b', 1.0, 0.25], ['all codes', 0.75, nan]]
    """
    rng = np.random.default_rng() if rng is None else rng
    per_code, sets = _both_forms(ratings)
    wanted = statistics if isinstance(statistics, str) else list(statistics)
    tables = []
    for code, given in per_code.items():
        try:
            table = agreement(given, wanted, "nominal", n_boot, rng)
        except InputError as problem:
            raise InputError(f"Code {code!r}: {problem}") from None
        share = float(np.nanmean(given.to_numpy(dtype=float)))
        tables.append(table.assign(code=code, level="nominal", prevalence=share))
    for level in ("masi", "jaccard"):
        names = _for_sets(wanted, level)
        if names:
            table = agreement(sets, names, level, n_boot, rng)
            tables.append(table.assign(code=ALL_CODES, level=level, prevalence=np.nan))
    columns = ["code", "level", *COLUMNS[:-1], "prevalence", "note"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def _both_forms(
    ratings: pd.DataFrame | Mapping[str, pd.DataFrame],
) -> tuple[Mapping[str, pd.DataFrame], pd.DataFrame]:
    if isinstance(ratings, pd.DataFrame):
        sets = ratings_from_codings(ratings) if {"unit", "coder", "code"} <= set(ratings.columns) else ratings
        return ratings_per_code(sets), sets
    return ratings, label_sets_from_codes(ratings)


def _for_sets(statistics: str | list[str], level: str) -> list[str]:
    """Those of the statistics that compare label sets; Jaccard's differ from MASI's in alpha only."""
    asked = list(STATISTICS) if statistics == "all" else [statistics] if isinstance(statistics, str) else statistics
    names = [name for family in asked for name in FAMILIES.get(family, [family])]
    fit = [name for name in names if level in STATISTICS[name].levels]
    return fit if level == "masi" else [name for name in fit if name == "krippendorff_alpha"]


def confusion(ratings: pd.DataFrame) -> pd.DataFrame:
    """Which codes does one coder give where another gives something else?

    `ratings` has one row a unit and one column a coder, blank where not coded; cells are categories, or frozensets of
    codes.

    Returns one row a pair of codes that stood against each other, most frequent first: code and other_code (in
    alphabetical order), coder_pairs (pairs of coders and units in which one gave the first and the other the second
    instead), units (units in which that happened at least once), share (of all such coder_pairs, 0 to 1). With label
    sets a code that both gave isn't confused with anything; where one coder only left a code out, other_code is blank.

    >>> import pandas as pd
    >>> coded = pd.DataFrame({"ann": ["a", "a", "b"], "bo": ["b", "a", "a"], "cy": ["b", "c", "b"]})
    >>> confusion(coded)
      code other_code  coder_pairs  units     share
    0    a          b            4      2  0.666667
    1    a          c            2      1  0.333333
    """
    table = read_ratings(ratings, "nominal")
    coder_pairs: Counter[tuple[str, str]] = Counter()
    units: Counter[tuple[str, str]] = Counter()
    for row, times in zip(table.codes, table.times, strict=True):
        here: Counter[tuple[str, str]] = Counter()
        for one, other in table.pairs():
            if row[one] >= 0 and row[other] >= 0 and row[one] != row[other]:
                here.update(_against(table.categories[row[one]], table.categories[row[other]]))
        for pair, number in here.items():
            coder_pairs[pair] += number * int(times)
            units[pair] += int(times)
    total = sum(coder_pairs.values())
    rows = [(*pair, number, units[pair], number / total) for pair, number in coder_pairs.items()]
    rows.sort(key=lambda row: (-row[2], row[0], row[1]))
    return pd.DataFrame(rows, columns=["code", "other_code", "coder_pairs", "units", "share"])


def _against(one: Hashable, other: Hashable) -> list[tuple[str, str]]:
    """The codes that stand against each other between two ratings; a blank stands for nothing."""
    if not (isinstance(one, frozenset) and isinstance(other, frozenset)):
        first, second = sorted((label(one), label(other)))
        return [(first, second)]
    mine, theirs = sorted(map(str, one - other)), sorted(map(str, other - one))
    if not mine or not theirs:
        return [(code, "") for code in mine or theirs]
    return [(min(a, b), max(a, b)) for a in mine for b in theirs]

"""What does a table of groups that met say, when the people behind it are not known?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError


def mixing_of_pairs(pairs: pd.DataFrame, sizes: pd.Series, value: str) -> pd.DataFrame:
    """Which groups met more, and which less, than if contacts fell on pairs of people at random?

    pairs: one row per pair of groups that met: group_a, group_b (the same for contacts within a group) and the column
    `value` (contacts, seconds ...); each pair once, in either order. sizes: people in each group, indexed by group.

    Returns one row per possible pair of groups, in the order of `sizes`: group_a, group_b, within (both the same), observed,
    pairs_of_people, share (of all observed), expected_share (pairs of people over all pairs of people), ratio (share over
    expected share, 1 = as at random) and per_pair (observed per pair of people); ratio and per_pair are blank where there is
    no pair of people. No p value: contacts of the same people hang together, and the table doesn't say how.

    Raises InputError for a pair given twice, groups without a size, groups with two sizes, sizes below 1, and values that are blank or negative.

    >>> table = pd.DataFrame({"group_a": ["n", "n"], "group_b": ["n", "p"], "contacts": [6, 2]})
    >>> mixing_of_pairs(table, pd.Series({"n": 3, "p": 1}), "contacts")[["group_a", "group_b", "observed", "ratio"]]
      group_a group_b  observed  ratio
    0       n       n       6.0    1.5
    1       n       p       2.0    0.5
    2       p       p       0.0    NaN
    """
    groups = list(sizes.index)
    if sizes.index.has_duplicates:
        raise InputError(f"sizes gives {sizes.index[sizes.index.duplicated()][0]!r} twice. Each group needs one size.")
    people = pd.to_numeric(sizes, errors="coerce").to_numpy(dtype=float)
    if not (people >= 1).all():
        raise InputError("Each group needs a size of 1 or more people.")
    observed = _square(pairs, groups, value)
    first, second = np.triu_indices(len(groups))
    within = first == second
    possible = np.where(within, people[first] * (people[first] - 1) / 2, people[first] * people[second])
    share = observed[first, second] / observed[np.triu_indices(len(groups))].sum()
    expected = possible / possible.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, per_pair = share / expected, observed[first, second] / possible
    return pd.DataFrame(
        {
            "group_a": [groups[k] for k in first],
            "group_b": [groups[k] for k in second],
            "within": within,
            "observed": observed[first, second],
            "pairs_of_people": possible.astype("int64"),
            "share": share,
            "expected_share": expected,
            "ratio": np.where(possible > 0, ratio, np.nan),
            "per_pair": np.where(possible > 0, per_pair, np.nan),
        }
    )


def ei_of_pairs(pairs: pd.DataFrame, sizes: pd.Series, value: str, level: str = "network") -> pd.DataFrame:
    """Do groups meet others more than themselves, as a table of pairs of groups tells it?

    pairs, sizes, value: as for `mixing_of_pairs`. level: "network", or "role" for a row per group (contacts with at least
    one end in the group).

    Returns name, internal, external, ei = (external - internal) / (external + internal), and expected: the index if contacts
    fell on pairs of people at random, 1 - 2 x (pairs within groups) / (all pairs); for one group, with the pairs that have an
    end in it. Krackhardt and Stern 1988, Social Psychology Quarterly 51(2), 123-140, doi 10.2307/2786835.

    >>> table = pd.DataFrame({"group_a": ["n", "n"], "group_b": ["n", "p"], "contacts": [6, 2]})
    >>> ei_of_pairs(table, pd.Series({"n": 3, "p": 1}), "contacts")
          name  internal  external   ei  expected
    0  network       6.0       2.0 -0.5       0.0
    """
    if level not in ("network", "role"):
        raise InputError(f'level is "network" or "role", not {level!r}.')
    table = mixing_of_pairs(pairs, sizes, value)
    rows = []
    for name in ["network"] if level == "network" else list(sizes.index):
        here = table if level == "network" else table[(table["group_a"] == name) | (table["group_b"] == name)]
        internal, external = here.loc[here["within"], "observed"].sum(), here.loc[~here["within"], "observed"].sum()
        home, all_pairs = here.loc[here["within"], "pairs_of_people"].sum(), here["pairs_of_people"].sum()
        rows.append(
            {
                "name": name,
                "internal": internal,
                "external": external,
                "ei": (external - internal) / (external + internal) if external + internal else np.nan,
                "expected": 1 - 2 * home / all_pairs if all_pairs else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _square(pairs: pd.DataFrame, groups: list, value: str) -> np.ndarray:
    """The values as a groups x groups array, symmetric."""
    missing = [column for column in ("group_a", "group_b", value) if column not in pairs]
    if missing:
        raise InputError(f"The table of pairs needs the column {' and '.join(missing)}.")
    place = pd.Index(groups)
    one, other = place.get_indexer(pairs["group_a"]), place.get_indexer(pairs["group_b"])
    unknown = sorted({str(v) for v in pd.concat([pairs["group_a"][one < 0], pairs["group_b"][other < 0]])})
    if unknown:
        raise InputError(f"No size is given for {', '.join(unknown)}. Each group that met needs one.")
    low, high = np.minimum(one, other), np.maximum(one, other)
    if pd.DataFrame({"low": low, "high": high}).duplicated().any():
        raise InputError("A pair of groups stands twice in the table. Give each pair once, in either order.")
    values = pd.to_numeric(pairs[value], errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(values) & (values >= 0)).all():
        row = int(np.argmax(~(np.isfinite(values) & (values >= 0)))) + 1
        raise InputError(f"{value} must be a number of 0 or more; row {row} has {pairs[value].iloc[row - 1]}.")
    square = np.zeros((len(groups), len(groups)))
    square[low, high] = values
    square[high, low] = values
    if not values.sum():
        raise InputError(f"All of {value} is 0: nobody met anybody, so there is nothing to compare.")
    return square

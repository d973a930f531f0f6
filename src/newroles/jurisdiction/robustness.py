"""How far can the order of overlaps be trusted? Other activities, one activity less, another measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, spearmanr

from newroles.errors import InputError, did_you_mean
from newroles.jurisdiction.borders import beside_professions, nearest
from newroles.jurisdiction.overlap import MEASURES, need, one_of, overlap, weights_of

_COLUMNS = [
    "role_a",
    "role_b",
    "estimate",
    "low",
    "high",
    "nearest",
    "least_without",
    "most_without",
    "rests_on",
    "n",
    "method",
]


def overlap_intervals(
    competencies: pd.DataFrame,
    measure: str = "weighted_jaccard",
    of: Sequence[str] | None = None,
    to: Sequence[str] | None = None,
    level: float = 0.95,
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How much would an overlap change if other competencies had been listed, or one less?

    competencies and measure: as for `overlap`. of, to: whose overlap with whom; left out, everybody with everybody else.
    level: of the interval. n_boot: draws. rng: of the draws; left out, seed 0.

    The competencies are drawn anew with replacement, the same ones for all roles: the interval says how much hangs on which
    competencies somebody thought of listing, not on who rated them. Roles that share few competencies have wide ones.

    Returns one row per ordered pair of different roles: role_a, role_b, estimate (the overlap), low and high (percentiles
    of the draws), nearest (share of draws in which nobody of `to` overlaps more with role_a than role_b; ties share),
    least_without and most_without (the lowest and highest overlap when one competency is left out), rests_on (the
    competency whose leaving out lowers the overlap most; blank where none does), n (competencies that either has) and
    method. Blank where the overlap isn't defined. No rows for a table without rows.

    Raises InputError as `overlap` does, for an unknown role, a level that isn't between 0 and 1, or fewer than 1 draw.

    >>> two = pd.DataFrame({"role": ["a", "a", "b", "b"], "competency": ["x", "y", "x", "z"], "weight": [1, 1, 1, 1]})
    >>> found = overlap_intervals(two, n_boot=200)
    >>> found[["role_a", "estimate", "least_without", "most_without", "rests_on"]].round(3).values.tolist()
    [['a', 0.333, 0.0, 0.5, 'x'], ['b', 0.333, 0.0, 0.5, 'x']]
    """
    one_of(measure, MEASURES)
    if not 0 < level < 1:
        raise InputError(f"The level of an interval lies between 0 and 1, such as 0.95; got {level!r}.")
    if n_boot < 1:
        raise InputError(f"At least one draw is needed; got n_boot={n_boot}.")
    weights = weights_of(competencies)
    if weights.empty:
        return pd.DataFrame({column: pd.Series(dtype="float64") for column in _COLUMNS})
    rng = np.random.default_rng(0) if rng is None else rng
    names, things = [str(name) for name in weights.index], weights.columns.astype(str)
    rows_a, rows_b = (_places(names, wanted) for wanted in (of, to))
    w = weights.to_numpy()
    w = w / w.max() if w.max() > 0 else w
    m = w.shape[1]
    drawn = rng.multinomial(m, np.full(m, 1 / m), size=n_boot).astype(float)
    without = 1 - np.eye(m)
    blocks = []
    for a in rows_a:
        others = [b for b in rows_b if b != a]
        if not others:
            continue
        estimate = _overlaps(w[a], w[others], np.ones((1, m)), measure)[0]
        draws, less = (_overlaps(w[a], w[others], counts, measure) for counts in (drawn, without))
        low, high = _percentiles(draws, level)
        drop = estimate[None, :] - less
        worst = np.where(np.isnan(drop), -np.inf, drop).argmax(axis=0)
        lowers = np.nan_to_num(drop[worst, np.arange(len(others))]) > 1e-12
        blocks.append(
            pd.DataFrame(
                {
                    "role_a": names[a],
                    "role_b": [names[b] for b in others],
                    "estimate": estimate,
                    "low": np.fmin(low, estimate),
                    "high": np.fmax(high, estimate),
                    "nearest": _wins(draws),
                    "least_without": np.where(np.isnan(less).all(axis=0), np.nan, np.fmin.reduce(less, axis=0)),
                    "most_without": np.where(np.isnan(less).all(axis=0), np.nan, np.fmax.reduce(less, axis=0)),
                    "rests_on": [thing if low else None for thing, low in zip(things[worst], lowers, strict=True)],
                    "n": ((w[a] > 0) | (w[others] > 0)).sum(axis=1),
                }
            )
        )
    found = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=_COLUMNS[:-1])
    name = measure.replace("_", " ")
    return found.assign(method=f"{name}; percentiles of {n_boot} draws of competencies").astype({"rests_on": "str"})


def compare_measures(pairs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Does the order of overlaps hold when they are measured in another way?

    pairs: tables as `overlap` or `occupation_overlap` gives them, each under the name of the way it was measured; pairs of
    roles that two tables both have are compared.

    Returns one row per pair of ways: first, second, spearman and kendall (rank correlations over pairs of different roles,
    each once; -1 to 1, blank where one has no differences), pairs (compared), same_nearest (roles whose nearest neighbour
    is the same) and roles (compared). Pairs share roles, so they aren't independent: no test is made.

    Raises InputError for a missing column, or fewer than two tables.

    >>> listed = pd.DataFrame({"role": list("aabbc"), "competency": list("xyxyy"), "weight": [3, 1, 2, 2, 1]})
    >>> from newroles.jurisdiction import overlap
    >>> found = compare_measures({"Jaccard": overlap(listed), "cosine": overlap(listed, "cosine")})
    >>> found[["spearman", "pairs", "same_nearest", "roles"]].round(3).values.tolist()
    [[0.866, 3.0, 2.0, 3.0]]
    """
    if len(pairs) < 2:
        raise InputError("Two ways of measuring are needed to compare them.")
    for table in pairs.values():
        need(table, ["role_a", "role_b", "overlap", "shared"])
    rows = []
    for (first, one), (second, other) in combinations(pairs.items(), 2):
        shared = set(one["role_a"]) & set(other["role_a"])
        kept = [table[table["role_a"].isin(shared) & table["role_b"].isin(shared)] for table in (one, other)]
        both = kept[0].merge(kept[1], on=["role_a", "role_b"], suffixes=("_1", "_2"))
        both = both[both["role_a"] < both["role_b"]].dropna(subset=["overlap_1", "overlap_2"])
        varied = len(both) > 1 and min(np.ptp(both["overlap_1"]), np.ptp(both["overlap_2"])) > 0
        next_to = [nearest(table, most=1).set_index("role")["neighbour"] for table in kept]
        roles = next_to[0].index.intersection(next_to[1].index)
        rows.append(
            {
                "first": first,
                "second": second,
                "spearman": spearmanr(both["overlap_1"], both["overlap_2"]).statistic if varied else np.nan,
                "kendall": kendalltau(both["overlap_1"], both["overlap_2"]).statistic if varied else np.nan,
                "pairs": len(both),
                "same_nearest": int((next_to[0][roles] == next_to[1][roles]).sum()),
                "roles": len(roles),
            }
        )
    return pd.DataFrame(rows)


def nearest_without(
    activities: pd.DataFrame, professions: pd.DataFrame, measure: str = "cosine", own: Sequence[str] = ()
) -> pd.DataFrame:
    """Would another profession be nearest to a new role if one of its activities hadn't been written down?

    activities, professions, measure and own: as for `place_roles`. Only the role's own list loses the activity.

    Returns one row per role and activity, in the order of activities: role, without (the activity left out), nearest (the
    profession with most overlap by the rest; blank where none shares anything), overlap, and changes (it is another one than
    by the whole list). Ties go to the profession that stands first in the table.

    Raises InputError as `beside_professions` does.

    >>> work = pd.DataFrame({"profession": ["nurse", "nurse", "doctor"], "activity": ["cares", "writes", "prescribes"],
    ...                      "share_of_work": [0.5, 0.5, 1.0]})
    >>> listed = pd.DataFrame({"role": "new", "activity": ["cares", "writes", "prescribes"]})
    >>> nearest_without(listed, work)[["without", "nearest", "changes"]].values.tolist()
    [['cares', 'doctor', True], ['writes', 'doctor', True], ['prescribes', 'nurse', False]]
    """
    need(activities, ["role", "activity"])
    lists = list(activities.groupby("role", sort=False))
    less = [
        rows[rows["activity"].ne(activity)].assign(role=f"{role} without {activity}")
        for role, rows in lists
        for activity in rows["activity"]
    ]
    places = [(role, activity, f"{role} without {activity}") for role, rows in lists for activity in rows["activity"]]
    pairs = _with_professions(pd.concat([activities, *less], ignore_index=True), professions, measure, own)
    first = nearest(pairs, most=1).set_index("role")[["neighbour", "overlap"]]
    found = pd.DataFrame(places, columns=["role", "without", "list"])
    by_rest, by_all = first.reindex(found["list"]), first["neighbour"].reindex(found["role"])
    both_none = by_rest["neighbour"].isna().to_numpy() & by_all.isna().to_numpy()
    return found[["role", "without"]].assign(
        nearest=by_rest["neighbour"].to_numpy(),
        overlap=by_rest["overlap"].to_numpy(),
        changes=(by_rest["neighbour"].to_numpy() != by_all.to_numpy()) & ~both_none,
    )


def counterpart_ranks(
    activities: pd.DataFrame,
    professions: pd.DataFrame,
    counterparts: pd.DataFrame,
    measure: str = "cosine",
    own: Sequence[str] = (),
) -> pd.DataFrame:
    """Where a new role has a counterpart among the professions, in which place does placing it find that one?

    activities, professions, measure and own: as for `place_roles`. counterparts: one row per role (role, profession, blank:
    none), as `register_counterparts` returns. This is the only known answer that placing can be held against.

    Returns one row per role of activities that has a counterpart among professions: role, counterpart, rank (1: most overlap;
    ties share the better place), of (professions) and overlap (with the counterpart).

    Raises InputError as `beside_professions` does, and for a missing column.

    >>> work = pd.DataFrame({"profession": ["nurse", "nurse", "doctor"], "activity": ["cares", "writes", "prescribes"],
    ...                      "share_of_work": [0.5, 0.5, 1.0]})
    >>> listed = pd.DataFrame({"role": "new", "activity": ["cares", "writes", "prescribes"]})
    >>> known = pd.DataFrame({"role": ["new"], "profession": ["doctor"]})
    >>> counterpart_ranks(listed, work, known)[["counterpart", "rank", "of"]].values.tolist()
    [['doctor', 2, 2]]
    """
    need(counterparts, ["role", "profession"])
    pairs = _with_professions(activities, professions, measure, own)
    by_role = pairs.groupby("role_a")["overlap"]
    pairs = pairs.assign(rank=by_role.rank(ascending=False, method="min"), of=by_role.transform("size"))
    known = counterparts.dropna(subset="profession")[["role", "profession"]]
    found = known.merge(pairs, left_on=["role", "profession"], right_on=["role_a", "role_b"])
    return (
        found[["role", "profession", "rank", "of", "overlap"]]
        .rename(columns={"profession": "counterpart"})
        .astype({"rank": int})
    )


def _with_professions(
    activities: pd.DataFrame, professions: pd.DataFrame, measure: str, own: Sequence[str]
) -> pd.DataFrame:
    """The pairs of `overlap` of each list of activities with each profession."""
    pairs = overlap(beside_professions(activities, professions, own), measure)
    theirs = pairs["role_b"].isin(professions["profession"])
    return pairs[pairs["role_a"].isin(activities["role"]) & theirs].reset_index(drop=True)


def _overlaps(own: np.ndarray, others: np.ndarray, counts: np.ndarray, measure: str) -> np.ndarray:
    """Overlap of one role with each of the others (columns) for each set of competencies (rows: how often each counts)."""
    if measure == "cosine":
        alike = counts @ (own * others).T
        either = np.sqrt((counts @ (own**2))[:, None] * (counts @ (others**2).T))
    else:
        alike = counts @ np.minimum(own, others).T
        either = counts @ np.maximum(own, others).T
    return np.minimum(np.divide(alike, either, out=np.full(alike.shape, np.nan), where=either > 0), 1)


def _percentiles(draws: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    ends = np.full((2, draws.shape[1]), np.nan)
    known = ~np.isnan(draws).all(axis=0)
    if known.any():
        ends[:, known] = np.nanquantile(draws[:, known], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return ends[0], ends[1]


def _wins(draws: np.ndarray) -> np.ndarray:
    """In which share of the draws does each of the others overlap most? Draws in which nobody overlaps count for none."""
    values = np.nan_to_num(draws)
    top = values.max(axis=1, keepdims=True)
    first = np.isclose(values, top, rtol=1e-12, atol=0) & (top > 0)
    return np.asarray((first / np.maximum(first.sum(axis=1, keepdims=True), 1)).mean(axis=0))


def _places(names: Sequence[str], wanted: Sequence[str] | None) -> list[int]:
    for name in wanted or []:
        if name not in names:
            raise InputError(f"There are no competencies of '{name}'. {did_you_mean(name, names)}")
    return list(range(len(names))) if wanted is None else [names.index(name) for name in wanted]

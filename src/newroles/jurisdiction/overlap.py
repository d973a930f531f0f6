"""How far do roles overlap in what they do or are able to do, and in which order are they best read?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import squareform

from newroles.datasets.study import Study
from newroles.errors import InputError, did_you_mean

MEASURES = ("weighted_jaccard", "cosine")
PAIR_COLUMNS = ["role_a", "role_b", "overlap", "shared", "n"]


def overlap(competencies: pd.DataFrame, measure: str = "weighted_jaccard") -> pd.DataFrame:
    """How far do roles overlap in what they are able to do?

    competencies: one row per role and competency, with role, competency and weight (0 or more; no row: weight 0), as in
    a study's `competencies` table; work activities of professions serve as well (`as_competencies`).
    measure: weighted_jaccard, the sum over competencies of the smaller of the two weights divided by the sum of the larger
    ones (1: the same weights); or cosine, of the two lists of weights (1: the same mix, whatever the total).

    Returns one row per ordered pair of roles, each role with itself included, so that the rows fill a matrix: role_a,
    role_b, overlap (0-1; blank where it isn't defined, since neither role, or for the cosine one of them, has any weight),
    shared (competencies that both have) and n (competencies that either has). Roles stand in order of first appearance.
    No rows for a table without rows.

    Raises InputError for an unknown measure, a missing column, a blank role or competency, a weight that is blank,
    negative or infinite, or a competency that a role has twice.

    Source: Cha (2007), Comprehensive survey on distance/similarity measures between probability density functions,
    International Journal of Mathematical Models and Methods in Applied Sciences 1(4), 300-307, where the weighted Jaccard
    index is called Ruzicka's.

    >>> from newroles.datasets import load_study
    >>> pairs = overlap(load_study("example_study").competencies)
    >>> pairs.query("role_a == 'nursing_associate' and role_b == 'registered_nurse'")["overlap"].round(6).tolist()
    [0.293649]
    """
    one_of(measure, MEASURES)
    weights = weights_of(competencies)
    w = weights.to_numpy()
    has = (w > 0).astype(int)
    shared = has @ has.T
    held = has.sum(axis=1)
    if measure == "cosine":
        largest = w.max(axis=1, initial=0, keepdims=True)
        scaled = np.divide(w, largest, out=np.zeros_like(w), where=largest > 0)  # so that tiny weights don't vanish
        length = np.sqrt((scaled**2).sum(axis=1))
        alike, either = scaled @ scaled.T, np.outer(length, length)
    else:
        alike = np.array([np.minimum(row, w).sum(axis=1) for row in w]).reshape(len(w), len(w))
        either = np.array([np.maximum(row, w).sum(axis=1) for row in w]).reshape(len(w), len(w))
    values = np.divide(alike, either, out=np.full(alike.shape, np.nan), where=either > 0)
    np.fill_diagonal(values, np.where(held > 0, 1.0, np.nan))
    roles = weights.index.to_numpy()
    return pd.DataFrame(
        {
            "role_a": np.repeat(roles, len(roles)),
            "role_b": np.tile(roles, len(roles)),
            "overlap": np.minimum(values, 1).ravel(),
            "shared": shared.ravel(),
            "n": (held[:, None] + held[None, :] - shared).ravel(),
        }
    ).astype({"role_a": "str", "role_b": "str"})


def clustered_order(pairs: pd.DataFrame) -> list[str]:
    """In which order should the roles of an overlap matrix stand, so that those that overlap stand together?

    pairs: as `overlap` or `occupation_overlap` gives them. An overlap that isn't defined counts as none.

    Returns the roles: leaves of an average-linkage tree of the distances 1 - overlap, in the order that keeps neighbours
    most alike. The order is for reading; it tests nothing.

    Raises InputError for a missing column, or a pair of roles that is there twice or not at all.

    Source: optimal leaf order, Bar-Joseph, Gifford and Jaakkola (2001), Fast optimal leaf ordering for hierarchical
    clustering, Bioinformatics 17 (suppl. 1), S22-S29, doi 10.1093/bioinformatics/17.suppl_1.S22.

    >>> listed = pd.DataFrame({"role": ["a", "b", "c", "d"], "competency": ["x", "y", "x", "y"], "weight": [1, 1, 2, 2]})
    >>> clustered_order(overlap(listed)) in (["a", "c", "b", "d"], ["c", "a", "b", "d"], ["a", "c", "d", "b"])
    True
    """
    need(pairs, ["role_a", "role_b", "overlap"])
    roles = [str(role) for role in pd.unique(pairs["role_a"])]
    complete(pairs, roles)
    if len(roles) < 3:
        return roles
    table = pairs.set_index(["role_a", "role_b"])["overlap"].fillna(0)
    matrix = table.reindex(pd.MultiIndex.from_product([roles, roles])).to_numpy().reshape(len(roles), len(roles))
    distance = np.clip(1 - (matrix + matrix.T) / 2, 0, None)
    np.fill_diagonal(distance, 0)
    between = squareform(distance, checks=False)
    return [roles[i] for i in leaves_list(optimal_leaf_ordering(linkage(between, "average"), between))]


def as_shares(competencies: pd.DataFrame) -> pd.DataFrame:
    """How much of a role's whole does each of its competencies make up?

    competencies: as for `overlap`; without the column weight, each competency of a role weighs the same.

    Returns the rows with a weight above 0: role, competency and weight, now a share of the role's total (0-1). Roles of
    which one has a long list and another a short one can then be compared by their mix.

    Raises InputError as `overlap` does.

    >>> listed = pd.DataFrame({"role": ["a", "a", "b"], "competency": ["x", "y", "x"]})
    >>> as_shares(listed)["weight"].tolist()
    [0.5, 0.5, 1.0]
    """
    given = competencies if "weight" in competencies.columns else competencies.assign(weight=1.0)
    weights_of(given)
    held = given.loc[given["weight"] > 0, ["role", "competency", "weight"]]
    share = held["weight"] / held.groupby("role", sort=False)["weight"].transform("sum")
    return held.assign(weight=share.astype(float)).reset_index(drop=True)


def competencies_of(study: Study) -> pd.DataFrame:
    """What are the roles of a study able to do, as far as the study says?

    Returns the study's table `competencies` (role, competency, weight), and a table without rows where the study has none,
    so that a chapter can say that there is nothing to show.

    >>> from newroles.datasets import load_study
    >>> list(competencies_of(load_study("example_study")))
    ['role', 'competency', 'weight']
    """
    if study.has("competencies"):
        return study.competencies
    return pd.DataFrame({"role": pd.Series(dtype="str"), "competency": pd.Series(dtype="str"), "weight": []})


def weights_of(competencies: pd.DataFrame) -> pd.DataFrame:
    """Roles by competencies, 0 where a role doesn't have one. Raises InputError for what `overlap` refuses."""
    need(competencies, ["role", "competency", "weight"])
    if competencies.empty:
        return pd.DataFrame(dtype=float)
    blank = competencies.index[competencies[["role", "competency"]].isna().any(axis=1)]
    if len(blank):
        raise InputError(f"Row {blank[0]}: a competency needs its role and its name; one of them is blank.")
    if not pd.api.types.is_numeric_dtype(competencies["weight"]):
        raise InputError(
            "The column 'weight' holds no numbers; expected 0 or more (1 where competencies are only listed)."
        )
    weight = competencies["weight"].astype(float)
    wrong = competencies[~((weight >= 0) & np.isfinite(weight))]
    if len(wrong):
        row = wrong.iloc[0]
        raise InputError(
            f"Role '{row['role']}', competency '{row['competency']}': the weight {row['weight']} is no number of 0 or more."
        )
    twice = competencies[competencies.duplicated(["role", "competency"])]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(f"Role '{row['role']}' has the competency '{row['competency']}' twice: keep one row of them.")
    wide = competencies.pivot_table(index="role", columns="competency", values="weight", fill_value=0, sort=False)
    return wide.astype(float)


def complete(pairs: pd.DataFrame, roles: Sequence[str]) -> None:
    """Raise InputError unless each role stands with each role, once."""
    twice = pairs[pairs.duplicated(["role_a", "role_b"])]
    if len(twice):
        raise InputError(f"The pair {twice['role_a'].iloc[0]} and {twice['role_b'].iloc[0]} is there twice.")
    there = set(zip(pairs["role_a"], pairs["role_b"], strict=True))
    absent = [(a, b) for a in roles for b in roles if (a, b) not in there]
    if absent or len(there) != len(roles) ** 2:
        a, b = absent[0] if absent else next((a, b) for a, b in sorted(there) if b not in roles)
        raise InputError(f"The pair {a} and {b} is missing: expected every role with every role, itself included.")


def one_of(measure: str, valid: Sequence[str]) -> None:
    """Raise InputError for an unknown measure."""
    if measure not in valid:
        raise InputError(f"'{measure}' is no measure of overlap. {did_you_mean(measure, valid)}")


def need(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise InputError for a column that the table lacks."""
    for column in columns:
        if column not in table.columns:
            raise InputError(f"The table has no column '{column}'. {did_you_mean(column, map(str, table.columns))}")

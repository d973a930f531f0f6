"""How far do roles overlap in the tasks that they do, and do those that are able to do the same do the same, or contest more?"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from newroles.errors import InputError
from newroles.jurisdiction.overlap import complete, need
from newroles.jurisdiction.task_map import task_map

QUESTIONS: Mapping[str, str] = {
    "tasks": "Do roles whose competencies overlap more do more of the same tasks?",
    "contested": "Do roles whose competencies overlap more contest more tasks?",
}
"""What `overlap_against_competencies` asks of the pairs of roles, by column of the table of pairs."""

UNEXPECTED: Mapping[str, str] = {
    "contested_though_unlike": "they contest a task, though their competencies overlap little",
    "apart_though_alike": "they neither do nor contest a task in common, though their competencies overlap much",
}
"""What is unexpected of a pair of roles."""

_BATCH = 500  # so many orders of roles are looked at, at once
_SAME = 1e-9


def task_overlap(tasks: pd.DataFrame, wave: int, by: str | None = None) -> pd.DataFrame:
    """How far do roles overlap in the tasks that they do, within teams?

    tasks: a study's table, as for `task_map`. wave: which. by: "team" for each team of its own; left out, over all teams.

    Returns one row per ordered pair of roles, each role with itself included, so that the rows fill a matrix (as `overlap` does): team
    (with by="team", only the roles of that team), role_a, role_b, overlap (0-1: tasks that both do out of those that either does,
    Jaccard's index; over teams, both numbers are added up first, so that a team weighs as many tasks as its two roles do; blank where
    the roles never meet in a team or do nothing there), shared (tasks that both do), n (tasks that either does), contested (tasks that
    one of them claims and the other claims or does) and teams (in how many teams both hold a position). Roles in alphabetical order.

    Raises InputError as `task_map` does, and for another by.

    Source: Jaccard (1912), The distribution of the flora in the alpine zone, New Phytologist 11: 37-50,
    doi 10.1111/j.1469-8137.1912.tb05611.x.

    >>> listed = [("care", "nurse"), ("care", "associate"), ("tests", "nurse")]
    >>> tasks = pd.DataFrame(listed, columns=["task", "role"]).assign(wave=1, team="t", position="does")
    >>> task_overlap(tasks, 1).query("role_a == 'nurse' and role_b == 'associate'")[["overlap", "shared", "n"]].values.tolist()
    [[0.5, 1.0, 2.0]]
    """
    if by not in (None, "team"):
        raise InputError(f"by='{by}': overlap in tasks is by 'team', or over all teams (None).")
    board = task_map(tasks, wave)
    found = {str(team): _team_pairs(own) for team, own in board.groupby("team")}
    if by == "team":
        parts = [_rows(roles, counts).assign(team=team) for team, (roles, counts) in found.items()]
        every = pd.concat(parts, ignore_index=True) if parts else _rows([], np.zeros((4, 0, 0))).assign(team="")
        return every[["team", *every.columns.drop("team")]]
    everybody = sorted({role for roles, _ in found.values() for role in roles})
    total = np.zeros((4, len(everybody), len(everybody)))
    for roles, counts in found.values():
        at = [everybody.index(role) for role in roles]
        total[np.ix_(range(4), at, at)] += counts
    return _rows(everybody, total)


def overlap_against_competencies(
    task_pairs: pd.DataFrame,
    competency_pairs: pd.DataFrame,
    permutations: int = 9999,
    rng: np.random.Generator | None = None,
    within: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Do roles whose competencies overlap more do more of the same tasks, and contest more tasks?

    task_pairs: as `task_overlap` gives it, over teams. competency_pairs: as `overlap` gives it. permutations: how many orders of roles
    are drawn. rng: a generator; None: one with seed 0. within: a group for each role (new or existing, say): roles then change places
    only with roles of their group.

    Pairs of roles aren't independent, since each role stands in many. So roles change places in the table of competencies, whole rows
    and columns at once, and the rank correlation is computed again each time. Compared are the unordered pairs of roles that are in
    both tables, meet in a team, and do a task there.

    Returns one row per question: question, of (tasks: overlap in tasks; contested: contested tasks for each team in which both are),
    estimate (Spearman's rank correlation, ties at their mean rank; blank where one side is the same for all pairs), p_low, p_high
    (share of orders with one as low, as high), p_two_sided (as far from nought), roles, pairs, permutations.

    Raises InputError for a missing column, a pair that is there twice or not at all, fewer than four roles in both tables, a role
    without a group, or a number of permutations below 1.

    Source: quadratic assignment, Hubert and Schultz (1976), British Journal of Mathematical and Statistical Psychology 29: 190-241,
    doi 10.1111/j.2044-8317.1976.tb00714.x; Krackhardt (1988), Social Networks 10: 359-381, doi 10.1016/0378-8733(88)90004-4.

    >>> from newroles.datasets import load_study
    >>> from newroles.jurisdiction.overlap import overlap
    >>> study = load_study("example_study")
    >>> found = overlap_against_competencies(task_overlap(study.tasks, 3), overlap(study.competencies), permutations=99)
    >>> found["of"].tolist(), found["pairs"].nunique()
    (['tasks', 'contested'], 1)
    """
    if permutations < 1:
        raise InputError(f"permutations={permutations}: at least one order of roles must be drawn.")
    roles, task, contested, competency = _squares(task_pairs, competency_pairs)
    if within is not None and (absent := [role for role in roles if role not in within]):
        raise InputError(f"within: the role '{absent[0]}' has no group. Give one for each role.")
    groups = np.unique([within[role] if within is not None else "" for role in roles], return_inverse=True)[1]
    above = np.triu(~np.isnan(task), 1)
    i, j = np.nonzero(above)
    sides = {"tasks": task[i, j], "contested": contested[i, j]}
    ranks = {of: _standard(rankdata(values)[None])[0] for of, values in sides.items()}
    observed = {of: float(_correlations(competency[i, j][None], values)[0]) for of, values in ranks.items()}
    tally = {of: np.zeros(3, dtype=int) for of in sides}
    rng = np.random.default_rng(0) if rng is None else rng
    for start in range(0, permutations, _BATCH):
        orders = _orders(groups, min(_BATCH, permutations - start), rng)
        moved = competency[orders[:, i], orders[:, j]]
        for of, values in ranks.items():
            drawn, here = _correlations(moved, values), observed[of]
            tally[of] += [
                int(np.sum(~far))
                for far in (drawn > here + _SAME, drawn < here - _SAME, np.abs(drawn) < abs(here) - _SAME)
            ]
    rows = []
    for of, here in observed.items():
        p = (tally[of] + 1) / (permutations + 1) if np.isfinite(here) else [np.nan] * 3
        rows.append((QUESTIONS[of], of, here, *p, len(roles), len(i), permutations))
    columns = ["question", "of", "estimate", "p_low", "p_high", "p_two_sided", "roles", "pairs", "permutations"]
    return pd.DataFrame(rows, columns=columns)


def unexpected_pairs(
    task_pairs: pd.DataFrame, competency_pairs: pd.DataFrame, little: float = 1 / 3, much: float = 2 / 3
) -> pd.DataFrame:
    """Which roles contest a task though they are able to do little in common, and which do nothing in common though much?

    task_pairs, competency_pairs: as for `overlap_against_competencies`. little, much: which part of the compared pairs, in order of
    their overlap in competencies, overlaps little (the lowest third) and much (above the lower two thirds).

    Returns one row per such pair: role_a, role_b (in alphabetical order), unexpected (a key of UNEXPECTED, which says what it means),
    competencies and tasks (overlap, 0-1), contested (tasks), teams. Contested pairs that overlap least come first, then pairs apart that
    overlap most.

    Raises InputError as `overlap_against_competencies` does, and for little and much that aren't 0 < little <= much < 1.

    >>> from newroles.datasets import load_study
    >>> from newroles.jurisdiction.overlap import overlap
    >>> study = load_study("example_study")
    >>> sorted(set(unexpected_pairs(task_overlap(study.tasks, 3), overlap(study.competencies))["unexpected"]))
    ['apart_though_alike', 'contested_though_unlike']
    """
    if not 0 < little <= much < 1:
        raise InputError(f"little={little}, much={much}: expected 0 < little <= much < 1, such as 1/3 and 2/3.")
    roles, task, _, competency = _squares(task_pairs, competency_pairs)
    there = task_pairs.set_index(["role_a", "role_b"])
    rows = [
        (roles[i], roles[j], competency[i, j], task[i, j], *there.loc[(roles[i], roles[j]), ["contested", "teams"]])
        for i, j in combinations(range(len(roles)), 2)
        if not np.isnan(task[i, j])
    ]
    pairs = pd.DataFrame(rows, columns=["role_a", "role_b", "competencies", "tasks", "contested", "teams"])
    pairs = pairs.astype({"contested": "int64", "teams": "int64"})
    low, high = pairs["competencies"].quantile([little, much])
    unlike = pairs[(pairs["contested"] > 0) & (pairs["competencies"] <= low)].sort_values("competencies", kind="stable")
    alike = pairs[(pairs["tasks"] == 0) & (pairs["contested"] == 0) & (pairs["competencies"] > high)].sort_values(
        "competencies", ascending=False, kind="stable"
    )
    found = pd.concat(
        [unlike.assign(unexpected="contested_though_unlike"), alike.assign(unexpected="apart_though_alike")]
    )
    return found[["role_a", "role_b", "unexpected", *pairs.columns[2:]]].reset_index(drop=True)


def _team_pairs(board: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """The roles of a team, and for each pair: tasks both do, tasks either does, tasks they contest, 1 (they meet)."""
    named = [board[column].tolist() for column in ("doers", "claimants", "supervisors", "given_up")]
    roles = sorted({role for listed in named for own in listed for role in own})
    does, claims = (np.array([[role in own for role in roles] for own in listed], dtype=float) for listed in named[:2])
    both, each = does.T @ does, does.sum(axis=0)
    contest = np.zeros_like(both)
    for doing, claiming in zip(does, claims, strict=True):
        contest += (np.outer(claiming, np.maximum(doing, claiming)) + np.outer(doing, claiming)) > 0
    np.fill_diagonal(contest, 0)
    return roles, np.stack([both, each[:, None] + each[None, :] - both, contest, np.ones_like(both)])


def _rows(roles: list[str], counts: np.ndarray) -> pd.DataFrame:
    shared, either, contested, teams = (each.ravel().astype("int64") for each in counts)
    return pd.DataFrame(
        {
            "role_a": np.repeat(np.array(roles, dtype=object), len(roles)),
            "role_b": np.tile(np.array(roles, dtype=object), len(roles)),
            "overlap": np.divide(shared, either, out=np.full(len(either), np.nan), where=either > 0),
            "shared": shared,
            "n": np.where(teams > 0, either, 0),
            "contested": contested,
            "teams": teams,
        }
    ).astype({"role_a": "str", "role_b": "str"})


def _squares(
    task_pairs: pd.DataFrame, competency_pairs: pd.DataFrame
) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """The roles in both tables, and squares of their overlap in tasks, contested tasks a team, overlap in competencies."""
    need(task_pairs, ["role_a", "role_b", "overlap", "contested", "teams"])
    need(competency_pairs, ["role_a", "role_b", "overlap"])
    for table in (task_pairs, competency_pairs):
        complete(table, list(table["role_a"].unique()))
    able = set(competency_pairs.loc[competency_pairs["overlap"].notna(), "role_a"])
    roles = sorted(set(task_pairs["role_a"]) & able)
    if len(roles) < 4:
        raise InputError(
            f"{len(roles)} roles have both tasks and competencies; at least four are needed to compare pairs. Are the roles named alike?"
        )
    task, contested, teams = (_square(task_pairs, column, roles) for column in ("overlap", "contested", "teams"))
    each = np.divide(contested, teams, out=np.full(teams.shape, np.nan), where=teams > 0)
    return roles, task, each, _square(competency_pairs, "overlap", roles)


def _square(pairs: pd.DataFrame, column: str, roles: list[str]) -> np.ndarray:
    keyed = pairs.set_index(["role_a", "role_b"])[column].reindex(pd.MultiIndex.from_product([roles, roles]))
    return keyed.to_numpy(dtype=float).reshape(len(roles), len(roles))


def _orders(groups: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Orders of roles, one a row: all alike likely, each within its group."""
    orders = np.tile(np.arange(len(groups)), (draws, 1))
    for group in np.unique(groups):
        own = np.flatnonzero(groups == group)
        orders[:, own] = own[rng.random((draws, len(own))).argsort(axis=1)]
    return orders


def _correlations(values: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    """Of each row with the standardised ranks, by ranks: Spearman's."""
    return _standard(rankdata(values, axis=1)) @ ranks


def _standard(ranks: np.ndarray) -> np.ndarray:
    """Deviations from the mean, of length 1; blank where all are the same."""
    away = ranks - ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((away**2).sum(axis=1, keepdims=True))
    return np.divide(away, length, out=np.full_like(away, np.nan), where=length > _SAME)

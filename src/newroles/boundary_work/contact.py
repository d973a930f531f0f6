"""Do roles that work together more contest their boundaries more, or less? Acts beside the working network, within teams."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations as orders_of
from math import factorial, prod
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata

from newroles.boundary_work.act_network import SIGN, acts_across, is_of
from newroles.boundary_work.act_patterns import COMPETING
from newroles.errors import InputError, did_you_mean

Floats = npt.NDArray[np.float64]
MEASURES = ("acts", "contests", "contest_share", "net_tone")

_SLACK = 1e-9  # correlations this near to the one observed are the same, reached in another order of adding


def pairs_in_teams(
    acts: pd.DataFrame, contacts: pd.DataFrame, contest: str | Sequence[str] = COMPETING
) -> pd.DataFrame:
    """How much do two roles of a team work together, and what do they do at their boundary?

    acts: one row per act, as `acts_of_study` gives them. contacts: one row per team and unordered pair of its roles, those
    without contact too: team, role_a, role_b, contacts (a number, such as the density or the mean weight of ties between people
    of the two roles). contest: the forms, or families of forms, that count as contest.

    Returns one row per row of contacts: team, role_a, role_b (in alphabetical order), contacts, acts (between the two, either
    way), contests, contest_share (of the acts; blank without any), net_tone ((constructive - destructive) / acts; blank without
    any), segments. Acts of teams, or between roles, that contacts doesn't have are not in it.

    Raises InputError for a column that is absent, blank cells, a pair that is there twice or within one role, and a team of
    which pairs are missing.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2"], "team": "t", "document": "d", "on": None, "actor_role": ["nurse", "peer"],
    ...     "target_role": ["peer", "nurse"], "tone": ["destructive", "constructive"], "forms": [("CON",), ("REP",)],
    ...     "families": [("BW-COMP",), ("BW-JOI",)]})
    >>> contacts = pd.DataFrame({"team": ["t"], "role_a": ["peer"], "role_b": ["nurse"], "contacts": [0.5]})
    >>> pairs_in_teams(acts, contacts).drop(columns="segments").values.tolist()
    [['t', 'nurse', 'peer', 0.5, 2, 1, 0.5, 0.0]]
    """
    pairs = _complete(contacts)
    table = acts_across(acts)
    ends = table[["actor_role", "target_role"]].astype("str")
    marked = pd.DataFrame(
        {
            "team": table["team"],
            "role_a": ends.min(axis=1),
            "role_b": ends.max(axis=1),
            "segment": table["segment"],
            "contest": is_of(table, contest).astype(float),
            "sign": table["tone"].map(SIGN).astype(float),
        }
    )
    keys = ["team", "role_a", "role_b"]
    found = marked.groupby(keys).agg(
        acts=("segment", "size"),
        contests=("contest", "sum"),
        contest_share=("contest", "mean"),
        net_tone=("sign", "mean"),
        segments=("segment", tuple),
    )
    joined = pairs.merge(found.reset_index(), on=keys, how="left")
    for name in ("acts", "contests"):
        joined[name] = joined[name].fillna(0).astype("int64")
    joined["segments"] = [each if isinstance(each, tuple) else () for each in joined["segments"]]
    return joined


def contest_and_contact(
    acts: pd.DataFrame,
    contacts: pd.DataFrame,
    rng: np.random.Generator | None = None,
    permutations: int = 1000,
    contest: str | Sequence[str] = COMPETING,
) -> pd.DataFrame:
    """Do roles that work together more act on each other more, contest more, or in another tone?

    acts, contacts, contest: as for `pairs_in_teams`. permutations: so many times the roles of each team's contacts are shuffled;
    when there are no more than that many ways to order them, all are gone through instead. rng: for the same p twice (None: a
    generator with seed 0).

    Within each team the contacts and the measure of its pairs are taken about their team's mean, as numbers (pearson) or as
    ranks within the team (spearman); the correlation is over all pairs of all teams together. So teams that differ as a whole,
    in how much was coded or in how much all work together, don't make it. Pairs of the same role hang together; chance
    therefore keeps them so: it relabels the roles of each team's contacts, rows and columns alike, and leaves the acts.

    Returns one row per measure and kind of correlation: measure (acts; contests; contest_share and net_tone, of pairs with an
    act), correlation, estimate (-1 to 1, blank where nothing varies within teams), p_low, p_high (chance gives as little, as
    much), p_two_sided (chance gives |r| as large), pairs, teams (with two such pairs or more), orders, method ("all orders" or
    "orders drawn"), acts (of these pairs), acts_elsewhere (of teams, or between roles, that contacts doesn't have), segments.
    p is the share of all orders, or (1 + count) / (drawn + 1).

    Raises InputError as `pairs_in_teams` does, for permutations below 1, and when contacts has no team in common with the acts.

    Source: quadratic assignment, Hubert and Schultz 1976, British Journal of Mathematical and Statistical Psychology 29,
    190-241, here within teams; p as in Phipson and Smyth 2010, doi 10.2202/1544-6115.1585.

    >>> acts = pd.DataFrame({"segment": ["s1", "s2", "s3"], "team": "t", "document": "d", "on": None, "actor_role": "a",
    ...     "target_role": ["b", "b", "c"], "tone": "destructive", "forms": [("CON",)] * 3, "families": [("BW-COMP",)] * 3})
    >>> contacts = pd.DataFrame({"team": "t", "role_a": ["a", "a", "b"], "role_b": ["b", "c", "c"], "contacts": [3, 2, 1]})
    >>> found = contest_and_contact(acts, contacts).set_index(["measure", "correlation"])
    >>> found.loc[("contests", "pearson"), ["estimate", "p_high", "p_two_sided", "orders"]].astype(float).round(3).tolist()
    [1.0, 0.167, 0.333, 6.0]
    """
    if isinstance(permutations, bool) or not isinstance(permutations, (int, np.integer)) or permutations < 1:
        raise InputError(f"permutations: a whole number of 1 or more was expected; this is {permutations!r}.")
    pairs = pairs_in_teams(acts, contacts, contest)
    if not pairs["acts"].any():
        raise InputError(
            "No act is between two roles that contacts has in the same team. Compare the teams' and roles' ids in both tables."
        )
    rng = rng if rng is not None else np.random.default_rng(0)
    # correlations don't depend on the unit of contacts; those of one unit are told from rounding errors
    unit = float(pairs["contacts"].abs().max()) or 1.0
    teams = [_team(table.assign(contacts=table["contacts"] / unit)) for _, table in pairs.groupby("team", sort=True)]
    ways = prod(factorial(team.roles) for team in teams)
    every = ways <= permutations
    drawn = [_orders(team, None if every else permutations, rng) for team in teams]
    rows = []
    for measure in MEASURES:
        used = pairs[pairs[measure].notna()]
        used = used[used.groupby("team")["team"].transform("size") > 1]
        for kind in ("pearson", "spearman"):
            observed, draws = _correlations(teams, drawn, measure, kind, every)
            rows.append(
                {
                    "measure": measure,
                    "correlation": kind,
                    "estimate": observed,
                    **_p_values(observed, draws, every),
                    "pairs": len(used),
                    "teams": used["team"].nunique(),
                    "orders": ways if every else permutations,
                    "method": "all orders" if every else "orders drawn",
                    "acts": int(used["acts"].sum()),
                    "acts_elsewhere": len(acts) - int(pairs["acts"].sum()),
                    "segments": tuple(segment for each in used["segments"] for segment in each),
                }
            )
    return pd.DataFrame(rows)


class _Team(NamedTuple):
    """One team: how many roles, the matrix of contacts, the two roles of each pair, and each measure per pair."""

    roles: int
    contacts: Floats
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    measures: dict[str, Floats]


def _team(pairs: pd.DataFrame) -> _Team:
    roles = pd.Index(sorted({*pairs["role_a"], *pairs["role_b"]}))
    first, second = roles.get_indexer(pairs["role_a"]), roles.get_indexer(pairs["role_b"])
    contacts = np.zeros((len(roles), len(roles)))
    contacts[first, second] = contacts[second, first] = pairs["contacts"]
    measures = {name: pairs[name].to_numpy(dtype=float) for name in MEASURES}
    return _Team(len(roles), contacts, first.astype(np.int64), second.astype(np.int64), measures)


def _orders(team: _Team, permutations: int | None, rng: np.random.Generator) -> Floats:
    """The contacts of each pair under orders of the team's roles: orders x pairs, the order as it is first."""
    if permutations is None:
        order = np.array(list(orders_of(range(team.roles))))
    else:
        shuffled = rng.permuted(np.tile(np.arange(team.roles), (permutations, 1)), axis=1)
        order = np.vstack([np.arange(team.roles), shuffled])
    return np.asarray(team.contacts[order[:, team.first], order[:, team.second]])


def _correlations(
    teams: list[_Team], drawn: list[Floats], measure: str, kind: str, every: bool
) -> tuple[float, Floats]:
    """The correlation over all teams, as it is and under all combinations of orders (or the drawn ones)."""
    products, squares, total = np.zeros(1), np.zeros(1), 0.0
    for team, x in zip(teams, drawn, strict=True):
        known = ~np.isnan(team.measures[measure])
        y, x = team.measures[measure][known], x[:, known]
        if len(y) < 2:
            y, x = np.zeros(1), np.zeros((len(x), 1))
        if kind == "spearman":
            y, x = rankdata(y), rankdata(x, axis=1)
        y, x = y - y.mean(), x - x.mean(axis=1, keepdims=True)
        xy, xx = x @ y, (x**2).sum(axis=1)
        if every:
            products, squares = np.add.outer(products, xy).ravel(), np.add.outer(squares, xx).ravel()
        else:
            products, squares = products + xy, squares + xx
        total += float(y @ y)
    below = squares * total
    with np.errstate(invalid="ignore", divide="ignore"):
        r = np.where(below > 1e-12, products / np.sqrt(below), np.nan)
    return float(r[0]), r if every else r[1:]


def _p_values(observed: float, draws: Floats, every: bool) -> dict[str, float]:
    """How often does an order give a correlation as low, as high, as far from 0? Blank ones count as 0: nothing to see."""
    if np.isnan(observed):
        return dict.fromkeys(("p_low", "p_high", "p_two_sided"), np.nan)
    draws = np.nan_to_num(draws)
    one = 0 if every else 1
    counts = {
        "p_low": draws <= observed + _SLACK,
        "p_high": draws >= observed - _SLACK,
        "p_two_sided": np.abs(draws) >= abs(observed) - _SLACK,
    }
    return {name: float((one + hits.sum()) / (one + len(draws))) for name, hits in counts.items()}


def _complete(contacts: pd.DataFrame) -> pd.DataFrame:
    """The table of contacts, checked: each pair of a team's roles once, with a number; roles in alphabetical order."""
    keys = ["team", "role_a", "role_b"]
    for name in (*keys, "contacts"):
        if name not in contacts:
            raise InputError(f"The table contacts has no column {name}. {did_you_mean(name, contacts.columns)}")
        if contacts[name].isna().any():
            row = contacts[contacts[name].isna()].iloc[0]
            raise InputError(
                f"contacts: column {name} is blank for team {row['team']}, {row['role_a']} and {row['role_b']}. Write 0 where the "
                "two had no contact; leave the team out where it isn't known."
            )
    amounts = contacts["contacts"].to_numpy()
    if amounts.dtype.kind not in "iufb" or not np.isfinite(amounts.astype(float)).all():
        raise InputError("contacts: the column contacts must hold a number in every row.")
    ends = contacts[["role_a", "role_b"]].astype("str")
    pairs = contacts.assign(role_a=ends.min(axis=1), role_b=ends.max(axis=1))[[*keys, "contacts"]].reset_index(
        drop=True
    )
    within, twice = pairs["role_a"] == pairs["role_b"], pairs.duplicated(keys)
    for wrong, problem in ((within, "is within one role; leave it out"), (twice, "is there twice; give it once")):
        if wrong.any():
            row = pairs[wrong].iloc[0]
            raise InputError(f"contacts: the pair {row['role_a']} and {row['role_b']} of team {row['team']} {problem}.")
    for team, table in pairs.groupby("team"):
        roles = len({*table["role_a"], *table["role_b"]})
        if len(table) != roles * (roles - 1) // 2:
            raise InputError(
                f"contacts: team {team} has {roles} roles and {len(table)} pairs of them; {roles * (roles - 1) // 2} were expected. "
                "Give the pairs without contact too, with 0."
            )
    return pairs.assign(contacts=pairs["contacts"].astype(float))

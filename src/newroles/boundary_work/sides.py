"""On which side of a new role's boundary is each act, and which rows of a table rest on enough acts to be shown?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import pandas as pd

from newroles.boundary_work.act_network import acts_across

ROLE_KINDS = {"new": "New role", "existing": "Existing role"}
"""The kinds of role, and what a figure calls them."""

_ROLES = ("actor_role", "target_role", "role_a", "role_b", "third_parties")
_COUNTS = ("acts", "n", "pairs", "teams", "documents")


def new_roles(
    teams: pd.DataFrame | None = None, people: pd.DataFrame | None = None, register: Iterable[str] = ()
) -> tuple[str, ...]:
    """Which roles are the new ones of this study?

    teams: a study's table; the roles in its column new_role are new. people: likewise, the roles of people whose role_kind
    is new. register: new roles by the register; they count only where neither table names one. A role that is new in one
    team is new in all.

    Returns their ids, in alphabetical order.

    >>> new_roles(pd.DataFrame({"team": ["A", "B"], "new_role": ["peer", None]}), register=["scribe"])
    ('peer',)
    >>> new_roles(register=["scribe"])
    ('scribe',)
    """
    found: set[str] = set()
    if teams is not None and "new_role" in teams:
        found |= set(teams["new_role"].dropna())
    if people is not None and {"role", "role_kind"} <= set(people):
        found |= set(people.loc[people["role_kind"].eq("new"), "role"].dropna())
    return tuple(sorted(map(str, found or set(register))))


def with_role_kinds(acts: pd.DataFrame, new: Collection[str]) -> pd.DataFrame:
    """Does each act run from a new role to an existing one, back, or within one kind? Acts with two more columns.

    acts: one row per act, as `acts_of_study` gives them. new: the new roles (`new_roles`); all others are existing.

    Returns the acts with actor_kind and target_kind (new, existing). Raises InputError as `acts_across` does.

    >>> acts = pd.DataFrame({"segment": ["s1"], "team": "t", "document": "d", "on": None, "actor_role": "nurse",
    ...     "target_role": "peer", "tone": "", "forms": [("CON",)], "families": [("C",)]})
    >>> with_role_kinds(acts, ["peer"])[["actor_kind", "target_kind"]].values.tolist()
    [['existing', 'new']]
    """
    table = acts_across(acts)
    kinds = {
        kind: table[end].isin(list(new)).map({True: "new", False: "existing"}).astype("str")
        for kind, end in (("actor_kind", "actor_role"), ("target_kind", "target_role"))
    }
    return table.assign(**kinds)


def kept_roles(pairs: pd.DataFrame, new: Collection[str]) -> list[str]:
    """Which of the new roles are in any pair of the table? In alphabetical order.

    >>> kept_roles(pd.DataFrame({"actor_role": ["nurse"], "target_role": ["peer"]}), ["peer", "scribe"])
    ['peer']
    """
    return sorted({*pairs["actor_role"], *pairs["target_role"]} & set(new))


def rows_with_enough(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """Which rows rest on so many acts, teams and documents? The table without the others.

    table: results with some of the columns acts, n, pairs, teams, documents (numbers; a column of names isn't counted).
    least: of each; 0 keeps all rows.

    >>> rows_with_enough(pd.DataFrame({"n": [40, 12], "teams": [12, 3]}), 10)["n"].tolist()
    [40]
    """
    counts = _counts(table)
    return table[(counts >= least).all(axis=1)].reset_index(drop=True)


def fewest(table: pd.DataFrame) -> tuple[int, int, int]:
    """On how few acts, teams and documents does any row of this table rest? What `acts_rule` asks for.

    table: as for `rows_with_enough`. A column that it doesn't have counts as the acts; a table without rows rests on none.

    >>> fewest(pd.DataFrame({"n": [40, 12], "teams": [12, 3], "documents": [20, 9]}))
    (12, 3, 9)
    """
    if table.empty:
        return 0, 0, 0
    least = _counts(table).min()
    acts = int(least[[name for name in ("acts", "n") if name in least]].min())
    return acts, int(least.get("teams", acts)), int(least.get("documents", acts))


def named(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """What are the roles of this table called? The table with names in place of ids.

    table: results with some of the columns actor_role, target_role, role_a, role_b, third_parties (tuples). names: id to name;
    an id without one is said in words.

    >>> pairs = pd.DataFrame({"actor_role": ["ward_nurse"], "target_role": ["psw"], "third_parties": [("psw", "scribe")]})
    >>> named(pairs, {"psw": "Peer support worker"}).values.tolist()
    [['Ward nurse', 'Peer support worker', 'Peer support worker, Scribe']]
    """
    said = {column: table[column].map(lambda role: _name(role, names)) for column in _ROLES if column in table}
    return table.assign(**said)


def net_if_told(pairs: pd.DataFrame) -> pd.DataFrame:
    """Which pairs have a net tone at all? Pairs of roles of which no act has a settled tone get blanks instead of 0.

    pairs: as `pair_table` returns them.

    >>> pairs = pd.DataFrame({"constructive": [0, 1], "destructive": [0, 1], "depends": 0, "net": [0.0, 0.0], "net_low": -1.0,
    ...     "net_high": 1.0})
    >>> net_if_told(pairs)["net"].tolist()
    [nan, 0.0]
    """
    told = pairs[["constructive", "destructive", "depends"]].sum(axis=1) > 0
    return pairs.assign(**{column: pairs[column].where(told) for column in ("net", "net_low", "net_high")})


def with_ids(results: pd.DataFrame, shown: bool, columns: Sequence[str] = ()) -> pd.DataFrame:
    """The results as they go into a file: with the ids of the segments behind each row as text, if these may be shown.

    results: a table with the column segments (tuples of ids). shown: whether the ids may be. Where they may not, numbers that
    aren't whole are rounded to two decimals (p values to three), so that shares don't tell exact counts. columns: which of the
    other columns are wanted, in this order; all if none is named.

    >>> found = pd.DataFrame({"acts": [3], "net": [1 / 3], "segments": [("s1", "s2", "s3")]})
    >>> with_ids(found, True, ["acts"]).values.tolist(), with_ids(found, False).values.tolist()
    ([[3, 's1 s2 s3']], [[3.0, 0.33]])
    """
    wanted = [str(column) for column in columns or results.columns.drop("segments")]
    table = results[wanted]
    if shown:
        return table.assign(segments=results["segments"].map(" ".join))
    return table.round({column: 3 if str(column).startswith("p_") else 2 for column in table.select_dtypes("float")})


def _counts(table: pd.DataFrame) -> pd.DataFrame:
    held = [name for name in _COUNTS if name in table and pd.api.types.is_numeric_dtype(table[name])]
    return table[held]


def _name(role: object, names: Mapping[str, str]) -> str:
    if isinstance(role, (tuple, list)):
        return ", ".join(_name(each, names) for each in role)
    text = str(role)
    words = text.replace("_", " ")
    return names.get(text, words[:1].upper() + words[1:])

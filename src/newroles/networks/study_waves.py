"""The waves and relations of a study: which can be compared, and each relation looked at in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.ei import ei_index
from newroles.networks.network import RoleNetwork, build
from newroles.networks.relations import overlap_of_relations

MUTUAL = ("works_with",)
"""Relations of a study that have no direction; all others run from source to target."""


def complete_teams(
    people: pd.DataFrame, ties: pd.DataFrame, columns: Sequence[str] = ("role", "role_kind", "team")
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """The people of whom these columns are known, the ties within teams between them, and how many people were left out.

    people, ties: a study's tables, with waves.

    >>> people = pd.DataFrame({"wave": 1, "person": list("abc"), "role": "nurse", "role_kind": "existing", "team": ["t", "t", None]})
    >>> kept, inside, out = complete_teams(people, pd.DataFrame({"wave": 1, "source": ["a", "a"], "target": ["b", "c"]}))
    >>> len(kept), len(inside), out
    (2, 1, 1)
    """
    for column in columns:
        if column not in people:
            raise InputError(f"The table people needs the column {column} to look at teams.")
    kept = people.dropna(subset=list(columns))
    team = kept.set_index(["wave", "person"])["team"]
    ends = [
        team.reindex(pd.MultiIndex.from_arrays([ties["wave"], ties[end]])).to_numpy(dtype=object)
        for end in ("source", "target")
    ]
    inside = pd.notna(ends[0]) & pd.notna(ends[1]) & (ends[0] == ends[1])
    return kept, ties[inside], len(people) - len(kept)


def relation_and_waves(people: pd.DataFrame, ties: pd.DataFrame, wanted: Sequence[str]) -> tuple[str, int, int]:
    """Which relation has people and ties in two waves or more, and which are its first and last?

    people, ties: a study's tables. wanted: relations, the first preferred; then the commonest that has two waves.

    Raises InputError when no relation has ties in two waves.

    >>> people = pd.DataFrame({"wave": [1, 2, 3]})
    >>> ties = pd.DataFrame({"wave": [1, 1, 2, 3], "relation": ["advice", "referral", "referral", "referral"]})
    >>> relation_and_waves(people, ties, ["advice"])
    ('referral', 1, 3)
    """
    for relation in [*wanted, *ties["relation"].value_counts().index]:
        waves = sorted(set(people["wave"]) & set(ties.loc[ties["relation"] == relation, "wave"]))
        if len(waves) > 1:
            return str(relation), int(waves[0]), int(waves[-1])
    raise InputError("No relation of the table ties has ties in two waves of which there are people.")


def comparable_waves(people: pd.DataFrame, ties: pd.DataFrame) -> bool:
    """Does any relation have ties within teams in two waves?

    people, ties: a study's tables.

    >>> people = pd.DataFrame({"wave": [1, 1, 2, 2], "person": list("abab"), "role": "nurse", "role_kind": "new", "team": "t"})
    >>> ties = pd.DataFrame({"wave": [1, 2], "source": "a", "target": "b", "relation": ["advice", "referral"]})
    >>> comparable_waves(people, ties), comparable_waves(people, ties.assign(relation="advice"))
    (False, True)
    """
    _, inside, _ = complete_teams(people, ties)
    return bool(len(inside)) and bool(inside.groupby("relation")["wave"].nunique().max() > 1)


def relation_in_wave(ties: pd.DataFrame, wave: int, wanted: Sequence[str]) -> str:
    """Which of these relations, the first preferred, has ties in this wave? If none, the commonest that does.

    >>> ties = pd.DataFrame({"wave": 1, "relation": ["referral", "handover", "handover"]})
    >>> relation_in_wave(ties, 1, ["advice", "referral"])
    'referral'
    """
    counts = ties.loc[ties["wave"] == wave, "relation"].value_counts()
    if counts.empty:
        raise InputError(f"The table ties has no rows of wave {wave}, so there is no relation to look at.")
    return next((relation for relation in wanted if relation in counts.index), str(counts.index[0]))


def only_within(network: RoleNetwork, column: str = "team") -> RoleNetwork:
    """The network with ties between people of the same value (team) alone; the others are counted in `left_out`.

    >>> people = pd.DataFrame({"person": list("abc"), "team": ["t", "t", "u"]})
    >>> inside = only_within(build(people, pd.DataFrame({"source": ["a", "a"], "target": ["b", "c"]})))
    >>> len(inside.ties), inside.left_out["rows"].tolist()
    (1, [1])
    """
    place = network.groups(column)[0]
    source, target = network.positions
    inside = place[source] == place[target]
    note = pd.DataFrame({"reason": [f"between two of different {column}"], "rows": [int((~inside).sum())]})
    return replace(
        network,
        ties=network.ties[inside].reset_index(drop=True),
        left_out=pd.concat([network.left_out, note[note["rows"] > 0]], ignore_index=True),
    )


def known_columns(network: RoleNetwork, wanted: Sequence[str]) -> list[str]:
    """Which of these columns does everybody in the network have a value in, and more than one between them?

    >>> people = pd.DataFrame({"person": list("ab"), "role": ["nurse", "peer"], "band": ["5", None]})
    >>> known_columns(build(people, pd.DataFrame({"source": ["a"], "target": ["b"]})), ["role", "band", "shift"])
    ['role']
    """
    here = network.people
    return [each for each in wanted if each in here and here[each].notna().all() and len(set(here[each])) > 1]


def boundary_by_relation(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    wave: int,
    by: str = "role_kind",
    within: str | None = "team",
    permutations: int = 999,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """In which relations do ties cross a boundary more, or less, than chance would have it?

    people, ties: a study's tables; wave: which wave. by: the column whose groups make the boundary. within: the column in
    which labels are dealt out anew (None: among everybody). permutations, rng: as for `ei_index`.

    Returns one row per relation of that wave, the commonest first: relation, directed, ties, across, share_across,
    expected_across (ties that would cross by chance), ratio (across over expected), p_low, p_high, p_two_sided. The ratio is
    blank where none is expected.

    >>> people = pd.DataFrame({"wave": 1, "person": list("abcd"), "role_kind": ["new", "new", "existing", "existing"]})
    >>> ties = pd.DataFrame({"wave": 1, "source": list("ab"), "target": list("cd"), "relation": "advice"})
    >>> boundary_by_relation(people, ties, 1, within=None, permutations=9)[["relation", "across", "expected_across"]].round(2)
      relation  across  expected_across
    0   advice       2             1.33
    """
    rng = rng if rng is not None else np.random.default_rng(0)
    here = ties[ties["wave"] == wave]
    rows = []
    for relation in here["relation"].value_counts().index:
        network = build(people, ties, wave=wave, relation=relation, directed=relation not in MUTUAL)
        found = ei_index(network, by, permutations=permutations, within=within, rng=rng).iloc[0]
        every = found["internal"] + found["external"]
        expected = every * (1 + found["expected"]) / 2
        rows.append(
            {
                "relation": relation,
                "directed": network.directed,
                "ties": int(every),
                "across": int(found["external"]),
                "share_across": found["external"] / every if every else np.nan,
                "expected_across": expected,
                "ratio": found["external"] / expected if expected > 0 else np.nan,
                "p_low": found["p_low"],
                "p_high": found["p_high"],
                "p_two_sided": found["p_two_sided"],
            }
        )
    return pd.DataFrame(rows)


def teams_with_total(changes: pd.DataFrame, teams: pd.DataFrame, unit: str = "team") -> pd.DataFrame:
    """The change of all teams and of each, as one table to be drawn.

    changes: as `change` returns it, with the measure share_across; teams: as `share_across_by_team`.

    Returns label ("All teams", then "Team" and its id), before, after, low and high (of the change of all teams; blank for one).
    """
    total = changes[changes["measure"] == "share_across"].assign(label="All teams")
    each = teams.assign(label="Team " + teams[unit].astype(str), low=np.nan, high=np.nan)
    columns = ["label", "before", "after", "low", "high"]
    rows = pd.DataFrame(total[columns].to_dict("records") + each[columns].to_dict("records"), columns=columns)
    return rows.dropna(subset=["before", "after"], how="all")


def overlap_in_wave(people: pd.DataFrame, ties: pd.DataFrame, wave: int) -> pd.DataFrame:
    """How far do the relations of one wave join the same people? No rows when the wave has one relation.

    Returns relation, other (in words), jaccard, share_of_a, share_of_b and correlation of `overlap_of_relations`.

    >>> people = pd.DataFrame({"wave": 1, "person": list("ab")})
    >>> overlap_in_wave(people, pd.DataFrame({"wave": 1, "source": ["a"], "target": ["b"], "relation": "advice"}), 1).empty
    True
    """
    columns = ["relation", "other", "jaccard", "share_of_a", "share_of_b", "correlation"]
    here = ties[ties["wave"] == wave]
    if here["relation"].nunique() < 2:
        return pd.DataFrame(columns=columns)
    found = overlap_of_relations(people, here, wave=wave)
    named = {"relation": found["a"].str.replace("_", " "), "other": found["b"].str.replace("_", " ")}
    return found.assign(**named)[columns]


def share_followed(
    people: pd.DataFrame, ties: pd.DataFrame, formal: str, actual: str, wave: int, within: str = "team"
) -> dict[str, float]:
    """Of the pairs tied by one relation, which share is tied by another too, in either direction?

    people, ties: a study's tables; wave: which wave. within: the column in which pairs are looked at; others are left out.

    Somebody who didn't answer named nobody, so both shares are too low by as much as they would have.

    Returns ties (pairs tied by the relation `formal`), share (of them tied by `actual`; blank without any) and expected (the
    share of all pairs within the same values of `within` that are tied by `actual`).

    >>> people = pd.DataFrame({"wave": 1, "person": list("abc"), "team": "t"})
    >>> ties = pd.DataFrame({"wave": 1, "source": list("aa"), "target": list("bb"), "relation": ["supervision", "advice"]})
    >>> share_followed(people, ties, "supervision", "advice", 1)
    {'ties': 1, 'share': 1.0, 'expected': 0.3333333333333333}
    """
    here = ties[ties["wave"] == wave]
    place, _ = build(people, here.iloc[:0], wave=wave).groups(within)
    pairs = [
        _pairs_within(build(people, here[here["relation"] == relation], wave=wave, directed=False), place)
        for relation in (formal, actual)
    ]
    sizes = np.bincount(place)
    possible = int((sizes * (sizes - 1) // 2).sum())
    both = len(pairs[0] & pairs[1])
    return {
        "ties": len(pairs[0]),
        "share": both / len(pairs[0]) if pairs[0] else np.nan,
        "expected": len(pairs[1]) / possible if possible else np.nan,
    }


def _pairs_within(network: RoleNetwork, place: np.ndarray) -> set[tuple[int, int]]:
    source, target = network.positions
    inside = place[source] == place[target]
    return set(zip(source[inside].tolist(), target[inside].tolist(), strict=True))

"""The waves and relations of a study: which can be compared, and each relation looked at in the same way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.ei import ei_index
from newroles.networks.network import RoleNetwork, build

MUTUAL = ("works_with",)
"""Relations of a study that have no direction; all others run from source to target."""


def first_and_last(people: pd.DataFrame, ties: pd.DataFrame) -> tuple[int, int]:
    """Which are the first and the last wave that have both people and ties?

    Raises InputError when there are fewer than two such waves.

    >>> first_and_last(pd.DataFrame({"wave": [1, 2, 3]}), pd.DataFrame({"wave": [1, 2]}))
    (1, 2)
    """
    waves = sorted(set(people["wave"]) & set(ties["wave"]))
    if len(waves) < 2:
        raise InputError(
            f"Before and after needs two waves with people and ties; this study has {len(waves)}. Number the waves from 1 in "
            "both tables."
        )
    return int(waves[0]), int(waves[-1])


def chosen_relation(ties: pd.DataFrame, wanted: Sequence[str]) -> str:
    """Which of these relations, the first preferred, do the ties have? If none, the commonest that they have.

    >>> chosen_relation(pd.DataFrame({"relation": ["referral", "handover", "handover"]}), ["advice", "referral"])
    'referral'
    """
    counts = ties["relation"].value_counts()
    if counts.empty:
        raise InputError("The table ties has no rows, so there is no relation to look at.")
    return next((relation for relation in wanted if relation in counts.index), str(counts.index[0]))


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
    return pd.DataFrame(total[columns].to_dict("records") + each[columns].to_dict("records"), columns=columns)


def share_followed(
    people: pd.DataFrame, ties: pd.DataFrame, formal: str, actual: str, wave: int, within: str = "team"
) -> dict[str, float]:
    """Of the pairs tied by one relation, which share is tied by another too, in either direction?

    people, ties: a study's tables; wave: which wave. within: the column in which pairs are looked at; others are left out.

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


def against_chance_in_words(first: pd.Series, last: pd.Series, level: float = 0.05) -> str:
    """Did more or fewer ties cross than by chance, in the first wave and in the last, as a sentence?

    first, last: rows of `ei_index` with permutations. level: a two-sided p below it counts as a difference from chance.

    >>> row = pd.Series({"ei": 0.2, "expected": 0.5, "p_two_sided": 0.01})
    >>> against_chance_in_words(row, row.where(row.index != "ei", 0.4))[:77]
    'Both times fewer ties crossed than if labels had been dealt out anew within t'
    """
    if pd.isna(first["ei"]) or pd.isna(last["ei"]):
        return "In one of the waves there are no ties, so they can't be set against chance."
    said = [_against(wave, level) for wave in (first, last)]
    where = f"Both times {said[0]}" if said[0] == said[1] else f"In the first wave {said[0]}, in the last {said[1]}"
    return (
        f"{where} if labels had been dealt out anew within teams: an E-I index of {first['ei']:.2f} (expected "
        f"{first['expected']:.2f}) in the first wave and of {last['ei']:.2f} ({last['expected']:.2f}) in the last."
    )


def _against(wave: pd.Series, level: float) -> str:
    if not wave["p_two_sided"] < level:
        return "as many ties crossed as could be"
    return "fewer ties crossed than" if wave["ei"] < wave["expected"] else "more ties crossed than"

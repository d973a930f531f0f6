"""The pairs of people in an invented study between whom ties can be, and how alike the two of each pair are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

MOST_SHARED_TASKS = 3
BAND_KINDS: Mapping[str, str] = {
    **dict.fromkeys(["2", "3", "4"], "support"), **dict.fromkeys(["5", "6", "7"], "registered"),
    **dict.fromkeys(["8a", "8b", "8c", "8d", "9"], "senior"), "medical": "medical", "other": "other",
}  # fmt: skip
_KEPT = ("from_wave", "to_wave", "team", "role", "rank", "family", "band_kind", "is_new")


def persons_of(people: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Who is there, in any wave? One row per person, by pseudonym: what doesn't change, and the first and last wave.

    `people`: as `draw_people` returns them; `teams`: with team and trust.
    """
    persons = people.sort_values("wave").drop_duplicates("person", keep="last").sort_values("person", ignore_index=True)
    return persons.rename(columns={"arrived_wave": "from_wave", "wave": "to_wave"}).assign(
        trust=persons["team"].map(teams.set_index("team")["trust"]),
        band_kind=persons["band"].map(dict(BAND_KINDS)),
        is_new=persons["role_kind"].eq("new"),
    )


def pairs_of(persons: pd.DataFrame) -> pd.DataFrame:
    """Who could have a tie? One row per pair of people of one trust who were there together.

    `persons`: see `persons_of`. Returns a and b (rows of `persons`, a < b), the waves they share, and how alike they are.
    """
    members = [np.sort(rows) for rows in persons.groupby("trust").indices.values()]
    corners = [np.triu_indices(len(rows), 1) for rows in members]
    none = [np.empty(0, dtype=int)]
    a = np.concatenate(none + [rows[i] for rows, (i, _) in zip(members, corners, strict=True)])
    b = np.concatenate(none + [rows[j] for rows, (_, j) in zip(members, corners, strict=True)])
    at_a, at_b = ({name: persons[name].to_numpy()[at] for name in _KEPT} for at in (a, b))
    same = {name: at_a[name] == at_b[name] for name in _KEPT}
    pairs = pd.DataFrame(
        {
            "a": a,
            "b": b,
            "from_wave": np.maximum(at_a["from_wave"], at_b["from_wave"]),
            "to_wave": np.minimum(at_a["to_wave"], at_b["to_wave"]),
            "climb": at_b["rank"] - at_a["rank"],
            "same_team": same["team"],
            "same_role": same["role"],
            "same_family": same["family"] & (at_a["family"] != "") & ~same["role"],
            "same_band_kind": same["band_kind"],
            "new_existing": ~same["is_new"],
        }
    )
    return pairs[pairs["from_wave"] <= pairs["to_wave"]].reset_index(drop=True)


def covariates_of(
    pairs: pd.DataFrame, persons: pd.DataFrame, tasks: pd.DataFrame, wave: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What do the log-odds of a tie from a to b depend on, and of one from b to a? By term, one number per pair."""
    a, b, climb = (pairs[name].to_numpy() for name in ("a", "b", "climb"))
    has_come = (persons["from_wave"].eq(wave) & (wave > 1)).to_numpy()
    both = {
        "same_role": pairs["same_role"],
        "other_role": ~pairs["same_role"],
        "same_family": pairs["same_family"],
        "same_band_kind": pairs["same_band_kind"],
        "new_existing": pairs["new_existing"],
        "other_team": ~pairs["same_team"],
        "band_distance": np.abs(climb),
        "rank_gap": np.abs(climb),
        "newcomer": has_come[a] | has_come[b],
        "shared_task": _shared_tasks(pairs, persons, tasks, wave),
    }
    shared = {name: np.asarray(values, dtype=float) for name, values in both.items()}
    there = {"upward": (climb > 0).astype(float), "newcomer_asks": has_come[a].astype(float)}
    back = {"upward": (climb < 0).astype(float), "newcomer_asks": has_come[b].astype(float)}
    return {**shared, **there}, {**shared, **back}


def _shared_tasks(pairs: pd.DataFrame, persons: pd.DataFrame, tasks: pd.DataFrame, wave: int) -> np.ndarray:
    """How many tasks do both roles do in their team, at most 3? 0 for one role, and for two teams."""
    done = tasks[tasks["wave"].eq(wave) & tasks["position"].eq("does")]
    teams, roles, kinds = (pd.Index(names.unique()) for names in (persons["team"], persons["role"], done["task"]))
    at = [index.get_indexer_for(done[name]) for name, index in (("team", teams), ("role", roles), ("task", kinds))]
    at = [code[(at[0] >= 0) & (at[1] >= 0)] for code in at]  # roles that nobody has are left out
    does = np.zeros((len(teams), len(roles), len(kinds)))
    does[tuple(at)] = 1
    count = does @ does.transpose(0, 2, 1)
    team, role = teams.get_indexer_for(persons["team"]), roles.get_indexer_for(persons["role"])
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    counted = pairs["same_team"].to_numpy() & ~pairs["same_role"].to_numpy()
    return np.where(counted, np.minimum(count[team[a], role[a], role[b]], MOST_SHARED_TASKS), 0)

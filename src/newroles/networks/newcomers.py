"""How fast do people in new roles grow ties, against people who came at the same time into existing roles?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError
from newroles.networks.network import build

_COLUMNS = ["newcomer", "role", "matched", "waves_since", "partners", "partners_across", "others", "matched_partners",
            "matched_across", "matched_others"]  # fmt: skip


def newcomers(
    people: pd.DataFrame,
    ties: pd.DataFrame,
    relation: str | None = None,
    within: str = "team",
    by: str = "role",
    new: str = "new",
) -> pd.DataFrame:
    """Who came into a new role, with whom can they be compared, and how many ties had each in every wave since?

    people: a study's table (wave, person, role, role_kind, band, and the column `within`); ties: a study's table. A
    newcomer is a person of a later wave than the first who wasn't there in the waves before. Those whose role_kind is
    `new` are matched, without replacement, to newcomers in other kinds of role who came in the same wave: first in the
    same `within` (team), then anywhere; among several, those whose band is nearest; then the first by id. Nobody is
    matched to two.

    Returns one row per newcomer in a new role and wave since the arrival (0, 1, ...) in which they were there: newcomer,
    role, matched (the person matched, blank when nobody was left to match), same_within (whether the match is of the same
    team), waves_since, partners and partners_across (people tied to them in either direction, and those in other groups of
    the column `by`), others (how many others there were in their team), and the same of the matched person.

    >>> people = pd.DataFrame({"wave": [1, 1, 2, 2, 2, 2], "person": list("abxyab"), "team": "t", "band": "4",
    ...     "role": ["nurse", "nurse", "peer", "nurse", "nurse", "nurse"],
    ...     "role_kind": ["existing", "existing", "new", "existing", "existing", "existing"]})
    >>> ties = pd.DataFrame({"wave": 2, "source": ["x", "y", "y"], "target": ["a", "a", "b"]})
    >>> newcomers(people, ties)[["newcomer", "matched", "waves_since", "partners", "matched_partners"]]
      newcomer matched  waves_since  partners  matched_partners
    0        x       y            0       1.0               2.0
    """
    for column in ("wave", "person", "role_kind", "band", by, within):
        if column not in people:
            raise InputError(f"The table people needs the column {column} to find newcomers and match them.")
    waves = sorted(people["wave"].unique())
    arrival = people.groupby("person")["wave"].min()
    came = people[(people["person"].map(arrival) == people["wave"]) & (people["wave"] != waves[0])]
    came = came.assign(grade=_grades(came["band"])).sort_values(["wave", "person"])
    pairs = pd.concat(
        [
            _matched(here[here["role_kind"] == new], here[here["role_kind"] != new], within)
            for _, here in came.groupby("wave")
        ]
        or [pd.DataFrame(columns=["newcomer", "role", "matched", "same_within", "arrived"])],
        ignore_index=True,
    )
    counts = pd.concat([_counts(people, ties, relation, wave, by, within) for wave in waves], ignore_index=True)
    steps = {wave: k for k, wave in enumerate(waves)}
    rows = pairs.merge(counts, left_on="newcomer", right_on="person")
    rows = rows[rows["wave"] >= rows["arrived"]]
    other = counts.rename(
        columns={
            "person": "matched",
            "partners": "matched_partners",
            "partners_across": "matched_across",
            "others": "matched_others",
        }
    )
    rows = rows.merge(other, on=["matched", "wave"], how="left")
    rows["waves_since"] = (rows["wave"].map(steps) - rows["arrived"].map(steps)).astype("int64")
    columns = [*_COLUMNS[:3], "same_within", *_COLUMNS[3:]]
    return rows.sort_values(["newcomer", "waves_since"])[columns].reset_index(drop=True)


def newcomers_compared(
    found: pd.DataFrame, draws: int = 2000, rng: np.random.Generator | None = None, level: float = 0.95
) -> pd.DataFrame:
    """How many ties have newcomers in new roles, against their matches, wave by wave since they came?

    found: as `newcomers` returns it. Only pairs of whom both are there in a wave count in it.

    Returns one row per waves_since and measure (partners, partners_across, share_of_team: partners per other person in the
    team): waves_since, measure, new, matched, difference (new less matched: means over pairs), low, high (bootstrap over
    pairs, percentile), n (pairs). Blank intervals for fewer than 3 pairs. The pairs are few and weren't drawn at random:
    the interval says how much hangs on single pairs, not how another study would come out.

    >>> found = pd.DataFrame({"newcomer": list("xyz"), "matched": list("abc"), "waves_since": 0, "partners": [1., 2, 3],
    ...     "partners_across": [1., 2, 3], "others": 9, "matched_partners": [3., 4, 5], "matched_across": [0., 0, 0],
    ...     "matched_others": 9})
    >>> newcomers_compared(found).loc[0, ["new", "matched", "difference", "n"]].tolist()
    [2.0, 4.0, -2.0, 3.0]
    """
    rng = rng if rng is not None else np.random.default_rng(0)
    found = found.dropna(subset=["matched", "matched_partners"])
    sides = {
        "partners": (found["partners"], found["matched_partners"]),
        "partners_across": (found["partners_across"], found["matched_across"]),
        "share_of_team": (found["partners"] / found["others"], found["matched_partners"] / found["matched_others"]),
    }
    rows = []
    for since in sorted(found["waves_since"].unique()):
        here = (found["waves_since"] == since).to_numpy()
        n = int(here.sum())
        drawn = rng.integers(0, n, size=(draws, n))
        for measure, (new, matched) in sides.items():
            new_here, matched_here = new.to_numpy(dtype=float)[here], matched.to_numpy(dtype=float)[here]
            difference = new_here - matched_here
            low, high = (
                np.quantile(difference[drawn].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
                if n > 2
                else (np.nan, np.nan)
            )
            rows.append((int(since), measure, new_here.mean(), matched_here.mean(), difference.mean(), low, high, n))
    return pd.DataFrame(rows, columns=["waves_since", "measure", "new", "matched", "difference", "low", "high", "n"])


def _grades(band: pd.Series) -> pd.Series:
    """Bands as numbers, "medical" above all others; unknown ones blank."""
    return pd.to_numeric(band.replace({"medical": "10"}).astype(str).str.extract(r"(\d+)")[0], errors="coerce")


def _matched(new: pd.DataFrame, pool: pd.DataFrame, within: str) -> pd.DataFrame:
    """Each newcomer in a new role with one of the pool: those with a match in their own team come first."""
    free = pool.set_index("person")
    match: dict[object, tuple[object, bool]] = {}
    for same in (True, False):
        for person in new.to_dict("records"):
            if person["person"] in match:
                continue
            near = free[free[within] == person[within]] if same else free
            if len(near):
                gap = (near["grade"] - float(person["grade"])).abs().fillna(np.inf)
                chosen = gap.sort_values(kind="stable").index[0]
                match[person["person"]] = (chosen, same)
                free = free.drop(index=chosen)
    return pd.DataFrame(
        {
            "newcomer": new["person"],
            "role": new["role"],
            "matched": [match.get(person, (None, False))[0] for person in new["person"]],
            "same_within": [match.get(person, (None, False))[1] for person in new["person"]],
            "arrived": new["wave"],
        }
    )


def _counts(
    people: pd.DataFrame, ties: pd.DataFrame, relation: str | None, wave: int, by: str, within: str
) -> pd.DataFrame:
    """How many partners has each person of a wave, in all, across groups, and how many others are there?"""
    network = build(people, ties, wave=wave, relation=relation, directed=False)
    group, place = network.groups(by)[0], network.groups(within)[0]
    source, target = network.positions
    ends = np.concatenate([source, target])
    across = np.tile(group[source] != group[target], 2)
    n = len(network)
    return pd.DataFrame(
        {
            "person": network.people["person"],
            "wave": wave,
            "partners": np.bincount(ends, minlength=n).astype(float),
            "partners_across": np.bincount(ends, weights=across, minlength=n),
            "others": np.bincount(place)[place] - 1,
        }
    )


def newcomers_in_words(compared: pd.DataFrame) -> str:
    """The comparison of partners in the wave of arrival and in the last wave that has it, as a sentence.

    compared: rows of one measure, as `newcomers_compared` returns them.

    >>> rows = pd.DataFrame({"waves_since": [0, 1], "new": [3.8, 7.0], "matched": [5.0, 7.5], "difference": [-1.2, -0.5], "n": [14, 13]})
    >>> newcomers_in_words(rows)
    'People who came into new roles had 3.8 partners in the wave they came, their matches 5.0; a wave later 7.0 and 7.5.'
    """
    if compared.empty:
        return "Nobody came into a new role beside whom somebody else came, so newcomers can't be compared."
    first, last = compared.iloc[0], compared.iloc[-1]
    start = f"People who came into new roles had {first['new']:.1f} partners in the wave they came, their matches {first['matched']:.1f}"
    if len(compared) == 1:
        return f"{start}."
    later = int(last["waves_since"] - first["waves_since"])
    return f"{start}; {'a wave' if later == 1 else f'{later} waves'} later {last['new']:.1f} and {last['matched']:.1f}."

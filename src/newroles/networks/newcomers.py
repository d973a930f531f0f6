"""How fast do people in new roles grow ties, against people who came at the same time into existing roles?"""

from __future__ import annotations

from itertools import pairwise

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

    people: a study's table (wave, person, role, role_kind, the column `within`, and band where it is known); ties: a study's table. A
    newcomer is a person of a later wave than the first who wasn't there in the waves before, in a team (value of `within`)
    that was there in the wave before: whoever is in a team that is asked for the first time need not have just come. Those whose role_kind is
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
    for column in ("wave", "person", "role_kind", by, within):
        if column not in people:
            raise InputError(f"The table people needs the column {column} to find newcomers and match them.")
    waves = sorted(people["wave"].unique())
    arrival = people.groupby("person")["wave"].min()
    came = people[(people["person"].map(arrival) == people["wave"]) & (people["wave"] != waves[0])]
    before = {wave: set(people.loc[people["wave"] == last, within]) for last, wave in pairwise(waves)}
    known = [place in before[wave] for place, wave in zip(came[within], came["wave"], strict=True)]
    came = came[np.array(known, dtype=bool)]
    came = came.assign(grade=_grades(came["band"]) if "band" in came else np.nan).sort_values(["wave", "person"])
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
    """How many ties have newcomers in new roles, against their matches, wave by wave since they came, and who gains faster?

    found: as `newcomers` returns it. Only pairs of whom both are there in a wave count in it.

    Returns one row per waves_since, measure (partners, partners_across, share_of_team: partners per other person in the
    team) and what (level; from the second wave on also growth: the level less that of the same pairs in the wave they came):
    waves_since, measure, what, new, matched (means), difference (new less matched), low, high (bootstrap over pairs,
    percentile), n (pairs). Blank intervals for fewer than 3 pairs. The pairs are few and weren't drawn at random:
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
    for measure, (new, matched) in sides.items():
        key = [found["newcomer"], found["waves_since"]]
        both = pd.DataFrame(
            {"new": new.astype(float).to_numpy(), "matched": matched.astype(float).to_numpy()}, index=key
        )
        waves = both.index.get_level_values(1)
        by_wave = {int(since): both[waves == since].droplevel(1) for since in sorted(set(waves))}
        for since, here in by_wave.items():
            rows.append((since, measure, "level", *_compared(here, draws, rng, level)))
            if since and 0 in by_wave:
                gained = (here - by_wave[0]).dropna()
                rows.append((since, measure, "growth", *_compared(gained, draws, rng, level)))
    columns = ["waves_since", "measure", "what", "new", "matched", "difference", "low", "high", "n"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["measure", "waves_since"], kind="stable", ignore_index=True)


def _compared(
    pairs: pd.DataFrame, draws: int, rng: np.random.Generator, level: float
) -> tuple[float, float, float, float, float, int]:
    """Means of both sides, their difference with its interval, and the number of pairs."""
    n = len(pairs)
    if not n:
        return np.nan, np.nan, np.nan, np.nan, np.nan, 0
    difference = (pairs["new"] - pairs["matched"]).to_numpy()
    low, high = np.nan, np.nan
    if n > 2:
        means = difference[rng.integers(0, n, size=(draws, n))].mean(axis=1)
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(pairs["new"].mean()), float(pairs["matched"].mean()), float(difference.mean()), low, high, n


def newcomers_in_words(found: pd.DataFrame, compared: pd.DataFrame, enough: int = 0) -> str:
    """The comparison of partners in the wave of arrival, and how fast they were gained since, as a sentence.

    found: as `newcomers` returns it; compared: as `newcomers_compared`. enough: how many pairs a small-number rule asks for;
    above 0 no number of people is said, and with fewer pairs nothing.
    """
    partners = compared[compared["measure"].eq("partners")]
    start = partners[partners["what"].eq("level") & partners["waves_since"].eq(0)]
    if start.empty:
        return "Nobody came into a new role beside whom somebody else came, so newcomers can't be compared."
    first = start.iloc[0]
    if first["n"] < enough:
        return "Too few people came into new roles beside whom somebody else came to say more of them."
    every = found.drop_duplicates("newcomer")
    who = (
        "People who came into new roles, set beside people who came at the same time,"
        if enough
        else f"Of {len(every)} people who came into new roles, {int(first['n'])} can be set beside somebody who came at the same "
        f"time ({int(every.loc[every['matched'].notna(), 'same_within'].sum())} into the same team): they"
    )
    said = (
        f"{who} had {first['new']:.1f} partners in that wave, the others {first['matched']:.1f} (difference "
        f"{_signed(first['difference'])}{_interval(first)})"
    )
    growth = partners[partners["what"].eq("growth") & partners["n"].gt(max(enough - 1, 0))]
    if growth.empty:
        return f"{said}."
    last = growth.iloc[-1]
    later = int(last["waves_since"])
    when = "a wave" if later == 1 else f"{later} waves"
    pairs = "" if enough else f"; {int(last['n'])} pairs"
    return (
        f"{said}; {when} later those still there had gained {last['new']:.1f} and {last['matched']:.1f} "
        f"(difference {_signed(last['difference'])}{_interval(last)}{pairs})."
    )


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _interval(row: pd.Series) -> str:
    return "" if pd.isna(row["low"]) else f", interval {_signed(row['low'])} to {_signed(row['high'])}"


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

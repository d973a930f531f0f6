"""Before and after: how a network changes between two waves, and how sure that can be said."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.change_draws import bootstrap, exchange, jackknife, percentiles
from newroles.networks.dyad_draws import dyad_bootstrap
from newroles.networks.network import RoleNetwork
from newroles.networks.two_waves import MEASURES, Wave, WaveByUnit, chosen, measured

__all__ = ["MEASURES", "change"]

_RESAMPLE = ("people", "teams", "dyads")
_FEW = 20  # fewer units than this: the jackknife in place of the bootstrap


def change(
    before: RoleNetwork,
    after: RoleNetwork,
    by: str = "role",
    measures: list[str] | None = None,
    within: str | None = None,
    unit: str | None = None,
    draws: int = 1000,
    permutations: int = 999,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
    resample: Literal["people", "teams", "dyads"] | None = None,
) -> pd.DataFrame:
    """How much did working across a boundary change between two waves, and is it more than chance?

    before, after: two waves of one relation, both directed or both undirected. by: the column whose groups make the
    boundary. measures: names of MEASURES; all that fit by default. within: a column (team); only pairs of people with the
    same value there can be tied, other ties are left out. unit: a column (team) whose values are drawn and exchanged as
    wholes; persons are drawn and pairs of persons exchanged by default. draws, permutations, rng, level: of the interval
    and the test. resample: what is drawn for the interval; by default "teams" with a unit and "people" without.

    The interval is the percentile interval of a bootstrap that draws with replacement, the same in both waves:
    "people": persons, with their ties to the others drawn. Other people might have been there, and differ in how much they
    are tied. Pairs made of two copies of one person have no tie to show and count nowhere [1].
    "teams": the values of `unit` as wholes. Other teams might have been there; what happens in one says nothing of another.
    Fewer than 20 are too few for a bootstrap: then it is the change -/+ t times the standard error from leaving out each
    unit in turn, blank with fewer than three.
    "dyads": pairs of people who could be tied in at least one wave, tied or not, while the people stay. These very people
    are all that is spoken of, and each pair's ties come about by themselves. In networks drawn of 40 people such intervals
    held the truth 93 to 95 times in 100 where that was so ("people": 99, as it allows for more). Where people differed in
    how much they are tied, they held it as seldom as 53 times ("people": 95 or more).

    The p value exchanges the waves of each pair of persons (or of units) at random among people who were there both times
    in the same group, and counts how often the change is at least as large either way: (1 + count) / (R + 1), or the exact
    share when 12 or fewer units can be exchanged. Exchanging single pairs takes their changes as independent of one
    another; where teams change as wholes, unit="team" is the honest test, and few teams can then show little.

    Returns one row per measure: measure, before, after, change, low, high (of the change), interval (bootstrap, jackknife
    or dyad bootstrap), p_two_sided, n_before, n_after, n_both, n_tested (people; tested are those who were there both times
    in the same group and unit, of whom alone the p value speaks), and where the change comes from: left (people who had
    gone by the second wave), stayed (people there both times), joined (people who came), which add up to the change. Blank
    where a measure can't be computed.

    Raises InputError for unknown measures, for reciprocity of an undirected network, for waves of different kinds and for
    "teams" without a unit.

    [1] Snijders and Borgatti 1999, Connections 22(2), 161-170 (there, such pairs are filled in with others).

    >>> people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    >>> from newroles.networks import build
    >>> first = build(people, pd.DataFrame({"source": list("ac"), "target": list("bd")}), directed=False)
    >>> second = build(people, pd.DataFrame({"source": list("aab"), "target": list("bcd")}), directed=False)
    >>> change(first, second, measures=["share_across"], draws=50).loc[0, ["before", "after", "change"]].tolist()
    [0.0, 0.6666666666666666, 0.6666666666666666]
    """
    rng = rng if rng is not None else np.random.default_rng(0)
    if before.directed != after.directed:
        raise InputError("One wave is directed and the other isn't. Build both the same way.")
    names = chosen(measures, before.directed)
    if not 0 < level < 1:
        raise InputError(f"level is a share between 0 and 1, such as 0.95; it is {level}.")
    for name, number in (("draws", draws), ("permutations", permutations)):
        if not isinstance(number, (int, np.integer)) or number < 0:
            raise InputError(f"{name} is a whole number of 0 or more; it is {number!r}.")
    resample = resample if resample is not None else "people" if unit is None else "teams"
    if resample not in _RESAMPLE:
        raise InputError(f"resample: {resample!r} is unknown. {did_you_mean(str(resample), _RESAMPLE)}")
    if resample == "teams" and unit is None:
        raise InputError('resample="teams" needs to know which column holds the teams: unit="team".')
    one, two = Wave.of(before, by, within, unit), Wave.of(after, by, within, unit)
    both = sorted(set(one.persons) & set(two.persons), key=str)
    all_one, all_two = (measured(wave.totals(), names)[0] for wave in (one, two))
    stayed_before, stayed_after = (measured(wave.only(both).totals(), names)[0] for wave in (one, two))
    if resample == "dyads":
        interval = "dyad bootstrap"
        low, high = percentiles(dyad_bootstrap(one, two, names, draws, rng), level)
    else:
        drawn = [wave.unit if resample == "teams" else wave.persons for wave in (one, two)]
        units = pd.Index(pd.unique(pd.Series([*drawn[0], *drawn[1]], dtype=object)))
        first, second = (
            WaveByUnit(wave, units.get_indexer(pd.Index(of, dtype=object)), len(units))
            for wave, of in zip((one, two), drawn, strict=True)
        )
        if resample == "teams" and len(units) < _FEW:
            interval = "jackknife"
            low, high = jackknife(first, second, names, all_two - all_one, level)
        else:
            interval = "bootstrap"
            low, high = percentiles(bootstrap(first, second, names, draws, rng), level)
        del first, second  # large, and so is what comes
    n_before, n_after = len(one.persons), len(two.persons)
    one, two = one.only(both), two.only(both)
    p, tested = exchange(one, two, names, permutations, rng)
    return pd.DataFrame(
        {
            "measure": names,
            "before": all_one,
            "after": all_two,
            "change": all_two - all_one,
            "low": low,
            "high": high,
            "interval": interval,
            "p_two_sided": p,
            "n_before": n_before,
            "n_after": n_after,
            "n_both": len(both),
            "n_tested": tested,
            "left": stayed_before - all_one,
            "stayed": stayed_after - stayed_before,
            "joined": all_two - stayed_after,
        }
    )

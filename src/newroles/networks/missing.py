"""Who didn't answer, what of their ties is known from others, and how far could it change a result?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from newroles.errors import InputError
from newroles.networks.ei import ei_index
from newroles.networks.network import RoleNetwork


def nonresponse(network: RoleNetwork, by: str = "role", told_by: str = "either") -> pd.DataFrame:
    """Who didn't answer, and of how many pairs of people is it not known whether they are tied?

    Whether people answered is the column `responded` (yes, no); without it everybody counts as having answered. A directed
    tie is told by the person who sends it. An undirected one is told by one end or both: told_by "either" takes it that
    one end's naming is enough for a tie, so that a pair without a tie is unknown when one of the two is silent; "both" that
    somebody who answered would have named every partner, so that a pair is unknown only when both are silent.

    Returns one row per group of the column `by` and a row "all": group, people, answered, share_answered, pairs (ordered
    pairs sent by the group, unordered pairs with at least one end in it when undirected), unknown_pairs (not tied as far as
    is known, and somebody silent might say otherwise), share_unknown, isolates (people who answered and have no tie).

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": list("abc"), "role": "nurse", "responded": ["yes", "no", "no"]})
    >>> network = build(people, pd.DataFrame({"source": ["a"], "target": ["b"]}), directed=False)
    >>> nonresponse(network).loc[0, ["people", "answered", "pairs", "unknown_pairs"]].tolist()
    [3, 1, 3, 2]
    >>> int(nonresponse(network, told_by="both").loc[0, "unknown_pairs"])
    1
    """
    numbers, labels = network.groups(by)
    unknown = _unknown(network, told_by)
    n = len(network)
    degree = np.asarray(network.binary.sum(axis=1)).ravel() + np.asarray(network.binary.sum(axis=0)).ravel()
    rows = []
    for group in [*range(len(labels)), None]:
        inside = np.ones(n, dtype=bool) if group is None else numbers == group
        size, rest = int(inside.sum()), n - int(inside.sum())
        if network.directed:
            pairs, missing = size * (n - 1), unknown(inside, np.ones(n, dtype=bool))
        else:
            pairs = size * (size - 1) // 2 + size * rest
            missing = unknown(inside, inside) + unknown(inside, ~inside)
        answered = int((inside & network.answered).sum())
        rows.append(
            {
                "group": "all" if group is None else labels[group],
                "people": size,
                "answered": answered,
                "share_answered": answered / size if size else np.nan,
                "pairs": pairs,
                "unknown_pairs": missing,
                "share_unknown": missing / pairs if pairs else np.nan,
                "isolates": int((inside & network.answered & (degree == 0)).sum()),
            }
        )
    return pd.DataFrame(rows)


def _unknown(network: RoleNetwork, told_by: str) -> Callable[[np.ndarray, np.ndarray], int]:
    """A function that counts the pairs of one of these and one of those (each pair once when undirected) not known."""
    if told_by not in ("either", "both"):
        raise InputError(f'told_by is "either" or "both", not {told_by!r}.')
    source, target = network.positions
    silent = ~network.answered

    def count(ones: np.ndarray, others: np.ndarray) -> int:
        if network.directed:
            asked = ones & silent
            pairs = int(asked.sum()) * int(others.sum()) - int((asked & others).sum())
            return pairs - int((asked[source] & others[target]).sum())
        same = bool((ones == others).all())
        everybody = _pairs_of(ones, others, same)
        if told_by == "both":
            pairs = _pairs_of(ones & silent, others & silent, same)
            hit = silent[source] & silent[target]
        else:
            pairs = everybody - _pairs_of(ones & ~silent, others & ~silent, same)
            hit = silent[source] | silent[target]
        joined = (ones[source] & others[target]) | (others[source] & ones[target])
        return pairs - int((hit & joined).sum())

    return count


def _pairs_of(ones: np.ndarray, others: np.ndarray, same: bool) -> int:
    """Unordered pairs of one of these and one of those, who are the same people or have nobody in common."""
    return int(ones.sum()) * (int(ones.sum()) - 1) // 2 if same else int(ones.sum()) * int(others.sum())


def reconstruct(network: RoleNetwork) -> RoleNetwork:
    """What would the network be if those who didn't answer sent back the ties that others sent to them?

    For a directed network: where i didn't answer and j, who did, named i, a tie from i to j of the same weight is added. It
    leans on ties being returned: look at `returned_among_answered` first. An undirected tie told by one end is there
    already, so an undirected network comes back as it is.

    Returns a RoleNetwork whose ties have the further column `origin` (answered, reconstructed) and whose `left_out` counts
    what was added. Source: Stork and Richards 1992, Group & Organization Management 17(2), 193-209,
    doi 10.1177/1059601192172006.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": list("abc"), "role": "nurse", "responded": ["yes", "no", "yes"]})
    >>> network = build(people, pd.DataFrame({"source": ["a", "a"], "target": ["b", "c"]}))
    >>> reconstruct(network).ties[["source", "target", "origin"]]
      source target         origin
    0      a      b       answered
    1      a      c       answered
    2      b      a  reconstructed
    """
    ties = network.ties.assign(origin="answered")
    if not network.directed:
        return replace(network, ties=ties)
    source, target = network.positions
    n = len(network)
    wanted = ~network.answered[target] & network.answered[source]
    known = np.isin(target * n + source, source * n + target)
    added = (
        ties[wanted & ~known].rename(columns={"source": "target", "target": "source"}).assign(origin="reconstructed")
    )
    note = pd.DataFrame({"reason": ["added: sent back by somebody who didn't answer"], "rows": [len(added)]})
    return replace(
        network,
        ties=pd.concat([ties, added[ties.columns]], ignore_index=True),
        left_out=pd.concat([network.left_out, note[note["rows"] > 0]], ignore_index=True),
    )


def returned_among_answered(network: RoleNetwork) -> float:
    """Of the ties between two people who both answered, which share is returned? Blank without such a tie.

    Raises InputError for an undirected network, in which every tie is returned.
    """
    if not network.directed:
        raise InputError("Every tie of an undirected network is returned: ask a directed network.")
    kept = (
        sparse.diags_array(network.answered.astype(float))
        @ network.binary
        @ sparse.diags_array(network.answered.astype(float))
    )
    ties = kept.sum()
    return float(kept.multiply(kept.T).sum() / ties) if ties else np.nan


def sensitivity(
    network: RoleNetwork,
    measure: Callable[[RoleNetwork], float],
    by: str | None = "role",
    share: float | None = None,
    draws: int = 200,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How far does a result move when as many people again don't answer?

    measure: a function from a network to a number, such as `ei_of("role")`. share: the share of those who
    answered that falls silent in each draw; by default the observed non-response, in each group of the column `by` its
    own (by=None: one share for all). A person who falls silent stays in the network; their ties are lost as the study
    would have lost them: of a directed network those they send, of an undirected one those that nobody who still answers
    tells.

    Returns one row: observed, mean, low, high (2.5 and 97.5 per cent of draws), shift (mean less observed), share_silent
    (mean share of the answering that was silenced), draws. A shift near 0 and narrow limits say that non-response of the
    same kind again would hardly have changed the result; they say nothing of people who differ from those who answered.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": list("abcd"), "role": "nurse", "responded": ["yes", "yes", "yes", "no"]})
    >>> network = build(people, pd.DataFrame({"source": list("abc"), "target": list("bca")}))
    >>> sensitivity(network, lambda n: float(len(n.ties)), share=0.0, draws=5).loc[0, ["observed", "mean"]].tolist()
    [3.0, 3.0]
    """
    rng = rng if rng is not None else np.random.default_rng(0)
    if share is not None and not 0 <= share <= 1:
        raise InputError(
            f"share must lie between 0 and 1 (it is {share}): the share of the answering that falls silent."
        )
    answered, n = network.answered, len(network)
    numbers = network.groups(by)[0] if by is not None else np.zeros(n, dtype=int)
    people = np.bincount(numbers)
    rate = (1 - np.bincount(numbers, weights=answered) / people) if share is None else np.full(len(people), share)
    source, target = network.positions
    values, silenced = [], []
    for _ in range(draws):
        silent = answered & (rng.random(n) < rate[numbers])
        still = answered & ~silent
        lost = ~still[source] if network.directed else ~(still[source] | still[target])
        left = replace(
            network,
            ties=network.ties[~lost],
            people=network.people.assign(responded=np.where(still, "yes", "no")),
        )
        values.append(measure(left))
        silenced.append(silent.sum() / max(answered.sum(), 1))
    observed = float(measure(network))
    found = np.array(values, dtype=float)
    known = found[np.isfinite(found)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (np.nan, np.nan)
    mean = float(known.mean()) if len(known) else np.nan
    return pd.DataFrame(
        [(observed, mean, low, high, mean - observed, float(np.mean(silenced)), len(known))],
        columns=["observed", "mean", "low", "high", "shift", "share_silent", "draws"],
    )


def ei_of(by: str = "role", weighted: bool = False) -> Callable[[RoleNetwork], float]:
    """The E-I index over the column `by` as a measure of a network, for `sensitivity` and `null_distribution`.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": list("ab"), "role": ["nurse", "peer"]})
    >>> ei_of()(build(people, pd.DataFrame({"source": ["a"], "target": ["b"]})))
    1.0
    """

    def measure(network: RoleNetwork) -> float:
        return float(ei_index(network, by, weighted=weighted)["ei"].iloc[0])

    return measure


def share_across_bounds(
    network: RoleNetwork, by: str = "role", within: str | None = None, told_by: str = "either"
) -> pd.DataFrame:
    """Between which limits does the share of ties across the boundary lie, whatever those who didn't answer would say?

    within: a column (team); only pairs of people with the same value there could be tied, and other ties are left out.
    told_by: which pairs are unknown in an undirected network, as in `nonresponse`.

    Returns one row per assumption about the pairs that are unknown: assumption, low, high (share of ties that cross
    the boundary), ei_low, ei_high (the same as E-I index), unknown_within, unknown_across (pairs):
    "none": they may all be tied or not (all within and none across, or the other way round);
    "as dense as the rest": they are tied as often as pairs of whom everybody who could tell answered, within groups and across each at its own rate,
    times 0.5 to 2 for either, in opposite directions.

    Raises InputError when there is no tie at all.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": list("abc"), "role": ["nurse", "nurse", "peer"], "responded": ["yes", "yes", "no"]})
    >>> network = build(people, pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]}))
    >>> share_across_bounds(network).loc[0, ["low", "high", "unknown_across"]].tolist()
    [0.5, 0.75, 2.0]
    """
    numbers = network.groups(by)[0]
    place = network.groups(within)[0] if within is not None else np.zeros(len(network), dtype=int)
    source, target = network.positions
    possible = place[source] == place[target]
    crossing = (numbers[source] != numbers[target])[possible]
    ties_across, ties_within = int(crossing.sum()), int((~crossing).sum())
    if not ties_across + ties_within:
        raise InputError("There is no tie in this network, so no share of ties can be bounded.")
    unknown, told = _unknown(network, told_by), _told_pairs(network)
    missing, asked = np.zeros(2, dtype=int), np.zeros(2, dtype=int)  # within a group, across
    for here in range(int(place.max(initial=0)) + 1):
        team = place == here
        groups = [team & (numbers == group) for group in np.unique(numbers[team])]
        for counted, count in ((missing, lambda some: unknown(some, some)), (asked, told)):
            inside = sum(count(group) for group in groups)
            counted += [inside, count(team) - inside]
    sure = possible & network.answered[source] & (network.directed | network.answered[target])
    crossed = numbers[source] != numbers[target]
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.array([(sure & ~crossed).sum(), (sure & crossed).sum()]) / asked
    rate = np.where(np.isfinite(rate), rate, 0)

    def share(more_within: float, more_across: float) -> float:
        across = ties_across + more_across
        return across / (across + ties_within + more_within)

    half, twice = (np.minimum(factor * rate, 1) * missing for factor in (0.5, 2.0))
    rows = [
        ("none", share(missing[0], 0), share(0, missing[1])),
        ("as dense as the rest", share(twice[0], half[1]), share(half[0], twice[1])),
    ]
    found = pd.DataFrame(rows, columns=["assumption", "low", "high"])
    return found.assign(
        ei_low=2 * found["low"] - 1, ei_high=2 * found["high"] - 1, unknown_within=missing[0], unknown_across=missing[1]
    )


def _told_pairs(network: RoleNetwork) -> Callable[[np.ndarray], int]:
    """A function that counts the pairs among some people of whom everybody who could tell answered."""
    answered = network.answered

    def count(some: np.ndarray) -> int:
        told = int((some & answered).sum())
        return told * (int(some.sum()) - 1) if network.directed else told * (told - 1) // 2

    return count

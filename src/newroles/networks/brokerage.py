"""Who stands between two others who have no tie of their own, and between which roles."""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.errors import InputError, did_you_mean
from newroles.networks.network import RoleNetwork
from newroles.networks.open_paths import KINDS, OpenPaths, kind_of
from newroles.networks.permutation import SAME, Permutations, Tally, check_permutations, labellings, somebody


def brokerage(
    network: RoleNetwork,
    by: str = "role",
    permutations: Permutations = 0,
    rng: np.random.Generator | None = None,
    *,
    weighted: bool = False,
) -> pd.DataFrame:
    """How often does each person stand between two others who have no tie of their own, and between which roles?

    A path leads from one person over the broker to a third and counts when there is no tie from the first to the third.
    Its kind depends on the roles along it (A is the broker's own): coordinator A-A-A, itinerant (or consultant) B-A-B,
    gatekeeper B-A-A, representative A-A-B, liaison B-A-C.

    by: the column of people that takes the place of the role.
    permutations: deal everybody's roles out anew so many times, or "exact", in every way (20,000 at most); adds for each
    kind p_low and p_high (`liaison_p_high`): the share of deals that gave the person in this place as few, or as many,
    such paths: (1 + count) / (permutations + 1), or count / deals when exact. rng: None is a generator with seed 0.
    weighted: a path counts not 1 but the geometric mean of the weights of its two ties.

    Conventions. In an undirected network each path counts in both directions, once from either end, and there is no
    expectation. A person without ties brokers nothing: 0. In a directed network somebody who didn't answer names nobody
    and so has 0 as well: read `network.answered` beside this table.

    Returns one row per person: person, the column `by`, then coordinator, itinerant, gatekeeper, representative, liaison
    and total; then for each `_expected`, `_sd` and `_z` if as many ties had fallen on pairs of people by chance, each
    direction for itself (directed Bernoulli graph of the same density; exact). Blank: z where the sd is 0, and all of
    them where the network is undirected or weighted. Raises InputError when `by` is no column, or blank for somebody.

    Source: Gould & Fernandez 1989, doi 10.2307/270949. Names, expectation and sd as R's sna 2.7, brokerage(), whose
    b_IO is the representative and b_OI the gatekeeper.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd"], "role": ["nurse", "peer", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": ["ann", "bea"], "target": ["bea", "cyd"]}))
    >>> brokerage(network)[["person", "role", "gatekeeper", "total"]].values.tolist()
    [['ann', 'nurse', 0, 0], ['bea', 'peer', 1, 1], ['cyd', 'peer', 0, 0]]
    """
    codes, labels = network.groups(by)
    check_permutations(permutations)
    somebody(network)
    paths = OpenPaths(network, weighted)
    found = _with_total(paths.of_people(codes[None, :], len(labels))[0])
    columns = [*KINDS, "total"]
    counts = pd.DataFrame(found if weighted else found.round().astype("int64"), columns=columns)
    expected, variance = _bernoulli(codes, len(labels), len(network.ties))
    if not network.directed or weighted:
        expected, variance = np.full_like(expected, np.nan), np.full_like(variance, np.nan)
    sd = np.sqrt(variance)
    z = np.divide(found - expected, sd, out=np.full_like(sd, np.nan), where=sd > 0)
    names = [f"{column}_{suffix}" for suffix in ("expected", "sd", "z") for column in columns]
    chances = [expected, sd, z]
    if permutations:
        tally = Tally(found[:, :-1], found[:, :-1], permutations)
        for dealt in labellings(network, codes, permutations, None, rng, paths.bytes_each(len(labels))):
            tally.add(paths.of_people(dealt, len(labels)))
        names += [f"{kind}_{suffix}" for suffix in ("p_low", "p_high") for kind in KINDS]
        chances += [tally.p()["p_low"], tally.p()["p_high"]]
    who = network.people[["person", by]] if by != "person" else network.people[["person"]]
    return pd.concat([who, counts, pd.DataFrame(np.hstack(chances), columns=names)], axis=1)


def brokerage_by(
    network: RoleNetwork,
    level: str = "role",
    by: str = "role",
    permutations: Permutations = 1000,
    within: str | None = None,
    rng: np.random.Generator | None = None,
    *,
    weighted: bool = False,
) -> pd.DataFrame:
    """How much of each kind of brokerage is in each role's hands, and is that more than if roles were dealt out by chance?

    level: `role` (paths whose broker has the role) or `network` (all paths).
    by: the column of people that takes the place of the role. permutations: deals of everybody's roles, ties staying
    where they are, or "exact" for every way to deal them out (20,000 at most). within: a column of people (team, trust);
    roles are then dealt out anew only within its groups. rng: None is a generator with seed 0. weighted: as in
    `brokerage`.

    Returns one row per role (or one block named "network") and kind, `total` last: the column `by`, kind, paths;
    expected, the mean over all possible deals (with `within` the mean of the deals drawn); sd of the deals around it and
    z; p_low and p_high, the share of deals with as few, or as many, paths, and p_two_sided, with paths as far from
    expected: (1 + count) / (permutations + 1), or count / deals when exact; and bernoulli, what to expect if the ties
    too had fallen by chance. Blank: z where no deal differs from another (the network's total never does), all that
    needs deals without permutations, and bernoulli as in `brokerage`. Raises InputError as `brokerage`, for an unknown
    level, and when there are too many deals for "exact".

    Source: kinds as in `brokerage`; permuting labels while ties stay, as in Krackhardt & Stern 1988,
    doi 10.2307/2786835, for the E-I index.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd"], "role": ["nurse", "peer", "peer"]})
    >>> network = build(people, pd.DataFrame({"source": ["ann", "bea"], "target": ["bea", "cyd"]}))
    >>> table = brokerage_by(network, permutations=99).query("role == 'peer' and kind == 'gatekeeper'")
    >>> table[["paths", "expected"]].round(3).values.tolist()
    [[1.0, 0.333]]
    """
    codes, labels = network.groups(by)
    if level not in ("role", "network"):
        raise InputError(f"There is no level {level!r}. {did_you_mean(level, ['role', 'network'])}")
    check_permutations(permutations)
    somebody(network)
    groups = len(labels)
    strata = None if within is None else network.groups(within)[0]
    paths = OpenPaths(network, weighted)

    def totals(dealt: np.ndarray) -> np.ndarray:
        """Paths by deal, role (or network) and kind."""
        each = _with_total(paths.of_people(dealt, groups))
        if level == "network":
            return each.sum(axis=1, keepdims=True)
        one_hot = dealt[:, None, :] == np.arange(groups)[:, None]
        return one_hot.astype(float) @ each

    found = totals(codes[None, :])[0]
    dealt = labellings(network, codes, permutations, strata, rng, paths.bytes_each(groups))
    drawn = np.concatenate([np.empty((0, *found.shape)), *(totals(some) for some in dealt)])
    if within is None:
        expected = _relabelled(codes, groups, found[:, -1].sum(), level)
    else:
        expected = drawn.mean(axis=0) if len(drawn) else np.full_like(found, np.nan)
    tally = Tally(found, expected, permutations)
    tally.add(drawn)
    sd = tally.sd
    varies = sd > SAME * np.maximum(found, 1)
    z = np.divide(found - expected, sd, out=np.full_like(sd, np.nan), where=varies)
    if network.directed and not weighted:
        each = _bernoulli(codes, groups, len(network.ties))[0]
        bernoulli = each.sum(axis=0)[None, :]
        if level == "role":
            bernoulli = (codes == np.arange(groups)[:, None]).astype(float) @ each
    else:
        bernoulli = np.full_like(found, np.nan)
    names = [*KINDS, "total"]
    rows = labels if level == "role" else ["network"]
    return pd.DataFrame(
        {
            by: pd.Index(rows, tupleize_cols=False).repeat(len(names)),
            "kind": names * len(rows),
            "paths": found.ravel(),
            "expected": expected.ravel(),
            "sd": sd.ravel(),
            "z": z.ravel(),
            **{name: p.ravel() for name, p in tally.p().items()},
            "bernoulli": bernoulli.ravel(),
        }
    ).infer_objects()


def brokerage_between(network: RoleNetwork, by: str = "role", *, weighted: bool = False) -> pd.DataFrame:
    """Which role stands between which two others?

    by, weighted and what counts as a path: as in `brokerage`.

    Returns one row per broker's role and pair of roles between which it brokers at least once, most paths first:
    broker_role, from_role, to_role, kind, paths, brokers (people of the role who have such a path) and expected: the
    paths over a broker of this role if everybody's roles were dealt out anew (exact). Raises InputError as `brokerage`.

    Source: Gould & Fernandez 1989, doi 10.2307/270949.

    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": ["ann", "bea", "cyd"], "role": ["nurse", "peer", "doctor"]})
    >>> network = build(people, pd.DataFrame({"source": ["ann", "bea"], "target": ["bea", "cyd"]}))
    >>> brokerage_between(network).drop(columns="brokers").round(3).values.tolist()
    [['peer', 'nurse', 'doctor', 'liaison', 1, 0.167]]
    """
    codes, labels = network.groups(by)
    groups = len(labels)
    paths, brokers = np.zeros((groups,) * 3), np.zeros((groups,) * 3, dtype=np.int64)
    for first, table in OpenPaths(network, weighted).between(codes, groups):
        for role in range(groups):
            mine = table[codes[first : first + len(table)] == role]
            paths[role] += mine.sum(axis=0)
            brokers[role] += (mine > 0).sum(axis=0)
    broker, source, target = np.nonzero(brokers)
    found = pd.DataFrame({"broker": broker, "source": source, "target": target})
    found["paths"], found["brokers"] = paths[brokers > 0], brokers[brokers > 0]
    found["expected"] = _relabelled_between(found, np.bincount(codes, minlength=len(labels)), found["paths"].sum())
    own_in, own_out = found["source"] == found["broker"], found["broker"] == found["target"]
    kinds = kind_of(own_in.to_numpy(), own_out.to_numpy(), (found["source"] == found["target"]).to_numpy())
    ahead = (-found["paths"]).round(9)  # the same sum reached in another order of adding
    found = found.iloc[np.lexsort([found["target"], found["source"], found["broker"], ahead])]
    names = np.array([*labels, None], dtype=object)[:-1]
    return pd.DataFrame(
        {
            "broker_role": names[found["broker"]],
            "from_role": names[found["source"]],
            "to_role": names[found["target"]],
            "kind": np.array(KINDS, dtype=object)[kinds[found.index]],
            "paths": found["paths"] if weighted else found["paths"].round().astype("int64"),
            "brokers": found["brokers"],
            "expected": found["expected"],
        }
    ).reset_index(drop=True)


def _bernoulli(codes: np.ndarray, groups: int, ties: int) -> tuple[np.ndarray, np.ndarray]:
    """Expected paths of each person and kind (and in total), and their variance, if ties fall by chance.

    A path has the chance p²(1-p). Two paths of one broker that share a tie go together with covariance p³(1-p)³.
    """
    n = len(codes)
    size = np.bincount(codes, minlength=groups).astype(float)
    k = size[codes] - 1  # others of the own role
    m = n - 1 - k  # people of other roles
    square, cube = (size**2).sum(), (size**3).sum()
    square_o, cube_o = square - size[codes] ** 2, cube - size[codes] ** 3  # over the other roles
    pairs = np.stack([k * (k - 1), square_o - m, k * m, k * m, m**2 - square_o, (n - 1) * (n - 2) * np.ones(n)], axis=1)
    # ordered pairs of paths that start with the same tie, and that end with the same
    itinerant = 2 * (cube_o - 3 * square_o + 2 * m)
    liaison = 2 * (m**3 - 2 * m * square_o + cube_o - (m**2 - square_o))
    across = k * m * (m - 1) + m * k * (k - 1)
    sharing = np.stack(
        [
            2 * k * (k - 1) * (k - 2),
            itinerant,
            across,
            across,
            liaison,
            2 * (n - 1) * (n - 2) * (n - 3) * np.ones(n),
        ],
        axis=1,
    )
    p = ties / (n * (n - 1)) if n > 1 else 0.0
    chance = p**2 * (1 - p)
    return pairs * chance, np.maximum(pairs * chance * (1 - chance) + sharing * (p * (1 - p)) ** 3, 0)


def _relabelled(codes: np.ndarray, groups: int, total: float, level: str) -> np.ndarray:
    """Mean paths by broker's role (or network) and kind over all ways to deal out the roles; the ties stay."""
    n = len(codes)
    size = np.bincount(codes, minlength=groups).astype(float)
    square = (size**2).sum()
    rest = n - size
    alike = square - size**2 - rest
    ways = np.stack(
        [
            size * (size - 1) * (size - 2),
            size * alike,
            size * (size - 1) * rest,
            size * (size - 1) * rest,
            size * (rest * (rest - 1) - alike),
        ],
        axis=1,
    )
    mean = _with_total(ways * total / max(n * (n - 1) * (n - 2), 1))
    return mean if level == "role" else mean.sum(axis=0, keepdims=True)


def _relabelled_between(found: pd.DataFrame, size: np.ndarray, total: float) -> np.ndarray:
    """Mean paths from one role over a broker's role to another over all ways to deal out the roles."""
    source, broker, target = (found[end].to_numpy() for end in ("source", "broker", "target"))
    n = int(size.sum())
    ways = size[source] * (size[broker] - (source == broker)) * 1.0
    ways *= size[target] - (target == source) * 1.0 - (target == broker)
    return ways * total / max(n * (n - 1) * (n - 2), 1)


def _with_total(kinds: np.ndarray) -> np.ndarray:
    return np.concatenate([kinds, kinds.sum(axis=-1, keepdims=True)], axis=-1)

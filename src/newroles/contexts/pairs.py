"""Which shares of the skill mix go with which outcomes of trusts, and how many pairs would look notable by chance?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from newroles.contexts.design import design
from newroles.contexts.models import fit_functioning
from newroles.contexts.outcomes import model_data
from newroles.errors import InputError, did_you_mean
from newroles.few_clusters.clusters import Floats

STEP = {"2017": 0.10, "2018": 0.10, "change": 0.01}
"""How large a difference in a share each coefficient is about: ten percentage points, and one of change."""

_CONTROLS = ("size_doublings", "region", "year")
# what is notable in one pair by itself
_NOTABLE = 0.05


def fit_pairs(
    rows: pd.DataFrame,
    date: str = "2018",
    level: float = 0.95,
    rng: np.random.Generator | None = None,
    draws: int = 1999,
    checks: bool = True,
) -> pd.DataFrame:
    """Do trusts with another share of a staff group differ in an outcome, given region, size and year?

    `rows`: as in TrustPanel. `date`: of the shares: 2017, 2018, or change between them. `draws`, `rng`: for the wild
    cluster bootstrap. `checks`: whether p_wild and the random intercept stand beside.

    Each pair of one share and one outcome is a model by itself: the shares sum to one, so that one goes up only where
    others go down, and a model with several would ask what can't happen. Outcome = share + size (doublings of
    full-time equivalents) + region + year, one row per trust and year, least squares with CR2 by trust; beside it, where there are several
    years, a random intercept by trust.

    Returns one row per pair: skill_mix, date, outcome, estimate (percentage points of the outcome per ten points of the
    share, or per one point of change), se, df, low, high, p (CR2 t test), p_holm (Holm's, over the pairs of this table), p_wild,
    random_estimate, random_low, random_high, n (rows), clusters (trusts), method, note. A pair that can't be fitted has
    blanks, and the reason in its note.

    Raises InputError for an unknown date or a table without the shares.

    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70; see `fit_functioning`.

    >>> from newroles.contexts.trusts import trust_panel
    >>> from newroles.datasets import load_open
    >>> names = ["staff_groups", "staff_survey", "sickness_absence", "mental_health_trusts"]
    >>> rows = trust_panel(*[load_open(name) for name in names]).rows
    >>> found = fit_pairs(rows[rows["outcome"].eq("sickness_absence")], checks=False).set_index("skill_mix")
    >>> found[["estimate", "low", "high"]].astype(float).round(1).loc["doctors"].tolist()
    [-0.9, -2.2, 0.3]
    """
    mixes = _mixes(rows, date)
    rng = np.random.default_rng() if rng is None else rng
    found = []
    for outcome in dict.fromkeys(rows["outcome"]):
        for mix in mixes:
            data, terms = _pair(rows, outcome, mix, date)
            about = {"skill_mix": mix, "date": date, "outcome": outcome}
            try:
                fits = fit_functioning(
                    data,
                    "points",
                    terms,
                    "trust",
                    "linear",
                    level,
                    rng=rng,
                    draws=draws,
                    wild=["share"] if checks else [],
                )
                random = _random(data, terms, level) if checks else {}
            except InputError as error:
                found.append(about | {"note": str(error)})
                continue
            row = fits[fits["term"].eq("share")].iloc[0].to_dict()
            p = 2 * stats.t.sf(abs(row["estimate"] / row["se"]), row["df"])
            found.append(about | {key: row[key] for key in _KEPT} | {"p": float(p)} | random)
    table = pd.DataFrame(found).reindex(columns=PAIR_COLUMNS)
    known = table["p"].notna()
    if known.any():
        table.loc[known, "p_holm"] = multipletests(table.loc[known, "p"], method="holm")[1]
    return table


PAIR_COLUMNS = [
    "skill_mix", "date", "outcome", "estimate", "se", "df", "low", "high", "p", "p_holm", "p_wild",
    "random_estimate", "random_low", "random_high", "n", "clusters", "method", "note",
]  # fmt: skip
_KEPT = ["estimate", "se", "df", "low", "high", "p_wild", "n", "clusters", "method", "note"]


def pairs_without_each(rows: pd.DataFrame, date: str = "2018") -> pd.DataFrame:
    """Does what is found for a pair hang on one trust? The range of the coefficient when each is left out in turn.

    `rows`, `date`: as in `fit_pairs`.

    Returns one row per pair: skill_mix, date, outcome, estimate, low, high (smallest and largest without one trust),
    most_influential (the trust whose absence moves it most), without_it (the coefficient then), turns (whether its sign
    does), n (trusts left out in turn).

    Raises InputError as `fit_pairs` does, and when a pair can't be fitted.

    >>> rows = pd.DataFrame({"trust": list("abcdefghij"), "region": "A", "size_doublings": 12.0, "outcome": "autonomy"})
    >>> rows = rows.assign(year="2024", nurses_2018=np.arange(10) / 50, value=[.30, .31, .33, .33, .35, .34, .37, .37, .38, .45])
    >>> pairs_without_each(rows)[["estimate", "low", "high", "most_influential", "n"]].round(1).values.tolist()
    [[6.5, 4.9, 7.0, 'j', 10]]
    """
    mixes = _mixes(rows, date)
    found = []
    for outcome in dict.fromkeys(rows["outcome"]):
        for mix in mixes:
            data, terms = _pair(rows, outcome, mix, date)
            used = model_data(data, "points", terms, "trust")
            x, y = used.x.to_numpy(), used.numbers()
            together = float(np.linalg.lstsq(x, y, rcond=None)[0][1])
            assert used.clusters is not None  # asked for by name
            codes, known = pd.factorize(used.clusters)
            without = np.array(
                [np.linalg.lstsq(x[codes != g], y[codes != g], rcond=None)[0][1] for g in range(len(known))]
            )
            most = int(np.abs(without - together).argmax())
            about = {"skill_mix": mix, "date": date, "outcome": outcome, "estimate": together}
            span = {"low": without.min(), "high": without.max(), "most_influential": known[most]}
            turns = bool((np.sign(without) != np.sign(together)).any())
            found.append(about | span | {"without_it": without[most], "turns": turns, "n": len(known)})
    return pd.DataFrame(found)


def pair_without_each(
    rows: pd.DataFrame, skill_mix: str, outcome: str, pairs: int, date: str = "2018", level: float = 0.95
) -> pd.DataFrame:
    """Does the verdict on one pair hang on one trust? Its coefficient and p, fitted anew without each.

    `rows`, `date`, `level`: as in `fit_pairs`. `skill_mix`, `outcome`: the pair. `pairs`: how many were looked at.

    Returns one row per trust left out: left_out, estimate, low, high, p (CR2 t test), p_all (p times the pairs, 1 at most: Holm's
    adjustment for the smallest p of all, and never less than Holm's for another).

    Raises InputError for an unknown pair, or when it can't be fitted without one of the trusts.

    >>> rows = pd.DataFrame({"trust": list("abcdefghij"), "region": "A", "size_doublings": 12.0, "outcome": "autonomy"})
    >>> rows = rows.assign(year="2024", nurses_2018=np.arange(10) / 50, value=[.30, .31, .33, .33, .35, .34, .37, .37, .38, .45])
    >>> pair_without_each(rows, "nurses", "autonomy", pairs=2)[["p", "p_all"]].max().round(3).tolist()
    [0.019, 0.037]
    """
    mixes, outcomes = _mixes(rows, date), list(map(str, rows["outcome"].unique()))
    for asked, known in ((skill_mix, mixes), (outcome, outcomes)):
        if asked not in known:
            raise InputError(f"'{asked}' isn't in the table. {did_you_mean(asked, known)}")
    data, terms = _pair(rows, outcome, skill_mix, date)
    found = []
    for trust in data["trust"].unique():
        rest = data[data["trust"].ne(trust)]
        row = fit_functioning(rest, "points", terms, "trust", "linear", level, wild=[]).set_index("term").loc["share"]
        told = {name: float(row[name]) for name in ("estimate", "low", "high", "se", "df")}  # type: ignore[arg-type]
        p = float(2 * stats.t.sf(abs(told["estimate"] / told.pop("se")), told.pop("df")))
        found.append({"left_out": trust} | told | {"p": p, "p_all": min(1.0, p * pairs)})
    return pd.DataFrame(found)


def by_date(fits: Mapping[str, pd.DataFrame], checks: Mapping[str, ChanceCheck], below: float = 0.05) -> pd.DataFrame:
    """Does it matter of which date the staff groups are?

    `fits`: tables of `fit_pairs`, by date. `checks`: of `shuffled_pairs`, by date. `below`: what p_holm must be below.

    Returns one row per date: date, trusts, pairs, stand (pairs with p_holm below that), and what shuffling says (observed,
    expected, low, high, p_as_many).

    Raises InputError when the two aren't of the same dates.

    >>> rows = pd.DataFrame({"trust": list("abcdefghij"), "region": "A", "size_doublings": 12.0, "outcome": "autonomy"})
    >>> rows = rows.assign(year="2024", nurses_2018=np.arange(10) / 50, value=[.30, .31, .33, .33, .35, .34, .37, .37, .38, .45])
    >>> fits, checks = fit_pairs(rows, checks=False), shuffled_pairs(rows, np.random.default_rng(1), shuffles=99)
    >>> by_date({"2018": fits}, {"2018": checks})[["date", "trusts", "pairs", "stand", "observed"]].values.tolist()
    [['2018', 10, 1, 1, 1]]
    """
    if list(fits) != list(checks):
        raise InputError(f"There are fits of {', '.join(fits)} and shuffles of {', '.join(checks)}: give both of each.")
    rows = []
    for date, pairs in fits.items():
        told = checks[date].counts.iloc[0]
        shuffled = {name: told[name] for name in ("pairs", "observed", "expected", "low", "high", "p_as_many")}
        stand = int(pairs["p_holm"].lt(below).sum())
        rows.append({"date": date, "trusts": int(pairs["clusters"].max()), "stand": stand} | shuffled)
    return pd.DataFrame(rows)


@dataclass(frozen=True, eq=False)
class ChanceCheck:
    """What pairs would look like if skill mix had nothing to do with outcomes.

    - pairs: one row per pair: skill_mix, date, outcome, t (CR1), p_shuffled (share of shuffles with a |t| as large in
      the same pair), p_any (in any pair: adjusted for having looked at all);
    - counts: one row: pairs, observed (pairs with p below 0.05 by a t test with CR1: the usual variance by trust, without
      CR2's correction for few trusts), nominal (0.05 of the pairs: what such a test promises), expected (mean over
      shuffles; above the nominal where the test is too ready), low, high (their middle 95%), p_as_many (share of
      shuffles with as many or more), shuffles, method.
    """

    pairs: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)


def shuffled_pairs(
    rows: pd.DataFrame, rng: np.random.Generator, date: str = "2018", shuffles: int = 999
) -> ChanceCheck:
    """How many pairs would look notable if the skill mix of trusts had nothing to do with their outcomes?

    `rows`, `date`: as in `fit_pairs`. `shuffles`: how often whole skill mixes are dealt out anew among the trusts of a
    region. Outcomes of a trust, its region, size and years stay together, and so do its shares.

    Returns ChanceCheck; the data themselves count as one shuffle in every p. Raises InputError as `fit_pairs` does, when
    a pair can't be fitted, and for fewer than 99 shuffles.

    Source: Westfall and Young 1993, Resampling-Based Multiple Testing (single-step max T); the shuffle treats trusts of a
    region as exchangeable, whatever their size.

    >>> rows = pd.DataFrame({"trust": list("abcdefghij"), "region": "A", "size_doublings": 12.0, "outcome": "autonomy"})
    >>> rows = rows.assign(year="2024", nurses_2018=np.arange(10) / 50, value=[.30, .31, .33, .33, .35, .34, .37, .37, .38, .45])
    >>> found = shuffled_pairs(rows, np.random.default_rng(1), shuffles=99)
    >>> found.pairs[["skill_mix", "outcome", "p_any"]].values.tolist()  # no shuffle gives as large a t: 1 of 99 + 1
    [['nurses', 'autonomy', 0.01]]
    """
    if shuffles < 99:
        raise InputError(f"shuffles: {shuffles} are too few for a p value: expected 99 or more.")
    mixes = _mixes(rows, date)
    columns = [f"{mix}_{date}" for mix in mixes]
    trusts = rows.drop_duplicates("trust").set_index("trust")[["region", *columns]].dropna()
    shares = trusts[columns].to_numpy() / STEP[date]
    regions = [np.flatnonzero(trusts["region"].eq(region)) for region in trusts["region"].unique()]
    dealt = np.tile(np.arange(len(trusts)), (shuffles + 1, 1))
    for order in dealt[1:]:  # the first is the data
        for members in regions:
            order[members] = rng.permutation(members)
    outcomes = list(dict.fromkeys(rows["outcome"]))
    for outcome in outcomes:  # what would break a model is named before it is fitted so many times
        for mix in mixes:
            data, terms = _pair(rows, outcome, mix, date)
            model_data(data, "points", terms, "trust")
    t = np.hstack([_t_values(rows[rows["outcome"].eq(outcome)], trusts.index, shares, dealt) for outcome in outcomes])
    size, df = np.abs(t), t.shape[1]
    as_large = size[1:] >= size[0] - 1e-9
    pairs = pd.DataFrame(
        [(mix, date, outcome) for outcome in outcomes for mix in mixes], columns=["skill_mix", "date", "outcome"]
    ).assign(
        t=t[0],
        p_shuffled=(1 + as_large.sum(axis=0)) / (shuffles + 1),
        p_any=(1 + (size[1:].max(axis=1)[:, np.newaxis] >= size[0] - 1e-9).sum(axis=0)) / (shuffles + 1),
    )
    used = [
        rows[rows["outcome"].eq(outcome) & rows["trust"].isin(trusts.index)]["trust"].nunique() for outcome in outcomes
    ]
    limits = np.repeat(stats.t.ppf(1 - _NOTABLE / 2, np.array(used) - 1), len(mixes))
    notable = (size > limits).sum(axis=1)
    counts = pd.DataFrame(
        {
            "pairs": [df],
            "observed": int(notable[0]),
            "nominal": _NOTABLE * df,
            "expected": float(notable[1:].mean()),
            "low": int(np.quantile(notable[1:], 0.025)),
            "high": int(np.quantile(notable[1:], 0.975)),
            "p_as_many": (1 + int((notable[1:] >= notable[0]).sum())) / (shuffles + 1),
            "shuffles": shuffles,
            "method": f"skill mixes shuffled within regions; t with CR1, p below {_NOTABLE}",
        }
    )
    return ChanceCheck(pairs, counts)


def _mixes(rows: pd.DataFrame, date: str) -> list[str]:
    if date not in STEP:
        raise InputError(f"date: '{date}' is unknown. {did_you_mean(date, STEP)}")
    ending = f"_{date}"
    mixes = [str(column).removesuffix(ending) for column in rows.columns if str(column).endswith(ending)]
    if not mixes or rows.empty:
        raise InputError(f"The table has no shares of {date} (columns such as nurses{ending}): see trust_panel.")
    return mixes


def _pair(rows: pd.DataFrame, outcome: str, mix: str, date: str) -> tuple[pd.DataFrame, list[str]]:
    """The rows of one outcome with one share (in steps) and the controls that vary among them."""
    data = rows[rows["outcome"].eq(outcome)]
    data = data.assign(points=100 * data["value"], share=data[f"{mix}_{date}"] / STEP[date]).dropna(
        subset=["points", "share"]
    )
    return data, ["share", *[name for name in _CONTROLS if len(data[name].unique()) > 1]]


def _random(data: pd.DataFrame, terms: list[str], level: float) -> dict[str, float]:
    if not data["trust"].duplicated().any():
        return {}
    found = fit_functioning(data, "points", terms, "trust", "random_intercept", level)
    row = found[found["term"].eq("share")].iloc[0]
    return {f"random_{name}": float(row[name]) for name in ("estimate", "low", "high")}


def _t_values(data: pd.DataFrame, trusts: pd.Index, shares: Floats, dealt: np.ndarray) -> Floats:
    """t of each share by itself, with CR1, for each deal of the shares among trusts: deals x shares."""
    data = data[data["trust"].isin(trusts)].dropna(subset=["value"])
    controls = [name for name in _CONTROLS if len(data[name].unique()) > 1]
    q = np.linalg.qr(design(data, controls).to_numpy())[0]
    y = 100 * data["value"].to_numpy()
    y = y - q @ (q.T @ y)
    at = trusts.get_indexer(pd.Index(data["trust"]))
    own = np.unique(at)
    together = (at == own[:, np.newaxis]).astype(float)
    n, k, clusters = len(y), q.shape[1] + 1, len(own)
    small = clusters / (clusters - 1) * (n - 1) / (n - k)
    made = np.empty((len(dealt), shares.shape[1]))
    for i, order in enumerate(dealt):
        x = shares[order][at]
        x = x - q @ (q.T @ x)
        squares = (x**2).sum(axis=0)
        estimate = x.T @ y / squares
        scores = together @ (x * (y[:, np.newaxis] - x * estimate))
        made[i] = estimate * squares / np.sqrt(small * (scores**2).sum(axis=0))
    return made

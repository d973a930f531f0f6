"""How well do coders agree? Every tool's agreement statistic for one coding, side by side, with intervals.

Qualitative tools each report another statistic under much the same name; this room computes them all from one table of
ratings, says what each means by chance, and never counts "no code applies" as missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from newroles.coding import chance_corrected as chance
from newroles.coding import pairs_of_coders as pairs
from newroles.coding import rating_scales as scales
from newroles.coding.distances import Floats
from newroles.coding.naming import label
from newroles.coding.rating_table import (
    LEVELS,
    NUMBER_LEVELS,
    SET_LEVELS,
    RatingTable,
    read_ratings,
)
from newroles.coding.resampling import resamples
from newroles.errors import InputError, did_you_mean

COLUMNS = ["statistic", "value", "se", "low", "high", "n_units", "n_coders", "note"]

# two coders who each give one category to 90 % of units agree by chance alone on 82 % (.9 x .9 + .1 x .1), so little is
# left for a kappa to reward: the paradox of Feinstein and Cicchetti 1990 (doi 10.1016/0895-4356(90)90158-L)
PREVALENT = 0.9

# from this share of units with a single rating, Gwet's standard errors are visibly too large (they count such units as
# if they varied in agreement); the bootstrap isn't touched
MANY_SINGLE = 0.1
# an interval from the resamples that happen to have a value says too little of the others once they are so many
MOST_UNDEFINED = 0.05

# tables of categories x categories stay under 130 MB
MOST_CATEGORIES = 4000

_UNORDERED = ("nominal", "ordinal", *NUMBER_LEVELS)
_ORDERED = ("ordinal", *NUMBER_LEVELS)


@dataclass(frozen=True)
class Statistic:
    """One agreement statistic: how it is computed, and for which ratings it means something.

    `corrected`: for chance, so not defined when all ratings are the same. `falls`: with one prevalent category.
    `complete`: only units that every coder rated count. `single_count`: units with a single rating enter the formula of
    the standard error. `tabled`: at these levels it needs a table of categories x
    categories.
    """

    estimate: Callable[[RatingTable, Floats], Floats]
    error: Callable[[RatingTable], float] | None = None
    levels: tuple[str, ...] = _UNORDERED
    corrected: bool = True
    falls: bool = False
    complete: bool = False
    two_coders: bool = False
    single_count: bool = False
    codes_given: bool = False
    tabled: tuple[str, ...] = ()


STATISTICS: dict[str, Statistic] = {
    "percent_agreement": Statistic(
        chance.percent_agreement, chance.percent_agreement_error, LEVELS, corrected=False, single_count=True
    ),
    "cohen_kappa": Statistic(
        pairs.cohen_kappa, pairs.cohen_kappa_error, falls=True, two_coders=True, tabled=_UNORDERED
    ),
    "cohen_kappa_linear": Statistic(
        pairs.cohen_kappa_linear, pairs.cohen_kappa_linear_error, _ORDERED, falls=True, two_coders=True, tabled=_ORDERED
    ),
    "cohen_kappa_quadratic": Statistic(
        pairs.cohen_kappa_quadratic,
        pairs.cohen_kappa_quadratic_error,
        _ORDERED,
        falls=True,
        two_coders=True,
        tabled=_ORDERED,
    ),
    "fleiss_kappa": Statistic(chance.fleiss_kappa, chance.fleiss_kappa_error, falls=True, single_count=True),
    "conger_kappa": Statistic(chance.conger_kappa, chance.conger_kappa_error, falls=True, single_count=True),
    "light_kappa": Statistic(pairs.light_kappa, falls=True),
    "brennan_prediger": Statistic(chance.brennan_prediger, chance.brennan_prediger_error, single_count=True),
    "gwet_ac1": Statistic(chance.gwet_ac1, chance.gwet_ac1_error, single_count=True),
    "gwet_ac2": Statistic(chance.gwet_ac2, chance.gwet_ac2_error, _ORDERED, single_count=True, tabled=_ORDERED),
    "krippendorff_alpha": Statistic(
        chance.krippendorff_alpha, chance.krippendorff_alpha_error, LEVELS, falls=True, tabled=("ratio", *SET_LEVELS)
    ),
    "holsti": Statistic(pairs.holsti, None, ("nominal", *SET_LEVELS), corrected=False),
    "f1": Statistic(pairs.f1, None, ("nominal", *SET_LEVELS), corrected=False, codes_given=True),
    "icc_1": Statistic(scales.icc_1, None, NUMBER_LEVELS, complete=True),
    "icc_a1": Statistic(scales.icc_a1, None, NUMBER_LEVELS, complete=True),
    "icc_ak": Statistic(scales.icc_ak, None, NUMBER_LEVELS, complete=True),
    "icc_c1": Statistic(scales.icc_c1, None, NUMBER_LEVELS, complete=True),
    "icc_ck": Statistic(scales.icc_ck, None, NUMBER_LEVELS, complete=True),
    "kendall_w": Statistic(scales.kendall_w, None, _ORDERED, complete=True),
}

# a name that stands for several forms, of which a report must say which it means
FAMILIES = {"icc": ["icc_a1", "icc_ak", "icc_c1", "icc_ck"]}


def agreement(
    ratings: pd.DataFrame,
    statistics: str | Iterable[str] = "all",
    level: str = "nominal",
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How well do the coders agree, by every statistic that the ratings allow?

    `ratings` has one row a unit (a role, a segment, a sentence) and one column a coder; a cell is the coder's rating
    and blank where that coder didn't code that unit. What a cell holds depends on `level`:

    - "nominal": a category, or 1 and 0 for a code given and not given;
    - "ordinal": numbers, or an ordered categorical; "interval" and "ratio": numbers;
    - "masi" and "jaccard": a frozenset of codes. An empty one says that no code applies, which is a rating: it is at
      distance 0 from another empty set and 1 from any other set.

    Categories that a categorical column declares count even when nobody used them (in brennan_prediger and gwet_ac1,
    chance depends on how many there are); otherwise the categories are those that occur.

    `statistics` is "all" (those that apply), a name, or a list of names:

    - percent_agreement: mean share of agreeing pairs of coders; identical sets for label sets;
    - cohen_kappa, cohen_kappa_linear, cohen_kappa_quadratic: two coders, over the units that both rated;
    - fleiss_kappa, conger_kappa, light_kappa, brennan_prediger, gwet_ac1: any number of coders, order ignored;
    - gwet_ac2: with linear weights for ordinal, quadratic for interval and ratio;
    - krippendorff_alpha: with the distance of the level;
    - holsti, f1: of codes given, mean of pairs of coders; f1 for 1 and 0 and for label sets;
    - icc_1, icc_a1, icc_ak, icc_c1, icc_ck: McGraw and Wong's ICC(1), ICC(A,1), ICC(A,k), ICC(C,1), ICC(C,k), which
      are Shrout and Fleiss' ICC(1,1), ICC(2,1), ICC(2,k), ICC(3,1), ICC(3,k), and kendall_w: units rated by every coder.
      "icc" asks for the four two-way forms.

    Returns one row a statistic: statistic, value, se (Gwet's formula; the asymptotic one of statsmodels for Cohen's
    kappas; else the bootstrap's), low and high (95 %, percentiles of `n_boot` resamples of units; blank for n_boot=0),
    n_units (rated by at least two coders, or by all where only those count), n_coders (with any rating), note (why a
    value is blank; a warning when one category prevails, or when many units with a single rating make Gwet's formula too
    large; resamples left out).

    Raises InputError for an unknown level or statistic, a statistic asked for by name that these ratings don't allow
    (saying why), and ratings that can't be used (see read_ratings).

    Source: of each statistic, at its function in chance_corrected, pairs_of_coders and rating_scales; all equal R (irr
    0.84.1, irrCAC 1.0, vcd 1.4-11) on the reference cases. irr's kripp.alpha itself is wrong for three or more coders
    without missing ratings; it isn't followed there.

    >>> import numpy as np, pandas as pd
    >>> coded = pd.DataFrame({"ann": ["a", "a", "b", "b", "c"], "bo": ["a", "b", "b", "b", np.nan]})
    >>> agreement(coded, ["percent_agreement", "cohen_kappa"], n_boot=0)[["statistic", "value", "n_units"]]
               statistic  value  n_units
    0  percent_agreement   0.75        4
    1        cohen_kappa   0.50        4
    """
    table = read_ratings(ratings, level)
    names = chosen(statistics, table)
    if n_boot < 0 or n_boot != int(n_boot):
        raise InputError(f"n_boot={n_boot}: expected a whole number of resamples; 0 leaves the intervals out.")
    rng = np.random.default_rng(rng)  # a Generator stays itself; a seed makes one
    width = len(table.categories) * (len(table.coders) + 2)
    replicates = replicate(table, names, resamples(table.times, int(n_boot), rng, width))
    return pd.DataFrame([summary(name, table, replicates[name]) for name in names], columns=COLUMNS)


def chosen(statistics: str | Iterable[str], table: RatingTable) -> list[str]:
    """Which statistics are meant? Checked against what the ratings allow."""
    if isinstance(statistics, str) and statistics == "all":
        return [name for name in STATISTICS if why_not(name, table) is None]
    wanted = [statistics] if isinstance(statistics, str) else list(statistics)
    names = [name for asked in wanted for name in FAMILIES.get(asked, [asked])]
    for name in names:
        if name not in STATISTICS:
            raise InputError(
                f"There is no agreement statistic {name!r}. {did_you_mean(str(name), [*STATISTICS, *FAMILIES, 'all'])}"
            )
        reason = why_not(name, table)
        if reason is not None:
            raise InputError(f"{name} can't be computed: {reason}")
    return list(dict.fromkeys(names))


def why_not(name: str, table: RatingTable) -> str | None:
    """Why does this statistic mean nothing for these ratings? None when it does."""
    statistic, coders = STATISTICS[name], len(table.coders)
    if table.level not in statistic.levels:
        also = " For unordered categories AC1 is the same." if name == "gwet_ac2" and table.level == "nominal" else ""
        return f"it is for level {', '.join(statistic.levels)}, and these ratings are {table.level}.{also}"
    if statistic.two_coders and coders != 2:
        return (
            f"it compares two coders, and these are {coders}. Select two columns, or use light_kappa (the mean over pairs) "
            "or conger_kappa (its form for several coders)."
        )
    if statistic.codes_given and not table.binary and table.members is None:
        return "it needs 1 and 0 (code given, not given) or label sets, and these ratings have other categories."
    if statistic.complete and table.times @ table.complete < 2:
        return "it needs at least two units that every coder rated."
    if table.level in statistic.tabled and len(table.categories) > MOST_CATEGORIES:
        return (
            f"{len(table.categories)} different ratings are too many for a table of them (at most {MOST_CATEGORIES})."
        )
    return None


def replicate(table: RatingTable, names: list[str], draws: Iterable[Floats]) -> dict[str, Floats]:
    """The statistics of each resample of the units."""
    found: dict[str, list[Floats]] = {name: [] for name in names}
    with np.errstate(divide="ignore", invalid="ignore"):
        for batch in draws:
            for name in names:
                found[name].append(STATISTICS[name].estimate(table, batch))
    return {name: np.concatenate(values) if values else np.empty(0) for name, values in found.items()}


def summary(name: str, table: RatingTable, replicates: Floats, use_formula: bool = True) -> dict[str, object]:
    """One row of the table of agreement."""
    statistic = STATISTICS[name]
    n_units = round(float(table.times @ table.complete)) if statistic.complete else table.n_units
    used = int((table.counts @ (table.times * table.pairable) > 0).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(statistic.estimate(table, table.times[:, None])[0])
        if statistic.corrected and used == 1:
            value = math.nan
        known = not math.isnan(value) and n_units > 1
        defined = replicates[~np.isnan(replicates)] if known else np.empty(0)
        formula = statistic.error if use_formula and known else None
        se = formula(table) if formula else math.nan
    undefined = len(replicates) - len(defined)
    shown = len(defined) > 1 and undefined <= MOST_UNDEFINED * len(replicates)
    if math.isnan(se) and shown:
        se = float(defined.std(ddof=1))
    low, high = np.percentile(defined, [2.5, 97.5]) if shown else (math.nan, math.nan)
    notes = _notes(name, table, value, used)
    if not math.isnan(value) and n_units < 2:
        notes.append("a single unit: no standard error, no interval")
    elif not math.isnan(value) and undefined:
        told = f"{undefined} of {len(replicates)} resamples left out: not defined in them"
        notes.append(told if shown else f"no interval: not defined in {undefined} of {len(replicates)} resamples")
        if formula and not shown:
            notes.append("nor is this se to be relied on, since so little varies")
    single = float(table.times @ (table.n_ratings == 1)) / table.times.sum()
    if formula and statistic.single_count and single > MANY_SINGLE:
        instead = "rely on low and high" if shown else "an interval from resamples (n_boot) would say more"
        notes.append(f"{single:.0%} of units have a single rating, which makes this se too large: {instead}")
    note = "; ".join(notes)
    return dict(zip(COLUMNS, [name, value, se, low, high, n_units, len(table.coders), note], strict=True))


def _notes(name: str, table: RatingTable, value: float, used: int) -> list[str]:
    """Why a value is blank, or what a reader should know about the ratings; `used` categories occur."""
    statistic = STATISTICS[name]
    if math.isnan(value):
        if not statistic.corrected:
            return ["not defined: nobody gave a code"]
        if used == 1:
            return ["one category only: agreement beyond chance isn't defined"]
        return ["not defined: the ratings don't vary enough"]
    top = int(table.category_shares.argmax())
    if not statistic.falls or table.category_shares[top] <= PREVALENT:
        return []
    compare = "percent_agreement" if table.level in SET_LEVELS else "gwet_ac1"
    return [
        f"{label(table.categories[top])} takes {table.category_shares[top]:.0%} of ratings, which makes kappa-type statistics "
        f"fall: compare with {compare}"
    ]

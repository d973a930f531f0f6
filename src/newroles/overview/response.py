"""Who answered: by region, by sector or any other grouping of the frame, compared with chance."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
from scipy import stats

from newroles.errors import InputError
from newroles.overview.frame import checked_frame, group_names, known_numbers, size_groups
from newroles.overview.intervals import bounds, finite_population_interval, require_level, require_possible
from newroles.overview.small_numbers import Rule, protects, shown_count

BY_SIZE = "Size, in whole-time equivalents"
SECTORS = {
    "nhs": "NHS",
    "vcse": "voluntary sector",
    "independent": "independent provider",
    "local_authority": "local authority",
}
"""What the sectors of a frame are called where readers meet them."""


def response_by(trusts: pd.DataFrame, by: str = "region", level: float = 0.95) -> pd.DataFrame:
    """Which share of trusts took part, by region, and how far could chance alone have moved it?

    trusts: one row a trust; columns `by` (region, sector, or any other grouping) and `responded` (boolean). Trusts
    whose group is blank are a group of their own, "not known".
    Returns one row a group, in order of first appearance: `by`, responded (trusts), n (trusts in the frame), estimate
    (share, 0-1; a complete count, without sampling error), chance_low and chance_high (trusts): the central `level`
    range of the number that would respond if the same total had been drawn at random from all trusts (hypergeometric),
    and method.
    Raises InputError when a column is missing, `responded` holds anything but true and false, or a trust is listed
    twice.

    >>> frame = pd.DataFrame({"sector": ["nhs", "nhs", "vcse"], "responded": [True, False, False]})
    >>> response_by(frame, by="sector")[["sector", "responded", "n", "estimate"]].values.tolist()
    [['nhs', 1, 2, 0.5], ['vcse', 0, 1, 0.0]]
    """
    checked_frame(trusts, [by])
    named = trusts.assign(**{by: group_names(trusts[by])})
    counted = named.groupby(by, sort=False).agg(responded=("responded", "sum"), n=("responded", "size")).reset_index()
    return _with_chance(counted, level)


def participation(counts: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """As `response_by`, from published counts: one row a region, columns region, participated, trusts_in_region.

    Raises InputError for a missing column, a blank, and counts that can't be.
    """
    missing = [c for c in ("region", "participated", "trusts_in_region") if c not in counts.columns]
    if missing:
        raise InputError(f"The participation table has no column {', '.join(missing)}.")
    for column in ("participated", "trusts_in_region"):
        numbers = pd.to_numeric(counts[column], errors="coerce")
        if numbers.isna().any():
            row = int(numbers.isna().to_numpy().argmax())
            raise InputError(
                f"Row {row + 1} of the participation table ({counts['region'].iloc[row]}) has no number under {column}: "
                "write how many trusts it were, or leave the region out."
            )
    counted = counts.rename(columns={"participated": "responded", "trusts_in_region": "n"})[
        ["region", "responded", "n"]
    ]
    return _with_chance(counted.reset_index(drop=True), level)


def region_ranges(counts: pd.DataFrame, share: float = 0.5, level: float = 0.95) -> pd.DataFrame:
    """What can a region's answers say about all its trusts?

    counts: one row a region, as `participation` returns: region, responded, n. share: supposes that this share (0-1) of
    those that took part report a role, rounded to whole trusts.
    Returns one row a region: region, with_role (trusts that took part and have it), responded, n, and what follows for
    the n trusts of the region: low, high (`finite_population_interval`), bound_low, bound_high (`bounds`, in trusts)
    and method.
    Raises InputError when a share lies outside 0 to 1, or for impossible counts.
    """
    if not 0 <= share <= 1:
        raise InputError(f"The share of trusts that report the role lies between 0 and 1; it is {share}.")
    rows = []
    for region, responded, n in counts[["region", "responded", "n"]].itertuples(index=False):
        x = math.floor(share * responded + 0.5)
        low, high = finite_population_interval(x, responded, n, level)
        worst, best = (round(bound * n) for bound in bounds(x, responded, n))
        rows.append((region, x, responded, n, low, high, worst, best))
    columns = ["region", "with_role", "responded", "n", "low", "high", "bound_low", "bound_high"]
    return pd.DataFrame(rows, columns=columns).assign(
        method=f"hypergeometric interval, {level:.0%}; no-assumption bounds"
    )


def response_shown(answers: pd.DataFrame, rule: Rule | None = None) -> pd.DataFrame:
    """Who answered by group, without what chance would give where the number of all that answered is hidden.

    answers: as `response_by` returns it. rule: the study's small-number rule.

    >>> response_shown(pd.DataFrame({"responded": [1], "n": [2], "chance_low": [0]}))["chance_low"].tolist()
    [0]
    """
    if shown_count(int(answers["responded"].sum()), rule) is not None:
        return answers
    return answers.assign(chance_low=float("nan"), chance_high=float("nan"))


def _with_chance(counted: pd.DataFrame, level: float) -> pd.DataFrame:
    require_level(level)
    n_frame, n_responded = int(counted["n"].sum()), int(counted["responded"].sum())
    for responded, n in zip(counted["responded"], counted["n"], strict=True):
        require_possible(responded, n, n_frame)
    chance = stats.hypergeom(n_frame, n_responded, counted["n"].to_numpy())
    low, high = chance.interval(level)
    return counted.assign(
        estimate=counted["responded"] / counted["n"],
        chance_low=low.astype(int),
        chance_high=high.astype(int),
        method=f"complete count; central {level:.0%} hypergeometric range",
    )


def coverage_words(trusts: pd.DataFrame, rule: Rule | None = None) -> str:
    """How many trusts answered, of how many, as it stands under every figure of the overview?

    trusts: the frame, one row a trust: trust, responded. rule: the study's small-number rule, under which both are
    counts like any other. Raises InputError for a trust that is listed twice.

    >>> coverage_words(pd.DataFrame({"trust": ["A", "B", "C"], "responded": [True, True, False]}))
    '2 of 3 trusts answered (67%).'
    """
    checked_frame(trusts, ["trust"])
    n, N = int(trusts["responded"].sum()), len(trusts)
    if not N:
        return "There is no trust in the frame."
    if not protects(rule):
        return f"{n} of {N} trusts answered ({n / N:.0%})."
    shown_n, shown_N = shown_count(n, rule), shown_count(N, rule)
    if shown_N is None:
        return "How many trusts answered isn't shown: the frame is of few trusts."
    if shown_n is None:
        return f"Of {shown_N} trusts, few answered; their number isn't shown."
    about = "About " if rule is not None and rule.round_to > 1 else ""
    return f"{about}{shown_n} of {shown_N} trusts answered ({shown_n / shown_N:.0%})."


def what_answers_carry(
    answered: int, in_frame: int, shares: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9), level: float = 0.95
) -> pd.DataFrame:
    """If a given share of those that answered report a role, what follows for all trusts of the frame?

    answered, in_frame: numbers of trusts. shares: of those that answered (0-1), rounded to whole trusts.

    Returns one row a share: code (the supposition in words), x, n, N, estimate, low, high, bound_low, bound_high (shares
    of all trusts, as in `adoption`) and method. Raises InputError when more answered than there are.

    >>> what_answers_carry(31, 51, (0.5,))[["x", "n", "N", "low", "high"]].round(2).values.tolist()
    [[16.0, 31.0, 51.0, 0.41, 0.63]]
    """
    if not 0 < answered <= in_frame:
        raise InputError(f"{answered} of {in_frame} trusts can't have answered: expected 1 to {in_frame}.")
    rows = []
    for share in shares:
        x = math.floor(share * answered + 0.5)
        low, high = finite_population_interval(x, answered, in_frame, level)
        worst, best = bounds(x, answered, in_frame)
        row = {"code": f"Reported by {x} of the {answered} that answered", "x": x, "n": answered, "N": in_frame}
        row |= {"estimate": x / answered, "low": low / in_frame, "high": high / in_frame}
        rows.append(
            row
            | {
                "bound_low": worst,
                "bound_high": best,
                "method": f"hypergeometric interval, {level:.0%}; no-assumption bounds",
            }
        )
    return pd.DataFrame(rows)


def response_by_size(
    trusts: pd.DataFrame, groups: int = 3, level: float = 0.95, rule: Rule | None = None
) -> pd.DataFrame:
    """Did small trusts answer as often as large ones?

    trusts: the frame: trust, responded and wte (staff in whole-time equivalents; a blank one is a group of its own).
    groups: how many groups of like size; fewer where too many trusts are of one size. rule: the study's small-number
    rule; under one, groups begin and end at rounded sizes instead of those of single trusts.

    Returns what `response_by` does, one row a group from the smallest, with the column size: its range in words. No rows
    when the size of no trust is known. Raises InputError for a size that is no finite number.

    >>> frame = pd.DataFrame({"trust": list("ABC"), "responded": [False, True, True], "wte": [400.0, 900.0, 2500.0]})
    >>> response_by_size(frame)[["size", "responded", "n"]].values.tolist()
    [['400', 0, 1], ['900', 1, 1], ['2,500', 1, 1]]
    """
    if "wte" not in trusts.columns or trusts["wte"].isna().all():
        return pd.DataFrame(columns=["size", "responded", "n", "estimate", "chance_low", "chance_high", "method"])
    known = trusts[trusts["wte"].notna()]
    known_numbers(known, "wte")
    if protects(rule):
        words_of = _rounded_groups(known["wte"].astype(float), groups)
        named = trusts.assign(size=words_of.reindex(trusts.index).fillna("not known"))
        return response_by(named.sort_values("wte", kind="stable"), "size", level)
    edges = [
        known["wte"].quantile([i / number for i in range(number + 1)]).nunique()
        for number in range(groups + 1)
        if number
    ]
    possible = max((number for number, different in enumerate(edges, start=1) if different > number), default=1)
    group = size_groups(known, "wte", possible) if possible > 1 else pd.Series("all", index=known.index)
    ends = known["wte"].groupby(group).agg(["min", "max"])
    words = {
        name: f"{low:,.0f}" + (f" to {high:,.0f}" if high > low else "")
        for name, low, high in ends.itertuples(name=None)
    }
    named = trusts.assign(size=group.map(words).reindex(trusts.index).fillna("not known"))
    return response_by(named.sort_values("wte", kind="stable"), "size", level)


def _rounded_groups(sizes: pd.Series, groups: int) -> pd.Series:
    """The group of each size, in words; limits between groups are quantiles, rounded to one figure."""
    inner = [float(sizes.quantile(i / groups)) for i in range(1, groups)]
    limits = sorted({float(f"{limit:.1g}") for limit in inner})
    names = [f"up to {limits[0]:,.0f}", *(f"{a:,.0f} to {b:,.0f}" for a, b in itertools.pairwise(limits))]
    names.append(f"above {limits[-1]:,.0f}")
    place = np.searchsorted(limits, sizes.to_numpy(float), side="left")
    return pd.Series([names[i] for i in place], index=sizes.index, dtype="str")


def response_by_group(trusts: pd.DataFrame, level: float = 0.95, rule: Rule | None = None) -> pd.DataFrame:
    """Did some kinds of organisation answer more often than others, and did large ones?

    trusts: the frame: trust, responded; sector and wte where they are known. rule: see `response_by_size`.

    Returns one row a group: by (kind of organisation, or size in whole-time equivalents), group, and the further columns
    of `response_by`. A grouping that the frame doesn't have gives no rows.

    >>> frame = pd.DataFrame({"trust": list("AB"), "responded": [False, True], "sector": ["nhs", "vcse"]})
    >>> response_by_group(frame)[["by", "group", "responded", "n"]].values.tolist()
    [['Kind of organisation', 'NHS', 0, 1], ['Kind of organisation', 'voluntary sector', 1, 1]]
    """
    tables = []
    if "sector" in trusts.columns:
        sectors = response_by(trusts, "sector", level).rename(columns={"sector": "group"})
        sectors["group"] = sectors["group"].map(SECTORS).fillna(sectors["group"])
        tables.append(sectors.assign(by="Kind of organisation"))
    sizes = response_by_size(trusts, level=level, rule=rule).rename(columns={"size": "group"})
    if len(sizes):
        tables.append(sizes.assign(by=BY_SIZE))
    columns = ["by", "group", "responded", "n", "estimate", "chance_low", "chance_high", "method"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def difference_in_response(by_size: pd.DataFrame) -> str:
    """Did large trusts answer more often than small ones, in a sentence?

    by_size: as `response_by_size` returns it, with shares blank where a small-number rule hides them; or the table of
    `response_by_group`, of which the rows by size are taken. With fewer than two groups the sentence says that nothing
    can be said.

    >>> table = pd.DataFrame({"size": ["400", "2,500"], "responded": [1, 2], "n": [4, 2], "estimate": [0.25, 1.0]})
    >>> difference_in_response(table)
    'Of the smallest trusts 25% answered, of the largest 100%.'
    """
    if "by" in by_size.columns:
        by_size = by_size[by_size["by"].eq(BY_SIZE)].rename(columns={"group": "size"})
    known = by_size[by_size["size"].ne("not known")] if len(by_size) else by_size
    if len(known) < 2:
        return "The frame doesn't say enough about the size of trusts to tell whether small ones answered as often as large ones."
    first, last = known.iloc[0], known.iloc[-1]
    if pd.isna(first["estimate"]) or pd.isna(last["estimate"]):
        return "Whether small trusts answered as often as large ones isn't told under this study's small-number rule."
    return f"Of the smallest trusts {first['estimate']:.0%} answered, of the largest {last['estimate']:.0%}."

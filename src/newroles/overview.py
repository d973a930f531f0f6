"""The national picture, always with its coverage: what the trusts that answered can and can't say about all trusts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
from scipy import stats

from newroles.errors import InputError, did_you_mean


def finite_population_interval(x: int, n: int, N: int, level: float = 0.95) -> tuple[int, int]:
    """How many of all N trusts have a role, when x of the n that answered have it?

    The interval holds every count K for which finding x in n is not surprising in either direction: both
    one-sided hypergeometric tail probabilities exceed (1 - level) / 2. It is the finite-population analogue of
    Clopper and Pearson's interval, so it covers at least `level` when those who answered are a random sample,
    and it says nothing about who stayed away for a reason (see `bounds`).

    x: trusts with the role among those that answered; n: trusts that answered; N: trusts in the frame.
    Returns (low, high), whole trusts between x and N - (n - x).
    Raises InputError for an impossible input: not 0 <= x <= n <= N, N of 0, or a level outside 0 to 1.

    Source: inversion of the two one-sided hypergeometric tests, the "exact" interval of R's samplingbook::Sprop.

    >>> finite_population_interval(5, 31, 51)
    (5, 14)
    """
    _possible(x, n, N)
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    tail = (1 - level) / 2
    possible = range(x, N - (n - x) + 1)
    inside = [
        K for K in possible if stats.hypergeom.sf(x - 1, N, K, n) > tail and stats.hypergeom.cdf(x, N, K, n) > tail
    ]
    return inside[0], inside[-1]


def bounds(x: int, n: int, N: int) -> tuple[float, float]:
    """What share of all N trusts has a role, if nothing is assumed about the trusts that didn't answer?

    The low end supposes that none of them has it, the high end that all do. Nothing narrower can be said without an
    assumption. Returns two shares (0-1). Raises InputError for an impossible input.

    Source: the no-assumption bounds of Manski (1989), Anatomy of the Selection Problem, Journal of Human Resources.

    >>> [round(share, 3) for share in bounds(5, 31, 51)]
    [0.098, 0.49]
    """
    _possible(x, n, N)
    return x / N, (x + N - n) / N


def response_by(trusts: pd.DataFrame, by: str = "region", level: float = 0.95) -> pd.DataFrame:
    """Which share of trusts took part, by region, and how far could chance alone have moved it?

    trusts: one row a trust; columns `by` and `responded` (boolean).
    Returns one row a group, in order of first appearance: `by`, responded (trusts), n (trusts in the frame),
    estimate (share, 0-1; a complete count, without sampling error), chance_low and chance_high (trusts): the central
    `level` range of the number that would respond if the same total had been drawn at random from all trusts
    (hypergeometric), and method.
    Raises InputError when a column is missing, or `responded` holds anything but true and false.
    """
    missing = [column for column in (by, "responded") if column not in trusts.columns]
    if missing:
        raise InputError(f"The table of trusts has no column {', '.join(missing)}; it has {', '.join(trusts.columns)}.")
    if not pd.api.types.is_bool_dtype(trusts["responded"]) or trusts["responded"].isna().any():
        raise InputError("The column responded must say true or false for each trust; a blank or a word is neither.")
    counted = trusts.groupby(by, sort=False).agg(responded=("responded", "sum"), n=("responded", "size")).reset_index()
    return _with_chance(counted, level)


def participation(counts: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """As `response_by`, from published counts: one row a region, columns region, participated, trusts_in_region."""
    missing = [c for c in ("region", "participated", "trusts_in_region") if c not in counts.columns]
    if missing:
        raise InputError(f"The participation table has no column {', '.join(missing)}.")
    counted = counts.rename(columns={"participated": "responded", "trusts_in_region": "n"})[
        ["region", "responded", "n"]
    ]
    return _with_chance(counted.reset_index(drop=True), level)


def region_ranges(counts: pd.DataFrame, share: float = 0.5, level: float = 0.95) -> pd.DataFrame:
    """What can a region's answers say about all its trusts?

    counts: one row a region, as `participation` returns: region, responded, n. share: supposes that this share (0-1) of those
    that took part report a role, rounded to whole trusts.
    Returns one row a region: region, with_role (trusts that took part and have it), responded, n, and what follows for the n
    trusts of the region: low, high (`finite_population_interval`), bound_low, bound_high (`bounds`, in trusts) and method.
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


def advertised_roles(job_adverts: pd.DataFrame, names: pd.Series, counted: str = "titled") -> pd.DataFrame:
    """Which roles do employers advertise, most often first?

    job_adverts: the open table of that name, one row a role. names: role id to name, for the roles to keep. counted: `titled`
    (the advert's title names the role) or `described` (its description does).
    Returns the rows of those roles with the further columns name and method, ordered by the count and then by name.
    Raises InputError when `counted` is another word.
    """
    if counted not in ("titled", "described"):
        raise InputError(
            f"Adverts are counted by title or description. {did_you_mean(counted, ['titled', 'described'])}"
        )
    kept = job_adverts[job_adverts["role"].isin(names.index)]
    kept = kept.assign(name=kept["role"].map(names), method="exact binomial interval, 95%")
    return kept.sort_values([counted, "name"], ascending=[False, True], ignore_index=True)


def dated_numbers(role_figures: pd.DataFrame, names: pd.Series, measures: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Which published counts, targets and forecasts of a role can be put on a time axis?

    role_figures: the published table of that name, one row a number. names: role id to name. measures: for each role, the
    measures to keep.
    Returns one row a dated number, roles in the order of `measures`, then by date: role, name, measure, kind, value, qualifier,
    unit, date (the period's end where it has one), period_label, scope, source_name, confidence.
    Raises InputError for a role or measure that the table doesn't have.
    """
    parts = []
    for role, wanted in measures.items():
        of_role = role_figures[role_figures["role"] == role]
        for measure in wanted:
            if measure not in set(of_role["measure"]):
                raise InputError(
                    f"No published figure of {role} measures '{measure}'. {did_you_mean(measure, of_role['measure'])}"
                )
        kept = of_role[of_role["measure"].isin(wanted) & of_role["date"].notna() & of_role["value"].notna()]
        parts.append(kept.assign(date=kept["period_end"].fillna(kept["date"])).sort_values("date", kind="stable"))
    table = pd.concat(parts, ignore_index=True)
    table.insert(1, "name", table["role"].map(names))
    columns = [
        "role",
        "name",
        "measure",
        "kind",
        "value",
        "qualifier",
        "unit",
        "date",
        "period_label",
        "scope",
        "source_name",
        "confidence",
    ]
    return table[columns]


def national_targets(workforce_targets: pd.DataFrame, groups: Sequence[str]) -> pd.DataFrame:
    """Which targets have been set nationally for these groups, in words?

    workforce_targets: the published table of that name, one row a number. groups: the groups of staff to keep, as that
    table names them.
    Returns one row a target: plan (with its year), group, target ("over 6,500 staff"), what (in post, additional staff, ...),
    by, source, confidence. Raises InputError for a group that the table doesn't have.
    """
    known = set(workforce_targets["group"])
    for group in groups:
        if group not in known:
            raise InputError(f"No national target is for '{group}'. {did_you_mean(group, known)}")
    kept = workforce_targets[workforce_targets["group"].isin(groups) & workforce_targets["kind"].eq("target")]
    numbers = [
        f"{value:.0%}" if unit == "share" else f"{value:,.0f} {unit}"
        for value, unit in zip(kept["value"], kept["unit"], strict=True)
    ]
    years = (" (" + kept["published"] + ")").fillna("")
    return pd.DataFrame(
        {
            "plan": kept["plan"] + years,
            "group": kept["group"],
            "target": (kept["qualifier"].fillna("") + " " + pd.Series(numbers, index=kept.index)).str.strip(),
            "what": kept["measure"].str.replace("_", " "),
            "by": kept["by_label"],
            "source": kept["source_name"],
            "confidence": kept["confidence"],
        }
    ).reset_index(drop=True)


def _with_chance(counted: pd.DataFrame, level: float) -> pd.DataFrame:
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    n_frame, n_responded = int(counted["n"].sum()), int(counted["responded"].sum())
    for responded, n in zip(counted["responded"], counted["n"], strict=True):
        _possible(responded, n, n_frame)
    chance = stats.hypergeom(n_frame, n_responded, counted["n"].to_numpy())
    low, high = chance.interval(level)
    return counted.assign(
        estimate=counted["responded"] / counted["n"],
        chance_low=low.astype(int),
        chance_high=high.astype(int),
        method=f"complete count; central {level:.0%} hypergeometric range",
    )


def _possible(x: int, n: int, N: int) -> None:
    if any(int(v) != v for v in (x, n, N)):
        raise InputError(f"Counts of trusts must be whole numbers; got x={x}, n={n}, N={N}.")
    if N < 1 or not 0 <= x <= n <= N:
        raise InputError(
            f"Impossible counts: x={x} trusts with the role, n={n} that answered, N={N} in the frame; expected 0 <= x <= n <= N and N at least 1."
        )

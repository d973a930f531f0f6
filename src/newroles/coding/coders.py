"""Does agreement hang on one coder, change from round to round, or reach an agreed standard?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from newroles.coding.label_sets import ratings_from_codings, ratings_per_code, without_adjudications
from newroles.coding.naming import label, quoted
from newroles.coding.rating_table import SET_LEVELS
from newroles.coding.reliability import COLUMNS, agreement
from newroles.datasets.codings import yes_or_no
from newroles.errors import InputError

_GOLD_COLUMNS = [
    "coder",
    "code",
    "n_units",
    "n_gold",
    "percent_agreement",
    "cohen_kappa",
    "sensitivity",
    "specificity",
    "f1",
]


def comparable_rounds(codings: pd.DataFrame) -> list[int]:
    """In which rounds can coders be compared, so that agreement beyond chance is defined?

    `codings`: the study's rows of one codebook and one kind of unit; adjudications don't count as a coder's.

    Returns the rounds, the first first, in which at least two units were coded by two coders or more, who between them
    gave at least two different sets of codes.

    >>> rows = [("u1", "ann", "warm", 1), ("u1", "bo", "warm", 1), ("u2", "ann", "glad", 1), ("u2", "bo", "warm", 1)]
    >>> codings = pd.DataFrame(rows, columns=["unit", "coder", "code", "value"])
    >>> codings = codings.assign(codebook="tone", unit_kind="segment", round=1)
    >>> comparable_rounds(codings), comparable_rounds(codings[codings["unit"] == "u1"])
    ([1], [])
    """
    own = without_adjudications(yes_or_no(codings))
    found = []
    for number in sorted(int(value) for value in own["round"].dropna().unique()):
        ratings = ratings_from_codings(own, round=number)
        shared = ratings[ratings.notna().sum(axis=1) >= 2]
        if len(shared) >= 2 and shared.melt()["value"].dropna().nunique() >= 2:
            found.append(number)
    return found


def leave_one_coder_out(
    ratings: pd.DataFrame,
    statistic: str = "krippendorff_alpha",
    level: str = "nominal",
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """How much would agreement change without each coder?

    `ratings`, `level`, `n_boot`, `rng` as in agreement(); `statistic` is one name.

    Returns one row with all coders (left_out blank), then one a coder left out: left_out, the columns of agreement(),
    and change (the value without the coder less the value with all; above 0 when the rest agree better). Blank where
    the coders left share no unit; the note says so.

    Raises InputError for fewer than three coders and as agreement() does.

    >>> import pandas as pd
    >>> coded = pd.DataFrame({"ann": list("aabbc"), "bo": list("aabbc"), "cy": list("abbac")})
    >>> leave_one_coder_out(coded, "percent_agreement", n_boot=0)[["left_out", "value", "change"]].round(2).values.tolist()
    [['', 0.73, 0.0], ['ann', 0.6, -0.13], ['bo', 0.6, -0.13], ['cy', 1.0, 0.27]]
    """
    rng = np.random.default_rng() if rng is None else rng
    coders = ratings.columns[ratings.notna().any()]
    if len(coders) < 3:
        raise InputError(
            f"Leaving a coder out needs at least three, so that two are left; these ratings have {len(coders)}."
        )
    tables = [agreement(ratings, statistic, level, n_boot, rng).assign(left_out="")]
    for coder in coders:
        rest = ratings.drop(columns=coder)
        if (rest.notna().sum(axis=1) >= 2).any():
            table = agreement(rest, statistic, level, n_boot, rng)
        else:
            table = tables[0].assign(value=np.nan, se=np.nan, low=np.nan, high=np.nan, n_units=0)
            table = table.assign(n_coders=len(coders) - 1, note="the other coders have no unit in common")
        tables.append(table.assign(left_out=str(coder)))
    found = pd.concat(tables, ignore_index=True)
    with_all = tables[0].set_index("statistic")["value"]
    found["change"] = found["value"] - found["statistic"].map(with_all)
    return found[["left_out", *COLUMNS[:-1], "change", "note"]]


def drift(
    ratings_by_round: Mapping[int, pd.DataFrame],
    statistic: str = "krippendorff_alpha",
    level: str = "nominal",
    n_boot: int = 1000,
    rng: np.random.Generator | None = None,
) -> pd.DataFrame:
    """Does agreement change from one round of coding to the next, and with whom?

    `ratings_by_round` gives each round's ratings, units x coders, in the order of the rounds. The rest as in
    agreement(); `statistic` is one name.

    Returns for each round a row for all coders together (coder blank) with the columns of agreement(), then one a coder:
    the mean of the statistic over that coder's pairs with the others (se, low and high blank; n_units counts the units
    shared with any of them). change is the value less that of the first round in which it is known. Rounds hold other
    units, so a change can also come from harder material: read the interval, and the gold set, before blaming a coder.

    Raises InputError for fewer than two rounds, and as agreement() does, naming the round.

    >>> import pandas as pd
    >>> first = pd.DataFrame({"ann": list("aabb"), "bo": list("aabb")})
    >>> later = pd.DataFrame({"ann": list("aabb"), "bo": list("abbb")})
    >>> found = drift({1: first, 2: later}, "percent_agreement", n_boot=0)
    >>> found.loc[found["coder"] == "", ["round", "value", "change"]].values.tolist()
    [[1.0, 1.0, 0.0], [2.0, 0.75, -0.25]]
    """
    if len(ratings_by_round) < 2:
        raise InputError(f"Drift needs at least two rounds of coding; there is {len(ratings_by_round)}.")
    rng = np.random.default_rng() if rng is None else rng
    tables = []
    for number, ratings in ratings_by_round.items():
        try:
            together = agreement(ratings, statistic, level, n_boot, rng)
            each = [_with_others(ratings, coder, statistic, level) for coder in ratings.columns[ratings.notna().any()]]
        except InputError as problem:
            raise InputError(f"Round {number}: {problem}") from None
        tables.append(pd.concat([together.assign(coder=""), *each], ignore_index=True).assign(round=number))
    found = pd.concat(tables, ignore_index=True)
    first_known = found.groupby(["coder", "statistic"])["value"].transform("first")
    found["change"] = found["value"] - first_known
    return found[["round", "coder", *COLUMNS[:-1], "change", "note"]]


def _with_others(ratings: pd.DataFrame, coder: str, statistic: str, level: str) -> pd.DataFrame:
    """The mean of a statistic over one coder's pairs with the others."""
    own = ratings[coder].notna()
    others = [c for c in ratings.columns if c != coder and (own & ratings[c].notna()).any()]
    pairs = [agreement(ratings[[coder, other]], statistic, level, n_boot=0) for other in others]
    if not pairs:
        blank = dict.fromkeys(COLUMNS, np.nan)
        note = "shares no unit with another coder"
        return pd.DataFrame(
            [{**blank, "statistic": statistic, "n_units": 0, "n_coders": 1, "note": note, "coder": coder}]
        )
    table = pairs[0].assign(se=np.nan, low=np.nan, high=np.nan, n_coders=len(others) + 1, coder=str(coder), note="")
    table["value"] = pd.concat([pair["value"] for pair in pairs], axis=1).mean(axis=1)
    table["n_units"] = int((own & ratings[others].notna().any(axis=1)).sum())
    return table


def against_gold(ratings: pd.DataFrame, gold: pd.Series, level: str = "nominal") -> pd.DataFrame:
    """How well does each coder, a trainee say, reproduce an agreed coding?

    `ratings` has one row a unit and one column a coder, blank where not coded; `gold` is the agreed coding of some of
    the units, with the same ids as index. Cells are categories (level "nominal", also 1 and 0) or frozensets of codes
    (level "masi" or "jaccard").

    Returns for each coder a row over all codes (code blank), then one a code: coder, code, n_units (coded by the coder
    and in the gold set), n_gold (units among them to which the gold set gives the code), percent_agreement (0 to 1;
    over all codes, the same category or the same set), cohen_kappa (blank over all codes for label sets), sensitivity
    (share of n_gold that the coder gave the code as well), specificity (share of the other units to which the coder
    didn't give it), f1. Over all codes of label sets, sensitivity, specificity and f1 add up units and codes. Blank
    where a share has no units. For 1 and 0 the code is 1.

    Raises InputError for other levels and for a gold set that shares no unit with the ratings.

    >>> import pandas as pd
    >>> coded = pd.DataFrame({"trainee": list("aabb")}, index=["u1", "u2", "u3", "u4"])
    >>> gold = pd.Series(list("abbb"), index=["u1", "u2", "u3", "u4"])
    >>> found = against_gold(coded, gold)
    >>> found[["code", "n_gold", "percent_agreement", "sensitivity", "specificity"]].round(2).values.tolist()
    [['', 4, 0.75, nan, nan], ['a', 1, 0.75, 1.0, 0.67], ['b', 3, 0.75, 0.67, 1.0]]
    """
    if level not in ("nominal", *SET_LEVELS):
        raise InputError(
            f"A gold set is compared for level nominal, masi or jaccard, not {level!r}; for ratings use agreement()."
        )
    if gold.index.has_duplicates:
        raise InputError(
            f"The gold set has unit {quoted(gold.index[gold.index.duplicated()][0])} twice; one agreed coding is needed."
        )
    gold = gold.dropna()
    shared = ratings.index[ratings.index.isin(gold.index)]
    if not len(shared):
        raise InputError(
            "The gold set shares no unit with the ratings. Check that both have the units' ids as index: "
            f"the gold set begins with {gold.index[:1].tolist()}, the ratings with {ratings.index[:1].tolist()}."
        )
    ratings, gold = ratings.loc[shared], gold.loc[shared]
    both = ratings.assign(**{"gold set": gold}).astype(object)
    if level == "nominal":
        values = sorted(pd.Series(both.to_numpy().ravel()).dropna().unique(), key=str)
        codes = [v for v in values if v == 1] if all(v in (0, 1) for v in values) else values
        given = {code: both.eq(code).astype(float).where(both.notna()) for code in codes}
    else:
        given = ratings_per_code(both)
    rows: list[dict[str, object]] = []
    for coder in ratings.columns:
        pair = both[[coder, "gold set"]].dropna()
        if len(pair):
            rows += _rows_of_coder(str(coder), pair, given, level)
    return pd.DataFrame(rows, columns=_GOLD_COLUMNS)


def _rows_of_coder(
    coder: str, pair: pd.DataFrame, given: Mapping[str, pd.DataFrame], level: str
) -> list[dict[str, object]]:
    tables: dict[str, np.ndarray] = {}
    for code, of_code in given.items():
        own, gold = (of_code.loc[pair.index, column].to_numpy(dtype=float) for column in pair.columns)
        tables[code] = np.array(
            [own @ gold, own @ (1 - gold), (1 - own) @ gold, (1 - own) @ (1 - gold)]
        )  # both, own only, gold only, neither
    same = float((pair.iloc[:, 0] == pair.iloc[:, 1]).mean())
    overall = {"coder": coder, "code": "", "n_units": len(pair), "n_gold": len(pair), "percent_agreement": same}
    if level == "nominal":
        overall["cohen_kappa"] = float(agreement(pair, "cohen_kappa", n_boot=0)["value"].iloc[0])
    elif tables:
        overall |= _rates(np.sum(list(tables.values()), axis=0))
    rows = [overall]
    for code, table in tables.items():
        agreed = {"percent_agreement": (table[0] + table[3]) / table.sum(), "cohen_kappa": _kappa(table)}
        in_gold = {"n_units": len(pair), "n_gold": int(table[0] + table[2])}
        rows.append({"coder": coder, "code": label(code), **in_gold, **agreed, **_rates(table)})
    return rows


def _rates(table: np.ndarray) -> dict[str, float]:
    both, own_only, gold_only, neither = table
    return {
        "sensitivity": _share(both, both + gold_only),
        "specificity": _share(neither, neither + own_only),
        "f1": _share(2 * both, 2 * both + own_only + gold_only),
    }


def _kappa(table: np.ndarray) -> float:
    both, own_only, gold_only, neither = table
    chance = (both + own_only) * (own_only + neither) + (both + gold_only) * (gold_only + neither)
    return _share(2 * (both * neither - own_only * gold_only), chance)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan

"""Profiles: how often each kind of skill-mix change occurs, in all roles coded and in groups of them."""

from __future__ import annotations

import pandas as pd

from newroles.datasets import Codebook
from newroles.datasets.intervals import wilson
from newroles.datasets.yaml_files import as_text
from newroles.errors import InputError, did_you_mean
from newroles.roles import Register
from newroles.skill_mix.role_coding import codes_to_give


def profiles(
    coding: pd.DataFrame,
    book: Codebook,
    by: pd.DataFrame | None = None,
    with_subcodes: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """What share of the roles in each group is of each kind?

    `coding`: see `code_roles`. `by`: which role belongs to which group, one row for each pair, with the column role and
    one other that names the grouping (see `roles_by` and `roles_by_region`); a role can be in several groups, and one
    that is in none is counted in a group with a blank name. None: all roles together. `with_subcodes`: a code also
    counts where only a code under it was given. `level`: of the interval.

    Returns one row for each group and each code of the book that can be given, zeros included: the grouping column (not
    when `by` is None), code, name, applies (roles to which it applies), primary (those that have it as primary kind),
    n (roles coded in the group, the unclear ones included), unclear (those without a kind because the description
    doesn't settle it), share (applies / n), low, high. A role can be of several kinds, so shares don't add up to 1.

    The interval is Wilson's. It treats the roles as if they were drawn from many that could have been coded, and says
    how little a share of few roles can carry; it says nothing of coders' errors, nor of roles that weren't coded.

    Raises InputError when `by` hasn't the column role and exactly one other, or a pair twice, for a code that isn't in
    the book, and for a level that isn't between 0 and 1.

    >>> from newroles.datasets import load_codebook, load_published
    >>> from newroles.skill_mix import coding_from_decisions
    >>> book = load_codebook("skill_mix_change")
    >>> table = profiles(coding_from_decisions(load_published("role_type_codings"), book), book)
    >>> bool((table["applies"] <= table["n"]).all())
    True
    """
    if not 0 < level < 1:
        raise InputError(f"The level must lie between 0 and 1, for example 0.95; it is {level}.")
    strays = sorted(set(coding["code"]) - set(book.ids))
    if strays:
        raise InputError(f"The codebook '{book.id}' has no code '{strays[0]}'. {did_you_mean(strays[0], book.ids)}")
    grouping, groups = _groups(coding, by)
    codes = codes_to_give(book)
    given = _with_codes_above(coding, book) if with_subcodes else coding
    merged = given.merge(groups, on="role")
    counted = {
        "applies": merged,
        "primary": merged[merged["given_as"].eq("primary")],
    }
    names = list(dict.fromkeys(groups[grouping]))
    rows = pd.MultiIndex.from_product([names, codes], names=[grouping, "code"])
    table = pd.DataFrame(
        {
            name: part.drop_duplicates([grouping, "role", "code"]).groupby([grouping, "code"]).size()
            for name, part in counted.items()
        }
    )
    table = table.reindex(rows).fillna(0).astype("int64").reset_index()
    sizes = groups.groupby(grouping)["role"].nunique()
    settled = set(coding.loc[coding["state"].ne("unclear"), "role"])
    unclear = groups[~groups["role"].isin(settled)].groupby(grouping)["role"].nunique()
    table["n"] = table[grouping].map(sizes).astype("int64")
    table["unclear"] = table[grouping].map(unclear).fillna(0).astype("int64")
    table["share"] = table["applies"] / table["n"]
    table["low"], table["high"] = wilson(table["share"], table["n"], level)
    table.insert(2, "name", table["code"].map(book.codes.set_index("id")["name"]))
    return table.drop(columns=grouping) if by is None else table


def roles_by(register: Register, attribute: str) -> pd.DataFrame:
    """Which group does each role of the register belong to?

    `attribute`: a column of the register with one value a role, such as family or case_study.

    Returns one row a role: role and the attribute, as text (yes and no for true and false, "" for nothing). Raises InputError for an
    attribute that the register lacks.

    >>> from newroles.roles import load_register
    >>> roles_by(load_register(), "family").query("role == 'nursing_associate'")["family"].item()
    'nursing'
    """
    if attribute not in register.roles or attribute == "id":
        raise InputError(
            f"The register has no attribute '{attribute}'. {did_you_mean(attribute, map(str, register.roles.columns))}"
        )
    words = {"True": "yes", "False": "no"}
    values = ["" if (text := as_text(value)) is None else words.get(text, text) for value in register.roles[attribute]]
    return pd.DataFrame({"role": register.roles["id"], attribute: values}).astype("str")


def roles_by_region(reports: pd.DataFrame, trusts: pd.DataFrame) -> pd.DataFrame:
    """Which roles were reported in which region?

    `reports`: one row a report, with trust and role (see `newroles.roles.with_roles`; reports without a role are left
    out). `trusts`: one row a trust: trust, region.

    Returns one row for each role and region in which at least one trust reported it: role, region (blank when the
    trust's region is). Raises InputError for a missing column and a report of a trust that isn't in `trusts`.

    >>> reports = pd.DataFrame({"trust": ["T1", "T2"], "role": ["nursing_associate"] * 2})
    >>> trusts = pd.DataFrame({"trust": ["T1", "T2"], "region": ["London", "London"]})
    >>> roles_by_region(reports, trusts).values.tolist()
    [['nursing_associate', 'London']]
    """
    for table, name, columns in ((reports, "reports", ["trust", "role"]), (trusts, "trusts", ["trust", "region"])):
        for column in columns:
            if column not in table:
                hint = " Add it with newroles.roles.with_roles." if column == "role" else ""
                raise InputError(f"The {name} have no column '{column}'.{hint}")
    strays = sorted(set(reports["trust"]) - set(trusts["trust"]))
    if strays:
        raise InputError(f"A report is of the trust '{strays[0]}', which the table trusts doesn't have.")
    known = reports.loc[reports["role"].notna(), ["trust", "role"]]
    pairs = known.merge(trusts[["trust", "region"]], on="trust")[["role", "region"]].drop_duplicates()
    return pairs.assign(region=pairs["region"].astype("str").fillna("")).reset_index(drop=True)


def _groups(coding: pd.DataFrame, by: pd.DataFrame | None) -> tuple[str, pd.DataFrame]:
    """The name of the grouping, and its pairs of role and group for every coded role: named groups first, blank last."""
    coded = pd.DataFrame({"role": list(dict.fromkeys(coding["role"]))}, dtype="str")
    if by is None:
        return "_all", coded.assign(_all="")
    others = [str(column) for column in by.columns if column != "role"]
    if "role" not in by or len(others) != 1:
        raise InputError(
            f"by has the columns {', '.join(map(str, by.columns))}; it needs role and one that names the group."
        )
    grouping = others[0]
    if grouping in {"code", "name", "applies", "primary", "n", "unclear", "share", "low", "high"}:
        raise InputError(f"by names its groups '{grouping}', as a column of the profile is called; rename it.")
    if by.duplicated().any():
        first = by[by.duplicated()].iloc[0]
        raise InputError(f"by has the role '{first['role']}' twice in the group '{first[grouping]}'.")
    pairs = coded.merge(by.astype("str"), on="role", how="left")
    pairs[grouping] = pairs[grouping].fillna("")
    order = {group: place for place, group in enumerate(dict.fromkeys(by[grouping].astype("str").fillna("")))}
    rank = pairs[grouping].map(order).fillna(len(order)).where(pairs[grouping] != "", len(order))
    return grouping, pairs.assign(_rank=rank).sort_values("_rank", kind="stable").drop(columns="_rank")


def _with_codes_above(coding: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """The coding and, for each code given, the codes above it, with its rank."""
    parent = book.codes.set_index("id")["parent"].dropna()
    parts, above = [coding], coding
    while len(above := above.assign(code=above["code"].map(parent)).dropna(subset=["code"])):
        parts.append(above)
    return pd.concat(parts, ignore_index=True)

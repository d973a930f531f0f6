"""Roles coded with a typology: several codes to a role, one of them primary; unclear and none are decisions of their own."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from newroles.coding.codebooks import codes_for_no_kind
from newroles.datasets import Codebook
from newroles.datasets.codings import APPLIES, PRIMARY
from newroles.errors import InputError, did_you_mean

CODING_COLUMNS = ["role", "code", "name", "given_as", "state"]


def code_roles(
    codings: pd.DataFrame,
    book: Codebook,
    coder: str | None = None,
    round: int | None = None,
    unclear: Iterable[str] | None = None,
    none: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Which kinds of change is each role, by one coder's (or the consensus) coding?

    `codings`: the study's table, one row for each code that one coder gave to one unit; read are the rows of this
    codebook whose unit_kind is role. How value carries the rank: 2, the code applies and is the role's primary kind; 1,
    it applies; 0, the coder decided that it doesn't; blank, the coder couldn't tell. `coder`: whose codings (needed when
    there are several; a consensus is a coder too). `round`: which round; left out, each role's last. `unclear`, `none`:
    the book's codes for unclear and for none applies (see `newroles.coding.codebooks.codes_for_no_kind`).

    Returns one row for each role and code that applies to it, roles in the order of the table, codes in the book's:
    role, code, name, given_as (primary or secondary; blank when a role has several kinds and the coder marked none as
    primary; a role's only kind is its primary one), state (kind; unclear; none). Every role that was coded is there:
    without a kind it has an unclear code when the coder gave one or couldn't tell about any code, else the code for none.
    Unclear beside a kind stands as a secondary row: that kind is settled and something else isn't.

    Raises InputError for a missing column, no role coded with this book, several coders and none chosen, a coder, round
    or code that doesn't occur, another value than 0, 1, 2 and blank, two primary kinds, a code given twice in one round,
    another code beside none applies, and a role without a kind when the book has no code that says so.

    >>> from newroles.datasets import load_codebook
    >>> rows = pd.DataFrame({"codebook": "skill_mix_change", "unit_kind": "role", "unit": "nursing_associate",
    ...     "coder": "coder_1", "code": ["SMC-INN", "SMC-DEL"], "value": [1, 2], "round": 1})
    >>> code_roles(rows, load_codebook("skill_mix_change"))[["code", "given_as"]].values.tolist()
    [['SMC-DEL', 'primary'], ['SMC-INN', 'secondary']]
    """
    rows = _chosen_rows(codings, book, coder, round)
    allowed = rows["value"].isna() | rows["value"].isin([0, APPLIES, PRIMARY])
    if not allowed.all():
        wrong = rows[~allowed].iloc[0]
        raise InputError(
            f"codings: '{wrong['coder']}' gave {wrong['code']} to the role '{wrong['unit']}' with value "
            f"{wrong['value']:g}. Write 2 (primary kind), 1 (applies), 0 (doesn't), or nothing (couldn't tell)."
        )
    given = rows[rows["value"].isin([APPLIES, PRIMARY])]
    decisions = pd.DataFrame({"role": given["unit"], "code": given["code"], "primary": given["value"].eq(PRIMARY)})
    in_doubt = set(rows.loc[rows["value"].isna(), "unit"])
    return _coding(decisions, rows["unit"].unique(), in_doubt, book, codes_for_no_kind(book, unclear, none))


def coding_from_decisions(
    decisions: pd.DataFrame,
    book: Codebook,
    unclear: Iterable[str] | None = None,
    none: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Which kinds of change is each role, by a table of decisions such as the published `role_type_codings`?

    `decisions`: one row for each role and code: role, code, primary (yes or no). `unclear`, `none`: as in `code_roles`.

    Returns what `code_roles` does. Raises InputError for a missing column, another word than yes and no, a code that
    isn't in the book, a code given twice to a role, two primary kinds of one role, and a kind beside none applies.

    >>> from newroles.datasets import load_codebook, load_published
    >>> coding = coding_from_decisions(load_published("role_type_codings"), load_codebook("skill_mix_change"))
    >>> coding.loc[coding["role"].eq("peer_support_worker"), "name"].tolist()
    ['Innovation']
    """
    _need(decisions, ["role", "code", "primary"], "The decisions")
    words = {"yes": True, "no": False, True: True, False: False}
    unknown = [word for word in decisions["primary"] if word not in words]
    if unknown:
        raise InputError(f"The decisions have '{unknown[0]}' in the column primary; write yes or no.")
    kept = decisions[["role", "code"]].assign(primary=[words[word] for word in decisions["primary"]])
    return _coding(kept, decisions["role"].unique(), set(), book, codes_for_no_kind(book, unclear, none))


def role_matrix(coding: pd.DataFrame, book: Codebook) -> pd.DataFrame:
    """The coding as a grid of roles by codes, for a table to read.

    `coding`: see `code_roles`. Returns one row a role (index role), one column for each code of the book that can be
    given: primary, secondary, "given" where the rank isn't said, "" where the code doesn't apply.

    >>> from newroles.datasets import load_codebook, load_published
    >>> book = load_codebook("skill_mix_change")
    >>> grid = role_matrix(coding_from_decisions(load_published("role_type_codings"), book), book)
    >>> grid.loc["nursing_associate", ["SMC-DEL", "SMC-INN", "SMC-ENH"]].tolist()
    ['primary', 'secondary', '']
    """
    cells = coding.assign(cell=coding["given_as"].replace("", "given"))
    grid = cells.set_index(["role", "code"])["cell"].unstack(fill_value="")  # noqa: PD010 (text: nothing to aggregate)
    grid = grid.reindex(index=list(dict.fromkeys(coding["role"])), columns=codes_to_give(book), fill_value="")
    return grid.astype("str").rename_axis(index="role", columns="code")


def codes_to_give(book: Codebook) -> list[str]:
    """Which codes of this book can be given, leaving out its pure headings (`group_only`)? Their ids, in its order."""
    headings = book.codes["group_only"].eq(True) if "group_only" in book.codes else False
    return list(book.codes.loc[~pd.Series(headings, index=book.codes.index), "id"])


def _chosen_rows(codings: pd.DataFrame, book: Codebook, coder: str | None, round: int | None) -> pd.DataFrame:
    _need(codings, ["codebook", "unit", "unit_kind", "coder", "code", "value", "round"], "The codings")
    rows = codings[codings["codebook"].eq(book.id) & codings["unit_kind"].eq("role")]
    if rows.empty:
        raise InputError(f"No role is coded with '{book.id}'. {did_you_mean(book.id, codings['codebook'].unique())}")
    coders = sorted(rows["coder"].unique())
    if coder is not None and coder not in coders:
        raise InputError(f"No role is coded with '{book.id}' by '{coder}'. {did_you_mean(coder, coders)}")
    if coder is None and len(coders) > 1:
        raise InputError(
            f"Several coders coded roles with '{book.id}': {', '.join(coders)}. Choose one with coder=..., or make a "
            "consensus first and pass that."
        )
    rows = rows if coder is None else rows[rows["coder"].eq(coder)]
    if round is None:
        rows = rows[rows["round"].eq(rows.groupby("unit")["round"].transform("max"))]
    else:
        if round not in set(rows["round"]):
            raise InputError(
                f"There is no round {round} of coding roles with '{book.id}'; "
                f"rounds: {', '.join(str(each) for each in sorted(rows['round'].unique()))}."
            )
        rows = rows[rows["round"].eq(round)]
    rows = rows.assign(value=pd.to_numeric(rows["value"]).astype("float64"))
    _refuse_unknown(rows["code"], book)
    return rows


def _coding(
    decisions: pd.DataFrame, roles: Iterable[str], in_doubt: set[str], book: Codebook, no_kind: pd.Series
) -> pd.DataFrame:
    """The coding of these roles from the codes that apply (role, code, primary)."""
    _refuse_unknown(decisions["code"], book)
    order = {role: place for place, role in enumerate(roles)}
    uncoded = [
        (role, _fallback(role, role in in_doubt, book, no_kind)) for role in order if role not in set(decisions["role"])
    ]
    added = pd.DataFrame(uncoded, columns=["role", "code"]).assign(primary=False)
    table = pd.concat([decisions, added], ignore_index=True).astype({"role": "str", "code": "str", "primary": bool})
    table["state"] = table["code"].map(no_kind).astype("str").fillna("kind")
    of_role = table.groupby("role")
    _refuse(table[table.duplicated(["role", "code"])], "has the code {code} twice in one round; keep one row")
    several_states = of_role["state"].transform("nunique").gt(1)
    _refuse(
        table[table["state"].eq("none") & several_states], "has {code} (none applies) beside another code; one must go"
    )
    _refuse(
        table[table["primary"] & of_role["primary"].transform("sum").gt(1)],
        "has {code} and another primary code; keep one",
    )

    kind = table["state"].eq("kind")
    kinds = kind.groupby(table["role"]).transform("sum")
    marked = of_role["primary"].transform("any")
    only = kinds.eq(1) & kind | kinds.eq(0) & of_role["code"].transform("size").eq(1)
    settled = marked | only.groupby(table["role"]).transform("any")
    first = table["primary"] | only & ~marked
    table["given_as"] = pd.Series("secondary", index=table.index).mask(first, "primary").where(settled, "")
    table["name"] = table["code"].map(book.codes.set_index("id")["name"])
    places = {code: place for place, code in enumerate(book.ids)}
    table = table.assign(_role=table["role"].map(order), _code=table["code"].map(places))
    return table.sort_values(["_role", "_code"], ignore_index=True)[CODING_COLUMNS].astype("str")


def _fallback(role: str, in_doubt: bool, book: Codebook, no_kind: pd.Series) -> str:
    """The book's code for a role to which no code applies: unclear when the coder couldn't tell about any, else none."""
    wanted = "unclear" if in_doubt else "none"
    codes = no_kind.index[no_kind.eq(wanted)]
    if codes.empty:
        raise InputError(
            f"No code applies to the role '{role}', and the codebook '{book.id}' has no code that says {wanted}; add one "
            f"to the book, or name it with {wanted}=[...]."
        )
    return str(codes[0])


def _refuse(wrong: pd.DataFrame, what: str) -> None:
    if len(wrong):
        first = wrong.iloc[0]
        raise InputError(f"The role '{first['role']}' {what.format(code=first['code'])}.")


def _refuse_unknown(codes: pd.Series, book: Codebook) -> None:
    for code in codes.unique():
        if code not in set(book.ids):
            raise InputError(f"The codebook '{book.id}' has no code '{code}'. {did_you_mean(str(code), book.ids)}")


def _need(table: pd.DataFrame, columns: list[str], what: str) -> None:
    for column in columns:
        if column not in table:
            raise InputError(f"{what} lack the column {column}. {did_you_mean(column, map(str, table.columns))}")

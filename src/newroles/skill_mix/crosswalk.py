"""A coding read in another typology, as far as the crosswalk between the two allows."""

from __future__ import annotations

import pandas as pd

from newroles.errors import InputError, did_you_mean

# what a code of ours says about the other code, by how ours lies to it
CERTAINTY = {"equal": "certain", "narrower": "certain", "wider": "possible", "overlaps": "possible"}
NO_EQUIVALENT = "no equivalent"


def apply_crosswalk(coding: pd.DataFrame, crosswalk: pd.DataFrame, to_book: str) -> pd.DataFrame:
    """What would this coding be in another typology?

    A code that is equal to another, or narrower, makes the other certain: whatever ours applies to, the other does. One
    that is wider than the other, or overlaps with it, makes the other possible, and someone has to read the description.
    Certain means certain if the coding and the crosswalk are right.

    `coding`: one row for each role and code, see `code_roles`. `crosswalk`: see `newroles.coding.codebooks.load_crosswalk`;
    its relation reads "our code is ... the other". `to_book`: the id of the other book.

    Returns one row for each role and code of the other book, roles in the order of the coding: role, code, name,
    certainty (certain, possible), given_as (primary when it comes from the role's primary code, in that certainty; else
    secondary; blank when the rank isn't said), from_codes (our codes that lead to it with that certainty, joined by
    "; "), relations (theirs, in the same order). A code of ours without an equivalent in the other book, as unclear and
    none applies mostly are, has a row of its own: code and name blank, certainty "no equivalent", from_codes the code.

    Raises InputError when the crosswalk doesn't reach `to_book`.

    >>> from newroles.coding.codebooks import load_crosswalk
    >>> from newroles.datasets import load_codebook
    >>> coding = pd.DataFrame({"role": "nursing_associate", "code": ["SMC-DEL"], "given_as": "primary"})
    >>> walk = load_crosswalk(load_codebook("skill_mix_change"))
    >>> apply_crosswalk(coding, walk, "sibbald_2004")[["code", "certainty"]].values.tolist()
    [['SIB-DEL', 'certain']]
    """
    reached = walk_to(crosswalk, to_book)
    pairs = coding[["role", "code", "given_as"]].merge(reached, on="code", how="left")
    pairs["certainty"] = pairs["relation"].map(CERTAINTY).fillna(NO_EQUIVALENT)
    pairs["place"] = pairs["role"].map({role: place for place, role in enumerate(dict.fromkeys(coding["role"]))})
    found = pairs[pairs["other_code"].notna()]
    best = found.groupby(["role", "other_code"])["certainty"].transform("min")  # "certain" comes before "possible"
    lost = pairs[pairs["other_code"].isna()]
    rows = [
        (place, role, code, part["other_name"].iloc[0], certainty, _rank(part["given_as"]), *_via(part))
        for (place, role, code, certainty), part in found[found["certainty"].eq(best)].groupby(
            ["place", "role", "other_code", "certainty"], sort=False
        )
    ]
    rows += [
        (place, role, "", "", NO_EQUIVALENT, given_as, code, "")
        for place, role, given_as, code in lost[["place", "role", "given_as", "code"]].itertuples(index=False)
    ]
    columns = ["place", "role", "code", "name", "certainty", "given_as", "from_codes", "relations"]
    table = pd.DataFrame(rows, columns=columns).sort_values("place", kind="stable", ignore_index=True)
    return table.drop(columns="place").astype("str")


def walk_to(crosswalk: pd.DataFrame, to_book: str) -> pd.DataFrame:
    """The crosswalk's rows that reach this book: code, other_code, other_name, relation.

    Raises InputError when there are none, or for a relation other than equal, narrower, wider and overlaps.
    """
    books = list(crosswalk["other_book"].unique())
    if to_book not in books:
        raise InputError(f"The crosswalk doesn't reach the codebook '{to_book}'. {did_you_mean(to_book, books)}")
    reached = crosswalk.loc[crosswalk["other_book"].eq(to_book), ["code", "other_code", "other_name", "relation"]]
    for relation in reached["relation"].unique():
        if relation not in CERTAINTY:
            raise InputError(f"The crosswalk has the relation '{relation}'. {did_you_mean(relation, CERTAINTY)}")
    return reached


def _rank(given_as: pd.Series) -> str:
    ranks = set(given_as)
    return "primary" if "primary" in ranks else "secondary" if ranks == {"secondary"} else ""


def _via(part: pd.DataFrame) -> tuple[str, str]:
    return "; ".join(part["code"]), "; ".join(part["relation"])

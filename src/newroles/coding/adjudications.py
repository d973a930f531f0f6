"""What was settled after the coding, in a study's codings: rows of the coder "adjudication", which is no coder.

Value 1 says that the code applies, 0 that it doesn't. No statistic of agreement and no list of disagreements counts them.
"""

from __future__ import annotations

import pandas as pd

from newroles.coding.consensus import ADJUDICATION
from newroles.coding.label_sets import without_adjudications
from newroles.datasets import Codebook, typed_table
from newroles.datasets.codings import ADJUDICATOR
from newroles.errors import InputError

_UNIT = ["codebook", "unit_kind", "unit"]


def split_adjudications(codings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Which codings are coders' own work, and what was settled afterwards?

    `codings`: the study's table of that name. Rows of the coder "adjudication" say what was settled: value 1, the code
    applies; 0, it doesn't; blank, it is still open. A decision stands until a coder codes its unit in a later round; of
    several decisions on one unit and code the last round's stands.

    Returns the codings without those rows, and the decisions, one row a unit and code: codebook, unit_kind, unit, code,
    round, decision (yes, no, blank while open), decided_by ("adjudication"), decided_on (the day of the row), reason
    (blank: it stays in the list that the adjudicators filled in). For one codebook and kind of unit, this is what
    `consensus` takes as its adjudications.

    Raises InputError for an adjudication whose value isn't 1, 0 or blank, and for one that is there twice.

    >>> codings = pd.DataFrame({"codebook": "tone", "unit_kind": "segment", "unit": "s1", "code": "warm", "round": 1,
    ...     "coder": ["a", "b", "adjudication"], "value": [1, 0, 1], "coded_on": None})
    >>> own, settled = split_adjudications(codings)
    >>> own["coder"].to_list(), settled[["unit", "code", "decision"]].values.tolist()
    (['a', 'b'], [['s1', 'warm', 'yes']])
    """
    own = without_adjudications(codings)
    rows = codings[codings["coder"] == ADJUDICATOR]
    for wrong, problem in (
        (
            rows["value"].notna() & ~rows["value"].isin([0, 1]),
            "has a value other than 1, 0 and blank; write one of these",
        ),
        (rows.duplicated([*_UNIT, "code", "round"]), "is there twice; delete one of the rows"),
    ):
        if wrong.any():
            row = rows[wrong].iloc[0]
            raise InputError(
                f"codings: the adjudication of code '{row['code']}' for unit '{row['unit']}', round {row['round']}, {problem}."
            )
    last = own.groupby(_UNIT)["round"].max().rename("last").reset_index()
    rows = rows.merge(last, on=_UNIT, how="left")
    rows = rows[rows["last"].isna() | (rows["round"] >= rows["last"])]
    rows = rows[rows["round"] == rows.groupby([*_UNIT, "code"])["round"].transform("max")]
    decided = rows.assign(
        decision=rows["value"].map({1.0: "yes", 0.0: "no"}),
        decided_by=ADJUDICATOR,
        decided_on=pd.to_datetime(rows["coded_on"]).astype("datetime64[us]"),
        reason=None,
    )
    columns = [*_UNIT, "code", "round", *ADJUDICATION]
    texts = dict.fromkeys([*_UNIT, "code", "decision", "decided_by", "reason"], "str")
    return own.reset_index(drop=True), decided[columns].astype(texts).reset_index(drop=True)


def with_adjudications(
    codings: pd.DataFrame,
    adjudications: pd.DataFrame,
    codebook: Codebook,
    unit_kind: str = "segment",
    round: int | None = None,
) -> pd.DataFrame:
    """How do a study's codings look once these decisions stand in them?

    `codings`: the study's table. `adjudications`: one row a unit and code, as `read_adjudications` returns them: unit, code,
    decision (yes, no or blank), decided_on. `round`: the round that they settle; None takes the last in which any coder
    coded each unit.

    Returns the codings with one row of the coder "adjudication" for each decision: value 1 for yes, 0 for no, coded_on the
    day of the decision. It takes the place of an earlier decision on the same unit, code and round; where the new one is
    blank, the earlier one stays. Who decided and why isn't kept in the codings but in the list itself.

    Raises InputError for a decision on a unit that no coder coded with this codebook.
    """
    made = adjudications[adjudications["decision"].notna()]
    mine = (codings["codebook"] == codebook.id) & (codings["unit_kind"] == unit_kind)
    last = without_adjudications(codings[mine]).groupby("unit")["round"].max()
    lost = made.loc[~made["unit"].isin(last.index), "unit"]
    if len(lost):
        raise InputError(
            f"No coder coded the {unit_kind} '{lost.iloc[0]}' with '{codebook.id}', so nothing can be settled."
        )
    rows = typed_table(
        "codings",
        pd.DataFrame(
            {
                "codebook": codebook.id,
                "unit": made["unit"],
                "unit_kind": unit_kind,
                "coder": ADJUDICATOR,
                "code": made["code"],
                "value": made["decision"].map({"yes": 1.0, "no": 0.0}),
                "coded_on": made["decided_on"],
                "round": made["unit"].map(last) if round is None else round,
            }
        ),
    )
    keys = ["unit", "code", "round"]
    again = pd.MultiIndex.from_frame(codings[keys]).isin(pd.MultiIndex.from_frame(rows[keys]))
    kept = codings[~(mine & (codings["coder"] == ADJUDICATOR) & again)]
    return pd.concat([kept, rows], ignore_index=True) if len(rows) else kept.reset_index(drop=True)

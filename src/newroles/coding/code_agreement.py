"""How well do a study's coders agree on each code, in the one figure that stands beside what rests on it?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from newroles.coding.codebooks import codes_for_no_kind
from newroles.coding.label_sets import ratings_from_codings, without_adjudications
from newroles.coding.per_code import per_code_agreement
from newroles.datasets import Codebook
from newroles.datasets.codings import yes_or_no

AGREEMENT = ["agreement", "agreement_low", "agreement_high"]


def code_agreement(
    codings: pd.DataFrame, codebook: Codebook, rng: np.random.Generator | None = None, n_boot: int = 1000
) -> pd.DataFrame:
    """How well do coders agree on each code of this book, over the segments that they coded?

    `codings`: the study's table; each coder's last round on each segment counts, and nothing that was settled afterwards.

    Returns one row per code that anybody gave, indexed by code: agreement (Gwet's AC1), agreement_low, agreement_high (95 %,
    resamples of segments; blank when `n_boot` is 0). AC1 is blank for a code that every coder gave to every segment. No rows
    when a single coder did all.

    >>> rows = [("s1", "ann", "a"), ("s1", "bo", "a"), ("s2", "ann", "a"), ("s2", "bo", "b")]
    >>> codings = pd.DataFrame(rows, columns=["unit", "coder", "code"]).assign(
    ...     codebook="boundary_work", unit_kind="segment", value=1.0, round=1)
    >>> from newroles.datasets import load_codebook
    >>> code_agreement(codings, load_codebook("boundary_work"), n_boot=0)["agreement"].round(2).to_dict()
    {'a': 0.2, 'b': 0.2}
    """
    rows = codings[(codings["codebook"] == codebook.id) & (codings["unit_kind"] == "segment")]
    rows = yes_or_no(without_adjudications(rows))
    last = rows["round"] == rows.groupby(["unit", "coder"])["round"].transform("max")
    empty = pd.DataFrame(columns=AGREEMENT, index=pd.Index([], name="code", dtype="str"), dtype=float)
    if rows["coder"].nunique() < 2:
        return empty
    none = list(codes_for_no_kind(codebook).loc[lambda sort: sort == "none"].index)
    ratings = ratings_from_codings(rows[last].assign(round=1), none_codes=none)
    if (ratings.notna().sum(axis=1) < 2).all():
        return empty
    table = per_code_agreement(ratings, ["gwet_ac1"], n_boot, rng)
    table = table[table["level"] == "nominal"].set_index("code")[["value", "low", "high"]]
    return table.set_axis(AGREEMENT, axis=1)

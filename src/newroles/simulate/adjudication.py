"""How the differences between the coders of an invented study were settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets.codings import ADJUDICATOR
from newroles.simulate.coding import NOTHING, CodingSpec

_UNIT = ["codebook", "unit_kind", "unit"]


def draw_adjudications(
    codings: pd.DataFrame, reports: pd.DataFrame, truth: Mapping[str, Any], spec: CodingSpec, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Where coders differed, what was settled afterwards?

    `codings` and `truth`: as `draw_codings` returns them; `reports`: with `role`, the role behind each.

    When all coding is done, every code is looked at that some coders gave to a unit in its last round, and others who
    coded it in that round didn't. The decision is whether the code applies: 1 or 0, and wrong with probability
    `adjudication_slip`, each on its own (so a unit can be left with two tones, or with none). Codes on which all agree
    stand, right or wrong; None applies needs no decision, as it follows from the others; and a unit that one coder
    coded is left as it is. Units are taken in their order, spread evenly over `adjudication_days`, from the day after
    the last coding.

    Returns rows of the table `codings`, one per decision, by the coder `adjudication`, with the round in which the
    coders differed; and the truth: the probability `slip`, the number of `decisions`, and how many are `wrong`.
    """
    last = codings[codings["round"] == codings.groupby(_UNIT)["round"].transform("max")]
    last = last.assign(coders=last.groupby(_UNIT)["coder"].transform("nunique"))
    last = last[~last["code"].isin(set(NOTHING.values()))]
    counted = last.groupby([*_UNIT, "code", "round", "coders"])["coder"].nunique().reset_index(name="gave")
    decisions = counted[counted["gave"] < counted["coders"]].reset_index(drop=True)
    role_of = dict(zip(reports["report"], reports["role"], strict=True))
    applies = np.array(
        [
            code in (truth["segments"][unit] if kind == "segment" else truth["roles"][role_of.get(unit, unit)])
            for kind, unit, code in decisions[["unit_kind", "unit", "code"]].itertuples(index=False)
        ],
        dtype=bool,
    )
    slips = rng.random(len(decisions)) < spec.adjudication_slip
    place = decisions.groupby(_UNIT).ngroup()
    days = 1 + place * spec.adjudication_days // max(1, place.max() + 1 if len(place) else 1)
    rows = decisions.assign(
        coder=pd.Series(ADJUDICATOR, index=decisions.index, dtype="str"),
        value=(applies ^ slips).astype("int64"),
        coded_on=codings["coded_on"].max() + pd.to_timedelta(days, unit="D"),
    )
    found = {"slip": spec.adjudication_slip, "decisions": len(rows), "wrong": int(slips.sum())}
    return rows[list(codings.columns)], found

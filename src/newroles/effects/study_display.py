"""What was measured beside what is said, for a study: its joint display, whatever of it the study has."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from newroles.coding.workflow import study_codebook
from newroles.datasets import Codebook, Study, load_codebook
from newroles.effects.coded_effects import coded_effects
from newroles.effects.joint_display import GROUPS, joint_display
from newroles.effects.study_effects import StudyEffects
from newroles.errors import InputError

BOOK = "effects"
_CODED = [
    "group",
    "domain",
    "better",
    "worse",
    "mixed",
    "mentions",
    "share_better",
    "low",
    "high",
    "n",
    "teams",
    "documents",
    "segments",
]
_SPREAD = ["standardised", "standardised_low", "standardised_high"]


class StudyDisplay(NamedTuple):
    """The joint display of a study, with what stands beside it.

    `table`: as `joint_display` has it, with standardised, standardised_low and standardised_high (the effect in standard deviations
    between teams before, turned so that more is better, or as measured where neither end is), teams and documents (that passages
    are from) and segments (ids). `coded`: as `coded_effects` gives it. `note`: what of it the study doesn't have, "" if nothing.
    """

    table: pd.DataFrame
    coded: pd.DataFrame
    note: str


def effects_codebook(study: Study) -> Codebook:
    """The codebook of effects that this study uses; the project's own where its study.yml names none.

    >>> from newroles.datasets import load_study
    >>> effects_codebook(load_study("example_study")).id
    'effects'
    """
    try:
        return study_codebook(study, BOOK)
    except InputError:
        return load_codebook(BOOK)


def display_of_study(
    found: StudyEffects,
    study: Study,
    codebook: Codebook,
    enough: int = 0,
    counts: bool = True,
    n_boot: int = 500,
    rng: np.random.Generator | None = None,
) -> StudyDisplay:
    """For each group and domain of a study: what was measured, what is said, and do they agree?

    `found`: its estimates. `codebook`: as `effects_codebook` gives it. `enough`: fewest passages, teams and documents behind a domain
    that may be shown; `counts`: whether numbers of teams and passages may be (a small-number rule asks). `n_boot`, `rng`: of the
    intervals of agreement.

    Measures that the codebook doesn't have, or has for another group, have no domain and stand in the note.
    """
    codes = codebook.codes.set_index("id")
    measures = codes[codes["axis"].eq("measure")] if "axis" in codes else codes.iloc[:0]
    about = found.table["measure"].map(measures["group"] if len(measures) else {})
    strange = found.table.loc[about.ne(found.table["group"]) | about.isna(), "name"].tolist()
    numbers = found.table[about.eq(found.table["group"])].assign(n=lambda table: table["teams"] if counts else np.nan)
    coded, note = _coded(study, codebook, n_boot, rng)
    if enough:
        coded = coded[coded[["mentions", "teams", "documents"]].min(axis=1).ge(enough)].reset_index(drop=True)
    if strange:
        note = f"{note} The codebook of effects doesn't have {', '.join(strange)} for that group.".strip()
    table = joint_display(numbers[["group", "measure", "estimate", "low", "high", "n"]], coded, codebook)
    spread = numbers.set_index("measure")[["sd_before", "wish"]]
    sd = table["measure"].map(spread["sd_before"]).astype("float64")
    turned = table["measure"].map(spread["wish"]).eq("lower").map({True: -1.0, False: 1.0})
    for name, of in zip(_SPREAD, ("estimate", "low", "high"), strict=True):
        table[name] = (turned * table[of].astype("float64") / sd).where(sd > 0)
    ends = np.sort(table[_SPREAD[1:]].to_numpy(dtype=float), axis=1)  # turned round, the low end is the high one
    table[_SPREAD[1]], table[_SPREAD[2]] = ends[:, 0], ends[:, 1]
    behind = coded.set_index("domain")[["teams", "documents", "segments"]]
    table = table.join(behind, on="domain")
    table["segments"] = [held if isinstance(held, tuple) else () for held in table["segments"]]
    if not counts:
        table = table.drop(columns=["segments"]).assign(
            teams=np.nan, documents=np.nan, better=np.nan, worse=np.nan, mixed=np.nan, mentions=np.nan, n_said=np.nan,
            share_better=np.nan, share_low=np.nan, share_high=np.nan, sentence="",
        )  # fmt: skip
    return StudyDisplay(table, coded, note)


def _coded(study: Study, codebook: Codebook, n_boot: int, rng: np.random.Generator | None) -> tuple[pd.DataFrame, str]:
    """Coded talk of effects, or an empty table and why there is none."""
    empty = pd.DataFrame(columns=_CODED).astype(
        dict.fromkeys(("group", "domain"), "str") | dict.fromkeys(_CODED[2:-1], "float")
    )
    if not (study.has("segments") and study.has("codings")):
        return empty, "This study has no coded segments."
    rows = study.codings
    if not (rows["codebook"].eq(codebook.id) & rows["unit_kind"].eq("segment")).any():
        return empty, "No segment of this study is coded for effects."
    try:
        coded = coded_effects(study, codebook.id, rng=rng, n_boot=n_boot)
    except InputError as problem:
        return empty, f"What is coded of effects can't be used: {problem}"
    known = coded[coded["group"].isin(list(GROUPS))]
    return (known, "") if len(known) else (empty, "No segment of this study tells of an effect on anybody.")

"""Which kind of change each role of a study is: by its own coders, or by the published reading where it has none."""

from __future__ import annotations

import pandas as pd

from newroles.coding import codes_for_no_kind
from newroles.coding.workflow import study_consensus
from newroles.datasets import Codebook, Study
from newroles.skill_mix.role_coding import coding_from_decisions


def kinds_of_roles(study: Study, book: Codebook, decisions: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Which kinds of change is each role, as this study's coders agreed, or as published descriptions were read?

    study: as load_study gives it. book: the codebook of kinds that the study uses. decisions: a reading of published
    descriptions (the published table role_type_codings), taken when the study has no codings of roles with this book.

    Returns one row for each role and kind (role, code; codes for unclear and none left out), and a sentence on whose
    coding it is. A coding that isn't settled isn't there. With another book than the decisions were made with, and no
    codings, there are no rows.

    >>> from newroles.datasets import load_codebook, load_published, load_study
    >>> found, whose = kinds_of_roles(load_study("example_study"), load_codebook("skill_mix_change"), load_published("role_type_codings"))
    >>> whose
    'kinds as the coders of the study agreed on them, for 27 roles'
    """
    nothing = codes_for_no_kind(book)
    if study.has("codings"):
        rows = study.codings
        if (rows["codebook"].eq(book.id) & rows["unit_kind"].eq("role")).any():
            agreed = study_consensus(study, book, "role").coding.rename(columns={"unit": "role"})
            kinds = agreed.loc[~agreed["code"].isin(nothing.index), ["role", "code"]].reset_index(drop=True)
            return kinds, f"kinds as the coders of the study agreed on them, for {agreed['role'].nunique()} roles"
    if not set(decisions["code"]) <= set(book.codes["id"]):
        return pd.DataFrame(
            {"role": [], "code": []}, dtype="str"
        ), "no coding of roles with this study's codebook of kinds"
    read = coding_from_decisions(decisions, book)
    kinds = read.loc[read["state"].eq("kind"), ["role", "code"]].reset_index(drop=True)
    return kinds, f"kinds by our reading of published descriptions, for {read['role'].nunique()} roles"

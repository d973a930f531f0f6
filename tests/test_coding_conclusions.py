"""Does a conclusion survive other rules and one coder less? Worked out by hand on a handful of roles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from newroles.coding import conclusions, units_of_segments
from newroles.datasets import load_codebook, load_study, typed_table
from newroles.errors import InputError

BOOK = load_codebook("skill_mix_change")
# coders a, b and c; the fourth role was skipped by c
ROLES = {
    "nursing_associate": {"a": ["SMC-DEL"], "b": ["SMC-DEL"], "c": ["SMC-INN"]},
    "peer_support_worker": {"a": ["SMC-INN"], "b": ["SMC-INN"], "c": ["SMC-INN"]},
    "physician_associate": {"a": ["SMC-SUB-VER"], "b": ["SMC-INN"], "c": ["SMC-NONE"]},
    "care_navigator": {"a": ["SMC-DEL"], "b": ["SMC-INN"]},
}


def codings(roles: dict[str, dict[str, list[str]]]) -> pd.DataFrame:
    rows = [
        {"unit": role, "coder": coder, "code": code}
        for role, coders in roles.items()
        for coder, codes in coders.items()
        for code in codes
    ]
    table = pd.DataFrame(rows).assign(codebook=BOOK.id, unit_kind="role", value=1.0, round=1, coded_on=None)
    return typed_table("codings", table)


def shares(table: pd.DataFrame, code: str) -> dict[str, float]:
    return table[table["code"].eq(code)].set_index("choice")["share"].to_dict()


def test_each_rule_and_each_coder_less_by_hand() -> None:
    table = conclusions(codings(ROLES), BOOK, unit_kind="role", none_codes=["SMC-NONE"])
    # innovation: all three on the peer support worker; nobody has two of three elsewhere. Without a: b and c are both of
    # two on it, and b alone codes the care navigator; without b: c and a on the peer support worker only
    assert shares(table, "SMC-INN") == {
        "majority": 1 / 4, "unanimous": 1 / 4, "without a": 2 / 4, "without b": 1 / 4, "without c": 1 / 4,
    }  # fmt: skip
    # delegation: a and b of three on the nursing associate; without b, a alone codes the care navigator
    assert shares(table, "SMC-DEL") == {
        "majority": 1 / 4, "unanimous": 0, "without a": 0, "without b": 1 / 4, "without c": 1 / 4,
    }  # fmt: skip
    assert (table["n"] == 4).all()
    assert "SMC-NONE" not in set(table["code"])
    # the care navigator is a tie of two coders for either code
    undecided = table[table["choice"].eq("majority")].set_index("code")["open"]
    assert undecided.to_dict() == {"SMC-DEL": 1, "SMC-INN": 1}


def test_what_was_settled_comes_first_and_is_never_a_coder() -> None:
    decided = [
        ("nursing_associate", "SMC-DEL", "yes"), ("nursing_associate", "SMC-INN", "yes"),
        ("physician_associate", "SMC-SUB-VER", "yes"), ("physician_associate", "SMC-INN", "no"),
        ("care_navigator", "SMC-DEL", "no"), ("care_navigator", "SMC-INN", "no"),
    ]  # fmt: skip
    settled = pd.DataFrame(decided, columns=["unit", "code", "decision"])
    settled = settled.assign(decided_by="adjudication", decided_on=pd.NaT, reason="")
    coded = codings(ROLES)
    beside = coded.iloc[[0]].assign(coder="adjudication")
    table = conclusions(pd.concat([coded, beside]), BOOK, settled, "role", none_codes=["SMC-NONE"])
    assert list(dict.fromkeys(table["choice"])) == [
        "adjudicated", "majority", "unanimous", "without a", "without b", "without c",
    ]  # fmt: skip
    assert shares(table, "SMC-INN")["adjudicated"] == 2 / 4
    assert shares(table, "SMC-SUB-VER")["adjudicated"] == 1 / 4
    assert (table.loc[table["choice"].eq("adjudicated"), "open"] == 0).all()


def test_one_coder_can_not_be_left_out() -> None:
    alone = {role: {"a": coders["a"]} for role, coders in ROLES.items()}
    assert set(conclusions(codings(alone), BOOK, unit_kind="role")["choice"]) == {"majority", "unanimous"}


def test_agreement_on_a_study_s_extracts_by_unit() -> None:
    """Two documents of two extracts: both coders give the code to one extract, then each to another of the second."""
    segments = pd.DataFrame(
        {
            "segment": ["s1", "s2", "s3", "s4"], "team": ["A1"] * 4, "document": ["d1", "d1", "d2", "d2"], "method": "interview",
            "start": [0, 100, 0, 100], "end": [100, 200, 100, 200], "actor_role": "", "target_role": "", "on": None,
        }
    )  # fmt: skip
    given = [("s1", "a"), ("s1", "b"), ("s3", "a"), ("s4", "b")]
    marked = pd.DataFrame(given, columns=["unit", "coder"]).assign(code="BW-OPN")
    other = pd.DataFrame([(s, c) for s in ("s2", "s3", "s4") for c in "ab"], columns=["unit", "coder"]).assign(
        code="BW-CLO"
    )
    rows = pd.concat([marked, other]).assign(
        codebook="boundary_work", unit_kind="segment", value=1, round=1, coded_on=None
    )
    found = units_of_segments(
        typed_table("codings", rows), typed_table("segments", segments), "boundary_work", "BW-OPN", n_boot=0
    )
    agreed = found[found["statistic"].eq("percent_agreement")].set_index("unit")["value"].to_dict()
    # by character and by extract: s1 and s2 alike, s3 and s4 not; by document and by team all alike
    assert agreed == {"character": 0.5, "extract": 0.5, "document": 1.0, "team": 1.0}
    with pytest.raises(InputError, match="No extract was given the code 'BW-REP'"):
        units_of_segments(typed_table("codings", rows), typed_table("segments", segments), "boundary_work", "BW-REP")
    assert units_of_segments(typed_table("codings", rows), None, "boundary_work").empty
    assert units_of_segments(
        typed_table("codings", marked.head(0).reindex(columns=rows.columns)), segments, "boundary_work"
    ).empty


def test_the_example_s_extracts_have_every_unit() -> None:
    study = load_study("example_study")
    found = units_of_segments(study.codings, study.segments, "boundary_work", n_boot=20, rng=np.random.default_rng(1))
    assert found["unit"].unique().tolist() == ["character", "extract", "document", "team"]
    assert found["value"].between(-1, 1).all()

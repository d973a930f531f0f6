"""From coded segments to acts, and from acts to cases: every rule on a table small enough to read.

Known answers: by hand below; what was planted in the invented example study (example_study.truth.yml).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_acts import example_acts, example_study, planted_acts
from newroles.boundary_work.acts import BoundaryActs, acts_of_study, boundary_acts
from newroles.boundary_work.cases import cases, evidence_behind
from newroles.boundary_work.code_axes import code_axes
from newroles.coding import Consensus, code_agreement, consensus
from newroles.datasets import Codebook, load_codebook, typed_table
from newroles.errors import InputError

# a study's own book, in its own ids: two families, one of them only a heading, and a form that prompts nothing
BOOK = """\
id: ours
title: Our forms
version: "1"
codes:
  - {id: guard, name: Guarding, axis: form, default_tone: destructive}
  - {id: guard-hard, name: Hard guarding, axis: form, parent: guard, default_tone: destructive}
  - {id: share, name: Sharing, axis: form, group_only: true}
  - {id: share-list, name: Shared list, axis: form, parent: share, default_tone: constructive}
  - {id: odd, name: Odd, axis: form}
  - {id: warm, name: Constructive, axis: tone}
  - {id: cold, name: Destructive, axis: tone}
  - {id: mixed, name: depends, axis: tone}
  - {id: ours-none, name: None applies}
"""
# one segment per rule: codes that both coders give, actor, target
SEGMENTS = {
    "s1": (["guard-hard", "odd", "warm"], "nurse", "doctor"),
    "s2": (["share-list", "guard", "warm", "cold"], "doctor", "nurse"),
    "s3": (["odd"], "nurse", "doctor"),
    "s4": (["guard", "cold"], None, "doctor"),
    "s5": (["guard", "cold"], "nurse", "nurse"),
    "s6": (["ours-none"], "nurse", "doctor"),
    "s7": (["share"], "nurse", "doctor"),
    "s8": (["warm"], "nurse", "doctor"),
}


@pytest.fixture
def book(tmp_path: Path) -> Codebook:
    return a_book(tmp_path)


def a_book(folder: Path, text: str = BOOK) -> Codebook:
    (folder / "ours.yml").write_text(text, encoding="utf-8")
    return load_codebook(folder / "ours.yml")


def coded(book: Codebook, given: dict[str, list[str]], coders: tuple[str, ...] = ("ann", "bo")) -> pd.DataFrame:
    rows = [(unit, coder, code) for unit, codes in given.items() for coder in coders for code in codes]
    table = pd.DataFrame(rows, columns=["unit", "coder", "code"])
    return typed_table("codings", table.assign(codebook=book.id, unit_kind="segment", value=1, coded_on=None, round=1))


def segments(rules: dict[str, tuple[list[str], str | None, str | None]] = SEGMENTS) -> pd.DataFrame:
    """All in one document of one team, each starting where the next one stands in reverse: s1 comes last."""
    table = pd.DataFrame(
        [(id, actor, target) for id, (_, actor, target) in rules.items()],
        columns=["segment", "actor_role", "target_role"],
    )
    places = {"team": "A", "document": "d", "method": "interview", "on": "2023-04-03", "end": None}
    return typed_table("segments", table.assign(**places, start=range(10 * len(table), 0, -10)))


def tiny(book: Codebook, teams: pd.DataFrame | None = None, given: pd.DataFrame | None = None) -> BoundaryActs:
    codings = coded(book, {id: codes for id, (codes, _, _) in SEGMENTS.items()}) if given is None else given
    settled = consensus(codings, book, none_codes=["ours-none"])
    return boundary_acts(segments(), settled, book, teams, code_agreement(codings, book, n_boot=0))


# --- every rule, by hand ----------------------------------------------------------------------------------------------


def test_acts_by_hand(book: Codebook) -> None:
    """Three of eight segments are acts; s3 starts before s2, and s2 before s1."""
    found = tiny(book)
    wanted = ["segment", "place", "tone", "prompted", "forms", "families", "coders"]
    assert found.acts[wanted].values.tolist() == [
        ["s3", 0, "", "", ("odd",), ("odd",), 2],  # no tone, and a form that prompts none
        ["s2", 1, "depends", "depends", ("guard", "share-list"), ("guard", "share"), 2],  # both tones; two prompts
        ["s1", 2, "constructive", "destructive", ("guard-hard", "odd"), ("guard", "odd"), 2],  # tone against the prompt
    ]
    assert found.forms.loc[found.forms["segment"].eq("s2"), ["form", "family_name", "prompt"]].values.tolist() == [
        ["guard", "Guarding", "destructive"],
        ["share-list", "Sharing", "constructive"],
    ]
    assert found.tones[["segment", "code", "tone"]].values.tolist() == [
        ["s1", "warm", "constructive"],
        ["s2", "warm", "constructive"],
        ["s2", "cold", "destructive"],
    ]
    assert found.names["share"] == "Sharing"


def test_what_is_no_act_is_listed_with_its_reason(book: Codebook) -> None:
    reasons = tiny(book).left_out.set_index("segments")["reason"].to_dict()
    assert reasons == {
        ("s4",): "no actor named",
        ("s5",): "within one role: the actor acts on its own role",
        ("s6",): "no form applies",
        ("s7",): "only a heading of the codebook was given",
        ("s8",): "a tone without a form",
    }
    notes = tiny(book).notes.set_index("reason")["segments"]
    assert notes["two different tones stand on one act; read as depends"] == ("s2",)
    assert notes["no tone was settled"] == ("s3",)


def test_a_form_that_is_open_makes_no_act_and_an_open_tone_is_noted(book: Codebook) -> None:
    """Two coders who differ, by majority: nothing is kept and nothing dropped."""
    given = pd.concat([coded(book, {"s1": ["guard"], "s2": ["odd", "warm"]}, ("ann",)),
                       coded(book, {"s1": ["odd"], "s2": ["odd", "cold"]}, ("bo",))])  # fmt: skip
    found = tiny(book, given=given)
    assert found.acts[["segment", "tone"]].values.tolist() == [["s2", ""]]
    assert found.left_out[["reason", "segments"]].values.tolist() == [
        ["forms still open: coders differ and nobody settled it", ("s1",)]
    ]


def test_one_coder_alone_leaves_agreement_blank_and_says_so(book: Codebook) -> None:
    codings = coded(book, {id: codes for id, (codes, _, _) in SEGMENTS.items()}, ("ann",))
    found = tiny(book, given=codings)
    assert len(found.acts) == 3
    assert found.forms["agreement"].isna().all()
    assert found.notes.set_index("reason")["count"]["no agreement is known: no two coders coded the same segment"] == 3


def test_agreement_is_gwets_ac1_of_the_code(book: Codebook) -> None:
    """By hand for warm: three units, both, neither, one of two: pa = 2/3, share 1/2, pe = 1/2, AC1 = 1/3. All gave odd."""
    given = pd.concat([coded(book, {"s1": ["odd", "warm"], "s2": ["odd"], "s3": ["odd", "warm"]}, ("ann",)),
                       coded(book, {"s1": ["odd", "warm"], "s2": ["odd"], "s3": ["odd"]}, ("bo",))])  # fmt: skip
    found = code_agreement(given, book, n_boot=0)
    assert found["agreement"].to_dict() == pytest.approx({"odd": np.nan, "warm": 1 / 3}, nan_ok=True)


def test_months_are_counted_from_the_calendar_month_of_the_arrival(book: Codebook) -> None:
    """The acts are of April 2023; a year alone says no month."""
    settled = consensus(coded(book, {"s1": ["odd"], "s2": ["odd"]}), book)
    for introduced, months in (("2023-04-30", 0), ("2023-06", -2), ("2021-12", 16), ("2022", None), (None, None)):
        teams = pd.DataFrame({"team": ["A"], "introduced": pd.Series([introduced], dtype="str")})
        found = boundary_acts(segments(), settled, book, teams).acts["months_since"]
        assert found.isna().all() if months is None else found.eq(months).all(), introduced
    assert boundary_acts(segments(), settled, book).acts["months_since"].isna().all()


def test_acts_stay_in_the_tables_order_when_a_start_is_unknown(book: Codebook) -> None:
    codings = coded(book, {id: codes for id, (codes, _, _) in SEGMENTS.items()})
    table = segments()
    table.loc[table["segment"].eq("s6"), "start"] = pd.NA  # no act: makes no difference
    settled = consensus(codings, book, none_codes=["ours-none"])
    assert boundary_acts(table, settled, book).acts["segment"].tolist() == ["s3", "s2", "s1"]
    table.loc[table["segment"].eq("s2"), "start"] = pd.NA
    assert boundary_acts(table, settled, book).acts["segment"].tolist() == ["s1", "s2", "s3"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([f"s{i}" for i in range(9)]),
        st.tuples(
            st.lists(st.sampled_from(["guard", "guard-hard", "share", "share-list", "odd", "warm", "cold"]), min_size=1, unique=True),
            st.sampled_from(["nurse", "doctor", None]),
            st.sampled_from(["nurse", "doctor", None]),
        ),
        min_size=1,
    )
)  # fmt: skip
def test_every_coded_segment_is_an_act_or_is_left_out_once(
    book: Codebook, rules: dict[str, tuple[list[str], str | None, str | None]]
) -> None:
    settled = consensus(coded(book, {id: codes for id, (codes, _, _) in rules.items()}), book)
    found = boundary_acts(segments(rules), settled, book)
    listed = [id for ids in found.left_out["segments"] for id in ids]
    assert sorted([*found.acts["segment"], *listed]) == sorted(rules)
    assert found.left_out["count"].tolist() == [len(ids) for ids in found.left_out["segments"]]
    for act in found.acts.to_dict("records"):
        codes, actor, target = rules[act["segment"]]
        assert act["actor_role"] == actor != target
        assert set(act["forms"]) == set(codes) & {"guard", "guard-hard", "share-list", "odd"}


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("axis: tone", "axis: mood", "no code on the axis 'tone' .* it has form, mood.*add `axis: tone`"),
        (", axis: form", "", "no code on the axis 'form'"),
        ("name: Constructive", "name: Friendly", "the code warm on the axis tone is called 'Friendly'; expected"),
        ("default_tone: constructive", "default_tone: constructiv", "default_tone of share-list is .*Did you mean 'constructive'"),
    ],
)  # fmt: skip
def test_a_book_that_makes_no_acts_is_refused(tmp_path: Path, was: str, now: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        code_axes(a_book(tmp_path, BOOK.replace(was, now)))


def test_a_book_without_axes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it has no axes"):
        code_axes(a_book(tmp_path, "{id: ours, title: T, version: '1', codes: [{id: a, name: A}]}"))


def test_tables_that_do_not_fit_are_refused(book: Codebook) -> None:
    settled = consensus(coded(book, {"s1": ["guard"]}), book)
    table = segments()
    with pytest.raises(InputError, match="column segment: 's1' is there twice"):
        boundary_acts(pd.concat([table, table.head(1)]), settled, book)
    with pytest.raises(InputError, match="codes 's1', which is no segment"):
        boundary_acts(table[1:], settled, book)
    with pytest.raises(InputError, match="has no column actor_role, on"):
        boundary_acts(table.drop(columns=["actor_role", "on"]), settled, book)
    strange = Consensus(settled.coding.assign(code="gaurd"), settled.audit)
    with pytest.raises(InputError, match="gives segment 's1' the code 'gaurd', which isn't in.*Did you mean 'guard'"):
        boundary_acts(table, strange, book)
    with pytest.raises(InputError, match="names no codebook 'boundary'"):
        acts_of_study(example_study(), codebook="boundary")


# --- the invented example ---------------------------------------------------------------------------------------------


def test_the_planted_acts_are_found() -> None:
    """Coders err, adjudicators seldom: nearly all acts are there, with the planted tone and forms."""
    acts, planted = example_acts().acts, planted_acts()["segments"]
    truly = [id for id, row in planted.items() if row["kind"] == "act"]
    assert len(set(acts["segment"]) & set(truly)) > 0.98 * len(truly)
    assert set(acts["segment"]) <= set(truly)
    assert (acts["tone"] == [planted[id]["tone"] for id in acts["segment"]]).mean() > 0.97
    assert np.mean([set(forms) == set(planted[id]["forms"]) for id, forms in zip(acts["segment"], acts["forms"], strict=True)]) > 0.95  # fmt: skip
    assert example_acts().forms[["agreement", "agreement_low", "agreement_high"]].notna().all(axis=None)


def test_left_out_is_what_is_no_act() -> None:
    planted = planted_acts()["segments"]
    nothing = example_acts().left_out.set_index("reason")["segments"]["no form applies"]
    assert np.mean([planted[id]["kind"] == "nothing" for id in nothing]) > 0.9


# --- cases ------------------------------------------------------------------------------------------------------------


def some_acts(tones: dict[str, list[str]]) -> pd.DataFrame:
    rows = [(team, tone) for team, held in tones.items() for tone in held]
    acts = pd.DataFrame(rows, columns=["team", "tone"])
    return acts.assign(segment=[f"s{i}" for i in range(len(acts))])


CONTEXTS = pd.DataFrame(
    [("A", "team", "led", 2.0, "2022-01-01"), ("A", "team", "led", 4.0, "2023-01-01"), ("T", "trust", "led", 3.0, "2023-01-01"),
     ("C", "team", "led", 1.0, "2023-01-01")],
    columns=["unit", "unit_kind", "indicator", "value", "measured_on"],
)  # fmt: skip


def test_cases_by_hand() -> None:
    """A: the later value; B: only its trust has one; C: one act too few, as one has no tone."""
    acts = some_acts({"A": ["constructive", "constructive", "depends"], "B": ["destructive"] * 2, "C": ["depends", ""]})
    found = cases(acts, CONTEXTS, ["led"], min_acts=2)
    assert found.table.loc["A"].tolist() == pytest.approx([3, 2 / 3, 0, 1 / 3, 4])
    assert found.table.index.tolist() == ["A"]
    assert found.left_out.values.tolist() == [
        ["B", "no value of led", 2],
        ["C", "fewer than 2 acts of a settled tone", 1],
    ]
    trusts = pd.DataFrame({"team": ["A", "B", "C"], "trust": "T"})
    of_trusts = cases(acts, CONTEXTS, ["led"], min_acts=2, teams=trusts).table
    assert of_trusts["led"].to_dict() == {"A": 4, "B": 3}  # a team's own value stands before its trust's


def test_cases_refuse_conditions_that_are_none() -> None:
    acts = some_acts({"A": ["depends"]})
    with pytest.raises(InputError, match="no indicator 'lead'.*Did you mean 'led'"):
        cases(acts, CONTEXTS, ["lead"])
    for conditions in ([], ["led", "led"], ["constructive"]):
        with pytest.raises(InputError, match="Name one indicator or more, each once"):
            cases(acts, CONTEXTS, conditions)


def test_teams_are_mostly_of_the_planted_tone() -> None:
    """More than half of a team's acts are of the tone that its recipe leads to; without one, of neither."""
    table = cases(example_acts().acts, example_study().contexts, ["role_agreed", "vacancy_rate"]).table
    for team, planted in planted_acts()["teams"].items():
        expected = planted["expected_tones"]
        for tone in ("constructive", "destructive"):
            assert (table.loc[team, tone] > 0.5) == (expected[tone] > 0.5), team


def test_evidence_behind_a_team_is_its_acts_and_the_weakest_code(book: Codebook) -> None:
    """By hand: the tone codes of s1 and s2 and four forms; on warm the coders agree least."""
    found = tiny(book)
    agreed = {"guard": 0.9, "guard-hard": 0.8, "share-list": 0.7, "odd": 0.6, "warm": 0.2, "cold": 0.5}
    forms = found.forms.assign(agreement=found.forms["form"].map(agreed))
    tones = found.tones.assign(agreement=found.tones["code"].map(agreed))
    found = BoundaryActs(found.acts, forms, tones, found.left_out, found.notes, found.names)
    row = evidence_behind(found, ["A"]).iloc[0]
    assert row[["acts", "documents", "segments"]].tolist() == [3, 1, ("s3", "s2", "s1")]
    assert row["agreement"] == pytest.approx((0.6 + 0.9 + 0.7 + 0.2 + 0.5 + 0.8 + 0.6 + 0.2) / 8)
    assert (row["agreement_lowest"], row["lowest_code"]) == (0.2, "warm")
    assert evidence_behind(found, ["A"], "constructive")["segments"].tolist() == [("s1",)]
    none = evidence_behind(found, ["A"], "destructive").iloc[0]
    assert (none["acts"], none["segments"], none["lowest_code"]) == (0, (), "")
    with pytest.raises(InputError, match="The team 'B' has no acts"):
        evidence_behind(found, ["B"])
    with pytest.raises(InputError, match="Did you mean 'destructive'"):
        evidence_behind(found, ["A"], "destructiv")

"""Codings of the invented study: coders err as their parameters say, and everything else follows the segments' truth.

Known answers: the binomial distribution for every rate; small codings by hand; plain loops over the truth for prevalence.
"""

from __future__ import annotations

import datetime as dt
import doctest
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import binom

from newroles.datasets import load_codebook
from newroles.datasets.schemas import table_descriptor
from newroles.errors import InputError
from newroles.simulate import coding as module
from newroles.simulate.coding import CODERS, CodingSpec, draw_codings
from newroles.simulate.role_types import draw_role_types

BOOKS = {name: load_codebook(name).codes for name in ("boundary_work", "effects", "skill_mix_change", "roles")}
REGISTER = BOOKS["roles"]
LAST_DAY = pd.Timestamp(2023, 12, 29)
TONES = {"BW-TONE-CON", "BW-TONE-DES", "BW-TONE-DEP"}
FORMS = ["BW-COMP-DEF", "BW-COMP-CON", "BW-COLL-NEG", "BW-COLL-DOW", "BW-CONF-ARR", "BW-FRA-JUS", "BW-REP", "BW-BLU"]


def by_coder(value: float) -> dict[str, float]:
    return dict.fromkeys(CODERS, value)


FAULTLESS = {name: by_coder(0) for name in ("miss", "drift", "extra", "sibling", "tone_slip", "skip")}


def invented_segments(case_documents: int, panel_documents: int, seed: int = 3) -> pd.DataFrame:
    """Five segments a document: mostly acts of one or two forms, some mentions of effects, some of nothing."""
    rng = np.random.default_rng(seed)
    n = 5 * (case_documents + panel_documents)
    document = np.repeat(np.arange(n // 5), 5)
    kind = rng.choice(["act", "effect", "nothing"], n, p=[0.7, 0.2, 0.1])
    forms = [list(rng.choice(FORMS, 1 + int(rng.random() < 0.4), replace=False)) if k == "act" else [] for k in kind]
    return pd.DataFrame(
        {
            "segment": [f"S{i:05d}" for i in range(1, n + 1)],
            "document": [f"D{i:04d}" for i in document],
            "on": LAST_DAY - pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "follow": np.where(document < case_documents, "case", "panel"),
            "kind": kind,
            "tone": np.where(kind == "act", rng.choice(["constructive", "destructive", "depends"], n), ""),
            "forms": pd.Series([[str(code) for code in codes] for codes in forms], dtype="object"),
            "effect": np.where(kind == "effect", rng.choice(["EFF-SU-ACC", "EFF-ER-MOR"], n), ""),
            "direction": np.where(kind == "effect", rng.choice(["EFF-DIR-BETTER", "EFF-DIR-MIXED"], n), ""),
        }
    )


REPORTS = pd.DataFrame(
    {
        "report": [f"R{i:04d}" for i in range(1, 601)],
        "role": [
            ["peer_support_worker", "local_001", "registered_nurse", "physician_associate"][i % 4] for i in range(600)
        ],
        "reported_on": pd.Timestamp(2023, 8, 1),
    }
)
TYPES = draw_role_types(REPORTS["role"].unique(), REGISTER, CodingSpec(), np.random.default_rng(5))


def draw(segments: pd.DataFrame, seed: int = 1, **values: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    return draw_codings(segments, REPORTS, TYPES, BOOKS, CodingSpec(**values), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def segments() -> pd.DataFrame:
    return invented_segments(120, 180)


@pytest.fixture(scope="module")
def large(segments: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Enough documents for rates to show by coder and round."""
    return draw(segments)


def within(found: int, n: int, probability: float) -> bool:
    """Is this number of n possible at this probability? Not further out than one draw in ten thousand on either side."""
    low, high = binom.ppf([1e-4, 1 - 1e-4], n, probability)
    return bool(low <= found <= high)


def as_sets(codings: pd.DataFrame) -> dict[tuple[str, str, str, int], set[str]]:
    """The codes of each unit, coder and round; by hand, so that it doesn't depend on how the table is made."""
    given: dict[tuple[str, str, str, int], set[str]] = {}
    for row in codings.itertuples():
        given.setdefault((row.unit_kind, row.unit, row.coder, row.round), set()).add(row.code)
    return given


def true_codes(segments: pd.DataFrame) -> dict[tuple[str, str], set[str]]:
    tones = {"constructive": "BW-TONE-CON", "destructive": "BW-TONE-DES", "depends": "BW-TONE-DEP"}
    codes: dict[tuple[str, str], set[str]] = {}
    for row in segments.itertuples():
        act = {*row.forms, tones.get(row.tone, "BW-NONE")}
        codes["segment", row.segment] = {row.effect, row.direction} if row.kind == "effect" else act
    codes |= {("report", row.report): set(TYPES[row.role]) for row in REPORTS.itertuples()}
    return codes | {("role", role): set(types) for role, types in TYPES.items()}


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(module).failed == 0


# --- parameters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"mis": by_coder(0.1)}, "Did you mean 'miss'"),
        ({"miss": by_coder(1.2)}, "miss: 1.2 for 'coder_1' is impossible: expected a number from 0 to 1"),
        ({"miss": {"coder_1": 0.1}}, "miss: no value for coder_2, coder_3, coder_4"),
        ({"skip": {**by_coder(0), "coder_5": 0.1}}, "skip: unknown 'coder_5'"),
        ({"drift": {**by_coder(0), "coder_4": -0.2}}, "coder_4 would miss a code with probability -0.1 in round 3"),
        ({"drift": by_coder(0.5)}, "coder_1 would miss a code with probability 1.08 in round 3"),
        ({"rounds": 0}, "rounds: 0 is impossible"),
        ({"case_coders": 5}, "case_coders: 5 is more than there are coders, 4"),
        ({"panel_coders": 1.5}, "panel_coders: 1.5 is impossible: expected a whole number"),
        ({"role_weights": {"SMC-ENH": 1.0}}, "role_weights: no value for SMC-SPE"),
        (
            {"role_weights": {**dict.fromkeys(CodingSpec().role_weights, 0), "SMC-INN": 1}},
            "role_weights: too few weights",
        ),
        ({"interface_weights": {"SMC-TRANS": 1.0}}, "interface_weights: unknown 'SMC-TRANS'. Did you mean 'SMC-TRA'"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        CodingSpec.from_values(values)


# --- kinds of skill-mix change ------------------------------------------------------------------------------------


def test_roles_of_the_case_studies_have_the_kinds_that_we_read_from_published_examples() -> None:
    """Examples in our reading of Sibbald, Shen & McBride 2004; vertical substitution after Nancarrow & Borthwick 2005."""
    read = {
        "advanced_practitioner": ["SMC-ENH"],
        "approved_responsible_clinician": ["SMC-SUB-VER"],
        "physician_associate": ["SMC-SUB-VER"],
        "nursing_associate": ["SMC-DEL"],
        "clinical_associate_in_psychology": ["SMC-DEL"],
        "peer_support_worker": ["SMC-INN"],
        "mental_health_wellbeing_practitioner": ["SMC-INN"],
        "education_mental_health_practitioner": ["SMC-INN", "SMC-TRA"],
    }
    assert set(read) == set(REGISTER.loc[REGISTER["case_study"].eq(True), "id"])
    assert {role: TYPES[role] for role in read} == read


def test_existing_roles_change_nothing_and_every_other_role_has_a_kind() -> None:
    existing = set(REGISTER.loc[REGISTER["new"].eq(False), "id"])
    for role, types in TYPES.items():
        assert (types == ["SMC-NONE"]) == (role in existing)
        assert len(set(types)) == len(types) > 0
    assert set(REGISTER["id"]) - existing < set(TYPES)
    assert TYPES["local_001"] != ["SMC-NONE"]


def test_kinds_of_other_roles_follow_their_weights() -> None:
    roles = [f"local_{i:04d}" for i in range(2000)]
    weights = {**dict.fromkeys(CodingSpec().role_weights, 0.0), "SMC-INN": 3.0, "SMC-DEL": 1.0}
    spec = CodingSpec(role_weights={k: v / 4 for k, v in weights.items()}, second_type=0,
                      interface_weights={"SMC-TRA": 0.2, "SMC-REL": 0, "SMC-LIA": 1})  # fmt: skip
    types = draw_role_types(roles, REGISTER, spec, np.random.default_rng(1))
    drawn = [set(types[role]) for role in roles]
    assert within(sum("SMC-INN" in codes for codes in drawn), 2000, 0.75)
    assert within(sum("SMC-TRA" in codes for codes in drawn), 2000, 0.2)
    assert all("SMC-LIA" in codes and len(codes & {"SMC-INN", "SMC-DEL"}) == 1 for codes in drawn)
    both = draw_role_types(roles, REGISTER, CodingSpec(second_type=1), np.random.default_rng(1))
    assert all(len([code for code in both[role] if code in weights]) == 2 for role in roles)


# --- who codes what -----------------------------------------------------------------------------------------------


def test_codings_are_the_table_of_a_study_folder(large: tuple[pd.DataFrame, Any]) -> None:
    codings = large[0]
    descriptor = table_descriptor("codings")
    assert codings.columns.tolist() == [field["name"] for field in descriptor["fields"]]
    assert not codings.duplicated(descriptor["primaryKey"]).any()
    assert (codings["value"] == 1).all()
    assert not codings.isna().any().any()
    for book, group in codings.groupby("codebook"):
        codes = BOOKS[book].set_index("id").loc[group["code"].unique()]
        if "group_only" in codes.columns:
            assert not codes["group_only"].eq(True).any()
        assert set(codes["axis"]) == {"boundary_work": {"form", "tone", "none"}, "effects": {"domain", "direction", "none"},
                                      "skill_mix_change": {"role", "interface", "none"}}[book]  # fmt: skip


def test_documents_are_shared_out_over_rounds_and_coders(segments: pd.DataFrame) -> None:
    """Three coders for each segment of case teams, two for the others, every group of so many equally often."""
    codings, _ = draw(segments, **FAULTLESS)
    mine = codings[codings["unit_kind"] == "segment"].merge(segments, left_on="unit", right_on="segment")
    by_document = mine.groupby("document").agg(
        coders=("coder", lambda each: tuple(sorted(set(each)))), rounds=("round", "nunique"), round=("round", "first"),
        follow=("follow", "first"), units=("unit", "nunique"),
    )  # fmt: skip
    assert (by_document["rounds"] == 1).all()
    assert (by_document["units"] == 5).all()
    for follow, size, documents in (("case", 3, 120), ("panel", 2, 180)):
        of_kind = by_document[by_document["follow"] == follow]
        groups = of_kind.groupby(["round", "coders"]).size()
        possible = list(itertools.product([1, 2, 3], itertools.combinations(CODERS, size)))
        assert sorted(groups.index) == sorted(possible)
        assert (groups == documents // len(possible)).all()


def test_roles_are_coded_twice_by_all_and_reports_by_one_or_two(segments: pd.DataFrame) -> None:
    codings, _ = draw(segments, **FAULTLESS)
    jobs = codings.drop_duplicates(["unit_kind", "unit", "coder", "round"])
    roles = jobs[jobs["unit_kind"] == "role"]
    new = {role for role, types in TYPES.items() if role in set(REGISTER["id"]) and types != ["SMC-NONE"]}
    assert set(roles["unit"]) == new
    assert len(roles) == len(new) * 4 * 2
    assert set(roles["round"]) == {1, 2}
    coders = jobs[jobs["unit_kind"] == "report"].groupby("unit")["coder"].nunique()
    assert len(coders) == 600
    assert set(coders) == {1, 2}
    assert within(int((coders == 2).sum()), 600, 0.3)
    once, _ = draw(segments, rounds=1, double_coded=1, **FAULTLESS)
    assert set(once["round"]) == {1}
    assert (once[once["unit_kind"] == "report"].groupby("unit")["coder"].nunique() == 2).all()


def test_coding_comes_after_the_period_and_goes_on_round_by_round(large: tuple[pd.DataFrame, Any]) -> None:
    codings = large[0]
    first, last = codings.groupby("round")["coded_on"].min(), codings.groupby("round")["coded_on"].max()
    assert first[1] == LAST_DAY + dt.timedelta(days=30)
    assert last[1] < first[2] <= last[2] < first[3]
    in_order = codings[codings["unit_kind"] == "segment"].sort_values("unit")
    assert (
        in_order.groupby(["codebook", "round", "coder"])["coded_on"]
        .apply(lambda days: days.is_monotonic_increasing)
        .all()
    )


# --- how well they code -------------------------------------------------------------------------------------------


def test_faultless_coders_give_the_truth_and_agree_on_every_unit(segments: pd.DataFrame) -> None:
    codings, truth = draw(segments, **FAULTLESS)
    true = true_codes(segments)
    given = as_sets(codings)
    assert all(codes == true[kind, unit] for (kind, unit, _, _), codes in given.items())
    assert sum(truth["units_skipped"].values()) == 0
    assert len(given) == sum(truth["units_given"].values())


def test_each_coder_misses_codes_at_the_planted_rate_in_each_round(
    segments: pd.DataFrame, large: tuple[pd.DataFrame, Any]
) -> None:
    """1 - miss - drift x (round - 1) of the codes that apply are given, tones and directions aside."""
    codings, truth = large
    spec, true = CodingSpec(), true_codes(segments)
    found: dict[tuple[str, int], list[bool]] = {}
    for (kind, unit, coder, number), codes in as_sets(codings).items():
        for code in true[kind, unit] - TONES - {"BW-NONE", "SMC-NONE"}:
            if not code.startswith("EFF-DIR"):
                found.setdefault((coder, number), []).append(code in codes)
    assert len(found) == 12
    for (coder, number), hits in found.items():
        miss = spec.miss[coder] + spec.drift[coder] * (number - 1)
        assert len(hits) > 250
        assert within(sum(hits), len(hits), 1 - miss)
        assert truth["miss"][coder][number] == pytest.approx(miss)
    trainee = [np.mean(found["coder_4", number]) for number in (1, 2, 3)]
    assert trainee[0] < trainee[1] < trainee[2]


def test_coders_skip_units_at_their_rate_and_otherwise_always_give_something(
    segments: pd.DataFrame, large: tuple[pd.DataFrame, Any]
) -> None:
    codings, truth = large
    given = as_sets(codings)
    everything = as_sets(draw(segments, **FAULTLESS)[0])
    for coder in CODERS:
        units, skipped = truth["units_given"][coder], truth["units_skipped"][coder]
        assert sum(key[2] == coder for key in everything) == units
        assert sum(key[2] == coder for key in given) == units - skipped
        assert within(skipped, units, CodingSpec().skip[coder])


def test_tones_slip_at_the_planted_rate_and_there_is_exactly_one(
    segments: pd.DataFrame, large: tuple[pd.DataFrame, Any]
) -> None:
    true = true_codes(segments)
    slips: dict[str, list[bool]] = {}
    wrong: list[str] = []
    for (kind, unit, coder, _), codes in as_sets(large[0]).items():
        if kind != "segment":
            continue
        tones = codes & (TONES | {"EFF-DIR-BETTER", "EFF-DIR-WORSE", "EFF-DIR-MIXED"})
        assert len(tones) == int(not codes & {"BW-NONE", "EFF-NONE"})
        assert len(codes) > 1 or codes & {"BW-NONE", "EFF-NONE"}
        if tones and "BW-NONE" not in true[kind, unit]:
            slips.setdefault(coder, []).append(not tones <= true[kind, unit])
            wrong += list(tones - true[kind, unit])
    for coder, found in slips.items():
        assert within(sum(found), len(found), CodingSpec().tone_slip[coder])
    effects = [code for code in wrong if code.startswith("EFF")]
    assert set(effects) == {"EFF-DIR-BETTER", "EFF-DIR-WORSE", "EFF-DIR-MIXED"}
    assert {code for code in wrong if code.startswith("BW")} == TONES


def test_a_missed_code_can_turn_into_its_sibling(segments: pd.DataFrame) -> None:
    """All missed and all mixed up: BW-REP can only become one of the others under its heading, and so on."""
    codings, _ = draw(segments, **{**FAULTLESS, "miss": by_coder(1), "sibling": by_coder(1)})
    parents = {row.id: row.parent for row in BOOKS["boundary_work"].fillna({"parent": ""}).itertuples()}
    one_form = segments[segments["forms"].map(len) == 1].set_index("segment")
    given = codings[codings["unit"].isin(one_form.index) & ~codings["code"].isin(TONES)]
    assert len(given) == codings[codings["unit"].isin(one_form.index)].drop_duplicates(["unit", "coder"]).shape[0]
    became: dict[str, set[str]] = {}
    for row in given.itertuples():
        became.setdefault(one_form.loc[row.unit, "forms"][0], set()).add(row.code)
    assert became["BW-REP"] == {"BW-BRI", "BW-SPA", "BW-ACC"}
    assert became["BW-BLU"] == {"BW-EVI"}
    for code, others in became.items():
        assert code not in others
        assert {parents[other] for other in others} == {parents[code]}


@pytest.mark.parametrize("other", ["sibling", "extra"])
def test_a_wrong_code_is_never_one_that_applies(segments: pd.DataFrame, other: str) -> None:
    """Not even another code of the same unit: who misses everything gives no form, domain or kind that is true."""
    codings, _ = draw(segments, **{**FAULTLESS, "miss": by_coder(1), other: by_coder(1)})
    true, ratings = true_codes(segments), {*TONES, "EFF-DIR-BETTER", "EFF-DIR-WORSE", "EFF-DIR-MIXED"}
    for (kind, unit, _, _), codes in as_sets(codings).items():
        nothing_applies = true[kind, unit] <= {"BW-NONE", "SMC-NONE"}
        assert (codes - ratings).isdisjoint(true[kind, unit]) or (nothing_applies and other == "sibling")


def test_who_misses_everything_says_none_applies(segments: pd.DataFrame) -> None:
    codings, _ = draw(segments, **{**FAULTLESS, "miss": by_coder(1)})
    assert set(codings["code"]) == {"BW-NONE", "EFF-NONE", "SMC-NONE"}


def test_extra_codes_are_wrong_codes_of_the_same_book_and_as_frequent_as_asked(segments: pd.DataFrame) -> None:
    codings, _ = draw(segments, **{**FAULTLESS, "extra": by_coder(0.3)})
    true = true_codes(segments)
    added = []
    for (kind, unit, _, _), codes in as_sets(codings).items():
        wrong = codes - true[kind, unit] - TONES - {"EFF-DIR-BETTER", "EFF-DIR-WORSE", "EFF-DIR-MIXED"}
        assert true[kind, unit] - {"BW-NONE", "SMC-NONE"} <= codes
        assert len(wrong) <= 1
        added.append(bool(wrong))
    assert within(sum(added), len(added), 0.3)
    always, _ = draw(segments.head(50), **{**FAULTLESS, "extra": by_coder(1)})
    assert not set(always["code"]) & {"BW-NONE", "EFF-NONE", "SMC-NONE"}


def test_who_skips_everything_leaves_no_rows(segments: pd.DataFrame) -> None:
    codings, truth = draw(segments.head(50), skip=by_coder(1))
    assert codings.empty
    assert truth["units_skipped"] == truth["units_given"]


# --- truth --------------------------------------------------------------------------------------------------------


def test_the_truth_is_that_of_the_segments_and_can_be_written(
    segments: pd.DataFrame, large: tuple[pd.DataFrame, Any]
) -> None:
    truth = large[1]
    assert yaml.load(yaml.dump(truth, Dumper=yaml.CSafeDumper), Loader=yaml.CSafeLoader) == truth
    true = true_codes(segments)
    assert {unit: set(codes) for unit, codes in truth["segments"].items()} == {
        unit: codes for (kind, unit), codes in true.items() if kind == "segment"
    }
    assert truth["roles"] == TYPES


def test_prevalence_is_the_share_of_units_to_which_a_code_applies(
    segments: pd.DataFrame, large: tuple[pd.DataFrame, Any]
) -> None:
    """By counting: of the 600 reports, 150 are each of peer_support_worker, local_001, registered_nurse and the fourth."""
    prevalence = large[1]["prevalence"]
    true = true_codes(segments)
    units = segments.loc[segments["kind"] != "effect", "segment"]
    for code in ("BW-REP", "BW-TONE-DES", "BW-SCU"):
        share = sum(code in true["segment", unit] for unit in units) / len(units)
        assert prevalence["boundary_work"]["segment"][code] == pytest.approx(share, abs=1e-6)
    assert "BW-COMP" not in prevalence["boundary_work"]["segment"]
    expected = sum("SMC-INN" in TYPES[role] for role in REPORTS["role"].unique()) / 4
    assert prevalence["skill_mix_change"]["report"]["SMC-INN"] == pytest.approx(expected)


# --- same draw, small studies, bad input --------------------------------------------------------------------------


def test_the_same_stream_gives_the_same_codings(segments: pd.DataFrame) -> None:
    few = segments.head(100)
    one, other = draw(few), draw(few)
    pd.testing.assert_frame_equal(one[0], other[0])
    assert one[1] == other[1]
    assert not draw(few, seed=2)[0].equals(one[0])


def test_a_study_without_segments_still_has_its_typology(segments: pd.DataFrame) -> None:
    codings, truth = draw(segments.head(0))
    assert set(codings["unit_kind"]) == {"role", "report"}
    assert truth["segments"] == {}
    assert codings["coded_on"].min() == pd.Timestamp(2023, 8, 31)


def test_one_segment_works(segments: pd.DataFrame) -> None:
    codings, truth = draw(segments.head(1), case_coders=4, skip=by_coder(0))
    assert codings.loc[codings["unit"] == "S00001", "coder"].nunique() == 4
    assert list(truth["segments"]) == ["S00001"]


def test_bad_input_is_named(segments: pd.DataFrame) -> None:
    rng, spec = np.random.default_rng(1), CodingSpec()
    with pytest.raises(InputError, match="the codebook 'effects' is missing"):
        draw_codings(segments, REPORTS, TYPES, {k: v for k, v in BOOKS.items() if k != "effects"}, spec, rng)
    with pytest.raises(InputError, match="no type for 'local_001'"):
        draw_codings(segments, REPORTS, {k: v for k, v in TYPES.items() if k != "local_001"}, BOOKS, spec, rng)
    swapped = {**BOOKS, "boundary_work": BOOKS["boundary_work"].query("id != 'BW-REP'")}
    with pytest.raises(InputError, match="The codebook 'boundary_work' has no code 'BW-REP'"):
        draw_codings(segments, REPORTS, TYPES, swapped, spec, rng)
    flat = {**BOOKS, "effects": BOOKS["effects"].drop(columns="axis")}
    with pytest.raises(InputError, match="'effects' doesn't say on which axis"):
        draw_codings(segments, REPORTS, TYPES, flat, spec, rng)

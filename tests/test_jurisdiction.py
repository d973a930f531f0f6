"""What professions share: overlap by hand, the overlaps planted in the example study, and what must hold for any table."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from newroles.datasets import load_codebook, load_open, load_published, load_record, load_study
from newroles.datasets.places import data_folder
from newroles.errors import InputError
from newroles.jurisdiction import (
    as_competencies,
    as_shares,
    beside_professions,
    bordering,
    closest_in_words,
    clustered_order,
    compare_measures,
    competencies_of,
    counterpart_ranks,
    distinctive,
    nearest,
    nearest_with_ties,
    nearest_without,
    occupation_counterparts,
    occupation_overlap,
    overlap,
    overlap_intervals,
    place_role,
    place_roles,
    register_counterparts,
    shared_core,
    sure_in_words,
)


def competencies(**roles: dict[str, float]) -> pd.DataFrame:
    rows = [(role, name, weight) for role, held in roles.items() for name, weight in held.items()]
    return pd.DataFrame(rows, columns=["role", "competency", "weight"])


THREE = competencies(
    nurse={"assesses": 0.6, "comforts": 0.9, "gives_medicines": 0.3},
    doctor={"assesses": 0.8, "prescribes": 1.0, "gives_medicines": 0.3},
    helper={"drives": 0.5},
)


def between(pairs: pd.DataFrame, a: str, b: str) -> pd.Series:
    return pairs[(pairs["role_a"] == a) & (pairs["role_b"] == b)].iloc[0]


@pytest.fixture(scope="module")
def study() -> pd.DataFrame:
    return load_study("example_study").competencies


# Known answers -------------------------------------------------------------------------------------------------------------


def test_overlap_by_hand():
    """Smaller weights 0.6 + 0.3 = 0.9; larger ones 0.8 + 0.9 + 1.0 + 0.3 = 3.0."""
    pairs = overlap(THREE)
    found = between(pairs, "nurse", "doctor")
    assert found["overlap"] == pytest.approx(0.9 / 3.0)
    assert (found["shared"], found["n"]) == (2, 4)
    assert between(pairs, "nurse", "helper")["overlap"] == 0
    assert len(pairs) == 9
    assert pairs["role_a"].unique().tolist() == ["nurse", "doctor", "helper"]


def test_cosine_by_hand():
    """(0.6 x 0.8 + 0.3 x 0.3) / sqrt((0.36 + 0.81 + 0.09) (0.64 + 1 + 0.09)) = 0.57 / sqrt(1.26 x 1.73)."""
    found = between(overlap(THREE, "cosine"), "nurse", "doctor")
    assert found["overlap"] == pytest.approx(0.57 / np.sqrt(1.26 * 1.73))


def test_without_weights_it_is_the_jaccard_index():
    one = competencies(a={"x": 1, "y": 1, "z": 1}, b={"y": 1, "z": 1, "w": 1})
    assert between(overlap(one), "a", "b")["overlap"] == pytest.approx(2 / 4)


def test_a_role_without_weight_overlaps_with_nobody_and_itself_not_definably():
    empty = pd.concat([THREE, competencies(ghost={"assesses": 0}, shade={"assesses": 0})])
    pairs = overlap(empty)
    assert between(pairs, "ghost", "nurse")["overlap"] == 0
    assert np.isnan(between(pairs, "ghost", "shade")["overlap"])
    assert np.isnan(between(pairs, "ghost", "ghost")["overlap"])
    assert np.isnan(between(overlap(empty, "cosine"), "ghost", "nurse")["overlap"])
    assert sorted(clustered_order(pairs)) == ["doctor", "ghost", "helper", "nurse", "shade"]


def test_the_overlaps_drawn_in_the_example_study_are_found_and_lie_near_the_planted_ones(study):
    text = (data_folder() / "example_study.truth.yml").read_text(encoding="utf-8")
    section = re.search(r"^competencies:\n(?: .*\n)+", text, re.MULTILINE)  # the whole file takes seconds to parse
    assert section
    planted = yaml.safe_load(section[0])["competencies"]["overlap"]
    rows = [(a, b, *known.values()) for a, others in planted.items() for b, known in others.items()]
    known = pd.DataFrame(rows, columns=["role_a", "role_b", "planted", "drawn"]).dropna()
    both = known.merge(overlap(study), on=["role_a", "role_b"], validate="1:1")
    assert len(both) == len(known) > 20
    assert np.allclose(both["overlap"], both["drawn"], atol=1e-6)
    assert (both["overlap"] - both["planted"]).abs().max() < 0.05
    assert abs((both["overlap"] - both["planted"]).mean()) < 0.01


def test_the_core_of_two_roles_by_hand():
    assert shared_core(THREE).to_numpy().tolist() == [["nurse", "doctor", "assesses", 0.6, 0.8]]
    wider = shared_core(THREE, at_least=0.3)
    assert wider["competency"].tolist() == ["assesses", "gives_medicines"]
    assert shared_core(THREE, at_least=0.7).empty


def test_a_role_borders_on_those_with_whom_it_shares_the_most_first():
    """New: with the doctor smaller weights 0.5 + 0.3 of larger 0.8 + 1 + 0.3 + 0.5; with the helper 0.5 of 3 x 0.5 - 0.2."""
    table = pd.concat(
        [THREE, competencies(new={"assesses": 0.5, "gives_medicines": 0.3, "drives": 0.5})], ignore_index=True
    )
    found = bordering("new", table)
    by_role = found.drop_duplicates("borders_on").set_index("borders_on")["overlap"]
    assert by_role.index.tolist() == ["helper", "nurse", "doctor"]
    assert by_role.tolist() == pytest.approx([0.5 / 1.3, 0.8 / (0.6 + 0.9 + 0.3 + 0.5), 0.8 / (0.8 + 1 + 0.3 + 0.5)])
    doctor = found[found["borders_on"] == "doctor"]
    assert doctor["competency"].tolist() == ["assesses", "gives_medicines"]
    assert doctor["share"].tolist() == pytest.approx([0.5 / 0.8, 0.3 / 0.8])
    assert doctor["weight_there"].tolist() == [0.8, 0.3]
    assert bordering("new", table, at_least=0.36)["borders_on"].tolist() == ["helper"]
    assert doctor["of_own"].tolist() == pytest.approx([0.8 / 1.3] * 2)  # 0.5 + 0.3 of 1.3
    assert doctor["of_theirs"].tolist() == pytest.approx([1.1 / 2.1] * 2)  # 0.8 + 0.3 of 0.8 + 1 + 0.3
    several = bordering(["nurse", "new"], table, to=["doctor", "nurse"])
    assert several.drop_duplicates(["role", "borders_on"])[["role", "borders_on"]].to_numpy().tolist() == [
        ["nurse", "doctor"],
        ["new", "nurse"],
        ["new", "doctor"],
    ]


def test_alike_roles_stand_together():
    """Two pairs with the same work, listed alternately."""
    table = competencies(a={"x": 1, "y": 0.1}, b={"z": 1}, c={"x": 1}, d={"z": 1, "y": 0.1})
    order = clustered_order(overlap(table))
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset("ac"), frozenset("bd")}
    assert order[1:3] in (["a", "d"], ["d", "a"])  # those that share y meet in the middle
    assert clustered_order(overlap(competencies(a={"x": 1}))) == ["a"]


# What sets roles apart, and who is nearest ---------------------------------------------------------------------------------


def test_what_is_distinctive_by_hand():
    """Nurse: of 1.8, assesses 1/3, comforts 1/2, gives 1/6. Doctor: of 2.1, assesses 8/21, prescribes 10/21, gives 1/7.
    Helper: drives 1. Elsewhere is the mean of the other two."""
    found = distinctive(THREE).set_index(["role", "competency"])
    assert found.loc["nurse"].index.tolist() == ["comforts", "assesses", "gives_medicines"]
    nurse = found.loc[("nurse", "assesses")]
    assert nurse["share"] == pytest.approx(1 / 3)
    assert nurse["elsewhere"] == pytest.approx((8 / 21 + 0) / 2)
    assert nurse["more"] == pytest.approx(1 / 3 - 4 / 21)
    assert nurse["others_with"] == 1
    assert found.loc[("helper", "drives"), "elsewhere"] == 0
    assert distinctive(competencies(alone={"x": 2}))["elsewhere"].isna().all()


def test_shares_are_of_each_role_s_own_total_and_lists_weigh_alike():
    assert as_shares(THREE).query("role == 'nurse'")["weight"].tolist() == pytest.approx([1 / 3, 1 / 2, 1 / 6])
    listed = THREE.drop(columns="weight")
    assert as_shares(listed).query("role == 'doctor'")["weight"].tolist() == pytest.approx([1 / 3] * 3)
    assert as_shares(THREE.assign(weight=[0, 1, 1, 1, 1, 1, 1])).query("role == 'nurse'")["competency"].tolist() == [
        "comforts",
        "gives_medicines",
    ]


def test_neighbours_stand_in_order_and_strangers_are_left_out():
    table = competencies(a={"x": 1, "y": 1}, b={"x": 1}, c={"x": 1, "y": 1, "z": 1}, d={"w": 1})
    found = nearest(overlap(table), ["a", "d"], most=1)
    assert found.to_numpy().tolist() == [["a", 1, "c", pytest.approx(2 / 3), 2]]
    assert nearest(overlap(table), ["a"])["neighbour"].tolist() == ["c", "b"]


# How far to trust it -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["weighted_jaccard", "cosine"])
def test_estimates_are_the_overlaps_and_leaving_out_is_computed_anew(measure):
    found = overlap_intervals(THREE, measure, n_boot=50)
    both = found.merge(overlap(THREE, measure), on=["role_a", "role_b"], validate="1:1")
    assert len(both) == 6
    assert both["estimate"].tolist() == pytest.approx(both["overlap"].tolist())
    without = {
        name: between(overlap(THREE[THREE["competency"] != name], measure), "nurse", "doctor")["overlap"]
        for name in THREE["competency"].unique()
    }
    pair = found.query("role_a == 'nurse' and role_b == 'doctor'").iloc[0]
    assert pair["least_without"] == pytest.approx(min(without.values()))
    assert pair["most_without"] == pytest.approx(max(without.values()))
    assert pair["rests_on"] == min(without, key=lambda name: without[name])
    assert pair["low"] <= pair["estimate"] <= pair["high"]


def test_intervals_are_those_of_the_binomial_where_the_overlap_is_a_share():
    """With weights 1 and one role having everything, a draw's overlap is the share of its draws that the other has:
    binomial with n = 40 and p = 0.3, whose percentiles scipy gives."""
    everything = {f"c{i}": 1.0 for i in range(40)}
    table = competencies(all=everything, some=dict(list(everything.items())[:12]))
    found = overlap_intervals(table, n_boot=4000, rng=np.random.default_rng(2)).iloc[0]
    low, high = binom(40, 0.3).ppf([0.025, 0.975]) / 40
    assert found["low"] == pytest.approx(low, abs=0.026)
    assert found["high"] == pytest.approx(high, abs=0.026)


def test_who_is_nearest_is_shared_among_ties_and_sure_where_nobody_competes():
    table = competencies(a={"x": 1, "y": 1}, b={"x": 1, "y": 1}, c={"x": 1, "y": 1}, d={"z": 1})
    found = overlap_intervals(table, n_boot=200).set_index(["role_a", "role_b"])["nearest"]
    drawn = found["a"].sum()  # draws of z alone, in which nobody overlaps, count for nobody
    assert found["a"]["b"] == found["a"]["c"] == pytest.approx(drawn / 2)
    assert 0.9 < drawn < 1
    assert found["a"]["d"] == 0
    assert found["d"].eq(0).all()
    only = overlap_intervals(table, of=["a"], to=["b"], n_boot=200)
    assert only[["role_a", "role_b"]].to_numpy().tolist() == [["a", "b"]]


def test_the_same_seed_gives_the_same_intervals():
    once, again = (overlap_intervals(THREE, n_boot=30, rng=np.random.default_rng(5)) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    assert not once["high"].equals(overlap_intervals(THREE, n_boot=30, rng=np.random.default_rng(6))["high"])


def test_roles_without_weight_have_no_interval():
    table = pd.concat([THREE, competencies(ghost={"assesses": 0}, shade={"drives": 0})])
    found = overlap_intervals(table, n_boot=20).set_index(["role_a", "role_b"])
    assert found.loc[("ghost", "shade"), ["estimate", "low", "high", "least_without", "most_without"]].isna().all()
    assert pd.isna(found.loc[("ghost", "shade"), "rests_on"])


def test_rank_correlations_are_scipy_s_by_hand():
    """Pairs ab, ac, bc: first 3, 2, 1 and then 2, 3, 1 in order of rank: one of three pairs of pairs is turned round."""

    def table(ab: float, ac: float, bc: float) -> pd.DataFrame:
        known = {"ab": ab, "ac": ac, "bc": bc}
        rows = [(a, b, known["".join(sorted((a, b)))], 1) for a in "abc" for b in "abc" if a != b]
        return pd.DataFrame(rows, columns=["role_a", "role_b", "overlap", "shared"])

    found = compare_measures({"one": table(0.9, 0.5, 0.1), "two": table(0.5, 0.9, 0.1)}).iloc[0]
    assert found["kendall"] == pytest.approx((2 - 1) / 3)
    assert found["spearman"] == pytest.approx(1 - 6 * 2 / (3 * 8))  # 1 - 6 sum d^2 / (n (n^2 - 1))
    assert (found["pairs"], found["roles"], found["same_nearest"]) == (3, 3, 2)  # b and c keep theirs
    flat = compare_measures({"one": table(0.5, 0.5, 0.5), "two": table(0.5, 0.9, 0.1)}).iloc[0]
    assert np.isnan(flat["kendall"])


# Lists of activities beside professions ------------------------------------------------------------------------------------

WORK = pd.DataFrame(
    [("nurse", "cares", 0.5), ("nurse", "writes", 0.5), ("doctor", "prescribes", 0.8), ("doctor", "writes", 0.2)],
    columns=["profession", "activity", "share_of_work"],
)


def test_a_list_is_placed_by_hand():
    """cares, writes, talks weigh a third each. Cosine with the nurse: (1/6 + 1/6) / (sqrt(1/3) sqrt(1/2)); with the doctor
    (1/15) / (sqrt(1/3) sqrt(0.68))."""
    found = place_role(["cares", "writes", "talks"], WORK, own=["talks"])
    by_role = found.drop_duplicates("borders_on").set_index("borders_on")
    assert by_role["overlap"].to_dict() == pytest.approx(
        {"nurse": (1 / 3) / np.sqrt(1 / 6), "doctor": (1 / 15) / np.sqrt(0.68 / 3)}
    )
    assert by_role["of_own"].to_dict() == pytest.approx({"nurse": 2 / 3, "doctor": 1 / 3})
    assert by_role["of_theirs"].to_dict() == pytest.approx({"nurse": 1, "doctor": 0.2})
    jaccard = place_role({"cares": 1, "writes": 3}, WORK, "weighted_jaccard").iloc[0]
    assert jaccard["overlap"] == pytest.approx((0.25 + 0.5) / (0.5 + 0.75))


@pytest.mark.parametrize("measure", ["cosine", "weighted_jaccard"])
def test_one_activity_less_is_placing_the_shorter_list(measure):
    """Each row equals `place_roles` of the list without that activity; the other role's list stays whole."""
    listed = load_published("role_activities")
    listed = listed[listed["role"].isin(["nursing_associate", "peer_support_worker"])]
    work, own = load_open("profession_activities"), ["uses_lived_experience"]
    found = nearest_without(listed, work, measure, own)
    assert found[["role", "without"]].to_numpy().tolist() == listed[["role", "activity"]].to_numpy().tolist()
    whole = place_roles(listed, work, measure, own).drop_duplicates("role").set_index("role")["borders_on"]
    for row in found.itertuples():
        shorter = listed[listed["role"].eq(row.role) & listed["activity"].ne(row.without)]
        first = place_roles(shorter, work, measure, own).iloc[0]
        assert (row.nearest, row.overlap) == (first["borders_on"], pytest.approx(first["overlap"]))
        assert row.changes == (row.nearest != whole[row.role])


def test_a_list_of_one_activity_has_nobody_left_without_it():
    found = nearest_without(pd.DataFrame({"role": ["a", "b"], "activity": ["cares", "talks"]}), WORK, own=["talks"])
    assert found["nearest"].isna().all()
    assert found["changes"].tolist() == [True, False]  # b had nobody before


def test_the_rank_of_a_counterpart_by_hand():
    """prescribes and writes, a half each: doctor (0.4 + 0.1) / (sqrt(0.5) sqrt(0.68)) = 0.86, nurse 0.25 / 0.5 = 0.5."""
    listed = pd.DataFrame({"role": "new", "activity": ["prescribes", "writes"]})
    known = pd.DataFrame({"role": ["new", "other", "new_too"], "profession": ["nurse", "doctor", None]})
    found = counterpart_ranks(listed, WORK, known)
    assert found.to_numpy().tolist() == [["new", "nurse", 2, 2, pytest.approx(0.5)]]
    both = pd.concat([WORK, WORK[WORK["profession"].eq("doctor")].assign(profession="surgeon")])
    assert counterpart_ranks(listed, both, known.assign(profession="surgeon"))["rank"].tolist() == [
        1
    ]  # ties share a place
    assert counterpart_ranks(listed, WORK, known.assign(profession=None)).empty
    with pytest.raises(InputError, match="no column 'profession'"):
        counterpart_ranks(listed, WORK, known.drop(columns="profession"))


def test_words_that_no_profession_uses_are_named_with_the_nearest():
    with pytest.raises(
        InputError, match=r"No profession has 'precribes' \(did you mean 'prescribes'\?\), 'zzz'\. Use the"
    ):
        place_role(["cares", "precribes", "zzz"], WORK)
    with pytest.raises(InputError, match="'nurse' is a new role and a profession at once"):
        place_roles(pd.DataFrame({"role": ["nurse"], "activity": "cares"}), WORK)
    with pytest.raises(InputError, match="'cares' twice"):
        place_role(["cares", "cares"], WORK)


def test_a_role_whose_work_is_all_its_own_borders_on_nobody():
    assert place_role(["talks"], WORK, own=["talks"]).empty
    assert place_roles(pd.DataFrame({"role": [], "activity": []}), WORK).empty


def test_published_lists_use_the_words_of_the_professions_and_are_our_reading():
    listed, work = load_published("role_activities"), load_open("profession_activities")
    assert beside_professions(listed, work, ["uses_lived_experience"])["role"].nunique() == 6 + 20
    register = load_codebook("roles").codes.set_index("id")
    assert register.loc[listed["role"].unique(), "case_study"].eq(True).all()
    assert not listed.duplicated(["role", "activity"]).any()
    assert listed["confidence"].eq("C").all()
    assert listed["source"].str.match(r"https?://").all()
    record = load_record("published", "role_activities")
    assert {entry["url"] for entry in record.source} == set(listed["source"])
    assert record.rows == len(listed)


def test_every_role_of_the_register_has_a_counterpart_or_a_gap():
    roles = load_codebook("roles").codes
    found = register_counterparts(load_open("profession_occupations"), roles)
    assert found["role"].tolist() == roles["id"].tolist()
    by_role = found.set_index("role")
    assert by_role.loc["social_worker", "occupations"] == "mental health social worker; health care social worker"
    assert by_role.loc[["peer_support_worker", "nursing_associate", "psychological_wellbeing_practitioner"], "profession"].isna().all()  # fmt: skip
    assert as_competencies(load_open("profession_activities"))["role"].isin(found["profession"].dropna()).any()


def test_a_study_without_competencies_gives_tables_without_rows():
    class Silent:
        def has(self, table: str) -> bool:
            return False

    none = competencies_of(Silent())
    assert overlap(none).empty
    assert bordering([], none, to=[]).empty
    assert overlap_intervals(none, of=[], to=[]).empty
    assert shared_core(none).empty
    assert distinctive(none).empty
    assert nearest(overlap(none)).empty
    assert clustered_order(overlap(none)) == []


# Open data -----------------------------------------------------------------------------------------------------------------


def test_occupations_of_the_open_table_fill_a_matrix():
    open_pairs = load_open("occupation_activities")
    pairs = occupation_overlap(open_pairs, "jaccard")
    assert len(pairs) == 25 * 25
    found = between(pairs, "nurse_practitioner", "psychiatrist")
    # first row of the file: 9 shared, 5 and 12 on one side alone
    assert (found["shared"], found["n"]) == (9, 26)
    assert found["overlap"] == pytest.approx(9 / 26, abs=5e-5)
    assert between(pairs, "psychiatrist", "psychiatrist")["n"] == 14
    order = clustered_order(occupation_overlap(open_pairs))
    assert sorted(order) == sorted(pairs["role_a"].unique())
    assert abs(order.index("registered_nurse") - order.index("licensed_practical_nurse")) < 6


def test_counterparts_are_roles_of_the_register_and_gaps_are_blank():
    found = occupation_counterparts(load_open("occupation_activities"))
    register = set(load_codebook("roles").codes["id"])
    assert set(found["role"].dropna()) <= register
    assert found["role"].dropna().is_unique
    assert found.loc[found["role"].isna(), "caution"].str.startswith("no counterpart").all()


def test_pairs_that_are_missing_or_double_are_named():
    open_pairs = load_open("occupation_activities")
    with pytest.raises(InputError, match="is missing: expected every role with every role"):
        occupation_overlap(open_pairs.iloc[1:])
    with pytest.raises(InputError, match="is there twice"):
        occupation_overlap(pd.concat([open_pairs, open_pairs.iloc[[0]]]))
    with pytest.raises(InputError, match="different numbers of activities"):
        occupation_overlap(open_pairs.assign(only_a=[99, *open_pairs["only_a"][1:]]))
    with pytest.raises(InputError, match="is missing"):
        clustered_order(overlap(THREE).iloc[1:])


# Bad input -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (THREE.drop(columns="weight"), "no column 'weight'"),
        (THREE.assign(weight=-1.0), "Role 'nurse', competency 'assesses': the weight -1.0"),
        (THREE.assign(weight=np.nan), "no number of 0 or more"),
        (THREE.assign(weight="much"), "holds no numbers"),
        (THREE.assign(role=None), "Row 0"),
        (pd.concat([THREE, THREE]), "has the competency 'assesses' twice"),
    ],
)
def test_what_cant_be_used_is_named(table, message):
    with pytest.raises(InputError, match=message):
        overlap(table)


def test_unknown_choices_are_named():
    with pytest.raises(InputError, match="Did you mean 'weighted_jaccard'"):
        overlap(THREE, "weighted jaccard")
    with pytest.raises(InputError, match="Did you mean 'nurse'"):
        bordering("nurs", THREE)
    with pytest.raises(InputError, match="above 0"):
        shared_core(THREE, at_least=0)
    with pytest.raises(InputError, match="competencies of 'helpr'"):
        bordering("nurse", THREE, to=["helpr"])
    with pytest.raises(InputError, match="pairs of 'nurs'"):
        nearest(overlap(THREE), ["nurs"])
    with pytest.raises(InputError, match="At least one neighbour"):
        nearest(overlap(THREE), most=0)
    with pytest.raises(InputError, match="between 0 and 1"):
        overlap_intervals(THREE, level=95)
    with pytest.raises(InputError, match="At least one draw"):
        overlap_intervals(THREE, n_boot=0)
    with pytest.raises(InputError, match="competencies of 'nurs'"):
        overlap_intervals(THREE, of=["nurs"])
    with pytest.raises(InputError, match="Two ways"):
        compare_measures({"one": overlap(THREE)})


# What must hold for any table -----------------------------------------------------------------------------------------------

ANY = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("vwxyz")),
    st.one_of(st.just(0.0), st.floats(1e-6, 1e3)),
    min_size=1,
).map(lambda held: pd.DataFrame([(*key, w) for key, w in held.items()], columns=["role", "competency", "weight"]))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(table=ANY, measure=st.sampled_from(["weighted_jaccard", "cosine"]), scale=st.floats(0.01, 100))
def test_overlap_is_symmetric_within_bounds_and_full_with_itself(table, measure, scale):
    pairs = overlap(table, measure)
    matrix = pairs.pivot_table(index="role_a", columns="role_b", values="overlap", dropna=False, sort=True)
    assert np.allclose(matrix, matrix.T, equal_nan=True)
    known = pairs["overlap"].dropna()
    assert known.between(0, 1).all()
    assert (pairs["shared"] <= pairs["n"]).all()
    itself = pairs[(pairs["role_a"] == pairs["role_b"]) & (pairs["n"] > 0)]
    assert (itself["overlap"] == 1).all()
    # nothing in common exactly where no competency is shared
    assert ((pairs["overlap"] > 0) == (pairs["shared"] > 0))[pairs["overlap"].notna()].all()
    everyone = overlap(table.assign(weight=table["weight"] * scale), measure)
    assert np.allclose(everyone["overlap"], pairs["overlap"], equal_nan=True)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(table=ANY, scale=st.floats(0.01, 100))
def test_the_cosine_doesnt_mind_how_much_one_role_does_in_all(table, scale):
    louder = table.assign(weight=table["weight"].where(table["role"] != "a", table["weight"] * scale))
    assert np.allclose(overlap(louder, "cosine")["overlap"], overlap(table, "cosine")["overlap"], equal_nan=True)


def intervals(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["role_a", "role_b", "estimate", "nearest"])
    return table.assign(low=table["estimate"] - 0.1, high=table["estimate"] + 0.1)


def test_those_who_are_equally_near_are_all_named():
    found = nearest_with_ties(
        intervals(
            ("a", "x", 0.3, 0.5),
            ("a", "y", 0.1 + 0.2, 0.5),
            ("b", "x", 0.4, 0.8),
            ("b", "y", 0.1, 0.2),
            ("c", "x", 0.0, 0.0),
        )
    )
    assert found[["role_a", "role_b", "tied"]].to_numpy().tolist() == [["b", "x", 1], ["a", "y", 2], ["a", "x", 2]]
    said, sure, roles = sure_in_words(found)
    assert (sure, roles) == (1, 2)  # half of the draws each is no nearest one
    assert "One of them has several" in said
    assert sure_in_words(found[found["tied"].eq(1)])[0].endswith("in at least half of the draws.")


def test_the_closest_pairs_are_told_with_their_ties():
    names = {"a": "Alpha Worker", "b": "AMHP", "x": "Nurse", "y": "Doctor"}
    alone = nearest_with_ties(intervals(("a", "x", 0.3, 0.5), ("b", "x", 0.4, 0.8)))
    assert "AMHP and nurse overlap most ({value}, interval {interval})" in closest_in_words(alone, names)
    tied = nearest_with_ties(intervals(("a", "x", 0.4, 0.5), ("b", "x", 0.4, 0.8)))
    assert closest_in_words(tied, names).endswith("({value} each): alpha worker and nurse; AMHP and nurse.")
    many = nearest_with_ties(intervals(*[(a, b, 0.4, 0.5) for a in "ab" for b in "xy"]))
    assert "4 pairs overlap most" in closest_in_words(many, names)


def test_nothing_is_called_nearest_where_nothing_is_shared():
    nobody = nearest_with_ties(intervals(("a", "x", float("nan"), 0.0), ("a", "y", 0.0, 0.0)))
    assert nobody.empty
    assert closest_in_words(nobody, {}).startswith("No case-study role shares a competency")
    assert closest_in_words(nobody, {}, listed=False).startswith("This study says nothing about competencies")
    assert sure_in_words(nobody)[1:] == (0, 0)

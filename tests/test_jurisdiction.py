"""What professions share: overlap by hand, the overlaps planted in the example study, and what must hold for any table."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.datasets import load_codebook, load_open, load_study
from newroles.datasets.places import data_folder
from newroles.errors import InputError
from newroles.jurisdiction import (
    bordering,
    clustered_order,
    occupation_counterparts,
    occupation_overlap,
    overlap,
    shared_core,
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


def test_alike_roles_stand_together():
    """Two pairs with the same work, listed alternately."""
    table = competencies(a={"x": 1, "y": 0.1}, b={"z": 1}, c={"x": 1}, d={"z": 1, "y": 0.1})
    order = clustered_order(overlap(table))
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset("ac"), frozenset("bd")}
    assert order[1:3] in (["a", "d"], ["d", "a"])  # those that share y meet in the middle
    assert clustered_order(overlap(competencies(a={"x": 1}))) == ["a"]


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
        (THREE.iloc[:0], "no rows"),
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

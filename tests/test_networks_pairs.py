"""Tables of pairs of groups: what can be said without the people."""

import numpy as np
import pandas as pd
import pytest

from newroles.datasets import load_published
from newroles.errors import InputError
from newroles.networks import build
from newroles.networks.families import with_families
from newroles.networks.pairs import ei_of_pairs, mixing_of_pairs
from newroles.networks.teams import share_across_by_team


@pytest.fixture(scope="module")
def ward():
    return load_published("hospital_ward_contacts"), load_published("hospital_ward_people").set_index("group")["people"]


def test_the_ward_s_table_adds_up_to_what_the_article_prints(ward):
    # Vanhems and others 2013, abstract: 14,037 contacts, 46 staff and 29 patients
    contacts, people = ward
    assert contacts["contacts"].sum() == 14_037
    assert contacts["seconds"].sum() == 648_480
    assert people.sum() - people["patient"] == 46
    # Table 1 against Table 2: a person's mean contacts times people = contacts with an end in the group, within ones twice
    mean = load_published("hospital_ward_people").set_index("group")["mean_contacts"]
    ends = (
        contacts.groupby("group_a")["contacts"].sum().add(contacts.groupby("group_b")["contacts"].sum(), fill_value=0)
    )
    assert (ends / people).round().sub(mean).abs().max() <= 1


def test_ei_of_the_ward_equals_that_of_its_contact_records(ward, shared):
    # reference/temporal/vanhems_hospital_contacts: E-I of 20-second records, which is E-I of seconds
    import json

    case = json.loads((shared / "reference/temporal/vanhems_hospital_contacts/case.json").read_text())
    found = ei_of_pairs(*ward, "seconds").iloc[0]
    assert found["ei"] == pytest.approx(case["expected"]["ei_records"], abs=1e-8)
    # 1 - 2 sum n(n-1) / (N(N-1)) by hand: 27x26 + 29x28 + 11x10 + 8x7 = 1680 of 75x74 = 5550
    assert found["expected"] == pytest.approx(1 - 2 * 1680 / 5550)


def test_pairs_by_hand():
    table = pd.DataFrame({"group_a": ["n", "p", "n"], "group_b": ["n", "n", "d"], "contacts": [3, 4, 1]})
    found = mixing_of_pairs(table, pd.Series({"n": 3, "p": 2, "d": 1}), "contacts").set_index(["group_a", "group_b"])
    assert found["pairs_of_people"].to_dict() == {
        ("n", "n"): 3, ("n", "p"): 6, ("n", "d"): 3, ("p", "p"): 1, ("p", "d"): 2, ("d", "d"): 0,
    }  # fmt: skip
    assert found.loc[("n", "p"), "ratio"] == pytest.approx((4 / 8) / (6 / 15))
    assert found.loc[("p", "p"), "ratio"] == 0
    assert np.isnan(found.loc[("d", "d"), "ratio"])
    assert found["share"].sum() == pytest.approx(1)
    assert found["expected_share"].sum() == pytest.approx(1)
    roles = ei_of_pairs(table, pd.Series({"n": 3, "p": 2, "d": 1}), "contacts", level="role").set_index("name")
    assert roles.loc["n", ["internal", "external"]].tolist() == [3, 5]
    assert roles.loc["d", ["ei", "expected"]].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"group_b": ["p", "n"], "group_a": ["n", "p"]}, "twice"),
        ({"group_b": ["n", "x"]}, "No size is given for x"),
        ({"contacts": [1, -1]}, "row 2 has -1"),
        ({"contacts": [0, 0]}, "nobody met"),
    ],
)
def test_bad_tables_are_refused(change, message):
    table = pd.DataFrame({"group_a": ["n", "n"], "group_b": ["n", "p"], "contacts": [3, 4]}).assign(**change)
    with pytest.raises(InputError, match=message):
        mixing_of_pairs(table, pd.Series({"n": 3, "p": 2}), "contacts")


def test_sizes_levels_and_columns_are_checked():
    table = pd.DataFrame({"group_a": ["n"], "group_b": ["n"], "contacts": [3]})
    with pytest.raises(InputError, match="1 or more"):
        mixing_of_pairs(table, pd.Series({"n": 0}), "contacts")
    for call in (ei_of_pairs, mixing_of_pairs):
        with pytest.raises(InputError, match="sizes gives 'n' twice"):
            call(table, pd.Series([2, 3], index=["n", "n"]), "contacts")
    with pytest.raises(InputError, match="needs the column seconds"):
        mixing_of_pairs(table, pd.Series({"n": 2}), "seconds")
    with pytest.raises(InputError, match="level"):
        ei_of_pairs(table, pd.Series({"n": 2}), "contacts", level="person")


def test_a_register_that_names_a_role_twice_is_refused():
    people = pd.DataFrame({"person": [1], "role": ["nurse"], "role_kind": ["existing"]})
    with pytest.raises(InputError, match="names the role 'nurse' more than once"):
        with_families(people, pd.DataFrame({"id": ["nurse", "nurse"], "family": ["nursing", "medical"]}))
    with pytest.raises(InputError, match="register needs the column family"):
        with_families(people, pd.DataFrame({"id": ["nurse"]}))


def test_waves_of_two_kinds_are_not_compared():
    people = pd.DataFrame({"person": list("ab"), "role": list("np"), "team": "t"})
    ties = pd.DataFrame({"source": ["a"], "target": ["b"]})
    with pytest.raises(InputError, match="before is directed and after is undirected"):
        share_across_by_team(build(people, ties), build(people, ties, directed=False))

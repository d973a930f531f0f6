"""Places in a network by group, and bridges as counts."""

import pandas as pd
import pytest

from newroles.networks import build
from newroles.networks.places import bridges_in_counts, places_in_network

PEOPLE = pd.DataFrame(
    {
        "person": list("abcde"),
        "role": ["nurse", "nurse", "doctor", "peer", "nurse"],
        "role_kind": ["existing"] * 3 + ["new"] + ["existing"],
    }
)


def test_a_star_has_its_middle_in_the_core():
    # a is tied to everybody but e, who is alone
    network = build(PEOPLE, pd.DataFrame({"source": ["a"] * 3, "target": list("bcd")}), directed=False)
    found = places_in_network(network).set_index("role")
    assert found["people"].to_dict() == {"doctor": 1, "nurse": 3, "peer": 1}
    assert found["in_core"].to_dict() == {"doctor": 0, "nurse": 1, "peer": 0}
    assert found.loc["nurse", "partners"] == pytest.approx(4 / 3)
    # a holds three who don't know each other: effective size 3; b has one partner: 1; e none
    assert found.loc["nurse", "effective_size"] == pytest.approx(2)
    assert found.loc["peer", "diversity"] == 0


def test_without_ties_there_is_no_core():
    network = build(PEOPLE, pd.DataFrame({"source": [], "target": []}), directed=False)
    assert places_in_network(network)["in_core"].isna().all()


def test_bridges_count_people_who_know_one_or_more():
    network = build(PEOPLE, pd.DataFrame({"source": ["d", "d"], "target": ["a", "b"]}), directed=False)
    assert bridges_in_counts(network) == {"linked": 2, "through_one": 2, "others": 4}
    none = build(
        PEOPLE[PEOPLE["role_kind"] == "existing"], pd.DataFrame({"source": ["a"], "target": ["b"]}), directed=False
    )
    assert bridges_in_counts(none) == {"linked": 0, "through_one": 0, "others": 4}

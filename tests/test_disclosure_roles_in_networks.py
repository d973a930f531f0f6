"""Small roles of a network are counted together, so that nobody stands alone."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newroles.disclosure import PROFILES, pool_small_roles
from newroles.errors import InputError


def people(**counts):
    rows = [(role, "new" if role.startswith("new") else "existing") for role, n in counts.items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["role", "role_kind"]).assign(person=range(len(rows)))


def sizes(table):
    return table["role"].value_counts().to_dict()


def test_small_new_and_existing_roles_are_pooled_apart_where_both_are_enough():
    found = pool_small_roles(people(nurse=12, new_a=6, new_b=5, doctor=7, pharmacist=4), PROFILES["threshold_10"])
    assert sizes(found) == {"nurse": 12, "other new roles": 11, "other existing roles": 11}


def test_a_role_is_small_if_it_is_so_in_any_wave():
    first, second = people(nurse=12, doctor=12), people(nurse=12, doctor=3, new_a=11)
    both = pd.concat([first.assign(wave=1), second.assign(wave=2)])
    found = pool_small_roles(both, PROFILES["threshold_10"])
    assert "doctor" not in sizes(found)
    smallest = found.groupby(["wave", "role"]).size()
    assert smallest.min() >= 10


@given(
    st.dictionaries(
        st.sampled_from(["nurse", "doctor", "pharmacist", "new_a", "new_b"]), st.integers(1, 15), min_size=1
    ),
    st.sampled_from(["threshold_10", "nhs", "below_5"]),
)
def test_nobody_is_left_in_a_small_role_unless_all_are_few(counts, name):
    found = sizes(pool_small_roles(people(**counts), PROFILES[name]))
    assert sum(found.values()) == sum(counts.values())
    assert min(found.values()) >= PROFILES[name].enough or set(found) == {"other roles"}


def test_without_a_rule_nothing_changes_and_without_a_kind_it_is_refused():
    table = people(nurse=1)
    assert pool_small_roles(table, PROFILES["none"]) is table
    with pytest.raises(InputError, match="role_kind"):
        pool_small_roles(table.drop(columns="role_kind"), PROFILES["nhs"])

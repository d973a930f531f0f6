"""Networks as they are built: who is in them, which rows make one tie, what is refused."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.networks import build

PEOPLE = pd.DataFrame(
    {"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"], "band": ["5", "6", "3", None]}
)


def ties(*rows):
    return pd.DataFrame(rows, columns=["source", "target", "weight"][: len(rows[0])])


def test_people_without_ties_are_in_the_network():
    network = build(PEOPLE, ties(("a", "b", 2)))
    assert len(network) == 4
    assert network.adjacency.toarray().tolist()[0] == [0, 2, 0, 0]
    assert network.adjacency.sum() == 2


def test_no_ties_at_all_is_a_network_of_isolates():
    network = build(PEOPLE, pd.DataFrame({"source": [], "target": []}))
    assert len(network) == 4
    assert len(network.ties) == 0
    assert network.adjacency.shape == (4, 4)


def test_self_ties_zero_weights_and_repeats_are_left_out_and_counted():
    network = build(PEOPLE, ties(("a", "a", 1), ("a", "b", 1), ("a", "b", 2), ("b", "c", 0)))
    assert network.ties.values.tolist() == [["a", "b", 3.0]]
    assert network.left_out.set_index("reason")["rows"].to_dict() == {
        "a tie to oneself": 1,
        "weight 0": 1,
        "added to an earlier row of the same tie": 1,
    }


def test_an_undirected_tie_told_from_both_ends_is_one_tie_of_the_greater_weight():
    network = build(PEOPLE, ties(("b", "a", 1), ("a", "b", 3), ("c", "b", 2)), directed=False)
    assert network.ties.values.tolist() == [["a", "b", 3.0], ["b", "c", 2.0]]
    assert (network.adjacency.toarray() == network.adjacency.toarray().T).all()
    assert network.left_out["rows"].tolist() == [1]


def test_a_wave_and_a_relation_are_taken_from_a_study():
    people = pd.concat([PEOPLE.assign(wave=1), PEOPLE.head(3).assign(wave=2)])
    told = pd.DataFrame(
        {
            "wave": [1, 2, 2],
            "source": ["a", "a", "b"],
            "target": list("bca"),
            "relation": ["advice", "advice", "referral"],
        }
    )
    assert len(build(people, told, wave=2)) == 3
    assert build(people, told, wave=2, relation="advice").ties.values.tolist() == [["a", "c", 1.0]]
    assert len(build(people, told, wave=1, relation="referral").ties) == 0
    with pytest.raises(InputError, match=r"2 waves \(1, 2\)"):
        build(people, told)
    with pytest.raises(InputError, match="no wave 3"):
        build(people, told, wave=3)
    with pytest.raises(InputError, match="Did you mean .advice"):
        build(people, told, wave=1, relation="advise")


@pytest.mark.parametrize(
    ("people", "told", "message"),
    [
        (PEOPLE, ties(("a", "z")), "target who is not among the people: z .first in row 1"),
        (PEOPLE, ties(("a", "b", -1)), "0 or more; row 1 of the ties has -1"),
        (PEOPLE, ties(("a", "b", "much")), "row 1 of the ties has 'much'"),
        (PEOPLE, ties(("a", "b", np.nan)), "row 1 of the ties has a blank"),
        (pd.concat([PEOPLE, PEOPLE.head(1)]), ties(("a", "b")), "named twice: a"),
        (PEOPLE.drop(columns="person"), ties(("a", "b")), "needs the column person"),
        (PEOPLE, pd.DataFrame({"from": ["a"]}), "needs the column source and target"),
    ],
)
def test_what_can_not_be_a_network_is_refused_with_its_place(people, told, message):
    with pytest.raises(InputError, match=message):
        build(people, told)


def test_blank_groups_and_unknown_columns_are_named():
    network = build(PEOPLE, ties(("a", "b")))
    with pytest.raises(InputError, match=r"1 of 4 people have no band \(d\)"):
        network.groups("band")
    with pytest.raises(InputError, match="Did you mean .role"):
        network.groups("roles")


def test_nobody_a_direction_that_is_none_and_times_as_weights_are_refused():
    with pytest.raises(InputError, match="nobody in this network"):
        build(PEOPLE.iloc[:0], pd.DataFrame({"source": [], "target": []}))
    with pytest.raises(InputError, match="True or False"):
        build(PEOPLE, ties(("a", "b")), directed="no")
    with pytest.raises(InputError, match="holds times"):
        build(PEOPLE, ties(("a", "b", pd.Timedelta("1s"))))


def test_numbers_and_words_as_ids_meet():
    network = build(pd.DataFrame({"person": ["1", "2"]}), pd.DataFrame({"source": [1], "target": [2]}))
    assert network.ties.values.tolist() == [["1", "2", 1.0]]


def test_who_answered_is_read_from_responded_and_a_blank_is_no_answer():
    people = PEOPLE.assign(responded=["yes", "no", "YES ", None])
    assert build(people, ties(("a", "b"))).answered.tolist() == [True, False, True, False]
    assert build(PEOPLE.assign(responded=[True, False, True, False]), ties(("a", "b"))).answered.sum() == 2
    with pytest.raises(InputError, match="person c has 'maybe'"):
        _ = build(PEOPLE.assign(responded=["yes", "no", "maybe", None]), ties(("a", "b"))).answered
    assert build(PEOPLE, ties(("a", "b"))).answered.all()


def test_networkx_gets_every_person_and_weight():
    graph = build(PEOPLE, ties(("a", "b", 2))).to_networkx()
    assert isinstance(graph, nx.DiGraph)
    assert graph.nodes["d"] == {"role": "peer"}
    assert graph.edges["a", "b"]["weight"] == 2


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 3)), max_size=30), st.booleans())
def test_every_row_is_a_tie_or_counted(rows, directed):
    people = pd.DataFrame({"person": range(6), "role": "r"})
    network = build(people, pd.DataFrame(rows, columns=["source", "target", "weight"]), directed=directed)
    assert len(network.ties) + network.left_out["rows"].sum() == len(rows)
    kept = {(s, t) if directed else tuple(sorted((s, t))) for s, t, w in rows if s != t and w > 0}
    assert set(network.ties[["source", "target"]].itertuples(index=False, name=None)) == kept

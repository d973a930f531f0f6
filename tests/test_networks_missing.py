"""People who didn't answer: counted, reconstructed, tried out, bounded."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from newroles.errors import InputError
from newroles.networks import build
from newroles.networks.missing import (
    nonresponse,
    reconstruct,
    returned_among_answered,
    sensitivity,
    share_across_bounds,
)

PEOPLE = pd.DataFrame(
    {"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"], "responded": ["yes", "yes", "yes", "no"]}
)


def network(pairs, directed=True, people=PEOPLE):
    return build(people, pd.DataFrame(pairs, columns=["source", "target"]), directed=directed)


def share(net):
    return float((net.ties["source"].map(ROLE) != net.ties["target"].map(ROLE)).mean()) if len(net.ties) else np.nan


ROLE = dict(zip(PEOPLE["person"], PEOPLE["role"], strict=True))


def test_nonresponse_counts_people_and_pairs_by_hand():
    found = nonresponse(network([("a", "b")])).set_index("group")
    assert found.loc["all", ["people", "answered", "pairs", "unknown_pairs", "isolates"]].tolist() == [4, 3, 12, 3, 1]
    assert found.loc["peer", ["people", "answered", "pairs", "unknown_pairs"]].tolist() == [2, 1, 6, 3]
    people = PEOPLE.assign(responded=["yes", "no", "yes", "no"])
    net = network([("a", "b")], directed=False, people=people)
    found = nonresponse(net, told_by="both").set_index("group")
    # only b and d are spoken for by nobody
    assert found.loc["all", ["pairs", "unknown_pairs"]].tolist() == [6, 1]
    assert found.loc["nurse", ["pairs", "unknown_pairs"]].tolist() == [5, 1]
    # where either end's naming is enough, all pairs with b or d may be tied, save a and b, who are
    found = nonresponse(net).set_index("group")
    assert found.loc["all", "unknown_pairs"] == 4
    assert found.loc["peer", "unknown_pairs"] == 4
    with pytest.raises(InputError, match="either"):
        nonresponse(net, told_by="one")


def test_reconstruction_adds_only_what_the_silent_were_sent():
    found = reconstruct(network([("a", "d"), ("b", "a"), ("c", "d")]))
    added = found.ties[found.ties["origin"] == "reconstructed"]
    assert added[["source", "target"]].values.tolist() == [["d", "a"], ["d", "c"]]
    assert found.left_out["rows"].tolist() == [2]
    assert reconstruct(network([("a", "d")], directed=False)).ties["origin"].tolist() == ["answered"]


def test_reconstruction_keeps_what_is_there_already():
    found = reconstruct(network([("a", "d"), ("d", "a")]))
    assert len(found.ties) == 2


def test_how_often_ties_are_returned_is_counted_among_the_answering():
    assert returned_among_answered(network([("a", "b"), ("b", "a"), ("a", "c"), ("d", "a")])) == pytest.approx(2 / 3)
    assert np.isnan(returned_among_answered(network([("d", "a")])))
    with pytest.raises(InputError, match="directed"):
        returned_among_answered(network([("a", "b")], directed=False))


def test_sensitivity_at_nobody_and_everybody():
    net = network([("a", "b"), ("b", "c"), ("c", "a")])
    nobody = sensitivity(net, lambda n: float(len(n.ties)), share=0, draws=5)
    assert nobody.loc[0, ["observed", "mean", "shift", "share_silent"]].tolist() == [3, 3, 0, 0]
    everybody = sensitivity(net, lambda n: float(len(n.ties)), share=1, draws=5)
    assert everybody.loc[0, ["mean", "share_silent"]].tolist() == [0, 1]
    with pytest.raises(InputError, match="between 0 and 1"):
        sensitivity(net, share, share=1.5)


def test_sensitivity_takes_each_roles_own_rate():
    # only peers have non-response (1 of 2), so nurses are never silenced
    net = network([("a", "b"), ("b", "a"), ("c", "a")])
    found = sensitivity(net, lambda n: float(n.answered[:2].sum()), draws=40)
    assert found.loc[0, "mean"] == 2
    assert 0 < found.loc[0, "share_silent"] < 1 / 3


def test_an_undirected_tie_survives_as_long_as_one_end_tells_it():
    people = PEOPLE.assign(responded="yes")
    pairs = [(a, b) for a in "abcd" for b in "abcd" if a < b]
    found = sensitivity(
        network(pairs, directed=False, people=people), lambda n: float(len(n.ties)), share=0.5, draws=400
    )
    assert found.loc[0, "mean"] == pytest.approx(6 * 0.75, abs=0.3)


@pytest.mark.parametrize("silent", ["cd", "abc", "a", "abcd"])
@pytest.mark.parametrize("told_by", ["directed", "either", "both"])
def test_bounds_without_assumption_are_those_of_trying_everything(told_by, silent):
    directed = told_by == "directed"
    people = PEOPLE.assign(responded=["no" if person in silent else "yes" for person in "abcd"])
    known = [("a", "b"), ("b", "c")]
    net = network(known, directed, people)
    every = [(a, b) for a in "abcd" for b in "abcd" if (a != b if directed else a < b)]
    quiet = {
        "directed": lambda a, b: a in silent,
        "either": lambda a, b: a in silent or b in silent,
        "both": lambda a, b: a in silent and b in silent,
    }
    unknown = [(a, b) for a, b in every if quiet[told_by](a, b) and (a, b) not in known]
    shares = []
    for told in product([0, 1], repeat=len(unknown)):
        ties = known + [pair for pair, there in zip(unknown, told, strict=True) if there]
        shares.append(np.mean([ROLE[a] != ROLE[b] for a, b in ties]))
    found = share_across_bounds(net, told_by="either" if directed else told_by).iloc[0]
    assert found[["unknown_within", "unknown_across"]].sum() == len(unknown)
    assert found["low"] == pytest.approx(min(shares))
    assert found["high"] == pytest.approx(max(shares))


def test_bounds_keep_to_the_team_and_close_when_all_answered():
    people = PEOPLE.assign(team=["t", "t", "t", "u"])
    found = share_across_bounds(network([("a", "b"), ("a", "c")], people=people), within="team")
    assert found["low"].tolist() == found["high"].tolist() == [0.5, 0.5]
    narrower = share_across_bounds(network([("a", "b"), ("a", "c"), ("b", "c")]))
    assert narrower["low"].is_monotonic_increasing
    assert narrower["high"].is_monotonic_decreasing
    with pytest.raises(InputError, match="no tie"):
        share_across_bounds(network([]))

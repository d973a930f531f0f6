"""Who holds a network together: equal to R's igraph and sna, to networkx, and to networks small enough to draw."""

from __future__ import annotations

import tracemalloc
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from newroles.datasets.sources.emergency_care import interaction_network, tidy_interactions
from newroles.errors import InputError
from newroles.networks import RoleNetwork, betweenness, bridges, build, removal, structural_holes
from newroles.networks.removal import MEASURES

CASES = ["net_d12_3roles", "net_d25_isolates", "net_u30_3roles", "net_uw18_3roles", "net_dw20_4roles"]


def structure(folder: Path) -> tuple[RoleNetwork, pd.DataFrame]:
    people = pd.read_csv(folder / "input_nodes.csv").rename(columns={"id": "person"})
    ties = pd.read_csv(folder / "input_edges.csv")
    undirected = folder.name.startswith(("net_u", "faux"))
    expected = pd.read_csv(folder / "expected_node_structure.csv").set_index("id").loc[people["person"]]
    return build(people, ties, directed=not undirected), expected.reset_index()


def random_network(seed: int) -> RoleNetwork:
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 22)), int(rng.integers(0, 70))
    people = pd.DataFrame({"person": range(n), "role": rng.choice(list("abc"), n)})
    ties = {"source": rng.integers(0, n, m), "target": rng.integers(0, n, m), "weight": rng.integers(1, 6, m)}
    return build(people, pd.DataFrame(ties), directed=bool(seed % 2))


def compare_with_igraph_and_sna(folder: Path) -> None:
    """R igraph 1.3.5, constraint() without weights; sna 2.7-1, betweenness()."""
    network, expected = structure(folder)
    found = structural_holes(network)
    np.testing.assert_allclose(found["constraint"], expected["constraint_igraph"], atol=1e-9)  # blank for isolates
    between = betweenness(network, normalised=False)
    np.testing.assert_allclose(between["betweenness"], expected["betweenness_sna"], atol=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_constraint_and_betweenness(reference: Path, case: str) -> None:
    compare_with_igraph_and_sna(reference / "networks" / case)


@pytest.mark.parametrize("case", ["hightech_advice_dept", "lazega_advice_practice_status", "faux_mesa_high_race"])
def test_constraint_and_betweenness_of_published_networks(shared: Path, case: str) -> None:
    compare_with_igraph_and_sna(shared / "reference/networks" / case)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("weighted", [False, True])
def test_structural_holes_equal_networkx(seed: int, weighted: bool) -> None:
    """networkx 3.6: constraint, and effective_size with nodes named. Without, 3.6.1 divides by the other person's strongest
    tie, and with, it leaves people blank whom others name and who name nobody; there ours is the number."""
    network = random_network(seed)
    graph, weight = network.to_networkx(), "weight" if weighted else None
    found = structural_holes(network, weighted)
    np.testing.assert_allclose(found["constraint"], list(nx.constraint(graph, weight=weight).values()), atol=1e-12)
    effective = np.array(list(nx.effective_size(graph, nodes=list(graph), weight=weight).values()), dtype=float)
    known = ~np.isnan(effective)
    np.testing.assert_allclose(found["effective_size"][known], effective[known], atol=1e-12)
    assert (found["effective_size"].isna() == (found["contacts"] == 0)).all()


def test_effective_size_is_contacts_less_their_ties_to_one_another() -> None:
    """Borgatti 1997: n - 2t/n when ties are mutual and equal: 4 contacts, 2 ties between them, 4 - 4/4 = 3."""
    people = pd.DataFrame({"person": list("xabcd")})
    ties = pd.DataFrame([tuple(tie) for tie in ("xa", "xb", "xc", "xd", "ab", "cd")], columns=["source", "target"])
    x = structural_holes(build(people, ties, directed=False)).iloc[0]
    assert (x["contacts"], x["effective_size"], x["efficiency"]) == (4, 3, 0.75)


def test_structural_holes_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(4)
    whole = structural_holes(network, weighted=True)
    monkeypatch.setitem(structural_holes.__globals__, "_CELLS", 1)
    pd.testing.assert_frame_equal(structural_holes(network, weighted=True), whole)


@pytest.mark.parametrize("seed", range(6))
def test_betweenness_equals_networkx(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = random_network(seed)
    expected = list(nx.betweenness_centrality(network.to_networkx()).values())
    if len(network) > 2:
        np.testing.assert_allclose(betweenness(network)["betweenness"], expected, atol=1e-12)
        monkeypatch.setitem(betweenness.__globals__, "_CELLS", 1)  # one starting person at a time
        np.testing.assert_allclose(betweenness(network)["betweenness"], expected, atol=1e-12)


def test_betweenness_of_two_is_blank() -> None:
    pair = build(pd.DataFrame({"person": [1, 2]}), pd.DataFrame({"source": [1], "target": [2]}))
    assert betweenness(pair)["betweenness"].isna().all()
    assert betweenness(pair, normalised=False)["betweenness"].tolist() == [0, 0]


@pytest.fixture
def team() -> RoleNetwork:
    """One peer worker whom two nurses and a doctor know, one who knows the doctor only, one who knows nobody in the team.

    p1 - n1, p1 - n2, p1 - doc, p2 - doc, n1 - n2, p2 - p3, and a visitor of neither side tied to p1.
    """
    people = pd.DataFrame(
        [
            ("p1", "peer", "new"),
            ("p2", "peer", "new"),
            ("p3", "physician_associate", "new"),
            ("n1", "nurse", "existing"),
            ("n2", "nurse", "existing"),
            ("doc", "doctor", "existing"),
            ("visitor", "visitor", "other"),
        ],
        columns=["person", "role", "role_kind"],
    )
    ties = [("p1", "n1"), ("p1", "n2"), ("p1", "doc"), ("p2", "doc"), ("n1", "n2"), ("p2", "p3"), ("p1", "visitor")]
    return build(people, pd.DataFrame(ties, columns=["source", "target"]), directed=False)


def test_bridges_of_a_team(team: RoleNetwork) -> None:
    """By hand: four ties across, three of them p1's."""
    found = bridges(team).set_index("person")
    assert found.index[0] == "p1"
    assert "visitor" not in found.index
    assert found["ties_across"].to_dict() == {"p1": 3, "doc": 2, "p2": 1, "n1": 1, "n2": 1, "p3": 0}
    assert found["share_of_across"].to_dict() == {"p1": 0.75, "doc": 0.5, "p2": 0.25, "n1": 0.25, "n2": 0.25, "p3": 0}
    assert found.groupby("role_kind")["share_of_across"].sum().tolist() == [1, 1]
    assert found["share_of_own"].to_dict() == {"p1": 1, "doc": 1, "p2": 0.5, "n1": 0.5, "n2": 0.5, "p3": 0}
    # without p1 both nurses, and with them nursing, know no new role; p2 has no other existing colleague than the doctor
    assert found["only_link_of_people"].to_dict() == {"p1": 2, "doc": 1, "p2": 0, "n1": 0, "n2": 0, "p3": 0}
    assert found["only_link_of_roles"].to_dict() == {"p1": 1, "doc": 0, "p2": 0, "n1": 0, "n2": 0, "p3": 0}
    assert found.index[found["only_link_of_own_role"]].tolist() == ["doc"]


def test_ties_both_ways_are_two_ties_to_one_partner() -> None:
    people = pd.DataFrame({"person": ["new", "old"], "role_kind": ["new", "existing"]})
    both = build(people, pd.DataFrame({"source": ["new", "old"], "target": ["old", "new"]}))
    assert bridges(both)[["ties_across", "partners", "only_link_of_people"]].values.tolist() == [[2, 1, 1], [2, 1, 1]]


def test_sides_without_ties_across(team: RoleNetwork) -> None:
    apart = build(team.people, team.ties[team.ties["source"] == "n1"].query("target == 'n2'"), directed=False)
    found = bridges(apart)
    assert found["share_of_across"].isna().all()
    assert not found["only_link_of_own_role"].any()
    assert found.set_index("person").loc["n1", "share_of_own"] == 0


@pytest.mark.parametrize("between", [("new", "newish"), ("new", "new"), ("new",)])
def test_sides_that_are_none(team: RoleNetwork, between: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"newish.*existing, new, other|two different values"):
        bridges(team, between=between)


def by_networkx(network: RoleNetwork, leaves: list, across: str = "role") -> list[list[float]]:
    """All measures before and after, from networkx's distances and components."""
    graph = network.to_networkx()
    groups = network.people.set_index("person")[across]
    crossing = [(a, b) for a, b in graph.edges if groups[a] != groups[b]]
    stay = [person for person in graph if person not in leaves]
    rows = []
    for g, lost in ((graph, 0), (graph.subgraph(stay), sum(a in leaves or b in leaves for a, b in crossing))):
        far = [
            d for a, to in nx.all_pairs_shortest_path_length(g) for b, d in to.items() if a != b and {a, b} <= {*stay}
        ]
        parts = nx.weakly_connected_components(g) if network.directed else nx.connected_components(g)
        sizes = [len(part & set(stay)) for part in parts if part & set(stay)]
        pairs = len(stay) * (len(stay) - 1)
        rows.append(
            [
                len(far) / pairs if pairs else np.nan,
                np.mean(far) if far else np.nan,
                len(sizes),
                max(sizes, default=0),
                lost / len(crossing) if crossing else np.nan,
            ]
        )
    return rows


@pytest.mark.parametrize("seed", range(6))
def test_removal_equals_networkx(seed: int) -> None:
    network = random_network(seed)
    table = removal(network, draws=5)
    for role, found in table.groupby("name"):
        leaves = network.people.loc[network.people["role"] == role, "person"].tolist()
        before, after = by_networkx(network, leaves)
        assert found["measure"].tolist() == list(MEASURES)
        np.testing.assert_allclose(found["as_it_is"], before, atol=1e-12)
        np.testing.assert_allclose(found["value"], after, atol=1e-12)
        np.testing.assert_allclose(found["change"], np.subtract(after, before), atol=1e-12)


def test_removal_beyond_64_people_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting persons are 64 to a number; 150 people on a long chain with side branches need three."""
    rng = np.random.default_rng(3)
    people = pd.DataFrame({"person": range(150), "role": rng.choice(list("abcdefghijkl"), 150)})
    ties = pd.DataFrame(
        {"source": range(149), "target": np.maximum(np.arange(1, 150) - rng.integers(0, 3, 149) * 4, 0)}
    )
    network = build(people, ties, directed=True)
    found = removal(network, draws=1).query("name == 'c'")
    before, after = by_networkx(network, people.loc[people["role"] == "c", "person"].tolist())
    np.testing.assert_allclose(found["as_it_is"], before)
    np.testing.assert_allclose(found["value"], after)
    monkeypatch.setitem(removal.__globals__, "_CELLS", 1)
    pd.testing.assert_frame_equal(removal(network, draws=1).query("name == 'c'"), found)


def test_a_person_is_compared_with_every_person() -> None:
    """A star of four: without the hub nobody reaches anybody; the other three change nothing. One in four does as much."""
    people = pd.DataFrame({"person": list("habc"), "role": list("habc")})
    star = build(people, pd.DataFrame({"source": list("hhh"), "target": list("abc")}), directed=False)
    hub = removal(star, by="person").query("name == 'h'").set_index("measure")
    assert hub.loc["reachable", ["as_it_is", "value", "change", "random", "p_low"]].tolist() == [1, 0, -1, -0.25, 0.25]
    assert hub.loc["components", ["as_it_is", "value", "p_high"]].tolist() == [1, 3, 0.25]
    assert hub.loc["across_lost", ["value", "p_high"]].tolist() == [1, 0.25]
    assert np.isnan(hub.loc["distance", "change"])
    by_role = removal(star)
    persons = removal(star, by="person").sort_values("name", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(persons, by_role)  # everybody has a role of their own


def test_a_role_of_two_is_compared_with_every_pair(team: RoleNetwork) -> None:
    network = build(team.people, team.ties, directed=False)
    peers = removal(network, draws=21).query("name == 'peer'").set_index("measure")
    changes = [
        np.subtract(*reversed(by_networkx(network, list(pair)))) for pair in combinations(team.people["person"], 2)
    ]
    reach = np.array(changes)[:, 0]
    assert peers.loc["reachable", "random"] == pytest.approx(reach.mean())
    assert peers.loc["reachable", "p_low"] == pytest.approx((reach <= peers.loc["reachable", "change"] + 1e-9).mean())
    drawn = removal(network, draws=20, rng=np.random.default_rng(5)).query("name == 'peer'").set_index("measure")
    assert (drawn["p_low"].dropna() * 21 % 1).round(9).isin([0, 1]).all()
    assert drawn.loc["reachable", "p_low"] >= 1 / 21
    same = removal(network, draws=20, rng=np.random.default_rng(5)).query("name == 'peer'").set_index("measure")
    pd.testing.assert_frame_equal(drawn, same)


def test_weights_of_the_ties_lost() -> None:
    people = pd.DataFrame({"person": list("abc"), "role": list("xyz")})
    network = build(people, pd.DataFrame({"source": list("ab"), "target": list("bc"), "weight": [9, 1]}))
    for weighted, lost in ((False, 0.5), (True, 0.9)):
        table = removal(network, by="person", weighted=weighted).set_index(["name", "measure"])
        assert table.loc[("a", "across_lost"), "value"] == pytest.approx(lost)


def test_a_network_of_one_role_and_one_without_ties() -> None:
    people = pd.DataFrame({"person": list("ab"), "role": list("xx")})
    inside = removal(build(people, pd.DataFrame({"source": ["a"], "target": ["b"]}))).set_index("measure")
    assert inside.loc["components", "value"] == 0
    assert inside.loc[["reachable", "distance", "across_lost"], "value"].isna().all()
    none = removal(build(people, pd.DataFrame({"source": [], "target": []})), by="person").set_index("measure")
    assert none.loc["components", "value"].tolist() == [1, 1]
    for draws in (0, 1.5, True, "20"):
        with pytest.raises(InputError, match="draws must be a whole number of 1 or more"):
            removal(build(people, pd.DataFrame({"source": [], "target": []})), draws=draws)


def test_distances_are_not_held_for_all_pairs() -> None:
    n = 1500
    people = pd.DataFrame({"person": range(n), "role": ["x"] * 1300 + ["y"] * 200})
    ties = pd.DataFrame({"source": np.arange(1, n), "target": np.arange(1, n) // 20})
    network = build(people, ties, directed=False)
    assert network.binary.nnz == 2 * (n - 1)
    tracemalloc.start()
    removal(network, draws=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * n * n  # bytes: what a table of all pairs of people takes, two bytes each
    with pytest.raises(InputError, match="no column 'team'"):
        removal(build(people, pd.DataFrame({"source": [], "target": []})), by="team")


def test_the_liaison_nurse_of_an_emergency_department(shared: Path) -> None:
    """McCullough et al. 2024, doi 10.1371/journal.pmed.1004241: betweenness 0.389 of the psychiatric liaison nurse (PLN)."""
    folder = shared / "sources/ed_psychiatric_interactions"
    agents = pd.read_csv(folder / "agents.csv")
    met = tidy_interactions(pd.read_csv(folder / "data.csv"), agents)
    graph = interaction_network(met[met["area"] == "emergency_department"], agents.set_index("ID")["type"])
    ties = pd.DataFrame(graph.edges, columns=["source", "target"])
    found = betweenness(build(pd.DataFrame({"person": list(graph)}), ties, directed=False)).set_index("person")
    assert found["betweenness"].idxmax() == "PLN"
    assert found.loc["PLN", "betweenness"] == pytest.approx(0.389, abs=5e-4)

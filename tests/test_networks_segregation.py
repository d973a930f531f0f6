"""Assortativity, Coleman's index, odds ratios, diversity and relations: equal to R, and to tiny tables by hand."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network_cases import OURS, PUBLISHED, read_case
from newroles.errors import InputError
from newroles.networks import (
    RoleNetwork,
    assortativity,
    assortativity_numeric,
    build,
    coleman,
    gamix,
    mixing_matrix,
    odds_ratio_within,
    overlap_of_relations,
    permeability,
    reciprocity,
    role_diversity,
    segregation,
)
from newroles.networks.segregation import _gamix


def compare_with_r(folder: Path) -> None:
    network, expected = read_case(folder)
    found = {
        "assortativity_nominal_igraph": assortativity(network),
        "assortativity_nominal_weighted": assortativity(network, weighted=True),
        "assortativity_numeric_igraph": assortativity_numeric(network, "experience"),
        "assortativity_degree_igraph": assortativity_numeric(network),
        "netseg_orwg": odds_ratio_within(network),
        "netseg_gamix": gamix_as_netseg(network),
    }
    if network.directed:
        everywhere = reciprocity(network).set_index("where").loc["all"]
        found["reciprocity_edgewise_sna"] = everywhere["reciprocity"]
        found["reciprocity_dyadic_sna"] = everywhere["same_state"]
    for name, value in found.items():
        if name in expected:
            assert value == pytest.approx(expected[name], abs=1e-8), name
    path = folder / "expected_netseg_coleman.csv"
    if path.exists():
        table = pd.read_csv(path)
        assert coleman(network)["name"].tolist() == table["role"].tolist()
        np.testing.assert_allclose(coleman(network)["coleman"], table["coleman"], atol=1e-9)


def gamix_as_netseg(network: RoleNetwork) -> float:
    """netseg 1.0-2 takes the half above the diagonal for both, and an undirected tie within a role once (see `gamix`)."""
    table = mixing_matrix(network, weighted=False).to_numpy(float)
    diagonal = np.diag(np.diag(table))
    above = np.triu(table, 1)
    return _gamix(above + above.T + (diagonal if network.directed else diagonal / 2))


@pytest.mark.parametrize("case", OURS)
def test_equals_r(reference: Path, case: str) -> None:
    # igraph 1.3.5, netseg 1.0-2 and sna 2.7-1; see each case.json
    compare_with_r(reference / "networks" / case)


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_networks_equal_r(shared: Path, case: str) -> None:
    compare_with_r(shared / "reference/networks" / case)


@pytest.mark.parametrize("case", ["net_dw20_4roles", "net_u30_3roles"])
def test_equals_networkx_where_it_has_no_trap(reference: Path, case: str) -> None:
    network, _ = read_case(reference / "networks" / case)
    graph = network.to_networkx()
    assert assortativity(network) == pytest.approx(nx.attribute_assortativity_coefficient(graph, "role"))
    assert assortativity_numeric(network, "experience") == pytest.approx(
        nx.numeric_assortativity_coefficient(graph, "experience")
    )
    assert assortativity_numeric(network) == pytest.approx(nx.degree_assortativity_coefficient(graph))
    if network.directed:
        everywhere = reciprocity(network).set_index("where").loc["all", "reciprocity"]
        assert everywhere == pytest.approx(nx.overall_reciprocity(graph))


def test_lazega_relations_overlap_as_in_r(shared: Path) -> None:
    folder = shared / "reference/networks_multi/lazega_multirelation"
    people = pd.read_csv(folder / "input_nodes.csv").rename(columns={"id": "person"})
    found = overlap_of_relations(people, pd.read_csv(folder / "input_edges.csv"))
    expected = pd.read_csv(folder / "expected_pairs.csv").rename(columns={"qap_r": "correlation"})
    assert found[["a", "b"]].equals(expected[["a", "b"]])
    columns = ["correlation", "jaccard", "overlap", "hamming"]
    np.testing.assert_allclose(found[columns], expected[columns], atol=1e-9)


# by hand --------------------------------------------------------------------------------------------------------------------

PEOPLE = pd.DataFrame(
    {"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"], "band": [5, 6, 3, 4], "team": list("xyxy")}
)


def network(pairs: str, directed: bool = True, weight: list[float] | None = None) -> RoleNetwork:
    """'ab bc' as ties a -> b and b -> c."""
    ties = pd.DataFrame([tuple(pair) for pair in pairs.split()], columns=["source", "target"])
    return build(PEOPLE, ties if weight is None else ties.assign(weight=weight), directed=directed)


def test_colemans_index_reaches_its_ends_and_its_middle() -> None:
    # nurses send all four ties within: 1; peers none: -1; a peer that sends 1 of 3 within does as chance would: 0
    found = coleman(network("ab ba ca cb")).set_index("name")
    assert found["coleman"].tolist() == [1, -1]
    assert coleman(network("cd ca cb"))["coleman"].tolist() == [pytest.approx(np.nan, nan_ok=True), 0]


def test_odds_ratio_by_hand() -> None:
    # undirected: 1 of 2 pairs within, 1 of 4 across: (1/1) / (1/3) = 3
    assert odds_ratio_within(network("ab bc", directed=False)) == 3
    assert odds_ratio_within(network("ab ba cd")) == np.inf
    assert odds_ratio_within(network("ac")) == 0


def test_gamix_by_hand() -> None:
    # nurses send 1 of 2 within, peers 1 of 1: (0.5 + 1 - 1) / (2 - 1)
    assert gamix(network("ab ac cd")) == 0.5
    assert np.isnan(gamix(network("ab ac")))  # peers send nothing


def test_role_diversity_by_hand() -> None:
    found = role_diversity(network("ab ac bc", weight=[3, 1, 1]), weighted=True).set_index("person")
    assert found["ties"].tolist() == [4, 4, 2, 0]
    assert found.loc["a", "blau"] == pytest.approx(1 - (9 + 1) / 16)
    assert found.loc["a", "iqv"] == pytest.approx(2 * (1 - 10 / 16))  # two roles in the network
    assert found.loc["c", ["roles", "blau"]].tolist() == [1, 0]
    assert found.loc["d", "roles"] == 0
    assert np.isnan(found.loc["d", "blau"])
    sent = role_diversity(network("ab ac bc"), direction="sent").set_index("person")
    assert sent["ties"].tolist() == [2, 1, 0, 0]
    received = role_diversity(network("ab ac bc"), direction="received").set_index("person")
    assert received["ties"].tolist() == [0, 1, 2, 0]


def test_reciprocity_by_hand() -> None:
    found = reciprocity(network("ab ba ac cd dc bd")).set_index("where")
    assert found["ties"].tolist() == [6, 4, 2]
    assert found["returned"].tolist() == [4, 4, 0]
    assert found["reciprocity"].tolist() == pytest.approx([4 / 6, 1, 0])
    # pairs: 6 in all, 2 within (both mutual), 4 across (2 one-way, 2 untied)
    assert found.loc["across", ["pairs", "mutual", "one_way", "untied", "same_state"]].tolist() == [4, 0, 2, 2, 0.5]


def test_permeability_by_hand() -> None:
    ties = pd.DataFrame(
        [
            ("a", "b", "advice"),
            ("c", "d", "advice"),
            ("d", "c", "advice"),
            ("a", "c", "advice"),
            ("c", "a", "handover"),
        ],
        columns=["source", "target", "relation"],
    )
    found = permeability(PEOPLE, ties).set_index("relation")
    advice = found.loc["advice"]
    assert advice[["ties", "one_to_other", "other_to_one", "possible"]].tolist() == [1, 1, 0, 8]
    assert advice[["density_one", "density_other"]].tolist() == [0.5, 1]
    assert advice["permeability"] == pytest.approx((1 / 8) / 0.75)
    assert np.isnan(found.loc["handover", "permeability"])  # nobody hands over within a role: nothing to compare with
    mutual = permeability(PEOPLE, ties, relations=["advice"], directed=False)
    assert mutual["possible"].tolist() == [4]
    assert mutual["one_to_other"].isna().all()


def test_permeability_within_teams_leaves_out_pairs_of_two_teams() -> None:
    """By hand. Team x: nurses a, b and peer worker c; y: nurse d and peer worker e; z: peer worker f alone."""
    people = pd.DataFrame({"person": list("abcdef"), "role": ["nurse"] * 2 + ["peer", "nurse"] + ["peer"] * 2})
    people["team"] = list("xxxyyz")
    pairs = ["ab", "ac", "ca", "ed", "cf", "bd"]  # the last two join two teams
    ties = pd.DataFrame([tuple(pair) for pair in pairs], columns=["source", "target"]).assign(relation="advice")
    found = permeability(people, ties, within="team").iloc[0]
    assert found[["ties", "one_to_other", "other_to_one", "possible"]].tolist() == [3, 1, 2, 6]
    assert found["density"] == 3 / 6
    assert found["density_one"] == 1 / 2
    assert np.isnan(found["density_other"]), "no two peer workers share a team"
    assert found["permeability"] == 1
    once = permeability(people, ties, within="team", directed=False).iloc[0]
    assert once[["ties", "possible"]].tolist() == [2, 3]
    assert once["density_one"] == 1
    apart = permeability(people.assign(team=people["person"]), ties, within="team").iloc[0]
    assert apart["possible"] == apart["ties"] == 0
    assert apart[["density", "permeability"]].isna().all()
    together = permeability(people.assign(team="x"), ties, within="team")
    pd.testing.assert_frame_equal(together, permeability(people, ties))
    with pytest.raises(InputError, match="no column 'ward'"):
        permeability(people, ties, within="ward")


def test_does_supervision_follow_advice() -> None:
    ties = pd.DataFrame(
        [
            ("a", "c", "supervision"),
            ("b", "c", "supervision"),
            ("c", "a", "advice"),
            ("a", "c", "advice"),
            ("d", "a", "advice"),
        ],
        columns=["source", "target", "relation"],
    )
    row = overlap_of_relations(PEOPLE, ties, ["supervision", "advice"]).iloc[0]
    assert row[["ties_a", "ties_b", "overlap", "hamming", "reversed"]].tolist() == [2, 3, 1, 3, 1]
    assert row["share_of_a"] == 0.5
    assert row["jaccard"] == 1 / 4
    # 12 possible ties: phi of the 2 x 2 table [[1, 1], [2, 8]]
    assert row["correlation"] == pytest.approx((1 * 8 - 1 * 2) / np.sqrt(2 * 10 * 3 * 9))


def test_lines_of_division_stand_beside_each_other() -> None:
    found = segregation(network("ab ba cd dc ac"), permutations="exact").set_index("by")
    assert found.index.tolist() == ["role", "band", "team"]
    assert found["groups"].tolist() == [2, 4, 2]
    assert found.loc["role", "ei"] == pytest.approx(-3 / 5)
    assert found.loc["team", "ei"] == pytest.approx(3 / 5)
    assert found.loc["band", "ei"] == 1  # everybody has a band of their own
    assert found.loc["role", "coleman"] == pytest.approx((3 * 0.5 + 2 * 1) / 5)
    assert found.loc["role", "odds_ratio_within"] == np.inf
    assert found.loc["role", "p_low"] == pytest.approx(1 / 3)  # 2 of the 6 ways of dealing out two roles


def test_hard_cases_are_blank_not_wrong() -> None:
    none = network("")
    assert np.isnan(assortativity(none))
    assert np.isnan(assortativity_numeric(none))
    assert np.isnan(odds_ratio_within(none))
    assert np.isnan(gamix(none))
    assert coleman(none)["coleman"].isna().all()
    assert reciprocity(none)["reciprocity"].isna().all()
    assert role_diversity(none)[["blau", "iqv"]].isna().all(axis=None)
    row = segregation(none, ["role"]).iloc[0]
    assert row.drop(["by", "groups"]).isna().all()
    # all ties internal
    inside = network("ab ba cd dc")
    assert (assortativity(inside), gamix(inside)) == (1, 1)
    # one role: nobody could be tied across
    alone = build(PEOPLE.assign(role="nurse"), pd.DataFrame({"source": ["a"], "target": ["b"]}))
    assert np.isnan(assortativity(alone))
    assert np.isnan(odds_ratio_within(alone))
    assert coleman(alone)["coleman"].isna().all()
    assert role_diversity(alone)["iqv"].isna().all()
    # a role of one
    single = build(PEOPLE.assign(role=["n", "n", "n", "p"]), pd.DataFrame({"source": ["d"], "target": ["a"]}))
    assert np.isnan(coleman(single).set_index("name").loc["p", "coleman"])
    # numbers that don't vary
    assert np.isnan(
        assortativity_numeric(build(PEOPLE.assign(band=0.1), pd.DataFrame({"source": ["a"], "target": ["b"]})), "band")
    )


def test_what_cannot_be_done_is_said() -> None:
    ties = pd.DataFrame({"source": ["a"], "target": ["b"], "relation": ["advice"]})
    with pytest.raises(InputError, match="in an undirected one every tie is returned"):
        reciprocity(network("ab", directed=False))
    with pytest.raises(InputError, match="Did you mean 'received'"):
        role_diversity(network("ab"), direction="receive")
    with pytest.raises(InputError, match=r"no column 'bnd'. Did you mean 'band'"):
        assortativity_numeric(network("ab"), "bnd")
    with pytest.raises(InputError, match=r"4 of 4 people have no number there \(first: a, 'nurse'\)"):
        assortativity_numeric(network("ab"), "role")
    with pytest.raises(InputError, match="no column 'ward'"):
        segregation(network("ab"), ["role", "ward"])
    with pytest.raises(InputError, match="needs the column relation"):
        permeability(PEOPLE, ties.drop(columns="relation"))
    with pytest.raises(InputError, match="No tie has the relation 'advise'"):
        permeability(PEOPLE, ties, relations=["advise"])
    with pytest.raises(InputError, match="two relations or more; there is advice"):
        overlap_of_relations(PEOPLE, ties)
    with pytest.raises(InputError, match="no rows with a relation"):
        overlap_of_relations(PEOPLE, ties.head(0))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from("npd"), min_size=6, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 4)), max_size=20),
    st.booleans(),
    st.permutations(range(6)),
)
def test_ranges_and_names(roles: list[str], rows: list[tuple], directed: bool, order: list[int]) -> None:
    people = pd.DataFrame({"person": range(6), "role": roles})
    ties = pd.DataFrame(rows, columns=["source", "target", "weight"])
    one = build(people, ties, directed=directed)
    other = build(
        people.assign(person=order),
        ties.assign(
            source=ties["source"].map(dict(enumerate(order))),
            target=ties["target"].map(dict(enumerate(order))),
            weight=ties["weight"] * 2,
        ),
        directed=directed,
    )
    for measure in (assortativity, odds_ratio_within, gamix, lambda net: assortativity(net, weighted=True)):
        assert measure(one) == pytest.approx(measure(other), nan_ok=True)
    assert coleman(one)["coleman"].dropna().between(-1, 1).all()
    diversity = role_diversity(one, weighted=True)
    assert diversity["iqv"].dropna().between(0, 1 + 1e-12).all()
    assert (diversity["blau"].notna() == (diversity["ties"] > 0)).all()


def test_columns_that_are_no_names_are_told() -> None:
    people = pd.DataFrame({"person": list("ab"), "role": list("np")})
    network = build(people, pd.DataFrame({"source": ["a"], "target": ["b"]}))
    for by in ([["role"]], 5):
        with pytest.raises(InputError, match="no column"):
            segregation(network, by)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no column"):
        assortativity_numeric(network, ["role"])  # type: ignore[arg-type]
    nobody = RoleNetwork(people.head(0), network.ties.head(0), True, network.left_out)
    with pytest.raises(InputError, match="There is nobody in this network"):
        segregation(nobody, ["role"], permutations=9)

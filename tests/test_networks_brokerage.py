"""Gould and Fernandez's brokerage: equal to R's sna, to paths counted one by one, and to every way of dealing out roles."""

from __future__ import annotations

from collections import Counter
from itertools import permutations as orders
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network_cases import PUBLISHED, read_case
from newroles.errors import InputError
from newroles.networks import RoleNetwork, brokerage, brokerage_between, brokerage_by, build

KINDS = ["coordinator", "itinerant", "gatekeeper", "representative", "liaison"]
# what R's sna 2.7-1, brokerage(), calls them
SNA = {
    "coordinator": "coordinator_wI",
    "itinerant": "itinerant_wO",
    "gatekeeper": "gatekeeper_bOI",
    "representative": "representative_bIO",
    "liaison": "liaison_bO",
    "total": "total_t",
}
OURS = ["net_d12_3roles", "net_d25_isolates", "net_d40_4roles", "net_d100_5roles", "net_u30_3roles"]


def compare_with_sna(folder: Path) -> None:
    network, _ = read_case(folder)
    found = brokerage(network)
    for suffix, file in {"": "raw", "_expected": "expected", "_sd": "sd", "_z": "z"}.items():
        path = folder / f"expected_brokerage_{file}.csv"
        for kind, theirs in SNA.items():
            ours = found[kind + suffix].astype(float)
            if path.exists():
                expected = pd.read_csv(path).set_index("id").loc[found["person"], theirs].astype(float)
                np.testing.assert_allclose(ours, expected, rtol=1e-8, atol=1e-8, err_msg=f"{kind}{suffix}")
            else:
                assert not network.directed
                assert ours.isna().all()


@pytest.mark.parametrize("case", OURS)
def test_equals_sna(reference: Path, case: str) -> None:
    compare_with_sna(reference / "networks" / case)


@pytest.mark.parametrize("case", PUBLISHED)
def test_equals_sna_on_published_networks(shared: Path, case: str) -> None:
    compare_with_sna(shared / "reference/networks" / case)


def test_the_network_as_a_whole_equals_sna(reference: Path) -> None:
    """`measure, raw, expected` of summary(brokerage(...)) in sna 2.7-1; its global sd is left out as wrong."""
    folder = reference / "networks/net_d40_4roles"
    theirs = pd.read_csv(folder / "expected_brokerage_global.csv").set_index("measure").loc[list(SNA.values())]
    found = brokerage_by(read_case(folder)[0], level="network", permutations=0)
    assert found["kind"].tolist() == list(SNA)
    np.testing.assert_allclose(found["paths"], theirs["raw"])
    np.testing.assert_allclose(found["bernoulli"], theirs["expected"], rtol=1e-9)


def test_sampsons_monks(shared: Path) -> None:
    """Totals quoted in the reference README: coordinator 56, itinerant 5, representative 69, gatekeeper 80, liaison 14."""
    found = brokerage(read_case(shared / "reference/networks/sampson_samplike")[0])
    assert found[[*KINDS, "total"]].sum().tolist() == [56, 5, 80, 69, 14, 224]


PSW = pd.DataFrame(
    {"person": ["n1", "n2", "d", "p", "psy"], "role": ["nurse", "nurse", "doctor", "peer", "psychologist"]}
)
AROUND_P = pd.DataFrame(
    [("n1", "p"), ("p", "n2"), ("n1", "n2"), ("d", "p"), ("p", "psy"), ("psy", "p"), ("p", "d")],
    columns=["source", "target"],
)


def test_a_peer_worker_between_four_others() -> None:
    """By hand: from n1, d, psy over p to n2, psy, d without going back and without n1 to n2: 3 x 3 - 2 - 1 = 6 paths, all
    between two other roles. R's sna 2.7 gives p liaison 6 and nothing else."""
    found = brokerage(build(PSW, AROUND_P)).set_index("person")
    assert found.loc["p", [*KINDS, "total"]].tolist() == [0, 0, 0, 0, 6, 6]
    assert found.drop(index="p")["total"].sum() == 0
    between = brokerage_between(build(PSW, AROUND_P))
    assert set(zip(between["from_role"], between["to_role"], between["paths"], strict=True)) == {
        ("nurse", "psychologist", 1),
        ("nurse", "doctor", 1),
        ("doctor", "nurse", 1),
        ("doctor", "psychologist", 1),
        ("psychologist", "nurse", 1),
        ("psychologist", "doctor", 1),
    }
    assert (between["kind"] == "liaison").all()
    assert (between["broker_role"] == "peer").all()


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        ("AAA", "coordinator"),
        ("BAB", "itinerant"),
        ("BAA", "gatekeeper"),
        ("AAB", "representative"),
        ("BAC", "liaison"),
    ],
)
def test_the_five_kinds(roles: str, kind: str) -> None:
    """Gould and Fernandez 1989: the roles of source, broker and target decide. A tie from source to target ends it."""
    people = pd.DataFrame({"person": list("xyz"), "role": list(roles)})
    path = pd.DataFrame({"source": ["x", "y"], "target": ["y", "z"]})
    found = brokerage(build(people, path)).set_index("person")
    assert found.loc["y", [*KINDS, "total"]].to_dict() == {**dict.fromkeys(KINDS, 0), kind: 1, "total": 1}
    assert found.loc[["x", "z"], "total"].tolist() == [0, 0]
    back = pd.concat([path, pd.DataFrame({"source": ["z"], "target": ["x"]})])
    assert brokerage(build(people, back))["total"].tolist() == [1, 1, 1]  # a tie back doesn't close a path
    closed = pd.concat([path, pd.DataFrame({"source": ["x"], "target": ["z"]})])
    assert brokerage(build(people, closed))["total"].sum() == 0


def test_undirected_paths_count_in_both_directions() -> None:
    people = pd.DataFrame({"person": list("xyz"), "role": list("AAB")})
    network = build(people, pd.DataFrame({"source": ["x", "y"], "target": ["y", "z"]}), directed=False)
    y = brokerage(network).set_index("person").loc["y"]
    assert (y["gatekeeper"], y["representative"], y["total"]) == (1, 1, 2)
    assert brokerage_by(network, permutations=0)["bernoulli"].isna().all()


def counted_one_by_one(network: RoleNetwork, roles: list[str], weighted: bool = False) -> Counter[tuple[int, str]]:
    """Every open path of two ties, found by trying all ordered triples of people."""
    ties = network.adjacency.toarray()
    found: Counter[tuple[int, str]] = Counter()
    for source, broker, target in orders(range(len(network)), 3):
        if ties[source, broker] and ties[broker, target] and not ties[source, target]:
            a, v, b = roles[source], roles[broker], roles[target]
            if a == v:
                kind = "coordinator" if v == b else "representative"
            elif v == b:
                kind = "gatekeeper"
            else:
                kind = "itinerant" if a == b else "liaison"
            found[broker, kind] += np.sqrt(ties[source, broker] * ties[broker, target]) if weighted else 1
    return found


@st.composite
def networks(draw: st.DrawFn) -> RoleNetwork:
    n = draw(st.integers(1, 8))
    people = pd.DataFrame(
        {"person": [f"p{i}" for i in range(n)], "role": draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))}
    )
    pairs = [f"p{i}" for i in range(n)]
    tie = st.tuples(st.sampled_from(pairs), st.sampled_from(pairs), st.integers(1, 4))
    ties = pd.DataFrame(draw(st.lists(tie, max_size=40)), columns=["source", "target", "weight"])
    return build(people, ties.astype({"weight": float}), directed=draw(st.booleans()))


@settings(max_examples=15, deadline=None)
@given(networks(), st.booleans())
def test_equals_paths_counted_one_by_one(network: RoleNetwork, weighted: bool) -> None:
    roles = network.people["role"].tolist()
    one_by_one = counted_one_by_one(network, roles, weighted)
    expected = np.array([[one_by_one[person, kind] for kind in KINDS] for person in range(len(network))], dtype=float)
    found = brokerage(network, weighted=weighted)
    np.testing.assert_allclose(found[KINDS].to_numpy(float), expected, atol=1e-9)
    np.testing.assert_allclose(found["total"], expected.sum(axis=1), atol=1e-9)
    by_role = brokerage_by(network, permutations=0, weighted=weighted).query("kind != 'total'")
    for (role, kind), paths in by_role.groupby(["role", "kind"])["paths"].sum().items():
        assert paths == pytest.approx(expected[np.array(roles) == role][:, KINDS.index(kind)].sum())
    between = brokerage_between(network, weighted=weighted)
    assert between["paths"].sum() == pytest.approx(expected.sum())
    for kind, paths in between.groupby("kind")["paths"].sum().items():
        assert paths == pytest.approx(expected[:, KINDS.index(kind)].sum())


@settings(max_examples=6, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_order_of_people_and_names_of_roles_change_nothing(network: RoleNetwork, random) -> None:
    order = list(range(len(network)))
    random.shuffle(order)
    people = network.people.iloc[order].assign(role=lambda t: t["role"].map({"a": "z", "b": "y", "c": "x"}))
    other = brokerage(build(people, network.ties, directed=network.directed)).set_index("person")
    found = brokerage(network).set_index("person")
    pd.testing.assert_frame_equal(other.loc[found.index].drop(columns="role"), found.drop(columns="role"))


def test_weights_count_by_their_geometric_mean_and_doubling_them_doubles() -> None:
    people = pd.DataFrame({"person": list("xyz"), "role": list("AAB")})
    ties = pd.DataFrame({"source": ["x", "y"], "target": ["y", "z"], "weight": [4.0, 9.0]})
    found = brokerage(build(people, ties), weighted=True)
    assert found["representative"].tolist() == [0, 6, 0]
    assert found["total_expected"].isna().all()
    doubled = brokerage(build(people, ties.assign(weight=ties["weight"] * 2)), weighted=True)
    assert doubled["total"].tolist() == [0, 12, 0]


@pytest.fixture(scope="module")
def seven() -> RoleNetwork:
    """Seven people in three roles, one of them in a role of their own, in two teams."""
    people = pd.DataFrame({"person": list("abcdefg"), "role": list("NNNPPPS"), "team": list("1112222")})
    ties = ["ab", "ba", "bc", "cd", "de", "ef", "fg", "ga", "ad", "be", "cf", "dg", "ec", "gb", "af"]
    return build(people, pd.DataFrame([tuple(tie) for tie in ties], columns=["source", "target"]))


def dealt(network: RoleNetwork, within: str | None) -> list[list[str]]:
    """Every distinct way to deal out the roles, by trying all orders."""
    roles, teams = network.people["role"].tolist(), network.people["team"].tolist()
    make_up = Counter(zip(teams, roles, strict=True))
    all_ways = sorted(set(orders(roles)))
    return [list(way) for way in all_ways if within is None or Counter(zip(teams, way, strict=True)) == make_up]


@pytest.mark.parametrize("within", [None, "team"])
def test_every_way_to_deal_out_the_roles(seven: RoleNetwork, within: str | None) -> None:
    ways = dealt(seven, within)
    table = brokerage_by(seven, permutations="exact", within=within).set_index(["role", "kind"])
    drawn = []
    for way in ways:
        paths = counted_one_by_one(seven, way)
        drawn.append([sum(paths[i, kind] for i in range(7) if way[i] == role) for role in "NPS" for kind in KINDS])
    drawn = pd.DataFrame(drawn, columns=pd.MultiIndex.from_product([list("NPS"), KINDS]))
    found = table.loc[list(drawn.columns)]
    np.testing.assert_allclose(found["expected"], drawn.mean(), atol=1e-12)
    np.testing.assert_allclose(found["sd"], drawn.std(ddof=0), atol=1e-12)
    np.testing.assert_allclose(found["p_high"], (drawn >= found["paths"].to_numpy()).mean())
    np.testing.assert_allclose(found["p_low"], (drawn <= found["paths"].to_numpy()).mean())
    far = (drawn - drawn.mean()).abs() >= (found["paths"].to_numpy() - drawn.mean()).abs() - 1e-9
    np.testing.assert_allclose(found["p_two_sided"], far.mean())


def test_expected_paths_between_roles(seven: RoleNetwork) -> None:
    """The mean of a broker's role between two others over all 140 ways to deal out the roles."""
    found = brokerage_between(seven).set_index(["broker_role", "from_role", "to_role"])
    total: Counter[tuple[str, str, str]] = Counter()
    ties = seven.adjacency.toarray()
    ways = dealt(seven, None)
    for a, v, b in orders(range(7), 3):
        if ties[a, v] and ties[v, b] and not ties[a, b]:
            total.update((way[v], way[a], way[b]) for way in ways)
    for key, expected in found["expected"].items():
        assert expected == pytest.approx(total[key] / len(ways))


def test_permuting_roles_at_random_comes_near_to_all_ways(seven: RoleNetwork) -> None:
    exact = brokerage_by(seven, permutations="exact")
    drawn = brokerage_by(seven, permutations=2000, rng=np.random.default_rng(1))
    assert (exact["expected"] == drawn["expected"]).all()
    error = 4 * np.sqrt(exact["p_high"] * (1 - exact["p_high"]) / 2000) + 1e-3
    assert ((exact["p_high"] - drawn["p_high"]).abs() < error).all()
    again = brokerage_by(seven, permutations=2000, rng=np.random.default_rng(1))
    pd.testing.assert_frame_equal(drawn, again)


def test_each_persons_place_under_all_ways(seven: RoleNetwork) -> None:
    found = brokerage(seven, permutations="exact")
    ways = [counted_one_by_one(seven, way) for way in dealt(seven, None)]
    for person in range(7):
        drawn = np.array([paths[person, "liaison"] for paths in ways])
        assert found["liaison_p_high"][person] == pytest.approx((drawn >= found["liaison"][person]).mean())
        assert found["liaison_p_low"][person] == pytest.approx((drawn <= found["liaison"][person]).mean())


def test_the_network_total_never_varies(seven: RoleNetwork) -> None:
    total = brokerage_by(seven, level="network", permutations=50).set_index("kind").loc["total"]
    assert (total["paths"], total["sd"], total["p_low"], total["p_high"]) == (total["expected"], 0, 1, 1)
    assert np.isnan(total["z"])


def test_many_paths_are_looked_up_in_pieces(monkeypatch: pytest.MonkeyPatch, seven: RoleNetwork) -> None:
    """A network too large to keep its closed paths gives what a small one does."""
    whole = brokerage_by(seven, permutations="exact", weighted=True)
    monkeypatch.setattr("newroles.networks.open_paths._CELLS", 2)
    pd.testing.assert_frame_equal(brokerage_by(seven, permutations="exact", weighted=True), whole)


def test_all_ties_internal_no_ties_nobody_and_another_column() -> None:
    people = pd.DataFrame({"person": list("wxyz"), "role": list("AAAB"), "band": [5, 5, 6, 7]})
    inside = build(people, pd.DataFrame({"source": ["w", "x"], "target": ["x", "y"]}))
    found = brokerage(inside).set_index("person")
    assert found["coordinator"].sum() == found["total"].sum() == 1
    assert np.isnan(found.loc["z", "coordinator_z"])  # alone in the role: no path could be of this kind
    assert brokerage(inside, by="band").set_index("person").loc["x", "representative"] == 1
    nothing = pd.DataFrame({"source": [], "target": []})
    empty = brokerage(build(people, nothing))
    assert empty["total"].tolist() == [0, 0, 0, 0]
    assert empty["total_z"].isna().all()
    assert brokerage_between(build(people, nothing)).empty
    nobody = RoleNetwork(people.head(0), build(people, nothing).ties, True, nothing)
    for call in (brokerage, brokerage_by, lambda network: brokerage_by(network, level="network")):
        with pytest.raises(InputError, match="There is nobody in this network"):
            call(nobody)


def test_roles_may_be_tuples() -> None:
    people = pd.DataFrame({"person": list("xyz"), "role": list("ABB"), "both": [("A", 5), ("B", 5), ("B", 5)]})
    network = build(people, pd.DataFrame({"source": ["x", "y"], "target": ["y", "z"]}))
    plain, tuples = (brokerage_by(network, by=by, permutations="exact") for by in ("role", "both"))
    assert tuples["both"].map(lambda role: role[0]).tolist() == plain["role"].tolist()
    pd.testing.assert_frame_equal(tuples.drop(columns="both"), plain.drop(columns="role"))


def test_what_cannot_be_answered(seven: RoleNetwork) -> None:
    with pytest.raises(InputError, match="no column 'roll'"):
        brokerage(seven, by="roll")
    with pytest.raises(InputError, match="no level 'person'"):
        brokerage_by(seven, level="person")
    with pytest.raises(InputError, match="0 or more"):
        brokerage(seven, permutations=-1)
    blank = build(seven.people.assign(role=["N", None, *"NPPPS"]), seven.ties)
    with pytest.raises(InputError, match="no role"):
        brokerage_between(blank)

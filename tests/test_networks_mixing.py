"""Role mixing and the E-I index: equal to R, to every way of dealing out roles, and to tiny tables worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network_cases import OURS, PUBLISHED, read_case
from newroles.errors import InputError
from newroles.networks import RoleNetwork, build, ei_index, mixing, mixing_matrix


def compare_with_r(folder: Path) -> None:
    network, expected = read_case(folder)
    for weighted, name in ((False, "binary"), (True, "weighted")):
        path = folder / f"expected_mixing_{name}.csv"
        if path.exists():
            table = pd.read_csv(path, index_col="from")
            found = mixing_matrix(network, weighted=weighted)
            assert list(found.index) == list(found.columns) == list(table.index)
            assert (found.to_numpy() == table.to_numpy()).all()
    density = pd.read_csv(folder / "expected_block_density.csv", index_col="from")
    for row in mixing(network).to_dict("records"):
        assert row["density"] == pytest.approx(density.loc[row["from"], row["to"]], nan_ok=True)
    whole = ei_index(network).iloc[0]
    assert whole["ei"] == pytest.approx(expected["ei"], abs=1e-9)
    assert (whole["internal"], whole["external"]) == (expected["ei_internal"], expected["ei_external"])
    assert whole["expected"] == pytest.approx(expected["ei_expected_under_label_permutation"], abs=1e-9)
    if "ei_weighted" in expected:
        assert ei_index(network, weighted=True)["ei"].iloc[0] == pytest.approx(expected["ei_weighted"], abs=1e-9)
    for level, file, weighted in (
        ("role", "group_incident", False), ("person", "node", False), ("person", "node_weighted", True),
    ):  # fmt: skip
        path = folder / f"expected_ei_{file}.csv"
        if path.exists():
            table = pd.read_csv(path)
            found = ei_index(network, level=level, weighted=weighted)
            assert found["name"].tolist() == table.iloc[:, 0].tolist()
            np.testing.assert_allclose(found[["internal", "external", "ei"]], table.iloc[:, 1:4], atol=1e-9)


@pytest.mark.parametrize("case", OURS)
def test_mixing_density_and_ei_equal_r(reference: Path, case: str) -> None:
    # sna 2.7-1 and igraph 1.3.5; see each case.json
    compare_with_r(reference / "networks" / case)


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_networks_equal_r(shared: Path, case: str) -> None:
    compare_with_r(shared / "reference/networks" / case)


@pytest.mark.parametrize("case", ["ei_exact_9", "ei_exact_10"])
def test_all_label_assignments_equal_r(reference: Path, case: str) -> None:
    # own R enumeration of all 1,680 and 3,150 assignments: expectation, sd and p need no tolerance but rounding
    network, expected = read_case(reference / "permutation_exact" / case)
    found = ei_index(network, permutations="exact").iloc[0]
    for ours, theirs in {
        "ei": "ei", "expected": "ei_expected", "sd": "ei_sd",
        "p_low": "p_le", "p_high": "p_ge", "p_two_sided": "p_two_sided_abs_dev",
    }.items():  # fmt: skip
        assert found[ours] == pytest.approx(expected[theirs], abs=1e-12), ours
    cells = pd.read_csv(reference / "permutation_exact" / case / "expected_mixing.csv")
    both = cells.merge(mixing(network, permutations="exact"), on=["from", "to"], suffixes=("_r", ""))
    assert len(both) == 9
    for ours, theirs in {"ties": "observed", "expected": "expected_r", "sd": "sd_r", "p_high": "p_ge"}.items():
        np.testing.assert_allclose(both[ours], both[theirs], atol=1e-12, err_msg=ours)


FIVE = pd.DataFrame({"person": list("abcde"), "role": list("nnppd"), "team": list("xxyxy")})
TIES = pd.DataFrame({"source": list("aabcdea"), "target": list("bcadebd"), "weight": [3, 1, 2, 5, 1, 2.5, 4]})


def every_assignment(people: pd.DataFrame, within: str | None = None) -> list[list[str]]:
    """All distinct ways of dealing out the roles, one after the other."""
    from itertools import permutations

    found = set()
    for order in permutations(range(len(people))):
        if within is None or (people[within].to_numpy() == people[within].to_numpy()[list(order)]).all():
            found.add(tuple(people["role"].to_numpy()[list(order)]))
    return [list(roles) for roles in sorted(found)]


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("within", [None, "team"])
@pytest.mark.parametrize("weighted", [True, False])
def test_expectation_sd_and_p_equal_dealing_out_by_hand(directed: bool, within: str | None, weighted: bool) -> None:
    network = build(FIVE, TIES, directed=directed)
    own = mixing(network, weighted=weighted, permutations="exact", within=within)
    dealt = [
        mixing(build(FIVE.assign(role=roles), TIES, directed=directed), weighted=weighted)
        for roles in every_assignment(FIVE, within)
    ]
    values = np.array([table["weight" if weighted else "ties"] for table in dealt], dtype=float)
    now = own["weight" if weighted else "ties"].to_numpy(float)
    np.testing.assert_allclose(own["expected"], values.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(own["sd"], values.std(axis=0), atol=1e-12)
    np.testing.assert_allclose(own["p_low"], (values <= now + 1e-9).mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(own["p_high"], (values >= now - 1e-9).mean(axis=0), atol=1e-12)
    away = np.abs(values - values.mean(axis=0)) >= np.abs(now - values.mean(axis=0)) - 1e-9
    np.testing.assert_allclose(own["p_two_sided"], away.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("within", [None, "team"])
def test_chance_for_a_person_keeps_the_person_s_role(directed: bool, within: str | None) -> None:
    network = build(FIVE, TIES, directed=directed)
    own = ei_index(network, level="person", weighted=True, permutations="exact", within=within)
    dealt = {
        tuple(roles): ei_index(build(FIVE.assign(role=roles), TIES, directed=directed), level="person", weighted=True)[
            "ei"
        ]
        for roles in every_assignment(FIVE, within)
    }
    for place, row in enumerate(own.to_dict("records")):
        values = [ei[place] for roles, ei in dealt.items() if roles[place] == FIVE["role"][place]]
        assert row["expected"] == pytest.approx(np.mean(values), abs=1e-12)
        assert row["sd"] == pytest.approx(np.std(values), abs=1e-9)
        assert row["p_low"] == pytest.approx(np.mean(np.array(values) <= row["ei"] + 1e-9))
        assert row["p_high"] == pytest.approx(np.mean(np.array(values) >= row["ei"] - 1e-9))


@pytest.mark.parametrize("level", ["network", "role", "person"])
def test_drawn_p_values_come_near_the_exact_ones(reference: Path, level: str) -> None:
    network, _ = read_case(reference / "permutation_exact/ei_exact_9")
    exact = ei_index(network, level=level, permutations="exact")
    drawn = ei_index(network, level=level, permutations=3000, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(exact["expected"], drawn["expected"])
    np.testing.assert_allclose(drawn["sd"], exact["sd"], rtol=0.05)
    for p in ("p_low", "p_high", "p_two_sided"):
        error = 4.5 * np.sqrt(exact[p] * (1 - exact[p]) / 3000) + 1 / 3000
        assert (np.abs(drawn[p] - exact[p]) <= error).all(), p


def test_p_counts_the_network_itself_among_the_draws() -> None:
    # two roles, all ties within: no relabelling gives less E-I, so p_low = (1 + draws as low) / (draws + 1)
    people = pd.DataFrame({"person": range(12), "role": ["n"] * 6 + ["p"] * 6})
    pairs = [(i, j) for side in (range(6), range(6, 12)) for i in side for j in side if i != j]
    network = build(people, pd.DataFrame(pairs, columns=["source", "target"]))
    found = ei_index(network, permutations=99, rng=np.random.default_rng(1)).iloc[0]
    assert found["ei"] == -1
    assert found["p_low"] in {1 / 100, 2 / 100}  # 2 of 924 assignments give -1
    assert found["p_high"] == 1
    again = ei_index(network, permutations=99, rng=np.random.default_rng(1)).iloc[0]
    assert found.equals(again)


def test_ei_by_hand() -> None:
    # a and b are nurses, c and d peers: a->b, b->c, c->a
    people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    network = build(people, pd.DataFrame({"source": list("abc"), "target": list("bca")}))
    whole = ei_index(network).iloc[0]
    assert (whole["internal"], whole["external"], whole["ei"]) == (1, 2, pytest.approx(1 / 3))
    assert whole["expected"] == pytest.approx(1 / 3)  # 1 - 2 x (2 + 2) / (4 x 3)
    # 4 possible pairs within, 8 across: densities 1/4 and 2/8, so nothing is left once sizes are allowed for
    assert whole["rescaled"] == 0
    roles = ei_index(network, level="role").set_index("name")
    assert roles.loc["nurse", ["internal", "external"]].tolist() == [1, 2]
    assert roles.loc["peer", ["internal", "external", "ei"]].tolist() == [0, 2, 1]
    # either role: 2 possible pairs within, 8 across
    assert roles["expected"].tolist() == pytest.approx([0.6, 0.6])


def test_the_mixing_table_by_hand() -> None:
    people = pd.DataFrame({"person": list("abcd"), "role": ["nurse", "nurse", "peer", "peer"]})
    ties = pd.DataFrame({"source": list("abc"), "target": list("bcd"), "weight": [2, 3, 1]})
    table = mixing(build(people, ties, directed=False)).set_index(["from", "to"])
    assert len(table) == 3  # each pair once, each tie once
    assert table.loc[("nurse", "nurse"), ["ties", "weight", "possible", "density"]].tolist() == [1, 2, 1, 1]
    assert table.loc[("nurse", "peer"), ["ties", "weight", "possible", "density"]].tolist() == [1, 3, 4, 0.25]
    # by chance a tie is within nurses with 1/6, across with 4/6; the weights sum to 6
    assert table["expected"].tolist() == pytest.approx([1, 4, 1])
    # odds across 1 : 3, elsewhere 2 : 0
    assert table.loc[("nurse", "peer"), "odds_ratio"] == 0
    assert table.loc[("nurse", "nurse"), "odds_ratio"] == np.inf
    assert table[["p_low", "p_high"]].isna().all(axis=None)
    whole = mixing_matrix(build(people, ties, directed=False))
    assert whole.to_numpy().tolist() == [[4, 3], [3, 2]]  # the diagonal counts a tie twice: rows sum to strength


def test_hard_cases_are_blank_not_wrong() -> None:
    people = pd.DataFrame({"person": list("abc"), "role": ["nurse", "nurse", "peer"]})
    none = build(people, pd.DataFrame({"source": [], "target": []}))
    for level, rows in (("network", 1), ("role", 2), ("person", 3)):
        found = ei_index(none, level=level, permutations=9)
        assert len(found) == rows
        assert found[["internal", "external"]].sum(axis=None) == 0
        assert found[["ei", "expected", "sd", "p_low", "p_high", "rescaled"]].isna().all(axis=None)
    empty = mixing(none, permutations=9)
    assert (empty["ties"] == 0).all()
    assert (empty["expected"] == 0).all()
    assert empty["z"].isna().all()
    # a role of one: no possible tie within it
    one = mixing(build(people, pd.DataFrame({"source": ["a"], "target": ["c"]}))).set_index(["from", "to"])
    assert one.loc[("peer", "peer"), "possible"] == 0
    assert np.isnan(one.loc[("peer", "peer"), "density"])
    assert np.isnan(one.loc[("peer", "peer"), "odds_ratio"])
    # one role only: all ties are internal, and could be nothing else
    alone = ei_index(
        build(people.assign(role="nurse"), pd.DataFrame({"source": ["a"], "target": ["c"]})), permutations=9
    )
    assert alone.loc[0, ["ei", "expected", "sd", "p_low", "p_high"]].tolist() == [-1, -1, 0, 1, 1]
    assert alone[["z", "rescaled"]].isna().all(axis=None)
    # isolates
    persons = ei_index(build(people, pd.DataFrame({"source": ["a"], "target": ["c"]})), level="person").set_index(
        "name"
    )
    assert np.isnan(persons.loc["b", "ei"])
    assert persons.loc["a", "ei"] == 1


def test_teams_of_one_leave_nothing_to_chance() -> None:
    network = build(FIVE.assign(team=list("12345")), TIES)
    table = mixing(network, permutations=9, within="team")
    np.testing.assert_allclose(table["expected"], table["weight"], atol=1e-12)
    assert (table["p_high"] == 1).all()
    assert (table["sd"] == 0).all()


def test_what_cannot_be_done_is_said() -> None:
    network = build(FIVE, TIES)
    with pytest.raises(InputError, match="level: 'roles' isn't known. Did you mean 'role'"):
        ei_index(network, level="roles")
    with pytest.raises(InputError, match="no column 'rolle'"):
        mixing(network, by="rolle")
    with pytest.raises(InputError, match="people have no team"):
        ei_index(build(FIVE.assign(team=[None, *"bcde"]), TIES), within="team", permutations=9)
    for wrong in (-1, 2.5, "all", True):
        with pytest.raises(InputError, match="permutations"):
            mixing(network, permutations=wrong)
    many = build(pd.DataFrame({"person": range(30), "role": ["n", "p"] * 15}), TIES.head(0))
    with pytest.raises(InputError, match="155,117,520 ways"):
        ei_index(many, permutations="exact")


networks = st.integers(2, 8).flatmap(
    lambda n: st.tuples(
        st.lists(st.sampled_from("npd"), min_size=n, max_size=n),
        st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(1, 5)), max_size=20),
        st.booleans(),
        st.permutations(range(n)),
    )
)


@settings(max_examples=12, deadline=None)
@given(networks)
def test_sums_add_up_and_names_do_not_matter(drawn: tuple) -> None:
    roles, rows, directed, order = drawn
    people = pd.DataFrame({"person": range(len(roles)), "role": roles})
    ties = pd.DataFrame(rows, columns=["source", "target", "weight"])
    network = build(people, ties, directed=directed)
    table, whole = mixing(network), ei_index(network, weighted=True)
    assert table["weight"].sum() == pytest.approx(network.weights.sum())
    assert table["expected"].sum() == pytest.approx(network.weights.sum())
    assert table["ties"].sum() == len(network.ties)
    assert table["possible"].sum() == len(roles) * (len(roles) - 1) // (1 if directed else 2)
    persons = ei_index(network, level="person", weighted=True)
    assert persons["internal"].sum() == pytest.approx(2 * whole["internal"].sum())
    assert persons["external"].sum() == pytest.approx(2 * whole["external"].sum())
    # the same people under other names and in another order; twice the weights
    names = {old: f"q{new}" for old, new in zip(range(len(roles)), order, strict=True)}
    other = build(
        people.assign(person=people["person"].map(names)).sort_values("person"),
        ties.assign(source=ties["source"].map(names), target=ties["target"].map(names), weight=ties["weight"] * 2),
        directed=directed,
    )
    pd.testing.assert_frame_equal(
        ei_index(other, weighted=True).drop(columns=["internal", "external"]),
        whole.drop(columns=["internal", "external"]),
    )
    pd.testing.assert_series_equal(mixing(other)["z"], table["z"])


@pytest.mark.parametrize("permutations", [0, 9, "exact"])
def test_nobody_in_a_network_is_told(permutations: object) -> None:
    nothing = pd.DataFrame({"source": [], "target": [], "weight": []})
    nobody = RoleNetwork(
        pd.DataFrame({"person": [], "role": []}), nothing, True, pd.DataFrame({"reason": [], "rows": []})
    )
    for call in (mixing, ei_index):
        with pytest.raises(InputError, match="There is nobody in this network"):
            call(nobody, permutations=permutations)


def test_a_weight_near_nothing_leaves_the_rest_of_a_person() -> None:
    """c has a tie of nearly no weight to b, of the other role: as if it had none, but for the ties of b."""
    people = pd.DataFrame({"person": list("abcd"), "role": list("nnpp"), "team": list("xyyx")})
    ties = pd.DataFrame({"source": list("abc"), "target": list("bcd"), "weight": [1, 1e-300, 2]})
    for within in (None, "team"):
        tiny = ei_index(build(people, ties), level="person", weighted=True, within=within)
        without = ei_index(build(people, ties.drop(index=1)), level="person", weighted=True, within=within)
        columns = ["ei", "expected", "sd"]
        pd.testing.assert_frame_equal(tiny[columns], without[columns])


def test_roles_may_be_tuples() -> None:
    people = pd.DataFrame({"person": list("abc"), "role": list("nnp"), "both": [("n", 5), ("n", 5), ("p", 4)]})
    network = build(people, pd.DataFrame({"source": list("ab"), "target": list("bc")}))
    table = mixing_matrix(network, by="both")
    assert table.index.tolist() == table.columns.tolist() == [("n", 5), ("p", 4)]
    assert table.to_numpy().tolist() == mixing_matrix(network).to_numpy().tolist()
    pairs = mixing(network, by="both")
    assert pairs["from"].tolist() == [("n", 5), ("n", 5), ("p", 4), ("p", 4)]
    assert pairs["ties"].tolist() == mixing(network)["ties"].tolist()

"""Random graph models of independent pairs: R's ergm, statsmodels' Logit, formulas by hand, and what was planted.

Known answers: R 4.2.2 with ergm 4.4.0 on Sampson's monks (../shared/reference/ergm); the exact maximum of the model with
mutual ties from a dyad multinomial maximised by scipy (case.json there); log-odds of counts by hand; statsmodels.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.datasets import load_codebook
from newroles.errors import InputError
from newroles.networks import RoleNetwork, build
from newroles.networks.ergm import DyadModel, ergm
from newroles.networks.goodness import goodness_of_fit
from newroles.networks.matrices import difference, from_ties, receiver, sender
from newroles.simulate.people import PeopleSpec, draw_people
from newroles.simulate.teams import TeamsSpec, new_roles_of
from newroles.simulate.ties import TiesSpec, draw_ties


def drawn(seed: int, n: int = 12, roles: int = 3, chance: float = 0.3, directed: bool = True) -> RoleNetwork:
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"person": range(n), "role": [f"r{k}" for k in np.arange(n) % roles]})
    source, target = np.nonzero((rng.random((n, n)) < chance) & (~np.eye(n, dtype=bool)))
    return build(people, pd.DataFrame({"source": source, "target": target}), directed=directed)


def estimates(model: DyadModel) -> dict[str, float]:
    return dict(zip(model.table["term"], model.table["estimate"], strict=True))


# --- R ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def monks(shared: Path) -> RoleNetwork:
    folder = shared / "reference" / "ergm" / "ergm_samplike"
    people = pd.read_csv(folder / "input_nodes.csv").rename(columns={"id": "person"})
    return build(people, pd.read_csv(folder / "input_edges.csv"))


@pytest.fixture(scope="module")
def said(shared: Path) -> dict[str, Any]:
    folder = shared / "reference" / "ergm" / "ergm_samplike"
    found = json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]
    return found | {path.stem: pd.read_csv(path) for path in folder.glob("expected_*.csv")}


def test_monks_of_one_group_like_each_other(monks: RoleNetwork, said: dict[str, Any]) -> None:
    model = ergm(monks, ["edges", "match"], by="group")
    expected = said["expected_edges_nodematch"]
    assert model.table["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy(), abs=1e-6)
    assert model.table["se"].to_numpy() == pytest.approx(expected["se"].to_numpy(), abs=1e-5)
    assert model.log_likelihood == pytest.approx(said["edges_nodematch_loglik"], abs=1e-6)
    assert model.aic == pytest.approx(4 - 2 * said["edges_nodematch_loglik"], abs=1e-6)
    assert model.bic == pytest.approx(2 * math.log(18 * 17) - 2 * said["edges_nodematch_loglik"], abs=1e-6)


def test_each_group_of_monks_and_who_is_named(monks: RoleNetwork, said: dict[str, Any]) -> None:
    model = ergm(monks, ["edges", "match_by", "receiver", "sender"], by="group")
    expected = said["expected_edges_match_diff_factors"]
    names = {"nodematch.group.": "match: ", "nodeifactor.group.": "receiver: ", "nodeofactor.group.": "sender: "}
    assert model.table["term"].tolist() == expected["term"].replace(names, regex=True).tolist()
    assert model.table["estimate"].to_numpy() == pytest.approx(expected["estimate"].to_numpy(), abs=1e-5)
    assert model.table["se"].to_numpy() == pytest.approx(expected["se"].to_numpy(), abs=1e-5)


def test_mutual_liking_of_monks_at_the_exact_maximum(monks: RoleNetwork, said: dict[str, Any]) -> None:
    model = ergm(monks, by="group")
    exact = said["edges_mutual_nodematch_exact_mle"]
    assert estimates(model)["edges"] == pytest.approx(exact["edges"], abs=1e-5)
    assert estimates(model)["mutual"] == pytest.approx(exact["mutual"], abs=1e-5)
    assert estimates(model)["match"] == pytest.approx(exact["nodematch.group"], abs=1e-5)
    drawn_in_r = said["expected_edges_mutual_nodematch_mcmle"]
    assert model.table["se"].to_numpy() == pytest.approx(drawn_in_r["se"].to_numpy(), abs=0.01)


def test_what_is_compared_of_the_monks_is_what_r_counts(monks: RoleNetwork, said: dict[str, Any]) -> None:
    fit = goodness_of_fit(ergm(monks, by="group"), 20, np.random.default_rng(1))
    r = said["expected_statistics"].set_index("stat")["value"]
    ours = fit.set_index(["statistic", "level"])["observed"]
    assert ours["ties", ""] == r["edges"]
    assert ours["mutual pairs", ""] == r["mutual"]
    assert ours["transitive triples", ""] == r["ttriple"]
    assert ours["cyclic triples", ""] == r["ctriple"]
    for name, value in r[r.index.str.startswith("mix.")].items():
        source, target = str(name).split(".")[2:]
        assert ours["ties from role to role", f"{source} > {target}"] == value
    sent, received = (ours[f"people by ties {way}"].iloc[:-1] for way in ("sent", "received"))
    for counts, name in ((sent, "ostar2"), (received, "istar2")):
        number = counts.index.astype(int)
        assert (counts * number * (number - 1) / 2).sum() == r[name]
        assert counts.sum() == 18
    partners = ours["ties by shared partners"].iloc[:-1]
    # geometrically weighted edgewise shared partners with decay 0.5
    weights = math.exp(0.5) * (1 - (1 - math.exp(-0.5)) ** partners.index.astype(int))
    assert (weights * partners).sum() == pytest.approx(r["gwesp.fixed.0.5"], abs=1e-9)


# --- statsmodels and by hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("directed", [True, False])
def test_without_mutual_it_is_a_logistic_regression(directed: bool) -> None:
    network = drawn(1, directed=directed)
    rng = np.random.default_rng(2)
    near = rng.normal(size=(12, 12))
    near = near if directed else near + near.T
    people = network.people.assign(rank=rng.integers(1, 8, 12))
    names = ["sender", "receiver"] if directed else ["activity"]
    model = ergm(network, ["edges", "match", *names], covariates={"near": near, "rank": difference(people, "rank")})
    i, j = np.nonzero(~np.eye(12, dtype=bool) if directed else np.tri(12, k=-1, dtype=bool))
    role, rank = (people[column].to_numpy() for column in ("role", "rank"))
    x = {"edges": np.ones(len(i)), "match": role[i] == role[j]}
    for name in ("r1", "r2"):
        if directed:
            x[f"sender: {name}"], x[f"receiver: {name}"] = role[i] == name, role[j] == name
        else:
            x[f"activity: {name}"] = (role[i] == name) * 1 + (role[j] == name)
    x |= {"near": near[i, j], "rank": np.abs(rank[i] - rank[j])}
    fit = sm.Logit(network.binary.toarray()[i, j], pd.DataFrame(x).astype(float)).fit(disp=0, tol=1e-12)
    ours = model.table.set_index("term")
    assert set(ours.index) == set(fit.params.index)
    for column, theirs in {"estimate": fit.params, "se": fit.bse, "z": fit.tvalues, "p": fit.pvalues}.items():
        assert ours[column].loc[theirs.index].to_numpy() == pytest.approx(theirs.to_numpy(), abs=1e-8), column
    interval = fit.conf_int().loc[ours.index]
    assert ours[["low", "high"]].to_numpy() == pytest.approx(interval.to_numpy(), abs=1e-8)
    assert model.log_likelihood == pytest.approx(fit.llf)
    assert (model.aic, model.bic) == (pytest.approx(fit.aic), pytest.approx(fit.bic))


def test_mutual_ties_alone_are_counts_of_pairs() -> None:
    """By hand: with n none, a one way and m both of the pairs, edges = log(a / 2n), mutual = log(m n / (a / 2)^2)."""
    people = pd.DataFrame({"person": list("abcde"), "role": "nurse"})
    network = build(people, pd.DataFrame({"source": list("aabbcd"), "target": list("bcaedb")}))  # n 5, a 4, m 1
    found = estimates(ergm(network, ["edges", "mutual"]))
    assert found == {"edges": pytest.approx(math.log(4 / 10)), "mutual": pytest.approx(math.log(1 * 5 / 2**2))}


def test_each_pair_of_roles_has_its_own_log_odds() -> None:
    """By hand: nurses 3 of 6 possible ties, nurse to peer 2 of 6, peer to nurse none, peers 1 of 2."""
    people = pd.DataFrame({"person": list("abcde"), "role": ["nurse"] * 3 + ["peer"] * 2})
    network = build(people, pd.DataFrame({"source": list("aabacd"), "target": list("bccdee")}))
    table = ergm(network, "mix").table.set_index("term")
    assert table["estimate"].tolist() == pytest.approx([0, math.log(2 / 4), -math.inf, 0], abs=1e-9)
    assert table.loc["mix: nurse > peer", "se"] == pytest.approx(math.sqrt(1 / 2 + 1 / 4))
    assert table.loc["mix: peer > nurse", ["se", "z", "p", "low", "high"]].isna().all()
    assert table.loc["mix: peer > nurse", "note"] == "as low as it could be: no such tie"
    against = ergm(network, ["edges", "mix"]).table.set_index("term")["estimate"]
    assert against.to_dict() == {
        "edges": pytest.approx(0, abs=1e-9), "mix: nurse > peer": pytest.approx(math.log(0.5)),
        "mix: peer > nurse": -math.inf, "mix: peer > peer": pytest.approx(0, abs=1e-9),
    }  # fmt: skip


def test_no_returned_tie_and_every_tie_returned() -> None:
    """Without a mutual pair three states are left: 3 of the 6 pairs are tied one way, so 2 exp(edges) = 3 / 3, by hand."""
    people = pd.DataFrame({"person": list("abcd"), "role": list("xxyy")})
    one_way = ergm(build(people, pd.DataFrame({"source": list("abc"), "target": list("bcd")})), ["edges", "mutual"])
    assert estimates(one_way) == {"edges": pytest.approx(math.log(1 / 2)), "mutual": -math.inf}
    # the two of each role both ask each other: that term is infinite, and the other pairs (1 of 8 ties) say the rest
    both = build(people, pd.DataFrame({"source": list("abcda"), "target": list("badcc")}))
    model = ergm(both, ["edges", "match"])
    assert estimates(model) == {"edges": pytest.approx(math.log(1 / 7)), "match": math.inf}
    assert model.table["note"].tolist() == ["", "as high as it could be: every such tie"]
    assert model.aic == pytest.approx(2 - 2 * model.log_likelihood), "one finite estimate"


def test_a_role_of_one_has_no_ties_within() -> None:
    people = pd.DataFrame({"person": list("abcd"), "role": ["peer", "nurse", "nurse", "nurse"]})
    table = ergm(
        build(people, pd.DataFrame({"source": list("abb"), "target": list("bcd")})), ["edges", "match_by"]
    ).table
    assert table.loc[table["term"] == "match: peer", "estimate"].isna().all()
    assert table["note"].tolist() == ["", "", "no pair of people of this kind"]
    assert table["estimate"].iloc[0] == pytest.approx(math.log(1 / 5)), "of 6 possible ties between the roles 1"


def test_only_pairs_who_could_be_tied_count() -> None:
    """By hand: two teams of three and two; 3 of 8 possible ties within teams; one tie between them is left out."""
    people = pd.DataFrame({"person": list("abcde"), "team": list("xxxyy"), "role": list("nnpnp")})
    network = build(people, pd.DataFrame({"source": list("abde"), "target": list("bcea")}))
    model = ergm(network, "edges", possible="team")
    assert estimates(model) == {"edges": pytest.approx(math.log(3 / 5))}
    assert model.left_out.to_dict("records") == [{"reason": "not possible", "pairs": 6, "ties": 1}]
    team = people["team"].to_numpy()
    same_team = pd.DataFrame(team[:, np.newaxis] == team, list("abcde"), list("abcde")).loc[
        list("edcba"), list("edcba")
    ]
    pd.testing.assert_frame_equal(ergm(network, "edges", possible=same_team).table, model.table)
    drawn_ties = model.simulate(np.random.default_rng(1)).toarray()
    assert not drawn_ties[~same_team.loc[list("abcde"), list("abcde")].to_numpy()].any()


@pytest.mark.parametrize(("directed", "pairs", "ties"), [(True, 3, 2), (False, 6, 2)])
def test_who_did_not_answer_is_not_without_ties(directed: bool, pairs: int, ties: int) -> None:
    """Four people, of whom d didn't answer: directed, d's three pairs are unknown; undirected, the others speak for them."""
    people = pd.DataFrame({"person": list("abcd"), "role": "nurse", "responded": ["yes", "yes", "yes", "no"]})
    model = ergm(build(people, pd.DataFrame({"source": list("ab"), "target": list("bd")}), directed=directed), "edges")
    assert model.pairs == pairs
    assert estimates(model)["edges"] == pytest.approx(math.log(1 / 5) if directed else math.log(2 / 4))
    assert model.left_out.to_dict("records") == (
        [{"reason": "not answered", "pairs": 3, "ties": 1}] if directed else []
    )


def test_blank_covariates_leave_out_pairs() -> None:
    network = drawn(3, n=6)
    band = pd.DataFrame({"person": range(6), "band": ["5", "6", "medical", "7", "5", "6"]})
    model = ergm(network, "edges", covariates={"band": difference(band)})
    assert model.pairs == 10
    assert model.left_out["reason"].tolist() == ["a covariate is blank"]


# --- bad input ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "directed", "more", "message"),
    [
        (["edges", "mutaul"], True, {}, "Did you mean 'mutual'"),
        (["edges", "mutual"], False, {}, "no meaning in an undirected network. Every tie of it is mutual"),
        (["edges", "sender"], False, {}, "no meaning in an undirected network. Take activity"),
        (["edges", "activity"], True, {}, "no meaning in a directed network. Take sender and receiver"),
        (["edges", "edges"], True, {}, "names a term twice"),
        ([], True, {}, "none given"),
        (["edges", "match", "mix"], True, {}, "follow from each other"),
        (["edges"], True, {"by": "rolle"}, "no column 'rolle'"),
        (["edges"], True, {"covariates": {"match": np.ones((12, 12))}}, "is the name of a term"),
        (["edges"], True, {"covariates": {"near": np.ones((11, 11))}}, "near has 11 people"),
        (["edges"], False, {"covariates": {"near": np.tri(12)}}, "near is not symmetric"),
        (["edges"], True, {"possible": np.tri(12)}, "True and False alone, the same for the two cells"),
        (["edges"], True, {"level": 95}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_fitted_is_named(terms: list[str], directed: bool, more: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ergm(drawn(1, directed=directed), terms, **more)


def test_a_network_without_pairs_is_named() -> None:
    none = pd.DataFrame({"source": [], "target": []})
    people = pd.DataFrame({"person": list("abc"), "role": "nurse", "team": list("xxy")})
    with pytest.raises(InputError, match="nobody in this network"):
        ergm(build(people.head(0), none))
    with pytest.raises(InputError, match="the network has 1 people. Two or more are needed"):
        ergm(build(people.head(1), none))
    silent = build(people.assign(responded="no"), none)
    with pytest.raises(InputError, match="has 3 people, and of their pairs are 2 not possible, 1 not answered"):
        ergm(silent, possible="team")
    goes = ergm(build(people, pd.DataFrame({"source": ["a"], "target": ["b"]})), "edges")
    assert goes.pairs == 3


def test_without_a_generator_the_same_networks_are_drawn() -> None:
    model = ergm(drawn(1))
    np.testing.assert_array_equal(model.simulate().toarray(), model.simulate(np.random.default_rng(0)).toarray())
    pd.testing.assert_frame_equal(goodness_of_fit(model, 20), goodness_of_fit(model, 20))


def test_no_ties_all_ties_and_all_within_roles_are_named() -> None:
    people = pd.DataFrame({"person": list("abcd"), "role": list("xxyy")})
    with pytest.raises(InputError, match="Of 6 pairs of people none is tied"):
        ergm(build(people, pd.DataFrame({"source": [], "target": []})))
    with pytest.raises(InputError, match="all are tied in every way"):
        ergm(drawn(1, n=4, chance=1.0))
    within = build(people, pd.DataFrame({"source": list("ac"), "target": list("bd")}))
    with pytest.raises(InputError, match="edges and match have no end.*all ties are within roles"):
        ergm(within, ["edges", "match"])
    with pytest.raises(InputError, match="20 or more"):
        goodness_of_fit(ergm(drawn(1)), 5)


# --- properties ------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10_000), st.permutations(range(12)), st.booleans())
def test_neither_order_nor_weights_matter(seed: int, order: list[int], directed: bool) -> None:
    network = drawn(seed, directed=directed)
    terms = ["edges", "match", *(["mutual"] if directed else [])]
    model = ergm(network, terms)
    twice = network.ties.assign(weight=network.ties["weight"] * 2)
    other = ergm(build(network.people.iloc[order], twice, directed=directed), terms)
    pd.testing.assert_frame_equal(model.table, other.table, atol=1e-6)
    assert model.log_likelihood == pytest.approx(other.log_likelihood)


@pytest.mark.parametrize("directed", [True, False])
def test_networks_drawn_have_on_average_what_was_observed(directed: bool) -> None:
    """At the maximum of the likelihood expected and observed agree for each term: within five standard errors of 400 draws."""
    network = drawn(7, directed=directed)
    model = ergm(network, ["edges", "match", *(["mutual"] if directed else [])])
    rng, numbers = np.random.default_rng(1), network.groups()[0]
    draws = np.stack([model.simulate(rng).toarray() for _ in range(400)])
    observed, within = network.binary.toarray(), numbers[:, np.newaxis] == numbers
    for name, ties, seen in (
        ("edges", draws, observed),
        ("match", draws * within, observed * within),
        ("mutual", draws * draws.swapaxes(1, 2), observed * observed.T),
    ):
        sums = ties.sum(axis=(1, 2))
        assert abs(sums.mean() - seen.sum()) < 5 * sums.std() / math.sqrt(400), name
    np.testing.assert_array_equal(model.observed.toarray(), observed)
    if not directed:
        np.testing.assert_array_equal(draws, draws.swapaxes(1, 2))


# --- what was planted is found; what the model lacks is seen -----------------------------------------------------------------------


def test_the_coefficients_of_planted_advice_are_found() -> None:
    """Six invented teams of 24, some of whom didn't answer: each estimate within three standard errors of the truth."""
    rng, register = np.random.default_rng(11), load_codebook("roles").codes
    new_roles = new_roles_of(register)[:6]
    teams = pd.DataFrame(
        {
            "team": [f"T{k}" for k in range(6)],
            "trust": [f"X{k}" for k in range(6)],
            "setting": "community",
            "follow": "case",
        }
    ).assign(new_role=new_roles)
    people, _ = draw_people(teams, register, TeamsSpec(waves=2), PeopleSpec(people_per_team=24), rng)
    tasks = pd.DataFrame({"wave": [], "team": [], "task": [], "role": [], "position": []})
    answered, truth, complete = draw_ties(people, tasks, teams, TiesSpec(), rng)
    here = people[people["wave"] == 1].reset_index(drop=True)
    network = build(here, answered, wave=1, relation="advice")
    works_with = from_ties(here, complete, "works_with", 1, directed=False)
    supervised_by = from_ties(here, complete, "supervision", 1).T
    upward = (receiver(here, "rank") > sender(here, "rank")).astype(float)
    covariates = {"works_with": works_with, "supervisor": supervised_by, "upward": upward}
    model = ergm(network, ["edges", "mutual", "match"], covariates=covariates, possible="team")
    table = model.table.set_index("term")
    planted = truth["coefficients"]["advice"]
    names = {"edges": "intercept", "match": "same_role"}
    for term, row in table.iterrows():
        assert abs(row["estimate"] - planted[names.get(str(term), str(term))]) < 3 * row["se"], term
    assert table["se"].max() < 0.35, "enough pairs for the test to mean something"
    assert (~network.answered).any()
    assert {"not possible", "not answered"} == set(model.left_out["reason"])


def test_clusters_that_no_term_explains_are_seen() -> None:
    """Eight closed groups of four, roles dealt out across them: ties and degrees fit, triangles can't."""
    people = pd.DataFrame({"person": range(32), "role": ["nurse", "peer"] * 16})
    pairs = [(4 * g + a, 4 * g + b) for g in range(8) for a in range(4) for b in range(a + 1, 4)]
    network = build(people, pd.DataFrame(pairs, columns=["source", "target"]), directed=False)
    fit = goodness_of_fit(ergm(network, ["edges", "match"]), 100, np.random.default_rng(1)).set_index(
        ["statistic", "level"]
    )
    assert fit.loc[("triangles", ""), "observed"] == 8 * 4
    assert fit.loc[("triangles", ""), "high"] < 16
    assert not fit.loc[("triangles", ""), "within"]
    assert fit.loc[("triangles", ""), "p_two_sided"] == pytest.approx(2 / 101)
    assert fit.loc[("ties by shared partners", "2"), "observed"] == 48
    assert fit.loc["ties"]["within"].all()
    assert fit.loc["ties between roles"]["within"].all()
    assert fit.loc["ties between roles"]["observed"].sum() == 48
    assert fit.loc["people by ties"]["observed"].sum() == 32

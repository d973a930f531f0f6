"""What makes a tie likely in a study: the same pairs in both accounts, and nobody first where a relation has no direction.

Known answers: counts and least squares by hand, on the pairs of one team who both answered.
"""

import math

import numpy as np
import pandas as pd
import pytest

from newroles.datasets import load_study
from newroles.networks import explained_ties, explanation, misfit_in_words, second_opinion


@pytest.fixture(scope="module")
def example():
    study = load_study("example_study")
    return study.people, study.ties


def of_teams(seed: int = 3, teams: int = 3, size: int = 8) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An invented study of one wave: the last person of each team didn't answer, the first is in a new role."""
    rng = np.random.default_rng(seed)
    n = teams * size
    place = np.arange(n) % size
    people = pd.DataFrame(
        {
            "wave": 1,
            "person": [f"p{k:02d}" for k in range(n)],
            "team": np.arange(n) // size,
            "role": np.where(place == 0, "peer", np.where(place % 2 == 1, "nurse", "doctor")),
            "role_kind": np.where(place == 0, "new", "existing"),
            "responded": place < size - 1,
        }
    )
    ties = []
    for relation, chance in (("advice", 0.35), ("works_with", 0.45), ("supervision", 0.1)):
        i, j = np.nonzero((rng.random((n, n)) < chance) & ~np.eye(n, dtype=bool))
        asked = people["responded"].to_numpy()[i]
        ties.append(pd.DataFrame({"source": i[asked], "target": j[asked], "relation": relation}))
    found = pd.concat(ties, ignore_index=True).assign(wave=1, weight=1.0)
    for end in ("source", "target"):
        found[end] = people["person"].to_numpy()[found[end]]
    return people, found


def turned(ties: pd.DataFrame) -> pd.DataFrame:
    return ties.rename(columns={"source": "target", "target": "source"})


def test_who_is_named_first_is_all_one_where_a_relation_has_no_direction(example):
    people, ties = example
    model, _ = explained_ties(people, ties, "works_with", 3)
    other, _ = explained_ties(people, turned(ties), "works_with", 3)
    assert model.table["term"].tolist() == ["edges", "match", "supervision", "with_new"]
    assert np.isfinite(model.table["estimate"]).all()
    pd.testing.assert_frame_equal(model.table, other.table)
    opinion, again = (second_opinion(people, each, "works_with", 3, permutations=19) for each in (ties, turned(ties)))
    assert opinion["term"].tolist() == ["match", "supervision", "with_new"]
    pd.testing.assert_frame_equal(opinion, again)


def test_one_or_two_in_a_new_role_count_once_each():
    """By hand: of 6 pairs of two nurses 3 are tied, of 8 of a nurse and a peer worker 6; ties of the two peer workers: 1 of 1."""
    people = pd.DataFrame(
        {"wave": 1, "person": list("abcdxy"), "team": 1, "role": ["n1", "n2", "n3", "n4", "p1", "p2"]}
    )
    people["role_kind"] = ["existing"] * 4 + ["new"] * 2
    pairs = ["ab", "bc", "cd", "ax", "bx", "cx", "ay", "by", "cy"]
    ties = pd.DataFrame([tuple(pair) for pair in pairs], columns=["source", "target"]).assign(
        wave=1, relation="works_with"
    )
    model, _ = explained_ties(people, ties, "works_with", 1)
    table = model.table.set_index("term")
    assert table.loc["match", "note"] == "no pair of people of this kind"
    # the score of the model by hand: expected numbers of ties, and of new people in them, are those observed
    a, b = table.loc[["edges", "with_new"], "estimate"]
    chance = [1 / (1 + math.exp(-(a + k * b))) for k in range(3)]
    assert 6 * chance[0] + 8 * chance[1] + chance[2] == pytest.approx(9)
    assert 8 * chance[1] + 2 * chance[2] == pytest.approx(6)
    opinion = second_opinion(people, ties, "works_with", 1, permutations=19)
    assert opinion["term"].tolist() == ["with_new"], "match is 0 for all pairs: nothing to test"


@pytest.mark.parametrize("relation", ["advice", "works_with"])
def test_both_accounts_use_the_pairs_of_a_team_who_both_answered(relation):
    people, ties = of_teams()
    model, _ = explained_ties(people, ties, relation, 1)
    opinion = second_opinion(people, ties, relation, 1, permutations=0)
    assert model.pairs == 3 * (7 * 6 // 2)
    assert opinion["pairs"].unique().tolist() == [model.pairs]
    # least squares by hand, pair by pair
    tied = {each: set(zip(*ties.loc[ties["relation"].eq(each), ["source", "target"]].T.to_numpy(), strict=True)) for each in
            ("advice", "works_with", "supervision")}  # fmt: skip
    tied["works_with"] |= {(j, i) for i, j in tied["works_with"]}
    here = people[people["responded"]]
    rows = []
    for i, one in here.iterrows():
        for j, other in here.iterrows():
            if one["team"] != other["team"] or (i >= j if relation == "works_with" else i == j):
                continue
            a, b, same_role = one["person"], other["person"], one["role"] == other["role"]
            new = [person["role_kind"] == "new" for person in (one, other)]
            below, above = (b, a) in tied["supervision"], (a, b) in tied["supervision"]
            x = [same_role, (a, b) in tied["works_with"], below, *new]
            rows.append(
                [
                    (a, b) in tied[relation],
                    1,
                    *([same_role, below or above, sum(new)] if relation == "works_with" else x),
                ]
            )
    table = np.array(rows, dtype=float)
    assert opinion["estimate"].to_numpy() == pytest.approx(
        np.linalg.lstsq(table[:, 1:], table[:, 0], rcond=None)[0][1:], abs=1e-9
    )


@pytest.mark.parametrize("relation", ["advice", "works_with"])
def test_what_is_said_of_people_who_did_not_answer_changes_nothing(relation):
    people, ties = of_teams()
    silent = people.loc[~people["responded"], "person"]
    fewer = ties[~ties["target"].isin(silent)]
    assert len(fewer) < len(ties)
    (model, _), (other, _) = (explained_ties(people, each, relation, 1) for each in (ties, fewer))
    pd.testing.assert_frame_equal(model.table, other.table)
    pd.testing.assert_frame_equal(
        *(second_opinion(people, each, relation, 1, permutations=49) for each in (ties, fewer)),
    )


def test_people_of_whom_too_little_is_known_are_left_out_of_both():
    people, ties = of_teams()
    people.loc[people["person"].eq("p01"), "role_kind"] = None
    model, _ = explained_ties(people, ties, "advice", 1)
    opinion = second_opinion(people, ties, "advice", 1, permutations=9)
    assert model.pairs == opinion["pairs"].iloc[0] == 3 * 21 - 6
    assert model.left_out["reason"].tolist() == ["not possible", "not answered", "a covariate is blank"]


def test_the_table_says_how_many_pairs_and_why_an_estimate_has_no_end():
    people, ties = of_teams()
    new = people.loc[people["role_kind"].eq("new"), "person"]
    ties = ties[~(ties["relation"].eq("advice") & ties["source"].isin(new))]
    model, _ = explained_ties(people, ties, "advice", 1)
    table = explanation(model, second_opinion(people, ties, "advice", 1, permutations=49)).set_index("term")
    assert table.loc["from_new", "estimate"] == -math.inf
    assert table.loc["from_new", "odds_ratio"] == 0
    assert table.loc["from_new", "note"] == "as low as it could be: no such tie"
    assert table["note"].drop("from_new").eq("").all()
    assert table["pairs"].unique().tolist() == [63]
    assert table["p_permutation"].isna().to_numpy().tolist() == [True, True] + [False] * 5
    assert table.loc["from_new", "p_permutation"] <= 0.1
    assert table.loc["to_new", "said"] == "To somebody in a new role"


def test_each_time_the_same_without_a_seed(example):
    people, ties = example
    first, again = (second_opinion(people, ties, "advice", 3, permutations=49) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)


def test_what_cannot_be_estimated_is_said():
    people, ties = of_teams()
    model, why = explained_ties(people.drop(columns="team"), ties, "advice", 1)
    assert model is None
    assert why.startswith("What makes a tie likely can't be estimated in this study.")
    assert "no column 'team'" in why
    opinion = second_opinion(people.drop(columns="team"), ties, "advice", 1)
    assert opinion.empty
    assert explanation(model, opinion).columns[-2:].tolist() == ["pairs", "note"]
    nobody = people.assign(responded=False)
    assert explained_ties(nobody, ties, "advice", 1)[0] is None
    assert second_opinion(nobody, ties, "advice", 1).empty


def test_closed_groups_are_said_to_be_missed():
    people, _ = of_teams(teams=2, size=16)
    people = people.assign(responded=True, role_kind="existing")
    group = np.arange(32) // 4
    i, j = np.nonzero((group[:, np.newaxis] == group) & ~np.eye(32, dtype=bool))
    every = people["person"].to_numpy()
    ties = pd.DataFrame({"source": every[i], "target": every[j], "relation": "advice", "wave": 1}).iloc[1:]
    model, _ = explained_ties(people, ties, "advice", 1)
    said = misfit_in_words(model, 30)
    assert "there are more transitive triples than in these: the intervals are then too narrow." in said
    assert said == misfit_in_words(model, 30)
    model, _ = explained_ties(people, ties.assign(relation="works_with"), "works_with", 1)
    assert "there are more triangles than in these" in misfit_in_words(model, 30)
    assert "of people's ties and shared partners" in misfit_in_words(model, 30)

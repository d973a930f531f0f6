"""What follows what, against every other order of the same acts.

Known answers: by hand below; every order of two small documents, written out; the answers planted in the invented example.
"""

from itertools import pairwise, permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from example_acts import example_acts, planted_acts
from newroles.boundary_work.sequences import transitions, what_follows
from newroles.errors import InputError
from newroles.few_clusters.clustered_shares import clustered_shares


def acts_of(*documents: str) -> pd.DataFrame:
    """One text per document of one team: acts divided by blanks, a letter per form; the family of a form is its capital."""
    rows = [(f"d{i}", place, tuple(act)) for i, text in enumerate(documents) for place, act in enumerate(text.split())]
    acts = pd.DataFrame(rows, columns=["document", "place", "forms"])
    acts["families"] = [tuple(dict.fromkeys(form.upper() for form in forms)) for forms in acts["forms"]]
    return acts.assign(segment=[f"s{i}" for i in range(len(acts))], team="A", tone="")


def steps(acts: pd.DataFrame) -> pd.DataFrame:
    return transitions(acts, "form", permutations=0).set_index(["from_state", "to_state"])


# --- transitions ------------------------------------------------------------------------------------------------------


def test_steps_by_hand() -> None:
    """a > b, b > ab (counts as b > a and b > b), and nothing across documents."""
    table = steps(acts_of("a b ab", "a"))
    assert table["count"].to_dict() == {("a", "a"): 0, ("a", "b"): 1, ("b", "a"): 1, ("b", "b"): 1}
    assert table.loc[("b", "a"), ["n", "share", "segments"]].tolist() == [1, 1.0, ("s2",)]
    # first document, k = 3: a is twice there, b twice, both once: (2 x 2 - 1) / 3 for a > b; (2 x 2 - 2) / 3 for a > a
    assert table["expected"].to_dict() == pytest.approx(
        {("a", "b"): 1, ("b", "a"): 1, ("a", "a"): 2 / 3, ("b", "b"): 2 / 3}
    )
    assert table[["z", "p_low", "p_high", "p_two_sided"]].isna().all(axis=None)


def test_chance_is_every_order_of_the_acts_in_their_documents() -> None:
    """All 6 x 6 orders of two documents, counted one by one: their mean is exact, their tails within Monte Carlo error."""
    first, second = "a b ab", "b a c"
    found = transitions(acts_of(first, second), "form", 4000, np.random.default_rng(1))
    observed = found.set_index(["from_state", "to_state"])
    counts = []
    for one, other in product(permutations(first.split()), permutations(second.split())):
        pairs = [step for order in (one, other) for step in pairwise(order)]
        counts.append({(x, y): sum(x in p and y in q for p, q in pairs) for x, y in product("abc", "abc")})
    every = pd.DataFrame(counts)
    for pair, row in observed.iterrows():
        assert row["expected"] == pytest.approx(every[pair].mean(), abs=1e-6)
        assert row["sd"] == pytest.approx(every[pair].std(ddof=0), abs=0.03)
        assert row["p_low"] == pytest.approx((every[pair] <= row["count"]).mean(), abs=0.03)
        assert row["p_high"] == pytest.approx((every[pair] >= row["count"]).mean(), abs=0.03)
        assert row["p_two_sided"] == pytest.approx(min(1, 2 * min(row["p_low"], row["p_high"])))
    missing = set(product("abc", "abc")) - set(observed.index)
    assert all(every[pair].sum() == 0 for pair in missing)


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_with_one_form_each_steps_and_expected_steps_add_up(documents: list[list[str]]) -> None:
    acts, all_steps = acts_of(*map(" ".join, documents)), sum(len(document) - 1 for document in documents)
    if not all_steps:
        with pytest.raises(InputError, match="No document has two acts"):
            transitions(acts, permutations=0)
        return
    table = steps(acts)
    assert table["count"].sum() == all_steps
    assert table["expected"].sum() == pytest.approx(all_steps)
    shuffled = steps(acts.sample(frac=1, random_state=1))  # rows in any order: place says what is next
    assert shuffled["count"].to_dict() == table["count"].to_dict()


def test_p_values_never_reach_zero_and_count_the_observed_order() -> None:
    """Two acts that are alike: every order is as extreme."""
    row = transitions(acts_of("a a"), permutations=99, rng=np.random.default_rng(1)).iloc[0]
    assert row[["p_low", "p_high", "p_two_sided"]].tolist() == [1, 1, 1]
    assert np.isnan(row["z"])
    apart = transitions(acts_of("a " * 10 + "b " * 10), permutations=99, rng=np.random.default_rng(1))
    assert apart.set_index(["from_state", "to_state"]).loc[("A", "A"), "p_high"] == pytest.approx(0.01)


def test_an_act_without_a_tone_keeps_its_place_and_has_no_state() -> None:
    acts = acts_of("a a a").assign(tone=["constructive", "", "destructive"])
    table = transitions(acts, "tone", permutations=0)
    assert table["count"].sum() == 0
    assert table["expected"].tolist() == pytest.approx([1 / 3, 1 / 3])


# --- what follows -----------------------------------------------------------------------------------------------------


def test_what_follows_by_hand() -> None:
    """Four contests (x): answered by talk (t), by talk and repair (r), by none, and one that ends its document."""
    table = what_follows(acts_of("x t x o", "o x rt x"), "x", {"talk": "t", "mend": "R"}, permutations=0)
    table = table.set_index("answer")
    assert table["estimate"].to_dict() == pytest.approx(
        {"talk": 2 / 3, "mend": 1 / 3, "any answer": 2 / 3, "no answer": 1 / 3}
    )
    assert (table["n"] == 3).all()
    assert (table["last"] == 1).all()
    assert table["otherwise"].to_dict() == {"talk": 0, "mend": 0, "any answer": 0, "no answer": 1}  # after o, t and rt
    assert table["segments"].to_dict() == {
        "talk": ("s1", "s6"),
        "mend": ("s6",),
        "any answer": ("s1", "s6"),
        "no answer": ("s3",),
    }
    # each document: k = 4, two contests, one talk: 2 x 1 / 4 steps, over three contests with a next act
    assert table.loc["talk", "expected"] == pytest.approx((0.5 + 0.5) / 3)
    assert table.loc["mend", "expected"] == pytest.approx(0.5 / 3)
    known = clustered_shares([[1], [1]], [2, 1])  # documents are the clusters of one team
    assert table.loc["talk", ["low", "high"]].tolist() == pytest.approx([known.low[0], known.high[0]])


def test_a_code_that_never_occurs_is_no_slip_when_the_book_has_it() -> None:
    acts = acts_of("x t", "x t")
    table = what_follows(acts, "x", {"mend": "r"}, {"x": "Contest", "r": "Repair"}, permutations=0)
    assert table["estimate"].tolist() == [0, 0, 1]
    with pytest.raises(InputError, match="No act has the form or family 'r'"):
        what_follows(acts, "x", {"mend": "r"})
    with pytest.raises(InputError, match="The codebook has no form or family 'contest'"):
        what_follows(acts, "contest", {"mend": "r"}, {"x": "Contest", "r": "Repair"})


def test_contests_that_are_all_last_have_no_share() -> None:
    table = what_follows(acts_of("t x", "t x"), "x", {"talk": "t"}, permutations=9, rng=np.random.default_rng(1))
    assert table["estimate"].isna().all()
    assert table[["n", "last"]].to_numpy().tolist() == [[0, 2]] * 3


def test_bad_input_is_refused() -> None:
    acts = acts_of("x t")
    with pytest.raises(InputError, match="no states 'forms'.*Did you mean 'form'"):
        transitions(acts, "forms")
    with pytest.raises(InputError, match="no column place, tone"):
        transitions(acts.drop(columns=["place", "tone"]))
    with pytest.raises(InputError, match="permutations is -1"):
        transitions(acts, permutations=-1)
    with pytest.raises(InputError, match="answers is empty"):
        what_follows(acts, "x", {})
    with pytest.raises(InputError, match="No document has two acts"):
        what_follows(acts_of("x", "t"), "x", {"talk": "t"})


# --- the invented example ---------------------------------------------------------------------------------------------


def test_the_planted_answers_to_a_contest_are_found() -> None:
    """Half of contests are answered on purpose; the planted chances depend on the next act's tone, whose mix is counted."""
    found = example_acts()
    table = what_follows(found.acts, names=found.names, permutations=200, rng=np.random.default_rng(1)).set_index(
        "answer"
    )
    planted = planted_acts()["answers"]
    following = table.loc["any answer", "segments"] + table.loc["no answer", "segments"]
    tones = found.acts.set_index("segment").loc[list(following), "tone"].value_counts()
    expected = (
        sum(planted["after_contest"][tone] * n for tone, n in tones.items() if tone)
        / tones.drop("", errors="ignore").sum()
    )
    any_answer = table.loc["any answer"]
    assert any_answer["low"] <= expected <= any_answer["high"]
    assert any_answer["low"] > max(planted["otherwise"].values())
    assert (
        min(planted["otherwise"].values()) - 0.03
        <= any_answer["otherwise"]
        <= max(planted["otherwise"].values()) + 0.03
    )
    assert table.loc[["negotiation", "repair", "any answer"], "p_high"].max() < 0.02
    assert table.loc["negotiation", "estimate"] > table.loc["escalation", "estimate"] > table.loc["repair", "estimate"]

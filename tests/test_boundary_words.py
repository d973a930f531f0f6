"""What the sentences and tables of the chapter on acts say, whatever the data are: one, none, blanks, and nothing to see."""

import numpy as np
import pandas as pd
import pytest

from newroles import boundary_work as bw
from newroles import networks
from newroles.datasets import load_study

NAN = np.nan


def profile(*groups, by="family"):
    """One row per group and tone from (group, constructive, destructive), each with a reach of 0.05; None: no interval."""
    rows = []
    for group, *shares, reach in groups:
        for tone, share in zip(("constructive", "destructive", "depends"), [*shares, 1 - sum(shares)], strict=True):
            low, high = (share - reach, share + reach) if reach else (NAN, NAN)
            rows.append(
                {
                    by: group,
                    "tone": tone,
                    "estimate": share,
                    "low": low,
                    "high": high,
                    "n": 20,
                    "teams": 6,
                    "documents": 9,
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def found():
    return bw.acts_of_study(load_study("example_study"), n_boot=0)


# Sentences -----------------------------------------------------------------------------------------------------------------


def test_coverage_and_what_is_left_out():
    one = pd.DataFrame({"document": ["d"], "team": [None]})
    assert bw.coverage_in_words(one) == "1 act from 1 document about no one team."
    assert not any(char.isdigit() for char in bw.coverage_in_words(one, counts=False))
    left = pd.DataFrame({"reason": ["no form applies", "no actor named"], "count": [1, 1]})
    assert (
        bw.left_out_in_words(left.head(0))
        == bw.left_out_in_words(left.head(0), counts=False)
        == "Every coded segment is an act."
    )
    assert bw.left_out_in_words(left.head(1)) == "1 coded segment is no act, because of this: no form applies."
    assert ", mainly because of this" in bw.left_out_in_words(left)  # no reason has more than half
    assert not any(char.isdigit() for char in bw.left_out_in_words(left, counts=False))


def test_agreement_with_one_coder_one_code_and_codes_without_a_figure():
    lowest = {"lowest_low": NAN, "lowest_high": NAN, "lowest_name": "Repair", "mean": 0.5}
    assert "isn't known" in bw.agreement_in_words(pd.Series({"codes": 3, "lowest": NAN, "not_known": 3, **lowest}))
    assert bw.agreement_in_words(pd.Series({"codes": 1, "lowest": 0.5, "not_known": 0, **lowest})).endswith(
        "(AC1 0.50)."
    )
    assert bw.agreement_in_words(pd.Series({"codes": 3, "lowest": 0.5, "not_known": 1, **lowest})).endswith(
        "For 1 code it isn't known."
    )


def test_tone_with_no_interval_and_with_no_tone():
    told = profile(("a", 0.5, 0.3, 0.1))
    assert "interval 40% to 60%" in bw.tone_in_words(told, "S")
    assert bw.tone_title(told).startswith("Acts are not clearly")
    assert (
        bw.tone_title(profile(("a", 0.7, 0.2, 0.1)))
        == "Acts are more often constructive than destructive: 70% against 20%"
    )
    assert (
        bw.tone_title(profile(("a", 0.1, 0.8, 0.1)))
        == "Acts are more often destructive than constructive: 80% against 10%"
    )
    bare = bw.tone_in_words(profile(("a", 0.5, 0.3, None)), "S")
    assert "no interval" in bare
    assert "nan" not in bare
    untold = told.assign(estimate=NAN, low=NAN, high=NAN)
    assert bw.tone_in_words(untold, "S") == "No act has a settled tone (S)."
    assert bw.tone_title(untold) == "No act has a settled tone"


def test_a_group_is_clearly_one_or_the_other_only_when_intervals_do_not_overlap():
    both = profile(("a", 0.7, 0.2, 0.1), ("b", 0.5, 0.4, 0.1), ("c", 0.1, 0.8, 0.1), ("d", 0.9, 0.1, None))
    title = bw.groups_title(both, "family", "family", "families")
    assert title == "Clearly more constructive than destructive: 1 of 4 families; clearly more destructive: 1"
    assert bw.groups_title(both.iloc[3:6], "family", "family", "families").startswith("The one family is neither")
    assert (
        bw.groups_title(both.iloc[:3], "family", "family", "families") == "The one family is clearly more constructive"
    )
    assert bw.groups_title(both[both["family"].isin(["b", "d"])], "family", "team", "teams").startswith(
        "None of 2 teams"
    )
    assert bw.groups_title(both.head(0), "family", "family", "families") == "No family has an act of a settled tone"
    bare = profile(("a", 0.7, 0.2, None), ("b", 0.5, 0.4, None))
    assert bw.groups_title(bare, "family", "team", "teams").startswith("Whether any of 2 teams is clearly")


def test_forms_prompts_and_directions():
    forms = pd.DataFrame({"family": ["C"], "estimate": [1.0]})
    assert bw.forms_in_words(forms, {"C": "Competing"}) == "The one family of forms is competing (100% of acts)."
    assert "as many acts as must be" in bw.forms_in_words(forms.head(0), {})
    only = pd.DataFrame({"prompt": ["destructive"], "n": [4], "count": [1]})
    assert bw.prompts_in_words(only) == "Where the codebook prompts a destructive tone, 25% of acts got another."
    assert bw.prompts_in_words(only.head(0)).startswith("No act has both")
    sides = profile(("new", 0.5, 0.4, 0.1), by="actor_kind").assign(target_kind="existing")
    both = pd.concat([sides, sides.assign(actor_kind="existing", target_kind="new")])
    assert bw.sides_in_words(both).count("are constructive") == 1
    assert "; of 20 acts of existing roles" in bw.sides_in_words(both)
    assert bw.sides_in_words(sides.assign(estimate=NAN)) == "No act has a settled tone."
    acts = pd.DataFrame({"actor_kind": ["existing"], "target_kind": ["existing"]})
    assert bw.new_share_title(acts) == "No act has a new role on either side"
    assert bw.new_share_title(acts.assign(target_kind="new")) == "Every act has a new role on one side at least"


def test_pairs_alone_tied_and_without_tone():
    pairs = pd.DataFrame(
        {
            "actor_role": list("abcd"),
            "target_role": list("bacb"),
            "acts": [2, 2, 2, 1],
            "net": 0.5,
            "net_low": NAN,
            "net_high": NAN,
        }
    )
    assert bw.pairs_in_words(pairs.head(1)) == "All acts run from a to b (2 acts, net tone +0.50)."
    assert bw.pairs_in_words(pairs.iloc[[0, 1, 3]]).endswith("most from a to b and from b to a (2 acts each).")
    assert bw.pairs_in_words(pairs).endswith("3 of them have most, 2 acts each.")
    assert bw.pairs_in_words(pairs.head(3)) == "Acts run between 3 ordered pairs of roles, 2 acts each."
    assert "no settled tone" in bw.pairs_in_words(pairs.head(1).assign(net=NAN))


def test_time_in_one_stretch_and_its_title():
    two = pd.concat(
        [profile(("before 0", 0.2, 0.7, 0.1), by="months"), profile(("6 or later", 0.6, 0.65, 0.1), by="months")]
    )
    assert bw.time_title(two) == "More constructive acts in the last stretch of time than in the first"
    assert bw.time_title(two.assign(low=0.0, high=1.0)).startswith("No clear change")
    assert "teams" in bw.time_in_words(two)
    assert "team" not in bw.time_in_words(two, counts=False)
    one = two[two["months"] == "6 or later"]
    assert bw.time_in_words(one).startswith("From month 6 on, ")
    assert "nothing can be said of change" in bw.time_in_words(one)
    assert bw.time_title(one).endswith("one stretch of time")
    assert "nan" not in bw.time_in_words(one.assign(low=NAN, high=NAN))
    assert bw.time_in_words(two.head(0)) == "Nothing can be said of tone over time."


def test_methods_that_differ_agree_or_cannot_be_compared():
    table = pd.DataFrame(
        {
            "first": "x",
            "second": "y",
            "tone": ["constructive", "depends"],
            "estimate": [-0.2, 0.1],
            "low": [-0.3, -0.1],
            "high": [-0.1, 0.3],
        }
    )
    assert "constructive acts are 20.0 points fewer by x than by y (10.0 to 30.0)" in bw.methods_in_words(table)
    assert bw.methods_in_words(table.tail(1)) == "The one difference has an interval that holds zero."
    assert "2 have intervals that leave out zero" in bw.methods_in_words(table.assign(low=0.05, high=0.4, estimate=0.2))
    assert "has no interval" in bw.methods_in_words(table.assign(low=NAN, high=NAN))
    assert "can't be compared" in bw.methods_in_words(table.head(0))


def test_what_follows_more_less_and_not_unlike_chance():
    table = pd.DataFrame(
        {
            "answer": ["repair", "talk", "any answer", "no answer"],
            "estimate": [0.3, 0.1, 0.4, 0.6],
            "low": NAN,
            "high": NAN,
            "expected": 0.2,
            "p_two_sided": [0.01, 0.01, 0.5, 0.5],
        }
    )
    assert bw.follows_title(table) == "After a contest, repair comes next more often, talk less often than by chance"
    assert bw.follows_title(table.assign(p_two_sided=0.5)).endswith("not clearly different from chance")
    said = bw.follows_in_words(table)
    assert "any answer" not in said
    assert "something else in 60% (20%)" in said
    assert "nan" not in said
    assert bw.follows_in_words(table.head(0), "Why not.") == "Why not."


def test_steps_patterns_and_contact_of_nothing_and_of_one():
    step = pd.DataFrame({"count": [1], "expected": [3.0], "p_two_sided": [0.4], "from_name": ["A"], "to_name": ["B"]})
    assert bw.steps_in_words(step) == "One kind of step was found: b after a (p = 0.400)."
    assert bw.steps_in_words(step.assign(p_two_sided=NAN)) == "The order of acts was not tested."
    mutual = pd.DataFrame({"role_a": ["A"] * 3, "role_b": ["B"] * 3, "teams_both": [("t",)] * 3, "teams_one": [()] * 3})
    assert bw.mutual_in_words(mutual) == "Both sides contest the line between 3 pairs of roles, in some team."
    assert bw.mutual_in_words(mutual.assign(teams_both=[()] * 3, teams_one=[("t",)] * 3)).startswith("In no team")
    assert "can't be told" in bw.mutual_in_words(mutual.assign(teams_both=[()] * 3, teams_one=[()] * 3))
    assert bw.mutual_in_words(mutual.head(0), "No.") == bw.one_sided_in_words(mutual.head(0), 1, "No.") == "No."
    one = pd.DataFrame({"form_name": ["Closing"], "teams": [("t",)], "acts": [1]})
    assert bw.one_sided_in_words(one, 1).startswith("With one such act or more")
    assert "in 1 team and pair: closing (1)" in bw.one_sided_in_words(one, 1)
    rows = pd.DataFrame({"compete": ["yes", "no"], "pairs": [1, 1], "buffered": [0, 1], "share": [0.0, 1.0]})
    assert "1 pair of roles that competes in its team" in bw.buffers_in_words(rows)
    assert "1 that does not" in bw.buffers_in_words(rows)
    assert bw.buffers_in_words(rows.head(1)).endswith("every pair with an act between the two competes.")
    assert bw.buffers_in_words(rows.tail(1)).startswith("No two roles compete")
    met = pd.DataFrame(
        {
            "measure": ["contests", "contest_share"],
            "correlation": "spearman",
            "estimate": [0.3, -0.2],
            "p_two_sided": [0.01, 0.04],
            "pairs": 9,
            "teams": 3,
        }
    )
    assert "contest more often" in bw.contact_in_words(met)
    assert "contest in fewer of their acts" in bw.contact_in_words(met)
    assert "9 pairs" not in bw.contact_in_words(met, counts=False)
    assert bw.contact_in_words(met.assign(estimate=NAN)).startswith("Contests don't vary")


# Tables --------------------------------------------------------------------------------------------------------------------


def test_an_analysis_that_a_codebook_cannot_answer_says_so_and_is_not_taken_for_nought(found):
    asked = [
        bw.followed(found, "XX"),
        bw.followed(found, answers={"talk": "XX"}),
        bw.contested_both_ways(found, "XX"),
        bw.kept_by_one_side(found, ["XX"]),
        bw.stood_between(found, ["XX"]),
        bw.stood_between(found, contest="XX"),
        bw.contests_and_contacts(
            found, pd.DataFrame({"team": ["t"], "role_a": ["a"], "role_b": ["b"], "contacts": [1.0]}), "", "XX"
        ),
        bw.contests_and_contacts(found, pd.DataFrame(), "No ties."),
    ]
    for each in asked:
        assert each.table.empty
        assert each.why_not.endswith(".")
    assert {"codebook" in each.why_not for each in asked[:-1]} == {True}


def test_documents_with_one_act_each_have_no_order(found):
    once = found.acts.drop_duplicates("document")
    few = bw.BoundaryActs(once, found.forms, found.tones, found.left_out, found.notes, found.names)
    assert "No document has two acts" in bw.followed(few).why_not
    assert "No document has two acts" in bw.steps(few).why_not
    undated = found.acts.assign(months_since=pd.array([pd.NA] * len(found.acts), dtype="Int64"))
    assert bw.tone_since_arrival(undated).table.empty
    assert bw.tone_since_arrival(found.acts.assign(tone="")).table.empty


def test_agreement_of_a_pattern_is_that_of_its_own_codes(found):
    codes = found.forms.drop_duplicates("form").set_index("form")["agreement"]
    mutual = bw.contested_both_ways(found).table
    assert set(mutual["agreement_lowest_form"]) <= {"BW-COMP-CON", "BW-COMP-DEF"}
    kept = bw.kept_by_one_side(found).table
    assert np.allclose(kept["agreement_lowest"], kept["form"].map(codes))
    assert (kept["teams"].map(len).diff().dropna() <= 0).all()


def test_steps_farthest_from_chance_come_first(found):
    table = bw.steps(found, permutations=50, rng=np.random.default_rng(1)).table
    assert table["p_two_sided"].is_monotonic_increasing
    assert (table["count"] == table["segments"].map(len)).all()


def test_results_without_rows_have_no_agreement(found):
    """A study in which no side kept anything to itself once stopped the chapter."""
    empty = bw.one_sided(found.acts, found.forms, "XX")
    assert empty.empty
    assert {"agreement_lowest", "segments"} <= set(empty)
    none = bw.kept_by_one_side(found, ["BW-HOA", "BW-DIS", "BW-CLO"], least=60)
    assert none.why_not == (
        "In no team do two roles have 60 such acts or more between them, all from one side: hoarding, discarding or closing."
    )


def test_new_roles_by_the_teams_and_people_before_the_register():
    people = pd.DataFrame({"role": ["scribe", "nurse", None], "role_kind": ["new", "existing", "new"]})
    assert bw.new_roles(pd.DataFrame({"new_role": ["peer"]}), people, ["other"]) == ("peer", "scribe")
    assert bw.new_roles(None, people.head(0), ["other"]) == ("other",)


def test_rows_with_enough_and_the_fewest():
    table = pd.DataFrame({"acts": [40, 12], "teams": [12, 3], "documents": [20, 9], "net": [0.1, 0.2]})
    assert len(bw.rows_with_enough(table, 10)) == 1
    assert len(bw.rows_with_enough(table, 0)) == 2
    assert bw.fewest(table) == (12, 3, 9)
    assert bw.fewest(table[["acts"]]) == (12, 12, 12)
    assert bw.fewest(table.head(0)) == (0, 0, 0)
    assert (
        len(bw.rows_with_enough(table.assign(teams=[("a",), ("b",)]), 10)) == 1
    )  # documents still count, names of teams don't


def test_ids_go_into_a_file_only_if_they_may_and_then_shares_are_exact():
    table = pd.DataFrame({"n": [3], "estimate": [1 / 3], "p_two_sided": [0.12345], "segments": [("s1", "s2")]})
    assert bw.with_ids(table, True)["estimate"].iloc[0] == 1 / 3
    hidden = bw.with_ids(table, False)
    assert hidden.values.tolist() == [[3, 0.33, 0.123]]
    assert "segments" not in hidden


def test_contacts_in_the_last_wave_or_why_there_are_none():
    people = pd.DataFrame({"wave": [1, 1, 2, 2], "person": list("abab"), "role": ["nurse", "peer"] * 2, "team": "t"})
    ties = pd.DataFrame({"wave": [1, 2], "source": "a", "target": "b", "relation": ["works_with", "advice"]})
    table, said = networks.contacts_in_last_wave(people, ties)
    assert table["possible"].tolist() == [2]
    assert said == "Ties (advice) within teams in wave 2."
    for without in (
        (None, ties),
        (people.drop(columns="team"), ties),
        (people, ties.head(0)),
        (people.assign(role="nurse"), ties),
    ):
        table, said = networks.contacts_in_last_wave(*without)
        assert table.empty
        assert said.endswith(".")

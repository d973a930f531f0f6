"""Which kinds come together, and which roles were reported where: counted once, with how many answered."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles import disclosure
from newroles.errors import InputError
from newroles.overview import (
    ALL_REGIONS,
    REGIONS,
    combinations,
    combinations_in_trusts,
    finite_population_interval,
    roles_by_region,
)

HAS = pd.DataFrame(
    [("A", "innovation"), ("A", "delegation"), ("B", "innovation"), ("C", "innovation"), ("C", "delegation"), ("D", "enhancement")],
    columns=["trust", "code"],
)  # fmt: skip


def frame(answered: str, silent: str = "", regions: str | None = None) -> pd.DataFrame:
    trusts = [*answered, *silent]
    places = [{"N": "North West", "L": "London", "M": "Midlands"}[where] for where in regions or "N" * len(trusts)]
    return pd.DataFrame({"trust": trusts, "region": places, "responded": [t in answered for t in trusts]})


def reported(*pairs: str) -> pd.DataFrame:
    """'A peer' as a report of trust A; without a second word, one without a role."""
    rows = [[*pair.split(), None][:2] for pair in pairs]
    return pd.DataFrame(rows, columns=["trust", "role"])


# combinations ---------------------------------------------------------------------------------------------------------------


def test_each_unit_is_counted_once_under_exactly_what_it_has():
    # by hand: A and C have both, B only innovation, D only enhancement, E nothing; 5 of 8 answered
    table = combinations(HAS, list("ABCDE"), in_frame=8)
    assert dict(zip(table["kinds"], table["x"], strict=True)) == {
        "innovation; delegation": 2, "none": 1, "innovation": 1, "enhancement": 1,
    }  # fmt: skip
    assert table["kinds"].tolist()[:2] == ["innovation; delegation", "none"]
    assert table["number_of_kinds"].tolist() == [2, 0, 1, 1]
    assert set(table["n"]) == {5}
    assert set(table["N"]) == {8}


def test_a_combination_has_the_interval_of_its_trusts_in_the_frame():
    first = combinations(HAS, list("ABCDE"), in_frame=8).iloc[0]
    low, high = finite_population_interval(2, 5, 8)
    assert (first["estimate"], first["low"], first["high"]) == (0.4, low / 8, high / 8)
    assert (first["bound_low"], first["bound_high"]) == (2 / 8, 5 / 8)  # by hand: none or all of the three silent ones


def test_roles_have_no_frame_and_no_interval():
    table = combinations(HAS.rename(columns={"trust": "role"}), list("ABCD"), unit="role")
    assert table[["N", "low", "high", "bound_low", "bound_high"]].isna().all().all()
    assert table["estimate"].tolist() == [0.5, 0.25, 0.25]


def test_a_kind_said_twice_counts_once():
    assert (
        combinations(pd.concat([HAS, HAS]), list("ABCD"))["x"].tolist() == combinations(HAS, list("ABCD"))["x"].tolist()
    )


def test_nobody_with_any_kind_is_all_none():
    table = combinations(HAS.iloc[:0], ["A", "B"], in_frame=2)
    assert table[["kinds", "x", "estimate", "low", "high"]].values.tolist() == [["none", 2, 1.0, 1.0, 1.0]]


def test_trusts_are_those_that_answered_with_or_without_reports():
    coding = pd.DataFrame({"role": ["peer", "peer", "nurse"], "code": ["innovation", "liaison", "delegation"]})
    reports = reported("A peer", "A nurse", "B peer", "B", "C other")
    table = combinations_in_trusts(reports, frame("ABCD", "E"), coding)
    # by hand: innovation and liaison come with peer in A and B; C's role has no code, D reported nothing
    assert table[["kinds", "x"]].values.tolist() == [
        ["none", 2], ["innovation; liaison", 1], ["innovation; liaison; delegation", 1],
    ]  # fmt: skip
    assert set(table["note"]) == {"1 report without an accepted role left out; 1 role without a code left out"}
    assert (set(table["n"]), set(table["N"])) == ({4}, {5})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: combinations(HAS, []), "No trust answered"),
        (lambda: combinations(HAS, list("ABC")), "'D' has a kind and isn't in `units`"),
        (lambda: combinations(HAS, list("ABCDA")), "'A' is listed twice"),
        (lambda: combinations(HAS, ["A", None]), "is blank"),
        (lambda: combinations(HAS, list("ABCDE"), in_frame=4), "frame is smaller than the answers: 5 answered"),
        (lambda: combinations(HAS, list("ABCD"), kind="kind"), "no column 'kind'"),
        (lambda: combinations(HAS.assign(code=None), list("ABCD")), "Row 1: the column code is blank"),
        (lambda: combinations(HAS.assign(code="none"), list("ABCD")), "can't be called 'none'"),
        (lambda: combinations(HAS.assign(code="a;b"), list("ABCD")), "can't be called 'a;b'"),
        (lambda: combinations_in_trusts(reported("A peer"), frame("A"), pd.DataFrame({"role": []})), "needs `coding`"),
    ],
)
def test_what_cannot_be_combined_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        change()


MEMBERSHIPS = st.sets(st.tuples(st.integers(0, 9), st.sampled_from("abcd")))


@settings(max_examples=40, deadline=None)
@given(MEMBERSHIPS, st.integers(10, 14), st.integers(0, 6))
def test_combinations_add_up_to_those_that_answered_and_to_each_kind(pairs, answered, silent):
    has = pd.DataFrame(sorted(pairs), columns=["trust", "code"])
    table = combinations(has, range(answered), in_frame=answered + silent)
    assert table["x"].sum() == answered
    assert not table["kinds"].duplicated().any()
    for kind in "abcd":
        with_kind = table["kinds"].str.split("; ").map(lambda kinds, kind=kind: kind in kinds)
        assert table.loc[with_kind, "x"].sum() == sum(code == kind for _, code in pairs)
    assert (table["bound_low"] <= table["low"] + 1e-12).all()
    assert (table["high"] <= table["bound_high"] + 1e-12).all()


def test_protected_combinations_do_not_give_the_small_one_away():
    has = pd.DataFrame([(i, "a") for i in range(12)] + [(i, "b") for i in range(10, 24)], columns=["trust", "code"])
    table = combinations(has, range(24))  # by hand: b 12, a 10, a with b 2
    shown = disclosure.protect(table, "x", "below_5", by=["kinds"], assume_known=True, derived={"estimate": "x"})
    assert shown["x"].isna().sum() == 2  # the small one, and another without which n would give it away
    assert shown["estimate"].isna().tolist() == shown["x"].isna().tolist()


# roles by region -------------------------------------------------------------------------------------------------------------


def test_of_the_trusts_that_answered_in_each_region_how_many():
    # by hand: North West A, B answered, C not; London D answered; nobody in the Midlands
    table = roles_by_region(reported("A peer", "B peer", "B nurse"), frame("ABD", "CE", "NNLNM"))
    peer = table[table["role"] == "peer"].drop(columns=["role", "share"])
    assert peer.astype("object").where(peer.notna(), None).values.tolist() == [
        ["North West", 2, 2, 3, "shown"],
        ["Midlands", None, 0, 1, "missing"],
        ["London", 0, 1, 1, "zero"],
    ]
    shares = table.set_index(["role", "region"])["share"]
    assert (shares["nurse", "North West"], shares["nurse", "London"]) == (0.5, 0)
    assert pd.isna(shares["nurse", "Midlands"])


def test_totals_are_the_sum_of_the_regions():
    reports, trusts = reported("A peer", "B peer", "D nurse"), frame("ABD", "CE", "NNLNM")
    table = roles_by_region(reports, trusts, totals=True)
    total = table["region"].eq(ALL_REGIONS)
    assert total.tolist() == [False, False, False, True] * 2
    parts = table[~total].groupby("role", sort=False)[["count", "answered", "trusts"]].sum()
    assert (
        parts.to_numpy().tolist()
        == table.loc[total, ["count", "answered", "trusts"]].to_numpy().tolist()
        == [[2, 3, 5], [1, 3, 5]]
    )


def test_regions_keep_their_order_and_others_that_of_the_frame():
    assert roles_by_region(reported("A peer"), frame("AB", regions="LN"))["region"].tolist() == ["North West", "London"]
    odd = frame("AB").assign(region=["West", None])
    assert roles_by_region(reported("A peer"), odd)["region"].tolist() == ["West", "not known"]
    assert len(REGIONS) == 7


def test_kinds_and_roles_that_nobody_reported_can_be_asked_for():
    coding = pd.DataFrame({"role": ["peer", "nurse"], "code": "innovation"})
    table = roles_by_region(
        reported("A peer", "A nurse", "B nurse"), frame("AB"), by="code", coding=coding, only=["innovation", "liaison"]
    )
    assert table[["code", "count", "state"]].values.tolist() == [["innovation", 2, "shown"], ["liaison", 0, "zero"]]


def test_protected_regions_lose_count_share_and_state_together():
    reports = reported(*[f"{trust} peer" for trust in "ABCDEFGHI"])
    table = roles_by_region(reports, frame("ABCDEFGHI", "J", "NNNNNNMLLM"), totals=True)  # by hand: 6, 1, 2 of 9
    shown = disclosure.protect(
        table, "count", "below_5", margins={"region": ALL_REGIONS}, derived={"share": "count", "state": "count"}
    )
    hidden = shown["count_status"].eq("hidden")
    # 1 and 2 are small; together they are too, so the third goes with them, and only the total stays
    assert shown.loc[hidden, "region"].tolist() == ["North West", "Midlands", "London"]
    assert shown.loc[hidden, ["count", "share", "state"]].isna().all().all()
    assert shown.loc[~hidden, ["count", "share", "state"]].values.tolist() == [[9, 1.0, "shown"]]


def test_a_report_from_a_trust_outside_the_frame_is_refused():
    with pytest.raises(InputError, match="aren't in the frame"):
        roles_by_region(reported("Z peer"), frame("A"))
    with pytest.raises(InputError, match="no column icb"):
        roles_by_region(reported("A peer"), frame("A"), within="icb")

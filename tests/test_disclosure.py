"""Small-number rules: what a reader of the protected table can still work out, solved for as that reader would.

Known answers: tables small enough to subtract by hand. For drawn tables an observer of our own solves for every hidden
count by linear programming, or tries every table of whole numbers, from nothing but what the result shows.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from newroles.datasets import load_study
from newroles.disclosure import (
    PROFILES,
    SmallNumbers,
    describe_protection,
    number_or_words,
    profile_of,
    protect,
    small_number_rule,
)
from newroles.errors import InputError

NA = None


def listed(*counts: float, total: bool = True) -> pd.DataFrame:
    """A list of regions with these trusts, and their total below."""
    names = [f"region {i}" for i in range(len(counts))]
    rows = list(zip(names, counts, strict=True)) + ([("Total", sum(counts))] if total else [])
    return pd.DataFrame(rows, columns=["region", "trusts"])


def crossed(counts: list[list[int]], printed: bool = True) -> pd.DataFrame:
    """Roles by regions, one row per cell, with all totals or without."""
    wide = pd.DataFrame(counts, index=[f"role {i}" for i in range(len(counts))])
    wide.columns = pd.Index([f"region {j}" for j in range(wide.shape[1])])
    if printed:
        wide["Total"] = wide.sum(axis=1)
        wide.loc["Total"] = wide.sum()
    return wide.rename_axis("role").reset_index().melt("role", var_name="region", value_name="trusts")


def values(result: pd.DataFrame, column: str = "trusts") -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in result[column]]


# The rules --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("threshold_10", [NA, NA, NA, NA, NA, NA, NA, 10, 12, 13]),
        ("nhs", [0, NA, NA, NA, NA, 10, 10, 10, 10, 15]),
        ("below_5", [NA, NA, NA, 5, 7, 8, 9, 10, 12, 13]),
        ("none", [0, 1, 4, 5, 7, 8, 9, 10, 12, 13]),
        ({"below": 6, "zeros": "shown"}, [0, NA, NA, NA, 7, 8, 9, 10, 12, 13]),
        ({"below": 3, "round_to": 10}, [NA, NA, 0, 10, 10, 10, 10, 10, 10, 10]),
    ],
)
def test_what_each_rule_shows_of_a_list_without_total(profile, expected):
    """By hand; nothing can be subtracted from a list whose total nobody knows."""
    assert values(protect(listed(0, 1, 4, 5, 7, 8, 9, 10, 12, 13, total=False), "trusts", profile)) == expected


def test_a_rule_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'threshold_10'"):
        protect(listed(1, 20), "trusts", "threshold10")
    with pytest.raises(InputError, match="Did you mean 'round_to'"):
        small_number_rule({"rounds_to": 5})
    with pytest.raises(InputError, match="shown or hidden"):
        small_number_rule({"below": 5, "zeros": "blank"})
    with pytest.raises(InputError, match="below must be a whole number"):
        small_number_rule({"below": 2.5})
    with pytest.raises(InputError, match="a name"):
        small_number_rule(10)


def test_the_rule_of_a_study():
    study = load_study("example_study")
    named = replace(study, meta={**study.meta, "disclosure_profile": "nhs"})
    assert profile_of(named) is PROFILES["nhs"]
    blank = {**study.meta, "disclosure_profile": ""}
    assert profile_of(replace(study, kind="real", meta=blank)).name == "threshold_10"
    assert profile_of(replace(study, meta=blank)).name == "none"
    wrong = replace(study, meta={**study.meta, "disclosure_profile": "nsh"})
    with pytest.raises(InputError, match=r"study\.yml.*Did you mean 'nhs'"):
        profile_of(wrong)


# Subtraction, by hand -----------------------------------------------------------------------------------------------------


def test_one_small_count_takes_the_next_smallest_with_it():
    """3 = 55 - 12 - 40 unless one of them is hidden too; 12 is the cheaper."""
    assert values(protect(listed(3, 12, 40), "trusts", "threshold_10")) == [NA, NA, 40, 55]


def test_small_counts_that_add_up_to_a_small_count_need_a_third():
    """4 + 4 = 60 - 52: two hidden counts would show that 8 trusts are in two regions."""
    assert values(protect(listed(4, 4, 12, 40), "trusts", "threshold_10")) == [NA, NA, NA, 40, 60]


def test_two_counts_that_the_rule_itself_gives_away_need_a_third():
    """9 + 9 = 18, and counts below 10 add up to 18 in one way only."""
    assert values(protect(listed(9, 9, 12, 40), "trusts", "threshold_10")) == [NA, NA, NA, 40, 70]
    assert values(protect(listed(9, 8, 12, 40), "trusts", "threshold_10")) == [NA, NA, 12, 40, 69]


def test_where_no_other_count_is_left_the_total_is_hidden():
    assert values(protect(listed(3, 2), "trusts", "threshold_10")) == [NA, NA, NA]
    assert values(protect(listed(12, total=True), "trusts", "threshold_10")) == [12, 12]


def test_a_cross_table_hides_a_rectangle():
    """One small count: hidden with one in its row, one in its column and the fourth corner, so that all sums stay as they are."""
    shown = protect(crossed([[3, 30, 40], [20, 50, 60], [70, 80, 90]]), "trusts", "threshold_10")
    hidden = shown[shown["trusts"].isna()]
    assert sorted(zip(hidden["role"], hidden["region"], strict=True)) == list(
        product(["role 0", "role 1"], ["region 0", "region 1"])
    )


def test_totals_that_are_not_printed_are_taken_as_known_in_a_cross_table_and_not_in_a_list():
    table = crossed([[3, 30], [20, 50]], printed=False)
    assert values(protect(table, "trusts", "threshold_10")) == [NA] * 4
    assert values(protect(table, "trusts", "threshold_10", assume_known=False)).count(NA) == 1
    alone = listed(3, 12, 40, total=False)
    assert values(protect(alone, "trusts", "threshold_10")) == [NA, 12, 40]
    assert values(protect(alone, "trusts", "threshold_10", assume_known=True)) == [NA, NA, 40]


def test_rounding_protects_where_subtraction_stays_vague():
    """55 is 53 to 57, 12 is 8 to 12, 40 is 38 to 42: the hidden count lies between 0 and 11, wider than 1 to 7."""
    assert values(protect(listed(3, 12, 40), "trusts", "nhs")) == [NA, 10, 40, 55]
    # 13 to 17 less 8 to 12 is 1 to 9: all that the rule hides remains possible
    assert values(protect(listed(3, 12), "trusts", "nhs")) == [NA, 10, 15]
    assert values(protect(listed(3, 12), "trusts", {"below": 8, "zeros": "shown", "round_to": 2})) == [NA, NA, 16]


def test_zero_is_shown_hidden_or_impossible_as_the_rule_and_the_table_say():
    table = listed(0, 3, 12, 40).assign(never=[True, False, False, False, False])
    assert values(protect(table[["region", "trusts"]], "trusts", "threshold_10"))[0] is NA
    known = protect(table, "trusts", "threshold_10", empty_by_design="never")
    assert values(known) == [0, NA, NA, 40, 55]
    assert known["trusts_status"].tolist() == ["shown", "hidden", "hidden", "shown", "shown"]
    # a zero that could have been something hides as well as any other count, at the highest price
    assert values(protect(listed(0, 3, 40), "trusts", {"below": 10, "zeros": "shown"})) == [0, NA, NA, 43]


def test_margins_by_name_by_word_and_not_at_all():
    table = listed(3, 12, 40).replace("Total", "England")
    assert values(protect(table, "trusts", "threshold_10")) == [NA, 12, 40, 55]
    assert values(protect(table, "trusts", "threshold_10", margins={"region": "England"})) == [NA, NA, 40, 55]
    word = listed(3, 12, 40).replace("Total", "All regions")
    assert values(protect(word, "trusts", "threshold_10")) == [NA, NA, 40, 55]
    assert values(protect(word, "trusts", "threshold_10", margins={})) == [NA, 12, 40, 55]


def test_a_table_as_pandas_crosses_it_with_and_without_margins():
    rng = np.random.default_rng(1)
    roles, regions = rng.choice(list("abcd"), 300), rng.choice(list("xyz"), 300, p=[0.04, 0.3, 0.66])
    table = pd.crosstab(roles, regions, margins=True)
    shown = protect(table, list(table.columns), "threshold_10")
    assert shown.index.equals(table.index)
    for hidden in (
        shown[list(table.columns)].isna(),
        protect(table.iloc[:-1, :-1], ["x", "y", "z"], "threshold_10")[["x", "y", "z"]].isna(),
    ):
        assert hidden.loc[list("abcd"), "x"].all()
        assert (hidden.sum(axis=1) != 1).all()
        assert (hidden.sum() != 1).all()


def test_columns_add_up_across_to_a_total_column():
    table = pd.DataFrame({"role": ["a", "b"], "nurses": [3, 30], "doctors": [20, 40], "total": [23, 70]})
    columns = ["nurses", "doctors", "total"]
    shown = protect(table, columns, "threshold_10", assume_known=False)
    assert [values(shown, column) for column in columns] == [[NA, 30], [NA, 40], [23, 70]]
    # 33 nurses and 60 doctors in all may stand elsewhere
    shown = protect(table, columns, "threshold_10")
    assert [values(shown, column) for column in columns] == [[NA, NA], [NA, NA], [23, 70]]
    apart = protect(table, columns, "threshold_10", across="")
    assert [values(apart, column) for column in columns] == [[NA, 30], [20, 40], [23, 70]]


def test_three_keys_whose_totals_stand_elsewhere():
    """Two-way totals are sums as well: hiding one cell of eight takes the whole cube."""
    cells = pd.DataFrame(list(product("ab", "xy", "pq")), columns=["role", "region", "sector"])
    cells["trusts"] = [3, 30, 30, 30, 30, 30, 30, 30]
    assert values(protect(cells, "trusts", "threshold_10")) == [NA] * 8


def test_a_total_that_would_give_a_count_away_whatever_is_hidden_is_named():
    """By hand: 3 + 12 = 15 in region 0; role 1 can't be in region 1, so its total is 12, and 3 follows unless it is withheld."""
    table = crossed([[3, 50], [12, 0]], printed=False).assign(never=lambda t: t["trusts"] == 0)
    shown = protect(table, "trusts", "threshold_10", empty_by_design="never")
    assert values(shown) == [NA, NA, 50, 0]
    assert shown.attrs["protection"]["withhold"] == ["role 0", "role 1"]
    assert describe_protection(shown).endswith("Totals that must not be shown elsewhere either: role 0; role 1.")
    assert "elsewhere" not in describe_protection(protect(crossed([[30, 50], [3, 20]]), "trusts", "threshold_10"))


def test_blank_hidden_and_zero_are_three_things():
    shown = protect(listed(0, np.nan, 3, 40, total=False), "trusts", "nhs")
    assert values(shown) == [0, NA, NA, 40]
    assert shown["trusts_status"].tolist() == ["shown", "missing", "hidden", "shown"]
    # a total in which the unknown count is included: whoever knows it could subtract, so it doesn't help to hide
    table = listed(3, 12, 40).assign(trusts=[3, np.nan, 40, 55])
    assert values(protect(table, "trusts", "threshold_10")) == [NA, NA, NA, 55]


def test_shares_go_with_their_counts():
    table = listed(3, 12, 40).assign(share=[0.1, 0.4, 0.8, 0.5], of=[30, 30, 50, 110])
    shown = protect(table, "trusts", "threshold_10", derived={"share": "trusts"})
    assert shown["share"].isna().tolist() == [True, True, False, False]
    assert "Neither is what is computed from them." in describe_protection(shown)
    rounded = protect(table, ["trusts", "of"], "nhs", derived={"share": ("trusts", "of")})
    assert rounded["share"].iloc[1:].tolist() == pytest.approx([10 / 30, 40 / 50, 55 / 110])
    assert pd.isna(rounded["share"].iloc[0])
    # 0.4 of 30 is 12 exactly, which rounding was to hide
    assert protect(table, "trusts", "nhs", derived={"share": "trusts"})["share"].isna().all()


def test_the_line_under_the_table():
    assert describe_protection(protect(listed(3, 4, 2, 40), "trusts", "threshold_10")) == (
        "3 counts below 10 (zero among them) and 1 further count, from which they could be worked out, are not shown."
    )
    assert describe_protection(protect(listed(10, 40), "trusts", "threshold_10")) == (
        "No count is hidden: none is below 10 (zero among them)."
    )
    assert "no small-number rule" in describe_protection(protect(listed(1, 40), "trusts", "none"))
    with pytest.raises(InputError, match="how it was protected"):
        describe_protection(listed(1, 2))


def test_the_table_given_is_left_as_it_was():
    table = listed(3, 12, 40)
    before = table.copy()
    protect(table, "trusts", "nhs")
    pd.testing.assert_frame_equal(table, before)
    assert not table.attrs


# Bad input ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "counts", "options", "message"),
    [
        (listed(3, 12), "trust", {}, "Did you mean 'trusts'"),
        (listed(3, 12), [], {}, "Name in `counts`"),
        (listed(3, -1, total=False), "trusts", {}, "Row 2, column 'trusts': -1 is no count"),
        (listed(3, 0.5, total=False), "trusts", {}, "0.5 is no count"),
        (listed(3, 12), "region", {}, "holds no numbers"),
        (listed(3, 12).assign(trusts=[3, 12, 14]), "trusts", {}, "total is 14, but its parts add up to 15"),
        (listed(3, 12).assign(region="London"), "trusts", {}, "Two rows of the table count the same thing"),
        (listed(3, 12), "trusts", {"by": ["regions"]}, "Did you mean 'region'"),
        (listed(3, 12), "trusts", {"margins": {"region": "Totale"}}, "Did you mean 'Total'"),
        (listed(3, 12), "trusts", {"margins": {"regions": "Total"}}, "Did you mean 'region'"),
        (listed(3, 12).replace("region 0", "All"), "trusts", {}, "more than one total"),
        (listed(3, 12), "trusts", {"across": "trust"}, "Did you mean 'trusts'"),
        (listed(3, 12), "trusts", {"derived": {"region": "n"}}, "not among the counts"),
        (protect(listed(3, 12), "trusts", "nhs"), "trusts", {}, "protected before"),
        (
            crossed([[3, 30], [0, 50]], printed=False).assign(no=lambda t: t["trusts"] == 0),
            "trusts",
            {"empty_by_design": "no", "assume_known": True},
            "can be worked out from the totals",
        ),
    ],
)
def test_what_cant_be_used_is_named(table, counts, options, message):
    with pytest.raises(InputError, match=message):
        protect(table, counts, "threshold_10", **options)


# The observer -------------------------------------------------------------------------------------------------------------


def ranges(shown: pd.DataFrame, exact: pd.DataFrame, profile: str, knows_small: bool) -> dict[int, float]:
    """How far apart can a hidden count lie, for somebody who sees the printed table? By row.

    Sees shown counts (as the range that rounds to them), knows that roles and regions add up, and that no count is
    negative; `knows_small`: is told besides which cells the rule hid.
    """
    rule = PROFILES[profile]
    bounds: list[tuple[float, float | None]] = []
    for printed, true in zip(values(shown), exact["trusts"], strict=True):
        if printed is None and knows_small:
            bounds.append(rule.hidden_range if rule.hides(true) else (rule.below if true else 0, None))
        elif printed is None:
            bounds.append((0, None))
        elif rule.round_to == 1 or printed == 0:
            bounds.append((printed, printed))
        else:
            bounds.append((max(rule.below, printed - 2), printed + 2))
    sums = []
    for key, other in (("role", "region"), ("region", "role")):
        for label in exact[other].unique():
            line = exact[other] == label
            sums.append(np.where(line & (exact[key] == "Total"), -1, np.where(line, 1, 0)))
    found = {}
    for row in np.flatnonzero(shown["trusts"].isna()):
        aim = np.zeros(len(exact))
        aim[row] = 1
        low, high = (
            linprog(sign * aim, A_eq=np.array(sums), b_eq=np.zeros(len(sums)), bounds=bounds) for sign in (1, -1)
        )
        assert low.status == 0, "the true table fits what is shown"
        found[int(row)] = np.inf if high.status == 3 else high.x[row] - low.x[row]
    return found


COUNTS = st.integers(2, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.one_of(st.integers(0, 12), st.integers(0, 60)), min_size=columns, max_size=columns),
        min_size=2,
        max_size=4,
    )
)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(counts=COUNTS, profile=st.sampled_from(["threshold_10", "nhs", "below_5"]))
def test_no_hidden_count_of_a_cross_table_can_be_worked_out(counts, profile):
    exact = crossed(counts)
    shown = protect(exact, "trusts", profile)
    rule = PROFILES[profile]
    small = [rule.hides(count) for count in exact["trusts"]]
    assert shown["trusts"].isna()[small].all()
    for row, width in ranges(shown, exact, profile, knows_small=False).items():
        assert width >= (rule.below if small[row] else 1) - 1e-6
    for width in ranges(shown, exact, profile, knows_small=True).values():
        assert width >= 1 - 1e-6


def test_the_observer_finds_a_count_that_was_left_open():
    """Hidden by the rule alone, 3 = 33 - 30 is worked out at once: the check above can fail."""
    exact = crossed([[3, 30], [20, 50]])
    careless = exact.assign(trusts=exact["trusts"].where(exact["trusts"] >= 10).astype("Int64"))
    assert max(ranges(careless, exact, "threshold_10", knows_small=False).values()) < 1e-6


@settings(max_examples=20, deadline=None, derandomize=True)
@given(counts=st.lists(st.integers(0, 14), min_size=2, max_size=3), profile=st.sampled_from(["below_5", "nhs"]))
def test_a_list_with_its_total_fits_more_than_one_table_of_whole_numbers(counts, profile):
    """Every list of whole numbers from 0 to 24 is tried: the rule of sums, without linear programming."""
    shown, rule = values(protect(listed(*counts), "trusts", profile)), PROFILES[profile]
    tried = np.array(list(product(range(25), repeat=len(counts))))
    tried = np.column_stack([tried, tried.sum(axis=1)])
    for i, printed in enumerate(shown):
        if printed is not None:
            printable = [n for n in range(25 * 3) if not rule.hides(n) and rule.shown_as(n) == printed]
            tried = tried[np.isin(tried[:, i], printable)]
    for i, printed in enumerate(shown):
        if printed is None:
            assert len(np.unique(tried[:, i])) > rule.below


def test_a_table_that_cannot_be_protected_shows_no_count() -> None:
    # by hand: all ten reports lie in one row, so hiding the other rows (zeros) and the ten too leaves ten possible only there
    parts = pd.DataFrame({"how": ["exact", "decision", "none"], "reports": [10, 0, 0], "share": [1.0, 0.0, 0.0]})
    known = {"by": ["how"], "margins": {}, "across": "", "assume_known": True}
    with pytest.raises(InputError, match="can be worked out"):
        protect(parts, "reports", "threshold_10", **known)
    numbers = SmallNumbers(PROFILES["threshold_10"], ["reports"], derived={"share": "reports"}, **known)
    shown, line = numbers.apply(parts)
    assert shown["reports"].isna().all()
    assert shown["share"].isna().all()
    assert shown["reports_status"].eq("hidden").all()
    assert line == "No count is shown, since a small one could be worked out from the others."


@pytest.mark.parametrize(("name", "protects", "enough"), [("none", False, 0), ("nhs", True, 8), ("below_5", True, 5)])
def test_whether_a_rule_does_anything_and_how_many_must_share_a_word(name, protects, enough) -> None:
    assert (PROFILES[name].protects, PROFILES[name].enough) == (protects, enough)
    rounding = small_number_rule({"round_to": 5})
    assert (rounding.protects, rounding.enough) == (True, 5)


def test_a_sentence_says_a_number_or_that_it_is_not_disclosed() -> None:
    assert number_or_words(pd.Series([10, 5], dtype="Int64").sum(skipna=False)) == 15
    assert number_or_words(pd.Series([10, None], dtype="Int64").sum(skipna=False)) == "an undisclosed number"

"""Measures that don't fit together: each trust's values from the open tables, and its place among peers on one at a time."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles import overview
from newroles.datasets import list_tables, load_open, load_published
from newroles.errors import InputError
from newroles.overview import measures as measures_module
from newroles.overview import peers as peers_module
from newroles.overview.peers import BEYOND, COMPLETE, COULD_CHANGE, mixed_by_chance

FAMILIES = load_published("measure_families")
TRUSTS = load_open("mental_health_trusts")
TABLES = {name: load_open(name) for name in ("staff_survey", "sickness_absence", "staff_groups", "talking_therapies")}
VALUES = overview.trust_values(TRUSTS, FAMILIES, **TABLES)
WIDE = VALUES.pivot_table(index="trust", columns="measure", values="value", dropna=False)
NO_TOTAL = {"total", "score", "overall", "sum", "mean", "index", "composite", "average"}


def values(numbers, better="higher", low=np.nan, high=np.nan, measure="m") -> pd.DataFrame:
    """One measure of as many trusts, A to Z."""
    trusts = [chr(65 + i) for i in range(len(numbers))]
    return pd.DataFrame(
        {"trust": trusts, "measure": measure, "family": "f", "name": measure, "better": better, "unit": "share",
         "value": np.array(numbers, float), "low": low, "high": high, "comparable": True, "remark": ""}
    )  # fmt: skip


def profile(table, seed=1, **choices) -> pd.DataFrame:
    trusts = choices.pop("trusts", table[["trust"]].drop_duplicates())
    return overview.trust_profile(table, trusts, np.random.default_rng(seed), **choices)


# the crosswalk ---------------------------------------------------------------------------------------------------------


def test_the_published_measures_have_known_answers_and_tables_that_are_there():
    assert FAMILIES["family"].nunique() == 8
    for side, answers in overview.MEASURE_SIDES.items():
        assert set(FAMILIES[side]) <= set(answers)
    here = FAMILIES["open_table"].notna()
    assert (FAMILIES["access"].eq("in_this_book") == here).all()
    assert set(FAMILIES.loc[here, "open_table"]) <= set(list_tables("open"))
    by_trust = overview.measures_by_trust(FAMILIES)
    assert by_trust["open_table"].tolist() == by_trust["measure"].map(measures_module._TABLES).tolist()
    assert set(by_trust["measure"]) == set(measures_module._TABLES), "each measure that we can find is in the crosswalk"


def test_map_counts_and_keeps_the_most_open():
    """By hand: two symptom measures of trusts, one for members, one in this book; one satisfaction measure elsewhere."""
    rows = pd.DataFrame(
        [("a", "symptoms", "clinician", "trust", "service_users", "members"),
         ("b", "symptoms", "service_user", "trust", "service_users", "in_this_book"),
         ("c", "satisfaction", "service_user", "trust", "service_users", "open_elsewhere")],
        columns=["measure", "family", "reported_by", "level", "speaks_of", "access"],
    )  # fmt: skip
    mapped = overview.measure_map(rows)
    level = mapped[mapped["side"].eq("level")].drop(columns="side").to_numpy().tolist()
    assert level == [["symptoms", "trust", 2, 1, "in_this_book"], ["satisfaction", "trust", 1, 0, "open_elsewhere"]]
    words = mapped[mapped["family"].eq("symptoms") & mapped["side"].eq("reported_by")]
    assert words[["answer", "access"]].to_numpy().tolist() == [
        ["clinician", "members"],
        ["service_user", "in_this_book"],
    ]
    with pytest.raises(InputError, match="Row 2, column 'level': unknown 'trusts'. Did you mean 'trust'"):
        overview.measure_map(rows.assign(level=["trust", "trusts", "trust"]))
    with pytest.raises(InputError, match="no column 'speaks_of'"):
        overview.measure_map(rows.drop(columns="speaks_of"))


# values by trust -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "column", "rounding"),
    [("burnt_out_often", "burnt_out_often_share", 0), ("autonomy", "autonomy_share", 0), ("enough_staff", "enough_staff_share", 0),
     ("valued_by_team", "valued_by_team_share", 0), ("sickness_absence", "sickness_share", 0), ("support_staff_share", "support_share", 0.00016)],
)  # fmt: skip
def test_values_equal_the_table_of_latest_measures(measure, column, rounding):
    """trust_measures is built from the sources by other code; R1F3 has the survey of 2023 there and none here."""
    latest = load_open("trust_measures").set_index("trust")
    theirs = latest[column].where(
        latest["survey_year"].ne(2023) | (measure in ("sickness_absence", "support_staff_share"))
    )
    assert WIDE[measure].isna().equals(theirs.reindex(WIDE.index).isna())
    assert (WIDE[measure] - theirs).abs().max() <= rounding + 1e-12


def test_services_of_one_trust_are_put_together_by_hand():
    """100 and 300 courses, recovery 0.5 and 0.6: (100 x 0.5 + 300 x 0.6) / 400 = 0.575; 0.25 and 0.75 are the weights."""
    rows = pd.DataFrame(
        {"provider": ["X1", "X2"], "year": "2024-25", "trust": "X", "referrals": [200, 600], "finished_treatment": [100, 300],
         "recovery_share": [0.5, 0.6], "recovery_low": [0.4, 0.55], "recovery_high": [0.6, 0.65], "improvement_share": [0.7, 0.8]}
    )  # fmt: skip
    found = trust_x(rows).set_index("measure")
    assert found.loc["talking_therapies_referrals", "value"] == 800
    assert found.loc["talking_therapies_finished_per_referral", "value"] == 0.5
    recovery = found.loc["talking_therapies_recovery"]
    half = np.hypot(0.25 * 0.1, 0.75 * 0.05)  # half widths of the two intervals, weighted
    assert recovery[["value", "low", "high"]].tolist() == pytest.approx([0.575, 0.575 - half, 0.575 + half])
    improved = found.loc["talking_therapies_improvement"]
    error = np.sqrt(0.25**2 * 0.7 * 0.3 / 100 + 0.75**2 * 0.8 * 0.2 / 300)
    assert improved["high"] - improved["value"] == pytest.approx(1.959964 * error)
    assert improved["n"] == 400


def test_a_suppressed_count_of_one_service_blanks_the_sum_and_says_so():
    rows = pd.DataFrame(
        {"provider": ["X1", "X2"], "year": "2024-25", "trust": "X", "referrals": pd.array([200, None], "Int64"), "finished_treatment": [100, 300],
         "recovery_share": [0.5, 0.6], "recovery_low": [0.4, 0.55], "recovery_high": [0.6, 0.65], "improvement_share": [0.7, 0.8]}
    )  # fmt: skip
    found = trust_x(rows).set_index("measure")
    assert pd.isna(found.loc["talking_therapies_referrals", "value"])
    assert found.loc["talking_therapies_referrals", "remark"] == "a count of one of its services is suppressed"
    assert found.loc["talking_therapies_recovery", "comparable"]


def trust_x(therapies: pd.DataFrame) -> pd.DataFrame:
    """The values of one trust, X, which only the therapies know; the other tables know trust Y."""
    other = {name: table[table["trust"].eq("RXA")].assign(trust="Y") for name, table in TABLES.items()}
    trusts = pd.DataFrame({"trust": ["X", "Y"], "absence_months": [12, 12]})
    found = overview.trust_values(trusts, FAMILIES, **{**other, "talking_therapies": therapies})
    return found[found["trust"].eq("X")]


def test_every_trust_has_a_row_for_every_measure_with_a_value_or_a_reason():
    assert len(VALUES) == len(TRUSTS) * len(overview.measures_by_trust(FAMILIES))
    assert not VALUES.duplicated(["trust", "measure"]).any()
    assert (VALUES["remark"].eq("") == VALUES["comparable"]).all()
    assert VALUES.loc[VALUES["value"].isna(), "remark"].ne("").all()


def test_part_of_a_year_is_shown_and_not_compared():
    """RRP and TAF became G6V2S in November 2024: seven months and five."""
    for trust, months in (("RRP", 7), ("TAF", 7), ("G6V2S", 5)):
        own = VALUES[VALUES["trust"].eq(trust)].set_index("measure")
        assert own.loc["sickness_absence", "remark"] == f"covers {months} of 12 months"
        assert own.loc["talking_therapies_recovery", "remark"] == f"the trust ran for {months} of 12 months"
        assert own.loc[["sickness_absence", "talking_therapies_recovery"], "value"].notna().all()
        assert not own.loc[["sickness_absence", "talking_therapies_recovery"], "comparable"].any()
    assert (
        VALUES.set_index(["trust", "measure"]).loc[("G6V2S", "autonomy"), "remark"] == "not in the staff survey of 2024"
    )


def test_sizes_and_the_middle_sized_trust():
    rows = pd.DataFrame(
        {
            "trust": list("ABC"),
            "period": "2024-25",
            "months": [12, 12, 6],
            "days_available": [365_000, 730_000, 730_000],
        }
    )
    assert overview.trust_sizes(rows).to_dict() == {"A": 1000, "B": 2000, "C": 4000}
    table = values([1, 2, 3, 4]).assign(comparable=[True, True, True, False])
    sizes = pd.Series({"A": 10, "B": 30, "C": 20, "D": 15})
    assert overview.middle_sized_trust(table, sizes) == "C"  # of 10, 20, 30; D lacks a measure
    with pytest.raises(InputError, match="No trust has a comparable value of every measure"):
        overview.middle_sized_trust(table.assign(comparable=False), sizes)


def test_values_refuse_what_would_mislead():
    with pytest.raises(InputError, match=r"staff_survey has nothing of 2030: it has 2021, 2022, 2023, 2024"):
        overview.trust_values(TRUSTS, FAMILIES, **TABLES, survey_year=2030)
    with pytest.raises(InputError, match="lists RXA more than once"):
        overview.trust_values(pd.concat([TRUSTS, TRUSTS[TRUSTS["trust"].eq("RXA")]]), FAMILIES, **TABLES)
    with pytest.raises(InputError, match="unknown 'more'"):
        overview.measures_by_trust(FAMILIES.assign(better="more"))


# among peers -----------------------------------------------------------------------------------------------------------


def test_standing_by_hand():
    """F = 0.40 beside 0.20, 0.25, 0.30, 0.30, 0.35: median 0.30, deviations 0.10, 0.05, 0, 0, 0.05, so 1.4826 x 0.05."""
    last = profile(values([0.2, 0.25, 0.3, 0.3, 0.35, 0.4])).iloc[-1]
    assert last[["n_peers", "peer_low", "peer_median", "peer_high", "rank"]].tolist() == [5, 0.25, 0.3, 0.3, 1]
    assert last["robust_z"] == pytest.approx(0.1 / (1.4826 * 0.05))
    assert (last["position"], last["how_sure"]) == ("better than the middle half", COMPLETE)
    assert last[["rank_low", "rank_high"]].isna().all()
    third = profile(values([0.2, 0.25, 0.3, 0.3, 0.35, 0.4])).iloc[2]
    assert third["rank"] == pytest.approx((2 + 0.5) / 5)  # two lower, one tie


@pytest.mark.parametrize(
    ("better", "highest", "lowest"),
    [("higher", "better", "worse"), ("lower", "worse", "better"), ("neither", "higher", "lower")],
)
def test_words_follow_the_direction(better, highest, lowest):
    words = profile(values([1, 2, 3, 4, 5, 6], better))["position"].tolist()
    assert words[0] == f"{lowest} than the middle half"
    assert words[-1] == f"{highest} than the middle half"
    assert words[2] == words[3] == "within the middle half"


def test_rank_interval_of_alike_trusts_is_nearly_as_wide_as_can_be():
    """61 trusts with one true value: each of the 61 ranks is as likely, 1/61 < 2.5% < 2/61, so from the second to the last but one."""
    alike = profile(values([0.5] * 61, low=0.4, high=0.6).assign(trust=[f"T{i}" for i in range(61)]), draws=4000)
    assert alike["rank_low"].mean() == pytest.approx(1 / 60, abs=0.002)
    assert alike["rank_high"].mean() == pytest.approx(59 / 60, abs=0.002)
    assert alike["how_sure"].eq(COULD_CHANGE).all()


def test_rank_interval_against_the_normal_distribution():
    """A trust 1 standard error of the difference above each of two peers that share one error-free value: P(above) = Phi(1).

    With 5 peers at 0 (no error) and one trust at 1 with standard error 1, every draw is above all or below all: the
    rank is 1 with probability 0.841, so its interval runs from 0 to 1. At 3 standard errors it is 1 throughout (0.9987).
    """
    for distance, interval in ((1, [0, 1]), (3, [1, 1])):
        table = values(
            [0, 0, 0, 0, 0, distance], low=[0.0] * 5 + [distance - 1.959964], high=[0.0] * 5 + [distance + 1.959964]
        )
        last = profile(table, draws=4000).iloc[-1]
        assert last[["rank_low", "rank_high"]].tolist() == interval
        assert last["how_sure"] == (BEYOND if distance == 3 else COULD_CHANGE)


def test_without_error_the_interval_is_the_rank():
    table = profile(values([1, 2, 3, 4, 5, 6, 7], low=[1, 2, 3, 4, 5, 6, 7], high=[1, 2, 3, 4, 5, 6, 7]))
    assert table["rank_low"].equals(table["rank"].rename("rank_low"))
    assert table["rank_high"].equals(table["rank"].rename("rank_high"))
    assert table["how_sure"].eq(BEYOND).all()


def test_who_the_peers_are():
    trusts = pd.DataFrame(
        {
            "trust": list("ABCDE"),
            "region": ["London", "London", "Midlands", None, None],
            "fte": [1000, 2000, 2900, 4100, np.nan],
        }
    )
    assert overview.peers_of(trusts, "A") == ["B", "C", "D", "E"]
    assert overview.peers_of(trusts, "A", "region") == ["B"]
    assert overview.peers_of(trusts, "D", "region") == []  # not known isn't a region
    assert overview.peers_of(trusts, "B", "size", nearest=2) == ["C", "A"]  # 2900 / 2000 = 1.45; 2; 2.05
    assert overview.peers_of(trusts, "E", "size") == []
    with pytest.raises(InputError, match="Did you mean 'region'"):
        overview.peers_of(trusts, "A", "regions")
    with pytest.raises(InputError, match="There is no trust 'Z'"):
        overview.peers_of(trusts, "Z")


def test_a_trust_without_a_value_is_no_peer_and_says_why():
    table = values([1, 2, 3, 4, 5, 6, np.nan, 8]).assign(comparable=[True] * 6 + [False, False])
    found = profile(table)
    assert found["position"].tolist()[-2:] == ["not known", "not compared"]
    assert found["how_sure"].tolist()[-2:] == ["", ""]
    assert found["n_peers"].tolist()[0] == 5
    assert profile(table, fewest=6)["position"].tolist()[0] == "too few peers"


def test_peers_that_agree_leave_no_distance():
    found = profile(values([1, 1, 1, 1, 1, 2]))
    assert pd.isna(found["robust_z"].iloc[-1])
    assert found["position"].iloc[-1] == "better than the middle half"


def test_beside_peers_turns_lower_is_better_and_keeps_the_interval_in_order():
    table = values([0.2, 0.25, 0.3, 0.3, 0.35, 0.4], "lower", low=[0.15] * 6, high=[0.45] * 6)
    beside = overview.beside_peers(table, table[["trust"]], "F")
    own = beside[beside["is_trust"]].iloc[0]
    scale = 1.4826 * 0.05
    assert own[["toward", "toward_low", "toward_high"]].tolist() == pytest.approx(
        [-0.1 / scale, -0.15 / scale, 0.15 / scale]
    )
    assert own[["middle_low", "middle_high"]].tolist() == pytest.approx([0, 0.05 / scale])
    others = beside.loc[~beside["is_trust"], "toward"]
    assert others.median() == pytest.approx(0)
    assert others.tolist() == sorted(others, reverse=True)


def test_positions_are_counted_by_measure():
    found = overview.positions_by_measure(profile(pd.concat([values([1, 2, 3, 4, 5, 6, 7, 8])], ignore_index=True)))
    row = found.iloc[0]
    assert row[["placed", "inside", "outside"]].tolist() == [8, 4, 4]
    assert row[["beyond_error", "could_change"]].isna().all()


def test_mixed_trusts_by_chance_are_those_of_the_hypergeometric():
    """By hand: on each of two measures 1 of 4 trusts is better and 1 worse. A trust is mixed when better on one meets worse
    on the other: each of the two ways has chance 1/4, and both happen together with chance 1/12; expected 2 x 1/4 = 0.5."""
    words = {1: "better than the middle half", -1: "worse than the middle half", 0: "within the middle half"}
    rows = [(t, m, "lower", words[side], COMPLETE) for m, sides in {"m": [1, -1, 0, 0], "n": [-1, 1, 0, 0]}.items()
            for t, side in zip("ABCD", sides, strict=True)]  # fmt: skip
    neither = [(t, "o", "neither", "higher than the middle half", COMPLETE) for t in "ABCD"]
    in_part = [
        ("E", "m", "lower", words[1], COMPLETE),
        ("E", "n", "lower", words[-1], ""),
        ("E", "o", "neither", "", ""),
    ]
    columns = ["trust", "measure", "better", "position", "how_sure"]
    table = pd.DataFrame([*rows, *neither, *in_part], columns=columns)
    found = mixed_by_chance(table, np.random.default_rng(3), draws=6000).iloc[0]
    assert found[["trusts", "mixed"]].tolist() == [4, 2]  # E lacks a measure; the one without a direction mixes nobody
    assert found["expected"] == pytest.approx(0.5, abs=4 * 0.65 / np.sqrt(6000))
    assert found[["expected_low", "expected_high"]].tolist() == [0, 2]
    with pytest.raises(InputError, match="No trust could be placed on every measure"):
        mixed_by_chance(table.assign(how_sure=""), np.random.default_rng(1))
    with pytest.raises(InputError, match="At least 100 draws"):
        mixed_by_chance(table, np.random.default_rng(1), draws=10)


def test_refuses_trusts_that_are_not_listed():
    with pytest.raises(InputError, match="'B' has values and isn't in the table of trusts"):
        profile(values([1, 2]), trusts=pd.DataFrame({"trust": ["A"]}))
    with pytest.raises(InputError, match="lists 'A' more than once"):
        profile(values([1, 2]), trusts=pd.DataFrame({"trust": ["A", "A", "B"]}))
    with pytest.raises(InputError, match="100 draws"):
        profile(values([1, 2]), draws=1)


# never one score -------------------------------------------------------------------------------------------------------


def test_no_function_gives_a_total_over_measures():
    """What comes back has one row a measure (or a trust and a measure), and no column that adds or averages them."""
    found = overview.trust_profile(VALUES, TRUSTS, np.random.default_rng(1), draws=100)
    assert not found.duplicated(["trust", "measure"]).any()
    tables = [found, overview.positions_by_measure(found), overview.beside_peers(VALUES, TRUSTS, "RXA")]
    for table in tables:
        assert "measure" in table
        assert not NO_TOTAL & {word for column in table for word in column.split("_")}
    public = [name for module in (measures_module, peers_module) for name, what in vars(module).items()
              if callable(what) and what.__module__ == module.__name__ and not name.startswith("_")]  # fmt: skip
    assert len(public) == 10
    assert not NO_TOTAL & {word for name in public for word in name.split("_")}


def test_a_measure_changes_no_other_measures_rows():
    first, second = values([3, 1, 2, 5, 4, 6], measure="a"), values([1, 2, 3, 4, 5, 6], measure="b")
    alone = profile(pd.concat([first, second], ignore_index=True))
    moved = profile(pd.concat([first, second.assign(value=[9.0, 7, 8, 0, 1, 2])], ignore_index=True))
    pd.testing.assert_frame_equal(alone[alone["measure"].eq("a")], moved[moved["measure"].eq("a")])
    assert not alone[alone["measure"].eq("b")].equals(moved[moved["measure"].eq("b")])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(-50, 50), min_size=7, max_size=12),
    st.sampled_from([0.5, 2, 8]),
    st.integers(-9, 9),
)
def test_units_do_not_matter_and_direction_mirrors(numbers, scale, shift):
    """Powers of two and whole numbers, so that arithmetic is exact."""
    plain, changed = profile(values(numbers)), profile(values([scale * x + shift for x in numbers]))
    pd.testing.assert_frame_equal(plain[["rank", "position", "robust_z"]], changed[["rank", "position", "robust_z"]])
    mirrored = profile(values([-x for x in numbers], "lower"))
    assert mirrored["position"].tolist() == plain["position"].tolist()
    assert (mirrored["rank"] + plain["rank"]).to_numpy() == pytest.approx(1)

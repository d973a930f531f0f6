"""Panels from a study: periods as numbers, starts, who is left out and why, cohorts, balance, longer periods.

Known answers: by hand below; the example study's cohorts as its record of the planted truth has them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newroles.datasets import Study, load_study
from newroles.effects.balance import balance_table, describe_panel, in_longer_periods
from newroles.effects.panel import Panel, panel_of, panels, team_covariates
from newroles.effects.periods import kind_of_period, name_period, number_dates, number_periods
from newroles.errors import InputError


def outcomes(values: dict[str, list[float | None]], first: str = "2021-01", **columns: Any) -> pd.DataFrame:
    """One row per team and month from `first` on; a team's values by month, None for a blank."""
    months = pd.period_range(first, periods=max(map(len, values.values())), freq="M").strftime("%Y-%m")
    rows = [(unit, month, value) for unit, held in values.items() for month, value in zip(months, held, strict=False)]
    table = pd.DataFrame(rows, columns=["unit", "period", "value"]).astype({"value": float})
    return table.assign(**({"unit_kind": "team", "group": "new_roles", "measure": "pay", "n": 10} | columns))


def teams(**introduced: str | None) -> pd.DataFrame:
    table = pd.DataFrame({"team": list(introduced), "introduced": list(introduced.values())})
    table["trust"] = [f"X{place % 2}" for place in range(len(table))]
    table["new_role"] = np.where(table["introduced"].isna(), None, "peer_support_worker")
    return table.assign(setting="community").astype({"new_role": "str"})


def panel(values: dict[str, list[float | None]], introduced: dict[str, str | None], **more: Any) -> Panel:
    return panel_of(outcomes(values), teams(**introduced), "new_roles", "pay", **more)


def reasons(made: Panel) -> dict[str, str]:
    return dict(zip(made.left_out["unit"], made.left_out["reason"], strict=True))


@pytest.fixture(scope="module")
def example() -> Study:
    return load_study("example_study")


# --- periods ----------------------------------------------------------------------------------------------------------


@given(st.integers(1950 * 12, 2090 * 12), st.sampled_from(["year", "financial year", "quarter", "month"]))
def test_a_period_and_its_number_say_the_same(number: int, kind: str) -> None:
    number = number // {"year": 12, "financial year": 12, "quarter": 3, "month": 1}[kind]
    names = pd.Series([name_period(number, kind), name_period(number + 1, kind)])
    assert kind_of_period(names) == kind
    assert number_periods(names, kind).tolist() == [number, number + 1]


def test_mixed_periods_are_refused_with_one_of_each_kind() -> None:
    with pytest.raises(InputError, match=r"burnout are of different kinds: year \('2021'\), month \('2021-03'\)"):
        kind_of_period(["2021", "2021-03"], "burnout")
    with pytest.raises(InputError, match="'spring' is no period"):
        kind_of_period(["spring"])
    with pytest.raises(InputError, match="'2021/23' is no financial year: write 2021/22"):
        number_periods(pd.Series(["2021/23"]), "financial year")


def test_a_start_lies_in_its_period_or_isnt_precise_enough() -> None:
    dates = pd.Series(["2022", "2022-03", "2022-04-01", None])
    # by hand: March is in the financial year that began in 2021, April in that of 2022; 12 x 2022 + 2 = 24266
    assert number_dates(dates, "year").tolist()[:3] == [2022, 2022, 2022]
    np.testing.assert_array_equal(number_dates(dates, "financial year"), [np.nan, 2021, 2022, np.nan])
    np.testing.assert_array_equal(number_dates(dates, "quarter"), [np.nan, 8088, 8089, np.nan])
    np.testing.assert_array_equal(number_dates(dates, "month"), [np.nan, 24266, 24267, np.nan])


# --- who is in, who is out ---------------------------------------------------------------------------------------------


def test_each_team_left_out_is_named_with_its_reason() -> None:
    values = {
        "ok": [1, 2, 3, 4], "never": [1, 2, 3, 4], "early": [1, 2, 3, 4], "since": [None, None, 3, 4],
        "year": [1, 2, 3, 4], "undated": [1, 2, 3, 4], "empty": [None] * 4, "gone": [1, 2, 3, 4], "unknown": [1, 2],
    }  # fmt: skip
    table = teams(
        ok="2021-03",
        never=None,
        early="2021-01",
        since="2021-03",
        year="2021",
        undated=None,
        empty=None,
        gone="2021-03",
    )
    table.loc[table["team"].eq("undated"), "new_role"] = "peer_support_worker"
    made = panel_of(outcomes(values), table, "new_roles", "pay", leave_out={"gone": "the role ended in 2021-04"})
    assert set(made.table["unit"]) == {"ok", "never"}
    assert reasons(made) == {
        "early": "the role came before or in the measure's first period: nothing to compare with",
        "since": "measured only since the role came",
        "year": "introduced ('2021') doesn't say in which month",
        "undated": "has a new role, but not since when",
        "empty": "no value is known",
        "gone": "the role ended in 2021-04",
        "unknown": "not in the table teams",
    }
    assert dict(zip(made.left_out["unit"], made.left_out["values"], strict=True))["since"] == 2


def test_blanks_make_no_row_and_nothing_is_filled_in() -> None:
    made = panel({"a": [1, None, 3, 4], "b": [1, 2, 3, None]}, {"a": "2021-03", "b": None})
    assert made.table[["unit", "period"]].values.tolist() == [
        ["a", "2021-01"], ["a", "2021-03"], ["a", "2021-04"], ["b", "2021-01"], ["b", "2021-02"], ["b", "2021-03"],
    ]  # fmt: skip
    assert made.table["time"].diff()[1] == 2  # a gap stays a gap
    assert made.left_out.empty


def test_anticipation_needs_a_period_before_it() -> None:
    values = {"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 4], "c": [1.0, 2, 3, 4]}
    made = panel(values, {"a": "2021-02", "b": "2021-03", "c": None}, anticipation=1)
    assert (set(made.table["unit"]), set(reasons(made)), made.anticipation) == ({"b", "c"}, {"a"}, 1)
    with pytest.raises(InputError, match="anticipation: -1 is impossible"):
        panel(values, {"a": "2021-02", "b": None, "c": None}, anticipation=-1)


def test_a_start_after_the_last_period_counts_as_never_and_is_said() -> None:
    made = panel({"a": [1, 2, 3], "b": [1, 2, 3]}, {"a": "2021-02", "b": "2022-01"})
    assert made.table.groupby("unit")["adopter"].first().to_dict() == {"a": "early", "b": "never"}
    assert made.table.loc[made.table["unit"].eq("b"), "start"].isna().all()
    assert made.notes == ("The role comes after the last period of pay of new_roles, which counts as never: b.",)


def test_early_adopters_started_no_later_than_the_median_one() -> None:
    values = {name: [1.0] * 6 for name in "abcde"}
    starts = {"a": "2021-02", "b": "2021-03", "c": "2021-03", "d": "2021-05", "e": None}
    made = panel(values, starts).table.groupby("unit")["adopter"].first()
    assert made.to_dict() == {"a": "early", "b": "early", "c": "early", "d": "late", "e": "never"}


def test_days_count_as_their_month_once() -> None:
    table = outcomes({"a": [1, 2], "b": [1, 2]}).assign(period=["2021-01-31", "2021-02-28", "2021-01-15", "2021-02-15"])
    made = panel_of(table, teams(a="2021-02", b=None), "new_roles", "pay")
    assert (made.kind, made.table["time"].nunique(), made.notes) == (
        "month",
        2,
        ("Days of pay of new_roles count as their month.",),
    )
    table["period"] = ["2021-01-30", "2021-01-31", "2021-01-15", "2021-02-15"]
    with pytest.raises(InputError, match=r"'a' has 2 values in one month \(2021-01-30, 2021-01-31\)"):
        panel_of(table, teams(a="2021-02", b=None), "new_roles", "pay")


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        (
            "n",
            -1,
            "outcomes, pay of new_roles, 'a' in 2021-01, column n: a number of people can't be negative.* It is -1",
        ),
        ("value", np.inf, "column value: it must be a finite number"),
        ("period", "2021-02", r"'a' has 2 values in one month \(2021-02, 2021-02\)"),
        ("period", "2021", "the periods are of different kinds"),
    ],
)
def test_impossible_rows_are_refused_by_name(column: str, value: Any, says: str) -> None:
    table = outcomes({"a": [1, 2, 3], "b": [1, 2, 3]}).astype({"n": float})
    table.loc[0, column] = value
    with pytest.raises(InputError, match=says):
        panel_of(table, teams(a="2021-02", b=None), "new_roles", "pay")


def test_two_starts_of_one_team_are_refused() -> None:
    twice = pd.concat([teams(a="2021-02", b=None), teams(a="2021-05")])
    with pytest.raises(
        InputError, match=r"teams, column team: 'a' is there twice \(introduced 2021-02, 2021-05\). A team has one"
    ):
        panel_of(outcomes({"a": [1, 2], "b": [1, 2]}), twice, "new_roles", "pay")


def test_unknown_names_are_refused_with_the_nearest() -> None:
    table, who = outcomes({"a": [1, 2]}), teams(a=None)
    with pytest.raises(InputError, match="no pya of new_roles. Did you mean 'pay'"):
        panel_of(table, who, "new_roles", "pya")
    with pytest.raises(InputError, match="no pay of service_users. Valid names: new_roles"):
        panel_of(table, who, "service_users", "pay")
    with pytest.raises(InputError, match="leave_out: teams has no 'b'"):
        panel_of(table, who, "new_roles", "pay", leave_out={"b": "merged"})


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"a": [None, None], "b": [None, None]}, "no value is known"),
        ({"a": [1], "b": [2]}, r"values of one period only (2021-01): no before and after"),
        ({"c": [1, 2]}, "none of its teams can be used (not in the table teams)"),
    ],
)
def test_a_measure_that_makes_no_panel_is_listed_as_a_whole(values: dict[str, list[float | None]], why: str) -> None:
    made = panel(values, {"a": None, "b": None})
    assert made.table.empty
    assert made.left_out["reason"].tolist() == [why]
    assert made.left_out["unit"].isna().all()


def test_values_of_trusts_are_left_out_by_name() -> None:
    table = pd.concat([outcomes({"a": [1, 2], "b": [1, 2]}), outcomes({"X1": [1, 2]}, unit_kind="trust")])
    made = panel_of(table, teams(a="2021-02", b=None), "new_roles", "pay")
    assert reasons(made) == {"X1": "a trust: its teams start at different times"}


def test_covariates_stand_beside_and_a_team_without_one_is_left_out() -> None:
    beside = pd.DataFrame({"team": ["a", "b", "c"], "vacancy_rate": [0.1, 0.2, np.nan]})
    made = panel({"a": [1, 2], "b": [1, 2], "c": [1, 2]}, {"a": "2021-02", "b": None, "c": None}, covariates=beside)
    assert made.table.groupby("unit")["vacancy_rate"].first().to_dict() == {"a": 0.1, "b": 0.2}
    assert reasons(made) == {"c": "no vacancy_rate is known"}
    with pytest.raises(InputError, match="has a column 'setting' already"):
        made.with_columns(pd.DataFrame({"team": ["a"], "setting": ["ward"]}))
    assert made.with_columns(pd.DataFrame({"team": ["a"], "kind": ["new"]})).table["kind"].count() == 2


# --- the example study ----------------------------------------------------------------------------------------------------


def test_the_example_study_has_its_cohorts_and_leaves_single_periods_out(example: Study) -> None:
    found = panels(example, ["vacancy_rate"])
    assert [measure for _, measure in found] == [
        "continuity", "waiting_weeks", "experience", "role_clarity", "intention_to_stay", "burnout", "supervision_hours",
    ]  # fmt: skip
    cohorts = describe_panel(found["burnout"]).set_index("cohort")["teams"].to_dict()
    assert cohorts == {"2022-01": 13, "2022-07": 6, "2023-01": 9, "never": 12, "all": 40}
    assert sorted(found.left_out["measure"]) == [
        "complaints",
        "service_rating",
        "team_functioning",
        "waiting_standard_met",
    ]
    assert len(found["burnout"].table) == 1143  # rows of outcomes.csv with a burnout value
    with pytest.raises(InputError, match="no panel of 'burnot'. Did you mean 'burnout'"):
        found["burnot"]
    with pytest.raises(InputError, match="contexts has no indicator 'vacancy'"):
        team_covariates(example, ["vacancy"])


def test_adopters_of_the_example_had_more_vacancies_as_planted(example: Study) -> None:
    table = balance_table(panels(example, ["vacancy_rate"])["burnout"]).set_index(["name", "comparison"])
    row = table.loc[("vacancy_rate", "adopters")]
    contexts = example.contexts.query("indicator == 'vacancy_rate' and unit_kind == 'team'").set_index("unit")["value"]
    started = example.teams.set_index("team").loc[
        sorted(example.outcomes.query("measure == 'burnout'")["unit"].unique())
    ]
    gap = (
        contexts[started.index[started["introduced"].notna()]].mean()
        - contexts[started.index[started["introduced"].isna()]].mean()
    )
    assert row["difference"] == pytest.approx(gap)
    assert row["standardised"] > 2 * row["by_chance"]


# --- description and balance by hand ---------------------------------------------------------------------------------------


def test_gaps_before_and_after_by_hand() -> None:
    made = panel(
        {"a": [1, None, 3, None], "b": [1, 2, 3, 4], "c": [None, 2, 3, 4]}, {"a": "2021-03", "b": "2021-03", "c": None}
    )
    table = describe_panel(made).set_index("cohort")
    # a and b: 8 cells, 6 known; before 4 cells, 3 known; after 4 cells, 3 known. c: 4 cells, 3 known
    assert table.loc["2021-03", ["cells", "known", "missing", "missing_before", "missing_after"]].tolist() == [
        8,
        6,
        0.25,
        0.25,
        0.25,
    ]
    assert table.loc["never", ["cells", "missing_before"]].tolist() == [4, 0.25]
    assert np.isnan(table.loc["never", "missing_after"])
    assert table.loc["all", ["teams", "trusts", "first", "last", "n_lowest"]].tolist() == [
        3,
        2,
        "2021-01",
        "2021-04",
        10,
    ]


def test_balance_by_hand() -> None:
    values = {"a": [1, 2, 9], "b": [3, 6, 9], "c": [2, 2, 2], "d": [4, 4, 4]}
    table = balance_table(panel(values, {"a": "2021-03", "b": "2021-03", "c": None, "d": None})).set_index(
        ["name", "comparison"]
    )
    row = table.loc[("value", "adopters")]
    # means before March: 1.5 and 4.5 against 2 and 4; variances 4.5 and 2; difference 3 - 3 = 0
    assert row[["adopters", "never", "difference", "standardised"]].tolist() == [3, 3, 0, 0]
    assert row["sd_adopters"] == pytest.approx(4.5**0.5)
    assert row["by_chance"] == 1.0  # sqrt(1/2 + 1/2)
    trend = table.loc[("trend before", "adopters")]
    # slopes 1 and 3 against 0 and 0: 2 over the root of (2 + 0) / 2
    assert trend[["adopters", "never", "standardised"]].tolist() == [2, 0, 2]
    assert ("value", "late") not in table.index
    with pytest.raises(InputError, match="has no never-adopters"):
        balance_table(panel({"a": [1, 2], "b": [1, 2]}, {"a": "2021-02", "b": "2021-02"}))
    with pytest.raises(InputError, match="has no adopters"):
        balance_table(panel({"a": [1, 2], "b": [1, 2]}, {"a": None, "b": None}))


def test_longer_periods_by_hand() -> None:
    values = {"a": [1, 2, 6, 4, None, 8], "b": [1, 1, 1, 2, 2, 2], "c": [0, 0, 0, 0, 0, 0]}
    made = in_longer_periods(panel(values, {"a": "2021-05", "b": None, "c": "2021-02"}))
    assert made.table[["unit", "period", "value", "n", "cohort"]].values.tolist() == [
        ["a", "2021-Q1", 3, 30, "2021-Q2"], ["a", "2021-Q2", 6, 20, "2021-Q2"],
        ["b", "2021-Q1", 1, 30, "never"], ["b", "2021-Q2", 2, 30, "never"],
    ]  # fmt: skip
    assert reasons(made) == {"c": "no whole quarter before the role came"}
    with pytest.raises(InputError, match="A panel by quarter can't be put into periods of a month"):
        in_longer_periods(made, "month")
    with pytest.raises(InputError, match="no kind of period 'quater'. Did you mean 'quarter'"):
        in_longer_periods(made, "quater")

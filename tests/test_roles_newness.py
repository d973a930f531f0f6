"""What counts as new: each rule by hand, and blank where the data don't say."""

from __future__ import annotations

import pandas as pd
import pytest

from newroles.errors import InputError
from newroles.roles import (
    compare_definitions,
    counts_as_new,
    load_register,
    match_titles,
    reports_by_newness,
    role_incidence,
    role_or_title,
    with_roles,
)

REGISTER = load_register()


def reports() -> pd.DataFrame:
    """Seven reports: each row is there for the reason its last column gives."""
    columns = ["trust", "source", "title", "counted_as_new", "introduced", "headcount", "why"]
    rows = [
        ("A", "esr", "EMHP", "yes", "2021-05-01", 4, "both say new, recent"),
        ("A", "advert", "Nurse", "yes", "2010", 9, "only the trust says new"),
        ("B", "esr", "Nursing Associate", "no", "2019", None, "only the register says new"),
        ("B", "esr", "STR worker", "no", "2005", 2, "new in an earlier wave"),
        ("C", "esr", "PA", "unsure", "2018", 1, "neither says"),
        ("C", "plan", "Cookery Host", "yes", None, 3, "no role, no date"),
        ("D", "plan", "Peer Worker", None, "2018", 5, "introduced in the year of the limit"),
    ]
    return pd.DataFrame(rows, columns=columns).assign(reported_on="2023-06-30")


def known() -> pd.DataFrame:
    table = reports()
    return with_roles(table, match_titles(table["title"], register=REGISTER))


def test_the_trusts_word_is_taken_as_it_stands() -> None:
    found = counts_as_new(known(), REGISTER, "declared")
    assert found.tolist() == [True, True, False, False, pd.NA, True, pd.NA]


def test_the_register_counts_only_accepted_roles() -> None:
    found = counts_as_new(known(), REGISTER, "register")
    assert found.tolist() == [True, False, True, False, pd.NA, pd.NA, True]


def test_either_is_new_when_one_says_so_and_unknown_when_none_can() -> None:
    found = counts_as_new(known(), REGISTER, "either")
    assert found.tolist() == [True, True, True, False, pd.NA, True, True]


def test_a_year_alone_is_unknown_when_the_limit_falls_in_it() -> None:
    # reported 2023-06-30, five years: the limit is 2018-06-30, so "2018" may lie on either side and "2019" may not
    found = counts_as_new(known(), REGISTER, "register", within_years=5)
    assert found.tolist() == [True, False, True, False, pd.NA, pd.NA, pd.NA]
    assert counts_as_new(known(), REGISTER, "register", within_years=6)[6]
    assert not counts_as_new(known(), REGISTER, "register", within_years=4)[6]


def test_the_day_of_the_limit_still_counts() -> None:
    table = pd.DataFrame({"counted_as_new": ["yes", "yes"], "introduced": ["2018-06-30", "2018-06-29"]})
    assert counts_as_new(table, REGISTER, within_years=5, on="2023-06-30").tolist() == [True, False]


def test_a_blank_introduction_is_unknown_never_old() -> None:
    found = counts_as_new(known(), REGISTER, "declared", within_years=3)
    assert pd.isna(found[5])


def test_definitions_stand_side_by_side() -> None:
    table = reports()
    found = compare_definitions(
        table, match_titles(table["title"], register=REGISTER), REGISTER, within_years=(None, 5)
    )
    assert found["rule"].tolist() == ["declared"] * 2 + ["register"] * 2 + ["either"] * 2
    by = found.set_index(["rule", found["within_years"].fillna(0)])
    # declared, any time: reports 1, 2 and 6; report 6 has no role; report 5 and 7 are unknown
    assert by.loc[
        ("declared", 0), ["reports", "reports_unknown", "roles", "titles_without_role", "trusts"]
    ].tolist() == [3, 2, 2, 1, 2]
    assert by.loc[("declared", 0), ["headcount", "headcount_not_known"]].tolist() == [16, 0]
    # register: reports 1, 3 and 7 (headcount of 3 not given); 5 and 6 have no role
    assert by.loc[("register", 0), ["reports", "reports_unknown", "roles", "trusts"]].tolist() == [3, 2, 3, 3]
    assert by.loc[("register", 0), ["headcount", "headcount_not_known"]].tolist() == [9, 1]
    # either within five years: reports 1 and 3; 5, 6 and 7 can't be said
    assert by.loc[("either", 5), ["reports", "reports_unknown", "roles"]].tolist() == [2, 3, 2]


def test_every_report_is_new_or_old_or_unknown_under_every_definition() -> None:
    for rule in ("declared", "register", "either"):
        for years in (None, 0, 3, 10):
            new = counts_as_new(known(), REGISTER, rule, years)
            assert (new.eq(True).sum() + new.eq(False).sum() + new.isna().sum()) == len(new) == 7


def test_headcount_may_be_absent() -> None:
    table = reports().drop(columns="headcount")
    found = compare_definitions(table, match_titles(table["title"], register=REGISTER), REGISTER, within_years=[None])
    assert found["headcount_not_known"].tolist() == found["reports"].tolist()


def test_suggestions_give_no_role() -> None:
    assert known()["role"].isna().tolist() == [False, False, False, False, True, True, False]


def test_matches_of_other_reports_are_refused() -> None:
    table = reports()
    with pytest.raises(InputError, match="row for row"):
        with_roles(table, match_titles(table["title"].iloc[::-1], register=REGISTER))


@pytest.mark.parametrize(
    ("change", "arguments", "says"),
    [
        ({}, {"rule": "declard"}, "Did you mean 'declared'"),
        ({"counted_as_new": "perhaps"}, {}, "Report number 1: counted_as_new is 'perhaps'"),
        ({"introduced": "2024"}, {"within_years": 5}, "Report number 1: introduced 2024, which is after"),
        ({"introduced": "spring"}, {"within_years": 5}, "'spring'"),
        ({}, {"within_years": -1}, "within_years is -1"),
        ({"reported_on": "30.6.2023"}, {"within_years": 5}, "reported_on can't be read"),
        ({}, {"within_years": 5, "on": "soon"}, "'soon'"),
        ({"role": "nurse_asociate"}, {"rule": "register"}, "no role 'nurse_asociate'"),
    ],
)
def test_what_cannot_be_told_is_refused(change: dict[str, str], arguments: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        counts_as_new(known().assign(**change), REGISTER, **arguments)  # type: ignore[arg-type]


def test_a_missing_column_is_named_with_the_way_to_get_it() -> None:
    with pytest.raises(InputError, match="with_roles"):
        counts_as_new(reports(), REGISTER, "register")
    with pytest.raises(InputError, match="'introduced'"):
        counts_as_new(known().drop(columns="introduced"), REGISTER, within_years=5)


def test_incidence_by_hand() -> None:
    by_trust = role_incidence(known())
    assert by_trust.index.tolist() == ["A", "B", "C", "D"]
    assert by_trust.loc["C"].tolist() == [0] * 5
    assert by_trust.loc["B", "nursing_associate"] == 1
    assert by_trust.to_numpy().sum() == 5
    by_source = role_incidence(known(), by="source")
    assert by_source.index.tolist() == ["advert", "esr", "plan"]
    assert by_source["nursing_associate"].tolist() == [0, 1, 0]


def test_incidence_counts_a_role_named_twice_by_one_source_once_and_keeps_roles_nobody_named() -> None:
    table = pd.DataFrame({"trust": ["A", "A", "B", None], "role": ["peer_support_worker"] * 4})
    found = role_incidence(table, roles=["peer_support_worker", "physician_associate"])
    assert found.to_numpy().tolist() == [[1, 0], [1, 0]]


def test_incidence_without_roles_says_how_to_add_them() -> None:
    with pytest.raises(InputError, match="with_roles"):
        role_incidence(reports())


def test_a_title_that_was_decided_to_be_no_role_counts_as_none():
    reports = pd.DataFrame({"report": ["r1", "r2"], "title": ["Ward Buddy", "Music Host"]})
    decisions = pd.DataFrame(
        {"title": ["Ward Buddy"], "role": [None], "valid_from": [None], "valid_to": [None], "decided_by": ["coder_1"],
         "decided_on": ["2023-06-01"], "reason": ["A rota duty"]}
    )  # fmt: skip
    matches = match_titles(reports["title"], decisions, register=REGISTER)
    found = role_or_title(with_roles(reports, matches), matches)["role"]
    assert found.isna().tolist() == [True, False]  # decided out; merely unmatched


def test_a_role_that_a_plan_names_before_it_comes_in_is_recent() -> None:
    planned = pd.DataFrame(
        {
            "counted_as_new": ["yes", "yes"],
            "introduced": ["2026", "2024-01"],
            "reported_on": ["2023-05-01", "2023-05-01"],
            "source": ["advert", "workforce_plan"],
        }
    )
    assert counts_as_new(planned, within_years=5).tolist() == [True, True]
    with pytest.raises(InputError, match="Report number 2: introduced 2024-01, which is after"):
        counts_as_new(planned.assign(source=["advert", "esr"]), within_years=5)


def test_new_old_and_undecided_reports_add_up_to_all() -> None:
    said = pd.DataFrame({"counted_as_new": ["yes", "no", "unsure", "yes", None]})
    assert reports_by_newness(said).values.tolist() == [["yes", 2], ["no", 1], ["not known", 2]]
    assert reports_by_newness(said.head(0))["reports"].tolist() == [0, 0, 0]

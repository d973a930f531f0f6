"""Titles to roles: what is stripped, what matches, what only suggests, and what a decision settles."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newroles.errors import InputError
from newroles.roles import (
    accepted_roles,
    aliases,
    coverage,
    decisions_to_make,
    load_register,
    match_titles,
    normalise_title,
    title_parts,
    titles_to_list,
    unmatched,
)

REGISTER = load_register()
DECISION_COLUMNS = ["title", "role", "valid_from", "valid_to", "decided_by", "decided_on", "reason"]


def decisions(*rows: tuple[str, str | None, str | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame([(*row, "coder_1", "2023-09-01", "asked the trust") for row in rows], columns=DECISION_COLUMNS)


def one(title: object, table: pd.DataFrame | None = None, on: object = None) -> pd.Series:
    return match_titles([title], table, on=on, register=REGISTER).iloc[0]


# Spelling


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("  PEER   Support-Workers ", "peer support worker"),
        ("Children’s Well-Being Practitioner", "children wellbeing practitioner"),
        ("Childrens well being practitioners", "children wellbeing practitioner"),
        ("Mental Health & Wellbeing Practitioner", "mental health and wellbeing practitioner"),
        ("MH and Wellbeing Practitioner", "mental health and wellbeing practitioner"),
        ("TNAs", "tna"),
        ("PAs", "pa"),
        ("AC/RC", "ac rc"),
        ("Health Care Assistant", "healthcare assistant"),
        ("Care Co-ordinator", "care coordinator"),
        ("Nurse B5", "nurse band 5"),
        ("Nurse (AfC Band 8 A)", "nurse band 8a"),
        ("Business analyst", "business analyst"),
        ("", ""),
    ],
)
def test_spellings_of_one_title_become_one(text: str, spelt: str) -> None:
    assert normalise_title(text) == spelt


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_any_text_can_be_spelt_and_taken_apart(text: str) -> None:
    assert normalise_title(text) == " ".join(normalise_title(text).split())
    assert len(title_parts([text])) == 1
    assert len(match_titles([text], register=REGISTER)) == 1


WORDS = [
    "Nurses",
    "well-beings",
    "Band 5",
    "B7",
    "8a",
    "PAs",
    "co-ordinators",
    "MH",
    "(Ward's)",
    "&",
    "Snr",
    "non-medical",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_spelling_twice_is_spelling_once(text: str) -> None:
    assert normalise_title(normalise_title(text)) == normalise_title(text)


def test_what_is_stripped_is_recorded() -> None:
    parts = title_parts(
        [
            "Senior Peer Support Workers (CMHT North), Band 4",
            "Trainee Nursing Associate - Ward 3 - 0.8 WTE",
            "Nursing Associate in training",
            "Nursing Associate (student)",
            "Advanced Practitioner 8a f/t",
            "MHWP Band 5/6",
            None,
        ]
    )
    assert parts["core"].tolist() == [
        "peer support worker",
        "nursing associate",
        "nursing associate",
        "nursing associate",
        "advanced practitioner",
        "mhwp",
        "",
    ]
    assert parts["band"].tolist() == ["4", "", "", "", "8a", "5/6", ""]
    assert parts["grade"].tolist() == ["senior", "", "", "", "", "", ""]
    assert parts["trainee"].tolist() == [False, True, True, True, False, False, False]
    assert parts["place"].tolist() == ["cmht north", "ward 3", "", "student", "", "", ""]
    assert parts["contract"].tolist() == ["", "0.8 wte", "", "", "f/t", "", ""]


# Exact


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("EMHP", "education_mental_health_practitioner"),
        ("Educational Mental Health Practitioners", "education_mental_health_practitioner"),
        ("Band 5 MHWP - North CMHT", "mental_health_wellbeing_practitioner"),
        ("mental health & well-being practitioner (b5)", "mental_health_wellbeing_practitioner"),
        ("Support, Time & Recovery Worker - Ward 3", "support_time_recovery_worker"),
        ("Multi-Professional Approved/Responsible Clinician", "approved_responsible_clinician"),
        ("Non-medical Approved Clinician (nurse led ward)", "approved_responsible_clinician"),
        ("tACP", "advanced_practitioner"),
        ("CAP (Clinical Associate in Psychology)", "clinical_associate_in_psychology"),
        ("Clinical Associate in Psychology (CAP)", "clinical_associate_in_psychology"),
        ("Lead Peer Worker", "peer_support_worker"),
        ("Peer Support Lead", "peer_support_lead"),
        ("Student nurse", "registered_nurse"),
        ("Trainee Psychiatrist", "trainee_psychiatrist"),
    ],
)
def test_names_match_whatever_surrounds_them(title: str, role: str) -> None:
    found = one(title)
    assert (found["role"], found["how"], found["score"], found["accepted"]) == (role, "exact", 100.0, True)
    assert found["name"] == REGISTER.name(role)


def test_every_unambiguous_alias_of_the_register_matches_its_role() -> None:
    table = aliases(REGISTER)
    plain = table[~table["ambiguous"]].drop_duplicates("written")
    matches = match_titles(plain["written"].tolist(), register=REGISTER)
    assert matches["role"].tolist() == plain["role"].tolist()
    assert matches["how"].eq("exact").all()


def test_every_ambiguous_alias_waits_for_a_decision() -> None:
    table = aliases(REGISTER)
    matches = match_titles(table.loc[table["ambiguous"], "written"].tolist(), register=REGISTER)
    assert matches["how"].eq("suggestion").all()
    assert not matches["accepted"].any()
    assert matches["note"].str.contains("needs a decision").all()
    assert accepted_roles(matches).isna().all()


def test_trainees_are_matched_and_flagged() -> None:
    matches = match_titles(["TNA", "Trainee EMHP", "EMHP (trainee)", "EMHP"], register=REGISTER)
    assert matches["trainee"].tolist() == [True, True, True, False]
    assert matches["accepted"].all()


def test_a_title_that_names_two_roles_is_left_to_a_decision() -> None:
    found = one("Nursing Associate / Assistant Practitioner")
    assert (found["how"], found["accepted"], found["score"]) == ("suggestion", False, 50.0)
    assert "names more than one role: nursing_associate, assistant_practitioner" in found["note"]


def test_rows_keep_order_duplicates_and_index() -> None:
    titles = pd.Series(["EMHP", None, "EMHP", "gardener"], index=[7, 3, 9, 1])
    matches = match_titles(titles, register=REGISTER)
    assert matches.index.tolist() == [7, 3, 9, 1]
    assert matches["how"].tolist() == ["exact", "none", "exact", "none"]
    assert matches["title"].isna().tolist() == [False, True, False, False]
    assert matches["score"].isna().tolist() == [False, True, False, True]


def test_no_titles_give_no_rows_with_the_same_columns() -> None:
    empty = match_titles([], register=REGISTER)
    assert len(empty) == 0
    assert list(empty.columns) == list(match_titles(["EMHP"], register=REGISTER).columns)


# Dates


def test_a_name_counts_only_while_it_was_in_use() -> None:
    matches = match_titles(
        ["Physician Assistant"] * 3, on=["2010-05-01", "2020-05-01", "2025-08-01"], register=REGISTER
    )
    assert matches["how"].tolist() == ["exact", "suggestion", "exact"]
    assert matches["role"].eq("physician_associate").all()
    assert "wasn't in use for this role on 2020-05-01" in matches.loc[1, "note"]


def test_without_a_date_any_period_counts_and_a_blank_date_is_no_date() -> None:
    assert one("Physician Assistant")["how"] == "exact"
    assert one("Physician Assistant", on=[None])["how"] == "exact"


@pytest.mark.parametrize("on", [["2020-01-01", "2021-01-01"], "31/12/2020", ["soon"]])
def test_dates_that_do_not_fit_are_refused(on: object) -> None:
    with pytest.raises(InputError):
        match_titles(["EMHP"], on=on, register=REGISTER)


def test_a_single_text_is_refused_with_the_remedy() -> None:
    with pytest.raises(InputError, match=r"Write \['EMHP'\]"):
        match_titles("EMHP", register=REGISTER)


# Suggestions never count


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Nursing Asociate", "nursing_associate"),
        ("phsyician associate", "physician_associate"),
        ("CAMHS Nursing Associate", "nursing_associate"),
        ("Team North - Nursing Associate", "nursing_associate"),
        ("Peer Suport Wrker", "peer_support_worker"),
    ],
)
def test_resemblance_suggests_and_is_not_accepted(title: str, role: str) -> None:
    found = one(title)
    assert (found["role"], found["how"], found["accepted"]) == (role, "suggestion", False)
    assert 75 <= found["score"] < 100


def test_suggestions_never_count() -> None:
    titles = [
        "Nursing Asociate",
        "PA",
        "AP",
        "Physician Assistant",
        "Nursing Associate/Physician Associate",
        "gardener",
    ]
    matches = match_titles(titles, on="2020-01-01", register=REGISTER)
    assert matches["role"].notna().sum() == 5
    assert accepted_roles(matches).isna().all()
    assert coverage(matches).set_index("how").loc[["exact", "decision"], "reports"].sum() == 0


def test_the_least_resemblance_can_be_raised() -> None:
    assert match_titles(["Nursing Asociate"], register=REGISTER, suggest_from=99)["how"].tolist() == ["none"]


# Decisions


def test_a_decision_beats_a_name_and_settles_the_ambiguous() -> None:
    table = decisions(
        ("PA", "physician_associate", None, None), ("Recovery Worker", "support_time_recovery_worker", None, None)
    )
    matches = match_titles(["PA", "PAs (Band 7)", "recovery worker"], table, register=REGISTER)
    assert matches["role"].tolist() == ["physician_associate", "physician_associate", "support_time_recovery_worker"]
    assert matches["how"].eq("decision").all()
    assert matches["accepted"].all()
    assert matches["score"].eq(100).all()


def test_a_decision_about_a_longer_title_holds_for_that_title_only() -> None:
    table = decisions(("PA (admin)", None, None, None), ("PA", "physician_associate", None, None))
    matches = match_titles(["PA (Admin)", "PA", "PA (ward 3)"], table, register=REGISTER)
    assert accepted_roles(matches).fillna("").tolist() == ["", "physician_associate", "physician_associate"]
    assert matches["how"].eq("decision").all()


def test_not_a_role_is_a_decision_too() -> None:
    found = one("Gardener", decisions(("gardener", None, None, None)))
    assert (found["how"], found["accepted"]) == ("decision", True)
    assert pd.isna(found["role"])
    assert pd.isna(found["name"])


def test_a_decision_holds_from_its_first_to_its_last_day() -> None:
    table = decisions(("LX", "peer_support_worker", "2021-04-01", "2022"), ("LX", "peer_support_lead", "2023", None))
    days = ["2021-03-31", "2021-04-01", "2022-12-31", "2023-01-01"]
    matches = match_titles(["LX"] * 4, table, on=days, register=REGISTER)
    assert accepted_roles(matches).fillna("").tolist() == [
        "",
        "peer_support_worker",
        "peer_support_worker",
        "peer_support_lead",
    ]


def test_decisions_for_different_dates_need_the_date_of_the_title() -> None:
    table = decisions(("LX", "peer_support_worker", None, "2022"), ("LX", "peer_support_lead", "2023", None))
    found = one("LX", table)
    assert (found["how"], found["accepted"], found["score"]) == ("suggestion", False, 50.0)
    assert "give the date" in found["note"]


def test_a_decision_about_part_of_a_title_gives_way_when_the_rest_names_another_role() -> None:
    found = one("PA - Nursing Associate", decisions(("PA", "physician_associate", None, None)))
    assert (found["how"], found["accepted"]) == ("suggestion", False)


def test_contradicting_decisions_are_refused_with_both_rows() -> None:
    table = decisions(
        ("LX worker", "peer_support_worker", "2021", "2022"),
        ("EMHP", "education_mental_health_practitioner", None, None),
        ("LX Workers", "peer_support_lead", "2022-12-31", None),
    )
    with pytest.raises(InputError, match="rows 2 and 4.*peer_support_worker.*peer_support_lead"):
        one("LX", table)
    with pytest.raises(InputError, match="rows 2 and 3.*no role of the register"):
        one("LX", decisions(("LX", "peer_support_worker", None, None), ("LX", None, None, None)))


def test_the_same_decision_twice_is_no_contradiction() -> None:
    table = decisions(("LX", "peer_support_worker", None, None), ("lx", "peer_support_worker", "2022", None))
    assert one("LX", table)["how"] == "decision"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("", "peer_support_worker", None, None), "row 2: the title is blank"),
        (("LX", "peer_suport_worker", None, None), "row 2.*Did you mean 'peer_support_worker'"),
        (("LX", "peer_support_worker", "01/04/2021", None), "row 2: '01/04/2021'"),
        (("LX", "peer_support_worker", "2022", "2021"), "row 2: valid_to"),
    ],
)
def test_decisions_that_cannot_be_followed_are_refused_by_row(
    row: tuple[str, str, str | None, str | None], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        one("LX", decisions(row))


def test_decisions_without_a_role_column_are_refused() -> None:
    with pytest.raises(InputError, match="no column 'role'"):
        one("LX", pd.DataFrame({"title": ["LX"]}))


# What is left


def test_unmatched_titles_are_counted_over_their_spellings_with_the_nearest_roles() -> None:
    titles = ["Nursing Asociate", "NURSING ASOCIATES (Band 4)", "PA", "EMHP", None, "zzz"]
    left = unmatched(match_titles(titles, register=REGISTER), REGISTER)
    assert left["title"].tolist() == ["Nursing Asociate", "PA", "zzz"]
    assert left["count"].tolist() == [2, 1, 1]
    assert left["nearest_1"].fillna("").tolist() == ["nursing_associate", "physician_associate", ""]
    assert left.loc[0, "score_1"] > left.loc[0, "score_2"] >= left.loc[0, "score_3"] >= 40


def test_filling_in_the_decisions_settles_every_title() -> None:
    titles = ["Nursing Asociate (Band 4)", "PA", "Cookery Host - North", "AP", "Nursing Associate/Physician Associate"]
    matches = match_titles(titles, register=REGISTER)
    todo = decisions_to_make(matches)
    assert list(todo.columns) == DECISION_COLUMNS
    assert todo["role"].eq("").all()
    assert todo.loc[todo["title"] == "nursing asociate", "reason"].iloc[0].startswith("suggested: nursing_associate")
    again = match_titles(titles, todo.assign(role="nursing_associate"), register=REGISTER)
    assert again["how"].eq("decision").all()
    assert len(decisions_to_make(again)) == 0


def test_coverage_by_hand() -> None:
    titles = ["EMHP", "emhp", "PA", "Nursing Asociate", None, "gardener"]
    table = decisions(("PA", "physician_associate", None, None))
    matches = match_titles(titles, table, register=REGISTER)
    found = coverage(matches, pd.Series([10, 4, 6, None, 0, 20])).set_index("how")
    assert found["titles"].tolist() == [1, 1, 1, 1]
    assert found["titles_share"].tolist() == [0.25] * 4
    assert found["reports"].tolist() == [2, 1, 1, 2]
    assert found["reports_share"].tolist() == pytest.approx([2 / 6, 1 / 6, 1 / 6, 2 / 6])
    assert found["weight"].tolist() == [14, 6, 0, 20]
    assert found["weight_share"].tolist() == pytest.approx([0.35, 0.15, 0, 0.5])
    assert found["weight_not_known"].tolist() == [0, 0, 1, 0]


def test_coverage_refuses_weights_that_do_not_fit() -> None:
    matches = match_titles(["EMHP"], register=REGISTER)
    with pytest.raises(InputError, match="2 weights for 1"):
        coverage(matches, pd.Series([1, 2]))
    with pytest.raises(InputError, match="negative"):
        coverage(matches, pd.Series([-1]))


def test_coverage_of_nothing_is_blank_not_zero() -> None:
    assert coverage(match_titles([], register=REGISTER))["reports_share"].isna().all()


def test_titles_are_listed_by_name_only_where_enough_trusts_used_them() -> None:
    # by hand: three trusts say Music Host (one in other letters), one trust says Pat's Helper four times
    titles = pd.Series(
        ["Music Host", "music host", "Music Host (Band 4)", *["Pat's Helper"] * 4, "Choir Guide", "Choir Guide"]
    )
    trusts = pd.Series(["A", "B", "C", *["A"] * 4, "A", "B"])
    matches = match_titles(titles)
    listed = titles_to_list(matches, trusts, at_least=3)
    assert listed[["title", "count"]].values.tolist() == [["Music Host", 3], ["2 other titles", 6]]
    assert listed["nearest"].isna().iloc[-1]
    both = titles_to_list(matches, trusts, at_least=2)
    assert both["title"].tolist() == ["Choir Guide", "Music Host", "1 other title"]  # not by their counts
    everything = titles_to_list(matches, trusts, at_least=0)
    assert everything["title"].tolist() == ["Pat's Helper", "Music Host", "Choir Guide"]
    assert titles_to_list(matches, trusts, most=1)["title"].tolist() == ["Pat's Helper"]
    assert titles_to_list(matches, trusts, most=1, at_least=2)["title"].tolist() == ["Music Host", "2 other titles"]


def test_no_open_title_leaves_nothing_to_list() -> None:
    assert titles_to_list(match_titles(["EMHP"]), pd.Series(["A"]), at_least=5).empty
    with pytest.raises(InputError, match="2 trusts for 1 matches"):
        titles_to_list(match_titles(["EMHP"]), pd.Series(["A", "B"]))

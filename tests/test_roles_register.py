"""The register: what its file promises, and what a register must not be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from newroles.datasets.codebooks import load_codebook
from newroles.errors import InputError
from newroles.roles import Register, aliases, load_register
from newroles.roles.register import earliest_and_latest

CASE_ROLES = [
    "advanced_practitioner",
    "clinical_associate_in_psychology",
    "education_mental_health_practitioner",
    "mental_health_wellbeing_practitioner",
    "approved_responsible_clinician",
    "nursing_associate",
    "peer_support_worker",
    "physician_associate",
]
FAMILIES = {
    "nursing",
    "psychological",
    "medical",
    "lived_experience",
    "advanced_and_extended",
    "support_and_wellbeing",
    "pharmacy_allied_and_social",
}


@pytest.fixture(scope="module")
def register() -> Register:
    return load_register()


def roles_of(folder: Path, text: str) -> Register:
    path = folder / "roles.yml"
    path.write_text("{id: roles, title: Roles, version: '1', codes: [" + text + "]}")
    return load_register(path)


# The project's register


def test_the_eight_case_roles_come_first_and_are_new(register: Register) -> None:
    assert register.ids[:8] == CASE_ROLES
    cases = register.roles.set_index("id")["case_study"]
    assert list(cases[cases.astype(bool)].index) == CASE_ROLES
    assert register.is_new()[CASE_ROLES].all()


def test_the_four_roles_of_the_earlier_wave_are_known_and_not_counted_as_new(register: Register) -> None:
    # Dickinson et al. 2008, doi 10.1108/17556228200800002
    wave = register.roles.loc[register.roles["new"] == "earlier_wave", "id"]
    assert set(wave) == {
        "support_time_recovery_worker",
        "gateway_worker",
        "carer_support_worker",
        "community_development_worker",
    }
    assert not register.is_new()[list(wave)].any()


def test_every_role_says_where_it_comes_from_and_nothing_is_from_memory(register: Register) -> None:
    for role in register.roles.to_dict("records"):
        assert role["confidence"] in {"A", "B", "C"}, role["id"]
        assert role["sources"], role["id"]
        assert all(re.match(r"https?://\S+$", source) for source in role["sources"]), role["id"]
        assert role["confidence"] != "C" or isinstance(role["note"], str), f"{role['id']}: rated C without its reason"
        assert role["family"] in FAMILIES, role["id"]
        assert isinstance(role["definition"], str), role["id"]


def test_borders_and_supervisors_are_roles_of_the_register_or_plain_words(register: Register) -> None:
    known = set(register.ids)
    for role in register.roles.to_dict("records"):
        assert set(role["borders_on"]) <= known - {role["id"]}, role["id"]
        assert (
            role["supervised_by"] is None
            or isinstance(role["supervised_by"], float)
            or (role["supervised_by"] in known or " " in role["supervised_by"])
        )


def test_what_is_said_to_be_ambiguous_is_an_alias_of_that_role(register: Register) -> None:
    table = aliases(register)
    for role in register.roles.to_dict("records"):
        own = table[table["role"] == role["id"]]
        flagged = own[own["also"] != ""]
        assert len(flagged["alias"].unique()) == len(role["ambiguous"]), role["id"]


def test_no_full_name_means_two_roles(register: Register) -> None:
    table = aliases(register)
    names = table[table["kind"].isin(["name", "former_name"]) & table["also"].eq("")]
    assert not names["ambiguous"].any()


def test_the_version_is_the_codebooks_and_its_last_change(register: Register) -> None:
    book = load_codebook("roles")
    assert register.version == book.version == str(book.changes.iloc[-1]["version"])


@pytest.mark.parametrize("short", ["PA", "AP", "AC", "RC", "NA", "CAP", "AC/RC", "MHP"])
def test_abbreviations_with_several_meanings_are_flagged(register: Register, short: str) -> None:
    table = aliases(register)
    found = table[table["alias"] == short.lower().replace("/", " ")]
    assert len(found) > 0
    assert found["ambiguous"].all()


# Names by period


def test_physician_assistant_is_a_name_before_2014_and_since_the_review(register: Register) -> None:
    for day, in_use in {
        "2010-06-30": True,
        "2014-12-31": True,
        "2015-01-01": False,
        "2025-07-15": False,
        "2025-07-16": True,
    }.items():
        assert ("physician assistant" in set(aliases(register, on=day)["alias"])) == in_use, day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2014", "2014-01-01", "2014-12-31"),
        ("2016-02", "2016-02-01", "2016-02-29"),
        ("2014-06-30", "2014-06-30", "2014-06-30"),
        (pd.Timestamp("2014-06-30"), "2014-06-30", "2014-06-30"),
        (2014, "2014-01-01", "2014-12-31"),
        (2014.0, "2014-01-01", "2014-12-31"),
    ],
)
def test_a_date_spans_all_the_days_it_can_mean(text: Any, first: str, last: str) -> None:
    assert [str(day.date()) for day in earliest_and_latest(text)] == [first, last]


@pytest.mark.parametrize("text", ["30/06/2014", "2014-13", "June 2014", "14", "2014-6-3", 45291])
def test_dates_in_another_order_are_refused(text: object) -> None:
    with pytest.raises(InputError, match="Write a year"):
        earliest_and_latest(text)


@pytest.mark.parametrize("blank", [None, "", "  ", float("nan"), pd.NaT])
def test_a_blank_date_stays_blank(blank: object) -> None:
    assert all(pd.isna(day) for day in earliest_and_latest(blank))


# Small registers that break the rules


def test_one_abbreviation_of_two_roles_is_ambiguous_only_while_both_use_it(tmp_path: Path) -> None:
    register = roles_of(
        tmp_path,
        "{id: a, name: Alpha, family: f, new: true, names: [{name: Alpha}, {name: Shared, to: '2010'}]},"
        "{id: b, name: Beta, family: f, new: false, names: [{name: Beta}, {name: Shared, from: '2011'}], abbreviations: [AL]},"
        "{id: c, name: Gamma, family: f, new: false, names: [{name: Gamma}], abbreviations: [AL]}",
    )
    table = aliases(register).set_index(["alias", "role"])["ambiguous"]
    assert not table["shared"].any()
    assert table["al"].all()


def test_an_unknown_role_is_refused_with_the_nearest(register: Register) -> None:
    with pytest.raises(InputError, match="Did you mean 'nursing_associate'"):
        register.name("nursing_asociate")


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("{id: a, name: A, family: f, new: maybe, names: [{name: A}]}", "`new` is 'maybe'"),
        ("{id: a, name: A, family: f, new: 1, names: [{name: A}]}", "`new` is '1'"),
        ("{id: a, name: A, family: f, new: true, names: []}", "role 'a' has no names"),
        ("{id: a, name: A, family: f, new: true, names: [Plain]}", "not 'Plain'"),
        ("{id: a, name: A, family: f, new: true, names: [{name: A, form: '2014'}]}", "Did you mean 'from'"),
        ("{id: a, name: A, family: f, new: true, names: [{name: A, from: '1/2/2014'}]}", "name 'A': '1/2/2014'"),
        ("{id: a, name: A, family: f, new: true, names: [{name: A, from: '2015', to: '2014'}]}", "which is before"),
        ("{id: a, name: A, family: , new: true, names: [{name: A}]}", "no family"),
        ("{id: a, name: A}", "no role has `family`"),
    ],
)
def test_a_broken_register_is_refused_by_role(tmp_path: Path, role: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        roles_of(tmp_path, role)


def test_the_register_and_the_published_facts_agree_on_pay_bands():
    from newroles.datasets import load_published

    register = load_register().roles.set_index("id")
    published = load_published("case_study_roles").set_index("role")
    for ours, theirs in (("band_trainee", "band_in_training"), ("band", "band_qualified")):
        both = register.loc[published.index, ours].astype("str").fillna("").replace("None", "")
        assert both.tolist() == published[theirs].astype("str").fillna("").replace("nan", "").tolist()


def test_every_role_that_a_table_counts_is_in_the_register():
    from newroles.datasets import load_open, load_published

    ids = set(load_register().ids)
    published = ("case_study_roles", "role_aliases", "role_facts", "role_figures", "precedent_roles", "boundary_pairs")
    for name in published:
        assert set(load_published(name)["role"]) <= ids, name
    for name in ("job_adverts", "official_role_names"):
        assert set(load_open(name)["role"]) <= ids, name

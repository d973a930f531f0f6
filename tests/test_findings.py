"""Named numbers travel from chapter to prose without being typed."""

import numpy as np
import pytest

from newroles.disclosure import PROFILES
from newroles.errors import InputError
from newroles.findings import Findings, load_findings

ABOUT = {"unit": "trusts", "method": "count", "evidence_kind": "published", "table": "phase1_participation"}


def test_prose_shows_a_number_rounded_once():
    findings = Findings("phase1_new_roles")
    share = findings.record(
        "share", "{value} ({interval})", value=0.6078, low=0.47, high=0.7349, **{**ABOUT, "unit": "share"}
    )
    assert share.statement == "61% (47 to 73%)"
    adverts = findings.record("adverts", "{value} adverts", value=14842, **{**ABOUT, "unit": "adverts"})
    assert adverts.text() == "14,842"
    assert findings.record("rate", "x", value=4.0425, decimals=2, **ABOUT).text() == "4.04"


def test_numpy_numbers_and_blanks_survive_the_file(tmp_path):
    findings = Findings("phase1_new_roles")
    findings.record("count", "{value} of {n}", value=np.int64(31), n=np.int64(51), **ABOUT)
    findings.record("blank", "{value}", value=np.nan, **ABOUT)
    findings.save(tmp_path)
    read = load_findings(tmp_path)
    assert read["count"].value == 31
    assert read["count"].statement == "31 of 51"
    assert read["blank"].value is None
    assert read["blank"].text() == "not known"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "Trusts took part"}, "lower-case"),
        ({"evidence_kind": "real"}, "Valid names"),
        ({"low": 40, "high": 50}, "does not hold"),
        ({"statement": "{share}"}, "asks for"),
        ({"value": True}, "a number"),
    ],
)
def test_a_careless_finding_is_refused(change, message):
    entry = {"id": "took-part", "statement": "{value}", "value": 31, **ABOUT, **change}
    with pytest.raises(InputError, match=message):
        Findings("phase1_new_roles").record(**entry)


def test_a_sentence_is_kept_as_it_was_written():
    name = "Team {value} & {finding}"
    assert Findings("phase3_acts").record("team", name, value=31, as_written=True, **ABOUT).statement == name


def test_an_id_belongs_to_one_number(tmp_path):
    for chapter in ("phase1_new_roles", "phase2_contexts"):
        findings = Findings(chapter)
        findings.record("took-part", "{value}", value=31, **ABOUT)
        with pytest.raises(InputError, match="twice"):
            findings.record("took-part", "{value}", value=32, **ABOUT)
        findings.save(tmp_path)
    with pytest.raises(InputError, match="phase1_new_roles and by phase2_contexts"):
        load_findings(tmp_path)


def test_an_unknown_name_is_helped():
    findings = Findings("phase1_new_roles")
    findings.record("took-part", "{value}", value=31, **ABOUT)
    with pytest.raises(InputError, match="Did you mean 'took-part'"):
        findings["took-prt"]
    with pytest.raises(InputError, match="Did you mean 'value'"):
        findings["took-part"].text("valu")


def recorded(profile: str, **about):
    entry = {**ABOUT, "evidence_kind": "study", **about}
    return Findings("phase2_contexts", PROFILES[profile]).record("found", "{value} of {n} trusts ({interval})", **entry)


def test_prose_hides_a_small_count_of_a_study_and_its_interval():
    assert recorded("threshold_10", value=9, n=31, low=7, high=14).statement == "fewer than 10 of 31 trusts (not shown)"
    assert recorded("threshold_10", value=10, n=31, low=8, high=14).statement == "10 of 31 trusts (8 to 14)"
    assert recorded("below_5", value=4, n=4).statement == "fewer than 5 of fewer than 5 trusts (not shown)"


def test_a_share_of_a_small_count_is_hidden_and_what_is_no_count_stays():
    share = recorded("threshold_10", value=9 / 31, n=31, low=0.2, high=0.4, unit="share")
    assert share.value == "the share of a small number"
    assert share.low is None
    assert recorded("threshold_10", value=20 / 31, n=31, unit="share").value == pytest.approx(20 / 31)
    assert recorded("threshold_10", value=3, n=31, unit="roles").value == 3
    published = recorded("threshold_10", value=3, n=31, evidence_kind="published")
    assert published.value == 3


def test_prose_rounds_as_the_rule_says():
    assert recorded("nhs", value=12, n=31, low=8, high=14).statement == "10 of 30 trusts (not shown)"
    assert recorded("nhs", value=0, n=31).value == 0
    assert recorded("nhs", value=12 / 31, n=31, unit="share").value == "a share of rounded counts"
    assert recorded("none", value=1, n=31, low=0, high=2).statement == "1 of 31 trusts (0 to 2)"


def test_words_in_place_of_a_hidden_count_leave_no_exact_number_beside_them():
    about = {**ABOUT, "evidence_kind": "study", "table": "reports", "unit": "reports"}
    findings = Findings("phase1_new_roles", PROFILES["nhs"])
    told = findings.record("matched", "{value} of {n} reports", value="an undisclosed number", n=487, rows=487, **about)
    assert (told.statement, told.n, told.rows) == ("an undisclosed number of 485 reports", 485, 485)
    none = findings.record("share", "{value} of {n}", value=None, n=4, rows=6, **{**about, "unit": "share"})
    assert (none.n, none.rows) == ("fewer than 8", None)
    roles = findings.record("roles", "{value}", value=None, n=4, **{**about, "unit": "roles"})
    assert roles.n == 4

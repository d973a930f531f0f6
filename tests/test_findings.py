"""Named numbers travel from chapter to prose without being typed."""

import numpy as np
import pytest

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

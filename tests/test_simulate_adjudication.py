"""How differences between coders were settled: by hand on a few rows, and by plain loops on a whole study.

Invented data throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from newroles.datasets.codings import ADJUDICATOR
from newroles.errors import InputError
from newroles.simulate import SimulatedStudy, StudySpec, study
from newroles.simulate.adjudication import draw_adjudications
from newroles.simulate.coding import CODERS, CodingSpec

REPORTS = pd.DataFrame({"report": ["R1", "R2"], "role": ["nursing_associate", "local_001"]})
TRUTH = {
    "segments": {"S1": ["BW-COLL-NEG", "BW-TONE-CON"], "S2": ["BW-NONE"], "S3": ["EFF-SU-ACC", "EFF-DIR-BETTER"]},
    "roles": {"nursing_associate": ["SMC-DEL"], "local_001": ["SMC-INN", "SMC-TRA"]},
}
LAST_DAY = pd.Timestamp(2024, 7, 26)


def codings(*rows: tuple[str, str, str, str, str, int]) -> pd.DataFrame:
    """Rows of codebook, unit, kind of unit, coder, code, round."""
    table = pd.DataFrame(list(rows), columns=["codebook", "unit", "unit_kind", "coder", "code", "round"])
    table["value"], table["coded_on"] = 1, LAST_DAY - pd.to_timedelta(range(len(table)), unit="D")
    return table[["codebook", "unit", "unit_kind", "coder", "code", "value", "coded_on", "round"]]


def settle(table: pd.DataFrame, slip: float = 0.0, truth: Mapping[str, Any] = TRUTH) -> tuple[dict[Any, int], Any]:
    """Decisions by unit and code, and the truth about them."""
    spec = CodingSpec(adjudication_slip=slip)
    rows, found = draw_adjudications(table, REPORTS, truth, spec, np.random.default_rng(1))
    assert list(rows.columns) == list(table.columns)
    assert set(rows["coder"]) <= {ADJUDICATOR}
    return dict(zip(zip(rows["unit"], rows["code"], strict=True), rows["value"], strict=True)), found


SEGMENT = codings(
    ("boundary_work", "S1", "segment", "coder_1", "BW-COLL-NEG", 1),
    ("boundary_work", "S1", "segment", "coder_1", "BW-TONE-CON", 1),
    ("boundary_work", "S1", "segment", "coder_2", "BW-COMP-DEF", 1),
    ("boundary_work", "S1", "segment", "coder_2", "BW-TONE-CON", 1),
)


def test_what_some_gave_and_others_did_not_is_decided_by_what_applies() -> None:
    decided, found = settle(SEGMENT)
    assert decided == {("S1", "BW-COLL-NEG"): 1, ("S1", "BW-COMP-DEF"): 0}  # on the tone they agree
    assert found == {"slip": 0.0, "decisions": 2, "wrong": 0}
    assert settle(SEGMENT, slip=1.0)[0] == {("S1", "BW-COLL-NEG"): 0, ("S1", "BW-COMP-DEF"): 1}


def test_none_applies_needs_no_decision_of_its_own_but_the_codes_of_the_others_do() -> None:
    table = codings(
        ("boundary_work", "S2", "segment", "coder_1", "BW-NONE", 2),
        ("boundary_work", "S2", "segment", "coder_2", "BW-BLU", 2),
        ("boundary_work", "S2", "segment", "coder_2", "BW-TONE-DEP", 2),
    )
    assert settle(table)[0] == {("S2", "BW-BLU"): 0, ("S2", "BW-TONE-DEP"): 0}


def test_only_the_last_round_counts_and_a_unit_of_one_coder_is_left_as_it_is() -> None:
    table = codings(
        ("skill_mix_change", "nursing_associate", "role", "coder_1", "SMC-DEL", 1),
        ("skill_mix_change", "nursing_associate", "role", "coder_2", "SMC-ENH", 1),
        ("skill_mix_change", "nursing_associate", "role", "coder_1", "SMC-DEL", 2),
        ("skill_mix_change", "nursing_associate", "role", "coder_2", "SMC-DEL", 2),
        ("skill_mix_change", "R1", "report", "coder_1", "SMC-INN", 1),
        ("effects", "S3", "segment", "coder_3", "EFF-SU-ACC", 1),
        ("effects", "S3", "segment", "coder_3", "EFF-DIR-BETTER", 2),
        ("effects", "S3", "segment", "coder_4", "EFF-DIR-WORSE", 1),
    )
    assert settle(table) == ({}, {"slip": 0.0, "decisions": 0, "wrong": 0})


def test_a_report_is_what_its_role_is() -> None:
    table = codings(
        ("skill_mix_change", "R2", "report", "coder_1", "SMC-TRA", 3),
        ("skill_mix_change", "R2", "report", "coder_2", "SMC-DEL", 3),
        ("skill_mix_change", "R2", "report", "coder_2", "SMC-INN", 3),
    )
    assert settle(table)[0] == {("R2", "SMC-TRA"): 1, ("R2", "SMC-DEL"): 0, ("R2", "SMC-INN"): 1}


def test_impossible_parameters_are_refused_by_name() -> None:
    with pytest.raises(InputError, match="adjudication_slip: 1.2 is impossible"):
        CodingSpec(adjudication_slip=1.2)
    with pytest.raises(InputError, match="adjudication_days: 0 is impossible"):
        CodingSpec(adjudication_days=0)


def small_study(slip: float) -> SimulatedStudy:
    sizes = {"case_teams": 4, "other_panel_teams": 6, "surveyed_teams_per_trust": 0, "waves": 2}
    spec = {
        "teams": sizes,
        "people": {"people_per_team": 4},
        "events": {"rows": 0},
        "coding": {"adjudication_slip": slip},
    }
    return study(StudySpec.from_values(spec), np.random.default_rng(11))


@pytest.fixture(scope="module")
def whole() -> SimulatedStudy:
    return small_study(0.1)


def test_every_difference_in_a_study_is_settled_once_at_the_rate_of_slips(whole: SimulatedStudy) -> None:
    given = whole.codings[whole.codings["coder"] != ADJUDICATOR]
    settled = whole.codings[whole.codings["coder"] == ADJUDICATOR]
    assert set(given["coder"]) == set(CODERS)
    role_of, codes_of = whole.truth["reports"], whole.truth["codings"]
    differ: dict[tuple[str, str, str, str], tuple[int, bool]] = {}
    for key, rows in given.groupby(["codebook", "unit_kind", "unit"]):
        book, kind, unit = map(str, key)
        last = rows[rows["round"] == rows["round"].max()]
        codes = {coder: set(mine["code"]) for coder, mine in last.groupby("coder")}
        true = codes_of["segments"][unit] if kind == "segment" else codes_of["roles"][role_of.get(unit, unit)]
        for code in set.union(*codes.values()) - set.intersection(*codes.values()):
            if not code.endswith("-NONE"):
                differ[book, kind, unit, code] = int(last["round"].iloc[0]), code in true
    keys = list(settled[["codebook", "unit_kind", "unit", "code"]].itertuples(index=False, name=None))
    assert len(keys) == len(set(keys)) == len(differ) > 500
    rounds = dict(zip(keys, settled["round"], strict=True))
    assert rounds == {key: number for key, (number, _) in differ.items()}
    wrong = sum(bool(value) is not differ[key][1] for key, value in zip(keys, settled["value"], strict=True))
    assert whole.truth["codings"]["adjudication"] == {"slip": 0.1, "decisions": len(keys), "wrong": wrong}
    low, high = binom.ppf([1e-4, 1 - 1e-4], len(keys), 0.1)
    assert low <= wrong <= high
    days = (settled["coded_on"] - given["coded_on"].max()).dt.days
    assert (days.min(), days.max()) == (1, 14)


def test_how_differences_are_settled_changes_nothing_else(whole: SimulatedStudy) -> None:
    other = small_study(1.0)
    assert other.tables == whole.tables
    for name in whole.tables:
        one, two = getattr(whole, name), getattr(other, name)
        if name == "codings":
            one, two = (table[table["coder"] != ADJUDICATOR] for table in (one, two))
        pd.testing.assert_frame_equal(one, two)
    settled = other.codings[other.codings["coder"] == ADJUDICATOR]
    assert other.truth["codings"]["adjudication"]["wrong"] == len(settled)

"""Necessary conditions: R's QCA row by row, and unions that can stand in for each other by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from newroles.boundary_work.necessity import necessity, superset_necessity
from newroles.boundary_work.set_fit import sufficiency_single
from newroles.errors import InputError
from qca_cases import CASES, lipset, qca_case


@pytest.mark.parametrize("name", CASES)
def test_every_single_condition_of_r(name: str, request: pytest.FixtureRequest) -> None:
    # R QCA 3.23, pof(relation = "necessity"), pof(relation = "sufficiency") for each condition and its negation
    case = qca_case(name, request)
    for found, table in (
        (necessity(case.data, case.outcome, case.conditions), "necessity"),
        (sufficiency_single(case.data, case.outcome), "sufficiency_single"),
    ):
        expected = case.table(table)
        assert found["condition"].tolist() == expected["condition"].tolist()
        np.testing.assert_allclose(found.iloc[:, 1:], expected.iloc[:, 1:], atol=1e-9)


def test_lipset_as_published() -> None:
    # R QCA 3.23, pof(LIT => SURV) on LF: inclN .991, RoN .509, covN .643
    found = necessity(lipset(), "SURV").set_index("condition")
    assert found.loc["LIT"].round(4).tolist() == [0.9906, 0.5094, 0.6428]
    # by hand for the negations: min(1 - x, 1 - y) = 1 - max(x, y)
    data, negated = lipset(), necessity(lipset(), "~SURV").set_index("condition")
    within = 18 - data[["DEV", "SURV"]].max(axis=1).sum()
    assert negated.loc["~DEV", "incl"] == pytest.approx(within / (18 - data["SURV"].sum()))


def test_what_is_a_share_of_nothing_is_blank() -> None:
    data = pd.DataFrame({"A": [1, 1, 1], "Y": [0, 0, 0]})
    found = necessity(data, "Y").set_index("condition")
    assert found["incl"].isna().all()  # no case has the outcome
    assert found.loc["A", ["ron", "cov"]].tolist() == [0, 0]
    assert np.isnan(found.loc["~A", "cov"])  # no case lacks A
    assert np.isnan(sufficiency_single(data, "Y").set_index("condition").loc["~A", "incl"])


def test_unions_against_each_tried_by_itself() -> None:
    data, names = lipset(), ["DEV", "URB", "LIT", "IND", "STB"]
    found = superset_necessity(data, "SURV", names, incl_cut=0.9, ron_cut=0.6)
    y, expected = data["SURV"], []
    literals = [(name, sign) for name in names for sign in ("", "~")]
    for size in (1, 2, 3):
        for parts in combinations(literals, size):
            text = " + ".join(sign + name for name, sign in parts)
            if len({name for name, _ in parts}) < size or any(
                set(e.split(" + ")) < set(text.split(" + ")) for e in expected
            ):
                continue
            union = pd.concat([1 - data[name] if sign else data[name] for name, sign in parts], axis=1).max(axis=1)
            both = np.minimum(union, y)
            if both.sum() / y.sum() >= 0.9 and (1 - union).sum() / (1 - both).sum() >= 0.6:
                expected.append(text)
    assert "STB" in expected
    assert found["expression"].tolist() == expected


def test_bad_input() -> None:
    data = pd.DataFrame({"team": ["a", "b"], "A": [0.1, 1.5], "Y": [0, 1]})
    with pytest.raises(InputError, match=r"Case 'b', column 'A'.*1.5"):
        necessity(data, "Y")
    with pytest.raises(InputError, match="ron_cut=2"):
        superset_necessity(data, "Y", ron_cut=2)

"""Extracts of each case by theme, and which rounds of coding can be compared: by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from newroles.coding import comparable_rounds, themes_by_case
from newroles.datasets import load_study

CODINGS = "codebook,unit,unit_kind,coder,code,value,coded_on,round\n"
SEGMENTS = "segment,team,document,method,start,end,actor_role,target_role,on\n"


@pytest.fixture
def coded(tiny_study: Path) -> Path:
    """Five extracts of two teams and one without a team; two coders, who differ on s4 alone.

    A1: s1 collaborative; s2 collaborative and competitive. A2: s3 collaborative, s4 open, s5 competitive. None: s6.
    """
    given = [
        *((unit, coder, "collaborative") for unit in ("s1", "s2", "s3", "s6") for coder in ("coder_1", "coder_2")),
        *((unit, coder, "competitive") for unit in ("s2", "s5") for coder in ("coder_1", "coder_2")),
        ("s4", "coder_1", "collaborative"),
        ("s4", "coder_2", "competitive"),
    ]
    rows = [f"own_forms,{unit},segment,{coder},{code},1,2023-06-01,1\n" for unit, coder, code in given]
    (tiny_study / "codings.csv").write_text(CODINGS + "".join(rows))
    team = {"s1": "A1", "s2": "A1", "s3": "A2", "s4": "A2", "s5": "A2", "s6": ""}
    lines = [
        f"{s},{of},interview_01,interview,{i * 9},{i * 9 + 5},,,2023-04-03\n" for i, (s, of) in enumerate(team.items())
    ]
    (tiny_study / "segments.csv").write_text(SEGMENTS + "".join(lines))
    return tiny_study


def test_extracts_of_each_team_by_theme(coded):
    table = themes_by_case(load_study(coded), "own_forms")
    assert list(table.columns) == ["team", "extracts", "Collaborative", "Competitive"]  # the commonest theme first
    # s2 has both themes and is one extract; s4 is open and counts nowhere; s6 has no team
    assert table.values.tolist() == [["A1", 2, 2, 1], ["A2", 2, 1, 1]]


def test_only_the_commonest_themes_are_columns_and_every_extract_still_counts(coded):
    table = themes_by_case(load_study(coded), "own_forms", most=1)
    assert table.values.tolist() == [["A1", 2, 2], ["A2", 2, 1]]


def test_what_was_settled_counts_as_settled(coded):
    with (coded / "codings.csv").open("a") as codings:
        codings.write("own_forms,s4,segment,adjudication,competitive,1,2023-06-03,1\n")
        codings.write("own_forms,s4,segment,adjudication,collaborative,0,2023-06-03,1\n")
    assert themes_by_case(load_study(coded), "own_forms").values.tolist() == [["A2", 3, 1, 2], ["A1", 2, 2, 1]]


def test_a_case_can_be_another_column(coded):
    assert themes_by_case(load_study(coded), "own_forms", by="document").values.tolist() == [["interview_01", 5, 4, 2]]


def test_a_study_without_such_extracts_has_no_rows(coded):
    assert themes_by_case(load_study(coded), "boundary_work").empty
    (coded / "segments.csv").unlink()
    (coded / "codings.csv").unlink()
    assert themes_by_case(load_study(coded), "own_forms").columns.tolist() == ["team", "extracts"]


def rounds_of(*rows: tuple[int, str, str, str]) -> list[int]:
    table = pd.DataFrame(rows, columns=["round", "unit", "coder", "code"])
    return comparable_rounds(table.assign(codebook="own_forms", unit_kind="role", value=1.0))


BOTH = [(1, "u1", "ann", "x"), (1, "u1", "bo", "x"), (1, "u2", "ann", "y"), (1, "u2", "bo", "y")]


@pytest.mark.parametrize(
    ("rows", "rounds"),
    [
        (BOTH, [1]),
        (BOTH[:2], []),  # one unit
        ([row for row in BOTH if row[2] == "ann"], []),  # one coder
        ([BOTH[0], BOTH[3]], []),  # two coders, no unit in common
        ([(*row[:3], "x") for row in BOTH], []),  # one set of codes: no agreement beyond chance
        ([*BOTH, (2, "u1", "ann", "x"), (2, "u1", "bo", "y")], [1]),  # a second round of one unit
        ([*BOTH, *((3, *row[1:]) for row in BOTH)], [1, 3]),
        ([*BOTH[::2], *((1, u, "adjudication", c) for u, c in (("u1", "x"), ("u2", "y")))], []),  # no coder
    ],
)
def test_rounds_in_which_two_coders_can_be_compared(rows, rounds):
    assert rounds_of(*rows) == rounds


def test_no_codings_no_rounds():
    assert rounds_of() == []

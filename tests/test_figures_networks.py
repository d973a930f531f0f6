"""The figures of who works with whom: nothing clipped or overlapping, every number where it belongs."""

import numpy as np
import pandas as pd
import pytest

from drawn_text import shown, unreadable
from newroles import figures
from newroles.datasets import load_open, load_published
from newroles.errors import InputError
from newroles.figures.networks import BROKERS
from newroles.figures.style import NARROW, WIDE, use_house_style
from newroles.networks.pairs import mixing_of_pairs

POSITIONS = (
    load_open("emergency_role_positions").query("area == 'emergency_department'").sort_values(["service", "role"])
)
PAIRS = (
    load_open("emergency_role_pairs").query("area == 'emergency_department'").rename(columns={"interactions": "weight"})
)
ROLES = POSITIONS.rename(columns={"service": "group", "interactions": "size"})
WARD = mixing_of_pairs(
    load_published("hospital_ward_contacts"),
    load_published("hospital_ward_people").set_index("group")["people"],
    "seconds",
)
GROUPS = ["new roles", "nursing", "medical", "psychological", "social work", "occupational therapy", "support"]
SQUARE = pd.DataFrame(
    [(a, b, float(np.exp(np.sin(3.1 * i + j)))) for i, a in enumerate(GROUPS) for j, b in enumerate(GROUPS)],
    columns=["group_a", "group_b", "ratio"],
)
HOLES = SQUARE.assign(
    ratio=SQUARE["ratio"].mask(SQUARE.index.isin([3, 5])), status=["hidden" if i == 5 else "" for i in SQUARE.index]
)
TWO = ["emergency_nurse", "triage_nurse"]
MANY = pd.DataFrame({"role": [f"r{i}" for i in range(40)], "group": [f"r{i}" for i in range(40)], "size": 1})
LONG = {
    "nursing": "Nursing of a name that goes on for long",
    "police": "Police officers of the whole of the metropolitan area",
}
PROFILE = pd.DataFrame(
    [(role, kind, 7 * i + 5 * j, 12.3) for i, role in enumerate(["peer_support_worker", "education_mental_health_practitioner"])
     for j, kind in enumerate(BROKERS)],
    columns=["role", "kind", "paths", "expected"],
)  # fmt: skip
CHANGES = pd.DataFrame(
    {
        "label": ["All teams", "T001"],
        "before": [0.6, np.nan],
        "after": [0.75, 0.5],
        "low": [0.03, np.nan],
        "high": [0.2, np.nan],
    }
)
DRAWN = {
    "network": lambda: figures.role_network(ROLES, PAIRS),
    "network, one role stands out": lambda: figures.role_network(ROLES, PAIRS, highlight="psychiatric_liaison_nurse"),
    "network, long names": lambda: figures.role_network(ROLES, PAIRS, names=LONG),
    "network, two roles": lambda: figures.role_network(ROLES[ROLES["role"].isin(TWO)], PAIRS[PAIRS["role_a"].isin(TWO) & PAIRS["role_b"].isin(TWO)]),
    "network without ties": lambda: figures.role_network(ROLES, PAIRS.iloc[:0]),
    "mixing": lambda: figures.mixing_heat_map(WARD),
    "mixing, square": lambda: figures.mixing_heat_map(SQUARE),
    "mixing, holes": lambda: figures.mixing_heat_map(HOLES, names=LONG),
    "brokerage": lambda: figures.brokerage_profile(PROFILE),
    "brokerage, not shown": lambda: figures.brokerage_profile(PROFILE.assign(paths=PROFILE["paths"].mask(PROFILE["kind"] == "liaison"))),
    "brokerage, thousands": lambda: figures.brokerage_profile(PROFILE.assign(paths=PROFILE["paths"] * 900, expected=10_000.0)),
    "change": lambda: figures.change_chart(CHANGES),
    "change, one row": lambda: figures.change_chart(CHANGES.head(1)),
    "change, not a share": lambda: figures.change_chart(CHANGES.assign(before=-0.5), share=False, axis="E-I index"),
}  # fmt: skip


def said(figure):
    return [text.get_text() for text in shown(figure)]


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["page", "phone"])
@pytest.mark.parametrize("name", DRAWN)
def test_everything_can_be_read(name, width):
    with use_house_style(width):
        assert unreadable(DRAWN[name]()) == []


def test_lines_are_as_thick_as_the_ties_are_many_and_groups_differ_by_shape():
    roles = pd.DataFrame({"role": list("abc"), "group": ["x", "x", "y"], "size": 1})
    pairs = pd.DataFrame({"role_a": ["a", "a"], "role_b": ["b", "c"], "weight": [1, 4]})
    ax = figures.role_network(roles, pairs).axes[0]
    drawn = {
        line.get_linestyle(): line
        for line in ax.lines
        if line.get_linewidth() > 0.9 and line.get_marker() in ("None", None, "")
    }
    assert drawn["-"].get_linewidth() > drawn["--"].get_linewidth()  # across the boundary, and of four ties against one
    marks = {line.get_marker() for line in ax.lines if line.get_linestyle() == "None"}
    assert len(marks) == 2


def test_a_ratio_stands_in_its_cell_whichever_way_round_the_pair_is():
    one = figures.mixing_heat_map(pd.DataFrame({"group_a": ["n", "d"], "group_b": ["d", "d"], "ratio": [0.5, 2.0]}))
    assert [text for text in said(one) if "." in text][:2] == ["0.5", "2.0"]
    other = figures.mixing_heat_map(WARD)
    assert f"{WARD['ratio'].iloc[0]:.1f}" in said(other)


def test_hidden_and_impossible_pairs_are_named_below():
    words = " ".join(said(figures.mixing_heat_map(HOLES)))
    assert "small number, not shown" in words
    assert "no such pair of people" in words
    assert "small number" not in " ".join(said(figures.mixing_heat_map(SQUARE)))


def test_a_change_is_written_with_its_sign_and_a_blank_is_not_known():
    words = said(figures.change_chart(CHANGES))
    assert "+15 (+3 to +20)" in words
    assert "not known" in words


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: figures.role_network(ROLES, PAIRS.assign(role_a="robot")), "'robot', which is not among"),
        (lambda: figures.role_network(ROLES, PAIRS, highlight="robot"), "'robot' to highlight"),
        (
            lambda: figures.role_network(
                MANY, MANY.rename(columns={"role": "role_a", "group": "role_b", "size": "weight"})
            ),
            "shape and colour",
        ),
        (lambda: figures.mixing_heat_map(pd.concat([SQUARE, SQUARE.head(1)])), "twice"),
        (lambda: figures.brokerage_profile(PROFILE.assign(kind="broker")), "'broker' is no kind"),
        (lambda: figures.brokerage_profile(pd.concat([PROFILE, PROFILE.head(1)])), "twice"),
        (lambda: figures.change_chart(CHANGES.assign(before=np.nan, after=np.nan)), "None of the rows"),
        (lambda: figures.change_chart(CHANGES.iloc[:0]), "without rows"),
    ],
)
def test_what_can_not_be_drawn_is_refused(draw, message):
    with pytest.raises(InputError, match=message):
        draw()

"""Under a small-number rule a network shows measures of the whole, or nothing."""

import pandas as pd
import pytest

from newroles.disclosure import NETWORK_NOTE, PROFILES, network_rule
from newroles.networks import build


def wave(people=40, silent=0, within=20, across=20):
    table = pd.DataFrame({"person": range(people), "role": ["nurse", "doctor"] * (people // 2)})
    table["responded"] = ["no"] * silent + ["yes"] * (people - silent)
    pairs = [(a, b) for a in range(people) for b in range(a + 1, people)]
    same = [pair for pair in pairs if (pair[1] - pair[0]) % 2 == 0][:within]
    other = [pair for pair in pairs if (pair[1] - pair[0]) % 2 == 1][:across]
    return build(table, pd.DataFrame([*same, *other], columns=["source", "target"]), directed=False)


@pytest.mark.parametrize(
    ("network", "whole"),
    [
        (wave(), True),
        (wave(silent=12), True),
        (wave(silent=1), False),
        (wave(within=9), False),
        (wave(across=9), False),
        (wave(people=8, within=6, across=6), False),
    ],
)
def test_the_whole_is_shown_only_where_nothing_in_it_is_small(network, whole):
    rule = network_rule(PROFILES["threshold_10"], wave(), network)
    assert rule.whole is whole
    assert not rule.parts


def test_what_may_not_be_shown_is_empty_and_said():
    table = pd.DataFrame({"role": ["nurse"], "ties": [3]})
    strict, open_ = network_rule(PROFILES["nhs"], wave(silent=1)), network_rule(PROFILES["none"], wave(silent=1))
    assert strict.table(table).empty
    assert strict.text("3 ties") == strict.text("3 ties", part=False) == NETWORK_NOTE
    assert strict.number(3) is None
    assert open_.table(table) is table
    assert (open_.text("3 ties"), open_.number(3)) == ("3 ties", 3)
    whole = network_rule(PROFILES["nhs"], wave())
    assert whole.table(table, part=False) is table
    assert whole.table(table).empty

"""A study's teams under its small-number rule, and sentences that are right whatever was found of them."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from newroles import contexts
from newroles.contexts import TeamContexts
from newroles.datasets import Study, load_codebook, load_study
from newroles.disclosure import PROFILES

NONE, NHS, TEN = PROFILES["none"], PROFILES["nhs"], PROFILES["threshold_10"]


@cache
def study() -> Study:
    return load_study("example_study")


def teams_of(changed: Study) -> TeamContexts:
    return contexts.team_contexts(changed, load_codebook("contexts"), load_codebook("effects"))


def with_values(indicator: str, value: float | None) -> Study:
    """The example with one indicator the same, or blank, in every team."""
    table = study().contexts
    table = table.assign(value=table["value"].mask(table["indicator"].eq(indicator), value))
    return replace(study(), _tables={**{name: getattr(study(), name) for name in study().tables}, "contexts": table})


@cache
def example() -> TeamContexts:
    return teams_of(study())


def of_trusts(count: int) -> TeamContexts:
    kept = example().teams["trust"].drop_duplicates().head(count)
    return replace(example(), teams=example().teams[example().teams["trust"].isin(kept)].reset_index(drop=True))


@pytest.mark.parametrize("value", [None, 3.0])
def test_an_indicator_that_is_blank_or_the_same_everywhere_is_left_out_and_named(value):
    found = teams_of(with_values("team_climate", value))
    assert found.says_nothing == ("team_climate",)
    assert "team_climate" not in found.indicators.columns
    assert found.scales["indicators"].sum() == example().scales["indicators"].sum() - 1
    fitted = contexts.effects_by_method(found, np.random.default_rng(1), m=2, draws=99)
    assert fitted["estimate"].notna().all()
    said = contexts.coverage_in_words(found, study().trusts, NONE)
    assert said.endswith("Left out, blank or the same in every team: team climate.")


def test_a_study_whose_indicators_all_stay_the_same_says_so():
    table = study().contexts.assign(value=1.0)
    same = replace(study(), _tables={**{name: getattr(study(), name) for name in study().tables}, "contexts": table})
    assert teams_of(same).absent == "No indicator of the study's contexts differs between teams."


def test_teams_of_few_trusts_are_not_analysed_under_a_rule_that_hides_their_number():
    few = of_trusts(9)
    assert contexts.under_rule(few, NONE) is few
    assert contexts.under_rule(few, NHS) is few  # nine are shown, as ten
    hidden = contexts.under_rule(few, TEN)
    assert hidden.teams.empty
    assert hidden.absent == "The study's measured teams belong to too few trusts for its small-number rule."
    assert contexts.under_rule(of_trusts(10), TEN).absent == ""


@cache
def tables() -> list[pd.DataFrame]:
    found = example()
    by_method = contexts.effects_by_method(found, np.random.default_rng(1), m=2, draws=99)
    return [found.scales, by_method, contexts.effects_by_measure(found), contexts.effects_without_each_trust(found)]


@pytest.mark.parametrize("rule", [NHS, TEN, PROFILES["below_5"]])
def test_no_number_of_teams_or_trusts_is_shown_under_a_rule(rule):
    for table in tables():
        shown = contexts.without_counts(table, rule)
        assert not {"n", "clusters", "n_alpha"} & set(shown.columns)
        said = " ".join(shown["note"].fillna("")).replace("fewer than 4 degrees of freedom", "")
        assert not any(letter.isdigit() for letter in said), said
        assert contexts.without_counts(table, NONE) is table
    assert not any(letter.isdigit() for letter in contexts.coverage_in_words(example(), study().trusts, rule))


def test_an_estimate_from_few_teams_is_blank_under_a_rule_and_others_stay():
    table = pd.DataFrame({"estimate": [1.0, 2.0, np.nan], "low": [0.0, 1.0, np.nan], "n": [40, 12, np.nan]})
    table = table.assign(
        clusters=pd.array([12, 9, pd.NA], dtype="Int64"), note=["3 rows left out; doubtful", "", "too few"]
    )
    shown = contexts.without_counts(table, TEN)
    assert shown["estimate"].tolist()[:1] == [1.0]
    assert shown["estimate"].isna().tolist() == [False, True, True]
    assert shown["note"].tolist() == ["doubtful", "rests on too few teams or trusts to be shown", "too few"]


def test_alpha_is_told_for_none_one_and_several_scales():
    def told(*alphas: float | None) -> tuple[str, str]:
        return contexts.alpha_in_words(pd.DataFrame({"alpha": list(alphas)}, dtype="float64"))

    assert told()[1] == "There is no scale, and so no alpha."
    assert told(None)[1].startswith("No scale has an alpha")
    assert told(0.7, None) == ("Indicators of a scale go together at an alpha of 0.70", "The only alpha is {value}.")
    assert told(-1.5, 0.7)[0] == "Indicators of a scale go together at an alpha of −1.50 to 0.70"


EFFECTS = pd.DataFrame(
    {
        "name": ["Culture", "Service", "Culture", "Service"],
        "method": ["CR2, Satterthwaite"] * 2 + ["Random intercept"] * 2,
        "estimate": [2.0, -0.5, 2.6, -0.4],
        "low": [1.0, -1.0, 1.0, -1.0],
        "high": [3.0, 0.0, 3.0, 0.0],
    }
)


def test_the_largest_coefficient_is_told_only_where_there_is_one():
    some = example()
    assert "culture has the largest coefficient" in contexts.largest_in_words(some, EFFECTS, "A")
    assert "{value} points" in contexts.largest_in_words(some, EFFECTS, "A")
    assert "the one scale" in contexts.largest_in_words(some, EFFECTS[EFFECTS["name"].eq("Culture")], "A")
    blank = EFFECTS.assign(estimate=np.nan)
    for effects in (blank, EFFECTS.iloc[2:], EFFECTS.iloc[:0]):
        said = contexts.largest_in_words(some, effects, "A")
        assert "{value}" not in said
        assert "largest" not in said
    absent = replace(some, absent="The study has no table teams.")
    assert contexts.largest_in_words(absent, EFFECTS, "A").endswith("aren't analysed. The study has no table teams.")


def test_methods_are_compared_only_where_two_give_an_estimate():
    moved = "The method moves an estimate by 0.6 points at most"
    said, most = contexts.methods_in_words(EFFECTS)
    assert said == f"{moved}, 120% of the smallest coefficient"
    assert most == pytest.approx(0.6)
    assert contexts.methods_in_words(EFFECTS.replace({"estimate": {-0.5: 0.0}}))[0] == moved
    assert contexts.methods_in_words(EFFECTS.iloc[:2]) == (
        "One method only gives an estimate, so methods can't be compared",
        None,
    )
    assert contexts.methods_in_words(EFFECTS.assign(estimate=np.nan)) == ("No method gives an estimate", None)
    assert contexts.methods_in_words(EFFECTS.iloc[:0])[1] is None


def test_nothing_is_said_to_stand_that_could_not_be_tested():
    few = contexts.effects_without_each_trust(of_trusts(3))
    assert few["turns"].isna().all()
    assert contexts.turns_in_words(few)[0] == "Whether a finding hangs on one trust can't be tested"
    one_less = contexts.effects_without_each_trust(of_trusts(5))  # five trusts carry four coefficients, four don't
    assert one_less["untested"].eq(5).all()
    assert contexts.turns_in_words(one_less)[0] == "Whether a finding hangs on one trust can't be tested"
    all_of_them = tables()[3]
    assert contexts.turns_in_words(all_of_them)[0] == "No finding hangs on one trust"
    needs_one = all_of_them.assign(untested=[0, 1, 0])
    assert contexts.turns_in_words(needs_one)[0] == "Some estimates need a certain trust"
    assert contexts.turns_in_words(all_of_them.head(1))[1] == "leaving out one trust never turns its one estimate."

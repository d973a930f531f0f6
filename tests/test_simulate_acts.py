"""Acts of the invented study: what was planted is there and can be recomputed by other means.

Known answers: Python's own `and` and `not` for recipes; every order of drawing, written out here, for forms; plain loops
over documents for sequences; the binomial and Poisson distributions for rates.
"""

from __future__ import annotations

import doctest
import functools
import itertools
import math
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from newroles.datasets import load_codebook
from newroles.datasets.schemas import table_descriptor
from newroles.errors import InputError
from newroles.simulate import acts, recipes
from newroles.simulate.acts import ActsSpec, draw_acts
from newroles.simulate.forms import FORMS
from newroles.simulate.recipes import parse_recipe
from newroles.simulate.staffing import bordering_roles, existing_staff
from newroles.simulate.teams import TeamsSpec, draw_introductions, draw_places

REGISTER = load_codebook("roles").codes
CONDITIONS = ["leadership_support", "role_agreed", "supervision_time", "vacancy_rate"]
TONES = ["constructive", "destructive", "depends"]


@functools.cache
def invented_teams(case: int, panel: int, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame, TeamsSpec]:
    """Teams in trusts that all have two roles, with indicators of which each condition holds in about half."""
    rng = np.random.default_rng(seed)
    trusts = [f"X{i:03d}" for i in range(max(4, (case + panel) // 3))]
    roles = ["peer_support_worker", "physician_associate", "care_navigator", "education_mental_health_practitioner"]
    present = pd.DataFrame(
        [
            (trust, roles[(i + k) % 4], "new", pd.Timestamp(2020, 1, 1))
            for i, trust in enumerate(trusts)
            for k in (0, 1)
        ],
        columns=["trust", "role", "kind", "introduced"],
    )
    spec = TeamsSpec(case_teams=case, other_panel_teams=panel, surveyed_teams_per_trust=4)
    places = draw_places(pd.DataFrame({"trust": trusts, "responded": True}), present, REGISTER, spec, rng)
    scores = rng.normal(size=(len(places), 4)) * [0.7, 0.7, 0.6, 0.03] + [3, 3, 2, 0.12]
    indicators = pd.DataFrame(scores, index=pd.Index(places["team"]), columns=CONDITIONS).round(2)
    return draw_introductions(places, indicators["vacancy_rate"], present, REGISTER, spec, rng), indicators, spec


def draw(case: int = 8, panel: int = 32, seed: int = 1, **values: Any) -> tuple[pd.DataFrame, dict[str, Any]]:
    teams, indicators, teams_spec = invented_teams(case, panel)
    return draw_acts(teams, indicators, REGISTER, teams_spec, ActsSpec(**values), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def usual() -> tuple[pd.DataFrame, dict[str, Any]]:
    return draw()


@pytest.fixture(scope="module")
def large() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Enough teams for rates to show: 8 case and 450 panel teams, of which some six in ten got a role."""
    return draw(panel=450)


def within(share: float, n: int, probability: float) -> bool:
    """Is this share of n possible at this probability? Not further out than one draw in ten thousand on either side."""
    low, high = binom.ppf([1e-4, 1 - 1e-4], n, probability)
    return low <= share * n <= high


@pytest.mark.parametrize("module", [acts, recipes])
def test_examples_in_docstrings(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.failed == 0
    assert result.attempted or module is acts


# --- parameters and recipes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"exceptions": 1.2}, "exceptions: 1.2 is impossible: expected a number from 0 to 1"),
        ({"exception": 0.1}, "Did you mean 'exceptions'"),
        (
            {"constructive": {"one": "role_agred"}},
            "Recipe 'one': unknown condition 'role_agred'. Did you mean 'role_agre",
        ),
        ({"constructive": {"one": "role_agreed+vacancy_rate"}}, "Recipe 'one': unknown condition"),
        ({"constructive": {"one": "role_agreed*~role_agreed"}}, "Recipe 'one' gives 'role_agreed' twice"),
        ({"constructive": {"one": "role_agreed*"}}, "Recipe 'one': unknown condition ''"),
        ({"constructive": {"one": 3}}, "constructive: 3 for 'one' is impossible: expected a text"),
        (
            {"destructive": {"short": "vacancy_rate"}},
            "'clear_and_supervised' and the destructive recipe 'short' can hold",
        ),
        ({"destructive": {"led_and_staffed": "~role_agreed*vacancy_rate"}}, "'led_and_staffed' names a recipe of each"),
        ({"tones_without_recipe": {"constructive": 1.0}}, "tones_without_recipe: no value for destructive, depends"),
        ({"methods": {"interview": 0.5, "observation": 0.2, "document": 0.2}}, "methods: the shares add up to 0.9"),
        ({"forms_per_act": {4: 1.0}}, r"forms_per_act: \[4\] forms are asked for; expected 1, 2 or 3"),
        ({"form_weights": {**dict.fromkeys(FORMS, 0), "BW-BLU": 1}}, "fewer than 3 forms have a weight"),
        ({"form_weights": {"BW-BLUE": 1}}, "form_weights: unknown 'BW-BLUE'. Did you mean 'BW-BLU'"),
        ({"answers": {"BW-REPAIR": 1.0}}, "answers: unknown form 'BW-REPAIR'. Did you mean 'BW-REP'"),
        ({"competitive_when_destructive": 0}, "are ratios: expected more than 0"),
        ({"effect_weights": dict.fromkeys(ActsSpec().effect_weights, 0)}, "effect_weights: all weights are zero"),
        ({"better": dict.fromkeys(ActsSpec().effect_weights, 0.9)}, "better and worse: the shares of 'EFF-SU-CONT'"),
        ({"better": {"EFF-SU-CONT": 0.5}}, "better: no value for EFF-SU-ACC"),
        ({"nothing": 1}, "leaves no room for acts"),
        ({"segments_per_document": 0.5}, "segments_per_document: 0.5 is impossible"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        ActsSpec.from_values(values)


literals = st.dictionaries(st.sampled_from(CONDITIONS), st.booleans(), min_size=1)


def as_recipe(wanted: dict[str, bool]) -> str:
    return " * ".join(("" if holds else "~") + name for name, holds in wanted.items())


@settings(max_examples=60, deadline=None)
@given(literals, literals)
def test_recipes_of_opposite_tone_are_refused_if_and_only_if_some_team_could_meet_both(
    one: dict[str, bool], other: dict[str, bool]
) -> None:
    assert parse_recipe("one", as_recipe(one), dict.fromkeys(CONDITIONS, 0.0)) == one
    together = any(
        all(team[name] == holds for recipe in (one, other) for name, holds in recipe.items())
        for team in (dict(zip(CONDITIONS, each, strict=True)) for each in itertools.product([True, False], repeat=4))
    )
    values = {"constructive": {"one": as_recipe(one)}, "destructive": {"other": as_recipe(other)}}
    if together:
        with pytest.raises(InputError, match="can hold together"):
            ActsSpec(**values)
    else:
        assert ActsSpec(**values).constructive == values["constructive"]


def test_a_specification_comes_back_from_its_values() -> None:
    spec = ActsSpec(forms_per_act={1: 0.5, 2: 0.5}, exceptions=0.2)
    assert ActsSpec.from_values(yaml.safe_load(yaml.safe_dump(spec.values()))) == spec


def test_forms_are_the_lowest_ones_of_the_codebook() -> None:
    codes = load_codebook("boundary_work").codes
    of_form = codes[codes["axis"] == "form"]
    assert set(FORMS) == set(of_form["id"]) - set(of_form["parent"].dropna())
    effects = load_codebook("effects").codes.set_index("id")
    assert set(effects.loc[list(ActsSpec().effect_weights), "axis"]) == {"domain"}


# --- conditions, recipes, tones -----------------------------------------------------------------------------------


def test_conditions_and_recipes_of_each_team_are_what_the_indicators_say(large: tuple[pd.DataFrame, Any]) -> None:
    """Each recipe is read by Python itself: `*` as `and`, `~` as `not`."""
    _, indicators, _ = invented_teams(8, 450)
    thresholds = {"leadership_support": 3, "role_agreed": 3, "supervision_time": 2, "vacancy_rate": 0.12}
    recipes = {
        "clear_and_supervised": "role_agreed and supervision_time",
        "led_and_staffed": "leadership_support and not vacancy_rate",
        "unclear_and_short": "not role_agreed and vacancy_rate",
    }
    seen = set()
    values = indicators.to_dict("index")
    for team, planted in large[1]["teams"].items():
        holds = {name: values[team][name] >= at_least for name, at_least in thresholds.items()}
        met = [name for name, recipe in recipes.items() if eval(recipe, {}, holds)]
        assert planted["conditions"] == holds
        assert planted["recipes"] == met
        expected = {"constructive": 0.25, "destructive": 0.25, "depends": 0.5}
        if met and not planted["exception"]:
            bad = met == ["unclear_and_short"]
            expected = dict(zip(TONES, (0.075, 0.85, 0.075) if bad else (0.85, 0.075, 0.075), strict=True))
        assert planted["expected_tones"] == pytest.approx(expected)
        seen.add(tuple(met))
    assert len(seen) == 5


def test_a_threshold_itself_is_enough() -> None:
    """By hand: at 3, 3, 2 and 0.12 all four conditions hold, and just below none does."""
    teams, indicators, teams_spec = invented_teams(2, 0)
    teams, indicators = teams.copy(), indicators.copy()
    indicators.loc[teams["team"].iloc[0]] = [3, 3, 2, 0.12]
    indicators.loc[teams["team"].iloc[1]] = [2.99, 2.99, 1.99, 0.119]
    teams["follow"] = ["case", "case", *["surveyed"] * (len(teams) - 2)]
    teams["new_role"], teams["start_month"] = "peer_support_worker", 6
    truth = draw_acts(teams, indicators, REGISTER, teams_spec, ActsSpec(), np.random.default_rng(1))[1]["teams"]
    assert [list(team["conditions"].values()) for team in truth.values()] == [[True] * 4, [False] * 4]


def test_tones_follow_the_recipes(large: tuple[pd.DataFrame, Any]) -> None:
    segments, truth = large
    acts = segments[segments["kind"] == "act"]
    expected = pd.DataFrame({team: each["expected_tones"] for team, each in truth["teams"].items()}).T
    for _, teams in expected.groupby(TONES):
        mine = acts[acts["team"].isin(teams.index)]
        assert len(mine) > 200
        for tone in TONES:
            assert within((mine["tone"] == tone).mean(), len(mine), teams[tone].iloc[0])


def test_recipes_show_as_mostly_constructive_and_mostly_destructive_teams(large: tuple[pd.DataFrame, Any]) -> None:
    """What an analysis of conditions needs: most teams with a recipe are mostly of its tone, few without one are.

    With 20 acts, more than half of which must agree, and 1 exception in 20: binomial tails, averaged over Poisson sizes.
    """
    segments, truth = large
    acts = segments[(segments["kind"] == "act") & (segments["follow"] == "panel")]
    mostly = pd.crosstab(acts["team"], acts["tone"], normalize="index") > 0.5
    sizes = range(1, 60)
    weights = poisson.pmf(sizes, 20) / poisson.pmf(sizes, 20).sum()

    def expected(probability: float, otherwise: float = 0.25, exceptions: float = 0.05) -> float:
        tails = [binom.sf([n // 2 for n in sizes], sizes, each) @ weights for each in (probability, otherwise)]
        return (1 - exceptions) * tails[0] + exceptions * tails[1]

    recipes = pd.Series({team: each["recipes"] for team, each in truth["teams"].items()}).reindex(mostly.index)
    for name, tone, probability in (
        ("clear_and_supervised", "constructive", 0.85),
        ("led_and_staffed", "constructive", 0.85),
        ("unclear_and_short", "destructive", 0.85),
    ):
        holds = mostly.loc[recipes.map(lambda met, name=name: name in met), tone]
        assert expected(probability) > 0.92
        assert within(holds.mean(), len(holds), expected(probability))
    for tone in ("constructive", "destructive"):
        without = mostly.loc[recipes.map(len) == 0, tone]
        assert within(without.mean(), len(without), expected(0.25))


@pytest.mark.parametrize(("exceptions", "odd"), [(0, False), (1, True)])
def test_exceptions_can_be_never_or_always(exceptions: float, odd: bool) -> None:
    segments, truth = draw(panel=60, exceptions=exceptions)
    assert {team["exception"] for team in truth["teams"].values()} == {odd}
    tones = {tuple(team["expected_tones"].values()) for team in truth["teams"].values()}
    assert len(tones) == (1 if odd else 3)
    assert len(segments)


def test_exceptions_are_as_rare_as_asked(large: tuple[pd.DataFrame, Any]) -> None:
    odd = [team["exception"] for team in large[1]["teams"].values()]
    assert within(float(np.mean(odd)), len(odd), 0.05)


# --- forms and their order ----------------------------------------------------------------------------------------


def few_forms(**weights: float) -> dict[str, float]:
    return {**dict.fromkeys(FORMS, 0), **{code.replace("_", "-"): weight for code, weight in weights.items()}}


def chance_of_some(codes: set[str], weights: dict[str, float], number: int) -> float:
    """Of drawing one of `codes` among so many, one after the other without putting back: every order added up."""
    total = 0.0
    for order in itertools.permutations(weights, number):
        left, chance = sum(weights.values()), 1.0
        for code in order:
            chance, left = chance * weights[code] / left, left - weights[code]
        total += chance * bool(codes & set(order))
    return total


FEW = {"BW_COMP_CON": 3, "BW_COMP_DEF": 2, "BW_COLL_NEG": 1, "BW_FRA_ISS": 4}


def test_the_chance_of_an_answer_is_that_of_every_order_of_drawing_added_up() -> None:
    values: dict[str, Any] = {
        "form_weights": few_forms(**FEW),
        "forms_per_act": {1: 0.5, 2: 0.3, 3: 0.2},
        "answered": 0.4,
        "collaborative_when_constructive": 5,
    }
    planted = draw(case=1, panel=0, **values)[1]["answers"]
    base = {code.replace("_", "-"): float(weight) for code, weight in FEW.items()}
    for tone, ratios in (
        ("constructive", {"BW-COLL-NEG": 5}),
        ("destructive", {"BW-COMP-CON": 3, "BW-COMP-DEF": 3}),
        ("depends", {}),
    ):
        weights = {code: weight * ratios.get(code, 1) for code, weight in base.items()}
        answers = {"BW-COLL-NEG", "BW-REP", "BW-COMP-DEF"}
        otherwise = sum(part * chance_of_some(answers, weights, n) for n, part in ((1, 0.5), (2, 0.3), (3, 0.2)))
        assert planted["otherwise"][tone] == pytest.approx(otherwise, abs=1e-6)
        assert planted["after_contest"][tone] == pytest.approx(0.4 + 0.6 * otherwise, abs=1e-6)


def test_answers_follow_contests_at_the_planted_rate(large: tuple[pd.DataFrame, Any]) -> None:
    segments, truth = large
    answers = {"BW-COLL-NEG", "BW-REP", "BW-COMP-DEF"}
    seen: dict[tuple[str, str], list[bool]] = {}
    acts = segments.loc[segments["kind"] == "act", ["document", "tone", "forms"]].itertuples(index=False)
    for before, act in itertools.pairwise(acts):
        contest = before.document == act.document and "BW-COMP-CON" in before.forms
        after = "after_contest" if contest else "otherwise"
        seen.setdefault((after, act.tone), []).append(bool(answers & set(act.forms)))
    assert len(seen) == 6
    for (after, tone), found in seen.items():
        assert len(found) > 50
        assert within(float(np.mean(found)), len(found), truth["answers"][after][tone])
    assert truth["answers"]["after_contest"]["depends"] > truth["answers"]["otherwise"]["depends"] + 0.3


@pytest.mark.parametrize("answered", [0, 1])
def test_contests_can_be_answered_never_or_always(answered: float) -> None:
    values: dict[str, Any] = {
        "form_weights": few_forms(BW_COMP_CON=1),
        "forms_per_act": {1: 1.0},
        "answers": {"BW-REP": 1},
    }
    segments, _ = draw(panel=0, answered=answered, nothing=0, effect_mentions=0, **values)
    for _, document in segments.groupby("document"):
        forms = [codes[0] for codes in document["forms"]]
        pattern = ["BW-COMP-CON", "BW-REP" if answered else "BW-COMP-CON"]
        assert forms == [pattern[i % 2] for i in range(len(forms))]


def test_main_forms_and_numbers_of_forms_follow_their_weights() -> None:
    segments, _ = draw(panel=450, answered=0)
    acts = segments[segments["kind"] == "act"]
    numbers = acts["forms"].map(len)
    assert (acts["forms"].map(lambda codes: len(set(codes))) == numbers).all()
    for number, part in {1: 0.6, 2: 0.3, 3: 0.1}.items():
        assert within((numbers == number).mean(), len(acts), part)
    weights = ActsSpec().form_weights
    competitive = ["BW-COMP-DEF", "BW-COMP-CON", "BW-COMP-CRE", "BW-GIE-EXP", "BW-GIE-EXC", "BW-GIE-PRO", "BW-CLO", "BW-REC",
                   "BW-HOA", "BW-DIS"]  # fmt: skip
    heavy = sum(weights[code] for code in competitive)
    main = acts["forms"].str[0]
    for tone, ratio in (("destructive", 3), ("depends", 1)):
        mine = main[acts["tone"] == tone]
        total = ratio * heavy + sum(weights.values()) - heavy
        assert within((mine == "BW-COMP-DEF").mean(), len(mine), ratio * weights["BW-COMP-DEF"] / total)
        assert within((mine == "BW-CONF-ARR").mean(), len(mine), weights["BW-CONF-ARR"] / total)


# --- segments -----------------------------------------------------------------------------------------------------


def test_segments_have_the_columns_of_the_table_and_its_words(usual: tuple[pd.DataFrame, Any]) -> None:
    segments = usual[0]
    fields = {field["name"]: field for field in table_descriptor("segments")["fields"]}
    assert segments.columns[: len(fields)].tolist() == list(fields)
    assert set(segments["method"]) == set(fields["method"]["constraints"]["enum"])
    assert segments["segment"].is_unique
    assert segments["segment"].str.fullmatch(r"S\d{5}").all()
    assert segments["document"].str.fullmatch(r"D\d{4}").all()
    assert set(segments["kind"]) == {"act", "effect", "nothing"}


def test_documents_hold_together(usual: tuple[pd.DataFrame, Any]) -> None:
    """A document has one team and one method, and runs over few days; its segments lie one after the other."""
    teams, _, _ = invented_teams(8, 32)
    starts = teams.set_index("team")["start_month"]
    for _, rows in itertools.groupby(usual[0].itertuples(), key=lambda row: row.document):
        document = list(rows)
        first, last = document[0], document[-1]
        assert len({(row.team, row.method, row.follow) for row in document}) == 1
        assert (last.on - first.on).days <= (2 if first.method == "observation" else 0)
        assert all(row.start > 0 and 40 <= row.end - row.start <= 2500 for row in document)
        assert all(one.end <= other.start and one.on <= other.on for one, other in itertools.pairwise(document))
        months = int(starts[first.team]) - 2 * (first.follow == "case")
        assert pd.Timestamp(2021, 7, 1) + pd.DateOffset(months=months) <= first.on
        assert last.on <= pd.Timestamp(2023, 12, 31)
        assert first.follow == "case" or first.method == "interview"
    assert usual[0]["document"].is_monotonic_increasing
    first_days = usual[0].groupby("document", sort=False)[["team", "on"]].first()
    assert first_days.groupby("team")["on"].is_monotonic_increasing.all()


def test_numbers_of_segments_are_those_asked_for(large: tuple[pd.DataFrame, Any]) -> None:
    segments, truth = large
    teams = len(truth["teams"])
    acts = segments[segments["kind"] == "act"]
    for found, mean in (
        ((acts["follow"] == "case").sum(), 8 * 60),
        ((acts["follow"] == "panel").sum(), (teams - 8) * 20),
        ((segments["kind"] == "effect").sum(), teams * 4),
    ):
        assert abs(found - mean) < 4 * math.sqrt(mean)
    assert within((segments["kind"] == "nothing").mean(), len(segments), 0.05)
    documents = segments.drop_duplicates("document")
    assert within((documents.loc[documents["follow"] == "case", "method"] == "interview").mean(),
                  (documents["follow"] == "case").sum(), 0.5)  # fmt: skip


@pytest.mark.parametrize("nothing", [0, 0.5, 0.8])
def test_segments_to_which_nothing_applies_are_the_share_asked_for(nothing: float) -> None:
    kinds = draw(panel=60, nothing=nothing)[0]["kind"]
    assert within((kinds == "nothing").mean(), len(kinds), nothing)


def test_no_observation_runs_past_the_end_of_the_panel() -> None:
    segments, _ = draw(panel=0, observation_days=900)
    assert segments["on"].max() == pd.Timestamp(2023, 12, 31)


def test_acts_are_between_roles_of_the_team_and_mostly_at_the_new_one(large: tuple[pd.DataFrame, Any]) -> None:
    segments, teams = large[0], invented_teams(8, 450)[0]
    acts = segments[segments["kind"] == "act"].merge(teams.drop(columns="follow"), on="team")
    assert (acts["actor_role"] != acts["target_role"]).all()
    new_acts, new_is_target = acts["actor_role"] == acts["new_role"], acts["target_role"] == acts["new_role"]
    touches = new_acts | new_is_target
    assert within(touches.mean(), len(acts), 0.75)
    partner = acts["target_role"].where(new_acts, acts["actor_role"])[touches]
    for (role, setting), group in acts.groupby(["new_role", "setting"]):
        staff = set(existing_staff(role, setting, 24, REGISTER))
        assert set(group["actor_role"]) | set(group["target_role"]) <= staff | {role}
        assert set(partner[partner.index.isin(group.index)]) <= (set(bordering_roles(role, REGISTER)) & staff or staff)
    before = acts["on"] < pd.to_datetime(acts["introduced"] + "-01")
    assert new_is_target[before].any()
    assert not new_acts[before].any()
    assert within(new_acts[touches & ~before].mean(), (touches & ~before).sum(), 0.5)


def test_segments_that_are_no_acts_have_no_roles_tone_or_form(usual: tuple[pd.DataFrame, Any]) -> None:
    others = usual[0][usual[0]["kind"] != "act"]
    assert (others[["actor_role", "target_role", "tone"]] == "").all().all()
    assert not others["forms"].map(len).any()


def test_mentions_of_effects_follow_their_weights(large: tuple[pd.DataFrame, Any]) -> None:
    segments = large[0]
    mentions = segments[segments["kind"] == "effect"]
    assert (segments.loc[segments["kind"] != "effect", ["effect", "direction"]] == "").all().all()
    supervision = mentions[mentions["effect"] == "EFF-ER-SUP"]
    assert within(len(supervision) / len(mentions), len(mentions), 3 / (3 + 3 + 1 + 2 + 1 + 3 + 3 + 1.5))
    for direction, part in {"EFF-DIR-BETTER": 0.1, "EFF-DIR-WORSE": 0.7, "EFF-DIR-MIXED": 0.2}.items():
        assert within((supervision["direction"] == direction).mean(), len(supervision), part)


def test_the_truth_by_segment_is_that_of_the_hidden_columns_and_can_be_written(usual: tuple[pd.DataFrame, Any]) -> None:
    segments, truth = usual
    assert yaml.load(yaml.dump(truth, Dumper=yaml.CSafeDumper), Loader=yaml.CSafeLoader) == truth
    assert list(truth["segments"]) == segments["segment"].tolist()
    for row in segments.sample(30, random_state=1).itertuples():
        planted = truth["segments"][row.segment]
        assert (planted["tone"], planted["forms"], planted["effect"]) == (row.tone, row.forms, row.effect)


# --- same draw, small studies, bad input --------------------------------------------------------------------------


def test_the_same_stream_gives_the_same_acts(usual: tuple[pd.DataFrame, Any]) -> None:
    again, truth = draw()
    pd.testing.assert_frame_equal(again, usual[0])
    assert truth == usual[1]
    assert not draw(seed=2)[0].equals(usual[0])


@pytest.mark.parametrize("share", [0, 1])
def test_shares_of_none_and_all_work(share: float) -> None:
    segments, truth = draw(
        case=1, panel=6, between_new_and_existing=share, constructive_when_recipe=share, destructive_when_recipe=share,
        methods={"interview": 0, "observation": share, "document": 1 - share}, months_before=0, exceptions=0, nothing=0,
        tones_without_recipe={"constructive": 0, "destructive": 0, "depends": 1},
    )  # fmt: skip
    acts = segments[segments["kind"] == "act"].merge(invented_teams(1, 6)[0][["team", "new_role"]], on="team")
    touches = (acts["actor_role"] == acts["new_role"]) | (acts["target_role"] == acts["new_role"])
    assert (touches == bool(share)).all()
    of_recipe = acts["team"].map(lambda team: bool(truth["teams"][team]["recipes"]))
    assert (acts.loc[~of_recipe, "tone"] == "depends").all()
    led = acts["team"].map(lambda team: "led_and_staffed" in truth["teams"][team]["recipes"])
    assert led.any()
    assert ((acts.loc[led, "tone"] == "constructive") == bool(share)).all()
    assert set(segments.loc[segments["follow"] == "case", "method"]) == {"observation" if share else "document"}
    assert "nothing" not in set(segments["kind"])


def test_documents_can_be_of_one_segment_or_hold_a_whole_team() -> None:
    assert draw(case=1, panel=6, segments_per_document=1)[0]["document"].is_unique
    segments, _ = draw(case=1, panel=6, segments_per_document=1e9)
    assert segments["document"].nunique() == segments["team"].nunique() > 1


def test_teams_of_which_nothing_is_heard_work() -> None:
    segments, truth = draw(case=1, panel=6, case_acts=0, panel_acts=0, effect_mentions=0)
    assert segments.empty
    assert truth["teams"]


def test_a_study_without_new_roles_has_no_segments() -> None:
    teams, indicators, teams_spec = invented_teams(0, 6)
    nobody = teams.assign(new_role="")
    segments, truth = draw_acts(nobody, indicators, REGISTER, teams_spec, ActsSpec(), np.random.default_rng(1))
    assert segments.empty
    assert (truth["teams"], truth["segments"]) == ({}, {})


def test_in_a_team_of_one_existing_role_every_act_touches_the_new_one() -> None:
    teams, indicators, teams_spec = invented_teams(3, 0)
    segments, _ = draw_acts(
        teams, indicators, REGISTER, teams_spec, ActsSpec(), np.random.default_rng(1), people_per_team=1
    )
    acts = segments[segments["kind"] == "act"].merge(teams[["team", "new_role"]], on="team")
    assert ((acts["actor_role"] == acts["new_role"]) | (acts["target_role"] == acts["new_role"])).all()


def test_blank_and_missing_indicators_are_named() -> None:
    teams, indicators, teams_spec = invented_teams(2, 0)
    team = teams.loc[teams["follow"] == "case", "team"].iloc[1]
    blank = indicators.copy()
    blank.loc[team, "role_agreed"] = np.nan
    rng = np.random.default_rng(1)
    with pytest.raises(InputError, match=f"Team {team} has no value of 'role_agreed'"):
        draw_acts(teams, blank, REGISTER, teams_spec, ActsSpec(), rng)
    with pytest.raises(InputError, match="no indicator 'vacancy_rate'"):
        draw_acts(teams, indicators.drop(columns="vacancy_rate"), REGISTER, teams_spec, ActsSpec(), rng)

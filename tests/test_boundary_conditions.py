"""Conditions of a study's teams: planted recipes found again, sentences right in every case, nothing told of few teams."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.example_acts import example_acts, example_study

from newroles.boundary_work.calibration import calibrate_cases
from newroles.boundary_work.cases import Cases
from newroles.boundary_work.condition_tables import (
    chart_of,
    chart_title,
    grid_of,
    grid_title,
    lines_of,
    necessity_of,
    notes_in_words,
    parted_in_words,
    rows_of,
    tone_agreement_in_words,
    truth_table_title,
    weights_of,
    weights_title,
    why_not_drawn,
)
from newroles.boundary_work.condition_words import (
    limits_in_words,
    links_to_paths,
    links_to_teams,
    necessity_in_words,
    opinion_in_words,
    path_in_words,
    paths_in_words,
    paths_of,
    stability_in_words,
    team_anchor,
    teams_in_words,
)
from newroles.boundary_work.formulas import literals
from newroles.boundary_work.published import forms_of_codebook, published_findings
from newroles.boundary_work.team_conditions import Paths, TeamsAsCases, paths_to, teams_as_cases, within_sentence
from newroles.datasets import load_codebook
from newroles.errors import InputError
from newroles.simulate import StudySpec

NAMES = {"a": "agreement on the role", "b": "supervision", "c": "GP cover", "d": "vacancy rate"}
QUICK: dict[str, Any] = {"incl_cuts": (), "n_cuts": (), "draws": 1, "n_boot": 2}


def teams(rows: dict[str, str], enough: int = 1, share: float = 0.9) -> TeamsAsCases:
    """Teams as cases by hand: "10+" is a team high on a, not on b, and mostly constructive ("-": mostly destructive)."""
    inside = {"+": (share, 0.0), "-": (0.0, share), "0": (0.1, 0.1)}
    table = pd.DataFrame.from_dict(
        {team: [20, *inside[row[-1]], *map(float, row[:-1])] for team, row in rows.items()}, orient="index"
    )
    conditions = list("abcd"[: table.shape[1] - 3])
    table.columns = pd.Index(["n", "constructive", "destructive", *conditions])
    recipe: dict[str, dict[str, Any]] = {name: {"anchors": 1.0, "method": "crisp"} for name in conditions}
    recipe |= {tone: {"anchors": 0.5, "method": "crisp_above"} for tone in ("constructive", "destructive")}
    found = Cases(table, pd.DataFrame(columns=["team", "reason", "n"]))
    names, better = {name: NAMES[name] for name in conditions}, dict.fromkeys(conditions, True)
    return TeamsAsCases(found, calibrate_cases(table, recipe), recipe, names, better, "", enough)


def pattern(*rows: str) -> dict[str, str]:
    return {f"T{i}": row for i, row in enumerate(rows)}


ORDERLY = pattern("11+", "11+", "10-", "10-", "01-", "01-", "00-", "00-")


@cache
def orderly() -> Paths:
    return paths_to(teams(ORDERLY), "constructive", **QUICK)


@cache
def found_in_example(**choices: Any) -> TeamsAsCases:
    study = example_study()
    thresholds = StudySpec().acts.thresholds
    return teams_as_cases(example_acts().acts, study.contexts, thresholds, load_codebook("contexts"), **choices)


class TestExampleStudy:
    @pytest.mark.parametrize("outcome", ["constructive", "destructive"])
    def test_all_three_solutions_are_the_planted_recipes(self, outcome: str) -> None:
        """The recipes stand in StudySpec().acts; noise is the study's default."""
        planted = {frozenset(literals(term).items()) for term in getattr(StudySpec().acts, outcome).values()}
        paths = paths_to(found_in_example(), outcome, **QUICK)
        for solution in (paths.conservative, paths.parsimonious, paths.intermediate):
            assert solution is not None
            models = [{frozenset(literals(term).items()) for term in model} for model in solution.models]
            assert models == [planted], solution.kind
        assert paths.fit["incl"].eq(1).all()
        assert not paths.fit["contradicting"].map(len).any()
        assert chart_title(paths).endswith("every condition at the core")

    def test_the_lines_are_those_planted_and_each_team_is_on_one_side(self) -> None:
        found = found_in_example()
        lines = lines_of(found).set_index("condition")
        assert lines.loc["Leaders' support", "crossover"] == StudySpec().acts.thresholds["leadership_support"]
        assert found.sets.isin([0, 1]).all(axis=None)
        assert found.better == {
            "leadership_support": True, "role_agreed": True, "supervision_time": True, "vacancy_rate": False,
        }  # fmt: skip

    def test_where_no_team_may_be_told_nothing_of_it_is(self) -> None:
        """Seven teams of the example act mostly destructively: under a rule of ten that is all that may be known."""
        paths = paths_to(found_in_example(enough=10), "destructive", **QUICK)
        assert paths.why == "Fewer than 10 teams act mostly destructively, or fewer than 10 don't."
        assert paths.truth_table is None
        assert paths.limits is None
        assert paths.opinion is None
        assert rows_of(paths).empty
        assert paths.necessity.empty
        assert paths.grid.empty
        assert paths.fit.empty


class TestTeamsAsCases:
    CONTEXTS = pd.DataFrame(
        {"unit": ["T1", "T2"] * 2, "unit_kind": "team", "indicator": ["x", "x", "y", "y"], "value": [1.0, 2, 3, 4]}
    ).assign(measured_on="2023-01-01")
    ACTS = pd.DataFrame({"segment": list("pqrs"), "team": ["T1", "T1", "T2", "T2"], "tone": "constructive"})

    @pytest.mark.parametrize(
        ("thresholds", "said"),
        [
            ({"x": 1, "z": 1}, "only one (x) was measured"),
            ({"z": 1}, "none was measured"),
            ({"x": 1, "y": 1}, "Fewer than 4 teams have 1 acts or more"),
        ],
    )
    def test_says_why_there_is_nothing_to_compare(self, thresholds: dict[str, float], said: str) -> None:
        found = teams_as_cases(self.ACTS, self.CONTEXTS, thresholds, load_codebook("contexts"), min_acts=1)
        assert said in found.absent
        assert teams_in_words(found) == found.absent
        paths = paths_to(found, "constructive")
        assert paths.why == found.absent
        assert rows_of(paths).empty
        assert lines_of(found).empty
        assert links_to_paths(paths, "p") == {}

    def test_a_rule_raises_the_number_of_teams_asked_for_and_tells_no_other(self) -> None:
        found = teams_as_cases(self.ACTS, self.CONTEXTS, {"x": 1, "y": 1}, load_codebook("contexts"), 1, enough=10)
        assert found.absent.startswith("Fewer than 10 teams")
        assert "2" not in found.absent
        assert "4" not in found.absent

    def test_conditions_on_one_side_everywhere_leave_nothing_to_compare(self) -> None:
        contexts = pd.concat([self.CONTEXTS.assign(unit=self.CONTEXTS["unit"] + end) for end in ("", "b")])
        acts = pd.concat([self.ACTS.assign(team=self.ACTS["team"] + end) for end in ("", "b")])
        found = teams_as_cases(acts, contexts, {"x": 0, "y": 9}, load_codebook("contexts"), min_acts=1)
        assert found.absent.startswith("By these thresholds all teams are on one side")
        assert found.calibration is None

    def test_an_abbreviation_keeps_its_capital(self) -> None:
        assert [within_sentence(each) for each in ("Vacancy rate", "GP cover", "A&E visits", "", "X")] == [
            "vacancy rate", "GP cover", "A&E visits", "", "x",
        ]  # fmt: skip

    def test_refuses_an_unknown_outcome(self) -> None:
        with pytest.raises(InputError, match="no outcome 'kind'"):
            paths_to(teams(ORDERLY), "kind")


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("a", "agreement on the role is high"),
        ("~a", "agreement on the role isn't high"),
        ("a*b", "agreement on the role and supervision are both high"),
        ("a*b*c", "agreement on the role, supervision and GP cover are all high"),
        ("~a*~b", "neither agreement on the role nor supervision is high"),
        ("~a*~b*~c", "none of agreement on the role, supervision and GP cover is high"),
        ("~a*d", "vacancy rate is high, and agreement on the role isn't"),
        ("a*~b*~c", "agreement on the role is high, and neither supervision nor GP cover is"),
        ("~a*~b*~c*d", "vacancy rate is high, and none of agreement on the role, supervision and GP cover is"),
        ("of_no_name*a", "of no name and agreement on the role are both high"),
    ],
)
def test_path_in_words(term: str, said: str) -> None:
    assert path_in_words(term, NAMES) == said


class TestPathsInWords:
    def said(self, rows: dict[str, str], outcome: str = "constructive", counts: bool = True, **choices: Any) -> str:
        return paths_in_words(paths_to(teams(rows), outcome, **{**QUICK, **choices}), NAMES, counts)

    def test_one_path(self) -> None:
        start = "Teams act mostly constructively where agreement on the role and supervision are both high."
        assert self.said(ORDERLY) == f"{start} This holds of 2 teams, all of which act so; no other team does."
        assert self.said(ORDERLY, counts=False) == start

    def test_one_team_and_one_negated_condition(self) -> None:
        assert self.said(pattern("0+", "1-", "1-", "1-")).endswith(
            "where agreement on the role isn't high. This holds of 1 team, which acts so; no other team does."
        )

    def test_two_paths_and_an_outcome_that_is_an_absence(self) -> None:
        assert self.said(ORDERLY, "~constructive") == (
            "Teams act otherwise than mostly constructively where agreement on the role isn't high; or where supervision isn't "
            "high. This holds of 6 teams, all of which act so; no other team does."
        )

    def test_teams_on_a_path_that_act_otherwise_and_teams_off_it_that_act_so(self) -> None:
        """Four of five with 11 are constructive (consistency 0.8), and one of three with 00."""
        rows = pattern("11+", "11+", "11+", "11+", "11-", "10-", "01-", "00+", "00-", "00-")
        assert self.said(rows).endswith(
            "This holds of 5 teams, 4 of which act so; 1 other team does so under other conditions."
        )
        more = pattern(*rows.values(), "01+", "01-", "01-")
        assert self.said(more).endswith("; 2 other teams do so under other conditions.")

    def test_tied_models_are_counted_and_what_they_share_is_said(self) -> None:
        """By hand: with 001, 011, 010, 110, 100, 101 of three conditions, two models of three terms tie without a shared term."""
        ring = ["001+", "011+", "010+", "110+", "100+", "101+", "000-", "111-"]
        paths = paths_to(teams(pattern(*ring)), "constructive", **QUICK)
        assert len(paths.models) > 1
        said = paths_in_words(paths, NAMES)
        assert f"That is one of {len(paths.models)} answers that fit equally well; they have no path in common." in said
        assert len(paths_of(paths)) == len({term for model in paths.models for term in model})
        # a path of a fourth condition that every model holds
        rows = pattern(
            *[f"{row[:3]}0{row[3]}" for row in ring],
            "0001+",
            "1111-",
            "0011-",
            "0111-",
            "0101-",
            "1101-",
            "1001-",
            "1011-",
        )
        said = paths_in_words(paths_to(teams(rows), "constructive", **QUICK), NAMES)
        assert "what all of them say is: where vacancy rate is high, and none of" in said

    @pytest.mark.parametrize(
        ("rows", "choices", "why"),
        [
            (("11+", "10+", "01+", "00+"), {}, "Every team that can be compared acts mostly constructively"),
            (("11-", "10-", "01-", "00-"), {}, "No team that can be compared acts mostly constructively."),
            (("11+", "11-", "00+", "00-"), {}, "In no combination of conditions do teams act mostly constructively consistently"),
            (("11+", "10-", "00-"), {"n_cut": 3}, "There is no combination of conditions with 3 teams or more."),
            (("11+",) * 5 + ("11-", "10+", "01+"), {}, "In every combination of conditions teams act mostly constructively"),
        ],
    )  # fmt: skip
    def test_no_path_and_why(self, rows: tuple[str, ...], choices: dict[str, int], why: str) -> None:
        paths = paths_to(teams(pattern(*rows)), "constructive", **{**QUICK, **choices})
        assert paths.why.startswith(why)
        assert paths_in_words(paths, NAMES).startswith(
            "Under which conditions teams act mostly constructively can't be said. "
        )
        assert paths.fit.empty
        assert paths.grid.empty
        assert paths.chart.empty
        assert chart_title(paths) == "No paths"
        assert stability_in_words(paths, NAMES) == "There is no path to be found again under other choices."
        assert limits_in_words(paths) == "There is no path to put to the test of chance."
        assert opinion_in_words(paths) == parted_in_words(paths) == "There is no path to set a regression beside."
        assert weights_title(weights_of(paths, NAMES)) == "No regression"
        assert why_not_drawn(paths, otherwise="x") == "There is no path to show, for the reason given above."

    def test_a_path_of_few_teams_is_told_to_nobody_under_a_rule(self) -> None:
        """Three teams have the outcome, two of them on one path and one on another; at least two are asked for."""
        rows = pattern("11+", "11+", "00+", "10-", "01-", "10-")
        few = paths_to(teams(rows, enough=2), "constructive", **QUICK)
        assert few.why == "At least one combination that goes with it holds fewer than 2 teams."
        assert few.truth_table is None
        assert paths_to(teams(pattern(*rows.values(), "00+"), enough=2), "constructive", **QUICK).why == ""


class TestOtherSentences:
    def test_needed_by_hand(self) -> None:
        """Both conditions hold in both constructive teams; each holds in four of eight, so relevance is 4 / 6."""
        paths = orderly()
        row = paths.necessity.set_index("condition").loc["a"]
        assert (row["incl"], round(row["ron"], 3)) == (1.0, 0.667)
        clause = "where agreement on the role and supervision are both high."
        assert necessity_in_words(paths, NAMES) == f"All 2 teams that act mostly constructively do so {clause}"
        assert (
            necessity_in_words(paths, NAMES, counts=False) == f"All teams that act mostly constructively do so {clause}"
        )
        assert (
            necessity_in_words(paths, NAMES, ron_cut=0.9)
            == "No single condition is needed for acting mostly constructively."
        )

    def test_one_team_shows_no_need(self) -> None:
        paths = paths_to(teams(pattern("11+", "10-", "01-", "00-", "00-")), "constructive", **QUICK)
        assert necessity_in_words(paths, NAMES) == (
            "Only one team acts mostly constructively, too few to say that a condition is needed."
        )

    def test_necessity_keeps_its_columns_where_one_outcome_has_none(self) -> None:
        found = teams(pattern("11+", "11+", "100", "010", "000"))
        paths = [paths_to(found, outcome, **QUICK) for outcome in ("constructive", "destructive")]
        table = necessity_of(NAMES, *paths)
        assert table.loc[0, "condition"] == "Agreement on the role is high"
        assert table["destructive_incl"].isna().all()
        assert necessity_of(NAMES, paths[1]).empty

    def test_stability_and_grid(self) -> None:
        """Conditions are 0 or 1, so some moved lines change nothing, and others lose the path."""
        paths = orderly()
        assert stability_in_words(paths, NAMES).startswith("Of ")
        assert (
            "give the path where agreement on the role and supervision are both high, unchanged."
            in stability_in_words(paths, NAMES)
        )
        assert grid_title(paths).endswith("other choices give the very same solution")
        many = Paths(
            "constructive", "", chart=pd.DataFrame({"column": [9]}), stability=pd.DataFrame({"term": list("abcdefghi")})
        )
        assert chart_of(many).empty
        assert grid_of(many).empty
        assert why_not_drawn(many, otherwise="x") == "There are more than 8 paths, too many to draw."
        assert why_not_drawn(paths, otherwise="x") == "x"

    @pytest.mark.parametrize(
        ("good", "supported", "said"),
        [
            (0, True, "no shuffle gave paths as consistent, as far-reaching and as short (p = 0.01): chance alone seldom"),
            (1, True, "1 shuffle gave"),
            (12, False, "12 shuffles gave paths as consistent, as far-reaching and as short (p = 0.01): of outcomes dealt out by chance "
             "alone, more than 5% stand out as much, so there are too few teams for so many conditions, or"),
        ],
    )  # fmt: skip
    def test_limits(self, good: int, supported: bool, said: str) -> None:
        limits = {
            "cases": 8,
            "observed": 4,
            "configurations": 8,
            "conditions": 3,
            "draws": 99,
            "as_good": good,
            "p": 0.01,
        }
        paths = Paths("constructive", "", limits=pd.Series({**limits, "supported": supported}, dtype=object))
        assert limits_in_words(paths).startswith("8 teams fill 4 of the 8 combinations that 3 conditions can make.")
        assert said in limits_in_words(paths)

    def test_opinion_names_and_counts_teams_only_where_it_may(self) -> None:
        rng = np.random.default_rng(1)
        paths = paths_to(
            teams(pattern(*["11+"] * 4, *["10-"] * 4, *["01-"] * 4, *["00-"] * 4)), "constructive", rng=rng, **QUICK
        )
        assert opinion_in_words(paths, counts=False).endswith(("on every team.", "on some teams."))
        assert not any(figure in opinion_in_words(paths, counts=False) for figure in "0123456789")
        lone = paths_to(teams(pattern("11+", "10-", "01-", "00-", "00-")), "constructive", **QUICK)
        assert "at least two of each" in opinion_in_words(lone)
        assert opinion_in_words(lone, counts=False).endswith("the paths.")
        assert parted_in_words(lone) == opinion_in_words(lone)

    def test_truth_table_titles_and_notes(self) -> None:
        calm = orderly()
        assert (
            truth_table_title(calm)
            == "4 of 4 combinations of conditions occur, and teams that share one agree in the outcome"
        )
        assert rows_of(calm)["row"].tolist() == [4, 1, 2, 3]
        assert notes_in_words(calm).startswith("Nothing calls for a remark")
        torn = paths_to(teams(pattern(*ORDERLY.values(), "00+")), "constructive", **QUICK)
        assert truth_table_title(torn).endswith("; in 1 of them teams disagree in the outcome")
        assert notes_in_words(Paths("constructive", "No.")).endswith("for the reason given above.")

    def test_weights_title(self) -> None:
        weights = pd.DataFrame(
            {"name": ["GP cover", "Supervision"], "estimate": [2.0, 1], "low": [1.0, -1], "high": [3.0, 2]}
        )
        assert weights_title(weights) == "1 of 2 weights stay clear of zero; the largest of them is that of GP cover"
        assert weights_title(weights.iloc[:1]) == "The weight of GP cover stays clear of zero"
        assert weights_title(weights.iloc[1:]) == "No weight stays clear of zero"

    def test_teams_left_out_are_counted_by_reason(self) -> None:
        found = teams(ORDERLY)
        assert teams_in_words(found) == "8 teams can be compared, all with coded acts."
        out = pd.DataFrame({"team": ["X", "Y"], "reason": ["too few", "too few; no value"], "n": [1, 2]})
        found = TeamsAsCases(found.cases._replace(left_out=out), found.calibration, found.recipe, found.names, {}, "")
        assert teams_in_words(found).endswith("and 2 teams with coded acts can't (too few: 2; no value: 1).")

    def test_tones(self) -> None:
        table = pd.DataFrame({"name": ["Constructive", "Depends"], "acts": [9, 1], "agreement": [0.8, 0.7]})
        assert tone_agreement_in_words(table).endswith("0.80 at best, and lowest on the tone depends, 0.70.")
        assert tone_agreement_in_words(table.assign(agreement=0.8)).endswith("is 0.80 on every tone.")
        assert (
            tone_agreement_in_words(table.iloc[:1])
            == "Coders' agreement on the tone constructive (Gwet's AC1) is 0.80."
        )
        assert "Too few acts were coded by two coders" in tone_agreement_in_words(table.assign(agreement=np.nan))
        assert tone_agreement_in_words(table.iloc[:0]) == "No act was given a tone."


class TestAddresses:
    def test_each_path_and_team_has_an_address_of_its_own(self) -> None:
        found = teams(pattern("11+", "00+", "10-", "01-", "00+"))
        every = [paths_to(found, outcome, **QUICK) for outcome in ("constructive", "destructive", "~constructive")]
        listed = paths_of(*every)
        assert listed["anchor"].is_unique
        assert len(listed) == sum(len(links_to_paths(each, "page")) for each in every)
        for paths in every:
            assert set(links_to_paths(paths, "page")) == set(paths.fit["term"]) - {"solution"}
        assert links_to_teams(found, "page.html")["T0"] == "page.html#team-T0"

    @settings(max_examples=60)
    @given(st.text(max_size=6), st.text(max_size=6))
    def test_no_two_teams_share_an_address(self, one: str, other: str) -> None:
        assert (team_anchor(one) == team_anchor(other)) == (one == other)
        assert team_anchor(one).replace("-", "").isalnum()
        assert team_anchor(one).isascii()


class TestPublished:
    BOOK = load_codebook("boundary_work")

    def test_findings_are_said_in_words(self) -> None:
        code = forms_of_first(self.BOOK)
        table = pd.DataFrame(
            {
                "tone_said": ["not_said", "both"],
                "forms": [f"{code}; {code}", None],
                "design": ["case study", "survey"],
                "n": [1200.0, None],
                "n_of": ["staff", None],
                "hangs_on": ["trust", None],
                "source_name": ["One 2001", "Two 2002"],
                "new_role": [None, "peer_support_worker"],
            }
        )
        said = published_findings(table, self.BOOK)
        name = self.BOOK.codes.set_index("id").loc[code, "name"]
        assert said["said"].tolist() == ["not said", "both"]
        assert said["form_names"].tolist() == [f"{name}; {name}", ""]
        assert said["came_of_it"].tolist() == ["not said; hangs on trust", "both"]
        assert said["study"].tolist() == ["One 2001: case study, 1,200 staff", "Two 2002: survey"]
        assert published_findings(table, self.BOOK, "peer_support_worker")["said"].tolist() == ["both"]
        with pytest.raises(InputError, match="Did you mean 'peer_support_worker'"):
            published_findings(table, self.BOOK, "peer_support_workers")
        with pytest.raises(InputError, match="column forms: no code 'BW-NO'"):
            published_findings(table.assign(forms="BW-NO"), self.BOOK)

    def test_every_family_of_forms_once_with_its_prompt(self) -> None:
        table = forms_of_codebook(self.BOOK)
        assert table["name"].is_unique
        assert table["definition"].str.len().gt(0).all()
        assert set(table["default_tone"]) <= {"constructive", "destructive", "depends", "differs by kind", ""}
        with pytest.raises(InputError, match="no code on the axis 'form'"):
            forms_of_codebook(load_codebook("roles"))


def forms_of_first(book: Any) -> str:
    codes = book.codes
    return str(codes.loc[codes["axis"].eq("form") & ~codes["group_only"].eq(True), "id"].iloc[0])

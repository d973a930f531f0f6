"""The ties of invented teams: plain loops over people give the planted probabilities, and models find the coefficients.

Known answers: sums over pairs of people, written out here with math.exp; statsmodels' Logit and scipy's maximisation of the
exact dyadic likelihood; binomial bounds (scipy.stats.binom) for what is drawn.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import binom

from newroles.datasets import load_codebook
from newroles.datasets.schemas import table_schema
from newroles.errors import InputError
from newroles.simulate.dyads import BAND_KINDS
from newroles.simulate.people import PeopleSpec, draw_people
from newroles.simulate.staffing import existing_staff
from newroles.simulate.teams import TeamsSpec, new_roles_of
from newroles.simulate.ties import RELATIONS, TiesSpec, draw_ties

REGISTER = load_codebook("roles").codes
LEVEL = {
    "same_role_before": 0, "same_role_after": 0, "band_distance": 0, "newcomer": 0, "new_existing": 0, "shared_task": 0,
}  # fmt: skip


class Drawn(NamedTuple):
    people: pd.DataFrame
    tasks: pd.DataFrame
    ties: pd.DataFrame
    truth: dict[str, Any]
    complete: pd.DataFrame


def case_teams(number: int) -> pd.DataFrame:
    roles = (new_roles_of(REGISTER) * (1 + number // 8))[:number]
    rows = [(f"T{i + 1}", f"X{i // 2 + 1}", "community", "case", role) for i, role in enumerate(roles)]
    return pd.DataFrame(rows, columns=["team", "trust", "setting", "follow", "new_role"])


def some_tasks(teams: pd.DataFrame, size: int, waves: int, rng: np.random.Generator) -> pd.DataFrame:
    """Each role of a team does each of eight tasks with probability 0.4, and claims it otherwise."""
    rows = []
    for team in teams.itertuples():
        roles = [*existing_staff(team.new_role, team.setting, size, REGISTER), team.new_role]
        for wave, task, role in itertools.product(range(1, waves + 1), range(8), roles):
            rows.append((wave, team.team, f"task_{task}", role, "does" if rng.random() < 0.4 else "claims"))
    return pd.DataFrame(rows, columns=["wave", "team", "task", "role", "position"])


def drawn(
    seed: int = 1, teams: int = 4, size: int = 16, waves: int = 3, turnover: float = 0.15, **values: Any
) -> Drawn:
    rng, places = np.random.default_rng(seed), case_teams(teams)
    staff = PeopleSpec(people_per_team=size, turnover=turnover)
    people, _ = draw_people(places, REGISTER, TeamsSpec(waves=waves), staff, rng)
    tasks = some_tasks(places, size, waves, rng)
    return Drawn(people, tasks, *draw_ties(people, tasks, places, TiesSpec(**values), rng))


def likely(successes: int, trials: int, chance: float) -> bool:
    """Within the middle 99.9999% of the binomial distribution?"""
    low, high = binom.interval(1 - 1e-6, trials, chance)
    return bool(low <= successes <= high)


@pytest.fixture(scope="module")
def small() -> Drawn:
    return drawn(new_existing=-0.4)


@pytest.fixture(scope="module")
def large() -> Drawn:
    """Every pair drawn anew in every wave, so that the pairs of all waves are independent."""
    return drawn(seed=3, teams=8, size=36, redrawn=1, new_existing=-0.4, mean_partners=9)


# --- the pairs, in the test's own words --------------------------------------------------------------------------------------


def tasks_done(drawn: Drawn) -> dict[tuple[int, str, str], set[str]]:
    done: dict[tuple[int, str, str], set[str]] = {}
    for row in drawn.tasks.itertuples():
        if row.position == "does":
            done.setdefault((row.wave, row.team, row.role), set()).add(row.task)
    return done


def tied(drawn: Drawn, relation: str) -> set[tuple[int, str, str]]:
    rows = drawn.complete[drawn.complete["relation"] == relation]
    return set(rows[["wave", "source", "target"]].itertuples(index=False, name=None))


def pairs_within(drawn: Drawn, wave: int) -> Iterator[tuple[Any, Any]]:
    """Everybody with everybody else of their team, once."""
    for _, team in drawn.people[drawn.people["wave"] == wave].groupby("team"):
        yield from itertools.combinations(list(team.sort_values("person").itertuples()), 2)


def shared(p: Any, q: Any, done: dict[tuple[int, str, str], set[str]]) -> int:
    if p.role == q.role or p.team != q.team:
        return 0
    return min(3, len(done.get((p.wave, p.team, p.role), set()) & done.get((q.wave, q.team, q.role), set())))


def works_with_log_odds(p: Any, q: Any, done: dict[tuple[int, str, str], set[str]], truth: dict[str, Any]) -> float:
    b = truth["coefficients"]["works_with"]
    x = b["intercept"] + b["band_distance"] * abs(p.rank - q.rank) + b["shared_task"] * shared(p, q, done)
    if p.role == q.role:
        x += truth["same_role"][p.wave]
    if p.wave > 1 and p.wave in (p.arrived_wave, q.arrived_wave):
        x += b["newcomer"]
    if p.role_kind != q.role_kind:
        x += b["new_existing"]
    return x


# --- the truth, counted again ------------------------------------------------------------------------------------------------


def test_expected_ties_of_works_with_are_sums_over_pairs(small: Drawn) -> None:
    done = tasks_done(small)
    for wave, said in small.truth["expected"].items():
        total = across = mixed = pairs = 0.0
        for p, q in pairs_within(small, wave):
            chance = 1 / (1 + math.exp(-works_with_log_odds(p, q, done, small.truth)))
            total, pairs = total + chance, pairs + 1
            across += chance * (p.role != q.role)
            mixed += chance * (p.role_kind != q.role_kind)
        people = int((small.people["wave"] == wave).sum())
        assert said["works_with"]["density"] == pytest.approx(total / pairs, abs=1e-6)
        assert said["works_with"]["partners"] == pytest.approx(2 * total / people, abs=2e-6)
        assert said["works_with"]["across_roles"] == pytest.approx(across / total, abs=1e-6)
        assert said["works_with"]["across_new_and_existing"] == pytest.approx(mixed / total, abs=1e-6)
    assert small.truth["expected"][1]["works_with"]["partners"] == pytest.approx(7, abs=1e-4)


def test_expected_directed_ties_are_sums_over_the_four_states_of_pairs(small: Drawn) -> None:
    done, works, supervises = tasks_done(small), tied(small, "works_with"), tied(small, "supervision")
    b = small.truth["coefficients"]
    sums: dict[tuple[int, str], list[float]] = {}
    for wave in (1, 2, 3):
        for p, q in pairs_within(small, wave):
            tie = (wave, p.person, q.person) in works

            def asks(one: Any, other: Any, tie: bool = tie) -> float:
                x = b["advice"]["intercept"] + b["advice"]["works_with"] * tie
                x += b["advice"]["same_role"] * (one.role == other.role) + b["advice"]["upward"] * (
                    other.rank > one.rank
                )
                x += b["advice"]["supervisor"] * ((one.wave, other.person, one.person) in supervises)
                return x + b["advice"]["newcomer_asks"] * (one.arrived_wave == one.wave > 1)

            x, y = asks(p, q), asks(q, p)
            one_way, other_way, both = math.exp(x), math.exp(y), math.exp(x + y + b["advice"]["mutual"])
            advice = (one_way + other_way + 2 * both) / (1 + one_way + other_way + both)
            x = b["referral"]["intercept"] + b["referral"]["other_role"] * (p.role != q.role)
            x += b["referral"]["works_with"] * tie + b["referral"]["shared_task"] * shared(p, q, done)
            z = b["handover"]["intercept"] + b["handover"]["works_with"] * tie
            z += b["handover"]["same_band_kind"] * (BAND_KINDS[p.band] == BAND_KINDS[q.band])
            for relation, sent in {
                "advice": advice, "referral": 2 / (1 + math.exp(-x)), "handover": 2 / (1 + math.exp(-z)),
            }.items():  # fmt: skip
                sums.setdefault((wave, relation), []).append(sent / 2)
    for (wave, relation), chances in sums.items():
        said = small.truth["expected"][wave][relation]["density"]
        assert said == pytest.approx(sum(chances) / len(chances), abs=1e-6)
    people = int((small.people["wave"] == 1).sum())
    for relation, aim in {"advice": 3, "referral": 1.5, "handover": 2.5}.items():
        assert 2 * sum(sums[1, relation]) / people == pytest.approx(aim, abs=1e-4)


def test_realised_shares_are_counts_of_ties(small: Drawn) -> None:
    for relation in RELATIONS:
        ties = tied(small, relation)
        for wave in (1, 2, 3):
            pairs = list(pairs_within(small, wave))
            found = [(p, q) for p, q in pairs if (wave, p.person, q.person) in ties]
            back = [(p, q) for p, q in pairs if (wave, q.person, p.person) in ties]
            said = small.truth["realised"][wave][relation]
            if relation == "works_with":
                assert not back, "given once, source before target"
                across = [p for p, q in found if p.role != q.role]
                mixed = [p for p, q in found if p.role_kind != q.role_kind]
                assert said["density"] == pytest.approx(len(found) / len(pairs), abs=1e-6)
                assert said["across_roles"] == pytest.approx(len(across) / len(found), abs=1e-6)
                assert said["across_new_and_existing"] == pytest.approx(len(mixed) / len(found), abs=1e-6)
            else:
                assert said["density"] == pytest.approx((len(found) + len(back)) / len(pairs) / 2, abs=1e-6)


def test_ties_named_by_nobody_who_answered_are_lost_and_no_others(small: Drawn) -> None:
    answered = {(row.wave, row.person): row.responded for row in small.people.itertuples()}
    kept, lost = [], dict.fromkeys(itertools.product((1, 2, 3), RELATIONS), 0)
    for tie in small.complete.itertuples():
        named = answered[tie.wave, tie.source]
        if tie.relation == "works_with":
            named = named or answered[tie.wave, tie.target]
        kept.append(named)
        lost[tie.wave, tie.relation] += not named
    pd.testing.assert_frame_equal(small.ties, small.complete[kept].reset_index(drop=True))
    for (wave, relation), number in lost.items():
        ties = (small.complete["wave"].eq(wave) & small.complete["relation"].eq(relation)).sum()
        assert small.truth["answers"][wave][relation] == {"ties": ties, "lost": number}
    assert lost[1, "advice"] > 0


# --- models find what was planted --------------------------------------------------------------------------------------------


def pair_table(drawn: Drawn) -> pd.DataFrame:
    """One row per pair of people of one trust in one wave, with what the models depend on."""
    people = drawn.people[["wave", "trust", "team", "person", "role", "role_kind", "rank", "arrived_wave", "band"]]
    pairs = people.merge(people, on=["wave", "trust"], suffixes=("", "_2"))
    pairs = pairs[pairs["person"] < pairs["person_2"]].reset_index(drop=True)
    done = tasks_done(drawn)
    overlap = {
        (wave, team, one, two): min(3, len(tasks & done[wave, team, two]))
        for (wave, team, one), tasks in done.items()
        for _, _, two in [key for key in done if key[:2] == (wave, team)]
        if one != two
    }
    keys = zip(pairs["wave"], pairs["team"], pairs["role"], pairs["role_2"], strict=True)
    pairs["same_role"] = (pairs["role"] == pairs["role_2"]).astype(float)
    pairs["other_team"] = (pairs["team"] != pairs["team_2"]).astype(float)
    pairs["shared_task"] = [overlap.get(key, 0) for key in keys] * (1 - pairs["other_team"])
    pairs["band_distance"] = (pairs["rank"] - pairs["rank_2"]).abs()
    came = (pairs["arrived_wave"] == pairs["wave"]) | (pairs["arrived_wave_2"] == pairs["wave"])
    pairs["newcomer"] = (came & (pairs["wave"] > 1)).astype(float)
    pairs["new_existing"] = (pairs["role_kind"] != pairs["role_kind_2"]).astype(float)
    forth = list(pairs[["wave", "person", "person_2"]].itertuples(index=False, name=None))
    for relation in RELATIONS:
        ties = tied(drawn, relation)
        pairs[relation] = [float(key in ties) for key in forth]
        pairs[f"{relation}_back"] = [float((wave, b, a) in ties) for wave, a, b in forth]
    return pairs


@pytest.fixture(scope="module")
def pairs(large: Drawn) -> pd.DataFrame:
    return pair_table(large)


def test_a_logit_recovers_what_makes_people_work_together(large: Drawn, pairs: pd.DataFrame) -> None:
    x = pairs[["band_distance", "newcomer", "new_existing", "shared_task", "other_team"]].assign(intercept=1.0)
    for wave in (1, 2, 3):
        x[f"same_role_{wave}"] = pairs["same_role"] * (pairs["wave"] == wave)
    fit = sm.Logit(pairs["works_with"], x).fit(disp=0)
    planted = large.truth["coefficients"]["works_with"] | {
        f"same_role_{wave}": value for wave, value in large.truth["same_role"].items()
    }
    assert set(planted) == set(x.columns)
    assert [planted[f"same_role_{wave}"] for wave in (1, 2, 3)] == [2, 1.25, 0.5]
    for term, value in planted.items():
        assert abs(fit.params[term] - value) < 4 * fit.bse[term], term
        assert fit.bse[term] < 0.2, "enough pairs for the test to mean something"


def test_logits_recover_referral_and_handover(large: Drawn, pairs: pd.DataFrame) -> None:
    x = pairs[["works_with", "shared_task", "other_team"]].assign(other_role=1 - pairs["same_role"], intercept=1.0)
    kinds = pairs[["band", "band_2"]].map(BAND_KINDS.get)
    x["same_band_kind"] = (kinds["band"] == kinds["band_2"]).astype(float)
    for relation in ("referral", "handover"):
        planted = large.truth["coefficients"][relation]
        both_ways = pd.concat([x[list(planted)], x[list(planted)]])
        fit = sm.Logit(pd.concat([pairs[relation], pairs[f"{relation}_back"]]), both_ways).fit(disp=0)
        for term, value in planted.items():
            assert abs(fit.params[term] - value) < 4 * fit.bse[term], (relation, term)


def test_exact_likelihood_recovers_that_advice_is_mutual(large: Drawn, pairs: pd.DataFrame) -> None:
    """The four states of a pair: not at all, one way, the other, both; maximised over all coefficients at once."""
    terms = ["intercept", "same_role", "upward", "works_with", "supervisor", "newcomer_asks", "other_team"]
    symmetric = pairs.assign(intercept=1.0)
    later = pairs["wave"] > 1
    there = symmetric.assign(
        upward=(pairs["rank_2"] > pairs["rank"]) * 1.0,
        supervisor=pairs["supervision_back"],
        newcomer_asks=(later & (pairs["arrived_wave"] == pairs["wave"])) * 1.0,
    )[terms].to_numpy()
    back = symmetric.assign(
        upward=(pairs["rank"] > pairs["rank_2"]) * 1.0,
        supervisor=pairs["supervision"],
        newcomer_asks=(later & (pairs["arrived_wave_2"] == pairs["wave"])) * 1.0,
    )[terms].to_numpy()
    asks, asked = pairs["advice"].to_numpy(), pairs["advice_back"].to_numpy()

    def scores(b: np.ndarray) -> tuple[float, np.ndarray]:
        """The log-likelihood and, by pair, its gradient."""
        x, y = there @ b[:-1], back @ b[:-1]
        both = x + y + b[-1]
        whole = 1 + np.exp(x) + np.exp(y) + np.exp(both)
        p_there, p_back, p_both = (
            (np.exp(a) + c) / whole for a, c in ((x, np.exp(both)), (y, np.exp(both)), (both, 0))
        )
        by_pair = np.column_stack(
            [there * (asks - p_there)[:, None] + back * (asked - p_back)[:, None], asks * asked - p_both]
        )
        return float((asks * x + asked * y + asks * asked * b[-1] - np.log(whole)).sum()), by_pair

    start = np.append([-3.0], np.zeros(len(terms)))
    fit = minimize(lambda b: (-(s := scores(b))[0], -s[1].sum(axis=0)), start, jac=True, method="BFGS")
    by_pair = scores(fit.x)[1]
    errors = np.sqrt(np.diag(np.linalg.inv(by_pair.T @ by_pair)))
    planted = large.truth["coefficients"]["advice"]
    for term, estimate, error in zip([*terms, "mutual"], fit.x, errors, strict=True):
        assert abs(estimate - planted[term]) < 4 * error, term
    assert errors[-1] < 0.2


# --- supervision -------------------------------------------------------------------------------------------------------------


def test_everybody_below_the_top_has_one_or_two_supervisors_above_them(large: Drawn) -> None:
    people = large.people.set_index(["wave", "person"])
    ties = large.complete[large.complete["relation"] == "supervision"]
    above = people.loc[pd.MultiIndex.from_frame(ties[["wave", "source"]])].reset_index()
    below = people.loc[pd.MultiIndex.from_frame(ties[["wave", "target"]])].reset_index()
    assert (above["team"] == below["team"]).all()
    assert (above["rank"] > below["rank"]).all()
    number = ties.groupby(["wave", "target"]).size()
    top = large.people.groupby(["wave", "team"])["rank"].transform("max")
    assert set(number.index) == set(
        large.people.loc[large.people["rank"] < top, ["wave", "person"]].itertuples(False, None)
    )
    assert number.max() == 2
    assert likely(int((number == 2).sum()), len(number), 0.15)  # in these teams everybody below the top has two above
    named = dict(zip(REGISTER["id"], REGISTER["supervised_by"], strict=True))
    for role in ("nursing_associate", "physician_associate", "clinical_associate_in_psychology"):
        found = above.loc[below["role"].eq(role) & below["role_kind"].eq("new"), "role"]
        assert len(found)
        assert set(found) == {named[role]}
    found = above.loc[below["role"].eq("approved_responsible_clinician"), "role"]
    assert set(found) == {"psychiatrist"}, "no supervisor in the register: a bordering role of higher rank"


def by_hand(teams: int, members: list[tuple[str, str, str, int, str, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many teams, each in a trust of its own, all with these members: role, kind, band, rank, supervised_by, borders_on."""
    columns = ["role", "role_kind", "band", "rank", "supervised_by", "borders_on"]
    team = pd.DataFrame(members, columns=columns)
    people = pd.concat([team.assign(team=f"T{i}", trust=f"X{i}") for i in range(teams)], ignore_index=True)
    people = people.assign(wave=1, arrived_wave=1, responded=True, family=people["role"])
    people["person"] = [f"p{number:05d}" for number in range(len(people))]
    return people, people.drop_duplicates("team")[["team", "trust"]]


def supervision(people: pd.DataFrame, teams: pd.DataFrame, **values: float) -> pd.DataFrame:
    """One row per supervision: the roles and bands of both."""
    none = pd.DataFrame(columns=["wave", "team", "task", "role", "position"])
    spec = TiesSpec(second_supervisor=0, supervision_works_with=0, **values)
    ties = draw_ties(people, none, teams, spec, np.random.default_rng(8))[2]
    ties = ties[ties["relation"] == "supervision"]
    known = people[["person", "role", "band"]]
    return ties.merge(known, left_on="source", right_on="person").merge(
        known, left_on="target", right_on="person", suffixes=("_above", "_below")
    )


def test_supervisors_are_chosen_by_their_weights() -> None:
    """One nurse below a nurse one step up and a psychologist two steps up: exp(1.5 - 0.5) against exp(-1)."""
    nurse, psychologist = ("registered_nurse", "existing"), ("practitioner_psychologist", "existing")
    found = supervision(
        *by_hand(1500, [(*nurse, "5", 5, "", ""), (*nurse, "6", 6, "", ""), (*psychologist, "7", 7, "", "")])
    )
    lowest = found[found["band_below"] == "5"]
    assert len(lowest) == 1500
    by_nurse = int((lowest["role_above"] == "registered_nurse").sum())
    assert likely(by_nurse, len(lowest), math.exp(1) / (math.exp(1) + math.exp(-1)))
    assert set(found["band_below"]) == {"5", "6"}, "nobody above those of band 7"


@pytest.mark.parametrize(
    ("named", "borders", "supervisor"),
    [
        ("practitioner_psychologist", "registered_nurse", "practitioner_psychologist"),
        ("pharmacist", "registered_nurse", "registered_nurse"),
        ("", "registered_nurse;health_care_assistant", "registered_nurse"),
        ("health_care_assistant", "", None),
    ],
    ids=["named", "named but not there", "bordering", "named but of lower rank: anybody above"],
)
def test_new_roles_are_supervised_by_whom_the_register_names(named: str, borders: str, supervisor: str | None) -> None:
    members = [
        ("peer_support_worker", "new", "4", 4, named, borders),
        ("registered_nurse", "existing", "5", 5, "", ""),
        ("occupational_therapist", "existing", "5", 5, "", ""),
        ("practitioner_psychologist", "existing", "8b", 8, "", ""),
        ("health_care_assistant", "existing", "3", 3, "", ""),
    ]
    found = supervision(*by_hand(60, members))
    above = set(found.loc[found["role_below"] == "peer_support_worker", "role_above"])
    anybody = {"registered_nurse", "occupational_therapist", "practitioner_psychologist"}
    assert above == ({supervisor} if supervisor else anybody)


# --- ties last, and stay exact -----------------------------------------------------------------------------------------------


def test_ties_last_as_long_as_planted_and_keep_their_probability() -> None:
    """With one probability p for all, a tie is there in the next wave with probability 0.7 + 0.3 p."""
    result = drawn(seed=5, teams=6, size=40, turnover=0, other_team=-60, **LEVEL)
    p = 1 / (1 + math.exp(-result.truth["coefficients"]["works_with"]["intercept"]))
    assert p == pytest.approx(7 / 39, abs=1e-6)
    ties = {wave: {t[1:] for t in tied(result, "works_with") if t[0] == wave} for wave in (1, 2, 3)}
    existing = set(result.people.loc[result.people["wave"] == 1, "person"])
    old = {wave: {t for t in found if existing.issuperset(t)} for wave, found in ties.items()}
    assert all(likely(len(found), 6 * 40 * 39 // 2, p) for found in old.values())
    for wave in (1, 2):
        assert likely(len(old[wave] & old[wave + 1]), len(old[wave]), 0.7 + 0.3 * p)


def test_without_redrawing_nothing_changes_but_what_the_parameters_change() -> None:
    result = drawn(seed=5, size=12, turnover=0, redrawn=0, **LEVEL)
    existing = set(result.people.loc[result.people["wave"] == 1, "person"])
    among = result.complete[result.complete["source"].isin(existing) & result.complete["target"].isin(existing)]
    works = among[among["relation"] == "works_with"]
    by_wave = [rows.drop(columns="wave").reset_index(drop=True) for _, rows in works.groupby("wave")]
    pd.testing.assert_frame_equal(by_wave[0], by_wave[1])
    pd.testing.assert_frame_equal(by_wave[0], by_wave[2])


def test_boundary_crossing_grows_only_if_planted() -> None:
    grows = drawn(turnover=0, newcomer=0, shared_task=0).truth["expected"]
    shares = [grows[wave]["works_with"]["across_roles"] for wave in (1, 2, 3)]
    assert shares[0] < shares[1] < shares[2]
    stays = drawn(turnover=0, newcomer=0, shared_task=0, same_role_after=2.0).truth["expected"]
    assert stays[2]["works_with"]["across_roles"] == pytest.approx(stays[3]["works_with"]["across_roles"], abs=1e-9)


# --- the table, and extremes -------------------------------------------------------------------------------------------------


def test_the_table_is_that_of_a_study_folder(small: Drawn) -> None:
    assert small.ties.columns.tolist() == [field.name for field in table_schema("ties").fields]
    assert not small.complete.duplicated(["wave", "source", "target", "relation"]).any()
    assert (small.complete["source"] != small.complete["target"]).all()
    trust = small.people.set_index("person")["trust"].to_dict()
    assert (small.complete["source"].map(trust) == small.complete["target"].map(trust)).all()
    there = set(small.people[["wave", "person"]].itertuples(index=False, name=None))
    assert {(t.wave, end) for t in small.complete.itertuples() for end in (t.source, t.target)} <= there
    works = small.complete[small.complete["relation"] == "works_with"]
    assert (works["source"] < works["target"]).all()
    assert json.loads(json.dumps(small.truth))


def test_weights_are_binomial(large: Drawn) -> None:
    weights = large.complete.groupby("relation")["weight"]
    assert weights.get_group("supervision").eq(1).all()
    for relation, most, chance in (
        ("works_with", 4, 0.45),
        ("advice", 2, 0.4),
        ("referral", 2, 0.3),
        ("handover", 2, 0.5),
    ):
        given_weights = weights.get_group(relation)
        assert set(given_weights) == set(range(1, most + 2))
        for step in range(most + 1):
            assert likely(int((given_weights == step + 1).sum()), len(given_weights), binom.pmf(step, most, chance))


@pytest.mark.parametrize(("rate", "weight"), [(0, {1}), (1, {3, 5})])
def test_weights_may_be_all_alike(rate: int, weight: set[int]) -> None:
    shares = dict.fromkeys(["works_with", "advice", "referral", "handover"], rate)
    ties = drawn(weight_share=shares).complete
    assert set(ties.loc[ties["relation"] != "supervision", "weight"]) == weight


def test_no_tie_joins_two_teams_if_none_should() -> None:
    result = drawn(other_team=-60)
    team = result.people.set_index("person")["team"].to_dict()
    assert (result.complete["source"].map(team) == result.complete["target"].map(team)).all()
    other = drawn(other_team=0).complete
    assert (other["source"].map(team) != other["target"].map(team)).any()


@settings(max_examples=6, deadline=None)
@given(
    st.integers(1, 2), st.integers(2, 8), st.integers(2, 4), st.sampled_from([0, 0.3, 1]), st.sampled_from([0, 0.5, 1]),
    st.floats(-8, 8), st.floats(-8, 8), st.integers(0, 9),
)  # fmt: skip
def test_any_legal_parameters_give_a_valid_table_and_meet_their_aims(
    teams: int, size: int, waves: int, redrawn: float, turnover: float, same_role: float, mutual: float, seed: int
) -> None:
    values = {"redrawn": redrawn, "same_role_before": same_role, "advice_mutual": mutual}
    result = drawn(seed, teams, size, waves, turnover, **values)
    again = drawn(seed, teams, size, waves, turnover, **values)
    assert result.truth == again.truth
    pd.testing.assert_frame_equal(result.complete, again.complete)
    assert not result.complete.duplicated(["wave", "source", "target", "relation"]).any()
    people = int((result.people["wave"] == 1).sum())
    assert result.truth["aims"]["works_with"] == pytest.approx(min(7, 0.75 * (size - 1)), abs=1e-6)
    for relation, aim in result.truth["aims"].items():
        density = result.truth["expected"][1][relation]["density"]
        assert density * people * (size - 1) == pytest.approx(aim * people, abs=1e-3 * people)


def test_without_people_there_are_no_ties() -> None:
    result = drawn(teams=0)
    assert result.ties.empty
    assert result.ties.columns.tolist() == ["wave", "source", "target", "relation", "weight"]
    assert result.truth["expected"] == {}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"mean_partners": 0}, "mean_partners: 0 is impossible"),
        ({"redrawn": 1.5}, "redrawn: 1.5 is impossible: expected a number from 0 to 1"),
        ({"newcomer": math.inf}, "newcomer: inf is impossible"),
        ({"weight_share": {"works_with": 0.5}}, "weight_share: no value for advice, referral, handover"),
        ({"same_role": 1}, "Did you mean"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        TiesSpec.from_values(values)

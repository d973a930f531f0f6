"""The invented study: what was planted is there, can be recomputed from the parameters, and stays out of the folder.

Known answers: the published participation of Phase 1; sums over all subsets, written out here, for who responds;
the binomial distribution for what sources miss.
"""

from __future__ import annotations

import doctest
import importlib
import itertools
import math
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from newroles.datasets import Study, check_study, load_codebook, load_published, load_study
from newroles.datasets.places import data_folder
from newroles.datasets.schemas import TABLES, table_schema
from newroles.errors import InputError
from newroles.simulate import (
    EXAMPLE_SEED,
    SimulatedStudy,
    StudySpec,
    describe_spec,
    planted,
    read_truth,
    regional_shape,
    study,
    truth_file,
    write,
    write_example,
)
from newroles.simulate.national import PARTS, draw_national
from newroles.simulate.teams import TeamsSpec
from newroles.simulate.trusts import draw_fixed_number, inclusion_probabilities

REGIONS = [
    "North East and Yorkshire", "North West", "Midlands", "East of England", "London", "South East", "South West",
]  # fmt: skip
NO_TEAMS = {"teams": TeamsSpec(case_teams=0, other_panel_teams=0, surveyed_teams_per_trust=0)}
NO_MESS = {**NO_TEAMS, "band_in_title": 0, "team_in_title": 0, "odd_case": 0, "plural": 0, "ampersand": 0, "typo": 0}
ONLY_NAMES = {"name": 1, "abbreviation": 0, "other_name": 0, "trainee": 0, "local": 0}


@pytest.fixture(scope="module")
def simulated() -> SimulatedStudy:
    return study(StudySpec(**NO_TEAMS), np.random.default_rng(7))


@pytest.fixture(scope="module")
def large() -> SimulatedStudy:
    """Enough trusts for rates to show: 400, 243 or so responding."""
    return study(StudySpec(**NO_TEAMS, **regional_shape(400)), np.random.default_rng(11))


def with_truth(simulated: SimulatedStudy) -> pd.DataFrame:
    reports = simulated.reports
    return reports.assign(role=reports["report"].map(simulated.truth["reports"]))


def chances_over_all_subsets(log_odds: Iterable[float], wanted: int) -> np.ndarray:
    """Who is in, by adding up every possible set of responding trusts."""
    odds = np.exp(list(log_odds))
    total, inside = 0.0, np.zeros(len(odds))
    for members in itertools.combinations(range(len(odds)), wanted):
        weight = math.prod(odds[list(members)])
        total += weight
        inside[list(members)] += weight
    return inside / total


@pytest.mark.parametrize(
    "name", ["parameters", "spec", "trusts", "variants", "titles", "teams", "staffing", "assembly"]
)
def test_examples_in_docstrings(name: str) -> None:
    module = importlib.import_module(f"newroles.simulate.{name}")
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


# --- parameters ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"typos": 0.1}, "Did you mean 'typo'"),
        ({"typo": -0.1}, "typo: -0.1 is impossible: expected a number from 0 to 1"),
        ({"typo": math.nan}, "typo: nan is impossible"),
        ({"typo": True}, "typo: True is impossible"),
        ({"typo": "often"}, "typo: 'often' is impossible"),
        ({"role_variants": 70.5}, "role_variants: 70.5 is impossible: expected a whole number"),
        ({"role_variants": 5}, "fewer than the"),
        ({"role_variants": 5000}, "more than the invented names go round"),
        ({"trust_wte_median": 0}, "trust_wte_median: 0 is impossible"),
        ({"miss": {"interview": 0.1}}, "miss: no value for questionnaire, advert, workforce_plan, esr"),
        ({"miss": dict.fromkeys(["interviews", "questionnaire", "advert", "workforce_plan", "esr"], 0.5)}, "interview"),
        ({"miss": dict.fromkeys(["interview", "questionnaire", "advert", "workforce_plan", "esr"], 1)}, "No source"),
        ({"newness_windows": {3: 0.5, 5: 0.4}}, "add up to 0.9, not to 1"),
        ({"newness_windows": {}}, "no values given"),
        ({"title_forms": dict.fromkeys(ONLY_NAMES, 0)}, "all weights are zero"),
        ({"period_start": "2023-05-01"}, "is not a date: expected one such as 2023-05-01"),
        ({"period_end": pd.Timestamp("2022-01-01").date()}, "is before period_start"),
        ({"earliest_introduction": 2030}, "must be before the year of period_start, 2023"),
        (
            {"trusts_by_region": {"London": 3}, "responded_by_region": {"London": 4}},
            "4 of 3 trusts can't have responded",
        ),
        ({"trusts_by_region": {"London": 3}, "responded_by_region": {"London": 0}}, "no trust responds"),
        ({"trusts_by_region": {"London": 3}}, "must name the same regions"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        study(StudySpec.from_values(values), np.random.default_rng(1))


def test_every_parameter_has_a_unit_and_a_reason() -> None:
    table = describe_spec(StudySpec(typo=0.25)).set_index("parameter")
    assert (table[["unit", "reason"]].map(len) > 3).all().all()
    assert table.loc["typo", "value"] == "0.25"


def test_a_specification_comes_back_from_its_truth_file(tmp_path: Path) -> None:
    spec = StudySpec(**NO_TEAMS, typo=0.3, **regional_shape(9))
    folder = write(study(spec, np.random.default_rng(1)), tmp_path / "study")
    truth = yaml.safe_load(truth_file(folder).read_text(encoding="utf-8"))
    assert StudySpec.from_values(truth["spec"]) == spec


# --- who is in the frame, and who responds ------------------------------------------------------------------------


def test_the_regional_shape_is_the_published_one(simulated: SimulatedStudy) -> None:
    """31 of 51, by region as in the early findings briefing of the study."""
    by_region = simulated.trusts.groupby("region", sort=False)["responded"].agg(["sum", "size"])
    assert by_region.index.tolist() == REGIONS
    assert by_region["size"].tolist() == [8, 5, 11, 4, 10, 7, 6]
    assert by_region["sum"].tolist() == [7, 2, 8, 1, 5, 5, 3]


def test_51_trusts_have_the_published_shape() -> None:
    published = load_published("phase1_participation").set_index("region")
    shape = regional_shape(51)
    assert shape["trusts_by_region"] == published["trusts_in_region"].to_dict()
    assert shape["responded_by_region"] == published["participated"].to_dict()


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(REGIONS), min_size=1), st.integers(0, 300))
def test_any_shape_fills_each_region_and_no_more(regions: set[str], more: int) -> None:
    shape = regional_shape(len(regions) + more, list(regions))
    trusts, responded = shape["trusts_by_region"], shape["responded_by_region"]
    assert sum(trusts.values()) == len(regions) + more
    assert set(trusts) == regions
    assert all(1 <= responded[region] <= trusts[region] for region in regions)


def test_too_few_trusts_and_unknown_regions_are_refused() -> None:
    with pytest.raises(InputError, match="2 trusts can't fill 7 regions"):
        regional_shape(2)
    with pytest.raises(InputError, match="Did you mean 'Midlands'"):
        regional_shape(20, ["Midland"])


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=7), st.data())
def test_chances_of_responding_equal_the_sum_over_all_subsets(log_odds: list[float], data: st.DataObject) -> None:
    wanted = data.draw(st.integers(0, len(log_odds)))
    expected = chances_over_all_subsets(log_odds, wanted)
    assert inclusion_probabilities(np.array(log_odds), wanted) == pytest.approx(expected, abs=1e-9)


def test_trusts_respond_as_often_as_their_chances_say() -> None:
    log_odds = np.array([0.3, -1.0, 2.0, 0.5, 0.0])
    rng = np.random.default_rng(5)
    draws = np.array([draw_fixed_number(log_odds, 3, rng) for _ in range(4000)])
    assert (draws.sum(axis=1) == 3).all()
    counts, chances = draws.sum(axis=0), chances_over_all_subsets(log_odds, 3)
    assert (counts > binom.ppf(0.0005, 4000, chances)).all()
    assert (counts < binom.ppf(0.9995, 4000, chances)).all()


def test_nobody_and_everybody_can_respond() -> None:
    assert not draw_fixed_number(np.zeros(3), 0, np.random.default_rng(1)).any()
    assert draw_fixed_number(np.zeros(3), 3, np.random.default_rng(1)).all()


# --- the planted bias ---------------------------------------------------------------------------------------------


def recomputed_totals(simulated: SimulatedStudy) -> dict[str, tuple[float, float]]:
    """Expected true and naive totals, from the parameters and the trusts' sizes alone."""
    spec, trusts = simulated.truth["spec"], simulated.trusts
    doublings = np.log2(trusts["wte"] / spec["trust_wte_median"])
    weight = pd.Series(0.0, index=trusts.index)
    for region, members in trusts.groupby("region").groups.items():
        log_odds = math.log(spec["response_odds_per_doubling"]) * doublings[members]
        weight[members] = chances_over_all_subsets(log_odds, spec["responded_by_region"][region])
    roles, people = np.zeros(len(trusts)), np.zeros(len(trusts))
    for role in simulated.truth["adoption"].values():
        odds = role["base_share"] / (1 - role["base_share"]) * spec["adoption_odds_per_doubling"] ** doublings
        chance = odds / (1 + odds)
        roles += chance
        people += chance * np.maximum(role["posts"] * trusts["wte"] / spec["trust_wte_median"], 1)
    scale = len(trusts) / trusts["responded"].sum()
    return {
        "roles_in_trusts": (roles.sum(), (roles * weight).sum() * scale),
        "headcount": (people.sum(), (people * weight).sum() * scale),
    }


def test_the_expected_bias_follows_from_the_parameters(simulated: SimulatedStudy) -> None:
    for name, (true, naive) in recomputed_totals(simulated).items():
        planted = simulated.truth["naive_totals"][name]
        assert planted["expected_true"] == pytest.approx(true, abs=0.01)
        assert planted["expected_naive"] == pytest.approx(naive, abs=0.01)
        assert naive > true


@pytest.mark.slow
def test_naive_totals_are_too_high_by_the_planted_amount() -> None:
    """Over 40 studies the mean bias lies within three standard errors of what was planted, and above zero."""
    off, planted = [], []
    spec, register = StudySpec(**NO_TEAMS), load_codebook("roles").codes
    for seed in range(40):
        streams = dict(zip(PARTS, np.random.default_rng(seed).spawn(len(PARTS)), strict=True))
        totals = draw_national(spec, streams, register).truth["naive_totals"]["roles_in_trusts"]
        off.append(totals["naive"] - totals["true"])
        planted.append(totals["expected_naive"] - totals["expected_true"])
    surplus = np.array(off) - np.array(planted)
    assert abs(surplus.mean()) < 3 * surplus.std(ddof=1) / math.sqrt(40)
    assert np.mean(off) > 3 * np.std(off, ddof=1) / math.sqrt(40)


def test_naive_totals_agree_with_the_roles_listed(simulated: SimulatedStudy) -> None:
    totals = simulated.truth["naive_totals"]["roles_in_trusts"]
    responded = set(simulated.trusts.query("responded")["trust"])
    where = [trust for trusts in simulated.truth["present_in"].values() for trust in trusts]
    assert totals["true"] == len(where)
    assert totals["naive"] == pytest.approx(sum(trust in responded for trust in where) * 51 / 31, abs=0.001)


def test_where_size_makes_no_difference_all_trusts_of_a_region_are_alike() -> None:
    spec = StudySpec(**NO_TEAMS, response_odds_per_doubling=1, adoption_odds_per_doubling=1)
    even = study(spec, np.random.default_rng(3))
    trusts = even.trusts.assign(chance=lambda t: t["trust"].map(even.truth["response_probability"]))
    published = load_published("phase1_participation").set_index("region")
    expected = trusts["region"].map(published["participated"] / published["trusts_in_region"])
    assert trusts["chance"].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)
    totals = even.truth["naive_totals"]["roles_in_trusts"]
    assert totals["expected_naive"] == pytest.approx(totals["expected_true"], abs=0.01)


# --- roles and where they are -------------------------------------------------------------------------------------


def test_role_variants_are_as_many_as_asked_and_have_a_long_tail(simulated: SimulatedStudy) -> None:
    adoption = pd.DataFrame(simulated.truth["adoption"]).T
    variants = adoption[adoption["kind"] != "existing"]
    assert len(variants) == 75
    # by hand: 0.88 * 1 ** -0.75 and 0.88 * 75 ** -0.75 = 0.0345
    assert (variants["base_share"].max(), variants["base_share"].min()) == (0.88, pytest.approx(0.0345, abs=5e-5))
    in_one_or_two = (variants["all"].astype(float) * 51).round().between(1, 2).mean()
    assert in_one_or_two > 0.2


def test_counts_of_roles_agree_with_the_lists(simulated: SimulatedStudy) -> None:
    truth = simulated.truth
    assert truth["roles"]["present"]["all"] == len(truth["present_in"])
    assert truth["roles"]["reported"]["all"] == len(set(truth["reports"].values()))
    ordered = [truth["roles"][name]["all"] for name in ("possible", "present", "present_where_responded", "reported")]
    assert ordered == sorted(ordered, reverse=True)


def test_roles_are_adopted_at_their_rate(large: SimulatedStudy) -> None:
    """Each role's trusts among 400 lie within binomial bounds of its mean chance (narrower than binomial in truth)."""
    adoption = pd.DataFrame(large.truth["adoption"]).T.astype({"all": float, "expected_all": float})
    counts = (adoption["all"] * 400).round()
    assert (counts >= binom.ppf(0.0001, 400, adoption["expected_all"])).all()
    assert (counts <= binom.ppf(0.9999, 400, adoption["expected_all"])).all()


def test_roles_of_the_register_keep_their_ids_and_others_never_look_like_them(simulated: SimulatedStudy) -> None:
    known = set(load_codebook("roles").ids)
    for role, row in simulated.truth["adoption"].items():
        assert (role in known) == (row["kind"] != "local")


def test_half_of_the_introductions_come_after_the_midpoint_of_a_role() -> None:
    """A steep curve puts nearly all dates at the midpoint: 0.6 of the way from 2010 to May 2023 is the end of 2017."""
    spec = StudySpec(**NO_TEAMS, adoption_steepness=200, **regional_shape(200))
    simulated = study(spec, np.random.default_rng(2))
    local = with_truth(simulated).query("role.str.startswith('local_') and source == 'esr'")
    days = (pd.to_datetime(local["introduced"]) - pd.Timestamp("2010-01-01")).dt.days
    span = (pd.Timestamp("2023-05-01") - pd.Timestamp("2010-01-01")).days
    assert len(local) > 100
    assert (days / span).median() == pytest.approx(0.6, abs=0.01)
    assert (days / span).between(0.55, 0.65).all()


# --- what sources report ------------------------------------------------------------------------------------------


def test_sources_miss_roles_at_their_stated_rate(large: SimulatedStudy) -> None:
    reports = with_truth(large)
    seen = reports.groupby("source").size()
    roles_of = pd.DataFrame(
        [(trust, role) for role, trusts in large.truth["present_in"].items() for trust in trusts],
        columns=["trust", "role"],
    ).groupby("trust").size()  # fmt: skip
    for source, miss in large.truth["spec"]["miss"].items():
        holders = [trust for trust, held in large.truth["sources_held"].items() if source in held]
        possible = int(roles_of.reindex(holders).fillna(0).sum())
        missed = possible - seen[source]
        assert binom.ppf(0.001, possible, miss) <= missed <= binom.ppf(0.999, possible, miss)
        assert large.truth["sources"][source] == {
            "miss": miss, "trusts": len(holders), "possible": possible, "missed": missed
        }  # fmt: skip


def test_only_what_a_responding_trust_has_is_reported_and_once_a_source(simulated: SimulatedStudy) -> None:
    reports, truth = with_truth(simulated), simulated.truth
    assert reports["role"].notna().all()
    assert not reports.duplicated(["trust", "source", "role"]).any()
    assert set(reports["trust"]) <= set(simulated.trusts.query("responded")["trust"])
    for trust, source, role in reports[["trust", "source", "role"]].itertuples(index=False):
        assert trust in truth["present_in"][role]
        assert source in truth["sources_held"][trust]


def test_each_trust_was_interviewed_or_filled_in_the_questionnaire(simulated: SimulatedStudy) -> None:
    held = simulated.truth["sources_held"]
    assert len(held) == 31
    assert all(("interview" in sources) != ("questionnaire" in sources) for sources in held.values())


def test_no_column_tells_the_truth() -> None:
    """The columns of truth (role, kind, form, house_title, tone, rank, ...) are in no table."""
    whole = load_study("example_study")
    assert whole.tables == list(TABLES)
    for name in TABLES:
        assert list(getattr(whole, name).columns) == table_schema(name).columns
    assert not whole.reports["title"].str.contains("_").any()


def test_figures_and_dates_are_possible(large: SimulatedStudy) -> None:
    reports = large.reports
    counted = reports.dropna(subset=["headcount"])
    assert (counted["headcount"] >= np.ceil(counted["wte"])).all()
    assert (counted["wte"] > 0).all()
    assert (reports["headcount"].isna() == reports["wte"].isna()).all()
    assert reports["reported_on"].between("2023-05-01", "2023-12-15").all()
    days = reports.loc[reports["source"] == "esr"]
    assert (pd.to_datetime(days["introduced"]) < days["reported_on"]).all()
    assert (reports["introduced"].dropna().str[:4].astype(int) <= 2023).all()


def test_newness_follows_the_trusts_own_window() -> None:
    """With only the year of introduction known, whole years decide all but the year on the edge."""
    simulated = study(StudySpec(**NO_TEAMS, unsure=0, **regional_shape(100)), np.random.default_rng(4))
    reports = simulated.reports
    asked = reports["source"].isin(["interview", "questionnaire", "workforce_plan"])
    assert reports.loc[~asked, "counted_as_new"].isna().all()
    spoken = reports[asked]
    years = spoken["reported_on"].dt.year - spoken["introduced"].str[:4].astype(int)
    window = spoken["trust"].map(simulated.truth["newness_years"])
    assert (spoken.loc[years < window, "counted_as_new"] == "yes").all()
    assert (spoken.loc[years > window, "counted_as_new"] == "no").all()
    assert {"yes", "no"} == set(spoken["counted_as_new"])


def test_rationales_are_codes_of_the_codebook(large: SimulatedStudy) -> None:
    given_codes = large.reports["rationale"].dropna().str.split(";").explode()
    assert set(given_codes) == set(large.truth["spec"]["rationale_shares"])
    assert set(given_codes) <= set(load_codebook("rationale").ids)


# --- titles -------------------------------------------------------------------------------------------------------


def test_without_mess_a_title_is_the_name_of_the_role() -> None:
    spec = StudySpec.from_values({**NO_MESS, "title_forms": ONLY_NAMES})
    reports = with_truth(study(spec, np.random.default_rng(5)))
    names = load_codebook("roles").codes.set_index("id")["name"]
    registered = reports[reports["role"].isin(names.index)]
    assert (registered["title"] == registered["role"].map(names)).all()
    assert reports.groupby("role")["title"].nunique().eq(1).all()
    assert reports.groupby("title")["role"].nunique().eq(1).all()


@pytest.mark.parametrize(
    ("mess", "holds"),
    [
        ("band_in_title", r"(?i)\bband [1-9]|\bB[1-9]"),
        ("team_in_title", "CMHT|Crisis Team|Perinatal|Older Adults|Early Intervention|CAMHS|Ward 3|Community"),
        ("odd_case", r"^(?:[^a-z]+|[^A-Z]+)$"),
        ("plural", r"s\b"),
    ],
)
def test_each_kind_of_mess_shows_when_it_is_certain(mess: str, holds: str) -> None:
    spec = StudySpec.from_values({**NO_MESS, mess: 1, "title_forms": ONLY_NAMES})
    reports = study(spec, np.random.default_rng(5)).reports
    may_show = reports["band"].notna() if mess == "band_in_title" else reports["title"].notna()
    assert reports.loc[may_show, "title"].str.contains(holds).all()


def test_a_typo_is_one_slip() -> None:
    spec = {**NO_MESS, "title_forms": ONLY_NAMES}
    clean = study(StudySpec.from_values(spec), np.random.default_rng(6)).reports["title"]
    slipped = study(StudySpec.from_values({**spec, "typo": 1}), np.random.default_rng(6)).reports["title"]
    assert (clean.str.len() - slipped.str.len()).abs().max() == 1
    # a doubled or swapped pair of the same letters may look right, so not all titles need differ
    assert (clean != slipped).mean() > 0.9
    assert all(sum(a != b for a, b in zip(x, y, strict=False)) <= 2 for x, y in zip(clean, slipped, strict=True)
               if len(x) == len(y))  # fmt: skip


def test_one_more_kind_of_mess_changes_titles_only(simulated: SimulatedStudy) -> None:
    other = study(StudySpec(**NO_TEAMS, typo=0.5), np.random.default_rng(7))
    assert not other.reports["title"].equals(simulated.reports["title"])
    same = other.reports.drop(columns="title")
    pd.testing.assert_frame_equal(same, simulated.reports.drop(columns="title"))
    pd.testing.assert_frame_equal(other.trusts, simulated.trusts)
    assert other.truth["reports"] == simulated.truth["reports"]


def test_title_decisions_are_right_and_leave_some_open(large: SimulatedStudy) -> None:
    decisions = large.title_decisions
    reports = with_truth(large).assign(key=lambda r: r["title"].str.casefold())
    settled = reports.merge(
        decisions.assign(key=decisions["title"].str.casefold()), on="key", suffixes=("", "_decided")
    )
    assert len(settled) > 50
    assert (settled["role"] == settled["role_decided"]).all()
    assert set(decisions["role"]) <= set(load_codebook("roles").ids)
    assert not decisions["title"].str.casefold().duplicated().any()
    assert (decisions["decided_on"] > pd.Timestamp("2023-12-15")).all()


@pytest.mark.parametrize(("share", "some"), [(0, False), (1, True)])
def test_the_share_of_titles_decided_is_obeyed(share: int, some: bool) -> None:
    drawn = study(StudySpec(**NO_TEAMS, decided=share), np.random.default_rng(7))
    assert drawn.has("title_decisions") is some


# --- the folder ---------------------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    files = [*folder.iterdir(), truth_file(folder)]
    return {path.name: path.read_bytes() for path in files}


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path: Path) -> None:
    first, again, other = (tmp_path / name / "study" for name in ("first", "again", "other"))
    for folder, seed in ((first, 3), (again, 3), (other, 4)):
        write_example(folder, seed=seed, trusts=7, teams=2)
    assert contents(first) == contents(again)
    assert contents(first)["reports.csv"] != contents(other)["reports.csv"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "study", trusts=7)
    before = contents(folder)
    with pytest.raises(InputError, match="not an empty folder"):
        write_example(folder)
    assert contents(folder) == before
    with pytest.raises(InputError, match="not an empty folder"):
        write(study(StudySpec(**NO_TEAMS), np.random.default_rng(1)), folder)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(InputError, match=r"study\.truth\.yml exists"):
        write_example(folder)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder"):
        write_example(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed -1 is negative"):
        write_example(tmp_path / "study", seed=-1)
    assert not (tmp_path / "study").exists()


def test_the_shipped_example_is_what_its_seed_gives(tmp_path: Path) -> None:
    """If this fails after a change of the role register or the generator: remove data/example_study and its truth, and
    write them again with `newroles simulate --out data/example_study`."""
    shipped = data_folder() / "example_study"
    seed = yaml.safe_load((shipped / "study.yml").read_text(encoding="utf-8"))["seed"]
    assert seed == EXAMPLE_SEED
    made = write_example(tmp_path / "example_study", seed=seed)
    assert contents(made) == contents(shipped)


def test_the_shipped_example_is_a_study_without_errors() -> None:
    shipped = data_folder() / "example_study"
    problems = check_study(shipped)
    assert problems.empty, problems.to_string()
    loaded = load_study(shipped)
    assert loaded.kind == "invented"
    assert "nvented" in loaded.title
    assert (len(loaded.trusts), int(loaded.trusts["responded"].sum())) == (51, 31)
    assert 400 <= len(loaded.reports) <= 900
    assert loaded.tables == list(TABLES)


def test_the_planted_recipes_are_found_in_the_tables_of_the_shipped_example_alone() -> None:
    """Crisp-set QCA with nothing but loops: configurations in which at least 80% of teams are mostly of a tone, covered
    by as few and as short conjunctions as possible, none of which covers anything else (Ragin 1987, ch. 6-7)."""
    shipped = load_study(data_folder() / "example_study")
    at_least = {"leadership_support": 3, "role_agreed": 3, "supervision_time": 2, "vacancy_rate": 0.12}
    wide = shipped.contexts.query("unit_kind == 'team'").pivot_table("value", "unit", "indicator")
    holds = pd.DataFrame({name: (wide[name] >= lowest).astype(int) for name, lowest in at_least.items()})
    given = shipped.codings[(shipped.codings["coder"] != "adjudication") & shipped.codings["code"].str.contains("TONE")]
    votes = pd.crosstab(given["unit"], given["code"])
    majority = votes.idxmax(axis=1).where(votes.eq(votes.max(axis=1), axis=0).sum(axis=1) == 1, "tie")
    shares = pd.crosstab(shipped.segments.set_index("segment")["team"].loc[majority.index], majority, normalize="index")
    for tone, recipes in (
        ("BW-TONE-CON", {"leadership_support*~vacancy_rate", "role_agreed*supervision_time"}),
        ("BW-TONE-DES", {"~role_agreed*vacancy_rate"}),
    ):
        mostly = (shares[tone] > 0.5).groupby([holds.loc[shares.index, name] for name in at_least]).mean()
        positive = {row for row, share in mostly.items() if share >= 0.8}
        covers = {
            term: set(itertools.product(*((0, 1) if wanted is None else (wanted,) for wanted in term)))
            for term in itertools.product((0, 1, None), repeat=4)
        }
        inside = {term: rows for term, rows in covers.items() if rows <= positive}
        prime = [term for term, rows in inside.items() if not any(rows < others for others in inside.values())]
        solutions = [
            {
                "*".join("~" * (not w) + name for name, w in zip(at_least, term, strict=True) if w is not None)
                for term in terms
            }
            for terms in itertools.combinations(prime, len(recipes))
            if set.union(*(inside[term] for term in terms)) == positive
        ]
        assert solutions == [recipes]


def test_roles_of_a_register_of_ones_own_are_coded_and_one_without_new_roles_works_without_teams() -> None:
    ours = pd.DataFrame(
        {"id": ["bridge", "nurse"], "name": ["Bridge", "Nurse"], "new": [True, False], "since": ["2015", "1990"]}
    )
    small = {"events": {"rows": 0}, "teams": {"case_teams": 1, "other_panel_teams": 1, "surveyed_teams_per_trust": 0}}
    made = study(StudySpec.from_values(small), np.random.default_rng(3), ours)
    assert set(made.codings.loc[made.codings["unit_kind"] == "role", "unit"]) == {"bridge"}
    assert set(made.people["role"]) == {"bridge", "nurse"}
    with pytest.raises(InputError, match="no new role: teams can't be drawn"):
        study(StudySpec.from_values(small), np.random.default_rng(3), ours.tail(1))
    alone = study(StudySpec(**NO_TEAMS), np.random.default_rng(3), ours.tail(1))
    assert not alone.has("teams")


@pytest.mark.parametrize("seed", range(2))
def test_another_seed_and_shape_gives_a_study_without_errors(tmp_path: Path, seed: int) -> None:
    spec = StudySpec(**regional_shape(12, ["London", "Midlands", "South West"]))
    problems = check_study(write(study(spec, np.random.default_rng(seed)), tmp_path / "study"))
    assert problems[problems["severity"] == "error"].empty, problems.to_string()


def test_no_real_trust_is_named() -> None:
    """Neither names nor ODS codes of organisations in the open tables stand anywhere in the example or its truth."""
    real = pd.read_csv(data_folder() / "open" / "mental_health_trusts.csv", dtype=str)
    shipped = data_folder() / "example_study"
    text = b"\n".join(contents(shipped).values()).decode("utf-8")
    words = set(text.replace(",", " ").replace("[", " ").replace("]", " ").split())
    assert not words & set(real["trust"])
    assert not [name for name in real["name"] if name.casefold() in text.casefold()]
    assert all(name.startswith("Invented ") for name in load_study(shipped).trusts["name"])


# --- the whole study ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> SimulatedStudy:
    return study(StudySpec(**regional_shape(9)), np.random.default_rng(8))


def test_a_simulated_study_is_a_study_like_any_other(whole: SimulatedStudy, tmp_path: Path) -> None:
    """What is written and loaded again is what was drawn, table by table and type by type."""
    loaded = load_study(write(whole, tmp_path / "study"))
    assert isinstance(whole, Study)
    assert whole.tables == loaded.tables == list(TABLES)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(loaded, name), getattr(whole, name))
    assert (whole.kind, whole.evidence_kind, whole.introduction) == ("invented", "invented", loaded.introduction)


def test_the_truth_file_holds_the_truth_and_the_specification(whole: SimulatedStudy, tmp_path: Path) -> None:
    folder = write(whole, tmp_path / "study")
    truth = read_truth(folder)
    assert {name: truth[name] for name in truth if name != "about"} == dict(whole.truth)
    assert StudySpec.from_values(truth["spec"]) == whole.spec
    with pytest.raises(InputError, match="other.truth.yml: the truth of an invented study lies beside its folder"):
        read_truth(tmp_path / "other")


def test_a_further_part_changes_nothing_in_the_others(whole: SimulatedStudy) -> None:
    """Each part has a stream of its own: without teams, trusts and reports are the same."""
    alone = study(StudySpec(**NO_TEAMS, **regional_shape(9)), np.random.default_rng(8))
    assert alone.tables == ["trusts", "reports", "title_decisions", "codings", "contexts", "competencies"]
    for name in ("trusts", "reports", "title_decisions", "competencies"):
        pd.testing.assert_frame_equal(getattr(alone, name), getattr(whole, name))
    assert sum(map(len, alone.event_blocks())) == 0


def test_tables_fit_together(whole: SimulatedStudy) -> None:
    """What the checker can't know: ties join people of one trust, events people of one team, acts roles of that team."""
    home = whole.teams.set_index("team")["trust"]
    team_of = whole.people.set_index(["wave", "person"])["team"]
    ends = [pd.MultiIndex.from_frame(whole.ties[["wave", end]]) for end in ("source", "target")]
    assert (team_of.loc[ends[0]].map(home).to_numpy() == team_of.loc[ends[1]].map(home).to_numpy()).all()
    persons = whole.people.drop_duplicates("person").set_index("person")["team"]
    assert (whole.events["person"].map(persons) == whole.events["team"]).all()
    case = set(whole.people["team"])
    assert case == set(whole.tasks["team"]) == set(whole.events["team"])
    assert whole.people.groupby("team")["role"].agg(set).gt(set()).all()
    new = whole.teams.set_index("team")["new_role"]
    assert set(whole.segments["team"]) <= set(new[new.notna()].index)
    arrived = whole.people[whole.people["role_kind"] == "new"]
    assert (arrived["role"] == arrived["team"].map(new)).all()
    assert (arrived["wave"] >= 2).all()
    assert set(whole.outcomes["unit"]) <= set(whole.teams["team"])
    assert set(whole.codings.query("unit_kind == 'segment'")["unit"]) <= set(whole.segments["segment"])


def test_what_was_planted_on_one_page(whole: SimulatedStudy) -> None:
    table = planted(whole.truth)
    assert table["part"].unique().tolist() == [
        "Trusts and roles", "Reports", "Contexts", "Outcomes", "Tasks", "Ties", "Boundary acts", "Coding",
    ]  # fmt: skip
    value = table.set_index("planted")["value"]
    assert value["Contests that the next act answers"] == "50%"
    assert value["What contexts change in complaints"] == "culture −0.25, service −0.3, profession 0"
    assert value["Codes that coder_3 leaves out, round by round"] == "10%, 16%, 22%"
    settled = int((whole.codings["coder"] == "adjudication").sum())
    assert value["Differences settled, and how many of them wrongly"].startswith(f"{settled:,}, ")
    assert (table.map(len) > 0).all(axis=None)
    few = planted({name: whole.truth[name] for name in ("sources", "codings")})
    assert few["part"].unique().tolist() == ["Reports", "Coding"]


def test_parameters_are_described_part_by_part() -> None:
    table = describe_spec(StudySpec())
    assert {"", "teams", "outcomes", "ties", "coding"} <= set(table["part"])
    assert not table.duplicated(["part", "parameter"]).any()
    assert describe_spec(StudySpec(), "teams")["part"].unique().tolist() == ["teams"]
    with pytest.raises(InputError, match="no part 'team'. Did you mean 'teams'"):
        describe_spec(StudySpec(), "team")
    assert StudySpec.from_values({"ties": {"redrawn": 0.5}}).ties.redrawn == 0.5
    with pytest.raises(InputError, match="Did you mean 'redrawn'"):
        StudySpec.from_values({"ties": {"redrawm": 0.5}})


# --- other sizes --------------------------------------------------------------------------------------------------


def test_sizes_are_as_asked_and_the_study_is_without_errors(tmp_path: Path) -> None:
    folder = write_example(tmp_path / "study", trusts=8, teams=2, waves=4, people_per_team=10, events=600)
    problems = check_study(folder)
    assert problems[problems["severity"] == "error"].empty, problems.to_string()
    loaded = load_study(folder)
    assert len(loaded.trusts) == 8
    assert loaded.people["team"].nunique() == 2
    assert sorted(loaded.people["wave"].unique()) == [1, 2, 3, 4]
    assert (loaded.people.query("wave == 1").groupby("team").size() == 10).all()
    assert 500 <= len(loaded.events) <= 700


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ({"teams": -1}, "case_teams: -1 is impossible"),
        ({"waves": 1}, "waves: 1 is impossible: expected a whole number of waves, 2 or more"),
        ({"people_per_team": 0}, "people_per_team: 0 is impossible"),
        ({"events": -5}, "rows: -5 is impossible"),
        ({"trusts": 3}, "can't fill 7 regions"),
        ({"workers": 0}, "0 workers can't work"),
    ],
)
def test_impossible_sizes_are_refused_before_anything_is_written(
    tmp_path: Path, sizes: dict[str, int], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        write_example(tmp_path / "study", **sizes)
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_many_events_are_written_in_blocks_the_same_with_any_number_of_workers(tmp_path: Path) -> None:
    sizes = {"seed": 5, "trusts": 7, "teams": 2, "events": 250_000}
    one, three = (write_example(tmp_path / str(n) / "study", workers=n, **sizes) for n in (1, 3))
    assert contents(one) == contents(three)
    assert not (one / "events.csv").exists()
    events = pd.read_parquet(one / "events.parquet")
    assert 240_000 < len(events) < 260_000
    assert not events.duplicated(["event", "person"]).any()
    assert events["event"].is_monotonic_increasing
    assert list(events.columns) == table_schema("events").columns


@pytest.mark.slow
def test_millions_of_events_of_large_teams_fit_into_bounded_memory(tmp_path: Path) -> None:
    """2,000 trusts, 200 people in a team, three million rows: under 1 GB in all, of which the packages take 0.3."""
    code = (
        "import resource, sys; from newroles.simulate import write_example\n"
        "write_example(sys.argv[1], trusts=2000, people_per_team=200, events=3_000_000, workers=2)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "study")], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) / 1024**2 < 1
    assert 2_970_000 < pq.ParquetFile(tmp_path / "study" / "events.parquet").metadata.num_rows < 3_030_000

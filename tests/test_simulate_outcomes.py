"""Monthly outcomes of the invented study: the planted effects, what two-way fixed effects make of them, and the gaps.

Known answers: effects and their averages by plain loops from the parameters and Callaway & Sant'Anna (2021), section 3
(doi 10.1016/j.jeconom.2020.12.001); two-way fixed effects by statsmodels with a dummy for each team and month; what
adjusting for vacancy does by least squares on a panel without noise.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binom

from newroles.datasets import check_study, load_codebook
from newroles.datasets.schemas import table_schema
from newroles.errors import InputError
from newroles.simulate.folder import as_text
from newroles.simulate.outcomes import MEASURES, OutcomesSpec, aggregate, draw_outcomes, within_regression
from newroles.simulate.teams import TeamsSpec

NIL = dict.fromkeys(MEASURES, 0.0)
WHOLE: dict[str, Any] = {"missing": 0, "late_start": 0}
# without anything random in the values, and nothing missing
QUIET = OutcomesSpec(team_sd=NIL, trust_sd=NIL, trust_month_sd=NIL, noise_sd=NIL, **WHOLE)
MONTHS = [f"{year}-{month:02d}" for year in (2021, 2022, 2023) for month in range(1, 13)][6:]  # July 2021 on: 30


def panel_teams(n: int = 40, trusts: int = 14, seed: int = 1, never: float = 0.3) -> tuple[pd.DataFrame, pd.Series]:
    """Teams as drawn introductions leave them, and their vacancy rates; roles come more readily where posts are empty."""
    rng = np.random.default_rng(seed)
    vacancy = np.round(rng.normal(0.12, 0.04, n), 3)
    never_ones = rng.random(n) < np.clip(never - 3 * (vacancy - 0.12), 0, 1)
    start = pd.Series(rng.choice([6, 12, 18], n, p=[0.4, 0.35, 0.25]), dtype="Int64").mask(pd.Series(never_ones))
    teams = pd.DataFrame({"team": [f"T{i:04d}" for i in range(n)], "trust": [f"X{i % trusts:03d}" for i in range(n)]})
    teams["follow"], teams["start_month"] = np.where(np.arange(n) < 8, "case", "panel"), start
    return teams, pd.Series(vacancy, index=teams["team"])


def draw(
    teams: pd.DataFrame, vacancy: pd.Series, spec: OutcomesSpec | None = None, seed: int = 1, **of_teams: Any
) -> tuple[pd.DataFrame, dict[str, Any]]:
    return draw_outcomes(teams, vacancy, TeamsSpec(**of_teams), spec or OutcomesSpec(), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def example() -> tuple[pd.DataFrame, pd.Series, pd.DataFrame, dict[str, Any]]:
    teams, vacancy = panel_teams()
    surveyed = teams[:5].assign(team=[f"S{i}" for i in range(5)], follow="surveyed", start_month=pd.NA)
    return teams, vacancy, *draw(pd.concat([teams, surveyed], ignore_index=True), vacancy)


DEFAULTS = OutcomesSpec()


def planted(measure: str, cohort: int, since: int) -> float:
    """The effect as the parameters say it; 6 is the first month of the first cohort."""
    growth = DEFAULTS.per_month[measure] * (since if since < 12 else 12)
    return {6: 1.4, 12: 1.0, 18: 0.6}[cohort] * (DEFAULTS.onset[measure] + growth)


# --- parameters -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"missing": 1.1}, "missing: 1.1 is impossible"),
        ({"onset": {"burnot": 1}}, "onset: unknown 'burnot'. Did you mean 'burnout'"),
        ({"noise_sd": {**NIL, "burnout": -1}}, "noise_sd: -1 for 'burnout' is impossible"),
        ({"level": {**OutcomesSpec().level, "continuity": 58}}, "level: 58 for 'continuity'.*expected 0 to 1"),
        ({"people": {"service_users": 5}}, "people: no value for new_roles, existing_roles"),
        ({"new_roles_before": 0}, "new_roles_before: 0 is impossible"),
        ({"late_months": 0}, "late_months: 0 is impossible"),
        ({"effect_months": 1.5}, "effect_months: 1.5 is impossible: expected a whole number"),
        ({"onsets": NIL}, "Unknown parameter 'onsets'. Did you mean 'onset'"),
    ],
)
def test_impossible_parameters_are_refused_by_name(values: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        OutcomesSpec.from_values(values)


def test_each_cohort_needs_a_factor_and_each_team_a_vacancy_rate() -> None:
    teams, vacancy = panel_teams(6)
    with pytest.raises(
        InputError, match=r"cohort_factor has months \[6, 12, 18\], but roles arrive in months \[3, 9\]"
    ):
        draw(teams, vacancy, cohorts={3: 0.5, 9: 0.5})
    with pytest.raises(InputError, match="Team 'T0002' has no vacancy rate"):
        draw(teams, vacancy.drop("T0002"))
    with pytest.raises(InputError, match="start_month: 7 is none of the cohorts"):
        draw(teams.assign(start_month=7), vacancy)


def test_groups_and_ranges_are_those_of_the_codebook() -> None:
    codes = load_codebook("effects").codes.set_index("id")
    for name, (group, low, high, _) in MEASURES.items():
        assert (codes.loc[name, "group"], float(codes.loc[name, "low"]), float(codes.loc[name, "high"])) == (
            group,
            low,
            high,
        )


# --- the table ------------------------------------------------------------------------------------------------------


def test_the_table_fits_a_study_folder(example: Any, tiny_study: Path) -> None:
    teams, _, table, _ = example
    assert list(table.columns) == table_schema("outcomes").columns
    columns = table_schema("trusts").columns
    trusts = pd.DataFrame({"trust": teams["trust"].unique()}).reindex(columns=columns)
    kept = pd.read_csv(tiny_study / "trusts.csv")
    trusts = trusts.assign(name=trusts["trust"], region="Midlands", sector="nhs", responded="yes")
    pd.concat([kept, trusts]).to_csv(tiny_study / "trusts.csv", index=False)
    kept = pd.read_csv(tiny_study / "teams.csv")
    pd.concat([kept, teams[["team", "trust"]].assign(setting="community")]).to_csv(
        tiny_study / "teams.csv", index=False
    )
    as_text(table).to_csv(tiny_study / "outcomes.csv", index=False)
    meta = (tiny_study / "study.yml").read_text(encoding="utf-8")
    (tiny_study / "study.yml").write_text(meta.replace("own_forms.yml]", "own_forms.yml, effects]"), encoding="utf-8")
    problems = check_study(tiny_study)
    assert problems[problems["table"] == "outcomes"].empty, problems.to_string()


def test_rows_are_those_of_followed_teams_and_all_months_but_late_starts(example: Any) -> None:
    teams, _, table, truth = example
    assert table["unit"].unique().tolist() == teams["team"].tolist(), "teams that are only surveyed have no months"
    seen = table.groupby(["unit", "measure"])["period"].agg(list)
    for (team, _measure), periods in seen.items():
        assert periods == MONTHS[truth["late"].get(team, 0) :]
    assert seen.index.get_level_values("measure").nunique() == 7
    assert truth["late"], "the rule is at work in this draw"


def test_a_blank_value_has_a_blank_n_and_blanks_are_as_rare_as_planted() -> None:
    table, _ = draw(*panel_teams(300, 50), OutcomesSpec(missing=0.1))
    blank = table["value"].isna()
    assert (table["n"].isna() == blank).all()
    assert binom.ppf(1e-5, len(table), 0.1) <= blank.sum() <= binom.ppf(1 - 1e-5, len(table), 0.1)


def test_late_starts_are_as_common_as_planted_and_leave_the_month_before_arrival() -> None:
    teams, vacancy = panel_teams(500, 50)
    _, truth = draw(teams, vacancy, OutcomesSpec(late_start=0.3))
    assert binom.ppf(1e-5, 500, 0.3) <= len(truth["late"]) <= binom.ppf(1 - 1e-5, 500, 0.3)
    assert set(truth["late"].values()) == {1, 2, 3, 4}
    table, truth = draw(teams, vacancy, OutcomesSpec(late_start=1, late_months=25))
    first = table.groupby("unit")["period"].min().map(MONTHS.index)
    start = teams.set_index("team")["start_month"].fillna(30).astype(int)
    assert (first < start[first.index]).all()
    assert (first == start[first.index] - 1).any(), "the limit is at work in this draw"


def test_people_in_new_roles_are_few_before_the_role_comes(example: Any) -> None:
    teams, _, table, _ = example
    start = table["unit"].map(teams.set_index("team")["start_month"]).fillna(99)
    after = table["period"].map(MONTHS.index) >= start
    new = table["group"] == "new_roles"
    assert table.loc[new & ~after, "n"].mean() == pytest.approx(3, abs=0.15)
    assert table.loc[new & after, "n"].mean() == pytest.approx(6, abs=0.25)
    assert table.loc[table["group"] == "service_users", "n"].mean() == pytest.approx(60, abs=0.5)
    known = table.dropna(subset="n").groupby(["unit", "period", "group"])["n"].nunique()
    assert (known == 1).all(), "one group, one number of people"


@pytest.mark.parametrize("seed", range(6))
def test_no_value_needs_cutting_off_with_the_defaults(seed: int) -> None:
    table, truth = draw(*panel_teams(seed=seed), seed=seed)
    assert [truth["measures"][name]["clipped"] for name in MEASURES] == [0] * 7
    for name, values in table.groupby("measure")["value"]:
        _, low, high, decimals = MEASURES[str(name)]
        assert low < values.min() <= values.max() < high
        assert_allclose(values.dropna(), values.dropna().round(decimals), rtol=0, atol=0)


def test_what_is_cut_off_is_counted() -> None:
    teams, vacancy = panel_teams(10)
    table, truth = draw(teams, vacancy, OutcomesSpec(noise_sd={**NIL, "burnout": 500.0}, **WHOLE))
    burnout = table.loc[table["measure"] == "burnout", "value"]
    assert burnout.between(0, 100).all()
    assert 200 < truth["measures"]["burnout"]["clipped"] <= burnout.isin([0, 100]).sum()


# --- effects --------------------------------------------------------------------------------------------------------


def test_effects_are_those_of_the_parameters(example: Any) -> None:
    truth = example[3]["measures"]
    for name in MEASURES:
        for cohort in (6, 12, 18):
            by_month = truth[name]["att"][MONTHS[cohort]]
            assert list(by_month) == MONTHS[cohort:]
            assert_allclose(list(by_month.values()), [planted(name, cohort, e) for e in range(30 - cohort)], atol=1e-6)
    # by hand: 1.4 x (5 - 0.8 x 12) for the first cohort, a year and more after arrival
    assert truth["burnout"]["att"]["2022-01"]["2023-12"] == pytest.approx(1.4 * -4.6)
    assert set(truth["experience"]["att"]["2022-01"].values()) == {0.0}


def test_values_show_the_effects_and_nothing_before_arrival() -> None:
    """Without noise, a team differs from one without a new role by the effect, and by nothing before it."""
    teams, vacancy = panel_teams(12)
    teams["start_month"] = pd.array([6, 12, 18, pd.NA] * 3, dtype="Int64")
    table, _ = draw(teams, vacancy * 0 + 0.1, QUIET)
    cells = table.set_index(["measure", "unit", "period"])["value"]
    for name, (_, _, _, decimals) in MEASURES.items():
        for team, start in ((0, 6), (1, 12), (2, 18)):
            gap = cells[name][f"T{team:04d}"] - cells[name]["T0003"]
            expected = [0 if t < start else planted(name, start, t - start) for t in range(30)]
            assert_allclose(gap[MONTHS], expected, atol=1.01 * 10**-decimals)


def test_averages_of_effects_are_those_of_callaway_and_santanna(example: Any) -> None:
    teams, truth = example[0], example[3]
    size = {g: int((teams["start_month"] == g).sum()) for g in (6, 12, 18)}
    assert truth["cohort_sizes"] == {MONTHS[g]: size[g] for g in size}
    assert truth["never"] == 40 - sum(size.values())
    for name in MEASURES:
        given_as = truth["measures"][name]["aggregates"]
        cells = {(g, t): planted(name, g, t - g) for g in size for t in range(g, 30)}
        weight = sum(size[g] for g, t in cells)
        assert given_as["simple"] == pytest.approx(sum(cells[g, t] * size[g] for g, t in cells) / weight, abs=1e-6)
        dynamic = {}
        for e in range(24):
            seen = [g for g in size if g + e < 30]
            dynamic[e] = sum(size[g] * cells[g, g + e] for g in seen) / sum(size[g] for g in seen)
        group = {g: sum(cells[g, t] for t in range(g, 30)) / (30 - g) for g in size}
        calendar = {}
        for t in range(6, 30):
            treated = [g for g in size if g <= t]
            calendar[MONTHS[t]] = sum(size[g] * cells[g, t] for g in treated) / sum(size[g] for g in treated)
        assert given_as["dynamic"]["by"] == pytest.approx(dynamic, abs=1e-6)
        assert given_as["group"]["by"] == pytest.approx({MONTHS[g]: group[g] for g in group}, abs=1e-6)
        assert given_as["calendar"]["by"] == pytest.approx(calendar, abs=1e-6)
        assert given_as["dynamic"]["overall"] == pytest.approx(sum(dynamic.values()) / 24, abs=1e-6)
        assert given_as["calendar"]["overall"] == pytest.approx(sum(calendar.values()) / 24, abs=1e-6)
        assert given_as["group"]["overall"] == pytest.approx(
            sum(size[g] * group[g] for g in size) / sum(size.values()), abs=1e-6
        )


def by_dummies(teams: pd.DataFrame, values: np.ndarray) -> float:
    """Two-way fixed effects by statsmodels: a dummy for each team and each month. `values`: teams x months."""
    n, months = values.shape
    team, month = np.divmod(np.arange(n * months), months)
    start = teams["start_month"].fillna(99).to_numpy(dtype=int)[team]
    design = np.column_stack([month >= start, team[:, None] == np.arange(n), month[:, None] == np.arange(1, months)])
    return float(sm.OLS(values.ravel(), design.astype(float)).fit(method="qr").params[0])


def quiet_panel(teams: pd.DataFrame, vacancy: pd.Series, measure: str) -> np.ndarray:
    """One measure without noise and unrounded, teams x months: effects and vacancy trend, by loops from the parameters."""
    values, rates = np.zeros((len(teams), 30)), vacancy.to_dict()
    mean, starts = sum(rates.values()) / len(rates), teams["start_month"].fillna(99).astype(int)
    for i, (team, start) in enumerate(zip(teams["team"], starts, strict=True)):
        for t in range(30):
            if measure == "burnout":
                values[i, t] += 0.15 * (rates[team] - mean) / 0.05 * t
            if t >= start:
                values[i, t] += planted(measure, start, t - start)
    return values


@pytest.mark.parametrize("name", [n if n == "burnout" else pytest.param(n, marks=pytest.mark.slow) for n in MEASURES])
def test_two_way_fixed_effects_are_wrong_by_the_known_amount(example: Any, name: str) -> None:
    teams, vacancy, _, truth = example
    regression = truth["measures"][name]["two_way_fixed_effects"]
    assert regression["all"] == pytest.approx(by_dummies(teams, quiet_panel(teams, vacancy, name)), abs=2e-6)
    assert regression["effects"] + regression["trend"] == pytest.approx(regression["all"], abs=2e-6)
    if name in ("continuity", "burnout"):
        wrong = truth["measures"][name]["two_way_fixed_effects"]["effects"]
        assert wrong * truth["measures"][name]["aggregates"]["simple"] < 0, f"{name}: the wrong sign"


def test_comparing_without_vacancy_is_off_by_the_known_amount_and_with_it_by_nothing(example: Any) -> None:
    teams, vacancy, _, truth = example
    values, rates = quiet_panel(teams, vacancy, "burnout"), vacancy[teams["team"]].to_numpy()
    never = teams["start_month"].isna().to_numpy()
    plain, adjusted, weights = [], [], []
    for g in (6, 12, 18):
        cohort = teams["start_month"].eq(g).fillna(False).to_numpy(dtype=bool)
        for t in range(g, 30):
            change = values[:, t] - values[:, g - 1]
            plain.append(change[cohort].mean() - change[never].mean() - planted("burnout", g, t - g))
            line = sm.OLS(change[never], sm.add_constant(rates[never])).fit()
            due = line.predict(sm.add_constant(rates[cohort], has_constant="add"))
            adjusted.append((change[cohort] - due).mean() - planted("burnout", g, t - g))
            weights.append(cohort.sum())
    bias = truth["measures"]["burnout"]["vacancy_bias"]
    assert bias["simple"] == pytest.approx(np.average(plain, weights=weights), abs=1e-6)
    assert abs(bias["simple"]) > 0.1
    assert_allclose(adjusted, 0, atol=1e-9)
    of_cohort = [np.mean(plain[:24]), np.mean(plain[24:42]), np.mean(plain[42:])]
    sizes = [weights[0], weights[24], weights[42]]
    assert bias["group"] == pytest.approx(np.average(of_cohort, weights=sizes), abs=1e-6)
    assert set(truth["measures"]["experience"]["vacancy_bias"].values()) == {0.0}


def test_in_a_large_draw_the_effects_are_there() -> None:
    """Difference in differences with never-treated teams, 2,000 teams, finds each effect at 8 months within 4.5 errors."""
    teams, vacancy = panel_teams(2000, 400, seed=4)
    spec = OutcomesSpec(trend_per_vacancy=NIL, **WHOLE)
    table, truth = draw(teams, vacancy, spec)
    values = table["value"].to_numpy().reshape(2000, 7, 30)
    start = teams["start_month"].fillna(99).to_numpy(dtype=int)
    for i, name in enumerate(MEASURES):
        change = values[:, i, 14] - values[:, i, 5]
        first, never = change[start == 6], change[start == 99]
        error = math.sqrt(first.var() / len(first) + never.var() / len(never))
        assert abs(first.mean() - never.mean() - truth["measures"][name]["att"]["2022-01"]["2022-09"]) < 4.5 * error


def test_teams_trusts_and_their_months_differ_by_the_planted_amounts() -> None:
    """Analysis of variance with four teams in each of 400 trusts: what lasts, and what teams of a trust share in a month."""
    teams, vacancy = panel_teams(1600, 400)
    spec = OutcomesSpec(trend_per_vacancy=NIL, **WHOLE)
    table, _ = draw(teams.assign(start_month=pd.array([pd.NA] * 1600, dtype="Int64")), vacancy, spec)
    values = table["value"].to_numpy().reshape(1600, 7, 30)
    for i, name in enumerate(MEASURES):
        noise, shared, team = spec.noise_sd[name] ** 2, spec.trust_month_sd[name] ** 2, spec.team_sd[name] ** 2
        lasting = pd.Series(values[:, i].mean(axis=1)).groupby(teams["trust"].to_numpy())
        assert lasting.var().mean() == pytest.approx(team + noise / 30, rel=0.2), name
        between = spec.trust_sd[name] ** 2 + shared / 30 + (team + noise / 30) / 4
        assert lasting.mean().var() == pytest.approx(between, rel=0.3), name
        change = pd.DataFrame(np.diff(values[:, i], axis=1)[:, ::2])
        change -= change.mean()
        together = change.groupby(teams["trust"].to_numpy()).mean().to_numpy().var()
        assert together == pytest.approx(2 * (shared + noise / 4), rel=0.15), name


def test_time_and_vacancy_move_teams_that_get_no_role() -> None:
    """By hand, burnout: 45 + 0.06 x 9 months + 0.8 x sin(90 degrees) in April; 0.15 x 29 months for each 0.05 of vacancy."""
    teams, _ = panel_teams(2, never=9)
    assert teams["start_month"].isna().all()
    same, _ = draw(teams, pd.Series({"T0000": 0.1, "T0001": 0.1}), QUIET)
    cells = same.set_index(["measure", "unit", "period"])["value"]
    assert cells["burnout", "T0000", "2022-04"] == 46.3
    assert cells["waiting_weeks", "T0000", "2022-10"] == round(14 - 0.02 * 15 - 0.4, 1)
    apart, _ = draw(teams, pd.Series({"T0000": 0.1, "T0001": 0.2}), QUIET)
    cells = apart.set_index(["measure", "unit", "period"])["value"]
    gaps = cells.xs("2023-12", level="period").unstack("unit")  # noqa: PD010
    assert gaps["T0001"]["burnout"] - gaps["T0000"]["burnout"] == pytest.approx(0.15 * 2 * 29, abs=0.11)
    assert (gaps["T0001"] == gaps["T0000"]).drop("burnout").all()


# --- same seed, extremes --------------------------------------------------------------------------------------------


def test_the_same_state_gives_the_same_outcomes_and_another_gives_others() -> None:
    drawn = [draw(*panel_teams(10), seed=seed) for seed in (5, 5, 6)]
    pd.testing.assert_frame_equal(drawn[0][0], drawn[1][0])
    assert drawn[0][1] == drawn[1][1]
    assert not drawn[0][0]["value"].equals(drawn[2][0]["value"])


def test_without_teams_there_is_an_empty_table() -> None:
    teams, vacancy = panel_teams(3)
    table, truth = draw(teams.assign(follow="surveyed"), vacancy)
    assert table.empty
    assert list(table.columns) == table_schema("outcomes").columns
    assert truth["measures"]["burnout"] == {
        "att": {}, "aggregates": None, "two_way_fixed_effects": None, "vacancy_bias": None, "clipped": 0,
    }  # fmt: skip


def test_what_cannot_be_known_is_blank_not_zero() -> None:
    teams, vacancy = panel_teams(6)
    _, truth = draw(teams.assign(start_month=pd.array([6] * 6, dtype="Int64")), vacancy)
    burnout = truth["measures"]["burnout"]
    assert burnout["aggregates"]["simple"] == pytest.approx(
        np.mean([planted("burnout", 6, e) for e in range(24)]), abs=1e-6
    )
    assert burnout["two_way_fixed_effects"] is None
    assert burnout["vacancy_bias"] is None
    assert within_regression(np.ones((2, 3)), np.zeros((2, 3))) is None


@pytest.mark.parametrize("end", [0, 1])
def test_nothing_and_everything_missing(end: int) -> None:
    table, _ = draw(*panel_teams(5), OutcomesSpec(missing=end, late_start=end))
    assert (table["value"].isna() == bool(end)).all()


def test_two_months_and_one_team() -> None:
    teams, vacancy = panel_teams(1)
    teams["start_month"] = pd.array([1], dtype="Int64")
    spec = OutcomesSpec(cohort_factor={1: 1.0}, late_start=1, missing=0)
    table, truth = draw(teams, vacancy, spec, months=2, cohorts={1: 1.0})
    assert len(table) == 14
    assert truth["measures"]["burnout"]["att"] == {"2021-08": {"2021-08": 5.0}}


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=3, max_size=3), effect=st.floats(-5, 5), slope=st.floats(-1, 1)
)  # fmt: skip
def test_an_effect_that_never_differs_has_one_average_and_all_lie_within_the_extremes(
    sizes: list[int], effect: float, slope: float
) -> None:
    size = dict(zip((2, 5, 7), sizes, strict=True))
    same = aggregate({g: np.full(10 - g, effect) for g in size}, size)
    growing = {g: effect + slope * np.arange(10 - g) for g in size}
    other, values = aggregate(growing, size), np.concatenate(list(growing.values()))
    for kind in ("simple", "dynamic", "group", "calendar"):
        one, more = (each[kind] if kind == "simple" else each[kind]["overall"] for each in (same, other))
        assert one == pytest.approx(effect, abs=2e-6)
        assert values.min() - 2e-6 <= more <= values.max() + 2e-6

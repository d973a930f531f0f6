"""Repeated simulations: they estimate as the public functions do, draw as the invented study does, and find what is planted."""

import ast
import copy
import importlib
import pickle
import re
from dataclasses import replace
from functools import cache, partial
from itertools import combinations
from operator import methodcaller
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from drawn_text import shown
from newroles.contexts import multiple_imputation
from newroles.datasets import load_codebook, load_published
from newroles.errors import InputError
from newroles.figures import method_name, recovery_chart
from newroles.figures.recovery import METHOD_NAMES
from newroles.figures.style import NARROW, PAPER, WIDE, use_house_style
from newroles.overview import adjusted_weights, adoption, survey_estimates
from newroles.simulate import StudySpec, recover_contexts, recover_totals, regional_shape
from newroles.simulate.adoption import adoption_probabilities, expected_headcount
from newroles.simulate.context_recovery import ONE_EACH, expected_with_indicators, imputed
from newroles.simulate.contexts import CONSTRUCTS, ContextsSpec, draw_contexts
from newroles.simulate.functioning import draw_functioning
from newroles.simulate.recovery import TOTALS, WEIGHTED, draw_frame, estimate_drawn
from newroles.simulate.replicates import in_turn, summarise_errors
from newroles.simulate.trusts import doublings, draw_trusts, inclusion_probabilities
from newroles.simulate.variants import draw_variants

PROJECT = Path(__file__).resolve().parents[1]
SPEC = StudySpec()
# ten trusts that answer, twelve teams in each, contexts that are mostly the trust's: where clusters matter most
FEW = replace(
    SPEC,
    **regional_shape(16),
    teams=replace(SPEC.teams, surveyed_teams_per_trust=12),
    contexts=replace(SPEC.contexts, trust_share=0.9),
)


@cache
def parts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The roles and a frame of the example's kind."""
    rng = np.random.default_rng(1)
    return draw_variants(load_codebook("roles").codes, SPEC, rng), draw_trusts(SPEC, rng)


# --- summing up -----------------------------------------------------------------------------------------------------


def test_bias_scatter_and_coverage_by_hand():
    """Errors -1, 0 and 4 of truths 10, 20 and 30: bias 1, sd sqrt(7); the second interval ends at the truth, the third misses."""
    rows = [(9, 1, 8, 11, 10), (20, 2, 16, 20, 20), (34, 1, 32, 36, 30), (np.nan, np.nan, np.nan, np.nan, 40)]
    found = summarise_errors(np.array(rows)[:, :, np.newaxis]).iloc[0]
    assert found[["truth", "bias", "se", "replicates", "refused"]].tolist() == pytest.approx([20, 1, 4 / 3, 3, 1])
    assert found[["sd", "bias_se"]].tolist() == pytest.approx([np.sqrt(7), np.sqrt(7 / 3)])
    assert found["bias_high"] == pytest.approx(1 + 4.302653 * np.sqrt(7 / 3))  # t with 2 degrees of freedom
    assert found["relative_bias"] == pytest.approx(1 / 20)
    # Wilson's interval for 2 of 3, by hand: (p + z2/2n +- z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n)
    assert found[["coverage", "coverage_low", "coverage_high"]].tolist() == pytest.approx(
        [2 / 3, 0.20766, 0.93851], abs=1e-5
    )


def test_an_interval_without_an_estimate_has_coverage_and_no_bias():
    wild = np.array([[np.nan, np.nan, -np.inf, np.inf, 2], [np.nan, np.nan, np.inf, np.inf, 2]])
    found = summarise_errors(wild[:, :, np.newaxis]).iloc[0]
    assert found[["coverage", "replicates", "refused"]].tolist() == [0.5, 2, 0]
    assert found[["bias", "relative_bias", "sd", "se"]].isna().all()
    refused = summarise_errors(np.full((2, 5, 1), np.nan)).iloc[0]
    assert refused[["replicates", "refused"]].tolist() == [0, 2]
    assert np.isnan(refused["coverage"])


def test_a_truth_of_nought_has_no_relative_bias():
    rows = np.array([[1.0, 1, -1, 3, 0], [2, 1, 0, 4, 0]])[:, :, np.newaxis]
    assert np.isnan(summarise_errors(rows)["relative_bias"].item())


# --- what is estimated is what the public functions say ----------------------------------------------------------------


@pytest.fixture(scope="module")
def draw():
    """One draw, with a role that every trust has and one that none has put in front."""
    variants, trusts = parts()
    found = draw_frame(SPEC, variants, trusts, np.random.default_rng(3))
    found.has[:, 0], found.has[:, 1] = True, False
    found.reported[:, 1] = False
    return found


@pytest.mark.parametrize("method", ["as_answered", *WEIGHTED])
def test_totals_are_those_of_survey_estimates(draw, method):
    found = estimate_drawn(draw, np.arange(3))
    frame = draw.trusts.set_index("trust", drop=False)
    frame["roles"], frame["people"] = draw.has.sum(axis=1), draw.headcount.sum(axis=1)
    frame["told"] = draw.reported.sum(axis=1)
    weights = None if method == "as_answered" else adjusted_weights(frame, method)
    choices = {"weight": weights, "population": len(frame)}
    if method == "post_stratified":  # with its groups as strata, each with its own correction
        frame["w"], frame["in_frame"] = weights.weight, frame["region"].map(frame["region"].value_counts())
        choices = {"weight": "w", "strata": "region", "population": "in_frame"}
    answers = frame[frame["responded"]]
    for place, column, kind in ((0, "roles", "complete"), (1, "people", "complete"), (0, "told", "reported")):
        public = survey_estimates(answers, column, "total", **choices).iloc[0]
        ours = found[kind, method][:4, place]
        assert ours == pytest.approx(public[["estimate", "se", "low", "high"]].astype(float).tolist(), rel=1e-9)
        truth = draw.headcount.sum() if column == "people" else draw.has.sum()
        assert found[kind, method][4, place] == truth


@pytest.mark.parametrize("method", ["hypergeometric", "wilson", *WEIGHTED])
def test_numbers_of_trusts_are_those_of_adoption(draw, method):
    variants, _ = parts()
    places = np.array([0, 1, 2, 5, 30])
    roles = variants["role"].iloc[places].tolist()
    trust_at, role_at = np.nonzero(draw.has & draw.trusts["responded"].to_numpy()[:, np.newaxis])
    reports = pd.DataFrame(
        {"trust": draw.trusts["trust"].to_numpy()[trust_at], "role": variants["role"].to_numpy()[role_at]}
    )
    public = adoption(reports, draw.trusts, method=method, only=roles)
    found = estimate_drawn(draw, places)
    ours = found["complete", method][[0, 2, 3], len(TOTALS) :] / len(draw.trusts)
    assert ours == pytest.approx(public[["estimate", "low", "high"]].to_numpy().T, abs=1e-9)
    widest = found["complete", "bounds"][2:4, len(TOTALS) :] / len(draw.trusts)
    assert widest == pytest.approx(public[["bound_low", "bound_high"]].to_numpy().T)


def test_a_draw_that_a_method_refuses_is_counted():
    """Three trusts can't be raked over three size groups unless all answer; the other methods go on."""
    tiny = replace(SPEC, trusts_by_region={"London": 4}, responded_by_region={"London": 2})
    found = recover_totals(tiny, 12, np.random.default_rng(1), roles=0, weights=["raked"])
    raked = found[found["method"] == "raked"]
    assert (raked["refused"] > 0).all()
    assert (raked["replicates"] + raked["refused"] == 12).all()
    assert (found.loc[found["method"] == "as_answered", "replicates"] == 12).all()


def test_imputed_coefficients_are_those_of_multiple_imputation():
    rng = np.random.default_rng(5)
    data = pd.DataFrame(rng.normal(size=(60, 3)), columns=list(ONE_EACH))
    data["functioning"] = 60 + data.sum(axis=1) + rng.normal(size=60)
    data["trust"], data["size"] = np.repeat([f"X{i}" for i in range(12)], 5), np.repeat(rng.normal(size=12), 5)
    data.loc[::7, "role_agreed"] = np.nan
    ours = imputed(data, 3, 0.95, np.random.default_rng(9))
    public = multiple_imputation(
        data, "functioning", ONE_EACH, "trust", helpers=["size"], m=3, rng=np.random.default_rng(9)
    )
    columns = ["estimate", "se", "df", "low", "high"]
    assert ours[columns].to_numpy() == pytest.approx(public[columns].to_numpy(), rel=1e-9)


# --- what is drawn is what the invented study draws ---------------------------------------------------------------------


def test_draws_keep_to_the_chances_of_the_invented_study():
    """Over 30 draws, sums differ from their exact expectations, given the sizes, by chance only (four standard deviations)."""
    spec, (variants, trusts) = SPEC, parts()
    off: dict[str, list[float]] = {"answered": [], "has": [], "people": []}
    for rng in np.random.default_rng(4).spawn(30):
        drawn = draw_frame(spec, variants, trusts, rng)
        frame, size = drawn.trusts, doublings(drawn.trusts["wte"], spec).to_numpy()
        chance = np.zeros(len(frame))
        for region, wanted in spec.responded_by_region.items():
            here = frame["region"].eq(region).to_numpy()
            assert frame.loc[here, "responded"].sum() == wanted
            chance[here] = inclusion_probabilities(np.log(spec.response_odds_per_doubling) * size[here], wanted)
        chances = adoption_probabilities(frame, variants, spec).to_numpy()
        people = expected_headcount(frame, variants, spec).to_numpy()
        off["answered"].append(float(size @ (frame["responded"].to_numpy() - chance)))
        off["has"].append(float((drawn.has - chances).sum()))
        off["people"].append(float((drawn.headcount - drawn.has * people).sum()))
        assert (drawn.headcount[drawn.has] >= 1).all()
        assert drawn.wte.sum() <= drawn.headcount.sum()
        assert not drawn.reported[~drawn.has].any()
        assert not drawn.reported[~frame["responded"]].any()
    for name, errors in off.items():
        assert abs(np.mean(errors)) < 4 * np.std(errors, ddof=1) / np.sqrt(30), name


@pytest.mark.parametrize(("miss", "reported"), [(0.0, 1.0), (1.0, 0.0), (0.5, 0.5)])
def test_sources_leave_out_what_their_chance_says(miss, reported):
    """Without documents each trust has one source, so the share reported is 1 - miss (within four standard deviations)."""
    one = replace(SPEC, miss=dict.fromkeys(SPEC.miss, miss), documents_held=dict.fromkeys(SPEC.documents_held, 0.0))
    variants, trusts = parts()
    drawn = draw_frame(one, variants, trusts, np.random.default_rng(2))
    had = int(drawn.has[drawn.trusts["responded"]].sum())
    allowed = 4 * np.sqrt(had * miss * (1 - miss))
    assert abs(int(drawn.reported.sum()) - reported * had) <= allowed


def test_coefficients_on_imperfect_indicators_are_those_of_many_teams():
    """4,000 teams in one trust each, least squares: within four standard errors of what the formula expects."""
    spec = replace(ContextsSpec(), missing=0.0)
    trusts = pd.DataFrame({"trust": [f"X{i}" for i in range(4000)], "wte": 3000.0})
    places = pd.DataFrame({"team": [f"T{i}" for i in range(4000)], "trust": trusts["trust"], "follow": "surveyed"})
    rng = np.random.default_rng(6)
    drawn = draw_contexts(trusts, places, spec, rng)
    outcomes, _ = draw_functioning(places, drawn, spec, rng)
    y = outcomes.loc[outcomes["measure"] == "team_functioning", "value"].to_numpy()
    x = np.column_stack([np.ones(4000), drawn.indicators[list(ONE_EACH)].to_numpy()])
    found, *_ = np.linalg.lstsq(x, y, rcond=None)
    se = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * ((y - x @ found) ** 2).sum() / 3996)
    assert (np.abs(found[1:] - expected_with_indicators(spec)) < 4 * se[1:]).all()


# --- what was planted is found ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def totals() -> pd.DataFrame:
    """40 national parts of the example's kind."""
    found = recover_totals(SPEC, 40, np.random.default_rng(1), roles=2)
    return found.set_index(["quantity", "base_share", "answers", "method"])


def of_total(totals: pd.DataFrame, quantity: str, answers: str = "complete") -> pd.DataFrame:
    found = totals.xs(quantity, level="quantity").xs(answers, level="answers")
    return found.droplevel("base_share")


@pytest.mark.parametrize("quantity", TOTALS)
def test_the_chance_of_answering_mends_the_planted_bias_and_regions_dont(totals, quantity):
    rows = of_total(totals, quantity)
    assert rows.loc["as_answered", "bias"] > 4 * rows.loc["as_answered", "bias_se"]
    assert abs(rows.loc["propensity", "bias"]) < 3 * rows.loc["propensity", "bias_se"]
    assert rows.loc["post_stratified", "bias"] > 0.8 * rows.loc["as_answered", "bias"]
    # of 40 intervals at 95%, fewer than 34 would be covered less than once in a hundred times (binomial)
    assert rows.loc["propensity", "coverage"] >= 34 / 40
    # regions make the interval wider; raking over ten groups makes it too narrow
    assert rows.loc["post_stratified", "se"] > 1.3 * rows.loc["propensity", "se"]
    assert rows.loc["raked", "se"] < 0.85 * rows.loc["raked", "sd"]


def test_weights_dont_mend_what_sources_leave_out(totals):
    rows = of_total(totals, "roles_in_trusts", "reported")
    assert rows.loc["propensity", "bias_high"] < 0
    # two errors of opposite sign: the plain total looks better, for the wrong reason
    assert abs(rows.loc["as_answered", "bias"]) < abs(rows.loc["propensity", "bias"])
    assert "headcount" not in totals.xs("reported", level="answers").index.get_level_values("quantity")


def test_bounds_always_hold_complete_answers_and_not_what_is_left_out(totals):
    bounds = totals.xs("bounds", level="method").droplevel("quantity")
    common = bounds.index.get_level_values("base_share").max()
    assert (bounds.xs("complete", level="answers")["coverage"] == 1).all()
    assert bounds.loc[(common, "reported"), "coverage"] < 0.95
    assert bounds["bias"].isna().all()


def test_exact_intervals_cover_by_design_when_answering_is_random():
    """60 draws, roles from the commonest to the rarest: the exact interval's coverage is never credibly below 95%."""
    fair = replace(SPEC, response_odds_per_doubling=1.0)
    found = recover_totals(fair, 60, np.random.default_rng(7), roles=8, weights=())
    exact = found[(found["method"] == "hypergeometric") & (found["answers"] == "complete")]
    assert len(exact) == 8
    assert (exact["coverage_high"] >= 0.95).all()
    assert exact["coverage"].mean() >= 0.95
    total = found[(found["quantity"] == "roles_in_trusts") & (found["answers"] == "complete")].iloc[0]
    assert abs(total["bias"]) < 3 * total["bias_se"]


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    return recover_contexts(FEW, 50, np.random.default_rng(2), costly=2, imputations=2)


def test_planted_coefficients_are_found_and_only_cr2_covers_them_with_ten_trusts(few):
    """Three coefficients in 50 draws: naive intervals cover least, CR1 more, CR2 about as often as it says."""
    quick = few[(few["measured_by"] == "truth") & (few["replicates"] == 50)]
    assert quick.groupby("quantity", sort=False)["truth"].first().to_dict() == {
        "culture": 5,
        "service": 3,
        "profession": 2,
    }
    assert (quick["bias"].abs() < 3 * quick["bias_se"]).all()
    coverage = quick.groupby("method")["coverage"].mean()
    assert coverage["ols"] < coverage["cr1"] - 0.05 < coverage["cr2"] - 0.05
    # each method's three coverages of the same draws: credible at 95% for CR2, not for the others
    highest = quick.groupby("method")["coverage_high"].max()
    assert highest["ols"] < 0.95
    assert (quick.loc[quick["method"] == "cr2", "coverage_high"] >= 0.95).all()


def test_every_method_has_its_row_and_says_on_how_many_draws_it_rests(few):
    rows = few.groupby(["measured_by", "target"])["method"].apply(lambda methods: sorted(set(methods))).to_dict()
    assert rows == {
        ("truth", "planted"): ["cr1", "cr2", "ols", "random_intercept", "wild"],
        ("scales", "planted"): ["cr2"],
        ("scales", "attenuated"): ["cr2"],
        ("indicators", "attenuated"): ["complete_cases", "imputed", "no_blanks"],
    }
    assert set(few.loc[few["replicates"] == 2, "method"]) == {
        "random_intercept", "wild", "cr2", "complete_cases", "imputed", "no_blanks",
    }  # fmt: skip
    assert set(few["quantity"]) == set(CONSTRUCTS)
    scales = few[few["measured_by"] == "scales"].set_index(["quantity", "target"])["truth"]
    assert scales["culture", "attenuated"] < scales["culture", "planted"]
    assert set(few["method"]) <= set(METHOD_NAMES)


def test_processes_share_the_work_and_change_nothing():
    """Each stream by itself gives the same draws wherever it goes, and results come back in order."""
    streams = np.random.default_rng(1).spawn(5)
    alone, shared_out = (in_turn(methodcaller("random"), copy.deepcopy(streams), jobs) for jobs in (1, 2))
    assert alone == shared_out
    assert len(set(alone)) == 5


@pytest.mark.parametrize(
    ("module", "name", "spec", "choices"),
    [
        ("recovery", "recover_totals", SPEC, {"roles": 1, "weights": ()}),
        ("context_recovery", "recover_contexts", FEW, {"costly": 1, "imputations": 2}),
    ],
)
def test_the_same_seed_gives_the_same_table_by_tasks_that_travel(module, name, spec, choices, monkeypatch):
    """A task that goes to another process is pickled: so is each here, on its way."""
    room = importlib.import_module(f"newroles.simulate.{module}")  # as it is now: pickle looks there
    recover = partial(getattr(room, name), spec, 3, **choices)
    one = recover(rng=np.random.default_rng(1))
    travelling = lambda task, streams, jobs: in_turn(pickle.loads(pickle.dumps(task)), streams, 1)  # noqa: E731
    monkeypatch.setattr(room, "in_turn", travelling)
    pd.testing.assert_frame_equal(recover(rng=np.random.default_rng(1), jobs=2), one)
    assert recover(rng=np.random.default_rng(2))["bias"].tolist() != one["bias"].tolist()


# --- bad input ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"replicates": 1}, "replicates: 1 is too few"),
        ({"jobs": 0}, "jobs: 0 is impossible"),
        ({"roles": ["nursing_asociate"]}, "Did you mean 'nursing_associate'"),
        ({"roles": 999}, "this study knows"),
        ({"weights": ["region"]}, "weights: 'region' is unknown"),
    ],
)
def test_totals_that_cant_be_recovered_are_refused(choices, says):
    with pytest.raises(InputError, match=says):
        recover_totals(SPEC, **{"replicates": 2, **choices})


def test_contexts_that_cant_be_recovered_are_refused():
    with pytest.raises(InputError, match="replicates: 1 is too few"):
        recover_contexts(SPEC, 1)
    nobody = replace(SPEC, teams=replace(SPEC.teams, case_teams=0, other_panel_teams=0, surveyed_teams_per_trust=0))
    with pytest.raises(InputError, match="no teams"):
        recover_contexts(nobody, 2)


# --- the figure -----------------------------------------------------------------------------------------------------------


def drawn_rows(totals: pd.DataFrame, few: pd.DataFrame) -> dict[str, pd.DataFrame]:
    table = totals.reset_index()
    complete = table[table["answers"] == "complete"]
    one = complete.head(1)
    nothing = one.assign(relative_bias=np.nan, relative_low=np.nan, relative_high=np.nan, coverage=np.nan,
                         coverage_low=np.nan, coverage_high=np.nan, replicates=0)  # fmt: skip
    return {
        "totals": complete[complete["quantity"].isin(["roles_in_trusts", "wte"])],
        "roles, as reported": table[(table["answers"] == "reported") & table["quantity"].eq("trusts_with")],
        "coefficients": few[few["measured_by"] == "truth"],
        "nothing found": pd.concat([nothing, one.assign(method="raked")]),
    }


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_no_text_of_the_chart_is_clipped_and_none_overlaps(totals, few, width):
    for name, table in drawn_rows(totals, few).items():
        with use_house_style(width):
            figure = recovery_chart(table)
        boxes = [(text.get_text(), Text.get_window_extent(text)) for text in shown(figure)]
        edge = figure.bbox
        for words, box in boxes:
            assert box.x0 >= edge.x0 - 1, (name, words)
            assert box.x1 <= edge.x1 + 1, (name, words)
            assert box.y0 >= edge.y0 - 1, (name, words)
            assert box.y1 <= edge.y1 + 1, (name, words)
        for (one, a), (other, b) in combinations(boxes, 2):
            across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
            assert across < 1 or down < 1.5, f"{name}: {one!r} overlaps {other!r}"


def test_what_is_off_by_more_than_chance_is_hollow_and_blanks_are_said():
    row = {"quantity": "headcount", "relative_bias": 0.1, "relative_low": 0.05, "relative_high": 0.15, "coverage": 0.94,
           "coverage_low": 0.9, "coverage_high": 0.97, "replicates": 200}  # fmt: skip
    table = pd.DataFrame([{**row, "method": "as_answered"}, {**row, "method": "bounds", "relative_bias": np.nan}])
    bias, coverage = recovery_chart(table).axes
    fill = {
        ax: [line.get_markerfacecolor() for line in ax.lines if line.get_marker() == "o"] for ax in (bias, coverage)
    }
    assert fill[bias] == [PAPER]
    assert PAPER not in fill[coverage]
    assert len(fill[coverage]) == 2
    assert "interval only" in [text.get_text() for text in bias.texts]
    assert "+10.0%" in [text.get_text() for text in bias.texts]


def test_charts_that_cant_be_drawn_are_refused(few):
    with pytest.raises(InputError, match="has the method 'cr2' twice"):
        recovery_chart(few)
    with pytest.raises(InputError, match="needs the column 'coverage'"):
        recovery_chart(few.drop(columns="coverage"))
    with pytest.raises(InputError, match="without rows"):
        recovery_chart(few.head(0))
    with pytest.raises(InputError, match="Unknown method 'cr3'.*Did you mean"):
        method_name("cr3")


# --- equal to other software --------------------------------------------------------------------------------------------


def test_every_comparison_that_the_checks_name_is_made():
    """Each function is public, each test is there, and its file names the other program."""
    checks = load_published("reference_checks")
    assert not checks.duplicated(["method", "peer"]).any()
    for row in checks.itertuples():
        module, function = row.function.rsplit(".", 1)
        assert function in importlib.import_module(module).__all__, row.function
        source = (PROJECT / row.test_file).read_text(encoding="utf-8")
        tests = {node.name: ast.unparse(node) for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
        assert row.test in tests, row.test
        assert row.version in source or row.peer in (
            "base R",
            "statsmodels",
            "vegan",
            "iNEXT",
            "SPECIES",
            "Rcapture",
        ), row
        assert bool(re.search(r"\b(shared|apistrat|monks)\b", tests[row.test])) != row.answer_shipped, row.test

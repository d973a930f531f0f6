"""Scales made of indicators: alpha and scores by hand, directions from the codebook, the planted reliability found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from newroles.contexts import constructs, fit_functioning
from newroles.datasets import load_codebook
from newroles.datasets.codebooks import Codebook
from newroles.errors import InputError
from newroles.simulate.contexts import CONSTRUCTS, ContextsSpec, DrawnContexts, draw_contexts
from newroles.simulate.functioning import draw_functioning


@pytest.fixture(scope="module")
def book() -> Codebook:
    return load_codebook("contexts")


def long(wide: pd.DataFrame, unit_kind: str = "team") -> pd.DataFrame:
    """A table of contexts from one row per unit."""
    table = wide.rename_axis("unit").reset_index().melt("unit", var_name="indicator")
    return table.assign(unit_kind=unit_kind)


FOUR = pd.DataFrame(
    {"team_climate": [1.0, 2, 3, 4], "leadership_support": [2.0, 1, 4, 3], "vacancy_rate": [0.4, 0.3, 0.2, 0.1]},
    index=["A1", "A2", "A3", "A4"],
)


def test_alpha_scores_and_item_rest_correlation_by_hand(book: Codebook) -> None:
    """Ranks 1 2 3 4 and 2 1 4 3 correlate by 1 - 6 x 4 / 60 = .6: alpha 2 x .6 / 1.6 = .75; both have sd 1.290994."""
    found = constructs(long(FOUR), book)
    scale = found.scales.set_index("scale").loc["CTX-CUL"]
    assert scale["alpha"] == pytest.approx(0.75)
    assert (scale["indicators"], scale["n"], scale["missing"], scale["n_alpha"]) == (2, 4, 0, 4)
    # Feldt: 1 - .25 F, F of 3 and 3 degrees of freedom: .064767 and 15.439182 (tables of F)
    assert scale["alpha_high"] == pytest.approx(1 - 0.25 * 0.064770, abs=1e-5)
    assert scale["alpha_low"] == pytest.approx(1 - 0.25 * 15.439182, abs=1e-5)
    assert_allclose(found.scores["CTX-CUL"], np.array([-1, -1, 1, 1]) / 1.290994, rtol=1e-6)
    items = found.indicators.set_index("indicator")
    assert items.loc["team_climate", "item_rest"] == pytest.approx(0.6)
    assert items.loc["team_climate", "mean"] == 2.5
    assert items.loc["team_climate", "sd"] == pytest.approx(1.290994)


def test_lower_is_better_is_turned_round_and_one_indicator_has_no_reliability(book: Codebook) -> None:
    found = constructs(long(FOUR), book)
    assert found.scores["CTX-SER"].is_monotonic_increasing  # vacancies fall from A1 to A4
    assert found.indicators.set_index("indicator")["reversed"].to_dict() == {
        "team_climate": False,
        "leadership_support": False,
        "vacancy_rate": True,
    }
    scale = found.scales.set_index("scale").loc["CTX-SER"]
    assert np.isnan(scale["alpha"])
    assert scale["note"] == "one indicator: its reliability can't be seen"
    assert scale["name"] == "Service context"


def test_a_unit_has_a_score_when_enough_of_its_indicators_are_known(book: Codebook) -> None:
    wide = pd.DataFrame(
        {"team_climate": [1.0, 2, 3, 4, 6, 5], "leadership_support": [2.0, 1, 4, 3, 5, 6]}, index=list("abcdef")
    )
    wide["recovery_fit"] = [4.0, 1, 3, 2, 6, 5]
    wide.loc["a", "team_climate"] = np.nan
    wide.loc["b", ["team_climate", "recovery_fit"]] = np.nan
    wide.loc["c"] = np.nan
    for at_least, known in (
        (0.5, "adef"),
        (1.0, "def"),
        (0.3, "abdef"),
    ):
        found = constructs(long(wide), book, at_least=at_least)
        assert "".join(found.scores.index[found.scores["CTX-CUL"].notna()]) == known
        scale = found.scales.set_index("scale").loc["CTX-CUL"]
        assert (scale["n"], scale["missing"]) == (len(known), 6 - len(known))
    assert scale["note"] == "alpha rests on 3 of 6 units"
    standard = (wide["leadership_support"] - wide["leadership_support"].mean()) / wide["leadership_support"].std()
    assert found.scores.loc["b", "CTX-CUL"] == pytest.approx(standard["b"])


def test_an_indicator_that_goes_against_its_scale_is_remarked_on(book: Codebook) -> None:
    found = constructs(long(FOUR.assign(leadership_support=[4.0, 3, 2, 1])), book)
    assert np.isnan(found.scales.set_index("scale").loc["CTX-CUL", "alpha"])  # they cancel out
    assert "turned the wrong way" in found.scales.set_index("scale").loc["CTX-CUL", "note"]
    assert found.indicators.set_index("indicator").loc["team_climate", "note"] == "goes against the rest of its scale"


def test_own_scales_and_figures_of_whole_trusts(book: Codebook) -> None:
    table = pd.concat([long(FOUR), long(FOUR[["vacancy_rate"]], "trust")])
    found = constructs(table, book, scales={"mixed": ["vacancy_rate", "team_climate"]})
    assert found.scales["alpha"].tolist() == [pytest.approx(1.0)]
    assert found.scales["name"].tolist() == ["mixed"]
    assert list(constructs(table, book, "trust").scores) == ["CTX-SER"]


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        (long(FOUR).drop(columns="value"), {}, "no column 'value'"),
        (long(FOUR), {"unit_kind": "trust"}, "no row is about a unit of the kind 'trust'"),
        (pd.concat([long(FOUR), long(FOUR)[:1]]), {}, "team 'A1' has 'team_climate' more than once"),
        (long(FOUR).astype({"value": object}).replace({"value": {0.3: "low"}}), {}, "'low' of 'vacancy_rate' isn't a number"),
        (long(FOUR.rename(columns={"vacancy_rate": "vacancies"})), {}, "no indicator 'vacancies'. Did you mean 'vacancy_rate'"),
        (long(FOUR.assign(vacancy_rate=0.1)), {}, "'vacancy_rate' doesn't vary over the 4 teams"),
        (long(FOUR[:1]), {}, "'team_climate' doesn't vary over the 1 teams"),
        (long(FOUR), {"at_least": 0}, "at_least: 0 is impossible"),
        (long(FOUR), {"scales": {"x": ["role_agreed"]}}, "no unit has 'role_agreed' of 'x'"),
        (long(FOUR), {"scales": {"x": "vacancy_rate"}}, "'x' needs a list of indicators"),
    ],
)  # fmt: skip
def test_what_cant_be_used_is_named(book: Codebook, table: pd.DataFrame, options: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        constructs(table, book, **options)


def test_a_book_without_a_direction_is_refused(book: Codebook) -> None:
    codes = book.codes.assign(better=book.codes["better"].mask(book.codes["id"] == "vacancy_rate"))
    unsure = Codebook(book.id, book.title, book.version, "", "", codes, book.changes, book.path)
    with pytest.raises(InputError, match="doesn't say of 'vacancy_rate' if higher or lower"):
        constructs(long(FOUR), unsure)


# --- planted truth --------------------------------------------------------------------------------------------------


def large(missing: float) -> tuple[DrawnContexts, pd.DataFrame, dict[str, Any], pd.DataFrame]:
    """2,400 surveyed teams of 80 trusts, and how they function."""
    frame = pd.DataFrame({"trust": [f"X{i:02d}" for i in range(80)], "wte": 3000.0})
    places = pd.DataFrame({"team": [f"T{i:04d}" for i in range(2400)], "trust": np.repeat(frame["trust"], 30).tolist()})
    places["follow"] = "surveyed"
    spec = ContextsSpec(missing=missing)
    drawn = draw_contexts(frame, places, spec, np.random.default_rng(11))
    rows, truth = draw_functioning(places, drawn, spec, np.random.default_rng(12))
    return drawn, rows, truth, places.set_index("team")


def test_the_planted_reliability_is_found(book: Codebook) -> None:
    drawn, *_ = large(0.08)
    scales = constructs(drawn.table, book, scales=CONSTRUCTS, level=0.999).scales.set_index("scale")
    for name, truth in drawn.truth["scales"].items():
        assert scales.loc[name, "alpha_low"] < truth["alpha"] < scales.loc[name, "alpha_high"]
        assert scales.loc[name, "alpha_high"] - scales.loc[name, "alpha_low"] < 0.1
        assert scales.loc[name, "n_alpha"] < 2000  # .92 cubed of 2,400
        assert "alpha rests on" in scales.loc[name, "note"]


def test_by_the_books_own_headings_scales_are_the_planted_ones(book: Codebook) -> None:
    drawn, *_ = large(0)
    by_heading, by_name = constructs(drawn.table, book), constructs(drawn.table, book, scales=CONSTRUCTS)
    assert_allclose(by_heading.scores[["CTX-CUL", "CTX-SER", "CTX-PRO"]], by_name.scores[list(CONSTRUCTS)])
    for name in CONSTRUCTS:
        omega = drawn.truth["scales"][name]["omega"]
        assert by_name.scores[name].corr(drawn.constructs[name]) ** 2 == pytest.approx(omega, abs=0.03)


def test_the_planted_coefficients_with_scale_means_are_found(book: Codebook) -> None:
    drawn, rows, truth, places = large(0)
    scores = constructs(drawn.table, book, scales=CONSTRUCTS).scores
    functioning = rows[rows["measure"] == "team_functioning"].set_index("unit")["value"]
    data = scores.join(functioning).join(places["trust"])
    found = fit_functioning(data, "value", list(CONSTRUCTS), "trust", level=0.999, draws=99).set_index("term")
    for name, expected in truth["measures"]["team_functioning"]["with_scale_means"]["per_unit"].items():
        assert found.loc[name, "low"] < expected < found.loc[name, "high"]
        assert found.loc[name, "se"] < 0.3

"""The figures of effects in a study: what is drawn is what the tables say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection

from newroles.errors import InputError
from newroles.figures.effects import compared_pairs, since_arrival_panels, teams_followed
from newroles.figures.joint_display import joint_display_chart
from newroles.figures.style import NARROW, use_house_style

FOLLOWED = pd.DataFrame({
    "team": ["a"] * 4 + ["b"] * 4, "cohort": ["2022-03"] * 4 + ["never"] * 4, "period": ["2022-01", "2022-02", "2022-03", "2022-04"] * 2,
    "place": [0, 1, 2, 3] * 2, "status": ["before", "before", "after", "after", "before", "blank", "before", "before"],
    "known": [2, 2, 2, 1, 2, 0, 2, 2], "of": 2,
})  # fmt: skip
EVENTS = pd.DataFrame({
    "group": ["service_users"] * 3 + ["new_roles"] * 3, "measure": ["wait"] * 3 + ["pay"] * 3, "name": ["Wait"] * 3 + ["Pay"] * 3,
    "unit": "weeks", "wish": "lower", "since": [-2, -1, 0] * 2, "estimate": [0.1, 0.0, -1.0] * 2, "low": [-0.2, np.nan, -2.0] * 2,
    "high": [0.3, np.nan, -0.5] * 2,
})  # fmt: skip
PAIRS = pd.DataFrame({"kind": ["treated vs never", "later vs earlier"], "weight": [0.7, 0.3], "estimate": [-1.0, 3.0]})


def card(**changes: object) -> pd.DataFrame:
    row = {
        "group": "new_roles", "domain": "d", "name": "Clarity", "measure_name": "Score", "estimate": 0.4, "low": 0.2, "high": 0.6,
        "unit": "score 1-5", "n": 40, "wish": "higher", "measured": "better", "better": 5, "worse": 1, "mixed": 2, "said": "better",
        "verdict": "agree", "standardised": 1.0, "standardised_low": 0.5, "standardised_high": 1.5,
    }  # fmt: skip
    return pd.DataFrame([row | changes])


def texts(figure: object) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]  # type: ignore[attr-defined]


def test_a_gap_is_a_gap_and_runs_end_where_the_status_changes() -> None:
    collections = [c for c in teams_followed(FOLLOWED).axes[0].collections if isinstance(c, PolyCollection)]
    before, after = ([np.asarray(path.vertices) for path in c.get_paths()] for c in collections)
    assert sorted((v[:, 0].min(), v[:, 0].max()) for v in before) == [(-0.5, 0.5), (-0.5, 1.5), (1.5, 3.5)]
    full, half = sorted((np.ptp(v[:, 1]) for v in after), reverse=True)
    assert half < 0.7 * full


def test_cohorts_are_named_with_their_teams() -> None:
    labels = [label.get_text() for label in teams_followed(FOLLOWED).axes[0].get_yticklabels()]
    assert labels == ["2022-03\n(1 team)", "none came\n(1 team)"]


def test_before_is_hollow_and_the_panel_says_what_is_better() -> None:
    figure = since_arrival_panels(EVENTS, "quarter")
    drawn = [ax for ax in figure.axes if ax.axison]
    assert [ax.get_title(loc="left") for ax in drawn] == ["Wait\nweeks; lower is better", "Pay\nweeks; lower is better"]
    hollow, filled = (line for line in drawn[0].lines if line.get_marker() == "o")
    assert list(hollow.get_xdata()) == [-2, -1]
    assert list(filled.get_xdata()) == [0]
    assert hollow.get_markerfacecolor() != filled.get_markerfacecolor()
    assert [text.get_text() for ax in drawn for text in ax.texts] == ["Service users", "People in new roles"]


def test_on_a_phone_panels_stand_below_each_other() -> None:
    with use_house_style(NARROW):
        figure = since_arrival_panels(EVENTS)
    figure.draw_without_rendering()
    first, second = (ax.get_position() for ax in figure.axes)
    assert first.y0 > second.y1
    assert len(figure.axes) == 2


def test_the_regression_names_the_weight_of_each_kind() -> None:
    figure = compared_pairs(PAIRS, 0.2, -1.0, "weeks")
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "against teams that have it already: 30%" in said
    assert "against teams without a role: 70%" in said
    assert len(list(compared_pairs(PAIRS, 0.2, np.nan).legends[0].get_texts())) == len(said) - 1


def test_a_card_says_measure_talk_and_verdict() -> None:
    said = " ".join(texts(joint_display_chart(card())))
    assert "People in new roles" in said
    assert "+0.40 (0.20 to 0.60); 40 teams" in said
    assert "Said: 5 better, 2 both, 1 worse: most say better" in said
    assert "= they agree" in said


def test_hidden_counts_are_not_drawn() -> None:
    blank = dict.fromkeys(("n", "better", "worse", "mixed"), np.nan)
    figure = joint_display_chart(card(**blank))
    said = " ".join(texts(figure))
    assert "teams" not in said
    assert "Said: most say better" in said
    assert not figure.axes[0].patches


def test_a_measure_without_a_better_end_is_said_to_have_none() -> None:
    said = texts(joint_display_chart(card(measured="up", wish="neither", verdict="unclear")))
    assert "? the measure has no better end" in said
    assert "? talk unclear" in texts(joint_display_chart(card(said="divided", verdict="unclear")))


def test_two_measures_of_a_domain_have_their_own_verdicts() -> None:
    both = pd.concat([card(), card(measure_name="Index", measured="worse", verdict="disagree")])
    said = " ".join(texts(joint_display_chart(both)))
    assert "Score: = they agree" in said
    assert "Index: ≠ they contradict each other" in said


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: teams_followed(FOLLOWED.assign(status="gone")), "Unknown status 'gone'"),
        (lambda: since_arrival_panels(pd.concat([EVENTS, EVENTS])), "has a period twice"),
        (lambda: compared_pairs(PAIRS.assign(kind="other"), 1.0, 1.0), "Unknown kind of comparison 'other'"),
        (lambda: joint_display_chart(card(verdict="maybe")), "Unknown verdict 'maybe'"),
        (lambda: joint_display_chart(card(group="system")), "No row is about"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message) -> None:
    with pytest.raises(InputError, match=message):
        draw()

"""The figures of boundary work and of conditions: nothing clipped or overlapping, every mark where the table puts it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import same_color

from drawn_text import shown, unreadable
from newroles.disclosure import NO_COUNTS
from newroles.errors import InputError
from newroles.figures import solution_table
from newroles.figures.act_network import act_network_figure
from newroles.figures.boundary_acts import DESTRUCTIVE, tone_bars, tone_over_time, what_follows
from newroles.figures.conditions import calibration_plot, truth_table_chart
from newroles.figures.recipe_charts import fiss_chart, robustness_map
from newroles.figures.recipe_recovery import recovery_by_noise
from newroles.figures.solution_table import show_solution, solution_html
from newroles.figures.style import ACCENT, INK, NARROW, PAPER, WIDE, use_house_style

LONG = "a condition of a name that goes on for rather long"
ROLES = [
    "education_mental_health_practitioner",
    "peer_support_worker",
    "registered_nurse",
    *[f"role_{i}" for i in range(13)],
]


def tones(groups, n=20):
    rows = [
        (group, tone, share, max(share - 0.15, 0), min(share + 0.2, 1), n)
        for group, shares in groups.items()
        for tone, share in zip(("constructive", "destructive", "depends"), shares, strict=True)
    ]
    return pd.DataFrame(rows, columns=["family", "tone", "estimate", "low", "high", "n"])


PROFILE = tones({"talk": (0.2, 0.7, 0.1), LONG: (0.6, 0.1, 0.3), "hoard": (0.5, 0.5, 0)})
PAIRS_OF_ROLES = PROFILE.assign(actor_role=PROFILE["family"], target_role="education_mental_health_practitioner")
TIME = pd.concat(
    [tones({month: (0.4, 0.3 + 0.1 * i, 0.3)}, 100 + i) for i, month in enumerate(["before 0", "0 to 5", "6 or later"])]
).rename(columns={"family": "months"})
ANSWERS = pd.DataFrame(
    {"answer": ["negotiation", "repair", LONG], "estimate": [0.4, np.nan, 0.3], "low": [0.3, np.nan, np.nan],
     "high": [0.5, np.nan, np.nan], "expected": [0.2, 0.1, np.nan], "n": 101}
)  # fmt: skip
PAIRS = pd.DataFrame(
    [(a, b, 1 + (3 * i + j) % 12, np.sin(i + 2 * j)) for i, a in enumerate(ROLES) for j, b in enumerate(ROLES) if (j - i) % 16 in (1, 7)],
    columns=["actor_role", "target_role", "acts", "net"],
)  # fmt: skip
TRIO = pd.DataFrame(
    {
        "actor_role": ["new", "old", "old"],
        "target_role": ["old", "new", "odd"],
        "acts": [8, 4, 2],
        "net": [0.5, -0.5, 0.0],
    }
)
CALIBRATED = pd.DataFrame(
    {"condition": ["led", "short"], "column": ["led_raw", "vacancy"], "unit": ["", "share"], "out": [np.nan, 0.3],
     "crossover": [3.0, 0.2], "in": [np.nan, 0.1]}
)  # fmt: skip
RAW = pd.DataFrame({"team": list("abcd"), "led_raw": [1.0, 2.0, 3.0, 4.0], "vacancy": [0.05, 0.1, 0.2, 0.4]})
SETS = pd.DataFrame({"led": [0.0, 0, 1, 1], "short": [0.99, 0.95, 0.5, 0.01]}, index=list("abcd"))
TRUTH = pd.DataFrame(
    {"led": [1, 0, 0], "agreed": [1, 1, 0], "n": [3, 2, 1], "incl": [0.9, 0.4, np.nan], "pri": [0.9, 0.2, np.nan],
     "out": pd.Series([1, 0, "?"], dtype=object), "cases": [("a", "b", "c"), ("d", "e"), ("f",)]}
)  # fmt: skip
ASTRAY = TRUTH.head(2).assign(with_outcome=[("a", "b"), ("d",)], without_outcome=[("c",), ("e",)])
MANY = TRUTH.head(1).assign(**{f"c{i}": 1 for i in range(8)}, cases=[tuple(f"T{i:03}" for i in range(40))])
MANY = MANY[[*[f"c{i}" for i in range(8)], "led", "agreed", "n", "incl", "out", "cases"]]
CHART = pd.DataFrame(
    [(1, j, term, name, presence, part, 0.9, 0.8, 0.5, np.nan)
     for j, led in ((1, "core"), (2, "peripheral"))
     for term, name, presence, part in [
         ("led*~short", "led", "present", led), ("led*~short", "short", "absent", "peripheral"), ("led*~short", LONG, "", ""),
         (LONG, "led", "", ""), (LONG, "short", "", ""), (LONG, LONG, "present", "core")]],
    columns=["model", "parsimonious_model", "term", "condition", "presence", "part", "incl", "pri", "cov_raw", "cov_unique"],
)  # fmt: skip
GRID = pd.DataFrame(
    [(s == "" and c == 0.8 and n == 1, s, -0.2 if s else 0.0, c, n, 0.0, int(c < 0.9), ("led*~short",) if c == 0.8 else (),
      (LONG,) if c == 0.8 else (), ("led*~short", LONG) if c != 0.8 else ())
     for n in (1, 2) for s in ("", "led", LONG) for c in (0.75, 0.8, 0.9)],
    columns=["base", "set", "shift", "incl_cut", "n_cut", "pri_cut", "models", "terms_in_all", "terms_in_some", "terms_lost"],
)  # fmt: skip
NOISE = pd.DataFrame(
    [(level, tone, name, formula, share, max(share - 0.1, 0), min(share + 0.1, 1), 40)
     for name, tone, formula, at in (("one", "constructive", "led*agreed", 0.9), ("two", "destructive", f"~led*{LONG}", 0.7))
     for level, share in ((0.85, at), (0.6, at / 2), (0.45, 0.0))],
    columns=["tone_share", "tone", "recipe", "formula", "share", "low", "high", "replicates"],
)  # fmt: skip
FIT = pd.DataFrame(
    {"model": 1, "term": ["led*~short", "agreed", "solution"], "incl": [0.9, 1.0, 0.95], "pri": 0.8, "cov_raw": 0.5,
     "cov_unique": [0.2, 0.3, np.nan], "cases": [("a", "<b>"), ("c",), ("a", "<b>", "c")], "contradicting": [("<b>",), (), ("<b>",)]}
)  # fmt: skip
DRAWN = {
    "tones": lambda: tone_bars(PROFILE),
    "tones of pairs": lambda: tone_bars(PAIRS_OF_ROLES, by=("actor_role", "target_role"), most=2),
    "time": lambda: tone_over_time(TIME),
    "answers": lambda: what_follows(ANSWERS),
    "network of sixteen": lambda: act_network_figure(PAIRS, ROLES[:2], most=16, least=1),
    "network of two": lambda: act_network_figure(TRIO.head(1)),
    "calibration": lambda: calibration_plot(CALIBRATED, RAW, SETS),
    "calibration, long name": lambda: calibration_plot(CALIBRATED.assign(unit=LONG), RAW, SETS),
    "truth table": lambda: truth_table_chart(TRUTH, contradictions=ASTRAY, names={"led": "Leadership support"}),
    "truth table, ten conditions": lambda: truth_table_chart(MANY, names={"c1": LONG}),
    "core": lambda: fiss_chart(CHART, overall={"incl": 0.9, "cov_raw": 0.7}),
    "robustness": lambda: robustness_map(GRID),
    "recovery": lambda: recovery_by_noise(NOISE, example=0.85),
}


def said(figure):
    return [text.get_text() for text in shown(figure)]


def marks(figure, marker="o"):
    return [line for line in figure.axes[0].lines if line.get_marker() == marker]


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["page", "phone"])
@pytest.mark.parametrize("name", DRAWN)
def test_everything_can_be_read(name, width):
    with use_house_style(width):
        assert unreadable(DRAWN[name](), smallest=8) == []


def test_destructive_bars_run_left_hatched_and_groups_stand_by_their_balance():
    figure = tone_bars(PROFILE)
    bars = figure.axes[0].patches
    assert [round(bar.get_width(), 2) for bar in bars] == [0.6, -0.1, 0.5, -0.5, 0.2, -0.7]
    assert all(bool(bar.get_hatch()) == (bar.get_width() < 0) for bar in bars)
    assert "n 20 ◇ 30%" in said(figure)


def test_groups_with_fewest_acts_are_counted_rather_than_drawn_and_a_hidden_one_says_so():
    few = pd.concat(
        [PROFILE.assign(n=PROFILE["n"] - 5 * PROFILE["family"].eq("talk")), tones({"x": (np.nan,) * 3}, np.nan)]
    )
    words = " ".join(said(tone_bars(few, most=2)))
    assert "and 2 more with fewer acts" in words
    assert "Talk" not in words
    assert "not shown" in said(tone_bars(few))


def test_the_arrival_lies_before_the_stretch_that_begins_with_month_nought():
    figure = tone_over_time(TIME)
    line = next(line for line in figure.axes[0].lines if same_color(line.get_color(), INK))
    assert set(line.get_xdata()) == {0.5}
    later = tone_over_time(TIME[TIME["months"] != "before 0"])  # nothing before it, so no line to draw
    assert "arrival" not in said(later)


def test_a_stretch_without_a_share_leaves_a_gap_in_the_line():
    gap = TIME.assign(estimate=TIME["estimate"].mask(TIME["months"].eq("0 to 5") & TIME["tone"].eq("destructive")))
    lines = [line.get_ydata() for line in tone_over_time(gap).axes[0].lines if len(line.get_xdata()) == 3]
    assert sorted(np.isnan(np.asarray(y, float)).sum() for y in lines) == [0, 1]


def test_chance_is_hollow_and_an_answer_that_may_not_be_shown_has_no_mark():
    figure = what_follows(ANSWERS)
    assert [float(line.get_xdata()[0]) for line in marks(figure)] == [0.4, 0.3]
    assert [float(line.get_xdata()[0]) for line in marks(figure, "D")] == [0.2]
    assert "not shown" in said(figure)


def test_arrows_are_as_thick_as_acts_are_many_and_differ_by_dash_as_well_as_colour():
    figure = act_network_figure(TRIO, ["new"], least=1)
    shafts = [patch for patch in figure.axes[0].patches if patch.get_linewidth() > 0][
        :3
    ]  # the rarest first; then the key
    assert [patch.get_linewidth() for patch in shafts] == sorted(patch.get_linewidth() for patch in shafts)
    assert len({str(patch.get_linestyle()) for patch in shafts}) == 3
    assert same_color(shafts[2].get_edgecolor()[:3], ACCENT)
    assert same_color(shafts[1].get_edgecolor()[:3], DESTRUCTIVE)
    assert len(marks(figure, "s")) == 1  # the new role
    assert len(marks(figure)) == 2


def test_acts_that_are_not_drawn_are_counted():
    assert "Not drawn: 2 acts" in " ".join(said(act_network_figure(TRIO, least=3))).replace("\n", " ")
    assert "Not drawn" not in " ".join(said(act_network_figure(TRIO, least=1)))


def test_the_pairs_with_most_acts_stand_side_by_side():
    heavy = pd.DataFrame(
        {"actor_role": list("acebd"), "target_role": list("bdfce"), "acts": [9, 8, 7, 3, 3], "net": 0.0}
    )
    # by hand: the chains a-b, c-d and e-f, joined by b-c and d-e
    with use_house_style(NARROW):
        listed = [text.split("  ")[1] for text in said(act_network_figure(heavy)) if "  " in text]
    assert "".join(listed) in ("ABCDEF", "FEDCBA")


def test_dots_are_filled_by_set_score_also_where_a_high_value_is_out():
    ax = calibration_plot(CALIBRATED, RAW, SETS).axes[0]
    filled = [line for line in ax.lines if line.get_marker() == "o" and same_color(line.get_markerfacecolor(), ACCENT)]
    hollow = [line for line in ax.lines if line.get_marker() == "o" and same_color(line.get_markerfacecolor(), PAPER)]
    crossed = [line for line in ax.lines if line.get_marker() == "x"]
    assert (len(filled), len(hollow), len(crossed)) == (4, 3, 1)
    short = [
        line for line in filled if line.get_ydata()[0] > 1
    ]  # the second strip: teams a and b, of the lowest vacancy rates
    assert max(line.get_xdata()[0] for line in short) < crossed[0].get_xdata()[0]


def test_a_threshold_is_not_called_a_crossover():
    words = said(calibration_plot(CALIBRATED, RAW, SETS))
    assert "threshold 3.0" in words
    assert "crossover 0.20" in words
    assert {"out 0.30", "in 0.10"} <= set(words)


def test_circles_are_filled_where_a_condition_or_the_outcome_is_present():
    filled = [same_color(line.get_markerfacecolor(), INK) for line in marks(truth_table_chart(TRUTH))]
    assert filled == [True, True, True, False, True, False, False, False]  # led, agreed, outcome; the last row has "?"
    assert "?" in said(truth_table_chart(TRUTH))


def test_only_cases_that_differ_from_the_outcome_of_their_row_are_marked():
    words = [text.replace("\xa0", " ") for text in said(truth_table_chart(TRUTH, contradictions=ASTRAY))]
    assert "a, b, c ≠" in words
    assert "d ≠, e" in words
    assert words.count("≠") == 2
    assert not any("≠" in text for text in said(truth_table_chart(TRUTH, contradictions=ASTRAY.head(0))))


def test_core_is_large_absence_is_crossed_and_ties_are_told():
    figure = fiss_chart(CHART)
    sizes = [(line.get_markersize() > 10, same_color(line.get_markerfacecolor(), INK)) for line in marks(figure)]
    assert sizes == [
        (True, True),
        (False, False),
        (True, True),
    ]  # led core; short absent, peripheral; the long one core
    assert len(marks(figure, "x")) == 1
    assert "One of 2 charts" in " ".join(said(figure)).replace("\n", " ")
    assert [line.get_markersize() > 10 for line in marks(fiss_chart(CHART, parsimonious_model=2))] == [
        False,
        False,
        True,
    ]


def test_each_choice_says_whether_the_term_is_kept_and_the_published_one_is_outlined():
    figure = robustness_map(GRID)
    cells = [text for text in said(figure) if text in "●◐×–"][:18]
    assert cells == ["×", "●", "–"] * 3 + ["×", "◐", "–"] * 3
    assert sum(patch.get_linewidth() > 1.5 for patch in figure.axes[0].patches) == 2  # once a term
    assert sum(patch.get_linewidth() > 1.5 for patch in robustness_map(GRID, n_cut=2).axes[0].patches) == 0


def test_the_noisiest_acts_are_on_the_right():
    ax = recovery_by_noise(NOISE).axes[0]
    lines = [np.asarray(line.get_ydata()) for line in ax.lines if len(line.get_xdata()) == 3]
    assert [line.tolist() for line in lines] == [[0.9, 0.45, 0.0], [0.7, 0.35, 0.0]]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["85%", "60%", "45%"]


def test_a_path_leads_to_its_acts_and_everything_is_escaped():
    html = solution_html(
        FIT,
        "t",
        "Paths.",
        link=lambda term: f"acts.html?a&b#{len(term)}",
        case_link={"a": "#a", "<b>": "#b", "c": "#c"},
    )
    assert '<a href="acts.html?a&amp;b#10">led AND NOT short</a>' in html
    assert "<b>" not in html
    assert html.count("(without the outcome)</span>") == 2  # in its path, and in all paths together
    assert 'scope="row"><strong>All paths together</strong>' in html
    assert "Model" not in html


def test_tied_models_stand_one_below_the_other():
    html = solution_html(pd.concat([FIT, FIT.assign(model=2)]), "t", "Paths.")
    assert html.count("<tbody>") == 2
    assert "Model 2 of 2 that fit equally well" in html
    assert "<a" not in html


def test_a_solution_is_shown_with_its_badge_and_its_data(monkeypatch):
    pages = []
    monkeypatch.setattr(solution_table, "display", lambda page, raw: pages.append(page))
    show_solution(
        FIT, "paths", "Paths.", "invented", "the example study", names={"led": "led well"}, small_numbers=NO_COUNTS
    )
    assert "Invented example" in pages[0]["text/html"]
    assert "a; <b>" in pages[0]["text/plain"]
    with pytest.raises(InputError, match="small_numbers"):
        show_solution(FIT, "paths", "Paths.", "study", "a study")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: tone_bars(PROFILE.replace("depends", "mixed")), "'mixed' is no tone"),
        (lambda: tone_bars(pd.concat([PROFILE, PROFILE])), "a tone twice"),
        (lambda: tone_bars(PROFILE.drop(columns="low")), "needs the column 'low'"),
        (lambda: tone_over_time(TIME.assign(estimate=np.nan)), "No stretch of time"),
        (lambda: what_follows(pd.concat([ANSWERS, ANSWERS])), "'negotiation' stands there twice"),
        (lambda: act_network_figure(TRIO.head(1).assign(target_role="new")), "acts towards itself"),
        (lambda: act_network_figure(TRIO.assign(net=2.0)), "outside -1 to 1"),
        (lambda: act_network_figure(TRIO, ["knew"]), "'knew' is in no pair"),
        (lambda: act_network_figure(TRIO, least=99), "99 acts or more"),
        (lambda: calibration_plot(CALIBRATED, RAW.assign(team=list("wxyz")), SETS), "no case in common"),
        (lambda: truth_table_chart(TRUTH.assign(led=0.7)), "0 .absent. or 1"),
        (lambda: truth_table_chart(MANY.assign(more=1), [*MANY.columns[:10], "more"]), "11 conditions"),
        (lambda: fiss_chart(CHART, model=3), "no model 3"),
        (lambda: fiss_chart(CHART.replace("core", "kernel")), "unknown 'kernel'"),
        (lambda: robustness_map(GRID.assign(base=False)), "no base"),
        (lambda: robustness_map(GRID, n_cut=7), "n_cut 7"),
        (lambda: recovery_by_noise(pd.concat([NOISE, NOISE])), "twice"),
        (lambda: recovery_by_noise(NOISE.head(1)), "at least two levels"),
        (lambda: solution_html(FIT, "t", "Paths.", link={"agreed": "#x"}), "No address for the term 'led"),
    ],
)  # fmt: skip
def test_what_can_not_be_drawn_is_refused(draw, message):
    with pytest.raises(InputError, match=message):
        draw()

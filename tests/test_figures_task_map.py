"""The boards of tasks: all of it readable at both widths, and each role where its position puts it."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from drawn_text import shown, unreadable
from newroles.datasets import load_codebook, load_study
from newroles.disclosure import protect
from newroles.errors import InputError
from newroles.figures.style import ACCENT, MUTED, NARROW, PAPER, WIDE, use_house_style
from newroles.figures.task_map import ALARM, task_board
from newroles.figures.task_teams import task_board_of_teams
from newroles.jurisdiction import board_of_team, board_of_teams, task_change

STUDY = load_study("example_study")
CHANGE = task_change(STUDY.tasks, new_roles=STUDY.teams.set_index("team")["new_role"])
NAMES = load_codebook("roles").codes.set_index("id")["name"].to_dict()
BOARD = board_of_teams(CHANGE)
HELD = [f"{what}_{when}" for what in ("doers", "claimants", "supervisors", "given_up") for when in ("before", "after")]


def task(
    became: str = "unchanged", before: str = "sole", after: str = "sole", name: str = "care", **held: tuple
) -> dict:
    row = {"task": name, "became": became, "new_role": "newcomer", "state_before": before, "state_after": after}
    return row | dict.fromkeys(HELD, ()) | held


HARD = pd.DataFrame(
    [
        task(name="a_task_with_a_name_that_goes_on_and_on_for_longer_than_anybody_would_wish", doers_after=tuple(NAMES)[:14],
             became="shared", before="", after="contested", claimants_after=tuple(NAMES)[12:20]),
        task(became="dropped", before="sole", after="orphan", doers_before=("registered_nurse",), given_up_after=("registered_nurse",)),
        task(became="not_described", name="gone", after="", doers_before=("newcomer",)),
    ]
)  # fmt: skip
HIDDEN = protect(BOARD, "teams", "below_5", by=["task", "when", "state"], assume_known=False)
MANY = BOARD.assign(teams=BOARD["teams"] * np.where(BOARD["state"] == "orphan", 1, 37))
DRAWN = {
    "team": lambda: task_board(board_of_team(CHANGE, "T019"), NAMES),
    "team, hard": lambda: task_board(HARD, NAMES),
    "teams": lambda: task_board_of_teams(BOARD),
    "teams, hidden": lambda: task_board_of_teams(HIDDEN),
    "teams, all hidden": lambda: task_board_of_teams(protect(BOARD, "teams", "threshold_10", by=["task", "when", "state"], assume_known=False)),
    "teams, many": lambda: task_board_of_teams(MANY),
    "teams, long name": lambda: task_board_of_teams(BOARD, names={"care_planning": "Agreeing a plan of care with the person and those who matter"}),
}  # fmt: skip


def said(figure):
    return [text.get_text() for text in shown(figure)]


@pytest.mark.parametrize("width", [WIDE, NARROW], ids=["page", "phone"])
@pytest.mark.parametrize("name", DRAWN)
def test_everything_can_be_read(name, width):
    with use_house_style(width):
        assert unreadable(DRAWN[name](), smallest=8) == []


def chips(figure):
    """Each chip's text with the colour it is filled with, in the key left out."""
    ax = figure.axes[0]
    boxes = {}
    for patch in ax.patches:
        if type(patch).__name__ == "FancyBboxPatch":
            x, y = patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2
            boxes[round(x, 3), round(y, 3)] = to_hex(patch.get_facecolor()), patch.get_boxstyle().__class__.__name__
    return {t.get_text(): boxes.get(tuple(np.round(t.get_position(), 3))) for t in ax.texts if "AB" not in t.get_text()}


def test_a_role_is_filled_where_it_does_the_task_and_the_new_one_has_its_own_shape():
    row = task(became="contested", before="sole", after="contested", doers_before=("registered_nurse",), doers_after=("newcomer",),
               supervisors_after=("psychiatrist",), claimants_after=("registered_nurse",), given_up_after=("social_worker",))  # fmt: skip
    found = chips(task_board(pd.DataFrame([row])))
    assert found["RN"] == (MUTED, "Round")
    assert found["Newc"] == (ACCENT, "Square")
    assert found["▲ Psyc"] == (PAPER, "Round")
    assert found["RN !"] == (PAPER, "Round")
    assert found["SW"] is None, "struck through, without a box"


def test_what_is_pressing_comes_first_and_what_is_unchanged_stands_once():
    words = said(task_board(board_of_team(CHANGE, "T019"), NAMES))
    headings = [text for text in words if text.endswith(")") or ": before and after" in text]
    assert headings == ["Contested (2)", "Newly shared (2)", "Unchanged (12): before and after"]
    assert words.count("→") == 4
    orphan = task_board(HARD.iloc[[1]])
    assert "nobody does it" in said(orphan)
    assert next(t for t in shown(orphan) if t.get_text() == "Dropped (1)").get_color() == ALARM


def test_roles_with_the_same_initials_get_codes_of_their_own():
    row = task(doers_before=("social_worker", "support_worker"), doers_after=("social_worker", "support_worker"))
    assert {"SoW", "SuW"} <= set(said(task_board(pd.DataFrame([row]))))
    assert "S1" in said(task_board(pd.DataFrame([row]), short={"social_worker": "S1"}))


def test_bars_are_as_long_as_teams_are_many_and_a_hidden_count_shows_no_number():
    table = pd.DataFrame(
        {
            "task": "care",
            "when": ["before", "before", "after"],
            "state": ["contested", "sole", "sole"],
            "teams": [1, 3, 4],
        }
    )
    ax = task_board_of_teams(table).axes[0]
    wide = [p.get_width() for p in ax.patches][::2][:3]
    assert wide[1] / wide[0] == pytest.approx(3, rel=0.08)  # but for the gaps between parts
    protected = said(task_board_of_teams(table.assign(teams=[pd.NA, 3, 4], teams_status=["hidden", "shown", "shown"])))
    assert "1" not in protected
    assert "not shown: small" in protected


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: task_board(CHANGE), "The board is of one team"),
        (lambda: task_board(board_of_team(CHANGE, "T001", protects=True)), "without rows"),
        (lambda: task_board(HARD.drop(columns="became")), "needs the column 'became'"),
        (lambda: task_board_of_teams(BOARD.assign(state="lonely")), "'lonely' is no state"),
        (lambda: task_board_of_teams(pd.concat([BOARD, BOARD.head(1)])), "twice"),
    ],
)
def test_what_can_not_be_drawn_is_refused(draw, message):
    with pytest.raises(InputError, match=message):
        draw()

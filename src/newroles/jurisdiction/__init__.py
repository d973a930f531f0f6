"""What do professions share, and on whom does a new role border? Overlap of what roles do, or are able to do.

Start with overlap(), which compares all pairs; shared_core() and distinctive() say what they share and what not, bordering()
what a role shares with each of the others, place_roles() the same for roles of which only a list of activities is known;
overlap_intervals(), compare_measures(), nearest_without() and counterpart_ranks() say how far to trust the order.
as_competencies() makes the open table of American work activities fit all of them, and register_counterparts() says for whom
its professions stand.
"""

from newroles.jurisdiction.borders import (
    beside_professions,
    bordering,
    distinctive,
    nearest,
    place_role,
    place_roles,
    shared_core,
)
from newroles.jurisdiction.occupations import (
    as_competencies,
    occupation_counterparts,
    occupation_overlap,
    register_counterparts,
)
from newroles.jurisdiction.overlap import MEASURES, as_shares, clustered_order, competencies_of, overlap
from newroles.jurisdiction.robustness import compare_measures, counterpart_ranks, nearest_without, overlap_intervals
from newroles.jurisdiction.task_change import BECAME, DOUBTS, became_name, compared_teams, task_change
from newroles.jurisdiction.task_map import POSITIONS, STATES, first_and_last, task_map
from newroles.jurisdiction.task_overlap import (
    QUESTIONS,
    UNEXPECTED,
    overlap_against_competencies,
    task_overlap,
    unexpected_pairs,
)
from newroles.jurisdiction.task_pair_words import (
    against_competencies_in_words,
    end_in_words,
    pairs_in_words,
    team_in_words,
    unexpected_pairs_in_words,
)
from newroles.jurisdiction.task_sentences import (
    arrival_in_words,
    compared_in_words,
    described_in_words,
    moved_in_words,
    new_roles_in_words,
    pressing_in_words,
    spread_in_words,
    states_title,
    states_told,
    without_new_role_in_words,
)
from newroles.jurisdiction.task_states import (
    board_of_team,
    board_of_teams,
    change_by_pair,
    change_by_task,
    state_change,
)
from newroles.jurisdiction.task_summaries import (
    STATE_NAMES,
    changes_counted,
    described_twice,
    doubts_counted,
    names_for,
    tasks_against_competencies,
    tasks_at_the_end,
    unexpected_listed,
)
from newroles.jurisdiction.task_words import (
    board_in_words,
    changes_in_words,
    doubts_in_words,
    left_out_in_words,
    states_in_words,
    unexpected_in_words,
)
from newroles.jurisdiction.words import closest_in_words, nearest_with_ties, sure_in_words

__all__ = [
    "BECAME",
    "DOUBTS",
    "MEASURES",
    "POSITIONS",
    "QUESTIONS",
    "STATES",
    "STATE_NAMES",
    "UNEXPECTED",
    "against_competencies_in_words",
    "arrival_in_words",
    "as_competencies",
    "as_shares",
    "became_name",
    "beside_professions",
    "board_in_words",
    "board_of_team",
    "board_of_teams",
    "bordering",
    "change_by_pair",
    "change_by_task",
    "changes_counted",
    "changes_in_words",
    "closest_in_words",
    "clustered_order",
    "compare_measures",
    "compared_in_words",
    "compared_teams",
    "competencies_of",
    "counterpart_ranks",
    "described_in_words",
    "described_twice",
    "distinctive",
    "doubts_counted",
    "doubts_in_words",
    "end_in_words",
    "first_and_last",
    "left_out_in_words",
    "moved_in_words",
    "names_for",
    "nearest",
    "nearest_with_ties",
    "nearest_without",
    "new_roles_in_words",
    "occupation_counterparts",
    "occupation_overlap",
    "overlap",
    "overlap_against_competencies",
    "overlap_intervals",
    "pairs_in_words",
    "place_role",
    "place_roles",
    "pressing_in_words",
    "register_counterparts",
    "shared_core",
    "spread_in_words",
    "state_change",
    "states_in_words",
    "states_title",
    "states_told",
    "sure_in_words",
    "task_change",
    "task_map",
    "task_overlap",
    "tasks_against_competencies",
    "tasks_at_the_end",
    "team_in_words",
    "unexpected_in_words",
    "unexpected_listed",
    "unexpected_pairs",
    "unexpected_pairs_in_words",
    "without_new_role_in_words",
]

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
from newroles.jurisdiction.words import closest_in_words, nearest_with_ties, sure_in_words

__all__ = [
    "MEASURES",
    "as_competencies",
    "as_shares",
    "beside_professions",
    "bordering",
    "closest_in_words",
    "clustered_order",
    "compare_measures",
    "competencies_of",
    "counterpart_ranks",
    "distinctive",
    "nearest",
    "nearest_with_ties",
    "nearest_without",
    "occupation_counterparts",
    "occupation_overlap",
    "overlap",
    "overlap_intervals",
    "place_role",
    "place_roles",
    "register_counterparts",
    "shared_core",
    "sure_in_words",
]

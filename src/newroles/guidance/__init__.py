"""Phase 4: findings to recommendations, each with its evidence, its confidence and the way back to the rows it rests on."""

from newroles.guidance.cards import Collection, Component, Evidence, Guidance, Judgement, Recommendation
from newroles.guidance.from_a_book import judged_so_far
from newroles.guidance.judging import STATUSES, Judged, judged
from newroles.guidance.loading import load_recommendations, recommendations_folder
from newroles.guidance.overviews import (
    by_context,
    by_role,
    confidence_by_role,
    first_in_words,
    helped_in_words,
    silences,
    silences_in_words,
    sure_in_words,
    sure_title,
    to_do_first,
)
from newroles.guidance.review import Reviewed, load_reviewed, reviewed_path, write_reviewed
from newroles.guidance.statements import (
    CONFIDENCE,
    confidence_in_words,
    confidence_level,
    evidence_table,
    how_it_stands,
    recommendations_table,
    standing,
)
from newroles.guidance.thread import card_address, fact_address, table_records, thread, thread_in_words
from newroles.guidance.vocabulary import (
    AUDIENCES,
    CASE_ROLES,
    COMPONENTS,
    CONCERN,
    GROUPS,
    JUDGEMENTS,
    SETTINGS,
    STRENGTH,
    WHEN,
    role_names,
)
from newroles.guidance.would_take import boundaries_touched, cannot_say, would_take
from newroles.guidance.would_take_study import WouldTake, would_take_by_role, would_take_in_study
from newroles.guidance.would_take_words import would_take_in_words, would_take_listed

__all__ = [
    "AUDIENCES",
    "CASE_ROLES",
    "COMPONENTS",
    "CONCERN",
    "CONFIDENCE",
    "GROUPS",
    "JUDGEMENTS",
    "SETTINGS",
    "STATUSES",
    "STRENGTH",
    "WHEN",
    "Collection",
    "Component",
    "Evidence",
    "Guidance",
    "Judged",
    "Judgement",
    "Recommendation",
    "Reviewed",
    "WouldTake",
    "boundaries_touched",
    "by_context",
    "by_role",
    "cannot_say",
    "card_address",
    "confidence_by_role",
    "confidence_in_words",
    "confidence_level",
    "evidence_table",
    "fact_address",
    "first_in_words",
    "helped_in_words",
    "how_it_stands",
    "judged",
    "judged_so_far",
    "load_recommendations",
    "load_reviewed",
    "recommendations_folder",
    "recommendations_table",
    "reviewed_path",
    "role_names",
    "silences",
    "silences_in_words",
    "standing",
    "sure_in_words",
    "sure_title",
    "table_records",
    "thread",
    "thread_in_words",
    "to_do_first",
    "would_take",
    "would_take_by_role",
    "would_take_in_study",
    "would_take_in_words",
    "would_take_listed",
    "write_reviewed",
]

"""Small-number rules: which counts a table may show, so that none of those it hides can be worked out.

protect() does it, once and last, before a table or figure is shown; profile_of() says which rule a study asks for,
describe_protection() writes the line under the table. Chapters hand small_numbers() to show() and show_table(), which do
all three.
"""

from newroles.disclosure.by_place import (
    CountsAndBlanks,
    CountsByPlace,
    answers_by_group,
    counts_and_blanks,
    counts_by_place,
)
from newroles.disclosure.networks import NETWORK_NOTE, NetworkRule, acts_rule, network_rule
from newroles.disclosure.profiles import PROFILES, Profile, profile_of, small_number_rule
from newroles.disclosure.protection import describe_protection, protect
from newroles.disclosure.small_numbers import NO_COUNTS, UNDISCLOSED, SmallNumbers, number_or_words, small_numbers

__all__ = [
    "NETWORK_NOTE",
    "NO_COUNTS",
    "PROFILES",
    "UNDISCLOSED",
    "CountsAndBlanks",
    "CountsByPlace",
    "NetworkRule",
    "Profile",
    "SmallNumbers",
    "acts_rule",
    "answers_by_group",
    "counts_and_blanks",
    "counts_by_place",
    "describe_protection",
    "network_rule",
    "number_or_words",
    "profile_of",
    "protect",
    "small_number_rule",
    "small_numbers",
]

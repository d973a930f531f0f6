"""Small-number rules: which counts a table may show, so that none of those it hides can be worked out.

protect() does it, once and last, before a table or figure is shown; profile_of() says which rule a study asks for,
describe_protection() writes the line under the table. Chapters hand small_numbers() to show() and show_table(), which do
all three.
"""

from newroles.disclosure.profiles import PROFILES, Profile, profile_of, small_number_rule
from newroles.disclosure.protection import describe_protection, protect
from newroles.disclosure.small_numbers import NO_COUNTS, SmallNumbers, small_numbers

__all__ = [
    "NO_COUNTS",
    "PROFILES",
    "Profile",
    "SmallNumbers",
    "describe_protection",
    "profile_of",
    "protect",
    "small_number_rule",
    "small_numbers",
]

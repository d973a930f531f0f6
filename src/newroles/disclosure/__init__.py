"""Small-number rules: which counts a table may show, so that none of those it hides can be worked out.

Start with protect(), once and last, before a table or figure is shown; profile_of() says which rule a study asks for,
describe_protection() writes the line under the table.
"""

from newroles.disclosure.profiles import PROFILES, Profile, profile_of, small_number_rule
from newroles.disclosure.protection import describe_protection, protect

__all__ = ["PROFILES", "Profile", "describe_protection", "profile_of", "protect", "small_number_rule"]

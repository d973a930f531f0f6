"""What of a network may be shown under a small-number rule: measures of the whole, never of single roles or few people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from newroles.disclosure.profiles import Profile

if TYPE_CHECKING:
    from newroles.networks import RoleNetwork

NETWORK_NOTE = (
    "Not shown under this study's small-number rule: roles have few people each, and who they are could be worked out."
)


@dataclass(frozen=True)
class NetworkRule:
    """What may be shown of the networks of a study.

    whole: measures of all teams together; parts: also tables and sentences by role, kind of role or team. Both are True
    without a rule.
    """

    whole: bool
    parts: bool

    def table(self, table: pd.DataFrame, part: bool = True) -> pd.DataFrame:
        """The table if it may be shown, else the same without rows. part: whether it is about parts of the network."""
        return table if (self.parts if part else self.whole) else table.iloc[:0]

    def text(self, text: str, part: bool = True) -> str:
        """The sentence if it may be said, else a note that it isn't."""
        return text if (self.parts if part else self.whole) else NETWORK_NOTE

    def number(self, number: float | None) -> float | None:
        """A number about parts of the network if it may be said, else None."""
        return number if self.parts else None


def network_rule(profile: Profile, *waves: RoleNetwork, by: str = "role") -> NetworkRule:
    """What may be shown of these waves of a network under this rule?

    profile: the study's rule, `profile_of(study)`. waves: the networks shown; by: the column that makes the boundary.

    Without a rule everything may be. Under one that hides or rounds, nothing by role, kind of role or team is shown; measures
    of the whole are, as long as in each wave people, ties within a group and ties across are as many as the rule asks for, and
    those who didn't answer are either nobody or as many.

    >>> from newroles.disclosure import PROFILES
    >>> from newroles.networks import build
    >>> people = pd.DataFrame({"person": range(30), "role": ["nurse", "doctor", "peer"] * 10})
    >>> few = build(people, pd.DataFrame({"source": [0], "target": [1]}))
    >>> network_rule(PROFILES["threshold_10"], few), network_rule(PROFILES["none"], few)
    (NetworkRule(whole=False, parts=False), NetworkRule(whole=True, parts=True))
    """
    if not profile.protects:
        return NetworkRule(True, True)
    return NetworkRule(all(_enough(wave, by, profile.enough) for wave in waves), False)


def acts_rule(profile: Profile, acts: int, teams: int, documents: int) -> NetworkRule:
    """What may be shown of acts at the boundary under this rule?

    profile: the study's rule, `profile_of(study)`. acts, teams, documents: how many the analysis rests on.

    Without a rule everything may be. Under one that hides or rounds, nothing by team, role or pair of roles is shown: who acted
    could be worked out where a role has one person in a team. Measures of the whole are, as long as acts, teams and documents
    are each as many as the rule asks for.

    >>> from newroles.disclosure import PROFILES
    >>> acts_rule(PROFILES["threshold_10"], acts=900, teams=28, documents=140)
    NetworkRule(whole=True, parts=False)
    """
    if not profile.protects:
        return NetworkRule(True, True)
    return NetworkRule(min(acts, teams, documents) >= profile.enough, False)


def _enough(wave: RoleNetwork, by: str, enough: int) -> bool:
    numbers = wave.groups(by)[0]
    source, target = wave.positions
    across = int((numbers[source] != numbers[target]).sum())
    silent = int((~wave.answered).sum())
    counts = np.array([len(wave), across, len(wave.ties) - across])
    return bool((counts >= enough).all()) and (silent == 0 or silent >= enough)

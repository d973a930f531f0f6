"""Small-number rules by name: which counts are hidden, whether zeros are shown, and to what the rest is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newroles.datasets import Study
from newroles.errors import InputError, did_you_mean

_ZEROS = ("shown", "hidden")


@dataclass(frozen=True)
class Profile:
    """One small-number rule: counts below `below` are hidden (0: none), the others rounded to the nearest `round_to`.

    zeros_shown: a zero is shown as 0; else it is hidden like any other count below `below`.
    """

    name: str
    below: int = 0
    zeros_shown: bool = True
    round_to: int = 1

    def hides(self, count: float) -> bool:
        """Is this count too small to show?"""
        return count < self.below and not (count == 0 and self.zeros_shown)

    @property
    def protects(self) -> bool:
        """Does the rule hide or round anything?"""
        return bool(self.below) or self.round_to > 1

    @property
    def enough(self) -> int:
        """How many organisations must share something, such as a job title in their own words, before it is shown.

        >>> [PROFILES[name].enough for name in ("threshold_10", "nhs", "none")]
        [10, 8, 0]
        """
        return max(self.below, self.round_to) if self.protects else 0

    def shown_as(self, count: float) -> int:
        """The count as printed: rounded to the nearest multiple, halves upwards."""
        return int((count + self.round_to / 2) // self.round_to * self.round_to)

    def possible(self, count: float) -> tuple[float, float]:
        """From where to where may a count lie that is shown as this one is?

        >>> PROFILES["nhs"].possible(13), PROFILES["nhs"].possible(9), PROFILES["nhs"].possible(0)
        ((13, 17), (8, 12), (0, 0))
        """
        if count == 0 and self.below:
            return 0, 0
        printed = self.shown_as(count)
        return max(self.below, printed - self.round_to // 2), printed + (self.round_to - 1) // 2

    @property
    def hidden_range(self) -> tuple[int, int]:
        """The smallest and the largest count that the rule hides."""
        return int(self.zeros_shown), self.below - 1

    @property
    def hidden_words(self) -> str:
        """Which counts are hidden, in words."""
        return f"of 1 to {self.below - 1}" if self.zeros_shown else f"below {self.below} (zero among them)"


PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("threshold_10", below=10, zeros_shown=False),
        Profile("nhs", below=8, round_to=5),
        Profile("below_5", below=5, zeros_shown=False),
        Profile("none"),
    )
}
"""The rules that a study can name. threshold_10: 0 to 9 hidden; below_5: 0 to 4 hidden; nhs: 1 to 7 hidden, zeros shown,
the rest rounded to the nearest 5; none: everything is shown."""


def small_number_rule(profile: str | Mapping[str, Any] | Profile) -> Profile:
    """Which small-number rule is meant?

    profile: a name of `PROFILES`; or a rule of your own as a mapping with `below` (a whole number: smaller counts are
    hidden), `zeros` (shown or hidden; hidden unless said otherwise) and `round_to` (a whole number, 1: not rounded).

    Returns the rule as a Profile.

    Raises InputError for an unknown name or key, or a value that is none of the above.

    Source: threshold_10 follows the defaults of the output checker ACRO (threshold 10, zeros disclosive); nhs is the
    rule for sub-national counts of people in English hospital statistics since September 2018 (1 to 7 hidden, the rest
    to the nearest 5, in place of secondary suppression; counts of providers are exempt). Whether a rule suits a study is
    for its data agreement to say.

    >>> small_number_rule({"below": 6, "zeros": "shown"}).hidden_words
    'of 1 to 5'
    """
    if isinstance(profile, Profile):
        return profile
    if isinstance(profile, str):
        if profile not in PROFILES:
            raise InputError(f"'{profile}' is no small-number rule. {did_you_mean(profile, PROFILES)}")
        return PROFILES[profile]
    if not isinstance(profile, Mapping):
        raise InputError(f"A small-number rule is a name ({', '.join(PROFILES)}) or a mapping; got {profile!r}.")
    valid = ("below", "zeros", "round_to")
    for key in profile:
        if key not in valid:
            raise InputError(f"A small-number rule has no '{key}'. {did_you_mean(str(key), valid)}")
    below, zeros, round_to = profile.get("below", 0), profile.get("zeros", "hidden"), profile.get("round_to", 1)
    for key, number, least in (("below", below, 0), ("round_to", round_to, 1)):
        if isinstance(number, bool) or not isinstance(number, int) or number < least:
            raise InputError(f"A small-number rule's {key} must be a whole number of at least {least}; got {number!r}.")
    if zeros not in _ZEROS:
        raise InputError(f"A small-number rule's zeros must be shown or hidden; got {zeros!r}.")
    return Profile("custom", below=below, zeros_shown=zeros == "shown" or below == 0, round_to=round_to)


def profile_of(study: Study) -> Profile:
    """Which small-number rule does this study ask for?

    study: as load_study gives it. Its study.yml names the rule under `disclosure_profile`.

    Returns the rule; where none is named: threshold_10, the strictest, for a real study, and none for one that is
    invented or made of open data.

    Raises InputError for a name that is no rule.

    >>> from newroles.datasets import load_study
    >>> profile_of(load_study("example_study")).name
    'none'
    """
    named = study.meta.get("disclosure_profile") or ("threshold_10" if study.kind == "real" else "none")
    try:
        return small_number_rule(named)
    except InputError as error:
        raise InputError(f"study.yml of '{study.title}', disclosure_profile: {error}") from error

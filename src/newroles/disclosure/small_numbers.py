"""Which columns of a table count people, posts or organisations of a study, and by which rule they are shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from newroles.datasets import Study
from newroles.disclosure.profiles import Profile, profile_of
from newroles.disclosure.protection import describe_protection, protect
from newroles.disclosure.suppression import CannotProtectError
from newroles.errors import InputError


@dataclass(frozen=True)
class SmallNumbers:
    """How are the counts of a table protected when it is shown? What `show` and `show_table` need for a study's tables.

    Say it with `small_numbers(study, counts=...)`; NO_COUNTS for a table that counts neither people, posts nor
    organisations (coefficients of agreement, say, or numbers of codes). The fields are the arguments of `protect`.
    """

    profile: Profile
    counts: Sequence[str]
    by: Sequence[str] | None = None
    margins: Mapping[str, Hashable] | None = None
    across: str | None = None
    assume_known: bool | None = None
    empty_by_design: str | None = None
    derived: Mapping[str, str | Sequence[str]] | None = None

    def apply(self, table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        """The table as it may be shown, and the line under it that says what was done (`protect` and its errors).

        Where the rule hides and rounds nothing the table comes back as it was; with no counts the line is empty. Where a
        hidden count could be worked out whatever else is hidden, every count is.
        """
        if not len(self.counts):
            return table, ""
        if not self.profile.protects:
            self._check(table)
            return table, ""
        try:
            shown = self._protect(table, self.profile, self.assume_known)
        except CannotProtectError:
            largest = max(int(table[column].max()) for column in self.counts)
            everything = replace(self.profile, below=largest + 1, zeros_shown=False)
            shown = self._protect(table, everything, False)
            return shown, "No count is shown, since a small one could be worked out from the others."
        return shown, describe_protection(shown)

    def _protect(self, table: pd.DataFrame, profile: Profile, assume_known: bool | None) -> pd.DataFrame:
        return protect(
            table,
            self.counts,
            profile,
            by=self.by,
            margins=self.margins,
            across=self.across,
            assume_known=assume_known,
            empty_by_design=self.empty_by_design,
            derived=self.derived,
        )

    def _check(self, table: pd.DataFrame) -> None:
        """A slip in the names shows with the example study, and not first with somebody's own data."""
        for column in [*self.counts, *(self.derived or {}), *(self.by or [])]:
            if column not in table.columns:
                raise InputError(f"There is no column '{column}' to protect: the table has {', '.join(table.columns)}.")


NO_COUNTS = SmallNumbers(Profile("none"), ())
UNDISCLOSED = "an undisclosed number"


def number_or_words(count: Any) -> int | str:
    """What does a sentence say where a protected table has this count: the number, or that it isn't disclosed?

    count: a cell, or a sum of cells, of a table that `apply` gave; blank where it is hidden.

    >>> number_or_words(12), number_or_words(pd.NA)
    (12, 'an undisclosed number')
    """
    return UNDISCLOSED if pd.isna(count) else int(count)


def small_numbers(study: Study, counts: str | Sequence[str], **how: Any) -> SmallNumbers:
    """By which rule are these columns of a study's table shown?

    study: as load_study gives it; its study.yml names the rule. counts: the columns that count people, posts or
    organisations. how: by, margins, across, assume_known, empty_by_design, derived, as for `protect`.

    Returns a SmallNumbers for `show` and `show_table`. Raises InputError when the study names no valid rule.

    >>> from newroles.datasets import load_study
    >>> table = pd.DataFrame({"region": ["London", "Midlands"], "trusts": [3, 12]})
    >>> shown, line = small_numbers(load_study("example_study"), "trusts").apply(table)
    >>> shown["trusts"].tolist(), line
    ([3, 12], '')
    """
    names = (counts,) if isinstance(counts, str) else tuple(counts)
    return SmallNumbers(profile_of(study), names, **how)

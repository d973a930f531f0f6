"""Small-number rules for counts by region whose totals stand in other figures of the same page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from newroles.datasets import Study
from newroles.disclosure.profiles import Profile, profile_of
from newroles.disclosure.protection import protect
from newroles.disclosure.small_numbers import SmallNumbers, small_numbers
from newroles.disclosure.suppression import CannotProtectError


@dataclass(frozen=True)
class CountsAndBlanks(SmallNumbers):
    """As SmallNumbers, for a table in which counts were withheld already, because others could be worked out from them.

    Say it with `counts_and_blanks(study, counts, ...)`.
    """

    def apply(self, table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        """The table as it may be shown, and the line under it. A blank count is hidden like a small one, and looks alike."""
        shown, said = super().apply(table)
        if not self.profile.protects:
            return shown, said
        hidden = 0
        for column in self.counts:
            shown[f"{column}_status"] = shown[f"{column}_status"].replace("missing", "hidden")
            hidden += int(shown[f"{column}_status"].eq("hidden").sum())
        return shown, _said(hidden, self.profile)


def counts_and_blanks(study: Study, counts: str | Sequence[str], **how: Any) -> CountsAndBlanks:
    """By which rule are these counts shown, when a blank one among them is withheld rather than not known?

    study, counts, how: as for `small_numbers`.

    >>> from newroles.datasets import load_study
    >>> counts_and_blanks(load_study("example_study"), "x", by=["role"]).by
    ['role']
    """
    return CountsAndBlanks(profile_of(study), (counts,) if isinstance(counts, str) else tuple(counts), **how)


@dataclass(frozen=True)
class CountsByPlace(SmallNumbers):
    """The counts of items (roles, kinds) by place, each item's total being known from another table.

    Say it with `counts_by_place(study, answers, by=...)`.
    """

    item: str = "role"
    place: str = "region"
    total: str = "All regions"
    answers: pd.DataFrame = field(default_factory=pd.DataFrame)

    def apply(self, table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        """The table as it may be shown, and the line under it.

        Each item is protected by itself, with its total as the rule shows it. Numbers of trusts that answered are those of
        `answers`, shares are computed from the counts shown. Where nobody answered, a rule that hides zeros hides that.
        """
        rule = self.profile
        if not rule.below and rule.round_to == 1:
            return super().apply(table)
        parts = []
        for _, rows in table.groupby(self.item, sort=False):
            total = rows[self.place].eq(self.total)
            places = rows[~total].copy()
            if rule.hides(0):
                places["count"] = places["count"].fillna(0)
            one = _one_item(places[[self.item, self.place, "count"]], self.place, rule)
            whole = rows.loc[total, [self.item, self.place, "count"]].copy()
            hides = [rule.hides(float(x)) for x in whole["count"]]
            shown = [pd.NA if hide else rule.shown_as(float(x)) for x, hide in zip(whole["count"], hides, strict=True)]
            whole = whole.assign(count=pd.array(shown, dtype="Int64"))
            whole["count_status"] = np.where(hides, "hidden", "shown")
            parts += [one[whole.columns], whole]
        shown_table = self._with_answers(pd.concat(parts).loc[table.index], rule)
        return shown_table, _said(int(shown_table["count_status"].eq("hidden").sum()), rule)

    def _with_answers(self, table: pd.DataFrame, rule: Profile) -> pd.DataFrame:
        known = self.answers.set_index(self.place)
        for column, source in (("answered", "responded"), ("trusts", "n")):
            whole = float(self.answers.attrs[f"total_{source}"])
            everywhere = {} if rule.hides(whole) else {self.total: rule.shown_as(whole)}
            values = table[self.place].map(known[source].to_dict() | everywhere)
            table[column] = pd.to_numeric(values, errors="coerce").astype("Int64")
        count, answered = (table[c].to_numpy(float, na_value=np.nan) for c in ("count", "answered"))
        table["share"] = np.divide(count, answered, out=np.full(len(table), np.nan), where=answered > 0)
        words = np.select(
            [table["count_status"].eq("hidden"), np.isnan(count), count == 0], ["", "missing", "zero"], "shown"
        )
        table["state"] = pd.Series(words, index=table.index).replace("", None)
        return table


def answers_by_group(study: Study, by: Sequence[str], chance: bool = False) -> SmallNumbers:
    """By which rule is it shown how many trusts answered in each group, when the page says how many did in all?

    by: the columns that name a group. For a table with responded, n and estimate, as `newroles.overview.response_by` returns;
    chance: whether it also has chance_low and chance_high.

    >>> from newroles.datasets import load_study
    >>> answers_by_group(load_study("example_study"), ["region"]).counts
    ('responded', 'n')
    """
    known = True if profile_of(study).below else None
    derived: dict[str, str | list[str]] = {"estimate": ["responded", "n"]}
    if chance:
        derived |= {"chance_low": "n", "chance_high": "n"}
    how = {"by": list(by), "margins": {}, "across": "", "assume_known": known, "derived": derived}
    return small_numbers(study, ["responded", "n"], **how)


def counts_by_place(
    study: Study,
    answers: pd.DataFrame,
    by: str = "role",
    place: str = "region",
    total: str = "All regions",
) -> CountsByPlace:
    """By which rule are the counts of roles (or kinds) by place shown, when each one's total stands in another table?

    answers: who answered by place, as `newroles.overview.response_by` returns: `place`, responded, n, estimate. by: the
    column of items. total: the place that stands for all.

    Returns what `figures.show` needs for a table of `newroles.overview.roles_by_region`.

    >>> from newroles.datasets import load_study
    >>> answers = pd.DataFrame({"region": ["London"], "responded": [3], "n": [4], "estimate": [0.75]})
    >>> counts_by_place(load_study("example_study"), answers).counts
    ('count',)
    """
    rule = profile_of(study)
    counted = answers[[place, "responded", "n", "estimate"]]
    how = answers_by_group(study, [place])
    shown, _ = how.apply(counted)
    shown.attrs |= {f"total_{column}": int(counted[column].sum()) for column in ("responded", "n")}
    return CountsByPlace(
        rule, ("count",), by=(by, place), derived={"share": "count", "state": "count"}, item=by, place=place, total=total, answers=shown,
    )  # fmt: skip


def _said(hidden: int, rule: Profile) -> str:
    """How many counts are hidden, without how many of them are small: beside a total, that could tell them."""
    words = []
    if hidden:
        those = "1 count is" if hidden == 1 else f"{hidden} counts are"
        words.append(f"{those} not shown: {rule.hidden_words}, or such that one of these could be worked out.")
    if rule.round_to > 1:
        words.append(f"Counts are rounded to the nearest {rule.round_to}; shares are of rounded counts.")
    return " ".join(words) or f"No count is hidden: none is {rule.hidden_words}."


def _one_item(places: pd.DataFrame, place: str, rule: Profile) -> pd.DataFrame:
    """The counts of one item by place, its total being known; all hidden where nothing else helps."""
    try:
        return protect(places, "count", rule, by=[place], margins={}, across="", assume_known=True)
    except CannotProtectError:
        hidden = pd.array([pd.NA] * len(places), dtype="Int64")
        return places.assign(count=hidden, count_status="hidden")

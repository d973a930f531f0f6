"""What one study says of each role and each kind of organisation, as its small-number rule allows it to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.datasets import Codebook, Study, load_codebook, load_published, load_study
from newroles.disclosure import SmallNumbers, small_numbers
from newroles.errors import InputError
from newroles.overview import adoption, arrivals
from newroles.roles import Register, load_register, match_titles, with_roles
from newroles.skill_mix import kinds_of_roles

SECTORS = {
    "nhs": "NHS organisations",
    "vcse": "Voluntary, community and social enterprises",
    "independent": "Independent providers",
    "local_authority": "Local authorities",
}
"""The sectors of a study's frame, in words."""

TOO_SMALL = "Numbers that are too small to show, and those from which they could be worked out, are left out."

_PERIOD = 5  # years: with single years nearly every count would be too small to show
_SHARES = ("estimate", "low", "high", "bound_low", "bound_high")


@dataclass(frozen=True, eq=False)
class StudyNumbers:
    """A study's reports with their roles, read once a build. register: the study's own, or the project's."""

    study: Study
    register: Register
    reports: pd.DataFrame = field(repr=False)
    own_register: bool = False

    @cached_property
    def _adoption(self) -> pd.DataFrame:
        return adoption(self.reports, self.study.trusts, only=self.register.ids)

    @cached_property
    def _of_new_roles(self) -> pd.DataFrame:
        """Reports of roles that the register counts as new, and those that count for no role yet."""
        new = self.register.is_new()
        role = self.reports["role"]
        return self.reports[role.isna() | role.isin(new.index[new])]

    @cached_property
    def kinds_book(self) -> Codebook:
        """The codebook of kinds of skill-mix change that the study uses."""
        return load_codebook(self.study.codebook("skill_mix_change"))

    @cached_property
    def _kinds(self) -> tuple[pd.DataFrame, str]:
        return kinds_of_roles(self.study, self.kinds_book, load_published("role_type_codings"))

    @property
    def whose_kinds(self) -> str:
        """Whose coding of roles by kind the numbers rest on, in words."""
        return self._kinds[1]

    def adoption_of(self, role: str) -> tuple[pd.DataFrame, str]:
        """How many of the trusts that answered have this role, and what does it say of all?

        Returns one row as `newroles.overview.adoption` gives it, counts and shares blank where the study's rule hides
        them (then with x_status, n_status and N_status), and the line that says what was done.
        """
        table = self._adoption[self._adoption["role"] == role].reset_index(drop=True)
        derived = {"estimate": ("x", "n")} | dict.fromkeys(_SHARES[1:], ("x", "n", "N"))
        return small_numbers(self.study, ("x", "n", "N"), by=["role"], derived=derived).apply(table)

    def reported_details(self, role: str) -> tuple[pd.DataFrame, str]:
        """In which bands and settings is a role reported, and since when?

        Returns one row a value whose number may be shown: what (Band, Setting, Introduced), value, number (of reports;
        for Introduced of trusts); and the line that says what was done. That a value occurs at all is kept back with its
        number.
        """
        mine = self.reports[self.reports["role"].eq(role).fillna(False)]
        came = arrivals(self.reports, self.study.trusts, role)
        came = came[came["state"] != "not_reported"]
        rule = small_numbers(self.study, "number", by=["value"], assume_known=True)
        values = {
            "Band": mine["band"].astype("object"),
            "Setting": mine["setting"].astype("object"),
            "Introduced": came["arrived"].map(_period, na_action="ignore").astype("object"),
        }
        parts, withheld = [], False
        for what, column in values.items():
            counted = column.fillna("not given").astype("str").value_counts().rename("number").rename_axis("value")
            table = counted.reset_index().sort_values("value", key=_last("not given"), ignore_index=True)
            try:
                shown, _ = rule.apply(table)
            except InputError:
                withheld = True
                continue
            withheld |= bool(shown["number"].isna().any())
            parts.append(shown[shown["number"].notna()].assign(what=what))
        empty = pd.DataFrame(columns=["what", "value", "number"])
        return pd.concat([empty, *parts], ignore_index=True)[list(empty)], _what_was_done(rule, withheld)

    def answers_by_sector(self) -> tuple[pd.DataFrame, str]:
        """How many organisations of each sector are in the frame, and how many of them answered?

        Returns one row for each sector of SECTORS: sector, frame, answered (with status columns where a rule was applied).
        That the frame has none of a sector is no secret: then both are 0.
        """
        trusts = self.study.trusts
        counted = trusts.groupby("sector")["responded"].agg(frame="size", answered="sum").reset_index()
        counts = ("frame", "answered")
        rule = small_numbers(self.study, counts, by=["sector"], assume_known=True)  # the sums are shown elsewhere
        try:
            shown, line = rule.apply(counted)
        except InputError:
            blank = {count: pd.array([pd.NA] * len(counted), dtype="Int64") for count in counts}
            shown, line = counted.assign(**blank, **{f"{count}_status": "hidden" for count in counts}), TOO_SMALL
        table = pd.DataFrame({"sector": list(SECTORS)}).merge(shown, how="left", on="sector")
        absent = ~table["sector"].isin(counted["sector"])
        return table.assign(**{count: table[count].astype("Int64").mask(absent, 0) for count in counts}), line

    def adoption_in_sector(self, sector: str, by: str = "role") -> tuple[pd.DataFrame, str]:
        """Which new roles (or kinds of new role, by="code") do the organisations of this sector report?

        Only roles that the register counts as new: a report of an existing one doesn't say how many have it. The kind of
        each role is as the study's coders agreed, else as published descriptions were read (`whose_kinds` says which).
        Each role or kind is protected over all sectors together, since their sum is shown elsewhere. Returns the rows of
        the sector as `newroles.overview.adoption` gives them, only those that somebody reports and whose number may be
        shown, and the line that says what was done.
        """
        trusts = self.study.trusts
        trusts = trusts[trusts["sector"].notna()]
        reports = self._of_new_roles[self._of_new_roles["trust"].isin(trusts["trust"])]
        kinds = self._kinds[0] if by == "code" else None
        if not (reports["role"].notna() if kinds is None else reports["role"].isin(kinds["role"])).any():
            return pd.DataFrame(columns=[by, "x", *_SHARES]), ""
        table = adoption(reports, trusts, by=by, coding=kinds, within="sector")
        rule = small_numbers(self.study, "x", by=["sector"], assume_known=True, derived=dict.fromkeys(_SHARES, "x"))
        parts, withheld = [], False
        for _, of_one in table.groupby(by, sort=False):
            try:
                shown, _ = rule.apply(of_one.reset_index(drop=True))
            except InputError:
                withheld = True
                continue
            withheld |= bool(shown["x"].isna().any())
            parts.append(shown[shown["sector"].eq(sector) & shown["x"].gt(0).fillna(False)])
        result = pd.concat([table.iloc[:0], *parts], ignore_index=True)
        return result, _what_was_done(rule, withheld)


def read_study(path: str | Path, register: str | Path | None = None) -> StudyNumbers:
    """Which role does each report of this study count for?

    path: as for load_study. register: the study's own register of roles; None: the one that its study.yml names.
    Raises StudyError and InputError as load_study, load_register and match_titles do.

    >>> numbers = read_study("example_study")
    >>> table, line = numbers.adoption_of("nursing_associate")
    >>> int(table["n"].iloc[0]), int(table["N"].iloc[0]), line
    (31, 51, '')
    """
    study = load_study(path)
    named = study.codebook("roles") if register is None else register
    known = load_register(named)
    decisions = study.title_decisions if study.has("title_decisions") else None
    reports = study.reports
    matches = match_titles(reports["title"], decisions, on=reports["reported_on"], register=known)
    return StudyNumbers(study, known, with_roles(reports, matches), own_register=named != "roles")


def _what_was_done(rule: SmallNumbers, withheld: bool) -> str:
    rounded = f"Counts are rounded to the nearest {rule.profile.round_to}." if rule.profile.round_to > 1 else ""
    return " ".join(line for line in (TOO_SMALL if withheld else "", rounded) if line)


def _period(day: pd.Timestamp) -> str:
    start = day.year // _PERIOD * _PERIOD
    return f"{start} to {start + _PERIOD - 1}"


def _last(word: str) -> Any:
    """A key for sorting that puts one word at the end."""
    return lambda values: values.map(lambda value: (value == word, len(value) if value.isdigit() else 0, value))

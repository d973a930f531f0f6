"""What a study's acts allow to be asked: each analysis of a chapter, or the reason why this study can't answer it.

A study may have a codebook of its own, a single act in each document, no dates or no network. Then the table is empty and a
sentence says why; nothing is taken for nought that was never looked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from newroles.boundary_work.act_patterns import (
    COMPETING,
    CONTESTING,
    STANDING_BETWEEN,
    buffering,
    mutual_contest,
    one_sided,
)
from newroles.boundary_work.acts import BoundaryActs
from newroles.boundary_work.contact import contest_and_contact
from newroles.boundary_work.profiles import MONTHS, tone_over_time
from newroles.boundary_work.sequences import ANSWERS, CONTEST, transitions, what_follows
from newroles.boundary_work.thread import with_agreement

KEEPING = ("BW-HOA", "BW-DIS", "BW-CLO")
"""Forms of the shipped book in which a role keeps work, sheds it, or closes a line."""

_STEP = [
    "from_name",
    "to_name",
    "count",
    "expected",
    "ratio",
    "p_two_sided",
    "documents",
    "agreement_lowest",
    "segments",
]
_KEPT = ["form_name", "actor_role", "target_role", "acts", "teams", "expected", "agreement_lowest", "segments"]
_MET = ["measure", "correlation", "estimate", "p_two_sided", "pairs", "teams", "acts", "agreement_lowest", "segments"]


class Asked(NamedTuple):
    """A table of results, and "" or the sentence that says why it has no rows."""

    table: pd.DataFrame
    why_not: str


def codes_there(found: BoundaryActs, codes: str | Sequence[str]) -> list[str]:
    """Which of these codes does the study's codebook have as forms or families?

    >>> from newroles.boundary_work.acts import acts_of_study
    >>> from newroles.datasets import load_study
    >>> codes_there(acts_of_study(load_study("example_study"), n_boot=0), ["BW-HOA", "XX-HOA"])
    ['BW-HOA']
    """
    return [code for code in ([codes] if isinstance(codes, str) else codes) if code in found.names]


def tone_since_arrival(acts: pd.DataFrame, edges: Sequence[int] = MONTHS, level: float = 0.95) -> Asked:
    """How does tone change with the months since the new role came? `tone_over_time`, of acts with a month and a tone.

    acts, edges, level: as for `tone_over_time`.
    """
    known = acts[acts["months_since"].notna() & acts["tone"].ne("")]
    if known.empty:
        return Asked(_no_rows("months"), "No act has both a settled tone and a known month since the new role came.")
    table = tone_over_time(known, edges, level=level)
    return Asked(table, "")


def tone_known(profile: pd.DataFrame) -> pd.DataFrame:
    """The groups of a profile that have a share at all: those with an act of a settled tone.

    >>> tone_known(pd.DataFrame({"tone": ["constructive"] * 2, "estimate": [0.5, None]}))["estimate"].tolist()
    [0.5]
    """
    return profile[profile["estimate"].notna()].reset_index(drop=True)


def shares_told(table: pd.DataFrame, least: int, by: Sequence[str] | None = ()) -> pd.DataFrame:
    """Which shares rest on so many acts and leave as many out, so that share and total give no small count away?

    table: one row per share, with estimate (0-1; blank ones give nothing away) and n (acts of which it is a share). least: so
    many acts; 0 keeps all rows. by: the columns of the groups that stand or fall together, since their shares add up; none: all
    rows do; None: each row by itself.

    Returns the rows of the groups in which every share does.

    >>> table = pd.DataFrame({"family": ["a", "a", "b", "b"], "estimate": [0.5, 0.5, 0.96, 0.04], "n": 50})
    >>> shares_told(table, 10, ["family"])["family"].tolist(), len(shares_told(table, 10))
    (['a', 'a'], 0)
    """
    share, n = table["estimate"].astype("float64"), table["n"].astype("float64")
    few = pd.Series((np.minimum(share, 1 - share) * n).round() < least, index=table.index)
    if by is not None and len(table):
        few = few.groupby([table[column] for column in by] or np.zeros(len(table)), observed=True).transform("any")
    return table[~few].reset_index(drop=True)


def followed(
    found: BoundaryActs,
    contest: str = CONTEST,
    answers: Mapping[str, str] = ANSWERS,
    permutations: int = 1000,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
) -> Asked:
    """What comes after a contest, as far as this study's codebook and documents can tell? As `what_follows` has it.

    contest, answers, permutations, rng, level: as for `what_follows`; answers that the codebook doesn't have are left out.
    """
    there = {answer: code for answer, code in answers.items() if code in found.names}
    empty = pd.DataFrame(
        columns=["answer", "estimate", "low", "high", "expected", "n", "teams", "documents", "segments"]
    )
    if contest not in found.names:
        return Asked(empty, f"The study's codebook has no code {contest}, so contests can't be followed.")
    if not there:
        return Asked(empty, "The study's codebook has none of the codes that would answer a contest.")
    if _forms_of(found, [contest]).empty:
        return Asked(empty, f"No act is coded as {found.names[contest].lower()}, so there is none to follow.")
    if not found.acts["document"].duplicated().any():
        return Asked(empty, "No document has two acts, so nothing follows anything.")
    table = what_follows(found.acts, contest, there, found.names, permutations, rng, level=level)
    if not table["n"].max():
        return Asked(empty, f"No act of the form {found.names[contest].lower()} has an act after it in its document.")
    return Asked(with_agreement(table, _forms_of(found, [contest, *there.values()])), "")


def steps(
    found: BoundaryActs, states: str = "family", permutations: int = 1000, rng: np.random.Generator | None = None
) -> Asked:
    """Which kind of act is followed by which more or less often than chance? `transitions`, those least like chance first.

    states, permutations, rng: as for `transitions`.

    The table has also from_name, to_name, ratio (steps over those expected; blank where none is) and the coders' agreement.
    """
    if not found.acts["document"].duplicated().any():
        return Asked(pd.DataFrame(columns=_STEP), "No document has two acts, so nothing follows anything.")
    table = transitions(found.acts, states, permutations, rng)
    name = {**found.names, **{tone: tone.capitalize() for tone in ("constructive", "destructive", "depends")}}
    expected = table["expected"].where(table["expected"] > 1e-9)
    table = table.assign(
        from_name=table["from_state"].map(name), to_name=table["to_state"].map(name), ratio=table["count"] / expected
    )
    far = table["z"].abs().fillna(0)
    table = table.iloc[np.lexsort([-far, table["p_two_sided"].fillna(1)])].reset_index(drop=True)
    return Asked(with_agreement(table, found.forms), "")


def contested_both_ways(found: BoundaryActs, codes: str | Sequence[str] = CONTESTING) -> Asked:
    """Between which roles do both sides contest the line? `mutual_contest`, with the coders' agreement.

    codes: as for `mutual_contest`; those that the codebook doesn't have are left out.
    """
    there = codes_there(found, codes)
    table = mutual_contest(found.acts, _forms_of(found, there), there)
    why_not = "" if len(table) else f"No act is coded as {_said(found, there)}."
    return Asked(table, why_not if there else _none_of(codes))


def kept_by_one_side(found: BoundaryActs, codes: str | Sequence[str] = KEEPING, least: int = 1) -> Asked:
    """Which roles hoard, discard or close towards others that don't do so back? `one_sided` for each of these forms.

    codes: forms, each looked at by itself. least: as for `one_sided`.

    The table has also form and form_name; the rows with most teams come first.
    """
    there = codes_there(found, codes)
    tables = [
        one_sided(found.acts, _forms_of(found, [code]), code, least).assign(form=code, form_name=found.names[code])
        for code in there
    ]
    held = [table for table in tables if len(table)]
    if not held:
        many = "one such act" if least == 1 else f"{least} such acts"
        said = f"In no team do two roles have {many} or more between them, all from one side: {_said(found, there)}."
        return Asked(pd.DataFrame(columns=_KEPT), said if there else _none_of(codes))
    table = pd.concat(held, ignore_index=True)
    most = table["teams"].map(len)
    return Asked(table.iloc[np.lexsort([-table["acts"], -most])].reset_index(drop=True), "")


def stood_between(
    found: BoundaryActs, codes: str | Sequence[str] = STANDING_BETWEEN, contest: str | Sequence[str] = COMPETING
) -> Asked:
    """Where two roles of a team compete, does a third one buffer or arrange? `buffering`, with the coders' agreement.

    codes, contest: as for `buffering`; those that the codebook doesn't have are left out.
    """
    between, compete = codes_there(found, codes), codes_there(found, contest)
    table = buffering(found.acts, _forms_of(found, [*between, *compete]), between, compete)
    if not between or not compete:
        return Asked(table.iloc[:0], _none_of(codes if not between else contest))
    return Asked(table, "" if len(table) else "No act is about one team, so nobody can be seen to stand between.")


def buffers_compared(pairs: pd.DataFrame) -> pd.DataFrame:
    """Do third parties stand between pairs that compete more often than between pairs that don't?

    pairs: as `buffering` returns them: one row per team and pair of roles with an act between the two.

    Returns a row for pairs that compete and one for those that don't, where there are any: compete (yes, no), pairs, teams,
    buffered (pairs with a third party's act), share (of the pairs), before, after, order_unknown (third parties' acts, each
    counted at every pair that it stands beside), segments (third parties' acts).

    >>> pairs = pd.DataFrame({"team": ["t", "t"], "contests": [2, 0], "buffers": [1, 0], "before": 0, "after": [1, 0],
    ...     "order_unknown": 0, "buffer_segments": [("s1",), ()]})
    >>> buffers_compared(pairs)[["compete", "pairs", "buffered", "share", "after"]].values.tolist()
    [['yes', 1, 1, 1.0, 1], ['no', 1, 0, 0.0, 0]]
    """
    rows = []
    for said, competes in (("yes", pairs["contests"] > 0), ("no", pairs["contests"] == 0)):
        here = pairs[competes]
        if len(here):
            buffered = here["buffers"] > 0
            segments = dict.fromkeys(segment for each in here["buffer_segments"] for segment in each)
            counts = {name: int(here[name].sum()) for name in ("before", "after", "order_unknown")}
            rows.append(
                {"compete": said, "pairs": len(here), "teams": here["team"].nunique(), "buffered": int(buffered.sum())}
                | {"share": float(buffered.mean()), **counts, "segments": tuple(segments)}
            )
    columns = ["compete", "pairs", "teams", "buffered", "share", "before", "after", "order_unknown", "segments"]
    return pd.DataFrame(rows, columns=columns)


def contests_and_contacts(
    found: BoundaryActs,
    contacts: pd.DataFrame,
    why_not: str = "",
    contest: str | Sequence[str] = COMPETING,
    permutations: int = 1000,
    rng: np.random.Generator | None = None,
) -> Asked:
    """Do roles that work together more contest more, or less? `contest_and_contact`, or why it can't be told.

    contacts: as for `contest_and_contact`; without rows where there are none, and why_not says so. The rest as there.
    """
    empty, there = pd.DataFrame(columns=_MET), codes_there(found, contest)
    if contacts.empty:
        return Asked(empty, why_not or "No ties between roles are known, so contests can't be set against them.")
    if not there:
        return Asked(empty, _none_of(contest))
    ends = found.acts[["actor_role", "target_role"]].astype("str")
    own = pd.MultiIndex.from_arrays([found.acts["team"], ends.min(axis=1), ends.max(axis=1)])
    roles = contacts[["role_a", "role_b"]].astype("str")
    known = pd.MultiIndex.from_arrays([contacts["team"], roles.min(axis=1), roles.max(axis=1)])
    if not own.isin(known).any():
        return Asked(empty, "No act is between two roles of a team whose ties are known.")
    table = contest_and_contact(found.acts, contacts, rng, permutations, there)
    return Asked(with_agreement(table, _forms_of(found, there)), "")


def _forms_of(found: BoundaryActs, codes: Sequence[str]) -> pd.DataFrame:
    """The acts and forms that are one of these forms, or of one of these families: what a result about them rests on."""
    return found.forms[found.forms["form"].isin(codes) | found.forms["family"].isin(codes)]


def _no_rows(column: str) -> pd.DataFrame:
    return pd.DataFrame(columns=[column, "tone", "estimate", "low", "high", "n", "teams", "documents", "segments"])


def _none_of(codes: str | Sequence[str]) -> str:
    wanted = [codes] if isinstance(codes, str) else list(codes)
    return f"The study's codebook has no code {_either(wanted)}." if wanted else "No code was named to look for."


def _said(found: BoundaryActs, codes: Sequence[str]) -> str:
    return _either([found.names[code].lower() for code in codes])


def _either(said: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))

"""Does the evidence behind each recommendation exist, and does it still say what the advice needs it to say?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from newroles.errors import nearest
from newroles.findings import OF_A_STUDY, Finding
from newroles.guidance.cards import Evidence, Guidance, Recommendation
from newroles.guidance.expectations import expectation
from newroles.guidance.facts import FACTS_TABLE, checked_facts, one_error
from newroles.guidance.review import Reviewed, fact_hash, in_numbers, rows_by_id, shown_parts, study_identity

EVIDENCE_ORDER = ("published", "open", "invented", "study")

STATUSES = {
    "as_reviewed": "as reviewed",
    "changed": "evidence changed since last review",
    "new": "not reviewed yet",
    "hidden": "the number is not shown",
    "opposite": "now says the opposite",
    "absent": "not there any more",
}
"""How a piece of evidence stands against the last review; `hidden`: whether it says what it should can't be told."""

COLUMNS = (
    "recommendation", "side", "kind", "id", "statement", "evidence_kind", "expects", "status", "was", "is", "source",
    "source_name", "figure", "table", "chapter", "why",
)  # fmt: skip
_IN_PER_CENT = 2  # a limit of this much, for a share, was meant in per cent


@dataclass(frozen=True, eq=False)
class Judged:
    """Guidance whose evidence was looked up in a book.

    guidance: the recommendations that are shown. left_out: one row a recommendation that isn't: recommendation, reason.
    evidence: one row a piece of evidence for or against a recommendation: side (rests_on, against), kind (fact, finding), id,
    statement, evidence_kind (published, open, invented, study), expects, status (`STATUSES`), was (what a finding showed at
    the last review), is, source and source_name (of facts), figure, table and chapter (of findings), why; a blank text where
    there is nothing. behind_judgements: the same for the evidence of each line between evidence and decision, its name as side.
    overdue: recommendations whose date of review has passed without a note. study: title and kind; same_study: whether it is
    the one that was reviewed. problems: a line for each thing that stops a build. findings and facts: all there are.
    """

    guidance: Guidance
    left_out: pd.DataFrame
    evidence: pd.DataFrame
    behind_judgements: pd.DataFrame
    overdue: tuple[str, ...]
    study: tuple[str, str]
    same_study: bool
    problems: tuple[str, ...]
    findings: Mapping[str, Finding] = field(repr=False)
    facts: pd.DataFrame = field(repr=False)

    def changed(self, recommendation: str) -> bool:
        """Has anything that it cites, for, against or in a judgement, changed since it was last reviewed?"""
        return self.guidance[recommendation].id in self._standing["changed"]

    def not_reviewed(self, recommendation: str) -> bool:
        """Does it cite anything that nobody has reviewed yet?"""
        return self.guidance[recommendation].id in self._standing["new"]

    def kinds(self, recommendation: str, side: str | None = None) -> tuple[str, ...]:
        """Which kinds of evidence are for and against it (or on one side: rests_on, against)? In the order of the badges."""
        self.guidance[recommendation]
        rows = self.evidence[self.evidence["recommendation"].eq(recommendation)]
        found = set(rows["evidence_kind"] if side is None else rows.loc[rows["side"].eq(side), "evidence_kind"])
        return tuple(kind for kind in EVIDENCE_ORDER if kind in found)

    @cached_property
    def fact_rows(self) -> dict[str, dict[str, Any]]:
        """The facts by id."""
        return rows_by_id(self.facts)

    @cached_property
    def statuses(self) -> dict[tuple[str, str, str], str]:
        """The status of each piece of evidence, by recommendation, side and `fact:id` or `finding:id`."""
        rows = self.evidence
        keys = zip(rows["recommendation"], rows["side"], rows["kind"] + ":" + rows["id"], strict=True)
        return dict(zip(keys, rows["status"], strict=True))

    @cached_property
    def _standing(self) -> dict[str, set[str]]:
        """Which recommendations cite something that has changed, and which something new?"""
        rows = pd.concat([self.evidence, self.behind_judgements])
        reviewed = rows["was"].ne("")  # of a finding; a fact that is absent or says the opposite is refused
        went = rows["status"].eq("hidden") & rows["was"].ne(rows["is"])
        moved = rows["status"].eq("changed") | (reviewed & (rows["status"].isin(["opposite", "absent"]) | went))
        unsettled = rows["status"].isin(["hidden", "opposite", "absent"])
        fresh = rows["status"].eq("new") | (
            unsettled & ~reviewed
        )  # what nobody read can't have changed since it was read
        return {"changed": set(rows.loc[moved, "recommendation"]), "new": set(rows.loc[fresh, "recommendation"])}


def judged(
    guidance: Guidance,
    findings: Mapping[str, Finding],
    facts: pd.DataFrame,
    reviewed: Reviewed,
    study: object,
    today: date | None = None,
    *,
    strict: bool | None = None,
) -> Judged:
    """Does the evidence still carry each recommendation?

    findings: of the book, by id (`load_findings`). facts: one row a published statement, the table guidance_evidence. reviewed:
    the evidence at the last review (`load_reviewed`). study: whose findings these are; a study, or a mapping with title and
    kind. today: the day on which dates of review are judged.

    strict: whether a finding that is absent or says the opposite, or a date of review passed without a note, is an error.
    It is, unless given, when the study is the one that was reviewed (by title and kind) or nothing was reviewed yet; otherwise
    these are shown as statuses. In the book of another study a recommendation that rests on findings of the reviewed study
    only is left out. Facts don't depend on the study: one that is absent, lacks a source or says the opposite is always an error.

    Raises InputError with one line for each such thing: file, recommendation, field, what is wrong and how to mend it.
    """
    title, kind = study_identity(study)
    same_study = not reviewed.anything or (reviewed.title, reviewed.kind) == (title, kind)
    strict = same_study if strict is None else strict
    day = date.today() if today is None else today
    lookup = _Lookup(findings, checked_facts(facts), reviewed)
    for_and_against = [lookup.row(each, side, one) for each in guidance for side, one in _sides(each)]
    in_judgements = [lookup.row(each, side, one) for each in guidance for side, one in _judgements(each)]
    overdue = [each for each in guidance if each.review_by < day and not each.review_note]
    late = [
        f"{each.file}, recommendation '{each.id}', review_by: {each.review_by} has passed. Read the advice and its evidence "
        "again and give a new date, or say in review_note why it can wait."
        for each in overdue
    ]
    if lookup.of_facts or (strict and (lookup.of_findings or late)):
        raise one_error([*lookup.of_facts, *(lookup.of_findings + late if strict else [])])
    evidence = pd.DataFrame(for_and_against, columns=list(COLUMNS))
    left_out = {} if same_study else _left_out(guidance, evidence, reviewed.title)
    behind = pd.DataFrame(in_judgements, columns=list(COLUMNS))
    return Judged(
        guidance=_without(guidance, left_out),
        left_out=pd.DataFrame(list(left_out.items()), columns=["recommendation", "reason"]),
        evidence=evidence[~evidence["recommendation"].isin(list(left_out))].reset_index(drop=True),
        behind_judgements=behind[~behind["recommendation"].isin(list(left_out))].reset_index(drop=True),
        overdue=tuple(each.id for each in overdue if each.id not in left_out),
        study=(title, kind),
        same_study=same_study,
        problems=tuple(lookup.of_findings + late),
        findings=findings,
        facts=facts,
    )


def _sides(recommendation: Recommendation) -> Iterable[tuple[str, Evidence]]:
    yield from (("rests_on", each) for each in recommendation.rests_on)
    yield from (("against", each) for each in recommendation.against)


def _judgements(recommendation: Recommendation) -> Iterable[tuple[str, Evidence]]:
    for name, judgement in recommendation.evidence_to_decision.items():
        for key in judgement.evidence:
            kind, _, id = key.partition(":")
            yield name, Evidence(kind, id, "", judgement.line)


class _Lookup:
    """Looks pieces of evidence up, and keeps what is wrong with them."""

    def __init__(
        self, findings: Mapping[str, Finding], facts: Mapping[str, Mapping[str, Any]], reviewed: Reviewed
    ) -> None:
        self.findings, self.facts, self.reviewed = findings, facts, reviewed
        self.of_facts: list[str] = []
        self.of_findings: list[str] = []

    def row(self, recommendation: Recommendation, side: str, evidence: Evidence) -> dict[str, Any]:
        """One piece of evidence as a row of `Judged.evidence`."""
        where = f"{recommendation.file}, recommendation '{recommendation.id}', {side}"
        looked_up = self._fact if evidence.kind == "fact" else self._finding
        asked = {"recommendation": recommendation.id, "side": side, "kind": evidence.kind, "id": evidence.id}
        blank = dict.fromkeys(COLUMNS, "")
        return {**blank, **asked, "expects": evidence.expects, "why": evidence.why, **looked_up(evidence, where)}

    def _fact(self, evidence: Evidence, where: str) -> dict[str, str]:
        row = self.facts.get(evidence.id)
        if row is None:
            self.of_facts.append(f"{where}: {_no_such('fact', evidence.id, self.facts)}")
            return {"status": "absent"}
        status = "new"
        if evidence.id in self.reviewed.facts:
            status = "as_reviewed" if self.reviewed.facts[evidence.id] == fact_hash(row) else "changed"
        if evidence.expects and evidence.expects != row["direction"]:
            status = "opposite"
            self.of_facts.append(
                f"{where}: the advice expects that the fact '{evidence.id}' says '{evidence.expects}', but its row says "
                f"'{row['direction']}'. Change the advice, or move the fact to the other side."
            )
        return {
            "statement": str(row["says"]), "evidence_kind": "published", "status": status, "is": str(row["says"]),
            "source": str(row["source"]), "source_name": str(row["source_name"]), "table": FACTS_TABLE,
        }  # fmt: skip

    def _finding(self, evidence: Evidence, where: str) -> dict[str, str]:
        known = self.reviewed.findings.get(evidence.id)
        finding = self.findings.get(evidence.id)
        if finding is None:
            self.of_findings.append(f"{where}: {_no_such('finding', evidence.id, self.findings)}")
            return {"status": "absent", "was": in_numbers(known) if known else ""}
        now = shown_parts(finding)
        status = "new" if known is None else "as_reviewed" if dict(known) == now else "changed"
        if evidence.expects:
            status = self._expected(evidence, finding, where) or status
        was = is_ = in_numbers(now)
        if known is not None and status != "as_reviewed":
            was = in_numbers(known)
            if was == is_:  # the numbers stayed, so it is the sentence that changed
                was, is_ = known["statement"], now["statement"]
        return {
            "statement": finding.statement, "evidence_kind": finding.evidence_kind, "status": status,
            "was": "" if known is None else was, "is": is_, "figure": finding.figure or "", "table": finding.table,
            "chapter": finding.chapter,
        }  # fmt: skip

    def _expected(self, evidence: Evidence, finding: Finding, where: str) -> str:
        """`opposite` or `hidden` where the finding doesn't show what it should; else a blank."""
        expected = expectation(evidence.expects)
        number = isinstance(finding.value, (int, float))
        if expected.form == "said":
            if number:
                self.of_findings.append(
                    f"{where}: the finding '{evidence.id}' is a number ({finding.value}); write which number the advice "
                    "expects, such as 'above 0', in place of 'said'."
                )
            return ""
        beyond = next((limit for limit in expected.limits if abs(limit) >= _IN_PER_CENT), None)
        if finding.unit == "share" and beyond is not None:  # "below 50" would hold for every share, whatever it says
            self.of_findings.append(
                f"{where}: the finding '{evidence.id}' is a share, from 0 to 1; '{evidence.expects}' asks for {beyond:g}. "
                f"Write {beyond / 100:g} for {beyond:g}%."
            )
            return "hidden"
        met = expected.met_by(finding)
        if met:
            return ""
        if met is False:
            self.of_findings.append(
                f"{where}: the advice expects the finding '{evidence.id}' to be '{evidence.expects}', but it is "
                f"{in_numbers(shown_parts(finding))} ({_recorded(finding)}). Change the advice, or move the finding to the other side."
            )
            return "opposite"
        said = (
            isinstance(finding.value, str) and finding.evidence_kind not in OF_A_STUDY
        )  # no small-number rule hid a number here
        if finding.value is None or said or (number and expected.form.startswith("interval")):
            lacking = "interval; expect something of its value" if number else "number; write 'said'"
            self.of_findings.append(f"{where}: the finding '{evidence.id}' has no {lacking}.")
        return "hidden"


def _recorded(finding: Finding) -> str:
    """The numbers that expectations are held against: as recorded, before shares become per cent."""
    known = ((name, getattr(finding, name)) for name in ("value", "low", "high"))
    return "recorded: " + ", ".join(f"{name} {number}" for name, number in known if number is not None)


def _no_such(kind: str, id: str, known: Iterable[str]) -> str:
    guess = nearest(id, known)
    return f"there is no {kind} '{id}'." + (
        f" Did you mean '{guess}'?" if guess else " Name another, or leave the advice out."
    )


def _left_out(guidance: Guidance, evidence: pd.DataFrame, reviewed_title: str) -> dict[str, str]:
    """Recommendations that rest on findings of the reviewed study only: they say nothing about another study."""
    of_a_study = evidence["kind"].eq("finding") & (
        evidence["evidence_kind"].isin(OF_A_STUDY) | evidence["status"].eq("absent")
    )
    only = of_a_study[evidence["side"].eq("rests_on")].groupby(evidence["recommendation"]).all()
    reason = f"It rests only on findings of the study that it was written from (“{reviewed_title}”); this book is about another."
    return {each.id: reason for each in guidance if only.get(each.id, False)}


def _without(guidance: Guidance, left_out: Mapping[str, str]) -> Guidance:
    """The guidance without some recommendations; who needed one of them needs what that one needed."""

    def needs(recommendation: Recommendation) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for need in recommendation.needs:
            found.update(dict.fromkeys(needs(guidance[need]) if need in left_out else (need,)))
        return tuple(found)

    return Guidance(
        tuple(
            replace(
                collection,
                recommendations=tuple(
                    replace(each, needs=needs(each)) for each in collection.recommendations if each.id not in left_out
                ),
            )
            for collection in guidance.collections
        )
    )

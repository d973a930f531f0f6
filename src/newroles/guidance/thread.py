"""On what does a sentence of advice rest, and what rests on a finding? The way down to the source, and the way back up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from newroles.datasets import Record, list_tables, load_record
from newroles.datasets.records import KINDS
from newroles.datasets.schemas import TABLES
from newroles.errors import InputError, did_you_mean
from newroles.findings import OF_A_STUDY, Finding
from newroles.guidance.cards import Recommendation
from newroles.guidance.facts import FACTS_TABLE
from newroles.guidance.judging import STATUSES, Judged
from newroles.guidance.values import as_typed, near
from newroles.guidance.vocabulary import JUDGEMENTS
from newroles.phrases import listed

THREAD_COLUMNS = ("step", "how", "kind", "id", "says", "address")
ROLE_OF_SIDE = {"rests_on": "rests on it", "against": "has it against it"}
_SIDE = {"rests_on": "rests on", "against": "against it"}


def card_address(recommendation: Recommendation) -> str:
    """Where in the book the card of a recommendation stands: on the page of its file."""
    return f"book/guidance/{Path(recommendation.file).stem}.html#rec-{recommendation.id}"


def fact_address(id: str) -> str:
    """Where in the book a published statement stands that advice cites.

    >>> fact_address("supervision-named-most")
    'book/guidance/evidence.html#fact-supervision-named-most'
    """
    return f"book/guidance/evidence.html#fact-{id}"


def table_records() -> dict[str, Record]:
    """The records of all published and open tables, by name.

    >>> table_records()["phase1_participation"].kind
    'published'
    """
    return {name: load_record(kind, name) for kind in KINDS for name in list_tables(kind)}


def thread(
    id: str,
    judged: Judged,
    records: Mapping[str, Record] | None = None,
) -> pd.DataFrame:
    """On what does this rest, and what rests on it?

    id: of a recommendation, a finding or a fact; `finding:some-id` where an id belongs to two of them. records: of the
    published and open tables (`table_records`, unless given).

    Returns one row a step, in reading order. step: 0 is the thing itself, 1 what it rests on, 2 and more what that comes from;
    -1 what rests on it. how: how the step hangs on the one before; kind: recommendation, finding, fact, figure, chapter, table,
    record or source; id; says; address: a page of the book and an anchor, or a web address; blank where there is neither.

    Raises InputError for an unknown id, with the nearest ones, and for an id that belongs to two things.
    """
    kind, name = _meant(id, judged)
    walk = _Walk(judged, table_records() if records is None else records)
    steps = list(walk.recommendation(judged.guidance[name]) if kind == "recommendation" else walk.around(kind, name))
    return pd.DataFrame(steps, columns=list(THREAD_COLUMNS))


def thread_in_words(steps: pd.DataFrame) -> str:
    """The thread as a text that is read down: each step indented under the one that it hangs on."""
    lines = []
    for row in steps.to_dict("records"):
        parts = [row["how"], "" if row["kind"] == "source" else f"{row['kind']} {row['id']}", row["says"]]
        said = ": ".join(part for part in parts if part)
        indent = "  " * max(row["step"], 0)
        lines += [f"{indent}{said}"] + ([f"{indent}    {row['address']}"] if row["address"] else [])
    return "\n".join(lines)


def _meant(id: str, judged: Judged) -> tuple[str, str]:
    """Which thing is meant: its kind and its id."""
    known = {
        "recommendation": [each.id for each in judged.guidance],
        "finding": list(judged.findings),
        "fact": list(judged.fact_rows),
    }
    kind, colon, name = id.partition(":")
    if colon:
        if kind not in known:
            raise InputError(f"There is no kind '{as_typed(kind)}' of thing. {did_you_mean(kind, known)}")
        kinds, word = [kind] if name in known[kind] else [], name
    else:
        kinds, word = [each for each, names in known.items() if id in names], id
    if len(kinds) > 1:
        raise InputError(
            f"'{id}' is the id of a {' and of a '.join(kinds)}: write {' or '.join(f'{k}:{id}' for k in kinds)}."
        )
    if kinds:
        return kinds[0], word
    reasons = judged.left_out.loc[judged.left_out["recommendation"].eq(word), "reason"]
    if len(reasons):
        raise InputError(f"The recommendation '{word}' is left out of this book. {reasons.iloc[0]}")
    valid = known[kind] if colon else [each for names in known.values() for each in names]
    raise InputError(
        f"There is no {kind if colon else 'recommendation, finding or fact'} '{as_typed(word)}'. {near(word, valid)}"
    )


Step = tuple[int, str, str, str, str, str]


@dataclass(frozen=True)
class _Walk:
    """Walks from one thing to the next; each step is a row of the thread."""

    judged: Judged
    records: Mapping[str, Record]

    def recommendation(self, recommendation: Recommendation) -> Iterator[Step]:
        """The recommendation and everything that it rests on."""
        yield (0, "", "recommendation", recommendation.id, recommendation.action, card_address(recommendation))
        for side, entries in (("rests_on", recommendation.rests_on), ("against", recommendation.against)):
            for each in entries:
                yield from self.down(
                    each.kind, each.id, 1, f"{_SIDE[side]}{self._standing(recommendation, side, each.key)}"
                )
        named = {each.key for each in (*recommendation.rests_on, *recommendation.against)}
        for name, judgement in recommendation.evidence_to_decision.items():
            for key in judgement.evidence:
                if key not in named:  # the others were walked down already
                    named.add(key)
                    kind, _, id = key.partition(":")
                    yield from self.down(kind, id, 1, f"on “{JUDGEMENTS[name]}”")

    def _standing(self, recommendation: Recommendation, side: str, key: str) -> str:
        status = self.judged.statuses[recommendation.id, side, key]
        return "" if status == "as_reviewed" else f" ({STATUSES[status]})"

    def around(self, kind: str, id: str) -> Iterator[Step]:
        """The recommendations that cite a finding or fact, then the way down from it."""
        for each in self.judged.guidance:
            sides = each.cites().get(f"{kind}:{id}", [])
            if sides:
                how = [ROLE_OF_SIDE[side] for side in sides if side in ROLE_OF_SIDE]
                lines = [f"“{JUDGEMENTS[side]}”" for side in sides if side in JUDGEMENTS]
                how += [f"uses it on {listed(lines)}"] if lines else []
                yield (-1, " and ".join(how), "recommendation", each.id, each.action, card_address(each))
        yield from self.down(kind, id, 0, "")

    def down(self, kind: str, id: str, step: int, how: str) -> Iterator[Step]:
        """A finding or fact and what it comes from: figure, chapter, tables, their records and sources."""
        if kind == "fact":
            row = self.judged.fact_rows[id]
            address = fact_address(id) if any(f"fact:{id}" in each.cites() for each in self.judged.guidance) else ""
            yield (step, how, "fact", id, str(row["says"]), address)
            yield from self._fact_table(row, step + 1)
            return
        finding = self.judged.findings.get(id)
        if finding is None:
            yield (step, how, "finding", id, f"{STATUSES['absent']} in this book", "")
            return
        page = f"notebooks/{finding.chapter}.html"
        figure = f"{page}#fig-{finding.figure}" if finding.figure else ""
        yield (step, how, "finding", id, f"{finding.statement} ({finding.evidence_kind})", figure or page)
        if finding.figure:
            yield (step + 1, "shown in", "figure", finding.figure, "", figure)
        yield (step + 1, "recorded in", "chapter", finding.chapter, finding.method, page)
        for name in (part.strip() for part in finding.table.split(",")):
            yield from self._table(name, finding, step + 1)

    def _fact_table(self, row: Mapping[str, object], step: int) -> Iterator[Step]:
        """The table of published facts, and the sources of this row alone."""
        record = self.records.get(FACTS_TABLE)
        one_row = record.one_row_is if record else "one published statement"
        yield (step, "a row of", "table", FACTS_TABLE, f"one row is {one_row.rstrip('.')}", _in_catalogue(FACTS_TABLE))
        if record:
            yield self._record(record, step + 1)
        names, addresses = (str(row[column]).split(";") for column in ("source_name", "source"))
        for name, address in zip(names, addresses, strict=True):
            says = f"{name.strip()} (confidence {row['confidence']})"
            yield (step + (2 if record else 1), "typed from", "source", address.strip(), says, address.strip())

    def _table(self, name: str, finding: Finding, step: int) -> Iterator[Step]:
        word, _, rest = name.partition(" ")
        if name.startswith("none"):
            yield (step, "from", "table", "none", name.partition(":")[2].strip() or "no table stands behind it", "")
        elif word == "codebook" and rest:
            page = "book/register.html" if rest == "roles" else f"book/codebooks/{rest}.html"
            yield (step, "from", "table", name, "its entries name their sources", page)
            yield (
                step + 1,
                "described in",
                "record",
                f"data/codebooks/{rest}.yml",
                "versioned, with its changes",
                page,
            )
        elif finding.evidence_kind in OF_A_STUDY and name in TABLES:
            title, kind = self.judged.study
            address = f"book/study_folder.html#study-{name.replace('_', '-')}"
            yield (step, "from", "table", name, "a table of the study", address)
            yield (step + 1, "described in", "record", "study.yml", f"{title} ({kind})", "book/about_run.html")
            origin = (
                "made by this project; it is about no real organisation"
                if kind == "invented"
                else "collected by the study"
            )
            yield (step + 2, "comes from", "source", title, f"{title}: {origin}", "book/study_folder.html")
        elif name in self.records:
            record = self.records[name]
            yield (step, "from", "table", name, f"one row is {record.one_row_is.rstrip('.')}", _in_catalogue(name))
            yield self._record(record, step + 1)
            for source in record.source:
                address = source.get("url") or (f"https://doi.org/{source['doi']}" if source.get("doi") else "")
                yield (step + 2, "comes from", "source", address, source.get("name", address), address)
        else:
            yield (step, "from", "table", name, "not among the tables of the data catalogue", "")

    def _record(self, record: Record, step: int) -> Step:
        says = f"{record.title.rstrip('.')}. {record.period}; {record.place}. {record.licence.rstrip('.')}."
        return (
            step,
            "described in",
            "record",
            f"data/{record.kind}/{record.name}.yml",
            says,
            _in_catalogue(record.name),
        )


def _in_catalogue(table: str) -> str:
    return f"book/data_catalogue.html#table-{table.replace('_', '-')}"

"""From the codings of another tool to the tables of a study: segments and codings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from newroles.coding.exchange.project import QualitativeProject, derived_guid, split_code_path
from newroles.datasets import Codebook
from newroles.errors import InputError, did_you_mean, nearest

_METHODS = ("interview", "observation", "document")


@dataclass(frozen=True, eq=False)
class StudyCodings:
    """Codings in the form of a study folder.

    `segments` and `codings` have the columns of a study's tables of these names. `unmapped`: one row for each code of the tool
    that the codebook doesn't have: code (its path), codings (how many carry it), reason, suggestion (the nearest id, or blank).
    `coders`: coder (the code that stands for the person), name (as in the tool; keep this table in the study's own safe store).
    """

    segments: pd.DataFrame = field(repr=False)
    codings: pd.DataFrame = field(repr=False)
    unmapped: pd.DataFrame = field(repr=False)
    coders: pd.DataFrame = field(repr=False)


def to_codings(
    project: QualitativeProject,
    codebook: Codebook,
    mapping: Mapping[str, str | None] | None = None,
    coders: Mapping[str, str] | None = None,
    method: str | Mapping[str, str] = "document",
    round: int = 1,
) -> StudyCodings:
    """What do a tool's codings say in the terms of a study's codebook?

    Takes a project, and a codebook of ours. `mapping` gives for a code of the tool (its path, or its name where only one code has
    it) the id of the codebook's code, or None to leave it out on purpose. Codes that it doesn't name are matched by guid (when
    the tool's codes came from `write_refi_codebook`), then by id, then by name; a name that fits several codes is not guessed.
    `coders` gives the code that stands for each coder in the tables; by default coder_1, coder_2 ... in alphabetical order.
    `method` says how documents came about (interview, observation or document), for all or by document. `round` is the round of
    coding.

    Returns a StudyCodings. One extract (same document, start and end) is one segment, however many coders coded it; segments are
    numbered by document and position. A code given twice by a coder to a segment counts once; where one says that it applies (1)
    and another that it doesn't (0), it applies. Columns that the tool knows nothing of (team, actor_role, target_role, on) are
    blank. Codings without a coder can't enter the tables and are counted in `unmapped` under the reason.

    Raises InputError for a mapping or coders that name unknown codes or people, or a method that isn't one of the three.

    >>> from newroles.coding.exchange.project import build_project
    >>> from newroles.datasets import load_codebook
    >>> project = build_project("demo", "", {"codes": [{"code": "staffing"}, {"code": "Improve care"}],
    ...     "documents": [{"document": "interview_01"}], "codings": [
    ...     {"document": "interview_01", "start": 5, "end": 19, "code": "staffing", "coder": "Ana", "value": 1},
    ...     {"document": "interview_01", "start": 5, "end": 19, "code": "Improve care", "coder": "Ben", "value": 1}]})
    >>> made = to_codings(project, load_codebook("rationale"), {"staffing": "RAT-STAFF"}, method="interview")
    >>> made.codings[["unit", "coder", "code"]].values.tolist()
    [['s1', 'coder_1', 'RAT-STAFF'], ['s1', 'coder_2', 'RAT-CARE']]
    """
    names = _coder_codes(project, coders)
    target, reasons = _match_codes(project, codebook, mapping or {})
    table = project.codings
    known = table["code"].map(target).astype("str")
    unmapped = [
        {
            "code": code,
            "codings": n,
            "reason": reasons[code],
            "suggestion": nearest(split_code_path(code)[-1], codebook.ids),
        }
        for code, n in _counted(table.loc[known.isna(), "code"])
    ]
    nameless = table["coder"].isna() & known.notna()
    unmapped += [
        {"code": code, "codings": n, "reason": "the tool doesn't say who coded", "suggestion": None}
        for code, n in _counted(table.loc[nameless, "code"])
    ]
    kept = table[known.notna() & ~nameless].assign(code=known[known.notna() & ~nameless])
    segments = _segments(kept, project, method)
    keys = ["document", "start", "end"]
    codings = kept.merge(segments[[*keys, "segment"]], on=keys)
    codings = codings.assign(
        codebook=codebook.id,
        unit=codings["segment"],
        unit_kind="segment",
        coder=codings["coder"].map(names).astype("str"),
        coded_on=codings["coded_at"].str.extract(r"^(\d{4}-\d\d-\d\d)", expand=False),
        round=pd.Series(round, index=codings.index, dtype="Int64"),
    )
    codings["order"] = codings["segment"].map({s: n for n, s in enumerate(segments["segment"])})
    codings = codings.sort_values(
        ["order", "coder", "code", "value"], ascending=[True, True, True, False], kind="stable"
    )
    columns = ["codebook", "unit", "unit_kind", "coder", "code", "value", "coded_on", "round"]
    codings = codings.drop_duplicates(["unit", "coder", "code"])[columns].reset_index(drop=True)
    report = ["code", "codings", "reason", "suggestion"]
    people = pd.DataFrame(
        {"coder": pd.Series(names.values(), dtype="str"), "name": pd.Series(names.keys(), dtype="str")}
    )
    return StudyCodings(
        segments=segments,
        codings=codings,
        unmapped=pd.DataFrame(unmapped, columns=report).astype({"code": "str", "reason": "str", "suggestion": "str"}),
        coders=people,
    )


def _counted(codes: pd.Series) -> list[tuple[str, int]]:
    """Each code and how often it comes, in order of appearance."""
    return [(str(code), int(n)) for code, n in codes.value_counts(sort=False).items()]


def _segments(codings: pd.DataFrame, project: QualitativeProject, method: str | Mapping[str, str]) -> pd.DataFrame:
    rank = {document: n for n, document in enumerate(project.documents["document"])}
    spans = codings[["document", "start", "end"]].drop_duplicates()
    spans = spans.assign(order=spans["document"].map(rank)).sort_values(["order", "start", "end"], na_position="first")
    documents = spans["document"].reset_index(drop=True)
    methods = documents.map(method if isinstance(method, Mapping) else dict.fromkeys(documents, method))
    wrong = sorted({str(m) for m in methods if m not in _METHODS})
    if wrong:
        missing = documents[methods.isna()]
        what = f"the document '{missing.iloc[0]}' has no method" if len(missing) else f"there is no method '{wrong[0]}'"
        raise InputError(f"In method, {what}. {did_you_mean(wrong[0], _METHODS)}")
    empty = pd.Series(pd.NA, index=documents.index, dtype="str")
    return pd.DataFrame(
        {
            "segment": pd.Series([f"s{n}" for n in range(1, len(spans) + 1)], dtype="str"),
            "team": empty,
            "document": documents,
            "method": methods.astype("str"),
            "start": spans["start"].reset_index(drop=True),
            "end": spans["end"].reset_index(drop=True),
            "actor_role": empty,
            "target_role": empty,
            "on": empty,
        }
    )


def _coder_codes(project: QualitativeProject, coders: Mapping[str, str] | None) -> dict[str, str]:
    people = sorted(project.codings["coder"].dropna().unique())
    if coders is None:
        return {person: f"coder_{n}" for n, person in enumerate(people, start=1)}
    missing = [person for person in people if person not in coders]
    if missing:
        raise InputError(
            f"`coders` has no code for {len(missing)} of the coders. Give one for each of: {', '.join(missing)}."
        )
    given = [coders[person] for person in people]
    if len(set(given)) < len(given):
        raise InputError("`coders` gives the same code to two people; each needs a code of their own.")
    return dict(zip(people, given, strict=True))


def _match_codes(
    project: QualitativeProject, codebook: Codebook, mapping: Mapping[str, str | None]
) -> tuple[dict[str, str], dict[str, str]]:
    """The codebook's id for each path that has one, and for every other path the reason why not."""
    codes: list[dict[Any, Any]] = project.codes.to_dict("records")
    chosen = _mapped_paths(codes, codebook, mapping)
    by_guid = {derived_guid("codebook", codebook.id, code): code for code in codebook.ids}
    by_id = {code.casefold(): code for code in codebook.ids}
    by_name: dict[str, list[str]] = {}
    for code, name in zip(codebook.codes["id"], codebook.codes["name"], strict=True):
        by_name.setdefault(str(name).casefold(), []).append(code)
    target: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for row in codes:
        path = row["code"]
        name = (split_code_path(path)[-1] if pd.isna(row["name"]) else str(row["name"])).casefold()
        if path in chosen:
            wanted = chosen[path]
            if wanted is None:
                reasons[path] = "left out by the mapping"
            else:
                target[path] = wanted
            continue
        fitting = [by_guid[row["guid"]]] if row["guid"] in by_guid else []
        fitting = fitting or ([by_id[name]] if name in by_id else by_name.get(name, []))
        if len(fitting) == 1:
            target[path] = fitting[0]
        elif fitting:
            reasons[path] = f"its name fits several codes of {codebook.id}: {', '.join(fitting)}"
        else:
            reasons[path] = f"no code of {codebook.id} has this id or name"
    for path in project.codings["code"].dropna().unique():
        if path not in target:
            reasons.setdefault(path, "not in the project's list of codes")
    return target, reasons


def _mapped_paths(
    codes: list[dict[Any, Any]], codebook: Codebook, mapping: Mapping[str, str | None]
) -> dict[str, str | None]:
    paths = {row["code"] for row in codes}
    chosen: dict[str, str | None] = {}
    for given, wanted in mapping.items():
        if wanted is not None and wanted not in codebook.ids:
            raise InputError(
                f"The mapping leads to '{wanted}', which {codebook.id} doesn't have. {did_you_mean(wanted, codebook.ids)}"
            )
        found = (
            [given] if given in paths else [row["code"] for row in codes if split_code_path(row["code"])[-1] == given]
        )
        if len(found) != 1:
            what = (
                "isn't a code of the project"
                if not found
                else f"is the name of several codes ({', '.join(found)}); give the path"
            )
            raise InputError(
                f"The mapping names '{given}', which {what}. {did_you_mean(given, paths) if not found else ''}".strip()
            )
        chosen[found[0]] = wanted
    return chosen

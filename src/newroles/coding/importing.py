"""Bringing a tool's coding into a study folder, with a report of what came, what didn't, and who is kept out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from newroles.coding.coder_key import assign_coders, default_key, write_key
from newroles.coding.exchange import (
    QualitativeProject,
    StudyCodings,
    read_codings_csv,
    read_qualcoder,
    read_refi_qda,
    read_taguette,
    split_code_path,
    to_codings,
)
from newroles.coding.exchange.tables import Layout
from newroles.coding.study_writing import save_tables
from newroles.datasets import Codebook, Study, typed_table
from newroles.datasets.sheets import harmless, read_sheet, write_new
from newroles.errors import InputError, did_you_mean, nearest

LEAVE_OUT = "leave out"
_SHOWN = 10
_PLACE = ["document", "start", "end"]
_KEY = ["codebook", "unit_kind", "unit", "coder", "code", "round"]


@dataclass(frozen=True, eq=False)
class ImportReport:
    """What an import brought into a study, and what it didn't.

    `documents`, `segments`, `codings`: how many the file gave; `new_segments`, `new_codings`: those that the study didn't
    have. `coders`: how many people. `read_by`: one row for each number of coders: coders, segments. `left_behind`: what,
    where, count. `unmapped`: code, codings, reason, suggestion. `notes`: decisions and advice, one sentence each. `files`:
    the study's files that were written. `key`: where the names of the coders are kept.
    """

    source: str
    codebook: str
    documents: int
    segments: int
    codings: int
    new_segments: int
    new_codings: int
    coders: int
    read_by: pd.DataFrame = field(repr=False)
    left_behind: pd.DataFrame = field(repr=False)
    unmapped: pd.DataFrame = field(repr=False)
    notes: list[str] = field(repr=False)
    files: list[Path] = field(repr=False)
    key: Path

    def __str__(self) -> str:
        new = f"{self.new_segments} of the segments and {self.new_codings} of the codings are new to the study."
        lines = [
            f"{self.source}: {_count(self.documents, 'document')}, {_count(self.segments, 'segment')}, "
            f"{_count(self.codings, 'coding')} by {_count(self.coders, 'coder')} taken for {self.codebook}. {new}",
            *(
                f"  {_count(n, 'segment')} coded by {_count(k, 'coder')}"
                for k, n in self.read_by.itertuples(index=False)
            ),
            "",
        ]
        if len(self.left_behind):
            lines.append("Left behind (what, where, how many):")
            rows = self.left_behind.to_dict("records")
            lines += [f"  {row['what']}; {row['where'] or 'in the file'}; {row['count']}" for row in rows]
        else:
            lines.append("Left behind: nothing.")
        if len(self.unmapped):
            lines.append(
                f"Codes that didn't come in, because {self.codebook} doesn't have them, or for the reason given:"
            )
            lines += [describe_unmapped(row) for row in self.unmapped.to_dict("records")]
        lines += ["", *self.notes]
        if self.files:
            lines.append(
                f"Written: {', '.join(map(str, self.files))}; what was there before is kept beside as .before."
            )
        lines.append(
            f"The names of the coders are in {self.key} and nowhere in the study: keep that file apart from it."
        )
        return "\n".join(lines)


def import_coding(
    file: str | Path,
    study: Study,
    codebook: Codebook,
    mapping: str | Path | None = None,
    write_mapping: bool = False,
    key: str | Path | None = None,
    method: str = "document",
    round: int = 1,
    coder: str | None = None,
    layout: Layout | None = None,
    project: str | None = None,
) -> ImportReport:
    """What did this file of a coding tool bring into the study?

    `file`: a REFI-QDA project (.qdpx, .qde), a QualCoder project (.qda), a Taguette database (.sqlite3) or a spreadsheet
    saved as CSV. `mapping`: a sheet with the columns code (the tool's path or name) and becomes (an id of the codebook,
    `leave out`, or blank while undecided). `write_mapping`: write such a sheet, to be filled in, for the codes that don't
    fit, as `<file>.mapping.csv`. `key`: the sheet that says who is which coder (columns coder, name); by default
    `<study>.coders.csv` beside the study's folder. It is read and, for people that it doesn't have, added to. `method`: how
    the documents came about (interview, observation or document). `round`: the round of coding. `coder`: who coded where
    the file doesn't say. `layout` (spreadsheets), `project` (Taguette): as for their readers.

    Segments of the study at the same place (document, start and end) are used again, and keep their team and roles. In a
    spreadsheet without positions, units that are the study's segments are those. Codings that the study has already are
    not added twice, so a file can be imported again once its mapping is filled in.

    Writes segments and codings of the study, and the key. Returns an ImportReport.

    Raises InputError, with nothing of the study changed, for a file that can't be read, a mapping or key that is wrong
    (naming the row), a file without any code of the codebook, a coder who says both that a code applies and that it
    doesn't (naming the unit), and rows with which the study wouldn't pass its check.
    """
    file = Path(file)
    read = read_project(file, layout, project)
    if read.codings.empty:
        raise InputError(f"{file.name} holds no codings of text, so there is nothing to bring in.")
    people = read.codings["coder"].str.strip().replace("", None).fillna(coder or None).astype("str")
    read = replace(read, codings=read.codings.assign(coder=people))
    chosen = read_mapping(mapping, read, codebook) if mapping is not None else {}
    place = Path(key) if key is not None else default_key(study)
    names, notes = assign_coders(people.dropna().unique(), study, place)
    anonymous = replace(read, codings=read.codings.assign(coder=people.map(names).astype("str")))
    own = {code: code for code in names.values()}
    made = to_codings(anonymous, codebook, chosen, own, method, round)
    wanting = made.unmapped[made.unmapped["reason"] != "left out by the mapping"]
    if write_mapping and len(wanting):
        sheet = _mapping_sheet(file, wanting)
        notes.append(
            f"The codes that didn't come in are listed in {sheet}: fill in the column becomes, and import again with --mapping."
        )
    if made.codings.empty:
        listing = "\n".join(describe_unmapped(row) for row in made.unmapped.head(_SHOWN).to_dict("records"))
        raise InputError(
            f"{file.name}: none of its {_count(len(read.codings), 'coding')} can be taken for {codebook.id}. Its codes:\n"
            f"{listing}\nName another codebook, or say with --mapping what each code becomes (--write-mapping makes the sheet)."
            + (f"\n{notes[-1]}" if write_mapping else "")
        )
    segments, codings = _placed(made, read, study, file.name)
    tables, new = _added(study, segments, codings)
    lost_days = int(codings["coded_on"].isna().sum() - made.codings["coded_on"].isna().sum())
    left = read.left_behind
    if lost_days:
        row = pd.DataFrame({"what": ["day of a coding that is no date"], "where": [file.name], "count": [lost_days]})
        left = pd.concat([left, row], ignore_index=True)
    write_key(place, names)
    return ImportReport(
        source=file.name,
        codebook=codebook.id,
        documents=made.segments["document"].nunique(),
        segments=len(made.segments),
        codings=len(codings),
        new_segments=new["segments"],
        new_codings=new["codings"],
        coders=codings["coder"].nunique(),
        read_by=_read_by(codings),
        left_behind=left,
        unmapped=made.unmapped,
        notes=[*notes, *_advice(read, codings, new["segments"])],
        files=save_tables(study, tables) if any(new.values()) else [],
        key=place,
    )


def read_project(file: str | Path, layout: Layout | None = None, project: str | None = None) -> QualitativeProject:
    """Which codings does this file hold, whichever tool it came from? The ending of its name tells the tool.

    Raises InputError for a file that isn't there or that no reader takes, with how to export one that can be read.
    """
    file = Path(file)
    ending = file.suffix.lower()
    if not file.exists():
        raise InputError(f"There is no file {file}.")
    if layout is not None and ending != ".csv":
        raise InputError(f"{file.name}: a layout is for spreadsheets saved as CSV; leave --layout out.")
    if project is not None and ending not in (".sqlite3", ".sqlite", ".db"):
        raise InputError(f"{file.name}: a project is chosen in a Taguette database; leave --project out.")
    if ending in (".qdpx", ".qde"):
        return read_refi_qda(file)
    if ending == ".qda" or file.is_dir():
        return read_qualcoder(file)
    if ending in (".sqlite3", ".sqlite", ".db"):
        return read_taguette(file, int(project) if project and project.isascii() and project.isdigit() else project)
    if ending == ".csv":
        return read_codings_csv(file, layout)
    if ending == ".qdc":
        raise InputError(f"{file.name} is a codebook without codings. Export the project itself, as REFI-QDA (.qdpx).")
    mend = 'Save the sheet as "CSV UTF-8" and import that.' if ending in (".xlsx", ".xls", ".ods") else (
        "In NVivo, ATLAS.ti or MAXQDA export the project as REFI-QDA (.qdpx); QualCoder's .qda and Taguette's .sqlite3 are "
        "read as they are."
    )  # fmt: skip
    raise InputError(f"{file.name}: expected a name that ends in .qdpx, .qde, .qda, .sqlite3 or .csv. {mend}")


def read_mapping(path: str | Path, project: QualitativeProject, codebook: Codebook) -> dict[str, str | None]:
    """What does each code of the tool become, as this sheet says? Codes left blank aren't in the answer.

    Raises InputError that names the row, the value, what was expected and the nearest valid name.
    """
    path = Path(path)
    table = read_sheet(path, ["code", "becomes"])
    paths = list(project.codes["code"])
    chosen: dict[str, str | None] = {}
    for row, (code, becomes) in zip(table.index, table[["code", "becomes"]].itertuples(index=False), strict=True):
        if pd.isna(code):
            raise InputError(f"{path.name}, row {row}, column code: blank; expected a code of the project. Fill it in.")
        found = [code] if code in paths else [each for each in paths if split_code_path(each)[-1] == code]
        if len(found) != 1:
            said = f"is the name of several codes; give the path: {', '.join(found)}." if found else (
                f"isn't a code of the project. {did_you_mean(code, paths)}"
            )  # fmt: skip
            raise InputError(f"{path.name}, row {row}, column code: '{code}' {said}")
        if found[0] in chosen:
            raise InputError(
                f"{path.name}, row {row}, column code: '{code}' stands there twice; delete one of the two."
            )
        if pd.isna(becomes):
            continue
        if becomes.lower() != LEAVE_OUT and becomes not in codebook.ids:
            raise InputError(
                f"{path.name}, row {row}, column becomes: '{becomes}' isn't in {codebook.id}; expected the id of one of its "
                f"codes, '{LEAVE_OUT}' or a blank. {did_you_mean(becomes, codebook.ids)}"
            )
        chosen[found[0]] = None if becomes.lower() == LEAVE_OUT else becomes
    return chosen


def describe_unmapped(row: Mapping[Any, Any]) -> str:
    """A line that says which code didn't come in, and what was probably meant."""
    guess = f" Did you mean {row['suggestion']}?" if pd.notna(row["suggestion"]) else ""
    return f"  '{row['code']}' ({_count(row['codings'], 'coding')}): {row['reason']}.{guess}"


def _mapping_sheet(file: Path, unmapped: pd.DataFrame) -> Path:
    rows = unmapped.drop_duplicates("code").assign(becomes="")[["code", "becomes", "suggestion", "codings", "reason"]]
    safe = rows.map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
    text = safe.to_csv(index=False, lineterminator="\n")
    return write_new(file.with_name(f"{file.name}.mapping.csv"), b"\xef\xbb\xbf" + text.encode("utf-8"))


def _placed(made: StudyCodings, read: QualitativeProject, study: Study, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Segments and codings with the ids that they have, or get, in the study."""
    days = pd.to_datetime(made.codings["coded_on"], format="%Y-%m-%d", errors="coerce").astype("datetime64[us]")
    codings = typed_table("codings", made.codings.assign(coded_on=days))
    segments = typed_table("segments", made.segments)
    if not study.has("segments") or study.segments.empty:
        return segments, codings
    held = study.segments
    ids: dict[tuple[str, int, int], str] = {}
    for segment, place in zip(held["segment"], _keys(held), strict=True):
        ids.setdefault(place, segment)
    if read.origin == "spreadsheet":
        whole = segments.loc[segments["start"].isna(), "document"]
        known = set(held["segment"])
        strangers = [unit for unit in whole if unit not in known]
        if strangers and len(strangers) < len(whole):
            guess = nearest(strangers[0], known)
            hint = f" Did you mean '{guess}'?" if guess else ""
            raise InputError(
                f"{file}: the unit '{strangers[0]}' isn't a segment of the study, although other units are "
                f"({len(strangers)} of {len(whole)} aren't).{hint} Mend it, or add it to the table segments."
            )
        ids |= {(unit, -1, -1): unit for unit in whole if unit in known}
    number = max((int(s[1:]) for s in held["segment"] if re.fullmatch(r"s\d{1,15}", s)), default=0)
    new: dict[str, str] = {}
    for segment, place in zip(segments["segment"], _keys(segments), strict=True):
        if place not in ids:
            number += 1
            ids[place] = f"s{number}"
        new[segment] = ids[place]
    codings["unit"] = codings["unit"].map(new).astype("str")
    return segments.assign(segment=segments["segment"].map(new).astype("str")), codings


def _keys(segments: pd.DataFrame) -> list[tuple[str, int, int]]:
    """The place of each segment; -1 where it isn't known."""
    blank = segments[["start", "end"]].fillna(-1).astype("int64")
    return list(zip(segments["document"], blank["start"], blank["end"], strict=True))


def _added(
    study: Study, segments: pd.DataFrame, codings: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """The study's tables with the new rows below, and how many are new."""
    tables, new = {"segments": segments, "codings": codings}, {"segments": len(segments), "codings": len(codings)}
    if study.has("segments"):
        more = segments[~segments["segment"].isin(study.segments["segment"])]
        tables["segments"], new["segments"] = pd.concat([study.segments, more], ignore_index=True), len(more)
    if study.has("codings"):
        both = codings.merge(
            study.codings[[*_KEY, "value"]], on=_KEY, how="left", suffixes=("", "_was"), indicator=True
        )
        there = (both["_merge"] == "both").to_numpy()
        other = both[there & (both["value"].fillna(-1) != both["value_was"].fillna(-1)).to_numpy()]
        if len(other):
            row = other.iloc[0]
            raise InputError(
                f"{row['coder']} has {row['code']} on {row['unit']} in round {row['round']} with the value "
                f"{_said(row['value_was'])} in the study and {_said(row['value'])} in this file. If they coded again, import "
                f"it as a later round (--round {row['round'] + 1}); else mend one of the two."
            )
        tables["codings"] = pd.concat([study.codings, codings[~there]], ignore_index=True)
        new["codings"] = int((~there).sum())
    return tables, new


def _read_by(codings: pd.DataFrame) -> pd.DataFrame:
    several = codings.groupby("unit")["coder"].nunique().value_counts().sort_index(ascending=False)
    return several.rename_axis("coders").rename("segments").reset_index()


def _advice(read: QualitativeProject, codings: pd.DataFrame, new_segments: int) -> list[str]:
    """What the analyst must know before trusting the tables."""
    notes = []
    if codings.groupby("unit")["coder"].nunique().min() < codings["coder"].nunique():
        notes.append(
            "A segment without a coding by somebody counts as not coded by them: coding tools don't record that a coder read "
            "an extract and found that no code applies. Agreement then rests on what at least two coded, and can flatter."
        )
    if new_segments:
        notes.append(
            "Team, roles and day of the new segments are blank: fill them in, in the table segments, where the analysis "
            "needs them. Documents keep the names they have in the file: make sure that none names a person."
        )
    return notes


def _said(value: float) -> str:
    return "blank" if pd.isna(value) else f"{value:g}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"

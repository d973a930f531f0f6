"""The framework matrix: cases by themes, how often, where, and what it comes to in a reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from newroles.coding.reading_aids import NOT_STATED, code_matrix, unit_attribute
from newroles.datasets import Codebook
from newroles.datasets.reading import text_of
from newroles.datasets.sheets import put_text, read_sheet, save_with_instructions
from newroles.errors import InputError, did_you_mean

CASES = ("team", "document", "method", "actor_role", "target_role")
_MATRIX, _EXTRACTS = "framework", "extracts"
_N, _SUMMARY = ": extracts", ": summary"
_BOLD, _LINK = Font(bold=True), Font(color="005EB8", underline="single")
_GIVEN, _TO_FILL = PatternFill("solid", fgColor="E8EDEE"), PatternFill("solid", fgColor="FFF7CC")
_INSTRUCTIONS = (
    "How to fill in the framework matrix",
    "One row is one case; each theme has two columns. The grey one counts the extracts of the case that have the theme.",
    "A count leads to the sheet extracts, which says where in the documents they lie.",
    "The yellow one is yours: what these extracts come to, in your words. Name nobody in it.",
    "Leave the first row and the first column as they are: they tell where each summary belongs.",
    "A summary whose case or theme has no extract any more is kept, beside a count of 0.",
)


def framework_matrix(
    codings: pd.DataFrame,
    segments: pd.DataFrame,
    by: str = "team",
    codes: Sequence[str] | None = None,
    none_codes: Sequence[str] = (),
) -> pd.DataFrame:
    """How many extracts of each case have each theme?

    `codings`, `none_codes`, `codes`: as for `code_matrix`, with units of the kind segment. `segments`: the study's table of
    that name. `by`: what a case is, a column of it: team, document, method, actor_role or target_role; segments where it
    is blank make the case "(not stated)".

    Returns one row per case with a coded segment (index named `by`), one column per code: extracts, whole numbers.

    Raises InputError as `code_matrix` does, for another `by`, and for units that aren't in `segments`.

    >>> rows = [("s1", "warm"), ("s2", "warm"), ("s3", "glad")]
    >>> codings = pd.DataFrame(rows, columns=["unit", "code"]).assign(
    ...     codebook="tone", unit_kind="segment", coder="a", round=1, value=1)
    >>> segments = pd.DataFrame({"segment": ["s1", "s2", "s3"], "team": ["A1", "A1", "A2"]})
    >>> framework_matrix(codings, segments).to_dict("index")
    {'A1': {'glad': 0, 'warm': 2}, 'A2': {'glad': 1, 'warm': 0}}
    """
    marks, case = _marks(codings, segments, by, codes, none_codes)
    return marks.groupby(case).sum().astype("int64").rename_axis(index=by, columns="code")


def framework_cells(
    codings: pd.DataFrame,
    segments: pd.DataFrame,
    by: str = "team",
    codes: Sequence[str] | None = None,
    none_codes: Sequence[str] = (),
    summaries: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What stands in each cell of the framework matrix: how many extracts, which ones, and what they come to?

    Everything but `summaries` as for `framework_matrix`. `summaries`: what somebody has typed, one row a case and theme: by,
    case, code, summary, as `read_framework_summaries` returns it.

    Returns one row per case and code, cells without extracts too: by, case, code, n, segments (their ids, joined by "; "),
    summary (blank where there is none). A summary whose case or code is no longer in the matrix stays, with n 0.

    Raises InputError as `framework_matrix` does, for summaries of another kind of case or with two rows for one cell.
    """
    marks, case = _marks(codings, segments, by, codes, none_codes)
    long = marks.assign(case=case).reset_index().melt(id_vars=["unit", "case"], var_name="code", value_name="has")
    found = long[long["has"]].groupby(["case", "code"])["unit"].agg(lambda units: "; ".join(sorted(units)))
    every = pd.MultiIndex.from_product([sorted(case.unique()), marks.columns], names=["case", "code"])
    typed = _summaries(summaries, by)
    places = every.append(typed.index.difference(every, sort=False))
    cells = found.rename("segments").reindex(places).to_frame().join(typed).reset_index()
    cells["n"] = cells["segments"].str.count("; ").add(1).fillna(0).astype("int64")
    cells["by"] = by
    return cells[["by", "case", "code", "n", "segments", "summary"]].astype(
        dict.fromkeys(["by", "case", "code", "segments", "summary"], "str")
    )


def write_framework_matrix(
    cells: pd.DataFrame, path: str | Path, segments: pd.DataFrame, codebook: Codebook | None = None
) -> Path:
    """Where can a reader type in what each cell comes to? Writes a new workbook, and returns its path.

    `cells`: as `framework_cells` returns them. `segments`: the study's table of that name, for the place of each extract.
    `codebook`: its codes' names and definitions stand in notes at the headings.

    The sheet `framework` has a row per case and, for each code, its count (a link to the rows of the sheet `extracts`) and
    a cell for the summary; summaries that there are stand in theirs. Nothing in the file runs as a formula.

    Raises InputError when the file exists already, or its name doesn't end in .xlsx.
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"A framework matrix is a workbook: name it {path.with_suffix('.xlsx').name}.")
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = _MATRIX
    rows = _write_extracts(book.create_sheet(_EXTRACTS), cells, segments)
    codes, cases = list(dict.fromkeys(cells["code"])), list(dict.fromkeys(cells["case"]))
    put_text(sheet, 1, 1, cells["by"].iloc[0] if len(cells) else "case", font=_BOLD, fill=_GIVEN)
    sheet.column_dimensions["A"].width = 26
    for place, code in enumerate(codes):
        _write_headings(sheet, 2 + 2 * place, code, codebook)
    for number, case in enumerate(cases, start=2):
        put_text(sheet, number, 1, case, font=_BOLD, fill=_GIVEN, number_format="@")
    top = Alignment(wrap_text=True, vertical="top")
    for cell in cells.to_dict("records"):
        row, column = cases.index(cell["case"]) + 2, codes.index(cell["code"]) * 2 + 2
        count = sheet.cell(row, column, int(cell["n"]))
        count.fill, count.alignment = _GIVEN, top
        if cell["n"]:
            count.hyperlink = Hyperlink(
                ref=count.coordinate, location=f"'{_EXTRACTS}'!A{rows[cell['case'], cell['code']]}"
            )
            count.font = _LINK
        put_text(sheet, row, column + 1, cell["summary"], fill=_TO_FILL, alignment=top, number_format="@")
    sheet.freeze_panes = "B2"
    return save_with_instructions(book, _INSTRUCTIONS, path)


def read_framework_summaries(path: str | Path) -> pd.DataFrame:
    """What have readers typed into the framework matrix?

    `path`: the workbook that `write_framework_matrix` wrote, filled in, whichever program saved it.

    Returns one row per summary: by (what a case is), case, code, summary. Pass it to `framework_cells` to write the matrix
    again, with new counts and the old words.

    Raises InputError for a file that isn't such a workbook, a summary in a row without a case (naming its place), and a
    case that stands there twice.
    """
    path = Path(path)
    table = read_sheet(path, [], _MATRIX)
    texts = [name for name in table.columns if name.endswith(_SUMMARY)]
    by = next(iter(table.columns), "")
    if by not in CASES or not texts:
        raise InputError(
            f"{path.name}, row 1: expected what a case is ({', '.join(CASES)}) in the first column and, further on, columns "
            f"that end in '{_SUMMARY}'; found '{by}'. Put the headings back as they were written."
        )
    twice = table.loc[table[by].notna() & table[by].duplicated(), by]
    if len(twice):
        row = twice.index[0]
        raise InputError(
            f"{path.name}, row {row}, column {by}: '{twice.iloc[0]}' stands there twice. Keep one row a case."
        )
    long = table[[by, *texts]].rename_axis(index="row").reset_index()
    long = long.melt(id_vars=["row", by], var_name="code", value_name="summary").dropna(subset="summary")
    nowhere = long[long[by].isna()]
    if len(nowhere):
        place = f"row {nowhere['row'].iloc[0]}, column {nowhere['code'].iloc[0]}"
        raise InputError(
            f"{path.name}, {place}: a summary in a row without a case. Fill in the column {by}, or delete it."
        )
    code = long["code"].str.removesuffix(_SUMMARY)
    table = pd.DataFrame({"by": by, "case": long[by], "code": code, "summary": long["summary"]}).astype("str")
    return table.reset_index(drop=True)


def _marks(
    codings: pd.DataFrame, segments: pd.DataFrame, by: str, codes: Sequence[str] | None, none_codes: Sequence[str]
) -> tuple[pd.DataFrame, pd.Series]:
    """Which segment has which code, and to which case each belongs."""
    if by not in CASES:
        raise InputError(f"A framework matrix can't be by '{by}'. {did_you_mean(by, CASES)}")
    marks = code_matrix(codings, none_codes, codes)
    case = unit_attribute(marks.index, codings, segments, by).fillna(NOT_STATED)
    return marks, case.rename("case")


def _summaries(summaries: pd.DataFrame | None, by: str) -> pd.DataFrame:
    """The summaries by case and code."""
    if summaries is None:
        summaries = pd.DataFrame({name: pd.Series(dtype="str") for name in ("by", "case", "code", "summary")})
    others = summaries.loc[summaries["by"] != by, "by"]
    if len(others):
        raise InputError(f"These summaries are by {others.iloc[0]}, not by {by}: write the matrix by {others.iloc[0]}.")
    twice = summaries[summaries.duplicated(["case", "code"])]
    if len(twice):
        cell = f"case '{twice['case'].iloc[0]}' and code '{twice['code'].iloc[0]}'"
        raise InputError(f"There are two summaries for {cell}; expected one. Put the two texts into one.")
    return summaries.set_index(["case", "code"])[["summary"]]


def _write_headings(sheet: Worksheet, column: int, code: str, codebook: Codebook | None) -> None:
    for place, (ending, width, fill) in enumerate(((_N, 12, _GIVEN), (_SUMMARY, 44, _TO_FILL))):
        wrap = Alignment(wrap_text=True, vertical="top")
        cell = put_text(sheet, 1, column + place, f"{code}{ending}", font=_BOLD, fill=fill, alignment=wrap)
        sheet.column_dimensions[get_column_letter(column + place)].width = width
        if codebook is not None and code in codebook.ids and place == 0:
            entry = codebook.codes.set_index("id").loc[code]
            note = "\n".join(text for text in map(text_of, (entry["name"], entry["definition"])) if text)
            cell.comment = Comment(note, "newroles", width=320, height=160)


def _write_extracts(sheet: Worksheet, cells: pd.DataFrame, segments: pd.DataFrame) -> dict[tuple[str, str], int]:
    """One row per case, code and segment; returns where each case and code begins."""
    headings = ["case", "code", "segment", "document", "start", "end"]
    for number, name in enumerate(headings, start=1):
        put_text(sheet, 1, number, name, font=_BOLD, fill=_GIVEN)
        sheet.column_dimensions[get_column_letter(number)].width = 22
    places = segments.set_index("segment").reindex(columns=headings[3:])
    begins: dict[tuple[str, str], int] = {}
    row = 2
    for cell in cells[cells["n"] > 0].to_dict("records"):
        begins[cell["case"], cell["code"]] = row
        for segment in cell["segments"].split("; "):
            for number, value in enumerate([cell["case"], cell["code"], segment, *places.loc[segment]], start=1):
                put_text(sheet, row, number, value)
            row += 1
    sheet.freeze_panes = "A2"
    return begins

"""How does a workbook look and stay the same? Tables with headings, drop-downs, print set-up, and bytes that don't change."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from newroles.datasets.sheets import put_text

_FONT = "Calibri"
PLAIN, BOLD, TITLE = (
    Font(name=_FONT, size=11),
    Font(name=_FONT, size=11, bold=True),
    Font(name=_FONT, size=16, bold=True),
)
LINK = Font(name=_FONT, size=11, color="0B4F6C", underline="single")
TO_FILL = PatternFill("solid", fgColor="FFFBE6")
_HEADING, _HEADING_FONT = PatternFill("solid", fgColor="0B3540"), Font(name=_FONT, size=11, bold=True, color="FFFFFF")
_THIN = Side(style="thin", color="C9D0D8")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_A4 = 9  # the number that spreadsheets give this paper size
_FIXED = datetime(2020, 1, 1)  # the same day in every workbook, so that the same content is the same file
_POINTS_A_LINE, _PADDING, _LETTERS_A_DIGIT = 15.0, 3.0, 1.05


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its heading, its width in letters, and whether the team fills it in."""

    heading: str
    width: float
    to_fill: bool = False


def write_table(
    sheet: Worksheet, name: str, columns: Sequence[Column], rows: Sequence[Sequence[object]], top: int = 1
) -> None:
    """Write a table with one heading row, named so that screen readers announce it; texts stay texts, whatever they begin with.

    A value that is a str starting with "=" is text; a formula is put in by the caller afterwards. None leaves a cell blank.
    Rows are as high as their longest text needs.
    """
    for number, column in enumerate(columns, start=1):
        cell = put_text(sheet, top, number, column.heading, font=_HEADING_FONT, fill=_HEADING)
        cell.alignment, cell.border = _WRAPPED, _BOX
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = max(
            column.width, sheet.column_dimensions[letter].width if top > 1 else 0
        )
    # the arrow of the filter takes some letters' room
    tallest = max(lines_of(column.heading, column.width - 3) for column in columns)
    sheet.row_dimensions[top].height = _POINTS_A_LINE * tallest + _PADDING
    for place, row in enumerate(rows, start=top + 1):
        lines = 1
        for number, (column, value) in enumerate(zip(columns, row, strict=True), start=1):
            if isinstance(value, int):
                cell = sheet.cell(place, number, value)  # type: ignore[assignment]
            else:
                cell = put_text(sheet, place, number, value)
                lines = max(lines, sum(lines_of(part, column.width) for part in str(value or "").split("\n")))
            cell.alignment, cell.border, cell.font = _WRAPPED, _BOX, PLAIN
            if column.to_fill:
                cell.fill = TO_FILL
        sheet.row_dimensions[place].height = _POINTS_A_LINE * lines + _PADDING
    last = top + max(len(rows), 1)
    table = Table(displayName=name, ref=f"A{top}:{get_column_letter(len(columns))}{last}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    sheet.add_table(table)


def lines_of(text: str, width: float) -> int:
    """How many lines does a text need in a column so wide? Widths count digits; letters are narrower on average.

    >>> lines_of("Name a supervisor before the post is advertised", 20)
    3
    """
    lines, used = 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > _LETTERS_A_DIGIT * width:
            lines, used = lines + 1, len(word)
        else:
            used += len(word) + (1 if used else 0)
    return lines


def print_on_a4(sheet: Worksheet, title: str, last_column: int, last_row: int, heading_row: int = 1) -> None:
    """Set up the sheet for A4 landscape, one page wide, with the heading row on every page and its name below."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.75, 0.35
    sheet.print_title_rows = f"{heading_row}:{heading_row}"
    sheet.print_area = f"A1:{get_column_letter(last_column)}{last_row}"
    sheet.oddFooter.left.text = f"{title}: {sheet.title}".replace("&", "&&")
    sheet.oddFooter.right.text = "Page &P of &N"


def add_choice(sheet: Worksheet, cells: str, choices: Sequence[object], title: str, prompt: str) -> None:
    """A drop-down that takes these values only, with a word of help when the cell is chosen."""
    listed = ",".join(map(str, choices))
    rule = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
    rule.showErrorMessage = rule.showInputMessage = True
    rule.errorStyle, rule.errorTitle = "stop", title
    rule.error = f"Choose one of: {', '.join(map(str, choices))}. Leave it blank when you don't know."
    rule.promptTitle, rule.prompt = title, prompt
    sheet.add_data_validation(rule)
    rule.add(cells)


def fixed_bytes(book: Workbook) -> bytes:
    """The workbook as a file that is the same, byte for byte, whenever it is written."""
    book.properties.created = _FIXED
    content = io.BytesIO()
    book.save(content)
    fixed = io.BytesIO()
    with zipfile.ZipFile(content) as made, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in made.namelist():
            part = made.read(name)
            if name == "docProps/core.xml":  # openpyxl writes the time of saving here, whatever it is told
                stamp = f"{_FIXED:%Y-%m-%dT%H:%M:%SZ}".encode()
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, part)
            entry = zipfile.ZipInfo(name, date_time=_FIXED.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            kept.writestr(entry, part)
    return fixed.getvalue()

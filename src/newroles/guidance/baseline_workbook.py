"""Where does a team stand before a role arrives, and later on? One workbook a role to score, plan, decide and look back with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule, DataBarRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from newroles.datasets.sheets import put_text, write_new
from newroles.guidance.cards import Recommendation
from newroles.guidance.judging import STATUSES, Judged
from newroles.guidance.pack_words import KINDS, kinds_in_words, role_in_words, version_in_words
from newroles.guidance.statements import CONFIDENCE, confidence_level
from newroles.guidance.vocabulary import AUDIENCES, STRENGTH, WHEN, role_names
from newroles.guidance.workbook_cells import (
    BOLD,
    LINK,
    PLAIN,
    TITLE,
    Column,
    add_choice,
    fixed_bytes,
    lines_of,
    print_on_a4,
    write_table,
)

READ_ME, BASELINE, SUMMARY, DECISIONS, EVIDENCE, LISTS = (
    "Read me", "Baseline", "Summary", "Decisions", "Evidence", "lists",
)  # fmt: skip
SCORES = {0: "Not yet", 1: "Partly", 2: "In place"}
"""What a readiness item can score, and what the score means."""
YES_NO = ("yes", "no")
DECISION = ("do it now", "do it later", "not for us")

BASELINE_COLUMNS = (
    Column("When", 12), Column("Recommendation", 31), Column("Who acts", 16), Column("What to have in place", 31),
    Column("Score", 9, True), Column("Evidence that we have", 21, True), Column("Gap, and what we will do", 22, True),
    Column("Owner (a job, not a name)", 14, True), Column("By when", 12, True), Column("Done", 9, True),
    Column("For", 20), Column("Strength", 12), Column("How sure we are", 34), Column("Kind of evidence", 18),
    Column("Card in the book", 18), Column("Item", 40),
)  # fmt: skip
_PRINTED = {BASELINE: 10, DECISIONS: 7}  # columns that fit a page; the others are for the screen
_DECISION_COLUMNS = (
    Column("Recommendation", 46), Column("Our decision", 14, True), Column("Why", 36, True), Column("Who decided", 18, True),
    Column("Date", 12, True), Column("How to tell whether it helped", 36), Column("What happened after", 36, True),
    Column("Comes after", 30), Column("Recommendation id", 32),
)  # fmt: skip
_EVIDENCE_COLUMNS = (
    Column("Recommendation id", 30), Column("Side", 12), Column("What it says", 64), Column("Kind of evidence", 17),
    Column("Source", 34), Column("Where to find it", 44), Column("Since we last read it", 22),
)  # fmt: skip
_COUNTS = ("Items", *(f"{score} {words}" for score, words in SCORES.items()), "Not scored", "Share in place")
_SIDES = {"rests_on": "Rests on", "against": "Against"}


def write_workbook(
    judged: Judged,
    role: str,
    path: str | Path,
    *,
    address: Callable[[str], str] | None = None,
    made: str = "",
) -> Path:
    """Where can a team score how ready it is for this role? Writes a workbook and returns its path.

    role: a case-study role or any other of the register, whose own advice comes first in each moment and is followed by the
    advice for everyone; `all`: the advice for everyone only. address: where in the book a recommendation's card is, made into
    a link; left out, there are no links. made: how and when it was made, for the sheet Read me.

    Sheets: Read me; Baseline (one row a readiness item, to be scored 0, 1 or 2); Summary (counts that follow the scores);
    Decisions (one row a recommendation); Evidence (one row a piece of evidence). No macros. The same content gives the same
    bytes. `read_workbook` reads a filled-in one.

    Raises InputError for an unknown role, when the file exists already (somebody may have typed into it), or when its folder
    doesn't exist.
    """
    chosen = ordered(judged, role)
    name = role_in_words(role)
    book = Workbook()
    book.properties.title, book.properties.creator = f"Baseline assessment: {name}", "newroles"
    book.properties.language = "en-GB"
    book.calculation.fullCalcOnLoad = True
    read_me = book.active
    assert isinstance(read_me, Worksheet)
    read_me.title = READ_ME
    sheets = {title: book.create_sheet(title) for title in (BASELINE, SUMMARY, DECISIONS, EVIDENCE, LISTS)}
    items = _write_baseline(sheets[BASELINE], chosen, judged, role, address)
    _write_summary(sheets[SUMMARY], last=len(items) + 1)
    _write_decisions(sheets[DECISIONS], chosen, judged)
    _write_evidence(sheets[EVIDENCE], chosen, judged)
    _write_lists(sheets[LISTS], role, items)
    _write_read_me(read_me, name, judged, role, made, invented=any("invented" in judged.kinds(r.id) for r in chosen))
    for sheet in (sheets[BASELINE], sheets[DECISIONS], sheets[EVIDENCE]):
        print_on_a4(sheet, f"Baseline assessment, {name}", _printed(sheet), sheet.max_row)
    for sheet in (read_me, sheets[SUMMARY]):
        print_on_a4(sheet, f"Baseline assessment, {name}", sheet.max_column, sheet.max_row)
        sheet.print_title_rows = None
    return write_new(path, fixed_bytes(book))


def ordered(judged: Judged, role: str) -> list[Recommendation]:
    """Which recommendations does a role's pack hold, in which order? By moment; within it the role's own, then everyone's."""
    chosen = judged.guidance.for_role(role)
    return sorted(chosen, key=lambda each: (list(WHEN).index(each.when), each.generic))


def item_id(recommendation: str, number: int) -> str:
    """The id of a readiness item: its recommendation and its number there.

    >>> item_id("name-the-supervisor-first", 2)
    'name-the-supervisor-first 2'
    """
    return f"{recommendation} {number}"


def _write_baseline(
    sheet: Worksheet, chosen: Sequence[Recommendation], judged: Judged, role: str, address: Callable[[str], str] | None
) -> list[str]:
    rows: list[tuple[object, ...]] = []
    items: list[str] = []
    for each in chosen:
        acting = "; ".join(AUDIENCES[one] for one in each.who_acts)
        what_for = "Everyone" if each.generic else "; ".join(role_names()[one] for one in each.roles)
        changed = " The evidence has changed since we last read it." if judged.changed(each.id) else ""
        told = (
            what_for, STRENGTH[each.strength], CONFIDENCE[confidence_level(each)] + "." + changed, kinds_in_words(judged, each.id),
            "Open the card" if address else None,
        )  # fmt: skip
        for number, thing in enumerate(each.readiness, start=1):
            items.append(item_id(each.id, number))
            rows.append((WHEN[each.when], each.action, acting, thing, *(None,) * 6, *told, items[-1]))
    write_table(sheet, "baseline_items", BASELINE_COLUMNS, rows)
    last = len(rows) + 1
    place = {column.heading: get_column_letter(n) for n, column in enumerate(BASELINE_COLUMNS, start=1)}
    if address:
        for row, item in enumerate(items, start=2):
            cell = sheet[f"{place['Card in the book']}{row}"]
            cell.hyperlink, cell.font = address(item.rsplit(" ", 1)[0]), LINK
    score = f"{place['Score']}2:{place['Score']}{last}"
    words = ", ".join(f"{number} {meaning.lower()}" for number, meaning in SCORES.items())
    add_choice(sheet, score, tuple(SCORES), "Score", f"{words}. Blank: not scored yet.")
    add_choice(sheet, f"{place['Done']}2:{place['Done']}{last}", YES_NO, "Done", "Is the gap closed? yes or no")
    add_date(sheet, f"{place['By when']}2:{place['By when']}{last}")
    for row in sheet[score]:
        row[0].alignment = Alignment(horizontal="center", vertical="top")
    # from pale to dark, so that the order shows without colour; the number stays in the cell
    for number, fill, ink in ((0, "FBE3C8", "3B2300"), (1, "BFD9E8", "0B2A3A"), (2, "0B4F6C", "FFFFFF")):
        rule = CellIsRule("equal", [str(number)], font=Font(bold=True, color=ink), fill=PatternFill(bgColor=fill))
        if number == 0:  # a blank equals nought for a spreadsheet
            rule.type, rule.operator = "expression", None
            rule.formula = [f"AND(ISNUMBER({place['Score']}2),{place['Score']}2=0)"]
        sheet.conditional_formatting.add(score, rule)
    sheet.freeze_panes = "C2"
    return items


def _write_summary(sheet: Worksheet, last: int) -> None:
    """Counts by moment and by audience, as formulas over the sheet Baseline."""
    letter = {column.heading: get_column_letter(n) for n, column in enumerate(BASELINE_COLUMNS, start=1)}
    cells = {name: f"{BASELINE}!${letter[name]}$2:${letter[name]}${last}" for name in ("When", "Who acts", "Score")}
    put_text(sheet, 1, 1, "Summary: it follows the scores on the sheet Baseline", font=TITLE)
    text = "Share in place: items scored 2, of those scored. An item with several who act counts for each of them."
    put_text(sheet, 2, 1, text, font=PLAIN)
    parts = (
        ("By moment", "by_moment", "When", "{}", [*WHEN.values()]),
        ("By who acts", "by_who_acts", "Who acts", "*{}*", [*AUDIENCES.values()]),
        ("In all", "in_all", "When", "?*", ["All items"]),
    )
    top = 4
    for heading, table, column, pattern, names in parts:
        columns = [Column(heading, 34), *(Column(count, 13) for count in _COUNTS)]
        write_table(sheet, table, columns, [(name, *(None,) * len(_COUNTS)) for name in names], top=top)
        for row, name in enumerate(names, start=top + 1):
            match = f'{cells[column]},"{pattern.format(name)}"'
            formulas = [f"=COUNTIFS({match})"]
            formulas += [f"=COUNTIFS({match},{cells['Score']},{score})" for score in SCORES]
            formulas.append(f"=B{row}-SUM(C{row}:E{row})")
            formulas.append(f'=IF(SUM(C{row}:E{row})=0,"not scored yet",E{row}/SUM(C{row}:E{row}))')
            for number, formula in enumerate(formulas, start=2):
                cell = sheet.cell(row, number, formula)
                cell.alignment = Alignment(horizontal="right")
            sheet.cell(row, len(_COUNTS) + 1).number_format = "0%"
        share = get_column_letter(len(_COUNTS) + 1)
        bar = DataBarRule("num", 0, "num", 1, color="8CC4D6", showValue=True, minLength=0, maxLength=100)
        sheet.conditional_formatting.add(f"{share}{top + 1}:{share}{top + len(names)}", bar)
        top += len(names) + 3
    sheet.column_dimensions[get_column_letter(len(_COUNTS) + 1)].width = 22
    sheet.freeze_panes = "B4"


def _write_decisions(sheet: Worksheet, chosen: Sequence[Recommendation], judged: Judged) -> None:
    shown = {each.id: each.action for each in chosen}
    rows = [
        (each.action, *(None,) * 4, each.measure, None,
         "\n".join(shown[need] for need in each.needs if need in shown) or None, each.id)
        for each in chosen
    ]  # fmt: skip
    write_table(sheet, "decisions", _DECISION_COLUMNS, rows)
    last = len(rows) + 1
    add_choice(sheet, f"B2:B{last}", DECISION, "Our decision", "Not doing something is a decision too: say why.")
    add_date(sheet, f"E2:E{last}")
    sheet.freeze_panes = "B2"


def _write_evidence(sheet: Worksheet, chosen: Sequence[Recommendation], judged: Judged) -> None:
    wanted = [each.id for each in chosen]
    found = judged.evidence[judged.evidence["recommendation"].isin(wanted)]
    found = found.sort_values("recommendation", key=lambda ids: ids.map(wanted.index), kind="stable")
    rows = [
        (
            row["recommendation"], _SIDES[row["side"]], row["statement"],
            KINDS.get(row["evidence_kind"], ""), row["source_name"] or _chapter(row["chapter"]), row["source"],
            STATUSES[row["status"]],
        )
        for row in found.fillna("").to_dict("records")
    ]  # fmt: skip
    write_table(sheet, "evidence_pieces", _EVIDENCE_COLUMNS, rows)
    for row in range(2, len(rows) + 2):
        cell = sheet.cell(row, 6)
        first = str(cell.value or "").split(";")[0].strip()
        if first.startswith("https://"):
            cell.hyperlink, cell.font = first, LINK
    sheet.freeze_panes = "B2"


def _chapter(stem: str) -> str:
    """Where a finding was recorded, in words; nothing for evidence that isn't there."""
    return f"This book, {stem.replace('_', ' ')}" if stem else ""


def _write_lists(sheet: Worksheet, role: str, items: Sequence[str]) -> None:
    """What reading the workbook back compares with: the role and the items as they were written."""
    put_text(sheet, 1, 1, "role")
    put_text(sheet, 1, 2, role)
    for row, item in enumerate(items, start=2):
        put_text(sheet, row, 1, "item")
        put_text(sheet, row, 2, item)
    sheet.sheet_state = "hidden"


def _write_read_me(sheet: Worksheet, name: str, judged: Judged, role: str, made: str, invented: bool) -> None:
    collection = next((each for each in judged.guidance.collections if each.role == role), None)
    lines = [
        ("Use it", "Before the role arrives, and again after three months and after a year, to see what has moved."),
        ("Who", "The team manager, a supervisor, somebody in the new role, a colleague and a service user or carer, together."),
        ("Step 1", "Sheet Baseline: score each item in the yellow column. Say what shows it. Agree who closes the gap and by when."),
        *((f"Score {score}", f"{words}.") for score, words in SCORES.items()),
        ("Step 2", "Leave a score blank when you don't know or it isn't yours to say. Blank and 0 are different things."),
        ("Step 3", "Sheet Summary: counts follow the scores by themselves. A low share shows where to start; it isn't a mark."),
        ("Step 4", "Sheet Decisions: say what you will do and what you won't, and why. Come back to what happened."),
        ("Step 5", "Sheet Evidence: what each recommendation rests on, what speaks against it, and where to read it."),
        ("Step 6", "Keep the column Item as it is. Sort and filter as you like. Save a new copy each time you score."),
        ("Careful", "Write jobs, not people's names, and nothing about a service user."),
        ("Whose advice", "This project's own, from published evidence. It is not the NIHR study's guidance or recommendations."),
    ]  # fmt: skip
    if invented:
        text = "Rows marked Invented example rest partly on made-up data that shows how the book works. They prove nothing."
        lines.append(("Invented", text))
    if collection is not None:
        lines.append(("Edition", version_in_words(judged, role)))
        if collection.nothing_for:
            lines.append(("Not covered", collection.nothing_for))
    if made:
        lines.append(("Made", made))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 110
    put_text(sheet, 1, 1, f"Baseline assessment: {name}", font=TITLE)
    for row, (label, text) in enumerate(lines, start=3):
        put_text(sheet, row, 1, label, font=BOLD, alignment=Alignment(vertical="top"))
        put_text(sheet, row, 2, text, font=PLAIN, alignment=Alignment(wrap_text=True, vertical="top"))
        sheet.row_dimensions[row].height = 15.0 * lines_of(text, 108) + 3


def add_date(sheet: Worksheet, cells: str) -> None:
    """Cells that take a date from this century, shown as 2027-01-31."""
    rule = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
    rule.showErrorMessage, rule.errorTitle, rule.error = True, "Date", "Type a date, for example 2027-01-31."
    sheet.add_data_validation(rule)
    rule.add(cells)
    for row in sheet[cells]:
        row[0].number_format = "yyyy-mm-dd"


def _printed(sheet: Worksheet) -> int:
    return _PRINTED.get(sheet.title, sheet.max_column)

"""Documents, extracts and codings of a REFI-QDA project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

from newroles.coding.exchange.archives import MAX_TEXT_BYTES, Archive, decode_text
from newroles.coding.exchange.positions import (
    AS_STORED,
    LINE_ENDS_ONE,
    Ruler,
    Selection,
    choose_way,
    possible_ways,
    refuse_long_extracts,
)
from newroles.coding.exchange.project import Labels, Report, derived_guid, normal_guid
from newroles.coding.exchange.refi_codes import DATE_TIME, element_text, guid_of, refuse_twice

KINDS = {
    "TextSource": "text",
    "PDFSource": "pdf",
    "PictureSource": "picture",
    "AudioSource": "audio",
    "VideoSource": "video",
}
_REGIONS = {
    "PDFSelection": "coding of a region of a page",
    "PictureSelection": "coding of a region of a picture",
    "AudioSelection": "coding of a stretch of sound",
    "VideoSelection": "coding of a stretch of video",
}


@dataclass
class SourceText:
    """One document: the element with its text and extracts, the codings of the whole, and what is known of its text."""

    document: str
    source: Element
    holder: Element | None
    row: dict[str, Any]
    byte_order_mark: bool = False
    way: str = AS_STORED
    selections: list[tuple[Element, Selection]] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        text: str | None = self.row["text"]
        return text


class Sources:
    """The sources of one project file, read in the steps that the position rules need."""

    def __init__(
        self, sources: Element | None, archive: Archive | None, origin: str, where: str, report: Report
    ) -> None:
        self._archive, self._report, self._origin = archive, report, origin
        members = [] if archive is None else sorted(archive.members, key=_is_source)
        self._files = {member.rpartition("/")[2].lower(): member for member in members}
        elements = [] if sources is None else list(sources)
        self.texts = list(self._documents([e for e in elements if e.tag in KINDS]))
        refuse_twice((t.row["guid"] for t in self.texts), "documents", where)
        self.by_guid = {t.row["text_guid"]: t.document for t in self.texts if t.row["text_guid"]}
        self.by_guid |= {t.row["guid"]: t.document for t in self.texts}
        for text in self.texts:
            self._read_text(text)
            self._collect_selections(text)
        self._choose_ways()

    def _documents(self, elements: list[Element]) -> Iterator[SourceText]:
        names = [element.get("name") or guid_of(element, number) for number, element in enumerate(elements)]
        labels = Labels(names)
        for number, element in enumerate(elements):
            holders = _holders(element)
            label = labels.label(names[number])
            row = {
                "document": label,
                "name": element.get("name"),
                "guid": guid_of(element, number),
                "kind": KINDS[element.tag],
                "text": None,
                "description": element_text(element, "Description"),
            }
            first = holders[0] if holders else None
            row["text_guid"] = None if first is None or first is element else guid_of(first, row["guid"])
            yield SourceText(label, element, first, row)
            for further, holder in enumerate(holders[1:], start=2):
                name = holder.get("name")
                again = {
                    "document": labels.label(name or f"{names[number]}, transcript {further}"),
                    "name": name,
                    "guid": guid_of(holder, row["guid"], further),
                    "kind": "transcript",
                    "text": None,
                    "text_guid": None,
                    "part_of": label,
                }
                yield SourceText(again["document"] or "", holder, holder, again)

    def _read_text(self, text: SourceText) -> None:
        if text.holder is None:
            return
        inline, path = text.holder.find("PlainTextContent"), text.holder.get("plainTextPath")
        if inline is not None:
            text.row["text"] = inline.text or ""
        elif path:
            content = self._find(path, text)
            if content is not None:
                try:
                    text.row["text"], text.byte_order_mark = decode_text(content)
                except UnicodeDecodeError:
                    self._report.lose("text that is not UTF-8", text.document)
        else:
            self._report.lose("document without plain text (only rich text or none)", text.document)
        if text.byte_order_mark:
            self._report.note(text.document, "a byte-order mark before the text was taken off")

    def _find(self, path: str, text: SourceText) -> bytes | None:
        place, _, name = path.rpartition("://")
        if self._archive is None:
            self._report.lose("text in a file beside the project file (read the .qdpx archive instead)", text.document)
            return None
        if place and place.lower() != "internal":
            self._report.lose("text kept outside the project file", text.document)
            return None
        wanted = name.replace("\\", "/").strip("/").rpartition("/")[2].lower()
        guid = text.row["text_guid"] or text.row["guid"]
        for candidate in (wanted, f"{guid}.txt", f"{{{guid}}}.txt"):
            if candidate in self._files:
                return self._archive.read(self._files[candidate], MAX_TEXT_BYTES)
        self._report.lose("text whose file is missing from the archive", text.document)
        return None

    def _collect_selections(self, text: SourceText) -> None:
        if text.holder is None:
            return
        points = {guid_of(p): p.get("position") for p in text.holder.findall("SyncPoint")}
        for element in text.holder:
            if element.tag == "PlainTextSelection":
                start, end = element.get("startPosition"), element.get("endPosition")
            elif element.tag == "TranscriptSelection":
                start, end = (
                    points.get(normal_guid(element.get(end) or "")) for end in ("fromSyncPoint", "toSyncPoint")
                )
            else:
                continue
            codings = len(element.findall("Coding"))
            if not codings:
                self._report.lose("extract without a code", text.document)
                continue
            if start is None and end is None and element.tag == "TranscriptSelection":
                self._report.lose(
                    "coding of a stretch of time without positions in the transcript", text.document, codings
                )
                continue
            try:
                selection = Selection(int(start or ""), int(end or ""), element.get("name"))
            except ValueError:
                self._report.lose("coding of an extract whose positions are not whole numbers", text.document, codings)
                continue
            text.selections.append((element, selection))

    def _choose_ways(self) -> None:
        """Decides per document how positions were counted: by its own quotations, else by the other documents', else by origin."""
        open_texts, votes = [], Counter[str]()
        for text in self.texts:
            if text.text is None or not text.selections:
                continue
            selections = [selection for _, selection in text.selections]
            ways = possible_ways(text.text, text.byte_order_mark)
            refuse_long_extracts(text.text, selections, [len(e.findall("Coding")) for e, _ in text.selections])
            way, matches = choose_way(text.text, selections, text.byte_order_mark)
            if way is None:
                open_texts.append((text, ways))
                continue
            if len(ways) == 1:
                continue
            text.way = way
            votes[way] += 1
            shown = f"{matches} of {len(selections)} quotations agree"
            self._report.note(text.document, f"positions counted as {way}: {shown}")
        for text, ways in open_texts:
            by_others = [way for way, _ in votes.most_common() if way in ways]
            if by_others:
                text.way, why = by_others[0], "as in the project's other documents"
            elif LINE_ENDS_ONE in ways and "atlas" in self._origin.lower():
                text.way, why = LINE_ENDS_ONE, "as ATLAS.ti does"
            else:
                why = "the quotations don't tell"
            self._report.note(text.document, f"positions counted as {text.way}: {why}")

    def coding_rows(self, codes: dict[str, str], users: dict[str, str]) -> list[dict[str, Any]]:
        """The rows of the table `codings`: `codes` and `users` give the path and the label for each guid."""
        writer = _CodingRows(codes, users, self._report)
        for text in self.texts:
            ruler = Ruler(text.text, text.way) if text.text is not None else None
            for number, (element, selection) in enumerate(text.selections):
                span = (selection.start, selection.end) if ruler is None else ruler.span(selection)
                if span is None or span[0] < 0 or span[1] < span[0]:
                    count = len(element.findall("Coding"))
                    self._report.lose(
                        "coding whose positions lie outside the text or end before they start", text.document, count
                    )
                    continue
                extract = selection.name if text.text is None else text.text[slice(*span)]
                if text.text is None:
                    self._report.note(text.document, "positions could not be checked: the text isn't held")
                guid = guid_of(element, text.row["guid"], number)
                writer.add(element, text, {"start": span[0], "end": span[1], "text": extract, "selection": guid})
            whole = [text.source] if text.holder in (None, text.source) else [text.holder, text.source]
            for element in whole:
                if element is not None:
                    writer.add(element, text, {})
            for tag, what in _REGIONS.items():
                count = sum(len(list(region.iter("Coding"))) for region in text.source.findall(tag))
                self._report.lose(what, text.document, count)
        return writer.rows


class _CodingRows:
    def __init__(self, codes: dict[str, str], users: dict[str, str], report: Report) -> None:
        self.rows: list[dict[str, Any]] = []
        self._codes, self._users, self._report = codes, users, report
        self._seen: set[str] = set()

    def add(self, element: Element, text: SourceText, span: dict[str, Any]) -> None:
        """Adds the codings that stand directly in this element."""
        for number, coding in enumerate(element.findall("Coding")):
            references = coding.findall("CodeRef")
            if not references:
                self._report.lose("coding that names no code", text.document)
            for reference in references:
                code = self._codes.get(normal_guid(reference.get("targetGUID") or ""))
                if code is None:
                    self._report.lose("coding with a code that isn't in the codebook", text.document)
                    continue
                row = {
                    "document": text.document,
                    "code": code,
                    "coder": self._coder(coding, element, text),
                    "value": 1.0,
                    "coded_at": self._date(coding, element if span else coding, text),
                    "guid": self._own_guid(coding, text.row["guid"], code, span, number),
                }
                self.rows.append(row | span)

    def _coder(self, coding: Element, holder: Element, text: SourceText) -> str | None:
        given = coding.get("creatingUser")
        if not given and holder.tag.endswith("Selection") and holder.get("creatingUser"):
            given = holder.get("creatingUser")
            self._report.note(
                text.document, "some codings name no user; the user who made the extract is taken as the coder"
            )
        if not given:
            return None
        guid = normal_guid(given)
        if guid not in self._users:
            self._report.note(
                text.document, f"the user {guid} isn't in the list of users; the guid stands for the name"
            )
        return self._users.get(guid, guid)

    def _date(self, coding: Element, holder: Element, text: SourceText) -> str | None:
        given = coding.get("creationDateTime") or holder.get("creationDateTime")
        if given and not DATE_TIME.fullmatch(given):
            self._report.lose("date of a coding that isn't a date and time", text.document)
            return None
        return given

    def _own_guid(self, coding: Element, *parts: object) -> str:
        guid = guid_of(coding, *parts)
        while guid in self._seen:
            guid = derived_guid("again", guid)
        self._seen.add(guid)
        return guid


def _is_source(member: str) -> bool:
    """Does this member lie in the folder of sources (whose name some tools write with a capital)?"""
    return "sources" in member.lower().split("/")[:-1]


def _holders(source: Element) -> list[Element]:
    """The elements that hold the text of a source and its extracts."""
    if source.tag == "TextSource":
        return [source]
    return source.findall(
        {"PDFSource": "Representation", "PictureSource": "TextDescription"}.get(source.tag, "Transcript")
    )

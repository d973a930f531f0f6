"""Codings come in from other tools and go back whole; what doesn't fit is told; hostile files are refused."""

import json
import sqlite3
import time
import tracemalloc
import zipfile
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coding_tools import (
    CODES,
    PLAIN,
    TEXT,
    USERS,
    WORK,
    atlas_style,
    coded_text,
    guid,
    nvivo_style,
    qde,
    qdpx,
    qualcoder,
    spreadsheet_style,
    taguette,
)
from newroles.coding import agreement, ratings_from_codings
from newroles.coding.exchange import (
    code_path,
    codebook_table,
    codes_of_codebook,
    document_attributes,
    read_codings_csv,
    read_qualcoder,
    read_refi_codebook,
    read_refi_qda,
    read_taguette,
    split_code_path,
    to_codings,
    write_refi_codebook,
    write_refi_qda,
)
from newroles.coding.exchange.archives import MAX_DEPTH
from newroles.coding.exchange.positions import Selection, choose_way
from newroles.coding.exchange.project import build_project
from newroles.datasets import load_codebook
from newroles.errors import InputError

KEPT = [
    *("codes", "documents", "codings", "users", "variables", "cases", "case_sources", "document_variables", "sets"),
]
CORE = ["document", "start", "end", "code", "coder", "text"]


def lost(project) -> dict[str, int]:
    return project.left_behind.groupby("what")["count"].sum().to_dict()


def one_text(selections: str, text: str = "A new role.", origin: str = "NVivo") -> str:
    source = f'<TextSource guid="{guid(20)}" name="Memo"><PlainTextContent>{escape(text)}</PlainTextContent>{selections}</TextSource>'
    return qde(USERS + CODES + f"<Sources>{source}</Sources>", origin)


def selection(n: int, start: object, end: object, coding: str = "", name: str = "") -> str:
    coding = (
        coding or f'<Coding guid="{guid(400 + n)}" creatingUser="{guid(1)}"><CodeRef targetGUID="{guid(11)}"/></Coding>'
    )
    attributes = f'guid="{guid(300 + n)}" startPosition="{start}" endPosition="{end}"' + (
        f" name={quoteattr(name)}" if name else ""
    )
    return f"<PlainTextSelection {attributes}>{coding}</PlainTextSelection>"


def assert_same(first, second) -> None:
    for table in KEPT:
        pd.testing.assert_frame_equal(getattr(first, table), getattr(second, table), obj=table)


# Known answers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["roles_basic", "roles_bom_capital"])
def test_reference_projects_give_the_expected_codings(reference, case):
    folder = reference / "qdpx" / case
    expected = pd.read_csv(folder / "expected_segments.csv")
    numbers = json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]
    project = read_refi_qda(folder / "input.qdpx")
    got = project.codings[CORE].set_axis(list(expected.columns), axis=1)
    pd.testing.assert_frame_equal(got.astype(object), expected.astype(object))
    assert len(project.codings) == numbers["n_text_codings"]
    assert len(project.codes) == numbers["n_codes"]
    assert len(project.users) == numbers["n_users"]
    assert (project.documents["kind"] == "text").sum() == numbers["n_text_sources"]
    assert lost(project) == {"coding of a region of a picture": numbers["n_picture_codings"], "media file": 1}
    assert project.document_variables.values.tolist() == [["Interview 02", "region", "North"]]


def test_the_reference_example_has_a_case_a_set_and_a_memo_left_behind(reference):
    project = read_refi_qda(reference / "refi_qda/ex_project.qdpx")
    assert project.codings[CORE].values.tolist() == [["Interview 03", 0, 10, "Delegation", "Coder A", "They hand "]]
    assert project.cases[["case", "variable", "value"]].values.tolist() == [
        ["Trust01-P03", "role", "Peer Support Worker"]
    ]
    assert project.sets[["set", "kind", "member"]].values.tolist() == [["Phase 2", "code", "Delegation"]]
    assert document_attributes(project).values.tolist() == [
        ["Interview 03", "role", "Peer Support Worker", "Trust01-P03"]
    ]
    assert lost(project) == {"memo": 1, "attachment of a memo": 1}


def test_a_bare_project_file_comes_without_texts_and_says_so(reference):
    project = read_refi_qda(reference / "refi_qda/ex_project.qde")
    assert project.codings[["start", "end"]].values.tolist() == [[0, 10]]
    assert project.documents["text"].isna().all()
    assert any("beside the project file" in what for what in lost(project))


# Three tools, one table ----------------------------------------------------------------------------------------------------


def test_nvivo_atlas_and_a_spreadsheet_give_the_same_tables(tmp_path, tiny_study):
    book = load_codebook(tiny_study / "own_forms.yml")
    projects = [
        read_refi_qda(nvivo_style(tmp_path)),
        read_refi_qda(atlas_style(tmp_path)),
        read_codings_csv(spreadsheet_style(tmp_path)),
    ]
    # by hand: the second line starts after 12 characters and \r\n, the third after 18 more and \r\n
    spans = [(14, 32), (14, 32), (34, 48), (34, 48)]
    expected = [
        ["Interview 1", *spans[0], "forms/Collaborative", "Ana", "We share the work."],
        ["Interview 1", *spans[1], "forms/Collaborative", "Ben", "We share the work."],
        ["Interview 1", *spans[2], "forms/Competitive", "Ana", "They guard it."],
        ["Interview 1", *spans[3], "forms/Collaborative", "Ben", "They guard it."],
    ]
    studies = [to_codings(project, book, method="interview") for project in projects]
    for project, study in zip(projects, studies, strict=True):
        assert project.codings[CORE].values.tolist() == expected
        assert study.segments[["segment", "document", "start", "end"]].values.tolist() == [
            ["s1", "Interview 1", 14, 32],
            ["s2", "Interview 1", 34, 48],
        ]
        assert study.codings[["unit", "coder", "code"]].values.tolist() == [
            ["s1", "coder_1", "collaborative"],
            ["s1", "coder_2", "collaborative"],
            ["s2", "coder_1", "competitive"],
            ["s2", "coder_2", "collaborative"],
        ]
        pd.testing.assert_frame_equal(study.codings, studies[0].codings)
        pd.testing.assert_frame_equal(study.segments, studies[0].segments)
        # by hand: the coders agree on one of two segments
        found = agreement(ratings_from_codings(study.codings), ["percent_agreement"], level="jaccard", n_boot=0)
        assert found["value"].to_list() == [0.5]
        assert study.unmapped.empty
    assert lost(projects[2]) == {"column 'Colour'": 4}


def test_the_tables_pass_the_checks_of_a_study(tmp_path, tiny_study):
    from newroles.datasets import check_study

    made = to_codings(
        read_refi_qda(nvivo_style(tmp_path)), load_codebook(tiny_study / "own_forms.yml"), method="interview"
    )
    for table in ("segments", "codings"):
        getattr(made, table).to_csv(tiny_study / f"{table}.csv", index=False, lineterminator="\n")
    problems = check_study(tiny_study)
    assert problems[problems["severity"] == "error"].empty, problems


# How positions are counted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("widths", "way"),
    [
        ({}, "code points, line ends as stored"),
        ({"windows": 1}, "code points, \\r\\n counted as 1"),
        ({"astral": 2}, "UTF-16 units, line ends as stored"),
        ({"windows": 1, "astral": 2}, "UTF-16 units, \\r\\n counted as 1"),
    ],
)
def test_the_way_of_counting_is_told_by_the_quotations(tmp_path, widths, way):
    source = coded_text(f'plainTextPath="internal://{guid(20)}.txt"', **widths)
    path = qdpx(
        tmp_path / "p.qdpx", qde(USERS + CODES + f"<Sources>{source}</Sources>"), **{guid(20): TEXT.encode("utf-8-sig")}
    )
    project = read_refi_qda(path)
    assert project.codings["text"].to_list() == [words for words, _, _ in WORK]
    assert project.notes["note"].str.contains(f"counted as {way}: 2 of 2", regex=False).any()


def test_a_byte_order_mark_that_was_counted(tmp_path):
    source = (
        f'<TextSource guid="{guid(20)}" name="M" plainTextPath="internal://m.txt">'
        f"{selection(0, 3, 6, name='new')}{selection(1, 7, 11, name='role')}</TextSource>"
    )
    marked = "A new role.".encode("utf-8-sig")
    project = read_refi_qda(qdpx(tmp_path / "p.qdpx", qde(USERS + CODES + f"<Sources>{source}</Sources>"), m=marked))
    assert project.codings[["start", "text"]].values.tolist() == [[2, "new"], [6, "role"]]


@pytest.mark.parametrize(("origin", "windows"), [("ATLAS.ti", 1), ("NVivo", 2)])
def test_without_quotations_the_origin_decides(tmp_path, origin, windows):
    source = coded_text(f'plainTextPath="internal://{guid(20)}.txt"', windows=windows, quote=False)
    path = qdpx(
        tmp_path / "p.qdpx", qde(USERS + CODES + f"<Sources>{source}</Sources>", origin), **{guid(20): TEXT.encode()}
    )
    assert read_refi_qda(path).codings["text"].to_list() == [words for words, _, _ in WORK]


def test_a_document_without_quotations_is_counted_as_the_others(tmp_path):
    named = coded_text('plainTextPath="internal://a.txt"', windows=1)
    bare = coded_text('plainTextPath="internal://b.txt"', windows=1, quote=False).replace(guid(20), guid(21))
    path = qdpx(
        tmp_path / "p.qdpx", qde(USERS + CODES + f"<Sources>{named}{bare}</Sources>"), a=TEXT.encode(), b=TEXT.encode()
    )
    project = read_refi_qda(path)
    assert project.documents["document"].to_list() == ["Interview 1", "Interview 1 (2)"]
    assert project.codings["text"].to_list() == [words for words, _, _ in WORK] * 2


def test_inline_text_lost_its_carriage_returns_to_xml(tmp_path):
    # the writer counted \r\n as 2, but XML hands every line end on as \n
    source = coded_text("", content=f"<PlainTextContent>{TEXT}</PlainTextContent>")
    project = read_refi_qda(qdpx(tmp_path / "p.qdpx", qde(USERS + CODES + f"<Sources>{source}</Sources>")))
    assert project.codings["text"].to_list() == [words for words, _, _ in WORK]


def test_names_that_quote_nothing_decide_nothing(tmp_path):
    inner = selection(0, 2, 5, name="Selection 1") + selection(1, 6, 10, name="A very long quotation of something else")
    project = read_refi_qda(qdpx(tmp_path / "p.qdpx", one_text(inner)))
    assert project.codings["text"].to_list() == ["new", "role"]


def test_a_shortened_quotation_counts(tmp_path):
    text = "x\r\n" + "a long sentence about the boundary of a role"
    source = (
        f'<TextSource guid="{guid(20)}" name="M" plainTextPath="internal://m.txt">'
        + selection(0, 2, 2 + 44, name="a long sentence …")
        + "</TextSource>"
    )
    path = qdpx(tmp_path / "p.qdpx", qde(USERS + CODES + f"<Sources>{source}</Sources>"), m=text.encode())
    assert read_refi_qda(path).codings["text"].to_list() == [text[3:]]


# Single traps --------------------------------------------------------------------------------------------------------------


def test_broken_codings_are_left_behind_and_told(tmp_path):
    def coding(n: int, reference: str) -> str:
        return f'<Coding guid="{guid(400 + n)}">{reference}</Coding>'

    inner = (
        selection(0, 2, 5)
        + selection(1, 5, 999)
        + selection(2, 5, 2)
        + selection(3, -1, 2)
        + selection(4, "two", 5)
        + selection(5, 2, 5, coding(5, f'<CodeRef targetGUID="{guid(99)}"/>'))
        + selection(6, 2, 5, coding(6, ""))
        + f'<PlainTextSelection guid="{guid(307)}" startPosition="0" endPosition="1"/>'
    )
    project = read_refi_qda(qdpx(tmp_path / "p.qdpx", one_text(inner)))
    assert project.codings["text"].to_list() == ["new"]
    assert lost(project) == {
        "coding whose positions lie outside the text or end before they start": 3,
        "coding of an extract whose positions are not whole numbers": 1,
        "coding with a code that isn't in the codebook": 1,
        "coding that names no code": 1,
        "extract without a code": 1,
    }
    assert set(project.left_behind["where"]) == {"Memo"}


def test_coders_come_from_codings_and_strangers_keep_their_guid(tmp_path):
    code = f'<CodeRef targetGUID="{guid(11)}"/>'
    inner = (
        f'<PlainTextSelection guid="{guid(300)}" startPosition="2" endPosition="5" creatingUser="{guid(1)}" '
        f'creationDateTime="2024-01-01T00:00:00Z"><Coding guid="{guid(400)}" creatingUser="{guid(2)}">{code}</Coding>'
        f'<Coding guid="{guid(401)}">{code}</Coding><Coding guid="{guid(401)}" creatingUser="{guid(9)}">{code}</Coding>'
        f'</PlainTextSelection><Coding guid="{guid(402)}">{code}</Coding>'
    )
    project = read_refi_qda(qdpx(tmp_path / "p.qdpx", one_text(inner)))
    assert project.codings["coder"].fillna("").to_list() == ["Ben", "Ana", guid(9), ""]
    assert project.codings["coded_at"].fillna("").to_list() == ["2024-01-01T00:00:00Z"] * 3 + [""]
    assert project.codings["guid"].is_unique
    whole = project.codings.iloc[3]
    assert whole[["start", "end", "text"]].isna().all()
    assert project.users["user"].to_list() == ["Ana", "Ben", guid(9)]


def test_codes_with_one_name_stay_apart(tmp_path):
    codes = (
        f'<CodeBook><Codes><Code guid="{guid(1)}" name="a/b" isCodable="true"><Code guid="{guid(2)}" name="c" isCodable="True"/>'
        f'</Code><Code guid="{guid(3)}" name="a"><Code guid="{guid(4)}" name="b"><Code guid="{guid(5)}" name="c" '
        f'isCodable="0" color="red"/></Code></Code><Code guid="{guid(6)}" name="a" isCodable="true"/></Codes></CodeBook>'
    )
    project = read_refi_qda(qdpx(tmp_path / "p.qdpx", qde(codes)))
    assert project.codes["code"].to_list() == ["a\\/b", "a\\/b/c", "a", "a/b", "a/b/c", "a (2)"]
    assert project.codes["codable"].to_list() == [True, True, True, True, False, True]
    assert project.codes["name"].to_list() == ["a/b", "c", "a", "b", "c", "a"]
    assert lost(project) == {"colour not written as #RRGGBB": 1}


def test_pdfs_pictures_and_recordings_keep_the_codings_of_their_text(tmp_path):
    coding = f'<Coding guid="{{n}}" creatingUser="{guid(1)}"><CodeRef targetGUID="{guid(11)}"/></Coding>'
    marked = [coding.replace("{n}", guid(500 + n)) for n in range(7)]
    region = 'firstX="0" firstY="0" secondX="1" secondY="1"'
    sources = (
        f'<PDFSource guid="{guid(20)}" name="Policy" path="internal://x.pdf"><PDFSelection guid="{guid(30)}" page="1" {region}>'
        f'{marked[0]}</PDFSelection><Representation guid="{guid(21)}" plainTextPath="internal://p.txt">'
        f"{selection(1, 2, 5, marked[1])}</Representation></PDFSource>"
        f'<AudioSource guid="{guid(22)}" name="Talk"><Transcript guid="{guid(23)}" plainTextPath="internal://p.txt">'
        f'<SyncPoint guid="{guid(31)}" timeStamp="0" position="2"/><SyncPoint guid="{guid(32)}" timeStamp="9" position="5"/>'
        f'<SyncPoint guid="{guid(33)}" timeStamp="12"/>'
        f'<TranscriptSelection guid="{guid(34)}" fromSyncPoint="{guid(31)}" toSyncPoint="{guid(32)}">{marked[2]}'
        f'</TranscriptSelection><TranscriptSelection guid="{guid(35)}" fromSyncPoint="{guid(33)}">{marked[3]}'
        f'</TranscriptSelection></Transcript><Transcript guid="{guid(24)}" name="Translation">'
        f"<PlainTextContent>Une autre</PlainTextContent></Transcript>"
        f'<AudioSelection guid="{guid(36)}" begin="0" end="9">{marked[4]}</AudioSelection>{marked[5]}</AudioSource>'
        f'<TextSource guid="{guid(25)}" name="Letter" richTextPath="internal://l.docx"/>'
    )
    notes = (
        f'<Notes><Note guid="{guid(40)}" name="n"><PlainTextContent>Hm</PlainTextContent></Note></Notes>'
        f'<Links><Link guid="{guid(41)}" originGUID="{guid(34)}" targetGUID="{guid(40)}"/></Links>'
        f'<Graphs><Graph guid="{guid(42)}"><Vertex guid="{guid(43)}" firstX="0" firstY="0"/></Graph></Graphs><Odd/>'
    )
    path = qdpx(tmp_path / "p.qdpx", qde(f"{USERS}{CODES}<Sources>{sources}</Sources>{notes}"), p=b"A new role.")
    project = read_refi_qda(path)
    assert project.codings[["document", "text"]].fillna("whole").values.tolist() == [
        ["Policy", "new"],
        ["Talk", "new"],
        ["Talk", "whole"],
    ]
    assert project.documents[["document", "kind"]].values.tolist() == [
        *(["Policy", "pdf"], ["Talk", "audio"], ["Translation", "transcript"], ["Letter", "text"]),
    ]
    assert lost(project) == {
        "coding of a region of a page": 1,
        "coding of a stretch of sound": 1,
        "coding of a stretch of time without positions in the transcript": 1,
        "document without plain text (only rich text or none)": 1,
        "element <Odd>, which the standard doesn't have": 1,
        "formatted version of a text": 1,
        "graph or map": 1,
        "link between items (NVivo's annotations are links from an extract to a memo)": 1,
        "media file": 1,
        "memo": 1,
        "time of a point in a transcript": 3,
    }
    assert write_refi_qda(project, tmp_path / "again.qdpx").empty
    again = read_refi_qda(tmp_path / "again.qdpx")
    assert_same(project, again)
    check_schema(tmp_path / "again.qdpx")


def test_texts_that_cant_be_read_are_told(tmp_path):
    sources = "".join(
        f'<TextSource guid="{guid(20 + n)}" name="T{n}" plainTextPath="{place}">{selection(n, 0, 3)}</TextSource>'
        for n, place in enumerate(["relative:///t.txt", "internal://gone.txt", "internal://latin.txt", "wide.txt"])
    )
    project = read_refi_qda(
        qdpx(
            tmp_path / "p.qdpx",
            qde(USERS + CODES + f"<Sources>{sources}</Sources>"),
            latin=b"caf\xe9",
            wide="né!".encode("utf-16"),
        )
    )
    assert set(lost(project)) == {
        *(
            "text kept outside the project file",
            "text whose file is missing from the archive",
            "text that is not UTF-8",
        ),
    }
    assert project.documents["text"].fillna("").to_list() == ["", "", "", "né!"]
    assert project.codings["text"].fillna("").to_list() == ["", "", "", "né!"]


# Round trip ----------------------------------------------------------------------------------------------------------------

# The children of each element in the order of Project.xsd 1.0 of the REFI-QDA standard, and the attributes it must have
ORDER = {
    "Project": [
        "Users",
        "CodeBook",
        "Variables",
        "Cases",
        "Sources",
        "Notes",
        "Links",
        "Sets",
        "Graphs",
        "Description",
        "NoteRef",
    ],
    "Code": ["Description", "NoteRef", "Code"],
    "Case": ["Description", "CodeRef", "VariableValue", "SourceRef", "SelectionRef"],
    "Variable": ["Description"],
    "VariableValue": [
        *("VariableRef", "TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue"),
    ],
    "TextSource": ["Description", "PlainTextContent", "PlainTextSelection", "Coding", "NoteRef", "VariableValue"],
    "Representation": ["Description", "PlainTextContent", "PlainTextSelection", "Coding", "NoteRef", "VariableValue"],
    "TextDescription": ["Description", "PlainTextContent", "PlainTextSelection", "Coding", "NoteRef", "VariableValue"],
    "PDFSource": ["Description", "PDFSelection", "Representation", "Coding", "NoteRef", "VariableValue"],
    "PictureSource": ["Description", "TextDescription", "PictureSelection", "Coding", "NoteRef", "VariableValue"],
    "AudioSource": ["Description", "Transcript", "AudioSelection", "Coding", "NoteRef", "VariableValue"],
    "VideoSource": ["Description", "Transcript", "VideoSelection", "Coding", "NoteRef", "VariableValue"],
    "Transcript": ["Description", "PlainTextContent", "SyncPoint", "TranscriptSelection", "NoteRef"],
    "PlainTextSelection": ["Description", "Coding", "NoteRef"],
    "TranscriptSelection": ["Description", "Coding", "NoteRef"],
    "Coding": ["CodeRef", "NoteRef"],
    "Set": ["Description", "MemberCode", "MemberSource", "MemberNote"],
    "Users": ["User"],
    "CodeBook": ["Codes"],
    "Codes": ["Code"],
    "Variables": ["Variable"],
    "Cases": ["Case"],
    "Sets": ["Set"],
    "Sources": [],
}
NEVER_EMPTY = {"Users", "CodeBook", "Codes", "Variables", "Cases", "Sources", "Sets", "Coding", "VariableValue"}
REQUIRED = {
    "User": {"guid"},
    "Code": {"guid", "name", "isCodable"},
    "Variable": {"guid", "name", "typeOfVariable"},
    "Case": {"guid"},
    "Coding": {"guid"},
    "Set": {"guid", "name"},
    "SyncPoint": {"guid"},
    "Project": {"name"},
    "PlainTextSelection": {"guid", "startPosition", "endPosition"},
}
SPACE = "{urn:QDA-XML:project:1.0}"


def check_schema(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        root = ElementTree.fromstring(archive.read("project.qde"))
        for element in root.iter():
            tag = element.tag.removeprefix(SPACE)
            assert element.tag.startswith(SPACE)
            places = [ORDER.get(tag, []).index(c.tag.removeprefix(SPACE)) for c in element if tag != "Sources"]
            assert places == sorted(places), tag
            assert len(element) or tag not in NEVER_EMPTY
            assert REQUIRED.get(tag, set()) <= set(element.attrib), tag
            for key, value in element.attrib.items():
                if key.lower().endswith("guid") or key in {"creatingUser", "fromSyncPoint", "toSyncPoint"}:
                    assert len(value) == 36, (tag, key, value)
            if tag == "Code":
                assert element.get("isCodable") in {"true", "false"}
            if element.get("plainTextPath"):
                archive.getinfo("sources/" + element.get("plainTextPath").removeprefix("internal://"))


@pytest.mark.parametrize(
    "file", ["qdpx/roles_basic/input.qdpx", "qdpx/roles_bom_capital/input.qdpx", "refi_qda/ex_project.qdpx"]
)
def test_read_write_read_gives_the_same_project(reference, tmp_path, file):
    first = read_refi_qda(reference / file)
    assert write_refi_qda(first, tmp_path / "again.qdpx").empty
    second = read_refi_qda(tmp_path / "again.qdpx")
    assert_same(first, second)
    check_schema(tmp_path / "again.qdpx")
    content = (tmp_path / "again.qdpx").read_bytes()
    write_refi_qda(second, tmp_path / "again.qdpx")
    assert (tmp_path / "again.qdpx").read_bytes() == content, "the same project makes the same bytes"


odd = st.text(
    st.one_of(st.sampled_from("ab /\\\r\n\t🙂e\u0301\ufeff…<&\"'\u2028𝒳"), st.characters(exclude_categories=["Cs"])),
    max_size=12,
)
names = st.text(st.sampled_from("ab/\\ é🙂e\u0301&<\"'\n."), min_size=1, max_size=5)


@st.composite
def projects(draw):
    code_names = draw(st.lists(names, min_size=1, max_size=5))
    paths: list[list[str]] = []
    for name in code_names:
        path = [*draw(st.sampled_from([[], *paths])), name]
        if path not in paths:
            paths.append(path)
    documents, codings = [], []
    for n, name in enumerate(draw(st.lists(names, min_size=1, max_size=3, unique=True))):
        text = draw(odd)
        documents.append({"document": name, "name": name, "guid": guid(n), "kind": "text", "text": text})
        for k in range(draw(st.integers(0, 3))):
            ends = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
            codings.append(
                {"document": name, "start": ends[0], "end": ends[1], "code": code_path(draw(st.sampled_from(paths)))}
                | {"coder": draw(st.sampled_from(["Ana", "Ben", None])), "value": 1.0, "guid": guid(100 + 10 * n + k)}
                | {"text": text[slice(*ends)], "selection": guid(1000 + 10 * n + k)}
            )
    codes = sorted((path for path in paths), key=lambda path: [paths.index(path[: d + 1]) for d in range(len(path))])
    return build_project(
        "odd",
        "",
        {
            "codes": [
                {"code": code_path(p), "name": p[-1], "guid": guid(5000 + paths.index(p)), "codable": True}
                | {"parent": code_path(p[:-1]) if p[1:] else None}
                for p in codes
            ],
            "documents": documents,
            "codings": codings,
            "users": [{"user": u, "name": u, "guid": guid(9000 + n)} for n, u in enumerate(["Ana", "Ben"])],
            "cases": [{"case": "c", "guid": guid(8000)}],
            "case_sources": [{"case": "c", "document": documents[0]["document"]}],
            "sets": [{"set": "s", "guid": guid(8001), "kind": "code", "member": code_path(codes[0])}],
        },
    )


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(projects())
def test_any_text_and_any_name_survive_the_round_trip(tmp_path_factory, project):
    path = tmp_path_factory.getbasetemp() / "odd.qdpx"
    assert write_refi_qda(project, path).empty
    assert_same(project, read_refi_qda(path))


def test_a_blank_at_the_end_of_a_quotation_tells_how_positions_were_counted():
    # five code points, or four by UTF-16 units; the name quotes the blank as well
    assert choose_way("000𐀀 ", [Selection(0, 5, "000𐀀 ")]) == ("code points, line ends as stored", 1)


@given(st.lists(names, min_size=1, max_size=4))
def test_a_path_can_be_taken_apart(parts):
    assert split_code_path(code_path(parts)) == parts


def test_tables_without_guids_can_be_written(tmp_path):
    rows = {
        "documents": [{"document": "Memo", "text": "A new role.", "kind": "text"}],
        "codings": [
            {
                "document": "Memo",
                "start": 2,
                "end": 5,
                "code": "age/new",
                "coder": "Ana",
                "value": 1.0,
                "coded_at": "yesterday",
            },
            {"document": "Memo", "start": 2, "end": 5, "code": "age/old", "coder": "Ana", "value": 0.0},
        ],
        "variables": [{"variable": "n", "type": "Integer"}],
        "cases": [{"case": "P1", "variable": "n", "value": v} for v in ("7", "many")],
    }
    told = write_refi_qda(build_project("p", "", rows), tmp_path / "p.qdpx")
    assert told["what"].to_list() == [
        "decision that a code does not apply",
        "date of a coding that isn't a date and time",
    ]
    project = read_refi_qda(tmp_path / "p.qdpx")
    assert project.codes["code"].to_list() == ["age", "age/new"]
    assert project.codings[["code", "coder", "text"]].values.tolist() == [["age/new", "Ana", "new"]]
    with zipfile.ZipFile(tmp_path / "p.qdpx") as archive:
        written = archive.read("project.qde").decode()
    assert "<IntegerValue>7</IntegerValue>" in written
    assert "<TextValue>many</TextValue>" in written, "a value that isn't of its type would be invalid"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"codings": [{"document": "Memo", "start": 2, "end": 99, "code": "c"}]}, "from 2 to 99, but the text has 11"),
        ({"codings": [{"document": "Gone", "start": 2, "end": 3, "code": "c"}]}, "the document 'Gone'"),
        ({"codes": [{"code": "c\x01", "name": "c\x01"}]}, "U+0001"),
        ({"codes": [{"code": "/".join("c" * 300)}]}, "nested more than"),
        ({"documents": [{"document": "Memo"}] * 2}, "'Memo' stands twice"),
        ({"sets": [{"set": "s", "kind": "code", "member": "Gone"}]}, "the code 'Gone'"),
    ],
)
def test_what_cant_be_written_is_refused_and_the_old_file_stays(tmp_path, rows, words):
    rows = {"documents": [{"document": "Memo", "text": "A new role."}]} | rows
    (tmp_path / "p.qdpx").write_text("old")
    with pytest.raises(InputError, match=words.replace("+", "\\+")):
        write_refi_qda(build_project("p", "", rows), tmp_path / "p.qdpx")
    assert (tmp_path / "p.qdpx").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["p.qdpx"]


# Codebooks -----------------------------------------------------------------------------------------------------------------


def test_the_reference_codebook_is_read(reference):
    book = read_refi_codebook(reference / "refi_qda/ex.qdc")
    assert book.codes["code"].to_list() == ["Skill-mix change", "Skill-mix change/Delegation"]
    assert book.codes["codable"].to_list() == [False, True]
    assert book.codes["color"].fillna("").to_list() == ["", "#0072B2"]
    assert book.sets[["set", "member"]].values.tolist() == [["Phase 2", "Skill-mix change/Delegation"]]
    assert book.left_behind.empty


def test_a_codebook_survives_the_round_trip(reference, tmp_path):
    first = read_refi_codebook(reference / "refi_qda/ex.qdc")
    write_refi_codebook(first, tmp_path / "again.qdc")
    second = read_refi_codebook(tmp_path / "again.qdc")
    pd.testing.assert_frame_equal(first.codes, second.codes)
    pd.testing.assert_frame_equal(first.sets, second.sets)
    assert '<MemberCode guid="' in (tmp_path / "again.qdc").read_text(), (
        "a .qdc names members by guid, a .qde by targetGUID"
    )


def test_a_shipped_codebook_goes_out_and_comes_back(tmp_path):
    book = load_codebook("rationale")
    write_refi_codebook(book, tmp_path / "rationale.qdc")
    back = read_refi_codebook(tmp_path / "rationale.qdc")
    pd.testing.assert_frame_equal(back.codes, codes_of_codebook(book))
    columns = ["id", "name", "definition", "include", "exclude", "example", "parent"]
    restored = codebook_table(back.codes, book).set_index("id").loc[book.ids].reset_index()[columns]
    pd.testing.assert_frame_equal(restored, book.codes[columns].apply(lambda c: c.str.strip()), check_dtype=False)
    ids = codebook_table(back.codes)["id"]
    assert ids.is_unique
    assert ids.str.fullmatch(r"\w+").all(), "without the codebook the ids come from the names"


def test_codes_of_a_tool_that_share_a_name_get_ids_of_their_own():
    table = codebook_table(
        build_project(
            "", "", {"codes": [{"code": "a/x", "name": "X", "guid": "1"}, {"code": "b", "name": "x", "guid": "2"}]}
        ).codes
    )
    assert table["id"].to_list() == ["x", "x_2"]


def test_an_empty_codebook_isnt_written(tmp_path):
    with pytest.raises(InputError, match="at least one"):
        write_refi_codebook(pd.DataFrame({"code": []}), tmp_path / "none.qdc")


def test_each_reader_names_the_other(reference, tmp_path):
    with pytest.raises(InputError, match="use read_refi_qda"):
        read_refi_codebook(reference / "refi_qda/ex_project.qde")
    (tmp_path / "c.qde").write_bytes((reference / "refi_qda/ex.qdc").read_bytes())
    with pytest.raises(InputError, match="use read_refi_codebook"):
        read_refi_qda(tmp_path / "c.qde")


# To the tables of a study --------------------------------------------------------------------------------------------------


def sheet_project(*rows: tuple) -> object:
    columns = ["document", "start", "end", "code", "coder", "value", "coded_at"]
    codings = [dict(zip(columns, row, strict=False)) for row in rows]
    codes = [{"code": c, "name": split_code_path(c)[-1], "guid": c} for c in dict.fromkeys(r[3] for r in rows)]
    documents = [{"document": d} for d in dict.fromkeys(r[0] for r in rows)]
    return build_project("p", "", {"codes": codes, "documents": documents, "codings": codings})


def test_codes_are_mapped_by_id_name_or_by_hand_and_the_rest_is_reported(tiny_study):
    book = load_codebook(tiny_study / "own_forms.yml")
    project = sheet_project(
        ("d", 5, 9, "COLLABORATIVE", "Zoe", 1.0, "2024-05-01T10:00:00"),
        ("d", 5, 9, "tone/warm", "Zoe", 1.0, None),
        ("d", 5, 9, "fight", "Amy", 1.0, None),
        ("d", None, None, "fight", "Amy", 0.0, None),
        ("d", 0, 3, "colaborative", "Amy", 1.0, None),
        ("d", 0, 3, "Competitive", None, 1.0, None),
    )
    made = to_codings(project, book, {"fight": "competitive", "warm": None})
    assert made.codings[["unit", "coder", "code", "value"]].values.tolist() == [
        ["s1", "coder_1", "competitive", 0.0],
        ["s2", "coder_1", "competitive", 1.0],
        ["s2", "coder_2", "collaborative", 1.0],
    ]
    assert made.codings["coded_on"].fillna("").to_list() == ["", "", "2024-05-01"]
    assert made.coders.values.tolist() == [["coder_1", "Amy"], ["coder_2", "Zoe"]]
    assert made.unmapped.fillna("").values.tolist() == [
        ["tone/warm", 1, "left out by the mapping", ""],
        ["colaborative", 1, "no code of own_forms has this id or name", "collaborative"],
        ["Competitive", 1, "the tool doesn't say who coded", ""],
    ]


def test_two_codes_that_map_to_one_count_once(tiny_study):
    book = load_codebook(tiny_study / "own_forms.yml")
    project = sheet_project(("d", 0, 1, "a", "Amy", 0.0), ("d", 0, 1, "b", "Amy", 1.0))
    made = to_codings(project, book, {"a": "competitive", "b": "competitive"})
    assert made.codings[["code", "value"]].values.tolist() == [["competitive", 1.0]]


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"mapping": {"a": "competetive"}}, "Did you mean 'competitive'"),
        ({"mapping": {"z": "competitive"}}, "isn't a code of the project"),
        ({"mapping": {"x": "competitive"}}, "several codes"),
        ({"coders": {}}, "Amy"),
        ({"method": "letter"}, "no method 'letter'"),
        ({"method": {}}, "'d' has no method"),
    ],
)
def test_wrong_choices_are_named(tiny_study, choices, words):
    book = load_codebook(tiny_study / "own_forms.yml")
    project = sheet_project(*(("d", 0, 1, code, "Amy", 1.0) for code in ("a", "b/x", "c/x", "competitive")))
    with pytest.raises(InputError, match=words):
        to_codings(project, book, **choices)


def test_codes_that_went_out_as_our_codebook_are_known_again_by_guid(tiny_study, tmp_path):
    book = load_codebook(tiny_study / "own_forms.yml")
    codes = codes_of_codebook(book).assign(name=["Working together", "Fighting"])
    rows = {"codes": codes.to_dict("records"), "documents": [{"document": "d"}]}
    rows["codings"] = [{"document": "d", "code": codes["code"][0], "coder": "Amy", "value": 1.0}]
    assert to_codings(build_project("p", "", rows), book).codings["code"].to_list() == ["collaborative"]


# Spreadsheets --------------------------------------------------------------------------------------------------------------


def sheet(tmp_path: Path, text: str) -> Path:
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    return tmp_path / "s.csv"


def test_wide_by_coder_an_empty_cell_is_not_coded(tmp_path):
    project = read_codings_csv(sheet(tmp_path, "unit\tAna\tBen\nu1\trole; task ;role\tnone\nu2\t\ttask\n"))
    assert project.codings[["document", "coder", "code", "value"]].values.tolist() == [
        ["u1", "Ana", "role", 1.0],
        ["u1", "Ana", "task", 1.0],
        ["u1", "Ben", "none", 1.0],
        ["u2", "Ben", "task", 1.0],
    ]
    assert project.codings["start"].isna().all()


def test_wide_by_code_zero_is_a_decision_and_empty_is_none(tmp_path):
    project = read_codings_csv(sheet(tmp_path, "unit,coder,role,task/given,never\nu1,Ana,1,0,\nu2,Ben,x,,\n"))
    assert project.codings[["document", "coder", "code", "value"]].values.tolist() == [
        ["u1", "Ana", "role", 1.0],
        ["u1", "Ana", "task/given", 0.0],
        ["u2", "Ben", "role", 1.0],
    ]
    assert project.codes["code"].to_list() == ["role", "task", "task/given", "never"], (
        "a code nobody gave is still a code"
    )


def test_ratings_of_coders_need_the_layout_said(tmp_path):
    path = sheet(tmp_path, "unit,Ana,Ben\nu1,1,0\n")
    assert read_codings_csv(path, coder="Cy").codings["code"].to_list() == ["Ana", "Ben"]
    assert read_codings_csv(path, layout="coders").codings[["coder", "code"]].values.tolist() == [
        ["Ana", "1"],
        ["Ben", "0"],
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no codings"),
        ("unit,code\n", "holds no codings"),
        ("code,coder\nrole,Ana\n", "document"),
        ("unit,code\nu1,\n", "row 2: each row needs"),
        ("document,start,end,code\nd,3,2,role\n", "row 2: start '3' and end '2'"),
        ("document,start,end,code\nd,3.5,4,role\n", "row 2, column start"),
        ("document,start,end,code\nd,3,,role\n", "make no extract"),
        ("unit,code,value\nu,role,maybe\n", "'maybe' is no number"),
        ("unit,code,code\nu,a,b\n", "given twice"),
        ("unit,code\nu,a,b\n", "row 2: 3 cells"),
        ("unit\nu\n", "a column for each coder"),
        (b"unit,code\nu,caf\xe9\n", "CSV UTF-8"),
    ],
)
def test_a_bad_sheet_is_refused_with_its_row(tmp_path, text, words):
    (tmp_path / "s.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=words):
        read_codings_csv(tmp_path / "s.csv")


# QualCoder -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("astral", [1, 2])
def test_an_old_qualcoder_project(tmp_path, astral):
    project = read_qualcoder(qualcoder(tmp_path / "study.qda", new=False, astral=astral))
    assert project.name == "study"
    assert project.codes[["code", "codable"]].values.tolist() == [
        *(["forms", False], ["forms/good", False], ["forms/good/Collaborative", True], ["forms/Competitive", True]),
    ]
    found = project.codings.sort_values(["start", "coder"])
    assert found[["code", "coder", "text"]].values.tolist() == [
        ["forms/good/Collaborative", "Ana", "We share the work."],
        ["forms/good/Collaborative", "Ben", "We share the work."],
        ["forms/Competitive", "Ana", "They guard it."],
        ["forms/good/Collaborative", "Ben", "They guard it."],
    ]
    assert set(found["coded_at"]) == {"2024-05-01T10:20:30"}
    assert project.documents["kind"].to_list() == ["text", "audio", "pdf"]
    assert project.cases[["case", "variable", "value"]].values.tolist() == [["P1", "region", "London"]]
    assert project.case_sources.values.tolist() == [["P1", "Interview 1"]]
    assert project.document_variables.values.tolist() == [["Interview 1", "year", "2024"]]
    assert lost(project) == {
        "annotation": 1,
        "coding of a document that isn't in the project": 1,
        "coding of a region of a picture or page": 1,
        "coding whose positions lie outside the text": 1,
        "coding with a code that isn't in the project": 1,
        "media file": 2,
        "stretch of a document attached to a case": 1,
    }
    assert project.notes["note"].str.contains("UTF-16").any() == (astral == 2)


def test_a_new_qualcoder_project_from_its_database_file(tmp_path):
    project = read_qualcoder(qualcoder(tmp_path / "study.qda", new=True) / "data.qda")
    assert project.name == "study"
    assert "forms/good/Collaborative/sharing" in project.codes["code"].to_list(), (
        "since v17 a code can stand under a code"
    )
    assert project.users["user"].to_list() == ["Ana", "Ben", "Cy"]
    assert lost(project)["journal entry"] == 1
    assert lost(project)["mark that a coding is important"] == 1
    write_refi_qda(project, tmp_path / "out.qdpx")
    assert_same(project, read_refi_qda(tmp_path / "out.qdpx"))
    check_schema(tmp_path / "out.qdpx")


# Taguette ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["highlight_id", "id"])
def test_a_taguette_project(tmp_path, key):
    project = read_taguette(taguette(tmp_path / "t.sqlite3", key), project="roles")
    assert project.documents["text"].to_list() == [PLAIN]
    assert project.codes["code"].to_list() == ["forms", "forms/shared", "vs. them"]
    assert project.codings[["code", "coder", "text", "start"]].values.tolist() == [
        ["forms/shared", "ana", "new\nrole 🙂", 7],
        ["vs. them", "ben", "new\nrole 🙂", 7],
        ["forms", "ben", "We share.", 17],
    ]
    assert project.codings["coded_at"][0] == "2024-05-01T10:00:00.000000"
    assert lost(project) == {
        "coding whose positions lie outside the text or inside a character": 1,
        "description of the project": 1,
        "extract without a code": 1,
        "formatted version of a text": 1,
    }
    assert project.notes["note"].to_list() == ["only 3 of 4 extracts equal the snippets that Taguette keeps"]
    write_refi_qda(project, tmp_path / "out.qdpx")
    assert_same(project, read_refi_qda(tmp_path / "out.qdpx"))


def test_a_later_taguette_gives_tags_a_parent(tmp_path):
    path = taguette(tmp_path / "t.sqlite3")
    database = sqlite3.connect(path)
    database.executescript("alter table tags add column parent_id integer; update tags set parent_id = 1 where id = 3")
    database.close()
    assert read_taguette(path, 1).codes["code"].to_list() == ["forms", "forms/shared", "forms/vs. them"]


def test_several_taguette_projects_are_listed(tmp_path):
    path = taguette(tmp_path / "t.sqlite3")
    with pytest.raises(InputError, match="1: 'roles', 2: 'other'"):
        read_taguette(path)
    assert read_taguette(path, 2).codings.empty


# Databases that aren't -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_qualcoder, read_taguette])
def test_what_is_no_project_database_is_refused(tmp_path, read):
    path = tmp_path / "data.qda"
    with pytest.raises(InputError, match="no QualCoder project|can't be read"):
        read(path)
    path.write_bytes(b"hello")
    with pytest.raises(InputError, match="not an SQLite database"):
        read(path)
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(InputError, match="damaged"):
        read(path)
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("create table other (x)")
    database.execute(
        "create view code_name as with recursive n(i) as (select 1 union all select i from n) select i from n"
    )
    database.commit()
    database.close()
    with pytest.raises(InputError, match="has no table.*It has: other"):
        read(path)


def test_an_open_or_older_database_is_refused_and_nothing_is_written(tmp_path):
    folder = qualcoder(tmp_path / "study.qda", new=False)
    before = (folder / "data.qda").read_bytes()
    read_qualcoder(folder)
    assert [p.name for p in folder.iterdir()] == ["data.qda"]
    assert (folder / "data.qda").read_bytes() == before
    (folder / "data.qda-wal").write_bytes(b"x")
    with pytest.raises(InputError, match="Close the project in QualCoder"):
        read_qualcoder(folder)
    (folder / "data.qda-wal").unlink()
    database = sqlite3.connect(folder / "data.qda")
    database.executescript("alter table code_text drop column owner")
    database.close()
    with pytest.raises(InputError, match="no column owner"):
        read_qualcoder(folder)


def test_codes_in_a_circle_end(tmp_path):
    folder = qualcoder(tmp_path / "study.qda", new=False)
    database = sqlite3.connect(folder / "data.qda")
    database.executescript("update code_cat set supercatid = 2 where catid = 1")
    database.close()
    project = read_qualcoder(folder)
    assert len(project.codes) == 4
    assert len(project.codings) == 4
    assert project.notes["note"].str.contains("its own ancestor").any()


# Hostile archives ----------------------------------------------------------------------------------------------------------


def refused(path: Path, words: str, seconds: float = 10.0) -> None:
    """Refused with these words, within bounded time and memory."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        with pytest.raises(InputError, match=words):
            read_refi_qda(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < seconds
    assert peak < 50e6


def members(path: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return path


GOOD = ("project.qde", qde("").encode())


@pytest.mark.parametrize(
    "name", ["../evil.txt", "sources/../../evil.txt", "/etc/evil", "C:\\evil.txt", "..\\evil.txt", "\\\\host\\evil"]
)
def test_names_that_point_outside_are_refused(tmp_path, name):
    refused(members(tmp_path / "p.qdpx", GOOD, (name, b"x")), "points outside the archive")
    assert [p.name for p in tmp_path.iterdir()] == ["p.qdpx"]


@pytest.mark.parametrize("member", ["project.qde", "sources/a.txt"])
def test_a_zip_bomb_is_refused_by_its_declared_size(tmp_path, member):
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        if member != GOOD[0]:
            archive.writestr(*GOOD)
        archive.writestr(member, bytes(100 << 20))
    refused(path, "zip bomb")


def test_a_zip_bomb_that_lies_about_its_size_is_stopped(tmp_path):
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("project.qde", b" " * (100 << 20))
    content = bytearray(path.read_bytes())
    size = (100 << 20).to_bytes(4, "little")
    assert content.count(size) >= 1
    path.write_bytes(bytes(content).replace(size, (1000).to_bytes(4, "little")))
    refused(path, "can't be unpacked")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_document_type_is_refused_in_any_encoding(tmp_path, encoding):
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    declared = "utf-16" if encoding != "utf-8" else "utf-8"
    xml = f'<?xml version="1.0" encoding="{declared}"?><!DOCTYPE Project [{entities}]><Project name="&e11;"/>'
    content = xml.encode(encoding)
    if encoding == "utf-16-be":
        content = b"\xfe\xff" + content
    refused(qdpx(tmp_path / "p.qdpx", content), "document type declaration")


def test_an_external_entity_reads_no_file(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    address = (tmp_path / "secret.txt").as_uri()
    xml = f'<!DOCTYPE Project [<!ENTITY s SYSTEM "{address}">]><Project name="x">&s;</Project>'
    refused(qdpx(tmp_path / "p.qdpx", xml), "document type declaration")


@pytest.mark.parametrize("depth", [MAX_DEPTH, 10_000, 100_000])
def test_codes_nested_without_end_are_refused(tmp_path, depth):
    opening = f'<Code guid="{guid(1)}" name="c" isCodable="true">'
    xml = qde(f"<CodeBook><Codes>{opening * depth}{'</Code>' * depth}</Codes></CodeBook>")
    refused(qdpx(tmp_path / "p.qdpx", xml), "nested more than|zip bomb")


def test_deep_but_honest_codes_are_read_and_written(tmp_path):
    path = code_path([f"level {n}" for n in range(150)])
    rows = {"documents": [{"document": "d"}], "codings": [{"document": "d", "code": path, "value": 1.0}]}
    write_refi_qda(build_project("deep", "", rows), tmp_path / "p.qdpx")
    assert read_refi_qda(tmp_path / "p.qdpx").codings["code"].to_list() == [path]


def test_a_small_file_that_swells_is_refused(tmp_path):
    # every coding repeats the whole text, or a long name: gigabytes from a small archive
    inner = "".join(selection(n, 0, 1_000_000) for n in range(1_000))
    path = qdpx(tmp_path / "p.qdpx", one_text(inner, "word " * 200_000))
    assert path.stat().st_size < 100_000
    refused(path, "extracts of this project add up")
    inner = "".join(selection(n, 0, 1) for n in range(1_000))
    refused(qdpx(path, one_text(inner).replace("Collaborative", "C" * 1_000_000)), "add up to more than")


def flagged(path: Path, flag: int) -> Path:
    """The archive with a flag set on each member in both of its directories."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= flag
            at = content.find(mark, at + 1)
    path.write_bytes(content)
    return path


def test_what_is_no_archive_or_no_project_is_refused(tmp_path):
    path = tmp_path / "p.qdpx"
    refused(path, "There is no file")
    path.write_bytes(b"hello")
    refused(path, "not a whole ZIP archive")
    whole = members(path, GOOD, ("sources/a.txt", bytes(range(256)) * 40)).read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:cut])
        refused(path, "not a whole ZIP archive")
    refused(members(path, ("sources/a.txt", b"x")), "holds no project file")
    refused(members(path, GOOD, ("other.qde", GOOD[1])), "2 project files")
    refused(flagged(members(path, GOOD), 1), "encrypted")
    refused(members(path, ("project.qde", b"<Project><Users></Project>")), "not well-formed")
    refused(members(path, ("project.qde", b"<html/>")), "outermost element is <html>")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(*GOOD)
    refused(path, "compressed in a way")
    with pytest.warns(UserWarning, match="Duplicate name"):
        members(path, GOOD, GOOD)
    refused(path, "two files called")
    damaged = bytearray(members(path, GOOD).read_bytes())
    damaged[45:60] = bytes(15)
    path.write_bytes(damaged)
    refused(path, "can't be unpacked")


def test_leftovers_of_macos_are_no_second_project(tmp_path):
    path = members(tmp_path / "p.qdpx", GOOD, ("__MACOSX/._project.qde", b"x"), ("._project.qde", b"x"))
    assert read_refi_qda(path).name == "demo"


@pytest.mark.parametrize(
    ("inner", "what"),
    [
        (
            f'<Variables><Variable guid="{guid(1)}" name="a"/><Variable guid="{guid(1)}" name="b"/></Variables>',
            "variables",
        ),
        (USERS.replace(guid(2), guid(1)), "users"),
        (CODES.replace(guid(12), "{" + guid(11).upper() + "}"), "codes"),
        (f'<Sources><TextSource guid="{guid(1)}"/><TextSource guid="{guid(1)}"/></Sources>', "documents"),
    ],
)
def test_two_things_with_one_guid_are_refused(tmp_path, inner, what):
    refused(qdpx(tmp_path / "p.qdpx", qde(inner)), f"two {what} have the same guid")


def test_ids_that_are_no_guids_and_things_without_are_kept_apart(tmp_path):
    codes = '<CodeBook><Codes><Code guid="one" name="a"/><Code guid="two" name="b"/><Code name="c"/></Codes></CodeBook>'
    coding = '<Coding><CodeRef targetGUID="two"/></Coding>'
    source = f'<TextSource guid="t" name="T"><PlainTextContent>abc</PlainTextContent>{coding}</TextSource>'
    path = qdpx(
        tmp_path / "p.qdpx", qde(f"{codes}<Sources>{source}</Sources>").replace(' xmlns="urn:QDA-XML:project:1.0"', "")
    )
    project = read_refi_qda(path)
    assert project.codings["code"].to_list() == ["b"]
    assert project.codes["guid"].is_unique
    write_refi_qda(project, tmp_path / "again.qdpx")
    assert_same(project, read_refi_qda(tmp_path / "again.qdpx"))
    check_schema(tmp_path / "again.qdpx")


def test_a_large_project_is_read_in_good_time(tmp_path):
    text = "word " * 20_000
    inner = "".join(selection(n, 5 * n, 5 * n + 4, name="word") for n in range(5_000))
    path = qdpx(tmp_path / "p.qdpx", one_text(inner, text))
    assert path.stat().st_size < 1 << 20
    began = time.monotonic()
    assert len(read_refi_qda(path).codings) == 5_000
    assert time.monotonic() - began < 10


def test_nothing_is_unpacked(tmp_path, monkeypatch, reference):
    monkeypatch.chdir(tmp_path)
    read_refi_qda(reference / "qdpx/roles_basic/input.qdpx")
    assert not list(tmp_path.iterdir())

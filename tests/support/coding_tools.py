"""The same coded interview as NVivo, ATLAS.ti, a spreadsheet, QualCoder and Taguette would hand it on."""

import csv
import json
import sqlite3
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr


def guid(n: int) -> str:
    return f"00000000-0000-4000-8000-{n:012d}"


def qde(inner: str, origin: str = "NVivo") -> str:
    opening = f'<Project name="demo" origin="{origin}" xmlns="urn:QDA-XML:project:1.0">'
    return f'<?xml version="1.0" encoding="utf-8"?>\n{opening}{inner}</Project>'


def qdpx(path: Path, project: str | bytes, name: str = "project.qde", **sources: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, project)
        for member, content in sources.items():
            archive.writestr(f"sources/{member}.txt", content)
    return path


USERS = f'<Users><User guid="{guid(1)}" name="Ana"/><User guid="{guid(2)}" name="Ben"/></Users>'
CODES = (
    f'<CodeBook><Codes><Code guid="{guid(10)}" name="forms" isCodable="false">'
    f'<Code guid="{guid(11)}" name="Collaborative" isCodable="true"/>'
    f'<Code guid="{guid(12)}" name="Competitive" isCodable="true"/></Code></Codes></CodeBook>'
)
TEXT = "Naïve 🙂 line\r\nWe share the work.\r\nThey guard it.\r\n"
# extract, coder, code: two coders agree on the first extract, Ben gives the second another code
WORK = [
    ("We share the work.", 1, 11),
    ("We share the work.", 2, 11),
    ("They guard it.", 1, 12),
    ("They guard it.", 2, 11),
]


def coded_text(
    attributes: str, windows: int = 2, astral: int = 1, offset: int = 0, quote: bool = True, content: str = ""
) -> str:
    """A text source with the codings of WORK, its positions counted with these widths; one selection an extract."""

    def position(index: int) -> int:
        before = TEXT[:index]
        returns, beyond = before.count("\r\n"), sum(ord(c) > 0xFFFF for c in before)
        return index + returns * (windows - 2) + beyond * (astral - 1) + offset

    parts = []
    for n, extract in enumerate(dict.fromkeys(words for words, _, _ in WORK)):
        start = TEXT.index(extract)
        name = f"name={quoteattr(extract)}" if quote else ""
        codings = "".join(
            f'<Coding guid="{guid(400 + k)}" creatingUser="{guid(coder)}"><CodeRef targetGUID="{guid(code)}"/></Coding>'
            for k, (words, coder, code) in enumerate(WORK)
            if words == extract
        )
        parts.append(
            f'<PlainTextSelection guid="{guid(300 + n)}" {name} startPosition="{position(start)}" '
            f'endPosition="{position(start + len(extract))}">{codings}</PlainTextSelection>'
        )
    return f'<TextSource guid="{guid(20)}" name="Interview 1" {attributes}>{content}{"".join(parts)}</TextSource>'


def nvivo_style(folder: Path) -> Path:
    """Byte-order marks, \\r\\n counted as 2, upper-case guids in braces, Sources/, one more selection without a name."""
    source = coded_text(f'plainTextPath="internal://{guid(20)}.txt"')
    project = qde(USERS + CODES + f"<Sources>{source}</Sources>", "NVivo")
    for n in (1, 2, 10, 11, 12, 20):
        project = project.replace(f'"{guid(n)}"', f'"{{{guid(n).upper()}}}"')
    with zipfile.ZipFile(folder / "nvivo.qdpx", "w") as archive:
        archive.writestr("project.qde", project.encode("utf-8-sig"))
        archive.writestr(f"Sources/{guid(20).upper()}.txt", TEXT.encode("utf-8-sig"))
    return folder / "nvivo.qdpx"


def atlas_style(folder: Path) -> Path:
    """A project file of any name, \\r\\n counted as 1 though the text holds it, a text file that isn't called by the guid."""
    source = coded_text('plainTextPath="internal://interview.txt"', windows=1)
    project = qde(USERS + CODES + f"<Sources>{source}</Sources>", "ATLAS.ti")
    return qdpx(folder / "atlas.qdpx", project, "New roles (final).QDE", interview=TEXT.encode())


def spreadsheet_style(folder: Path) -> Path:
    names = {1: "Ana", 2: "Ben", 11: "forms/Collaborative", 12: "forms/Competitive"}
    with (folder / "sheet.csv").open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file, delimiter=";")
        sheet.writerow(["Document", "Start", "End", "Code", "Coder", "Text", "Colour"])
        for words, coder, code in WORK:
            start = TEXT.index(words)
            sheet.writerow(["Interview 1", start, start + len(words), names[code], names[coder], words, "red"])
    return folder / "sheet.csv"


# Tables as QualCoder 2.0 (database v1) and 3.8 (v14) create them; v17 adds code_name.supercid
QUALCODER_OLD = """
create table project (databaseversion text, date text, memo text, about text);
create table source (id integer primary key, name text, fulltext text, mediapath text, memo text, owner text, date text,
    unique(name));
create table code_cat (catid integer primary key, name text, owner text, date text, memo text, supercatid integer, unique(name));
create table code_name (cid integer primary key, name text, memo text, catid integer, owner text, date text, color text,
    unique(name));
create table code_text (cid integer, fid integer, seltext text, pos0 integer, pos1 integer, owner text, date text, memo text);
create table cases (caseid integer primary key, name text, memo text, owner text, date text, constraint ucm unique(name));
create table case_text (id integer primary key, caseid integer, fid integer, pos0 integer, pos1 integer, owner text, date text,
    memo text);
create table attribute_type (name text primary key, date text, owner text, memo text, caseOrFile text, valuetype text);
create table attribute (attrid integer primary key, name text, attr_type text, value text, id integer, date text, owner text);
create table annotation (anid integer primary key, fid integer, pos0 integer, pos1 integer, memo text, owner text, date text);
create table code_image (imid integer primary key, id integer, x1 integer, y1 integer, width integer, height integer,
    cid integer, memo text, date text, owner text);
"""
QUALCODER_NEW = """
alter table code_text add column ctid integer;
alter table code_text add column avid integer;
alter table code_text add column important integer;
alter table code_name add column supercid integer;
alter table source add column av_text_id integer;
create table journal (jid integer primary key, name text, jentry text, date text, owner text);
create table coder_names (name text unique not null, visibility integer not null default 1);
insert into coder_names values ('Ana', 1), ('Cy', 0);
insert into journal values (1, 'diary', 'x', '', '');
insert into code_name values (3, 'sharing', '', null, 'Ana', '', '#00FF00', 1);
insert into code_text (cid, fid, seltext, pos0, pos1, owner, date, important)
    values (3, 1, 'We', 14, 16, 'Ana', '2024-05-02 09:00:00', 1);
"""


def qualcoder(folder: Path, new: bool, astral: int = 1) -> Path:
    folder.mkdir()
    database = sqlite3.connect(folder / "data.qda")
    database.executescript(QUALCODER_OLD)
    version = "v17" if new else "v1"
    database.execute("insert into project values (?, '', '', '')", (version,))
    rows = {
        "source": [
            (1, "Interview 1", TEXT, None, "", "Ana", ""),
            (2, "clip.mp3", None, "/audio/clip.mp3", "", "Ana", ""),
            (3, "paper.pdf", "A new role.", "/docs/paper.pdf", "", "Ana", ""),
        ],
        "code_cat": [(1, "forms", "Ana", "", "", None), (2, "good", "Ana", "", "", 1)],
        "code_name": [
            (1, "Collaborative", "Both gain", 2, "Ana", "", "#FF0000"),
            (2, "Competitive", "", 1, "Ana", "", ""),
        ],
        "cases": [(1, "P1", "", "Ana", "")],
        "case_text": [(1, 1, 1, 0, len(TEXT), "Ana", "", ""), (2, 1, 3, 2, 5, "Ana", "", "")],
        "attribute_type": [("region", "", "Ana", "", "case", "character"), ("year", "", "Ana", "", "file", "numeric")],
        "attribute": [
            (1, "region", "case", "London", 1, "", ""),
            (2, "year", "file", "2024", 1, "", ""),
            (3, "year", "file", "", 3, "", ""),
        ],
        "annotation": [(1, 1, 0, 3, "hm", "Ana", "")],
        "code_image": [(1, 3, 0, 0, 5, 5, 1, "", "", "Ana")],
    }
    for table, values in rows.items():
        marks = ",".join("?" * len(values[0]))
        database.executemany(f"insert into {table} values ({marks})", values)
    for words, coder, code in WORK:
        start = TEXT.index(words) + astral - 1  # the one astral character stands before every extract
        values = (
            code - 10,
            1,
            words,
            start,
            start + len(words),
            {1: "Ana", 2: "Ben"}[coder],
            "2024-05-01 10:20:30",
            "",
        )
        database.execute(
            "insert into code_text (cid, fid, seltext, pos0, pos1, owner, date, memo) values (?,?,?,?,?,?,?,?)", values
        )
    database.execute(
        "insert into code_text (cid, fid, pos0, pos1, owner) values (9, 1, 0, 1, 'Ana'), (1, 9, 0, 1, 'Ana')"
    )
    database.execute("insert into code_text (cid, fid, pos0, pos1, owner) values (1, 1, 0, 999, 'Ana')")
    if new:
        database.executescript(QUALCODER_NEW)
    database.commit()
    database.close()
    return folder


# Tables as Taguette 1.4 creates them; 0.4 named the payload's key "id", a later version gives tags a parent_id
TAGUETTE = """
pragma application_id = 0x54677474;
create table alembic_version (version_num varchar(32) not null primary key);
create table users (login varchar(30) not null primary key, created datetime not null, hashed_password varchar(192));
create table projects (id integer not null primary key autoincrement, name varchar(200) not null, description text not null,
    created datetime not null);
create table project_members (project_id integer not null, user_login varchar(30) not null, privileges varchar(11) not null,
    primary key (project_id, user_login));
create table documents (id integer not null primary key autoincrement, name varchar(200) not null, description text not null,
    filename varchar(200) not null, created datetime not null, project_id integer not null, text_direction varchar(13) not null,
    contents text not null);
create table commands (id integer not null primary key autoincrement, date datetime not null, user_login varchar(30) not null,
    project_id integer not null, document_id integer, payload text not null);
create table highlights (id integer not null primary key autoincrement, document_id integer not null,
    start_offset integer not null, end_offset integer not null, snippet text not null);
create table tags (id integer not null primary key autoincrement, project_id integer not null, path varchar(200) not null,
    description text not null, unique (project_id, path));
create table highlight_tags (highlight_id integer not null, tag_id integer not null, primary key (highlight_id, tag_id));
insert into projects values (1, 'roles', 'about', ''), (2, 'other', '', '');
insert into tags values (1, 1, 'forms', ''), (2, 1, 'forms.shared', 'Both gain'), (3, 1, 'vs. them', ''), (4, 2, 'forms', '');
"""
HTML = "\n<p>Caf\u00e9 &amp; <b>new\r\nro</b>le \U0001f642</p><p>We share.</p>"
PLAIN = "Café & new\nrole 🙂We share."


def taguette(path: Path, key: str = "highlight_id") -> Path:
    database = sqlite3.connect(path)
    database.executescript(TAGUETTE)
    for n, project in ((1, 1), (2, 2)):
        values = (n, "Interview", "", "a.txt", "", project, "LEFT_TO_RIGHT", HTML)
        database.execute("insert into documents values (?,?,?,?,?,?,?,?)", values)

    def span(words: str) -> tuple[int, int]:
        start = len(PLAIN[: PLAIN.index(words)].encode())
        return start, start + len(words.encode())

    for n, (words, snippet) in enumerate(
        [("new\nrole 🙂", "<b>new\nro</b>le 🙂"), ("We share.", "We share.")], start=1
    ):
        database.execute("insert into highlights values (?, 1, ?, ?, ?)", (n, *span(words), snippet))
    database.execute("insert into highlights values (3, 1, 4, 6, 'x'), (4, 1, 0, 1, 'C')")
    database.execute("insert into highlight_tags values (1, 2), (1, 3), (2, 1), (3, 1)")
    commands = [
        ("ana", 1, [2]),
        ("ben", 1, [2, 3]),
        ("ana", 2, [3]),
        ("ben", 2, [4]),  # later merged: the history knows another tag than the highlight has
    ]
    for n, (user, highlight, tags) in enumerate(commands):
        payload = json.dumps({"type": "highlight_add", key: highlight, "tags": tags})
        when = f"2024-05-0{n + 1} 10:00:00.000000"
        database.execute("insert into commands values (?, ?, ?, 1, 1, ?)", (n, when, user, payload))
    database.execute("insert into commands values (99, '', 'ana', 1, 1, 'not json')")
    database.commit()
    database.close()
    return path

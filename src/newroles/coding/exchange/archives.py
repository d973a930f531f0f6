"""Opening archives and XML that come from strangers: nothing is unpacked to disk, nothing is read beyond a limit."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from newroles.errors import InputError

MEGABYTE = 1 << 20
MAX_XML_BYTES = 128 * MEGABYTE
MAX_TEXT_BYTES = 64 * MEGABYTE
MAX_READ_BYTES = 256 * MEGABYTE
MAX_RATIO = 200
RATIO_FROM = 8 * MEGABYTE
MAX_MEMBERS = 100_000
MAX_DEPTH = 200
MAX_ELEMENTS = 1_000_000
_CHUNK = 1 << 16
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, RuntimeError, ValueError)


class Archive:
    """A ZIP archive opened for reading with care; use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._read = 0
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise InputError(f"There is no file {path}.") from error
        except _BROKEN as error:
            raise InputError(
                f"{self.name} is not a whole ZIP archive ({error}). A .qdpx project is a ZIP archive: export it again, and copy "
                "it again if it was cut short on the way."
            ) from error
        try:
            self._refuse_dangers(path.stat().st_size)
        except InputError:
            self._zip.close()
            raise
        self.members = {info.filename.replace("\\", "/"): info for info in self._zip.infolist()}

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def read(self, member: str, limit: int) -> bytes:
        """The content of one member, of at most `limit` bytes.

        Raises InputError when it is larger, damaged, or when all that was read from this archive passes its limit.
        """
        parts, size = [], 0
        try:
            with self._zip.open(self.members[member]) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    self._read += len(chunk)
                    if size > limit or self._read > MAX_READ_BYTES:
                        raise InputError(
                            f"{self.name}: {member} unpacks to more than {limit // MEGABYTE} MB of text, or the whole to more "
                            f"than {MAX_READ_BYTES // MEGABYTE} MB; such files are refused. Export a smaller project."
                        )
                    parts.append(chunk)
        except InputError:
            raise
        except _BROKEN as error:
            raise InputError(f"{self.name}: {member} can't be unpacked ({error}). Export the project again.") from error
        return b"".join(parts)

    def _refuse_dangers(self, size_on_disk: int) -> None:
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise InputError(f"{self.name} holds {len(members):,} files; at most {MAX_MEMBERS:,} are read.")
        seen: set[str] = set()
        for info in members:
            name = info.filename.replace("\\", "/")
            shown = repr(info.filename[:100])
            if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
                raise InputError(
                    f"{self.name} holds a file called {shown}, which points outside the archive. No tool exports such names: "
                    "the archive is damaged or hostile, and nothing was read from it."
                )
            if name in seen:
                raise InputError(f"{self.name} holds two files called {shown}; it can't be told which one counts.")
            seen.add(name)
            if info.flag_bits & 1:
                raise InputError(f"{self.name}: {shown} is encrypted. Export the project without a password.")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise InputError(
                    f"{self.name}: {shown} is compressed in a way the standard doesn't use. Export it again."
                )
            if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * min(info.compress_size, size_on_disk):
                raise InputError(
                    f"{self.name}: {shown} would unpack from {info.compress_size:,} to {info.file_size:,} bytes. Text and "
                    "recordings don't shrink that far: this is a zip bomb, or an empty recording to take out, and was not read."
                )


def parse_xml(content: bytes, where: str) -> Element:
    """What elements does this XML hold? Names without namespace; a document type is refused before it is read.

    Takes the bytes of one XML file (any encoding that it declares) and its name for messages.

    Returns the root element, with local names for tags; its key "xmlns" holds the root's namespace.

    Raises InputError when it isn't well-formed, has a document type (entities could be hidden in it), is nested more than
    200 deep or has more than a million elements.

    >>> parse_xml(b"<Project name='demo' xmlns='urn:QDA-XML:project:1.0'/>", "demo.qde").tag
    'Project'
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = elements = 0

    def refuse_doctype(*_: object) -> None:
        raise InputError(
            f"{where} has a document type declaration (<!DOCTYPE ...>), in which entities can be hidden. The standard has none, "
            "so the file was not read any further."
        )

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > MAX_DEPTH:
            raise InputError(
                f"{where}, line {parser.CurrentLineNumber}: elements are nested more than {MAX_DEPTH} deep (codes within codes "
                "within codes). No codebook that people use is: the file is damaged or hostile."
            )
        if elements > MAX_ELEMENTS:
            raise InputError(f"{where} has more than {MAX_ELEMENTS:,} elements; such files are refused.")
        namespace, _, local = tag.rpartition(" ")
        attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        builder.start(local, attributes | {"xmlns": namespace} if depth == 1 else attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag.rpartition(" ")[2])

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{where} is not well-formed XML ({error}). Export it again.") from error
    return builder.close()


def decode_text(content: bytes) -> tuple[str, bool]:
    """Which text do these bytes hold, and did a byte-order mark stand before it? Line ends stay as they are.

    Raises UnicodeDecodeError when it is neither UTF-8 nor UTF-16 with its mark.

    >>> decode_text(b"\\xef\\xbb\\xbfna\\xc3\\xafve\\r\\n")
    ('naïve\\r\\n', True)
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16"), True
    return content.decode("utf-8-sig"), content.startswith(b"\xef\xbb\xbf")

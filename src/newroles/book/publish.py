"""Put a finished book in its place at one stroke, and let only one run do so at a time."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from newroles.errors import InputError

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # from Linux's fcntl.h and fs.h


FILES = ".newroles-files"  # lists the files of a book, or of a failure: those are ours, and may be replaced


def can_publish_to(out: Path, study: Path) -> None:
    """Refuse to write where a book would overwrite something else.

    Raises InputError when `out` is a file, a folder that holds anything but the files of a book made by `newroles run`, or
    in the way of the study; likewise for the folder beside it that would keep a failure.
    """
    if out == study or out.is_relative_to(study) or study.is_relative_to(out):
        raise InputError(
            f"The book and the study would lie in each other ({out}, {study}): choose another folder for --out."
        )
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"{out} is not a folder: name another place for the book with --out.")
    for folder in (out, failed_folder(out)):
        if foreign := _not_ours(folder):
            raise InputError(
                f"{folder} holds files that are not of a book made by newroles, such as {foreign}. "
                "Nothing was written: choose an empty or new folder for --out, or move them."
            )


def list_files(folder: Path) -> None:
    """Write down which files of this folder are ours."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    (folder / FILES).write_text("\n".join([*names, FILES]) + "\n", encoding="utf-8")


def _not_ours(folder: Path) -> str:
    """The first file in this folder that no run of ours wrote; blank when there is none."""
    if not folder.is_dir():
        return ""
    listed = folder / FILES
    ours = set(listed.read_text(encoding="utf-8").splitlines()) if listed.is_file() else set()
    present = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return next((name for name in present if name not in ours), "")


@contextlib.contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold the right to publish into `out`; the lock falls with the process, even one that was killed.

    Raises InputError when another run holds it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with _beside(out, "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            with contextlib.suppress(json.JSONDecodeError, KeyError):
                holder = json.loads(lock.read())
                raise InputError(
                    f"Another run is writing to {out} (process {holder['process']}, since {holder['since']}). "
                    "Wait for it to end, or choose another folder with --out."
                ) from None
            raise InputError(
                f"Another run is writing to {out}. Wait for it to end, or choose another folder with --out."
            ) from None
        lock.truncate(0)
        lock.write(json.dumps({"process": os.getpid(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


@contextlib.contextmanager
def work_folder(out: Path) -> Iterator[Path]:
    """A folder to build in, on the same disk as `out`; what killed runs left is cleared first. Needs `only_run`."""
    for stale in out.parent.glob(f".{out.name}.work-*"):
        shutil.rmtree(stale, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{out.name}.work-", dir=out.parent))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def publish(site: Path, out: Path) -> None:
    """Swap the new book in. At every moment `out` is a whole book: the old one before, the new one after.

    Where the system can't exchange two folders in one step, the old book is moved aside first, and for that instant there is none.
    """
    if not out.exists():
        site.rename(out)
        return
    if not _exchange(site, out):
        aside = Path(tempfile.mkdtemp(prefix=f".{out.name}.work-", dir=out.parent)) / "replaced"
        out.rename(aside)
        site.rename(out)
        shutil.rmtree(aside.parent, ignore_errors=True)


def keep_failure(out: Path, notebook: Path | None, log: str) -> Path:
    """Keep what a failed run left to read, beside the book: the half-run notebook and the log. Returns the folder."""
    kept = failed_folder(out)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    if notebook and notebook.is_file():
        shutil.copy2(notebook, kept / notebook.name)
    (kept / "log.txt").write_text(log, encoding="utf-8")
    list_files(kept)
    return kept


def failed_folder(out: Path) -> Path:
    return out.with_name(f"{out.name}-failed")


def _beside(out: Path, what: str) -> Path:
    return out.parent / f".{out.name}.{what}"


def _exchange(a: Path, b: Path) -> bool:
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), RENAME_EXCHANGE) == 0

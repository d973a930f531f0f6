"""Execute chapters, each once, side by side where they don't depend on each other."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newroles.book.plan import Chapter, waves


@dataclass(frozen=True)
class Executed:
    """A chapter that ran: its notebook with outputs and the seconds it took."""

    chapter: Chapter
    notebook: Path
    seconds: float


class ChapterError(RuntimeError):
    """A chapter stopped: which one, in which cell, why, and where its half-run notebook is."""

    def __init__(self, chapter: str, cell: str, error: str, message: str, notebook: Path) -> None:
        self.chapter, self.cell, self.notebook = chapter, cell, notebook
        super().__init__(f"Chapter {chapter} stopped in {cell}: {error}: {message}".rstrip(": "))


def execute(
    book: Sequence[Chapter],
    parameters: Mapping[str, Mapping[str, Any]],
    work: Path,
    jobs: int = 2,
    timeout: int = 900,
    progress: Callable[[str, str], None] = lambda chapter, event: None,
) -> list[Executed]:
    """Run each chapter once into `work/executed`; findings go to `work/findings`, figures to `work/figures/<chapter>`.

    parameters: for each chapter, the values that replace its defaults. jobs: chapters at a time. timeout: seconds a cell
    may take. progress: called with (chapter, "cell") for each cell begun and (chapter, "done").
    Raises ChapterError for the first chapter that stops; the others are stopped too.
    """
    for folder in ("executed", "findings", "figures"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    results: list[Executed] = []
    for wave in waves(book):
        todo = list(wave)
        running: dict[str, subprocess.Popen[str]] = {}
        reports: queue.SimpleQueue[tuple[Chapter, dict[str, Any]]] = queue.SimpleQueue()
        with _stopping(running):
            while todo or running:
                while todo and len(running) < jobs:
                    chapter = todo.pop(0)
                    running[chapter.name] = _start(chapter, parameters.get(chapter.name, {}), work, timeout, reports)
                chapter, report = reports.get()
                if report.get("failed"):
                    raise _failure(chapter, report, work)
                if report.get("done"):
                    running.pop(chapter.name).wait()
                    results.append(Executed(chapter, _target(chapter, work), report["seconds"]))
                progress(chapter.name, "done" if report.get("done") else "cell")
    return sorted(results, key=lambda result: [c.name for c in book].index(result.chapter.name))


def _target(chapter: Chapter, work: Path) -> Path:
    return work / "executed" / chapter.path.name


def _start(
    chapter: Chapter, parameters: Mapping[str, Any], work: Path, timeout: int, reports: queue.SimpleQueue
) -> subprocess.Popen[str]:
    figures = work / "figures" / chapter.name
    figures.mkdir(parents=True, exist_ok=True)
    job = {
        "parent": os.getpid(),
        "source": str(chapter.path),
        "target": str(_target(chapter, work)),
        "folder": str(chapter.path.parent),
        "parameters": dict(parameters),
        "timeout": timeout,
        "environment": {
            "NEWROLES_FINDINGS": str(work / "findings"),
            "NEWROLES_FIGURES": str(figures),
            "NEWROLES_CHAPTER": chapter.name,
            "OMP_NUM_THREADS": "1",  # chapters share the cores, and sums don't depend on how many there are
            "PYTHONHASHSEED": "0",
        },
    }
    log = (work / f"{chapter.name}.log").open("w", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "newroles.book.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(job))
    process.stdin.close()

    def listen() -> None:
        ended = False
        for line in process.stdout or []:
            with contextlib.suppress(json.JSONDecodeError):  # a library's chatter is no report
                report = json.loads(line)
                ended = ended or "done" in report or "failed" in report
                reports.put((chapter, report))
        log.close()
        if not ended:
            said = Path(log.name).read_text(encoding="utf-8").strip().splitlines()
            reports.put(
                (
                    chapter,
                    {"failed": True, "error": "The process ended", "message": said[-1] if said else ""},
                )
            )

    threading.Thread(target=listen, daemon=True).start()
    return process


@contextlib.contextmanager
def _stopping(running: Mapping[str, subprocess.Popen[str]]) -> Iterator[None]:
    """Whatever ends the run, no chapter goes on without it."""
    try:
        yield
    finally:
        for process in running.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in running.values():
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _failure(chapter: Chapter, report: Mapping[str, Any], work: Path) -> ChapterError:
    half_run = _target(chapter, work)
    return ChapterError(
        chapter.name, _place(chapter, half_run), str(report["error"]), str(report["message"]).strip(), half_run
    )


def _place(chapter: Chapter, half_run: Path) -> str:
    """Which cell of the chapter failed, counted as in its source: the half-run notebook has cells that Papermill added."""
    try:
        ran = json.loads(half_run.read_text(encoding="utf-8"))["cells"]
        source = json.loads(chapter.path.read_text(encoding="utf-8"))["cells"]
    except (OSError, json.JSONDecodeError, KeyError):
        return "no cell in particular"
    for cell in ran:
        if any(output.get("output_type") == "error" for output in cell.get("outputs", [])):
            position = next(
                (n for n, original in enumerate(source, start=1) if original.get("id") == cell.get("id")), None
            )
            lines = [line for line in "".join(cell["source"]).splitlines() if line.strip()]
            begins = f" (begins '{lines[0].strip()[:70]}')" if lines else ""
            return f"cell {position}{begins}" if position else f"the cell of the values given{begins}"
    return "no cell in particular"

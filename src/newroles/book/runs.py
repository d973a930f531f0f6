"""One command turns a study folder into a published book."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from tqdm import tqdm

from newroles.book.execute import ChapterError, Executed, execute
from newroles.book.manifest import MANIFEST, identity, record
from newroles.book.plan import Chapter, chapters, check_parameters, choose, left_out, read_toc
from newroles.book.publish import (
    can_publish_to,
    failed_folder,
    keep_failure,
    list_files,
    only_run,
    publish,
    work_folder,
)
from newroles.book.site import check_site
from newroles.book.stage import BuildError, render, stage, write_left_out
from newroles.datasets import Study, load_published, load_study
from newroles.datasets.places import project_folder
from newroles.disclosure import profile_of
from newroles.errors import InputError
from newroles.findings import load_findings
from newroles.guidance import Judged, judged, load_recommendations, load_reviewed
from newroles.guidance.readability import clear_english

HANDOUTS_PAGE = "book/guidance/hand_round"


class RunError(RuntimeError):
    """A run that failed: what happened and where to read on. The last good book is as it was."""

    def __init__(self, message: str, kept: Path | None = None) -> None:
        super().__init__(message)
        self.kept = kept


@dataclass(frozen=True)
class RunReport:
    """What a run did. book: the folder of the published site; manifest: what it was made from; seconds: wall time by step."""

    book: Path
    manifest: Mapping[str, Any]
    seconds: Mapping[str, float]

    def __str__(self) -> str:
        steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in self.seconds.items())
        warned = len(self.manifest["warnings"])
        return f"The book is in {self.book / 'index.html'} ({steps}; {warned} warning{'s' * (warned != 1)})."


def run(
    study: str | Path,
    out: str | Path,
    only: Sequence[str] = (),
    jobs: int = 2,
    parameters: Mapping[str, Any] | None = None,
    project: str | Path | None = None,
    progress: bool = False,
) -> RunReport:
    """Check a study folder, execute the chapters, build the book, check it, and publish it to `out`.

    study: a study folder (or the name of one that is shipped). out: the folder of the published site; replaced at one stroke
    at the end, and only if it holds a book of ours or nothing. only: chapters to execute again; the others are taken from the
    book in `out`, which must come from the same study and parameters. jobs: chapters at a time. parameters: values that replace
    the chapters' defaults. project: the book's sources (default: where the command runs). progress: show a bar.

    Raises InputError (a StudyError where the study is at fault) before anything is written; RunError when a chapter, the
    build or the checks on the site fail, with the folder that keeps the half-run notebook and the log.
    """
    home = project_folder() if project is None else Path(project).resolve()
    target = Path(out).resolve()
    if jobs < 1:
        raise InputError(f"At least one chapter at a time: --jobs is {jobs}.")
    book = chapters(home)
    todo = choose(book, only)
    given = dict(parameters or {})
    if "study" in given:
        raise InputError("The study is named by --study, not by a parameter.")
    for_chapter = check_parameters(book, given)
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        seconds[step] = round(now - clock, 3)
        clock = now

    loaded, warned = _checked(study)
    pages = read_toc(home)
    can_publish_to(target, loaded.path.resolve())
    if HANDOUTS_PAGE in pages:
        warned += clear_english(load_recommendations())  # advice that can't be read is refused before anything is made
    lap("check")
    with only_run(target), work_folder(target) as work:
        made_from = identity(home, loaded, given)
        if only:
            _reuse(book, todo, target, work, made_from)
        for chapter in todo:
            if "study" in chapter.parameters:
                for_chapter[chapter.name]["study"] = str(loaded.path.resolve())
        without = left_out(todo, loaded)
        done = _execute(
            [chapter for chapter in todo if chapter.name not in without], for_chapter, work, jobs, progress, target
        )
        for chapter in todo:
            if chapter.name in without:
                write_left_out(chapter.title, without[chapter.name], work / "executed" / chapter.path.name)
        for result in done:
            _without_places(result.notebook, {work: "work", loaded.path.resolve(): loaded.path.name, home: "."})
        lap("chapters")
        warned += [warning for chapter in done for warning in _warnings(chapter)]
        manifest = {**made_from, **record(home, book, done, for_chapter, warned, seconds), "left_out": without}
        if HANDOUTS_PAGE in pages:
            from newroles.book.handouts import write_handouts  # what it sets pages with takes a second to load

            write_handouts(_advice(work / "findings", manifest), loaded, work / "handouts", jobs)
            lap("handouts")
        try:
            site = render(home, stage(home, work, pages, manifest, loaded.own_codebooks()), work, loaded.path.resolve())
        except BuildError as error:
            kept = keep_failure(target, None, error.log)
            raise RunError(f"{error}\nThe whole log: {kept / 'log.txt'}. {_untouched(target)}", kept) from None
        lap("build")
        problems = check_site(site, pages)
        if len(problems):
            kept = keep_failure(target, None, problems.to_csv(index=False))
            listed = "\n".join(f"  {row.page}: {row.problem}: {row.where}" for row in problems.head(20).itertuples())
            raise RunError(
                f"The built site is not fit to publish:\n{listed}\nAll {len(problems)}: {kept / 'log.txt'}. {_untouched(target)}",
                kept,
            )
        lap("site check")
        for folder in ("executed", "findings"):
            shutil.copytree(work / folder, site / folder)
        (site / MANIFEST).write_text(
            json.dumps({**manifest, "seconds": seconds}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        list_files(site)
        site.chmod(0o755)
        publish(site, target)
        shutil.rmtree(failed_folder(target), ignore_errors=True)
        lap("publish")
    return RunReport(target, {**manifest, "seconds": seconds}, seconds)


def _checked(study: str | Path) -> tuple[Study, list[str]]:
    loaded = load_study(study)
    told = loaded.problems[loaded.problems["severity"] == "warning"].astype("str").fillna("")
    if profile_of(loaded).protects:  # what a book says mustn't tell of single rows
        places = told[["table", "column"]].drop_duplicates().to_numpy()
        return loaded, [f"{table}, {column}: `newroles check` says what to look at" for table, column in places]
    return loaded, [
        f"{table}, row {row}, {column}: {said}"
        for table, row, column, said in told[["table", "row", "column", "problem"]].to_numpy()
    ]


def _advice(findings: Path, manifest: Mapping[str, Any]) -> Judged:
    """The recommendations and how their evidence stands in this run.

    Raises InputError when, in the book that was reviewed, a finding is gone, says the opposite, or a date of review has passed.
    """
    reviewed = load_reviewed()
    facts, strict = load_published("guidance_evidence"), reviewed.same_inputs(manifest)
    return judged(load_recommendations(), load_findings(findings), facts, reviewed, manifest["study"], strict=strict)


def _execute(
    todo: Sequence[Chapter],
    parameters: Mapping[str, Mapping[str, Any]],
    work: Path,
    jobs: int,
    progress: bool,
    out: Path,
) -> list[Executed]:
    cells = sum(chapter.cells for chapter in todo)
    columns, lines = shutil.get_terminal_size()  # some terminals say that they have no size; this answers 80 by 24 then
    bar = tqdm(total=cells, unit="cell", disable=not progress, leave=False, ncols=columns, nrows=lines)
    active: list[str] = []

    def show(chapter: str, event: str) -> None:
        if event == "done":
            active.remove(chapter)
        elif chapter not in active:
            active.append(chapter)
        if event == "cell":
            bar.update()
        bar.set_description(", ".join(active) or "done")

    try:
        with bar:
            return execute(todo, parameters, work, jobs, progress=show)
    except ChapterError as error:
        log = work / f"{error.chapter}.log"
        kept = keep_failure(
            out, error.notebook, f"{error}\n\n{log.read_text(encoding='utf-8') if log.is_file() else ''}"
        )
        raise RunError(
            f"{error}\nThe half-run notebook is {kept / error.notebook.name}. {_untouched(out)}", kept
        ) from None


def _untouched(out: Path) -> str:
    return f"The last good book in {out} is as it was." if (out / MANIFEST).is_file() else "No book was published."


def _reuse(
    book: Sequence[Chapter], todo: Sequence[Chapter], out: Path, work: Path, made_from: Mapping[str, Any]
) -> None:
    """Take the chapters that are not executed again from the book that is there."""
    rest = [chapter.name for chapter in book if chapter not in todo]
    if not rest:
        return
    try:
        before = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"--only needs a book in {out} to take {', '.join(rest)} from: run once without it.") from None
    differs = [name for name in ("inputs", "sources_sha256", "parameters_given") if before.get(name) != made_from[name]]
    if differs:
        raise InputError(
            f"The book in {out} was made from other {', '.join(differs)}, so its chapters can't be mixed with new ones: run once without --only."
        )
    for folder in ("executed", "findings", "figures"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    for name in rest:
        shutil.copy2(out / "executed" / f"{name}.ipynb", work / "executed")
        if (out / "findings" / f"{name}.json").is_file():
            shutil.copy2(out / "findings" / f"{name}.json", work / "findings")
        if (out / "_static" / "figures" / name).is_dir():
            shutil.copytree(out / "_static" / "figures" / name, work / "figures" / name)


def _warnings(result: Executed) -> list[str]:
    notebook = nbformat.read(result.notebook, as_version=4)
    said = [
        output["text"].strip().splitlines()[0]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr" and output["text"].strip()
    ]
    return [f"{result.chapter.name}: {line}" for line in said]


def _without_places(notebook: Path, names: Mapping[Path, str]) -> None:
    """Take out of a notebook where things lie on this machine: a book is read elsewhere. names: place to name, inner first."""
    text = notebook.read_text(encoding="utf-8")
    for place, name in names.items():
        text = text.replace(json.dumps(str(place), ensure_ascii=False)[1:-1], name)
    notebook.write_text(text, encoding="utf-8")

"""One command turns a study folder into a published book."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import platform
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from tqdm import tqdm

from newroles.book.execute import ChapterError, Executed, execute
from newroles.book.plan import Chapter, chapters, check_parameters, choose, read_toc
from newroles.book.publish import MARK, can_publish_to, failed_folder, keep_failure, only_run, publish, work_folder
from newroles.book.site import check_site
from newroles.book.stage import BuildError, render, stage
from newroles.datasets import Study, load_study
from newroles.datasets.places import project_folder
from newroles.errors import InputError


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
    can_publish_to(target)
    lap("check")
    with only_run(target), work_folder(target) as work:
        identity = _identity(home, loaded, given)
        if only:
            _reuse(book, todo, target, work, identity)
        for chapter in todo:
            if "study" in chapter.parameters:
                for_chapter[chapter.name]["study"] = str(loaded.path.resolve())
        done = _execute(todo, for_chapter, work, jobs, progress, target)
        for result in done:
            _without_places(result.notebook, {work: "work", loaded.path.resolve(): loaded.path.name, home: "."})
        lap("chapters")
        warned += [warning for chapter in done for warning in _warnings(chapter)]
        manifest = {**identity, **_record(home, book, done, for_chapter, warned, seconds)}
        pages = read_toc(home)
        try:
            site = render(home, stage(home, work, pages, manifest), work)
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
        (site / MARK).write_text(
            json.dumps({**manifest, "seconds": seconds}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        site.chmod(0o755)
        publish(site, target)
        shutil.rmtree(failed_folder(target), ignore_errors=True)
        lap("publish")
    return RunReport(target, {**manifest, "seconds": seconds}, seconds)


def _checked(study: str | Path) -> tuple[Study, list[str]]:
    loaded = load_study(study)
    told = loaded.problems[loaded.problems["severity"] == "warning"].astype("str").fillna("")
    return loaded, [
        f"{table}, row {row}, {column}: {said}"
        for table, row, column, said in told[["table", "row", "column", "problem"]].to_numpy()
    ]


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
    return f"The last good book in {out} is as it was." if (out / MARK).is_file() else "No book was published."


def _identity(project: Path, study: Study, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a book is made from: if two books agree in this, their chapters can be mixed."""
    sources = sorted(
        path
        for folder, pattern in (("data", "*"), ("src", "*.py"), ("src", "*.yml"))
        for path in (project / folder).rglob(pattern)
        if path.is_file() and not path.is_relative_to(study.path)
    )
    inputs = sorted(path for path in study.path.rglob("*") if path.is_file()) if study.path.is_dir() else [study.path]
    return {
        "study": {
            "title": study.title,
            "kind": study.kind,
            "folder": study.path.name,
            **({"seed": study.meta["seed"]} if study.meta.get("seed") is not None else {}),
        },
        "inputs": {path.relative_to(study.path.parent).as_posix(): _sha256(path) for path in inputs},
        "rows": {name: len(getattr(study, name)) for name in study.tables},
        "sources_sha256": _sha256_of_all(project, sources),
        "parameters_given": dict(parameters),
    }


def _record(
    project: Path,
    book: Sequence[Chapter],
    done: Sequence[Executed],
    parameters: Mapping[str, Mapping[str, Any]],
    warned: Sequence[str],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    used = {
        chapter.name: {k: v for k, v in {**chapter.parameters, **parameters[chapter.name]}.items() if k != "study"}
        for chapter in book
    }
    return {
        "made": datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat(),
        "parameters": used,
        "seed": {name: values["seed"] for name, values in used.items() if "seed" in values},
        "commit": _commit(project),
        "python": platform.python_version(),
        "packages": {
            name: importlib.metadata.version(name)
            for name in (
                "newroles",
                "jupyter-book",
                "pandas",
                "numpy",
                "scipy",
                "statsmodels",
                "seaborn",
                "matplotlib",
                "networkx",
                "papermill",
            )
        },
        "chapters": {result.chapter.name: result.seconds for result in done},
        "warnings": list(warned),
        "seconds": dict(seconds),
    }


def _reuse(
    book: Sequence[Chapter], todo: Sequence[Chapter], out: Path, work: Path, identity: Mapping[str, Any]
) -> None:
    """Take the chapters that are not executed again from the book that is there."""
    rest = [chapter.name for chapter in book if chapter not in todo]
    if not rest:
        return
    try:
        before = json.loads((out / MARK).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"--only needs a book in {out} to take {', '.join(rest)} from: run once without it.") from None
    differs = [name for name in ("inputs", "sources_sha256", "parameters_given") if before.get(name) != identity[name]]
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


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _sha256_of_all(project: Path, paths: Sequence[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(f"{path.relative_to(project).as_posix()} {_sha256(path)}\n".encode())
    return whole.hexdigest()


def _commit(project: Path) -> str:
    """The commit of the sources, with a mark when they differ from it; blank outside a checkout."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(project), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        head = git("rev-parse", "HEAD")
        return f"{head} with changes" if head and git("status", "--porcelain") else head
    except FileNotFoundError:
        return ""


def compare(run_a: str | Path, run_b: str | Path) -> pd.DataFrame:
    """Which findings differ between two books?

    run_a, run_b: folders of published books. Returns one row a finding of either, in order of id: id, chapter, value_a,
    value_b, change (blank where not numbers), status (same, changed, only in a, only in b), statement_a, statement_b.
    Raises InputError when a folder holds no book.
    """
    from newroles.findings import load_findings

    sides = []
    for folder in (Path(run_a), Path(run_b)):
        if not (folder / MARK).is_file():
            raise InputError(f"{folder} holds no book made by newroles run (no {MARK}).")
        sides.append(load_findings(folder / "findings"))
    rows = []
    for name in sorted({*sides[0], *sides[1]}):
        a, b = sides[0].get(name), sides[1].get(name)
        value_a, value_b = (side.value if side else None for side in (a, b))
        numbers = isinstance(value_a, (int, float)) and isinstance(value_b, (int, float))
        if a is None or b is None:
            status = "only in b" if a is None else "only in a"
        else:
            status = "same" if (value_a, a.low, a.high, a.n) == (value_b, b.low, b.high, b.n) else "changed"
        rows.append(
            {
                "id": name,
                "chapter": (a or b).chapter,  # type: ignore[union-attr]
                "value_a": value_a,
                "value_b": value_b,
                "change": value_b - value_a if numbers else None,  # type: ignore[operator]
                "status": status,
                "statement_a": a.statement if a else "",
                "statement_b": b.statement if b else "",
            }
        )
    columns = ["id", "chapter", "value_a", "value_b", "change", "status", "statement_a", "statement_b"]
    return pd.DataFrame(rows, columns=columns)

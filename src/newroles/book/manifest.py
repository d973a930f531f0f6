"""What a book was made from, so that it can be made again: inputs, choices, versions, times, warnings."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from newroles.book.execute import Executed
from newroles.book.plan import Chapter
from newroles.datasets import Study
from newroles.disclosure import profile_of

MANIFEST = "manifest.json"  # a folder that holds one is a book of ours


def identity(project: Path, study: Study, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a book is made from: if two books agree in this, their chapters can be mixed."""
    sources = sorted(
        path
        for folder, pattern in (
            ("data", "*"),
            *(("src", f"*.{ending}") for ending in ("py", "yml", "typ", "css", "js")),
        )
        for path in (project / folder).rglob(pattern)
        if path.is_file() and not path.is_relative_to(study.path.resolve())
    )
    own = {
        "study.yml",
        *(f"{table}{ending}" for table in study.tables for ending in (".csv", ".parquet")),
        *study.meta["codebooks"],
    }
    inputs = sorted(path for path in study.path.iterdir() if path.name in own) if study.path.is_dir() else [study.path]
    return {
        "study": {
            "title": study.title,
            "kind": study.kind,
            "folder": study.path.name,
            **({"seed": study.meta["seed"]} if study.meta.get("seed") is not None else {}),
        },
        "inputs": {path.relative_to(study.path.parent).as_posix(): _sha256(path) for path in inputs},
        "rows": _rows(study),
        "sources_sha256": _sha256_of_all(project, sources),
        "parameters_given": dict(parameters),
    }


def _rows(study: Study) -> dict[str, int]:
    """How many rows has each table? As far as the study's small-number rule lets a count be told."""
    rule = profile_of(study)
    counts = {name: len(getattr(study, name)) for name in study.tables}
    return {name: rule.shown_as(rows) for name, rows in counts.items() if not rule.hides(rows)}


def record(
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

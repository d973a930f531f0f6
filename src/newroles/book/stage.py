"""Lay out what Jupyter Book renders: the pages and the executed chapters, with execution off."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import yaml


class BuildError(RuntimeError):
    """Jupyter Book could not render the book, or warned while it did; `log` holds what it said."""

    def __init__(self, message: str, log: str) -> None:
        super().__init__(message)
        self.log = log


def stage(
    project: Path, work: Path, pages: Sequence[str], about_run: Mapping[str, Any], codebooks: Mapping[str, Path]
) -> Path:
    """Copy the book's sources into `work/source`, chapters from `work/executed`; returns that folder.

    pages: the pages of the table of contents to render. about_run: what the page about this run shows. codebooks: the
    study's own, by id, whose pages take the place of the project's.
    """
    source = work / "source"
    shutil.copytree(project / "book", source / "book")
    for page in pages:
        executed = work / "executed" / f"{Path(page).name}.ipynb"
        if (project / f"{page}.ipynb").is_file():
            target = source / f"{page}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            write_clean(executed, target)
    shutil.copytree(work / "figures", source / "book" / "_static" / "figures", dirs_exist_ok=True)
    if (work / "handouts").is_dir():
        shutil.copytree(work / "handouts", source / "book" / "_static" / "guidance")
    shutil.copy(project / "_toc.yml", source / "_toc.yml")
    config = yaml.safe_load((project / "_config.yml").read_text(encoding="utf-8"))
    config.setdefault("execute", {})["execute_notebooks"] = "off"
    (source / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (work / "about_run.json").write_text(json.dumps(about_run, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (work / "codebooks").mkdir()
    for name, path in codebooks.items():
        shutil.copy(path, work / "codebooks" / f"{name}.yml")
    return source


def write_clean(executed: Path, target: Path) -> None:
    """An executed notebook without what differs from run to run or names this machine: times, and where the study lies."""
    notebook = nbformat.read(executed, as_version=4)
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
            cell.metadata["tags"] = ["remove-cell"]
            cell["source"] = "# the values that replaced defaults are listed on the page about this run"
    nbformat.write(notebook, target)


def write_left_out(title: str, reason: str, target: Path) -> None:
    """In place of a chapter that this study can't fill: its title and the reason."""
    told = f"# {title}\n\n{reason} So this chapter is left out of this copy of the book.\n"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(told, id="left-out")])
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)


def render(project: Path, source: Path, work: Path, study: Path) -> Path:
    """Jupyter Book with warnings as errors and all of them listed; returns the folder of the site.

    study: the study's folder, for pages that are written from its tables.

    Raises BuildError with the log.
    """
    command = [
        sys.executable,
        "-m",
        "newroles.book.jupyter_book",
        "build",
        str(source),
        "--path-output",
        str(work / "site"),
    ]
    environment = {
        **os.environ,
        "NEWROLES_PROJECT": str(project),
        "NEWROLES_CODEBOOKS": str(work / "codebooks"),
        "NEWROLES_FINDINGS": str(work / "findings"),
        "NEWROLES_STUDY": str(study),
        "NEWROLES_ABOUT_RUN": str(work / "about_run.json"),
    }
    done = subprocess.run(
        [*command, "-W", "-n", "--keep-going", "-q"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    log = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr).replace(str(source) + os.sep, "")
    site = work / "site" / "_build" / "html"
    if done.returncode != 0 or not (site / "index.html").is_file():
        told = [line for line in log.splitlines() if "WARNING" in line or "ERROR" in line or "Error" in line]
        listed = "\n".join(f"  {line}" for line in told[:20]) or "  (see the log)"
        raise BuildError(f"Jupyter Book could not build the book:\n{listed}", log)
    return site

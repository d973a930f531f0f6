"""How long a book takes: the whole run against its chapters and a bare Sphinx build; one chapter again.

Run with `make benchmark`. The named peer of a rerun is the sum of what can't be avoided: Papermill executing the same chapters one
after the other in one process, and Jupyter Book rendering the staged sources without any of our checks.
"""

import os
import shutil
import subprocess
import sys

import pytest

from newroles.book import run
from newroles.book.plan import chapters
from newroles.datasets.places import project_folder

pytestmark = pytest.mark.benchmark(group="whole book")


def _twice(benchmark, function) -> None:
    benchmark.pedantic(function, rounds=2, iterations=1)


def test_rerun_of_the_whole_book(benchmark, tmp_path):
    run("example_study", tmp_path / "book")
    _twice(benchmark, lambda: run("example_study", tmp_path / "book"))


def test_peer_papermill_and_a_bare_build(benchmark, tmp_path):
    """Papermill's own command for each chapter, then `jupyter-book build` with execution off."""
    project = project_folder()
    environment = {**os.environ, "NEWROLES_FINDINGS": str(tmp_path / "findings"), "NEWROLES_PROJECT": str(project)}

    def bare() -> None:
        source = tmp_path / "source"
        shutil.rmtree(source, ignore_errors=True)
        (source / "notebooks").mkdir(parents=True)
        shutil.copytree(project / "book", source / "book")
        shutil.copy(project / "_toc.yml", source)
        config = (project / "_config.yml").read_text().replace("execute_notebooks: cache", "execute_notebooks: 'off'")
        (source / "_config.yml").write_text(config)
        for chapter in chapters(project):
            target = source / "notebooks" / chapter.path.name
            command = [sys.executable, "-m", "papermill", str(chapter.path), str(target), "--no-progress-bar"]
            subprocess.run(command, check=True, capture_output=True, env=environment)
        build = [
            sys.executable,
            "-m",
            "newroles.book.jupyter_book",
            "build",
            str(source),
            "--path-output",
            str(tmp_path / "site"),
        ]
        subprocess.run([*build, "-q", "--all"], check=True, capture_output=True, env=environment)
        assert (tmp_path / "site/_build/html/index.html").is_file()

    _twice(benchmark, bare)


@pytest.mark.benchmark(group="one chapter")
def test_one_chapter_again(benchmark, tmp_path):
    run("example_study", tmp_path / "book")
    _twice(benchmark, lambda: run("example_study", tmp_path / "book", only=["phase1_new_roles"]))


@pytest.mark.benchmark(group="clone to book")
def test_clone_to_book(benchmark, tmp_path):
    """What a newcomer waits for: clone, `make book`, with the packages at hand in the installer's cache."""
    project = project_folder()

    def clone_and_make() -> None:
        clone = tmp_path / "clone"
        shutil.rmtree(clone, ignore_errors=True)
        subprocess.run(["git", "clone", "-q", str(project), str(clone)], check=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("NEWROLES_", "VIRTUAL_ENV"))}
        subprocess.run(["make", "book"], cwd=clone, check=True, capture_output=True, env=environment)
        assert (clone / "_build/book/index.html").is_file()

    benchmark.pedantic(clone_and_make, rounds=1, iterations=1)

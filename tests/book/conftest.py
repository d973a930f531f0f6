"""The book as it is published, in a browser whose network is closed."""

from __future__ import annotations

import fcntl
import functools
import http.server
import json
import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from newroles.book.manifest import identity
from newroles.datasets import load_study
from newroles.datasets.places import project_folder

PHASE1 = "notebooks/phase1_new_roles"
# without these, Chromium itself asks for addresses elsewhere
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
]  # fmt: skip


def made_before() -> Path | None:
    """The book of `make book`, if it is the example study's, whole, and nothing that goes into it is newer than it is."""
    project = project_folder()
    manifest = project / "_build/book/manifest.json"
    if not manifest.is_file():
        return None
    made = json.loads(manifest.read_text(encoding="utf-8"))
    now = identity(project, load_study("example_study"), {})
    chapters = {path.stem for path in project.glob("notebooks/*.ipynb")}
    if {key: made.get(key) for key in now} != now or set(made["chapters"]) != chapters:
        return None
    parts = [project / "_config.yml", project / "_toc.yml", project / "CITATION.cff"]
    parts += [path for folder in ("book", "notebooks", "data", "src") for path in (project / folder).rglob("*")]
    newest = max(path.stat().st_mtime for path in parts if "__pycache__" not in path.parts and path.is_file())
    return manifest.parent if newest < manifest.stat().st_mtime else None


@pytest.fixture(scope="session")
def built_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole book, made from the example study: once, however many workers run the tests, or by `make book` before."""
    from newroles.book import run

    if (site := made_before()) is not None:
        return site
    home = tmp_path_factory.getbasetemp()
    home = home.parent if "PYTEST_XDIST_WORKER" in os.environ else home
    with (home / "whole_book.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        site = home / "whole_book" / "site"
        return site if site.is_dir() else run("example_study", site).book


@pytest.fixture(scope="session")
def first_phase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of the first chapter alone and the pages that it leads to: enough to try other studies on, and quick."""
    home, project = tmp_path_factory.mktemp("first_phase"), project_folder()
    pages = ["methods", "register", "data_catalogue", "glossary", "references", "about_run"]
    for folder in ("book", "notebooks"):
        (home / folder).mkdir()
    for name in ("data", "CITATION.cff", "_config.yml", "book/_static", "book/references.bib", f"{PHASE1}.ipynb"):
        (home / name).symlink_to(project / name)
    for page in pages:
        text = (project / f"book/{page}.md").read_text(encoding="utf-8")
        kept = re.sub(r"\[([^\]]*)\]\((how_to_read|methods_\w+|\.\./notebooks/(?!phase1_new_roles)\w+)\)", r"\1", text)
        (home / f"book/{page}.md").write_text(kept, encoding="utf-8")
    (home / "book/index.md").write_text("# Front\n", encoding="utf-8")
    toc = {"format": "jb-book", "root": "book/index", "chapters": [{"file": PHASE1}]}
    toc["chapters"] += [{"file": f"book/{page}"} for page in pages]
    (home / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def address(built_book: Path) -> Iterator[str]:
    """Where the book is served on this machine."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("localhost", 0), functools.partial(Silent, directory=str(built_book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's Chromium, or whichever is on the path."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if os.environ.get("NEWROLES_BROWSER_REQUIRED"):
            pytest.fail("no Chromium on the path, and this run requires one")
        pytest.skip("needs Chromium on the path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield opened
        opened.close()

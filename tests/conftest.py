"""Fixtures for every test: the shared reference material, known answers kept with the tests, and the smallest valid study."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tiny import TINY_CODEBOOK, TINY_META, TINY_TABLES

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the project (or NEWROLES_SHARED): source files and reference results too large to commit."""
    folder = Path(os.environ.get("NEWROLES_SHARED") or PROJECT.parent / "shared")
    if not folder.is_dir():
        pytest.skip("needs ../shared (source files and reference results), or its place in NEWROLES_SHARED")
    return folder


@pytest.fixture(scope="session")
def reference() -> Path:
    """Known answers that are committed with the tests: tests/reference/<family>/<case>/."""
    return Path(__file__).resolve().parent / "reference"


@pytest.fixture
def tiny_study(tmp_path: Path) -> Path:
    """The smallest valid study folder: three trusts, four reports, one to three rows of each other table, one codebook of its own."""
    folder = tmp_path / "tiny_study"
    folder.mkdir()
    (folder / "study.yml").write_text(TINY_META, encoding="utf-8", newline="\n")
    (folder / "own_forms.yml").write_text(TINY_CODEBOOK, encoding="utf-8", newline="\n")
    for table, text in TINY_TABLES.items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8", newline="\n")
    return folder

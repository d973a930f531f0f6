"""Where the project keeps its data."""

from __future__ import annotations

import os
from pathlib import Path

from newroles.errors import InputError


def project_folder() -> Path:
    """Which folder holds the book? The one with `_toc.yml` and `data/`.

    Looked for in this order: the environment variable NEWROLES_PROJECT, the working folder and its parents,
    then the folder that the package was installed from.

    Raises InputError when none of them is a project.
    """
    named = os.environ.get("NEWROLES_PROJECT")
    here = Path.cwd().resolve()
    candidates = [Path(named).resolve()] if named else [here, *here.parents, Path(__file__).resolve().parents[3]]
    for folder in candidates:
        if (folder / "_toc.yml").is_file() and (folder / "data").is_dir():
            return folder
    looked = named or f"{here} and the folders above it"
    raise InputError(
        f"No New Roles project found in {looked}: expected a folder with _toc.yml and data/. "
        "Run the command inside a clone of the project, or name one with NEWROLES_PROJECT."
    )


def data_folder() -> Path:
    """The project's `data/` folder: published/, open/, codebooks/ and example_study/."""
    return project_folder() / "data"

"""Writing an invented study: its folder, and beside it, never in it, the truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from newroles.errors import InputError
from newroles.simulate.assembly import SimulatedStudy, study
from newroles.simulate.spec import StudySpec, regional_shape

EXAMPLE_SEED = 2023
EXAMPLE_TRUSTS = 51


def write(simulated: SimulatedStudy, folder: str | Path) -> Path:
    """Write an invented study for others to read, and the truth beside it.

    The study goes to `folder` (study.yml and one CSV file a table), the truth to `<folder>.truth.yml`. The same study
    gives the same bytes. Returns the folder.

    Raises InputError when the folder holds anything, or the truth's file exists: nothing is overwritten.
    """
    folder = Path(folder)
    truth = truth_file(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder, and nothing is overwritten: name a new one, or empty it.")
    if truth.exists():
        raise InputError(f"{truth} exists, and nothing is overwritten: name another folder, or remove the file.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in simulated.tables.items():
        text = as_text(table).to_csv(index=False, lineterminator="\n")
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")
    _write_yaml(folder / "study.yml", simulated.meta)
    _write_yaml(truth, {"about": f"What was planted in the invented study {folder.name}/.", **simulated.truth})
    return folder


def write_example(folder: str | Path, seed: int = EXAMPLE_SEED, trusts: int = EXAMPLE_TRUSTS) -> Path:
    """Write the invented example study and its truth; another seed or number of trusts gives another study.

    Returns the folder. Raises InputError as `write` and `regional_shape` do, and for a negative seed.
    """
    if seed < 0:
        raise InputError(f"The seed {seed} is negative: expected a whole number, 0 or more.")
    simulated = study(StudySpec.from_values(regional_shape(trusts)), np.random.default_rng(seed))
    seeded = {"seed": seed, **simulated.truth}
    return write(replace(simulated, meta={**simulated.meta, "seed": seed}, truth=seeded), folder)


def truth_file(folder: str | Path) -> Path:
    """Where is the truth of this invented study? Beside its folder, so that no chapter reads it by accident."""
    folder = Path(folder)
    return folder.with_name(f"{folder.name}.truth.yml")


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table as its CSV file shows it: ISO dates, yes and no, no decimal point without decimals, blanks empty."""
    columns = {}
    for name, column in table.items():
        if pd.api.types.is_bool_dtype(column):
            columns[name] = column.map({True: "yes", False: "no"})
        elif pd.api.types.is_datetime64_any_dtype(column):
            columns[name] = column.dt.strftime("%Y-%m-%d")
        elif pd.api.types.is_float_dtype(column):
            columns[name] = column.map(lambda number: f"{number:.10g}", na_action="ignore")
        else:
            columns[name] = column
    return pd.DataFrame(columns)


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)
    path.write_text(text, encoding="utf-8", newline="\n")
